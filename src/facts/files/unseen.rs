//! Secrets that a store gave, and that nobody sees: they go into a variable or another program, not into a transcript.

use crate::facts::analysis::Analysis;
use crate::facts::code::interpreters;
use crate::facts::knowledge::{Kind, Where};
use crate::facts::value::{Sink, Taint};
use crate::facts::{Call, Effect};

/// Where messages go.
const MESSAGES: [&str; 2] = [">&2", "/dev/stderr"];

impl<'a> Analysis<'a> {
    /// Whether a call asked a store for a secret.
    pub fn asks_store(&self, index: u32) -> bool {
        self.facts.latest(index).any(|effect| of_store(effect, index))
    }

    /// Whether something else than a message goes where messages go. What a script prints there by itself is seen
    /// elsewhere; within a substitution it would be taken for its value.
    fn shown_as_message(&self, text: &str) -> bool {
        MESSAGES.iter().flat_map(|sign| text.match_indices(sign)).any(|(at, _)| {
            let before = &text[..at];
            let start = before.rfind([';', '\n', '&', '|', '{', '(', '`']).map_or(0, |end| end + 1);
            let end = text[at + 3..].find([';', '\n', '&', '|', '}', ')']).map_or(text.len(), |end| at + 3 + end);
            let said = |word: &&str| !word.is_empty() && !word.contains('>') && *word != "then" && *word != "else";
            let first = text[start..end].split_whitespace().find(said).unwrap_or_default();
            let message = matches!(first, "echo" | "printf" | "cat") || self.state.function(first).is_some();
            let piped = text[end..].starts_with('|') && !text[end..].starts_with("||");
            !message || piped || text[..start].ends_with("$(") || text[..start].ends_with('`')
        })
    }

    /// Marks what a store gave, if none of it is printed or written down.
    pub fn kept(&mut self, printed: &Sink<'a>) {
        if !self.facts.effects.iter().any(|effect| of_store(effect, effect.call)) {
            return;
        }
        let written =
            |effect: &Effect<'_>| matches!(effect.does, Kind::Write | Kind::Append) && effect.data.has(Taint::STORE);
        let shows = |text: &str| self.know.lists().named_in("traces-values", text) || self.shown_as_message(text);
        let traces = |call: &Call<'_>| {
            let shell = || call.entry.is_some_and(|entry| entry.name == "bash");
            call.options.iter().any(|o| o.is("-x")) && shell() || call.program == "env" && call.words.len() == 1
        };
        // What a program's code or another machine is told to ask for is printed where that prints.
        let elsewhere = |effect: &Effect<'_>| {
            let language = self.facts.sources.get(effect.span.source as usize).map_or("", |source| source.language);
            let place = self.facts.calls.get(effect.call as usize).map_or(Where::Remote, |call| call.place.kind);
            of_store(effect, effect.call)
                && (!(interpreters::is_shell(language) || matches!(language, "" | "argv"))
                    || !matches!(place, Where::Same | Where::Root | Where::User))
        };
        if printed.parts.iter().any(|data| data.taint.has(Taint::STORE))
            || self.facts.effects.iter().any(|effect| written(effect) || elsewhere(effect))
            || self.facts.sources.iter().any(|source| shows(source.text))
            || self.facts.calls.iter().any(traces)
        {
            return;
        }
        for effect in self.facts.effects.iter_mut().filter(|effect| of_store(effect, effect.call)) {
            effect.mark(self.bump, "unseen");
        }
    }
}

fn of_store(effect: &Effect<'_>, call: u32) -> bool {
    effect.does == Kind::SecretRead && effect.call == call
}
