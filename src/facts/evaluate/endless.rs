//! Loops that never end, and functions that start themselves without end.

use rustc_hash::FxHashSet;

use crate::facts::analysis::Analysis;
use crate::facts::evaluate::traps::parameters;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::{Command, List, Simple, Span, What};
use crate::facts::value::Taint;

impl<'a> Analysis<'a> {
    pub(super) fn mark_each(&mut self, effects: std::ops::Range<usize>, mark: &'a str) {
        for effect in &mut self.facts.effects[effects] {
            effect.mark(self.bump, mark);
        }
    }

    /// Marks what writes more and more.
    pub(super) fn mark_writes(&mut self, from: usize) {
        for effect in &mut self.facts.effects[from..] {
            if matches!(effect.does, Kind::Write | Kind::Append) {
                effect.mark(self.bump, "endless");
            }
        }
    }

    /// Marks what is thrown away until nothing is left: `while git stash drop; do :; done`.
    pub(super) fn mark_discards(&mut self, effects: std::ops::Range<usize>) {
        for effect in &mut self.facts.effects[effects] {
            if effect.does == Kind::DiscardWork {
                effect.mark(self.bump, "in-turn");
            }
        }
    }

    /// Marks what makes empty files or folders in a loop without end, each under a new name: `touch "f_$n"`, `: > f$((n++))`.
    pub(super) fn mark_new_files(&mut self, from: usize, body: List<'a>) {
        let (Some(first), Some(last)) = (body.first(), body.last()) else { return };
        let text = self.text_of(first.span.to(last.span));
        for at in from..self.facts.effects.len() {
            let effect = self.facts.effects[at];
            let program = self.facts.calls.get(effect.call as usize).map(|call| call.program);
            let makes =
                matches!(effect.does, Kind::Create | Kind::Write) && matches!(program, None | Some("touch" | "mkdir"));
            let named = self.text_of(effect.span);
            if makes && (named.contains("++") || counts_one_of(text, named)) {
                self.mark_each(at..at + 1, "endless-files");
            }
        }
    }

    /// Whether the condition of a loop names a variable that its body sets: `f_$n`, and `((n++))`.
    pub(super) fn counts(&self, condition: List<'a>, body: List<'a>) -> bool {
        let text = |list: List<'a>| Some(self.text_of(list.first()?.span.to(list.last()?.span)));
        let (Some(condition), Some(body)) = (text(condition), text(body)) else { return false };
        sets_one_of(body, condition)
    }

    /// Marks what is done again and again under a name that counts itself: `f$((n++))`.
    pub(super) fn mark_counted(&mut self, effects: std::ops::Range<usize>) {
        for at in effects {
            let named = self.text_of(self.facts.effects[at].span);
            if named.contains("$((") && named.contains("++") {
                self.mark_each(at..at + 1, "endless-names");
            }
        }
    }

    /// Whether something in the body of a loop may end it, or makes it wait.
    pub(super) fn pauses(&self, body: List<'a>) -> bool {
        let (Some(first), Some(last)) = (body.first(), body.last()) else { return true };
        let text = self.text_of(Span { end: last.span.end, ..first.span });
        let vocabulary = self.know.vocabulary();
        text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| vocabulary.lists.has("pauses", word))
    }

    /// `:(){ :|:& };:` — a function, or a script, that starts itself in the background without end.
    pub fn fork_bomb(&mut self, command: &'a Command<'a>, background: bool) {
        if let What::Simple(Simple { words: [first, rest @ ..], .. }) = &command.what
            && background
            && !self.running.is_empty()
        {
            // What it is given may tell it that it is not the first: `"$0" worker 1 &`.
            let itself = rest.is_empty() && matches!(self.text_of(first.span).trim_matches('"'), "$0" | "${0}");
            let again = match first.bare() {
                Some(name) => self.running.contains(&name),
                None => {
                    itself && self.zero.and_then(|zero| zero.lit()).is_some_and(|zero| self.running.contains(&zero))
                }
            };
            if again {
                self.without_end(command.span);
            }
        }
    }

    /// Something is started again and again, and nothing waits for it.
    pub(super) fn without_end(&mut self, span: Span) {
        let call = self.facts.calls.len() as u32;
        if !self.facts.effects.iter().any(|e| e.marks.contains(&"fork-bomb")) {
            let does = Kind::Execute;
            self.plain_effect(does, "itself, without end", call, span, Taint::NONE, &["fork-bomb"]);
        }
    }
}

/// Whether a text of commands sets one of the variables that another names.
fn sets_one_of(body: &str, names: &str) -> bool {
    let is_name = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let mut set = FxHashSet::default();
    let mut rest = body;
    while let Some(start) = rest.find(is_name) {
        let name = &rest[start..];
        let name = &name[..name.find(|c: char| !is_name(c)).unwrap_or(name.len())];
        let before = &rest[..start];
        rest = &rest[start + name.len()..];
        if rest.starts_with('=') || rest.starts_with("+=") || rest.starts_with("++") || before.ends_with("++") {
            set.insert(name);
        }
    }
    parameters(names).any(|name| set.contains(name))
}

/// Whether a text of commands counts up one of the variables that another names: `((n++))`, `n=$((n + 1))`.
fn counts_one_of(body: &str, names: &str) -> bool {
    let counts = |name: &str| {
        let ways = [
            format!("{name}++"),
            format!("++{name}"),
            format!("{name}=$(("),
            format!("{name}+=1"),
            format!("let {name}"),
        ];
        ways.iter().any(|way| body.contains(way.as_str()))
    };
    parameters(names).any(counts)
}
