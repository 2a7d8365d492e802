//! Text of an action as it may be shown: nothing in it can move a cursor, hide, or turn the line around.

use std::borrow::Cow;
use std::fmt::Write;

use crate::json::quote;

/// Control characters, bidi overrides and invisible characters as `\u{…}`; tabs as blanks. One line stays one line.
#[must_use]
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push(&mut out, c);
    }
    out
}

fn push(out: &mut String, c: char) {
    match c {
        '\t' => out.push(' '),
        '\n' => out.push('⏎'),
        c if hides(c) => {
            let _ = write!(out, "\\u{{{:x}}}", c as u32);
        }
        c => out.push(c),
    }
}

/// Whether a character changes how others are seen (C0, C1, bidi and format characters, Unicode TR36).
#[must_use]
pub fn hides(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}' | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{180E}' | '\u{FFA0}' | '\u{17B4}' | '\u{17B5}' | '\u{2800}'
            | '\u{A0}' | '\u{34F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' | '\u{1D173}'..='\u{1D17A}')
}

/// Text of several lines, each as it may be shown.
#[must_use]
pub fn lines(text: &str) -> String {
    let each: Vec<String> = text.split('\n').map(line).collect();
    each.join("\n")
}

/// The last net before a screen: whatever was not escaped where it was put in. Lines stay lines, and gate's own colours
/// colours; no line is a command for the runner that shows it (GitHub Actions, "Workflow commands": `::name::` after
/// blanks, `##[name]` anywhere).
#[must_use]
pub fn screen(text: &str) -> Cow<'_, str> {
    let odd = |c: char| c != '\n' && hides(c);
    let command = |line: &str| line.trim_start().starts_with("::") || line.contains("##[");
    if !text.contains(odd) && !text.lines().any(command) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        if command(line) {
            let (blanks, said) = line.split_at(line.len() - line.trim_start().len());
            out.push_str(blanks);
            rest = match said.strip_prefix(':').filter(|after| after.starts_with(':')) {
                Some(after) => {
                    out.push_str("\\u003a");
                    after
                }
                None => said,
            };
        }
        while let Some(c) = rest.chars().next() {
            let colour = own_colour(rest);
            let taken = if colour > 0 { colour } else { c.len_utf8() };
            match c {
                _ if colour > 0 => out.push_str(&rest[..colour]),
                '\n' | '\t' => out.push(c),
                '#' if rest.starts_with("##[") => out.push_str("\\u0023"),
                c => push(&mut out, c),
            }
            rest = &rest[taken..];
        }
    }
    Cow::Owned(out)
}

/// [`screen`] for a text that gate gives no colour.
#[must_use]
pub fn plain(text: &str) -> String {
    screen(&lines(text)).into_owned()
}

/// How long the colour is that a text begins with (ECMA-48, "SGR"), if it is one that gate gives.
fn own_colour(text: &str) -> usize {
    let Some(rest) = text.strip_prefix("\u{1b}[") else { return 0 };
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ';')).unwrap_or(rest.len());
    let codes = rest[..end].split(';').all(|code| {
        matches!(code, "" | "0" | "1" | "2" | "4") || matches!(code.as_bytes(), [b'3' | b'9', b'0'..=b'9'])
    });
    if codes && rest[end..].starts_with('m') { "\u{1b}[".len() + end + 1 } else { 0 }
}

/// Whether a text has more than ASCII's printable characters and controls, which JSON escapes anyway.
fn may_hide(text: &str) -> bool {
    // Without a way out of the loop the compiler looks at sixteen bytes at once.
    text.bytes().fold(false, |found, byte| found | (byte >= 0x7F))
}

/// A JSON text in which what hides is written as `\u…` (RFC 8259, 7): it stands in strings only.
#[must_use]
pub fn json(text: String) -> String {
    if !may_hide(&text) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c >= '\u{7F}' && hides(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Writes a JSON string, in which what hides is escaped.
pub fn quoted(text: &str, out: &mut String) {
    if may_hide(text) {
        let mut string = String::with_capacity(text.len() + 2);
        quote(text, &mut string);
        out.push_str(&json(string));
    } else {
        quote(text, out);
    }
}

/// The columns that a text takes on a screen, nearly: wide characters count two.
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars().map(|c| if matches!(c as u32, 0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0x1F300..=0x1F9FF) { 2 } else { 1 }).sum()
}
