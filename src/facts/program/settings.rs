//! Settings that are code or lead to code: of git, ssh and tar on the command line, and variables of the environment.

use smallvec::SmallVec;

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::code::interpreters;
use crate::facts::files::planted::never_meant;
use crate::facts::knowledge::{Kind, Where};
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths::{core, host_of, is_own_machine};
use crate::facts::targets::{Look, globs, paths};
use crate::facts::value::{Data, Seg, Sink, Taint, Val};
use crate::facts::{Call, Classes, Effect, Target};
use crate::limits;

impl<'a> Analysis<'a> {
    /// A setting given on the command line whose value is code: `git -c core.pager=…`, `ssh -o ProxyCommand=…`,
    /// `tar --checkpoint-action=exec=…`, `apt -o DPkg::Pre-Invoke::=…` (git-config(1), ssh_config(5), tar's manual).
    pub fn setting_code(&mut self, language: &str, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        let Some((name, value)) = text.split_once(['=', ' ']) else { return };
        let lower = name.to_ascii_lowercase();
        let index = if call == u32::MAX { 0 } else { call };
        // ssh_config(5): a library that ssh loads; a name without a folder is one of the system's.
        if language == "ssh-option"
            && matches!(lower.as_str(), "pkcs11provider" | "securitykeyprovider")
            && value.contains('/')
        {
            return self.code_file("native", Val::Lit(value), span, stdin, &mut Sink::new(), index);
        }
        let code = match language {
            "git-setting" => {
                if lower.starts_with("remote.") && lower.ends_with(".push") && value.starts_with('+') {
                    self.plain_effect(Kind::Push, value, index, span, Taint::NONE, &["force"]);
                }
                if lower.starts_with("remote.") && lower.ends_with(".mirror") && value == "true" {
                    self.plain_effect(Kind::Push, "every branch", index, span, Taint::NONE, &["mirror"]);
                }
                if lower.starts_with("alias.") && !value.starts_with('!') {
                    // As a file's content is, for it outlives the call.
                    let key = self.bump.alloc_str(&format!("git {name}"));
                    self.remember(Some(key), Data::known(Val::Lit(value)), false);
                }
                match value.strip_prefix('!') {
                    Some(code) if self.is_git_setting("settings-that-run-behind-a-mark", &lower) => Some(code),
                    _ if self.git_setting_runs(&lower, value) => Some(value),
                    _ => {
                        let own = value.is_empty()
                            || value == "/dev/null"
                            || !value.starts_with('/') && !value.starts_with("..")
                            || self.is_below_project(value);
                        if lower == "core.hookspath" && self.state.has_files() {
                            self.hooks_in(Val::Lit(value), span, call);
                        }
                        // What gate's own hook would review.
                        let made = self.facts.calls.get(index as usize).copied().filter(|call| call.verb == "git push");
                        if lower == "core.hookspath"
                            && matches!(value, "" | "/dev/null")
                            && made.is_some_and(|call| self.pushes_are_reviewed(&call))
                        {
                            self.plain_effect(
                                Kind::Configure,
                                "the checks before a push",
                                index,
                                span,
                                Taint::NONE,
                                &["hooks-off"],
                            );
                        }
                        if lower == "core.hookspath" && !own {
                            self.plain_effect(
                                Kind::Configure,
                                "core.hooksPath",
                                index,
                                span,
                                Taint::NONE,
                                &["hooks-path"],
                            );
                        }
                        None
                    }
                }
            }
            "ssh-option" => matches!(lower.as_str(), "proxycommand" | "localcommand" | "knownhostscommand" | "match")
                .then_some(value),
            // apt.conf(5): `APT::Update::Pre-Invoke`, `DPkg::Post-Invoke` and their like.
            "apt-option" => lower.trim_end_matches(':').ends_with("invoke").then_some(value),
            // `npm pkg set scripts.test=…`
            "npm-setting" => (lower.starts_with("scripts.") || lower.starts_with("scripts[")).then_some(value),
            _ => value.strip_prefix("exec=").or_else(|| (name == "exec").then_some(value)),
        };
        let Some(code) = code else { return };
        // A script of a package is there to be run by whoever wants what it does, if it is not run here.
        if language == "npm-setting" && self.runs_when_called(name) {
            let package = self.path_target(Val::Lit("package.json"), Look::Not);
            let system =
                self.know.vocabulary().classes.of(["system", "system-tree", "secret"]) | core::HOME | core::ROOT;
            let kept = |effect: &Effect<'a>| never_meant(effect, system, Classes::MAX);
            return self.keeps_of_later(package, kept, |this| {
                this.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
            });
        }
        let mark = self.state.mark();
        self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
        self.leave_subshell(mark);
    }

    /// Whether a script of a package is there for whoever calls it by its name: a package manager runs it at no time by
    /// itself, and nothing in this script speaks of one but to set it (npm's documentation, "Life Cycle Scripts").
    fn runs_when_called(&self, name: &str) -> bool {
        let name = name.trim_start_matches("scripts").trim_matches(['.', '[', ']', '"', '\'']);
        let by_itself = ["pre", "post", "install", "prepare", "publish", "version", "dependencies", "shrinkwrap"];
        let runs = |text: &str| {
            let text = text.replace("npm pkg set", "");
            ["npm", "yarn", "bun", "corepack", "node --run", " run "].iter().any(|word| text.contains(word))
        };
        self.facts.calls.len() <= limits::VALUES
            && !by_itself.iter().any(|start| name.starts_with(start))
            && !self.facts.sources.iter().any(|source| runs(source.text))
    }

    /// A leading `|` or `|-` is LESSOPEN's own (less(1), "Input preprocessor").
    fn without_pipe_sign(&self, val: Val<'a>) -> Val<'a> {
        let plain = |text: &'a str| text.trim_start_matches(['|', '-', ' ']);
        match val {
            Val::Lit(text) => Val::Lit(plain(text)),
            Val::Text([Seg::Lit(start), rest @ ..]) => {
                let parts: Vec<Seg<'a>> = std::iter::once(Seg::Lit(plain(start))).chain(rest.iter().copied()).collect();
                Val::Text(self.bump.alloc_slice_copy(&parts))
            }
            other => other,
        }
    }

    /// A variable is set: some variables are code, load code, or choose where code is found.
    pub fn setting(&mut self, name: &'a str, val: Val<'a>, span: Span, call: Option<u32>) {
        if let (Some(function), Some(body)) =
            (name.strip_prefix("BASH_FUNC_").and_then(|name| name.strip_suffix("%%")), val.lit())
        {
            // A function that bash takes from its environment.
            self.exported.push(function);
            let code = self.bump.alloc_str(&format!("{function} {body}"));
            self.shell_code(Val::Lit(code), span, &Data::NOTHING, &mut Sink::new(), call.unwrap_or(u32::MAX));
            return;
        }
        // What the script wrote there is found first, by whatever is started: npm starts a `node`.
        if name == "PATH" && self.state.has_files() {
            for folder in self.folders_of(val) {
                self.hooks_in(folder, span, call.unwrap_or(0));
            }
        }
        if self.state.has_files() {
            self.stands_for(name, val, span, call.unwrap_or(u32::MAX));
        }
        let vocabulary = self.know.vocabulary();
        let Some(kind) = vocabulary.variables.types_of(name, |pattern, name| globs::text(pattern, name)).next() else {
            return;
        };
        let contained = matches!(self.place.kind, Where::Container | Where::Running);
        if matches!(kind, "secret" | "target" | "plain")
            || contained && kind == "loader"
            || kind == "prompt" && !val.lit().is_some_and(|t| t.contains(['$', '`']))
        {
            return;
        }
        let call = call.unwrap_or(u32::MAX);
        // Of `--require /x.js` or `-javaagent:/x.jar` the path is what counts.
        // Where a JVM writes its dumps and logs is no code.
        let telling = |word: &&str| !["-XX:", "-Xlog", "-D"].iter().any(|start| word.starts_with(start));
        let words = val.lit().into_iter().flat_map(|text| text.split(' ').filter(telling));
        let bare = |part: &'a str| ["-r", "-I", "-M", "@"].iter().find_map(|p| part.strip_prefix(p)).unwrap_or(part);
        let parts = words.flat_map(|word| word.split(['=', ':', ','])).filter(|part| part.contains('/')).map(bare);
        let parts: SmallVec<[&'a str; 2]> = parts.collect();
        let several = parts.len() > 1;
        // Of several the one that is not the project's.
        let outside = |part: &&'a str| {
            several && self.path_target(Val::Lit(part), Look::Not).classes & paths::core::WORKSPACE == 0
        };
        let named = parts.iter().copied().find(outside).or(parts.last().copied());
        let path = match named {
            Some(part) if kind == "loader" => self.path_target(Val::Lit(part), Look::Not),
            // Nothing is as good as what is the project's own.
            _ if val == Val::EMPTY => self.path_target(Val::Lit("."), Look::Not),
            // `-Xmx2g`, `-Dwarnings`: options that name no file.
            None if kind == "loader" && val.lit().is_some_and(|text| text.starts_with('-')) => {
                Target { text: name, known: true, ..Target::default() }
            }
            _ => self.path_target(val, Look::Not),
        };
        // What the script wrote there is loaded (`PYTHONSTARTUP=rc.py`): it is judged as what it says.
        let mut written_here = false;
        if kind == "loader"
            && self.state.has_files()
            && let Some(file) = named.or_else(|| val.lit().filter(|text| !text.contains(' ')))
        {
            written_here = self.loaded_from(name, file, span, call) && !several;
        }
        let read = self.code_in_value(name, val, span, call);
        let mut says_more = read == Some(false);
        written_here |= read == Some(true);
        // Folders whose files are loaded by the names that others ask for.
        let folders = kind == "search-path" && name != "PATH" || name.ends_with("_PLUGINS") || name.ends_with("5LIB");
        if folders && self.state.has_files() {
            for folder in val.lit().into_iter().flat_map(|text| text.split(':')) {
                self.modules_in(folder, span, call);
            }
        }
        // A program adds what it does to a file that it is told, and makes it if need be.
        if kind == "log-file" {
            if val.lit().is_none_or(|text| text.starts_with(['/', '~', '.'])) && val != Val::EMPTY {
                self.effect(Effect { data: val.taint(), ..Effect::new(Kind::Append, path, call, span) });
            }
            return;
        }
        if kind == "settings" {
            return self.settings_file(name, val, span, call);
        }
        if matches!(name, "PERL5OPT" | "RUBYOPT") && self.state.has_files() {
            written_here |= self.modules_of_options(name, val, span, call);
        }
        if kind == "loader" && self.state.has_files() {
            let named = self.loaded_by(name, val);
            self.loads_what_came(&named, span, call);
        }
        let came = path.path.and_then(|path| self.state.file(path)).map_or(Taint::NONE, |file| file.data.taint);
        says_more |= kind == "loader" && !written_here && (came.has(Taint::NETWORK) || came.has(Taint::DECODED));
        let mut marks: Vec<&'a str> = vec![kind];
        if val.lit() == Some("") {
            marks.push("empty");
        }
        let by_path = named.is_some_and(|part| part.starts_with(['/', '.', '~']));
        let from_elsewhere = val.taint().has(Taint::NETWORK) || val.taint().has(Taint::DECODED);
        if by_path {
            marks.push("names-code");
        }
        if says_more || from_elsewhere || val.lit().is_some_and(|text| text.contains(['(', ';'])) {
            marks.push("is-code");
        }
        // What a shell loads first is judged as what the script wrote there.
        let written = || self.state.file(self.absolute(val.lit()?)?)?.data.text?.lit();
        if written_here || kind == "code-file" && written().is_some() {
            marks.push("written-here");
        }
        let own = path.classes & paths::core::WORKSPACE != 0 || self.compiled_here(path, val);
        if kind == "loader" && own && self.for_own_program(path, call) {
            marks.push("own-program");
        }
        if kind == "registry" && val.lit().is_some_and(unencrypted) {
            marks.push("unencrypted-registry");
        }
        let target = Target { text: name, known: val.lit().is_some(), maybe: 0, ..path };
        let marks = self.bump.alloc_slice_copy(&marks);
        self.effect(Effect { marks, data: val.taint(), ..Effect::new(Kind::Set, target, call, span) });
        let val = match name {
            "LESSOPEN" => {
                let each: Vec<Val<'a>> = val.each().map(|one| self.without_pipe_sign(one)).collect();
                Val::set(self.bump, &each)
            }
            _ => val,
        };
        // `TAR_OPTIONS='--to-command=…'`: words for whoever starts that program.
        if let (Some(program), Val::Lit(text)) = (self.reads_options(name).filter(|_| kind == "code"), val) {
            let given =
                shell_words::split(text).unwrap_or_else(|_| text.split_whitespace().map(String::from).collect());
            let given = given.into_iter().map(|word| &*self.bump.alloc_str(&word));
            let words: SmallVec<[&'a str; 4]> = std::iter::once(program).chain(given).collect();
            self.argv_call(&words, span);
            return;
        }
        if kind == "code" && val.lit() != Some("") {
            let mark = self.state.mark();
            // A shell that takes a pager's or an editor's place is one inside the program that calls it.
            let outer = std::mem::replace(&mut self.inside, name);
            self.shell_code(val, span, &Data::NOTHING, &mut Sink::new(), call);
            self.inside = outer;
            self.leave_subshell(mark);
        }
        // The name of the file is expanded as a prompt is (bash(1), "BASH_ENV").
        if let ("prompt" | "code-file", Val::Lit(text)) = (kind, val) {
            let mark = self.state.mark();
            self.prompt(text, span);
            self.leave_subshell(mark);
        }
        if kind == "code-file" && val != Val::EMPTY {
            let mark = self.state.mark();
            self.code_file("bash", val, span, &Data::NOTHING, &mut Sink::new(), call);
            self.leave_subshell(mark);
        }
    }

    /// A variable that says where a program's own files are (`HOME=$PWD`, `GRADLE_USER_HOME=g`): what the script wrote there is
    /// as good as written where they usually are.
    fn stands_for(&mut self, name: &'a str, val: Val<'a>, span: Span, call: u32) {
        let Some(usual) = self.know.lists().behind("where-settings-are", name).next() else { return };
        let Some(place) = val.lit().filter(|text| !text.is_empty()).and_then(|text| self.absolute(text)) else {
            return;
        };
        let here = self.state.file(place).filter(|file| !file.directory).map(|file| (String::new(), file));
        let below = self.state.files_below(place, limits::LOADED);
        let below = below.into_iter().map(|(path, file)| (format!("/{path}"), file));
        for (rest, file) in here.into_iter().chain(below.collect::<Vec<_>>()) {
            let meant = self.bump.alloc_str(&format!("{usual}{rest}"));
            let target = self.path_target(Val::Lit(self.tilde_expanded(meant)), Look::Not);
            self.planted(target, &file.data, span, call);
        }
    }

    /// Code that the value of a variable is, or holds; for one that is code itself, whether that says all.
    fn code_in_value(&mut self, name: &str, val: Val<'a>, span: Span, call: u32) -> Option<bool> {
        let language = match name {
            // Vim's starting.txt, "VIMINIT"; lua(1), "LUA_INIT".
            "VIMINIT" | "EXINIT" => "vim",
            _ if name.starts_with("LUA_INIT") => "lua",
            // perldebug(1), "Customized debugger".
            "PERL5DB" => "perl",
            _ => "",
        };
        let Some(text) = val.lit() else { return (!language.is_empty()).then_some(false) };
        if !language.is_empty() && !text.starts_with('@') {
            let (unread, opaque) = (self.facts.unread.len(), self.facts.opaque.len());
            self.foreign(language, text, span, &Data::NOTHING, call);
            let whole = match language {
                "vim" => text.split('|').all(only_sets),
                // What is loaded besides.
                _ => !["dofile", "loadfile", "load", "require", "io.", "os."].iter().any(|word| text.contains(word)),
            };
            return Some(whole && (self.facts.unread.len(), self.facts.opaque.len()) == (unread, opaque));
        }
        if name.starts_with("NODE_OPTIONS")
            && let Some(at) = text.find("data:text/javascript")
        {
            self.foreign("javascript", &text[at..], span, &Data::NOTHING, call);
        }
        // `-XX:OnOutOfMemoryError="command"` (java(1))
        if name.contains("JAVA") || name.contains("JDK") {
            for sign in ["OnOutOfMemoryError=", "OnError="] {
                if let Some((_, code)) = text.split_once(sign) {
                    let code = code.trim_matches(['"', '\'']);
                    self.shell_code(Val::Lit(code), span, &Data::NOTHING, &mut Sink::new(), call);
                }
            }
        }
        // What stands behind `exec` in a list of steps is run: `sed -i '1i exec make test'` (git-rebase(1)).
        if name == "GIT_SEQUENCE_EDITOR" {
            for (at, step) in text.split("exec ").skip(1).enumerate() {
                if at >= limits::VALUES {
                    self.unread(span, MORE, false);
                    break;
                }
                let code = step.split(['\'', '"', '\\']).next().unwrap_or(step);
                self.shell_code(Val::Lit(code), span, &Data::NOTHING, &mut Sink::new(), call);
            }
        }
        None
    }

    /// A file of settings that the script wrote, of which some name commands: `KUBECONFIG=/tmp/k`, `AWS_CONFIG_FILE=c`.
    fn settings_file(&mut self, name: &str, val: Val<'a>, span: Span, call: u32) {
        let written = val.lit().and_then(|file| self.absolute(file)).and_then(|path| self.state.file(path));
        let Some(text) = written.and_then(|file| file.data.text?.lit()) else { return };
        // One option in each line (rg(1), "CONFIGURATION FILES").
        if let Some(program) = self.reads_options(name) {
            if text.lines().count() > limits::UNROLL {
                return self.unread(span, MORE, false);
            }
            let words: Vec<&'a str> = std::iter::once(program).chain(text.lines().map(str::trim)).collect();
            return self.argv_call(&words, span);
        }
        self.commands_in_text(text, true, span, call);
        if name == "KUBECONFIG" {
            self.kubeconfig(text, span);
        }
    }

    /// The program that takes a variable's value, or the file that it names, for more of its options.
    fn reads_options(&self, name: &str) -> Option<&'a str> {
        let (program, _) = name.split_once('_')?;
        self.know.entry(&program.to_ascii_lowercase()).filter(|entry| entry.env == name).map(|entry| entry.name)
    }

    /// The modules that the script wrote to a folder: which of them is loaded is the program's to say.
    fn modules_in(&mut self, folder: &'a str, span: Span, call: u32) {
        let Some(folder) = self.absolute(folder) else { return };
        for name in self.state.names_in(folder).into_iter().take(limits::CALLS) {
            let language = interpreters::language_of_file(name);
            let path = self.bump.alloc_str(&format!("{folder}/{name}"));
            if interpreters::INTERPRETED.contains(&language) && self.depth < limits::NESTING {
                self.perhaps(|this| {
                    this.code_file(language, Val::Lit(path), span, &Data::NOTHING, &mut Sink::new(), call);
                });
            }
        }
    }

    /// `-Ifolder -Mmodule` of Perl (perlrun(1), PERL5OPT), `-Ifolder -rfile` of Ruby, where the script wrote it.
    /// Whether that is all that is loaded.
    fn modules_of_options(&mut self, name: &str, val: Val<'a>, span: Span, call: u32) -> bool {
        let Some(text) = val.lit() else { return false };
        let mut found = 0;
        // What else may stand there loads nothing (perlrun(1); ruby(1)).
        let (loads, language, ending, loads_none): (&[_], _, _, &[_]) = match name {
            "PERL5OPT" => (&["-M", "-m"], "perl", "pm", &["-I", "-w", "-W", "-T", "-t", "-C"]),
            _ => (&["-r"], "ruby", "rb", &["-I", "-w", "-W", "-v", "-E", "-U", "--yjit", "--enable", "--disable"]),
        };
        let all = |start: &'static str| text.split(' ').filter_map(move |word| word.strip_prefix(start));
        for module in loads.iter().flat_map(|start| all(start)) {
            let file = format!("{}.{ending}", module.split('=').next().unwrap_or(module).replace("::", "/"));
            for folder in all("-I").chain(["."]) {
                let path = if file.starts_with('/') { file.clone() } else { format!("{folder}/{file}") };
                let path = Val::Lit(self.bump.alloc_str(&path));
                let written = self.overlay(path).and_then(|path| self.state.file(path));
                if let Some(file) = written {
                    found += usize::from(file.data.text.is_some_and(|text| text.lit().is_some()));
                    self.code_file(language, path, span, &Data::NOTHING, &mut Sink::new(), call);
                }
            }
        }
        let others = |word: &&str| !loads_none.iter().any(|start| word.starts_with(start));
        found > 0 && found == text.split_whitespace().filter(others).count()
    }

    /// Whether the script itself compiled a file.
    fn compiled_here(&self, file: Target<'a>, val: Val<'a>) -> bool {
        let compiles = |program: &str| self.know.lists().has("only-compiles", program);
        let written = file.path.and_then(|path| self.state.file(path));
        // Within a folder that has no name before it is made: `gcc -o "$dir/x.so"`.
        let put_there = |call: &Call<'a>| compiles(call.program) && call.fields("-o").any(|f| f.val == val);
        match written {
            Some(file) => file.data.text.is_none() && compiles(file.data.source),
            None if val.lit().is_some() => false,
            // Nothing is put anywhere afterwards.
            None => self.facts.calls.iter().rposition(put_there).is_some_and(|at| {
                let end = self.facts.calls[at].span;
                let source = self.facts.sources.get(end.source as usize).map_or("", |source| source.text);
                let puts = |effect: &Effect<'_>| {
                    matches!(effect.does, Kind::Write | Kind::Append | Kind::Create | Kind::Move | Kind::Fetch)
                        && effect.call as usize > at
                };
                !source.get(end.end as usize..).unwrap_or("").contains('>') && !self.facts.effects.iter().any(puts)
            }),
        }
    }

    /// Whether a library of the project, which did not come from elsewhere a moment before, is for a program of the project.
    fn for_own_program(&mut self, library: Target<'a>, call: u32) -> bool {
        let elsewhere = Taint::NETWORK | Taint::DECODED;
        let came =
            library.path.and_then(|path| self.state.file(path)).is_some_and(|f| f.data.taint.0 & elsewhere.0 != 0);
        let program = self.facts.calls.get(call as usize).and_then(|call| call.path).unwrap_or_default();
        !came
            && program.contains('/')
            && !program.contains("node_modules")
            && self.path_target(Val::Lit(program), Look::Not).classes & paths::core::WORKSPACE != 0
    }

    /// What a variable has loaded: `--require ./b.js`, `-javaagent:a.jar`, `@i.lua`, a folder of libraries. What options name
    /// besides is data.
    fn loaded_by(&self, name: &str, val: Val<'a>) -> Vec<&'a str> {
        let lists = self.know.lists();
        // `LD_LIBRARY_PATH=lib:$LD_LIBRARY_PATH`: what is written out of it.
        let written_out = |one: Val<'a>| one.with_unknown("").map(|text| &*self.bump.alloc_str(&text));
        let Some(text) = val.lit().or_else(|| written_out(val)) else { return Vec::new() };
        if lists.has("loads-what-it-names", name) {
            return text.split(':').map(|part| part.trim_start_matches('@')).collect();
        }
        let mut named = Vec::new();
        let mut words = text.split(' ').filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            let option = lists.items("options-that-load").find(|option| word.starts_with(option));
            match option.map(|option| &word[option.len()..]) {
                Some("") => named.extend(words.next()),
                Some(rest) => named.push(rest.trim_start_matches('=').split(['=', ',']).next().unwrap_or(rest)),
                None => {}
            }
        }
        named
    }

    /// Code that the script fetched, if it is among these files, or a library in one of these folders.
    pub(super) fn loads_what_came(&mut self, named: &[&'a str], span: Span, call: u32) {
        let plain = named.iter().map(|part| part.trim_matches(['"', '\'']));
        let files = plain.filter(|part| !part.is_empty() && !part.starts_with("/dev/"));
        for path in files.filter_map(|part| self.absolute(part)).collect::<Vec<_>>() {
            let library = |name: &&&str| name.ends_with(".so") || name.contains(".so.") || name.ends_with(".dylib");
            let names = self.state.names_in(path);
            let below = names.iter().filter(library).take(limits::UNROLL);
            let below = below.map(|name| &*self.bump.alloc_str(&format!("{path}/{name}")));
            let files: Vec<&'a str> = std::iter::once(path).chain(below).collect();
            let mut data = files.into_iter().filter_map(|path| self.state.file(path)).filter(|file| !file.directory);
            let came = data.find(|file| file.data.taint.has(Taint::NETWORK) || file.data.taint.has(Taint::DECODED));
            if let Some(file) = came {
                return self.opaque_code("program", file.data.source, file.data.taint, call, span);
            }
        }
    }

    /// The file that a variable names, or the files of the folder, as far as the script wrote them: code is read as what it
    /// says. Whether all that is loaded is known so.
    fn loaded_from(&mut self, name: &str, file: &'a str, span: Span, call: u32) -> bool {
        let Some(path) = self.absolute(file) else { return false };
        if let Some(written) = self.state.file(path).filter(|file| !file.directory) {
            return self.loaded(name, path, written.data.text.and_then(|text| text.lit()), span, call);
        }
        let within = |name: &&'a str| {
            let path: &'a str = self.bump.alloc_str(&format!("{path}/{name}"));
            let written = self.state.file(path).filter(|file| !file.directory)?;
            Some((path, written.data.text.and_then(|text| text.lit())))
        };
        let files: SmallVec<[(&'a str, Option<&'a str>); 4]> =
            self.state.names_in(path).iter().filter_map(within).collect();
        !files.is_empty() && files.into_iter().all(|(path, text)| self.loaded(name, path, text, span, call))
    }

    /// The same of one file with this text.
    fn loaded(&mut self, name: &str, path: &'a str, text: Option<&'a str>, span: Span, call: u32) -> bool {
        let language = match name {
            "MAKEFILES" => "make",
            "PSQLRC" => "psql",
            "WGETRC" => "wget-config",
            _ if path.ends_with(".curlrc") => "curl-config",
            _ => interpreters::language_of_file(path),
        };
        let Some(text) = text else { return false };
        match language {
            "curl-config" | "wget-config" | "psql" => {
                // What it says is read by the same program, which would load it again.
                if !self.loading.contains(&path) {
                    self.loading.push(path);
                    self.foreign(language, text, span, &Data::NOTHING, call);
                    self.loading.pop();
                }
            }
            "make" => {
                self.code_file(language, Val::Lit(path), span, &Data::NOTHING, &mut Sink::new(), call);
                return !text.contains("$(shell") && !text.contains("!=");
            }
            _ if interpreters::INTERPRETED.contains(&language) => {
                self.code_file(language, Val::Lit(path), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            // A program of its own: `RUSTC=./w`, `GROFF_BIN_PATH=.`
            _ if text.starts_with("#!") => {
                self.code_file("program", Val::Lit(path), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            // Settings that name no file, no command and no address.
            _ => return language == "data" && !text.contains(['/', '~', '$', '`', '|', ';', '!']),
        }
        true
    }
}

/// Whether an address of another machine proves nothing of what comes from there.
pub(in crate::facts) fn unencrypted(address: &str) -> bool {
    address.starts_with("http://") && !is_own_machine(host_of(address))
}

/// Whether a line of vim's only sets options: `:set ts=2`.
fn only_sets(line: &str) -> bool {
    let line = line.trim_start_matches([':', ' ']);
    let word = line.split([' ', '!']).next().unwrap_or_default();
    let sets = ["se", "set", "setl", "setlocal", "syn", "syntax", "filet", "filetype", "colo", "colorscheme", ""];
    // Options that hold a program or an expression.
    let holds_code = ["shell", "prg=", "expr=", "func=", "(", "`"].iter().any(|part| line.contains(part));
    sets.contains(&word) && !holds_code
}
