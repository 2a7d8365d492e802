//! A git repository as far as it makes commands run: where its hooks are, which aliases hold. Out of git's files
//! (gitrepository-layout(5), git-config(1)), never by starting git.

use std::path::{Path, PathBuf};

use super::read_up_to;
use crate::facts::snapshot::Repository;

/// Bytes of a configuration file.
const LARGEST: u64 = 1 << 18;
/// Files that include files.
const DEPTH: u32 = 4;

/// The repository that a directory is in.
#[must_use]
pub fn repository(directory: &Path) -> Option<Repository> {
    let root = super::root(directory)?;
    let git = git_folder(&root)?;
    let common = super::read_small(&git.join("commondir")).map_or_else(|| git.clone(), |name| git.join(name.trim()));
    let home = PathBuf::from(super::home());
    let mut config =
        Config { home: &home, whose: Whose::Person, hooks: None, aliases: Vec::new(), settings: Vec::new() };
    let global = std::env::var_os("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), PathBuf::from);
    for file in [Path::new("/etc/gitconfig").to_owned(), global.join("git/config"), home.join(".gitconfig")] {
        config.read(&file, 0);
    }
    config.whose = Whose::Repository;
    for file in [common.join("config"), git.join("config.worktree")] {
        config.read(&file, 0);
    }
    let hooks = config.hooks.map_or_else(|| common.join("hooks"), |name| expand(&name, &home));
    let text = |path: &Path| path.to_string_lossy().into_owned();
    Some(Repository {
        root: text(&root),
        hooks: text(&root.join(hooks)),
        aliases: config.aliases,
        settings: config.settings,
    })
}

/// Where a working tree stands.
pub struct State {
    pub root: String,
    /// `a working tree`, `a linked worktree of …`, `a submodule of …`
    pub kind: String,
    /// None: detached.
    pub branch: Option<String>,
    /// `origin/main`
    pub upstream: Option<String>,
}

/// The state of the repository around a directory, out of its files.
#[must_use]
pub fn state(directory: &Path) -> Option<State> {
    let root = super::root(directory)?;
    let git = git_folder(&root)?;
    let common = super::read_small(&git.join("commondir")).map(|name| git.join(name.trim()));
    let kind = match &common {
        Some(common) => {
            let common = common.canonicalize().unwrap_or_else(|_| common.clone());
            format!("a linked worktree of {}", common.parent().unwrap_or(&common).display())
        }
        None if git != root.join(".git") => {
            let outer = super::root(root.parent()?);
            outer.map_or_else(|| "a working tree".to_owned(), |outer| format!("a submodule of {}", outer.display()))
        }
        None => "a working tree".to_owned(),
    };
    let branch = super::branch(directory);
    let config = read_up_to(&common.unwrap_or(git).join("config"), LARGEST).unwrap_or_default();
    let of_branch = |name: &str| {
        let section = format!("branch \"{}\"", branch.as_deref()?.to_ascii_lowercase());
        settings(&config).into_iter().find(|(s, n, _)| *s == section && n == name).map(|(_, _, value)| value)
    };
    let upstream = of_branch("merge").map(|merge| {
        let name = merge.trim_start_matches("refs/heads/").to_owned();
        of_branch("remote").map_or_else(|| name.clone(), |remote| format!("{remote}/{name}"))
    });
    Some(State { root: root.to_string_lossy().into_owned(), kind, branch, upstream })
}

/// The branch that is checked out, read from git's files (gitrepository-layout(5)); also for linked worktrees.
#[must_use]
pub fn branch(directory: &Path) -> Option<String> {
    let root = super::root(directory)?;
    // Mostly it is the folder itself.
    let head = super::read_small(&root.join(".git/HEAD"));
    let head = head.or_else(|| super::read_small(&git_folder(&root)?.join("HEAD")))?;
    head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned)
}

/// The folder that `.git` is, or names (a worktree, a submodule).
fn git_folder(root: &Path) -> Option<PathBuf> {
    let git = root.join(".git");
    if std::fs::metadata(&git).ok()?.is_dir() {
        return Some(git);
    }
    let text = super::read_small(&git)?;
    Some(root.join(text.strip_prefix("gitdir:")?.trim()))
}

fn expand(path: &str, home: &Path) -> PathBuf {
    path.strip_prefix("~/").map_or_else(|| PathBuf::from(path), |rest| home.join(rest))
}

/// Who set it. What a person or a machine set for all repositories is theirs; what stands in this one came with it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Person,
    Repository,
}

struct Config<'h> {
    home: &'h Path,
    /// Of the files that are read now.
    whose: Whose,
    hooks: Option<String>,
    aliases: Vec<(String, String)>,
    settings: Vec<String>,
}

impl Config<'_> {
    fn read(&mut self, file: &Path, depth: u32) {
        if depth > DEPTH {
            return;
        }
        let Some(text) = read_up_to(file, LARGEST) else { return };
        for (section, name, value) in settings(&text) {
            match (section.as_str(), name.as_str()) {
                ("core", "hookspath") => self.hooks = Some(value),
                ("alias", _) => {
                    self.aliases.retain(|(known, _)| *known != name);
                    self.aliases.push((name, value));
                }
                ("include", "path") => {
                    let path = expand(&value, self.home);
                    self.read(&file.parent().unwrap_or(file).join(path), depth + 1);
                }
                // Whether it holds here is git's to say; what it would bring in is counted in.
                (section, "path") if section.starts_with("includeif") => {
                    let path = expand(&value, self.home);
                    self.read(&file.parent().unwrap_or(file).join(path), depth + 1);
                }
                (section, name) if self.whose == Whose::Repository => {
                    // `[filter "lfs"] clean`: `filter.lfs.clean`.
                    let (kind, part) = section.split_once(char::is_whitespace).unwrap_or((section, ""));
                    let part = part.trim().trim_matches('"');
                    let dot = if part.is_empty() { "" } else { "." };
                    self.settings.push(format!("{kind}{dot}{part}.{name}={value}"));
                }
                _ => {}
            }
        }
    }
}

/// (section, name, value) of a configuration file, names in small letters.
fn settings(text: &str) -> Vec<(String, String, String)> {
    let mut out = Vec::new();
    let mut section = String::new();
    let joined = text.replace("\\\r\n", "").replace("\\\n", "");
    for line in joined.lines().map(str::trim) {
        let mut line = line;
        if let Some(rest) = line.strip_prefix('[') {
            let Some((name, after)) = rest.split_once(']') else { continue };
            section = name.trim().to_ascii_lowercase();
            // `[alias "x"]` does not exist; `[include]` may be followed by its setting.
            line = after.trim();
        }
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let (name, value) = line.split_once('=').unwrap_or((line, "true"));
        out.push((section.clone(), name.trim().to_ascii_lowercase(), unquoted(value.trim())));
    }
    out
}

/// A value without its quotes, its escapes and its comment.
fn unquoted(value: &str) -> String {
    let mut out = String::new();
    let mut quoted = false;
    let mut signs = value.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '"' => quoted = !quoted,
            '\\' => match signs.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => {}
            },
            '#' | ';' if !quoted => break,
            other => out.push(other),
        }
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::settings;

    #[test]
    fn configuration_files() {
        let text = "[core]\n\tHooksPath = .husky/_ ; a comment\n[alias] a = b\n  wipe = \"!rm -rf \\\"$1\\\"; true\" # x\n\tlong = log \\\n  --all\n[remote \"origin\"]\n";
        let found: Vec<(String, String, String)> = settings(text);
        let found: Vec<(&str, &str, &str)> =
            found.iter().map(|(s, n, v)| (s.as_str(), n.as_str(), v.as_str())).collect();
        assert_eq!(
            found,
            [
                ("core", "hookspath", ".husky/_"),
                ("alias", "a", "b"),
                ("alias", "wipe", "!rm -rf \"$1\"; true"),
                ("alias", "long", "log   --all"),
            ]
        );
    }
}
