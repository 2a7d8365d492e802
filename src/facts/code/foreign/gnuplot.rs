//! gnuplot(1), "Pipes", "Output": `plot "<command"`, `set output "|command"`, `set output "file"`.

use crate::facts::analysis::Analysis;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Val};

impl<'a> Analysis<'a> {
    pub(super) fn gnuplot(&mut self, text: &'a str, source: u32, span: Span, stdin: &Data<'a>, call: u32) {
        let mut before = "";
        for (at, part) in text.split(['"', '\'']).enumerate() {
            if at % 2 == 0 {
                before = part.trim_end();
            } else if let Some(code) = part.strip_prefix(['<', '|']) {
                self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
            } else if before.ends_with("output") || before.ends_with("print") {
                self.written_by_command(part, span, call);
            }
        }
        for line in text.split(['\n', ';']).map(str::trim_start) {
            if let Some(code) = line.strip_prefix('!').or_else(|| line.strip_prefix("shell ")) {
                self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
            }
        }
        self.inline("vim", text, source, call);
    }
}
