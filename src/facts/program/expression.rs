//! The expression of find: whether all that reaches its actions is narrowed (find(1), "OPERATORS": what stands side by side
//! holds together, of `-o` one side, of `,` what stands behind it).

use crate::facts::value::Field;
use crate::facts::{Call, Opt};

/// Brackets within brackets that are followed.
const DEEPEST: u32 = 16;

/// Whether every action of an expression is only reached by what one of these options lets through.
pub(super) fn each_action(call: &Call<'_>, narrows: &dyn Fn(&Opt<'_>) -> bool) -> bool {
    let begins = |word: &Field<'_>| {
        word.val.lit().is_some_and(|word| {
            matches!(word, "(" | "!") || word.starts_with('-') && !matches!(word, "-H" | "-L" | "-P" | "--")
        })
    };
    let Some(start) = call.words.iter().skip(1).position(begins) else { return false };
    let mut walk = Walk { call, narrows, at: start + 1, all: true };
    walk.list(false, 0);
    walk.all
}

struct Walk<'w, 'a> {
    call: &'w Call<'a>,
    narrows: &'w dyn Fn(&Opt<'_>) -> bool,
    at: usize,
    /// Every action so far was narrowed.
    all: bool,
}

impl Walk<'_, '_> {
    fn word(&self) -> Option<&str> {
        self.call.words.get(self.at).map(|word| word.val.lit().unwrap_or_default())
    }

    /// Goes through what stands between brackets, of which `outer` is what holds before them; whether what it lets through is
    /// narrowed.
    fn list(&mut self, outer: bool, depth: u32) -> bool {
        if depth > DEEPEST {
            self.all = false;
            return false;
        }
        let mut every = true;
        let mut branch = false;
        let mut negated = false;
        while let Some(word) = self.word() {
            let not = std::mem::take(&mut negated);
            match word {
                ")" => break,
                "!" | "-not" => {
                    negated = !not;
                    self.at += 1;
                    continue;
                }
                "-o" | "-or" => {
                    every &= branch;
                    branch = false;
                }
                // What stands before it is done, and says nothing of what is behind it.
                "," => (every, branch) = (true, false),
                "(" => {
                    self.at += 1;
                    let inner = self.list(outer || branch, depth + 1);
                    branch |= inner && !not;
                }
                "-delete" => self.all &= outer || branch,
                "-exec" | "-execdir" | "-ok" | "-okdir" => {
                    self.all &= outer || branch;
                    while self.word().is_some_and(|word| !matches!(word, ";" | "+")) {
                        self.at += 1;
                    }
                }
                _ => {
                    let span = self.call.words[self.at].span;
                    if let Some(option) = self.call.options.iter().find(|option| option.span == span) {
                        branch |= !not && (self.narrows)(option);
                        let next = self.call.words.get(self.at + 1).map(|word| word.span);
                        self.at += usize::from(option.value.is_some_and(|value| Some(value.span) == next));
                    }
                }
            }
            self.at += 1;
        }
        every && branch
    }
}
