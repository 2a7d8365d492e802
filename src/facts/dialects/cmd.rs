//! cmd.exe's lines as a shell has them (`cmd /?`, `if /?`, `for /?`, `set /?`): `&` is a `;`, a variable stands between `%`,
//! and a command's own may hide a program's name.

use crate::limits;

/// Bytes of a variable: each may stand in the next, and that more than once.
const LONGEST_VALUE: usize = 1 << 10;
/// Bytes of commands that are read, those of loops each time.
const MOST: usize = 1 << 20;

/// What is known where the reading has come to.
struct Reader {
    /// The variables that were set.
    variables: Vec<(String, String)>,
    /// Bytes of commands that are still read.
    left: usize,
}

/// All of it; none where there is more than is followed.
pub(super) fn as_shell(text: &str) -> Option<String> {
    let text = &in_one_line(text);
    let mut out = String::new();
    let mut reader = Reader { variables: Vec::new(), left: MOST };
    commands(text, &mut reader, &mut out, 0)?;
    Some(out)
}

/// Lines that go on behind a caret, in one.
fn in_one_line(text: &str) -> String {
    text.replace("^\r\n", " ").replace("^\n", " ")
}

/// The lines of a script that do something: without its remarks, what it prints as it stands (`echo 5%`), and the carets at
/// the ends of lines that go on.
pub(super) fn commands_of(text: &str) -> String {
    let text = in_one_line(text);
    let says_only = |line: &&str| {
        let line = line.trim().trim_start_matches('@');
        let printed = line.starts_with("echo") && !line.contains(['>', '&', '|']);
        printed || line.starts_with("rem ") || line == "rem" || line.starts_with("::")
    };
    text.lines().filter(|line| !says_only(line)).collect::<Vec<_>>().join("\n")
}

/// Each command of a text, with the variables that it set before.
fn commands(text: &str, reader: &mut Reader, out: &mut String, depth: usize) -> Option<()> {
    if depth > limits::NESTING as usize || text.len() > limits::WORD {
        return None;
    }
    reader.left = reader.left.checked_sub(text.len() + 1)?;
    for (piped, one) in parts(text) {
        if !out.is_empty() && !out.ends_with("; ") {
            out.push_str(if piped { " | " } else { "; " });
        }
        let mut named = one.to_owned();
        for (name, value) in &reader.variables {
            named = named.replace(&format!("%{name}%"), value);
            if named.len() > limits::WORD {
                return None;
            }
        }
        command(named.trim(), reader, out, depth)?;
        if out.len() > limits::WORD {
            return None;
        }
    }
    Some(())
}

fn command(text: &str, reader: &mut Reader, out: &mut String, depth: usize) -> Option<()> {
    let text = text.trim_start_matches('@').trim();
    if let Some(inside) = text.strip_prefix('(') {
        let inside = inside.trim_end().strip_suffix(')').unwrap_or(inside);
        return commands(inside, reader, out, depth + 1);
    }
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    let rest = rest.trim_start();
    // A caret hides what stands behind it, and nothing else.
    let unhidden = verb.replace('^', "");
    if unhidden != verb {
        return command(&format!("{unhidden} {rest}"), reader, out, depth + 1);
    }
    match verb.to_ascii_lowercase().as_str() {
        "if" => {
            let then = behind_condition(rest)?;
            let (then, otherwise) =
                then.split_once(") else ").map_or((then, None), |(then, other)| (then, Some(other)));
            commands(then.trim_start_matches('('), reader, out, depth + 1)?;
            if let Some(other) = otherwise {
                commands(other, reader, out, depth + 1)?;
            }
        }
        "for" => {
            let Loop { through, variable, set, body } = loop_of(rest)?;
            let folder = match through {
                Through::Lines => return over_lines(variable, set, body, reader, out, depth),
                Through::Items => "",
                Through::Tree(folder) => folder,
            };
            for item in items_of(folder, set)? {
                commands(&with_value(body, variable, &item), reader, out, depth + 1)?;
            }
        }
        "set" => {
            if let Some((name, value)) = rest.trim_matches('"').split_once('=') {
                if reader.variables.len() >= limits::VALUES || value.len() > LONGEST_VALUE {
                    return None;
                }
                reader.variables.push((name.trim().to_owned(), value.to_owned()));
            }
        }
        // A remark, or where to go on.
        "rem" => {}
        label if label.starts_with(':') => {}
        "rmdir" | "rd" => out.push_str(&format!("rd {rest}")),
        "del" | "erase" => out.push_str(&format!("del {rest}")),
        "type" => out.push_str(&format!("cat {rest}")),
        "format" => out.push_str(&format!("format.com {rest}")),
        "copy" | "xcopy" => out.push_str(&format!("cp {rest}")),
        "move" | "ren" => out.push_str(&format!("mv {rest}")),
        "cmd" | "cmd.exe" if rest.get(..3).is_some_and(|option| option.eq_ignore_ascii_case("/c ")) => {
            commands(rest[3..].trim_matches('"'), reader, out, depth + 1)?;
        }
        // Words that are PowerShell's own, not a shell's.
        "powershell" | "powershell.exe" | "pwsh" | "pwsh.exe"
            if rest.contains('(') && !rest.contains(['\'', '"']) && !rest.starts_with('-') =>
        {
            out.push_str(&format!("{verb} -Command '{rest}'"));
        }
        "start" | "call" => command(rest.trim_start_matches("/b"), reader, out, depth + 1)?,
        "cd" | "chdir" => out.push_str(&format!("cd {}", rest.trim_start_matches("/d").trim_start())),
        // It looks in the folder at hand, too.
        name if [".bat", ".cmd", ".exe"].iter().any(|ending| name.ends_with(ending)) && !name.contains(['/', '\\']) => {
            out.push_str(&format!("./{text}"));
        }
        _ => out.push_str(text),
    }
    Some(())
}

/// The commands between `&` and `|`, and whether a pipe leads to each: not within quotes or brackets.
fn parts(text: &str) -> Vec<(bool, &str)> {
    let (mut out, mut from, mut piped, mut quoted, mut level) = (Vec::new(), 0, false, false, 0_usize);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'(' if !quoted => level += 1,
            b')' if !quoted => level = level.saturating_sub(1),
            // All that follows in its line is done by a loop.
            b'&' | b'|' if is_loop(&text[from..at]) => {}
            b'&' | b'|' | b'\n' if !quoted && level == 0 => {
                if !text[from..at].trim().is_empty() {
                    out.push((piped, &text[from..at]));
                }
                piped = byte == b'|' && !text[at + 1..].starts_with('|') && !text[..at].ends_with('|');
                from = at + 1;
            }
            _ => {}
        }
    }
    if !text[from..].trim().is_empty() {
        out.push((piped, &text[from..]));
    }
    out
}

fn is_loop(command: &str) -> bool {
    let command = command.trim_start().trim_start_matches('@');
    command.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("for "))
}

/// What an `if` runs: behind `exist x`, `defined x`, `errorlevel 1`, `a==b`.
fn behind_condition(rest: &str) -> Option<&str> {
    let mut rest = rest;
    let starts = |text: &str, word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    for word in ["/i ", "not "] {
        if starts(rest, word) {
            rest = rest[word.len()..].trim_start();
        }
    }
    for word in ["exist ", "defined ", "errorlevel "] {
        if starts(rest, word) {
            rest = rest[word.len()..].trim_start();
            let end = match rest.strip_prefix('"') {
                Some(quoted) => quoted.find('"')? + 2,
                None => rest.find(' ')?,
            };
            return Some(rest[end..].trim_start());
        }
    }
    let lower = rest.to_ascii_lowercase();
    let compared = [" equ ", " neq ", " lss ", " leq ", " gtr ", " geq ", "=="]
        .iter()
        .filter_map(|sign| lower.find(sign).map(|at| at + sign.len()))
        .min()?;
    let behind = rest[compared..].trim_start();
    Some(behind[behind.find(' ')?..].trim_start())
}

/// What a `for` goes through (`for /?`): what its set names, the same in the tree of a folder, or the lines of that.
enum Through<'t> {
    Items,
    Tree(&'t str),
    Lines,
}

/// A `for`, and what is done for each: `/r C:\Users %p in (*.tmp) do del %p`.
struct Loop<'t> {
    through: Through<'t>,
    variable: &'t str,
    set: &'t str,
    body: &'t str,
}

fn loop_of(rest: &str) -> Option<Loop<'_>> {
    let (head, body) = rest.split_once(" do ")?;
    let (head, set) = head.split_once(" in ")?;
    let set = set.trim().strip_prefix('(')?.strip_suffix(')')?;
    let (options, variable) = head.rsplit_once(' ').unwrap_or(("", head));
    let variable = Some(variable).filter(|name| name.starts_with('%'))?;
    let has = |letter: &str| options.split_whitespace().any(|option| option.eq_ignore_ascii_case(letter));
    let folder = || options.split_whitespace().rfind(|option| !option.starts_with('/')).unwrap_or_default();
    let through = match (has("/f"), has("/r")) {
        (true, _) => Through::Lines,
        (_, true) => Through::Tree(folder().trim_matches('"')),
        _ => Through::Items,
    };
    Some(Loop { through, variable, set, body })
}

/// What a loop does for one value of its variable, of which a piece may be meant (`%~nd`); a name between two signs is a
/// variable of the environment.
fn with_value(body: &str, variable: &str, value: &str) -> String {
    let name = variable.trim_start_matches('%');
    let sign = &variable[..variable.len() - name.len()];
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, behind)) = rest.split_once(sign) {
        out.push_str(before);
        let pieces = behind.strip_prefix('~').unwrap_or(behind);
        let letters = pieces.bytes().take_while(u8::is_ascii_alphabetic).count();
        let meant = match behind.len() - pieces.len() {
            0 => behind.starts_with(name) && !behind[letters..].starts_with('%'),
            _ => pieces[..letters].ends_with(name),
        };
        if meant {
            out.push_str(value);
            rest = if pieces.len() < behind.len() { &pieces[letters..] } else { &behind[name.len()..] };
        } else {
            out.push_str(sign);
            rest = behind;
        }
    }
    out + rest
}

/// What a loop goes through, one by one; in a tree of folders they lie below its own, and none is told of there if it stands
/// in quotes.
fn items_of(folder: &str, set: &str) -> Option<Vec<String>> {
    if set.contains('"') {
        return folder.trim_matches('.').is_empty().then(|| vec![set.to_owned()]);
    }
    let below = |item: &str| match folder {
        "" | "." => item.to_owned(),
        folder => format!("{}\\{item}", folder.trim_end_matches('\\')),
    };
    let items: Vec<String> =
        set.split([' ', ',', ';']).filter(|item| !item.is_empty()).take(limits::UNROLL + 1).map(below).collect();
    (items.len() <= limits::UNROLL).then_some(items)
}

/// A `for /f`: what its set prints or holds, and what is done with each line of that. None where more than the whole line is
/// taken.
fn over_lines(
    variable: &str,
    set: &str,
    body: &str,
    reader: &mut Reader,
    out: &mut String,
    depth: usize,
) -> Option<()> {
    let quoted = |quote: char| set.strip_prefix(quote).and_then(|set| set.strip_suffix(quote));
    let lines = match (quoted('\'').or_else(|| quoted('`')), quoted('"')) {
        (Some(command), _) => {
            // It runs, whatever becomes of what it prints.
            let command = command.replace("^|", "|");
            commands(&command, reader, out, depth + 1)?;
            format!("$({command})")
        }
        (_, Some(text)) => text.to_owned(),
        _ => format!("$(cat {set})"),
    };
    let body = with_value(body, variable, &lines);
    // `%j` of "tokens=1,2"
    let left = body.split('%').skip(1).any(|behind| {
        let name = behind.bytes().take_while(u8::is_ascii_alphanumeric).count();
        name == 1 && !behind[1..].starts_with('%')
    });
    if left {
        return None;
    }
    commands(&body, reader, out, depth + 1)
}

#[cfg(test)]
mod tests {
    #[test]
    fn lines_read_as_a_shells() {
        for (text, expected) in [
            ("if exist dist rd /s /q dist & npm i", "rd /s /q dist; npm i"),
            ("if not exist \"a b\" (md x & rd y) else (rd z)", "md x; rd y; rd z"),
            ("for /d %p in (C:/Users/*) do rd %p", "rd C:/Users/*"),
            ("for %p in (a b) do rd %p", "rd a; rd b"),
            ("for %p in (a b) do echo x & rd %~fp", "echo x; rd a; echo x; rd b"),
            ("for %u in (a) do rd %userprofile%", "rd %userprofile%"),
            ("for %p in (a b) do set X=c& rd %X%", "rd c; rd c"),
            ("for /f %i in ('dir /b') do rd %i", "dir /b; rd $(dir /b)"),
            ("for /r C:/x %p in (a b) do rd %p", "rd C:/x\\a; rd C:/x\\b"),
            ("for /f %i in (list.txt) do rd %i", "rd $(cat list.txt)"),
            ("set D=C:/x&& rd /s %D%", "rd /s C:/x"),
            ("if %X% EQU 1 rd y", "rd y"),
            ("echo y | format d: /q", "echo y | format.com d: /q"),
            ("curl -o x.bat u && x.bat", "curl -o x.bat u; ./x.bat"),
        ] {
            assert_eq!(super::as_shell(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(super::as_shell(&format!("{}rd x", "if exist a ".repeat(999))), None);
        assert_eq!(super::as_shell(&format!("for %p in ({}) do rd %p", "a ".repeat(9999))), None);
        assert_eq!(super::as_shell("for /f \"tokens=1,2\" %i in ('dir /b') do rd %j"), None);
        assert_eq!(super::as_shell(&"for %p in (a a a a a a a a) do ".repeat(32)), None);
        assert_eq!(super::as_shell(&format!("set a=xxxxxxxx{}", "& set a=%a%%a%%a%%a%".repeat(32))), None);
        assert_eq!(super::as_shell("if what rd x"), None);
    }
}
