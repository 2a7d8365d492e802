//! What a variable of the environment holds where code asks for it.

use super::super::names::Names;
use super::super::syntax::tokens::Token;

/// What a variable of the environment holds, as far as the script itself said it, and how many tokens after the name
/// belong to it: `os.environ["C"]`, `os.getenv("C")`, `process.env.C`.
pub(super) fn variable<'a>(names: &Names<'a>, name: &str, after: &[Token<'a>]) -> Option<(&'a str, usize)> {
    if names.environment.is_empty() {
        return None;
    }
    // A method of any table is asked for a key; which table, says what stands before it.
    let asks = |name: &str| {
        let last = name.rsplit(['.', ':']).next().unwrap_or(name);
        let own = matches!(last, "env" | "environment") && !["process.env", "Deno.env", "Bun.env"].contains(&name);
        !own && !matches!(last, "get" | "fetch" | "var") && names.knows("names-the-environment", last)
    };
    let in_table = name.rsplit_once('.').filter(|(table, _)| asks(table));
    if asks(name) || matches!(in_table, Some((_, "get" | "fetch"))) {
        return match after {
            [
                Token::Sign(b'[' | b'(' | b'{'),
                Token::Text(key) | Token::Name(key, _),
                Token::Sign(b']' | b')' | b'}'),
                ..,
            ] => Some((names.variable(key)?, 3)),
            // `os.getenv("C", "ls")`: it is set.
            [Token::Sign(b'('), Token::Text(key), Token::Sign(b','), Token::Text(_), Token::Sign(b')'), ..] => {
                Some((names.variable(key)?, 5))
            }
            _ => None,
        };
    }
    Some((names.variable(in_table?.1)?, 0))
}
