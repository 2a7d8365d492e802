//! A plan as a table that people read, what is dangerous first.

use std::fmt::Write;

use owo_colors::{OwoColorize, Style};

use super::escape;
use crate::Judged;

/// Rows that are shown.
const ROWS: usize = 60;

/// The table: what would be destroyed, replaced, changed, made.
#[must_use]
pub fn table(judged: &Judged<'_, '_>, colour: bool) -> String {
    let text = judged.facts.sources.first().map_or("", |s| s.text);
    let mut out = String::from("\n");
    let mut lines = text.lines();
    let _ = writeln!(out, "  {}", escape::line(lines.next().unwrap_or("plan")));
    let rest: Vec<&str> = lines.collect();
    for line in rest.iter().take(ROWS) {
        let style = match line.split(' ').next() {
            _ if !colour => Style::new(),
            Some("destroy" | "replace" | "unclear") => Style::new().red(),
            Some("update" | "forget") => Style::new().yellow(),
            Some("create") => Style::new().green(),
            _ => Style::new(),
        };
        let _ = writeln!(out, "    {}", escape::line(line).style(style));
    }
    if rest.len() > ROWS {
        let _ = writeln!(out, "    … and {} more", rest.len() - ROWS);
    }
    out
}
