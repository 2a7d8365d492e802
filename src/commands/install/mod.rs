//! `gate install` and `gate uninstall`: puts gate into agents and git, and takes it out again; everything else stays.
//! Each host has a file of its own.

pub mod claude_code;
pub mod pre_push;

use std::path::{Path, PathBuf};

use crate::error::{Error, ExitCode, Result};

pub fn install(matches: &clap::ArgMatches) -> Result<ExitCode> {
    each(matches, true)
}

pub fn uninstall(matches: &clap::ArgMatches) -> Result<ExitCode> {
    each(matches, false)
}

fn each(matches: &clap::ArgMatches, put: bool) -> Result<ExitCode> {
    for host in matches.get_many::<String>("HOST").unwrap_or_default() {
        match host.as_str() {
            "claude-code" => claude_code::change(matches, put)?,
            _ => pre_push::change(matches, put)?,
        }
    }
    Ok(ExitCode::Allow)
}

/// This program, by the path that stays when it is replaced by a newer one.
pub fn own_path() -> Result<PathBuf> {
    std::env::current_exe().map_err(|e| Error::new(format!("cannot find my own path: {e}")))
}

/// Writes a file whole or not at all; a link stays a link, rights stay as they are.
fn replace(path: &Path, text: &str) -> Result<()> {
    let fail = |error: std::io::Error| Error::new(format!("cannot write {}: {error}", path.display()));
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if let Some(parent) = target.parent() {
        std::fs::create_dir_all(parent).map_err(fail)?;
    }
    let beside = target.with_extension("gate-new");
    std::fs::write(&beside, text).map_err(fail)?;
    if let Ok(metadata) = std::fs::metadata(&target) {
        std::fs::set_permissions(&beside, metadata.permissions()).map_err(fail)?;
    }
    std::fs::rename(&beside, &target).map_err(fail)
}
