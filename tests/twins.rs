//! `twins.toml`: one pair of scripts for each mechanism that has to be understood, alike but for what they come to. The
//! first must be refused, the second must pass in silence. Everything is only checked, in one batch; nothing of it runs.

use std::fmt::Write;

use assert_cmd::Command;
use serde::Deserialize;

#[derive(Deserialize)]
struct Twins {
    twin: Vec<Twin>,
}

#[derive(Deserialize)]
struct Twin {
    /// What has to be understood to tell them apart.
    about: String,
    harm: String,
    harmless: String,
}

#[test]
fn each_is_told_from_its_twin() {
    let Twins { twin: twins } = toml::from_str(include_str!("twins.toml")).unwrap();
    let mut input = String::new();
    for script in twins.iter().flat_map(|twin| [&twin.harm, &twin.harmless]) {
        let line = serde_json::json!({ "script": script.trim_end(), "cwd": "/home/user/project" });
        writeln!(input, "{line}").unwrap();
    }
    let output = Command::cargo_bin("gate").unwrap().args(["check", "--batch", "--no-log"]).write_stdin(input).output();
    let answers = String::from_utf8(output.unwrap().stdout).unwrap();
    let decisions: Vec<String> = answers
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["decision"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(decisions.len(), twins.len() * 2);
    let mut wrong = String::new();
    for (twin, decided) in twins.iter().zip(decisions.chunks(2)) {
        if !matches!(decided[0].as_str(), "escalate" | "block") {
            writeln!(wrong, "{}: {}, and should be refused:\n{}\n", twin.about, decided[0], twin.harm).unwrap();
        }
        if decided[1] != "allow" {
            writeln!(wrong, "{}: {}, and should pass:\n{}\n", twin.about, decided[1], twin.harmless).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
