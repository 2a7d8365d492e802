//! One of several texts that code writes out, and arguments that it writes out as a table: `("ls", "rm -rf x")[1]`,
//! `{"a": "…"}["a"]`, `rmtree(**{"path": "/srv"})`.

use std::borrow::Cow;

use bumpalo::Bump;

use super::expressions::{Part, numbered, sum};
use super::names::Names;
use super::tokens::{Token, between_commas, closes_at};

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

/// The same tokens, where arguments that are written out as a table stand by themselves: `f(**{"a": 1})` is `f(a=1)`, and
/// `f(**dict(a=1))` too (Python's reference, "Calls").
pub(super) fn unpacked<'a>(tokens: Vec<Token<'a>>) -> Vec<Token<'a>> {
    let stars = [Token::Sign(b'*'), Token::Sign(b'*')];
    if !tokens.windows(2).any(|two| two == stars) {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let rest = &tokens[at..];
        let inside = match rest {
            [Token::Sign(b'*'), Token::Sign(b'*'), Token::Sign(b'{'), inside @ ..] => Some((3, inside)),
            [Token::Sign(b'*'), Token::Sign(b'*'), Token::Name("dict", _), Token::Sign(b'('), inside @ ..] => {
                Some((4, inside))
            }
            _ => None,
        };
        let table = inside.and_then(|(skipped, inside)| {
            let end = closes_at(inside).filter(|end| *end <= LONGEST)?;
            Some((skipped + end + 1, &inside[..end]))
        });
        let Some((taken, table)) = table else {
            out.push(tokens[at]);
            at += 1;
            continue;
        };
        for (number, member) in between_commas(table).take(MOST).enumerate() {
            if number > 0 {
                out.push(Token::Sign(b','));
            }
            match member {
                [Token::Text(key), Token::Sign(b':'), value @ ..] => {
                    out.extend([Token::Name(key, 0), Token::Sign(b'=')]);
                    out.extend_from_slice(value);
                }
                other => out.extend_from_slice(other),
            }
        }
        at += taken;
    }
    out
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
