//! Tokens as calls are looked for in them: what stands escaped is resolved, what is said in a roundabout way is said
//! straight, and what the code puts together is joined.

use super::put_together::{piped, separated};
use super::tokens::{Comments, Token, tokenize, unescape};
use super::{perl, perl_lists, php, reworded, ruby};
use crate::facts::analysis::Analysis;

impl<'a> Analysis<'a> {
    /// The tokens of a text, what stands escaped in strings resolved.
    pub(in super::super) fn tokens(&self, language: &str, comments: Comments, text: &'a str) -> Vec<Token<'a>> {
        let mut tokens = tokenize(language, comments, text);
        // Python's `r"…"`, in which nothing is escaped.
        let raw = |before: Option<&Token<'_>>| match before {
            Some(Token::Name(name @ ("r" | "R" | "br" | "rb" | "fr" | "rf"), at)) if language == "python" => {
                text.get(at + name.len()..).is_some_and(|rest| rest.starts_with(['"', '\'']))
            }
            _ => false,
        };
        let raw: Vec<bool> = (0..tokens.len()).map(|at| raw(at.checked_sub(1).map(|at| &tokens[at]))).collect();
        for (token, raw) in tokens.iter_mut().zip(raw) {
            // `cp?.execSync`
            if let Token::Name(name, _) = token
                && language == "javascript"
                && name.contains('?')
            {
                *name = self.bump.alloc_str(&name.replace('?', ""));
            }
            if let Token::Text(inner) = token
                && inner.contains('\\')
                && !raw
            {
                *inner = self.bump.alloc_str(&unescape(inner, language));
            }
            if let Token::Text(inner) | Token::Command(inner, _) = token {
                if inner.contains("$ENV{") && language == "perl" {
                    *inner = self.bump.alloc_str(&inner.replace("$ENV{HOME}", "~").replace("$ENV{'HOME'}", "~"));
                }
                if inner.contains("#{") && language == "ruby" {
                    let homes = ["#{ENV['HOME']}", "#{ENV[\"HOME\"]}", "#{Dir.home}"];
                    let text = homes.iter().fold((*inner).to_owned(), |text, home| text.replace(home, "~"));
                    *inner = self.bump.alloc_str(&text);
                }
            }
        }
        if language == "perl" {
            tokens = perl::loops_first(perl::programs_named_apart(tokens));
            tokens = perl_lists::lists_in_brackets(perl::calls_in_brackets(tokens));
            tokens = perl_lists::lists_told(self.bump, tokens);
            tokens = perl::substitutions_as_calls(self.bump, tokens);
        }
        if language == "php" {
            tokens = php::lists_of_texts(php::arrow_functions(tokens));
        }
        tokens = reworded::turn_round(language, tokens);
        if matches!(language, "elisp" | "scheme" | "clojure") {
            tokens = self.concatenated(self.named_places(tokens));
            self.evaluated_names(&mut tokens);
        }
        if matches!(language, "elisp" | "clojure") {
            return separated(tokens);
        }
        if text.contains("|>") {
            tokens = piped(tokens);
        }
        self.joined_texts(language, &mut tokens);
        self.joined_lists(&mut tokens);
        self.pasted(&mut tokens);
        if language == "perl" {
            self.spelled_by_numbers(&mut tokens);
        }
        if language == "ruby" {
            tokens = self.packed_numbers(tokens);
        }
        self.joined_texts(language, &mut tokens);
        if language == "ruby" {
            tokens = ruby::methods_called_at_once(self.bump, ruby::sent_messages(self.bump, tokens));
            tokens = ruby::lambdas_called_at_once(tokens);
        }
        tokens
    }
}
