//! The folders that inline code goes through, file by file: what it then deletes or reads lies in them.

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use super::arguments::assigned;
use super::knowledge::Places;
use super::tokens::Token;

/// Those that the text itself names, and somebody's home: `walk("/srv")`, `root.iterdir()`, `Path.home().rglob("*")`.
pub(super) fn folders<'a>(bump: &'a Bump, places: &Places<'_>, tokens: &[Token<'a>]) -> Vec<&'a str> {
    let mut named: FxHashMap<&str, &'a str> = FxHashMap::default();
    let mut out = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Token::Name(name, _) = token else { continue };
        let after = &tokens[at + 1..];
        if let [Token::Sign(b'='), value @ ..] = after {
            named.extend(assigned(bump, value).map(|folder| (*name, folder)));
        }
        let (receiver, function) = name.rsplit_once(['.', ':']).unwrap_or(("", name));
        let known = |list| places.list(list).any(|known| known == function);
        let given = match after {
            [Token::Sign(b'('), Token::Name(variable, _), Token::Sign(b')' | b','), ..]
                if named.contains_key(variable) =>
            {
                named.get(variable).copied()
            }
            [Token::Sign(b'('), value @ ..] | value @ [Token::Text(_), ..] => assigned(bump, value),
            _ => None,
        };
        let folder = match given.filter(|_| known("goes-through")) {
            Some(given) => Some(given),
            None if after.first() != Some(&Token::Sign(b'(')) || !known("goes-through-itself") => None,
            None if receiver.is_empty() => expression_before(bump, &tokens[..at]),
            None => named.get(receiver).copied(),
        };
        out.extend(folder.map(before_wildcard).filter(|folder| folder.starts_with(['/', '~'])));
    }
    out
}

/// What the expression names that a method is called on: `Path(expanduser("~/x"))`, `(Path.home() / "x")`.
fn expression_before<'a>(bump: &'a Bump, before: &[Token<'a>]) -> Option<&'a str> {
    let part = |token: &&Token<'_>| match token {
        Token::Text(_) | Token::Sign(b'(' | b')' | b'/') => true,
        Token::Name(name, _) => *name != "in",
        _ => false,
    };
    let length = before.iter().rev().take_while(part).count();
    let expression = &before[before.len() - length..];
    (0..length).find_map(|from| assigned(bump, &expression[from..]))
}

/// The folder of a pattern for files: what stands before its first wildcard.
fn before_wildcard(pattern: &str) -> &str {
    let Some(wildcard) = pattern.find(['*', '?', '[']) else { return pattern };
    match pattern[..wildcard].rfind('/') {
        Some(0) => "/",
        Some(slash) => &pattern[..slash],
        None => "",
    }
}
