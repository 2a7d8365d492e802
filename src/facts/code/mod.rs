//! Code slots: every place whose text becomes code ends here, and is judged in one way. Known text is analysed as its
//! language; unknown text is opaque code with a provenance.

mod arguments;
pub(super) mod computed;
pub(super) mod dockerfile;
pub(super) mod documents;
mod editors;
pub(super) mod embedded;
mod files;
pub(super) mod follow;
mod followed_repositories;
pub(super) mod foreign;
pub(super) mod fzf;
pub(super) mod inline;
pub(super) mod interpreters;
pub(super) mod kubeconfig;
pub(super) mod manifest;
mod marked;
pub(super) mod notebook;
pub(super) mod playbook;
pub(super) mod provenance;
mod pull_requests;
pub(super) mod repository;
mod spliced;
pub(super) mod sql;
mod strangers_as_root;
pub(super) mod tasks;

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::code::foreign::WHOLE;
use crate::facts::dialects::{fish, nushell, zsh};
use crate::facts::evaluate::state::Options;
use crate::facts::evaluate::variable::Var;
use crate::facts::knowledge::{CodeSpec, Kind};
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::targets::paths::base_name;
use crate::facts::value::{Builder, Data, Field, Seg, Shape, Sink, Taint, Val};
use crate::facts::{Call, Opt, value};
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
            match interpreters::SHELLS.contains(&spec.language) {
                true => self.in_another_process(imports_functions(call), |this| {
                    this.code_data(spec.language, stdin, call.span, out, index);
                }),
                false => {
                    let mark = self.state.mark();
                    self.code_data(spec.language, stdin, call.span, out, index);
                    self.leave_subshell(mark);
                }
            }
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

    /// What another process does: with the variables that were exported, `d=build; bash -c 'rm -rf "/$d"'` is about `/`, and
    /// without aliases. The functions that were exported only a bash takes from its environment (bash(1), "Functions"):
    /// where it is not known that it is one and `imports` them, they are perhaps there.
    pub fn in_another_process(&mut self, imports: bool, mut run: impl FnMut(&mut Self)) {
        let mark = self.state.mark();
        // It has options of its own (bash(1), "SHELLOPTS").
        self.state.set_options(Options::default());
        self.leave_variables_behind();
        self.state.forget_functions(&self.exported);
        if !imports && self.state.has_functions() {
            self.perhaps(&mut run);
            self.state.forget_functions(&[]);
        }
        run(self);
        self.leave_subshell(mark);
    }

    /// Another shell has only the variables that were exported. Whether one was exported before the script began, nobody
    /// knows.
    fn leave_variables_behind(&mut self) {
        self.forget_variables(|name, var| !var.exported && self.snapshot.variable(name).is_none());
    }

    /// Another machine, a container and another user's session have none of this shell's variables, exported or not, but
    /// those that they are `handed` (ssh(1), "SendEnv"; docker-exec(1), "--env"; sudoers(5), "env_reset").
    pub fn leave_environment_behind(&mut self, handed: &[&str]) {
        self.forget_variables(|name, _| !handed.contains(&name));
        self.state.forget_functions(&[]);
    }

    /// A variable that a program is not given: `env -u NAME`.
    pub fn leave_variable_behind(&mut self, gone: &str) {
        self.forget_variables(|name, _| name == gone);
    }

    /// What these variables hold where a command runs nobody knows; what they hold here may stand in its settings.
    fn forget_variables(&mut self, gone: impl Fn(&str, &Var<'a>) -> bool) {
        for (name, var) in self.state.own_variables() {
            // Neither is handed on, whatever was exported: no shell takes IFS, and no array can be.
            if name == "IFS" || var.items.is_some() {
                self.state.set_var(name, None);
                continue;
            }
            // That it may not be changed is this shell's own, too.
            let var = Var { readonly: false, perhaps_readonly: false, ..var };
            let kept = self.know.lists().has("in-every-environment", name) || name == "_" || !gone(name, &var);
            if kept || var.val.lit().is_none_or(str::is_empty) {
                self.state.set_var(name, Some(var));
                continue;
            }
            let unset = Val::hole(self.bump, self.bump.alloc_str(&format!("${name}")), Shape::Any, Taint::NONE);
            let val = Val::set(self.bump, &[var.val, unset]);
            self.state.set_var(name, Some(Var { val, perhaps_unset: true, ..var }));
        }
    }

    /// A word with those behind it: all are one command to PowerShell (about_Pwsh, "-Command").
    fn with_the_rest(&self, call: &Call<'a>, first: Field<'a>) -> Val<'a> {
        // Words of a line that is taken as a whole all stand at the same place.
        let is_first = |word: &Field<'a>| word.span == first.span && word.val == first.val;
        let Some(at) = call.words.iter().rposition(is_first) else { return first.val };
        let mut builder = Builder::default();
        builder.push(self.bump, first.val);
        for word in &call.words[at + 1..] {
            builder.push_lit(" ");
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
                    builder.push_lit("\n");
                }
                let code = builder.done(self.bump);
                self.code_value(spec.language, code, first.unwrap_or(call.span), stdin, out, index);
                continue;
            }
            let mut named = false;
            for mut field in call.fields(name) {
                // What follows the file are the program's own arguments: `go run . https://example.com`, `uv run x.py a.png`.
                let argument = |text: &str| text.contains("://") || self.is_media(text);
                let own = || self.know.lists().has("gives-arguments", call.program);
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
                let shell = interpreters::SHELLS.contains(&spec.language);
                if shell {
                    // `bash -c 'code' name args…`: of the words after the code the first is its name.
                    let name = usize::from(!spec.file);
                    let given = || call.operands.iter().filter(|o| o.name == "arguments").map(|o| o.field.val);
                    let zero = if spec.file { Some(field.val) } else { given().next() };
                    self.zero = zero.or(outer);
                    let rest: Vec<Val<'a>> = given().skip(name).collect();
                    self.state.set_arguments(self.bump.alloc_slice_copy(&rest), true);
                }
                if spec.language == "powershell" && !spec.file && name.starts_with('-') {
                    field.val = self.with_the_rest(call, field);
                }
                if let (false, Val::Lit(text)) = (spec.file, field.val) {
                    match arguments::with_arguments(spec.language, text, call) {
                        Ok(None) => {}
                        Ok(Some(bound)) => field.val = Val::Lit(self.bump.alloc_str(&bound)),
                        Err(arguments::TooLong) => self.unread(field.span, "code that its words make too long", false),
                    }
                }
                let compiles =
                    spec.file && !name.starts_with('-') && !self.is_downloaded(field.val) && self.only_compiles(call);
                let lastpipe = shell && runs_the_last_itself(call);
                let mut run = |this: &mut Self| {
                    if lastpipe {
                        this.state.set_options(Options { lastpipe, ..this.state.options });
                    }
                    if compiles {
                        let span = field.span;
                        this.perhaps(|this| {
                            this.code_file(spec.language, field.val, span, stdin, &mut Sink::new(), index);
                        });
                    } else if spec.file {
                        this.code_file(spec.language, field.val, field.span, stdin, out, index);
                    } else {
                        // bash(1), "BASH_EXECUTION_STRING"
                        const WHOLE: &str = "BASH_EXECUTION_STRING";
                        if field.val.lit().is_some_and(|code| code.contains(WHOLE)) {
                            this.state.set_var(WHOLE, Some(Var::plain(field.val)));
                        }
                        this.code_value(spec.language, field.val, field.span, stdin, out, index);
                    }
                };
                match shell {
                    true => self.in_another_process(imports_functions(call), run),
                    false => run(self),
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
                            self.spliced_effect(language, other.segs(self.bump), text, taint, call, span);
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
            // `psql -o '|less'`: into what stands behind it.
            Val::Lit(text) if text.starts_with('|') && !text.starts_with("||") => {
                self.whole_code(text.trim_start_matches('|'), span, stdin, out, call);
            }
            Val::Lit(text) => self.whole_code(text, span, stdin, out, call),
            Val::Text(segs) => self.holed_code(segs, span, stdin, out, call),
            Val::Set(_) => {}
        }
    }

    fn holed_code(&mut self, segs: &'a [Seg<'a>], span: Span, stdin: &Data<'a>, out: &mut Sink<'a>, call: u32) {
        let val = Val::Text(segs);
        let taint = val.taint();
        if taint.has(Taint::NETWORK) || taint.has(Taint::DECODED) {
            self.spliced_effect("bash", segs, val.show(self.bump), taint, call, span);
        }
        // No command is written out in it: another program puts it together.
        if let [Seg::Lit(start), Seg::Hole(hole)] = segs
            && hole.taint.has(Taint::REWORKED)
            && !start.contains(char::is_whitespace)
        {
            self.code_effect(val.show(self.bump), taint, call, span);
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
                Seg::Lit(text) => builder.push_lit(text),
                // A part of the name of a function: `eval "clean_$X() { …; }"`.
                Seg::Hole(_) if matches!(segs.get(at + 1), Some(Seg::Lit(next)) if next.starts_with("()")) => {
                    builder.push_lit("x");
                }
                Seg::Hole(hole) => {
                    self.spent.names += 1;
                    let name: &'a str = self.bump.alloc_str(&format!("__gate_{}", self.spent.names));
                    let val = Val::Text(self.bump.alloc_slice_copy(&[Seg::Hole(*hole)]));
                    self.state.set_var(name, Some(Var::plain(val)));
                    builder.push_lit(self.bump.alloc_str(&format!("${{{name}}}")));
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

/// Whether a shell is a bash that takes the functions which its environment holds (bash(1), "-p").
fn imports_functions(call: &Call<'_>) -> bool {
    let named = call.words.first().and_then(|word| word.val.lit()).map(base_name);
    named == Some("bash") && !call.options.iter().any(|option| option.is("-p"))
}

/// Whether a shell runs the last part of a pipe itself: zsh and ksh do it always, bash where it is told (bash(1), "shopt").
fn runs_the_last_itself(call: &Call<'_>) -> bool {
    let told = |option: &Opt<'_>| option.value.is_some_and(|field| field.val.lit() == Some("lastpipe"));
    matches!(call.program, "zsh" | "ksh" | "mksh") || call.options.iter().any(told)
}
