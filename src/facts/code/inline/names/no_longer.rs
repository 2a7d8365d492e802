//! What a name no longer is: what the code refuses to go on with, and what it was before it was given from outside.

use bumpalo::Bump;

use super::super::expressions::expression;
use super::super::syntax::tokens::{Token, closes_at};
use super::Names;
use super::scopes::Within;

/// Tokens of a condition that are looked through.
const LONGEST_CONDITION: usize = 40;

impl<'a> Names<'a> {
    /// Forgets what a name is not from here on: `if path in ("/", "/etc"): raise …`, `if (path === "/") return`,
    /// `path = input()`, `for path in sys.argv[1:]`.
    pub(in super::super) fn forget(
        &mut self,
        bump: &'a Bump,
        tokens: &[Token<'a>],
        within: &Within<'a>,
        grave: impl Fn(&str) -> bool,
    ) {
        // `process.argv[2] ?? "/srv"`, `sys.argv[1:] or dirs`
        let ends = |token: &&Token<'_>| !matches!(token, Token::Sign(b'\n' | b';'));
        let otherwise = |token: &Token<'_>| match token {
            Token::Text(text) => text.starts_with(['/', '~', '.']),
            token => matches!(token, Token::Name("or" | "if", _) | Token::Sign(b'?' | b'|')),
        };
        let alone = || !tokens.iter().take(LONGEST_CONDITION).take_while(ends).any(otherwise);
        match tokens {
            [Token::Name("if", _), rest @ ..] => {
                if let Some((name, refused)) = self.refused(rest).filter(|(name, _)| within.is_own(name)) {
                    let Some(mut told) = self.told(name) else { return };
                    told.turns.retain(|text| !refused.contains(text));
                    if told.text.is_some_and(|text| refused.contains(&text)) {
                        told.text = told.turns.iter().copied().find(|text| grave(text)).or(told.turns.first().copied());
                    }
                    let left = told.text.is_some() || told.list.is_some();
                    self.set(name, left.then_some(told));
                }
            }
            [Token::Name(name, _), Token::Sign(b'='), Token::Name(source, _), ..]
                if within.is_own(name)
                    && alone()
                    && self.knows("given-from-outside", source)
                    && expression(bump, &tokens[2..], self).is_none() =>
            {
                self.set(name, None);
            }
            [Token::Name("for", _), Token::Name(name, _), Token::Name("in", _), Token::Name(source, _), ..]
                if within.is_own(name)
                    && alone()
                    && self.knows("given-from-outside", source)
                    && self.items(bump, &tokens[3..]).is_none() =>
            {
                self.set(name, None);
            }
            _ => {}
        }
    }

    /// The name that a condition compares, and the texts with which nothing goes on: all that it says is that the name is one
    /// of these, and what it leads to is the end of the function, of the round or of the program.
    fn refused(&self, condition: &[Token<'a>]) -> Option<(&'a str, Vec<&'a str>)> {
        let equal = |tokens: &[Token<'_>]| tokens.iter().take_while(|token| **token == Token::Sign(b'=')).count();
        let bracket = matches!(condition.first(), Some(Token::Sign(b'(')));
        let inside = if bracket { &condition[1..] } else { condition };
        let (name, refused, taken) = match inside {
            // `path in ("/", "/etc")`, `path in PROTECTED`
            [Token::Name(name, _), Token::Name("in", _), Token::Sign(b'(' | b'[' | b'{'), list @ ..] => {
                let end = closes_at(list).filter(|end| *end < LONGEST_CONDITION)?;
                (*name, list[..end].iter().filter_map(Token::text).collect(), end + 4)
            }
            [Token::Name(name, _), Token::Name("in", _), Token::Name(list, _), ..] => {
                (*name, self.list(list)?.to_vec(), 3)
            }
            // `["/", "/etc"].includes(path)`
            [Token::Sign(b'['), list @ ..] => {
                let end = closes_at(list).filter(|end| *end < LONGEST_CONDITION)?;
                match &list[end + 1..] {
                    [
                        Token::Name("includes" | "include?", _),
                        Token::Sign(b'('),
                        Token::Name(name, _),
                        Token::Sign(b')'),
                        ..,
                    ] => (*name, list[..end].iter().filter_map(Token::text).collect(), end + 6),
                    _ => return None,
                }
            }
            // `path == "/"`, `path === "/"`
            [Token::Name(name, _), rest @ ..] if (2..4).contains(&equal(rest)) => {
                let signs = equal(rest);
                (*name, vec![rest.get(signs)?.text()?], signs + 2)
            }
            _ => return None,
        };
        let mut rest = inside.get(taken..)?;
        // Another reason to end is as good: `… or path.count("/") < 2`.
        if let [Token::Name("or", _), more @ ..] | [Token::Sign(b'|'), Token::Sign(b'|'), more @ ..] = rest {
            let opens = |token: &Token<'_>| matches!(token, Token::Sign(b':' | b'{' | b'\n'));
            let end = more.iter().take(LONGEST_CONDITION).position(opens)?;
            if more[..end].iter().any(|token| matches!(token, Token::Name("and", _) | Token::Sign(b'&'))) {
                return None;
            }
            rest = &more[end..];
        } else if bracket {
            let [Token::Sign(b')'), more @ ..] = rest else { return None };
            rest = more;
        }
        let first = rest.iter().find(|token| !matches!(token, Token::Sign(b':' | b'{' | b'\n')));
        let begins =
            rest.first().is_some_and(|token| matches!(token, Token::Sign(b':' | b'{' | b'\n') | Token::Name(..)));
        let ends = matches!(first, Some(Token::Name(word, _)) if self.knows("ends-what-runs", word));
        (begins && ends).then_some((name, refused))
    }
}
