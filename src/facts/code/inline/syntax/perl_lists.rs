//! Perl's lists as other languages write them, and what is known of them where they are used.

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use super::tokens::{Token, closes_at};
use crate::limits;

/// Lists as other languages write them: `@a = ("x", "y")` is `a = ["x", "y"]`, `my ($x, $y) = ("a", "b")` one after the
/// other (perldata(1), "List value constructors").
pub(in super::super) fn lists_in_brackets(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let mut out: Vec<Token<'_>> = Vec::with_capacity(tokens.len());
    let mut rest = &tokens[..];
    while let Some((token, after)) = rest.split_first() {
        match rest {
            [Token::Sign(b'@'), name @ Token::Name(..), given @ Token::Sign(b'='), Token::Sign(b'('), inside @ ..]
                if is_written_out(inside) =>
            {
                let end = closes_at(inside).unwrap_or(inside.len());
                out.extend([*name, *given, Token::Sign(b'[')]);
                out.extend_from_slice(&inside[..end]);
                out.push(Token::Sign(b']'));
                rest = &inside[(end + 1).min(inside.len())..];
            }
            [Token::Sign(b'('), inside @ ..] => match one_after_the_other(inside) {
                Some((given, taken)) => {
                    out.extend(given);
                    rest = &inside[taken..];
                }
                None => {
                    out.push(*token);
                    rest = after;
                }
            },
            _ => {
                out.push(*token);
                rest = after;
            }
        }
    }
    out
}

/// Whether a list of texts alone stands here, up to its end.
fn is_written_out(inside: &[Token<'_>]) -> bool {
    let end = closes_at(inside).unwrap_or(0);
    end > 0 && inside[..end].iter().all(|token| matches!(token, Token::Text(_) | Token::Sign(b',')))
}

/// What `$x, $y) = ("a", "b")` gives to each name, as assignments, and how many tokens that takes.
fn one_after_the_other<'a>(inside: &[Token<'a>]) -> Option<(Vec<Token<'a>>, usize)> {
    let names_end = closes_at(inside)?;
    let names: Vec<Token<'a>> = inside[..names_end]
        .split(|token| *token == Token::Sign(b','))
        .map(|part| match part {
            [Token::Sign(b'$'), name @ Token::Name(..)] => Some(*name),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let [Token::Sign(b'='), Token::Sign(b'('), values @ ..] = inside.get(names_end + 1..)? else { return None };
    let end = closes_at(values).filter(|_| is_written_out(values))?;
    let texts: Vec<Token<'a>> = values[..end].iter().copied().filter(|token| matches!(token, Token::Text(_))).collect();
    if texts.len() != names.len() {
        return None;
    }
    let each = names.into_iter().zip(texts);
    let given = each.flat_map(|(name, text)| [Token::Sign(b'$'), name, Token::Sign(b'='), text, Token::Sign(b';')]);
    Some((given.collect(), names_end + 3 + end + 1))
}

/// What is known of a list goes where it is used: `push @c, "-rf"` gives `c` the items that it then has, and `"rm -rf @d"`
/// names those of `d` (perlop(1), "Quote and Quote-like Operators"; perlfunc(1), "push").
pub(in super::super) fn lists_told<'a>(bump: &'a Bump, tokens: Vec<Token<'a>>) -> Vec<Token<'a>> {
    let mut lists: FxHashMap<&'a str, Vec<&'a str>> = FxHashMap::default();
    let mut out: Vec<Token<'a>> = Vec::with_capacity(tokens.len());
    let mut rest = &tokens[..];
    while let Some((token, after)) = rest.split_first() {
        if let [Token::Name(name, _), Token::Sign(b'='), Token::Sign(b'['), inside @ ..] = rest
            && is_written_out(inside)
        {
            let end = closes_at(inside).unwrap_or(0);
            lists.insert(name, inside[..end].iter().filter_map(Token::text).collect());
        }
        if let Some((name, more, taken)) = pushed(rest)
            && let Some(list) = lists.get_mut(name).filter(|list| list.len() + more.len() <= limits::VALUES)
        {
            list.extend(more);
            out.extend([Token::Name(name, 0), Token::Sign(b'='), Token::Sign(b'[')]);
            out.extend(list.iter().flat_map(|item| [Token::Text(item), Token::Sign(b',')]));
            out.push(Token::Sign(b']'));
            rest = &rest[taken..];
            continue;
        }
        out.push(match token {
            Token::Text(text) => Token::Text(with_items(bump, text, &lists)),
            Token::Command(text, at) => Token::Command(with_items(bump, text, &lists), *at),
            other => *other,
        });
        rest = after;
    }
    out
}

/// What is put to which list, and how many tokens that takes: `push @c, "-rf", "/srv"`, `push(@c, "-rf")`.
fn pushed<'a>(tokens: &[Token<'a>]) -> Option<(&'a str, Vec<&'a str>, usize)> {
    let (name, given, before) = match tokens {
        [Token::Name("push", _), Token::Sign(b'@'), Token::Name(name, _), Token::Sign(b','), given @ ..] => {
            (*name, given, 4)
        }
        [
            Token::Name("push", _),
            Token::Sign(b'('),
            Token::Sign(b'@'),
            Token::Name(name, _),
            Token::Sign(b','),
            given @ ..,
        ] => (*name, given, 5),
        _ => return None,
    };
    let count = given.iter().take_while(|token| matches!(token, Token::Text(_) | Token::Sign(b','))).count();
    let closed = usize::from(before == 5 && given.get(count) == Some(&Token::Sign(b')')));
    let whole = matches!(given.get(count + closed), None | Some(Token::Sign(b';' | b'\n' | b'}')));
    let texts = given[..count].iter().filter_map(Token::text).collect();
    whole.then_some((name, texts, before + count + closed))
}

/// A text with the items of the lists that it names, a blank between them.
fn with_items<'a>(bump: &'a Bump, text: &'a str, lists: &FxHashMap<&'a str, Vec<&'a str>>) -> &'a str {
    if lists.is_empty() || !text.contains('@') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@').filter(|_| out.len() <= limits::WORD) {
        out.push_str(before);
        let length = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
        match lists.get(&after[..length]) {
            Some(items) => {
                out.push_str(&items.join(" "));
                rest = &after[length..];
            }
            None => {
                out.push('@');
                rest = after;
            }
        }
    }
    bump.alloc_str(&(out + rest))
}
