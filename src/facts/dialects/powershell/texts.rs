//! Texts in PowerShell's lines: those in quotes, and those that are written anew.

/// The quoted texts that begin here, with this sign between them, and what follows.
pub(super) fn list(text: &str, between: char) -> (Vec<&str>, &str) {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some((word, after)) = quoted(rest) {
        words.push(word);
        rest = after;
        match after.trim_start().strip_prefix(between) {
            Some(more) if quoted(more.trim_start()).is_some() => rest = more.trim_start(),
            _ => break,
        }
    }
    (words, rest)
}

/// A quoted text that begins here, and what follows.
pub(super) fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text[1..].split_once(quote)
}

/// The quoted text that ends here, and where it begins.
pub(super) fn quoted_before(text: &str) -> Option<(usize, &str)> {
    let quote = text.chars().last().filter(|c| matches!(c, '"' | '\''))?;
    let inside = &text[..text.len() - 1];
    let from = inside.rfind(quote)?;
    Some((from, &inside[from + 1..]))
}

/// A text in which something else may stand from each of these signs on (in small letters; the language has no case):
/// `made` is given what is written so far and what follows the sign, writes its own, and says where to go on; none leaves
/// the sign as it is.
pub(super) fn rewritten<'t>(
    text: &'t str,
    sign: &str,
    made: impl Fn(&mut String, &'t str) -> Option<&'t str>,
) -> String {
    let small = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    while let Some(found) = small[done..].find(sign) {
        let (at, after) = (done + found, done + found + sign.len());
        out.push_str(&text[done..at]);
        done = match made(&mut out, &text[after..]) {
            Some(rest) => text.len() - rest.len(),
            None => {
                out.push_str(&text[at..after]);
                after
            }
        };
    }
    out + &text[done..]
}
