//! Small glob matching for the hot path: `*`, `?`, `[…]`, `{a,b}`; `**` and, for plain text, `*` cross slashes.
//! (`globset` takes 13 µs to build one glob; these patterns are matched a few times and thrown away.)

use crate::facts::knowledge::{Lists, letters};

/// Whether plain text matches: `*` matches anything.
#[inline]
#[must_use]
pub fn text(pattern: impl AsRef<[u8]>, text: impl AsRef<[u8]>) -> bool {
    let (pattern, text) = (pattern.as_ref(), text.as_ref());
    !cannot(pattern, text) && plain_text(pattern, text)
}

/// Whether a text matches one of a list.
#[must_use]
pub fn listed(lists: &Lists<'_>, list: &'static str, text: &str) -> bool {
    lists.possible(list, letters(text.as_bytes())).any(|known| self::text(known, text))
}

/// Whether a path matches one of a list.
#[must_use]
pub fn listed_path(lists: &Lists<'_>, list: &'static str, path: &str) -> bool {
    lists.possible(list, letters(path.as_bytes())).any(|known| self::path(known, path))
}

/// Whether a line matches word for word: a wildcard stands within one of its words.
#[must_use]
pub fn words(pattern: &str, line: &str) -> bool {
    let count = |text: &str| text.split(' ').count();
    text(pattern, line) && count(pattern) == count(line)
}

/// Whether a path matches: `*` and `?` stop at slashes, `**` does not.
#[inline]
#[must_use]
pub fn path(pattern: impl AsRef<[u8]>, path: impl AsRef<[u8]>) -> bool {
    let (pattern, path) = (pattern.as_ref(), path.as_ref());
    !cannot(pattern, path) && whole_path(pattern, path)
}

/// Whether a word of a command is a pattern; its braces the shell has expanded (bash(1), "Pathname Expansion").
#[inline]
#[must_use]
pub fn is_pattern(word: &str) -> bool {
    word.contains(WILDCARDS)
}

/// What such a word says letter by letter, before its first wildcard: all of it where there is none.
#[must_use]
pub fn literal(word: &str) -> &str {
    word.split(WILDCARDS).next().unwrap_or_default()
}

const WILDCARDS: [char; 3] = ['*', '?', '['];

fn wild(byte: &u8) -> bool {
    WILD[usize::from(*byte)]
}

/// Looked up, for every byte of every pattern is asked.
static WILD: [bool; 256] = {
    let mut table = [false; 256];
    table[b'*' as usize] = true;
    table[b'?' as usize] = true;
    table[b'[' as usize] = true;
    table[b'{' as usize] = true;
    table
};

/// Whether the first or the last byte alone tells that nothing matches: with most patterns it does.
#[inline]
fn cannot(pattern: &[u8], text: &[u8]) -> bool {
    let ([first, ..], [.., last], [text_first, ..], [.., text_last]) = (pattern, pattern, text, text) else {
        return false;
    };
    (first != text_first && !wild(first)) || (last != text_last && !matches!(last, b'*' | b'?' | b']' | b'}'))
}

fn plain_text(pattern: &[u8], text: &[u8]) -> bool {
    let Some(first) = pattern.iter().position(wild) else {
        return pattern == text;
    };
    if pattern[..first] != text[..first.min(text.len())] {
        return false;
    }
    // One star, or one at each end: most patterns are.
    if pattern[first] == b'*' {
        let rest = &pattern[first + 1..];
        let plain = |part: &[u8]| !part.iter().any(wild);
        if plain(rest) {
            return text.len() >= first + rest.len() && text.ends_with(rest);
        }
        if let Some(inner) = rest.strip_suffix(b"*").filter(|inner| first == 0 && !inner.is_empty() && plain(inner)) {
            return holds(text, inner);
        }
    }
    matches(pattern, text, true)
}

/// Whether a text holds another: both are short, so nothing is prepared.
fn holds(text: &[u8], inner: &[u8]) -> bool {
    text.windows(inner.len()).any(|window| window[0] == inner[0] && window == inner)
}

fn whole_path(pattern: &[u8], path: &[u8]) -> bool {
    // What stands before the first wildcard decides most of them.
    let Some(first) = pattern.iter().position(wild) else {
        return pattern == path;
    };
    let fixed = pattern[..first].strip_suffix(b"/").unwrap_or(&pattern[..first]);
    if !path.starts_with(fixed) {
        return false;
    }
    // `**/x*/**`: a component anywhere.
    if let Some(part) = pattern.strip_prefix(b"**/").and_then(|rest| rest.strip_suffix(b"/**"))
        && !part.contains(&b'/')
    {
        let mut names = path.split(|byte| *byte == b'/');
        return match part {
            [b'*', ending @ ..] if !ending.iter().any(wild) => names.any(|name| name.ends_with(ending)),
            [start @ .., b'*'] if !start.iter().any(wild) => names.any(|name| name.starts_with(start)),
            _ => names.any(|name| text(part, name)),
        };
    }
    if let Some(prefix) = pattern.strip_suffix(b"/**") {
        if !prefix.iter().any(wild) {
            return path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"));
        }
        // `a/**` is also `a` itself.
        if matches(prefix, path, false) {
            return true;
        }
    }
    // `**/*.ext`: the commonest of those that cannot be found by name.
    if let Some(ending) = pattern.strip_prefix(b"**/*")
        && !ending.iter().any(|byte| wild(byte) || *byte == b'/')
    {
        return path.ends_with(ending);
    }
    if let Some(rest) = pattern.strip_prefix(b"**/") {
        if !rest.contains(&b'/') {
            // Only the last component matters.
            return text(rest, path.rsplit(|byte| *byte == b'/').next().unwrap_or(path));
        }
        if matches(rest, path, false) {
            return true;
        }
    }
    matches(pattern, path, false)
}

fn matches(pattern: &[u8], text: &[u8], cross: bool) -> bool {
    if let Some(open) = pattern.iter().position(|b| *b == b'{')
        && let Some(length) = pattern[open..].iter().position(|b| *b == b'}')
    {
        let (before, after) = (&pattern[..open], &pattern[open + length + 1..]);
        return pattern[open + 1..open + length].split(|b| *b == b',').any(|choice| {
            let whole = [before, choice, after].concat();
            matches(&whole, text, cross)
        });
    }
    simple(pattern, text, cross)
}

/// Iterative, with one point to go back to for `*` and one for `**`: no pattern makes it exponential.
fn simple(pattern: &[u8], text: &[u8], cross: bool) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    // Of `**/` what follows begins a component.
    let mut deep: Option<(usize, usize, bool)> = None;
    loop {
        if p < pattern.len() {
            match pattern[p] {
                b'*' => {
                    if pattern.get(p + 1) == Some(&b'*') {
                        p += 2;
                        let components = pattern.get(p) == Some(&b'/') && (p < 3 || pattern[p - 3] == b'/');
                        p += usize::from(components); // `/**/` also matches `/`
                        deep = Some((p, t, components));
                        star = None;
                    } else {
                        p += 1;
                        if cross { deep = Some((p, t, false)) } else { star = Some((p, t)) }
                    }
                    continue;
                }
                b'?' if t < text.len() && (cross || text[t] != b'/') => {
                    p += 1;
                    t += 1;
                    continue;
                }
                b'[' if t < text.len() => {
                    if let Some((hit, next)) = class(pattern, p, text[t])
                        && hit
                    {
                        p = next;
                        t += 1;
                        continue;
                    }
                }
                byte if t < text.len() && byte == text[t] => {
                    p += 1;
                    t += 1;
                    continue;
                }
                _ => {}
            }
        } else if t == text.len() {
            return true;
        }
        match (&mut star, &mut deep) {
            (Some((back, from)), _) if *from < text.len() && text[*from] != b'/' => {
                *from += 1;
                (p, t) = (*back, *from);
            }
            (_, Some((back, from, components))) if *from < text.len() => {
                *from += 1;
                while *components && *from < text.len() && text[*from - 1] != b'/' {
                    *from += 1;
                }
                star = None;
                (p, t) = (*back, *from);
            }
            _ => return false,
        }
    }
}

fn class(pattern: &[u8], open: usize, byte: u8) -> Option<(bool, usize)> {
    let mut i = open + 1;
    let negated = matches!(pattern.get(i), Some(b'!' | b'^'));
    i += usize::from(negated);
    let start = i;
    let mut hit = false;
    loop {
        let b = *pattern.get(i)?;
        if b == b']' && i > start {
            return Some((hit != negated, i + 1));
        }
        // `[[:upper:]]` (bash(1), "Pattern Matching")
        if b == b'['
            && let Some(rest) = pattern[i + 1..].strip_prefix(b":")
            && let Some(end) = rest.windows(2).take(8).position(|two| two == b":]")
        {
            hit |= is_of(&rest[..end], byte);
            i += end + 4;
            continue;
        }
        if pattern.get(i + 1) == Some(&b'-') && pattern.get(i + 2).is_some_and(|e| *e != b']') {
            hit |= (b..=pattern[i + 2]).contains(&byte);
            i += 3;
        } else {
            hit |= b == byte;
            i += 1;
        }
    }
}

/// Whether a byte is of a class by its name.
fn is_of(name: &[u8], byte: u8) -> bool {
    match name {
        b"alnum" => byte.is_ascii_alphanumeric(),
        b"alpha" => byte.is_ascii_alphabetic(),
        b"blank" => matches!(byte, b' ' | b'\t'),
        b"cntrl" => byte.is_ascii_control(),
        b"digit" => byte.is_ascii_digit(),
        b"graph" => byte.is_ascii_graphic(),
        b"lower" => byte.is_ascii_lowercase(),
        b"print" => byte.is_ascii_graphic() || byte == b' ',
        b"punct" => byte.is_ascii_punctuation(),
        b"space" => byte.is_ascii_whitespace() || byte == 0x0b,
        b"upper" => byte.is_ascii_uppercase(),
        b"word" => byte.is_ascii_alphanumeric() || byte == b'_',
        b"xdigit" => byte.is_ascii_hexdigit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{path, text};

    #[test]
    fn paths_stop_at_slashes_and_text_does_not() {
        for (pattern, subject, expected) in [
            ("/etc/**", "/etc", true),
            ("/etc/**", "/etc/ssh/x", true),
            ("/etc/**", "/etcetera", false),
            ("**/.env", ".env", true),
            ("**/.env", "a/b/.env", true),
            ("**/.env", "a/b.env", false),
            ("/var/*/x", "/var/a/x", true),
            ("/var/*/x", "/var/a/b/x", false),
            ("**/*.pem", "/a/b/c.pem", true),
            ("**/.git/**", "/w/.git", true),
            ("**/.git/**", "/w/.git/hooks/x", true),
            ("**/*.egg-info/**", "/w/a.egg-info/b/c", true),
            ("**/*.egg-info/**", "/w/a.egg-info", true),
            ("**/*.egg-info/**", "/w/a/egg-info/b", false),
            ("**/a-*/**", "a-1/b", true),
            ("/a/**/z", "/a/z", true),
            ("**/.git/hooks/**", "r.git/hooks/x", false),
            ("**/*.git/hooks/**", "srv/r.git/hooks/x", true),
            ("/a/**/y/z", "/a/by/z", false),
            ("~/.ssh/id_*", "~/.ssh/id_rsa", true),
            ("{a,b}/c", "b/c", true),
            ("/w/[a-c]*", "/w/bin", true),
        ] {
            assert_eq!(path(pattern, subject), expected, "{pattern} on {subject}");
        }
        for (pattern, subject, expected) in [
            ("*ab*", "xaby", true),
            ("*ab*", "xayb", false),
            ("a*b", "ab", true),
            ("ab*b", "ab", false),
            ("*", "", true),
            ("**", "x/y", true),
            ("a*", "b", false),
            ("*?*", "", false),
            ("[ab]*[cd]", "ac", true),
            ("{ab,cd}", "cd", true),
            ("a", "", false),
            ("", "a", false),
        ] {
            assert_eq!(text(pattern, subject), expected, "{pattern} on {subject}");
        }
        assert!(text("feature/*", "feature/a/b"));
        assert!(!text("release-?", "release-12"));
    }
}
