//! Texts of data that inline code takes apart: JSON, YAML, TOML and what configparser reads.

use bumpalo::Bump;
use serde_json::Value;

use super::super::expressions::expression;
use super::super::syntax::tokens::{Token, closes_at};
use super::Names;
use crate::limits;

/// Lists and tables within each other that are gone into.
const DEEPEST: usize = 6;

impl<'a> Names<'a> {
    /// What is in a text of data that is taken apart here, and how many tokens say so: `json.loads('{"root": "/srv"}')`,
    /// `json.load(open("c.json"))`.
    pub(in super::super) fn document(&self, bump: &'a Bump, value: &[Token<'a>]) -> Option<(Value, usize)> {
        let [Token::Name(parser, _), Token::Sign(b'('), inside @ ..] = value else { return None };
        if !self.knows("parses-data", parser) {
            return None;
        }
        let end = closes_at(inside)?;
        let written = || {
            let files = inside[..end].iter().filter_map(Token::text);
            files
                .into_iter()
                .find_map(|file| self.written.iter().find(|(name, _)| *name == file))
                .map(|(_, text)| *text)
        };
        let text = written().or_else(|| expression(bump, inside, self).map(|found| found.text))?;
        let format = parser.to_ascii_lowercase();
        let document = match &*format {
            _ if text.len() > limits::WORD => None,
            yaml if yaml.contains("yaml") => serde_saphyr::from_str(text).ok(),
            toml if toml.contains("toml") => toml::from_str(text).ok(),
            _ => serde_json::from_str(text).ok(),
        };
        Some((document?, end + 3))
    }

    /// Gives a name what is in a text of data. Whether that is what stands here.
    pub(in super::super) fn holds_document(&mut self, bump: &'a Bump, name: &'a str, value: &[Token<'a>]) -> bool {
        let Some((document, taken)) = self.document(bump, value) else { return false };
        // A part of it is what an expression says.
        if matches!(value.get(taken), Some(Token::Sign(b'[') | Token::Name(..))) {
            return false;
        }
        self.give_document(bump, name, &document, 0);
        true
    }

    /// `config.read_string("[place]\nroot=/srv")`
    pub(in super::super) fn reads_settings(&mut self, bump: &'a Bump, tokens: &[Token<'a>]) {
        let [Token::Name(reader, _), Token::Sign(b'('), Token::Text(text), ..] = tokens else { return };
        let Some(name) = reader.strip_suffix(".read_string") else { return };
        let mut section = "";
        for line in text.lines().map(str::trim) {
            if let Some(inside) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = inside;
            } else if let Some((key, value)) = line.split_once(['=', ':']) {
                self.give(bump.alloc_str(&format!("{name}.{section}.{}", key.trim())), value.trim());
            }
        }
    }

    fn give_document(&mut self, bump: &'a Bump, name: &'a str, value: &Value, depth: usize) {
        match value {
            Value::String(text) => self.give(name, bump.alloc_str(text)),
            Value::Object(members) if depth < DEEPEST => {
                for (key, value) in members.iter().take(limits::UNROLL) {
                    self.give_document(bump, bump.alloc_str(&format!("{name}.{key}")), value, depth + 1);
                }
                self.give_texts(bump, name, members.values());
            }
            Value::Array(items) if depth < DEEPEST => self.give_texts(bump, name, items.iter()),
            _ => {}
        }
    }

    fn give_texts<'v>(&mut self, bump: &'a Bump, name: &'a str, values: impl Iterator<Item = &'v Value>) {
        let texts = values.filter_map(Value::as_str).take(limits::UNROLL).map(|text| &*bump.alloc_str(text));
        let texts: Vec<&'a str> = texts.collect();
        if !texts.is_empty() {
            self.give_list(name, texts);
        }
    }
}
