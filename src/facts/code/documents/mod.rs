//! Documents and settings of other programs, as far as they hold commands, name code or send files.

mod build;
mod patch;
mod system;
mod transfer;
mod typeset;

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Taint, Val};

/// Bytes of keys that somebody types.
const LONGEST_TYPED: usize = 8 << 10;

impl<'a> Analysis<'a> {
    /// What a document or a file of settings has run. `language` is its form.
    pub fn document(&mut self, language: &'a str, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        match language {
            "latex" => self.macros(text, span, stdin, call),
            "roff" => self.roff(text, span, call),
            "cmake" => self.cmake(text, span, call),
            "commands" => self.settings_of_commands(text, span, call),
            "hcl" => self.programs_of_hcl(text, span, call),
            "nginx" => self.directives(text, span, call),
            // `exec { 'command': }`, `file { '/path': }`
            "puppet" => {
                let text = text.replace('{', "(").replace('}', ")").replace("':", "',").replace("\":", "\",");
                let text = self.bump.alloc_str(&text);
                let source = self.source(text, language, Some(span));
                self.inline("puppet", text, source, call);
            }
            "cpan" => {
                for code in text.lines().filter_map(|line| line.trim_start().strip_prefix('!')) {
                    self.foreign("perl", code.trim(), span, stdin, call);
                }
            }
            // diskpart(1) of Windows: what its lines do to the disk that was selected.
            "diskpart" => {
                let does =
                    |line: &str| ["clean", "format", "delete", "convert"].iter().any(|word| line.starts_with(word));
                if text.lines().any(|line| does(line.trim().to_ascii_lowercase().as_str())) {
                    self.plain_effect(Kind::Destroy, "a disk", call, span, Taint::NONE, &["machine-image"]);
                }
            }
            "piped" => self.piped(text, span, call),
            "apt-config" => self.hooks_of_apt(text, span, call),
            "logrotate" => self.logrotate(text, span, call),
            "unixexec" => self.unixexec(text, span, call),
            "php-setting" => self.php_settings(text, span, stdin, call),
            "tmpfiles" => self.tmpfiles(text, span, call),
            "backups" => self.backups(text, span, call),
            "ftp" => self.transfers(text, span, call),
            "patch" => self.patched(text, span, call),
            "typed" => self.typed(text, span, call),
            _ => {}
        }
    }

    /// What is handed to a shell.
    pub(in crate::facts) fn handed(&mut self, code: &'a str, span: Span, call: u32) {
        self.shell_code(Val::Lit(code), span, &Data::NOTHING, &mut Sink::new(), call);
    }

    /// What is typed into a shell, or whatever else waits there; keys by their names (tmux(1), "KEY BINDINGS").
    fn typed(&mut self, text: &'a str, span: Span, call: u32) {
        // Nobody types as much.
        if text.len() > LONGEST_TYPED {
            return self.unread(span, MORE, false);
        }
        let typed = ["\nEnter", "\nC-m"].iter().fold(text.to_owned(), |text, enter| text.replace(enter, ";"));
        let typed = typed.replace("\nSpace\n", " ");
        self.quietly(|this| {
            this.handed(this.bump.alloc_str(&typed), span, call);
            // One key after the other (tmux(1), "send-keys").
            let keys = typed.replace(";\n", ";");
            if keys.contains('\n') {
                this.handed(this.bump.alloc_str(&keys.replace('\n', "")), span, call);
            }
        });
        self.facts.effects.retain(|effect| effect.does != Kind::Unknown || effect.call <= call);
    }
}

/// The texts in double quotes up to the bracket that ends their list, what stands escaped in them resolved; none if that is
/// longer than is read.
pub(in crate::facts) fn texts_in_quotes(list: &str) -> Option<Vec<String>> {
    let mut out: Vec<String> = Vec::new();
    let mut within: Option<String> = None;
    let mut signs = list.chars();
    while let Some(sign) = signs.next() {
        if list.len() - signs.as_str().len() > LONGEST_LIST {
            return None;
        }
        match (&mut within, sign) {
            (None, ']') => break,
            (None, '"') => within = Some(String::new()),
            (None, _) => {}
            (Some(_), '"') => out.extend(within.take()),
            (Some(text), '\\') => text.extend(signs.next().map(|sign| match sign {
                'n' => '\n',
                't' => '\t',
                sign => sign,
            })),
            (Some(text), sign) => text.push(sign),
        }
    }
    // One that does not end is read as far as it goes.
    out.extend(within);
    Some(out)
}

/// Bytes of a list of texts.
const LONGEST_LIST: usize = 16 << 10;
