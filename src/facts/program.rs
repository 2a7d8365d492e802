//! A program is called: its words are read by its entry, its effects follow, what it wraps or interprets is analysed.

use super::analysis::Analysis;
use super::knowledge::{EffectSpec, Entry, Kind, OptionSpec, OptionValue, Output, Recursive, RunSpec, Where};
use super::shell::ast::Span;
use super::state::File;
use super::target::Look;
use super::value::{Builder, Data, Field, Seg, Shape, Sink, Taint, Val};
use super::{Call, Effect, Operand, Opt, Place, Target};
use crate::limits;

impl<'a> Analysis<'a> {
    /// Calls a program: `words[0]` is its name.
    pub fn external(
        &mut self,
        words: &'a [Field<'a>],
        settings: &'a [(&'a str, Val<'a>)],
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) {
        let Some(first) = words.first() else { return };
        if !self.step(first.span) {
            return;
        }
        let span = span_of(words);
        let Some(name) = first.val.lit() else {
            self.unknown_program(words, first.val, span, stdin, out);
            return;
        };
        let (program, path) = match name.rfind('/') {
            Some(slash) => (&name[slash + 1..], Some(name)),
            None => (name, None),
        };
        if let Some(path) = path
            && self.overlay_program(path, words, settings, span, stdin, out)
        {
            return;
        }
        let entry = self.find_entry(program);
        let call = self.parse_call(program, path, entry, words, span);
        let index = self.facts.calls.len() as u32;
        self.facts.calls.push(call);
        for (variable, val) in settings {
            self.setting(variable, *val, first.span, Some(index));
        }
        let Some(_) = call.entry else {
            self.no_entry(&call, index, stdin, out);
            return;
        };
        if path.is_some_and(|p| p.starts_with('.') || p.contains("/tmp/")) {
            // `./rm` has a known name only: its code is the workspace's.
            self.program_file(&call);
        }
        self.call_effects(&call, index, stdin, out);
    }

    fn call_effects(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>, out: &mut Sink<'a>) {
        let Some(entry) = call.entry else { return };
        for spec in &entry.effects {
            self.effect_spec(call, index, spec, stdin);
        }
        let mut wrapped = false;
        for spec in &entry.runs {
            wrapped |= self.run_spec(call, spec, stdin, out);
        }
        for spec in &entry.code {
            if call.holds(&spec.cond) {
                self.code_spec(call, index, spec, stdin, out);
            }
        }
        // Global options hold code too (`git -c core.pager=… log`), and belong to the program itself.
        if let Some(root) = self.find_entry(call.program).filter(|root| root.name != entry.name) {
            for spec in root.code.iter().filter(|s| !s.stdin && s.from.iter().all(|f| f.starts_with('-'))) {
                if call.holds(&spec.cond) {
                    self.code_spec(call, index, spec, stdin, out);
                }
            }
        }
        for loaded in &entry.loads {
            self.loaded_file(loaded, call, index);
        }
        self.bare_shell(call, index, stdin);
        if !entry.env.is_empty() && self.state.var(entry.env).is_some_and(|v| v.val != Val::EMPTY) {
            self.arguments_from_variable(call, stdin);
        }
        if !wrapped {
            let data = self.output(call, index, stdin);
            out.push(data);
        }
    }

    /// A shell without anything to run, started by a program that is not one: a way out of whatever confined it, and
    /// with that program's rights (the "shell escape" of editors, pagers, archivers).
    fn bare_shell(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>) {
        let shell = call.entry.is_some_and(|e| e.name == "bash");
        if !shell
            || !call.operands.iter().all(|o| o.field.splits)
            || call.options.iter().any(|o| o.is("-c") || o.is("-n") || o.value.is_some())
            || !self.place.local()
        {
            return;
        }
        if !stdin.inherited && !matches!(stdin.text, Some(Val::Lit(""))) {
            return;
        }
        let wrapped_anyhow = self.place.via.last().is_some_and(|w| {
            matches!(*w, "find" | "fd" | "xargs" | "parallel" | "flock" | "strace" | "watch" | "entr" | "npm" | "npx")
        });
        let keeps_rights = call.options.iter().any(|o| o.is("-p"));
        let wrapped = self.place.via.last().is_some_and(|w| {
            !matches!(
                *w,
                "sudo"
                    | "su"
                    | "doas"
                    | "script"
                    | "tmux"
                    | "screen"
                    | "nohup"
                    | "setsid"
                    | "unshare"
                    | "chroot"
                    | "runuser"
            )
        });
        if !self.inside.is_empty() || wrapped_anyhow || keeps_rights || (wrapped && self.place.privileged) {
            let source =
                if self.inside.is_empty() { self.place.via.last().copied().unwrap_or("") } else { self.inside };
            self.plain_effect(Kind::Elevate, source, index, call.span, Taint::NONE, &["escape"]);
        } else if self.place.privileged {
            self.plain_effect(Kind::Elevate, "root", index, call.span, Taint::NONE, &["shell"]);
        }
    }

    /// `TF_CLI_ARGS_apply=-auto-approve terraform apply`: more words.
    fn arguments_from_variable(&mut self, call: &Call<'a>, stdin: &Data<'a>) {
        let Some(entry) = call.entry else { return };
        if let Some(Val::Lit(text)) = self.state.var(entry.env).map(|v| v.val) {
            let extra: Vec<Field<'a>> =
                text.split_whitespace().map(|w| Field::new(Val::Lit(w), call.words[0].span)).collect();
            let mut words = call.words.to_vec();
            words.extend(extra);
            let words = self.bump.alloc_slice_copy(&words);
            self.set_variable(entry.env, Val::EMPTY);
            let again = self.parse_call(call.program, call.path, self.find_entry(call.program), words, call.span);
            let index = self.facts.calls.len() as u32;
            self.facts.calls.push(again);
            self.call_effects(&again, index, stdin, &mut Sink::new());
        }
    }

    /// The entry of a program, also under a versioned name (`python3.11`, `mkfs.ext4`).
    pub fn find_entry(&self, program: &str) -> Option<&'static Entry<'static>> {
        if let Some(entry) = self.know.entry(program) {
            return Some(entry);
        }
        if let Some((stem, _)) = program.split_once('.')
            && let Some(entry) = self.know.entry(stem)
            && !stem.is_empty()
            && !program.ends_with(".sh")
        {
            return Some(entry);
        }
        let stem = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').trim_end_matches('-');
        let stem = program.strip_suffix(".exe").unwrap_or(stem);
        if stem.len() == program.len() || stem.is_empty() { None } else { self.know.entry(stem) }
    }

    fn unknown_program(
        &mut self,
        words: &'a [Field<'a>],
        name: Val<'a>,
        span: Span,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) {
        let call = Call::unknown(words, self.place, span);
        let index = self.facts.calls.len() as u32;
        self.facts.calls.push(call);
        let taint = name.taint();
        if taint.has(Taint::NETWORK) || taint.has(Taint::DECODED) {
            self.code_effect(name.show(self.bump), taint, index, words[0].span);
        } else {
            self.opaque(words[0].span, "program", name.show(self.bump), taint);
        }
        out.push(Data { taint: stdin.taint | Taint::OPAQUE, ..Data::unknown("", Taint::NONE) });
    }

    /// A program that no pack describes.
    fn no_entry(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>, out: &mut Sink<'a>) {
        if call.path.is_some() {
            self.program_file(call);
        } else if !call.program.is_ascii() && call.program.chars().any(char::is_alphabetic) {
            self.plain_effect(Kind::Hidden, call.program, index, call.words[0].span, Taint::NONE, &["lookalike"]);
        }
        let mut classes = 0;
        for field in call.words.iter().skip(1) {
            if let Val::Lit(text) = field.val
                && (text.starts_with('/') || text.starts_with("~/"))
            {
                classes |= self.path_target(field.val, Look::Not).classes;
            }
        }
        let target = Target { text: call.program, known: true, classes, maybe: 0, path: None };
        let marks: &'a [&'a str] = if call.path.is_some() { &["path"] } else { &["name"] };
        self.effect(Effect {
            does: Kind::Unknown,
            target,
            recursive: false,
            certain: false,
            marks,
            data: Taint::NONE,
            call: index,
            span: call.words[0].span,
        });
        out.push(Data { taint: stdin.taint | Taint::OPAQUE, ..Data::unknown("", Taint::NONE) });
    }

    /// A program given by path: what is known of that file.
    fn program_file(&mut self, call: &Call<'a>) {
        let Some(path) = call.path else { return };
        let target = self.path_target(Val::Lit(path), Look::Not);
        let taint = self.class_taint(target.classes);
        self.opaque(call.words[0].span, "program", path, taint);
    }

    /// A path that the script itself wrote, copied or linked is run.
    fn overlay_program(
        &mut self,
        path: &'a str,
        words: &'a [Field<'a>],
        settings: &'a [(&'a str, Val<'a>)],
        span: Span,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) -> bool {
        if !self.state.has_files() || !self.place.local() {
            return false;
        }
        let Some(absolute) = self.absolute(path) else { return false };
        let Some(file) = self.state.file(absolute) else {
            // A link that the script made leads to another program.
            let cwd = self.state.cwd.lit().unwrap_or("");
            if super::paths::absolute(self.bump, cwd, path) == absolute {
                return false;
            }
            let mut copy = words.to_vec();
            copy[0] = Field { val: Val::Lit(absolute), derived: true, ..words[0] };
            let copy = self.bump.alloc_slice_copy(&copy);
            self.external(copy, settings, stdin, out);
            return true;
        };
        if let Some(original) = file.same_as {
            let mut copy = words.to_vec();
            copy[0] = Field { val: Val::Lit(original), derived: true, ..words[0] };
            let copy = self.bump.alloc_slice_copy(&copy);
            if original != path {
                self.external(copy, settings, stdin, out);
                return true;
            }
            return false;
        }
        if file.directory {
            return false;
        }
        let arguments: &'a [Val<'a>] = self.bump.alloc_slice_fill_iter(words[1..].iter().map(|f| f.val));
        let (before, known) = (self.state.arguments, self.state.arguments_known);
        self.state.set_arguments(arguments, true);
        let program = self.bump.alloc_str(path.rsplit('/').next().unwrap_or(path));
        let call = Call { program, path: Some(path), ..Call::unknown(words, self.place, span) };
        let index = self.facts.calls.len() as u32;
        self.facts.calls.push(call);
        self.program_data(&file.data, words[0].span, stdin, out, index);
        self.state.set_arguments(before, known);
        true
    }

    // ── Reading the words ──

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
        };
        let Some(root) = root else {
            call.complete = false;
            return call;
        };
        // An alias (`tofu`) is read by the entry of the original.
        let mut entry = root;
        let mut chain: Vec<&'static Entry<'static>> = vec![root];
        let mut options: Vec<Opt<'a>> = Vec::new();
        let mut operands: Vec<Field<'a>> = Vec::new();
        let mut ended = false;
        let mut typed = root.name.to_owned();
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
                _ => {
                    operands.push(field);
                    if entry.wrapper && !ended {
                        operands.extend_from_slice(&words[index..]);
                        break;
                    }
                    continue;
                }
            };
            if ended || text.len() < 2 || !text.starts_with('-') {
                if !ended && entry.assignments && text.contains('=') && !text.starts_with('=') {
                    let (name, value) = text.split_at(text.find('=').unwrap_or(0) + 1);
                    let names = spec_names(&chain, name, false).map_or(&[][..], |s| s.names.as_slice());
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
                    options.push(Opt { spelled: text, names: &spec.names, value, span: field.span });
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
                    if spec_names(&chain, &cluster[..2], false).is_some() {
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
                        let mut verb = start.to_owned();
                        for word in operands.iter().map_while(|f| f.val.lit()).chain([text]) {
                            verb.push(' ');
                            verb.push_str(word);
                        }
                        verb
                    };
                    let spoken = join(&typed);
                    let child = self.know.entry(&spoken).or_else(|| {
                        (typed != entry.name && entry.subcommands).then(|| self.know.entry(&join(entry.name))).flatten()
                    });
                    if let Some(child) = child {
                        typed = spoken;
                        entry = child;
                        chain.push(child);
                        operands.clear();
                        continue;
                    }
                }
                operands.push(field);
                if entry.wrapper {
                    operands.extend_from_slice(&words[index..]);
                    break;
                }
                continue;
            }
            if text == "--" {
                ended = true;
                continue;
            }
            let single = entry.single_dash;
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
                    options.push(Opt { spelled: name, names: &[], value: None, span: field.span });
                    continue;
                }
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
                let spelled = spec.map_or(name, |s| if s.names.contains(&name) { name } else { s.names[0] });
                options.push(Opt {
                    spelled,
                    names: spec.map_or(&[][..], |s| s.names.as_slice()),
                    value,
                    span: field.span,
                });
                continue;
            }
            self.short_cluster(&chain, text, field, words, &mut index, &mut options, &mut unknown_option);
        }
        // Subcommands with wildcards: the longest pattern that the operands match.
        if !entry.patterns.is_empty() {
            let spoken: Vec<&str> = std::iter::once(entry.name)
                .flat_map(|n| n.split(' '))
                .chain(operands.iter().map_while(|f| f.val.lit()))
                .collect();
            let mut subwords = 0;
            let mut best: Option<(&'static str, usize)> = None;
            for pattern in &entry.patterns {
                // The most telling one: more words, fewer of them wild.
                let weight = pattern.split(' ').map(|w| if w.starts_with('*') { 1 } else { 2 }).sum();
                if let Some(used) = pattern_matches(pattern, &spoken)
                    && best.is_none_or(|(_, most)| weight > most)
                {
                    best = Some((pattern, weight));
                    subwords = used;
                }
            }
            if let Some((pattern, _)) = best
                && let Some(child) = self.know.entry(pattern)
            {
                let skip = subwords - entry.name.split(' ').count();
                operands.drain(..skip.min(operands.len()));
                entry = child;
                chain.push(child);
                call.verb = self.bump.alloc_str(&spoken[..subwords].join(" "));
            }
        }
        if call.verb == program {
            call.verb = entry.name;
        }
        call.entry = Some(entry);
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
        options: &mut Vec<Opt<'a>>,
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
        let names = spec_names(chain, name, false).map_or(&[][..], |s| s.names.as_slice());
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
        options: &mut Vec<Opt<'a>>,
        unknown_option: &mut bool,
    ) {
        // A whole-word short option of more letters (`-exec`, `-9`) wins over its letters.
        if let Some(spec) = spec_names(chain, text, false).filter(|_| text.len() > 2) {
            let value = (spec.value == OptionValue::Required).then(|| words.get(*index).copied()).flatten();
            *index += usize::from(value.is_some());
            options.push(Opt { spelled: text, names: &spec.names, value, span: field.span });
            return;
        }
        let chars = text.char_indices().skip(1);
        for (at, c) in chars {
            let letter = self.bump.alloc_str(&format!("-{c}"));
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
                    options.push(Opt { spelled: letter, names: &spec.names, value, span: field.span });
                    if done {
                        return;
                    }
                }
                None => {
                    *unknown_option = true;
                    options.push(Opt { spelled: letter, names: &[], value: None, span: field.span });
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
        let out: Vec<Operand<'a>> = out.collect();
        self.bump.alloc_slice_copy(&out)
    }

    // ── Effects ──

    fn effect_spec(&mut self, call: &Call<'a>, index: u32, spec: &'static EffectSpec<'static>, stdin: &Data<'a>) {
        if !call.holds(&spec.cond) {
            return;
        }
        let recursive = match &spec.recursive {
            Recursive::No => false,
            Recursive::Yes => true,
            Recursive::With(options) => options.iter().any(|name| call.options.iter().any(|o| o.is(name))),
        };
        let mut data = Taint::NONE;
        let mut written: Option<Data<'a>> = None;
        for name in &spec.data {
            let one = if *name == "stdin" { *stdin } else { self.data_of(call, name) };
            data |= one.taint;
            written = Some(one);
        }
        let marks: &'a [&'a str] = &spec.marks;
        let mut fields: Vec<Field<'a>> = Vec::new();
        let mut literal = None;
        for name in &spec.target {
            if let Some(text) = name.strip_prefix('=') {
                literal = Some(text);
            } else {
                fields.extend(call.fields(name));
            }
        }
        if fields.is_empty() {
            match literal {
                Some(text) => {
                    let field = Field { quoted: true, ..Field::new(Val::Lit(text), call.span) };
                    fields.push(field);
                }
                None if spec.optional && !spec.target.is_empty() => return,
                None => {
                    self.effect(Effect {
                        does: spec.does,
                        target: Target { text: "", known: true, ..Target::default() },
                        recursive,
                        certain: true,
                        marks,
                        data,
                        call: index,
                        span: call.span,
                    });
                    return;
                }
            }
        }
        let filtered = spec.filter.iter().any(|name| call.options.iter().any(|o| o.is(name)));
        let mut budget = limits::UNROLL;
        for field in &fields {
            for one in field.val.each() {
                if budget == 0 {
                    return;
                }
                budget -= 1;
                let one = if filtered { self.below(call, one, &spec.filter) } else { one };
                if spec.does == Kind::Fetch
                    && let Val::Lit(url) = one
                    && let Some(path) = url.strip_prefix("file://")
                {
                    // `curl file:///etc/shadow` reads a file of this machine.
                    self.file_data(Val::Lit(path), field.span, true);
                    continue;
                }
                let target = self.effect_target(spec.does, one);
                let marks = self.more_marks(spec.does, one, marks);
                self.effect(Effect {
                    does: spec.does,
                    target,
                    recursive,
                    certain: true,
                    marks,
                    data,
                    call: index,
                    span: field.span,
                });
                self.aftermath(call, spec, target, written);
            }
        }
    }

    /// `path` narrowed to names below it.
    fn below(&mut self, call: &Call<'a>, path: Val<'a>, filter: &[&str]) -> Val<'a> {
        let names: Vec<Val<'a>> = filter
            .iter()
            .filter(|f| f.contains("name") || f.contains("path"))
            .flat_map(|f| call.fields(f))
            .map(|f| f.val)
            .collect();
        let mut builder = Builder::default();
        match path {
            Val::Lit(text) => builder.push_lit(self.bump, text.trim_end_matches('/')),
            other => builder.push(self.bump, other),
        }
        builder.push_lit(self.bump, "/");
        let below = Val::hole(self.bump, "…", Shape::Below, Taint::NONE);
        builder.push(self.bump, below);
        if !names.is_empty() {
            builder.push_lit(self.bump, "/");
            builder.push(self.bump, Val::set(self.bump, &names));
        }
        builder.done(self.bump)
    }

    fn effect_target(&mut self, does: Kind, val: Val<'a>) -> Target<'a> {
        match does {
            Kind::Delete | Kind::Move => self.path_target(val, Look::Entry),
            Kind::Write | Kind::Append | Kind::Create | Kind::Permit | Kind::Mount | Kind::Format => {
                self.path_target(val, Look::Through)
            }
            Kind::Read | Kind::Restore => self.path_target(val, Look::Not),
            Kind::Fetch | Kind::Send | Kind::Tunnel | Kind::Listen => self.host_target(val),
            // pkill takes a pattern: `^cron$` is cron.
            Kind::Kill => Target {
                text: val.show(self.bump).trim_start_matches('^').trim_end_matches('$'),
                known: val.lit().is_some(),
                ..Target::default()
            },
            _ => Target { text: val.show(self.bump), known: val.lit().is_some(), classes: 0, maybe: 0, path: None },
        }
    }

    /// Marks that come from the target itself: refspecs, modes, sizes.
    fn more_marks(&self, does: Kind, val: Val<'a>, marks: &'a [&'a str]) -> &'a [&'a str] {
        let mut extra: Vec<&'a str> = Vec::new();
        if does == Kind::Push
            && let Val::Lit(text) = val
        {
            if text.starts_with('+') {
                extra.push("force");
            }
            if text.starts_with(':') && text.len() > 1 {
                extra.push("delete");
            }
        }
        if does == Kind::Kill && val.taint().has(Taint::PROCESSES) {
            extra.push("by-name");
        }
        if extra.is_empty() {
            return marks;
        }
        extra.extend_from_slice(marks);
        self.bump.alloc_slice_copy(&extra)
    }

    /// What an effect leaves behind for the rest of the script: files written, copied, linked, deleted.
    fn aftermath(
        &mut self,
        call: &Call<'a>,
        spec: &'static EffectSpec<'static>,
        target: Target<'a>,
        written: Option<Data<'a>>,
    ) {
        if !self.place.local() {
            return;
        }
        match spec.does {
            Kind::Write | Kind::Append | Kind::Create => {
                let Some(path) = target.path else { return };
                if spec.marks.contains(&"directory") {
                    let file =
                        File { data: Data::unknown("", Taint::NONE), same_as: None, link: false, directory: true };
                    self.state.set_file(self.bump, path, Some(file));
                    return;
                }
                if spec.marks.contains(&"copy") || spec.marks.contains(&"link") || spec.marks.contains(&"moved") {
                    self.copied(call, path, spec.marks.contains(&"link"));
                    return;
                }
                if spec.marks.contains(&"same") {
                    return;
                }
                let data = match written {
                    Some(data) => data,
                    None => Data::unknown(
                        call.program,
                        if spec.marks.contains(&"download") { Taint::NETWORK } else { Taint::OPAQUE },
                    ),
                };
                self.remember(target, data, spec.does == Kind::Append);
            }
            Kind::Delete => {
                if let Some(path) = target.path {
                    self.state.set_file(self.bump, path, None);
                }
            }
            _ => {}
        }
    }

    /// `cp a b`, `ln -s a b`, `mv a b`: b is a.
    fn copied(&mut self, call: &Call<'a>, destination: &'a str, link: bool) {
        let Some(source) = call.fields("src").first().map(|f| f.val) else { return };
        let Val::Lit(source_text) = source else {
            let data = Data::unknown(call.program, source.taint());
            self.state.set_file(
                self.bump,
                destination,
                Some(File { data, same_as: None, link: false, directory: false }),
            );
            return;
        };
        // `$(which rm)` folds to a bare program name.
        let absolute = if source_text.contains('/') || self.find_entry(source_text).is_none() {
            self.absolute(source_text).unwrap_or(source_text)
        } else {
            source_text
        };
        let base = source_text.rsplit('/').next().unwrap_or(source_text);
        let into = self.bump.alloc_str(&format!("{}/{base}", destination.trim_end_matches('/')));
        let known = self.state.file(absolute);
        let file = match known {
            Some(file) if !link => file,
            _ => {
                let data = if link {
                    Data::unknown(source_text, Taint::NONE)
                } else {
                    self.file_data(source, call.span, false)
                };
                File { data, same_as: Some(absolute), link, directory: false }
            }
        };
        self.state.set_file(self.bump, destination, Some(file));
        if self.state.file(destination).is_none_or(|f| !f.link) {
            self.state.set_file(self.bump, into, Some(file));
        }
    }

    /// The data that an option or operand stands for: its text, or the file that `@path` names.
    pub fn data_of(&mut self, call: &Call<'a>, name: &str) -> Data<'a> {
        let mut result = Data::NOTHING;
        let (name, is_path) = match name.strip_prefix("file:") {
            Some(name) => (name, true),
            None => (name, false),
        };
        for field in call.fields(name) {
            let one = match field.val {
                Val::Lit(text) if is_path => self.file_data(Val::Lit(text), field.span, true),
                Val::Lit("@-" | "-") => Data { text: None, ..Data::INHERITED },
                Val::Lit(text) if text.starts_with('@') && text.len() > 1 => {
                    self.file_data(Val::Lit(&text[1..]), field.span, true)
                }
                Val::Lit(text) if text.contains("=@") || text.contains("=<") => {
                    let path = text.split_once("=@").or_else(|| text.split_once("=<")).map_or("", |(_, p)| p);
                    let path = path.split(';').next().unwrap_or(path);
                    self.file_data(Val::Lit(path), field.span, true)
                }
                Val::Text([Seg::Lit(start), rest @ ..]) if start.ends_with('@') || start.contains('@') => {
                    let mut builder = Builder::default();
                    builder.push_lit(self.bump, start.rsplit_once('@').map_or("", |(_, p)| p));
                    builder.push(self.bump, Val::Text(rest));
                    let path = builder.done(self.bump);
                    let mut data = self.file_data(path, field.span, true);
                    data.taint |= field.val.taint();
                    data
                }
                val if is_path => self.file_data(val, field.span, true),
                val => Data::known(val),
            };
            let taint = result.taint | one.taint;
            result = Data { taint, ..one };
        }
        result
    }

    // ── Wrapped words ──

    fn run_spec(
        &mut self,
        call: &Call<'a>,
        spec: &'static RunSpec<'static>,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) -> bool {
        if !call.holds(&spec.cond) {
            return false;
        }
        let mut groups: Vec<Vec<Field<'a>>> = Vec::new();
        if spec.words.iter().any(|w| w.starts_with('-')) {
            let mut i = 1;
            while i < call.words.len() {
                if call.words[i].val.lit().is_some_and(|t| spec.words.contains(&t)) {
                    let start = i + 1;
                    let mut end = start;
                    while end < call.words.len() && !call.words[end].val.lit().is_some_and(|t| spec.until.contains(&t))
                    {
                        end += 1;
                    }
                    groups.push(call.words[start..end].to_vec());
                    i = end;
                }
                i += 1;
            }
        } else {
            for name in &spec.words {
                let fields = call.fields(name);
                if !fields.is_empty() {
                    groups.push(fields);
                }
            }
        }
        if groups.is_empty() {
            if spec.shell {
                self.enter(call, spec, |this| {
                    let data = *stdin;
                    if !data.inherited {
                        this.code_data("bash", &data, call.span, out, this.facts.calls.len() as u32 - 1);
                    }
                });
                return true;
            }
            return false;
        }
        let mut any = false;
        for mut words in groups {
            let mut settings: Vec<(&'a str, Val<'a>)> = Vec::new();
            if spec.assignments {
                while let Some((name, value)) = words.first().and_then(|f| assignment(self.bump, f)) {
                    settings.push((name, value));
                    words.remove(0);
                }
            }
            if words.is_empty() {
                continue;
            }
            any = true;
            if words.len() > 1 && words[0].val.lit() == Some("-c") {
                // `flock lock -c 'code'`, `su user -c 'code'`
                let code = words[1];
                self.enter(call, spec, |this| this.shell_code(code.val, code.span, stdin, out, u32::MAX));
                continue;
            }
            let filled = self.filled_words(call, spec, words, stdin);
            let words = self.bump.alloc_slice_copy(&filled);
            let settings: &'a [(&'a str, Val<'a>)] = self.bump.alloc_slice_copy(&settings);
            let joined = spec.joined;
            self.enter(call, spec, |this| {
                let input = if spec.stdin { Data::NOTHING } else { *stdin };
                if joined {
                    this.joined_words(words, &input, out);
                } else {
                    this.external_or_shell(words, settings, &input, out);
                }
            });
        }
        any
    }

    /// Wrappers start programs, never functions; but what a shell's builtin does, its program does too.
    fn external_or_shell(
        &mut self,
        words: &'a [Field<'a>],
        settings: &'a [(&'a str, Val<'a>)],
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) {
        match words[0].val {
            Val::Lit("echo" | "printf" | "test" | "[" | "true" | "false" | "cd" | "command" | "type") => {
                let channels = super::redirect::Channels::default();
                let name = words[0].val.lit().unwrap_or("");
                self.builtin(name, words, settings, stdin, out, &channels);
            }
            Val::Set(set) => {
                for member in set.iter().take(limits::VALUES) {
                    let mut copy = words.to_vec();
                    copy[0] = Field { val: *member, ..words[0] };
                    let copy = self.bump.alloc_slice_copy(&copy);
                    self.external(copy, settings, stdin, out);
                }
            }
            _ => self.external(words, settings, stdin, out),
        }
    }

    fn joined_words(&mut self, words: &'a [Field<'a>], stdin: &Data<'a>, out: &mut Sink<'a>) {
        let mut builder = Builder::default();
        for (index, field) in words.iter().enumerate() {
            if index > 0 {
                builder.push_lit(self.bump, " ");
            }
            builder.push(self.bump, field.val);
        }
        let code = builder.done(self.bump);
        let span = span_of(words);
        let mark = self.state.mark();
        self.shell_code(code, span, stdin, out, u32::MAX);
        self.leave_subshell(mark);
    }

    /// Fills in what the wrapper adds: results of find, lines of standard input.
    fn filled_words(
        &mut self,
        call: &Call<'a>,
        spec: &'static RunSpec<'static>,
        words: Vec<Field<'a>>,
        stdin: &Data<'a>,
    ) -> Vec<Field<'a>> {
        let placeholder: &str = match spec.placeholder.strip_prefix("=") {
            Some(option) => call.fields(option).first().and_then(|f| f.val.lit()).unwrap_or(""),
            None => spec.placeholder,
        };
        let mut inputs: Vec<Val<'a>> = Vec::new();
        if spec.stdin {
            match stdin.text {
                Some(text) => {
                    for one in text.each() {
                        match one {
                            Val::Lit(text) => inputs.extend(text.split_whitespace().take(limits::UNROLL).map(Val::Lit)),
                            other => inputs.push(Data::known(other).value(self.bump, stdin.source)),
                        }
                    }
                }
                None => inputs.push(Val::hole(
                    self.bump,
                    stdin.named("standard input"),
                    stdin.shape,
                    stdin.taint | Taint::OPAQUE,
                )),
            }
        }
        let below = if spec.below.is_empty() {
            None
        } else {
            let paths: Vec<Val<'a>> = call.fields(spec.below).iter().map(|f| f.val).collect();
            let paths = if paths.is_empty() { vec![Val::Lit(".")] } else { paths };
            let base = Val::set(self.bump, &paths);
            let filtered = spec.filter.iter().any(|f| call.options.iter().any(|o| o.is(f)));
            Some(if filtered { self.below(call, base, &spec.filter) } else { base })
        };
        let value = below.or_else(|| (!inputs.is_empty()).then(|| Val::set(self.bump, &inputs)));
        let mut used = false;
        let mut out: Vec<Field<'a>> = Vec::with_capacity(words.len() + 1);
        for field in words {
            if !placeholder.is_empty()
                && let Val::Lit(text) = field.val
                && text.contains(placeholder)
                && let Some(value) = value
            {
                used = true;
                let mut builder = Builder::default();
                let mut rest = text;
                while let Some(at) = rest.find(placeholder) {
                    builder.push_lit(self.bump, &rest[..at]);
                    builder.push(self.bump, value);
                    rest = &rest[at + placeholder.len()..];
                }
                builder.push_lit(self.bump, rest);
                out.push(Field { val: builder.done(self.bump), derived: true, ..field });
            } else {
                out.push(field);
            }
        }
        if spec.stdin && !used && placeholder.is_empty() {
            out.extend(
                inputs.into_iter().map(|val| Field { splits: val.lit().is_none(), ..Field::new(val, call.span) }),
            );
        }
        out
    }

    /// Runs something in the place that a wrapper leads to.
    fn enter(&mut self, call: &Call<'a>, spec: &'static RunSpec<'static>, run: impl FnOnce(&mut Self)) {
        if self.wrappers >= limits::WRAPPERS {
            self.unread(call.span, "more wrappers around one command than gate follows", false);
            return;
        }
        let before = self.place;
        let target = if spec.target.is_empty() {
            ""
        } else {
            call.fields(spec.target).first().map_or("", |f| f.val.show(self.bump))
        };
        let mut place = *before;
        let mut via = place.via.to_vec();
        via.push(call.program);
        place.via = self.bump.alloc_slice_copy(&via);
        let mark = self.state.mark();
        match spec.place {
            Where::Same => {}
            Where::Detached => {
                if place.kind == Where::Same {
                    place.kind = Where::Detached;
                }
            }
            Where::Root | Where::User => {
                place.privileged |= target.is_empty() || target == "root" || target == "0" || target == "#0";
                if place.kind == Where::Same {
                    place.kind = spec.place;
                }
            }
            Where::Remote => {
                place = Place {
                    kind: Where::Remote,
                    name: target,
                    privileged: false,
                    mounts: &[],
                    root: "",
                    via: place.via,
                };
                self.state.set_cwd(Val::Lit("/home/remote"));
            }
            Where::Container => {
                let mut mounts: Vec<(&'a str, &'a str)> = Vec::new();
                for option in &spec.mounts {
                    for field in call.fields(option) {
                        let text = field.val.show(self.bump);
                        if let Some((here, inside)) = mount_of(text) {
                            mounts.push((self.absolute_or(here), inside));
                        }
                    }
                }
                place = Place {
                    kind: Where::Container,
                    name: target,
                    privileged: place.privileged,
                    mounts: self.bump.alloc_slice_copy(&mounts),
                    root: "",
                    via: place.via,
                };
                let directory = call.fields(spec.directory).first().map_or(Val::Lit("/"), |f| f.val);
                self.state.set_cwd(directory);
            }
            Where::Chroot => {
                place.kind = Where::Chroot;
                place.root = self.absolute_or(target);
                self.state.set_cwd(Val::Lit("/"));
            }
        }
        if spec.place != Where::Container && !spec.directory.is_empty() {
            let fields = call.fields(spec.directory);
            if let Some(field) = fields.first() {
                let cwd = match field.val {
                    Val::Lit(path) => Val::Lit(self.absolute_or(path)),
                    other => other,
                };
                self.state.set_cwd(cwd);
            }
        }
        self.place = self.bump.alloc(place);
        self.wrappers += 1;
        run(self);
        self.wrappers -= 1;
        self.place = before;
        self.leave_subshell(mark);
    }

    fn absolute_or(&self, path: &'a str) -> &'a str {
        self.absolute(path).unwrap_or(path)
    }

    // ── Output ──

    fn output(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>) -> Data<'a> {
        let Some(entry) = call.entry else { return Data::unknown("", Taint::OPAQUE) };
        if entry.name == "bash" && call.operands.is_empty() {
            return Data::unknown("a shell", Taint::OPAQUE | Taint::SHELL);
        }
        if let Some(data) = self.fold(call, stdin) {
            return data;
        }
        match entry.output {
            Output::Unknown => Data::unknown("", stdin.taint | Taint::OPAQUE),
            Output::Nothing => Data::NOTHING,
            Output::Plain => Data { shape: Shape::NonEmpty, ..Data::unknown("", Taint::NONE) },
            Output::Number => Data { shape: Shape::Plain, ..Data::unknown("", Taint::NONE) },
            Output::TempPath => Data { shape: Shape::MadePath, ..Data::unknown("", Taint::TEMPORARY) },
            Output::Network => Data::unknown(self.text_of(call.span), Taint::NETWORK | Taint::OPAQUE),
            Output::Secret => Data::unknown("", Taint::SECRET | Taint::OPAQUE),
            Output::Names => self.names_output(call),
            Output::Processes => {
                let pattern = call.fields("pattern").first().and_then(|f| f.val.lit()).unwrap_or("every process");
                Data { shape: Shape::Plain, ..Data::unknown(pattern, Taint::PROCESSES) }
            }
            Output::Arguments => {
                let taint = call.words.iter().fold(Taint::NONE, |t, f| t | f.val.taint());
                Data::unknown("", taint)
            }
            Output::Stdin | Output::Files => {
                let mut taint = Taint::NONE;
                let mut text = None;
                let mut source = "";
                let mut reads = 0;
                for position in 0..self.facts.effects.len() {
                    let effect = self.facts.effects[position];
                    if effect.call != index || effect.does != Kind::Read {
                        continue;
                    }
                    reads += 1;
                    taint |= self.class_taint(effect.target.classes);
                    source = effect.target.text;
                    if let Some(path) = effect.target.path
                        && let Some(file) = self.state.file(path)
                    {
                        taint = (Taint(taint.0 & !Taint::OPAQUE.0)) | file.data.taint;
                        text = file.data.text;
                        if !file.data.source.is_empty() {
                            source = file.data.source;
                        }
                    }
                }
                if reads == 0 {
                    let mut data = Data { text: None, source: stdin.named(stdin.source), ..*stdin };
                    if stdin.taint.has(Taint::PROCESSES)
                        && let Some(name) = name_filter(call)
                    {
                        data.source = name;
                    }
                    return data;
                }
                if reads > 1 || entry.output == Output::Stdin {
                    text = None;
                }
                Data { text, taint, shape: Shape::Any, source, inherited: false }
            }
        }
    }

    /// `find dir -name x` prints paths below dir that end in x.
    fn names_output(&mut self, call: &Call<'a>) -> Data<'a> {
        let Some(entry) = call.entry else { return Data::unknown("", Taint::NONE) };
        let paths = call.fields("path");
        let filter: Vec<&str> = entry.runs.iter().flat_map(|r| r.filter.iter().copied()).collect();
        if entry.runs.is_empty() || paths.is_empty() {
            let shape = if paths.iter().all(|f| f.val.lit().is_some_and(|t| !t.starts_with(['/', '~']))) {
                Shape::Below
            } else {
                Shape::NonEmpty
            };
            return Data { shape, ..Data::unknown("names", Taint::NONE) };
        }
        let base: Vec<Val<'a>> = paths.iter().map(|f| f.val).collect();
        let base = Val::set(self.bump, &base);
        let val = self.below(call, base, &filter);
        Data { source: "names", ..Data::known(val) }
    }
}

/// The name that `grep name` or `awk '/name/ …'` keeps of a list of processes.
fn name_filter<'a>(call: &Call<'a>) -> Option<&'a str> {
    let literal = |name: &str| call.fields(name).first().and_then(|f| f.val.lit());
    match call.verb {
        "grep" if !call.options.iter().any(|o| o.is("-v")) => literal("pattern").filter(|p| *p != "grep"),
        "awk" => literal("code")?.trim_start().strip_prefix('/')?.split('/').next(),
        _ => None,
    }
}

fn starts_with_dash(field: &Field<'_>) -> bool {
    match field.val {
        Val::Lit(text) => text.starts_with('-') && text.len() > 1,
        Val::Text([Seg::Lit(text), ..]) => text.starts_with('-'),
        _ => false,
    }
}

fn span_of(words: &[Field<'_>]) -> Span {
    match (words.first(), words.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => Span::default(),
    }
}

fn spec_names(
    chain: &[&'static Entry<'static>],
    name: &str,
    abbreviates: bool,
) -> Option<&'static OptionSpec<'static>> {
    for entry in chain.iter().rev() {
        if let Some(spec) = entry.options.iter().find(|o| o.names.contains(&name)) {
            return Some(spec);
        }
    }
    if abbreviates && name.len() > 3 && name.starts_with("--") {
        let mut found: Option<&'static OptionSpec<'static>> = None;
        for spec in chain.iter().rev().flat_map(|e| &e.options) {
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

fn bare_option(chain: &[&'static Entry<'static>], text: &str) -> Option<&'static OptionSpec<'static>> {
    let entry = chain.last()?;
    entry.options.iter().find(|o| o.names.iter().any(|n| *n == text && !n.starts_with('-')))
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

fn assignment<'a>(bump: &'a bumpalo::Bump, field: &Field<'a>) -> Option<(&'a str, Val<'a>)> {
    let segs = field.val.segs(bump);
    let Some(Seg::Lit(start)) = segs.first() else { return None };
    let (name, value) = start.split_once('=')?;
    if name.is_empty()
        || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        || name.as_bytes()[0].is_ascii_digit()
    {
        return None;
    }
    let mut builder = Builder::default();
    builder.push_lit(bump, value);
    builder.push(bump, Val::Text(&segs[1..]));
    Some((name, builder.done(bump)))
}

/// `-v /here:/inside[:ro]`, `--mount type=bind,source=/here,target=/inside`.
fn mount_of(text: &str) -> Option<(&str, &str)> {
    if text.contains('=') && text.contains(',') {
        let part = |keys: &[&str]| {
            text.split(',').find_map(|p| p.split_once('=').filter(|(k, _)| keys.contains(k)).map(|(_, v)| v))
        };
        return Some((part(&["source", "src"])?, part(&["target", "destination", "dst"])?));
    }
    let mut parts = text.split(':');
    let (here, inside) = (parts.next()?, parts.next()?);
    // A bare name is a volume, not a directory of this machine.
    (here.starts_with(['/', '.', '~', '$']) && inside.starts_with('/')).then_some((here, inside))
}
