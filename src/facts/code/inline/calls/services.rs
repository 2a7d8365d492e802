//! What code asks services for by their own libraries (`[[service]]`): what is imported from such a library, and what comes
//! of that, is followed from statement to statement, and the methods that are called on it are judged by their names. No
//! list of methods of all libraries is needed: who destroys with others calls it delete, remove or purge in any language.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::syntax::tokens::{Token, is_chained};
use super::super::whole::snippet::Snippet;
use super::super::whole::{brought_in, elsewhere, repeated};
use super::sdk::kebab;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Lists, Of, Service};
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths;
use crate::facts::targets::paths::core;
use crate::facts::value::Taint;
use crate::limits;

/// So many tokens of code are gone through.
const LONGEST: usize = 20_000;

/// Of a long statement so many tokens are looked at, from a name on either side.
const NEAR: usize = 64;

/// So many names are given what a value is.
const MOST_NAMES: usize = 8;

/// How code says that it speaks to another machine: by an address, or where it is told one.
const SPEAKS_OUT: [&str; 12] =
    ["://", "environ", "ENV", "getenv", "_env", ".env", "host", "Host", "endpoint", "broker", "account=", "servers"];

/// What a name stands for.
#[derive(Clone, Copy, Default)]
struct Held {
    of: Of,
    /// What a client answered, which may be a list or a table: `names = client.list()`.
    answer: bool,
}

/// What names of the code came of which services.
#[derive(Default)]
struct Clients<'a> {
    held: FxHashMap<&'a str, Held>,
    /// Where the functions stand that the code defines itself, and the names of all, in order.
    defined: FxHashMap<&'a str, usize>,
    definitions: Vec<(usize, &'a str)>,
    /// Names of what the code made there itself, and the texts by which it did.
    made: FxHashSet<&'a str>,
}

impl<'a> Clients<'a> {
    /// What a name came of: `self.client.jobs` of `self.client`, or of `self`.
    fn held(&self, name: &str) -> Held {
        let mut parts = 0;
        let mut end = name.len();
        loop {
            if let Some(held) = self.held.get(&name[..end]) {
                // What is asked of an answer is no list any more.
                return Held { of: held.of, answer: held.answer && end == name.len() };
            }
            parts += 1;
            match name[..end].rfind(['.', ':']).filter(|_| parts < 8) {
                Some(at) => end = name[..at].trim_end_matches([':', '.']).len(),
                None => return Held::default(),
            }
        }
    }

    fn bind(&mut self, name: &'a str, held: Held) {
        if held.of != 0 && !name.is_empty() {
            let known = self.held.entry(name).or_default();
            known.of |= held.of;
            known.answer = held.answer;
        }
    }

    fn bind_all(&mut self, tokens: &[Token<'a>], held: Held) {
        let names = tokens.iter().filter_map(|token| match token {
            Token::Name(name, _) if !is_keyword(name) => Some(*name),
            _ => None,
        });
        names.take(MOST_NAMES).for_each(|name| self.bind(name, held));
    }
}

/// The code that is gone through, with what is known of it.
struct Walk<'c, 'a> {
    code: &'c Snippet<'a>,
    tokens: &'c [Token<'a>],
    lists: &'c Lists<'static>,
    /// What stands in the place of a name at a place: `require("stripe")`.
    at: FxHashMap<usize, Of>,
    brackets: Brackets,
}

/// Where brackets of any kind open and close, of each token.
struct Brackets {
    /// The other one of a pair; the end of the code where there is none.
    other: Vec<usize>,
    /// The one that opens around it.
    around: Vec<Option<usize>>,
}

impl Brackets {
    fn of(tokens: &[Token<'_>]) -> Self {
        let (mut other, mut around) = (vec![tokens.len(); tokens.len()], vec![None; tokens.len()]);
        let mut open: Vec<usize> = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            around[at] = open.last().copied();
            match token {
                Token::Sign(b'(' | b'[' | b'{') => open.push(at),
                Token::Sign(b')' | b']' | b'}') => {
                    if let Some(opened) = open.pop() {
                        (other[opened], other[at], around[at]) = (at, opened, open.last().copied());
                    }
                }
                _ => {}
            }
        }
        Brackets { other, around }
    }

    /// Where the bracket opens that closes here.
    fn opened(&self, at: usize) -> Option<usize> {
        self.other.get(at).copied().filter(|other| *other < at)
    }
}

impl<'a> Analysis<'a> {
    /// Judges what the code asks services for, but in bodies that nothing runs.
    pub(in super::super) fn asks_services(
        &mut self,
        code: &Snippet<'a>,
        idle: &[(usize, usize)],
        span: Span,
        call: u32,
    ) {
        let know = self.know;
        if self.all_stood_in || matches!(code.language, "awk" | "vim" | "elisp" | "applescript") {
            return;
        }
        let tokens = &code.tokens[..code.tokens.len().min(LONGEST)];
        let statements = statements(code.text, tokens);
        let brought = brought_in::libraries(know, code, tokens, &statements);
        if brought.names.is_empty() && brought.at.is_empty()
            || self.stands_in(code)
            || self.services_are_here(code, &brought.libraries)
        {
            return;
        }
        let mut clients = Clients::default();
        for (name, of) in brought.names {
            clients.bind(name, Held { of, answer: false });
        }
        for (at, two) in tokens.windows(2).enumerate() {
            if let [Token::Name("def" | "function" | "fn" | "func" | "fun", _), Token::Name(name, _)] = two {
                clients.defined.entry(name).or_insert(at + 1);
                clients.definitions.push((at, name));
            }
        }
        let walk = Walk { code, tokens, lists: know.lists(), at: brought.at, brackets: Brackets::of(tokens) };
        // Functions may stand below where they are called, and what they give is known only then.
        for _ in 0..2 {
            for statement in &statements {
                walk.follow(statement.clone(), &mut clients);
            }
        }
        let speaks_out = SPEAKS_OUT.iter().any(|word| code.says(word));
        let loops = repeated::loops(know.lists(), code, tokens);
        let mut told: Of = 0;
        for statement in &statements {
            if idle.iter().any(|(from, to)| (*from..*to).contains(&statement.start)) {
                continue;
            }
            for at in statement.clone() {
                let Some(asked) = walk.asked(at, &clients) else { continue };
                let method = last(&asked.path);
                let on = asked.path.rsplit('.').nth(1).unwrap_or_default();
                let reads = know
                    .lists()
                    .items("service-reads")
                    .any(|pattern| pattern.strip_suffix(".*").map_or_else(|| like(pattern, method), |of| of == on));
                let possible = if reads { 0 } else { asked.held.of & !told };
                for (number, service) in know.services().iter().enumerate() {
                    let counts = possible & bit(number) != 0
                        && (told.count_ones() as usize) < limits::VALUES
                        && fits(service, &asked.path)
                        && (!service.repeated || loops.repeat(at))
                        && (!service.remote || speaks_out)
                        && !is_tried(asked.given)
                        && !walk.is_own(&asked, at, &clients);
                    if !counts {
                        continue;
                    }
                    told |= bit(number);
                    let Token::Name(name, from) = tokens[at] else { continue };
                    let start = span.start + from as u32;
                    let place = Span { start, end: start + name.len() as u32, ..span };
                    let marks = self.marks(service.marks);
                    self.plain_effect(service.does, service.target, call, place, Taint::NONE, marks);
                }
                if know.lists().items("service-makes").any(|pattern| like(pattern, method)) {
                    clients.made.extend(asked.given.iter().filter_map(Token::text));
                    if let [Token::Name(name, _), Token::Sign(b'='), ..] = tokens[statement.clone()] {
                        clients.made.insert(name);
                    }
                }
            }
        }
    }

    /// Whether something of this process answers in the place of services: it is used or named, and not only spoken of.
    fn stands_in(&self, code: &Snippet<'a>) -> bool {
        let lists = self.know.lists();
        let said = |word: &str| {
            let word = word.trim_end_matches(['(', '.']);
            code.says(word)
                && code.tokens.iter().any(|token| match token {
                    Token::Name(text, _) | Token::Text(text) => text.contains(word),
                    _ => false,
                })
        };
        ["service-stand-ins", "request-stand-ins", "sdk-stand-ins"].iter().any(|list| lists.items(list).any(said))
    }

    /// Whether the services that the code speaks to are on this machine, as it says itself or a variable tells its library.
    fn services_are_here(&self, code: &Snippet<'a>, libraries: &FxHashSet<&str>) -> bool {
        let vocabulary = self.know.vocabulary();
        if elsewhere::stays_here(vocabulary, code.text) {
            return true;
        }
        let here = |variable: &str| {
            let address = self.address_told(variable).unwrap_or_default();
            let host = address.split_once("://").map_or(address, |(_, host)| host);
            let host = host.split([':', '/']).next().unwrap_or(host);
            !host.is_empty() && paths::classify_host(&vocabulary.classes, host) & core::LOOPBACK != 0
        };
        let pairs = || vocabulary.lists.items("service-variables").filter_map(|pair| pair.split_once('='));
        let told = |library: &str| pairs().any(|(variable, of)| of == library && here(variable));
        !libraries.is_empty()
            && libraries.iter().all(|library| told(library))
            && !elsewhere::names_another(vocabulary, code.text)
    }
}

/// A call on what came of a service.
struct Asked<'t, 'a> {
    held: Held,
    /// What it is called, with what it is asked of, in small letters: `stripe.refunds.create`.
    path: String,
    given: &'t [Token<'a>],
}

impl<'c, 'a> Walk<'c, 'a> {
    /// Notes what a statement gives names to that comes of a service.
    fn follow(&self, statement: Range<usize>, clients: &mut Clients<'a>) {
        let tokens = self.tokens;
        for at in statement.clone() {
            let before = &tokens[statement.start.max(at.saturating_sub(NEAR))..at];
            let after = &tokens[at + 1..statement.end];
            match tokens[at] {
                // `x = client.list()`, `const { a, b } = …`; no comparison, and no named argument.
                Token::Sign(b'=') if !matches!(after.first(), Some(Token::Sign(b'=' | b'>' | b'~'))) => {
                    let names = given_a_value(before);
                    if !names.is_empty() {
                        let held = self.value(at + 1, statement.end, clients);
                        clients.bind_all(names, held);
                    }
                }
                // R, Elixir and Scala: `c <- client()`
                Token::Sign(b'<') if after.first() == Some(&Token::Sign(b'-')) => {
                    if let Some(Token::Name(name, _)) = before.last() {
                        let held = self.value(at + 2, statement.end, clients);
                        clients.bind(name, Held { answer: false, ..held });
                    }
                }
                // `for x in client.list()`, `for (const x of …)`, `for _, x := range xs`
                Token::Name("in" | "of" | "range", _) => {
                    let from = before.iter().rposition(|token| matches!(token, Token::Name("for" | "foreach", _)));
                    if let Some(from) = from {
                        let held = self.value(at + 1, statement.end, clients);
                        clients.bind_all(&before[from + 1..], Held { answer: false, ..held });
                    }
                }
                // `with Client() as c`, PHP's `foreach ($c->all() as $x)`
                Token::Name("as", _) => {
                    let opens = |token: &Token<'_>| matches!(token, Token::Name("with" | "foreach" | "except", _));
                    if let Some(from) = before.iter().rposition(opens) {
                        let from = at - before.len() + from + 1;
                        let held = self.value(from, at, clients);
                        let ends = |token: &Token<'_>| matches!(token, Token::Sign(b':' | b')' | b','));
                        let end = after.iter().take(8).position(ends).unwrap_or_default();
                        clients.bind_all(&after[..end], Held { answer: false, ..held });
                    }
                }
                // What is given to a function in place: `.forEach(x => …)`, `.then((x) => …)`, `{ x -> … }`
                Token::Sign(b'>') if matches!(before.last(), Some(Token::Sign(b'=' | b'-'))) => {
                    let names = &before[..before.len() - 1];
                    let from = match names.last() {
                        Some(Token::Sign(b')')) => self.brackets.opened(at - 2),
                        Some(Token::Name(..)) => Some(at - 2),
                        _ => None,
                    };
                    if let Some(from) = from {
                        let held = self.given_to(from, clients);
                        clients.bind_all(&tokens[from..at], held);
                    }
                }
                // Ruby's `.each { |x| … }`, `do |x|`
                Token::Sign(b'|') if matches!(before.last(), Some(Token::Sign(b'{') | Token::Name("do", _))) => {
                    if let Some(end) = after.iter().take(6).position(|token| *token == Token::Sign(b'|')) {
                        let held = self.given_to(at, clients);
                        clients.bind_all(&after[..end], held);
                    }
                }
                Token::Name("function" | "lambda", _) if matches!(before.last(), Some(Token::Sign(b'(' | b','))) => {
                    let ends = |token: &Token<'_>| matches!(token, Token::Sign(b')' | b':'));
                    let end = after.iter().take(8).position(ends).unwrap_or_default();
                    let held = self.given_to(at, clients);
                    clients.bind_all(&after[..end], held);
                }
                // What a function of the code's own gives back is called by its name.
                Token::Name("return", _) => {
                    let held = self.value(at + 1, statement.end, clients);
                    let before = clients.definitions.partition_point(|(from, _)| *from < at);
                    if let Some(name) = before.checked_sub(1).map(|last| clients.definitions[last].1) {
                        clients.bind(name, held);
                    }
                }
                // A function of its own is given it: its parameters hold it.
                Token::Name(name, _) if after.first() == Some(&Token::Sign(b'(')) => {
                    let Some(from) = clients.defined.get(name).copied().filter(|from| *from != at) else { continue };
                    let given = &tokens[at + 2..self.brackets.other[at + 1].min(at + NEAR).max(at + 2)];
                    let whole = given.split(|token| *token == Token::Sign(b','));
                    let of = whole.fold(0, |of, one| match one {
                        [Token::Name(name, _)] | [.., Token::Sign(b'='), Token::Name(name, _)] => {
                            of | clients.held(name).of
                        }
                        _ => of,
                    });
                    if of != 0 && tokens.get(from + 1) == Some(&Token::Sign(b'(')) {
                        let end = self.brackets.other[from + 1].min(from + NEAR).max(from + 2);
                        clients.bind_all(&tokens[from + 2..end], Held { of, answer: false });
                    }
                }
                _ => {}
            }
        }
    }

    /// What a value is: the name that its chain begins with says it, whatever else stands in it.
    fn value(&self, from: usize, end: usize, clients: &Clients<'a>) -> Held {
        let end = end.min(from + NEAR);
        let mut at = from;
        while at < end {
            match self.tokens[at] {
                Token::Sign(b'(' | b'*' | b'&' | b'$' | b'\\' | b'\n') => at += 1,
                Token::Name("await" | "new" | "yield" | "from" | "async" | "try", _) => at += 1,
                // What goes through something for somebody.
                Token::Name(name, _)
                    if self.tokens.get(at + 1) == Some(&Token::Sign(b'('))
                        && self.lists.has("service-hands-on", name) =>
                {
                    at += 2;
                }
                _ => break,
            }
        }
        if at >= end {
            return Held::default();
        }
        let Token::Name(name, _) = self.tokens[at] else { return Held::default() };
        let mut held = match self.at.get(&at) {
            Some(of) => Held { of: *of, answer: false },
            None => clients.held(name),
        };
        if held.of == 0 {
            return held;
        }
        // A chain that ends in what is only data is none of theirs any more.
        let mut level = 0_usize;
        let mut asked = name.contains('.') && self.tokens.get(at + 1) == Some(&Token::Sign(b'('));
        for (next, token) in self.tokens[at..end].iter().enumerate() {
            match token {
                Token::Sign(b'[') if level == 0 => return Held::default(),
                Token::Sign(b'(' | b'[' | b'{') => level += 1,
                Token::Sign(b')' | b']' | b'}') if level == 0 => break,
                Token::Sign(b')' | b']' | b'}') => level -= 1,
                Token::Sign(b',' | b';' | b'\n' | b':') if level == 0 => break,
                Token::Name(name, from) if level == 0 && (next == 0 || is_chained(self.code.text, *from)) => {
                    let data = |part: &str| self.lists.items("service-data").any(|word| like(word, &kebab(part)));
                    let called = self.tokens.get(at + next + 1) == Some(&Token::Sign(b'('));
                    if (called || self.code.language == "ruby") && (next > 0 || name.contains('.')) && data(last(name))
                    {
                        return Held::default();
                    }
                    asked = asked || next > 0;
                }
                _ => {}
            }
        }
        held.answer = asked && !last(name).starts_with(|c: char| c.is_ascii_uppercase());
        held
    }

    /// What a function is given that stands as an argument here: what the call came of which it is given to.
    fn given_to(&self, at: usize, clients: &Clients<'a>) -> Held {
        // Ruby's `do |x|` has no bracket.
        let block = at.checked_sub(1).filter(|before| matches!(self.tokens[*before], Token::Name("do", _)));
        let Some(open) = block.or(self.brackets.around[at]) else { return Held::default() };
        let mut call = open;
        // `.each_slice(9) { |x|`
        if call > 0
            && self.tokens[call - 1] == Token::Sign(b')')
            && let Some(opened) = self.brackets.opened(call - 1)
        {
            call = opened;
        }
        match call.checked_sub(1).map(|at| (at, self.tokens[at])) {
            Some((at, Token::Name(name, _))) => {
                let held = self.receiver(at, name, clients);
                Held { answer: false, ..held }
            }
            _ => Held::default(),
        }
    }

    /// What a method's name is asked of: the beginning of the chain in which it stands.
    fn receiver(&self, at: usize, name: &str, clients: &Clients<'a>) -> Held {
        let Token::Name(_, from) = self.tokens[at] else { return Held::default() };
        let arrow = at > 1 && self.tokens[at - 2..at] == [Token::Sign(b'-'), Token::Sign(b'>')];
        let colons = at > 1 && self.tokens[at - 2..at] == [Token::Sign(b':'), Token::Sign(b':')];
        let by_name = at > 1 && self.tokens[at - 2..at] == [Token::Sign(b'&'), Token::Sign(b':')];
        let mut next = match (is_chained(self.code.text, from), arrow || colons || by_name) {
            (true, _) => at,
            (false, true) => at - 2,
            (false, false) => {
                return match name.rfind(['.', ':']) {
                    Some(dot) => clients.held(name[..dot].trim_end_matches([':', '.'])),
                    None => clients.held(name),
                };
            }
        };
        if by_name {
            // `repos.each(&:delete)`
            next = next.saturating_sub(1);
            let Some(Token::Name(name, _)) = next.checked_sub(1).map(|at| self.tokens[at]) else {
                return Held::default();
            };
            return Held { answer: false, ..self.receiver(next - 1, name, clients) };
        }
        for _ in 0..16 {
            let Some(before) = next.checked_sub(1) else { return Held::default() };
            match self.tokens[before] {
                // Lines between, and what asks only if it is there.
                Token::Sign(b'\n' | b'?' | b'!' | b'$') => next = before,
                Token::Sign(b')' | b']' | b'}') => match self.brackets.opened(before) {
                    Some(open) => next = open,
                    None => return Held::default(),
                },
                Token::Sign(b'>') if before > 0 && self.tokens[before - 1] == Token::Sign(b'-') => next = before - 1,
                Token::Name(name, from) => {
                    if let Some(of) = self.at.get(&before) {
                        return Held { of: *of, answer: false };
                    }
                    let arrow = before > 1 && self.tokens[before - 2..before] == [Token::Sign(b'-'), Token::Sign(b'>')];
                    if is_chained(self.code.text, from) {
                        next = before;
                    } else if arrow {
                        next = before - 2;
                    } else {
                        let held = clients.held(name);
                        return Held { answer: false, ..held };
                    }
                }
                // `(await client()).delete()`
                _ if next < at && self.tokens[next] == Token::Sign(b'(') => {
                    let held = self.value(next + 1, at, clients);
                    return Held { answer: false, ..held };
                }
                _ => return Held::default(),
            }
        }
        Held::default()
    }

    /// The call on what came of a service that begins here.
    fn asked(&self, at: usize, clients: &Clients<'a>) -> Option<Asked<'c, 'a>> {
        let Token::Name(name, from) = self.tokens[at] else { return None };
        let (tokens, language) = (self.tokens, self.code.language);
        if is_keyword(name)
            || at > 0 && matches!(tokens[at - 1], Token::Name("def" | "function" | "fn" | "func" | "class", _))
        {
            return None;
        }
        let after = &tokens[at + 1..];
        let joined = is_chained(self.code.text, from)
            || name.contains(['.', ':'])
            || at > 1
                && matches!(
                    tokens[at - 2..at],
                    [Token::Sign(b'-'), Token::Sign(b'>')] | [Token::Sign(b'&' | b':'), Token::Sign(b':')]
                );
        let given = match after {
            [Token::Sign(b'('), ..] => &tokens[at + 2..self.brackets.other[at + 1].min(at + 2 + NEAR)],
            // Ruby, Elixir and Groovy call without parentheses; nothing of theirs that begins with a capital is a call.
            _ if matches!(language, "ruby" | "other")
                && joined
                && last(name).starts_with(|c: char| c.is_ascii_lowercase())
                && !matches!(after.first(), Some(Token::Sign(b'=' | b'.' | b'[')))
                && !matches!(after.first(), Some(Token::Name(_, from)) if is_chained(self.code.text, *from)) =>
            {
                let ends = |token: &Token<'_>| matches!(token, Token::Sign(b'\n' | b';' | b'}'));
                &after[..after.iter().take(NEAR).position(ends).unwrap_or(after.len().min(NEAR))]
            }
            _ => return None,
        };
        let mut held = self.receiver(at, name, clients);
        // Groovy's, Kotlin's and Ruby's own names for each of those that are gone through
        if held.of == 0 && joined && matches!(name.split('.').next(), Some("it" | "_1")) {
            held = self.given_to(at, clients);
        }
        // What answers may be a list of this machine's, from which something is taken.
        let of_answer = name
            .split_once(['.', ':'])
            .is_some_and(|(root, method)| !method.contains('.') && clients.held(root).answer && !given.is_empty());
        if held.of == 0 || of_answer && self.lists.items("service-local").any(|word| like(word, &kebab(last(name)))) {
            return None;
        }
        // `$stripe->refunds->create(…)`: what it is asked of is a part of its name.
        let path = match tokens[..at] {
            [.., Token::Name(on, _), Token::Sign(b'-'), Token::Sign(b'>')] => kebab(&format!("{on}.{name}")),
            _ => kebab(name),
        };
        Some(Asked { held, path, given })
    }

    /// Whether what it is done to is what the code made there itself before.
    fn is_own(&self, asked: &Asked<'_, 'a>, at: usize, clients: &Clients<'a>) -> bool {
        let Token::Name(name, _) = self.tokens[at] else { return false };
        let root = name.split(['.', ':']).next().unwrap_or(name);
        let first = asked.given.iter().find_map(|token| match token {
            Token::Name(name, _) => Some(name.split('.').next().unwrap_or(name)),
            Token::Text(text) => Some(*text),
            _ => None,
        });
        clients.made.contains(root) || first.is_some_and(|first| clients.made.contains(first))
    }
}

const fn bit(number: usize) -> Of {
    if number < Of::BITS as usize { 1 << number } else { 0 }
}

fn fits(service: &Service<'_>, path: &str) -> bool {
    service.calls.iter().any(|pattern| match pattern.matches('.').count() {
        0 => like(pattern, last(path)),
        // As many parts of the path, from its end, as the pattern has.
        parts => like(pattern, path.rmatch_indices('.').nth(parts).map_or(path, |(at, _)| &path[at + 1..])),
    })
}

fn is_keyword(name: &str) -> bool {
    matches!(
        name,
        "const"
            | "let"
            | "var"
            | "my"
            | "val"
            | "def"
            | "auto"
            | "await"
            | "async"
            | "new"
            | "self"
            | "this"
            | "return"
            | "if"
            | "for"
            | "while"
            | "in"
            | "of"
            | "as"
            | "import"
            | "from"
            | "type"
            | "default"
            | "err"
            | "_"
            | "with"
    )
}

/// The last part of a name.
fn last(name: &str) -> &str {
    name.rsplit(['.', ':']).next().unwrap_or(name)
}

/// Whether a word is what a pattern means, which may begin or end with a `*`.
fn like(pattern: &str, word: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) => word.contains(pattern.trim_matches('*')),
        (Some(end), None) => word.ends_with(end),
        (None, Some(start)) => word.starts_with(start),
        (None, None) => pattern == word,
    }
}

/// The names that are given a value right before its sign: `x`, `{ a, b }`, `$x`, `a, err :`; none of a named argument.
fn given_a_value<'t, 'a>(before: &'t [Token<'a>]) -> &'t [Token<'a>] {
    if matches!(before.last(), Some(Token::Sign(b'=' | b'!' | b'<' | b'>' | b'+' | b'-'))) {
        return &[];
    }
    let from = before.len().saturating_sub(2 * MOST_NAMES);
    let near = &before[from..];
    let ends = |token: &Token<'_>| matches!(token, Token::Sign(b';' | b'\n' | b'(' | b'='));
    let start = near.iter().rposition(ends).map_or(0, |at| at + 1);
    // `f(x=1)`: the parenthesis is not that of a whole body.
    let named = start > 0 && near[start - 1] == Token::Sign(b'(') || near[start..].contains(&Token::Sign(b')'));
    let start = match near[start..].iter().rposition(|token| *token == Token::Sign(b'{')) {
        Some(open) if near.last() != Some(&Token::Sign(b'}')) => start + open + 1,
        _ if named => return &[],
        _ => start,
    };
    // After a comma within a call it is a named argument; after one of its own line it is one of several names.
    if start == 0 && from > 0 { &[] } else { &near[start..] }
}

/// The statements of code: what ends with a line or a semicolon outside of all parentheses.
fn statements(text: &str, tokens: &[Token<'_>]) -> Vec<Range<usize>> {
    let (mut out, mut start, mut level) = (Vec::new(), 0, 0_usize);
    // What follows the lines that end here.
    let mut next = vec![tokens.len(); tokens.len()];
    for at in (0..tokens.len().saturating_sub(1)).rev() {
        next[at] = if tokens[at + 1] == Token::Sign(b'\n') { next[at + 1] } else { at + 1 };
    }
    for (at, token) in tokens.iter().enumerate() {
        let ends = match token {
            Token::Sign(b'(' | b'[') => {
                level += 1;
                false
            }
            Token::Sign(b')' | b']') => {
                level = level.saturating_sub(1);
                false
            }
            Token::Sign(b';') => true,
            // A call may go on in the next line: `.delete()`.
            Token::Sign(b'\n') if level == 0 => match tokens.get(next[at]) {
                Some(Token::Name(_, from)) => !is_chained(text, *from),
                Some(Token::Sign(b'.' | b'|' | b'-' | b'?')) => false,
                _ => true,
            },
            _ => false,
        };
        if ends {
            if at > start {
                out.push(start..at);
            }
            start = at + 1;
        }
    }
    if start < tokens.len() {
        out.push(start..tokens.len());
    }
    out
}

/// Whether a call says that it is only to be tried: `dry_run=True`, `{ dryRun: true }`.
fn is_tried(given: &[Token<'_>]) -> bool {
    given.windows(3).any(|three| {
        let [Token::Name(name, _) | Token::Text(name), Token::Sign(b'=' | b':'), Token::Name(value, _)] = three else {
            return false;
        };
        let name = name.to_ascii_lowercase().replace(['_', '-'], "");
        matches!(*value, "True" | "true")
            && matches!(&name[..], "dryrun" | "validateonly" | "whatif" | "testmode" | "simulate")
    })
}
