//! `gate policy`: policy as code.

mod cases;
mod exchange;
mod lint;
mod show;
mod versions;

use std::path::Path;

use crate::context::policies;
use crate::error::{Error, ExitCode, Result};
use crate::policy::format::File;
use crate::policy::{Layer, Layered, Policy};

pub fn policy(matches: &clap::ArgMatches) -> Result<ExitCode> {
    match matches.subcommand() {
        Some(("show", sub)) => show::show(sub),
        Some(("lint", sub)) => lint::lint(sub),
        Some(("test", sub)) => cases::test(sub),
        Some(("diff", sub)) => cases::diff(sub),
        Some(("import", sub)) => exchange::import(sub),
        Some(("export", sub)) => exchange::export(sub),
        Some(("template", sub)) => exchange::template(sub),
        Some(("draft", sub)) => versions::draft(sub),
        Some(("publish", sub)) => versions::publish(sub),
        Some(("history", sub)) => versions::history(sub),
        Some(("use", sub)) => versions::adopt(sub),
        _ => Err(Error::new("no such command").help("gate policy --help")),
    }
}

/// A file's own text and content, without what it extends.
pub fn file(path: &Path) -> Result<(String, File)> {
    let Some(text) = policies::read(path, true)? else {
        return Err(Error::new(format!("{} does not exist", path.display())));
    };
    let file = crate::policy::read::parse(&path.display().to_string(), &text)
        .map_err(|e| Error::new(format!("bad policy\n{e}")))?;
    Ok((text, file))
}

/// A policy of one file that is not on disk.
pub fn of_file(name: &str, file: File) -> Policy {
    let text = toml::to_string(&file).unwrap_or_default();
    // Places are those of the written form.
    let file = crate::policy::read::parse(name, &text).unwrap_or(file);
    Policy {
        layers: vec![Layered::new(Layer::Argument, name, file, &text)],
        now: Some(crate::sys::seconds()),
        ..Policy::default()
    }
}

/// Writes a file, never over one that is there unless it is said.
pub fn write(path: &Path, text: &str, force: bool) -> Result<()> {
    if path.exists() && !force {
        return Err(Error::new(format!("{} exists", path.display())).help("--force writes over it"));
    }
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(|e| Error::new(format!("cannot make {}: {e}", parent.display())))?;
    }
    std::fs::write(path, text).map_err(|e| Error::new(format!("cannot write {}: {e}", path.display())))
}
