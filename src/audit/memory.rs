//! What a session has read, remembered as keyed hashes beside the log: whatever else is written there, by whomever, must not
//! make it forgotten.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::Log;
use super::state::private_file;
use crate::context::read_up_to;

/// Secrets that are remembered of one session: the first. Those that come behind so many are in the log.
const REMEMBERED: usize = 2000;
/// For so long a session is remembered.
const LONG: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 3600);

/// Where a session's secrets are remembered.
fn memory_of(session: &str) -> Option<PathBuf> {
    let name = crate::digest::of(session.as_bytes());
    Some(Log::of_user()?.path().with_file_name("sessions").join(name.get(..32)?))
}

/// The hashes of the secrets that a session has read.
pub fn remembered(session: &str) -> Vec<String> {
    let text = memory_of(session).and_then(|path| read_up_to(&path, 1 << 20));
    text.iter().flat_map(|text| text.lines()).map(str::to_owned).collect()
}

/// Remembers hashes of secrets that a session reads now. A memory that cannot be written is none: the log still has them.
pub fn remember(session: &str, hashes: &[String]) {
    let Some(path) = memory_of(session).filter(|_| !session.is_empty() && !hashes.is_empty()) else { return };
    let known = remembered(session);
    if known.is_empty() {
        path.parent().map(forget_old);
    }
    let fresh = hashes.iter().filter(|hash| !known.contains(hash)).take(REMEMBERED.saturating_sub(known.len()));
    let lines: String = fresh.map(|hash| format!("{hash}\n")).collect();
    if !lines.is_empty() {
        let _ = private_file(&path).and_then(|mut file| file.write_all(lines.as_bytes()));
    }
}

/// Takes away what sessions of long ago left.
fn forget_old(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let age = entry.metadata().and_then(|m| m.modified()).ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > LONG) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
