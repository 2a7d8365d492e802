//! `gate catalog`: what gate knows about programs.

use std::fmt::Write;

use super::print;
use super::shared::packs;
use crate::error::{Error, ExitCode, Result};
use crate::facts::Know;
use crate::facts::knowledge::{Catalog, Cond, OptionValue};
use crate::rules::Packs;
use crate::rules::format::nearest;

/// One API operation, or all of a provider.
fn show_operations(packs: &Packs, name: &str, out: &mut String) -> bool {
    let (provider, wanted) =
        name.split_once(':').map_or((name, None), |(provider, operation)| (provider, Some(operation)));
    let before = out.len();
    for catalog in packs.catalogs() {
        let Some(provider) = catalog.provider(provider) else { continue };
        // A program of the same name is shown as the program.
        if wanted.is_none() && packs.entry(name).is_some() {
            continue;
        }
        for (operation, _) in catalog.all().filter(|(o, p)| *p == provider && wanted.is_none_or(|w| w == *o)) {
            let Some((_, tool)) = catalog.operations(operation).find(|(p, _)| *p == provider) else { continue };
            let _ = writeln!(
                out,
                "{provider}:{operation:<40} {:<7} {}",
                tool.level.word().to_uppercase(),
                tool.does.word()
            );
            if wanted.is_some() {
                if !tool.target.is_empty() {
                    let _ = writeln!(out, "  target    {}", tool.target.join(", "));
                }
                for (argument, meaning) in &tool.args {
                    let _ = writeln!(out, "  argument  {argument} ({})", meaning.word());
                }
            }
        }
    }
    out.len() > before
}

pub fn catalog(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let packs = packs()?;
    let mut out = String::new();
    match matches.subcommand() {
        Some(("show", sub)) => {
            let words: Vec<&str> = sub.get_many::<String>("PROGRAM").unwrap_or_default().map(String::as_str).collect();
            let name = words.join(" ");
            if show_operations(&packs, &name, &mut out) {
                print::text(&out)?;
                return Ok(ExitCode::Allow);
            }
            let Some(entry) = packs.entry(&name) else {
                let near = nearest(&name, packs.names()).map(|n| format!("did you mean `{n}`?")).unwrap_or_default();
                return Err(Error::new(format!("gate knows no `{name}`")).help(near));
            };
            let alike = if name == entry.name { String::new() } else { format!(", described as `{}`", entry.name) };
            let _ = writeln!(out, "{name}{alike} (pack {})", entry.pack);
            let args: Vec<String> =
                entry.args.iter().map(|a| format!("{}{}", a.name, if a.many { "…" } else { "" })).collect();
            if !args.is_empty() {
                let _ = writeln!(out, "  operands  {}", args.join(" "));
            }
            for option in entry.options.iter() {
                let value = match option.value {
                    OptionValue::None => "",
                    OptionValue::Required => " VALUE",
                    OptionValue::Attached => "[=VALUE]",
                    OptionValue::Pair => " VALUE VALUE",
                };
                let _ = writeln!(out, "  option    {}{value}", option.names.iter().collect::<Vec<_>>().join(", "));
            }
            for effect in &entry.effects {
                let when = condition(effect.cond.as_deref());
                let _ = writeln!(out, "  effect    {} {}{when}", effect.does.word(), effect.target.join(" "));
            }
            for code in &entry.code {
                let _ = writeln!(
                    out,
                    "  code      {} in {}{}",
                    code.language,
                    if code.stdin { "standard input".to_owned() } else { code.from.join(" ") },
                    condition(code.cond.as_deref())
                );
            }
            for run in &entry.runs {
                let _ = writeln!(out, "  runs      {} ({})", run.words.join(" "), run.place.word());
            }
            let children: Vec<&str> =
                packs.names().filter(|n| n.strip_prefix(entry.name).is_some_and(|r| r.starts_with(' '))).collect();
            if !children.is_empty() {
                let _ = writeln!(out, "  subcommands");
                for child in children {
                    let _ = writeln!(out, "    {child}");
                }
            }
        }
        Some(("list", sub)) if sub.get_flag("tools") => {
            let mut all: Vec<String> = packs
                .catalogs()
                .iter()
                .flat_map(Catalog::all)
                .map(|(operation, provider)| format!("{provider}:{operation}"))
                .collect();
            all.sort_unstable();
            for verb in all {
                let _ = writeln!(out, "{verb}");
            }
        }
        _ => {
            let mut names: Vec<&str> = packs.names().filter(|n| !n.contains(' ')).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let _ = writeln!(out, "{name}");
            }
        }
    }
    print::text(&out)?;
    Ok(ExitCode::Allow)
}

/// When it is so, in words; empty where it always is.
fn condition(cond: Option<&Cond<'_>>) -> String {
    let Some(cond) = cond else { return String::new() };
    let mut told = Vec::new();
    for (start, names, and) in [
        ("with", &cond.any, " or "),
        ("with", &cond.all, " and "),
        ("without", &cond.none, ", "),
        ("with", &cond.present, " and "),
        ("without", &cond.absent, ", "),
    ] {
        if !names.is_empty() {
            told.push(format!("{start} {}", names.join(and)));
        }
    }
    for (is, values) in [("is", &cond.values), ("is not", &cond.not_values)] {
        for (name, globs) in values {
            let globs: Vec<_> = globs.bytes().map(String::from_utf8_lossy).collect();
            told.push(format!("{name} {is} {}", globs.join(" or ")));
        }
    }
    format!("  ({})", told.join("; "))
}
