//! The way of one action through the analysis: what is proposed is read as what it is, then comes what only the whole says.

use std::collections::BTreeSet;

use bumpalo::Bump;

use super::analysis::{Analysis, as_it_stands};
use super::dialects::{is_plain, zsh};
use super::shell::ast::Span;
use super::snapshot::{Ask, Snapshot};
use super::value::{Data, Field, Sink};
use super::{Facts, Know};
use crate::json::Json;

/// What is to be analysed.
pub enum Input<'a> {
    Script {
        text: &'a str,
        language: &'a str,
    },
    /// Words of an argv; the second is the same text as one line, into which the places point.
    Words {
        words: &'a [&'a str],
        line: &'a str,
        spans: &'a [(u32, u32)],
    },
    Tool {
        verb: &'a str,
        args: &'a Json<'a>,
        text: &'a str,
    },
    /// A described git push.
    Push {
        body: &'a Json<'a>,
    },
    /// An infrastructure plan.
    Plan {
        body: &'a Json<'a>,
    },
}

/// What came of it: facts, and questions that were still open.
pub struct Reading<'a> {
    pub facts: Facts<'a>,
    /// Empty if the facts are complete for this snapshot.
    pub asks: BTreeSet<Ask>,
}

/// Reads an action. Call it again with the asks answered until none are left, at most `limits::ROUNDS` times.
#[must_use]
pub fn read<'a>(bump: &'a Bump, input: &Input<'a>, snapshot: &'a Snapshot, know: &'a dyn Know) -> Reading<'a> {
    let mut analysis = Analysis::new(bump, know, snapshot);
    match input {
        Input::Script { text, language } => analysis.proposed_script(text, language),
        Input::Words { words, line, spans } => analysis.proposed_words(words, line, spans),
        Input::Tool { verb, args, text } => {
            analysis.source(text, "tool", None);
            analysis.tool(verb, args);
        }
        Input::Push { body } => analysis.push(body),
        Input::Plan { body } => analysis.plan(body),
    }
    analysis.of_the_whole();
    Reading { facts: analysis.facts, asks: analysis.asks }
}

/// Other shells, whose lines are read in their own way where they are plain ones.
const OTHER_SHELLS: [&str; 8] = ["fish", "nu", "elvish", "csh", "tcsh", "pwsh", "powershell", "cmd"];

impl<'a> Analysis<'a> {
    /// A shell's script.
    fn proposed_script(&mut self, text: &'a str, language: &'a str) {
        self.source(text, language, None);
        self.hidden(text);
        self.inherited(text);
        let mut printed = Sink::new();
        let whole = Span { source: 0, start: 0, end: text.len() as u32 };
        let plain = (language == "zsh").then(|| zsh::as_shell(text, false)).flatten();
        match (language, plain) {
            (_, Some(plain)) => {
                let plain = self.bump.alloc_str(&plain);
                let source = self.source(plain, "zsh", Some(whole));
                self.script(plain, "zsh", source, &Data::INHERITED, &mut printed);
            }
            // What another shell reads as its line is what it reads after `-c`.
            (shell, None) if OTHER_SHELLS.contains(&shell) && is_plain(self.know.lists(), shell, text) => {
                self.line_of_another(shell, text, whole, &mut printed);
            }
            (_, None) => match self.only_of_windows(text) {
                Some(shell) => {
                    // A shell would run what stands before that which it cannot read, and is all that it cannot.
                    self.script(text, language, 0, &Data::INHERITED, &mut Sink::new());
                    self.facts.unread.retain(|unread| !(unread.rejected && unread.span.source == 0));
                    self.line_of_another(shell, text, whole, &mut printed);
                }
                None => {
                    self.script(text, language, 0, &Data::INHERITED, &mut printed);
                    self.also_of_windows(text, whole);
                }
            },
        }
        self.seen_at_last(&printed);
    }

    /// A program with its words, which no shell reads.
    fn proposed_words(&mut self, words: &[&'a str], line: &'a str, spans: &'a [(u32, u32)]) {
        self.source(line, "argv", None);
        self.facts.argv = spans;
        self.hidden(line);
        self.inherited(line);
        let fields: Vec<Field<'a>> = words
            .iter()
            .zip(spans.iter())
            .map(|(word, (start, end))| as_it_stands(word, Span { source: 0, start: *start, end: *end }))
            .collect();
        let fields = self.bump.alloc_slice_copy(&fields);
        let mut printed = Sink::new();
        self.external(fields, &[], &Data::INHERITED, &mut printed);
        self.seen_at_last(&printed);
    }

    /// What only the whole of an action says.
    fn of_the_whole(&mut self) {
        self.written_afterwards();
        self.never_used_connections();
        self.migrated_again();
        self.flashed_again();
        self.started_again();
        self.roles_of_own_databases();
        self.steps_of_images();
        self.pull_requests_run();
        self.pushed_to_production();
        self.strangers_run_as_root();
        self.deleted_in_other_projects();
    }

    /// What people see when all has run.
    fn seen_at_last(&mut self, printed: &Sink<'a>) {
        self.seen(printed);
        let messages = std::mem::take(&mut self.messages);
        self.seen(&messages);
        self.kept(printed);
    }
}
