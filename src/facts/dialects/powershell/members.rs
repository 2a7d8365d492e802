//! What members of objects do as the cmdlets that do the same: `(Get-Item x).Delete()`, `$_.Delete()`,
//! `[IO.File]::Delete("x")`; values in brackets where a statement begins, without them.

use super::{after_members, aliases};
use crate::facts::brackets::{ROUND, closings};

/// Members of .NET's classes (`System.IO`, `System.Diagnostics`; `System.` may be left out), the cmdlets that do the same, and
/// how many arguments those take.
const STATIC: [(&str, &str, usize); 15] = [
    ("io.directory]::createdirectory(", "New-Item -ItemType Directory -Path ", 1),
    ("io.file]::readalltext(", "Get-Content ", 1),
    ("io.file]::readalllines(", "Get-Content ", 1),
    ("io.file]::exists(", "Test-Path ", 1),
    ("io.directory]::delete(", REMOVE, 1),
    ("io.file]::delete(", REMOVE, 1),
    ("io.file]::writealltext(", "Set-Content ", 2),
    ("io.file]::writealllines(", "Set-Content ", 2),
    ("io.file]::writeallbytes(", "Set-Content ", 2),
    ("io.file]::appendalltext(", "Add-Content ", 2),
    ("io.file]::appendalllines(", "Add-Content ", 2),
    ("io.file]::copy(", "Copy-Item ", 2),
    ("io.file]::move(", "Move-Item ", 2),
    ("io.file]::replace(", "Move-Item ", 2),
    ("io.directory]::move(", "Move-Item ", 2),
];

/// Whether a text is one call of such a member that makes a folder, or looks at a file, and no more.
pub(in crate::facts::dialects) fn only_asks_of_a_file(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    let Some(rest) = lower.strip_prefix('[').map(|class| class.strip_prefix("system.").unwrap_or(class)) else {
        return false;
    };
    let asks = ["io.directory]::createdirectory(", "io.file]::exists(", "io.file]::readalltext("];
    let rest = asks.iter().find_map(|member| rest.strip_prefix(member));
    let alone = rest.and_then(|rest| rest.split_once(')')).filter(|(given, _)| !given.contains(['(', ';', '\n', '`']));
    alone.is_some_and(|(_, behind)| matches!(behind.trim(), "" | "| out-null"))
}

/// The member that starts a program.
const STARTS: &str = "diagnostics.process]::start(";

/// How the cmdlet is called that deletes.
const REMOVE: &str = "Remove-Item -Recurse -Force ";

/// The same text with cmdlets in place of such members.
pub(super) fn as_cmdlets(text: &str) -> String {
    if !text.contains('(') {
        return text.to_owned();
    }
    let closings = closings(text, ROUND);
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let (mut at, mut begins) = (0, true);
    while let Some(sign) = text[at..].chars().next() {
        let replaced = match sign {
            '[' => of_class(text, &lower, at, &closings),
            '$' if begins => deletes_itself(text, &lower, at, &closings),
            '(' if begins => unbracketed(text, at, &closings),
            _ => None,
        };
        if let Some((made, end)) = replaced {
            out.push_str(&made);
            (at, begins) = (end, false);
            continue;
        }
        match sign {
            ' ' | '\t' => {}
            '\n' | ';' | '{' => begins = true,
            _ => begins = false,
        }
        out.push(sign);
        at += sign.len_utf8();
    }
    out
}

/// What a member of `(New-Object Net.WebClient)` does with a file, as an option of the cmdlet that does the same.
fn web_client(object: &str, members: &str) -> Option<&'static str> {
    let object = object.to_ascii_lowercase();
    let class = object.strip_prefix("new-object ")?.trim().trim_start_matches("-typename ");
    if !matches!(class.trim_start_matches("system."), "net.webclient") {
        return None;
    }
    let does = [
        (".downloadfile(", "-OutFile"),
        (".uploadfile(", "-Method Post -InFile"),
        (".uploadstring(", "-Method Post -Body"),
    ];
    does.into_iter().find(|(member, _)| members.starts_with(member)).map(|(_, option)| option)
}

type Closings = rustc_hash::FxHashMap<usize, usize>;

/// `[IO.File]::Delete("x")`, `[System.IO.File]::WriteAllText("x", $text)`
fn of_class(text: &str, lower: &str, at: usize, closings: &Closings) -> Option<(String, usize)> {
    let class = at + 1 + if lower[at + 1..].starts_with("system.") { "system.".len() } else { 0 };
    // `[Diagnostics.Process]::Start("rm", "-rf x")`
    if lower[class..].starts_with(STARTS) {
        let open = class + STARTS.len() - 1;
        let end = *closings.get(&open)?;
        return Some((text[open + 1..end].replace(['"', '\'', ','], " ").trim().to_owned(), end + 1));
    }
    let (call, cmdlet, takes) = STATIC.iter().find(|(call, ..)| lower[class..].starts_with(call))?;
    let open = class + call.len() - 1;
    let end = *closings.get(&open)?;
    let arguments: Vec<&str> = outermost(&text[open + 1..end]).into_iter().take(*takes).collect();
    Some((format!("{cmdlet}{}", arguments.join(" ")), end + 1))
}

/// The arguments of a call, without those of calls and texts within them.
fn outermost(inside: &str) -> Vec<&str> {
    let (mut level, mut quote, mut from) = (0_usize, None, 0);
    let mut arguments = Vec::new();
    for (at, sign) in inside.char_indices() {
        match (quote, sign) {
            (Some(open), _) if sign == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(sign),
            (None, '(' | '[' | '{') => level += 1,
            (None, ')' | ']' | '}') => level = level.saturating_sub(1),
            (None, ',') if level == 0 => {
                arguments.push(inside[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    arguments.push(inside[from..].trim());
    arguments
}

/// `$file.Delete()`, `$_.Delete($true)`
fn deletes_itself(text: &str, lower: &str, at: usize, closings: &Closings) -> Option<(String, usize)> {
    let rest = &lower[at + 1..];
    let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    let open = rest[length..].strip_prefix(".delete(").map(|_| at + 1 + length + ".delete".len())?;
    Some((format!("{REMOVE}{}", &text[at..=at + length]), closings.get(&open)? + 1))
}

/// `(Get-Item x).Delete()`, `(irm https://…).tag_name`, `(Get-ChildItem x) | …`, where a statement begins with it.
fn unbracketed(text: &str, at: usize, closings: &Closings) -> Option<(String, usize)> {
    let end = *closings.get(&at)?;
    let inside = text[at + 1..end].trim();
    let verb = inside
        .split([' ', '\n', ';', '|'])
        .next()
        .filter(|verb| verb.starts_with(|c: char| c.is_ascii_alphabetic()))?;
    let behind = after_members(text, end + 1, closings);
    let members = text[end + 1..behind].to_ascii_lowercase();
    if let Some(cmdlet) = web_client(inside, &members) {
        let open = end + 1 + members.find('(')?;
        let close = *closings.get(&open)?;
        let arguments = outermost(&text[open + 1..close]);
        let [address, file] = arguments[..] else { return None };
        return Some((format!("Invoke-WebRequest -Uri {address} {cmdlet} {file}"), close + 1));
    }
    let lists = aliases::gives_files(verb);
    if lists && members.contains(".delete(") && !inside.contains('|') {
        return Some((format!("{REMOVE}{}", &inside[verb.len()..].trim_start()), behind));
    }
    // What operators make of it, `-replace "a", "b"`, is still it.
    let after = text[behind..].trim_start_matches(' ');
    let operated = after.starts_with('-');
    let left = if operated { after.find(['|', ';', '\n', '}']).unwrap_or(after.len()) } else { 0 };
    let goes_on = after[left..].chars().next();
    // What stands in brackets behind an operator is done, too.
    if operated && after[..left].contains(['(', '{']) {
        return None;
    }
    let ends = matches!(goes_on, None | Some('|' | ';' | '\n' | '}'));
    let invoked = members.contains(".invoke");
    (ends && !invoked).then(|| (inside.to_owned(), text.len() - after.len() + left))
}

#[cfg(test)]
mod tests {
    #[test]
    fn members_are_cmdlets() {
        for (text, expected) in [
            ("(Get-Item x).Delete()", "Remove-Item -Recurse -Force x"),
            ("(gci ~ -Recurse).FullName | rm", "gci ~ -Recurse| rm"),
            ("gci x | % { $_.Delete() }", "gci x | % { Remove-Item -Recurse -Force $_ }"),
            ("[IO.File]::Delete(\"a\"); ls", "Remove-Item -Recurse -Force \"a\"; ls"),
            ("[Diagnostics.Process]::Start('rm', '-rf x')", "rm    -rf x"),
            ("[System.IO.File]::WriteAllText('a, b', f(1, 2), $e)", "Set-Content 'a, b' f(1, 2)"),
            ("(Get-Content a) -replace 'b', 'c' | Set-Content a", "Get-Content a| Set-Content a"),
            ("& (irm https://x).a", "& (irm https://x).a"),
            ("(1 + 2); $x = (ls)", "(1 + 2); $x = (ls)"),
            ("([scriptblock]::Create('x')).Invoke()", "([scriptblock]::Create('x')).Invoke()"),
        ] {
            assert_eq!(super::as_cmdlets(text), expected);
        }
    }
}
