//! PowerShell's lines as a shell has them: loops over lists that are written out, conditions, assignments, expressions in
//! brackets and the item of a pipe. Texts become texts; what they do is read as any other line.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::limits;

/// All of it.
pub(super) fn as_shell(text: &str) -> String {
    let text = &unblocked(&called(&put_together(&formatted(text))));
    without_exclusions(&for_each(&assigned(&substituted(&unrolled(&unconditional(text))))))
}

/// PowerShell's `("a" + "b")` and `-join ("a", "b")` as the text that they make.
fn put_together(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once('(') {
        let mut words = Vec::new();
        let (mut left, mut between) = (inside, None);
        while let Some((word, after)) = quoted(left.trim_start()) {
            words.push(word);
            left = after.trim_start();
            match left.chars().next().filter(|sign| matches!(sign, '+' | ',') && between.is_none_or(|b| b == *sign)) {
                Some(sign) => {
                    between = Some(sign);
                    left = &left[1..];
                }
                None => break,
            }
        }
        let joins = before.trim_end().strip_suffix("-join");
        let joined = between == Some('+') || joins.is_some() && between == Some(',');
        match left.strip_prefix(')').filter(|_| joined) {
            Some(after) => {
                out.push_str(joins.unwrap_or(before));
                out.push_str(&format!("('{}')", words.concat()));
                rest = after;
            }
            None => {
                out.push_str(before);
                out.push('(');
                rest = inside;
            }
        }
    }
    out + rest
}

/// PowerShell's blocks as what they do: `& { A }`, `Start-Job { A }`, `Invoke-Command -ScriptBlock { A }`; its functions
/// and aliases as a shell's; a text that is piped to what it is for as what that is given.
fn unblocked(text: &str) -> String {
    let mut out = text.replace("$env:HOME", "$HOME").replace("$env:USERPROFILE", "$HOME").replace("$Env:HOME", "$HOME");
    for _ in 0..limits::UNROLL {
        let lower = out.to_ascii_lowercase();
        let starts = ["start-job {", "-scriptblock {", "start-threadjob {", "measure-command {", "-command {"];
        let found = starts.iter().find_map(|start| Some(lower.find(start)? + start.len() - 1));
        // What is called stands at the start of a statement.
        let bare = || {
            let begins = |at: usize| {
                out[..at].trim_end_matches([' ', '\t']).ends_with([';', '\n']) || out[..at].trim().is_empty()
            };
            out.match_indices('{').map(|(at, _)| at).find(|at| begins(out[..*at].trim_end_matches(". ").len()))
        };
        let Some(at) = found.or_else(bare) else { break };
        let Some(length) = closing(&out[at..]) else { break };
        let begins = out[..at].rfind([';', '\n', '|']).map_or(0, |before| before + 1);
        if out.len() > limits::WORD {
            break;
        }
        out = format!("{}\n{}\n{}", &out[..begins], &out[at + 1..at + length], &out[at + length + 1..]);
    }
    let statement = |one: &str| {
        let words: Vec<&str> = one.split_whitespace().collect();
        match words[..] {
            [alias, name, meant]
                if ["set-alias", "new-alias", "sal", "nal"].contains(&&*alias.to_ascii_lowercase()) =>
            {
                format!("{name}() {{ {meant} \"$@\"; }}")
            }
            [start, program, ..] if start.eq_ignore_ascii_case("start-process") => {
                let given = one.split_once("-ArgumentList").map_or("", |(_, given)| given.trim());
                format!(
                    "{program} {}",
                    given.trim_start_matches('@').replace(',', " ").replace(['(', ')', '"', '\''], "")
                )
            }
            _ => match quoted(one.trim_start())
                .and_then(|(word, after)| Some((word, after.trim_start().strip_prefix('|')?)))
            {
                Some((word, command)) if word.contains([' ', '$']) => format!("{} '{word}'", command.trim()),
                Some((word, command)) => format!("{} {word}", command.trim()),
                None => one.to_owned(),
            },
        }
    };
    let lines: Vec<String> = out
        .split('\n')
        .map(|line| match line.contains(['{', '$', '(']) {
            true => line.to_owned(),
            false => line.split(';').map(statement).collect::<Vec<_>>().join(";"),
        })
        .collect();
    functions(&lines.join("\n"))
}

/// PowerShell's `function f($a, $b) { … }` as a shell's.
fn functions(text: &str) -> String {
    let mut out = text.to_owned();
    let mut from = 0;
    for _ in 0..limits::UNROLL {
        let Some(at) = out[from..].find("function ").map(|at| from + at) else { break };
        from = at + 1;
        let rest = &out[at + "function ".len()..];
        let Some((head, body)) = rest.find('{').map(|open| rest.split_at(open)) else { break };
        let Some(length) = closing(body) else { break };
        let (name, parameters) = head.split_once('(').unwrap_or((head, ""));
        let named = parameters.split([',', ')']).filter_map(|one| one.trim().rsplit_once('$'));
        let set: Vec<String> = named.enumerate().map(|(at, (_, name))| format!("{name}=${}; ", at + 1)).collect();
        let (inside, after) = (&body[1..length], &body[length..]);
        out = format!("{}{}() {{ {}{inside}\n{after}", &out[..at], name.trim(), set.concat());
    }
    out
}

/// PowerShell's `& "Remove-Item" x` as `Remove-Item x`, and a text in brackets without them (about_Operators, "Call
/// operator &").
fn called(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Outside PowerShell that is Elixir's.
    let text = text.strip_prefix("iex ").map_or(Cow::Borrowed(text), |code| format!("Invoke-Expression {code}").into());
    let text = text.replace("; iex ", "; Invoke-Expression ").replace("\niex ", "\nInvoke-Expression ");
    let text = text.replace("| iex", "| Invoke-Expression").replace("[scriptblock]::Create(", "Invoke-Expression (");
    // A variable is one word, whatever it holds.
    let mut words = text.split("Invoke-Expression $");
    let first = words.next().unwrap_or_default().to_owned();
    let text = words.fold(first, |text, after| {
        let (name, after) = after.split_at(after.find([' ', ';', '\n', ')', '|', '}']).unwrap_or(after.len()));
        format!("{text}Invoke-Expression \"${name}\"{after}")
    });
    let mut rest = &*text;
    while let Some(at) = rest.find(['&', '(']) {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        out.push_str(before);
        let begins =
            out.trim_end_matches([' ', '\t']).ends_with(['\n', ';', '|', '{', '(', '=']) || out.trim().is_empty();
        rest = match rest.as_bytes()[at] {
            b'&' if begins && !after.starts_with('&') => after.trim_start(),
            // `Invoke-Expression ('ls')`, `& ('ls')`
            b'(' if out.is_empty() || out.ends_with([' ', '\n', ';', '|', '{']) => match bracketed(after) {
                Some((word, after)) => {
                    out.push_str(word);
                    after
                }
                None => {
                    out.push('(');
                    after
                }
            },
            byte => {
                out.push(char::from(byte));
                after
            }
        };
    }
    out + rest
}

/// A quoted text with its quotes that a bracket closes, and what follows.
fn bracketed(inside: &str) -> Option<(&str, &str)> {
    let (word, after) = quoted(inside.trim_start())?;
    let after = after.trim_start().strip_prefix(')')?;
    let after = after.strip_prefix(".Invoke()").or(Some(after)).filter(|after| !after.starts_with('.'))?;
    let start = word.as_ptr() as usize - inside.as_ptr() as usize;
    Some((&inside[start - 1..=start + word.len()], after))
}

/// PowerShell's `("{1}-{0}" -f "Item", "Remove")` as the text that it makes (about_Operators, "Format operator -f").
fn formatted(text: &str) -> String {
    let mut out = text.to_owned();
    for _ in 0..limits::UNROLL {
        let operator = out.match_indices(" -f ").find_map(|(at, sign)| Some((at, sign, quoted_before(&out[..at])?)));
        let Some((at, sign, (from, pattern))) = operator else { break };
        let mut rest = &out[at + sign.len()..];
        let mut given = Vec::new();
        while let Some((word, after)) = quoted(rest.trim_start()) {
            given.push(word);
            rest = after;
            match rest.trim_start().strip_prefix(',') {
                Some(more) => rest = more,
                None => break,
            }
        }
        if given.is_empty() || out.len() > limits::WORD {
            break;
        }
        let made = given
            .iter()
            .enumerate()
            .fold(pattern.to_owned(), |made, (at, word)| made.replace(&format!("{{{at}}}"), word));
        out = format!("{}'{made}'{rest}", &out[..from]);
    }
    out
}

/// A quoted text that begins here, and what follows.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text[1..].split_once(quote)
}

/// The quoted text that ends here, and where it begins.
fn quoted_before(text: &str) -> Option<(usize, &str)> {
    let quote = text.chars().last().filter(|c| matches!(c, '"' | '\''))?;
    let inside = &text[..text.len() - 1];
    let from = inside.rfind(quote)?;
    Some((from, &inside[from + 1..]))
}

/// PowerShell's `foreach ($d in $dirs) { Remove-Item $d }` as what it does for each of the list, where that is written out.
fn unrolled(text: &str) -> String {
    let mut out = text.to_owned();
    let mut from = 0;
    for _ in 0..limits::UNROLL {
        let Some(at) = out[from..].to_ascii_lowercase().find("foreach (").map(|at| from + at) else { break };
        from = at + 1;
        let Some((head, rest)) = out[at + "foreach (".len()..].split_once(')') else { break };
        // The list may have brackets of its own.
        let (head, rest) = match rest.split_once(')').filter(|_| head.contains("@(")) {
            Some((_, rest)) => (&*format!("{head})"), rest),
            None => (head, rest),
        };
        let Some((variable, list)) = head.split_once(" in ") else { continue };
        let body = rest.trim_start();
        let Some(length) = closing(body).filter(|_| body.starts_with('{')) else { continue };
        let named = format!("{} =", list.trim());
        let list = match text.split_once(named.as_str()).filter(|_| list.trim().starts_with('$')) {
            Some((_, value)) => value.trim_start(),
            None => list.trim(),
        };
        let list = match list.strip_prefix("@(") {
            Some(inside) => inside.split(')').next().unwrap_or_default(),
            None => list.lines().next().unwrap_or_default(),
        };
        let items = list.split([',', '\n']).map(str::trim).filter(|item| !item.is_empty()).take(limits::UNROLL);
        let each: Vec<String> = items.map(|item| replaced(&body[1..length], variable.trim(), item)).collect();
        let end = out.len() - (body.len() - length - 1);
        if !each.is_empty() && out.len() <= limits::WORD {
            out.replace_range(at..end, &each.join("\n"));
        }
    }
    out
}

/// PowerShell's `if (…) { A } else { B }`, `try { A } catch { B }` as what they do, in any case.
fn unconditional(text: &str) -> String {
    let mut out = text.to_owned();
    for _ in 0..limits::UNROLL {
        let lower = out.to_ascii_lowercase();
        let word = |at: usize| !out[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '$' | '_'));
        let starts = ["if (", "else {", "try {", "catch {", "finally {"];
        let found =
            starts.iter().filter_map(|start| Some((lower.match_indices(start).find(|(at, _)| word(*at))?.0, *start)));
        let Some((at, start)) = found.min() else { break };
        let head = match start {
            "if (" => out[at..].find(") {").map(|end| end + 2),
            _ => Some(start.len() - 1),
        };
        let Some(open) = head.map(|length| at + length) else { break };
        let Some(length) = closing(&out[open..]) else { break };
        let body = out[open + 1..open + length].to_owned();
        out.replace_range(at..=open + length, &format!("\n{body}\n"));
    }
    out
}

/// A text with another value for a variable, whose name is not the beginning of a longer one.
fn replaced(text: &str, variable: &str, value: &str) -> String {
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
    let line = |line: &str| {
        let (name, value) = line.trim_start().strip_prefix('$')?.split_once(" = ")?;
        if !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return None;
        }
        // What is done with the output, `-join ","`, `-replace "a"`, is not.
        if let Some(inside) = value.strip_prefix("$(") {
            let end = closing_parenthesis(inside)?;
            return Some(format!("{name}=$({}){}", &inside[..end], after_operators(&inside[end + 1..])));
        }
        // What `& $remove` runs.
        if let Some(command) = value.strip_prefix("Get-Command ").or_else(|| value.strip_prefix("gcm ")) {
            return Some(format!("{name}={command}"));
        }
        if is_cmdlet(value) {
            let end = value.find(';').unwrap_or(value.len());
            return Some(format!("{name}=$({}){}", &value[..end], &value[end..]));
        }
        (value.starts_with(['"', '\'', '$']) && !value.contains([',', '('])).then(|| format!("{name}={value}"))
    };
    let lines: Vec<String> = text.split('\n').map(|one| line(one).unwrap_or_else(|| one.to_owned())).collect();
    lines.join("\n")
}

/// PowerShell's `(Get-Content x).Trim()` and `@(Get-Content x; Get-Date)` as a shell has them: `$(Get-Content x)`.
fn substituted(text: &str) -> String {
    let closings = closings(text, [b'(', b')']);
    let mut out = String::with_capacity(text.len());
    let mut ends = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(['(', ')']).map(|at| from + at) {
        let before = &text[from..at];
        from = at + 1;
        let begins = text[..at].ends_with([' ', '=', '@']) || at == 0;
        if let Some(end) = closings.get(&at).filter(|_| begins && is_cmdlet(&text[from..])) {
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

/// Whether a command begins here that is named as PowerShell's are: `Get-Content`.
fn is_cmdlet(text: &str) -> bool {
    let word = text.trim_start().split([' ', ')', ';']).next().unwrap_or_default();
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_uppercase()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    word.split_once('-').is_some_and(|(verb, noun)| part(verb) && part(noun))
}

/// Where the members of an object end that begin here: `.Trim().Length; ls`.
fn after_members(text: &str, mut at: usize, closings: &FxHashMap<usize, usize>) -> usize {
    while let Some(member) = text[at..].strip_prefix('.') {
        at += 1 + member.find(|c: char| !c.is_alphanumeric()).unwrap_or(member.len());
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

/// Where the parenthesis ends that this text stands in.
fn closing_parenthesis(inside: &str) -> Option<usize> {
    let mut depth = 0_usize;
    inside.bytes().position(|byte| match byte {
        b'(' => {
            depth += 1;
            false
        }
        b')' if depth == 0 => true,
        b')' => {
            depth -= 1;
            false
        }
        _ => false,
    })
}

/// PowerShell's pipes without the stages that only leave one thing out (`| Where-Object Name -ne x`), and its drive of
/// variables as the program that prints them.
fn without_exclusions(text: &str) -> String {
    const EXCEPT: [&str; 4] = [" -ne ", " -notin ", " -notlike ", " -notmatch "];
    let mut stages: Vec<Cow<'_, str>> = Vec::new();
    for stage in text.split('|') {
        let lower = stage.trim().to_ascii_lowercase();
        let asks = ["where-object ", "where ", "? "].iter().any(|word| lower.starts_with(word));
        if asks && EXCEPT.iter().any(|word| lower.contains(word)) && !lower.contains(" -and ") {
            continue;
        }
        let lists = |at: usize| {
            let before = lower[..at].trim_end();
            ["get-childitem", "gci", "dir", "ls"]
                .iter()
                .find(|name| before.ends_with(**name))
                .map(|name| before.len() - name.len())
        };
        // The lower text is as long as the other.
        let from = stage.len() - stage.trim_start().len();
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

/// PowerShell's `| ForEach-Object { A $_; B }` as `| ForEach-Object A {}; ForEach-Object B`, and its `Where-Object { … }`
/// without the question.
fn for_each(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let closings = closings(text, [b'{', b'}']);
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
        if each {
            let commands = body.split(';').map(str::trim).filter(|command| !command.is_empty());
            let commands: Vec<String> = commands.map(|one| format!(" ForEach-Object {}", item(one))).collect();
            out.push_str(&commands.join(";"));
        } else {
            out.push_str(" Where-Object");
        }
        rest = &rest[open + length + 1..];
    }
    out + rest
}

/// Where the bracket that opens a text closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.bytes().position(|byte| {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

/// Where each bracket of a kind closes, by where it opens.
fn closings(text: &str, [opening, closing]: [u8; 2]) -> FxHashMap<usize, usize> {
    let mut open = Vec::new();
    let mut out = FxHashMap::default();
    for (at, byte) in text.bytes().enumerate() {
        if byte == opening {
            open.push(at);
        } else if byte == closing {
            out.extend(open.pop().map(|opened| (opened, at)));
        }
    }
    out
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
        assert_eq!(super::called("& (\"rm\") x; &'ls' y; iex ('z')"), "\"rm\" x; 'ls' y; Invoke-Expression 'z'");
        assert_eq!(super::put_together("x ('a' + \"b\") -join ('c', 'd') ('e')"), "x ('ab') ('cd') ('e')");
        assert_eq!(super::unblocked("a; Start-Job { b }; c"), "a;\n b \n; c");
        assert_eq!(super::unblocked("Set-Alias x rm; x y"), "x() { rm \"$@\"; }; x y");
        assert_eq!(super::unblocked("'~' | rm -r"), "rm -r ~");
        assert_eq!(super::functions("function f($a) { rm $a }; f x"), "f() { a=$1;  rm $a \n}; f x");
        assert_eq!(super::called("a && b; ls ('x').Length"), "a && b; ls ('x').Length");
        assert_eq!(super::formatted("& ('{1}{0}' -f 'b',\"a\") x; y -f z"), "& ('ab') x; y -f z");
        let each =
            super::for_each("gci $HOME | ? { $_.Length -gt 1 } | % { Remove-Item $($_.FullName) -Force; echo $_ }; ls");
        assert_eq!(each, "gci $HOME | Where-Object | ForEach-Object Remove-Item {} -Force; ForEach-Object echo {}; ls");
        assert_eq!(super::for_each("if ($x) { a }"), "if ($x) { a }");
        let loops = "$r = @('a', \"b\")\nforeach ($d in $r) { rd $d; rd $dx }\nls";
        assert_eq!(super::unrolled(loops), "$r = @('a', \"b\")\n rd 'a'; rd $dx \n rd \"b\"; rd $dx \nls");
        assert_eq!(super::unrolled("foreach ($d in @('a','b')) { rd $d }"), " rd 'a' \n rd 'b' ");
        assert_eq!(super::unconditional("if (Test-Path $t) { rd $t } else { ls }"), "\n rd $t \n \n ls \n");
        assert_eq!(super::assigned("$d = \"$HOME/x\"\nrd $d"), "d=\"$HOME/x\"\nrd $d");
        assert_eq!(super::assigned("$a = Get-Content x -Raw; ls"), "a=$(Get-Content x -Raw); ls");
        assert_eq!(super::assigned("$a = $(Get-Date) -join ','; ls"), "a=$(Get-Date); ls");
        assert_eq!(super::substituted("a -b (Get-Item x).Trim().Length; (1 + 2)"), "a -b $(Get-Item x); (1 + 2)");
        assert_eq!(super::substituted("$a = @(Get-Content x; Get-Date)"), "$a = $(Get-Content x; Get-Date)");
        assert_eq!(super::without_exclusions("gci ~ | Where-Object Name -ne '.cache' | ri"), "gci ~ | ri");
        assert_eq!(
            super::without_exclusions("gci ~ | where Name -like '*.o' | ri"),
            "gci ~ | where Name -like '*.o' | ri"
        );
        assert_eq!(super::without_exclusions("$(Get-ChildItem Env: | Out-String)"), "$(printenv  | Out-String)");
    }
}
