//! Texts that inline code puts together: what stands in quotes, names that were given a text, somebody's home, and what
//! `+`, `/` and the functions for paths make of them.

mod decoded;
mod document;
mod holes;
mod joined;
mod named;
mod path_parts;
mod picked;
mod said;
mod variable;

use std::borrow::Cow;

use bumpalo::Bump;

use super::names::Names;
use super::names::methods::method_of;
use super::syntax::tokens::{Token, closes_at, line_ends};
use crate::limits;
pub(super) use holes::filled;
use holes::{filled_in, plain_holes};
use joined::{joined_by, joined_list};
use named::named;
use path_parts::{above, is_above, joined, parts};
use picked::{picked, stepped};

/// What an expression comes to, as far as it can be known.
pub(super) struct Expression<'a> {
    pub text: &'a str,
    /// Something that cannot be known follows.
    pub open: bool,
    /// How many tokens it takes.
    pub taken: usize,
}

/// The text that an expression begins with, and what is put to it.
pub(super) fn expression<'a>(bump: &'a Bump, tokens: &[Token<'a>], names: &Names<'a>) -> Option<Expression<'a>> {
    let (text, open, taken) = sum(bump, tokens, names, 0)?;
    let text = match text {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => {
            names.takes(text.len());
            bump.alloc_str(&text)
        }
    };
    Some(Expression { text, open, taken })
}

/// The expression that ends where a method is called on it: `Path("/srv").rmdir()`, `(Path.home() / "x").unlink()`.
pub(super) fn expression_before<'a>(bump: &'a Bump, before: &[Token<'a>], names: &Names<'a>) -> Option<Expression<'a>> {
    let part = |token: &&Token<'_>| match token {
        Token::Text(_) | Token::Sign(b'(' | b')' | b'/' | b'+' | b'[' | b']' | b'$' | b',') => true,
        Token::Name(name, _) => *name != "in",
        _ => false,
    };
    let length = before.iter().rev().take(LONGEST).take_while(part).count();
    (before.len() - length..before.len()).find_map(|from| {
        // What stands in a call's brackets is what it was given.
        let given = before[from] == Token::Sign(b'(') && matches!(before[..from], [.., Token::Name(..)]);
        expression(bump, &before[from..], names).filter(|found| !given && from + found.taken == before.len())
    })
}

/// Tokens that an expression before a method is looked for in.
const LONGEST: usize = 24;

/// Bytes of a text that is put together without being counted: more than a path or a command has.
pub(super) const LONGEST_TEXT: usize = 8 << 10;

/// Brackets within brackets that an expression is read through.
const DEEPEST: u32 = 5;

/// A text, whether something that cannot be known follows, and how many tokens it takes.
pub(super) type Part<'a> = (Cow<'a, str>, bool, usize);

pub(super) fn sum<'a>(bump: &'a Bump, tokens: &[Token<'a>], names: &Names<'a>, depth: u32) -> Option<Part<'a>> {
    if depth > DEEPEST {
        return None;
    }
    let (mut text, mut open, mut taken) = primary(bump, tokens, names, depth)?;
    for step in 0..limits::UNROLL {
        let tail = &tokens[taken..];
        if open {
            break;
        }
        // Longer than is followed: what goes on counts as unread.
        if text.len() > limits::WORD {
            let goes_on = || matches!(tail, [Token::Sign(b'+' | b'.'), ..]) || method_of(&text, tail).is_some();
            if text.len() > limits::FILE || goes_on() {
                names.takes(usize::MAX);
            }
            break;
        }
        if step > 0 && text.len() > LONGEST_TEXT {
            names.takes_long(text.len());
        }
        let (between, skipped) = match tail {
            // Python's `"{} {name}".format(a, name=b)`, `"%s %s" % (a, b)`, Ruby's `"%s %s" % [a, b]`
            [Token::Name("format" | ".format", _), Token::Sign(b'('), inside @ ..]
            | [Token::Sign(b'%'), Token::Sign(b'(' | b'['), inside @ ..] => {
                let Some((filled, used)) = filled_in(bump, &text, inside, names, depth) else { break };
                text = Cow::Owned(filled);
                taken += used + 2;
                continue;
            }
            // `"x" and "y"` is the last, where the first is no empty text; `"x" or "y"` the first.
            [Token::Name("and", _), rest @ ..] if !text.is_empty() => {
                let Some((other, more, used)) = primary(bump, rest, names, depth + 1) else { break };
                (text, open) = (other, more);
                taken += used + 1;
                continue;
            }
            tail if let Some((made, used)) = method_of(&text, tail) => {
                text = Cow::Owned(made);
                taken += used;
                continue;
            }
            [Token::Sign(b'/'), ..] => ("/", 1),
            // Haskell's `</>`
            [Token::Sign(b'<'), Token::Sign(b'/'), Token::Sign(b'>'), ..] => ("/", 3),
            // Lua's `..`
            [Token::Sign(b'.'), Token::Sign(b'.'), ..] => ("", 2),
            [Token::Sign(b'+' | b'.'), ..] => ("", 1),
            [Token::Name(method, _), Token::Sign(b'('), ..]
                if names.knows("path-joins", method)
                    && !text.is_empty()
                    && tokens.get(taken + 2) != Some(&Token::Sign(b')')) =>
            {
                let Some((more, rest, used)) = parts(bump, &tokens[taken + 2..], names, depth, joined) else { break };
                text = Cow::Owned(joined(&text, &more));
                open = rest;
                taken += used + 2;
                continue;
            }
            [Token::Name(method, _), Token::Sign(b'('), Token::Sign(b')'), ..] if names.knows("path-same", method) => {
                taken += 3;
                continue;
            }
            // Ruby's, without brackets
            [Token::Name(method, _), after @ ..]
                if names.knows("path-same", method) && after.first() != Some(&Token::Sign(b'(')) =>
            {
                taken += 1;
                continue;
            }
            // Rust's `.unwrap_or_else(|_| …)`: what it is if it is there.
            [Token::Name("unwrap_or_else" | "unwrap_or" | "expect", _), Token::Sign(b'('), inside @ ..] => {
                let Some(end) = closes_at(inside) else { break };
                taken += end + 3;
                continue;
            }
            // pathlib's, of a folder that is known.
            [Token::Name(parents, _), ..] if is_above(parents) => {
                text = Cow::Owned(above(&text, parents.split('.').count()));
                taken += 1;
                continue;
            }
            [Token::Name("parents", _), Token::Sign(b'['), Token::Sign(digit @ b'0'..=b'9'), Token::Sign(b']'), ..] => {
                text = Cow::Owned(above(&text, usize::from(digit - b'0') + 1));
                taken += 4;
                continue;
            }
            _ => break,
        };
        let Some((more, rest, used)) = primary(bump, &tokens[taken + skipped..], names, depth) else {
            // What follows is put to it all the same.
            open = !matches!(tokens.get(taken + skipped), None | Some(Token::Sign(b'\n')));
            if open {
                text = Cow::Owned(format!("{text}{between}"));
                taken += skipped;
            }
            break;
        };
        match between {
            "" => text.to_mut().push_str(&more),
            _ => text = Cow::Owned(joined(&text, &more)),
        }
        open = rest;
        taken += skipped + used;
    }
    Some((text, open, taken))
}

/// What an expression begins with, before anything is put to it.
pub(super) fn primary<'a>(bump: &'a Bump, tokens: &[Token<'a>], names: &Names<'a>, depth: u32) -> Option<Part<'a>> {
    if depth > DEEPEST || !names.step() {
        return None;
    }
    match tokens {
        [Token::Command(..) | Token::Name(..), ..] if let Some(output) = said::said(tokens, names) => Some(output),
        [Token::Text("$HOME" | "${HOME}"), ..] => Some((Cow::Borrowed("~"), false, 1)),
        [Token::Text(text), rest @ ..] if let Some((made, open, taken)) = stepped(text, rest) => {
            Some((made, open, taken + 1))
        }
        [Token::Sign(b'{'), inside @ ..] => picked(bump, b'{', inside, names, depth),
        [Token::Sign(opens @ (b'(' | b'[')), inside @ ..]
            if let Some(one) = picked(bump, *opens, inside, names, depth) =>
        {
            Some(one)
        }
        [Token::Text(between), Token::Name("join", _), list @ ..]
            if let Some(joined) = joined_by(bump, between, list, names, depth) =>
        {
            Some(joined)
        }
        // One of which something cannot be known.
        [Token::Text(_), Token::Name("join", _), Token::Sign(b'('), Token::Sign(b'[' | b'('), ..] => None,
        [Token::Sign(b'['), ..] => joined_list(bump, tokens, names),
        [Token::Text(text), ..] => {
            let all = plain_holes(bump, filled(bump, text, names), "#{");
            // Something else is put in as well, which cannot be known.
            let name = |at: usize| all[at + 1..].starts_with(|c: char| c.is_alphabetic() || c == '_');
            let rest = if all == *text { None } else { all.match_indices('$').map(|(at, _)| at).find(|at| name(*at)) };
            Some((Cow::Borrowed(&all[..rest.unwrap_or(all.len())]), rest.is_some(), 1))
        }
        // Python's `f"…"`
        [Token::Name(kind @ ("r" | "f" | "b" | "u" | "rb" | "rf" | "fr" | "s"), _), Token::Text(text), ..] => {
            let text = filled(bump, text, names);
            let text = if kind.contains('f') { plain_holes(bump, text, "{") } else { text };
            Some((Cow::Borrowed(text), false, 2))
        }
        [Token::Sign(b'$' | b'@' | b'&'), rest @ ..] if matches!(rest, [Token::Name(..), ..]) => {
            let (text, open, taken) = primary(bump, rest, names, depth + 1)?;
            Some((text, open, taken + 1))
        }
        [Token::Sign(b'('), rest @ ..] => {
            let begins = line_ends(rest);
            let (text, open, taken) = sum(bump, &rest[begins..], names, depth + 1)?;
            let ends = begins + taken + line_ends(&rest[begins + taken..]);
            match rest.get(ends) {
                Some(Token::Sign(b')')) => Some((text, open, ends + 2)),
                _ => None,
            }
        }
        [Token::Name(..), ..] => named(bump, tokens, names, depth),
        _ => None,
    }
}

/// The number in brackets that begin here, and how many tokens those take.
pub(super) fn numbered(tokens: &[Token<'_>]) -> Option<(usize, usize)> {
    let [Token::Sign(b'['), digits @ ..] = tokens else { return None };
    let count = digits.iter().take(3).take_while(|token| matches!(token, Token::Sign(b'0'..=b'9'))).count();
    let number = digits[..count].iter().fold(0, |number, token| match token {
        Token::Sign(digit) => number * 10 + usize::from(digit - b'0'),
        _ => number,
    });
    (count > 0 && digits.get(count) == Some(&Token::Sign(b']'))).then_some((number, count + 2))
}
