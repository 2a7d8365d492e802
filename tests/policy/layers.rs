//! Who may say what: layers, floors, exceptions, scopes, protected places, the kill switch.

use super::common::Place;
use super::*;

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
    let loose: Vec<&str> = ["--profile", "audit"].iter().chain(push).copied().collect();
    assert_eq!(decide(&place, &loose)["decision"], "escalate", "what anybody can type only tightens");

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
    // The branch is named, once, also where the command does not name it.
    std::fs::write(place.work().join(".git/HEAD"), "ref: refs/heads/release/3\n").unwrap();
    for (words, branch) in
        [(&["git", "push", "origin", "HEAD:release/2"][..], "release/2"), (&["git", "push"], "release/3")]
    {
        let value = decide(&place, &[&["--policy", "p.toml", "--actor", "me"][..], words].concat());
        let titles =
            value["policy"]["matched"].as_array().unwrap().iter().map(|m| m["title"].as_str().unwrap().to_owned());
        assert_eq!(titles.collect::<Vec<_>>(), [format!("Changes a protected branch: {branch}")], "{words:?}");
    }
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
