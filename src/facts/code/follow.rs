//! What a command names on disk is read and analysed as if it stood in the command: scripts, SQL files, the targets of
//! make, just, task and npm, services of docker compose. Bounded in number, size and depth; each file's digest is part
//! of the decision.

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::code::{interpreters, tasks};
use crate::facts::evaluate::variable::Var;
use crate::facts::knowledge::Entry;
use crate::facts::program::loads::FROM_DISK;
use crate::facts::shell::ast::Span;
use crate::facts::snapshot::{Answer, Ask};
use crate::facts::targets::{Look, globs, paths};
use crate::facts::value::{Data, Field, Seg, Shape, Sink, Taint, Val};
use crate::facts::{Call, value};
use crate::limits;

/// Runs of task files on the way to one.
const MOST_RUNS: usize = 40;

impl<'a> Analysis<'a> {
    /// The text of a file, if it is one and the edge knows it.
    pub fn file_text(&mut self, path: &'a str) -> Option<&'a str> {
        let ask = Ask::Text(path.to_owned());
        if self.snapshot.exhausted && !self.snapshot.answers.contains_key(&ask) {
            self.unread(Span::default(), "files that name files, deeper than gate follows", false);
        }
        match self.ask(&ask) {
            Answer::Text(file) => Some(&file.text),
            Answer::TooLarge(_) => {
                self.unread(Span::default(), "a file that is longer than is read", false);
                None
            }
            _ => None,
        }
    }

    /// The files that a name with wildcards means in a folder, or anywhere below it; in order, so that the first of many
    /// are always the same. None where that is not known.
    pub fn files_like(&mut self, folder: &str, name: &str, deep: bool) -> Vec<&'a str> {
        let folder = folder.trim_end_matches('/');
        let between = if deep { "/**/" } else { "/" };
        let names = match self.ask(&Ask::Glob(format!("{folder}{between}{name}"))) {
            Answer::Names(names) => names.iter().map(|named| named.name.as_str()).collect(),
            _ => Vec::new(),
        };
        // And what the script itself wrote there.
        let written = self.state.names_in(folder);
        let meant = names.into_iter().chain(written).filter(|n| globs::text(name, paths::base_name(n)));
        let mut files: Vec<&'a str> = meant.map(|n| &*self.bump.alloc_str(&format!("{folder}/{n}"))).collect();
        files.sort_unstable();
        files.dedup();
        files
    }

    /// What reads a program's text: by its first line, and without one a shell, if it is text at all (execvp(3)).
    pub fn read_by(&self, text: &'a str) -> &'a str {
        let name = interpreters::shebang(text).unwrap_or("bash");
        let known = self.know.entry(name).map_or(name, |entry| entry.name);
        let read = interpreters::is_shell(known) || interpreters::INTERPRETED.contains(&interpreters::language(known));
        if read { known } else { name }
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
        if !self.may_follow(path) || !self.one_more_file(path, span) {
            return false;
        }
        if let Answer::TooLarge(first) = self.ask(&Ask::Text(path.to_owned())) {
            // What is bundled for an interpreter is as opaque as a program.
            let language = if language == "program" { self.read_by(first) } else { language };
            if interpreters::INTERPRETED.contains(&interpreters::language(language)) {
                return false;
            }
        }
        let Some(text) = self.file_text(path) else { return false };
        let program = language == "program";
        let language = match language {
            // Without a first line that says so a shell reads it, if it is text at all (execvp(3)).
            "program" => self.read_by(text),
            named => named,
        };
        if let Some(words) = interpreters::first_line(text).filter(|_| program && self.depth < limits::NESTING)
            && !interpreters::is_shell(language)
            && !interpreters::INTERPRETED.contains(&interpreters::language(language))
            && self.know.entry(language).is_some_and(|entry| !entry.code.is_empty())
        {
            // As the kernel starts it (execve(2), "Interpreter scripts"): `#!/usr/bin/make -f`.
            let given = std::iter::once(Val::Lit(path)).chain(self.state.arguments.iter().copied());
            let words: Vec<Field<'a>> = words.map(Val::Lit).chain(given).map(|val| Field::new(val, span)).collect();
            self.depth += 1;
            self.external(self.bump.alloc_slice_copy(&words), &[], stdin, out);
            self.depth -= 1;
            return true;
        }
        let zero = if language == "sourced" { self.zero } else { Some(Val::Lit(path)) };
        let language = if interpreters::is_shell(language) { "bash" } else { interpreters::language(language) };
        let sql = matches!(language, "sql" | "psql" | "mysql" | "sqlite");
        let interpreted = interpreters::INTERPRETED.contains(&language);
        let name = paths::base_name(path);
        if interpreted && self.know.lists().has("command-files", name) {
            self.loaded_from_disk(path, span, call);
            return false;
        }
        if language != "bash" && !sql && !interpreted {
            // Another interpreter's program is opaque, with its provenance.
            return false;
        }
        self.following.push(path);
        self.depth += 1;
        let zero = std::mem::replace(&mut self.zero, zero);
        let source = self.source_file(text, language, Some(span), path);
        if interpreted {
            self.inline(language, text, source, call);
        } else if sql {
            self.sql(text, source, call);
        } else {
            self.script(text, "bash", source, stdin, out);
        }
        self.zero = zero;
        self.depth -= 1;
        self.following.pop();
        // What an interpreter's file calls is looked at, what else it does is not known.
        !interpreted
    }

    /// Counts the files that are followed; false when the bound is reached, which is said.
    pub fn one_more_file(&mut self, path: &'a str, span: Span) -> bool {
        if self.followed.contains(&path) {
            return true;
        }
        if self.followed.len() == limits::FOLLOWED {
            self.unread(span, "more files than gate follows", false);
            return false;
        }
        self.followed.push(path);
        true
    }

    /// Within the bounds, on this machine, and not in a circle.
    fn may_follow(&mut self, path: &'a str) -> bool {
        if !self.place.local() || self.following.contains(&path) {
            return false;
        }
        if self.depth + 1 >= limits::NESTING {
            self.unread(Span::default(), MORE, false);
            return false;
        }
        // What belongs to the system is what it says it is.
        let vocabulary = self.know.vocabulary();
        let classes = paths::classify(&vocabulary.classes, paths::Ground::of(self.snapshot), path);
        if classes & vocabulary.classes.of(["system-binary", "system"]) != 0 && !path.contains("/tmp/") {
            return false;
        }
        true
    }

    /// The file of tasks that a program reads by itself: what the named targets do.
    pub fn follow_tasks(&mut self, call: &Call<'a>, entry: &'static Entry<'static>, stdin: &Data<'a>) {
        let given = |names: &[&str]| names.iter().any(|o| call.options.iter().any(|given| given.is(o)));
        let shown = given(&["-n", "--dry-run", "--just-print", "--dry"]);
        if shown && entry.follows != "make" || given(&["--list", "-l", "--version"]) || !self.place.local() {
            return;
        }
        let values = |names: &[&str]| -> Vec<&'a str> {
            let options = call.options.iter().filter(|o| names.iter().any(|n| o.is(n)));
            options.filter_map(|o| o.value).filter_map(|f| f.val.lit()).collect()
        };
        let mut named = values(&["-f", "--file", "--justfile", "--taskfile"]);
        if entry.follows == "compose" && named.is_empty() {
            let several = self.state.var("COMPOSE_FILE").and_then(|var| var.val.lit()).unwrap_or_default();
            named.extend(several.split(':').filter(|name| !name.is_empty()));
        }
        let piped = stdin.text.and_then(|text| text.lit()).filter(|_| entry.follows != "make");
        let file = match (named.first(), piped) {
            (Some(&("-" | "/dev/stdin")), Some(text)) => Some((paths::UNKNOWN_START, text, None)),
            _ => {
                let own = self.task_file(entry, &named, self.directory_of(call));
                // `npm i ../tool`, where there is no other package.
                let folders = call.operands.iter().filter_map(|operand| operand.field.val.lit());
                let folder = folders.filter(|_| entry.name == "npm install").find(|word| word.starts_with(['.', '/']));
                own.or_else(|| {
                    let file = self.bump.alloc_str(&format!("{}/package.json", folder?.trim_end_matches('/')));
                    self.task_file(entry, &[&*file], self.directory_of(call))
                })
            }
        };
        let Some((path, text, folder)) = file else { return };
        let run: &'a str = self.bump.alloc_str(&format!("{path}\0{}", self.text_of_words(call)));
        if self.following.contains(&run) {
            return;
        }
        if self.depth + 1 >= limits::NESTING || self.following.len() > MOST_RUNS {
            return self.unread(call.span, MORE, false);
        }
        if !self.one_more_file(path, call.span) {
            return;
        }
        // Subcommands that packs describe are words of the run too (`npm ci`), as they were typed.
        let taken: Vec<&str> = call.options.iter().filter_map(|o| o.value?.val.lit()).collect();
        let typed = call.words.iter().skip(1).filter_map(|f| f.val.lit());
        let typed = typed.filter(|w| !w.starts_with('-') && !taken.contains(w));
        let mut words: Vec<&'a str> = typed.take(call.verb.split(' ').count() - 1).collect();
        // `just --set NAME VALUE`: an option of two words.
        let given_to_set = |operand: &value::Field<'a>| {
            call.words.windows(3).any(|three| three[0].val.lit() == Some("--set") && three[2].span == operand.span)
        };
        let operands = call.operands.iter().map(|o| &o.field).filter(|field| !given_to_set(field));
        words.extend(operands.filter_map(|field| field.val.lit()));
        // Variables on the command line hide those of the file.
        let settings = settings_of(call);
        let targets: Vec<&str> = words.iter().copied().filter(|o| !o.contains('=')).collect();
        let home = self.snapshot.home.as_str();
        // More than one file that is named, or what lies beside the one that is not (docs.docker.com, "Merge Compose files").
        let from = self.state.cwd.lit().unwrap_or(paths::UNKNOWN_START);
        let beside: Vec<&'a str> = match (entry.follows, named.split_first()) {
            ("compose", Some((_, more))) => more.iter().map(|name| paths::absolute(self.bump, from, name)).collect(),
            ("compose", None) => {
                let (start, ending) = path.rsplit_once('.').unwrap_or((path, "yml"));
                vec![self.bump.alloc_str(&format!("{start}.override.{ending}"))]
            }
            _ => Vec::new(),
        };
        let mut texts = tasks::Texts::new(path, text, self);
        let (mut lines, mut services) = (Vec::new(), Vec::new());
        match entry.follows {
            "make" => lines = tasks::make(&mut texts, (!shown).then_some(&targets), &settings),
            "just" => lines = tasks::just(&mut texts, &targets, &settings),
            "task" => {
                // The words after `--` are no tasks.
                let all: Vec<&str> = call.words.iter().filter_map(|f| f.val.lit()).collect();
                let more = all.iter().position(|w| *w == "--").map_or(&[][..], |at| &all[at + 1..]);
                let names = &targets[..targets.len().saturating_sub(more.len())];
                lines = tasks::task(&mut texts, names, &settings, more);
            }
            "npm" => {
                let what = tasks::Npm {
                    program: call.program,
                    words: &words,
                    filters: &values(&["-w", "--workspace", "--filter", "-F"]),
                    all: given(&["--workspaces", "-ws", "-r", "--recursive"]),
                    quiet: given(&["--ignore-scripts", "--no-scripts"]),
                };
                lines = tasks::npm(&mut texts, &what);
            }
            "scripts" => lines = tasks::scripts(&texts, call.program, &words),
            // `docker compose up web`: what stands after the program's own name.
            _ => {
                let words = &words[usize::from(words.first() == Some(&"compose"))..];
                services = tasks::compose(&mut texts, words, &beside, home);
            }
        }
        let (files, more) = (texts.files, texts.more);
        if more {
            self.unread(call.span, MORE, false);
        }
        let sources: Vec<u32> = files
            .into_iter()
            .map(|(path, text)| match path.contains(paths::UNKNOWN_START) {
                // The script wrote it somewhere: a text, and no file that could be looked at again.
                true => self.source(text, entry.follows, Some(call.span)),
                false => self.source_file(text, entry.follows, Some(call.span), path),
            })
            .collect();
        self.following.push(run);
        self.depth += 1;
        let zero = std::mem::take(&mut self.zero);
        let mark = self.state.mark();
        if let Some(folder) = folder {
            self.state.set_cwd(folder);
        }
        for line in &lines {
            self.task_line(line, sources[line.file], stdin);
        }
        for words in &services {
            let span = Span { source: sources[0], start: 0, end: 0 };
            let words: Vec<&'a str> = words.iter().map(|w| &*self.bump.alloc_str(w)).collect();
            self.argv_call(&words, span);
        }
        self.leave_subshell(mark);
        self.zero = zero;
        self.depth -= 1;
        self.following.pop();
    }

    /// The file of tasks that a run means: path, text, and the directory it runs in where that is another one.
    fn task_file(
        &mut self,
        entry: &'static Entry<'static>,
        named: &[&'a str],
        directory: Option<Val<'a>>,
    ) -> Option<(&'a str, &'a str, Option<Val<'a>>)> {
        let word = directory.unwrap_or(Val::Lit("."));
        let target = self.path_target(word, Look::Not);
        let start = self.remembered_as(&target, word)?;
        // A directory that is not known stays what it is.
        let known = |folder: &'a str| if target.path.is_some() { Some(Val::Lit(folder)) } else { directory };
        if let Some(name) = named.first() {
            // make and npm go to the directory first, the others name their file from where they are.
            let from = if entry.follows == "make" { start } else { self.state.cwd.lit()? };
            let path = paths::absolute(self.bump, from, name);
            let text = self.task_text(path)?;
            let beside = path.rsplit_once('/').map_or("/", |(folder, _)| folder);
            let folder = match entry.follows {
                "just" | "task" if directory.is_none() => known(beside),
                _ => directory.and_then(|_| known(start)),
            };
            return Some((path, text, folder));
        }
        // All but make look in the directories above as well, as far as the workspace goes.
        let upwards = entry.follows != "make";
        let mut folder = start;
        for _ in 0..16 {
            // What an operand or an option names is followed for itself.
            for name in entry.loads.iter().filter(|name| !name.starts_with('{')) {
                let name = name.strip_prefix(FROM_DISK).unwrap_or(name);
                let path = paths::absolute(self.bump, folder, name);
                if let Some(text) = self.task_text(path) {
                    let moved = folder != start || directory.is_some();
                    return Some((path, text, moved.then(|| known(folder)).flatten()));
                }
            }
            if !upwards || folder == self.snapshot.workspace || self.snapshot.workspace.is_empty() {
                return None;
            }
            folder = folder.rsplit_once('/').map(|(above, _)| above).filter(|above| !above.is_empty())?;
        }
        None
    }

    /// A file of tasks; what the script itself wrote there is judged as it was written.
    fn task_text(&mut self, path: &'a str) -> Option<&'a str> {
        if let Some(file) = self.state.file(path) {
            // A Makefile is read where it is loaded.
            return file.data.text.and_then(|text| text.lit()).filter(|_| !path.contains("akefile"));
        }
        if path.contains(paths::UNKNOWN_START) {
            return None;
        }
        self.file_text(path)
    }

    /// The words of a call, to tell one run of a file of tasks from another.
    fn text_of_words(&self, call: &Call<'a>) -> String {
        call.words.iter().map(|f| f.val.text()).collect::<Vec<_>>().join(" ")
    }

    /// A makefile that is given as a text: in `--eval`, from a pipe, or written by the script itself.
    pub fn makefile(&mut self, text: &'a str, source: u32, stdin: &Data<'a>, index: u32) {
        let call = self.facts.calls.get(index as usize).copied();
        // No recipe runs, but what is run as the file is read is.
        let shown = call.is_some_and(|call| call.options.iter().any(|o| o.is("-n") || o.is("-q")));
        let operands = call.map_or(&[][..], |call| call.operands);
        // One of several values for a variable is no target.
        let sets = |val: Val<'_>| match val {
            Val::Lit(text) => text.contains('='),
            Val::Text([Seg::Lit(text), ..]) => text.contains('='),
            _ => false,
        };
        let named = operands.iter().filter(|o| o.field.val.lit().is_some() || !o.field.val.each().all(sets));
        let targets: Option<Vec<&str>> = named.map(|o| o.field.val.lit()).collect();
        let Some(targets) = targets.or_else(|| shown.then(Vec::new)) else {
            // Which target is meant cannot be known: any of them may be.
            // A line that ends in a backslash goes on.
            let text: &'a str = self.bump.alloc_str(&text.replace("\\\n\t", " "));
            for line in text.lines().filter(|line| line.starts_with('\t')) {
                let line = line.trim_start_matches(['\t', '@', '-', '+']);
                let span = Span { source, start: 0, end: text.len() as u32 };
                self.shell_code(Val::Lit(line), span, stdin, &mut Sink::new(), index);
            }
            return;
        };
        let settings = call.map_or_else(Vec::new, |call| settings_of(&call));
        // What it includes lies beside it.
        let mark = self.state.mark();
        if let Some(folder) = call.and_then(|call| self.directory_of(&call)) {
            self.state.set_cwd(self.rooted(folder));
        }
        let path = self.overlay(Val::Lit("Makefile")).unwrap_or("");
        let mut texts = tasks::Texts::new(path, text, self);
        for line in tasks::make(&mut texts, (!shown).then_some(&targets), &settings) {
            self.task_line(&line, source, stdin);
        }
        self.leave_subshell(mark);
    }

    /// One line of a recipe, run by an interpreter of its own.
    fn task_line(&mut self, line: &tasks::Line, source: u32, stdin: &Data<'a>) {
        if line.language == "unread" {
            return self.unread(Span { source, start: 0, end: 0 }, MORE, false);
        }
        let text: &'a str = self.bump.alloc_str(&line.text);
        let language: &'a str = interpreters::language(self.bump.alloc_str(&line.language));
        let span = Span { source, start: line.start, end: line.end };
        let inner = self.source(text, language, Some(span));
        self.in_another_process(false, |this| {
            this.surround_line(line);
            if language == "bash" {
                this.script(text, "bash", inner, stdin, &mut Sink::new());
            } else {
                let call = this.facts.calls.len().saturating_sub(1) as u32;
                this.inline(language, text, inner, call);
                this.opaque(span, language, "", Taint::WORKSPACE);
            }
        });
    }

    /// The variables and the folder in which a line runs.
    fn surround_line(&mut self, line: &tasks::Line) {
        // Names of the environment mean what they mean there; others stand for what the tool makes of its own functions.
        for name in line.unknown.iter().filter(|name| name.starts_with("__")) {
            let name: &'a str = self.bump.alloc_str(name);
            let hole = Val::hole(self.bump, "(made up)", Shape::NonEmpty, Taint::WORKSPACE);
            self.state.set_var(name, Some(Var::plain(hole)));
        }
        for (name, value) in &line.environment {
            let (name, value): (&'a str, &'a str) = (self.bump.alloc_str(name), self.bump.alloc_str(value));
            self.state.set_var(name, Some(Var { exported: true, ..Var::plain(Val::Lit(value)) }));
        }
        if !line.directory.is_empty() {
            let directory: &'a str = self.bump.alloc_str(&line.directory);
            if let Some(path) = self.path_target(Val::Lit(directory), Look::Not).path {
                self.state.set_cwd(Val::Lit(path));
            }
        }
    }
}

/// The variables that a command line sets: `make D=build`, `just --set out build`.
fn settings_of<'a>(call: &Call<'a>) -> Vec<(&'a str, &'a str)> {
    let named = call.words.windows(3).filter(|three| three[0].val.lit() == Some("--set"));
    let named = named.filter_map(|three| Some((three[1].val.lit()?, three[2].val.lit()?)));
    let settings = call.words.iter().skip(1).filter_map(|f| f.val.lit()?.split_once('=')).chain(named);
    settings.filter(|(name, _)| name.chars().all(|c| c.is_alphanumeric() || c == '_')).collect()
}

impl<'a> tasks::Folder<'a> for Analysis<'a> {
    fn text(&mut self, path: &str) -> Option<(&'a str, &'a str)> {
        let path = paths::absolute(self.bump, "", self.bump.alloc_str(path));
        Some((path, self.task_text(path)?))
    }

    fn names(&mut self, folder: &str, pattern: &str) -> Option<Vec<String>> {
        let unknown = matches!(self.ask(&Ask::Glob(format!("{folder}/{pattern}"))), Answer::Unknown);
        let known = !unknown || self.snapshot.closed;
        let files = || self.files_like(folder, pattern, false);
        known.then(files).map(|files| files.into_iter().map(|file| paths::base_name(file).to_owned()).collect())
    }
}
