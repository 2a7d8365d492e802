//! A line of the log: what was decided of an action, or what became of an execution. No secret enters it.

use crate::Judged;
use crate::json::quote;
use crate::output::escape;
use crate::redact::{self, redact};

/// A record without its place in the chain.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// `decision` or `outcome`
    pub kind: &'static str,
    /// The members after the common ones, as JSON text without braces.
    pub body: String,
}

impl Record {
    /// The record of a decision; `secrets` are keyed hashes of those that the action reads ([`secrets_read`]).
    ///
    /// [`secrets_read`]: super::secrets_read
    #[must_use]
    pub fn decision(judged: &Judged<'_, '_>, command: &str, settled: &str, secrets: &[String]) -> Self {
        Self::with_id(command, &judged.action.id, &Self::after_id(judged, settled, secrets))
    }

    /// The record of a decision on the action of this id, of which all that follows was written before.
    #[must_use]
    pub fn with_id(command: &str, id: &str, rest: &str) -> Self {
        let mut body = String::with_capacity(64 + id.len() + rest.len());
        member(&mut body, "command", command);
        member(&mut body, "action_id", &redact(id));
        let mut body = escape::json(body);
        body.push_str(rest);
        Record { kind: "decision", body }
    }

    /// What follows the id in the record of a decision: it is the same for whoever asks the same.
    #[must_use]
    pub fn after_id(judged: &Judged<'_, '_>, settled: &str, secrets: &[String]) -> String {
        let mut body = String::with_capacity(512);
        let action = judged.action;
        member(&mut body, "action_digest", judged.digest());
        member(&mut body, "action_kind", action.kind().word());
        let line = action.line();
        let long = line.len() > 4096;
        let shown: String = if long {
            let cut = (0..=4096).rev().find(|i| line.is_char_boundary(*i)).unwrap_or(0);
            let cut = redact::cut(&line, cut);
            format!("{}… ({} bytes)", &line[..cut], line.len())
        } else {
            line
        };
        member(&mut body, "action", &redact(&shown));
        if long {
            body.push_str(",\"action_cut\":true");
        }
        member(&mut body, "cwd", &redact(&judged.snapshot.cwd));
        member(&mut body, "actor", action.actor.kind.word());
        if !action.actor.id.is_empty() {
            member(&mut body, "actor_id", &redact(&action.actor.id));
        }
        if !action.actor.name.is_empty() {
            member(&mut body, "actor_name", &redact(&action.actor.name));
        }
        // What was said, and where it acts as far as gate found out.
        if let Some(claimed) = &action.context.environment {
            member(&mut body, "environment_claimed", &redact(claimed));
        }
        let acts_in = judged.assessment.acts_in();
        if !acts_in.is_empty() {
            member(&mut body, "environment", acts_in);
        }
        if !action.context.event.is_empty() {
            member(&mut body, "event", &redact(&action.context.event));
        }
        if !action.session.is_empty() {
            member(&mut body, "session", &redact(&action.session));
        }
        if judged.reads_secret() {
            body.push_str(",\"read_secret\":true");
            if !secrets.is_empty() {
                body.push_str(&format!(",\"secrets\":[\"{}\"]", secrets.join("\",\"")));
            }
        }
        member(&mut body, "decision", judged.judgement.decision.word());
        if !settled.is_empty() {
            member(&mut body, "settled", settled);
        }
        body.push_str(",\"risk\":");
        body.push_str(&crate::policy::hundredths(judged.assessment.risk));
        ids(&mut body, "rules", judged.assessment.findings.iter().map(|finding| finding.rule.id));
        let of_house = judged.judgement.matched.iter().map(|matched| matched.id.as_str());
        if of_house.len() > 0 {
            ids(&mut body, "house_rules", of_house);
        }
        if let Some(unread) = judged.facts.unread.first() {
            member(&mut body, "unread", unread.why);
        }
        let files: Vec<(&str, &str)> = judged.snapshot.files().collect();
        if !files.is_empty() {
            body.push_str(",\"files\":{");
            for (index, (path, digest)) in files.iter().take(32).enumerate() {
                if index > 0 {
                    body.push(',');
                }
                quote(path, &mut body);
                body.push_str(":\"sha256:");
                body.push_str(digest);
                body.push('"');
            }
            body.push('}');
        }
        member(&mut body, "profile", judged.judgement.stance.profile.word());
        if !judged.policy.layers.is_empty() {
            member(&mut body, "policy_digest", judged.policy.digest());
        }
        member(&mut body, "rules_digest", crate::rules::Packs::digest());
        member(&mut body, "gate", env!("CARGO_PKG_VERSION"));
        escape::json(body)
    }

    /// The record of what became of an execution.
    #[must_use]
    pub fn outcome(
        action_digest: &str,
        decision_seq: u64,
        exit: Option<i32>,
        signal: Option<i32>,
        milliseconds: u128,
    ) -> Self {
        let mut body = String::new();
        member(&mut body, "action_digest", action_digest);
        body.push_str(&format!(",\"decision_seq\":{decision_seq}"));
        if let Some(exit) = exit {
            body.push_str(&format!(",\"exit\":{exit}"));
        }
        if let Some(signal) = signal {
            body.push_str(&format!(",\"signal\":{signal}"));
        }
        body.push_str(&format!(",\"duration_ms\":{milliseconds}"));
        Record { kind: "outcome", body }
    }
}

/// A list of the first ids.
fn ids<'i>(out: &mut String, name: &str, ids: impl Iterator<Item = &'i str>) {
    out.push_str(&format!(",\"{name}\":["));
    for (index, id) in ids.take(16).enumerate() {
        if index > 0 {
            out.push(',');
        }
        quote(id, out);
    }
    out.push(']');
}

fn member(out: &mut String, name: &str, value: &str) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
    quote(value, out);
}
