//! `gate rules`: what gate thinks is risky, and the tests of it.

use std::fmt::Write;
use std::path::Path;

use super::given::read_text;
use super::print;
use super::shared::packs;
use crate::assess::alternative::{for_target, told_of, undone};
use crate::error::{Error, ExitCode, Result};
use crate::policy::hundredths;
use crate::rehearsal;
use crate::rules::format::{self, PackText, RuleSource, nearest};
use crate::rules::{Packs, sources};

pub fn rules(matches: &clap::ArgMatches) -> Result<ExitCode> {
    match matches.subcommand() {
        Some(("show", sub)) => show(sub.get_one::<String>("RULE").map_or("", String::as_str)),
        Some(("new", sub)) => new(sub.get_one::<String>("RULE").map_or("", String::as_str)),
        Some(("test", sub)) => test(sub),
        Some(("lint", sub)) => lint(sub),
        _ => list(),
    }
}

fn list() -> Result<ExitCode> {
    let packs = packs()?;
    let mut out = String::new();
    for rule in packs.all_rules() {
        let _ = writeln!(out, "{:<44} {:<8} {:<18} {}", rule.id, rule.risk.word(), rule.category.word(), rule.title);
    }
    print::text(&out)?;
    Ok(ExitCode::Allow)
}

/// What the words before the examples say.
const EXAMPLES: &str = "\nThe rule finds each `deny` for certain, cannot be sure of an `unsure`, and stays quiet at a `pass`; \
                        `gate rules test` runs them all.\n";

fn show(id: &str) -> Result<ExitCode> {
    let packs = packs()?;
    let Some(rule) = packs.all_rules().find(|r| r.id == id || r.id.rsplit('/').next() == Some(id)) else {
        return Err(Error::new(format!("there is no rule `{id}`")).help(meant(id, &packs)));
    };
    let mut out = String::new();
    let _ = writeln!(out, "{}\n{}\n", rule.id, rule.title);
    let _ = writeln!(out, "risk      {} ({})", rule.risk.word(), hundredths(crate::assess::base(rule.risk)));
    let _ = writeln!(out, "category  {}", rule.category.word());
    let _ = writeln!(out, "why       {}", rule.why);
    let _ = writeln!(out, "instead   {}", told_of(rule.say, &[]));
    if !rule.run.is_empty() {
        let _ = writeln!(out, "          {}", for_target(rule.run, &[], None));
    }
    let _ = writeln!(out, "undo      {}", undone(rule.undo, rule.reversible, &[]));
    for pack in sources() {
        let sources = format::sources(pack).unwrap_or_default();
        if let Some(source) = sources.iter().find(|s| s.id == rule.id) {
            let _ = writeln!(out, "defined   {}:{}\n\n{}", source.file, source.line, source.conditions);
            for (name, list) in
                [("deny", &source.examples.deny), ("unsure", &source.examples.unsure), ("pass", &source.examples.pass)]
            {
                for example in list {
                    let _ = writeln!(out, "{name:<9} {}", rehearsal::script(example).replace('\n', "\n          "));
                    let circumstances = rehearsal::circumstances(example);
                    if !circumstances.is_empty() {
                        let _ = writeln!(out, "          ({circumstances})");
                    }
                }
            }
            out.push_str(EXAMPLES);
        }
    }
    print::text(&out)?;
    Ok(ExitCode::Allow)
}

/// The rule that was meant, or those that find what was said.
fn meant(id: &str, packs: &Packs) -> String {
    if let Some(near) = nearest(id, packs.all_rules().map(|r| r.id)) {
        return format!("did you mean `{near}`?");
    }
    // What it would be called by what it finds: `git/clean`.
    let phrase = id.replace(['/', '-'], " ");
    let says = |script: &str| {
        script.split(['\n', ';', '|', '&']).any(|line| format!("{} ", line.trim()).contains(&format!("{phrase} ")))
    };
    let finds = |rule: &RuleSource| {
        phrase.len() > 2 && rule.examples.deny.iter().any(|example| says(rehearsal::script(example)))
    };
    let few: Vec<String> = sources()
        .into_iter()
        .flat_map(|pack| format::sources(pack).unwrap_or_default())
        .filter(finds)
        .take(5)
        .map(|rule| format!("`{}`", rule.id))
        .collect();
    match few.is_empty() {
        true => "`gate rules list` shows them all".to_owned(),
        false => format!("did you mean {}? `gate rules list` shows them all", few.join(", ")),
    }
}

/// Prints what a new rule begins with: every line that it needs, to be written anew.
fn new(id: &str) -> Result<ExitCode> {
    let sound = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && !part.ends_with('-')
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let Some((pack, name)) = id.split_once('/').filter(|(pack, name)| sound(pack) && sound(name)) else {
        return Err(Error::new(format!("`{id}` is no name of a rule"))
            .help("a pack and what the rule finds, in small letters: gate rules new git/delete-remote-tag"));
    };
    let packs = packs()?;
    if packs.all_rules().any(|rule| rule.id == id) {
        return Err(Error::new(format!("there is a rule `{id}` already")).help(format!("gate rules show {id}")));
    }
    let head = match sources().iter().any(|source| source.file.rsplit('/').next() == Some(&*format!("{pack}.toml"))) {
        true => String::new(),
        false => format!("pack = \"{pack}\"\n"),
    };
    print::stdout(&format!("{head}{}", SKELETON.replace("NAME", name)))?;
    Ok(ExitCode::Allow)
}

/// A rule that is complete, and finds something, as an example: a push by force.
const SKELETON: &str = r#"
[[rule]]
id = "NAME"
title = "Says in a few words what it finds"
risk = "medium"                  # low medium high critical
category = "history-rewrite"
why = "Says what would be lost, and for whom."
instead = { say = "what to do instead", run = "git branch -r --merged" }
undo = "how it is undone"
reversible = "hard"              # yes hard no

[[rule.when]]                    # all lines must hold; several blocks are alternatives
effect = "push"
mark = "force"

[rule.examples]                  # first: what it finds for certain, what it cannot be sure of, what it leaves alone
deny = ["git push --force origin v1.0"]
unsure = []
pass = ["git push origin feature/x"]
"#;

fn files(matches: &clap::ArgMatches) -> Result<Vec<(String, String)>> {
    matches
        .get_many::<String>("FILE")
        .unwrap_or_default()
        .map(|path| {
            let text = read_text(Path::new(path))?;
            Ok((path.clone(), text))
        })
        .collect()
}

fn test(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let own = files(matches)?;
    let texts: Vec<PackText<'_>> =
        if own.is_empty() { sources() } else { own.iter().map(|(file, text)| PackText { file, text }).collect() };
    let builtin = own.is_empty();
    let report =
        rehearsal::test(&texts, builtin, matches.get_flag("thorough")).map_err(|e| Error::new(e.to_string()))?;
    if report.examples == 0 {
        return Err(Error::new("there is no example to run").help("a rule without examples shows nothing"));
    }
    let mut out = String::new();
    for failure in &report.failures {
        let _ = writeln!(out, "{failure}");
    }
    let _ = writeln!(
        out,
        "{} rules, {} examples, {} lines removed: {} failed",
        report.rules,
        report.examples,
        report.removed,
        report.failures.len()
    );
    print::text(&out)?;
    Ok(if report.failures.is_empty() { ExitCode::Allow } else { ExitCode::Error })
}

fn lint(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let own = files(matches)?;
    let texts: Vec<PackText<'_>> = own.iter().map(|(file, text)| PackText { file, text }).collect();
    let packs = Packs::builtin();
    let names: Vec<&str> = packs.names().collect();
    format::compile(&texts, &names, crate::facts::Know::vocabulary(&packs)).map_err(|e| Error::new(e.to_string()))?;
    print::stdout("no mistakes found\n")?;
    Ok(ExitCode::Allow)
}
