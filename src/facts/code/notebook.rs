//! Notebooks: what their cells say is run in turn (nbformat's documentation, "The notebook file format").

use crate::facts::analysis::Analysis;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Taint, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    /// The code of a notebook that is executed.
    pub(in crate::facts) fn notebook(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
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
            name if name.is_empty() || name.starts_with("python") => "python",
            name if name.contains("powershell") => "powershell",
            name if name.contains("javascript") || name.contains("typescript") => "javascript",
            _ => "other",
        };
        let cells = book["cells"].as_array().map(Vec::as_slice).unwrap_or_default();
        let cells = cells.iter().filter(|cell| cell["cell_type"] == "code").map(|cell| said(&cell["source"]));
        let cells: Vec<String> = cells.take(limits::CALLS).collect();
        self.cells(language, cells.iter().map(String::as_str), span, stdin, call);
    }

    /// What cells say, of which one uses what another set: code, and IPython's magics
    /// (<https://ipython.readthedocs.io/en/stable/interactive/magics.html>).
    pub(in crate::facts) fn cells<'c>(
        &mut self,
        language: &'a str,
        cells: impl Iterator<Item = &'c str>,
        span: Span,
        stdin: &Data<'a>,
        call: u32,
    ) {
        let mut code = String::new();
        for cell in cells {
            match cell.trim_start().split_once('\n') {
                Some((magic, script))
                    if ["%%bash", "%%sh", "%%script", "%%system", "%%!"].iter().any(|name| magic.starts_with(name)) =>
                {
                    let script = self.bump.alloc_str(script);
                    self.shell_code(Val::Lit(script), span, &Data::NOTHING, &mut Sink::new(), call);
                }
                _ => {
                    for whole in cell.lines() {
                        let line = whole.trim_start();
                        // `!command`, `files = !command`, `%system command`, `%rm file`
                        let given = line.split_once("= !").map(|(_, command)| command);
                        let magic = ["!!", "!", "%sx ", "%system "].iter().find_map(|sign| line.strip_prefix(sign));
                        let named = line
                            .strip_prefix('%')
                            .filter(|rest| ["rm ", "rmdir ", "mv ", "cp "].iter().any(|p| rest.starts_with(p)));
                        match magic.or(given).or(named) {
                            Some(command) => {
                                let command = self.bump.alloc_str(&format!("({command})"));
                                self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
                            }
                            None => {
                                code.push_str(whole);
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
