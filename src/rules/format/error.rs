//! A mistake in a pack or a policy: where it is, and what was probably meant.

use std::fmt;
use std::ops::Range;

/// A mistake in a pack, with its place.
#[derive(Debug)]
pub struct PackError {
    pub file: String,
    pub message: String,
    pub line: usize,
    pub column: usize,
    source_line: String,
    width: usize,
}

impl PackError {
    /// A mistake at a place of a file.
    #[must_use]
    pub fn new(file: &str, text: &str, span: Option<Range<usize>>, message: String) -> Self {
        let span = span.unwrap_or(0..0);
        let start = span.start.min(text.len());
        let before = text.get(..start).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let source_line = text.get(line_start..).unwrap_or("").lines().next().unwrap_or("").to_owned();
        let width =
            span.end.saturating_sub(start).clamp(1, source_line.len().saturating_sub(start - line_start).max(1));
        PackError { file: file.to_owned(), message, line, column: start - line_start + 1, source_line, width }
    }
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let margin = self.line.to_string().len();
        writeln!(f, "error: {}", self.message)?;
        writeln!(f, "{:margin$} --> {}:{}:{}", "", self.file, self.line, self.column)?;
        writeln!(f, "{} | {}", self.line, self.source_line)?;
        write!(f, "{:margin$} | {:space$}{}", "", "", "^".repeat(self.width), space = self.column - 1)
    }
}

impl std::error::Error for PackError {}

/// The nearest of some words, if it is near enough to be what was meant.
#[must_use]
pub fn nearest<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    among
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(d, candidate)| *d <= 1 + candidate.len().min(word.len()) / 3)
        .min_by_key(|(d, _)| *d)
        .map(|(_, candidate)| candidate)
}

pub(super) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (corner + usize::from(ca != *cb)).min(above + 1).min(row[j] + 1);
            corner = above;
        }
    }
    row[b.len()]
}

pub(super) fn suggestion<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, among).map_or_else(String::new, |n| format!("; did you mean `{n}`?"))
}
