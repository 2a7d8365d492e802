//! API tool calls: the verb says what kind of thing happens, the arguments may carry commands, SQL, paths and URLs at
//! any depth, and are analysed as what they are.

use super::written::{Written, pairs_and_items, written};
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Kind, Level, Meaning, Tool, Verb};
use crate::facts::shell::ast::Span;
use crate::facts::targets::{Look, globs};
use crate::facts::value::{Data, Field, Sink, Val};
use crate::facts::{Call, Effect, Place, Target};
use crate::json::Json;
use crate::limits;

/// An operation as far as it is known: by the catalogue, by its words, or not at all.
enum Known {
    Catalog {
        tool: Tool<'static>,
        /// The providers that have an operation of this name agree on how risky it is.
        certain: bool,
        /// Its provider is named, or is the one that is meant without.
        named: bool,
    },
    Words {
        verb: &'static Verb<'static>,
        /// The word that says so stands first or last.
        certain: bool,
    },
    Nothing,
}

/// What is carried along the walk over the arguments.
struct Operation<'n, 'a> {
    words: &'n [String],
    /// All arguments.
    all: &'a Json<'a>,
    /// What the operation does, where that is known.
    does: Option<Kind>,
    /// Its arguments are commands.
    executes: bool,
    /// Whose operation it is: of `terminal:write` the terminal's.
    provider: &'n str,
    args: &'n [(&'static str, Meaning)],
    call: u32,
    span: Span,
}

impl<'a> Analysis<'a> {
    pub fn tool(&mut self, verb: &'a str, args: &'a Json<'a>) {
        let span = Span { source: 0, start: 0, end: self.facts.sources.first().map_or(0, |s| s.text.len() as u32) };
        let (name, known) = self.operation(verb);
        let operation = name.rsplit(':').next().unwrap_or(name);
        let words = words_of(operation);
        let (does, level, certain, meanings) = match &known {
            Known::Catalog { tool, certain, .. } => (Some(tool.does), Some(tool.level), *certain, tool.args.as_slice()),
            Known::Words { verb, certain } => (Some(verb.does), Some(verb.level), *certain, &[][..]),
            Known::Nothing => (None, None, false, &[][..]),
        };
        let executes = does == Some(Kind::Exec)
            || words.iter().any(|w| {
                matches!(w.as_str(), "shell" | "bash" | "command" | "terminal" | "exec" | "execute" | "run" | "cmd")
            });
        // An argument that names an environment says where it acts.
        let environment =
            meanings.iter().filter(|(_, m)| *m == Meaning::Environment).find_map(|(key, _)| args.get(key));
        let place: &'a Place<'a> = match environment.and_then(Json::text) {
            Some(name) => self.bump.alloc(Place { name, ..Place::HERE }),
            None => self.place,
        };
        let program = name.split(':').next().unwrap_or(name);
        let index = self.facts.calls.len() as u32;
        self.facts.calls.push(Call { program, verb: name, level, ..Call::unknown(&[], place, span) });
        if let Some(line) = self.line_of(program, &words, args) {
            let mark = self.state.mark();
            let line = Val::Lit(self.bump.alloc_str(&line));
            self.shell_code(line, span, &Data::INHERITED, &mut Sink::new(), index);
            return self.leave_subshell(mark);
        }
        let before = self.facts.effects.len();
        let calls_before = self.facts.calls.len();
        let walk = Operation {
            words: &words,
            all: args,
            does,
            executes,
            provider: program,
            args: meanings,
            call: index,
            span,
        };
        self.argument(args, ("", args), "/args", &walk, 0);
        self.mutation(args, &walk);
        // What its arguments come to says more than its name: a path deleted, a command run.
        let told = |e: &Effect<'_>| {
            Some(e.does) == does
                && matches!(
                    does,
                    Some(
                        Kind::Delete
                            | Kind::Read
                            | Kind::Write
                            | Kind::Create
                            | Kind::Append
                            | Kind::Move
                            | Kind::Fetch
                            | Kind::Send
                    )
                )
        };
        let read = self.facts.effects[before..].iter().any(told) || executes && self.facts.calls.len() > calls_before;
        let Some((does, level)) = does.zip(level) else {
            if !executes {
                let target = Target { text: operation, known: true, ..Target::default() };
                self.effect(Effect { certain: false, ..tool_effect(Kind::Unknown, target, &["tool"], index, span) });
            }
            return;
        };
        if read || executes && does == Kind::Exec && self.facts.calls.len() > calls_before {
            return;
        }
        let named = match &known {
            Known::Catalog { tool, .. } => tool.target.iter().find_map(|key| told_by(args.get(key)?)),
            Known::Words { .. } | Known::Nothing => None,
        };
        let text = match named {
            Some(text) => &*self.bump.alloc_str(&text),
            None => target_of(args).unwrap_or(operation),
        };
        let marks: &'a [&'a str] =
            match (level, matches!(known, Known::Words { .. } | Known::Catalog { named: false, .. })) {
                (Level::Low, false) => &["tool", "level-low"],
                (Level::Medium, false) => &["tool", "level-medium"],
                (Level::High | Level::Critical, false) => &["tool", "level-high"],
                (Level::Low, true) => &["tool", "level-low", "by-words"],
                (Level::Medium, true) => &["tool", "level-medium", "by-words"],
                (Level::High | Level::Critical, true) => &["tool", "level-high", "by-words"],
            };
        let target = Target { text, known: true, ..Target::default() };
        self.effect(Effect { certain, ..tool_effect(does, target, marks, index, span) });
    }

    /// The verb `provider:operation` that a name stands for, and what is known of it. `mcp__github__merge_pull_request`,
    /// `github-mcp-server/merge_pull_request` and `github_merge_pull_request` are `github:merge_pull_request`.
    fn operation(&self, verb: &'a str) -> (&'a str, Known) {
        let catalogs = self.know.catalogs();
        let provider_of = |words: &[String]| -> Option<&'static str> {
            let find = |name: &str| catalogs.iter().find_map(|c| c.provider(name));
            find(&words.join("_")).or_else(|| {
                (1..=2.min(words.len())).rev().find_map(|n| words.windows(n).find_map(|pair| find(&pair.join("_"))))
            })
        };
        let separated = verb
            .strip_prefix("mcp__")
            .and_then(|rest| rest.split_once("__"))
            .or_else(|| verb.split_once([':', '/', '.']).filter(|(a, b)| !a.is_empty() && !b.is_empty()));
        let (server, tool) = separated.unwrap_or(("", verb));
        let mut words = words_of(tool);
        let mut provider = if server.is_empty() { None } else { provider_of(&words_of(server)) };
        let find = |operation: &str, provider: Option<&str>| -> Vec<(&'static str, Tool<'static>)> {
            catalogs
                .iter()
                .flat_map(|c| c.operations(operation))
                .filter(|(p, _)| provider.is_none_or(|w| w == *p))
                .collect()
        };
        let mut found =
            if server.is_empty() || provider.is_some() { find(&words.join("_"), provider) } else { Vec::new() };
        if provider.is_none() && found.iter().any(|(_, tool)| tool.plain) {
            found.retain(|(_, tool)| tool.plain);
        }
        let named = |provider: Option<&str>, found: &[(&str, Tool<'_>)]| {
            provider.is_some() || found.iter().any(|(_, t)| t.plain)
        };
        if found.is_empty() {
            // The provider's name may lead the operation's.
            for n in (1..words.len().min(4)).rev() {
                let Some(named) = catalogs.iter().find_map(|c| c.provider(&words[..n].join("_"))) else { continue };
                if provider.is_none_or(|p| p == named) {
                    let rest = find(&words[n..].join("_"), Some(named));
                    // `fetch_invoices` is no operation of a fetching tool.
                    if rest.is_empty() && provider.is_none() {
                        continue;
                    }
                    provider = Some(named);
                    if !rest.is_empty() {
                        words.drain(..n);
                    }
                    found = rest;
                    break;
                }
            }
        }
        let operation = words.join("_");
        let name: &'a str = match (provider.or_else(|| only(&found)), server.is_empty()) {
            (Some(provider), _) => self.bump.alloc_str(&format!("{provider}:{operation}")),
            (None, false) => self.bump.alloc_str(&format!("{server}:{tool}")),
            (None, true) => verb,
        };
        let named = named(provider, &found);
        let strictest = found.iter().map(|(_, tool)| tool.level).max();
        let certain = found.iter().all(|(_, tool)| Some(tool.level) == strictest);
        // Where providers differ and none is named, the words say more.
        if (found.is_empty() || !certain)
            && let Some((verb, certain)) = self.classify_verb(&words).map(|found| self.behind_a_service(&words, found))
        {
            return (name, Known::Words { verb, certain });
        }
        match found.into_iter().find(|(_, tool)| Some(tool.level) == strictest) {
            Some((_, tool)) => (name, Known::Catalog { tool, certain, named }),
            None => (name, Known::Nothing),
        }
    }

    /// The verb of the data whose words are all in the operation, the most specific first; certain if it is said at the
    /// operation's beginning or end (`delete_records`, `production_deploy`), not in passing (`list_delete_requests`).
    fn classify_verb(&self, words: &[String]) -> Option<(&'static Verb<'static>, bool)> {
        let matches = |v: &Verb<'_>| v.words.split(' ').all(|w| words.iter().any(|have| globs::text(w, have)));
        let place =
            |v: &Verb<'_>, at: Option<&String>| at.is_some_and(|have| v.words.split(' ').any(|w| globs::text(w, have)));
        let verb =
            self.know.verbs().iter().filter(|v| matches(v)).max_by_key(|v| {
                (v.words.split(' ').count(), place(v, words.first()) && v.level == Level::Low, v.level)
            })?;
        let joined = words.iter().any(|w| matches!(w.as_str(), "and" | "then"));
        let worst = self.know.verbs().iter().filter(|v| matches(v)).max_by_key(|v| v.level)?;
        if joined && worst.level > verb.level {
            // `get_and_delete`: the worse of the two is what counts.
            return Some((worst, true));
        }
        let reads_first = self.know.verbs().iter().any(|v| v.level == Level::Low && place(v, words.first()));
        Some((verb, place(verb, words.first()) || place(verb, words.last()) || !reads_first))
    }

    /// A verb that stands behind the name of a cloud's service says it as surely as one that stands first:
    /// `ec2_terminate_instances`.
    fn behind_a_service(
        &self,
        words: &[String],
        found: (&'static Verb<'static>, bool),
    ) -> (&'static Verb<'static>, bool) {
        let [service, rest @ ..] = words else { return found };
        if found.1 || rest.len() < 2 || !self.know.lists().has("services-of-clouds", service) {
            return found;
        }
        self.classify_verb(rest).unwrap_or(found)
    }

    /// `key`: the name of the value, and what it is a member of. `pointer`: where it lies in the action (RFC 6901).
    fn argument(
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
                for (key, member) in members {
                    let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                    self.argument(member, (key, value), &pointer, operation, depth + 1);
                }
            }
            Json::Array(items) => {
                let texts: Vec<&'a str> = items.iter().filter_map(Json::text).collect();
                let meaning = operation.meaning(key);
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
                    let fields: Vec<Field<'a>> = program
                        .iter()
                        .chain(&texts)
                        .map(|t| Field { quoted: true, ..Field::new(Val::Lit(t.trim()), span) })
                        .collect();
                    let fields = self.bump.alloc_slice_copy(&fields);
                    if operation.executes || meaning.is_some() || program.is_some() || key != "args" && key != "cmdline" {
                        self.external(fields, &[], &Data::NOTHING, &mut Sink::new());
                    }
                    return;
                }
                for (index, item) in items.iter().enumerate() {
                    self.argument(item, (key, within), &format!("{pointer}/{index}"), operation, depth + 1);
                }
            }
            Json::String(text) => {
                let text: &'a str = text;
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
        let Some(meaning) = operation.meaning(key).or_else(|| operation.guess(&key.to_ascii_lowercase(), text)) else {
            return;
        };
        let call = operation.call;
        let span = self.source_argument(text, self.bump.alloc_str(pointer), operation.span);
        match meaning {
            Meaning::Shell | Meaning::Argv if names_program(key) && operation.rest().is_some() => {
                // `{"command": "sudo rm", "args": ["-rf", "x"]}`
                let words = text.split_whitespace().chain(operation.rest().into_iter().flatten());
                let word = |text| Field { quoted: true, ..Field::new(Val::Lit(text), operation.span) };
                let fields: Vec<Field<'a>> = words.map(word).collect();
                self.external(self.bump.alloc_slice_copy(&fields), &[], &Data::NOTHING, &mut Sink::new());
            }
            Meaning::Shell | Meaning::Argv => {
                let mark = self.state.mark();
                let first = text.split_whitespace().next().unwrap_or_default();
                let text = match self.unnamed_program(operation.provider, operation.words, first) {
                    Some(program) => self.bump.alloc_str(&format!("{program} {text}")),
                    None => text,
                };
                self.shell_code(Val::Lit(text), span, &Data::INHERITED, &mut Sink::new(), call);
                self.leave_subshell(mark);
            }
            Meaning::Arguments => {
                let mark = self.state.mark();
                let text = self.with_program(text, operation);
                self.shell_code(Val::Lit(text), span, &Data::INHERITED, &mut Sink::new(), call);
                self.leave_subshell(mark);
            }
            Meaning::Sql | Meaning::Python | Meaning::Javascript => {
                self.code_value(meaning.word(), Val::Lit(text), span, &Data::INHERITED, &mut Sink::new(), call);
            }
            Meaning::Path => self.path_argument(text, within, span, operation),
            Meaning::Url | Meaning::Host => {
                let target = self.host_target(Val::Lit(text));
                let sends = operation.has(&["post", "send", "upload"]) || operation.does == Some(Kind::Send);
                let method = ["method", "http_method", "httpMethod", "verb"].iter().find_map(|k| operation.all.get(k));
                let deletes = method.and_then(Json::text).is_some_and(|m| m.eq_ignore_ascii_case("delete"));
                let does = if sends || deletes { Kind::Send } else { Kind::Fetch };
                let marks: &'a [&'a str] = if deletes { &["tool", "http-delete"] } else { &["tool"] };
                self.effect(tool_effect(does, target, marks, call, span));
            }
            Meaning::Text
            | Meaning::Secret
            | Meaning::Money
            | Meaning::Recipient
            | Meaning::Environment
            | Meaning::Branch => {}
        }
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
    fn mutation(&mut self, args: &'a Json<'a>, operation: &Operation<'_, 'a>) {
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

    fn path_argument(&mut self, text: &'a str, within: &'a Json<'a>, span: Span, operation: &Operation<'_, 'a>) {
        if text.contains("://") && !text.starts_with("file://") {
            return;
        }
        let path = text.strip_prefix("file://").unwrap_or(text);
        let does = if operation.has(&["delete", "remove", "unlink", "rmdir"]) {
            Kind::Delete
        } else if operation.has(&["read", "get", "list", "view", "search", "glob", "grep", "stat", "info", "upload"]) {
            Kind::Read
        } else if operation
            .has(&["write", "edit", "create", "append", "update", "save", "patch", "move", "copy", "download"])
        {
            Kind::Write
        } else if written(self.bump, within).is_some() && !matches!(operation.does, Some(Kind::Query)) {
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
        let data = written.map(|written| match written {
            Written::Whole(text) | Written::Parts(text) => Data::known(Val::Lit(text)),
        });
        let added = matches!(written, Some(Written::Parts(_)));
        let as_added = if added { Kind::Append } else { Kind::Write };
        let marks: &'a [&'a str] = match data.as_ref().and_then(|data| self.harmless_addition(as_added, data)) {
            Some(mark) => self.bump.alloc_slice_copy(&["tool", mark]),
            None => &["tool"],
        };
        let effect = tool_effect(does, target, marks, operation.call, span);
        self.effect(Effect { recursive, ..effect });
        let Some(data) = data else { return };
        let found = self.facts.effects.len();
        self.planted(target, &data, span, operation.call);
        if let Some(Written::Parts(part)) = written
            && self.facts.effects.len() == found
            && [".json", ".yml", ".yaml"].iter().any(|ending| path.ends_with(ending))
        {
            let document = self.bump.alloc_str(&pairs_and_items(part).to_string());
            self.planted(target, &Data::known(Val::Lit(document)), span, operation.call);
        }
    }
}

impl<'a> Operation<'_, 'a> {
    /// The words behind a program that an argument of its own names: `{"command": "rm", "args": ["-rf", "x"]}`, and the
    /// same in one text.
    fn rest(&self) -> Option<Vec<&'a str>> {
        let mut words: Vec<&'a str> = Vec::new();
        for key in ["args", "arguments", "argv"] {
            match self.all.get(key) {
                Some(Json::Array(items)) => words.extend(items.iter().filter_map(Json::text)),
                Some(Json::String(text)) => words.extend(text.split_whitespace()),
                _ => {}
            }
        }
        (!words.is_empty()).then_some(words)
    }

    /// Whether an argument names a program whose words stand in another.
    fn names_program(&self) -> bool {
        let Json::Object(members) = self.all else { return false };
        members.iter().any(|(key, value)| names_program(key) && value.text().is_some())
    }

    fn has(&self, wanted: &[&str]) -> bool {
        self.words.iter().any(|w| wanted.contains(&w.as_str()))
    }

    /// What the catalogue says of an argument.
    fn meaning(&self, key: &str) -> Option<Meaning> {
        self.args.iter().find(|(name, _)| *name == key).map(|(_, meaning)| *meaning)
    }

    /// What an argument of this name usually means.
    fn guess(&self, key: &str, text: &str) -> Option<Meaning> {
        Some(match key {
            "command" | "cmd" | "cmds" | "commands" | "shell_command" | "bash_command" | "bash" | "commandline"
            | "command_line" | "cmdline" => Meaning::Shell,
            "program" | "executable" | "binary" | "run" if self.executes => Meaning::Shell,
            // What is typed there.
            "text" | "keys" | "keystrokes" | "chars" | "data" | "content" | "string" | "sequence"
                if self.has(&TYPED) || TYPED.contains(&self.provider) =>
            {
                Meaning::Shell
            }
            "script" | "code" | "input" | "source"
                if self.executes || self.has(&["python", "javascript", "evaluate"]) =>
            {
                let language = ["language", "lang"].iter().find_map(|key| self.all.get(key)?.text());
                match language.map(str::to_ascii_lowercase).as_deref() {
                    Some("python" | "python3" | "py") => Meaning::Python,
                    Some("javascript" | "js" | "node" | "typescript" | "ts") => Meaning::Javascript,
                    Some("bash" | "sh" | "shell" | "zsh") => Meaning::Shell,
                    _ if self.has(&["python"]) => Meaning::Python,
                    _ if self.has(&["javascript", "node", "evaluate"]) => Meaning::Javascript,
                    _ => Meaning::Shell,
                }
            }
            "sql" | "query" | "q" | "statement" | "queries" if looks_like_sql(text) => Meaning::Sql,
            "path" | "file_path" | "filepath" | "filename" | "file" | "source" | "destination" | "directory"
            | "notebook_path" | "uri" | "target_file" | "dir" => Meaning::Path,
            "url" | "endpoint" | "href" | "base_url" | "webhook_url" => Meaning::Url,
            _ => return None,
        })
    }
}

/// What is typed into by the operations that are called so.
const TYPED: [&str; 9] = ["terminal", "shell", "bash", "tmux", "console", "tty", "pty", "keys", "stdin"];

/// Whether an argument of this name says which program runs.
fn names_program(key: &str) -> bool {
    matches!(key, "command" | "cmd" | "program" | "executable" | "binary")
}

fn tool_effect<'a>(does: Kind, target: Target<'a>, marks: &'a [&'a str], call: u32, span: Span) -> Effect<'a> {
    Effect { marks, ..Effect::new(does, target, call, span) }
}

/// The provider, if there is only one.
fn only(found: &[(&'static str, Tool<'static>)]) -> Option<&'static str> {
    let (first, _) = found.first()?;
    found.iter().all(|(provider, _)| provider == first).then_some(*first)
}

/// An argument's value as a name for what it acts on.
fn told_by(value: &Json<'_>) -> Option<String> {
    match value {
        Json::String(text) if text.len() < 200 => Some(text.to_string()),
        Json::Number(number) => Some((*number).to_owned()),
        Json::Array(items) => {
            let all: Vec<String> = items.iter().take(4).filter_map(told_by).collect();
            (!all.is_empty()).then(|| all.join(", "))
        }
        _ => None,
    }
}

/// `createRefund`, `create_refund`, `create-refund` are the words create, refund.
pub(super) fn words_of(name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut lower_before = false;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            if !current.is_empty() {
                out.push(std::mem::take(&mut current));
            }
            lower_before = false;
            continue;
        }
        if c.is_uppercase() && lower_before && !current.is_empty() {
            out.push(std::mem::take(&mut current));
        }
        lower_before = c.is_lowercase() || c.is_ascii_digit();
        current.extend(c.to_lowercase());
    }
    if !current.is_empty() {
        out.push(current);
    }
    out
}

fn looks_like_sql(text: &str) -> bool {
    let first = text.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("").to_ascii_lowercase();
    matches!(
        first.as_str(),
        "select"
            | "insert"
            | "update"
            | "delete"
            | "drop"
            | "truncate"
            | "alter"
            | "create"
            | "grant"
            | "revoke"
            | "with"
            | "copy"
            | "merge"
            | "explain"
            | "do"
            | "begin"
            | "call"
    )
}

fn target_of<'a>(args: &'a Json<'a>) -> Option<&'a str> {
    let Json::Object(members) = args else { return None };
    members.iter().find_map(|(_, v)| v.text()).filter(|t| t.len() < 200)
}
