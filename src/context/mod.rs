//! The edge: answers what the analysis asks about this machine, bounded, and says who asks and where.

pub mod ci;
pub mod git;
pub mod places;
pub mod policies;
pub mod pulumi;
pub mod pushes;
pub mod repository;
pub mod stakes;
pub mod surroundings;
pub mod terraform;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::Edge;
use crate::action::{Actor, ActorKind, Context};
use crate::facts::paths;
use crate::facts::snapshot::{Answer, Ask, Environment, FileText, Named, Snapshot, StakeKind};
use crate::limits;
use crate::rules::Packs;

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

/// A file's text; a FIFO, a device or a binary has none.
fn text_answer(path: &Path) -> Answer {
    let Ok(file) = open_regular(path) else {
        return if std::fs::symlink_metadata(path).is_err() { Answer::Missing } else { Answer::Unknown };
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

/// A regular file's text, if it is no larger than that.
pub fn read_up_to(path: &Path, limit: u64) -> Option<String> {
    let file = open_regular(path).ok()?;
    if file.metadata().ok()?.len() > limit {
        return None;
    }
    let mut text = String::new();
    std::io::Read::read_to_string(&mut std::io::Read::take(file, limit), &mut text).ok()?;
    Some(text)
}

/// Opens a regular file; opening a FIFO must not wait for its other end.
pub fn open_regular(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK | libc::O_CLOEXEC);
    let file = options.open(path)?;
    regular(&file)?;
    Ok(file)
}

/// What is known of a file that was opened, if it is a regular one: a FIFO or a device keeps nothing.
pub fn regular(file: &std::fs::File) -> std::io::Result<std::fs::Metadata> {
    let metadata = file.metadata()?;
    if metadata.is_file() { Ok(metadata) } else { Err(std::io::Error::other("not a regular file")) }
}

/// Whether what a decision was made from is still the same: the content of files, what lies at a path, what a pattern
/// means, and that nothing lies where nothing lay.
///
/// # Errors
/// The one that is not.
pub fn unchanged(seen: &[(Ask, Answer)]) -> std::result::Result<(), String> {
    for (ask, answer) in seen {
        if Machine.answer(ask) != *answer {
            let (Ask::Path(path) | Ask::Text(path) | Ask::Glob(path)) = ask else { continue };
            return Err(format!("{} is not what was reviewed", path.trim_start_matches('!')));
        }
    }
    Ok(())
}

/// What is at a path; a leading `!` asks for the entry itself and not for what a link there leads to.
fn path_answer(path: &str) -> Answer {
    let (path, through) = match path.strip_prefix('!') {
        Some(path) => (path, false),
        None => (path, true),
    };
    let path = Path::new(path);
    let Ok(metadata) = std::fs::symlink_metadata(path) else {
        // It does not exist: its directory may still be reached through a link.
        return match path.parent().and_then(|p| p.canonicalize().ok()) {
            Some(real) if Some(real.as_path()) != path.parent() => {
                Answer::Link(real.join(path.file_name().unwrap_or_default()).to_string_lossy().into_owned())
            }
            _ => Answer::Missing,
        };
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
        let named = |name| Named { name, leads_to: None };
        return if whole { Answer::Names(below.into_iter().map(named).collect()) } else { Answer::Unknown };
    }
    let Some((directory, last)) = pattern.rsplit_once('/') else { return Answer::Unknown };
    let Ok(entries) = std::fs::read_dir(if directory.is_empty() { "/" } else { directory }) else {
        return Answer::Missing;
    };
    let hidden = last.starts_with('.');
    let hit = |name: &String| name.starts_with('.') == hidden && crate::facts::globs::text(last, name);
    for (at, entry) in entries.flatten().enumerate() {
        if at == LISTED || names.len() == limits::TARGETS {
            return Answer::Unknown;
        }
        let Some(name) = entry.file_name().into_string().ok().filter(hit) else { continue };
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
        Err(error) => return error.kind() == std::io::ErrorKind::NotFound,
    };
    for entry in entries.flatten() {
        let (Ok(kind), Ok(own)) = (entry.file_type(), entry.file_name().into_string()) else { continue };
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
    out.sort();
    true
}

/// The branch that is checked out, read from git's files (gitrepository-layout(5)); also for linked worktrees.
#[must_use]
pub fn branch(directory: &Path) -> Option<String> {
    let root = root(directory)?;
    let git = root.join(".git");
    let head = match read_small(&git.join("HEAD")) {
        Some(head) => head,
        // The `.git` of a further working tree says where its own folder is (gitrepository-layout(5)).
        None => read_small(&root.join(read_small(&git)?.strip_prefix("gitdir:")?.trim()).join("HEAD"))?,
    };
    head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned)
}

/// A small regular file's text; a FIFO, a device or a huge file is not read.
pub fn read_small(path: &Path) -> Option<String> {
    read_up_to(path, 4096)
}

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
fn is_project(folder: &str, home: &str) -> bool {
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

/// Home and user: from the account database where it can be read, else from the environment.
#[must_use]
pub fn account() -> (String, String) {
    static KNOWN: std::sync::OnceLock<(String, String)> = std::sync::OnceLock::new();
    KNOWN.get_or_init(look_up_account).clone()
}

fn look_up_account() -> (String, String) {
    // Tests have a home of their own; a released gate does not know the variable.
    #[cfg(debug_assertions)]
    if let Ok(home) = std::env::var("GATE_TEST_HOME") {
        return (home, "tester".to_owned());
    }
    #[cfg(unix)]
    if let Some((name, home)) = crate::sys::account() {
        return (home, name);
    }
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    (variable("HOME"), variable("USER"))
}

/// The home that a shell takes for `~`: that of the variable, where it is an absolute path.
fn home_by_variable() -> Option<String> {
    #[cfg(debug_assertions)]
    if std::env::var_os("GATE_TEST_HOME").is_some() {
        return None;
    }
    let home = std::env::var_os("HOME")?.into_string().ok()?;
    let plain = if home.len() > 1 { home.trim_end_matches('/') } else { &home };
    home.starts_with('/').then(|| plain.to_owned())
}

/// Where the programs of whoever asks keep their own files: as they themselves look, by the variable first. Gate's own
/// files do not move by it.
#[must_use]
pub fn home() -> String {
    home_by_variable().unwrap_or_else(|| account().0)
}

/// Where an action is proposed, written down in it as far as it does not say so itself, and the snapshot of this machine
/// that its analysis starts from. Its words do not tell what will be needed: a file that it runs may ask for anything.
#[must_use]
pub fn observe(stated: &mut Context, cwd: Option<&Path>, environment: Environment) -> Snapshot {
    let cwd = cwd.map_or_else(|| std::env::current_dir().unwrap_or_default(), Path::to_path_buf);
    let (home, user) = account();
    let workspace = workspace(&cwd, &home);
    let (home, account_home) = match home_by_variable() {
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
    let workspace = if is_project(cwd, HOME) { cwd } else { "" };
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

/// The session that this belongs to: what the host or the pipeline calls it. It can only raise, so a variable may say it.
#[must_use]
pub fn session() -> String {
    const NAMES: [&str; 7] = [
        "GATE_SESSION",
        "GITHUB_RUN_ID",
        "CI_PIPELINE_ID",
        "BUILD_TAG",
        "CIRCLE_WORKFLOW_ID",
        "BUILDKITE_BUILD_ID",
        "BUILD_BUILDID",
    ];
    first_set(&NAMES).map(|(_, value)| value).unwrap_or_default()
}

/// The first of several variables that is set, and not empty: its index and its value.
#[must_use]
pub fn first_set(names: &[impl AsRef<[u8]>]) -> Option<(usize, String)> {
    #[cfg(unix)]
    {
        // Most variables are none of them: their lengths and last letters tell.
        let sign = |name: &[u8]| 1_u64 << ((name.last().map_or(0, |last| usize::from(*last)) * 7 + name.len()) % 64);
        let signs = names.iter().fold(0, |all, name| all | sign(name.as_ref()));
        let mut best: Option<(usize, &[u8])> = None;
        for (name, value) in crate::sys::variables() {
            if signs & sign(name) == 0 {
                continue;
            }
            let limit = best.map_or(names.len(), |(index, _)| index);
            if let Some(index) = names[..limit].iter().position(|known| known.as_ref() == name)
                && !value.bytes().is_empty()
            {
                best = Some((index, value.bytes()));
            }
        }
        best.map(|(index, value)| (index, String::from_utf8_lossy(value).into_owned()))
    }
    #[cfg(not(unix))]
    names.iter().enumerate().find_map(|(index, name)| {
        let name = std::str::from_utf8(name.as_ref()).ok()?;
        Some((index, std::env::var(name).ok().filter(|value| !value.is_empty())?))
    })
}

/// Who proposes it: CI by its variables, an agent by its host's markers, a person only at a terminal with none of them.
#[must_use]
pub fn actor(packs: &Packs, claimed: Option<&str>, terminal: bool) -> Actor {
    let markers = packs.markers();
    let names: Vec<&[u8]> = markers.iter().map(|m| m.variable).collect();
    let (kind, name) = match first_set(&names).map(|(index, _)| &markers[index]) {
        Some(marker) if marker.ci => (ActorKind::Ci, marker.name.as_str()),
        Some(marker) => (ActorKind::Agent, marker.name.as_str()),
        None if terminal => (ActorKind::Human, ""),
        None => (ActorKind::Agent, ""),
    };
    Actor { id: claimed.unwrap_or("").to_owned(), name: name.to_owned(), kind, ..Actor::default() }
}
