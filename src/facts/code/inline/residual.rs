//! What a program computed before it called is judged as the code that says it: what is left of the program when all
//! that it computes is done.

use super::given;
use crate::facts::Effect;
use crate::facts::analysis::{Analysis, MORE};
use crate::facts::code::computed::{Given, computed};
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::value::Val;
use crate::limits;

impl<'a> Analysis<'a> {
    /// Judges what a program comes to; what is known of it by now begins at these effects, and at what is unread of it.
    pub(super) fn residual(
        &mut self,
        language: &'a str,
        text: &'a str,
        input: Option<&'a str>,
        (source, call): (u32, u32),
        (from, unread): (usize, usize),
    ) {
        if self.embedding || self.in_residual || self.depth >= limits::NESTING {
            return;
        }
        let words = self.facts.calls.get(call as usize).map_or(&[][..], |call| given::words_for(self.bump, call, text));
        let environment = self.environment_of(text);
        let variable = |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let home = self.tilde_expanded("~");
        let file = |path: &str| match self.state.has_files() {
            true => self.state.file(self.absolute(self.bump.alloc_str(path))?)?.data.text?.lit(),
            false => None,
        };
        let given = Given { words, variable: &variable, file: &file, input, home };
        let Some(computed) = computed(self.bump, language, text, given) else { return };
        // What it prints is known: not only the texts that it says.
        if let Some(printed) = computed.printed.filter(|printed| !printed.is_empty()) {
            self.printed.retain(|(by, _)| *by != call);
            let printed = self.bump.alloc_str(printed.strip_suffix('\n').unwrap_or(&printed));
            self.printed.push((call, Val::Lit(printed)));
        }
        let Some(code) = computed.code else { return };
        // What was put together is known: what it may have been, and that it was hidden, says nothing.
        if computed.exact {
            let mut at = 0;
            self.facts.effects.retain(|effect| {
                at += 1;
                at <= from || effect.does != Kind::Code || !effect.marks.contains(&"hidden")
            });
            let mut at = 0;
            self.facts.unread.retain(|unread_here| {
                at += 1;
                at <= unread || unread_here.why == MORE
            });
        }
        let code: &'a str = self.bump.alloc_str(&code);
        let source = self.source(code, language, Some(Span { source, start: 0, end: text.len() as u32 }));
        let printed = self.printed.len();
        let known = self.facts.effects.len();
        self.in_residual = true;
        self.depth += 1;
        self.inline(language, code, source, call);
        self.depth -= 1;
        self.in_residual = false;
        self.printed.truncate(printed);
        // What the program said by itself is said once.
        let (before, after) = self.facts.effects.split_at(known);
        let before = before.get(from..).unwrap_or_default();
        let again = |effect: &Effect<'a>| {
            before.iter().any(|known| {
                (known.does, known.target, known.marks) == (effect.does, effect.target, effect.marks)
                    && (known.recursive, known.certain, known.data) == (effect.recursive, effect.certain, effect.data)
            })
        };
        let twice: Vec<bool> = after.iter().map(again).collect();
        let mut twice = std::iter::repeat_n(false, known).chain(twice);
        self.facts.effects.retain(|_| !twice.next().unwrap_or(false));
    }
}
