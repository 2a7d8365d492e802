//! The guide and the reference of policies, held against what gate does.

use super::common::Place;
use super::properties::{layered, tool_decision};
use super::*;

/// The blocks of a document in a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    text.split(&format!("```{language}\n")).skip(1).map(|b| b.split("```").next().unwrap().to_owned()).collect()
}

const GUIDE: &str = include_str!("../../docs/policy.md");

#[test]
fn every_operator_of_the_guide_does_what_it_says() {
    let mut operators = Vec::new();
    for row in GUIDE.lines().filter(|l| l.starts_with("| `") || l.starts_with("| any item")) {
        let cells: Vec<&str> = row.split(" | ").map(|c| c.trim_matches(['|', ' ', '`'])).collect();
        let [name, condition, fires, silent] = cells[..] else { continue };
        if !condition.starts_with('{') {
            continue;
        }
        operators.push(name.to_owned());
        let text = format!("[[rule]]\nid = \"r\"\naction = \"block\"\nconditions = [{condition}]\n");
        let file = read::parse("p", &text).unwrap_or_else(|e| panic!("{e}"));
        let policy = Policy { layers: vec![layered(Layer::User, &file)], ..Default::default() };
        assert_eq!(tool_decision("list_items", fires, &policy), Decision::Block, "{row}");
        assert_eq!(tool_decision("list_items", silent, &policy), Decision::Allow, "{row}");
    }
    for (_, word) in format::Operator::ALL {
        assert!(operators.iter().any(|o| o == word), "{word}");
    }
}

#[test]
fn the_guide_works_as_it_stands() {
    let place = Place::new();
    let all = blocks(GUIDE, "toml policy").join("\n");
    put(&place.work().join("policy.toml"), &all);
    let (code, out, _) = exit(&place, &["policy", "lint", "policy.toml"]);
    assert_eq!(code, 0, "{out}");
    put(&place.work().join("cases.toml"), &blocks(GUIDE, "toml cases")[0]);
    let (code, out, _) = exit(&place, &["policy", "test", "cases.toml"]);
    assert_eq!(code, 0, "{out}");
    std::fs::remove_file(place.work().join("policy.toml")).unwrap();
    for line in blocks(GUIDE, "sh").iter().flat_map(|b| b.lines()) {
        let words = shell_words::split(line).unwrap();
        let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        let (code, out, err) = exit(&place, &words);
        assert_eq!(code, 0, "{line}\n{out}{err}");
    }
}

/// A protected path is one however it is reached.
/// The reference is written from the schema; `GATE_BLESS=1 cargo test` writes it anew.
#[test]
fn the_reference_is_that_of_the_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../src/output/schema/policy.json")).unwrap();
    let mut out = String::from(
        "# Policy reference\n\nWritten from the schema (`gate schema policy`); the guide is [policy.md](policy.md).\n",
    );
    let mut table = |title: &str, object: &Value| {
        out.push_str(&format!("\n## {title}\n\n| field | type | meaning |\n|---|---|---|\n"));
        for (name, field) in object["properties"].as_object().unwrap() {
            let field = match field["$ref"].as_str() {
                Some(target) => &schema["$defs"][target.trim_start_matches("#/$defs/")],
                None => field,
            };
            let kind = kind_of(field);
            let text = field["description"].as_str().unwrap_or("").replace('|', "\\|");
            out.push_str(&format!("| `{name}` | {kind} | {text} |\n"));
        }
    };
    table("The file", &schema);
    for (title, pointer) in [
        ("[thresholds]", "/$defs/thresholds"),
        ("[environments.NAME]", "/properties/environments/properties/production"),
        ("[protect]", "/properties/protect"),
        ("[fail]", "/properties/fail"),
        ("[approval], approvers", "/$defs/approvers"),
        ("[lists]", "/properties/lists"),
        ("[notifiers.NAME]", "/properties/notifiers/additionalProperties"),
        ("[[rule]]", "/$defs/rule"),
        ("when", "/$defs/criteria"),
        ("within, outside", "/$defs/criteria/properties/within"),
        ("conditions", "/$defs/condition"),
        ("[[exception]]", "/$defs/exception"),
        ("[[scope]]", "/$defs/scope"),
        ("[[kill]]", "/$defs/kill"),
    ] {
        table(title, schema.pointer(pointer).unwrap());
    }
    if std::env::var_os("GATE_BLESS").is_some() {
        std::fs::write("docs/policy-reference.md", &out).unwrap();
    }
    assert_eq!(std::fs::read_to_string("docs/policy-reference.md").unwrap_or_default(), out);
}

fn kind_of(field: &Value) -> String {
    if let Some(words) = field["enum"].as_array() {
        return words.iter().map(|w| format!("`{}`", w.as_str().unwrap_or(""))).collect::<Vec<_>>().join(" ");
    }
    if let Some(both) = field["oneOf"].as_array() {
        return match both[0]["enum"].as_array() {
            Some(_) => format!("one or several of {}", kind_of(&both[0])),
            None => "a word or several".to_owned(),
        };
    }
    match field["type"].as_str() {
        Some("array") => "list".to_owned(),
        Some("object") => "table".to_owned(),
        Some(other) => other.to_owned(),
        None => field["const"].as_str().map_or_else(|| "any".to_owned(), |c| format!("`{c}`")),
    }
}

#[test]
fn the_schema_names_every_field() {
    let schema: Value = serde_json::from_str(include_str!("../../src/output/schema/policy.json")).unwrap();
    let full = r#"
        schema = "gate.policy/v1"
        name = "n"
        description = "d"
        extends = ["template:ci"]
        profile = "strict"
        user_layer = true
        thresholds = { warn = 0.1, escalate = 0.2, block = 0.3 }
        environments = { production = { profile = "strict" } }
        protect = { paths = ["a"], branches = ["b"], environments = ["production"], action = "warn" }
        fail = { deployment = "closed", secrets = "closed", production_configuration = "closed", migrations = "closed", destructive_shell = "closed", other = "open" }
        approval = { people = ["a"], groups = ["g"], number = 1 }
        groups = { g = ["a"] }
        lists = { trusted = ["a.example"] }
        notifiers = { n = { command = ["true"] } }
        rule = [{ id = "r", action = "warn" }]
        exception = [{ rule = "r", reason = "a", owner = "b", expires = "2030-01-01" }]
        scope = [{ agent = "a", paths = "b" }]
        kill = [{ tools = "a" }]
    "#;
    let file = read::parse("p", full).unwrap();
    let value = serde_json::to_value(&file).unwrap();
    let known = schema["properties"].as_object().unwrap();
    for key in value.as_object().unwrap().keys() {
        assert!(known.contains_key(key), "{key}");
    }
    assert_eq!(known.len(), value.as_object().unwrap().len());
    let lists: Vec<&str> = gate::policy::lists::NAMES.iter().map(|(name, ..)| *name).collect();
    let named: Vec<&String> = known["lists"]["properties"].as_object().unwrap().keys().collect();
    assert_eq!(lists, named);
    // The words of enums are those of the code.
    let kinds: Vec<&str> = rules::knowledge::Kind::ALL.iter().map(|k| k.word()).collect();
    assert_eq!(schema["$defs"]["criteria"]["properties"]["effect"]["oneOf"][0]["enum"], serde_json::json!(kinds));
    let operators: Vec<&str> = format::Operator::ALL.iter().map(|(_, w)| *w).collect();
    assert_eq!(schema["$defs"]["condition"]["properties"]["operator"]["enum"], serde_json::json!(operators));
    assert!(json::parse(include_str!("../../src/output/schema/policy.json")).is_ok());
}
