//! What a session did before, as the log tells it.

use std::io::{Read, Seek, SeekFrom};

use super::{Log, memory, secrets};
use crate::action::Step;
use crate::context;
use crate::json::quote;
use crate::redact::redact;

/// How far back a session's steps are looked for.
const RECENT: u64 = 128 << 10;
/// How many of a session's steps count.
const STEPS: usize = 12;

impl Log {
    /// The last steps of a session, the oldest first: what gate decided, what became of it. A log that cannot be read
    /// says nothing.
    ///
    /// `text` is what is proposed now: steps whose secrets stand in it are marked.
    #[must_use]
    pub fn trajectory(&self, session: &str, text: &str) -> Vec<Step> {
        let mut steps = self.recent(session);
        let secrets = memory::remembered(session);
        if !secrets.is_empty() {
            steps.insert(0, Step { secrets, ..Step::default() });
        }
        secrets::mark(text, &mut steps);
        steps
    }

    fn recent(&self, session: &str) -> Vec<Step> {
        let mut steps: Vec<(u64, Step)> = Vec::new();
        let Ok(mut file) = context::open_regular(self.path()) else { return Vec::new() };
        let size = file.metadata().map_or(0, |m| m.len());
        if file.seek(SeekFrom::Start(size.saturating_sub(RECENT))).is_err() {
            return Vec::new();
        }
        let mut bytes = Vec::new();
        if file.take(RECENT).read_to_end(&mut bytes).is_err() {
            return Vec::new();
        }
        let text = String::from_utf8_lossy(&bytes);
        let mut wanted = String::from("\"session\":");
        quote(&redact(session), &mut wanted);
        for line in text.lines() {
            let outcome = line.contains("\"kind\":\"outcome\"");
            if !outcome && !line.contains(&wanted) {
                continue;
            }
            let Ok(value) = serde_json::from_str::<serde_json::Value>(line) else { continue };
            let word = |key: &str| value.get(key).and_then(serde_json::Value::as_str).unwrap_or("").to_owned();
            let number = |key: &str| value.get(key).and_then(serde_json::Value::as_u64);
            if outcome {
                if let Some((_, step)) = steps.iter_mut().find(|(seq, _)| Some(*seq) == number("decision_seq")) {
                    let well = value.get("exit").and_then(serde_json::Value::as_i64) == Some(0);
                    step.result = if well { "ok".to_owned() } else { "failed".to_owned() };
                }
                continue;
            }
            let rules = value.get("rules").and_then(serde_json::Value::as_array);
            let step = Step {
                action: word("action"),
                decision: word("decision"),
                result: String::new(),
                rules: Some(rules.into_iter().flatten().filter_map(|r| r.as_str().map(str::to_owned)).collect()),
                // What was blocked was not read.
                secret: value.get("read_secret").and_then(serde_json::Value::as_bool) == Some(true)
                    && word("decision") != "block",
                secrets: match value.get("secrets").and_then(serde_json::Value::as_array) {
                    Some(hashes) if word("decision") != "block" => {
                        hashes.iter().filter_map(|h| h.as_str().map(str::to_owned)).collect()
                    }
                    _ => Vec::new(),
                },
                carried: false,
            };
            steps.push((number("seq").unwrap_or(0), step));
        }
        let skip = steps.len().saturating_sub(STEPS);
        // Of those long ago only the secrets are remembered.
        let old = |step: Step| Step { secrets: step.secrets, ..Step::default() };
        steps
            .into_iter()
            .enumerate()
            .map(|(index, (_, step))| if index < skip { old(step) } else { step })
            .filter(|step| !step.action.is_empty() || !step.secrets.is_empty())
            .collect()
    }
}
