//! What a call does, as the effects of its entry say: on which targets, with which data, and what the script finds of it later.

mod aims;
mod given;
mod marks;
mod packages;
mod place;

pub(in crate::facts) use given::names_stdin;
pub(super) use given::{Source, is_stdin, source_of};

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::knowledge::{EffectSpec, Globs, Kind, Recursive, letters};
use crate::facts::program::bare_shell::runs_what_it_is_given;
use crate::facts::program::filters::narrows;
use crate::facts::shell::ast::Span;
use crate::facts::targets::{Look, globs, path_of_address};
use crate::facts::value::{Data, Field, Seg, Taint, Val};
use crate::facts::{Call, Effect, Target};
use crate::limits;
use aims::Aims;
use place::{alternatives, ends_below};

/// What an entry says of one call, before it is known on what.
struct Doing<'c, 'a> {
    call: &'c Call<'a>,
    /// Which of all calls it is.
    index: u32,
    spec: &'static EffectSpec<'static>,
    recursive: bool,
    marks: &'a [&'a str],
    /// What is written or sent, if the entry says what.
    written: Option<Data<'a>>,
}

impl<'a> Doing<'_, 'a> {
    fn data(&self) -> Taint {
        self.written.map_or(Taint::NONE, |data| data.taint)
    }
}

/// Values with which an effect is none. Of several files and packages each is excused by itself.
struct Excuses {
    spec: &'static EffectSpec<'static>,
    values: &'static [(&'static str, Globs<'static>)],
}

impl Excuses {
    fn of(spec: &'static EffectSpec<'static>) -> Self {
        let each = matches!(
            spec.does,
            Kind::Read
                | Kind::Write
                | Kind::Append
                | Kind::Create
                | Kind::Delete
                | Kind::Move
                | Kind::Fetch
                | Kind::Install
        );
        let values =
            spec.cond.as_deref().filter(|_| each).map_or(Default::default(), |cond| cond.not_values.as_slice());
        Self { spec, values }
    }

    /// Whether each value of an operand or option is asked for by itself.
    fn one_by_one(&self, name: &str) -> bool {
        self.values.iter().any(|(of, _)| *of == name) && self.spec.target.contains(name)
    }

    fn excuse(&self, name: &str, field: &Field<'_>) -> bool {
        let known =
            |globs: Globs<'_>, text: &str| globs.possible(letters(text.as_bytes())).any(|glob| globs::text(glob, text));
        let texts = || field.val.each().filter_map(|value| value.lit());
        let mut excuses = self.values.iter().filter(|(of, _)| *of == name && self.one_by_one(name));
        excuses.any(|(_, globs)| texts().any(|text| known(*globs, text)))
    }
}

impl<'a> Analysis<'a> {
    /// One effect of an entry, on each of its targets.
    pub fn effect_spec(&mut self, call: &Call<'a>, index: u32, spec: &'static EffectSpec<'static>, stdin: &Data<'a>) {
        if spec.does == Kind::DiscardWork
            && matches!(call.verb, "git apply" | "patch")
            && !takes_changes_back(call, stdin.source)
        {
            return;
        }
        let excuses = Excuses::of(spec);
        if !call.meets_beside(spec.cond.as_deref(), |name| excuses.one_by_one(name)) {
            return;
        }
        // First, for most have none of the words that it is aimed at.
        let Some(mut fields) = self.aimed_at(call, spec, stdin, &excuses) else { return };
        let recursive = match &spec.recursive {
            Recursive::No => false,
            Recursive::Yes => true,
            Recursive::With(options) => options.iter().any(|name| call.options.iter().any(|o| o.is(name))),
        };
        let written = self.data_written(call, index, spec, stdin);
        if spec.does == Kind::Elevate && spec.marks.contains("shell") && runs_what_it_is_given(call, stdin) {
            return;
        }
        let marks = self.marks_of_call(call, spec, written);
        let doing = Doing { call, index, spec, recursive, marks, written };
        if fields.is_empty() {
            let target = Target { text: "", known: true, ..Target::default() };
            let data = doing.data();
            return self.effect(Effect { recursive, marks, data, ..Effect::new(spec.does, target, index, call.span) });
        }
        if spec.does == Kind::Install
            && self.state.has_files()
            && fields.iter().any(|field| self.is_package_file(field.val, &["deb"]))
        {
            self.package_scripts(call, index);
        }
        let filtered = narrows(call, spec.filter);
        let mut budget = limits::TARGETS;
        // The same again says nothing new.
        fields.dedup_by(|one, before| one.val == before.val && one.val.lit().is_some());
        for field in &fields {
            for one in field.val.each().flat_map(|one| alternatives(spec.does, one)) {
                if budget == 0 {
                    return self.unread(field.span, MORE, false);
                }
                budget -= 1;
                let one = self.applied_from(spec.does, one, stdin, index);
                let one = if filtered { self.below(call, one, spec.filter) } else { one };
                self.effect_on(&doing, self.below_base(call, spec.base, one), field.span);
            }
        }
    }

    /// What an effect writes or sends, as its entry says. What it is told to read comes first; standard input is read beside
    /// it, or not at all.
    fn data_written(
        &mut self,
        call: &Call<'a>,
        index: u32,
        spec: &'static EffectSpec<'static>,
        stdin: &Data<'a>,
    ) -> Option<Data<'a>> {
        let mut written: Option<Data<'a>> = None;
        for name in &spec.data {
            // An option that is not given carries nothing, and what the program writes is its own.
            if !matches!(name, "stdin" | "output") && call.fields(source_of(name).0).next().is_none() {
                continue;
            }
            let one = match name {
                "stdin" => *stdin,
                // What it would print, put into a file: `openssl base64 -d -out f`.
                "output" => self.output(call, index, stdin),
                // One of several may name it.
                name if names_stdin(call, name) => {
                    Data { taint: stdin.taint | self.data_of(call, name).taint, ..*stdin }
                }
                name => self.data_of(call, name),
            };
            written = Some(match written {
                Some(before) => Data { taint: before.taint | one.taint, ..before },
                None => one,
            });
        }
        // What it reads, by whatever name, is in what it packs or sends.
        if spec.data.iter().any(|item| item.starts_with("file:")) {
            let own = self.reads_of(index).only(Taint::PRIVATE | Taint::SECRET | Taint::WHOLE_WORKSPACE);
            if own != Taint::NONE {
                let read = written.unwrap_or(Data::unknown("", Taint::NONE));
                written = Some(Data { taint: read.taint | own, ..read });
            }
        }
        written
    }

    /// What the words of a call aim an effect at; nothing: at no more than the entry says. None: the whole effect is none.
    fn aimed_at(
        &mut self,
        call: &Call<'a>,
        spec: &'static EffectSpec<'static>,
        stdin: &Data<'a>,
        excuses: &Excuses,
    ) -> Option<Aims<'a>> {
        let mut fields = Aims::new();
        let mut literal = None;
        for name in &spec.target {
            if let Some(text) = name.strip_prefix('=') {
                literal = Some(text);
            } else if let Some((how, word)) = name.split_once(':').filter(|(_, word)| !word.is_empty()) {
                fields.extend(self.aims(call, spec.does, (how, word), stdin)?);
            } else {
                fields.extend(call.fields(name).filter(|field| !excuses.excuse(name, field)));
            }
        }
        if !fields.is_empty() {
            return Some(fields);
        }
        let given = |name: &str| call.fields(name).next().is_some();
        if spec.target.iter().any(|name| excuses.one_by_one(name) && given(name)) {
            return None;
        }
        match literal {
            Some(text) => {
                let val = Val::Lit(self.tilde_expanded(text));
                fields.push(Field { quoted: true, ..Field::new(val, call.span) });
            }
            None if spec.optional && !spec.target.is_empty() => return None,
            None => {}
        }
        Some(fields)
    }

    /// An effect on one target, and what it leaves behind.
    fn effect_on(&mut self, doing: &Doing<'_, 'a>, one: Val<'a>, span: Span) {
        let Doing { call, spec, index, written, .. } = *doing;
        let does = spec.does;
        if does == Kind::Fetch
            && let Val::Lit(url) = one
            && path_of_address(url).is_some()
        {
            // `curl file:///etc/shadow` reads a file of this machine.
            self.file_data(one, span, true);
            return;
        }
        // Whoever names what is deleted decides what is.
        let named = does == Kind::Delete && matches!(one, Val::Text([Seg::Hole(_), ..]));
        let data = if named { doing.data() | one.taint() } else { doing.data() };
        if does == Kind::Delete && one.is_beyond() {
            self.unread(span, MORE, false);
        }
        let target = match does {
            Kind::DiscardWork if spec.marks.contains("file") => self.path_target(one, Look::Not),
            // A link takes the place of the link that is there.
            _ if spec.marks.contains("link") => self.effect_target(Kind::Delete, one, call),
            _ => self.effect_target(does, one, call),
        };
        // All names below a folder are the folder.
        let all = does == Kind::Delete || doing.marks.contains(&"emptied");
        let recursive =
            (doing.recursive || all && ends_below(one, target.classes)) && !self.is_written_file(does, &target);
        let marks = self.marks_of_target(call, does, one, doing.marks);
        if does == Kind::Configure {
            self.chosen_place(call, marks, target.text);
        }
        let whole = does == Kind::Delete && recursive;
        if whole && let Some(path) = self.told_by_its_maker(one) {
            let target = self.path_target(Val::Lit(path), Look::Entry);
            self.effect(Effect { recursive, marks, data, ..Effect::new(does, target, index, span) });
        }
        self.effect(Effect { recursive, marks, data, ..Effect::new(does, target, index, span) });
        if whole {
            for target in self.mounted_below(&target, one) {
                self.effect(Effect { recursive, ..Effect::new(Kind::Delete, target, index, span) });
            }
        }
        // A link is made where it lies, not where it will lead.
        let links = matches!(does, Kind::Write | Kind::Create) && spec.marks.contains("link");
        if links {
            for path in self.put_into(call, one, target) {
                let target = self.path_target(Val::Lit(path), Look::Entry);
                self.effect(Effect { marks, data, ..Effect::new(does, target, index, span) });
            }
        }
        self.aftermath(call, spec, (target, one), written);
        let puts = || ["copy", "moved", "download"].iter().any(|mark| spec.marks.contains(mark));
        if matches!(does, Kind::Write | Kind::Create) && puts() {
            for path in self.put_into(call, one, target) {
                let target = self.path_target(Val::Lit(path), Look::Through);
                self.effect(Effect { marks, data, ..Effect::new(does, target, index, span) });
                if spec.marks.contains("download") {
                    self.aftermath(call, spec, (target, Val::Lit(path)), written);
                }
            }
        }
    }

    /// Notes the project, account or cluster that a call chooses for those behind it.
    fn chosen_place(&mut self, call: &Call<'a>, marks: &[&str], name: &'a str) {
        // A project or an account may be called anything: only production's names say something.
        let strict = || self.know.environments().is_strict(name);
        // Another namespace is none of another cluster.
        let within = ["selects-place", "selects-namespace"].iter().any(|mark| marks.contains(mark));
        if (marks.contains(&"selects-context") || within && strict())
            && let Some(root) = self.find_entry(call.program)
        {
            self.chosen.push((root.context, name));
        } else if marks.contains(&"selects-cluster") {
            self.chosen.push(("kubernetes", name));
        }
    }

    /// Where what a call has read so far comes from.
    pub fn reads_of(&self, index: u32) -> Taint {
        let of_call = self.facts.latest(index);
        let reads = of_call.filter(|effect| effect.call == index && effect.does == Kind::Read);
        reads.fold(Taint::NONE, |taint, read| {
            let own = read.target.path.and_then(|path| self.state.file(path));
            let fetched = own.map_or(Taint::NONE, |file| file.data.taint.only(Taint::NETWORK));
            taint | fetched | self.class_taint(read.target.classes)
        })
    }
}

/// Whether a patch takes back what is changed and not committed, for the command that it comes from shows that: `git diff |
/// git apply -R`, `git diff -R HEAD | patch -p1`. Any other patch is somebody's.
fn takes_changes_back(call: &Call<'_>, command: &str) -> bool {
    let turned = |word: &str| matches!(word, "-R" | "--reverse");
    let shown = |word: &str| {
        turned(word) || matches!(word, "HEAD" | "--binary" | "--no-color" | "--no-ext-diff" | "-U0" | "--")
    };
    let Some(words) = command.strip_prefix("git diff") else { return false };
    words.split_whitespace().all(shown)
        && words.split_whitespace().any(turned) != call.options.iter().any(|o| o.is("-R"))
}
