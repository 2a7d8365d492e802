//! The words of a call, read as its entry says: subcommands, options with their values, named operands.

use std::borrow::Cow;

use bumpalo::Bump;
use smallvec::SmallVec;

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::knowledge::{Entry, Names, OptionSpec, OptionValue, RunSpec};
use crate::facts::shell::ast::Span;
use crate::facts::targets::{globs, paths};
use crate::facts::value::{Builder, Field, Seg, Val};
use crate::facts::{Call, Know, Operand, Opt};
use crate::limits;

/// Words that a subcommand may be made of.
const LONGEST_SUBCOMMAND: usize = 4;

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
            program: self.known_as(program, root),
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
            directory: self.state.cwd.lit().filter(|_| self.place.local()).unwrap_or_default(),
        };
        let Some(root) = root else {
            call.complete = false;
            return call;
        };
        let mut reading = Reading::new(self.know, self.bump, root, program, words);
        while let Some(field) = reading.next() {
            let before = reading.options.len();
            reading.word(field);
            // `${DRY:+--dry-run}`, `$flag` that is `-n` or `-v`
            let perhaps = matches!(field.val, Val::Set(_));
            for option in reading.options.iter_mut().skip(before).filter(|_| perhaps) {
                option.perhaps = true;
            }
        }
        let verb = reading.wildcard(program);
        reading.take_back();
        // An alias (`tofu`) is read by the entry of the original.
        let entry = reading.entry();
        call.verb = verb.filter(|verb| *verb != program).unwrap_or(entry.name);
        call.entry = Some(entry);
        if reading.options.len() > limits::OPTIONS {
            self.unread(span, MORE, false);
            reading.options.truncate(limits::OPTIONS);
        }
        self.last_said_otherwise(entry, &mut reading);
        call.options = self.bump.alloc_slice_copy(&reading.options);
        call.operands = self.named(entry, &reading.operands);
        call.complete = entry.complete || !reading.unknown_option;
        call.unasked = entry.unasked.iter().chain(&root.unasked).any(|o| call.options.iter().any(|opt| opt.is(o)));
        call
    }

    /// Puts what an option says in the place of the last operand: `cp -t DIR a b` is `cp a b DIR/`.
    fn last_said_otherwise(&self, entry: &'static Entry<'static>, reading: &mut Reading<'a>) {
        for last in &entry.last {
            if !last.starts_with('-') {
                if let [only] = reading.operands[..] {
                    reading.operands.push(Field::new(Val::Lit(last), only.span));
                }
                return;
            }
            let said = reading.options.iter().rposition(|option| option.is(last) && option.value.is_some());
            if let Some(said) = said
                && let Some(folder) = reading.options.remove(said).value
            {
                let val = match folder.val {
                    // It is a folder, or the call fails.
                    Val::Lit(path) if !path.ends_with('/') && !matches!(path, "" | "." | "..") => {
                        Val::Lit(self.bump.alloc_str(&format!("{path}/")))
                    }
                    val => val,
                };
                reading.operands.push(Field { val, ..folder });
                return;
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

/// A call as far as its words were read.
struct Reading<'a> {
    know: &'a dyn Know,
    bump: &'a Bump,
    words: &'a [Field<'a>],
    /// The word that comes next.
    index: usize,
    /// The entries that describe it: the program's, and those of its subcommands.
    chain: SmallVec<[&'static Entry<'static>; 4]>,
    options: SmallVec<[Opt<'a>; 4]>,
    operands: SmallVec<[Field<'a>; 4]>,
    /// `--` was said: all that follows are operands.
    ended: bool,
    unknown_option: bool,
    /// The program with its subcommands so far, as the entries name them: `docker volume`.
    typed: Cow<'static, str>,
    /// The same as it is typed, where the program goes by another name: `mvn deploy`, where `mvn` is read as other build
    /// tools are.
    alias: Option<String>,
}

impl<'a> Reading<'a> {
    fn new(
        know: &'a dyn Know,
        bump: &'a Bump,
        root: &'static Entry<'static>,
        program: &str,
        words: &'a [Field<'a>],
    ) -> Self {
        Reading {
            know,
            bump,
            words,
            index: 1,
            chain: SmallVec::from_slice(&[root]),
            options: SmallVec::new(),
            operands: SmallVec::new(),
            ended: false,
            unknown_option: false,
            typed: Cow::Borrowed(root.name),
            alias: (program != root.name).then(|| program.to_owned()),
        }
    }

    fn root(&self) -> &'static Entry<'static> {
        self.chain[0]
    }

    /// The entry of the innermost subcommand.
    fn entry(&self) -> &'static Entry<'static> {
        self.chain[self.chain.len() - 1]
    }

    fn next(&mut self) -> Option<Field<'a>> {
        let word = self.words.get(self.index).copied();
        self.index += usize::from(word.is_some());
        word
    }

    fn word(&mut self, field: Field<'a>) {
        let text = match field.val {
            Val::Lit(text) => text,
            // `--data="@$F"`: the option is known, its value is not.
            Val::Text([Seg::Lit(start), ..]) if !self.ended && start.starts_with('-') && start.len() > 1 => {
                return self.open_option(start, field);
            }
            Val::Text([Seg::Lit(start), ..]) if self.entry().assignments && self.assigned(start).is_some() => {
                return self.open_option(start, field);
            }
            // `${X:--rf}`: options unless somebody says otherwise.
            Val::Set(set)
                if !self.ended && set.iter().any(|one| one.lit().is_some_and(|text| text.starts_with('-'))) =>
            {
                set.iter().filter_map(Val::lit).find(|text| text.starts_with('-')).unwrap_or_default()
            }
            _ => return self.operand(field),
        };
        if self.ended || text.len() < 2 || !text.starts_with('-') {
            let taken = !self.ended
                && (self.assignment(text, field)
                    || self.bare_option(text, field)
                    || self.bare_cluster(text, field)
                    || self.subcommand(text));
            if !taken {
                self.operand(field);
            }
        } else if !self.run_by_option(text, field) {
            match text {
                // To find it only ends the options before the paths.
                "--" if self.spec("--").is_none() => self.ended = true,
                _ if text.starts_with("--") || self.single_dash() => self.long_option(text, field),
                _ => self.short_cluster(text, field),
            }
            if self.names_the_program() {
                self.rest_is_wrapped();
            }
        }
    }

    /// `env -S 'A=1 bash' -c x`: the option's text holds the program, so no option of env's follows (env(1), "-S").
    fn names_the_program(&self) -> bool {
        let Some(option @ Opt { value: Some(field), .. }) = self.options.last() else { return false };
        let splits = |run: &RunSpec<'_>| run.assignments && !run.program.is_empty() && option.is(run.program);
        let first = |text: &'a str| text.split_whitespace().find(|word| !word.contains('='));
        self.entry().runs.iter().any(splits)
            && field.val.lit().and_then(first).is_some_and(|word| !word.starts_with('-'))
    }

    /// One more that is given; whether perhaps is said of all that a word gives.
    fn option(&mut self, spelled: &'a str, names: Names<'static>, value: Option<Field<'a>>, span: Span) {
        self.options.push(Opt { spelled, names, value, span, perhaps: false });
    }

    fn rest_is_wrapped(&mut self) {
        self.operands.extend_from_slice(&self.words[self.index..]);
        self.index = self.words.len();
    }

    fn operand(&mut self, field: Field<'a>) {
        self.operands.push(field);
        let entry = self.entry();
        // Whether all words from here on are the wrapped ones.
        let named = entry.args.iter().take_while(|arg| !arg.many).count();
        if entry.wrapper && (!entry.interspersed || self.operands.len() > named) {
            self.rest_is_wrapped();
        }
    }

    /// The name that a word sets, with its sign, and what it is set to: `VERSION=3`. Code that a program is given says
    /// `a = 1` too, and `where("a=1")`; whoever is given some is told no variable but of the environment.
    fn assigned(&self, text: &'a str) -> Option<(&'a str, &'a str)> {
        let at = text.find('=').filter(|at| !text[..*at].contains([' ', '\n', '(', ';', '"', '\'']))?;
        let entry = self.entry();
        let operand = |from: &&str| !from.starts_with('-') && !from.ends_with('=');
        let code = entry.code.iter().any(|code| !code.file && code.from.iter().any(|from| operand(&from)));
        let variable = || text[..at].bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        (!code || variable() && !text.contains([';', '\n', '('])).then(|| text.split_at(at + 1))
    }

    /// `if=/dev/zero` of dd.
    fn assignment(&mut self, text: &'a str, field: Field<'a>) -> bool {
        if !self.entry().assignments || text.starts_with('=') {
            return false;
        }
        let Some((name, value)) = self.assigned(text) else { return false };
        let names = names_of(self.spec(name));
        let value = Some(Field { val: Val::Lit(value), ..field });
        self.option(name, names, value, field.span);
        true
    }

    /// An option without a dash.
    fn bare_option(&mut self, text: &'a str, field: Field<'a>) -> bool {
        // `env - rm x`: a dash by itself is one too.
        if text.len() > 1 && text.starts_with('-') {
            return false;
        }
        let Some(spec) = self.entry().options.find(text) else { return false };
        let value = if spec.value == OptionValue::Required { self.next() } else { None };
        self.option(text, spec.names, value, field.span);
        true
    }

    /// `tar xzf a.tgz`: the letters of options stand first, without a dash.
    fn bare_cluster(&mut self, text: &'a str, field: Field<'a>) -> bool {
        let first = self.operands.is_empty() && self.options.is_empty() && self.index == 2;
        if !self.entry().bare_cluster || !first || text.is_empty() {
            return false;
        }
        let cluster: &'a str = self.bump.alloc_str(&format!("-{text}"));
        if cluster.get(..2).is_none_or(|first| self.spec(first).is_none()) {
            return false;
        }
        // The values of all its letters follow one after the other (tar(1), "Traditional usage").
        let letters = text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]);
        let letters: SmallVec<[(&'a str, Option<OptionSpec<'static>>); 8]> = letters
            .map(|letter| &*self.bump.alloc_str(&format!("-{letter}")))
            .map(|spelled| (spelled, self.spec(spelled)))
            .collect();
        let wants = |spec: &Option<OptionSpec<'_>>| spec.is_some_and(|spec| spec.value == OptionValue::Required);
        if letters.iter().filter(|(_, spec)| wants(spec)).count() < 2 {
            self.short_cluster(cluster, field);
            return true;
        }
        for (spelled, spec) in letters {
            let value = if wants(&spec) { self.next() } else { None };
            self.option(spelled, names_of(spec), value, field.span);
        }
        true
    }

    /// A word that, with those before it, names a subcommand.
    fn subcommand(&mut self, text: &'a str) -> bool {
        if !self.root().subcommands || self.operands.len() >= LONGEST_SUBCOMMAND {
            return false;
        }
        // `docker volume rm`: a subcommand may be several words, of which only the whole is described; and `kubectl create`
        // is another name of an entry, but `kubectl create token` is its own.
        let join = |start: &str| {
            let mut verb = String::with_capacity(64);
            verb.push_str(start);
            for word in self.operands.iter().map_while(|f| f.val.lit()).chain([text]) {
                verb.push(' ');
                verb.push_str(word);
            }
            verb
        };
        let entry = self.entry();
        let spoken = join(&self.typed);
        let by_alias = self.alias.as_ref().map(|start| join(start));
        let original = (self.typed != entry.name && entry.subcommands).then_some(entry.name);
        // What is said of the alias itself comes first.
        let child = by_alias
            .as_ref()
            .and_then(|name| self.know.entry(name))
            .or_else(|| self.know.entry(&spoken))
            .or_else(|| self.know.entry(&join(original?)));
        let Some(child) = child else { return false };
        self.typed = Cow::Owned(spoken);
        self.alias = by_alias;
        self.chain.push(child);
        self.operands.clear();
        true
    }

    /// What `-exec` runs, up to its end: no operands of the program itself.
    fn run_by_option(&mut self, text: &'a str, field: Field<'a>) -> bool {
        let runs = &self.entry().runs;
        let Some(run) = runs.iter().find(|run| !run.until.is_empty() && run.words.contains(text)) else { return false };
        let names = names_of(self.spec(text));
        self.option(text, names, None, field.span);
        let ends = |word: Field<'a>| word.val.lit().is_some_and(|text| run.until.contains(text));
        while self.next().is_some_and(|word| !ends(word)) {}
        true
    }

    /// Whether one dash is enough for a long name.
    fn single_dash(&self) -> bool {
        self.chain.iter().any(|entry| entry.single_dash)
    }

    fn long_option(&mut self, text: &'a str, field: Field<'a>) {
        let (root, entry) = (self.root(), self.entry());
        let single = self.single_dash();
        let key = if single && text.starts_with("--") { &text[1..] } else { text };
        let (name, attached) = match key.find('=') {
            Some(at) => (&key[..at], Some(&key[at + 1..])),
            None => (key, None),
        };
        let spec = self
            .spec(name)
            .or_else(|| if single { self.spec(&text[..text.len() - key.len() + name.len()]) } else { None });
        // `-javaagent:a.jar=x`: some names end with a colon.
        let (name, attached, spec) = match key.find(':').filter(|_| single && spec.is_none()) {
            Some(at) => match self.spec(&key[..at]) {
                Some(known) => (&key[..at], Some(&key[at + 1..]), Some(known)),
                None => (name, attached, spec),
            },
            None => (name, attached, spec),
        };
        if single && spec.is_none() && attached.is_none() && !text.starts_with("--") && text.len() > 2 {
            // find-like programs have no clusters; others may.
            self.unknown_option = true;
            self.option(name, Names::default(), None, field.span);
            return;
        }
        // A switch that is set to false is none (Go's flags: strconv.ParseBool).
        let program = self.words.first().and_then(|word| word.val.lit()).map_or("", paths::base_name);
        if spec.is_some_and(|spec| spec.value == OptionValue::None)
            && matches!(attached, Some("false" | "False" | "FALSE" | "f" | "F" | "0"))
            && self.know.lists().has("switches-take-words", program)
        {
            return;
        }
        let mut value = attached.map(|v| Field { val: Val::Lit(v), ..field });
        // Of few programs all options are described: elsewhere it may be one of its own, and what follows an operand.
        let shortened = |spec: &OptionSpec<'_>| !spec.names.has(name.as_bytes()) && name.starts_with("--");
        let in_whole = spec.is_some_and(|spec| shortened(&spec)) && self.know.lists().has("options-in-whole", program);
        match spec {
            // So it may be both.
            Some(spec) if spec.value == OptionValue::Required && value.is_none() && shortened(&spec) && !in_whole => {
                value = self.words.get(self.index).copied();
            }
            Some(spec) if spec.value == OptionValue::Required && value.is_none() => value = self.next(),
            Some(spec) if spec.value == OptionValue::Pair && value.is_none() => value = self.pair(),
            Some(_) => {}
            None => {
                self.unknown_option = true;
                let takes = root.unknown_takes_value || entry.unknown_takes_value;
                if takes && value.is_none() && self.words.get(self.index).is_some_and(|w| !starts_with_dash(w)) {
                    value = self.next();
                }
            }
        }
        let spelled = spec.filter(|_| in_whole).and_then(|spec| spec.names.iter().next()).unwrap_or(name);
        self.option(spelled, names_of(spec), value, field.span);
    }

    /// `--name=…hole…` or `-n…hole…`.
    fn open_option(&mut self, start: &'a str, field: Field<'a>) {
        let segs = field.val.segs(self.bump);
        let (name, rest) = match start.find('=') {
            Some(at) if start.starts_with("--") || !start.starts_with('-') || self.single_dash() => {
                (if start.starts_with('-') { &start[..at] } else { &start[..=at] }, &start[at + 1..])
            }
            _ if start.starts_with("--") => (start, ""),
            _ if start.len() > 2 && start.is_ascii() => self.flags_before(start, field),
            _ if start.len() > 2 && start.is_char_boundary(2) => (&start[..2], &start[2..]),
            _ => (start, ""),
        };
        let mut builder = Builder::default();
        builder.push_lit(rest);
        builder.push(self.bump, Val::Text(&segs[1..]));
        let value = Field { val: builder.done(self.bump), ..field };
        let names = names_of(self.spec(name));
        self.option(name, names, Some(value), field.span);
    }

    /// `-ti:$PORT`: the letters that take nothing are options of their own. The one that takes a value, and its beginning.
    fn flags_before(&mut self, cluster: &'a str, field: Field<'a>) -> (&'a str, &'a str) {
        let mut at = 1;
        loop {
            let letter = match at {
                1 => &cluster[..2],
                _ => &*self.bump.alloc_str(&format!("-{}", &cluster[at..=at])),
            };
            let rest = &cluster[at + 1..];
            match self.spec(letter).filter(|spec| spec.value == OptionValue::None && !rest.is_empty()) {
                Some(spec) => self.option(letter, spec.names, None, field.span),
                None => return (letter, rest),
            }
            at += 1;
        }
    }

    fn short_cluster(&mut self, text: &'a str, field: Field<'a>) {
        // A whole-word short option of more letters (`-exec`, `-9`) wins over its letters.
        if let Some(spec) = self.spec(text).filter(|_| text.len() > 2) {
            let value = if spec.value == OptionValue::Required { self.next() } else { None };
            self.option(text, spec.names, value, field.span);
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
            let Some(spec) = self.spec(letter) else {
                self.unknown_option = true;
                self.option(letter, Names::default(), None, field.span);
                continue;
            };
            let value = match spec.value {
                OptionValue::None => None,
                OptionValue::Attached => (!rest.is_empty()).then_some(Field { val: Val::Lit(rest), ..field }),
                OptionValue::Required if !rest.is_empty() => Some(Field { val: Val::Lit(without_sign(rest)), ..field }),
                OptionValue::Required => self.next(),
                OptionValue::Pair => self.pair(),
            };
            self.option(letter, spec.names, value, field.span);
            if spec.value != OptionValue::None {
                return;
            }
        }
    }

    /// The next two words as one value.
    fn pair(&mut self) -> Option<Field<'a>> {
        let (first, second) = (self.next()?, self.next()?);
        let mut builder = Builder::default();
        builder.push(self.bump, first.val);
        builder.push_lit(":");
        builder.push(self.bump, second.val);
        Some(Field { val: builder.done(self.bump), ..first })
    }

    /// What is known of an option, by the innermost entry that has it. `--forc` is `--force`, where nothing else begins so
    /// (getopt_long(3), Python's argparse).
    fn spec(&self, name: &str) -> Option<OptionSpec<'static>> {
        if let Some(spec) = self.chain.iter().rev().find_map(|entry| entry.options.find(name)) {
            return Some(spec);
        }
        // One letter says it to git only.
        let shortest = if self.words.first().and_then(|word| word.val.lit()) == Some("git") { 3 } else { 4 };
        if name.len() < shortest || !name.starts_with("--") {
            return None;
        }
        for entry in self.chain.iter().rev() {
            let mut begun = entry.options.iter().filter(|spec| spec.names.iter().any(|known| known.starts_with(name)));
            if let Some(only) = begun.next() {
                return if begun.next().is_some() { None } else { Some(only) };
            }
        }
        None
    }

    /// Subcommands with wildcards (`gcloud ** delete`): of the patterns that the operands match the most telling one, and
    /// what was said for it.
    fn wildcard(&mut self, program: &'a str) -> Option<&'a str> {
        let entry = self.entry();
        if entry.patterns.is_empty() {
            return None;
        }
        let said = |name: &'a str| -> Vec<&'a str> {
            name.split(' ').chain(self.operands.iter().map_while(|f| f.val.lit())).collect()
        };
        let spoken = (said(entry.name), entry.name.split(' ').count());
        // `auth0 roles create`, where `auth0` is read as other platforms are.
        let alias = self.alias.as_ref().filter(|_| entry.name == self.root().name).map(|_| (said(program), 1));
        let mut best: Option<(&'static str, usize, &[&str], usize)> = None;
        for pattern in &entry.patterns {
            // More words, fewer of them wild.
            let weight = pattern.split(' ').map(|w| if w.starts_with('*') { 1 } else { 2 }).sum();
            for (spoken, own) in [Some(&spoken), alias.as_ref()].into_iter().flatten() {
                if let Some(used) = pattern_matches(pattern, spoken)
                    && best.is_none_or(|(_, most, ..)| weight > most)
                {
                    best = Some((pattern, weight, &spoken[..used], used - own));
                }
            }
        }
        let (pattern, _, verb, skip) = best?;
        let child = self.know.entry(pattern)?;
        let verb: &'a str = self.bump.alloc_str(&verb.join(" "));
        self.operands.drain(..skip.min(self.operands.len()));
        self.chain.push(child);
        Some(verb)
    }

    /// Options that were said and taken back: `--dry-run=none`, `--dry-run --no-dry-run`. What contradicts itself was not
    /// said.
    fn take_back(&mut self) {
        let trial = |option: &Opt<'_>| {
            let parts = ["dry", "preview", "simulate", "what-if", "noop", "pretend"];
            // kubectl's `-n` names a namespace.
            option.spelled == "-n" && option.value.is_none()
                || option.is("--dry-run")
                || option.spelled == "--check"
                || parts.iter().any(|part| option.spelled.contains(part))
        };
        let attached = |option: &Opt<'a>| option.value.filter(|value| value.span == option.span)?.val.lit();
        let no = |said: &str| self.know.lists().has("says-no", &said.to_ascii_lowercase());
        // What a variable says may be either.
        let unknown = |option: &Opt<'a>| {
            option.is("--dry-run")
                && option.value.is_some_and(|value| value.span == option.span && value.val.lit().is_none())
        };
        let negative = |option: &Opt<'a>| {
            option.spelled.starts_with("--no-d")
                || option.spelled.starts_with("--nodry")
                || attached(option).is_some_and(no)
                || unknown(option)
        };
        if self.options.iter().any(|option| negative(option) && trial(option)) {
            self.options.retain(|option| !trial(option) || option.spelled.starts_with("--no-"));
        }
    }
}

/// The value that stands behind a letter: some take `-n=1` for `-n1`, and of `cut -d=` the sign is all there is.
fn without_sign(attached: &str) -> &str {
    attached.strip_prefix('=').filter(|rest| !rest.is_empty()).unwrap_or(attached)
}

fn starts_with_dash(field: &Field<'_>) -> bool {
    match field.val {
        Val::Lit(text) => text.starts_with('-') && text.len() > 1,
        Val::Text([Seg::Lit(text), ..]) => text.starts_with('-'),
        _ => false,
    }
}

fn names_of(spec: Option<OptionSpec<'static>>) -> Names<'static> {
    spec.map_or_else(Names::default, |spec| spec.names)
}

/// A pattern of words against those that were spoken; how many of them it takes.
fn pattern_matches(pattern: &str, spoken: &[&str]) -> Option<usize> {
    fn go(pattern: &[&str], spoken: &[&str], used: usize) -> Option<usize> {
        let Some((first, rest)) = pattern.split_first() else { return Some(used) };
        if *first == "**" {
            return (0..=spoken.len().min(5)).find_map(|n| go(rest, &spoken[n..], used + n));
        }
        let (word, others) = spoken.split_first()?;
        let hit = first.split('|').any(|choice| globs::text(choice, word));
        if hit { go(rest, others, used + 1) } else { None }
    }
    let parts: Vec<&str> = pattern.split(' ').collect();
    go(&parts, spoken, 0)
}
