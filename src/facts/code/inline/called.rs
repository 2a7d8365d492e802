//! The call of a known function that stands at a name: by itself, by a name that a text computes, or handed to another.

use super::arguments::{Argument, LONGEST_CALL, LONGEST_OTHER, added, arguments, directory_named};
use super::calls::Made;
use super::expressions::{expression, expression_before};
use super::handed::commands_handed;
use super::homes::home;
use super::names::Names;
use super::snippet::Snippet;
use super::tokens::Token;
use super::{Pass, awk};
use crate::facts::Effect;
use crate::facts::analysis::{Analysis, MORE};
use crate::facts::code::interpreters;
use crate::facts::knowledge::{Function, Kind, Subject};
use crate::facts::targets::paths::base_name;
use crate::facts::value::{Data, Taint, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    /// The call of the function whose name stands here; how many there are, none if it is no call or none that is known.
    pub(super) fn named_call(&mut self, pass: &Pass<'_, 'a>, index: usize, name: &'a str, at: usize) -> usize {
        let Pass { code, names, .. } = pass;
        let tokens = &code.tokens[..];
        let (before, after) = (&tokens[..index], &tokens[index + 1..]);
        // Ruby's `remover.call(path)`
        let taken = names.function(name).or_else(|| names.function(name.strip_suffix(".call")?));
        // A client is no function: `s = requests.Session()` takes no name away from what is called `s`.
        let is_client = |meant: &str| names.knows("fetching-modules", meant);
        // `rq.delete(…)` after `import requests as rq`
        let of_module = || {
            let (head, rest) = name.split_once('.')?;
            let module = pass.aliases.get(head).filter(|module| names.knows("fetching-modules", module))?;
            Some(&*self.bump.alloc_str(&format!("{module}.{rest}")))
        };
        // `require("https").get(…)`
        let of_required = || match before {
            [
                ..,
                Token::Name("require" | "__import__", _),
                Token::Sign(b'('),
                Token::Text(module),
                Token::Sign(b')'),
            ] if !name.contains('.') => {
                Some(&*self.bump.alloc_str(&format!("{}.{name}", module.trim_start_matches("node:"))))
            }
            _ => None,
        };
        let name = taken
            .or_else(of_required)
            .or_else(|| pass.aliases.get(name).copied().filter(|meant| !is_client(meant)))
            .or_else(of_module)
            .unwrap_or(name);
        let last = name.rsplit(['.', ':']).next().unwrap_or(name);
        // Every name that fits ends it; most others end in another letter.
        let ending = name.bytes().next_back();
        let named = |known: &[u8]| {
            known.last().copied() == ending
                && name.as_bytes().ends_with(known)
                && (known.len() == last.len()
                    || known.len() == name.len()
                    || known.iter().any(|byte| matches!(byte, b'.' | b':')))
        };
        // `model.eval()` and `re.compile(x)` are no more than their names say; the builtin is.
        let method = code.language == "python"
            && (name.contains('.') || code.text[..at].ends_with('.'))
            && !name.contains("builtins");
        let builtin = |f: &Function<'_>| f.does == "code" && !f.names.contains(name);
        let defined = matches!(before, [.., Token::Name("def" | "function" | "func" | "fn" | "sub" | "class", _)]);
        let parenthesis = after.first() == Some(&Token::Sign(b'('));
        if pass.commands && !defined && parenthesis && self.wrapped_call(pass, index, name) {
            return 1;
        }
        let requested = pass.requests && !defined && parenthesis && self.request(pass, index, name, at);
        let receiver = name.rsplit_once('.').map_or("", |(on, _)| on.rsplit('.').next().unwrap_or(on));
        let matches = || {
            !receiver.is_empty() && names.knows("matchers", receiver)
                || follows_pattern(code.language, &code.text[..at])
        };
        let answered = || requested || pass.stood_in(self.know.lists());
        let another =
            |f: &Function<'_>| f.does == "shell" && matches() || f.marks.contains("http-delete") && answered();
        let function = pass.functions.iter().find(|f| {
            !defined && f.names.bytes().any(named) && code.meets(f) && !(method && builtin(f)) && !another(f)
        });
        // What a function of its own makes of each is a command only if that runs it.
        let makes_texts = || {
            let inside = &after[..after.len().min(LONGEST_CALL)];
            let own = matches!(inside, [Token::Sign(b'('), Token::Name("fn" | "function" | "static", _), ..]);
            own && !pass
                .functions
                .iter()
                .any(|f| f.does == "shell" && f.names.iter().any(|n| n != "array_map" && code.says(n)))
        };
        let function = function.filter(|_| last != "array_map" || !makes_texts());
        let Some(function) = function else {
            if let Some(found) = self.called_by_name(pass, index, name) {
                return found;
            }
            // A function of its own, which stands for the program of that name.
            if pass.commands && parenthesis && self.know.entry(name).is_some() && code.wraps(name) {
                let (given, end) = arguments(self.bump, tokens, index + 1, true, names, LONGEST_CALL);
                let mut words = vec![name];
                words.extend(given.iter().flat_map(|argument| argument.texts.iter().copied()));
                self.call_of_own(pass, (index, end), &words);
                return 1;
            }
            return 0;
        };
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
        let given = &tokens[index + 1..end.min(tokens.len())];
        // awk's `system("rm -rf " $6)`
        if let ("awk", "shell", [Token::Sign(b'('), value @ ..]) = (code.language, function.does, after)
            && let Some(command) = self.awk_text(value, names)
            && (awk::is_computed(given)
                || command.contains(awk::SIXTH) && self.reads_accounts(pass.call)
                || command.contains(awk::FIELD) && self.state.var(awk::FIELDS[1]).is_some())
        {
            return self.command_in_code(command, pass.span(at, name.len()), pass.call);
        }
        if is_rehearsed(function, code.language, given) {
            return 1;
        }
        // `session.run("MATCH (n) RETURN n")`, `/a (b/.exec("a (b")`: a method of something else, unless it is given a command.
        let of_something = || name.contains('.') || code.text[..at].ends_with('.');
        if function.does == "shell"
            && matches!(code.language, "python" | "javascript")
            && of_something()
            && self.know.lists().has("vague-methods", last)
            && !code.may_run_commands(self.know.lists())
            && arguments
                .first()
                .is_none_or(|first| !first.list && !first.longest().is_some_and(|text| self.is_command(text)))
        {
            // What nobody writes down for another purpose counts all the same.
            for text in arguments.iter().filter_map(Argument::longest) {
                self.commands_in_text(text, true, pass.span(at, last.len()), pass.call);
            }
            return 1;
        }
        if function.does == "shell"
            && let Some(text) = self.read_and_run(pass, given)
        {
            let ran = || code.ran.borrow();
            if ran().iter().any(|known| std::ptr::eq(*known, text)) {
                return 1;
            }
            if ran().len() >= limits::VALUES {
                self.unread(pass.span(at, 0), MORE, false);
                return 1;
            }
            code.ran.borrow_mut().push(text);
            return self.command_in_code(text, pass.span(at, last.len()), pass.call);
        }
        if matches!(function.does, "shell" | "code")
            && let Some((source, origin)) =
                self.read_from_elsewhere(pass, given).or_else(|| pass.output_of_command(after))
        {
            let language = if function.does == "shell" { "bash" } else { code.language };
            self.opaque_code(language, source, origin, pass.call, pass.span(at, last.len()));
            return 1;
        }
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
                let (arguments, _) = super::arguments::arguments(self.bump, tokens, from, parenthesis, &names, longest);
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
            && let Some(text) = on.filter(|_| function.does != "sql")
        {
            only.receive(text);
        }
        // `run(["psql", "app"], input="DROP TABLE users")`
        if function.does == "shell" {
            let call = &tokens[index..end.min(tokens.len())];
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
                self.texts_that_may_run(code, pass.span(at, name.len()), pass.call);
            }
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
        self.handed_in = None;
        // What a function of its own runs is another command at each call of it: `sub run { system($_[0]) }`.
        let of_own = || ["def ", "sub ", "function ", "func ", "fn "].iter().any(|word| code.says(word));
        if function.does == "shell"
            && !matches!(code.language, "python" | "javascript")
            && given.iter().take(LONGEST_OTHER).all(|token| token.text().is_none_or(str::is_empty))
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
        if function.does == "shell"
            && self.facts.effects[before..].iter().all(unknown)
            && arguments.first().is_some_and(|first| !first.list)
            && given.iter().take(LONGEST_OTHER).any(puts_together)
        {
            self.plain_effect(Kind::Code, "letters put together", pass.call, made.span, Taint::DECODED, &["hidden"]);
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
    pub(super) fn computed_call(&mut self, pass: &Pass<'_, 'a>, name: &str, from: usize) -> usize {
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
    pub(super) fn given_to_unknown(&self, before: &[Token<'_>], text: &str) -> bool {
        let called = matches!(
            before,
            [.., Token::Sign(b'$'), Token::Name(..), Token::Sign(b'(')]
                | [.., Token::Sign(b']' | b')'), Token::Sign(b'(')]
        );
        called && text.split_once(' ').is_some_and(|(first, _)| self.run_by_others(first))
    }
}

/// How a regular expression is made of a text, and the bytes of the statement in which that is looked for.
const NEW_PATTERN: &[u8] = b"RegExp(";
const LONGEST_PATTERN: usize = 256;

/// Whether what comes next is a method of a regular expression: `/x/g.exec(…)`, `new RegExp("x").exec(…)`.
fn follows_pattern(language: &str, before: &str) -> bool {
    let Some(before) = before.strip_suffix('.').filter(|_| language == "javascript") else { return false };
    let literal = before.trim_end_matches(['d', 'g', 'i', 'm', 's', 'u', 'v', 'y']);
    let near = before.as_bytes();
    let near = &near[near.len().saturating_sub(LONGEST_PATTERN)..];
    let statement = near.rsplit(|byte| matches!(byte, b';' | b'\n')).next().unwrap_or_default();
    let made = || statement.ends_with(b")") && statement.windows(NEW_PATTERN.len()).any(|some| some == NEW_PATTERN);
    literal.ends_with('/') && !literal.ends_with("*/") || made()
}

/// What a call hands to the input of what it starts: `run(…, input="ls")`, `{ input: "ls" }`.
fn input_named<'a>(bump: &'a bumpalo::Bump, call: &[Token<'a>], names: &Names<'a>) -> Option<&'a str> {
    let named = |two: &[Token<'_>]| matches!(two, [Token::Name("input", _), Token::Sign(b'=' | b':')]);
    let at = call.windows(2).position(named)?;
    // Python's `b"…"`
    let bytes = usize::from(matches!(call.get(at + 2), Some(Token::Name("b", _))));
    expression(bump, &call[at + 2 + bytes..], names).map(|found| found.text)
}

/// Whether what a call starts reads what the code writes to it, and nobody types there: `Popen("bash", stdin=PIPE)`,
/// `open(my $f, "|-", "bash")`, `spawn("sh").stdin.end("…")`, a terminal of pexpect's or node-pty's.
fn is_written_to(code: &Snippet<'_>, call: &[Token<'_>]) -> bool {
    let pipe = |two: &[Token<'_>]| match two {
        [Token::Name("stdin", _), Token::Sign(b'=')] | [Token::Sign(b','), Token::Text("w" | "w+" | "r+")] => true,
        [Token::Text(text), _] => text.starts_with('|'),
        [Token::Name(name, _), _] => *name == "stdin_data",
        _ => false,
    };
    let says = |words: &[&str]| words.iter().any(|word| code.says(word));
    !says(&["interact("])
        && (call.windows(2).any(pipe) && !says(&["/dev/tty", "fileno", "socket"])
            || says(&[".stdin.write(", ".stdin.end(", ".stdin.puts"])
            || says(&["pexpect", "node-pty"]) && says(&["spawn"]))
}

/// Whether a function is called without brackets: `system $c`, `print ENVIRON["HOME"]`.
fn called_bare(function: &Function<'_>, language: &str, after: &[Token<'_>], names: &Names<'_>) -> bool {
    if matches!(language, "python" | "javascript") {
        return false;
    }
    match after {
        [Token::Text(_), ..] => true,
        // `` eval `curl …` ``
        [Token::Command(..), ..] => matches!(function.does, "shell" | "code"),
        // OCaml's `Sys.remove p`, Lisp's `(delete-directory d t)`
        [Token::Name(..) | Token::Sign(b'('), ..]
            if function.does == "delete" && matches!(language, "other" | "scheme" | "elisp") =>
        {
            true
        }
        // Ruby's `FileUtils.rm_rf path`
        [Token::Name(name, _), ..]
            if language == "ruby" && (names.text(name).is_some() || names.origin(name).is_some()) =>
        {
            true
        }
        // Ruby's `FileUtils.rm_rf ["/etc"]`, `FileUtils.rm_rf Dir["/home/*"]`, `system c[0]`, `system c.first`, `system @c`
        [Token::Sign(b'['), Token::Text(_), ..]
            if language == "ruby" && matches!(function.does, "delete" | "shell") =>
        {
            true
        }
        [Token::Name(name, _), rest @ ..]
            if language == "ruby" && matches!(function.does, "delete" | "shell") && is_given(name, rest, names) =>
        {
            true
        }
        [Token::Sign(b'@'), Token::Name(name, _), ..] if language == "ruby" && names.text(name).is_some() => true,
        // Perl's `system $h->{c}`, `system @$r`, `system $$r`
        [Token::Sign(b'$'), Token::Name(_, _), Token::Sign(b'-'), Token::Sign(b'>'), ..]
        | [Token::Sign(b'@' | b'$'), Token::Sign(b'$'), Token::Name(..), ..]
            if language == "perl" && function.does == "shell" =>
        {
            true
        }
        // Perl's `chmod 0644, $file`
        [Token::Sign(b'0'..=b'9'), ..] => language == "perl" && function.does == "permit",
        // Perl's `unlink @old`, `system @words`; Ruby's `system *words`
        [Token::Sign(b'@'), Token::Name(list, _), ..] if *list != "_" => {
            function.does == "delete" || names.list(list).is_some()
        }
        [Token::Sign(b'*'), Token::Name(list, _), ..] => language == "ruby" && names.list(list).is_some(),
        // Perl's `exec qw(rm -rf x)`
        [Token::Sign(b'['), Token::Text(_), Token::Sign(b','), ..] if language == "perl" => true,
        // `exec ["726d…"].pack("H*")`
        [Token::Sign(b'['), Token::Text(_), Token::Sign(b']'), Token::Name("pack", _), ..] => true,
        // `system $c`, `system $h{a}`, `print $ENV{HOME}`; Ruby's `eval $stdin.read`
        [Token::Sign(b'$'), Token::Name(name, _), rest @ ..] => {
            let member = || match rest {
                [Token::Sign(b'{'), Token::Name(key, _) | Token::Text(key), Token::Sign(b'}'), ..] => {
                    names.text(&format!("{name}.{key}")).is_some()
                }
                _ => false,
            };
            let known = matches!(*name, "_" | "ENV")
                || names.text(name).is_some()
                || names.origin(name).is_some()
                || name.starts_with("stdin.");
            // Whatever it is, that runs.
            let perls = language == "perl" && function.does == "shell";
            known || perls || home(names, name, rest).is_some() || member()
        }
        // Perl's `sub f { system shift }`, `sub { system @_ }`: whatever the function is given.
        [Token::Name("shift", _), ..] | [Token::Sign(b'@'), Token::Name("_", _), ..] => {
            language == "perl" && function.does == "shell"
        }
        // Perl's `system lc "…"`, `exec substr "…", 2`
        [Token::Name("lc" | "uc" | "substr", _), Token::Text(_), ..] => language == "perl",
        // Perl's `eval <>`, `eval <STDIN>`
        [Token::Sign(b'<'), Token::Sign(b'>') | Token::Name("STDIN", _), ..] => language == "perl",
        // Ruby's `system ENV["C"]`
        [Token::Name("ENV", _), Token::Sign(b'['), Token::Text(_), ..]
            if language == "ruby" && function.does != "print" =>
        {
            true
        }
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

/// Whether what stands behind the name of a function, a blank between, is what that is given: an element, or what is known by
/// its name.
fn is_given(name: &str, rest: &[Token<'_>], names: &Names<'_>) -> bool {
    let root = name.split('.').next().unwrap_or(name);
    !matches!(name, "if" | "unless" | "while" | "until" | "and" | "or" | "do" | "then" | "end")
        && (rest.first() == Some(&Token::Sign(b'['))
            || names.list(root).is_some()
            || names.text(root).is_some()
            || home(names, name, rest).is_some())
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
