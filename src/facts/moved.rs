//! What was moved to a place that is then deleted: it is lost as if it had been deleted where it was.

use rustc_hash::FxHashMap;

use super::analysis::Analysis;
use super::knowledge::Kind;
use super::paths::base_name;
use super::{Effect, Target};
use crate::limits;

/// What the script moved, by where it came to lie. A name that is made up (`/tmp/$$`) is the same wherever it is written so.
#[derive(Default)]
pub(super) struct Moves<'a> {
    /// By the place itself, and by each folder that it lies in.
    to: FxHashMap<&'a str, Vec<Move<'a>>>,
    within: FxHashMap<&'a str, Vec<Move<'a>>>,
    /// Which move last took something from a place.
    from: FxHashMap<&'a str, usize>,
    count: usize,
}

#[derive(Clone, Copy)]
struct Move<'a> {
    from: Target<'a>,
    kept: &'a str,
    to: &'a str,
    number: usize,
}

/// Folders above a place that are remembered.
const FOLDERS: usize = 32;

impl<'a> Moves<'a> {
    fn add(&mut self, from: (Target<'a>, &'a str), to: &'a str) {
        self.count += 1;
        let (from, name) = from;
        let one = Move { from, kept: base_name(name), to, number: self.count };
        self.from.insert(name, self.count);
        self.to.entry(to).or_default().push(one);
        for (slash, _) in to.rmatch_indices('/').filter(|(at, _)| *at > 0).take(FOLDERS) {
            self.within.entry(&to[..slash]).or_default().push(one);
        }
    }

    /// What lies at a place or below it, where it was moved, and was not moved on.
    fn at(&self, place: &str) -> Vec<Target<'a>> {
        let there = |map: &FxHashMap<&'a str, Vec<Move<'a>>>, place: &str| {
            map.get(place).into_iter().flatten().copied().collect::<Vec<_>>()
        };
        let mut found = there(&self.to, place);
        found.extend(there(&self.within, place));
        // Into a folder, where it kept its name.
        if let Some((folder, kept)) = place.rsplit_once('/') {
            found.extend(there(&self.to, folder).into_iter().filter(|one| one.kept == kept));
        }
        found.retain(|one| self.from.get(one.to).is_none_or(|again| *again <= one.number));
        found.into_iter().rev().take(limits::UNROLL).map(|one| one.from).collect()
    }
}

impl<'a> Analysis<'a> {
    /// Remembers what was moved where, and says again of what was moved to a place what is said of the place.
    pub fn moved_and_deleted(&mut self, effect: Effect<'a>) {
        match effect.does {
            Kind::Write => {
                let own = self.facts.effects.iter().rev().take_while(|before| before.call == effect.call);
                let sources: Vec<_> = own.filter(|e| e.does == Kind::Move).map(|e| e.target).collect();
                for from in sources {
                    self.moves.add((from, self.place_of(&from)), self.place_of(&effect.target));
                }
            }
            Kind::Delete if self.moves.count > 0 => {
                let place = self.place_of(&effect.target);
                let place = place.strip_suffix("/*").unwrap_or(place);
                let lost = self.moves.at(place);
                self.facts.effects.extend(lost.into_iter().map(|target| Effect { target, ..effect }));
            }
            _ => {}
        }
    }

    /// The name of a place: `"$t"/` and `${t}` are `$t`.
    fn place_of(&self, target: &Target<'a>) -> &'a str {
        let name = match target.path {
            Some(path) => path,
            None if target.text.contains(['"', '{']) => {
                self.bump.alloc_str(&target.text.replace("${", "$").replace(['"', '}'], ""))
            }
            None => target.text,
        };
        name.trim_end_matches('/')
    }
}
