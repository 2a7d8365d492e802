//! What a word is worth before it runs: text, text with holes, or one of several.

mod printed;

use bumpalo::Bump;
pub use printed::{Printed, Sink, is_nothing};
use smallvec::SmallVec;

use crate::facts::knowledge::{EVERY, ORIGINS};
use crate::facts::shell::ast::Span;
use crate::limits::{VALUES, WORD};

/// Where data comes from, as far as it matters. A set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taint(pub u32);

impl Taint {
    pub const NONE: Taint = Taint(0);
    pub const NETWORK: Taint = Taint(1);
    pub const SECRET: Taint = Taint(2);
    /// Somebody's or something's output that we do not know.
    pub const OPAQUE: Taint = Taint(4);
    pub const TEMPORARY: Taint = Taint(8);
    pub const WORKSPACE: Taint = Taint(16);
    /// Was decoded from something unreadable (base64, hex), and is not known.
    pub const DECODED: Taint = Taint(32);
    pub const SYSTEM: Taint = Taint(64);
    /// Private data that is no credential: a user's or the system's files.
    pub const PRIVATE: Taint = Taint(128);
    /// A variable whose name says that it holds a secret.
    pub const SECRET_VARIABLE: Taint = Taint(256);
    /// Was encoded here (base64, hex).
    pub const ENCODED: Taint = Taint(512);
    /// The list of processes, or a part of it.
    pub const PROCESSES: Taint = Taint(1024);
    /// What a shell prints that was started without anything to run.
    pub const SHELL: Taint = Taint(2048);

    /// What a program made of words that the script says itself, and is not known.
    pub const REWORKED: Taint = Taint(4096);

    /// `$0`: where the script that runs lies, and what is made of that.
    pub const OWN_SCRIPT: Taint = Taint(8192);

    /// What a store of secrets was asked for.
    pub const STORE: Taint = Taint(16384);

    /// All of the workspace's files.
    pub const WHOLE_WORKSPACE: Taint = Taint(32768);

    /// What anybody may have written: in a title, a comment, the message of a commit.
    pub const STRANGERS: Taint = Taint(65536);

    #[must_use]
    pub fn without(self, other: Taint) -> Taint {
        Taint(self.0 & !other.0)
    }

    #[must_use]
    pub fn only(self, other: Taint) -> Taint {
        Taint(self.0 & other.0)
    }

    #[must_use]
    pub fn has(self, other: Taint) -> bool {
        self.0 & other.0 != 0
    }

    /// What a word for it in rules means (`from = …`).
    #[must_use]
    pub fn bit(word: &str) -> Option<Taint> {
        const BITS: [Taint; ORIGINS.len()] = [
            Taint::NETWORK,
            Taint::SECRET,
            Taint::OPAQUE,
            Taint::TEMPORARY,
            Taint::WORKSPACE,
            Taint::DECODED,
            Taint::SYSTEM,
            Taint::PRIVATE,
            Taint::ENCODED,
            Taint::SHELL,
            Taint::REWORKED,
            Taint::SECRET_VARIABLE,
            Taint::WHOLE_WORKSPACE,
        ];
        ORIGINS.iter().position(|known| *known == word).map(|at| BITS[at])
    }
}

impl std::ops::BitOr for Taint {
    type Output = Taint;
    fn bitor(self, other: Taint) -> Taint {
        Taint(self.0 | other.0)
    }
}

impl std::ops::BitOrAssign for Taint {
    fn bitor_assign(&mut self, other: Taint) {
        self.0 |= other.0;
    }
}

/// The variable whose value stands in the place of `$NAME`, `${NAME}` or `"$NAME"`; none of anything more than its name.
#[must_use]
pub fn variable_name(source: &str) -> Option<&str> {
    let name = source.trim_matches('"').strip_prefix('$')?;
    let name = match name.strip_prefix('{') {
        Some(inner) => inner.strip_suffix('}')?,
        None => name,
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (!name.is_empty() && name.bytes().all(plain)).then_some(name)
}

/// The words of a text that may be names of variables.
pub fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
}

/// What is known of the text that fills a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Anything, also nothing.
    Any,
    /// Anything but nothing.
    NonEmpty,
    /// Digits, a date, a hash: no slash, no blank.
    Plain,
    /// The path of a file or directory just made by `mktemp`.
    MadePath,
    /// A name below the current directory (the results of `find .`, `git ls-files`, `basename`).
    Below,
}

/// A part of a word that cannot be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole<'a> {
    /// What stands there in the source: `$DIR`, `$(…)`.
    pub source: &'a str,
    pub shape: Shape,
    pub taint: Taint,
}

impl Hole<'_> {
    #[must_use]
    pub fn maybe_empty(&self) -> bool {
        self.shape == Shape::Any
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seg<'a> {
    Lit(&'a str),
    Hole(Hole<'a>),
}

/// The value of a word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Val<'a> {
    Lit(&'a str),
    /// Text with at least one hole.
    Text(&'a [Seg<'a>]),
    /// One of several (never nested, at least two).
    Set(&'a [Val<'a>]),
}

/// The source of a value that may be one of more than are followed.
pub const MANY: &str = "many values";

/// The source of a value that is each name in the folder at hand (`ls`, `find .`, `git ls-files`).
pub const EVERYTHING: &str = "everything here";

/// What a part that is not known counts as, in bytes of a text.
const HOLE: usize = 16;

/// The source of a text that is longer than is kept.
pub const LONG: &str = "a very long text";

impl<'a> Val<'a> {
    /// Among the values of an element: it is perhaps not there. Never more than that.
    pub const ABSENT: Val<'a> = Val::Text(&[]);

    /// The same without what says that it is perhaps not there.
    #[must_use]
    pub fn present(self, bump: &'a Bump) -> Val<'a> {
        match self {
            Val::Set(several) if several.contains(&Val::ABSENT) => {
                let there: Vec<Val<'a>> = several.iter().copied().filter(|one| *one != Val::ABSENT).collect();
                Val::set(bump, &there)
            }
            other => other,
        }
    }

    /// It with more behind it.
    #[must_use]
    pub fn followed_by(self, bump: &'a Bump, more: Val<'a>) -> Val<'a> {
        let mut builder = Builder::default();
        builder.push(bump, self);
        builder.push(bump, more);
        builder.done(bump)
    }

    /// Whether it is perhaps not there.
    #[must_use]
    pub fn is_perhaps_absent(&self) -> bool {
        matches!(self, Val::Set(several) if several.contains(&Val::ABSENT))
    }

    /// Whether a part of it is known to the script, but beyond the bounds: what may be anything must not run unseen.
    #[must_use]
    pub fn is_beyond(&self) -> bool {
        let beyond = |seg: &Seg<'_>| matches!(seg, Seg::Hole(hole) if matches!(hole.source, MANY | LONG));
        matches!(self, Val::Text(segs) if segs.iter().any(beyond))
    }

    pub const EMPTY: Val<'static> = Val::Lit("");

    #[must_use]
    pub fn hole(bump: &'a Bump, source: &'a str, shape: Shape, taint: Taint) -> Val<'a> {
        Val::Text(bump.alloc_slice_copy(&[Seg::Hole(Hole { source, shape, taint })]))
    }

    /// The text, if it is known.
    #[must_use]
    pub fn lit(&self) -> Option<&'a str> {
        match self {
            Val::Lit(text) => Some(text),
            Val::Text(_) | Val::Set(_) => None,
        }
    }

    /// The alternatives: itself, or the members of the set.
    pub fn each(&self) -> impl Iterator<Item = Val<'a>> + use<'a> {
        let (one, many): (Option<Val<'a>>, &'a [Val<'a>]) = match self {
            Val::Set(set) => (None, set),
            other => (Some(*other), &[]),
        };
        one.into_iter().chain(many.iter().copied())
    }

    #[must_use]
    pub fn segs(&self, bump: &'a Bump) -> &'a [Seg<'a>] {
        match self {
            Val::Lit(text) => bump.alloc_slice_copy(&[Seg::Lit(text)]),
            Val::Text(segs) => segs,
            Val::Set(set) => set.first().map_or(&[], |v| v.segs(bump)),
        }
    }

    #[must_use]
    pub fn taint(&self) -> Taint {
        match self {
            Val::Lit(_) => Taint::NONE,
            Val::Text(segs) => segs.iter().fold(Taint::NONE, |t, s| match s {
                Seg::Lit(_) => t,
                Seg::Hole(hole) => t | hole.taint,
            }),
            Val::Set(set) => set.iter().fold(Taint::NONE, |t, v| t | v.taint()),
        }
    }

    #[must_use]
    pub fn maybe_empty(&self) -> bool {
        match self {
            Val::Lit(text) => text.is_empty(),
            Val::Text(segs) => segs.iter().all(|s| match s {
                Seg::Lit(text) => text.is_empty(),
                Seg::Hole(hole) => hole.maybe_empty(),
            }),
            Val::Set(set) => set.iter().any(Val::maybe_empty),
        }
    }

    /// With every hole known to be filled.
    #[must_use]
    pub fn filled(&self, bump: &'a Bump) -> Val<'a> {
        match self {
            Val::Lit(_) => *self,
            Val::Text(segs) => Val::Text(bump.alloc_slice_fill_iter(segs.iter().map(|s| match s {
                Seg::Hole(hole) if hole.shape == Shape::Any => Seg::Hole(Hole { shape: Shape::NonEmpty, ..*hole }),
                other => *other,
            }))),
            Val::Set(set) => {
                let kept: Vec<Val<'a>> = set.iter().filter(|v| v.lit() != Some("")).map(|v| v.filled(bump)).collect();
                Val::set(bump, &kept)
            }
        }
    }

    /// One of both, or whichever is known: what is known counts.
    #[must_use]
    pub fn either(bump: &'a Bump, one: Option<Val<'a>>, other: Option<Val<'a>>) -> Option<Val<'a>> {
        match (one, other) {
            (Some(one), Some(other)) => Some(Val::set(bump, &[one, other])),
            (one, other) => one.or(other),
        }
    }

    /// One value out of several; too many become one that is not known.
    #[must_use]
    pub fn set(bump: &'a Bump, values: &[Val<'a>]) -> Val<'a> {
        // What is one of several already has its place.
        if let [set @ Val::Set(_)] = values {
            return *set;
        }
        let mut out: Vec<Val<'a>> = Vec::with_capacity(values.len());
        for value in values.iter().flat_map(Val::each) {
            if !out.contains(&value) {
                out.push(value);
            }
        }
        match out.as_slice() {
            [] => Val::EMPTY,
            [one] => *one,
            many if many.len() > 4 * VALUES => {
                let taint = many.iter().fold(Taint::NONE, |t, v| t | v.taint());
                Val::hole(bump, MANY, Shape::Any, taint)
            }
            many => Val::Set(bump.alloc_slice_copy(many)),
        }
    }

    /// The same, for a caller without the arena.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Val::Lit(text) => (*text).to_owned(),
            Val::Text(segs) => segs
                .iter()
                .map(|s| match s {
                    Seg::Lit(t) => *t,
                    Seg::Hole(h) => h.source,
                })
                .collect(),
            Val::Set(set) => set.first().map_or_else(String::new, Val::text),
        }
    }

    /// A text of which a part is not known, with `unknown` in that part's place.
    #[must_use]
    pub fn with_unknown(&self, unknown: &str) -> Option<String> {
        let Val::Text(segs) = self else { return None };
        let known = |seg: &Seg<'a>| match seg {
            Seg::Lit(text) => *text,
            Seg::Hole(_) => unknown,
        };
        Some(segs.iter().map(known).collect())
    }

    /// The text as people may read it: holes as they stand in the source.
    #[must_use]
    pub fn show(&self, bump: &'a Bump) -> &'a str {
        match self {
            Val::Lit(text) => text,
            Val::Text(segs) => {
                let mut out = bumpalo::collections::String::new_in(bump);
                for seg in *segs {
                    out.push_str(match seg {
                        Seg::Lit(text) => text,
                        Seg::Hole(hole) => hole.source,
                    });
                }
                out.into_bump_str()
            }
            Val::Set(set) => set.first().map_or("", |v| v.show(bump)),
        }
    }
}

/// The parts of a word while it is built; few need memory of their own.
type Segs<'a> = SmallVec<[Seg<'a>; 4]>;

/// Builds a value piece by piece; sets multiply, within bounds.
#[derive(Default)]
pub struct Builder<'a> {
    /// The only value so far, while there are no alternatives: most words are no more.
    only: Option<Val<'a>>,
    /// All alternatives so far; empty means one empty text.
    alternatives: SmallVec<[Segs<'a>; 1]>,
    length: usize,
}

impl<'a> Builder<'a> {
    pub fn push_lit(&mut self, text: &'a str) {
        if text.is_empty() {
            return;
        }
        self.length += text.len();
        if self.is_empty() {
            self.only = Some(Val::Lit(text));
            return;
        }
        self.start();
        for segs in &mut self.alternatives {
            push_seg(segs, Seg::Lit(text));
        }
    }

    fn is_empty(&self) -> bool {
        self.alternatives.is_empty() && self.only.is_none()
    }

    fn start(&mut self) {
        if !self.alternatives.is_empty() {
            return;
        }
        let segs = |value: &Val<'a>| match value {
            Val::Lit(text) => Segs::from_slice(&[Seg::Lit(text)]),
            Val::Text(segs) => Segs::from_slice(segs),
            Val::Set(_) => Segs::new(),
        };
        match self.only.take() {
            Some(Val::Set(set)) => self.alternatives.extend(set.iter().map(segs)),
            only => self.alternatives.push(only.as_ref().map_or_else(Segs::new, segs)),
        }
    }

    /// A folder, and one slash.
    pub fn push_folder(&mut self, bump: &'a Bump, folder: Val<'a>) {
        match folder {
            Val::Lit(text) => self.push_lit(text.trim_end_matches('/')),
            other => self.push(bump, other),
        }
        self.push_lit("/");
    }

    pub fn push(&mut self, bump: &'a Bump, value: Val<'a>) {
        match value {
            Val::Lit(text) => self.push_lit(text),
            Val::Text(segs) => {
                // What is not known is counted too: it doubles as letters do.
                let length = |seg: &Seg<'a>| if let Seg::Lit(text) = seg { text.len() } else { HOLE };
                self.length += segs.iter().map(length).sum::<usize>();
                if self.is_empty() {
                    self.only = Some(value);
                    return;
                }
                self.start();
                for alternative in &mut self.alternatives {
                    for seg in segs {
                        push_seg(alternative, *seg);
                    }
                }
            }
            Val::Set(_) if self.is_empty() => self.only = Some(value),
            Val::Set(set) => {
                self.start();
                if self.alternatives.len() * set.len() > 4 * VALUES {
                    let hole = Val::hole(bump, MANY, Shape::Any, value.taint());
                    return self.push(bump, hole);
                }
                let before = std::mem::take(&mut self.alternatives);
                for start in &before {
                    for member in set {
                        let mut next = start.clone();
                        match member {
                            Val::Lit(text) => push_seg(&mut next, Seg::Lit(text)),
                            other => other.segs(bump).iter().for_each(|seg| push_seg(&mut next, *seg)),
                        }
                        self.alternatives.push(next);
                    }
                }
            }
        }
    }

    #[must_use]
    pub fn done(self, bump: &'a Bump) -> Val<'a> {
        if self.length > WORD {
            return Val::hole(bump, LONG, Shape::NonEmpty, Taint::NONE);
        }
        match self.alternatives.as_slice() {
            [] => self.only.unwrap_or(Val::EMPTY),
            [one] => finish(bump, one),
            many => {
                let values: Vec<Val<'a>> = many.iter().map(|segs| finish(bump, segs)).collect();
                Val::set(bump, &values)
            }
        }
    }
}

fn finish<'a>(bump: &'a Bump, segs: &[Seg<'a>]) -> Val<'a> {
    match segs {
        [] => Val::EMPTY,
        [Seg::Lit(text)] => Val::Lit(text),
        many if many.iter().all(|s| matches!(s, Seg::Lit(_))) => {
            let parts = || many.iter().filter_map(|seg| if let Seg::Lit(part) = seg { Some(*part) } else { None });
            let length = parts().map(str::len).sum();
            let mut text = bumpalo::collections::String::with_capacity_in(length, bump);
            parts().for_each(|part| text.push_str(part));
            Val::Lit(text.into_bump_str())
        }
        many => Val::Text(bump.alloc_slice_copy(&merge(bump, many))),
    }
}

fn merge<'a>(bump: &'a Bump, segs: &[Seg<'a>]) -> Segs<'a> {
    let mut out = Segs::new();
    for seg in segs {
        match (out.last_mut(), seg) {
            (Some(Seg::Lit(before)), Seg::Lit(text)) => {
                let mut joined = bumpalo::collections::String::with_capacity_in(before.len() + text.len(), bump);
                joined.push_str(before);
                joined.push_str(text);
                *before = joined.into_bump_str();
            }
            _ => out.push(*seg),
        }
    }
    out
}

fn push_seg<'a>(segs: &mut Segs<'a>, seg: Seg<'a>) {
    if seg != Seg::Lit("") {
        segs.push(seg);
    }
}

/// One word after expansion, as a program would get it.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    pub val: Val<'a>,
    pub span: Span,
    /// Some of it was quoted: it cannot be an alias or a reserved word, and stays even if empty.
    pub quoted: bool,
    /// Holds glob characters that the shell expands.
    pub glob: bool,
    /// An unquoted hole: may be several words, or none.
    pub splits: bool,
    /// Differs from what stands in the source, so people must be shown what it is worth.
    pub derived: bool,
}

impl<'a> Field<'a> {
    #[must_use]
    pub fn new(val: Val<'a>, span: Span) -> Self {
        Field { val, span, quoted: false, glob: false, splits: false, derived: true }
    }
}

/// What flows through a pipe, a file or a substitution.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// The text, if it is known as a whole.
    pub text: Option<Val<'a>>,
    pub taint: Taint,
    pub shape: Shape,
    /// Where it comes from, for people: a URL, a path, a command.
    pub source: &'a str,
    /// The child reads what gate itself was given (a terminal, an unknown pipe).
    pub inherited: bool,
    /// A word of what printed it that reads like a command (`date '+rm -rf ~'`): empty if there is none.
    pub spoken: &'a str,
}

impl<'a> Data<'a> {
    pub const INHERITED: Data<'static> = Data {
        text: None,
        taint: Taint::NONE,
        shape: Shape::Any,
        source: "standard input",
        inherited: true,
        spoken: "",
    };
    pub const NOTHING: Data<'static> = Data {
        text: Some(Val::EMPTY),
        taint: Taint::NONE,
        shape: Shape::Any,
        source: "",
        inherited: false,
        spoken: "",
    };

    #[must_use]
    pub fn unknown(source: &'a str, taint: Taint) -> Self {
        Data { text: None, taint, shape: Shape::Any, source, inherited: false, spoken: "" }
    }

    #[must_use]
    pub fn known(text: Val<'a>) -> Self {
        Data { text: Some(text), taint: text.taint(), shape: Shape::Any, source: "", inherited: false, spoken: "" }
    }

    /// How a hole made of this is called: what comes from the list of processes keeps the name it was filtered by, and
    /// what is every name stays that.
    #[must_use]
    pub fn named(&self, otherwise: &'a str) -> &'a str {
        if (self.source == EVERYTHING || self.source.starts_with(EVERY)) && self.text.is_none() {
            return self.source;
        }
        if !self.taint.has(Taint::PROCESSES) {
            return otherwise;
        }
        if let Some(Val::Text(segs)) = self.text {
            for seg in segs {
                if let Seg::Hole(hole) = seg
                    && hole.taint.has(Taint::PROCESSES)
                {
                    return hole.source;
                }
            }
        }
        self.source
    }

    /// As the value of `$(…)`: known text loses its trailing newlines.
    #[must_use]
    pub fn value(&self, bump: &'a Bump, source: &'a str) -> Val<'a> {
        match self.text {
            Some(Val::Lit(text)) => Val::Lit(text.trim_end_matches('\n')),
            Some(Val::Text(segs)) if !segs.is_empty() => {
                let mut segs = segs.to_vec();
                if let Some(Seg::Lit(last)) = segs.last_mut() {
                    *last = last.trim_end_matches('\n');
                }
                // A program made it of what nobody can read: what is not known of it comes from there.
                if self.taint.has(Taint::REWORKED) {
                    for seg in &mut segs {
                        if let Seg::Hole(hole) = seg {
                            hole.taint |= Taint::REWORKED;
                        }
                    }
                }
                Val::Text(bump.alloc_slice_copy(&segs))
            }
            Some(Val::Set(set)) => {
                let values: Vec<Val<'a>> =
                    set.iter().map(|v| Data { text: Some(*v), ..*self }.value(bump, source)).collect();
                Val::set(bump, &values)
            }
            _ => Val::hole(bump, self.named(source), self.shape, self.taint | Taint::OPAQUE),
        }
    }
}
