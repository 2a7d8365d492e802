//! Executing what was reviewed, and nothing else.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::action::What;
use crate::error::ExitCode;

/// A program that is ready to be executed.
pub struct Program {
    path: PathBuf,
    words: Vec<OsString>,
    directory: Option<PathBuf>,
    identity: Identity,
    /// A script runs without the files that a shell would load first.
    script: bool,
}

/// Variables that make a shell read the same words as something else (bash(1), "Shell Variables"): options that it starts
/// with, where `cd` looks first, what patterns pass over.
const READ_OTHERWISE: [&str; 7] =
    ["SHELLOPTS", "BASHOPTS", "BASH_COMPAT", "CDPATH", "OLDPWD", "GLOBIGNORE", "EXECIGNORE"];

/// What tells a file from another that took its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    modified: Option<std::time::SystemTime>,
    /// When the kernel last saw it change, which no program sets back (inode(7)): seconds and nanoseconds.
    changed: (i64, i64),
}

/// Whether a folder of the search path belongs to the project, or to everybody.
fn is_anybodys(folder: &Path, directory: Option<&Path>) -> bool {
    let here = directory.map(Path::to_path_buf).or_else(|| std::env::current_dir().ok()).unwrap_or_default();
    let project = crate::context::workspace(&here, &crate::context::account().0);
    let shared = ["/tmp", "/var/tmp", "/dev/shm"].iter().any(|shared| folder.starts_with(shared));
    shared || !project.is_empty() && folder.starts_with(&project)
}

/// Why there is nothing to execute.
#[derive(Debug)]
pub enum Missing {
    NotFound(String),
    NotExecutable(String),
}

impl Missing {
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Missing::NotFound(_) => ExitCode::NotFound,
            Missing::NotExecutable(_) => ExitCode::CannotExecute,
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missing::NotFound(name) => write!(f, "{name}: program not found"),
            Missing::NotExecutable(name) => write!(f, "{name}: this is nothing that can be executed"),
        }
    }
}

/// How the child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Exit(i32),
    Signal(i32),
}

impl Program {
    /// Finds the file that will be executed.
    ///
    /// # Errors
    /// If there is none.
    pub fn resolve(what: &What, directory: Option<&str>) -> Result<Program, Missing> {
        let (words, script): (Vec<OsString>, bool) = match what {
            What::Argv(words) => (words.clone(), false),
            What::Shell { script, shell } => {
                let shell = if shell.is_empty() { "bash" } else { shell };
                (vec![OsString::from(shell), OsString::from("-c"), OsString::from(script)], true)
            }
            What::Tool { verb, .. } | What::Deploy { kind: verb, .. } => {
                return Err(Missing::NotExecutable(verb.clone()));
            }
            What::Push { .. } => return Err(Missing::NotExecutable("a described push".to_owned())),
            What::Plan { .. } => return Err(Missing::NotExecutable("a plan".to_owned())),
        };
        let name = words.first().cloned().unwrap_or_default();
        let shown = crate::output::escape::line(&name.to_string_lossy());
        let base = directory.map(PathBuf::from);
        let candidates: Vec<PathBuf> = if name.to_string_lossy().contains('/') {
            let path = PathBuf::from(&name);
            vec![base.as_ref().map_or_else(|| path.clone(), |b| b.join(&path))]
        } else {
            // Relative and empty entries of PATH are skipped: they mean "whatever lies in the current directory".
            let path = std::env::var_os("PATH").unwrap_or_default();
            let folders = std::env::split_paths(&path).filter(|p| p.is_absolute());
            // The shell that gate itself starts is none that the project brings.
            folders.filter(|folder| !script || !is_anybodys(folder, base.as_deref())).map(|p| p.join(&name)).collect()
        };
        let mut found_other = false;
        for candidate in candidates {
            let Ok(metadata) = std::fs::metadata(&candidate) else { continue };
            if !metadata.is_file() || !executable(&metadata) {
                found_other = true;
                continue;
            }
            return Ok(Program { identity: identity(&metadata), path: candidate, words, directory: base, script });
        }
        Err(if found_other { Missing::NotExecutable(shown) } else { Missing::NotFound(shown) })
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is still the one that was resolved.
    ///
    /// # Errors
    /// What changed.
    pub fn unchanged(&self) -> Result<(), String> {
        match std::fs::metadata(&self.path) {
            Ok(metadata) if identity(&metadata) == self.identity => Ok(()),
            Ok(_) => Err(format!("{} is not what was reviewed", self.path.display())),
            Err(error) => Err(format!("{}: {error}", self.path.display())),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            if let Some(name) = self.words.first() {
                command.arg0(name);
            }
        }
        command.args(self.words.iter().skip(1));
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        for name in READ_OTHERWISE {
            command.env_remove(name);
        }
        if self.script {
            command.env_remove("BASH_ENV").env_remove("ENV");
        }
        command
    }

    /// Replaces this process. Comes back only with an error.
    #[must_use]
    pub fn replace(&self) -> io::Error {
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            self.command().exec()
        }
        #[cfg(not(unix))]
        io::Error::other("--exec is not available on this system")
    }
}

/// Executes and waits.
///
/// # Errors
/// If the program cannot be started.
pub fn supervise(program: &Program) -> io::Result<Ended> {
    supervise_without(program, &[])
}

/// Executes and waits; these variables are not handed on.
///
/// # Errors
/// If the program cannot be started.
pub fn supervise_without(program: &Program, variables: &[&str]) -> io::Result<Ended> {
    let mut command = program.command();
    for variable in variables {
        command.env_remove(variable);
    }
    #[cfg(unix)]
    {
        let status = crate::sys::supervise(&mut command)?;
        Ok(match crate::sys::signal_of(status) {
            Some(signal) => Ended::Signal(signal),
            None => Ended::Exit(status.code().unwrap_or(1)),
        })
    }
    #[cfg(not(unix))]
    {
        let status = command.status()?;
        Ok(Ended::Exit(status.code().unwrap_or(1)))
    }
}

#[cfg(unix)]
fn executable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn executable(_metadata: &std::fs::Metadata) -> bool {
    true
}

#[cfg(unix)]
fn identity(metadata: &std::fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    Identity {
        device: metadata.dev(),
        inode: metadata.ino(),
        size: metadata.len(),
        modified: metadata.modified().ok(),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    }
}

#[cfg(not(unix))]
fn identity(metadata: &std::fs::Metadata) -> Identity {
    Identity { device: 0, inode: 0, size: metadata.len(), modified: metadata.modified().ok(), changed: (0, 0) }
}
