//! What a shell runs when it ends or something happens to it: `trap 'rm -rf "$work"' EXIT`, with what the variables hold
//! by then.

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::evaluate::state::{Shell, Trap};
use crate::facts::evaluate::variable::Var;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Field, Sink, Taint, Val, is_nothing};

impl<'a> Analysis<'a> {
    /// `trap code signal…`
    pub fn trap(&mut self, args: &'a [Field<'a>]) {
        let args = if args.first().and_then(|f| f.val.lit()) == Some("--") { &args[1..] } else { args };
        let [code, signals @ ..] = args else { return };
        if signals.is_empty() || matches!(code.val.lit(), Some("" | "-" | "-p" | "-l")) {
            return;
        }
        // Such a trap may set what the function at hand was given.
        if !signals.iter().all(|signal| matches!(signal.val.lit(), Some("EXIT" | "0"))) {
            self.arguments_may_change();
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
        let ran = !uses.iter().any(|(name, val)| val.is_none() && later(name));
        let of_the_end =
            |signal: &Field<'a>| signal.val.lit().is_some_and(|name| name == "0" || name.eq_ignore_ascii_case("EXIT"));
        let only_of_the_end = signals.iter().all(of_the_end);
        let (mut printed, mut postponed) = (Sink::new(), Vec::new());
        if ran {
            // What it unmounts is mounted until then, and what it sets is set by then only.
            let (mounted, mark) = (self.mounted_now(), self.state.mark());
            let before = self.facts.effects.len();
            self.shell_code(code.val, code.span, &Data::NOTHING, &mut printed, u32::MAX);
            if only_of_the_end {
                self.leave_subshell(mark);
            } else {
                let changes = self.state.rollback(mark);
                self.state.perhaps(self.bump, changes);
            }
            self.mount_again(mounted);
            // A database may be made only later, for this script: what is dropped is judged at its end.
            if only_of_the_end {
                let found = self.facts.effects.split_off(before);
                let (drops, others) = found.into_iter().partition(|effect| effect.does == Kind::Drop);
                postponed = drops;
                self.facts.effects.extend::<Vec<_>>(others);
            }
        }
        let printed = printed.data(self.bump);
        let at_exit = signals.iter().any(of_the_end);
        let (uses, postponed) = (self.bump.alloc_slice_copy(&uses), self.bump.alloc_slice_copy(&postponed));
        let (cwd, definitions) = (self.state.cwd, self.state.definitions);
        self.traps.push(Trap { code: *code, at_exit, uses, definitions, cwd, ran, printed, postponed });
    }

    /// The shell ends whose traps these are: those that were set since there were so many. Variables may hold what they held
    /// wherever it exits.
    pub fn run_traps(&mut self, since: Shell, out: &mut Sink<'a>) {
        let held = self.held_at_exits.split_off(since.exits.min(self.held_at_exits.len()));
        let traps = self.traps.split_off(since.traps.min(self.traps.len()));
        if traps.is_empty() {
            return;
        }
        self.may_hold(held.into_iter());
        for trap in traps {
            self.run_trap(&trap, out);
        }
    }

    /// `exit`: what the variables hold by then that traps use.
    pub fn exits(&mut self, span: Span) {
        const MOST: usize = 256;
        if self.held_at_exits.len() >= MOST {
            return;
        }
        // The last one is in force, or one before it where that is set on some ways only.
        const IN_FORCE: usize = 4;
        let traps = self.traps.get(self.shell.traps..).unwrap_or_default().iter().rev();
        let traps = traps.filter(|trap| trap.at_exit).take(IN_FORCE);
        let mut names: Vec<&'a str> =
            traps.filter_map(|trap| trap.code.val.lit()).flat_map(|code| self.used_by(code)).collect();
        names.sort_unstable();
        names.dedup();
        let used = names.into_iter().filter_map(|name| Some((name, self.state.var(name)?)));
        let since = self.held_at_exits.get(self.shell.exits..).unwrap_or_default();
        let same = |(name, var): &(&'a str, Var<'a>)| {
            since.iter().any(|(known, other)| known == name && other.val == var.val && other.items == var.items)
        };
        let new: Vec<(&'a str, Var<'a>)> = used.filter(|one| !same(one)).collect();
        if self.held_at_exits.len() + new.len() > MOST {
            self.unread(span, MORE, false);
        }
        let room = MOST - self.held_at_exits.len();
        self.held_at_exits.extend(new.into_iter().take(room));
    }

    /// The variables that code uses, and the functions that it calls.
    fn used_by(&self, code: &'a str) -> Vec<&'a str> {
        const MOST_BODIES: usize = 8;
        let word = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'));
        let (mut names, mut texts, mut seen) = (Vec::new(), vec![code], 0);
        while let Some(text) = texts.pop().filter(|_| seen < MOST_BODIES) {
            seen += 1;
            names.extend(parameters(text));
            let called = text.split(word).filter_map(|name| self.state.function(name));
            texts.extend(called.map(|body| self.text_of(body.span)));
        }
        names
    }

    /// A shell begins within the one at hand; what that was.
    pub fn begin_shell(&mut self) -> Shell {
        let own = Shell { traps: self.traps.len(), exits: self.held_at_exits.len() };
        std::mem::replace(&mut self.shell, own)
    }

    /// It ends.
    pub fn end_shell(&mut self, outer: Shell, out: &mut Sink<'a>) {
        self.run_traps(self.shell, out);
        self.shell = outer;
    }

    /// Whether a text names a file that the script wrote: by then it holds what it was given last.
    fn names_written(&self, code: Val<'a>) -> bool {
        let Some(text) = code.lit().filter(|_| self.state.has_files()) else { return false };
        let mut words =
            text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '&' | '|' | '<' | '>'));
        words.any(|word| {
            let path = (!word.is_empty()).then(|| self.absolute(word)).flatten();
            path.and_then(|path| self.state.file(path)).is_some_and(|file| !file.directory)
        })
    }

    fn run_trap(&mut self, trap: &Trap<'a>, out: &mut Sink<'a>) {
        for effect in trap.postponed {
            self.effect(*effect);
        }
        let changed = |(name, before): &(&str, Option<Val<'a>>)| {
            name.starts_with(|c: char| c.is_ascii_digit()) || self.state.var(name).map(|var| var.val) != *before
        };
        let elsewhere = trap.at_exit && (trap.cwd != self.state.cwd || self.names_written(trap.code.val));
        // A function may be defined later, or anew.
        let defined = trap.definitions != self.state.definitions;
        if !trap.ran || elsewhere || defined || trap.uses.iter().any(changed) {
            self.shell_code(trap.code.val, trap.code.span, &Data::NOTHING, out, u32::MAX);
        } else if !is_nothing(&trap.printed) {
            // It may have been taken back.
            let before = out.between(self.bump, 0, out.parts.len());
            out.push(trap.printed);
            let after = out.between(self.bump, 0, out.parts.len());
            out.one_of(self.bump, 0, &[after, before]);
        }
    }
}

/// The names of the variables that a text expands.
pub fn parameters(text: &str) -> impl Iterator<Item = &str> {
    text.split('$').skip(1).filter_map(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.bytes().position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'_')).unwrap_or(rest.len());
        Some(&rest[..end]).filter(|name| !name.is_empty())
    })
}
