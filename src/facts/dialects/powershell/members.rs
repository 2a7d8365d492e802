//! What members of objects do as the cmdlets that do the same: `(Get-Item x).Delete()`, `$_.Delete()`,
//! `[IO.File]::Delete("x")`; values in brackets where a statement begins, without them.

use super::{after_members, closings};

/// Calls that delete what their first argument names (.NET's `System.IO`).
const DELETING: [&str; 4] =
    ["[system.io.directory]::delete(", "[system.io.file]::delete(", "[io.directory]::delete(", "[io.file]::delete("];

/// How the cmdlet is called that does the same.
const REMOVE: &str = "Remove-Item -Recurse -Force ";

/// Those that give the objects of files.
const LISTS: [&str; 6] = ["get-item", "get-childitem", "gi", "gci", "dir", "ls"];

/// The same text with cmdlets in place of such members.
pub(super) fn as_cmdlets(text: &str) -> String {
    if !text.contains('(') {
        return text.to_owned();
    }
    let closings = closings(text, [b'(', b')']);
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let (mut at, mut begins) = (0, true);
    while let Some(sign) = text[at..].chars().next() {
        let replaced = match sign {
            '[' => deleted(text, &lower, at, &closings),
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

type Closings = rustc_hash::FxHashMap<usize, usize>;

/// `[IO.File]::Delete("x")`
fn deleted(text: &str, lower: &str, at: usize, closings: &Closings) -> Option<(String, usize)> {
    let call = DELETING.iter().find(|call| lower[at..].starts_with(**call))?;
    let open = at + call.len() - 1;
    let end = *closings.get(&open)?;
    let argument = text[open + 1..end].split(',').next()?;
    Some((format!("{REMOVE}{}", argument.trim()), end + 1))
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
    let lists = LISTS.contains(&verb.to_ascii_lowercase().as_str());
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
            ("(Get-Content a) -replace 'b', 'c' | Set-Content a", "Get-Content a| Set-Content a"),
            ("& (irm https://x).a", "& (irm https://x).a"),
            ("(1 + 2); $x = (ls)", "(1 + 2); $x = (ls)"),
            ("([scriptblock]::Create('x')).Invoke()", "([scriptblock]::Create('x')).Invoke()"),
        ] {
            assert_eq!(super::as_cmdlets(text), expected);
        }
    }
}
