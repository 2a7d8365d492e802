//! `tools.toml`: calls of tools that are alike but for what they come to, as a coding agent's hook gets them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]
#![cfg(unix)]

mod common;

use common::Place;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Groups {
    group: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    about: String,
    /// The tool, what a person has to see, and what is silent.
    calls: Vec<(String, String, String)>,
}

/// Whether the hook has no say; each call is a session of its own.
fn is_silent(place: &Place, session: usize, tool: &str, input: &str) -> bool {
    let input: Value = serde_json::from_str(input).unwrap_or_else(|error| panic!("{tool} {input}: {error}"));
    let message = json!({
        "session_id": session.to_string(), "cwd": place.work(), "hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": input,
    });
    let output = place.gate(&["hook", "claude-code"]).write_stdin(message.to_string()).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let answer = String::from_utf8(output.stdout).unwrap();
    assert!(answer.is_empty() || answer.contains("deny"), "{tool} {input}: {answer}");
    answer.is_empty()
}

#[test]
fn each_call_is_told_from_its_twin() {
    let Groups { group } = toml::from_str(include_str!("tools.toml")).unwrap();
    let mut session = 0;
    for Group { about, calls } in group {
        for (tool, harm, harmless) in calls {
            for (input, silent) in [(harm, false), (harmless, true)] {
                session += 1;
                let place = Place::new();
                std::fs::create_dir_all(place.work().join(".git")).unwrap();
                assert_eq!(is_silent(&place, session, &tool, &input), silent, "{about}: {tool} {input}");
            }
        }
    }
}

/// A verb behind letters that stand for words, or behind a cloud's name, says what an operation does.
#[test]
fn an_operation_is_known_by_its_verb_wherever_that_stands() {
    for (tool, silent) in [
        ("DBDelete", false),
        ("SQLDropTable", false),
        ("VMTerminate", false),
        ("aws_delete_bucket", false),
        ("az_delete_group", false),
        ("DBList", true),
        ("VMStatus", true),
        ("aws_list_buckets", true),
        ("list_delete_requests", true),
    ] {
        assert_eq!(is_silent(&Place::new(), 0, tool, r#"{"name":"invoices"}"#), silent, "{tool}");
    }
}
