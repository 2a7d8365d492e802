//! Changes that are thrown away after they were put aside, or where there are none.

use super::LONGEST_CHAIN;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Lists;
use crate::facts::value::variable_name;
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
    /// Those that it ignores, too: nothing puts them aside.
    Ignored,
}

/// Bytes of a script that is looked through for what becomes of a copy; in a longer one nobody vouches for it.
const LONGEST_SCRIPT: usize = 4096;

/// Tests that there is nothing to lose.
const NOTHING_CHANGED: [&str; 4] = [
    "test -z \"$(git status --porcelain)\"",
    "[ -z \"$(git status --porcelain)\" ]",
    "[[ -z \"$(git status --porcelain)\" ]]",
    "[[ -z $(git status --porcelain) ]]",
];

impl<'a> Analysis<'a> {
    /// Whether the changes that a call throws away were put aside or committed just before it, or there are none: `git
    /// stash -u && git reset --hard`, `git diff --quiet HEAD && git checkout .`. Only where the one runs if the other
    /// worked, in the same repository, and of a few forms that leave nothing open.
    pub(super) fn saved_before(&self, call: &Call<'a>, effect: &Effect<'a>) -> bool {
        let losing = match effect.marks {
            marks if marks.contains(&"hard") => Losing::Staged,
            marks if marks.contains(&"all") => Losing::Changed,
            marks if marks.contains(&"untracked") => Losing::Untracked,
            marks if marks.contains(&"ignored") => Losing::Ignored,
            marks if marks.contains(&"untracked-file") => Losing::Untracked,
            // `git checkout HEAD -- src` takes what is staged, too.
            marks if marks.contains(&"file") && ["branch", "path"].iter().all(|n| call.fields(n).next().is_some()) => {
                Losing::Staged
            }
            marks if marks.contains(&"file") => Losing::Changed,
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
        // Where the script ends at the first error, each statement is reached only if the one before worked: but for a list,
        // which may fail (bash(1), "set -e"). What is no plain one, a list or a branch, vouches for nothing; nor does
        // anything where texts, or functions that a condition may call, are written beside the statements.
        let others = ["<<", "()", "function "];
        let ends = self.ends_at_errors(call) && !others.iter().any(|sign| before.contains(sign));
        let at_errors = ends.then(|| near.replace("&&", "||").replace(['\n', ';'], "&&"));
        let line = match (&at_errors, near.rfind(['\n', ';'])) {
            (Some(all), _) if from == 0 => all,
            (Some(all), _) => all.split_once("&&").map_or("", |(_, rest)| rest),
            (None, Some(at)) => &near[at + 1..],
            (None, None) if from > 0 => return false,
            (None, None) => near,
        };
        let Some(chain) = line.trim_end().strip_suffix("&&") else { return false };
        let Some((folder, _)) = words_of_git(own) else { return false };
        let tracked = matches!(losing, Losing::Changed | Losing::Staged);
        let mut added = false;
        let mut saved = false;
        let mut cloned: Option<String> = None;
        let mut inside = false;
        for step in chain.split("&&").map(str::trim) {
            let says_nothing = || step.is_empty() || step.starts_with('#') && !step.contains(['"', '\'', '`']);
            if at_errors.is_some() && says_nothing() {
                continue;
            }
            if NOTHING_CHANGED.contains(&step) {
                saved |= folder.is_none() && losing != Losing::Ignored;
                continue;
            }
            // A clone that was just made holds nothing of anybody's: git makes none where something lies.
            if let Some(named) = step.strip_prefix("cd ")
                && cloned.as_deref() == Some(without_variables(named.trim()).trim_end_matches('/'))
                && folder.is_none()
            {
                (saved, inside) = (true, true);
                continue;
            }
            // What a branch or a tag is called by the day changes nothing.
            let dated = step.strip_suffix("-$(date +%s)").filter(|_| step.starts_with("git "));
            let git = words_of_git(dated.unwrap_or(step));
            // How a difference is written says nothing of what it holds.
            let written = |word: &&str| !matches!(*word, "--binary" | "--full-index" | "--no-color");
            let words = git.iter().flat_map(|(_, words)| words).map(String::as_str).filter(written);
            let words: Vec<&str> = words.collect();
            let in_folder = git.as_ref().and_then(|(folder, _)| folder.clone());
            if let ["clone", ref rest @ ..] = words[..] {
                cloned = clone_of(rest);
                saved |= cloned.is_some() && cloned == folder;
                continue;
            }
            // What it is, it may change files, or go elsewhere: what was saved before says nothing of them.
            let mut known = in_folder == folder;
            match words[..] {
                _ if !known => {}
                ["checkout" | "switch" | "reset" | "clean", ..] if inside => {}
                ["branch" | "tag", name] if !name.starts_with('-') => {}
                ["fetch" | "status" | "log" | "show" | "rev-parse" | "describe" | "shortlog" | "push" | "pull", ..] => {
                }
                // To another commit, with nothing on the way that is not committed.
                ["checkout" | "switch", ref rest @ ..] if saved && losing != Losing::Ignored => {
                    known = rest.iter().all(|word| {
                        !word.starts_with('-') || matches!(*word, "-" | "-b" | "-c" | "-q" | "--quiet" | "--detach")
                    });
                }
                ["clean", ..] if tracked => {}
                ["add", ref paths @ ..] if !paths.is_empty() => {
                    // `.` is the folder at hand, wherever that is by then.
                    let here = source.text.len() <= LONGEST_SCRIPT
                        && !source.text.contains("cd ")
                        && !source.text.contains("pushd ");
                    added |= paths.iter().all(|path| matches!(*path, "-A" | "--all" | ":/") || *path == "." && here);
                }
                ["commit", ref rest @ ..] => {
                    let options = options_of(rest);
                    known = options.is_some();
                    let all = options.iter().flatten().any(|word| matches!(*word, "-a" | "--all" | "-am" | "-qam"));
                    saved |= added && losing != Losing::Ignored || all && tracked;
                }
                ["stash", "push" | "save", ref rest @ ..] | ["stash", ref rest @ ..] => {
                    let options = options_of(rest);
                    known = options.is_some();
                    let all = |word: &&str| matches!(*word, "-u" | "--include-untracked" | "-a" | "--all");
                    let all = options.iter().flatten().any(all);
                    saved |= all && losing != Losing::Ignored || tracked;
                }
                ["diff" | "diff-index", "--quiet", "HEAD"]
                | ["diff" | "diff-index", "HEAD", "--quiet"]
                | ["diff" | "diff-index", "--quiet", "HEAD", "--"] => {
                    saved |= tracked;
                }
                ["diff", "--quiet"] | ["diff", "--quiet", "--"] => saved |= losing == Losing::Changed,
                // As a patch.
                ["diff", "HEAD", ">", file] => {
                    saved |= tracked && is_patch(file) && kept(self.know.lists(), file, source.text);
                }
                ["diff", ">", file] => {
                    saved |= losing == Losing::Changed && is_patch(file) && kept(self.know.lists(), file, source.text);
                }
                ["add"] => {}
                _ => known = false,
            }
            if !known {
                (added, saved, inside, cloned) = (false, false, false, None);
            }
        }
        saved
    }

    /// Whether a database in a file was copied just before, and only if that worked is it, or the copy, changed: `cp app.db
    /// app.db.bak && sqlite3 app.db …`.
    pub(super) fn copied_before(&self, call: &Call<'a>) -> bool {
        let Some(path) = call.fields("path").next().and_then(|field| field.val.lit()) else { return false };
        let Some(source) = self.facts.sources.get(call.span.source as usize) else { return false };
        if source.text.len() > LONGEST_SCRIPT {
            return false;
        }
        let Some(before) = source.text.get(..call.span.start as usize) else { return false };
        let Some(chain) = before.trim_end().strip_suffix("&&") else { return false };
        let last = chain.rsplit(['\n', ';', '&', '|', '(']).next().unwrap_or(chain);
        if last.len() > LONGEST_CHAIN || last.contains(['$', '`', '<', '>', '*', '\\']) {
            return false;
        }
        let words = shell_words::split(last).unwrap_or_default();
        let words: Vec<&str> = words.iter().map(String::as_str).filter(|w| !matches!(*w, "-p" | "-a" | "-v")).collect();
        let lower = source.text.to_ascii_lowercase();
        // One of its own, here and by no other name.
        let own = !path.contains('/') && !lower.contains("cd ") && !lower.contains("attach") && call.options.is_empty();
        let beside = |to: &str| {
            let rest = to.strip_prefix(path).or_else(|| to.strip_prefix("/tmp/")?.strip_prefix(path));
            rest.is_some_and(|rest| rest.starts_with('.') && !rest.contains('/'))
        };
        own && match words[..] {
            ["cp", from, to] if from == path => beside(to) && kept(self.know.lists(), to, source.text),
            ["cp", from, to] => to == path && !from.starts_with('-'),
            _ => false,
        }
    }
}

/// The folder of `-C` and the words after it, of a plain call of git: nothing is expanded, joined or sent anywhere but to
/// a file.
fn words_of_git(text: &str) -> Option<(Option<String>, Vec<String>)> {
    // The address of a clone, or a commit, may stand in a variable.
    let text = &without_variables(text);
    if text.contains(['$', '`', '|', '&', '(', ')', '{', '}', '<', '!', '\\', '*', '\n']) {
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

/// How a variable stands in a text without them that is no one word, for want of quotes.
const WORDS_OF: &str = "words-of-";

/// A text whose words `"$NAME"`, `$NAME` and `${NAME}` are plain ones, for each name another.
fn without_variables(text: &str) -> String {
    let plain = |word: &str| {
        let kind = if word.starts_with('"') { "value-of-" } else { WORDS_OF };
        variable_name(word).map_or_else(|| word.to_owned(), |name| format!("{kind}{name}"))
    };
    text.split(' ').map(plain).collect::<Vec<_>>().join(" ")
}

/// The folder that `git clone` makes, relative to where it is.
fn clone_of(words: &[&str]) -> Option<String> {
    let mut operands = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--depth" | "-b" | "--branch" => {
                words.next()?;
            }
            "-q" | "--quiet" | "--single-branch" | "--recursive" | "--recurse-submodules" | "--no-tags" => {}
            _ if word.starts_with("--depth=") || word.starts_with("--branch=") => {}
            _ if word.starts_with('-') => return None,
            word => operands.push(word),
        }
    }
    let name = match operands[..] {
        [address] => address.trim_end_matches('/').trim_end_matches(".git").rsplit(['/', ':']).next()?,
        [_, folder] => folder.trim_end_matches('/'),
        _ => return None,
    };
    let plain = !name.is_empty() && !name.starts_with(['/', '~', '.']) && !name.contains("..");
    plain.then(|| name.to_owned())
}

/// The options of a commit or a stash, if all of them are known to take everything along.
fn options_of<'w>(words: &'w [&'w str]) -> Option<Vec<&'w str>> {
    let mut options = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "-m" | "--message" | "-am" | "-qm" | "-qam" => {
                words.next().filter(|message| !message.starts_with(WORDS_OF))?;
                options.push(*word);
            }
            "-a" | "--all" | "-u" | "--include-untracked" | "-q" | "--quiet" | "--no-verify" => options.push(*word),
            _ if word.starts_with("--message=") => {}
            _ => return None,
        }
    }
    Some(options)
}

/// Whether a copy of something stays: in a file that is one, and that nothing else speaks of but what puts it back; nor does
/// anything behind it remove files, or what git keeps.
fn kept(lists: &Lists<'_>, file: &str, script: &str) -> bool {
    let back =
        ["git apply ", "git apply -R ", "git apply --3way ", "git apply --index ", "patch -p1 < ", "patch -p1 -i "];
    if script.len() > LONGEST_SCRIPT {
        return false;
    }
    let put_back = back.iter().map(|words| script.matches(&format!("{words}{file}")).count()).sum::<usize>();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    let words = || script.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    file.chars().all(plain)
        && !["..", "//", "/./"].iter().any(|part| file.contains(part))
        && !file.starts_with("/dev/")
        && !file.starts_with("/proc/")
        && !words().any(|word| lists.has("removes-copies", word))
        && !script.contains("()")
        && script.matches(file).count() == 1 + put_back
}

/// Whether a file is called as a patch is: nothing that git has.
fn is_patch(file: &str) -> bool {
    file.ends_with(".patch") || file.ends_with(".diff") || file.starts_with("/tmp/")
}
