//! Objects that inline code makes: what their members are by the words that they were made with, or because only one thing
//! was put into them.

use bumpalo::Bump;

use super::super::expressions::expression;
use super::super::syntax::tokens::{Token, between_commas, closes_at};
use super::Names;

impl<'a> Names<'a> {
    /// The members of an object that is made here: `Job(path="/srv")`, `new Job("/srv")`, Go's `Job{Path: "/srv"}`. Whether
    /// that is what stands here.
    pub(in super::super) fn constructed(&mut self, bump: &'a Bump, name: &'a str, value: &[Token<'a>]) -> bool {
        let value = if let [Token::Name("new", _), made @ ..] = value { made } else { value };
        let [Token::Name(class, _), open @ Token::Sign(b'(' | b'{'), inside @ ..] = value else { return false };
        let class = class.rsplit('.').next().unwrap_or(class);
        let of_class = class.starts_with(char::is_uppercase) || class == "dict";
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
        let mut alone = Vec::new();
        for part in between_commas(inside) {
            let (member, value) = match part {
                [Token::Name(member, _), Token::Sign(b'=' | b':'), value @ ..] => (Some(*member), value),
                value => (None, value),
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
            && !self.knows("path-functions", class)
        {
            self.give_member(bump, name, "*", only);
        }
        true
    }

    /// The variable of a loop over objects that are made in it, and what one of them was made with: `for j in [Job("/srv")]`.
    pub(in super::super) fn each_made(&self, tokens: &[Token<'a>]) -> Option<&'a str> {
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

    pub(in super::super) fn give_member(&mut self, bump: &'a Bump, object: &str, member: &str, text: &'a str) {
        self.give(bump.alloc_str(&format!("{object}.{member}")), text);
    }
}
