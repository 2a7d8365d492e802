//! Policy turns an assessment into a decision: thresholds of a profile, floors, what happens with the unread.

use crate::assess::{Assessment, Finding};
use crate::facts::knowledge::Level;
use crate::facts::{Facts, Unread};

/// The stricter one wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    #[default]
    Allow,
    Warn,
    Escalate,
    Block,
}

impl Decision {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Decision::Allow => "allow",
            Decision::Warn => "warn",
            Decision::Escalate => "escalate",
            Decision::Block => "block",
        }
    }
}

/// How strict. Thresholds in hundredths for warn, escalate, block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    Strict,
    #[default]
    Balanced,
    Permissive,
    /// Never refuses.
    Audit,
}

impl Profile {
    pub const WORDS: [&'static str; 4] = ["strict", "balanced", "permissive", "audit"];

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "strict" => Profile::Strict,
            "balanced" => Profile::Balanced,
            "permissive" => Profile::Permissive,
            "audit" => Profile::Audit,
            _ => return None,
        })
    }

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Profile::Strict => "strict",
            Profile::Balanced => "balanced",
            Profile::Permissive => "permissive",
            Profile::Audit => "audit",
        }
    }

    /// Scores from which on it warns, escalates, blocks.
    #[must_use]
    pub fn thresholds(self) -> [i32; 3] {
        match self {
            Profile::Strict => [20, 45, 80],
            Profile::Balanced => [40, 60, 90],
            Profile::Permissive => [60, 85, 95],
            Profile::Audit => [60, 101, 101],
        }
    }

    /// Ranks, the strictest highest.
    fn rank(self) -> u8 {
        match self {
            Profile::Strict => 3,
            Profile::Balanced => 2,
            Profile::Permissive => 1,
            Profile::Audit => 0,
        }
    }

    /// The stricter of two.
    #[must_use]
    pub fn stricter(self, other: Profile) -> Profile {
        if other.rank() > self.rank() { other } else { self }
    }

    /// Whether a person at a terminal may confirm an escalation.
    #[must_use]
    pub fn confirmable(self) -> bool {
        matches!(self, Profile::Balanced | Profile::Permissive)
    }
}

/// The policy in force.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    pub profile: Profile,
}

/// A decision with what led to it.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    pub decision: Decision,
    /// One sentence a person can act on.
    pub reason: String,
    /// The rule that decided, or `unread`.
    pub rule: String,
    /// How the thresholds or the floor made it so.
    pub because: String,
}

/// What one finding amounts to under a policy.
#[must_use]
pub fn weigh(finding: &Finding, policy: &Policy) -> Decision {
    let [warn, escalate, block] = policy.profile.thresholds();
    if finding.certain && finding.rule.floor && policy.profile != Profile::Audit {
        return Decision::Block;
    }
    // A possible finding below high is worth no interruption, except where strictness is asked for.
    if !finding.certain && matches!(finding.level, Level::Low | Level::Medium) && policy.profile != Profile::Strict {
        return Decision::Allow;
    }
    let decision = match finding.score {
        score if score >= block => Decision::Block,
        score if score >= escalate => Decision::Escalate,
        score if score >= warn => Decision::Warn,
        _ => Decision::Allow,
    };
    if finding.certain { decision } else { decision.min(Decision::Escalate) }
}

/// Decides.
#[must_use]
pub fn decide(facts: &Facts<'_>, assessment: &Assessment, policy: &Policy) -> Judgement {
    let mut out = Judgement::default();
    for finding in &assessment.findings {
        let decision = weigh(finding, policy);
        if decision > out.decision {
            let sure = if finding.certain { "" } else { "possibly: " };
            let target = if finding.target.is_empty() { String::new() } else { format!(": {}", finding.target) };
            let [warn, escalate, block] = policy.profile.thresholds();
            let because = if finding.certain && finding.rule.floor {
                "the rule's floor is block".to_owned()
            } else {
                let threshold = match decision {
                    Decision::Block => block,
                    Decision::Escalate => escalate,
                    _ => warn,
                };
                format!("{} {}s from {}", policy.profile.word(), decision.word(), hundredths(threshold))
            };
            out = Judgement {
                decision,
                reason: format!("{sure}{}{target}", finding.rule.title),
                rule: finding.rule.id.to_owned(),
                because,
            };
        }
    }
    if let Some(unread) = facts.unread.first() {
        let decision = if policy.profile == Profile::Audit { Decision::Warn } else { Decision::Escalate };
        if decision > out.decision {
            out = Judgement {
                decision,
                reason: unread_reason(unread),
                rule: "unread".to_owned(),
                because: "what gate cannot read needs a person".to_owned(),
            };
        }
    }
    out
}

fn unread_reason(unread: &Unread<'_>) -> String {
    format!("gate cannot read this: {}", unread.why)
}

/// `93` as `0.93`.
#[must_use]
pub fn hundredths(score: i32) -> String {
    format!("{}.{:02}", score / 100, score % 100)
}
