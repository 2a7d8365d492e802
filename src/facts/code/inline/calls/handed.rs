//! Commands that a function is handed together with its name: `map(os.system, ["ls"])`, `cmds.forEach(execSync)`,
//! `setTimeout(exec, 10, "ls")`.

use bumpalo::Bump;

use super::super::environment::runs_commands;
use super::super::names::Names;
use super::super::names::lists::texts;
use super::super::syntax::tokens::{LONGEST_LIST, Token, closes_at};
use crate::facts::knowledge::{Function, Lists};

/// What a function that runs commands is given where its name stands between these tokens.
pub(in super::super) fn commands_handed<'a>(
    bump: &'a Bump,
    before: &[Token<'a>],
    after: &[Token<'a>],
    names: &Names<'a>,
) -> Vec<&'a str> {
    // Ruby's `&method(:system)`
    let (before, after) = match (before, after) {
        (
            [before @ .., Token::Sign(b'&'), Token::Name("method", _), Token::Sign(b'('), Token::Sign(b':')],
            [Token::Sign(b')'), after @ ..],
        ) => (before, after),
        given => given,
    };
    let each = |name: &&str| matches!(*name, "forEach" | "map" | "each");
    match (before, after) {
        ([list @ .., Token::Sign(b']'), Token::Name(method, _), Token::Sign(b'(')], [Token::Sign(b')'), ..])
            if each(method) =>
        {
            let from = list.len().saturating_sub(LONGEST_LIST);
            let open = list[from..].iter().rposition(|token| *token == Token::Sign(b'['));
            open.map_or_else(Vec::new, |open| texts(bump, &list[from + open + 1..], names))
        }
        ([.., Token::Name(method, _), Token::Sign(b'(')], [Token::Sign(b')'), ..]) => {
            let list = method.rsplit_once('.').filter(|(_, method)| each(method));
            list.and_then(|(list, _)| names.list(list)).map(<[_]>::to_vec).unwrap_or_default()
        }
        ([.., Token::Sign(b'(')], [Token::Sign(b','), given @ ..]) => match names.items(bump, given) {
            Some((items, _)) => items,
            None => texts(bump, &given[..closes_at(given).unwrap_or(0)], names),
        },
        _ => Vec::new(),
    }
}

/// Whether the code hands around a function that runs commands, and so may call it by another name: `(lambda f: f("ls"))(os.system)`,
/// PHP's `array_filter(["ls"], "system")`. A name that is brought in (`import { exec } from`, `from os import system`) is not
/// handed on by that.
pub(in super::super) fn hands_around(
    lists: &Lists<'_>,
    language: &str,
    tokens: &[Token<'_>],
    functions: &[Function<'static>],
) -> bool {
    let runs = |token: &Token<'_>| match (language, token) {
        // There a function is handed on by its name in quotes.
        ("php", Token::Text(name)) => functions.iter().any(|f| f.does == "shell" && f.names.contains(name)),
        ("python" | "javascript", name) => runs_commands(name, functions),
        _ => false,
    };
    (1..tokens.len()).any(|at| {
        let (before, after) = (&tokens[..at], tokens.get(at + 1));
        let stands = match language {
            "php" => {
                matches!(before.last(), Some(Token::Sign(b',' | b'(')))
                    && matches!(after, Some(Token::Sign(b',' | b')')))
            }
            _ => matches!(after, None | Some(Token::Sign(b')' | b',' | b']' | b'}' | b':' | b'|'))),
        };
        // A test asks how it was called: `expect(execSync).toHaveBeenCalledWith("ls")`.
        let asked =
            matches!(before, [.., Token::Name(asks, _), Token::Sign(b'(')] if lists.has("asks-of-functions", asks));
        stands && runs(&tokens[at]) && !asked && !is_brought_in(before)
    })
}

/// Whether what follows these tokens is a name in the list of what is imported.
fn is_brought_in(before: &[Token<'_>]) -> bool {
    let ends = |token: &&Token<'_>| !matches!(token, Token::Name(..) | Token::Sign(b',' | b'(' | b':' | b'{'));
    let opens = |token: &&Token<'_>| matches!(token, Token::Name("import" | "const" | "let" | "var", _));
    let near = before.iter().rev().take(LONGEST_LIST);
    near.clone().take_while(|token| !ends(token)).any(|token| opens(&token))
}
