//! What the commands of editors do: vim's command line, sed's scripts, the clients that take `!command`.

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::fold::sed;
use crate::facts::knowledge::{Kind, Lists};
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::value::{Data, Sink, Val};
use crate::facts::{Call, Effect, Operand};
use crate::limits;

impl<'a> Analysis<'a> {
    /// One command of vim's command line: what it hands to a shell or to another language, and the files it writes
    /// (vim's manual, "various", "insert", "editing").
    pub(in crate::facts) fn vim_command(&mut self, line: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        // `vim +command` is `vim -c command`.
        let line = line.strip_prefix('+').unwrap_or(line).trim_start_matches([':', ' ', '\t']);
        let command = line.trim_start_matches(|c: char| c.is_ascii_digit() || "%,$.'<>".contains(c));
        let end = command.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(command.len());
        let (word, rest) = command.split_at(end);
        self.written_by_function(rest, span, call);
        let shell = |this: &mut Self, code: &'a str| {
            this.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
        };
        match word {
            "w" | "wr" | "write" | "wq" | "x" | "xit" | "exi" | "exit" | "sav" | "saveas" | "up" | "update" => {
                // `:w !command` is not `:w! file`.
                if let Some(code) = rest.strip_prefix(' ').and_then(|rest| rest.trim_start().strip_prefix('!')) {
                    // It is given what is edited.
                    let opened = self.facts.calls.get(call as usize).and_then(|call| call.fields("path").last());
                    let data = opened
                        .map_or(*stdin, |file| Data { inherited: false, ..self.file_data(file.val, file.span, false) });
                    self.shell_code(Val::Lit(code), span, &data, &mut Sink::new(), call);
                    return;
                }
                let path = rest.trim_start_matches(['!', '>', ' ']).trim();
                if path.is_empty() && !rest.contains('>') {
                    // The files that it was started with.
                    let opened = self.facts.calls.get(call as usize).map_or(&[][..], |call| call.operands);
                    for operand in opened.iter().filter(|o| o.name == "path") {
                        if operand.field.val.lit().is_some_and(|path| path.starts_with('+')) {
                            continue;
                        }
                        let target = self.path_target(operand.field.val, Look::Through);
                        self.effect(Effect { marks: &["edited"], ..Effect::new(Kind::Write, target, call, span) });
                    }
                }
                let (path, next) = path.split_once('|').unwrap_or((path, ""));
                if !path.trim().is_empty() {
                    let target = self.path_target(Val::Lit(self.tilde_expanded(path.trim())), Look::Through);
                    self.effect(Effect::new(Kind::Write, target, call, span));
                }
                if !next.is_empty() {
                    self.later_command(next, span, stdin, call);
                }
            }
            // `:r file`, as `:w !command` hands it on; `:e file` is edited from here on (ed(1), "Commands").
            "r" | "re" | "read" | "e" | "E" | "ed" | "edit" if !rest.trim_start().starts_with('!') => {
                let path = rest.trim_start_matches('!').trim();
                if !path.is_empty() {
                    let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Through);
                    self.effect(Effect::new(Kind::Read, target, call, span));
                }
            }
            "py" | "py3" | "pyx" | "python" | "python3" => self.foreign("python", rest.trim_start(), span, stdin, call),
            "lua" => self.foreign("lua", rest.trim_start(), span, stdin, call),
            "rub" | "ruby" => self.foreign("ruby", rest.trim_start(), span, stdin, call),
            "pe" | "perl" => self.foreign("perl", rest.trim_start(), span, stdin, call),
            "ter" | "term" | "terminal" => shell(self, rest),
            // `:silent! !command`; a group's name may stand before the event (vim's manual, "autocmd").
            "sil" | "silent" => self.later_command(rest.strip_prefix('!').unwrap_or(rest), span, stdin, call),
            "au" | "autocmd" => {
                if let Some(command) = command_of_event(rest) {
                    self.later_command(command, span, stdin, call);
                }
            }
            // `:redir >> file`, `:mksession! file`, `:set verbosefile=file` (vim's manual, "various", "starting").
            "redi" | "redir" | "mks" | "mksession" | "mkv" | "mkvimrc" | "mk" | "mkexrc" | "mkvie" | "mkview"
                if rest.contains(['/', '~']) =>
            {
                self.written_by_command(rest.trim_start_matches([' ', '>', '!']).trim_end(), span, call);
            }
            "se" | "set" | "setg" | "setglobal" if rest.contains("verbosefile=") => {
                let file = rest.split_once("verbosefile=").map_or("", |(_, file)| file.trim());
                self.written_by_command(file, span, call);
            }
            "so" | "sou" | "source" | "luaf" | "luafile" | "py3f" | "py3file" | "pyf" | "pyfile" | "rubyf"
            | "rubyfile" => {
                let language = match word {
                    "so" | "sou" | "source" => "vim",
                    "luaf" | "luafile" => "lua",
                    "rubyf" | "rubyfile" => "ruby",
                    _ => "python",
                };
                let file = Val::Lit(self.tilde_expanded(rest.trim_start_matches('!').trim()));
                self.code_file(language, file, span, stdin, &mut Sink::new(), call);
            }
            // A shell for whoever sits there.
            "sh" | "she" | "shell" => shell(self, "sh < /dev/tty"),
            // `:exe "norm! ihello"`: the text is the command.
            "exe" | "exec" | "execute" if rest.trim().len() > 1 && rest.trim().starts_with(['"', '\'']) => {
                let command = match joined(rest.trim()) {
                    Some(whole) => self.bump.alloc_str(&whole),
                    None => rest.trim().trim_matches(['"', '\'']),
                };
                self.later_command(command, span, stdin, call);
            }
            // Keys by which text is typed (vim's manual, "insert").
            "norm" | "norma" | "normal"
                if rest.trim_start_matches(['!', ' ']).starts_with(['i', 'I', 'a', 'A', 'o', 'O']) => {}
            // `:s/a!/b/|x`: what follows the bar is the next command.
            "s" | "su" | "substitute" => {
                let Some(delimiter) = rest.chars().next().filter(|_| rest.contains('|')) else { return };
                let (_, after) = sed::until(&rest[delimiter.len_utf8()..], delimiter);
                let (_, flags) = sed::until(after.unwrap_or_default(), delimiter);
                let flags = flags.unwrap_or_default();
                if let Some((_, next)) = flags.split_once('|') {
                    self.later_command(next, span, stdin, call);
                }
            }
            _ => match (line.split_once('!'), line.split_once('|')) {
                (Some((_, code)), _) => shell(self, code),
                (None, Some((_, next))) => self.later_command(next, span, stdin, call),
                (None, None) => {}
            },
        }
    }

    /// `:call writefile(["ls"], "t.sh")`: the lines of a file (vim's manual, "builtin").
    fn written_by_function(&mut self, text: &'a str, span: Span, call: u32) {
        let Some((_, given)) = text.split_once("writefile([") else { return };
        let Some((lines, rest)) = given.split_once(']') else { return };
        let texts = |text: &'a str| {
            let quoted = |part: &'a str| part.trim().strip_prefix(['"', '\''])?.strip_suffix(['"', '\'']);
            text.split(',').filter_map(quoted).take(limits::UNROLL).collect::<Vec<&'a str>>()
        };
        let given = texts(rest.split(')').next().unwrap_or_default());
        let Some((path, flags)) = given.split_first() else { return };
        let path = Val::Lit(self.tilde_expanded(path));
        let target = self.path_target(path, Look::Through);
        self.effect(Effect::new(Kind::Write, target, call, span));
        let name = self.remembered_as(&target, path);
        let text = self.bump.alloc_str(&(texts(lines).join("\n") + "\n"));
        self.remember(name, Data::known(Val::Lit(text)), flags.iter().any(|flag| flag.contains('a')));
    }

    /// The command behind a bar, so many of them.
    fn later_command(&mut self, line: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        if self.depth >= limits::NESTING {
            return self.unread(span, MORE, false);
        }
        self.depth += 1;
        self.vim_command(line, span, stdin, call);
        self.depth -= 1;
    }

    /// `1e command` and the `e` flag of `s///e` run commands; `w file` and `s///w file` write (GNU sed manual 3.8, 3.3).
    pub(in crate::facts) fn sed_commands(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        let sed = self.facts.calls.get(call as usize).copied();
        let operands = sed.map_or(&[][..], |sed| sed.operands);
        // The file that it reads, if the script wrote it.
        let own = if self.state.has_files() { operands } else { &[] };
        let read = own.iter().rev().find_map(|operand| {
            let file = self.state.file(self.overlay(operand.field.val)?)?;
            file.data.text.map(Data::known)
        });
        let stdin = &read.unwrap_or(*stdin);
        let mut rest = text;
        // What the last `s` writes, whatever the line was.
        let mut written = None;
        // Files that it writes by the way, each of which is computed from the beginning.
        let mut asides = 0;
        while !rest.is_empty() {
            if asides > limits::UNROLL {
                return self.unread(span, MORE, false);
            }
            rest = after_address(rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ';' | '{' | '}')));
            let Some(command) = rest.chars().next() else { return };
            rest = &rest[command.len_utf8()..];
            // These have the rest of their line for themselves.
            let (line, next) = match command {
                'e' | 'a' | 'i' | 'c' | 'r' | 'R' | 'w' | 'W' | ':' | '#' => {
                    rest.split_at(rest.find('\n').unwrap_or(rest.len()))
                }
                _ => ("", rest),
            };
            match command {
                'e' if line.trim().is_empty() || line.starts_with([';', '}']) => {
                    // What the commands before it made of the line.
                    let before = text[..text.len() - rest.len() - 1].trim_end_matches([';', ' ', '\n']);
                    let input = stdin.text.and_then(|text| text.lit());
                    match input.and_then(|input| sed::edited(input, before, false, false).ok()) {
                        Some(code) => {
                            self.shell_code(Val::Lit(self.bump.alloc_str(&code)), span, stdin, &mut Sink::new(), call);
                        }
                        None => {
                            if let Some(code) = written {
                                self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
                            }
                            self.code_data("bash", stdin, span, &mut Sink::new(), call);
                        }
                    }
                }
                'e' => self.shell_code(Val::Lit(line.trim_start()), span, stdin, &mut Sink::new(), call),
                // What is added to a file that may run.
                'a' | 'i' | 'c' if sed.is_some_and(|sed| edits_prose(self.know.lists(), &sed)) => {}
                'a' | 'i' | 'c' => self.commands_in_text(line, true, span, call),
                'r' | 'R' => self.sed_file(Kind::Read, line, span, stdin, call),
                'w' | 'W' => {
                    let before = text[..text.len() - rest.len() - 1].trim_end_matches([';', ' ', '\n']);
                    asides += 1;
                    self.sed_file(Kind::Write, line, span, &self.edited_by(before, stdin), call);
                }
                's' | 'y' => {
                    let Some(delimiter) = rest.chars().next() else { return };
                    let (_, after) = sed::until(&rest[delimiter.len_utf8()..], delimiter);
                    let (with, after) = sed::until(after.unwrap_or_default(), delimiter);
                    let after = after.unwrap_or_default();
                    written = (command == 's').then_some(with);
                    let (flags, after) = after.split_at(after.find([';', '\n', '}', ' ']).unwrap_or(after.len()));
                    rest = after;
                    if flags.ends_with('w') {
                        let before = &text[..text.len() - rest.len() - 1];
                        let (line, after) = rest.split_at(rest.find('\n').unwrap_or(rest.len()));
                        asides += 1;
                        self.sed_file(Kind::Write, line, span, &self.edited_by(before, stdin), call);
                        rest = after;
                    } else if command == 's' && flags.contains('e') && flags.bytes().all(|b| b.is_ascii_alphanumeric())
                    {
                        // What the lines become is run.
                        let before = &text[..text.len() - after.len() - flags.len()];
                        let becomes = stdin.text.and_then(|text| text.lit()).and_then(|input| {
                            let flags: String = flags.chars().filter(|flag| *flag != 'e').collect();
                            sed::edited(input, &format!("{before}{flags}"), false, false).ok()
                        });
                        if let Some(code) = becomes {
                            self.shell_code(Val::Lit(self.bump.alloc_str(&code)), span, stdin, &mut Sink::new(), call);
                        } else if with.is_empty() || with.contains('&') {
                            self.code_data("bash", stdin, span, &mut Sink::new(), call);
                        }
                        let code = with.replace(&format!("\\{delimiter}"), &delimiter.to_string());
                        let code = self.bump.alloc_str(&code);
                        self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
                    }
                    continue;
                }
                // Text, labels, comments: the line is theirs.
                ':' | '#' => {}
                _ => continue,
            }
            rest = next;
        }
    }

    fn sed_file(&mut self, does: Kind, path: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        let path = Val::Lit(path.trim());
        let target = self.path_target(path, Look::Through);
        self.effect(Effect::new(does, target, call, span));
        if does == Kind::Write {
            match stdin.text {
                Some(Val::Lit(_)) => {
                    self.planted(target, stdin, span, call);
                    self.remember(self.remembered_as(&target, path), *stdin, false);
                }
                _ => self.holds_what_is_read(target, path, stdin.taint | self.reads_of(call)),
            }
        }
    }

    /// What the commands of a script of sed's make of what it reads.
    fn edited_by(&self, commands: &str, read: &Data<'a>) -> Data<'a> {
        let text = read.text.and_then(|text| text.lit());
        let edited = text.and_then(|text| sed::edited(text, commands, false, false).ok());
        Data { text: edited.map(|text| Val::Lit(&*self.bump.alloc_str(&text))), ..*read }
    }
}

/// What `:autocmd` does at an event: all behind the events and their pattern.
fn command_of_event(rest: &str) -> Option<&str> {
    let event = |word: &str| {
        let mut names = word.split(',');
        names.all(|name| EVENTS.iter().any(|start| name.starts_with(start)))
    };
    let mut rest = rest.trim_start_matches('!').trim_start();
    // A group's name may come first.
    for _ in 0..2 {
        let (word, after) = rest.split_once(char::is_whitespace)?;
        rest = after.trim_start();
        if event(word) {
            let (_pattern, command) = rest.split_once(char::is_whitespace)?;
            let options = |word: &&str| matches!(*word, "++once" | "++nested" | "nested");
            let taken: usize =
                command.split_inclusive(' ').take_while(|word| options(&word.trim())).map(str::len).sum();
            return Some(command[taken..].trim_start());
        }
    }
    None
}

/// What the events of vim begin with (vim's manual, "autocmd-events").
const EVENTS: [&str; 12] =
    ["Buf", "File", "Vim", "Cursor", "Insert", "Win", "Text", "Tab", "Focus", "Cmd", "Colo", "Shell"];

/// A text that is put together of parts and the name of the file at hand, `'!lint ' . shellescape(expand('%'))`; that stands
/// there as `%`. None if anything else computes it.
fn joined(expression: &str) -> Option<String> {
    let mut out = String::new();
    for part in expression.split(" . ").map(str::trim) {
        let quoted = |quote: char| {
            let inside = part.strip_prefix(quote)?.strip_suffix(quote)?;
            (!inside.contains(quote)).then_some(inside)
        };
        let of_file = || ["shellescape(", "fnameescape(", "expand("].iter().any(|call| part.starts_with(call));
        match quoted('\'').or_else(|| quoted('"')) {
            Some(text) => out.push_str(text),
            None if of_file() => out.push('%'),
            None => return None,
        }
    }
    Some(out)
}

/// What follows the address of a command of sed: numbers, `$`, `/pattern/`, `\xpatternx`, with `,`, `~`, `+` and `!`.
fn after_address(text: &str) -> &str {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '$' | ',' | '~' | '+' | '!' | ' '));
        let other = rest.strip_prefix('\\').and_then(|rest| rest.chars().next());
        match (rest.strip_prefix('/'), other) {
            (Some(pattern), _) => rest = sed::until(pattern, '/').1.unwrap_or_default(),
            (None, Some(delimiter)) => {
                rest = sed::until(&rest[1 + delimiter.len_utf8()..], delimiter).1.unwrap_or_default();
            }
            (None, None) => return rest,
        }
        rest = rest.trim_start_matches(['I', 'M']);
    }
}

/// Whether all that a call of sed edits is there to be read.
fn edits_prose(lists: &Lists<'_>, sed: &Call<'_>) -> bool {
    let has = |name: &str| sed.options.iter().any(|o| o.is(name));
    let prose = |file: &Operand<'_>| {
        let ending = file.field.val.lit().and_then(|file| file.rsplit_once('.')).map_or("", |(_, ending)| ending);
        lists.has("endings-of-prose", ending)
    };
    // The script comes first, if no option says it.
    let files = if has("-e") || has("-f") { sed.operands } else { sed.operands.get(1..).unwrap_or_default() };
    (has("-i") || has("-I")) && !files.is_empty() && files.iter().all(prose)
}
