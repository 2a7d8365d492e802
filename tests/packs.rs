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
