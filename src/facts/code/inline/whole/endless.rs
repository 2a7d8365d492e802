//! Loops that nothing ends, and what they take each time round.

use super::super::syntax::tokens::Token;
use super::repeated;
use super::snippet::Snippet;
use crate::facts::knowledge::Lists;

/// What a loop takes each time round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Takes {
    Memory,
    Disk,
    Processes,
    Connections,
}

/// The lists of the functions that take it.
const TAKES: [(&str, Takes); 4] = [
    ("takes-processes", Takes::Processes),
    ("takes-connections", Takes::Connections),
    ("takes-disk", Takes::Disk),
    ("takes-memory", Takes::Memory),
];

/// So many loops are looked at.
const MOST: usize = 64;

/// What the loops of a code take without end: those that say nothing of an end, that wait for nothing and ask nobody, and
/// that call no function of which it is not known that it goes on at once (`takes-no-end`).
/// `idle`: the bodies that nothing runs.
pub(in super::super) fn taken(lists: &Lists<'_>, code: &Snippet<'_>, idle: &[(usize, usize)]) -> Vec<Takes> {
    let tokens = &code.tokens;
    let runs = |at: &usize| !idle.iter().any(|(from, end)| (*from..*end).contains(at));
    let heads = (0..tokens.len()).filter(|at| begins_endless(&tokens[*at..])).filter(runs).take(MOST);
    heads.filter_map(|at| takes(lists, &tokens[at + 1..repeated::ends(code, tokens, at)])).collect()
}

/// `while True:`, `while (1)`, `until false`, `for (;;)`, `for {`, `loop do`, `loop {`
fn begins_endless(tokens: &[Token<'_>]) -> bool {
    let asks = |behind: &[Token<'_>], answer: &[&str]| {
        let behind = behind.strip_prefix(&[Token::Sign(b'(')]).unwrap_or(behind);
        let ends =
            matches!(behind.get(1), None | Some(Token::Sign(b':' | b')' | b'{' | b'\n' | b';') | Token::Name("do", _)));
        ends && matches!(behind.first(), Some(Token::Name(name, _)) if answer.contains(name))
    };
    match tokens {
        [Token::Name("while", _), behind @ ..] => asks(behind, &["True", "true", "TRUE", "1"]),
        [Token::Name("until", _), behind @ ..] => asks(behind, &["false", "0"]),
        [Token::Name("for", _), Token::Sign(b'('), Token::Sign(b';'), Token::Sign(b';'), ..]
        | [Token::Name("for", _), Token::Sign(b'{'), ..]
        | [Token::Name("loop", _), Token::Sign(b'{') | Token::Name("do", _), ..] => true,
        _ => false,
    }
}

/// What the body of a loop takes, if nothing ends it.
fn takes(lists: &Lists<'_>, body: &[Token<'_>]) -> Option<Takes> {
    let parts = |name: &str| name.split(['.', ':']).map(str::to_owned).collect::<Vec<_>>();
    let any = |list: &'static str, name: &str| parts(name).iter().any(|part| lists.has(list, part));
    let mut found = None;
    for (at, token) in body.iter().enumerate() {
        let Token::Name(name, _) = token else { continue };
        if matches!(name.split('.').nth(1), Some("stdout" | "stderr")) {
            return None;
        }
        let of = TAKES.iter().find(|(list, _)| any(list, name));
        if let Some((_, takes)) = of {
            // A process weighs more than the list that it is kept in.
            found = match found {
                Some(Takes::Memory | Takes::Disk) | None => Some(*takes),
                kept => kept,
            };
            continue;
        }
        let called = matches!(body.get(at + 1), Some(Token::Sign(b'(')));
        if any("ends-a-loop", name) || called && !any("takes-no-end", name) {
            return None;
        }
    }
    found
}
