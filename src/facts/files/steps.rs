//! The commands that stand in files of settings: steps of pipelines, servers of agents, tasks of editors.

use serde_json::Value;

use crate::facts::dialects::placeholders::outside_of_quotes;
use crate::facts::knowledge::Lists;
use crate::limits;

/// A command that a file of settings names, or a piece of code.
pub(super) struct Step {
    pub language: &'static str,
    pub text: String,
}

/// The commands that a file of settings names: `run: …` of a workflow, `script:` of a pipeline, `"command": "sh", "args":
/// […]` of a task or a server, `postCreateCommand` of a container. `given` is what the steps are given of the pipeline's
/// secrets, as a shell would set it.
pub(super) fn commands_in(value: &Value, lists: &Lists<'_>, given: &str, out: &mut Vec<Step>, depth: u32) {
    if depth > 16 || out.len() > limits::CALLS {
        return;
    }
    let quoted =
        |words: &[Value]| words.iter().filter_map(Value::as_str).map(shell_words::quote).collect::<Vec<_>>().join(" ");
    let members = match value {
        Value::Object(members) => members,
        Value::Array(items) => {
            return items.iter().for_each(|item| commands_in(item, lists, given, out, depth + 1));
        }
        _ => return,
    };
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let own = members.get("env").map(|env| given_by(env, lists)).unwrap_or_default();
    let given = if given.len() + own.len() > limits::TARGETS { given.to_owned() } else { format!("{given}{own}") };
    let shell = |command: String| Step { language: "bash", text: format!("{given}{command}") };
    // GitHub's own action for a piece of JavaScript.
    let script = members.get("with").and_then(|with| with.get("script")).and_then(Value::as_str);
    for (name, value) in members {
        match value {
            Value::String(command) if name == "command" => {
                let words = members.get("args").and_then(Value::as_array).map(|list| quoted(list));
                out.push(shell(outside_of_quotes(command) + " " + &words.unwrap_or_default()));
            }
            Value::String(code) if name == "run" && text("shell").is_some_and(|shell| shell.starts_with("python")) => {
                out.push(Step { language: "python", text: code.clone() });
            }
            Value::String(command) if lists.has("keys-that-run", name) => out.push(shell(outside_of_quotes(command))),
            // Lines of a script, or the words of one command.
            Value::Array(lines) if lists.has("keys-of-lines", name) => {
                out.extend(lines.iter().filter_map(Value::as_str).map(outside_of_quotes).map(shell));
            }
            Value::Array(words) if name == "command" || lists.has("keys-that-run", name) => {
                out.push(shell(quoted(words)))
            }
            // A server that is asked by its address.
            Value::String(address) if matches!(name.as_str(), "url" | "serverUrl") && address.starts_with("http") => {
                out.push(shell(format!("claude mcp add --transport http server {}", shell_words::quote(address))));
            }
            _ => {}
        }
    }
    if let Some(code) =
        script.filter(|_| text("uses").is_some_and(|action| action.starts_with("actions/github-script")))
    {
        out.push(Step { language: "javascript", text: code.to_owned() });
    }
    for (name, value) in members.iter().filter(|(_, value)| !value.is_string()) {
        let lines = value.is_array()
            && (name == "command" || ["keys-of-lines", "keys-that-run"].iter().any(|l| lists.has(l, name)));
        if !lines {
            commands_in(value, lists, &given, out, depth + 1);
        }
    }
}

/// What `env` of a step hands over, as a shell would set it: the pipeline's secrets (`export T="${{ secrets.T }}"`, all of
/// them by `toJSON(secrets)`), and what strangers wrote.
fn given_by(env: &Value, lists: &Lists<'_>) -> String {
    let Value::Object(members) = env else { return String::new() };
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let set = |(name, value): (&String, &Value)| {
        let value = value.as_str().filter(|value| value.contains("${{") && name.chars().all(plain))?;
        // How many there are, or which, is nobody's word.
        let counted = [".length", ".number", "_id "].iter().any(|part| value.contains(part));
        if !counted && lists.items("written-by-strangers").any(|item| value.contains(item)) {
            return Some(format!("export {name}=\"${STRANGERS_WORDS}\"\n"));
        }
        let asked = value.to_ascii_lowercase().replace([' ', '(', ')'], "");
        let secret = ["${{secrets.", "${{secrets[", "tojsonsecrets"].iter().any(|sign| asked.contains(sign));
        (secret && !value.contains(['"', '\n'])).then(|| format!("export {name}=\"{value}\"\n"))
    };
    members.iter().filter_map(set).collect()
}

/// A variable of which every shell here knows that strangers wrote what it holds.
const STRANGERS_WORDS: &str = "COMMENT_BODY";
