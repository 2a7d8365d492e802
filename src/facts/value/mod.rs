//! What a word is worth before it runs: text, text with holes, or one of several.

mod builder;
mod data;
mod printed;
mod taint;

pub use builder::Builder;
use bumpalo::Bump;
pub use data::{Data, Field};
pub use printed::{Printed, Sink, is_nothing};
pub use taint::Taint;

use crate::limits::VALUES;

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
