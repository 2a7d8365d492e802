//! What a policy file must be beyond what its types say.

use rustc_hash::FxHashSet;

use super::clock;
use super::format::{Condition, Criteria, File, Operator, SCHEMA, Value, Verdict, locate};
use crate::facts::knowledge::ACTORS;
use crate::rules::format::{PackError, nearest};

/// What the types cannot say.
pub fn check(name: &str, text: &str, file: &File) -> Result<(), PackError> {
    let fail = |at: std::ops::Range<usize>, message: String| Err(PackError::new(name, text, Some(at), message));
    if !file.schema.is_empty() && file.schema != SCHEMA {
        return fail(locate(text, 0, &file.schema), format!("this gate reads {SCHEMA}"));
    }
    for thresholds in file.thresholds.iter().chain(file.environments.values().filter_map(|e| e.thresholds.as_ref())) {
        let [warn, escalate, block] = thresholds.hundredths();
        let numbers = [thresholds.warn, thresholds.escalate, thresholds.block].iter().all(|score| score.is_finite());
        if !(numbers && 0 <= warn && warn <= escalate && escalate <= block && block <= 101) {
            let message = "thresholds rise from warn to escalate to block, each between 0 and 1".to_owned();
            return fail(locate(text, 0, "thresholds"), message);
        }
    }
    for environment in file.environments.keys() {
        if !ENVIRONMENTS.contains(&environment.as_str()) {
            let hint = meant(environment);
            return fail(locate(text, 0, environment), format!("no environment is called `{environment}`{hint}"));
        }
    }
    for (list, items) in &file.lists {
        let known = super::lists::NAMES.iter().map(|(name, ..)| *name);
        if !known.clone().any(|name| name == list) {
            let hint = nearest(list, known).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
            return fail(locate(text, 0, list), format!("no list is called `{list}`{hint}"));
        }
        let hosts = matches!(list.as_str(), "trusted" | "installers");
        if let Some(item) = items.iter().find(|i| hosts && i.contains('/')) {
            let message = "this list is of hosts (`*.example.com`), not of addresses".to_owned();
            return fail(locate(text, locate(text, 0, list).start, item), message);
        }
        if let Some(item) = items.iter().find(|i| i.trim_matches(['*', '.', '?']).is_empty() || i.contains('\n')) {
            let message = "an item names something: a wildcard alone would be everything".to_owned();
            return fail(locate(text, locate(text, 0, list).start, item), message);
        }
    }
    let mut ids: FxHashSet<&str> = FxHashSet::default();
    for rule in &file.rules {
        let (from, rule) = (rule.span().start, rule.get_ref());
        let at = |value: &str| locate(text, from, value);
        if rule.id.trim().is_empty() {
            return fail(at("id"), "a rule needs an `id`".to_owned());
        }
        if !ids.insert(&rule.id) {
            return fail(at(&rule.id), format!("rule `{}` stands twice", rule.id));
        }
        if rule.action == Verdict::Allow && rule.reason.trim().is_empty() {
            return fail(at("allow"), "a rule that allows needs a `reason`".to_owned());
        }
        if rule.otherwise.is_some_and(|o| o != Verdict::Allow) {
            return fail(at("otherwise"), "`otherwise` can only be \"allow\"".to_owned());
        }
        let named = !rule.when.verb.is_empty() || !rule.when.effect.is_empty();
        if rule.otherwise.is_some() && (!named || rule.conditions.is_empty()) {
            let message = "`otherwise` belongs to a rule with a `verb` or an `effect`, and `conditions`";
            return fail(at("otherwise"), message.to_owned());
        }
        times(&rule.when, &rule.expires).or_else(|(value, message)| fail(at(&value), message))?;
        conditions(&rule.conditions, 0).or_else(|(value, message)| fail(at(&value), message))?;
        words(&rule.when).or_else(|(value, message)| fail(at(&value), message))?;
    }
    for exception in &file.exceptions {
        let (from, exception) = (exception.span().start, exception.get_ref());
        let at = |value: &str| locate(text, from, value);
        for (what, value) in [("reason", &exception.reason), ("owner", &exception.owner)] {
            if value.trim().is_empty() {
                return fail(at(what), format!("an exception needs its `{what}`"));
            }
        }
        if !matches!(exception.action, None | Some(Verdict::Allow | Verdict::Warn)) {
            return fail(at("action"), "an exception comes to \"allow\" or \"warn\"".to_owned());
        }
        if clock::moment(&exception.expires).is_none() {
            return fail(at(&exception.expires), EXPIRES.to_owned());
        }
        times(&exception.when, &exception.expires).or_else(|(value, message)| fail(at(&value), message))?;
        conditions(&exception.conditions, 0).or_else(|(value, message)| fail(at(&value), message))?;
        words(&exception.when).or_else(|(value, message)| fail(at(&value), message))?;
    }
    for scope in &file.scopes {
        let (from, scope) = (scope.span().start, scope.get_ref());
        let limits = [&scope.paths, &scope.environments, &scope.verbs, &scope.branches];
        if limits.iter().all(|l| l.is_empty()) {
            let message = "a scope limits `paths`, `environments`, `verbs` or `branches`".to_owned();
            return fail(from..from + 1, message);
        }
        if scope.action == Some(Verdict::Allow) {
            return fail(locate(text, from, "allow"), "a scope cannot come to \"allow\"".to_owned());
        }
        let at = |value: &str| locate(text, from, value);
        environments(&scope.environments.0).or_else(|(value, message)| fail(at(&value), message))?;
        for patterns in [&scope.paths, &scope.branches] {
            globs(&patterns.0).or_else(|(value, message)| fail(at(&value), message))?;
        }
    }
    if let Some(protect) = &file.protect {
        let (from, protect) = (protect.span().start, protect.get_ref());
        let at = |value: &str| locate(text, from, value);
        environments(&protect.environments).or_else(|(value, message)| fail(at(&value), message))?;
        for patterns in [&protect.paths, &protect.branches, &protect.remotes] {
            globs(patterns).or_else(|(value, message)| fail(at(&value), message))?;
        }
        if protect.action == Some(Verdict::Allow) {
            return fail(at("allow"), "protection cannot come to \"allow\"".to_owned());
        }
    }
    for (notifier, how) in &file.notifiers {
        if how.command.is_empty() == how.webhook.is_empty() {
            let message = format!("notifier `{notifier}` has either a `command` or a `webhook`");
            return fail(locate(text, 0, notifier), message);
        }
    }
    Ok(())
}

/// The environments there are.
pub const ENVIRONMENTS: [&str; 5] = ["production", "staging", "test", "development", "unknown"];

/// Which environment was probably meant, or which there are.
fn meant(name: &str) -> String {
    let begins = |known: &&str| name.len() > 2 && known.starts_with(name);
    match ENVIRONMENTS.into_iter().find(begins).or_else(|| nearest(name, ENVIRONMENTS)) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => format!("; there are {}", ENVIRONMENTS.join(", ")),
    }
}

const EXPIRES: &str = "`expires` is a date or a time, as 2027-01-31 or 2027-01-31T12:00:00Z";

type Wrong = (String, String);

fn times(when: &Criteria, expires: &str) -> Result<(), Wrong> {
    if !expires.is_empty() && clock::moment(expires).is_none() {
        return Err((expires.to_owned(), EXPIRES.to_owned()));
    }
    for window in [&when.within, &when.outside].into_iter().flatten() {
        for day in &window.days {
            if !clock::DAYS.contains(&day.as_str()) {
                return Err((day.clone(), format!("a day is one of {}", clock::DAYS.join(", "))));
            }
        }
        for time in [&window.from, &window.to] {
            if !time.is_empty() && clock::minute(time).is_none() {
                return Err((time.clone(), "a time of day is written as 09:00".to_owned()));
            }
        }
        if !window.offset.is_empty() && clock::offset(&window.offset).is_none() {
            return Err((window.offset.clone(), "an offset from UTC is written as +02:00".to_owned()));
        }
    }
    Ok(())
}

fn environments(names: &[String]) -> Result<(), Wrong> {
    for environment in names {
        if !ENVIRONMENTS.contains(&environment.as_str()) {
            let hint = meant(environment);
            return Err((environment.clone(), format!("no environment is called `{environment}`{hint}")));
        }
    }
    Ok(())
}

/// A pattern with a bracket that is not closed matches nothing: what it should protect would not be.
fn globs(patterns: &[String]) -> Result<(), Wrong> {
    for pattern in patterns.iter().filter(|pattern| pattern.contains(['[', '{', '\\'])) {
        if let Err(error) = globset::Glob::new(pattern) {
            return Err((pattern.clone(), format!("this pattern is none: {}", error.kind())));
        }
    }
    Ok(())
}

fn words(when: &Criteria) -> Result<(), Wrong> {
    environments(&when.environment.0)?;
    for actor in &when.actor.0 {
        if !ACTORS.contains(&actor.as_str()) {
            return Err((actor.clone(), "an actor is human, agent or ci; one agent is named by `agent`".to_owned()));
        }
    }
    Ok(())
}

fn conditions(list: &[Condition], depth: usize) -> Result<(), Wrong> {
    if depth > 8 {
        return Err(("any".to_owned(), "conditions are nested too deep".to_owned()));
    }
    for condition in list {
        let groups: Vec<&Vec<Condition>> =
            [&condition.all, &condition.any, &condition.none].into_iter().flatten().collect();
        if groups.len() + usize::from(!condition.field.is_empty()) != 1 {
            let near = if condition.field.is_empty() { "conditions" } else { &condition.field };
            let message = "a condition is either a test (`field`, `operator`, `value`) or one of `all`, `any`, `none`";
            return Err((near.to_owned(), message.to_owned()));
        }
        for group in &groups {
            conditions(group, depth + 1)?;
        }
        if condition.field.is_empty() {
            continue;
        }
        let field = &condition.field;
        if !["args.", "context.", "request."].iter().any(|root| field.starts_with(root)) {
            return Err((field.clone(), "a field is a path below `args.`, `context.` or `request.`".to_owned()));
        }
        let Some(operator) = condition.operator else {
            return Err((field.clone(), "a test needs an `operator`".to_owned()));
        };
        let wanted = match (operator, &condition.value) {
            (Operator::Exists, None | Some(Value::Bool(_))) => None,
            (Operator::Exists, Some(_)) => Some("true or false"),
            (_, None) => Some("a `value`"),
            (Operator::In | Operator::NotIn, Some(Value::List(_))) => None,
            (Operator::In | Operator::NotIn, Some(_)) => Some("a list"),
            (
                Operator::Greater | Operator::Less | Operator::AtLeast | Operator::AtMost,
                Some(Value::Integer(_) | Value::Number(_)),
            ) => None,
            (Operator::Greater | Operator::Less | Operator::AtLeast | Operator::AtMost, Some(_)) => Some("a number"),
            (Operator::StartsWith | Operator::EndsWith, Some(Value::Text(_))) => None,
            (Operator::Matches, Some(Value::Text(pattern))) => match regex_lite::Regex::new(pattern) {
                Ok(_) => None,
                Err(error) => {
                    return Err((pattern.clone(), format!("this is no regular expression: {error}")));
                }
            },
            (Operator::StartsWith | Operator::EndsWith | Operator::Matches, Some(_)) => Some("a text"),
            (Operator::Equals | Operator::NotEquals | Operator::Contains, Some(Value::List(_))) => {
                Some("a single value")
            }
            (Operator::Equals | Operator::NotEquals | Operator::Contains, Some(_)) => None,
        };
        if let Some(wanted) = wanted {
            return Err((field.clone(), format!("`{}` needs {wanted}", operator.word())));
        }
    }
    Ok(())
}
