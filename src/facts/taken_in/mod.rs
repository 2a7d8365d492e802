//! An effect is taken in: what it can change at all, what it is worth by then, and what else it does.

mod live_machine;
mod read_only;

use super::analysis::Analysis;
use super::knowledge::{Kind, Where};
use super::shell::ast::Span;
use super::snapshot::{Answer, Ask};
use super::targets::paths;
use super::value::{Seg, Shape, Taint, Val};
use super::{Call, Effect, Target};

impl<'a> Analysis<'a> {
    pub fn effect(&mut self, effect: Effect<'a>) {
        if !self.place.mounts.is_empty() && self.cannot_change(&effect) {
            return;
        }
        let mut effect = self.judged_by_worth(effect);
        if self.is_own_hook(&effect) {
            effect.target.classes |= self.know.classes().of(["gate"]);
        }
        if self.walking {
            effect.recursive |= effect.does == Kind::Delete || effect.marks.contains(&"emptied");
            if matches!(effect.does, Kind::Write | Kind::Permit) {
                effect.mark(self.bump, "walked");
            }
        }
        let unknown = |call: &Call<'_>| {
            call.words.iter().any(|word| word.val.each().any(|one| one.lit().is_none() && !is_made_here(one)))
        };
        if self.in_turn
            && matches!(effect.does, Kind::SecretRead | Kind::Message | Kind::DiscardWork)
            && self.facts.calls.get(effect.call as usize).is_some_and(unknown)
            && !(effect.does == Kind::Message && self.tried_again(effect.call))
            && !(effect.does == Kind::DiscardWork && self.takes_a_side(effect.call))
        {
            effect.mark(self.bump, "in-turn");
        }
        if self.in_turn
            && matches!(effect.does, Kind::Install | Kind::Remove | Kind::Service | Kind::Account)
            && self.on_each_machine()
        {
            effect.mark(self.bump, "each-machine");
        }
        if self.is_on_live_machine(&effect) {
            effect.mark(self.bump, "live-machine");
        }
        self.facts.effects.push(effect);
        self.moved_and_deleted(effect);
        if effect.does == Kind::Delete && effect.recursive && !self.mounts.is_empty() {
            for target in self.mounted_below(&effect.target, Val::EMPTY) {
                self.effect(Effect { target, ..effect });
            }
        }
    }

    /// Whether an effect changes the hook by which gate reviews pushes: the folder says nothing of whose a hook is, its text
    /// does.
    fn is_own_hook(&mut self, effect: &Effect<'a>) -> bool {
        if !effect.does.changes_files() || !self.place.local() {
            return false;
        }
        let all_of_it = || Some(effect.target.text).filter(|text| text.ends_with("hooks/*"));
        let path = effect.target.path.or_else(|| self.absolute(all_of_it()?));
        let Some(path) = path.map(|path| path.trim_end_matches(['/', '*'])) else { return false };
        match paths::base_name(path) {
            "pre-push" => self.holds_own_hook(path.to_owned()),
            "hooks" => self.holds_own_hook(format!("{path}/pre-push")),
            _ => false,
        }
    }

    /// Whether a file is the hook that gate installed.
    pub fn holds_own_hook(&mut self, path: String) -> bool {
        matches!(self.ask(&Ask::Text(path)), Answer::Text(file) if file.text.contains(paths::OWN_HOOK))
    }

    /// Whether what runs now does so on machines of which nobody knows how many there are:
    /// `for h in $(cat hosts); do ssh "$h" 'sudo apt-get -y upgrade'; done`.
    fn on_each_machine(&self) -> bool {
        let reached = |effect: &&Effect<'_>| effect.does == Kind::Exec && effect.marks.contains(&"ssh");
        self.place.kind == Where::Remote
            && self.facts.effects.iter().rev().find(reached).is_some_and(|effect| !effect.target.known)
    }

    /// Whether a call takes one side of files in conflict, which were asked for before: `git diff --diff-filter=U`.
    fn takes_a_side(&self, call: u32) -> bool {
        let (before, after) = self.facts.calls.split_at((call as usize).min(self.facts.calls.len()));
        let side = |call: &Call<'_>| call.options.iter().any(|o| matches!(o.spelled, "--ours" | "--theirs"));
        let asks = |call: &Call<'_>| call.words.iter().any(|word| word.val.lit() == Some("--diff-filter=U"));
        after.first().is_some_and(side) && before.iter().any(asks)
    }

    /// Whether a call is the same in each round of a loop that only counts: until it works.
    fn tried_again(&self, call: u32) -> bool {
        let Some(call) = self.facts.calls.get(call as usize) else { return false };
        let text = self.text_of(call.span);
        self.counting.is_some_and(|name| {
            let named = text.match_indices(name).any(|(at, _)| text[..at].ends_with(['$', '{']));
            !named && !["$1", "$2", "$@", "$*", "$#"].iter().any(|sign| text.contains(sign))
        })
    }

    /// An effect of a call that has no target to classify.
    pub fn plain_effect(
        &mut self,
        does: Kind,
        text: &'a str,
        call: u32,
        span: Span,
        data: Taint,
        marks: &'a [&'a str],
    ) {
        let target = Target { text, known: true, ..Target::default() };
        self.effect(Effect { marks, data, ..Effect::new(does, target, call, span) });
    }
}

/// Whether a word is a path that the script has just made, and so nobody else's.
fn is_made_here(word: Val<'_>) -> bool {
    matches!(word, Val::Text([Seg::Hole(hole), ..]) if hole.shape == Shape::MadePath)
}
