//! Where that comes from what code has a shell run and does not say itself: another machine, or what it unpacks; the value
//! itself, or a name that stands for it.

use super::Pass;
use super::arguments::Argument;
use super::tokens::Token;
use crate::facts::value::Taint;

/// Tokens that a statement takes which fetches or unpacks something.
const LONGEST_STATEMENT: usize = 64;

impl<'a> Pass<'_, 'a> {
    /// Notes a name that is given what another machine says: `c = urlopen(u).read()`, `with urlopen(u) as r`,
    /// `fetch(u).then(t => …)`, `get(u, function (r) { … })`.
    pub fn note_origin(&mut self, index: usize) {
        let (before, tokens) = self.code.tokens.split_at(index);
        let (name, value) = match tokens {
            [Token::Name(name, _), Token::Sign(b'='), Token::Sign(b'>'), ..]
            | [Token::Name("function", _), Token::Sign(b'('), Token::Name(name, _), Token::Sign(b')'), ..] => {
                let before = &before[before.len().saturating_sub(LONGEST_STATEMENT)..];
                let begins = before.iter().rposition(|token| *token == Token::Sign(b';')).map_or(0, |at| at + 1);
                (name, &before[begins..])
            }
            [Token::Name(name, _), Token::Sign(b'='), value @ ..] => (name, value),
            [Token::Name(name, _), Token::Sign(b'+'), Token::Sign(b'='), value @ ..] => (name, value),
            [Token::Name("with", _), value @ ..] => {
                let head = &value[..value.len().min(LONGEST_STATEMENT)];
                let named = head.windows(2).find_map(|two| match two {
                    [Token::Name("as", _), Token::Name(name, _)] => Some(name),
                    _ => None,
                });
                let Some(name) = named else { return };
                (name, value)
            }
            _ => return,
        };
        let ends = |token: &Token<'_>| matches!(token, Token::Sign(b'\n' | b';'));
        let value = &value[..value.len().min(LONGEST_STATEMENT)];
        let value = &value[..value.iter().position(ends).unwrap_or(value.len())];
        if let Some(origin) = self.origin_of(value) {
            self.names.give_origin(name, origin);
        }
    }

    /// Whether these tokens ask another machine or unpack something, or name what came of that.
    fn origin_of(&self, tokens: &[Token<'a>]) -> Option<Taint> {
        tokens.iter().enumerate().find_map(|(at, token)| {
            let Token::Name(name, _) = token else { return None };
            let head = name.split('.').next().unwrap_or(name);
            if let Some(origin) = self.names.origin(head) {
                return Some(origin);
            }
            if tokens.get(at + 1) != Some(&Token::Sign(b'(')) {
                return None;
            }
            // `require('http').get(…)`
            let required = tokens[..at].iter().rev().find(|token| !matches!(token, Token::Sign(_)));
            let module = match required.and_then(Token::text) {
                Some(module) if head == *name => module,
                _ => self.aliases.get(head).copied().unwrap_or(head),
            };
            let last = name.rsplit(['.', ':']).next().unwrap_or(name);
            let last = self.aliases.get(last).copied().unwrap_or(last);
            let asks =
                matches!(last, "get" | "post" | "request" | "open") && self.names.knows("fetching-modules", module);
            match () {
                () if asks || self.names.knows("fetches", last) => Some(Taint::NETWORK),
                () if self.names.knows("unpacks", last) => Some(Taint::DECODED),
                () => None,
            }
        })
    }

    /// Where all that a shell is to run comes from, if the code does not say it; `given` are the tokens of the call.
    pub fn runs_what_comes(&self, arguments: &[Argument<'a>], given: &[Token<'a>]) -> Option<Taint> {
        let first = arguments.first()?;
        let address = |text: &str| text.starts_with("http://") || text.starts_with("https://");
        let said = |text: &&&'a str| !(address(text) || matches!(**text, "" | super::arguments::SOMETHING));
        let words: Vec<&str> = first.texts.iter().filter(said).copied().collect();
        let hands_over = match words.as_slice() {
            [] => true,
            // `["bash", "-c", answer]`
            [program, .., option] => {
                crate::facts::interpreters::is_shell(program) && option.starts_with('-') && option.ends_with('c')
            }
            _ => false,
        };
        match () {
            () if !hands_over => None,
            // No command is an address: it is what lies there.
            () if first.texts.iter().any(|text| address(text)) => Some(Taint::NETWORK),
            () => self.origin_of(given),
        }
    }
}
