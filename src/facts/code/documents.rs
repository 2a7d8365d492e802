//! Documents and settings of other programs, as far as they hold commands, name code or send files.

use crate::facts::Effect;
use crate::facts::analysis::{Analysis, MORE};
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::targets::{Look, paths};
use crate::facts::value::{Data, Shape, Sink, Taint, Val};
use crate::limits;

/// How text begins behind which stands a file that is read, and the sign that ends its name: m4's `include(file)`, LaTeX's
/// `\\verbatiminput{file}`, TeX's `\\input file`.
const INPUTS: [(&str, char); 6] = [
    ("include(", ')'),
    ("verbatiminput{", '}'),
    ("lstinputlisting{", '}'),
    ("\\input{", '}'),
    ("\\input ", ' '),
    ("\\openin", ' '),
];

/// Bytes of keys that somebody types.
const LONGEST_TYPED: usize = 8 << 10;

impl<'a> Analysis<'a> {
    /// What a document or a file of settings has run. `language` is its form.
    pub fn document(&mut self, language: &'a str, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        match language {
            "latex" => self.macros(text, span, stdin, call),
            // `execute_process(COMMAND …)` (cmake-commands(7)).
            "cmake" => {
                let text: &'a str = self.bump.alloc_str(&cmake_variables(text));
                for (at, start) in text.match_indices("REMOVE_RECURSE ") {
                    let path = text[at + start.len()..].split([')', '\n']).next().unwrap_or_default();
                    let code = format!("rm -rf {}", path.replace("$ENV{HOME}", "$HOME"));
                    self.handed(self.bump.alloc_str(&code), span, call);
                }
                // `file(DOWNLOAD url path)`
                for (at, start) in text.match_indices("DOWNLOAD ") {
                    let mut words = text[at + start.len()..].split([' ', '\n', ')']).map(|word| word.trim_matches('"'));
                    if let (Some(url), Some(path)) = (words.next(), words.next()) {
                        let code = self.bump.alloc_str(&shell_words::join(["curl", "-so", path, url]));
                        self.handed(code, span, call);
                    }
                }
                for (at, _) in text.match_indices("COMMAND ") {
                    let code = &text[at + 8..];
                    let ends = [")", "\n", " WORKING_DIRECTORY", " OUTPUT_", " RESULT_", " COMMAND "];
                    let end = ends.iter().filter_map(|end| code.find(end)).min().unwrap_or(code.len());
                    let code = code[..end].replace("${CMAKE_COMMAND}", "cmake").replace("$ENV{", "${");
                    self.handed(self.bump.alloc_str(&code), span, call);
                }
            }
            "commands" => {
                // Ant's `<delete dir="…"/>`
                for (at, start) in text.match_indices("<delete ") {
                    let tag = text[at + start.len()..].split('>').next().unwrap_or_default();
                    let path = ["dir=\"", "file=\""].iter().find_map(|name| tag.split_once(name)?.1.split('"').next());
                    if let Some(path) = path {
                        let code = format!("rm -rf \"{}\"", path.replace("${user.home}", "$HOME"));
                        self.handed(self.bump.alloc_str(&code), span, call);
                    }
                }
                // Of forms that are not read line by line (`{entry: …}`).
                self.commands_in_text(text, true, span, call);
                for line in text.lines() {
                    let Some((key, code)) = line.split_once(['=', ':']) else { continue };
                    if names_command(key.trim().trim_start_matches("- ").trim_matches('"')) {
                        let code = code.trim();
                        let listed = code.strip_prefix('[').and_then(|code| code.strip_suffix(']'));
                        let quoted = code.strip_prefix('"').and_then(|code| code.strip_suffix('"'));
                        let code = match listed {
                            Some(words) => self.bump.alloc_str(&listed_words(words)),
                            None => quoted.unwrap_or(code),
                        };
                        self.handed(code, span, call);
                    }
                }
                self.named_commands(text, span, call);
            }
            // groff(7) `.sy`, `.pso`; pic(1) `sh X command X`.
            "roff" => {
                for line in text.lines().map(str::trim_start) {
                    if let Some(code) = line.strip_prefix(".sy ").or_else(|| line.strip_prefix(".pso ")) {
                        self.handed(code, span, call);
                    } else if let Some(code) = line.strip_prefix("sh ")
                        && let Some(sign) = code.chars().next()
                    {
                        self.handed(code[sign.len_utf8()..].trim_end().trim_end_matches(sign), span, call);
                    }
                }
            }
            // Actions that begin with a bar (procmailrc(5)), and names of files that are none.
            "piped" => {
                for code in
                    text.lines().filter_map(|line| line.trim_start().trim_start_matches('~').strip_prefix(['|', '!']))
                {
                    self.handed(code, span, call);
                }
            }
            "cpan" => {
                for code in text.lines().filter_map(|line| line.trim_start().strip_prefix('!')) {
                    self.foreign("perl", code.trim(), span, stdin, call);
                }
            }
            "nginx" => self.directives(text, span, call),
            // `exec { 'command': }`, `file { '/path': }`
            "puppet" => {
                let text = text.replace('{', "(").replace('}', ")").replace("':", "',").replace("\":", "\",");
                let text = self.bump.alloc_str(&text);
                let source = self.source(text, language, Some(span));
                self.inline("puppet", text, source, call);
            }
            "hcl" => self.programs_of_hcl(text, span, call),
            // apt.conf(5): hooks are quoted commands.
            "apt-config" => {
                for line in text.lines().filter(|line| line.contains("Invoke") || line.contains("Pre-Install-Pkgs")) {
                    for code in line.split('"').skip(1).step_by(2) {
                        self.handed(code, span, call);
                    }
                }
            }
            // logrotate(8): what stands between `postrotate` and its like and `endscript`.
            "logrotate" => {
                let starts = ["postrotate", "prerotate", "firstaction", "lastaction", "preremove"];
                let mut script = false;
                let mut logs = "";
                for line in text.lines().map(str::trim) {
                    match line {
                        "endscript" => script = false,
                        _ if starts.contains(&line) => script = true,
                        _ if script => self.handed(line, span, call),
                        // None of the old ones is kept.
                        "rotate 0" if !logs.is_empty() => {
                            self.handed(self.bump.alloc_str(&format!("rm -f {logs}")), span, call);
                        }
                        "}" => logs = "",
                        _ => logs = line.strip_suffix('{').map_or(logs, str::trim),
                    }
                }
            }
            // `unixexec:path=/bin/sh,argv1=-c,argv2=…` (D-Bus specification, "Executed Subprocesses on Unix").
            "unixexec" => {
                let Some(parts) = text.strip_prefix("unixexec:") else { return };
                let words: Vec<&'a str> = parts
                    .split(',')
                    .filter_map(|part| part.split_once('='))
                    .filter(|(name, _)| *name == "path" || name.starts_with("argv") && *name != "argv0")
                    .map(|(_, value)| value)
                    .collect();
                let code = self.bump.alloc_str(&shell_words::join(words));
                self.handed(code, span, call);
            }
            // Settings of php.ini that load code.
            "php-setting" => {
                for (name, value) in text.lines().filter_map(|line| line.split_once('=')) {
                    let language = match name.trim() {
                        "extension" | "zend_extension" => "native",
                        "auto_prepend_file" | "auto_append_file" => "php",
                        _ => continue,
                    };
                    self.code_file(language, Val::Lit(value.trim()), span, stdin, &mut Sink::new(), call);
                }
            }
            "ftp" => {
                let mut folder = "";
                for line in text.split(['\n', ';']).map(str::trim) {
                    // What lftp does to each name that a pattern means: `glob -a rm -r /x/*`.
                    let each = line.strip_prefix("glob ").map(str::trim_start);
                    let line = match each {
                        Some(each) if each.starts_with('-') => each.split_once(' ').map_or("", |(_, rest)| rest.trim()),
                        Some(each) => each,
                        None => line,
                    };
                    match line.strip_prefix("lcd ") {
                        Some(path) => folder = path.trim(),
                        None => self.transfer(line, folder, span, call),
                    }
                }
            }
            "patch" => self.patched(text, span, call),
            // Into a shell, or whatever else waits there; keys by their names (tmux(1), "KEY BINDINGS").
            // Nobody types as much.
            "typed" if text.len() > LONGEST_TYPED => self.unread(span, MORE, false),
            "typed" => {
                let typed = ["\nEnter", "\nC-m"].iter().fold(text.to_owned(), |text, enter| text.replace(enter, ";"));
                let typed = typed.replace("\nSpace\n", " ");
                self.quietly(|this| {
                    this.handed(this.bump.alloc_str(&typed), span, call);
                    // One key after the other (tmux(1), "send-keys").
                    let keys = typed.replace(";\n", ";");
                    if keys.contains('\n') {
                        this.handed(this.bump.alloc_str(&keys.replace('\n', "")), span, call);
                    }
                });
                self.facts.effects.retain(|effect| effect.does != Kind::Unknown || effect.call <= call);
            }
            // Statements of RMAN, Bacula and their like, which destroy by their first word.
            "backups" => {
                for statement in text.split(['\n', ';', '{', '}']).map(str::trim) {
                    let first = statement.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
                    // Bacula's `@exec`
                    if let Some(code) = statement.strip_prefix("@exec ") {
                        self.handed(code.trim_matches('"'), span, call);
                    }
                    match first.as_str() {
                        "delete" | "purge" | "drop" | "prune" | "erase" | "expire" => {
                            self.plain_effect(Kind::Destroy, statement, call, span, Taint::NONE, &["backup"]);
                        }
                        // RMAN's, over the files of the database (Oracle's "Backup and Recovery Reference", RESTORE).
                        "restore" | "flashback"
                            if !statement.contains("preview") && !statement.contains("validate") =>
                        {
                            self.plain_effect(Kind::Restore, statement, call, span, Taint::NONE, &["overwrite"]);
                        }
                        _ => {}
                    }
                }
            }
            // tmpfiles.d(5): what is made, emptied, opened and removed.
            "tmpfiles" => {
                for line in text.lines() {
                    let mut words = line.split_whitespace();
                    let (Some(kind), Some(path)) = (words.next(), words.next()) else { continue };
                    let mode = words.next().filter(|mode| *mode != "-").unwrap_or_default();
                    // User, group and age stand before what is copied or linked.
                    let from = words.nth(3).map_or("x".into(), shell_words::quote);
                    // Its specifiers for folders.
                    let path = match path.strip_prefix("%h") {
                        Some(rest) => format!("~{rest}"),
                        None => shell_words::quote(path).into_owned(),
                    };
                    let code = match kind.chars().next() {
                        Some('R' | 'r' | 'D') => format!("rm -rf {path}"),
                        Some('m' | 'z' | 'Z') if !mode.is_empty() => format!("chmod {mode} {path}"),
                        Some('C') if !mode.is_empty() => format!("cp {from} {path}; chmod {mode} {path}"),
                        Some('C') => format!("cp {from} {path}"),
                        Some('f' | 'F' | 'w' | 'L') => format!("cp x {path}"),
                        _ => continue,
                    };
                    self.handed(self.bump.alloc_str(&code), span, call);
                }
            }
            _ => {}
        }
    }

    /// What is handed to a shell.
    pub(in crate::facts) fn handed(&mut self, code: &'a str, span: Span, call: u32) {
        self.shell_code(Val::Lit(code), span, &Data::NOTHING, &mut Sink::new(), call);
    }

    /// `\\write18{…}`, `\\directlua{…}` (LaTeX), `%pipe%…` (Ghostscript), `%(…)`, `%{lua:…}` (rpm's macros), `esyscmd(…)` (m4).
    fn macros(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        let handed = [("write18{", '}'), ("input|\"", '"'), ("input{|\"", '"'), ("%pipe%", ')'), ("%(", ')')];
        self.system_calls(text, span, call);
        for (start, close) in handed {
            for (at, _) in text.match_indices(start) {
                let code = &text[at + start.len()..];
                self.handed(&code[..code.find(close).unwrap_or(code.len())], span, call);
            }
        }
        for start in ["directlua{", "%{lua:"] {
            for (at, _) in text.match_indices(start) {
                let code = &text[at + start.len()..];
                self.foreign("lua", &code[..code.find('}').unwrap_or(code.len())], span, stdin, call);
            }
        }
        self.opened_by_tex(text, span, call);
        for (start, close) in INPUTS {
            for (at, _) in text.match_indices(start) {
                let path = &text[at + start.len()..];
                let path = path[..path.find(close).unwrap_or(path.len())].trim_matches(['[', ']', '`', '\'']);
                // `\\openin5=path`
                let path = path.rsplit_once('=').map_or(path, |(_, path)| path);
                if path.starts_with('|') {
                    continue;
                }
                self.file_data(Val::Lit(path), span, true);
            }
        }
    }

    /// `\\openout\\f=path`, `\\newwrite…`: what TeX writes (The TeXbook, chapter 21).
    fn opened_by_tex(&mut self, text: &'a str, span: Span, call: u32) {
        for (at, start) in text.match_indices("openout") {
            let Some((_, path)) = text[at + start.len()..].split_once('=') else { continue };
            let path = path.trim_start().split([' ', '\\', '\n', '}']).next().unwrap_or_default();
            if path.contains(['/', '~']) {
                self.written_by_command(path, span, call);
            }
        }
    }

    /// Commands by their names within a line: `{id: x, entry: make lint}`, `genrule(cmd="…")`, Nix's `shellHook = "…"`.
    fn named_commands(&mut self, text: &'a str, span: Span, call: u32) {
        const NAMES: [&str; 7] = ["entry", "cmd", "local_cmd", "bash_cmd", "cmd_bash", "shellHook", "runner"];
        let mut count = 0;
        for name in NAMES {
            let sign = if name == "entry" { ':' } else { '=' };
            for (at, _) in text.match_indices(name) {
                let within = |c: char| c == '_' || c == '-' || c.is_ascii_alphanumeric();
                let Some(value) = text[at + name.len()..].trim_start_matches(' ').strip_prefix(sign) else { continue };
                if text[..at].ends_with(within) {
                    continue;
                }
                let value = value.trim_start();
                let code = if let Some(rest) = value.strip_prefix("''") {
                    &rest[..rest.find("''").unwrap_or(rest.len())]
                } else if value.starts_with('"') {
                    let Some(texts) = texts_in_quotes(value) else { return self.unread(span, MORE, false) };
                    &*self.bump.alloc_str(&texts.into_iter().next().unwrap_or_default())
                } else if sign == ':' && text[..at].trim_end().ends_with(['{', ',']) {
                    &value[..value.find(['}', '\n', '{']).unwrap_or(value.len())]
                } else {
                    continue;
                };
                if code.len() > LONGEST_COMMAND || count >= limits::UNROLL {
                    return self.unread(span, MORE, false);
                }
                count += 1;
                self.handed(code, span, call);
            }
        }
    }

    /// m4's `syscmd(…)` and `esyscmd(…)`, with what `define` gave a name.
    fn system_calls(&mut self, text: &'a str, span: Span, call: u32) {
        if !text.contains("syscmd(") {
            return;
        }
        let bare = |text: &str| text.replace(['`', '\''], "");
        let defined: Vec<(String, String)> = text
            .split("define(")
            .skip(1)
            .filter_map(|rest| rest.split_once(')')?.0.split_once(','))
            .map(|(name, value)| (bare(name.trim()), bare(value.trim())))
            .filter(|(name, _)| !name.is_empty())
            .collect();
        for (at, start) in text.match_indices("syscmd(") {
            let code = &text[at + start.len()..];
            let mut code = bare(code[..closing(code)].trim_matches(['[', ']']));
            for (name, value) in &defined {
                code = code.replace(name, value);
            }
            self.handed(self.bump.alloc_str(&code), span, call);
        }
    }

    /// A patch of files that the script wrote: what it adds to each.
    fn patched(&mut self, text: &'a str, span: Span, call: u32) {
        let given = |name: &str| self.facts.calls.get(call as usize)?.fields(name).next()?.val.lit();
        let (named, folder) = (given("path"), given("-d"));
        let mut path: Option<&'a str> = None;
        let mut added: Vec<(&'a str, String)> = Vec::new();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("+++ ") {
                let name = name.split('\t').next().unwrap_or(name).trim();
                let known = |name: &'a str| self.absolute(name).filter(|path| self.state.file(path).is_some());
                let bare = name.split_once('/').map_or(name, |(_, rest)| rest);
                let below = |folder: &str| self.absolute(self.bump.alloc_str(&format!("{folder}/{bare}")));
                path = folder
                    .and_then(below)
                    .or_else(|| named.and_then(known))
                    .or_else(|| known(name))
                    .or_else(|| known(bare))
                    .or_else(|| self.absolute(bare));
                added.extend(path.map(|path| (path, String::new())));
            } else if let (Some(more), Some(_), Some((_, text))) = (line.strip_prefix('+'), path, added.last_mut()) {
                text.push_str(more);
                text.push('\n');
            }
        }
        for (path, more) in added.into_iter().take(limits::CALLS) {
            let target = self.path_target(Val::Lit(path), Look::Through);
            self.effect(Effect { marks: &["edited"], ..Effect::new(Kind::Write, target, call, span) });
            let before = self.state.file(path).map(|file| file.data);
            let text = before.and_then(|data| data.text?.lit()).unwrap_or_default();
            let text = self.bump.alloc_str(&format!("{text}\n{more}"));
            let data = Data { text: Some(Val::Lit(text)), ..before.unwrap_or(Data::known(Val::EMPTY)) };
            self.remember(Some(path), data, false);
        }
    }

    /// nginx's directives: modules are code, what is served is read by whoever asks.
    fn directives(&mut self, text: &'a str, span: Span, call: u32) {
        for directive in text.split([';', '{', '}', '\n']).map(str::trim) {
            let Some((name, value)) = directive.split_once(char::is_whitespace) else { continue };
            let value = value.trim();
            match name {
                "load_module" => {
                    self.code_file("native", Val::Lit(value), span, &Data::NOTHING, &mut Sink::new(), call)
                }
                "root" | "alias" if value.starts_with('/') => {
                    let target = self.path_target(Val::Lit(value), Look::Not);
                    self.effect(Effect { marks: &["served"], ..Effect::new(Kind::Read, target, call, span) });
                }
                _ => {}
            }
        }
    }

    /// `command = "…"` of a provisioner, `program = ["sh", "-c", "…"]` of an external data source.
    fn programs_of_hcl(&mut self, text: &'a str, span: Span, call: u32) {
        // Terragrunt's `run_cmd("sh", "-c", "…")`
        let mut count = 0;
        for (at, start) in text.match_indices("run_cmd(") {
            count += 1;
            let rest = &text[at + start.len()..];
            let words = if count <= limits::UNROLL { texts_in_quotes(&rest[..closing(rest)]) } else { None };
            let Some(words) = words else { return self.unread(span, MORE, false) };
            let code = shell_words::join(words.iter().filter(|word| !word.starts_with("--terragrunt")));
            self.handed(self.bump.alloc_str(&code), span, call);
        }
        for name in ["command", "program"] {
            for (at, _) in text.match_indices(name) {
                count += 1;
                if count > limits::UNROLL {
                    return self.unread(span, MORE, false);
                }
                let rest = text[at + name.len()..].trim_start();
                let Some(value) = rest.strip_prefix('=').map(str::trim_start) else { continue };
                let line = value.lines().next().unwrap_or_default();
                if ["join(", "format(", "reverse(", "base64decode("].iter().any(|made| line.contains(made)) {
                    self.plain_effect(
                        Kind::Code,
                        "a program that is put together",
                        call,
                        span,
                        Taint::DECODED,
                        &["hidden"],
                    );
                }
                let list = value.strip_prefix('[');
                let Some(words) = texts_in_quotes(list.unwrap_or(line)) else {
                    return self.unread(span, MORE, false);
                };
                let code = match list {
                    Some(_) => shell_words::join(words),
                    None => words.into_iter().next().unwrap_or_default(),
                };
                self.handed(self.bump.alloc_str(&code), span, call);
            }
        }
    }

    /// One command of a client that copies files: `put file`, `get file [here]`, `!command` (ftp(1), sftp(1), lftp(1),
    /// smbclient(1)).
    fn transfer(&mut self, line: &'a str, folder: &str, span: Span, call: u32) {
        // lftp(1): `shell` is `!`.
        if let Some(code) = line.strip_prefix('!').or_else(|| line.strip_prefix("shell ")) {
            return self.handed(code, span, call);
        }
        // Options of `mirror` that take a pattern or a number.
        let mut valued = false;
        // `put -O ftp://host/folder file`
        let puts = ["put ", "mput ", "reput "].iter().any(|verb| line.starts_with(verb));
        let mut words = line.split_whitespace().filter(|word| {
            let takes = matches!(*word, "-x" | "-X" | "-i" | "-I" | "-P") || puts && *word == "-O";
            let value = std::mem::replace(&mut valued, takes);
            !value && (!word.starts_with('-') || *word == "-R")
        });
        let Some(verb) = words.next() else { return };
        let names: Vec<&'a str> = words.collect();
        match verb {
            "put" | "mput" | "reput" | "send" | "append" | "mirror" => {
                let sends = verb != "mirror" || names.first() == Some(&"-R");
                let Some(path) = names.iter().find(|name| **name != "-R").filter(|_| sends) else { return };
                // What is not here is removed there.
                if verb == "mirror" && line.split_whitespace().any(|word| matches!(word, "-e" | "--delete")) {
                    let there = names.last().copied().unwrap_or(line);
                    self.plain_effect(Kind::Destroy, there, call, span, Taint::NONE, &["bucket-content"]);
                }
                let path = if folder.is_empty() || path.starts_with(['/', '~']) {
                    self.tilde_expanded(path)
                } else {
                    &*self.bump.alloc_str(&format!("{}/{path}", folder.trim_end_matches('/')))
                };
                let taint = self.file_data(Val::Lit(path), span, true).taint;
                let mut known = false;
                for effect in self.facts.effects.iter_mut().filter(|e| e.call == call && e.does == Kind::Send) {
                    effect.data |= taint;
                    known = true;
                }
                if !known {
                    let target = self.host_target(Val::hole(self.bump, "the host", Shape::NonEmpty, Taint::NONE));
                    self.effect(Effect { data: taint, ..Effect::new(Kind::Send, target, call, span) });
                }
            }
            // lftp's; sftp's own `rm` takes no folder.
            "rm" | "mrm" if line.contains('*') || line.split_whitespace().any(|word| matches!(word, "-r" | "-rf")) => {
                let Some(path) = names.first() else { return };
                self.plain_effect(Kind::Destroy, path, call, span, Taint::NONE, &["bucket-content"]);
            }
            "get" | "mget" | "recv" | "reget" | "pget" | "get1" => {
                // lftp's `-O` names the folder.
                let (there, here) = match names[..] {
                    [folder, there] if line.contains(" -O ") => (there, Some((folder, paths::base_name(there)))),
                    [there, here] => (there, Some(("", here))),
                    [there, ..] => (there, None),
                    [] => return,
                };
                let (within, name) = here.unwrap_or(("", paths::base_name(there)));
                let within = if within.is_empty() { folder } else { within };
                let path = match within {
                    "" => name,
                    _ if name.starts_with(['/', '~']) => name,
                    _ => &*self.bump.alloc_str(&format!("{}/{name}", within.trim_end_matches('/'))),
                };
                let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Through);
                self.effect(Effect { data: Taint::NETWORK, ..Effect::new(Kind::Write, target, call, span) });
                self.remember(target.path, Data::unknown(line, Taint::NETWORK), false);
            }
            _ => {}
        }
    }
}

/// The texts in double quotes up to the bracket that ends their list, what stands escaped in them resolved; none if that is
/// longer than is read.
pub(in crate::facts) fn texts_in_quotes(list: &str) -> Option<Vec<String>> {
    let mut out: Vec<String> = Vec::new();
    let mut within: Option<String> = None;
    let mut signs = list.chars();
    while let Some(sign) = signs.next() {
        if list.len() - signs.as_str().len() > LONGEST_LIST {
            return None;
        }
        match (&mut within, sign) {
            (None, ']') => break,
            (None, '"') => within = Some(String::new()),
            (None, _) => {}
            (Some(_), '"') => out.extend(within.take()),
            (Some(text), '\\') => text.extend(signs.next().map(|sign| match sign {
                'n' => '\n',
                't' => '\t',
                sign => sign,
            })),
            (Some(text), sign) => text.push(sign),
        }
    }
    // One that does not end is read as far as it goes.
    out.extend(within);
    Some(out)
}

/// Bytes of a list of texts.
const LONGEST_LIST: usize = 16 << 10;

/// A command within a line of settings.
const LONGEST_COMMAND: usize = 4096;

/// `"sh", "-c", "make lint"`: the words of a list, as a command.
fn listed_words(list: &str) -> String {
    let mut words = Vec::new();
    let mut rest = list.trim();
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (word, after) = match quote {
            Some(quote) => rest[1..].split_once(quote).unwrap_or((&rest[1..], "")),
            None => rest.split_once(',').map_or((rest, ""), |(word, _)| (word.trim(), &rest[word.len()..])),
        };
        words.push(word);
        rest = after.trim_start_matches([',', ' ', '\t']);
    }
    shell_words::join(words)
}

/// Keys of settings whose values are commands: tox.ini, build.ninja, Procfile, pre-commit's hooks, cargo's runners.
fn names_command(key: &str) -> bool {
    let last = key.rsplit('.').next().unwrap_or(key);
    matches!(
        last,
        "command"
            | "commands"
            | "commands_pre"
            | "entry"
            | "web"
            | "worker"
            | "release"
            | "runner"
            | "linker"
            | "script-shell"
            | "rustc-wrapper"
    )
}

/// Where the bracket closes that was opened before a text.
fn closing(text: &str) -> usize {
    let mut deep = 1;
    text.bytes()
        .position(|byte| {
            deep += i32::from(byte == b'(') - i32::from(byte == b')');
            deep == 0
        })
        .unwrap_or(text.len())
}

/// CMake's variables in place: `set(base "$ENV{HOME}")`, `file(GLOB entries "${base}/*")`, `foreach(e IN LISTS entries)`.
fn cmake_variables(text: &str) -> String {
    let mut known: Vec<(String, String)> = Vec::new();
    let filled = |text: &str, known: &[(String, String)]| {
        known.iter().fold(text.to_owned(), |text, (spelled, value)| match text.len() <= limits::WORD {
            true => text.replace(spelled, value),
            false => text,
        })
    };
    for line in text.lines().map(str::trim) {
        let Some((command, rest)) = line.split_once('(').filter(|_| known.len() < limits::NESTING as usize) else {
            continue;
        };
        let words: Vec<&str> = rest.trim_end_matches(')').split_whitespace().collect();
        let (name, value) = match (command, &words[..]) {
            ("set", [name, value]) => (*name, (*value).to_owned()),
            ("set", [name, values @ ..]) if values.len() > 1 => (*name, format!("{{{}}}", values.join(","))),
            ("file", ["GLOB" | "GLOB_RECURSE", name, .., pattern]) => (*name, (*pattern).to_owned()),
            ("foreach", [name, "IN", "LISTS", list]) => (*name, format!("${{{list}}}")),
            ("foreach", [name, "IN", "ITEMS", items @ ..]) if items.len() > 1 => {
                (*name, format!("{{{}}}", items.join(",")))
            }
            ("cmake_path", ["APPEND", base, part, "OUTPUT_VARIABLE", name]) => {
                (*name, format!("${{{base}}}/{}", part.trim_matches('"')))
            }
            ("foreach", [name, list]) => (*name, (*list).to_owned()),
            _ => continue,
        };
        known.push((format!("${{{name}}}"), filled(value.trim_matches('"'), &known)));
    }
    filled(text, &known)
}
