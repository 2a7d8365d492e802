//! What the parameters of the code's own functions are within their bodies: what one of them is given is not what another
//! has by the same name, nor what the code outside calls so.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::syntax::tokens::{Token, closes_at, ends_at};
use super::{Given, Names, Scope, Told};

/// Tokens between the parameters of a function and the brace that opens its body: what it gives back.
const LONGEST_RESULT: usize = 12;

/// Where the functions of the code are defined, and what the calls give them.
#[derive(Default)]
pub(in super::super) struct Bodies<'a> {
    found: Vec<(&'a str, usize, usize)>,
    given: FxHashMap<(&'a str, &'a str), Told<'a>>,
    /// Parameters that some call leaves out.
    left_out: FxHashSet<(&'a str, &'a str)>,
    called: FxHashSet<&'a str>,
    /// Those that the text says more than once: one that nothing else speaks of never runs.
    named: FxHashSet<&'a str>,
    /// Those that are defined more than once, in two classes: they cannot be told apart.
    twice: FxHashSet<&'a str>,
    /// How often something graver was given than before.
    graver: usize,
}

impl<'a> Bodies<'a> {
    /// Notes the body of the function `name` that is defined at the token `at`, whose parameters end at the token `closed`.
    pub(in super::super) fn note(&mut self, text: &str, tokens: &[Token<'a>], name: &'a str, at: usize, closed: usize) {
        // Code may end in the middle of a definition.
        let Some(head) = tokens.get(closed + 1..) else { return };
        // `(x) => x.y`: up to where the expression ends; `(x) => { … }` has a brace of its own.
        if let [Token::Sign(b'='), Token::Sign(b'>'), body @ ..] = head {
            let length = match body {
                [Token::Sign(b'{'), inside @ ..] => closes_at(inside).map(|close| close + 1),
                _ => Some(expression_ends(body)),
            };
            let Some(length) = length else { return };
            return self.found.push((name, closed + 1, closed + 3 + length));
        }
        let opens =
            head.iter().take(LONGEST_RESULT).position(|token| matches!(token, Token::Sign(b'{' | b':' | b'\n')));
        let end = match opens.map(|opens| (opens, &head[opens])) {
            Some((opens, Token::Sign(b'{'))) => {
                let Some(close) = closes_at(&head[opens + 1..]) else { return };
                closed + 1 + opens + 1 + close
            }
            // By what stands further in than the line that defines it.
            _ => {
                let line = |at: usize| text.get(..at).map_or(0, |before| before.rfind('\n').map_or(0, |end| end + 1));
                let inset = |at: usize| {
                    let start = line(at);
                    text[start..].chars().take_while(|c| *c == ' ' || *c == '\t').count()
                };
                let Some(Token::Name(_, defined)) = tokens.get(at) else { return };
                let (own, first) = (inset(*defined), line(*defined));
                let ends = |token: &Token<'_>| matches!(token, Token::Name(_, at) if line(*at) != first && inset(*at) <= own && line(*at) + inset(*at) == *at);
                tokens[closed..].iter().position(ends).map_or(tokens.len(), |end| closed + end)
            }
        };
        self.found.push((name, closed + 1, end));
    }

    /// Notes what a call gives to a parameter; of several the gravest.
    pub(in super::super) fn give(
        &mut self,
        function: &'a str,
        parameter: &'a str,
        told: Option<Told<'a>>,
        grave: bool,
    ) {
        self.called.insert(function);
        if let Some(told) = told
            && (grave || !self.given.contains_key(&(function, parameter)))
        {
            let before = self.given.insert((function, parameter), told.clone());
            self.graver += usize::from(before.is_some_and(|before| before.text != told.text));
        }
    }

    /// How many parameters are known, of calls that are known.
    pub(in super::super) fn known(&self) -> (usize, usize) {
        (self.given.len(), self.graver)
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Notes that a call says nothing of a parameter.
    pub(in super::super) fn leave_out(&mut self, function: &'a str, parameter: &'a str) {
        self.called.insert(function);
        self.left_out.insert((function, parameter));
    }

    /// Looks through the whole text for what is said of the functions, once all of them are found.
    pub(in super::super) fn look_through(&mut self, tokens: &[Token<'a>]) {
        let mut bodies: FxHashSet<&'a str> = FxHashSet::default();
        self.twice = self.found.iter().filter(|(name, ..)| !bodies.insert(name)).map(|(name, ..)| *name).collect();
        let mut said: FxHashSet<&'a str> = FxHashSet::default();
        let names = tokens.iter().filter_map(|token| match token {
            Token::Name(name, _) | Token::Text(name) => Some(name.rsplit('.').next().unwrap_or(name)),
            _ => None,
        });
        self.named = names.filter(|name| !said.insert(name)).collect();
    }

    /// The bodies of the functions, in order, with what is known of their parameters by now.
    pub(in super::super) fn scopes(&self, defined: &FxHashMap<&'a str, Vec<&'a str>>) -> Rc<[Scope<'a>]> {
        // The functions that are given something under the name of a parameter.
        let mut givers: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        for (function, parameter) in self.given.keys() {
            let known = givers.entry(parameter).or_default();
            // Two are enough to tell whether there is another one.
            if known.len() < 2 {
                known.push(function);
            }
        }
        // What makes an object is called by its class.
        let makes = |name: &str| name.starts_with(|c: char| c.is_uppercase());
        let runs = |name: &str| self.called.contains(name) || !makes(name) && !self.named.contains(name);
        let counts = |name: &str| runs(name) && !self.twice.contains(name);
        let body = |(name, start, end): &(&'a str, usize, usize)| {
            let known = defined.get(name).map(Vec::as_slice).unwrap_or_default();
            let parameters: Vec<&'a str> = known.iter().copied().filter(|parameter| !parameter.is_empty()).collect();
            let given = parameters.iter().filter(|_| counts(name)).filter_map(|parameter| {
                let told = self.given.get(&(*name, *parameter)).cloned();
                // One that never runs keeps what nobody else has by that name: what it is given may come from outside.
                let others = || givers.get(parameter).is_some_and(|all| all.iter().any(|other| other != name));
                if !self.called.contains(name) && !others() {
                    return None;
                }
                // What stands for it where nothing is given is said where it is defined.
                let unknown = told.is_none() && self.left_out.contains(&(*name, *parameter));
                (!unknown).then_some((*parameter, told))
            });
            let given = given.collect();
            Scope { name, start: *start, end: *end, parameters, given }
        };
        self.found.iter().map(body).collect()
    }
}

/// Where an expression ends that stands by itself: before what separates it from the next, or what closes around it.
pub(in super::super) fn expression_ends(tokens: &[Token<'_>]) -> usize {
    ends_at(tokens, b";,\n")
}

/// The bodies that are open while code is gone through, and what their parameters were before.
#[derive(Default)]
pub(in super::super) struct Within<'a> {
    next: usize,
    open: Vec<(usize, Given<'a>)>,
}

impl<'a> Within<'a> {
    /// Comes to a token: bodies end before it, or begin with it.
    pub(in super::super) fn come_to(&mut self, at: usize, names: &mut Names<'a>) {
        while let Some((_, before)) = self.open.pop_if(|(end, _)| *end <= at) {
            for (name, told) in before {
                names.set(name, told);
            }
        }
        let scopes = Rc::clone(&names.scopes);
        while let Some(scope) = scopes.get(self.next).filter(|scope| scope.start <= at) {
            self.next += 1;
            let before = scope.parameters.iter().map(|name| (*name, names.told(name))).collect();
            for (name, told) in &scope.given {
                names.set(name, told.clone());
            }
            self.open.push((scope.end, before));
        }
    }

    /// Whether what a name is from here on holds for nothing else by that name: it is a parameter of the body that is open,
    /// or no body is.
    pub(in super::super) fn is_own(&self, name: &str) -> bool {
        self.open.last().is_none_or(|(_, parameters)| parameters.iter().any(|(own, _)| *own == name))
    }
}
