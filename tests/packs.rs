//! Every example of every rule, and that every line of every rule is needed by one of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

use std::collections::BTreeSet;

use gate::rehearsal;
use gate::rules::format::{self, PackText};
use gate::rules::sources;

#[test]
fn every_example_of_every_rule() {
    let report = rehearsal::test(&sources(), true, false).unwrap();
    assert!(report.rules > 100 && report.examples > 1000, "the packs are loaded");
    assert!(report.failures.is_empty(), "{}", report.failures.join("\n"));
}

#[test]
fn every_line_of_every_rule_is_needed() {
    let report = rehearsal::test(&sources(), true, true).unwrap();
    assert!(report.removed > 100);
    assert!(report.failures.is_empty(), "{}", report.failures.join("\n"));
}

#[test]
fn enough_programs_are_known() {
    let packs = gate::rules::Packs::builtin();
    let mut programs: Vec<&str> = packs.names().filter(|n| !n.contains(' ')).collect();
    programs.sort_unstable();
    programs.dedup();
    // Far fewer than there are would be a loss that nobody meant.
    assert!(programs.len() >= 3500, "{}", programs.len());
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

/// A list or class that is called by a name nobody gave it would be empty, and say nothing.
#[test]
fn every_list_and_class_that_the_code_asks_for_exists() {
    let packs = gate::rules::Packs::builtin();
    let (classes, lists) = (gate::facts::Know::classes(&packs), gate::facts::Know::lists(&packs));
    let call = regex_lite::Regex::new(r#"(lists(?:\(\))?\s*\.(?:items|has)|(?:\.|globs::)(?:listed|named_in|behind|says_one_of|globs|is_git_setting)|(?:classes(?:\(\))?|self)\s*\.of)\((?:&?[a-z_.()]*(?:lists|vocabulary)(?:\(\))?,)?\s*\[?("[a-z-]+"(?:,\s*"[a-z-]+")*)"#)
        .unwrap();
    let mut asked = 0;
    for entry in walk(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        let text = std::fs::read_to_string(&entry).unwrap();
        for found in call.captures_iter(&text) {
            for name in found[2].split(',').map(|name| name.trim().trim_matches('"')) {
                asked += 1;
                let known = match &found[1] {
                    function if function.ends_with(".of") => classes.names.contains(&name),
                    // One is empty as it comes: a house fills it.
                    _ => lists.possible_of(name, u32::MAX).next().is_some() || name == "installers",
                };
                assert!(known, "{}: no {} is called `{name}`", entry.display(), &found[1]);
            }
        }
    }
    assert!(asked > 300, "{asked}");
}

/// A mark that nobody sets can never be asked for; one that nobody asks for says nothing. The code sets and asks, too.
#[test]
fn every_mark_is_set_and_asked_for() {
    let source = walk(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    let code: String = source
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let (mut set, mut asked) = (BTreeSet::new(), BTreeSet::new());
    for pack in sources() {
        let table: toml::Table = pack.text.parse().unwrap();
        for (kind, value) in &table {
            let opinion = matches!(kind.as_str(), "rule" | "factor");
            marks(value, &mut |name, mark| {
                let marks = if opinion || name == "not-mark" { &mut asked } else { &mut set };
                marks.insert(mark.to_owned());
            });
        }
    }
    let in_code = |mark: &&String| code.contains(&format!("\"{mark}\""));
    assert!(set.len() > 200 && asked.len() > 200, "{} {}", set.len(), asked.len());
    let unheard: Vec<&String> = set.difference(&asked).filter(|mark| !in_code(mark)).collect();
    let never: Vec<&String> = asked.difference(&set).filter(|mark| !in_code(mark)).collect();
    assert!(unheard.is_empty() && never.is_empty(), "nobody asks for {unheard:?}, nobody sets {never:?}");
}

/// Each mark in a value, with the name of the line that it stands in.
fn marks(value: &toml::Value, seen: &mut impl FnMut(&str, &str)) {
    match value {
        toml::Value::Array(items) => items.iter().for_each(|item| marks(item, seen)),
        toml::Value::Table(table) => {
            for (name, value) in table {
                match (name.as_str(), value) {
                    ("mark" | "not-mark", toml::Value::String(mark)) => seen(name, mark),
                    ("mark" | "not-mark", toml::Value::Array(all)) => {
                        all.iter().filter_map(toml::Value::as_str).for_each(|mark| seen(name, mark));
                    }
                    _ => marks(value, seen),
                }
            }
        }
        _ => {}
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

/// A word that no list of the format has is a mistake with its place and what was meant.
#[test]
fn a_misspelt_word_of_a_pack_is_an_error() {
    let rule = |line: &str| {
        format!(
            "[[rule]]\nid = \"x\"\ntitle = \"x\"\nrisk = \"high\"\ncategory = \"data-loss\"\nwhy = \"x\"\n\
             instead = {{ say = \"x\", run = \"ls\" }}\nreversible = \"yes\"\n[[rule.when]]\neffect = \"delete\"\n{line}\n[rule.examples]\ndeny = [\"rm x\"]\npass = [\"ls\"]\n"
        )
    };
    for (pack, message) in [
        (
            "[[function]]\nlanguage = \"python\"\nnames = [\"x\"]\ndoes = \"shel\"\n",
            "no meaning of a function is called `shel`; did you mean `shell`?",
        ),
        (
            "[[function]]\nlanguage = \"pyton\"\nnames = [\"x\"]\ndoes = \"shell\"\n",
            "no language of functions is called `pyton`; did you mean `python`?",
        ),
        // What is read as `other` is looked up by that name.
        (
            "[[function]]\nlanguage = \"julia\"\nnames = [\"x\"]\ndoes = \"shell\"\n",
            "no language of functions is called `julia`",
        ),
        (
            "[[factor]]\nname = \"x\"\nweight = 0.1\npath = [\"contaner\"]\nbecause = \"x\"\n",
            "no target class is called `contaner`; did you mean `container`?",
        ),
        ("[[factor]]\nname = \"x\"\nweight = 0.1\ncircumstance = \"refusd\"\nbecause = \"x\"\n", "refusd"),
        (
            "[[command]]\nname = \"x\"\ncode = [{ from = [\"-c\"], language = \"bsh\" }]\n",
            "no language is called `bsh`; did you mean `bash`?",
        ),
        ("[[command]]\nname = \"x\"\nfollows = \"mkae\"\n", "no kind of file is called `mkae`; did you mean `make`?"),
        (
            "[[command]]\nname = \"x\"\ncontext = \"kubernets\"\n",
            "no context is called `kubernets`; did you mean `kubernetes`?",
        ),
        (
            "[[variable]]\ntype = \"secrt\"\nnames = [\"X\"]\n",
            "no type of a variable is called `secrt`; did you mean `secret`?",
        ),
        (
            "[[sign]]\nlanguage = \"pyton\"\nsays = [\"x\"]\ndoes = \"delete\"\ntarget = \"x\"\nexample = \"x\"\n",
            "no language of signs is called `pyton`; did you mean `python`?",
        ),
        (
            "[[factor]]\nname = \"x\"\nweight = 0.1\nenvironment = \"prodution\"\nbecause = \"x\"\n",
            "no environment is called `prodution`; did you mean `production`?",
        ),
        (&rule("environment = \"prodution\""), "no environment is called `prodution`; did you mean `production`?"),
        (&rule("actor = \"robott\""), "no actor is called `robott`"),
        (&rule("to = \"nowhere\""), "unknown field `to`"),
    ] {
        let packs = gate::rules::Packs::builtin();
        let text: &'static str = format!("pack = \"x\"\nabout = \"x\"\n{pack}").leak();
        let packs = format::compile(&[PackText { file: "x.toml", text }], &[], gate::facts::Know::vocabulary(&packs));
        let error = packs.map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

/// The table of the documents is that of the packs.
#[test]
fn every_factor_is_in_the_documents() {
    let rows: Vec<String> = include_str!("../docs/risk.md").lines().map(str::to_owned).collect();
    for factor in gate::rules::Packs::builtin().factors() {
        let sign = if factor.weight < 0 { '−' } else { '+' };
        let row = format!("| {} | {sign}.{:02} | {} |", factor.name, factor.weight.abs(), factor.because);
        assert!(rows.contains(&row), "{row}");
    }
}
