//! Conditions on the request's own fields: yes, no, or cannot know. A field that is missing or of the wrong type cannot
//! be known; a rule that restricts then fires, one that allows does not.

use super::format::{Condition, Operator, Value};
use crate::json::Json;
use crate::rules::matcher::Match;

/// The request's fields: the roots of the paths.
pub struct Fields<'j> {
    pub args: &'j Json<'j>,
    pub context: &'j Json<'j>,
    /// The request as it was given, with the members that gate does not know.
    pub request: &'j Json<'j>,
}

/// All of them.
#[must_use]
pub fn all(list: &[Condition], fields: &Fields<'_>) -> Match {
    list.iter().map(|c| holds(c, fields)).min().unwrap_or(Match::Yes)
}

fn holds(condition: &Condition, fields: &Fields<'_>) -> Match {
    if let Some(list) = &condition.all {
        return all(list, fields);
    }
    if let Some(list) = &condition.any {
        return list.iter().map(|c| holds(c, fields)).max().unwrap_or(Match::No);
    }
    if let Some(list) = &condition.none {
        return match list.iter().map(|c| holds(c, fields)).max().unwrap_or(Match::No) {
            Match::Yes => Match::No,
            Match::Maybe => Match::Maybe,
            Match::No => Match::Yes,
        };
    }
    let Some(operator) = condition.operator else { return Match::Maybe };
    let (root, path) = match condition.field.split_once('.') {
        Some(("args", path)) => (fields.args, path),
        Some(("context", path)) => (fields.context, path),
        Some(("request", path)) => (fields.request, path),
        _ => return Match::Maybe,
    };
    let mut found = Vec::new();
    // A part that is missing somewhere, or more than is looked at: what it would say cannot be known.
    let whole = reach(root, path, &mut found);
    if operator == Operator::Exists {
        let wanted = condition.value != Some(Value::Bool(false));
        return Match::of(found.iter().any(|v| **v != Json::Null) == wanted);
    }
    let Some(value) = &condition.value else { return Match::Maybe };
    // Of several values (`items.*.price`) one is enough; for the negative operators all must differ.
    let negative = matches!(operator, Operator::NotEquals | Operator::NotIn);
    let answers = found.iter().map(|v| test(v, operator, value));
    let answer = if negative { answers.min() } else { answers.max() }.unwrap_or(Match::Maybe);
    match (whole, negative) {
        (true, _) => answer,
        (false, true) => answer.min(Match::Maybe),
        (false, false) => answer.max(Match::Maybe),
    }
}

/// The values at a path; `*` is every member or item, a number an item. Whether all of it was there and looked at.
fn reach<'j>(value: &'j Json<'j>, path: &str, out: &mut Vec<&'j Json<'j>>) -> bool {
    if out.len() > 10_000 {
        return false;
    }
    // A key may itself hold dots: the longest that is there is taken.
    if let Json::Object(members) = value
        && !path.contains('*')
        && let Some((_, inner)) = members.iter().find(|(k, _)| k == path)
    {
        out.push(inner);
        return true;
    }
    let (head, rest) = match path.split_once('.') {
        Some((head, rest)) => (head, Some(rest)),
        None => (path, None),
    };
    let inner: Vec<&Json<'_>> = match (value, head) {
        (Json::Object(members), "*") => members.iter().map(|(_, v)| v).collect(),
        (Json::Array(items), "*") => items.iter().collect(),
        (Json::Object(_), key) => value.get(key).into_iter().collect(),
        (Json::Array(items), index) => index.parse::<usize>().ok().and_then(|i| items.get(i)).into_iter().collect(),
        _ => Vec::new(),
    };
    let mut whole = !inner.is_empty();
    for value in inner {
        match rest {
            Some(rest) => whole &= reach(value, rest, out),
            None => out.push(value),
        }
    }
    whole
}

/// A JSON number, or a text that is one; nothing else counts as a number.
fn number(value: &Json<'_>) -> Option<f64> {
    let text = match value {
        Json::Number(text) => text,
        Json::String(text)
            if text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E')) =>
        {
            text.as_ref()
        }
        _ => return None,
    };
    text.parse().ok().filter(|n: &f64| !n.is_nan())
}

fn test(field: &Json<'_>, operator: Operator, value: &Value) -> Match {
    match operator {
        Operator::Equals => equal(field, value),
        Operator::NotEquals => not(equal(field, value)),
        Operator::In | Operator::NotIn => {
            let Value::List(list) = value else { return Match::Maybe };
            let answer = list.iter().map(|v| equal(field, v)).max().unwrap_or(Match::No);
            if operator == Operator::In { answer } else { not(answer) }
        }
        Operator::Greater | Operator::Less | Operator::AtLeast | Operator::AtMost => {
            let limit = match value {
                Value::Integer(number) => *number as f64,
                Value::Number(number) => *number,
                _ => return Match::Maybe,
            };
            let Some(number) = number(field) else { return Match::Maybe };
            Match::of(match operator {
                Operator::Greater => number > limit,
                Operator::Less => number < limit,
                Operator::AtLeast => number >= limit,
                _ => number <= limit,
            })
        }
        Operator::Contains => match (field, value) {
            (Json::String(text), Value::Text(part)) => Match::of(text.contains(part.as_str())),
            (Json::Array(items), value) => items.iter().map(|i| equal(i, value)).max().unwrap_or(Match::No),
            (Json::Object(members), Value::Text(key)) => Match::of(members.iter().any(|(k, _)| k == key)),
            _ => Match::Maybe,
        },
        Operator::StartsWith | Operator::EndsWith | Operator::Matches => {
            let (Json::String(text), Value::Text(part)) = (field, value) else { return Match::Maybe };
            match operator {
                Operator::StartsWith => Match::of(text.starts_with(part.as_str())),
                Operator::EndsWith => Match::of(text.ends_with(part.as_str())),
                // Patterns are checked when the file is read.
                _ => regex_lite::Regex::new(part).map_or(Match::Maybe, |pattern| Match::of(pattern.is_match(text))),
            }
        }
        Operator::Exists => Match::Yes,
    }
}

fn not(answer: Match) -> Match {
    match answer {
        Match::Yes => Match::No,
        Match::Maybe => Match::Maybe,
        Match::No => Match::Yes,
    }
}

fn equal(field: &Json<'_>, value: &Value) -> Match {
    match (field, value) {
        (Json::String(text), Value::Text(other)) => Match::of(text == other),
        (Json::Bool(one), Value::Bool(other)) => Match::of(one == other),
        (Json::Number(_) | Json::String(_), Value::Integer(_) | Value::Number(_)) => {
            let other = if let Value::Integer(n) = value {
                *n as f64
            } else if let Value::Number(n) = value {
                *n
            } else {
                0.0
            };
            number(field)
                .map_or(Match::Maybe, |one| Match::of((one - other).abs() < f64::EPSILON * other.abs().max(1.0)))
        }
        (Json::Number(text), Value::Text(other)) => Match::of(text == other),
        (Json::Null, _) => Match::Maybe,
        // Of different types: it is not the same, but whoever wrote the rule may have meant it.
        _ => Match::Maybe,
    }
}
