//! Code slots: every place whose text becomes code ends here, and is judged in one way. Known text is analysed as its
//! language; unknown text is opaque code with a provenance.

use super::analysis::Analysis;
use super::knowledge::{CodeSpec, Kind};
use super::shell::ast::Span;
use super::state::{Channel, Var};
use super::target::Look;
use super::value::{Builder, Data, Field, Seg, Shape, Sink, Taint, Val};
use super::{Call, Effect, Target, interpreters};
use crate::limits;

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
            self.code_data(spec.language, stdin, call.span, out, index);
        }
        let outer = self.inside;
        if call.entry.is_some_and(|e| e.name != "bash" && e.name != "script" && e.name != "su") && !spec.file {
            self.inside = call.program;
        }
        self.code_fields(call, index, spec, stdin, out);
        self.inside = outer;
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
            let fields = call.fields(name);
            if fields.len() > 1
                && !spec.file
                && !interpreters::SHELLS.contains(&spec.language)
                && !matches!(spec.language, "psql" | "mysql" | "sqlite" | "sql" | "git-setting" | "ssh-option")
            {
                // `-e one -e two` is one program of two lines.
                let mut builder = Builder::default();
                for field in &fields {
                    builder.push(self.bump, field.val);
                    builder.push_lit(self.bump, "\n");
                }
                let code = builder.done(self.bump);
                self.code_value(spec.language, code, fields[0].span, stdin, out, index);
                continue;
            }
            for field in fields {
                let mut field = field;
                if spec.language == "git-setting"
                    && let Some(setting) = call.fields("name").first().and_then(|f| f.val.lit())
                    && name == "value"
                    && let Some(value) = field.val.lit()
                {
                    // `git config NAME VALUE`
                    field.val = Val::Lit(self.bump.alloc_str(&format!("{setting}={value}")));
                }
                if spec.file && self.known_script(call, field, stdin, out) {
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
                    if let Some(Val::Lit(zero)) = given().next().filter(|_| name == 1) {
                        self.zero = zero;
                    }
                    let rest: Vec<Val<'a>> = given().skip(name).collect();
                    self.state.set_arguments(self.bump.alloc_slice_copy(&rest), true);
                }
                if spec.file {
                    self.code_file(spec.language, field.val, field.span, stdin, out, index);
                } else {
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
        script: super::value::Field<'a>,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) -> bool {
        let Val::Lit(path) = script.val else { return false };
        let name = path.rsplit('/').next().unwrap_or(path);
        if self.know.entry(name).is_none() || self.absolute(path).is_some_and(|p| self.state.file(p).is_some()) {
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
            self.shell_code(code, span, stdin, out, call);
            return;
        }
        for one in code.each() {
            match one {
                Val::Lit(text) => self.foreign(language, text, span, stdin, call),
                other => {
                    // The known parts still say what they say.
                    let taint = other.taint();
                    let text = other.show(self.bump);
                    if matches!(other, Val::Text([Seg::Hole(_)])) {
                        self.opaque_code(language, text, taint, call, span);
                    } else {
                        self.foreign(language, text, span, stdin, call);
                        if taint.has(Taint::NETWORK) {
                            self.code_effect(text, taint, call, span);
                        }
                    }
                }
            }
        }
    }

    /// Code out of a pipe, a here-document or a file that the script wrote.
    pub fn code_data(&mut self, language: &'a str, data: &Data<'a>, span: Span, out: &mut Sink<'a>, call: u32) {
        match data.text {
            Some(text) => {
                self.code_value(language, text, span, &Data::NOTHING, out, call);
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
                    self.opaque_code(language, data.source, data.taint, call, span);
                }
            }
        }
    }

    pub fn opaque_code(&mut self, language: &'a str, source: &'a str, taint: Taint, call: u32, span: Span) {
        self.opaque(span, language, source, taint);
        self.code_effect(source, taint, call, span);
    }

    /// Code that is not known runs: a fact for the rules, which look at where it comes from.
    pub fn code_effect(&mut self, source: &'a str, taint: Taint, call: u32, span: Span) {
        let call = if call == u32::MAX { self.facts.calls.len().saturating_sub(1) as u32 } else { call };
        let classes = if taint.has(Taint::NETWORK) {
            // The host, where the source names one.
            source.split_whitespace().find(|w| w.contains("://")).map_or(0, |url| {
                super::paths::classify_host(self.know.places(), super::paths::host_of(url.trim_matches(['"', '\''])))
            })
        } else {
            0
        };
        let target = Target { text: source, known: true, classes, ..Target::default() };
        self.effect(Effect { data: taint, ..Effect::new(Kind::Code, target, call, span) });
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
            if matches!(one.lit(), Some("-" | "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0")) {
                self.code_data(language, stdin, span, out, call);
                continue;
            }
            let descriptor =
                one.lit().and_then(|t| t.strip_prefix("/dev/fd/").or_else(|| t.strip_prefix("/proc/self/fd/")));
            if let Some(Channel::Read(data)) =
                descriptor.and_then(|fd| fd.parse().ok()).and_then(|fd| self.state.channel(fd))
            {
                self.code_data(language, &data, span, out, call);
                continue;
            }
            if let Some(url) = one.lit().filter(|t| t.starts_with("http://") || t.starts_with("https://")) {
                self.opaque_code(language, url, Taint::NETWORK, call, span);
                continue;
            }
            if self.matching_files(language, one, span, stdin, out, call) {
                continue;
            }
            let target = self.path_target(one, Look::Not);
            if let Some(path) = target.path
                && let Some(file) = self.state.file(path)
                && !file.directory
            {
                match file.same_as {
                    Some(original) if original != path && (file.link || file.data.text.is_none()) => {
                        self.code_file(language, Val::Lit(original), span, stdin, out, call);
                    }
                    _ => {
                        let data = file.data;
                        let source = if data.source.is_empty() { path } else { data.source };
                        self.code_data(language, &Data { source, ..data }, span, out, call);
                    }
                }
                continue;
            }
            let taint = self.class_taint(target.classes) | one.taint();
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
        if folder.contains(['*', '?', '[']) || name.is_empty() || deep && name == "*" {
            return false;
        }
        let Some(folder) = self.absolute(self.bump.alloc_str(folder)) else { return false };
        let names = self.files_like(folder, name, deep);
        let some = !names.is_empty();
        for path in names.into_iter().take(limits::FOLLOWED + 1) {
            self.code_file(language, Val::Lit(path), span, stdin, out, call);
        }
        some
    }

    /// A path with wildcards, or with names below a directory in it, as one pattern.
    fn pattern_of(&self, path: Val<'a>) -> Option<String> {
        match path {
            Val::Lit(text) => text.contains(['*', '?', '[']).then(|| text.to_owned()),
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
            self.opaque_code("program", data.source, data.taint, call, span);
            return;
        };
        let language = interpreters::shebang(text).unwrap_or("bash");
        self.code_value(language, Val::Lit(text), span, stdin, out, call);
    }

    /// A file that a program loads by itself, if the script wrote it.
    pub fn loaded_file(&mut self, name: &'a str, call: &Call<'a>, index: u32) {
        if !self.state.has_files() {
            return;
        }
        let Some(path) = self.absolute(name) else { return };
        if let Some(file) = self.state.file(path)
            && file.same_as.is_none()
        {
            let language = if name.contains("akefile") { "make" } else { "data" };
            self.code_data(language, &Data { source: path, ..file.data }, call.span, &mut Sink::new(), index);
        }
    }

    /// Shell code: analysed in the state at hand. Holes become variables with the hole as their value.
    pub fn shell_code(&mut self, code: Val<'a>, span: Span, stdin: &Data<'a>, out: &mut Sink<'a>, call: u32) {
        if self.depth >= limits::NESTING {
            self.unread(span, "nested too deeply", false);
            return;
        }
        self.depth += 1;
        for one in code.each() {
            match one {
                Val::Lit(text) => {
                    let source = self.source(text, "bash", Some(span));
                    self.script(text, "bash", source, stdin, out);
                }
                Val::Text(segs) => self.holed_code(segs, span, stdin, out, call),
                Val::Set(_) => {}
            }
        }
        self.depth -= 1;
    }

    fn holed_code(&mut self, segs: &'a [Seg<'a>], span: Span, stdin: &Data<'a>, out: &mut Sink<'a>, call: u32) {
        let val = Val::Text(segs);
        let taint = val.taint();
        if taint.has(Taint::NETWORK) || taint.has(Taint::DECODED) {
            self.code_effect(val.show(self.bump), taint, call, span);
        }
        if let [Seg::Hole(hole)] = segs {
            self.opaque(span, "bash", hole.source, hole.taint);
            if !taint.has(Taint::NETWORK) && !taint.has(Taint::DECODED) {
                self.code_effect(hole.source, taint, call, span);
            }
            return;
        }
        let mut builder = Builder::default();
        for seg in segs {
            match seg {
                Seg::Lit(text) => builder.push_lit(self.bump, text),
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
            let source = self.source(text, "bash", Some(span));
            self.script(text, "bash", source, stdin, out);
        }
    }

    fn foreign(&mut self, language: &'a str, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        if self.depth >= limits::NESTING {
            self.unread(span, "nested too deeply", false);
            return;
        }
        self.depth += 1;
        let source = self.source(text, language, Some(span));
        match language {
            "sql" | "psql" | "mysql" | "sqlite" => self.sql(language, text, source, call),
            "make" => {
                for line in text.lines().filter(|l| l.starts_with('\t')) {
                    let line = line.trim_start_matches(['\t', '@', '-', '+']);
                    self.shell_code(Val::Lit(line), span, stdin, &mut Sink::new(), call);
                }
            }
            "git-address" => {
                // `ext::command args`: what it says is run (git-remote-ext(1)); a `%` before a blank keeps it.
                if let Some(code) = text.strip_prefix("ext::") {
                    let kept = code.replace("% ", "\u{1}").replace("%S", "git");
                    let words = kept.split(' ').map(|word| word.replace('\u{1}', " "));
                    let words: Vec<String> = words.map(|word| shell_words::quote(&word).into_owned()).collect();
                    let code = self.bump.alloc_str(&words.join(" "));
                    self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
                }
            }
            "git-setting" | "ssh-option" | "tar-action" => self.setting_code(language, text, span, stdin, call),
            "vim" => {
                // `:!command`, `:terminal`, `:py3 …`: what vim hands to a shell.
                if let Some(at) = text.find('!') {
                    self.shell_code(Val::Lit(&text[at + 1..]), span, stdin, &mut Sink::new(), call);
                }
                self.inline("vim", text, source, call);
            }
            "debugger" => {
                // gdb(1), lldb(1): `shell x`, `!x`, `platform shell x`; `run` is the program that is debugged.
                for line in text.lines().map(str::trim_start) {
                    let shell = ["shell ", "!", "platform shell ", "make "].iter().find_map(|p| line.strip_prefix(p));
                    if let Some(code) = shell {
                        self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
                    } else if let Some(code) = line.strip_prefix("python ").or_else(|| line.strip_prefix("script ")) {
                        self.foreign("python", code, span, stdin, call);
                    }
                }
                self.inline("vim", text, source, call);
            }
            // Each line is a call of the client, with the options that this one has.
            "redis" => {
                let options: Vec<Field<'a>> = match self.facts.calls.get(call as usize) {
                    Some(call) => call.words.to_vec(),
                    None => Vec::new(),
                };
                for line in text.lines().map(str::trim).filter(|line| !line.is_empty()).take(limits::UNROLL) {
                    let words = line.split_whitespace().map(|w| Field::new(Val::Lit(w), span));
                    let words: Vec<Field<'a>> = options.iter().copied().chain(words).collect();
                    let words = self.bump.alloc_slice_copy(&words);
                    self.external(words, &[], &Data::NOTHING, &mut Sink::new());
                }
            }
            // Remove-Item and its like are programs to gate, and PowerShell's simple lines read as a shell's.
            "powershell" => self.powershell(text, span, stdin, call),
            "tcl" => {
                // Tcl's words are bare: `exec rm -rf x`, `spawn rm x` (expect), `file delete -force x`.
                for line in text.split(['\n', ';', '{', '}']).map(str::trim) {
                    let shell = ["exec ", "spawn ", "eval exec ", "open |"].iter().find_map(|p| line.strip_prefix(p));
                    if let Some(code) = shell {
                        self.shell_code(Val::Lit(code.trim_matches('"')), span, stdin, &mut Sink::new(), call);
                    } else if let Some(path) = line.strip_prefix("file delete") {
                        let path = path.replace("-force", "-rf");
                        let code = self.bump.alloc_str(&format!("rm -r {path}"));
                        self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
                    } else if let Some(typed) = line.strip_prefix("send ") {
                        let code = typed.trim_matches('"').trim_end_matches("\\r").trim_end_matches("\\n");
                        if code.contains(' ') {
                            let code = self.bump.alloc_str(code);
                            self.perhaps(|this| {
                                this.shell_code(Val::Lit(code), span, &Data::NOTHING, &mut Sink::new(), call);
                            });
                        }
                    }
                }
            }
            // `\\write18{…}` (LaTeX), `%pipe%…` (Ghostscript): what is handed to a shell.
            "latex" => {
                for (start, close) in [("write18{", '}'), ("input|\"", '"'), ("%pipe%", ')')] {
                    for (at, _) in text.match_indices(start) {
                        let code = &text[at + start.len()..];
                        let code = &code[..code.find(close).unwrap_or(code.len())];
                        self.shell_code(Val::Lit(code), span, &Data::NOTHING, &mut Sink::new(), call);
                    }
                }
            }
            "ed" => {
                for line in text.lines().filter_map(|l| l.trim_start().strip_prefix('!')) {
                    self.shell_code(Val::Lit(line), span, stdin, &mut Sink::new(), call);
                }
            }
            "sed" => self.sed_commands(text, span, stdin, call),
            "data" | "native" | "program" => self.opaque(span, language, "", Taint::NONE),
            _ => self.inline(language, text, source, call),
        }
        self.depth -= 1;
    }

    /// PowerShell, as far as it reads like a shell's commands; the rest of it says nothing.
    fn powershell(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        let lower = text.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        if has(&["iex", "invoke-expression"])
            && has(&["irm", "iwr", "invoke-webrequest", "invoke-restmethod", "downloadstring", "curl ", "wget "])
        {
            self.code_effect(text, Taint::NETWORK, call, span);
        }
        self.inline("powershell", text, span.source, call);
        let (unread, opaque) = (self.facts.unread.len(), self.facts.opaque.len());
        self.shell_code(Val::Lit(text), span, stdin, &mut Sink::new(), call);
        self.facts.unread.truncate(unread);
        self.facts.opaque.truncate(opaque);
    }

    /// `1e command` and the `e` flag of `s///e` run commands; `w file` and `s///w file` write (GNU sed manual 3.8, 3.3).
    fn sed_commands(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        for part in text.split(['\n', ';']) {
            let part = part.trim_start().trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '$' | ','));
            let part = part.trim_start();
            if let Some(code) = part.strip_prefix("e ").or_else(|| part.strip_prefix("exec ")) {
                self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
            } else if let Some(path) = part.strip_prefix("r ").or_else(|| part.strip_prefix("R ")) {
                let target = self.path_target(Val::Lit(path.trim()), Look::Through);
                self.effect(Effect::new(Kind::Read, target, call, span));
            } else if let Some(path) = part.strip_prefix("w ") {
                let target = self.path_target(Val::Lit(path.trim()), Look::Through);
                self.effect(Effect::new(Kind::Write, target, call, span));
            } else if let Some(rest) = part.strip_prefix('s')
                && let Some(delimiter) = rest.chars().next().filter(|c| !c.is_alphanumeric() && *c != ' ')
            {
                let mut pieces = rest[delimiter.len_utf8()..].split(delimiter);
                let (_, with, flags) = (pieces.next(), pieces.next(), pieces.next().unwrap_or(""));
                if flags.contains('e')
                    && flags.len() < 5
                    && let Some(code) = with
                {
                    self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
                }
                // `s///w file`; a path may hold the delimiter.
                let ending = rest[delimiter.len_utf8()..].splitn(3, delimiter).nth(2).unwrap_or("");
                if let Some((flags, path)) = ending.split_once("w ")
                    && flags.bytes().all(|b| b.is_ascii_alphanumeric())
                {
                    let target = self.path_target(Val::Lit(path.trim()), Look::Through);
                    self.effect(Effect::new(Kind::Write, target, call, span));
                }
            }
        }
    }

    /// A setting given on the command line whose value is code: `git -c core.pager=…`, `ssh -o ProxyCommand=…`,
    /// `tar --checkpoint-action=exec=…` (git-config(1), ssh_config(5), tar's manual).
    pub fn setting_code(&mut self, language: &str, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        let Some((name, value)) = text.split_once(['=', ' ']) else { return };
        let lower = name.to_ascii_lowercase();
        let code = match language {
            "git-setting" => {
                let runs = matches!(
                    lower.as_str(),
                    "core.pager"
                        | "core.editor"
                        | "core.sshcommand"
                        | "core.fsmonitor"
                        | "core.askpass"
                        | "diff.external"
                        | "sequence.editor"
                        | "gpg.program"
                        | "core.gitproxy"
                        | "interactive.difffilter"
                        | "uploadpack.packobjectshook"
                        | "core.alternaterefscommand"
                        | "credential.helper"
                        | "merge.guitool"
                ) || lower.starts_with("pager.")
                    || lower.ends_with(".driver")
                    || lower.ends_with(".cmd")
                    || lower.starts_with("gpg.") && lower.ends_with(".program")
                    || lower.starts_with("sendemail.") && lower.ends_with("cmd")
                    || lower.ends_with(".textconv")
                    || lower.ends_with(".command")
                    || lower.ends_with(".helper")
                    || lower.starts_with("filter.")
                    || lower.starts_with("hooks.");
                match value.strip_prefix('!') {
                    Some(code) if lower.starts_with("alias.") || lower.ends_with("helper") => Some(code),
                    _ if runs && !matches!(value, "true" | "false" | "cat" | "") => Some(value),
                    _ => {
                        if lower == "core.hookspath" {
                            let call = if call == u32::MAX { 0 } else { call };
                            self.plain_effect(
                                Kind::Configure,
                                "core.hooksPath",
                                call,
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
            _ => value.strip_prefix("exec=").or_else(|| (name == "exec").then_some(value)),
        };
        if let Some(code) = code {
            let mark = self.state.mark();
            self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
            self.leave_subshell(mark);
        }
    }

    /// Settings of git that stand in variables: `GIT_CONFIG_KEY_0` with `GIT_CONFIG_VALUE_0`, and
    /// `GIT_CONFIG_PARAMETERS` (git-config(1), "Environment").
    pub fn git_settings_in_variables(&mut self, settings: &[(&'a str, Val<'a>)], span: Span, call: u32) {
        for (name, val) in settings {
            let Some(text) = val.lit() else { continue };
            if let Some(number) = name.strip_prefix("GIT_CONFIG_KEY_") {
                let value = settings.iter().find(|(n, _)| n.strip_prefix("GIT_CONFIG_VALUE_") == Some(number));
                if let Some(value) = value.and_then(|(_, v)| v.lit()) {
                    let setting = self.bump.alloc_str(&format!("{text}={value}"));
                    self.setting_code("git-setting", setting, span, &Data::NOTHING, call);
                }
            } else if *name == "GIT_CONFIG_PARAMETERS" {
                for setting in text.split('\'').filter(|part| part.contains('=')) {
                    self.setting_code("git-setting", setting, span, &Data::NOTHING, call);
                }
            }
        }
    }

    /// A variable is set: some variables are code, load code, or choose where code is found.
    pub fn setting(&mut self, name: &'a str, val: Val<'a>, span: Span, call: Option<u32>) {
        let places = self.know.places();
        let Some(kind) = places.variable_types(name, super::globs::text).next() else { return };
        if matches!(kind, "secret" | "target" | "plain") {
            return;
        }
        let call = call.unwrap_or(u32::MAX);
        // Of `--require /x.js` or `-javaagent:/x.jar` the path is what counts.
        let named = val.lit().and_then(|text| text.split([' ', '=', ':', ',']).rfind(|part| part.contains('/')));
        let path = match named {
            Some(part) if kind == "loader" => self.path_target(Val::Lit(part), Look::Not),
            _ => self.path_target(val, Look::Not),
        };
        let mut marks: Vec<&'a str> = vec![kind];
        if val.lit() == Some("") {
            marks.push("empty");
        }
        if named.is_some() || val.lit().is_none_or(|text| text.contains(['(', ';'])) {
            marks.push("names-code");
        }
        let unencrypted =
            |text: &str| text.starts_with("http://") && !text.contains("://localhost") && !text.contains("://127.");
        if kind == "registry" && val.lit().is_some_and(unencrypted) {
            marks.push("unencrypted-registry");
        }
        let target = Target { text: name, known: val.lit().is_some(), maybe: 0, ..path };
        let marks = self.bump.alloc_slice_copy(&marks);
        self.effect(Effect { marks, data: val.taint(), ..Effect::new(Kind::Set, target, call, span) });
        if kind == "code" && val.lit() != Some("") {
            let mark = self.state.mark();
            self.shell_code(val, span, &Data::NOTHING, &mut Sink::new(), call);
            self.leave_subshell(mark);
        }
        if kind == "code-file" && val.lit().is_some_and(|t| !t.is_empty()) {
            let mark = self.state.mark();
            self.code_file("bash", val, span, &Data::NOTHING, &mut Sink::new(), call);
            self.leave_subshell(mark);
        }
    }
}
