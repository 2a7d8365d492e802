//! Commands that only look, where they run elsewhere: to look at a machine in production changes nothing there.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::targets::globs;
use crate::facts::targets::paths::core;
use crate::facts::{Call, Effect};

/// How much was known at some time.
pub(super) struct Seen {
    calls: usize,
    effects: usize,
    unread: usize,
    opaque: usize,
}

/// The mark of an `exec` by which somebody only looks.
const LOOKS: &[&str] = &["looks"];

impl<'a> Analysis<'a> {
    pub(super) fn known_so_far(&self) -> Seen {
        let facts = &self.facts;
        Seen {
            calls: facts.calls.len(),
            effects: facts.effects.len(),
            unread: facts.unread.len(),
            opaque: facts.opaque.len(),
        }
    }

    /// Marks the `exec` of a call that runs commands elsewhere, if all that they do is to look. `before` is what was
    /// known before they were read.
    pub(super) fn only_looked(&mut self, index: u32, before: &Seen) {
        let here = |effect: &Effect<'_>| effect.call == index && effect.does == Kind::Exec;
        let facts = &self.facts;
        // Those of the call itself stand last.
        let mut own = facts.effects[..before.effects].iter().rev().take_while(|effect| effect.call >= index);
        // What the shell does itself makes no call (`true`, `test -f x`), but for what it runs that is not known here.
        let read = facts.unread.len() == before.unread && facts.opaque.len() == before.opaque;
        if own.any(here) && read && self.looks(before) {
            let effects = self.facts.effects[..before.effects].iter_mut().rev();
            for effect in effects.take_while(|effect| effect.call >= index).filter(|effect| here(effect)) {
                effect.marks = LOOKS;
            }
        }
    }

    fn looks(&self, before: &Seen) -> bool {
        let vocabulary = self.know.vocabulary();
        let effects = &self.facts.effects[before.effects..];
        let by_words = |line: &str| vocabulary.lists.items("looks-by-words").any(|known| is_said(known, line));
        let known = |call: &Call<'_>| {
            call.complete && names(call).iter().any(|name| vocabulary.lists.has("looks", name)) || by_words(&said(call))
        };
        self.facts.calls[before.calls..].iter().all(known)
            && effects.iter().all(|effect| match effect.does {
                Kind::Read | Kind::Query => true,
                Kind::Exec => effect.marks == LOOKS,
                // A name is looked up, or a machine asked whether it is there.
                Kind::Fetch => effect.target.classes & core::LOOPBACK != 0 || effect.marks.contains(&"dns"),
                _ => false,
            })
    }
}

/// A program as it is called, with its subcommand; and with its first operand, where that is one that no pack describes by
/// itself: `docker compose -f x.yml ps` is `docker compose ps`.
fn names(call: &Call<'_>) -> [String; 2] {
    let subcommand = call.verb.find(' ').map_or("", |at| &call.verb[at..]);
    let first = call.operands.first().and_then(|operand| operand.field.val.lit()).unwrap_or_default();
    let verb = format!("{}{subcommand}", call.program);
    let with_first = format!("{verb} {first}");
    [verb, with_first]
}

/// Whether a line is what a pattern says, word for word unless it is open at its end: `service * status` is of three words.
fn is_said(known: &str, line: &str) -> bool {
    if known.ends_with('*') { globs::text(known, line) } else { globs::words(known, line) }
}

/// The words of a call with a sign for each that is not known; nothing if some sign in them means something to a shell.
fn said(call: &Call<'_>) -> String {
    let means = |word: &str| {
        word.contains(['\n', ';', '|', '&', '>', '<', '`']) || word.contains('=') && !word.starts_with("--")
    };
    let words = call.words.iter().filter_map(|word| word.val.lit());
    if words.clone().any(means) { String::new() } else { call.line() }
}
