//! Runs a shell tree abstractly: lists, pipelines, compound commands, functions.

pub(super) mod arithmetic;
pub(super) mod assign;
pub(super) mod braces;
pub(super) mod builtins;
pub(super) mod conditions;
pub(super) mod either;
mod endless;
mod exact;
pub(super) mod expand;
pub(super) mod flow;
mod getopts;
pub(super) mod invoke;
mod loop_bodies;
pub(super) mod loops;
mod namerefs;
pub(super) mod operators;
pub(super) mod parameters;
pub(super) mod passwords;
mod pieces;
pub(super) mod pipes;
pub(super) mod redirect;
pub(super) mod refine;
pub(super) mod sockets;
mod splitting;
pub(super) mod state;
pub(super) mod traps;
pub(super) mod variable;
pub(super) mod ways;

use crate::facts::analysis::Analysis;
use crate::facts::code::COPROCESS;
use crate::facts::evaluate::flow::{Flow, may_return};
use crate::facts::evaluate::invoke::Invocation;
use crate::facts::evaluate::redirect::{Channels, Opened};
use crate::facts::evaluate::state::{Changes, Channel, Waiting};
use crate::facts::evaluate::variable::Var;
use crate::facts::evaluate::ways::only_tests;
use crate::facts::shell::ast::{Command, Item, Joint, List, Simple, What};
use crate::facts::value::{Data, Field, Printed, Sink, Taint, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    pub fn list(&mut self, list: List<'a>, stdin: &Data<'a>, out: &mut Sink<'a>) {
        let mut index = 0;
        let mut left = None;
        let mut background = Vec::new();
        while index < list.len() {
            // One and-or list: what its tests say holds for what follows them.
            let end = list[index + 1..]
                .iter()
                .position(|item| item.joint == Joint::Then)
                .map_or(list.len(), |n| index + 1 + n);
            let stays = self.empties_where_it_stays(&list[index..end], list.get(end)).then_some(self.state.cwd);
            self.and_or(&list[index..end], stdin, out);
            if let Some(here) = stays {
                let either = Val::set(self.bump, &[self.state.cwd, here]);
                self.state.set_cwd(either);
            }
            if self.function_depth > 0 && left.is_none() && list[index..end].iter().any(may_return) {
                // Whether the rest of the function runs is not known.
                left = Some(self.state.mark());
            }
            if list[index].background && end < list.len() {
                background.push((index..end, self.state.mark(), self.state.cwd));
            }
            index = end;
        }
        if let Some(mark) = left {
            self.unless_left(mark);
        }
        if !background.is_empty() && !self.resumed {
            self.resumed = true;
            let pipes = !self.made().pipes.is_empty();
            for (waiting, began, cwd) in background {
                // Who waits at a named pipe reads what is written to it later.
                if pipes {
                    let mark = self.state.mark();
                    self.and_or(&list[waiting], stdin, out);
                    self.leave_subshell(mark);
                } else if self.state.writes_since(began) {
                    self.later_in_background(&list[waiting], (began, cwd), stdin);
                }
            }
            self.resumed = false;
        }
    }

    /// Joins what was set since the mark with what was there before.
    fn unless_left(&mut self, mark: usize) {
        if self.state.sets_since(mark) {
            let changes = self.state.rollback(mark);
            self.state.perhaps(self.bump, changes);
        }
    }

    fn and_or(&mut self, items: &'a [Item<'a>], stdin: &Data<'a>, out: &mut Sink<'a>) {
        let all = items.len() > 1 && items[1..].iter().all(|item| item.joint == Joint::And);
        let around = std::mem::replace(&mut self.chain, all.then(Vec::new));
        // `mkdir out || exit`: whoever gets past it is where errors end the script.
        let ends = |item: &Item<'a>| item.joint == Joint::Or && self.leaves_here(item);
        let leaves = items.len() > 1 && items[1..].iter().all(ends);
        let errexit = self.state.options.errexit;
        self.state.options.errexit |= leaves;
        // The shell goes on where what fails is not the last of its list, is negated, or runs beside it (bash(1), "set",
        // "-e").
        let unnoticed = errexit && !leaves && (items.len() > 1 || items[0].negated || items[0].background);
        self.state.options.errexit &= !unnoticed;
        // When something is unmounted in the background, nobody knows.
        let mounted = if items[0].background { self.mounted_now() } else { Vec::new() };
        match items {
            [item] => self.item(item, item.background, stdin, out),
            // `cd x && rm y &`: all of it runs in one subshell.
            [item, ..] if item.background => {
                let mark = self.state.mark();
                self.several(items, stdin, out);
                self.leave_subshell(mark);
            }
            items => self.several(items, stdin, out),
        }
        self.mount_again(mounted);
        // What follows runs whether or not these succeeded.
        if leaves {
            self.state.options.errexit = errexit;
        } else if unnoticed {
            self.state.options.errexit |= errexit;
        }
        for (path, before) in std::mem::replace(&mut self.chain, around).into_iter().flatten().rev() {
            self.state.set_file(path, before);
        }
    }

    /// What was put into the background finds the files that the script writes later, with the variables that it began with:
    /// `(sleep 5; sh s) & echo 'rm -rf x' > s`.
    fn later_in_background(&mut self, items: List<'a>, (began, cwd): (usize, Val<'a>), stdin: &Data<'a>) {
        let mark = self.state.mark();
        for (name, before) in self.state.before_since(began) {
            self.state.set_var(name, before);
        }
        self.state.set_cwd(cwd);
        self.said_once(|this| this.perhaps(|this| this.and_or(items, stdin, &mut Sink::new())));
        let _ = self.state.rollback(mark);
    }

    fn speaks_of_pipefail(&self) -> bool {
        self.facts.sources.first().is_some_and(|source| source.text.contains("pipefail"))
    }

    /// A condition: what fails there is noticed, and ends nothing.
    pub(super) fn as_condition(&mut self, list: List<'a>, stdin: &Data<'a>, out: &mut Sink<'a>) {
        self.going_on(|this| this.list(list, stdin, out));
    }

    /// What does not end at errors by itself, within what may do.
    pub(super) fn going_on(&mut self, run: impl FnOnce(&mut Self)) {
        let errexit = std::mem::take(&mut self.state.options.errexit);
        run(self);
        self.state.options.errexit |= errexit;
    }

    /// A pipeline; in the background it is a subshell, unless it belongs to a list that is one as a whole.
    fn item(&mut self, item: &'a Item<'a>, apart: bool, stdin: &Data<'a>, out: &mut Sink<'a>) {
        if !self.step(item.span) {
            return;
        }
        match item.pipeline {
            [] => {}
            [one] if !apart => self.command(one, stdin, out),
            many => {
                let mut data = if apart && many.len() > 1 { Data::NOTHING } else { *stdin };
                for (index, command) in many.iter().enumerate() {
                    let mut sink = Sink::new();
                    let mark = self.state.mark();
                    let (reads, writes) = (index > 0, index + 1 < many.len());
                    let input = if reads { self.led_back(0) } else { None };
                    let output = if writes { self.led_back(1) } else { None };
                    let outer = self.begin_shell();
                    // What ends a pipe is all that counts of it, but for `pipefail`.
                    let errexit = self.state.options.errexit;
                    if errexit && writes && !self.speaks_of_pipefail() {
                        self.state.options.errexit = false;
                    }
                    self.command(command, &data, &mut sink);
                    self.state.options.errexit |= errexit;
                    self.end_shell(outer, &mut sink);
                    self.lead(0, input);
                    self.lead(1, output);
                    // bash(1), "shopt": `lastpipe`; zsh and ksh do it always.
                    if !(self.state.options.lastpipe && !writes && !apart) {
                        self.leave_subshell(mark);
                    }
                    data = sink.data(self.bump);
                    if writes && data.source.is_empty() {
                        data.source = self.text_of(command.span);
                    }
                    self.fork_bomb(command, item.background);
                }
                out.push(data);
            }
        }
    }

    /// A pipe and a capture stand before what `exec` did to a descriptor (`exec >log; curl … | sh`): where it had led it.
    pub fn led_back(&mut self, number: u32) -> Option<Channel<'a>> {
        let led = self.state.channel(number);
        if led.is_some() {
            self.state.set_channel(number, None);
        }
        led
    }

    /// The descriptor leads there again.
    pub fn lead(&mut self, number: u32, led: Option<Channel<'a>>) {
        if led.is_some() {
            self.state.set_channel(number, led);
        }
    }

    /// Runs a list whose changes to variables and directory do not outlive it; files do.
    pub fn subshell(&mut self, list: List<'a>, stdin: &Data<'a>, out: &mut Sink<'a>) {
        let (mark, effects) = (self.state.mark(), self.facts.effects.len());
        let outer = self.begin_shell();
        self.list(list, stdin, out);
        self.end_shell(outer, out);
        self.only_connected(list, effects);
        self.leave_subshell(mark);
    }

    pub fn leave_subshell(&mut self, mark: usize) {
        if self.state.mark() == mark {
            return;
        }
        let changes = self.state.rollback(mark);
        for (path, file) in changes.files {
            self.state.set_file(path, file);
        }
    }

    pub fn command(&mut self, command: &'a Command<'a>, stdin: &Data<'a>, out: &mut Sink<'a>) {
        if let What::Simple(simple) = &command.what {
            self.simple(simple, command, stdin, out);
            return;
        }
        if let What::Function { name, body } = &command.what {
            self.state.set_function(name, Some(body));
            // Run for whatever is not found (bash(1), "Command Execution"), when a variable is used (ksh(1), "Discipline
            // Functions"), or by zsh itself at its end (zshmisc(1), "Special Functions").
            let by_itself = matches!(*name, "TRAPEXIT" | "TRAPINT" | "TRAPTERM" | "TRAPZERR" | "TRAPDEBUG" | "zshexit")
                && self.facts.sources.first().is_some_and(|source| source.text.contains("zsh"));
            let disciplines = [".get", ".set", ".append", ".unset"];
            if matches!(*name, "command_not_found_handle" | "command_not_found_handler")
                || by_itself
                || disciplines.iter().any(|discipline| name.ends_with(discipline))
            {
                self.perhaps(|this| this.command(body, &Data::NOTHING, &mut Sink::new()));
            }
            return;
        }
        self.depth += 1;
        if self.depth > 2 * limits::NESTING {
            self.depth -= 1;
            self.unread(command.span, "nested too deeply", false);
            return;
        }
        let mut channels = Channels::default();
        let processes = self.processes.len();
        self.redirects(command.redirects, stdin, &mut channels);
        let input = channels.input(stdin);
        let mut sink = Sink::new();
        let opened = self.opened(&channels);
        self.compound(&command.what, &input, &mut sink);
        self.closed(opened, &mut channels, out);
        let data = sink.data(self.bump);
        self.deliver(&channels, data, out, None);
        self.run_processes(processes, &data, &input);
        self.depth -= 1;
    }

    fn compound(&mut self, what: &'a What<'a>, stdin: &Data<'a>, out: &mut Sink<'a>) {
        match what {
            What::Simple(_) | What::Function { .. } => {}
            What::Subshell(list) => self.subshell(list, stdin, out),
            What::Group(list) => self.list(list, stdin, out),
            What::If { arms, otherwise } => self.if_command(arms, *otherwise, stdin, out),
            What::While { condition, body, until } => self.while_loop(condition, body, *until, stdin, out),
            What::For { name, words, body } | What::Select { name, words, body } => {
                self.for_loop(name, *words, body, stdin, out);
            }
            What::ArithmeticFor { parts, body } => {
                if !self.counted_loop(parts, body, stdin, out) {
                    self.assigned_numbers(parts);
                    self.arithmetic(parts);
                    self.rounds(body, stdin, out);
                }
            }
            What::Case { word, arms } => self.case_command(word, arms, stdin, out),
            What::Arithmetic(parts) => {
                self.assigned_numbers(parts);
                self.arithmetic(parts);
            }
            What::Condition(condition) => self.condition(condition),
            What::Coprocess { name, body } => {
                let mark = self.state.mark();
                let mut printed = Sink::new();
                self.command(body, &Data::unknown(COPROCESS, Taint::OPAQUE), &mut printed);
                self.leave_subshell(mark);
                let items = &[(Val::Lit("0"), Val::Lit("63")), (Val::Lit("1"), Val::Lit("60"))][..];
                let ends = Var { items: Some(items), ..Var::plain(Val::EMPTY) };
                self.state.set_var(name.unwrap_or("COPROC"), Some(ends));
                self.state.set_channel(63, Some(Channel::Read(printed.data(self.bump))));
                self.state.set_channel(60, Some(Channel::Process(Waiting::Coprocess(body))));
            }
        }
    }

    fn if_command(
        &mut self,
        arms: &'a [(List<'a>, List<'a>)],
        otherwise: Option<List<'a>>,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) {
        let mut branches: Vec<Changes<'a>> = Vec::new();
        let mut left: Vec<(Option<&Item<'a>>, Changes<'a>)> = Vec::new();
        let mut known_after = Vec::new();
        let mut all_facts = Vec::new();
        let mut printed = Printed::default();
        for (index, (condition, body)) in arms.iter().enumerate() {
            let decided = match condition {
                [test] if branches.is_empty() && known_after.is_empty() => self.decided(test),
                _ => None,
            };
            let before = out.parts.len();
            self.as_condition(condition, stdin, out);
            printed.besides |= out.parts.len() > before;
            match decided {
                Some(true) => return self.list(body, stdin, out),
                Some(false) => continue,
                None => {}
            }
            let facts = self.tested_list(condition);
            let mark = self.state.mark();
            self.narrow(&facts, true);
            let mounted = match (*condition, body.first(), body.last()) {
                ([test], Some(first), Some(last))
                    if only_tests(test) && self.tests_something_else(test.span, first.span.to(last.span)) =>
                {
                    self.mounted_now()
                }
                _ => Vec::new(),
            };
            let before = out.parts.len();
            self.list(body, stdin, out);
            printed.branches.push((before, out.parts.len()));
            self.mount_again(mounted);
            let leaves =
                Flow::of_list(body) == Flow::Leaves && !body.last().is_some_and(|item| self.only_seems_to_leave(item));
            let changes = self.state.rollback(mark);
            all_facts.extend_from_slice(&facts);
            if leaves {
                if index == 0 || !known_after.is_empty() {
                    known_after.push(facts);
                }
                left.push((body.last(), changes));
            } else {
                branches.push(changes);
            }
        }
        let mut complete = false;
        if let Some(body) = otherwise {
            let mark = self.state.mark();
            for facts in &known_after {
                self.narrow(facts, false);
            }
            let before = out.parts.len();
            self.list(body, stdin, out);
            printed.branches.push((before, out.parts.len()));
            branches.push(self.state.rollback(mark));
            complete = true;
        }
        printed.instead(self.bump, out);
        if !complete && !all_facts.is_empty() && !branches.is_empty() {
            // `if [ -z "$X" ]; then X=build; fi`: where that was not done, it was not needed.
            let mark = self.state.mark();
            self.narrow(&all_facts, false);
            branches.push(self.state.rollback(mark));
            complete = true;
        }
        self.state.join(self.bump, &branches, !complete);
        for facts in &known_after {
            self.narrow(facts, false);
        }
        for (last, changes) in left {
            self.may_come_back(last, changes);
        }
    }

    fn simple(&mut self, simple: &'a Simple<'a>, command: &'a Command<'a>, stdin: &Data<'a>, out: &mut Sink<'a>) {
        if let Some((name, texts)) = self.commands_to_choose(simple) {
            return self.one_of(texts, out, |this, text, out| {
                this.set_variable(name, *text);
                this.simple(simple, command, stdin, out);
            });
        }
        let processes_before = self.processes.len();
        let mut settings: Vec<(&'a str, Val<'a>)> = Vec::new();
        let piped_in = std::mem::replace(&mut self.piped_in, *stdin);
        let around = std::mem::take(&mut self.choice);
        let mut fields = self.words_with_choice(simple.words);
        let choice = std::mem::replace(&mut self.choice, around);
        // `$EMPTY rm -rf /`: an empty unquoted word is no word.
        if choice.is_empty() {
            let nothing = |field: &&Field<'a>| field.splits && !field.quoted && self.surely_empty(field);
            let empty = fields.iter().take_while(nothing).count();
            fields.drain(..empty.min(fields.len().saturating_sub(1)));
        }
        for assign in simple.assigns {
            let val = self.assign_value(assign);
            if simple.words.is_empty() {
                self.assign(assign, val);
            } else {
                settings.push((assign.name, val.0));
            }
        }
        self.piped_in = piped_in;
        let mut channels = Channels::default();
        self.redirects(command.redirects, stdin, &mut channels);
        // `exec < file` is for all that follows.
        let input = match self.state.channel(0) {
            Some(Channel::Read(data)) if stdin.inherited => channels.input(&data),
            Some(Channel::Network(host)) if stdin.inherited => {
                channels.input(&Data::unknown(host.lit().unwrap_or("a connection"), Taint::NETWORK))
            }
            _ => channels.input(stdin),
        };
        let mut sink = Sink::new();
        let first_call = self.facts.calls.len();
        // What `exec` opens stays open.
        let lasts = fields.first().and_then(|word| word.val.lit()) == Some("exec");
        let opened = if lasts || channels.set.is_empty() { Opened::default() } else { self.opened(&channels) };
        if simple.words.is_empty() {
            if simple.assigns.is_empty() && !command.redirects.is_empty() {
                // `> file` alone empties the file.
                sink.push(Data::NOTHING);
            }
        } else if !fields.is_empty() {
            let (words, settings) = (self.bump.alloc_slice_copy(&fields), self.bump.alloc_slice_copy(&settings));
            let command = Invocation { words, settings, stdin: &input, channels: &channels };
            match choice.split_first() {
                Some((from, ends)) => self.one_of_several(*from, ends, &command, &mut sink),
                None => self.invoke(&command, &mut sink),
            }
            if !simple.declares.is_empty() {
                self.declare_arrays(simple);
            }
        }
        if let Some(last) = fields.last().filter(|_| self.asks_for_last()) {
            self.state.set_var("_", Some(Var::plain(last.val)));
        }
        self.closed(opened, &mut channels, out);
        let mut data = sink.data(self.bump);
        if data.source.is_empty() {
            data.source = self.text_of(command.span);
        }
        let call = (self.facts.calls.len() > first_call).then_some(first_call as u32);
        self.deliver(&channels, data, out, call);
        self.run_processes(processes_before, &data, &input);
    }

    /// Whether the script asks anywhere for the last word of the command before: `$_`.
    fn asks_for_last(&self) -> bool {
        let script = self.facts.sources.first().map_or("", |source| source.text);
        *self.last_word.get_or_init(|| {
            let word = |c: char| c.is_alphanumeric() || c == '_';
            script.match_indices("$_").any(|(at, sign)| !script[at + sign.len()..].starts_with(word))
                || script.contains("${_}")
        })
    }

    /// Runs what waits behind the `>(…)` of a command that has run.
    fn run_processes(&mut self, from: usize, output: &Data<'a>, input: &Data<'a>) {
        while self.processes.len() > from {
            let Some((path, list)) = self.processes.pop() else { break };
            let mut data = self.state.file(path).map_or(*output, |f| f.data);
            if data.text.is_none() || matches!(data.text, Some(Val::Lit(""))) {
                data = if matches!(data.text, Some(Val::Lit(""))) { *input } else { data };
                data.taint |= input.taint;
            }
            let mut sink = Sink::new();
            self.subshell(list, &data, &mut sink);
        }
    }

    fn surely_empty(&self, field: &Field<'a>) -> bool {
        field.val.lit() == Some("")
    }
}
