//! The rules of the house: what lowers gate's own findings, and what restricts.

use super::conditions::{self, Fields};
use super::fields::{context_fields, shell_fields};
use super::format::{Criteria, Exception, TenantRule, Verdict};
use super::guards::{guards, stated};
use super::judgement::{Judgement, Matched, approval};
use super::layers::{Layer, Layered};
use super::tenant::{self, Around, Unit};
use super::{Decision, Policy, clock};
use crate::action::Action;
use crate::assess::{self, Assessment};
use crate::facts::Facts;
use crate::facts::globs;
use crate::facts::knowledge::Vocabulary;
use crate::facts::snapshot::Snapshot;
use crate::json::{self, Json};
use crate::rules::matcher::Match;

/// What is judged.
pub(super) struct Request<'r> {
    pub facts: &'r Facts<'r>,
    pub assessment: &'r Assessment,
    pub action: &'r Action,
    pub snapshot: &'r Snapshot,
    pub vocabulary: &'static Vocabulary<'static>,
    pub args: &'r Json<'r>,
}

/// The policy's rules, and what they ask about.
struct House<'h, 'f, 'a> {
    policy: &'h Policy,
    units: &'h [Unit<'f, 'a>],
    around: &'h Around<'h>,
    fields: &'h Fields<'h>,
}

/// Adds what the policy says to a judgement: first what lowers, then what restricts.
pub(super) fn house(request: &Request<'_>, policy: &Policy, out: &mut Judgement) {
    let Request { facts, assessment, action, snapshot, vocabulary, args } = *request;
    let environment = |effect: Option<&crate::facts::Effect<'_>>, call: Option<&crate::facts::Call<'_>>| {
        assess::environment(action, effect, call, vocabulary)
    };
    let units = tenant::units(facts, &assessment.findings, &environment);
    let around = Around { action, snapshot, vocabulary, now: policy.now, kind: action.kind() };
    let body = json::parse(&action.canonical).unwrap_or(Json::Null);
    let context = context_fields(action, &body);
    let command = shell_fields(action);
    let args = if matches!(args, Json::Null) { &command } else { args };
    let fields = Fields { args, context: &context, request: &body };
    let house = House { policy, units: &units, around: &around, fields: &fields };
    for (index, finding) in assessment.findings.iter().enumerate() {
        // Floors hold.
        if out.weighed[index] != Decision::Allow && !(finding.certain && finding.rule.floor) {
            house.lower(index, finding, out);
        }
    }
    for layered in &policy.layers {
        house.restrict(layered, out);
        guards(layered, &units, &around, policy, out);
    }
    stated(&units, &around, policy, out);
}

impl House<'_, '_, '_> {
    /// Whether something that ends then is still in force; not where that cannot be told.
    fn lives(&self, expires: &str) -> bool {
        match (expires.is_empty(), clock::moment(expires), self.policy.now) {
            (true, ..) => true,
            (false, Some(end), Some(now)) => now < end,
            (false, ..) => false,
        }
    }

    /// The same of what restricts: it does not end where its end cannot be told.
    fn restricts(&self, expires: &str) -> bool {
        expires.is_empty() || self.policy.now.is_none() || self.lives(expires)
    }

    /// Rules that allow, `otherwise` and exceptions, as far as they cover a finding.
    fn lower(&self, index: usize, finding: &assess::Finding, out: &mut Judgement) {
        let of_finding = |unit: &&Unit<'_, '_>| unit.finding.is_some_and(|f| std::ptr::eq(f, finding));
        let of_finding: Vec<&Unit<'_, '_>> = self.units.iter().filter(of_finding).collect();
        let covered = |when: &Criteria, test: Match| {
            test == Match::Yes && of_finding.iter().any(|u| tenant::holds(when, u, self.around) == Match::Yes)
        };
        for layered in self.policy.layers.iter().filter(|l| l.layer.overrules(Layer::Builtin)) {
            for rule in layered.file.rules.iter().map(toml::Spanned::get_ref) {
                let conditions = conditions::all(&rule.conditions, self.fields);
                let lowers = match (rule.action, rule.otherwise) {
                    (Verdict::Allow, _) => covered(&rule.when, conditions),
                    (_, Some(_)) => conditions == Match::No && covered(&rule.when, Match::Yes),
                    _ => false,
                };
                if lowers && self.lives(&rule.expires) {
                    out.weighed[index] = Decision::Allow;
                    out.lowered.push((index, format!("rule {} ({}): {}", rule.id, layered.layer.word(), rule.reason)));
                }
            }
            for exception in layered.file.exceptions.iter().map(toml::Spanned::get_ref) {
                let conditions = conditions::all(&exception.conditions, self.fields);
                if names(exception, finding.rule.id)
                    && self.lives(&exception.expires)
                    && covered(&exception.when, conditions)
                {
                    out.weighed[index] = out.weighed[index].min(decision_of(exception));
                    let Exception { expires, owner, reason, .. } = exception;
                    out.lowered.push((index, format!("exception until {expires} ({owner}): {reason}")));
                }
            }
        }
    }

    /// The rules of a layer that hold, with what a more trusted layer excepts from them.
    fn restrict(&self, layered: &Layered, out: &mut Judgement) {
        for spanned in &layered.file.rules {
            let rule = spanned.get_ref();
            if rule.action == Verdict::Allow || !self.restricts(&rule.expires) {
                continue;
            }
            let best = self.units.iter().map(|u| tenant::holds(&rule.when, u, self.around)).max().unwrap_or(Match::No);
            if best == Match::No {
                continue;
            }
            let answer = best.min(conditions::all(&rule.conditions, self.fields));
            if answer != Match::No {
                out.matched.push(Matched {
                    id: rule.id.clone(),
                    title: rule.title.clone(),
                    reason: rule.reason.clone(),
                    instead: rule.instead.clone(),
                    action: rule.action,
                    certain: answer == Match::Yes,
                    layer: layered.layer,
                    place: layered.place(spanned.span().start),
                    approvers: rule.approvers.as_deref().cloned().or_else(|| approval(self.policy)),
                    notify: rule.notify.clone(),
                    excepted: self.excepted(rule, layered),
                });
            }
        }
    }

    /// What the last exception that covers a rule makes of it, and why.
    fn excepted(&self, rule: &TenantRule, layered: &Layered) -> Option<(Decision, String)> {
        let trusted = self.policy.layers.iter().filter(|l| l.layer.overrules(layered.layer));
        let mut exceptions = trusted.flat_map(|l| l.file.exceptions.iter().map(toml::Spanned::get_ref));
        // All that the rule is about must be excepted, not something beside it.
        let fires = || self.units.iter().filter(|u| tenant::holds(&rule.when, u, self.around) != Match::No);
        let covers = |exception: &&Exception| {
            names(exception, &rule.id)
                && self.lives(&exception.expires)
                && fires().next().is_some()
                && fires().all(|u| tenant::holds(&exception.when, u, self.around) == Match::Yes)
                && conditions::all(&exception.conditions, self.fields) == Match::Yes
        };
        let exception = exceptions.rfind(covers)?;
        let why = format!("until {} ({}): {}", exception.expires, exception.owner, exception.reason);
        Some((decision_of(exception), why))
    }
}

fn names(exception: &Exception, rule: &str) -> bool {
    exception.rule.0.iter().any(|word| globs::text(word, rule))
}

fn decision_of(exception: &Exception) -> Decision {
    exception.action.map_or(Decision::Allow, Verdict::decision)
}
