//! PowerShell's lines as a shell has them: loops over lists that are written out, conditions, assignments, expressions in
//! brackets and the item of a pipe. Texts become texts; what they do is read as any other line.

mod aliases;
mod arrays;
mod control;
mod members;
mod plain;
mod texts;
mod values;

pub(super) use aliases::removes;
pub(super) use members::only_asks_of_a_file;
pub(in crate::facts) use plain::too_many_reversed;
pub(super) use values::without_texts;

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::facts::brackets::{CURLY, ROUND, closing, closings};
use crate::limits;

/// What comes before a stage is said again for each of its commands, if it is no longer.
const LONGEST_UPSTREAM: usize = 256;

/// The same, with what is written in a roundabout way in the plain way; none if nothing is.
pub(in crate::facts) fn as_shell_plainly(text: &str) -> Option<String> {
    let plain = plain::in_plain_words(text);
    (plain != text).then(|| as_shell(&plain))
}

/// All of it.
pub(in crate::facts) fn as_shell(text: &str) -> String {
    // A backslash escapes nothing there: `D:\ ` is a drive.
    let text = &*if text.contains(":\\ ") { Cow::Owned(text.replace(":\\ ", ":/ ")) } else { Cow::Borrowed(text) };
    let text = &*in_one_line(text);
    let text = &*values::known(text);
    without_exclusions(&for_each(&shown(&assigned(&substituted(&unrolled(&control::in_any_case(
        &members::as_cmdlets(&by_long_names(&listings(&items_as_words(&at_home(text))))),
    )))))))
}

/// A command that goes on in the next line, in one: behind a backtick that is the last sign of its own (about_Parsing,
/// "Line continuation").
fn in_one_line(text: &str) -> Cow<'_, str> {
    if !text.contains("`\n") && !text.contains("`\r\n") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("`\r\n", " ").replace("`\n", " "))
}

/// What gives files to a pipe by another name or one by one: `ls x | sort Name | rm` as `Get-ChildItem x | Sort-Object Name
/// | rm` (about_Aliases).
fn listings(text: &str) -> Cow<'_, str> {
    if !text.contains('|') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive(['\n', ';']) {
        let stages = line.matches('|').count();
        for (number, stage) in line.split('|').enumerate() {
            if number > 0 {
                out.push('|');
            }
            // The first command may stand within a block or brackets.
            let from = if number == 0 { stage.rfind(['{', '(', '=']).map_or(0, |at| at + 1) } else { 0 };
            let (around, stage) = stage.split_at(from);
            let begins = stage.trim_start();
            let verb = begins.split([' ', '\n']).next().unwrap_or_default();
            let name = if number == 0 && stages > 0 { aliases::lists(verb) } else { aliases::of_a_stage(verb) };
            out.push_str(around);
            out.push_str(&stage[..stage.len() - begins.len()]);
            out.push_str(name.unwrap_or(verb));
            out.push_str(&begins[verb.len()..]);
        }
    }
    Cow::Owned(out)
}

/// Whether a word is a parameter of `Remove-Item`, in full or cut short, that no other program of its names has: `-fo`.
pub(super) fn is_of_remove_item(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    word.len() > 2 && ("-recurse".starts_with(&word) || "-force".starts_with(&word))
}

/// `del -r -fo x` as `Remove-Item -Recurse -Force x`: short names, and parameters as far as they cannot mean another
/// (about_Parameters, about_Aliases).
fn by_long_names(text: &str) -> Cow<'_, str> {
    let lower = text.to_ascii_lowercase();
    let removes = lower.contains(" -") && (aliases::may_remove(&lower) || aliases::may_list(&lower));
    if !removes && !lower.contains("type ") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for statement in text.split_inclusive(['\n', ';', '|', '{', '}', '(', ')']) {
        // `$dirs = gci x`
        let given = statement.trim_start().starts_with('$').then(|| statement.find("= ").map(|at| at + 2)).flatten();
        let (variable, statement) = statement.split_at(given.unwrap_or(0));
        out.push_str(variable);
        let begins = statement.trim_start();
        let verb = begins.split([' ', '\n']).next().unwrap_or_default();
        let words = || begins[verb.len()..].split_inclusive(' ');
        let parameter = |word: &str| {
            let name = word.trim_end().to_ascii_lowercase();
            let long = |(full, least): (&'static str, usize)| {
                (name.len() > least && full.to_ascii_lowercase().starts_with(&*name)).then_some(full)
            };
            let of_listing = [("-Include", 3), ("-Exclude", 2), ("-Filter", 3), ("-Directory", 2)];
            let of_both = [("-Recurse", 1), ("-Force", 2)].into_iter().find_map(long);
            of_both.or_else(|| of_listing.into_iter().filter(|_| !aliases::removes(verb)).find_map(long))
        };
        // A shell's own `type` is something else.
        if verb.eq_ignore_ascii_case("type") {
            out.push_str(&statement[..statement.len() - begins.len()]);
            out.push_str("Get-Content");
            out.push_str(&begins[verb.len()..]);
            continue;
        }
        let long_verb = if aliases::removes(verb) { Some("Remove-Item") } else { aliases::lists(verb) };
        let Some(long_verb) = long_verb.filter(|_| words().any(|word| parameter(word).is_some())) else {
            out.push_str(statement);
            continue;
        };
        out.push_str(&statement[..statement.len() - begins.len()]);
        out.push_str(long_verb);
        for word in words() {
            // What follows may be the next line.
            let after = &word[word.trim_end().len()..];
            match parameter(word) {
                Some(name) => {
                    out.push_str(name);
                    out.push_str(after);
                }
                None => {
                    let named =
                        ["-path:", "-literalpath:"].iter().find(|name| word.to_ascii_lowercase().starts_with(**name));
                    out.push_str(named.map_or(word, |name| &word[name.len()..]));
                }
            }
        }
    }
    Cow::Owned(out)
}

/// `Remove-Item a,"b c"` as `Remove-Item a "b c"`; an option that takes a list is given it as it is.
fn items_as_words(text: &str) -> Cow<'_, str> {
    let takes_paths = |statement: &str| {
        let verb = statement.split_whitespace().next().unwrap_or_default();
        statement.contains(',') && (aliases::removes(verb) || aliases::takes_paths(verb))
    };
    if !text.contains(',') {
        return Cow::Borrowed(text);
    }
    let statements = text.split_inclusive(['\n', ';', '|', '{', '}']);
    let parts =
        statements.map(|one| if takes_paths(one) { Cow::Owned(without_commas(one)) } else { Cow::Borrowed(one) });
    Cow::Owned(parts.collect())
}

/// A command with blanks for the commas between its words.
fn without_commas(statement: &str) -> String {
    let takes_lists =
        ["-incl", "-excl", "-filt", "-prop", "-name", "-val", "-attr", "-type", "-join", "-split", "-replace"];
    let mut out = String::with_capacity(statement.len());
    let (mut quote, mut depth) = (None, 0_u32);
    let (mut word, mut before) = (String::new(), String::new());
    for sign in statement.chars() {
        match (quote, sign) {
            (Some(open), _) if sign == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(sign),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth = depth.saturating_sub(1),
            (None, ' ') => before = std::mem::take(&mut word).to_ascii_lowercase(),
            (None, ',') if depth == 0 && !takes_lists.iter().any(|option| before.starts_with(option)) => {
                out.push(' ');
                continue;
            }
            _ => {}
        }
        if sign != ' ' {
            word.push(sign);
        }
        out.push(sign);
    }
    out
}

/// A home in quotes is one there, too (about_Providers, "Home"), and so is a file in it that is asked for.
fn at_home(text: &str) -> Cow<'_, str> {
    // What was typed (about_PSReadLine).
    const HISTORY: &str = "$HOME/.local/share/powershell/PSReadLine/ConsoleHost_history.txt";
    const HOMES: [(&str, &str); 10] = [
        ("(Get-PSReadLineOption).HistorySavePath", HISTORY),
        ("(Get-PSReadlineOption).HistorySavePath", HISTORY),
        ("[Environment]::GetFolderPath(\"UserProfile\")", "\"$HOME\""),
        ("[Environment]::GetFolderPath('UserProfile')", "\"$HOME\""),
        ("\"~/", "\"$HOME/"),
        ("\"~\\", "\"$HOME/"),
        ("\"~\"", "\"$HOME\""),
        ("'~/", "\"$HOME\"'/"),
        ("'~\\", "\"$HOME\"'/"),
        ("'~'", "\"$HOME\""),
    ];
    HOMES.iter().fold(Cow::Borrowed(text), |text, (quoted, home)| {
        if text.contains(quoted) { Cow::Owned(text.replace(quoted, home)) } else { text }
    })
}

/// PowerShell's `foreach ($d in $dirs) { Remove-Item $d }` as what it does for each of the list, where that is written out,
/// and as a pipe where a command gives it: `Get-ChildItem x | ForEach-Object { Remove-Item $_ }`.
fn unrolled(text: &str) -> String {
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
fn assigned(text: &str) -> String {
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
fn shown(text: &str) -> String {
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
fn substituted(text: &str) -> String {
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

/// Whether a command begins here that is named as PowerShell's are, `Get-Content`, or by a short name of one.
fn is_cmdlet(text: &str) -> bool {
    let word = text.trim_start().split([' ', ')', ';']).next().unwrap_or_default();
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_uppercase()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let short = ["gci", "gc", "gi", "gp", "gps", "irm", "iwr"];
    word.split_once('-').is_some_and(|(verb, noun)| part(verb) && part(noun)) || short.contains(&word)
}

/// Where the members of an object end that begin here: `.Trim().Length; ls`.
fn after_members(text: &str, mut at: usize, closings: &FxHashMap<usize, usize>) -> usize {
    while let Some(member) = text[at..].strip_prefix('.') {
        at += 1 + member.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(member.len());
        if let Some(end) = closings.get(&at) {
            at = end + 1;
        }
    }
    at
}

/// What follows the operators behind a value: the next command.
fn after_operators(text: &str) -> &str {
    if text.starts_with(" -") { &text[text.find([';', '|']).unwrap_or(text.len())..] } else { text }
}

/// PowerShell's pipes without the stages that only leave one thing out (`| Where-Object Name -ne x`), and its drive of
/// variables as the program that prints them.
fn without_exclusions(text: &str) -> String {
    let mut stages: Vec<Cow<'_, str>> = Vec::new();
    for stage in text.split('|') {
        let lower = stage.trim().to_ascii_lowercase();
        let asks = ["where-object ", "where ", "? "].iter().any(|word| lower.starts_with(word));
        if asks && leaves_one_out(&lower) {
            continue;
        }
        let lists = |at: usize| {
            let before = lower[..at].trim_end();
            aliases::ends_listing(before).map(|name| before.len() - name)
        };
        // The lower text is as long as the other.
        let from = stage.len() - stage.trim_start().len();
        // There, `rm` is an alias, which is given what comes through the pipe.
        let verb = lower.split(' ').next().unwrap_or_default();
        // Each of them as it is: `| % { $_ }`, `| % FullName`.
        let itself = matches!(lower.trim_end(), "foreach-object {}" | "foreach-object fullname" | "% fullname");
        if !stages.is_empty() && itself {
            continue;
        }
        // And there the pipe ends: `$b = $(gci | % { $_.Name }); ls`.
        const ITSELF: &str = "ForEach-Object {}";
        let ended = stage.trim_start().strip_prefix(ITSELF).filter(|after| after.starts_with([')', ';', '\n']));
        if let (Some(after), Some(before)) = (ended, stages.last_mut()) {
            before.to_mut().push_str(after);
            continue;
        }
        // What is to be done about errors names nothing.
        let error_actions = ["silentlycontinue", "continue", "ignore", "stop", "0"];
        let option = |word: &str| word.is_empty() || word.starts_with('-') || error_actions.contains(&word);
        let given = || lower.split(' ').skip(1).all(option);
        if !stages.is_empty() && aliases::removes(verb) && verb != "remove-item" && given() {
            stages.push(format!(" Remove-Item{}", &stage.trim_start()[verb.len()..]).into());
            continue;
        }
        // All that runs, if nothing chose.
        let every = stages.last().is_some_and(|before| matches!(before.trim(), "Get-Process" | "gps" | "ps"));
        if every && matches!(verb, "stop-process" | "spps" | "kill") && given() && !lower.contains("-whatif") {
            stages.push(" Stop-Process 'every process'".into());
            continue;
        }
        match lower.find(" env:").and_then(|at| Some((lists(at)?, at + " env:".len()))) {
            Some((start, end)) => {
                stages.push(
                    format!(
                        "{}printenv {}",
                        &stage[..from + start],
                        stage[from + end..].trim_start_matches(['*', '\\', '/'])
                    )
                    .into(),
                );
            }
            None => stages.push(stage.into()),
        }
    }
    stages.join("|")
}

/// Whether a question leaves one thing out, and keeps all else: `Name -ne x`.
fn leaves_one_out(question: &str) -> bool {
    const EXCEPT: [&str; 4] = [" -ne ", " -notin ", " -notlike ", " -notmatch "];
    let question = question.to_ascii_lowercase();
    EXCEPT.iter().any(|word| question.contains(word)) && !question.contains(" -and ")
}

/// PowerShell's `| ForEach-Object { A $_; B }` as `| ForEach-Object A {}; ForEach-Object B`, and its `Where-Object { … }`
/// without the question.
fn for_each(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let closings = closings(text, CURLY);
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let before = rest[..open].trim_end();
        let verb = before.rsplit([' ', '|', '(', ';']).next().unwrap_or_default();
        let each =
            ["foreach-object", "foreach", "%", "-parallel", "-process"].contains(&verb.to_ascii_lowercase().as_str());
        let asks = ["where-object", "where", "?"].contains(&verb.to_ascii_lowercase().as_str());
        let opened = text.len() - rest.len() + open;
        let Some(length) = closings.get(&opened).filter(|_| each || asks).map(|closed| closed - opened) else {
            out.push_str(&rest[..=open]);
            rest = &rest[open + 1..];
            continue;
        };
        let body = &rest[open + 1..open + length];
        let head = before[..before.len() - verb.len()].trim_end();
        out.push_str(head.strip_suffix("ForEach-Object").unwrap_or(head));
        if each && values::is_value(body) {
            // What is made of an item still says which it was.
            out.push_str(if body.contains("$_") { " ForEach-Object {}" } else { " ForEach-Object" });
        } else if each {
            let commands = body.split(';').map(str::trim).filter(|command| !command.is_empty());
            let commands: Vec<String> = commands.map(|one| format!(" ForEach-Object {}", item(one))).collect();
            // Each of them is done with what comes through the pipe.
            let upstream = out.rsplit([';', '\n']).next().unwrap_or_default().trim().to_owned();
            let upstream = if upstream.len() <= LONGEST_UPSTREAM { upstream } else { String::new() };
            out.push_str(&commands.join(&format!("; {upstream}")));
        } else if leaves_one_out(body) {
            out.truncate(out.trim_end().trim_end_matches('|').len());
        } else {
            out.push_str(" Where-Object");
        }
        rest = &rest[open + length + 1..];
    }
    out + rest
}

/// A command with `{}` for the item at hand: `$_`, `$_.FullName`, `$($_.Name)`, `$PSItem`.
fn item(command: &str) -> String {
    let mut out = command.replace("$PSItem", "$_").replace("$($_", "$_");
    while let Some(at) = out.find("$_") {
        let rest = &out[at + 2..];
        let member = |c: char| !(c.is_alphanumeric() || c == '.');
        let end = at + 2 + rest.find(member).unwrap_or(rest.len());
        let end = end + usize::from(out[end..].starts_with(')'));
        out.replace_range(at..end, "{}");
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn lines_read_as_a_shells() {
        let each =
            super::for_each("gci $HOME | ? { $_.Length -gt 1 } | % { Remove-Item $($_.FullName) -Force; echo $_ }; ls");
        assert_eq!(
            each,
            "gci $HOME | Where-Object | ForEach-Object Remove-Item {} -Force; gci $HOME | Where-Object | ForEach-Object echo {}; ls"
        );
        assert_eq!(super::for_each("if ($x) { a }"), "if ($x) { a }");
        let loops = "$r = @('a', \"b\")\nforeach ($d in $r) { rd $d; rd $dx }\nls";
        assert_eq!(super::unrolled(loops), "$r = @('a', \"b\")\n rd 'a'; rd $dx \n rd \"b\"; rd $dx \nls");
        assert_eq!(super::unrolled("foreach ($d in @('a','b')) { rd $d }"), " rd 'a' \n rd 'b' ");
        assert_eq!(super::assigned("$d = \"$HOME/x\"\nrd $d"), "d=\"$HOME/x\"\nrd $d");
        assert_eq!(super::assigned("$a = Get-Content x -Raw; ls"), "a=$(Get-Content x -Raw); ls");
        assert_eq!(super::assigned("$a = $(Get-Date) -join ','; ls"), "a=$(Get-Date); ls");
        assert_eq!(super::substituted("a -b (Get-Item x).Trim().Length; (1 + 2)"), "a -b $(Get-Item x); (1 + 2)");
        assert_eq!(super::substituted("$a = @(Get-Content x; Get-Date)"), "$a = $(Get-Content x; Get-Date)");
        assert_eq!(super::without_exclusions("gci ~ | Where-Object Name -ne '.cache' | ri"), "gci ~ | Remove-Item");
        assert_eq!(
            super::without_exclusions("gci ~ | where Name -like '*.o' | ri"),
            "gci ~ | where Name -like '*.o' | Remove-Item"
        );
        assert_eq!(super::without_exclusions("gci ~ | rm -r -fo; ls | rm x"), "gci ~ | rm -r -fo; ls | rm x");
        assert_eq!(super::without_exclusions("gci ~ | rm -r -fo"), "gci ~ | Remove-Item -r -fo");
        assert_eq!(super::without_exclusions("$(Get-ChildItem Env: | Out-String)"), "$(printenv  | Out-String)");
    }
}
