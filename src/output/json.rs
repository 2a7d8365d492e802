//! `gate.decision/v1`: the stable machine format.

use crate::Judged;
use crate::assess::Finding;
use crate::count;
use crate::facts::knowledge::Classes;
use crate::facts::paths::core;
use crate::facts::shell::ast::Span;
use crate::facts::{Effect, Facts, Know};
use crate::json::plain;
use crate::output::calls::{known, words};
use crate::output::escape::quoted as quote;
use crate::output::places::{argument, line_of, place, word_of_argv};
use crate::policy::format::Verdict;
use crate::policy::{Decision, write_hundredths};
use crate::redact::redact;
use crate::rules::Packs;

macro_rules! member {
    ($out:expr, $name:literal, $write:ident, $value:expr) => {{
        let out: &mut String = $out;
        out.push_str(concat!(",\"", $name, "\":"));
        $write($value, out);
    }};
}

/// `,"name":"value"`, the name as a constant.
macro_rules! text {
    ($out:expr, $name:literal, $value:expr) => {{ member!($out, $name, quote, $value) }};
}

/// The same for a word of ours.
macro_rules! word {
    ($out:expr, $name:literal, $value:expr) => {{ member!($out, $name, plain, $value) }};
}

/// Renders a decision as one line of JSON.
#[must_use]
pub fn decision(judged: &Judged<'_, '_>) -> String {
    with_id(&judged.action.id, &after_id(judged))
}

/// The same with the steps that led there: each source that was found inside, and each call with what is known of it, as
/// many of them as of effects.
#[must_use]
pub fn explanation(judged: &Judged<'_, '_>) -> String {
    let facts = judged.facts;
    let mut out = decision(judged);
    out.pop();
    let inside: Vec<_> = facts.sources.iter().skip(1).take(64).collect();
    list(&mut out, "sources", &inside, |out, source| {
        out.push_str("{\"language\":");
        quote(source.language, out);
        text!(out, "text", &redact(source.text));
        at(out, source.parent.unwrap_or_default(), facts);
        out.push('}');
    });
    let calls: Vec<_> = facts.calls.iter().enumerate().take(64).collect();
    list(&mut out, "calls", &calls, |out, (index, call)| {
        out.push_str("{\"program\":");
        quote(call.program, out);
        text!(out, "words", &redact(&words(call)));
        word!(out, "known", known(*index, call, facts));
        list(out, "via", call.place.via, |out, via| quote(&redact(via), out));
        text!(out, "directory", &redact(call.directory));
        at(out, call.span, facts);
        out.push('}');
    });
    out.push('}');
    out
}

/// A decision on the action of this id, of which all that follows was rendered before.
#[must_use]
pub fn with_id(id: &str, rest: &str) -> String {
    let mut out = String::with_capacity(64 + id.len() + rest.len());
    out.push_str("{\"schema\":\"gate.decision/v1\",\"action_id\":");
    quote(id, &mut out);
    out.push_str(rest);
    out
}

/// What follows the id in a decision: it is the same for whoever asks the same.
#[must_use]
pub fn after_id(judged: &Judged<'_, '_>) -> String {
    let mut out = String::with_capacity(1 << 10);
    out.push_str(",\"action_digest\":");
    plain(judged.digest(), &mut out);
    let judgement = &judged.judgement;
    word!(&mut out, "decision", judgement.decision.word());
    out.push_str(",\"risk\":{\"score\":");
    write_hundredths(judged.assessment.risk, &mut out);
    out.push_str(",\"level\":");
    plain(crate::assess::band(judged.assessment.risk).word(), &mut out);
    out.push('}');
    text!(&mut out, "reason", &redact(&judgement.reason));
    word!(&mut out, "control", control(judgement.decision));
    out.push_str(",\"policy\":{\"name\":");
    plain(judged.judgement.stance.profile.word(), &mut out);
    word!(&mut out, "digest", judged.policy.digest());
    if !judgement.rule.is_empty() {
        text!(&mut out, "rule", &judgement.rule);
    }
    word!(&mut out, "layer", judgement.layer.word());
    house(&mut out, judged);
    out.push('}');
    list(&mut out, "findings", &judged.assessment.findings, |out, f| finding(out, f, judged.facts));
    let effects: Vec<&Effect<'_>> = judged.facts.effects.iter().take(64).collect();
    list(&mut out, "effects", &effects, |out, e| effect(out, e, judged.facts, &judged.packs.classes().names));
    list(&mut out, "unread", &judged.facts.unread, |out, unread| {
        out.push_str("{\"why\":");
        quote(unread.why, out);
        at(out, unread.span, judged.facts);
        out.push('}');
    });
    let opaque: Vec<_> = judged.facts.opaque.iter().take(64).collect();
    list(&mut out, "opaque", &opaque, |out, opaque| {
        out.push_str("{\"language\":");
        quote(opaque.language, out);
        text!(out, "source", &redact(opaque.source));
        at(out, opaque.span, judged.facts);
        out.push('}');
    });
    let files: Vec<(&str, &str)> = judged.snapshot.files().collect();
    if !files.is_empty() {
        list(&mut out, "files", &files, |out, (path, digest)| {
            out.push_str("{\"path\":");
            quote(path, out);
            out.push_str(",\"digest\":\"sha256:");
            out.push_str(digest);
            out.push_str("\"}");
        });
    }
    let observed = judged.observed();
    if !observed.is_empty() {
        list(&mut out, "context", &observed, |out, (name, source)| {
            out.push_str("{\"name\":");
            quote(&redact(name), out);
            text!(out, "source", source);
            out.push('}');
        });
    }
    out.push_str(",\"reviewers\":[{\"name\":\"local\",\"decision\":");
    plain(judgement.decision.word(), &mut out);
    out.push_str(",\"risk\":");
    write_hundredths(judged.assessment.risk, &mut out);
    out.push_str(concat!("}],\"engine\":{\"version\":\"", env!("CARGO_PKG_VERSION"), "\""));
    word!(&mut out, "rules_digest", Packs::digest());
    out.push_str("}}");
    out
}

/// What the rules of the house had to say, and what of a layer was ignored.
fn house(out: &mut String, judged: &Judged<'_, '_>) {
    if !judged.judgement.matched.is_empty() {
        list(out, "matched", &judged.judgement.matched, |out, matched| {
            out.push_str("{\"rule\":");
            quote(&matched.id, out);
            text!(out, "title", &redact(matched.sentence()));
            word!(out, "action", matched.action.word());
            word!(out, "layer", matched.layer.word());
            text!(out, "place", &matched.place);
            out.push_str(if matched.certain { ",\"certain\":true" } else { ",\"certain\":false" });
            if !matched.instead.is_empty() {
                text!(out, "instead", &redact(&matched.instead));
            }
            if matched.action == Verdict::RequireApproval
                && let Some(approvers) = &matched.approvers
            {
                list(out, "approvers", &approvers.all(), |out, who| quote(who, out));
                out.push_str(",\"approvals_needed\":");
                out.push_str(&approvers.number.unwrap_or(1).to_string());
            }
            if let Some((to, why)) = &matched.excepted {
                word!(out, "excepted_to", to.word());
                text!(out, "exception", &redact(why));
            }
            out.push('}');
        });
    }
    if !judged.policy.problems.is_empty() {
        list(out, "problems", &judged.policy.problems, |out, problem| quote(problem, out));
    }
}

/// What the one who asked should do now.
#[must_use]
pub fn control(decision: Decision) -> &'static str {
    match decision {
        Decision::Allow => "Execute.",
        Decision::Warn => "Execute, with the warning shown.",
        Decision::Escalate => "Do not execute before a person has approved it.",
        Decision::Block => "Do not execute. Ask a human reviewer.",
    }
}

fn list<T>(out: &mut String, name: &str, items: &[T], mut one: impl FnMut(&mut String, &T)) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":[");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        one(out, item);
    }
    out.push(']');
}

fn finding(out: &mut String, finding: &Finding, facts: &Facts<'_>) {
    out.push_str("{\"rule\":");
    quote(finding.rule.id, out);
    text!(out, "title", finding.rule.title);
    word!(out, "category", finding.rule.category.word());
    word!(out, "level", finding.level.word());
    out.push_str(",\"score\":");
    write_hundredths(finding.score, out);
    out.push_str(if finding.certain { ",\"certain\":true" } else { ",\"certain\":false" });
    text!(out, "evidence", &redact(&finding.evidence));
    at(out, finding.span, facts);
    text!(out, "why", finding.rule.why);
    out.push_str(",\"instead\":{\"say\":");
    quote(finding.advice(), out);
    if !finding.alternative().is_empty() {
        text!(out, "run", &redact(&finding.alternative()));
    }
    out.push('}');
    if let Some(stake) = &finding.stake {
        text!(out, "stakes", &redact(stake));
    }
    text!(out, "undo", finding.undo());
    list(out, "factors", &finding.factors, |out, factor| {
        out.push_str("{\"name\":");
        quote(factor.name, out);
        out.push_str(",\"weight\":");
        if factor.weight < 0 {
            out.push('-');
        }
        write_hundredths(factor.weight.abs(), out);
        text!(out, "because", &redact(&factor.because));
        out.push('}');
    });
    out.push('}');
}

fn effect(out: &mut String, effect: &Effect<'_>, facts: &Facts<'_>, class_names: &[&str]) {
    out.push_str("{\"does\":");
    plain(effect.does.word(), out);
    text!(out, "target", &redact(effect.target.text));
    if let Some(class) = class_of(effect.target.classes, class_names) {
        text!(out, "class", class);
    }
    out.push_str(if effect.recursive { ",\"recursive\":true" } else { ",\"recursive\":false" });
    out.push_str(if effect.certain { ",\"certain\":true" } else { ",\"certain\":false" });
    if let Some(call) = facts.calls.get(effect.call as usize) {
        list(out, "via", call.place.via, |out, via| quote(&redact(via), out));
    }
    at(out, effect.span, facts);
    out.push('}');
}

/// Of the classes that the mechanism gives out those that are shown, the most telling first.
const MOST_TELLING: [Classes; 9] = [
    core::ROOT,
    core::HOME,
    core::WORKSPACE_ROOT,
    core::TEMPORARY,
    core::WORKSPACE,
    core::CONTAINER,
    core::REMOTE,
    core::OUTSIDE,
    core::UNKNOWN,
];

/// The most telling class of a target.
fn class_of<'n>(classes: Classes, names: &[&'n str]) -> Option<&'n str> {
    let given_out = crate::rules::format::CORE_CLASSES.len();
    let special =
        Some((classes >> given_out << given_out).trailing_zeros() as usize).filter(|first| *first < names.len());
    // What lies in a temporary directory is temporary, whatever tools make there.
    let made = |special: &usize| classes & core::TEMPORARY != 0 && matches!(names[*special], "build" | "cache");
    special
        .filter(|special| classes & (core::ROOT | core::HOME | core::WORKSPACE_ROOT) == 0 && !made(special))
        .or_else(|| Some(MOST_TELLING.into_iter().find(|class| classes & class != 0)?.trailing_zeros() as usize))
        .and_then(|i| names.get(i).copied())
}

/// The place: in the file where it stands, else in the input, at the outermost words that led there.
fn at(out: &mut String, found: Span, facts: &Facts<'_>) {
    let (file, span) = place(found, facts);
    let source = match facts.sources.first().map_or("", |s| s.language) {
        _ if file.is_some() => "file",
        "argv" => "argv",
        "tool" => "args",
        _ => "script",
    };
    out.push_str(",\"at\":{\"source\":\"");
    out.push_str(source);
    out.push('"');
    if let Some((path, file)) = file {
        text!(out, "path", path);
        out.push_str(",\"line\":");
        out.push_str(&line_of(file.text, span.start).to_string());
    }
    let (start, end) = match source {
        "argv" => match word_of_argv(facts, span) {
            Some((index, within)) => {
                out.push_str(",\"index\":");
                count::plain(out, u64::from(index));
                within
            }
            None => (span.start, span.end),
        },
        "args" => match argument(found, facts) {
            Some((_, pointer, within)) => {
                text!(out, "pointer", pointer);
                (within.start, within.end)
            }
            None => (span.start, span.end),
        },
        _ => (span.start, span.end),
    };
    out.push_str(",\"start\":");
    count::plain(out, u64::from(start));
    out.push_str(",\"end\":");
    count::plain(out, u64::from(end));
    out.push('}');
}
