//! One of several texts that code writes out, and arguments that it writes out as a table: `("ls", "rm -rf x")[1]`,
//! `{"a": "…"}["a"]`, `rmtree(**{"path": "/srv"})`.

use std::borrow::Cow;

use bumpalo::Bump;

use super::expressions::{Part, numbered, sum};
use super::names::Names;
use super::tokens::{Token, closes_at};

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
        let value = members(&inside[..end]).find_map(|member| match member {
            [Token::Text(name) | Token::Name(name, _), Token::Sign(b':'), value @ ..] if *name == key => Some(value),
            _ => None,
        })?;
        let (text, open, _) = sum(bump, value, names, depth + 1)?;
        return Some((text, open, end + 2 + taken));
    }
    let (number, taken) = numbered(after)?;
    let member = members(&inside[..end]).nth(number)?;
    let (text, open, used) = sum(bump, member, names, depth + 1)?;
    (used == member.len()).then_some((text, open, end + 2 + taken))
}

/// What stands between the commas of the outermost level.
fn members<'t, 'a>(tokens: &'t [Token<'a>]) -> impl Iterator<Item = &'t [Token<'a>]> {
    let mut depth = 0_i32;
    tokens
        .split(move |token| {
            match token {
                Token::Sign(b'(' | b'[' | b'{') => depth += 1,
                Token::Sign(b')' | b']' | b'}') => depth -= 1,
                _ => {}
            }
            depth == 0 && *token == Token::Sign(b',')
        })
        .take(MOST)
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
        for (number, member) in members(table).enumerate() {
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

/// Every so manieth letter of a text, where `[::2]` stands.
pub(super) fn stepped<'a>(text: &str, tokens: &[Token<'a>]) -> Option<Part<'a>> {
    let [
        Token::Sign(b'['),
        Token::Sign(b':'),
        Token::Sign(b':'),
        Token::Sign(digit @ b'1'..=b'9'),
        Token::Sign(b']'),
        ..,
    ] = tokens
    else {
        return None;
    };
    Some((Cow::Owned(text.chars().step_by(usize::from(digit - b'0')).collect()), false, 5))
}
