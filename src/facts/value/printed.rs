//! What commands print: one after the other, or one of several.

use bumpalo::Bump;
use smallvec::SmallVec;

use super::{Builder, Data, Shape, Taint, Val};

/// Collects what a list of commands prints.
pub struct Sink<'a> {
    pub parts: SmallVec<[Data<'a>; 1]>,
}

/// Of so many parts those that are known are told apart from the others.
const FEW: usize = 4;
/// And of so many bytes.
const SHORT: usize = 512;
/// More than so many parts are a long output.
const MANY: usize = 256;

/// Whether something was read from a file of the project, by its own name.
fn is_projects(source: &str) -> bool {
    !source.starts_with(['/', '~', '$', '-']) && !source.contains("..") && source.contains('.')
}

impl<'a> Sink<'a> {
    #[must_use]
    pub fn new() -> Self {
        Sink { parts: SmallVec::new() }
    }

    pub fn push(&mut self, data: Data<'a>) {
        if (!matches!(data.text, Some(Val::Lit(""))) || data.taint != Taint::NONE) && !self.goes_on(&data) {
            self.parts.push(data);
        }
    }

    /// Of a long output: more of what is not known and was printed shortly before. (Measured over 60 KiB of short commands:
    /// a twentieth of the memory.)
    fn goes_on(&self, data: &Data<'a>) -> bool {
        self.parts.len() > MANY
            && data.text.is_none()
            && self.parts.iter().rev().take(FEW).any(|part| {
                part.text.is_none() && (part.taint, part.source, part.spoken) == (data.taint, data.source, data.spoken)
            })
    }

    #[must_use]
    pub fn data(&self, bump: &'a Bump) -> Data<'a> {
        match self.parts.as_slice() {
            [] => Data::NOTHING,
            [one] => *one,
            many => {
                let taint = many.iter().fold(Taint::NONE, |t, d| t | d.taint);
                let source = many.iter().map(|d| d.source).find(|s| !s.is_empty()).unwrap_or("");
                // What is known of it says what it says, whatever a file of the project holds before or behind.
                let known = || many.iter().filter_map(|part| part.text).map(|text| text.show(bump));
                let told = many.len() <= FEW
                    && known().map(str::len).sum::<usize>() <= SHORT
                    && known().any(|text| text.contains('\n'));
                let elsewhere = Taint(Taint::NETWORK.0 | Taint::DECODED.0 | Taint::ENCODED.0 | Taint::REWORKED.0);
                let mut builder = Builder::default();
                for part in many {
                    match part.text {
                        Some(text) => builder.push(bump, text),
                        None if told && part.taint.0 & elsewhere.0 == 0 && is_projects(part.source) => {
                            builder.push(bump, Val::hole(bump, part.source, Shape::Any, part.taint));
                            builder.push_lit("\n");
                        }
                        None => {
                            return Data { text: None, taint, shape: Shape::Any, source, inherited: false, spoken: "" };
                        }
                    }
                }
                Data { text: Some(builder.done(bump)), taint, shape: Shape::Any, source, inherited: false, spoken: "" }
            }
        }
    }
}

impl<'a> Sink<'a> {
    /// What was printed between two places.
    pub fn between(&self, bump: &'a Bump, from: usize, to: usize) -> Data<'a> {
        Sink { parts: self.parts.get(from..to).unwrap_or_default().iter().copied().collect() }.data(bump)
    }

    /// Of what was printed from this place on only one of these is printed.
    pub fn one_of(&mut self, bump: &'a Bump, from: usize, each: &[Data<'a>]) {
        // Nothing is known of any of them, or it is one.
        if each.len() < 2 || each.iter().all(|data| data.text.is_none()) {
            return;
        }
        let value = |data: &Data<'a>| data.text.unwrap_or_else(|| Val::hole(bump, data.source, data.shape, data.taint));
        let taint = each.iter().fold(Taint::NONE, |taint, data| taint | data.taint);
        let source = each.iter().map(|data| data.source).find(|source| !source.is_empty()).unwrap_or("");
        let texts: Vec<Val<'a>> = each.iter().map(value).collect();
        self.parts.truncate(from);
        self.parts.push(Data { taint, source, ..Data::known(Val::set(bump, &texts)) });
    }
}

/// What branches print of which one is taken, by where it stands.
#[derive(Default)]
pub struct Printed {
    pub branches: SmallVec<[(usize, usize); 4]>,
    /// Something else prints between them, whatever is taken.
    pub besides: bool,
}

impl Printed {
    /// What was printed between two places, or else what was printed since.
    #[must_use]
    pub fn either(from: usize, to: usize, out: &Sink<'_>) -> Self {
        Printed { branches: SmallVec::from_slice(&[(from, to), (to, out.parts.len())]), besides: false }
    }

    /// Where several of them print, it is what one of them does.
    pub fn instead<'a>(self, bump: &'a Bump, out: &mut Sink<'a>) {
        // Longer texts are messages, and nothing that a word is made of.
        const LONGEST: usize = 1 << 10;
        let mut prints = self.branches.iter().filter(|(from, to)| from < to);
        let (Some((first, _)), Some(_)) = (prints.next(), prints.next()) else { return };
        let length =
            |data: &Data<'a>| data.text.map_or(0, |text| text.each().map(|one| one.lit().map_or(0, str::len)).sum());
        if self.besides || out.parts[*first..].iter().map(length).sum::<usize>() > LONGEST {
            return;
        }
        let each: Vec<Data<'a>> = self.branches.iter().map(|(from, to)| out.between(bump, *from, *to)).collect();
        let each: Vec<Data<'a>> = each.into_iter().filter(|data| !is_nothing(data)).collect();
        out.one_of(bump, *first, &each);
    }
}

/// Whether nothing is printed.
#[must_use]
pub fn is_nothing(data: &Data<'_>) -> bool {
    matches!(data.text, Some(Val::Lit(""))) && data.taint == Taint::NONE
}

impl Default for Sink<'_> {
    fn default() -> Self {
        Self::new()
    }
}
