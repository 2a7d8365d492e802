//! What is said of a call, to people and to programs.

use crate::facts::{Call, Facts};

/// The words of a call; of an operation, its name.
pub(super) fn words(call: &Call<'_>) -> String {
    match call.words {
        [] => call.verb.to_owned(),
        words => words.iter().map(|field| field.val.text()).collect::<Vec<_>>().join(" "),
    }
}

/// How well it is known what a call does.
pub(super) fn known(index: usize, call: &Call<'_>, facts: &Facts<'_>) -> &'static str {
    let by_words = || facts.effects.iter().any(|e| e.call as usize == index && e.marks.contains(&"by-words"));
    match call.entry {
        _ if call.level.is_some() && by_words() => "operation known by its words",
        _ if call.level.is_some() => "operation of the catalogue",
        None if call.words.is_empty() && !call.verb.is_empty() => "unknown operation",
        None if call.program.is_empty() => "cannot be known before it runs",
        None => "unknown program",
        Some(_) if call.complete => "all options known",
        Some(_) => "some options unknown",
    }
}
