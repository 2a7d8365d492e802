//! Inline code of interpreters, judged by what it literally calls: which calls do what is data (`[[function]]`).
//! A mention in a string is no call.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};

use super::analysis::{Analysis, MORE};
use super::arguments::{Argument, LONGEST_CALL, added, aliases, arguments, directory_named, joined};
use super::encoded::Encodings;
use super::expressions::{expression_before, filled, home};
use super::knowledge::{Classes, Function, Kind};
use super::names::Names;
use super::paths::core;
use super::shell::ast::Span;
use super::target::Look;
use super::tokens::Token;
use super::traversed;
use super::value::{Builder, Data, Field, Shape, Sink, Taint, Val};
use super::{Effect, Target};
use crate::limits;
use rustc_hash::FxHashMap;

/// Code of one language, with what is asked of the whole of it: once, however many calls it makes.
struct Code<'a> {
    language: &'a str,
    text: &'a str,
    tokens: Vec<Token<'a>>,
    /// Files with secrets that it names.
    secrets: Vec<Target<'a>>,
    encodings: OnceCell<Encodings>,
    no_loss: OnceCell<bool>,
    /// The folders that it goes through.
    folders: RefCell<Vec<&'a str>>,
    /// Its texts were read as commands already.
    searched: Cell<bool>,
}

impl<'a> Code<'a> {
    fn new(language: &'a str, text: &'a str, tokens: Vec<Token<'a>>, secrets: Vec<Target<'a>>) -> Self {
        let (encodings, no_loss) = (OnceCell::new(), OnceCell::new());
        Code {
            language,
            text,
            tokens,
            secrets,
            encodings,
            no_loss,
            folders: RefCell::default(),
            searched: Cell::new(false),
        }
    }

    /// Whether it holds the words without which a function is another one of the same name.
    fn meets(&self, function: &Function<'_>) -> bool {
        function.with.iter().all(|word| self.text.contains(word))
    }

    /// Whether a text between these tokens is run as it stands: $`command` of Bun and zx, `"command".!` of Scala.
    fn runs_text(&self, before: &[Token<'_>], after: &[Token<'_>]) -> bool {
        match self.language {
            "javascript" => before.last() == Some(&Token::Sign(b'$')) && self.text.contains("$`"),
            "other" => matches!(after, [Token::Sign(b'.'), Token::Sign(b'!'), ..]),
            _ => false,
        }
    }

    /// Whether it defines a function of its own under a program's name, to run that: `def git(*args):`.
    fn wraps(&self, name: &str) -> bool {
        let defined = |before: &str, after: &str| self.text.contains(&format!("{before}{name}{after}"));
        let runs = ["subprocess", "spawn", "exec", "Popen", "os.system"].iter().any(|word| self.text.contains(word));
        let own =
            defined("def ", "(") || defined("function ", "(") || defined("const ", " =") || defined("", " = lambda");
        own && runs || self.text.contains("from sh import")
    }

    /// Whether it chooses among what it goes through.
    fn chooses(&self) -> bool {
        const WORDS: [&str; 13] = [
            "if ",
            "if(",
            "unless ",
            "filter",
            "endswith",
            "endsWith",
            "startswith",
            "startsWith",
            "match",
            "suffix",
            "select",
            "reject",
            "grep",
        ];
        // That it is there, or a folder, is no choice.
        const ASKED: [&str; 8] =
            ["is_file", "isfile", "is_dir", "isdir", "exists", "isDirectory", "isFile", "is_symlink"];
        WORDS.iter().any(|word| {
            self.text.match_indices(word).any(|(at, _)| {
                let rest = self.text[at..].split(['\n', ':', '{', ']', ')']).next().unwrap_or_default();
                !ASKED.iter().any(|question| rest.contains(question))
            })
        })
    }

    /// How it takes texts out of an encoding.
    fn encodings(&self) -> Encodings {
        *self.encodings.get_or_init(|| Encodings::of(self.text))
    }

    /// Whether it speaks of a database that lives in memory, in a file, on this machine or for tests: tables come and go
    /// there.
    fn on_what_is_no_loss(&self) -> bool {
        *self.no_loss.get_or_init(|| {
            let text = self.text.to_ascii_lowercase();
            !text.contains("prod")
                && [":memory:", "sqlite", "duckdb", "localhost", "127.0.0.1", "if exists", "test", "tmp", "temp"]
                    .iter()
                    .any(|w| text.contains(w))
        })
    }

    /// The first address of another machine that it names.
    fn address(&self) -> Option<Val<'a>> {
        let address =
            |text: &&str| ["http://", "https://", "ftp://", "ws://", "wss://"].iter().any(|s| text.starts_with(s));
        let texts = self.tokens.iter().filter_map(Token::text);
        texts.clone().find(address).map(Val::Lit)
    }
}

impl<'a> Analysis<'a> {
    pub fn inline(&mut self, language: &'a str, text: &'a str, source: u32, call: u32) {
        let language = super::interpreters::language(language);
        let functions = self.know.functions(language);
        // Python reads names in their compatible form (its reference, 2.3).
        if language == "python"
            && let Some(plain) = super::encoded::compatible(text)
            && self.depth < limits::NESTING
        {
            let plain: &'a str = self.bump.alloc_str(&plain);
            let source = self.source(plain, language, Some(Span { source, start: 0, end: text.len() as u32 }));
            return self.inline(language, plain, source, call);
        }
        let tokens = self.tokens(language, text);
        let secrets = self.secrets_mentioned(&tokens);
        let code = Code::new(language, text, tokens, secrets);
        let tokens = &code.tokens;
        let aliases = aliases(tokens);
        if self.state.has_files() {
            for at in 0..tokens.len() {
                match tokens[at..] {
                    [Token::Name("import" | "from", _), Token::Name(name, _), ..] if language == "python" => {
                        self.loaded_module("python", name, call);
                    }
                    [Token::Name("require" | "import", _), Token::Sign(b'('), Token::Text(name), ..]
                    | [Token::Name("from" | "import", _), Token::Text(name), ..]
                        if language == "javascript" =>
                    {
                        self.loaded_module("javascript", name, call);
                    }
                    _ => {}
                }
            }
        }
        let before = self.state.cwd;
        // What is read counts for what is sent, wherever it stands.
        for reads in [true, false] {
            let some: Vec<&'static Function<'static>> =
                functions.iter().filter(|f| (f.does == "read") == reads).collect();
            self.calls(&code, (&some, &aliases), source, call, !reads);
        }
        self.state.set_cwd(before);
        self.mentioned(&code.secrets, source, call);
        self.pipes_of_awk(language, tokens, source, call);
        let span = Span { source, start: 0, end: text.len() as u32 };
        self.signs(language, text, span, call);
        if !self.embedding && INDIRECT.iter().any(|sign| text.contains(sign)) {
            // What is called cannot be told, what it is given can.
            self.commands_in_text(text, true, span, call);
            for token in tokens {
                let Token::Text(inner) = token else { continue };
                // What a text becomes is run as code: `s/(.*)/$1/ee` (perlop(1)).
                if language == "perl" && text.contains("/ee") && *inner != text && self.depth < limits::NESTING {
                    self.depth += 1;
                    self.inline(language, inner, source, call);
                    self.depth -= 1;
                }
                if !text.contains(inner) {
                    // What stood escaped.
                    self.commands_in_text(inner, true, span, call);
                }
                if let Some(plain) = code.encodings().decode(inner) {
                    self.commands_in_text(self.bump.alloc_str(&plain), true, span, call);
                    let program = plain.split_once(' ').map_or("", |(first, _)| first);
                    if self.run_by_others(program) {
                        self.plain_effect(Kind::Code, inner, call, span, Taint::DECODED, &["hidden"]);
                    }
                }
            }
        }
        if language == "javascript" && !self.embedding {
            for code in modules_in_addresses(text) {
                let code: &'a str = self.bump.alloc_str(&code);
                if self.depth < limits::NESTING {
                    self.depth += 1;
                    let source = self.source(code, language, Some(span));
                    self.inline(language, code, source, call);
                    self.depth -= 1;
                }
            }
        }
    }

    /// What the whole text of a code says, whichever call it stands in (`[[sign]]`).
    fn signs(&mut self, language: &str, text: &str, span: Span, call: u32) {
        // A name that is put together of two texts is one.
        let text = ["' + '", "'+'", "\" + \"", "\"+\""].iter().fold(Cow::Borrowed(text), |text, between| {
            if text.contains(between) { Cow::Owned(text.replace(between, "")) } else { text }
        });
        for sign in self.know.signs().iter().filter(|sign| sign.fits(language, &text)) {
            let data = sign.from.iter().filter_map(Taint::bit).fold(Taint::NONE, |all, one| all | one);
            let marks = self.marks(sign.marks);
            self.plain_effect(sign.does, sign.target, call, span, data, marks);
        }
    }

    fn calls(
        &mut self,
        code: &Code<'a>,
        (functions, aliases): (&[&'static Function<'static>], &FxHashMap<&'a str, &'a str>),
        source: u32,
        call: u32,
        commands: bool,
    ) {
        let tokens = &code.tokens[..];
        let mut names = Names::of_parameters(self.bump, tokens, |text| self.is_grave(text));
        let mut index = 0;
        let mut found = 0;
        while index < tokens.len() {
            if found > limits::CALLS {
                return self.unread(Span { source, start: 0, end: 0 }, MORE, false);
            }
            names.learn(self.bump, &tokens[index..], |text| self.is_grave(text));
            if !commands {
                let folder = traversed::gone_through(self.bump, self.know.places(), tokens, index, &names);
                code.folders.borrow_mut().extend(folder);
            }
            match tokens[index] {
                Token::Command(..) if !commands => {}
                Token::Command(command, at) => {
                    found += 1;
                    let span = Span { source, start: at as u32, end: (at + command.len()) as u32 };
                    self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
                }
                // `db[m]()`, where m is a text
                Token::Name(name, _)
                    if matches!(
                        (index.checked_sub(1).and_then(|i| tokens.get(i)), &tokens[index + 1..]),
                        (Some(Token::Sign(b'[')), [Token::Sign(b']'), Token::Sign(b'('), ..])
                    ) && names.text(name).is_some() =>
                {
                    let meant = names.text(name).unwrap_or_default();
                    found += self.computed_call(code, functions, meant, (index + 2, &names), source, call);
                }
                Token::Name(name, at) => {
                    if let ("awk", [Token::Sign(b'='), value @ ..]) = (code.language, &tokens[index + 1..])
                        && let Some(text) = self.awk_text(value, &names)
                    {
                        names.give(name, text);
                    }
                    let name = aliases.get(name).copied().unwrap_or(name);
                    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
                    let named = |known: &[u8]| {
                        known == last.as_bytes()
                            || known == name.as_bytes()
                            || known.iter().any(|byte| matches!(byte, b'.' | b':')) && name.as_bytes().ends_with(known)
                    };
                    // `model.eval()` and `re.compile(x)` are no more than their names say; the builtin is.
                    let method = code.language == "python"
                        && (name.contains('.') || code.text[..at].ends_with('.'))
                        && !name.contains("builtins");
                    let builtin = |f: &Function<'_>| f.does == "code" && !f.names.contains(name);
                    let defined = matches!(
                        tokens[..index],
                        [.., Token::Name("def" | "function" | "func" | "fn" | "sub" | "class", _)]
                    );
                    let function = functions
                        .iter()
                        .find(|f| !defined && f.names.bytes().any(named) && code.meets(f) && !(method && builtin(f)));
                    if let (None, true, [Token::Sign(b'('), ..]) = (function, commands, &tokens[index + 1..])
                        && self.know.entry(name).is_some()
                        && code.wraps(name)
                    {
                        found += 1;
                        let (given, _) = arguments(self.bump, tokens, index + 1, true, &names);
                        let mut words = vec![name];
                        words.extend(given.iter().flat_map(|argument| argument.texts.iter().copied()));
                        let span = Span { source, start: at as u32, end: (at + name.len()) as u32 };
                        self.argv_call(&words, span);
                    }
                    if let Some(function) = function {
                        let parenthesis = tokens.get(index + 1) == Some(&Token::Sign(b'('));
                        let bare = !matches!(code.language, "python" | "javascript")
                            && match tokens.get(index + 1) {
                                Some(Token::Text(_)) => true,
                                // `system $c`
                                Some(Token::Sign(b'$')) => {
                                    matches!(tokens.get(index + 2), Some(Token::Name(n, _)) if *n == "_" || names.text(n).is_some())
                                }
                                // `print ENVIRON["HOME"]`, `print uc "x"`
                                Some(Token::Name(n, _)) => {
                                    matches!(function.does, "code" | "perl-open")
                                        || matches!(*n, "glob" | "pack" | "unpack")
                                        // `exec pack("H*", "…")`
                                        || function.does != "print"
                                            && tokens.get(index + 2) == Some(&Token::Sign(b'('))
                                        || home(n, &tokens[index + 2..]).is_some()
                                }
                                _ => false,
                            };
                        // `.then(eval)`
                        let handed = function.does == "code"
                            && matches!(
                                (index.checked_sub(1).and_then(|i| tokens.get(i)), tokens.get(index + 1)),
                                (Some(Token::Sign(b'(' | b',')), Some(Token::Sign(b')')))
                            );
                        // `Pathname.new("/srv").rmtree`
                        let on = expression_before(self.bump, &tokens[..index], &names)
                            .map(|found| found.text)
                            .filter(|_| code.text[..at].ends_with('.'))
                            .or_else(|| names.text(name.rsplit_once('.')?.0));
                        let marked = !function.marks.is_empty() && function.argument == 255;
                        if parenthesis || bare || handed || marked || on.is_some() {
                            found += 1;
                            let (mut arguments, end) = arguments(self.bump, tokens, index + 1, parenthesis, &names);
                            if end >= index + 1 + LONGEST_CALL && matches!(function.does, "shell" | "code" | "delete") {
                                self.unread(Span { source, start: at as u32, end: at as u32 }, MORE, false);
                            }
                            if function.does == "shell" {
                                arguments.extend(added(tokens, end + 1));
                            }
                            if function.argument == RECEIVER {
                                arguments = vec![Argument { texts: on.into_iter().collect(), ..Argument::default() }];
                            } else if let [only] = &mut arguments[..]
                                && let Some(text) = on
                            {
                                only.receive(text);
                            }
                            let named = directory_named(&tokens[index..end.min(tokens.len())]);
                            let end = at + name.len();
                            let span = Span { source, start: at as u32, end: end as u32 };
                            let before = self.state.cwd;
                            if let Some(path) = named {
                                self.enter_directory(path);
                            }
                            self.function_call(code, function, &arguments, span, call);
                            if named.is_some() {
                                self.state.set_cwd(before);
                            }
                        }
                    }
                }
                Token::Text(command) if commands && code.runs_text(&tokens[..index], &tokens[index + 1..]) => {
                    found += 1;
                    let span = Span { source, start: 0, end: code.text.len() as u32 };
                    let command = filled(self.bump, command, &names);
                    self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
                }
                // `$f("rm -rf x")`, `(g)("rm -rf x")`: which function it is cannot be read, what it is given can.
                Token::Text(command) if commands && self.given_to_unknown(&tokens[..index], command) => {
                    found += 1;
                    let span = Span { source, start: 0, end: code.text.len() as u32 };
                    self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
                }
                // `os.__dict__["system"](…)`, `getattr(os, "system")(…)`, `x["exec" + "Sync"](…)`
                Token::Text(first) => {
                    let (word, end) = joined(first, &tokens[index + 1..]);
                    let after = &tokens[index + 1 + end..];
                    if let [Token::Sign(b']' | b')'), Token::Sign(b'('), ..] = after {
                        let from = index + 2 + end;
                        found += self.computed_call(code, functions, &word, (from, &names), source, call);
                    }
                }
                Token::Sign(_) => {}
            }
            index += 1;
        }
    }

    /// A call of the function that a text names; how many there are, none if it names none that is known.
    fn computed_call(
        &mut self,
        code: &Code<'a>,
        functions: &[&'static Function<'static>],
        name: &str,
        (from, names): (usize, &Names<'a>),
        source: u32,
        call: u32,
    ) -> usize {
        let Some(function) = functions.iter().find(|f| f.names.contains(name) && code.meets(f)) else { return 0 };
        let (arguments, _) = arguments(self.bump, &code.tokens, from, true, names);
        let span = Span { source, start: 0, end: code.text.len() as u32 };
        self.function_call(code, function, &arguments, span, call);
        1
    }

    /// Whether a text that reads like a command is the argument of a function whose name is computed.
    fn given_to_unknown(&self, before: &[Token<'_>], text: &str) -> bool {
        let called = matches!(
            before,
            [.., Token::Sign(b'$'), Token::Name(..), Token::Sign(b'(')]
                | [.., Token::Sign(b']' | b')'), Token::Sign(b'(')]
        );
        called && text.split_once(' ').is_some_and(|(first, _)| self.run_by_others(first))
    }

    fn function_call(
        &mut self,
        code: &Code<'a>,
        function: &'static Function<'static>,
        arguments: &[Argument<'a>],
        span: Span,
        call: u32,
    ) {
        let Code { language, text, .. } = *code;
        let which = if function.argument == RECEIVER { 0 } else { function.argument as usize };
        let mut argument = arguments.get(which);
        // `system pack "H*", "726d…"`, `system unpack "u", …`
        if argument.is_some_and(|a| a.open && matches!(a.longest(), Some("H*" | "u"))) {
            argument = arguments.get(function.argument as usize + 1);
        }
        let longest = argument.and_then(Argument::longest);
        let encodings = code.encodings();
        let open = arguments.get(function.argument as usize).is_some_and(|a| a.open);
        let decoded = match longest.filter(|_| matches!(function.does, "shell" | "code")) {
            Some(text) => encodings.decode(text),
            None if open => encodings.spelled(text),
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
        match function.does {
            // spawnlp(P_WAIT, "rm", …): how it is started comes before what.
            "shell"
                if arguments.len() > 1
                    && decoded.is_none()
                    && argument.is_some_and(|a| a.texts.is_empty() && !a.list) =>
            {
                self.function_call(code, function, &arguments[1..], span, call);
            }
            // `->exec("DROP TABLE users")`: databases and shells are spoken to by the same name.
            "sql" | "shell" if function.does == "sql" || argument.is_some_and(Argument::is_sql) => {
                let Some(statement) = argument.filter(|a| !a.texts.is_empty()) else { return };
                if !code.on_what_is_no_loss() {
                    let statement: &'a str = self.bump.alloc_str(&statement.text());
                    let source = self.source(statement, "sql", Some(span));
                    self.sql(statement, source, call);
                }
            }
            "shell" => match argument {
                // `(system* "rm" "-rf" dir)`
                Some(argument)
                    if !argument.texts.is_empty()
                        && (argument.list || language == "scheme" && argument.texts.len() > 1) =>
                {
                    self.argv_call(&argument.texts, span);
                }
                Some(argument) if argument.texts.iter().any(|text| !text.is_empty()) => {
                    let more: Vec<&'a str> = arguments
                        .iter()
                        .skip(1)
                        .filter(|a| !a.open && a.texts.len() == 1 && !a.list)
                        .map(|a| a.texts[0])
                        .collect();
                    let first = argument.text();
                    let first: &'a str = self.bump.alloc_str(&first);
                    let rest = match arguments.get(1).filter(|a| a.list) {
                        // spawn("rm", ["-rf", "/"])
                        Some(list) => Some(&list.texts),
                        None => Some(&more).filter(|more| !more.is_empty() && !first.contains(' ')),
                    };
                    match rest {
                        Some(rest) => self.argv_call(&[&[first], &rest[..]].concat(), span),
                        None => self.shell_code(Val::Lit(first), span, &Data::NOTHING, &mut Sink::new(), call),
                    }
                }
                _ => self.texts_that_may_run(code, span, call),
            },
            "code" => {
                let meant = match encodings.of_bytes() || open && decoded.is_some() {
                    true => decoded,
                    false => longest.filter(|_| argument.is_none_or(|a| !a.open)),
                };
                match meant {
                    // R's `source("http://…")`
                    Some(address) if address.starts_with("http://") || address.starts_with("https://") => {
                        self.opaque_code(language, address, Taint::NETWORK, call, span);
                    }
                    Some(code) => {
                        let source = self.source(code, language, Some(span));
                        if self.depth < limits::NESTING {
                            self.depth += 1;
                            self.inline(language, code, source, call);
                            self.depth -= 1;
                        }
                    }
                    None => {
                        let network = [
                            "urlopen",
                            "requests.get",
                            "fetch(",
                            "http.get",
                            "urllib",
                            "http://",
                            "https://",
                            "Net::HTTP",
                        ]
                        .iter()
                        .any(|w| text.contains(w));
                        let taint = if network && self.following.is_empty() { Taint::NETWORK } else { Taint::OPAQUE };
                        self.opaque_code(language, "code computed at run time", taint, call, span);
                    }
                }
            }
            // open(F, "<", "x"), open(F, ">x"), open(F, "cmd|"): perlfunc(1).
            "perl-open" => {
                let texts: Vec<&'a str> = arguments.iter().flat_map(|a| a.texts.iter().copied()).collect();
                let (mode, rest) = match texts[..] {
                    [mode, rest, ..] => (mode.trim(), rest),
                    [one] => match one.trim().strip_suffix('|') {
                        Some(command) => ("-|", command),
                        None => {
                            let split = one.find(|c: char| !matches!(c, '<' | '>' | '|' | '+' | ' ')).unwrap_or(0);
                            (one[..split].trim(), &one[split..])
                        }
                    },
                    [] => return,
                };
                if mode.contains('|') {
                    self.shell_code(Val::Lit(rest), span, &Data::NOTHING, &mut Sink::new(), call);
                } else {
                    let does = if mode.contains('>') || mode.starts_with('+') { Kind::Write } else { Kind::Read };
                    let target = self.path_target(Val::Lit(self.tilde_expanded(rest)), Look::Not);
                    self.effect(Effect::new(does, target, call, span));
                }
            }
            "chdir" => {
                if let Some(path) = argument.filter(|a| !a.open).and_then(Argument::longest) {
                    self.enter_directory(path);
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
                let known = Val::Lit(&*self.bump.alloc_str(&argument.text()));
                let val = if argument.open || arguments.len() > 1 {
                    let mut builder = Builder::default();
                    builder.push(self.bump, known);
                    builder.push(self.bump, Val::hole(self.bump, "…", Shape::Any, Taint::NONE));
                    builder.done(self.bump)
                } else {
                    known
                };
                self.printed.push((call, val));
            }
            word => {
                let Some(mut does) = Kind::from_word(word) else { return };
                if matches!(does, Kind::Drop | Kind::Flush | Kind::Destroy) && code.on_what_is_no_loss() {
                    return;
                }
                // R's `readLines("x")` takes addresses and paths.
                if does == Kind::Fetch && argument.is_some_and(|a| a.text().starts_with(['/', '~'])) {
                    does = Kind::Read;
                }
                // open(path, "w")
                if does == Kind::Read
                    && arguments.get(1).is_some_and(|a| {
                        a.texts.first().is_some_and(|m| {
                            m.len() < 4 && m.starts_with(['w', 'a', 'x']) || matches!(*m, "r+" | "r+b" | "rb+")
                        })
                    })
                {
                    does = Kind::Write;
                }
                // open("/dev/sda", O_WRONLY)
                if does == Kind::Read
                    && ["O_WRONLY", "O_RDWR"].iter().any(|mode| text.contains(mode))
                    && argument.is_some_and(|a| a.text().starts_with("/dev/"))
                {
                    does = Kind::Write;
                }
                let setuid = does == Kind::Permit
                    && ["0o4", "0o6", "04755", "06755", ",04", "S_ISUID"].iter().any(|mode| text.contains(mode));
                let marks = if setuid { &["setuid"][..] } else { self.marks(function.marks) };
                let value = argument.filter(|a| !a.texts.is_empty()).map(|a| {
                    let text = self.tilde_expanded(self.bump.alloc_str(&a.text()));
                    let unknown = |source| Val::hole(self.bump, source, Shape::NonEmpty, Taint::NONE);
                    match a.open {
                        false => Val::Lit(text),
                        // Something below a folder.
                        true if text.ends_with('/') => {
                            let mut builder = Builder::default();
                            builder.push(self.bump, Val::Lit(text));
                            builder.push(self.bump, unknown("…"));
                            builder.done(self.bump)
                        }
                        true => unknown(text),
                    }
                });
                // What a pattern deletes is what the folder holds.
                let all = value.and_then(|v| v.lit()?.strip_suffix("/*")).filter(|_| does == Kind::Delete);
                let value = all.map(|folder| Val::Lit(if folder.is_empty() { "/" } else { folder })).or(value);
                // `rmSync(process.env.DIR || "/")`
                let fallback = argument.filter(|a| a.open && does == Kind::Delete).and_then(Argument::longest);
                let (value, certain) = match fallback.filter(|text| self.is_grave(text)) {
                    Some(text) => (Some(Val::Lit(text)), false),
                    None => (value, true),
                };
                let value = value.map(|v| v.lit().map_or(v, |path| Val::Lit(self.tilde_expanded(path))));
                let marks = if does == Kind::Write && value.is_none_or(|v| v.lit().is_none()) {
                    self.bump.alloc_slice_copy(&[marks, &["walked"]].concat())
                } else {
                    marks
                };
                if matches!(does, Kind::Delete | Kind::Permit | Kind::Write)
                    && argument.is_none_or(|a| a.open || a.texts.len() != 1 || a.texts[0].contains(['*', '{']))
                {
                    // for f in glob("/home/*/*"): remove(f)
                    let mut found = false;
                    let all = !code.chooses();
                    let whole = if function.recursive && all { core::WORKSPACE_ROOT } else { 0 };
                    let places = self.know.places();
                    let own = core::TEMPORARY | core::MADE_HERE | core::WORKSPACE | places.classes(["build", "cache"]);
                    for path in code.folders.borrow().iter().take(limits::UNROLL) {
                        let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Not);
                        // Whether it is those files that it deletes is a guess; of these it is better made.
                        let others =
                            all && does != Kind::Write && target.classes & own == 0 && path.starts_with(['/', '~']);
                        if target.classes & (self.grave() | whole) == 0 && !others {
                            continue;
                        }
                        found = true;
                        self.effect(Effect { recursive: true, marks, ..Effect::new(does, target, call, span) });
                    }
                    if found || value.is_none() {
                        return;
                    }
                }
                // Where it goes stands somewhere in the code, if it stands there at all.
                let value = value.or_else(|| code.address().filter(|_| does == Kind::Send));
                let hidden = !code.secrets.is_empty() || !code.folders.borrow().is_empty();
                let value =
                    value.or_else(|| (does == Kind::Send && hidden).then_some(Val::Lit("another-machine.invalid")));
                let target = match (does, value) {
                    (_, None) if function.argument == 255 => Target {
                        text: function.names.iter().next().unwrap_or_default(),
                        known: true,
                        ..Target::default()
                    },
                    (_, None) => return,
                    (Kind::Fetch | Kind::Send | Kind::Tunnel | Kind::Listen, Some(v)) => self.host_target(v),
                    (Kind::Delete | Kind::Write | Kind::Read | Kind::Permit | Kind::Move | Kind::Append, Some(v)) => {
                        self.path_target(v, Look::Not)
                    }
                    (_, Some(v)) => Target { text: v.show(self.bump), known: v.lit().is_some(), ..Target::default() },
                };
                // What the code reads is, for all we know, what it sends.
                let mut data = Taint::NONE;
                let said = does == Kind::Fetch && argument.is_some_and(|a| !a.open);
                if matches!(does, Kind::Send | Kind::Fetch | Kind::Tunnel | Kind::Message) && !said {
                    for effect in &self.facts.effects {
                        if effect.does == Kind::Read && effect.span.source == span.source {
                            data |= self.class_taint(effect.target.classes);
                        }
                    }
                    for secret in &code.secrets {
                        data |= self.class_taint(secret.classes);
                    }
                    // What somebody's home holds.
                    let home = |folder: &str| folder == "~" || self.is_grave(folder);
                    if code.folders.borrow().iter().any(|folder| home(folder)) && READS.iter().any(|w| text.contains(w))
                    {
                        data |= Taint::PRIVATE;
                    }
                    // All variables at once; one of them, in a header, is how a service is spoken to.
                    let all = || self.know.places().list("environment-handed-over").any(|sign| text.contains(sign));
                    if does == Kind::Send && target.classes & core::LOOPBACK == 0 && self.following.is_empty() && all()
                    {
                        data |= Taint::PRIVATE;
                    }
                }
                // A server for mail on this machine catches it, for tests.
                if does == Kind::Message && ["localhost", "127.0.0.1"].iter().any(|here| text.contains(here)) {
                    return;
                }
                let recursive = function.recursive || all.is_some();
                self.effect(Effect { recursive, marks, data, certain, ..Effect::new(does, target, call, span) });
                if matches!(does, Kind::Write | Kind::Append) {
                    self.written_by_code(code, target, span, call);
                }
            }
        }
    }

    /// What is run cannot be told; if it stands in the code, it is one of its texts.
    fn texts_that_may_run(&mut self, code: &Code<'a>, span: Span, call: u32) {
        if code.searched.replace(true) {
            return;
        }
        for text in code.tokens.iter().filter_map(Token::text) {
            if text.contains(' ') {
                self.commands_in_text(text, true, span, call);
            }
            if let Some(plain) = code.encodings().decode(text).filter(|plain| plain.contains(' ')) {
                self.commands_in_text(self.bump.alloc_str(&plain), true, span, call);
            }
        }
        for plain in super::encoded::numbers(code.text) {
            let program = plain.split(' ').next().unwrap_or_default();
            if self.know.entry(program).is_some() {
                self.commands_in_text(self.bump.alloc_str(&plain), true, span, call);
            }
        }
        // Lists of words, of which a loop runs one after the other.
        for at in 0..code.tokens.len() {
            let [Token::Sign(b'['), Token::Text(program), Token::Sign(b','), rest @ ..] = &code.tokens[at..] else {
                continue;
            };
            let plain = |token: &&Token<'_>| matches!(token, Token::Text(_) | Token::Sign(b',' | b'\n'));
            let count = rest.iter().take_while(plain).count();
            if rest.get(count) == Some(&Token::Sign(b']')) && self.know.entry(program).is_some() {
                let words: Vec<&'a str> =
                    [*program].into_iter().chain(rest[..count].iter().filter_map(Token::text)).collect();
                self.argv_call(&words, span);
            }
        }
    }

    /// What code writes into files that run by themselves, or that others read, stands in its texts.
    fn written_by_code(&mut self, code: &Code<'a>, target: Target<'a>, span: Span, call: u32) {
        let places = self.know.places();
        let path = target.path.unwrap_or(target.text);
        let hidden = target.classes & core::WORKSPACE == 0
            && super::paths::below_home(path).is_some_and(|rest| rest.starts_with("~/.") && !rest.contains("/.cache/"));
        if target.classes & places.self_running() != 0 || hidden {
            self.texts_that_may_run(code, span, call);
        }
    }

    /// Where relative paths of what follows in the code begin.
    fn enter_directory(&mut self, path: &'a str) {
        if let Some(directory) = self.absolute(self.tilde_expanded(path)) {
            self.state.set_cwd(Val::Lit(directory));
        }
    }

    /// The classes of what must not be lost.
    fn grave(&self) -> Classes {
        self.know.places().classes(["system-tree", "system"]) | core::HOME | core::ROOT
    }

    fn is_grave(&self, path: &str) -> bool {
        let classes = || super::paths::classify(self.know.places(), self.ground(), path);
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
        self.external(fields, &[], &Data::NOTHING, &mut Sink::new());
    }
}

/// The argument of methods that act on what they are called on: `path.write_text("…")`.
const RECEIVER: u8 = 254;

/// Words for reading what a file holds.
const READS: [&str; 6] = ["open(", "read", "Read", "upload", "slurp", "load"];

/// Calls of functions whose names are computed, and readers of objects that may hold calls.
const INDIRECT: [&str; 13] = [
    "send(",
    "getattr",
    "call_user_func",
    "array_map(",
    "array_walk(",
    "do.call(",
    "/ee",
    "pickle.loads",
    "marshal.loads",
    "constantize",
    ".method(",
    "Reflect.",
    "globals()[",
];

/// The modules that stand in addresses themselves: `import("data:text/javascript,…")` (RFC 2397).
fn modules_in_addresses(text: &str) -> Vec<String> {
    // What an option names is an address as a whole.
    let whole = text.starts_with("data:text/javascript");
    let ends = |c: char| !whole && matches!(c, '"' | '\'' | '`');
    text.match_indices("data:text/javascript")
        .filter_map(|(at, start)| text[at + start.len()..].split(ends).next()?.split_once(','))
        .filter_map(|(kind, code)| match kind.ends_with("base64") {
            true => super::decode::base64(code),
            false => super::encoded::percent(code),
        })
        .collect()
}
