//! Assignments of PowerShell as those of a shell, and what is put in the place of variables and lists that are written out.

use rustc_hash::FxHashMap;

use super::{after_members, after_operators, aliases, is_cmdlet};

use crate::facts::brackets::{CURLY, ROUND, closing, closings};
use crate::limits;

/// PowerShell's `foreach ($d in $dirs) { Remove-Item $d }` as what it does for each of the list, where that is written out,
/// and as a pipe where a command gives it: `Get-ChildItem x | ForEach-Object { Remove-Item $_ }`.
pub(super) fn unrolled(text: &str) -> String {
    const LOOP: &str = "foreach (";
    let mut out = text.to_owned();
    let mut from = 0;
    for _ in 0..limits::UNROLL {
        // What was written in its place may begin with a letter of several bytes.
        from += (from..=out.len()).take_while(|at| !out.is_char_boundary(*at)).count();
        let Some(at) = out[from..].to_ascii_lowercase().find(LOOP).map(|at| from + at) else { break };
        from = at + 1;
        let inside = at + LOOP.len();
        let Some(end) = closings(&out, ROUND).get(&(inside - 1)).copied() else { break };
        let (head, rest) = (&out[inside..end], &out[end + 1..]);
        let Some((variable, list)) = head.split_once(" in ").filter(|(name, _)| name.trim().len() > 1) else {
            continue;
        };
        let body = rest.trim_start();
        let Some(length) = closing(body, CURLY).filter(|_| body.starts_with('{')) else { continue };
        let (variable, inner, end) = (variable.trim(), &body[1..length], out.len() - (body.len() - length - 1));
        let named = format!("{} =", list.trim());
        let list = match text.split_once(named.as_str()).filter(|_| list.trim().starts_with('$')) {
            Some((_, value)) => value.trim_start(),
            None => list.trim(),
        };
        let each: Vec<String> = match given_by_command(list) {
            Some(command) => vec![format!("{command} | ForEach-Object {{{}}}", replaced(inner, variable, "$_"))],
            None => {
                let list = match list.strip_prefix("@(") {
                    Some(inside) => inside.split(')').next().unwrap_or_default(),
                    None => list.lines().next().unwrap_or_default(),
                };
                let items = list.split([',', '\n']).map(str::trim).filter(|item| !item.is_empty());
                items.take(limits::UNROLL).map(|item| with_item(inner, variable, item)).collect()
            }
        };
        if !each.is_empty() && out.len() <= limits::WORD {
            out.replace_range(at..end, &each.join("\n"));
        }
    }
    out
}

/// The command that gives a list: `Get-ChildItem x; …`, `(gci x)`.
fn given_by_command(list: &str) -> Option<&str> {
    let list = list.strip_prefix('(').and_then(|list| list.strip_suffix(')')).unwrap_or(list);
    let command = list[..statement_end(list)].trim();
    let verb = command.split(' ').next().unwrap_or_default();
    (is_cmdlet(command) || aliases::lists(verb).is_some()).then_some(command)
}

/// The body of a loop with an item for its variable; a text in quotes needs none around it.
fn with_item(body: &str, variable: &str, item: &str) -> String {
    if item.starts_with(['"', '\'']) {
        return replaced(&body.replace(&format!("\"{variable}\""), item), variable, item);
    }
    replaced(body, variable, item)
}

/// A text with another value for a variable, whose name is not the beginning of a longer one.
pub(super) fn replaced(text: &str, variable: &str, value: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(variable) {
        out.push_str(before);
        let longer = after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        out.push_str(if longer { variable } else { value });
        rest = after;
    }
    out + rest
}

/// PowerShell's `$dir = "…"` and `$text = Get-Content x` as a shell has them.
pub(super) fn assigned(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let closes = [closings(text, CURLY), closings(text, ROUND)];
    loop {
        match assignment(rest, text.len() - rest.len(), &closes) {
            Some((made, left)) => {
                out.push_str(&made);
                rest = left;
            }
            None => {
                let end = statement_end(rest);
                out.push_str(&rest[..end]);
                rest = &rest[end..];
            }
        }
        let Some(sign) = rest.chars().next() else { return out };
        out.push(sign);
        rest = &rest[sign.len_utf8()..];
    }
}

/// A statement that is a variable or its member is shown, and not run: `$answer.checks | Out-String`.
pub(super) fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let end = statement_end(rest);
        let statement = &rest[..end];
        let begins = statement.trim_start_matches([' ', '\t']);
        let named = begins.strip_prefix('$').is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()));
        let blank = statement.len() - begins.len();
        out.push_str(&statement[..blank]);
        // So is a text, also through a pipe: `'x' | % { … }`.
        let text = begins.starts_with(['"', '\''])
            && begins[1..].split_once(&begins[..1]).is_some_and(|(_, after)| after.trim_start().starts_with('|'));
        if text || named && !begins.contains(".Invoke") {
            out.push_str("echo ");
        }
        out.push_str(begins);
        rest = &rest[end..];
        let Some(sign) = rest.chars().next() else { return out };
        out.push(sign);
        rest = &rest[sign.len_utf8()..];
    }
}

/// A value that a statement gives to a variable, as a shell says it, and what follows.
fn assignment<'t>(statement: &'t str, at: usize, closes: &[FxHashMap<usize, usize>; 2]) -> Option<(String, &'t str)> {
    let begins = statement.trim_start_matches([' ', '\t']).strip_prefix('$')?;
    let end = begins.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
    let (name, value) = begins.split_at(end);
    let value = value.trim_start_matches(' ').strip_prefix('=').filter(|_| !name.is_empty())?;
    let value = value.trim_start_matches(' ');
    // What is done with the output, `-join ","`, `-replace "a"`, is not.
    let begins_at = at + (statement.len() - value.len());
    if let Some(inside) = value.strip_prefix("$(") {
        let end = closes[1].get(&(begins_at + 1))? - begins_at - 2;
        return Some((format!("{name}=$({})", &inside[..end]), after_operators(&inside[end + 1..])));
    }
    // `$do = { … }; & $do`
    if let Some(length) = closes[0].get(&begins_at).filter(|_| value.starts_with('{')).map(|end| end - begins_at) {
        let block = &value[1..length];
        return Some((format!("{name}() {{ {block}\n}}; {name}={name}"), &value[length + 1..]));
    }
    let (value, left) = value.split_at(statement_end(value));
    // What `& $remove` runs.
    if let Some(command) = value.strip_prefix("Get-Command ").or_else(|| value.strip_prefix("gcm ")) {
        return Some((format!("{name}={command}"), left));
    }
    if is_cmdlet(value) {
        return Some((format!("{name}=$({value})"), left));
    }
    let plain = value.starts_with(['"', '\'', '$']) && !value.contains([',', '(']);
    (plain && !value.starts_with("$(")).then(|| (format!("{name}={value}"), left))
}

/// Where a statement ends that begins here.
fn statement_end(text: &str) -> usize {
    let mut quote = None;
    let end = text.bytes().position(|byte| match (byte, quote) {
        (b'\n', _) | (b';', None) => true,
        (b'"' | b'\'', None) => {
            quote = Some(byte);
            false
        }
        (_, Some(open)) if byte == open => {
            quote = None;
            false
        }
        _ => false,
    });
    end.unwrap_or(text.len())
}

/// PowerShell's `(Get-Content x).Trim()` and `@(Get-Content x; Get-Date)` as a shell has them: `$(Get-Content x)`.
pub(super) fn substituted(text: &str) -> String {
    let closings = closings(text, ROUND);
    let mut out = String::with_capacity(text.len());
    let mut ends = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(['(', ')']).map(|at| from + at) {
        let before = &text[from..at];
        from = at + 1;
        let begins = text[..at].ends_with([' ', '=', '@']) || at == 0;
        // `-Body ($lines -join "\n")`, `-Body ($lines | ConvertTo-Json)`: in whichever form, it is what is given.
        let option = || before.rsplit_once(['\n', ';', '|']).map_or(before, |(_, last)| last).trim_end();
        if let Some(end) = closings.get(&at)
            && option().rsplit(' ').next().is_some_and(|word| word.starts_with('-'))
            && let Some(name) = reformed(&text[from..*end])
        {
            out.push_str(before);
            out.push_str(&format!("\"{name}\""));
            from = end + 1;
            continue;
        }
        if let Some(end) = closings.get(&at).filter(|_| begins && is_cmdlet(&text[from..])) {
            // What a process is called says more than its number: `(Get-Process lsass).Id`.
            let name = text[from..*end].trim().strip_prefix("Get-Process ").filter(|name| !name.contains([' ', '(']));
            if let Some(name) = name.filter(|_| text[end + 1..].starts_with(".Id")) {
                out.push_str(before);
                out.push_str(name);
                from = end + 1 + ".Id".len();
                continue;
            }
            ends.push(*end);
            out.push_str(before.strip_suffix('@').unwrap_or(before));
            out.push_str("$(");
        } else {
            out.push_str(before);
            out.push_str(&text[at..from]);
            if ends.last() == Some(&at) {
                ends.pop();
                from = after_members(text, from, &closings);
            }
        }
    }
    out + &text[from..]
}

/// The variable that is only given another form: `$lines -join "\n"`, `$lines | Out-String`.
fn reformed(value: &str) -> Option<&str> {
    let (name, form) = value.split_once(' ')?;
    let forms = ["-join ", "| ConvertTo-Json", "| ConvertTo-Csv", "| Out-String"];
    let plain = |c: char| c.is_alphanumeric() || c == '_';
    let only = forms.iter().any(|known| form.starts_with(known))
        && !form.contains([';', '{', '('])
        && form.matches('|').count() < 2;
    (only && name.len() > 1 && name.strip_prefix('$')?.chars().all(plain)).then_some(name)
}
