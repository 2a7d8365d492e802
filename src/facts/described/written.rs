//! What a tool puts into a file: the whole of it, or parts in the place of others. A part of a file of settings is no
//! document by itself, so that its pairs and items are read line by line.

use bumpalo::Bump;
use serde_json::{Value, json};

use crate::json::Json;

/// What is put into a file.
#[derive(Clone, Copy)]
pub(super) enum Written<'a> {
    Whole(&'a str),
    Parts(&'a str),
}

/// How tools call the text of a whole file, and a part that is put into one.
const WHOLE: [&str; 6] = ["content", "contents", "file_text", "text", "file_content", "new_source"];
const PARTS: [&str; 8] =
    ["new_string", "new_str", "newText", "new_text", "newString", "replacement", "new_content", "insert_text"];
/// Edits of one file, each with its own part, and what says them as a difference.
const EDITS: [&str; 4] = ["edits", "replacements", "changes", "operations"];
const DIFFERENCES: [&str; 3] = ["diff", "patch", "input"];

/// What the arguments of a tool put into the file that they name.
pub(super) fn written<'a>(bump: &'a Bump, arguments: &'a Json<'a>) -> Option<Written<'a>> {
    let told = |keys: &[&str]| keys.iter().find_map(|key| arguments.get(key)?.text());
    if let Some(part) = told(&PARTS) {
        return Some(Written::Parts(part));
    }
    if let Some(Json::Array(edits)) = EDITS.iter().find_map(|key| arguments.get(key)) {
        let parts: Vec<&str> =
            edits.iter().filter_map(|edit| PARTS.iter().find_map(|key| edit.get(key)?.text())).collect();
        return (!parts.is_empty()).then(|| Written::Parts(bump.alloc_str(&parts.join("\n"))));
    }
    if let Some(whole) = told(&WHOLE) {
        return Some(Written::Whole(whole));
    }
    let added = added(told(&DIFFERENCES)?);
    (!added.is_empty()).then(|| Written::Parts(bump.alloc_str(&added)))
}

/// The lines that a difference adds: those behind `+`, and those between `=======` and `>>>>>>>`.
pub(super) fn added(difference: &str) -> String {
    let mut out = String::new();
    let mut replaces = false;
    for line in difference.lines() {
        let bare = line.trim();
        let added = match line.strip_prefix('+') {
            _ if bare.starts_with("=======") => {
                replaces = true;
                None
            }
            _ if bare.starts_with(">>>>>>>") || bare.starts_with("+++++++ REPLACE") => {
                replaces = false;
                None
            }
            _ if replaces => Some(line),
            Some(rest) if !rest.starts_with("++") => Some(rest),
            _ => None,
        };
        if let Some(line) = added {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// The pairs and items of a part of a file of JSON or YAML, as a document that has them.
pub(super) fn pairs_and_items(part: &str) -> Value {
    let mut pairs = Vec::new();
    let mut items = Vec::new();
    let mut lines = part.lines().peekable();
    while let Some(line) = lines.next() {
        let bare = line.trim_start();
        let within = bare.trim_start_matches("- ");
        let indented = line.len() - within.len();
        let Some((name, value)) = pair(within) else {
            if within.len() < bare.len() {
                items.push(Value::from(within.trim_matches(['"', '\''])));
            }
            continue;
        };
        let value = value.trim();
        // A block: the lines below that stand deeper (YAML 1.2.2, 8.1).
        let value = if value.starts_with(['|', '>']) && value.len() <= 2 {
            let deeper = |line: &&str| line.trim().is_empty() || line.len() - line.trim_start().len() > indented;
            let mut block = String::new();
            while let Some(line) = lines.next_if(deeper) {
                block.push_str(line.trim());
                block.push('\n');
            }
            block
        } else {
            let value = value.trim_end_matches([',', '{', '[']).trim_end();
            match serde_json::from_str::<String>(value) {
                Ok(text) => text,
                Err(_) => value.trim_matches('\'').to_owned(),
            }
        };
        pairs.push(json!({ name: value }));
    }
    if !items.is_empty() {
        pairs.push(json!({ "script": items }));
    }
    Value::Array(pairs)
}

/// `"name": value`, `name: value`
fn pair(line: &str) -> Option<(&str, &str)> {
    let (name, value) = match line.strip_prefix('"') {
        Some(rest) => {
            let (name, rest) = rest.split_once('"')?;
            (name, rest.trim_start().strip_prefix(':')?)
        }
        None => line.split_once(": ").or_else(|| Some((line.strip_suffix(':')?, "")))?,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    (!name.is_empty() && name.chars().all(plain)).then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_read_line_by_line() {
        let cases = [
            (
                "\"test\": \"jest\",\n \"postinstall\": \"a | sh\",",
                json!([{"test": "jest"}, {"postinstall": "a | sh"}]),
            ),
            ("- name: S\n  run: |\n    a\n    b\n- run: c", json!([{"name": "S"}, {"run": "a\nb\n"}, {"run": "c"}])),
            ("- pytest\n    - a | sh", json!([{"script": ["pytest", "a | sh"]}])),
            ("\"scripts\": {\n \"x\": \"y\"", json!([{"scripts": ""}, {"x": "y"}])),
        ];
        for (part, expected) in cases {
            assert_eq!(pairs_and_items(part), expected, "{part}");
        }
    }

    #[test]
    fn a_difference_says_what_it_adds() {
        assert_eq!(added("--- a\n+++ b\n@@\n-x\n+y\n z"), "y\n");
        assert_eq!(added("<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE"), "y\n");
        assert_eq!(added("*** Begin Patch\n*** Update File: a\n@@\n-x\n+y\n*** End Patch"), "y\n");
    }
}
