//! Loops over rows: what each of several names is in turn, by its place in the row.

use bumpalo::Bump;

use super::assignments::LONGEST_HEAD;
use super::expressions::expression;
use super::names::Names;
use super::tokens::{Token, closes_at, outermost};

/// A name, and all that is known of what it is in turn.
type Column<'a> = (&'a str, Vec<&'a str>);

impl<'a> Names<'a> {
    /// The columns of a loop that begins here: `for src, dst in [("a", "/srv")]`, `for a, b in zip(names, ["/srv"])`.
    pub(super) fn columns(&self, bump: &'a Bump, tokens: &[Token<'a>]) -> Option<Vec<Column<'a>>> {
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

/// What stands between the commas that no bracket holds; none behind the last.
fn apart<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let mut from = 0;
    let commas = outermost(tokens).filter(|(_, token)| **token == Token::Sign(b',')).map(|(at, _)| at);
    let mut parts: Vec<&[Token<'a>]> = Vec::new();
    for at in commas.chain([tokens.len()]) {
        parts.push(tokens.get(from..at).unwrap_or_default());
        from = at + 1;
    }
    // Lines are broken between them.
    let trimmed = parts.into_iter().map(|part| {
        let start = part.iter().take_while(|token| **token == Token::Sign(b'\n')).count();
        let end = part.iter().rev().take_while(|token| **token == Token::Sign(b'\n')).count();
        part.get(start..part.len() - end.min(part.len() - start)).unwrap_or_default()
    });
    trimmed.filter(|part| !part.is_empty()).collect()
}
