//! Writing to the outside, and what is only printed: schemas, completions, the manual page.

use std::io::{self, IsTerminal, Write};

use crate::cli;
use crate::error::{Error, ExitCode, Result};
use crate::output::escape;

/// Writes what people read to standard output.
pub fn text(text: &str) -> Result<()> {
    stdout(&escape::screen(text))
}

/// Writes what people read and gate gives no colour: so no colour in it is gate's.
pub fn plain(text: &str) -> Result<()> {
    stdout(&escape::plain(text))
}

/// Writes what programs read to standard output. A reader that went away is no error of ours.
pub fn stdout(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes to standard error; if that fails there is nobody left to tell.
pub fn stderr(text: &str) {
    let _ = io::stderr().lock().write_all(escape::screen(text).as_bytes());
}

/// Whether to colour a stream.
pub fn colour(when: Option<&str>, terminal: bool) -> bool {
    match when {
        Some("always") => true,
        Some("never") => false,
        _ => {
            terminal
                && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
                && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
        }
    }
}

pub fn stdout_terminal() -> bool {
    io::stdout().is_terminal()
}

pub fn stderr_terminal() -> bool {
    io::stderr().is_terminal()
}

pub fn schema(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let text = match matches.get_one::<String>("NAME").map(String::as_str) {
        Some("action") => include_str!("../output/schema/action.json"),
        Some("policy") => include_str!("../output/schema/policy.json"),
        Some("decision") => include_str!("../output/schema/decision.json"),
        _ => include_str!("../output/schema/record.json"),
    };
    stdout(text)?;
    Ok(ExitCode::Allow)
}

pub fn completions(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let Some(shell) = matches.get_one::<clap_complete::Shell>("SHELL") else {
        return Err(Error::new("which shell?"));
    };
    let mut out = Vec::new();
    clap_complete::generate(*shell, &mut cli::command(), "gate", &mut out);
    stdout(&String::from_utf8_lossy(&out))?;
    Ok(ExitCode::Allow)
}

/// The page of gate, then the options of each command, then what the exit codes mean.
fn manual(out: &mut Vec<u8>) -> io::Result<()> {
    let mut command = cli::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    // It names a page for each command; all of them are sections of this one.
    let page = String::from_utf8_lossy(&page).replace("gate\\-", "gate ").replace("(1)\n", "\n");
    out.extend_from_slice(page.as_bytes());
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
        writeln!(out, ".SH \"gate {}\"", sub.get_name())?;
        writeln!(out, "{}", sub.get_about().map(ToString::to_string).unwrap_or_default())?;
        for argument in sub.get_arguments().filter(|argument| !argument.is_hide_set()) {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            let name = argument.to_string().replace('-', "\\-");
            writeln!(out, ".TP\n\\fB{name}\\fR\n{help}")?;
        }
        for below in sub.get_subcommands().filter(|below| below.get_name() != "help") {
            let about = below.get_about().map(ToString::to_string).unwrap_or_default();
            writeln!(out, ".TP\n\\fBgate {} {}\\fR\n{about}", sub.get_name(), below.get_name())?;
        }
    }
    writeln!(out, ".SH \"EXIT STATUS\"")?;
    for (code, meaning) in [
        ("0", "allow (also warn, under \\-\\-fail\\-on escalate)"),
        ("10", "warn"),
        ("20", "escalate: needs approval, and has none"),
        ("30", "block"),
        ("40", "gate could not do its work; nothing was executed"),
        ("126, 127", "gate run: allowed, but the program could not be executed, or found"),
        ("other", "gate run: the program's own"),
    ] {
        writeln!(out, ".TP\n{code}\n{meaning}")?;
    }
    Ok(())
}

pub fn man() -> Result<ExitCode> {
    let mut out = Vec::new();
    manual(&mut out).map_err(|e| Error::new(format!("cannot write the manual page: {e}")))?;
    stdout(&String::from_utf8_lossy(&out))?;
    Ok(ExitCode::Allow)
}
