//! Documents that are set in type, and the macros that they are made of: LaTeX, troff, m4, Ghostscript, rpm's.

use crate::facts::Effect;
use crate::facts::analysis::Analysis;
use crate::facts::brackets::{ROUND, closing_behind};
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::value::{Data, Val};
use crate::limits;

/// How text begins behind which stands a file that is read, and the sign that ends its name: m4's `include(file)`, LaTeX's
/// `\\verbatiminput{file}`, TeX's `\\input file`, Asciidoctor's `include::file[]`, Docutils' `.. include:: file`.
const INPUTS: [(&str, char); 8] = [
    ("\ninclude::", '['),
    (".. include:: ", '\n'),
    ("include(", ')'),
    ("verbatiminput{", '}'),
    ("lstinputlisting{", '}'),
    ("\\input{", '}'),
    ("\\input ", ' '),
    ("\\openin", ' '),
];

impl<'a> Analysis<'a> {
    /// `\\write18{…}`, `\\directlua{…}` (LaTeX), `%pipe%…` (Ghostscript), `%(…)`, `%{lua:…}` (rpm's macros), `esyscmd(…)` (m4).
    pub(super) fn macros(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        let handed = [("write18{", '}'), ("input|\"", '"'), ("input{|\"", '"'), ("%pipe%", ')'), ("%(", ')')];
        self.system_calls(text, span, call);
        for (start, close) in handed {
            for (at, _) in text.match_indices(start) {
                let code = &text[at + start.len()..];
                self.handed(&code[..code.find(close).unwrap_or(code.len())], span, call);
            }
        }
        for start in ["directlua{", "%{lua:"] {
            for (at, _) in text.match_indices(start) {
                let code = &text[at + start.len()..];
                self.foreign("lua", &code[..code.find('}').unwrap_or(code.len())], span, stdin, call);
            }
        }
        self.opened_by_tex(text, span, call);
        self.opened_by_postscript(text, span, call);
        for (start, close) in INPUTS {
            for (at, _) in text.match_indices(start) {
                let path = &text[at + start.len()..];
                let path = path[..path.find(close).unwrap_or(path.len())].trim_matches(['[', ']', '`', '\'']);
                // `\\openin5=path`
                let path = path.rsplit_once('=').map_or(path, |(_, path)| path);
                if path.starts_with('|') {
                    continue;
                }
                self.file_data(Val::Lit(path), span, true);
            }
        }
    }

    /// `\\openout\\f=path`, `\\newwrite…`: what TeX writes (The TeXbook, chapter 21).
    fn opened_by_tex(&mut self, text: &'a str, span: Span, call: u32) {
        for (at, start) in text.match_indices("openout") {
            let Some((_, path)) = text[at + start.len()..].split_once('=') else { continue };
            let path = path.trim_start().split([' ', '\\', '\n', '}']).next().unwrap_or_default();
            if path.contains(['/', '~']) {
                self.written_by_command(path, span, call);
            }
        }
    }

    /// `(path) (w) file`, `(path) deletefile`, `(path) (other) renamefile` (PostScript Language Reference, 3.8).
    fn opened_by_postscript(&mut self, text: &'a str, span: Span, call: u32) {
        if !["file", "deletefile", "renamefile"].iter().any(|operator| text.contains(operator)) {
            return;
        }
        for (at, _) in text.match_indices('(').take(limits::UNROLL) {
            let Some((path, behind)) = text[at + 1..].split_once(')') else { return };
            let mut words = behind.split_whitespace();
            let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            match (first, second) {
                _ if !path.contains(['/', '~']) => {}
                ("(w)" | "(a)" | "(w+)" | "(a+)" | "(r+)", "file") => self.written_by_command(path, span, call),
                ("(r)", "file") | ("run", _) => {
                    self.file_data(Val::Lit(path), span, true);
                }
                ("deletefile", _) | (_, "renamefile") => {
                    let target = self.path_target(Val::Lit(path), Look::Not);
                    self.effect(Effect::new(Kind::Delete, target, call, span));
                }
                _ => {}
            }
        }
    }

    /// m4's `syscmd(…)` and `esyscmd(…)`, with what `define` gave a name.
    fn system_calls(&mut self, text: &'a str, span: Span, call: u32) {
        if !text.contains("syscmd(") {
            return;
        }
        let bare = |text: &str| text.replace(['`', '\''], "");
        let defined: Vec<(String, String)> = text
            .split("define(")
            .skip(1)
            .filter_map(|rest| rest.split_once(')')?.0.split_once(','))
            .map(|(name, value)| (bare(name.trim()), bare(value.trim())))
            .filter(|(name, _)| !name.is_empty())
            .collect();
        for (at, start) in text.match_indices("syscmd(").take(limits::CALLS) {
            let code = &text[at + start.len()..];
            let mut code = bare(code[..closing_behind(code, ROUND)].trim_matches(['[', ']']));
            for (name, value) in &defined {
                code = code.replace(name, value);
            }
            self.handed(self.bump.alloc_str(&code), span, call);
        }
    }

    /// groff(7) `.sy`, `.pso`; pic(1) `sh X command X`.
    pub(super) fn roff(&mut self, text: &'a str, span: Span, call: u32) {
        for line in text.lines().map(str::trim_start) {
            if let Some(code) = line.strip_prefix(".sy ").or_else(|| line.strip_prefix(".pso ")) {
                self.handed(code, span, call);
            } else if let Some(code) = line.strip_prefix("sh ")
                && let Some(sign) = code.chars().next()
            {
                self.handed(code[sign.len_utf8()..].trim_end().trim_end_matches(sign), span, call);
            }
        }
    }
}
