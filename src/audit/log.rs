//! The log file: records are appended in one write, under a lock, each chained to the bytes of the line before it, so that
//! a change or a gap shows.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::Record;
use super::state::{private_file, state_directory, timestamp};
use crate::context;
use crate::digest;

/// The log file of this user.
pub struct Log {
    path: PathBuf,
}

/// How long other writers of the log are waited for: each takes less than a millisecond.
#[cfg(unix)]
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3);

/// The largest line that is looked for when the end of the log is read.
const TAIL: u64 = 1 << 20;

impl Log {
    /// The log in the user's state directory (XDG base directories; on Windows `%LOCALAPPDATA%`).
    #[must_use]
    pub fn of_user() -> Option<Log> {
        let state = state_directory()?;
        Some(Log { path: state.join("log.jsonl") })
    }

    /// A log at a path (tests).
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Log {
        Log { path: path.into() }
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends records, in one write, under a lock. Returns the sequence number of the first.
    ///
    /// # Errors
    /// If the log cannot be opened, locked, read or written; then nothing may take effect that needs a record.
    pub fn append(&self, records: &[Record]) -> io::Result<u64> {
        let mut file = self.open()?;
        #[cfg(unix)]
        crate::sys::lock(&file, PATIENCE)?;
        let (mut seq, mut before) = last(&mut file)?;
        let first = seq + 1;
        let time = timestamp();
        let mut out = String::new();
        for (index, record) in records.iter().enumerate() {
            seq += 1;
            let start = out.len();
            out.push_str("{\"schema\":\"gate.record/v1\",\"seq\":");
            crate::count::plain(&mut out, seq);
            out.push_str(",\"prev\":\"");
            out.push_str(&before);
            out.push_str("\",\"time\":\"");
            out.push_str(&time);
            out.push_str("\",\"kind\":\"");
            out.push_str(record.kind);
            out.push('"');
            out.push_str(&record.body);
            out.push_str("}\n");
            // The next one chains to it; the last one's hash is for whoever comes next to compute.
            if index + 1 < records.len() {
                before = digest::named(&out.as_bytes()[start..]);
            }
        }
        crate::sys::with_large_files_refused(|| file.write_all(out.as_bytes()))?;
        Ok(first)
    }

    fn open(&self) -> io::Result<File> {
        let file = private_file(&self.path)?;
        #[cfg(unix)]
        self.keep_private(&file, &context::regular(&file)?)?;
        #[cfg(not(unix))]
        context::regular(&file)?;
        Ok(file)
    }

    /// Takes the rights of others away that a log or its folder was given: who can write there can change what it tells.
    #[cfg(unix)]
    fn keep_private(&self, file: &File, metadata: &std::fs::Metadata) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        const OTHERS: u32 = 0o077;
        let only = |mode: u32| std::fs::Permissions::from_mode(mode);
        let open_to_others =
            |_| io::Error::other("others may write it, and it is not this user's to close: chmod 600, its folder 700");
        if metadata.permissions().mode() & OTHERS != 0 {
            file.set_permissions(only(0o600)).map_err(open_to_others)?;
        }
        // Gate's own folder, whose name it gave it.
        let own = |folder: &&Path| folder.file_name().is_some_and(|name| name == "gate" || name == "state");
        let Some(parent) = self.path.parent().filter(own) else { return Ok(()) };
        if std::fs::metadata(parent)?.permissions().mode() & OTHERS != 0 {
            std::fs::set_permissions(parent, only(0o700)).map_err(open_to_others)?;
        }
        Ok(())
    }
}

/// Sequence number and hash of the last whole line. A torn last line (a crash while writing) keeps its place: the next
/// record chains to its bytes, so that it stays visible.
fn last(file: &mut File) -> io::Result<(u64, String)> {
    let size = file.seek(SeekFrom::End(0))?;
    if size == 0 {
        return Ok((0, "sha256:".to_owned() + &"0".repeat(64)));
    }
    let mut window: u64 = 2048;
    loop {
        let take = window.min(size);
        file.seek(SeekFrom::End(-(take as i64)))?;
        let mut tail = vec![0; take as usize];
        file.read_exact(&mut tail)?;
        let torn = tail.last() != Some(&b'\n');
        let end = if torn { tail.len() } else { tail.len() - 1 };
        let start = tail[..end].iter().rposition(|b| *b == b'\n').map(|i| i + 1);
        match start {
            Some(start) => {
                let line = &tail[start..end];
                let before = tail[..start - 1].rsplit(|byte| *byte == b'\n').find_map(number_of);
                // Without the beginning of the line before it, what precedes a torn one may not be known yet.
                if torn && number_of(line).is_none() && before.is_none() && take < size && window < TAIL {
                    window *= 16;
                    continue;
                }
                return finish(file, line, torn, before);
            }
            None if take == size => return finish(file, &tail[..end], torn, Some(0)),
            None if window >= TAIL => return Err(io::Error::other("the last record is longer than a record can be")),
            None => window *= 16,
        }
    }
}

/// `before`: the number of the last record before the line.
fn finish(file: &mut File, line: &[u8], torn: bool, before: Option<u64>) -> io::Result<(u64, String)> {
    let hash = line_hash(line);
    match number_of(line) {
        Some(seq) if torn => close(file).map(|()| (seq, hash)),
        // What was cut off before its number had the next one.
        None if torn && before.is_some() => close(file).map(|()| (before.map_or(0, |seq| seq + 1), hash)),
        Some(seq) => Ok((seq, hash)),
        None => Err(io::Error::other("the last line of the log is no record")),
    }
}

/// Closes a torn line, so that the new record stands on its own.
fn close(file: &mut File) -> io::Result<()> {
    file.write_all(b"\n")
}

/// The number of a record; one that ends with the line may be cut off.
fn number_of(line: &[u8]) -> Option<u64> {
    let sign = b"\"seq\":";
    let at = line.windows(sign.len()).position(|window| window[0] == sign[0] && window == sign)?;
    let rest = &line[at + sign.len()..];
    let digits = &rest[..rest.iter().position(|byte| *byte == b',')?];
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The hash of a line as it stands in the file, with its newline.
fn line_hash(line: &[u8]) -> String {
    digest::named(&[line, b"\n"].concat())
}
