//! What the operators of an expansion make of a known text (bash(1), "Parameter Expansion").

use crate::facts::evaluate::expand::has_glob;
use crate::facts::targets::globs;

/// `${x#pattern}`, `${x%pattern}`: without the shortest or the longest that matches at its beginning or its end.
#[must_use]
pub fn trim(text: &str, pattern: &str, prefix: bool, longest: bool) -> String {
    let mut cuts: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
    if prefix == longest {
        cuts.reverse();
    }
    if cuts.len() > 4096 {
        return text.to_owned();
    }
    for cut in cuts {
        let (head, tail) = text.split_at(cut);
        if prefix && globs::text(pattern, head) {
            return tail.to_owned();
        }
        if !prefix && globs::text(pattern, tail) {
            return head.to_owned();
        }
    }
    text.to_owned()
}

/// `${x/pattern/with}`; the kind is the sign behind the first `/`.
#[must_use]
pub fn replace(text: &str, pattern: &str, with: &str, kind: u8) -> String {
    // `${x/#/before}`, `${x/%/behind}`
    match kind {
        b'#' if pattern.is_empty() => return format!("{with}{text}"),
        b'%' if pattern.is_empty() => return format!("{text}{with}"),
        _ => {}
    }
    if pattern.is_empty() || text.len() > 4096 {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut first = true;
    while !rest.is_empty() {
        let hit = if kind == b'#' && !first {
            None
        } else {
            let mut ends: Vec<usize> = rest.char_indices().map(|(i, _)| i).skip(1).chain([rest.len()]).collect();
            ends.reverse();
            if has_glob(pattern) {
                ends.into_iter().find(|end| (kind != b'%' || *end == rest.len()) && globs::text(pattern, &rest[..*end]))
            } else {
                rest.starts_with(pattern).then_some(pattern.len()).filter(|end| kind != b'%' || *end == rest.len())
            }
        };
        first = false;
        match hit {
            Some(end) => {
                out.push_str(with);
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
    out
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

/// `${x^}`, `${x,}`
#[must_use]
pub fn change_first(text: &str, upper: bool) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(c) if upper => c.to_uppercase().chain(chars).collect(),
        Some(c) => c.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}
