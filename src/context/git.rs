//! Git, as gate asks it. Nothing of the repository's own making runs: not a program of its folders, not what its settings
//! name (githooks(5), gitattributes(5), "filter"; git-config(1)).

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::programs::installed;
use crate::error::{Error, Result};

/// How long git may take to answer; what it does not say by then is not known.
const LONGEST: Duration = Duration::from_secs(2);

/// Git, started with no setting that runs a program, asks a person or fetches.
#[must_use]
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for void in
        ["core.fsmonitor=false", "core.pager=cat", "diff.external=", "diff.submodule=short", "log.showSignature=false"]
    {
        command.args(["-c", void]);
    }
    command
        .arg("--no-replace-objects")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "")
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Git in the working directory, with what whoever started gate has set for it.
///
/// # Errors
/// Where no git is installed outside of the repository.
pub fn here(arguments: &[&str]) -> Result<Command> {
    let Some(program) = installed(OsStr::new("git"), Path::new(".")) else {
        return Err(
            Error::new("no git is installed here").help("a git that lies in the repository itself is not asked")
        );
    };
    let mut command = command(&program);
    command.args(arguments);
    Ok(command)
}

/// What git prints in the working directory, if it ends well.
///
/// # Errors
/// Where no git can be started.
pub fn says(arguments: &[&str]) -> Result<Option<String>> {
    let output = here(arguments)?.output().map_err(|e| Error::new(format!("cannot run git: {e}")))?;
    let text = || String::from_utf8_lossy(&output.stdout).trim_end_matches(['\n', '\r']).to_owned();
    Ok(output.status.success().then(text))
}

/// Git, as it is asked in a folder, whatever else steers it from outside.
pub struct Git {
    program: PathBuf,
    directory: PathBuf,
    /// Settings that are void: their names as the repository has them, and the value that they get.
    void: Vec<(Vec<u8>, &'static str)>,
}

impl Git {
    /// Git in this folder; none where no git is installed outside of its repository.
    #[must_use]
    pub fn at(directory: &Path) -> Option<Git> {
        let program = installed(OsStr::new("git"), directory)?;
        let mut git = Git { program, directory: directory.to_owned(), void: Vec::new() };
        let filters = git.bytes(&["config", "--null", "--name-only", "--get-regexp", FILTERS]).unwrap_or_default();
        let names = filters.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        git.void = names.map(|name| (name.to_vec(), if name.ends_with(b".required") { "false" } else { "" })).collect();
        Some(git)
    }

    /// What git prints, if it ends well and in time.
    #[must_use]
    pub fn ask(&self, arguments: &[&str]) -> Option<String> {
        Some(String::from_utf8_lossy(&self.bytes(arguments)?).into_owned())
    }

    fn bytes(&self, arguments: &[&str]) -> Option<Vec<u8>> {
        let mut command = command(&self.program);
        command.args(arguments).current_dir(&self.directory);
        // What else steers git from outside would run something, or write.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("GIT_")
                && !command.get_envs().any(|(set, _)| set == &*name)
                && !matches!(&*name, "GIT_DIR" | "GIT_WORK_TREE" | "GIT_COMMON_DIR" | "GIT_INDEX_FILE")
            {
                command.env_remove(&*name);
            }
        }
        command.env("GIT_CONFIG_COUNT", self.void.len().to_string());
        for (at, (key, value)) in self.void.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{at}"), as_it_is(key)).env(format!("GIT_CONFIG_VALUE_{at}"), value);
        }
        let mut child = command.stdout(Stdio::piped()).spawn().ok()?;
        let mut output = child.stdout.take()?;
        // A pipe in place of a file of the repository would have it wait forever.
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut all = Vec::new();
            let _ = tell.send(output.read_to_end(&mut all).ok().map(|_| all));
        });
        let answer = told.recv_timeout(LONGEST).ok().flatten();
        if answer.is_none() {
            let _ = child.kill();
        }
        let ended = child.wait().ok()?;
        answer.filter(|_| ended.success())
    }
}

/// The settings by which a file is rewritten before it is compared.
const FILTERS: &str = r"^filter\..*\.(clean|smudge|process|required)$";

#[cfg(unix)]
fn as_it_is(bytes: &[u8]) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn as_it_is(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}
