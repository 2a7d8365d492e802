//! Members of what names stand for in inline code: of tables, objects and options, and what the code's own functions give back.

use super::super::syntax::tokens::{Token, closes_at};
use super::Names;

impl<'a> Names<'a> {
    /// The member of a table or an object that is asked for behind its name, and how many tokens ask: `table["place"]["root"]`,
    /// `settings.get("place", "root")`, Ruby's `table[:root]`, PHP's `$table->root`, Perl's `$table{root}`, `$table->{root}`.
    pub(in super::super) fn member_at(&self, name: &str, rest: &[Token<'a>]) -> Option<(&'a str, usize)> {
        let member = |path: &str, taken: usize| self.text(path).map(|text| (text, taken));
        match rest {
            [Token::Sign(b'['), Token::Sign(b':'), Token::Name(key, _), Token::Sign(b']'), ..] => {
                member(&format!("{name}.{key}"), 4)
            }
            [Token::Sign(b'['), Token::Text(_), Token::Sign(b']'), ..] => {
                // The last that stands for a text: what follows may be a part of that.
                let (mut path, mut found) = (name.to_owned(), None);
                let mut taken = 0;
                while let Some([Token::Sign(b'['), Token::Text(key), Token::Sign(b']')]) = rest.get(taken..taken + 3) {
                    path = format!("{path}.{key}");
                    taken += 3;
                    found = member(&path, taken).or(found);
                }
                // Of a text no word is a member: what is known of it is what its record has.
                found.or_else(|| member(name, taken))
            }
            [Token::Sign(b'('), Token::Text(key), after @ ..] if name.ends_with(".get") => {
                let table = name.strip_suffix(".get")?;
                let taken = 3 + closes_at(after)?;
                let inner = match after {
                    [Token::Sign(b','), Token::Text(inner), Token::Sign(b')'), ..] => {
                        member(&format!("{table}.{key}.{inner}"), taken)
                    }
                    _ => None,
                };
                inner.or_else(|| member(&format!("{table}.{key}"), taken))
            }
            // The key of Perl's tables needs no quotes.
            [Token::Sign(b'{'), Token::Name(key, _) | Token::Text(key), Token::Sign(b'}'), ..] => {
                member(&format!("{name}.{key}"), 3).inspect(|_| self.guess())
            }
            [
                Token::Sign(b'-'),
                Token::Sign(b'>'),
                Token::Sign(b'{'),
                Token::Name(key, _) | Token::Text(key),
                Token::Sign(b'}'),
                ..,
            ] => member(&format!("{name}.{key}"), 5).inspect(|_| self.guess()),
            [Token::Sign(b'-'), Token::Sign(b'>'), Token::Name(key, _), ..] => member(&format!("{name}.{key}"), 3),
            _ => None,
        }
    }

    /// What a call gives back behind whose name these tokens stand, and how many those are: a function of the code's own,
    /// `Places().home`, `parser.parse_args().root`, `queue.pop()`.
    pub(in super::super) fn given_back(&self, name: &str, rest: &[Token<'a>]) -> Option<(&'a str, usize)> {
        let [Token::Sign(b'('), inside @ ..] = rest else { return None };
        if let Some(text) = self.text(&format!("{name}()")) {
            return Some((text, closes_at(inside)? + 2));
        }
        if let (Some((list, "pop")), [Token::Sign(b')'), ..]) = (name.rsplit_once('.'), inside)
            && let Some(text) = self.list(list).and_then(<[_]>::last)
        {
            return Some((text, 2));
        }
        let end = closes_at(inside)?;
        let Some(Token::Name(member, _)) = inside.get(end + 1) else { return None };
        if name.ends_with(".parse_args") {
            return self.text(&format!("args.{member}")).map(|text| (text, end + 3));
        }
        // Of an object that is made here.
        let made = end == 0 && name.starts_with(|c: char| c.is_ascii_uppercase());
        let text = self.text(member).or_else(|| self.text(&format!("{member}()"))).filter(|_| made)?;
        Some((text, 3))
    }
}
