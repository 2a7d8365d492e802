//! SARIF 2.1.0, as GitHub's code scanning reads it.
//! <https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning>

use serde_json::{Value, json};

use super::escape;
use super::places::{Anchor, located};
use crate::Judged;
use crate::digest;
use crate::facts::knowledge::Level;
use crate::policy::Decision;
use crate::redact::redact;

/// The decision as one run. What has no file of its own is placed in the one that was given.
#[must_use]
pub fn sarif(judged: &Judged<'_, '_>, anchor: Anchor<'_>) -> String {
    let (Anchor::Named(whole) | Anchor::Script(whole) | Anchor::Around(whole, _)) = anchor;
    let mut rules: Vec<Value> = Vec::new();
    let mut ids: Vec<String> = Vec::new();
    let mut results = Vec::new();
    let mut rule = |id: &str, title: &str, why: &str, help: &str, level: Level| -> usize {
        if let Some(known) = ids.iter().position(|i| i == id) {
            return known;
        }
        ids.push(id.to_owned());
        let severity = match level {
            Level::Low => "3.0",
            Level::Medium => "5.5",
            Level::High => "8.0",
            Level::Critical => "9.5",
        };
        let filled = |text: &str| if text.trim().is_empty() { title.to_owned() } else { text.to_owned() };
        rules.push(json!({
            "id": id,
            "name": id,
            "shortDescription": { "text": filled(title) },
            "fullDescription": { "text": filled(why) },
            "help": { "text": filled(help) },
            "properties": { "tags": ["security"], "precision": "high", "security-severity": severity },
        }));
        ids.len() - 1
    };
    let level_of = |decision: Decision| match decision {
        Decision::Allow => "note",
        Decision::Warn => "warning",
        Decision::Escalate | Decision::Block => "error",
    };
    let location = |path: &str, lines: (usize, usize, usize, usize)| {
        json!([{ "physicalLocation": {
            "artifactLocation": { "uri": path },
            "region": { "startLine": lines.0, "startColumn": lines.1, "endLine": lines.2, "endColumn": lines.3 },
        }}])
    };
    for matched in &judged.judgement.matched {
        let index = rule(&matched.id, matched.sentence(), &matched.reason, &matched.instead, Level::High);
        results.push(json!({
            "ruleId": matched.id, "ruleIndex": index, "level": level_of(matched.decision()),
            "message": { "text": redact(matched.sentence()) },
            "locations": location(whole, (1, 1, 1, 2)),
            "partialFingerprints": { "primaryLocationLineHash": fingerprint(&matched.id, judged) },
        }));
    }
    for (at, finding) in judged.assessment.findings.iter().enumerate() {
        let known = finding.rule;
        let index = rule(known.id, known.title, known.why, known.say, known.risk);
        let (path, at_text) = located(finding.span, judged, anchor);
        let lines = at_text.map_or((1, 1, 1, 2), |(text, start, end)| region(text, start, end));
        results.push(json!({
            "ruleId": known.id, "ruleIndex": index, "level": level_of(judged.judgement.weighed[at]),
            "message": { "text": redact(&format!("{}: {}. Instead: {}", known.title, finding.evidence, known.say)) },
            "locations": location(path, lines),
            "partialFingerprints": { "primaryLocationLineHash": fingerprint(known.id, judged) },
        }));
    }
    let text = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "gate", "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": "https://github.com/gate-cli/gate", "rules": rules,
            }},
            "automationDetails": { "id": "gate/" },
            "results": results,
        }],
    })
    .to_string();
    escape::json(text)
}

/// Lines and columns from 1; the last column is past the end.
fn region(text: &str, start: u32, end: u32) -> (usize, usize, usize, usize) {
    let at = |byte: u32| {
        let before = text.get(..(byte as usize).min(text.len())).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        (line, before.rsplit('\n').next().map_or(0, |l| l.encode_utf16().count()) + 1)
    };
    let ((line, column), (last, past)) = (at(start), at(end));
    (line, column, last, if (last, past) == (line, column) { column + 1 } else { past })
}

/// The same for the same rule on the same request.
fn fingerprint(rule: &str, judged: &Judged<'_, '_>) -> String {
    let whole = format!("{rule}\0{}", judged.action.line());
    format!("{}:1", &digest::of(whole.as_bytes())[..16])
}
