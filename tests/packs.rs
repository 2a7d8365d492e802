//! Every example of every rule, and that every line of every rule is needed by one of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

use gate::rules::{SOURCES, examples};

#[test]
fn every_example_of_every_rule() {
    let report = examples::test(SOURCES, true, false).unwrap();
    assert!(report.rules > 100 && report.examples > 1000, "the packs are loaded");
    assert!(report.failures.is_empty(), "{}", report.failures.join("\n"));
}

#[test]
fn every_line_of_every_rule_is_needed() {
    let report = examples::test(SOURCES, true, true).unwrap();
    assert!(report.removed > 100);
    assert!(report.failures.is_empty(), "{}", report.failures.join("\n"));
}

#[test]
fn enough_programs_are_known() {
    let packs = gate::rules::Packs::builtin();
    let mut programs: Vec<&str> = packs.names().filter(|n| !n.contains(' ')).collect();
    programs.sort_unstable();
    programs.dedup();
    assert!(programs.len() >= 180, "{}", programs.len());
}

/// A subcommand that another entry takes the words of would describe nothing.
#[test]
fn every_entry_is_found_by_its_own_name() {
    use gate::facts::{Input, Know, read, snapshot::Snapshot};
    let packs = gate::rules::Packs::builtin();
    let found = |script: &str| {
        let bump = bumpalo::Bump::new();
        let snapshot = Snapshot { closed: true, ..Snapshot::default() };
        let reading = read(&bump, &Input::Script { text: script, language: "bash" }, &snapshot, &packs);
        reading.facts.calls.first().and_then(|call| call.entry).map(|entry| entry.name)
    };
    let lost = packs.names().filter(|name| name.contains(' ')).filter(|name| {
        let meant = packs.entry(name).map(|entry| entry.name);
        let plain = name.replace("**", "x").replace('*', "x");
        // Of `get|list` either; a more telling entry may have the other.
        let choice = |last: bool| {
            let words =
                plain.split(' ').map(|word| if last { word.rsplit('|').next() } else { word.split('|').next() });
            words.flatten().collect::<Vec<_>>().join(" ")
        };
        [false, true].into_iter().all(|last| found(&choice(last)) != meant)
    });
    assert_eq!(lost.collect::<Vec<_>>(), Vec::<&str>::new());
}
