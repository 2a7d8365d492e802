//! `gate doctor`: proves that gate works here, and says where it is installed. It works also where a policy is broken.

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::install::claude_code::{is_ours, is_plainly_ours, settings};
use super::install::own_path;
use super::install::pre_push::hooks_folder;
use super::print;
use super::shared::packs;
use crate::action::Action;
use crate::audit;
use crate::context::policies::{self, Places, Wanted};
use crate::context::{self, Nowhere};
use crate::error::{ExitCode, Result};
use crate::output::escape;
use crate::policy::{Decision, Policy};

pub fn doctor() -> Result<ExitCode> {
    let mut report = Report::default();
    let mut row =
        |well: bool, what: &str, text: &str| report.row(if well { State::Ok } else { State::Problem }, what, text);
    let path = own_path()?;
    row(true, "gate", &format!("{} {}", env!("CARGO_PKG_VERSION"), path.display()));
    let packs = packs()?;
    row(true, "rules", &format!("{} rules, {}", packs.count(), crate::rules::Packs::digest()));

    // It decides as it should: one command that must be refused, one that must not.
    let decide = |script: &str| {
        let action = Action::shell(script, "");
        crate::judge(&action, context::stated(""), &Nowhere, &packs, &Policy::default(), |j| j.judgement.decision)
    };
    let well = decide("rm -rf /") == Decision::Block && decide("ls -la") == Decision::Allow;
    row(
        well,
        "decides",
        if well { "`rm -rf /` is blocked, `ls -la` is not (nothing was executed)" } else { "wrongly" },
    );

    let cwd = std::env::current_dir().unwrap_or_default();
    match policies::load(&Places::of_machine(), &Wanted { directory: Some(&cwd), ..Wanted::default() }) {
        Ok(policy) => {
            let layers: Vec<String> =
                policy.layers.iter().map(|l| format!("{} ({})", l.origin, l.layer.word())).collect();
            let text = if layers.is_empty() { "none but the built-in one".to_owned() } else { layers.join(", ") };
            row(true, "policy", &text);
            for problem in &policy.problems {
                row(false, "policy", problem);
            }
        }
        Err(error) => {
            row(false, "policy", &format!("{error}\n{:20} until it is mended, gate stops everything with 40", ""))
        }
    }
    match audit::state_directory() {
        None => row(false, "log", "there is no state directory: neither XDG_STATE_HOME nor a home says where"),
        Some(state) => {
            let log = audit::Log::at(state.join("log.jsonl"));
            match log.append(&[]) {
                Ok(_) => row(true, "log", &log.path().display().to_string()),
                Err(error) => row(false, "log", &format!("{}: {error}", log.path().display())),
            }
        }
    }
    let mut installed = false;
    for scope in ["user", "project", "managed"] {
        let Ok(path) = settings(scope) else { continue };
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let value = serde_json::from_str::<Value>(&text);
        let value = match value {
            Ok(value) if registered(&value).is_empty() => continue,
            Ok(value) => value,
            Err(error) => {
                installed = true;
                let text = format!("{}: not valid JSON, so that no hook in it runs: {error}", path.display());
                row(false, "claude-code", &text);
                continue;
            }
        };
        installed = true;
        // What is kept for this machine alone stands beside it, and counts as well.
        for file in [path.clone(), path.with_file_name("settings.local.json")] {
            if hooks_are_off(&file) {
                row(false, "claude-code", &format!("{}: hooks are switched off (disableAllHooks)", file.display()));
            }
        }
        for (matcher, handler) in registered(&value) {
            let (well, text) = match matcher {
                "" | "*" | ".*" if scope == "project" && !is_plainly_ours(handler) => {
                    (false, "a repository may register anything, so it was not asked; `gate install claude-code --scope project` writes it anew".to_owned())
                }
                "" | "*" | ".*" => probe(handler),
                some => (false, format!("it is asked about `{some}` alone; `gate install claude-code` mends that")),
            };
            row(well, "claude-code", &format!("{} ({scope}): {text}", path.display()));
            if !denies_without_gate(handler) {
                let text = "where gate cannot start nothing is denied; `gate install claude-code` mends that";
                row(false, "claude-code", &format!("{} ({scope}): {text}", path.display()));
            }
        }
    }
    if !installed {
        report.row(State::Absent, "claude-code", "not installed; `gate install claude-code` does it");
    }
    if let Ok(folder) = hooks_folder() {
        let hook = folder.join("pre-push");
        let text = std::fs::read_to_string(&hook).unwrap_or_default();
        let (state, text) = if !text.contains("hook pre-push") {
            (State::Absent, "not installed; `gate install pre-push` does it")
        } else if !runs(&hook) {
            (State::Problem, "it cannot be executed, so git leaves it out")
        } else if text.contains(&*path.to_string_lossy()) {
            (State::Ok, "gate reviews every push")
        } else {
            (State::Problem, "another gate than this one")
        };
        report.row(state, "pre-push", &format!("{}: {text}", hook.display()));
    }
    let _ = writeln!(
        report.text,
        "\nWhat gate cannot do: it reviews what it is asked about. A program that runs without asking, a hook that is\n\
         skipped (git push --no-verify) or taken out, and a person with the same rights are beyond it."
    );
    print::text(&report.text)?;
    Ok(if report.problems == 0 { ExitCode::Allow } else { ExitCode::Error })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    /// Nobody asked for it here.
    Absent,
    Problem,
}

#[derive(Default)]
struct Report {
    text: String,
    problems: usize,
}

impl Report {
    fn row(&mut self, state: State, what: &str, text: &str) {
        self.problems += usize::from(state == State::Problem);
        let word = match state {
            State::Ok => "ok",
            State::Absent => "-",
            State::Problem => "PROBLEM",
        };
        // Some of it is what a repository's files say.
        let _ = writeln!(self.text, "{word:<7} {what:<12} {}", escape::lines(text));
    }
}

/// Whether settings switch all hooks off.
fn hooks_are_off(settings: &Path) -> bool {
    let text = std::fs::read_to_string(settings).unwrap_or_default();
    let value = serde_json::from_str::<Value>(&text).unwrap_or_default();
    value.get("disableAllHooks").and_then(Value::as_bool) == Some(true)
}

/// The handlers that settings register for gate, each with the tools that it is asked about.
fn registered(settings: &Value) -> Vec<(&str, &Value)> {
    let groups = settings.pointer("/hooks/PreToolUse").and_then(Value::as_array).into_iter().flatten();
    let mut all = Vec::new();
    for group in groups {
        let matcher = group.get("matcher").and_then(Value::as_str).unwrap_or("");
        let handlers = group.get("hooks").and_then(Value::as_array).into_iter().flatten();
        all.extend(handlers.filter(|handler| is_ours(handler)).map(|handler| (matcher, handler)));
    }
    all
}

/// Whether a tool call is denied where gate itself is missing: by the line's own last words, or by the host, of those
/// that know a program and its words apart from a line.
fn denies_without_gate(handler: &Value) -> bool {
    let says = |member: &str| handler.get(member).and_then(Value::as_str).unwrap_or_default();
    says("command").contains("exit 2") || handler.get("args").is_some() && says("onFailure") == "block"
}

/// Whether a file can be executed.
#[cfg(unix)]
fn runs(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn runs(_file: &Path) -> bool {
    true
}

/// Asks what is registered as the host would: about something that must be denied. It leaves its record in a
/// folder that goes: the question is nobody's action.
fn probe(handler: &Value) -> (bool, String) {
    let message = r#"{"hook_event_name":"PreToolUse","session_id":"gate-doctor","cwd":"/","tool_name":"Bash","tool_input":{"command":"rm -rf /"}}"#;
    let kept = std::env::temp_dir().join(format!("gate-doctor-{}", std::process::id()));
    let answer = ask(started(handler), message, &kept);
    let _ = std::fs::remove_dir_all(&kept);
    answer
}

/// What the host would start: a program with its words, or a shell with a line.
fn started(handler: &Value) -> Command {
    let program = handler.get("command").and_then(Value::as_str).unwrap_or_default();
    match handler.get("args").and_then(Value::as_array) {
        Some(words) => {
            let mut command = Command::new(program);
            command.args(words.iter().filter_map(Value::as_str));
            command
        }
        None => {
            let mut command = Command::new("sh");
            command.args(["-c", program]);
            command
        }
    }
}

fn ask(mut command: Command, message: &str, kept: &Path) -> (bool, String) {
    let child =
        command.env("XDG_STATE_HOME", kept).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else { return (false, "the registered command cannot be started".to_owned()) };
    if let Some(mut stdin) = child.stdin.take() {
        std::io::Write::write_all(&mut stdin, message.as_bytes()).ok();
    }
    match child.wait_with_output() {
        Ok(output) if String::from_utf8_lossy(&output.stdout).contains("\"permissionDecision\":\"deny\"") => {
            (true, "the registered command denies what it must (nothing was executed)".to_owned())
        }
        Ok(output) if output.status.code() == Some(2) => {
            (false, "gate is missing there; every tool call is denied".to_owned())
        }
        _ => (false, "the registered command does not deny what it must".to_owned()),
    }
}
