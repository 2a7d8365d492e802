//! Rules in plain language: a sentence is compiled, by words and nothing else, into a proposed rule that a person looks
//! at and publishes. A sentence never decides at run time, and what is not understood is said.

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

/// What words mean as a kind of effect; the first that fits.
const EFFECTS: &[(&[&str], &[Kind], &str, &str)] = &[
    (&["refund"], &[Kind::Refund], "a refund", "stripe:create_refund {\"amount\":AMOUNT}"),
    (
        &["wire", "transfer", "remit", "withdraw"],
        &[Kind::Transfer],
        "moving money",
        "wire_transfer {\"amount\":AMOUNT}",
    ),
    (
        &["pay", "payment", "payout", "charge", "purchase", "spend"],
        &[Kind::Pay],
        "paying",
        "create_payout {\"amount\":AMOUNT}",
    ),
    (&["cancel", "cancellation", "cancelling"], &[Kind::Cancel], "cancelling", "shopify:cancel_order {}"),
    (
        &["email", "mail", "message", "sms", "notify", "notification", "post", "tweet"],
        &[Kind::Message],
        "sending a message",
        "send_email {\"to\":\"a@example.com\"}",
    ),
    (&["deploy", "deployment", "release", "rollout"], &[Kind::Deploy], "deploying", "deploy_service {}"),
    (&["rollback"], &[Kind::Rollback], "rolling back", "rollback_deployment {}"),
    (&["publish", "publishing"], &[Kind::Publish], "publishing", "npm publish"),
    (&["migration", "migrate"], &[Kind::Migrate], "migrating a database", "run_migration {}"),
    (
        &["permission", "access", "grant", "role", "rights"],
        &[Kind::Grant, Kind::Permit],
        "changing rights",
        "grant_role {}",
    ),
    (&["push"], &[Kind::Push], "pushing", "git push origin main"),
    (&["merge"], &[Kind::Deploy], "merging", "github:merge_pull_request {}"),
    (&["install"], &[Kind::Install], "installing", "npm install left-pad"),
    (
        &["secret", "credential", "password"],
        &[Kind::SecretRead, Kind::CredentialRead, Kind::CredentialWrite],
        "touching secrets",
        "vault kv get secret/x",
    ),
    (&["drop", "truncate"], &[Kind::Drop, Kind::DeleteRows], "dropping data", "psql -c 'drop table t'"),
    (
        &["deletion", "delete", "remove", "removal", "deleting", "removing"],
        &[Kind::Delete, Kind::Destroy, Kind::DeleteRows, Kind::Drop, Kind::DeleteRef],
        "deleting",
        "delete_record {}",
    ),
    (&["destroy", "destroying", "terminate", "teardown"], &[Kind::Destroy], "destroying", "terraform destroy"),
    (
        &["write", "writing", "edit", "change", "modify", "update"],
        &[Kind::Write, Kind::Update, Kind::Create, Kind::Append],
        "writing",
        "write_file {\"path\":\"x\"}",
    ),
    (&["shell", "command"], &[Kind::Execute], "running a command", "run_shell {\"command\":\"x\"}"),
];

/// What a deletion is of, where the sentence says so.
const OBJECTS: &[(&[&str], &[Kind], &str, &str)] = &[
    (&["file", "folder", "directory"], &[Kind::Delete], "files", "rm x"),
    (
        &["record", "row", "customer", "user", "account"],
        &[Kind::Destroy, Kind::DeleteRows],
        "records",
        "delete_records {\"table\":\"customers\"}",
    ),
    (&["table", "database"], &[Kind::Drop, Kind::DeleteRows, Kind::Flush], "databases", "psql -c 'drop table t'"),
    (&["branch", "tag"], &[Kind::DeleteRef], "branches and tags", "git push --delete origin x"),
    (
        &["resource", "instance", "cluster", "namespace", "bucket"],
        &[Kind::Destroy],
        "infrastructure",
        "terraform destroy",
    ),
];

const PROVIDERS: &[&str] = &[
    "stripe",
    "paypal",
    "shopify",
    "github",
    "gitlab",
    "jira",
    "linear",
    "slack",
    "teams",
    "gmail",
    "outlook",
    "notion",
    "salesforce",
    "hubspot",
    "zendesk",
    "intercom",
    "twilio",
    "sendgrid",
    "postgres",
    "mysql",
    "mongodb",
    "redis",
    "bigquery",
    "snowflake",
    "aws",
    "gcp",
    "azure",
    "kubernetes",
    "terraform",
    "vercel",
    "cloudflare",
    "pagerduty",
    "sentry",
    "datadog",
    "auth0",
    "okta",
    "docker",
    "npm",
    "git",
];

/// Words that say nothing of their own.
const FILLER: &[&str] = &[
    "a",
    "an",
    "the",
    "any",
    "all",
    "every",
    "each",
    "of",
    "to",
    "in",
    "on",
    "at",
    "by",
    "for",
    "from",
    "with",
    "and",
    "or",
    "that",
    "which",
    "is",
    "are",
    "be",
    "must",
    "should",
    "needs",
    "need",
    "require",
    "requires",
    "required",
    "requiring",
    "approval",
    "approve",
    "approved",
    "human",
    "person",
    "somebody",
    "someone",
    "manual",
    "review",
    "block",
    "blocks",
    "blocked",
    "deny",
    "denied",
    "forbid",
    "forbidden",
    "never",
    "no",
    "not",
    "allowed",
    "allow",
    "warn",
    "warning",
    "about",
    "notify",
    "stop",
    "ask",
    "before",
    "first",
    "please",
    "always",
    "when",
    "if",
    "it",
    "its",
    "this",
    "these",
    "those",
    "agent",
    "agents",
    "tool",
    "tools",
    "call",
    "calls",
    "api",
    "operation",
    "operations",
    "action",
    "actions",
    "money",
    "amount",
    "amounts",
    "value",
    "us",
    "our",
    "may",
    "can",
    "cannot",
    "do",
    "does",
    "don't",
    "dont",
    "without",
    "external",
    "send",
    "sending",
    "sends",
    "make",
    "making",
    "over",
    "above",
    "more",
    "than",
    "exceeding",
    "exceeds",
    "greater",
    "under",
    "below",
    "less",
    "least",
    "most",
    "up",
    "risk",
    "high",
    "low",
    "medium",
    "critical",
    "level",
    "verb",
    "verbs",
    "environment",
    "branch",
    "into",
    "worth",
    "usd",
    "gbp",
    "eur",
    "dollar",
    "dollars",
    "pound",
    "pounds",
    "euro",
    "euros",
    "via",
    "through",
    "using",
    "file",
    "files",
    "read",
    "reads",
    "write",
    "writes",
    "reading",
    "going",
    "out",
    "production",
    "prod",
    "staging",
    "test",
    "development",
    "main",
    "master",
    "weekend",
    "weekends",
    "ci",
    "order",
    "orders",
    "data",
    "they",
    "will",
    "be",
    "run",
    "running",
    "runs",
    "has",
    "have",
    "get",
];

/// Compiles a sentence.
#[must_use]
pub fn draft(sentence: &str) -> Draft {
    let mut out = Draft::default();
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
            |list: &[&str]| list.iter().any(|w| (*w == "notify" || *w == "notification") && action == Verdict::Notify);
        for (list, kinds, meaning, case) in EFFECTS {
            let found: Vec<&String> =
                words.iter().filter(|w| list.contains(&stem(w).as_str()) || list.contains(&w.as_str())).collect();
            if found.is_empty() || negated(list) && found.len() == 1 && found[0].starts_with("notif") {
                continue;
            }
            used.extend(found.into_iter().cloned());
            if when.effect.is_empty() {
                when.effect = kinds.to_vec();
                example = (*case).to_owned();
                out.understood.push(format!("which: {meaning} (effect {})", list_of(kinds)));
            }
        }
        if when.effect.contains(&Kind::Delete) {
            for (list, kinds, meaning, case) in OBJECTS {
                let found: Vec<&String> = words.iter().filter(|w| list.contains(&stem(w).as_str())).collect();
                if !found.is_empty() {
                    used.extend(found.into_iter().cloned());
                    when.effect = kinds.to_vec();
                    example = (*case).to_owned();
                    out.understood.push(format!("of what: {meaning} (effect {})", list_of(kinds)));
                    break;
                }
            }
        }
    }
    for provider in PROVIDERS {
        if has(provider) && when.verb.is_empty() {
            used.push((*provider).to_owned());
            when.provider = Words(vec![(*provider).to_owned()]);
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
                && !FILLER.contains(&w.as_str())
                && !FILLER.contains(&stem(w).as_str())
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
