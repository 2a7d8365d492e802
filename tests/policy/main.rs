//! Policy as code: what a policy decides, in which layer, imported from where; what a bad one does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

#[path = "../common/mod.rs"]
mod common;
mod guide;
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

#[test]
fn layers_from_the_trusted_to_the_judged() {
    let place = Place::new();
    let organisation = place.dir.path().join("etc/gate/policy.toml");
    let user = place.dir.path().join(".config/gate/policy.toml");
    let repository = place.work().join(".gate/policy.toml");
    std::fs::create_dir_all(place.work().join(".git")).unwrap();
    let push = &["git", "push", "--force", "origin", "main"][..];
    assert_eq!(decide(&place, push)["decision"], "escalate");

    // A repository cannot allow what escalates, and every decision says that it tried.
    put(
        &repository,
        "profile = \"permissive\"\n[[rule]]\nid = \"mine\"\nwhen = { verb = \"git:push\" }\naction = \"allow\"\nreason = \"x\"\n",
    );
    let tried = decide(&place, push);
    assert_eq!(tried["decision"], "escalate");
    let problems = tried["policy"]["problems"].to_string();
    assert!(
        problems.contains("only tightens") && problems.contains("`mine`") && problems.contains("permissive"),
        "{problems}"
    );
    let (code, out, _) = exit(&place, &["policy", "lint"]);
    assert_eq!(code, 40);
    assert!(out.contains("only tightens"), "{out}");

    // It can refuse what would be allowed.
    put(&repository, "[[rule]]\nid = \"mine\"\nwhen = { verb = \"git:status\" }\naction = \"block\"\n");
    let status = decide(&place, &["git", "status"]);
    assert_eq!((&status["decision"], &status["policy"]["layer"]), (&"block".into(), &"repository".into()));

    // A user may allow by name, with a reason; the organisation's refusal stands above.
    std::fs::remove_file(&repository).unwrap();
    put(
        &user,
        "[[rule]]\nid = \"own\"\nwhen = { verb = \"git:push\" }\naction = \"allow\"\nreason = \"a scratch repository\"\n",
    );
    assert_eq!(decide(&place, push)["decision"], "allow");
    put(&organisation, "[[rule]]\nid = \"no-force\"\nwhen = { category = \"history-rewrite\" }\naction = \"block\"\n");
    let forbidden = decide(&place, push);
    assert_eq!((&forbidden["decision"], &forbidden["policy"]["layer"]), (&"block".into(), &"organisation".into()));

    // The organisation may forbid users' policies.
    put(&organisation, "user_layer = false\n");
    let alone = decide(&place, push);
    assert_eq!(alone["decision"], "escalate");
    assert!(alone["policy"]["problems"].to_string().contains("no policy of users"));

    // And may be pinned.
    let (code, out, _) = exit(&place, &["policy", "show"]);
    assert_eq!(code, 0);
    assert!(out.contains("# layer organisation"), "{out}");
    let (code, _, err) = exit(&place, &["check", "--policy-digest", "sha256:0", "ls"]);
    assert_eq!(code, 40);
    let digest = err.split(" is ").nth(2).unwrap().lines().next().unwrap();
    assert_eq!(exit(&place, &["check", "--policy-digest", digest, "ls"]).0, 0);
    std::fs::remove_file(&organisation).unwrap();
    assert_eq!(exit(&place, &["check", "--policy-digest", digest, "ls"]).0, 40);
}

#[test]
fn floors_hold_and_exceptions_end() {
    let place = Place::new();
    let policy = "[[rule]]\nid = \"all\"\nwhen = { effect = \"delete\" }\naction = \"allow\"\nreason = \"x\"\n";
    put(&place.work().join("p.toml"), policy);
    assert_eq!(decide(&place, &["--policy", "p.toml", "rm", "-rf", "/"])["decision"], "block");
    let exception = |expires: &str| {
        format!(
            "[[exception]]\nrule = \"git/*\"\nwhen = {{ verb = \"git:push\" }}\nreason = \"moving house\"\nowner = \"ann\"\nexpires = \"{expires}\"\n"
        )
    };
    put(&place.work().join("p.toml"), &exception("2999-01-01"));
    let push = ["--policy", "p.toml", "git", "push", "--force", "origin", "main"];
    assert_eq!(decide(&place, &push)["decision"], "allow");
    put(&place.work().join("p.toml"), &exception("2020-01-01"));
    assert_eq!(decide(&place, &push)["decision"], "escalate");
    let (_, out, _) = exit(&place, &["policy", "lint", "p.toml"]);
    assert!(out.contains("this exception expired"), "{out}");
}

#[test]
fn scopes_protection_and_the_kill_switch() {
    let place = Place::new();
    std::fs::create_dir_all(place.work().join(".git")).unwrap();
    put(
        &place.work().join("p.toml"),
        r#"
        [protect]
        paths = [".github/workflows/**"]
        branches = ["release/*"]
        [[scope]]
        agent = "docs-bot"
        paths = ["docs/**"]
        [[scope]]
        agent = "stager"
        environments = ["staging"]
        [[kill]]
        agents = ["rogue"]
        reason = "it went mad"
        [[kill]]
        tools = ["slack:*"]
        "#,
    );
    let check = |more: &[&str]| {
        let named = if more.contains(&"--actor") { &[][..] } else { &["--actor", "me"][..] };
        let all: Vec<&str> = ["--policy", "p.toml"].iter().chain(named).chain(more).copied().collect();
        let value = decide(&place, &all);
        (value["decision"].as_str().unwrap().to_owned(), value["policy"]["rule"].as_str().unwrap_or("").to_owned())
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(check(&["-c", "echo x > .github/workflows/ci.yml"]), pair("escalate", "protect/path"));
    assert_eq!(check(&["git", "push", "origin", "release/2"]), pair("escalate", "protect/branch"));
    assert_eq!(check(&["--actor", "docs-bot", "-c", "echo x > docs/a.md"]).0, "allow");
    assert_eq!(check(&["--actor", "docs-bot", "-c", "echo x > src/a.rs"]), pair("block", "scope"));
    assert_eq!(check(&["--actor", "docs-bot", "cat", "src/a.rs"]).0, "allow");
    assert_eq!(check(&["--actor", "other", "-c", "echo x > src/a.rs"]).0, "allow");
    assert_eq!(
        check(&["--actor", "stager", "kubectl", "--context", "staging", "scale", "deploy/x", "--replicas=2"]).0,
        "warn"
    );
    assert_eq!(
        check(&["--actor", "stager", "kubectl", "--context", "prod", "scale", "deploy/x", "--replicas=2"]),
        pair("block", "scope")
    );
    assert_eq!(check(&["--actor", "docs-bot", "git", "restore", "src/a.rs"]), pair("block", "scope"));
    assert_eq!(check(&["--actor", "rogue", "ls"]), pair("block", "kill-switch"));
    assert_eq!(check(&["--actor", "x", "--tool", "slack_post_message", "--args", "{}"]), pair("block", "kill-switch"));
}

/// What a variable says of who asks makes a decision stricter, never milder.
#[test]
fn an_actor_by_variable_only_tightens() {
    let place = Place::new();
    put(
        &place.work().join("p.toml"),
        "[[scope]]\nagent = \"docs-bot\"\npaths = [\"docs/**\"]\n[[kill]]\nagents = [\"rogue-*\"]\ntools = [\"npm\"]\n",
    );
    let code = |actor: &str, args: &[&str]| {
        let mut command = place.gate(&["check", "--policy", "p.toml"]);
        if !actor.is_empty() {
            command.env("GATE_ACTOR", actor);
        }
        command.args(args).output().unwrap().status.code().unwrap()
    };
    for actor in ["", "other"] {
        assert_eq!(code(actor, &["-c", "echo x > src/a"]), 30, "`{actor}` is not known to be another one");
        assert_eq!(code(actor, &["npm", "ls"]), 30, "`{actor}`");
    }
    assert_eq!(code("", &["--actor", "other", "npm", "ls"]), 0);
    assert_eq!(code("rogue-1", &["npm", "ls"]), 30);
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
fn a_bad_policy_stops_everything_but_its_repair() {
    let place = Place::new();
    std::fs::create_dir_all(place.work().join(".git")).unwrap();
    let repository = place.work().join(".gate/policy.toml");
    let cases: [(&str, &str); 9] = [
        ("profile = balanced", "--> "),
        ("profil = \"balanced\"", "did you mean `profile`?"),
        ("[[rule]]\nid = \"x\"\naction = \"blok\"\n", "did you mean `block`?"),
        ("[[rule]]\nid = 3\naction = \"block\"\n", ":2:6"),
        (
            "[[rule]]\nid = \"x\"\naction = \"block\"\nconditions = [{ field = \"args.a\", operator = \"greater\", value = \"b\" }]\n",
            "needs a number",
        ),
        (
            "[[rule]]\nid = \"x\"\naction = \"block\"\nconditions = [{ field = \"a\", operator = \"equals\", value = 1 }]\n",
            "below `args.`",
        ),
        (
            "[[rule]]\nid = \"x\"\naction = \"block\"\nwhen = { environment = \"prod\" }\n",
            "no environment is called `prod`",
        ),
        (
            "[[rule]]\nid = \"x\"\naction = \"block\"\nconditions = [{ field = \"args.a\", operator = \"matches\", value = \"(\" }]\n",
            "no regular expression",
        ),
        ("extends = [\"policy.toml\"]", "in a circle"),
    ];
    let ran = place.work().join("ran");
    for (text, expected) in cases {
        put(&repository, text);
        let (code, _, err) = exit(&place, &["check", "ls"]);
        assert_eq!(code, 40, "{text}");
        assert!(err.contains(expected), "{text}: {err}");
        assert_eq!(exit(&place, &["run", "touch", ran.to_str().unwrap()]).0, 40);
        assert!(!ran.exists());
        let (code, out, _) = exit(&place, &["policy", "lint"]);
        assert_eq!(code, 40);
        assert!(out.contains("policy.toml"), "{out}");
    }
    put(&repository, &"#".repeat(10 << 20));
    assert!(exit(&place, &["check", "ls"]).2.contains("larger than"));
    std::fs::remove_file(&repository).unwrap();
    std::fs::create_dir_all(&repository).unwrap();
    assert_eq!(exit(&place, &["check", "ls"]).0, 40);
    std::fs::remove_dir(&repository).unwrap();
    std::os::unix::fs::symlink("nowhere", &repository).unwrap();
    assert_eq!(exit(&place, &["check", "ls"]).0, 40);
    std::fs::remove_file(&repository).unwrap();
    assert_eq!(exit(&place, &["check", "--policy", "missing.toml", "ls"]).0, 40);
    assert_eq!(exit(&place, &["check", "ls"]).0, 0);
}

#[test]
fn cases_are_tested_and_a_failing_one_says_why() {
    let place = Place::new();
    put(
        &place.work().join("p.toml"),
        "[[rule]]\nid = \"gate\"\nwhen = { verb = \"stripe:create_refund\" }\nconditions = [{ field = \"args.amount\", operator = \"greater\", value = 100 }]\naction = \"block\"\n",
    );
    let cases = |expect: &str| {
        format!(
            "policy = \"p.toml\"\n[[case]]\ntool = \"stripe:create_refund\"\nargs = {{ amount = 250 }}\nexpect = \"{expect}\"\nrule = \"gate\"\n[[case]]\nrun = \"ls\"\nexpect = \"allow\"\n"
        )
    };
    put(&place.work().join("t.toml"), &cases("block"));
    let (code, out, _) = exit(&place, &["policy", "test", "t.toml"]);
    assert_eq!((code, out.as_str()), (0, "2 cases: 0 failed\n"));
    put(&place.work().join("t.toml"), &cases("warn"));
    let (code, out, _) = exit(&place, &["policy", "test", "t.toml"]);
    assert_eq!(code, 40);
    assert!(
        out.contains("expected  warn") && out.contains("got       block") && out.contains("gate (p.toml:1)"),
        "{out}"
    );
    put(&place.work().join("t.toml"), "policy = \"p.toml\"\n");
    assert_eq!(exit(&place, &["policy", "test", "t.toml"]).0, 40);
}

#[test]
fn the_linter_knows_what_cannot_be_meant() {
    let place = Place::new();
    put(
        &place.work().join("p.toml"),
        r#"schema = "gate.policy/v1"
[approval]
groups = ["leads", "leaders"]
number = 2
[groups]
leads = ["replace-me@example.com"]
[[rule]]
id = "a"
when = { verb = "stripe:creat_refund" }
action = "warn"
[[rule]]
id = "b"
when = { effect = "delete" }
action = "block"
[[rule]]
id = "c"
when = { effect = "delete", target = "outside" }
action = "warn"
[[rule]]
id = "d"
when = { verb = "rm" }
action = "require_approval"
approvers = { groups = ["nobody"] }
conditions = [{ field = "args.a", operator = "greater", value = 10 }, { field = "args.a", operator = "less", value = 5 }]
[[exception]]
rule = "git/force-pusch"
reason = "x"
owner = "y"
expires = "2999-01-01"
"#,
    );
    let (code, out, _) = exit(&place, &["policy", "lint", "p.toml"]);
    assert_eq!(code, 40);
    for expected in [
        "did you mean `stripe:create_refund`?",
        "rule `c` is unreachable: `b`",
        "no group is called `nobody`",
        "can never hold together",
        "no rule is called `git/force-pusch`; did you mean `git/force-push",
        "p.toml:9:17",
        "no group is called `leaders`; did you mean `leads`?",
        "2 approvals are asked for, and 1 people named",
        "`replace-me@example.com` stands for somebody",
    ] {
        assert!(out.contains(expected), "{expected}\n{out}");
    }
}

#[test]
fn a_sentence_becomes_a_proposal_or_is_not_understood() {
    let place = Place::new();
    let (code, out, _) =
        exit(&place, &["policy", "draft", "Any wire transfer over £1,000 needs approval", "--save", "wires"]);
    assert_eq!(code, 0);
    assert!(out.contains("value = 1000") && out.contains("escalate  wire_transfer {\"amount\":1001}"), "{out}");
    assert!(out.contains("no match  wire_transfer {\"amount\":999}"), "{out}");
    // Nothing takes effect before somebody publishes and uses it.
    let transfer = ["--tool", "wire_transfer", "--args", "{\"amount\":5000}"];
    assert_ne!(decide(&place, &transfer)["policy"]["layer"], "user");
    assert_eq!(exit(&place, &["policy", "publish", "wires", "--note", "first"]).0, 0);
    assert_ne!(decide(&place, &transfer)["policy"]["layer"], "user");
    assert_eq!(exit(&place, &["policy", "use", "wires"]).0, 0);
    assert_eq!(decide(&place, &transfer)["policy"]["layer"], "user");
    let (_, out, _) = exit(&place, &["policy", "history", "wires"]);
    assert!(out.contains("first") && !out.contains("CHANGED"), "{out}");

    // What the linter calls an error is not published.
    let wrong = "[[exception]]\nrule = \"git/force-pusch\"\nreason = \"x\"\nowner = \"y\"\nexpires = \"2999-01-01\"\n";
    put(&place.work().join("wrong.toml"), wrong);
    let (code, _, err) = exit(&place, &["policy", "publish", "wires", "wrong.toml"]);
    assert!(code == 40 && err.contains("did you mean `git/force-push`"), "{code} {err}");
    assert!(!exit(&place, &["policy", "history", "wires"]).1.contains("\n  2  "));

    // It is tried where it holds.
    let (_, out, _) = exit(&place, &["policy", "draft", "Refunds above £500 need approval in production"]);
    assert!(out.contains("escalate  stripe:create_refund {\"amount\":501}\n"), "{out}");
    let (code, out, _) = exit(&place, &["policy", "draft", "Pushes to main need approval"]);
    assert_eq!(code, 0, "{out}");
    // A phrase begins where a word does: no "ask" in a task.
    let (_, out, _) = exit(&place, &["policy", "draft", "Never delete the task file in production"]);
    assert!(out.contains("it is blocked"), "{out}");

    for (sentence, problem) in [
        ("please be nice about deploys", "does not say what is to happen"),
        ("block frobnication", "“frobnication”"),
        ("refunds over 100 or 200 need approval", "several numbers"),
        ("allow all refunds", "can only restrict"),
        ("block deletes unless they are small", "“unless”"),
    ] {
        let (code, out, _) = exit(&place, &["policy", "draft", sentence]);
        assert_eq!(code, 40, "{sentence}");
        assert!(out.contains(problem), "{sentence}: {out}");
    }
}

#[test]
fn templates_are_without_fault() {
    let place = Place::new();
    let (_, list, _) = exit(&place, &["policy", "template", "list"]);
    assert_eq!(list.lines().count(), 7);
    for name in list.lines().filter_map(|l| l.split_whitespace().next()) {
        let file = format!("{name}.toml");
        assert_eq!(exit(&place, &["policy", "template", "new", name, "-o", &file]).0, 0);
        let (code, out, _) = exit(&place, &["policy", "lint", &file]);
        // Who approves is for whoever takes the template to say, and nothing else is.
        let said = out.lines().filter(|line| line.starts_with("warning") || line.starts_with("error"));
        let only_people = said.into_iter().all(|line| line.ends_with("stands for somebody: name who approves here"));
        assert_eq!((code, only_people), (0, true), "{name}: {out}");
    }
}

#[test]
fn replay_reads_transcripts_and_the_log() {
    let place = Place::new();
    let claude = place.dir.path().join(".claude/projects/-work/1.jsonl");
    put(
        &claude,
        concat!(
            r#"{"type":"user","message":{"content":"x"},"cwd":"/work"}"#,
            "\n",
            r#"{"type":"assistant","cwd":"/work","message":{"content":[{"type":"text","text":"hi"},{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"rm -rf ~"}},{"type":"tool_use","id":"t2","name":"Read","input":{"file_path":"/work/a"}}]}}"#,
            "\nnot json\n",
        ),
    );
    put(
        &place.dir.path().join(".codex/sessions/2026/11/1.jsonl"),
        concat!(
            r#"{"type":"session_meta","payload":{"cwd":"/work"}}"#,
            "\n",
            r#"{"type":"response_item","payload":{"type":"function_call","name":"shell","arguments":"{\"command\":[\"bash\",\"-lc\",\"git push --force origin main\"]}","call_id":"c"}}"#,
            "\n"
        ),
    );
    assert_eq!(exit(&place, &["check", "ls"]).0, 0);
    let (code, out, _) = exit(&place, &["replay", "--format", "json"]);
    assert_eq!(code, 0);
    let value: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (value["actions"].as_u64(), value["blocked"].as_u64(), value["escalated"].as_u64()),
        (Some(4), Some(1), Some(1)),
        "{value}"
    );
    assert_eq!((value["silent"].as_u64(), value["unreadable"].as_u64()), (Some(2), Some(1)));
    let (_, out, _) = exit(&place, &["replay", "--from", "claude-code"]);
    assert!(out.contains("1 blocked") && out.contains("files/delete-everything"), "{out}");
    assert_eq!(exit(&place, &["replay", "--from", "claude-code", "--days", "0"]).0, 40);
}

#[test]
fn a_diff_shows_what_changes() {
    let place = Place::new();
    put(
        &place.work().join("p.toml"),
        "[[rule]]\nid = \"no-push\"\nwhen = { verb = \"git:push\" }\naction = \"block\"\n",
    );
    assert_eq!(exit(&place, &["check", "git", "push", "origin", "topic"]).0, 0);
    let (code, out, _) = exit(&place, &["policy", "diff", "builtin", "p.toml"]);
    assert_eq!(code, 0);
    assert!(
        out.contains("stricter") && out.contains("no-push  [record] git push origin topic") && !out.contains("LOOSER"),
        "{out}"
    );
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
    let (code, _, err) = exit(&place, &["check", "--policy", "p.toml", "git", "push", "origin", "x"]);
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

#[test]
fn protected_paths_are_found_with_the_folder_that_they_lie_in_and_by_searches() {
    let place = Place::new();
    std::fs::create_dir_all(place.work().join("infra/prod")).unwrap();
    std::fs::create_dir_all(place.work().join("src")).unwrap();
    std::fs::write(place.work().join("infra/prod/a.tf"), "").unwrap();
    let policy = place.work().join("p.toml");
    std::fs::write(place.work().join("src/a.prisma"), "").unwrap();
    std::fs::write(place.work().join("src/a.py"), "").unwrap();
    std::fs::create_dir_all(place.work().join("db")).unwrap();
    std::fs::write(place.work().join("db/a.py"), "").unwrap();
    std::fs::write(&policy, "[protect]\npaths = [\"infra/prod/**\", \"db/*.prisma\"]\n").unwrap();
    let policy = policy.to_str().unwrap();
    for (script, code) in [
        ("rm -rf db", 20),
        ("find db -name '*.py' -delete", 0),
        ("rm -rf infra", 20),
        ("rm -rf inf*", 20),
        ("rm -rf infra/*/", 20),
        ("rm -f infra/prod/*", 20),
        ("rm */*/a.tf", 20),
        ("mv infra old", 20),
        ("git rm -r infra", 20),
        ("chmod -R 755 infra", 20),
        ("find . -name '*.tf' -delete", 20),
        ("find . -type f -exec sed -i s/a/b/ {} +", 20),
        ("for f in infra/*/*; do : > $f; done", 20),
        ("find . -type d -name infra -exec rm -rf {} +", 20),
        ("find . -name prod | xargs rm -rf", 20),
        ("rm -rf inf[[:alpha:]]a", 20),
        ("find . -name '*.pyc' -delete", 0),
        ("find src -name '*.tf' -delete", 0),
        ("rm -rf src/*", 0),
        ("sed -i s/a/b/ src/*.ts", 0),
    ] {
        place.gate(&["check", "--policy", policy, "-c", script]).assert().code(code);
    }
}

#[test]
fn protected_paths_are_found_behind_patterns_and_operations() {
    let place = Place::new();
    std::fs::create_dir_all(place.work().join(".git")).unwrap();
    let policy = place.dir.path().join("p.toml");
    std::fs::write(&policy, "[protect]\npaths = [\"infra/**\", \".github/workflows/**\"]\n").unwrap();
    let policy = policy.to_str().unwrap();
    for (script, decision) in [
        ("find infra -name '*.tf' | xargs rm", "escalate"),
        ("find infra -delete", "escalate"),
        ("git checkout HEAD~3 -- infra", "escalate"),
        ("find src -name '*.tf' -delete", "allow"),
        ("git restore src/x", "allow"),
    ] {
        let output = place.gate(&["check", "--policy", policy, "-c", script, "--format", "json"]).output().unwrap();
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(value["decision"], decision, "{script}");
    }
    for (path, decision) in [(".github/workflows/x.yml", "escalate"), ("docs/x.md", "allow")] {
        let body = format!(
            r#"{{"schema":"gate.action/v1","verb":"github:push_files","args":{{"owner":"a","repo":"b","branch":"topic","files":[{{"path":"{path}","content":"x"}}]}}}}"#
        );
        let mut gate = place.gate(&["check", "--policy", policy, "--action", "-", "--format", "json"]);
        let value: Value = serde_json::from_slice(&gate.write_stdin(body).output().unwrap().stdout).unwrap();
        assert_eq!(value["decision"], decision, "{path}: {}", value["reason"]);
    }
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
