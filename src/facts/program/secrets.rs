//! A file of secrets that a described program is given by name, where its entry does not say what it does with it.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::targets::{Look, paths};
use crate::facts::value::Val;
use crate::facts::{Call, Effect};

impl<'a> Analysis<'a> {
    /// Says of each that it is read: a program that takes a file as an operand, or as a list of arguments (`@file`), reads
    /// it, and most show what they cannot make sense of. Programs that a key is for, and those that only look at names, do
    /// not.
    pub(super) fn secrets_named(&mut self, call: &Call<'a>, index: u32, effects: usize) {
        if self.embedding || !self.place.local() {
            return;
        }
        let listed = |list: &str| self.know.places().listed(list, call.program);
        let mut reads = None;
        for pair in call.words.windows(2) {
            let (before, word) = (pair[0], pair[1]);
            let Some(text) = word.val.lit() else { continue };
            let path = text.strip_prefix('@').unwrap_or(text);
            // A key for an option is one that it needs.
            let of_option = before.val.lit().is_some_and(|before| before.starts_with('-') && before != "--");
            if !path.starts_with(['/', '~', '.']) && !path.contains("/.") || of_option {
                continue;
            }
            if !*reads.get_or_insert_with(|| !["looks-only", "uses-keys", "gives-arguments"].into_iter().any(listed)) {
                return;
            }
            let target = self.path_target(Val::Lit(path), Look::Not);
            let secret = target.classes & self.know.places().classes(["secret"]) != 0;
            let inside = target.classes & (paths::core::WORKSPACE | paths::core::TEMPORARY) != 0;
            let said = |e: &Effect<'a>| e.target.path == target.path;
            if !secret || inside || self.facts.effects[effects.min(self.facts.effects.len())..].iter().any(said) {
                continue;
            }
            self.effect(Effect::new(Kind::Read, target, index, word.span));
        }
    }
}
