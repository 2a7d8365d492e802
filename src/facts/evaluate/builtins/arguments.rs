//! `set`, `shift`, `getopts`: the script's arguments and the shell's options (bash(1), "SHELL BUILTIN COMMANDS").

use super::every_variable;
use crate::facts::analysis::Analysis;
use crate::facts::evaluate::state::Options;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Field, Shape, Sink, Taint, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    pub(super) fn set_builtin(&mut self, args: &'a [Field<'a>], span: Span, out: &mut Sink<'a>) {
        if args.is_empty() {
            out.push(every_variable());
        }
        let mut options: Options = self.state.options;
        let mut index = 0;
        while index < args.len() {
            let Some(text) = args[index].val.lit() else { break };
            match text {
                "--" => {
                    let rest: Vec<Val<'a>> = args[index + 1..].iter().map(|f| f.val).collect();
                    let known = !args[index + 1..].iter().any(|f| f.splits);
                    let rest = self.bump.alloc_slice_copy(&rest);
                    self.state.set_arguments(rest, known);
                    break;
                }
                "-o" | "+o" => {
                    let on = text == "-o";
                    match args.get(index + 1).and_then(|f| f.val.lit()) {
                        Some("allexport") => options.allexport = on,
                        Some("nounset") => options.nounset = on,
                        Some("errexit") => options.errexit = on,
                        // Only a script that hides what it does has `!!` and `^a^b` expanded.
                        Some("histexpand") if on => self.acts_elsewhere("what was typed before", span),
                        // What stands behind a command is given to it as a variable (bash(1), "set", "-k").
                        Some("keyword") if on => self.acts_elsewhere("variables behind commands", span),
                        Some("history") if !on => {
                            let call = self.facts.calls.len() as u32;
                            self.plain_effect(Kind::Set, "history", call, span, Taint::NONE, &["history-off"]);
                        }
                        _ => {}
                    }
                    index += 1;
                }
                _ if text.starts_with('-') && text.len() > 1 => {
                    options.allexport |= text.contains('a');
                    options.nounset |= text.contains('u');
                    options.errexit |= text.contains('e');
                    if text.contains(['H', 'k']) {
                        self.acts_elsewhere("what is not written where it acts", span);
                    }
                    if text.ends_with('o') {
                        if args.get(index + 1).and_then(|f| f.val.lit()) == Some("nounset") {
                            options.nounset = true;
                        }
                        index += 1;
                    }
                }
                _ if text.starts_with('+') => {
                    options.allexport &= !text.contains('a');
                    options.nounset &= !text.contains('u');
                    options.errexit &= !text.contains('e');
                }
                _ => {
                    let rest: Vec<Val<'a>> = args[index..].iter().map(|f| f.val).collect();
                    let rest = self.bump.alloc_slice_copy(&rest);
                    self.state.set_arguments(rest, true);
                    break;
                }
            }
            index += 1;
        }
        self.state.set_options(options);
    }

    /// From here on, what is executed is not what is written.
    fn acts_elsewhere(&mut self, what: &'static str, span: Span) {
        let call = self.facts.calls.len().saturating_sub(1) as u32;
        self.code_effect(what, Taint::REWORKED, call, span);
    }

    /// As many arguments are gone as it says, or one; of fewer none (bash(1), "shift"). Where that is not known, each may
    /// have become any that stood behind it.
    pub(super) fn shift(&mut self, count: Option<Val<'a>>) {
        let arguments = self.state.arguments;
        if !self.state.arguments_known || arguments.is_empty() {
            return;
        }
        let count = match count {
            None => Some(1),
            Some(count) => count.lit().and_then(|text| text.trim().parse::<usize>().ok()),
        };
        match count {
            Some(count) => {
                if let Some(rest) = arguments.get(count..) {
                    self.state.set_arguments(rest, true);
                }
            }
            None => self.shifted_anyhow(),
        }
    }

    /// Nobody knows how many arguments are gone: each may have become any that stood behind it.
    pub(in crate::facts) fn shifted_anyhow(&mut self) {
        let arguments = self.state.arguments;
        let whole = (arguments.len() > limits::VALUES).then(|| Val::set(self.bump, arguments));
        let from = |at: usize| whole.unwrap_or_else(|| Val::set(self.bump, &arguments[at..]));
        let any = self.bump.alloc_slice_fill_with(arguments.len(), from);
        self.state.set_arguments(any, true);
    }

    /// One option after the other, each with what may be its argument.
    pub(super) fn getopts(&mut self, args: &'a [Field<'a>]) {
        let Some(variable) = args.get(1).and_then(|f| f.val.lit()) else { return };
        let all = match args.get(2..) {
            Some(given @ [_, ..]) => given.iter().map(|f| f.val).collect(),
            _ => self.state.arguments.to_vec(),
        };
        let known = self.state.arguments_known || args.len() > 2;
        let options = args.first().and_then(|f| f.val.lit()).unwrap_or("");
        let takes_argument =
            |option: char| options.find(option).is_some_and(|at| options[at + option.len_utf8()..].starts_with(':'));
        let attached = |val: &Val<'a>| {
            // `--force` is no cluster of options, but may be the argument of one.
            let cluster = val.lit().and_then(|text| text.strip_prefix('-')).filter(|text| !text.starts_with('-'));
            // The first of a cluster that takes an argument takes what stands behind it.
            cluster.map_or(*val, |text| {
                let taken = text.char_indices().find(|(_, option)| takes_argument(*option));
                taken.map_or(Val::EMPTY, |(at, option)| Val::Lit(&text[at + option.len_utf8()..]))
            })
        };
        let values: Vec<Val<'a>> = all.iter().map(attached).filter(|val| *val != Val::EMPTY).collect();
        let argument = if known && !values.is_empty() {
            Val::set(self.bump, &values)
        } else {
            Val::hole(self.bump, "$OPTARG", Shape::Any, Taint::NONE)
        };
        self.set_variable(variable, Val::hole(self.bump, "an option", Shape::Plain, Taint::NONE));
        self.set_variable("OPTARG", argument);
    }
}
