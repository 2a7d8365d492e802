//! Code that stands within texts and runs when they are made: `f"{open(p).read()}"`, `` `${f()}` ``, `"#{f}"`.

use std::ops::Range;

/// How a text says that code stands in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// `${…}`: JavaScript's templates.
    Dollar,
    /// `#{…}`: Ruby.
    Hash,
    /// `${…}` of Kotlin, Groovy and Scala, `#{…}` of Elixir and Crystal.
    Either,
    /// `{…}`, and `{{` is a bracket: Python's f-strings, C#.
    Bracket,
    /// `@{[ … ]}` and `${\ …}`: Perl.
    Perl,
    /// `{$…}`: PHP.
    Php,
}

/// Code in a text is at most so long.
const LONGEST: usize = 2_000;
/// Texts in code in texts.
const DEEPEST: u32 = 4;

impl Opening {
    /// What a text may hold that begins with this quote, by what stands right before it.
    pub fn of(language: &str, before: &str, quote: u8) -> Option<Self> {
        let name = &before[before.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |at| at + 1)..];
        let prefixed = |letter: char| name.len() <= 2 && name.contains([letter, letter.to_ascii_uppercase()]);
        match (language, quote) {
            ("javascript", b'`') => Some(Opening::Dollar),
            ("python", _) if prefixed('f') => Some(Opening::Bracket),
            ("ruby", b'"' | b'`') => Some(Opening::Hash),
            ("perl", b'"') => Some(Opening::Perl),
            ("php", b'"') => Some(Opening::Php),
            ("other", b'"') if before.ends_with(['$', '@']) => Some(Opening::Bracket),
            ("other", b'"') => Some(Opening::Either),
            _ => None,
        }
    }

    /// How many bytes stand before the code that opens here.
    fn length(self, rest: &str) -> Option<usize> {
        let starts = |with: &str| rest.starts_with(with).then_some(with.len());
        match self {
            Opening::Dollar => starts("${"),
            Opening::Hash => starts("#{"),
            Opening::Either => starts("${").or_else(|| starts("#{")),
            Opening::Bracket => starts("{"),
            Opening::Perl => starts("@{[").or_else(|| starts("${\\")),
            Opening::Php => starts("{$").map(|_| 1),
        }
    }

    /// Where a text ends that begins here, and where code stands in it; none where that cannot be told.
    pub fn read(self, text: &str, from: usize, close: &str) -> Option<(usize, Vec<Range<usize>>)> {
        let mut holes = Vec::new();
        let end = self.end(text, from, close, 0, Some(&mut holes))?;
        Some((end, holes))
    }

    fn end(
        self,
        text: &str,
        from: usize,
        close: &str,
        depth: u32,
        mut holes: Option<&mut Vec<Range<usize>>>,
    ) -> Option<usize> {
        let mut at = from;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            if rest.starts_with('\\') && self != Opening::Perl {
                at += 2;
            } else if rest.starts_with(close) {
                return Some(at);
            } else if self == Opening::Bracket && rest.starts_with("{{") {
                at += 2;
            } else if let Some(length) = self.length(rest) {
                let end = self.hole_end(text, at + length, depth)?;
                if let Some(holes) = holes.as_deref_mut() {
                    holes.push(at + length..end);
                }
                at = end + 1;
            } else {
                at += 1;
            }
            while !text.is_char_boundary(at) {
                at += 1;
            }
        }
        None
    }

    /// Where code ends that begins here: at its bracket.
    fn hole_end(self, text: &str, from: usize, depth: u32) -> Option<usize> {
        let (mut level, mut at) = (0_usize, from);
        let bytes = text.as_bytes();
        while at < bytes.len() && at - from < LONGEST {
            match bytes[at] {
                b'{' => level += 1,
                b'}' if level == 0 => return Some(at),
                b'}' => level -= 1,
                quote @ (b'"' | b'\'' | b'`') if depth < DEEPEST => {
                    let close = &text[at..=at];
                    let nested = Opening::of(self.language(), "", quote).filter(|_| quote != b'\'');
                    at = match nested {
                        Some(opening) => opening.end(text, at + 1, close, depth + 1, None)?,
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
            Opening::Either => "other",
            Opening::Bracket => "",
            Opening::Perl => "perl",
            Opening::Php => "php",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Opening;

    #[test]
    fn code_is_found_in_texts() {
        for (opening, text, close, end, holes) in [
            (Opening::Dollar, "a ${f(\"}\")} b` c", "`", "a ${f(\"}\")} b", vec!["f(\"}\")"]),
            (Opening::Dollar, "${`${x}`}`", "`", "${`${x}`}", vec!["`${x}`"]),
            (Opening::Hash, "#{File.read(\"x\")}\" y", "\"", "#{File.read(\"x\")}", vec!["File.read(\"x\")"]),
            (Opening::Bracket, "{{x}} {y:>3}' z", "'", "{{x}} {y:>3}", vec!["y:>3"]),
            (Opening::Perl, "@{[ f() ]}\"", "\"", "@{[ f() ]}", vec![" f() ]"]),
            (Opening::Php, "{$a->b()}\"", "\"", "{$a->b()}", vec!["$a->b()"]),
        ] {
            let (at, found) = opening.read(text, 0, close).unwrap();
            assert_eq!((&text[..at], found.iter().map(|hole| &text[hole.clone()]).collect()), (end, holes));
        }
        assert_eq!(Opening::Hash.read("#{ no end \"", 0, "\""), None);
    }
}
