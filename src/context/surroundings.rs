//! What surrounds a run, for people who ask why (`gate explain`): each fact with its source. Off the hot path, so git may
//! be asked for the state of the working tree.

use std::path::Path;

use super::{repository, stakes};
use crate::facts::snapshot::Lost;

/// (what, value, where it was found)
pub type Fact = (&'static str, String, String);

/// The repository around a directory, and what gate itself runs in.
#[must_use]
pub fn surroundings(directory: &Path) -> Vec<Fact> {
    let mut out = Vec::new();
    if let Some(state) = repository::state(directory) {
        out.push(("repository", format!("{} ({})", state.root, state.kind), ".git".to_owned()));
        let head = match (&state.branch, &state.upstream) {
            (Some(branch), Some(upstream)) => format!("{branch}, upstream {upstream}"),
            (Some(branch), None) => format!("{branch}, without an upstream"),
            (None, _) => "detached".to_owned(),
        };
        out.push(("head", head, "HEAD, config".to_owned()));
        if let Some(changes) = stakes::changes(directory, Lost::ChangedAndUntracked, "") {
            out.push(("state", changes.text, "git status".to_owned()));
        }
    }
    out.extend(confined().into_iter().map(|(what, source)| ("inside", what.to_owned(), source.to_owned())));
    out
}

/// Hints of a container or a sandbox.
fn confined() -> Vec<(&'static str, &'static str)> {
    let files = [
        ("a Docker container", "/.dockerenv"),
        ("a Podman container", "/run/.containerenv"),
        ("a Kubernetes pod", "/var/run/secrets/kubernetes.io"),
        ("a Flatpak sandbox", "/.flatpak-info"),
    ];
    let variables = [
        ("a container", "container"),
        ("a Kubernetes pod", "KUBERNETES_SERVICE_HOST"),
        ("a GitHub codespace", "CODESPACES"),
        ("a development container", "REMOTE_CONTAINERS"),
        ("a Gitpod workspace", "GITPOD_WORKSPACE_ID"),
        ("Codex's sandbox", "CODEX_SANDBOX"),
        ("macOS's sandbox", "APP_SANDBOX_CONTAINER_ID"),
    ];
    let files = files.into_iter().filter(|(_, path)| Path::new(path).exists());
    let variables = variables.into_iter().filter(|(_, name)| std::env::var_os(name).is_some_and(|v| !v.is_empty()));
    files.chain(variables).collect()
}
