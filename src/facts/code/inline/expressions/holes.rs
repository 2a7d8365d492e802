//! Texts with holes, and what code puts into them: `"%s {}".format(a, b)`, `f"{d}/x"`, `"#{d}/x"`, Perl's `"$d/x"`.

use bumpalo::Bump;

use super::super::names::Names;
use super::super::names::homes::home;
use super::super::syntax::tokens::{Comments, Token, closes_at, tokenize};
use super::{LONGEST_TEXT, sum};
use crate::limits;

/// A text in whose holes the arguments stand that begin here, and how many tokens those take: `%s`, `{}`, `{0}`, `{name}`.
/// What is not known leaves its hole as it is.
pub(super) fn filled_in<'a>(
    bump: &'a Bump,
    format: &str,
    mut arguments: &[Token<'a>],
    names: &Names<'a>,
    depth: u32,
) -> Option<(String, usize)> {
    let end = closes_at(arguments)?;
    arguments = &arguments[..end];
    let mut text = format.to_owned();
    for number in 0..limits::VALUES {
        while let [Token::Sign(b',' | b'\n'), rest @ ..] = arguments {
            arguments = rest;
        }
        let (name, value) = match arguments {
            [] => break,
            [Token::Name(name, _), Token::Sign(b'='), value @ ..] => (Some(*name), value),
            value => (None, value),
        };
        let found = sum(bump, value, names, depth + 1);
        if let Some((value, false, _)) = &found
            && text.len() + value.len() <= LONGEST_TEXT
        {
            let numbered = name.map_or_else(|| format!("{{{number}}}"), |name| format!("{{{name}}}"));
            let hole = [numbered.as_str(), "{}", "%s", "%q", "%v"].into_iter().filter(|hole| text.contains(*hole));
            if let Some(hole) = hole.min_by_key(|hole| text.find(*hole)) {
                text = text.replacen(hole, value, if hole == numbered { usize::MAX } else { 1 });
            }
        }
        let taken = found.map_or(0, |(_, _, taken)| taken);
        let next = value[taken..].iter().position(|token| *token == Token::Sign(b','));
        arguments = next.map_or(&[], |at| &value[taken + at..]);
    }
    Some((text, end + 1))
}

/// A text with what the names in it stand for: `#{d}/x`, `${d}/x`, `{d}/x`, Perl's `$d/x`; somebody's home as well.
pub(in crate::facts::code::inline) fn filled<'a>(bump: &'a Bump, text: &'a str, names: &Names<'a>) -> &'a str {
    if !text.contains(['{', '$']) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '$']).filter(|_| out.len() <= LONGEST_TEXT) {
        let (before, after) = rest.split_at(at);
        let (value, next) = if let Some(inside) = after.strip_prefix('{') {
            let named = inside.split_once('}');
            (named.and_then(|(name, _)| stands_for(bump, name, names)), named.map_or("", |(_, next)| next))
        } else {
            let length = after[1..].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(after.len() - 1);
            (names.text(&after[1..=length]), &after[1 + length..])
        };
        match value {
            Some(value) => {
                out.push_str(before.strip_suffix('#').unwrap_or(before));
                // `${d}`: the sign before the bracket was read already.
                if after.starts_with('{') && out.ends_with('$') {
                    out.pop();
                }
                out.push_str(value);
                rest = next;
            }
            None => {
                out.push_str(&rest[..=at]);
                rest = &rest[at + 1..];
            }
        }
    }
    out.push_str(rest);
    if out == text { text } else { bump.alloc_str(&out) }
}

/// A text whose holes are one word each, whatever is called in them: `v{v.strip()}` of Python's f-strings (`opens` is `{`),
/// `v#{v.strip()}` of Ruby's (`#{`). What stands between two brackets of one kind is a bracket itself.
pub(super) fn plain_holes<'a>(bump: &'a Bump, text: &'a str, opens: &str) -> &'a str {
    if !text.contains(opens) || !text.contains('(') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(opens) {
        let (before, after) = rest.split_at(at + opens.len());
        out.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('{') {
            out.push('{');
            rest = after;
            continue;
        }
        let Some(end) = rest.find('}') else { break };
        let plain = |c: char| if c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '%') { c } else { '_' };
        if rest[..end].contains('(') {
            out.extend(rest[..end].chars().map(plain));
            rest = &rest[end..];
        }
    }
    out.push_str(rest);
    bump.alloc_str(&out)
}

/// An expression in a text's brackets that may stand for somebody's home.
const LONGEST_NAME: usize = 128;

/// What an expression in a text's brackets stands for: a name that has a text, somebody's home, or what it comes to:
/// `{chr(114)}`, `#{["rm", "-rf"].join(" ")}`.
fn stands_for<'a>(bump: &'a Bump, name: &'a str, names: &Names<'a>) -> Option<&'a str> {
    // PHP's `{$d}`
    let inner = name.trim().trim_start_matches('$');
    if inner.len() > LONGEST_NAME {
        return None;
    }
    names.text(inner).or_else(|| {
        let tokens = tokenize("other", Comments::Unknown, inner);
        if let [Token::Name(first, _), rest @ ..] = &tokens[..]
            && home(names, first, rest) == Some(rest.len())
        {
            return Some("~");
        }
        let (text, open, taken) = sum(bump, &tokens, names, 1).filter(|_| inner.contains(['(', '[']))?;
        (!open && taken == tokens.len()).then(|| &*bump.alloc_str(&text))
    })
}
