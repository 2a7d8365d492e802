//! What is called, listed or spelled in a roundabout way, as the plain tokens that it comes to: functions called on something,
//! lists turned round, texts by the numbers of their letters.

use super::tokens::{LONGEST_LIST, Token, closes_at, outermost};
use crate::facts::analysis::Analysis;

impl<'a> Analysis<'a> {
    /// Python's texts by the numbers of their letters: `"".join(map(chr, [114, 109]))`, `bytes([114, 109]).decode()`.
    pub(super) fn spelled_out(&self, tokens: &mut Vec<Token<'a>>) {
        let mut at = 0;
        while at < tokens.len() {
            let open = Token::Sign(b'(');
            let (numbers, behind) = match &tokens[at..] {
                [
                    Token::Text(""),
                    Token::Name("join", _),
                    a,
                    Token::Name("map", _),
                    b,
                    Token::Name("chr", _),
                    Token::Sign(b','),
                    Token::Sign(b'[' | b'('),
                    rest @ ..,
                ] if *a == open && *b == open => (rest, 2),
                [
                    Token::Text(""),
                    Token::Name("join", _),
                    a,
                    Token::Name("chr", _),
                    b,
                    Token::Name(one, _),
                    Token::Sign(b')'),
                    Token::Name("for", _),
                    Token::Name(each, _),
                    Token::Name("in", _),
                    Token::Sign(b'[' | b'('),
                    rest @ ..,
                ] if *a == open && *b == open && one == each => (rest, 1),
                [Token::Name("bytes", _), a, Token::Sign(b'['), rest @ ..] if *a == open => (rest, 1),
                _ => {
                    at += 1;
                    continue;
                }
            };
            let from = tokens.len() - numbers.len();
            let count = numbers
                .iter()
                .take(LONGEST_LIST)
                .take_while(|token| matches!(token, Token::Sign(b'0'..=b'9' | b',' | b'\n')))
                .count();
            let digits = numbers[..count].iter().filter_map(|token| match token {
                Token::Sign(sign) if *sign != b'\n' => Some(char::from(*sign)),
                _ => None,
            });
            let digits: String = digits.collect();
            let text: Option<String> = digits.split(',').map(|number| char::from_u32(number.parse().ok()?)).collect();
            let closed = from + count + 1 + behind;
            // `bytes([…]).decode()`
            let decoded = match (&tokens[at], tokens.get(closed..)) {
                (Token::Name(..), Some([Token::Name("decode", _), Token::Sign(b'('), Token::Sign(b')'), ..])) => {
                    Some(3)
                }
                (Token::Name(..), _) => None,
                _ => Some(0),
            };
            if let (Some(text), Some(decoded)) = (text, decoded)
                && closed <= tokens.len()
            {
                let text = Token::Text(self.bump.alloc_str(&text));
                tokens.splice(at..closed + decoded, [text]);
            }
            at += 1;
        }
    }
}

/// JavaScript's functions that are called on something, as if they were called: `rmSync.call(null, "/srv")`,
/// `rmSync.apply(null, ["/srv"])`, `Reflect.apply(rmSync, null, ["/srv"])`, and texts that follow a function's name: `` join` ` ``.
pub(super) fn called_on(tokens: &mut Vec<Token<'_>>) {
    let mut at = 0;
    while at < tokens.len() {
        let Token::Name(name, place) = tokens[at] else {
            at += 1;
            continue;
        };
        match tokens[at + 1..] {
            [Token::Text(_), ..]
                if matches!(name.trim_start_matches('.'), "join" | "split") || name.ends_with(".join") =>
            {
                tokens.insert(at + 1, Token::Sign(b'('));
                tokens.insert(at + 3, Token::Sign(b')'));
            }
            [Token::Sign(b'('), Token::Name(_, _), Token::Sign(b','), ..] if name.ends_with(".call") => {
                tokens[at] = Token::Name(&name[..name.len() - ".call".len()], place);
                tokens.drain(at + 2..at + 4);
            }
            // Behind a bracket each name is a token of its own.
            [Token::Sign(b'('), Token::Name(_, _), Token::Sign(b','), ..]
                if name.trim_start_matches('.') == "call" && matches!(tokens[..at], [.., Token::Name(..)]) =>
            {
                tokens.drain(at + 2..at + 4);
                tokens.remove(at);
            }
            [Token::Sign(b'('), Token::Name(_, _), Token::Sign(b','), Token::Sign(b'['), ref inside @ ..]
                if name.ends_with(".apply") && name != "Reflect.apply" =>
            {
                if let Some(end) = closes_at(inside) {
                    tokens.remove(at + 5 + end);
                    tokens[at] = Token::Name(&name[..name.len() - ".apply".len()], place);
                    tokens.drain(at + 2..at + 5);
                }
            }
            [Token::Sign(b'('), ref inside @ ..] if name == "Reflect.apply" => {
                let function = outermost(inside).find(|(_, token)| **token == Token::Sign(b','));
                if let Some((comma, _)) = function
                    && let [Token::Sign(b','), Token::Name(_, _), Token::Sign(b','), Token::Sign(b'['), list @ ..] =
                        &inside[comma..]
                    && let Some(end) = closes_at(list)
                {
                    let begin = at + 2 + comma;
                    tokens.remove(begin + 4 + end);
                    tokens.splice(begin..begin + 4, [Token::Sign(b'(')]);
                    tokens.drain(at..at + 2);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// Texts that are written out and turned round stand as they come out: Perl's `reverse "b", "a"`, Python's `reversed(["b",
/// "a"])`, `["b", "a"].reverse()`.
pub(super) fn turn_round(language: &str, tokens: &mut Vec<Token<'_>>) {
    let mut at = 0;
    while at < tokens.len() {
        let Token::Name(name, _) = tokens[at] else {
            at += 1;
            continue;
        };
        let behind = at > 0 && tokens[at - 1] == Token::Sign(b']');
        match name.trim_start_matches('.') {
            "reverse" | "reversed" if !behind => {
                let start = tokens[at + 1..].iter().position(|token| !matches!(token, Token::Sign(b'(' | b'[')));
                let start = at + 1 + start.unwrap_or(0);
                let between = |token: &Token<'_>| matches!(token, Token::Text(_) | Token::Sign(b','));
                let count = tokens[start..].iter().take_while(|token| between(token)).count();
                tokens[start..start + count].reverse();
                // Perl's stands before its list like a word.
                if count > 0 && language == "perl" && start == at + 1 {
                    tokens.remove(at);
                }
            }
            "reverse"
                if matches!(tokens.get(at + 1..), Some([Token::Sign(b'('), Token::Sign(b')'), ..]))
                    || language == "ruby" =>
            {
                let before = &tokens[..at - 1];
                let opened = before.iter().rposition(|token| !matches!(token, Token::Text(_) | Token::Sign(b',')));
                if let Some(opened) = opened.filter(|opened| tokens[*opened] == Token::Sign(b'[')) {
                    tokens[opened + 1..at - 1].reverse();
                    let called = tokens.get(at + 1) == Some(&Token::Sign(b'('));
                    tokens.drain(at..at + if called { 3 } else { 1 });
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
}
