//! Whether a piece of code speaks to this machine only: a name of it in a comment or in what is printed is no proof, nor
//! is one beside the address of another.

use crate::facts::knowledge::{Lists, Vocabulary};
use crate::facts::targets::paths;
use crate::facts::targets::paths::core;

/// So many names are looked at, each with the line before it.
const MOST: usize = 32;

/// Whether code uses an address of this machine, and names no other machine.
pub fn stays_here(vocabulary: &Vocabulary<'_>, text: &str) -> bool {
    // Every request is answered by the test itself (nock's README, "Enabling requests").
    if text.contains("nock.disableNetConnect()") && text.contains("require('nock')") {
        let rest = text.replace("const nock =", "");
        let lets_out = ["enableNetConnect", "nock.restore", "child_process", "nock =", "passthrough"];
        if !lets_out.iter().any(|sign| rest.contains(sign)) {
            return true;
        }
    }
    let mut uses_this = text.contains("INADDR_LOOPBACK") && text.matches("s_addr").count() == 1;
    let mut looked_at = 0;
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))) {
        let from = word.as_ptr() as usize - text.as_ptr() as usize;
        let (before, after) = (&text[..from], &text[from + word.len()..]);
        // A host that is put together can be any.
        if before.ends_with("://") && word.is_empty() {
            return false;
        }
        if names_a_machine(&vocabulary.lists, before, word, after) {
            // To listen on this address is to listen to everybody.
            if word == "0.0.0.0" || paths::classify_host(&vocabulary.classes, word) & core::LOOPBACK == 0 {
                return false;
            }
            looked_at += 1;
            uses_this = uses_this || looked_at <= MOST && is_used(&vocabulary.lists, before);
        }
    }
    uses_this
}

/// Whether code names another machine than this one.
pub fn names_another(vocabulary: &Vocabulary<'_>, text: &str) -> bool {
    text.contains("://") && !stays_here(vocabulary, text)
}

/// Whether code is told by a variable to speak to this machine, and names no other: all that it takes from a `library`
/// (`google.cloud import storage`) is what the variable is for.
pub fn is_told_here(vocabulary: &Vocabulary<'_>, text: &str, library: &str, address: &str) -> bool {
    let family = library.split_once(" import ").map_or(library, |(family, _)| family);
    let alone = |(at, _): (usize, &str)| {
        let rest = &text[at + library.len()..];
        rest.is_empty() || rest.starts_with(['\n', '\r', ';']) || rest.starts_with(" as ")
    };
    let all = text.matches(family).count() == text.matches(library).count()
        && text.match_indices(library).all(alone)
        && !["googleapiclient", "environ", "getenv", "client_options"].iter().any(|word| text.contains(word));
    all && stays_here(vocabulary, &format!("{text}\nx = \"{}\"", address.trim_end_matches('/')))
}

/// Whether a word is meant as a machine, by what stands before and after it.
fn names_a_machine(lists: &Lists<'_>, before: &str, word: &str, after: &str) -> bool {
    let numbers = word.split('.').filter(|part| part.parse::<u8>().is_ok()).count();
    let ends_like_one = || word.rsplit_once('.').is_some_and(|(_, end)| lists.has("host-endings", end));
    // `amqp://guest:guest@localhost`: the user is no machine, and what stands behind is one (RFC 3986, 3.2).
    let ends_authority = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '`');
    let with_user = || after.split(ends_authority).next().unwrap_or_default().contains('@');
    let behind_user = before
        .strip_suffix('@')
        .is_some_and(|before| before.rfind("://").is_some_and(|at| !before[at + 3..].contains(ends_authority)));
    word == "localhost"
        || behind_user
        || before.ends_with("://") && !with_user()
        || numbers == 4 && word.matches('.').count() == 3
        || before.ends_with(['"', '\'', '`', '@']) && after.starts_with(['"', '\'', '`', ':', '/']) && ends_like_one()
}

/// Whether the name of a machine that follows is an address in use, by the line before it.
fn is_used(lists: &Lists<'_>, before: &str) -> bool {
    let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
    let commented =
        |sign: &str| line.starts_with(sign) || [" ", "\t", ";"].iter().any(|b| line.contains(&format!("{b}{sign}")));
    let begins = ["://", "@", " host=", "\"host=", "'host="].iter().find_map(|start| line.strip_suffix(start));
    let Some(line) = begins.or_else(|| line.ends_with(['"', '\'', '`']).then_some(line)) else { return false };
    // What the text is given to.
    let opened = line.rfind(['"', '\'', '`']).map_or(line, |at| &line[..at]);
    let given = opened.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '(' | '='));
    let given = given.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or("");
    !(commented("#") || commented("//") || commented("--") || lists.has("printing-functions", given))
}
