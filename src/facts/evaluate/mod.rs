//! Runs a shell tree abstractly: lists, pipelines, compound commands, functions.

pub(super) mod arithmetic;
pub(super) mod assign;
pub(super) mod braces;
pub(super) mod builtins;
pub(super) mod conditions;
pub(super) mod either;
pub(super) mod expand;
pub(super) mod flow;
pub(super) mod invoke;
pub(super) mod loops;
pub(super) mod operators;
pub(super) mod parameters;
pub(super) mod passwords;
pub(super) mod pipes;
pub(super) mod redirect;
pub(super) mod refine;
pub(super) mod sockets;
pub(super) mod state;
pub(super) mod traps;
pub(super) mod variable;

use smallvec::SmallVec;

use crate::facts::analysis::Analysis;
use crate::facts::code::COPROCESS;
use crate::facts::evaluate::expand::has_glob;
use crate::facts::evaluate::flow::{Flow, may_return};
use crate::facts::evaluate::redirect::{Channels, Opened};
use crate::facts::evaluate::refine::Known;
use crate::facts::evaluate::state::{Changes, Channel, Waiting};
use crate::facts::evaluate::variable::Var;
use crate::facts::shell::ast::{Command, Condition, Item, Joint, List, Simple, What, Word};
use crate::facts::value::{Data, Field, Printed, Sink, Taint, Val, is_nothing};
use crate::limits;

/// Commands of one and-or list whose settings are held beside those of what stands before `||`.
const MOST_INSTEAD: usize = 16;

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
            self.and_or(&list[index..end], stdin, out);
            if self.function_depth > 0 && left.is_none() && list[index..end].iter().any(may_return) {
                // Whether the rest of the function runs is not known.
                left = Some(self.state.mark());
            }
            if list[index].background && end < list.len() {
                background.push(index..end);
            }
            index = end;
        }
        if let Some(mark) = left {
            self.unless_left(mark);
        }
        // Who waits at a named pipe reads what is written to it later.
        if !background.is_empty() && !self.resumed && !self.made().pipes.is_empty() {
            self.resumed = true;
            for waiting in background {
                let mark = self.state.mark();
                self.and_or(&list[waiting], stdin, out);
                self.leave_subshell(mark);
            }
            self.resumed = false;
        }
    }

    /// Joins what was set since the mark with what was there before.
    fn unless_left(&mut self, mark: usize) {
        if self.state.sets_since(mark) {
            let changes = self.state.rollback(self.bump, mark);
            self.state.perhaps(self.bump, changes);
        }
    }

    fn and_or(&mut self, items: &'a [Item<'a>], stdin: &Data<'a>, out: &mut Sink<'a>) {
        let all = items.len() > 1 && items[1..].iter().all(|item| item.joint == Joint::And);
        let around = std::mem::replace(&mut self.chain, all.then(Vec::new));
        // `mkdir out || exit`: whoever gets past it is where errors end the script.
        let ends = |item: &Item<'a>| item.joint == Joint::Or && Flow::of(item) == Flow::Leaves;
        let leaves = items.len() > 1 && items[1..].iter().all(ends);
        let errexit = self.state.options.errexit;
        self.state.options.errexit |= leaves;
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
        }
        for (path, before) in std::mem::replace(&mut self.chain, around).into_iter().flatten().rev() {
            self.state.set_file(path, before);
        }
    }

    fn several(&mut self, items: &'a [Item<'a>], stdin: &Data<'a>, out: &mut Sink<'a>) {
        // A test of a loop's own word, in its round.
        let leaves = items[1..].iter().any(|item| Flow::of(item) == Flow::Leaves);
        if let Some(held) = self.decided(&items[0]).filter(|_| !leaves) {
            let then = match items {
                [_, then] => Some((then.joint == Joint::And) == held).map(|runs| runs.then_some(then)),
                [_, then, other] if then.joint == Joint::And && other.joint == Joint::Or && only_assigns(then) => {
                    Some(Some(if held { then } else { other }))
                }
                _ => None,
            };
            if let Some(then) = then {
                self.item(&items[0], false, stdin, out);
                if let Some(then) = then {
                    self.item(then, false, stdin, out);
                }
                return;
            }
        }
        let mark = self.state.mark();
        let (mut first, mut last) = (mark, mark);
        let mut conditional = false;
        let mut printed: SmallVec<[usize; 4]> = SmallVec::new();
        for (index, item) in items.iter().enumerate() {
            printed.push(out.parts.len());
            if index > 0 {
                last = self.state.mark();
                if index == 1 {
                    first = last;
                }
                let before = &items[index - 1];
                // Narrow by what must have been true for this one to run.
                let facts = self.tested(before);
                self.narrow(&facts, (item.joint == Joint::And) != before.negated);
                conditional = true;
            }
            // `test && a=1 || a=2`: it holds what either of them set.
            let instead =
                item.joint == Joint::Or && (2..MOST_INSTEAD).contains(&index) && Flow::of(item) != Flow::Leaves;
            let before = self.state.mark();
            let mounted = match index.checked_sub(1).map(|test| &items[test]) {
                Some(test) if only_tests(test) && self.tests_something_else(test.span, item.span) => self.mounted_now(),
                _ => Vec::new(),
            };
            self.item(item, false, stdin, out);
            self.mount_again(mounted);
            if instead && self.state.sets_since(before) {
                let changes = self.state.rollback(self.bump, before);
                self.state.perhaps(self.bump, changes);
            }
        }
        if items[1..].iter().any(|item| item.joint == Joint::Or) {
            self.printed_instead(items, &printed, out);
        } else if only_tests(&items[0]) && out.parts.len() == printed[0] + 1 {
            // `$([ "$dry" ] && echo echo) rm x`: perhaps nothing is printed.
            const LONGEST: usize = 64;
            let word = out.parts[printed[0]];
            if word.text.and_then(|text| text.lit()).is_some_and(|text| text.len() <= LONGEST) {
                out.one_of(self.bump, printed[0], &[word, Data::NOTHING]);
            }
        }
        if conditional && items.iter().skip(1).all(|item| Flow::of(item) == Flow::Leaves) {
            // `[ -n "$X" ] || exit`: whoever gets past it knows the test held; and what `cd build || exit` did is done.
            let succeeded = (items[1].joint == Joint::Or) != items[0].negated;
            let changes = self.state.rollback(self.bump, if succeeded { first } else { mark });
            let facts = self.tested(&items[0]);
            self.narrow(&facts, (items[1].joint == Joint::Or) != items[0].negated);
            self.may_come_back(items.last(), changes);
        } else if let [done @ .., out_of_it] = items
            && out_of_it.joint == Joint::Or
            && Flow::of(out_of_it) == Flow::Leaves
            && done[1..].iter().all(|item| item.joint == Joint::And)
        {
            // `cd "$d" && git init x && cd x || exit`: whoever gets past it has done all of these.
            let changes = self.state.rollback(self.bump, last);
            for item in done {
                let facts = self.tested(item);
                self.narrow(&facts, !item.negated);
            }
            self.may_come_back(Some(out_of_it), changes);
        } else if self.state.sets_since(first) {
            // `[ -e x ] && d=build`: d may be what it was; then the test did not hold.
            let changes = self.state.rollback(self.bump, first);
            let facts = self.tested(&items[0]);
            self.narrow(&facts, (items[1].joint == Joint::Or) != items[0].negated);
            let here = self.state.cwd;
            self.state.perhaps(self.bump, changes);
            if self.state.cwd != here && only_tests(&items[0]) {
                // `[ -d x ] && cd x`: it may be where it was. (Who begins with `cd x &&` notices that there is no x.)
                let either = Val::set(self.bump, &[self.state.cwd, here]);
                self.state.set_cwd(either);
            }
        }
    }

    /// Of what stands before and behind `||` one is printed, or what failed printed something before it did.
    fn printed_instead(&mut self, items: &'a [Item<'a>], places: &[usize], out: &mut Sink<'a>) {
        const MOST: usize = 8;
        let ends = places.iter().skip(1).copied().chain([out.parts.len()]);
        let ranges: Vec<(usize, usize)> = places.iter().copied().zip(ends).collect();
        if ranges.iter().filter(|(from, to)| from < to).count() < 2 {
            return;
        }
        let each: Vec<Data<'a>> = ranges.iter().map(|(from, to)| out.between(self.bump, *from, *to)).collect();
        let after = |one: &Data<'a>, other: &Data<'a>| {
            let mut both = Sink::new();
            both.push(*one);
            both.push(*other);
            both.data(self.bump)
        };
        // What is printed by whatever fails: a lookup and a test print nothing then, and `echo` does not fail.
        let failing = |at: usize| match &items[at] {
            item if never_fails(item) => None,
            item if only_looks_up(item) || only_tests(item) || each[at].text.is_none() => Some(Data::NOTHING),
            _ => Some(each[at]),
        };
        let (mut done, mut failed) = (vec![each[0]], failing(0).into_iter().collect::<Vec<_>>());
        for (at, item) in items.iter().enumerate().skip(1) {
            let before = if item.joint == Joint::Or { std::mem::take(&mut failed) } else { std::mem::take(&mut done) };
            failed.extend(failing(at).into_iter().flat_map(|last| before.iter().map(move |way| after(way, &last))));
            done.extend(before.iter().map(|way| after(way, &each[at])));
            // Of many it is each by itself, or all of them.
            if done.len() + failed.len() > MOST {
                done = each.iter().copied().chain([out.between(self.bump, places[0], out.parts.len())]).collect();
                failed.clear();
                break;
            }
        }
        let ways: Vec<Data<'a>> = done.into_iter().chain(failed).filter(|way| !is_nothing(way)).collect();
        out.one_of(self.bump, places[0], &ways);
    }

    /// How a test came out that compares the word of a loop at hand with a text, and does nothing else.
    fn decided(&self, item: &'a Item<'a>) -> Option<bool> {
        let [Command { what, redirects: [], .. }] = item.pipeline else { return None };
        let compares = match what {
            What::Condition(Condition::Binary(..)) => true,
            What::Simple(simple) => matches!(
                (simple.words.first().and_then(Word::literal), simple.words.len()),
                (Some("["), 5) | (Some("test"), 4)
            ),
            _ => false,
        };
        if !compares || self.exact.is_empty() {
            return None;
        }
        let [Known::Is(name, text, when)] = self.tested(item)[..] else { return None };
        let now = self.state.var(name)?.val;
        let exact = self.exact.iter().any(|(known, val)| *known == name && *val == now);
        let word = now.lit().filter(|_| exact && !has_glob(text))?;
        let own = |name: &str| self.state.function(name).is_some() || self.state.alias(name).is_some();
        // `nocasematch` may be set.
        let alike = word != text && word.eq_ignore_ascii_case(text);
        (!alike && !own("[") && !own("test")).then_some((word == text) == when)
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
                    self.command(command, &data, &mut sink);
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
            self.state.set_channel(self.bump, number, None);
        }
        led
    }

    /// The descriptor leads there again.
    pub fn lead(&mut self, number: u32, led: Option<Channel<'a>>) {
        if led.is_some() {
            self.state.set_channel(self.bump, number, led);
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
        let changes = self.state.rollback(self.bump, mark);
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
            self.state.set_function(self.bump, name, Some(body));
            // Run for whatever is not found (bash(1), "Command Execution"), or when a variable is used (ksh(1), "Discipline
            // Functions").
            let disciplines = [".get", ".set", ".append", ".unset"];
            if matches!(*name, "command_not_found_handle" | "command_not_found_handler")
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
                self.state.set_var(self.bump, name.unwrap_or("COPROC"), Some(ends));
                self.state.set_channel(self.bump, 63, Some(Channel::Read(printed.data(self.bump))));
                self.state.set_channel(self.bump, 60, Some(Channel::Process(Waiting::Coprocess(body))));
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
        let mut printed = Printed::default();
        for (index, (condition, body)) in arms.iter().enumerate() {
            let decided = match condition {
                [test] if branches.is_empty() && known_after.is_empty() => self.decided(test),
                _ => None,
            };
            let before = out.parts.len();
            self.list(condition, stdin, out);
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
            let leaves = Flow::of_list(body) == Flow::Leaves;
            let changes = self.state.rollback(self.bump, mark);
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
            branches.push(self.state.rollback(self.bump, mark));
            complete = true;
        }
        printed.instead(self.bump, out);
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
            let mut branches: Vec<Changes<'a>> = Vec::new();
            let mut printed = Printed::default();
            for text in texts {
                let (mark, before) = (self.state.mark(), out.parts.len());
                self.set_variable(name, *text);
                self.simple(simple, command, stdin, out);
                printed.branches.push((before, out.parts.len()));
                branches.push(self.state.rollback(self.bump, mark));
            }
            printed.instead(self.bump, out);
            return self.state.join(self.bump, &branches, false);
        }
        let processes_before = self.processes.len();
        let mut settings: Vec<(&'a str, Val<'a>)> = Vec::new();
        let piped_in = std::mem::replace(&mut self.piped_in, *stdin);
        let around = std::mem::take(&mut self.choice);
        let mut fields = self.words(simple.words);
        let choice = std::mem::replace(&mut self.choice, around);
        // `$EMPTY rm -rf /`: an empty unquoted word is no word.
        while choice.is_empty()
            && fields.first().is_some_and(|f| f.splits && !f.quoted && fields.len() > 1 && self.surely_empty(f))
        {
            fields.remove(0);
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
            let settings = self.bump.alloc_slice_copy(&settings);
            match choice.split_first() {
                Some((from, ends)) => {
                    self.one_of_several(&fields, *from, ends, settings, &input, &mut sink, &channels);
                }
                None => {
                    let words = self.bump.alloc_slice_copy(&fields);
                    self.invoke(words, settings, &input, &mut sink, &channels);
                }
            }
            if !simple.declares.is_empty() {
                self.declare_arrays(simple);
            }
        }
        if let Some(last) = fields.last().filter(|_| self.asks_for_last()) {
            self.state.set_var(self.bump, "_", Some(Var::plain(last.val)));
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

    /// A command of which some words are one of several texts, or none: `$dry rm x`, `$(echo rm $what) x`. They begin at a
    /// place; those of each text end at another.
    #[expect(clippy::too_many_arguments, reason = "the same bundle that every kind of command takes")]
    fn one_of_several(
        &mut self,
        fields: &[Field<'a>],
        start: usize,
        ends: &[usize],
        settings: &'a [(&'a str, Val<'a>)],
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
        channels: &Channels<'a>,
    ) {
        let (mut branches, mut printed) = (Vec::new(), Printed::default());
        let mut from = start;
        let rest = ends.last().map_or(&[][..], |last| &fields[*last..]);
        for to in ends {
            let words: Vec<Field<'a>> = fields[..start].iter().chain(&fields[from..*to]).chain(rest).copied().collect();
            from = *to;
            if words.is_empty() {
                continue;
            }
            let (mark, before) = (self.state.mark(), out.parts.len());
            self.invoke(self.bump.alloc_slice_copy(&words), settings, stdin, out, channels);
            printed.branches.push((before, out.parts.len()));
            branches.push(self.state.rollback(self.bump, mark));
        }
        printed.instead(self.bump, out);
        self.state.join(self.bump, &branches, false);
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

/// Whether a command does nothing but set variables, which does not fail.
fn only_assigns(item: &Item<'_>) -> bool {
    matches!(item.pipeline, [Command { what: What::Simple(simple), .. }] if simple.words.is_empty())
}

/// Whether a command only tests something, or nothing: `[ -d x ]`, `false`.
fn only_tests(item: &Item<'_>) -> bool {
    match item.pipeline {
        [Command { what: What::Condition(_) | What::Arithmetic(_), .. }] => true,
        [Command { what: What::Simple(simple), .. }] => simple
            .words
            .first()
            .and_then(Word::literal)
            .is_some_and(|name| matches!(name, "[" | "test" | "false" | "true" | ":")),
        _ => false,
    }
}

/// Whether a command does not fail: it prints, or sets variables.
fn never_fails(item: &Item<'_>) -> bool {
    let [Command { what: What::Simple(simple), .. }] = item.pipeline else { return false };
    match simple.words.first().and_then(Word::literal) {
        Some(name) => matches!(name, "echo" | "printf" | "true" | ":"),
        None => simple.words.is_empty(),
    }
}

/// Whether a command only says where a program lies, or that there is none, and prints nothing then.
fn only_looks_up(item: &Item<'_>) -> bool {
    let [Command { what: What::Simple(simple), .. }] = item.pipeline else { return false };
    let mut words = simple.words.iter().map(Word::literal);
    match words.next() {
        Some(Some("which")) => true,
        Some(Some("command" | "type")) => {
            words.next().flatten().is_some_and(|option| matches!(option, "-v" | "-p" | "-P"))
        }
        _ => false,
    }
}
