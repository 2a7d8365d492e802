//! Texts that inline code takes out of an encoding before it runs them: base64, hex, rot13, backwards, numbers of letters.
//! No code is run; that it decodes is told by the names it uses, and what comes out must be readable.

use crate::facts::fold::decode;

/// The ways in which a piece of code decodes texts.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Encodings {
    /// base64 or hex; which, the text itself shows.
    bytes: bool,
    rot13: bool,
    reversed: bool,
    numbers: bool,
    /// `%72%6d`
    percent: bool,
    /// uuencode(5)
    uu: bool,
}

impl Encodings {
    pub fn of(code: &str) -> Self {
        let any = |words: &[&str]| words.iter().any(|word| code.contains(word));
        Encodings {
            bytes: any(&[
                "b64decode",
                "base64",
                "Base64",
                "unpack1('m",
                "unpack1(\"m",
                "unpack('m",
                "unpack(\"m",
                "atob",
                "decode64",
                "fromhex",
                "hex2bin",
                "'hex'",
                "\"hex\"",
                "pack(\"H",
                "pack('H",
                "pack\"H",
                "pack'H",
                "pack \"H",
                "pack 'H",
            ]),
            uu: any(&[
                "unpack \"u\"",
                "unpack 'u'",
                "unpack(\"u\"",
                "unpack('u'",
                "unpack(q(u)",
                "convert_uudecode",
                "a2b_uu",
            ]),
            rot13: any(&["rot13", "rot_13", "rot-13", "n-za-m", "N-ZA-M"]),
            reversed: any(&["strrev", "[::-1]", "reverse"]),
            percent: any(&["unquote", "decodeURI", "unescape", "urldecode"]),
            numbers: any(&["chr", "fromCharCode", "bytes([", "fromCodePoint"]),
        }
    }

    /// Whether it is one of bytes.
    pub fn of_bytes(self) -> bool {
        self.bytes
    }

    /// Whether a text is turned around or exchanged letter by letter: then it is never meant as it stands.
    pub fn of_letters(self) -> bool {
        self.rot13 || self.reversed || self.percent || self.uu
    }

    /// What an encoded text says, if that is something that a person could have written.
    pub fn decode(self, text: &str) -> Option<String> {
        let hex = text.len() >= 4 && text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit());
        let plain = if self.rot13 {
            text.chars().map(decode::rot13).collect()
        } else if self.reversed {
            text.chars().rev().collect()
        } else if self.percent && text.contains('%') {
            decode::escaped(text, '%')?
        } else if self.uu {
            decode::uu(text)?
        } else if !self.bytes {
            return None;
        } else if hex {
            decode::hex(text)?
        } else {
            decode::base64(text)?
        };
        let readable = !plain.is_empty() && plain.chars().all(|c| !c.is_control() || c.is_whitespace());
        readable.then_some(plain)
    }

    /// The text that the numbers of letters in the code spell.
    pub fn spelled(self, code: &str) -> Option<String> {
        if !self.numbers {
            return None;
        }
        // The longest list; a number that is no letter ends one.
        let (mut best, mut list) = (String::new(), String::new());
        for number in code.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
            match number.parse::<u8>() {
                Ok(letter @ (9 | 10 | 32..=126)) if number.len() > 1 => list.push(char::from(letter)),
                _ => {
                    if list.len() > best.len() {
                        best = std::mem::take(&mut list);
                    }
                    list.clear();
                }
            }
        }
        let best = if list.len() > best.len() { list } else { best };
        (best.len() >= 4).then_some(best)
    }
}

/// A text with the letters of other widths and styles as the plain ones that they are compatible with (Unicode, NFKC); none
/// where it has no such letter.
pub(in super::super) fn compatible(text: &str) -> Option<String> {
    let plain = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xff01 + 0x21),
        // Mathematical letters: 13 alphabets of 26 large and 26 small ones.
        '\u{1d400}'..='\u{1d6a3}' => {
            let at = (c as u32 - 0x1d400) % 52;
            char::from_u32(if at < 26 { 0x41 + at } else { 0x61 + at - 26 })
        }
        _ => None,
    };
    let letter = |c: char| plain(c).is_some_and(|c| c.is_ascii_alphabetic());
    text.chars().any(letter).then(|| text.chars().map(|c| plain(c).unwrap_or(c)).collect())
}

/// The longest text that is turned by every number.
const LONGEST_TURNED: usize = 256;

/// Commands that stand in texts of code which turns letters, each letter turned by one and the same number.
pub(in super::super) fn turned<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    let texts = texts.filter(|text| (SHORTEST..=LONGEST_TURNED).contains(&text.len()));
    let texts = texts.take(crate::limits::UNROLL);
    texts.flat_map(|text| turned_by(text.as_bytes(), 1..=u8::MAX).chain(counted_on(text.as_bytes()))).collect()
}

/// The shortest command that is looked for: `rm -r x`.
const SHORTEST: usize = 7;

/// What bytes say, each turned by one of these numbers, where that may be a command.
fn turned_by(bytes: &[u8], keys: std::ops::RangeInclusive<u8>) -> impl Iterator<Item = String> {
    keys.filter_map(|key| {
        let text: String = bytes.iter().map(|byte| char::from(byte ^ key)).collect();
        (text.contains(' ') && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')).then_some(text)
    })
}

/// What bytes say, each counted on or back by one and the same number, where that may be a command.
fn counted_on(bytes: &[u8]) -> impl Iterator<Item = String> {
    (1..=MOST_COUNTED).flat_map(|by| [by, by.wrapping_neg()]).filter_map(|by| {
        let text: String = bytes.iter().map(|byte| char::from(byte.wrapping_add(by))).collect();
        (text.contains(' ') && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')).then_some(text)
    })
}

/// How far letters are counted on.
const MOST_COUNTED: u8 = 25;

/// Texts that stand as the numbers of their letters in a list, as they are or each turned by one and the same number
/// (`b ^ 42`).
pub(in super::super) fn numbers(code: &str) -> Vec<String> {
    let mut out = Vec::new();
    for list in code.split(['[', '(', '{']).skip(1).take(crate::limits::UNROLL) {
        let list = list.split([']', ')', '}']).next().unwrap_or_default();
        let byte = |item: &str| match (item.trim().strip_prefix("0x"), item.trim().as_bytes()) {
            (Some(hex), _) => u8::from_str_radix(hex, 16).ok(),
            // C's `'r'`
            (None, [b'\'', letter, b'\'']) => Some(*letter),
            (None, _) => item.trim().parse().ok(),
        };
        // Lisp's `(list 114 109)`
        let words = list.strip_prefix("list ").map(|words| words.split_whitespace().map(byte).collect());
        let bytes: Option<Vec<u8>> = words.unwrap_or_else(|| list.split(',').map(byte).collect());
        let Some(mut bytes) = bytes else { continue };
        // C ends a text with it.
        if bytes.last() == Some(&0) {
            bytes.pop();
        }
        if bytes.len() >= SHORTEST {
            out.extend(turned_by(&bytes, 0..=if code.contains('^') { u8::MAX } else { 0 }));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Encodings;

    #[test]
    fn texts_come_out_of_what_the_code_names() {
        for (code, text, expected) in [
            ("base64.b64decode(x)", "bHMgLWxh", Some("ls -la")),
            ("bytes.fromhex(x)", "6c73", Some("ls")),
            ("codecs.decode(x, 'rot13')", "yf -yn", Some("ls -la")),
            ("x[::-1]", "al- sl", Some("ls -la")),
            ("print(x)", "bHMgLWxh", None),
            ("base64.b64decode(x)", "no base64!", None),
        ] {
            assert_eq!(Encodings::of(code).decode(text).as_deref(), expected, "{code}");
        }
        let spelled = |code: &str| Encodings::of(code).spelled(code);
        assert_eq!(spelled("''.join(chr(c) for c in (108,115,32,45,108,97))").as_deref(), Some("ls -la"));
        assert_eq!(spelled("chr(108)+chr(115)"), None);
        assert_eq!(spelled("f(108,115,32,45)"), None);
    }
}
