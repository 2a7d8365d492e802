//! The call of a known function that stands at a name: by itself, by a name that a text computes, or handed to another.

use super::super::expressions::{expression, expression_before};
use super::super::syntax::bare::{called_bare, handed_on};
use super::super::syntax::tokens::{Token, opened_at};
use super::super::whole::origins::{LONGEST_STATEMENT, first_argument};
use super::super::whole::snippet::Snippet;
use super::super::{Pass, awk};
use super::Made;
use super::arguments::{Argument, LONGEST_CALL, LONGEST_OTHER, SOMETHING, added, arguments, directory_named};
use super::callee::Site;
use super::handed::commands_handed;
use super::handed_in::{input_named, is_written_to};
use crate::facts::Effect;
use crate::facts::analysis::{Analysis, MORE};
use crate::facts::code::interpreters;
use crate::facts::knowledge::{Function, Kind, Subject};
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths::base_name;
use crate::facts::value::{Data, Taint, Val};
use crate::limits;

/// How what a function is given stands there.
struct Form {
    /// The token at which its arguments begin.
    from: usize,
    /// They stand in brackets.
    parenthesis: bool,
    /// How many tokens of them are read.
    longest: usize,
}

impl<'a> Analysis<'a> {
    /// The call of the function whose name stands here; how many there are, none if it is no call or none that is known.
    pub(in super::super) fn named_call(
        &mut self,
        pass: &Pass<'_, 'a>,
        index: usize,
        name: &'a str,
        at: usize,
    ) -> usize {
        let site = Site { pass, index, at, name: self.name_meant(pass, index, name) };
        let calls = site.opens_bracket() && !site.is_definition();
        if pass.commands && calls && self.wrapped_call(pass, index, site.name) {
            return 1;
        }
        let requested = pass.requests && calls && self.request(pass, index, site.name, at);
        match self.function_meant(&site, requested) {
            Some(function) => self.call_at(&site, function),
            None => self.unknown_call(&site),
        }
    }

    /// The call of a function that no pack knows, by what it is given: the name of another, or the words of a program.
    fn unknown_call(&mut self, site: &Site<'_, 'a>) -> usize {
        let Site { pass, index, name, .. } = *site;
        if let Some(found) = self.called_by_name(pass, index, name) {
            return found;
        }
        // A function of its own, which stands for the program of that name.
        if pass.commands && site.opens_bracket() && self.know.entry(name).is_some() && pass.code.wraps(name) {
            let (given, end) = arguments(self.bump, site.tokens(), index + 1, true, &pass.names, LONGEST_CALL);
            let mut words = vec![name];
            words.extend(given.iter().flat_map(|argument| argument.texts.iter().copied()));
            self.call_of_own(pass, (index, end), &words);
            return 1;
        }
        0
    }

    /// The call of a known function, if it is called here.
    fn call_at(&mut self, site: &Site<'_, 'a>, function: &'static Function<'static>) -> usize {
        let Site { pass, index, at, name, .. } = *site;
        let Pass { code, names, .. } = pass;
        let (tokens, before, after) = (site.tokens(), site.before(), site.after());
        // `Pathname.new("/srv").rmtree`
        let on = expression_before(self.bump, before, names)
            .map(|found| found.text)
            .filter(|_| site.follows_expression())
            .or_else(|| names.text(name.rsplit_once('.')?.0));
        let span = pass.span(at, site.last().len());
        let Some(form) = form(site, function, on.is_some()) else {
            let handed = match function.does {
                "shell" if pass.commands => commands_handed(self.bump, before, after, names),
                _ => Vec::new(),
            };
            return handed.into_iter().map(|command| self.command_in_code(command, span, pass.call)).sum();
        };
        let Form { from, parenthesis, longest } = form;
        let (mut arguments, end) = arguments(self.bump, tokens, from, parenthesis, names, longest);
        if end >= index + 1 + LONGEST_CALL && longest == LONGEST_CALL {
            self.unread(pass.span(at, 0), MORE, false);
        }
        let given = &tokens[index + 1..end.min(tokens.len())];
        // What a command printed stands in another: `out = popen("gh auth token").read(); system("curl -d " + out)`.
        let secret = || self.facts.effects.iter().any(|effect| effect.reads_secret(self.know.vocabulary()));
        if function.does == "shell" && !code.captured.borrow().is_empty() && secret() {
            let mut names = names.beside(self.bump);
            for (name, command) in code.captured.borrow().iter() {
                names.give(name, command);
            }
            arguments = super::arguments::arguments(self.bump, tokens, from, parenthesis, &names, longest).0;
        }
        if let Some(found) = self.run_otherwise(site, function, &arguments, given) {
            return found;
        }
        // What a loop runs one after the other.
        if matches!(function.does, "shell" | "delete" | "permit")
            && let Some((name, all)) = names.in_turn(given)
        {
            let mut names = names.beside(self.bump);
            for text in all {
                names.give(name, text);
                let (arguments, _) = super::arguments::arguments(self.bump, tokens, from, parenthesis, &names, longest);
                self.function_call(Made { code, function, arguments: &arguments, span, call: pass.call });
            }
            return all.len();
        }
        if function.does == "shell" {
            arguments.extend(added(tokens, end + 1));
        }
        let on = Argument { texts: on.into_iter().collect(), open: on.is_none(), ..Argument::default() };
        with_receiver(site, function, on, &mut arguments);
        if function.does == "shell" {
            self.hands_in(site, site.until(end), &mut arguments);
        }
        let made = Made { code, function, arguments: &arguments, span: pass.span(at, name.len()), call: pass.call };
        let effects = self.facts.effects.len();
        match directory_named(self.bump, site.until(end), names) {
            // Its own directory, for this call only; `os.chdir` holds from there on.
            Some(path) => {
                let outside = self.state.cwd;
                self.enter_directory(path);
                self.function_call(made);
                self.state.set_cwd(outside);
            }
            None => self.function_call(made),
        }
        self.handed_in = None;
        if function.does == "shell" {
            self.hidden_in_call(site, &made, given, effects);
        }
        let speaks = |effect: &Effect<'_>| matches!(effect.does, Kind::Send | Kind::Fetch | Kind::Message);
        if self.facts.effects[effects..].iter().any(speaks) && self.reveals_secret(code, given) {
            for effect in self.facts.effects[effects..].iter_mut().filter(|effect| speaks(effect)) {
                effect.data |= Taint::SECRET_VARIABLE;
            }
        }
        let after = tokens.get(end..).unwrap_or_default();
        self.sent_later(code, name, (given, after), (span, pass.call));
        self.written(pass, made, given, after);
        1
    }

    /// What a call does that is read otherwise than by its literal arguments; how many calls that makes, none if it is not.
    fn run_otherwise(
        &mut self,
        site: &Site<'_, 'a>,
        function: &'static Function<'static>,
        arguments: &[Argument<'a>],
        given: &[Token<'a>],
    ) -> Option<usize> {
        let Site { pass, at, .. } = *site;
        let Pass { code, names, .. } = pass;
        let span = pass.span(at, site.last().len());
        if is_rehearsed(function, code.language, given) {
            return Some(1);
        }
        if function.does == "shell" {
            let databases = |program: &str| self.know.entry(program).is_some_and(|entry| entry.context == "database");
            if let Some(words) = in_a_container(site, arguments, given, databases) {
                if !words.is_empty() {
                    self.argv_call(&words, span);
                }
                return Some(1);
            }
            // `execSync(table[k])`: one of those, whichever.
            if let [Token::Sign(b'('), Token::Name(table, _), Token::Sign(b'['), Token::Name(..), ..] = site.after()
                && let Some(all) = names.list(table).filter(|all| all.iter().all(|one| one.contains(' ')))
            {
                return Some(
                    all.iter().take(limits::VALUES).map(|one| self.command_in_code(one, span, pass.call)).sum(),
                );
            }
            if let Some(command) = self.command_of_awk(site, given) {
                return Some(self.command_in_code(command, pass.span(at, site.name.len()), pass.call));
            }
            if self.is_of_something_else(site, arguments) {
                // What nobody writes down for another purpose counts all the same.
                for text in arguments.iter().filter_map(Argument::longest) {
                    self.commands_in_text(text, true, span, pass.call);
                }
                return Some(1);
            }
            if let Some(text) = self.read_and_run(pass, given) {
                return Some(self.run_once(site, text, span));
            }
        }
        if matches!(function.does, "shell" | "code")
            && let Some((source, origin)) =
                self.read_from_elsewhere(pass, given).or_else(|| pass.output_of_command(site.after()))
        {
            let language = if function.does == "shell" { "bash" } else { code.language };
            self.opaque_code(language, source, origin, pass.call, span);
            return Some(1);
        }
        // `exec(os.environ["PR_BODY"])`
        let begins = &given[..given.len().min(LONGEST_STATEMENT)];
        let strangers = || pass.asks_for_strangers_words(first_argument(begins));
        let network = || pass.origin_of(first_argument(begins)) == Some(Taint::NETWORK);
        if function.does == "code" && (network() || strangers()) {
            self.opaque_code(code.language, "what is not said here", Taint::NETWORK, pass.call, span);
            return Some(1);
        }
        if function.does == "shell" && pass.puts_strangers_words_in(given) {
            self.strangers_words_run(span, pass.call);
            return Some(1);
        }
        if function.does == "shell"
            && let Some(origin) = pass.runs_what_comes(arguments, given)
        {
            let address = arguments[0].texts.iter().copied().find(|text| text.contains("://"));
            let source = address.unwrap_or("what is not said here");
            self.opaque_code("bash", source, origin, pass.call, span);
            return Some(1);
        }
        None
    }

    /// awk's `system("rm -rf " $6)`, as far as it is known what that makes.
    fn command_of_awk(&mut self, site: &Site<'_, 'a>, given: &[Token<'a>]) -> Option<&'a str> {
        let [Token::Sign(b'('), value @ ..] = site.after() else { return None };
        let pass = site.pass;
        if pass.code.language != "awk" {
            return None;
        }
        let command = self.awk_text(value, &pass.names)?;
        (awk::is_computed(given)
            || command.contains(awk::SIXTH) && self.reads_accounts(pass.call)
            || command.contains(awk::FIELD) && self.state.var(awk::FIELDS[1]).is_some())
        .then_some(command)
    }

    /// Whether it is a method of something that runs nothing: `session.run("MATCH (n) RETURN n")`, `/a (b/.exec("a (b")`,
    /// unless it is given a command.
    fn is_of_something_else(&self, site: &Site<'_, 'a>, arguments: &[Argument<'a>]) -> bool {
        let code = site.pass.code;
        let given_command =
            |first: &Argument<'a>| first.list || first.longest().is_some_and(|text| self.is_command(text));
        matches!(code.language, "python" | "javascript")
            && site.belongs()
            && self.know.lists().has("vague-methods", site.last())
            && !code.may_run_commands(self.know.lists())
            && !arguments.first().is_some_and(given_command)
    }

    /// Runs a text that the code read, each text once.
    fn run_once(&mut self, site: &Site<'_, 'a>, text: &'a str, span: Span) -> usize {
        let ran = &site.pass.code.ran;
        if ran.borrow().iter().any(|known| std::ptr::eq(*known, text)) {
            return 1;
        }
        if ran.borrow().len() >= limits::VALUES {
            self.unread(site.pass.span(site.at, 0), MORE, false);
            return 1;
        }
        ran.borrow_mut().push(text);
        self.command_in_code(text, span, site.pass.call)
    }

    /// Notes what a call hands to the input of the program that it starts: `run(["psql", "app"], input="DROP TABLE users")`.
    fn hands_in(&mut self, site: &Site<'_, 'a>, call: &[Token<'a>], arguments: &mut Vec<Argument<'a>>) {
        let Pass { code, names, .. } = site.pass;
        let input = input_named(self.bump, call, names);
        // `execSync("sh", {input: "ls"})`: that is no word of the command.
        if let (Some(input), Some((_, options))) = (input, arguments.split_first_mut()) {
            options.iter_mut().for_each(|option| option.texts.retain(|text| *text != input));
            arguments.retain(|argument| argument.open || argument.list || !argument.texts.is_empty());
        }
        let input = input.map(|input| Data::known(Val::Lit(input)));
        let shell = |token: &Token<'_>| {
            let program = token.text().and_then(|text| text.split(' ').next());
            program.is_some_and(|program| interpreters::is_shell(base_name(program)))
        };
        let written = call.iter().any(shell) && is_written_to(code, call);
        self.handed_in = input.or_else(|| written.then(|| Data::unknown("what the code writes", Taint::NONE)));
        if written && !matches!(code.language, "python" | "javascript") {
            let span = site.pass.span(site.at, site.name.len());
            self.texts_that_may_run(code, span, site.pass.call);
        }
    }

    /// What a call of a shell may run beside what its arguments say; its own effects begin at `effects`.
    fn hidden_in_call(&mut self, site: &Site<'_, 'a>, made: &Made<'_, 'a>, given: &[Token<'a>], effects: usize) {
        let Pass { code, names, .. } = site.pass;
        let given = &given[..given.len().min(LONGEST_OTHER)];
        // What a function of its own runs is another command at each call of it: `sub run { system($_[0]) }`.
        let of_own = || ["def ", "sub ", "function ", "func ", "fn "].iter().any(|word| code.says(word));
        if !matches!(code.language, "python" | "javascript")
            && given.iter().all(|token| token.text().is_none_or(str::is_empty))
            && of_own()
        {
            self.texts_that_may_run(code, made.span, made.call);
        }
        // What is put together letter by letter, and not told by what it comes to.
        let puts_together = |token: &Token<'_>| match token {
            Token::Name(name, _) => names.knows("puts-letters-together", name.rsplit('.').next().unwrap_or(name)),
            _ => false,
        };
        let unknown = |effect: &Effect<'_>| effect.does == Kind::Unknown;
        if self.facts.effects[effects..].iter().all(unknown)
            && made.arguments.first().is_some_and(|first| !first.list)
            && given.iter().any(puts_together)
        {
            self.plain_effect(Kind::Code, "letters put together", made.call, made.span, Taint::DECODED, &["hidden"]);
        }
        // What most likely runs may not be all.
        if names.has_guessed() {
            self.texts_that_may_run(code, made.span, made.call);
        }
    }

    /// A call of the function that a text names; how many there are, none if it names none that is known.
    pub(in super::super) fn computed_call(&mut self, pass: &Pass<'_, 'a>, name: &str, from: usize) -> usize {
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
        if !self.know.lists().has("calls-by-name", last) {
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

    /// Whether a text begins with the name of a program, and says more.
    fn is_command(&self, text: &str) -> bool {
        text.split_once(' ').is_some_and(|(first, _)| self.run_by_others(first) || self.know.entry(first).is_some())
    }

    /// Whether a text that reads like a command is the argument of a function whose name is computed.
    pub(in super::super) fn given_to_unknown(&self, code: &Snippet<'a>, before: &[Token<'_>], text: &str) -> bool {
        let called = matches!(
            before,
            [.., Token::Sign(b'$'), Token::Name(..), Token::Sign(b'(')]
                | [.., Token::Sign(b']' | b')'), Token::Sign(b'(')]
        );
        // `AutoTokenizer.from_pretrained("m")("rm -rf /")` reads a text.
        let reads = || matches!(before, [call @ .., _] if self.made_to_read(code, call));
        called && text.split_once(' ').is_some_and(|(first, _)| self.run_by_others(first)) && !reads()
    }

    /// Whether a call, which these tokens end with, makes something that reads texts, by one of
    /// the libraries that are made for that.
    fn made_to_read(&self, code: &Snippet<'a>, tokens: &[Token<'_>]) -> bool {
        let of_library = ["transformers", "tiktoken", "tokenizers"].iter().any(|library| code.says(library));
        if tokens.last() != Some(&Token::Sign(b')'))
            || code.language != "python"
            || !of_library
            || code.says("def from_pretrained")
            || code.says("def get_encoding")
        {
            return false;
        }
        let maker = opened_at(tokens).and_then(|at| tokens.get(at.checked_sub(1)?));
        matches!(maker, Some(Token::Name(name, _)) if self.know.lists().has("makes-readers", name.rsplit('.').next().unwrap_or(name)))
    }
}

/// How a function is called where its name stands, `received` if on something; none where it is not.
fn form(site: &Site<'_, '_>, function: &Function<'_>, received: bool) -> Option<Form> {
    let Pass { code, names, .. } = site.pass;
    let (before, after) = (site.before(), site.after());
    // What acts on nothing that it is given is done by its name alone: Ruby's `Order.destroy_all`; elsewhere a name without
    // brackets says so little that only what has a mark counts.
    let alone = function.subject == Subject::Nothing && (code.language == "ruby" || !function.marks.is_empty());
    let handed = handed_on(function, before, after);
    // `Thread(target=shutil.rmtree, args=(path,))`
    let started = matches!(before, [.., Token::Name("target" | "func", _), Token::Sign(b'=')])
        && matches!(after, [Token::Sign(b','), Token::Name("args", _), Token::Sign(b'='), Token::Sign(b'('), ..]);
    // `fake.client().terminate_instances.assert_called_once_with(…)` asks what a stand-in was given.
    if let (Token::Name(raw, at), [Token::Name(member, _), ..]) = (site.tokens()[site.index], after)
        && code.text.get(at + raw.len()..).is_some_and(|rest| rest.starts_with('.'))
        && code.language == "python"
        && code.says("mock")
        && names.knows("members-of-stand-ins", member)
    {
        return None;
    }
    let bracket = site.opens_bracket();
    let called = bracket || started || handed || called_bare(function, code.language, after, names);
    // `pool.submit(shutil.rmtree, path)`: what follows is what it acts on.
    let passed = handed && function.does == "delete" && after.first() == Some(&Token::Sign(b','));
    let skipped = if started { 3 } else { usize::from(passed) };
    let grave = matches!(function.does, "shell" | "code" | "delete" | "sql");
    (called || alone || received).then(|| Form {
        from: site.index + 1 + skipped,
        parenthesis: bracket || started,
        longest: if grave { LONGEST_CALL } else { LONGEST_OTHER },
    })
}

/// Puts what a method is called on where its function expects that.
fn with_receiver<'a>(
    site: &Site<'_, 'a>,
    function: &Function<'_>,
    on: Argument<'a>,
    arguments: &mut Vec<Argument<'a>>,
) {
    if site.last() == "open"
        && site.is_method()
        && let [mode] = &arguments[..]
        && mode.texts.first().is_some_and(|mode| mode.len() < 4)
    {
        // `Path.home().joinpath("x").open("w")`, `path.open("r+b")`
        arguments.insert(0, on);
    } else if function.subject == Subject::Receiver {
        arguments.insert(0, Argument { open: false, ..on });
    } else if function.does != "sql"
        && let [only] = &mut arguments[..]
        && let Some(text) = on.texts.first()
    {
        only.receive(text);
    }
}

/// Whether a call only shows what it would do: Ruby's `FileUtils.rm_rf(path, noop: true)` (its FileUtils).
fn is_rehearsed(function: &Function<'_>, language: &str, given: &[Token<'_>]) -> bool {
    let noop = |token: &&Token<'_>| matches!(token, Token::Name("noop", _));
    let spread = given.windows(2).any(|two| two == [Token::Sign(b'*'), Token::Sign(b'*')]);
    if function.does != "delete" || language != "ruby" || spread || given.iter().filter(noop).count() != 1 {
        return false;
    }
    let mut level = 0_usize;
    (0..given.len()).any(|at| {
        match given[at] {
            Token::Sign(b'(' | b'[' | b'{') => level += 1,
            Token::Sign(b')' | b']' | b'}') => level = level.saturating_sub(1),
            _ => {}
        }
        matches!(
            &given[at..],
            [
                Token::Name("noop", _),
                Token::Sign(b':'),
                Token::Name("true", _),
                Token::Sign(b',' | b')' | b'}' | b'\n'),
                ..
            ] if level == 1
        )
    })
}

/// What Docker's SDK for Python runs in a container, as the command line says it: `containers.run(image, command)`,
/// `container.exec_run(command)`; no words, where nothing is lost by it.
fn in_a_container<'a>(
    site: &Site<'_, 'a>,
    arguments: &[Argument<'a>],
    given: &[Token<'a>],
    databases: impl Fn(&str) -> bool,
) -> Option<Vec<&'a str>> {
    let text = site.pass.code.text;
    let plain = |argument: &Argument<'a>| (!argument.open && !argument.list).then(|| argument.longest()).flatten();
    let of_containers = || text[..site.at].ends_with("containers.") || site.name.contains("containers.");
    let (mut words, command) = match (site.last(), arguments) {
        ("run", [image, more @ ..]) if text.contains("docker") && of_containers() => {
            // By its name: `command="ls"`; what else has a name says how it is run.
            let named = given.windows(3).find_map(|three| match three {
                [Token::Name("command", _), Token::Sign(b'='), Token::Text(command)] => Some(*command),
                _ => None,
            });
            let by_name = given.windows(2).any(|two| matches!(two, [Token::Name(..), Token::Sign(b'=')]));
            match (named, more.first()) {
                (Some(command), _) => return Some(vec!["docker", "run", "--rm", plain(image)?, "sh", "-c", command]),
                (None, Some(command))
                    if !by_name || plain(command).is_some_and(|text| text.contains(' ')) || command.list =>
                {
                    (vec!["docker", "run", "--rm", plain(image)?], command)
                }
                _ => return Some(Vec::new()),
            }
        }
        ("exec_run", [command, ..]) => {
            let line = command.texts.join(" ");
            let receiver = site.name.rsplit_once('.').map_or("", |(on, _)| on);
            // In one that the code itself has started; its database has only what it was given.
            let before = &text[..site.at];
            let statement = &before[before.rfind(['\n', ';']).map_or(0, |at| at + 1)..];
            let by_name = |line: &str| {
                let value = line.trim_start().strip_prefix(receiver).map(str::trim_start);
                value.is_some_and(|value| value.starts_with('=') && value.contains("containers.run("))
            };
            let started = match receiver {
                "" => statement.ends_with(").") && statement.contains("containers.run("),
                _ => before.split(['\n', ';']).any(by_name),
            };
            if started && databases(line.split(' ').next().unwrap_or_default()) && !line.contains("-h") {
                return Some(Vec::new());
            }
            match started {
                true => (vec!["docker", "run", "--rm", SOMETHING], command),
                false => (vec!["docker", "exec", SOMETHING], command),
            }
        }
        _ => return None,
    };
    match command.list {
        true => words.extend(&command.texts),
        false => words.extend(["sh", "-c", plain(command)?]),
    }
    Some(words)
}
