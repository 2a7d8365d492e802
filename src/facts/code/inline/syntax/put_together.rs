//! What code puts together out of texts and calls, as the plain tokens that it comes to: `concat`, `join`, pipes, modules
//! by their names.

use super::tokens::{LONGEST_LIST, Token, closes_at, line_ends};
use crate::facts::analysis::Analysis;
use crate::facts::fold::decode;
use crate::limits;

impl<'a> Analysis<'a> {
    /// Lisp's `(getenv "HOME")`, `(expand-file-name "org" "~")`: the path that it is.
    pub(in super::super) fn named_places(&self, tokens: Vec<Token<'a>>) -> Vec<Token<'a>> {
        let mut out: Vec<Token<'a>> = Vec::with_capacity(tokens.len());
        for token in tokens {
            out.push(token);
            let (length, path) = match out[..] {
                [
                    ..,
                    Token::Sign(b'('),
                    Token::Name("getenv" | "System/getenv", _),
                    Token::Text("HOME"),
                    Token::Sign(b')'),
                ] => (4, "~"),
                // Racket's `(find-system-path (quote home-dir))`
                [
                    ..,
                    Token::Sign(b'('),
                    Token::Name("find-system-path", _),
                    Token::Sign(b'('),
                    Token::Name("quote", _),
                    Token::Name("home-dir", _),
                    Token::Sign(b')'),
                    Token::Sign(b')'),
                ] => (7, "~"),
                [.., Token::Sign(b'('), Token::Name(name, _), Token::Text(path), Token::Sign(b')')]
                    if self.know.lists().has("path-functions", name) =>
                {
                    (4, path)
                }
                [
                    ..,
                    Token::Sign(b'('),
                    Token::Name(name, _),
                    Token::Text(path),
                    Token::Text(folder),
                    Token::Sign(b')'),
                ] if self.know.lists().has("path-functions", name) => {
                    let joined = format!("{}/{path}", folder.trim_end_matches('/'));
                    (5, &*self.bump.alloc_str(&joined))
                }
                _ => continue,
            };
            out.truncate(out.len() - length);
            out.push(Token::Text(path));
        }
        out
    }

    /// Lisp's `(concat "r" "m")`: the text that it makes.
    pub(in super::super) fn concatenated(&self, mut tokens: Vec<Token<'a>>) -> Vec<Token<'a>> {
        let mut at = 0;
        let joins = |token: &Token<'_>| matches!(token, Token::Name("concat" | "string-append" | "str", _));
        while let Some(found) = tokens[at..].iter().position(joins) {
            let concat = at + found;
            at = concat + 1;
            let count = tokens[at..].iter().take_while(|token| token.text().is_some()).count();
            let text: String = tokens[at..at + count].iter().filter_map(Token::text).collect();
            if concat > 0
                && tokens[concat - 1] == Token::Sign(b'(')
                && tokens.get(at + count) == Some(&Token::Sign(b')'))
                && text.len() <= limits::WORD
            {
                tokens.splice(concat - 1..=at + count, [Token::Text(self.bump.alloc_str(&text))]);
            }
        }
        tokens
    }

    /// Scheme's `((eval (string->symbol "system") (current-module)) "ls")`: the call of that name.
    pub(in super::super) fn evaluated_names(&self, tokens: &mut Vec<Token<'a>>) {
        let mut at = 0;
        while let Some(found) = tokens[at..].iter().position(|t| matches!(t, Token::Name("string->symbol", _))) {
            let symbol = at + found;
            at = symbol + 1;
            let Token::Name(_, place) = tokens[symbol] else { continue };
            let (
                Some([.., Token::Sign(b'('), Token::Name("eval", _), Token::Sign(b'(')]),
                Some([Token::Text(name), Token::Sign(b')'), ..]),
            ) = (tokens.get(..symbol), tokens.get(symbol + 1..))
            else {
                continue;
            };
            let Some(end) = closes_at(&tokens[symbol + 3..]) else { continue };
            tokens.splice(symbol - 3..=symbol + 3 + end, [Token::Name(name, place)]);
            at = symbol - 2;
        }
    }

    /// `["drop", "Database"].join("")`, `"".join(["r", "m"])`, `implode("", ["r", "m"])`, Lua's `table.concat({"r", "m"})`: the
    /// text that it makes.
    pub(in super::super) fn joined_lists(&self, tokens: &mut Vec<Token<'a>>) {
        let joins = |token: &Token<'_>| {
            matches!(token, Token::Name("join" | "implode" | "Enum.join" | "table.concat" | "concat" | "mconcat", _))
        };
        let mut at = 0;
        while let Some(found) = tokens[at..].iter().position(joins) {
            let join = at + found;
            at = join + 1;
            let list = |tokens: &[Token<'a>]| {
                let closes = |token: &Token<'_>| matches!(token, Token::Sign(b']' | b'}'));
                let end = tokens.iter().take(LONGEST_LIST).position(closes)?;
                let plain = |token: &Token<'_>| matches!(token, Token::Text(_) | Token::Sign(b',' | b'\n'));
                let items = tokens.get(..end).filter(|items| items.iter().all(plain))?;
                Some((items.iter().filter_map(Token::text).collect::<Vec<_>>(), end))
            };
            let (from, to, items, between) = match (&tokens[..join], &tokens[join + 1..]) {
                ([.., Token::Sign(b']')], [Token::Sign(b'('), Token::Text(between), Token::Sign(b')'), ..]) => {
                    let from = join.saturating_sub(LONGEST_LIST);
                    let Some(open) = tokens[from..join].iter().rposition(|token| *token == Token::Sign(b'[')) else {
                        continue;
                    };
                    let open = from + open;
                    let Some((items, _)) = list(&tokens[open + 1..join]) else { continue };
                    (open, join + 4, items, *between)
                }
                ([.., Token::Text(between)], [Token::Sign(b'('), Token::Sign(b'['), rest @ ..]) => {
                    let Some((items, end)) = list(rest) else { continue };
                    (join - 1, join + 5 + end, items, *between)
                }
                // Haskell's `concat ["r", "m"]`
                (_, [Token::Sign(b'['), rest @ ..]) if matches!(tokens[join], Token::Name("concat" | "mconcat", _)) => {
                    let Some((items, end)) = list(rest) else { continue };
                    (join, join + 3 + end, items, "")
                }
                (_, [Token::Sign(b'('), given @ ..])
                    if matches!(tokens[join], Token::Name("implode" | "Enum.join" | "table.concat", _)) =>
                {
                    let (before, rest) = match given {
                        [Token::Text(between), Token::Sign(b','), Token::Sign(b'['), rest @ ..] => (*between, rest),
                        [Token::Sign(b'[' | b'{'), rest @ ..] => ("", rest),
                        _ => continue,
                    };
                    let Some((items, end)) = list(rest) else { continue };
                    let (between, taken) = match &rest[end + 1..] {
                        [Token::Sign(b')'), ..] => (before, 1),
                        [Token::Sign(b','), Token::Text(between), Token::Sign(b')'), ..] => (*between, 3),
                        _ => continue,
                    };
                    (join, tokens.len() - (rest.len() - end - 1 - taken), items, between)
                }
                _ => continue,
            };
            let text = self.bump.alloc_str(&items.join(between));
            tokens.splice(from..to.min(tokens.len()), [Token::Text(text)]);
            at = from;
        }
    }

    /// Perl's `join "", map {chr} 47, 101` and `map { chr($_) } (47, 101)`: the text that it makes.
    pub(in super::super) fn spelled_by_numbers(&self, tokens: &mut Vec<Token<'a>>) {
        let mut at = 0;
        while let Some(found) = tokens[at..].iter().position(|token| matches!(token, Token::Name("map", _))) {
            let map = at + found;
            at = map + 1;
            let Some((letters, behind)) = letters(&tokens[map + 1..]) else { continue };
            // What puts them together stands before.
            let (from, closes) = match &tokens[..map] {
                [.., Token::Name("join", _), Token::Sign(b'('), Token::Text(""), Token::Sign(b',')] => (map - 4, 1),
                [.., Token::Name("join", _), Token::Text(""), Token::Sign(b',')] => (map - 3, 0),
                _ => continue,
            };
            let to = map + 1 + behind + closes;
            if closes == 1 && tokens.get(to - 1) != Some(&Token::Sign(b')')) {
                continue;
            }
            tokens.splice(from..to, [Token::Text(self.bump.alloc_str(&letters))]);
            at = from;
        }
    }

    /// Ruby's `[114, 109].pack("c*")` (its `Array#pack`): the text that it makes.
    pub(in super::super) fn packed_numbers(&self, tokens: Vec<Token<'a>>) -> Vec<Token<'a>> {
        if !tokens.iter().any(|token| matches!(token, Token::Name("pack", _))) {
            return tokens;
        }
        let mut out: Vec<Token<'a>> = Vec::with_capacity(tokens.len());
        let mut rest = &tokens[..];
        while let [token, behind @ ..] = rest {
            rest = behind;
            let packs = matches!(token, Token::Name("pack", _))
                && matches!(behind, [Token::Sign(b'('), Token::Text("c*" | "C*" | "U*"), Token::Sign(b')'), ..]);
            match packs.then(|| letters_of_numbers(&out)).flatten() {
                Some((from, text)) => {
                    out.truncate(from);
                    out.push(Token::Text(self.bump.alloc_str(&text)));
                    rest = &behind[3..];
                }
                None => out.push(*token),
            }
        }
        out
    }

    /// R's `paste("rm", "-rf", x)` and `paste0("r", "m")` of texts: the text that it makes.
    pub(in super::super) fn pasted(&self, tokens: &mut Vec<Token<'a>>) {
        let mut at = 0;
        while let Some(found) = tokens[at..].iter().position(|t| matches!(t, Token::Name("paste" | "paste0", _))) {
            let paste = at + found;
            at = paste + 1;
            let [Token::Name(name, _), Token::Sign(b'('), inside @ ..] = &tokens[paste..] else { continue };
            let Some(end) = inside.iter().take(LONGEST_LIST).position(|token| *token == Token::Sign(b')')) else {
                continue;
            };
            let (given, between) = match &inside[..end] {
                [given @ .., Token::Sign(b','), Token::Name("sep", _), Token::Sign(b'='), Token::Text(sep)] => {
                    (given, *sep)
                }
                given => (given, if *name == "paste" { " " } else { "" }),
            };
            if !given.iter().all(|token| matches!(token, Token::Text(_) | Token::Sign(b','))) {
                continue;
            }
            let words: Vec<&str> = given.iter().filter_map(Token::text).collect();
            let text = self.bump.alloc_str(&words.join(between));
            tokens.splice(paste..paste + end + 3, [Token::Text(text)]);
        }
    }

    /// `"r" + "m"`, `"r" . "m"`, `"r" "m"`: texts that stand together are one.
    pub(in super::super) fn joined_texts(&self, language: &str, tokens: &mut Vec<Token<'a>>) {
        let sign = |token: &Token<'_>| match language {
            "php" | "perl" | "lua" => *token == Token::Sign(b'.'),
            // Julia's `*`, OCaml's `^`, D's `~`.
            "other" => matches!(token, Token::Sign(b'+' | b'*' | b'^' | b'~')),
            _ => *token == Token::Sign(b'+'),
        };
        let side_by_side = matches!(language, "python" | "ruby" | "awk" | "other");
        // How many tokens behind a text the one stands that is put to it: over several lines in brackets, or with the sign
        // at the end of one.
        let put_to = |after: &[Token<'_>], level: usize| {
            let goes_on = match language {
                "python" => level > 0,
                "ruby" => false,
                _ => true,
            };
            let before = if goes_on { line_ends(after) } else { 0 };
            let count = after[before..].iter().take(2).take_while(|token| sign(token)).count();
            let behind = if count > 0 { line_ends(&after[before + count..]) } else { 0 };
            let signs = if count > 0 || language == "python" { before + count + behind } else { 0 };
            // `"a" + " ".join(…)`: the method is the second's own.
            match after.get(signs..) {
                Some([Token::Text(_), Token::Name("join", _), Token::Sign(b'('), ..]) => None,
                Some([Token::Text(more), ..]) if count > 0 || side_by_side => Some((signs, more.len())),
                _ => None,
            }
        };
        let mut out: Vec<Token<'a>> = Vec::with_capacity(tokens.len());
        let mut at = 0;
        let mut level = 0_usize;
        while let Some(token) = tokens.get(at) {
            match token {
                Token::Sign(b'(') => level += 1,
                Token::Sign(b')') => level = level.saturating_sub(1),
                _ => {}
            }
            at += 1;
            let Token::Text(first) = token else {
                out.push(*token);
                continue;
            };
            let mut parts = vec![*first];
            let mut length = first.len();
            while let Some((signs, more)) =
                put_to(&tokens[at..], level).filter(|(_, more)| length + more <= limits::WORD)
            {
                parts.extend(tokens[at + signs].text());
                length += more;
                at += signs + 1;
            }
            out.push(match parts[..] {
                [one] => Token::Text(one),
                _ => Token::Text(self.bump.alloc_str(&parts.concat())),
            });
        }
        *tokens = out;
    }
}

/// The arguments of Lisp, which nothing separates, as those of other languages: `(f "a" b)` becomes `(f "a", b)`.
pub(in super::super) fn separated(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let mut out: Vec<Token<'_>> = Vec::with_capacity(tokens.len() * 2);
    for token in tokens {
        let argument = matches!(token, Token::Text(_) | Token::Name(..) | Token::Sign(b'('));
        let function = matches!(out[..], [.., Token::Sign(b'('), Token::Name(..)]);
        if argument && !function && matches!(out.last(), Some(Token::Text(_) | Token::Name(..) | Token::Sign(b')'))) {
            out.push(Token::Sign(b','));
        }
        out.push(token);
    }
    out
}

/// Tokens that a pipe may hand on.
const LONGEST_PIPED: usize = 128;

/// `a |> f(b)` as `f(a, b)` (Elixir's reference, "Kernel.|>"; R's pipe is the same).
pub(in super::super) fn piped(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let mut out: Vec<Token<'_>> = Vec::with_capacity(tokens.len());
    let mut rest = &tokens[..];
    while let [token, after @ ..] = rest {
        let [Token::Sign(b'|'), Token::Sign(b'>'), Token::Name(name, at), Token::Sign(b'('), inside @ ..] = rest else {
            out.push(*token);
            rest = after;
            continue;
        };
        while out.last() == Some(&Token::Sign(b'\n')) {
            out.pop();
        }
        let mut depth = 0_usize;
        let begins = out.iter().enumerate().rev().take(LONGEST_PIPED).find_map(|(at, token)| {
            match token {
                Token::Sign(b')' | b']' | b'}') => depth += 1,
                Token::Sign(b'(' | b'[' | b'{') if depth > 0 => depth -= 1,
                Token::Sign(b'(' | b'[' | b'{' | b'\n' | b';' | b'=' | b',' | b'>') if depth == 0 => {
                    return Some(at + 1);
                }
                _ => {}
            }
            None
        });
        let left = out.split_off(begins.unwrap_or(out.len().saturating_sub(LONGEST_PIPED)));
        out.extend([Token::Name(name, *at), Token::Sign(b'(')]);
        out.extend(left);
        if !matches!(inside, [Token::Sign(b')'), ..]) {
            out.push(Token::Sign(b','));
        }
        rest = inside;
    }
    out
}

/// The letters of the numbers in the list that these tokens end with, and where that begins.
fn letters_of_numbers(tokens: &[Token<'_>]) -> Option<(usize, String)> {
    let [before @ .., Token::Sign(b']')] = tokens else { return None };
    let from = before.len().saturating_sub(LONGEST_LIST);
    let open = from + before[from..].iter().rposition(|token| *token == Token::Sign(b'['))?;
    let sign = |token: &Token<'_>| match token {
        Token::Sign(sign) if sign.is_ascii_digit() || *sign == b',' => Some(char::from(*sign)),
        _ => None,
    };
    let numbers = before[open + 1..].iter().map(sign).collect::<Option<String>>()?;
    Some((open, decode::letter_numbers(&numbers)?))
}

/// The text of the letters' numbers that `map` is given with `chr`, and how many tokens that takes.
fn letters(tokens: &[Token<'_>]) -> Option<(String, usize)> {
    let number = |token: &Token<'_>| match token {
        Token::Sign(sign) if sign.is_ascii_digit() => Some(char::from(*sign)),
        _ => None,
    };
    let first = tokens.iter().take(MOST_BEFORE_NUMBERS).position(|token| number(token).is_some())?;
    let head = &tokens[..first];
    let plain = |token: &Token<'_>| {
        matches!(token, Token::Sign(b'(' | b'{' | b'$' | b')' | b'}' | b',') | Token::Name("chr" | "_" | "$_", _))
    };
    if !head.iter().all(plain) || !head.iter().any(|token| matches!(token, Token::Name("chr", _))) {
        return None;
    }
    let count = |sign: u8| head.iter().filter(|token| **token == Token::Sign(sign)).count();
    let open = count(b'(').checked_sub(count(b')'))?;
    let listed = tokens[first..].iter().take(LONGEST_LIST);
    let length = listed.take_while(|t| number(t).is_some() || **t == Token::Sign(b',')).count();
    let end = first + length;
    let numbers: String = tokens[first..end].iter().map(|token| number(token).unwrap_or(',')).collect();
    let closed = tokens.get(end..end + open)?.iter().all(|token| *token == Token::Sign(b')'));
    closed.then(|| Some((decode::letter_numbers(&numbers)?, end + open)))?
}

/// Tokens between `map` and the first number: `{ chr($_) } (`.
const MOST_BEFORE_NUMBERS: usize = 10;
