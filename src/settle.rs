//! From a decision to whether it is executed: a person at a terminal may confirm an escalation. A confirmation is its own,
//! weaker kind, and never counts as an approval by somebody else.

use crate::Judged;
use crate::action::ActorKind;
use crate::output::escape;
use crate::policy::Decision;
use crate::policy::format::Verdict;
use crate::policy::judgement::Matched;
use crate::redact::redact;
use crate::terminal;

closed_list! {
    /// What a decision came to.
    Settled {
        /// Allowed, or warned about and gone on.
        Execute = "executed",
        /// A person at the terminal typed the name of the target.
        Confirmed = "confirmed",
        /// A person at the terminal did not.
        Declined = "declined",
        Refused = "refused",
    }
}

/// Settles a decision.
#[must_use]
pub fn settle(judged: &Judged<'_, '_>, fail_on: Decision) -> Settled {
    let decision = judged.judgement.decision;
    if decision < fail_on && decision <= Decision::Warn {
        return Settled::Execute;
    }
    if !may_be_confirmed(judged) {
        return Settled::Refused;
    }
    match confirm(judged) {
        Some(true) => Settled::Confirmed,
        Some(false) => Settled::Declined,
        None => Settled::Refused,
    }
}

/// Whether a person at the terminal may confirm it.
#[must_use]
pub fn may_be_confirmed(judged: &Judged<'_, '_>) -> bool {
    judged.judgement.decision == Decision::Escalate
        && judged.action.actor.kind == ActorKind::Human
        && judged.judgement.stance.profile.confirmable()
        && !needs_somebody_else(judged)
}

/// How what needs approval may come by it; nothing where no approval is needed.
#[must_use]
pub fn way_to_approval(judged: &Judged<'_, '_>) -> Option<&'static str> {
    // A tool call, a push or a plan is carried out by others.
    if judged.judgement.decision != Decision::Escalate || !judged.action.kind().runs_here() {
        return None;
    }
    Some(if needs_somebody_else(judged) {
        "by somebody else than who asks: the rule of the house says so"
    } else if judged.judgement.stance.profile.confirmable() {
        "a person may run it with `gate run` at a terminal, and confirm it there"
    } else {
        "not at a terminal under this profile: a rule of the user's or the organisation's policy must allow it"
    })
}

/// Whether a rule of the house wants an approval: whoever asks never gives it.
fn needs_somebody_else(judged: &Judged<'_, '_>) -> bool {
    let wants = |rule: &Matched| rule.action == Verdict::RequireApproval && rule.decision() == Decision::Escalate;
    judged.judgement.matched.iter().any(wants)
}

/// Asks at the terminal. None: there is no terminal to ask at.
fn confirm(judged: &Judged<'_, '_>) -> Option<bool> {
    let finding = judged.assessment.findings.first();
    let mut word = finding.map_or("", |f| f.target.as_str()).trim();
    // What cannot be typed back, or must not be shown, is not asked for.
    if word.is_empty() || word.len() > 60 || word.chars().any(|c| escape::hides(c) || c == '\n') || redact(word) != word
    {
        word = "yes, do it";
    }
    let answer = terminal::ask(&format!("\n  type  {word}  to confirm, anything else to stop: "))?;
    Some(answer == word)
}
