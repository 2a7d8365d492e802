//! Scripts of ed(1), and of lftp(1) in its way.

use crate::facts::analysis::Analysis;
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::value::{Data, Sink, Val};

impl<'a> Analysis<'a> {
    pub(super) fn ed(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        // `w !sh`: what was put in is what it reads.
        if text.lines().any(|line| matches!(line.trim_start_matches([',', '%']).trim(), "w !sh" | "w !bash")) {
            self.commands_in_text(text, true, span, call);
        }
        let mut put = String::new();
        let mut inserting = false;
        for line in text.lines() {
            // Lines that are put in, up to a point (ed(1), "Commands").
            if inserting {
                inserting = line != ".";
                if inserting {
                    put.push_str(line);
                    put.push('\n');
                }
                continue;
            }
            let line = line.trim_start();
            let command = line.trim_start_matches(|c: char| c.is_ascii_digit() || "$.,%+-".contains(c)).trim_end();
            inserting = matches!(command, "a" | "i" | "c");
            if let ("w" | "wq", path) = command.split_once(' ').unwrap_or((command, "")) {
                self.put_into_file(&put, path, span, call);
            }
            if let Some(line) = line.strip_prefix('!') {
                // lftp(1) goes on after `;`.
                let line = &*self.bump.alloc_str(&line.replace("; !", "; "));
                self.shell_code(Val::Lit(line), span, stdin, &mut Sink::new(), call);
            } else if ["w ", "r ", "e ", "E "].iter().any(|command| line.trim_start_matches(',').starts_with(command)) {
                self.vim_command(line, span, stdin, call);
            }
        }
    }

    /// What was put in stands in the file that is written now: the one that is named, or that it was started with.
    fn put_into_file(&mut self, put: &str, path: &'a str, span: Span, call: u32) {
        let opened = || {
            let call = self.facts.calls.get(call as usize)?;
            call.fields("path").last().and_then(|field| field.val.lit())
        };
        let Some(path) = Some(path.trim()).filter(|path| !path.is_empty()).or_else(opened) else { return };
        if put.is_empty() {
            return;
        }
        let path = Val::Lit(path);
        let target = self.path_target(path, Look::Through);
        let data = Data::known(Val::Lit(self.bump.alloc_str(put)));
        self.planted(target, &data, span, call);
        let name = self.remembered_as(&target, path);
        self.remember(name, data, true);
    }
}
