//! Where gate keeps what it writes for this user, and the time that it writes there.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::count::padded;

/// The user's state directory of gate.
#[must_use]
pub fn state_directory() -> Option<PathBuf> {
    let absolute = |name: &str| crate::sys::variable(name).map(PathBuf::from).filter(|p| p.is_absolute());
    if cfg!(windows) {
        return absolute("LOCALAPPDATA").map(|p| p.join("gate"));
    }
    if let Some(state) = absolute("XDG_STATE_HOME") {
        return Some(state.join("gate"));
    }
    #[cfg(unix)]
    let account = || crate::sys::account().map(|(_, home)| PathBuf::from(home));
    #[cfg(not(unix))]
    let account = || None;
    absolute("HOME").or_else(account).map(|home| {
        if cfg!(target_os = "macos") {
            home.join("Library/Application Support/gate/state")
        } else {
            home.join(".local/state/gate")
        }
    })
}

/// Makes a directory that only this user may look into.
///
/// # Errors
/// If it cannot be made.
pub fn private_directory(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// A file that holds this text, to be read by somebody who is started; it has no name, and is gone with them.
///
/// # Errors
/// If no state directory is known, or nothing can be written there.
pub fn unnamed_file(text: &[u8]) -> io::Result<File> {
    let state = state_directory().ok_or_else(|| io::Error::other("no state directory is known"))?;
    let path = state.join(format!("{}.tmp", std::process::id()));
    let mut file = private_file(&path)?;
    std::fs::remove_file(&path)?;
    // One of that name may have been left behind.
    file.set_len(0)?;
    io::Write::write_all(&mut file, text)?;
    io::Seek::rewind(&mut file)?;
    Ok(file)
}

/// A file that only this user may look into, to be written at its end; made where it is not there, with its folder.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Private, never through a link that somebody else put there, and no wait for the other end of a FIFO.
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NONBLOCK);
    }
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(parent) = path.parent() {
                private_directory(parent)?;
            }
            options.open(path)
        }
        #[cfg(unix)]
        Err(error) if error.raw_os_error() == Some(libc::ELOOP) => {
            Err(io::Error::other("it is a symbolic link, which gate does not follow"))
        }
        other => other,
    }
}

/// The time now, RFC 3339 in UTC with milliseconds.
#[must_use]
pub fn timestamp() -> String {
    let since = crate::sys::now();
    let (days, rest) = ((since.as_secs() / 86_400) as i64, since.as_secs() % 86_400);
    // Days to a civil date: Howard Hinnant, "chrono-compatible low-level date algorithms".
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    let mut out = String::with_capacity(24);
    let parts = [
        (year.unsigned_abs(), 4, '-'),
        (month.unsigned_abs(), 2, '-'),
        (day.unsigned_abs(), 2, 'T'),
        (rest / 3600, 2, ':'),
        (rest / 60 % 60, 2, ':'),
        (rest % 60, 2, '.'),
        (u64::from(since.subsec_millis()), 3, 'Z'),
    ];
    for (part, digits, sign) in parts {
        padded::<10>(&mut out, part, digits);
        out.push(sign);
    }
    out
}
