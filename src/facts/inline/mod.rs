//! Inline code of interpreters, judged by what it literally calls: which calls do what is data (`[[function]]`).
//! A mention in a string is no call.

mod arguments;
mod assignments;
mod awk;
mod calls;
mod encoded;
mod expressions;
mod given;
mod handed;
mod holes;
mod homes;
mod lists;
mod mentioned;
mod methods;
mod names;
mod origins;
mod pairs;
mod parameters;
mod requests;
mod revealed;
mod snippet;
mod tokens;
mod traversed;
mod wrappers;
mod written;

use std::borrow::Cow;

use super::Effect;
use super::analysis::{Analysis, MORE};
use super::knowledge::{Function, Kind, Subject};
use super::shell::ast::Span;
use super::target::Look;
use super::value::{Data, Sink, Taint, Val};
use crate::limits;
use arguments::{Argument, LONGEST_CALL, LONGEST_OTHER, added, aliases, arguments, directory_named, joined};
use calls::Made;
use expressions::{expression, expression_before};
use handed::commands_handed;
use holes::filled;
use homes::{home, with_home};
use names::{Names, Reading};
use pairs::Pairs;
use rustc_hash::FxHashMap;
use snippet::Snippet;
use tokens::{Token, closes_at};

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
    source: u32,
    call: u32,
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
    pub fn inline(&mut self, language: &'a str, text: &'a str, source: u32, call: u32) {
        let language = super::interpreters::language(language);
        let functions = self.know.functions(language);
        let names_read = std::mem::take(&mut self.names_read);
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
        let (reading, places) = (&*self.bump.alloc(Reading::of(&tokens)), self.know.places());
        let secrets = self.secrets_mentioned(&tokens, Names::none(reading, places));
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
        let effects = self.facts.effects.len();
        let words = match self.facts.calls.get(call as usize) {
            Some(call) if !self.embedding => given::words_for(self.bump, call, text),
            _ => &[],
        };
        let names = Names::none(reading, places).with_words(self.bump, language, words);
        let mut parameters = names.of_parameters(self.bump, tokens, |text| self.is_grave(text));
        if !names_read.is_empty() {
            if matches!(language, "perl" | "ruby") {
                // The line that `-n` read (perlrun(1)).
                parameters.give("_", self.bump.alloc_str(&format!("{names_read}*")));
            }
            if matches!(language, "perl" | "ruby") || ["stdin", "STDIN", "input("].iter().any(|word| code.says(word)) {
                code.folders.borrow_mut().push(names_read.trim_end_matches('/'));
            }
        }
        if language == "awk" {
            self.begins_awk(&code, call);
        }
        self.goes_through(&code, parameters.clone());
        // What is read counts for what is sent, wherever it stands.
        for reads in [true, false] {
            let functions = functions.iter().filter(|f| (f.does == "read") == reads).collect();
            let names = parameters.clone();
            let mut pass = Pass {
                code: &code,
                functions,
                aliases: &aliases,
                names,
                commands: !reads,
                requests: false,
                source,
                call,
            };
            pass.requests = pass.may_request();
            self.calls(pass);
        }
        self.state.set_cwd(before);
        self.in_production(&code, effects);
        self.mentioned(&code.secrets, source, call);
        if language == "awk" {
            self.pipes_of_awk(&code, parameters, source, call);
            self.state.set_var(self.bump, awk::SIXTH, None);
        }
        let span = Span { source, start: 0, end: text.len() as u32 };
        if reading.is_spent() {
            self.unread(span, MORE, false);
        }
        self.signs(language, text, span, call);
        if !self.embedding && places.list("computed-calls").any(|sign| code.says(sign)) {
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
                if !text.as_bytes().as_ptr_range().contains(&inner.as_ptr()) {
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
        let places = self.know.places();
        let production = |text: &str| {
            let address = text.contains("://")
                || text.contains('.') && !text.contains([' ', '/', '\n'])
                || text.contains("host=");
            address && places.environment_of_words(text) == "production"
        };
        if code.tokens.iter().filter_map(Token::text).any(production) {
            for effect in self.facts.effects[from..].iter_mut().filter(|effect| of_data(effect)) {
                effect.marks = self.bump.alloc_slice_copy(&[effect.marks, &["in-production"]].concat());
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
        let says = |word: &str| pairs.may_hold(word) && text.contains(word);
        for sign in self.know.signs(language).into_iter().flatten().filter(|sign| sign.fits(says)) {
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

    /// Notes the folders that the code goes through, wherever it does.
    fn goes_through(&self, code: &Snippet<'a>, mut names: Names<'a>) {
        let places = self.know.places();
        let made_anew = |pattern: &'a str| {
            let classes = super::paths::classify(places, self.ground(), self.tilde_expanded(pattern));
            classes & places.classes(["build", "cache"]) != 0
        };
        for index in 0..code.tokens.len() {
            names.learn(self.bump, &code.tokens[index..], |text| self.is_grave(text));
            let found = traversed::gone_through(self.bump, places, &code.tokens, index, &names);
            let found = found.filter(|(folder, pattern)| folder == pattern || !made_anew(pattern));
            code.folders.borrow_mut().extend(found.map(|(folder, _)| folder));
        }
    }

    fn calls(&mut self, mut pass: Pass<'_, 'a>) {
        let code = pass.code;
        let tokens = &code.tokens[..];
        let mut found = 0;
        let places = self.know.places();
        let mut origins = ["fetches", "fetching-modules", "unpacks"].into_iter().flat_map(|list| places.list(list));
        let asks = origins.any(|word| code.says(word));
        for index in 0..tokens.len() {
            if found > limits::CALLS {
                return self.unread(pass.span(0, 0), MORE, false);
            }
            let (before, after) = (&tokens[..index], &tokens[index + 1..]);
            pass.names.learn(self.bump, &tokens[index..], |text| self.is_grave(text));
            if asks {
                pass.note_origin(index);
            }
            found += match tokens[index] {
                Token::Command(command, at) if pass.commands => {
                    let command = filled(self.bump, command, &pass.names);
                    self.command_in_code(command, pass.span(at, command.len()), pass.call)
                }
                Token::Name(name, at) => {
                    if let ("awk", [Token::Sign(b'='), value @ ..]) = (code.language, after)
                        && let Some(text) = self.awk_text(value, &pass.names)
                    {
                        pass.names.give(name, text);
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
                Token::Text(command) if pass.commands && self.given_to_unknown(before, command) => {
                    self.command_in_code(command, pass.whole(), pass.call)
                }
                // `os.__dict__["system"](…)`, `getattr(os, "system")(…)`, `x["exec" + "Sync"](…)`
                Token::Text(first) => {
                    let (word, end) = joined(first, after);
                    match after[end..] {
                        [Token::Sign(b']' | b')'), Token::Sign(b'('), ..] => {
                            self.computed_call(&pass, &word, index + 2 + end)
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
        let command = with_home(self.bump, command, false);
        self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
        1
    }

    /// The call of the function whose name stands here; how many there are, none if it is no call or none that is known.
    fn named_call(&mut self, pass: &Pass<'_, 'a>, index: usize, name: &'a str, at: usize) -> usize {
        let Pass { code, names, .. } = pass;
        let tokens = &code.tokens[..];
        let (before, after) = (&tokens[..index], &tokens[index + 1..]);
        // Ruby's `remover.call(path)`
        let taken = names.function(name).or_else(|| names.function(name.strip_suffix(".call")?));
        // JavaScript's `f.call(null, x)`, `f.apply(null, [x])`, `f.bind(null, x)`
        if let ("javascript", Some((function, "call" | "apply" | "bind"))) = (code.language, name.rsplit_once('.'))
            && let [Token::Sign(b'('), Token::Name(..), Token::Sign(b','), ..] = after
        {
            let last = function.rsplit('.').next().unwrap_or(function);
            return self.computed_call(pass, last, index + 3);
        }
        // A client is no function: `s = requests.Session()` takes no name away from what is called `s`.
        let is_client = |meant: &str| names.knows("fetching-modules", meant);
        // `rq.delete(…)` after `import requests as rq`
        let of_module = || {
            let (head, rest) = name.split_once('.')?;
            let module = pass.aliases.get(head).filter(|module| names.knows("fetching-modules", module))?;
            Some(&*self.bump.alloc_str(&format!("{module}.{rest}")))
        };
        let name = taken
            .or_else(|| pass.aliases.get(name).copied().filter(|meant| !is_client(meant)))
            .or_else(of_module)
            .unwrap_or(name);
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
        let defined = matches!(before, [.., Token::Name("def" | "function" | "func" | "fn" | "sub" | "class", _)]);
        if pass.commands && !defined && matches!(after, [Token::Sign(b'('), ..]) && self.wrapped_call(pass, index, name)
        {
            return 1;
        }
        let requested = pass.requests && !defined && pass.called_at(index) && self.request(pass, index, name, at);
        let receiver = name.rsplit_once('.').map_or("", |(on, _)| on.rsplit('.').next().unwrap_or(on));
        let matches = !receiver.is_empty() && names.knows("matchers", receiver);
        let function = pass
            .functions
            .iter()
            .filter(|f| !(matches && f.does == "shell" || requested && f.marks.contains("http-delete")))
            .find(|f| !defined && f.names.bytes().any(named) && code.meets(f) && !(method && builtin(f)));
        let Some(function) = function else {
            if let Some(found) = self.called_by_name(pass, index, name) {
                return found;
            }
            // A function of its own, which stands for the program of that name.
            if pass.commands
                && matches!(after, [Token::Sign(b'('), ..])
                && self.know.entry(name).is_some()
                && code.wraps(name)
            {
                let (given, end) = arguments(self.bump, tokens, index + 1, true, names, LONGEST_CALL);
                let mut words = vec![name];
                words.extend(given.iter().flat_map(|argument| argument.texts.iter().copied()));
                self.call_of_own(pass, (index, end), &words);
                return 1;
            }
            return 0;
        };
        let parenthesis = after.first() == Some(&Token::Sign(b'('));
        // `Pathname.new("/srv").rmtree`
        let on = expression_before(self.bump, before, names)
            .map(|found| found.text)
            .filter(|_| code.text[..at].ends_with('.'))
            .or_else(|| names.text(name.rsplit_once('.')?.0));
        let marked = !function.marks.is_empty() && function.subject == Subject::Nothing;
        let handed = handed_on(function, before, after);
        let called = parenthesis || called_bare(function, code.language, after, names) || handed;
        // `Thread(target=shutil.rmtree, args=(path,))`
        let started = matches!(before, [.., Token::Name("target" | "func", _), Token::Sign(b'=')])
            && matches!(after, [Token::Sign(b','), Token::Name("args", _), Token::Sign(b'='), Token::Sign(b'('), ..]);
        let (called, parenthesis) = (called || started, parenthesis || started);
        // `pool.submit(shutil.rmtree, path)`: what follows is what it acts on.
        let handed = handed && function.does == "delete" && after.first() == Some(&Token::Sign(b','));
        let skipped = if started { 3 } else { usize::from(handed) };
        if !called && !marked && on.is_none() {
            let handed = match function.does {
                "shell" if pass.commands => commands_handed(self.bump, before, after, names),
                _ => Vec::new(),
            };
            let span = pass.span(at, last.len());
            return handed.into_iter().map(|command| self.command_in_code(command, span, pass.call)).sum();
        }
        let grave = matches!(function.does, "shell" | "code" | "delete" | "sql");
        let longest = if grave { LONGEST_CALL } else { LONGEST_OTHER };
        let from = index + 1 + skipped;
        let (mut arguments, end) = arguments(self.bump, tokens, from, parenthesis, names, longest);
        if end >= index + 1 + LONGEST_CALL && grave {
            self.unread(pass.span(at, 0), MORE, false);
        }
        // `execSync(table[k])`: one of those, whichever.
        if let ("shell", [Token::Sign(b'('), Token::Name(table, _), Token::Sign(b'['), Token::Name(..), ..]) =
            (function.does, after)
            && let Some(all) = names.list(table).filter(|all| all.iter().all(|one| one.contains(' ')))
        {
            let span = pass.span(at, last.len());
            return all.iter().take(limits::VALUES).map(|one| self.command_in_code(one, span, pass.call)).sum();
        }
        // awk's `system("rm -rf " $6)`
        if let ("awk", "shell", [Token::Sign(b'('), value @ ..]) = (code.language, function.does, after)
            && let Some(command) = self.awk_text(value, names).filter(|command| command.contains(awk::SIXTH))
            && self.reads_accounts(pass.call)
        {
            return self.command_in_code(command, pass.span(at, name.len()), pass.call);
        }
        let given = &tokens[index + 1..end.min(tokens.len())];
        if function.does == "shell"
            && let Some(origin) = pass.runs_what_comes(&arguments, given)
        {
            let address = arguments[0].texts.iter().copied().find(|text| text.contains("://"));
            let source = address.unwrap_or("what is not said here");
            self.opaque_code("bash", source, origin, pass.call, pass.span(at, last.len()));
            return 1;
        }
        // What a loop runs one after the other.
        if matches!(function.does, "shell" | "delete" | "permit")
            && let Some((name, all)) = names.in_turn(&tokens[index + 1..end.min(tokens.len())])
        {
            let mut names = names.beside(self.bump);
            for text in all {
                names.give(name, text);
                let (arguments, _) = self::arguments(self.bump, tokens, from, parenthesis, &names, longest);
                let span = pass.span(at, last.len());
                self.function_call(Made { code, function, arguments: &arguments, span, call: pass.call });
            }
            return all.len();
        }
        if function.does == "shell" {
            arguments.extend(added(tokens, end + 1));
        }
        if last == "open"
            && method
            && let [mode] = &arguments[..]
            && mode.texts.first().is_some_and(|mode| mode.len() < 4)
        {
            // `Path.home().joinpath("x").open("w")`, `path.open("r+b")`
            let file = Argument { texts: on.into_iter().collect(), open: on.is_none(), ..Argument::default() };
            arguments = vec![file, mode.clone()];
        } else if function.subject == Subject::Receiver {
            arguments.insert(0, Argument { texts: on.into_iter().collect(), ..Argument::default() });
        } else if let [only] = &mut arguments[..]
            && let Some(text) = on
        {
            only.receive(text);
        }
        // `run(["bash"], input="rm -rf x")`
        if function.does == "shell"
            && let [program, options @ ..] = arguments.first().map_or(&[][..], |first| &first.texts[..])
            && super::interpreters::is_shell(program)
            && options.iter().all(|option| option.starts_with('-') && *option != "-c")
            && let Some(input) = input_named(self.bump, &tokens[index..end.min(tokens.len())], names)
        {
            return self.command_in_code(input, pass.span(at, name.len()), pass.call);
        }
        let made = Made { code, function, arguments: &arguments, span: pass.span(at, name.len()), call: pass.call };
        let before = self.facts.effects.len();
        match directory_named(self.bump, &tokens[index..end.min(tokens.len())], names) {
            // Its own directory, for this call only; `os.chdir` holds from there on.
            Some(path) => {
                let outside = self.state.cwd;
                self.enter_directory(path);
                self.function_call(made);
                self.state.set_cwd(outside);
            }
            None => self.function_call(made),
        }
        // What most likely runs may not be all.
        if function.does == "shell" && names.has_guessed() {
            self.texts_that_may_run(code, made.span, made.call);
        }
        let speaks = |effect: &Effect<'_>| matches!(effect.does, Kind::Send | Kind::Fetch | Kind::Message);
        if self.facts.effects[before..].iter().any(speaks) && self.reveals_secret(code, given) {
            for effect in self.facts.effects[before..].iter_mut().filter(|effect| speaks(effect)) {
                effect.data |= Taint::SECRET_VARIABLE;
            }
        }
        self.written(pass, made, given, tokens.get(end..).unwrap_or_default());
        1
    }

    /// A call of the function that a text names; how many there are, none if it names none that is known.
    fn computed_call(&mut self, pass: &Pass<'_, 'a>, name: &str, from: usize) -> usize {
        let code = pass.code;
        let Some(function) = pass.functions.iter().find(|f| f.names.contains(name) && code.meets(f)) else { return 0 };
        let (arguments, _) = arguments(self.bump, &code.tokens, from, true, &pass.names, LONGEST_CALL);
        self.function_call(Made { code, function, arguments: &arguments, span: pass.whole(), call: pass.call });
        1
    }

    /// `FileUtils.send(:rm_rf, dir)`, `call_user_func("unlink", $path)`: the call of the function that the first argument
    /// names; none if it is no such call.
    fn called_by_name(&mut self, pass: &Pass<'_, 'a>, index: usize, name: &str) -> Option<usize> {
        let (receiver, last) = name.rsplit_once(['.', ':']).unwrap_or(("", name));
        if !self.know.places().list("calls-by-name").any(|caller| caller == last) {
            return None;
        }
        let [Token::Sign(b'('), inside @ ..] = &pass.code.tokens[index + 1..] else { return None };
        let (meant, taken) = match inside {
            [Token::Sign(b':'), Token::Name(meant, _), ..] => (*meant, 2),
            // Elixir's `apply(File, :rm_rf, [path])`
            [Token::Name(module, _), Token::Sign(b','), Token::Sign(b':'), Token::Name(meant, _), ..] => {
                let named: &'a str = self.bump.alloc_str(&format!("{module}.{meant}"));
                (named, 4)
            }
            _ => expression(self.bump, inside, &pass.names).filter(|e| !e.open).map(|e| (e.text, e.taken))?,
        };
        if inside.get(taken) != Some(&Token::Sign(b',')) {
            return None;
        }
        let from = index + taken + 3;
        let last = meant.rsplit('.').next().unwrap_or(meant);
        let named = [&*format!("{receiver}.{meant}"), meant, last];
        Some(named.iter().map(|name| self.computed_call(pass, name, from)).find(|found| *found > 0).unwrap_or(0))
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

/// What a call hands to the input of what it starts: `run(…, input="ls")`, `{ input: "ls" }`.
fn input_named<'a>(bump: &'a bumpalo::Bump, call: &[Token<'a>], names: &Names<'a>) -> Option<&'a str> {
    let named = |two: &[Token<'_>]| matches!(two, [Token::Name("input", _), Token::Sign(b'=' | b':')]);
    let at = call.windows(2).position(named)?;
    expression(bump, &call[at + 2..], names).map(|found| found.text)
}

/// Whether a function is called without brackets: `system $c`, `print ENVIRON["HOME"]`.
fn called_bare(function: &Function<'_>, language: &str, after: &[Token<'_>], names: &Names<'_>) -> bool {
    if matches!(language, "python" | "javascript") {
        return false;
    }
    match after {
        [Token::Text(_), ..] => true,
        // OCaml's `Sys.remove p`, Lisp's `(delete-directory d t)`
        [Token::Name(..) | Token::Sign(b'('), ..]
            if function.does == "delete" && matches!(language, "other" | "scheme" | "elisp") =>
        {
            true
        }
        // Ruby's `FileUtils.rm_rf path`
        [Token::Name(name, _), ..] if language == "ruby" && names.text(name).is_some() => true,
        // Perl's `chmod 0644, $file`
        [Token::Sign(b'0'..=b'9'), ..] => language == "perl" && function.does == "permit",
        // Perl's `unlink @old`
        [Token::Sign(b'@'), Token::Name(..), ..] => function.does == "delete",
        // `exec ["726d…"].pack("H*")`
        [Token::Sign(b'['), Token::Text(_), Token::Sign(b']'), Token::Name("pack", _), ..] => true,
        // `system $c`
        [Token::Sign(b'$'), Token::Name(name, _), ..] => *name == "_" || names.text(name).is_some(),
        // `print ENVIRON["HOME"]`, `print uc "x"`
        [Token::Name(name, _), rest @ ..] => {
            matches!(function.does, "code" | "perl-open")
                || matches!(*name, "glob" | "pack" | "unpack")
                // `exec pack("H*", "…")`
                || function.does != "print" && rest.first() == Some(&Token::Sign(b'('))
                || home(names, name, rest).is_some()
        }
        _ => false,
    }
}

/// Whether a function is handed to another one, which calls it: `.then(eval)`, `map(os.remove, …)`,
/// `lapply(dirs, unlink, …)`.
fn handed_on(function: &Function<'_>, before: &[Token<'_>], after: &[Token<'_>]) -> bool {
    let around = (before.last(), after.first());
    match function.does {
        "code" => matches!(around, (Some(Token::Sign(b'(' | b',')), Some(Token::Sign(b')')))),
        "delete" => {
            matches!(around, (Some(Token::Sign(b'(' | b',' | b'&')), Some(Token::Sign(b')' | b',' | b'/'))))
                // `(rmtree if is_dir else unlink)(path)`, `(dir ? rmdirSync : unlinkSync)(path)`
                || matches!(around, (Some(Token::Sign(b'(')), Some(Token::Name("if", _))))
                || matches!(before.last(), Some(Token::Name("else", _) | Token::Sign(b'?' | b':')))
                    && matches!(after, [Token::Sign(b')'), Token::Sign(b'('), ..] | [Token::Sign(b':'), ..])
        }
        _ => false,
    }
}

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
