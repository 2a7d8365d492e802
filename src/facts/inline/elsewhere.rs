//! Whether a piece of code speaks to this machine only: a name of it in a comment is no proof, if another address stands
//! in the code too.

use super::super::knowledge::Places;
use super::super::paths::{self, core};

/// Whether code names this machine, and no other: by an address's host, by its numbers, or by a name in quotes.
pub fn stays_here(places: &Places<'_>, text: &str) -> bool {
    let mut names_this = text.contains("INADDR_LOOPBACK");
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))) {
        let from = word.as_ptr() as usize - text.as_ptr() as usize;
        if names_a_machine(places, &text[..from], word, &text[from + word.len()..]) {
            // To listen on this address is to listen to everybody.
            if word == "0.0.0.0" || paths::classify_host(places, word) & core::LOOPBACK == 0 {
                return false;
            }
            names_this = true;
        }
    }
    names_this
}

/// Whether a word is meant as a machine, by what stands before and after it.
fn names_a_machine(places: &Places<'_>, before: &str, word: &str, after: &str) -> bool {
    let numbers = word.split('.').filter(|part| part.parse::<u8>().is_ok()).count();
    let ends_like_one =
        || word.rsplit_once('.').is_some_and(|(_, end)| places.list("host-endings").any(|known| known == end));
    word == "localhost"
        || before.ends_with("://") && !word.is_empty()
        || numbers == 4 && word.matches('.').count() == 3
        || before.ends_with(['"', '\'', '`', '@']) && after.starts_with(['"', '\'', '`', ':', '/']) && ends_like_one()
}
