//! Answers to what the analysis asks of this machine: what is at a path, what a pattern means, what a file says.

use std::collections::BTreeMap;
use std::path::Path;

use super::files::{is_missing, open_regular};
use super::{places, repository, stakes};
use crate::Edge;
use crate::facts::snapshot::{Answer, Ask, FileText, Named, StakeKind};
use crate::limits;

/// This machine.
pub struct Machine;

impl Edge for Machine {
    fn answer(&self, ask: &Ask) -> Answer {
        match ask {
            Ask::Path(path) => path_answer(path),
            Ask::Glob(pattern) => glob_answer(pattern),
            Ask::Context(of) => Answer::Observed(places::observe(&of.kind, &of.given, Path::new(&of.directory))),
            Ask::Stake(asked) => {
                let (folder, what) = (Path::new(&asked.directory), &asked.what);
                let stake = match &asked.kind {
                    StakeKind::Files => stakes::files(Path::new(what)),
                    StakeKind::Changes(lost) => stakes::changes(folder, *lost, what),
                    StakeKind::Stashes => stakes::stashes(folder),
                    StakeKind::Rewritten => stakes::rewritten(folder, what),
                    StakeKind::Branch => stakes::branch(folder, what),
                };
                stake.map_or(Answer::Unknown, |stake| Answer::Stake(Box::new(stake)))
            }
            Ask::Text(path) => text_answer(Path::new(path)),
            Ask::Repository(directory) => {
                let found = repository::repository(Path::new(directory));
                found.map_or(Answer::Unknown, |found| Answer::Repository(Box::new(found)))
            }
        }
    }
}

/// Knows nothing: for actions that are only described.
pub struct Nowhere;

impl Edge for Nowhere {
    fn answer(&self, _ask: &Ask) -> Answer {
        Answer::Unknown
    }
}

/// Whether what a decision was made from is still the same: the content of files, what lies at a path, what a pattern
/// means, that nothing lies where nothing lay, where programs act, what a repository makes git run, whether anything is at
/// stake.
///
/// # Errors
/// The one that is not.
pub fn unchanged(seen: &BTreeMap<Ask, Answer>) -> std::result::Result<(), String> {
    for (ask, before) in seen {
        let same = match (Machine.answer(ask), before) {
            // How much was counted depends on the time that there was.
            (Answer::Stake(now), Answer::Stake(before)) => now.nothing == before.nothing,
            (now, before) => now == *before,
        };
        if !same {
            let what = match ask {
                Ask::Path(path) | Ask::Text(path) | Ask::Glob(path) => path.trim_start_matches('!').to_owned(),
                Ask::Context(of) => format!("where {} acts", of.kind),
                Ask::Repository(folder) => format!("the repository around {folder}"),
                Ask::Stake(_) => "what would be lost".to_owned(),
            };
            return Err(format!("{what} is not what was reviewed"));
        }
    }
    Ok(())
}

/// A file's text; a FIFO, a device or a binary has none.
fn text_answer(path: &Path) -> Answer {
    let Ok(file) = open_regular(path) else {
        return match std::fs::symlink_metadata(path) {
            Err(error) if is_missing(&error) => Answer::Missing,
            _ => Answer::Unknown,
        };
    };
    let mut bytes = Vec::new();
    let limit = limits::FILE as u64;
    if std::io::Read::read_to_end(&mut std::io::Read::take(file, limit + 1), &mut bytes).is_err() {
        return Answer::Unknown;
    }
    // A program is told from a script by its first line, as bash does it; what no text has elsewhere, shells pass over.
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if first.contains(&0) {
        return Answer::Unknown;
    }
    if bytes.len() as u64 > limit {
        return Answer::TooLarge(String::from_utf8_lossy(&first[..first.len().min(256)]).into_owned());
    }
    let digest = crate::digest::of(&bytes);
    bytes.retain(|byte| *byte != 0);
    let text = String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Answer::Text(Box::new(FileText { text, digest }))
}

/// What is at a path; a leading `!` asks for the entry itself and not for what a link there leads to.
fn path_answer(path: &str) -> Answer {
    let (path, through) = match path.strip_prefix('!') {
        Some(path) => (path, false),
        None => (path, true),
    };
    let path = Path::new(path);
    let metadata = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if !is_missing(&error) => return Answer::Unknown,
        // It does not exist: its directory may still be reached through a link.
        Err(_) => {
            return match path.parent().and_then(|p| p.canonicalize().ok()) {
                Some(real) if Some(real.as_path()) != path.parent() => {
                    Answer::Link(real.join(path.file_name().unwrap_or_default()).to_string_lossy().into_owned())
                }
                _ => Answer::Missing,
            };
        }
    };
    let real = if through || !metadata.file_type().is_symlink() {
        path.canonicalize()
    } else {
        path.parent()
            .map_or_else(|| path.canonicalize(), Path::canonicalize)
            .map(|p| p.join(path.file_name().unwrap_or_default()))
    };
    match real {
        Ok(real) if real != path => Answer::Link(real.to_string_lossy().into_owned()),
        Ok(_) if metadata.is_dir() => Answer::Directory,
        Ok(_) if metadata.is_file() => Answer::File,
        Ok(_) => Answer::Special,
        Err(_) => Answer::Unknown,
    }
}

/// The names that a pattern hits, in order; `/**/` in it stands for any folders between.
fn glob_answer(pattern: &str) -> Answer {
    let mut names = Vec::new();
    if let Some((directory, name)) = pattern.split_once("/**/") {
        let mut left = ENTRIES;
        let mut below = Vec::new();
        let whole = names_below(Path::new(directory), "", name, &mut below, &mut left);
        below.sort();
        let named = |name| Named { name, leads_to: None };
        return if whole { Answer::Names(below.into_iter().map(named).collect()) } else { Answer::Unknown };
    }
    let Some((directory, last)) = pattern.rsplit_once('/') else { return Answer::Unknown };
    let entries = match std::fs::read_dir(if directory.is_empty() { "/" } else { directory }) {
        Ok(entries) => entries,
        Err(error) if is_missing(&error) => return Answer::Missing,
        Err(_) => return Answer::Unknown,
    };
    let hidden = last.starts_with('.');
    let hit = |name: &String| name.starts_with('.') == hidden && crate::facts::globs::text(last, name);
    for (at, entry) in entries.enumerate() {
        // A name that is no text may be hit as well.
        let (Ok(entry), false) = (entry, at == LISTED || names.len() == limits::TARGETS) else {
            return Answer::Unknown;
        };
        let Ok(name) = entry.file_name().into_string() else { return Answer::Unknown };
        if !hit(&name) {
            continue;
        }
        let link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        let leads_to = if link { entry.path().canonicalize().ok() } else { None };
        names.push(Named { name, leads_to: leads_to.map(|to| to.to_string_lossy().into_owned()) });
    }
    names.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Answer::Names(names)
}

/// Entries of one directory that are read for a pattern.
const LISTED: usize = 1 << 16;
/// Entries of a tree that are looked at for a name.
const ENTRIES: usize = 4096;

/// The files below a directory whose name matches; false where there are more entries than are looked at, or some that cannot be.
fn names_below(directory: &Path, prefix: &str, name: &str, out: &mut Vec<String>, left: &mut usize) -> bool {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        // What is not there has no names; what cannot be read may have any.
        Err(error) => return is_missing(&error),
    };
    for entry in entries {
        let Ok(entry) = entry else { return false };
        let (Ok(kind), Ok(own)) = (entry.file_type(), entry.file_name().into_string()) else { return false };
        if *left == 0 {
            return false;
        }
        *left -= 1;
        if kind.is_dir() {
            if !names_below(&entry.path(), &format!("{prefix}{own}/"), name, out, left) {
                return false;
            }
        } else if crate::facts::globs::text(name, &own) {
            out.push(format!("{prefix}{own}"));
        }
    }
    true
}
