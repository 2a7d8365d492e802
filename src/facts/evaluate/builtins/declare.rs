//! `declare`, `export`, `local`, `readonly`: what a variable is, and what it is given there (bash(1), "SHELL BUILTIN
//! COMMANDS").

use super::{makes_local, normal};
use crate::facts::analysis::Analysis;
use crate::facts::evaluate::variable::Var;
use crate::facts::value::{Builder, Data, Field, Seg, Sink, Val};

/// The name that a word gives a value.
fn name_in(word: Val<'_>) -> Option<&str> {
    let start = match word {
        Val::Lit(text) => text,
        Val::Text([Seg::Lit(text), ..]) => text,
        _ => return None,
    };
    Some(start.split_once('=').map_or(start, |(name, _)| name))
}

impl<'a> Analysis<'a> {
    pub(super) fn declare(&mut self, name: &str, args: &'a [Field<'a>]) {
        let mut exported = name == "export";
        let mut readonly = name == "readonly";
        let (mut array, mut associative) = (false, false);
        let local = makes_local(name, args.iter().filter_map(|field| field.val.lit()));
        let mut integer = false;
        let mut reference = false;
        let mut function = false;
        let mut letters: Option<fn(&str) -> String> = None;
        for (at, field) in args.iter().enumerate() {
            // `for one in a=1 b=2; do export "$one"; done`: each of them in turn.
            if let Val::Set(several) = field.val
                && several.windows(2).any(|two| name_in(two[0]) != name_in(two[1]))
            {
                for one in several {
                    let mark = self.state.mark();
                    let option = |field: &&Field<'a>| field.val.lit().is_some_and(|text| text.starts_with('-'));
                    let options = args[..at].iter().filter(option).copied();
                    let words: Vec<Field<'a>> = options.chain([Field { val: *one, ..*field }]).collect();
                    self.declare(name, self.bump.alloc_slice_copy(&words));
                    let changes = self.state.rollback(self.bump, mark);
                    self.state.perhaps(self.bump, changes);
                }
                continue;
            }
            let segs = field.val.segs(self.bump);
            let Some(Seg::Lit(start)) = segs.first() else { continue };
            if let Some(flags) = start.strip_prefix('-') {
                exported |= flags.contains('x');
                integer |= flags.contains('i');
                reference |= flags.contains('n') && name != "export";
                function |= flags.contains('f');
                readonly |= flags.contains('r');
                array |= flags.contains('a');
                associative |= flags.contains('A');
                // `declare -l`, `-u`: what is assigned is written in small or in capital letters.
                match flags.bytes().rfind(|flag| matches!(flag, b'l' | b'u')) {
                    Some(b'l') => letters = Some(str::to_lowercase),
                    Some(_) => letters = Some(str::to_uppercase),
                    None => {}
                }
                continue;
            }
            if function {
                if exported {
                    self.exported.push(start);
                }
                continue;
            }
            let named = start.split(['=', '[']).next().unwrap_or(start).trim_end_matches('+');
            if local && self.function_depth > 0 {
                self.make_local(named);
            }
            let Some((variable, head)) = start.split_once('=') else {
                // One of the function's own begins empty.
                let fresh = local && self.function_depth > 0 && !self.is_readonly(start);
                if fresh || (associative || reference) && self.state.var(start).is_none() {
                    let var = Var { exported, integer, reference, readonly, associative, ..Var::plain(Val::EMPTY) };
                    self.state.set_var(self.bump, start, Some(var));
                } else if let Some(var) = self.state.var(start) {
                    let var = Var {
                        exported: exported || var.exported,
                        integer: integer || var.integer,
                        reference: reference || var.reference,
                        readonly: readonly || var.readonly,
                        associative: associative || var.associative,
                        ..var
                    };
                    self.state.set_var(self.bump, start, Some(var));
                } else if name == "local" {
                    self.set_variable(start, Val::EMPTY);
                }
                continue;
            };
            let append = variable.ends_with('+');
            let variable = variable.trim_end_matches('+');
            if self.is_readonly(variable) {
                continue;
            }
            // `declare -a a='(x y)'` is an array all the same.
            if (array || associative)
                && head.starts_with('(')
                && let Val::Lit(text) = field.val
            {
                self.shell_code(Val::Lit(text), field.span, &Data::NOTHING, &mut Sink::new(), u32::MAX);
                continue;
            }
            let mut values = Vec::new();
            for one in field.val.each() {
                let mut builder = Builder::default();
                let segs = one.segs(self.bump);
                if let Some(Seg::Lit(first)) = segs.first() {
                    builder.push_lit(self.bump, first.split_once('=').map_or(head, |(_, h)| h));
                }
                for seg in segs.iter().skip(1) {
                    builder.push(self.bump, Val::Text(self.bump.alloc_slice_copy(&[*seg])));
                }
                values.push(normal(builder.done(self.bump)));
            }
            let mut val = Val::set(self.bump, &values);
            if append && let Some(var) = self.state.var(variable) {
                let mut builder = Builder::default();
                builder.push(self.bump, var.val);
                builder.push(self.bump, val);
                val = builder.done(self.bump);
            }
            if let (Some(letters), Val::Lit(text)) = (letters, val) {
                val = Val::Lit(self.bump.alloc_str(&letters(text)));
            }
            let var = Var { exported, integer, reference, readonly, associative, ..Var::plain(val) };
            self.state.set_var(self.bump, variable, Some(var));
            if args.iter().any(|field| field.val.lit() == Some("-g")) {
                // Not the function's own: it stays when that ends.
                for (_, outside) in self.locals.iter_mut().flatten().filter(|(known, _)| *known == variable) {
                    *outside = Some(var);
                }
            }
            if !reference {
                self.setting(variable, val, field.span, None);
            }
        }
    }
}
