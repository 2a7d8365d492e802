//! What code fetches from another machine and has a shell run: the answer itself, or a name that stands for it.

use super::Pass;
use super::arguments::Argument;
use super::tokens::Token;

/// Tokens that a statement takes which fetches something.
const LONGEST_STATEMENT: usize = 64;

impl<'a> Pass<'_, 'a> {
    /// Notes a name that is given what another machine says: `c = urlopen(u).read()`, `with urlopen(u) as r`,
    /// `fetch(u).then(t => …)`, `get(u, function (r) { … })`.
    pub fn note_fetched(&mut self, index: usize) {
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
        if self.fetches(value) {
            self.names.give_fetched(name);
        }
    }

    /// Whether these tokens ask another machine, or name what one said.
    fn fetches(&self, tokens: &[Token<'a>]) -> bool {
        tokens.iter().enumerate().any(|(at, token)| {
            let Token::Name(name, _) = token else { return false };
            let head = name.split('.').next().unwrap_or(name);
            // `require('http').get(…)`
            let required = tokens[..at].iter().rev().find(|token| !matches!(token, Token::Sign(_)));
            let module = match required.and_then(Token::text) {
                Some(module) if head == *name => module,
                _ => self.aliases.get(head).copied().unwrap_or(head),
            };
            let last = name.rsplit(['.', ':']).next().unwrap_or(name);
            let called = tokens.get(at + 1) == Some(&Token::Sign(b'('));
            let asks = || {
                let last = self.aliases.get(last).copied().unwrap_or(last);
                self.names.knows("fetches", last)
                    || matches!(last, "get" | "post" | "request" | "open")
                        && self.names.knows("fetching-modules", module)
            };
            self.names.is_fetched(head) || called && asks()
        })
    }

    /// Whether what a shell is to run is nothing but what another machine said; `given` are the tokens of the call.
    pub fn runs_fetched(&self, arguments: &[Argument<'a>], given: &[Token<'a>]) -> bool {
        let Some(first) = arguments.first() else { return false };
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
        // No command is an address: it is what lies there.
        hands_over && (first.texts.iter().any(|text| address(text)) || self.fetches(given))
    }
}
