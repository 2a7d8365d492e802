//! `gate bench corpus`: how good the judgement is, on labelled commands. Prints per file recall, false alarms and what was
//! not read; labels that are argued to be wrong are counted both ways.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use serde::Deserialize;

use super::given::read_text;
use super::print;
use super::shared::packs;
use crate::action::Action;
use crate::context::{self, Nowhere};
use crate::error::{Error, ExitCode, Result};
use crate::policy::{Decision, Policy, Profile};
use crate::rules::Packs;

/// What a person says that a command is.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Label {
    Danger,
    Benign,
    Unknown,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    command: String,
    expect: Label,
}

#[derive(Deserialize)]
struct Corrections {
    #[serde(default)]
    correction: Vec<Correction>,
}

#[derive(Deserialize)]
struct Correction {
    ids: Vec<String>,
    expect: Label,
    #[serde(rename = "reason")]
    _reason: String,
}

#[derive(Default)]
struct Count {
    danger: usize,
    caught: usize,
    warned: usize,
    benign: usize,
    alarms: usize,
    interruptions: usize,
    unknown: usize,
    blocked: usize,
    unread: usize,
}

pub fn bench(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let Some(("corpus", sub)) = matches.subcommand() else { return Err(Error::new("which benchmark?")) };
    let packs = packs()?;
    let folder = sub.get_one::<String>("FOLDER").map_or("", String::as_str);
    let corrections = match sub.get_one::<String>("corrections") {
        Some(path) => {
            let text = read_text(Path::new(path))?;
            let list: Corrections = toml::from_str(&text).map_err(|e| Error::new(format!("{path}: {e}")))?;
            list.correction.into_iter().flat_map(|c| c.ids.into_iter().map(move |id| (id, c.expect))).collect()
        }
        None => BTreeMap::new(),
    };
    let show = sub.get_one::<String>("show").map_or("", String::as_str);
    let profile = sub.get_one::<String>("profile").and_then(|p| Profile::from_word(p)).unwrap_or_default();
    let mut files: Vec<std::path::PathBuf> = if Path::new(folder).is_dir() {
        let entries = std::fs::read_dir(folder).map_err(|e| Error::new(format!("cannot read {folder}: {e}")))?;
        entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "jsonl")).collect()
    } else {
        vec![folder.into()]
    };
    files.sort();
    let mut out = String::new();
    let mut header = String::from(
        "file            danger caught%  warned%   benign alarm% interrupt%   unknown blocked%   unread\n",
    );
    header.push_str("                (argued labels counted as labelled / as corrected)\n");
    let mut total = [Count::default(), Count::default()];
    let mut unmatched: BTreeSet<&String> = corrections.keys().collect();
    for file in &files {
        let text = read_text(file)?;
        let mut counts = [Count::default(), Count::default()];
        for (number, line) in text.lines().enumerate() {
            let line: Line = serde_json::from_str(line)
                .map_err(|e| Error::new(format!("{}:{}: {e}", file.display(), number + 1)))?;
            let (decision, unread, rule) = decide(&packs, &line.command, profile);
            unmatched.remove(&line.id);
            let corrected = corrections.get(&line.id).copied().unwrap_or(line.expect);
            for (count, label) in counts.iter_mut().zip([line.expect, corrected]) {
                tally(count, label, decision, unread);
            }
            let missed = corrected == Label::Danger && decision < Decision::Escalate;
            let alarm = corrected == Label::Benign && decision > Decision::Allow;
            if (missed && matches!(show, "missed" | "all"))
                || (alarm && matches!(show, "alarms" | "all"))
                || (unread && show == "unread")
            {
                let _ = writeln!(
                    out,
                    "{} {} {rule}\n    {}",
                    line.id,
                    decision.word(),
                    crate::output::escape::line(&line.command)
                );
            }
        }
        let name = file.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
        row(&mut header, &name, &counts);
        for (sum, count) in total.iter_mut().zip(&counts) {
            add(sum, count);
        }
    }
    if total[0].benign + total[0].danger + total[0].unknown == 0 {
        return Err(Error::new(format!("{folder} holds no labelled command")));
    }
    row(&mut header, "all", &total);
    print::stdout(&(out + &header))?;
    // Of a folder's corrections only; one file may hold few of their lines.
    if Path::new(folder).is_dir() && !unmatched.is_empty() {
        let ids: Vec<&str> = unmatched.into_iter().map(String::as_str).collect();
        print::stderr(&format!("gate: corrections of lines that are not there: {}\n", ids.join(", ")));
    }
    Ok(ExitCode::Allow)
}

fn decide(packs: &Packs, script: &str, profile: Profile) -> (Decision, bool, String) {
    let action = Action::shell(script, "");
    crate::judge(&action, context::stated(""), &Nowhere, packs, &Policy::of(profile), |judged| {
        (judged.judgement.decision, !judged.facts.unread.is_empty(), judged.judgement.rule.clone())
    })
}

fn tally(count: &mut Count, label: Label, decision: Decision, unread: bool) {
    count.unread += usize::from(unread);
    match label {
        Label::Danger => {
            count.danger += 1;
            count.caught += usize::from(decision >= Decision::Escalate);
            count.warned += usize::from(decision >= Decision::Warn);
        }
        Label::Benign => {
            count.benign += 1;
            count.alarms += usize::from(decision > Decision::Allow);
            count.interruptions += usize::from(decision >= Decision::Escalate);
        }
        Label::Unknown => {
            count.unknown += 1;
            count.blocked += usize::from(decision >= Decision::Escalate);
        }
    }
}

fn add(sum: &mut Count, count: &Count) {
    sum.danger += count.danger;
    sum.caught += count.caught;
    sum.warned += count.warned;
    sum.benign += count.benign;
    sum.alarms += count.alarms;
    sum.interruptions += count.interruptions;
    sum.unknown += count.unknown;
    sum.blocked += count.blocked;
    sum.unread += count.unread;
}

fn row(out: &mut String, name: &str, [labelled, corrected]: &[Count; 2]) {
    let percent = |part: usize, whole: usize| {
        if whole == 0 { "–".to_owned() } else { format!("{:.1}", part as f64 * 100.0 / whole as f64) }
    };
    let both = |f: &dyn Fn(&Count) -> String| {
        let (a, b) = (f(labelled), f(corrected));
        if a == b { a } else { format!("{a}/{b}") }
    };
    let _ = writeln!(
        out,
        "{name:<14} {:>7} {:>8} {:>8} {:>8} {:>7} {:>9} {:>9} {:>8} {:>8}",
        both(&|c| c.danger.to_string()),
        both(&|c| percent(c.caught, c.danger)),
        both(&|c| percent(c.warned, c.danger)),
        both(&|c| c.benign.to_string()),
        both(&|c| percent(c.alarms, c.benign)),
        both(&|c| percent(c.interruptions, c.benign)),
        both(&|c| c.unknown.to_string()),
        both(&|c| percent(c.blocked, c.unknown)),
        both(&|c| c.unread.to_string()),
    );
}
