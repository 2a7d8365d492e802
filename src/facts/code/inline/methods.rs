//! What methods and functions make of a text that is known: `.trim()`, `.replace("a", "b")`, `.toLowerCase()`.

use super::tokens::Token;

/// The text that the method which begins here makes of this one, and how many tokens say so.
pub(super) fn method_of(text: &str, tokens: &[Token<'_>]) -> Option<(String, usize)> {
    match tokens {
        // Lua's `("…"):lower()`
        [Token::Sign(b':'), method @ ..] if matches!(method, [Token::Name("lower", _), Token::Sign(b'('), ..]) => {
            method_of(text, method).map(|(made, taken)| (made, taken + 1))
        }
        [
            Token::Name(method, _),
            Token::Sign(b'('),
            Token::Text(one),
            Token::Sign(b','),
            Token::Text(other),
            Token::Sign(b')'),
            ..,
        ] => {
            let made = match *method {
                "replace" | "replaceAll" | "gsub" => text.replace(one, other),
                "sub" | "replaceFirst" => text.replacen(one, other, 1),
                "tr" => letters(text, one, other)?,
                _ => return None,
            };
            Some((made, 6))
        }
        // `"…".split("").reverse().join("")`
        [
            Token::Name("split", _),
            Token::Sign(b'('),
            Token::Text(""),
            Token::Sign(b')'),
            Token::Name("reverse", _),
            Token::Sign(b'('),
            Token::Sign(b')'),
            Token::Name("join", _),
            Token::Sign(b'('),
            Token::Text(""),
            Token::Sign(b')'),
            ..,
        ] => Some((text.chars().rev().collect(), 11)),
        [Token::Name(method, _), after @ ..] => {
            let taken = match after {
                [Token::Sign(b'('), Token::Sign(b')'), ..] => 3,
                [Token::Sign(b'('), ..] => return None,
                // Ruby's, without brackets
                _ if matches!(*method, "downcase" | "upcase" | "strip" | "chomp" | "reverse") => 1,
                _ => return None,
            };
            let made = match (*method, taken) {
                ("strip" | "trim" | "chomp" | "lstrip" | "rstrip" | "trimStart" | "trimEnd", _) => {
                    text.trim().to_owned()
                }
                ("lower" | "toLowerCase" | "downcase", _) => text.to_lowercase(),
                ("upper" | "toUpperCase" | "upcase", _) => text.to_uppercase(),
                // Ruby's, Lua's
                ("reverse", _) => text.chars().rev().collect(),
                _ => return None,
            };
            Some((made, taken))
        }
        _ => None,
    }
}

/// The text that a function makes by replacing, and how many tokens its arguments are: PHP's `str_replace("a", "b", "…")`.
pub(super) fn replaced(function: &str, given: &[Token<'_>]) -> Option<(String, usize)> {
    match (function, given) {
        (
            "str_replace",
            [
                Token::Sign(b'('),
                Token::Text(one),
                Token::Sign(b','),
                Token::Text(other),
                Token::Sign(b','),
                Token::Text(text),
                Token::Sign(b')'),
                ..,
            ],
        ) => Some((text.replace(one, other), 7)),
        _ => None,
    }
}

/// Each letter of the one set by that of the other at its place (tr(1)); none where the sets are ranges.
fn letters(text: &str, from: &str, to: &str) -> Option<String> {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    if from.len() != to.len() || from.contains(&'-') || from.first() == Some(&'^') {
        return None;
    }
    let by = |letter: char| from.iter().position(|known| *known == letter).map_or(letter, |at| to[at]);
    Some(text.chars().map(by).collect())
}

#[cfg(test)]
mod tests {
    use super::method_of;
    use crate::facts::code::inline::tokens::{Comments, tokenize};

    #[test]
    fn cases_letters_and_ends() {
        let made =
            |text: &str, code: &str| method_of(text, &tokenize("ruby", Comments::Unknown, code)).map(|(made, _)| made);
        assert_eq!(made("RM -RF x", ".downcase").as_deref(), Some("rm -rf x"));
        assert_eq!(made("sn x", ".tr('sn', 'rm')").as_deref(), Some("rm x"));
        assert_eq!(made("xx xx", ".sub('xx', 'rm')").as_deref(), Some("rm xx"));
        assert_eq!(made(" rm ", ".strip()").as_deref(), Some("rm"));
        assert_eq!(made("rm", ".tr('a-z', 'b-y')"), None);
        assert_eq!(made("rm", ".frobnicate"), None);
    }
}
