//! Rules in plain language: a sentence is compiled, by words and nothing else, into a proposed rule that a person looks
//! at and publishes. A sentence never decides at run time, and what is not understood is said.

use serde::Deserialize;

use super::format::{Condition, Criteria, Operator, TenantRule, Value, Verdict, Window, Words};
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
    branches: Vec<String>,
    action: Vec<Outcome>,
    comparison: Vec<Comparison>,
    environment: Vec<Named>,
    effect: Vec<Meaning>,
    object: Vec<Meaning>,
}

/// Phrases that say what is to happen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome {
    phrases: Vec<String>,
    /// A word that says so where it stands first.
    first: Option<String>,
    action: Verdict,
    meaning: String,
}

/// Phrases that say how an amount is compared.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Comparison {
    phrases: Vec<String>,
    operator: Operator,
    meaning: String,
}

/// Words for an environment.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    words: Vec<String>,
    environment: String,
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
    let refused = |problem: String| Draft { problems: vec![problem], ..Draft::default() };
    let vocabulary = match vocabulary() {
        Ok(vocabulary) => vocabulary,
        Err(error) => return refused(format!("gate's vocabulary is broken: {error}")),
    };
    let words = words_of(sentence);
    if words.is_empty() || sentence.len() > LONGEST {
        return refused(format!("a rule is one sentence of at most {LONGEST} characters"));
    }
    let mut compiler = Compiler::new(&vocabulary, words);
    let action = compiler.outcome();
    let example = compiler.subject(action);
    compiler.circumstances();
    let amount = compiler.amount();
    compiler.leftovers();
    let Compiler { when, conditions, mut out, .. } = compiler;
    if !example.is_empty() {
        out.cases = cases(&example, amount);
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

/// Characters of a sentence.
const LONGEST: usize = 500;

fn words_of(sentence: &str) -> Vec<String> {
    let ends = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':' | '\'' | '£' | '$' | '€' | '.' | ',' | '-'));
    let words = sentence.to_lowercase();
    let words = words.split(ends).map(|word| word.trim_matches(['.', ',', '\'', '-', ':']).to_owned());
    words.filter(|word| !word.is_empty()).collect()
}

/// A word without the ending of its plural or of its third person: `refunds`, `pushes`, `deploys`, `entries`.
fn stem(word: &str) -> String {
    if let Some(rest) = word.strip_suffix("ies") {
        return format!("{rest}y");
    }
    let sibilant = |rest: &&str| ["sh", "ch", "ss", "x"].iter().any(|end| rest.ends_with(end));
    let plural = word.strip_suffix("es").filter(sibilant);
    let plural = plural.or_else(|| word.strip_suffix('s').filter(|rest| rest.len() > 3 && !rest.ends_with('s')));
    plural.unwrap_or(word).to_owned()
}

/// A sentence on its way to a rule, part by part.
struct Compiler<'v> {
    vocabulary: &'v Vocabulary,
    words: Vec<String>,
    /// The words, a blank before and behind each: phrases are looked for where a word begins.
    text: String,
    /// Words that were understood.
    used: Vec<String>,
    when: Criteria,
    conditions: Vec<Condition>,
    out: Draft,
}

impl<'v> Compiler<'v> {
    fn new(vocabulary: &'v Vocabulary, words: Vec<String>) -> Self {
        let text = format!(" {} ", words.join(" "));
        Compiler {
            vocabulary,
            words,
            text,
            used: Vec::new(),
            when: Criteria::default(),
            conditions: Vec::new(),
            out: Draft::default(),
        }
    }

    fn understood(&mut self, what: String) {
        self.out.understood.push(what);
    }

    fn has(&self, wanted: &str) -> bool {
        self.words.iter().any(|word| word == wanted || stem(word) == wanted)
    }

    fn says(&self, phrase: &str) -> bool {
        self.text.contains(&format!(" {phrase}"))
    }

    fn says_any(&self, phrases: &[String]) -> bool {
        phrases.iter().any(|phrase| self.says(phrase))
    }

    /// What is to happen.
    fn outcome(&mut self) -> Verdict {
        let fits = |outcome: &&Outcome| {
            self.says_any(&outcome.phrases) || outcome.first.is_some() && outcome.first.as_ref() == self.words.first()
        };
        let found = self.vocabulary.action.iter().find(fits);
        if let Some(Outcome { meaning, .. }) = found {
            self.understood(format!("what happens: {meaning}"));
        }
        let action = found.map(|outcome| outcome.action).unwrap_or_else(|| {
            let (problem, action) = if self.says("allow") {
                ("a sentence can only restrict; write a rule that allows by hand, with its reason", Verdict::Block)
            } else {
                let problem = "it does not say what is to happen: “needs approval”, “block”, “warn”";
                (problem, Verdict::RequireApproval)
            };
            self.out.problems.push(problem.to_owned());
            action
        });
        if ["unless ", "except ", "but "].iter().any(|word| self.says(word)) {
            let problem = "“unless”, “except” and “but” are not understood; write the exception as one of its own";
            self.out.problems.push(problem.to_owned());
        }
        action
    }

    /// What it is about: a verb by name, or an effect, a provider, a level. Gives a call to try the rule on, which may be
    /// empty.
    fn subject(&mut self, action: Verdict) -> String {
        let verbs: Vec<String> = self.words.iter().filter(|w| w.contains('_') || w.contains(':')).cloned().collect();
        let mut example = String::new();
        if verbs.is_empty() {
            example = self.effect(action);
        } else {
            self.understood(format!("which: the operation {}", verbs.join(" or ")));
            example.push_str(&format!("{} {{\"amount\":AMOUNT}}", verbs[0]));
            self.used.extend(verbs.iter().cloned());
            self.when.verb = Words(verbs);
        }
        for provider in &self.vocabulary.providers {
            if self.has(provider) && self.when.verb.is_empty() {
                self.used.push(provider.clone());
                self.when.provider = Words(vec![provider.clone()]);
                self.understood(format!("whose: {provider}"));
            }
        }
        for level in Level::ALL {
            let word = level.word();
            if self.says(&format!("{word}-risk")) || self.says(&format!("{word} risk")) {
                self.used.push(format!("{word}-risk"));
                self.when.risk.push(*level);
                self.understood(format!("how risky: {word}"));
            }
        }
        example
    }

    fn effect(&mut self, action: Verdict) -> String {
        let mut example = String::new();
        for Meaning { words: known, effects, meaning, case } in &self.vocabulary.effect {
            let found: Vec<String> =
                self.words.iter().filter(|w| known.contains(&stem(w)) || known.contains(w)).cloned().collect();
            // `notify` may be all that is to happen.
            let outcome = matches!(&found[..], [only] if only.starts_with("notif")) && action == Verdict::Notify;
            if found.is_empty() || outcome {
                continue;
            }
            self.used.extend(found);
            if self.when.effect.is_empty() {
                self.when.effect.clone_from(effects);
                example.clone_from(case);
                self.understood(format!("which: {meaning} (effect {})", list_of(effects)));
            }
        }
        if !self.when.effect.contains(&Kind::Delete) {
            return example;
        }
        for Meaning { words: known, effects, meaning, case } in &self.vocabulary.object {
            let found: Vec<String> = self.words.iter().filter(|w| known.contains(&stem(w))).cloned().collect();
            if !found.is_empty() {
                self.used.extend(found);
                self.when.effect.clone_from(effects);
                self.understood(format!("of what: {meaning} (effect {})", list_of(effects)));
                return case.clone();
            }
        }
        example
    }

    /// Where and when.
    fn circumstances(&mut self) {
        for Named { words, environment } in &self.vocabulary.environment {
            if words.iter().any(|word| self.has(word)) {
                self.used.extend(words.iter().cloned());
                self.when.environment = Words(vec![environment.clone()]);
                self.understood(format!("where: {environment}"));
            }
        }
        for branch in &self.vocabulary.branches {
            if self.has(branch) {
                self.when.branch.0.push(branch.clone());
                self.understood(format!("branch: {branch}"));
            }
        }
        if self.has("weekend") {
            let days = vec!["sat".to_owned(), "sun".to_owned()];
            self.when.within = Some(Box::new(Window { days, ..Window::default() }));
            self.understood("when: on Saturdays and Sundays, UTC".to_owned());
        }
    }

    /// How much, and how that is compared.
    fn amount(&mut self) -> Option<(Operator, f64)> {
        let digits = |w: &&String| w.chars().any(|c| c.is_ascii_digit()) && !w.contains(['_', ':']);
        let numbers: Vec<String> = self.words.iter().filter(digits).cloned().collect();
        let one = match &numbers[..] {
            [] => return None,
            [one] => one,
            many => {
                let problem = format!("several numbers ({}): write one rule for each", many.join(", "));
                self.out.problems.push(problem);
                return None;
            }
        };
        let Some(value) = number(one) else {
            self.out.problems.push(format!("“{one}” is no number that is understood"));
            return None;
        };
        self.used.push(one.clone());
        let comparison = self.vocabulary.comparison.iter().find(|comparison| self.says_any(&comparison.phrases));
        let Some(Comparison { operator, meaning, .. }) = comparison else {
            self.out.problems.push(format!("“{one}”: more than, at least, less than or at most that?"));
            return None;
        };
        self.understood(format!("how much: `args.amount` is {meaning} {value}"));
        if one.starts_with(['£', '$', '€']) {
            self.understood(format!("the currency of {one} is not compared: amounts count as they are given"));
        }
        let given = if value.fract() == 0.0 { Value::Integer(value as i64) } else { Value::Number(value) };
        self.conditions.push(Condition {
            field: "args.amount".to_owned(),
            operator: Some(*operator),
            value: Some(given),
            ..Condition::default()
        });
        Some((*operator, value))
    }

    /// What was not understood.
    fn leftovers(&mut self) {
        if self.when.is_empty() {
            self.out.problems.push("it does not say what it is about: name an operation (stripe:create_refund) or what it does (refund, delete, deploy …)".to_owned());
        }
        let filler = &self.vocabulary.filler;
        let known = |word: &String| {
            let stem = stem(word);
            self.used.contains(word) || self.used.contains(&stem) || filler.contains(word) || filler.contains(&stem)
        };
        let unknown: Vec<String> =
            self.words.iter().filter(|word| !known(word)).map(|word| format!("“{word}”")).collect();
        if !unknown.is_empty() {
            self.out.problems.push(format!("not understood: {}", unknown.join(", ")));
        }
    }
}

/// Calls on this side of the amount and beyond it, and whether the rule fires on each.
fn cases(example: &str, amount: Option<(Operator, f64)>) -> Vec<(String, bool)> {
    let case = |amount: f64| example.replace("AMOUNT", &format!("{amount}"));
    match amount {
        None => vec![(case(100.0), true)],
        Some((operator, value)) => {
            let (above, below) = (case(value + 1.0), case((value - 1.0).max(0.0)));
            let from_there_up = matches!(operator, Operator::Greater | Operator::AtLeast);
            let (fires, silent) = if from_there_up { (above, below) } else { (below, above) };
            vec![(fires, true), (silent, false)]
        }
    }
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
