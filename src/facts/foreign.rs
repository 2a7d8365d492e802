//! Code of languages that are no shell's, as far as they hand something to a shell or name files.

use super::Effect;
use super::analysis::Analysis;
use super::knowledge::Kind;
use super::shell::ast::Span;
use super::target::Look;
use super::value::{Data, Field, Sink, Taint, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    /// Code of a language that is no shell's: what it hands to a shell, which files it names, what it literally calls.
    pub fn foreign(&mut self, language: &'a str, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        if self.depth >= limits::NESTING {
            self.unread(span, "nested too deeply", false);
            return;
        }
        self.depth += 1;
        let source = self.source(text, language, Some(span));
        match language {
            "sql" | "psql" | "mysql" | "sqlite" => self.sql(language, text, source, call),
            "make" => {
                self.makefile(text, source, stdin, call);
            }
            "git-address" => {
                // `ext::command args`: what it says is run (git-remote-ext(1)); a `%` before a blank keeps it.
                if let Some(code) = text.strip_prefix("ext::") {
                    let kept = code.replace("% ", "\u{1}").replace("%S", "git");
                    let words = kept.split(' ').map(|word| word.replace('\u{1}', " "));
                    let words: Vec<String> = words.map(|word| shell_words::quote(&word).into_owned()).collect();
                    let code = self.bump.alloc_str(&words.join(" "));
                    self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
                }
            }
            "git-setting" | "ssh-option" | "tar-action" | "apt-option" | "npm-setting" => {
                self.setting_code(language, text, span, stdin, call)
            }
            "vim" => {
                // `:!command`, `:terminal`, `:py3 …`: what vim hands to a shell.
                if let Some(at) = text.find('!') {
                    self.shell_code(Val::Lit(&text[at + 1..]), span, stdin, &mut Sink::new(), call);
                }
                self.inline("vim", text, source, call);
            }
            "debugger" => {
                // gdb(1), lldb(1): `shell x`, `!x`, `platform shell x`; `run` is the program that is debugged.
                for line in text.lines().map(str::trim_start) {
                    let shell = ["shell ", "!", "platform shell ", "make "].iter().find_map(|p| line.strip_prefix(p));
                    if let Some(code) = shell {
                        self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
                    } else if let Some(code) = line.strip_prefix("python ").or_else(|| line.strip_prefix("script ")) {
                        self.foreign("python", code, span, stdin, call);
                    }
                }
                self.inline("vim", text, source, call);
            }
            // `name = value` is `--name value` (curl(1), `--config`).
            "curl-config" => {
                let mut words = vec![Field::new(Val::Lit("curl"), span)];
                for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
                    let between = ['=', ':', ' ', '\t'];
                    let Some((name, value)) = line.split_once(between) else { continue };
                    let name = self.bump.alloc_str(&format!("--{}", name.trim_start_matches('-')));
                    words.push(Field::new(Val::Lit(name), span));
                    words.push(Field::new(Val::Lit(value.trim_start_matches(between).trim_matches('"')), span));
                }
                let words = self.bump.alloc_slice_copy(&words);
                self.external(words, &[], &Data::NOTHING, &mut Sink::new());
            }
            // Each line is a call of the client, with the options that this one has.
            "redis" => {
                let options: Vec<Field<'a>> = match self.facts.calls.get(call as usize) {
                    Some(call) => call.words.to_vec(),
                    None => Vec::new(),
                };
                for line in text.lines().map(str::trim).filter(|line| !line.is_empty()).take(limits::UNROLL) {
                    let words = line.split_whitespace().map(|w| Field::new(Val::Lit(w), span));
                    let words: Vec<Field<'a>> = options.iter().copied().chain(words).collect();
                    let words = self.bump.alloc_slice_copy(&words);
                    self.external(words, &[], &Data::NOTHING, &mut Sink::new());
                }
            }
            // Remove-Item and its like are programs to gate, and PowerShell's simple lines read as a shell's.
            "powershell" => self.powershell(text, span, stdin, call),
            // base64 of UTF-16 (about_pwsh, -EncodedCommand)
            "powershell-encoded" => match super::fold::decode_utf16(text) {
                Some(code) => self.powershell(self.bump.alloc_str(&code), span, stdin, call),
                None => self.opaque_code(language, text, Taint::DECODED, call, span),
            },
            "tcl" => {
                // Tcl's words are bare: `exec rm -rf x`, `spawn rm x` (expect), `file delete -force x`.
                for line in text.split(['\n', ';', '{', '}']).map(str::trim) {
                    let shell = ["exec ", "spawn ", "eval exec ", "open |"].iter().find_map(|p| line.strip_prefix(p));
                    if let Some(code) = shell {
                        self.shell_code(Val::Lit(code.trim_matches('"')), span, stdin, &mut Sink::new(), call);
                    } else if let Some(path) = line.strip_prefix("file delete") {
                        let path = path.replace("-force", "-rf");
                        let code = self.bump.alloc_str(&format!("rm -r {path}"));
                        self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
                    } else if let Some(typed) = line.strip_prefix("send ") {
                        let code = typed.trim_matches('"').trim_end_matches("\\r").trim_end_matches("\\n");
                        if code.contains(' ') {
                            let code = self.bump.alloc_str(code);
                            self.perhaps(|this| {
                                this.shell_code(Val::Lit(code), span, &Data::NOTHING, &mut Sink::new(), call);
                            });
                        }
                    }
                }
            }
            // `\\write18{…}` (LaTeX), `%pipe%…` (Ghostscript): what is handed to a shell.
            "latex" => {
                for (start, close) in [("write18{", '}'), ("input|\"", '"'), ("%pipe%", ')')] {
                    for (at, _) in text.match_indices(start) {
                        let code = &text[at + start.len()..];
                        let code = &code[..code.find(close).unwrap_or(code.len())];
                        self.shell_code(Val::Lit(code), span, &Data::NOTHING, &mut Sink::new(), call);
                    }
                }
            }
            "ed" => {
                for line in text.lines().filter_map(|l| l.trim_start().strip_prefix('!')) {
                    self.shell_code(Val::Lit(line), span, stdin, &mut Sink::new(), call);
                }
            }
            "sed" => self.sed_commands(text, span, stdin, call),
            "data" | "native" | "program" => self.opaque(span, language, "", Taint::NONE),
            "awk" => {
                self.inline(language, text, source, call);
                // `system($0)`, `$0 | "sh"`, `$1 | getline`: what it reads is what it runs.
                let runs = ["system($", "system( $", "| getline", "|getline", "|&"].iter().any(|w| text.contains(w));
                if runs && (stdin.taint.has(Taint::NETWORK) || stdin.taint.has(Taint::DECODED)) {
                    self.opaque_code("bash", stdin.source, stdin.taint, call, span);
                }
            }
            _ => self.inline(language, text, source, call),
        }
        self.depth -= 1;
    }

    /// PowerShell, as far as it reads like a shell's commands; the rest of it says nothing.
    fn powershell(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        let lower = text.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        if has(&["iex", "invoke-expression"])
            && has(&["irm", "iwr", "invoke-webrequest", "invoke-restmethod", "downloadstring", "curl ", "wget "])
        {
            self.code_effect(text, Taint::NETWORK, call, span);
        }
        self.inline("powershell", text, span.source, call);
        let (unread, opaque) = (self.facts.unread.len(), self.facts.opaque.len());
        self.shell_code(Val::Lit(text), span, stdin, &mut Sink::new(), call);
        self.facts.unread.truncate(unread);
        self.facts.opaque.truncate(opaque);
    }

    /// `1e command` and the `e` flag of `s///e` run commands; `w file` and `s///w file` write (GNU sed manual 3.8, 3.3).
    fn sed_commands(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        for part in text.split(['\n', ';']) {
            let part = part.trim_start().trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '$' | ','));
            let part = part.trim_start();
            if let Some(code) = part.strip_prefix("e ").or_else(|| part.strip_prefix("exec ")) {
                self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
            } else if let Some(path) = part.strip_prefix("r ").or_else(|| part.strip_prefix("R ")) {
                let target = self.path_target(Val::Lit(path.trim()), Look::Through);
                self.effect(Effect::new(Kind::Read, target, call, span));
            } else if let Some(path) = part.strip_prefix("w ") {
                let target = self.path_target(Val::Lit(path.trim()), Look::Through);
                self.effect(Effect::new(Kind::Write, target, call, span));
            } else if let Some(rest) = part.strip_prefix('s')
                && let Some(delimiter) = rest.chars().next().filter(|c| !c.is_alphanumeric() && *c != ' ')
            {
                let mut pieces = rest[delimiter.len_utf8()..].split(delimiter);
                let (_, with, flags) = (pieces.next(), pieces.next(), pieces.next().unwrap_or(""));
                if flags.contains('e')
                    && flags.len() < 5
                    && let Some(code) = with
                {
                    self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
                }
                // `s///w file`; a path may hold the delimiter.
                let ending = rest[delimiter.len_utf8()..].splitn(3, delimiter).nth(2).unwrap_or("");
                if let Some((flags, path)) = ending.split_once("w ")
                    && flags.bytes().all(|b| b.is_ascii_alphanumeric())
                {
                    let target = self.path_target(Val::Lit(path.trim()), Look::Through);
                    self.effect(Effect::new(Kind::Write, target, call, span));
                }
            }
        }
    }
}
