//! Runs a shell tree abstractly: lists, pipelines, compound commands, functions.

use super::analysis::{Analysis, MORE};
use super::builtins::{Flow, makes_local, waits_for_commands};
use super::expand::Fields;
use super::redirect::Channels;
use super::shell::ast::{Assign, AssignValue, Command, Item, Joint, List, Op, Part, Simple, Span, What, Word};
use super::state::{Changes, Channel, Var};
use super::value::{Data, Field, MANY, Seg, Shape, Sink, Taint, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    pub fn list(&mut self, list: List<'a>, stdin: &Data<'a>, out: &mut Sink<'a>) {
        let mut index = 0;
        let mut left = None;
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
            index = end;
        }
        if let Some(mark) = left {
            self.unless_left(mark);
        }
    }

    /// Joins what was set since the mark with what was there before.
    fn unless_left(&mut self, mark: usize) {
        if self.state.sets_variables(mark) {
            let changes = self.state.rollback(self.bump, mark);
            self.state.perhaps(self.bump, changes);
        }
    }

    fn and_or(&mut self, items: &'a [Item<'a>], stdin: &Data<'a>, out: &mut Sink<'a>) {
        let all = items.len() > 1 && items[1..].iter().all(|item| item.joint == Joint::And);
        let around = std::mem::replace(&mut self.chain, all.then(Vec::new));
        match items {
            [item] => self.item(item, stdin, out),
            items => self.several(items, stdin, out),
        }
        // What follows runs whether or not these succeeded.
        for folder in std::mem::replace(&mut self.chain, around).into_iter().flatten() {
            self.state.set_file(folder, None);
        }
    }

    fn several(&mut self, items: &'a [Item<'a>], stdin: &Data<'a>, out: &mut Sink<'a>) {
        let mark = self.state.mark();
        let mut first = mark;
        let mut conditional = false;
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                if index == 1 {
                    first = self.state.mark();
                }
                let before = &items[index - 1];
                // Narrow by what must have been true for this one to run.
                let facts = self.tested(before);
                self.narrow(&facts, (item.joint == Joint::And) != before.negated);
                conditional = true;
            }
            self.item(item, stdin, out);
        }
        if conditional && items.iter().skip(1).all(|item| Flow::of(item) == Flow::Leaves) {
            // `[ -n "$X" ] || exit`: whoever gets past it knows the test held; and what `cd build || exit` did is done.
            let succeeded = (items[1].joint == Joint::Or) != items[0].negated;
            let _ = self.state.rollback(self.bump, if succeeded { first } else { mark });
            let facts = self.tested(&items[0]);
            self.narrow(&facts, (items[1].joint == Joint::Or) != items[0].negated);
        } else if self.state.sets_variables(first) {
            // `[ -e x ] && d=build`: d may be what it was; then the test did not hold.
            let changes = self.state.rollback(self.bump, first);
            let facts = self.tested(&items[0]);
            self.narrow(&facts, (items[1].joint == Joint::Or) != items[0].negated);
            self.state.perhaps(self.bump, changes);
        }
    }

    fn item(&mut self, item: &'a Item<'a>, stdin: &Data<'a>, out: &mut Sink<'a>) {
        if !self.step(item.span) {
            return;
        }
        match item.pipeline {
            [] => {}
            [one] if !item.background => self.command(one, stdin, out),
            many => {
                let mut data = if item.background { Data::NOTHING } else { *stdin };
                if item.background && many.len() == 1 {
                    data = *stdin;
                }
                for (index, command) in many.iter().enumerate() {
                    let mut sink = Sink::new();
                    let mark = self.state.mark();
                    self.command(command, &data, &mut sink);
                    // bash(1), "shopt": `lastpipe`; zsh and ksh do it always.
                    if !(self.state.options.lastpipe && index + 1 == many.len() && !item.background) {
                        self.leave_subshell(mark);
                    }
                    data = sink.data(self.bump);
                    if index + 1 < many.len() && data.source.is_empty() {
                        data.source = self.text_of(command.span);
                    }
                    self.fork_bomb(command, item.background);
                }
                out.push(data);
            }
        }
    }

    /// Runs a list whose changes to variables and directory do not outlive it; files do.
    pub fn subshell(&mut self, list: List<'a>, stdin: &Data<'a>, out: &mut Sink<'a>) {
        let (mark, traps) = (self.state.mark(), self.traps.len());
        self.list(list, stdin, out);
        self.run_traps(traps);
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
        self.redirects(command.redirects, stdin, &mut channels);
        let input = channels.input(stdin);
        let mut sink = Sink::new();
        self.compound(&command.what, &input, &mut sink);
        let data = sink.data(self.bump);
        self.deliver(&channels, data, out, None);
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
                self.assigned_numbers(parts);
                self.arithmetic(parts);
                self.rounds(body, stdin, out);
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
                self.command(body, &Data::unknown("a coprocess", Taint::OPAQUE), &mut printed);
                self.leave_subshell(mark);
                let items = &[(Val::Lit("0"), Val::Lit("63")), (Val::Lit("1"), Val::Lit("60"))][..];
                let ends = Var { items: Some(items), ..Var::plain(Val::EMPTY) };
                self.state.set_var(self.bump, name.unwrap_or("COPROC"), Some(ends));
                self.state.set_channel(self.bump, 63, Some(Channel::Read(printed.data(self.bump))));
                if waits_for_commands(body) {
                    self.state.set_channel(self.bump, 60, Some(Channel::Shell));
                }
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
        let mut known_after = Vec::new();
        for (index, (condition, body)) in arms.iter().enumerate() {
            self.list(condition, stdin, out);
            let facts = self.tested_list(condition);
            let mark = self.state.mark();
            self.narrow(&facts, true);
            self.list(body, stdin, out);
            let leaves = Flow::of_list(body) == Flow::Leaves;
            let changes = self.state.rollback(self.bump, mark);
            if leaves {
                if index == 0 || !known_after.is_empty() {
                    known_after.push(facts);
                }
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
            self.list(body, stdin, out);
            branches.push(self.state.rollback(self.bump, mark));
            complete = true;
        }
        self.state.join(self.bump, &branches, !complete);
        for facts in &known_after {
            self.narrow(facts, false);
        }
    }

    /// Variables that arithmetic assigns are numbers afterwards, whichever.
    fn assigned_numbers(&mut self, parts: &'a [Part<'a>]) {
        for part in parts {
            if let Part::Literal(text) = part {
                let changes = ["=", "++", "--"].iter().flat_map(|sign| text.match_indices(sign));
                for (at, sign) in changes {
                    // `++i` names it behind the sign.
                    let after = &text[at + sign.len()..];
                    let behind = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
                    if sign != "=" && behind > 0 && !after.starts_with(|c: char| c.is_ascii_digit()) {
                        let val = Val::hole(self.bump, "a number", Shape::Plain, Taint::NONE);
                        self.state.set_var(self.bump, &after[..behind], Some(Var::plain(val)));
                    }
                    let before = text[..at].trim_end_matches(['+', '-', '*', '/', '%', ' ']);
                    let kept = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
                    let name = &before[kept.len()..];
                    if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
                        let val = Val::hole(self.bump, "a number", Shape::Plain, Taint::NONE);
                        self.state.set_var(self.bump, name, Some(Var::plain(val)));
                    }
                }
            }
        }
    }

    fn simple(&mut self, simple: &'a Simple<'a>, command: &'a Command<'a>, stdin: &Data<'a>, out: &mut Sink<'a>) {
        if let Some((name, texts)) = self.commands_to_choose(simple) {
            let mut branches: Vec<Changes<'a>> = Vec::new();
            for text in texts {
                let mark = self.state.mark();
                self.set_variable(name, *text);
                self.simple(simple, command, stdin, out);
                branches.push(self.state.rollback(self.bump, mark));
            }
            return self.state.join(self.bump, &branches, false);
        }
        let processes_before = self.processes.len();
        let mut settings: Vec<(&'a str, Val<'a>)> = Vec::new();
        let mut fields = self.words(simple.words);
        // `$EMPTY rm -rf /`: an empty unquoted word is no word.
        while fields.first().is_some_and(|f| f.splits && !f.quoted && fields.len() > 1 && self.surely_empty(f)) {
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
        let mut channels = Channels::default();
        self.redirects(command.redirects, stdin, &mut channels);
        // `exec < file` is for all that follows.
        let input = match self.state.channel(0) {
            Some(Channel::Read(data)) if stdin.inherited => channels.input(&data),
            _ => channels.input(stdin),
        };
        let mut sink = Sink::new();
        let first_call = self.facts.calls.len();
        let descriptors = self.opened(&channels, &fields);
        if simple.words.is_empty() {
            if simple.assigns.is_empty() && !command.redirects.is_empty() {
                // `> file` alone empties the file.
                sink.push(Data::NOTHING);
            }
        } else if !fields.is_empty() {
            let words = self.bump.alloc_slice_copy(&fields);
            let settings = self.bump.alloc_slice_copy(&settings);
            self.invoke(words, settings, &input, &mut sink, &channels);
            if !simple.declares.is_empty() {
                self.declare_arrays(simple);
            }
        }
        if let Some(last) = fields.last().filter(|_| self.asks_for_last()) {
            self.state.set_var(self.bump, "_", Some(Var::plain(last.val)));
        }
        for (number, before) in descriptors {
            self.state.set_channel(self.bump, number, before);
        }
        let mut data = sink.data(self.bump);
        if data.source.is_empty() {
            data.source = self.text_of(command.span);
        }
        let call = (self.facts.calls.len() > first_call).then_some(first_call as u32);
        self.deliver(&channels, data, out, call);
        self.run_processes(processes_before, &data, &input);
    }

    /// `declare -A a=([k]=v)`, `local a=(x y)`.
    fn declare_arrays(&mut self, simple: &Simple<'a>) {
        let flags = || simple.words.iter().skip(1).filter_map(Word::bare);
        let local = simple.words.first().and_then(Word::bare).is_some_and(|name| makes_local(name, flags()));
        let keyed = flags().any(|flag| flag.starts_with('-') && flag.contains('A'));
        for assign in simple.declares {
            if local && !assign.append {
                self.make_local(assign.name);
            }
            if keyed {
                let var = Var { associative: true, ..Var::plain(Val::EMPTY) };
                self.state.set_var(self.bump, assign.name, Some(var));
            }
            let val = self.assign_value(assign);
            self.assign(assign, val);
        }
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

    /// A command of which a part is one of several texts of more words: `for c in 'ls' 'rm -rf x'; do $c; done`.
    fn commands_to_choose(&self, simple: &Simple<'a>) -> Option<(&'a str, &'a [Val<'a>])> {
        simple.words.iter().find_map(|word| {
            let [Part::Parameter(parameter)] = word.parts else { return None };
            let Val::Set(texts) = self.state.var(parameter.name)?.val else { return None };
            let plain = matches!(parameter.op, Op::None) && parameter.subscript.is_none() && !parameter.indirect;
            let words = |text: &Val<'a>| text.lit().is_some_and(|text| text.contains(' '));
            (plain && texts.iter().any(words)).then_some((parameter.name, texts))
        })
    }

    /// What a command reads at descriptors of its own (`. /dev/fd/3 3<<<'…'`) is open while it runs; what was there before.
    fn opened(&mut self, channels: &Channels<'a>, words: &[Field<'a>]) -> Vec<(u32, Option<Channel<'a>>)> {
        let lasts = words.first().and_then(|word| word.val.lit()) == Some("exec");
        let own = channels.set.iter().filter(|(number, channel)| *number > 2 && matches!(channel, Channel::Read(_)));
        let own: Vec<(u32, Channel<'a>)> = own.copied().filter(|_| !lasts).collect();
        let mut before = Vec::with_capacity(own.len());
        for (number, channel) in own {
            before.push((number, self.state.channel(number)));
            self.state.set_channel(self.bump, number, Some(channel));
        }
        before
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

    /// The value of an assignment: a word, or the elements of an array.
    fn assign_value(&mut self, assign: &'a Assign<'a>) -> (Val<'a>, Option<&'a [(Val<'a>, Val<'a>)]>) {
        match &assign.value {
            AssignValue::Word(word) => (self.single(word), None),
            AssignValue::Array(items) => {
                let mut out: Vec<(Val<'a>, Val<'a>)> = Vec::with_capacity(items.len());
                // What is added comes after what is there.
                let there = self.state.var(assign.name).filter(|_| assign.append).and_then(|var| var.items);
                let last = there.into_iter().flatten().filter_map(|(key, _)| key.lit()?.parse::<usize>().ok()).max();
                let from = last.map_or(0, |last| last + 1);
                for (key, word) in *items {
                    let mut fields = Fields::new();
                    match key {
                        Some(key) => {
                            let key = self.single_parts(key);
                            let val = self.single(word);
                            out.push((key, val));
                        }
                        None => self.word_into(word, &mut fields),
                    }
                    for field in fields {
                        if out.len() >= limits::TARGETS {
                            self.unread(assign.span, MORE, false);
                            out.truncate(limits::UNROLL);
                            break;
                        }
                        let index = self.bump.alloc_str(&(from + out.len()).to_string());
                        out.push((Val::Lit(index), field.val));
                    }
                }
                let first = out.first().map_or(Val::EMPTY, |(_, v)| *v);
                (first, Some(self.bump.alloc_slice_copy(&out)))
            }
        }
    }

    fn assign(&mut self, assign: &'a Assign<'a>, (val, items): (Val<'a>, Option<&'a [(Val<'a>, Val<'a>)]>)) {
        let name = match self.state.var(assign.name) {
            Some(Var { reference: true, val: Val::Lit(target), .. }) => target,
            _ => assign.name,
        };
        let before = self.state.var(name);
        let mut var = before.unwrap_or(Var::plain(Val::EMPTY));
        if var.readonly {
            return;
        }
        var.unset = false;
        if let Some(subscript) = assign.subscript {
            let key = self.element_key(Some(var), subscript);
            if let ("BASH_ALIASES" | "BASH_CMDS", Some(alias), Some(text)) = (name, key.lit(), val.lit()) {
                self.state.set_alias(self.bump, alias, Some(text));
            }
            let mut all = var.items.map(<[_]>::to_vec).unwrap_or_default();
            if all.len() < limits::UNROLL {
                all.push((key, val));
                var.items = Some(self.bump.alloc_slice_copy(&all));
            } else {
                var.items = None;
                var.val = Val::hole(self.bump, MANY, Shape::Any, Taint::OPAQUE);
            }
        } else if let Some(items) = items {
            let mut all = if assign.append { var.items.map(<[_]>::to_vec).unwrap_or_default() } else { Vec::new() };
            all.extend_from_slice(items);
            if all.len() > limits::TARGETS {
                self.unread(assign.span, MORE, false);
                all.truncate(limits::UNROLL);
            }
            var.items = Some(self.bump.alloc_slice_copy(&all));
            var.val = val;
        } else if assign.append {
            let mut builder = super::value::Builder::default();
            let base = if before.is_some() { var.val } else { self.variable(name, assign.name) };
            builder.push(self.bump, base);
            builder.push(self.bump, val);
            var.val = builder.done(self.bump);
        } else {
            var.val = val;
            var.items = None;
            if var.integer
                && let Val::Lit(text) = val
                && text.contains("$(")
            {
                self.prompt(text, assign.span);
            }
        }
        self.state.set_var(self.bump, name, Some(var));
        self.read_as_number(val, assign.span);
        self.setting(name, val, assign.span, None);
    }

    /// What arithmetic, `${!x}` and `-v` read later is run where it is a subscript: `x='a[$(…)]'; echo $((x))`.
    pub fn read_as_number(&mut self, val: Val<'a>, span: Span) {
        const READERS: [&str; 10] =
            ["((", "let ", "declare -i", "local -i", "typeset -i", " -eq ", " -gt ", " -lt ", "${!", "SECONDS="];
        let runs = |text: &&str| text.contains("[$(") || text.contains("[`");
        for text in val.each().filter_map(|one| one.lit()).filter(runs) {
            let script = self.facts.sources.first().map_or("", |source| source.text);
            let reads = *self.reads_numbers.get_or_init(|| READERS.iter().any(|sign| script.contains(sign)));
            if reads {
                let mark = self.state.mark();
                self.prompt(text, span);
                self.leave_subshell(mark);
            }
        }
    }

    pub fn set_variable(&mut self, name: &'a str, val: Val<'a>) {
        if !self.is_readonly(name) {
            self.state.set_var(self.bump, name, Some(Var::plain(val)));
        }
    }

    pub fn is_readonly(&self, name: &str) -> bool {
        self.state.var(name).is_some_and(|var| var.readonly)
    }

    /// A variable of the function that runs: what it was comes back when the function ends.
    pub fn make_local(&mut self, name: &'a str) {
        let before = self.state.var(name);
        if let Some(frame) = self.locals.last_mut()
            && !before.is_some_and(|var| var.readonly)
            && !frame.iter().any(|(known, _)| *known == name)
        {
            frame.push((name, before));
        }
    }

    /// The key of an element, as a number where the keys are numbers: `a[n+1]`.
    pub fn element_key(&mut self, var: Option<Var<'a>>, subscript: &'a [Part<'a>]) -> Val<'a> {
        let key = self.single_parts(subscript);
        let numbered = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        if var.is_some_and(|var| var.associative) || key.lit().is_none_or(numbered) {
            return key;
        }
        let number = self.arithmetic(subscript);
        if number.lit().is_some_and(numbered) {
            return number;
        }
        // The number of a variable that changes.
        match key.lit().and_then(|name| self.state.var(name)) {
            Some(var) if var.val.lit().is_none_or(numbered) => {
                Val::hole(self.bump, "a number", Shape::Plain, Taint::NONE)
            }
            _ => key,
        }
    }

    /// Words of a function call, an alias, a builtin or a program.
    pub fn invoke(
        &mut self,
        words: &'a [Field<'a>],
        settings: &'a [(&'a str, Val<'a>)],
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
        channels: &Channels<'a>,
    ) {
        let Some(first) = words.first() else { return };
        if !self.step(first.span) {
            return;
        }
        match first.val {
            Val::Lit(name) => {
                if !first.quoted
                    && let Some(text) = self.state.alias(name)
                {
                    self.alias(name, text, words, settings, stdin, out, channels);
                    return;
                }
                if let Some(body) = self.state.function(name) {
                    self.function(body, words, settings, stdin, out);
                    return;
                }
                if self.builtin(name, words, settings, stdin, out, channels) {
                    return;
                }
                // `for c in -Sls '-Srm -rf /'; do env "$c"; done`: each is an option of its own.
                let options = |word: &Field<'a>| matches!(word.val, Val::Set(set) if set.iter().any(|one| one.lit().is_some_and(|t| t.starts_with('-'))));
                if let Some(at) = words.iter().position(options)
                    && let Val::Set(set) = words[at].val
                    && self.find_entry(name).is_some_and(|entry| entry.wrapper)
                {
                    for member in set {
                        let mut copy = words.to_vec();
                        copy[at].val = *member;
                        let copy = self.bump.alloc_slice_copy(&copy);
                        self.invoke(copy, settings, stdin, out, channels);
                    }
                    return;
                }
                self.external(words, settings, stdin, out);
            }
            Val::Set(set) => {
                for member in set {
                    let mut copy = words.to_vec();
                    copy[0] = Field { val: *member, ..*first };
                    let copy = self.bump.alloc_slice_copy(&copy);
                    if member.lit().is_some() {
                        self.invoke(copy, settings, stdin, out, channels);
                    } else {
                        self.unknown_word(copy, settings, stdin, out);
                    }
                }
            }
            Val::Text(_) => self.unknown_word(words, settings, stdin, out),
        }
    }

    /// A command word that cannot be known before it runs.
    fn unknown_word(
        &mut self,
        words: &'a [Field<'a>],
        settings: &'a [(&'a str, Val<'a>)],
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) {
        let Some(first) = words.first() else { return };
        // What is run was put together by the script itself, so that nobody can read it.
        if first.val.taint().has(Taint::REWORKED) {
            let call = self.facts.calls.len() as u32;
            self.code_effect(first.val.show(self.bump), first.val.taint(), call, first.span);
        }
        // `"$X" rm -rf /` with X perhaps empty runs rm.
        if first.splits
            && !first.quoted
            && first.val.maybe_empty()
            && words.len() > 1
            && words[1].val.lit().is_some_and(is_word)
        {
            let rest = &words[1..];
            if self.known_program(rest) {
                self.external(rest, settings, stdin, out);
                return;
            }
        }
        // `r$@m`: with nothing there it is a program.
        if let Val::Text(segs) = first.val
            && segs.iter().any(|seg| matches!(seg, Seg::Lit(_)))
            && segs.iter().all(|seg| match seg {
                Seg::Lit(_) => true,
                Seg::Hole(hole) => hole.shape == Shape::Any,
            })
        {
            let left = segs.iter().filter_map(|seg| if let Seg::Lit(text) = seg { Some(*text) } else { None });
            let name = self.bump.alloc_str(&left.collect::<String>());
            if self.know.entry(name).is_some() {
                let mut copy = words.to_vec();
                copy[0].val = Val::Lit(name);
                let copy = self.bump.alloc_slice_copy(&copy);
                // Within a name (`wge${q}t`) nobody puts what is not empty.
                if let [Seg::Lit(_), .., Seg::Lit(_)] = segs {
                    return self.external(copy, settings, stdin, out);
                }
                self.perhaps(|this| this.external(copy, settings, stdin, &mut Sink::new()));
            }
        }
        self.external(words, settings, stdin, out);
    }

    fn known_program(&self, words: &[Field<'a>]) -> bool {
        words.first().and_then(|f| f.val.lit()).is_some_and(|name| self.know.entry(name).is_some())
    }

    #[expect(clippy::too_many_arguments, reason = "the same bundle that every kind of command takes")]
    fn alias(
        &mut self,
        name: &'a str,
        text: &'a str,
        words: &'a [Field<'a>],
        settings: &'a [(&'a str, Val<'a>)],
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
        channels: &Channels<'a>,
    ) {
        if self.function_depth >= limits::FUNCTION_DEPTH {
            return self.unread(words[0].span, MORE, false);
        }
        self.function_depth += 1;
        // While it is expanded, an alias does not expand itself.
        self.state.set_alias(self.bump, name, None);
        let source = self.source(text, "bash", Some(words[0].span));
        let script = super::shell::read(self.bump, text, source, self.depth);
        if let [item] = script.list
            && let [command] = item.pipeline
            && let What::Simple(simple) = &command.what
            && simple.assigns.is_empty()
        {
            let mut fields = self.words(simple.words);
            let mut rest = &words[1..];
            // After one that ends in a blank the next word is expanded too (bash(1), "ALIASES").
            if text.ends_with([' ', '\t'])
                && let Some(next) = rest.first().filter(|next| !next.quoted)
                && let Some(more) = next.val.lit().and_then(|name| self.state.alias(name))
            {
                let source = self.source(more, "bash", Some(next.span));
                let script = super::shell::read(self.bump, more, source, self.depth);
                if let [item] = script.list
                    && let [command] = item.pipeline
                    && let What::Simple(simple) = &command.what
                {
                    fields.extend(self.words(simple.words));
                    rest = &rest[1..];
                }
            }
            fields.extend_from_slice(rest);
            let fields = self.bump.alloc_slice_copy(&fields);
            self.invoke(fields, settings, stdin, out, channels);
        } else {
            self.list(script.list, stdin, out);
        }
        self.state.set_alias(self.bump, name, Some(text));
        self.function_depth -= 1;
    }

    pub fn function(
        &mut self,
        body: &'a Command<'a>,
        words: &'a [Field<'a>],
        settings: &'a [(&'a str, Val<'a>)],
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) {
        let name = words[0].val.lit().unwrap_or_default();
        if self.function_depth >= limits::FUNCTION_DEPTH {
            // One that calls itself was read already.
            if !self.running.contains(&name) {
                self.unread(words[0].span, MORE, false);
            }
            return;
        }
        let (arguments, known) = (self.state.arguments, self.state.arguments_known);
        let values: &'a [Val<'a>] = self.bump.alloc_slice_fill_iter(words[1..].iter().map(|f| f.val));
        self.state.set_arguments(values, !words[1..].iter().any(|f| f.splits));
        for (name, val) in settings {
            self.set_variable(name, *val);
        }
        let outer = self.state.var("FUNCNAME");
        self.state.set_var(self.bump, "FUNCNAME", Some(Var::plain(words[0].val)));
        self.function_depth += 1;
        self.running.push(name);
        self.locals.push(Vec::new());
        self.command(body, stdin, out);
        // Its own variables go with it.
        for (name, before) in self.locals.pop().into_iter().flatten().rev() {
            self.state.set_var(self.bump, name, before);
        }
        self.running.pop();
        self.function_depth -= 1;
        self.state.set_var(self.bump, "FUNCNAME", outer);
        self.state.set_arguments(arguments, known);
    }
}

fn is_word(text: &str) -> bool {
    !text.starts_with('-') && !text.is_empty()
}

/// Whether a function may end here: a `return` or `exit`, also in a branch.
fn may_return(item: &Item<'_>) -> bool {
    fn any(list: List<'_>) -> bool {
        list.iter().any(may_return)
    }
    item.pipeline.iter().any(|command| match &command.what {
        What::Simple(simple) => matches!(simple.words.first().and_then(Word::bare), Some("return" | "exit")),
        What::Group(list) => any(list),
        What::If { arms, otherwise } => arms.iter().any(|(_, body)| any(body)) || otherwise.is_some_and(any),
        What::Case { arms, .. } => arms.iter().any(|arm| any(arm.body)),
        What::While { body, .. } | What::For { body, .. } | What::Select { body, .. } => any(body),
        _ => false,
    })
}
