//! What the shell does itself: bash(1), "SHELL BUILTIN COMMANDS". Programs are described in packs; builtins change
//! the abstract state and so belong to the mechanism.

mod arguments;
mod complete;
pub(super) mod declare;
mod directories;
mod exec;
mod lookup;
mod print;
mod read;
mod source;

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::evaluate::invoke::Invocation;
use crate::facts::evaluate::state::Options;
use crate::facts::value::{Data, Field, Seg, Shape, Sink, Taint, Val};

/// The words behind `--`, where that is the first.
fn after_dashes<'f, 'a>(args: &'f [Field<'a>]) -> &'f [Field<'a>] {
    match args {
        [dashes, rest @ ..] if dashes.val.lit() == Some("--") => rest,
        other => other,
    }
}

/// What prints every variable, secret ones among them.
fn every_variable<'a>() -> Data<'a> {
    Data::unknown("every variable", Taint::SECRET | Taint::OPAQUE)
}

impl<'a> Analysis<'a> {
    /// Runs a builtin; false if the name is none.
    pub fn builtin(&mut self, name: &'a str, command: &Invocation<'a, '_>, out: &mut Sink<'a>) -> bool {
        let Invocation { words, settings, stdin, channels } = *command;
        let args = &words[1..];
        let span = words[0].span;
        self.subscripts(name, args);
        if matches!(name, "alias" | "shopt" | "enable") {
            self.arguments_may_change();
        }
        match name {
            "type" if args.first().and_then(|f| f.val.lit()).is_some_and(|t| matches!(t, "-P" | "-p")) => {
                self.type_path(args, out);
            }
            ":" | "true" | "false" | "wait" | "jobs" | "bg" | "fg" | "disown" | "type" | "times" | "logout"
            | "suspend" | "caller" | "complete" | "compopt" | "bind" | "setopt" | "unsetopt" => {}
            // `emulate sh -c 'code'` (zshbuiltins(1))
            "emulate" => {
                let code = args.iter().position(|field| field.val.lit() == Some("-c")).and_then(|at| args.get(at + 1));
                if let Some(code) = code {
                    self.shell_code(code.val, code.span, stdin, out, u32::MAX);
                }
            }
            "ulimit" | "umask" => {
                if args.iter().all(|f| f.val.lit().is_some_and(|option| option.starts_with('-'))) {
                    out.push(Data { shape: Shape::Plain, ..Data::unknown("a limit", Taint::NONE) });
                }
            }
            "test" | "[" | "let" => self.arithmetic_words(name, args),
            "getopts" => self.getopts(args),
            "shift" => self.shift(args.first().map(|count| count.val)),
            "compgen" => self.compgen(args, out),
            "autoload" => {
                if self.state.has_files() {
                    self.autoloaded(args);
                }
            }
            "exit" => self.exits(span),
            "return" | "break" | "continue" => {
                self.leaves(name, args.first().and_then(|levels| levels.val.lit()), span);
            }
            "cd" | "chdir" => self.cd(args, settings),
            "pushd" => self.push_directory(args),
            "popd" => self.pop_directory(args),
            "dirs" => self.list_directories(args, out),
            "pwd" => out.push(Data::known(self.state.cwd)),
            "export" | "declare" | "typeset" | "local" | "readonly" => {
                self.declaration(name, args, out);
                self.settings_read_for(args);
            }
            "unset" => self.unset(args),
            "read" | "mapfile" | "readarray" => {
                self.called_back(args, stdin);
                self.read_builtin(name, args, settings, stdin, channels);
            }
            "eval" => {
                // What ends the options is none of it (bash(1), "eval").
                let args = if args.first().is_some_and(|f| f.val.lit() == Some("--")) { &args[1..] } else { args };
                let code = self.as_line(args);
                let place = args.first().zip(args.last()).map_or(span, |(first, last)| first.span.to(last.span));
                self.shell_code(code, place, stdin, out, u32::MAX);
                self.settings_read_for(args);
            }
            "source" | "." => self.source_builtin(args, span, stdin, out),
            "exec" => self.exec(command, out),
            "command" | "builtin" | "noglob" | "nocorrect" | "-" => self.command_builtin(command, out),
            "trap" => self.trap(args),
            "set" => self.set_builtin(args, span, out),
            "alias" => self.alias_builtin(words),
            "unalias" => self.unalias(args),
            "shopt" => {
                let has = |word: &str| args.iter().any(|field| field.val.lit() == Some(word));
                let sets = has("-s") || has("-u");
                let on = |name: &str, before: bool| if sets && has(name) { has("-s") } else { before };
                let options = self.state.options;
                self.state.set_options(Options {
                    lastpipe: on("lastpipe", options.lastpipe),
                    localvar_inherit: on("localvar_inherit", options.localvar_inherit),
                    cdable_vars: on("cdable_vars", options.cdable_vars),
                    ..options
                });
            }
            "hash" => self.hash(args),
            "enable" => self.enable(args, stdin, out),
            // What was typed before runs again, changed.
            "fc" if !args.iter().any(|f| f.val.lit().is_some_and(|t| t.starts_with("-l"))) => {
                let call = self.facts.calls.len() as u32;
                self.facts.calls.push(Call::unknown(words, self.place, span));
                self.code_effect("what was typed before", Taint::REWORKED, call, span);
            }
            "history" | "fc" => return false,
            "echo" | "printf" => {
                // Also programs; their folding is the same.
                self.echo(name, args, out);
            }
            _ => return false,
        }
        true
    }
}

/// A text of one literal is that literal.
fn normal(val: Val<'_>) -> Val<'_> {
    match val {
        Val::Text([Seg::Lit(text)]) => Val::Lit(text),
        other => other,
    }
}
