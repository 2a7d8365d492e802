//! What was moved to a place that is then deleted: it is lost as if it had been deleted where it was.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::{Effect, Target};

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
            Kind::Delete if !self.moves.is_empty() => {
                let place = self.place_of(&effect.target);
                let place = place.strip_suffix("/*").unwrap_or(place);
                let lost = self.moves.lost(place, effect.certain);
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
