//! What the arguments of an operation come to, each by what it means: a command, code, a statement, a path, an address.

use super::operation::{Operation, address_in};
use super::written::{Written, added, pairs_and_items, written};
use crate::facts::analysis::{Analysis, MORE, as_it_stands};
use crate::facts::code::computed::is_python;
use crate::facts::fold::decode;
use crate::facts::knowledge::{Kind, Meaning};
use crate::facts::name_words::words_of;
use crate::facts::program::by_value::is_given_away;
use crate::facts::shell;
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::targets::paths::{core, host_of};
use crate::facts::value::{Data, Field, Sink, Taint, Val};
use crate::facts::{Effect, Target};
use crate::json::{self, Json};
use crate::limits;

impl<'a> Analysis<'a> {
    /// `key`: the name of the value, and what it is a member of. `pointer`: where it lies in the action (RFC 6901).
    pub(super) fn argument(
        &mut self,
        value: &'a Json<'a>,
        (key, within): (&str, &'a Json<'a>),
        pointer: &str,
        operation: &Operation<'_, 'a>,
        depth: usize,
    ) {
        if depth > limits::JSON_DEPTH {
            return;
        }
        match value {
            Json::Object(members) => {
                let mark = self.state.mark();
                if operation.executes {
                    self.surroundings(value, operation.span, operation.call);
                }
                for (key, member) in members {
                    let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                    self.argument(member, (key, value), &pointer, operation, depth + 1);
                }
                self.leave_subshell(mark);
            }
            Json::Array(items) => {
                let texts: Vec<&'a str> = items.iter().filter_map(Json::text).collect();
                let meaning = operation.meaning(key);
                // Keys that are pressed one by one, of which the last hands the line over.
                if operation.types(key) && texts.len() > 1 && texts.iter().all(|text| is_key(text)) {
                    let typed: String = texts.iter().map(|text| if is_return(text) { "\n" } else { *text }).collect();
                    return self.text_argument(self.bump.alloc_str(&typed), (key, within), pointer, operation);
                }
                // `["rm", "-rf", "x"]` is one command, `["ls -l", "rm -rf x"]` are two.
                let one = texts.first().is_some_and(|first| !first.trim().contains(char::is_whitespace));
                let words = match meaning {
                    // `["rm", "-rf", "/"]` under `commands` is one, too: no second one begins with an option.
                    Some(Meaning::Shell) => {
                        one && (!key.ends_with('s') || texts[1..].iter().any(|text| text.starts_with('-')))
                    }
                    Some(meaning) => matches!(meaning, Meaning::Argv | Meaning::Arguments),
                    None => one && matches!(key, "command" | "cmd" | "argv" | "args" | "cmdline"),
                };
                if words && texts.len() == items.len() && !texts.is_empty() {
                    let span = operation.span;
                    let program = if meaning == Some(Meaning::Arguments) { self.program_of(operation) } else { None };
                    let program = program.filter(|p| texts[0] != *p);
                    let program =
                        program.or_else(|| self.unnamed_program(operation.provider, operation.words, texts[0].trim()));
                    // They are the words of a program that stands beside them.
                    if matches!(key, "args" | "arguments") && operation.names_program() {
                        return;
                    }
                    let words = program.iter().chain(&texts).map(|text| text.trim());
                    if operation.executes || meaning.is_some() || program.is_some() || key != "args" && key != "cmdline"
                    {
                        self.run_words(words, span, &operation.stdin(self.know.lists()));
                    }
                    return;
                }
                for (index, item) in items.iter().enumerate() {
                    self.argument(item, (key, within), &format!("{pointer}/{index}"), operation, depth + 1);
                }
            }
            // `{"payload": "{\"command\": \"…\"}"}`
            Json::String(text)
                if operation.executes
                    && text.starts_with('{')
                    && let Ok(inner @ Json::Object(_)) = json::parse(text) =>
            {
                self.argument(self.bump.alloc(inner), (key, within), pointer, operation, depth + 1);
            }
            Json::String(text) => {
                let text: &'a str = text;
                let encoded = within.get("encoding").and_then(Json::text) == Some("base64") && operation.executes;
                let text = match decode::base64(text).filter(|_| encoded) {
                    Some(plain) => self.bump.alloc_str(&plain),
                    None => text,
                };
                self.text_argument(text, (key, within), pointer, operation);
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    fn text_argument(
        &mut self,
        text: &'a str,
        (key, within): (&str, &'a Json<'a>),
        pointer: &str,
        operation: &Operation<'_, 'a>,
    ) {
        // By a header somebody shows who he is.
        if !pointer.starts_with("/args/headers") {
            self.published(text, operation);
        }
        if operation.is_input(self.know.lists(), key) {
            return;
        }
        let Some(meaning) = operation.meaning(key).or_else(|| operation.guess(&key.to_ascii_lowercase(), text)) else {
            return;
        };
        let call = operation.call;
        let span = self.source_argument(text, self.bump.alloc_str(pointer), operation.span);
        match meaning {
            Meaning::Shell | Meaning::Argv if operation.is_program(key) && operation.rest().is_some() => {
                // `{"command": "sudo rm", "args": ["-rf", "x"]}`
                let words = text.split_whitespace().chain(operation.rest().into_iter().flatten());
                self.run_words(words, operation.span, &operation.stdin(self.know.lists()));
            }
            Meaning::Shell | Meaning::Argv if let Some((program, option)) = operation.interpreter(text) => {
                self.interpreted([program, option, text], span);
            }
            // What is typed into a process may be a database's or a Python's.
            Meaning::Shell
                if self.know.lists().has("input-of-commands", key)
                    && text.trim_start().starts_with(|c: char| c.is_ascii_uppercase())
                    && operation.looks_like_sql(text) =>
            {
                self.code_value("sql", Val::Lit(text), span, &Data::INHERITED, &mut Sink::new(), call);
            }
            Meaning::Shell
                if self.know.lists().has("input-of-commands", key)
                    && shell::read(self.bump, text, span.source, 0).error.is_some()
                    && is_python(text) =>
            {
                self.code_value("python", Val::Lit(text), span, &Data::INHERITED, &mut Sink::new(), call);
            }
            Meaning::Shell | Meaning::Argv => {
                let mark = self.state.mark();
                let first = text.split_whitespace().next().unwrap_or_default();
                let text = match self.unnamed_program(operation.provider, operation.words, first) {
                    Some(program) => self.bump.alloc_str(&format!("{program} {text}")),
                    None => text,
                };
                self.shell_code(Val::Lit(text), span, &operation.stdin(self.know.lists()), &mut Sink::new(), call);
                self.leave_subshell(mark);
            }
            Meaning::Arguments => {
                let mark = self.state.mark();
                let text = self.with_program(text, operation);
                self.shell_code(Val::Lit(text), span, &Data::INHERITED, &mut Sink::new(), call);
                self.leave_subshell(mark);
            }
            Meaning::Python if let Some((shell, rest)) = parts_of_cell(text) => {
                self.interpreted(["bash", "-c", self.bump.alloc_str(&shell)], span);
                let rest = Val::Lit(self.bump.alloc_str(&rest));
                self.code_value(meaning.word(), rest, span, &Data::INHERITED, &mut Sink::new(), call);
            }
            Meaning::Sql | Meaning::Python | Meaning::Javascript => {
                self.code_value(meaning.word(), Val::Lit(text), span, &Data::INHERITED, &mut Sink::new(), call);
            }
            Meaning::Path => self.path_argument(text, (key, within), span, operation),
            // What a browser opens may lie here.
            Meaning::Url if text.starts_with("file://") => {
                self.path_argument(text, ("source", within), span, operation)
            }
            Meaning::Url | Meaning::Host => {
                let text = if key == "prompt" { address_in(text).unwrap_or(text) } else { text };
                let target = self.host_target(Val::Lit(text));
                let sends = operation.has(&["post", "send", "upload"]) || operation.does == Some(Kind::Send);
                let method = ["method", "http_method", "httpMethod", "verb"].iter().find_map(|k| operation.all.get(k));
                let deletes = method.and_then(Json::text).is_some_and(|m| m.eq_ignore_ascii_case("delete"));
                let does = if sends || deletes { Kind::Send } else { Kind::Fetch };
                let marks: &'a [&'a str] = if deletes { &["tool", "http-delete"] } else { &["tool"] };
                self.effect(tool_effect(does, target, marks, call, span));
            }
            Meaning::Text if text.contains("*** Begin Patch") => self.files_patched(text, span, call),
            Meaning::Text
            | Meaning::Secret
            | Meaning::Money
            | Meaning::Recipient
            | Meaning::Environment
            | Meaning::Branch => {}
        }
    }

    /// A secret in what others will read, or in a request to another machine than its service's.
    fn published(&mut self, text: &'a str, operation: &Operation<'_, 'a>) {
        let lists = self.know.lists();
        let address = operation.all.get("url").and_then(Json::text);
        let told = operation.words.iter().any(|word| lists.has("operations-that-publish", word));
        if address.is_none() && !told {
            return;
        }
        if !is_given_away(lists, text, address.map_or("", host_of)) {
            return;
        }
        let target = match address {
            Some(address) => self.host_target(Val::Lit(address)),
            None => Target { text: "the API", known: true, ..Target::default() },
        };
        let data = Taint::SECRET_VARIABLE;
        self.effect(Effect { data, ..tool_effect(Kind::Send, target, &["tool"], operation.call, operation.span) });
    }

    /// A text that an interpreter reads.
    fn interpreted(&mut self, words: [&'a str; 3], span: Span) {
        let mark = self.state.mark();
        self.run_words(words.into_iter(), span, &Data::NOTHING);
        self.leave_subshell(mark);
    }

    /// A program and its words, of which nothing is expanded.
    fn run_words(&mut self, words: impl Iterator<Item = &'a str>, span: Span, stdin: &Data<'a>) {
        let words: Vec<Field<'a>> = words.map(|word| as_it_stands(word, span)).collect();
        self.external(self.bump.alloc_slice_copy(&words), &[], stdin, &mut Sink::new());
    }

    /// The program with subcommands that an operation is named for: `kubectl_generic`.
    fn program_of(&self, operation: &Operation<'_, 'a>) -> Option<&'a str> {
        let word = operation.words.iter().find(|w| self.know.entry(w).is_some_and(|e| e.subcommands))?;
        Some(self.bump.alloc_str(word))
    }

    /// A command of which the operation has said the program, and other arguments the rest:
    /// `{"command": "delete", "resourceType": "namespace", "name": "x"}`.
    fn with_program(&self, text: &'a str, operation: &Operation<'_, 'a>) -> &'a str {
        let Some(program) = self.program_of(operation) else { return text };
        let first = text.split_whitespace().next().unwrap_or("");
        if first.rsplit('/').next() == Some(program) {
            return text;
        }
        let mut line = format!("{program} {text}");
        for key in ["subCommand", "resourceType", "resource_type", "resource", "name"] {
            if let Some(word) = operation.all.get(key).and_then(Json::text) {
                line.push(' ');
                line.push_str(&shell_words::quote(word));
            }
        }
        for (key, option) in [("namespace", " --namespace "), ("context", " --context ")] {
            if let Some(word) = operation.all.get(key).and_then(Json::text) {
                line.push_str(option);
                line.push_str(&shell_words::quote(word));
            }
        }
        self.bump.alloc_str(&line)
    }

    /// A GraphQL document that changes something: the names of its fields say what.
    pub(super) fn mutation(&mut self, args: &'a Json<'a>, operation: &Operation<'_, 'a>) {
        let Some(text) = ["query", "mutation", "document", "gql"].iter().find_map(|key| args.get(key)?.text()) else {
            return;
        };
        let words = words_of(text);
        // Fragments and other operations may come first.
        if !text.contains('{') || !words.iter().any(|w| w == "mutation") {
            return;
        }
        if words.iter().any(|w| matches!(w.as_str(), "delete" | "remove" | "destroy" | "drop" | "purge" | "revoke")) {
            let target = Target { text: "the API", known: true, ..Target::default() };
            let marks = &["tool", "graphql-delete"];
            self.effect(tool_effect(Kind::Send, target, marks, operation.call, operation.span));
        }
    }

    fn path_argument(
        &mut self,
        text: &'a str,
        (key, within): (&str, &'a Json<'a>),
        span: Span,
        operation: &Operation<'_, 'a>,
    ) {
        if text.contains("://") && !text.starts_with("file://") {
            return;
        }
        // The host of such an address is this one (RFC 8089, 2).
        let path = text.strip_prefix("file://").map_or(text, |path| path.strip_prefix("localhost").unwrap_or(path));
        let path = match key {
            "pattern" => folder_of_pattern(path),
            _ => path,
        };
        self.searched_for(path, within, operation);
        let lists = self.know.lists();
        let listed = operation.words.first().is_some_and(|word| lists.has("operations-that-list", word));
        let (reads, deletes) = (operation.speaks("operations-that-read"), operation.speaks("operations-that-delete"));
        let copied = lists.has("arguments-that-are-sources", key) && !operation.has(&["move", "rename"]) && !deletes;
        let does = if listed {
            Kind::Query
        } else if copied && !operation.has(&["read"]) {
            Kind::Read
        } else if deletes {
            Kind::Delete
        } else if reads {
            Kind::Read
        } else if operation.speaks("operations-that-write")
            || written(self.bump, within).is_some() && operation.does != Some(Kind::Query)
        {
            Kind::Write
        } else {
            operation.does.unwrap_or(Kind::Read)
        };
        let recursive =
            does == Kind::Delete && operation.has(&["directory", "dir", "rmdir", "folder", "tree", "recursive"]);
        let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Through);
        let written = match does {
            Kind::Write => written(self.bump, within),
            _ => None,
        };
        self.file_effect(Effect { recursive, ..tool_effect(does, target, &["tool"], operation.call, span) }, written);
    }

    /// An effect on a file, and what is put into it.
    fn file_effect(&mut self, effect: Effect<'a>, written: Option<Written<'a>>) {
        let (target, span, call) = (effect.target, effect.span, effect.call);
        let data = written.map(|written| match written {
            Written::Whole(text) | Written::Parts(text) => Data::known(Val::Lit(text)),
        });
        let added = matches!(written, Some(Written::Parts(_)));
        let as_added = if added { Kind::Append } else { Kind::Write };
        let marks: &'a [&'a str] = match data.as_ref().and_then(|data| self.harmless_addition(as_added, data)) {
            Some(mark) => self.bump.alloc_slice_copy(&["tool", mark]),
            None => &["tool"],
        };
        self.effect(Effect { marks, ..effect });
        let Some(data) = data else { return };
        let found = self.facts.effects.len();
        self.planted(target, &data, span, call);
        let path = target.path.unwrap_or(target.text);
        if let Some(Written::Parts(part)) = written
            && self.facts.effects.len() == found
            && [".json", ".yml", ".yaml"].iter().any(|ending| path.ends_with(ending))
        {
            let document = self.bump.alloc_str(&pairs_and_items(part).to_string());
            self.planted(target, &Data::known(Val::Lit(document)), span, call);
        }
    }

    /// The files of a patch as Codex hands it over: `*** Update File: src/a.ts`, and the lines that each gets.
    fn files_patched(&mut self, patch: &'a str, span: Span, call: u32) {
        for (number, part) in patch.split("*** ").skip(1).enumerate() {
            if number > limits::CALLS {
                return self.unread(span, MORE, false);
            }
            let (head, lines) = part.split_once('\n').unwrap_or((part, ""));
            let Some((does, path)) = head.split_once(" File: ").or_else(|| head.split_once(" to: ")) else { continue };
            let does = if does == "Delete" { Kind::Delete } else { Kind::Write };
            let target = self.path_target(Val::Lit(self.tilde_expanded(path.trim())), Look::Through);
            let written = match does {
                Kind::Write => Some(Written::Parts(self.bump.alloc_str(&added(lines)))),
                _ => None,
            };
            self.file_effect(tool_effect(does, target, &["tool"], call, span), written);
        }
    }

    /// What an operation that searches looks for, and where: as grep and find do it. Within the project that says nothing.
    fn searched_for(&mut self, path: &'a str, within: &'a Json<'a>, operation: &Operation<'_, 'a>) {
        let told = |keys: &[&str]| keys.iter().find_map(|key| within.get(key)?.text());
        let Some(pattern) = told(&["pattern", "query", "regex", "glob"]) else { return };
        let names = operation.has(&["glob", "find"]) || operation.words.join("_") == "search_files";
        if !names && !operation.has(&["grep", "search"]) {
            return;
        }
        let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Through);
        if target.classes & (core::OUTSIDE | core::HOME | core::ROOT) == 0 {
            return;
        }
        let name = pattern.rsplit('/').next().unwrap_or(pattern);
        let words = if names { ["find", path, "-name", name] } else { ["grep", "-rE", pattern, path] };
        self.run_words(words.into_iter(), operation.span, &Data::NOTHING);
    }
}

/// The folder that a pattern searches: all before its first part with a sign in it.
fn folder_of_pattern(pattern: &str) -> &str {
    let end = pattern.find(['*', '?', '[', '{']).unwrap_or(pattern.len());
    pattern[..end].rfind('/').map_or(pattern, |at| &pattern[..at.max(1)])
}

/// What a notebook's cell has a shell do, and what is left to Python: its lines behind `!`, or all of it under `%%bash`
/// (IPython's reference, "System shell access", "Built-in magic commands").
fn parts_of_cell(text: &str) -> Option<(String, String)> {
    let trimmed = text.trim_start();
    if let Some(rest) = ["%%bash", "%%sh", "%%script bash"].iter().find_map(|magic| trimmed.strip_prefix(magic)) {
        return Some((rest.split_once('\n').map_or(String::new(), |(_, body)| body.to_owned()), String::new()));
    }
    let (mut shell, mut rest) = (String::new(), String::new());
    for line in text.lines() {
        let command = |line: &'_ str| Some(line.trim_start().strip_prefix('!')?.trim_start_matches('!').len());
        // `files = !ls`
        let found = command(line).or_else(|| command(line.split_once('=')?.1));
        let (part, line) = found.map_or((&mut rest, line), |left| (&mut shell, &line[line.len() - left..]));
        part.push_str(line);
        part.push('\n');
    }
    (!shell.is_empty()).then_some((shell, rest))
}

pub(super) fn tool_effect<'a>(
    does: Kind,
    target: Target<'a>,
    marks: &'a [&'a str],
    call: u32,
    span: Span,
) -> Effect<'a> {
    Effect { marks, ..Effect::new(does, target, call, span) }
}

/// Whether a text is one key.
fn is_key(text: &str) -> bool {
    text.chars().count() == 1 || is_return(text)
}

fn is_return(text: &str) -> bool {
    matches!(text, "Enter" | "Return" | "enter" | "return" | "ENTER" | "RETURN" | "C-m")
}
