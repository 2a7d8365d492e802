//! Claude Code: one hook before every tool call, in the settings of a scope.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{own_path, replace};
use crate::commands::print;
use crate::context;
use crate::error::{Error, Result};

/// Where Claude Code's settings are.
pub fn settings(scope: &str) -> Result<PathBuf> {
    Ok(match scope {
        "project" => std::env::current_dir()
            .map_err(|e| Error::new(format!("there is no working directory: {e}")))?
            .join(".claude/settings.json"),
        "managed" if cfg!(target_os = "macos") => {
            PathBuf::from("/Library/Application Support/ClaudeCode/managed-settings.json")
        }
        "managed" if cfg!(windows) => PathBuf::from("C:\\Program Files\\ClaudeCode\\managed-settings.json"),
        "managed" => PathBuf::from("/etc/claude-code/managed-settings.json"),
        _ => match std::env::var_os("CLAUDE_CONFIG_DIR") {
            Some(folder) => PathBuf::from(folder).join("settings.json"),
            None => PathBuf::from(context::home()).join(".claude/settings.json"),
        },
    })
}

/// The command line that is registered. A shell runs it: where gate is missing or cannot start, exit code 2 denies, and
/// every other failure of gate's is a denial of its own.
fn command(matches: &clap::ArgMatches) -> Result<String> {
    let path = own_path()?;
    let Some(path) = path.to_str() else { return Err(Error::new("the path of gate is not UTF-8")) };
    let mut words = vec![shell_words::quote(path).into_owned(), "hook".to_owned(), "claude-code".to_owned()];
    for option in ["escalate-as", "auto-allow"] {
        if let Some(value) = matches.get_one::<String>(option) {
            words.push(format!("--{option}"));
            words.push(value.clone());
        }
    }
    Ok(format!("{}{OTHERWISE}", words.join(" ")))
}

/// What the line does where gate does not answer.
const OTHERWISE: &str = " || { echo 'gate did not answer, so nothing runs' >&2; exit 2; }";

/// Whether a handler starts this very gate, and nothing else: what a repository registers may name any program.
#[must_use]
pub fn is_plainly_ours(handler: &Value) -> bool {
    let command = handler.get("command").and_then(Value::as_str).unwrap_or("");
    let Ok(own) = own_path() else { return false };
    let own = own.to_string_lossy();
    if handler.get("args").is_some() {
        return command == own;
    }
    let options = command
        .strip_prefix(&*shell_words::quote(&own))
        .and_then(|rest| rest.strip_prefix(" hook claude-code"))
        .map(|rest| rest.strip_suffix(OTHERWISE).unwrap_or(rest));
    options.is_some_and(|options| options.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b' ' | b'-')))
}

/// Whether a handler of the settings is gate: by its command line, or by a program and its words
/// (<https://code.claude.com/docs/en/hooks>).
#[must_use]
pub fn is_ours(handler: &Value) -> bool {
    let command = handler.get("command").and_then(Value::as_str).unwrap_or("");
    let words = || handler.get("args").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    command.contains("hook claude-code")
        || Path::new(command).file_stem().is_some_and(|name| name == "gate")
            && words().take(2).eq(["hook", "claude-code"])
}

pub fn change(matches: &clap::ArgMatches, put: bool) -> Result<()> {
    let scope = matches.get_one::<String>("scope").map_or("user", String::as_str);
    let path = settings(scope)?;
    let before = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Error::new(format!("cannot read {}: {error}", path.display()))),
    };
    let mut settings: Value = if before.trim().is_empty() {
        json!({})
    } else {
        serde_json::from_str(&before).map_err(|e| {
            Error::new(format!("{} is not valid JSON: {e}", path.display())).help("mend it first; nothing was changed")
        })?
    };
    let Some(root) = settings.as_object_mut() else {
        return Err(Error::new(format!("{} is no JSON object", path.display())));
    };
    let wrong = |what: &str| Error::new(format!("{}: `{what}` is not what Claude Code expects", path.display()));
    // Ours goes first, wherever it stands; what else is there stays.
    let mut was_there = false;
    if let Some(hooks) = root.get_mut("hooks") {
        let hooks = hooks.as_object_mut().ok_or_else(|| wrong("hooks"))?;
        if let Some(groups) = hooks.get_mut("PreToolUse") {
            let groups = groups.as_array_mut().ok_or_else(|| wrong("hooks.PreToolUse"))?;
            for group in groups.iter_mut() {
                if let Some(handlers) = group.get_mut("hooks").and_then(Value::as_array_mut) {
                    let before = handlers.len();
                    handlers.retain(|handler| !is_ours(handler));
                    was_there |= handlers.len() < before;
                }
            }
            groups.retain(|g| g.get("hooks").and_then(Value::as_array).is_none_or(|h| !h.is_empty()));
            if groups.is_empty() {
                hooks.shift_remove("PreToolUse");
            }
        }
        if hooks.is_empty() {
            root.shift_remove("hooks");
        }
    }
    if put {
        let hooks = root.entry("hooks").or_insert_with(|| json!({}));
        let hooks = hooks.as_object_mut().ok_or_else(|| wrong("hooks"))?;
        let groups = hooks.entry("PreToolUse").or_insert_with(|| json!([]));
        groups.as_array_mut().ok_or_else(|| wrong("hooks.PreToolUse"))?.push(json!({
            "matcher": "*",
            "hooks": [{
                "type": "command",
                "command": command(matches)?,
                "timeout": 30,
                // Newer hosts hold to it, older ones pass it over.
                "onFailure": "block",
                "statusMessage": "gate: reviewing",
            }],
        }));
    }
    let nothing_left = root.is_empty();
    let indent = before.lines().nth(1).map_or(2, |l| l.len() - l.trim_start().len()).clamp(1, 8);
    let after = pretty(&settings, indent)?;
    if matches.get_flag("print") {
        return print::stdout(&after);
    }
    if !was_there && !put {
        return print::text(&format!("{}: gate was not installed there\n", path.display()));
    }
    // gate's own settings were all of it: so gate made the file.
    let target = path.canonicalize().unwrap_or_else(|_| path.clone());
    if nothing_left && !put && target == path {
        std::fs::remove_file(&path).map_err(|e| Error::new(format!("cannot remove {}: {e}", path.display())))?;
    } else {
        replace(&path, &after)?;
    }
    print::text(&format!("{}: gate {}\n", path.display(), if put { "reviews every tool call" } else { "is taken out" }))
}

fn pretty(value: &Value, indent: usize) -> Result<String> {
    let blanks = " ".repeat(indent);
    let formatter = serde_json::ser::PrettyFormatter::with_indent(blanks.as_bytes());
    let mut out = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
    serde::Serialize::serialize(value, &mut serializer).map_err(|e| Error::new(e.to_string()))?;
    out.push(b'\n');
    String::from_utf8(out).map_err(|e| Error::new(e.to_string()))
}
