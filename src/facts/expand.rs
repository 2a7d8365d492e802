//! From words to fields: bash(1), "EXPANSION", in its order. What cannot be known becomes a hole that says why.

use smallvec::SmallVec;

use super::analysis::Analysis;
use super::shell::ast::{List, Op, Parameter, Part, Span, Word};
use super::shell::bytes::is_expanded;
use super::snapshot::{Answer, Ask, Environment};
use super::state::{File, Var};
use super::value::{Builder, Data, Field, Seg, Shape, Sink, Taint, Val};
use super::{arithmetic, braces, globs, paths};
use crate::limits::UNROLL;

/// A piece of a word on its way to fields.
#[derive(Clone, Copy)]
struct Piece<'a> {
    val: Val<'a>,
    quoted: bool,
    /// Unquoted and from an expansion: split at blanks.
    expanded: bool,
    /// Each element is a field of its own (`"$@"`, `"${a[@]}"`).
    elements: Option<&'a [Val<'a>]>,
}

type Pieces<'a> = SmallVec<[Piece<'a>; 2]>;

/// Fields while they are collected; most commands have few.
pub(super) type Fields<'a> = SmallVec<[Field<'a>; 6]>;

impl<'a> Analysis<'a> {
    pub fn words(&mut self, words: &'a [Word<'a>]) -> Fields<'a> {
        let mut fields = Fields::with_capacity(words.len());
        for word in words {
            self.word_into(word, &mut fields);
        }
        fields
    }

    pub fn word_into(&mut self, word: &Word<'a>, fields: &mut Fields<'a>) {
        if let [Part::Literal(text)] = word.parts
            && !text.bytes().any(is_expanded)
        {
            fields.push(Field {
                val: Val::Lit(text),
                span: word.span,
                quoted: false,
                glob: false,
                splits: false,
                derived: false,
            });
            return;
        }
        let alternatives = braces::expand(self.bump, word.parts);
        for parts in alternatives {
            self.braceless(parts, word.span, fields);
        }
    }

    fn braceless(&mut self, parts: &'a [Part<'a>], span: Span, fields: &mut Fields<'a>) {
        let mut pieces = Pieces::new();
        for (index, part) in parts.iter().enumerate() {
            if index == 0
                && let Part::Literal(text) = part
                && text.starts_with('~')
            {
                let (home, rest) = self.tilde(text);
                pieces.push(Piece { val: home, quoted: true, expanded: false, elements: None });
                pieces.push(Piece { val: Val::Lit(rest), quoted: false, expanded: false, elements: None });
                continue;
            }
            self.piece(part, false, &mut pieces);
        }
        self.assemble(&pieces, parts, span, fields);
    }

    fn assemble(&mut self, pieces: &[Piece<'a>], parts: &'a [Part<'a>], span: Span, fields: &mut Fields<'a>) {
        let derived = parts.iter().any(|p| !matches!(p, Part::Literal(_)));
        let mut open: Option<(Builder<'a>, Field<'a>)> = None;
        let fresh = || Field { val: Val::EMPTY, span, quoted: false, glob: false, splits: false, derived };
        let mut any = false;
        for piece in pieces {
            if let Some(elements) = piece.elements {
                for (index, element) in elements.iter().enumerate() {
                    if index > 0
                        && let Some((builder, mut field)) = open.take()
                    {
                        field.val = builder.done(self.bump);
                        fields.push(field);
                        any = true;
                    }
                    let (builder, field) = open.get_or_insert_with(|| (Builder::default(), fresh()));
                    builder.push(self.bump, *element);
                    field.quoted |= piece.quoted;
                    field.splits |= !piece.quoted && !matches!(element, Val::Lit(_));
                }
                continue;
            }
            if !piece.expanded {
                let (builder, field) = open.get_or_insert_with(|| (Builder::default(), fresh()));
                builder.push(self.bump, piece.val);
                field.quoted |= piece.quoted;
                if !piece.quoted
                    && let Val::Lit(text) = piece.val
                {
                    field.glob |= has_glob(text);
                }
                continue;
            }
            match piece.val {
                Val::Lit(text) => {
                    // Known text from an expansion splits at the separators in force.
                    let separators = self.separators();
                    let is_separator = |c: char| separators.contains(c);
                    let mut first = true;
                    if text.starts_with(is_separator)
                        && let Some((builder, mut field)) = open.take()
                    {
                        field.val = builder.done(self.bump);
                        fields.push(field);
                        any = true;
                    }
                    for part in text.split(is_separator).filter(|p| !p.is_empty()) {
                        if !first && let Some((builder, mut field)) = open.take() {
                            field.val = builder.done(self.bump);
                            fields.push(field);
                            any = true;
                        }
                        first = false;
                        let (builder, field) = open.get_or_insert_with(|| (Builder::default(), fresh()));
                        builder.push_lit(self.bump, part);
                        field.glob |= has_glob(part);
                    }
                    if text.ends_with(is_separator)
                        && !first
                        && let Some((builder, mut field)) = open.take()
                    {
                        field.val = builder.done(self.bump);
                        fields.push(field);
                        any = true;
                    }
                }
                Val::Set(set)
                    if pieces.len() == 1
                        && set.iter().any(|v| v.lit().is_some_and(|t| t.contains([' ', '\n', '\t']))) =>
                {
                    // Each alternative may be several words: all of them may be there.
                    for member in set {
                        let one = [Piece { val: *member, ..*piece }];
                        self.assemble(&one, parts, span, fields);
                    }
                }
                other => {
                    let splits = !matches!(other, Val::Set(_)) && !plain_shape(&other);
                    let (builder, field) = open.get_or_insert_with(|| (Builder::default(), fresh()));
                    builder.push(self.bump, other);
                    field.splits |= splits;
                }
            }
        }
        if let Some((builder, mut field)) = open {
            field.val = builder.done(self.bump);
            if field.quoted || field.splits || field.val != Val::EMPTY {
                self.globbed(field, fields);
            }
        } else if !any && pieces.iter().any(|p| p.quoted && p.elements.is_none()) {
            fields.push(Field { quoted: true, ..fresh() });
        }
    }

    /// Expands a glob against the world, if the answer is there; otherwise the pattern stays.
    fn globbed(&mut self, field: Field<'a>, fields: &mut Fields<'a>) {
        let (true, Val::Lit(pattern)) = (field.glob, field.val) else {
            fields.push(field);
            return;
        };
        // Only patterns that could hit something precious are worth a look: a bare `*` in the current directory.
        if !matches!(pattern, "*" | "./*" | ".*" | "./.*") || !self.place.local() {
            fields.push(field);
            return;
        }
        let Val::Lit(cwd) = self.state.cwd else {
            fields.push(field);
            return;
        };
        let absolute = format!("{}/{}", cwd.trim_end_matches('/'), pattern.trim_start_matches("./"));
        if let Answer::Names(names) = self.ask(&Ask::Glob(absolute)) {
            for name in
                names.iter().filter(|n| matches!(n.as_str(), "~" | "-rf" | "-r") || n.starts_with('-')).take(UNROLL)
            {
                fields.push(Field { val: Val::Lit(name), glob: false, derived: true, ..field });
            }
        }
        fields.push(field);
    }

    fn separators(&self) -> &'a str {
        match self.state.var("IFS") {
            Some(Var { val: Val::Lit(text), unset: false, .. }) => text,
            _ => " \t\n",
        }
    }

    fn tilde(&mut self, text: &'a str) -> (Val<'a>, &'a str) {
        let end = text.find('/').unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let value = match name {
            "~" => self.variable("HOME", "~"),
            "~+" => self.state.cwd,
            "~-" => Val::hole(self.bump, "~-", Shape::NonEmpty, Taint::NONE),
            "~root" => Val::Lit("/root"),
            _ => Val::Lit(self.bump.alloc_str(&format!("/home/{}", &name[1..]))),
        };
        (value, rest)
    }

    /// A word as one value, without splitting (assignments, here-strings, `case`).
    pub fn single(&mut self, word: &Word<'a>) -> Val<'a> {
        self.single_parts(word.parts)
    }

    pub fn single_parts(&mut self, parts: &'a [Part<'a>]) -> Val<'a> {
        if let [Part::Literal(text)] = parts
            && !text.starts_with('~')
            && !text.contains(":~")
        {
            return Val::Lit(text);
        }
        let mut pieces = Pieces::new();
        for (index, part) in parts.iter().enumerate() {
            if index == 0
                && let Part::Literal(text) = part
                && text.starts_with('~')
            {
                let (home, rest) = self.tilde(text);
                pieces.push(Piece { val: home, quoted: true, expanded: false, elements: None });
                pieces.push(Piece { val: Val::Lit(rest), quoted: false, expanded: false, elements: None });
                continue;
            }
            self.piece(part, true, &mut pieces);
        }
        self.joined(&pieces)
    }

    fn joined(&mut self, pieces: &[Piece<'a>]) -> Val<'a> {
        let mut builder = Builder::default();
        for piece in pieces {
            match piece.elements {
                Some(elements) => {
                    for (index, element) in elements.iter().enumerate() {
                        if index > 0 {
                            builder.push_lit(self.bump, " ");
                        }
                        builder.push(self.bump, *element);
                    }
                }
                None => builder.push(self.bump, piece.val),
            }
        }
        builder.done(self.bump)
    }

    fn piece(&mut self, part: &'a Part<'a>, quoted: bool, pieces: &mut Pieces<'a>) {
        let push = |pieces: &mut Pieces<'a>, val, expanded| {
            pieces.push(Piece { val, quoted, expanded: expanded && !quoted, elements: None });
        };
        match part {
            Part::Literal(text) => push(pieces, Val::Lit(text), false),
            Part::Quoted(text) => {
                pieces.push(Piece { val: Val::Lit(text), quoted: true, expanded: false, elements: None })
            }
            Part::Double(inner) => {
                let mut sub = Pieces::new();
                for part in *inner {
                    self.piece(part, true, &mut sub);
                }
                if sub.iter().any(|p| p.elements.is_some()) {
                    pieces.extend(sub.into_iter().map(|p| Piece { quoted: true, ..p }));
                } else {
                    let val = self.joined(&sub);
                    pieces.push(Piece { val, quoted: true, expanded: false, elements: None });
                }
            }
            Part::Parameter(parameter) => {
                if let Some(elements) = self.elements(parameter) {
                    pieces.push(Piece { val: Val::EMPTY, quoted, expanded: !quoted, elements: Some(elements) });
                } else {
                    let val = self.parameter(parameter);
                    push(pieces, val, true);
                }
            }
            Part::Command(list, span) => {
                let val = self.substitution(list, *span);
                push(pieces, val, true);
            }
            Part::Arithmetic(parts) => {
                let val = self.arithmetic(parts);
                push(pieces, val, false);
            }
            Part::Process(reads, list, span) => {
                let path = self.invented_path();
                if *reads {
                    let data = self.captured(list, *span);
                    let file = File { data, same_as: None, link: false, directory: false };
                    self.state.set_file(self.bump, path, Some(file));
                } else {
                    self.processes.push((path, list));
                }
                push(pieces, Val::Lit(path), false);
            }
            Part::Extglob(byte, inner) => {
                let inner = self.single_parts(inner);
                let mut builder = Builder::default();
                builder.push_lit(self.bump, self.bump.alloc_str(&format!("{}(", char::from(*byte))));
                builder.push(self.bump, inner);
                builder.push_lit(self.bump, ")");
                push(pieces, builder.done(self.bump), false);
            }
        }
    }

    /// What a list prints, as the value of `$(…)`.
    pub fn substitution(&mut self, list: List<'a>, span: Span) -> Val<'a> {
        let data = self.captured(list, span);
        let text = self.text_of(span);
        data.value(self.bump, text)
    }

    /// Runs a list in a subshell and keeps what it prints.
    pub fn captured(&mut self, list: List<'a>, span: Span) -> Data<'a> {
        // `$(<file)` prints the file.
        if let [item] = list
            && let [command] = item.pipeline
            && let super::shell::ast::What::Simple(simple) = command.what
            && simple.words.is_empty()
            && simple.assigns.is_empty()
            && let [redirect] = command.redirects
            && redirect.direction == super::shell::ast::Direction::Read
        {
            let path = self.single(&redirect.target);
            return self.file_data(path, redirect.span, true);
        }
        let mut sink = Sink::new();
        self.subshell(list, &Data::INHERITED, &mut sink);
        let mut data = sink.data(self.bump);
        if data.source.is_empty() {
            data.source = self.text_of(span);
        }
        data
    }

    /// The text that a place stands for.
    pub fn text_of(&self, span: Span) -> &'a str {
        let Some(source) = self.facts.sources.get(span.source as usize) else { return "" };
        source.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// `$@`, `$*`, `${a[@]}`: the elements, where they are known one by one.
    fn elements(&mut self, parameter: &Parameter<'a>) -> Option<&'a [Val<'a>]> {
        if parameter.length || parameter.indirect || !matches!(parameter.op, Op::None | Op::Substring(..)) {
            return None;
        }
        let positional = matches!(parameter.name, "@" | "*");
        let all = if positional {
            self.state.arguments_known.then_some(self.state.arguments)?
        } else {
            if !matches!(parameter.subscript?, [Part::Literal("@" | "*")]) {
                return None;
            }
            let items = self.state.var(parameter.name)?.items?;
            self.bump.alloc_slice_fill_iter(items.iter().map(|(_, v)| *v))
        };
        let Op::Substring(offset, length) = parameter.op else { return Some(all) };
        // `${@:2:3}` counts from 1, `${a[@]:2:3}` from 0; both from the end where negative.
        let number = |this: &mut Self, parts| this.arithmetic(parts).lit()?.trim().parse::<i64>().ok();
        let offset = number(self, offset)?;
        let count = all.len() as i64;
        let from = if offset < 0 { count + offset } else { offset - i64::from(positional) };
        let to = match length {
            Some(length) => from + number(self, length)?,
            None => count,
        };
        all.get(usize::try_from(from).ok()?..usize::try_from(to.min(count)).ok()?)
    }

    /// The value of a variable, by name; `source` is how it is written.
    pub fn variable(&mut self, name: &'a str, source: &'a str) -> Val<'a> {
        if let Some(var) = self.state.var(name) {
            if var.reference
                && let Val::Lit(target) = var.val
                && target != name
                && self.function_depth < 64
            {
                self.function_depth += 1;
                let val = self.variable(target, source);
                self.function_depth -= 1;
                return val;
            }
            if let Some(items) = var.items {
                return items.first().map_or(Val::EMPTY, |(_, v)| *v);
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
            "OSTYPE" | "HOSTNAME" | "MACHTYPE" | "HOSTTYPE" | "BASH_VERSION" => {
                return Val::hole(self.bump, source, Shape::Plain, Taint::NONE);
            }
            "OLDPWD" => return Val::hole(self.bump, source, Shape::NonEmpty, Taint::NONE),
            _ => {}
        }
        let secret = self.variable_is(name, "secret");
        let taint = if secret { Taint::SECRET_VARIABLE } else { Taint::NONE };
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

    /// Whether a variable's name is of this type in the packs.
    pub fn variable_is(&self, name: &str, kind: &str) -> bool {
        self.know.places().variable_types(name, |pattern, name| globs::text(pattern, name)).any(|k| k == kind)
    }

    fn parameter(&mut self, parameter: &Parameter<'a>) -> Val<'a> {
        let source = self.text_of(parameter.span);
        if let Some(subscript) = parameter.subscript
            && !matches!(subscript, [Part::Literal("@" | "*")])
        {
            self.single_parts(subscript);
        }
        let base = self.parameter_base(parameter, source);
        if parameter.length {
            return match base {
                Val::Lit(text) => Val::Lit(self.bump.alloc_str(&text.chars().count().to_string())),
                _ => Val::hole(self.bump, source, Shape::Plain, Taint::NONE),
            };
        }
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
                self.state.set_var(self.bump, name, Some(Var::plain(val)));
                val
            }
            Op::Error(_, operand) => {
                self.operand(operand);
                let val = base.filled(self.bump);
                // `${X:?}` ends the script if X is empty: from here on it is not.
                if let Some(var) = self.state.var(name) {
                    self.state.set_var(self.bump, name, Some(Var { val, ..var }));
                } else {
                    self.state.set_var(self.bump, name, Some(Var::plain(val)));
                }
                val
            }
            Op::Alternative(colon, operand) => {
                let other = self.operand(operand);
                match base {
                    Val::Lit("") if colon => Val::EMPTY,
                    Val::Lit(_) => other,
                    _ => Val::set(self.bump, &[Val::EMPTY, other]),
                }
            }
            Op::TrimPrefix(longest, operand) | Op::TrimSuffix(longest, operand) => {
                let pattern = self.operand(operand);
                let prefix = matches!(parameter.op, Op::TrimPrefix(..));
                self.map(base, source, |text| pattern.lit().map(|p| trim(text, p, prefix, longest)))
            }
            Op::Replace(kind, pattern, with) => {
                let pattern = self.operand(pattern);
                let with = self.operand(with);
                self.map(base, source, |text| Some(replace(text, pattern.lit()?, with.lit()?, kind)))
            }
            Op::Substring(offset, length) => {
                let offset = self.arithmetic(offset);
                let length = length.map(|l| self.arithmetic(l));
                let at = offset.lit().and_then(|t| t.trim().parse::<i64>().ok());
                let count = length.map(|l| l.lit().and_then(|t| t.trim().parse::<i64>().ok()));
                self.map(base, source, |text| {
                    substring(
                        text,
                        at?,
                        match count {
                            Some(n) => Some(n?),
                            None => None,
                        },
                    )
                })
            }
            Op::Case(kind, operand) => {
                let pattern = self.operand(operand);
                let plain = pattern == Val::EMPTY;
                self.map(base, source, |text| {
                    plain.then(|| match kind {
                        "^^" => text.to_uppercase(),
                        ",," => text.to_lowercase(),
                        "^" => change_first(text, true),
                        "," => change_first(text, false),
                        _ => text
                            .chars()
                            .map(|c| if c.is_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() })
                            .collect(),
                    })
                })
            }
            Op::Transform(kind) => match kind {
                b'U' => self.map(base, source, |text| Some(text.to_uppercase())),
                b'L' => self.map(base, source, |text| Some(text.to_lowercase())),
                b'u' => self.map(base, source, |text| Some(change_first(text, true))),
                b'P' => {
                    // Prompt expansion runs substitutions in the value.
                    if let Val::Lit(text) = base {
                        self.prompt(text, parameter.span);
                    }
                    Val::hole(self.bump, source, Shape::Any, base.taint())
                }
                b'E' => self.map(base, source, |text| Some(text.to_owned())),
                _ => base,
            },
            // `${!AWS_@}`: the names of variables of which one may well be a secret.
            Op::Names => {
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

    /// Text in which substitutions run when it is expanded as a prompt.
    pub fn prompt(&mut self, text: &'a str, span: Span) {
        let source = self.source(text, "prompt", Some(span));
        if let Ok(parts) = super::shell::read_heredoc_body(self.bump, text, source, self.depth) {
            self.single_parts(parts);
        }
    }

    fn parameter_base(&mut self, parameter: &Parameter<'a>, source: &'a str) -> Val<'a> {
        let name = parameter.name;
        if parameter.indirect {
            let target = self.variable(name, source);
            return match target {
                Val::Lit(target) if !target.is_empty() => {
                    let end = target.find('[').unwrap_or(target.len());
                    self.variable(&target[..end], source)
                }
                // What is not known by name may still be known to be secret.
                other => Val::hole(self.bump, source, Shape::Any, other.taint()),
            };
        }
        if let Some(index) = name.parse::<usize>().ok().filter(|_| name.as_bytes()[0].is_ascii_digit()) {
            if index == 0 {
                if !self.zero.is_empty() {
                    return Val::Lit(self.zero);
                }
                return Val::hole(self.bump, source, Shape::NonEmpty, Taint::NONE);
            }
            return match self.state.arguments.get(index - 1) {
                Some(val) => *val,
                None if self.state.arguments_known => Val::EMPTY,
                None => Val::hole(self.bump, source, Shape::Any, Taint::NONE),
            };
        }
        match name {
            "@" | "*" => {
                if self.state.arguments_known {
                    let pieces = [Piece {
                        val: Val::EMPTY,
                        quoted: true,
                        expanded: false,
                        elements: Some(self.state.arguments),
                    }];
                    return self.joined(&pieces);
                }
                return Val::hole(self.bump, source, Shape::Any, Taint::NONE);
            }
            "#" | "?" | "$" | "!" | "-" => return Val::hole(self.bump, source, Shape::Plain, Taint::NONE),
            "" => return Val::hole(self.bump, source, Shape::Any, Taint::NONE),
            _ => {}
        }
        if let Some(subscript) = parameter.subscript {
            let items = self.state.var(name).and_then(|v| v.items);
            let Some(items) = items else {
                return Val::hole(self.bump, source, Shape::Any, Taint::NONE);
            };
            if matches!(subscript, [Part::Literal("@" | "*")]) {
                let values: &'a [Val<'a>] = self.bump.alloc_slice_fill_iter(items.iter().map(|(_, v)| *v));
                let pieces = [Piece { val: Val::EMPTY, quoted: true, expanded: false, elements: Some(values) }];
                return self.joined(&pieces);
            }
            let key = self.single_parts(subscript);
            return match key.lit() {
                // From the end.
                Some(key) if key.starts_with('-') => {
                    let back = key[1..].parse::<usize>().ok().and_then(|back| items.len().checked_sub(back));
                    back.and_then(|at| items.get(at)).map_or(Val::EMPTY, |(_, v)| *v)
                }
                Some(key) => items.iter().rev().find(|(k, _)| k.lit() == Some(key)).map_or(Val::EMPTY, |(_, v)| *v),
                None => {
                    let all: Vec<Val<'a>> = items.iter().map(|(_, v)| *v).collect();
                    Val::set(self.bump, &all)
                }
            };
        }
        self.variable(name, source)
    }

    fn operand(&mut self, parts: &'a [Part<'a>]) -> Val<'a> {
        self.single_parts(parts)
    }

    fn either(&mut self, base: Val<'a>, other: Val<'a>, colon: bool, name: &str) -> Val<'a> {
        match base {
            Val::Lit("") if colon || self.state.var(name).is_none() => other,
            Val::Lit(_) => base,
            Val::Text(_) if base.maybe_empty() => Val::set(self.bump, &[base.filled(self.bump), other]),
            _ => base,
        }
    }

    fn map(&self, base: Val<'a>, source: &'a str, change: impl Fn(&str) -> Option<String>) -> Val<'a> {
        let one = |val: Val<'a>| match val {
            Val::Lit(text) => match change(text) {
                Some(text) => Val::Lit(self.bump.alloc_str(&text)),
                None => Val::hole(self.bump, source, Shape::Any, Taint::NONE),
            },
            other => {
                let plain = matches!(other, Val::Text([Seg::Hole(h)]) if h.shape == Shape::Plain);
                let shape = if plain { Shape::Plain } else { Shape::Any };
                Val::hole(self.bump, source, shape, other.taint())
            }
        };
        let values: Vec<Val<'a>> = base.each().map(one).collect();
        Val::set(self.bump, &values)
    }

    /// Arithmetic: worth its number where it is known; its substitutions run in any case.
    pub fn arithmetic(&mut self, parts: &'a [Part<'a>]) -> Val<'a> {
        let text = self.single_parts(parts);
        if let Val::Lit(text) = text {
            // `a[$(…)]` inside the *value* of a variable runs too (bash evaluates names recursively).
            for name in names_in(text) {
                if let Some(Var { val: Val::Lit(value), .. }) = self.state.var(name)
                    && value.contains("$(")
                {
                    let span = Span::default();
                    let value: &'a str = value;
                    self.prompt(value, span);
                }
            }
            if let Some(number) = self.number(text) {
                return Val::Lit(self.bump.alloc_str(&number.to_string()));
            }
        }
        Val::hole(self.bump, "a number", Shape::Plain, Taint::NONE)
    }

    /// A small integer calculator: `+ - * / %`, parentheses, variables that are known numbers.
    fn number(&self, text: &str) -> Option<i64> {
        let lookup = |name: &str| -> Option<i64> {
            match self.state.var(name)?.val {
                Val::Lit(text) => text.trim().parse().ok(),
                _ => None,
            }
        };
        arithmetic::evaluate(text, &lookup)
    }

    /// The absolute form of a known path, links of the script itself followed.
    pub fn absolute(&self, path: &str) -> Option<&'a str> {
        let cwd = match self.state.cwd {
            Val::Lit(cwd) => cwd,
            _ if path.starts_with('/') => "",
            _ => return None,
        };
        let mut absolute = paths::absolute(self.bump, cwd, path);
        if self.state.has_files() {
            for _ in 0..8 {
                let mut changed = false;
                let ends: Vec<usize> =
                    absolute.char_indices().filter(|(i, c)| *c == '/' && *i > 0).map(|(i, _)| i).collect();
                for end in ends.into_iter().chain([absolute.len()]) {
                    if let Some(File { same_as: Some(target), link: true, .. }) = self.state.file(&absolute[..end]) {
                        let joined = format!("{target}{}", &absolute[end..]);
                        absolute = paths::absolute(self.bump, "", &joined);
                        changed = true;
                        break;
                    }
                }
                if !changed {
                    break;
                }
            }
        }
        Some(absolute)
    }
}

fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|w| w.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
}

fn plain_shape(val: &Val<'_>) -> bool {
    match val {
        Val::Text(segs) => segs.iter().all(|s| match s {
            Seg::Hole(hole) => matches!(hole.shape, Shape::Plain | Shape::MadePath),
            Seg::Lit(_) => true,
        }),
        _ => false,
    }
}

pub(super) fn has_glob(text: &str) -> bool {
    text.bytes().any(|b| matches!(b, b'*' | b'?')) || text.find('[').is_some_and(|open| text[open..].contains(']'))
}

fn trim(text: &str, pattern: &str, prefix: bool, longest: bool) -> String {
    let mut cuts: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
    if prefix == longest {
        cuts.reverse();
    }
    if cuts.len() > 4096 {
        return text.to_owned();
    }
    for cut in cuts {
        let (head, tail) = text.split_at(cut);
        if prefix && globs::text(pattern, head) {
            return tail.to_owned();
        }
        if !prefix && globs::text(pattern, tail) {
            return head.to_owned();
        }
    }
    text.to_owned()
}

fn replace(text: &str, pattern: &str, with: &str, kind: u8) -> String {
    if pattern.is_empty() || text.len() > 4096 {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut first = true;
    while !rest.is_empty() {
        let hit = if kind == b'#' && !first {
            None
        } else {
            let mut ends: Vec<usize> = rest.char_indices().map(|(i, _)| i).skip(1).chain([rest.len()]).collect();
            ends.reverse();
            if has_glob(pattern) {
                ends.into_iter().find(|end| (kind != b'%' || *end == rest.len()) && globs::text(pattern, &rest[..*end]))
            } else {
                rest.starts_with(pattern).then_some(pattern.len()).filter(|end| kind != b'%' || *end == rest.len())
            }
        };
        first = false;
        match hit {
            Some(end) => {
                out.push_str(with);
                rest = &rest[end..];
                if kind != b'/' {
                    break;
                }
            }
            None => {
                let width = rest.chars().next().map_or(1, char::len_utf8);
                out.push_str(&rest[..width]);
                rest = &rest[width..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn substring(text: &str, offset: i64, length: Option<i64>) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let size = chars.len() as i64;
    let start = if offset < 0 { size + offset } else { offset }.clamp(0, size);
    let end = match length {
        None => size,
        Some(n) if n < 0 => size + n,
        Some(n) => start.checked_add(n)?,
    }
    .clamp(start, size.max(start));
    Some(chars.get(start as usize..(end as usize).min(chars.len()))?.iter().collect())
}

fn change_first(text: &str, upper: bool) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(c) if upper => c.to_uppercase().chain(chars).collect(),
        Some(c) => c.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}
