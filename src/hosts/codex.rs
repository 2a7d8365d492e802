//! OpenAI Codex: the tool calls that its session files keep (`~/.codex/sessions/**/*.jsonl`).

use serde_json::Value;

use crate::action::{Action, What};

/// The tool calls of one line of a session file.
#[must_use]
pub fn transcript(line: &Value, cwd: &str) -> Vec<Action> {
    let payload = line.get("payload").unwrap_or(line);
    let kind = payload.get("type").and_then(Value::as_str).unwrap_or("");
    let what = match kind {
        "function_call" | "custom_tool_call" => {
            let name = payload.get("name").and_then(Value::as_str).unwrap_or("");
            let raw = payload.get("arguments").or_else(|| payload.get("input")).and_then(Value::as_str).unwrap_or("{}");
            let args: Value = serde_json::from_str(raw).unwrap_or_else(|_| serde_json::json!({ "input": raw }));
            call(name, &args)
        }
        "local_shell_call" => payload.pointer("/action/command").and_then(words),
        _ => None,
    };
    let Some(what) = what else { return Vec::new() };
    let mut action = Action { what, ..Action::default() };
    "codex".clone_into(&mut action.actor.name);
    cwd.clone_into(&mut action.context.cwd);
    payload.get("call_id").and_then(Value::as_str).unwrap_or("").clone_into(&mut action.id);
    vec![action]
}

/// The directory that a session says it is in.
#[must_use]
pub fn directory(line: &Value) -> Option<&str> {
    line.pointer("/payload/cwd").and_then(Value::as_str)
}

fn call(name: &str, args: &Value) -> Option<What> {
    if matches!(name, "shell" | "container.exec" | "exec_command" | "shell_command") {
        let command = args.get("command").or_else(|| args.get("cmd"))?;
        return match command {
            Value::String(script) => Some(What::Shell { script: script.clone(), shell: "bash".to_owned() }),
            list => words(list),
        };
    }
    if name == "apply_patch" {
        let patch = args.get("input").or_else(|| args.get("patch")).and_then(Value::as_str)?;
        return Some(What::Tool { verb: "codex:apply_patch".to_owned(), args: patched(patch).to_string() });
    }
    (!name.is_empty()).then(|| What::Tool { verb: name.to_owned(), args: args.to_string() })
}

/// `["bash", "-lc", "…"]`
fn words(list: &Value) -> Option<What> {
    let words: Option<Vec<_>> = list.as_array()?.iter().map(|w| w.as_str().map(std::ffi::OsString::from)).collect();
    words.filter(|w| !w.is_empty()).map(What::Argv)
}

/// The files that a patch writes and deletes.
fn patched(patch: &str) -> Value {
    let files = |prefixes: &[&str]| -> Vec<Value> {
        patch
            .lines()
            .filter_map(|line| prefixes.iter().find_map(|p| line.strip_prefix(p)))
            .map(|path| serde_json::json!({ "path": path.trim() }))
            .collect()
    };
    serde_json::json!({
        "write": files(&["*** Add File: ", "*** Update File: ", "*** Move to: "]),
        "delete": files(&["*** Delete File: "]),
    })
}
