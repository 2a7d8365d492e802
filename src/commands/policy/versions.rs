//! Drafts, versions and their history, in the state directory; `use` makes a version the user's policy.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::{file, of_file, write};
use crate::action::{Action, What};
use crate::audit;
use crate::commands::print;
use crate::commands::shared::packs;
use crate::context::policies::Places;
use crate::digest;
use crate::error::{Error, ExitCode, Result};
use crate::policy::format::{self, SCHEMA};
use crate::policy::interchange::{Spelling, export};
use crate::policy::lint;
use crate::policy::sentence;
use crate::policy::words::slug;

fn home() -> Result<PathBuf> {
    audit::state_directory()
        .map(|state| state.join("policies"))
        .ok_or_else(|| Error::new("there is no state directory: neither XDG_STATE_HOME nor a home says where"))
}

fn folder(name: &str) -> Result<PathBuf> {
    if name != slug(name) {
        return Err(Error::new(format!("`{name}` is no name for a policy")).help(format!("as in `{}`", slug(name))));
    }
    Ok(home()?.join(name))
}

/// Writes a draft: where nothing but a person's `publish` reads it.
pub fn save_draft(name: &str, text: &str, force: bool) -> Result<PathBuf> {
    let path = folder(name)?.join("draft.toml");
    if path.exists() && !force && !holds(&path, text) {
        return Err(Error::new(format!("there is another draft `{name}`"))
            .help("publish it, take another name, or give --force to throw it away"));
    }
    write(&path, text, true)?;
    Ok(path)
}

/// Whether a file is known to be this text.
fn holds(path: &Path, text: &str) -> bool {
    std::fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes())
}

/// A file by its path, or by the name of a published policy (`name` or `name@3`) or its draft (`name@draft`).
pub fn find(name: &str) -> Result<PathBuf> {
    // A bare name is never a file of the current folder: whoever is judged may have put one there.
    if name.contains(['/', '.']) {
        return Ok(PathBuf::from(name));
    }
    let (name, version) = name.split_once('@').unwrap_or((name, ""));
    let folder = folder(name)?;
    let version = match version {
        "" => latest(&folder).to_string(),
        other => other.to_owned(),
    };
    let path = folder.join(format!("{version}.toml"));
    if !path.exists() {
        let known: Vec<String> = std::fs::read_dir(home()?)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|e| e.file_name().into_string().ok())
            .collect();
        let of_version = if version == "0" { String::new() } else { format!(" of version `{version}`") };
        return Err(Error::new(format!("there is no policy `{name}`{of_version}")).help(if known.is_empty() {
            "gate policy draft, then publish".to_owned()
        } else {
            format!("there are {}", known.join(", "))
        }));
    }
    Ok(path)
}

fn latest(folder: &Path) -> u32 {
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|e| e.file_name().to_str()?.strip_suffix(".toml")?.parse().ok())
        .max()
        .unwrap_or(0)
}

pub fn draft(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let mut out = String::new();
    let Some(sentence) = matches.get_one::<String>("SENTENCE") else {
        // Without a sentence: what drafts there are.
        for entry in std::fs::read_dir(home()?).into_iter().flatten().flatten() {
            if entry.path().join("draft.toml").exists() {
                let _ = writeln!(out, "{}", entry.file_name().to_string_lossy());
            }
        }
        print::plain(&out)?;
        return Ok(ExitCode::Allow);
    };
    let draft = sentence::draft(sentence);
    for part in &draft.understood {
        let _ = writeln!(out, "# understood  {part}");
    }
    for problem in &draft.problems {
        let _ = writeln!(out, "# problem     {problem}");
    }
    if !draft.problems.is_empty() {
        print::plain(&out)?;
        return Err(Error::new("the sentence is not wholly understood, so no rule is proposed")
            .help("say it in the words above, or write the rule by hand: docs/policy.md"));
    }
    let mut proposed = format::File {
        schema: SCHEMA.to_owned(),
        name: slug(sentence),
        rules: vec![toml::Spanned::new(0..0, draft.rule.clone())],
        ..format::File::default()
    };
    if draft.rule.action == format::Verdict::RequireApproval {
        proposed.approval = Some(format::Approvers { groups: vec!["approvers".to_owned()], ..Default::default() });
        proposed.groups.insert("approvers".to_owned(), vec!["replace-me@example.com".to_owned()]);
    }
    let text = export(&proposed, Spelling::Toml).map_err(Error::new)?;
    out.push('\n');
    out.push_str(&text);
    out.push_str("\n# cases to confirm\n");
    let packs = packs()?;
    let policy = of_file("draft", proposed);
    for (case, fires) in &draft.cases {
        let mut action = case_action(case);
        // Where the rule holds, as far as it says so.
        action.context.environment = draft.rule.when.environment.0.first().cloned();
        action.context.branch = draft.rule.when.branch.0.first().cloned();
        let got = super::cases::came(&action, &packs, &policy);
        let fired = got.others.contains(&draft.rule.id);
        let wrong = if fired == *fires { "" } else { "  (not as the sentence was understood!)" };
        let _ = writeln!(out, "#   {:<9} {case}{wrong}", if fired { got.decision.word() } else { "no match" });
    }
    out.push_str("# nothing takes effect before you publish it, and `gate policy use` it\n");
    if let Some(name) = matches.get_one::<String>("save") {
        let path = save_draft(name, &text, matches.get_flag("force"))?;
        let _ = writeln!(out, "# saved as draft {name}: {}", path.display());
    }
    print::plain(&out)?;
    Ok(ExitCode::Allow)
}

/// `stripe:create_refund {"amount":101}` or a command.
fn case_action(case: &str) -> Action {
    match case.split_once(" {") {
        Some((verb, args)) => {
            Action { what: What::Tool { verb: verb.to_owned(), args: format!("{{{args}") }, ..Action::default() }
        }
        None => Action::shell(case, ""),
    }
}

/// A version that was made, with what the linter warns of in it.
pub struct Published {
    pub version: u32,
    pub digest: String,
    pub warnings: Vec<lint::Problem>,
}

/// Makes a new version of a policy, unless the linter finds an error in it: nobody would look for it afterwards.
pub fn publish_text(name: &str, text: &str, note: &str) -> Result<Published> {
    let content = crate::policy::read::parse(name, text).map_err(|e| Error::new(format!("bad policy\n{e}")))?;
    let problems = lint::lint(name, text, &content, &packs()?, crate::sys::seconds());
    let (wrong, warnings): (Vec<_>, Vec<_>) = problems.into_iter().partition(|p| p.severity == lint::Severity::Error);
    if !wrong.is_empty() {
        let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        return Err(Error::new(format!("bad policy\n{}", wrong.join("\n"))).help("nothing is published"));
    }
    let folder = folder(name)?;
    let version = latest(&folder) + 1;
    let digest = digest::named(text.as_bytes());
    write(&folder.join(format!("{version}.toml")), text, false)?;
    let actor = crate::context::account().1;
    let line = serde_json::json!({
        "version": version, "digest": digest, "time": audit::timestamp(), "by": actor, "note": note,
    });
    let path = folder.join("history.jsonl");
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, format!("{line}\n").as_bytes()))
        .map_err(|e| Error::new(format!("cannot write {}: {e}", path.display())))?;
    Ok(Published { version, digest, warnings })
}

pub fn publish(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let name = matches.get_one::<String>("NAME").map_or("", String::as_str);
    let path = match matches.get_one::<String>("FILE") {
        Some(file) => PathBuf::from(file),
        None => folder(name)?.join("draft.toml"),
    };
    if !path.exists() {
        let file = matches.contains_id("FILE").then(|| format!("{} does not exist", path.display()));
        return Err(Error::new(file.unwrap_or_else(|| format!("there is no draft `{name}`")))
            .help("gate policy draft SENTENCE --save NAME writes one, or name a file: gate policy publish NAME FILE"));
    }
    let (text, _) = file(&path)?;
    let note = matches.get_one::<String>("note").map_or("", String::as_str);
    let Published { version, digest, warnings } = publish_text(name, &text, note)?;
    print::plain(&format!("{name} version {version} {digest}\n"))?;
    for problem in warnings {
        print::stderr(&format!("{problem}\n"));
    }
    print::stderr(&format!("gate: `gate policy use {name}` puts it in force\n"));
    Ok(ExitCode::Allow)
}

pub fn history(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let name = matches.get_one::<String>("NAME").map_or("", String::as_str);
    let path = folder(name)?.join("history.jsonl");
    let text = std::fs::read_to_string(&path).map_err(|_| Error::new(format!("`{name}` was never published")))?;
    let mut out = String::new();
    for line in text.lines() {
        let Ok(value) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        let member = |key: &str| {
            value.get(key).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).unwrap_or_default()
        };
        let file = folder(name)?.join(format!("{}.toml", member("version")));
        let now = std::fs::read(&file).map(|bytes| digest::named(&bytes)).unwrap_or_default();
        let changed = if now == member("digest") { "" } else { "  CHANGED SINCE" };
        let _ = writeln!(
            out,
            "{:>3}  {}  {}  {}  {}{changed}",
            member("version"),
            member("time"),
            member("digest"),
            member("by"),
            member("note")
        );
    }
    print::plain(&out)?;
    Ok(ExitCode::Allow)
}

/// `gate policy use NAME[@VERSION]`: that version becomes the user's policy.
pub fn adopt(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let name = matches.get_one::<String>("NAME").map_or("", String::as_str);
    let path = find(name)?;
    let (text, content) = file(&path)?;
    let target = match matches.get_one::<String>("to") {
        Some(path) => PathBuf::from(path),
        None => Places::of_machine().user.ok_or_else(|| Error::new("no home directory is known"))?,
    };
    if content.extends.iter().any(|e| !e.starts_with("template:")) {
        return Err(Error::new("this policy extends files beside it, which would not be beside the copy")
            .help("write it as one file, or place it yourself"));
    }
    if target.exists() {
        if holds(&target, &text) {
            print::plain(&format!("{} is that version already\n", target.display()))?;
            return Ok(ExitCode::Allow);
        }
        // What was in force stays to be had, whatever it is.
        let kept = target.with_extension("toml.before");
        std::fs::copy(&target, &kept).map_err(|e| Error::new(format!("cannot write {}: {e}", kept.display())))?;
        print::plain(&format!("the policy before is kept as {}\n", kept.display()))?;
    }
    write(&target, &text, true)?;
    print::plain(&format!("{name} is in force: {}\n", target.display()))?;
    Ok(ExitCode::Allow)
}
