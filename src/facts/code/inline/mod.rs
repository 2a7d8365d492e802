//! Inline code of interpreters, judged by what it literally calls: which calls do what is data (`[[function]]`).
//! A mention in a string is no call.

pub(in crate::facts::code) mod awk;
mod calls;
mod environment;
mod expressions;
mod given;
mod input;
mod loaded;
mod modules;
mod names;
mod residual;
mod syntax;
mod whole;

use std::borrow::Cow;
use std::cell::OnceCell;

use calls::arguments::{aliases, joined};
use calls::sdk::Clients;
use expressions::filled;
use names::homes::with_home;
use names::scopes::Within;
use names::{Names, Reading};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use syntax::tokens::{Comments, Token, closes_at};
use whole::endless::Takes;
use whole::pairs::Pairs;
use whole::snippet::Snippet;

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::code::interpreters;
use crate::facts::evaluate::variable::Var;
use crate::facts::knowledge::{Function, Kind, Sign};
use crate::facts::shell::ast::Span;
use crate::facts::snapshot::DATABASE_VARIABLES;
use crate::facts::targets::{Look, paths};
use crate::facts::value::{Data, Sink, Taint, Val};
use crate::facts::{Call, Effect};
use crate::limits;

/// How functions are told that ask a cloud: by what the code must say beside, or what they do.
const OF_CLOUDS: [&str; 6] = ["boto3", "aws", "Aws::", "aws-sdk", "cloud", "audit-off"];

/// One way through a piece of code, from top to bottom.
struct Pass<'p, 'a> {
    code: &'p Snippet<'a>,
    /// The calls that count in it.
    functions: Vec<&'static Function<'static>>,
    aliases: &'p FxHashMap<&'a str, &'a str>,
    /// What names stand for where it has come to.
    names: Names<'a>,
    /// Commands count in it.
    commands: bool,
    /// It may change something by a request.
    requests: bool,
    /// What it is given to read.
    input: Option<&'a str>,
    /// Where that comes from, if from the network or out of an encoding.
    input_from: Option<(&'a str, Taint)>,
    source: u32,
    call: u32,
    /// The bodies that nothing runs.
    idle: &'p [(usize, usize)],
}

impl Pass<'_, '_> {
    fn span(&self, start: usize, length: usize) -> Span {
        Span { source: self.source, start: start as u32, end: (start + length) as u32 }
    }

    fn whole(&self) -> Span {
        self.span(0, self.code.text.len())
    }
}

impl<'a> Analysis<'a> {
    /// Code of an interpreter, which is another process than the shell that started it.
    pub fn inline(&mut self, language: &'a str, text: &'a str, source: u32, call: u32) {
        let (names, given, from) = (self.names_read, self.given, self.given_from);
        self.in_another_process(false, |this| {
            (this.names_read, this.given, this.given_from) = (names, given, from);
            this.inline_itself(language, text, source, call);
        });
    }

    fn inline_itself(&mut self, language: &'a str, text: &'a str, source: u32, call: u32) {
        let comments = Comments::of(language, text);
        let language = interpreters::language(language);
        let functions = self.know.functions(language);
        let names_read = std::mem::take(&mut self.names_read);
        let (input, input_from) = (self.given.take(), self.given_from.take());
        if language == "awk" && !awk::acts(text) {
            return;
        }
        // Python reads names in their compatible form (its reference, 2.3); what a test stands in for is not called.
        if language == "python"
            && self.depth < limits::NESTING
            && let Some(other) = whole::encoded::compatible(text).or_else(|| whole::patched::without(text))
        {
            let other: &'a str = self.bump.alloc_str(&other);
            let source = self.source(other, language, Some(Span { source, start: 0, end: text.len() as u32 }));
            return self.inline(language, other, source, call);
        }
        // Where a quote may be a letter of a pattern, both are read.
        if self.depth < limits::NESTING
            && let Some(other) = syntax::literals::without_quotes_in_them(language, text)
        {
            let other: &'a str = self.bump.alloc_str(&other);
            let span = Span { source, start: 0, end: text.len() as u32 };
            let source = self.source(other, language, Some(span));
            self.depth += 1;
            self.inline(language, other, source, call);
            self.depth -= 1;
        }
        let tokens = self.tokens(language, comments, text);
        let tokens = syntax::branches::with_other_calls(tokens);
        let (reading, vocabulary) = (&*self.bump.alloc(Reading::of(&tokens)), self.know.vocabulary());
        let mut secrets = self.secrets_mentioned(&tokens, Names::none(reading, vocabulary));
        if !secrets.is_empty() && whole::looking::only_looks(&vocabulary.lists, language, &tokens) {
            secrets.clear();
        }
        let code = Snippet::new(language, text, tokens, secrets);
        let tokens = &code.tokens;
        let aliases = aliases(tokens);
        self.modules_loaded(&code, call);
        if language == "javascript" {
            self.modules_from_elsewhere(&code, Span { source, start: 0, end: text.len() as u32 }, call);
        }
        let before = self.state.cwd;
        let effects = self.facts.effects.len();
        let unread = self.facts.unread.len();
        let words = match self.facts.calls.get(call as usize) {
            Some(call) if !self.embedding => given::words_for(self.bump, call, text),
            _ => &[],
        };
        let environment = self.environment_of(text);
        let computed_before = self.computed(language, text, (words, environment, input), call);
        let mut names =
            Names::none(reading, vocabulary).with_words(self.bump, language, words).with_environment(environment);
        names.input = input;
        names.fetched = self.fetched_variables(text);
        names.joins_below = matches!(language, "javascript" | "ruby" | "go") || code.says("filepath.");
        names.written = self.files_written(tokens);
        let mut parameters = names.of_parameters(self.bump, code.text, tokens, |text| self.is_grave(text));
        self.lines_given(&code, &mut parameters, names_read, input, call);
        if language == "awk" {
            self.begins_awk(&code, call);
            self.words_of_awk(&mut parameters, call);
        }
        self.goes_through(&code, parameters.clone());
        let idle = self.idle(&code, &parameters, call);
        let stood_in = computed_before.is_some() && self.answers_itself(&code, &parameters);
        let loads = self.loads(&code);
        let put = match ["env", "ENV"].iter().any(|word| code.says(word)) {
            true => environment::put_in(self.bump, tokens, &parameters),
            false => Vec::new(),
        };
        let kept: Vec<_> = put.iter().map(|(name, _)| (*name, self.state.var(name))).collect();
        for (name, value) in put {
            self.state.set_var(name, Some(Var { exported: true, ..Var::plain(Val::Lit(value)) }));
            self.setting(name, Val::Lit(value), Span { source, start: 0, end: text.len() as u32 }, Some(call));
        }
        // What is read counts for what is sent, wherever it stands.
        let answered = self.answers_itself(&code, &parameters) || Self::are_stubs(&code);
        for reads in [true, false] {
            // What a cloud is asked for is answered by the test itself.
            let asked =
                |f: &&Function<'_>| !(answered && f.with.iter().chain(f.marks).any(|word| OF_CLOUDS.contains(&word)));
            let functions = functions.iter().filter(|f| (f.does == "read") == reads).filter(asked).collect();
            let names = parameters.clone();
            let mut pass = Pass {
                code: &code,
                functions,
                aliases: &aliases,
                names,
                commands: !reads,
                requests: false,
                input,
                input_from,
                source,
                call,
                idle: &idle,
            };
            pass.requests = pass.may_request(&vocabulary.lists);
            self.calls(pass);
        }
        self.runs_what_it_wrote(&code, &loads, call);
        for (name, before) in kept {
            self.state.set_var(name, before);
        }
        self.state.set_cwd(before);
        self.mentioned(&code.secrets, source, call);
        if language == "awk" {
            let from = input_from.map_or(Taint::NONE, |(_, taint)| taint);
            self.pipes_of_awk(&code, parameters, (input, from), source, call);
            self.state.set_var(awk::SIXTH, None);
        }
        let span = Span { source, start: 0, end: text.len() as u32 };
        if reading.is_spent() {
            self.unread(span, MORE, false);
        }
        self.signs(language, code.without(self.bump, &idle), span, call);
        self.takes_without_end(&code, &idle, span, call);
        self.asks_services(&code, &idle, span, call);
        self.commands_handed_in(&code, functions, span, call);
        self.puts_into_all_jobs(&code, span, call);
        self.in_production(&code, effects);
        if !self.embedding {
            self.texts_of_unknown_calls(&code, functions, span, call);
            if language == "javascript" {
                self.modules_written_as_addresses(text, span, call);
            }
        }
        if let Some(computed) = computed_before {
            self.residual(computed, (language, text), (source, call), (effects, unread), stood_in);
        }
    }

    /// What code of one line is given of its input: the line itself (perlrun(1), `-n`), and the names below a folder if it is
    /// those, `names_read`.
    fn lines_given(
        &self,
        code: &Snippet<'a>,
        names: &mut Names<'a>,
        names_read: &'a str,
        input: Option<&'a str>,
        call: u32,
    ) {
        let by_line = matches!(code.language, "perl" | "ruby");
        if !names_read.is_empty() {
            if by_line {
                names.give("_", self.bump.alloc_str(&format!("{names_read}*")));
            }
            if by_line || code.says_one_of(self.know.lists(), "names-its-input") {
                let folder = names_read.trim_end_matches('/');
                code.folders.borrow_mut().push(if folder.is_empty() { "/" } else { folder });
            }
            return;
        }
        let each_line = |call: &Call<'_>| call.options.iter().any(|o| o.is("-n") || o.is("-p"));
        if let Some(input) = input.filter(|_| by_line)
            && self.facts.calls.get(call as usize).is_some_and(each_line)
        {
            let lines: Vec<&str> = input.lines().take(limits::UNROLL).map(str::trim).collect();
            let line = lines.iter().find(|line| self.is_grave(line)).or(lines.first());
            names.give("_", line.copied().unwrap_or_default());
        }
    }

    /// Marks what the code does to data from one effect on, if an address in it says that it is production's.
    fn in_production(&mut self, code: &Snippet<'a>, from: usize) {
        let of_data = |effect: &Effect<'_>| {
            matches!(
                effect.does,
                Kind::DeleteRows | Kind::Update | Kind::Insert | Kind::Drop | Kind::Flush | Kind::Migrate | Kind::Grant
            )
        };
        if !self.facts.effects[from..].iter().any(of_data) {
            return;
        }
        let vocabulary = self.know.vocabulary();
        let production = |text: &str| {
            let address = text.contains("://")
                || text.starts_with("jdbc:")
                || text.contains('.') && !text.contains([' ', '/', '\n'])
                || text.contains("host=");
            address && vocabulary.environments.is_production(text)
        };
        // `DATABASE_URL="$PROD_DATABASE_URL" node -e …`: the variable that it is told the database by, or what that is set to.
        let told = || {
            let variables = DATABASE_VARIABLES.iter().filter(|name| **name != "NODE_ENV").chain(&["DATABASE_URL"]);
            let mut values = variables.filter_map(|name| self.state.var(name)).flat_map(|var| var.val.each());
            values.any(|value| vocabulary.environments.is_production(&value.text()))
        };
        // `os.environ["PROD_DB_URL"]`, `process.env.PROD_DB_URL`, where no other database is named so.
        let named = |token: &Token<'a>| {
            let (Token::Text(name) | Token::Name(name, _)) = token else { return None };
            let name = name.rsplit('.').next().filter(|name| name.len() > 5 && name.contains('_'))?;
            let of_environment = name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
            let parts = ["DB", "DATABASE", "DSN", "PG", "POSTGRES", "MYSQL", "MONGO", "MONGODB", "REDIS", "SQL"];
            (of_environment && name.split('_').any(|part| parts.contains(&part))).then_some(name)
        };
        let mut variables = code.tokens.iter().filter_map(named).peekable();
        let by_variable =
            variables.peek().is_some() && variables.all(|name| vocabulary.environments.is_production(name));
        if by_variable || code.tokens.iter().filter_map(Token::text).any(production) || told() {
            for effect in self.facts.effects[from..].iter_mut().filter(|effect| of_data(effect)) {
                effect.mark(self.bump, "in-production");
            }
        }
    }

    /// What the whole text of a code says, whichever call it stands in (`[[sign]]`).
    pub fn signs(&mut self, language: &str, text: &str, span: Span, call: u32) {
        // awk does nothing but by its commands, which are read.
        if language == "awk" {
            return;
        }
        // A name that is put together of two texts is one.
        let text =
            ["' + '", "'+'", "\" + \"", "\"+\"", "' .. '", "'..'"].iter().fold(Cow::Borrowed(text), |text, between| {
                if text.contains(between) { Cow::Owned(text.replace(between, "")) } else { text }
            });
        let pairs = Pairs::of(&text);
        let begins_name = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let says = |word: &[u8]| {
            // With a name behind it, whichever.
            let (start, named) = word.strip_suffix(b"?").map_or((word, false), |start| (start, true));
            pairs.may_hold(start)
                && std::str::from_utf8(start).is_ok_and(|start| match named {
                    true => text.match_indices(start).any(|(at, start)| begins_name(&text[at + start.len()..])),
                    false => text.contains(start),
                })
        };
        let stays_here = OnceCell::new();
        let stays_here = || *stays_here.get_or_init(|| whole::elsewhere::stays_here(self.know.vocabulary(), &text));
        // `VAULT_ADDR=http://127.0.0.1:8200 python -c 'import hvac; …'`
        // What is left of computed code imports by other names than it was written with.
        let written = || {
            let parent = self.facts.sources.get(span.source as usize)?.parent?;
            Some(self.facts.sources.get(parent.source as usize)?.text)
        };
        let asked = if self.in_residual { written() } else { None };
        let told_here = || {
            let text = asked.unwrap_or(&text);
            let libraries = self.know.lists().items("library-variables").filter_map(|pair| pair.split_once('='));
            libraries.filter(|(library, _)| text.contains(library)).any(|(library, variable)| {
                self.address_told(variable).is_some_and(|address| {
                    whole::elsewhere::is_told_here(self.know.vocabulary(), text, library, address)
                })
            })
        };
        let signs = self.know.signs(language).into_iter().flatten();
        let other = || asked.is_some() && whole::elsewhere::names_another(self.know.vocabulary(), &text);
        let fits = |sign: &&Sign<'_>| sign.fits(says) && !(sign.elsewhere && (stays_here() || told_here() && !other()));
        for sign in signs.filter(fits).collect::<SmallVec<[_; 4]>>() {
            let data = sign.from.iter().filter_map(Taint::bit).fold(Taint::NONE, |all, one| all | one);
            let marks = self.marks(sign.marks);
            // What it deletes or writes is judged by where that lies.
            if matches!(sign.does, Kind::Delete | Kind::Append | Kind::Write) {
                let target = self.path_target(Val::Lit(self.tilde_expanded(sign.target)), Look::Not);
                let recursive = sign.does == Kind::Delete;
                self.effect(Effect { recursive, marks, ..Effect::new(sign.does, target, call, span) });
                continue;
            }
            self.plain_effect(sign.does, sign.target, call, span, data, marks);
        }
    }

    /// What loops that nothing ends take each time round.
    fn takes_without_end(&mut self, code: &Snippet<'a>, idle: &[(usize, usize)], span: Span, call: u32) {
        for takes in whole::endless::taken(self.know.lists(), code, idle) {
            let (does, target, mark) = match takes {
                Takes::Memory => (Kind::Execute, "all memory", &["fill-memory"]),
                Takes::Disk => (Kind::Write, "a file without end", &["endless-files"]),
                Takes::Processes => (Kind::Execute, "processes without end", &["fork-bomb"]),
                Takes::Connections if whole::elsewhere::stays_here(self.know.vocabulary(), code.text) => continue,
                Takes::Connections => (Kind::Send, "another machine", &["flood"]),
            };
            // Its own network is another than the internet.
            match code.address().filter(|_| does == Kind::Send) {
                Some(address) => {
                    let target = self.host_target(address);
                    self.effect(Effect { marks: mark, ..Effect::new(does, target, call, span) });
                }
                None => self.plain_effect(does, target, call, span, Taint::NONE, mark),
            }
        }
    }

    /// The address that a variable tells whatever is run, if it is known.
    fn address_told(&self, variable: &str) -> Option<&'a str> {
        let var = self.state.var(variable).filter(|var| var.exported && !self.leaves_variables())?;
        var.val.lit()
    }

    /// Notes the folders that the code goes through, wherever it does.
    fn goes_through(&self, code: &Snippet<'a>, mut names: Names<'a>) {
        let vocabulary = self.know.vocabulary();
        let made_anew = |pattern: &'a str| {
            let classes = paths::classify(&vocabulary.classes, self.ground(), self.tilde_expanded(pattern));
            classes & vocabulary.classes.of(["build", "cache"]) != 0
        };
        let mut within = Within::default();
        for index in 0..code.tokens.len() {
            within.come_to(index, &mut names);
            names.learn(self.bump, &code.tokens[index..], |text| self.is_grave(text));
            let found = whole::traversed::gone_through(self.bump, &vocabulary.lists, &code.tokens, index, &names);
            let found = found.filter(|(folder, pattern)| folder == pattern || !made_anew(pattern));
            code.folders.borrow_mut().extend(found.map(|(folder, _)| folder));
        }
    }

    fn calls(&mut self, mut pass: Pass<'_, 'a>) {
        let code = pass.code;
        let tokens = &code.tokens[..];
        let mut found = 0;
        let mut within = Within::default();
        let vocabulary = self.know.vocabulary();
        let mut origins =
            ["fetches", "fetching-modules", "fetching-programs", "unpacks", "gives-the-environment"].into_iter();
        let asks = origins.any(|list| code.says_one_of(&vocabulary.lists, list));
        let mut clients = if pass.commands { self.clients(code, &pass.names) } else { Clients::default() };
        for index in 0..tokens.len() {
            if found > limits::CALLS {
                return self.unread(pass.span(0, 0), MORE, false);
            }
            let (before, after) = (&tokens[..index], &tokens[index + 1..]);
            within.come_to(index, &mut pass.names);
            pass.names.learn(self.bump, &tokens[index..], |text| self.is_grave(text));
            pass.names.forget(self.bump, &tokens[index..], &within, |text| self.is_grave(text));
            if asks {
                pass.note_origin(self.bump, index);
            }
            if pass.idle.iter().any(|(start, end)| (*start..*end).contains(&index)) {
                continue;
            }
            if let Token::Name(name, at) = tokens[index]
                && self.asks_service(&mut clients, code, index, &pass.names, pass.span(at, name.len()))
            {
                found += 1;
                continue;
            }
            found += match tokens[index] {
                Token::Command(command, at) if pass.commands => {
                    // Perl's `` `$c` ``, in a function of its own.
                    if command.strip_prefix('$').is_some_and(|name| name.bytes().all(|b| b.is_ascii_alphanumeric())) {
                        self.texts_that_may_run(code, pass.span(at, command.len()), pass.call);
                    }
                    if pass.puts_strangers_words_in(&tokens[index..=index]) {
                        self.strangers_words_run(pass.span(at, command.len()), pass.call);
                    }
                    let command = filled(self.bump, command, &pass.names);
                    self.command_in_code(command, pass.span(at, command.len()), pass.call)
                }
                Token::Name(name, at) => {
                    if code.language == "awk" {
                        self.learns_of_awk(before, &tokens[index..], &mut pass.names, pass.call);
                    }
                    // `table["wipe"](path)`
                    if let [Token::Sign(b'['), Token::Text(key), Token::Sign(b']'), Token::Sign(b'('), ..] = after
                        && let Some(function) = pass.names.function(&format!("{name}.{key}"))
                    {
                        let last = function.rsplit('.').next().unwrap_or(function);
                        let called = self.computed_call(&pass, function, index + 4);
                        found += if called > 0 { called } else { self.computed_call(&pass, last, index + 4) };
                        continue;
                    }
                    match (pass.names.text(name), before, after) {
                        // `db[m]()`, where m is a text
                        (Some(meant), [.., Token::Sign(b'[')], [Token::Sign(b']'), Token::Sign(b'('), ..]) => {
                            self.computed_call(&pass, meant, index + 2)
                        }
                        // PHP's `$remove[$path->isDir()]($path)`: one of those that the list names
                        (None, [.., Token::Sign(b'$')], [Token::Sign(b'['), inside @ ..]) if code.language == "php" => {
                            let end = closes_at(inside).filter(|end| inside.get(end + 1) == Some(&Token::Sign(b'(')));
                            let named = end.and_then(|end| Some((end, pass.names.list(name)?.to_vec())));
                            let Some((end, functions)) = named else { continue };
                            functions.iter().map(|name| self.computed_call(&pass, name, index + end + 3)).sum()
                        }
                        // PHP's `$f("rm -rf x")`
                        (Some(meant), [.., Token::Sign(b'$')], [Token::Sign(b'('), ..]) if code.language == "php" => {
                            self.computed_call(&pass, meant, index + 1)
                        }
                        _ => self.named_call(&pass, index, name, at),
                    }
                }
                Token::Text(command) if pass.commands && code.runs_text(before, after) => {
                    self.command_in_code(filled(self.bump, command, &pass.names), pass.whole(), pass.call)
                }
                // `$f("rm -rf x")`, `(g)("rm -rf x")`: which function it is cannot be read, what it is given can.
                Token::Text(command) if pass.commands && self.given_to_unknown(code, before, command) => {
                    self.command_in_code(command, pass.whole(), pass.call)
                }
                // `os.__dict__["system"](…)`, `getattr(os, "system")(…)`, `x["exec" + "Sync"](…)`
                Token::Text(first) => {
                    let (word, end) = joined(first, after);
                    match after[end..] {
                        [Token::Sign(b']' | b')'), Token::Sign(b'('), ..] => {
                            // `Deno["remove"](…)`: others have methods of that name.
                            let whole = match before {
                                [.., Token::Name(of, _), Token::Sign(b'[')] => format!("{of}.{word}"),
                                _ => String::new(),
                            };
                            match self.computed_call(&pass, &whole, index + 2 + end) {
                                0 => self.computed_call(&pass, &word, index + 2 + end),
                                some => some,
                            }
                        }
                        _ => 0,
                    }
                }
                Token::Sign(_) | Token::Command(..) => 0,
            };
        }
    }

    /// What inline code has a shell run; one.
    fn command_in_code(&mut self, command: &'a str, span: Span, call: u32) -> usize {
        // Perl's variables of the environment within a text
        let command = match command.contains("$ENV{") {
            true => self.bump.alloc_str(&command.replace("$ENV{", "${")),
            false => command,
        };
        let command = with_home(self.bump, command, false);
        self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
        1
    }
}
