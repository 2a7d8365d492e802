//! A value as the words that it is split into (bash(1), "Word Splitting"): where its text is known; what is not known stays
//! whole, for nobody knows what is in it.

use bumpalo::Bump;

use crate::facts::value::{Builder, Seg, Val};

/// The words of one value, at most so many; the last one is all that is left. Blanks next to each other are one separator,
/// and others are each one, so that what is between two of them is a word, if an empty one.
pub(super) fn split<'a>(bump: &'a Bump, value: Val<'a>, separators: &str, most: usize) -> Vec<Val<'a>> {
    let blanks = separators.chars().all(char::is_whitespace);
    let single = match value {
        Val::Lit(text) => [Seg::Lit(text)],
        _ => [Seg::Lit("")],
    };
    let segs = match value {
        Val::Text(segs) => segs,
        _ => &single[..],
    };
    let mut words = Vec::new();
    let mut word = Builder::default();
    let mut begun = false;
    for seg in segs {
        let Seg::Lit(mut text) = *seg else {
            word.push(bump, Val::Text(bump.alloc_slice_copy(std::slice::from_ref(seg))));
            begun = true;
            continue;
        };
        while !text.is_empty() {
            if !begun && blanks {
                text = text.trim_start_matches(|c| separators.contains(c));
            }
            let end = if words.len() + 1 < most { text.find(|c| separators.contains(c)) } else { None };
            let (part, rest) = text.split_at(end.unwrap_or(text.len()));
            word.push_lit(part);
            begun |= !part.is_empty();
            let Some(separator) = rest.chars().next() else { break };
            if begun || !blanks {
                words.push(std::mem::take(&mut word).done(bump));
                begun = false;
            }
            text = &rest[separator.len_utf8()..];
        }
    }
    if begun {
        words.push(word.done(bump));
    }
    words
}

/// Whether a part of a value is known.
pub(super) fn is_known_in_part(value: &Val<'_>) -> bool {
    match value {
        Val::Lit(_) => true,
        Val::Text(segs) => segs.iter().any(|seg| matches!(seg, Seg::Lit(text) if !text.trim().is_empty())),
        Val::Set(several) => several.iter().any(is_known_in_part),
    }
}
