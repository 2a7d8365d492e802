//! Quoted texts in PowerShell's lines.

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
