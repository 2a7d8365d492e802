//! Commands of debuggers: gdb(1), lldb(1), and of prompts that know `!command`.

use crate::facts::Effect;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::value::{Data, Sink, Taint, Val};

/// How a command begins that is one for a shell: `shell x`, `!x`, `platform shell x`; `run` is the program that is debugged.
const SHELL: [&str; 8] = ["shell ", "she ", "shel ", "!", "platform shell ", "make ", "exec ", "push !"];
/// How a command begins that hands its output to another behind a bar, and those that speak to one.
const PIPES: [&str; 4] = ["pipe ", "| ", "target remote ", "target extended-remote "];
/// How a command begins behind which stands the file that it writes (gdb's manual, "Logging Output", "Save Breakpoints").
const WRITES: [&str; 4] = ["set logging file ", "save breakpoints ", "save gdb-index ", "generate-core-file "];

impl<'a> Analysis<'a> {
    pub(super) fn debugger(&mut self, text: &'a str, source: u32, span: Span, stdin: &Data<'a>, call: u32) {
        for line in text.lines().map(str::trim_start) {
            let line = line.trim_start_matches(['@', ':', '.']);
            let behind = |starts: &[&str]| starts.iter().find_map(|start| line.strip_prefix(start)).map(str::trim);
            if let Some(code) = behind(&SHELL) {
                self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
            } else if let Some(code) = behind(&PIPES).and_then(piped) {
                self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
            } else if let Some(code) = behind(&["python ", "py ", "script "]) {
                // `-ex 'python …'` may go on over several lines.
                let from = code.as_ptr() as usize - text.as_ptr() as usize;
                self.foreign("python", &text[from..], span, stdin, call);
            } else if let Some(file) = behind(&["source "]) {
                self.code_file("debugger", Val::Lit(file), span, stdin, &mut Sink::new(), call);
            } else if let Some(file) = behind(&WRITES) {
                self.written_by_command(file, span, call);
            } else if let Some(rest) = behind(&["dump ", "append "]) {
                // `dump value FILE "text"`, `dump binary memory FILE from to` (gdb's manual, "Dump/Restore Files")
                let kinds = ["binary", "ihex", "srec", "tekhex", "verilog", "value", "memory"];
                if let Some(path) = rest.split_whitespace().find(|word| !kinds.contains(word)) {
                    self.written_by_command(path, span, call);
                }
            }
            // `call (void*)dlopen("/tmp/x.so", 2)`
            if let Some((_, rest)) = line.split_once("dlopen(\"")
                && let Some((library, _)) = rest.split_once('"')
            {
                self.code_file("native", Val::Lit(library), span, stdin, &mut Sink::new(), call);
            }
        }
        self.inline("vim", text, source, call);
    }

    /// A file that a command of such a language writes.
    pub(in crate::facts) fn written_by_command(&mut self, path: &'a str, span: Span, call: u32) {
        self.filled_by_command(path, Taint::NONE, span, call);
    }

    /// The same, with where what is written comes from.
    pub(in crate::facts) fn filled_by_command(&mut self, path: &'a str, data: Taint, span: Span, call: u32) {
        let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Through);
        self.effect(Effect { data, ..Effect::new(Kind::Write, target, call, span) });
    }
}

/// The command behind the bar: `p x | command`, `|command`.
fn piped(line: &str) -> Option<&str> {
    let code = match line.strip_prefix('|') {
        Some(command) if !command.contains('|') => command,
        _ => line.trim_start_matches('|').split_once('|')?.1,
    };
    Some(code.trim_start())
}
