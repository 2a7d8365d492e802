//! Rules as they are matched.

use serde::{Deserialize, Serialize};

use super::inplace::hash;
use super::{Category, Classes, Cond, Globs, Kind, Level, Reversible, Texts, Where};

/// A line of `[[rule.when]]` that asks about text.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Pred<'k> {
    /// One of these classes or globs.
    #[serde(borrow)]
    pub is: Globs<'k>,
    /// None of these.
    pub not: Globs<'k>,
    pub class: Classes,
    pub not_class: Classes,
}

/// One `[[rule.when]]` or `[[rule.unless]]`: all lines must hold.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct When<'k> {
    #[serde(borrow)]
    pub command: Texts<'k>,
    pub options: Cond<'k>,
    pub effect: Vec<Kind>,
    pub recursive: Option<bool>,
    pub path: Option<Pred<'k>>,
    pub host: Option<Pred<'k>>,
    pub target: Option<Pred<'k>>,
    pub marks: Texts<'k>,
    pub not_marks: Texts<'k>,
    /// Where the data of the effect comes from: `secret`, `network`, `temporary`, `opaque` …
    pub from: Texts<'k>,
    pub environment: Texts<'k>,
    pub place: Vec<Where>,
    pub privileged: Option<bool>,
    pub unasked: Option<bool>,
    pub variable: Option<Pred<'k>>,
    pub actor: Texts<'k>,
    pub branch: Option<Pred<'k>>,
    /// A step before this one of the same session read a secret.
    pub after_secret: bool,
    /// A secret that such a step read stands in this action.
    pub carries_secret: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rule<'k> {
    /// `pack/id`
    pub id: &'k str,
    pub title: &'k str,
    pub risk: Level,
    pub category: Category,
    pub why: &'k str,
    pub say: &'k str,
    pub run: &'k str,
    pub undo: &'k str,
    pub reversible: Reversible,
    /// A certain match is blocked whatever lowers it.
    pub floor: bool,
    #[serde(borrow)]
    pub when: Vec<When<'k>>,
    pub unless: Vec<When<'k>>,
    /// Line of the rule in its pack file.
    pub line: u32,
}

/// What an effect must have so that a block of a rule can say anything but no. Read in place: most rules are passed over
/// by it and never decoded. Zero asks for nothing.
#[derive(Clone, Copy, Debug)]
pub struct Trigger {
    pub rule: u32,
    /// One of these classes.
    pub classes: Classes,
    /// One of these [`mark_bits`].
    pub marks: u64,
    /// Its call's verb begins as one of these [`first_letters`].
    pub commands: u32,
    /// It happens at one of these places, a bit for each.
    pub places: u16,
    /// Its data comes from somewhere.
    pub from: bool,
}

/// What is asked of an effect before a rule is.
#[derive(Clone, Copy, Debug)]
pub struct Triggering {
    /// Classes that its target has, or may have.
    pub classes: Classes,
    /// Its [`mark_bits`].
    pub marks: u64,
    /// The [`first_letters`] of its call's verb.
    pub commands: u32,
    pub place: Where,
    /// Its data comes from somewhere.
    pub from: bool,
}

/// Which letters commands begin with, as a set of bits; all of them for a wildcard. Different letters may share one.
#[must_use]
pub fn first_letters<'n>(commands: impl IntoIterator<Item = &'n [u8]>) -> u32 {
    commands.into_iter().fold(0, |bits, command| match command.first() {
        Some(b'*') | None => u32::MAX,
        Some(letter) => bits | 1 << (letter % 32),
    })
}

/// Marks as a set of bits; different marks may share one.
#[must_use]
pub fn mark_bits<'n>(marks: impl IntoIterator<Item = &'n str>) -> u64 {
    marks.into_iter().fold(0, |bits, mark| bits | 1 << (hash(mark.bytes()) % u64::BITS))
}

impl Trigger {
    const SIZE: usize = 27;

    /// What a block of a rule asks of an effect of this kind; none if it does not speak of the kind.
    fn of(rule: u32, when: &When<'_>, kind: Kind) -> Option<Self> {
        when.effect.contains(&kind).then(|| {
            let asked = [&when.path, &when.host].into_iter().flatten().find(|p| p.is.is_empty() && p.class != 0);
            Trigger {
                rule,
                classes: asked.map_or(0, |p| p.class),
                marks: mark_bits(when.marks),
                commands: first_letters(when.command.bytes()),
                places: when.place.iter().fold(0, |places, place| places | 1 << *place as u16),
                from: !when.from.is_empty(),
            }
        })
    }

    /// Whether such an effect can fire the rule.
    #[must_use]
    pub fn by(&self, effect: Triggering) -> bool {
        (self.classes == 0 || self.classes & effect.classes != 0)
            && (self.marks == 0 || self.marks & effect.marks != 0)
            && (self.commands == 0 || self.commands & effect.commands != 0)
            && (self.places == 0 || self.places & 1 << effect.place as u16 != 0)
            && (!self.from || effect.from)
    }

    /// All triggers, kind by kind: the offset of each kind's and of the end, then the triggers.
    pub(super) fn table(rules: &[Rule<'_>]) -> Vec<u8> {
        let (mut offsets, mut triggers) = (Vec::new(), Vec::new());
        let start = (Kind::ALL.len() + 1) * 4;
        for kind in Kind::ALL {
            offsets.extend(((start + triggers.len()) as u32).to_le_bytes());
            let blocks = (0..).zip(rules).flat_map(|(index, rule)| rule.when.iter().map(move |when| (index, when)));
            for one in blocks.filter_map(|(index, when)| Trigger::of(index, when, *kind)) {
                triggers.extend(one.rule.to_le_bytes());
                triggers.extend(one.classes.to_le_bytes());
                triggers.extend(one.marks.to_le_bytes());
                triggers.extend(one.commands.to_le_bytes());
                triggers.extend(one.places.to_le_bytes());
                triggers.push(one.from.into());
            }
        }
        offsets.extend(((start + triggers.len()) as u32).to_le_bytes());
        [offsets, triggers].concat()
    }

    /// The triggers of a kind in what [`Trigger::table`] made; those of a rule stand side by side.
    pub(super) fn list(table: &[u8], kind: Kind) -> impl Iterator<Item = Trigger> {
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |n, b| n << 8 | u64::from(*b));
        let offset = |at: usize| table.get(at * 4..at * 4 + 4).map_or(0, |b| number(b) as usize);
        let these = table.get(offset(kind as usize)..offset(kind as usize + 1)).unwrap_or(&[]);
        these.chunks_exact(Trigger::SIZE).map(move |b| Trigger {
            rule: number(&b[..4]) as u32,
            classes: number(&b[4..12]),
            marks: number(&b[12..20]),
            commands: number(&b[20..24]) as u32,
            places: number(&b[24..26]) as u16,
            from: b[26] != 0,
        })
    }
}
