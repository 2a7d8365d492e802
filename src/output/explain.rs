//! `gate explain`: each step from the words to the decision.

use std::fmt::Write;

use super::calls::{known, words};
use super::escape;
use super::places::outermost;
use crate::Judged;
use crate::facts::Facts;
use crate::facts::Know;
use crate::facts::knowledge::ORIGINS;
use crate::facts::shell::ast::Span;
use crate::facts::snapshot::{Answer, Ask, StakeKind};
use crate::facts::value::Taint;
use crate::policy::{Decision, hundredths};
use crate::redact::redact;

/// Every step, as text. `around`: what surrounds the run (what, value, source).
#[must_use]
pub fn explain(judged: &Judged<'_, '_>, around: &[(&str, String, String)]) -> String {
    let mut out = String::new();
    circumstances(&mut out, judged, around);
    answers(&mut out, judged);
    found_inside(&mut out, judged);
    calls(&mut out, judged);
    effects(&mut out, judged);
    findings(&mut out, judged);
    policy(&mut out, judged);
    decision(&mut out, judged);
    escape::lines(&redact(&out))
}

/// As many of each are shown.
const MOST_ANSWERS: usize = 64;
const MOST_SOURCES: usize = 32;
const MOST_CALLS: usize = 64;
const MOST_EFFECTS: usize = 96;

fn shown(text: &str) -> String {
    escape::line(&redact(text))
}

/// Who proposes what, and where.
fn circumstances(out: &mut String, judged: &Judged<'_, '_>, around: &[(&str, String, String)]) {
    let action = judged.action;
    let _ = writeln!(out, "action    {} ({})", shown(&action.line()), action.kind().word());
    let _ = writeln!(out, "digest    {}", judged.digest());
    let actor = format!("{} {}", action.actor.kind.word(), action.actor.name);
    let _ = writeln!(out, "actor     {}", actor.trim_end());
    if !action.actor.id.is_empty() {
        let _ = writeln!(out, "identity  {}", shown(&action.actor.id));
    }
    if !action.context.event.is_empty() {
        let _ = writeln!(out, "event     {}", shown(&action.context.event));
    }
    let _ = writeln!(out, "directory {}", shown(&judged.snapshot.cwd));
    for (what, value, source) in around {
        let _ = writeln!(out, "{what:<9} {} [{source}]", shown(value));
    }
    if let Some(branch) = &action.context.branch {
        let _ = writeln!(out, "branch    {}", shown(branch));
    }
    for (name, source) in judged.observed() {
        let _ = writeln!(out, "acts in   {} ({})", shown(name), shown(source));
    }
    if !judged.snapshot.workspace.is_empty() {
        let _ = writeln!(out, "workspace {}", shown(&judged.snapshot.workspace));
    }
    if let Some(environment) = &action.context.environment {
        let claimed = action.claimed && !action.context.by_command_line;
        let whose = if claimed { "claimed by the requester" } else { "declared" };
        let _ = writeln!(out, "environment {environment} ({whose})");
    }
}

/// What was looked up, and what was found.
fn answers(out: &mut String, judged: &Judged<'_, '_>) {
    for (ask, answer) in judged.snapshot.answers.iter().take(MOST_ANSWERS) {
        let _ = match answer {
            Answer::Text(file) => {
                let (bytes, digest) = (file.text.len(), &file.digest);
                writeln!(out, "read      {}: {bytes} bytes, sha256:{digest}", shown(&question(ask)))
            }
            _ => writeln!(out, "asked     {}: {}", shown(&question(ask)), shown(&told(answer))),
        };
    }
}

fn question(ask: &Ask) -> String {
    // A sign before a path says that a link is not followed.
    let plain = |path: &str| path.trim_start_matches('!').to_owned();
    match ask {
        Ask::Path(path) => format!("what is at {}", plain(path)),
        Ask::Glob(pattern) => format!("what {pattern} matches"),
        Ask::Text(path) => plain(path),
        Ask::Context(of) => format!("where {} acts from {}", of.kind, of.directory),
        Ask::Repository(directory) => format!("what git runs in {directory}"),
        Ask::Stake(stake) => {
            let counted = match stake.kind {
                StakeKind::Files => "files",
                StakeKind::Changes(_) => "changes that are not committed",
                StakeKind::Stashes => "stashes",
                StakeKind::Rewritten => "commits that the server would lose",
                StakeKind::Branch => "commits that only the branch has",
            };
            let of = if stake.what.is_empty() { &stake.directory } else { &stake.what };
            format!("{counted} at stake: {of}")
        }
    }
}

fn told(answer: &Answer) -> String {
    match answer {
        Answer::Missing => "nothing".to_owned(),
        Answer::File => "a file".to_owned(),
        Answer::Directory => "a folder".to_owned(),
        Answer::Special => "a device, socket or pipe".to_owned(),
        Answer::Link(path) => format!("a link to {path}"),
        Answer::Names(names) => match names.len() {
            0 => "nothing".to_owned(),
            _ => names.iter().map(|named| named.name.as_str()).collect::<Vec<_>>().join(" "),
        },
        Answer::Text(file) => format!("{} bytes", file.text.len()),
        Answer::TooLarge(_) => "more than is read".to_owned(),
        Answer::Repository(found) => {
            let (aliases, settings) = (found.aliases.len(), found.settings.len());
            format!("{}, {aliases} aliases, {settings} settings of its own", found.root)
        }
        Answer::Stake(stake) => stake.text.clone(),
        Answer::Observed(names) => match names.len() {
            0 => "nothing says so".to_owned(),
            _ => names.iter().map(|(name, source)| format!("{name} ({source})")).collect::<Vec<_>>().join(", "),
        },
        Answer::Unknown => "could not be found out".to_owned(),
    }
}

fn found_inside(out: &mut String, judged: &Judged<'_, '_>) {
    let facts = judged.facts;
    if facts.sources.len() < 2 {
        return;
    }
    let _ = writeln!(out, "\nfound inside");
    for source in facts.sources.iter().skip(1).take(MOST_SOURCES) {
        let place = stands(source.parent.unwrap_or_default(), facts);
        let _ = writeln!(out, "      {place}  {}: {}", source.language, clip(&shown(source.text)));
    }
}

fn calls(out: &mut String, judged: &Judged<'_, '_>) {
    let facts = judged.facts;
    let _ = writeln!(out, "\ncalls");
    for (index, call) in facts.calls.iter().enumerate().take(MOST_CALLS) {
        let via = if call.place.via.is_empty() { String::new() } else { format!(" via {}", call.place.via.join(" ")) };
        // Only a folder that is not the one it all starts in says something; another place has its own.
        let folder = match call.directory {
            _ if !call.place.via.is_empty() || call.words.is_empty() => String::new(),
            folder if folder == judged.snapshot.cwd => String::new(),
            "" => "; in a folder that is not known".to_owned(),
            folder => format!("; in {}", shown(folder)),
        };
        let (words, known) = (clip(&shown(&words(call))), known(index, call, facts));
        let _ = writeln!(out, "  {index:>3} {}  {words}{via}  [{known}{folder}]", stands(call.span, facts));
    }
}

/// Where in the input it stands, in bytes; of what lies further inside, the outermost words that led there.
fn stands(span: Span, facts: &Facts<'_>) -> String {
    let Span { start, end, .. } = outermost(span, facts);
    format!("{start:>4}..{end:<4}")
}

fn effects(out: &mut String, judged: &Judged<'_, '_>) {
    let facts = judged.facts;
    let names = |classes: u64| {
        let has = |(bit, _): &(usize, &&str)| classes & (1 << bit) != 0;
        judged.packs.classes().names.iter().enumerate().filter(has).map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
    };
    let _ = writeln!(out, "\neffects");
    if facts.effects.is_empty() && facts.opaque.is_empty() && facts.unread.is_empty() {
        let _ = writeln!(out, "  none");
    }
    for effect in facts.effects.iter().take(MOST_EFFECTS) {
        let mut notes = Vec::new();
        if effect.recursive {
            notes.push("recursive".to_owned());
        }
        if effect.target.classes != 0 {
            notes.push(names(effect.target.classes));
        }
        if effect.target.maybe != 0 {
            notes.push(format!("maybe {}", names(effect.target.maybe)));
        }
        if !effect.marks.is_empty() {
            notes.push(format!("marks {}", effect.marks.join(" ")));
        }
        let origins = origins(effect.data);
        if !origins.is_empty() {
            notes.push(format!("data from {}", origins.join(" ")));
        }
        let (does, target) = (effect.does.word(), clip(&shown(effect.target.text)));
        let place = stands(effect.span, facts);
        // What no call does: a redirection, a setting.
        let call = if effect.call == u32::MAX { String::new() } else { effect.call.to_string() };
        let notes = if notes.is_empty() { String::new() } else { format!("  [{}]", notes.join("; ")) };
        let _ = writeln!(out, "  {call:>3} {place}  {does:<16} {target}{notes}");
    }
    for opaque in facts.opaque.iter().take(MOST_SOURCES) {
        let place = stands(opaque.span, facts);
        let _ = writeln!(out, "      {place}  opaque           {} {}", opaque.language, clip(&shown(opaque.source)));
    }
    for unread in &facts.unread {
        let _ = writeln!(out, "      {}  unread           {}", stands(unread.span, facts), unread.why);
    }
}

fn findings(out: &mut String, judged: &Judged<'_, '_>) {
    let _ = writeln!(out, "\nfindings");
    if judged.assessment.findings.is_empty() {
        let _ = writeln!(out, "  none");
    }
    for (index, finding) in judged.assessment.findings.iter().enumerate() {
        let sure = if finding.certain { "certain" } else { "possible" };
        let (level, score) = (finding.level.word(), hundredths(finding.score));
        let evidence = clip(&shown(&finding.evidence));
        let _ = writeln!(out, "  {} {} ({sure}, {level} {score}): {evidence}", finding.rule.id, finding.rule.title);
        let base = hundredths(crate::assess::base(finding.rule.risk));
        let _ = writeln!(out, "      base {} {base}", finding.rule.risk.word());
        if let Some(stake) = &finding.stake {
            let _ = writeln!(out, "      at stake: {}", shown(stake));
        }
        for factor in &finding.factors {
            let sign = if factor.weight < 0 { '−' } else { '+' };
            let weight = hundredths(factor.weight.abs());
            let _ = writeln!(out, "      {sign}{weight} {}: {}", factor.name, shown(&factor.because));
        }
        for (_, by) in judged.judgement.lowered.iter().filter(|(i, _)| *i == index) {
            let _ = writeln!(out, "      lowered by {}", shown(by));
        }
        let decision = judged.judgement.weighed[index];
        // Its score alone would say more (docs/risk.md).
        let silent = !finding.certain && decision == Decision::Allow && finding.score >= 40;
        let why = if silent { "  (only possible: silent below high, but in the profile strict)" } else { "" };
        let _ = writeln!(out, "      → {}{why}", decision.word());
    }
}

/// How strict the policy is, and which of its rules hold.
fn policy(out: &mut String, judged: &Judged<'_, '_>) {
    let judgement = &judged.judgement;
    let limits = |[warn, escalate, block]: [i32; 3]| {
        format!("warn {}, escalate {}, block {}", hundredths(warn), hundredths(escalate), hundredths(block))
    };
    let stance = &judgement.stance;
    let _ = writeln!(out, "\npolicy    {}: {}", stance.profile.word(), limits(stance.thresholds));
    for (name, profile, thresholds) in &stance.environments {
        let _ = writeln!(out, "          in {name} {}: {}", profile.word(), limits(*thresholds));
    }
    for layered in &judged.policy.layers {
        let _ = writeln!(out, "layer     {} {} {}", layered.layer.word(), shown(&layered.origin), layered.digest());
    }
    for problem in &judged.policy.problems {
        let _ = writeln!(out, "problem   {}", shown(problem));
    }
    for matched in &judgement.matched {
        let sure = if matched.certain { "" } else { ", cannot be known not to" };
        let (id, action, place) = (shown(&matched.id), matched.action.word(), shown(&matched.place));
        let _ = writeln!(out, "rule      {id} → {action} ({} {place}{sure})", matched.layer.word());
        if let Some((to, why)) = &matched.excepted {
            let _ = writeln!(out, "          excepted to {} {}", to.word(), shown(why));
        }
    }
}

fn decision(out: &mut String, judged: &Judged<'_, '_>) {
    let judgement = &judged.judgement;
    let _ = writeln!(out, "decision  {} (risk {})", judgement.decision.word(), hundredths(judged.assessment.risk));
    if judgement.decision != Decision::Allow {
        let _ = writeln!(out, "because   {}: {} ({})", judgement.rule, shown(&judgement.reason), judgement.because);
    } else if judged.assessment.read_only {
        let _ = writeln!(out, "because   it only reads");
    }
}

/// Where data comes from, in the words of the rules.
fn origins(data: Taint) -> Vec<&'static str> {
    ORIGINS.into_iter().filter(|word| Taint::bit(word).is_some_and(|bit| data.has(bit))).collect()
}

fn clip(text: &str) -> String {
    if text.chars().count() <= 160 {
        return text.to_owned();
    }
    let head: String = text.chars().take(120).collect();
    let tail: String = text.chars().rev().take(30).collect::<Vec<_>>().into_iter().rev().collect();
    format!("{head} … {tail}")
}
