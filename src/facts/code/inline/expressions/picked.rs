//! One of several texts that code writes out: `("ls", "rm -rf x")[1]`, `{"a": "…"}["a"]`.

use std::borrow::Cow;

use bumpalo::Bump;

use super::super::names::Names;
use super::super::syntax::tokens::{Token, between_commas, closes_at};
use super::{Part, numbered, sum};

/// Members that are looked at.
const MOST: usize = 32;

/// Tokens of a table that are looked at.
const LONGEST: usize = 256;

/// The text of a list or a table that a number or a key picks, where tokens begin behind the opening bracket `opens`.
pub(super) fn picked<'a>(
    bump: &'a Bump,
    opens: u8,
    inside: &[Token<'a>],
    names: &Names<'a>,
    depth: u32,
) -> Option<Part<'a>> {
    let end = closes_at(inside).filter(|end| *end <= LONGEST)?;
    let after = &inside[end + 1..];
    if opens == b'{' {
        let (key, taken) = match after {
            [Token::Sign(b'['), Token::Text(key), Token::Sign(b']'), ..] => (*key, 3),
            [Token::Name("get", _), Token::Sign(b'('), Token::Text(key), Token::Sign(b')'), ..] => (*key, 4),
            _ => return None,
        };
        let value = between_commas(&inside[..end]).take(MOST).find_map(|member| match member {
            [Token::Text(name) | Token::Name(name, _), Token::Sign(b':'), value @ ..] if *name == key => Some(value),
            _ => None,
        })?;
        let (text, open, _) = sum(bump, value, names, depth + 1)?;
        return Some((text, open, end + 2 + taken));
    }
    let (number, taken) = numbered(after)?;
    let member = between_commas(&inside[..end]).take(MOST).nth(number)?;
    let (text, open, used) = sum(bump, member, names, depth + 1)?;
    (used == member.len()).then_some((text, open, end + 2 + taken))
}

/// The letters of a text from the last to the first, or every so manieth: `"…"[::-1]`, `"…"[::2]`.
pub(super) fn stepped<'a>(text: &str, tokens: &[Token<'a>]) -> Option<Part<'a>> {
    let [Token::Sign(b'['), Token::Sign(b':'), Token::Sign(b':'), step @ ..] = tokens else { return None };
    let (letters, taken): (String, _) = match step {
        [Token::Sign(b'-'), Token::Sign(b'1'), Token::Sign(b']'), ..] => (text.chars().rev().collect(), 6),
        [Token::Sign(digit @ b'1'..=b'9'), Token::Sign(b']'), ..] => {
            (text.chars().step_by(usize::from(digit - b'0')).collect(), 5)
        }
        _ => return None,
    };
    Some((Cow::Owned(letters), false, taken))
}
