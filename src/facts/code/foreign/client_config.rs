//! Settings of clients in files: `name = value` is `--name value` (curl(1), `--config`; wget's manual, "Wgetrc Commands";
//! MySQL's manual, "Using Option Files").

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Field, Sink, Val};

/// Settings that a file may hold, and options beside them.
const MOST_SETTINGS: usize = 512;

impl<'a> Analysis<'a> {
    pub(super) fn client_config(&mut self, language: &'a str, text: &'a str, span: Span, call: u32) {
        let program = language.strip_suffix("-config").unwrap_or(language);
        if self.facts.calls.get(call as usize).is_some_and(|call| call.options.len() > MOST_SETTINGS) {
            return self.unread(span, MORE, false);
        }
        // For the addresses that the call at hand asks for.
        let mut words = match self.facts.calls.get(call as usize).filter(|call| call.program == program) {
            Some(call) => {
                let kept = call.options.iter().filter(|option| !option.is("-K"));
                let options = kept.flat_map(|o| [Some(Field::new(Val::Lit(o.spelled), o.span)), o.value]);
                let operands = call.operands.iter().map(|operand| operand.field);
                call.words.iter().take(1).copied().chain(options.flatten()).chain(operands).collect()
            }
            None => vec![Field::new(Val::Lit(program), span)],
        };
        if text.lines().nth(MOST_SETTINGS).is_some() {
            self.unread(span, MORE, false);
        }
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
        for line in lines.take(MOST_SETTINGS) {
            let between = ['=', ':', ' ', '\t'];
            let Some((name, value)) = line.split_once(between) else { continue };
            let name = name.trim_start_matches('-').trim_end().replace('_', "-");
            let name = self.bump.alloc_str(&format!("--{name}"));
            words.push(Field::new(Val::Lit(name), span));
            words.push(Field::new(Val::Lit(value.trim_start_matches(between).trim_matches('"')), span));
        }
        let words = self.bump.alloc_slice_copy(&words);
        self.external(words, &[], &Data::NOTHING, &mut Sink::new());
    }

    /// Of MySQL's settings those whose value is run: by the server at each connection, or by a shell for what is shown.
    pub(super) fn mysql_config(&mut self, text: &'a str, span: Span, call: u32) {
        if text.lines().nth(MOST_SETTINGS).is_some() {
            self.unread(span, MORE, false);
        }
        for line in text.lines().take(MOST_SETTINGS) {
            let Some((name, value)) = line.split_once('=') else { continue };
            let language = match name.trim().replace('_', "-").as_str() {
                "init-command" => "mysql",
                "pager" => "bash",
                _ => continue,
            };
            let code = Val::Lit(value.trim().trim_matches(['"', '\'']));
            self.code_value(language, code, span, &Data::NOTHING, &mut Sink::new(), call);
        }
    }
}
