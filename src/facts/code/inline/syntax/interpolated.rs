//! Code that stands within texts and runs when they are made: `f"{open(p).read()}"`, `` `${f()}` ``, `"#{f}"`.

use std::ops::Range;

/// How a text says that code stands in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Opening {
    /// `${…}`: JavaScript's templates.
    Dollar,
    /// `#{…}`: Ruby.
    Hash,
    /// `${…}` of Kotlin, Groovy, Scala and Dart, `#{…}` of Elixir and Crystal, `\(…)` of Swift, `$(…)` of Julia.
    Any,
    /// `{…}`, and `{{` is a bracket: Python's f-strings, C#.
    Bracket,
    /// `@{[ … ]}`, `${\ … }`, `$x[…]`: Perl.
    Perl,
    /// `{$…}` and `${…}`: PHP.
    Php,
}

/// A text that was read for the code in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Read {
    /// Where it ends.
    pub end: usize,
    /// Where code stands in it.
    pub holes: Vec<Range<usize>>,
    /// So often the end of code was looked for in vain.
    pub in_vain: usize,
}

/// Code in a text is at most so long.
const LONGEST: usize = 16_000;
/// Texts in code in texts.
const DEEPEST: u32 = 4;
/// So often the end of code in a text is looked for in vain.
const ENDLESS: usize = 4;
/// Letters that stand before a text's quote: `f"`, `Rb"`.
const PREFIX: usize = 3;

impl Opening {
    /// What a text may hold that begins with this quote, by what stands right before it.
    pub fn of(language: &str, before: &str, quote: u8) -> Option<Self> {
        match (language, quote) {
            ("javascript", b'`') => Some(Opening::Dollar),
            ("python", _) if is_formatted(before) => Some(Opening::Bracket),
            ("ruby", b'"' | b'`') => Some(Opening::Hash),
            ("perl", b'"' | b'`') => Some(Opening::Perl),
            ("php", b'"' | b'`') => Some(Opening::Php),
            ("other", b'"') if before.ends_with('$') || before.ends_with("$@") || before.ends_with("@$") => {
                Some(Opening::Bracket)
            }
            ("other", _) => Some(Opening::Any),
            _ => None,
        }
    }

    /// How many bytes stand before the code that opens here, and the bracket that ends it.
    fn opens(self, before: &str, rest: &str) -> Option<(usize, u8)> {
        let starts = |with: &[&str]| {
            let with = with.iter().find(|with| rest.starts_with(**with))?;
            Some((with.len(), if with.ends_with('(') { b')' } else { b'}' }))
        };
        match self {
            Opening::Dollar => starts(&["${"]),
            Opening::Hash => starts(&["#{"]),
            Opening::Any => starts(&["${", "#{", "\\(", "$("]),
            Opening::Bracket => starts(&["{"]),
            Opening::Php => starts(&["{$", "${"]).map(|(_, close)| (1 + usize::from(rest.starts_with('$')), close)),
            Opening::Perl => {
                let of_variable = before.ends_with(|c: char| c.is_ascii_alphanumeric() || "$@_>]}".contains(c));
                let close = if rest.starts_with('[') { b']' } else { b'}' };
                (of_variable && rest.starts_with(['[', '{'])).then_some((1, close))
            }
        }
    }

    /// Where a text ends that begins here, and where code stands in it; none where that cannot be told. A text that ends
    /// with none of its own signs ends with the whole.
    pub fn read(self, text: &str, from: usize, close: Option<&str>) -> Option<Read> {
        let mut read = Read::default();
        read.end = self.end(text, from, close, 0, Some(&mut read))?;
        Some(read)
    }

    fn end(
        self,
        text: &str,
        from: usize,
        close: Option<&str>,
        depth: u32,
        mut read: Option<&mut Read>,
    ) -> Option<usize> {
        let (mut at, mut in_vain) = (from, 0);
        while at < text.len() {
            let rest = &text[at..];
            // A bracket of Python's is not escaped so.
            let escaped = rest.starts_with('\\') && !(self == Opening::Bracket && rest[1..].starts_with('{'));
            let opens =
                self.opens(&text[from..at], rest).filter(|_| !(self == Opening::Bracket && rest.starts_with("{{")));
            let hole = opens.map(|(length, bracket)| (length, self.hole_end(text, at + length, bracket, depth)));
            if let Some((_, None)) = hole {
                in_vain += 1;
                if let Some(read) = read.as_deref_mut() {
                    read.in_vain += 1;
                }
            }
            // Within another, it is that one's end which is looked for in vain.
            if in_vain > if depth == 0 { ENDLESS } else { 0 } {
                return None;
            }
            if let Some((length, Some(end))) = hole {
                if let Some(read) = read.as_deref_mut() {
                    read.holes.push(at + length..end);
                }
                at = end + 1;
            } else if close.is_some_and(|close| rest.starts_with(close)) {
                return Some(at);
            } else if escaped || self == Opening::Bracket && rest.starts_with("{{") {
                at += 2;
            } else {
                at += 1;
            }
            while at < text.len() && !text.is_char_boundary(at) {
                at += 1;
            }
        }
        close.is_none().then_some(text.len())
    }

    /// Where code ends that begins here: at its bracket.
    fn hole_end(self, text: &str, from: usize, close: u8, depth: u32) -> Option<usize> {
        let (mut level, mut at) = (0_usize, from);
        let bytes = text.as_bytes();
        let open = match close {
            b')' => b'(',
            b']' => b'[',
            _ => b'{',
        };
        while at < bytes.len() && at - from < LONGEST {
            match bytes[at] {
                byte if byte == open => level += 1,
                byte if byte == close && level == 0 => return Some(at),
                byte if byte == close => level -= 1,
                b'/' if self == Opening::Dollar && bytes[at..].starts_with(b"/*") => {
                    at += 2 + text[at + 2..].find("*/")? + 1;
                }
                quote @ (b'"' | b'\'' | b'`') if depth < DEEPEST => {
                    let close = &text[at..=at];
                    let nested = Opening::of(self.language(), "", quote).filter(|_| quote != b'\'');
                    at = match nested {
                        Some(opening) => opening.end(text, at + 1, Some(close), depth + 1, None)?,
                        None => at + 1 + text[at + 1..].find(close)?,
                    };
                }
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// A language whose texts open so.
    fn language(self) -> &'static str {
        match self {
            Opening::Dollar => "javascript",
            Opening::Hash => "ruby",
            Opening::Any => "other",
            Opening::Bracket => "",
            Opening::Perl => "perl",
            Opening::Php => "php",
        }
    }
}

/// Whether the letters before a quote say that code stands in the text (Python's reference, 2.4.3).
fn is_formatted(before: &str) -> bool {
    let bytes = before.as_bytes();
    let count = bytes.iter().rev().take(PREFIX).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let prefix = before[before.len() - count..].to_ascii_lowercase();
    let named = bytes[..bytes.len() - count].last().is_some_and(|byte| *byte == b'_' || *byte >= 0x80);
    !named && matches!(prefix.as_str(), "f" | "fr" | "rf" | "t" | "tr" | "rt")
}

#[cfg(test)]
mod tests {
    use super::{Opening, Read};

    #[test]
    fn code_is_found_in_texts() {
        for (opening, text, close, end, holes) in [
            (Opening::Dollar, "a ${f(\"}\")} b` c", "`", "a ${f(\"}\")} b", vec!["f(\"}\")"]),
            (Opening::Dollar, "${`${x}`}`", "`", "${`${x}`}", vec!["`${x}`"]),
            (Opening::Hash, "#{File.read(\"x\")}\" y", "\"", "#{File.read(\"x\")}", vec!["File.read(\"x\")"]),
            (Opening::Bracket, "{{x}} {y:>3}' z", "'", "{{x}} {y:>3}", vec!["y:>3"]),
            (Opening::Perl, "@{[ f() ]}\"", "\"", "@{[ f() ]}", vec!["[ f() ]"]),
            (Opening::Perl, "\\\"${\\ f()} $x[g()]\" z", "\"", "\\\"${\\ f()} $x[g()]", vec!["\\ f()", "g()"]),
            (Opening::Any, "\\(f(\")\")) $(g)\"", "\"", "\\(f(\")\")) $(g)", vec!["f(\")\")", "g"]),
            (Opening::Dollar, "${/*}*/f()}`", "`", "${/*}*/f()}", vec!["/*}*/f()"]),
            (Opening::Php, "{$a->b()}\"", "\"", "{$a->b()}", vec!["$a->b()"]),
        ] {
            let read = opening.read(text, 0, Some(close)).unwrap();
            assert_eq!((&text[..read.end], read.holes.iter().map(|hole| &text[hole.clone()]).collect()), (end, holes));
        }
        // It ends, whatever stands last.
        assert_eq!(Opening::Dollar.read("a\\", 0, Some("`")), None);
        assert!(Opening::of("python", "é f", b'"').is_some() && Opening::of("python", "if", b'"').is_none());
        assert_eq!(
            Opening::Hash.read("#{ no end \"", 0, Some("\"")),
            Some(Read { end: 10, in_vain: 1, holes: vec![] })
        );
    }
}
