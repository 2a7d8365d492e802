//! Perl's own ways to write a loop, as those that other languages have too.

use super::reworded::Gone;
use super::tokens::{Token, closes_at};

/// A loop that stands behind what it does comes first: `unlink $_ for glob("/srv/*")` is `for (glob("/srv/*")) unlink $_`
/// (perlsyn(1), "Statement Modifiers"). What is said of nothing is said of `$_` (perlvar(1), "$ARG").
pub(super) fn loops_first(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let loops = |token: &Token<'_>| matches!(token, Token::Name("for" | "foreach", _));
    if !tokens.iter().any(loops) {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len() + 4);
    // Where the statement begins, and how deep in brackets it is.
    let (mut start, mut at, mut depth) = (0, 0, 0_usize);
    while let Some(token) = tokens.get(at) {
        at += 1;
        // A label is no statement.
        let label = matches!(out.get(start..), Some([Token::Name(..), Token::Sign(b':')]));
        let begun = out.len() > start && !label;
        match token {
            Token::Sign(b'(' | b'[') => depth += 1,
            Token::Sign(b')' | b']') => depth = depth.saturating_sub(1),
            Token::Sign(b';' | b'{' | b'}') => depth = 0,
            _ => {}
        }
        match token {
            Token::Sign(b';' | b'{' | b'}') => {
                out.push(*token);
                start = out.len();
            }
            Token::Sign(b'\n') if !begun => {
                out.push(*token);
                start = out.len();
            }
            _ if loops(token) && begun && depth == 0 && is_list(&tokens[at..]) => {
                let rest = &tokens[at..];
                let mut level = 0_usize;
                let ends = |token: &Token<'_>| {
                    match token {
                        Token::Sign(b'(' | b'[' | b'{') => level += 1,
                        Token::Sign(b')' | b']' | b'}') if level == 0 => return true,
                        Token::Sign(b')' | b']' | b'}') => level -= 1,
                        _ => {}
                    }
                    level == 0 && matches!(token, Token::Sign(b';' | b'\n'))
                };
                let end = rest.iter().position(ends).unwrap_or(rest.len());
                let list = &rest[..end];
                let in_brackets = match list {
                    [Token::Sign(b'('), inside @ ..] => closes_at(inside) == inside.len().checked_sub(1),
                    _ => false,
                };
                // As it stands it is read too: what is taken for a list may be more.
                let mut statement = out[start..].to_vec();
                out.push(*token);
                out.extend_from_slice(list);
                out.push(Token::Sign(b';'));
                if let [Token::Name(..)] = statement[..] {
                    statement.extend([Token::Sign(b'$'), Token::Name("_", 0)]);
                }
                out.push(*token);
                out.extend((!in_brackets).then_some(Token::Sign(b'(')));
                out.extend_from_slice(list);
                out.extend((!in_brackets).then_some(Token::Sign(b')')));
                out.append(&mut statement);
                at += end;
            }
            _ => out.push(*token),
        }
    }
    out
}

/// `exec {"rm"} "rm", "-rf"` as if the program were not named apart from its words (perlfunc(1), "exec PROGRAM LIST").
pub(super) fn programs_named_apart(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let mut gone = Gone::default();
    for at in 0..tokens.len() {
        if let [
            Token::Name("exec" | "system", _),
            Token::Sign(b'{'),
            Token::Text(_),
            Token::Sign(b'}'),
            Token::Text(_),
            ..,
        ] = tokens[at..]
        {
            gone.drop(at + 1..at + 4);
        }
    }
    gone.without(tokens)
}

/// Whether a list begins here, and no call that does something itself.
fn is_list(tokens: &[Token<'_>]) -> bool {
    matches!(
        tokens.first(),
        Some(Token::Text(_) | Token::Sign(_) | Token::Name("glob" | "sort" | "reverse" | "keys" | "values", _))
    )
}
