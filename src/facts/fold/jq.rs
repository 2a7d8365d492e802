//! What a filter of jq makes of each value that comes in, where that is a text put together (jq(1), "String interpolation").

/// The pieces of the text that its last stage prints: what it says, and none for a part that is not known. None, where it
/// makes something else or says nothing of its own.
pub(super) fn text_of_each(filter: &str) -> Option<Vec<Option<String>>> {
    let mut rest = last_stage(filter)?.trim();
    let mut pieces = Vec::new();
    loop {
        let ends = end_of_term(rest)?;
        let (term, behind) = rest.split_at(ends);
        match term.trim().strip_prefix('"') {
            Some(text) => pieces.extend(text_with_holes(text.strip_suffix('"')?)?),
            None => pieces.push(None),
        }
        match behind.strip_prefix('+') {
            Some(next) => rest = next.trim_start(),
            None => break,
        }
    }
    let says = |piece: &Option<String>| piece.as_ref().is_some_and(|text| text.contains(|c: char| !c.is_whitespace()));
    pieces.iter().any(says).then_some(pieces)
}

/// What stands behind the last `|` that is not inside of something.
fn last_stage(filter: &str) -> Option<&str> {
    let mut begins = 0;
    outside(filter, |at, c| begins = if c == '|' { at + 1 } else { begins })?;
    Some(&filter[begins..])
}

/// Where the first `+` stands that is not inside of something. None, where the sum has a part of another kind.
fn end_of_term(sum: &str) -> Option<usize> {
    let mut ends = None;
    let mut other = false;
    outside(sum, |at, c| match c {
        '+' if ends.is_none() => ends = Some(at),
        ',' | '=' | '*' | ';' => other = true,
        _ => {}
    })?;
    (!other).then(|| ends.unwrap_or(sum.len()))
}

/// Shows each letter that stands in no text and in no brackets. None, where one of those is not closed.
fn outside(filter: &str, mut show: impl FnMut(usize, char)) -> Option<()> {
    let (mut level, mut quoted, mut escaped) = (0_usize, false, false);
    // The brackets in which a text stands that has a hole here.
    let mut holes: Vec<usize> = Vec::new();
    for (at, c) in filter.char_indices() {
        match c {
            '(' if quoted && escaped => {
                holes.push(level);
                level += 1;
                quoted = false;
            }
            '\\' if quoted && !escaped => {
                escaped = true;
                continue;
            }
            '"' if !escaped => quoted = !quoted,
            '(' | '[' | '{' if !quoted => level += 1,
            ')' | ']' | '}' if !quoted => {
                level = level.checked_sub(1)?;
                if holes.last() == Some(&level) {
                    holes.pop();
                    quoted = true;
                }
            }
            c if !quoted && level == 0 => show(at, c),
            _ => {}
        }
        escaped = false;
    }
    (level == 0 && !quoted).then_some(())
}

/// What stands between the quotes of a text: `rm \(.path)`.
fn text_with_holes(text: &str) -> Option<Vec<Option<String>>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\(") {
        pieces.push(Some(plain(before)?));
        pieces.push(None);
        let (mut level, mut quoted) = (1_usize, false);
        let closes = after.char_indices().find(|(_, c)| {
            match c {
                '"' => quoted = !quoted,
                '(' if !quoted => level += 1,
                ')' if !quoted => level -= 1,
                _ => {}
            }
            level == 0
        });
        rest = &after[closes?.0 + 1..];
    }
    pieces.push(Some(plain(rest)?));
    Some(pieces)
}

/// A text without its escapes, which are JSON's.
fn plain(text: &str) -> Option<String> {
    serde_json::from_str(&format!("\"{text}\"")).ok()
}

#[cfg(test)]
mod tests {
    use super::text_of_each;

    #[test]
    fn texts_are_put_together() {
        for (filter, made) in [
            (r#".[] | "rm -rf " + .path + " -v""#, "rm -rf ? -v"),
            (r#".[] | "rm \(.path | ltrimstr("a)")) x""#, "rm ? x"),
            (r#""\(.a)-\(.b.c[0])\n""#, "?-?\n"),
            (r#"map(select(.a | test("x|y"))) | .[] | "kill " + (.pid | tostring)"#, "kill ?"),
            (r#""a" + "b""#, "ab"),
            (".path", ""),
            (r#"{"a": "b"}"#, ""),
            (r#""a", "b""#, ""),
            (r#"" " + .x"#, ""),
            (r#""a"#, ""),
        ] {
            let pieces = text_of_each(filter).unwrap_or_default();
            let text: String = pieces.into_iter().map(|piece| piece.unwrap_or_else(|| "?".into())).collect();
            assert_eq!(text, made, "{filter}");
        }
    }
}
