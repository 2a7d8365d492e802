//! What a git push would change on the server, found out with git itself: refs that are made, moved, rewritten, deleted,
//! and what the new commits carry. Nothing is fetched and nothing of the repository is run.
//!
//! The hook's lines and arguments are those of githooks(5).

use std::collections::{BTreeSet, HashSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Stdio};

use serde_json::{Value, json};

use super::git;
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

/// Describes a push.
///
/// # Errors
/// If git cannot be asked.
pub fn describe(remote: &str, url: &str, lines: &[Line]) -> Result<Value> {
    let asked: Vec<&str> = lines.iter().map(|l| l.remote.as_str()).filter(|oid| !zero(oid)).collect();
    let known = commits_here(&asked)?;
    let refs: Vec<Value> = lines.iter().map(|line| one(line, known.contains(&line.remote))).collect();
    let tips: BTreeSet<&str> = lines.iter().map(|l| l.local.as_str()).filter(|oid| !zero(oid)).collect();
    let mut content = Vec::new();
    let mut more = false;
    if !tips.is_empty() {
        // One walk for all refs, named on standard input: a push may carry thousands.
        let mut range = String::new();
        for tip in &tips {
            range.push_str(tip);
            range.push('\n');
        }
        for there in &known {
            range.push('^');
            range.push_str(there);
            range.push('\n');
        }
        let held = format!("--remotes={}", escape(remote));
        more |= secrets(&range, &held, &mut content)?;
        more |= tip_objects(&tips, &mut content)?;
        more |= blobs(&range, &held, &mut content)?;
    }
    Ok(json!({
        "remote": remote,
        "url": url,
        "refs": refs,
        "content": content,
        "incomplete": more,
    }))
}

/// Starts git with what it is to read.
fn start(arguments: &[&str], input: &str) -> Result<(Running, ChildStdout)> {
    let fail = |e: std::io::Error| Error::new(format!("cannot run git: {e}"));
    let mut running =
        Running { child: git::here(arguments)?.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(fail)? };
    let (Some(mut to), Some(from)) = (running.child.stdin.take(), running.child.stdout.take()) else {
        return Err(Error::new("cannot talk to git"));
    };
    let input = input.to_owned();
    // Of its own, so that neither pipe fills up; it ends with git.
    std::thread::spawn(move || to.write_all(input.as_bytes()));
    Ok((running, from))
}

/// Which of the objects are commits that are here.
fn commits_here(oids: &[&str]) -> Result<HashSet<String>> {
    if oids.is_empty() {
        return Ok(HashSet::new());
    }
    let (_running, from) =
        start(&["cat-file", "--batch-check=%(objecttype) %(objectname)"], &(oids.join("\n") + "\n"))?;
    let lines = BufReader::new(from).lines().map_while(|l| l.ok());
    Ok(lines.filter_map(|line| line.strip_prefix("commit ").map(str::to_owned)).collect())
}

/// A remote's name in a pattern of git's.
fn escape(name: &str) -> String {
    name.chars().flat_map(|c| if matches!(c, '*' | '?' | '[' | '\\') { vec!['\\', c] } else { vec![c] }).collect()
}

fn one(line: &Line, known: bool) -> Value {
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
        let ancestor =
            git::here(&["merge-base", "--is-ancestor", &line.remote, &line.local]).ok().map(|mut git| git.status());
        match (known, ancestor.and_then(|ended| ended.ok()?.code())) {
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
    git::says(&all).ok()??.parse().ok()
}

/// How many commits of a range are by others than whoever commits here, by git's settings or its environment
/// (git-var(1): `name <email> time zone`).
fn other_authors(range: &str) -> Option<u64> {
    let me = git::says(&["var", "GIT_AUTHOR_IDENT"]).ok()?.unwrap_or_default();
    let me = me.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(email, _)| email);
    let authors = git::says(&["log", "--format=%ae", "--max-count=10000", range]).ok()??;
    Some(authors.lines().filter(|a| *a != me).count() as u64)
}

/// Bytes of a blob from which on it is large.
const LARGE: u64 = 10 << 20;
/// How many secrets and large files are named.
const NAMED: usize = 50;
/// How many changed paths are looked at.
const PATHS: usize = 20_000;

struct Running {
    child: Child,
}

impl Running {
    /// What was read is all there is only if git says so.
    fn ended(mut self) -> Result<()> {
        let ended = self.child.wait().map_err(|e| Error::new(format!("git: {e}")))?;
        if ended.success() {
            return Ok(());
        }
        Err(Error::new("git could not list what would be pushed")
            .help("is this a shallow or partial clone? git fetch --unshallow"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Bytes of a line that are looked at in one piece, and how far one piece reaches into the next.
const PIECE: u64 = 1 << 16;
const OVERLAP: usize = 512;

/// What a line of the log is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Message,
    Added,
    Other,
}

/// A secret that was found, as the description names it. Tells whether there are more than are named.
fn found(text: &str, path: &str, line: u64, commit: &str, out: &mut Vec<Value>) -> bool {
    let Some(kind) = redact::secret_in(text) else { return false };
    if out.len() >= NAMED {
        return true;
    }
    let what = if kind == "private key" { "private-key" } else { "secret" };
    let one = json!({ "what": what, "detail": kind, "path": path, "line": line, "commit": commit });
    if out.last() != Some(&one) {
        out.push(one);
    }
    false
}

/// Secrets on added lines and in messages, and the files that are changed.
fn secrets(range: &str, held: &str, out: &mut Vec<Value>) -> Result<bool> {
    let arguments = [
        "-c",
        "log.showRoot=true",
        "-c",
        "core.quotePath=false",
        "log",
        "-p",
        // What attributes call binary is text to a thief.
        "--text",
        "--unified=0",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--no-renames",
        // All of it, wherever git was started.
        "--no-relative",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        // Every line of a message begins with a blank, so that none can be taken for something else.
        "--format=commit %H%n%w(0,1,1)%B",
        // Of a merge only what is in none of its parents.
        "--cc",
        "--stdin",
        "--not",
        held,
    ];
    let (running, stdout) = start(&arguments, range)?;
    let mut reader = BufReader::with_capacity(1 << 16, stdout);
    let (mut commit, mut path, mut number) = (String::new(), String::new(), 0_u64);
    let mut paths: BTreeSet<String> = BTreeSet::new();
    let (mut bytes, mut before) = (Vec::new(), Vec::<u8>::new());
    let (mut in_head, mut goes_on, mut columns) = (true, false, 1);
    let (mut part, mut at) = (Part::Other, 0);
    loop {
        bytes.clear();
        // A long line comes in pieces that overlap.
        let read = (&mut reader)
            .take(PIECE)
            .read_until(b'\n', &mut bytes)
            .map_err(|e| Error::new(format!("cannot read what git prints: {e}")))?;
        if read == 0 {
            break;
        }
        let continued = std::mem::replace(&mut goes_on, bytes.last() != Some(&b'\n'));
        if continued {
            let rest = bytes.len();
            before.extend_from_slice(&bytes);
            if part != Part::Other && found(&String::from_utf8_lossy(&before), &path, at, &commit, out) {
                return Ok(true);
            }
            before.drain(..before.len() - OVERLAP.min(rest));
        } else {
            let line = String::from_utf8_lossy(&bytes);
            let line = line.trim_end_matches(['\n', '\r']);
            part = Part::Other;
            if let Some(hash) = line.strip_prefix("commit ").filter(|h| matches!(h.len(), 40 | 64)) {
                hash.clone_into(&mut commit);
                "the commit message".clone_into(&mut path);
                (in_head, number) = (true, 0);
            } else if in_head && let Some(text) = line.strip_prefix(' ') {
                number += 1;
                (part, at) = (Part::Message, number);
                if found(text, &path, number, &commit, out) {
                    return Ok(true);
                }
            } else if let Some(name) = line.strip_prefix("diff --git ").map(twice) {
                in_head = true;
                name.clone_into(&mut path);
            } else if let Some(name) = line.strip_prefix("diff --cc ").or_else(|| line.strip_prefix("diff --combined "))
            {
                in_head = true;
                name.trim_matches('"').clone_into(&mut path);
            } else if let Some(place) = line.strip_prefix("@@") {
                in_head = false;
                columns = 1 + place.bytes().take_while(|b| *b == b'@').count();
                let added = place.split('+').nth(1).and_then(|p| p.split([',', ' ']).next());
                number = added.and_then(|n| n.parse().ok()).unwrap_or(0);
            } else if !in_head && let Some((marks, added)) = line.split_at_checked(columns) {
                // Of a merge's columns one says "not in this parent"; a minus in any says that it is gone.
                if !marks.contains('-') {
                    if marks.contains('+') {
                        (part, at) = (Part::Added, number);
                        if found(added, &path, number, &commit, out) {
                            return Ok(true);
                        }
                    }
                    number += 1;
                }
            }
            if line.starts_with("diff --") && in_head && paths.len() < 100_000 {
                paths.insert(path.clone());
            }
            before.clear();
            before.extend_from_slice(&bytes[bytes.len() - OVERLAP.min(bytes.len())..]);
        }
    }
    running.ended()?;
    for path in paths {
        if out.len() >= PATHS {
            return Ok(true);
        }
        out.push(json!({ "what": "path", "path": path }));
    }
    Ok(false)
}

/// The path of `a/PATH b/PATH`: both halves are the same where no renames are looked for.
fn twice(text: &str) -> &str {
    let half = text.get(..text.len().saturating_sub(1) / 2).unwrap_or("");
    let half = half.trim_matches('"');
    half.strip_prefix("a/").unwrap_or(half)
}

/// What is pushed that is no commit: the messages of tags, and files that a tag names itself.
fn tip_objects(tips: &BTreeSet<&str>, out: &mut Vec<Value>) -> Result<bool> {
    let mut open: Vec<String> = tips.iter().map(|t| (*t).to_owned()).collect();
    let mut more = false;
    // A tag may name a tag.
    for _ in 0..8 {
        let (running, from) =
            start(&["cat-file", "--batch-check=%(objecttype) %(objectname)"], &(open.join("\n") + "\n"))?;
        let others: Vec<(String, bool)> = BufReader::new(from)
            .lines()
            .map_while(|l| l.ok())
            .filter_map(|line| {
                let (kind, oid) = line.split_once(' ')?;
                more |= kind == "tree";
                matches!(kind, "tag" | "blob").then(|| (oid.to_owned(), kind == "tag"))
            })
            .collect();
        running.ended()?;
        open.clear();
        for (oid, tag) in others {
            let (running, from) = start(&["cat-file", if tag { "tag" } else { "blob" }, &oid], "")?;
            let mut bytes = Vec::new();
            from.take(LARGE).read_to_end(&mut bytes).map_err(|e| Error::new(format!("git: {e}")))?;
            // Of what is larger the rest is not asked for.
            if bytes.len() < LARGE as usize {
                running.ended()?;
            }
            let text = String::from_utf8_lossy(&bytes);
            let name = if tag { "the tag's message" } else { "a tagged file" };
            for (line, number) in text.lines().zip(1..) {
                if found(line, name, number, &oid, out) {
                    return Ok(true);
                }
            }
            if tag && let Some(inner) = text.lines().next().and_then(|l| l.strip_prefix("object ")) {
                open.push(inner.to_owned());
            }
        }
        if open.is_empty() {
            return Ok(more);
        }
    }
    Ok(true)
}

/// Blobs that are large.
fn blobs(range: &str, held: &str, out: &mut Vec<Value>) -> Result<bool> {
    let (list, from) = start(&["rev-list", "--objects", "--stdin", "--not", held], range)?;
    let mut sizes = Running {
        child: git::here(&["cat-file", "--batch-check=%(objecttype) %(objectsize) %(rest)", "--buffer"])?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| Error::new(format!("cannot run git: {e}")))?,
    };
    let (Some(mut to), Some(result)) = (sizes.child.stdin.take(), sizes.child.stdout.take()) else {
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
    if !more {
        sizes.ended()?;
        carrier.join().ok();
        list.ended()?;
        return Ok(false);
    }
    drop((sizes, list));
    carrier.join().ok();
    Ok(true)
}
