//! From words to fields: bash(1), "EXPANSION", in its order. What cannot be known becomes a hole that says why.

use smallvec::SmallVec;

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::evaluate::braces;
use crate::facts::evaluate::pieces::{Piece, Pieces, has_tilde};
use crate::facts::shell::ast::{Op, Part, Span, Word};
use crate::facts::shell::bytes::is_expanded;
use crate::facts::shell::{is_declaration, is_name};
use crate::facts::snapshot::{Answer, Ask};
use crate::facts::targets::globs;
use crate::facts::value::{Builder, Field, Seg, Shape, Taint, Val};
use crate::limits;
use crate::limits::UNROLL;

/// Fields while they are collected; most commands have few.
pub(in crate::facts) type Fields<'a> = SmallVec<[Field<'a>; 6]>;

impl<'a> Analysis<'a> {
    pub fn words(&mut self, words: &'a [Word<'a>]) -> Fields<'a> {
        // Of which of them there is a choice is nothing to whoever asked for another's words.
        let around = std::mem::take(&mut self.choice);
        let fields = self.words_with_choice(words);
        self.choice = around;
        fields
    }

    /// The same, and in `choice` which of the words are one of several texts.
    pub(super) fn words_with_choice(&mut self, words: &'a [Word<'a>]) -> Fields<'a> {
        let mut fields = Fields::with_capacity(words.len());
        let declares = words.len() > 1 && is_declaration(words);
        for word in words {
            // `local text=$1` is an assignment: nothing is split (bash(1), "SHELL BUILTIN COMMANDS").
            match word.parts {
                [Part::Literal(start), _, ..] if declares && begins_assignment(start) => {
                    let val = self.single(word);
                    fields.push(Field { quoted: true, derived: true, ..Field::new(val, word.span) });
                }
                _ => self.word_into(word, &mut fields),
            }
            // `set -- "$@" "$@"` doubles.
            if fields.len() > words.len() + limits::TARGETS {
                self.unread(word.span, MORE, false);
                fields.truncate(limits::UNROLL);
                break;
            }
        }
        fields
    }

    pub fn word_into(&mut self, word: &Word<'a>, fields: &mut Fields<'a>) {
        // `@(build|dist)`: of these names those that there are.
        if let Some((at, names)) = word.parts.iter().enumerate().find_map(|(at, part)| Some((at, one_of_names(part)?)))
            && fields.len() < limits::UNROLL
        {
            for name in names.split('|').take(limits::VALUES) {
                let parts = self.bump.alloc_slice_copy(word.parts);
                parts[at] = Part::Literal(name);
                self.word_into(&Word { parts, span: word.span }, fields);
            }
            return;
        }
        // Most words are one text.
        let whole = |text: &'a str, quoted| Field { quoted, derived: quoted, ..Field::new(Val::Lit(text), word.span) };
        match word.parts {
            // bash(1), "Tilde Expansion": also in words that look like assignments (`dd of=~/x`).
            [Part::Literal(text)] if has_tilde(text) && text.contains("=~") && begins_assignment(text) => {
                let (name, path) = text.split_once('=').unwrap_or((text, ""));
                let (home, rest) = self.tilde(path);
                let mut builder = Builder::default();
                builder.push_lit(name);
                builder.push_lit("=");
                builder.push(self.bump, home);
                builder.push_lit(rest);
                return fields.push(Field { val: builder.done(self.bump), ..whole(text, false) });
            }
            [Part::Literal(text)] if !text.bytes().any(is_expanded) => return fields.push(whole(text, false)),
            // Which quotes stand around it matters to the shell only; a longer text may speak of it.
            [Part::Quoted(text)] if text.starts_with("${{") && text.ends_with("}}") => {
                let val = self.filled_in(text, word.span);
                return fields.push(Field { val, ..whole(text, true) });
            }
            [Part::Quoted(text) | Part::Double([Part::Literal(text)])] => return fields.push(whole(text, true)),
            _ => {}
        }
        let (alternatives, all) = braces::expand(self.bump, word.parts);
        if !all {
            self.unread(word.span, MORE, false);
        }
        for parts in alternatives {
            self.braceless(parts, word.span, fields);
        }
    }

    fn braceless(&mut self, parts: &'a [Part<'a>], span: Span, fields: &mut Fields<'a>) {
        let mut pieces = Pieces::new();
        for (index, part) in parts.iter().enumerate() {
            if index == 0 && self.leading_tilde(part, &mut pieces) {
                continue;
            }
            self.piece(part, false, &mut pieces);
        }
        self.assemble(&pieces, parts, span, fields);
    }

    /// The home that a word begins with; false if it begins otherwise.
    pub(super) fn leading_tilde(&mut self, part: &Part<'a>, pieces: &mut Pieces<'a>) -> bool {
        let Part::Literal(text) = *part else { return false };
        if !text.starts_with('~') {
            return false;
        }
        let (home, rest) = self.tilde(text);
        pieces.push(Piece { val: home, quoted: true, expanded: false, elements: None });
        pieces.push(Piece { val: Val::Lit(rest), quoted: false, expanded: false, elements: None });
        true
    }

    /// Puts the pieces of a word together. An option that is perhaps no word at all (`${DRY:+--dry-run}`) is one of several,
    /// of which the others are not there: it is never taken for one that is given.
    fn assemble(&mut self, pieces: &[Piece<'a>], parts: &'a [Part<'a>], span: Span, fields: &mut Fields<'a>) {
        let before = fields.len();
        self.assemble_words(pieces, parts, span, fields);
        if !self.may_be_absent(pieces, parts) {
            return;
        }
        for field in fields.iter_mut().skip(before) {
            if field.val.lit().is_some_and(|text| text.starts_with('-')) {
                field.val = Val::Set(self.bump.alloc_slice_copy(&[field.val]));
            }
        }
    }

    /// Whether a word is perhaps none: `$flag` that is set on some ways only, `"${flags[@]}"` of which that is so.
    fn may_be_absent(&self, pieces: &[Piece<'a>], parts: &[Part<'a>]) -> bool {
        let [piece] = pieces else { return false };
        if let Some(elements) = piece.elements {
            return elements.iter().any(Val::is_perhaps_absent);
        }
        let unset = || match parts {
            [Part::Parameter(parameter)] => self.is_perhaps_unset(parameter.name),
            _ => false,
        };
        let empty = matches!(piece.val, Val::Set(several) if several.contains(&Val::EMPTY));
        piece.expanded && (empty || unset())
    }

    fn assemble_words(&mut self, pieces: &[Piece<'a>], parts: &'a [Part<'a>], span: Span, fields: &mut Fields<'a>) {
        // `$@`, `${a[@]}` without quotes: each of them is split and expanded like any other value.
        if let [piece] = pieces
            && let Some(elements) = piece.elements.filter(|_| !piece.quoted)
        {
            for element in elements {
                let one = [Piece { val: element.present(self.bump), elements: None, expanded: true, ..*piece }];
                self.assemble(&one, parts, span, fields);
            }
            return;
        }
        // `"${dry[@]}" rm x`: of an array that is perhaps empty.
        if let [Piece { elements: Some([Val::Set(first), rest @ ..]), .. }] = pieces
            && first.contains(&Val::ABSENT)
            && self.counts_words(fields)
            && self.begins_choice(fields)
        {
            let there: Vec<Val<'a>> = first.iter().filter(|one| **one != Val::ABSENT).copied().collect();
            let there = [Val::set(self.bump, &there)];
            for (first, rest) in [(&there[..], rest), (&[], &[])] {
                let elements = first.iter().chain(rest).map(|val| val.present(self.bump));
                fields.extend(elements.map(|val| Field { quoted: true, ..Field::new(val, span) }));
                self.choice.push(fields.len());
            }
            return;
        }
        // `[ "$dry" ] && run=echo; $run rm x`
        if let ([piece], [Part::Parameter(parameter)]) = (pieces, parts)
            && piece.expanded
            && matches!(parameter.op, Op::None)
            && parameter.subscript.is_none()
            && self.is_perhaps_unset(parameter.name)
            && piece.val.each().all(|one| one != Val::EMPTY)
            && self.counts_words(fields)
        {
            // What it may be from outside is not what it is there for.
            let own: Vec<Val<'a>> = piece.val.each().filter(|one| one.lit().is_some()).collect();
            let own = if own.is_empty() { piece.val } else { Val::set(self.bump, &own) };
            let val = Val::set(self.bump, &[own, Val::EMPTY]);
            return self.assemble(&[Piece { val, ..*piece }], &[], span, fields);
        }
        let derived = parts.iter().any(|p| !matches!(p, Part::Literal(_)));
        let mut open: Option<(Builder<'a>, Field<'a>)> = None;
        let fresh = || Field { derived, ..Field::new(Val::EMPTY, span) };
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
                    builder.push(self.bump, element.present(self.bump));
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
                // Each of several separators splits it in its own way.
                Val::Lit(text)
                    if pieces.len() == 1 && self.separating.is_none() && self.splits_otherwise(text, fields) =>
                {
                    let chosen = self.begins_choice(fields);
                    for separators in self.separators_of_several() {
                        self.separating = Some(separators);
                        self.assemble(pieces, parts, span, fields);
                        self.separating = None;
                        if !chosen {
                            break;
                        }
                        self.choice.push(fields.len());
                    }
                }
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
                        builder.push_lit(part);
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
                        && (set.iter().any(|v| v.lit().is_some_and(|t| t.contains([' ', '\n', '\t'])))
                            || set.contains(&Val::EMPTY) && self.counts_words(fields)) =>
                {
                    // Each alternative may be several words, or none: all of them may be there.
                    let chosen = self.begins_choice(fields);
                    for member in set {
                        let one = [Piece { val: *member, ..*piece }];
                        self.assemble(&one, parts, span, fields);
                        if chosen {
                            self.choice.push(fields.len());
                        }
                    }
                }
                other => {
                    // Of one of several what is empty is no word.
                    let other = match other {
                        Val::Set(several) if pieces.len() == 1 && several.contains(&Val::EMPTY) => {
                            let words: Vec<Val<'a>> =
                                several.iter().copied().filter(|one| *one != Val::EMPTY).collect();
                            Val::set(self.bump, &words)
                        }
                        other => other,
                    };
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

    /// Whether it matters for what runs how many words stand here: at the beginning, and for what numbers its words.
    fn counts_words(&self, before: &[Field<'a>]) -> bool {
        let counts = |name: &str| {
            matches!(name, "set" | "command" | "builtin" | "exec" | "eval")
                || self.state.function(name).is_some()
                || self.know.entry(name).is_some_and(|entry| !entry.runs.is_empty())
        };
        before.first().is_none_or(|first| first.val.lit().is_some_and(counts))
    }

    /// Whether it is not known how a text is split.
    fn splits_otherwise(&self, text: &str, before: &[Field<'a>]) -> bool {
        let several = self.separators_of_several();
        let parts = |signs: &str| text.split(|c| signs.contains(c)).filter(|part| !part.is_empty()).collect::<Vec<_>>();
        several.len() > 1
            && several.windows(2).any(|two| parts(two[0]) != parts(two[1]))
            && (self.choice.is_empty() || before.is_empty())
    }

    /// From here on words are one of several texts, unless others of the same command are already.
    fn begins_choice(&mut self, before: &[Field<'a>]) -> bool {
        let first = self.choice.is_empty();
        if first {
            self.choice.push(before.len());
        }
        first
    }

    /// Expands a glob as far as names are known that it hits: those that the script itself wrote, and of a bare `*` those
    /// of the disk that are taken for options (`touch -- '--checkpoint-action=exec=sh x'; tar cf a *`). The pattern stays
    /// beside them, for whatever else it hits.
    fn globbed(&mut self, field: Field<'a>, fields: &mut Fields<'a>) {
        if !field.glob || !self.place.local() {
            fields.push(field);
            return;
        }
        let mut names: Vec<&'a str> = Vec::new();
        if self.state.has_files()
            && let Some((folder, pattern)) = self.overlay(field.val).and_then(|path| path.rsplit_once('/'))
            && !globs::is_pattern(folder)
        {
            let hidden = pattern.starts_with('.');
            let hit = |name: &&str| name.starts_with('.') == hidden && globs::text(pattern, name);
            names = self.state.names_in(folder).into_iter().filter(hit).collect();
        }
        if let (Some("*"), Val::Lit(cwd)) = (field.val.lit(), self.state.cwd)
            && let Answer::Names(there) = self.ask(&Ask::Glob(format!("{}/-*", cwd.trim_end_matches('/'))))
        {
            names.extend(there.iter().map(|there| there.name.as_str()));
        }
        for name in names.into_iter().take(UNROLL) {
            fields.push(Field { val: self.sibling(field.val, name), glob: false, derived: true, ..field });
        }
        fields.push(field);
    }

    /// A path with another name at its end.
    fn sibling(&self, path: Val<'a>, name: &str) -> Val<'a> {
        let (start, last) = match path {
            Val::Text([start @ .., Seg::Lit(last)]) => (start, *last),
            Val::Lit(last) => (&[][..], last),
            other => return other,
        };
        let folder = last.rfind('/').map_or("", |at| &last[..=at]);
        let mut builder = Builder::default();
        for seg in start {
            builder.push(self.bump, Val::Text(std::slice::from_ref(seg)));
        }
        builder.push_lit(self.bump.alloc_str(&[folder, name].concat()));
        builder.done(self.bump)
    }

    /// What splits known text into words: `IFS`, or its default if it is not known.
    pub fn separators(&self) -> &'a str {
        self.separators_of_several()[0]
    }

    /// The same where it is one of several: the default first, where it may be that.
    fn separators_of_several(&self) -> SmallVec<[&'a str; 2]> {
        const USUAL: &str = " \t\n";
        if let Some(chosen) = self.separating {
            return SmallVec::from_slice(&[chosen]);
        }
        let Some(var) = self.state.var("IFS") else { return SmallVec::from_slice(&[USUAL]) };
        let mut several: SmallVec<[&'a str; 2]> = SmallVec::new();
        if var.unset || var.perhaps_unset || var.val.each().any(|one| one.lit().is_none_or(|text| text == USUAL)) {
            several.push(USUAL);
        }
        several.extend(var.val.each().filter_map(|one| one.lit()).filter(|text| *text != USUAL && !var.unset));
        several
    }

    pub(super) fn tilde(&mut self, text: &'a str) -> (Val<'a>, &'a str) {
        if !text.starts_with('~') {
            return (Val::EMPTY, text);
        }
        let end = text.find('/').unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let value = match name {
            "~" => self.variable("HOME", "~"),
            "~+" => self.state.cwd,
            "~-" => self.variable("OLDPWD", "~-"),
            "~root" => Val::Lit("/root"),
            // `~2`, `~+2`, `~-0`: as `dirs` counts them.
            _ if name[1..].trim_start_matches(['+', '-']).bytes().all(|b| b.is_ascii_digit()) => {
                let sign = if name[1..].starts_with(['+', '-']) { "" } else { "+" };
                let unknown = Val::hole(self.bump, text, Shape::NonEmpty, Taint::NONE);
                self.directory(&format!("{sign}{}", &name[1..])).unwrap_or(unknown)
            }
            _ => Val::Lit(self.bump.alloc_str(&format!("/home/{}", &name[1..]))),
        };
        (value, rest)
    }
}

/// Whether a word begins as `name=` does.
fn begins_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| is_name(name.strip_suffix('+').unwrap_or(name)))
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

pub(in crate::facts) fn has_glob(text: &str) -> bool {
    text.bytes().any(|b| matches!(b, b'*' | b'?')) || text.find('[').is_some_and(|open| text[open..].contains(']'))
}

/// The names of which a pattern is one, if it says nothing else: `@(a|b)`.
fn one_of_names<'a>(part: &Part<'a>) -> Option<&'a str> {
    match part {
        Part::Extglob(b'@', [Part::Literal(names)]) => {
            let several = names.split('|').count() <= limits::VALUES;
            (several && !names.contains(['*', '?', '[', '(', '{', '~'])).then_some(*names)
        }
        _ => None,
    }
}
