//! `${{ … }}`, which a pipeline fills in before a shell sees the text (GitHub, "Contexts").

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Shape, Taint, Val};

/// A script with its placeholders outside of the shell's quotes, for they are filled in before a shell reads those: each
/// with the names that it holds, and nothing that a shell would take for its own. One that nothing closes stays.
#[must_use]
pub fn outside_of_quotes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{")
        && let Some((inner, after)) = after.split_once("}}")
    {
        out.push_str(before);
        let line = out.rsplit('\n').next().unwrap_or_default();
        let quoted = line.split('"').step_by(2).collect::<String>().matches('\'').count() % 2 == 1;
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let names: String = inner.chars().map(|c| if plain(&c) { c } else { ' ' }).collect();
        let shown = format!("${{{{ {} }}}}", names.trim());
        out.push_str(&if quoted { format!("'\"{shown}\"'") } else { shown });
        rest = after;
    }
    out + rest
}

impl<'a> Analysis<'a> {
    /// Every secret at once, in a text that a pipeline fills in: `${{ toJSON(secrets) }}`.
    pub fn all_secrets(&mut self, text: &str, span: Span, call: u32) {
        // Not one of them: `toJSON(secrets.KEY)`.
        let whole = |text: &str| {
            let text = text.to_ascii_lowercase().replace([' ', '(', ')'], "");
            let all = |after: &str| !after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '['));
            text.match_indices("tojsonsecrets").any(|(at, word)| all(&text[at + word.len()..]))
        };
        if text.contains("secrets") && whole(text) {
            let marks = &["dump", "every-secret"];
            self.plain_effect(Kind::SecretRead, "every secret of the repository", call, span, Taint::SECRET, marks);
        }
    }

    /// What is filled in where a shell takes every line as it is: a line of it may be the one that ends the document, and
    /// what follows runs. A placeholder within a line is how a workflow is written, which nobody fills in here.
    pub fn filled_in_between_lines(&mut self, text: &'a str, span: Span) {
        let alone = |line: &&str| line.starts_with("${{") && line.ends_with("}}");
        for line in text.lines().map(str::trim).filter(alone) {
            self.filled_in(line, span);
        }
    }

    /// What stands for a placeholder: a secret, the words of whoever opens an issue, or something else.
    pub fn filled_in(&mut self, source: &'a str, span: Span) -> Val<'a> {
        let call = self.facts.calls.len() as u32;
        let secret = if source.contains("secrets") || source.contains("github.token") {
            Taint::SECRET_VARIABLE
        } else {
            Taint::NONE
        };
        let strangers = self.know.lists().items("written-by-strangers").any(|name| source.contains(name));
        // They are in the script before a shell reads it: `"; curl … | sh; "` in a title runs.
        if strangers {
            // To the shell it ends with the first of its two braces.
            let cut = source.starts_with("${{") && source.ends_with('}') && !source.ends_with("}}");
            let whole = if cut { &*self.bump.alloc_str(&format!("{source}}}")) } else { source };
            // It is no call that runs it, but the shell.
            self.plain_effect(Kind::Code, whole, u32::MAX, span, Taint::NONE, &["strangers-words"]);
        }
        self.all_secrets(source, span, call);
        let taint = secret | if strangers { Taint::NETWORK | Taint::STRANGERS } else { Taint::NONE };
        Val::hole(self.bump, source, Shape::NonEmpty, taint)
    }
}
