//! Pages of a web server that run what their visitors send.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Kind, Lists};
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths::core;
use crate::facts::{Effect, Target};

/// Whether a variable of PHP is given a name that is put together, or that a visitor sends: `$f = strrev("metsys")`.
fn is_made_up(lists: &Lists<'_>, text: &str, name: &str) -> bool {
    text.match_indices(&format!("${name}")).any(|(at, whole)| {
        let given = text[at + whole.len()..].trim_start().strip_prefix('=').unwrap_or_default().trim_start();
        lists.items("makes-names-up").any(|by| given.starts_with(by))
    })
}

impl<'a> Analysis<'a> {
    /// A page that runs what its visitors send: `<?php system($_POST["x"]); ?>`, wherever it lies; also where that is
    /// taken out of an encoding first: `eval(base64_decode($_POST["x"]))`.
    pub(in crate::facts) fn web_shell(&mut self, target: Target<'a>, text: &str, span: Span, call: u32) {
        // What a test of uploads sends lies among its data or in a temporary folder, which nobody serves.
        let mut folders = target.text.rsplit('/').skip(1);
        let data = target.classes & core::WORKSPACE != 0 && folders.any(|name| matches!(name, "fixtures" | "testdata"));
        if data || target.classes & core::TEMPORARY != 0 {
            return;
        }
        let pages = || self.know.lists().items("pages-that-run-what-is-sent");
        if text.contains("<%") {
            let text = text.to_ascii_lowercase();
            if pages().any(|sign| text.contains(sign)) {
                self.effect(Effect { marks: &["reverse-shell"], ..Effect::new(Kind::Tunnel, target, call, span) });
            }
        }
        // What is added to a page stands behind its beginning.
        if !text.contains("<?") && !target.text.ends_with(".php") {
            return;
        }
        // PHP's backticks are a shell.
        let quoted = ["`$_GET", "`$_POST", "`$_REQUEST", "`{$_"].iter().any(|sign| text.contains(sign));
        let sent = quoted
            || text.match_indices('(').any(|(at, _)| {
                let called = self
                    .know
                    .lists()
                    .items("running-functions-of-php")
                    .any(|name| text[..at].trim_end().ends_with(name));
                let sent = |argument: &str| argument.trim_start_matches([' ', '@', '\\']).starts_with("$_");
                let argument = &text[at + 1..];
                let encoded = argument.trim_start().strip_prefix("base64_decode(");
                // `$f($_POST["x"])`: whatever its name says.
                let before = text[..at].trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
                let by_name = before.len() < at
                    && before.ends_with('$')
                    && is_made_up(self.know.lists(), text, &text[before.len()..at]);
                called && (sent(argument) || encoded.is_some_and(sent)) || by_name && sent(argument)
            });
        if sent {
            self.effect(Effect { marks: &["reverse-shell"], ..Effect::new(Kind::Tunnel, target, call, span) });
        }
    }
}
