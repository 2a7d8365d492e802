//! `gate doctor`: proves that gate works here, and says where it is installed. It works also where a policy is broken.

use std::fmt::Write;
use std::process::{Command, Stdio};

use super::install::{hooks_folder, own_path, settings};
use super::print;
use super::shared::packs;
use crate::action::Action;
use crate::audit;
use crate::context::policies::{self, Places, Wanted};
use crate::context::{self, Nowhere};
use crate::error::{ExitCode, Result};
use crate::policy::{Decision, Policy};

pub fn doctor() -> Result<ExitCode> {
    let mut out = String::new();
    let mut bad = 0;
    let mut row = |well: bool, what: &str, text: &str| {
        if !well {
            bad += 1;
        }
        let _ = writeln!(out, "{} {what:<12} {text}", if well { "ok     " } else { "PROBLEM" });
    };
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
        None => row(false, "log", "there is no state directory (HOME is not set)"),
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
        if !text.contains("hook claude-code") {
            continue;
        }
        installed = true;
        let value: serde_json::Value = match serde_json::from_str(&text) {
            Ok(value) => value,
            Err(error) => {
                let text = format!("{}: not valid JSON, so that no hook in it runs: {error}", path.display());
                row(false, "claude-code", &text);
                continue;
            }
        };
        let off = value.get("disableAllHooks").and_then(serde_json::Value::as_bool) == Some(true);
        if off {
            row(false, "claude-code", &format!("{}: hooks are switched off (disableAllHooks)", path.display()));
            continue;
        }
        let commands: Vec<&str> = value
            .pointer("/hooks/PreToolUse")
            .and_then(serde_json::Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|g| g.get("hooks")?.as_array())
            .flatten()
            .filter_map(|h| h.get("command")?.as_str())
            .filter(|c| c.contains("hook claude-code"))
            .collect();
        for command in commands {
            let (well, text) = probe(command);
            row(well, "claude-code", &format!("{} ({scope}): {text}", path.display()));
        }
    }
    if !installed {
        row(true, "claude-code", "not installed; `gate install claude-code` does it");
    }
    if let Ok(folder) = hooks_folder() {
        let hook = folder.join("pre-push");
        if let Ok(text) = std::fs::read_to_string(&hook)
            && text.contains("gate")
        {
            let named = text.contains(&*path.to_string_lossy());
            let text = if named { "gate reviews every push" } else { "another gate than this one" };
            row(named, "pre-push", &format!("{}: {text}", hook.display()));
        }
    }
    let _ = writeln!(
        out,
        "\nWhat gate cannot do: it reviews what it is asked about. A program that runs without asking, a hook that is\n\
         skipped (git push --no-verify) or taken out, and a person with the same rights are beyond it."
    );
    print::text(&out)?;
    Ok(if bad == 0 { ExitCode::Allow } else { ExitCode::Error })
}

/// Asks the registered command line as the host would: about something that must be denied.
fn probe(command: &str) -> (bool, String) {
    let message = r#"{"hook_event_name":"PreToolUse","session_id":"gate-doctor","cwd":"/","tool_name":"Bash","tool_input":{"command":"rm -rf /"}}"#;
    let child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
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
