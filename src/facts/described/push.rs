//! A described git push as facts: refs made, moved, rewritten, deleted; what the new commits carry.

use std::fmt::Write;

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Classes, Kind};
use crate::facts::shell::ast::Span;
use crate::facts::targets::{globs, paths};
use crate::facts::{Call, Effect, Target};
use crate::json::Json;

impl<'a> Analysis<'a> {
    pub fn push(&mut self, body: &'a Json<'a>) {
        let word = |value: &'a Json<'a>, key: &str| value.get(key).and_then(Json::text).unwrap_or("");
        let number = |value: &'a Json<'a>, key: &str| match value.get(key) {
            Some(Json::Number(text)) => text.parse::<u64>().ok(),
            _ => None,
        };
        let list = |key: &str| match body.get(key) {
            Some(Json::Array(items)) => items.as_slice(),
            _ => &[],
        };
        // What people read, and what each effect points at.
        let mut text = format!("git push {}", word(body, "remote"));
        let mut found: Vec<(Kind, &'a str, &'a [&'a str], Span)> = Vec::new();
        let mut shared = false;
        let place = |text: &mut String, line: &str| {
            text.push('\n');
            let start = text.len() as u32;
            text.push_str(line);
            Span { source: 0, start, end: text.len() as u32 }
        };
        for item in list("refs") {
            let full = word(item, "ref");
            let (name, tag) = match (full.strip_prefix("refs/heads/"), full.strip_prefix("refs/tags/")) {
                (Some(branch), _) => (branch, false),
                (_, Some(tag)) => (tag, true),
                _ => (full, false),
            };
            let mut line = format!("{}{name}  ", if tag { "tag " } else { "" });
            let (does, marks): (Kind, &'a [&'a str]) = match word(item, "change") {
                "create" => {
                    line.push_str("new");
                    (Kind::Push, &[])
                }
                "update" => {
                    line.push_str("goes forward");
                    (Kind::Push, &[])
                }
                "delete" => {
                    line.push_str("deleted");
                    (Kind::DeleteRef, &["remote"])
                }
                "move" => {
                    line.push_str("moved to another commit");
                    (Kind::RewriteHistory, &["remote-tag"])
                }
                "rewrite" => {
                    line.push_str("rewritten");
                    (Kind::Push, if number(item, "by_others").unwrap_or(0) > 0 { &["force"] } else { &["lease"] })
                }
                // The server has something that is not known here, or that could not be found out.
                _ => {
                    line.push_str("overwritten: the server has commits that are not here");
                    (Kind::Push, &["force"])
                }
            };
            if let Some(lost) = number(item, "lost").filter(|n| *n > 0) {
                let _ = write!(line, ", {lost} commits lost");
                if let Some(others) = number(item, "by_others").filter(|n| *n > 0) {
                    let _ = write!(line, ", {others} of them by others");
                }
            }
            shared |= !tag && self.is_protected(name);
            let span = place(&mut text, &line);
            found.push((does, self.bump.alloc_str(name), marks, span));
        }
        for item in list("content") {
            let path = word(item, "path");
            let line_number = number(item, "line").map(|n| format!(":{n}")).unwrap_or_default();
            let (marks, line): (&'a [&'a str], String) = match word(item, "what") {
                "secret" => (&["pushed-secret"], format!("{path}{line_number}  {}", word(item, "detail"))),
                "private-key" => (&["pushed-secret"], format!("{path}{line_number}  private key")),
                "large" => {
                    let bytes = number(item, "bytes").unwrap_or(0);
                    let marks: &'a [&'a str] = if bytes >= 50 << 20 { &["pushed-huge"] } else { &["pushed-large"] };
                    (marks, format!("{path}  {} MiB", bytes >> 20))
                }
                "path" => (if shared { &["pushed-path", "to-shared"] } else { &["pushed-path"] }, path.to_owned()),
                _ => continue,
            };
            // A path that says nothing special is a fact, and no line: a policy may protect it.
            let quiet =
                marks.contains(&"pushed-path") && self.telling(&format!("{}/{path}", self.snapshot.workspace)) == 0;
            let span = if quiet { Span { source: 0, start: 0, end: 8 } } else { place(&mut text, &line) };
            let target: &'a str = if path.is_empty() { "the commits" } else { self.bump.alloc_str(path) };
            found.push((Kind::Push, target, marks, span));
        }
        if body.get("incomplete") == Some(&Json::Bool(true)) {
            let span = place(&mut text, "there is more than is named here");
            found.push((Kind::Push, "the rest", &["pushed-more"], span));
        }
        let text: &'a str = self.bump.alloc_str(&text);
        self.source(text, "push", None);
        let span = Span { source: 0, start: 0, end: text.len() as u32 };
        let call = self.facts.calls.len() as u32;
        let entry = self.know.entry("git push");
        self.facts.calls.push(Call {
            program: "git",
            verb: "git push",
            entry,
            complete: true,
            ..Call::unknown(&[], self.place, span)
        });
        for (does, name, marks, span) in found {
            let mut target = Target { text: name, known: true, ..Target::default() };
            if marks.contains(&"pushed-path") {
                // Judged as the path that it is in the workspace.
                let path: &'a str = self.bump.alloc_str(&format!("{}/{name}", self.snapshot.workspace));
                target.classes = self.telling(path);
                target.path = Some(path);
            }
            self.effect(Effect { marks, ..Effect::new(does, target, call, span) });
        }
    }

    /// The classes of a path of the repository, as far as they are worth a line; zero is none.
    fn telling(&self, path: &str) -> Classes {
        let vocabulary = self.know.vocabulary();
        let ground = paths::Ground::of(self.snapshot);
        let classes = paths::classify(&vocabulary.classes, ground, path);
        if classes & vocabulary.classes.telling() == 0 { 0 } else { classes }
    }

    /// Whether a branch is one that others build on.
    fn is_protected(&self, branch: &str) -> bool {
        self.know.lists().items("protected").any(|pattern| globs::path(pattern, branch))
    }
}
