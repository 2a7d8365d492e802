//! Texts that a language writes without quotes, in which a quote is a letter: patterns between slashes, Perl's `s{…}{…}`,
//! here-documents, Lua's long brackets. Whether a slash begins one cannot always be told, so code that has such a text is
//! read twice: as it stands, and with the quotes in it taken out.

use std::cell::OnceCell;
use std::ops::Range;

use rustc_hash::FxHashMap;

/// Code with the quotes in such texts taken out, each sign where it was; none if there are none.
pub(in super::super) fn without_quotes_in_them(language: &str, text: &str) -> Option<String> {
    let found = match language {
        "lua" => long_brackets(text),
        "javascript" | "perl" | "awk" | "ruby" | "php" => literals(language, text),
        _ => return None,
    };
    if found.is_empty() {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    let mut changed = false;
    for Literal { range, comment } in found {
        for byte in &mut bytes[range] {
            let quotes = matches!(*byte, b'"' | b'\'' | b'`' | b'#' | b'/');
            if comment && *byte != b'\n' && byte.is_ascii() || quotes {
                changed |= quotes || comment;
                *byte = if comment { b' ' } else { b'_' };
            }
        }
    }
    String::from_utf8(bytes).ok().filter(|_| changed)
}

/// Such a text, or a comment of several lines.
struct Literal {
    range: Range<usize>,
    comment: bool,
}

/// `[==[ … ]==]`, and `--[[ … ]]`, which is a comment (Lua 5.4 Reference Manual, 3.1).
fn long_brackets(text: &str) -> Vec<Literal> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'\'') => at = behind_quote(bytes, at, quote),
            b'[' => {
                let level = bytes[at + 1..].iter().take_while(|byte| **byte == b'=').count();
                if bytes.get(at + 1 + level) != Some(&b'[') {
                    at += 1;
                    continue;
                }
                let comment = text[..at].ends_with("--");
                let from = at + level + 2;
                let close = format!("]{}]", "=".repeat(level));
                let end = text[from..].find(&close).map_or(bytes.len(), |end| from + end + close.len());
                out.push(Literal { range: if comment { at - 2 } else { at }..end, comment });
                at = end;
            }
            b'-' if text[at..].starts_with("--") && !text[at..].starts_with("--[") => at = line_end(bytes, at),
            _ => at += 1,
        }
    }
    out
}

/// Where the line ends.
fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| at + end)
}

/// Behind a text in quotes.
fn behind_quote(bytes: &[u8], at: usize, quote: u8) -> usize {
    let mut end = at + 1;
    while end < bytes.len() && bytes[end] != quote {
        end += 1 + usize::from(bytes[end] == b'\\');
    }
    (end + 1).min(bytes.len())
}

/// Patterns, and here-documents where the language has them.
fn literals(language: &str, text: &str) -> Vec<Literal> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    // What the next sign could be an operand of: the last sign that is no blank, and the word that it ends.
    let mut before: Option<usize> = None;
    let lines = OnceCell::new();
    while at < bytes.len() {
        let byte = bytes[at];
        match byte {
            b' ' | b'\t' => {
                at += 1;
                continue;
            }
            b'"' | b'\'' | b'`' => at = behind_quote(bytes, at, byte),
            b'/' if language == "javascript" && text[at..].starts_with("//") => at = line_end(bytes, at),
            b'/' if matches!(language, "javascript" | "php") && text[at..].starts_with("/*") => {
                at = text[at..].find("*/").map_or(bytes.len(), |end| at + end + 2);
            }
            b'#' if language != "javascript" && before.is_none_or(|before| bytes[before] != b'$') => {
                at = line_end(bytes, at);
            }
            b'?' if language == "ruby"
                && at + 1 < bytes.len()
                && matches!(bytes[at + 1], b'"' | b'\'' | b'`' | b'#') =>
            {
                out.push(Literal { range: at..at + 2, comment: false });
                at += 2;
            }
            b'<' if matches!(language, "perl" | "ruby" | "php") && text[at..].starts_with("<<") => {
                match here_document(text, at, lines.get_or_init(|| lines_by_word(text))) {
                    Some((word, body)) => {
                        out.push(Literal { range: body.clone(), comment: false });
                        // The rest of the line goes on as code.
                        let rest = literals(language, &text[word..body.start]);
                        let within = rest.into_iter().map(|literal| Literal {
                            range: literal.range.start + word..literal.range.end + word,
                            ..literal
                        });
                        out.extend(within);
                        at = body.end;
                    }
                    None => at += 1,
                }
            }
            b'/' if language != "php" && begins_a_value(language, text, at, before) => {
                match pattern_end(bytes, at + 1, b'/', language != "perl") {
                    Some(end) => {
                        out.push(Literal { range: at + 1..end, comment: false });
                        at = end + 1;
                    }
                    None => at += 1,
                }
            }
            b'm' | b's' | b't' | b'y' | b'q' if language == "perl" => match quote_like(text, at) {
                Some((ranges, end)) => {
                    out.extend(ranges.into_iter().map(|range| Literal { range, comment: false }));
                    at = end;
                }
                None => {
                    while at < bytes.len() && is_word(bytes[at]) {
                        at += 1;
                    }
                }
            },
            _ if is_word(byte) => {
                while at < bytes.len() && is_word(bytes[at]) {
                    at += 1;
                }
            }
            _ => at += 1,
        }
        before = Some(at.saturating_sub(1));
    }
    out
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether a slash stands where a value is wanted, and so divides nothing. Behind a word it may; both are read.
fn begins_a_value(language: &str, text: &str, at: usize, before: Option<usize>) -> bool {
    let Some(before) = before else { return true };
    match text.as_bytes()[before] {
        b'(' | b',' | b'=' | b':' | b'[' | b'!' | b'&' | b'|' | b'?' | b'{' | b';' | b'~' | b'\n' | b'}' | b'<'
        | b'>' | b'+' | b'-' | b'*' | b'%' => true,
        byte if is_word(byte) => {
            let word = text[..=before].rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or("");
            let start = before + 1 - word.len();
            let member = language == "javascript" && text[..start].ends_with('.');
            let named = member || text[..start].ends_with(['$', '@']) || word.starts_with(|c: char| c.is_ascii_digit());
            let words =
                ["return", "typeof", "case", "in", "of", "void", "delete", "throw", "split", "grep", "if", "unless"];
            let more = ["and", "or", "not", "while", "until", "when", "x", "lt", "gt", "eq", "ne"];
            !named
                && (words.contains(&word)
                    || more.contains(&word)
                    // `y.split /"/`
                    || language == "ruby" && at > before + 1 && !text[at + 1..].starts_with([' ', '=']))
        }
        _ => false,
    }
}

/// Where a pattern ends that begins here, in the same line; in brackets the sign that ends it is a letter to some.
fn pattern_end(bytes: &[u8], from: usize, close: u8, brackets: bool) -> Option<usize> {
    let (mut at, mut inside) = (from, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'\n' => return None,
            b'[' if brackets => inside = true,
            b']' => inside = false,
            byte if byte == close && !inside => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Perl's `m{…}`, `s/…/…/`, `tr"…"…"`, `qr|…|` (perlop, "Quote and Quote-like Operators"), and where all of it ends. What is
/// code in it (`s/…/…/e`, `(?{ … })`) stays as it is.
fn quote_like(text: &str, at: usize) -> Option<(Vec<Range<usize>>, usize)> {
    let bytes = text.as_bytes();
    let begins =
        at == 0 || !(is_word(bytes[at - 1]) || matches!(bytes[at - 1], b'$' | b'@' | b'%' | b'&' | b'-' | b'>'));
    let name = ["tr", "qr", "m", "s", "y"].into_iter().find(|name| text[at..].starts_with(name)).filter(|_| begins)?;
    let open_at = at + name.len();
    let open = *bytes.get(open_at)?;
    if is_word(open)
        || open.is_ascii_whitespace()
        || matches!(open, b',' | b';' | b')' | b'}' | b']' | b'>' | b'.' | b'-')
    {
        return None;
    }
    // `s => 1`, `y = 2`
    if open == b'=' {
        return None;
    }
    let close = match open {
        b'{' => b'}',
        b'(' => b')',
        b'[' => b']',
        b'<' => b'>',
        other => other,
    };
    let end_of = |from: usize| {
        let (mut at, mut level) = (from, 0_usize);
        while at < bytes.len() {
            match bytes[at] {
                b'\\' => at += 1,
                byte if byte == close && level == 0 => return Some(at),
                byte if byte == close => level -= 1,
                byte if byte == open && open != close => level += 1,
                _ => {}
            }
            at += 1;
        }
        None
    };
    let first = open_at + 1..end_of(open_at + 1)?;
    let mut ranges = vec![first.clone()];
    let mut end = first.end + 1;
    if matches!(name, "s" | "tr" | "y") {
        let mut from = end;
        if open != close {
            while bytes.get(from).is_some_and(u8::is_ascii_whitespace) {
                from += 1;
            }
            if bytes.get(from) != Some(&open) {
                return None;
            }
            from += 1;
        }
        let second = from..end_of(from)?;
        end = second.end + 1;
        let flags = text.get(end..)?;
        let flags = &flags[..flags.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(flags.len())];
        if !(name == "s" && flags.contains('e')) {
            ranges.push(second);
        }
    }
    ranges.retain(|range| {
        !text.get(range.clone()).is_none_or(|inside| inside.contains("(?{") || inside.contains("(??{"))
    });
    Some((ranges, end))
}

/// Where the lines begin that could end a here-document, by its word. PHP's may be followed by code.
fn lines_by_word(text: &str) -> FxHashMap<&str, Vec<usize>> {
    let mut out: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        out.entry(line.trim().trim_end_matches([';', ',', ')'])).or_default().push(at);
        at += line.len();
    }
    out
}

/// A here-document that begins with `<<` here: where its word ends, and its text.
fn here_document(text: &str, at: usize, lines: &FxHashMap<&str, Vec<usize>>) -> Option<(usize, Range<usize>)> {
    let rest = text[at..].trim_start_matches('<');
    let rest = rest.strip_prefix(['~', '-']).unwrap_or(rest).trim_start_matches(' ');
    let (word, behind) = match rest.strip_prefix(['"', '\'', '`']) {
        Some(quoted) => quoted.split_once(['"', '\'', '`'])?,
        None => {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            rest.split_at(end)
        }
    };
    if word.is_empty() || word.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let word_end = text.len() - behind.len();
    let start = word_end + behind.find('\n')? + 1;
    let ends = lines.get(word)?;
    let end = ends.get(ends.partition_point(|end| *end < start))?;
    Some((word_end, start..*end))
}

#[cfg(test)]
mod tests {
    use super::without_quotes_in_them;

    #[test]
    fn quotes_are_taken_out_of_patterns() {
        let told = |language, text: &str| without_quotes_in_them(language, text).unwrap_or_else(|| text.to_owned());
        assert_eq!(told("javascript", r#"x.replace(/"/g, ""); f("a")"#), r#"x.replace(/_/g, ""); f("a")"#);
        assert_eq!(told("javascript", r"x = /https?:\/\//; f('a / b')"), r"x = /https?:\_\_/; f('a / b')");
        assert_eq!(told("javascript", r#"a = b / 2; f("x") / 3"#), r#"a = b / 2; f("x") / 3"#);
        assert_eq!(told("javascript", "// it's\nf('a')"), "// it's\nf('a')");
        assert_eq!(
            told("perl", r#"$x =~ s/"//g; tr/"//d; s{"}{}; f("a")"#),
            r#"$x =~ s/_//g; tr/_//d; s{_}{}; f("a")"#
        );
        assert_eq!(told("perl", r#"s/x/system("ls")/e"#), r#"s/x/system("ls")/e"#);
        assert_eq!(told("perl", "$t = <<END;\nit's\nEND\nf('a')"), "$t = <<END;\nit_s\nEND\nf('a')");
        assert_eq!(told("awk", r#"/"/ { f("a") }"#), r#"/_/ { f("a") }"#);
        assert_eq!(told("ruby", r#"y.split /"/; f("a")"#), r#"y.split /_/; f("a")"#);
        assert_eq!(told("lua", "--[[ it's ]] f('a')"), "             f('a')");
        assert_eq!(told("lua", r#"x = [==[ " ]==]; f("a")"#), r#"x = [==[ _ ]==]; f("a")"#);
    }
}
