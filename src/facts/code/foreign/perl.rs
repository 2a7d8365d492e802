//! What Perl does with the lines that it is given, where they are known: `perl -lane 'exec @F'`, `perl -ne 'eval'`,
//! `perl -pe 's/(.*)/system $1/e'` (perlrun(1), "-n", "-a"; perlop(1), "s///e").

use crate::facts::analysis::Analysis;
use crate::facts::fold::sed;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Val};

/// Lines that are looked at.
const LINES: usize = 16;

impl<'a> Analysis<'a> {
    pub(super) fn perl(&mut self, text: &'a str, source: u32, span: Span, call: u32) {
        let given = self.given;
        self.inline("perl", text, source, call);
        let Some(made_by) = self.facts.calls.get(call as usize).copied() else { return };
        let has = |name: &str| made_by.options.iter().any(|o| o.is(name));
        let Some(given) = given.filter(|_| ["-n", "-p", "-a"].into_iter().any(has)) else { return };
        let separator = made_by.fields("-F").next().and_then(|field| field.val.lit());
        let separator = separator.map_or(" ", |text| text.trim_matches('/'));
        let whole = made_by.options.iter().any(|o| o.spelled.starts_with("-0"));
        let lines: Vec<&'a str> = if whole { vec![given] } else { given.lines().take(LINES).collect() };
        for line in lines {
            if runs_the_fields(text) {
                let command = self.bump.alloc_str(&line.replace(separator, " "));
                self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            let code = if evaluates_the_line(text) { Some(line.to_owned()) } else { evaluated(text, line) };
            if let Some(code) = code {
                self.inline("perl", self.bump.alloc_str(&code), source, call);
            }
        }
    }
}

/// `exec @F`, `system split`
fn runs_the_fields(text: &str) -> bool {
    ["exec", "system"].iter().any(|name| {
        text.match_indices(name).any(|(at, _)| {
            let argument = text[at + name.len()..].trim_start_matches([' ', '(']);
            argument.starts_with("@F") || argument.starts_with("split")
        })
    })
}

/// `eval`, `eval $_`, and nothing else.
fn evaluates_the_line(text: &str) -> bool {
    text.match_indices("eval").any(|(at, name)| {
        let argument = text[at + name.len()..].trim_start().trim_start_matches("$_").trim_start();
        argument.is_empty() || argument.starts_with([';', '}'])
    })
}

/// The code that stands in the place of what a substitution matches, with the line for that.
fn evaluated(text: &str, line: &str) -> Option<String> {
    let text = text.trim_start();
    let delimiter = text.chars().nth(1).filter(char::is_ascii_punctuation)?;
    let (_, code, behind) = sed::substitution(text)?;
    let flags = behind?.split(delimiter).next().unwrap_or_default();
    if !flags.trim_end_matches([';', ' ']).contains('e') {
        return None;
    }
    // Between backticks it stands as it is.
    let within = code.trim_start().starts_with('`') || code.contains("qx");
    let said =
        if within { line.to_owned() } else { format!("\"{}\"", line.replace('\\', "\\\\").replace('"', "\\\"")) };
    Some(["$&", "$1", "$_"].iter().fold(code.to_owned(), |code, name| code.replace(name, &said)))
}
