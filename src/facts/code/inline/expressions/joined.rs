//! Texts that code makes of lists: `" ".join(words)`, `["de", "lete"].join("")`, `implode(" ", $words)`.

use std::borrow::Cow;

use bumpalo::Bump;

use super::super::names::Names;
use super::super::syntax::tokens::{Token, closes_at};
use super::{Part, sum};
use crate::limits;

/// Python's `"…".join(…)` of what stands behind the method's name.
pub(super) fn joined_by<'a>(
    bump: &'a Bump,
    between: &str,
    list: &[Token<'a>],
    names: &Names<'a>,
    depth: u32,
) -> Option<Part<'a>> {
    // `"\n".join(f"rm {d}" for d in dirs)`
    if let Some((items, taken)) = comprehended(bump, list, names) {
        return Some((Cow::Owned(items.join(between)), false, 2 + taken));
    }
    match list {
        // `" ".join(words)`
        [Token::Sign(b'('), Token::Name(list, _), Token::Sign(b')'), ..] if let Some(words) = names.list(list) => {
            names.guess();
            Some((Cow::Owned(words.join(between)), false, 5))
        }
        // `"/".join(["srv", name])`
        [Token::Sign(b'('), Token::Sign(b'[' | b'('), items @ ..] => {
            let (texts, taken) = listed(bump, items, names, depth)?;
            let closed = matches!(items[taken..], [Token::Sign(b']' | b')'), Token::Sign(b')'), ..]);
            closed.then(|| (Cow::Owned(texts.join(between)), false, 4 + taken + 2))
        }
        _ => None,
    }
}

/// `["de", "lete"].join("")`, Ruby's `%w[de lete].join`
pub(super) fn joined_list<'a>(bump: &'a Bump, tokens: &[Token<'a>], names: &Names<'a>) -> Option<Part<'a>> {
    let (items, taken) = names.items(bump, tokens)?;
    match &tokens[taken..] {
        [Token::Name("join", _), Token::Sign(b'('), Token::Text(between), Token::Sign(b')'), ..] => {
            Some((Cow::Owned(items.join(between)), false, taken + 4))
        }
        [Token::Name("join", _), after @ ..] if after.first() != Some(&Token::Sign(b'(')) => {
            Some((Cow::Owned(items.concat()), false, taken + 1))
        }
        // `.reduce((a, b) => a + b)`, `.inject(:+)`
        [Token::Name("reduce" | "inject", _), Token::Sign(b'('), inside @ ..] => {
            let end = closes_at(inside).filter(|end| inside[..*end].contains(&Token::Sign(b'+')))?;
            Some((Cow::Owned(items.concat()), false, taken + end + 3))
        }
        _ => None,
    }
}

/// What a function makes of a list, or a method of one that has a name: `words.join(" ")`, `implode(" ", $words)`.
pub(super) fn joined_at<'a>(
    bump: &'a Bump,
    name: &str,
    rest: &[Token<'a>],
    names: &Names<'a>,
    depth: u32,
) -> Option<Part<'a>> {
    if let Some(words) = name.strip_suffix(".join").and_then(|list| names.list(list)) {
        names.guess();
        match rest {
            [Token::Sign(b'('), Token::Text(between), Token::Sign(b')'), ..] => {
                return Some((Cow::Owned(words.join(between)), false, 4));
            }
            [Token::Sign(b'('), ..] => {}
            _ => return Some((Cow::Owned(words.concat()), false, 1)),
        }
    }
    let [Token::Sign(b'('), Token::Text(between), Token::Sign(b','), items @ ..] = rest else { return None };
    match items {
        // PHP's `implode(" ", $words)`
        [Token::Sign(b'$' | b'@'), Token::Name(list, _), Token::Sign(b')'), ..]
            if matches!(name, "join" | "implode") && names.list(list).is_some() =>
        {
            names.guess();
            Some((Cow::Owned(names.list(list)?.join(between)), false, 7))
        }
        _ if joins_texts(name, rest) => {
            let (texts, taken) = listed(bump, items, names, depth)?;
            let closed = items.get(taken) == Some(&Token::Sign(b')'));
            closed.then(|| (Cow::Owned(texts.join(between)), false, 4 + taken + 1))
        }
        _ => None,
    }
}

/// Whether a function puts texts together, with a sign between them: Perl's `join("/", $ENV{HOME}, "src")`.
pub(super) fn joins_texts(name: &str, rest: &[Token<'_>]) -> bool {
    name == "join"
        && matches!(rest, [Token::Sign(b'('), Token::Text(between), Token::Sign(b','), ..] if between.len() < 2)
}

/// The texts of a list up to its closing bracket, and how many tokens those take.
fn listed<'a>(
    bump: &'a Bump,
    tokens: &[Token<'a>],
    names: &Names<'a>,
    depth: u32,
) -> Option<(Vec<Cow<'a, str>>, usize)> {
    let mut texts = Vec::new();
    let mut at = 0;
    loop {
        let (text, open, taken) = sum(bump, tokens.get(at..)?, names, depth + 1)?;
        texts.push(text);
        at += taken;
        match tokens.get(at)? {
            _ if open || texts.len() > limits::UNROLL => return None,
            Token::Sign(b',') => at += 1,
            Token::Sign(b']' | b')') => return Some((texts, at)),
            _ => return None,
        }
    }
}

/// The texts that are made of a list one by one, in brackets, and how many tokens those take.
fn comprehended<'a>(bump: &'a Bump, tokens: &[Token<'a>], names: &Names<'a>) -> Option<(Vec<&'a str>, usize)> {
    let [Token::Sign(b'('), inside @ ..] = tokens else { return None };
    let end = closes_at(inside)?;
    if !inside[..end].iter().any(|token| matches!(token, Token::Name("for", _))) {
        return None;
    }
    let list = if inside.first() == Some(&Token::Sign(b'[')) { inside } else { tokens };
    names.items(bump, list).map(|(items, _)| (items, end + 2))
}
