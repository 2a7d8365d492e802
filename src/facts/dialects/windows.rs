//! Windows' shells, cmd.exe and PowerShell, as far as their lines read like a shell's: their commands are programs to gate,
//! and its drives are folders of this machine. What reads otherwise says nothing.

use crate::facts::analysis::{Analysis, MORE, as_it_stands};
use crate::facts::dialects::{cmd, folders, is_plain, powershell};
use crate::facts::shell;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Taint, Val};
use crate::facts::{Call, Effect};

/// Bytes of a line that is looked at for where it writes to.
const LONGEST_LINE: usize = 4 << 10;

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
        let begins = text.trim_start().trim_start_matches('@');
        let asks =
            ["if exist ", "if not exist ", "if defined ", "if not defined ", "for /d ", "for /r ", "for /f ", "for %"];
        let of_cmd = asks.iter().any(|start| begins.get(..start.len()).is_some_and(|b| b.eq_ignore_ascii_case(start)))
            && shell::read(self.bump, text, 0, 0).error.is_some()
            && cmd::as_shell(text).is_some_and(|line| is_plain(self.know.lists(), "cmd", &line.replace("; ", "\n")));
        if of_cmd { Some("cmd") } else { self.is_powershell_only(text).then_some("pwsh") }
    }

    fn is_powershell_only(&self, text: &str) -> bool {
        let separates = |c: char| !c.is_alphanumeric() && c != '-';
        // Most scripts have none, and each is asked.
        let named = || {
            text.match_indices('-').any(|(at, _)| text.as_bytes().get(at + 1).is_some_and(u8::is_ascii_uppercase))
                && text.split(separates).any(is_cmdlet)
        };
        (named() || speaks_powershell(text) || powershell::only_asks_of_a_file(text))
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
        let of_powershell = as_written.any(calls_cmdlet) || speaks_powershell(text);
        if of_powershell {
            self.powershell(text, span, &stdin, u32::MAX);
        } else if of_cmd || folders::named_in(text) || writes_to_drive(text) {
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

    /// Marks what goes by a path that a blank cuts in two, for it stands in no quotes: of `rd /s D:\\AI Projects\\x` a folder
    /// at the top of the drive, which nobody meant.
    pub fn cut_path(&mut self, call: &Call<'a>, effects: usize) {
        if call.verb != "rd" {
            return;
        }
        let paths: Vec<&str> = call.fields("path").filter_map(|field| field.val.lit()).collect();
        let at_the_top = |path: &str| {
            let below =
                path.strip_prefix("/mnt/").and_then(|rest| rest.get(1..)).and_then(|rest| rest.strip_prefix('/'));
            below.is_some_and(|name| !name.is_empty() && !name.contains('/'))
        };
        let goes_on = |path: &str| !path.starts_with('/') && path.contains('/');
        if paths.windows(2).any(|two| at_the_top(two[0]) && goes_on(two[1])) {
            for effect in self.facts.effects.iter_mut().skip(effects).filter(|effect| effect.recursive) {
                effect.mark(self.bump, "cut-path");
            }
        }
    }

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

/// Whether a call is one of PowerShell's: by a cmdlet's name, or a short one with a parameter that no other program of that
/// name has.
fn calls_cmdlet(call: &Call<'_>) -> bool {
    let mut words = call.words.iter().skip(1).filter_map(|word| word.val.lit());
    is_cmdlet(call.program)
        || call.program == "gci"
        || powershell::removes(call.program) && words.any(powershell::is_of_remove_item)
}

/// Whether what a line prints goes to a path of a drive: `echo x >> C:\Windows\x`, of which a shell would take the backslashes.
fn writes_to_drive(text: &str) -> bool {
    text.len() <= LONGEST_LINE
        && text.contains(":\\")
        && text.split('>').skip(1).any(
            |behind| matches!(behind.trim_start().as_bytes(), [drive, b':', b'\\', ..] if drive.is_ascii_alphabetic()),
        )
}

/// Whether a word is a cmdlet's name: a verb and what it is about (about_Command_Syntax), `Remove-Item`.
fn is_cmdlet(word: &str) -> bool {
    let named = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_uppercase()) && part.bytes().all(|b| b.is_ascii_alphabetic())
    };
    word.split_once('-').is_some_and(|(verb, noun)| named(verb) && named(noun))
}

/// A line with its paths as this machine's.
fn in_place(text: &str) -> String {
    folders::mounted(&text.replace('\\', "/"))
}
