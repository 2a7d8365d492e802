//! What names of code came of which services: what is imported from a service's library, and what comes of that, is followed
//! from statement to statement.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::syntax::statements::Brackets;
use super::super::syntax::tokens::{Token, is_chained};
use super::super::whole::snippet::Snippet;
use super::sdk::kebab;
use crate::facts::knowledge::{Lists, Of};

/// Of a long statement so many tokens are looked at, from a name on either side.
const NEAR: usize = 64;

/// So many names are given what a value is.
const MOST_NAMES: usize = 8;

/// What a name stands for.
#[derive(Clone, Copy, Default)]
pub(super) struct Held {
    pub(super) of: Of,
    /// What a client answered, which may be a list or a table: `names = client.list()`.
    pub(super) answer: bool,
}

/// What names of the code came of which services.
#[derive(Default)]
pub(super) struct Clients<'a> {
    held: FxHashMap<&'a str, Held>,
    /// Where the functions stand that the code defines itself, and the names of all, in order.
    pub(super) defined: FxHashMap<&'a str, usize>,
    pub(super) definitions: Vec<(usize, &'a str)>,
    /// Names of what the code made there itself, and the texts by which it did.
    pub(super) made: FxHashSet<&'a str>,
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

    pub(super) fn bind(&mut self, name: &'a str, held: Held) {
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
pub(super) struct Walk<'c, 'a> {
    pub(super) code: &'c Snippet<'a>,
    pub(super) tokens: &'c [Token<'a>],
    pub(super) lists: &'c Lists<'static>,
    /// What stands in the place of a name at a place: `require("stripe")`.
    pub(super) at: FxHashMap<usize, Of>,
    pub(super) brackets: Brackets,
}

/// A call on what came of a service.
pub(super) struct Asked<'t, 'a> {
    pub(super) held: Held,
    /// What it is called, with what it is asked of, in small letters: `stripe.refunds.create`.
    pub(super) path: String,
    pub(super) given: &'t [Token<'a>],
}

impl<'c, 'a> Walk<'c, 'a> {
    /// Notes what a statement gives names to that comes of a service.
    pub(super) fn follow(&self, statement: Range<usize>, clients: &mut Clients<'a>) {
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
    pub(super) fn asked(&self, at: usize, clients: &Clients<'a>) -> Option<Asked<'c, 'a>> {
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
    pub(super) fn is_own(&self, asked: &Asked<'_, 'a>, at: usize, clients: &Clients<'a>) -> bool {
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

/// The last part of a name.
pub(super) fn last(name: &str) -> &str {
    name.rsplit(['.', ':']).next().unwrap_or(name)
}

/// Whether a word is what a pattern means, which may begin or end with a `*`.
pub(super) fn like(pattern: &str, word: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) => word.contains(pattern.trim_matches('*')),
        (Some(end), None) => word.ends_with(end),
        (None, Some(start)) => word.starts_with(start),
        (None, None) => pattern == word,
    }
}
