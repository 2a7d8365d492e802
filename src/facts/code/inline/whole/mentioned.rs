//! Files that inline code names as a whole text, whichever function it hands them to: the tables of functions never hold
//! all of every language, and there is little else to do with the name of a private key than to open it.

use std::cell::OnceCell;

use super::super::expressions::expression;
use super::super::names::Names;
use super::super::syntax::tokens::Token;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::program::guess;
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::value::Val;
use crate::facts::{Effect, Target};
use crate::limits;

impl<'a> Analysis<'a> {
    /// Files with secrets that a code names, with what it puts together to a path.
    pub(in super::super) fn secrets_mentioned(
        &mut self,
        tokens: &[Token<'a>],
        mut names: Names<'a>,
    ) -> Vec<Target<'a>> {
        let secret = self.know.classes().of(["secret"]);
        let mut out: Vec<Target<'a>> = Vec::new();
        let (mut next, mut seen) = (0, 0);
        let home = OnceCell::new();
        let speaks_of_home = || {
            *home.get_or_init(|| {
                let says = |text: &str| text.contains("home") || text.contains("HOME") || text.contains("Home");
                tokens.iter().any(|token| matches!(token, Token::Name(text, _) | Token::Text(text) if says(text)))
            })
        };
        let only_looked_for = OnceCell::new();
        while next < tokens.len() && seen < limits::UNROLL {
            let at = next;
            let hidden = |text: &str| text.starts_with('.') || names_hidden(text);
            names.learn(self.bump, &tokens[at..], hidden);
            let Some(found) = expression(self.bump, &tokens[at..], &names) else {
                next += 1;
                continue;
            };
            next += found.taken.max(1);
            // A name says nothing that was not said where it was given its text.
            let named = found.taken == 1 && tokens[at].text().is_none();
            // `File.join(Dir.home, rel)`, where `rel` is one of `.ssh/id_rsa` and others.
            let folders = || self.know.lists().items("credentials-below-home");
            let below_home =
                folders().any(|folder| found.text.strip_prefix(folder).is_some_and(|file| !file.is_empty()));
            // `getenv("HOME") "/.ssh/id_rsa"`: nothing hidden lies in the root.
            let at_root = found.text.starts_with("/.");
            let text: &'a str = match (below_home || at_root) && !found.text.contains([' ', '\n']) {
                true => self.bump.alloc_str(&format!("~/{}", found.text.trim_start_matches('/'))),
                false => found.text,
            };
            if named || !names_hidden(text) {
                let listed = |word: &&str| self.know.lists().has("credentials-at-home", word);
                if !named
                    && found.text.contains('.')
                    && speaks_of_home()
                    && !self.only_named(tokens, at)
                    && !*only_looked_for.get_or_init(|| self.only_looked_for(tokens))
                {
                    for file in found.text.split_whitespace().filter(listed) {
                        let path = self.tilde_expanded(self.bump.alloc_str(&format!("~/{file}")));
                        out.push(self.path_target(Val::Lit(path), Look::Not));
                    }
                }
                continue;
            }
            seen += 1;
            if self.only_named(tokens, at)
                || of_a_fixture(tokens, at)
                || *only_looked_for.get_or_init(|| self.only_looked_for(tokens))
            {
                continue;
            }
            for path in alternatives(text.strip_prefix("file://").unwrap_or(text)) {
                let path = self.tilde_expanded(self.bump.alloc_str(&path));
                let target = self.path_target(Val::Lit(path), Look::Not);
                if target.classes & secret != 0 {
                    out.push(target);
                }
            }
        }
        out
    }

    /// Says that they are read, where no known function did anything with them.
    pub(in super::super) fn mentioned(&mut self, secrets: &[Target<'a>], source: u32, call: u32) {
        for target in secrets {
            let known = |effect: &Effect<'_>| effect.call == call && effect.target.path == target.path;
            if !self.facts.effects.iter().rev().any(known) {
                let span = Span { source, start: 0, end: 0 };
                self.effect(Effect::new(Kind::Read, *target, call, span));
            }
        }
    }

    /// Whether what stands before a text asks for no more than its name, or says that it is a key to be used:
    /// `exists("…")`, `key_filename="…"`, `x == "…"`; the same of the name that it is given.
    fn only_named(&self, tokens: &[Token<'a>], at: usize) -> bool {
        match &tokens[..at] {
            [.., Token::Name(name, _), Token::Sign(b'=' | b':')] => {
                guess::takes_credentials(self.know.lists(), name) || self.only_asked(tokens, at, name)
            }
            [.., Token::Sign(b'='), Token::Sign(b'=')] => true,
            // A project's file may list such names, to keep away from them.
            [.., Token::Sign(b'[' | b',' | b'{')] => !self.following.is_empty() || self.is_case(tokens, at),
            before => self.asks(before) || self.is_case(tokens, at),
        }
    }

    /// Whether code asks whether files are there, and has nothing that could open one.
    fn only_looked_for(&self, tokens: &[Token<'a>]) -> bool {
        self.last_is_one_of("ask-whether-there", tokens) && !self.may_open(tokens)
    }

    /// Whether a text is one of those that a test is run with, and nothing here could open it:
    /// `@pytest.mark.parametrize("bad", ["/etc/shadow"])`, `expect(allowed("/etc/shadow")).toBe(false)`.
    fn is_case(&self, tokens: &[Token<'a>], at: usize) -> bool {
        let lists = self.know.lists();
        let case = |token: &Token<'_>| matches!(token, Token::Name(name, _) if lists.has("cases-of-tests", name));
        let Some(from) = tokens[..at].iter().rposition(case) else { return false };
        let level = tokens[from..at].iter().fold(0_i32, |level, token| match token {
            Token::Sign(b'(') => level + 1,
            Token::Sign(b')') => level - 1,
            _ => level,
        });
        level > 0 && !self.may_open(tokens)
    }

    fn may_open(&self, tokens: &[Token<'a>]) -> bool {
        self.last_is_one_of("may-open-files", tokens)
    }

    /// Whether the last part of a name in these tokens is one that a list knows: `os.path.exists` is `exists`.
    fn last_is_one_of(&self, list: &'static str, tokens: &[Token<'a>]) -> bool {
        let last = |name: &'a str| name.rsplit(['.', ':']).next().unwrap_or(name);
        tokens.iter().any(|token| matches!(token, Token::Name(name, _) if self.know.lists().has(list, last(name))))
    }

    /// Whether a name is used, and only to ask for what it names.
    fn only_asked(&self, tokens: &[Token<'a>], from: usize, name: &str) -> bool {
        let used = (from..tokens.len()).filter(|at| matches!(tokens[*at], Token::Name(other, _) if other == name));
        let mut used = used.peekable();
        used.peek().is_some() && used.all(|at| self.asks(&tokens[..at]))
    }

    /// Whether what stands last is a function that asks for a file's name, or whether it is there.
    fn asks(&self, before: &[Token<'a>]) -> bool {
        let ([.., Token::Name(name, _), Token::Sign(b'(')] | [.., Token::Name(name, _)]) = before else { return false };
        let last = name.rsplit(['.', ':']).next().unwrap_or(name);
        self.know.lists().has("ask-for-names", last)
    }
}

/// Whether a path lies in a folder that a test of pytest is given, not in a home: `(tmp_path / ".ssh" / "id_rsa")`.
fn of_a_fixture(tokens: &[Token<'_>], at: usize) -> bool {
    let [.., Token::Name(folder, _), Token::Sign(b'/')] = &tokens[..at] else { return false };
    let given_to = |from: usize| {
        let ends = tokens[from..].iter().position(|token| *token == Token::Sign(b')')).unwrap_or_default();
        tokens[from..from + ends].iter().any(|token| matches!(token, Token::Name(name, _) if name == folder))
    };
    let fixtures = tokens.iter().any(|token| matches!(token, Token::Name("pytest.fixture" | "pytest", _)));
    fixtures
        && tokens
            .windows(2)
            .enumerate()
            .any(|(from, two)| matches!(two, [Token::Name("def", _), Token::Name(..)]) && given_to(from))
}

/// Whether a text is one path, of the system or below a home: `/etc/shadow`, `~/.ssh/id_rsa`.
fn names_hidden(text: &str) -> bool {
    let text = text.strip_prefix("file://").unwrap_or(text);
    let path = text.starts_with("/etc/") || text.starts_with(['/', '~']) && text.contains("/.");
    // Nor a regular expression.
    path && !text.contains([' ', '\n', '(', '|', '\\'])
}

/// A pattern for files as each of its alternatives: `~/.config/{gh,hub}/*`.
fn alternatives(pattern: &str) -> Vec<String> {
    let parts = pattern.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
    match parts {
        Some((before, (inside, after))) => inside.split(',').map(|one| format!("{before}{one}{after}")).collect(),
        None => vec![pattern.to_owned()],
    }
}
