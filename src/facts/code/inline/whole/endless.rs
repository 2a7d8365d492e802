//! Loops that nothing ends, and what they take each time round.

use super::super::syntax::tokens::{Token, closes_at};
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

/// Loops that are looked at, and tokens of the body of one: what does more than a few things is no such loop.
const MOST: usize = 64;
const LONGEST_BODY: usize = 512;

/// What the loops of a code take without end: those that say nothing of an end, that wait for nothing and ask nobody, and
/// that call no function of which it is not known that it goes on at once (`takes-no-end`). `idle`: the bodies that nothing
/// runs.
pub(in super::super) fn taken(lists: &Lists<'_>, code: &Snippet<'_>, idle: &[(usize, usize)]) -> Vec<Takes> {
    let tokens = &code.tokens;
    let runs = |at: &usize| !idle.iter().any(|(from, end)| (*from..*end).contains(at));
    let heads = (0..tokens.len()).filter(|at| begins_endless(&tokens[*at..])).filter(runs).take(MOST);
    heads.filter_map(|at| takes(lists, code, body(code, at))).collect()
}

/// `while True:`, `while (1)`, `until false`, `for (;;)`, `for {`, `loop do`, `loop {`
fn begins_endless(tokens: &[Token<'_>]) -> bool {
    let asks = |behind: &[Token<'_>], answer: &[&str], number: u8| {
        let behind = behind.strip_prefix(&[Token::Sign(b'(')]).unwrap_or(behind);
        let said = match behind.first() {
            Some(Token::Name(name, _)) => answer.contains(name),
            Some(Token::Sign(sign)) => *sign == number,
            _ => false,
        };
        let end = |token: &Token<'_>| matches!(token, Token::Sign(b':' | b')' | b'{' | b'\n' | b';') | Token::Name(..));
        said && behind.get(1).is_none_or(end)
    };
    match tokens {
        [Token::Name("while", _), behind @ ..] => asks(behind, &["True", "true", "TRUE"], b'1'),
        [Token::Name("until", _), behind @ ..] => asks(behind, &["false"], b'0'),
        [Token::Name("for", _), Token::Sign(b'('), Token::Sign(b';'), Token::Sign(b';'), ..]
        | [Token::Name("for", _), Token::Sign(b'{'), ..]
        | [Token::Name("loop", _), Token::Sign(b'{') | Token::Name("do", _), ..] => true,
        _ => false,
    }
}

/// The tokens of the body of a loop that begins at a token; Ruby's `do … end` says for itself where it ends.
fn body<'t, 'a>(code: &'t Snippet<'a>, at: usize) -> &'t [Token<'a>] {
    let tokens = &code.tokens;
    let end = repeated::ends(code, tokens, at).max(at + 1);
    let body = tokens.get(at + 1..end).unwrap_or_default();
    if code.language != "ruby" || !matches!(tokens.get(at + 1), Some(Token::Name("do", _))) {
        return body;
    }
    let mut level = 0_usize;
    let closes = body.iter().take(LONGEST_BODY).position(|token| {
        match token {
            Token::Name("do" | "begin" | "def" | "case", _) => level += 1,
            Token::Name("end", _) => level = level.saturating_sub(1),
            _ => return false,
        }
        level == 0
    });
    &body[..closes.unwrap_or(body.len())]
}

/// What the body of a loop takes, if nothing ends it.
fn takes(lists: &Lists<'_>, code: &Snippet<'_>, body: &[Token<'_>]) -> Option<Takes> {
    if body.len() > LONGEST_BODY {
        return None;
    }
    let mut found = None;
    for (at, token) in body.iter().enumerate() {
        let behind = body.get(at + 1..).unwrap_or_default();
        // Go's channels and Perl's handles are waited for.
        if *token == Token::Sign(b'<') && (code.language == "perl" || behind.first() == Some(&Token::Sign(b'-'))) {
            return None;
        }
        let Token::Name(name, _) = token else { continue };
        let last = name.rsplit(['.', ':']).next().unwrap_or(name);
        // What a thread is waited by, and not the parts of a text put together.
        let waits = last == "join" && behind.starts_with(&[Token::Sign(b'('), Token::Sign(b')')]);
        if waits || lists.has("ends-a-loop", last) {
            return None;
        }
        if let Some(takes) = taken_by(lists, code, name, behind) {
            // A process weighs more than the list that it is kept in.
            found = match found {
                Some(Takes::Memory | Takes::Disk) | None => Some(takes),
                kept => kept,
            };
            continue;
        }
        // Ruby calls without brackets, too.
        let called = matches!(behind.first(), Some(Token::Sign(b'('))) || code.language == "ruby" && name.contains('.');
        if called && last != "join" && !lists.has("takes-no-end", last) {
            return None;
        }
    }
    found
}

/// What a call takes, by its name: `Thread.new`, `spawn`, `net.connect`, `out.push`.
fn taken_by(lists: &Lists<'_>, code: &Snippet<'_>, name: &str, behind: &[Token<'_>]) -> Option<Takes> {
    let mut parts = name.rsplit(['.', ':']);
    let last = parts.next()?;
    let class = parts.next().filter(|_| matches!(last, "new" | "open" | "start"));
    if lists.has("takes-processes", last) || class.is_some_and(|class| lists.has("takes-processes", class)) {
        return Some(Takes::Processes);
    }
    if lists.has("takes-connections", name) {
        return Some(Takes::Connections);
    }
    // What people see, what another end is sent, and what stands for them by a number.
    let shown = ["stdout", "stderr", "socket", "sock", "conn", "res", "response", "ws", "client", "wfile"];
    // `res = open("x", "w")` is a file under such a name.
    let is_file =
        |part: &str| code.text.contains(&format!("{part} = open(")) || code.text.contains(&format!("{part}=open("));
    let shown = |part: &str| shown.iter().any(|name| part.eq_ignore_ascii_case(name)) && !is_file(part);
    let given = behind.strip_prefix(&[Token::Sign(b'(')]).map(|inside| &inside[..closes_at(inside).unwrap_or(0)]);
    let to_people = match given.and_then(|inside| inside.first()) {
        Some(Token::Sign(b'1' | b'2')) => true,
        Some(Token::Name(first, _)) => shown(first.rsplit('.').next().unwrap_or(first)),
        _ => false,
    };
    let opens = || code.says_one_of(lists, "opens-a-file");
    if lists.has("takes-disk", last) && (lists.has("names-its-file", last) || opens()) {
        return (!to_people && !name.split(['.', ':']).any(shown)).then_some(Takes::Disk);
    }
    lists.has("takes-memory", last).then_some(Takes::Memory)
}
