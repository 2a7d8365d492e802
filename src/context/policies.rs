//! Finds and reads the policy files of all layers. A policy that is there and cannot be read is an error, never skipped.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::files::is_missing;
use super::project::is_shared;
use crate::digest::Parts;
use crate::error::{Error, Result};
use crate::limits;
use crate::policy::format::File;
use crate::policy::read;
use crate::policy::tighten::tighten;
use crate::policy::{Layer, Layered};
use crate::policy::{Policy, templates};

/// Where the layers are.
#[derive(Clone, Debug, Default)]
pub struct Places {
    pub organisation: PathBuf,
    /// None: no home is known.
    pub user: Option<PathBuf>,
}

impl Places {
    /// Of this machine: `/etc/gate` and the user's configuration directory (by the account database, not by a variable
    /// that the judged agent could set).
    #[must_use]
    pub fn of_machine() -> Places {
        #[cfg(debug_assertions)]
        if let (Some(organisation), home) = (std::env::var_os("GATE_TEST_ORGANISATION"), super::account().0) {
            let user = PathBuf::from(home).join(".config/gate/policy.toml");
            return Places { organisation: PathBuf::from(organisation).join("policy.toml"), user: Some(user) };
        }
        if cfg!(windows) {
            let below = |name: &str| std::env::var_os(name).map(|p| PathBuf::from(p).join("gate\\policy.toml"));
            return Places { organisation: below("ProgramData").unwrap_or_default(), user: below("APPDATA") };
        }
        let home = super::account().0;
        let folder = if cfg!(target_os = "macos") { "Library/Application Support/gate" } else { ".config/gate" };
        let user = (!home.is_empty()).then(|| Path::new(&home).join(folder).join("policy.toml"));
        Places { organisation: PathBuf::from("/etc/gate/policy.toml"), user }
    }
}

/// What is asked for beside the files in their places.
#[derive(Clone, Debug, Default)]
pub struct Wanted<'a> {
    /// `--policy FILE`
    pub argument: Option<&'a Path>,
    /// `GATE_POLICY`: a variable only tightens.
    pub variable: Option<&'a Path>,
    /// `--policy-digest`: the organisation's policy must be this one.
    pub pinned: Option<&'a str>,
    /// Where repositories' policies are looked for.
    pub directory: Option<&'a Path>,
}

/// Reads all layers.
///
/// # Errors
/// If a file is there (or was named) and cannot be read, is no policy, or is not the pinned one.
pub fn load(places: &Places, wanted: &Wanted<'_>) -> Result<Policy> {
    let mut policy = Policy::default();
    let there = layer(Layer::Organisation, &places.organisation, false, &mut policy)?;
    if let Some(pinned) = wanted.pinned {
        let digest = pin(&policy).unwrap_or_default();
        let place = places.organisation.display();
        if !there {
            return Err(Error::new(format!("a policy is pinned, and {place} does not exist")));
        }
        if digest != pinned {
            return Err(Error::new(format!("the organisation's policy is not the pinned one: {place} is {digest}"))
                .help(format!("pinned was {pinned}; `gate policy show` prints what it is pinned by, as `# pin`")));
        }
    }
    let users = policy.layers.iter().all(|l| l.file.user_layer != Some(false));
    if let Some(user) = &places.user {
        if users {
            layer(Layer::User, user, false, &mut policy)?;
        } else if user.exists() {
            let message = "the organisation allows no policy of users; it is ignored";
            policy.problems.push(format!("{}: {message}", user.display()));
        }
    }
    if let Some(path) = wanted.argument {
        // Where the organisation forbids users' policies, a file that anybody can name only tightens.
        let trust = if users { Layer::Argument } else { Layer::Repository };
        layer(trust, path, true, &mut policy)?;
    }
    if let Some(path) = wanted.variable {
        layer(Layer::Repository, path, true, &mut policy)?;
    }
    if let Some(directory) = wanted.directory {
        // All on the way to the root of the repository: one deeper down does not hide one above.
        let root = super::root(directory);
        let mut here = Some(directory);
        // What all users or all disks share is nobody's project: anybody could put a policy there for everybody.
        while let Some(directory) = here.filter(|folder| !is_shared(&folder.to_string_lossy())) {
            layer(Layer::Repository, &directory.join(".gate/policy.toml"), false, &mut policy)?;
            if root.as_deref() == Some(directory) {
                break;
            }
            here = directory.parent();
        }
    }
    if !policy.layers.is_empty() {
        policy.now = Some(crate::sys::seconds());
    }
    Ok(policy)
}

/// What the organisation's policy is pinned by: a digest over every file that it is made of.
#[must_use]
pub fn pin(policy: &Policy) -> Option<String> {
    let mut all = Parts::default();
    let mut any = false;
    for layered in policy.layers.iter().filter(|l| l.layer == Layer::Organisation) {
        all.add(layered.digest());
        any = true;
    }
    any.then(|| format!("sha256:{}", all.end()))
}

/// Reads one layer's file with those it extends. Whether it exists.
fn layer(layer: Layer, path: &Path, named: bool, policy: &mut Policy) -> Result<bool> {
    let Some(text) = read(path, named)? else { return Ok(false) };
    add(layer, path, &text, &mut Vec::new(), policy)?;
    Ok(true)
}

fn add(layer: Layer, path: &Path, text: &str, trail: &mut Vec<PathBuf>, policy: &mut Policy) -> Result<()> {
    let shown = path.display().to_string();
    let mut file = read::parse(&shown, text).map_err(|e| match layer == Layer::Repository && is_linked(path) {
        // Whoever may write the repository may read no other file by what is said of its text.
        true => Error::new(format!("bad policy\n{shown} is a link to something that is no policy")),
        false => Error::new(format!("bad policy\n{e}")),
    })?;
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if trail.contains(&real) {
        let way: Vec<String> = trail.iter().map(|p| p.display().to_string()).collect();
        return Err(Error::new(format!("policies extend each other in a circle: {} → {shown}", way.join(" → "))));
    }
    trail.push(real);
    if policy.layers.len() > limits::EXTENDS {
        return Err(Error::new(format!("{shown}: more than {} policy files", limits::EXTENDS)));
    }
    for extended in &file.extends {
        if let Some(name) = extended.strip_prefix("template:") {
            let Some(template) = templates::text(name) else {
                let known: Vec<&str> = templates::ALL.iter().map(|(name, ..)| *name).collect();
                return Err(Error::new(format!("{shown}: no template is called `{name}`"))
                    .help(format!("there are {}", known.join(", "))));
            };
            let mut inner = parse_template(name, template)?;
            if layer == Layer::Repository {
                let placed = Layered::new(layer, extended, File::default(), template);
                policy.problems.extend(tighten(&mut inner, template, |at| placed.place(at)));
            }
            add_file(layer, extended, inner, template, policy);
            continue;
        }
        let target = Path::new(extended);
        let outside = target.is_absolute() || target.components().any(|c| matches!(c, std::path::Component::ParentDir));
        if layer == Layer::Repository && outside {
            return Err(Error::new(format!("{shown}: a repository's policy extends only files below it: {extended}")));
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        let target = folder.join(target);
        let leads_out = || Some(!target.canonicalize().ok()?.starts_with(folder.canonicalize().ok()?));
        if layer == Layer::Repository && leads_out() == Some(true) {
            return Err(Error::new(format!(
                "{shown}: a repository's policy extends no link that leads out: {extended}"
            )));
        }
        let Some(inner) = read(&target, true)? else { continue };
        add(layer, &target, &inner, trail, policy)?;
    }
    if layer == Layer::Repository {
        let placed = Layered::new(layer, &shown, File::default(), text);
        let problems = tighten(&mut file, text, |at| placed.place(at));
        policy.problems.extend(problems);
    }
    add_file(layer, &shown, file, text, policy);
    trail.pop();
    Ok(())
}

/// Whether a file, or the folder that it lies in, is a link.
fn is_linked(path: &Path) -> bool {
    let link = |path: &Path| std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_symlink());
    link(path) || path.parent().is_some_and(link)
}

fn parse_template(name: &str, text: &str) -> Result<File> {
    read::parse(&format!("template:{name}"), text).map_err(|e| Error::new(format!("bad template\n{e}")))
}

fn add_file(layer: Layer, origin: &str, file: File, text: &str, policy: &mut Policy) {
    policy.layers.push(Layered::new(layer, origin, file, text));
}

/// The text of a policy file; nothing if it does not exist and nobody named it.
///
/// # Errors
/// If it cannot be read, is no regular file, is too large or is not UTF-8.
pub fn read(path: &Path, named: bool) -> Result<Option<String>> {
    let shown = path.display();
    let fail = |what: String| {
        Error::new(format!("policy {shown}: {what}")).help("a policy is never skipped; mend or remove it")
    };
    // One question for the usual case that nothing is there; a link that leads nowhere is there.
    if !named && std::fs::symlink_metadata(path).is_err_and(|e| is_missing(&e)) {
        return Ok(None);
    }
    let file = super::open_regular(path).map_err(|e| match is_missing(&e) {
        true => Error::new(format!("policy {shown}: there is no such file"))
            .help("check the name: a policy that is named is never skipped"),
        false => fail(e.to_string()),
    })?;
    let mut bytes = Vec::new();
    file.take(limits::POLICY as u64 + 1).read_to_end(&mut bytes).map_err(|e| fail(e.to_string()))?;
    if bytes.len() > limits::POLICY {
        return Err(fail(format!("it is larger than {} bytes", limits::POLICY)));
    }
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|e| fail(format!("it is not UTF-8 (byte {})", e.utf8_error().valid_up_to())))
}
