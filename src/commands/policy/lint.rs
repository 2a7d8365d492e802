//! `gate policy lint`: mistakes that a file can have though it can be read.

use std::fmt::Write;
use std::path::PathBuf;

use super::file;
use crate::commands::print;
use crate::commands::shared::alone;
use crate::commands::shared::packs;
use crate::context::policies::{self, Places};
use crate::count::counted;
use crate::error::{ExitCode, Result};
use crate::policy::lint;
use crate::policy::read::mistakes;

pub fn lint(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let named: Vec<PathBuf> = matches.get_many::<String>("FILE").unwrap_or_default().map(PathBuf::from).collect();
    let files = if named.is_empty() { standing() } else { named };
    let packs = packs()?;
    let mut out = String::new();
    let mut errors = 0;
    let mut warnings = 0;
    let now = crate::sys::seconds();
    for path in &files {
        let name = path.display().to_string();
        // What cannot be read is the first thing to say, and the other files are still looked at.
        let (text, content) = match file(path).and_then(|read| alone(path).map(|policy| (read, policy))) {
            Ok(((text, content), policy)) => {
                for problem in &policy.problems {
                    errors += 1;
                    let _ = writeln!(out, "error: {problem}");
                }
                (text, content)
            }
            Err(error) => {
                let read = policies::read(path, true).ok().flatten();
                let mut told: Vec<String> =
                    read.iter().flat_map(|text| mistakes(&name, text)).map(|m| m.to_string()).collect();
                if told.is_empty() {
                    told.push(error.message.trim_start_matches("bad policy\n").to_owned());
                }
                errors += told.len();
                told.iter().for_each(|mistake| out.extend([mistake, "\n"]));
                continue;
            }
        };
        for problem in lint::lint(&name, &text, &content, &packs, now) {
            match problem.severity {
                lint::Severity::Error => errors += 1,
                lint::Severity::Warning => warnings += 1,
            }
            let _ = writeln!(out, "{problem}");
        }
    }
    let _ = writeln!(
        out,
        "{}, {}, {}",
        counted(files.len() as u64, "file"),
        counted(errors as u64, "error"),
        counted(warnings as u64, "warning")
    );
    print::plain(&out)?;
    Ok(if errors > 0 { ExitCode::Error } else { ExitCode::Allow })
}

/// The policy files that are in force here.
fn standing() -> Vec<PathBuf> {
    let places = Places::of_machine();
    let mut files: Vec<PathBuf> = std::iter::once(places.organisation).chain(places.user).collect();
    let cwd = std::env::current_dir().unwrap_or_default();
    let mut here = Some(cwd.as_path());
    while let Some(directory) = here {
        files.push(directory.join(".gate/policy.toml"));
        if directory.join(".git").exists() {
            break;
        }
        here = directory.parent();
    }
    files.retain(|f| std::fs::symlink_metadata(f).is_ok());
    files
}
