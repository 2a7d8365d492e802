//! Settings of a system's own services: what they run at which occasion, which files they make and remove.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Taint, Val};

impl<'a> Analysis<'a> {
    /// Actions that begin with a bar (procmailrc(5)), and names of files that are none.
    pub(super) fn piped(&mut self, text: &'a str, span: Span, call: u32) {
        for code in text.lines().filter_map(|line| line.trim_start().trim_start_matches('~').strip_prefix(['|', '!'])) {
            self.handed(code, span, call);
        }
    }

    /// apt.conf(5): hooks are quoted commands.
    pub(super) fn hooks_of_apt(&mut self, text: &'a str, span: Span, call: u32) {
        for line in text.lines().filter(|line| line.contains("Invoke") || line.contains("Pre-Install-Pkgs")) {
            for code in line.split('"').skip(1).step_by(2) {
                self.handed(code, span, call);
            }
        }
    }

    /// logrotate(8): what stands between `postrotate` and its like and `endscript`.
    pub(super) fn logrotate(&mut self, text: &'a str, span: Span, call: u32) {
        let starts = ["postrotate", "prerotate", "firstaction", "lastaction", "preremove"];
        let mut script = false;
        let mut logs = "";
        for line in text.lines().map(str::trim) {
            match line {
                "endscript" => script = false,
                _ if starts.contains(&line) => script = true,
                _ if script => self.handed(line, span, call),
                // None of the old ones is kept.
                "rotate 0" if !logs.is_empty() => {
                    self.handed(self.bump.alloc_str(&format!("rm -f {logs}")), span, call);
                }
                "}" => logs = "",
                _ => logs = line.strip_suffix('{').map_or(logs, str::trim),
            }
        }
    }

    /// `unixexec:path=/bin/sh,argv1=-c,argv2=…` (D-Bus specification, "Executed Subprocesses on Unix").
    pub(super) fn unixexec(&mut self, text: &'a str, span: Span, call: u32) {
        let Some(parts) = text.strip_prefix("unixexec:") else { return };
        let words: Vec<&'a str> = parts
            .split(',')
            .filter_map(|part| part.split_once('='))
            .filter(|(name, _)| *name == "path" || name.starts_with("argv") && *name != "argv0")
            .map(|(_, value)| value)
            .collect();
        let code = self.bump.alloc_str(&shell_words::join(words));
        self.handed(code, span, call);
    }

    /// Settings of php.ini that load code.
    pub(in crate::facts) fn php_settings(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        for (name, value) in text.lines().filter_map(|line| line.split_once('=')) {
            let language = match name.trim() {
                "extension" | "zend_extension" => "native",
                "auto_prepend_file" | "auto_append_file" => "php",
                _ => continue,
            };
            let value = value.trim().trim_matches(['"', '\'']);
            if value.contains("://") {
                let fetched = format!("curl -s {} | php", shell_words::quote(value));
                self.handed(self.bump.alloc_str(&fetched), span, call);
                continue;
            }
            self.code_file(language, Val::Lit(value), span, stdin, &mut Sink::new(), call);
        }
    }

    /// tmpfiles.d(5): what is made, emptied, opened and removed.
    pub(super) fn tmpfiles(&mut self, text: &'a str, span: Span, call: u32) {
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let (Some(kind), Some(path)) = (words.next(), words.next()) else { continue };
            let mode = words.next().filter(|mode| *mode != "-").unwrap_or_default();
            // User, group and age stand before what is copied or linked.
            let from = words.nth(3).map_or("x".into(), shell_words::quote);
            // Its specifiers for folders.
            let path = match path.strip_prefix("%h") {
                Some(rest) => format!("~{rest}"),
                None => shell_words::quote(path).into_owned(),
            };
            let code = match kind.chars().next() {
                Some('R' | 'r' | 'D') => format!("rm -rf {path}"),
                Some('m' | 'z' | 'Z') if !mode.is_empty() => format!("chmod {mode} {path}"),
                Some('C') if !mode.is_empty() => format!("cp {from} {path}; chmod {mode} {path}"),
                Some('C') => format!("cp {from} {path}"),
                Some('f' | 'F' | 'w' | 'L') => format!("cp x {path}"),
                _ => continue,
            };
            self.handed(self.bump.alloc_str(&code), span, call);
        }
    }

    /// Statements of RMAN, Bacula and their like, which destroy by their first word.
    pub(super) fn backups(&mut self, text: &'a str, span: Span, call: u32) {
        for statement in text.split(['\n', ';', '{', '}']).map(str::trim) {
            let first = statement.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
            // Bacula's `@exec`
            if let Some(code) = statement.strip_prefix("@exec ") {
                self.handed(code.trim_matches('"'), span, call);
            }
            match first.as_str() {
                "delete" | "purge" | "drop" | "prune" | "erase" | "expire" => {
                    self.plain_effect(Kind::Destroy, statement, call, span, Taint::NONE, &["backup"]);
                }
                // RMAN's, over the files of the database (Oracle's "Backup and Recovery Reference", RESTORE).
                "restore" | "flashback"
                    if !statement
                        .split_whitespace()
                        .any(|w| ["preview", "validate"].iter().any(|k| w.eq_ignore_ascii_case(k))) =>
                {
                    self.plain_effect(Kind::Restore, statement, call, span, Taint::NONE, &["overwrite"]);
                }
                _ => {}
            }
        }
    }
}
