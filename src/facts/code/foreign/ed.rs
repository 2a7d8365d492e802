//! Scripts of ed(1), and of lftp(1) in its way.

use crate::facts::analysis::Analysis;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Val};

impl<'a> Analysis<'a> {
    pub(super) fn ed(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        // `w !sh`: what was put in is what it reads.
        if text.lines().any(|line| matches!(line.trim_start_matches([',', '%']).trim(), "w !sh" | "w !bash")) {
            self.commands_in_text(text, true, span, call);
        }
        for line in text.lines().map(str::trim_start) {
            if let Some(line) = line.strip_prefix('!') {
                // lftp(1) goes on after `;`.
                let line = &*self.bump.alloc_str(&line.replace("; !", "; "));
                self.shell_code(Val::Lit(line), span, stdin, &mut Sink::new(), call);
            } else if ["w ", "r ", "e ", "E "].iter().any(|command| line.trim_start_matches(',').starts_with(command)) {
                self.vim_command(line, span, stdin, call);
            }
        }
    }
}
