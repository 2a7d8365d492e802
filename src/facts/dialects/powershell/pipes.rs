//! Pipes of PowerShell as those of a shell: by the long names of their commands, each stage for the item that comes.

use std::borrow::Cow;

use super::{aliases, values};
use crate::facts::brackets::{CURLY, closings};

/// What comes before a stage is said again for each of its commands, if it is no longer.
const LONGEST_UPSTREAM: usize = 256;

/// What gives files to a pipe by another name or one by one: `ls x | sort Name | rm` as `Get-ChildItem x | Sort-Object Name
/// | rm` (about_Aliases).
pub(super) fn listings(text: &str) -> Cow<'_, str> {
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
pub(in crate::facts::dialects) fn is_of_remove_item(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    word.len() > 2 && ("-recurse".starts_with(&word) || "-force".starts_with(&word))
}

/// `del -r -fo x` as `Remove-Item -Recurse -Force x`: short names, and parameters as far as they cannot mean another
/// (about_Parameters, about_Aliases).
pub(super) fn by_long_names(text: &str) -> Cow<'_, str> {
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
pub(super) fn items_as_words(text: &str) -> Cow<'_, str> {
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

/// PowerShell's pipes without the stages that only leave one thing out (`| Where-Object Name -ne x`), and its drive of
/// variables as the program that prints them.
pub(super) fn without_exclusions(text: &str) -> String {
    let mut stages: Vec<Cow<'_, str>> = Vec::new();
    for stage in text.split('|') {
        let lower = stage.trim().to_ascii_lowercase();
        let asks = ["where-object ", "where ", "? "].iter().any(|word| lower.starts_with(word));
        let (question, rest) = stage.split_at(question_end(stage));
        if asks && leaves_one_out(question) {
            // What stands behind the question is done all the same.
            match stages.last_mut() {
                Some(before) => before.to_mut().push_str(rest),
                None => stages.push(rest.into()),
            }
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

/// Where a question ends: at the end of its command, at what is written to a file, or where what stands around it closes.
fn question_end(stage: &str) -> usize {
    let mut open = 0_usize;
    let end = stage.bytes().position(|byte| {
        match byte {
            b'(' | b'{' | b'[' => open += 1,
            b')' | b'}' | b']' if open == 0 => return true,
            b')' | b'}' | b']' => open -= 1,
            b';' | b'\n' | b'>' | b'&' if open == 0 => return true,
            _ => {}
        }
        false
    });
    end.unwrap_or(stage.len())
}

/// Whether a question leaves one thing out, and keeps all else (`Name -ne x`), or asks only how old a thing is,
/// so that any may be meant.
fn leaves_one_out(question: &str) -> bool {
    const EXCEPT: [&str; 4] = [" -ne ", " -notin ", " -notlike ", " -notmatch "];
    const OF_ANY: [&str; 4] = ["lastwritetime", "creationtime", "lastaccesstime", "psiscontainer"];
    const BY_NAME: [&str; 4] = ["name", "extension", "path", "directory."];
    let question = question.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| question.contains(word));
    has(&EXCEPT) && !question.contains(" -and ") || has(&OF_ANY) && !has(&BY_NAME)
}

/// PowerShell's `| ForEach-Object { A $_; B }` as `| ForEach-Object A {}; ForEach-Object B`, and its `Where-Object { … }`
/// without the question.
pub(super) fn for_each(text: &str) -> String {
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
