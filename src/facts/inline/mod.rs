//! Inline code of interpreters, judged by what it literally calls: which calls do what is data (`[[function]]`).
//! A mention in a string is no call.

mod arguments;
mod assignments;
mod awk;
mod calls;
mod encoded;
mod expressions;
mod mentioned;
mod names;
mod snippet;
mod tokens;
mod traversed;

use std::borrow::Cow;

use super::analysis::{Analysis, MORE};
use super::knowledge::{Function, Kind, Subject};
use super::shell::ast::Span;
use super::value::{Data, Sink, Taint, Val};
use crate::limits;
use arguments::{Argument, LONGEST_CALL, LONGEST_OTHER, added, aliases, arguments, directory_named, joined};
use calls::Made;
use expressions::{expression_before, filled, home};
use names::Names;
use rustc_hash::FxHashMap;
use snippet::Snippet;
use tokens::Token;

impl<'a> Analysis<'a> {
    pub fn inline(&mut self, language: &'a str, text: &'a str, source: u32, call: u32) {
        let language = super::interpreters::language(language);
        let functions = self.know.functions(language);
        // Python reads names in their compatible form (its reference, 2.3).
        if language == "python"
            && let Some(plain) = encoded::compatible(text)
            && self.depth < limits::NESTING
        {
            let plain: &'a str = self.bump.alloc_str(&plain);
            let source = self.source(plain, language, Some(Span { source, start: 0, end: text.len() as u32 }));
            return self.inline(language, plain, source, call);
        }
        let tokens = self.tokens(language, text);
        let secrets = self.secrets_mentioned(&tokens);
        let code = Snippet::new(language, text, tokens, secrets);
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
        code: &Snippet<'a>,
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
                        let (given, _) = arguments(self.bump, tokens, index + 1, true, &names, LONGEST_CALL);
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
                        // `.then(eval)`, `map(os.remove, …)`, `lapply(dirs, unlink, …)`
                        let around = (index.checked_sub(1).and_then(|i| tokens.get(i)), tokens.get(index + 1));
                        let handed = match function.does {
                            "code" => matches!(around, (Some(Token::Sign(b'(' | b',')), Some(Token::Sign(b')')))),
                            "delete" => matches!(
                                around,
                                (Some(Token::Sign(b'(' | b',' | b'&')), Some(Token::Sign(b')' | b',' | b'/')))
                            ),
                            _ => false,
                        };
                        // `Pathname.new("/srv").rmtree`
                        let on = expression_before(self.bump, &tokens[..index], &names)
                            .map(|found| found.text)
                            .filter(|_| code.text[..at].ends_with('.'))
                            .or_else(|| names.text(name.rsplit_once('.')?.0));
                        let marked = !function.marks.is_empty() && function.subject == Subject::Nothing;
                        if parenthesis || bare || handed || marked || on.is_some() {
                            found += 1;
                            let grave = matches!(function.does, "shell" | "code" | "delete" | "sql");
                            let longest = if grave { LONGEST_CALL } else { LONGEST_OTHER };
                            let (mut arguments, end) =
                                arguments(self.bump, tokens, index + 1, parenthesis, &names, longest);
                            if end >= index + 1 + LONGEST_CALL && grave {
                                self.unread(Span { source, start: at as u32, end: at as u32 }, MORE, false);
                            }
                            if function.does == "shell" {
                                arguments.extend(added(tokens, end + 1));
                            }
                            if function.subject == Subject::Receiver {
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
                            self.function_call(Made { code, function, arguments: &arguments, span, call });
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
        code: &Snippet<'a>,
        functions: &[&'static Function<'static>],
        name: &str,
        (from, names): (usize, &Names<'a>),
        source: u32,
        call: u32,
    ) -> usize {
        let Some(function) = functions.iter().find(|f| f.names.contains(name) && code.meets(f)) else { return 0 };
        let (arguments, _) = arguments(self.bump, &code.tokens, from, true, names, LONGEST_CALL);
        let span = Span { source, start: 0, end: code.text.len() as u32 };
        self.function_call(Made { code, function, arguments: &arguments, span, call });
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
}

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
            false => encoded::percent(code),
        })
        .collect()
}
