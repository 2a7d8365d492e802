//! What is probably wrong with a policy that can be read: rules that can never decide, contradictions, names that do
//! not exist, times that are over.

use std::fmt;

use super::format::{Approvers, Condition, Criteria, File, TenantRule, Verdict, locate};
use crate::facts::{Know, globs, knowledge};
use crate::rules::Packs;
use crate::rules::format::{PackError, nearest};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
}

/// A finding of the linter.
#[derive(Debug)]
pub struct Problem {
    pub severity: Severity,
    pub place: PackError,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.place.to_string();
        match self.severity {
            Severity::Error => f.write_str(&text),
            Severity::Warning => f.write_str(&text.replacen("error:", "warning:", 1)),
        }
    }
}

/// Looks a file over. `now` is in seconds since 1970.
#[must_use]
pub fn lint(name: &str, text: &str, file: &File, packs: &Packs, now: i64) -> Vec<Problem> {
    let mut out = Vec::new();
    let mut say = |severity: Severity, at: std::ops::Range<usize>, message: String| {
        out.push(Problem { severity, place: PackError::new(name, text, Some(at), message) });
    };
    let over = |expires: &str| super::clock::moment(expires).is_some_and(|end| end <= now);
    if file.schema.is_empty() {
        say(
            Severity::Warning,
            0..1,
            format!("no `schema = \"{}\"`: a later gate could read it differently", super::format::SCHEMA),
        );
    }
    if let Some(approvers) = &file.approval {
        let from = text.find("[approval]").unwrap_or(0);
        for (word, message) in unable(approvers, file) {
            say(Severity::Error, locate(text, from, &word), message);
        }
    }
    for person in file.groups.values().flatten().filter(|person| person.ends_with("@example.com")) {
        let message = format!("`{person}` stands for somebody: name who approves here");
        say(Severity::Warning, locate(text, 0, person), message);
    }
    for (index, spanned) in file.rules.iter().enumerate() {
        let (from, rule) = (spanned.span().start, spanned.get_ref());
        for (value, message) in criteria(&rule.when, packs) {
            say(Severity::Warning, locate(text, from, &value), message);
        }
        if over(&rule.expires) {
            say(Severity::Warning, locate(text, from, &rule.expires), format!("rule `{}` has expired", rule.id));
        }
        if rule.when.is_empty() && rule.conditions.is_empty() {
            say(Severity::Warning, from..from + 1, format!("rule `{}` is about every action there is", rule.id));
        }
        if rule.action == Verdict::Allow && (rule.owner.is_empty() || rule.expires.is_empty()) {
            let message = format!("rule `{}` allows without an `owner` and an `expires`", rule.id);
            say(Severity::Warning, locate(text, from, "allow"), message);
        }
        if contradictory(&rule.conditions) {
            let message = format!("the conditions of rule `{}` can never hold together", rule.id);
            say(Severity::Error, locate(text, from, "conditions"), message);
        }
        for earlier in file.rules[..index].iter().map(toml::Spanned::get_ref) {
            if earlier.when == rule.when && earlier.conditions == rule.conditions {
                let message = if (earlier.action == Verdict::Allow) == (rule.action == Verdict::Allow) {
                    format!("rule `{}` is about the same as `{}`: the stricter one decides", rule.id, earlier.id)
                } else {
                    format!("rule `{}` contradicts `{}`: one allows what the other refuses", rule.id, earlier.id)
                };
                say(Severity::Warning, locate(text, from, &rule.id), message);
            } else if covers(earlier, rule) {
                let message =
                    format!("rule `{}` is unreachable: `{}` always decides more strictly", rule.id, earlier.id);
                say(Severity::Warning, locate(text, from, &rule.id), message);
            }
        }
        for later in file.rules[index + 1..].iter().map(toml::Spanned::get_ref) {
            if covers(later, rule) && later.when != rule.when {
                let message = format!("rule `{}` is unreachable: `{}` always decides more strictly", rule.id, later.id);
                say(Severity::Warning, locate(text, from, &rule.id), message);
            }
        }
        if rule.action == Verdict::RequireApproval && rule.approvers.is_none() && file.approval.is_none() {
            let message = format!(
                "rule `{}` asks for an approval, and nobody is named who may give it; [approval] names somebody, or another layer does",
                rule.id
            );
            say(Severity::Warning, locate(text, from, &rule.id), message);
        }
        if let Some(approvers) = &rule.approvers {
            if rule.action != Verdict::RequireApproval {
                let message = format!("rule `{}` names approvers, and does not ask for approval", rule.id);
                say(Severity::Warning, locate(text, from, "approvers"), message);
            }
            for (word, message) in unable(approvers, file) {
                say(Severity::Error, locate(text, from, &word), message);
            }
            let only: Vec<&String> = approvers.people.iter().filter(|p| rule.when.agent.0.contains(p)).collect();
            if let Some(requester) = only.first() {
                let message = format!("`{requester}` would approve its own request; a requester never approves");
                say(Severity::Error, locate(text, from, requester), message);
            }
        }
        for notifier in &rule.notify {
            if !file.notifiers.contains_key(notifier) {
                let hint = did_you_mean(notifier, file.notifiers.keys().map(String::as_str));
                say(Severity::Error, locate(text, from, notifier), format!("no notifier is called `{notifier}`{hint}"));
            }
        }
    }
    for spanned in &file.exceptions {
        let (from, exception) = (spanned.span().start, spanned.get_ref());
        if over(&exception.expires) {
            let message = format!("this exception expired: {}", exception.expires);
            say(Severity::Warning, locate(text, from, &exception.expires), message);
        }
        for (value, message) in criteria(&exception.when, packs) {
            say(Severity::Warning, locate(text, from, &value), message);
        }
        let ids: Vec<&str> =
            packs.all_rules().map(|r| r.id).chain(file.rules.iter().map(|r| r.get_ref().id.as_str())).collect();
        for word in &exception.rule.0 {
            if !ids.iter().any(|id| globs::text(word, id)) {
                let hint = did_you_mean(word, ids.iter().copied());
                say(Severity::Error, locate(text, from, word), format!("no rule is called `{word}`{hint}"));
            }
            if packs.all_rules().any(|r| r.floor && r.id == word) {
                let message = format!("`{word}` has a floor: no exception lowers it where it is certain");
                say(Severity::Warning, locate(text, from, word), message);
            }
        }
    }
    out
}

/// Why those who are named could not approve: the word to point at, and what is wrong with it.
fn unable(approvers: &Approvers, file: &File) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for group in approvers.groups.iter().filter(|group| !file.groups.contains_key(*group)) {
        let hint = did_you_mean(group, file.groups.keys().map(String::as_str));
        out.push((group.clone(), format!("no group is called `{group}`{hint}")));
    }
    let number = approvers.number.unwrap_or(1) as usize;
    let members: usize = approvers.groups.iter().filter_map(|g| file.groups.get(g)).map(Vec::len).sum();
    let named = approvers.people.len() + members;
    if number == 0 || number > named {
        let place = if approvers.number.is_some() { "number" } else { "approv" };
        out.push((place.to_owned(), format!("{number} approvals are asked for, and {named} people named")));
    }
    out
}

fn did_you_mean<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, among).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default()
}

/// Names in criteria that gate does not know.
fn criteria(when: &Criteria, packs: &Packs) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let literal = |word: &&String| !word.contains(['*', '?', '[', '{']);
    let catalogs = packs.catalogs();
    for verb in when.verb.0.iter().filter(literal) {
        if verb == "shell:run" {
            continue;
        }
        let (program, operation) = verb.split_once(':').unwrap_or((verb, ""));
        let known = if operation.is_empty() {
            packs.entry(program).is_some() || catalogs.iter().any(|c| c.operations(program).next().is_some())
        } else {
            packs.entry(&format!("{program} {}", operation.replace('_', " "))).is_some()
                || packs.entry(&format!("{program} {operation}")).is_some()
                || catalogs.iter().any(|c| c.operations(operation).any(|(p, _)| Some(p) == c.provider(program)))
        };
        if known {
            continue;
        }
        let names = packs.names().map(|n| n.replacen(' ', ":", 1)).collect::<Vec<_>>();
        let tools: Vec<String> = catalogs
            .iter()
            .flat_map(knowledge::Catalog::all)
            .map(|(operation, provider)| format!("{provider}:{operation}"))
            .collect();
        let hint = did_you_mean(verb, names.iter().chain(&tools).map(String::as_str));
        out.push((verb.clone(), format!("gate knows no verb `{verb}`{hint}")));
    }
    for provider in when.provider.0.iter().filter(literal) {
        let known = packs.entry(provider).is_some() || catalogs.iter().any(|c| c.provider(provider).is_some());
        if !known {
            let names = catalogs.iter().flat_map(knowledge::Catalog::all_providers).map(|(alias, _)| alias);
            let hint = did_you_mean(provider, names);
            out.push((provider.clone(), format!("gate knows no provider `{provider}`{hint}")));
        }
    }
    for target in when.target.0.iter().filter(|t| literal(t) && !t.contains(['/', '.', ':', '~'])) {
        let names = &packs.classes().names;
        if let Some(near) = nearest(target, names.iter().copied()).filter(|near| near != target)
            && !names.contains(&target.as_str())
        {
            out.push((target.clone(), format!("no target class is called `{target}`; did you mean `{near}`?")));
        }
    }
    for rule in when.rule.0.iter().filter(literal) {
        if !packs.all_rules().any(|r| r.id == rule) {
            let hint = did_you_mean(rule, packs.all_rules().map(|r| r.id));
            out.push((rule.clone(), format!("no rule is called `{rule}`{hint}")));
        }
    }
    out
}

/// Whether one rule fires wherever the other does, and is stricter.
fn covers(wide: &TenantRule, narrow: &TenantRule) -> bool {
    if wide.action == Verdict::Allow || narrow.action == Verdict::Allow || narrow.otherwise.is_some() {
        return false;
    }
    if wide.action.decision() <= narrow.action.decision() || !wide.conditions.is_empty() || !wide.expires.is_empty() {
        return false;
    }
    let (w, n) = (&wide.when, &narrow.when);
    let words = |w: &super::format::Words, n: &super::format::Words| {
        w.is_empty() || !n.is_empty() && n.0.iter().all(|n| w.0.iter().any(|w| w == n || globs::text(w, n)))
    };
    fn kinds<T: PartialEq>(w: &[T], n: &[T]) -> bool {
        w.is_empty() || !n.is_empty() && n.iter().all(|k| w.contains(k))
    }
    words(&w.verb, &n.verb)
        && words(&w.provider, &n.provider)
        && words(&w.target, &n.target)
        && words(&w.rule, &n.rule)
        && words(&w.actor, &n.actor)
        && words(&w.agent, &n.agent)
        && words(&w.model, &n.model)
        && words(&w.environment, &n.environment)
        && words(&w.branch, &n.branch)
        && kinds(&w.risk, &n.risk)
        && kinds(&w.effect, &n.effect)
        && kinds(&w.category, &n.category)
        && (w.within.is_none() || w.within == n.within)
        && (w.outside.is_none() || w.outside == n.outside)
}

/// Two tests of one field that exclude each other: more than 10 and less than 5, equal to two things.
fn contradictory(conditions: &[Condition]) -> bool {
    use super::format::{Operator, Value};
    let number = |value: &Option<Value>| match value {
        Some(Value::Integer(n)) => Some(*n as f64),
        Some(Value::Number(n)) => Some(*n),
        _ => None,
    };
    conditions.iter().enumerate().any(|(index, one)| {
        conditions[index + 1..].iter().filter(|other| other.field == one.field && !one.field.is_empty()).any(|other| {
            match (one.operator, other.operator) {
                (Some(Operator::Equals), Some(Operator::Equals)) => one.value != other.value,
                (Some(Operator::Greater | Operator::AtLeast), Some(Operator::Less | Operator::AtMost)) => {
                    number(&one.value).zip(number(&other.value)).is_some_and(|(low, high)| low > high)
                }
                (Some(Operator::Less | Operator::AtMost), Some(Operator::Greater | Operator::AtLeast)) => {
                    number(&one.value).zip(number(&other.value)).is_some_and(|(high, low)| low > high)
                }
                (Some(Operator::Exists), Some(Operator::Exists)) => one.value != other.value,
                _ => false,
            }
        })
    })
}
