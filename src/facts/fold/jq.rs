//! What a filter of jq makes of each value that comes in, where that is a text put together (jq(1), "String interpolation").

/// Brackets around a sum that are taken off: each time all of it is gone through.
const BRACKETS: usize = 8;

/// The pieces of the text that its last stage prints: what it says, and none for a part that is not known. None, where it
/// makes something else, says nothing of its own, or holds more text than it shows.
pub(super) fn text_of_each(filter: &str) -> Option<Vec<Option<String>>> {
    // An escaped backslash is not told from the beginning of a hole.
    if filter.contains("\\\\") {
        return None;
    }
    let mut stage = last_stage(filter)?.trim();
    for _ in 0..BRACKETS {
        let Some(inside) = stage.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else { break };
        // `(a) + (b)` is no sum in brackets.
        outside(inside, |_, _| {})?;
        stage = last_stage(inside)?.trim();
    }
    let mut pieces = Vec::new();
    for term in terms(stage)? {
        match term.trim().strip_prefix('"') {
            Some(text) => pieces.extend(text_with_holes(text.strip_suffix('"')?)?),
            None if holds_text(term) => return None,
            None => pieces.push(None),
        }
    }
    let says = |piece: &Option<String>| piece.as_ref().is_some_and(|text| text.contains(|c: char| !c.is_whitespace()));
    pieces.iter().any(says).then_some(pieces)
}

/// Whether a part may hold a text of its own: `if .x then "; ls" else "" end`, `$command`.
fn holds_text(term: &str) -> bool {
    term.contains(['"', '$'])
}

/// What stands behind the last `|` that is not inside of something.
fn last_stage(filter: &str) -> Option<&str> {
    let mut begins = 0;
    outside(filter, |at, c| begins = if c == '|' { at + 1 } else { begins })?;
    Some(&filter[begins..])
}

/// The terms of a sum. None, where it has a part of another kind.
fn terms(sum: &str) -> Option<Vec<&str>> {
    let (mut all, mut from, mut other) = (Vec::new(), 0, false);
    outside(sum, |at, c| match c {
        '+' => {
            all.push(&sum[from..at]);
            from = at + 1;
        }
        ',' | '=' | '*' | ';' => other = true,
        _ => {}
    })?;
    all.push(&sum[from..]);
    (!other).then_some(all)
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
        let mut level = 1_usize;
        let closes = after.char_indices().find(|(_, c)| {
            match c {
                '(' => level += 1,
                ')' => level -= 1,
                _ => {}
            }
            level == 0
        });
        let end = closes?.0;
        if holds_text(&after[..end]) {
            return None;
        }
        pieces.push(None);
        rest = &after[end + 1..];
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
            (r#".[] | ("rm -rf " + .path)"#, "rm -rf ?"),
            (r#"("a" + .x) + ("b" + .y)"#, ""),
            (r#""\(.a)-\(.b.c[0])\n""#, "?-?\n"),
            (r#"map(select(.a | test("x|y"))) | .[] | "kill " + (.pid | tostring)"#, "kill ?"),
            (r#""a" + "b""#, "ab"),
            // Texts that are not shown are looked for elsewhere.
            (r#"$c | "echo \($c)""#, ""),
            (r#".[] | "true " + (if .x then "; ls" else "" end)"#, ""),
            (r#"# "\\(x" + .y"#, ""),
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
