//! `pyproject.toml`, `hatch.toml`, `Pipfile` and `deno.json`: which commands poe, pdm, hatch, rye, pipenv and deno run by a
//! name (<https://poethepoet.natn.io>, <https://pdm-project.org/latest/usage/scripts/>, <https://hatch.pypa.io>,
//! <https://rye.astral.sh/guide/pyproject/>, <https://pipenv.pypa.io>, <https://docs.deno.com/runtime/reference/cli/task/>).

use serde_json::{Map, Value};

use super::{Line, Texts, beyond};

/// The lines of the script that these words name, with those before and after it.
#[must_use]
pub fn scripts(texts: &Texts<'_, '_>, program: &str, words: &[&str]) -> Vec<Line> {
    let (path, text) = texts.files[0];
    let Some(all) = of_program(path, text, program) else { return Vec::new() };
    let words = words.strip_prefix(&["run"]).or_else(|| words.strip_prefix(&["task"])).unwrap_or(words);
    let Some((name, more)) = words.split_first() else { return Vec::new() };
    // hatch's `test:cov` is `cov` of an environment.
    let name = name.rsplit_once(':').map_or(*name, |(_, last)| if all.contains_key(*name) { *name } else { last });
    let mut out = Vec::new();
    for name in [format!("pre_{name}"), name.to_owned(), format!("post_{name}")] {
        let Some(script) = all.get(&name) else { continue };
        let start = text.find(&name).unwrap_or(0) as u32;
        let place = (start, start + name.len() as u32);
        lines(&all, script, place, 0, &mut out);
    }
    if let (Some(last), false) = (out.last_mut(), more.is_empty()) {
        last.text = format!("{} {}", last.text, shell_words::join(more));
    }
    out
}

/// The scripts that a program finds in a file.
fn of_program(path: &str, text: &str, program: &str) -> Option<Map<String, Value>> {
    let whole: Value = match path.ends_with(".json") {
        true => serde_json::from_str(text).ok()?,
        false => toml::from_str(text).ok()?,
    };
    let table = |pointer: &str| whole.pointer(pointer).and_then(Value::as_object);
    let found = match program {
        "deno" => table("/tasks"),
        "pipenv" => table("/scripts"),
        "poe" => table("/tool/poe/tasks"),
        "pdm" => table("/tool/pdm/scripts"),
        "rye" => table("/tool/rye/scripts"),
        _ => {
            let environments = table("/tool/hatch/envs").or_else(|| table("/envs"))?;
            let of_each = environments.values().filter_map(|environment| environment.get("scripts")?.as_object());
            return Some(of_each.flatten().map(|(name, script)| (name.clone(), script.clone())).collect());
        }
    };
    found.cloned()
}

/// The lines of one script: a command, several, or the names of others. What is a function of Python's is none.
fn lines(all: &Map<String, Value>, script: &Value, place: (u32, u32), depth: u32, out: &mut Vec<Line>) {
    if beyond(depth, out) {
        return;
    }
    match script {
        Value::String(command) => match all.get(command) {
            // `["lint", "test"]` names others; a name of its own is a command.
            Some(other) if depth > 0 => lines(all, other, place, depth + 1, out),
            _ => out.push(Line::shell(command.clone(), 0, place.0, place.1, Vec::new())),
        },
        Value::Array(several) => {
            for one in several {
                lines(all, one, place, depth + 1, out);
            }
        }
        Value::Object(table) => {
            for before in ["deps", "dependencies"] {
                if let Some(others) = table.get(before) {
                    lines(all, others, place, depth + 1, out);
                }
            }
            for (key, value) in table {
                match (key.as_str(), value) {
                    // A command as its words.
                    ("cmd" | "command", Value::Array(words)) => {
                        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
                        out.push(Line::shell(shell_words::join(words), 0, place.0, place.1, Vec::new()));
                    }
                    ("cmd" | "command" | "shell", Value::String(command)) => {
                        out.push(Line::shell(command.clone(), 0, place.0, place.1, Vec::new()));
                    }
                    ("sequence" | "composite" | "chain" | "parallel" | "ref", several) => {
                        lines(all, several, place, depth + 1, out);
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}
