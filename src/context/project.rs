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

/// The nearest parent with `.git`, else the directory itself; empty where that would be a root, a home or the system.
#[must_use]
pub fn workspace(cwd: &Path, home: &str) -> String {
    let found = root(cwd);
    let found = found.as_deref().unwrap_or(cwd);
    let text = found.to_string_lossy();
    if is_project(&text, home) { text.into_owned() } else { String::new() }
}

/// Whether a folder can be a project: none that the system, all users or all disks share, and nobody's home.
pub(super) fn is_project(folder: &str, home: &str) -> bool {
    const SHARED: [&str; 24] = [
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
        "/root",
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
    let folder = folder.trim_end_matches('/');
    let somebodys_home = paths::below_home(folder).is_some_and(|rest| rest == "~");
    !folder.is_empty() && folder != home && !somebodys_home && !SHARED.contains(&folder)
}
