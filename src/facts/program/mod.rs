//! A program is called: its entry says which effects follow, and what the script finds of them later.

mod background;
mod bare_shell;
pub(super) mod by_value;
mod carried_out;
pub(super) mod context;
mod edited;
pub(super) mod effects;
mod expression;
mod filled;
pub(super) mod filters;
mod git_settings;
pub(super) mod guess;
mod help;
mod inherited;
mod lent;
pub(super) mod loads;
mod looked;
mod names;
mod names_only;
pub(super) mod output;
pub(super) mod own_scripts;
mod processes;
pub(super) mod quoted;
mod requests;
mod reread;
mod secrets;
pub(super) mod settings;
mod several;
pub(super) mod shown;
mod undescribed;
pub(super) mod which;
pub(super) mod words;
pub(super) mod wrapped;

use guess::own_words;
use help::{asks_for_help, only_asks};
use several::word_that_decides;
use undescribed::reads_like_rm;

use smallvec::SmallVec;

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::evaluate::state::Channel;
use crate::facts::evaluate::variable::Var;
use crate::facts::knowledge::Entry;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Field, Sink, Val};

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
        if first.glob && self.program_by_pattern(words, settings, stdin, out) {
            return;
        }
        if (first.val.lit().is_none() || first.val.lit().is_some_and(|name| name.starts_with("/proc/")))
            && self.know.lists().has("shell-at-hand", self.text_of(first.span).trim_matches('"'))
        {
            let shell = self.with_first(words, Field { val: Val::Lit("bash"), ..*first });
            return self.external(shell, settings, stdin, out);
        }
        match first.val.lit() {
            Some(name) => self.known_name(name, words, settings, stdin, out),
            None => self.computed_name(words, settings, stdin, out),
        }
    }

    /// The program's name is not known as a whole.
    fn computed_name(
        &mut self,
        words: &'a [Field<'a>],
        settings: &'a [(&'a str, Val<'a>)],
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) {
        let (first, span) = (words[0], span_of(words));
        if self.overlay_program(first.val, words, settings, span, stdin, out) {
            return;
        }
        if let Some(name) = self.named_in_folder(first.val) {
            self.opaque(first.span, "program", first.val.show(self.bump), first.val.taint());
            let copy = self.with_first(words, Field { val: Val::Lit(name), derived: true, ..first });
            return self.external(copy, settings, stdin, out);
        }
        // Here it may be options, settings or another wrapper as well: `env $(cat .env) rm x`, `sudo "$@" rm x`.
        if let Some(rest) = self.behind_unknown_words(words) {
            self.external(rest, settings, stdin, out);
        }
        self.unknown_program(words, first.val, span, stdin, out);
    }

    /// The program's name is known: which program that is, and whether the line stands for several calls.
    fn known_name(
        &mut self,
        name: &'a str,
        words: &'a [Field<'a>],
        settings: &'a [(&'a str, Val<'a>)],
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) {
        let (first, span) = (words[0], span_of(words));
        // `exec 9< /bin/rm; /proc/self/fd/9 -rf x`
        if let Some(Channel::Read(data)) = self.state.channel_at(name)
            && data.source.starts_with('/')
            && !data.source.starts_with("/dev/")
        {
            let copy = self.with_first(words, Field { val: Val::Lit(data.source), derived: true, ..first });
            return self.external(copy, settings, stdin, out);
        }
        // zsh's `=rm` is the path of rm (zshexpn(1), "`=' expansion").
        let name = name.strip_prefix('=').filter(|rest| self.know.entry(rest).is_some()).unwrap_or(name);
        let (program, path) = match name.rfind('/') {
            Some(slash) => (&name[slash + 1..], Some(name)),
            None => (name, None),
        };
        let program = self.plain_name(program);
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
        // `/etc/init.d/ssh stop` is what `service ssh stop` runs (service(8)).
        if let Some((folder, service)) = path.and_then(|path| path.rsplit_once('/'))
            && let [_, verb] = words
            && self.place.local()
            && self.know.lists().has("folders-of-services", folder)
        {
            let named = |name| Field { val: Val::Lit(name), derived: true, ..first };
            let words = self.bump.alloc_slice_copy(&[named("service"), named(service), *verb]);
            return self.external(words, settings, stdin, out);
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
        let call = self.parse_call(program, path, entry, words, span);
        self.carry_out(call, entry, words, settings, stdin, out);
    }

    /// Carries out one call of one program.
    fn carry_out(
        &mut self,
        mut call: Call<'a>,
        entry: Option<&'static Entry<'static>>,
        words: &'a [Field<'a>],
        settings: &'a [(&'a str, Val<'a>)],
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) {
        let first = words[0];
        if let Some(fewer) = entry.and_then(|root| self.read_otherwise(&call, root, words)) {
            self.reread(fewer, settings, stdin);
        }
        let variables = if call.program == "git" { self.git_variables(settings) } else { SmallVec::new() };
        if call.program == "git" {
            call.options = self.git_options(&call, &variables);
        }
        self.passwords_of(&call, stdin);
        call.unasked |= stdin.text.and_then(|text| text.lit()).is_some_and(says_yes);
        if let Some(entry) = entry.filter(|e| !e.context.is_empty()) {
            call.observed = self.observe(&call, entry, settings);
        }
        let index = self.facts.calls.len() as u32;
        let effects = self.facts.effects.len();
        self.facts.calls.push(call);
        for (variable, val) in settings {
            self.setting(variable, *val, first.span, Some(index));
        }
        if call.program == "git" {
            self.git_files_told(&call, &variables, first.span, index);
        }
        let sources = self.facts.sources.len();
        let Some(_) = call.entry else {
            // Computed from an expansion or a pattern, perhaps wrongly.
            if (first.derived || first.glob) && reads_like_rm(&words[1..]) {
                return self.unknown_program(words, first.val, call.span, stdin, out);
            }
            self.no_entry(&call, index, stdin, out);
            self.told(&call, index, settings, sources);
            self.embedded(&call, settings, index);
            return;
        };
        let workspace = self.snapshot.workspace.as_str();
        let own = |p: &str| !workspace.is_empty() && p.starts_with(workspace);
        if call.path.is_some_and(|p| !p.starts_with('/') || p.contains("/tmp/") || own(p)) {
            // `./rm` has a known name only: its code is the workspace's.
            self.program_file(&call, index, stdin, out);
        }
        // What stands before a command is a variable of whatever it runs.
        let mark = self.state.mark();
        for (variable, val) in settings {
            self.state.set_var(variable, Some(Var { exported: true, ..Var::plain(*val) }));
        }
        self.call_effects(&call, index, stdin, out);
        self.spoofed(words, entry, (index, effects));
        self.cut_path(&call, effects);
        self.carried_out(&call, index, stdin);
        self.secrets_by_value(&call, index, stdin);
        self.secrets_named(&call, index, effects);
        self.secrets_tracked(&call, index);
        self.told(&call, index, settings, sources);
        if entry.is_some_and(|entry| entry.runs.is_empty()) {
            self.embedded(&call, settings, index);
        }
        self.leave_subshell(mark);
    }

    fn call_effects(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>, out: &mut Sink<'a>) {
        let Some(entry) = call.entry else { return };
        // What the program itself says of its options holds for its subcommands too.
        let helps = asks_for_help(call, entry) && !self.know.lists().has("stops-at-operands", entry.pack);
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
        if call.program.ends_with("sum") && self.know.lists().has("checks-digests", call.program) {
            self.verified(call, stdin);
        }
        let mut wrapped = false;
        let mark = self.state.mark();
        if !(entry.runs.is_empty() && entry.code.is_empty())
            && let Some(directory) = self.started_in(call)
        {
            self.state.set_cwd(directory);
        }
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
        self.leave_subshell(mark);
        if self.state.has_files() && entry.name == "bash" {
            self.start_up_files(call, index);
        }
        // Paid for at every call: what is looked at on the disk stands first.
        let looked_at = entry.loads.iter().next().is_some_and(|first| first.starts_with(loads::FROM_DISK));
        if self.state.has_files() || looked_at {
            let root = self.find_entry(call.program).filter(|root| root.name != entry.name);
            for loaded in entry.loads.iter().chain(root.into_iter().flat_map(|root| root.loads.iter())) {
                self.loaded_file(loaded, call, index);
            }
        }
        if !wrapped {
            self.handed_over(call, index);
            self.cleans_first(call, index);
            self.loads_what_was_fetched(call, index);
        }
        let own = own_words(call, wrapped);
        self.written_by_option(call, own, index);
        self.reads_unsaid(call, own, index);
        match entry.follows {
            "" => {}
            "git" => {
                wrapped |= self.git_alias(call, stdin, out);
            }
            "manifests" => self.follow_manifests(call, index, stdin),
            "dockerfile" => self.follow_dockerfile(call, index, stdin),
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
        } else {
            self.lent_to_container(call, entry, index);
        }
        // Of clients that are described by their words alone the rest is guessed.
        if self.know.lists().has("guessed-too", entry.name) {
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
            && self.know.lists().has("prints-what-it-runs", entry.name);
        if !wrapped && !prints {
            let data = self.output(call, index, stdin);
            out.push(data);
        }
    }
}

pub(super) fn span_of(words: &[Field<'_>]) -> Span {
    match (words.first(), words.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => Span::default(),
    }
}

/// Whether a text says yes to each question: `yes |`, `echo y |`.
fn says_yes(text: &str) -> bool {
    !text.is_empty()
        && text.len() < 64
        && text.lines().all(|line| matches!(line.trim(), "y" | "Y" | "yes" | "YES" | "Yes"))
}
