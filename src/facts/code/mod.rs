//! Code slots: every place whose text becomes code ends here, and is judged in one way. Known text is analysed as its
//! language; unknown text is opaque code with a provenance.

pub(super) mod documents;
pub(super) mod editors;
pub(super) mod embedded;
pub(super) mod follow;
pub(super) mod foreign;
pub(super) mod fzf;
pub(super) mod inline;
pub(super) mod interpreters;
pub(super) mod kubeconfig;
pub(super) mod manifest;
pub(super) mod notebook;
pub(super) mod playbook;
pub(super) mod repository;
mod spliced;
pub(super) mod sql;
pub(super) mod tasks;

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::code::foreign::WHOLE;
use crate::facts::dialects::{fish, nushell, zsh};
use crate::facts::evaluate::state::Channel;
use crate::facts::evaluate::variable::Var;
use crate::facts::knowledge::{Classes, CodeSpec, Kind};
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths::base_name;
use crate::facts::targets::{Look, globs, paths};
use crate::facts::value::{Builder, Data, Field, Seg, Shape, Sink, Taint, Val};
use crate::facts::{Call, Effect, Target, value};
use crate::limits;

/// The source of what a coprocess reads.
pub(super) const COPROCESS: &str = "a coprocess";

impl<'a> Analysis<'a> {
    /// A `code` line of an entry.
    pub fn code_spec(
        &mut self,
        call: &Call<'a>,
        index: u32,
        spec: &'static CodeSpec<'static>,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) {
        if spec.stdin && !stdin.inherited {
            // `bash -s -- args…`
            if call.verb == "bash" && interpreters::SHELLS.contains(&spec.language) {
                let operands = call.operands.iter().filter(|o| matches!(o.name, "script" | "arguments"));
                let given: Vec<Val<'a>> = operands.map(|o| o.field.val).collect();
                if !given.is_empty() {
                    self.state.set_arguments(self.bump.alloc_slice_copy(&given), true);
                }
            }
            let mark = self.state.mark();
            if interpreters::SHELLS.contains(&spec.language) {
                self.leave_variables_behind();
            }
            self.code_data(spec.language, stdin, call.span, out, index);
            self.leave_subshell(mark);
        }
        let outer = self.inside;
        if call.entry.is_some_and(|e| e.name != "bash" && e.name != "script" && e.name != "su") && !spec.file {
            self.inside = call.program;
        }
        let effects = self.facts.effects.len();
        self.code_fields(call, index, spec, stdin, out);
        if spec.language == "program" && spec.from.iter().all(|name| name.starts_with('-')) {
            // A helper that an option names is loaded as a library is.
            for effect in self.facts.effects.iter_mut().skip(effects).filter(|effect| effect.does == Kind::Code) {
                effect.marks = if effect.marks.contains(&"hidden") { &["library", "hidden"] } else { &["library"] };
            }
        }
        self.inside = outer;
    }

    /// Another shell has only the variables that were exported: `d=build; bash -c 'rm -rf "/$d"'` is about `/`. Whether one
    /// was exported before the script began, nobody knows.
    pub fn leave_variables_behind(&mut self) {
        const IN_EVERY_ENVIRONMENT: [&str; 11] =
            ["HOME", "PATH", "PWD", "OLDPWD", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "TMPDIR", "EDITOR"];
        let script = self.facts.sources.first().map_or("", |source| source.text);
        if script.contains("set -a") || script.contains("allexport") {
            return;
        }
        for (name, var) in self.state.own_variables() {
            let kept = IN_EVERY_ENVIRONMENT.contains(&name) || name == "_" || self.snapshot.variable(name).is_some();
            if kept || var.val.lit().is_none_or(str::is_empty) {
                continue;
            }
            let unset = Val::hole(self.bump, self.bump.alloc_str(&format!("${name}")), Shape::Any, Taint::NONE);
            let val = Val::set(self.bump, &[var.val, unset]);
            self.state.set_var(self.bump, name, Some(Var { val, ..var }));
        }
    }

    /// A word with those behind it: all are one command to PowerShell (about_Pwsh, "-Command").
    fn with_the_rest(&self, call: &Call<'a>, first: Field<'a>) -> Val<'a> {
        let Some(at) = call.words.iter().position(|word| word.span == first.span) else { return first.val };
        let mut builder = Builder::default();
        builder.push(self.bump, first.val);
        for word in &call.words[at + 1..] {
            builder.push_lit(self.bump, " ");
            builder.push(self.bump, word.val);
        }
        builder.done(self.bump)
    }

    fn code_fields(
        &mut self,
        call: &Call<'a>,
        index: u32,
        spec: &'static CodeSpec<'static>,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) {
        for name in &spec.from {
            if call.fields(name).nth(1).is_some()
                && !spec.file
                && !interpreters::SHELLS.contains(&spec.language)
                && !matches!(spec.language, "psql" | "mysql" | "sqlite" | "sql" | "git-setting" | "ssh-option")
            {
                // `-e one -e two` is one program of two lines.
                let mut builder = Builder::default();
                let mut first = None;
                for field in call.fields(name) {
                    first.get_or_insert(field.span);
                    builder.push(self.bump, field.val);
                    builder.push_lit(self.bump, "\n");
                }
                let code = builder.done(self.bump);
                self.code_value(spec.language, code, first.unwrap_or(call.span), stdin, out, index);
                continue;
            }
            let mut named = false;
            for mut field in call.fields(name) {
                // What follows the file are the program's own arguments: `go run . https://example.com`, `uv run x.py a.png`.
                let argument = |text: &str| text.contains("://") || self.is_media(text);
                let own = || self.know.places().listed("gives-arguments", call.program);
                if named && spec.file && !name.starts_with('-') && field.val.lit().is_some_and(argument) && own() {
                    continue;
                }
                named |= field.val.lit().is_none_or(|text| text.contains(['.', '/']));
                // An address that is not known is fetched from, and runs nothing: git asks nobody by `ext::` unless it is
                // told to (git-config(1), "protocol.allow").
                if spec.language == "git-address" && field.val.each().all(|one| one.lit().is_none()) {
                    continue;
                }
                if spec.language == "git-setting"
                    && let Some(setting) = call.fields("name").next().and_then(|f| f.val.lit())
                    && name == "value"
                    && let Some(value) = field.val.lit()
                {
                    // `git config NAME VALUE`
                    field.val = Val::Lit(self.bump.alloc_str(&format!("{setting}={value}")));
                    let hooks = setting.eq_ignore_ascii_case("core.hookspath");
                    let setting = if hooks { "core.hooksPath" } else { setting };
                    let key = self.bump.alloc_str(&format!("git {setting}"));
                    let counts = match setting.starts_with("alias.") {
                        true => !value.starts_with('!'),
                        false => hooks || value.contains('/'),
                    };
                    if counts {
                        // As a file's content is, for it outlives the call.
                        self.remember(Some(key), Data::known(Val::Lit(value)), false);
                    } else if self.state.has_files() {
                        self.state.set_file(key, None);
                    }
                }
                if spec.file && spec.language != "other" && self.known_script(call, field, stdin, out) {
                    // A name alone is no proof: what the file says counts too.
                    if let Some(path) = self.path_target(field.val, Look::Not).path {
                        let mark = self.state.mark();
                        self.follow(path, spec.language, field.span, stdin, &mut Sink::new(), index);
                        self.leave_subshell(mark);
                    }
                    continue;
                }
                let mark = self.state.mark();
                let outer = self.zero;
                if interpreters::SHELLS.contains(&spec.language) {
                    // `bash -c 'code' name args…`: of the words after the code the first is its name.
                    let name = usize::from(!spec.file);
                    let given = || call.operands.iter().filter(|o| o.name == "arguments").map(|o| o.field.val);
                    let zero = if spec.file { Some(field.val) } else { given().next() };
                    self.zero = zero.or(outer);
                    let rest: Vec<Val<'a>> = given().skip(name).collect();
                    self.state.set_arguments(self.bump.alloc_slice_copy(&rest), true);
                    // Another shell knows the functions that were exported, and no aliases.
                    self.state.forget_functions(self.bump, &self.exported);
                    self.leave_variables_behind();
                }
                if spec.language == "powershell" && !spec.file && name.starts_with('-') {
                    field.val = self.with_the_rest(call, field);
                }
                if let (false, Val::Lit(text)) = (spec.file, field.val)
                    && let Some(bound) = with_arguments(spec.language, text, call)
                {
                    field.val = Val::Lit(self.bump.alloc_str(&bound));
                }
                if spec.file && !name.starts_with('-') && !self.is_downloaded(field.val) && self.only_compiles(call) {
                    let span = field.span;
                    self.perhaps(|this| this.code_file(spec.language, field.val, span, stdin, &mut Sink::new(), index));
                } else if spec.file {
                    self.code_file(spec.language, field.val, field.span, stdin, out, index);
                } else {
                    // bash(1), "BASH_EXECUTION_STRING"
                    const WHOLE: &str = "BASH_EXECUTION_STRING";
                    if field.val.lit().is_some_and(|code| code.contains(WHOLE)) {
                        self.state.set_var(self.bump, WHOLE, Some(Var::plain(field.val)));
                    }
                    self.code_value(spec.language, field.val, field.span, stdin, out, index);
                }
                self.zero = outer;
                self.leave_subshell(mark);
            }
        }
    }

    /// `python manage.py flush`, `php artisan migrate:fresh`: the script is a program that packs describe.
    fn known_script(
        &mut self,
        call: &Call<'a>,
        script: value::Field<'a>,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) -> bool {
        let Val::Lit(path) = script.val else { return false };
        let name = base_name(path);
        let written = self.absolute(path).is_some_and(|path| self.state.file(path).is_some());
        if self.know.entry(name).is_none() || written || self.is_pipe(path) {
            return false;
        }
        let Some(at) = call.words.iter().position(|w| w.span == script.span && w.val == script.val) else {
            return false;
        };
        if at == 0 {
            return false;
        }
        let mut words = call.words[at..].to_vec();
        words[0].val = Val::Lit(name);
        let words = self.bump.alloc_slice_copy(&words);
        self.external(words, &[], stdin, out);
        true
    }

    /// Code as a value.
    pub fn code_value(
        &mut self,
        language: &'a str,
        code: Val<'a>,
        span: Span,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
        call: u32,
    ) {
        if interpreters::SHELLS.contains(&language) {
            let code = self.of_another_shell(code, call);
            self.shell_code(code, span, stdin, out, call);
            return;
        }
        for one in code.each() {
            match one {
                Val::Lit(text) => self.foreign(language, text, span, stdin, call),
                other => {
                    if other.is_beyond() {
                        self.unread(span, MORE, false);
                    }
                    // The known parts still say what they say.
                    let taint = other.taint();
                    let text = match other.with_unknown("1").filter(|_| language == "sed") {
                        // A slash in what is not known is no delimiter; as an address it is a number.
                        Some(script) => self.bump.alloc_str(&script),
                        None => other.show(self.bump),
                    };
                    if matches!(other, Val::Text([Seg::Hole(_)])) {
                        self.opaque_code(language, text, taint, call, span);
                    } else {
                        // `core.editor=$f`, a file that the script wrote
                        if let Val::Text([Seg::Lit(name), value @ ..]) = other
                            && name.ends_with('=')
                            && language == "git-setting"
                            && self.state.has_files()
                        {
                            self.shell_code(Val::Text(value), span, stdin, &mut Sink::new(), call);
                        }
                        let effects = self.facts.effects.len();
                        self.foreign(language, text, span, stdin, call);
                        // A part of it that the shell puts there: `python3 -c "post('https://…', '$(env)')"`.
                        if taint.has(WHOLE) {
                            self.sends_carry(effects, Taint(taint.0 & WHOLE.0));
                        }
                        if taint.has(Taint::NETWORK) {
                            self.spliced_effect(other.segs(self.bump), &['\n', ';'], text, taint, call, span);
                        }
                    }
                }
            }
        }
    }

    /// The lines of a shell that is no Bourne shell, as one would have them.
    fn of_another_shell(&self, code: Val<'a>, call: u32) -> Val<'a> {
        let shell = self.facts.calls.get(call as usize);
        match (shell.map_or("", |call| call.program), code) {
            ("fish", Val::Lit(text)) => {
                fish::as_shell(text).map_or(code, |plain| Val::Lit(self.bump.alloc_str(&plain)))
            }
            ("zsh", Val::Lit(text)) => zsh::as_shell(text, shell.is_some_and(zsh::numbers_otherwise))
                .map_or(code, |plain| Val::Lit(self.bump.alloc_str(&plain))),
            ("nu", Val::Lit(text)) => {
                nushell::as_shell(text).map_or(code, |plain| Val::Lit(self.bump.alloc_str(&plain)))
            }
            (_, code) => code,
        }
    }

    /// Code out of a pipe, a here-document or a file that the script wrote.
    pub fn code_data(&mut self, language: &'a str, data: &Data<'a>, span: Span, out: &mut Sink<'a>, call: u32) {
        match data.text {
            // Its first line says what reads it.
            Some(_) if language == "program" => self.program_data(data, span, &Data::NOTHING, out, call),
            Some(text) => {
                self.code_value(language, text, span, &Data::NOTHING, out, call);
                if data.taint.has(Taint::REWORKED) && interpreters::is_shell(language) {
                    self.code_effect(text.show(self.bump), data.taint, call, span);
                }
                if data.source.starts_with('/') && self.state.file(data.source).is_some_and(|file| file.perhaps) {
                    self.follow(data.source, language, span, &Data::NOTHING, out, call);
                }
            }
            None if data.inherited => {}
            None => {
                // `sh < x.sh`, `cat x.sh | sh`: the file's own text.
                let path = if data.source.is_empty() || data.source.contains("://") {
                    None
                } else {
                    self.absolute(data.source)
                };
                let followed = path.is_some_and(|path| {
                    self.state.file(path).is_none() && self.follow(path, language, span, &Data::NOTHING, out, call)
                });
                if !followed {
                    if let Some(path) = path.filter(|_| interpreters::is_shell(language)) {
                        self.waits_at_pipe(path);
                    }
                    self.opaque_code(language, data.source, data.taint, call, span);
                    if !data.spoken.is_empty() {
                        self.code_value(language, Val::Lit(data.spoken), span, &Data::NOTHING, &mut Sink::new(), call);
                    } else if interpreters::is_shell(language) && !data.taint.has(Taint::NETWORK) {
                        self.said_before(span, call);
                    } else if matches!(language, "sql" | "psql" | "sqlite" | "mysql")
                        && (data.source == COPROCESS || self.is_pipe(data.source))
                    {
                        self.sql_said(language, span, call);
                    }
                }
            }
        }
    }

    /// A shell reads a named pipe: what is written to it later runs.
    fn waits_at_pipe(&mut self, path: &'a str) {
        if self.is_pipe(path) {
            self.awaited.push(path);
        }
    }

    /// Whether a path is that of a named pipe that the script made.
    fn is_pipe(&self, path: &str) -> bool {
        let Some(path) = self.absolute(path).filter(|_| !path.is_empty()) else { return false };
        let named = |word: &value::Field<'a>| word.val.lit().and_then(|name| self.absolute(name)) == Some(path);
        let makes = |at: &usize| self.facts.calls[*at].words.iter().skip(1).any(named);
        self.made().pipes.iter().any(makes)
    }

    pub fn opaque_code(&mut self, language: &'a str, source: &'a str, taint: Taint, call: u32, span: Span) {
        // What is handed over encoded, and made only then, is not meant to be read.
        let taint = if language == "powershell-encoded" { taint | Taint::DECODED } else { taint };
        // Text of another language is made by programs every day (`sed "s/NAME/$n/" x.py`).
        let taint = if interpreters::is_shell(language) { taint } else { Taint(taint.0 & !Taint::REWORKED.0) };
        // Nor is a change that somebody copied.
        let taint = if language == "patch" && source == "the clipboard" { Taint::PRIVATE } else { taint };
        // A change is text that is looked at and compiled, as what git pulls; from nobody's address it is not.
        let nobodys = |this: &Self| {
            let hosts = this.know.places().classes(["raw-address", "drop"]);
            this.facts.effects.iter().any(|e| e.does == Kind::Fetch && e.target.classes & hosts != 0)
        };
        let taint = if language == "patch" && !nobodys(self) { taint.without(Taint::NETWORK) } else { taint };
        // A program as its makers give it out; what a shell reads of them may be another tomorrow.
        let given_out = || {
            spliced::plainly_fetched(source)
                && self.host_of_source(source) & self.know.places().classes(["releases"]) != 0
        };
        let taint = if language == "program" && given_out() { taint.without(Taint::NETWORK) } else { taint };
        self.opaque(span, language, source, taint);
        let effects = self.facts.effects.len();
        self.code_effect(source, taint, call, span);
        if language == "native" {
            for effect in self.facts.effects.iter_mut().skip(effects) {
                effect.marks = &["library"];
            }
        }
    }

    /// Code that is not known runs: a fact for the rules, which look at where it comes from.
    pub fn code_effect(&mut self, source: &'a str, taint: Taint, call: u32, span: Span) {
        let call = if call == u32::MAX { self.facts.calls.len().saturating_sub(1) as u32 } else { call };
        let classes = if taint.has(Taint::NETWORK) { self.host_of_source(source) } else { 0 };
        let target = Target { text: source, known: true, classes, ..Target::default() };
        // A whole command is no path, whatever paths it names.
        let path = source.starts_with(['/', '~', '.']) || !source.contains(' ');
        let marks: &'a [&'a str] = if path && self.hides(source) { &["hidden"] } else { &[] };
        self.effect(Effect { data: taint, marks, ..Effect::new(Kind::Code, target, call, span) });
    }

    /// The same where a script puts what is not known into what it writes: as a word it is a value, which most who write so
    /// mean it to be; `ends` are the signs before a statement.
    fn spliced_effect(
        &mut self,
        segs: &[Seg<'a>],
        ends: &[char],
        source: &'a str,
        taint: Taint,
        call: u32,
        span: Span,
    ) {
        let effects = self.facts.effects.len();
        self.code_effect(source, taint, call, span);
        let near = |source: &str| {
            let command = source.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(source);
            let (fetched, rest) = command.split_once('|').unwrap_or((command, ""));
            self.host_of_source(fetched) & paths::core::LOOPBACK != 0
                && !["curl", "wget", "://"].iter().any(|more| rest.contains(more))
        };
        let certain = taint.has(Taint::DECODED) || spliced::is_code_by_itself(segs, ends, near);
        self.facts.effects.iter_mut().skip(effects).for_each(|effect| effect.certain &= certain);
    }

    /// Whether the script has got a file from the network.
    fn is_downloaded(&self, path: Val<'a>) -> bool {
        let file = path.lit().and_then(|path| self.absolute(path)).and_then(|path| self.state.file(path));
        file.is_some_and(|file| file.data.taint.has(Taint::NETWORK))
    }

    /// Whether data came from a place where projects publish what they make.
    pub fn is_published(&self, source: &str) -> bool {
        spliced::plainly_fetched(source)
            && !source.contains("://gist.")
            && self.host_of_source(source) & self.know.places().classes(["forge"]) != 0
    }

    /// What is known of the host that data came from, where its source names one; of several the one that is farther away.
    pub fn host_of_source(&self, source: &str) -> Classes {
        let words = || source.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
        let classes = |url: &str| paths::classify_host(self.know.places(), paths::host_of(url));
        let near = |classes: &Classes| classes & paths::core::LOOPBACK != 0;
        let mut named = words().filter(|word| word.contains("://")).map(classes).peekable();
        if named.peek().is_some() {
            let all: Vec<Classes> = named.collect();
            return all.iter().copied().find(|classes| !near(classes)).unwrap_or(all[0]);
        }
        // `curl -fsS localhost:8000/x`, with options that take nothing.
        let plain = |word: &str| {
            word.strip_prefix('-')
                .is_some_and(|letters| letters.bytes().all(|b| matches!(b, b's' | b'S' | b'f' | b'L' | b'q' | b'k')))
        };
        let mut others = words().skip(1).filter(|word| !plain(word));
        match (words().next(), others.next(), others.next()) {
            (Some("curl" | "wget"), Some(one), None) => Some(classes(one)).filter(near).unwrap_or(0),
            _ => 0,
        }
    }

    /// Whether a path is one that a person does not see who looks: a hidden name among temporary files, a picture that is
    /// run.
    pub fn hides(&self, path: &str) -> bool {
        let name = base_name(path);
        if self.is_media(path) {
            return true;
        }
        let places = self.know.places();
        // `/tmp/./x/../.s/run.sh`
        let path = if path.starts_with('/') { paths::absolute(self.bump, "", path) } else { path };
        let dotted = |part: &str| part.starts_with('.') && !part.trim_matches('.').is_empty();
        // `~/.cache/.s/run.sh`
        let folder = |place: &str| {
            let (_, rest) = path.split_once(place)?;
            let (first, _) = rest.split_once('/')?;
            Some(dotted(first) && !places.list("plain-dot-folders").any(|known| globs::text(known, first)))
        };
        places.list("hiding-places").any(|place| dotted(name) && path.contains(place) || folder(place) == Some(true))
            || path.starts_with("/dev/shm/")
    }

    /// Whether a path is called as pictures, sounds and films are.
    fn is_media(&self, path: &str) -> bool {
        let ending = base_name(path).rsplit_once('.').map_or("", |(_, ending)| ending);
        self.know.places().listed("endings-of-media", ending)
    }

    /// A file whose content is run: what the script wrote there, or code of the path's provenance.
    pub fn code_file(
        &mut self,
        language: &'a str,
        path: Val<'a>,
        span: Span,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
        call: u32,
    ) {
        for one in path.each() {
            let language = interpreters::language_within(language, one.lit().unwrap_or(""));
            if matches!(one.lit(), Some("-" | "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0")) {
                self.code_data(language, stdin, span, out, call);
                continue;
            }
            match one.lit().and_then(|path| self.state.channel_at(path)) {
                Some(Channel::Read(data)) => {
                    self.code_data(language, &data, span, out, call);
                    continue;
                }
                // Open for both (`exec 3<>pipe`).
                Some(Channel::File(file, _)) if file.lit().is_none_or(|path| self.state.channel_at(path).is_none()) => {
                    self.code_file(language, file, span, stdin, out, call);
                    continue;
                }
                _ => {}
            }
            if let Some(url) = one.lit().filter(|t| t.starts_with("http://") || t.starts_with("https://")) {
                self.opaque_code(language, url, Taint::NETWORK, call, span);
                continue;
            }
            if self.matching_files(language, one, span, stdin, out, call) {
                continue;
            }
            let target = self.path_target(one, Look::Not);
            // What makes no sense of a file shows the line.
            if !interpreters::is_shell(language)
                && target.classes & paths::core::WORKSPACE == 0
                && target.classes & self.know.places().classes(["secret"]) != 0
            {
                self.effect(Effect::new(Kind::Read, target, call, span));
            }
            if self.state.has_files()
                && let Some(path) = self.remembered_as(&target, one)
                && let Some(file) = self.state.file(path)
                && !file.directory
            {
                if let Some(older) = file.older {
                    self.code_value(language, older, span, &Data::NOTHING, &mut Sink::new(), call);
                }
                match file.same_as {
                    Some(original)
                        if original != path
                            && (file.link || file.data.text.is_none())
                            && self.depth < limits::NESTING =>
                    {
                        self.depth += 1;
                        self.code_file(language, Val::Lit(original), span, stdin, out, call);
                        self.depth -= 1;
                    }
                    _ => {
                        let data = file.data;
                        let source = if data.source.is_empty() { self.shown(path, one) } else { data.source };
                        self.code_data(language, &Data { source, ..data }, span, out, call);
                        if file.perhaps {
                            self.follow(path, language, span, stdin, &mut Sink::new(), call);
                        }
                    }
                }
                continue;
            }
            let taint = self.class_taint(target.classes) | one.taint();
            if let Some(path) = target.path.filter(|_| interpreters::is_shell(language)) {
                self.waits_at_pipe(path);
            }
            let followed = match target.path {
                Some(path) => self.follow(path, language, span, stdin, out, call),
                None => false,
            };
            // What lies in a temporary directory is somebody's who can change it, whatever it says now.
            if !followed || taint.has(Taint::TEMPORARY) || taint.has(Taint::NETWORK) {
                self.opaque_code(language, target.text, taint, call, span);
            }
        }
    }

    /// `source ./*.sh`, `find . -name '*.sh' -exec sh {} \;`: each file that the pattern means here. False if it is no
    /// pattern, or means nothing that is known.
    fn matching_files(
        &mut self,
        language: &'a str,
        path: Val<'a>,
        span: Span,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
        call: u32,
    ) -> bool {
        let Some(pattern) = self.pattern_of(path).filter(|_| self.place.local()) else { return false };
        let (folder, name) = pattern.rsplit_once('/').unwrap_or((".", &pattern));
        let (folder, deep) = match folder.split_once("/**") {
            Some((folder, "")) => (folder, true),
            Some(_) => return false,
            None => (folder, false),
        };
        if globs::is_pattern(folder) || name.is_empty() || deep && name == "*" {
            return false;
        }
        let Some(folder) = self.absolute(self.bump.alloc_str(folder)) else { return false };
        let names = self.files_like(folder, name, deep);
        let some = !names.is_empty();
        for path in names.into_iter().take(limits::CALLS) {
            self.code_file(language, Val::Lit(path), span, stdin, out, call);
        }
        some
    }

    /// A path with wildcards, or with names below a directory in it, as one pattern.
    fn pattern_of(&self, path: Val<'a>) -> Option<String> {
        match path {
            Val::Lit(text) => globs::is_pattern(text).then(|| text.to_owned()),
            Val::Text(segs) => {
                let mut out = String::new();
                for seg in segs {
                    match seg {
                        Seg::Lit(text) => out.push_str(text),
                        Seg::Hole(hole) if hole.shape == Shape::Below => out.push_str("**"),
                        Seg::Hole(_) => return None,
                    }
                }
                Some(out)
            }
            Val::Set(_) => None,
        }
    }

    /// A program file that the script wrote: its first line says what reads it.
    pub fn program_data(&mut self, data: &Data<'a>, span: Span, stdin: &Data<'a>, out: &mut Sink<'a>, call: u32) {
        let Some(Val::Lit(text)) = data.text else {
            if data.text.is_some_and(|text| text.is_beyond()) {
                self.unread(span, MORE, false);
            }
            self.opaque_code("program", data.source, data.taint, call, span);
            return;
        };
        let language = self.read_by(text);
        // `#!/usr/bin/env -S rm -rf x`, `#!/bin/rm -rf`: the line itself is a command, which is given the file and the words.
        if let Some(line) = text.lines().next().and_then(|line| line.strip_prefix("#!"))
            && (line.contains(" -S ") || self.know.entry(language).is_some_and(|entry| entry.code.is_empty()))
        {
            // env's `\_` is a blank (env(1), "-S/--split-string usage in scripts").
            let line = line.split_once(" -S ").map_or(line, |(_, command)| command).replace("\\_", " ");
            let line = self.bump.alloc_str(&format!("{line} \"$@\""));
            self.shell_code(Val::Lit(line), span, &Data::NOTHING, &mut Sink::new(), call);
        }
        self.code_value(language, Val::Lit(text), span, stdin, out, call);
    }

    /// Shell code: analysed in the state at hand. Holes become variables with the hole as their value.
    pub fn shell_code(&mut self, code: Val<'a>, span: Span, stdin: &Data<'a>, out: &mut Sink<'a>, call: u32) {
        if self.depth >= limits::NESTING {
            self.unread(span, "nested too deeply", false);
            return;
        }
        if code.is_beyond() {
            self.unread(span, MORE, false);
        }
        self.depth += 1;
        match code {
            Val::Set(several) => {
                self.one_of(several, out, |this, one, out| this.one_code(*one, span, stdin, out, call));
            }
            one => self.one_code(one, span, stdin, out, call),
        }
        self.depth -= 1;
    }

    fn one_code(&mut self, code: Val<'a>, span: Span, stdin: &Data<'a>, out: &mut Sink<'a>, call: u32) {
        match code {
            Val::Lit(text) => self.whole_code(text, span, stdin, out, call),
            Val::Text(segs) => self.holed_code(segs, span, stdin, out, call),
            Val::Set(_) => {}
        }
    }

    fn holed_code(&mut self, segs: &'a [Seg<'a>], span: Span, stdin: &Data<'a>, out: &mut Sink<'a>, call: u32) {
        let val = Val::Text(segs);
        let taint = val.taint();
        if taint.has(Taint::NETWORK) || taint.has(Taint::DECODED) {
            const ENDS: [char; 7] = ['\n', ';', '|', '&', '(', '{', '`'];
            self.spliced_effect(segs, &ENDS, val.show(self.bump), taint, call, span);
        }
        if let [Seg::Hole(hole)] = segs {
            // The name of a program that the script wrote: `f=$(mktemp); …; git -c core.editor="$f" commit`.
            let written = if self.state.has_files() { self.symbolic(segs) } else { None };
            if let Some(file) = written.and_then(|name| self.state.file(name)).filter(|file| !file.directory) {
                self.program_data(&file.data, span, &Data::NOTHING, out, call);
                return;
            }
            self.opaque(span, "bash", hole.source, hole.taint);
            if !taint.has(Taint::NETWORK) && !taint.has(Taint::DECODED) {
                self.code_effect(hole.source, taint, call, span);
            }
            return;
        }
        let mut builder = Builder::default();
        for (at, seg) in segs.iter().enumerate() {
            match seg {
                Seg::Lit(text) => builder.push_lit(self.bump, text),
                // A part of the name of a function: `eval "clean_$X() { …; }"`.
                Seg::Hole(_) if matches!(segs.get(at + 1), Some(Seg::Lit(next)) if next.starts_with("()")) => {
                    builder.push_lit(self.bump, "x");
                }
                Seg::Hole(hole) => {
                    self.counter += 1;
                    let name: &'a str = self.bump.alloc_str(&format!("__gate_{}", self.counter));
                    let val = Val::Text(self.bump.alloc_slice_copy(&[Seg::Hole(*hole)]));
                    self.state.set_var(self.bump, name, Some(Var::plain(val)));
                    builder.push_lit(self.bump, self.bump.alloc_str(&format!("${{{name}}}")));
                }
            }
        }
        if let Val::Lit(text) = builder.done(self.bump) {
            self.whole_code(text, span, stdin, out, call);
        }
    }

    fn whole_code(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, out: &mut Sink<'a>, call: u32) {
        let source = self.source(text, "bash", Some(span));
        let effects = self.facts.effects.len();
        let list = self.script(text, "bash", source, stdin, out);
        // What is typed into a shell or read on its input is not all that it runs.
        let whole = self.facts.calls.get(call as usize).is_some_and(|call| {
            call.entry.is_some_and(|entry| entry.name == "bash") && call.options.iter().any(|o| o.is("-c"))
        });
        if whole {
            self.only_connected(list, effects);
        }
    }
}

/// Inline code with the words that it is given in place of `sys.argv[1]`, `process.argv[1]`, `$ARGV[0]`, `ARGV[0]`; none
/// where it asks for none, or they are not known.
fn with_arguments(language: &str, code: &str, call: &Call<'_>) -> Option<String> {
    if !code.contains("argv") && !code.contains("ARGV") {
        return None;
    }
    let words: Vec<&str> = call.operands.iter().map(|o| o.field.val.lit()).collect::<Option<_>>()?;
    let quoted = |word: &&str| format!("'{}'", word.replace('\'', ""));
    let mut code = code.to_owned();
    for (at, word) in words.iter().enumerate() {
        let (first, zero) = (at + 1, at);
        let names = match language {
            "python" => [format!("sys.argv[{first}]"), format!("argv[{first}]")],
            "javascript" => [format!("process.argv[{first}]"), format!("argv[{first}]")],
            "perl" => [format!("$ARGV[{zero}]"), format!("$ARGV[{zero} ]")],
            "ruby" => [format!("ARGV[{zero}]"), format!("$*[{zero}]")],
            _ => return None,
        };
        for name in names {
            code = code.replace(&name, &quoted(word));
        }
    }
    if language == "perl" {
        code = code.replace("@ARGV", &words.iter().map(quoted).collect::<Vec<_>>().join(", "));
    }
    Some(code)
}
