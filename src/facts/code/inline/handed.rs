//! Commands that a function is handed together with its name: `map(os.system, ["ls"])`, `cmds.forEach(execSync)`,
//! `setTimeout(exec, 10, "ls")`.

use bumpalo::Bump;

use super::lists::texts;
use super::names::Names;
use super::tokens::{LONGEST_LIST, Token, closes_at};

/// What a function that runs commands is given where its name stands between these tokens.
pub(super) fn commands_handed<'a>(
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
