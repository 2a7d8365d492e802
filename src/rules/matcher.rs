//! Rule × facts: yes, no or cannot know. A block is as sure as its least sure line.

use std::cell::OnceCell;

use super::knowledge::{Classes, Kind, Lists, Pred, Rule, When, Where, letters};
use crate::facts::value::Taint;
use crate::facts::{Call, Effect, Values, globs, paths};

/// The answer of a line, a block or a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    No,
    Maybe,
    Yes,
}

impl Match {
    #[must_use]
    pub fn of(yes: bool) -> Self {
        if yes { Match::Yes } else { Match::No }
    }
}

/// What rules may ask beside the effect itself.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// `production`, `staging`, `test`, `development` or empty.
    pub environment: &'a str,
    /// `human`, `agent`, `ci`
    pub actor: &'a str,
    pub branch: &'a str,
    /// A step before this one of the same session read a secret.
    pub secret_seen: bool,
    /// A secret that such a step read stands in this action.
    pub secret_carried: bool,
}

/// Does the rule fire on this effect (or on this call alone, if `effect` is none)?
#[must_use]
pub fn rule(
    rule: &Rule<'_>,
    effect: Option<&Effect<'_>>,
    call: Option<&Call<'_>>,
    lists: &Lists<'_>,
    around: Around<'_>,
) -> Match {
    let mut best = Match::No;
    for block in &rule.when {
        if effect.is_some() == block.effect.is_empty() {
            continue;
        }
        best = best.max(when(block, effect, call, lists, around, Values::Some));
        if best == Match::Yes {
            break;
        }
    }
    if best == Match::No {
        return best;
    }
    // An excuse counts only if it holds for certain.
    if rule.unless.iter().any(|block| when(block, effect, call, lists, around, Values::All) == Match::Yes) {
        return Match::No;
    }
    best
}

fn when(
    when: &When<'_>,
    effect: Option<&Effect<'_>>,
    call: Option<&Call<'_>>,
    lists: &Lists<'_>,
    around: Around<'_>,
    values: Values,
) -> Match {
    let mut answer = Match::Yes;
    macro_rules! line {
        ($result:expr) => {
            answer = answer.min($result);
            if answer == Match::No {
                return Match::No;
            }
        };
    }
    if !when.command.is_empty() {
        let Some(call) = call else { return Match::No };
        line!(Match::of(when.command.bytes().any(|c| is_command(c, call.verb))));
    }
    let options = &when.options;
    if !(options.any.is_empty()
        && options.all.is_empty()
        && options.none.is_empty()
        && options.values.is_empty()
        && options.not_values.is_empty()
        && options.absent.is_empty()
        && options.present.is_empty())
    {
        let Some(call) = call else { return Match::No };
        line!(Match::of(options_hold(when, call, lists, values)));
    }
    if let Some(effect) = effect {
        line!(Match::of(when.effect.is_empty() || when.effect.contains(&effect.does)));
        line!(if effect.certain { Match::Yes } else { Match::Maybe });
        if let Some(recursive) = when.recursive {
            line!(Match::of(effect.recursive == recursive));
        }
        for pred in [&when.path, &when.host].into_iter().flatten() {
            line!(place(pred, effect, lists));
        }
        if let Some(pred) = &when.target {
            // Which branch or database it is matters enough to say so when it cannot be known; which process does not.
            let telling = matches!(effect.does, Kind::Push | Kind::DeleteRef | Kind::Drop | Kind::Destroy);
            line!(text(pred, effect.target.text, effect.target.known || !telling, lists));
        }
        if let Some(pred) = &when.variable {
            line!(text(pred, effect.target.text, true, lists));
        }
        line!(Match::of(when.marks.is_empty() || when.marks.iter().any(|m| effect.marks.contains(&m))));
        line!(Match::of(!when.not_marks.iter().any(|m| effect.marks.contains(&m))));
        if !when.from.is_empty() {
            line!(Match::of(when.from.iter().filter_map(Taint::bit).any(|bit| effect.data.has(bit))));
        }
    } else if when.path.is_some() || when.host.is_some() || when.target.is_some() || !when.marks.is_empty() {
        return Match::No;
    }
    if !when.environment.is_empty() {
        line!(Match::of(when.environment.contains(around.environment)));
    }
    if when.carries_secret {
        line!(Match::of(around.secret_carried));
    }
    if when.after_secret {
        line!(Match::of(around.secret_seen));
    }
    if !when.actor.is_empty() {
        line!(Match::of(when.actor.contains(around.actor)));
    }
    if let Some(pred) = &when.branch {
        line!(if around.branch.is_empty() { Match::No } else { text(pred, around.branch, true, lists) });
    }
    if !when.place.is_empty() {
        let kind = call.map_or(Where::Same, |c| c.place.kind);
        line!(Match::of(when.place.contains(&kind)));
    }
    if let Some(privileged) = when.privileged {
        line!(Match::of(call.is_some_and(|c| c.place.privileged) == privileged));
    }
    if let Some(unasked) = when.unasked {
        line!(Match::of(call.is_some_and(|c| c.unasked) == unasked));
    }
    answer
}

/// `git push` is also `git push …`; wildcards are allowed.
fn is_command(pattern: &[u8], verb: &str) -> bool {
    let verb = verb.as_bytes();
    // Most patterns begin otherwise.
    if pattern.first() != verb.first() && pattern.first() != Some(&b'*') {
        return false;
    }
    if pattern.contains(&b'*') {
        return globs::text(pattern, verb);
    }
    verb.strip_prefix(pattern).is_some_and(|rest| rest.is_empty() || rest[0] == b' ')
}

fn options_hold(when: &When<'_>, call: &Call<'_>, lists: &Lists<'_>, values: Values) -> bool {
    call.holds(
        &when.options,
        values,
        |_| false,
        |glob, value| any(glob, letters(value.as_bytes()), lists, |g| globs::text(g, value)),
    )
}

/// Lists (`@protected`) stand for those of their members that a subject of these letters may match.
fn any(word: &[u8], letters: u32, lists: &Lists<'_>, mut one: impl FnMut(&[u8]) -> bool) -> bool {
    match word.strip_prefix(b"@") {
        Some(name) => lists.possible_of(std::str::from_utf8(name).unwrap_or_default(), letters).any(one),
        None => one(word),
    }
}

fn place(pred: &Pred<'_>, effect: &Effect<'_>, lists: &Lists<'_>) -> Match {
    let target = &effect.target;
    let classes: Classes = target.classes;
    if classes & pred.not_class != 0 {
        return Match::No;
    }
    let subject = target.path.unwrap_or(target.text);
    // A list of hosts is met by the host of an address.
    let patterns = !(pred.is.is_empty() && pred.not.is_empty());
    let host = (patterns && subject.contains("://")).then(|| paths::host_of(subject));
    let letters = letters(subject.as_bytes());
    let homely = OnceCell::new();
    let glob = |word: &[u8]| {
        any(word, letters, lists, |g| {
            let homely = || homely.get_or_init(|| paths::below_home(subject)).as_deref();
            let at_home = || homely().is_some_and(|path| globs::path(g, path));
            globs::path(g, subject)
                || globs::text(g, subject)
                || host.is_some_and(|host| globs::text(g, host))
                || g.first() == Some(&b'~') && at_home()
        })
    };
    if pred.not.possible(letters).any(glob) {
        return Match::No;
    }
    if pred.class == 0 && pred.is.is_empty() {
        return Match::Yes;
    }
    if classes & pred.class != 0 || pred.is.possible(letters).any(glob) {
        Match::Yes
    } else if target.maybe & pred.class != 0 {
        Match::Maybe
    } else {
        Match::No
    }
}

fn text(pred: &Pred<'_>, subject: &str, known: bool, lists: &Lists<'_>) -> Match {
    let letters = letters(subject.as_bytes());
    let hit = |word: &[u8]| {
        any(word, letters, lists, |g| {
            // `+here:there` and `:there` are the branch there.
            let branch = || subject.rsplit(':').next().unwrap_or(subject).trim_start_matches('+');
            globs::text(g, subject) || word == b"@protected" && globs::text(g, branch())
        })
    };
    if pred.not.possible(letters).any(hit) {
        return Match::No;
    }
    if pred.is.is_empty() || pred.is.possible(letters).any(hit) {
        Match::Yes
    } else if known {
        Match::No
    } else {
        Match::Maybe
    }
}
