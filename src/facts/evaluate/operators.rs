//! What the operators of an expansion make of a known text (bash(1), "Parameter Expansion").

use crate::facts::evaluate::expand::has_glob;
use crate::facts::targets::globs;
use crate::limits;

/// Bytes of the longest text that a pattern is tried on at each of its places.
const LONGEST_MATCHED: usize = 4 << 10;

/// `${x#pattern}`, `${x%pattern}`: without the shortest or the longest that matches at its beginning or its end; none where
/// the text is too long to be tried.
#[must_use]
pub fn trim(text: &str, pattern: &str, prefix: bool, longest: bool) -> Option<String> {
    if !has_glob(pattern) && !pattern.contains('\\') {
        let rest = if prefix { text.strip_prefix(pattern) } else { text.strip_suffix(pattern) };
        return Some(rest.unwrap_or(text).to_owned());
    }
    if text.len() > LONGEST_MATCHED {
        return None;
    }
    let mut cuts: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
    if prefix == longest {
        cuts.reverse();
    }
    for cut in cuts {
        let (head, tail) = text.split_at(cut);
        if prefix && globs::text(pattern, head) {
            return Some(tail.to_owned());
        }
        if !prefix && globs::text(pattern, tail) {
            return Some(head.to_owned());
        }
    }
    Some(text.to_owned())
}

/// `${x/pattern/with}`; the kind is the sign behind the first `/`. None where the text is too long to be tried, or what it
/// becomes is longer than any word. `matched`: a `&` stands for what was met.
#[must_use]
pub fn replace(text: &str, pattern: &str, with: &str, kind: u8, matched: bool) -> Option<String> {
    // `${x/#/before}`, `${x/%/behind}`
    match kind {
        b'#' if pattern.is_empty() => return Some(format!("{with}{text}")),
        b'%' if pattern.is_empty() => return Some(format!("{text}{with}")),
        _ if pattern.is_empty() => return Some(text.to_owned()),
        _ => {}
    }
    let tried = has_glob(pattern);
    // What is matched by an extended pattern is not computed.
    let extended = ["@(", "!(", "+(", "?(", "*("].iter().any(|sign| pattern.contains(sign));
    if tried && text.len() > LONGEST_MATCHED || extended {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut first = true;
    while !rest.is_empty() && out.len() <= limits::WORD {
        let hit = if kind == b'#' && !first {
            None
        } else if tried {
            let mut ends: Vec<usize> = rest.char_indices().map(|(i, _)| i).skip(1).chain([rest.len()]).collect();
            ends.reverse();
            ends.into_iter().find(|end| (kind != b'%' || *end == rest.len()) && globs::text(pattern, &rest[..*end]))
        } else {
            rest.starts_with(pattern).then_some(pattern.len()).filter(|end| kind != b'%' || *end == rest.len())
        };
        first = false;
        match hit {
            Some(end) => {
                match matched {
                    true => out.push_str(&with.replace('&', &rest[..end])),
                    false => out.push_str(with),
                }
                rest = &rest[end..];
                if kind != b'/' {
                    break;
                }
            }
            None => {
                let width = rest.chars().next().map_or(1, char::len_utf8);
                out.push_str(&rest[..width]);
                rest = &rest[width..];
            }
        }
    }
    out.push_str(rest);
    (out.len() <= limits::WORD).then_some(out)
}

/// `${x:offset:length}`, both from the end where negative; none where that cannot be.
#[must_use]
pub fn substring(text: &str, offset: i64, length: Option<i64>) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let size = chars.len() as i64;
    let start = if offset < 0 { size + offset } else { offset }.clamp(0, size);
    let end = match length {
        None => size,
        Some(n) if n < 0 => size + n,
        Some(n) => start.checked_add(n)?,
    }
    .clamp(start, size.max(start));
    Some(chars.get(start as usize..(end as usize).min(chars.len()))?.iter().collect())
}

/// `${x^^pattern}` and its like: the letters that the pattern names (all, without one), or only the first.
#[must_use]
pub fn change_case(text: &str, kind: &str, pattern: &str) -> String {
    let named = |c: char| pattern.is_empty() || globs::text(pattern, c.encode_utf8(&mut [0; 4]));
    let mut out = String::with_capacity(text.len());
    for (index, c) in text.chars().enumerate() {
        match kind.as_bytes().first() {
            _ if (index > 0 && kind.len() == 1) || !named(c) => out.push(c),
            Some(b'^') => out.extend(c.to_uppercase()),
            Some(b'~') if c.is_lowercase() => out.extend(c.to_uppercase()),
            _ => out.extend(c.to_lowercase()),
        }
    }
    out
}
