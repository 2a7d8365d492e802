//! What a git push would change on the server, found out with git itself: refs that are made, moved, rewritten, deleted,
//! and what the new commits carry. Nothing is fetched and nothing of the repository is run.
//!
//! The hook's lines and arguments are those of githooks(5).

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::redact;

/// One line of git: what is to be pushed where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub local_ref: String,
    pub local: String,
    pub remote_ref: String,
    pub remote: String,
}

/// Reads git's lines. The local ref is free text, so the line is split from its end.
///
/// # Errors
/// On a line that is none.
pub fn lines(text: &str) -> Result<Vec<Line>> {
    text.lines()
        .filter(|l| !l.trim().is_empty())
        .map(|line| {
            let mut parts = line.trim_end_matches('\r').rsplitn(4, ' ');
            let mut next = || parts.next().unwrap_or("").to_owned();
            let (remote, remote_ref, local, local_ref) = (next(), next(), next(), next());
            let oid = |text: &str| matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
            if !oid(&local) || !oid(&remote) || remote_ref.is_empty() || local_ref.is_empty() {
                return Err(Error::new(format!("git's line is not understood: {line:?}")));
            }
            Ok(Line { local_ref, local, remote_ref, remote })
        })
        .collect()
}

fn zero(oid: &str) -> bool {
    oid.bytes().all(|b| b == b'0')
}

fn git(arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    // Nothing that the repository's configuration names may run.
    command
        .args(["-c", "core.fsmonitor=false", "-c", "core.pager=cat", "-c", "diff.external=", "--no-replace-objects"])
        .args(arguments)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// What git prints, and whether it ended well.
fn ask(arguments: &[&str]) -> Option<String> {
    let output = git(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Describes a push.
///
/// # Errors
/// If git cannot be asked.
pub fn describe(remote: &str, url: &str, lines: &[Line]) -> Result<Value> {
    let mut refs = Vec::new();
    let mut content = Vec::new();
    let mut more = false;
    for line in lines {
        refs.push(one(line));
        if !zero(&line.local) {
            let mut range = vec![line.local.clone(), "--not".to_owned(), format!("--remotes={}", escape(remote))];
            if !zero(&line.remote) && ask(&["cat-file", "-e", &format!("{}^{{commit}}", line.remote)]).is_some() {
                range.push(line.remote.clone());
            }
            more |= commits(&range, &mut content)?;
        }
    }
    content.dedup();
    Ok(json!({
        "remote": remote,
        "url": url,
        "refs": refs,
        "content": content,
        "incomplete": more,
    }))
}

/// A remote's name in a pattern of git's.
fn escape(name: &str) -> String {
    name.chars().flat_map(|c| if matches!(c, '*' | '?' | '[' | '\\') { vec!['\\', c] } else { vec![c] }).collect()
}

fn one(line: &Line) -> Value {
    let tag = line.remote_ref.starts_with("refs/tags/");
    let mut lost = None;
    let mut others = None;
    let change = if zero(&line.local) {
        lost = count(&[&line.remote, "--not", "--branches", "--remotes", "--tags"]);
        "delete"
    } else if zero(&line.remote) {
        "create"
    } else if tag {
        "move"
    } else {
        let known = ask(&["cat-file", "-e", &format!("{}^{{commit}}", line.remote)]).is_some();
        let ancestor = git(&["merge-base", "--is-ancestor", &line.remote, &line.local]).status();
        match (known, ancestor.ok().and_then(|s| s.code())) {
            (true, Some(0)) => "update",
            (true, Some(1)) => {
                let range = format!("{}..{}", line.local, line.remote);
                lost = count(&[&range]);
                others = other_authors(&range);
                "rewrite"
            }
            // The server's commit is not here, so it cannot be an ancestor: what it holds would be gone.
            (false, _) => "overwrite",
            (true, _) => "unclear",
        }
    };
    let mut out = json!({ "ref": line.remote_ref, "local": line.local_ref, "new": line.local, "old": line.remote, "change": change });
    if let Some(lost) = lost {
        out["lost"] = json!(lost);
    }
    if let Some(others) = others {
        out["by_others"] = json!(others);
    }
    out
}

fn count(arguments: &[&str]) -> Option<u64> {
    let all: Vec<&str> = ["rev-list", "--count", "--max-count=10000"].iter().chain(arguments).copied().collect();
    ask(&all)?.parse().ok()
}

/// How many commits of a range are by others than whoever is configured here.
fn other_authors(range: &str) -> Option<u64> {
    let me = ask(&["config", "user.email"]).unwrap_or_default();
    let authors = ask(&["log", "--format=%ae", "--max-count=10000", range])?;
    Some(authors.lines().filter(|a| *a != me).count() as u64)
}

/// Bytes of a blob from which on it is large, and very large (GitHub warns at 50 MiB).
const LARGE: u64 = 10 << 20;
/// How many secrets and large files are named.
const NAMED: usize = 50;
/// How many changed paths are looked at.
const PATHS: usize = 20_000;

/// Looks through the commits of a range, streamed. Tells whether there is more than is named.
fn commits(range: &[String], out: &mut Vec<Value>) -> Result<bool> {
    let mut more = secrets(range, out)?;
    more |= blobs(range, out)?;
    Ok(more)
}

struct Running {
    child: Child,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Secrets on added lines, and the files that are changed.
fn secrets(range: &[String], out: &mut Vec<Value>) -> Result<bool> {
    let fixed = [
        "log",
        "-p",
        "--unified=0",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--no-renames",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        "--format=commit %H",
        "--diff-merges=first-parent",
    ];
    let all: Vec<&str> = fixed.into_iter().chain(range.iter().map(String::as_str)).collect();
    let mut running = Running {
        child: git(&all).stdout(Stdio::piped()).spawn().map_err(|e| Error::new(format!("cannot run git: {e}")))?,
    };
    let Some(stdout) = running.child.stdout.take() else { return Ok(true) };
    let mut reader = BufReader::with_capacity(1 << 16, stdout);
    let (mut commit, mut path, mut number) = (String::new(), String::new(), 0_u64);
    let mut paths: std::collections::BTreeSet<String> = std::collections::BTreeSet::new();
    let mut bytes = Vec::new();
    let mut in_head = true;
    loop {
        bytes.clear();
        // A line of megabytes is cut: a secret is not that long.
        let read = (&mut reader)
            .take(1 << 16)
            .read_until(b'\n', &mut bytes)
            .map_err(|e| Error::new(format!("cannot read what git prints: {e}")))?;
        if read == 0 {
            break;
        }
        let line = String::from_utf8_lossy(&bytes);
        let line = line.trim_end_matches(['\n', '\r']);
        if let Some(hash) = line.strip_prefix("commit ").filter(|h| matches!(h.len(), 40 | 64)) {
            hash.clone_into(&mut commit);
            in_head = true;
        } else if line.starts_with("diff --git ") {
            in_head = true;
        } else if in_head && let Some(name) = line.strip_prefix("+++ ") {
            let name = name.trim_matches('"').trim_end_matches('\t');
            path = name.strip_prefix("b/").unwrap_or("").to_owned();
            if !path.is_empty() && paths.len() < 100_000 {
                paths.insert(path.clone());
            }
        } else if in_head && let Some(name) = line.strip_prefix("--- a/") {
            paths.insert(name.to_owned());
        } else if let Some(place) = line.strip_prefix("@@ ") {
            in_head = false;
            let added = place.split('+').nth(1).and_then(|p| p.split([',', ' ']).next());
            number = added.and_then(|n| n.parse().ok()).unwrap_or(0);
        } else if !in_head && let Some(added) = line.strip_prefix('+') {
            if let Some(kind) = redact::secret_in(added) {
                if out.len() >= NAMED {
                    return Ok(true);
                }
                let what = if kind == "private key" { "private-key" } else { "secret" };
                out.push(json!({ "what": what, "detail": kind, "path": path, "line": number, "commit": commit }));
            }
            number += 1;
        }
    }
    let ended = running.child.wait().map_err(|e| Error::new(format!("git: {e}")))?;
    if !ended.success() {
        return Err(Error::new("git could not list the commits that would be pushed")
            .help("is this a shallow or partial clone? git fetch --unshallow"));
    }
    for path in paths {
        if out.len() >= PATHS {
            return Ok(true);
        }
        out.push(json!({ "what": "path", "path": path }));
    }
    Ok(false)
}

/// Blobs that are large.
fn blobs(range: &[String], out: &mut Vec<Value>) -> Result<bool> {
    let all: Vec<&str> = ["rev-list", "--objects"].into_iter().chain(range.iter().map(String::as_str)).collect();
    let mut list = Running {
        child: git(&all).stdout(Stdio::piped()).spawn().map_err(|e| Error::new(format!("cannot run git: {e}")))?,
    };
    let mut sizes = Running {
        child: git(&["cat-file", "--batch-check=%(objecttype) %(objectsize) %(rest)", "--buffer"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| Error::new(format!("cannot run git: {e}")))?,
    };
    let (Some(from), Some(mut to), Some(result)) =
        (list.child.stdout.take(), sizes.child.stdin.take(), sizes.child.stdout.take())
    else {
        return Ok(true);
    };
    // One thread carries the list over, so that neither pipe fills up.
    let carrier = std::thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            if to.write_all(&line).is_err() {
                break;
            }
            line.clear();
        }
    });
    let (mut more, mut named) = (false, 0);
    for line in BufReader::new(result).split(b'\n') {
        let Ok(line) = line else { break };
        let line = String::from_utf8_lossy(&line);
        let mut parts = line.splitn(3, ' ');
        let (Some("blob"), Some(size)) = (parts.next(), parts.next()) else { continue };
        let size: u64 = size.parse().unwrap_or(0);
        if size < LARGE {
            continue;
        }
        named += 1;
        if named > NAMED {
            more = true;
            break;
        }
        out.push(json!({ "what": "large", "path": parts.next().unwrap_or(""), "bytes": size }));
    }
    drop(sizes);
    carrier.join().ok();
    Ok(more)
}
