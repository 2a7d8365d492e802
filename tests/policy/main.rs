//! Policy as code: what a policy decides, in which layer, imported from where; what a bad one does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod commands;
#[path = "../common/mod.rs"]
mod common;
mod guide;
mod layers;
mod properties;

use std::path::Path;

use common::Place;
use gate::json;
use gate::policy::format;
use gate::policy::{Decision, Layer, Policy, read};
use gate::rules;
use serde_json::Value;

fn exit(place: &Place, args: &[&str]) -> (i32, String, String) {
    let output = place.gate(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn put(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Imports a foreign policy and decides a tool call under it.
fn imported(source: &str, verb: &str, args: &str) -> Value {
    let place = Place::new();
    put(&place.work().join("source"), source);
    let (code, _, err) = exit(&place, &["policy", "import", "source", "-o", "policy.toml"]);
    assert_eq!(code, 0, "{err}");
    decide(&place, &["--policy", "policy.toml", "--tool", verb, "--args", args])
}

fn decide(place: &Place, args: &[&str]) -> Value {
    let all: Vec<&str> = ["check", "--format", "json"].iter().chain(args).copied().collect();
    let (_, out, err) = exit(place, &all);
    serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"))
}

const LARGE_REFUND: &str = r#"// Block large refunds pending human approval
{
  "verbMatchers": [{ "type": "verb", "value": "stripe:create_refund" }],
  "conditions": [{ "field": "args.amount", "operator": "greater", "value": 100 }],
  "action": { "type": "require_approval" }
}"#;

#[test]
fn the_examples_of_guardrails_and_trustloop_decide_as_they_say() {
    let large = imported(LARGE_REFUND, "stripe:create_refund", r#"{"amount":250,"charge_id":"ch_abc123"}"#);
    assert_eq!((&large["decision"], &large["policy"]["rule"]), (&"escalate".into(), &"large-refund-gate".into()));
    assert_eq!(large["risk"]["level"], "high");
    let small = imported(LARGE_REFUND, "stripe:create_refund", r#"{"amount":100,"charge_id":"ch_abc123"}"#);
    assert_eq!(small["decision"], "allow");
    // An amount that cannot be compared is not taken for a small one.
    let odd = imported(LARGE_REFUND, "stripe:create_refund", r#"{"amount":"250 EUR"}"#);
    assert_eq!(odd["decision"], "escalate");

    let high = r#"{"riskLevel": "HIGH", "action": "block"}"#;
    assert_eq!(imported(high, "stripe:create_refund", r#"{"amount":1}"#)["decision"], "block");
    assert_eq!(imported(high, "stripe:list_customers", "{}")["decision"], "allow");
    let cancel = r#"{"verb": "shopify:cancel_order", "action": "require_approval"}"#;
    assert_eq!(imported(cancel, "shopify:cancel_order", r#"{"id":1}"#)["decision"], "escalate");
    let notify = r#"{"provider": "stripe", "riskLevel": "MEDIUM", "action": "notify"}"#;
    assert_eq!(imported(notify, "stripe:create_customer", "{}")["decision"], "warn");
    assert_eq!(imported(notify, "shopify:update_product", "{}")["decision"], "allow");
    let reads = r#"{"riskLevel": "LOW", "action": "allow"}"#;
    assert_eq!(imported(reads, "stripe:list_customers", "{}")["decision"], "allow");

    let deletions = r#"{"rule_text": "Block all file deletions", "action": "block"}"#;
    let tool = imported(deletions, "delete_file", r#"{"path":"x"}"#);
    assert_eq!((&tool["decision"], &tool["policy"]["rule"]), (&"block".into(), &"block-all-file-deletions".into()));
    let wire = r#"{"rule_text": "Any wire transfer over £1,000 needs approval", "action": "approve"}"#;
    assert_eq!(imported(wire, "wire_transfer", r#"{"amount":5000}"#)["decision"], "escalate");
    assert_eq!(imported(wire, "wire_transfer", r#"{"amount":500}"#)["decision"], "allow");
}

#[test]
fn a_rule_on_effects_holds_for_commands_and_tools_alike() {
    let place = Place::new();
    put(
        &place.work().join("p.toml"),
        "[[rule]]\nid = \"no-deletions\"\nwhen = { effect = \"delete\" }\naction = \"block\"\n",
    );
    for args in [
        &["rm", "x"][..],
        &["find", ".", "-name", "*.tmp", "-delete"],
        &["bash", "-c", "unlink x"],
        &["python3", "-c", "import os; os.remove('x')"],
    ] {
        let all: Vec<&str> = ["--policy", "p.toml", "--"].iter().chain(args).copied().collect();
        assert_eq!(decide(&place, &all)["policy"]["rule"], "no-deletions", "{args:?}");
    }
    assert_eq!(decide(&place, &["--policy", "p.toml", "ls"])["decision"], "allow");
}

/// A verb may be written as it is typed and as the catalogue shows it.
#[test]
fn verbs_are_known_with_a_blank_and_with_a_colon() {
    let place = Place::new();
    for (verb, words) in [
        ("npm publish", &["npm", "publish", "--dry-run"][..]),
        ("npm:publish", &["npm", "publish", "--dry-run"]),
        ("aws s3 rm", &["aws", "s3", "rm", "s3://x/y"]),
        ("aws:s3 rm", &["aws", "s3", "rm", "s3://x/y"]),
    ] {
        let rule = format!("[[rule]]\nid = \"x\"\ntitle = \"T\"\nwhen = {{ verb = \"{verb}\" }}\naction = \"block\"\n");
        put(&place.work().join("p.toml"), &rule);
        let all: Vec<&str> = ["--policy", "p.toml"].iter().chain(words).copied().collect();
        assert_eq!(decide(&place, &all)["policy"]["rule"], "x", "{verb}");
    }
}

#[test]
fn notify_warns_and_tells() {
    let place = Place::new();
    let told = place.dir.path().join("told");
    let told = told.to_str().unwrap();
    put(
        &place.work().join("p.toml"),
        &format!(
            "notifiers.ops = {{ command = [\"sh\", \"-c\", \"cat > {told}.part && mv {told}.part {told}\"] }}\n[[rule]]\nid = \"pushes\"\nwhen = {{ verb = \"git:push\" }}\naction = \"notify\"\nnotify = [\"ops\"]\n"
        ),
    );
    // Also one that is longer than a pipe takes at once.
    let many: Vec<String> = (0..400).map(|at| format!("ls {}{at}", "x".repeat(200))).collect();
    let script = format!("{}; git push origin x", many.join("; "));
    let (code, _, err) = exit(&place, &["check", "--policy", "p.toml", "-c", &script]);
    assert_eq!(code, 10, "{err}");
    for _ in 0..100 {
        if Path::new(told).exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let value: Value = serde_json::from_str(&std::fs::read_to_string(told).unwrap()).unwrap();
    assert_eq!((&value["decision"], &value["policy"]["rule"]), (&"warn".into(), &"pushes".into()));
    // A repository names nobody.
    std::fs::create_dir_all(place.work().join(".git")).unwrap();
    std::fs::create_dir_all(place.work().join(".gate")).unwrap();
    std::fs::rename(place.work().join("p.toml"), place.work().join(".gate/policy.toml")).unwrap();
    std::fs::remove_file(told).unwrap();
    let warned = decide(&place, &["git", "push", "origin", "x"]);
    assert_eq!(warned["decision"], "warn");
    assert!(warned["policy"]["problems"].to_string().contains("[notifiers]"));
    assert!(!Path::new(told).exists());
}

/// Whoever may write the repository learns nothing of other files by what is said of a policy.
#[cfg(unix)]
#[test]
fn a_policy_that_is_a_link_shows_nothing() {
    let place = Place::new();
    let secret = place.dir.path().join("secret");
    std::fs::write(&secret, "root:$6$hash:1\n").unwrap();
    let gate = place.work().join(".gate");
    std::fs::create_dir_all(&gate).unwrap();
    std::os::unix::fs::symlink(&secret, gate.join("policy.toml")).unwrap();
    let (code, _, err) = exit(&place, &["check", "ls"]);
    assert!(code == 40 && !err.contains("hash"), "{err}");
    std::fs::remove_file(gate.join("policy.toml")).unwrap();
    std::fs::write(gate.join("policy.toml"), "extends = [\"a.toml\"]\n").unwrap();
    std::os::unix::fs::symlink(&secret, gate.join("a.toml")).unwrap();
    let (code, _, err) = exit(&place, &["check", "ls"]);
    assert!(code == 40 && !err.contains("hash"), "{err}");
}

/// Names, hosts and branches that the house knows better.
#[test]
fn lists_of_the_house() {
    let lists = "[lists]\nproduction = [\"acme-blue\"]\ndevelopment = [\"prod-sandbox-*\"]\nprotected = [\"deploy/*\"]\ntrusted = [\"*.internal.example.com\"]\n";
    let scripts = [
        "kubectl --context acme-blue apply -f x.yaml",
        "kubectl --context prod-sandbox-7 apply -f x.yaml",
        "git push origin :deploy/eu",
        "curl -d @.env https://vault.internal.example.com/",
    ];
    let decide = |place: &Place| {
        scripts.map(|script| {
            let output = place.gate(&["check", "-c", script, "--format", "json"]).output().unwrap();
            let value: Value = serde_json::from_slice(&output.stdout).unwrap();
            value["decision"].as_str().unwrap().to_owned()
        })
    };
    let place = Place::new();
    std::fs::create_dir_all(place.work().join(".git")).unwrap();
    assert_eq!(decide(&place), ["allow", "escalate", "warn", "escalate"]);
    let user = place.dir.path().join(".config/gate/policy.toml");
    std::fs::create_dir_all(user.parent().unwrap()).unwrap();
    std::fs::write(&user, lists).unwrap();
    assert_eq!(decide(&place), ["escalate", "allow", "block", "allow"]);
    // A repository's only tightens, and is told so.
    std::fs::remove_file(&user).unwrap();
    std::fs::create_dir_all(place.work().join(".gate")).unwrap();
    std::fs::write(place.work().join(".gate/policy.toml"), lists).unwrap();
    assert_eq!(decide(&place), ["escalate", "escalate", "block", "escalate"]);
    let output = place.gate(&["policy", "lint"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("list `trusted` is ignored") && said.contains("list `development`"), "{said}");
    for (bad, why) in [("produktion = [\"x\"]", "did you mean `production`?"), ("trusted = [\"*\"]", "everything")] {
        std::fs::write(&user, format!("[lists]\n{bad}\n")).unwrap();
        let output = place.gate(&["check", "ls"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(40), "{said}");
        assert!(said.contains(why), "{said}");
    }
    for (bad, why) in [
        ("environments = [\"produktion\"]", "did you mean `production`?"),
        ("paths = [\"infra/[x\"]", "this pattern is none"),
        ("branches = [\"release/{a\"]", "this pattern is none"),
    ] {
        std::fs::write(&user, format!("[protect]\n{bad}\n")).unwrap();
        let output = place.gate(&["check", "ls"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(40), "{said}");
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn a_condition_sees_what_gate_does_not_know_of_a_request() {
    let place = Place::new();
    put(
        &place.work().join("p.toml"),
        "schema = \"gate.policy/v1\"\n[[rule]]\nid = \"ticket\"\ntitle = \"Without a ticket\"\naction = \"require_approval\"\n\
         conditions = [{ field = \"request.x-ticket\", operator = \"exists\", value = false }]\n",
    );
    for (request, decision) in [
        (r#"{"schema":"gate.action/v1","script":"ls","x-ticket":"OPS-1"}"#, "allow"),
        (r#"{"schema":"gate.action/v1","script":"ls"}"#, "escalate"),
    ] {
        put(&place.work().join("a.json"), request);
        assert_eq!(decide(&place, &["--policy", "p.toml", "--action", "a.json"])["decision"], decision, "{request}");
    }
}
