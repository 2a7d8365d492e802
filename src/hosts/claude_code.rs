//! Claude Code: its tool calls, as hooks get them and as its transcripts keep them.
//! Facts: <https://code.claude.com/docs/en/hooks>, see `docs/hosts.md`.

use serde_json::Value;

use crate::action::{Action, What};

/// A tool call as an action: its shell is a script, everything else an operation with arguments.
#[must_use]
pub fn action(tool: &str, input: &Value, cwd: &str) -> Action {
    let what = match (tool, input.get("command").and_then(Value::as_str)) {
        ("Bash", Some(command)) => What::Shell { script: command.to_owned(), shell: "bash".to_owned() },
        ("Bash", None) => What::Tool { verb: "claude_code:bash".to_owned(), args: canonical(input) },
        (tool, _) if tool.starts_with("mcp__") => What::Tool { verb: tool.to_owned(), args: canonical(input) },
        (tool, _) => What::Tool { verb: format!("claude_code:{tool}"), args: canonical(input) },
    };
    let mut action = Action { what, ..Action::default() };
    "claude-code".clone_into(&mut action.actor.name);
    cwd.clone_into(&mut action.context.cwd);
    action
}

/// The arguments, members in order.
fn canonical(input: &Value) -> String {
    if input.is_object() { input.to_string() } else { "{}".to_owned() }
}

/// The tool calls of one line of a transcript (`~/.claude/projects/*/*.jsonl`).
#[must_use]
pub fn transcript(line: &Value) -> Vec<Action> {
    if line.get("type").and_then(Value::as_str) != Some("assistant") {
        return Vec::new();
    }
    let cwd = line.get("cwd").and_then(Value::as_str).unwrap_or("");
    let content = line.pointer("/message/content").and_then(Value::as_array);
    content
        .into_iter()
        .flatten()
        .filter(|block| block.get("type").and_then(Value::as_str) == Some("tool_use"))
        .filter_map(|block| {
            let mut action = action(block.get("name")?.as_str()?, block.get("input")?, cwd);
            action.context.branch = line.get("gitBranch").and_then(Value::as_str).map(str::to_owned);
            block.get("id").and_then(Value::as_str).unwrap_or("").clone_into(&mut action.id);
            Some(action)
        })
        .collect()
}
