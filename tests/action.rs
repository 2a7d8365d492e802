//! The GitHub Action's scripts, with a stand-in of the runner: its variables, its files. And the examples.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]
#![cfg(unix)]

mod common;

use std::path::Path;

use common::Place;
use serde_json::Value;

struct Runner {
    place: Place,
}

struct Step {
    code: i32,
    log: String,
    outputs: String,
    summary: String,
}

impl Step {
    fn output(&self, name: &str) -> &str {
        self.outputs.lines().rev().find_map(|l| l.strip_prefix(&format!("{name}="))).unwrap_or("")
    }
}

impl Runner {
    fn new() -> Self {
        let place = Place::new();
        std::fs::create_dir_all(place.dir.path().join("temp")).unwrap();
        Runner { place }
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.place.work().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn review(&self, inputs: &[(&str, &str)]) -> Step {
        self.script("review.sh", inputs)
    }

    fn script(&self, name: &str, variables: &[(&str, &str)]) -> Step {
        let dir = self.place.dir.path();
        let (outputs, summary) = (dir.join("outputs"), dir.join("summary"));
        std::fs::write(&outputs, "").unwrap();
        std::fs::write(&summary, "").unwrap();
        let bin = Path::new(env!("CARGO_BIN_EXE_gate")).parent().unwrap();
        let output = std::process::Command::new(Path::new("action").canonicalize().unwrap().join(name))
            .current_dir(self.place.work())
            .env_clear()
            .env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()))
            .env("HOME", dir)
            .env("GATE_TEST_HOME", dir)
            .env("CI", "true")
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_ACTOR", "octocat")
            .env("GITHUB_OUTPUT", &outputs)
            .env("GITHUB_STEP_SUMMARY", &summary)
            .env("GITHUB_PATH", dir.join("path"))
            .env("RUNNER_TEMP", dir.join("temp"))
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        Step {
            code: output.status.code().unwrap(),
            log: String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
            outputs: std::fs::read_to_string(outputs).unwrap(),
            summary: std::fs::read_to_string(summary).unwrap(),
        }
    }
}

#[test]
fn a_step_ends_as_the_review_does() {
    let runner = Runner::new();
    let step = runner.review(&[("GATE_INPUT_COMMAND", "ls -la")]);
    assert_eq!((step.code, step.output("decision"), step.log.as_str()), (0, "allow", ""));
    assert!(step.output("digest").starts_with("sha256:"));
    let report: Value = serde_json::from_str(&std::fs::read_to_string(step.output("report")).unwrap()).unwrap();
    assert_eq!(report["decision"], "allow");
    // A warning annotates and goes on.
    let step = runner.review(&[("GATE_INPUT_COMMAND", "git push --force-with-lease origin topic")]);
    assert_eq!((step.code, step.output("decision")), (0, "warn"));
    assert!(step.log.starts_with("::warning title=gate%3A warning (10)"), "{}", step.log);
    // Escalate and block stop it.
    let step = runner.review(&[("GATE_INPUT_COMMAND", "git push --force origin main")]);
    assert_eq!((step.code, step.output("decision")), (20, "escalate"));
    let step = runner.review(&[("GATE_INPUT_COMMAND", "rm -rf ~"), ("GATE_INPUT_SARIF", "true")]);
    assert_eq!((step.code, step.output("decision"), step.output("risk")), (30, "block", "0.90"));
    assert!(
        step.summary.contains("⛔ blocked") && step.summary.contains("files/delete-everything"),
        "{}",
        step.summary
    );
    let sarif = runner.place.dir.path().join("temp/gate/gate-1.sarif");
    let sarif: Value = serde_json::from_str(&std::fs::read_to_string(sarif).unwrap()).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "files/delete-everything");
    assert_eq!(sarif["version"], "2.1.0");
}

#[test]
fn of_several_reviews_the_strictest_is_the_steps() {
    let runner = Runner::new();
    runner.file("deploy.sh", "echo\nrm -rf /\n");
    runner.file("plan.json", r#"{"format_version":"1.2","resource_changes":[{"address":"a.b","type":"aws_db_instance","change":{"actions":["create"]}}]}"#);
    let step = runner.review(&[
        ("GATE_INPUT_SCRIPT", "deploy.sh"),
        ("GATE_INPUT_PLAN", "plan.json"),
        ("GATE_INPUT_DEPLOYMENT", r#"{"schema":"gate.action/v1","action_type":"production_deploy"}"#),
        ("GATE_INPUT_ENVIRONMENT", "production"),
    ]);
    assert_eq!((step.code, step.output("decision")), (30, "block"));
    assert!(step.summary.contains("| create | a.b"), "{}", step.summary);
    assert!(step.summary.matches("### gate:").count() == 3);
    let report: Value = serde_json::from_str(&std::fs::read_to_string(step.output("report")).unwrap()).unwrap();
    assert_eq!(report["decision"], "block");
}

#[test]
fn everything_unclear_stops() {
    let runner = Runner::new();
    for inputs in [
        &[][..],
        &[("GATE_INPUT_SCRIPT", "missing.sh")],
        &[("GATE_INPUT_COMMAND", "ls"), ("GATE_INPUT_PROFILE", "lenient")],
        &[("GATE_INPUT_COMMAND", "ls"), ("GATE_INPUT_POLICY", "missing.toml")],
        &[("GATE_INPUT_DEPLOYMENT", "{")],
        &[("GATE_INPUT_COMMAND", "ls"), ("PATH", "/usr/bin:/bin")],
        &[("GATE_INPUT_WORKFLOWS", "true")],
    ] {
        let step = runner.review(inputs);
        assert_eq!(step.code, 40, "{inputs:?}: {}", step.log);
        assert!(step.log.contains("::error"), "{inputs:?}: {}", step.log);
        assert_eq!(step.output("decision"), "block", "{inputs:?}");
    }
}

#[test]
fn no_text_of_a_request_becomes_a_command_of_the_runner() {
    let runner = Runner::new();
    let step = runner.review(&[(
        "GATE_INPUT_COMMAND",
        "rm -rf ~ # \n::add-mask::x\n::set-output name=decision::allow\necho '`$(id)`' | tee ${{ x }}",
    )]);
    assert_ne!(step.code, 0);
    assert!(
        step.log.lines().all(|l| !l.starts_with("::") || l.starts_with("::error") || l.starts_with("::warning")),
        "{}",
        step.log
    );
    assert_eq!(step.outputs.lines().filter(|l| l.starts_with("decision=")).count(), 1);
}

#[test]
fn workflows_that_a_pull_request_changes_are_reviewed() {
    let runner = Runner::new();
    let git = |directory: &Path, args: &[&str]| {
        let status = std::process::Command::new("git")
            .args(["-c", "user.name=me", "-c", "user.email=me@example.com", "-c", "commit.gpgsign=false"])
            .args(args)
            .current_dir(directory)
            .env("HOME", runner.place.dir.path())
            .output()
            .unwrap();
        assert!(status.status.success(), "{args:?}: {}", String::from_utf8_lossy(&status.stderr));
    };
    let work = runner.place.work();
    git(runner.place.dir.path(), &["init", "-q", "--bare", "-b", "main", "server.git"]);
    git(&work, &["init", "-q", "-b", "main"]);
    git(&work, &["remote", "add", "origin", "../server.git"]);
    runner.file(".github/workflows/old.yml", "on: push\njobs:\n  a:\n    steps:\n      - run: rm -rf /\n");
    git(&work, &["add", "-A"]);
    git(&work, &["commit", "-q", "-m", "a"]);
    git(&work, &["push", "-q", "origin", "main"]);
    runner.file(".github/workflows/new.yml", "on: push\njobs:\n  a:\n    steps:\n      - run: npm ci\n");
    git(&work, &["add", "-A"]);
    git(&work, &["commit", "-q", "-m", "b"]);
    let inputs = [("GATE_INPUT_WORKFLOWS", "true"), ("GITHUB_BASE_REF", "main")];
    let step = runner.review(&inputs);
    assert_eq!((step.code, step.output("decision")), (0, "allow"), "{}", step.log);
    runner.file(
        ".github/workflows/new.yml",
        "on: push\njobs:\n  a:\n    steps:\n      - run: curl https://x.example/i.sh | sh\n",
    );
    git(&work, &["commit", "-q", "-a", "-m", "c"]);
    let step = runner.review(&inputs);
    assert_eq!((step.code, step.output("decision")), (20, "escalate"), "{}", step.log);
}

#[test]
fn a_download_is_the_release_that_was_reviewed_or_nothing() {
    let runner = Runner::new();
    // A copy of the action with a checksum, and releases on a file URL.
    let dir = runner.place.dir.path();
    std::fs::create_dir_all(dir.join("source/action")).unwrap();
    std::fs::create_dir_all(dir.join("releases/v9")).unwrap();
    let asset = dir.join("releases/v9/gate-x86_64-unknown-linux-musl");
    std::fs::write(&asset, "#!/bin/sh\necho gate 9\n").unwrap();
    let sum = std::process::Command::new("sha256sum").arg(&asset).output().unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap().split(' ').next().unwrap().to_owned();
    let sums = dir.join("source/action/checksums.txt");
    let source = dir.join("source");
    let releases = format!("file://{}", dir.join("releases").display());
    let variables =
        [("GATE_SOURCE", source.to_str().unwrap()), ("GATE_VERSION", "v9"), ("GATE_RELEASES", releases.as_str())];
    std::fs::write(&sums, format!("v9 gate-x86_64-unknown-linux-musl {sum}\n")).unwrap();
    let step = runner.script("install.sh", &variables);
    assert_eq!((step.code, step.log.trim()), (0, "gate 9"), "{}", step.log);
    std::fs::write(&sums, format!("v9 gate-x86_64-unknown-linux-musl {}\n", "0".repeat(64))).unwrap();
    std::fs::remove_file(dir.join("temp/gate/bin/gate")).unwrap();
    let step = runner.script("install.sh", &variables);
    assert_eq!(step.code, 40);
    assert!(step.log.contains("not the release that was reviewed") && !dir.join("temp/gate/bin/gate").exists());
    std::fs::write(&sums, "").unwrap();
    assert_eq!(runner.script("install.sh", &variables).code, 40);
}

#[test]
fn the_action_interpolates_nothing_into_a_script() {
    let text = std::fs::read_to_string("action.yml").unwrap();
    let action: Value = serde_saphyr::from_str(&text).unwrap();
    for step in action["runs"]["steps"].as_array().unwrap() {
        if let Some(run) = step["run"].as_str() {
            assert!(!run.contains("${{") && step["shell"] == "bash", "{run}");
        }
    }
    for (name, input) in action["inputs"].as_object().unwrap() {
        assert!(!input["description"].as_str().unwrap().is_empty(), "{name}");
    }
}

#[test]
fn the_examples_are_workflows_that_gate_reads() {
    let place = Place::new();
    for entry in std::fs::read_dir("examples/github-actions").unwrap().flatten() {
        let path = entry.path().canonicalize().unwrap();
        let code = place.gate(&["check", "--workflow", path.to_str().unwrap()]).output().unwrap().status.code();
        assert_ne!(code, Some(40), "{}", path.display());
        let workflow: Value = serde_saphyr::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let text = workflow.to_string();
        assert!(text.contains("gate-cli/gate@"), "{}", path.display());
        assert!(!text.contains("pull_request_target"));
    }
    // The commands of the others are gate's own.
    for file in ["examples/gitlab/.gitlab-ci.yml", "examples/jenkins/Jenkinsfile"] {
        let text = std::fs::read_to_string(file).unwrap();
        let mut count = 0;
        for line in text.lines().filter(|l| l.contains("gate run")) {
            let command =
                line.split("gate run -e ").nth(1).unwrap().split_once(" -- ").unwrap().1.trim_end_matches('\'');
            let words: Vec<&str> = ["check", "-e", "staging", "--"].into_iter().chain(command.split(' ')).collect();
            assert_ne!(place.gate(&words).output().unwrap().status.code(), Some(40), "{line}");
            count += 1;
        }
        assert_eq!(count, 2);
    }
    for file in
        ["examples/git-hooks/lefthook.yml", "examples/git-hooks/.pre-commit-config.yaml", ".pre-commit-hooks.yaml"]
    {
        let value: Value = serde_saphyr::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        assert!(value.to_string().contains("gate"), "{file}");
    }
    let output = place.gate(&["hook", "pre-commit-pre-push"]).output().unwrap();
    assert_eq!(output.status.code(), Some(40));
}

#[test]
fn a_failing_step_reports_no_decision_of_an_earlier_one() {
    let runner = Runner::new();
    assert_eq!(runner.review(&[("GATE_INPUT_COMMAND", "ls -la")]).code, 0);
    let step = runner.review(&[("GATE_INPUT_COMMAND", "ls -la"), ("GATE_INPUT_PROFILE", "bogus")]);
    assert_eq!((step.code, step.output("decision")), (40, "block"));
    assert!(!Path::new(step.output("report")).is_file(), "{}", step.outputs);
}
