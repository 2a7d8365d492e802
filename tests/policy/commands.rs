//! What `gate policy` does with a policy: it lints, tests, proposes, replays and compares, and names the faults of a bad one.

use super::common::Place;
use super::*;

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

/// Whoever writes a policy mends all of it at once.
#[test]
fn the_linter_tells_every_mistake() {
    let place = Place::new();
    let text = "[[rule]]\nid = \"a\"\nthen = \"block\"\n\n[[rule]]\nid = \"b\"\naction = \"blok\"\n[rule.when]\nverb = 3\n\n\
                [protect]\npaths = [\"/srv/[x\"]\n";
    put(&place.work().join("p.toml"), text);
    let (code, out, _) = exit(&place, &["policy", "lint", "p.toml"]);
    assert_eq!(code, 40);
    let places: Vec<&str> = out.lines().filter_map(|line| line.split("p.toml:").nth(1)).collect();
    assert_eq!(places, ["3:1", "7:10", "12:10"], "{out}");
    assert!(out.contains("3 errors"), "{out}");
}

/// Who allows one program allows no other that the catalogue describes alike, and what the shell does itself has a name.
#[test]
fn a_verb_names_what_is_typed() {
    let place = Place::new();
    let code = |action: &str, verb: &str, args: &[&str]| {
        let rule = format!(
            "[[rule]]\nid = \"a\"\nreason = \"tried\"\naction = \"{action}\"\nwhen = {{ verb = \"{verb}\" }}\n"
        );
        put(&place.work().join("p.toml"), &rule);
        exit(&place, &[&["check", "--policy", "p.toml"], args].concat()).0
    };
    let disk = ["--shell", "pwsh", "-c"];
    assert_eq!(code("allow", "Format-Volume", &[&disk[..], &["format-volume -DriveLetter C"]].concat()), 0);
    assert_eq!(code("allow", "Format-Volume", &[&disk[..], &["Clear-Disk -Number 1"]].concat()), 30);
    assert_eq!(code("allow", "git:status", &["-c", "git -C status push --force origin main"]), 20);
    assert_eq!(code("allow", "git:push", &["-c", "git -C x push --force origin main"]), 0);
    assert_eq!(code("allow", "python", &["-c", "python3.11 -c 'import shutil; shutil.rmtree(\"/srv/data\")'"]), 0);
    for (verb, script) in [
        ("ls", "tree"),
        ("cd", "cd x"),
        ("export", "export A=1"),
        ("shell:run", "echo x > f"),
        ("shell:redirect", "echo x > f"),
    ] {
        assert_eq!(code("block", verb, &["-c", script]), 30, "{verb}: {script}");
    }
    assert_eq!(code("block", "ls", &["-c", "echo x > f; cd .."]), 0);
    // Options before a verb hide it from no rule that restricts; patterns allow nothing that the shell writes.
    assert_eq!(code("block", "git:log", &["-c", "git --no-pager log"]), 30);
    for verb in ["*", "s*", "redirect", "shell:*"] {
        assert_eq!(code("allow", verb, &["-c", "echo x > /dev/sda"]), 30, "{verb}");
    }
    assert_eq!(
        code("allow", "base32", &["-c", "base64 -d x | sh"]),
        code("block", "nothing", &["-c", "base64 -d x | sh"])
    );
    let every = "[[scope]]\nagent = \"*\"\nverbs = [\"shell:run\"]\n";
    put(&place.work().join("p.toml"), every);
    assert_eq!(exit(&place, &["check", "--policy", "p.toml", "-c", "echo x > f; ls"]).0, 0);
    let scope = "[[scope]]\nagent = \"*\"\nverbs = [\"git:*\"]\n";
    for (script, expected) in
        [("git -C x --no-pager log || true", 0), ("git log > f", 0), ("echo x > f", 30), ("ls", 30)]
    {
        put(&place.work().join("p.toml"), scope);
        assert_eq!(exit(&place, &["check", "--policy", "p.toml", "-c", script]).0, expected, "{script}");
    }
}

/// What is excepted is what the rule is about, not what stands beside it.
#[test]
fn an_exception_is_for_what_the_rule_found() {
    let place = Place::new();
    let rule = "[[rule]]\nid = \"a\"\naction = \"block\"\nwhen = { verb = \"kubectl:get\" }\n";
    for (when, expected) in [("verb = \"cd\"", 30), ("environment = \"unknown\"", 30), ("verb = \"kubectl get\"", 0)] {
        let exception = format!(
            "[[exception]]\nrule = \"a\"\nreason = \"x\"\nowner = \"y\"\nexpires = \"2999-01-01\"\nwhen = {{ {when} }}\n"
        );
        put(&place.work().join("p.toml"), &format!("{rule}{exception}"));
        let script = "cd .; ls; kubectl --context prod get pods | head";
        assert_eq!(exit(&place, &["check", "--policy", "p.toml", "-c", script]).0, expected, "{when}");
    }
}

/// A draft is nobody's to lose, and who publishes is told what is left to do.
#[test]
fn a_draft_is_kept_until_it_is_thrown_away() {
    let place = Place::new();
    let draft = |sentence: &str, more: &[&str]| {
        exit(&place, &[&["policy", "draft", sentence, "--save", "house"], more].concat())
    };
    assert_eq!(draft("Any wire transfer over £1,000 needs approval", &[]).0, 0);
    let (code, _, told) = draft("Any wire transfer over £2,000 needs approval", &[]);
    assert!(code == 40 && told.contains("--force"), "{told}");
    assert_eq!(draft("Any wire transfer over £2,000 needs approval", &["--force"]).0, 0);
    let (code, _, told) = exit(&place, &["policy", "publish", "house"]);
    assert!(code == 0 && told.contains("replace-me") && told.contains("gate policy use house"), "{told}");
    let (code, _, told) = exit(&place, &["policy", "publish", "home"]);
    assert!(code == 40 && told.contains("there is no draft `home`"), "{told}");
}

/// A refusal names the line of the file.
#[test]
fn protection_has_its_place() {
    let place = Place::new();
    put(&place.work().join("p.toml"), "name = \"house\"\n\n[protect]\npaths = [\"/srv/data/**\"]\n");
    let (_, out, _) = exit(&place, &["check", "--policy", "p.toml", "touch", "/srv/data/x"]);
    assert!(out.contains("p.toml:3)"), "{out}");
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

/// What the log does not keep whole is not judged as if it were.
#[test]
fn a_cut_record_is_not_replayed() {
    let place = Place::new();
    let long = format!("echo {}", "x".repeat(8000));
    for end in ["true", "sudo rm -rf /"] {
        exit(&place, &["check", "-c", &format!("{long}; {end}")]);
    }
    assert_eq!(exit(&place, &["check", "ls"]).0, 0);
    let (_, out, _) = exit(&place, &["replay", "--format", "json"]);
    let value: Value = serde_json::from_str(&out).unwrap();
    let count = |name: &str| value[name].as_u64().unwrap();
    assert_eq!((count("actions"), count("silent"), count("not_whole")), (1, 1, 2), "{value}");
}

/// Whoever is judged may write a file of a policy's name where gate is started.
#[test]
fn a_name_is_a_published_policy_and_no_file() {
    let place = Place::new();
    let rule = "[[rule]]\nid = \"a\"\nwhen = { verb = \"git:push\" }\naction = \"block\"\n";
    put(&place.work().join("house.toml"), rule);
    assert_eq!(exit(&place, &["policy", "publish", "house", "house.toml"]).0, 0);
    put(&place.work().join("house"), "# nothing\n");
    let (code, out, _) = exit(&place, &["policy", "export", "house"]);
    assert!(code == 0 && out.contains("git:push"), "{out}");
    // History is only added to.
    let history = place.dir.path().join(".local/state/gate/policies/house/history.jsonl");
    let before = std::fs::read(&history).unwrap_or_else(|_| panic!("{}", history.display()));
    std::fs::write(&history, [&before[..], b"\xff\n"].concat()).unwrap();
    put(&place.work().join("house.toml"), &rule.replace("push", "fetch"));
    assert_eq!(exit(&place, &["policy", "publish", "house", "house.toml"]).0, 0);
    assert!(std::fs::read(&history).unwrap().starts_with(&before));
}
