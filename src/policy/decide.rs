//! The decision: what each finding amounts to, what the rules of the house add, and what may be lowered by whom.

use super::format::{Fail, Failing};
use super::house::{Request, house};
use super::judgement::Judgement;
use super::layers::Layer;
use super::stance::stance;
use super::{Decision, Policy, Profile, Stance, hundredths};
use crate::action::{Action, What};
use crate::assess::{Assessment, Finding};
use crate::facts::knowledge::{Kind, Level};
use crate::facts::snapshot::Snapshot;
use crate::facts::{Facts, Know, Unread};
use crate::json::Json;
use crate::rules::InForce;

/// What one finding amounts to under a stance alone.
#[must_use]
pub fn weigh(finding: &Finding, stance: &Stance) -> Decision {
    let (profile, [warn, escalate, block]) = stance.at(finding.environment);
    if finding.certain && finding.rule.floor && profile != Profile::Audit {
        return Decision::Block;
    }
    // A possible finding below high is worth no interruption, except where strictness is asked for.
    if !finding.certain && matches!(finding.level, Level::Low | Level::Medium) && profile != Profile::Strict {
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
pub fn decide(
    facts: &Facts<'_>,
    assessment: &Assessment,
    action: &Action,
    snapshot: &Snapshot,
    packs: &InForce<'_>,
    args: &Json<'_>,
    policy: &Policy,
) -> Judgement {
    let stance = stance(policy.said, policy.asked, &policy.layers, action);
    let mut out = Judgement {
        decision: Decision::Allow,
        reason: String::new(),
        rule: String::new(),
        layer: Layer::Builtin,
        because: String::new(),
        weighed: assessment.findings.iter().map(|f| weigh(f, &stance)).collect(),
        lowered: Vec::new(),
        matched: Vec::new(),
        stance,
    };
    let fallen = high_without_approval(facts, assessment, action, policy, &mut out);
    if !policy.layers.is_empty() || !action.context.protected_paths.is_empty() {
        let request = Request { facts, assessment, action, snapshot, vocabulary: packs.vocabulary(), args };
        house(&request, policy, &mut out);
    }
    for (index, finding) in assessment.findings.iter().enumerate() {
        let decision = out.weighed[index];
        if decision > out.decision {
            let sure = if finding.certain { "" } else { "possibly: " };
            let said = finding.target.trim_start_matches("a ").to_ascii_lowercase();
            let target = match finding.target.as_str() {
                // "Kills every process: every process"
                target if target.is_empty() || finding.rule.title.to_ascii_lowercase().contains(&said) => String::new(),
                target => format!(": {target}"),
            };
            let (profile, [warn, escalate, block]) = out.stance.at(finding.environment);
            out.because = if finding.certain && finding.rule.floor {
                "the rule's floor is block".to_owned()
            } else if fallen.contains(&index) {
                "no approver is named for an operation of high risk; [approval] in a policy names some".to_owned()
            } else {
                let threshold = match decision {
                    Decision::Block => block,
                    Decision::Escalate => escalate,
                    _ => warn,
                };
                format!("{} {}s from {}", profile.word(), decision.word(), hundredths(threshold))
            };
            out.decision = decision;
            out.reason = format!("{sure}{}{target}", finding.rule.title);
            finding.rule.id.clone_into(&mut out.rule);
        }
    }
    if let Some(unread) = facts.unread.first() {
        let decision = if out.stance.profile == Profile::Audit { Decision::Warn } else { failing(facts, policy) };
        if decision > out.decision {
            out.decision = decision;
            out.reason = unread_reason(unread);
            "unread".clone_into(&mut out.rule);
            "what gate cannot read needs a person".clone_into(&mut out.because);
        }
    }
    out.matched.sort_by_key(|m| std::cmp::Reverse(m.decision()));
    // Who wrote a rule of the house reads its name, also where gate would have said the same.
    if let Some(first) = out.matched.first()
        && first.decision() >= out.decision
        && first.decision() > Decision::Allow
    {
        out.decision = first.decision();
        out.reason = first.sentence().to_owned();
        out.rule.clone_from(&first.id);
        out.layer = first.layer;
        let sure = if first.certain { "" } else { "; it cannot be known that it does not apply" };
        out.because = format!("{}{sure}", first.place);
    }
    if out.stance.profile == Profile::Audit {
        out.decision = out.decision.min(Decision::Warn);
    }
    out
}

fn unread_reason(unread: &Unread<'_>) -> String {
    format!("gate cannot read this: {}", unread.why)
}

/// An API operation of high risk that nobody could approve is blocked: no `[approval]` of a trusted layer, nobody
/// present. Gives the findings that this fell on.
fn high_without_approval(
    facts: &Facts<'_>,
    assessment: &Assessment,
    action: &Action,
    policy: &Policy,
    out: &mut Judgement,
) -> Vec<usize> {
    // A deploy that asks gate (AgentSec's `actionType`) brings its own queue of approvals.
    let tool = matches!(action.what, What::Tool { .. });
    let path = policy.person || policy.layers.iter().any(|l| l.file.approval.is_some());
    let mut fallen = Vec::new();
    if !tool || path {
        return fallen;
    }
    for (index, finding) in assessment.findings.iter().enumerate() {
        let effect = finding.effect.and_then(|e| facts.effects.get(e));
        if finding.certain
            && out.weighed[index] == Decision::Escalate
            && effect.is_some_and(|e| e.marks.contains(&"level-high") && !e.marks.contains(&"by-words"))
        {
            out.weighed[index] = Decision::Block;
            fallen.push(index);
        }
    }
    fallen
}

/// What a policy says of one category of what is unread.
type Category = fn(&Fail) -> Option<Failing>;

/// What the unread comes to: closed unless a trusted layer opens the category, and no category that is closed is near.
fn failing(facts: &Facts<'_>, policy: &Policy) -> Decision {
    if policy.layers.is_empty() {
        return Decision::Escalate;
    }
    let near = |kinds: &[Kind]| facts.effects.iter().any(|e| kinds.contains(&e.does));
    // The strictest layer counts.
    let open = |value: Category| {
        let mut said = policy.layers.iter().filter_map(|l| l.file.fail.as_ref()).filter_map(value).peekable();
        said.peek().is_some() && said.all(|failing| failing == Failing::Open)
    };
    let categories: [(bool, Category); 5] = [
        (near(&[Kind::Deploy, Kind::Apply, Kind::Rollback, Kind::Publish]), |f| f.deployment),
        (near(&[Kind::SecretRead, Kind::CredentialRead, Kind::CredentialWrite]), |f| f.secrets),
        (near(&[Kind::Configure]), |f| f.production_configuration),
        (near(&[Kind::Migrate]), |f| f.migrations),
        (near(&[Kind::Delete, Kind::Format, Kind::Drop, Kind::Destroy, Kind::Flush, Kind::DiscardWork]), |f| {
            f.destructive_shell
        }),
    ];
    let mut those_near = categories.into_iter().filter(|(near, _)| *near).map(|(_, said)| said).peekable();
    let opened = match those_near.peek() {
        Some(_) => those_near.all(open),
        None => open(|f| f.other),
    };
    if opened { Decision::Warn } else { Decision::Escalate }
}
