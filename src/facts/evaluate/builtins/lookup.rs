//! What a command's name stands for: `alias`, `unalias`, `hash`, `enable`, and what passes some of it over or asks for it,
//! `command`, `builtin`, `type -P` (bash(1), "SHELL BUILTIN COMMANDS").

use super::after_dashes;
use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::evaluate::invoke::Invocation;
use crate::facts::value::{Data, Field, Seg, Shape, Sink, Taint, Val};

/// Reserved words that make up the structure of a script (bash(1), "RESERVED WORDS"), of which nobody needs an alias.
const STRUCTURE: [&str; 15] = [
    "if", "then", "elif", "else", "fi", "while", "until", "do", "case", "esac", "for", "select", "function", "{", "[[",
];

impl<'a> Analysis<'a> {
    pub(super) fn type_path(&mut self, args: &'a [Field<'a>], out: &mut Sink<'a>) {
        match args.get(1).map(|f| f.val) {
            Some(Val::Lit(program)) => out.push(Data::known(Val::Lit(self.where_it_lies(program)))),
            // `type -P r"$nothing"m`
            Some(other) => out.push(Data::known(other)),
            None => {}
        }
    }

    pub(super) fn command_builtin(&mut self, command: &Invocation<'a, '_>, out: &mut Sink<'a>) {
        let args = &command.words[1..];
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
                let command = command.with_words(&args[skip..]);
                if !self.builtin(inner, &command, out) {
                    self.looked_up(inner, &command, out);
                }
            } else if args.len() > skip {
                self.external(&args[skip..], command.settings, command.stdin, out);
            }
        }
    }

    pub(super) fn alias_builtin(&mut self, words: &'a [Field<'a>]) {
        let args = &words[1..];
        // What zsh runs for files of a name that ends so (zshbuiltins(1), "alias -s").
        let of_endings = args.first().is_some_and(|first| first.val.lit() == Some("-s"));
        for field in args {
            // `alias ll="$(curl …)"`: the command itself came from elsewhere.
            if let Val::Text([Seg::Lit(name), Seg::Hole(_), ..]) = field.val
                && name.ends_with('=')
            {
                self.runs_what_came(field.val, field.span);
            }
            // One of several: each is in force by turns.
            let texts: Vec<(&'a str, &'a str)> =
                field.val.each().filter_map(|one| one.lit()?.split_once('=')).collect();
            for (at, (alias, value)) in texts.iter().enumerate() {
                if !of_endings && STRUCTURE.contains(alias) {
                    // `alias then='then rm …'`: the script says something else than what is read.
                    let call = self.facts.calls.len() as u32;
                    self.facts.calls.push(Call::unknown(words, self.place, field.span));
                    self.code_effect("an alias of a reserved word", Taint::REWORKED, call, field.span);
                }
                let others = texts[at + 1..].iter().filter(|(other, _)| other == alias).map(|(_, value)| *value);
                let value = [*value].into_iter().chain(others).collect::<Vec<_>>().join("; ");
                let alias = if of_endings { &*self.bump.alloc_str(&format!("*.{alias}")) } else { alias };
                if !texts[..at].iter().any(|(known, _)| *known == alias) {
                    self.state.set_alias(alias, Some(self.bump.alloc_str(&value)));
                }
            }
        }
        // Aliases that tcsh runs by itself (tcsh(1), "Special aliases").
        if let [name, code, ..] = args
            && matches!(name.val.lit(), Some("cwdcmd" | "precmd" | "postcmd" | "periodic" | "jobcmd" | "beepcmd"))
        {
            self.perhaps(|this| {
                this.shell_code(code.val, code.span, &Data::NOTHING, &mut Sink::new(), u32::MAX);
            });
        }
    }

    pub(super) fn unalias(&mut self, args: &'a [Field<'a>]) {
        for field in args {
            if let Some(alias) = field.val.lit() {
                self.state.set_alias(alias, None);
            }
        }
    }

    pub(super) fn hash(&mut self, args: &'a [Field<'a>]) {
        let words: Vec<Option<&'a str>> = args.iter().map(|field| field.val.lit()).collect();
        // `hash -p/bin/git ls`
        let cluster = |word: &Option<&'a str>| word.is_some_and(|word| word.starts_with('-') && word.contains('p'));
        let Some(at) = words.iter().position(cluster) else { return };
        let attached = words[at].and_then(|word| word.split_once('p')).map_or("", |(_, path)| path);
        let (path, programs) = match (attached, words.get(at + 1)) {
            ("", Some(Some(path))) => (*path, at + 2),
            ("", _) => return,
            (path, _) => (path, at + 1),
        };
        for program in words.get(programs..).unwrap_or_default().iter().copied().flatten() {
            let name = self.bump.alloc_str(&hashed(program));
            self.state.set_alias(name, Some(path));
            // No builtin any more (`enable -n`): it is looked for, too.
            if self.state.alias(program).is_some_and(|text| text == outside(program)) {
                self.state.set_alias(program, Some(path));
            }
        }
    }

    /// A program that the shell looks for: by `hash -p` it may be another one, until the shell forgets that (bash(1),
    /// "hash": `-r`, or a `PATH` that is set).
    pub fn looked_up(&mut self, name: &str, command: &Invocation<'a, '_>, out: &mut Sink<'a>) {
        let Invocation { words, settings, stdin, .. } = *command;
        let path = if self.state.has_aliases() { self.state.alias(&hashed(name)) } else { None };
        let Some(path) = path else { return self.external(words, settings, stdin, out) };
        let (mark, begun) = (self.state.mark(), out.parts.len());
        self.external(self.with_first(words, Field { val: Val::Lit(path), ..words[0] }), settings, stdin, out);
        self.or_else(mark, begun, out, |this, out| this.external(words, settings, stdin, out));
    }

    pub(super) fn enable(&mut self, args: &'a [Field<'a>], stdin: &Data<'a>, out: &mut Sink<'a>) {
        // What is no builtin any more is looked for in PATH.
        if let [first, names @ ..] = args
            && first.val.lit() == Some("-n")
        {
            for name in names.iter().filter_map(|field| field.val.lit()) {
                let path = self.state.alias(&hashed(name));
                let text = path.unwrap_or_else(|| self.bump.alloc_str(&outside(name)));
                self.state.set_alias(name, Some(text));
            }
        }
        if args.iter().any(|f| f.val.lit() == Some("-f"))
            && let Some(file) = args.get(1)
        {
            self.code_file("native", file.val, file.span, stdin, out, u32::MAX);
        }
    }
}

/// A builtin that is none any more, as a command.
fn outside(name: &str) -> String {
    format!("env {name}")
}

/// What it is kept as among the aliases: no word that is looked up there has a blank in it.
fn hashed(program: &str) -> String {
    format!("hash {program}")
}
