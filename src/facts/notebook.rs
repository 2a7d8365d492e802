//! Notebooks: what their cells say is run in turn (nbformat's documentation, "The notebook file format").

use super::analysis::Analysis;
use super::shell::ast::Span;
use super::value::{Data, Sink, Taint, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    /// The code of a notebook that is executed.
    pub(super) fn notebook(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        let Ok(book) = serde_json::from_str::<serde_json::Value>(text) else {
            return self.opaque_code("python", "a notebook", Taint::NONE, call, span);
        };
        let said = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Array(lines) => lines.iter().filter_map(|line| line.as_str()).collect(),
            _ => String::new(),
        };
        // The kernel that is started, by its name.
        let kernel = book["metadata"]["kernelspec"]["name"].as_str().unwrap_or_default();
        let language = match kernel.to_ascii_lowercase().as_str() {
            "ir" => "r",
            "bash" | "calysto_bash" => "bash",
            "deno" | "javascript" | "jslab" => "javascript",
            "ruby" | "iruby" => "ruby",
            name if name.starts_with("julia") => "julia",
            _ => "python",
        };
        let cells = book["cells"].as_array().map(Vec::as_slice).unwrap_or_default();
        let cells = cells.iter().filter(|cell| cell["cell_type"] == "code").map(|cell| said(&cell["source"]));
        // One cell uses what another set.
        let mut code = String::new();
        for cell in cells.take(limits::CALLS) {
            match cell.trim_start().split_once('\n') {
                // IPython's magics for a cell, a line and a command of the shell.
                Some((magic, script)) if ["%%bash", "%%sh", "%%script"].iter().any(|name| magic.starts_with(name)) => {
                    let script = self.bump.alloc_str(script);
                    self.shell_code(Val::Lit(script), span, &Data::NOTHING, &mut Sink::new(), call);
                }
                _ => {
                    for line in cell.lines() {
                        match line.trim_start().strip_prefix('!').or_else(|| line.trim_start().strip_prefix("%sx ")) {
                            Some(command) => {
                                let command = self.bump.alloc_str(command);
                                self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
                            }
                            None => {
                                code.push_str(line);
                                code.push('\n');
                            }
                        }
                    }
                }
            }
        }
        let code = self.bump.alloc_str(&code);
        match language {
            "bash" => self.shell_code(Val::Lit(code), span, &Data::NOTHING, &mut Sink::new(), call),
            _ => self.foreign(language, code, span, stdin, call),
        }
    }
}
