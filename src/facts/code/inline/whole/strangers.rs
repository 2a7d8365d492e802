//! Words of strangers that code puts into the command of a shell: `os.system("echo " + os.environ["PR_TITLE"])`. A quote in
//! them ends the text that they are put into.

use rustc_hash::FxHashSet;

use super::super::Pass;
use super::super::syntax::tokens::Token;
use super::origins::{LONGEST_STATEMENT, first_argument};
use crate::facts::analysis::Analysis;
use crate::facts::code::interpreters;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Taint, names_in};

/// How often a name is given what another holds.
const LONGEST_CHAIN: usize = 4;

impl Analysis<'_> {
    /// What a stranger wrote is a part of a command.
    pub(in super::super) fn strangers_words_run(&mut self, span: Span, call: u32) {
        self.plain_effect(Kind::Code, "what a stranger wrote", call, span, Taint::NETWORK, &["strangers-words"]);
    }
}

impl<'a> Pass<'_, 'a> {
    /// Whether a command that is one text has such words in it; what a program is given as a word of its own stays one.
    pub(in super::super) fn puts_strangers_words_in(&self, given: &[Token<'a>]) -> bool {
        let Some(holders) = self.code.strangers.get_or_init(|| self.hold_strangers_words()) else { return false };
        let given = &given[..given.len().min(LONGEST_STATEMENT)];
        let shell = |token: &Token<'_>| token.text().is_some_and(interpreters::is_shell);
        let code = |token: &Token<'_>| token.text().is_some_and(|word| word.starts_with('-') && word.ends_with('c'));
        // `["bash", "-c", "echo " + t]`, `("bash", ["-c", …])`
        let by_shell = given.iter().any(shell) && given.iter().any(code);
        let command = if by_shell { given } else { first_argument(given) };
        let command = command.strip_prefix(&[Token::Sign(b'(')]).unwrap_or(command);
        if !by_shell && matches!(command, [Token::Sign(b'['), ..]) || self.is_quoted_for_a_shell(command) {
            return false;
        }
        self.says_strangers_words(command, holders)
    }

    fn is_quoted_for_a_shell(&self, command: &[Token<'a>]) -> bool {
        let names = &self.names;
        command.iter().any(|token| match token {
            Token::Name(name, _) => names.knows("quotes-for-a-shell", name),
            Token::Text(text) => {
                names.lists().items("quotes-for-a-shell").any(|name| text.contains(&format!("{name}(")))
            }
            _ => false,
        }) || command.iter().any(|token| matches!(token, Token::Name("quote", _)))
            && ["shlex", "pipes", "shell-quote"].iter().any(|module| self.code.says(module))
    }

    /// Whether tokens make a text of such words: by a name that holds them, in a text that the language fills in, or by
    /// asking the environment for them. How long they are, or whether they are this or that, is no word of theirs.
    fn says_strangers_words(&self, tokens: &[Token<'a>], holders: &FxHashSet<&'a str>) -> bool {
        let measured =
            |token: &Token<'_>| matches!(token, Token::Name("len" | "int" | "bool" | "in" | "startswith", _));
        let compared = tokens.windows(2).any(|two| matches!(two, [Token::Sign(b'=' | b'!'), Token::Sign(b'=')]));
        if compared || tokens.iter().any(measured) {
            return false;
        }
        tokens.iter().enumerate().any(|(at, token)| match token {
            Token::Name(name, _) => {
                holders.contains(name.split('.').next().unwrap_or(name).trim_start_matches('$'))
                    || name.strip_prefix("process.env.").is_some_and(|name| self.names.is_strangers(name))
            }
            Token::Text(text) | Token::Command(text, _) => {
                let formatted = matches!(tokens.get(at.wrapping_sub(1)), Some(Token::Name("f" | "rf" | "fr" | "F", _)));
                put_in(self.code.language, formatted, text).any(|inner| {
                    let environment = inner.to_ascii_lowercase().contains("env");
                    !inner.contains("len(")
                        && names_in(inner)
                            .any(|name| holders.contains(name) || environment && self.names.is_strangers(name))
                })
            }
            Token::Sign(_) => false,
        }) || self.asks_for_strangers_words(tokens)
    }

    /// Whether tokens ask the environment for such words: `os.environ["PR_TITLE"]`, `getenv("PR_TITLE")`, `$ENV{PR_TITLE}`.
    pub(in super::super) fn asks_for_strangers_words(&self, tokens: &[Token<'a>]) -> bool {
        let word = |token: &Token<'a>| match token {
            Token::Name(word, _) | Token::Text(word) => Some(*word),
            _ => None,
        };
        let environment = |name: &str| ["env", "_server"].iter().any(|word| name.to_ascii_lowercase().contains(word));
        let mut words = tokens.iter().filter_map(word);
        let mut asked = false;
        words.any(|word| {
            let last = word.rsplit('.').next().unwrap_or(word);
            let found = (asked || environment(word) && last != word) && self.names.is_strangers(last);
            asked |= environment(word);
            found
        })
    }

    /// The names that the code gives such words: `t = os.environ["PR_TITLE"]`, `const { PR_TITLE: t } = process.env`, and
    /// what is made of those.
    fn hold_strangers_words(&self) -> Option<FxHashSet<&'a str>> {
        let named = || names_in(self.code.text).any(|name| self.names.is_strangers(name));
        if !self.code.says_one_of(self.names.lists(), "gives-the-environment") || !named() {
            return None;
        }
        let tokens = &self.code.tokens;
        let mut holders = FxHashSet::default();
        for _ in 0..LONGEST_CHAIN {
            let before = holders.len();
            for (at, token) in tokens.iter().enumerate() {
                let Token::Name(name, _) = token else { continue };
                match tokens.get(at + 1..).unwrap_or_default() {
                    [Token::Sign(b'='), value @ ..]
                    | [Token::Sign(b':'), Token::Sign(b'='), value @ ..]
                    | [Token::Sign(b':'), Token::Name(..), Token::Sign(b'='), value @ ..] => {
                        let statement = &value[..value.len().min(LONGEST_STATEMENT)];
                        let ends = |token: &Token<'_>| matches!(token, Token::Sign(b';' | b'\n'));
                        let statement = &statement[..statement.iter().position(ends).unwrap_or(statement.len())];
                        if self.says_strangers_words(statement, &holders) {
                            holders.insert(name.trim_start_matches('$'));
                        }
                    }
                    [Token::Sign(b':'), Token::Name(given, _), ..] if self.names.is_strangers(name) => {
                        holders.insert(*given);
                    }
                    [Token::Sign(b'}' | b','), ..]
                        if self.names.is_strangers(name) && self.code.says("= process.env") =>
                    {
                        holders.insert(*name);
                    }
                    _ => {}
                }
            }
            if holders.len() == before {
                break;
            }
        }
        Some(holders)
    }
}

/// What a language puts into a text of its own: `{…}` of a text that says so, `${…}`, `#{…}`, `$name`.
fn put_in<'t>(language: &str, formatted: bool, text: &'t str) -> Box<dyn Iterator<Item = &'t str> + 't> {
    let inner = |rest: &'t str| &rest[..rest.find('}').unwrap_or(rest.len())];
    match language {
        "python" if formatted => Box::new(text.split('{').skip(1).map(inner)),
        "javascript" => Box::new(text.split("${").skip(1).map(inner)),
        "ruby" => Box::new(text.split("#{").skip(1).map(inner)),
        "perl" | "php" => Box::new(text.split(['$', '@']).skip(1).map(|rest| {
            let ends = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '{' | '}' | '[' | '"' | '\''));
            &rest[..rest.find(ends).unwrap_or(rest.len())]
        })),
        _ => Box::new(std::iter::empty()),
    }
}
