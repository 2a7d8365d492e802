//! Texts that code takes out of an encoding, or puts together of letters' numbers.

use std::borrow::Cow;

use bumpalo::Bump;

use super::super::names::Names;
use super::super::syntax::tokens::Token;
use super::{LONGEST_TEXT, Part, sum};
use crate::facts::fold::decode;

/// A text that a function takes out of an encoding: `atob("…")`, `base64.b64decode("…").decode()`, `strrev("…")`.
pub(super) fn decoded<'a>(
    bump: &'a Bump,
    name: &str,
    rest: &[Token<'a>],
    names: &Names<'a>,
    depth: u32,
) -> Option<Part<'a>> {
    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
    let (inside, before) = match (last, rest) {
        // Java's `Base64.getDecoder().decode("…")`
        (
            "getDecoder",
            [Token::Sign(b'('), Token::Sign(b')'), Token::Name("decode", _), Token::Sign(b'('), inside @ ..],
        ) => (inside, 5),
        // Perl's `pack("H*", "…")`
        ("pack", [Token::Sign(b'('), Token::Text("H*"), Token::Sign(b','), inside @ ..]) => (inside, 4),
        (_, [Token::Sign(b'('), inside @ ..]) => (inside, 2),
        _ => return None,
    };
    let known = |list| names.knows(list, last);
    let quoted = matches!(last, "decode_qp" | "quoted_printable_decode") || name == "quopri.decodestring";
    let decode: fn(&str) -> Option<String> = if quoted {
        decode::quoted_printable
    } else if known("decodes-base64") {
        decode::base64
    } else if known("decodes-hex") || before == 4 {
        decode::hex
    } else if matches!(last, "b32decode" | "decode32") {
        decode::base32
    } else if last == "b85decode" {
        decode::base85
    } else if last == "a85decode" {
        decode::ascii85
    } else if known("decodes-rot13") {
        |text| Some(text.chars().map(decode::rot13).collect())
    } else if known("reverses") {
        |text| Some(text.chars().rev().collect())
    } else if known("lower-cases") {
        |text| Some(text.to_lowercase())
    } else {
        return None;
    };
    let (text, open, taken) = sum(bump, inside, names, depth + 1)?;
    let plain =
        decode(&text).filter(|plain| !plain.is_empty() && !plain.chars().any(|c| c.is_control() && c != '\n'))?;
    let closed = !open && inside.get(taken) == Some(&Token::Sign(b')'));
    closed.then(|| (Cow::Owned(plain), false, taken + before + 1))
}

/// `chr(114)`, `String.fromCharCode(114, 109)`, and how many tokens stand behind the name.
pub(super) fn of_codes(name: &str, rest: &[Token<'_>]) -> Option<(String, usize)> {
    // Lua's has a name that others give a type.
    let known = match name.rsplit('.').next() {
        Some("char") => name == "string.char",
        last => matches!(last, Some("chr" | "fromCharCode" | "fromCodePoint")),
    };
    let [Token::Sign(b'('), numbers @ ..] = rest else { return None };
    if !known {
        return None;
    }
    let end = numbers.iter().take(LONGEST_TEXT).position(|token| *token == Token::Sign(b')'))?;
    let sign = |token: &Token<'_>| match token {
        Token::Sign(sign) => Some(char::from(*sign)),
        _ => None,
    };
    let digits: String = numbers[..end].iter().map(sign).collect::<Option<_>>()?;
    Some((decode::letter_numbers(&digits)?, end + 2))
}
