//! tmux(1): commands whose argument is one of the shell's, or a file of more commands.

use crate::facts::analysis::Analysis;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Val};

impl<'a> Analysis<'a> {
    pub(super) fn tmux(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        for line in text.lines().map(str::trim) {
            if let Some(files) = ["source-file ", "source "].iter().find_map(|word| line.strip_prefix(word)) {
                for file in files.split_whitespace().filter(|file| !file.starts_with('-')) {
                    let file = self.tilde_expanded(file.trim_matches(['"', '\'']));
                    self.included("tmux", file, span, stdin, call);
                }
                continue;
            }
            let word =
                ["run-shell ", "run ", "if-shell ", "if ", "new-window ", "neww ", "split-window ", "respawn-pane "];
            let Some(rest) = word.iter().find_map(|word| line.strip_prefix(word)) else { continue };
            let code = rest.trim_start_matches(|c: char| c == '-' || c == 'b' && rest.starts_with('-') || c == ' ');
            self.shell_code(Val::Lit(code.trim_matches(['"', '\''])), span, stdin, &mut Sink::new(), call);
        }
    }
}
