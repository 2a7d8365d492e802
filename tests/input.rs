//! What is given to gate: every form of input, what is wrong with it, and who may say what.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod common;

use common::{Place, exit};
use predicates::prelude::*;
use serde_json::Value;

#[test]
fn bad_input_is_an_error_with_its_place() {
    let place = Place::new();
    let deep = format!("{{\"schema\":\"gate.action/v1\",\"args\":{}1{}}}", "[".repeat(80), "]".repeat(80));
    for (args, input, message) in [
        (&["check"][..], "", "nothing to review"),
        (&["check", "--cwd", "/etc/passwd", "-c", "ls"], "", "it is no directory"),
        (&["explain", "--format", "sarif", "-c", "ls"], "", "gate explain does not print sarif"),
        (&["check", "rm -rf /"], "", "did you mean -c?"),
        (&["check", "-c", ""], "", "the script is empty"),
        (&["check", "-c", "{\"a\":1}"], "", "--action"),
        (&["check", "-c", "ls", "rm"], "", "two forms of input at once"),
        (&["check", "--action", "-"], "{", "not valid JSON"),
        (
            &["check", "--action", "-"],
            "{\"schema\":\"gate.action/v1\",\"script\":\"ls\",\"script\":\"rm\"}",
            "`script` stands twice",
        ),
        (&["check", "--action", "-"], "{\"schema\":\"gate.action/v1\",\"script\":1}", "`/script` must be a string"),
        (
            &["check", "--action", "-"],
            "{\"schema\":\"gate.action/v1\",\"script\":\"ls\",\"argv\":[\"ls\"]}",
            "two forms at once",
        ),
        (&["check", "--action", "-"], "{\"schema\":\"gate.action/v2\",\"script\":\"ls\"}", "gate.action/v1"),
        (&["check", "--action", "-"], "{\"tool_name\":\"x\",\"actionType\":\"y\"}", "two dialects at once"),
        (&["check", "--action", "-"], "{\"x\":1}", "no action that gate knows"),
        (&["check", "--action", "-"], &deep, "nested too deeply"),
        (&["check", "--profile", "lax", "ls"], "", "lax"),
        (&["check", "--nonsense", "ls"], "", "--nonsense"),
        (&["check", "--file", "/dev/zero"], "", "not a regular file"),
        (&["check", "--file", "missing.sh"], "", "missing.sh"),
        (&["check", "--tool", "x", "--args", "[]"], "", "must be a JSON object"),
        (&["run"], "", "nothing to review"),
        (&["frobnicate"], "", "frobnicate"),
        (&[], "", "a command is missing"),
    ] {
        let (code, out, err) = exit(&place, args, input);
        assert_eq!(code, 40, "{args:?}: {err}");
        assert_eq!(out, "", "{args:?}");
        assert!(err.starts_with("gate: error (40)") && err.contains(message), "{args:?}: {err}");
    }
    // What is no plan is not told to be written in bash.
    let (code, out, _) = exit(&place, &["check", "--plan", "-"], "{}");
    assert!(code == 20 && out.contains("terraform show -json") && !out.contains("bash"), "{code} {out}");
    // A host takes this code for a denial.
    let (code, _, err) = exit(&place, &["hook"], "");
    assert!(code == 2 && err.contains("name the host"), "{code} {err}");
    place
        .gate(&["check", "-"])
        .write_stdin(&b"ls \xff"[..])
        .assert()
        .code(40)
        .stderr(predicate::str::contains("not UTF-8 (byte 3)"));
    place
        .gate(&["check", "-"])
        .write_stdin("ls \0x")
        .assert()
        .code(40)
        .stderr(predicate::str::contains("NUL (byte 3)"));
    place
        .gate(&["check", "-"])
        .write_stdin("x".repeat((1 << 20) + 1))
        .assert()
        .code(40)
        .stderr(predicate::str::contains("larger than"));
}

#[test]
fn what_cannot_be_read_is_never_allowed() {
    let place = Place::new();
    let (options, commands) =
        (format!("ls {}", "-a ".repeat(1100)), format!("find . {}", "-exec ls {} \\; ".repeat(300)));
    for script in
        ["echo 'open", "if true; then", &"(".repeat(500), &"$(".repeat(500), "ls )", "for", &options, &commands]
    {
        let (code, _, err) = exit(&place, &["check", "-c", script], "");
        assert_eq!(code, 20, "{script}: {err}");
    }
    for format in ["json", "sarif", "github"] {
        let (code, out, err) = exit(&place, &["check", "--format", format, "-c", "rm -rf /"], "");
        assert!(
            code == 30 && err.starts_with("gate: refused (30)") && !out.contains("gate: refused"),
            "{format}: {err}"
        );
    }
    // The part that bash would run before it notices is judged.
    assert_eq!(exit(&place, &["check", "-c", "rm -rf /\necho 'open"], "").0, 30);
}

#[test]
fn two_forms_of_input_at_once_are_an_error() {
    let place = Place::new();
    let words: [&[&str]; 6] = [
        &["check", "--batch", "-c", "rm -rf /"],
        &["check", "--batch", "rm", "-rf", "/"],
        &["check", "--batch", "--report", "r.json"],
        &["check", "-", "--format", "json"],
        &["run", "-", "x"],
        &["check", "-c", "ls", "--tool", "x"],
    ];
    for args in words {
        assert_eq!(exit(&place, args, "rm -rf /").0, 40, "{args:?}");
    }
    for action in [
        r#"{"tool_name":"x","tool_args":{"command":"ls"},"arguments":{"command":"rm -rf /"}}"#,
        r#"{"command":"rm -rf /","verb":"x:y"}"#,
        r#"{"script":"rm -rf /","actionType":"read_logs"}"#,
        r#"{"command":"ls","argv":["rm","-rf","/"]}"#,
    ] {
        assert_eq!(exit(&place, &["check", "--action", "-"], action).0, 40, "{action}");
        assert_eq!(exit(&place, &["check", "--batch"], action).0, 30, "{action}");
    }
}

#[test]
fn a_wrong_member_is_an_error_that_names_its_place() {
    let place = Place::new();
    for (action, message) in [
        (r#"{"schema":"gate.action/v1","script":"ls","context":{"cwd":5}}"#, "`/context/cwd` must be a string"),
        (r#"{"schema":"gate.action/v1","argv":["ls",5]}"#, "`/argv/1` must be a string"),
        (r#"{"schema":"gate.action/v1","script":"ls","actor":{"model":{"name":1}}}"#, "`/actor/model/name` must be"),
        (r#"{"schema":"gate.action/v1","script":"ls","profile":"bogus"}"#, "`/profile` must be one of strict"),
        (r#"{"schema":"gate.action/v1","argv":[""]}"#, "names no program"),
        (r#"{"schema":"gate.action/v1","kind":"push"}"#, "`/push` is missing"),
        ("{\"tool_name\":\"x\",\"tool_args\":{\"command\":\"ls \\u0000\"}}", "`/tool_args/command` contains a NUL"),
    ] {
        let (code, _, err) = exit(&place, &["check", "--action", "-"], action);
        assert!(code == 40 && err.contains(message), "{action}: {code} {err}");
    }
}

#[test]
fn a_command_in_a_tool_call_is_judged_in_every_form() {
    let place = Place::new();
    for (args, code) in [
        (r#"{"command":["rm","-rf","/"]}"#, 30),
        (r#"{"command":"rm","args":["-rf","/"]}"#, 30),
        (r#"{"commands":["ls -l","rm -rf /"]}"#, 30),
        (r#"{"cmd":["terraform","destroy","-auto-approve"]}"#, 30),
        (r#"{"command":"sudo rm","args":["-rf","/"]}"#, 30),
        (r#"{"command":"rm","args":"-rf /"}"#, 30),
        (r#"{"program":"rm","args":["-rf","/"]}"#, 30),
        (r#"{"commands":["rm","-rf","/"]}"#, 30),
        (r#"{"command":[" rm","-rf","/"]}"#, 30),
        (r#"{"command":"ls","args":["-la","/etc"]}"#, 0),
        (r#"{"command":"echo","args":["rm","-rf","/"]}"#, 0),
        (r#"{"command":["bash","-lc","npm test"]}"#, 0),
        (r#"{"command":["ls","-la"]}"#, 0),
    ] {
        assert_eq!(exit(&place, &["check", "--tool", "shell", "--args", args], "").0, code, "{args}");
    }
    // By the names that other hosts give to such an argument, and none that only speaks of one.
    for (tool, args, code) in [
        ("run_terminal", r#"{"cmdline":"rm -rf /"}"#, 30),
        ("terminal", r#"{"text":"rm -rf /\n"}"#, 30),
        ("run", r#"{"steps":[{"run":"rm -rf /"}]}"#, 30),
        ("run", r#"{"cmds":["rm -rf /"]}"#, 30),
        ("run", r#"{"code":"import shutil; shutil.rmtree('/')","language":"python"}"#, 30),
        ("bash", r#"{"bash_command":"rm -rf /"}"#, 30),
        ("query", r#"{"q":"drop table users"}"#, 20),
        ("terminal", r#"{"text":"ls -la\n"}"#, 0),
        ("run", r#"{"code":"print(1)","language":"python"}"#, 0),
        ("browser_type", r#"{"text":"don't rm -rf /"}"#, 0),
        ("search", r#"{"q":"how to drop a table"}"#, 0),
    ] {
        assert_eq!(exit(&place, &["check", "--tool", tool, "--args", args], "").0, code, "{tool} {args}");
    }
}

#[test]
fn the_seeds_come_out_as_their_documents_say() {
    let place = Place::new();
    let latentops = r#"{"prompt":"Apply infrastructure changes","tool_name":"run_shell","tool_args":{"command":"terraform apply -auto-approve"},
        "repo_context":{"branch":"main","production_environment":true,"protected_paths":["infra",".github",".env"]},
        "policy":"balanced","log_event":true,"model_provider":"openai","model_name":"gpt-5-mini","agent_framework":"github-actions","environment":"production"}"#;
    let (code, out, _) = exit(&place, &["check", "--format", "json", "--action", "-"], latentops);
    let value: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 30);
    assert_eq!((&value["decision"], &value["risk"]["score"]), (&Value::from("block"), &Value::from(0.93)));
    let factors: Vec<&str> =
        value["findings"][0]["factors"].as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap()).collect();
    assert_eq!(factors, ["production", "protected"]);
    let agentsec = r#"{"id":"demo-action-001","agentId":"ci-deploy-agent-prod","agentName":"CI Deploy Agent","actionType":"production_deploy",
        "description":"Deploy v2.1.4 to production (api-gateway service)","context":{"service":"api-gateway","version":"v2.1.4","cluster":"k8s-prod-us-east-1"},
        "timestamp":"2026-05-26T10:00:00.000Z","environment":"production"}"#;
    let (code, out, _) = exit(&place, &["check", "--format", "json", "--action", "-"], agentsec);
    let value: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 20);
    assert_eq!(value["action_id"], "demo-action-001");
    assert_eq!((&value["risk"]["score"], &value["risk"]["level"]), (&Value::from(0.85), &Value::from("critical")));
    let (code, _, _) = exit(
        &place,
        &["check", "--action", "-"],
        r#"{"verb":"stripe:create_refund","args":{"amount":250,"charge_id":"ch_abc123"}}"#,
    );
    // High risk and nobody named who could approve it; with their policy it escalates (tests/policy.rs).
    assert_eq!(code, 30);
    let (code, _, _) = exit(
        &place,
        &["check", "--action", "-"],
        r#"{"tool_name":"delete_records","arguments":{"table":"customers"}}"#,
    );
    assert_eq!(code, 20);
}

/// A host that keeps one gate running asks line by line, and waits for each answer.
#[test]
fn a_batch_answers_a_line_before_the_next_one_comes() {
    use std::io::{BufRead, BufReader, Write};
    let place = Place::new();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_gate"))
        .args(["check", "--batch"])
        .env_clear()
        .env("GATE_TEST_HOME", place.work())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut asked = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let (told, tells) = std::sync::mpsc::channel();
    std::thread::spawn(move || while answers.next().is_some_and(|line| told.send(line.unwrap()).is_ok()) {});
    let got: Vec<bool> = ["ls", "git status"]
        .iter()
        .map(|script| {
            writeln!(asked, "{{\"script\":\"{script}\"}}").unwrap();
            tells.recv_timeout(std::time::Duration::from_secs(60)).is_ok_and(|line| line.contains("allow"))
        })
        .collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(got, [true, true]);
}

#[test]
fn a_batch_goes_on_after_a_bad_line() {
    let place = Place::new();
    let input = "{\"id\":\"a\",\"script\":\"ls\"}\n{\"id\":\"b\",\"script\":1}\nnonsense\n\n{\"id\":\"c\",\"command\":[\"rm\",\"-rf\",\"/\"]}\n{\"id\":\"d\",\"command\":\"ls\",\"script\":\"ls\"}\n{\"id\":\"e\",\"verb\":\"list_items\"}";
    let (code, out, _) = exit(&place, &["check", "--batch"], input);
    assert_eq!(code, 30);
    let lines: Vec<Value> = out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let got: Vec<(&str, bool)> =
        lines.iter().map(|l| (l["decision"].as_str().unwrap(), l.get("error").is_some())).collect();
    assert_eq!(
        got,
        [
            ("allow", false),
            ("block", true),
            ("block", true),
            ("block", true),
            ("block", false),
            ("block", true),
            ("allow", false)
        ]
    );
    assert_eq!(lines[1]["id"], "b");
    assert_eq!(std::fs::read_to_string(place.log()).unwrap().lines().count(), 3);
}

/// What was asked before is answered as before, under its own id, and recorded each time.
#[test]
fn a_line_that_comes_again_is_answered_again() {
    let place = Place::new();
    let input = [
        r#"{"id":"a","script":"rm -rf ~"}"#,
        r#"{"script":"rm -rf ~","id":"b"}"#,
        r#"{"script":"rm -rf ~"}"#,
        r#"{"script":"rm -rf ~"}"#,
        r#"{"id":[3],"script":"rm -rf ~"}"#,
        r#"{"id":"d","script":"rm -rf ~","cwd":"/srv"}"#,
        r#"{"id":"e","script":"deploy --token Zq81xPw0LmTt && rm -rf ~"}"#,
        r#"{"id":"Zq81xPw0LmTt","script":"deploy --token Zq81xPw0LmTt && rm -rf ~"}"#,
    ];
    let (code, out, _) = exit(&place, &["check", "--batch"], &input.join("\n"));
    assert_eq!(code, 30);
    let mut answers: Vec<Value> = out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(answers.len(), input.len());
    let ids: Vec<String> = answers.iter().map(|a| a["action_id"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!([&ids[0], &ids[1], &ids[5]], ["a", "b", "d"]);
    assert!(ids[2].len() == 36 && ids[3].len() == 36 && ids[2] != ids[3], "{ids:?}");
    assert!(answers[4]["error"].is_string() && answers[4]["decision"] == "block", "{}", answers[4]);
    assert_ne!(answers[0]["action_digest"], answers[5]["action_digest"]);
    for answer in &mut answers[..4] {
        let answer = answer.as_object_mut().unwrap();
        answer.remove("id");
        answer.remove("action_id");
    }
    assert!(answers[1..4].iter().all(|answer| *answer == answers[0]), "{out}");
    let log = std::fs::read_to_string(place.log()).unwrap();
    assert_eq!(log.lines().count(), 7);
    for id in [&ids[0], &ids[1], &ids[2], &ids[3], &ids[5]] {
        assert_eq!(log.matches(&format!("\"action_id\":\"{id}\"")).count(), 1, "{log}");
    }
    assert!(!log.contains("Zq81xPw0LmTt"), "{log}");
}

#[test]
fn a_plain_line_of_a_batch_says_where_it_would_run() {
    let place = Place::new();
    let line = |beside: &str| format!("{{\"script\":\"rm -rf /srv/app/out\"{beside}}}\n");
    let input = [
        line(""),
        line(",\"cwd\":\"/srv/app\""),
        line(",\"context\":{\"cwd\":\"/srv/app\"}"),
        line(",\"context\":{\"cwd\":1}"),
    ];
    let (_, out, _) = exit(&place, &["check", "--batch"], &input.concat());
    let decisions: Vec<Value> =
        out.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["decision"].take()).collect();
    assert_eq!(decisions, ["escalate", "allow", "allow", "block"]);
    // Where the whole batch would run.
    let work = place.work().canonicalize().unwrap();
    let line = format!("{{\"script\":\"cat {}\"}}\n", work.join("notes").display());
    let class = |args: &[&str]| {
        let (_, out, _) = exit(&place, args, &line);
        serde_json::from_str::<Value>(&out).unwrap()["effects"][0]["class"].take()
    };
    assert_eq!(class(&["check", "--batch"]), "temporary");
    assert_eq!(class(&["check", "--batch", "--cwd", work.to_str().unwrap()]), "workspace");
}

/// Places in an argv are those of its words, however a line would show them.
#[test]
fn a_place_in_an_argv_names_its_word() {
    let place = Place::new();
    let input = [
        r#"{"schema":"gate.action/v1","argv":["rm","-rf","/"]}"#,
        r#"{"schema":"gate.action/v1","argv":["bash","-c","echo 'x y'; rm -rf /"]}"#,
        r#"{"schema":"gate.action/v1","argv":["git","push","--force","origin","main"]}"#,
    ];
    let (_, out, _) = exit(&place, &["check", "--batch"], &input.join("\n"));
    let places: Vec<Value> =
        out.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["findings"][0]["at"].take()).collect();
    assert_eq!(places[0], serde_json::json!({"source": "argv", "index": 2, "start": 0, "end": 1}));
    assert_eq!(places[1], serde_json::json!({"source": "argv", "index": 2, "start": 0, "end": 20}));
    assert_eq!(places[2].get("source"), Some(&"argv".into()));
}

/// Places in the arguments of a tool call are those of the argument's own text.
#[test]
fn a_place_in_a_tool_call_names_its_argument() {
    let place = Place::new();
    for (args, pointer, start, end) in [
        (r#"{"opts/x":{"command":"cd /; rm -rf usr"}}"#, "/args/opts~1x/command", 13, 16),
        (r#"{"commands":["ls","echo é; rm -rf ~"]}"#, "/args/commands/1", 16, 17),
        (r#"{"command":"bash -c 'cd /; rm -rf usr'"}"#, "/args/command", 8, 26),
    ] {
        let call = ["check", "--tool", "execute_command", "--args", args];
        let (_, out, _) = exit(&place, &[&call[..], &["--format", "json"]].concat(), "");
        let at = &serde_json::from_str::<Value>(&out).unwrap()["findings"][0]["at"];
        assert_eq!(
            *at,
            serde_json::json!({"source": "args", "pointer": pointer, "start": start, "end": end}),
            "{args}"
        );
        let (_, out, _) = exit(&place, &call, "");
        assert!(out.contains(&format!("in       {pointer}\n")), "{out}");
    }
}

/// An option that is no text is no option that was not given.
#[cfg(unix)]
#[test]
fn options_are_text() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    assert_eq!(exit(&place, &["check", "--batch"], "").0, 40);
    let (code, _, err) = exit(&place, &["check", "-e", "produciton", "ls"], "");
    assert!(code == 40 && err.contains("did you mean `production`?"), "{err}");
    assert_eq!(exit(&place, &["check", "-e", "prod-eu", "ls"], "").0, 0);
    assert_eq!(exit(&place, &["check", "-e", "blue", "ls"], "").0, 0);
    for words in [&["check", "--cwd"][..], &["check", "--tool", "x", "--args"], &["run", "--cwd"]] {
        let mut gate = place.gate(words);
        gate.arg(std::ffi::OsStr::from_bytes(b"/tmp/\xff")).args(if words.len() > 2 { &[][..] } else { &["true"] });
        gate.assert().code(40);
    }
}

#[test]
fn what_led_to_a_plain_line_of_a_batch_counts() {
    let place = Place::new();
    let steps = r#""trajectory":[{"action":"x","decision":"block"}]"#;
    let input = [
        r#"{"script":"git push --force origin topic"}"#.to_owned(),
        format!(r#"{{"script":"git push --force origin topic",{steps}}}"#),
        format!(r#"{{"schema":"gate.action/v1","script":"git push --force origin topic",{steps}}}"#),
        r#"{"script":"ls","trajectory":1}"#.to_owned(),
    ];
    let (_, out, _) = exit(&place, &["check", "--batch"], &input.join("\n"));
    let lines: Vec<Value> = out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let risk = |line: &Value| line["risk"]["score"].as_f64().unwrap();
    assert!(risk(&lines[1]) > risk(&lines[0]), "{out}");
    assert_eq!(risk(&lines[1]).to_bits(), risk(&lines[2]).to_bits());
    assert_eq!(lines[3]["decision"], "block");
}

#[test]
fn claims_of_a_request_never_lower() {
    let place = Place::new();
    let action = |environment: &str| {
        format!(
            r#"{{"schema":"gate.action/v1","script":"terraform apply -auto-approve","context":{{"environment":"{environment}"}}}}"#
        )
    };
    assert_eq!(exit(&place, &["check", "--action", "-"], &action("development")).0, 20);
    assert_eq!(exit(&place, &["check", "--action", "-"], &action("production")).0, 20);
    // A person on the command line may say so.
    assert_eq!(exit(&place, &["check", "-e", "development", "-c", "terraform apply -auto-approve"], "").0, 10);
    // Who says to be a pipeline is an agent, and a branch that is not checked out hides no other.
    let policy = place.work().join("p.toml");
    let rules = "[[rule]]\nid = \"a\"\nwhen = { verb = \"ls\", actor = \"agent\" }\naction = \"block\"\n[[rule]]\nid = \"b\"\nwhen = { verb = \"git:commit\", branch = \"main\" }\naction = \"block\"\n";
    std::fs::write(&policy, rules).unwrap();
    std::fs::create_dir_all(place.work().join(".git/refs")).unwrap();
    std::fs::write(place.work().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    let cwd = place.work();
    for body in [
        r#"{"schema":"gate.action/v1","script":"ls","actor":{"kind":"ci"}}"#.to_owned(),
        format!(
            r#"{{"schema":"gate.action/v1","script":"git commit -m x","context":{{"cwd":{cwd:?},"branch":"topic"}}}}"#
        ),
    ] {
        assert_eq!(
            exit(&place, &["check", "--policy", policy.to_str().unwrap(), "--action", "-"], &body).0,
            30,
            "{body}"
        );
    }
    // A request may ask for a stricter profile, not for a milder one.
    let profile = |p: &str| {
        format!(r#"{{"schema":"gate.action/v1","script":"git push --force-with-lease origin x","profile":"{p}"}}"#)
    };
    assert_eq!(exit(&place, &["check", "--action", "-"], &profile("audit")).0, 10);
    assert_eq!(exit(&place, &["check", "--action", "-"], &profile("strict")).0, 20);
    // Environment variables only tighten.
    for (name, value, code) in
        [("GATE_PROFILE", "permissive", 10), ("GATE_PROFILE", "strict", 20), ("GATE_FAIL_ON", "escalate", 10)]
    {
        place.gate(&["check", "-c", "git push --force-with-lease origin x"]).env(name, value).assert().code(code);
    }
    place.gate(&["check", "ls"]).env("GATE_PROFILE", "lax").assert().code(40);
}

/// What a host's own shell would run is read as that shell reads it, also where it is not Bourne's.
#[test]
fn each_shell_by_its_own_grammar() {
    let place = Place::new();
    let pairs = [
        ("bash", "x=/etc; rm -rf $x", "x=build; rm -rf $x"),
        ("ash", "x=/etc; rm -rf $x", "x=build; rm -rf $x"),
        ("zsh", "a=(rm -rf /etc); $a", "a=(ls -la); $a"),
        ("fish", "set x /etc; rm -rf $x", "for f in *.txt; echo $f; end"),
        ("nu", "rm -rf /etc", "ls | where size > 1mb"),
        ("tcsh", "rm -rf /etc", "ls -la"),
        ("pwsh", "ri -r -fo /etc", "Get-ChildItem -Recurse src; npm test"),
        ("PowerShell.exe", "Remove-Item -Recurse -Force C:\\Windows", "$env:NODE_ENV = 'test'; git status"),
        ("cmd", "del /s /q C:\\Windows", "rmdir /s /q build && npm run build"),
    ];
    for (shell, harm, harmless) in pairs {
        place.gate(&["check", "--shell", shell, "-c", harm]).assert().code(30);
        place.gate(&["check", "--shell", shell, "-c", harmless]).assert().code(0);
    }
    // What is not followed there stays unread where it stands by itself.
    for (shell, script) in [
        ("cmd", "if exist C:\\Users rd /s /q C:\\Users"),
        ("cmd", "(\n echo b\n)\nrd /s /q C:\\Users"),
        ("tcsh", "set d=/; rm -rf $d"),
        ("fish", "set c rm -rf /; $c"),
        ("pwsh", "Get-Item ~ | Remove-Item -Recurse"),
        ("pwsh", "Get-Date\nMove-Item evil ~/.bashrc"),
        ("nu", "alias x = rm -rf /; x"),
    ] {
        let code = place.gate(&["check", "--shell", shell, "-c", script]).output().unwrap().status.code();
        assert!(code >= Some(20), "{shell}: {script}");
    }
    place
        .gate(&["check", "--shell", "xonsh", "-c", "ls"])
        .assert()
        .code(20)
        .stderr(predicate::str::contains("not read"));
}

#[test]
fn what_is_only_described_is_judged_by_the_repository_and_the_command_line_too() {
    let place = Place::new();
    let apply = r#"{"schema":"gate.action/v1","script":"terraform apply -auto-approve"}"#;
    let decide = |args: &[&str], input: &str| exit(&place, args, input);
    // What the command line says of the environment is no claim of the requester's.
    assert_eq!(decide(&["check", "--action", "-"], apply).0, 20);
    assert_eq!(decide(&["check", "-e", "development", "--action", "-"], apply).0, 10);
    assert_eq!(decide(&["check", "-e", "development", "--batch"], apply).0, 10);
    let claims = apply.replace('}', r#","context":{"environment":"development"}}"#);
    assert_eq!(decide(&["check", "--action", "-"], &claims).0, 20);
    // A repository's policy tightens whatever is judged there.
    std::fs::create_dir_all(place.work().join(".gate")).unwrap();
    std::fs::write(place.work().join(".gate/policy.toml"), "[[kill]]\nagents = [\"*\"]\nreason = \"frozen\"\n")
        .unwrap();
    let look = r#"{"schema":"gate.action/v1","script":"ls"}"#;
    for form in [&["check", "--action", "-"][..], &["check", "--batch"]] {
        let (code, out, err) = decide(form, look);
        assert_eq!(code, 30, "{out}{err}");
    }
}

#[test]
fn a_call_that_does_not_say_what_it_runs_is_held_up() {
    let place = Place::new();
    for (body, code) in [
        (r#"{"tool_name":"run_shell","tool_args":{}}"#, 20),
        (r#"{"tool_name":"run_shell","tool_args":{"command":5}}"#, 20),
        (r#"{"actionType":"shell"}"#, 20),
        (r#"{"tool_name":"run_shell","tool_args":{"timeout":5}}"#, 20),
        (r#"{"tool_name":"bash","tool_args":{"restart":true}}"#, 0),
        (r#"{"tool_name":"mcp__proj__run_tests","tool_args":{}}"#, 0),
        (r#"{"tool_name":"run_shell","tool_args":{"command":"ls"}}"#, 0),
        // An action in JSON is no script.
        (r#"{"schema":"gate.action/v1","script":"{\"script\":\"ls\"}"}"#, 40),
        // What is not known needs somebody in strict, and in production.
        (r#"{"actionType":"xyzzy","environment":"production"}"#, 20),
        (r#"{"schema":"gate.action/v1","verb":"acme:frobnicate"}"#, 0),
    ] {
        assert_eq!(exit(&place, &["check", "--action", "-"], body).0, code, "{body}");
    }
    assert_eq!(exit(&place, &["check", "--profile", "strict", "--tool", "acme:frobnicate"], "").0, 20);
    let (_, out, _) = exit(&place, &["check", "--batch"], "{\"script\":\"{\\\"script\\\":\\\"ls\\\"}\"}\n");
    assert!(out.contains("is a JSON object, not a shell script"), "{out}");
}

/// Paths that the action itself calls protected are held as those of a policy are.
#[test]
fn protected_paths_of_an_action_are_protected() {
    let place = Place::new();
    for (command, code) in
        [("rm -rf infra", 20), ("echo x > .github/workflows/a.yml", 20), ("cat infra/main.tf", 0), ("rm -rf build", 0)]
    {
        let body = serde_json::json!({
            "tool_name": "run_shell", "tool_args": { "command": command },
            "repo_context": { "protected_paths": ["infra", ".github"] }
        });
        assert_eq!(exit(&place, &["check", "--action", "-"], &body.to_string()).0, code, "{command}");
    }
}

/// What was opened and never closed is named where it was opened.
#[test]
fn an_unclosed_construct_is_placed_at_its_opener() {
    let place = Place::new();
    for (script, shown) in [
        ("echo hi; if [ 1 ; then\n ls\n", "  echo hi; if [ 1 ; then\n           ^"),
        ("ls \"abc", "  ls \"abc\n     ^"),
        ("x=$(ls", "  x=$(ls\n    ^"),
        ("(ls", "  (ls\n  ^"),
    ] {
        let (_, out, _) = exit(&place, &["check", "-c", script], "");
        assert!(out.contains(shown), "{out}");
    }
}
