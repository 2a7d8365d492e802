//! Files that inline code names as a whole text, whichever function it hands them to: the tables of functions never hold
//! all of every language, and there is little else to do with the name of a private key than to open it.

use super::Effect;
use super::analysis::Analysis;
use super::knowledge::Kind;
use super::shell::ast::Span;
use super::target::Look;
use super::tokens::Token;
use super::value::Val;

impl<'a> Analysis<'a> {
    /// Reads of files that hold secrets, beside those that a known function makes.
    pub(super) fn secrets_mentioned(&mut self, tokens: &[Token<'a>], source: u32, call: u32) {
        let secret = self.know.places().classes(["secret"]);
        for (at, token) in tokens.iter().enumerate() {
            let Some(path) = token.text().filter(|text| names_hidden(text)) else { continue };
            if self.only_named(&tokens[..at]) {
                continue;
            }
            let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Not);
            if target.classes & secret == 0 {
                continue;
            }
            let known = |effect: &Effect<'_>| effect.call == call && effect.target.path == target.path;
            if !self.facts.effects.iter().rev().any(known) {
                let span = Span { source, start: 0, end: 0 };
                self.effect(Effect::new(Kind::Read, target, call, span));
            }
        }
    }

    /// Whether what stands before a text asks for no more than its name, or says that it is a key to be used:
    /// `exists("…")`, `key_filename="…"`, `x == "…"`.
    fn only_named(&self, before: &[Token<'a>]) -> bool {
        match before {
            [.., Token::Name(name, _), Token::Sign(b'=' | b':')] => super::guess::takes_credentials(name),
            [.., Token::Sign(b'='), Token::Sign(b'=')] => true,
            // A project's file may list such names, to keep away from them.
            [.., Token::Sign(b'[' | b',' | b'{')] => !self.following.is_empty(),
            [.., Token::Name(name, _), Token::Sign(b'(')] | [.., Token::Name(name, _)] => {
                let last = name.rsplit(['.', ':']).next().unwrap_or(name);
                self.know.places().list("ask-for-names").any(|function| function == last)
            }
            _ => false,
        }
    }
}

/// Whether a text is one path, of the system or below a home: `/etc/shadow`, `~/.ssh/id_rsa`.
fn names_hidden(text: &str) -> bool {
    let path = text.starts_with("/etc/") || text.starts_with(['/', '~']) && text.contains("/.");
    path && !text.contains([' ', '\n', '*'])
}
