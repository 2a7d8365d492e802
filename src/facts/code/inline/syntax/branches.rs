//! Choices that stand right in a call: `system("ls" if x else "rm -rf /srv")` is the call with the one and with the other.

use super::tokens::{LONGEST_LIST, Token, closes_at, outermost};

/// The code with each call that ends a statement and whose argument is a choice said once more, with what it is otherwise.
pub(in super::super) fn with_other_calls(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let mut calls = Vec::new();
    for at in 0..tokens.len() {
        let [name @ Token::Name(..), open @ Token::Sign(b'('), inside @ ..] = &tokens[at..] else { continue };
        // Most calls have no choice in them.
        let chooses = |token: &Token<'_>| matches!(token, Token::Name("else", _) | Token::Sign(b'?'));
        if !inside.iter().take(LONGEST_LIST).any(chooses) {
            continue;
        }
        let Some(end) = closes_at(inside) else { continue };
        let ends = matches!(inside.get(end + 1), None | Some(Token::Sign(b'\n' | b';' | b'}')));
        let Some(other) = otherwise(&inside[..end]).filter(|_| ends) else { continue };
        let again = [Token::Sign(b'\n'), *name, *open].into_iter().chain(inside[other..=end].iter().copied());
        calls.push((at + end + 3, again.collect::<Vec<_>>()));
    }
    if calls.is_empty() {
        return tokens;
    }
    // Calls may stand within calls.
    calls.sort_by_key(|(at, _)| *at);
    let (mut out, mut from) = (Vec::with_capacity(tokens.len()), 0);
    for (at, again) in calls {
        out.extend_from_slice(&tokens[from..at]);
        out.extend(again);
        from = at;
    }
    out.extend_from_slice(&tokens[from..]);
    out
}

/// Where in the brackets of a call that begins which its first argument is otherwise: behind Python's `else`, and the colon
/// of `x ? a : b`.
fn otherwise(inside: &[Token<'_>]) -> Option<usize> {
    let mut asked = None;
    for (at, token) in outermost(inside) {
        match token {
            Token::Sign(b',') => return None,
            Token::Name("if", _) if at > 0 => asked = Some(at),
            Token::Name("else", _) if asked.is_some() => return Some(at + 1),
            // TypeScript's `x?: string`, JavaScript's `a ?? b` and `a?.b`
            Token::Sign(b'?') if !matches!(inside.get(at + 1), Some(Token::Sign(b':' | b'?' | b'.'))) => {
                asked = Some(at);
            }
            Token::Sign(b':') if asked.is_some_and(|asked| at > asked + 1) => return Some(at + 1),
            _ => {}
        }
    }
    None
}
