//! What an edit changes in files by which others are let in or checked: jobs of a pipeline, owners of files, scripts that
//! verify what they fetched.

use super::planted::says_line;
use crate::facts::analysis::Analysis;
use crate::facts::fold::sed;
use crate::facts::knowledge::{Kind, Lists};
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths::{base_name, core};
use crate::facts::value::{Data, Taint};
use crate::facts::{Call, Target};

/// One change of a text: what it looks for, and what it puts there.
#[derive(Clone, Copy, Debug)]
pub(in crate::facts) struct Change<'c> {
    pub looked_for: &'c str,
    pub put: &'c str,
    /// Whole lines are taken out.
    pub lines: bool,
}

impl<'c> Change<'c> {
    /// What is put besides what is there.
    pub fn added(put: &'c str) -> Self {
        Change { looked_for: "", put, lines: false }
    }

    /// What is taken out.
    pub fn removed(looked_for: &'c str) -> Self {
        Change { looked_for, put: "", lines: true }
    }
}

/// The changes that commands of sed make, and statements of Perl that look like them: `s/a/b/`, `/a/d`, `$a b`.
fn changes(script: &str) -> Vec<Change<'_>> {
    let mut out = Vec::new();
    let mut rest = script;
    while !rest.trim_start().is_empty() && out.len() < MOST {
        let (pattern, command) = sed::behind_addresses(rest);
        let behind = match sed::substitution(command).filter(|_| sed::substitutes(command)) {
            Some((looked_for, put, behind)) => {
                out.push(Change { looked_for, put, lines: false });
                // `/gitleaks/s/^/#/`
                if !pattern.is_empty() && put.trim_start().starts_with('#') {
                    out.push(Change::removed(pattern));
                }
                behind.unwrap_or_default()
            }
            None if !pattern.is_empty() && (command.starts_with('d') || command.starts_with("N;d")) => {
                out.push(Change::removed(pattern));
                command
            }
            None => {
                let line = command.split('\n').next().unwrap_or(command);
                out.extend(sed::put_in(line).map(Change::added));
                &command[line.len()..]
            }
        };
        rest = behind.split_once(['\n', ';']).map_or("", |(_, next)| next);
    }
    out
}

/// Changes of one script that are looked at.
const MOST: usize = 64;

impl<'a> Analysis<'a> {
    /// Judges what scripts of sed, or Perl's that look like them, change in such a file.
    pub(super) fn guards_edited(&mut self, target: Target<'a>, scripts: &[&str], span: Span, call: u32) {
        let changes: Vec<Change<'_>> = scripts.iter().flat_map(|script| changes(script)).collect();
        self.guards_changed(target, &changes, span, call);
    }

    /// Judges changes of a file by which others are let in or checked.
    pub(in crate::facts) fn guards_changed(
        &mut self,
        target: Target<'a>,
        changes: &[Change<'_>],
        span: Span,
        call: u32,
    ) {
        let name = base_name(target.path.unwrap_or(target.text));
        let pipeline = target.classes & self.know.classes().of(["ci-file"]) != 0;
        let lists = self.know.lists();
        // Files that another command names: `grep -l … | xargs sed -i …`.
        let perhaps = target.classes & core::UNKNOWN != 0;
        let opened = |change: &Change<'_>| {
            let of_workflows = perhaps && ["uses:", "actions/"].iter().any(|sign| change.looked_for.contains(sign));
            pipeline && lets_in(lists, change)
                || (pipeline || of_workflows) && (other_action(lists, change) || unpinned(lists, change))
        };
        let path = target.path.unwrap_or(target.text);
        let spec = ["/spec/", ".spec.", "_spec."].iter().any(|part| path.contains(part));
        let for_tests = spec || matches!(self.know.environments().of_words(path), "test" | "development");
        let unchecked = |change: &Change<'_>| {
            let count = |text: &str| text.lines().filter(|line| !line.trim().is_empty()).count();
            let fewer = change.lines && count(change.looked_for) > count(change.put);
            let owners = name == "CODEOWNERS" && (fewer || change.put.is_empty() && change.looked_for.contains('@'));
            let hooks = name == ".pre-commit-config.yaml";
            let fetched = lists.has("says-where-packages-lie", name) || name.starts_with("WORKSPACE");
            owners
                || gone(lists, "verifies", change)
                || fetched && gone(lists, "proofs", change)
                || (pipeline || hooks) && unscanned(lists, change)
                || pipeline && (gone(lists, "waits-for-a-person", change) || given_up(lists, "hardens-a-job", change))
                || pipeline && !is_remark(change.looked_for) && untested(lists, change)
                || hollowed(lists, change)
                || !for_tests && (unverified(lists, change) || asks_no_more(lists, change))
        };
        let opened = changes.iter().any(opened);
        let prose = lists.has("endings-of-prose", name.rsplit('.').next().unwrap_or(name));
        let unchecked = !prose && changes.iter().any(unchecked);
        if opened {
            self.plain_effect(Kind::Configure, "what a pipeline runs", call, span, Taint::NONE, &["pipeline-opened"]);
        }
        if unchecked {
            self.plain_effect(Kind::Configure, "what is checked", call, span, Taint::NONE, &["check-removed"]);
        }
        let says = |text: &str| says_line(lists, "lines-that-let-in", name, text);
        let lets_in = changes.iter().any(|change| says(change.put) && !says(change.looked_for));
        self.opened_by_line(target, lets_in, span, call);
    }

    /// The same on another machine, whose files are not followed.
    pub(super) fn opened_there(&mut self, call: &Call<'a>, target: Target<'a>, written: Option<Data<'a>>, index: u32) {
        let name = base_name(target.path.unwrap_or(target.text));
        let lists = self.know.lists();
        let says = |text: &str| says_line(lists, "lines-that-let-in", name, text);
        let scripts =
            ["-e", "code"].into_iter().filter(|_| call.program == "sed").flat_map(|option| call.fields(option));
        let edited = scripts.filter_map(|field| field.val.lit()).flat_map(changes);
        let lets_in = edited.into_iter().any(|change| says(change.put) && !says(change.looked_for))
            || written.and_then(|data| data.text?.lit()).is_some_and(says);
        self.opened_by_line(target, lets_in, call.span, index);
    }

    /// A server that lets everybody in by a line of its settings, if that is no project's own for its tests.
    pub(super) fn opened_by_line(&mut self, target: Target<'a>, lets_in: bool, span: Span, call: u32) {
        if lets_in && target.classes & (core::WORKSPACE | core::TEMPORARY) == 0 {
            self.plain_effect(Kind::Configure, "who is let in", call, span, Taint::NONE, &["defence-off"]);
        }
    }
}

/// Whether the jobs of a pipeline are given to strangers, or all of its rights to its jobs.
fn lets_in(lists: &Lists<'_>, change: &Change<'_>) -> bool {
    let opens = |text: &str| lists.items("opens-a-pipeline").any(|word| text.contains(word));
    // `s/pull_request/&_target/`, `s/\(pull_request\):/\1_target:/`
    let found = change.looked_for.replace("\\(", "").replace("\\)", "").replace(['(', ')'], "");
    let found = found.trim_end_matches(':');
    let put = change.put.replace("\\1", found).replace('&', found);
    opens(&put) && !opens(change.looked_for)
}

/// Whether an action is replaced by that of somebody whom nobody knows: `s#actions/checkout@v4#fast-actions/checkout@main#`.
fn other_action(lists: &Lists<'_>, change: &Change<'_>) -> bool {
    if change.lines {
        return false;
    }
    let known = |text: &str| lists.items("owners-of-actions").any(|owner| begins_word(text, owner));
    match (known(change.looked_for), owner_of_action(change.looked_for), owner_of_action(change.put)) {
        (_, _, None) => false,
        (true, _, Some(_)) => !known(change.put),
        (false, Some(before), Some(after)) => before != after && !known(change.put),
        (false, None, Some(_)) => false,
    }
}

/// Whether an action that is named by a commit or a version is taken from wherever a branch points: `s/@[0-9a-f]{40}/@main/`.
fn unpinned(lists: &Lists<'_>, change: &Change<'_>) -> bool {
    let moves = |text: &str, version: &str| {
        let (_, behind) = text.split_once(version).unwrap_or_default();
        text.contains(version) && !behind.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
    };
    let already = lists.items("moving-versions").any(|version| moves(change.looked_for, version));
    let moving = lists.items("moving-versions").any(|version| moves(change.put, version));
    change.looked_for.contains('@') && !already && !change.lines && moving
}

/// Who owns the action that a text names: `owner/name@version`.
fn owner_of_action(text: &str) -> Option<&str> {
    let (before, _) = text.split_once('@')?;
    let action = before.rsplit([' ', ':', '\'', '"']).next().unwrap_or(before);
    let (owner, _) = action.split_once('/')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (!owner.is_empty() && owner.chars().all(plain)).then_some(owner)
}

/// Whether a word of a text begins so.
fn begins_word(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/')))
}

/// A pattern as the plain text that it mostly finds: `^ *environment: *prod$` as `environment: prod`.
fn plain(pattern: &str) -> String {
    let blanks = ["[[:space:]]*", "[[:space:]]\\+", "[[:space:]]+", "\\s*", "\\s+", "[ ]*", " *", " \\+", " +"];
    let text = blanks.iter().fold(pattern.to_owned(), |text, blank| text.replace(blank, " "));
    text.trim_matches(['^', '$', ' ', '.', '*']).to_owned()
}

/// Whether a pattern, in plain text, finds what a word of a list says: in so many letters, or, of whole lines, by the word's beginning. A
/// path of a filter ends in it.
fn finds(text: &str, lines: bool, word: &str) -> bool {
    if word.starts_with('.') {
        return text.ends_with(word);
    }
    let key = text.trim_end_matches([':', ' ']);
    has_word(text, word) || lines && word.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'))
}

/// Whether what is looked for only speaks of something: a comment, or what is printed.
fn is_remark(pattern: &str) -> bool {
    let text = plain(pattern);
    let text = ["- ", "run:"].iter().fold(&*text, |text, key| text.strip_prefix(key).unwrap_or(text).trim_start());
    text.starts_with('#') || text.starts_with("echo")
}

/// Whether none of the words of a list that were there is left.
fn gone(lists: &Lists<'_>, list: &'static str, change: &Change<'_>) -> bool {
    let says = |text: &str| lists.items(list).any(|word| has_word(text, word));
    let put = change.put.trim();
    // A comment, or something that only says that all is well.
    let step = ["- ", "run:", "script:"].iter().fold(put, |put, key| put.strip_prefix(key).unwrap_or(put).trim());
    let step = step.trim_matches(['"', '\'']);
    let idle = put.is_empty()
        || matches!(step, "true" | ":" | "\\n" | "exit 0")
        || ["#", "echo "].iter().any(|start| step.starts_with(start));
    let pattern = plain(change.looked_for);
    lists.items(list).any(|word| finds(&pattern, change.lines, word)) && (idle || change.lines && !says(change.put))
}

/// Whether a job no longer runs the tests, or no longer fails by them: `s/npm test/npm test || true/`.
fn untested(lists: &Lists<'_>, change: &Change<'_>) -> bool {
    let tests = lists.items("tests-of-a-job").any(|word| has_word(&plain(change.looked_for), word));
    gone(lists, "tests-of-a-job", change) || tests && silenced(lists, change)
}

/// Whether something goes on from now on whatever is found.
fn silenced(lists: &Lists<'_>, change: &Change<'_>) -> bool {
    let goes_on = |text: &str| lists.items("silences-checks").any(|end| text.contains(end));
    goes_on(change.put) && !goes_on(change.looked_for)
}

/// Whether every claim of a test is replaced by one that always holds: `s/assert .*/assert True/`.
fn hollowed(lists: &Lists<'_>, change: &Change<'_>) -> bool {
    let looked_for = change.looked_for.replace('\\', "");
    let claims = lists.items("claims-of-tests").any(|claim| looked_for.contains(claim));
    // `s/^def test_/def _test_/`, `s/it(/it.skip(/`: nobody calls any of them any more.
    let skipped = lists.items("begins-tests").any(|begin| looked_for.ends_with(begin))
        && lists.items("skips-tests").any(|skip| change.put.contains(skip));
    if skipped {
        return true;
    }
    // All of it, or all that is behind `assert`.
    let whole = looked_for.contains(".*");
    let own = looked_for.trim_start_matches("self.");
    let begins = lists.items("claims-of-tests").any(|claim| own.starts_with(claim));
    claims
        && lists.items("holds-always").any(|claim| {
            whole && change.put.contains(claim)
                || begins && change.put.trim().trim_end_matches(';').trim_start_matches("self.") == claim
        })
}

/// Whether code no longer asks who somebody is; what is not used need not be imported.
fn asks_no_more(lists: &Lists<'_>, change: &Change<'_>) -> bool {
    let imports = ["import", "require(", "from ", "use "].iter().any(|word| change.looked_for.contains(word));
    !imports && gone(lists, "lets-in-only", change)
}

/// Whether code believes whoever answers, and did not before: `s/verify=True/verify=False/`.
fn unverified(lists: &Lists<'_>, change: &Change<'_>) -> bool {
    let believes = |text: &str| lists.named_in("turns-verification-off", text);
    let here = ["localhost", "127.0.0.1", ".local"].iter().any(|host| change.put.contains(host));
    !here && believes(change.put) && !believes(change.looked_for)
}

/// Whether something that was there says another thing, or is gone.
fn given_up(lists: &Lists<'_>, list: &'static str, change: &Change<'_>) -> bool {
    let pattern = plain(change.looked_for);
    lists.items(list).any(|word| finds(&pattern, change.lines, word) && !has_word(change.put, word))
}

/// Whether a job no longer looks for what is dangerous, or no longer fails by it.
fn unscanned(lists: &Lists<'_>, change: &Change<'_>) -> bool {
    let says = |list, text: &str| lists.items(list).any(|word| has_word(text, word));
    let checks = says("scanners", change.looked_for) || says("fails-by-findings", change.looked_for);
    gone(lists, "scanners", change) || checks && silenced(lists, change)
}

/// Whether a text says this, whichever letters are large, and not as a part of another word.
fn has_word(text: &str, word: &str) -> bool {
    let within = |c: char| c.is_alphanumeric() || c == '_';
    let found = |at: &usize| text.as_bytes()[*at..at + word.len()].eq_ignore_ascii_case(word.as_bytes());
    (0..(text.len() + 1).saturating_sub(word.len())).filter(found).any(|at| {
        let (Some(before), Some(behind)) = (text.get(..at), text.get(at + word.len()..)) else { return false };
        let begins = !word.starts_with(within) || !before.ends_with(within);
        begins && (!word.ends_with(within) || !behind.starts_with(within))
    })
}

#[cfg(test)]
mod tests {
    use super::changes;

    #[test]
    fn edits_are_told_apart() {
        let script = "s#a/(b|c)#x\\1#; /gitleaks/d;/snyk/,/^$/d\n3i new\ns/cosign verify.*?\\n//s";
        let told: Vec<(&str, &str, bool)> = changes(script).iter().map(|c| (c.looked_for, c.put, c.lines)).collect();
        assert_eq!(
            told,
            [
                ("a/(b|c)", "x\\1", false),
                ("gitleaks", "", true),
                ("snyk", "", true),
                ("", "new", false),
                ("cosign verify.*?\\n", "", false),
            ]
        );
    }
}
