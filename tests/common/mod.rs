//! What the tests share: the binary, a home of its own, and one batch for many commands.
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]
#![allow(dead_code, reason = "each test file uses some of it")]

use std::io::Write;
use std::process::Stdio;

use assert_cmd::Command;
use tempfile::TempDir;

/// A place to run gate in: its own home, state and working directory.
pub struct Place {
    pub dir: TempDir,
}

impl Place {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("work")).unwrap();
        Place { dir }
    }

    pub fn work(&self) -> std::path::PathBuf {
        self.dir.path().join("work")
    }

    pub fn log(&self) -> std::path::PathBuf {
        self.dir.path().join(".local/state/gate/log.jsonl")
    }

    /// gate, with nothing of the outside in its environment.
    pub fn gate(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
        command.args(args).current_dir(self.work()).env_clear();
        command.env("GATE_TEST_HOME", self.dir.path()).env("GATE_TEST_ORGANISATION", self.dir.path().join("etc/gate"));
        command.env("HOME", self.dir.path()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }
}

/// Runs gate with an input: its exit code, and what it printed.
pub fn exit(place: &Place, args: &[&str], input: &str) -> (i32, String, String) {
    let output = place.gate(args).write_stdin(input).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Decides scripts in one batch.
pub fn decide_all(scripts: &[impl AsRef<str>]) -> Vec<String> {
    decide_with(scripts, &[])
}

pub fn decide_with(scripts: &[impl AsRef<str>], args: &[&str]) -> Vec<String> {
    decide_below("/home/user/project", scripts, args)
}

/// Decides scripts that would run in this folder.
pub fn decide_below(cwd: &str, scripts: &[impl AsRef<str>], args: &[&str]) -> Vec<String> {
    judge_below(cwd, scripts, args).iter().map(|value| value["decision"].as_str().unwrap().to_owned()).collect()
}

/// What gate says of them.
pub fn judge_below(cwd: &str, scripts: &[impl AsRef<str>], args: &[&str]) -> Vec<serde_json::Value> {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_gate"))
        .args(["check", "--batch", "--no-log"])
        .args(args)
        .env_remove("GATE_PROFILE")
        .env_remove("GATE_ENVIRONMENT")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let text: String =
        scripts.iter().map(|s| serde_json::json!({ "script": s.as_ref(), "cwd": cwd }).to_string() + "\n").collect();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn decide(script: &str) -> String {
    decide_all(&[script]).remove(0)
}

pub fn decide_in(script: &str, environment: Option<&str>) -> String {
    match environment {
        Some(environment) => decide_with(&[script], &["-e", environment]).remove(0),
        None => decide(script),
    }
}

/// Checks a table of commands and what they come to.
pub fn check<S: AsRef<str>>(cases: &[(S, &str)]) {
    let commands: Vec<&str> = cases.iter().map(|(c, _)| c.as_ref()).collect();
    let got = decide_all(&commands);
    let wrong: Vec<String> = cases
        .iter()
        .zip(&got)
        .filter(|((_, expected), got)| expected != got)
        .map(|((command, expected), got)| format!("expected {expected}, got {got}: {}", command.as_ref()))
        .collect();
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
