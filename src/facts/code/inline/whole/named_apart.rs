//! Folders that code names and does nothing else with: where it deletes what cannot be told, one of them is most likely it.

use super::super::calls::Made;
use super::super::syntax::tokens::{Token, closes_at};
use super::snippet::Snippet;
use crate::facts::Effect;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Kind, Lists};
use crate::facts::targets::{Look, globs};
use crate::facts::value::Val;
use crate::limits;

/// Tokens that are looked back at for the bracket in which a text stands.
const FAR: usize = 64;

impl<'a> Analysis<'a> {
    /// The folders that the code names for no other reason, if it names nothing that it more likely deletes.
    pub(in super::super) fn named_apart(&self, code: &Snippet<'a>) -> Vec<&'a str> {
        code.apart.get_or_init(|| code.named_apart(self.know.lists(), |text| self.is_made_again(text))).clone()
    }

    /// `rmtree(path)`, of which nothing can be told: it may be a folder that the code names for no other reason.
    pub(in super::super) fn deletes_what_is_named_apart(
        &mut self,
        made: Made<'_, 'a>,
        does: Kind,
        marks: &'a [&'a str],
    ) {
        let Made { code, function, span, call, .. } = made;
        if does != Kind::Delete || !function.recursive || !self.grave_folders(code).is_empty() {
            return;
        }
        for folder in self.named_apart(code) {
            let target = self.path_target(Val::Lit(self.tilde_expanded(folder)), Look::Not);
            let effect = Effect { recursive: true, marks, certain: false, ..Effect::new(does, target, call, span) };
            self.effect(effect);
        }
    }
}

impl<'a> Snippet<'a> {
    /// The folders that must not be lost among the texts of the code, where they are values: put into a list, given a name,
    /// given back, handed to a function of its own. Not what it compares with, keeps from being deleted, or only reads.
    ///
    /// None where it names something that is more likely meant: `made_again` says what is built or fetched anew.
    pub(in super::super) fn named_apart(&self, lists: &Lists<'_>, made_again: impl Fn(&str) -> bool) -> Vec<&'a str> {
        let relative = |text: &str| {
            let within = text.contains('/') && !text.contains("//") && !text.starts_with(['/', '~', '-', '<']);
            !text.contains([' ', '\n']) && (within || made_again(text))
        };
        if self.says_one_of(lists, "deletes-its-own") || self.tokens.iter().filter_map(Token::text).any(relative) {
            return Vec::new();
        }
        let grave = |line: &str| globs::listed(lists, "trees-nobody-deletes", line.trim_end_matches('/'));
        let mut out: Vec<&'a str> = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let Some(text) = token.text() else { continue };
            // A text of lines, which are gone through one by one.
            let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            if let Some(line) = lines.find(|line| grave(line))
                && self.is_value(lists, at)
            {
                out.push(line);
            }
        }
        out.sort_unstable();
        out.dedup();
        out.truncate(limits::VALUES);
        out
    }

    /// Whether the text that stands there is a value that goes on somewhere.
    fn is_value(&self, lists: &Lists<'_>, at: usize) -> bool {
        let before = &self.tokens[..at];
        let after = self.tokens.get(at + 1);
        let compared = |token: Option<&Token<'_>>| match token {
            Some(Token::Name(name, _)) => matches!(*name, "in" | "not" | "is" | "startswith" | "endswith"),
            Some(Token::Sign(sign)) => matches!(sign, b'!' | b'<' | b'>' | b'+' | b'/' | b'%'),
            _ => false,
        };
        // `root => '/srv'`
        let pair = matches!(before, [.., Token::Sign(b'='), Token::Sign(b'>')]);
        let twice = |tokens: &[Token<'_>]| matches!(tokens, [.., Token::Sign(b'=' | b'!'), Token::Sign(b'=')]);
        if compared(before.last()) && !pair || compared(after) || twice(before) {
            return false;
        }
        if matches!(self.tokens.get(at + 1..at + 3), Some([Token::Sign(b'='), Token::Sign(b'=')])) {
            return false;
        }
        // The innermost bracket that is open here, and what stands before it.
        let mut depth = 0;
        let start = before.len().saturating_sub(FAR);
        for (index, token) in before.iter().enumerate().skip(start).rev() {
            match token {
                Token::Sign(b')' | b']' | b'}') => depth += 1,
                Token::Sign(b'(' | b'[' | b'{') if depth > 0 => depth -= 1,
                Token::Sign(open @ (b'(' | b'[' | b'{')) => {
                    // `["/", "/etc"].includes(path)`
                    let close = closes_at(&self.tokens[index + 1..]).map(|end| index + 2 + end);
                    if *open != b'{'
                        && let Some(Token::Name(asked, _)) = close.and_then(|close| self.tokens.get(close))
                        && lists.has("asks-what-is-in", asked)
                    {
                        return false;
                    }
                    return match (&before[..index], open) {
                        // What a loop goes through is known there.
                        (
                            [Token::Name("for", _), Token::Name(..), Token::Name("in" | "of", _)]
                            | [
                                ..,
                                Token::Sign(b'\n' | b';' | b':' | b'{' | b'('),
                                Token::Name("for", _),
                                Token::Name(..),
                                Token::Name("in" | "of", _),
                            ],
                            _,
                        ) => false,
                        ([.., Token::Name("in", _)], _) => !self.asks_whether(&before[..index]),
                        // Handed over: to a function of its own, or into what holds it.
                        ([.., Token::Name(name, _)], b'(') => {
                            let last = name.rsplit('.').next().unwrap_or(name);
                            ["new", "New", "make", "create"].iter().any(|start| last.starts_with(start))
                                || lists.has("holds-values", last)
                                || self.defines(last)
                        }
                        ([.., Token::Name(name, _), Token::Sign(b'=' | b':')], _) => !guards(lists, name),
                        _ => true,
                    };
                }
                // The statement begins here.
                Token::Sign(b'\n' | b';') if depth == 0 => break,
                _ => {}
            }
        }
        match before {
            [.., Token::Name("return" | "yield" | "case" | "or" | "from", _)] => true,
            [.., Token::Name(name, _), Token::Sign(b'=' | b':')] => !guards(lists, name),
            [.., Token::Sign(b']'), Token::Sign(b'=')] => true,
            _ => false,
        }
    }

    /// Whether `x in […]` asks and does not go through it.
    fn asks_whether(&self, before: &[Token<'_>]) -> bool {
        let from = before.len().saturating_sub(8);
        !before[from..].iter().any(|token| matches!(token, Token::Name("for" | "foreach", _)))
    }

    /// Whether the code defines a class of this name, or a function whose parameters have none.
    fn defines(&self, name: &str) -> bool {
        self.tokens.windows(2).any(|pair| match pair {
            [Token::Name("class" | "sub", _), Token::Name(defined, _)] => *defined == name,
            _ => false,
        })
    }
}

/// Whether a name says that what it holds is kept from harm.
fn guards(lists: &Lists<'_>, name: &str) -> bool {
    let name = name.to_lowercase();
    lists.items("names-of-what-is-kept").any(|word| name.contains(word))
}
