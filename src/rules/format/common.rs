//! What commands and rules are both written with: conditions on a call, and words of closed lists.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use super::error::suggestion;
use super::knowledge::{Cond, Globs};
use super::raw::Many;
use super::{PackError, PackText, leak};

/// A word that has to be one of these.
pub(super) fn known_word(
    pack: &PackText<'_>,
    word: &Spanned<String>,
    what: &str,
    known: &[&str],
) -> Result<&'static str, PackError> {
    one_of(pack, word.get_ref(), word.span(), what, known)?;
    Ok(leak(word.get_ref()))
}

/// The same of a text at a place.
fn one_of(pack: &PackText<'_>, word: &str, span: Range<usize>, what: &str, known: &[&str]) -> Result<(), PackError> {
    if known.contains(&word) {
        return Ok(());
    }
    let hint = suggestion(word, known.iter().copied());
    Err(PackError::new(pack.file, pack.text, Some(span), format!("no {what} is called `{word}`{hint}")))
}

/// Each word of a value has to be one of these.
pub(super) fn each_of(pack: &PackText<'_>, value: &Many, what: &str, known: &[&str]) -> Result<(), PackError> {
    value.items().into_iter().try_for_each(|(word, span)| one_of(pack, word, span, what, known))
}

/// The one word of a value, which must be one of these; empty where none is given.
pub(super) fn only_word(
    pack: &PackText<'_>,
    value: &Many,
    what: &str,
    known: &[&str],
) -> Result<&'static str, PackError> {
    each_of(pack, value, what, known)?;
    match &value.words[..] {
        [] => Ok(""),
        [one] => Ok(leak(one)),
        _ => {
            let message = format!("only one {what} may stand here");
            Err(PackError::new(pack.file, pack.text, Some(value.span.clone()), message))
        }
    }
}

/// What options must be given, all or any of them, or must not; what values must match, or must not.
pub(super) fn cond(
    [only, all, unless]: [&Many; 3],
    [matching, not_matching]: [&BTreeMap<String, Many>; 2],
) -> Cond<'static> {
    Cond {
        any: only.in_place(),
        all: all.in_place(),
        none: unless.in_place(),
        values: values(matching),
        not_values: values(not_matching),
        ..Cond::default()
    }
}

/// Names with the globs of their values.
fn values(map: &BTreeMap<String, Many>) -> Vec<(&'static str, Globs<'static>)> {
    map.iter().map(|(k, v)| (leak(k), v.globs())).collect()
}
