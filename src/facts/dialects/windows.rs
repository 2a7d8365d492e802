//! Windows' shells, cmd.exe and PowerShell, as far as their lines read like a shell's: their commands are programs to gate.
//! What reads otherwise says nothing.

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::dialects::powershell;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Taint, Val};

impl<'a> Analysis<'a> {
    pub fn powershell(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        if powershell::too_many_reversed(text) {
            self.unread(span, MORE, false);
        }
        let plain = powershell::as_shell_plainly(text);
        // Also by names that are put together.
        let lower =
            [Some(text), plain.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("\n").to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        if has(&["iex", "invoke-expression"])
            && has(&["irm", "iwr", "invoke-webrequest", "invoke-restmethod", "downloadstring", "curl ", "wget "])
        {
            self.code_effect(text, Taint::NETWORK, call, span);
        }
        self.inline("powershell", text, span.source, call);
        let line = powershell::as_shell(text);
        self.line_of_windows(&line, span, stdin, call);
        // What is read in both ways misses nothing that one of them misreads.
        if let Some(plain) = plain.filter(|plain| *plain != line) {
            self.line_of_windows(&plain, span, stdin, call);
        }
    }

    /// cmd.exe's lines (`cmd /?`): `&` is a `;`, a variable stands between `%`, a command's own may hide a program's name.
    pub fn cmd(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        let mut text = text.to_owned();
        // `for /d %p in (C:\Users\*) do rd /s /q %p\Documents`
        while let Some((head, rest)) = text.split_once("for /")
            && let Some((variable, set, body)) = loop_of(rest)
        {
            text = format!("{head}{}", body.replace(variable, set));
        }
        let commands = text.split('&').map(str::trim).filter(|command| !command.is_empty());
        let lines: Vec<String> = commands
            .map(|command| {
                let command = command.trim_start_matches(['@', '(']);
                let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
                match verb.to_ascii_lowercase().as_str() {
                    "rmdir" | "rd" => format!("rd {rest}"),
                    "del" | "erase" => format!("del {rest}"),
                    "type" => format!("cat {rest}"),
                    "format" => format!("format.com {rest}"),
                    "copy" | "xcopy" => format!("cp {rest}"),
                    "move" | "ren" => format!("mv {rest}"),
                    "start" | "call" => rest.trim_start_matches("/b").trim_start().to_owned(),
                    "cd" | "chdir" => format!("cd {}", rest.trim_start_matches("/d").trim_start()),
                    _ => command.to_owned(),
                }
            })
            .collect();
        self.line_of_windows(&lines.join("; "), span, stdin, call);
    }

    /// A line with its paths as this machine's.
    fn line_of_windows(&mut self, text: &str, span: Span, stdin: &Data<'a>, call: u32) {
        let text = self.bump.alloc_str(&mounted(&text.replace('\\', "/")));
        self.quietly(|this| this.shell_code(Val::Lit(text), span, stdin, &mut Sink::new(), call));
    }
}

/// The variable, what it goes through, and what is done for each: `d %p in (C:\Users\*) do rd %p`.
fn loop_of(rest: &str) -> Option<(&str, &str, &str)> {
    let (head, body) = rest.split_once(" do ")?;
    let (variable, set) = head.split_once(" in ")?;
    let variable = variable.rsplit(' ').next().filter(|name| name.starts_with('%'))?;
    Some((variable, set.trim().strip_prefix('(')?.strip_suffix(')')?, body))
}

/// Where PowerShell's own profile lies.
const PROFILE: &str = "~/.config/powershell/Microsoft.PowerShell_profile.ps1";

/// Drives where the Windows subsystem for Linux has them (`/mnt/c`), and the variables for well-known folders.
fn mounted(text: &str) -> String {
    let folders = [
        // What PowerShell runs whenever it starts (about_Profiles).
        ("$PROFILE.AllUsersAllHosts", PROFILE),
        ("$PROFILE.AllUsersCurrentHost", PROFILE),
        ("$PROFILE.CurrentUserAllHosts", PROFILE),
        ("$PROFILE.CurrentUserCurrentHost", PROFILE),
        ("$PROFILE", PROFILE),
        ("$profile", PROFILE),
        ("%USERPROFILE%", "~"),
        ("$env:USERPROFILE", "$HOME"),
        ("$Env:USERPROFILE", "$HOME"),
        ("$env:HOME", "$HOME"),
        ("$Env:HOME", "$HOME"),
        ("%HOMEPATH%", "~"),
        ("%APPDATA%", "~/AppData/Roaming"),
        ("$env:APPDATA", "~/AppData/Roaming"),
        ("%LOCALAPPDATA%", "~/AppData/Local"),
        ("$env:LOCALAPPDATA", "~/AppData/Local"),
        ("%TEMP%", "/tmp"),
        ("%TMP%", "/tmp"),
        ("$env:TEMP", "/tmp"),
        ("%SystemRoot%", "C:/Windows"),
        ("%WINDIR%", "C:/Windows"),
        ("%windir%", "C:/Windows"),
        ("$env:windir", "C:/Windows"),
        ("$env:SystemRoot", "C:/Windows"),
        ("%SystemDrive%", "C:"),
        ("$env:SystemDrive", "C:"),
        ("%ProgramFiles%", "C:/Program\\ Files"),
    ];
    let text = folders.iter().fold(text.to_owned(), |text, (name, folder)| text.replace(name, folder));
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(sign) = rest.next() {
        let drive = sign.is_ascii_alphabetic() && !before.is_alphanumeric() && rest.peek() == Some(&':');
        let mut ahead = rest.clone();
        ahead.next();
        if drive && matches!(ahead.peek(), None | Some('/' | ' ' | '"' | '\'')) {
            out.push_str("/mnt/");
            out.push(sign.to_ascii_lowercase());
            rest.next();
        } else {
            out.push(sign);
        }
        before = sign;
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_and_loops_of_cmd() {
        assert_eq!(super::mounted("rd C:/Users %TEMP%/x http://a D:"), "rd /mnt/c/Users /tmp/x http://a /mnt/d");
        assert_eq!(super::loop_of("d %p in (C:/Users/*) do rd %p"), Some(("%p", "C:/Users/*", "rd %p")));
    }
}
