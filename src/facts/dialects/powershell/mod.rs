//! PowerShell's lines as a shell has them: loops over lists that are written out, conditions, assignments, expressions in
//! brackets and the item of a pipe. Texts become texts; what they do is read as any other line.

mod aliases;
mod arrays;
mod assignments;
mod control;
mod members;
mod pipes;
mod plain;
mod texts;
mod values;

pub(super) use aliases::removes;
pub(super) use members::only_asks_of_a_file;
pub(super) use pipes::is_of_remove_item;
pub(in crate::facts) use plain::too_many_reversed;
pub(super) use values::without_texts;

use std::borrow::Cow;

use rustc_hash::FxHashMap;

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
    let piped = pipes::by_long_names(&pipes::listings(&pipes::items_as_words(&at_home(text)))).into_owned();
    let called = control::in_any_case(&members::as_cmdlets(&piped));
    let assigned = assignments::assigned(&assignments::substituted(&assignments::unrolled(&called)));
    pipes::without_exclusions(&pipes::for_each(&assignments::shown(&assigned)))
}

/// A command that goes on in the next line, in one: behind a backtick that is the last sign of its own (about_Parsing,
/// "Line continuation").
fn in_one_line(text: &str) -> Cow<'_, str> {
    if !text.contains("`\n") && !text.contains("`\r\n") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("`\r\n", " ").replace("`\n", " "))
}

/// A home in quotes is one there, too (about_Providers, "Home"), and so is a file in it that is asked for.
fn at_home(text: &str) -> Cow<'_, str> {
    // What was typed (about_PSReadLine).
    const HISTORY: &str = "$HOME/.local/share/powershell/PSReadLine/ConsoleHost_history.txt";
    const HOMES: [(&str, &str); 14] = [
        ("(Get-PSReadLineOption).HistorySavePath", HISTORY),
        ("(Get-PSReadlineOption).HistorySavePath", HISTORY),
        ("[Environment]::GetFolderPath(\"UserProfile\")", "\"$HOME\""),
        ("[Environment]::GetFolderPath('UserProfile')", "\"$HOME\""),
        ("[Environment]::GetFolderPath(\"MyDocuments\")", "\"$HOME/Documents\""),
        ("[Environment]::GetFolderPath('MyDocuments')", "\"$HOME/Documents\""),
        ("[Environment]::GetFolderPath(\"Desktop\")", "\"$HOME/Desktop\""),
        ("[Environment]::GetFolderPath('Desktop')", "\"$HOME/Desktop\""),
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

#[cfg(test)]
mod tests {
    use super::assignments::{assigned, substituted, unrolled};
    use super::pipes::{for_each, without_exclusions};

    #[test]
    fn lines_read_as_a_shells() {
        let each = for_each("gci $HOME | ? { $_.Length -gt 1 } | % { Remove-Item $($_.FullName) -Force; echo $_ }; ls");
        assert_eq!(
            each,
            "gci $HOME | Where-Object | ForEach-Object Remove-Item {} -Force; gci $HOME | Where-Object | ForEach-Object echo {}; ls"
        );
        assert_eq!(for_each("if ($x) { a }"), "if ($x) { a }");
        let loops = "$r = @('a', \"b\")\nforeach ($d in $r) { rd $d; rd $dx }\nls";
        assert_eq!(unrolled(loops), "$r = @('a', \"b\")\n rd 'a'; rd $dx \n rd \"b\"; rd $dx \nls");
        assert_eq!(unrolled("foreach ($d in @('a','b')) { rd $d }"), " rd 'a' \n rd 'b' ");
        assert_eq!(assigned("$d = \"$HOME/x\"\nrd $d"), "d=\"$HOME/x\"\nrd $d");
        assert_eq!(assigned("$a = Get-Content x -Raw; ls"), "a=$(Get-Content x -Raw); ls");
        assert_eq!(assigned("$a = $(Get-Date) -join ','; ls"), "a=$(Get-Date); ls");
        assert_eq!(substituted("a -b (Get-Item x).Trim().Length; (1 + 2)"), "a -b $(Get-Item x); (1 + 2)");
        assert_eq!(substituted("$a = @(Get-Content x; Get-Date)"), "$a = $(Get-Content x; Get-Date)");
        assert_eq!(without_exclusions("gci ~ | Where-Object Name -ne '.cache' | ri"), "gci ~ | Remove-Item");
        assert_eq!(
            without_exclusions("gci ~ | where Name -like '*.o' | ri"),
            "gci ~ | where Name -like '*.o' | Remove-Item"
        );
        assert_eq!(without_exclusions("gci ~ | rm -r -fo; ls | rm x"), "gci ~ | rm -r -fo; ls | rm x");
        assert_eq!(without_exclusions("gci ~ | rm -r -fo"), "gci ~ | Remove-Item -r -fo");
        assert_eq!(without_exclusions("$(Get-ChildItem Env: | Out-String)"), "$(printenv  | Out-String)");
    }
}
