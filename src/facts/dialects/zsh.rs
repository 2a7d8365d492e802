//! zsh's arrays as bash has them (zshparam(1), "Array Parameters"): a name alone is all that it holds, and the first
//! element is number 1.

use rustc_hash::FxHashSet;

use crate::facts::Call;

/// What makes the first element number 0 (zshoptions(1), "KSH_ARRAYS"), or numbers names.
const NUMBERS_OTHERWISE: [&str; 5] = ["ksharrays", "emulate", "typeset a", "declare a", "local a"];
/// So far before its end an element's number begins.
const LONGEST_NUMBER: usize = 64;

/// Whether a text says so; names of options are the same in any letters, with lines in them or without.
fn says_otherwise(text: &str) -> bool {
    let plain = text.to_ascii_lowercase().replace(['_', '-'], "");
    NUMBERS_OTHERWISE.iter().any(|word| plain.contains(word))
}

/// Whether an option of its call says so: `zsh -o ksharrays`.
pub(in crate::facts) fn numbers_otherwise(call: &Call<'_>) -> bool {
    let options = call.words.iter().take_while(|word| word.val.lit() != Some("-c"));
    options.into_iter().any(|word| word.val.lit().is_none_or(says_otherwise))
}

/// All of it; none where it makes no array.
pub(in crate::facts) fn as_shell(text: &str, otherwise: bool) -> Option<String> {
    let named = |(at, _): (usize, &'_ str)| text[..at].trim_end_matches('+').rsplit(|c| !is_of_name(c)).next();
    let lists = text.match_indices("=(").filter_map(named);
    let elements = text.match_indices("]=").filter_map(|(at, _)| {
        let begins = text.as_bytes()[at.saturating_sub(LONGEST_NUMBER)..at].iter().rposition(|byte| *byte == b'[')?;
        named((at.saturating_sub(LONGEST_NUMBER) + begins, ""))
    });
    let arrays: FxHashSet<&str> = lists.chain(elements).filter(|name| !name.is_empty()).collect();
    if arrays.is_empty() {
        return None;
    }
    let otherwise = otherwise || says_otherwise(text);
    // One that cannot be told is any.
    let number = |subscript: &str| match subscript.parse::<usize>() {
        Ok(number) if number > 0 && !otherwise => (number - 1).to_string(),
        _ if matches!(subscript, "@" | "*") => subscript.to_owned(),
        _ if subscript.contains(',') => "@".to_owned(),
        _ => "$RANDOM".to_owned(),
    };
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        push_assignments(&mut out, before, number);
        out.push('$');
        rest = after;
        let (braced, inside) = after.strip_prefix('{').map_or((false, after), |inside| (true, inside));
        let name = &inside[..inside.find(|c| !is_of_name(c)).unwrap_or(inside.len())];
        if arrays.contains(name) {
            rest = &inside[name.len()..];
            let subscript = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            if let Some((_, after)) = subscript {
                rest = after;
            }
            let number = subscript.map_or("@".to_owned(), |(subscript, _)| number(subscript));
            out.push_str(&format!("{{{name}[{number}]{}", if braced { "" } else { "}" }));
        }
    }
    push_assignments(&mut out, rest, number);
    Some(out)
}

/// `p[1]=x`: the element that it assigns, as bash numbers it.
fn push_assignments(out: &mut String, text: &str, number: impl Fn(&str) -> String) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("]=") {
        match before.rsplit_once('[') {
            Some((name, subscript)) if name.ends_with(is_of_name) && subscript.parse::<usize>().is_ok() => {
                out.push_str(&format!("{name}[{}]=", number(subscript)));
            }
            _ => out.push_str(&format!("{before}]=")),
        }
        rest = after;
    }
    out.push_str(rest);
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::as_shell;

    #[test]
    fn a_name_alone_is_the_whole_array() {
        for (zsh, bash) in [
            ("p=(a b); $p", "p=(a b); ${p[@]}"),
            ("p=(a b); x ${p} ${p:#a} $path $p[2] ${p[1]}", "p=(a b); x ${p[@]} ${p[@]:#a} $path ${p[1]} ${p[0]}"),
            ("p+=(a); $p[@] $p[-1] $p[1,2] 5$", "p+=(a); ${p[@]} ${p[$RANDOM]} ${p[@]} 5$"),
            ("p[2]=a; $p[2]", "p[1]=a; ${p[1]}"),
            ("emulate ksh; p=(a b); $p[1]", "emulate ksh; p=(a b); ${p[$RANDOM]}"),
        ] {
            assert_eq!(as_shell(zsh, false).as_deref(), Some(bash));
        }
        assert_eq!(as_shell("p=a; $p", false), None);
    }
}
