//! What the clients of databases do themselves: psql's `\!` and variables, SQLite's `.shell`, mysql's `system`.

use std::borrow::Cow;

use crate::facts::Effect;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::target::Look;
use crate::facts::value::{Data, Sink, Val};

impl<'a> Analysis<'a> {
    /// psql's `:name` as what `-v name=value` says.
    pub(super) fn with_variables(&self, text: &'a str, call: u32) -> &'a str {
        let Some(call) = self.facts.calls.get(call as usize).filter(|call| call.program == "psql") else { return text };
        let set = call.fields("-v").filter_map(|field| field.val.lit()?.split_once('='));
        let changed = set.fold(Cow::Borrowed(text), |text, (name, value)| {
            if text.contains(':') { Cow::Owned(text.replace(&format!(":{name}"), value)) } else { text }
        });
        match changed {
            Cow::Borrowed(text) => text,
            Cow::Owned(text) => self.bump.alloc_str(&text),
        }
    }

    /// A client's own command. Whether it goes to another database.
    pub(super) fn meta(&mut self, meta: &'a str, span: Span, call: u32) -> bool {
        let (word, rest) = meta.split_once(char::is_whitespace).unwrap_or((meta, ""));
        // psql runs what stands in backquotes.
        if meta.starts_with('\\')
            && let Some(command) = rest.split('`').nth(1)
        {
            self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
        }
        match word {
            "\\!" | "\\shell" | "\\setshell" | ".shell" | ".system" | "system" => {
                self.shell_code(Val::Lit(rest.trim()), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            _ if word.starts_with("\\!") => {
                self.shell_code(Val::Lit(meta[2..].trim()), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            // `\o |command`: what is asked goes there.
            "\\o" | "\\out" | "\\g" if rest.trim_start().starts_with('|') => {
                let asked = self.facts.sources.get(span.source as usize).map_or("", |source| source.text);
                let texts: Vec<&str> = asked.split('\'').skip(1).step_by(2).collect();
                let texts = Data::known(Val::Lit(self.bump.alloc_str(&texts.join("\n"))));
                let command = rest.trim_start().trim_start_matches('|');
                self.shell_code(Val::Lit(command), span, &texts, &mut Sink::new(), call);
            }
            // SQLite's `.import "|command" table`
            ".import" | ".once" | ".output" if rest.trim_start().trim_start_matches(['"', '\'']).starts_with('|') => {
                let command = rest.trim_start().trim_start_matches(['"', '\'', '|']);
                let end = command.find(['"', '\'']).unwrap_or(command.len());
                self.shell_code(Val::Lit(&command[..end]), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            // `.import FILE TABLE`
            ".import" => {
                if let Some(path) = rest.split_whitespace().find(|word| !word.starts_with("--")) {
                    let target = self.path_target(Val::Lit(path.trim_matches(['"', '\''])), Look::Through);
                    self.effect(Effect::new(Kind::Read, target, call, span));
                }
            }
            "\\i" | "\\ir" | ".read" | "source" => {
                let path = rest.trim().trim_matches('\'');
                self.code_file("sql", Val::Lit(path), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            // SQLite's `.load library`
            ".load" => {
                let path = rest.trim().trim_matches(['\'', '"']);
                self.code_file("native", Val::Lit(path), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            "\\c" | "\\connect" | ".open" | "use" => return true,
            "\\o" | "\\copy" | ".output" | ".once" => {
                let path = rest.trim().trim_matches(['\'', '"']);
                if word != "\\copy" && path.contains('/') && !path.starts_with('|') {
                    let target = self.path_target(Val::Lit(path), Look::Through);
                    self.effect(Effect::new(Kind::Write, target, call, span));
                }
                if let Some((_, program)) = rest.split_once("program ").or_else(|| rest.split_once("PROGRAM ")) {
                    let command = Val::Lit(program.trim().trim_matches('\''));
                    self.shell_code(command, span, &Data::NOTHING, &mut Sink::new(), call);
                } else if word == "\\copy"
                    && let Some((table, path)) = rest.split_once(" from ").or_else(|| rest.split_once(" FROM "))
                    && !table.contains('\'')
                {
                    // A file of this machine, as the rows of a table (psql(1)).
                    let path = path.trim().trim_start_matches('\'').split('\'').next().unwrap_or_default();
                    let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Through);
                    self.effect(Effect::new(Kind::Read, target, call, span));
                }
            }
            _ => {}
        }
        false
    }
}
