//! Task files, as far as it takes to say which lines a target runs. Texts in, lines out: pure, one format in one file.
//! What a line's variables are that cannot be known is said.

mod compose;
mod just;
mod make;
mod npm;
mod scripts;
mod taskfile;

use std::collections::BTreeMap;

pub use compose::compose;
pub use just::just;
pub use make::make;
pub use npm::{Npm, npm};
pub use scripts::scripts;
pub use taskfile::task;

/// What a shell (or another interpreter) would run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    /// Its place in the file: index into [`Texts::files`], and bytes.
    pub file: usize,
    pub start: u32,
    pub end: u32,
    /// Variables that stand in the text for something unknown.
    pub unknown: Vec<String>,
    /// What reads it: `bash`, `python` …
    pub language: String,
    /// Variables that its shell gets.
    pub environment: Vec<(String, String)>,
    /// Where it runs, from the directory of the run; empty for that directory itself.
    pub directory: String,
}

impl Line {
    fn shell(text: String, file: usize, start: u32, end: u32, unknown: Vec<String>) -> Self {
        Line {
            text,
            file,
            start,
            end,
            unknown,
            language: "bash".to_owned(),
            environment: Vec::new(),
            directory: String::new(),
        }
    }
}

/// A file of tasks and those that it includes.
pub struct Texts<'r, 'a> {
    /// Absolute path and text, the first is the one that was named.
    pub files: Vec<(&'a str, &'a str)>,
    /// There are files beyond the bound, which nobody read.
    pub more: bool,
    folder: &'r mut dyn Folder<'a>,
}

/// Where the files are.
pub trait Folder<'a> {
    /// The file at a path that may hold `..`: its absolute path and its text.
    fn text(&mut self, path: &str) -> Option<(&'a str, &'a str)>;
    /// What a folder holds of this pattern, in order; none if that is not known.
    fn names(&mut self, folder: &str, pattern: &str) -> Option<Vec<String>>;
}

/// Files that one run may be made of.
const FILES: usize = 512;
/// Targets on the way to a line.
const DEPTH: u32 = 64;
/// Lines that one run may come to.
const LINES: usize = 2000;
/// Bytes that one line may grow to.
const EXPANDED: usize = 1 << 16;

/// Whether a target lies beyond the bounds; one line then stands for all that do.
fn beyond(depth: u32, out: &mut Vec<Line>) -> bool {
    let beyond = depth > DEPTH || out.len() > LINES;
    if beyond && out.last().is_none_or(|line| line.language != "unread") {
        out.push(Line { language: "unread".to_owned(), ..Line::shell(String::new(), 0, 0, 0, Vec::new()) });
    }
    beyond
}

impl<'r, 'a> Texts<'r, 'a> {
    pub fn new(path: &'a str, text: &'a str, folder: &'r mut dyn Folder<'a>) -> Texts<'r, 'a> {
        Texts { files: vec![(path, text)], more: false, folder }
    }

    /// The file that another includes by this name; none if it cannot be read, or was read already.
    fn open(&mut self, from: usize, name: &str) -> Option<usize> {
        let path = self.beside(from, name);
        self.more |= self.files.len() >= FILES;
        if self.more || name.is_empty() {
            return None;
        }
        let (path, text) = self.folder.text(&path)?;
        if self.files.iter().any(|(known, _)| *known == path) {
            return None;
        }
        self.files.push((path, text));
        Some(self.files.len() - 1)
    }

    /// Names with those that their patterns mean beside a file.
    fn matching(&mut self, from: usize, names: &str) -> Vec<String> {
        let mut out = Vec::new();
        for name in names.split_whitespace() {
            let (folder, pattern) = name.rsplit_once('/').unwrap_or((".", name));
            if !pattern.contains(['*', '?']) {
                out.push(name.to_owned());
                continue;
            }
            let inside = self.names(from, folder, pattern);
            out.extend(inside.into_iter().map(|name| format!("{folder}/{name}")));
        }
        out
    }

    /// What a folder beside a file holds of a pattern.
    fn names(&mut self, from: usize, folder: &str, pattern: &str) -> Vec<String> {
        let path = self.beside(from, folder);
        let names = self.folder.names(&path, pattern);
        self.more |= names.is_none();
        names.unwrap_or_default()
    }

    /// A name as the file at this index means it.
    fn beside(&self, from: usize, name: &str) -> String {
        if name.starts_with('/') {
            return name.to_owned();
        }
        let folder = self.files[from].0.rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{folder}/{name}")
    }
}

/// `{{name}}` as just and Taskfile write it; `other` knows what is no variable.
fn braces(
    text: &str,
    variables: &BTreeMap<String, String>,
    mut other: impl FnMut(&str) -> Option<String>,
) -> (String, Vec<String>) {
    let mut out = String::new();
    let mut unknown = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        out.push_str(&rest[..at]);
        let Some(end) = rest[at..].find("}}") else { break };
        let inner = rest[at + 2..at + end].trim();
        let name = inner.trim_start_matches('.');
        match variables.get(name).cloned().or_else(|| other(inner)) {
            Some(value) => out.push_str(&value),
            None => {
                let variable = format!("__task_{}", unknown.len());
                out.push_str(&format!("${{{variable}}}"));
                unknown.push(variable);
            }
        }
        rest = &rest[at + end + 2..];
        if out.len() > EXPANDED {
            break;
        }
    }
    out.push_str(rest);
    (out, unknown)
}

#[cfg(test)]
mod tests;
