//! What is written into a request after it was made: `q = https.request(…); q.write(token); q.end()`.

use super::super::syntax::tokens::{Token, closes_at};
use super::super::whole::snippet::Snippet;
use crate::facts::Effect;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Taint, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    /// Secrets that are written into the request which a call makes, whose address stands in what it is given: `host` and
    /// `hostname`, or a text.
    pub(in super::super) fn sent_later(
        &mut self,
        code: &Snippet<'a>,
        name: &str,
        (given, after): (&[Token<'a>], &[Token<'a>]),
        (span, call): (Span, u32),
    ) {
        let lists = self.know.lists();
        let is = |made: &str| name.strip_suffix(made).is_some_and(|holder| holder.is_empty() || holder.ends_with('.'));
        if given.is_empty() || !lists.items("makes-requests").any(is) {
            return;
        }
        let host = given.windows(3).find_map(|tokens| match tokens {
            [Token::Name("host" | "hostname", _), Token::Sign(b':'), Token::Text(host)] => Some(*host),
            _ => None,
        });
        let Some(host) = host.or_else(|| given.iter().filter_map(Token::text).find(|text| text.contains("://"))) else {
            return;
        };
        let last = |name: &'a str| name.rsplit('.').next().unwrap_or(name);
        let written = after.windows(2).enumerate().filter(|(_, tokens)| match tokens {
            [Token::Name(name, _), Token::Sign(b'(')] => lists.has("writes-requests", last(name)),
            _ => false,
        });
        let reveals = written.take(limits::UNROLL).any(|(at, _)| {
            let inside = &after[at + 2..];
            let inside = &inside[..closes_at(inside).unwrap_or(0)];
            self.reveals_secret(code, inside)
        });
        let target = self.host_target(Val::Lit(host));
        if reveals && target.classes & self.near() == 0 {
            self.effect(Effect { data: Taint::SECRET_VARIABLE, ..Effect::new(Kind::Send, target, call, span) });
        }
    }
}
