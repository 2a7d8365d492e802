//! Files of build tools and of their like, whose keys and calls name commands: CMake, Ant, tox, pre-commit, Terraform, nginx.

use crate::facts::Effect;
use crate::facts::analysis::{Analysis, MORE};
use crate::facts::brackets::{ROUND, closing_behind};
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::value::{Data, Sink, Taint, Val};
use crate::limits;

use super::texts_in_quotes;

/// A command within a line of settings.
const LONGEST_COMMAND: usize = 4096;

impl<'a> Analysis<'a> {
    /// `execute_process(COMMAND …)` (cmake-commands(7)).
    pub(super) fn cmake(&mut self, text: &'a str, span: Span, call: u32) {
        let text: &'a str = self.bump.alloc_str(&cmake_variables(text));
        for (at, start) in text.match_indices("REMOVE_RECURSE ") {
            let path = text[at + start.len()..].split([')', '\n']).next().unwrap_or_default();
            let code = format!("rm -rf {}", path.replace("$ENV{HOME}", "$HOME"));
            self.handed(self.bump.alloc_str(&code), span, call);
        }
        // `file(DOWNLOAD url path)`
        for (at, start) in text.match_indices("DOWNLOAD ") {
            let mut words = text[at + start.len()..].split([' ', '\n', ')']).map(|word| word.trim_matches('"'));
            if let (Some(url), Some(path)) = (words.next(), words.next()) {
                let code = self.bump.alloc_str(&shell_words::join(["curl", "-so", path, url]));
                self.handed(code, span, call);
            }
        }
        for (at, _) in text.match_indices("COMMAND ") {
            let code = &text[at + 8..];
            let ends = [")", "\n", " WORKING_DIRECTORY", " OUTPUT_", " RESULT_", " COMMAND "];
            let end = ends.iter().filter_map(|end| code.find(end)).min().unwrap_or(code.len());
            let code = code[..end].replace("${CMAKE_COMMAND}", "cmake").replace("$ENV{", "${");
            self.handed(self.bump.alloc_str(&code), span, call);
        }
    }

    /// Settings whose values are commands, by their keys.
    pub(super) fn settings_of_commands(&mut self, text: &'a str, span: Span, call: u32) {
        // Ant's `<delete dir="…"/>`
        for (at, start) in text.match_indices("<delete ") {
            let tag = text[at + start.len()..].split('>').next().unwrap_or_default();
            let path = ["dir=\"", "file=\""].iter().find_map(|name| tag.split_once(name)?.1.split('"').next());
            if let Some(path) = path {
                let code = format!("rm -rf \"{}\"", path.replace("${user.home}", "$HOME"));
                self.handed(self.bump.alloc_str(&code), span, call);
            }
        }
        // Of forms that are not read line by line (`{entry: …}`).
        self.commands_in_text(text, true, span, call);
        for line in text.lines() {
            let Some((key, code)) = line.split_once(['=', ':']) else { continue };
            if names_command(key.trim().trim_start_matches("- ").trim_matches('"')) {
                let code = code.trim();
                let listed = code.strip_prefix('[').and_then(|code| code.strip_suffix(']'));
                let quoted = code.strip_prefix('"').and_then(|code| code.strip_suffix('"'));
                let code = match listed {
                    Some(words) => self.bump.alloc_str(&listed_words(words)),
                    None => quoted.unwrap_or(code),
                };
                self.handed(code, span, call);
            }
        }
        self.named_commands(text, span, call);
        self.hooks_of_tunnel(text, span, call);
    }

    /// `up "/bin/sh script"` of a tunnel's settings (openvpn(8), "SCRIPTING INTEGRATION").
    fn hooks_of_tunnel(&mut self, text: &'a str, span: Span, call: u32) {
        if self.facts.calls.get(call as usize).is_none_or(|call| call.program != "openvpn") {
            return;
        }
        for line in text.lines().map(str::trim).take(limits::CALLS) {
            let Some((name, command)) = line.split_once([' ', '\t']) else { continue };
            if self.know.lists().has("hooks-of-tunnels", name) {
                self.handed(command.trim().trim_matches(['"', '\'']), span, call);
            }
        }
    }

    /// Commands by their names within a line: `{id: x, entry: make lint}`, `genrule(cmd="…")`, Nix's `shellHook = "…"`.
    fn named_commands(&mut self, text: &'a str, span: Span, call: u32) {
        const NAMES: [&str; 7] = ["entry", "cmd", "local_cmd", "bash_cmd", "cmd_bash", "shellHook", "runner"];
        let mut count = 0;
        for name in NAMES {
            let sign = if name == "entry" { ':' } else { '=' };
            for (at, _) in text.match_indices(name) {
                let within = |c: char| c == '_' || c == '-' || c.is_ascii_alphanumeric();
                let Some(value) = text[at + name.len()..].trim_start_matches(' ').strip_prefix(sign) else { continue };
                if text[..at].ends_with(within) {
                    continue;
                }
                let value = value.trim_start();
                let code = if let Some(rest) = value.strip_prefix("''") {
                    &rest[..rest.find("''").unwrap_or(rest.len())]
                } else if value.starts_with('"') {
                    let Some(texts) = texts_in_quotes(value) else { return self.unread(span, MORE, false) };
                    &*self.bump.alloc_str(&texts.into_iter().next().unwrap_or_default())
                } else if sign == ':' && text[..at].trim_end().ends_with(['{', ',']) {
                    &value[..value.find(['}', '\n', '{']).unwrap_or(value.len())]
                } else {
                    continue;
                };
                if code.len() > LONGEST_COMMAND || count >= limits::UNROLL {
                    return self.unread(span, MORE, false);
                }
                count += 1;
                self.handed(code, span, call);
            }
        }
    }

    /// `command = "…"` of a provisioner, `program = ["sh", "-c", "…"]` of an external data source.
    pub(super) fn programs_of_hcl(&mut self, text: &'a str, span: Span, call: u32) {
        // Terragrunt's `run_cmd("sh", "-c", "…")`
        let mut count = 0;
        for (at, start) in text.match_indices("run_cmd(") {
            count += 1;
            let rest = &text[at + start.len()..];
            let words =
                if count <= limits::UNROLL { texts_in_quotes(&rest[..closing_behind(rest, ROUND)]) } else { None };
            let Some(words) = words else { return self.unread(span, MORE, false) };
            let code = shell_words::join(words.iter().filter(|word| !word.starts_with("--terragrunt")));
            self.handed(self.bump.alloc_str(&code), span, call);
        }
        for name in ["command", "program"] {
            for (at, _) in text.match_indices(name) {
                count += 1;
                if count > limits::UNROLL {
                    return self.unread(span, MORE, false);
                }
                let rest = text[at + name.len()..].trim_start();
                let Some(value) = rest.strip_prefix('=').map(str::trim_start) else { continue };
                let line = value.lines().next().unwrap_or_default();
                if ["join(", "format(", "reverse(", "base64decode("].iter().any(|made| line.contains(made)) {
                    self.plain_effect(
                        Kind::Code,
                        "a program that is put together",
                        call,
                        span,
                        Taint::DECODED,
                        &["hidden"],
                    );
                }
                let list = value.strip_prefix('[');
                let Some(words) = texts_in_quotes(list.unwrap_or(line)) else {
                    return self.unread(span, MORE, false);
                };
                let code = match list {
                    Some(_) => shell_words::join(words),
                    None => words.into_iter().next().unwrap_or_default(),
                };
                self.handed(self.bump.alloc_str(&code), span, call);
            }
        }
    }

    /// nginx's directives: modules are code, what is served is read by whoever asks.
    pub(in crate::facts) fn directives(&mut self, text: &'a str, span: Span, call: u32) {
        for directive in text.split([';', '{', '}', '\n']).map(str::trim) {
            let Some((name, value)) = directive.split_once(char::is_whitespace) else { continue };
            let value = value.trim();
            match name {
                "load_module" => {
                    self.code_file("native", Val::Lit(value), span, &Data::NOTHING, &mut Sink::new(), call)
                }
                "root" | "alias" if value.starts_with('/') => {
                    let target = self.path_target(Val::Lit(value), Look::Not);
                    self.effect(Effect { marks: &["served"], ..Effect::new(Kind::Read, target, call, span) });
                }
                _ => {}
            }
        }
    }
}

/// `"sh", "-c", "make lint"`: the words of a list, as a command.
fn listed_words(list: &str) -> String {
    let mut words = Vec::new();
    let mut rest = list.trim();
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (word, after) = match quote {
            Some(quote) => rest[1..].split_once(quote).unwrap_or((&rest[1..], "")),
            None => rest.split_once(',').map_or((rest, ""), |(word, _)| (word.trim(), &rest[word.len()..])),
        };
        words.push(word);
        rest = after.trim_start_matches([',', ' ', '\t']);
    }
    shell_words::join(words)
}

/// Keys of settings whose values are commands: tox.ini, build.ninja, Procfile, pre-commit's hooks, cargo's runners.
fn names_command(key: &str) -> bool {
    let last = key.rsplit('.').next().unwrap_or(key);
    // fluent-bit's `Command`, POV-Ray's `Post_Scene_Command`
    last == "Command"
        || last.ends_with("_Command")
        || matches!(
            last,
            "command"
                | "commands"
                | "commands_pre"
                | "entry"
                | "web"
                | "worker"
                | "release"
                | "runner"
                | "linker"
                | "script-shell"
                | "rustc-wrapper"
        )
}

/// CMake's variables in place: `set(base "$ENV{HOME}")`, `file(GLOB entries "${base}/*")`, `foreach(e IN LISTS entries)`.
fn cmake_variables(text: &str) -> String {
    let mut known: Vec<(String, String)> = Vec::new();
    let filled = |text: &str, known: &[(String, String)]| {
        known.iter().fold(text.to_owned(), |text, (spelled, value)| match text.len() <= limits::WORD {
            true => text.replace(spelled, value),
            false => text,
        })
    };
    for line in text.lines().map(str::trim) {
        let Some((command, rest)) = line.split_once('(').filter(|_| known.len() < limits::NESTING as usize) else {
            continue;
        };
        let words: Vec<&str> = rest.trim_end_matches(')').split_whitespace().collect();
        let (name, value) = match (command, &words[..]) {
            ("set", [name, value]) => (*name, (*value).to_owned()),
            ("set", [name, values @ ..]) if values.len() > 1 => (*name, format!("{{{}}}", values.join(","))),
            ("file", ["GLOB" | "GLOB_RECURSE", name, .., pattern]) => (*name, (*pattern).to_owned()),
            ("foreach", [name, "IN", "LISTS", list]) => (*name, format!("${{{list}}}")),
            ("foreach", [name, "IN", "ITEMS", items @ ..]) if items.len() > 1 => {
                (*name, format!("{{{}}}", items.join(",")))
            }
            ("cmake_path", ["APPEND", base, part, "OUTPUT_VARIABLE", name]) => {
                (*name, format!("${{{base}}}/{}", part.trim_matches('"')))
            }
            ("foreach", [name, list]) => (*name, (*list).to_owned()),
            _ => continue,
        };
        known.push((format!("${{{name}}}"), filled(value.trim_matches('"'), &known)));
    }
    filled(text, &known)
}
