//! Which parts of code are done again and again: what stands in the body of a loop, or is given to a function that is
//! called for each of many.

use super::super::syntax::tokens::{Token, is_chained};
use super::snippet::Snippet;
use crate::facts::knowledge::Lists;

/// The parts of code that are repeated, as tokens.
pub(in super::super) struct Loops(Vec<(usize, usize)>);

impl Loops {
    pub(in super::super) fn repeat(&self, at: usize) -> bool {
        self.0.iter().any(|(from, end)| (*from..*end).contains(&at))
    }
}

/// So many loops are looked at.
const MOST: usize = 64;

pub(in super::super) fn loops(lists: &Lists<'_>, code: &Snippet<'_>, tokens: &[Token<'_>]) -> Loops {
    let repeats = |token: &Token<'_>| match token {
        Token::Name("for" | "foreach" | "while", _) => true,
        Token::Name(name, _) => lists.has("repeats", name.rsplit(['.', ':']).next().unwrap_or(name)),
        _ => false,
    };
    let starts = (0..tokens.len()).filter(|at| repeats(&tokens[*at]));
    Loops(starts.take(MOST).map(|at| (begins(tokens, at), ends(code, tokens, at))).collect())
}

/// A comprehension's loop stands behind what it repeats: `[d(x) for x in xs]`.
fn begins(tokens: &[Token<'_>], at: usize) -> usize {
    if !matches!(tokens[at], Token::Name("for", _)) {
        return at;
    }
    let mut level = 0_usize;
    for (back, token) in tokens[..at].iter().enumerate().rev() {
        match token {
            Token::Sign(b')' | b']' | b'}') => level += 1,
            Token::Sign(b'[' | b'(' | b'{') if level == 0 => return back,
            Token::Sign(b'[' | b'(' | b'{') => level -= 1,
            Token::Sign(b'\n' | b';') if level == 0 => return at,
            _ => {}
        }
    }
    at
}

/// Where the body of what repeats ends: with its braces or parentheses, or before the first line that stands no deeper.
pub(super) fn ends(code: &Snippet<'_>, tokens: &[Token<'_>], at: usize) -> usize {
    let Token::Name(_, from) = tokens[at] else { return at };
    let own = indent(code.text, from);
    let (mut level, mut opened, mut line) = (0_usize, false, false);
    for (next, token) in tokens.iter().enumerate().skip(at + 1) {
        match token {
            Token::Sign(b'(' | b'[') => level += 1,
            Token::Sign(b'{') => {
                level += 1;
                opened = opened || level == 1;
            }
            Token::Sign(b')' | b']' | b'}') => {
                level = match level.checked_sub(1) {
                    Some(level) => level,
                    None => return next,
                };
                if level == 0 && opened && *token == Token::Sign(b'}') {
                    return next;
                }
            }
            Token::Sign(b'\n') if level == 0 => line = true,
            Token::Sign(b';') if level == 0 && !line && !matches!(code.language, "python" | "ruby" | "lua") => {
                return next;
            }
            Token::Name(_, from) if line && !opened && level == 0 => {
                if indent(code.text, *from) <= own && !is_chained(code.text, *from) {
                    return next;
                }
                line = false;
            }
            _ => {}
        }
    }
    tokens.len()
}

/// How deep the line stands in which a byte is.
fn indent(text: &str, at: usize) -> usize {
    let line = text.get(..at).unwrap_or_default();
    let line = &line[line.rfind('\n').map_or(0, |end| end + 1)..];
    line.len() - line.trim_start().len()
}
