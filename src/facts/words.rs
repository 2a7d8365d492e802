//! The words of a call, read as its entry says: subcommands, options with their values, named operands.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::analysis::Analysis;
use super::knowledge::{Entry, Names, OptionSpec, OptionValue};
use super::shell::ast::Span;
use super::value::{Builder, Field, Seg, Val};
use super::{Call, Operand, Opt};

/// The options of a call while they are read.
type Options<'a> = SmallVec<[Opt<'a>; 4]>;

impl<'a> Analysis<'a> {
    pub fn parse_call(
        &mut self,
        program: &'a str,
        path: Option<&'a str>,
        root: Option<&'static Entry<'static>>,
        words: &'a [Field<'a>],
        span: Span,
    ) -> Call<'a> {
        let mut call = Call {
            program,
            verb: program,
            entry: root,
            options: &[],
            operands: &[],
            words,
            place: self.place,
            span,
            complete: true,
            unasked: false,
            path,
            level: None,
            observed: &[],
        };
        let Some(root) = root else {
            call.complete = false;
            return call;
        };
        // An alias (`tofu`) is read by the entry of the original.
        let mut entry = root;
        let mut chain = SmallVec::<[&'static Entry<'static>; 4]>::from_slice(&[root]);
        let mut options = Options::new();
        let mut operands = SmallVec::<[Field<'a>; 4]>::new();
        let mut ended = false;
        let mut typed = Cow::Borrowed(root.name);
        // `mvn deploy`, where `mvn` is read as other build tools are.
        let mut alias = (program != root.name).then(|| program.to_owned());
        let mut index = 1;
        let mut unknown_option = false;
        while index < words.len() {
            let field = words[index];
            index += 1;
            let text = match field.val {
                Val::Lit(text) => text,
                // `--data="@$F"`: the option is known, its value is not.
                Val::Text([Seg::Lit(start), ..]) if !ended && start.starts_with('-') && start.len() > 1 => {
                    self.open_option(&chain, start, field, &mut options);
                    continue;
                }
                Val::Text([Seg::Lit(start), ..]) if entry.assignments && start.contains('=') => {
                    self.open_option(&chain, start, field, &mut options);
                    continue;
                }
                // `${X:--rf}`: options unless somebody says otherwise.
                Val::Set(set)
                    if !ended && set.iter().any(|one| one.lit().is_some_and(|text| text.starts_with('-'))) =>
                {
                    set.iter().filter_map(Val::lit).find(|text| text.starts_with('-')).unwrap_or_default()
                }
                _ => {
                    operands.push(field);
                    if !ended && wraps_from(entry, operands.len()) {
                        operands.extend_from_slice(&words[index..]);
                        break;
                    }
                    continue;
                }
            };
            if ended || text.len() < 2 || !text.starts_with('-') {
                if !ended && entry.assignments && text.contains('=') && !text.starts_with('=') {
                    let (name, value) = text.split_at(text.find('=').unwrap_or(0) + 1);
                    let names = names_of(spec_names(&chain, name, false));
                    options.push(Opt {
                        spelled: name,
                        names,
                        value: Some(Field { val: Val::Lit(value), ..field }),
                        span: field.span,
                    });
                    continue;
                }
                if !ended && let Some(spec) = bare_option(&chain, text) {
                    let value = (spec.value == OptionValue::Required).then(|| words.get(index).copied()).flatten();
                    index += usize::from(value.is_some());
                    options.push(Opt { spelled: text, names: spec.names, value, span: field.span });
                    continue;
                }
                if !ended
                    && entry.bare_cluster
                    && operands.is_empty()
                    && options.is_empty()
                    && index == 2
                    && !text.is_empty()
                {
                    let cluster = self.bump.alloc_str(&format!("-{text}"));
                    if cluster.get(..2).is_some_and(|first| spec_names(&chain, first, false).is_some()) {
                        // The values of all its letters follow one after the other (tar(1), "Traditional usage").
                        let letters = text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]);
                        let wants = |letter: &str| {
                            spec_names(&chain, &format!("-{letter}"), false)
                                .is_some_and(|s| s.value == OptionValue::Required)
                        };
                        if letters.clone().filter(|letter| wants(letter)).count() > 1 {
                            for letter in letters {
                                let spelled = self.bump.alloc_str(&format!("-{letter}"));
                                let value = wants(letter).then(|| words.get(index).copied()).flatten();
                                index += usize::from(value.is_some());
                                let names = names_of(spec_names(&chain, spelled, false));
                                options.push(Opt { spelled, names, value, span: field.span });
                            }
                            continue;
                        }
                        self.short_cluster(
                            &chain,
                            cluster,
                            field,
                            words,
                            &mut index,
                            &mut options,
                            &mut unknown_option,
                        );
                        continue;
                    }
                }
                if !ended && root.subcommands && operands.len() < 4 {
                    // `docker volume rm`: a subcommand may be several words, of which only the whole is described; and
                    // `kubectl create` is another name of an entry, but `kubectl create token` is its own.
                    let join = |start: &str| {
                        let mut verb = String::with_capacity(64);
                        verb.push_str(start);
                        for word in operands.iter().map_while(|f| f.val.lit()).chain([text]) {
                            verb.push(' ');
                            verb.push_str(word);
                        }
                        verb
                    };
                    let spoken = join(&typed);
                    let by_alias = alias.as_ref().map(|start| join(start));
                    let original = (typed != entry.name && entry.subcommands).then_some(entry.name);
                    // What is said of the alias itself comes first.
                    let child = by_alias
                        .as_ref()
                        .and_then(|name| self.know.entry(name))
                        .or_else(|| self.know.entry(&spoken))
                        .or_else(|| self.know.entry(&join(original?)));
                    if let Some(child) = child {
                        typed = Cow::Owned(spoken);
                        alias = by_alias;
                        entry = child;
                        chain.push(child);
                        operands.clear();
                        continue;
                    }
                }
                operands.push(field);
                if wraps_from(entry, operands.len()) {
                    operands.extend_from_slice(&words[index..]);
                    break;
                }
                continue;
            }
            if let Some(run) = entry.runs.iter().find(|run| !run.until.is_empty() && run.words.contains(text)) {
                // What `-exec` runs, up to its end, are no operands of the program itself.
                options.push(Opt {
                    spelled: text,
                    names: names_of(spec_names(&chain, text, false)),
                    value: None,
                    span: field.span,
                });
                while words.get(index).is_some_and(|w| !w.val.lit().is_some_and(|t| run.until.contains(t))) {
                    index += 1;
                }
                index += 1;
                continue;
            }
            if text == "--" {
                ended = true;
                continue;
            }
            let single = chain.iter().any(|e| e.single_dash);
            if text.starts_with("--") || single {
                let key = if single && text.starts_with("--") { &text[1..] } else { text };
                let (name, attached) = match key.find('=') {
                    Some(at) => (&key[..at], Some(&key[at + 1..])),
                    None => (key, None),
                };
                let spec = spec_names(&chain, name, entry.abbreviates || root.abbreviates).or_else(|| {
                    if single { spec_names(&chain, &text[..text.len() - key.len() + name.len()], false) } else { None }
                });
                if single && spec.is_none() && attached.is_none() && !text.starts_with("--") && text.len() > 2 {
                    // find-like programs have no clusters; others may.
                    unknown_option = true;
                    options.push(Opt { spelled: name, names: Names::default(), value: None, span: field.span });
                    continue;
                }
                // `-javaagent:a.jar=x`: some names end with a colon.
                let (name, attached, spec) = match key.find(':').filter(|_| single && spec.is_none()) {
                    Some(at) => match spec_names(&chain, &key[..at], false) {
                        Some(known) => (&key[..at], Some(&key[at + 1..]), Some(known)),
                        None => (name, attached, spec),
                    },
                    None => (name, attached, spec),
                };
                let mut value = attached.map(|v| Field { val: Val::Lit(v), ..field });
                match spec {
                    Some(spec) if spec.value == OptionValue::Required && value.is_none() => {
                        value = words.get(index).copied();
                        index += usize::from(value.is_some());
                    }
                    Some(_) => {}
                    None => {
                        unknown_option = true;
                        let takes = root.unknown_takes_value || entry.unknown_takes_value;
                        if takes && value.is_none() && words.get(index).is_some_and(|w| !starts_with_dash(w)) {
                            value = words.get(index).copied();
                            index += usize::from(value.is_some());
                        }
                    }
                }
                let full =
                    |s: OptionSpec<'static>| if s.names.has(name.as_bytes()) { None } else { s.names.iter().next() };
                let spelled = spec.and_then(full).unwrap_or(name);
                options.push(Opt { spelled, names: names_of(spec), value, span: field.span });
                continue;
            }
            self.short_cluster(&chain, text, field, words, &mut index, &mut options, &mut unknown_option);
        }
        // Subcommands with wildcards: the longest pattern that the operands match.
        if !entry.patterns.is_empty() {
            let said = |name: &'a str| -> Vec<&'a str> {
                name.split(' ').chain(operands.iter().map_while(|f| f.val.lit())).collect()
            };
            let spoken = (said(entry.name), entry.name.split(' ').count());
            // `auth0 roles create`, where `auth0` is read as other platforms are.
            let alias = alias.filter(|_| entry.name == root.name).map(|_| (said(program), 1));
            let mut best: Option<(&'static str, usize, &[&str], usize)> = None;
            for pattern in &entry.patterns {
                // The most telling one: more words, fewer of them wild.
                let weight = pattern.split(' ').map(|w| if w.starts_with('*') { 1 } else { 2 }).sum();
                for (spoken, own) in [Some(&spoken), alias.as_ref()].into_iter().flatten() {
                    if let Some(used) = pattern_matches(pattern, spoken)
                        && best.is_none_or(|(_, most, ..)| weight > most)
                    {
                        best = Some((pattern, weight, &spoken[..used], used - own));
                    }
                }
            }
            if let Some((pattern, _, verb, skip)) = best
                && let Some(child) = self.know.entry(pattern)
            {
                let verb = self.bump.alloc_str(&verb.join(" "));
                operands.drain(..skip.min(operands.len()));
                entry = child;
                chain.push(child);
                call.verb = verb;
            }
        }
        if call.verb == program {
            call.verb = entry.name;
        }
        call.entry = Some(entry);
        // `--dry-run=none`, `--dry-run --no-dry-run`: said, and taken back.
        let refuses = |word: &&Field<'a>| {
            word.val.lit().and_then(|text| text.split_once('=')).is_some_and(|(name, value)| {
                let trial = ["dry", "preview", "simulate", "what-if", "noop", "pretend"];
                matches!(value, "false" | "none" | "no" | "off" | "0" | "False" | "never")
                    && (name == "-n" || trial.iter().any(|part| name.contains(part)))
            })
        };
        let trial = |option: &Opt<'a>| {
            !option.spelled.starts_with("--no-") && option.spelled.contains("dry") || option.is("--dry-run")
        };
        if options.iter().any(|option| option.spelled.starts_with("--no-dry")) {
            options.retain(|option| !trial(option));
        } else {
            for refused in words.iter().filter(refuses) {
                options.retain(|option| option.span != refused.span);
            }
        }
        call.options = self.bump.alloc_slice_copy(&options);
        call.operands = self.named(entry, &operands);
        call.complete = entry.complete || !unknown_option;
        call.unasked = entry.unasked.iter().chain(&root.unasked).any(|o| call.options.iter().any(|opt| opt.is(o)));
        call
    }

    /// `--name=…hole…` or `-n…hole…`.
    fn open_option(
        &mut self,
        chain: &[&'static Entry<'static>],
        start: &'a str,
        field: Field<'a>,
        options: &mut Options<'a>,
    ) {
        let segs = field.val.segs(self.bump);
        let (name, rest) = match start.find('=') {
            Some(at) if start.starts_with("--") || !start.starts_with('-') || chain.iter().any(|e| e.single_dash) => {
                (if start.starts_with('-') { &start[..at] } else { &start[..=at] }, &start[at + 1..])
            }
            _ if start.starts_with("--") => (start, ""),
            _ if start.len() > 2 && start.is_char_boundary(2) => (&start[..2], &start[2..]),
            _ => (start, ""),
        };
        let mut builder = Builder::default();
        builder.push_lit(self.bump, rest);
        builder.push(self.bump, Val::Text(&segs[1..]));
        let value = Field { val: builder.done(self.bump), ..field };
        let names = names_of(spec_names(chain, name, false));
        options.push(Opt { spelled: name, names, value: Some(value), span: field.span });
    }

    #[expect(clippy::too_many_arguments, reason = "it is a part of parse_call")]
    fn short_cluster(
        &mut self,
        chain: &[&'static Entry<'static>],
        text: &'a str,
        field: Field<'a>,
        words: &'a [Field<'a>],
        index: &mut usize,
        options: &mut Options<'a>,
        unknown_option: &mut bool,
    ) {
        // A whole-word short option of more letters (`-exec`, `-9`) wins over its letters.
        if let Some(spec) = spec_names(chain, text, false).filter(|_| text.len() > 2) {
            let value = (spec.value == OptionValue::Required).then(|| words.get(*index).copied()).flatten();
            *index += usize::from(value.is_some());
            options.push(Opt { spelled: text, names: spec.names, value, span: field.span });
            return;
        }
        let chars = text.char_indices().skip(1);
        for (at, c) in chars {
            let letter: &'a str = match c.is_ascii() {
                true if at == 1 => &text[..2],
                _ => {
                    let mut letter = bumpalo::collections::String::with_capacity_in(1 + c.len_utf8(), self.bump);
                    letter.push('-');
                    letter.push(c);
                    letter.into_bump_str()
                }
            };
            let rest = &text[at + c.len_utf8()..];
            match spec_names(chain, letter, false) {
                Some(spec) => {
                    let value = match spec.value {
                        OptionValue::None => None,
                        OptionValue::Attached => (!rest.is_empty()).then_some(Field { val: Val::Lit(rest), ..field }),
                        OptionValue::Required if !rest.is_empty() => {
                            Some(Field { val: Val::Lit(rest.strip_prefix('=').unwrap_or(rest)), ..field })
                        }
                        OptionValue::Required => {
                            let next = words.get(*index).copied();
                            *index += usize::from(next.is_some());
                            next
                        }
                    };
                    let done = spec.value != OptionValue::None;
                    options.push(Opt { spelled: letter, names: spec.names, value, span: field.span });
                    if done {
                        return;
                    }
                }
                None => {
                    *unknown_option = true;
                    options.push(Opt { spelled: letter, names: Names::default(), value: None, span: field.span });
                }
            }
        }
    }

    fn named(&self, entry: &'static Entry<'static>, operands: &[Field<'a>]) -> &'a [Operand<'a>] {
        let specs = &entry.args;
        let many = specs.iter().position(|a| a.many);
        let count = operands.len();
        let out = operands.iter().enumerate().map(|(index, field)| {
            let name = match many {
                Some(many) if index >= many => {
                    let after = specs.len() - many - 1;
                    let from_end = count - index;
                    if from_end <= after && count > many + after.min(count.saturating_sub(many).saturating_sub(1)) {
                        specs[specs.len() - from_end].name
                    } else {
                        specs[many].name
                    }
                }
                _ => specs.get(index).map_or("", |a| a.name),
            };
            Operand { name, field: *field }
        });
        self.bump.alloc_slice_fill_iter(out)
    }
}

fn starts_with_dash(field: &Field<'_>) -> bool {
    match field.val {
        Val::Lit(text) => text.starts_with('-') && text.len() > 1,
        Val::Text([Seg::Lit(text), ..]) => text.starts_with('-'),
        _ => false,
    }
}

fn spec_names(chain: &[&'static Entry<'static>], name: &str, abbreviates: bool) -> Option<OptionSpec<'static>> {
    for entry in chain.iter().rev() {
        if let Some(spec) = entry.options.find(name) {
            return Some(spec);
        }
    }
    if abbreviates && name.len() > 3 && name.starts_with("--") {
        let mut found: Option<OptionSpec<'static>> = None;
        for spec in chain.iter().rev().flat_map(|e| e.options.iter()) {
            if spec.names.iter().any(|n| n.starts_with(name)) {
                if found.is_some() {
                    return None;
                }
                found = Some(spec);
            }
        }
        return found;
    }
    None
}

fn names_of(spec: Option<OptionSpec<'static>>) -> Names<'static> {
    spec.map_or_else(Names::default, |spec| spec.names)
}

fn bare_option(chain: &[&'static Entry<'static>], text: &str) -> Option<OptionSpec<'static>> {
    let entry = chain.last()?;
    if text.starts_with('-') { None } else { entry.options.find(text) }
}

/// Whether all words after so many operands are the wrapped ones.
fn wraps_from(entry: &Entry<'_>, operands: usize) -> bool {
    entry.wrapper && (!entry.interspersed || operands > entry.args.iter().take_while(|arg| !arg.many).count())
}

/// `gcloud ** delete` against the words that were spoken; how many of them it takes.
fn pattern_matches(pattern: &str, spoken: &[&str]) -> Option<usize> {
    fn go(pattern: &[&str], spoken: &[&str], used: usize) -> Option<usize> {
        let Some((first, rest)) = pattern.split_first() else { return Some(used) };
        if *first == "**" {
            return (0..=spoken.len().min(5)).find_map(|n| go(rest, &spoken[n..], used + n));
        }
        let (word, others) = spoken.split_first()?;
        let hit = first.split('|').any(|choice| super::globs::text(choice, word));
        if hit { go(rest, others, used + 1) } else { None }
    }
    let parts: Vec<&str> = pattern.split(' ').collect();
    go(&parts, spoken, 0)
}
