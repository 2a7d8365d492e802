//! What a program computed before it called is judged as the code that says it: what is left of the program when all
//! that it computes is done.

use crate::facts::Effect;
use crate::facts::analysis::{Analysis, MORE};
use crate::facts::code::computed::{Computed, Given, computed};
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::value::Val;
use crate::limits;

impl<'a> Analysis<'a> {
    /// Goes through a program with what there is before it runs; none where that is not done.
    pub(super) fn computed(
        &self,
        language: &str,
        text: &'a str,
        (words, environment, input): (&[&'a str], &[(&'a str, &'a str)], Option<&'a str>),
        call: u32,
    ) -> Option<Computed> {
        if self.embedding || self.in_residual || self.depth >= limits::NESTING {
            return None;
        }
        let variable = |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let home = self.tilde_expanded("~");
        let file = |path: &str| match self.state.has_files() {
            true => self.state.file(self.absolute(self.bump.alloc_str(path))?)?.data.text?.lit(),
            false => None,
        };
        let module = |name: &str| match self.state.has_files() {
            true => {
                self.written_modules(language, name, u32::MAX).into_iter().find_map(|(_, _, data)| data.text?.lit())
            }
            false => None,
        };
        computed(
            self.bump,
            language,
            text,
            Given {
                words,
                variable: &variable,
                file: &file,
                module: &module,
                input,
                home,
                packages: &|| self.packages_of_python(call),
            },
        )
    }

    /// Where the Python that a call starts has its packages (site(3): `PREFIX/lib/pythonX.Y/site-packages`): for everybody,
    /// if no environment of its own is in use, as far as that is seen.
    fn packages_of_python(&self, call: u32) -> Option<&'a str> {
        let program = self.facts.calls.get(call as usize)?.words.first()?.val.lit()?;
        match program.rsplit_once("/bin/") {
            Some((prefix, _)) => Some(self.bump.alloc_str(&format!("{prefix}/lib/python3/site-packages"))),
            None if program.contains('/') => None,
            None => {
                let script = self.facts.sources.first().map_or("", |source| source.text);
                (!script.contains("activate")).then_some("/usr/lib/python3/site-packages")
            }
        }
    }

    /// Judges what a program comes to; what is known of it by now begins at these effects, and at what is unread of it. Where
    /// something of its own answers all that it asks of services, those are asked nothing.
    pub(super) fn residual(
        &mut self,
        computed: Computed,
        (language, text): (&'a str, &'a str),
        (source, call): (u32, u32),
        (from, unread): (usize, usize),
        stood_in: bool,
    ) {
        // What it prints is known: not only the texts that it says.
        // Where it prints by other ways, or changes what others are, that is not all of it.
        let beyond = self.know.lists().named_in("beyond-going-through", text);
        if let Some(printed) = computed.printed.filter(|printed| !printed.is_empty() && !beyond) {
            self.printed.retain(|(by, _)| *by != call);
            let printed = self.bump.alloc_str(printed.strip_suffix('\n').unwrap_or(&printed));
            self.printed.push((call, Val::Lit(printed)));
        }
        let Some(code) = computed.code else { return };
        // What was put together is known: what it may have been, and that it was hidden, says nothing.
        if computed.exact && !beyond {
            let own: Vec<Effect<'a>> = self.facts.effects.drain(from..).collect();
            let hidden = |effect: &Effect<'a>| effect.does == Kind::Code && effect.marks.contains(&"hidden");
            self.facts.effects.extend(own.into_iter().filter(|effect| !hidden(effect)));
            let own: Vec<_> = self.facts.unread.drain(unread..).collect();
            self.facts.unread.extend(own.into_iter().filter(|unread| unread.why == MORE));
        }
        let code: &'a str = self.bump.alloc_str(&code);
        let source = self.source(code, language, Some(Span { source, start: 0, end: text.len() as u32 }));
        let printed = self.printed.len();
        let known = self.facts.effects.len();
        self.in_residual = true;
        self.all_stood_in = stood_in;
        self.depth += 1;
        self.inline(language, code, source, call);
        self.depth -= 1;
        self.in_residual = false;
        self.all_stood_in = false;
        self.printed.truncate(printed);
        // What the program said by itself is said once.
        let after: Vec<Effect<'a>> = self.facts.effects.drain(known..).collect();
        let before = &self.facts.effects[from..];
        let again = |effect: &Effect<'a>| {
            before.iter().any(|known| {
                (known.does, known.target, known.marks) == (effect.does, effect.target, effect.marks)
                    && (known.recursive, known.certain, known.data) == (effect.recursive, effect.certain, effect.data)
            })
        };
        // In which repository git was called what is gone through may not tell: `cwd=unknown`.
        let elsewhere = code.contains("cwd=unknown") || code.contains("cwd: unknown");
        let of_git = |effect: &Effect<'a>| matches!(effect.does, Kind::Push | Kind::DiscardWork);
        let thrown_away = |effect: &Effect<'a>| {
            let mut same = before.iter().filter(|e| (e.does, e.target) == (effect.does, effect.target)).peekable();
            same.peek().is_some() && same.all(|effect| effect.marks.contains(&"throwaway"))
        };
        let known = |effect: &Effect<'a>| again(effect) || elsewhere && of_git(effect) && thrown_away(effect);
        let new: Vec<Effect<'a>> = after.into_iter().filter(|effect| !known(effect)).collect();
        self.facts.effects.extend(new);
    }
}
