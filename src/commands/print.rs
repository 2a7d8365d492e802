//! Writing to the outside, and what is only printed: schemas, completions, the manual page.

use std::io::{self, IsTerminal, Write};

use crate::cli;
use crate::error::{Error, ExitCode, Result};

/// Writes to standard output. A reader that went away is no error of ours.
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
    let _ = io::stderr().lock().write_all(text.as_bytes());
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

pub fn man() -> Result<ExitCode> {
    let mut out = Vec::new();
    clap_mangen::Man::new(cli::command())
        .render(&mut out)
        .map_err(|e| Error::new(format!("cannot write the manual page: {e}")))?;
    stdout(&String::from_utf8_lossy(&out))?;
    Ok(ExitCode::Allow)
}
