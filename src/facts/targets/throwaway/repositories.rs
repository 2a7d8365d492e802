//! Repositories that a script made for itself: of git, and of backups.

use crate::facts::analysis::Analysis;
use crate::facts::value::{Field, Val};
use crate::facts::{Call, Effect};

/// What would be lost.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Losing {
    /// What is changed and not staged.
    Changed,
    /// That, and what is staged.
    Staged,
    /// Files that git does not have.
    Untracked,
}

/// Bytes of a chain of commands that is looked at.
const LONGEST_CHAIN: usize = 512;

/// Tests that there is nothing to lose.
const NOTHING_CHANGED: [&str; 4] = [
    "test -z \"$(git status --porcelain)\"",
    "[ -z \"$(git status --porcelain)\" ]",
    "[[ -z \"$(git status --porcelain)\" ]]",
    "[[ -z $(git status --porcelain) ]]",
];

impl<'a> Analysis<'a> {
    /// Whether the repository that a git command works in was made by this script, or lies in a temporary directory.
    pub(super) fn made_here(&mut self, call: &Call<'a>) -> bool {
        let chosen = call.options.iter().find(|o| o.is("-C")).and_then(|o| o.value).map(|f| f.val);
        let directory = chosen.unwrap_or(self.state.cwd);
        self.own(directory)
    }

    /// Whether the changes that a call throws away were put aside or committed just before it, or there are none: `git
    /// stash -u && git reset --hard`, `git diff --quiet HEAD && git checkout .`. Only where the one runs if the other
    /// worked, in the same repository, and of a few forms that leave nothing open.
    pub(super) fn saved_before(&self, call: &Call<'a>, effect: &Effect<'a>) -> bool {
        let losing = match effect.marks {
            marks if marks.contains(&"hard") => Losing::Staged,
            marks if marks.contains(&"all") => Losing::Changed,
            marks if marks.contains(&"untracked") => Losing::Untracked,
            _ => return false,
        };
        let Some(source) = self.facts.sources.get(call.span.source as usize) else { return false };
        let (Some(before), Some(own)) = (
            source.text.get(..call.span.start as usize),
            source.text.get(call.span.start as usize..call.span.end as usize),
        ) else {
            return false;
        };
        // A longer chain is nobody's.
        let from = before.len().saturating_sub(LONGEST_CHAIN);
        let Some(near) = (from..=before.len()).find_map(|at| before.get(at..)) else { return false };
        let line = match near.rfind(['\n', ';']) {
            Some(at) => &near[at + 1..],
            None if from > 0 => return false,
            None => near,
        };
        let Some(chain) = line.trim_end().strip_suffix("&&") else { return false };
        let Some((folder, _)) = words_of_git(own) else { return false };
        let mut added = false;
        let mut saved = false;
        for step in chain.split("&&").map(str::trim) {
            if NOTHING_CHANGED.contains(&step) {
                saved |= folder.is_none();
                continue;
            }
            let Some((in_folder, words)) = words_of_git(step) else { return false };
            if in_folder != folder {
                return false;
            }
            let Some(words) = words
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .split_first()
                .map(|(verb, rest)| (*verb, rest.to_vec()))
            else {
                return false;
            };
            match words {
                ("fetch", _) => {}
                ("add", rest) => {
                    added |= !rest.is_empty() && rest.iter().all(|word| matches!(*word, "-A" | "--all" | "." | ":/"));
                }
                ("commit", rest) => {
                    let Some(options) = without_message(&rest) else { return false };
                    let all = options.iter().any(|word| matches!(*word, "-a" | "--all" | "-am"));
                    saved |= added || all && losing != Losing::Untracked;
                }
                ("stash", rest) => {
                    let rest = rest.strip_prefix(&["push"][..]).or(rest.strip_prefix(&["save"][..])).unwrap_or(&rest);
                    let Some(options) = without_message(rest) else { return false };
                    let all = options.iter().any(|word| matches!(*word, "-u" | "--include-untracked" | "-a" | "--all"));
                    saved |= all || losing != Losing::Untracked;
                }
                ("diff", rest) => match *rest {
                    ["--quiet", "HEAD"] | ["--quiet", "HEAD", "--"] => saved |= losing != Losing::Untracked,
                    ["--quiet"] | ["--quiet", "--"] => saved |= losing == Losing::Changed,
                    // As a patch.
                    ["HEAD", ">", file] => saved |= losing != Losing::Untracked && kept(file, source.text),
                    [">", file] => saved |= losing == Losing::Changed && kept(file, source.text),
                    _ => return false,
                },
                ("diff-index", rest) => match *rest {
                    ["--quiet", "HEAD"] | ["--quiet", "HEAD", "--"] => saved |= losing != Losing::Untracked,
                    _ => return false,
                },
                _ => return false,
            }
        }
        saved
    }

    /// Whether git works in a clone of a repository that this script made too.
    pub(super) fn cloned_here(&mut self, call: &Call<'a>) -> bool {
        if !self.made_here(call) {
            return false;
        }
        // Where it was cloned from, and what other addresses it was given.
        let mut remotes = Vec::new();
        for earlier in &self.facts.calls {
            match earlier.verb {
                "git clone" => remotes.extend(earlier.operands.first().map(|operand| operand.field.val)),
                "git remote" => match earlier.operands.first().and_then(|operand| operand.field.val.lit()) {
                    Some("add" | "set-url") => remotes.extend(earlier.words.last().map(|field| field.val)),
                    None | Some("show" | "get-url" | "remove" | "rm" | "prune" | "update") => {}
                    Some(_) => return false,
                },
                "git config" if earlier.operands.iter().any(|o| o.field.val.lit().is_none_or(says_an_address)) => {
                    return false;
                }
                _ => {}
            }
        }
        // `git@host:path` is no folder below this one.
        let elsewhere =
            |remote: &Val<'a>| remote.lit().is_some_and(|text| text.contains(':') && !text.starts_with("file:"));
        !remotes.is_empty() && !remotes.iter().any(elsewhere) && remotes.into_iter().all(|remote| self.own(remote))
    }

    /// Whether the backups that a call works on lie in a folder of the script's own: `borg delete "$T/repo::a"`.
    pub(super) fn repository_of_its_own(&mut self, call: &Call<'a>) -> bool {
        let places = self.know.places();
        if !places.listed("backup-tools", call.program) {
            return false;
        }
        let option = ["-r", "--repo"].iter().find_map(|name| call.fields(name).next());
        let named = |field: &Field<'a>| !matches!(field.val, Val::Lit(word) if !word.contains('/'));
        let mut operands = call.operands.iter().map(|operand| operand.field);
        // rclone changes what stands last.
        let operand = match call.program {
            "rclone" => operands.next_back().filter(named),
            _ => operands.find(named),
        };
        let variable = || ["RESTIC_REPOSITORY", "BORG_REPO"].iter().find_map(|name| Some(self.state.var(name)?.val));
        let Some(repository) = option.or(operand).map(|field| field.val).or_else(variable) else { return false };
        self.own(repository)
    }
}

/// Whether a setting of git says where a remote leads.
fn says_an_address(word: &str) -> bool {
    ["url.", "remote.", ".url", "pushurl", "insteadof"].iter().any(|part| word.to_ascii_lowercase().contains(part))
}

/// The folder of `-C` and the words after it, of a plain call of git: nothing is expanded, joined or sent anywhere but to
/// a file.
fn words_of_git(text: &str) -> Option<(Option<String>, Vec<String>)> {
    if text.contains(['$', '`', '|', '&', '(', '{', '<', '!', '\\', '*', '\n']) {
        return None;
    }
    let mut words = shell_words::split(text).ok()?.into_iter();
    if words.next()? != "git" {
        return None;
    }
    let mut words: Vec<String> = words.collect();
    let folder = (words.first()? == "-C" && words.len() > 2).then(|| words.drain(..2).next_back()).flatten();
    (!words.first()?.starts_with('-')).then_some((folder, words))
}

/// The options of a commit or a stash, if all of them are known to take everything along.
fn without_message<'w>(words: &'w [&'w str]) -> Option<Vec<&'w str>> {
    let mut options = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "-m" | "--message" | "-am" => {
                words.next()?;
                options.push(*word);
            }
            "-a" | "--all" | "-u" | "--include-untracked" | "-q" | "--quiet" | "--no-verify" => options.push(*word),
            _ if word.starts_with("--message=") => {}
            _ => return None,
        }
    }
    Some(options)
}

/// Whether a patch stays: in a file that nothing else speaks of.
fn kept(file: &str, script: &str) -> bool {
    !file.starts_with("/dev/") && script.matches(file).count() == 1
}
