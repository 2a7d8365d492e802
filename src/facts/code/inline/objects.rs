//! Objects that inline code makes: what their members are by the words that they were made with, by the fields of their
//! class, or because only one thing was put into them.

use bumpalo::Bump;

use super::expressions::expression;
use super::names::Names;
use super::tokens::{Token, between_commas, closes_at};

/// Tokens that a line of a class takes which only says what a field is.
const LONGEST_FIELD: usize = 24;

/// A field of a class, and what it is unless somebody says otherwise.
pub(super) type Field<'a> = (&'a str, Option<&'a str>);

impl<'a> Names<'a> {
    /// The fields of a class that begins here, in order: Python's `class Job:` with lines `path: str = "/srv"`, its
    /// `Job = namedtuple("Job", "path")`.
    pub(super) fn fields(&self, bump: &'a Bump, tokens: &[Token<'a>]) -> Option<(&'a str, Vec<Field<'a>>)> {
        if let [Token::Name(class, _), Token::Sign(b'='), Token::Name(maker, _), Token::Sign(b'('), inside @ ..] =
            tokens
            && maker.ends_with("namedtuple")
        {
            let [Token::Text(_), Token::Sign(b','), fields @ ..] = inside else { return None };
            let end = closes_at(fields)?;
            let texts = fields[..end].iter().filter_map(Token::text);
            let names = texts.flat_map(|text| text.split([' ', ','])).filter(|name| !name.is_empty());
            return Some((class, names.map(|name| (name, None)).collect()));
        }
        let [Token::Name("class", _), Token::Name(class, _), rest @ ..] = tokens else { return None };
        let head = rest.iter().take(LONGEST_FIELD).position(|token| *token == Token::Sign(b':'))?;
        let mut fields = Vec::new();
        for line in rest[head + 1..].split(|token| matches!(token, Token::Sign(b'\n' | b';'))) {
            match line {
                [] => {}
                [Token::Name(field, _), Token::Sign(b':'), kind @ ..] => {
                    let default = kind.iter().position(|token| *token == Token::Sign(b'='));
                    let default = default.map(|at| match &kind[at + 1..] {
                        // `field(default_factory=Path.home)`
                        [
                            Token::Name("field", _),
                            Token::Sign(b'('),
                            Token::Name("default" | "default_factory", _),
                            Token::Sign(b'='),
                            value @ ..,
                        ] => match value {
                            [Token::Name("lambda", _), Token::Sign(b':'), value @ ..] => value,
                            value => value,
                        },
                        value => value,
                    });
                    fields.push((*field, default.and_then(|value| Some(expression(bump, value, self)?.text))));
                }
                _ => break,
            }
        }
        Some((class, fields))
    }

    /// The members of an object that is made here: `Job(path="/srv")`, `new Job("/srv")`, Go's `Job{Path: "/srv"}`. Whether
    /// that is what stands here.
    pub(super) fn constructed(&mut self, bump: &'a Bump, name: &'a str, value: &[Token<'a>]) -> bool {
        let value = if let [Token::Name("new", _), made @ ..] = value { made } else { value };
        let [Token::Name(class, _), open @ Token::Sign(b'(' | b'{'), inside @ ..] = value else { return false };
        let class = class.rsplit('.').next().unwrap_or(class);
        let fields = self.classes.get(class).cloned();
        let of_class = class.starts_with(char::is_uppercase) || class == "dict" || fields.is_some();
        let Some(end) = closes_at(inside).filter(|_| of_class) else { return false };
        let inside = &inside[..end];
        // `new Map([["root", "/srv"]])`
        if let ("Map", [Token::Sign(b'['), pairs @ ..]) = (class, inside) {
            for at in 0..pairs.len() {
                if let [Token::Sign(b'['), Token::Text(key), Token::Sign(b','), value @ ..] = &pairs[at..]
                    && let Some(found) = expression(bump, value, self)
                {
                    self.give_member(bump, name, key, found.text);
                }
            }
            return true;
        }
        for (field, default) in fields.iter().flatten() {
            if let Some(default) = default {
                self.give_member(bump, name, field, default);
            }
        }
        let mut alone = Vec::new();
        for (number, part) in between_commas(inside).enumerate() {
            let (member, value) = match part {
                [Token::Name(member, _), Token::Sign(b'=' | b':'), value @ ..] => (Some(*member), value),
                value => (fields.as_ref().and_then(|fields| Some(fields.get(number)?.0)), value),
            };
            let Some(found) = expression(bump, value, self) else { continue };
            match member {
                Some(member) => self.give_member(bump, name, member, found.text),
                None => alone.push(found.text),
            }
        }
        // Whatever the one text is called that was put into it.
        if let ([only], Token::Sign(b'(')) = (&alone[..], open)
            && self.text(name).is_none()
            && fields.is_none()
            && !self.knows("path-functions", class)
        {
            self.give_member(bump, name, "*", only);
        }
        true
    }

    /// The variable of a loop over objects that are made in it, and what one of them was made with: `for j in [Job("/srv")]`.
    pub(super) fn each_made(&self, tokens: &[Token<'a>]) -> Option<&'a str> {
        match tokens {
            [
                Token::Name("for", _),
                Token::Name(name, _),
                Token::Name("in", _),
                Token::Sign(b'[' | b'('),
                Token::Name(class, _),
                Token::Sign(b'('),
                ..,
            ] if class.starts_with(char::is_uppercase) && !self.knows("path-functions", class) => Some(name),
            _ => None,
        }
    }

    pub(super) fn give_member(&mut self, bump: &'a Bump, object: &str, member: &str, text: &'a str) {
        self.give(bump.alloc_str(&format!("{object}.{member}")), text);
    }
}
