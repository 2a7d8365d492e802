//! SQL as far as a guard needs it: which statements, on what, with which bounds.

mod anew;
mod assembled;
mod blocks;
mod client;
mod files;
mod phrase;
mod roles;
mod server;
mod statement;
mod statements;

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Taint, Val};
use assembled::assembled;
pub(in crate::facts) use assembled::written_statement;
use statements::statements;

impl<'a> Analysis<'a> {
    /// Reads SQL that is source `source`.
    pub fn sql(&mut self, text: &'a str, source: u32, call: u32) {
        let text = self.with_variables(text, call);
        let text = self.with_letters(text);
        // Two literals that stand side by side are one.
        let text = match text.contains("'||'") || text.contains("' || '") {
            true => self.bump.alloc_str(&text.replace("'||'", "").replace("' || '", "")),
            false => text,
        };
        let mut switched = self.reconnected == Some(call);
        // `select … \g |command`
        let piped = text.match_indices("\\g ").filter_map(|(at, sign)| {
            // Behind what it prints with: `\g (tuples_only) |command`.
            let rest = text[at + sign.len()..].trim_start();
            let rest = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest);
            let rest = rest.trim_start().strip_prefix('|')?;
            Some((at, text.len() - rest.len(), rest.lines().next().unwrap_or_default()))
        });
        for (at, from, command) in piped {
            let span = Span { source, start: at as u32, end: (from + command.len()) as u32 };
            let data = Data::unknown("a query", Taint::PRIVATE | Taint::OPAQUE);
            self.shell_code(Val::Lit(command.trim()), span, &data, &mut Sink::new(), call);
        }
        self.tables_made_anew(text, call);
        if self.facts.calls.get(call as usize).is_some_and(|call| anew::undone(call, text)) {
            return;
        }
        let whole = Span { source, start: 0, end: text.len() as u32 };
        let assembled = assembled(text).unwrap_or_else(|| {
            self.unread(whole, MORE, false);
            Vec::new()
        });
        for assembled in assembled {
            let assembled = self.bump.alloc_str(&assembled);
            let source = self.source(assembled, "sql", Some(whole));
            for statement in statements(assembled) {
                let span = Span { source, start: statement.start as u32, end: statement.end as u32 };
                self.statement(&statement.tokens, span, call, switched);
            }
        }
        for statement in statements(text) {
            let span = Span { source, start: statement.start as u32, end: statement.end as u32 };
            if let Some(meta) = statement.meta {
                self.made.borrow_mut().attached |= meta.contains(".open");
                switched |= self.meta(meta, span, call);
                if switched {
                    self.reconnected = Some(call);
                }
                continue;
            }
            self.server_commands(&statement.tokens, span, call);
            self.statement(&statement.tokens, span, call, switched);
        }
    }

    /// `chr(68)||…` as the literal that it makes.
    fn with_letters(&self, text: &'a str) -> &'a str {
        const CALL: &str = "chr(";
        if !text.contains(CALL) {
            return text;
        }
        let mut parts = text.split(CALL);
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let letter = part.split_once(')').and_then(|(number, rest)| {
                let letter = char::from_u32(number.trim().parse().ok()?)?;
                // A quote would end the literal.
                Some((letter, rest)).filter(|(letter, _)| letter.is_ascii_alphanumeric() || *letter == ' ')
            });
            match letter {
                Some((letter, rest)) => out.extend(["'", letter.encode_utf8(&mut [0; 4]), "'", rest]),
                None => out.extend([CALL, part]),
            }
        }
        self.bump.alloc_str(&out)
    }
}
