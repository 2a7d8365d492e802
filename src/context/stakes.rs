//! What is really at stake, counted within bounds and without changing anything. Only asked where something is refused
//! or warned about, so git may be asked.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::files::is_missing;
use super::git::Git;
use crate::count::{counted, size, thousands};
use crate::facts::snapshot::{Lost, Stake};

/// Entries that are counted.
const ENTRIES: u64 = 20_000;
/// Gathering may take this long; what is not counted by then is "more than".
const LONG: Duration = Duration::from_millis(400);

/// Files below a path: how many, how large, how many of them git does not have.
#[must_use]
pub fn files(path: &Path) -> Option<Stake> {
    let metadata = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if is_missing(&error) => {
            return Some(Stake { text: "nothing is there".to_owned(), nothing: true });
        }
        Err(_) => return None,
    };
    let mut count = Count::default();
    let end = Instant::now() + LONG;
    if metadata.is_dir() {
        count.walk(path, end);
    } else {
        count.add(path.to_owned(), metadata.len());
    }
    if count.files == 0 && !count.more {
        return Some(Stake { text: "no files".to_owned(), nothing: true });
    }
    let more = if count.more { "more than " } else { "" };
    let mut text = format!("{more}{}, {}", counted(count.files, "file"), size(count.bytes));
    if path.file_name().is_some_and(|n| n == ".git")
        && let Some(commits) = only_here(path.parent().unwrap_or(path))
    {
        text.push_str(&format!(": {} that no remote has", counted(commits, "commit")));
        return Some(Stake { text, nothing: false });
    }
    if !count.more
        && let Some(tracked) = tracked(path)
    {
        let lost = count.paths.iter().filter(|p| !tracked.contains(*p)).count();
        text.push_str(&match lost {
            0 => ", all of them in git".to_owned(),
            lost => format!(", {} of them not in git", thousands(lost as u64)),
        });
    }
    Some(Stake { text, nothing: false })
}

#[derive(Default)]
struct Count {
    files: u64,
    bytes: u64,
    more: bool,
    paths: Vec<PathBuf>,
}

impl Count {
    fn add(&mut self, path: PathBuf, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
        self.paths.push(path);
    }

    /// Links are not followed, other file systems are.
    fn walk(&mut self, folder: &Path, end: Instant) {
        let Ok(entries) = std::fs::read_dir(folder) else {
            self.more = true;
            return;
        };
        for entry in entries {
            let Ok(entry) = entry else {
                self.more = true;
                continue;
            };
            if self.files >= ENTRIES || Instant::now() > end {
                self.more = true;
                return;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.walk(&entry.path(), end),
                Ok(_) => {
                    let bytes = entry.metadata().map_or(0, |m| m.len());
                    self.add(entry.path(), bytes);
                }
                Err(_) => self.more = true,
            }
        }
    }
}

/// The files below a path that git has as they are.
fn tracked(path: &Path) -> Option<HashSet<PathBuf>> {
    let folder = if path.is_dir() { path } else { path.parent()? };
    let git = Git::at(folder)?;
    let root = PathBuf::from(git.ask(&["rev-parse", "--show-toplevel"])?.trim_end());
    let name = path.to_str()?;
    let list = git.ask(&["ls-files", "-z", "--full-name", "--", name])?;
    let changed = git.ask(&["ls-files", "-z", "--full-name", "--modified", "--", name])?;
    let changed: HashSet<&str> = changed.split('\0').collect();
    Some(list.split('\0').filter(|l| !l.is_empty() && !changed.contains(l)).map(|l| root.join(l)).collect())
}

fn only_here(folder: &Path) -> Option<u64> {
    Git::at(folder)?
        .ask(&["rev-list", "--count", "--max-count=100000", "--branches", "--not", "--remotes"])?
        .trim()
        .parse()
        .ok()
}

/// Changes that were put aside.
#[must_use]
pub fn stashes(folder: &Path) -> Option<Stake> {
    let stashes = Git::at(folder)?.ask(&["stash", "list"])?.lines().count() as u64;
    let text = if stashes == 0 { "nothing is put aside".to_owned() } else { counted(stashes, "stash") };
    Some(Stake { text, nothing: stashes == 0 })
}

/// Changes in a working tree that are nowhere else; only those of `path`, unless it is empty.
#[must_use]
pub fn changes(folder: &Path, lost: Lost, path: &str) -> Option<Stake> {
    let git = Git::at(folder)?;
    // Nobody looks into submodules: their own settings would be followed there.
    let mut asked = vec!["status", "--porcelain", "-z", "--untracked-files=all", "--ignore-submodules=dirty"];
    if lost == Lost::UntrackedAndIgnored {
        asked.push("--ignored");
    }
    if !path.is_empty() {
        asked.extend(["--", path]);
    }
    let status = git.ask(&asked)?;
    let (mut changed, mut untracked, mut ignored) = (0, 0, 0);
    for line in status.split('\0').filter(|l| l.len() > 3) {
        match line.get(..2) {
            Some("??") => untracked += 1,
            Some("!!") => ignored += 1,
            // Where two sides meet, taking one of them throws nothing away.
            Some("DD" | "AA") if !path.is_empty() => {}
            Some(both) if !path.is_empty() && both.contains('U') => {}
            _ => changed += 1,
        }
    }
    let count = match lost {
        Lost::Changed => changed,
        Lost::Untracked => untracked,
        Lost::ChangedAndUntracked => changed + untracked,
        Lost::UntrackedAndIgnored => untracked + ignored,
    };
    if count == 0 {
        // What git was told not to look at (git-update-index(1), "--assume-unchanged", "--skip-worktree").
        let unseen = |line: &str| line.starts_with(|c: char| c.is_ascii_lowercase() || c == 'S');
        let hidden = matches!(lost, Lost::Changed | Lost::ChangedAndUntracked)
            && git.ask(&["ls-files", "-v", "--", ":/"])?.lines().any(unseen);
        let submodules = git.ask(&["ls-files", "--stage", "--", ":/"])?.lines().any(|line| line.starts_with("160000 "));
        let text = match lost {
            Lost::Untracked | Lost::UntrackedAndIgnored => "no files that git does not have",
            _ => "no changes that are not committed",
        };
        return Some(Stake { text: text.to_owned(), nothing: !submodules && !hidden });
    }
    let text = match lost {
        Lost::UntrackedAndIgnored => {
            format!("{} and {} that git ignores", counted(untracked, "new file"), thousands(ignored))
        }
        Lost::Changed => counted(changed, "changed file"),
        Lost::ChangedAndUntracked if untracked == 0 => counted(changed, "changed file"),
        Lost::ChangedAndUntracked if changed > 0 => {
            format!("{} and {} that git does not have yet", counted(changed, "changed file"), thousands(untracked))
        }
        Lost::Untracked | Lost::ChangedAndUntracked => {
            format!("{} that git does not have yet", counted(untracked, "file"))
        }
    };
    Some(Stake { text, nothing: false })
}

/// What a branch on the server would lose, by what was last seen of it.
#[must_use]
pub fn rewritten(folder: &Path, branch: &str) -> Option<Stake> {
    let git = Git::at(folder)?;
    let branch = if branch.is_empty() {
        git.ask(&["symbolic-ref", "--short", "HEAD"])?.trim().to_owned()
    } else {
        branch.to_owned()
    };
    let (local, name) = match branch.trim_start_matches('+').split_once(':') {
        Some((local, name)) => (local.to_owned(), name.trim_start_matches("refs/heads/").to_owned()),
        None => (branch.trim_start_matches('+').to_owned(), branch.trim_start_matches('+').to_owned()),
    };
    let plain = |name: &str| {
        !name.starts_with('-') && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.'))
    };
    if !plain(&name) || !plain(&local) {
        return None;
    }
    let remotes = git.ask(&["for-each-ref", "--format=%(refname)", "refs/remotes"])?;
    let seen = remotes.lines().find(|r| r.splitn(4, '/').nth(3) == Some(name.as_str()))?.to_owned();
    let range = if local.is_empty() { seen.clone() } else { format!("{local}..{seen}") };
    // Whoever is judged has written it: no option, no path.
    let authors = git.ask(&["log", "--format=%ae", "--max-count=10000", "--end-of-options", &range, "--"])?;
    let me = git.ask(&["config", "user.email"]).unwrap_or_default();
    let lost = authors.lines().count() as u64;
    let others = authors.lines().filter(|a| *a != me.trim()).count() as u64;
    if lost == 0 {
        // By what was last seen of it: somebody may have pushed since, so it lowers nothing.
        let text = "the branch on the server would lose nothing, as it was last fetched";
        return Some(Stake { text: text.to_owned(), nothing: false });
    }
    let by = if others > 0 { format!(", {} of them by others", thousands(others)) } else { String::new() };
    let text = format!("the branch on the server would lose {}{by}", counted(lost, "commit"));
    Some(Stake { text, nothing: false })
}

/// Commits of a branch that nothing else has.
#[must_use]
pub fn branch(folder: &Path, name: &str) -> Option<Stake> {
    if name.is_empty() || name.starts_with('-') {
        return None;
    }
    let reference = format!("refs/heads/{name}");
    let excluded = format!("--exclude={reference}");
    let count =
        Git::at(folder)?.ask(&["rev-list", "--count", &reference, "--not", &excluded, "--branches", "--remotes"])?;
    let count: u64 = count.trim().parse().ok()?;
    if count == 0 {
        return Some(Stake { text: "every commit of it is elsewhere too".to_owned(), nothing: true });
    }
    Some(Stake { text: format!("{} that no other branch and no remote has", counted(count, "commit")), nothing: false })
}
