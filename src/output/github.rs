//! GitHub Actions: annotations, the job summary, the step's outputs.
//! Facts: <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>.

use std::fmt::Write;

use super::escape::line;
use super::human;
use super::json::control;
use super::places::{Anchor, line_of, located};
use crate::Judged;
use crate::policy::{Decision, hundredths};
use crate::redact::redact;

/// Annotations on standard output: one for each thing that decided, escaped so that no text becomes a command.
#[must_use]
pub fn annotations(judged: &Judged<'_, '_>, anchor: Anchor<'_>) -> String {
    let mut out = String::new();
    let decision = judged.judgement.decision;
    if decision == Decision::Allow {
        return out;
    }
    let command = |decision: Decision| if decision >= Decision::Escalate { "error" } else { "warning" };
    let head = human::head(judged, false);
    let mut body = human::body(judged, human::FEW, false);
    body.truncate((0..=body.len().min(3000)).rev().find(|i| body.is_char_boundary(*i)).unwrap_or(0));
    let _ = writeln!(
        out,
        "::{} title={}::{}",
        command(decision),
        property(head.trim()),
        message(&format!("{}\n{}", control(decision), body.trim_end()))
    );
    for (index, finding) in judged.assessment.findings.iter().enumerate().take(9) {
        let weighed = judged.judgement.weighed[index];
        let (path, Some((text, start, _))) = located(finding.span, judged, anchor) else { continue };
        if weighed == Decision::Allow {
            continue;
        }
        let _ = writeln!(
            out,
            "::{} file={},line={},title={}::{}",
            command(weighed),
            property(&line(path)),
            line_of(text, start),
            property(&format!("gate: {}", finding.rule.id)),
            message(&line(&redact(&format!("{}: {}. {}", finding.rule.title, finding.evidence, finding.advice()))))
        );
    }
    out
}

/// The job summary in Markdown.
#[must_use]
pub fn summary(judged: &Judged<'_, '_>) -> String {
    let judgement = &judged.judgement;
    let mark = match judgement.decision {
        Decision::Allow => "✅ allowed",
        Decision::Warn => "⚠️ warning",
        Decision::Escalate => "✋ needs approval",
        Decision::Block => "⛔ blocked",
    };
    let mut out = format!("### gate: {mark}\n\n");
    if !judgement.reason.is_empty() {
        let _ = writeln!(out, "{}\n", cell(&judgement.reason));
    }
    let line: String = judged.action.line().chars().take(2000).collect();
    let fence = "`".repeat(longest_run(&line).max(2) + 1);
    let _ = writeln!(out, "{fence}sh\n{}\n{fence}\n", redact(&line));
    if let Some(table) = judged.facts.sources.first().filter(|s| s.language == "plan") {
        out.push_str("| change | resource |\n|---|---|\n");
        for row in table.text.lines().skip(1).take(200) {
            let (what, rest) = row.split_once(' ').unwrap_or((row, ""));
            let _ = writeln!(out, "| {} | {} |", cell(what), cell(rest.trim()));
        }
        out.push('\n');
    }
    if !judgement.matched.is_empty() || !judged.assessment.findings.is_empty() {
        out.push_str("| decision | rule | what | instead | undo |\n|---|---|---|---|---|\n");
    }
    for matched in &judgement.matched {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | |",
            matched.decision().word(),
            cell(&matched.id),
            cell(matched.sentence()),
            cell(&matched.instead)
        );
    }
    for (index, finding) in judged.assessment.findings.iter().enumerate().take(50) {
        let _ = writeln!(
            out,
            "| {} {} | {} | {}: {} | {} | {} |",
            judgement.weighed[index].word(),
            hundredths(finding.score),
            cell(finding.rule.id),
            cell(finding.rule.title),
            cell(&finding.evidence),
            cell(finding.advice()),
            cell(finding.undo())
        );
    }
    let _ = writeln!(
        out,
        "\nrisk {} · policy {} · request `{}`",
        hundredths(judged.assessment.risk),
        judgement.stance.profile.word(),
        judged.digest()
    );
    out
}

/// The step's outputs: names and values on a line each, none of them from the request.
#[must_use]
pub fn outputs(judged: &Judged<'_, '_>, report: &str) -> String {
    let mut out = format!(
        "decision={}\nrisk={}\ndigest={}\n",
        judged.judgement.decision.word(),
        hundredths(judged.assessment.risk),
        judged.digest()
    );
    if !report.is_empty() && !report.contains(['\n', '\r']) {
        let _ = writeln!(out, "report={report}");
    }
    out
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A table's cell: one line, nothing that ends it, no Markdown of the request's own.
fn cell(text: &str) -> String {
    let line = super::escape::line(&redact(text));
    let mut out = String::new();
    for c in line.chars().take(500) {
        match c {
            '|' | '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '!' | '#' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

/// The escaping of a command's message (github/actions-toolkit, `command.ts`).
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The escaping of a command's property.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
