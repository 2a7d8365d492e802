//! Files as gate opens them: regular ones, within bounds, and without waiting for anybody.

use std::path::Path;

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

/// A small regular file's text; a FIFO, a device or a huge file is not read.
pub fn read_small(path: &Path) -> Option<String> {
    read_up_to(path, 4096)
}

/// Whether an error says that nothing is there; where something may not be looked at, anything may be.
pub(super) fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}
