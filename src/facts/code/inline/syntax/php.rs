//! PHP's own ways to write lists and functions, as those that other languages have too.

use super::tokens::{Token, closes_at, ends_at};
use crate::limits;

/// `explode(",", "a,b")` of a text that stands there is the list that it makes (PHP's manual, "explode").
pub(in super::super) fn lists_of_texts(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let mut out = Vec::with_capacity(tokens.len());
    let mut rest = &tokens[..];
    while let Some((token, after)) = rest.split_first() {
        if let [
            Token::Name("explode", _),
            Token::Sign(b'('),
            Token::Text(between),
            Token::Sign(b','),
            Token::Text(text),
            Token::Sign(b')'),
            behind @ ..,
        ] = rest
            && !between.is_empty()
        {
            out.push(Token::Sign(b'['));
            let parts = text.split(*between).take(limits::VALUES);
            out.extend(parts.flat_map(|part| [Token::Text(part), Token::Sign(b',')]));
            out.push(Token::Sign(b']'));
            rest = behind;
            continue;
        }
        out.push(*token);
        rest = after;
    }
    out
}

/// `fn($d) => system($d)` is `function ($d) { system($d); }` (PHP's manual, "Arrow Functions").
pub(in super::super) fn arrow_functions(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    if !tokens.iter().any(|token| matches!(token, Token::Name("fn", _))) {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len() + 8);
    let mut at = 0;
    while at < tokens.len() {
        let function = match &tokens[at..] {
            [Token::Name("fn", place), Token::Sign(b'('), inside @ ..] => closes_at(inside)
                .filter(|end| inside[end + 1..].starts_with(&[Token::Sign(b'='), Token::Sign(b'>')]))
                .map(|end| (*place, end)),
            _ => None,
        };
        let Some((place, end)) = function else {
            out.push(tokens[at]);
            at += 1;
            continue;
        };
        let body = &tokens[at + end + 5..];
        let length = ends_at(body, b";,");
        out.push(Token::Name("function", place));
        out.extend_from_slice(&tokens[at + 1..at + end + 3]);
        out.push(Token::Sign(b'{'));
        out.extend_from_slice(&body[..length]);
        out.extend([Token::Sign(b';'), Token::Sign(b'}')]);
        at += end + 5 + length;
    }
    out
}
