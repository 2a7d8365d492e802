//! Characters of an action that make it look like something else on a screen.

use super::analysis::Analysis;
use super::knowledge::{Entry, Kind, Output};
use super::shell::ast::Span;
use super::value::{Field, Taint};

impl<'a> Analysis<'a> {
    /// Characters that make text look like something else on a screen: bidi controls, invisible and
    /// terminal control characters (Unicode TR36, "Trojan Source" CVE-2021-42574).
    pub(super) fn hidden(&mut self, text: &'a str) {
        // Plain ASCII without control signs hides nothing; most commands are that.
        let odd = |byte: u8| (byte >= 0x7F) | ((byte < 0x20) & (byte != b'\t') & (byte != b'\n'));
        if !text.bytes().fold(false, |found, byte| found | odd(byte)) {
            return;
        }
        // `https://pypі.org`, whose last letter but two is Cyrillic (Unicode TR39, "Mixed-Script Detection").
        for (at, sign) in text.match_indices("://") {
            let host =
                text[at + sign.len()..].split(['/', ':', '?', '#', ' ', '"', '\'', '\n']).next().unwrap_or_default();
            let foreign =
                |c: char| matches!(c, '\u{370}'..='\u{3FF}' | '\u{400}'..='\u{52F}' | '\u{13A0}'..='\u{13FF}');
            let mixed = |label: &str| label.contains(foreign) && label.contains(|c: char| c.is_ascii_alphabetic());
            if host.split('.').any(mixed) {
                let start = (at + sign.len()) as u32;
                let span = Span { source: 0, start, end: start + host.len() as u32 };
                self.plain_effect(Kind::Hidden, host, u32::MAX, span, Taint::NONE, &["lookalike"]);
            }
        }
        let mut spoken_until = 0;
        for (at, c) in text.char_indices() {
            if at < spoken_until {
                continue;
            }
            if let Some(length) = from_right_to_left(&text[at..]).or_else(|| colour(&text[at..])) {
                spoken_until = at + length;
                continue;
            }
            // One at the end of a line is how some write lines; any other lets what follows overwrite it.
            let overwrites = c == '\r' && !text[at + 1..].starts_with(['\n', '\r']) && at + 1 < text.len();
            let hides = overwrites
                || matches!(c,
                '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}'
                | '\u{E0000}'..='\u{E007F}' | '\u{0}'..='\u{8}' | '\u{B}' | '\u{E}'..='\u{1F}' | '\u{7F}'..='\u{9F}');
            if hides && at > 0 {
                let span = Span { source: 0, start: at as u32, end: (at + c.len_utf8()) as u32 };
                let mark: &'a [&'a str] = if c < '\u{A0}' { &["control"] } else { &["bidi"] };
                self.plain_effect(Kind::Hidden, "text that hides on a screen", u32::MAX, span, Taint::NONE, mark);
                return;
            }
        }
    }

    /// Words of a call that look like others (Unicode TR39): a dash that is none before an option, a name of letters of two
    /// scripts. What is only said, as what `echo` is given, may be written in any way.
    pub(super) fn spoofed(&mut self, words: &[Field<'a>], entry: Option<&Entry<'_>>, (call, effects): (u32, usize)) {
        let Some(entry) = entry.filter(|entry| entry.output != Output::Arguments) else { return };
        for (at, field) in words.iter().enumerate().skip(1) {
            let Some(text) = field.val.lit().filter(|text| !text.is_ascii()) else { continue };
            let one_word = !text.contains(char::is_whitespace);
            let option = text
                .strip_prefix(is_dash)
                .is_some_and(|rest| rest.trim_start_matches(is_dash).starts_with(|c: char| c.is_ascii_alphabetic()));
            // `git commit -m –wip`
            let value = words[at - 1].val.lit().is_some_and(|before| before.starts_with('-'));
            // One that only looks finds nothing by it.
            let looks =
                |does: Kind| matches!(does, Kind::Read | Kind::Query | Kind::Fetch | Kind::Execute | Kind::Plan);
            let acts = || self.facts.effects[effects..].iter().any(|effect| !looks(effect.does));
            let pattern = text.contains(['*', '?', '[', ']', '{', '}', '(', ')', '|', '\\', '^', '$', '"', '\'']);
            let name = entry.pack != "text" && !pattern && text.split(|c: char| !c.is_alphanumeric()).any(imitates);
            if one_word && (option && !value && acts() || name) {
                self.plain_effect(Kind::Hidden, text, call, field.span, Taint::NONE, &["lookalike"]);
            }
        }
    }
}

/// Signs that look like the dash before an option.
fn is_dash(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}')
}

/// Whether a word of Latin letters has one or two others among them that look like Latin ones (Unicode TR39, "confusables").
pub(super) fn imitates(word: &str) -> bool {
    const ALIKE: &str = "АВЕЅІЈКМНОРСТУХаеіјорсухѕһԁԛԝҮү";
    let foreign = |c: char| matches!(c, '\u{400}'..='\u{52F}');
    let (mut run, mut any) = (0, false);
    for c in word.chars() {
        run = if foreign(c) { run + 1 } else { 0 };
        any |= foreign(c);
        if run > 2 || foreign(c) && !ALIKE.contains(c) {
            return false;
        }
    }
    any && word.chars().filter(char::is_ascii_alphabetic).count() > 2
}

/// A change of the colour of what follows that leaves it readable (ECMA-48, 8.3.117), and how many bytes that takes.
fn colour(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("\u{1B}[")?;
    let length = rest.find('m')?;
    let plain = |number: &str| matches!(number, "" | "0" | "00" | "1" | "01" | "4" | "04" | "22" | "24" | "30" | "39");
    let clear = |number: &str| number.parse().is_ok_and(|number: u8| matches!(number, 31..=36 | 91..=96));
    rest[..length].split(';').all(|number| plain(number) || clear(number)).then_some(length + 3)
}

/// How long a word or sentence is that is written from right to left and says so around it (UAX #9, "Explicit
/// Directional Embeddings"): nothing of it is shown in another order than it is read in.
fn from_right_to_left(text: &str) -> Option<usize> {
    let mut letters = text.chars();
    let closes = match letters.next()? {
        '\u{202B}' => '\u{202C}',
        '\u{2067}' | '\u{2068}' => '\u{2069}',
        _ => return None,
    };
    let end = text.find(closes)?;
    let spoken = |c: char| matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FEFC}' | ' ' | '!' | '?' | ',' | '.');
    letters.as_str()[..end - '\u{202B}'.len_utf8()].chars().all(spoken).then(|| end + closes.len_utf8())
}
