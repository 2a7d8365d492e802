//! What a shell runs when it ends or something happens to it: `trap 'rm -rf "$work"' EXIT`, with what the variables hold
//! by then.

use crate::facts::analysis::Analysis;
use crate::facts::evaluate::state::Trap;
use crate::facts::value::{Data, Field, Sink, Taint, Val, is_nothing};

impl<'a> Analysis<'a> {
    /// `trap code signal…`
    pub fn trap(&mut self, args: &'a [Field<'a>]) {
        let args = if args.first().and_then(|f| f.val.lit()) == Some("--") { &args[1..] } else { args };
        let [code, signals @ ..] = args else { return };
        if signals.is_empty() || matches!(code.val.lit(), Some("" | "-" | "-p" | "-l")) {
            return;
        }
        // What the next command is goes through a text again (bash(1), "BASH_COMMAND").
        let rewrites = |text: &str| {
            let text = text.trim_start();
            text.starts_with("$BASH_COMMAND")
                || text.starts_with("${BASH_COMMAND")
                || text.contains("BASH_COMMAND") && text.contains("eval")
        };
        if let Some(text) = code.val.lit().filter(|text| rewrites(text)) {
            self.code_effect(text, Taint::DECODED, u32::MAX, code.span);
        }
        let uses: Vec<(&'a str, Option<Val<'a>>)> = match code.val.lit() {
            Some(text) => {
                let body = self.state.function(text.trim()).map_or(text, |function| self.text_of(function.span));
                parameters(body).map(|name| (name, self.state.var(name).map(|var| var.val))).collect()
            }
            None => Vec::new(),
        };
        // What is given a value only later has it by the end.
        let script = self.facts.sources.get(code.span.source as usize).map_or("", |source| source.text);
        let later = |name: &str| script.match_indices(name).any(|(at, _)| script[at + name.len()..].starts_with('='));
        // A function may be defined later, too.
        let awaited = code.val.lit().map(str::trim).is_some_and(|name| {
            let defined = || ["", " "].iter().any(|blank| script.contains(&*format!("{name}{blank}()")));
            is_word(name)
                && self.state.function(name).is_none()
                && (defined() || script.contains(&*format!("function {name}")))
        });
        let ran = !uses.iter().any(|(name, val)| val.is_none() && later(name));
        let mut printed = Sink::new();
        if ran {
            // What it unmounts is mounted until then, and what it sets is set by then only.
            let (mounted, mark) = (self.mounted_now(), self.state.mark());
            self.shell_code(code.val, code.span, &Data::NOTHING, &mut printed, u32::MAX);
            if signals.iter().all(|signal| matches!(signal.val.lit(), Some("EXIT" | "0"))) {
                self.leave_subshell(mark);
            } else {
                let changes = self.state.rollback(self.bump, mark);
                self.state.perhaps(self.bump, changes);
            }
            self.mount_again(mounted);
        }
        let printed = printed.data(self.bump);
        if !uses.is_empty() || awaited || !is_nothing(&printed) {
            let ran = ran && !awaited;
            self.traps.push(Trap { code: *code, uses: self.bump.alloc_slice_copy(&uses), ran, printed });
        }
    }

    /// The shell ends whose traps these are: those that were set since there were so many.
    pub fn run_traps(&mut self, since: usize, out: &mut Sink<'a>) {
        for trap in self.traps.split_off(since) {
            self.run_trap(&trap, out);
        }
    }

    /// `exit`: the traps of the shell at hand run, with what its variables hold here.
    pub fn exits(&mut self, out: &mut Sink<'a>) {
        for trap in self.traps.get(self.own_traps..).unwrap_or_default().to_vec() {
            let mark = self.state.mark();
            self.run_trap(&trap, out);
            self.leave_subshell(mark);
        }
    }

    fn run_trap(&mut self, trap: &Trap<'a>, out: &mut Sink<'a>) {
        let changed = |(name, before): &(&str, Option<Val<'a>>)| {
            name.starts_with(|c: char| c.is_ascii_digit()) || self.state.var(name).map(|var| var.val) != *before
        };
        if !trap.ran || trap.uses.iter().any(changed) {
            self.shell_code(trap.code.val, trap.code.span, &Data::NOTHING, out, u32::MAX);
        } else {
            out.push(trap.printed);
        }
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// The names of the variables that a text expands.
pub fn parameters(text: &str) -> impl Iterator<Item = &str> {
    text.split('$').skip(1).filter_map(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.bytes().position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'_')).unwrap_or(rest.len());
        Some(&rest[..end]).filter(|name| !name.is_empty())
    })
}
