//! The project that a folder belongs to: its repository, or the folder itself.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::facts::paths;

/// The last repository that was looked for: a review asks more than once.
static ROOT: Mutex<Option<(PathBuf, Option<PathBuf>)>> = Mutex::new(None);

/// The nearest directory, this one or above, that holds `.git`.
#[must_use]
pub fn root(cwd: &Path) -> Option<PathBuf> {
    let mut last = ROOT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, known)) = last.as_ref().filter(|(of, _)| of == cwd) {
        return known.clone();
    }
    let found = cwd.ancestors().find(|dir| dir.join(".git").exists()).map(Path::to_path_buf);
    *last = Some((cwd.to_path_buf(), found.clone()));
    found
}

/// The nearest parent with `.git`, else the directory itself; empty where that would be a root, a home, or what all share.
#[must_use]
pub fn workspace(cwd: &Path, home: &str) -> String {
    let found = root(cwd);
    let found = found.as_deref().unwrap_or(cwd);
    let text = found.to_string_lossy();
    if is_project(&text, home) { text.into_owned() } else { String::new() }
}

/// What the system, all users or all disks share.
const SHARED: [&str; 23] = [
    "/etc",
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/var",
    "/boot",
    "/dev",
    "/proc",
    "/sys",
    "/tmp",
    "/home",
    "/Users",
    "/opt",
    "/mnt",
    "/media",
    "/Volumes",
    "/run",
    "/nix",
    "/var/tmp",
    "/var/log",
    "/var/lib",
    "/private/tmp",
];

/// Whether a folder can be a project: none that is shared, and nobody's home.
pub(super) fn is_project(folder: &str, home: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    folder != home && !is_home(folder) && !is_shared(folder)
}

/// Whether a folder is everybody's, and so may hold nothing that counts for one of them.
pub(super) fn is_shared(folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    folder.is_empty() || SHARED.contains(&folder)
}

fn is_home(folder: &str) -> bool {
    folder == "/root" || paths::below_home(folder).is_some_and(|rest| rest == "~")
}
