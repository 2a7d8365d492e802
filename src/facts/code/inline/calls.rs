//! What a call of a known function in inline code does (`[[function]]`).

use std::borrow::Cow;

use super::arguments::{Argument, SOMETHING};
use super::homes::with_home;
use super::snippet::Snippet;
use crate::facts::analysis::Analysis;
use crate::facts::code::interpreters;
use crate::facts::knowledge::{Classes, Function, Kind, Subject};
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths::{base_name, core, is_setting};
use crate::facts::targets::{Look, paths};
use crate::facts::value::{Data, Field, Shape, Sink, Taint, Val};
use crate::facts::with_mark;
use crate::facts::{Effect, Target};
use crate::limits;

/// Bytes of a text that is packed and written in letters; names of programs are shorter.
const SHORTEST_PACKED: usize = 24;

/// A call, with the code that it stands in.
#[derive(Clone, Copy)]
pub(super) struct Made<'c, 'a> {
    pub code: &'c Snippet<'a>,
    pub function: &'static Function<'static>,
    pub arguments: &'c [Argument<'a>],
    pub span: Span,
    /// The call of the program that runs the code.
    pub call: u32,
}

impl<'c, 'a> Made<'c, 'a> {
    /// The argument that says what it acts on, and the number that it has.
    fn argument(&self) -> (Option<&'c Argument<'a>>, usize) {
        let which = match self.function.subject {
            Subject::Argument(number) => number as usize,
            Subject::Last => self.arguments.len().saturating_sub(1),
            // What it is called on stands alone.
            Subject::Receiver => 0,
            Subject::Nothing => usize::MAX,
        };
        let argument = self.arguments.get(which);
        // `system pack "H*", "726d…"`, `system unpack "u", …`
        match argument.filter(|a| a.open && matches!(a.longest(), Some("H*" | "u"))) {
            Some(_) => (self.arguments.get(which.saturating_add(1)), which),
            None => (argument, which),
        }
    }

    pub fn says<'w>(&self, words: impl IntoIterator<Item = &'w str>) -> bool {
        words.into_iter().any(|word| self.code.says(word))
    }

    /// The mode and the path, or the command, of perl's `open` (perlfunc(1)).
    pub fn opened_in_perl(&self) -> Option<(&'a str, &'a str)> {
        let mut texts = self.arguments.iter().flat_map(|a| a.texts.iter().copied());
        match (texts.next()?, texts.next()) {
            (mode, Some(rest)) => Some((mode.trim(), rest)),
            (one, None) => Some(match one.trim().strip_suffix('|') {
                Some(command) => ("-|", command),
                None => {
                    let split = one.find(|c: char| !matches!(c, '<' | '>' | '|' | '+' | ' ')).unwrap_or(0);
                    (one[..split].trim(), &one[split..])
                }
            }),
        }
    }

    /// The kind of effect that its word means, as its arguments make it.
    fn kind(&self, argument: Option<&Argument<'a>>) -> Option<Kind> {
        let does = Kind::from_word(self.function.does)?;
        let on = |starts: &[&str]| argument.is_some_and(|a| starts.iter().any(|start| a.text().starts_with(start)));
        Some(match does {
            // R's `readLines("x")` takes addresses and paths.
            Kind::Fetch if on(&["/", "~"]) => Kind::Read,
            // PHP's `file_get_contents("https://…")`
            Kind::Read if on(&["http://", "https://"]) => Kind::Fetch,
            // open(path, "w")
            Kind::Read if self.arguments.get(1).is_some_and(|a| a.texts.first().is_some_and(|m| for_writing(m))) => {
                Kind::Write
            }
            // open("/dev/sda", O_WRONLY)
            Kind::Read if on(&["/dev/"]) && self.says(["O_WRONLY", "O_RDWR"]) => Kind::Write,
            does => does,
        })
    }
}

impl<'a> Analysis<'a> {
    pub(super) fn function_call(&mut self, made: Made<'_, 'a>) {
        let Made { code, function, arguments, span, call } = made;
        let (argument, which) = made.argument();
        let encodings = code.encodings();
        let open = arguments.get(which).is_some_and(|a| a.open);
        let decoded = match argument.and_then(Argument::longest).filter(|_| matches!(function.does, "shell" | "code")) {
            Some(text) => encodings.decode(text),
            None if open => code.spelled().map(str::to_owned),
            None => None,
        };
        let decoded = decoded.map(|text| &*self.bump.alloc_str(&text));
        if function.does == "shell"
            && let Some(script) = decoded
            && match encodings.of_letters() {
                // That the code turns something around does not say that it is this text.
                true => script.split_whitespace().next().is_some_and(|program| self.know.entry(program).is_some()),
                false => open,
            }
        {
            // os.system(base64.b64decode("…").decode())
            self.shell_code(Val::Lit(script), span, &Data::NOTHING, &mut Sink::new(), call);
            if !encodings.of_letters() {
                return;
            }
        }
        if function.does == "shell" {
            if super::changed::turns(code) {
                self.texts_that_may_run(code, span, call);
            }
            self.texts_that_change(code, span, call);
        }
        // Packed, too: what it says shows only where it runs.
        let packed = |text: &str| {
            text.len() >= SHORTEST_PACKED
                && !text.starts_with('/')
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_'))
        };
        if function.does == "shell" && decoded.is_none() && encodings.of_bytes() {
            let text = argument.filter(|a| !a.list).and_then(Argument::longest);
            if let Some(text) = text.filter(|text| packed(text)) {
                return self.opaque_code("bash", text, Taint::DECODED, call, span);
            }
        }
        match function.does {
            // spawnlp(P_WAIT, "rm", …): how it is started comes before what.
            "shell"
                if arguments.len() > 1
                    && decoded.is_none()
                    && argument.is_some_and(|a| a.texts.is_empty() && !a.list) =>
            {
                self.function_call(Made { arguments: &arguments[1..], ..made });
            }
            // `->exec("DROP TABLE users")`: databases and shells are spoken to by the same name.
            "sql" | "shell" if function.does == "sql" || argument.is_some_and(Argument::is_sql) => {
                let Some(statement) = argument.filter(|a| !a.texts.is_empty()) else { return };
                if !code.on_what_is_no_loss(self.know.lists()) {
                    let statement: &'a str = self.bump.alloc_str(&statement.text());
                    let source = self.source(statement, "sql", Some(span));
                    self.sql(statement, source, call);
                }
            }
            // Ruby's `open("|command")` (its Kernel).
            "shell"
                if code.language == "ruby"
                    && let Some(command) =
                        argument.and_then(Argument::longest).and_then(|text| text.strip_prefix('|')) =>
            {
                self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            "shell" => self.runs(made, argument),
            // The defaults of its parameters are code, too.
            "code" if function.subject == Subject::Last && arguments.iter().all(|argument| !argument.open) => {
                for text in arguments.iter().filter_map(Argument::longest) {
                    self.evaluates(made, Some(text));
                }
            }
            "code" => {
                let known = encodings.of_bytes() || open && decoded.is_some();
                let longest = || argument.and_then(Argument::longest).filter(|_| argument.is_none_or(|a| !a.open));
                self.evaluates(made, decoded.filter(|_| known).or_else(longest));
            }
            "perl-open" => self.opens_in_perl(made),
            "chdir" => {
                if let Some(path) = argument.filter(|a| !a.open).and_then(Argument::longest) {
                    self.enter_directory(path);
                }
            }
            // From where to where: as mv does it.
            "move"
                if let [from, to, ..] = arguments
                    && let ([from], [to]) = (&from.texts[..], &to.texts[..])
                    && !arguments[..2].iter().any(|argument| argument.open) =>
            {
                self.argv_call(&["mv", from, to], span);
            }
            // As ln and cp do it.
            "write" if function.marks.contains("link") || function.marks.contains("copy") => {
                let program: &[&str] = if function.marks.contains("link") { &["ln", "-s"] } else { &["cp", "-r"] };
                match arguments {
                    [from, to, ..] if !from.open && !to.open && from.texts.len() == 1 && to.texts.len() == 1 => {
                        self.argv_call(&[program, &[from.texts[0], to.texts[0]]].concat(), span);
                    }
                    _ => self.acts(made, argument),
                }
            }
            // Each of what lies in a home, one after the other.
            "move" if arguments.first().is_some_and(|first| first.open) && !code.chooses(self.know.lists()) => {
                for folder in self.grave_folders(code) {
                    self.argv_call(&["mv", folder, "/tmp"], span);
                }
            }
            // A library is code as soon as it is loaded (dlopen(3)).
            "library" => {
                if let Some(path) = argument.and_then(Argument::longest).filter(|path| path.contains('/')) {
                    self.code_file("native", Val::Lit(path), span, &Data::NOTHING, &mut Sink::new(), call);
                }
            }
            "print" => {
                let Some(argument) = argument.filter(|a| !a.texts.is_empty()) else { return };
                // A home is written `~` here; nobody prints that sign to have it expanded.
                let text = self.tilde_expanded(self.bump.alloc_str(&argument.text()));
                // What awk makes of numbers is read with its other formats.
                if code.language == "awk" && text.contains("%c") && arguments.iter().all(|a| !a.open) {
                    return;
                }
                let more = argument.open || arguments.len() > 1;
                let val = if more { self.and_more(text, Shape::Any) } else { Val::Lit(text) };
                self.printed.push((call, val));
            }
            _ => self.acts(made, argument),
        }
    }

    /// A command in a shell, or a program with its words.
    fn runs(&mut self, made: Made<'_, 'a>, argument: Option<&Argument<'a>>) {
        let Made { code, arguments, span, call, .. } = made;
        // PHP's `call_user_func("system", "rm -rf x")`
        let names_it =
            |name: &str| self.know.functions(code.language).iter().any(|f| f.does == "shell" && f.names.contains(name));
        if code.language == "php"
            && let ([first], Some(given)) = (argument.map_or(&[][..], |a| &a.texts[..]), arguments.get(1))
            && names_it(first)
            && let Some(command) = given.longest()
        {
            return self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
        }
        // `"rm -rf " + path`, where the code goes through somebody's home: that is what the path lies in.
        if let Some(first) = argument.filter(|a| a.open && !a.list).and_then(Argument::longest)
            && first.ends_with(' ')
        {
            for folder in self.grave_folders(code) {
                let command = self.bump.alloc_str(&format!("{first}{folder}"));
                self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
            }
        }
        // The same of what is only named; what else that command would do to it is not meant.
        let apart = |this: &Self| match this.grave_folders(code).is_empty() {
            true => this.named_apart(code),
            false => Vec::new(),
        };
        // `"rm -rf " + path`, `"rm -rf $path"`
        if let Some(first) = argument.filter(|a| !a.list).and_then(Argument::longest)
            && let Some((_, options)) = first.split_once("rm -")
            && let Some((options, path)) = options.split_once(' ')
            && options.contains(['r', 'R'])
            && (path.is_empty() && argument.is_some_and(|a| a.open)
                || path.starts_with(['$', '#', '{'])
                || path == SOMETHING)
        {
            for folder in apart(self) {
                let command = self.bump.alloc_str(&format!("rm -{options} {folder}"));
                self.perhaps(|this| this.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call));
            }
        }
        // `["rm", "-rf", path]`, where it goes through somebody's home.
        let words = || arguments.iter().filter(|a| !a.open || a.list).flat_map(|a| a.texts.iter().copied());
        if (arguments.len() > 1 || argument.is_some_and(|a| a.list))
            && arguments.iter().any(|a| a.open)
            && let Some(first) = words().next()
            && self.know.lists().has("deletes-operands", first)
        {
            for folder in self.grave_folders(code) {
                let words: Vec<&'a str> = words().filter(|word| *word != SOMETHING).chain([folder]).collect();
                self.argv_call(&words, span);
            }
            if first == "rm" && words().any(|word| word.starts_with('-') && word.contains(['r', 'R'])) {
                for folder in apart(self) {
                    let words: Vec<&'a str> = words().filter(|word| *word != SOMETHING).chain([folder]).collect();
                    self.perhaps(|this| this.argv_call(&words, span));
                }
            }
        }
        match argument {
            // `(system* "rm" "-rf" dir)`
            Some(argument)
                if !argument.texts.is_empty()
                    && (argument.list || code.language == "scheme" && argument.texts.len() > 1) =>
            {
                match argument.texts[..] {
                    // `run(["rm -rf x"], shell=True)`, `rpc:call(N, os, cmd, ["rm -rf x"])`: no program is called that.
                    [line] if line.contains(' ') && !line.starts_with('/') => self.handed(line, span, call),
                    _ if argument.texts.iter().any(|word| code.holds_output(word)) => {
                        let words = argument.texts.iter().map(|word| match code.holds_output(word) {
                            true => Cow::Owned(format!("\"{word}\"")),
                            false => shell_words::quote(word),
                        });
                        let line = words.collect::<Vec<_>>().join(" ");
                        self.handed(self.bump.alloc_str(&line), span, call);
                    }
                    _ => self.argv_call(&argument.texts, span),
                }
                // `["sudo"] + command`, `[shell, "-c", code]`
                // What `echo` is given beside is no command.
                let runs_others = argument.texts.first().is_none_or(|first| match self.know.entry(base_name(first)) {
                    // A program of the project, `["./guard", line]`: what it is given is what it is about.
                    None => !first.starts_with("./") && !first.starts_with("bin/"),
                    Some(entry) => !entry.runs.is_empty() || !entry.code.is_empty() || entry.wrapper,
                });
                // So is what a script is given: `["node", "cli.js", line]`.
                let script = |word: &&&str| !word.starts_with('-') && word.contains('.') && !word.contains(' ');
                let to_a_script = argument.texts.get(1).filter(script).is_some();
                if argument.open && runs_others && !to_a_script {
                    self.texts_that_may_run(code, span, call);
                }
            }
            Some(argument) if argument.texts.iter().any(|text| !text.is_empty()) => {
                // A word that is not known is one all the same where others follow: `system("git", "-C", path, "push")`.
                let literal = |a: &Argument<'a>| !a.open && a.texts.len() == 1 && !a.list;
                let last = arguments.iter().rposition(literal).unwrap_or(0);
                let given = arguments.iter().take(last + 1).skip(1).filter(|a| !a.list);
                let more: Vec<&'a str> = given
                    .filter(|a| a.open || literal(a))
                    .map(|a| if literal(a) { a.texts[0] } else { SOMETHING })
                    .collect();
                let first: &'a str = with_home(self.bump, self.bump.alloc_str(&argument.text()), argument.open);
                let rest = match arguments.get(1).filter(|a| a.list) {
                    // spawn("rm", ["-rf", "/"])
                    Some(list) if !first.contains(' ') => Some(&list.texts),
                    // `spawn("sudo rm", ["-rf", "/"], {shell: true})`
                    Some(list) => {
                        let line = self.bump.alloc_str(&format!("{first} {}", list.texts.join(" ")));
                        return self.handed(line, span, call);
                    }
                    None => Some(&more).filter(|more| !more.is_empty() && !first.contains(' ')),
                };
                match rest {
                    // execvp("rm", ["rm", "-rf", "/"]): the name that it shows comes before its words (exec(3)).
                    Some(rest) if rest.first() == Some(&base_name(first)) => {
                        self.argv_call(&[&[first], &rest[1..]].concat(), span);
                    }
                    Some(rest) => {
                        self.argv_call(&[&[first], &rest[..]].concat(), span);
                        // `Command::new("sh").arg("-c").arg(line)`
                        if interpreters::is_shell(base_name(first)) && rest.last() == Some(&"-c") {
                            self.texts_that_may_run(code, span, call);
                        }
                    }
                    None => {
                        let input = self.handed_in.take().unwrap_or(Data::NOTHING);
                        self.shell_code(Val::Lit(first), span, &input, &mut Sink::new(), call);
                    }
                }
            }
            _ => self.texts_that_may_run(code, span, call),
        }
    }

    /// The folders that the code goes through and that must not be lost.
    pub(super) fn grave_folders(&self, code: &Snippet<'a>) -> Vec<&'a str> {
        let folders = code.folders.borrow();
        folders.iter().copied().filter(|path| self.is_grave(path)).take(limits::VALUES).collect()
    }

    /// Code of the same language: the text `meant`, an address, or what cannot be known.
    fn evaluates(&mut self, made: Made<'_, 'a>, meant: Option<&'a str>) {
        let Made { code, span, call, .. } = made;
        match meant {
            // R's `source("http://…")`
            Some(address) if address.starts_with("http://") || address.starts_with("https://") => {
                self.opaque_code(code.language, address, Taint::NETWORK, call, span);
            }
            Some(text) => {
                let source = self.source(text, code.language, Some(span));
                if self.depth < limits::NESTING {
                    self.depth += 1;
                    self.inline(code.language, text, source, call);
                    self.depth -= 1;
                }
            }
            None => {
                let network = made.says(self.know.lists().items("fetching-words")) && self.following.is_empty();
                let unpacked = code.says_one_of(self.know.lists(), "unpacks");
                let taint = if network {
                    Taint::NETWORK
                } else if unpacked {
                    Taint::DECODED
                } else {
                    Taint::OPAQUE
                };
                self.opaque_code(code.language, "code computed at run time", taint, call, span);
            }
        }
    }

    /// `open(F, "<", "x")`, `open(F, ">x")`, `open(F, "cmd|")`: perlfunc(1).
    fn opens_in_perl(&mut self, made: Made<'_, 'a>) {
        let Made { span, call, .. } = made;
        let Some((mode, rest)) = made.opened_in_perl() else { return };
        if mode.contains('|') {
            // `open($f, "-|", "rm", "-rf", "/srv")`: a program and its words.
            let words: Vec<&str> = made.arguments.iter().flat_map(|a| a.texts.iter().copied()).skip(1).collect();
            let line: &'a str = match words[..] {
                [] | [_] => rest,
                _ => self.bump.alloc_str(&shell_words::join(words)),
            };
            self.shell_code(Val::Lit(line), span, &Data::NOTHING, &mut Sink::new(), call);
        } else {
            let does = if mode.contains('>') || mode.starts_with('+') { Kind::Write } else { Kind::Read };
            let target = self.path_target(Val::Lit(self.tilde_expanded(rest)), Look::Not);
            self.effect(Effect::new(does, target, call, span));
        }
    }

    /// An effect, on what its argument names.
    fn acts(&mut self, made: Made<'_, 'a>, argument: Option<&Argument<'a>>) {
        let Made { code, function, span, call, .. } = made;
        let Some(does) = made.kind(argument) else { return };
        // `rm_rf(%w[/srv/a /srv/b])`, `unlink(c("a", "b"))`: each for itself.
        if matches!(does, Kind::Delete | Kind::Permit)
            && let Some(list) = argument.filter(|a| a.list && a.texts.len() > 1)
        {
            for text in &list.texts {
                self.acts(made, Some(&Argument { texts: vec![text], ..Argument::default() }));
            }
            return;
        }
        let of_data = matches!(does, Kind::Drop | Kind::Flush | Kind::Destroy | Kind::DeleteRows | Kind::Update);
        if of_data && code.on_what_is_no_loss(self.know.lists()) {
            return;
        }
        // A server for mail on this machine catches it, for tests.
        if does == Kind::Message && made.says(["localhost", "127.0.0.1"]) {
            return;
        }
        let setuid = does == Kind::Permit && (code.sets_user_id() || made.says(["S_ISUID"]));
        let mut marks = match does {
            Kind::Permit if setuid => &["setuid"][..],
            Kind::Permit if made.says(["0o777", "0777", "0o666", "0666", ",511", ", 511"]) => &["world-writable"][..],
            // Any mode but those that are for the owner alone.
            Kind::Permit
                if function.marks.is_empty()
                    && !made.says(["0o600", "0600", "0o400", "0400", "0o700", "0700", "0o500", "0500"])
                    && (!made.says(["S_I"]) || made.says(["S_IRGRP", "S_IROTH", "S_IRWXO", "S_IRWXG"])) =>
            {
                &["readable"][..]
            }
            _ => self.marks(function.marks),
        };
        let value = argument.filter(|a| !a.texts.is_empty()).map(|a| {
            let text = self.tilde_expanded(self.bump.alloc_str(&a.text()));
            match a.open {
                false => Val::Lit(text),
                // Something below a folder.
                true if text.ends_with('/') => self.and_more(text, Shape::NonEmpty),
                true => Val::hole(self.bump, text, Shape::NonEmpty, Taint::NONE),
            }
        });
        // What a pattern deletes is what the folder holds.
        let all = value.and_then(|v| v.lit()?.strip_suffix("/*")).filter(|_| does == Kind::Delete);
        let value = all.map(|folder| Val::Lit(if folder.is_empty() { "/" } else { folder })).or(value);
        // `rmSync(process.env.DIR || "/")`
        let fallback = argument.filter(|a| a.open && does == Kind::Delete).and_then(Argument::longest);
        let (value, certain) = match fallback.filter(|text| self.is_grave(text)) {
            Some(text) => (Some(Val::Lit(self.tilde_expanded(text))), false),
            None => (value, true),
        };
        if does == Kind::Write && value.is_none_or(|v| v.lit().is_none()) {
            marks = with_mark(self.bump, marks, "walked");
        }
        // `"$dir/$f"` is kept as what it begins with.
        let one = |a: &Argument<'_>| {
            !a.open && a.texts.len() == 1 && !a.texts[0].contains(['*', '{']) && !a.texts[0].ends_with('/')
        };
        if matches!(does, Kind::Delete | Kind::Permit | Kind::Write)
            && !argument.is_some_and(one)
            && (self.acts_on_what_it_goes_through(made, does, marks) || value.is_none())
        {
            self.deletes_what_is_named_apart(made, does, marks);
            return;
        }
        // `rmtree(dirs["a"])`, not `rmtree(join(base, "build"))`
        let said = |text: &&str| text.contains('/') || self.is_made_again(text);
        if does == Kind::Delete && argument.is_some_and(|a| a.open && !a.texts.iter().any(said)) {
            self.deletes_what_is_named_apart(made, does, marks);
        }
        // Where it goes stands somewhere in the code, if it stands there at all.
        let environment = || code.says_one_of(self.know.lists(), "environment-handed-over");
        let hidden = || !code.secrets.is_empty() || !code.folders.borrow().is_empty() || environment();
        let value = value.or_else(|| match does {
            Kind::Send => code.address().or_else(|| hidden().then_some(Val::Lit("another-machine.invalid"))),
            _ => None,
        });
        let target = match (does, value) {
            (_, None) if function.subject == Subject::Nothing => {
                Target { text: function.names.iter().next().unwrap_or_default(), known: true, ..Target::default() }
            }
            (_, None) => return,
            (Kind::Fetch | Kind::Send | Kind::Tunnel | Kind::Listen, Some(v)) => self.host_target(v),
            (Kind::Delete, Some(v)) if !function.recursive => self.path_target(v, Look::Entry),
            (Kind::Delete | Kind::Write | Kind::Read | Kind::Permit | Kind::Move | Kind::Append, Some(v)) => {
                self.path_target(v, Look::Not)
            }
            (_, Some(v)) => Target { text: v.show(self.bump), known: v.lit().is_some(), ..Target::default() },
        };
        // `f"{part}.example.com"` is not said, either.
        let said = does == Kind::Fetch && argument.is_some_and(|a| !a.open && !a.texts.iter().any(|t| t.contains('{')));
        let data = match does {
            Kind::Send | Kind::Fetch | Kind::Tunnel | Kind::Message if !said => self.sent_along(made, does, target),
            _ => Taint::NONE,
        };
        let recursive = function.recursive || all.is_some();
        self.effect(Effect { recursive, marks, data, certain, ..Effect::new(does, target, call, span) });
        if matches!(does, Kind::Write | Kind::Append) {
            for text in made.arguments.iter().flat_map(|argument| argument.texts.iter()) {
                self.web_shell(target, text, span, call);
            }
            self.written_by_code(code, target, span, call);
        }
    }

    /// `for f in glob("/home/*/*"): remove(f)`: acts on the folders that the code goes through, if one is worth it. Whether
    /// it is those files that it deletes is a guess; of these it is better made.
    fn acts_on_what_it_goes_through(&mut self, made: Made<'_, 'a>, does: Kind, marks: &'a [&'a str]) -> bool {
        let Made { code, function, span, call, .. } = made;
        let mut found = false;
        let all = !code.chooses(self.know.lists());
        // One that goes through folders by itself leaves nothing, either.
        let deep = function.recursive || does == Kind::Delete && made.says(["isDirectory()"]);
        let whole = if deep && all { core::WORKSPACE_ROOT } else { 0 };
        let own = core::TEMPORARY | core::MADE_HERE | core::WORKSPACE | self.know.classes().of(["build", "cache"]);
        for path in code.folders.borrow().iter().take(limits::UNROLL) {
            // What was found of it holds for this call too.
            let known = code.acted_on.borrow().get(&(does as u8, *path, deep)).copied();
            if let Some(acted) = known {
                found |= acted;
                continue;
            }
            let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Not);
            // A person's files are not written over one by one.
            let written = does == Kind::Write && target.classes & self.know.classes().of(["private"]) == 0;
            let others = all && !written && target.classes & own == 0 && path.starts_with(['/', '~']);
            let acts = target.classes & (self.grave() | whole) != 0 || others;
            code.acted_on.borrow_mut().insert((does as u8, *path, deep), acts);
            if !acts {
                continue;
            }
            found = true;
            self.effect(Effect { recursive: true, marks, ..Effect::new(does, target, call, span) });
        }
        if !found && does == Kind::Delete && code.folders.borrow().is_empty() {
            let project = base_name(&self.snapshot.workspace);
            for name in code.names_below_home(self.know.lists(), project) {
                found = true;
                let below = name.trim_start_matches(['~', '/']);
                let path = match name {
                    // The repository is the one at hand.
                    _ if below.ends_with(".git") => ".git",
                    _ if name.starts_with('/') && below.contains('/') => name,
                    _ => &*self.bump.alloc_str(&format!("~/{below}")),
                };
                let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Not);
                self.effect(Effect { recursive: true, marks, ..Effect::new(does, target, call, span) });
            }
        }
        found
    }

    /// What the code reads is, for all we know, what it sends.
    fn sent_along(&self, made: Made<'_, 'a>, does: Kind, target: Target<'a>) -> Taint {
        let Made { code, span, .. } = made;
        let read = self.facts.effects.iter().filter(|e| e.does == Kind::Read && e.span.source == span.source);
        let named = read.map(|effect| effect.target).chain(code.secrets.iter().copied());
        let mut data = named.map(|target| self.class_taint(target.classes)).fold(Taint::NONE, |all, one| all | one);
        // What somebody's home holds.
        if code.folders.borrow().iter().any(|folder| self.is_grave(folder))
            && made.says(self.know.lists().items("reading-words"))
        {
            data |= Taint::PRIVATE;
        }
        // All variables at once; one of them, in a header, is how a service is spoken to.
        let all = || code.says_one_of(self.know.lists(), "environment-handed-over");
        // In the address, too.
        let asks = || does == Kind::Fetch && (code.says("urlencode(") || code.says("http_build_query("));
        if (does == Kind::Send || asks()) && target.classes & core::LOOPBACK == 0 && self.following.is_empty() && all()
        {
            data |= Taint::PRIVATE;
        }
        data
    }

    /// A text, and something that cannot be known behind it.
    fn and_more(&self, text: &'a str, shape: Shape) -> Val<'a> {
        Val::Lit(text).followed_by(self.bump, Val::hole(self.bump, "…", shape, Taint::NONE))
    }

    /// What code writes into files that run by themselves, or that others read, stands in its texts.
    fn written_by_code(&mut self, code: &Snippet<'a>, target: Target<'a>, span: Span, call: u32) {
        let vocabulary = self.know.vocabulary();
        let path = target.path.unwrap_or(target.text);
        let hidden = target.classes & core::WORKSPACE == 0 && is_setting(path);
        if target.classes & vocabulary.classes.self_running() != 0 || hidden {
            self.texts_that_may_run(code, span, call);
        }
    }

    /// Where relative paths of what follows in the code begin.
    pub(super) fn enter_directory(&mut self, path: &'a str) {
        if let Some(directory) = self.absolute(self.tilde_expanded(path)) {
            self.state.set_cwd(Val::Lit(directory));
        }
    }

    /// The classes of what must not be lost.
    fn grave(&self) -> Classes {
        self.know.classes().of(["system-tree", "system"]) | core::HOME | core::ROOT
    }

    /// Whether a path is built or fetched anew when it is missing, or temporary.
    pub(super) fn is_made_again(&self, path: &str) -> bool {
        let again = self.know.classes().of(["build", "cache"]) | core::TEMPORARY;
        paths::classify(self.know.classes(), self.ground(), path) & again != 0
    }

    pub(super) fn is_temporary(&self, path: &str) -> bool {
        paths::classify(self.know.classes(), self.ground(), path) & core::TEMPORARY != 0
    }

    pub(in crate::facts) fn is_grave(&self, path: &str) -> bool {
        let classes = || paths::classify(self.know.classes(), self.ground(), path);
        path.starts_with('~') || path.starts_with('/') && classes() & self.grave() != 0
    }

    /// A program started with a list of words.
    pub fn argv_call(&mut self, words: &[&'a str], span: Span) {
        // What stood for the home directory (`Dir.home`) is written so; no shell is there to expand it.
        let homed = |word: &'a str| match word {
            _ if word == "~" || word.starts_with("~/") => self.tilde_expanded(word),
            _ => word,
        };
        let fields: Vec<Field<'a>> =
            words.iter().map(|w| Field { quoted: true, ..Field::new(Val::Lit(homed(w)), span) }).collect();
        let fields = self.bump.alloc_slice_copy(&fields);
        let input = self.handed_in.take().unwrap_or(Data::NOTHING);
        self.external(fields, &[], &input, &mut Sink::new());
    }
}

/// Whether a file that is opened in this mode is written.
pub(super) fn for_writing(mode: &str) -> bool {
    mode.len() < 4 && mode.starts_with(['w', 'a', 'x']) || matches!(mode, "r+" | "r+b" | "rb+")
}
