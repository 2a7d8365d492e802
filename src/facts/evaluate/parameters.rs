//! Parameters: what `$X`, `${X:-y}`, `${X%y}`, `${a[@]:1}` and their like come to (bash(1), "Parameter Expansion").

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::evaluate::expand::has_glob;
use crate::facts::evaluate::operators::{change_case, replace, substring, trim};
use crate::facts::evaluate::pieces::Piece;
use crate::facts::evaluate::variable::Var;
use crate::facts::shell;
use crate::facts::shell::ast::{Op, Parameter, Part, Span};
use crate::facts::snapshot::Environment;
use crate::facts::targets::globs;
use crate::facts::value::{Builder, MANY, Seg, Shape, Taint, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    /// `$@`, `$*`, `${a[@]}`: the elements, where they are known one by one.
    pub fn elements(&mut self, parameter: &Parameter<'a>) -> Option<&'a [Val<'a>]> {
        let on_each = matches!(
            parameter.op,
            Op::TrimPrefix(..)
                | Op::TrimSuffix(..)
                | Op::Replace(..)
                | Op::Case(..)
                | Op::Transform(b'U' | b'L' | b'u')
        );
        if parameter.indirect && matches!(parameter.op, Op::None) {
            // `x='a[@]'; "${!x}"`
            if parameter.subscript.is_none()
                && let Some(Val::Lit(target)) = self.state.var(parameter.name).map(|var| var.val)
                && let Some(array) = target.strip_suffix("[@]").or_else(|| target.strip_suffix("[*]"))
            {
                let items = self.state.var(array)?.items?;
                return Some(self.bump.alloc_slice_fill_iter(items.iter().map(|(_, val)| *val)));
            }
            return self.keys(parameter);
        }
        if parameter.length || parameter.indirect || !(on_each || matches!(parameter.op, Op::None | Op::Substring(..)))
        {
            return None;
        }
        let positional = matches!(parameter.name, "@" | "*");
        let all = if positional {
            self.state.arguments_known.then_some(self.state.arguments)?
        } else {
            if !is_all(parameter.subscript?) {
                return None;
            }
            let items = self.state.meant(parameter.name)?.items?;
            self.bump.alloc_slice_fill_iter(items.iter().map(|(_, v)| *v))
        };
        if on_each {
            let source = self.text_of(parameter.span);
            let changed: Vec<Val<'a>> = all.iter().map(|one| self.applied(parameter, *one, source)).collect();
            return Some(self.bump.alloc_slice_copy(&changed));
        }
        let Op::Substring(offset, length) = parameter.op else { return Some(all) };
        // `${@:2:3}` counts from 1, `${a[@]:2:3}` from 0; both from the end where negative.
        let number = |this: &mut Self, parts| this.arithmetic(parts).lit()?.trim().parse::<i64>().ok();
        let offset = number(self, offset)?;
        let count = all.len() as i64;
        let from = if offset < 0 { count + offset } else { offset - i64::from(positional) };
        // How many they are is not known for certain: perhaps all that are left.
        let to = match length {
            Some(length) => number(self, length).map_or(count, |length| from + length),
            None => count,
        };
        all.get(usize::try_from(from).ok()?..usize::try_from(to.min(count)).ok()?)
    }

    /// `"$*"`, `${a[*]}`, `${!a[*]}` in one string.
    fn all_joined(&mut self, elements: &'a [Val<'a>]) -> Val<'a> {
        self.joined(&[Piece { val: Val::EMPTY, quoted: true, expanded: false, elements: Some(elements) }])
    }

    /// `${!a[@]}`: the keys of an array, where they are known.
    fn keys(&self, parameter: &Parameter<'a>) -> Option<&'a [Val<'a>]> {
        if !is_all(parameter.subscript?) {
            return None;
        }
        let mut keys: Vec<Val<'a>> = Vec::new();
        for (key, _) in self.state.meant(parameter.name)?.items? {
            // What was set again is one element.
            if keys.len() >= limits::UNROLL || key.lit().is_none() || !keys.contains(key) {
                keys.push(*key);
            }
        }
        Some(self.bump.alloc_slice_copy(&keys))
    }

    /// The value of a variable, by name; `source` is how it is written.
    pub fn variable(&mut self, name: &'a str, source: &'a str) -> Val<'a> {
        if let Some(var) = self.state.var(name) {
            if var.reference && var.val != Val::EMPTY {
                let Some(meant) = self.state.meant_by(name) else {
                    return Val::hole(self.bump, MANY, Shape::Any, Taint::OPAQUE);
                };
                let each: Vec<Val<'a>> = meant
                    .into_iter()
                    .map(|target| match target.contains('[') {
                        true => self.prompt(self.bump.alloc_str(&format!("${{{target}}}")), Span::default()),
                        false => self.variable(target, source),
                    })
                    .collect();
                return Val::set(self.bump, &each);
            }
            if let Some(items) = var.items {
                return items.first().map_or(Val::EMPTY, |(_, v)| v.present(self.bump));
            }
            return var.val;
        }
        match name {
            "HOME" if !self.snapshot.home.is_empty() && self.place.local() => return Val::Lit(&self.snapshot.home),
            "PWD" => return self.state.cwd,
            "USER" | "LOGNAME" if !self.snapshot.user.is_empty() => return Val::Lit(&self.snapshot.user),
            "RANDOM" | "SECONDS" | "LINENO" | "EPOCHSECONDS" | "UID" | "EUID" | "PPID" | "BASHPID"
            | "EPOCHREALTIME" | "SRANDOM" | "OPTIND" | "HISTCMD" | "COLUMNS" | "LINES" => {
                return Val::hole(self.bump, source, Shape::Plain, Taint::NONE);
            }
            "IFS" => return Val::Lit(" \t\n"),
            "BASH" => return Val::Lit("/bin/bash"),
            "SHELL" if self.snapshot.variable(name).is_none() => return Val::Lit("/bin/bash"),
            "OSTYPE" | "HOSTNAME" | "MACHTYPE" | "HOSTTYPE" | "BASH_VERSION" => {
                return Val::hole(self.bump, source, Shape::Plain, Taint::NONE);
            }
            "BASH_SOURCE" => return self.own_script(source),
            // Before a folder was left there is none, and `gate run` takes an exported one away.
            "OLDPWD" => return Val::hole(self.bump, source, Shape::Any, Taint::NONE),
            _ => {}
        }
        let taint = self.taint_of_name(name);
        let secret = taint.has(Taint::SECRET_VARIABLE);
        let known = self.snapshot.variable(name);
        match (&self.snapshot.environment, known) {
            (Environment::Exact, Some(value)) if self.place.local() && !secret => Val::Lit(value),
            (Environment::Exact, None) if self.place.local() => Val::EMPTY,
            (Environment::Likely, Some(value)) if self.place.local() && !secret => {
                // The value may raise a finding; that another one may be in force keeps it from excusing.
                let other = Val::hole(self.bump, source, Shape::NonEmpty, taint);
                Val::set(self.bump, &[Val::Lit(value), other])
            }
            (Environment::Stated, Some(value)) => Val::Lit(value),
            _ => {
                let shape = if self.state.options.nounset { Shape::NonEmpty } else { Shape::Any };
                Val::hole(self.bump, source, shape, taint)
            }
        }
    }

    /// What the name of a variable that the script did not set says of its value; an address is no secret, whatever else it
    /// is called.
    fn taint_of_name(&self, name: &str) -> Taint {
        let (mut secret, mut address, mut strangers) = (false, false, false);
        for kind in self.know.variables().types_of(name, |pattern, name| globs::text(pattern, name)) {
            match kind {
                "secret" => secret = true,
                "address" => address = true,
                "strangers-words" => strangers = true,
                _ => {}
            }
        }
        match (secret && !address, strangers) {
            (true, _) => Taint::SECRET_VARIABLE,
            (false, true) => Taint::NETWORK | Taint::STRANGERS,
            (false, false) => Taint::NONE,
        }
    }

    /// Whether a variable's name is of this type in the packs; an address is no secret, whatever else it is called.
    pub fn variable_is(&self, name: &str, kind: &str) -> bool {
        let types = || self.know.variables().types_of(name, |pattern, name| globs::text(pattern, name));
        types().any(|k| k == kind) && (kind != "secret" || !types().any(|k| k == "address"))
    }

    pub fn parameter(&mut self, parameter: &Parameter<'a>) -> Val<'a> {
        let source = self.text_of(parameter.span);
        if parameter.name.is_empty() && source.starts_with("${{") {
            return self.filled_in(source, parameter.span);
        }
        if let Some(subscript) = parameter.subscript
            && !is_all(subscript)
        {
            self.single_parts(subscript);
        }
        // Of arguments it is counted in arguments, not in letters.
        if matches!(parameter.name, "@" | "*")
            && matches!(parameter.op, Op::Substring(..))
            && let Some(some) = self.elements(parameter)
        {
            return self.all_joined(some);
        }
        // `set -u` does not end a script where the expansion says itself what an unset variable gives.
        let nounset = self.state.options.nounset;
        self.state.options.nounset &= !matches!(parameter.op, Op::Default(..) | Op::Assign(..) | Op::Alternative(..));
        let base = match parameter.name {
            "" if !parameter.flags.is_empty() => Val::EMPTY,
            _ => self.parameter_base(parameter, source),
        };
        self.state.options.nounset = nounset;
        if parameter.length && (matches!(parameter.name, "@" | "*") || parameter.subscript.is_some_and(is_all)) {
            return self.count(parameter, source);
        }
        if parameter.length {
            return match base {
                Val::Lit(text) => Val::Lit(self.bump.alloc_str(&text.chars().count().to_string())),
                _ => Val::hole(self.bump, source, Shape::Plain, Taint::NONE),
            };
        }
        let absent = base.is_perhaps_absent();
        let mut value = self.applied(parameter, base.present(self.bump), source);
        if absent && let Op::Default(_, operand) | Op::Assign(_, operand) = parameter.op {
            value = Val::set(self.bump, &[value, self.operand(operand)]);
        }
        if parameter.flags.is_empty() { value } else { self.flagged(parameter, value, source) }
    }

    /// `${#a[@]}`: how many elements there are.
    fn count(&self, parameter: &Parameter<'a>, source: &'a str) -> Val<'a> {
        // What is not known may be any number of words, and a pattern any number of names.
        let one = |val: &Val<'a>| val.lit().is_some_and(|text| !has_glob(text));
        let items = match parameter.name {
            "@" | "*" if !self.state.arguments_known || !self.state.arguments.iter().all(one) => None,
            "@" | "*" => Some(self.state.arguments.len()),
            name => {
                let items = self.state.meant(name).and_then(|var| var.items);
                items.filter(|items| items.iter().all(|(_, val)| one(val))).map(<[_]>::len)
            }
        };
        match items.filter(|_| !self.in_turn) {
            Some(count) => Val::Lit(self.bump.alloc_str(&count.to_string())),
            None => Val::hole(self.bump, source, Shape::Plain, Taint::NONE),
        }
    }

    /// An argument of the script beyond those that are known, as it stands.
    pub fn is_given_nothing(&self, parameter: &Parameter<'a>) -> bool {
        let index = parameter.name.parse::<usize>().unwrap_or_default();
        index > self.state.arguments.len().max(1) && matches!(parameter.op, Op::None) && !parameter.length
    }

    /// What zsh's flags before a name make of its value.
    fn flagged(&mut self, parameter: &Parameter<'a>, value: Val<'a>, source: &'a str) -> Val<'a> {
        let letters = without_arguments(parameter.flags.trim_matches(['(', ')', '=', '~', '^']));
        // Its elements in one text.
        let items = self.state.meant(parameter.name).and_then(|var| var.items).filter(|_| letters.contains('j'));
        let value = match items {
            Some(items) => {
                let mut joined = Builder::default();
                let between = joined_by(parameter.flags).unwrap_or(" ");
                for (index, (_, item)) in items.iter().enumerate() {
                    if index > 0 {
                        joined.push_lit(between);
                    }
                    joined.push(self.bump, *item);
                }
                joined.done(self.bump)
            }
            None => value,
        };
        letters.chars().fold(value, |value, letter| match letter {
            'L' => self.map(value, source, |text| Ok(text.to_lowercase())),
            'U' => self.map(value, source, |text| Ok(text.to_uppercase())),
            'P' => match value.lit() {
                Some(name) if !name.is_empty() => self.variable(name, source),
                _ => Val::hole(self.bump, source, Shape::Any, value.taint()),
            },
            // Expanded once more.
            'e' => {
                let expanded = value.lit().map(|text| self.prompt(text, parameter.span));
                expanded.unwrap_or_else(|| Val::hole(self.bump, source, Shape::Any, value.taint()))
            }
            // The order of its parts, how it is split, and whether it is a pattern.
            '@' | 'o' | 'O' | 'u' | 'f' | 's' | 'j' | 'z' | 'k' | 'v' | ':' | 'w' | 'M' => value,
            _ => Val::hole(self.bump, source, Shape::Any, value.taint()),
        })
    }

    /// What the operator of an expansion makes of a value.
    fn applied(&mut self, parameter: &Parameter<'a>, base: Val<'a>, source: &'a str) -> Val<'a> {
        let name = parameter.name;
        match parameter.op {
            Op::None => base,
            Op::Default(colon, operand) => {
                let other = self.operand(operand);
                self.either(base, other, colon, name)
            }
            Op::Assign(colon, operand) => {
                let other = self.operand(operand);
                let val = self.either(base, other, colon, name);
                self.state.set_var(name, Some(Var::plain(val)));
                val
            }
            Op::Error(colon, operand) => {
                self.operand(operand);
                let val = match base.filled(self.bump) {
                    // It ends the script here, so what it would be further on is never asked.
                    Val::Lit("") if colon => Val::hole(self.bump, source, Shape::NonEmpty, Taint::NONE),
                    filled => filled,
                };
                // `${X:?}` ends the script if X is empty: from here on it is not.
                if let Some(var) = self.state.var(name) {
                    self.state.set_var(name, Some(Var { val, ..var }));
                } else {
                    self.state.set_var(name, Some(Var::plain(val)));
                }
                val
            }
            Op::Alternative(colon, operand) => {
                let other = self.operand(operand);
                match base {
                    Val::Lit("") if colon => Val::EMPTY,
                    Val::Lit(_) if self.is_perhaps_unset(name) => Val::set(self.bump, &[Val::EMPTY, other]),
                    Val::Lit(_) => other,
                    // Always set.
                    _ if matches!(name, "HOME" | "PATH" | "PWD" | "USER" | "SHELL" | "LOGNAME" | "IFS" | "BASH") => {
                        other
                    }
                    _ => Val::set(self.bump, &[Val::EMPTY, other]),
                }
            }
            Op::TrimPrefix(longest, operand) | Op::TrimSuffix(longest, operand) => {
                let pattern = self.operand(operand);
                let prefix = matches!(parameter.op, Op::TrimPrefix(..));
                // `${0%%*}`: whatever it is, nothing is left.
                if longest && matches!(operand, [Part::Literal("*")]) {
                    return Val::EMPTY;
                }
                if let (Val::Text(segs), Val::Lit(cut)) = (base, pattern)
                    && let Some(rest) = self.trimmed_at_its_end(segs, cut, prefix)
                {
                    return rest;
                }
                self.map(base, source, |text| {
                    trim(text, pattern.lit().ok_or(Taint::NONE)?, prefix, longest).ok_or(NOT_COMPUTED)
                })
            }
            Op::Replace(kind, pattern, with) => {
                let pattern = self.operand(pattern);
                let with = self.operand(with);
                // Between double quotes, too, the sign that parts the two stands escaped.
                let with = match with.lit().filter(|with| with.contains("\\/")) {
                    Some(with) => Val::Lit(&*self.bump.alloc_str(&with.replace("\\/", "/"))),
                    None => with,
                };
                // `&` is what matched, or itself: that depends on the shell and on how it is quoted (bash 5.2,
                // "patsub_replacement").
                let and = |with: &Val<'a>| with.lit().is_some_and(|with| with.contains('&'));
                let ways = with.each().map(|with| (with, false));
                let each: Vec<Val<'a>> = ways
                    .chain(with.each().filter(and).map(|with| (with, true)))
                    .map(|(with, matched)| {
                        self.map(base, source, |text| match (pattern.lit(), with.lit()) {
                            (Some(pattern), Some(with)) => {
                                replace(text, pattern, with, kind, matched).ok_or(NOT_COMPUTED)
                            }
                            _ => Err(Taint::NONE),
                        })
                    })
                    .collect();
                Val::set(self.bump, &each)
            }
            Op::Substring(offset, length) => {
                let offset = self.arithmetic(offset);
                let length = length.map(|l| self.arithmetic(l));
                let at = offset.lit().and_then(|t| t.trim().parse::<i64>().ok());
                let count = length.map(|l| l.lit().and_then(|t| t.trim().parse::<i64>().ok()));
                // Whatever they are, they begin so.
                let paths = ["HOME", "PATH", "PWD", "OLDPWD", "SHELL"];
                if at == Some(0) && count == Some(Some(1)) && base.lit().is_none() && paths.contains(&name) {
                    return Val::Lit("/");
                }
                self.map(base, source, |text| {
                    let (Some(at), None | Some(Some(_))) = (at, count) else { return Err(NOT_COMPUTED) };
                    substring(text, at, count.flatten()).ok_or(Taint::NONE)
                })
            }
            Op::Case(kind, operand) => {
                let pattern = self.operand(operand);
                self.map(base, source, |text| match pattern.lit() {
                    Some(pattern) => Ok(change_case(text, kind, pattern)),
                    None => Err(Taint::NONE),
                })
            }
            Op::Transform(kind) => match kind {
                b'U' => self.map(base, source, |text| Ok(text.to_uppercase())),
                b'L' => self.map(base, source, |text| Ok(text.to_lowercase())),
                b'u' => self.map(base, source, |text| Ok(change_case(text, "^", ""))),
                b'P' => {
                    // Prompt expansion runs substitutions in the value.
                    self.runs_what_came(base, parameter.span);
                    let expanded = base.lit().map(|text| self.prompt(text, parameter.span));
                    // What `\\u` and its like stand for is not computed (bash(1), "PROMPTING").
                    let hides = base.lit().is_some_and(|text| text.contains('\\'));
                    let taint = if hides { Taint::REWORKED } else { Taint::NONE };
                    let hole = || Val::hole(self.bump, source, Shape::Any, base.taint() | taint);
                    expanded.filter(|_| !hides).unwrap_or_else(hole)
                }
                // An assignment that makes it again.
                b'A' => self.map(base, source, |text| Ok(format!("{name}={}", shell_words::quote(text)))),
                b'E' => {
                    let bump = self.bump;
                    self.map(base, source, |text| Ok(shell::decode(bump, text, false).to_owned()))
                }
                _ => base,
            },
            // `${!AWS_@}`: the names of variables of which one may well be a secret.
            Op::Names => {
                let mut known = self.state.names_with(name);
                known.extend(["HOME", "PATH", "PWD"].into_iter().filter(|set| set.starts_with(name)));
                if !known.is_empty() {
                    return Val::Lit(self.bump.alloc_str(&known.join(" ")));
                }
                let one = |ending: &&str| self.variable_is(&format!("{name}{ending}"), "secret");
                let secret = ["TOKEN", "SECRET", "PASSWORD", "SECRET_ACCESS_KEY"].iter().any(one);
                let taint = if secret { Taint::SECRET_VARIABLE } else { Taint::NONE };
                Val::hole(self.bump, source, Shape::Plain, taint)
            }
            Op::Unknown(parts) => {
                self.single_parts(parts);
                Val::hole(self.bump, source, Shape::Any, base.taint())
            }
        }
    }

    /// A text from elsewhere is expanded once more: whoever wrote it may have put a substitution in it.
    pub fn runs_what_came(&mut self, text: Val<'a>, span: Span) {
        if text.lit().is_none() && text.taint().has(Taint::NETWORK) {
            let call = self.facts.calls.len().saturating_sub(1) as u32;
            self.code_effect(text.show(self.bump), text.taint(), call, span);
        }
    }

    /// What a text comes to that is expanded once more, as a prompt is; the substitutions in it run.
    pub fn prompt(&mut self, text: &'a str, span: Span) -> Val<'a> {
        let unknown = Val::hole(self.bump, text, Shape::Any, Taint::NONE);
        if self.depth >= limits::NESTING || self.spent.prompts >= limits::PROMPTS {
            self.unread(span, MORE, false);
            return unknown;
        }
        self.spent.prompts += 1;
        let source = self.source(text, "prompt", Some(span));
        self.depth += 1;
        let parts = shell::read_heredoc_body(self.bump, text, source, self.depth);
        let expanded = parts.map_or(unknown, |parts| self.single_parts(parts));
        self.depth -= 1;
        expanded
    }

    fn parameter_base(&mut self, parameter: &Parameter<'a>, source: &'a str) -> Val<'a> {
        let name = parameter.name;
        if parameter.indirect {
            if let Some(keys) = self.keys(parameter) {
                return self.all_joined(keys);
            }
            if name == "#" && self.state.arguments_known {
                return self.state.arguments.last().copied().unwrap_or(Val::EMPTY);
            }
            let target = match name.parse::<usize>() {
                Ok(at @ 1..) => self.positional(at, source),
                _ => self.variable(name, source),
            };
            return match target {
                Val::Lit(target) if !target.is_empty() => {
                    if let Ok(at @ 1..) = target.parse::<usize>() {
                        return self.positional(at, source);
                    }
                    // `r='a[1]'; "${!r}"`
                    if target.contains('[') {
                        let element = self.bump.alloc_str(&format!("${{{target}}}"));
                        return self.prompt(element, parameter.span);
                    }
                    let named = self.bump.alloc_str(&format!("${target}"));
                    self.variable(target, named)
                }
                // `for n in HOME PATH; do rm -rf "${!n}"; done`
                Val::Set(names) => {
                    let named: Vec<Val<'a>> =
                        names.iter().filter_map(Val::lit).map(|name| self.variable(name, source)).collect();
                    Val::set(self.bump, &named)
                }
                // What is not known by name may still be known to be secret.
                other => Val::hole(self.bump, source, Shape::Any, other.taint()),
            };
        }
        if let Some(index) = name.parse::<usize>().ok().filter(|_| name.as_bytes()[0].is_ascii_digit()) {
            if index == 0 {
                return self.own_script(source);
            }
            return self.positional(index, source);
        }
        match name {
            "@" | "*" => {
                if self.state.arguments_known {
                    return self.all_joined(self.state.arguments);
                }
                // However many they are, they come from where what was set comes from.
                let taint = self.state.arguments.iter().fold(Taint::NONE, |all, one| all | one.taint());
                return Val::hole(self.bump, source, Shape::Any, taint);
            }
            "#" if self.state.arguments_known && !self.in_turn => {
                return Val::Lit(self.bump.alloc_str(&self.state.arguments.len().to_string()));
            }
            "#" | "?" | "$" | "!" | "-" => return Val::hole(self.bump, source, Shape::Plain, Taint::NONE),
            "" => return Val::hole(self.bump, source, Shape::Any, Taint::NONE),
            _ => {}
        }
        if let Some(subscript) = parameter.subscript {
            if name == "BASH_ALIASES" {
                let key = self.single_parts(subscript).lit();
                return key.and_then(|key| self.state.alias(key)).map_or(Val::EMPTY, Val::Lit);
            }
            let var = self.state.meant(name);
            if name == "BASH_SOURCE" && var.is_none() {
                return self.variable(name, source);
            }
            let Some(items) = var.and_then(|v| v.items) else {
                // A variable that is no list is its own first element.
                if let Some(var) = var.filter(|var| !var.reference)
                    && (is_all(subscript) || self.element_key(Some(var), subscript).lit() == Some("0"))
                {
                    return var.val;
                }
                // One of more lines than are gone through.
                if let Some(Var { val: val @ Val::Text([Seg::Hole(hole)]), .. }) = var
                    && hole.source == MANY
                {
                    return val;
                }
                let taint = var.map_or(Taint::NONE, |var| var.val.taint());
                return Val::hole(self.bump, source, Shape::Any, taint);
            };
            if is_all(subscript) {
                let values: &'a [Val<'a>] = self.bump.alloc_slice_fill_iter(items.iter().map(|(_, v)| *v));
                return self.all_joined(values);
            }
            let key = self.element_key(var, subscript);
            return match key.lit() {
                // From the end.
                Some(key) if key.starts_with('-') => {
                    let back = key[1..].parse::<usize>().ok().and_then(|back| items.len().checked_sub(back));
                    back.and_then(|at| items.get(at)).map_or(Val::EMPTY, |(_, v)| *v)
                }
                Some(key) => {
                    let exact = items.iter().rev().find(|(k, _)| k.lit() == Some(key)).map(|(_, val)| *val);
                    // A key that is not known for certain may be this one.
                    let perhaps = items.iter().filter(|(k, _)| match k {
                        Val::Lit(_) => false,
                        Val::Set(keys) => keys.iter().any(|k| k.lit().is_none_or(|k| k == key)),
                        Val::Text(_) => true,
                    });
                    let all: Vec<Val<'a>> = exact.into_iter().chain(perhaps.map(|(_, val)| *val)).collect();
                    Val::set(self.bump, &all)
                }
                None => {
                    let all: Vec<Val<'a>> = items.iter().map(|(_, v)| *v).collect();
                    Val::set(self.bump, &all)
                }
            };
        }
        self.variable(name, source)
    }

    /// `$0`: the script that runs, wherever that lies.
    fn own_script(&self, source: &'a str) -> Val<'a> {
        self.zero.unwrap_or_else(|| Val::hole(self.bump, source, Shape::NonEmpty, Taint::OWN_SCRIPT))
    }

    /// `$1` and those that follow it.
    fn positional(&self, index: usize, source: &'a str) -> Val<'a> {
        match self.state.arguments.get(index - 1) {
            Some(val) => *val,
            None if self.state.arguments_known => Val::EMPTY,
            None => Val::hole(self.bump, source, Shape::Any, Taint::NONE),
        }
    }

    fn operand(&mut self, parts: &'a [Part<'a>]) -> Val<'a> {
        self.single_parts(parts)
    }

    fn either(&mut self, base: Val<'a>, other: Val<'a>, colon: bool, name: &str) -> Val<'a> {
        let unset = self.state.var(name).is_none_or(|var| var.unset);
        let val = match base {
            Val::Lit("") if colon || unset => other,
            Val::Lit(_) => base,
            Val::Text(_) if base.maybe_empty() => Val::set(self.bump, &[base.filled(self.bump), other]),
            Val::Set(members) if colon && members.contains(&Val::EMPTY) => {
                let filled: Vec<Val<'a>> = members.iter().filter(|one| **one != Val::EMPTY).copied().collect();
                Val::set(self.bump, &[Val::set(self.bump, &filled), other])
            }
            _ => base,
        };
        if self.is_perhaps_unset(name) { Val::set(self.bump, &[val, other]) } else { val }
    }

    pub(super) fn is_perhaps_unset(&self, name: &str) -> bool {
        self.state.var(name).is_some_and(|var| var.perhaps_unset)
    }

    /// `${dir%.git}` where that stands at the end of what is known of it.
    fn trimmed_at_its_end(&self, segs: &'a [Seg<'a>], cut: &str, prefix: bool) -> Option<Val<'a>> {
        if cut.is_empty() || cut.contains(['*', '?', '[', '\\']) {
            return None;
        }
        let (end, rest) = if prefix { segs.split_first()? } else { segs.split_last()? };
        let Seg::Lit(text) = end else { return None };
        let left = if prefix { text.strip_prefix(cut) } else { text.strip_suffix(cut) }?;
        let mut builder = Builder::default();
        if prefix {
            builder.push_lit(left);
        }
        builder.push(self.bump, Val::Text(rest));
        if !prefix {
            builder.push_lit(left);
        }
        Some(builder.done(self.bump))
    }

    /// A value with each of its known texts changed; or, with the error, what then is to be said of what is not known.
    fn map(&self, base: Val<'a>, source: &'a str, change: impl Fn(&str) -> Result<String, Taint>) -> Val<'a> {
        let one = |val: Val<'a>| match val {
            Val::Lit(text) => match if self.has_room() { change(text) } else { Err(NOT_COMPUTED) } {
                Ok(text) => Val::Lit(self.bump.alloc_str(&text)),
                Err(taint) => Val::hole(self.bump, source, Shape::Any, taint),
            },
            other => {
                let plain = matches!(other, Val::Text([Seg::Hole(h)]) if h.shape == Shape::Plain);
                let shape = if plain { Shape::Plain } else { Shape::Any };
                // Whose words they are says more than what is cut off them.
                let source = match other {
                    Val::Text([Seg::Hole(hole)]) if hole.taint.has(Taint::NETWORK) => hole.source,
                    _ => source,
                };
                Val::hole(self.bump, source, shape, other.taint())
            }
        };
        let values: Vec<Val<'a>> = base.each().map(one).collect();
        Val::set(self.bump, &values)
    }
}

/// What is said of a text that is known and was changed in a way that is not computed, for it is too long: run as code it is
/// hidden, as a text behind a cipher is.
const NOT_COMPUTED: Taint = Taint(Taint::OPAQUE.0 | Taint::DECODED.0);

/// Whether a subscript names every element: `a[@]`, `a[*]`.
fn is_all(subscript: &[Part<'_>]) -> bool {
    matches!(subscript, [Part::Literal("@" | "*")])
}

/// What stands between the elements that zsh joins: `(j:,:)`.
fn joined_by(flags: &str) -> Option<&str> {
    letters_of(flags).find_map(|(letter, argument)| argument.filter(|_| letter == 'j'))
}

/// The letters of flags without what they are told.
fn without_arguments(flags: &str) -> String {
    letters_of(flags).map(|(letter, _)| letter).collect()
}

/// The letters of zsh's flags, and what `j` and `s` are told between two signs or in brackets: `j:,:`, `s(,)` (zshexpn(1),
/// "Parameter Expansion Flags"). One that is not closed takes all that follows and tells nothing.
fn letters_of(flags: &str) -> impl Iterator<Item = (char, Option<&str>)> {
    let mut rest = flags;
    std::iter::from_fn(move || {
        let mut signs = rest.chars();
        let letter = signs.next()?;
        rest = signs.as_str();
        let Some(open) = signs.next().filter(|_| matches!(letter, 'j' | 's')) else { return Some((letter, None)) };
        let close = match open {
            '(' => ')',
            '[' => ']',
            '{' => '}',
            '<' => '>',
            sign => sign,
        };
        let told = signs.as_str().split_once(close);
        rest = told.map_or("", |(_, after)| after);
        Some((letter, told.map(|(argument, _)| argument)))
    })
}
