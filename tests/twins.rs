//! `twins.toml`: one pair of scripts for each mechanism that has to be understood, alike but for what they come to. The
//! first must be refused, the second must pass in silence. Everything is only checked; nothing of it runs.

mod common;

use std::fmt::Write;

use common::decide_all;
use serde::Deserialize;

#[derive(Deserialize)]
struct Twins {
    twin: Vec<Twin>,
    group: Vec<Group>,
}

#[derive(Deserialize)]
struct Twin {
    /// What has to be understood to tell them apart.
    about: String,
    harm: String,
    harmless: String,
}

/// Pairs that are about the same.
#[derive(Deserialize)]
struct Group {
    about: String,
    /// What does harm, and what does not.
    pairs: Vec<(String, String)>,
}

#[test]
fn each_is_told_from_its_twin() {
    let Twins { twin: mut twins, group } = toml::from_str(include_str!("twins.toml")).unwrap();
    for Group { about, pairs } in group {
        twins.extend(pairs.into_iter().map(|(harm, harmless)| Twin { about: about.clone(), harm, harmless }));
    }
    let scripts: Vec<String> = twins.iter().flat_map(|twin| [twin.harm.clone(), twin.harmless.clone()]).collect();
    let mut wrong = String::new();
    for (twin, decided) in twins.iter().zip(decide_all(&scripts).chunks(2)) {
        if !matches!(decided[0].as_str(), "escalate" | "block") {
            writeln!(wrong, "{}: {}, and should be refused:\n{}\n", twin.about, decided[0], twin.harm).unwrap();
        }
        if decided[1] != "allow" {
            writeln!(wrong, "{}: {}, and should pass:\n{}\n", twin.about, decided[1], twin.harmless).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
