//! The edge: where an action is proposed and by whom, and what this machine answers to what its analysis asks.

mod account;
mod actor;
mod answers;
pub mod ci;
mod files;
pub mod git;
pub mod places;
pub mod policies;
pub mod programs;
mod project;
pub mod pulumi;
pub mod pushes;
pub mod repository;
pub mod stakes;
pub mod surroundings;
pub mod terraform;

use std::borrow::Cow;
use std::path::Path;

pub use account::{account, home};
pub use actor::{actor, first_set, session};
pub use answers::{Machine, Nowhere, unchanged};
pub use files::{open_regular, read_small, read_up_to, regular};
pub use project::{root, workspace};
pub use repository::branch;

use crate::action::Context;
use crate::facts::snapshot::{Environment, Snapshot};

/// Where an action is proposed, written down in it as far as it does not say so itself, and the snapshot of this machine
/// that its analysis starts from. Its words do not tell what will be needed: a file that it runs may ask for anything.
#[must_use]
pub fn observe(stated: &mut Context, cwd: Option<&Path>, environment: Environment) -> Snapshot {
    let cwd = cwd.map_or_else(|| std::env::current_dir().unwrap_or_default(), Path::to_path_buf);
    let (home, user) = account();
    let workspace = workspace(&cwd, &home);
    let repository = project::root(&cwd).is_some();
    let (home, account_home) = match account::home_by_variable() {
        Some(other) if !home.is_empty() && other != home => (other, home),
        _ => (home, String::new()),
    };
    checked_out(stated, &cwd);
    #[cfg(unix)]
    let root_user = crate::sys::uid() == 0;
    #[cfg(not(unix))]
    let root_user = false;
    stated.cwd = cwd.to_string_lossy().into_owned();
    Snapshot {
        cwd: stated.cwd.clone(),
        home,
        account_home,
        workspace,
        repository,
        user,
        root_user,
        environment,
        variables: variables(),
        ..Snapshot::default()
    }
}

/// The branch that is checked out, which the action may have named differently.
pub fn checked_out(stated: &mut Context, directory: &Path) {
    let found = branch(directory);
    match &stated.branch {
        None => stated.branch = found,
        Some(said) => stated.checked_out = found.filter(|found| found != said),
    }
}

/// The environment variables that are text, as this process was started with them.
fn variables() -> Vec<(Cow<'static, str>, Cow<'static, str>)> {
    #[cfg(unix)]
    {
        let text = |bytes: &'static [u8]| std::str::from_utf8(bytes).ok().map(Cow::Borrowed);
        crate::sys::variables().filter_map(|(name, value)| Some((text(name)?, text(value.bytes())?))).collect()
    }
    #[cfg(not(unix))]
    std::env::vars_os()
        .filter_map(|(n, v)| Some((n.into_string().ok()?.into(), v.into_string().ok()?.into())))
        .collect()
}

/// A snapshot for actions that are only described: nothing is known but what they state.
#[must_use]
pub fn stated(cwd: &str) -> Snapshot {
    const HOME: &str = "/home/user";
    let cwd = if cwd.is_empty() { "/workspace" } else { cwd };
    let workspace = if project::is_project(cwd, HOME) { cwd } else { "" };
    Snapshot {
        cwd: cwd.to_owned(),
        home: HOME.to_owned(),
        workspace: workspace.to_owned(),
        user: "user".to_owned(),
        environment: Environment::Stated,
        closed: true,
        ..Snapshot::default()
    }
}
