//! Windows' shells, cmd.exe and PowerShell, as far as their lines read like a shell's: their commands are programs to gate,
//! and its drives are folders of this machine. What reads otherwise says nothing.

use crate::facts::Effect;
use crate::facts::analysis::{Analysis, MORE, as_it_stands};
use crate::facts::dialects::{cmd, is_plain, powershell};
use crate::facts::shell;
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
        let searches = lower.trim_start().starts_with("select-string")
            && !powershell::without_texts(&lower).contains(['|', ';', '(', '{', '&', '\n']);
        if !searches
            && has(&["iex", "invoke-expression"])
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

    pub fn cmd(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        match cmd::as_shell(text) {
            Some(line) => self.line_of_windows(&line, span, stdin, call),
            None => self.unread(span, "a line of cmd.exe", false),
        }
    }

    /// The shell of Windows whose script one is that no other shell can read: with nothing that is not followed there, and
    /// read there as a whole.
    pub fn only_of_windows(&self, text: &str) -> Option<&'static str> {
        let begins = text.trim_start().trim_start_matches('@').to_ascii_lowercase();
        let asks = ["if exist ", "if not exist ", "if defined ", "if not defined "];
        let of_cmd = asks.iter().any(|start| begins.starts_with(start))
            && shell::read(self.bump, text, 0, 0).error.is_some()
            && is_plain(self.know.lists(), "cmd", text)
            && cmd::as_shell(text).is_some();
        if of_cmd { Some("cmd") } else { self.is_powershell_only(text).then_some("pwsh") }
    }

    fn is_powershell_only(&self, text: &str) -> bool {
        let separates = |c: char| !c.is_alphanumeric() && c != '-';
        // Most scripts have none, and each is asked.
        let named = || {
            text.as_bytes().windows(2).any(|pair| pair[0] == b'-' && pair[1].is_ascii_uppercase())
                && text.split(separates).any(is_cmdlet)
        };
        (named() || speaks_powershell(text))
            && shell::read(self.bump, text, 0, 0).error.is_some()
            && is_plain(self.know.lists(), "powershell", text)
            && shell::read(self.bump, self.bump.alloc_str(&in_place(&powershell::as_shell(text))), 0, 0).error.is_none()
    }

    /// Words of which only Windows' shells make something are read as theirs, too: an agent there has no other shell, and
    /// nobody may have said so.
    pub fn also_of_windows(&mut self, text: &'a str, span: Span) {
        let stdin = Data::INHERITED;
        let lists = self.know.lists();
        let switch =
            |word: &str| word.len() < 4 && word.strip_prefix('/').is_some_and(|c| c.starts_with(char::is_alphabetic));
        let drive = |word: &str| word.as_bytes().get(1) == Some(&b':') && word.starts_with(char::is_alphabetic);
        let mut as_written = self.facts.calls.iter().filter(|call| call.span.source == span.source);
        let of_cmd = as_written.clone().any(|call| {
            let mut words = call.words.iter().skip(1).filter_map(|word| word.val.lit());
            call.entry.is_some_and(|entry| entry.pack == "windows") && text.contains('\\')
                || words.any(|word| switch(word) || drive(word))
                    && lists.has("own-words-of-cmd", &call.program.to_ascii_lowercase())
        });
        let before = self.facts.effects.len();
        let of_powershell = as_written.any(|call| is_cmdlet(call.program)) || speaks_powershell(text);
        if of_powershell {
            self.powershell(text, span, &stdin, u32::MAX);
        } else if of_cmd || FOLDERS.iter().any(|(name, _)| name.starts_with('%') && contains_in_any_case(text, name)) {
            self.cmd(text, span, &stdin, u32::MAX);
        } else {
            return;
        }
        // What both readings say is said once.
        let read: Vec<Effect<'a>> = self.facts.effects.drain(before..).collect();
        let said = |effect: &Effect<'a>| {
            let of = |effect: &Effect<'a>| {
                let Effect { does, target, recursive, certain, marks, data, .. } = *effect;
                (does, target.text, target.classes, recursive, certain, marks, data)
            };
            self.facts.effects.iter().any(|known| of(known) == of(effect))
        };
        let new: Vec<Effect<'a>> = read.into_iter().filter(|effect| !said(effect)).collect();
        self.facts.effects.extend(new);
    }

    /// What a shell reads as its line is what it reads after `-c`.
    pub fn line_of_another(&mut self, shell: &'a str, text: &'a str, span: Span, out: &mut Sink<'a>) {
        let option = if shell == "cmd" { "/c" } else { "-c" };
        let words = [shell, option, text].map(|word| as_it_stands(word, span));
        self.external(self.bump.alloc_slice_copy(&words), &[], &Data::INHERITED, out);
    }

    /// Carries out a line with its paths as this machine's.
    fn line_of_windows(&mut self, text: &str, span: Span, stdin: &Data<'a>, call: u32) {
        let text = self.bump.alloc_str(&in_place(text));
        self.quietly(|this| this.shell_code(Val::Lit(text), span, stdin, &mut Sink::new(), call));
    }
}

/// Whether a text has a variable as only PowerShell spells it: of the environment, or the item of a pipe in a block.
fn speaks_powershell(text: &str) -> bool {
    ["$env:", "$Env:"].iter().any(|sign| text.contains(sign))
        || text.contains("$_")
            && ["| % {", "|% {", "| ? {", "| where {", "| foreach {"].iter().any(|s| text.contains(s))
}

/// Whether a word is a cmdlet's name: a verb and what it is about (about_Command_Syntax), `Remove-Item`.
fn is_cmdlet(word: &str) -> bool {
    let named = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_uppercase()) && part.bytes().all(|b| b.is_ascii_alphabetic())
    };
    word.split_once('-').is_some_and(|(verb, noun)| named(verb) && named(noun))
}

/// Where PowerShell's own profile lies.
const PROFILE: &str = "~/.config/powershell/Microsoft.PowerShell_profile.ps1";

/// The variables for well-known folders, whichever their letters; those that begin like another come before it.
const FOLDERS: [(&str, &str); 34] = [
    // What PowerShell runs whenever it starts (about_Profiles).
    ("$profile.AllUsersAllHosts", PROFILE),
    ("$profile.AllUsersCurrentHost", PROFILE),
    ("$profile.CurrentUserAllHosts", PROFILE),
    ("$profile.CurrentUserCurrentHost", PROFILE),
    ("$profile", PROFILE),
    ("%userprofile%", "$HOME"),
    ("$env:userprofile", "$HOME"),
    ("$env:homedrive", ""),
    ("%homedrive%", ""),
    ("$env:homepath", "$HOME"),
    ("%homepath%", "$HOME"),
    ("$env:home", "$HOME"),
    ("%appdata%", "$HOME/AppData/Roaming"),
    ("$env:appdata", "$HOME/AppData/Roaming"),
    ("%localappdata%", "$HOME/AppData/Local"),
    ("$env:localappdata", "$HOME/AppData/Local"),
    ("%onedrive%", "$HOME/OneDrive"),
    ("$env:onedrive", "$HOME/OneDrive"),
    ("%temp%", "/tmp"),
    ("%tmp%", "/tmp"),
    ("$env:temp", "/tmp"),
    ("$env:tmp", "/tmp"),
    ("%systemroot%", "C:/Windows"),
    ("%windir%", "C:/Windows"),
    ("$env:windir", "C:/Windows"),
    ("$env:systemroot", "C:/Windows"),
    ("%systemdrive%", "C:"),
    ("$env:systemdrive", "C:"),
    ("%programfiles(x86)%", "C:/Program\\ Files"),
    ("%programfiles%", "C:/Program\\ Files"),
    ("%programdata%", "C:/ProgramData"),
    ("$env:programdata", "C:/ProgramData"),
    ("%public%", "C:/Users/Public"),
    ("$env:public", "C:/Users/Public"),
];

/// `${env:TEMP}` as `$env:TEMP`.
fn with_plain_names(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, name) = (&rest[..at], &rest[at + 2..]);
        out.push_str(before);
        match name.split_once('}').filter(|(name, _)| name.get(..4).is_some_and(|of| of.eq_ignore_ascii_case("env:"))) {
            Some((name, after)) => {
                out.push('$');
                out.push_str(name);
                rest = after;
            }
            None => {
                out.push_str("${");
                rest = name;
            }
        }
    }
    out + rest
}

fn contains_in_any_case(text: &str, small: &str) -> bool {
    text.as_bytes().windows(small.len()).any(|part| part.eq_ignore_ascii_case(small.as_bytes()))
}

/// A text with another for a part of it, whichever its letters.
fn replaced_in_any_case(text: String, small: &str, by: &str) -> String {
    if !contains_in_any_case(&text, small) {
        return text;
    }
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    // A longer name is another one.
    let ends =
        |end: usize| small.ends_with('%') || !lower[end..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    for (at, part) in lower.match_indices(small).filter(|(at, part)| ends(at + part.len())) {
        out.push_str(&text[from..at]);
        out.push_str(by);
        from = at + part.len();
    }
    out + &text[from..]
}

/// A line with its paths as this machine's.
fn in_place(text: &str) -> String {
    mounted(&text.replace('\\', "/"))
}

/// Drives where the Windows subsystem for Linux has them (`/mnt/c`), and the variables for well-known folders.
fn mounted(text: &str) -> String {
    let text =
        FOLDERS.iter().fold(with_plain_names(text), |text, (name, folder)| replaced_in_any_case(text, name, folder));
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
    fn paths_of_windows() {
        assert_eq!(super::mounted("rd C:/Users %TEMP%/x http://a D:"), "rd /mnt/c/Users /tmp/x http://a /mnt/d");
    }
}
