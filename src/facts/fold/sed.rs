//! What sed prints, where its input is known (GNU sed manual): `s`, `y`, `a`, `i`, `c`, `p`, `d` and `q`, with addresses of one
//! line.

use std::borrow::Cow;

use regex_lite::{Regex, RegexBuilder};

use super::replaced;
use crate::limits;

/// Texts with more lines are not followed.
const LINES: usize = 1000;

enum Address {
    Always,
    Line(usize),
    Last,
    Matches(Regex),
}

enum Command {
    Substitute {
        pattern: Regex,
        with: String,
        all: bool,
        print: bool,
    },
    Translate(Vec<(char, char)>),
    Print,
    /// A line before, behind, or in the place of this one.
    Put(Where, String),
    Delete,
    Quit,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    Before,
    Behind,
    Instead,
}

struct Step {
    address: Address,
    negated: bool,
    command: Command,
}

/// What a command of one `s` puts in the place of what, and what stands behind that, if it ends: its flags, and other
/// commands.
pub(in crate::facts) fn substitution(command: &str) -> Option<(&str, &str, Option<&str>)> {
    let rest = command.strip_prefix('s')?;
    let delimiter = rest.chars().next()?;
    let (from, rest) = until(&rest[delimiter.len_utf8()..], delimiter);
    let (to, flags) = until(rest?, delimiter);
    Some((from, to, flags))
}

/// What stands before a sign that no backslash stands before, and what behind it, if there is one.
pub(in crate::facts) fn until(text: &str, sign: char) -> (&str, Option<&str>) {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == sign && !escaped {
            return (&text[..at], Some(&text[at + sign.len_utf8()..]));
        }
        escaped = c == '\\' && !escaped;
    }
    (text, None)
}

/// What one command puts into a text: in the place of something (`s/a/b/`), or as a line of its own (`$a b`, `3i b`).
pub(in crate::facts) fn put_in(command: &str) -> Option<&str> {
    let (_, command) = behind_addresses(command);
    if substitutes(command) {
        return substitution(command).map(|(_, to, _)| to).filter(|text| !text.is_empty());
    }
    let text = command.strip_prefix(['a', 'i', 'c'])?;
    Some(text.trim_start_matches('\\').trim_start()).filter(|text| !text.is_empty())
}

/// Whether a command is an `s` with a delimiter.
pub(in crate::facts) fn substitutes(command: &str) -> bool {
    command.strip_prefix('s').is_some_and(|rest| rest.starts_with(|sign: char| sign.is_ascii_punctuation()))
}

/// The pattern of the first address of a command, if it has one, and what stands behind its addresses: `/a/,/b/ s/c/d/`.
pub(in crate::facts) fn behind_addresses(command: &str) -> (&str, &str) {
    let mut rest = command.trim_start_matches([' ', '\t', '{', '}']);
    let mut pattern = "";
    loop {
        let behind = match rest.as_bytes().first() {
            Some(b'/') => {
                let (found, behind) = until(&rest[1..], '/');
                let Some(behind) = behind else { return (pattern, rest) };
                if pattern.is_empty() {
                    pattern = found;
                }
                behind.trim_start_matches(['I', 'M'])
            }
            // `\\cREGEXc`
            Some(b'\\') => {
                let Some(sign) = rest[1..].chars().next() else { return (pattern, rest) };
                let (found, behind) = until(&rest[1 + sign.len_utf8()..], sign);
                let Some(behind) = behind else { return (pattern, rest) };
                if pattern.is_empty() {
                    pattern = found;
                }
                behind.trim_start_matches(['I', 'M'])
            }
            Some(b'0'..=b'9' | b'$') => {
                rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '$' | '~' | '+'))
            }
            _ => return (pattern, rest),
        };
        match behind.trim_start().strip_prefix(',') {
            Some(next) => rest = next.trim_start().trim_start_matches('+'),
            None => return (pattern, behind.trim_start_matches([' ', '\t', '!', '{'])),
        }
    }
}

/// Why it is not told what a script makes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::facts) enum NotEdited {
    /// The script says something that is not computed here.
    Unknown,
    /// The text grows by more than one word may hold: `s/a/aaaaaaaaaa/g` a few times is gigabytes.
    TooLong,
}

/// What a script makes of a text. `quiet` is `-n`, `extended` is `-E`.
pub(in crate::facts) fn edited(text: &str, script: &str, quiet: bool, extended: bool) -> Result<String, NotEdited> {
    let steps = steps(script, extended).ok_or(NotEdited::Unknown)?;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.len() > LINES {
        return Err(NotEdited::Unknown);
    }
    let most = text.len() + limits::WORD;
    let mut out = String::with_capacity(text.len());
    for (index, whole) in lines.iter().enumerate() {
        let (line, end) = whole.strip_suffix('\n').map_or((*whole, ""), |line| (line, "\n"));
        let mut space = Cow::Borrowed(line);
        let (mut deleted, mut quit, mut behind) = (false, false, String::new());
        let end_shown = if end.is_empty() && index + 1 < lines.len() { "\n" } else { end };
        let print = |out: &mut String, space: &str| {
            out.push_str(space);
            out.push_str(end_shown);
        };
        for step in &steps {
            if out.len() + behind.len() > most {
                return Err(NotEdited::TooLong);
            }
            let hit = match &step.address {
                Address::Always => true,
                Address::Line(number) => *number == index + 1,
                Address::Last => index + 1 == lines.len(),
                Address::Matches(pattern) => pattern.is_match(&space),
            };
            if hit == step.negated {
                continue;
            }
            match &step.command {
                Command::Substitute { pattern, with, all, print: shown } => {
                    if !pattern.is_match(&space) {
                        continue;
                    }
                    space = Cow::Owned(substituted(&space, pattern, with, *all, most).ok_or(NotEdited::TooLong)?);
                    if *shown {
                        print(&mut out, &space);
                    }
                }
                Command::Translate(pairs) => {
                    let changed = |c: char| pairs.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to);
                    space = Cow::Owned(space.chars().map(changed).collect());
                }
                Command::Print => print(&mut out, &space),
                Command::Put(Where::Behind, line) => {
                    behind.push_str(line);
                    behind.push('\n');
                }
                Command::Put(place, line) => {
                    print(&mut out, line);
                    if *place == Where::Instead {
                        deleted = true;
                        break;
                    }
                    if end.is_empty() {
                        return Err(NotEdited::Unknown);
                    }
                }
                Command::Delete => {
                    deleted = true;
                    break;
                }
                Command::Quit => {
                    quit = true;
                    break;
                }
            }
        }
        if !deleted && !quiet {
            print(&mut out, &space);
        }
        if !behind.is_empty() {
            if !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(&behind);
        }
        if quit {
            break;
        }
    }
    if out.len() > most { Err(NotEdited::TooLong) } else { Ok(out) }
}

/// A text with something else in the place of what a pattern meets, the first time or every time; none if it grows longer.
fn substituted(text: &str, pattern: &Regex, with: &str, all: bool, most: usize) -> Option<String> {
    // What is met may stand in it this often.
    let again = with.matches("${").count();
    let (mut out, mut end) = (String::new(), 0);
    for found in pattern.captures_iter(text).take(if all { usize::MAX } else { 1 }) {
        let whole = found.get(0)?;
        out.push_str(&text[end..whole.start()]);
        if out.len() + with.len() + again * whole.len() > most {
            return None;
        }
        found.expand(with, &mut out);
        end = whole.end();
    }
    out.push_str(&text[end..]);
    (out.len() <= most).then_some(out)
}

/// Stand for the line, and for a part of it, in what a script makes of any line.
pub(super) const LINE: char = '\u{2}';
pub(super) const PART: char = '\u{3}';

/// What a script makes of any line that it leaves, if it does no more than put texts around it or take parts away.
pub(super) fn of_each(script: &str, extended: bool) -> Option<String> {
    let mut line = LINE.to_string();
    for step in steps(script, extended)? {
        let Command::Substitute { pattern, with, .. } = step.command else {
            match step.command {
                Command::Delete | Command::Print | Command::Quit => continue,
                _ => return None,
            }
        };
        let pattern = pattern.as_str();
        let whole = pattern.trim_start_matches('^').trim_end_matches('$').trim_matches(['(', ')']) == ".*";
        // Longer than any word: whoever reads it takes it for too long.
        if line.len() > limits::WORD {
            break;
        }
        let mut put = replaced(&with, "${0}", &line, usize::MAX);
        for group in 1..=9 {
            put = replaced(&put, &format!("${{{group}}}"), if whole { &line } else { "\u{3}" }, usize::MAX);
        }
        let put = put.replace("$$", "$");
        match pattern {
            "^" => line.insert_str(0, &put),
            "$" => line.push_str(&put),
            _ if whole => line = put,
            // `s,origin/,git push origin :,`: in the place of what names begin with.
            _ if with.contains(' ') && line.starts_with(LINE) => {
                line = if with.contains("${") { put } else { put + &line };
            }
            _ if with.is_empty() => {}
            _ => return None,
        }
    }
    Some(line)
}

/// Whether a script does nothing but take lines out, and not all of them: `/nvm/d`, `/begin/,/end/d`.
pub(in crate::facts) fn only_deletes(script: &str) -> bool {
    fn deletes(mut rest: &str) -> Option<()> {
        loop {
            let (first, after) = address(rest, true)?;
            // A pattern that says a word does not mean them all.
            let text = rest.strip_prefix('/')?;
            let text = &text[..text.len() - after.len() - 1];
            let says = text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.len() > 2);
            if !matches!(first, Address::Matches(_)) || !says {
                return None;
            }
            let after = match after.strip_prefix(',') {
                // To a line that is named too.
                Some(second) => {
                    let (last, after) = address(second, true)?;
                    if !matches!(last, Address::Matches(_)) {
                        return None;
                    }
                    after
                }
                None => after,
            };
            rest = after.strip_prefix('d')?.trim_start_matches([' ', '\t']);
            if rest.is_empty() {
                return Some(());
            }
            rest = rest.strip_prefix([';', '\n'])?.trim_start_matches([' ', ';', '\n']);
        }
    }
    deletes(script.trim_matches([' ', '\n', ';'])).is_some()
}

fn steps(script: &str, extended: bool) -> Option<Vec<Step>> {
    let mut rest = script;
    let mut steps = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        if rest.is_empty() {
            return Some(steps);
        }
        let address;
        (address, rest) = address_of(rest, extended)?;
        let negated = rest.starts_with('!');
        rest = rest.trim_start_matches(['!', ' ']);
        let letter = rest.chars().next()?;
        rest = &rest[letter.len_utf8()..];
        let command = match letter {
            's' | 'y' => {
                let delimiter = rest.chars().next()?;
                let (from, after) = part(&rest[delimiter.len_utf8()..], delimiter)?;
                let (to, after) = part(after, delimiter)?;
                let end = after.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(after.len());
                let (flags, after) = after.split_at(end);
                rest = after;
                if letter == 'y' {
                    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
                    if from.len() != to.len() || !flags.is_empty() {
                        return None;
                    }
                    Command::Translate(from.into_iter().zip(to).collect())
                } else {
                    if !flags.bytes().all(|flag| matches!(flag, b'g' | b'p' | b'i' | b'I')) {
                        return None;
                    }
                    Command::Substitute {
                        pattern: pattern(&from, extended, flags.contains(['i', 'I']))?,
                        with: replacement(&to)?,
                        all: flags.contains('g'),
                        print: flags.contains('p'),
                    }
                }
            }
            // GNU's way: the text stands on the same line, or behind a backslash and the end of the line.
            'a' | 'i' | 'c' => {
                let text = rest.trim_start_matches([' ', '\t']);
                let text = text.strip_prefix('\\').map_or(text, |text| text.trim_start_matches('\n'));
                let (line, after) = text.split_at(text.find('\n').unwrap_or(text.len()));
                if line.contains('\\') || line.is_empty() {
                    return None;
                }
                rest = after;
                let place = match letter {
                    'a' => Where::Behind,
                    'i' => Where::Before,
                    _ => Where::Instead,
                };
                Command::Put(place, line.to_owned())
            }
            'p' => Command::Print,
            'd' => Command::Delete,
            'q' => Command::Quit,
            _ => return None,
        };
        // Nothing else may stand on it.
        let next = rest.trim_start_matches([' ', '\t']);
        if !next.is_empty() && !next.starts_with(['\n', ';']) {
            return None;
        }
        steps.push(Step { address, negated, command });
    }
}

fn address_of(text: &str, extended: bool) -> Option<(Address, &str)> {
    let (address, rest) = address(text, extended)?;
    // Ranges and steps are not followed.
    (!rest.starts_with([',', '~'])).then_some((address, rest))
}

fn address(text: &str, extended: bool) -> Option<(Address, &str)> {
    let (address, rest) = match text.as_bytes().first()? {
        b'0'..=b'9' => {
            let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            (Address::Line(text[..end].parse().ok()?), &text[end..])
        }
        b'$' => (Address::Last, &text[1..]),
        b'/' => {
            let (from, rest) = part(&text[1..], '/')?;
            (Address::Matches(pattern(&from, extended, false)?), rest)
        }
        _ => return Some((Address::Always, text)),
    };
    Some((address, rest.trim_start_matches(' ')))
}

/// Up to a delimiter that no backslash stands before; one that does is the character itself.
fn part(text: &str, delimiter: char) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == delimiter {
            return Some((out, &text[at + c.len_utf8()..]));
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        let (_, next) = chars.next()?;
        if next != delimiter {
            out.push('\\');
        }
        out.push(next);
    }
    None
}

/// A regular expression in the form that the library reads: in the basic one it is the bare signs that stand for themselves.
fn pattern(text: &str, extended: bool, any_case: bool) -> Option<Regex> {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    let mut first = true;
    while let Some(c) = chars.next() {
        match c {
            '[' => {
                out.push('[');
                let mut inner = 0;
                for c in chars.by_ref() {
                    out.push(c);
                    inner += 1;
                    if c == ']' && inner > 1 && !(inner == 2 && out.ends_with("[^]")) && !out.ends_with(":]") {
                        break;
                    }
                }
            }
            '\\' => match chars.next()? {
                sign @ ('(' | ')' | '{' | '}' | '+' | '?' | '|') if !extended => out.push(sign),
                'n' => out.push('\n'),
                // The library has no references within a pattern.
                '1'..='9' => return None,
                other => {
                    out.push('\\');
                    out.push(other);
                }
            },
            '(' | ')' | '{' | '}' | '+' | '?' | '|' if !extended => {
                out.push('\\');
                out.push(c);
            }
            '*' if first => out.push_str("\\*"),
            other => out.push(other),
        }
        first = false;
    }
    RegexBuilder::new(&out).case_insensitive(any_case).build().ok()
}

fn replacement(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '$' => out.push_str("$$"),
            '&' => out.push_str("${0}"),
            '\\' => match chars.next()? {
                digit @ '0'..='9' => out.push_str(&format!("${{{digit}}}")),
                'n' => out.push('\n'),
                't' => out.push('\t'),
                // GNU's case conversions.
                'U' | 'L' | 'u' | 'l' | 'E' => return None,
                '$' => out.push_str("$$"),
                other => out.push(other),
            },
            other => out.push(other),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{NotEdited, edited, of_each};
    use crate::limits;

    #[test]
    fn scripts_do_what_seds_do() {
        for (text, script, quiet, extended, expected) in [
            ("ls -rf x\n", "s/^ls/rm/", false, false, Some("rm -rf x\n")),
            ("> rm -rf x\nno\n", "s/^> //p", true, false, Some("rm -rf x\n")),
            ("a b\n", r"s/\(.\) \(.\)/\2 \1/", false, false, Some("b a\n")),
            ("a b\n", r"s/(.) (.)/\2&/", false, true, Some("ba b\n")),
            ("a+b(c)\n", "s/+b(c)/x/", false, false, Some("ax\n")),
            ("abc\n", "y/abc/xyz/;s/x/$1/", false, false, Some("$1yz\n")),
            ("1\n2\n3\n", "2d", false, false, Some("1\n3\n")),
            ("1\n2\n3\n", "2p", true, false, Some("2\n")),
            ("1\n2\n3", "$!d", false, false, Some("3")),
            ("a/b\n", "s|/|-|g; s/-/\\//", false, false, Some("a/b\n")),
            ("x]y\n", "s/[]]/-/", false, false, Some("x-y\n")),
            ("x\n", "1,2d", false, false, None),
            ("x\n", "s/x/y/e", false, false, None),
            ("x\n", "s/x", false, false, None),
        ] {
            assert_eq!(edited(text, script, quiet, extended).ok().as_deref(), expected, "{script}");
        }
    }

    #[test]
    fn what_grows_without_end_is_not_made() {
        for script in ["s/a/aaaaaaaaaa/g;", "s/.*/&&&&&&&&&&/;", "p;p;s/a/aaaa/g;", "i aaaaaaaaaa\np\n"] {
            let edited = edited(&"a\n".repeat(900), &script.repeat(12), false, false);
            assert_eq!(edited, Err(NotEdited::TooLong), "{script}");
        }
        let length = of_each(&"s/.*/&&&&&&&&&&/;".repeat(12), false).map_or(0, |text| text.len());
        assert!(length > limits::WORD && length <= limits::FILE, "{length}");
    }

    proptest::proptest! {
        #[test]
        fn any_script_is_read(script in "[ -~é]{0,20}", text in "[a-c\n]{0,8}") {
            let _ = edited(&text, &script, false, false);
        }
    }
}
