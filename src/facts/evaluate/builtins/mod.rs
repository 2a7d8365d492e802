//! What the shell does itself: bash(1), "SHELL BUILTIN COMMANDS". Programs are described in packs; builtins change
//! the abstract state and so belong to the mechanism.

mod declare;
mod directories;
mod exec;
mod print;
mod read;

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::evaluate::arithmetic::subscript_runs;
use crate::facts::evaluate::invoke::Invocation;
use crate::facts::evaluate::state::Body;
use crate::facts::evaluate::state::Options;
use crate::facts::evaluate::variable::Var;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths::base_name;
use crate::facts::value::{Data, Field, Seg, Shape, Sink, Taint, Val};
use crate::limits;

/// The words behind `--`, where that is the first.
fn after_dashes<'f, 'a>(args: &'f [Field<'a>]) -> &'f [Field<'a>] {
    match args {
        [dashes, rest @ ..] if dashes.val.lit() == Some("--") => rest,
        other => other,
    }
}

/// The array and the key of `a[0]`, where the key is written out.
fn element_of(text: &str) -> Option<(&str, &str)> {
    let (array, key) = text.strip_suffix(']')?.split_once('[')?;
    let plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    plain.then_some((array, key.trim_matches(['"', '\''])))
}

/// What prints every variable, secret ones among them.
fn every_variable<'a>() -> Data<'a> {
    Data::unknown("every variable", Taint::SECRET | Taint::OPAQUE)
}

/// Whether `declare` or its kin, given these words, makes variables of the function that runs (bash(1), "declare": with
/// `-g` it does not).
pub(in crate::facts) fn makes_local<'s>(name: &str, mut words: impl Iterator<Item = &'s str>) -> bool {
    name == "local"
        || matches!(name, "declare" | "typeset") && !words.any(|word| word.starts_with('-') && word.contains('g'))
}

impl<'a> Analysis<'a> {
    /// `. ./.env.production`: what follows acts there, whatever the file says else. That one is for tests says nothing: what
    /// it holds may lead anywhere.
    pub(in crate::facts) fn holds_production(&self, file: Val<'a>) -> bool {
        let name = file.lit().map(base_name).filter(|name| name.starts_with(".env") || name.ends_with(".env"));
        name.is_some_and(|name| {
            !["non", "example", "sample", "template", "dist"].iter().any(|part| name.contains(part))
                && self.know.places().environment_of_words(name) == "production"
        })
    }

    fn settings_of_file(&mut self, file: Val<'a>) {
        if self.holds_production(file) && self.state.var("APP_ENV").is_none() {
            let var = Var { exported: true, ..Var::plain(Val::Lit("production")) };
            self.state.set_var(self.bump, "APP_ENV", Some(var));
        }
    }

    /// Builtins that take the name of a variable evaluate its subscript, quoted or not: `unset 'a[$(x)]'` (bash(1),
    /// "Arrays"); others run what an option of theirs says.
    fn subscripts(&mut self, name: &str, args: &'a [Field<'a>]) {
        let names = matches!(
            name,
            "unset"
                | "read"
                | "printf"
                | "declare"
                | "typeset"
                | "local"
                | "export"
                | "readonly"
                | "let"
                | "test"
                | "["
        );
        for (at, field) in args.iter().enumerate() {
            let Some(text) = field.val.lit() else { continue };
            if names && subscript_runs(text) {
                let code = self.bump.alloc_str(&format!(": {text}"));
                self.shell_code(Val::Lit(code), field.span, &Data::NOTHING, &mut Sink::new(), u32::MAX);
            }
            let next = args.get(at + 1).copied();
            match (name, text) {
                ("mapfile" | "readarray", code) if code.len() > 2 && code.starts_with("-C") => {
                    self.shell_code(Val::Lit(&code[2..]), field.span, &Data::NOTHING, &mut Sink::new(), u32::MAX);
                }
                ("mapfile" | "readarray", "-C") | ("compgen" | "complete", "-C") | ("compgen", "-F") => {
                    if let Some(code) = next {
                        self.shell_code(code.val, code.span, &Data::NOTHING, &mut Sink::new(), u32::MAX);
                    }
                }
                ("compgen", "-W") => {
                    if let Some(Val::Lit(words)) = next.map(|w| w.val) {
                        let code = self.bump.alloc_str(&format!(": {words}"));
                        self.shell_code(Val::Lit(code), field.span, &Data::NOTHING, &mut Sink::new(), u32::MAX);
                    }
                }
                ("jobs", "-x") if next.is_some() => {
                    self.external(&args[at + 1..], &[], &Data::NOTHING, &mut Sink::new());
                    return;
                }
                _ => {}
            }
        }
    }

    /// As many arguments are gone as it says, or one; of fewer none (bash(1), "shift"). Where that is not known, each may
    /// have become any that stood behind it.
    fn shift(&mut self, count: Option<Val<'a>>) {
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

    /// `unset 'a[0]'`: the others stay, each at its key.
    fn unset_element(&mut self, array: &'a str, key: &'a str) {
        let Some(var) = self.state.var(array).filter(|var| !var.readonly) else { return };
        let Some(items) = var.items else { return };
        // From the end.
        let back = key.strip_prefix('-').and_then(|back| back.parse::<usize>().ok());
        let last = back.and_then(|back| items.len().checked_sub(back)).map(|at| items[at].0);
        let key = last.and_then(|key| key.lit()).unwrap_or(key);
        let kept: Vec<_> = items.iter().copied().filter(|(known, _)| known.lit() != Some(key)).collect();
        let val = kept.first().map_or(Val::EMPTY, |(_, val)| *val);
        let items = Some(&*self.bump.alloc_slice_copy(&kept));
        self.state.set_var(self.bump, array, Some(Var { val, items, ..var }));
    }

    /// One option after the other, each with what may be its argument.
    fn getopts(&mut self, args: &'a [Field<'a>]) {
        let Some(variable) = args.get(1).and_then(|f| f.val.lit()) else { return };
        let all = match args.get(2..) {
            Some(given @ [_, ..]) => given.iter().map(|f| f.val).collect(),
            _ => self.state.arguments.to_vec(),
        };
        let known = self.state.arguments_known || args.len() > 2;
        let attached = |val: &Val<'a>| {
            // `--force` is no cluster of options, but may be the argument of one.
            let option = val.lit().and_then(|text| text.strip_prefix('-')).filter(|text| !text.starts_with('-'));
            option.and_then(|text| text.get(1..)).map_or(*val, Val::Lit)
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

    /// `mapfile -C command -c 1`: the command gets the number and the text of each line (bash(1)).
    fn called_back(&mut self, args: &'a [Field<'a>], stdin: &Data<'a>) {
        let literal = |field: &Field<'a>| field.val.lit();
        let Some(at) = args.iter().position(|field| literal(field) == Some("-C")) else { return };
        let (Some(command), Some(text)) = (args.get(at + 1).and_then(literal), stdin.text.and_then(|text| text.lit()))
        else {
            return;
        };
        for line in text.lines().take(limits::UNROLL) {
            let code = self.bump.alloc_str(&format!("{command} 0 {}", shell_words::quote(line)));
            self.shell_code(Val::Lit(code), args[at].span, &Data::NOTHING, &mut Sink::new(), u32::MAX);
        }
    }

    /// Runs a builtin; false if the name is none.
    pub fn builtin(&mut self, name: &'a str, command: &Invocation<'a, '_>, out: &mut Sink<'a>) -> bool {
        let Invocation { words, settings, stdin, channels } = *command;
        let args = &words[1..];
        let span = words[0].span;
        self.subscripts(name, args);
        match name {
            "type" if args.first().and_then(|f| f.val.lit()).is_some_and(|t| matches!(t, "-P" | "-p")) => {
                match args.get(1).map(|f| f.val) {
                    Some(Val::Lit(program)) => out.push(Data::known(Val::Lit(self.where_it_lies(program)))),
                    // `type -P r"$nothing"m`
                    Some(other) => out.push(Data::known(other)),
                    None => {}
                }
            }
            ":" | "true" | "false" | "test" | "[" | "wait" | "jobs" | "bg" | "fg" | "disown" | "shift" | "exit"
            | "return" | "break" | "continue" | "type" | "ulimit" | "umask" | "getopts" | "times" | "logout"
            | "suspend" | "caller" | "compgen" | "complete" | "compopt" | "bind" | "let" | "setopt" | "unsetopt"
            | "autoload" | "emulate" => {
                let asks = args.iter().all(|f| f.val.lit().is_some_and(|option| option.starts_with('-')));
                if asks && matches!(name, "umask" | "ulimit") {
                    out.push(Data { shape: Shape::Plain, ..Data::unknown("a limit", Taint::NONE) });
                }
                if name == "getopts" {
                    self.getopts(args);
                }
                // The names of all variables, whose values are the next step.
                let variables = |f: &Field<'_>| {
                    f.val.lit().is_some_and(|option| {
                        let letters = option.strip_prefix('-').is_some_and(|letters| letters.contains(['e', 'v']));
                        letters || matches!(option, "export" | "variable")
                    })
                };
                if name == "compgen" && args.iter().any(variables) {
                    out.push(Data::unknown("variables", Taint::SECRET | Taint::OPAQUE));
                } else if name == "compgen" && args.first().is_some_and(|f| f.val.lit() == Some("-G")) {
                    let names = args.last().map(|pattern| Data { source: "names", ..Data::known(pattern.val) });
                    out.push(names.unwrap_or(Data::NOTHING));
                } else if name == "compgen" {
                    // The names of all programs that begin so.
                    let begun = args.last().and_then(|f| f.val.lit()).filter(|text| self.know.entry(text).is_some());
                    out.push(begun.map_or(Data::unknown("names", Taint::DECODED), |text| Data::known(Val::Lit(text))));
                }
                if name == "autoload" && self.state.has_files() {
                    self.autoloaded(args);
                }
                match name {
                    "shift" => self.shift(args.first().map(|count| count.val)),
                    "exit" => self.exits(span),
                    "return" | "break" | "continue" => {
                        self.leaves(name, args.first().and_then(|levels| levels.val.lit()), span);
                    }
                    _ => {}
                }
                if name == "let" || name == "[" || name == "test" {
                    self.arithmetic_words(name, args);
                }
            }
            "cd" | "chdir" => {
                // `CDPATH=/ cd home`
                let mark = self.state.var("CDPATH");
                let given = settings.iter().find(|(name, _)| *name == "CDPATH");
                if let Some((name, val)) = given {
                    self.state.set_var(self.bump, name, Some(Var::plain(*val)));
                }
                self.change_directory(args);
                if given.is_some() {
                    self.state.set_var(self.bump, "CDPATH", mark);
                }
            }
            "pushd" => self.push_directory(args),
            "popd" => self.pop_directory(args),
            "dirs" => self.list_directories(args, out),
            "pwd" => out.push(Data::known(self.state.cwd)),
            "export" | "declare" | "typeset" | "local" | "readonly" => {
                if let [flag, named] = args
                    && flag.val.lit() == Some("-f")
                    && let Some((name, body)) =
                        named.val.lit().and_then(|name| Some((name, self.state.function(name)?)))
                {
                    let text = self.bump.alloc_str(&format!("{name} () {}\n", self.text_of(body.span)));
                    out.push(Data::known(Val::Lit(text)));
                } else if let [flag, named] = args
                    && flag.val.lit() == Some("-p")
                    && let Some(Val::Lit(text)) =
                        named.val.lit().and_then(|name| self.state.var(name)).map(|var| var.val)
                {
                    // Its own definition, to be read again.
                    let name = named.val.lit().unwrap_or_default();
                    let text = self.bump.alloc_str(&format!("declare -- {name}={}\n", shell_words::quote(text)));
                    out.push(Data::known(Val::Lit(text)));
                    return true;
                } else if args.iter().all(|f| f.val.lit().is_some_and(|t| t.starts_with('-'))) {
                    out.push(every_variable());
                }
                self.declare(name, args);
            }
            "unset" => {
                let functions = args.first().is_some_and(|field| field.val.lit() == Some("-f"));
                for field in args {
                    if let Some((array, key)) = field.val.lit().and_then(element_of).filter(|_| !functions) {
                        self.unset_element(array, key);
                        continue;
                    }
                    if let Some(variable) = field.val.lit()
                        && !variable.starts_with('-')
                        && !self.is_readonly(variable)
                    {
                        // Without a variable of that name the function goes.
                        if functions || self.state.var(variable).is_none() {
                            self.state.set_function(self.bump, variable, None);
                        }
                        if functions {
                            continue;
                        }
                        let var = Var { unset: true, ..Var::plain(Val::EMPTY) };
                        self.state.set_var(self.bump, variable, Some(var));
                        self.setting(variable, Val::EMPTY, field.span, None);
                    }
                }
            }
            "read" | "mapfile" | "readarray" => {
                self.called_back(args, stdin);
                self.read_builtin(name, args, settings, stdin, channels);
            }
            "eval" => {
                let code = self.as_line(args);
                let place = args.first().map_or(span, |f| f.span.to(args[args.len() - 1].span));
                self.shell_code(code, place, stdin, out, u32::MAX);
            }
            "source" | "." => {
                let args = after_dashes(args);
                if let Some(field) = args.first() {
                    let arguments: Vec<Val<'a>> = args[1..].iter().map(|f| f.val).collect();
                    if !arguments.is_empty() {
                        let arguments = self.bump.alloc_slice_copy(&arguments);
                        self.state.set_arguments(arguments, true);
                    }
                    // `return` ends it, too.
                    let (ways, mark) = (self.ways_out.len(), self.state.mark());
                    self.entered.push((Body::Function, mark));
                    self.code_file("sourced", field.val, field.span, stdin, out, u32::MAX);
                    self.entered.pop();
                    self.left(Body::Function, ways, mark, |_| false);
                    self.settings_of_file(field.val);
                } else if !stdin.inherited {
                    // fish reads what comes in.
                    self.code_data("sourced", stdin, span, out, u32::MAX);
                }
            }
            "exec" => self.exec(command, out),
            "command" | "builtin" | "noglob" | "nocorrect" | "-" => {
                let looks_up = args.first().and_then(|f| f.val.lit()).is_some_and(|t| matches!(t, "-v" | "-V"));
                if looks_up {
                    let paths = args.get(1).and_then(|field| {
                        let each = field.val.each().map(|one| Some(Val::Lit(self.where_it_lies(one.lit()?))));
                        each.collect::<Option<Vec<_>>>()
                    });
                    out.push(match paths {
                        Some(paths) => Data::known(Val::set(self.bump, &paths)),
                        None => Data { shape: Shape::NonEmpty, ..Data::unknown("a program's path", Taint::NONE) },
                    });
                } else {
                    let args = after_dashes(args);
                    let skip = usize::from(args.first().and_then(|f| f.val.lit()) == Some("-p"));
                    let skip = skip + usize::from(skip > 0 && args.get(1).and_then(|f| f.val.lit()) == Some("--"));
                    if let Some(inner) = args.get(skip).and_then(|f| f.val.lit()) {
                        if !self.builtin(inner, &command.with_words(&args[skip..]), out) {
                            self.external(&args[skip..], settings, stdin, out);
                        }
                    } else if args.len() > skip {
                        self.external(&args[skip..], settings, stdin, out);
                    }
                }
            }
            "trap" => self.trap(args),
            "set" => {
                if args.is_empty() {
                    out.push(every_variable());
                }
                self.set_builtin(args, span);
            }
            "alias" => {
                // What zsh runs for files of a name that ends so (zshbuiltins(1), "alias -s").
                let of_endings = args.first().is_some_and(|first| first.val.lit() == Some("-s"));
                for field in args {
                    // One of several: each is in force by turns.
                    let texts: Vec<(&'a str, &'a str)> =
                        field.val.each().filter_map(|one| one.lit()?.split_once('=')).collect();
                    for (at, (alias, value)) in texts.iter().enumerate() {
                        let others =
                            texts[at + 1..].iter().filter(|(other, _)| other == alias).map(|(_, value)| *value);
                        let value = [*value].into_iter().chain(others).collect::<Vec<_>>().join("; ");
                        let alias = if of_endings { &*self.bump.alloc_str(&format!("*.{alias}")) } else { alias };
                        if !texts[..at].iter().any(|(known, _)| *known == alias) {
                            self.state.set_alias(self.bump, alias, Some(self.bump.alloc_str(&value)));
                        }
                    }
                }
                // Aliases that tcsh runs by itself (tcsh(1), "Special aliases").
                if let [name, code, ..] = args
                    && matches!(
                        name.val.lit(),
                        Some("cwdcmd" | "precmd" | "postcmd" | "periodic" | "jobcmd" | "beepcmd")
                    )
                {
                    self.perhaps(|this| {
                        this.shell_code(code.val, code.span, &Data::NOTHING, &mut Sink::new(), u32::MAX);
                    });
                }
            }
            "unalias" => {
                for field in args {
                    if let Some(alias) = field.val.lit() {
                        self.state.set_alias(self.bump, alias, None);
                    }
                }
            }
            "shopt" => {
                let has = |word: &str| args.iter().any(|field| field.val.lit() == Some(word));
                if has("lastpipe") {
                    self.state.set_options(Options { lastpipe: has("-s"), ..self.state.options });
                }
            }
            "hash" => {
                let words: Vec<Option<&'a str>> = args.iter().map(|field| field.val.lit()).collect();
                // `hash -p/bin/git ls`
                let (program, path) = match words[..] {
                    [Some("-p"), Some(path), Some(program), ..] => (program, path),
                    [Some(path), Some(program), ..] if path.starts_with("-p") => (program, &path[2..]),
                    _ => ("", ""),
                };
                if !program.is_empty() {
                    self.state.set_alias(self.bump, program, Some(path));
                }
            }
            "enable" => {
                // What is no builtin any more is looked for in PATH.
                if let [first, names @ ..] = args
                    && first.val.lit() == Some("-n")
                {
                    for name in names.iter().filter_map(|field| field.val.lit()) {
                        let outside = self.bump.alloc_str(&format!("env {name}"));
                        self.state.set_alias(self.bump, name, Some(outside));
                    }
                }
                if args.iter().any(|f| f.val.lit() == Some("-f"))
                    && let Some(file) = args.get(1)
                {
                    self.code_file("native", file.val, file.span, stdin, out, u32::MAX);
                }
            }
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

    fn arithmetic_words(&mut self, name: &str, args: &[Field<'a>]) {
        for field in args {
            let Val::Lit(text) = field.val else { continue };
            // `[ -v 'a[$(…)]' ]`, `let 'a[$(…)]=1'`, `[ 'a[$(…)]' -eq 0 ]` run what the subscript holds.
            if text.contains("$(") || text.contains('`') {
                self.prompt(text, field.span);
            }
            if name == "let"
                && let Some((variable, _)) = text.split_once('=')
            {
                let val = Val::hole(self.bump, "a number", Shape::Plain, Taint::NONE);
                self.set_variable(variable.trim_end_matches(['+', '-', '*', '/', '%']), val);
            }
        }
    }

    fn set_builtin(&mut self, args: &'a [Field<'a>], span: Span) {
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
                        Some("nounset") => options.nounset = on,
                        Some("errexit") => options.errexit = on,
                        // Only a script that hides what it does has `!!` and `^a^b` expanded.
                        Some("histexpand") if on => {
                            let call = self.facts.calls.len().saturating_sub(1) as u32;
                            self.code_effect("what was typed before", Taint::REWORKED, call, span);
                        }
                        Some("history") if !on => {
                            let call = self.facts.calls.len() as u32;
                            self.plain_effect(Kind::Set, "history", call, span, Taint::NONE, &["history-off"]);
                        }
                        _ => {}
                    }
                    index += 1;
                }
                _ if text.starts_with('-') && text.len() > 1 => {
                    options.nounset |= text.contains('u');
                    options.errexit |= text.contains('e');
                    if text.contains('H') {
                        let call = self.facts.calls.len().saturating_sub(1) as u32;
                        self.code_effect("what was typed before", Taint::REWORKED, call, span);
                    }
                    if text.ends_with('o') {
                        if args.get(index + 1).and_then(|f| f.val.lit()) == Some("nounset") {
                            options.nounset = true;
                        }
                        index += 1;
                    }
                }
                _ if text.starts_with('+') => {
                    options.nounset &= !text.contains('u');
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
}

/// A text of one literal is that literal.
fn normal(val: Val<'_>) -> Val<'_> {
    match val {
        Val::Text([Seg::Lit(text)]) => Val::Lit(text),
        other => other,
    }
}
