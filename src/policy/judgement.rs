//! What a policy makes of an action, and what led to it.

use super::format::{Approvers, Verdict};
use super::layers::Layer;
use super::{Decision, Policy, Stance};

/// A decision with what led to it.
#[derive(Clone, Debug)]
pub struct Judgement {
    pub decision: Decision,
    /// One sentence a person can act on.
    pub reason: String,
    /// The rule that decided, or `unread`.
    pub rule: String,
    /// The layer that the rule is of.
    pub layer: Layer,
    /// How the thresholds or the floor made it so, or where the rule stands.
    pub because: String,
    /// What each finding amounts to, in their order.
    pub weighed: Vec<Decision>,
    /// What lowered findings: index, rule and reason.
    pub lowered: Vec<(usize, String)>,
    /// Rules of the house that fired, the strictest first.
    pub matched: Vec<Matched>,
    pub stance: Stance,
}

/// A rule of the house that fired.
#[derive(Clone, Debug)]
pub struct Matched {
    pub id: String,
    pub title: String,
    pub reason: String,
    pub instead: String,
    pub action: Verdict,
    /// Whether it is known that the rule holds. One that restricts also fires where that cannot be known.
    pub certain: bool,
    pub layer: Layer,
    /// `policy.toml:12`
    pub place: String,
    pub approvers: Option<Approvers>,
    pub notify: Vec<String>,
    /// The exception that lowers it, if one does.
    pub excepted: Option<(Decision, String)>,
}

impl Matched {
    #[must_use]
    pub fn decision(&self) -> Decision {
        self.excepted.as_ref().map_or(self.action.decision(), |(decision, _)| *decision)
    }

    /// The one sentence.
    #[must_use]
    pub fn sentence(&self) -> &str {
        [&self.title, &self.reason].into_iter().find(|t| !t.is_empty()).unwrap_or(&self.id)
    }
}

/// Who approves, where a rule does not say.
pub(super) fn approval(policy: &Policy) -> Option<Approvers> {
    policy.layers.iter().find_map(|l| l.file.approval.clone())
}
