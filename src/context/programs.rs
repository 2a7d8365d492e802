//! Programs that gate starts for itself: those of this machine, none of the project that is judged.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// A program as PATH has it, outside of the repository that is looked at: whoever is judged writes there.
#[must_use]
pub fn installed(program: &OsStr, directory: &Path) -> Option<PathBuf> {
    let projects = projects_around(directory);
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).filter(|folder| folder.is_absolute()).find_map(|folder| {
        let found = folder.join(program);
        is_installed(&found, &projects).then(|| found.canonicalize().ok()).flatten()
    })
}

/// Whether a program is one of this machine's, and not of the project that is looked at.
#[must_use]
pub fn is_of_machine(program: &Path, directory: &Path) -> bool {
    program.is_absolute() && is_installed(program, &projects_around(directory))
}

/// The outermost folders that may be the project's: of that folder, and of the one where gate was started.
fn projects_around(directory: &Path) -> Vec<PathBuf> {
    let here = std::env::current_dir().ok();
    let outermost = |folder: &Path| {
        let folder = folder.canonicalize().ok()?;
        let repository = folder.ancestors().filter(|folder| folder.join(".git").exists()).last().map(Path::to_path_buf);
        // Without one the folder above may be the project, too; a home or the system's is nobody's.
        repository
            .or_else(|| folder.parent().filter(|above| above.components().count() > 2).map(Path::to_path_buf))
            .or(Some(folder))
    };
    [Some(directory), here.as_deref()].into_iter().flatten().filter_map(outermost).collect()
}

/// A file that lies in none of the projects, nor the folder by which it is found.
fn is_installed(program: &Path, projects: &[PathBuf]) -> bool {
    let owned = |path: &Path| projects.iter().any(|own| own.components().count() > 1 && path.starts_with(own));
    let found = program.canonicalize().ok().filter(|found| found.is_file());
    let folder = program.parent().and_then(|folder| folder.canonicalize().ok());
    found.zip(folder).is_some_and(|(found, folder)| !owned(&found) && !owned(&folder))
}
