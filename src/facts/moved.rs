//! What was moved to a place that is then deleted: it is lost as if it had been deleted where it was.

use super::analysis::Analysis;
use super::knowledge::Kind;
use super::paths::base_name;
use super::{Effect, Target};

impl<'a> Analysis<'a> {
    /// Says again of what was moved to a place what is said of the place.
    pub fn deleted_after_it_was_moved(&mut self, delete: Effect<'a>) {
        // A name that is made up (`/tmp/$$`) is the same wherever it is written so.
        let name = |target: &Target<'a>| target.path.unwrap_or(target.text);
        let place = name(&delete.target);
        let place = place.strip_suffix("/*").unwrap_or(place).trim_end_matches('/');
        let below = |path: &str, folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let effects = &self.facts.effects;
        let lost = effects.iter().enumerate().filter(|(_, effect)| effect.does == Kind::Move).filter(|(at, moved)| {
            let from = name(&moved.target);
            let to = effects[*at..].iter().take_while(|effect| effect.call == moved.call);
            let mut to = to.filter(|effect| effect.does == Kind::Write).map(|effect| name(&effect.target));
            // Into a folder, or under another name.
            let there = |to: &str| {
                to == place || below(to, place) || place.strip_prefix(to) == Some(&format!("/{}", base_name(from)))
            };
            let again = |to: &str| {
                effects[*at + 1..].iter().any(|effect| effect.does == Kind::Move && name(&effect.target) == to)
            };
            to.any(|to| there(to) && !again(to))
        });
        let lost: Vec<_> = lost.map(|(_, moved)| moved.target).collect();
        self.facts.effects.extend(lost.into_iter().map(|target| Effect { target, ..delete }));
    }
}
