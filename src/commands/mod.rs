//! One short file per subcommand.

mod batch;
mod bench;
mod catalog;
mod check;
mod demo;
mod doctor;
mod given;
mod hook;
mod install;
mod planned;
mod policy;
mod pre_push;
mod print;
mod pulumi;
mod replay;
mod rules;
mod run;
mod shared;
mod terraform;

use std::ffi::OsString;

use crate::cli;
use crate::error::{Error, ExitCode, Result};
use crate::output::escape;
use crate::redact::redact;

/// Runs gate; the number is its exit code. A panic is an internal error: nothing is executed, and it is no allow.
#[must_use]
pub fn main(words: &[OsString]) -> u8 {
    let outcome = std::panic::catch_unwind(|| dispatch(words));
    match outcome {
        Ok(Ok(code)) => code.number(),
        Ok(Err(error)) => {
            let text = escape::lines(&redact(&error.to_string()));
            print::stderr(&format!("gate: error (40)  {text}\n"));
            ExitCode::Error.number()
        }
        Err(_) => {
            print::stderr("gate: error (40)  gate failed inside; nothing was executed\n");
            ExitCode::Error.number()
        }
    }
}

fn dispatch(words: &[OsString]) -> Result<ExitCode> {
    let name = words.first().and_then(|w| w.to_str()).unwrap_or("");
    if name == "hook" && !words[1..].iter().any(|w| w == "--help" || w == "-h") {
        return hook::hook(&words[1..]);
    }
    if matches!(name, "check" | "run" | "explain")
        && let Some(given) = cli::read_hot(name, &words[1..])
    {
        return deciding(name, &given);
    }
    let matches = match cli::command()
        .try_get_matches_from(std::iter::once(OsString::from("gate")).chain(words.iter().cloned()))
    {
        Ok(matches) => matches,
        Err(error) if !error.use_stderr() => {
            print::stdout(&error.render().to_string())?;
            return Ok(ExitCode::Allow);
        }
        Err(error) => {
            // A bare `gate` or `gate policy` shows the help of what it lacks.
            let lacking = error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
            let before = if lacking { "a command is missing\n\n" } else { "" };
            let text = format!("{before}{}", error.render());
            return Err(Error::new(text.trim_end().strip_prefix("error: ").unwrap_or(text.trim_end()).to_owned()));
        }
    };
    match matches.subcommand() {
        Some((name @ ("check" | "run" | "explain"), sub)) => deciding(name, &cli::from_clap(name, sub)),
        Some(("demo", _)) => demo::demo(),
        Some(("install", sub)) => install::install(sub),
        Some(("uninstall", sub)) => install::uninstall(sub),
        Some(("doctor", _)) => doctor::doctor(),
        Some(("policy", sub)) => policy::policy(sub),
        Some(("replay", sub)) => replay::replay(sub),
        Some(("rules", sub)) => rules::rules(sub),
        Some(("catalog", sub)) => catalog::catalog(sub),
        Some(("bench", sub)) => bench::bench(sub),
        Some(("schema", sub)) => print::schema(sub),
        Some(("completions", sub)) => print::completions(sub),
        Some(("man", _)) => print::man(),
        _ => Err(Error::new("no such command").help("gate --help")),
    }
}

fn deciding(name: &str, given: &cli::Given) -> Result<ExitCode> {
    if let Some(option) = given.no_text() {
        return Err(Error::new(format!("the value of --{option} is not UTF-8")));
    }
    match name {
        "run" => run::run(given),
        "explain" => check::explain(given),
        _ => check::check(given),
    }
}
