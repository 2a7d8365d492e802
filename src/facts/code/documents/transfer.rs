//! What clients that copy files are told, line by line: ftp(1), sftp(1), lftp(1), smbclient(1).

use crate::facts::Effect;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::targets::{Look, paths};
use crate::facts::value::{Data, Shape, Taint, Val};

impl<'a> Analysis<'a> {
    /// All lines, with the folder of this machine that they stand in.
    pub(super) fn transfers(&mut self, text: &'a str, span: Span, call: u32) {
        let mut folder = "";
        for line in text.split(['\n', ';']).map(str::trim) {
            // What lftp does to each name that a pattern means: `glob -a rm -r /x/*`.
            let each = line.strip_prefix("glob ").map(str::trim_start);
            let line = match each {
                Some(each) if each.starts_with('-') => each.split_once(' ').map_or("", |(_, rest)| rest.trim()),
                Some(each) => each,
                None => line,
            };
            match line.strip_prefix("lcd ") {
                Some(path) => folder = path.trim(),
                None => self.transfer(line, folder, span, call),
            }
        }
    }

    /// One command of a client that copies files: `put file`, `get file [here]`, `!command` (ftp(1), sftp(1), lftp(1),
    /// smbclient(1)).
    fn transfer(&mut self, line: &'a str, folder: &str, span: Span, call: u32) {
        // lftp(1): `shell` is `!`; GHCi's is `:!`.
        if let Some(code) =
            line.strip_prefix('!').or_else(|| line.strip_prefix(":!")).or_else(|| line.strip_prefix("shell "))
        {
            return self.handed(code, span, call);
        }
        // Options of `mirror` that take a pattern or a number.
        let mut valued = false;
        // `put -O ftp://host/folder file`
        let puts = ["put ", "mput ", "reput "].iter().any(|verb| line.starts_with(verb));
        let mut words = line.split_whitespace().filter(|word| {
            let takes = matches!(*word, "-x" | "-X" | "-i" | "-I" | "-P") || puts && *word == "-O";
            let value = std::mem::replace(&mut valued, takes);
            !value && (!word.starts_with('-') || *word == "-R")
        });
        let Some(verb) = words.next() else { return };
        let names: Vec<&'a str> = words.collect();
        match verb {
            "put" | "mput" | "reput" | "send" | "append" | "mirror" => {
                if verb == "mirror" && only_tries(line) {
                    return;
                }
                let sends = verb != "mirror" || names.first() == Some(&"-R");
                let Some(path) = names.iter().find(|name| **name != "-R").filter(|_| sends) else { return };
                // What is not here is removed there.
                if verb == "mirror" && line.split_whitespace().any(|word| matches!(word, "-e" | "--delete")) {
                    let there = names.last().copied().unwrap_or(line);
                    self.plain_effect(Kind::Destroy, there, call, span, Taint::NONE, &["bucket-content"]);
                }
                let path = if folder.is_empty() || path.starts_with(['/', '~']) {
                    self.tilde_expanded(path)
                } else {
                    &*self.bump.alloc_str(&format!("{}/{path}", folder.trim_end_matches('/')))
                };
                let taint = self.file_data(Val::Lit(path), span, true).taint;
                let mut known = false;
                for effect in self.facts.effects.iter_mut().filter(|e| e.call == call && e.does == Kind::Send) {
                    effect.data |= taint;
                    known = true;
                }
                if !known {
                    let target = self.host_target(Val::hole(self.bump, "the host", Shape::NonEmpty, Taint::NONE));
                    self.effect(Effect { data: taint, ..Effect::new(Kind::Send, target, call, span) });
                }
            }
            // lftp's; sftp's own `rm` takes no folder.
            "rm" | "mrm" if line.contains('*') || line.split_whitespace().any(|word| matches!(word, "-r" | "-rf")) => {
                let Some(path) = names.first() else { return };
                self.plain_effect(Kind::Destroy, path, call, span, Taint::NONE, &["bucket-content"]);
            }
            "get" | "mget" | "recv" | "reget" | "pget" | "get1" => {
                // lftp's `-O` names the folder.
                let (there, here) = match names[..] {
                    [folder, there] if line.contains(" -O ") => (there, Some((folder, paths::base_name(there)))),
                    [there, here] => (there, Some(("", here))),
                    [there, ..] => (there, None),
                    [] => return,
                };
                let (within, name) = here.unwrap_or(("", paths::base_name(there)));
                let within = if within.is_empty() { folder } else { within };
                let path = match within {
                    "" => name,
                    _ if name.starts_with(['/', '~']) => name,
                    _ => &*self.bump.alloc_str(&format!("{}/{name}", within.trim_end_matches('/'))),
                };
                let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Through);
                self.effect(Effect { data: Taint::NETWORK, ..Effect::new(Kind::Write, target, call, span) });
                self.remember(target.path, Data::unknown(line, Taint::NETWORK), false);
            }
            _ => {}
        }
    }
}

/// Whether a `mirror` only says what it would do: by an option of its own, before which stand none that take a value.
fn only_tries(line: &str) -> bool {
    let valueless = |word: &&str| {
        let short = word.strip_prefix('-').filter(|letters| letters.bytes().all(|b| b"RencvLrap".contains(&b)));
        short.is_some_and(|letters| !letters.is_empty())
            || matches!(
                *word,
                "--reverse" | "--delete" | "--delete-first" | "--verbose" | "--continue" | "--only-newer"
            )
            || word.starts_with("--parallel=")
    };
    line.split_whitespace().skip(1).find(|word| !valueless(word)) == Some("--dry-run")
}
