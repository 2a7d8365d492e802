//! Assignments: what a variable, an element of an array or a function's own variable is given.

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::evaluate::arithmetic::{decimal, subscript_runs};
use crate::facts::evaluate::builtins::declare::makes_local;
use crate::facts::evaluate::either::either_items;
use crate::facts::evaluate::variable::{Elements, Var};
use crate::facts::shell::ast::{Assign, AssignValue, Part, Simple, Span, Word};
use crate::facts::value::{Builder, MANY, Shape, Taint, Val};
use crate::limits;

/// What is assigned: a text, and the elements if it is a list.
type Assigned<'a> = (Val<'a>, Option<Elements<'a>>);

impl<'a> Analysis<'a> {
    /// Variables that arithmetic assigns are numbers afterwards, whichever.
    pub fn assigned_numbers(&mut self, parts: &'a [Part<'a>]) {
        for part in parts {
            if let Part::Literal(text) = part {
                let changes = ["=", "++", "--"].iter().flat_map(|sign| text.match_indices(sign));
                for (at, sign) in changes {
                    // `++i` names it behind the sign.
                    let after = &text[at + sign.len()..];
                    let behind = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
                    if sign != "=" && behind > 0 && !after.starts_with(|c: char| c.is_ascii_digit()) {
                        let val = Val::hole(self.bump, "a number", Shape::Plain, Taint::NONE);
                        self.state.set_var(&after[..behind], Some(Var::plain(val)));
                    }
                    let before = text[..at].trim_end_matches(['+', '-', '*', '/', '%', ' ']);
                    let kept = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
                    let name = &before[kept.len()..];
                    if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
                        let val = Val::hole(self.bump, "a number", Shape::Plain, Taint::NONE);
                        self.state.set_var(name, Some(Var::plain(val)));
                    }
                }
            }
        }
    }

    /// `declare -A a=([k]=v)`, `local a=(x y)`.
    pub fn declare_arrays(&mut self, simple: &Simple<'a>) {
        let flags = || simple.words.iter().skip(1).filter_map(Word::bare);
        let local = simple.name().is_some_and(|name| makes_local(name, flags()));
        let flagged = |letter: char| flags().any(|flag| flag.starts_with('-') && flag.contains(letter));
        let keyed = flagged('A');
        let kept = flagged('r') || simple.name() == Some("readonly");
        for assign in simple.declares {
            if local && !assign.append {
                self.make_local(assign.name);
            }
            if keyed {
                let var = Var { associative: true, ..Var::plain(Val::EMPTY) };
                self.state.set_var(assign.name, Some(var));
            }
            let val = self.assign_value(assign);
            self.assign(assign, val);
            if kept && let Some(var) = self.state.var(assign.name) {
                self.state.set_var(assign.name, Some(Var { readonly: true, ..var }));
            }
        }
    }

    /// The value of an assignment: a word, or the elements of an array.
    pub fn assign_value(&mut self, assign: &'a Assign<'a>) -> Assigned<'a> {
        match &assign.value {
            AssignValue::Word(word) => (self.single(word), None),
            AssignValue::Array(items) => {
                // One array, or several of which it is one: `a=($step)`, where that is one of several texts.
                let mut each: Vec<Vec<(Val<'a>, Val<'a>)>> = vec![Vec::with_capacity(items.len())];
                // What is added comes after what is there.
                let there = self.state.var(assign.name).filter(|_| assign.append);
                let keys = there.and_then(|var| var.items).into_iter().flatten().filter_map(|(key, _)| key.lit());
                let last = keys.filter_map(|key| key.parse::<usize>().ok()).max();
                // One that is no array yet becomes the first element.
                let alone = there.is_some_and(|var| var.items.is_none() && var.val != Val::EMPTY);
                let from = last.map_or(usize::from(alone), |last| last + 1);
                for (key, word) in *items {
                    if let Some(key) = key {
                        let key = self.single_parts(key);
                        let val = self.single(word);
                        each.iter_mut().for_each(|out| out.push((key, val)));
                        continue;
                    }
                    let around = std::mem::take(&mut self.choice);
                    let fields = self.words_with_choice(std::slice::from_ref(word));
                    let choice = std::mem::replace(&mut self.choice, around);
                    let several = match choice.split_first() {
                        Some((start, ends)) if each.len() == 1 && ends.len() > 1 => {
                            let begins = std::iter::once(start).chain(ends);
                            begins.zip(ends).map(|(from, to)| &fields[*from..*to]).collect::<Vec<_>>()
                        }
                        _ => vec![&fields[..]],
                    };
                    let first = each[0].clone();
                    each.resize(each.len().max(several.len()), first);
                    for (out, fields) in each.iter_mut().zip(several.iter().cycle()) {
                        for field in *fields {
                            if out.len() >= limits::TARGETS {
                                self.unread(assign.span, MORE, false);
                                out.truncate(limits::UNROLL);
                                break;
                            }
                            // It counts on from a key that is written out.
                            let last = out.last().and_then(|(key, _)| key.lit()?.parse::<usize>().ok());
                            let index = last.and_then(|last| last.checked_add(1)).unwrap_or(from + out.len());
                            let index = self.bump.alloc_str(&index.to_string());
                            out.push((Val::Lit(index), field.val));
                        }
                    }
                }
                each.iter_mut().for_each(|out| in_order(out));
                let arrays: Vec<Var<'a>> = each
                    .iter()
                    .map(|out| {
                        let first = out.first().map_or(Val::EMPTY, |(_, v)| *v);
                        Var { items: Some(self.bump.alloc_slice_copy(out)), ..Var::plain(first) }
                    })
                    .collect();
                let items = either_items(self.bump, &arrays).or(arrays[0].items);
                let first: Vec<Val<'a>> = arrays.iter().map(|array| array.val).collect();
                (Val::set(self.bump, &first), items)
            }
        }
    }

    pub fn assign(&mut self, assign: &'a Assign<'a>, value: Assigned<'a>) {
        // What a command prints has no name beside it: `SECRET=$(echo …)`.
        if let (Val::Lit(text), AssignValue::Word(word)) = (value.0, &assign.value)
            && word.literal().is_none()
            && self.variable_is(assign.name, "secret")
        {
            self.facts.secrets.push(text);
        }
        self.each_meant(assign.name, assign.span, |this, name| this.assign_to(name, assign, value));
    }

    /// Does this with the variable that a name stands for, or perhaps with each of several.
    fn each_meant(&mut self, name: &'a str, span: Span, mut assigns: impl FnMut(&mut Self, &'a str)) {
        match self.state.meant_by(name).as_deref() {
            Some([one]) => assigns(self, one),
            Some(several) => {
                for one in several {
                    let mark = self.state.mark();
                    assigns(self, one);
                    let changes = self.state.rollback(mark);
                    self.state.perhaps(self.bump, changes);
                }
            }
            None => self.unread(span, MORE, false),
        }
    }

    fn assign_to(&mut self, name: &'a str, assign: &'a Assign<'a>, (val, items): Assigned<'a>) {
        let before = self.state.var(name);
        let mut var = before.unwrap_or(Var::plain(Val::EMPTY));
        if var.readonly {
            return;
        }
        (var.unset, var.perhaps_unset, var.assumed) = (false, false, false);
        var.associative |= matches!(name, "BASH_ALIASES" | "BASH_CMDS");
        // A variable that becomes an array is its first element (bash(1), "Arrays").
        if var.items.is_none()
            && before.is_some_and(|var| var.val != Val::EMPTY)
            && (assign.append && items.is_some() || assign.subscript.is_some())
        {
            var.items = Some(self.bump.alloc_slice_copy(&[(Val::Lit("0"), var.val)]));
        }
        if let Some(subscript) = assign.subscript {
            let key = self.element_key(Some(var), subscript);
            if let ("BASH_ALIASES" | "BASH_CMDS", Some(alias), Some(text)) = (name, key.lit(), val.lit()) {
                self.state.set_alias(alias, Some(text));
            }
            let mut all = var.items.map(<[_]>::to_vec).unwrap_or_default();
            let known = key.lit().and_then(|key| all.iter().position(|(there, _)| there.lit() == Some(key)));
            // Only what is written out has no effects of its own (`a[i++]`).
            let written = matches!(subscript, [Part::Literal(_)])
                && key.lit().is_some_and(|key| var.associative || key.bytes().all(|byte| byte.is_ascii_digit()));
            let appends = var.perhaps_readonly || !written;
            if let Some(at) = known.filter(|_| !appends) {
                all[at].1 = match assign.append {
                    true => all[at].1.followed_by(self.bump, val),
                    false => val,
                };
                if at == 0 {
                    var.val = all[at].1;
                }
                var.items = Some(self.bump.alloc_slice_copy(&all));
            } else if let Some((_, there)) = all.iter_mut().find(|(there, _)| var.associative && *there == key) {
                // One of several texts, each of which is a key: it may be the same again.
                let either = Val::set(self.bump, &[*there, val]);
                if either != *there {
                    *there = either;
                    var.items = Some(self.bump.alloc_slice_copy(&all));
                }
            } else if all.len() < limits::UNROLL {
                all.push((key, val));
                in_order(&mut all);
                var.items = Some(self.bump.alloc_slice_copy(&all));
            } else {
                var.items = None;
                var.val = Val::hole(self.bump, MANY, Shape::Any, Taint::OPAQUE);
            }
        } else if let Some(items) = items {
            let mut all = if assign.append { var.items.map(<[_]>::to_vec).unwrap_or_default() } else { Vec::new() };
            // What has a key that is there already is put in its place.
            for (key, val) in items {
                match all.iter_mut().find(|(known, _)| var.associative && known == key) {
                    Some((_, there)) => *there = *val,
                    None => all.push((*key, *val)),
                }
            }
            if all.len() > limits::TARGETS {
                self.unread(assign.span, MORE, false);
                all.truncate(limits::UNROLL);
            }
            var.items = Some(self.bump.alloc_slice_copy(&all));
            var.val = val;
        } else if assign.append {
            let mut builder = Builder::default();
            let base = if before.is_some() { var.val } else { self.variable(name, assign.name) };
            // What nobody set, and no program looks for, is empty as a rule.
            let empty =
                before.is_none() && base.lit().is_none() && !name.bytes().any(|b| b == b'_' || b.is_ascii_digit());
            let handed_on = ["PATH", "FLAGS", "OPTS", "LIBS"].iter().any(|end| name.ends_with(end));
            if !empty || handed_on {
                builder.push(self.bump, base);
            }
            builder.push(self.bump, val);
            var.val = var.letters.of(self.bump, builder.done(self.bump));
            var.items = var.items.and_then(|items| self.with_first_element(items, var));
        } else {
            var.val = var.assigned(self.bump, val);
            var.items = var.items.and_then(|items| self.with_first_element(items, var));
            if var.integer
                && let Val::Lit(text) = val
                && text.contains("$(")
            {
                self.prompt(text, assign.span);
            }
        }
        var.exported |= self.state.options.allexport;
        self.state.set_var(name, Some(var));
        self.read_as_number(val, assign.span);
        self.setting(name, val, assign.span, None);
    }

    /// What arithmetic, `${!x}` and `-v` read later is run where it is a subscript: `x='a[$(…)]'; echo $((x))`.
    pub fn read_as_number(&mut self, val: Val<'a>, span: Span) {
        const READERS: [&str; 10] =
            ["((", "let ", "declare -i", "local -i", "typeset -i", " -eq ", " -gt ", " -lt ", "${!", "SECONDS="];
        // Each asks the whole script; nobody writes more of them, and of those that come behind all are taken for read.
        const ASKED: usize = 32;
        for text in val.each().filter_map(|one| one.lit()).filter(|text| subscript_runs(text)) {
            let script = self.facts.sources.first().map_or("", |source| source.text);
            let reads = *self.reads_numbers.get_or_init(|| READERS.iter().any(|sign| script.contains(sign)));
            // As an index or a place in a text: `x[$i]=1`, `${x[i]}`, `${x:$i:1}`, `wait -p "$i"`; it says the first itself.
            let rest = || script.replace(text, "");
            let indexes = |rest: &str| ["[$", "]}", "]=", "wait -p", ":$"].iter().any(|sign| rest.contains(sign));
            self.spent.subscripts += 1;
            if reads || self.spent.subscripts > ASKED || indexes(&rest()) {
                let mark = self.state.mark();
                self.prompt(text, span);
                self.leave_subshell(mark);
            }
        }
    }

    pub fn set_variable(&mut self, name: &'a str, val: Val<'a>) {
        // `printf -v 'a[1]' …`, `read 'a[1]'`
        if let Some((array, subscript)) = element(name) {
            return self.set_element(array, subscript, val);
        }
        self.each_meant(name, Span::default(), |this, name| {
            if this.is_readonly(name) {
                return;
            }
            // `declare -n d=a[2]`; where the key cannot be told, the whole.
            if let Some((array, subscript)) = element(name) {
                return this.set_element(array, subscript, val);
            }
            let name = name.split_once('[').map_or(name, |(array, _)| array);
            let var = match this.state.var(name) {
                Some(before) if before.perhaps_readonly => {
                    Var { perhaps_readonly: true, ..Var::plain(before.assigned(this.bump, val)) }
                }
                // An array's name alone is that of its first element, and letters stay as they were declared.
                Some(before) => {
                    let val = before.assigned(this.bump, val);
                    let first = Var { val, ..before };
                    let items = before.items.and_then(|items| this.with_first_element(items, first));
                    Var { items, letters: before.letters, associative: before.associative, ..Var::plain(val) }
                }
                None => Var::plain(val),
            };
            this.state.set_var(name, Some(var));
        });
    }

    fn set_element(&mut self, array: &'a str, subscript: &'a str, val: Val<'a>) {
        let word = Word { parts: &[], span: Span::default() };
        let assign = self.bump.alloc(Assign {
            name: array,
            subscript: Some(self.bump.alloc_slice_copy(&[Part::Literal(subscript)])),
            append: false,
            value: AssignValue::Word(word),
            span: Span::default(),
        });
        self.assign_to(array, assign, (val, None));
    }

    /// The elements of an array of which the first is given another value by the array's name; none where nothing else is
    /// left of them.
    fn with_first_element(&self, items: Elements<'a>, var: Var<'a>) -> Option<Elements<'a>> {
        let mut all = items.to_vec();
        match all.iter_mut().find(|(key, _)| key.lit() == Some("0")) {
            Some((_, first)) => *first = var.val,
            None => all.insert(0, (Val::Lit("0"), var.val)),
        }
        (all.len() > 1).then(|| &*self.bump.alloc_slice_copy(&all))
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
        let numbered = |text: &str| decimal(text).is_some();
        if var.is_some_and(|var| var.associative) || key.lit().is_none_or(numbered) {
            return key;
        }
        let number = self.arithmetic(subscript);
        if number.lit().is_some_and(numbered) {
            return number;
        }
        // A number that is not computed here: `a[++i]`, `a[2#1]`, or one that changes.
        let changes =
            key.lit().and_then(|name| self.state.var(name)).is_some_and(|var| var.val.lit().is_none_or(numbered));
        if var.is_some() || changes { Val::hole(self.bump, "a number", Shape::Plain, Taint::NONE) } else { key }
    }
}

/// The array and the key of `a[1]`, where the key is plain.
pub(in crate::facts) fn element(name: &str) -> Option<(&str, &str)> {
    let (array, key) = name.strip_suffix(']')?.split_once('[')?;
    let plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (plain && !array.is_empty()).then_some((array, key))
}

/// Elements stand in the order of their numbers (bash(1), "Arrays"), where all are known.
fn in_order(items: &mut [(Val<'_>, Val<'_>)]) {
    let number = |item: &(Val<'_>, Val<'_>)| item.0.lit().and_then(|key| key.parse::<usize>().ok());
    if items.iter().all(|item| number(item).is_some()) {
        items.sort_by_key(number);
    }
}
