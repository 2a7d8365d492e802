//! API tool calls: the verb says what kind of thing happens, the arguments may carry commands, SQL, paths and URLs at
//! any depth, and are analysed as what they are.

use super::analysis::Analysis;
use super::knowledge::{Kind, Level, Verb};
use super::paths;
use super::shell::ast::Span;
use super::target::Look;
use super::value::{Data, Field, Sink, Taint, Val};
use super::{Call, Effect, Target};
use crate::json::Json;
use crate::limits;

impl<'a> Analysis<'a> {
    pub fn tool(&mut self, verb: &'a str, args: &'a Json<'a>) {
        let name = canonical(self, verb);
        let span = Span { source: 0, start: 0, end: self.facts.sources.first().map_or(0, |s| s.text.len() as u32) };
        let program = name.split(':').next().unwrap_or(name);
        let call = Call { program, verb: name, ..Call::unknown(&[], self.place, span) };
        let index = self.facts.calls.len() as u32;
        self.facts.calls.push(call);
        let operation = name.rsplit(':').next().unwrap_or(name);
        let words = words_of(operation);
        let known = self.classify_verb(&words);
        let executes = words.iter().any(|w| {
            matches!(w.as_str(), "shell" | "bash" | "command" | "terminal" | "exec" | "execute" | "run" | "cmd")
        });
        self.argument(args, "", &words, known, executes, index, span, 0);
        if let Some(verb) = known {
            let text = target_of(args).unwrap_or(operation);
            let level: &'a [&'a str] = match verb.level {
                Level::Low => &["tool", "level-low"],
                Level::Medium => &["tool", "level-medium"],
                Level::High | Level::Critical => &["tool", "level-high"],
            };
            let target = Target { text: self.bump.alloc_str(text), known: true, ..Target::default() };
            self.effect(Effect {
                does: verb.does,
                target,
                recursive: false,
                certain: true,
                marks: level,
                data: Taint::NONE,
                call: index,
                span,
            });
        } else if !executes {
            let target = Target { text: operation, known: true, ..Target::default() };
            self.effect(Effect {
                does: Kind::Unknown,
                target,
                recursive: false,
                certain: false,
                marks: &["tool"],
                data: Taint::NONE,
                call: index,
                span,
            });
        }
    }

    /// The first verb of the data whose words are all in the operation, the most specific first.
    fn classify_verb(&self, words: &[String]) -> Option<&'static Verb<'static>> {
        let all = self.know.verbs();
        all.iter()
            .filter(|v| v.words.split(' ').all(|w| words.iter().any(|have| super::globs::text(w, have))))
            .max_by_key(|v| (v.words.split(' ').count(), v.level))
    }

    #[expect(clippy::too_many_arguments, reason = "one walk over the JSON carries what was found on the way")]
    fn argument(
        &mut self,
        value: &'a Json<'a>,
        key: &str,
        words: &[String],
        verb: Option<&'static Verb<'static>>,
        executes: bool,
        call: u32,
        span: Span,
        depth: usize,
    ) {
        if depth > limits::JSON_DEPTH {
            return;
        }
        match value {
            Json::Object(members) => {
                for (key, value) in members {
                    self.argument(value, key, words, verb, executes, call, span, depth + 1);
                }
            }
            Json::Array(items) => {
                let texts: Vec<&'a str> = items.iter().filter_map(Json::text).collect();
                if matches!(key, "command" | "cmd" | "argv" | "args" | "cmdline")
                    && texts.len() == items.len()
                    && !texts.is_empty()
                {
                    let fields: Vec<Field<'a>> =
                        texts.iter().map(|t| Field { quoted: true, ..Field::new(Val::Lit(t), span) }).collect();
                    let fields = self.bump.alloc_slice_copy(&fields);
                    if executes || matches!(key, "command" | "cmd" | "argv") {
                        self.external(fields, &[], &Data::NOTHING, &mut Sink::new());
                    }
                    return;
                }
                for item in items {
                    self.argument(item, key, words, verb, executes, call, span, depth + 1);
                }
            }
            Json::String(text) => {
                let text: &'a str = text;
                self.text_argument(text, key, words, verb, executes, call, span);
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    #[expect(clippy::too_many_arguments, reason = "see `argument`")]
    fn text_argument(
        &mut self,
        text: &'a str,
        key: &str,
        words: &[String],
        verb: Option<&'static Verb<'static>>,
        executes: bool,
        call: u32,
        span: Span,
    ) {
        let key = key.to_ascii_lowercase();
        let has = |wanted: &str| words.iter().any(|w| w == wanted);
        match key.as_str() {
            "command" | "cmd" | "shell_command" | "bash" | "commandline" | "command_line" => {
                let mark = self.state.mark();
                self.shell_code(Val::Lit(text), span, &Data::INHERITED, &mut Sink::new(), call);
                self.leave_subshell(mark);
            }
            "script" | "code" | "input" | "source"
                if executes || has("python") || has("javascript") || has("evaluate") =>
            {
                let language = if has("python") {
                    "python"
                } else if has("javascript") || has("node") || has("evaluate") {
                    "javascript"
                } else {
                    "bash"
                };
                self.code_value(language, Val::Lit(text), span, &Data::INHERITED, &mut Sink::new(), call);
            }
            "sql" | "query" | "statement" | "queries" if looks_like_sql(text) => {
                self.code_value("sql", Val::Lit(text), span, &Data::INHERITED, &mut Sink::new(), call);
            }
            "path" | "file_path" | "filepath" | "filename" | "file" | "source" | "destination" | "directory"
            | "notebook_path" | "uri" | "target_file" | "dir" => {
                if text.contains("://") && !text.starts_with("file://") {
                    return;
                }
                let path = text.strip_prefix("file://").unwrap_or(text);
                let does = if has("delete") || has("remove") || has("unlink") || has("rmdir") {
                    Kind::Delete
                } else if has("read")
                    || has("get")
                    || has("list")
                    || has("view")
                    || has("search")
                    || has("glob")
                    || has("grep")
                    || has("stat")
                    || has("info")
                {
                    Kind::Read
                } else if has("write")
                    || has("edit")
                    || has("create")
                    || has("append")
                    || has("update")
                    || has("save")
                    || has("patch")
                    || has("move")
                    || has("copy")
                    || has("upload")
                    || has("download")
                {
                    Kind::Write
                } else {
                    verb.map_or(Kind::Read, |v| v.does)
                };
                let recursive = does == Kind::Delete
                    && (has("directory") || has("dir") || has("rmdir") || has("folder") || has("tree"));
                let path = if path.starts_with("~/") {
                    &*self.bump.alloc_str(&format!("{}{}", self.snapshot.home, &path[1..]))
                } else {
                    path
                };
                let target = self.path_target(Val::Lit(path), Look::Through);
                self.effect(Effect {
                    does,
                    target,
                    recursive,
                    certain: true,
                    marks: &["tool"],
                    data: Taint::NONE,
                    call,
                    span,
                });
            }
            "url" | "endpoint" | "href" | "base_url" | "webhook_url" => {
                let target = self.host_target(Val::Lit(text));
                let does = if has("post") || has("send") || has("upload") { Kind::Send } else { Kind::Fetch };
                self.effect(Effect {
                    does,
                    target,
                    recursive: false,
                    certain: true,
                    marks: &["tool"],
                    data: Taint::NONE,
                    call,
                    span,
                });
                let _ = paths::host_of(text);
            }
            _ => {}
        }
    }
}

/// `mcp__github__merge_pull_request` is `github:merge_pull_request`; `run_shell` stays.
fn canonical<'a>(analysis: &Analysis<'a>, verb: &'a str) -> &'a str {
    if let Some(rest) = verb.strip_prefix("mcp__")
        && let Some((server, tool)) = rest.split_once("__")
    {
        return analysis.bump.alloc_str(&format!("{server}:{tool}"));
    }
    verb
}

/// `createRefund`, `create_refund`, `create-refund` are the words create, refund.
fn words_of(name: &str) -> Vec<String> {
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
