//! `gate explain`: each step from the words to the decision.

use std::fmt::Write;

use super::escape;
use super::places::outermost;
use crate::Judged;
use crate::facts::knowledge::ORIGINS;
use crate::facts::value::Taint;
use crate::policy::{Decision, hundredths};
use crate::redact::redact;

/// Every step, as text. `around`: what surrounds the run (what, value, source).
#[must_use]
pub fn explain(judged: &Judged<'_, '_>, class_names: &[&str], around: &[(&str, String, String)]) -> String {
    let mut out = String::new();
    let facts = judged.facts;
    let shown = |text: &str| escape::line(&redact(text));
    let _ = writeln!(out, "action    {} ({})", shown(&judged.action.line()), judged.action.kind());
    let _ = writeln!(out, "digest    {}", judged.digest());
    let _ = writeln!(out, "actor     {} {}", judged.action.actor.kind.word(), judged.action.actor.name);
    if !judged.action.actor.id.is_empty() {
        let _ = writeln!(out, "identity  {}", shown(&judged.action.actor.id));
    }
    if !judged.action.context.event.is_empty() {
        let _ = writeln!(out, "event     {}", shown(&judged.action.context.event));
    }
    let _ = writeln!(out, "directory {}", shown(&judged.snapshot.cwd));
    for (what, value, source) in around {
        let _ = writeln!(out, "{what:<9} {} [{source}]", shown(value));
    }
    if let Some(branch) = &judged.action.context.branch {
        let _ = writeln!(out, "branch    {}", shown(branch));
    }
    for (name, source) in judged.observed() {
        let _ = writeln!(out, "acts in   {} ({})", shown(name), shown(source));
    }
    if !judged.snapshot.workspace.is_empty() {
        let _ = writeln!(out, "workspace {}", shown(&judged.snapshot.workspace));
    }
    if let Some(environment) = &judged.action.context.environment {
        let claimed = judged.action.claimed && !judged.action.context.by_command_line;
        let whose = if claimed { "claimed by the requester" } else { "declared" };
        let _ = writeln!(out, "environment {environment} ({whose})");
    }
    for (ask, answer) in judged.snapshot.answers.iter().take(64) {
        match answer {
            crate::facts::snapshot::Answer::Text { text, digest } => {
                let _ = writeln!(out, "read      {ask:?} → {} bytes, sha256:{digest}", text.len());
            }
            crate::facts::snapshot::Answer::Repository(found) => {
                let (aliases, settings) = (found.aliases.len(), found.settings.len());
                let what =
                    format!("{ask:?} → {}, {aliases} aliases, {settings} settings that run something", found.root);
                let _ = writeln!(out, "asked     {}", shown(&what));
            }
            _ => {
                let _ = writeln!(out, "asked     {}", shown(&format!("{ask:?} → {answer:?}")));
            }
        }
    }
    if facts.sources.len() > 1 {
        let _ = writeln!(out, "\nfound inside");
        for source in facts.sources.iter().skip(1).take(32) {
            let place = source.parent.map(|p| outermost(p, facts)).unwrap_or_default();
            let _ = writeln!(
                out,
                "  {:>4}..{:<4} {}: {}",
                place.start,
                place.end,
                source.language,
                clip(&shown(source.text))
            );
        }
    }
    let _ = writeln!(out, "\ncalls");
    for (index, call) in facts.calls.iter().enumerate().take(64) {
        let words: Vec<String> = call.words.iter().map(|f| f.val.text()).collect();
        let words = if call.words.is_empty() { vec![call.verb.to_owned()] } else { words };
        let by_words = facts.effects.iter().any(|e| e.call as usize == index && e.marks.contains(&"by-words"));
        let known = match call.entry {
            _ if call.level.is_some() && by_words => "operation known by its words",
            _ if call.level.is_some() => "operation of the catalogue",
            None if call.words.is_empty() && !call.verb.is_empty() => "unknown operation",
            None if call.program.is_empty() => "cannot be known before it runs",
            None => "unknown program",
            Some(_) if call.complete => "all options known",
            Some(_) => "some options unknown",
        };
        let via = if call.place.via.is_empty() { String::new() } else { format!(" via {}", call.place.via.join(" ")) };
        let _ = writeln!(out, "  {index:>3} {}{via}  [{known}]", clip(&shown(&words.join(" "))));
    }
    let _ = writeln!(out, "\neffects");
    for effect in facts.effects.iter().take(96) {
        let classes: Vec<&str> = class_names
            .iter()
            .enumerate()
            .filter(|(i, _)| effect.target.classes & (1 << i) != 0)
            .map(|(_, n)| *n)
            .collect();
        let maybe: Vec<&str> = class_names
            .iter()
            .enumerate()
            .filter(|(i, _)| effect.target.maybe & (1 << i) != 0)
            .map(|(_, n)| *n)
            .collect();
        let mut notes = Vec::new();
        if effect.recursive {
            notes.push("recursive".to_owned());
        }
        if !classes.is_empty() {
            notes.push(classes.join(" "));
        }
        if !maybe.is_empty() {
            notes.push(format!("maybe {}", maybe.join(" ")));
        }
        if !effect.marks.is_empty() {
            notes.push(format!("marks {}", effect.marks.join(" ")));
        }
        let origins = origins(effect.data);
        if !origins.is_empty() {
            notes.push(format!("data from {}", origins.join(" ")));
        }
        let _ =
            writeln!(out, "  {:<16} {}  [{}]", effect.does.word(), clip(&shown(effect.target.text)), notes.join("; "));
    }
    for opaque in facts.opaque.iter().take(32) {
        let _ = writeln!(out, "  opaque           {} {}", opaque.language, clip(&shown(opaque.source)));
    }
    for unread in &facts.unread {
        let place = outermost(unread.span, facts);
        let _ = writeln!(out, "  unread           {}..{} {}", place.start, place.end, unread.why);
    }
    let _ = writeln!(out, "\nfindings");
    if judged.assessment.findings.is_empty() {
        let _ = writeln!(out, "  none");
    }
    for (index, finding) in judged.assessment.findings.iter().enumerate() {
        let sure = if finding.certain { "certain" } else { "possible" };
        let _ = writeln!(
            out,
            "  {} {} ({sure}, {} {}): {}",
            finding.rule.id,
            finding.rule.title,
            finding.level.word(),
            hundredths(finding.score),
            clip(&shown(&finding.evidence))
        );
        let _ = writeln!(
            out,
            "      base {} {}",
            finding.rule.risk.word(),
            hundredths(crate::assess::base(finding.rule.risk))
        );
        if let Some(stake) = &finding.stake {
            let _ = writeln!(out, "      at stake: {}", shown(stake));
        }
        for factor in &finding.factors {
            let sign = if factor.weight < 0 { '−' } else { '+' };
            let _ = writeln!(
                out,
                "      {sign}{} {}: {}",
                hundredths(factor.weight.abs()),
                factor.name,
                shown(&factor.because)
            );
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
    let [warn, escalate, block] = judged.judgement.stance.thresholds;
    let _ = writeln!(
        out,
        "\npolicy    {}: warn {}, escalate {}, block {}",
        judged.judgement.stance.profile.word(),
        hundredths(warn),
        hundredths(escalate),
        hundredths(block)
    );
    let judgement = &judged.judgement;
    for (name, profile, [warn, escalate, block]) in &judgement.stance.environments {
        let _ = writeln!(
            out,
            "          in {name} {}: warn {}, escalate {}, block {}",
            profile.word(),
            hundredths(*warn),
            hundredths(*escalate),
            hundredths(*block)
        );
    }
    for layered in &judged.policy.layers {
        let _ = writeln!(out, "layer     {} {} {}", layered.layer.word(), shown(&layered.origin), layered.digest());
    }
    for problem in &judged.policy.problems {
        let _ = writeln!(out, "problem   {}", shown(problem));
    }
    for matched in &judgement.matched {
        let sure = if matched.certain { "" } else { ", cannot be known not to" };
        let _ = writeln!(
            out,
            "rule      {} → {} ({} {}{sure})",
            shown(&matched.id),
            matched.action.word(),
            matched.layer.word(),
            shown(&matched.place)
        );
        if let Some((to, why)) = &matched.excepted {
            let _ = writeln!(out, "          excepted to {} {}", to.word(), shown(why));
        }
    }
    let _ = writeln!(out, "decision  {} (risk {})", judgement.decision.word(), hundredths(judged.assessment.risk));
    if judgement.decision != Decision::Allow {
        let _ = writeln!(out, "because   {}: {} ({})", judgement.rule, shown(&judgement.reason), judgement.because);
    } else if judged.assessment.read_only {
        let _ = writeln!(out, "because   it only reads");
    }
    escape::lines(&redact(&out))
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
