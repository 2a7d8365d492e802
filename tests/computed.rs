//! `computed.toml`: expressions of Python and JavaScript, and what Python 3.11 and Node 20 print of them. gate computes the
//! same, or says that it does not know. Everything is only checked; nothing of it runs.

mod common;

use common::judge_below;
use serde::Deserialize;

#[derive(Deserialize)]
struct Expressions {
    python: Vec<(String, String)>,
    javascript: Vec<(String, String)>,
}

#[test]
fn what_code_computes_is_what_the_language_computes() {
    let Expressions { python, javascript } = toml::from_str(include_str!("computed.toml")).unwrap();
    let started = |program: &str, prints: &str, (code, printed): &(String, String)| {
        let script = format!("rm -rf \"/srv/$({program} - <<'E'\n{prints}({code})\nE\n)/k\"");
        (script, format!("/srv/{printed}/k"))
    };
    let python = python.iter().map(|pair| started("python3", "print", pair));
    let all: Vec<_> = python.chain(javascript.iter().map(|pair| started("node", "console.log", pair))).collect();
    let scripts: Vec<&str> = all.iter().map(|(script, _)| script.as_str()).collect();
    for ((script, path), judged) in all.iter().zip(judge_below("/home/user/project", &scripts, &[])) {
        let deletes = judged["effects"].as_array().unwrap().iter().find(|effect| effect["does"] == "delete");
        assert_eq!(deletes.unwrap()["target"], *path, "{script}");
    }
}
