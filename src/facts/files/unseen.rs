//! Secrets that a store gave, and that nobody sees: they go into a variable or another program, not into a transcript.

use crate::facts::analysis::Analysis;
use crate::facts::code::interpreters;
use crate::facts::knowledge::{Kind, Where};
use crate::facts::value::{Sink, Taint};
use crate::facts::{Call, Effect};

/// What shows a variable or an output in ways that are not followed.
const SHOWS: [&str; 13] = [
    "set -x",
    "set -ex",
    "-eux",
    "xtrace",
    "/dev/tty",
    "/dev/stderr",
    "/dev/fd/",
    "/proc/self/fd",
    ">&2",
    "-o xtrace",
    "printenv",
    "declare -p",
    "export -p",
];

impl<'a> Analysis<'a> {
    /// Whether a call asked a store for a secret.
    pub fn asks_store(&self, index: u32) -> bool {
        self.facts.effects.iter().rev().take_while(|effect| effect.call >= index).any(|effect| of_store(effect, index))
    }

    /// Marks what a store gave, if none of it is printed or written down.
    pub fn kept(&mut self, printed: &Sink<'a>) {
        if !self.facts.effects.iter().any(|effect| of_store(effect, effect.call)) {
            return;
        }
        let written =
            |effect: &Effect<'_>| matches!(effect.does, Kind::Write | Kind::Append) && effect.data.has(Taint::STORE);
        let shows = |text: &str| SHOWS.iter().any(|sign| text.contains(sign));
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
