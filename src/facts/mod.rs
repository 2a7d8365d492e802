//! What would happen: an action read down to the programs that would run, and their effects on the world.
//!
//! Pure: everything known of the world comes from the [`snapshot::Snapshot`]; what is missing is asked for.

mod analysis;
mod brackets;
mod code;
mod described;
mod dialects;
mod evaluate;
mod files;
mod fold;
mod hidden;
pub mod knowledge;
mod name_words;
mod program;
mod reading;
pub mod shell;
pub mod snapshot;
mod taken_in;
mod targets;
pub mod value;

pub use dialects::placeholders;
pub use reading::{Input, Reading, read};
pub use targets::{globs, paths};

use std::cell::OnceCell;

use bumpalo::Bump;
use knowledge::{Classes, Entry, Kind, Where};
use shell::ast::Span;
use smallvec::SmallVec;
use value::{Field, Taint};

/// What was found out about an action. Every fact points at the words it was read from.
#[derive(Default)]
pub struct Facts<'a> {
    pub sources: Vec<Source<'a>>,
    pub calls: Vec<Call<'a>>,
    pub effects: Vec<Effect<'a>>,
    /// What the shell did by itself (`cd`, `echo`), by its names, each once.
    pub builtins: Vec<&'a str>,
    pub unread: Vec<Unread<'a>>,
    pub opaque: Vec<Opaque<'a>>,
    /// Words that programs are given as passwords.
    pub secrets: Vec<&'a str>,
    /// Where the words of an argv stand in the line that is shown for it.
    pub argv: &'a [(u32, u32)],
    /// Whether the script says for itself where git finds its repository; searched for once.
    names_repository: OnceCell<bool>,
    /// Whether it says something that steers git otherwise; the same.
    steers_git: OnceCell<bool>,
}

impl Facts<'_> {
    /// Whether the script names the repository that git works on by its variables (git(1), "GIT_DIR").
    #[must_use]
    pub fn names_repository(&self) -> bool {
        let names = |text: &str| text.contains("GIT_DIR=") || text.contains("GIT_WORK_TREE=");
        *self.names_repository.get_or_init(|| self.sources.first().is_some_and(|source| names(source.text)))
    }

    /// Whether the script says anything of a list that steers git.
    #[must_use]
    pub fn steers_git(&self, lists: &knowledge::Lists<'_>) -> bool {
        let first = || self.sources.first().is_some_and(|source| lists.named_in("steers-git", source.text));
        *self.steers_git.get_or_init(first)
    }

    /// Whether two spans are the same place: a text may be read twice, as one thing and as another.
    #[must_use]
    pub fn same_place(&self, a: Span, b: Span) -> bool {
        let (mut a, mut b) = (a, b);
        // Each source was made after the one that it stands in.
        while a != b {
            let source = |span: Span| self.sources.get(span.source as usize);
            let (Some(first), Some(second)) = (source(a), source(b)) else { return false };
            let (Some(above), Some(over)) = (first.parent, second.parent) else { return false };
            if (a.start, a.end) != (b.start, b.end) || first.text != second.text || first.origin != second.origin {
                return false;
            }
            (a, b) = (above, over);
        }
        true
    }

    /// Whether it certainly only reads: every call is a program (or an operation on files) that is known with all its
    /// options, and is known to do something that reads; a text tool does no more by being one.
    #[must_use]
    pub fn only_reads(&self) -> bool {
        let reads = |e: &Effect<'_>| matches!(e.does, Kind::Read | Kind::Query);
        self.unread.is_empty()
            && self.opaque.is_empty()
            && self.effects.iter().all(reads)
            && self.calls.iter().enumerate().all(|(index, call)| {
                let known = call.entry.is_some_and(|e| call.complete && e.loads.is_empty());
                let says = || self.effects.iter().any(|e| e.call as usize == index);
                known && (call.entry.is_some_and(|e| e.pack == "text") || says())
                    || call.level == Some(knowledge::Level::Low) && says()
            })
    }
}

/// A text that was read: the input itself, or something found inside it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    pub text: &'a str,
    pub language: &'a str,
    /// The place in another source that this text was found at; the input itself has none.
    pub parent: Option<Span>,
    pub origin: Origin<'a>,
}

impl<'a> Source<'a> {
    /// The file that it is the text of.
    #[must_use]
    pub fn path(&self) -> Option<&'a str> {
        if let Origin::File(path) = self.origin { Some(path) } else { None }
    }

    /// The argument of a tool call that it is.
    #[must_use]
    pub fn pointer(&self) -> Option<&'a str> {
        if let Origin::Argument(pointer) = self.origin { Some(pointer) } else { None }
    }
}

/// What a text is the content of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin<'a> {
    /// The words that it was found in.
    Words,
    /// This file.
    File(&'a str),
    /// This argument of a tool call (RFC 6901, in gate's own form of an action).
    Argument(&'a str),
}

/// One program invocation that would run.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// `git`; empty if it cannot be known.
    pub program: &'a str,
    /// `git push`: the program with its subcommand.
    pub verb: &'a str,
    pub entry: Option<&'static Entry<'static>>,
    pub options: &'a [Opt<'a>],
    pub operands: &'a [Operand<'a>],
    pub words: &'a [Field<'a>],
    pub place: &'a Place<'a>,
    pub span: Span,
    /// Every option is known, or the entry says that the others are harmless.
    pub complete: bool,
    /// The program's question is answered for it.
    pub unasked: bool,
    /// The folder that it runs in, absolute; empty if that is not known.
    pub directory: &'a str,
    /// A path that was given as the program, if it is one (`./tool`).
    pub path: Option<&'a str>,
    /// How risky the catalogue (or the words) of an API operation say it is; none for programs.
    pub level: Option<knowledge::Level>,
    /// Names of where it acts, found outside its words: (name, where found).
    pub observed: &'a [(String, String)],
}

#[derive(Clone, Copy, Debug)]
pub struct Opt<'a> {
    /// As spelled, without its value.
    pub spelled: &'a str,
    /// All names of the option; none if it is not known.
    pub names: knowledge::Names<'static>,
    pub value: Option<Field<'a>>,
    pub span: Span,
    /// Whether it is given cannot be known: what needs it may happen, what it excuses is not excused.
    pub perhaps: bool,
}

impl<'a> Call<'a> {
    /// Its words as one line, with a sign for each that is not known.
    #[must_use]
    pub fn line(&self) -> String {
        self.words.iter().map(|word| word.val.lit().unwrap_or("?")).collect::<Vec<_>>().join(" ")
    }

    /// A call of which no more is known than that it is made.
    #[must_use]
    pub const fn unknown(words: &'a [Field<'a>], place: &'a Place<'a>, span: Span) -> Self {
        Call {
            program: "",
            verb: "",
            entry: None,
            options: &[],
            operands: &[],
            words,
            place,
            span,
            complete: false,
            unasked: false,
            path: None,
            level: None,
            observed: &[],
            directory: "",
        }
    }

    /// The fields that a name of an entry stands for: an operand's name, or an option.
    pub fn fields<'n>(&self, name: &'n str) -> impl Iterator<Item = Field<'a>> + use<'a, 'n> {
        let (operands, options) = (self.operands, self.options);
        let dashed = name.starts_with(['-', '+']) || name.ends_with('=');
        let of_options = dashed || !operands.iter().any(|o| o.name == name);
        let operands = operands.iter().filter(move |o| !of_options && o.name == name).map(|o| o.field);
        // An address may stand as an option, too: `curl --url X`.
        let spelled = move |o: &&Opt<'a>| o.is(name) || name == "url" && o.is("--url");
        operands.chain(options.iter().filter(move |o| of_options && spelled(o)).filter_map(|o| o.value))
    }

    /// Whether the conditions hold for this call.
    #[must_use]
    pub fn meets(&self, cond: Option<&knowledge::Cond<'_>>) -> bool {
        self.meets_beside(cond, |_| false)
    }

    /// The same beside what it says of values that are looked at one by one.
    #[must_use]
    pub fn meets_beside(&self, cond: Option<&knowledge::Cond<'_>>, beside: impl Fn(&str) -> bool) -> bool {
        let matches = |glob: &[u8], text: &str| globs::text(glob, text);
        cond.is_none_or(|cond| self.holds(cond, Values::Some, beside, matches))
    }

    /// Whether an option is given that excuses what it excuses ([`Opt::excuses`]).
    #[must_use]
    pub fn is_excused_by(&self, name: impl AsRef<[u8]>) -> bool {
        self.options.iter().any(|o| o.excuses() && o.is(name.as_ref()))
    }

    /// The same; `matches` says of a glob and a text whether they match.
    #[must_use]
    pub fn holds(
        &self,
        cond: &knowledge::Cond<'_>,
        values: Values,
        beside: impl Fn(&str) -> bool,
        matches: impl Fn(&[u8], &str) -> bool,
    ) -> bool {
        let has = |name: &[u8]| self.options.iter().any(|o| o.is(name));
        if !cond.any.is_empty() && !cond.any.bytes().any(has) {
            return false;
        }
        if !cond.all.bytes().all(has) || cond.none.bytes().any(|name| self.is_excused_by(name)) {
            return false;
        }
        let present = |name: &str| self.fields(name).next().is_some();
        if cond.absent.iter().any(present) || !cond.present.iter().all(present) {
            return false;
        }
        let any = |globs: &knowledge::Globs<'_>, text: &str| {
            globs.possible(knowledge::letters(text.as_bytes())).any(|g| matches(g, text))
        };
        let hit = |(name, globs): &(&str, knowledge::Globs<'_>)| {
            // What lists everything here names it as a pattern does: `git restore $(git ls-files -m)`.
            let meant = |v: value::Val<'_>| match v {
                value::Val::Text([value::Seg::Hole(hole)]) if hole.source == value::EVERYTHING => any(globs, "*"),
                value::Val::Text([value::Seg::Hole(hole)]) if hole.source.starts_with(knowledge::EVERY) => {
                    any(globs, hole.source)
                }
                v => v.lit().is_some_and(|text| any(globs, text)),
            };
            match values {
                Values::Some => self.fields(name).any(|field| field.val.each().any(meant)),
                Values::All => present(name) && self.fields(name).all(|field| field.val.each().all(meant)),
            }
        };
        // `https://api.example.com/zones/$ZONE/dns_records`: what is known of a text may say enough, and how it goes on.
        let partly = |(name, globs): &(&str, knowledge::Globs<'_>)| {
            self.fields(name).any(|field| field.val.with_unknown(paths::UNKNOWN_PART).is_some_and(|t| any(globs, &t)))
        };
        let mut certain = true;
        let held = cond.values.iter().all(|value| {
            hit(value) || {
                certain = false;
                partly(value)
            }
        });
        // `*build*` is in what is known, whatever stands around it; a path may lead elsewhere.
        let within = |(name, globs): &(&str, knowledge::Globs<'_>)| {
            let inside =
                |part: &str| globs.bytes().any(|g| g.starts_with(b"*") && g.ends_with(b"*") && matches(g, part));
            self.fields(name).any(|field| match field.val {
                value::Val::Text(segs) => segs.iter().any(|seg| matches!(seg, value::Seg::Lit(part) if inside(part))),
                _ => false,
            })
        };
        let mut excuses = cond.not_values.iter().filter(|(name, _)| !beside(name));
        // `http://localhost@example.com`, `http://localhost.example.com`: only its name is.
        let pretends = |(name, globs): &(&str, knowledge::Globs<'_>)| {
            let local = globs.bytes().any(|glob| glob.ends_with(b"://localhost*") || glob.ends_with(b"://127.0.0.1*"));
            local
                && self.fields(name).any(|field| field.val.each().any(|val| val.lit().is_some_and(paths::seems_local)))
        };
        // What is near another machine is as far from here as that is: `ssh db1 'curl -X DELETE http://localhost:9200/x'`.
        let elsewhere = self.place.kind == Where::Remote
            || self.place.kind == Where::Running && self.place.via.contains(&"kubectl");
        let there = |(name, globs): &(&str, knowledge::Globs<'_>)| {
            let names_here = |text: &str| ["localhost", "127.0.0.1"].iter().any(|here| text.contains(here));
            elsewhere
                && globs.bytes().any(|glob| std::str::from_utf8(glob).is_ok_and(names_here))
                && self.fields(name).any(|field| field.val.each().any(|val| val.lit().is_some_and(names_here)))
        };
        held && !excuses.any(|value| {
            (hit(value) || !certain && partly(value) || within(value)) && !pretends(value) && !there(value)
        })
    }
}

/// How many values of an option or operand must be meant: one is enough for a rule to fire, an excuse is for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    Some,
    All,
}

impl Opt<'_> {
    #[must_use]
    pub fn is(&self, name: impl AsRef<[u8]>) -> bool {
        let name = name.as_ref();
        self.spelled.as_bytes() == name || self.names.has(name)
    }

    /// Whether what it excuses is excused: it is certainly given, and not taken for a longer one that begins so, which may
    /// be another one that is not described.
    #[must_use]
    pub fn excuses(&self) -> bool {
        !self.perhaps && !self.is_shortened()
    }

    fn is_shortened(&self) -> bool {
        self.spelled.starts_with("--") && self.names.iter().next().is_some() && !self.names.has(self.spelled.as_bytes())
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Operand<'a> {
    pub name: &'a str,
    pub field: Field<'a>,
}

/// Where a call runs, after the wrappers that lead to it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub kind: Where,
    /// Host or container.
    pub name: &'a str,
    /// Elevated to root by a wrapper.
    pub privileged: bool,
    /// What is called localhost there is not this machine: a pod, a container of another machine's Docker.
    pub far: bool,
    /// Directories of this machine inside a container.
    pub mounts: &'a [Shared<'a>],
    /// Paths start here.
    pub root: &'a str,
    /// The wrappers, outermost first.
    pub via: &'a [&'a str],
    /// Variables that are handed over to where this machine's own do not reach.
    pub handed: &'a [(&'a str, value::Val<'a>)],
}

/// A directory that a container shares with this machine.
#[derive(Clone, Copy, Debug)]
pub struct Shared<'a> {
    /// Where it lies on this machine; none: a volume, which is nowhere here.
    pub here: Option<&'a str>,
    /// Where it lies in the container.
    pub inside: &'a str,
    /// Nothing in it can be changed from the container.
    pub read_only: bool,
}

impl Place<'_> {
    pub const HERE: Place<'static> = Place {
        kind: Where::Same,
        name: "",
        privileged: false,
        far: false,
        mounts: &[],
        root: "",
        via: &[],
        handed: &[],
    };

    /// Whether paths mean files of this machine.
    #[must_use]
    pub fn local(&self) -> bool {
        !matches!(self.kind, Where::Remote | Where::Container | Where::Running)
    }
}

/// What a call does.
#[derive(Clone, Copy, Debug)]
pub struct Effect<'a> {
    pub does: Kind,
    pub target: Target<'a>,
    pub recursive: bool,
    pub certain: bool,
    pub marks: &'a [&'a str],
    /// The file that does it when it runs, if it is only written now (`facts::files::planted`); else empty.
    pub later: &'a str,
    /// Where the data that is written, sent or run comes from.
    pub data: Taint,
    pub call: u32,
    pub span: Span,
}

impl<'a> Effect<'a> {
    /// Certain, not recursive, of no data and without marks.
    #[must_use]
    pub const fn new(does: Kind, target: Target<'a>, call: u32, span: Span) -> Self {
        Effect { does, target, recursive: false, certain: true, marks: &[], later: "", data: Taint::NONE, call, span }
    }

    /// Whether it reads a secret.
    #[must_use]
    pub fn reads_secret(&self, vocabulary: &knowledge::Vocabulary<'_>) -> bool {
        let classes = self.target.classes;
        matches!(self.does, Kind::SecretRead | Kind::CredentialRead)
            || self.does == Kind::Read && classes != 0 && classes & vocabulary.classes.of(["secret", "env-file"]) != 0
    }

    /// Gives it one mark more.
    pub fn mark(&mut self, bump: &'a Bump, mark: &'a str) {
        self.marks = with_mark(bump, self.marks, mark);
    }
}

/// Marks, and one more.
#[must_use]
pub fn with_mark<'a>(bump: &'a Bump, marks: &[&'a str], mark: &'a str) -> &'a [&'a str] {
    bump.alloc_slice_fill_iter(marks.iter().copied().chain([mark]).collect::<SmallVec<[&'a str; 8]>>())
}

/// What an effect is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target<'a> {
    /// As people read it.
    pub text: &'a str,
    /// Nothing of it is unknown.
    pub known: bool,
    pub classes: Classes,
    /// Classes that it may have as well.
    pub maybe: Classes,
    /// Absolute, normalised, if it is a path that is fully known.
    pub path: Option<&'a str>,
    /// Where links lead it, if that is elsewhere.
    pub real: Option<&'a str>,
    /// The names that it means, if it is a pattern; absolute.
    pub meant: &'a [&'a str],
}

/// Text that could not be read as what it is.
#[derive(Clone, Copy, Debug)]
pub struct Unread<'a> {
    pub span: Span,
    pub why: &'a str,
    /// Bash itself would reject it, so it never runs.
    pub rejected: bool,
}

/// A program or code whose content is not known.
#[derive(Clone, Copy, Debug)]
pub struct Opaque<'a> {
    pub span: Span,
    pub language: &'a str,
    pub source: &'a str,
    pub from: Taint,
}

impl<'a> Facts<'a> {
    /// The effects since a call began, the last one first.
    pub fn latest(&self, call: u32) -> impl Iterator<Item = &Effect<'a>> {
        self.effects.iter().rev().take_while(move |effect| effect.call >= call)
    }
}

/// What the analysis needs to know about programs.
pub trait Know {
    /// The entry of this exact name (`git`, `git push`).
    fn entry(&self, name: &str) -> Option<&'static Entry<'static>>;
    /// The names of programs that meet a condition, in order.
    fn programs(&self, meets: &dyn Fn(&str) -> bool) -> Vec<&'static str>;
    fn vocabulary(&self) -> &'static knowledge::Vocabulary<'static>;
    /// What the functions of a language do.
    fn functions(&self, language: &str) -> &'static [knowledge::Function<'static>];
    /// What inline code may say as a whole.
    fn signs(&self, language: &str) -> [&'static [knowledge::Sign<'static>]; 2];
    /// What services are asked for by their libraries.
    fn services(&self) -> &[knowledge::Service<'static>];
    /// The services of a library, one bit for each in their order, and its name there.
    fn library(&self, name: &str) -> Option<(knowledge::Of, &'static str)>;
    fn verbs(&self) -> &'static [knowledge::Verb<'static>];
    /// The operations of APIs, a catalogue for each pack blob.
    fn catalogs(&self) -> &'static [knowledge::Catalog<'static>];
    /// Classes of paths that say where data read from them comes from.
    fn provenance(&self) -> &[(Classes, Taint)];
    /// Which paths and hosts are of which target class.
    fn classes(&self) -> &'static knowledge::TargetClasses<'static> {
        &self.vocabulary().classes
    }
    /// Words that stand together.
    fn lists(&self) -> &'static knowledge::Lists<'static> {
        &self.vocabulary().lists
    }
    /// What environment variables do.
    fn variables(&self) -> &'static knowledge::Variables<'static> {
        &self.vocabulary().variables
    }
    /// Which environment a name speaks of.
    fn environments(&self) -> &'static knowledge::Environments<'static> {
        &self.vocabulary().environments
    }
}
