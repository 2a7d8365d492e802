//! Lists in inline code: written out, by their names, or made of another one item by item; and the names that what goes
//! through them gives to each item.

use bumpalo::Bump;

use super::super::expressions::expression;
use super::super::syntax::tokens::{LONGEST_LIST, Token, closes_at, outermost};
use super::Names;
use crate::limits;

/// Calls around a list that it is looked for in.
const DEEPEST: u32 = 4;

impl<'a> Names<'a> {
    /// The texts of a list that stands here, written out or by its name, and how many tokens that takes. Of lists within a
    /// list none is a text.
    pub(in super::super) fn items(&self, bump: &'a Bump, tokens: &[Token<'a>]) -> Option<(Vec<&'a str>, usize)> {
        self.items_within(bump, tokens, 0)
    }

    fn items_within(&self, bump: &'a Bump, tokens: &[Token<'a>], depth: u32) -> Option<(Vec<&'a str>, usize)> {
        if depth > DEEPEST {
            return None;
        }
        // `dirs.map { … }`: the name and the method are one token.
        let named = match tokens {
            [Token::Name(call, _), Token::Sign(b'{' | b'('), ..] => {
                call.rsplit_once('.').and_then(|(on, _)| self.list(on))
            }
            _ => None,
        };
        let (mut items, mut taken) = match named.filter(|_| mapped(tokens).is_some()) {
            Some(list) => (list.to_vec(), 0),
            None => self.plain_items(bump, tokens, depth)?,
        };
        while let Some((name, body, end)) = mapped(&tokens[taken..]) {
            items = self.each(bump, &items, name, body);
            taken += end;
        }
        // `["/etc"] + ["/opt"]`
        while let [Token::Sign(b'+'), more @ ..] = &tokens[taken..]
            && matches!(more.first(), Some(Token::Sign(b'[') | Token::Name(..)))
            && let Some((others, used)) = self.plain_items(bump, more, depth + 1)
            && items.len() < limits::UNROLL
        {
            items.extend(others);
            taken += used + 1;
        }
        (!items.is_empty()).then_some((items, taken))
    }

    /// What an expression makes of each of these texts, under the name that it has for them.
    fn each(&self, bump: &'a Bump, items: &[&'a str], name: &'a str, body: &[Token<'a>]) -> Vec<&'a str> {
        let mut names = self.clone();
        let of_each = |item: &&'a str| {
            names.give(name, item);
            expression(bump, body, &names).map(|found| found.text)
        };
        items.iter().filter_map(of_each).collect()
    }

    /// The same before anything is made of them one by one.
    pub(in super::super) fn plain_items(
        &self,
        bump: &'a Bump,
        tokens: &[Token<'a>],
        depth: u32,
    ) -> Option<(Vec<&'a str>, usize)> {
        if let Some(all) = self.lines_of_input(tokens) {
            return Some(all);
        }
        match tokens {
            // Perl's `map { "/srv/$_" } @dirs`
            [Token::Name("map", _), Token::Sign(b'{'), body @ ..] => {
                let end = closes_at(body)?;
                let (items, taken) = self.items_within(bump, &body[end + 1..], depth + 1)?;
                Some((self.each(bump, &items, "_", &body[..end]), end + 3 + taken))
            }
            // Lua's `ipairs{"/etc", "/opt"}`
            [Token::Name("ipairs" | "pairs", _), rest @ ..] if rest.first() == Some(&Token::Sign(b'{')) => {
                let (texts, taken) = self.items_within(bump, rest, depth + 1)?;
                Some((texts, taken + 1))
            }
            // `"a b".split()`, `table.values()`
            [Token::Text(text), Token::Name("split" | "splitlines", _), Token::Sign(b'('), rest @ ..] => {
                let words = match rest {
                    [Token::Text(between), ..] if !between.is_empty() => text.split(*between).collect(),
                    _ => text.split_whitespace().collect(),
                };
                Some((words, 4 + closes_at(rest)?))
            }
            [
                Token::Name("Object.values" | "Object.entries", _),
                Token::Sign(b'('),
                Token::Name(table, _),
                Token::Sign(b')'),
                ..,
            ] => Some((self.list(table)?.to_vec(), 4)),
            [Token::Name(name, _), Token::Sign(b'('), Token::Sign(b')'), ..]
                if name.ends_with(".values") || name.ends_with(".items") =>
            {
                let (table, _) = name.rsplit_once('.')?;
                Some((self.list(table)?.to_vec(), 3))
            }
            // Python's `map(os.path.expanduser, dirs)`
            [Token::Name("map", _), Token::Sign(b'('), Token::Name(function, _), Token::Sign(b','), rest @ ..]
                if self.knows("path-functions", function.rsplit('.').next().unwrap_or(function)) =>
            {
                let (texts, taken) = self.items_within(bump, rest, depth + 1)?;
                let end = closes_at(&rest[taken..])?;
                Some((texts, taken + end + 5))
            }
            // Lua's `ipairs(dirs)`, Python's `sorted(dirs)`, Elixir's `Enum.map(dirs, f)`
            [Token::Name(name, _), Token::Sign(b'('), rest @ ..]
                if self.knows("gives-items", name.rsplit('.').next().unwrap_or(name))
                    && matches!(rest.first(), Some(Token::Name(..) | Token::Sign(b'{' | b'[' | b'('))) =>
            {
                let (mut texts, mut taken) = self.items_within(bump, rest, depth + 1)?;
                // `chain(["/etc"], ["/opt"])`
                while let [Token::Sign(b','), more @ ..] = &rest[taken..]
                    && let Some((items, used)) = self.items_within(bump, more, depth + 1)
                {
                    texts.extend(items);
                    taken += used + 1;
                }
                let end = closes_at(&rest[taken..])?;
                Some((texts, taken + end + 3))
            }
            // `cfg["dirs"]`
            [Token::Name(table, _), Token::Sign(b'['), Token::Text(key), Token::Sign(b']'), ..] => {
                Some((self.list(&format!("{table}.{key}"))?.to_vec(), 4))
            }
            // Ruby's `cfg[:dirs]`, Perl's `@{$cfg{dirs}}`
            [
                Token::Name(table, _),
                Token::Sign(b'['),
                Token::Sign(b':'),
                Token::Name(key, _),
                Token::Sign(b']'),
                ..,
            ] => Some((self.list(&format!("{table}.{key}"))?.to_vec(), 5)),
            [
                Token::Sign(b'@'),
                Token::Sign(b'{'),
                Token::Sign(b'$'),
                Token::Name(table, _),
                Token::Sign(b'{'),
                Token::Name(key, _) | Token::Text(key),
                Token::Sign(b'}'),
                Token::Sign(b'}'),
                ..,
            ] => Some((self.list(&format!("{table}.{key}"))?.to_vec(), 8)),
            // A function of the code's own.
            [Token::Name(name, _), Token::Sign(b'('), inside @ ..] if self.list(&format!("{name}()")).is_some() => {
                Some((self.list(&format!("{name}()"))?.to_vec(), closes_at(inside)? + 3))
            }
            // `@dirs`, `$dirs`, `&dirs`, `(@dirs)`
            [Token::Sign(b'$' | b'@' | b'&' | b'*'), rest @ ..] if matches!(rest.first(), Some(Token::Name(..))) => {
                let (texts, taken) = self.items_within(bump, rest, depth + 1)?;
                Some((texts, taken + 1))
            }
            [Token::Sign(b'('), Token::Sign(b'@'), Token::Name(..), Token::Sign(b')'), ..] => {
                let (texts, taken) = self.items_within(bump, &tokens[1..], depth + 1)?;
                Some((texts, taken + 2))
            }
            [Token::Name(name, _), ..] if self.list(name).is_some() => Some((self.list(name)?.to_vec(), 1)),
            _ => {
                // Python's `[home / d for d in dirs]`
                if let [Token::Sign(b'[' | b'(' | b'{'), inside @ ..] = tokens
                    && let Some(end) = closes_at(inside)
                    && let Some(at) = loop_in(&inside[..end])
                    && let [Token::Name("for", _), Token::Name(name, _), Token::Name("in", _), list @ ..] =
                        &inside[at..end]
                {
                    let (items, _) = self.items_within(bump, list, depth + 1)?;
                    return Some((self.each(bump, &items, name, &inside[..at]), end + 2));
                }
                let from = self.list_literal(tokens)?;
                let inside = &tokens[from..];
                if of_lists(inside) {
                    return None;
                }
                let end = closes_at(inside)?;
                let texts = texts(bump, inside, self);
                (!texts.is_empty()).then_some((texts, from + end + 1))
            }
        }
    }

    /// Where the items of a list begin that is written out here: `[`, `@(`, `c(`, `listOf(`, `vec![`, `{"a", …`, `("a", …`.
    pub(in super::super) fn list_literal(&self, tokens: &[Token<'_>]) -> Option<usize> {
        let several = |inside: &[Token<'_>]| {
            let end = closes_at(inside).unwrap_or(0);
            outermost(&inside[..end]).any(|(_, token)| *token == Token::Sign(b','))
        };
        match tokens {
            [Token::Sign(b'['), Token::Sign(b']'), Token::Name(..), Token::Sign(b'{'), ..] => Some(4),
            [Token::Sign(b'['), ..] => Some(1),
            [Token::Sign(b'&'), Token::Sign(b'['), ..] | [Token::Sign(b'@'), Token::Sign(b'('), ..] => Some(2),
            [Token::Name("vec", _), Token::Sign(b'!'), Token::Sign(b'['), ..] => Some(3),
            // Java's `new String[] {"/etc"}`
            [Token::Name("new", _), Token::Name(..), Token::Sign(b'['), Token::Sign(b']'), Token::Sign(b'{'), ..] => {
                Some(5)
            }
            [Token::Name(name, _), Token::Sign(b'('), ..] if self.knows("makes-lists", name) => Some(2),
            // Lua's and Java's braces, Perl's and Python's brackets
            [Token::Sign(b'{'), Token::Text(_), Token::Sign(b',' | b'}'), ..] => Some(1),
            [Token::Sign(b'('), inside @ ..] if several(inside) => Some(1),
            _ => None,
        }
    }

    /// The name that a chain of methods for the items of a list gives to each item: `.map(f).forEach { d -> … }`, `.each do |d|`.
    pub(in super::super) fn chained(&self, mut tokens: &[Token<'a>]) -> Option<&'a str> {
        for _ in 0..limits::UNROLL.min(8) {
            let [Token::Name(method, _), rest @ ..] = tokens else { return None };
            let method = method.rsplit('.').next().unwrap_or(method);
            if !self.knows("for-each-item", method) {
                return None;
            }
            match rest {
                [Token::Sign(b'{'), Token::Sign(b'|'), Token::Name(name, _), ..]
                | [Token::Name("do", _), Token::Sign(b'|'), Token::Name(name, _), ..]
                | [Token::Sign(b'{' | b'('), Token::Name(name, _), Token::Sign(b'-' | b'='), Token::Sign(b'>'), ..]
                | [Token::Sign(b'{'), Token::Name(name, _), Token::Name("in", _), ..]
                | [Token::Sign(b'('), Token::Sign(b'('), Token::Name(name, _), ..]
                | [Token::Sign(b'('), Token::Name("fn" | "fun" | "async", _), Token::Name(name, _), ..]
                | [Token::Sign(b'('), Token::Sign(b'|'), Token::Name(name, _), ..]
                | [
                    Token::Sign(b'('),
                    Token::Name("function" | "async", _),
                    Token::Sign(b'('),
                    Token::Name(name, _),
                    ..,
                ] => {
                    return Some(name);
                }
                // Kotlin and Groovy call it `it` where nothing is said, and so does Ruby, or `_1`.
                [Token::Sign(b'{'), inside @ ..] if matches!(method, "forEach" | "each") => {
                    let body = &inside[..closes_at(inside).unwrap_or(0)];
                    let numbered = body.iter().any(|token| matches!(token, Token::Name("_1", _)));
                    return Some(if numbered { "_1" } else { "it" });
                }
                [Token::Sign(b'(' | b'{'), inside @ ..] => {
                    let end = closes_at(inside)?;
                    tokens = &inside[end + 1..];
                }
                _ => return None,
            }
            while let [Token::Sign(b'\n'), rest @ ..] = tokens {
                tokens = rest;
            }
        }
        None
    }
}

/// Whether the items of a list are lists themselves.
pub(in super::super) fn of_lists(inside: &[Token<'_>]) -> bool {
    matches!(inside.iter().find(|token| **token != Token::Sign(b'\n')), Some(Token::Sign(b'[' | b'(')))
}

/// Where a comprehension says what it goes through: `home / d for d in dirs`.
fn loop_in(inside: &[Token<'_>]) -> Option<usize> {
    outermost(inside).find(|(_, token)| matches!(token, Token::Name("for", _))).map(|(at, _)| at)
}

/// What the method that stands here makes of each item of a list: the name that it gives to it, the expression, and how
/// many tokens that takes: `.map { |d| … }`, `.map(d => …)`, `.map { d -> … }`, `.map(|d| …)`.
fn mapped<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(&'a str, &'t [Token<'a>], usize)> {
    let [Token::Name(method, _), Token::Sign(b'{' | b'('), inside @ ..] = tokens else { return None };
    let method = method.rsplit('.').next().unwrap_or(method);
    if !matches!(method, "map" | "collect" | "flatMap" | "flat_map") {
        return None;
    }
    let end = closes_at(inside)?;
    let (name, body) = match &inside[..end] {
        [Token::Sign(b'|'), Token::Name(name, _), Token::Sign(b'|'), body @ ..]
        | [Token::Name(name, _), Token::Sign(b'-' | b'='), Token::Sign(b'>'), body @ ..]
        | [
            Token::Sign(b'('),
            Token::Name(name, _),
            Token::Sign(b')'),
            Token::Sign(b'='),
            Token::Sign(b'>'),
            body @ ..,
        ] => (*name, body),
        body if body.iter().any(|token| matches!(token, Token::Name("it" | "_1", _))) => ("it", body),
        _ => return None,
    };
    Some((name, body, end + 3))
}

/// The texts of a list, up to where it ends; of what is computed for each item of another one the text it begins with.
pub(in super::super) fn texts<'a>(bump: &'a Bump, inside: &[Token<'a>], names: &Names<'a>) -> Vec<&'a str> {
    let mut out = Vec::new();
    let (mut at, mut level) = (0, 0_usize);
    let inside = &inside[..inside.len().min(LONGEST_LIST)];
    while at < inside.len() && out.len() < limits::UNROLL {
        if let Some(found) = expression(bump, &inside[at..], names) {
            out.push(found.text);
            at += found.taken;
            continue;
        }
        match inside[at] {
            Token::Sign(b'[' | b'(' | b'{') => level += 1,
            Token::Sign(b']' | b')' | b'}') if level == 0 => break,
            Token::Sign(b']' | b')' | b'}') => level -= 1,
            // What it is computed from stands behind.
            Token::Name("for", _) => break,
            _ => {}
        }
        at += 1;
    }
    out
}
