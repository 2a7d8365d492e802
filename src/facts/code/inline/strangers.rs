//! Words of strangers that code puts into the command of a shell: `os.system("echo " + os.environ["PR_TITLE"])`. A quote in
//! them ends the text that they are put into.

use rustc_hash::FxHashSet;

use super::Pass;
use super::origins::{LONGEST_STATEMENT, first_argument};
use super::tokens::Token;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::value::Taint;

/// Signs between which a language puts a value into a text, and what a name in a text begins with.
const PUT_IN: [char; 2] = ['{', '$'];

impl Analysis<'_> {
    /// What a stranger wrote is a part of a command.
    pub(super) fn strangers_words_run(&mut self, span: Span, call: u32) {
        self.plain_effect(Kind::Code, "what a stranger wrote", call, span, Taint::NETWORK, &["strangers-words"]);
    }
}

impl<'a> Pass<'_, 'a> {
    /// Whether a command that is one text has such words in it; what a program is given as a word of its own stays one.
    pub(super) fn puts_strangers_words_in(&self, given: &[Token<'a>]) -> bool {
        let given = first_argument(&given[..given.len().min(LONGEST_STATEMENT)]);
        let given = given.strip_prefix(&[Token::Sign(b'(')]).unwrap_or(given);
        let names_some = |word: &str| names_in(word).any(|name| self.names.is_strangers(name));
        if !self.code.says_one_of(self.names.lists(), "gives-the-environment") || !names_some(self.code.text) {
            return false;
        }
        let alone = matches!(given, [Token::Sign(b'['), ..])
            || given.iter().any(|token| match token {
                Token::Name(name, _) => {
                    self.names.knows("quotes-for-a-shell", name.rsplit(['.', ':']).next().unwrap_or(name))
                }
                Token::Text(text) => {
                    text.contains(PUT_IN) && names_in(text).any(|name| self.names.knows("quotes-for-a-shell", name))
                }
                _ => false,
            });
        if alone {
            return false;
        }
        let holders = self.hold_strangers_words();
        let is_one = |name: &str| holders.contains(name) || self.names.is_strangers(name);
        given.iter().any(|token| match token {
            Token::Name(name, _) => {
                holders.contains(name)
                    || name.strip_prefix("process.env.").is_some_and(|name| self.names.is_strangers(name))
            }
            Token::Text(text) | Token::Command(text, _) => text.contains(PUT_IN) && names_in(text).any(is_one),
            Token::Sign(_) => false,
        }) || self.asks_for_strangers_words(given)
    }

    /// Whether tokens ask the environment for such words: `os.environ["PR_TITLE"]`, `getenv("PR_TITLE")`, `$ENV{PR_TITLE}`.
    pub(super) fn asks_for_strangers_words(&self, tokens: &[Token<'a>]) -> bool {
        let word = |token: &Token<'a>| match token {
            Token::Name(word, _) | Token::Text(word) => Some(*word),
            _ => None,
        };
        let environment = |name: &str| name.to_ascii_lowercase().contains("env");
        let mut words = tokens.iter().filter_map(word);
        let mut asked = false;
        words.any(|word| {
            let last = word.rsplit('.').next().unwrap_or(word);
            let found = (asked || environment(word) && last != word) && self.names.is_strangers(last);
            asked |= environment(word);
            found
        })
    }

    /// The names that the code gives such words: `t = os.environ["PR_TITLE"]`, `const { PR_TITLE: t } = process.env`.
    fn hold_strangers_words(&self) -> FxHashSet<&'a str> {
        let tokens = &self.code.tokens;
        let mut holders = FxHashSet::default();
        for (at, token) in tokens.iter().enumerate() {
            match (token, tokens.get(at + 1..)) {
                (Token::Name(name, _), Some([Token::Sign(b'='), value @ ..])) => {
                    let statement = &value[..value.len().min(LONGEST_STATEMENT)];
                    let ends = |token: &Token<'_>| matches!(token, Token::Sign(b';' | b'\n'));
                    let statement = &statement[..statement.iter().position(ends).unwrap_or(statement.len())];
                    if self.asks_for_strangers_words(statement) {
                        holders.insert(name.trim_start_matches('$'));
                    }
                }
                (Token::Name(of, _), Some([Token::Sign(b':'), Token::Name(name, _), ..]))
                    if self.names.is_strangers(of) =>
                {
                    holders.insert(*name);
                }
                (Token::Name(name, _), Some([Token::Sign(b'}' | b','), ..]))
                    if self.names.is_strangers(name) && self.code.says("= process.env") =>
                {
                    holders.insert(*name);
                }
                _ => {}
            }
        }
        holders
    }
}

/// The words of a text that may be names.
fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|name| !name.is_empty())
}
