//! The diagnostic that a person can act on: the command with marks under the very words, why, what instead, how to undo.

use std::fmt::Write;

use owo_colors::{OwoColorize, Style};

use super::{escape, places};
use crate::Judged;
use crate::action::ActionKind;
use crate::assess::Finding;
use crate::error::ExitCode;
use crate::facts::Facts;
use crate::facts::shell::ast::Span;
use crate::policy::{Decision, Matched, hundredths};
use crate::redact::{cut, redact};

/// The first line of a refusal or warning.
#[must_use]
pub fn head(judged: &Judged<'_, '_>, colour: bool) -> String {
    heading(judged, judged.judgement.decision == Decision::Warn, colour)
}

/// The same of what is not executed, also where it is only warned about.
#[must_use]
pub fn refusal(judged: &Judged<'_, '_>, colour: bool) -> String {
    heading(judged, false, colour)
}

/// The same where a person is there to be asked, and decides.
#[must_use]
pub fn question(judged: &Judged<'_, '_>) -> String {
    let code = ExitCode::Escalate.number();
    format!("gate: your approval is needed ({code})  {}\n", short(&shown(&judged.judgement.reason)))
}

fn heading(judged: &Judged<'_, '_>, goes_on: bool, colour: bool) -> String {
    let decision = judged.judgement.decision;
    let code = ExitCode::from(decision).number();
    let word = match decision {
        Decision::Allow => "allowed",
        Decision::Warn if goes_on => "warning",
        Decision::Warn | Decision::Escalate | Decision::Block => "refused",
    };
    let what = match decision {
        Decision::Block => " · blocked",
        Decision::Escalate => " · needs approval",
        Decision::Allow | Decision::Warn => "",
    };
    let style = style(decision, colour);
    format!("{}{what}  {}\n", format!("gate: {word} ({code})").style(style), short(&shown(&judged.judgement.reason)))
}

fn style(decision: Decision, colour: bool) -> Style {
    let style = Style::new();
    if !colour {
        return style;
    }
    match decision {
        Decision::Allow => style.green().bold(),
        Decision::Warn => style.yellow().bold(),
        Decision::Escalate | Decision::Block => style.red().bold(),
    }
}

/// Findings that are shown where nobody is asked: the first.
pub const FEW: usize = 3;
/// And where somebody is.
pub const ALL: usize = usize::MAX;
/// Targets of one finding that are shown beside the first.
const MORE: usize = 5;

/// Everything below the first line, `most` findings of it.
#[must_use]
pub fn body(judged: &Judged<'_, '_>, most: usize, colour: bool) -> String {
    let mut out = String::new();
    for problem in &judged.policy.problems {
        row(&mut out, "policy", &escape::line(problem), colour);
    }
    let mut told = 0;
    for matched in judged.judgement.matched.iter().filter(|m| m.decision() > Decision::Allow).take(most) {
        house(&mut out, judged, matched, colour);
        told += 1;
    }
    let least = judged.judgement.decision.min(Decision::Escalate);
    let counts = |decision: &Decision| *decision != Decision::Allow && *decision >= least;
    let weighed = judged.assessment.findings.iter().zip(&judged.judgement.weighed);
    let mut left: Vec<&Finding> =
        weighed.filter(|(_, decision)| counts(decision)).map(|(finding, _)| finding).collect();
    while let Some(finding) = left.first().copied() {
        if told >= most {
            let _ = writeln!(out, "\n  … and {} more: gate explain shows all", left.len());
            break;
        }
        // Of one kind and one call one is shown whole, and of the others which they are: each needs its own excuse.
        let same =
            |other: &&&Finding| other.rule.category == finding.rule.category && other.evidence == finding.evidence;
        let others = left.iter().skip(1).filter(same).map(|other| other.rule.id);
        let mut others: Vec<&str> = others.filter(|id| *id != finding.rule.id).collect();
        others.sort_unstable();
        others.dedup();
        one(&mut out, judged, finding, colour);
        // Each of several secrets of one push.
        let alike = left.iter().skip(1).filter(same).filter(|other| other.rule.id == finding.rule.id);
        let mut alike: Vec<&str> =
            alike.map(|other| &*other.target).filter(|target| *target != finding.target).collect();
        alike.dedup();
        for target in alike.iter().take(MORE) {
            row(&mut out, "also", &short(&shown(target)), colour);
        }
        if alike.len() > MORE {
            row(&mut out, "also", &format!("{} more", alike.len() - MORE), colour);
        }
        if !others.is_empty() {
            row(&mut out, "also", &others.join(", "), colour);
        }
        left.retain(|other| !same(&other));
        told += 1;
    }
    for unread in judged.facts.unread.iter().take(2) {
        if judged.judgement.rule == "unread" || told == 0 {
            let kind = judged.action.kind();
            let instead = match kind {
                ActionKind::Shell | ActionKind::Argv => "write it in plain bash, one step at a time",
                ActionKind::Plan => "give what `terraform show -json PLANFILE` or `pulumi preview --json` prints",
                ActionKind::Tool | ActionKind::Deploy | ActionKind::Push => {
                    "say it in the fields that `gate schema action` describes"
                }
            };
            if kind.runs_here() {
                let (text, place, _) = given(unread.span, judged.facts);
                snippet(&mut out, text, place, unread.why, colour);
            } else {
                out.push('\n');
            }
            row(&mut out, "why", "what gate cannot read it cannot judge", colour);
            row(&mut out, "instead", instead, colour);
        }
    }
    out
}

/// A rule of the house.
fn house(out: &mut String, judged: &Judged<'_, '_>, matched: &Matched, colour: bool) {
    let line = judged.action.line();
    let start: String = line.chars().take(200).collect();
    let _ = writeln!(out, "\n  {}", shown(&start));
    let reason = if matched.reason.is_empty() { matched.sentence() } else { &matched.reason };
    row(out, "why", &shown(reason), colour);
    if !matched.instead.is_empty() {
        row(out, "instead", &shown(&matched.instead), colour);
    }
    let mut rule = format!("{} → {}  ({} {})", matched.id, matched.action.word(), matched.layer.word(), matched.place);
    if !matched.certain {
        rule.push_str("  it cannot be known that it does not apply");
    }
    row(out, "rule", &shown(&rule), colour);
    if let Some((to, why)) = &matched.excepted {
        row(out, "except", &shown(&format!("{} {why}", to.word())), colour);
    }
    if matched.action == crate::policy::format::Verdict::RequireApproval
        && let Some(approvers) = &matched.approvers
    {
        row(out, "approve", &shown(&approvers.sentence()), colour);
    }
}

fn one(out: &mut String, judged: &Judged<'_, '_>, finding: &Finding, colour: bool) {
    let (line, place, pointer) = given(finding.span, judged.facts);
    let own = line.get(place.start as usize..place.end as usize).unwrap_or("");
    let label = if finding.target.is_empty() || finding.target == own {
        finding.rule.category.word().to_owned()
    } else {
        finding.target.clone()
    };
    snippet(out, line, place, &label, colour);
    // The first line says it of one of them.
    if !judged.judgement.reason.starts_with(finding.rule.title) {
        row(out, "what", &escape::line(finding.rule.title), colour);
    }
    // Words behind a variable, an encoding or a wrapper: what they come to.
    if !finding.evidence.is_empty() && !line.contains(&finding.evidence) {
        row(out, "runs", &short(&shown(&finding.evidence)), colour);
    }
    if !pointer.is_empty() {
        row(out, "in", &shown(pointer), colour);
    }
    if let (Some((path, file)), span) = places::place(finding.span, judged.facts) {
        let number = places::line_of(file.text, span.start);
        let line = file.text.lines().nth(number - 1).unwrap_or("").trim();
        let line: String = line.chars().take(120).collect();
        let path = relative(path, &judged.snapshot.cwd);
        row(out, "in", &format!("{}:{number}  {}", shown(path), shown(&line)), colour);
    }
    row(out, "why", finding.rule.why, colour);
    if let Some(stake) = &finding.stake {
        row(out, "stake", &shown(stake), colour);
    }
    row(out, "instead", finding.advice(), colour);
    let run = finding.alternative();
    if !run.is_empty() {
        row(out, "", &shown(&run), colour);
    }
    row(out, "undo", finding.undo(), colour);
    let mut risk = format!("{}  {} {}", finding.rule.id, finding.level.word(), hundredths(finding.score));
    if !finding.certain {
        risk.push_str(" (possible)");
    }
    for factor in &finding.factors {
        let sign = if factor.weight < 0 { '−' } else { '+' };
        let _ = write!(risk, "  {sign}{} {}", hundredths(factor.weight.abs()), factor.name);
    }
    if judged.judgement.rule == finding.rule.id {
        let _ = write!(risk, "  ({})", judged.judgement.because);
    }
    row(out, "rule", &risk, colour);
}

/// A path as seen from a directory, where it lies below it.
fn relative<'p>(path: &'p str, cwd: &str) -> &'p str {
    path.strip_prefix(cwd).and_then(|p| p.strip_prefix('/')).filter(|p| !p.is_empty()).unwrap_or(path)
}

/// How what is refused may be approved.
#[must_use]
pub fn approval(way: &str, colour: bool) -> String {
    let mut out = String::new();
    row(&mut out, "approve", way, colour);
    out
}

fn row(out: &mut String, name: &str, text: &str, colour: bool) {
    let style = if colour { Style::new().cyan() } else { Style::new() };
    let _ = writeln!(out, "  {} {text}", format!("{name:<8}").style(style));
}

/// The text that was given, an argument of a tool call by itself, the place in it, and the argument's pointer.
fn given<'f>(span: Span, facts: &'f Facts<'_>) -> (&'f str, Span, &'f str) {
    match places::argument(span, facts) {
        Some((argument, pointer, within)) => (argument.text, within, pointer),
        None => (facts.sources.first().map_or("", |s| s.text), places::outermost(span, facts), ""),
    }
}

/// The line of a text that a place is on, with marks under its words.
fn snippet(out: &mut String, text: &str, span: Span, label: &str, colour: bool) {
    let start = floor(text, span.start as usize);
    let end = floor(text, (span.end as usize).max(start)).max(start);
    let line_start = text[..start].rfind('\n').map_or(0, |i| i + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |i| start + i);
    let end = end.min(line_end);
    // A very long line is shown around the marked words.
    let from = if start - line_start > 60 { cut(text, floor(text, start - 40)) } else { line_start };
    let to = if line_end - end > 60 { cut(text, floor(text, end + 40)).max(end) } else { line_end };
    let before = shown(&text[from..start]);
    let marked = short(&shown(&text[start..end]));
    let after = shown(&text[end..to]);
    let left = if from > line_start { "… " } else { "" };
    let right = if to < line_end { " …" } else { "" };
    let style = if colour { Style::new().red().bold() } else { Style::new() };
    let _ = writeln!(out, "\n  {left}{before}{}{after}{right}", marked.style(style));
    let indent = escape::width(left) + escape::width(&before);
    let tildes = "^".repeat(escape::width(&marked).clamp(1, 100));
    let _ = writeln!(out, "  {:indent$}{} {}", "", tildes.style(style), short(&shown(label)));
}

/// A text that somebody can still read: of a very long one the beginning and the end.
fn short(text: &str) -> String {
    const HEAD: usize = 160;
    const TAIL: usize = 40;
    if text.chars().count() <= HEAD + TAIL + 20 {
        return text.to_owned();
    }
    let tail = text.chars().count() - TAIL;
    format!("{} … {}", text.chars().take(HEAD).collect::<String>(), text.chars().skip(tail).collect::<String>())
}

fn shown(text: &str) -> String {
    escape::line(&redact(text))
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}
