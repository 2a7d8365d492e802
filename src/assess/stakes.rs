//! What would be lost: which question to the edge says so, and whether its answer holds for the effect.

use crate::count::counted;
use crate::facts::knowledge::{Kind, Lists, Where};
use crate::facts::paths::{self, core};
use crate::facts::snapshot::{Answer, Ask, AskStake, Lost, Snapshot, Stake, StakeKind};
use crate::facts::value::Field;
use crate::facts::{Call, Effect, Facts, Opt, globs};

/// The question of what is at stake in an effect, if it can be counted.
#[must_use]
pub fn stake_of(effect: &Effect<'_>, facts: &Facts<'_>, snapshot: &Snapshot, lists: &Lists<'_>) -> Option<Ask> {
    let ask = |kind: StakeKind, what: &str| {
        let directory = match kind {
            StakeKind::Files => snapshot.cwd.clone(),
            _ => repository_of(facts.calls.get(effect.call as usize)?, facts)?,
        };
        Some(Ask::Stake(Box::new(AskStake { kind, directory, what: what.to_owned() })))
    };
    let marked = |mark: &str| effect.marks.contains(&mark);
    // Another machine's files are not to be seen from here, nor those of a disk that the script mounts first.
    let here = |call: &Call<'_>| matches!(call.place.kind, Where::Same);
    if !facts.calls.get(effect.call as usize).is_none_or(here) || is_mounted_over(effect, facts) {
        return None;
    }
    match effect.does {
        // A whole system or home is not counted: it says enough, and would take long.
        Kind::Delete if effect.target.classes & (core::ROOT | core::HOME) != 0 => None,
        // Nor is what a pattern means.
        Kind::Delete if globs::is_pattern(effect.target.text) => None,
        Kind::Delete => effect.target.path.and_then(|path| ask(StakeKind::Files, path)),
        // Another tree of the same repository, with all that is not committed there.
        Kind::DiscardWork
            if marked("file") && facts.calls.get(effect.call as usize).is_some_and(|c| c.verb == "git worktree") =>
        {
            let directory = effect.target.path?.to_owned();
            let kind = StakeKind::Changes(Lost::ChangedAndUntracked);
            Some(Ask::Stake(Box::new(AskStake { kind, directory, what: String::new() })))
        }
        // Files that are named, and what is changed in them.
        Kind::DiscardWork if marked("file") => {
            let lost = if marked("untracked-file") { Lost::Untracked } else { Lost::Changed };
            effect.target.path.and_then(|path| ask(StakeKind::Changes(lost), path))
        }
        Kind::DiscardWork if marked("reflog") || marked("prune") => None,
        Kind::DiscardWork if marked("untracked") => ask(StakeKind::Changes(Lost::Untracked), ""),
        Kind::DiscardWork if marked("ignored") || marked("only-ignored") => {
            ask(StakeKind::Changes(Lost::UntrackedAndIgnored), "")
        }
        Kind::DiscardWork if marked("stash") || marked("stashes") => ask(StakeKind::Stashes, ""),
        Kind::DiscardWork if facts.calls.get(effect.call as usize).is_some_and(|call| goes_elsewhere(call, lists)) => {
            ask(StakeKind::Changes(Lost::ChangedAndUntracked), "")
        }
        Kind::DiscardWork => ask(StakeKind::Changes(Lost::Changed), ""),
        Kind::Push if marked("force") || marked("lease") => ask(StakeKind::Rewritten, effect.target.text),
        Kind::DeleteRef if marked("local-force") => ask(StakeKind::Branch, effect.target.text),
        _ => None,
    }
}

/// Whether the script mounts something at a folder above what an effect is on.
fn is_mounted_over(effect: &Effect<'_>, facts: &Facts<'_>) -> bool {
    let Some(path) = effect.target.path else { return false };
    let mut before = facts.effects.iter().filter(|e| e.does == Kind::Mount && e.call < effect.call);
    before.any(|mount| mount.target.path.is_some_and(|folder| paths::lies_in(path, folder.trim_end_matches('/'))))
}

/// The folder whose repository a call of git works on, as far as its words say so.
fn repository_of(call: &Call<'_>, facts: &Facts<'_>) -> Option<String> {
    let named = |option: &Opt<'_>| matches!(option.spelled, "--git-dir" | "--work-tree");
    if call.directory.is_empty() || call.options.iter().any(named) || facts.names_repository() {
        return None;
    }
    let mut folder = call.directory.to_owned();
    for option in call.options.iter().filter(|option| option.spelled == "-C") {
        let given = option.value?.val.lit()?;
        folder = if given.starts_with('/') { given.to_owned() } else { format!("{folder}/{given}") };
    }
    Some(folder)
}

/// What is at stake in an effect: counted by the edge, or by the plan itself.
pub(super) fn stake(effect: &Effect<'_>, facts: &Facts<'_>, snapshot: &Snapshot, lists: &Lists<'_>) -> Option<Stake> {
    if effect.marks.contains(&"plan") {
        let count = |mark: &str| {
            let lost = |e: &&Effect<'_>| e.does == Kind::Destroy && e.marks.contains(&mark);
            facts.effects.iter().filter(lost).count()
        };
        let (data, plain) = (count("plan-data") as u64, count("plan-plain") as u64);
        return (data + plain > 0).then(|| Stake {
            text: format!(
                "{} of data, keys, names or rights, and {} would be gone",
                counted(data, "resource"),
                counted(plain, "other")
            ),
            nothing: false,
        });
    }
    if matches!(effect.does, Kind::Apply | Kind::Destroy)
        && let Some(counted) = manifests(effect, facts)
    {
        return Some(Stake { text: counted, nothing: false });
    }
    match snapshot.answers.get(&stake_of(effect, facts, snapshot, lists)?)? {
        Answer::Stake(stake) => Some(Stake::clone(stake)),
        _ => None,
    }
}

/// What the manifests of a call hold, namespace by namespace.
fn manifests(effect: &Effect<'_>, facts: &Facts<'_>) -> Option<String> {
    let same = facts.effects.iter().filter(|e| e.call == effect.call && e.marks.contains(&"manifest"));
    let counted: Vec<&str> = same.map(|e| e.target.text).collect();
    (!counted.is_empty()).then(|| counted.join("; "))
}

/// Whether an effect throws away what was not committed, and nothing else.
pub(super) fn discards(effect: &Effect<'_>) -> bool {
    effect.does == Kind::DiscardWork && !effect.marks.contains(&"moves-back")
}

/// Whether an effect throws away what is not committed of files that are named, which is everyday work where nothing is.
pub(super) fn discards_files(effect: &Effect<'_>) -> bool {
    effect.does == Kind::DiscardWork && effect.marks.contains(&"file")
}

/// Calls before one that are looked at for what they may have changed: after more nothing is as it was found.
const MOST_BEFORE: usize = 256;

/// Whether an effect comes about in the repository as it was looked at: by git itself, told nothing else, with nothing before
/// it that changes anything. Whatever is not one of these plain forms may mean another repository, or come later.
pub(super) fn as_it_was_found(effect: &Effect<'_>, facts: &Facts<'_>, lists: &Lists<'_>) -> bool {
    // What changes nothing but how the words behind it are run, and was told nothing itself.
    let same = |call: &Call<'_>| {
        call.place.kind == Where::Same && call.place.via.iter().all(|wrapper| lists.has("changes-nothing", wrapper))
    };
    let here = |call: &Call<'_>| call.program == "git" && same(call);
    let wraps = |call: &Call<'_>| {
        let plain = |word: &Field<'_>| word.val.lit().is_some_and(|word| !word.starts_with('-') && !word.contains('='));
        let own = call.words.iter().skip(1).take_while(|word| word.val.lit() != Some("git"));
        lists.has("changes-nothing", call.program) && same(call) && own.into_iter().all(plain)
    };
    let plain = |call: &Call<'_>| here(call) && (is_plain(call, lists) || goes_elsewhere(call, lists));
    let kept = |call: &Call<'_>| {
        here(call)
            && lists.has("keeps-a-repository", call.verb)
            && call.options.iter().all(|option| !matches!(option.spelled, "-c" | "--config-env"))
            && call
                .operands
                .iter()
                .all(|operand| operand.field.val.lit().is_some_and(|word| !word.contains([':', '+'])))
    };
    let before = &facts.calls[..(effect.call as usize).min(facts.calls.len())];
    if before.len() > MOST_BEFORE {
        return false;
    }
    let nothing_else =
        |effect: &Effect<'_>| matches!(effect.does, Kind::Read | Kind::Query | Kind::Fetch | Kind::DiscardWork);
    let own = facts.effects.iter().position(|other| std::ptr::eq(other, effect)).unwrap_or(0);
    effect.span.source == 0
        && facts.calls.get(effect.call as usize).is_some_and(plain)
        && before.iter().all(|call| kept(call) || wraps(call) || here(call) && is_plain(call, lists))
        && facts.effects[..own].iter().all(nothing_else)
        && !facts.steers_git(lists)
}

/// Whether a call of git throws away what is not committed in one of its everyday forms: `git checkout .`, `git restore .`,
/// `git reset --hard`, `git clean -fd`, `git stash drop`, with where it is done, and nothing else.
fn is_plain(call: &Call<'_>, lists: &Lists<'_>) -> bool {
    let mut words = call.words.iter().skip(1).map(|word| word.val.lit());
    let mut verb = words.next().flatten();
    while verb == Some("-C") {
        let _ = words.next();
        verb = words.next().flatten();
    }
    let rest: Vec<Option<&str>> = words.collect();
    verb.is_some_and(|verb| {
        let known: Vec<&str> = lists.behind("discards-plainly", verb).collect();
        // `git stash` alone puts aside: what is dropped behind it was not there before.
        let drops = verb != "stash" || rest.iter().flatten().any(|word| matches!(*word, "drop" | "clear"));
        drops && !known.is_empty() && rest.iter().all(|word| word.is_some_and(|word| known.contains(&word)))
    })
}

/// `git reset --hard origin/main`: the branch moves as well, and may lose its commits.
pub(super) fn moves_branch(call: &Call<'_>, lists: &Lists<'_>) -> bool {
    goes_elsewhere(call, lists) && call.words.get(1).is_some_and(|word| word.val.lit() == Some("reset"))
}

/// `git reset --hard origin/main`, `git checkout -f main`: to other commits, over files that are not its own.
fn goes_elsewhere(call: &Call<'_>, lists: &Lists<'_>) -> bool {
    let words: Option<Vec<&str>> = call.words.iter().skip(1).map(|word| word.val.lit()).collect();
    words.is_some_and(|words| {
        matches!(words.first(), Some(&("reset" | "checkout" | "switch")))
            && words.iter().filter(|word| word.starts_with('-')).all(|word| lists.has("moves-over", word))
            && words[1..]
                .iter()
                .filter(|word| !word.starts_with('-'))
                .any(|word| !matches!(*word, "HEAD" | "." | "./" | ":/"))
    })
}
