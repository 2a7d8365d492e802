//! Policies in other spellings: JSON and YAML of our own format, and the shapes of the seeds. Everything becomes the one
//! format, in TOML, and can be written back.

use serde_json::{Map, Value, json};

use super::format::{File, SCHEMA};
use super::read::parse;
use super::words::slug;

/// A spelling of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    Toml,
    Json,
    Yaml,
}

impl Spelling {
    pub const WORDS: [&'static str; 3] = ["toml", "json", "yaml"];

    #[must_use]
    pub fn from_word(word: &str) -> Option<Spelling> {
        Some(match word {
            "toml" => Spelling::Toml,
            "json" => Spelling::Json,
            "yaml" | "yml" => Spelling::Yaml,
            _ => return None,
        })
    }
}

/// Writes a policy in a spelling.
///
/// # Errors
/// If a value has no place in that spelling (none has).
pub fn export(file: &File, spelling: Spelling) -> Result<String, String> {
    match spelling {
        Spelling::Toml => toml::to_string_pretty(file).map_err(|e| e.to_string()),
        Spelling::Json => serde_json::to_string_pretty(file).map(|text| text + "\n").map_err(|e| e.to_string()),
        Spelling::Yaml => {
            let value = serde_json::to_value(file).map_err(|e| e.to_string())?;
            serde_saphyr::to_string(&value).map_err(|e| e.to_string())
        }
    }
}

/// What came of an import: the policy, and how each part of a foreign shape was understood.
pub struct Imported {
    pub file: File,
    pub notes: Vec<String>,
}

/// Reads a policy in any spelling or shape. The spelling is told by the text where it is not given.
///
/// # Errors
/// What could not be understood, by its place.
pub fn import(name: &str, text: &str, spelling: Option<Spelling>) -> Result<Imported, String> {
    // Documents put `// what it is` above their examples; where such a text is JSON otherwise, the lines are left out.
    let bare = without_comments(text);
    let looks_json = matches!(bare.trim_start().as_bytes().first(), Some(b'{' | b'['));
    let value: Value = match spelling {
        Some(Spelling::Toml) => {
            let file = parse(name, text).map_err(|e| e.to_string())?;
            return Ok(Imported { file, notes: Vec::new() });
        }
        Some(Spelling::Json) => strict_json(text)?,
        None if looks_json => strict_json(&bare).map_err(|e| format!("{name}: {e}"))?,
        None if parse(name, text).is_ok() => return import(name, text, Some(Spelling::Toml)),
        Some(Spelling::Yaml) | None => {
            serde_saphyr::from_str(text).map_err(|e| format!("{name}: this is no YAML: {e}"))?
        }
    };
    from_value(name, &value)
}

fn strict_json(text: &str) -> Result<Value, String> {
    crate::json::parse(text).map_err(|e| format!("this is no JSON: {e}"))?;
    serde_json::from_str(text).map_err(|e| format!("this is no JSON: {e}"))
}

/// Without lines that are only a comment; the others keep their place.
fn without_comments(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(|l| if l.trim_start().starts_with("//") { "" } else { l }).collect();
    lines.join("\n")
}

fn from_value(name: &str, value: &Value) -> Result<Imported, String> {
    let ours = |value: &Value| {
        value.as_object().is_some_and(|o| {
            o.get("schema").and_then(Value::as_str) == Some(SCHEMA)
                || o.keys()
                    .any(|k| matches!(k.as_str(), "rule" | "protect" | "kill" | "scope" | "exception" | "approval"))
        })
    };
    if ours(value) {
        return Ok(Imported { file: to_file(name, value)?, notes: Vec::new() });
    }
    // Foreign shapes: one rule, a list of them, or a list below `policies` or `rules`.
    let list: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => match members.get("policies").or_else(|| members.get("rules")) {
            Some(Value::Array(items)) => items.iter().collect(),
            _ => vec![value],
        },
        _ => return Err(format!("{name}: a policy is an object or a list of rules")),
    };
    let mut rules = Vec::new();
    let mut notes = Vec::new();
    for (index, item) in list.iter().enumerate() {
        let Value::Object(members) = item else {
            return Err(format!("{name}: /{index}: a rule is an object"));
        };
        let rule = foreign(members, index, &mut notes).map_err(|e| format!("{name}: /{index}{e}"))?;
        rules.push(rule);
    }
    let approves = rules.iter().any(|r| r["action"] == "require_approval");
    let mut file = json!({ "schema": SCHEMA, "name": "imported", "rule": rules });
    if approves {
        // There, asking for approval is a queue that somebody works through.
        file["approval"] = json!({ "groups": ["approvers"] });
        file["groups"] = json!({ "approvers": ["replace-me@example.com"] });
        notes.push("[approval]: name who approves; the source does not say".to_owned());
    }
    Ok(Imported { file: to_file(name, &file)?, notes })
}

/// A JSON value as our format, held to the same checks as a file.
fn to_file(name: &str, value: &Value) -> Result<File, String> {
    let table: toml::Value = toml::Value::try_from(without_nulls(value)).map_err(|e| format!("{name}: {e}"))?;
    let text = toml::to_string(&table).map_err(|e| format!("{name}: {e}"))?;
    parse(name, &text).map_err(|e| e.to_string())
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), without_nulls(v))).collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

/// A rule in the shapes of Guardrails (`verbMatchers`, `conditions`, `action`, and the short forms) or TrustLoop
/// (`rule_text`, `action`).
fn foreign(members: &Map<String, Value>, index: usize, notes: &mut Vec<String>) -> Result<Value, String> {
    if let Some(sentence) = members.get("rule_text") {
        return trustloop(members, sentence, index, notes);
    }
    let mut rule = Map::new();
    let mut when = Map::new();
    let text = |value: &Value, at: &str| -> Result<String, String> {
        value.as_str().map(str::to_owned).ok_or_else(|| format!("/{at}: must be a string"))
    };
    for (key, value) in members {
        match key.as_str() {
            "id" | "name" => {
                rule.insert("id".to_owned(), json!(slug(&text(value, key)?)));
            }
            "title" | "description" => {
                rule.insert("title".to_owned(), json!(text(value, key)?));
            }
            "reason" => {
                rule.insert("reason".to_owned(), json!(text(value, key)?));
            }
            "verb" => {
                when.insert("verb".to_owned(), json!([text(value, key)?]));
            }
            "provider" => {
                when.insert("provider".to_owned(), json!([text(value, key)?.to_lowercase()]));
            }
            "riskLevel" | "risk_level" => {
                when.insert("risk".to_owned(), json!([level(&text(value, key)?).map_err(|e| format!("/{key}: {e}"))?]));
            }
            "verbMatchers" | "verb_matchers" => {
                let Value::Array(matchers) = value else { return Err(format!("/{key}: must be a list")) };
                for (at, matcher) in matchers.iter().enumerate() {
                    matcher_line(matcher, &mut when).map_err(|e| format!("/{key}/{at}{e}"))?;
                }
            }
            "conditions" => {
                let Value::Array(list) = value else { return Err("/conditions: must be a list".to_owned()) };
                let mut out = Vec::new();
                for (at, condition) in list.iter().enumerate() {
                    out.push(condition_line(condition).map_err(|e| format!("/conditions/{at}{e}"))?);
                }
                rule.insert("conditions".to_owned(), Value::Array(out));
            }
            "action" | "decision" => {
                let word = match value {
                    Value::String(word) => word.as_str(),
                    Value::Object(inner) => {
                        if let Some(key) = inner.keys().find(|k| *k != "type") {
                            return Err(format!("/action/{key}: gate does not know this"));
                        }
                        inner.get("type").and_then(Value::as_str).ok_or("/action/type: missing")?
                    }
                    _ => return Err(format!("/{key}: must be a word or an object with `type`")),
                };
                rule.insert("action".to_owned(), json!(verdict(word).map_err(|e| format!("/{key}: {e}"))?));
            }
            "enabled" if *value == Value::Bool(true) => {}
            "enabled" => return Err("/enabled: this rule is switched off; leave it out or switch it on".to_owned()),
            other => return Err(format!("/{other}: gate does not know this member of a rule")),
        }
    }
    if !rule.contains_key("action") {
        return Err("/action: missing".to_owned());
    }
    if when.is_empty() && !rule.contains_key("conditions") {
        return Err(": it says nothing about which calls it is for".to_owned());
    }
    let action = rule["action"].as_str().unwrap_or("").to_owned();
    if action == "allow" {
        rule.entry("reason").or_insert_with(|| json!("allowed by the imported policy"));
    } else if when.contains_key("verb") && rule.contains_key("conditions") {
        // There, a verb that a policy names is decided by the policy: below the limit it runs.
        rule.insert("otherwise".to_owned(), json!("allow"));
        notes.push(format!(
            "rule {}: where its conditions do not hold, the verb is allowed (`otherwise`), as in the source",
            index + 1
        ));
    }
    let id = rule.get("id").and_then(Value::as_str).map_or_else(|| guess_id(&when, &rule, &action), str::to_owned);
    rule.insert("id".to_owned(), json!(id));
    rule.insert("when".to_owned(), Value::Object(when));
    Ok(Value::Object(rule))
}

fn matcher_line(matcher: &Value, when: &mut Map<String, Value>) -> Result<(), String> {
    let Value::Object(members) = matcher else { return Err(": must be an object".to_owned()) };
    let word = |key: &str| members.get(key).and_then(Value::as_str);
    if let Some(key) = members.keys().find(|k| !matches!(k.as_str(), "type" | "value" | "operator")) {
        return Err(format!("/{key}: gate does not know this"));
    }
    let (Some(kind), Some(value)) = (word("type"), word("value")) else {
        return Err(": needs `type` and `value`".to_owned());
    };
    let (line, value) = match kind {
        "verb" => ("verb", value.to_owned()),
        "provider" => ("provider", value.to_lowercase()),
        "riskLevel" | "risk_level" | "risk" => ("risk", level(value)?.to_owned()),
        other => return Err(format!("/type: `{other}` is none of verb, provider, riskLevel")),
    };
    if let Value::Array(list) = when.entry(line).or_insert_with(|| json!([])) {
        list.push(json!(value));
    }
    Ok(())
}

fn condition_line(condition: &Value) -> Result<Value, String> {
    let Value::Object(members) = condition else { return Err(": must be an object".to_owned()) };
    for group in ["all", "any", "none"] {
        if let Some(Value::Array(list)) = members.get(group) {
            let inner: Result<Vec<Value>, String> = list.iter().map(condition_line).collect();
            return Ok(json!({ group: inner? }));
        }
    }
    if let Some(key) = members.keys().find(|k| !matches!(k.as_str(), "field" | "operator" | "value")) {
        return Err(format!("/{key}: gate does not know this"));
    }
    let operator = members.get("operator").and_then(Value::as_str).ok_or("/operator: missing")?;
    let operator = match operator {
        "equals" | "eq" | "==" | "equal" => "equals",
        "not_equals" | "neq" | "ne" | "!=" | "notEquals" => "not_equals",
        "greater" | "gt" | ">" | "greater_than" | "greaterThan" => "greater",
        "less" | "lt" | "<" | "less_than" | "lessThan" => "less",
        "at_least" | "gte" | ">=" | "greater_or_equal" | "greaterOrEqual" => "at_least",
        "at_most" | "lte" | "<=" | "less_or_equal" | "lessOrEqual" => "at_most",
        "in" => "in",
        "not_in" | "nin" | "notIn" => "not_in",
        "contains" => "contains",
        "starts_with" | "startsWith" => "starts_with",
        "ends_with" | "endsWith" => "ends_with",
        "matches" | "regex" => "matches",
        "exists" => "exists",
        other => return Err(format!("/operator: gate does not know `{other}`")),
    };
    let mut out = Map::new();
    out.insert("field".to_owned(), members.get("field").cloned().ok_or("/field: missing")?);
    out.insert("operator".to_owned(), json!(operator));
    if let Some(value) = members.get("value") {
        out.insert("value".to_owned(), value.clone());
    }
    Ok(Value::Object(out))
}

fn trustloop(
    members: &Map<String, Value>,
    sentence: &Value,
    index: usize,
    notes: &mut Vec<String>,
) -> Result<Value, String> {
    let sentence = sentence.as_str().ok_or("/rule_text: must be a string")?;
    if let Some(key) = members.keys().find(|k| !matches!(k.as_str(), "rule_text" | "action" | "approver_email" | "id"))
    {
        return Err(format!("/{key}: gate does not know this member of a rule"));
    }
    let draft = super::sentence::draft(sentence);
    if let Some(problem) = draft.problems.first() {
        return Err(format!("/rule_text: {problem}"));
    }
    let mut rule = serde_json::to_value(&draft.rule).map_err(|e| e.to_string())?;
    // `approve` there means: ask somebody. It never means: allow.
    let action = match members.get("action").and_then(Value::as_str) {
        Some("approve") => "require_approval",
        Some("block") => "block",
        None => draft.rule.action.word(),
        Some(other) => return Err(format!("/action: `{other}` is neither approve nor block")),
    };
    rule["action"] = json!(action);
    if !draft.rule.conditions.is_empty() {
        // There, what no rule names is allowed.
        rule["otherwise"] = json!("allow");
        notes.push(format!(
            "rule {}: where its conditions do not hold it allows (`otherwise`), as in the source",
            index + 1
        ));
    }
    if let Some(email) = members.get("approver_email").filter(|v| !v.is_null()) {
        let email = email.as_str().ok_or("/approver_email: must be a string")?;
        rule["approvers"] = json!({ "people": [email] });
    }
    notes.push(format!("rule {}: “{sentence}” was understood as {}", index + 1, draft.understood.join("; ")));
    Ok(rule)
}

fn level(word: &str) -> Result<&'static str, String> {
    match word.to_ascii_lowercase().as_str() {
        "low" => Ok("low"),
        "medium" => Ok("medium"),
        "high" => Ok("high"),
        "critical" => Ok("critical"),
        other => Err(format!("`{other}` is no level of risk")),
    }
}

fn verdict(word: &str) -> Result<&'static str, String> {
    match word {
        "allow" => Ok("allow"),
        "notify" => Ok("notify"),
        "warn" => Ok("warn"),
        "require_approval" | "requires_approval" | "escalate" => Ok("require_approval"),
        "block" | "deny" => Ok("block"),
        other => Err(format!("gate does not know the action `{other}`")),
    }
}

/// An id out of what a rule is about: `block-high`, `require-approval-cancel-order`.
fn guess_id(when: &Map<String, Value>, rule: &Map<String, Value>, action: &str) -> String {
    let words: Vec<&str> =
        when.values().filter_map(Value::as_array).flatten().filter_map(Value::as_str).take(3).collect();
    // The one rule that the document shows has a name there.
    let large = when.get("verb").and_then(|v| v[0].as_str()).filter(|v| v.ends_with("refund")).is_some()
        && rule
            .get("conditions")
            .and_then(|c| c[0]["operator"].as_str())
            .is_some_and(|o| matches!(o, "greater" | "at_least"));
    if large {
        return "large-refund-gate".to_owned();
    }
    slug(&format!("{action} {}", words.join(" ")))
}
