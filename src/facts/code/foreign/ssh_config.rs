//! ssh_config(5): keywords whose argument is a command, and the forward that opens this machine.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Taint, Val};

impl<'a> Analysis<'a> {
    pub(super) fn ssh_config(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        for line in text.lines().map(str::trim) {
            let (name, value) = line.split_once([' ', '\t', '=']).unwrap_or((line, ""));
            let value = value.trim_start_matches([' ', '\t', '=']);
            let code = match name.to_ascii_lowercase().as_str() {
                "remoteforward" => {
                    self.plain_effect(Kind::Tunnel, value, call, span, Taint::NONE, &["remote-forward"]);
                    ""
                }
                // `%d` is the home (ssh_config(5), "TOKENS").
                "proxycommand" | "localcommand" | "knownhostscommand" => {
                    &*self.bump.alloc_str(&value.replace("%d/", "~/"))
                }
                // Names without a folder are of ~/.ssh (ssh_config(5), "Include").
                "include" => {
                    for file in value.split_whitespace().map(|file| file.trim_matches('"')) {
                        let file = match file.starts_with(['/', '~']) {
                            true => self.tilde_expanded(file),
                            false => self.tilde_expanded(self.bump.alloc_str(&format!("~/.ssh/{file}"))),
                        };
                        self.included("ssh-config", file, span, stdin, call);
                    }
                    ""
                }
                "match" => value.split_once("exec ").map_or("", |(_, code)| code.trim().trim_matches('"')),
                _ => "",
            };
            if !matches!(code, "" | "none") {
                self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
            }
        }
    }
}
