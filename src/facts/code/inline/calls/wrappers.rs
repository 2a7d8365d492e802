//! Functions of the code's own that hand their arguments on to a program: `run = lambda *a: subprocess.run(["git", *a])`,
//! `func must(name string, args ...string) { exec.Command(name, args...) }`.

use rustc_hash::FxHashMap;

use super::super::Pass;
use super::super::syntax::tokens::Token;
use super::arguments::{Argument, LONGEST_CALL, SOMETHING, arguments, directory_named};
use crate::facts::analysis::Analysis;

/// Tokens of a function's head and of the body in which it starts something.
const LONGEST_HEAD: usize = 24;
const LONGEST_BODY: usize = 96;

/// Words that one begins with before its last arguments, and programs that one function starts.
const MOST_WORDS: usize = 8;

/// A word of the command.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Piece<'a> {
    Text(&'a str),
    /// The argument of this number.
    Argument(usize),
    /// Something that is not known here.
    Open,
}

/// What a function starts: these words, then all its arguments that have no name of their own.
#[derive(Debug)]
pub(in super::super) struct Wrapper<'a> {
    pub words: Vec<Piece<'a>>,
    /// How many arguments have one.
    pub named: usize,
}

/// The functions of a code that do so, by their names, with all that each starts; `runs` says which functions start
/// programs.
pub(in super::super) fn wrappers<'a>(
    tokens: &[Token<'a>],
    runs: impl Fn(&str) -> bool,
) -> FxHashMap<&'a str, Vec<Wrapper<'a>>> {
    let mut out: FxHashMap<&'a str, Vec<Wrapper<'a>>> = FxHashMap::default();
    for at in 0..tokens.len() {
        let (name, head) = match &tokens[at..] {
            [
                Token::Name("def" | "function" | "func" | "fn", _),
                Token::Name(name, _),
                Token::Sign(b'('),
                head @ ..,
            ]
            | [Token::Name(name, _), Token::Sign(b'='), Token::Name("lambda", _), head @ ..]
            | [Token::Name(name, _), Token::Sign(b'='), Token::Sign(b'('), head @ ..] => (*name, head),
            _ => continue,
        };
        let all = out.entry(name).or_default();
        if all.len() < MOST_WORDS {
            all.extend(handed_on(head, &runs));
        }
    }
    out
}

/// What a function hands its last arguments to; `head` begins behind the bracket of its parameters.
fn handed_on<'a>(head: &[Token<'a>], runs: &impl Fn(&str) -> bool) -> Vec<Wrapper<'a>> {
    let limit = head.len().min(LONGEST_HEAD);
    // `*a`, `...a`, Go's `a ...string`
    let rest = (0..limit).find_map(|at| match &head[at..] {
        [Token::Sign(b'*'), Token::Name(rest, _), ..]
        | [Token::Sign(b'.'), Token::Sign(b'.'), Token::Sign(b'.'), Token::Name(rest, _), ..]
        | [Token::Name(rest, _), Token::Sign(b'.'), Token::Sign(b'.'), Token::Sign(b'.'), ..] => Some((at, *rest)),
        [Token::Sign(b')' | b':' | b'{' | b';'), ..] => Some((usize::MAX, "")),
        _ => None,
    });
    let Some((at, rest)) = rest.filter(|(at, _)| *at < limit) else { return Vec::new() };
    let parameters: Vec<&str> = head[..at]
        .split(|token| *token == Token::Sign(b','))
        .filter_map(|parameter| match parameter.first() {
            Some(Token::Name(name, _)) => Some(*name),
            _ => None,
        })
        .collect();
    let body = &head[at..head.len().min(at + LONGEST_BODY)];
    // Where the rest is handed on: the words before it, back to the bracket.
    let handed = (3..body.len()).filter(|at| matches!(body[*at], Token::Name(name, _) if name == rest));
    let wrappers = handed.filter_map(|at| {
        let before = &body[..at];
        let spread = before.iter().rev().take_while(|t| matches!(t, Token::Sign(b'*' | b'.'))).count();
        let mut before = &before[..before.len() - spread];
        // `spawnSync("git", [...a])`
        if let [earlier @ .., Token::Sign(b','), Token::Sign(b'[')] = before {
            before = &before[..=earlier.len()];
        }
        let mut words = Vec::new();
        while let [earlier @ .., word, Token::Sign(b',')] = before
            && words.len() < MOST_WORDS
        {
            words.push(match word {
                // `f"-chdir=infra/{stack}"`
                Token::Text(text) if text.contains('{') && !text.starts_with('-') => Piece::Open,
                Token::Text(text) => Piece::Text(text),
                Token::Name(name, _) => Piece::Argument(parameters.iter().position(|p| p == name)?),
                _ => return None,
            });
            before = match earlier {
                [earlier @ .., Token::Name("f" | "rf" | "fr", _)] => earlier,
                earlier => earlier,
            };
        }
        words.reverse();
        let starts = match before {
            [.., Token::Name(function, _), Token::Sign(b'('), Token::Sign(b'[')]
            | [.., Token::Name(function, _), Token::Sign(b'(')] => runs(function),
            _ => false,
        };
        starts.then_some(Wrapper { words, named: parameters.len() })
    });
    wrappers.take(MOST_WORDS).collect()
}

impl<'a> Analysis<'a> {
    /// Reads the call of a function of the code's own that hands its arguments on to programs. Whether that is all that
    /// it may be: it is, if nothing else of that name could be given single words one after the other.
    pub(in super::super) fn wrapped_call(&mut self, pass: &Pass<'_, 'a>, index: usize, name: &str) -> bool {
        let runs = |function: &str| {
            let function = pass.aliases.get(function).copied().unwrap_or(function);
            let last = function.rsplit('.').next().unwrap_or(function);
            pass.functions.iter().any(|f| f.does == "shell" && (f.names.contains(last) || f.names.contains(function)))
        };
        let wrappers = pass.code.wrapped(name, runs);
        if wrappers.is_empty() {
            return false;
        }
        let (given, end) = arguments(self.bump, &pass.code.tokens, index + 1, true, &pass.names, LONGEST_CALL);
        let text = |argument: Option<&Argument<'a>>| match argument.map(|argument| &argument.texts[..]) {
            Some([text]) => *text,
            _ => SOMETHING,
        };
        for wrapper in wrappers {
            let first = wrapper.words.iter().map(|word| match word {
                Piece::Text(text) => *text,
                Piece::Argument(number) => text(given.get(*number)),
                Piece::Open => SOMETHING,
            });
            let rest = given.iter().skip(wrapper.named).map(|argument| text(Some(argument)));
            let words: Vec<&'a str> = first.chain(rest).collect();
            self.call_of_own(pass, (index, end), &words);
        }
        let single = |argument: &Argument<'_>| {
            !argument.list && matches!(&argument.texts[..], [text] if !text.contains([' ', '/', '(']))
        };
        matches!(name, "run" | "sh" | "cmd" | "call") && given.len() > 1 && given.iter().all(single)
    }

    /// What a function of the code's own starts, called between these tokens. Where it runs says its call, or else it
    /// itself: `const git = (...a) => run("git", a, { cwd: dir })`.
    pub(in super::super) fn call_of_own(&mut self, pass: &Pass<'_, 'a>, (from, to): (usize, usize), words: &[&'a str]) {
        let tokens = &pass.code.tokens[..];
        let itself = || {
            let tokens = &tokens[..tokens.len().min(LONGEST_CALL)];
            directory_named(self.bump, tokens, &pass.names).filter(|path| self.is_temporary(path))
        };
        let called = &tokens[from..to.min(tokens.len())];
        let directory = directory_named(self.bump, called, &pass.names).or_else(itself);
        let before = self.state.cwd;
        if let Some(path) = directory {
            self.enter_directory(path);
        }
        let at = match tokens.get(from) {
            Some(Token::Name(name, at)) => pass.span(*at, name.len()),
            _ => pass.whole(),
        };
        self.argv_call(words, at);
        self.state.set_cwd(before);
    }
}
