//! Rules in plain language: a sentence is compiled, by words and nothing else, into a proposed rule that a person looks
//! at and publishes. A sentence never decides at run time, and what is not understood is said.

use serde::Deserialize;

use super::format::{Condition, Criteria, Operator, TenantRule, Value, Verdict, Words};
use super::words::slug;
use crate::facts::knowledge::{Kind, Level};

/// A proposal.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub rule: TenantRule,
    /// What each part was understood as.
    pub understood: Vec<String>,
    /// What could not be understood; a draft with any is not to be used.
    pub problems: Vec<String>,
    /// Calls to look at: what, and whether the rule fires on it.
    pub cases: Vec<(String, bool)>,
}

/// What the words of sentences mean: `rules/policies/sentences.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vocabulary {
    providers: Vec<String>,
    filler: Vec<String>,
    effect: Vec<Meaning>,
    object: Vec<Meaning>,
}

/// Words that mean effects.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Meaning {
    words: Vec<String>,
    effects: Vec<Kind>,
    /// As the draft says it.
    meaning: String,
    /// A call to try the rule on.
    case: String,
}

/// Read when the first sentence is; a test reads it too.
fn vocabulary() -> Result<Vocabulary, toml::de::Error> {
    toml::from_str(include_str!("../../rules/policies/sentences.toml"))
}

/// Compiles a sentence.
#[must_use]
pub fn draft(sentence: &str) -> Draft {
    let mut out = Draft::default();
    let vocabulary = match vocabulary() {
        Ok(vocabulary) => vocabulary,
        Err(error) => {
            out.problems.push(format!("gate's vocabulary is broken: {error}"));
            return out;
        }
    };
    let lower = sentence.to_lowercase();
    let words: Vec<String> = lower
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':' | '\'' | '£' | '$' | '€' | '.' | ',' | '-')))
        .map(|w| w.trim_matches(|c: char| matches!(c, '.' | ',' | '\'' | '-' | ':')).to_owned())
        .filter(|w| !w.is_empty())
        .collect();
    if words.is_empty() || sentence.len() > 500 {
        out.problems.push("a rule is one sentence of at most 500 characters".to_owned());
        return out;
    }
    let stem = |word: &str| -> String {
        word.strip_suffix("ies").map(|w| format!("{w}y")).unwrap_or_else(|| {
            word.strip_suffix('s').filter(|w| w.len() > 3 && !w.ends_with('s')).unwrap_or(word).to_owned()
        })
    };
    let has = |wanted: &str| words.iter().any(|w| w == wanted || stem(w) == wanted);
    let phrase = |wanted: &str| lower.contains(wanted);
    let mut used: Vec<String> = Vec::new();
    let mut when = Criteria::default();

    // What is to happen.
    let action =
        if phrase("approv") || phrase("human review") || phrase("ask ") || phrase("sign off") || phrase("sign-off") {
            Some((Verdict::RequireApproval, "it needs approval"))
        } else if ["block", "deny", "forbid", "never", "stop", "prohibit", "refuse"].iter().any(|w| phrase(w))
            || phrase("not allowed")
            || phrase("must not")
            || phrase("may not")
            || phrase("cannot")
            || phrase("don't")
            || phrase("do not")
            || words.first().is_some_and(|w| w == "no")
        {
            Some((Verdict::Block, "it is blocked"))
        } else if phrase("notify") {
            Some((Verdict::Notify, "somebody is told"))
        } else if phrase("warn") {
            Some((Verdict::Warn, "it warns"))
        } else {
            None
        };
    let action = match action {
        Some((action, meaning)) => {
            out.understood.push(format!("what happens: {meaning}"));
            action
        }
        None if phrase("allow") => {
            out.problems
                .push("a sentence can only restrict; write a rule that allows by hand, with its reason".to_owned());
            Verdict::Block
        }
        None => {
            out.problems.push("it does not say what is to happen: “needs approval”, “block”, “warn”".to_owned());
            Verdict::RequireApproval
        }
    };
    if phrase(" unless ") || phrase(" except ") || phrase(" but ") {
        out.problems
            .push("“unless”, “except” and “but” are not understood; write the exception as one of its own".to_owned());
    }

    // What it is about: a verb by name, an effect, a provider, a level.
    let mut example = String::new();
    let verbs: Vec<String> = words.iter().filter(|w| w.contains('_') || w.contains(':')).cloned().collect();
    if !verbs.is_empty() {
        out.understood.push(format!("which: the operation {}", verbs.join(" or ")));
        example = format!("{} {{\"amount\":AMOUNT}}", verbs[0]);
        used.extend(verbs.iter().cloned());
        when.verb = Words(verbs);
    } else {
        let negated =
            |list: &[String]| list.iter().any(|w| (w == "notify" || w == "notification") && action == Verdict::Notify);
        for Meaning { words: list, effects: kinds, meaning, case } in &vocabulary.effect {
            let found: Vec<&String> = words.iter().filter(|w| list.contains(&stem(w)) || list.contains(w)).collect();
            if found.is_empty() || negated(list) && found.len() == 1 && found[0].starts_with("notif") {
                continue;
            }
            used.extend(found.into_iter().cloned());
            if when.effect.is_empty() {
                when.effect.clone_from(kinds);
                example.clone_from(case);
                out.understood.push(format!("which: {meaning} (effect {})", list_of(kinds)));
            }
        }
        if when.effect.contains(&Kind::Delete) {
            for Meaning { words: list, effects: kinds, meaning, case } in &vocabulary.object {
                let found: Vec<&String> = words.iter().filter(|w| list.contains(&stem(w))).collect();
                if !found.is_empty() {
                    used.extend(found.into_iter().cloned());
                    when.effect.clone_from(kinds);
                    example.clone_from(case);
                    out.understood.push(format!("of what: {meaning} (effect {})", list_of(kinds)));
                    break;
                }
            }
        }
    }
    for provider in &vocabulary.providers {
        if has(provider) && when.verb.is_empty() {
            used.push(provider.clone());
            when.provider = Words(vec![provider.clone()]);
            out.understood.push(format!("whose: {provider}"));
        }
    }
    for (word, level) in
        [("high", Level::High), ("critical", Level::Critical), ("medium", Level::Medium), ("low", Level::Low)]
    {
        if phrase(&format!("{word}-risk")) || phrase(&format!("{word} risk")) {
            used.push(format!("{word}-risk"));
            when.risk.push(level);
            out.understood.push(format!("how risky: {word}"));
        }
    }
    for (names, environment) in [
        (&["production", "prod", "live"][..], "production"),
        (&["staging"][..], "staging"),
        (&["development", "dev"][..], "development"),
    ] {
        if names.iter().any(|n| has(n)) {
            used.extend(names.iter().map(|n| (*n).to_owned()));
            when.environment = Words(vec![environment.to_owned()]);
            out.understood.push(format!("where: {environment}"));
        }
    }
    for branch in ["main", "master"] {
        if has(branch) {
            when.branch.0.push(branch.to_owned());
            out.understood.push(format!("branch: {branch}"));
        }
    }
    if has("weekend") {
        when.within = Some(Box::new(super::format::Window {
            days: vec!["sat".to_owned(), "sun".to_owned()],
            ..Default::default()
        }));
        out.understood.push("when: on Saturdays and Sundays, UTC".to_owned());
    }

    // How much.
    let mut conditions = Vec::new();
    let numbers: Vec<&String> =
        words.iter().filter(|w| w.chars().any(|c| c.is_ascii_digit()) && !w.contains(['_', ':'])).collect();
    let mut amount = None;
    match numbers.as_slice() {
        [] => {}
        [one] => match number(one) {
            Some(value) => {
                used.push((*one).clone());
                let operator = if phrase("at least") || phrase("or more") || phrase("from ") {
                    Some((Operator::AtLeast, "at least"))
                } else if phrase("at most") || phrase("up to") {
                    Some((Operator::AtMost, "at most"))
                } else if ["over ", "above ", "more than", "exceed", "greater than", "larger than", "bigger than"]
                    .iter()
                    .any(|p| phrase(p))
                {
                    Some((Operator::Greater, "more than"))
                } else if ["under ", "below ", "less than", "smaller than"].iter().any(|p| phrase(p)) {
                    Some((Operator::Less, "less than"))
                } else {
                    None
                };
                match operator {
                    Some((operator, meaning)) => {
                        out.understood.push(format!("how much: `args.amount` is {meaning} {value}"));
                        if one.starts_with(['£', '$', '€']) {
                            out.understood.push(format!(
                                "the currency of {one} is not compared: amounts count as they are given"
                            ));
                        }
                        let value =
                            if value.fract() == 0.0 { Value::Integer(value as i64) } else { Value::Number(value) };
                        conditions.push(Condition {
                            field: "args.amount".to_owned(),
                            operator: Some(operator),
                            value: Some(value),
                            ..Condition::default()
                        });
                        amount = Some((operator, one));
                    }
                    None => out.problems.push(format!("“{one}”: more than, at least, less than or at most that?")),
                }
            }
            None => out.problems.push(format!("“{one}” is no number that is understood")),
        },
        many => {
            let many: Vec<&str> = many.iter().map(|w| w.as_str()).collect();
            out.problems.push(format!("several numbers ({}): write one rule for each", many.join(", ")));
        }
    }
    if when.is_empty() {
        out.problems.push("it does not say what it is about: name an operation (stripe:create_refund) or what it does (refund, delete, deploy …)".to_owned());
    }
    let unknown: Vec<String> = words
        .iter()
        .filter(|w| {
            !used.contains(w)
                && !used.contains(&stem(w))
                && !vocabulary.filler.contains(w)
                && !vocabulary.filler.contains(&stem(w))
        })
        .map(|w| format!("“{w}”"))
        .collect();
    if !unknown.is_empty() {
        out.problems.push(format!("not understood: {}", unknown.join(", ")));
    }
    if !example.is_empty() {
        let value = amount.and_then(|(_, text)| number(text)).unwrap_or(100.0);
        let case = |amount: f64| example.replace("AMOUNT", &format!("{amount}"));
        match amount.map(|(operator, _)| operator) {
            Some(Operator::Greater | Operator::AtLeast) => {
                out.cases.push((case(value + 1.0), true));
                out.cases.push((case((value - 1.0).max(0.0)), false));
            }
            Some(_) => {
                out.cases.push((case((value - 1.0).max(0.0)), true));
                out.cases.push((case(value + 1.0), false));
            }
            None => out.cases.push((case(100.0), true)),
        }
    }
    out.rule = TenantRule {
        id: slug(sentence),
        title: sentence.trim().to_owned(),
        when,
        conditions,
        action,
        sentence: sentence.trim().to_owned(),
        ..TenantRule::default()
    };
    out
}

fn list_of(kinds: &[Kind]) -> String {
    kinds.iter().map(|k| k.word()).collect::<Vec<_>>().join(", ")
}

/// `£1,000`, `$2.5k`, `10000`.
fn number(word: &str) -> Option<f64> {
    let word = word.trim_start_matches(['£', '$', '€']);
    let (digits, factor) = match word.strip_suffix('k') {
        Some(rest) => (rest, 1000.0),
        None => match word.strip_suffix('m') {
            Some(rest) => (rest, 1_000_000.0),
            None => (word, 1.0),
        },
    };
    // A comma groups thousands; anything else is not guessed at.
    let parts: Vec<&str> = digits.split(',').collect();
    let grouped = parts.len() == 1
        || parts[1..].iter().all(|p| p.split('.').next().is_some_and(|p| p.len() == 3))
            && (1..=3).contains(&parts[0].len());
    if !grouped {
        return None;
    }
    parts.concat().parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| n * factor)
}
