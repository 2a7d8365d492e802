//! Files that programs load by themselves, where the script wrote them: by fixed names, beside an operand, as modules.

use smallvec::SmallVec;

use crate::facts::Call;
use crate::facts::analysis::{Analysis, MORE};
use crate::facts::code::interpreters;
use crate::facts::knowledge::Lists;
use crate::facts::shell::ast::Span;
use crate::facts::snapshot::{Answer, Ask};
use crate::facts::targets::Look;
use crate::facts::targets::globs;
use crate::facts::targets::paths::base_name;
use crate::facts::value::{Builder, Data, Field, Sink, Taint, Val};
use crate::limits;

/// What stands before the name of a file that is looked at where it lies, and not only where the script wrote it.
pub(in crate::facts) const FROM_DISK: &str = "disk:";

impl<'a> Analysis<'a> {
    /// A file that a program loads by itself, if the script wrote it: in the directory at hand, in the one that an option
    /// names, or one that an operand names or leads to (`{package}/setup.py`, `{-m}.py`, `{path}`).
    pub fn loaded_file(&mut self, name: &'static str, call: &Call<'a>, index: u32) {
        if self.spent.loads > limits::LOADED {
            return;
        }
        let (on_disk, name) = name.strip_prefix(FROM_DISK).map_or((false, name), |name| (true, name));
        if !on_disk && !self.state.has_files() {
            return;
        }
        let (operand, name) = name.strip_prefix('{').and_then(|rest| rest.split_once('}')).unwrap_or(("", name));
        let paths: SmallVec<[Val<'a>; 2]> = match (operand, self.directory_of(call)) {
            ("", None) => SmallVec::from_slice(&[Val::Lit(name)]),
            ("", Some(folder)) => SmallVec::from_slice(&[self.within(folder, name)]),
            (operand, _) => call.fields(operand).map(|field| self.followed_by(field.val, name)).collect(),
        };
        for word in paths {
            let Some(path) = self.overlay(word) else { continue };
            if on_disk {
                self.loaded_from_disk(&path.replacen("/**/", "/", 1), call.span, index);
            }
            // There, and in any folder below.
            if let Some((folder, pattern)) = path.split_once("/**/") {
                for (rest, file) in self.state.files_below(folder, limits::LOADED) {
                    if globs::text(pattern, base_name(rest)) && !file.directory {
                        let path = self.bump.alloc_str(&format!("{folder}/{rest}"));
                        self.loaded_path(path, (base_name(rest), self.shown(path, Val::Lit(rest))), call, index);
                    }
                }
                continue;
            }
            if let Some((folder, pattern)) = path.rsplit_once('/').filter(|(_, name)| name.contains('*')) {
                for name in self.state.names_in(folder).into_iter().filter(|name| globs::text(pattern, name)) {
                    let path = self.bump.alloc_str(&format!("{folder}/{name}"));
                    self.loaded_path(path, (name, self.shown(path, Val::Lit(name))), call, index);
                }
                continue;
            }
            let name = if name.is_empty() { base_name(path) } else { name };
            self.loaded_path(path, (name, self.shown(path, word)), call, index);
        }
    }

    /// A file of the project that is there already, and that a program runs before it does anything else: what nobody means
    /// to do by it is told, as where it is written (`conftest.py` that sends a key away).
    pub(in crate::facts) fn loaded_from_disk(&mut self, path: &str, span: Span, index: u32) {
        if !self.place.local() || !path.starts_with('/') || self.state.file(path).is_some() {
            return;
        }
        let path: &'a str = self.bump.alloc_str(path);
        if !matches!(self.ask(&Ask::Path(path.to_owned())), Answer::File) {
            return;
        }
        if let Answer::Text(file) = self.ask(&Ask::Text(path.to_owned())) {
            let target = self.path_target(Val::Lit(path), Look::Not);
            self.planted(target, &Data::known(Val::Lit(&file.text)), span, index);
        }
    }

    /// The start-up files of a shell whose home the script has set (bash(1), "INVOCATION"; zsh(1), "STARTUP/SHUTDOWN FILES").
    pub fn start_up_files(&mut self, call: &Call<'a>, index: u32) {
        let login = call.options.iter().any(|o| o.is("-l") || o.is("--login"));
        let (names, home): (&[&'static str], _) = match call.program {
            "zsh" => (&["/.zshenv", "/.zprofile", "/.zshrc", "/.zlogin"], self.state.var("ZDOTDIR")),
            "bash" | "sh" | "dash" | "ksh" if login => (&["/.bash_profile", "/.bash_login", "/.profile"], None),
            _ => return,
        };
        let Some(home) = home.or_else(|| self.state.var("HOME")) else { return };
        for name in names {
            if let Some((_, data)) = self.written_at(self.followed_by(home.val, name)) {
                self.code_data("bash", &data, call.span, &mut Sink::new(), index);
            }
        }
    }

    /// zsh's `autoload name`: a function out of a file of the name in one of the folders of `fpath` (zshmisc(1)).
    pub fn autoloaded(&mut self, names: &'a [Field<'a>]) {
        let Some(folders) = self.state.var("fpath").and_then(|var| var.items) else { return };
        for name in names.iter().filter_map(|field| field.val.lit()).filter(|name| !name.starts_with(['-', '+'])) {
            for (_, folder) in folders {
                if let Some((_, data)) = self.written_at(self.within(*folder, name)) {
                    self.code_data("bash", &data, names[0].span, &mut Sink::new(), u32::MAX);
                }
            }
        }
    }

    /// The path of a file, as it is remembered, and what the script wrote to it.
    pub(in crate::facts) fn written_at(&self, path: Val<'a>) -> Option<(&'a str, Data<'a>)> {
        let path = self.overlay(path)?;
        let file = self.state.file(path).filter(|file| !file.directory)?;
        Some((path, file.data))
    }

    /// One file that is loaded, if the script wrote it: under what it is remembered, its name, and how people read it.
    fn loaded_path(&mut self, path: &'a str, (name, source): (&str, &'a str), call: &Call<'a>, index: u32) {
        if let Some(file) = self.state.file(path)
            && file.same_as.is_none()
            && !self.loading.contains(&path)
        {
            // Which images a project has run together, as it publishes it.
            let images = call.entry.is_some_and(|entry| entry.follows == "compose");
            if images && file.data.taint.has(Taint::NETWORK) && self.is_published(file.data.source) {
                return;
            }
            self.spent.loads += 1;
            if self.spent.loads > limits::LOADED {
                return self.unread(call.span, MORE, false);
            }
            self.loading.push(path);
            self.loaded_text(file.data, (name, source), call, index);
            self.loading.pop();
        }
    }

    /// What is loaded is run in the language that its name says.
    fn loaded_text(&mut self, data: Data<'a>, (name, source): (&str, &'a str), call: &Call<'a>, index: u32) {
        if call.words.iter().any(|word| word.val.lit() == Some("generate")) && name.ends_with(".go") {
            // `go generate` runs what the comments say (go help generate).
            // What was added to a file runs with it.
            let text = data.text.and_then(|text| text.lit()).unwrap_or(data.spoken);
            for code in text.lines().filter_map(|line| line.strip_prefix("//go:generate")) {
                self.shell_code(Val::Lit(code), call.span, &Data::NOTHING, &mut Sink::new(), index);
            }
            return;
        }
        let text = data.text.and_then(|text| text.lit()).unwrap_or("");
        let language = match interpreters::language_of_file(name) {
            "data" if text.starts_with("#!") => "program",
            language => interpreters::language_within(language, name),
        };
        // What an editor put into a file of tasks is a recipe, whatever the file's own form.
        let recipe = |line: &str| line.split(' ').next().is_some_and(|program| self.run_by_others(program));
        if matches!(language, "make" | "data")
            && !data.spoken.is_empty()
            && data.spoken.trim_start().lines().all(recipe)
        {
            self.shell_code(Val::Lit(data.spoken), call.span, &Data::NOTHING, &mut Sink::new(), index);
        }
        let data = Data { source, ..data };
        let settings = ["build.rs", "config.toml", "config"].iter().any(|end| name.ends_with(end));
        if !settings && !data.taint.has(Taint::NETWORK) && self.only_compiles(call) {
            self.perhaps(|this| this.code_data(language, &data, call.span, &mut Sink::new(), index));
            return;
        }
        self.code_data(language, &data, call.span, &mut Sink::new(), index);
    }

    /// Whether a call only makes a program of code, or looks at it, and the script does not start what it makes.
    pub fn only_compiles(&self, call: &Call<'a>) -> bool {
        let checks =
            || call.program == "ansible-playbook" && call.options.iter().any(|o| o.spelled == "--syntax-check");
        let verb = call.words.get(1).and_then(|word| word.val.lit()).unwrap_or("");
        let listed = |verb: &str| self.know.lists().has("only-compiles", verb);
        if call.span.source != 0 || !(listed(call.program) || listed(&format!("{} {verb}", call.program)) || checks()) {
            return false;
        }
        let script = self.facts.sources.first().map_or("", |source| source.text);
        let end = call.span.end as usize;
        let last = *self.last_start.get_or_init(|| last_start(self.know.lists(), script));
        if last.is_none_or(|last| last >= end) {
            return false;
        }
        let rest = script.get(end..).unwrap_or("");
        let made = call.fields("-o").next().and_then(|field| field.val.lit());
        !made.is_some_and(|name| rest.len() > LONGEST || rest.contains(name))
    }

    /// The directory in which a call works, where an option says it: `make -C build`, `composer --working-dir=app`.
    pub fn directory_of(&self, call: &Call<'a>) -> Option<Val<'a>> {
        let option = call
            .options
            .iter()
            .find(|o| o.value.is_some() && self.know.lists().items("directory-options").any(|name| o.is(name)))?;
        option.value.map(|field| field.val)
    }

    /// The directory in which a program runs what it runs, where an option says another than that it was started in:
    /// `git -C ../other bisect run make`.
    pub fn started_in(&self, call: &Call<'a>) -> Option<Val<'a>> {
        let mut names = self.know.lists().behind("started-in", call.program);
        let option = names.find_map(|name| call.options.iter().find(|o| o.value.is_some() && o.is(name)))?;
        option.value.map(|field| self.rooted(field.val))
    }

    /// A name in a folder.
    pub fn within(&self, folder: Val<'a>, name: &'a str) -> Val<'a> {
        let folder = self.followed_by(folder, "/");
        self.followed_by(folder, name)
    }

    fn followed_by(&self, val: Val<'a>, rest: &'a str) -> Val<'a> {
        let mut builder = Builder::default();
        builder.push(self.bump, val);
        builder.push_lit(rest);
        builder.done(self.bump)
    }

    /// The files of a module that the script wrote itself, by the names that they may have: as the code says it, and where
    /// that is.
    pub fn written_modules(&self, language: &str, name: &str, call: u32) -> Vec<(Val<'a>, &'a str, Data<'a>)> {
        if !self.state.has_files() || name.is_empty() || name.len() > 128 {
            return Vec::new();
        }
        let paths = match language {
            "python" => {
                let path = name.replace('.', "/");
                vec![format!("{path}.py"), format!("{path}/__init__.py")]
            }
            // perlfunc(1), "require"; Ruby's `Kernel#require`; Lua 5.4, "package.path".
            "perl" => self.in_searched_folders(call, &[format!("{}.pm", name.replace("::", "/")), name.to_owned()]),
            "ruby" => self.in_searched_folders(call, &[format!("{name}.rb"), name.to_owned()]),
            "lua" => {
                let path = name.replace('.', "/");
                vec![format!("{path}.lua"), format!("{path}/init.lua")]
            }
            _ => {
                let base = if name.starts_with(['.', '/']) { name.to_owned() } else { format!("node_modules/{name}") };
                vec![
                    base.clone(),
                    format!("{base}.js"),
                    format!("{base}.cjs"),
                    format!("{base}.mjs"),
                    format!("{base}/index.js"),
                ]
            }
        };
        let written = paths.iter().filter_map(|path| {
            let word = Val::Lit(self.bump.alloc_str(path));
            let (path, data) = self.written_at(word)?;
            Some((word, path, data))
        });
        written.collect()
    }

    /// These names here, in the folder of a project's own code, and in those that a call says (`-I`).
    fn in_searched_folders(&self, call: u32, names: &[String]) -> Vec<String> {
        let call = self.facts.calls.get(call as usize);
        let said = call.into_iter().flat_map(|call| call.fields("-I")).filter_map(|field| field.val.lit());
        let folders = ["", "lib"].into_iter().chain(said.take(limits::UNROLL));
        folders.flat_map(|folder| names.iter().map(move |name| in_folder(folder, name))).collect()
    }

    /// A module that inline code loads by name, if the script wrote it: `import helpers`, `require("./x")`.
    pub fn loaded_module(&mut self, language: &'a str, name: &str, call: u32) {
        for (word, path, data) in self.written_modules(language, name, call) {
            if self.depth >= limits::NESTING {
                break;
            }
            // Once on the way from one program: modules that load each other would never end.
            let text = data.text.and_then(|text| text.lit()).unwrap_or_default();
            if !self.imported.iter().any(|known| std::ptr::eq(*known, text)) {
                let first = self.imported.is_empty();
                self.imported.push(text);
                let data = Data { source: self.shown(path, word), ..data };
                self.code_data(language, &data, Span::default(), &mut Sink::new(), call);
                if first {
                    self.imported.clear();
                }
            }
        }
    }
}

fn in_folder(folder: &str, name: &str) -> String {
    if folder.is_empty() || name.starts_with('/') { name.to_owned() } else { format!("{folder}/{name}") }
}

/// In longer scripts what a call makes may be started by its name, wherever.
const LONGEST: usize = 16 << 10;

/// Where the last word stands that may start what a script has made, 0 if none does; none if something in it may do so at
/// any time.
fn last_start(lists: &Lists<'_>, script: &str) -> Option<usize> {
    let anywhere = lists.named_in("starts-anywhere", script);
    (!anywhere).then(|| lists.items("starts-what-was-made").filter_map(|start| script.rfind(start)).max().unwrap_or(0))
}
