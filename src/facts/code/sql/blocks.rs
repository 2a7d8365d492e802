//! Statements within statements: blocks, and texts that a statement runs.

use super::assembled::joined_texts;
use super::phrase::Phrase;
use super::statements::{Token, statements};
use crate::facts::analysis::Analysis;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Val};
use crate::limits;

/// Words with which a statement runs a text as SQL or as a command in its turn.
const RUNS_TEXT: [&str; 8] =
    ["execute", "prepare", "dblink_exec", "dblink", "query_to_xml", "gexec", "exec", "execsql"];

impl<'a> Analysis<'a> {
    /// Reads the texts that a statement runs, and of a block its own: what its text drops or deletes counts, though its
    /// control flow is not followed. Whether that is all there is to it.
    pub(super) fn texts_run(&mut self, phrase: &Phrase<'_, 'a>, span: Span, call: u32, switched: bool) -> bool {
        let block = ["do", "begin", "call", "execute", "declare"].iter().any(|opens| phrase.is(0, opens));
        if phrase.first_of(&RUNS_TEXT).is_some() {
            for text in joined_texts(phrase.tokens).iter().filter(|text| text.contains(' ')) {
                let text: &'a str = self.bump.alloc_str(text);
                if phrase.has("xp_cmdshell") {
                    self.shell_code(Val::Lit(text), span, &Data::NOTHING, &mut Sink::new(), call);
                }
                self.nested_statements(text, span, call, switched, |tokens| {
                    if begins_block(tokens) { first_in_block(tokens) } else { Some(0) }
                });
            }
        } else if block {
            for text in phrase.tokens.iter().filter_map(Token::text) {
                self.nested_statements(text, span, call, switched, first_in_block);
            }
        }
        block
    }

    /// Reads a text that a statement runs: each of its statements from where `begins` says, if it does.
    fn nested_statements(
        &mut self,
        text: &'a str,
        span: Span,
        call: u32,
        switched: bool,
        begins: impl Fn(&[Token<'a>]) -> Option<usize>,
    ) {
        if self.depth >= limits::NESTING {
            self.unread(span, "statements within statements more than gate reads", false);
            return;
        }
        self.depth += 1;
        for inner in statements(text).iter().filter(|s| s.meta.is_none()) {
            self.server_commands(&inner.tokens, span, call);
            if let Some(tokens) = begins(&inner.tokens).and_then(|start| inner.tokens.get(start..)) {
                self.statement(tokens, span, call, switched);
            }
        }
        self.depth -= 1;
    }
}

/// Whether a statement opens a block (`BEGIN DELETE …`), whose own first word says nothing.
fn begins_block(tokens: &[Token<'_>]) -> bool {
    tokens.first().is_some_and(|first| first.is_one_of(&["begin", "declare"]))
}

/// Where a statement of a block begins to do harm, whatever control flow stands before it.
fn first_in_block(tokens: &[Token<'_>]) -> Option<usize> {
    Phrase::new(tokens).first_of(&["drop", "truncate", "delete", "execute"])
}
