//! Private keys, each found from its own first line.

use super::shown::push_redacted;

/// The text without its private keys (RFC 7468, and RFC 9580 for those of OpenPGP).
pub(super) fn without_private_keys(text: String) -> String {
    let mut out = String::new();
    let mut done = 0;
    while let Some((start, end)) = private_key(&text, done) {
        out.push_str(&text[done..start]);
        push_redacted(&mut out, "private-key");
        done = end;
    }
    if done == 0 { text } else { out + &text[done..] }
}

/// Where the next private key lies: its first line, and all behind it that can be one.
fn private_key(text: &str, from: usize) -> Option<(usize, usize)> {
    const LABEL: usize = 40;
    const SHORTEST_KEY: usize = 40;
    let name = "PRIVATE KEY";
    text[from..].match_indices(name).find_map(|(at, _)| {
        let (at, after) = (from + at, &text[from + at + name.len()..]);
        let closing = ["-----", " BLOCK-----"].into_iter().find(|closing| after.starts_with(closing))?;
        let label = text.as_bytes()[from..at].iter().rev().take(LABEL);
        let begins = at - label.take_while(|byte| byte.is_ascii_uppercase() || **byte == b' ').count();
        let start = begins.checked_sub("-----".len()).filter(|start| *start >= from)?;
        if !text[..begins].ends_with("-----") || !text[begins..at].starts_with("BEGIN ") {
            return None;
        }
        let head = at + name.len() + closing.len();
        let foot = head + length_of_key(&text[head..]);
        let last = text[foot..].strip_prefix("-----END ").and_then(|rest| rest.find("-----"));
        let end = last.map_or(foot, |at| foot + "-----END ".len() + at + "-----".len());
        (end > start + SHORTEST_KEY).then_some((start, end))
    })
}

/// How far a text can be the inside of a key: long words of base64, of which the last may be short, and lines like
/// `Proc-Type: 4,ENCRYPTED`. No command is hidden with it.
fn length_of_key(text: &str) -> usize {
    const LONG: usize = 16;
    const LINE: usize = 128;
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '[' | ']' | ':');
    let (mut at, mut long, mut short) = (0, 0, 0);
    loop {
        let rest = text[at..].trim_start_matches(|c: char| c.is_whitespace());
        let rest = ["\\n", "\\r"].iter().find_map(|newline| rest.strip_prefix(newline)).unwrap_or(rest);
        let here = text.len() - rest.len();
        let end = rest.bytes().take(LINE).position(|byte| matches!(byte, b'\n' | b'\\'));
        let line = end.map_or("", |end| &rest[..end]);
        let header = line.split_once(": ").is_some_and(|(name, value)| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
                && !value.contains([';', '|', '&', '$', '`', '<', '>'])
        });
        // The same headers, where the lines were joined.
        let told = rest.find(|c: char| !(letter(c) || matches!(c, ',' | '-'))).unwrap_or(rest.len());
        let header_word = long == 0 && rest[..told].contains([':', ',']);
        let word = rest.find(|c| !letter(c)).unwrap_or(rest.len());
        at = match () {
            () if here > at => here,
            () if header && long == 0 => here + line.len(),
            () if header_word => here + told,
            () if word >= LONG => {
                long += 1;
                here + word
            }
            // The rest of the key, and what OpenPGP adds up.
            () if word > 0 && long > 0 && short < 2 => {
                short += 1;
                here + word
            }
            () => return at,
        };
    }
}
