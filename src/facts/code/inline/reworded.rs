//! What is called, listed or spelled in a roundabout way, as the plain tokens that it comes to: functions called on something,
//! lists turned round, texts by the numbers of their letters.

use super::tokens::{LONGEST_LIST, Token, closes_at, outermost};
use crate::facts::analysis::Analysis;

/// What becomes of a token.
#[derive(Clone, Copy)]
pub(super) enum Edit<'a> {
    Stays,
    Goes,
    Is(Token<'a>),
    InBrackets,
}

/// What becomes of the tokens of a text. All of it happens at once: to take one out of their middle moves all behind it, so
/// that a long text would cost its square.
#[derive(Default)]
pub(super) struct Edits<'a>(Vec<Edit<'a>>);

impl<'a> Edits<'a> {
    /// Sets what becomes of the token at a place.
    pub(super) fn set(&mut self, at: usize, edit: Edit<'a>) {
        if self.0.len() <= at {
            self.0.resize(at + 1, Edit::Stays);
        }
        self.0[at] = edit;
    }

    /// The tokens at these places go.
    pub(super) fn drop(&mut self, places: impl IntoIterator<Item = usize>) {
        places.into_iter().for_each(|at| self.set(at, Edit::Goes));
    }

    /// The tokens as they are after that.
    pub(super) fn made(self, tokens: Vec<Token<'a>>) -> Vec<Token<'a>> {
        if self.0.is_empty() {
            return tokens;
        }
        let mut out = Vec::with_capacity(tokens.len());
        for (at, token) in tokens.into_iter().enumerate() {
            match self.0.get(at).copied().unwrap_or(Edit::Stays) {
                Edit::Stays => out.push(token),
                Edit::Goes => {}
                Edit::Is(other) => out.push(other),
                Edit::InBrackets => out.extend([Token::Sign(b'('), token, Token::Sign(b')')]),
            }
        }
        out
    }
}

impl<'a> Analysis<'a> {
    /// Python's texts by the numbers of their letters: `"".join(map(chr, [114, 109]))`, `bytes([114, 109]).decode()`.
    pub(super) fn spelled_out(&self, tokens: Vec<Token<'a>>) -> Vec<Token<'a>> {
        let mut edits = Edits::default();
        for at in 0..tokens.len() {
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
                _ => continue,
            };
            let number = |token: &&Token<'_>| matches!(token, Token::Sign(b'0'..=b'9' | b',' | b'\n'));
            let count = numbers.iter().take(LONGEST_LIST).take_while(number).count();
            let digits = numbers[..count].iter().filter_map(|token| match token {
                Token::Sign(sign) if *sign != b'\n' => Some(char::from(*sign)),
                _ => None,
            });
            let digits: String = digits.collect();
            let text: Option<String> = digits.split(',').map(|number| char::from_u32(number.parse().ok()?)).collect();
            let closed = tokens.len() - numbers.len() + count + 1 + behind;
            // `bytes([…]).decode()`
            let decoded = match (&tokens[at], tokens.get(closed..)) {
                (_, None) => None,
                (Token::Name(..), Some([Token::Name("decode", _), Token::Sign(b'('), Token::Sign(b')'), ..])) => {
                    Some(3)
                }
                (Token::Name(..), _) => None,
                _ => Some(0),
            };
            if let (Some(text), Some(decoded)) = (text, decoded) {
                edits.set(at, Edit::Is(Token::Text(self.bump.alloc_str(&text))));
                edits.drop(at + 1..closed + decoded);
            }
        }
        edits.made(tokens)
    }
}

/// JavaScript's functions that are called on something, as if they were called: `rmSync.call(null, "/srv")`,
/// `rmSync.apply(null, ["/srv"])`, `Reflect.apply(rmSync, null, ["/srv"])`, and texts that follow a function's name: `` join` ` ``.
pub(super) fn called_on(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let mut edits = Edits::default();
    for at in 0..tokens.len() {
        let Token::Name(name, place) = tokens[at] else { continue };
        let bare = name.trim_start_matches('.');
        match &tokens[at + 1..] {
            [Token::Text(_), ..] if matches!(bare, "join" | "split") || name.ends_with(".join") => {
                edits.set(at + 1, Edit::InBrackets);
            }
            // Behind a bracket each name is a token of its own.
            [Token::Sign(b'('), Token::Name(_, _), Token::Sign(b','), ..]
                if name.ends_with(".call") || bare == "call" && matches!(tokens[..at], [.., Token::Name(..)]) =>
            {
                let function = name.strip_suffix(".call").filter(|function| !function.is_empty());
                edits.set(at, function.map_or(Edit::Goes, |function| Edit::Is(Token::Name(function, place))));
                edits.drop([at + 2, at + 3]);
            }
            [Token::Sign(b'('), rest @ ..] if name == "Reflect.apply" => {
                let near = &rest[..rest.len().min(LONGEST_LIST)];
                let comma = outermost(near).find(|(_, token)| **token == Token::Sign(b',')).map(|(comma, _)| comma);
                if let Some(comma) = comma
                    && let [Token::Sign(b','), Token::Name(_, _), Token::Sign(b','), Token::Sign(b'['), list @ ..] =
                        &rest[comma..]
                    && let Some(end) = closes_at(list)
                {
                    let begin = at + 2 + comma;
                    edits.drop([at, at + 1, begin + 1, begin + 2, begin + 3, begin + 4 + end]);
                    edits.set(begin, Edit::Is(Token::Sign(b'(')));
                }
            }
            [Token::Sign(b'('), Token::Name(_, _), Token::Sign(b','), Token::Sign(b'['), list @ ..] => {
                if let Some(function) = name.strip_suffix(".apply")
                    && let Some(end) = closes_at(list)
                {
                    edits.set(at, Edit::Is(Token::Name(function, place)));
                    edits.drop([at + 2, at + 3, at + 4, at + 5 + end]);
                }
            }
            _ => {}
        }
    }
    edits.made(tokens)
}

/// Texts that are written out and turned round stand as they come out: Perl's `reverse "b", "a"`, Python's `reversed(["b",
/// "a"])`, `["b", "a"].reverse()`.
pub(super) fn turn_round<'a>(language: &str, mut tokens: Vec<Token<'a>>) -> Vec<Token<'a>> {
    let is_item = |token: &Token<'_>| matches!(token, Token::Text(_) | Token::Sign(b','));
    let mut edits = Edits::default();
    let mut at = 0;
    while at < tokens.len() {
        let name = match tokens[at] {
            Token::Name(name, _) => name.trim_start_matches('.'),
            _ => "",
        };
        let behind = at > 0 && tokens[at - 1] == Token::Sign(b']');
        match name {
            "reverse" | "reversed" if !behind => {
                let start = tokens[at + 1..].iter().position(|token| !matches!(token, Token::Sign(b'(' | b'[')));
                let start = at + 1 + start.unwrap_or(0);
                let count = tokens[start..].iter().take_while(|token| is_item(token)).count();
                tokens[start..start + count].reverse();
                // Perl's stands before its list like a word.
                if count > 0 && language == "perl" && start == at + 1 {
                    edits.set(at, Edit::Goes);
                }
            }
            "reverse" => {
                // Twice is not at all.
                let (mut end, mut times) = (at, 0);
                while let [Token::Name(again, _), rest @ ..] = &tokens[end..]
                    && again.trim_start_matches('.') == "reverse"
                {
                    let called = rest.starts_with(&[Token::Sign(b'('), Token::Sign(b')')]);
                    if !called && (language != "ruby" || rest.first() == Some(&Token::Sign(b'('))) {
                        break;
                    }
                    end += if called { 3 } else { 1 };
                    times += 1;
                }
                let opened = tokens[..at - 1].iter().rposition(|token| !is_item(token));
                if let Some(opened) = opened.filter(|opened| tokens[*opened] == Token::Sign(b'[')) {
                    if times % 2 == 1 {
                        tokens[opened + 1..at - 1].reverse();
                    }
                    edits.drop(at..end);
                    at = end.max(at + 1);
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    edits.made(tokens)
}
