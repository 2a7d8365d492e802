//! A program is called: its entry says which effects follow, and what the script finds of them later.

use smallvec::SmallVec;

use super::analysis::Analysis;
use super::knowledge::{EffectSpec, Entry, Kind, Recursive, Texts};
use super::paths::{base_name, core};
use super::shell::ast::Span;
use super::state::{File, Var};
use super::target::Look;
use super::value::{Builder, Data, Field, Seg, Shape, Sink, Taint, Val};
use super::{Call, Effect, Target};
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
        if first.glob && self.program_by_pattern(words, settings, stdin, out) {
            return;
        }
        if let Val::Text([Seg::Hole(_)]) = first.val
            && matches!(self.text_of(first.span), "$SHELL" | "${SHELL}" | "\"$SHELL\"" | "$BASH" | "$0" | "\"$0\"")
        {
            // The shell at hand, whichever it is.
            let mut copy = words.to_vec();
            copy[0].val = Val::Lit("bash");
            let copy = self.bump.alloc_slice_copy(&copy);
            return self.external(copy, settings, stdin, out);
        }
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
        let mut call = self.parse_call(program, path, entry, words, span);
        if let Some(entry) = entry.filter(|e| !e.context.is_empty()) {
            call.observed = self.observe(&call, entry, settings);
        }
        let index = self.facts.calls.len() as u32;
        self.facts.calls.push(call);
        for (variable, val) in settings {
            self.setting(variable, *val, first.span, Some(index));
        }
        if program == "git" {
            self.git_settings_in_variables(settings, first.span, index);
        }
        let Some(_) = call.entry else {
            self.no_entry(&call, index, stdin, out);
            return;
        };
        let workspace = self.snapshot.workspace.as_str();
        let own = |p: &str| !workspace.is_empty() && p.starts_with(workspace);
        if path.is_some_and(|p| !p.starts_with('/') || p.contains("/tmp/") || own(p)) {
            // `./rm` has a known name only: its code is the workspace's.
            self.program_file(&call, index, stdin, out);
        }
        // What stands before a command is a variable of whatever it runs.
        let mark = self.state.mark();
        for (variable, val) in settings {
            self.state.set_var(self.bump, variable, Some(Var { exported: true, ..Var::plain(*val) }));
        }
        self.call_effects(&call, index, stdin, out);
        self.leave_subshell(mark);
    }

    fn call_effects(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>, out: &mut Sink<'a>) {
        let Some(entry) = call.entry else { return };
        // What the program itself says of its options holds for its subcommands too.
        if only_asks(call, entry, || self.know.entry(call.program).is_some_and(|e| e.single_dash)) {
            let data = self.output(call, index, stdin);
            out.push(data);
            return;
        }
        for spec in &entry.effects {
            self.effect_spec(call, index, spec, stdin);
        }
        let mut wrapped = false;
        let before = (self.facts.calls.len(), self.facts.effects.len());
        for spec in &entry.runs {
            wrapped |= self.run_spec(call, spec, stdin, out);
        }
        if wrapped {
            self.only_looked(index, before);
        }
        for spec in &entry.code {
            if call.meets(spec.cond.as_deref()) {
                self.code_spec(call, index, spec, stdin, out);
            }
        }
        // Global options hold code too (`git -c core.pager=… log`), and belong to the program itself.
        if entry.name.as_bytes().contains(&b' ')
            && let Some(root) = self.find_entry(call.program).filter(|root| root.name != entry.name)
        {
            for spec in root.code.iter().filter(|s| !s.stdin && s.from.iter().all(|f| f.starts_with('-'))) {
                if call.meets(spec.cond.as_deref()) {
                    self.code_spec(call, index, spec, stdin, out);
                }
            }
        }
        for loaded in &entry.loads {
            self.loaded_file(loaded, call, index);
        }
        if !wrapped {
            self.handed_over(call, index);
        }
        match entry.follows {
            "" => {}
            "git" => {
                wrapped |= self.git_alias(call, stdin, out);
            }
            "manifests" => self.follow_manifests(call, index, stdin),
            _ => self.follow_tasks(call, entry, stdin),
        }
        if !entry.hooks.is_empty() {
            self.git_hooks(call, entry, index);
        }
        if entry.runs.is_empty() {
            self.guess_wrapped(call);
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

    /// Marks the `exec` of a call that runs commands elsewhere, if all that they do is to look.
    fn only_looked(&mut self, index: u32, (calls, effects): (usize, usize)) {
        let places = self.know.places();
        let known = |call: &Call<'_>| call.complete && places.list("looks").any(|verb| verb == call.verb);
        let looks = self.facts.calls[calls..].iter().all(known)
            && self.facts.calls.len() > calls
            && self.facts.effects[effects..].iter().all(|effect| match effect.does {
                Kind::Read | Kind::Query => true,
                Kind::Fetch => effect.target.classes & core::LOOPBACK != 0,
                _ => false,
            });
        if looks {
            for effect in &mut self.facts.effects[..effects] {
                if effect.call == index && effect.does == Kind::Exec {
                    effect.marks = &["looks"];
                }
            }
        }
    }

    /// A shell without anything to run, started by a program that is not one: a way out of whatever confined it, and
    /// with that program's rights (the "shell escape" of editors, pagers, archivers).
    fn bare_shell(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>) {
        let shell = call.entry.is_some_and(|e| e.name == "bash");
        if !shell
            || !call.operands.iter().all(|o| o.field.splits && !self.fills_in())
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

    /// The words come from what a wrapper reads, so they are some, whatever they are.
    fn fills_in(&self) -> bool {
        self.place.via.last().is_some_and(|w| matches!(*w, "xargs" | "parallel" | "fd"))
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
            if self.program_file(call, index, stdin, out) {
                return;
            }
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
        let target = Target { text: call.program, known: true, classes, ..Target::default() };
        let marks: &'a [&'a str] = if call.path.is_some() { &["path"] } else { &["name"] };
        self.effect(Effect { certain: false, marks, ..Effect::new(Kind::Unknown, target, index, call.words[0].span) });
        self.guess(call, index);
        out.push(Data { taint: stdin.taint | Taint::OPAQUE, ..Data::unknown("", Taint::NONE) });
    }

    /// A program given by path: what is known of that file. True if it is a script whose content is known.
    fn program_file(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>, out: &mut Sink<'a>) -> bool {
        let Some(path) = call.path else { return false };
        let target = self.path_target(Val::Lit(path), Look::Not);
        let taint = self.class_taint(target.classes);
        let mark = self.state.mark();
        let arguments: Vec<Val<'a>> = call.words.iter().skip(1).map(|f| f.val).collect();
        self.state.set_arguments(self.bump.alloc_slice_copy(&arguments), true);
        let followed = match target.path {
            Some(path) => self.follow(path, "program", call.words[0].span, stdin, out, index),
            None => false,
        };
        self.leave_subshell(mark);
        if !followed {
            self.opaque(call.words[0].span, "program", path, taint);
        }
        followed
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
        let program = self.bump.alloc_str(base_name(path));
        let call = Call { program, path: Some(path), ..Call::unknown(words, self.place, span) };
        let index = self.facts.calls.len() as u32;
        self.facts.calls.push(call);
        self.program_data(&file.data, words[0].span, stdin, out, index);
        self.state.set_arguments(before, known);
        true
    }

    fn effect_spec(&mut self, call: &Call<'a>, index: u32, spec: &'static EffectSpec<'static>, stdin: &Data<'a>) {
        if !call.meets(spec.cond.as_deref()) {
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
            // An option that is not given carries nothing, and what the program writes is its own.
            if name != "stdin" && call.fields(source_of(name).0).next().is_none() {
                continue;
            }
            let one = if name == "stdin" { *stdin } else { self.data_of(call, name) };
            data |= one.taint;
            written = Some(one);
        }
        let mut marks = self.marks(spec.marks);
        if let Some(mark) = written.and_then(|data| self.harmless_addition(spec.does, &data)) {
            marks = self.bump.alloc_slice_copy(&[marks, &[mark]].concat());
        }
        let mut fields = SmallVec::<[Field<'a>; 4]>::new();
        let mut literal = None;
        for name in &spec.target {
            if let Some(text) = name.strip_prefix('=') {
                literal = Some(text);
            } else if let Some(name) = name.strip_prefix("basename:") {
                // A download takes its name from the address.
                for field in call.fields(name) {
                    let Some(address) = field.val.lit() else { continue };
                    let path = address.split_once("://").map_or(address, |(_, rest)| rest);
                    let path = path.split(['?', '#']).next().unwrap_or(path);
                    if let Some((_, file)) = path.rsplit_once('/').filter(|(_, file)| !file.is_empty()) {
                        fields.push(Field { val: Val::Lit(file), ..field });
                    }
                }
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
                    let target = Target { text: "", known: true, ..Target::default() };
                    self.effect(Effect { recursive, marks, data, ..Effect::new(spec.does, target, index, call.span) });
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
                let one = if filtered { self.below(call, one, spec.filter) } else { one };
                let one = self.below_base(call, spec.base, one);
                if spec.does == Kind::Fetch
                    && let Val::Lit(url) = one
                    && url.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file://"))
                    && let path = &url[7..]
                {
                    // `curl file:///etc/shadow` reads a file of this machine.
                    self.file_data(Val::Lit(path), field.span, true);
                    continue;
                }
                // Whoever names what is deleted decides what is.
                let named = spec.does == Kind::Delete && matches!(one, Val::Text([Seg::Hole(_), ..]));
                let data = if named { data | one.taint() } else { data };
                let target = self.effect_target(spec.does, one);
                // All names below a folder are the folder.
                let all = spec.does == Kind::Delete || marks.contains(&"emptied");
                let recursive = recursive || all && ends_below(one);
                let marks = self.more_marks(spec.does, one, marks);
                self.effect(Effect { recursive, marks, data, ..Effect::new(spec.does, target, index, field.span) });
                self.aftermath(call, spec, target, written);
            }
        }
    }

    /// `path` narrowed to names below it.
    pub fn below<'n>(&mut self, call: &Call<'a>, path: Val<'a>, filter: impl IntoIterator<Item = &'n str>) -> Val<'a> {
        let names: Vec<Val<'a>> = filter
            .into_iter()
            .filter(|f| call.options.iter().any(|o| o.is(*f)) && (f.contains("name") || f.contains("path")))
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
            Kind::Read | Kind::Restore => self.path_target(val, Look::Through),
            Kind::Fetch | Kind::Send | Kind::Tunnel => self.host_target(val),
            // To speak to 0.0.0.0 is to speak to oneself; to listen there is to listen to everybody.
            Kind::Listen => {
                let target = self.host_target(val);
                let all = |text: &str| text.starts_with(':') || super::paths::host_of(text) == "0.0.0.0";
                let everybody = val.lit().is_some_and(all);
                if everybody { Target { classes: target.classes & !core::LOOPBACK, ..target } } else { target }
            }
            // pkill takes a pattern: `^cron$` is cron.
            Kind::Kill => Target {
                text: val.show(self.bump).trim_start_matches('^').trim_end_matches('$'),
                known: val.lit().is_some(),
                ..Target::default()
            },
            _ => Target { text: val.show(self.bump), known: val.lit().is_some(), ..Target::default() },
        }
    }

    /// A path from the directory that an option names.
    fn below_base(&self, call: &Call<'a>, option: &str, path: Val<'a>) -> Val<'a> {
        let folder = call.fields(option).last().and_then(|f| f.val.lit()).filter(|_| !option.is_empty());
        match (folder, path) {
            (Some(folder), Val::Lit(path)) if !path.starts_with(['/', '~']) => {
                Val::Lit(self.bump.alloc_str(&format!("{}/{path}", folder.trim_end_matches('/'))))
            }
            _ => path,
        }
    }

    /// The marks of a pack.
    pub fn marks(&self, marks: Texts<'static>) -> &'a [&'a str] {
        if marks.is_empty() {
            return &[];
        }
        bumpalo::collections::Vec::from_iter_in(marks, self.bump).into_bump_slice()
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
                if spec.marks.contains("directory") {
                    let file =
                        File { data: Data::unknown("", Taint::NONE), same_as: None, link: false, directory: true };
                    self.state.set_file(self.bump, path, Some(file));
                    return;
                }
                if spec.marks.contains("copy") || spec.marks.contains("link") || spec.marks.contains("moved") {
                    self.copied(call, path, spec.marks.contains("link"));
                    return;
                }
                if spec.marks.contains("same") {
                    return;
                }
                let data = match written {
                    Some(data) => data,
                    None => Data::unknown(
                        call.program,
                        if spec.marks.contains("download") { Taint::NETWORK } else { Taint::OPAQUE },
                    ),
                };
                let index = self.facts.calls.len().saturating_sub(1) as u32;
                self.planted(target, &data, call.span, index);
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
        let Some(source) = call.fields("src").next().map(|f| f.val) else { return };
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
        let base = base_name(source_text);
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
    /// The path behind a sign of a value.
    fn behind(&self, val: Val<'a>, sign: char) -> Option<Val<'a>> {
        match val {
            Val::Lit(text) => text.split_once(sign).map(|(_, path)| Val::Lit(path)),
            Val::Text([Seg::Lit(start), rest @ ..]) => {
                let (_, path) = start.split_once(sign)?;
                let mut builder = Builder::default();
                builder.push_lit(self.bump, path);
                builder.push(self.bump, Val::Text(rest));
                Some(builder.done(self.bump))
            }
            _ => None,
        }
    }

    pub fn data_of(&mut self, call: &Call<'a>, name: &str) -> Data<'a> {
        let mut result = Data::NOTHING;
        let (name, how) = source_of(name);
        let is_path = how == Source::Path;
        for field in call.fields(name) {
            let behind = if let Source::After(sign) = how { self.behind(field.val, sign) } else { None };
            let one = match behind.unwrap_or(field.val) {
                path if behind.is_some() => self.file_data(path, field.span, true),
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
}

/// How data is named by a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// It is the word, or the file after a leading `@`.
    Word,
    /// The word is a path.
    Path,
    /// What stands behind the first such sign is a path (`name@file` of curl's `--data-urlencode`, `FILE:path` of socat).
    After(char),
}

/// The operand or option of a `data` item, and how it names data: `file:path`, `field@`, `address:`.
fn source_of(item: &str) -> (&str, Source) {
    match (item.strip_prefix("file:"), item.strip_suffix(['@', ':'])) {
        (Some(name), _) => (name, Source::Path),
        (None, Some(name)) => (name, Source::After(if item.ends_with('@') { '@' } else { ':' })),
        (None, None) => (item, Source::Word),
    }
}

/// Whether a value ends in all names below some folder (`find / | xargs rm`).
fn ends_below(value: Val<'_>) -> bool {
    matches!(value, Val::Text([Seg::Lit(folder), Seg::Hole(hole)]) if hole.shape == Shape::Below && folder.ends_with('/'))
}

/// Whether a call only asks for help or its version: then a program does nothing else. Beside other words only where
/// these could not take the question for their own: not in programs that wrap others or run code.
fn only_asks(call: &Call<'_>, entry: &Entry<'_>, single_dash: impl Fn() -> bool) -> bool {
    let long =
        |word: &str| matches!(word, "--help" | "--version") || matches!(word, "-help" | "-version") && single_dash();
    match (call.options, call.operands) {
        ([only], []) if only.value.is_none() => {
            // `-h` of many programs is a host, of some it halts the machine: those describe it.
            let described = !only.names.is_empty() && !only.is("--help") && !only.is("--version");
            long(only.spelled) || matches!(only.spelled, "-h" | "-V") && !described
        }
        _ if entry.code.is_empty() && entry.runs.is_empty() && !entry.wrapper => {
            call.options.iter().any(|o| o.value.is_none() && long(o.spelled))
        }
        _ => false,
    }
}

pub(super) fn span_of(words: &[Field<'_>]) -> Span {
    match (words.first(), words.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => Span::default(),
    }
}
