//! Commands of redis: each line is a call of its client.

use crate::facts::analysis::Analysis;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Field, Sink, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    pub(super) fn redis(&mut self, text: &'a str, span: Span, call: u32) {
        let options: Vec<Field<'a>> = match self.facts.calls.get(call as usize) {
            Some(call) => call.words.to_vec(),
            None => Vec::new(),
        };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()).take(limits::CALLS) {
            let words = line.split_whitespace().map(|w| Field::new(Val::Lit(w), span));
            let words: Vec<Field<'a>> = options.iter().copied().chain(words).collect();
            let words = self.bump.alloc_slice_copy(&words);
            self.external(words, &[], &Data::NOTHING, &mut Sink::new());
        }
    }

    /// What redis reads on its port line by line ("Inline commands" of its protocol), RESP's marks left out.
    pub(super) fn redis_protocol(&mut self, text: &'a str, span: Span, call: u32) {
        let host = self.facts.calls.get(call as usize).and_then(|call| call.fields("host").next()?.val.lit());
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['*', '$']));
        for line in lines.take(limits::CALLS) {
            let words = ["redis-cli", "-h", host.unwrap_or("elsewhere")].into_iter().chain(line.split_whitespace());
            let words: Vec<&'a str> = words.collect();
            self.argv_call(&words, span);
        }
    }
}
