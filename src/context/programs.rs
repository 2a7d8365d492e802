//! Programs that gate starts for itself: those of this machine, none of the project that is judged.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// A program as PATH has it, outside of the repository that is looked at: whoever is judged writes there.
#[must_use]
pub fn installed(program: &OsStr, directory: &Path) -> Option<PathBuf> {
    let here = std::env::current_dir().ok();
    let outermost = |folder: &Path| {
        let folder = folder.canonicalize().ok()?;
        let repository = folder.ancestors().filter(|folder| folder.join(".git").exists()).last().map(Path::to_path_buf);
        // Without one the folder above may be the project, too; a home or the system's is nobody's.
        repository
            .or_else(|| folder.parent().filter(|above| above.components().count() > 2).map(Path::to_path_buf))
            .or(Some(folder))
    };
    let own: Vec<PathBuf> = [Some(directory), here.as_deref()].into_iter().flatten().filter_map(outermost).collect();
    let owned = |path: &Path| own.iter().any(|own| own.components().count() > 1 && path.starts_with(own));
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).filter(|folder| folder.is_absolute()).find_map(|folder| {
        let found = folder.join(program).canonicalize().ok().filter(|found| found.is_file())?;
        (!owned(&found) && !owned(&folder.canonicalize().ok()?)).then_some(found)
    })
}
