//! What the functions that inline code defines are given for their parameters.

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use super::super::expressions::expression;
use super::super::syntax::tokens::{Token, closes_at};
use super::assignments::{LONGEST_HEAD, gravest};
use super::functions::{Functions, functions, parameters};
use super::scopes::Within;
use super::{Names, Told};

/// How often calls are gone through: a function may hand on what it was given.
const ROUNDS: usize = 3;

impl<'a> Names<'a> {
    /// A function that is called for each item of a list: `lapply(dirs, clean)`, `map(clean, dirs)`, `dirs.forEach(clean)`,
    /// `array_map('clean', $dirs)`.
    fn handed(&self, bump: &'a Bump, tokens: &[Token<'a>]) -> Option<(&'a str, Vec<&'a str>)> {
        // `["/srv", "/opt"].forEach(clean)`
        if tokens.first() == Some(&Token::Sign(b'['))
            && let Some((texts, taken)) = self.items(bump, tokens)
        {
            return match &tokens[taken..] {
                [
                    Token::Name("forEach" | "map" | "each" | "foreach", _),
                    Token::Sign(b'('),
                    Token::Name(function, _),
                    Token::Sign(b')'),
                    ..,
                ] => Some((function, texts)),
                _ => None,
            };
        }
        let [Token::Name(call, _), Token::Sign(b'('), inside @ ..] = tokens else { return None };
        if let Some((list, "forEach" | "map" | "each" | "foreach")) = call.rsplit_once('.')
            && let ([Token::Name(function, _), Token::Sign(b')'), ..], Some(texts)) = (inside, self.list(list))
        {
            return Some((function, texts.to_vec()));
        }
        match (*call, inside) {
            ("lapply" | "sapply" | "vapply" | "walk" | "purrr::walk", list) => {
                let (texts, taken) = self.items(bump, list)?;
                match &list[taken..] {
                    [Token::Sign(b','), Token::Name(function, _), ..] => Some((function, texts)),
                    _ => None,
                }
            }
            (
                "map" | "array_map" | "array_walk",
                [Token::Name(function, _) | Token::Text(function), Token::Sign(b','), list @ ..],
            ) => Some((function, self.items(bump, list)?.0)),
            _ => None,
        }
    }

    /// What a function is given by what it is handed to: `Thread(target=clean, args=("/srv",))`, `pool.submit(clean, d)`,
    /// `partial(clean, "/srv")`, `pool.map(clean, dirs)`, `Timer(5, clean, ["/srv"])`.
    fn passed_on(
        &self,
        bump: &'a Bump,
        tokens: &[Token<'a>],
        at: usize,
        defined: &FxHashMap<&'a str, Vec<&'a str>>,
        grave: &impl Fn(&str) -> bool,
    ) -> Vec<(&'a str, &'a str)> {
        let (before, [Token::Name(function, _), Token::Sign(b','), rest @ ..]) = tokens.split_at(at) else {
            return Vec::new();
        };
        let Some(parameters) = defined.get(function).or_else(|| defined.get(function.rsplit_once('.')?.1)) else {
            return Vec::new();
        };
        // It is handed over, not called or assigned along with others: behind `(`, `,` or `target=`.
        let call = match before {
            [.., Token::Name(call, _), Token::Sign(b'(')] => call,
            [.., Token::Sign(b'('), Token::Name(..), Token::Sign(b'=')]
            | [.., Token::Sign(b','), Token::Name(..), Token::Sign(b'=')]
            | [.., Token::Sign(b',')] => "",
            _ => return Vec::new(),
        };
        let mut given = Vec::new();
        let mut parameters = parameters.iter().filter(|name| !name.is_empty());
        let mut rest = rest;
        // `args=(…)`, `kwargs={…}`, a list: what stands within is handed over one by one.
        loop {
            rest = match rest {
                [Token::Name(_, _), Token::Sign(b'='), more @ ..] => more,
                _ => rest,
            };
            match rest {
                [Token::Sign(b'('), more @ ..] => {
                    rest = more;
                    continue;
                }
                [Token::Sign(b'{'), more @ ..] => {
                    let pairs = more.windows(3).take(LONGEST_HEAD).enumerate();
                    for (index, pair) in pairs {
                        if let [Token::Text(name), Token::Sign(b':'), ..] = pair
                            && let Some(found) = expression(bump, &more[index + 2..], self)
                        {
                            given.push((*name, found.text));
                        }
                    }
                    return given;
                }
                _ => {}
            }
            let found = expression(bump, rest, self);
            let list = matches!(rest, [Token::Sign(b'['), ..]) || found.is_none();
            let taken = if list && let Some((items, taken)) = self.items(bump, rest) {
                let each = call.rsplit('.').next().is_some_and(|name| name.contains("map"));
                if each && let (Some(name), Some(text)) = (parameters.next(), gravest(&items, grave)) {
                    given.push((name, text));
                } else {
                    given.extend(parameters.by_ref().copied().zip(items));
                }
                taken
            } else if let Some(found) = found {
                let Some(name) = parameters.next() else { return given };
                given.push((name, found.text));
                found.taken
            } else {
                if parameters.next().is_none() {
                    return given;
                }
                let end = |token: &Token<'_>| matches!(token, Token::Sign(b',' | b')' | b'\n'));
                rest.iter().take(LONGEST_HEAD).position(end).unwrap_or(rest.len())
            };
            match rest.get(taken..) {
                Some([Token::Sign(b','), more @ ..]) => rest = more,
                _ => return given,
            }
        }
    }

    /// What the code's own functions are given for their parameters, wherever they are called: `def clean(d): …
    /// clean(Path.home())`; the gravest of it.
    pub fn of_parameters(self, bump: &'a Bump, text: &str, tokens: &[Token<'a>], grave: impl Fn(&str) -> bool) -> Self {
        let Functions { defined, meant, bases, mut bodies, classes } = functions(bump, text, tokens);
        let original = |name: &'a str| meant.get(name).copied().unwrap_or(name);
        let mut out = self.clone();
        for at in 0..tokens.len() {
            for (name, text) in called_at_once(bump, &tokens[at..], &out) {
                out.give(name, text);
            }
        }
        let postfix = |token: &Token<'_>| matches!(token, Token::Name("for" | "foreach", _));
        if defined.is_empty() && !classes && !tokens.iter().any(postfix) {
            return out;
        }
        let mut names = self;
        // `clean(d) for d in dirs`: what it is called with may stand behind.
        for at in 0..tokens.len() {
            names.learn(bump, &tokens[at..], &grave);
        }
        if names.says_itself(tokens) {
            names.of_itself(bump, tokens, &mut out, &grave);
        }
        // What a function hands on it was given itself.
        for _ in 0..ROUNDS {
            let mut class = "";
            let mut within = Within::default();
            let known = bodies.known();
            for at in 0..tokens.len() {
                within.come_to(at, &mut names);
                names.learn(bump, &tokens[at..], &grave);
                // Perl's `rmtree($_) for @dirs;`
                if let [Token::Name("for" | "foreach", _), Token::Sign(b'@'), Token::Name(list, _), ..] = tokens[at..]
                    && let Some(text) = gravest(names.list(list).unwrap_or(&[]), &grave)
                {
                    out.give("_", text);
                }
                if let Some((name, texts)) = names.handed(bump, &tokens[at..]) {
                    let first =
                        defined.get(name).and_then(|parameters| parameters.first()).filter(|name| !name.is_empty());
                    if let (Some(first), Some(text)) = (first, gravest(&texts, &grave)) {
                        out.give(first, text);
                        let told = Told { turns: texts, ..Told::text(text) };
                        bodies.give(original(name), first, Some(told), grave(text));
                    }
                }
                for (parameter, text) in names.passed_on(bump, tokens, at, &defined, &grave) {
                    if let Token::Name(name, _) = tokens[at] {
                        let name = name.rsplit('.').next().unwrap_or(name);
                        let told = Told::text(text);
                        bodies.give(original(name), parameter, Some(told), grave(text));
                    }
                    if grave(text) || out.text(parameter).is_none() {
                        out.give(parameter, text);
                    }
                }
                // `[rmtree(d) for d in dirs]`
                if let [Token::Name("for", _), ..] = tokens[at..]
                    && !matches!(tokens[..at], [] | [.., Token::Sign(b'\n' | b';' | b'{' | b'}')])
                    && let Some((name, texts)) = names.looped(bump, &tokens[at..])
                    && let Some(text) = gravest(&texts, &grave)
                {
                    out.give_in_turn(name, text, texts);
                }
                if let [Token::Name("class", _), Token::Name(name, _), ..] = tokens[at..] {
                    class = name;
                    continue;
                }
                let base = || bases.get(class).copied().unwrap_or_default();
                let Some((name, inside)) = call_at(bump, &tokens[at..], class, base) else { continue };
                // `runner.sh("…")`
                let function = match name.rsplit_once('.') {
                    _ if defined.contains_key(name) => name,
                    Some((on, "new" | "call")) => on,
                    Some((_, method)) => method,
                    None => name,
                };
                let original = original(function);
                // Where it is defined, nothing is given.
                let defines = matches!(
                    tokens[..at],
                    [.., Token::Name("def" | "function" | "func" | "fun" | "fn" | "sub" | "void", _)]
                );
                let Some(parameters) = defined.get(function) else { continue };
                if defines {
                    continue;
                }
                let mut rest = inside;
                let mut left = parameters.iter();
                // `clean(path="/srv")`
                for at in 0..closes_at(inside).unwrap_or(0) {
                    if let [Token::Name(name, _), Token::Sign(b'=' | b':'), value @ ..] = &inside[at..]
                        && parameters.contains(name)
                        && let Some(found) = expression(bump, value, &names)
                    {
                        let told = Told::text(found.text);
                        bodies.give(original, name, Some(told), grave(found.text));
                    }
                }
                for parameter in left.by_ref() {
                    if matches!(rest, [Token::Sign(b')'), ..]) {
                        bodies.leave_out(original, parameter);
                        break;
                    }
                    let taken = if let Some(found) = expression(bump, rest, &names) {
                        let turns = match names.in_turn(&rest[..found.taken]) {
                            Some((name, all)) if names.text(name) == Some(found.text) => all.to_vec(),
                            _ => Vec::new(),
                        };
                        if !parameter.is_empty() && (grave(found.text) || out.text(parameter).is_none()) {
                            out.give_in_turn(parameter, found.text, turns.clone());
                        }
                        let told = Told { turns, ..Told::text(found.text) };
                        bodies.give(original, parameter, Some(told), grave(found.text));
                        found.taken
                    } else if let Some((items, taken)) = names.items(bump, rest) {
                        let told = Told { text: None, turns: Vec::new(), list: Some(items.clone()) };
                        let worse = items.iter().any(|text| grave(text));
                        bodies.give(original, parameter, Some(told), worse);
                        out.give_list(parameter, items);
                        taken
                    } else {
                        bodies.give(original, parameter, None, false);
                        // A number, or what is not known.
                        rest.iter()
                            .take(LONGEST_HEAD)
                            .position(|token| matches!(token, Token::Sign(b',' | b')')))
                            .unwrap_or(0)
                    };
                    match rest.get(taken..) {
                        Some([Token::Sign(b','), more @ ..]) => rest = more,
                        _ => break,
                    }
                }
                for parameter in left {
                    bodies.leave_out(original, parameter);
                }
            }
            names.scopes = bodies.scopes(&defined);
            if bodies.known() == known || bodies.is_empty() {
                break;
            }
        }
        out.scopes = names.scopes;
        out
    }
}

/// The function whose call begins here, and what stands behind its bracket; within `class`, of which `base` is behind it.
fn call_at<'t, 'a>(
    bump: &'a Bump,
    tokens: &'t [Token<'a>],
    class: &'a str,
    base: impl Fn() -> &'a str,
) -> Option<(&'a str, &'t [Token<'a>])> {
    Some(match tokens {
        // `super().__init__("/srv")`, `super("/srv")`
        [
            Token::Name("super", _),
            Token::Sign(b'('),
            Token::Sign(b')'),
            Token::Name("__init__", _),
            Token::Sign(b'('),
            inside @ ..,
        ]
        | [Token::Name("super", _), Token::Sign(b'('), inside @ ..] => (base(), inside),
        // `cls("/srv")`
        [Token::Name("cls", _), Token::Sign(b'('), inside @ ..] => (class, inside),
        [Token::Name(name, _), Token::Sign(b'('), Token::Sign(b')'), Token::Sign(b'('), inside @ ..] => {
            (&*bump.alloc_str(&format!("{name}()")), inside)
        }
        // `table["wipe"]("/srv")`, `globals()["wipe"]("/srv")`
        [Token::Name(..), Token::Sign(b'['), Token::Text(name), Token::Sign(b']'), Token::Sign(b'('), inside @ ..]
        | [
            Token::Name("globals" | "locals" | "vars", _),
            Token::Sign(b'('),
            Token::Sign(b')'),
            Token::Sign(b'['),
            Token::Text(name),
            Token::Sign(b']'),
            Token::Sign(b'('),
            inside @ ..,
        ]
        | [Token::Name(name, _), Token::Sign(b'('), inside @ ..] => (*name, inside),
        // Ruby's `wipe "/srv"`
        [Token::Name(name, _), Token::Text(_), ..] => (*name, &tokens[1..]),
        _ => return None,
    })
}

/// A function that is called where it stands, and what its parameters are given: `(function wipe(d) { … })("/srv")`,
/// `(async (d) => { … })("/srv")`.
fn called_at_once<'a>(bump: &'a Bump, tokens: &[Token<'a>], names: &Names<'a>) -> Vec<(&'a str, &'a str)> {
    let [Token::Sign(b'('), inside @ ..] = tokens else { return Vec::new() };
    let words = inside.iter().take(3).take_while(|token| matches!(token, Token::Name(..))).count();
    let function = inside[..words].iter().any(|token| matches!(token, Token::Name("function", _)));
    let [Token::Sign(b'('), head @ ..] = &inside[words..] else { return Vec::new() };
    let Some(end) = closes_at(head) else { return Vec::new() };
    let arrow = matches!(head[end + 1..], [Token::Sign(b'='), Token::Sign(b'>'), ..]);
    if !(function || arrow) || end == 0 {
        return Vec::new();
    }
    let Some(close) = closes_at(inside) else { return Vec::new() };
    let [Token::Sign(b'('), given @ ..] = &inside[close + 1..] else { return Vec::new() };
    let parameters = parameters(&head[..end]);
    let given = given[..closes_at(given).unwrap_or(0)].split(|token| *token == Token::Sign(b','));
    let texts = given.map(|value| expression(bump, value, names));
    parameters.zip(texts).filter_map(|(name, found)| Some((name, found?.text))).collect()
}
