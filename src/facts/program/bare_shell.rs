//! A shell that is given nothing to run: what a person typed there would have that shell's rights.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::value::{Data, Seg, Taint, Val};
use crate::facts::{Call, Opt};

impl<'a> Analysis<'a> {
    /// A shell without anything to run, started by a program that is not one: a way out of whatever confined it, and
    /// with that program's rights (the "shell escape" of editors, pagers, archivers).
    pub(super) fn bare_shell(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>) {
        let shell = call.entry.is_some_and(|e| matches!(e.name, "bash" | "elvish"));
        // Whoever types there has all that a shell has: `sudo python3`.
        let asked = |o: &Opt<'a>| matches!(o.spelled, "-i" | "-a" | "-q" | "--interactive" | "-NoProfile" | "-nologo");
        let prompt = self.place.privileged
            && self.place.local()
            && stdin.inherited
            && call.options.iter().all(asked)
            && (call.operands.is_empty() || call.verb == "script")
            && self.know.lists().has("interactive", call.program);
        if prompt {
            self.plain_effect(Kind::Elevate, "root", index, call.span, Taint::NONE, &["shell"]);
        }
        if !shell
            || !call.operands.iter().all(|o| o.field.splits && !self.fills_in())
            || call.options.iter().any(|o| o.is("-c") || o.is("-n") || o.value.is_some())
            || !self.place.local()
        {
            return;
        }
        // `sh < $(tty)`, `sh < /dev/tty`
        let typed = stdin.inherited || stdin.source.contains("tty");
        if !typed && !matches!(stdin.text, Some(Val::Lit(""))) {
            return;
        }
        let wrapper = self.place.via.last().copied();
        let listed = |list: &'static str| wrapper.is_some_and(|name| self.know.lists().has(list, name));
        let keeps_rights = call.options.iter().any(|o| o.is("-p"));
        let wrapped = wrapper.is_some() && !listed("starts-shells");
        if !self.place.privileged && !keeps_rights && self.drives_a_terminal() {
            return;
        }
        if !self.inside.is_empty() || listed("shell-escapes") || keeps_rights || (wrapped && self.place.privileged) {
            let source = if self.inside.is_empty() { wrapper.unwrap_or("") } else { self.inside };
            self.plain_effect(Kind::Elevate, source, index, call.span, Taint::NONE, &["escape"]);
        } else if self.place.privileged {
            self.plain_effect(Kind::Elevate, "root", index, call.span, Taint::NONE, &["shell"]);
        }
    }

    /// Whether code starts a terminal whose only keys are those that it writes itself (Python's `pty.fork`): nobody types
    /// there, and nobody is spoken to.
    fn drives_a_terminal(&self) -> bool {
        let drives = |text: &str| {
            let says = |word: &&str| text.contains(*word);
            ["pty.fork(", "os.write(", "os.read("].iter().all(says)
                && ![
                    "socket",
                    "stdin",
                    "STDIN",
                    "input(",
                    "urlopen",
                    "requests",
                    "http",
                    "spawn(",
                    "system(",
                    "asyncio",
                    "connection",
                    "os.read(0",
                    "#",
                ]
                .iter()
                .any(says)
        };
        !self.inside.is_empty()
            && self.facts.sources.iter().any(|source| source.language == "python" && drives(source.text))
    }

    /// The words come from what a wrapper reads, so they are some, whatever they are.
    fn fills_in(&self) -> bool {
        self.place.via.last().is_some_and(|wrapper| self.know.lists().has("fills-in-words", wrapper))
    }
}

/// Whether a shell of another user is given all that it is to run, and so opens nothing: `sudo -iu postgres <<< 'createdb
/// x'`. What is read there is judged as code.
pub(super) fn runs_what_it_is_given(call: &Call<'_>, stdin: &Data<'_>) -> bool {
    let begins = match stdin.text {
        Some(Val::Lit(text)) => !text.is_empty(),
        Some(Val::Text([Seg::Lit(_), ..])) => true,
        _ => false,
    };
    begins && !stdin.inherited && call.entry.is_some_and(|entry| entry.code.iter().any(|slot| slot.stdin))
}
