//! Code of languages that are no shell's, as far as they hand something to a shell or name files.

mod awk;
mod client_config;
mod debugger;
mod ed;
mod gnuplot;
mod http_request;
mod perl;
mod redis;
mod ssh_config;
mod tmux;

use crate::facts::Effect;
use crate::facts::analysis::Analysis;
use crate::facts::code::fzf;
use crate::facts::files::overlay::File;
use crate::facts::fold::decode;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::value::{Data, Seg, Shape, Sink, Taint, Val};
use crate::limits;

/// What is nobody else's business.
const PRIVATE: Taint = Taint(WHOLE.0 | Taint::SECRET_VARIABLE.0 | Taint::STORE.0);

/// The same without single tokens, which show a service who asks.
pub(in crate::facts) const WHOLE: Taint = Taint(Taint::SECRET.0 | Taint::PRIVATE.0);

/// The code of another language that a text begins with, if it is a command of vim's for that; not what is a list of
/// commands, of which that is the first.
fn code_of_vim(text: &str) -> Option<(&'static str, &str)> {
    let (command, code) = text.trim_start_matches([':', ' ']).split_once(' ')?;
    let language = match command {
        "py" | "py3" | "pyx" | "python" | "python3" => "python",
        "lua" => "lua",
        "rub" | "ruby" => "ruby",
        "pe" | "perl" => "perl",
        _ => return None,
    };
    let (first, _) = code.split_once('\n')?;
    // A heredoc ends, and a whole line is a whole command.
    (!code.starts_with("<<") && first.contains([';', '(', '='])).then_some((language, code))
}

impl<'a> Analysis<'a> {
    /// Code of a language that is no shell's: what it hands to a shell, which files it names, what it literally calls.
    pub fn foreign(&mut self, language: &'a str, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        if self.depth >= limits::NESTING {
            self.unread(span, "nested too deeply", false);
            return;
        }
        self.depth += 1;
        let source = self.source(text, language, Some(span));
        let (folder, all) = names_of(stdin);
        // Of a home or the whole system only what is not chosen is worth that much.
        self.names_read = if all || !self.is_grave(folder.trim_end_matches('/')) { folder } else { "" };
        self.given = self.given_to_read(language, stdin, call);
        let effects = self.facts.effects.len();
        let from_elsewhere = stdin.taint.has(Taint::NETWORK) || stdin.taint.has(Taint::DECODED);
        self.given_from = from_elsewhere.then_some((stdin.source, stdin.taint));
        match language {
            _ if self.marked(language, text, span, stdin, call) => {}
            "sql" | "psql" | "mysql" | "sqlite" => self.sql(text, source, call),
            // PyYAML makes objects of such tags, where it is told to.
            "python"
                if text.contains("yaml")
                    && stdin.text.is_some_and(|t| t.lit().is_some_and(|t| t.contains("!!python/"))) =>
            {
                if let Some(Val::Lit(document)) = stdin.text {
                    self.commands_in_text(document, true, span, call);
                }
                self.inline(language, text, source, call);
            }
            "make" => {
                self.makefile(text, source, stdin, call);
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
            // node(1), `--print`: an expression, which is shown.
            "javascript-value" => {
                let shown = match text.contains(';') {
                    true => text,
                    false => self.bump.alloc_str(&format!("console.log({text})")),
                };
                self.inline("javascript", shown, source, call);
            }
            "jq" => self.put_by_filter(text, span, call),
            "yq" => {
                if !self.only_shown(call) {
                    self.put_by_filter(text, span, call);
                }
                self.inline(language, text, source, call);
            }
            // gh-alias-set(1): words of gh, unless it begins with a sign for a shell.
            "gh-alias" if !text.starts_with('!') => {
                let code = self.bump.alloc_str(&format!("gh {text}"));
                self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
            }
            "git-template" => {
                self.hooks_in(Val::Lit(self.bump.alloc_str(&format!("{text}/hooks"))), span, call);
            }
            // What is exported holds for the git that it runs, too.
            "git-setting" => self.unless_open(text, |this| this.setting_code(language, text, span, stdin, call)),
            "ssh-option" | "tar-action" | "apt-option" | "npm-setting" => {
                self.setting_code(language, text, span, stdin, call)
            }
            "vim" => {
                // `-c 'py3 …'` may go on over several lines.
                if let Some((language, code)) = code_of_vim(text) {
                    self.foreign(language, code, span, stdin, call);
                }
                for line in text.lines() {
                    self.vim_command(line, span, stdin, call);
                }
                let text = match text.contains("$HOME") {
                    true => self.bump.alloc_str(&text.replace("$HOME", "'~'")),
                    false => text,
                };
                self.inline("vim", text, source, call);
            }
            "gnuplot" => self.gnuplot(text, source, span, stdin, call),
            "debugger" => self.debugger(text, source, span, stdin, call),
            "fzf-bindings" => {
                for code in fzf::commands_in_bindings(text) {
                    self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
                }
            }
            "tmux" => self.tmux(text, span, stdin, call),
            "ssh-config" => self.ssh_config(text, span, stdin, call),
            "curl-config" | "wget-config" => self.client_config(language, text, span, call),
            "mysql-config" => self.mysql_config(text, span, call),
            "http-request" => self.http_request(text, span, call),
            "redis" => self.redis(text, span, call),
            "redis-protocol" => self.redis_protocol(text, span, call),
            // exec-maven-plugin, "exec:exec"
            "maven-property" => {
                let property = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
                if let Some(program) = property("exec.executable=") {
                    let code = format!("{program} {}", property("exec.args=").unwrap_or_default());
                    let code = self.bump.alloc_str(&code);
                    self.shell_code(Val::Lit(code), span, &Data::NOTHING, &mut Sink::new(), call);
                }
            }
            // `ExecStartPre=-/bin/sh -c '…'` (systemd.service(5), "COMMAND LINES")
            "unit-setting" => {
                if let Some((_, command)) = text.split_once('=').filter(|(name, _)| name.starts_with("Exec")) {
                    let command = command.trim_start_matches(['-', '@', '+', '!', ':']).replace("%h", "~");
                    let command = self.bump.alloc_str(&command);
                    self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
                }
            }
            "kubeconfig" => self.kubeconfig(text, span),
            "notebook" => self.notebook(text, span, stdin, call),
            "ipython" => self.cells("python", std::iter::once(text), span, stdin, call),
            "cmd" => self.cmd(text, span, stdin, call),
            "powershell" => self.powershell(text, span, stdin, call),
            // base64 of UTF-16 (about_pwsh, -EncodedCommand)
            "powershell-encoded" => match decode::utf16(text) {
                Some(code) => self.powershell(self.bump.alloc_str(&code), span, stdin, call),
                None => self.opaque_code(language, text, Taint::DECODED, call, span),
            },
            "tcl" => self.tcl(text, span, stdin, call),
            "latex" | "cmake" | "commands" | "roff" | "nginx" | "puppet" | "hcl" | "piped" | "cpan" | "ftp"
            | "patch" | "tmpfiles" | "backups" | "typed" | "apt-config" | "logrotate" | "unixexec" | "php-setting"
            | "diskpart" | "fdb" | "haproxy" => {
                self.signs(language, text, span, call);
                self.document(language, text, span, stdin, call);
            }
            "ed" => self.ed(text, span, stdin, call),
            // What an agent's host keeps of its servers.
            "servers" => {
                let kept = self.path_target(Val::Lit(self.tilde_expanded("~/.claude.json")), Look::Not);
                self.planted(kept, &Data::known(Val::Lit(text)), span, call);
            }
            // Steps that a pipeline is given while it runs.
            "pipeline" => {
                let steps = self.path_target(Val::Lit(".buildkite/pipeline.yml"), Look::Not);
                self.planted(steps, &Data::known(Val::Lit(text)), span, call);
            }
            "ansible" => self.playbook(text, span, call),
            "ansible-module" => self.ansible_module(text, span, call),
            "sed" => self.sed_commands(text, span, stdin, call),
            "data" | "native" | "program" => self.opaque(span, language, "", Taint::NONE),
            "awk" => self.awk(text, source, span, stdin, call),
            "perl" => self.perl(text, source, span, call),
            _ => {
                // Objects run what they say of themselves: `curl … | python3 -c 'pickle.load(sys.stdin.buffer)'`.
                if stdin.taint.has(Taint::NETWORK) && self.makes_objects_of_input(text) {
                    self.opaque_code(language, stdin.source, stdin.taint, call, span);
                }
                self.inline(language, text, source, call);
            }
        }
        self.sends_what_it_is_given(effects, (language, text), stdin, call);
        // It is this code's, read or not.
        self.names_read = "";
        (self.given, self.given_from) = (None, None);
        self.depth -= 1;
    }

    /// A file of settings that another includes, if the script wrote it: what lies there already is its owner's.
    fn included(&mut self, language: &'a str, file: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        if self.written_at(Val::Lit(file)).is_some() {
            self.code_file(language, Val::Lit(file), span, stdin, &mut Sink::new(), call);
        }
    }

    /// Whether code makes objects of what it is given, in a form that says what is run for them.
    fn makes_objects_of_input(&self, text: &str) -> bool {
        let vocabulary = self.know.vocabulary();
        vocabulary.lists.named_in("makes-objects", text) && vocabulary.lists.named_in("names-its-input", text)
    }

    /// What code sends may be what it is given: on its input, `env | python3 -c '…post(url, data=sys.stdin)'`, or in its
    /// words, where it looks at them.
    fn sends_what_it_is_given(&mut self, effects: usize, (language, text): (&str, &str), stdin: &Data<'a>, call: u32) {
        let vocabulary = self.know.vocabulary();
        let says = |list: &'static str| vocabulary.lists.items(list).any(|sign| sign.len() > 2 && text.contains(sign));
        let reads = || language == "awk" || says("reads-input") || says("reads-input-otherwise");
        let given = if !stdin.inherited && stdin.taint.has(PRIVATE) && reads() { stdin.taint } else { Taint::NONE };
        if given != Taint::NONE {
            self.sends_carry(effects, given.only(PRIVATE));
        }
        let elsewhere = Taint::NETWORK | Taint::DECODED;
        // What is only counted, or of which a member is taken, is not what is written.
        let as_it_is = !["json", "JSON", "len(", ".length", "xml"].iter().any(|made| text.contains(made));
        let handed_on = !stdin.inherited && stdin.taint.has(elsewhere) && reads() && as_it_is;
        let came = if handed_on { stdin.taint } else { Taint::NONE };
        self.writes_what_it_is_given(effects, given.only(PRIVATE) | came.only(elsewhere));
        let Some(call) = self.facts.calls.get(call as usize) else { return };
        let words = call.words.iter().skip(1).fold(Taint::NONE, |all, word| all | word.val.taint());
        if words.has(WHOLE) && says("reads-arguments") {
            self.sends_carry(effects, Taint(words.0 & WHOLE.0));
        }
    }

    /// The files that code writes hold what it is given, beside what they held, unless it says itself what is in them.
    fn writes_what_it_is_given(&mut self, effects: usize, held: Taint) {
        if held == Taint::NONE || !self.place.local() {
            return;
        }
        for at in effects..self.facts.effects.len() {
            let Effect { does, target, .. } = self.facts.effects[at];
            if !does.fills_files() {
                continue;
            }
            let Some(path) = target.path else { continue };
            let said = |file: File<'a>| file.data.text.is_some_and(|text| text.lit().is_some());
            let before = self.state.file(path);
            if !before.is_some_and(said) {
                let before = before.map_or(Data::unknown("", Taint::NONE), |file| file.data);
                self.remember(Some(path), Data { taint: before.taint | held, ..before }, false);
            }
        }
    }

    /// What is sent from one effect on carries this, too.
    pub fn sends_carry(&mut self, effects: usize, taint: Taint) {
        let sends = |effect: &&mut Effect<'a>| match effect.does {
            Kind::Send | Kind::Tunnel | Kind::Message | Kind::Publish => true,
            // `urlopen(f"https://…/?d={line}")`
            Kind::Fetch => !effect.target.known,
            _ => false,
        };
        for effect in self.facts.effects[effects..].iter_mut().filter(sends) {
            effect.data |= taint;
        }
    }

    /// awk's code behind what `-v name=value` sets.
    fn with_assignments(&self, text: &'a str, call: u32) -> &'a str {
        let Some(call) = self.facts.calls.get(call as usize) else { return text };
        let set: Vec<(&str, &str)> = call.fields("-v").filter_map(|f| f.val.lit()?.split_once('=')).collect();
        if set.is_empty() || !text.contains(['|', '>', '@']) && !text.contains("system") {
            return text;
        }
        let mut code = String::new();
        for (name, value) in set {
            code.push_str(&format!("{name}=\"{}\";", value.replace('\\', "\\\\").replace('"', "\\\"")));
        }
        code.push_str(text);
        self.bump.alloc_str(&code)
    }
}

/// The folder whose files these are the names of, and whether of all: what `find ~` and `ls -d ~/*` print.
fn names_of<'a>(data: &Data<'a>) -> (&'a str, bool) {
    match data.text {
        Some(Val::Text([Seg::Lit(folder), Seg::Hole(hole), rest @ ..]))
            if hole.shape == Shape::Below && folder.starts_with('/') =>
        {
            (folder, rest.is_empty())
        }
        _ => ("", true),
    }
}
