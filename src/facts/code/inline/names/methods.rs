//! What methods and functions make of a text that is known: `.trim()`, `.replace("a", "b")`, `.toLowerCase()`.

use super::super::syntax::tokens::Token;
use crate::facts::fold;

/// The text that the method which begins here makes of this one, and how many tokens say so.
pub(in super::super) fn method_of(text: &str, tokens: &[Token<'_>]) -> Option<(String, usize)> {
    match tokens {
        // Lua's `("…"):lower()`, `("…"):sub(3)`
        [Token::Sign(b':'), method @ ..] if matches!(method, [Token::Name("lower" | "upper" | "reverse", _), ..]) => {
            method_of(text, method).map(|(made, taken)| (made, taken + 1))
        }
        [Token::Sign(b':'), Token::Name("sub", _), Token::Sign(b'('), numbers @ ..] => {
            let ([from, to], taken) = numbers_up_to(numbers, b')', b",")?;
            let to = to.map(|to| if to < 0 { to + 1 } else { to }).filter(|to| *to != 0);
            // It counts from one, and the last is within.
            Some((part(text, from.map(|from| if from > 0 { from - 1 } else { from }), to), taken + 3))
        }
        // `"…"[2:]`, Ruby's `"…"[2..]`, `"…"[2..-1]`, `"…"[0]`
        [Token::Sign(b'['), numbers @ ..] => {
            let single = !numbers.iter().take(8).any(|token| matches!(token, Token::Sign(b':' | b'.')));
            let ([from, to], taken) = numbers_up_to(numbers, b']', b":.")?;
            let within = numbers[..taken].iter().filter(|token| **token == Token::Sign(b'.')).count() == 2;
            let to = match to {
                _ if single => Some(from? + 1).filter(|to| *to != 0),
                Some(to) if within => Some(to + 1).filter(|to| *to != 0),
                to => to,
            };
            Some((part(text, from, to), taken + 1))
        }
        // JavaScript's `.slice(2)`, `.substring(2, 5)`, `.substr(2, 3)`
        [Token::Name(method @ ("slice" | "substring" | "substr"), _), Token::Sign(b'('), numbers @ ..] => {
            let ([from, to], taken) = numbers_up_to(numbers, b')', b",")?;
            let to = if *method == "substr" { to.map(|length| from.unwrap_or(0) + length) } else { to };
            Some((part(text, from, to), taken + 2))
        }
        // `"a|b".split("|")[1]`, `"a|b".partition("|")[2]`
        [
            Token::Name(method @ ("split" | "partition"), _),
            Token::Sign(b'('),
            Token::Text(between),
            Token::Sign(b')'),
            Token::Sign(b'['),
            Token::Sign(number @ b'0'..=b'9'),
            Token::Sign(b']'),
            ..,
        ] if !between.is_empty() => {
            let number = usize::from(number - b'0');
            let made = match *method {
                "split" => text.split(between).nth(number)?,
                _ => {
                    let (before, behind) = text.split_once(between)?;
                    *[before, between, behind].get(number)?
                }
            };
            Some((made.to_owned(), 7))
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
                "replace" | "replaceAll" | "gsub" => fold::replaced(text, one, other, usize::MAX),
                "sub" | "replaceFirst" => fold::replaced(text, one, other, 1),
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
        // `"zzrm".strip("z")`, `"zzrm".removeprefix("zz")`
        [Token::Name(method, _), Token::Sign(b'('), Token::Text(what), Token::Sign(b')'), ..] => {
            let any = |c: char| what.contains(c);
            let made = match *method {
                "strip" => text.trim_matches(any),
                "lstrip" => text.trim_start_matches(any),
                "rstrip" => text.trim_end_matches(any),
                "removeprefix" | "delete_prefix" => text.strip_prefix(what).unwrap_or(text),
                "removesuffix" | "delete_suffix" => text.strip_suffix(what).unwrap_or(text),
                "delete" => return Some((text.replace(any, ""), 4)),
                _ => return None,
            };
            Some((made.to_owned(), 4))
        }
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
                ("lower" | "toLowerCase" | "downcase" | "casefold", _) => text.to_lowercase(),
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
pub(in super::super) fn replaced(function: &str, given: &[Token<'_>]) -> Option<(String, usize)> {
    match (function, given) {
        // `str_replace("a", "b", "…")`, `strtr("…", "a", "b")`; of letters alone `re.sub("a", "b", "…")` and
        // `preg_replace("/a/", "b", "…")`.
        (
            "str_replace" | "re.sub" | "preg_replace" | "strtr",
            [
                Token::Sign(b'('),
                Token::Text(first),
                Token::Sign(b','),
                Token::Text(second),
                Token::Sign(b','),
                Token::Text(third),
                Token::Sign(b')'),
                ..,
            ],
        ) => {
            let letters = |one: &str| one.chars().all(char::is_alphanumeric);
            let (one, other, text) = match function {
                "strtr" => (*second, *third, *first),
                "preg_replace" => (first.strip_prefix('/')?.strip_suffix('/')?, *second, *third),
                _ => (*first, *second, *third),
            };
            let plain = match function {
                "str_replace" => true,
                "strtr" => one.len() == 1,
                _ => letters(one),
            };
            plain.then(|| (fold::replaced(text, one, other, usize::MAX), 7))
        }
        // `JSON.parse('["…"]')[0]`
        (
            "JSON.parse" | "json.loads",
            [
                Token::Sign(b'('),
                Token::Text(list),
                Token::Sign(b')'),
                Token::Sign(b'['),
                Token::Sign(number @ b'0'..=b'9'),
                Token::Sign(b']'),
                ..,
            ],
        ) => {
            let texts: Vec<String> = serde_json::from_str(list).ok()?;
            texts.into_iter().nth(usize::from(number - b'0')).map(|text| (text, 6))
        }
        // Perl's `lc "…"`, `substr("…", 2)`, PHP's `strtolower("…")`, awk's `tolower("…")`
        ("substr", [Token::Text(text), Token::Sign(b','), numbers @ ..]) => {
            let digit = |token: &&Token<'_>| matches!(token, Token::Sign(b'0'..=b'9' | b'-' | b','));
            let taken = numbers.iter().take(LONGEST_NUMBERS).take_while(digit).count();
            of_function(function, text, &numbers[..taken]).map(|made| (made, taken + 2))
        }
        (_, [Token::Text(text), ..]) => of_function(function, text, &[]).map(|made| (made, 1)),
        (_, [Token::Sign(b'('), Token::Text(text), after @ ..]) => {
            let numbers = if after.first() == Some(&Token::Sign(b',')) { &after[1..] } else { after };
            let taken = numbers.iter().position(|token| *token == Token::Sign(b')'))?;
            let made = of_function(function, text, &numbers[..taken])?;
            Some((made, 3 + taken + (after.len() - numbers.len())))
        }
        _ => None,
    }
}

/// What a function makes of a text; `numbers` stand behind it.
fn of_function(function: &str, text: &str, numbers: &[Token<'_>]) -> Option<String> {
    match function {
        "lc" | "strtolower" | "tolower" | "mb_strtolower" => Some(text.to_lowercase()),
        "uc" | "strtoupper" | "toupper" | "mb_strtoupper" => Some(text.to_uppercase()),
        "lcfirst" | "trim" | "rtrim" | "ltrim" => Some(text.trim().to_owned()),
        "substr" | "mb_substr" if !numbers.is_empty() => {
            let mut closed = numbers.to_vec();
            closed.push(Token::Sign(b')'));
            let ([from, length], _) = numbers_up_to(&closed, b')', b",")?;
            Some(part(text, from, length.map(|length| from.unwrap_or(0) + length)))
        }
        _ => None,
    }
}

/// Two numbers up to the sign that ends them, each of which may be left out, and how many tokens they take with it.
fn numbers_up_to(tokens: &[Token<'_>], ends: u8, between: &[u8]) -> Option<([Option<isize>; 2], usize)> {
    let length = tokens.iter().take(LONGEST_NUMBERS).position(|token| *token == Token::Sign(ends))?;
    let sign = |token: &Token<'_>| match token {
        Token::Sign(sign) if sign.is_ascii_digit() || *sign == b'-' || between.contains(sign) => {
            Some(char::from(*sign))
        }
        _ => None,
    };
    let text: String = tokens[..length].iter().map(sign).collect::<Option<_>>()?;
    let mut numbers = text
        .split(|c| between.contains(&(c as u8)))
        .filter(|part| between != b":." || !part.is_empty() || !text.contains(".."));
    let number = |part: Option<&str>| match part {
        None | Some("") => Some(None),
        Some(part) => part.parse().ok().map(Some),
    };
    let both = [number(numbers.next())?, number(numbers.next())?];
    (!text.is_empty() && numbers.next().is_none()).then_some((both, length + 1))
}

/// Tokens of two numbers.
const LONGEST_NUMBERS: usize = 12;

/// The letters from one place to another; places below zero are counted from the end.
fn part(text: &str, from: Option<isize>, to: Option<isize>) -> String {
    let letters: Vec<char> = text.chars().collect();
    let count = letters.len() as isize;
    let place = |at: isize| if at < 0 { (count + at).max(0) } else { at.min(count) } as usize;
    let (from, to) = (place(from.unwrap_or(0)), to.map_or(letters.len(), place));
    letters.get(from..to).unwrap_or_default().iter().collect()
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
    use crate::facts::code::inline::syntax::tokens::{Comments, tokenize};

    #[test]
    fn cases_letters_and_ends() {
        let made =
            |text: &str, code: &str| method_of(text, &tokenize("ruby", Comments::Unknown, code)).map(|(made, _)| made);
        assert_eq!(made("RM -RF x", ".downcase").as_deref(), Some("rm -rf x"));
        assert_eq!(made("sn x", ".tr('sn', 'rm')").as_deref(), Some("rm x"));
        assert_eq!(made("xx xx", ".sub('xx', 'rm')").as_deref(), Some("rm xx"));
        assert_eq!(made("zzrm", "[2:]").as_deref(), Some("rm"));
        assert_eq!(made("zzrmz", "[2:-1]").as_deref(), Some("rm"));
        assert_eq!(made("rmzz", "[:2]").as_deref(), Some("rm"));
        assert_eq!(made("zzrm", "[2..]").as_deref(), Some("rm"));
        assert_eq!(made("zzrm", "[2..-1]").as_deref(), Some("rm"));
        assert_eq!(made("zrm", "[1..2]").as_deref(), Some("rm"));
        assert_eq!(made("rm", "[0]").as_deref(), Some("r"));
        assert_eq!(made("zzrm", ".slice(2)").as_deref(), Some("rm"));
        assert_eq!(made("zzrmz", ".substr(2, 2)").as_deref(), Some("rm"));
        assert_eq!(made("zzrm", ":sub(3)").as_deref(), Some("rm"));
        assert_eq!(made("zzrmz", ":sub(3, -2)").as_deref(), Some("rm"));
        assert_eq!(made("zzrm", ".lstrip('z')").as_deref(), Some("rm"));
        assert_eq!(made("a|rm", ".split('|')[1]").as_deref(), Some("rm"));
        assert_eq!(made("äöü", "[7:9]").as_deref(), Some(""));
        assert_eq!(made(" rm ", ".strip()").as_deref(), Some("rm"));
        assert_eq!(made("rm", ".tr('a-z', 'b-y')"), None);
        assert_eq!(made("rm", ".frobnicate"), None);
    }
}
