//! `gate catalog`: what gate knows about programs.

use std::fmt::Write;

use super::check::packs;
use super::print;
use crate::error::{Error, ExitCode, Result};
use crate::facts::Know;
use crate::facts::knowledge::OptionValue;
use crate::rules::format::nearest;

pub fn catalog(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let packs = packs()?;
    let mut out = String::new();
    match matches.subcommand() {
        Some(("show", sub)) => {
            let words: Vec<&str> = sub.get_many::<String>("PROGRAM").unwrap_or_default().map(String::as_str).collect();
            let name = words.join(" ");
            let Some(entry) = packs.entry(&name) else {
                let near = nearest(&name, packs.names()).map(|n| format!("did you mean `{n}`?")).unwrap_or_default();
                return Err(Error::new(format!("gate knows no `{name}`")).help(near));
            };
            let _ = writeln!(out, "{} (pack {})", entry.name, entry.pack);
            let args: Vec<String> =
                entry.args.iter().map(|a| format!("{}{}", a.name, if a.many { "…" } else { "" })).collect();
            if !args.is_empty() {
                let _ = writeln!(out, "  operands  {}", args.join(" "));
            }
            for option in &entry.options {
                let value = match option.value {
                    OptionValue::None => "",
                    OptionValue::Required => " VALUE",
                    OptionValue::Attached => "[=VALUE]",
                };
                let _ = writeln!(out, "  option    {}{value}", option.names.join(", "));
            }
            for effect in &entry.effects {
                let _ = writeln!(out, "  effect    {} {}", effect.does.word(), effect.target.join(" "));
            }
            for code in &entry.code {
                let _ = writeln!(
                    out,
                    "  code      {} in {}",
                    code.language,
                    if code.stdin { "standard input".to_owned() } else { code.from.join(" ") }
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
        _ => {
            let mut names: Vec<&str> = packs.names().filter(|n| !n.contains(' ')).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let _ = writeln!(out, "{name}");
            }
        }
    }
    print::stdout(&out)?;
    Ok(ExitCode::Allow)
}
