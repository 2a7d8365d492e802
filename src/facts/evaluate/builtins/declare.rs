//! `declare`, `export`, `local`, `readonly`, `unset`: what a variable is, what it is given there, and that it is gone
//! (bash(1), "SHELL BUILTIN COMMANDS").

use super::{every_variable, normal};
use crate::facts::analysis::Analysis;
use crate::facts::evaluate::variable::{Letters, Var};
use crate::facts::value::{Builder, Data, Field, Seg, Sink, Taint, Val};

/// The name that a word gives a value.
fn name_in(word: Val<'_>) -> Option<&str> {
    let start = match word {
        Val::Lit(text) => text,
        Val::Text([Seg::Lit(text), ..]) => text,
        _ => return None,
    };
    Some(start.split_once('=').map_or(start, |(name, _)| name))
}

/// Whether `declare` or its kin, given these words, makes variables of the function that runs (bash(1), "declare": with
/// `-g` it does not).
pub(in crate::facts) fn makes_local<'s>(name: &str, mut words: impl Iterator<Item = &'s str>) -> bool {
    name == "local"
        || matches!(name, "declare" | "typeset") && !words.any(|word| word.starts_with('-') && word.contains('g'))
}

/// The array and the key of `a[0]`, where the key is written out.
fn element_of(text: &str) -> Option<(&str, &str)> {
    let (array, key) = text.strip_suffix(']')?.split_once('[')?;
    let plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    plain.then_some((array, key.trim_matches(['"', '\''])))
}

impl<'a> Analysis<'a> {
    /// A declaration, or what prints one.
    pub(super) fn declaration(&mut self, name: &str, args: &'a [Field<'a>], out: &mut Sink<'a>) {
        if let [flag, named @ ..] = args
            && matches!(name, "declare" | "typeset")
            && matches!(flag.val.lit(), Some("-f" | "-fp" | "-pf"))
        {
            out.push(self.definitions(named));
            return;
        } else if let [flag, named] = args
            && flag.val.lit() == Some("-p")
            && let Some(Val::Lit(text)) = named.val.lit().and_then(|name| self.state.var(name)).map(|var| var.val)
        {
            // Its own definition, to be read again.
            let name = named.val.lit().unwrap_or_default();
            let text = self.bump.alloc_str(&format!("declare -- {name}={}\n", shell_words::quote(text)));
            out.push(Data::known(Val::Lit(text)));
            return;
        } else if let [flag, _, ..] = args
            && flag.val.lit() == Some("-p")
        {
            // What was defined elsewhere, in a file that is sourced.
            out.push(Data::unknown("a definition", Taint::NONE));
            return;
        } else if args.iter().all(|f| f.val.lit().is_some_and(|t| t.starts_with('-'))) {
            out.push(every_variable());
        }
        self.declare(name, args);
    }

    /// The definitions of these functions, of all where none is named. Others may come from a file that is sourced.
    fn definitions(&self, named: &[Field<'a>]) -> Data<'a> {
        let all = || self.state.functions_known().into_iter().map(Some).collect();
        let names: Vec<Option<&str>> =
            if named.is_empty() { all() } else { named.iter().map(|field| field.val.lit()).collect() };
        let texts: Option<Vec<String>> = names
            .into_iter()
            .map(|name| Some(format!("{} () \n{}\n", name?, self.text_of(self.state.function(name?)?.span))))
            .collect();
        match texts {
            Some(texts) if !texts.is_empty() => Data::known(Val::Lit(self.bump.alloc_str(&texts.concat()))),
            _ => Data::unknown("a definition", Taint::NONE),
        }
    }

    pub(super) fn declare(&mut self, name: &str, args: &'a [Field<'a>]) {
        let mut exported = name == "export";
        // `export -n`: programs are not given it.
        let mut kept_back = false;
        let mut readonly = name == "readonly";
        let (mut array, mut associative) = (false, false);
        let local = makes_local(name, args.iter().filter_map(|field| field.val.lit()));
        let mut integer = false;
        let mut reference = false;
        let mut function = false;
        // `local -I`: one of the function's own begins as what it hides.
        let mut inherits = false;
        let perhaps_inherits = self.state.options.localvar_inherit;
        let mut letters = Letters::AsGiven;
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
                    let changes = self.state.rollback(mark);
                    self.state.perhaps(self.bump, changes);
                }
                continue;
            }
            let segs = field.val.segs(self.bump);
            let Some(Seg::Lit(start)) = segs.first() else { continue };
            if let Some(flags) = start.strip_prefix('+') {
                // `declare +x`
                kept_back |= flags.contains('x');
                continue;
            }
            if let Some(flags) = start.strip_prefix('-') {
                exported |= flags.contains('x');
                kept_back |= name == "export" && flags.contains('n');
                integer |= flags.contains('i');
                reference |= flags.contains('n') && name != "export";
                function |= flags.contains('f');
                inherits |= flags.contains('I');
                readonly |= flags.contains('r');
                array |= flags.contains('a');
                associative |= flags.contains('A');
                // `declare -l`, `-u`: what is assigned is written in small or in capital letters.
                match flags.bytes().rfind(|flag| matches!(flag, b'l' | b'u')) {
                    Some(b'l') => letters = Letters::Small,
                    Some(_) => letters = Letters::Capital,
                    None => {}
                }
                continue;
            }
            if function {
                match exported && !kept_back {
                    true => self.exported.push(start),
                    false if kept_back => self.exported.retain(|name| name != start),
                    false => {}
                }
                continue;
            }
            let named = start.split(['=', '[']).next().unwrap_or(start).trim_end_matches('+');
            if kept_back && !start.contains('=') {
                self.setting(named, Val::EMPTY, field.span, None);
                continue;
            }
            if local && self.function_depth > 0 {
                self.make_local(named);
            }
            let Some((variable, head)) = start.split_once('=') else {
                // One of the function's own begins empty.
                let fresh = local && self.function_depth > 0 && !inherits && !self.is_readonly(start);
                let special = associative || reference || letters != Letters::AsGiven;
                if fresh || special && self.state.var(start).is_none() {
                    let val = match self.state.var(start) {
                        Some(hidden) if perhaps_inherits => Val::set(self.bump, &[Val::EMPTY, hidden.val]),
                        _ => Val::EMPTY,
                    };
                    let var = Var { exported, integer, reference, readonly, associative, letters, ..Var::plain(val) };
                    self.state.set_var(start, Some(var));
                } else if let Some(var) = self.state.var(start) {
                    let var = Var {
                        exported: exported || var.exported,
                        integer: integer || var.integer,
                        reference: reference || var.reference,
                        readonly: readonly || var.readonly,
                        associative: associative || var.associative,
                        ..var
                    };
                    self.state.set_var(start, Some(var));
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
                    builder.push_lit(first.split_once('=').map_or(head, |(_, h)| h));
                }
                for seg in segs.iter().skip(1) {
                    builder.push(self.bump, Val::Text(self.bump.alloc_slice_copy(&[*seg])));
                }
                values.push(normal(builder.done(self.bump)));
            }
            let mut val = Val::set(self.bump, &values);
            if append && let Some(var) = self.state.var(variable) {
                val = var.val.followed_by(self.bump, val);
            }
            if integer {
                self.read_again(val);
            }
            val = letters.of(self.bump, val);
            let var = Var { exported, integer, reference, readonly, associative, letters, ..Var::plain(val) };
            if !reference && self.state.var(variable).is_some_and(|var| var.reference) {
                // What it is another name of is set.
                self.set_variable(variable, val);
                continue;
            }
            self.state.set_var(variable, Some(var));
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

    pub(super) fn unset(&mut self, args: &'a [Field<'a>]) {
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
                    self.state.set_function(variable, None);
                }
                if functions {
                    continue;
                }
                let gone = Var { unset: true, ..Var::plain(Val::EMPTY) };
                let var = match self.hidden_by_a_caller(variable) {
                    // It shows again, or is unset once more, or stays hidden (bash(1), "localvar_unset").
                    Some(shown) => {
                        self.unhidden.push(variable);
                        Var { val: Val::set(self.bump, &[Val::EMPTY, shown.val]), ..Var::plain(Val::EMPTY) }
                    }
                    None => gone,
                };
                self.state.set_var(variable, Some(var));
                self.setting(variable, var.val, field.span, None);
            }
        }
    }

    /// What a variable of a function that called this one hid, and what shows again when it is unset here (bash(1), "unset").
    fn hidden_by_a_caller(&self, variable: &str) -> Option<Var<'a>> {
        let (own, callers) = self.locals.split_last()?;
        let is_it = |(known, _): &&(&str, Option<Var<'a>>)| *known == variable;
        if own.iter().any(|local| is_it(&local)) {
            return None;
        }
        callers.iter().rev().find_map(|frame| frame.iter().find(is_it)).and_then(|(_, before)| *before)
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
        self.state.set_var(array, Some(Var { val, items, ..var }));
    }
}
