//! What a command names on disk is read and analysed as if it stood in the command: scripts, SQL files, the targets of
//! make, just, task and npm, services of docker compose. Bounded in number, size and depth; each file's digest is part
//! of the decision.

use super::analysis::Analysis;
use super::knowledge::Entry;
use super::shell::ast::Span;
use super::snapshot::{Answer, Ask};
use super::state::Var;
use super::target::Look;
use super::value::{Data, Field, Shape, Sink, Taint, Val};
use super::{Call, paths, tasks};
use crate::json::{self, Json};
use crate::limits;

impl<'a> Analysis<'a> {
    /// The text of a file, if it is one and the edge knows it.
    fn file_text(&mut self, path: &'a str) -> Option<&'a str> {
        let ask = Ask::Text(path.to_owned());
        if let Some(answer) = self.snapshot.answers.get(&ask) {
            return match answer {
                Answer::Text { text, .. } => Some(text),
                _ => None,
            };
        }
        if !self.snapshot.closed {
            self.asks.insert(ask);
        }
        None
    }

    /// Reads a file as code of a language. False: its content is not known.
    pub fn follow(
        &mut self,
        path: &'a str,
        language: &'a str,
        span: Span,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
        call: u32,
    ) -> bool {
        let readable =
            super::code::is_shell(language) || matches!(language, "program" | "sql" | "psql" | "mysql" | "sqlite");
        if !readable || !self.may_follow(path) {
            return false;
        }
        let Some(text) = self.file_text(path) else { return false };
        let language = if language == "program" {
            match tasks::shebang(text) {
                Some(name) if super::code::is_shell(name) => "bash",
                // Another interpreter's program is opaque, with its provenance.
                Some(_) => return false,
                // Without a first line that says so a shell reads it, if it is text at all (execvp(3)).
                None => "bash",
            }
        } else {
            language
        };
        self.following.push(path);
        self.depth += 1;
        let source = self.source_file(text, language, Some(span), path);
        if super::code::is_shell(language) {
            self.script(text, "bash", source, stdin, out);
        } else {
            self.sql(language, text, source, call);
        }
        self.depth -= 1;
        self.following.pop();
        true
    }

    /// Within the bounds, on this machine, and not in a circle.
    fn may_follow(&mut self, path: &'a str) -> bool {
        if !self.place.local() || self.following.contains(&path) || self.depth + 1 >= limits::NESTING {
            return false;
        }
        // What belongs to the system is what it says it is.
        let places = self.know.places();
        let classes = paths::classify(
            places,
            paths::Ground { home: &self.snapshot.home, workspace: &self.snapshot.workspace },
            path,
        );
        if classes & places.classes(&["system-binary", "system"]) != 0 && !path.contains("/tmp/") {
            return false;
        }
        if self.followed >= limits::FOLLOWED {
            return false;
        }
        self.followed += 1;
        true
    }

    /// The file of tasks that a program reads by itself: what the named targets do.
    pub fn follow_tasks(&mut self, call: &Call<'a>, entry: &'static Entry<'static>, index: u32, stdin: &Data<'a>) {
        let dry = ["-n", "--dry-run", "--just-print", "--dry", "--list", "-l", "--version"];
        if dry.iter().any(|o| call.options.iter().any(|given| given.is(o))) {
            return;
        }
        let option = |names: &[&str]| {
            call.options
                .iter()
                .filter(|o| names.iter().any(|n| o.is(n)))
                .filter_map(|o| o.value)
                .find_map(|f| f.val.lit())
        };
        let directory = option(&["-C", "--directory", "--prefix", "--cwd", "--dir", "-d"]);
        let named = option(&["-f", "--file", "--justfile", "--taskfile"]);
        let names: Vec<&str> = match named {
            Some(file) => vec![file],
            None => entry.loads.clone(),
        };
        for name in names {
            let name = match directory {
                Some(directory) if !name.starts_with('/') => format!("{directory}/{name}"),
                _ => name.to_owned(),
            };
            let target = self.path_target(Val::Lit(self.bump.alloc_str(&name)), Look::Not);
            let Some(path) = target.path else { continue };
            let run: &'a str = self.bump.alloc_str(&format!("{path}\0{}", self.text_of_words(call)));
            if self.state.file(path).is_some() || self.following.contains(&run) || !self.place.local() {
                continue;
            }
            let Some(text) = self.file_text(path) else { continue };
            if self.followed >= limits::FOLLOWED || self.depth + 1 >= limits::NESTING {
                return;
            }
            if self.following.len() > 12 {
                return;
            }
            if !self.following.iter().any(|f| f.starts_with(path)) {
                self.followed += 1;
            }
            // make's variables on the command line hide those of the file.
            let mut operands: Vec<&'a str> = call.operands.iter().filter_map(|o| o.field.val.lit()).collect();
            let settings: Vec<(&'a str, &'a str)> = call
                .words
                .iter()
                .skip(1)
                .filter_map(|f| f.val.lit())
                .filter_map(|w| w.split_once('='))
                .filter(|(name, _)| name.chars().all(|c| c.is_alphanumeric() || c == '_'))
                .collect();
            operands.retain(|o| !o.contains('='));
            let text = if entry.follows == "make" { self.with_includes(text, path) } else { text };
            let source = self.source_file(text, entry.follows, Some(call.span), path);
            self.following.push(run);
            self.depth += 1;
            let mark = self.state.mark();
            if let Some(directory) = directory {
                let target = self.path_target(Val::Lit(self.bump.alloc_str(directory)), Look::Not);
                if let Some(path) = target.path {
                    self.state.set_cwd(Val::Lit(path));
                }
            }
            match entry.follows {
                "npm" => self.npm(text, source, call, &operands, stdin, index),
                "compose" => self.compose(text, source, &operands, index),
                kind => {
                    let lines = match kind {
                        "make" => tasks::make(text, &operands, &settings),
                        "just" => tasks::just(text, &operands),
                        _ => tasks::task(text, &operands),
                    };
                    for line in lines {
                        self.task_line(&line, source, stdin, index);
                    }
                }
            }
            self.leave_subshell(mark);
            self.depth -= 1;
            self.following.pop();
            return;
        }
    }

    /// A makefile with what it includes by name (`include x.mk`), one level after the other.
    fn with_includes(&mut self, text: &'a str, path: &'a str) -> &'a str {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut all = String::from(text);
        let mut open: Vec<&'a str> = vec![text];
        let mut seen: Vec<String> = vec![path.to_owned()];
        while let Some(text) = open.pop() {
            let lines = text.lines().filter_map(|line| {
                let line = line.trim_start_matches(' ');
                ["include ", "-include ", "sinclude "].iter().find_map(|word| line.strip_prefix(word))
            });
            for name in lines.flat_map(str::split_whitespace).filter(|n| !n.contains(['$', '*', '?', '%'])) {
                let inner = if name.starts_with('/') { name.to_owned() } else { format!("{folder}/{name}") };
                if seen.len() > 16 || seen.contains(&inner) {
                    continue;
                }
                seen.push(inner.clone());
                let inner = super::paths::absolute(self.bump, "", self.bump.alloc_str(&inner));
                if let Some(included) = self.file_text(inner) {
                    all.push('\n');
                    all.push_str(included);
                    open.push(included);
                }
            }
        }
        if all.len() == text.len() { text } else { self.bump.alloc_str(&all) }
    }

    /// The words of a call, to tell one run of a file of tasks from another.
    fn text_of_words(&self, call: &Call<'a>) -> String {
        call.words.iter().map(|f| f.val.text()).collect::<Vec<_>>().join(" ")
    }

    /// One line of a recipe, run by a shell of its own.
    fn task_line(&mut self, line: &tasks::Line, source: u32, stdin: &Data<'a>, _index: u32) {
        let mark = self.state.mark();
        for name in &line.unknown {
            let name: &'a str = self.bump.alloc_str(name);
            let hole = Val::hole(self.bump, name, Shape::NonEmpty, Taint::WORKSPACE);
            self.state.set_var(self.bump, name, Some(Var::plain(hole)));
        }
        let text: &'a str = self.bump.alloc_str(&line.text);
        let span = Span { source, start: line.start, end: line.end };
        let inner = self.source(text, "bash", Some(span));
        self.script(text, "bash", inner, stdin, &mut Sink::new());
        self.leave_subshell(mark);
    }

    /// `npm run x`, `npm test`, `yarn x`: the scripts of package.json, with those before and after.
    fn npm(&mut self, text: &'a str, source: u32, call: &Call<'a>, operands: &[&'a str], stdin: &Data<'a>, index: u32) {
        let words: Vec<&str> = operands.iter().copied().filter(|o| !o.starts_with('-')).collect();
        let wanted = match words.as_slice() {
            ["run" | "run-script" | "rum" | "urn", script, ..] => *script,
            [script @ ("test" | "start" | "stop" | "restart"), ..] => script,
            ["t" | "tst", ..] => "test",
            // yarn, pnpm and bun run a script by its name alone.
            [script, ..] if call.program != "npm" => script,
            _ => return,
        };
        let Ok(package) = json::parse(text) else { return };
        let Some(scripts) = package.get("scripts") else { return };
        for name in [format!("pre{wanted}"), wanted.to_owned(), format!("post{wanted}")] {
            let Some(script) = scripts.get(&name).and_then(Json::text) else { continue };
            let start = text.find(&format!("\"{name}\"")).unwrap_or(0) as u32;
            let end = start + name.len() as u32 + 2;
            let line = tasks::Line { text: script.to_owned(), start, end, unknown: Vec::new() };
            self.task_line(&line, source, stdin, index);
        }
    }

    /// The services of a compose file that are started, each as the `docker run` that it amounts to.
    fn compose(&mut self, text: &'a str, source: u32, operands: &[&'a str], _index: u32) {
        let started = operands.first().is_some_and(|o| matches!(*o, "up" | "run" | "start" | "create" | "restart"));
        if !started {
            return;
        }
        for words in tasks::compose(text, &operands[1..]) {
            let span = Span { source, start: 0, end: 0 };
            let fields: Vec<Field<'a>> = words
                .iter()
                .map(|w| Field { quoted: true, ..Field::new(Val::Lit(self.bump.alloc_str(w)), span) })
                .collect();
            let fields = self.bump.alloc_slice_copy(&fields);
            self.external(fields, &[], &Data::NOTHING, &mut Sink::new());
        }
    }
}
