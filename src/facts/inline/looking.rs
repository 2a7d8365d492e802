//! Whether a piece of code only looks at names of files, and cannot read what is in them: whatever it calls is known to
//! open nothing, or is its own.

use rustc_hash::FxHashSet;

use super::super::knowledge::Places;
use super::tokens::Token;

/// Words that stand before a bracket and are no call.
const KEYWORDS: [&str; 24] = [
    "if", "for", "while", "foreach", "switch", "elif", "elseif", "return", "and", "or", "not", "in", "catch",
    "function", "fn", "array", "isset", "empty", "match", "is", "else", "assert", "print", "yield",
];

/// Whether nothing that the code calls may open a file; of languages that need brackets for a call.
pub(super) fn only_looks(places: &Places<'_>, language: &str, tokens: &[Token<'_>]) -> bool {
    if !matches!(language, "python" | "php" | "javascript") {
        return false;
    }
    let harmless = |name: &str| {
        let last = last_part(name);
        KEYWORDS.contains(&name)
            || places.list("ask-for-names").chain(places.list("looks-at-names")).any(|known| known == last)
    };
    let starts = |token: &Token<'_>| matches!(token, Token::Name("def" | "function" | "class", _));
    let own: FxHashSet<&str> = tokens
        .windows(2)
        .filter_map(|two| match (&two[0], &two[1]) {
            (first, Token::Name(name, _)) if starts(first) => Some(*name),
            _ => None,
        })
        .collect();
    let defined = |name: &str| own.contains(last_part(name));
    tokens.iter().enumerate().all(|(at, token)| match (token, tokens.get(at + 1)) {
        (Token::Command(..), _) => false,
        // What a text holds may be computed.
        (Token::Text(text), _) if text.contains('{') && text.contains('(') => false,
        (Token::Name("as", _), _) if language != "php" => false,
        (Token::Name("include" | "include_once" | "require" | "require_once" | "import", _), Some(Token::Text(_))) => {
            false
        }
        (Token::Name("eval" | "exec" | "new", _), _) if language != "php" => false,
        (Token::Name(name, _), Some(Token::Sign(b'('))) => harmless(name) || defined(name),
        // A harmless name that becomes that of something else.
        (Token::Name(name, _), Some(Token::Sign(b'='))) => {
            !harmless(name) || matches!(tokens.get(at + 2), Some(Token::Sign(b'=')))
        }
        // What was computed is called.
        (Token::Sign(b')' | b']'), Some(Token::Sign(b'('))) => false,
        _ => true,
    })
}

fn last_part(name: &str) -> &str {
    name.rsplit(['.', ':', '>']).next().unwrap_or(name)
}
