//! The folders that inline code goes through, file by file: what it then deletes or reads lies in them.

use bumpalo::Bump;

use super::super::expressions::{expression, expression_before};
use super::super::names::Names;
use super::super::syntax::tokens::{Token, closes_at};
use crate::facts::knowledge::Lists;

/// The one that a function goes through, if it does, and what it takes there: `walk("/srv")`, `root.iterdir()`,
/// `Path.home().rglob("*")`, `popen("find /srv -type f")`.
pub(in super::super) fn gone_through<'a>(
    bump: &'a Bump,
    lists: &Lists<'_>,
    tokens: &[Token<'a>],
    at: usize,
    names: &Names<'a>,
) -> Option<(&'a str, &'a str)> {
    let Token::Name(name, _) = tokens.get(at)? else { return None };
    let after = &tokens[at + 1..];
    let (receiver, function) = name.rsplit_once(['.', ':']).unwrap_or(("", name));
    // Perl's `find(sub { … }, "/srv")`: the folders come last.
    if let ("find" | "finddepth", [Token::Sign(b'('), inside @ ..]) = (function, after)
        && matches!(inside, [Token::Name("sub", _) | Token::Sign(b'\\' | b'{'), ..])
    {
        let end = closes_at(inside)?;
        let block = inside[..end].iter().rposition(|token| *token == Token::Sign(b'}')).map_or(1, |at| at + 1);
        let folder = (block..end).find_map(|at| expression(bump, &inside[at..end], names))?.text;
        return Some((folder, folder));
    }
    let known = |list| lists.items(list).any(|known| known == function || known == *name);
    let given = match after {
        // The folder that it runs in.
        [Token::Sign(b'('), Token::Sign(b')'), ..] => Some("."),
        // Swift's `contentsOfDirectory(at: folder)`
        [Token::Sign(b'('), Token::Name("at" | "atPath", _), Token::Sign(b':'), value @ ..]
        | [Token::Sign(b'('), value @ ..]
        | value @ [Token::Text(_) | Token::Name(..) | Token::Sign(b'$'), ..] => {
            expression(bump, value, names).map(|given| given.text)
        }
        _ => None,
    };
    // `check_output(["find", "/srv", "-type", "f"])`
    let words = match after {
        [Token::Sign(b'('), Token::Sign(b'['), Token::Text("find" | "ls"), Token::Sign(b','), words @ ..] => words,
        _ => &[],
    };
    if let Some(Token::Text(folder)) =
        words.first().filter(|word| word.text().is_some_and(|text| !text.starts_with('-')))
    {
        return Some((folder, folder));
    }
    let listed = given.and_then(|command| command.strip_prefix("find ").or_else(|| command.strip_prefix("ls ")));
    if let Some(folder) = listed.and_then(|rest| rest.split_whitespace().find(|word| !word.starts_with('-'))) {
        let folder = folder.trim_matches(['"', '\'']);
        return Some((folder, folder));
    }
    let pattern = match given.filter(|_| known("goes-through")) {
        Some(given) => match names.text(receiver).or_else(|| {
            // `Path.home().glob("**/.git")`
            let on = || Some(expression_before(bump, &tokens[..at], names)?.text);
            receiver.is_empty().then(on).flatten()
        }) {
            // `home.glob(".kube/*")`
            Some(base) if !given.starts_with(['/', '~']) && known("goes-through-itself") => {
                bump.alloc_str(&format!("{base}/{given}"))
            }
            _ => given,
        },
        None if !matches!(after.first(), Some(Token::Sign(b'(' | b'{'))) || !known("goes-through-itself") => {
            return None;
        }
        None if receiver.is_empty() => expression_before(bump, &tokens[..at], names)?.text,
        None => names.text(receiver)?,
    };
    let folder = before_wildcard(pattern);
    // `Path(".").rglob("*.pyc")`
    let all = given.is_none_or(|pattern| matches!(pattern, "." | "./" | "*" | "**" | "**/*" | ".*" | "*.*" | "{*,.*}"));
    (folder != "." || all).then_some((folder, pattern))
}

/// The folder of a pattern for files: what stands before its first wildcard.
fn before_wildcard(pattern: &str) -> &str {
    let Some(wildcard) = pattern.find(['*', '?', '[', '{']) else { return pattern };
    match pattern[..wildcard].rfind('/') {
        Some(0) => "/",
        Some(slash) => &pattern[..slash],
        None => ".",
    }
}
