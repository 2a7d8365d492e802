//! What PowerShell lets one write in a roundabout way, in the plain way: texts that are put together, calls by operators,
//! blocks that run at once, functions and aliases (about_Operators, about_Script_Blocks, about_Functions).

use super::texts::{list, quoted, quoted_before, rewritten};
use super::{aliases, arrays, is_cmdlet};
use crate::facts::brackets::{CURLY, ROUND, closing, closing_behind};
use crate::facts::fold::decode;
use crate::facts::targets::globs;
use crate::limits;

/// Texts, blocks and functions that are written anew.
const MOST: usize = 64;

/// Commands that run a block at once.
const STARTS: [&str; 7] =
    ["start-job", "start-threadjob", "measure-command", "invoke-command", "icm", "powershell", "pwsh"];

/// All of it.
pub(super) fn in_plain_words(text: &str) -> String {
    functions(&unblocked(&called(&evaluated(&put_together(&formatted(&reversed(&arrays::by_elements(&splatted(
        &spelled(&unescaped(text)),
    )))))))))
}

/// `[string]::Join('', x)` as `(-join x)`, and `[char[]](105, 101)` as the letters of those numbers (about_Join).
fn spelled(text: &str) -> String {
    if !["[]](", "[]]@(", "]::"].iter().any(|sign| text.contains(sign)) {
        return text.to_owned();
    }
    let joins =
        ["[string]::join('',", "[string]::join(\"\",", "[system.string]::join('',", "[system.string]::join(\"\","];
    let joined = joins.iter().fold(text.to_owned(), |text, join| {
        rewritten(&text, join, |out, after| {
            out.push_str("(-join ");
            Some(after)
        })
    });
    rewritten(&joined.replace("[]]@(", "[]]("), "[char[]](", |out, after| {
        let (numbers, left) = after.split_once(')').filter(|_| out.len() <= limits::WORD)?;
        let letters = decode::letter_numbers(numbers)?;
        let plain = letters.chars().all(|letter| !letter.is_control() && letter != '\'');
        let listed: Vec<String> = letters.chars().filter(|_| plain).map(|letter| format!("'{letter}'")).collect();
        (!listed.is_empty()).then(|| {
            // It may stand in brackets of its own.
            let bracketed = out.ends_with('(') && left.trim_start().starts_with(')');
            let listed = listed.join(",");
            out.push_str(&if bracketed { listed } else { format!("({listed})") });
            left
        })
    })
}

/// ``Rem`ove-It`em`` as `Remove-Item` (about_Special_Characters): before a letter within a word the sign only hides it.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quoted = false;
    for (at, sign) in text.char_indices() {
        quoted ^= sign == '"';
        let within = || out.ends_with(|c: char| c.is_alphanumeric() || c == '-');
        let hides = || text[at + 1..].starts_with(|c: char| c.is_ascii_alphanumeric());
        if sign != '`' || quoted || !within() || !hides() {
            out.push(sign);
        }
    }
    out
}

/// `$p = @{ Path = "x"; Force = $true }; rm @p` as `rm -Path "x" -Force` (about_Splatting).
fn splatted(text: &str) -> String {
    let mut out = text.to_owned();
    for (at, _) in text.match_indices("@{").take(MOST) {
        let named = text[..at].trim_end().strip_suffix('=').map(str::trim_end);
        let name = named.and_then(|before| before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next());
        let Some(name) = name.filter(|name| !name.is_empty() && text.contains(&format!("@{name}"))) else { continue };
        let Some(length) = closing(&text[at + 1..], CURLY) else { continue };
        let entries = text[at + 2..at + 1 + length].split([';', '\n']).filter_map(|entry| entry.split_once('='));
        let words: Vec<String> = entries
            .map(|(key, value)| (key.trim(), value.trim()))
            .filter(|(_, value)| !value.eq_ignore_ascii_case("$false"))
            .map(|(key, value)| match value.eq_ignore_ascii_case("$true") {
                true => format!("-{key}"),
                false => format!("-{key} {value}"),
            })
            .collect();
        if out.len() <= limits::WORD {
            let from = text[..at].rfind('$').unwrap_or(at);
            out = out.replace(&text[from..at + 2 + length], ":").replace(&format!("@{name}"), &words.join(" "));
        }
    }
    out
}

/// How the elements of a text are taken backwards.
const BACKWARDS: &str = "[-1..-";

/// Whether there are more of those than are read.
pub(in crate::facts) fn too_many_reversed(text: &str) -> bool {
    text.matches(BACKWARDS).count() > MOST / 4
}

/// `-join "txet"[-1..-4]` as `"text"` (about_Arrays, "Accessing and using array elements").
fn reversed(text: &str) -> String {
    if too_many_reversed(text) {
        return text.to_owned();
    }
    rewritten(text, BACKWARDS, |out, after| {
        let (_, left) = after.split_once(']')?;
        let (from, written) = match quoted_before(out) {
            Some((from, written)) => (from, written),
            // What a variable was set to.
            None => {
                let from = out.rfind('$')?;
                let name = &out[from..];
                let plain = name.len() > 1 && name[1..].chars().all(|c| c.is_alphanumeric() || c == '_');
                let (_, set) = text.split_once(name).filter(|_| plain)?;
                (from, quoted(set.trim_start().strip_prefix('=')?.trim_start())?.0)
            }
        };
        let turned: String = written.chars().rev().collect();
        let before = out[..from].trim_end().trim_end_matches('(').trim_end();
        let opened = out[before.len()..from].matches('(').count();
        let kept = before.strip_suffix("-join")?.len();
        let closed = (0..opened).try_fold(left, |left, _| left.trim_start().strip_prefix(')'))?;
        out.truncate(kept);
        out.push_str(&format!("'{turned}'"));
        Some(closed)
    })
}

/// `("{1}-{0}" -f "Item", "Remove")` as the text that it makes.
fn formatted(text: &str) -> String {
    rewritten(text, "-f", |out, after| {
        let (from, pattern) = quoted_before(out.trim_end()).filter(|_| out.len() <= text.len() + limits::WORD)?;
        let (given, left) = list(after.trim_start(), ',');
        if given.is_empty() {
            return None;
        }
        let made = filled(pattern, &given);
        out.truncate(from);
        out.push_str(&format!("'{made}'"));
        Some(left)
    })
}

/// A pattern with what is given in its holes: `{0}`, `{1}`.
fn filled(pattern: &str, given: &[&str]) -> String {
    rewritten(pattern, "{", |out, inside| {
        let (number, after) = inside.split_once('}').filter(|_| out.len() <= limits::WORD)?;
        out.push_str(given.get(number.parse::<usize>().ok()?)?);
        Some(after)
    })
}

/// `("a" + "b")`, `-join ("a", "b")` and `("a", "b") -join " "` as the text that they make.
fn put_together(text: &str) -> String {
    rewritten(text, "(", |out, inside| {
        let ((sum, after_sum), (words, after_words)) = (list(inside, '+'), list(inside, ','));
        let closed = |left: &'_ str| left.trim_start().starts_with(')').then(|| left.trim_start()[1..].len());
        let after = |left: &str| Some(&inside[inside.len() - closed(left)?..]);
        let (made, mut left) = match after(after_sum).filter(|_| sum.len() > 1) {
            Some(left) => (sum.concat(), left),
            None => {
                let left = after(after_words).filter(|_| words.len() > 1)?;
                if let Some(before) = out.trim_end().strip_suffix("-join") {
                    out.truncate(before.len());
                    (words.concat(), left)
                } else {
                    let (between, left) = quoted(left.trim_start().strip_prefix("-join")?.trim_start())?;
                    (words.join(between), left)
                }
            }
        };
        // It may stand in brackets of its own; more than one pair of them says nothing more.
        while out.ends_with("((") && left.starts_with("))") {
            out.pop();
            left = &left[1..];
        }
        match (out.ends_with('('), left.trim_start().starts_with(')')) {
            (true, true) => out.push_str(&format!("'{made}'")),
            _ => out.push_str(&format!("('{made}')")),
        }
        Some(left)
    })
}

/// `iex` and its like under their long name: elsewhere that is Elixir's.
fn evaluated(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut begins = true;
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let named = |name: &&str| rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        let name = ["iex", "Invoke-Expression"].into_iter().find(named);
        let after = name.map_or(rest, |name| &rest[name.len()..]);
        let ends = || after.chars().next().is_none_or(|c| matches!(c, ' ' | '(' | '\n' | ';' | '"' | '\'' | '$' | ')'));
        let create = "[scriptblock]::create(";
        if begins && name.is_some() && ends() {
            out.push_str("Invoke-Expression ");
            rest = after.trim_start_matches(' ');
            // A variable is one word, whatever it holds.
            if let Some(name) =
                rest.strip_prefix('$').filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
            {
                let length = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
                out.push_str(&format!("\"${}\"", &name[..length]));
                rest = &name[length..];
            }
            begins = false;
            continue;
        }
        if rest.get(..create.len()).is_some_and(|start| start.eq_ignore_ascii_case(create)) {
            out.push_str("Invoke-Expression (");
            rest = &rest[create.len()..];
            continue;
        }
        match sign {
            ' ' | '\t' => {}
            '\n' | ';' | '|' | '{' | '(' | '=' | '&' => begins = true,
            _ => begins = false,
        }
        out.push(sign);
        rest = &rest[sign.len_utf8()..];
    }
    out
}

/// `& "Remove-Item" x` and `. "Remove-Item" x` as `Remove-Item x`, and a text in brackets without them.
fn called(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut begins, mut before) = (true, ' ');
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let after = &rest[sign.len_utf8()..];
        let operator = sign == '&' && before != '&' && !after.starts_with('&')
            || sign == '.' && after.trim_start_matches(' ').starts_with(['"', '\'', '(', '{']);
        if begins && operator {
            before = sign;
            rest = after.trim_start_matches(' ');
            // `& ("ie" + "x") $code`: by its long name, as everywhere.
            let named = quoted(rest).or_else(|| {
                let (word, left) = bracketed(rest.strip_prefix('(')?)?;
                Some((word.trim_matches(['"', '\'']), left))
            });
            // `& $name`: one word, which is run.
            if let Some(name) =
                rest.strip_prefix('$').filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
            {
                let length = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
                out.push_str(&format!("\"${}\"", &name[..length]));
                (begins, before, rest) = (false, '"', &name[length..]);
                continue;
            }
            // `& (Get-Command rm) x`
            let looked_up = rest.strip_prefix('(').and_then(|inside| {
                let (words, left) = inside.split_once(')')?;
                let (verb, name) = words.trim().split_once(' ')?;
                let verb = verb.to_ascii_lowercase();
                matches!(&*verb, "gcm" | "get-command").then(|| (name.trim().trim_matches(['"', '\'']), left))
            });
            if let Some((name, left)) = looked_up {
                // By a pattern that means it: `gcm i*-Ex*n`.
                let pattern = name.contains('*').then(|| name.to_ascii_lowercase());
                let evaluates = pattern.is_some_and(|name| globs::text(name.as_bytes(), "invoke-expression"));
                out.push_str(if evaluates { "Invoke-Expression" } else { name });
                (begins, before, rest) = (false, '"', left);
                continue;
            }
            let cmdlet = |name: &str| name.contains('-') && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
            match named {
                Some((name, left)) if name.eq_ignore_ascii_case("iex") => {
                    out.push_str("Invoke-Expression");
                    (begins, before, rest) = (false, '"', left);
                }
                // A cmdlet by its name is one, quoted or not.
                Some((name, left)) if cmdlet(name) => {
                    out.push_str(name);
                    (begins, before, rest) = (false, '"', left);
                }
                _ => {}
            }
            continue;
        }
        let bracket = sign == '(' && matches!(before, ' ' | '\n' | ';' | '|' | '{' | '&' | '.');
        if let Some((word, left)) = bracket.then(|| bracketed(after)).flatten() {
            out.push_str(word);
            (begins, before, rest) = (false, '"', left);
            continue;
        }
        match sign {
            ' ' | '\t' => {}
            '\n' | ';' | '|' | '{' | '(' | '=' => begins = true,
            _ => begins = false,
        }
        before = sign;
        out.push(sign);
        rest = after;
    }
    out
}

/// A quoted text with its quotes that a bracket closes, and what follows.
fn bracketed(inside: &str) -> Option<(&str, &str)> {
    let (word, after) = quoted(inside.trim_start())?;
    let after = after.trim_start().strip_prefix(')')?;
    let after = after.strip_prefix(".Invoke()").or(Some(after)).filter(|after| !after.starts_with('.'))?;
    let start = word.as_ptr() as usize - inside.as_ptr() as usize;
    Some((&inside[start - 1..=start + word.len()], after))
}

/// Blocks as what they do: `& { A }`, `Start-Job { A }`, `Invoke-Command -ScriptBlock { A }`; aliases as a shell's
/// functions; a text that is piped to a cmdlet as what that is given.
fn unblocked(text: &str) -> String {
    let mut out = text.to_owned();
    for _ in 0..MOST {
        let Some((begins, at)) = block(&out) else { break };
        let Some(length) = closing(&out[at..], CURLY) else { break };
        let after = out[at + length + 1..].trim_start().trim_start_matches([';', '|', '&']);
        out = format!("{}\n{}\n{after}", &out[..begins], &out[at + 1..at + length]);
    }
    let out = out.replace(":$false", ":0").replace(":$true", "");
    let lines = out.split('\n').map(|line| match line.contains(['{', '$', '(']) {
        true => line.to_owned(),
        false => line.split(';').map(statement).collect::<Vec<_>>().join(";"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Where the first statement begins that is a block, or one of these commands with one, and where the block opens.
fn block(text: &str) -> Option<(usize, usize)> {
    let (mut begins, mut first) = (0, None);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b';' | b'\n' | b'|' | b'&' => (begins, first) = (at + 1, None),
            b'{' => {
                // No such command is longer.
                let within = |first: usize| text.get(first..at.min(first + 24)).unwrap_or_default();
                let word = first.map_or("", |first| within(first).split([' ', '\t']).next().unwrap_or_default());
                let is_start = |word: &str| STARTS.iter().any(|start| word.eq_ignore_ascii_case(start));
                if first.is_none() || is_start(word) {
                    return Some((begins, at));
                }
                // `$t = Measure-Command { … }`, `(Start-Job { … })`
                let behind = text.get(at.saturating_sub(24)..at).unwrap_or_default().trim_end();
                if is_start(behind.rsplit([' ', '\t', '(', '=', '{', '\n']).next().unwrap_or_default()) {
                    return Some((at, at));
                }
            }
            b' ' | b'\t' => {}
            _ => first = first.or(Some(at)),
        }
    }
    None
}

/// One statement, if it is an alias that is set, a program that is started, or a text that is piped to a cmdlet.
fn statement(one: &str) -> String {
    let words: Vec<&str> = one.split_whitespace().collect();
    let is = |word: &str, names: &[&str]| names.iter().any(|name| word.eq_ignore_ascii_case(name));
    match words[..] {
        [alias, name, meant] | [alias, "-Name", name, "-Value", meant]
            if is(alias, &["set-alias", "new-alias", "sal", "nal"]) =>
        {
            format!("{name}() {{ {meant} \"$@\"; }}")
        }
        [start, program, ref given @ ..] if is(start, &["start-process", "saps"]) => {
            let (program, given) = match (program, given) {
                ("-FilePath", [program, given @ ..]) => (*program, given),
                (program, given) => (program, given),
            };
            // With the rights of an administrator.
            let raised =
                given.windows(2).any(|two| is(two[0], &["-verb"]) && is(two[1].trim_matches(['"', '\'']), &["runas"]));
            let named = |word: &&str| {
                !is(word, &["-ArgumentList", "-Args", "-Wait", "-NoNewWindow", "-PassThru", "-Verb", "RunAs"])
            };
            let given: Vec<&str> = given.iter().copied().filter(named).collect();
            let program = if raised { format!("sudo {program}") } else { (*program).to_owned() };
            format!("{program} {}", given.join(" ").replace(['(', ')', '"', '\'', '@'], "").replace(',', " "))
        }
        _ => {
            let (given, left) = list(one, ',');
            let command = left.trim_start().strip_prefix('|').map(str::trim).filter(|_| !given.is_empty());
            let cmdlet =
                |command: &&str| is_cmdlet(command) || aliases::removes(command.split(' ').next().unwrap_or_default());
            match command.filter(cmdlet) {
                Some(command) if given.iter().any(|word| word.contains([' ', '$'])) => {
                    format!("{command} '{}'", given.join("' '"))
                }
                Some(command) => format!("{command} {}", given.join(" ")),
                None => one.to_owned(),
            }
        }
    }
}

/// `function f($a, $b) { … }` and `function f { param($a) … }` as a shell's.
fn functions(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    for _ in 0..MOST {
        let lower = rest.to_ascii_lowercase();
        let Some(at) = lower.find("function ") else { break };
        let head = &rest[at + "function ".len()..];
        let Some(open) = head.find('{') else { break };
        let Some(length) = closing(&head[open..], CURLY) else { break };
        let (name, mut parameters) = head[..open].split_once('(').unwrap_or((&head[..open], ""));
        let mut body = &head[open + 1..open + length];
        if let Some((named, left)) = body.trim_start().strip_prefix("param(").and_then(|inside| inside.split_once(')'))
        {
            (parameters, body) = (named, left.trim_start().trim_start_matches(';'));
        }
        let named = parameters.split([',', ')']).filter_map(parameter).enumerate();
        let set: Vec<String> = named
            .map(|(at, (name, usual))| match usual {
                Some(usual) => format!("{name}=${{{}:-{usual}}}; ", at + 1),
                None => format!("{name}=${}; ", at + 1),
            })
            .collect();
        out.push_str(&format!("{}{}() {{ {}{body}\n}}", &rest[..at], name.trim(), set.concat()));
        rest = &head[open + length + 1..];
    }
    out.push_str(rest);
    // What is left stands at the beginning of a block that is run as it is, or of the script, if nothing is given to it.
    let left = std::cell::Cell::new(MOST);
    rewritten(&out, "param", |out, after| {
        let begins = out.trim_end().is_empty() || out.trim_end().ends_with(['{', ';', '\n']);
        let after = after.trim_start().strip_prefix('(').filter(|_| begins && left.get() > 0)?;
        left.set(left.get() - 1);
        let end = closing_behind(after, ROUND);
        let body = after.get(end + 1..)?;
        // Words behind the block are given to it.
        let behind = body.get(closing_behind(body, CURLY) + 1..).unwrap_or_default().trim_start_matches(' ');
        if out.trim_end().ends_with('{')
            && !(behind.is_empty() || behind.starts_with([';', '|', '\n', ')', '}', '&', '#']))
        {
            return None;
        }
        let named = after[..end].split(',').filter_map(parameter);
        out.extend(named.filter_map(|(name, usual)| Some(format!("${name} = {}; ", usual?))));
        Some(body.trim_start_matches(';'))
    })
}

/// The name of a parameter and what it is where nobody says, if that is a text: `[string]$Root = "x"` (about_Functions).
fn parameter(one: &str) -> Option<(&str, Option<&str>)> {
    // What stands in brackets before says of what kind it is.
    let (_, said) = one.rsplit_once("]$").or_else(|| one.split_once('$'))?;
    let (name, usual) = match said.split_once('=') {
        Some((name, usual)) => (name.trim(), Some(usual.trim())),
        None => (said.trim(), None),
    };
    let is_text = |text: &&str| {
        let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let inside = inside.or_else(|| text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')));
        inside.is_some_and(|inside| !inside.contains(['"', '\'', '`', '}', '(']))
    };
    Some((name, usual.filter(is_text)))
}

#[cfg(test)]
mod tests {
    use super::{called, evaluated, formatted, functions, in_plain_words, put_together, reversed, splatted, unblocked};

    #[test]
    fn roundabout_ways_are_said_plainly() {
        let splat = "$p = @{ Path = '~'; Force = $true; WhatIf = $false }; Remove-Item @p";
        assert_eq!(splatted(splat), ":; Remove-Item -Path '~' -Force");
        assert_eq!(splatted("$p = @{ a = 1 }; x"), "$p = @{ a = 1 }; x");
        assert_eq!(super::unescaped("r`m -re`c x \"a`nb\" `\n"), "rm -rec x \"a`nb\" `\n");
        assert_eq!(formatted("& ('{1}{0}' -f 'b',\"a\") x; y -f z"), "& ('ab') x; y -f z");
        assert_eq!(formatted("'{0}{0}' -f '{1}{1}','x'"), "'{1}{1}{1}{1}'");
        assert_eq!(put_together("x ('a' + \"b\") -join ('c', 'd') ('e')"), "x ('ab') ('cd') ('e')");
        assert_eq!(put_together("iex (('a','b') -join ' ')"), "iex ('a b')");
        assert_eq!(
            evaluated("IEX(x); a | iex; iex $c; iex $(b)"),
            "Invoke-Expression (x); a | Invoke-Expression ; Invoke-Expression \"$c\"; Invoke-Expression $(b)"
        );
        assert_eq!(called("& (\"rm\") x; &'ls' y; . ('z') a"), "\"rm\" x; 'ls' y; 'z' a");
        assert_eq!(called("& (gcm rm) -r x; &(Get-Command 'ls') y"), "rm -r x; ls y");
        assert_eq!(reversed("-join ('cba'[-1..-3]); $s='fe'; iex (-join $s[-1..-2])"), "'abc'; $s='fe'; iex ('ef')");
        assert_eq!(reversed("$a[-1..-3]; 'x'[-1..-1]"), "$a[-1..-3]; 'x'[-1..-1]");
        assert_eq!(called("a && b; ls ('x').Length; c & d"), "a && b; ls ('x').Length; c & d");
        assert_eq!(unblocked("a; Start-Job { b }; c"), "a;\n b \n c");
        assert_eq!(unblocked("rm x -command {}"), "rm x -command {}");
        assert_eq!(unblocked("Set-Alias x rm; x y"), "x() { rm \"$@\"; }; x y");
        assert_eq!(unblocked("'~', '/srv' | Remove-Item -r"), "Remove-Item -r ~ /srv");
        assert_eq!(unblocked("'ls' | bash"), "'ls' | bash");
        assert_eq!(unblocked("Start-Process -FilePath rm -ArgumentList \"-rf\",\"x\""), "rm -rf x");
        assert_eq!(unblocked("Start-Process net -Verb RunAs -ArgumentList 'user x /add'"), "sudo net user x /add");
        assert_eq!(functions("Function f($a = 'b') { rm $a }; f x"), "f() { a=${1:-'b'};  rm $a \n}; f x");
        assert_eq!(functions("{ param([string]$a = 'b', $c) rm $a }"), "{ $a = 'b';  rm $a }");
        assert_eq!(functions("function f { param($a) rm $a }; f x"), "f() { a=$1; rm $a \n}; f x");
    }

    #[test]
    fn long_texts_grow_no_further() {
        let nested: Vec<String> = (1..40).map(|n| format!("'{{{n}}}{{{n}}}'")).collect();
        assert!(in_plain_words(&format!("'{{0}}{{0}}' -f {},'a'", nested.join(","))).len() < 4096);
        let wide = format!("'{}' -f '{}'", "{0}".repeat(2000), "a".repeat(2000));
        assert!(in_plain_words(&wide).len() < 256 << 10);
    }
}
