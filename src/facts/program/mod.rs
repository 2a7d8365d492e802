//! A program is called: its entry says which effects follow, and what the script finds of them later.

pub(super) mod aims;
mod background;
mod carried_out;
pub(super) mod context;
mod edited;
pub(super) mod effects;
pub(super) mod filled;
pub(super) mod filters;
pub(super) mod guess;
mod inherited;
pub(super) mod loads;
mod looked;
mod names;
pub(super) mod output;
pub(super) mod own_scripts;
pub(super) mod requests;
mod reread;
mod secrets;
pub(super) mod settings;
pub(super) mod shown;
pub(super) mod which;
pub(super) mod words;
pub(super) mod wrapped;

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::evaluate::invoke::Invocation;
use crate::facts::evaluate::redirect::Channels;
use crate::facts::evaluate::state::Channel;
use crate::facts::evaluate::variable::Var;
use crate::facts::knowledge::{Entry, Kind};
use crate::facts::program::output::says_something;
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::value::{Data, Field, Seg, Sink, Taint, Val};
use crate::facts::{Call, Effect, Opt, Target};

impl<'a> Analysis<'a> {
    /// The words of a call whose program is said by another word.
    pub fn with_first(&self, words: &[Field<'a>], first: Field<'a>) -> &'a [Field<'a>] {
        let copy = self.bump.alloc_slice_copy(words);
        copy[0] = first;
        copy
    }

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
        if let Val::Set(names) = first.val {
            for name in names {
                self.external(self.with_first(words, Field { val: *name, ..*first }), settings, stdin, out);
            }
            return;
        }
        let span = span_of(words);
        if first.glob && self.program_by_pattern(words, settings, stdin, out) {
            return;
        }
        if let Val::Text([Seg::Hole(_)]) = first.val
            && matches!(
                self.text_of(first.span),
                "$SHELL"
                    | "${SHELL}"
                    | "\"$SHELL\""
                    | "$BASH"
                    | "$0"
                    | "\"$0\""
                    | "${0##*-}"
                    | "${0##*/}"
                    | "${0#-}"
                    | "${SHELL##*/}"
            )
        {
            // The shell at hand, whichever it is.
            let copy = self.with_first(words, Field { val: Val::Lit("bash"), ..words[0] });
            return self.external(copy, settings, stdin, out);
        }
        let Some(name) = first.val.lit() else {
            if self.overlay_program(first.val, words, settings, span, stdin, out) {
                return;
            }
            if let Some(name) = self.named_in_folder(first.val) {
                self.opaque(first.span, "program", first.val.show(self.bump), first.val.taint());
                let copy = self.with_first(words, Field { val: Val::Lit(name), derived: true, ..*first });
                return self.external(copy, settings, stdin, out);
            }
            // Here it may be options, settings or another wrapper as well: `env $(cat .env) rm x`, `sudo "$@" rm x`.
            if let Some(rest) = self.behind_unknown_words(words) {
                self.external(rest, settings, stdin, out);
            }
            self.unknown_program(words, first.val, span, stdin, out);
            return;
        };
        // `exec 9< /bin/rm; /proc/self/fd/9 -rf x`
        if let Some(Channel::Read(data)) = self.state.channel_at(name)
            && data.source.starts_with('/')
            && !data.source.starts_with("/dev/")
        {
            let copy = self.with_first(words, Field { val: Val::Lit(data.source), derived: true, ..*first });
            return self.external(copy, settings, stdin, out);
        }
        // zsh's `=rm` is the path of rm (zshexpn(1), "`=' expansion").
        let name = name.strip_prefix('=').filter(|rest| self.know.entry(rest).is_some()).unwrap_or(name);
        let (program, path) = match name.rfind('/') {
            Some(slash) => (&name[slash + 1..], Some(name)),
            None => (name, None),
        };
        if let Some(path) = path
            && self.overlay_program(Val::Lit(path), words, settings, span, stdin, out)
        {
            return;
        }
        if path.is_none()
            && let Some(path) = self.in_search_path(program, settings)
            && self.overlay_program(path, words, settings, span, stdin, out)
        {
            return;
        }
        // What the project keeps under the name of another program is that program in name only.
        let path = path.or_else(|| self.in_own_folder(program, settings));
        let entry = self.find_entry(program);
        // `xterm -e 'make test'`: no program is called so, and who runs it hands it to a shell.
        if entry.is_none() && words.len() == 1 && name.contains(' ') && !self.place.via.is_empty() {
            return self.shell_code(first.val, first.span, stdin, out, u32::MAX);
        }
        // `for v in plan apply; do terraform $v; done`: which of them it is decides what it does.
        if let Some(at) = entry.and_then(|entry| word_that_decides(entry, words))
            && let Val::Set(set) = words[at].val
        {
            for member in set {
                let copy = self.bump.alloc_slice_copy(words);
                copy[at].val = *member;
                self.external(copy, settings, stdin, out);
            }
            return;
        }
        if entry.is_some_and(|entry| entry.chained)
            && let Some(commands) = self.chain_of(words)
        {
            for command in commands {
                self.external(command, settings, stdin, out);
            }
            return;
        }
        let mut call = self.parse_call(program, path, entry, words, span);
        if let Some(fewer) = entry.and_then(|root| self.read_otherwise(&call, root, words)) {
            self.reread(fewer, settings, stdin);
        }
        self.passwords_of(&call, stdin);
        if let Some(entry) = entry.filter(|e| !e.context.is_empty()) {
            call.observed = self.observe(&call, entry, settings);
        }
        let index = self.facts.calls.len() as u32;
        let (sources, effects) = (self.facts.sources.len(), self.facts.effects.len());
        self.facts.calls.push(call);
        for (variable, val) in settings {
            self.setting(variable, *val, first.span, Some(index));
        }
        if program == "git" {
            self.git_settings_in_variables(settings, first.span, index);
        }
        let Some(_) = call.entry else {
            // Computed from an expansion or a pattern, perhaps wrongly.
            if (first.derived || first.glob) && reads_like_rm(&words[1..]) {
                return self.unknown_program(words, first.val, span, stdin, out);
            }
            self.no_entry(&call, index, stdin, out);
            self.told(&call, index, settings, sources);
            self.embedded(&call, settings, index);
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
        self.carried_out(&call, index, stdin);
        self.secrets_named(&call, index, effects);
        self.told(&call, index, settings, sources);
        if entry.is_some_and(|entry| entry.runs.is_empty()) {
            self.embedded(&call, settings, index);
        }
        self.leave_subshell(mark);
    }

    fn call_effects(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>, out: &mut Sink<'a>) {
        let Some(entry) = call.entry else { return };
        // What the program itself says of its options holds for its subcommands too.
        let helps = asks_for_help(call, entry) && !self.know.places().listed("stops-at-operands", entry.pack);
        if helps || only_asks(call, entry, || self.know.entry(call.program).is_some_and(|e| e.single_dash)) {
            let data = self.output(call, index, stdin);
            out.push(data);
            return;
        }
        for spec in &entry.effects {
            self.effect_spec(call, index, spec, stdin);
        }
        self.requested(call, stdin, index);
        if entry.name == "umount" {
            self.unmounted(call);
        }
        self.put_away(call, stdin);
        self.planned_destruction(call, index);
        if call.program.ends_with("sum") && self.know.places().listed("checks-digests", call.program) {
            self.verified(call, stdin);
        }
        let mut wrapped = false;
        let said = out.parts.len();
        let before = self.known_so_far();
        for spec in &entry.runs {
            wrapped |= self.run_spec(call, spec, stdin, out);
        }
        if wrapped {
            self.only_looked(index, &before);
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
        if self.state.has_files() {
            if entry.name == "bash" {
                self.start_up_files(call, index);
            }
            let root = self.find_entry(call.program).filter(|root| root.name != entry.name);
            for loaded in entry.loads.iter().chain(root.into_iter().flat_map(|root| root.loads.iter())) {
                self.loaded_file(loaded, call, index);
            }
        }
        if !wrapped {
            self.handed_over(call, index);
            self.cleans_first(call, index);
            self.written_by_option(call, index);
            self.loads_what_was_fetched(call, index);
        }
        match entry.follows {
            "" => {}
            "git" => {
                wrapped |= self.git_alias(call, stdin, out);
            }
            "manifests" => self.follow_manifests(call, index, stdin),
            "archive" => self.archive(call, stdin),
            _ => self.follow_tasks(call, entry, stdin),
        }
        if call.program == "git" {
            self.repository_settings(call, index);
        }
        if !entry.hooks.is_empty() {
            self.git_hooks(call, entry, index);
        }
        if entry.runs.is_empty() {
            self.guess_wrapped(call);
        }
        // Of clients that are described by their words alone the rest is guessed.
        if self.know.places().listed("guessed-too", entry.name) {
            self.guess(call, index);
        }
        self.bare_shell(call, index, stdin);
        if !entry.env.is_empty() && self.state.var(entry.env).is_some_and(|v| v.val != Val::EMPTY) {
            self.arguments_from_variable(call, stdin);
        }
        // A shell prints what its commands do.
        let prints = out.parts.len() > said
            && self.state.var("BASH_ENV").is_none()
            && !call.options.iter().any(|o| o.is("-s"))
            && self.know.places().listed("prints-what-it-runs", entry.name);
        if !wrapped && !prints {
            let data = self.output(call, index, stdin);
            out.push(data);
        }
    }

    /// A shell without anything to run, started by a program that is not one: a way out of whatever confined it, and
    /// with that program's rights (the "shell escape" of editors, pagers, archivers).
    fn bare_shell(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>) {
        let shell = call.entry.is_some_and(|e| matches!(e.name, "bash" | "elvish"));
        // Whoever types there has all that a shell has: `sudo python3`.
        let asked = |o: &Opt<'a>| matches!(o.spelled, "-i" | "-a" | "-q" | "--interactive" | "-NoProfile" | "-nologo");
        let prompt = self.place.privileged
            && self.place.local()
            && stdin.inherited
            && call.options.iter().all(asked)
            && (call.operands.is_empty() || call.verb == "script")
            && self.know.places().listed("interactive", call.program);
        if prompt {
            self.plain_effect(Kind::Elevate, "root", index, call.span, Taint::NONE, &["shell"]);
        }
        if !shell
            || !call.operands.iter().all(|o| o.field.splits && !self.fills_in())
            || call.options.iter().any(|o| o.is("-c") || o.is("-n") || o.value.is_some())
            || !self.place.local()
        {
            return;
        }
        // `sh < $(tty)`, `sh < /dev/tty`
        let typed = stdin.inherited || stdin.source.contains("tty");
        if !typed && !matches!(stdin.text, Some(Val::Lit(""))) {
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
            let parts =
                shell_words::split(text).unwrap_or_else(|_| text.split_whitespace().map(str::to_owned).collect());
            let extra: Vec<Field<'a>> =
                parts.iter().map(|w| Field::new(Val::Lit(self.bump.alloc_str(w)), call.words[0].span)).collect();
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

    /// The commands of a chain, each with the program's own word before it (tmux(1), "PARSING SYNTAX"); none if it is one.
    fn chain_of(&self, words: &[Field<'a>]) -> Option<Vec<&'a [Field<'a>]>> {
        let last = |word: &Field<'a>| {
            let text = word.val.lit().filter(|text| text.ends_with(';') && !text.ends_with("\\;"))?;
            Some(text.trim_end_matches(';'))
        };
        let (first, rest) = words.split_first()?;
        rest.iter().find_map(last)?;
        let commands = rest.split_inclusive(|word| last(word).is_some()).map(|command| {
            let mut command = command.to_vec();
            if let Some((word, text)) = command.last().copied().and_then(|word| Some((word, last(&word)?))) {
                command.pop();
                if !text.is_empty() {
                    command.push(Field { val: Val::Lit(text), ..word });
                }
            }
            command.insert(0, *first);
            &*self.bump.alloc_slice_copy(&command)
        });
        Some(commands.collect())
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
        if reads_like_rm(&words[1..]) {
            // Whatever name it comes to: there is one program that is called so.
            let copy = self.with_first(words, Field { val: Val::Lit("rm"), derived: true, ..words[0] });
            self.external(copy, &[], stdin, out);
            return;
        }
        if name.is_beyond() {
            self.unread(words[0].span, MORE, false);
        }
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
        } else if let Some(body) = self.state.function("command_not_found_handle") {
            // bash(1), "COMMAND EXECUTION": it is given the words.
            let words: Vec<Field<'a>> = std::iter::once(call.words[0]).chain(call.words.iter().copied()).collect();
            let words = self.bump.alloc_slice_copy(&words);
            self.function(body, &Invocation { words, settings: &[], stdin, channels: &Channels::default() }, out);
            return;
        } else if !call.program.is_ascii() && call.program.chars().any(char::is_alphabetic) {
            self.plain_effect(Kind::Hidden, call.program, index, call.words[0].span, Taint::NONE, &["lookalike"]);
        }
        let (mut classes, mut of_operands, mut behind_option) = (0, 0, false);
        for field in call.words.iter().skip(1) {
            if let Val::Lit(text) = field.val
                && (text.starts_with('/') || text.starts_with("~/"))
            {
                let found = self.path_target(field.val, Look::Not).classes;
                classes |= found;
                // `--key ~/.ssh/id_ed25519`: it proves itself with that.
                of_operands |= if behind_option { 0 } else { found };
            }
            behind_option = field.val.lit().is_some_and(|text| text.starts_with('-') && !text.contains('='));
        }
        let target = Target { text: call.program, known: true, classes, ..Target::default() };
        let marks: &'a [&'a str] = if call.path.is_some() { &["path"] } else { &["name"] };
        self.effect(Effect { certain: false, marks, ..Effect::new(Kind::Unknown, target, index, call.words[0].span) });
        // `of=/dev/sdb`, `location=/dev/sda`: what is written there is no file.
        for field in call.words.iter().skip(1) {
            let Some((name, path)) = field.val.lit().and_then(|word| word.split_once('=')) else { continue };
            if !path.starts_with("/dev/") || !self.know.places().listed("named-outputs", name.trim_start_matches('-')) {
                continue;
            }
            let target = self.path_target(Val::Lit(path), Look::Not);
            if target.classes & self.know.places().classes(["device"]) != 0 {
                self.effect(Effect::new(Kind::Write, target, index, field.span));
            }
        }
        // `sudo x --version` asks it what it is.
        let asks = matches!(call.words, [_, only] if only.val.lit().is_some_and(|word| {
            matches!(word, "--version" | "--help" | "-V" | "-h" | "-v" | "version" | "help" | "status" | "list")
        }));
        if !asks && (self.place.privileged || of_operands != 0) {
            let target = Target { classes: of_operands, ..target };
            // What it does is not known; that it runs there is.
            let marks: &'a [&'a str] = if call.path.is_some() { &["unknown", "path"] } else { &["unknown"] };
            self.effect(Effect { marks, ..Effect::new(Kind::Execute, target, index, call.words[0].span) });
        }
        self.guess(call, index);
        self.handed_over(call, index);
        self.cleans_first(call, index);
        self.loads_what_was_fetched(call, index);
        self.carried_out(call, index, stdin);
        let says = |text: Option<Val<'a>>| text.is_some_and(|text| text.each().all(says_something));
        let written = |word: &Field<'a>| {
            let file = word.val.lit().and_then(|name| self.absolute(name)).and_then(|path| self.state.file(path));
            says(file.and_then(|file| file.data.text))
        };
        let given = says(stdin.text) || self.state.has_files() && call.words.iter().skip(1).any(written);
        let taint = stdin.taint | Taint::OPAQUE | if given { Taint::REWORKED } else { Taint::NONE };
        out.push(Data::unknown("", taint));
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
            if self.hides(path) {
                self.code_effect(path, taint, index, call.words[0].span);
            }
        }
        followed
    }
}

/// `-rf path`, `-r -f path`: the words of a call of rm, whose name is hidden.
fn reads_like_rm(words: &[Field<'_>]) -> bool {
    let options = words.iter().map_while(|word| word.val.lit()?.strip_prefix('-'));
    // `--` ends them, and is none.
    let letters: String = options.clone().filter(|option| *option != "-").collect();
    let given = options.count();
    given < words.len()
        && letters.len() < 5
        && letters.contains(['r', 'R'])
        && letters.contains('f')
        && letters.bytes().all(|b| matches!(b, b'r' | b'R' | b'f' | b'v' | b'd'))
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
        _ if entry.code.iter().all(|code| !code.stdin && code.from.iter().all(|from| from.starts_with('-')))
            && entry.runs.is_empty()
            && !entry.wrapper =>
        {
            // BSD's programs take what stands behind an operand for another one (getopt(3)): `rm -rf ~ --help`.
            let verb = |name: &str| matches!(name, "verb" | "object" | "action" | "command" | "group" | "kind");
            let asked = call.options.iter().find(|o| o.value.is_none() && long(o.spelled));
            let mut operands = call.operands.iter().skip_while(|o| verb(o.name));
            asked.is_some_and(|asked| operands.all(|o| o.field.span.start > asked.span.start))
        }
        _ => false,
    }
}

/// Whether a call is a command's name and the question what it does: `kubectl delete --help`, `aws s3 rb help`.
fn asks_for_help(call: &Call<'_>, entry: &Entry<'_>) -> bool {
    let [_, verbs @ .., last] = call.words else { return false };
    let plain = |word: &Field<'_>| {
        word.val.lit().is_some_and(|text| {
            text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-' | b'_'))
        })
    };
    let asks = match last.val.lit() {
        Some("--help") => true,
        Some("help") => call.program == "aws" && verbs.len() > 1,
        _ => false,
    };
    // A recipe may be given the word (just(1)).
    let own = matches!(entry.follows, "" | "manifests" | "compose" | "git");
    asks && own && !verbs.is_empty() && verbs.iter().all(plain) && entry.runs.is_empty() && !entry.wrapper
}

pub(super) fn span_of(words: &[Field<'_>]) -> Span {
    match (words.first(), words.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => Span::default(),
    }
}

/// Words before a word that may say which subcommand it is.
const LONGEST_VERB: usize = 4;

/// The first word that is one of several, if it may name a subcommand or the code that runs, or if effects ask what it
/// says.
fn word_that_decides(entry: &Entry<'_>, words: &[Field<'_>]) -> Option<usize> {
    let at = words.iter().position(|word| matches!(word.val, Val::Set(_)))?;
    // `for o in -i -rf; do rm $o x; done`, `--data=@$d`, `of=$d`
    let assigned = |text: &str| text.find('=').is_some_and(|end| entry.options.find(&text[..=end]).is_some());
    let option = |text: &str| text.starts_with('-') || entry.assignments && assigned(text);
    let begins = |one: Val<'_>| match one {
        Val::Lit(text) => option(text),
        Val::Text([Seg::Lit(text), ..]) => option(text),
        _ => false,
    };
    if words[at].val.each().any(begins) {
        return Some(at);
    }
    let dashed = |word: &Field<'_>| word.val.lit().is_some_and(|text| text.starts_with('-'));
    let before = words[1..at].iter().filter(|word| !dashed(word)).count();
    let conditions = || {
        let effects = entry.effects.iter().map(|spec| &spec.cond);
        effects.chain(entry.code.iter().map(|spec| &spec.cond)).filter_map(|cond| cond.as_deref())
    };
    let asked = |name: &str| conditions().any(|cond| cond.values.iter().any(|(of, _)| *of == name));
    let code = |name: &str| entry.code.iter().any(|spec| spec.file && spec.from.contains(name));
    let argument = entry.args.get(before);
    let by_argument = argument.is_some_and(|argument| !argument.many && asked(argument.name) || code(argument.name));
    // `--context $v`
    let option = words[at - 1].val.lit().filter(|_| dashed(&words[at - 1])).and_then(|name| entry.options.find(name));
    let by_option = option
        .is_some_and(|option| option.names.iter().any(|name| asked(name) || entry.context_options.contains(name)));
    let decides =
        entry.subcommands && before < LONGEST_VERB || by_argument || by_option || entry.bare_cluster && at == 1;
    decides.then_some(at)
}
