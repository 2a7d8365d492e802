//! zsh's arrays as bash has them (zshparam(1), "Array Parameters"): a name alone is all that it holds, and the first
//! element is number 1.

/// All of it; none where it makes no array.
pub(super) fn as_shell(text: &str) -> Option<String> {
    let named = |(at, _): (usize, &'_ str)| text[..at].trim_end_matches('+').rsplit(|c| !is_of_name(c)).next();
    let arrays: Vec<&str> = text.match_indices("=(").filter_map(named).filter(|name| !name.is_empty()).collect();
    if arrays.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        out.push('$');
        rest = after;
        let (braced, inside) = after.strip_prefix('{').map_or((false, after), |inside| (true, inside));
        let name = &inside[..inside.find(|c| !is_of_name(c)).unwrap_or(inside.len())];
        if arrays.contains(&name) {
            rest = &inside[name.len()..];
            let subscript = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            if let Some((_, after)) = subscript {
                rest = after;
            }
            // One that cannot be told is any.
            let number = subscript.and_then(|(number, _)| number.parse::<usize>().ok()?.checked_sub(1));
            let number = number.map_or("@".to_owned(), |number| number.to_string());
            out.push_str(&format!("{{{name}[{number}]{}", if braced { "" } else { "}" }));
        }
    }
    out.push_str(rest);
    Some(out)
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
            ("p+=(a); $p[@] $p[-1] 5$", "p+=(a); ${p[@]} ${p[@]} 5$"),
        ] {
            assert_eq!(as_shell(zsh).as_deref(), Some(bash));
        }
        assert_eq!(as_shell("p=a; $p"), None);
    }
}
