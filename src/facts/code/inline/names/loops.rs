//! What the names of loops are in turn: each of what is gone through, or its column in a loop over rows.

use bumpalo::Bump;

use super::super::expressions::expression;
use super::super::syntax::tokens::{Token, between_commas, closes_at, outermost};
use super::Names;
use super::assignments::LONGEST_HEAD;
use super::lists::texts;

/// A name, and all that is known of what it is in turn.
type Column<'a> = (&'a str, Vec<&'a str>);

impl<'a> Names<'a> {
    /// The variable of a loop over texts, and those: `for d in ["/etc", "/opt"]`, `%w[/etc /opt].each { |d|
    /// … }`, `["/etc"].forEach(d => …)`, `for (const d of dirs)`, `foreach ($dirs as $d)`, `for (String d : dirs)`.
    pub(in super::super) fn looped(&self, bump: &'a Bump, tokens: &[Token<'a>]) -> Option<(&'a str, Vec<&'a str>)> {
        if let [Token::Name("for" | "foreach", _), head @ ..] = tokens {
            // PHP's `foreach ($dirs as $d)`, Perl's `for (@dirs)`
            if let [Token::Sign(b'('), list @ ..] = head
                && let Some((texts, taken)) = self.items(bump, list)
            {
                let name = match &list[taken..] {
                    [Token::Name("as", _), Token::Sign(b'$'), Token::Name(name, _), ..] => Some(*name),
                    [Token::Sign(b')'), ..] => Some("_"),
                    _ => None,
                };
                return Some((name?, texts));
            }
            // Perl's `for ("/etc", "/opt")`, `for (glob("/etc/*"))`
            if let [Token::Sign(b'('), list @ ..] = head
                && matches!(list.first(), Some(Token::Text(_) | Token::Name("glob", _)))
                && closes_at(list).is_some()
            {
                return Some(("_", texts(bump, list, self)));
            }
            // D's `foreach (d; dirs)`
            if let [Token::Sign(b'('), Token::Name(name, _), Token::Sign(b';'), list @ ..] = head
                && let Some((texts, _)) = self.items(bump, list)
            {
                return Some((name, texts));
            }
            // Perl's `for my $d ("/etc", glob "/home/*")`
            if let [Token::Name("my", _), Token::Sign(b'$'), Token::Name(name, _), list @ ..]
            | [Token::Sign(b'$'), Token::Name(name, _), list @ ..] = head
                && list.first() == Some(&Token::Sign(b'('))
            {
                let items = self.items(bump, list).or_else(|| self.items(bump, &list[1..])).map(|(items, _)| items);
                return Some((name, items.unwrap_or_else(|| texts(bump, &list[1..], self))));
            }
            let head_of = |is: &dyn Fn(&Token<'_>) -> bool| head.iter().take(LONGEST_HEAD).position(is);
            let at = head_of(&|token| matches!(token, Token::Name("in" | "of" | "range", _))).or_else(|| {
                // Java's `for (String d : dirs)`
                let at = head_of(&|token| *token == Token::Sign(b':'));
                at.filter(|_| head.first() == Some(&Token::Sign(b'(')))
            })?;
            // Go's `for _, d := range dirs`; other pairs are those of lists within a list.
            let number = matches!(head, [Token::Name("_" | "i" | "idx" | "index" | "k", _), ..]);
            if head[..at].contains(&Token::Sign(b',')) && !number {
                let Some(Token::Name(name, _)) = head[..at].iter().rfind(|token| matches!(token, Token::Name(..)))
                else {
                    return None;
                };
                return Some((name, self.last_of_each(bump, &head[at + 1..])?));
            }
            let before = head[..at].iter().rfind(|token| matches!(token, Token::Name(..)))?;
            let Token::Name(name, _) = before else { return None };
            return Some((name, self.items(bump, &head[at + 1..])?.0));
        }
        // PHP's `array_map(fn($d) => …, $dirs)`
        if let [Token::Name("array_map" | "array_walk" | "array_filter", _), Token::Sign(b'('), rest @ ..] = tokens
            && let Some(name) = closure(rest)
            && let Some(end) = closes_at(rest)
        {
            let (last, _) = outermost(&rest[..end]).filter(|(_, token)| **token == Token::Sign(b',')).last()?;
            let list = &rest[last + 1..];
            let items = self.items(bump, list).map_or_else(|| texts(bump, list, self), |(items, _)| items);
            return Some((name, items));
        }
        // Elixir's `Enum.each(dirs, fn d -> … end)`
        if let [Token::Name(method, _), Token::Sign(b'('), list @ ..] = tokens
            && method.rsplit('.').next().is_some_and(|each| self.knows("for-each-item", each))
            && let Some((texts, taken)) = self.items(bump, list)
            && let [Token::Sign(b','), Token::Name("fn" | "fun", _), Token::Name(name, _), ..] = &list[taken..]
        {
            return Some((name, texts));
        }
        // `dirs.each { |d| … }`
        if let [Token::Name(method, _), ..] = tokens
            && let Some((list, each)) = method.rsplit_once('.')
            && let Some(texts) = self.list(list)
            && self.knows("for-each-item", each)
        {
            return Some((self.chained(tokens)?, texts.to_vec()));
        }
        // `Promise.resolve("/srv").then(d => …)`, Ruby's `"/srv".then { |d| … }`: one is all there is.
        let value = match tokens {
            [Token::Name("Promise.resolve", _), value @ ..] => value,
            value => value,
        };
        if let [Token::Text(text), Token::Name("then" | "tap" | "yield_self", _), ..]
        | [Token::Sign(b'('), Token::Text(text), Token::Sign(b')'), Token::Name("then", _), ..] = value
        {
            let method = value.iter().position(|token| matches!(token, Token::Name(..)))?;
            return Some((self.chained(&value[method..])?, vec![text]));
        }
        let begins = matches!(tokens, [Token::Sign(b'['), ..] | [Token::Name(..), Token::Sign(b'('), ..]);
        let (texts, taken) = begins
            .then(|| self.list_literal(tokens))
            .flatten()
            .and_then(|_| self.items(bump, tokens).or_else(|| self.plain_items(bump, tokens, 0)))?;
        Some((self.chained(&tokens[taken..])?, texts))
    }

    /// What the last name is in turn of a loop over pairs: `d.items()`, `[("a", "/srv")]`, `zip(names, ["/srv"])`.
    fn last_of_each(&self, bump: &'a Bump, list: &[Token<'a>]) -> Option<Vec<&'a str>> {
        if let [Token::Name(items, _), Token::Sign(b'('), ..] = list
            && let Some(texts) = items.strip_suffix(".items").and_then(|name| self.list(name))
        {
            return Some(texts.to_vec());
        }
        let from = list.iter().take(2).position(|token| matches!(token, Token::Sign(b'[' | b'(')))?;
        let inside = &list[from + 1..];
        let end = closes_at(inside)?;
        let all = texts(bump, &inside[..end], self);
        (!all.is_empty()).then_some(all)
    }

    /// The columns of a loop that begins here: `for src, dst in [("a", "/srv")]`, `for a, b in zip(names, ["/srv"])`.
    pub(in super::super) fn columns(&self, bump: &'a Bump, tokens: &[Token<'a>]) -> Option<Vec<Column<'a>>> {
        let [Token::Name("for", _), head @ ..] = tokens else { return None };
        let at = head.iter().take(LONGEST_HEAD).position(|token| matches!(token, Token::Name("in", _)))?;
        let names: Option<Vec<&'a str>> = head[..at]
            .split(|token| *token == Token::Sign(b','))
            .map(|name| if let [Token::Name(name, _)] = name { Some(*name) } else { None })
            .collect();
        let names = names.filter(|names| names.len() > 1)?;
        if let [Token::Name("zip", _), Token::Sign(b'('), lists @ ..] = &head[at + 1..] {
            let lists = apart(&lists[..closes_at(lists)?]);
            let texts = |list: &[Token<'a>]| self.items(bump, list).map(|(texts, _)| texts);
            let columns: Option<Vec<Column<'a>>> =
                names.iter().zip(&lists).map(|(name, list)| Some((*name, texts(list)?))).collect();
            return columns.filter(|columns| columns.len() == names.len() && lists.len() == names.len());
        }
        let [Token::Sign(b'[' | b'('), rows @ ..] = &head[at + 1..] else { return None };
        let mut columns: Vec<Column<'a>> = names.iter().map(|name| (*name, Vec::new())).collect();
        for row in apart(&rows[..closes_at(rows)?]) {
            let [Token::Sign(b'(' | b'['), cells @ ..] = row else { return None };
            let cells = apart(&cells[..closes_at(cells)?]);
            if cells.len() != names.len() {
                return None;
            }
            for ((_, column), cell) in columns.iter_mut().zip(cells) {
                let known = expression(bump, cell, self).filter(|found| !found.open && found.taken == cell.len());
                // What is no text at all is none that is deleted; of what is not known nothing is said here.
                let number =
                    matches!(cell, [Token::Sign(b'0'..=b'9'), ..] | [Token::Name("True" | "False" | "None", _)]);
                match known {
                    Some(found) => column.push(found.text),
                    None if number => {}
                    None => return None,
                }
            }
        }
        Some(columns)
    }
}

/// The first parameter of the function of PHP's that stands here, whatever its type: `static fn(?string $d) => …`.
fn closure<'a>(tokens: &[Token<'a>]) -> Option<&'a str> {
    let head = &tokens[..tokens.len().min(LONGEST_HEAD)];
    let at = head.iter().position(|token| matches!(token, Token::Name("fn" | "function", _)))?;
    head[at..].windows(2).find_map(|two| match two {
        [Token::Sign(b'$'), Token::Name(name, _)] => Some(*name),
        _ => None,
    })
}

/// What stands between the commas that no bracket holds; none behind the last.
fn apart<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    // Lines are broken between them.
    let trimmed = between_commas(tokens).map(|part| {
        let start = part.iter().take_while(|token| **token == Token::Sign(b'\n')).count();
        let end = part.iter().rev().take_while(|token| **token == Token::Sign(b'\n')).count();
        part.get(start..part.len() - end.min(part.len() - start)).unwrap_or_default()
    });
    trimmed.filter(|part| !part.is_empty()).collect()
}
