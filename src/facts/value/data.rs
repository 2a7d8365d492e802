//! A word with its place, and what stands in a file or comes through a pipe.

use bumpalo::Bump;

use super::{EVERYTHING, Seg, Shape, Taint, Val};
use crate::facts::knowledge::EVERY;
use crate::facts::shell::ast::Span;

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
