//! Code of languages that are no shell's, as far as they hand something to a shell or name files.

use crate::facts::Effect;
use crate::facts::analysis::{Analysis, MORE};
use crate::facts::code::fzf;
use crate::facts::files::overlay::File;
use crate::facts::fold::decode;
use crate::facts::knowledge::{Kind, Output};
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::value::{Data, Field, Seg, Shape, Sink, Taint, Val};
use crate::limits;

/// Settings that a file may hold which a program reads as its options, and options beside them.
const MOST_SETTINGS: usize = 512;

/// What is nobody else's business.
const PRIVATE: Taint = Taint(WHOLE.0 | Taint::SECRET_VARIABLE.0 | Taint::STORE.0);

/// The same without single tokens, which show a service who asks.
pub(in crate::facts) const WHOLE: Taint = Taint(Taint::SECRET.0 | Taint::PRIVATE.0);

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
            "jq" => self.put_by_filter(text, span, call),
            "yq" => {
                self.put_by_filter(text, span, call);
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
            "git-setting" | "ssh-option" | "tar-action" | "apt-option" | "npm-setting" => {
                self.setting_code(language, text, span, stdin, call)
            }
            "vim" => {
                for line in text.lines() {
                    self.vim_command(line, span, stdin, call);
                }
                let text = match text.contains("$HOME") {
                    true => self.bump.alloc_str(&text.replace("$HOME", "'~'")),
                    false => text,
                };
                self.inline("vim", text, source, call);
            }
            // gnuplot(1), "Pipes", "Output": `plot "<command"`, `set output "|command"`, `set output "file"`.
            "gnuplot" => {
                let mut before = "";
                for (at, part) in text.split(['"', '\'']).enumerate() {
                    if at % 2 == 0 {
                        before = part.trim_end();
                    } else if let Some(code) = part.strip_prefix(['<', '|']) {
                        self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
                    } else if before.ends_with("output") || before.ends_with("print") {
                        let target = self.path_target(Val::Lit(self.tilde_expanded(part)), Look::Through);
                        self.effect(Effect::new(Kind::Write, target, call, span));
                    }
                }
                for line in text.split(['\n', ';']).map(str::trim_start) {
                    if let Some(code) = line.strip_prefix('!').or_else(|| line.strip_prefix("shell ")) {
                        self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
                    }
                }
                self.inline("vim", text, source, call);
            }
            "debugger" => {
                // gdb(1), lldb(1): `shell x`, `!x`, `platform shell x`; `run` is the program that is debugged.
                for line in text.lines().map(str::trim_start) {
                    let line = line.trim_start_matches(['@', ':', '.']);
                    let shell = ["shell ", "she ", "shel ", "!", "platform shell ", "make ", "exec ", "push !"];
                    let shell = shell.iter().find_map(|p| line.strip_prefix(p));
                    if let Some(code) = shell {
                        self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
                    } else if let Some((_, code)) = line
                        .strip_prefix("pipe ")
                        .or_else(|| line.strip_prefix("target remote "))
                        .or_else(|| line.strip_prefix("target extended-remote "))
                        .and_then(|line| match line.trim_start().strip_prefix('|') {
                            Some(command) if !command.contains('|') => Some(("", command)),
                            _ => line.trim_start_matches('|').split_once('|'),
                        })
                    {
                        self.shell_code(Val::Lit(code.trim_start()), span, stdin, &mut Sink::new(), call);
                    } else if let Some(code) = line.strip_prefix("python ").or_else(|| line.strip_prefix("script ")) {
                        self.foreign("python", code, span, stdin, call);
                    } else if let Some(rest) = line.strip_prefix("dump ").or_else(|| line.strip_prefix("append ")) {
                        // `dump value FILE "text"`, `dump binary memory FILE from to` (gdb's manual, "Dump/Restore Files")
                        let kinds = ["binary", "ihex", "srec", "tekhex", "verilog", "value", "memory"];
                        if let Some(path) = rest.split_whitespace().find(|word| !kinds.contains(word)) {
                            let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Through);
                            self.effect(Effect::new(Kind::Write, target, call, span));
                        }
                    }
                }
                self.inline("vim", text, source, call);
            }
            "fzf-bindings" => {
                for code in fzf::commands_in_bindings(text) {
                    self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
                }
            }
            // tmux(1): commands whose argument is one of the shell's.
            "tmux" => {
                for line in text.lines().map(str::trim) {
                    let word = [
                        "run-shell ",
                        "run ",
                        "if-shell ",
                        "if ",
                        "new-window ",
                        "neww ",
                        "split-window ",
                        "respawn-pane ",
                    ];
                    let Some(rest) = word.iter().find_map(|word| line.strip_prefix(word)) else { continue };
                    let code =
                        rest.trim_start_matches(|c: char| c == '-' || c == 'b' && rest.starts_with('-') || c == ' ');
                    self.shell_code(Val::Lit(code.trim_matches(['"', '\''])), span, stdin, &mut Sink::new(), call);
                }
            }
            // ssh_config(5): keywords whose argument is a command, and the forward that opens this machine.
            "ssh-config" => {
                for line in text.lines().map(str::trim) {
                    let (name, value) = line.split_once([' ', '\t', '=']).unwrap_or((line, ""));
                    let value = value.trim_start_matches([' ', '\t', '=']);
                    let code = match name.to_ascii_lowercase().as_str() {
                        "remoteforward" => {
                            self.plain_effect(Kind::Tunnel, value, call, span, Taint::NONE, &["remote-forward"]);
                            ""
                        }
                        // `%d` is the home (ssh_config(5), "TOKENS").
                        "proxycommand" | "localcommand" | "knownhostscommand" => {
                            &*self.bump.alloc_str(&value.replace("%d/", "~/"))
                        }
                        "match" => value.split_once("exec ").map_or("", |(_, code)| code.trim().trim_matches('"')),
                        _ => "",
                    };
                    if !matches!(code, "" | "none") {
                        self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
                    }
                }
            }
            // `name = value` is `--name value` (curl(1), `--config`; wget's manual, "Wgetrc Commands").
            "curl-config" | "wget-config" => {
                let program = language.strip_suffix("-config").unwrap_or(language);
                if self.facts.calls.get(call as usize).is_some_and(|call| call.options.len() > MOST_SETTINGS) {
                    return self.unread(span, MORE, false);
                }
                // For the addresses that the call at hand asks for.
                let mut words = match self.facts.calls.get(call as usize).filter(|call| call.program == program) {
                    Some(call) => {
                        let kept = call.options.iter().filter(|option| !option.is("-K"));
                        let options = kept.flat_map(|o| [Some(Field::new(Val::Lit(o.spelled), o.span)), o.value]);
                        let operands = call.operands.iter().map(|operand| operand.field);
                        call.words.iter().take(1).copied().chain(options.flatten()).chain(operands).collect()
                    }
                    None => vec![Field::new(Val::Lit(program), span)],
                };
                if text.lines().nth(MOST_SETTINGS).is_some() {
                    self.unread(span, MORE, false);
                }
                let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
                for line in lines.take(MOST_SETTINGS) {
                    let between = ['=', ':', ' ', '\t'];
                    let Some((name, value)) = line.split_once(between) else { continue };
                    let name = name.trim_start_matches('-').trim_end().replace('_', "-");
                    let name = self.bump.alloc_str(&format!("--{name}"));
                    words.push(Field::new(Val::Lit(name), span));
                    words.push(Field::new(Val::Lit(value.trim_start_matches(between).trim_matches('"')), span));
                }
                let words = self.bump.alloc_slice_copy(&words);
                self.external(words, &[], &Data::NOTHING, &mut Sink::new());
            }
            // Each line is a call of the client, with the options that this one has.
            "redis" => {
                let options: Vec<Field<'a>> = match self.facts.calls.get(call as usize) {
                    Some(call) => call.words.to_vec(),
                    None => Vec::new(),
                };
                for line in text.lines().map(str::trim).filter(|line| !line.is_empty()).take(limits::CALLS) {
                    let words = line.split_whitespace().map(|w| Field::new(Val::Lit(w), span));
                    let words: Vec<Field<'a>> = options.iter().copied().chain(words).collect();
                    let words = self.bump.alloc_slice_copy(&words);
                    self.external(words, &[], &Data::NOTHING, &mut Sink::new());
                }
            }
            // What redis reads on its port line by line ("Inline commands" of its protocol), RESP's marks left out.
            "redis-protocol" => {
                let host = self.facts.calls.get(call as usize).and_then(|call| call.fields("host").next()?.val.lit());
                let lines =
                    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['*', '$']));
                for line in lines.take(limits::CALLS) {
                    let words =
                        ["redis-cli", "-h", host.unwrap_or("elsewhere")].into_iter().chain(line.split_whitespace());
                    let words: Vec<&'a str> = words.collect();
                    self.argv_call(&words, span);
                }
            }
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
            | "patch" | "tmpfiles" | "backups" | "typed" | "apt-config" | "logrotate" | "unixexec" | "php-setting" => {
                self.signs(language, text, span, call);
                self.document(language, text, span, stdin, call);
            }
            "ed" => {
                // `w !sh`: what was put in is what it reads.
                if text.lines().any(|line| matches!(line.trim_start_matches([',', '%']).trim(), "w !sh" | "w !bash")) {
                    self.commands_in_text(text, true, span, call);
                }
                for line in text.lines().map(str::trim_start) {
                    if let Some(line) = line.strip_prefix('!') {
                        // lftp(1) goes on after `;`.
                        let line = &*self.bump.alloc_str(&line.replace("; !", "; "));
                        self.shell_code(Val::Lit(line), span, stdin, &mut Sink::new(), call);
                    } else if ["w ", "r ", "e ", "E "]
                        .iter()
                        .any(|command| line.trim_start_matches(',').starts_with(command))
                    {
                        self.vim_command(line, span, stdin, call);
                    }
                }
            }
            "ansible" => self.playbook(text, span, call),
            "ansible-module" => self.ansible_module(text, span, call),
            "sed" => self.sed_commands(text, span, stdin, call),
            "data" | "native" | "program" => self.opaque(span, language, "", Taint::NONE),
            "awk" => {
                let mut text = self.with_assignments(text, call);
                let given = self.given;
                if !self.names_read.is_empty() && text.contains("system") {
                    // Each line is one of these names.
                    let name = format!("\"{}*\"", self.names_read);
                    text = self.bump.alloc_str(&text.replace("$0", &name).replace("$1", &name));
                }
                // `ps -eo pid= | awk '{ system("kill " $1) }'`: one after the other, if it chooses none.
                let chooses =
                    || !text.trim_start().starts_with('{') || ["if", "~", "==", "NR"].iter().any(|w| text.contains(w));
                let lists = || {
                    let before = self.facts.calls.get((call as usize).checked_sub(1)?)?;
                    Some(before.entry?.output == Output::Processes)
                };
                let all = stdin.taint.has(Taint::PROCESSES) && lists() == Some(true) && !chooses();
                for field in ["FIELD1", "FIELD2"].into_iter().filter(|_| all) {
                    self.set_variable(field, Val::hole(self.bump, stdin.source, Shape::Plain, Taint::PROCESSES));
                }
                self.inline(language, text, source, call);
                for field in ["FIELD1", "FIELD2"].into_iter().filter(|_| all) {
                    self.state.set_var(self.bump, field, None);
                }
                // `system($0)`, `$0 | "sh"`, `$1 | getline`: what it reads is what it runs.
                let runs = ["system($", "system( $", "| getline", "|getline", "|&"].iter().any(|w| text.contains(w));
                match given {
                    Some(lines) if runs => {
                        self.shell_code(Val::Lit(lines), span, &Data::NOTHING, &mut Sink::new(), call);
                        // All fields but the first, which is emptied.
                        if text.contains("$1=\"\"") || text.contains("$1 = \"\"") || text.contains("$2") {
                            let rest =
                                lines.lines().filter_map(|line| line.trim().split_once(' ')).map(|(_, rest)| rest);
                            let rest = self.bump.alloc_str(&rest.collect::<Vec<_>>().join("\n"));
                            self.shell_code(Val::Lit(rest), span, &Data::NOTHING, &mut Sink::new(), call);
                        }
                    }
                    _ if runs && (stdin.taint.has(Taint::NETWORK) || stdin.taint.has(Taint::DECODED)) => {
                        self.opaque_code("bash", stdin.source, stdin.taint, call, span);
                    }
                    _ => {}
                }
            }
            _ => self.inline(language, text, source, call),
        }
        self.sends_what_it_is_given(effects, (language, text), stdin, call);
        // It is this code's, read or not.
        self.names_read = "";
        (self.given, self.given_from) = (None, None);
        self.depth -= 1;
    }

    /// What code sends may be what it is given: on its input, `env | python3 -c '…post(url, data=sys.stdin)'`, or in its
    /// words, where it looks at them.
    fn sends_what_it_is_given(&mut self, effects: usize, (language, text): (&str, &str), stdin: &Data<'a>, call: u32) {
        let places = self.know.places();
        let says = |list: &str| places.list(list).any(|sign| sign.len() > 2 && text.contains(sign));
        let reads = || language == "awk" || says("reads-input") || says("reads-input-otherwise");
        let given = if !stdin.inherited && stdin.taint.has(PRIVATE) && reads() { stdin.taint } else { Taint::NONE };
        if given != Taint::NONE {
            self.sends_carry(effects, given.only(PRIVATE));
        }
        self.writes_what_it_is_given(effects, given.only(PRIVATE));
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
            let Effect { does: Kind::Write | Kind::Append | Kind::Create, target, .. } = self.facts.effects[at] else {
                continue;
            };
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
