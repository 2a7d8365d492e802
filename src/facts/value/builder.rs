//! Values put together out of parts, within a bound.

use bumpalo::Bump;
use smallvec::SmallVec;

use super::{HOLE, LONG, MANY, Seg, Shape, Taint, Val};
use crate::limits::{VALUES, WORD};

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
