//! Whether code changes its texts before it runs them, letter by letter or a part at a time, and what they may become.

use super::snippet::Snippet;

/// Whether the code turns letters by a number: `ord(c) ^ 42`, `chr(ord(c) - 1)`.
pub(in super::super) fn turns(code: &Snippet<'_>) -> bool {
    let says = |words: &[&str]| words.iter().any(|word| code.says(word));
    says(&["ord", "charCodeAt", "bytes(", "bytearray(", ".bytes"])
        && (says(&["^"]) || says(&["+", "-"]) && says(&["chr", "fromCharCode"]))
}

/// What the languages call putting one text in the place of another, or taking it out.
const CHANGES: [&str; 12] =
    ["replace", "sub(", "sub!(", "gsub ", "split", "delete(", "maketrans(", "~ s", "~ tr", " s/", " tr/", "tr("];

/// How far behind such a word its patterns stand.
const NEAR: usize = 32;

/// The longest of such patterns, and how many are tried.
const LONGEST_PATTERN: usize = 4;
const PATTERNS: usize = 16;

/// The texts that the code may put in the place of others, each behind the one that it takes the place of: the short ones
/// that stand near a word that says so (`.replace(/X/g, "")`, `$x =~ s/X//`).
pub(in super::super) fn patterns<'a>(code: &Snippet<'a>) -> Vec<&'a str> {
    let mut found: Vec<&'a str> = Vec::new();
    for word in CHANGES.iter().filter(|word| code.says(word)) {
        for (at, _) in code.text.match_indices(word).take(PATTERNS) {
            let behind = &code.text[at + word.len()..];
            let end = behind.char_indices().map(|(at, _)| at).take_while(|at| *at <= NEAR).last().unwrap_or(0);
            let near = if behind.len() <= NEAR { behind } else { &behind[..end] };
            let apart =
                |c: char| matches!(c, '"' | '\'' | '/' | ',' | '(' | ')' | '[' | ']' | '{' | '}' | ';' | ' ' | '|');
            found.extend(near.split(apart).filter(|part| (1..=LONGEST_PATTERN).contains(&part.len())));
            if found.len() > PATTERNS {
                return found;
            }
        }
    }
    found
}

/// What such code may make of a text: each of the patterns taken out, or the next one put in its place.
pub(in super::super) fn changed(text: &str, patterns: &[&str]) -> Vec<String> {
    let follows = |at: usize| ["", patterns.get(at + 1).copied().unwrap_or_default()];
    let each = patterns.iter().enumerate().filter(|(_, pattern)| text.contains(**pattern));
    each.flat_map(|(at, pattern)| follows(at).map(|with| text.replace(pattern, with))).collect()
}
