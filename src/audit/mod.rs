//! The record: every decision is a line before it takes effect, chained by hash, so that a change or a gap shows.

mod secrets;

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::Judged;
use crate::action::Step;
use crate::context;
use crate::count::padded;
use crate::digest;
use crate::json::quote;
use crate::output::escape;
use crate::redact::{self, redact};

/// A record without its place in the chain.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// `decision` or `outcome`
    pub kind: &'static str,
    /// The members after the common ones, as JSON text without braces.
    pub body: String,
}

impl Record {
    /// The record of a decision.
    #[must_use]
    pub fn decision(judged: &Judged<'_, '_>, command: &str, settled: &str) -> Self {
        let mut body = String::with_capacity(512);
        let action = judged.action;
        member(&mut body, "command", command);
        member(&mut body, "action_id", &redact(&action.id));
        member(&mut body, "action_digest", judged.digest());
        member(&mut body, "action_kind", action.kind());
        let line = action.line();
        let shown: String = if line.len() > 4096 {
            let cut = (0..=4096).rev().find(|i| line.is_char_boundary(*i)).unwrap_or(0);
            let cut = redact::cut(&line, cut);
            format!("{}… ({} bytes)", &line[..cut], line.len())
        } else {
            line
        };
        member(&mut body, "action", &redact(&shown));
        member(&mut body, "cwd", &redact(&judged.snapshot.cwd));
        member(&mut body, "actor", action.actor.kind.word());
        if !action.actor.id.is_empty() {
            member(&mut body, "actor_id", &redact(&action.actor.id));
        }
        if !action.actor.name.is_empty() {
            member(&mut body, "actor_name", &redact(&action.actor.name));
        }
        if let Some(environment) = &action.context.environment {
            member(&mut body, "environment", &redact(environment));
        }
        if !action.context.event.is_empty() {
            member(&mut body, "event", &redact(&action.context.event));
        }
        if !action.session.is_empty() {
            member(&mut body, "session", &redact(&action.session));
        }
        if judged.reads_secret() {
            body.push_str(",\"read_secret\":true");
            let hashes = secrets::read_by(judged);
            if !hashes.is_empty() {
                body.push_str(&format!(",\"secrets\":[\"{}\"]", hashes.join("\",\"")));
            }
        }
        member(&mut body, "decision", judged.judgement.decision.word());
        if !settled.is_empty() {
            member(&mut body, "settled", settled);
        }
        body.push_str(",\"risk\":");
        body.push_str(&crate::policy::hundredths(judged.assessment.risk));
        body.push_str(",\"rules\":[");
        for (index, finding) in judged.assessment.findings.iter().take(16).enumerate() {
            if index > 0 {
                body.push(',');
            }
            quote(finding.rule.id, &mut body);
        }
        body.push(']');
        let files: Vec<(&str, &str)> = judged.snapshot.files().collect();
        if !files.is_empty() {
            body.push_str(",\"files\":{");
            for (index, (path, digest)) in files.iter().take(32).enumerate() {
                if index > 0 {
                    body.push(',');
                }
                quote(path, &mut body);
                body.push_str(":\"sha256:");
                body.push_str(digest);
                body.push('"');
            }
            body.push('}');
        }
        member(&mut body, "profile", judged.judgement.stance.profile.word());
        member(&mut body, "rules_digest", crate::rules::Packs::digest());
        member(&mut body, "gate", env!("CARGO_PKG_VERSION"));
        Record { kind: "decision", body: escape::json(body) }
    }

    /// The record of what became of an execution.
    #[must_use]
    pub fn outcome(
        action_digest: &str,
        decision_seq: u64,
        exit: Option<i32>,
        signal: Option<i32>,
        milliseconds: u128,
    ) -> Self {
        let mut body = String::new();
        member(&mut body, "action_digest", action_digest);
        body.push_str(&format!(",\"decision_seq\":{decision_seq}"));
        if let Some(exit) = exit {
            body.push_str(&format!(",\"exit\":{exit}"));
        }
        if let Some(signal) = signal {
            body.push_str(&format!(",\"signal\":{signal}"));
        }
        body.push_str(&format!(",\"duration_ms\":{milliseconds}"));
        Record { kind: "outcome", body }
    }
}

fn member(out: &mut String, name: &str, value: &str) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
    quote(value, out);
}

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
        file.write_all(out.as_bytes())?;
        Ok(first)
    }

    fn open(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            // Private, never through a link that somebody else put there, and no wait for the other end of a FIFO.
            options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NONBLOCK);
        }
        let file = match options.open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(parent) = self.path.parent() {
                    private_directory(parent)?;
                }
                options.open(&self.path)
            }
            other => other,
        }?;
        context::regular(file)
    }
}

/// How far back a session's steps are looked for.
const RECENT: u64 = 128 << 10;
/// How many of a session's steps count.
const STEPS: usize = 12;

impl Log {
    /// The last steps of a session, the oldest first: what gate decided, what became of it. A log that cannot be read
    /// says nothing.
    ///
    /// `text` is what is proposed now: steps whose secrets stand in it are marked.
    #[must_use]
    pub fn trajectory(&self, session: &str, text: &str) -> Vec<Step> {
        let mut steps = self.recent(session);
        secrets::mark(text, &mut steps);
        steps
    }

    fn recent(&self, session: &str) -> Vec<Step> {
        let mut steps: Vec<(u64, Step)> = Vec::new();
        let Ok(mut file) = context::open_regular(&self.path) else { return Vec::new() };
        let size = file.metadata().map_or(0, |m| m.len());
        if file.seek(SeekFrom::Start(size.saturating_sub(RECENT))).is_err() {
            return Vec::new();
        }
        let mut bytes = Vec::new();
        if file.take(RECENT).read_to_end(&mut bytes).is_err() {
            return Vec::new();
        }
        let text = String::from_utf8_lossy(&bytes);
        let mut wanted = String::from("\"session\":");
        quote(&redact(session), &mut wanted);
        for line in text.lines() {
            let outcome = line.contains("\"kind\":\"outcome\"");
            if !outcome && !line.contains(&wanted) {
                continue;
            }
            let Ok(value) = serde_json::from_str::<serde_json::Value>(line) else { continue };
            let word = |key: &str| value.get(key).and_then(serde_json::Value::as_str).unwrap_or("").to_owned();
            let number = |key: &str| value.get(key).and_then(serde_json::Value::as_u64);
            if outcome {
                if let Some((_, step)) = steps.iter_mut().find(|(seq, _)| Some(*seq) == number("decision_seq")) {
                    let well = value.get("exit").and_then(serde_json::Value::as_i64) == Some(0);
                    step.result = if well { "ok".to_owned() } else { "failed".to_owned() };
                }
                continue;
            }
            let rules = value.get("rules").and_then(serde_json::Value::as_array);
            let step = Step {
                action: word("action"),
                decision: word("decision"),
                result: String::new(),
                rules: rules.into_iter().flatten().filter_map(|r| r.as_str().map(str::to_owned)).collect(),
                // What was blocked was not read.
                secret: value.get("read_secret").and_then(serde_json::Value::as_bool) == Some(true)
                    && word("decision") != "block",
                secrets: match value.get("secrets").and_then(serde_json::Value::as_array) {
                    Some(hashes) if word("decision") != "block" => {
                        hashes.iter().filter_map(|h| h.as_str().map(str::to_owned)).collect()
                    }
                    _ => Vec::new(),
                },
                carried: false,
            };
            steps.push((number("seq").unwrap_or(0), step));
        }
        let skip = steps.len().saturating_sub(STEPS);
        // Of those long ago only the secrets are remembered.
        let old = |step: Step| Step { secrets: step.secrets, ..Step::default() };
        steps
            .into_iter()
            .enumerate()
            .map(|(index, (_, step))| if index < skip { old(step) } else { step })
            .filter(|step| !step.action.is_empty() || !step.secrets.is_empty())
            .collect()
    }
}

fn private_directory(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
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

/// The number of a record.
fn number_of(line: &[u8]) -> Option<u64> {
    let sign = b"\"seq\":";
    let at = line.windows(sign.len()).position(|window| window[0] == sign[0] && window == sign)?;
    let digits = line[at + sign.len()..].split(|b| *b == b',').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

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

/// The hash of a line as it stands in the file, with its newline.
fn line_hash(line: &[u8]) -> String {
    digest::named(&[line, b"\n"].concat())
}
