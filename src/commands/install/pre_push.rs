//! git: a hook before every push of one repository; the one that was there before runs first.

use std::path::PathBuf;

use super::own_path;
use crate::commands::print;
use crate::context;
use crate::error::{Error, Result};

const MARK: &str = crate::facts::paths::OWN_HOOK;
/// What was there before gate.
const BEFORE: &str = "pre-push.before-gate";

/// Where git looks for this repository's hooks; worktrees and core.hooksPath are git's to know.
pub fn hooks_folder() -> Result<PathBuf> {
    match context::git::says(&["rev-parse", "--path-format=absolute", "--git-path", "hooks"])? {
        Some(folder) => Ok(PathBuf::from(folder)),
        None => Err(Error::new("this is no git repository").help("gate install pre-push works in a repository")),
    }
}

fn script() -> Result<String> {
    let path = own_path()?;
    let quoted = shell_words::quote(&path.to_string_lossy()).into_owned();
    Ok(format!(
        "#!/bin/sh\n{MARK}: `gate uninstall pre-push` takes it out and puts back what was here before.\n\
         input=$(cat; printf x)\n\
         input=${{input%x}}\n\
         before=$(dirname -- \"$0\")/{BEFORE}\n\
         if [ -x \"$before\" ]; then\n  printf '%s' \"$input\" | \"$before\" \"$@\" || exit $?\nfi\n\
         if [ ! -x {quoted} ]; then\n  echo 'gate is not at {}, so nothing is pushed; gate uninstall pre-push, or git push --no-verify' >&2\n  exit 1\nfi\n\
         printf '%s' \"$input\" | {quoted} hook pre-push \"$@\"\n",
        path.to_string_lossy().replace('\'', "'\\''")
    ))
}

pub fn change(matches: &clap::ArgMatches, put: bool) -> Result<()> {
    if matches.get_flag("print") {
        return print::stdout(&script()?);
    }
    let folder = hooks_folder()?;
    let (hook, before) = (folder.join("pre-push"), folder.join(BEFORE));
    let fail = |error: std::io::Error| Error::new(format!("cannot change {}: {error}", hook.display()));
    let there = std::fs::read_to_string(&hook).ok();
    let ours = there.as_deref().is_some_and(|t| t.contains(MARK));
    let exists = std::fs::symlink_metadata(&hook).is_ok();
    if !put {
        if !ours {
            return print::text(&format!("{}: gate was not installed there\n", hook.display()));
        }
        std::fs::remove_file(&hook).map_err(fail)?;
        if before.exists() {
            std::fs::rename(&before, &hook).map_err(fail)?;
        }
        return print::text(&format!("{}: gate is taken out\n", hook.display()));
    }
    std::fs::create_dir_all(&folder).map_err(fail)?;
    if exists && !ours {
        if before.exists() {
            return Err(Error::new(format!("{} is in the way", before.display())).help("move it away first"));
        }
        std::fs::rename(&hook, &before).map_err(fail)?;
    }
    std::fs::write(&hook, script()?).map_err(fail)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).map_err(fail)?;
    }
    let chained = if before.exists() { format!("; {BEFORE} runs first") } else { String::new() };
    print::text(&format!("{}: gate reviews every push{chained}\n", hook.display()))
}
