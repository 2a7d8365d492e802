//! The words of a statement, from the one that says what it does.

use super::statements::Token;

/// Words that stand between what a statement does and the name of what it does it to.
const BEFORE_A_NAME: [&str; 10] =
    ["if", "exists", "only", "concurrently", "table", "not", "temporary", "materialized", "from", "into"];

/// A statement's tokens, and where among them its verb stands.
#[derive(Clone, Copy)]
pub(super) struct Phrase<'t, 'a> {
    pub(super) tokens: &'t [Token<'a>],
    start: usize,
}

impl<'t, 'a> Phrase<'t, 'a> {
    pub(super) fn new(tokens: &'t [Token<'a>]) -> Self {
        Self { tokens, start: 0 }
    }

    /// The same from what it would really do: behind `EXPLAIN ANALYZE`, `PREPARE name AS` and `WITH …`. None where nothing is
    /// done: a plan that is only shown.
    pub(super) fn at_its_verb(self) -> Option<Self> {
        let mut phrase = self;
        if phrase.is(0, "explain") {
            // PostgreSQL, "EXPLAIN": `(ANALYZE OFF)` is to leave it out; the last one holds.
            let runs = |pair: &[Token<'_>]| pair[0].is_one_of(&["analyze"]) && !pair[1].is_one_of(&["off", "false"]);
            if !phrase.tokens.windows(2).any(runs) {
                return None;
            }
            let runs = ["select", "delete", "update", "insert", "with"];
            phrase.start = phrase.first_of(&runs).unwrap_or(1);
        }
        // ClickHouse's `ALTER TABLE events DELETE WHERE 1`
        if phrase.is(0, "alter") && phrase.is(3, "delete") {
            phrase.start += 3;
        }
        if phrase.is(0, "prepare")
            && let Some(at) = phrase.first_of(&["as"])
        {
            phrase.start = at + 1;
        }
        // A common table expression may delete.
        if phrase.is(0, "with")
            && let Some(at) = ["delete", "update", "insert"].iter().find_map(|verb| phrase.first_of(&[verb]))
        {
            phrase.start = at;
        }
        Some(phrase)
    }

    /// The tokens from the verb on.
    pub(super) fn rest(&self) -> &'t [Token<'a>] {
        self.tokens.get(self.start..).unwrap_or_default()
    }

    /// The word at a place behind the verb, which is at 0; empty where another token stands there.
    fn bare(&self, at: usize) -> &'a str {
        match self.tokens.get(self.start + at) {
            Some(Token::Word(word)) => word,
            _ => "",
        }
    }

    /// The same in small letters.
    pub(super) fn word(&self, at: usize) -> String {
        self.bare(at).to_ascii_lowercase()
    }

    pub(super) fn is(&self, at: usize, known: &str) -> bool {
        self.bare(at).eq_ignore_ascii_case(known)
    }

    /// Whether such a word stands anywhere in the statement.
    pub(super) fn has(&self, known: &str) -> bool {
        self.first_of(&[known]).is_some()
    }

    /// Where the first of such words stands among all tokens.
    pub(super) fn first_of(&self, known: &[&str]) -> Option<usize> {
        self.tokens.iter().position(|token| token.is_one_of(known))
    }

    /// The name that comes at a place, or behind the words that may stand before one.
    pub(super) fn name(&self, at: usize) -> &'a str {
        match self.tokens.iter().skip(self.start + at).find(|token| !token.is_one_of(&BEFORE_A_NAME)) {
            Some(Token::Word(word) | Token::Text(word)) => word,
            _ => "",
        }
    }

    /// What comes behind the first such word.
    pub(super) fn after(&self, known: &str) -> Option<&'t [Token<'a>]> {
        self.first_of(&[known]).map(|at| &self.tokens[at + 1..])
    }

    /// All tables of a list, by the first and the last part of their names: `DROP TABLE a, b.c`.
    pub(super) fn tables(&self, at: usize) -> Vec<(&'a str, &'a str)> {
        let first = self.name(at);
        let from = || self.tokens.iter().skip(self.start + at);
        let start = from().position(|token| matches!(token, Token::Word(word) | Token::Text(word) if *word == first));
        let mut found: Vec<(&'a str, &'a str)> = Vec::new();
        let mut next = true;
        for token in from().skip(start.unwrap_or_default()) {
            match token {
                Token::Word(name) | Token::Text(name) if next => {
                    found.push((name, name));
                    next = false;
                }
                Token::Sign(b',') => next = true,
                Token::Sign(b'.') => {}
                Token::Word(name) | Token::Text(name) => match found.last_mut() {
                    Some(last) if !["cascade", "restrict", "restart"].iter().any(|w| name.eq_ignore_ascii_case(w)) => {
                        last.1 = name;
                    }
                    _ => break,
                },
                Token::Sign(_) => break,
            }
        }
        found
    }

    /// Whether the condition holds for each row: `where 1=1`, `where true`.
    pub(super) fn for_every_row(&self) -> bool {
        let Some(condition) = self.after("where") else { return false };
        let same = |a: &str, b: &str| a == b && a.bytes().all(|c| c.is_ascii_digit());
        match condition {
            [Token::Word(a), Token::Sign(b'='), Token::Word(b)] => same(a, b),
            [Token::Text(a), Token::Sign(b'='), Token::Text(b)] => a == b,
            [Token::Word(word)] => word.eq_ignore_ascii_case("true") || *word == "1",
            // `1 = 1 or …`, `… or 1 = 1`
            [Token::Word(a), Token::Sign(b'='), Token::Word(b), or @ Token::Word(_), ..]
            | [.., or @ Token::Word(_), Token::Word(a), Token::Sign(b'='), Token::Word(b)] => {
                same(a, b) && or.is_one_of(&["or"])
            }
            // `id is not null`: every row has its key; which rows have an address, only the table knows.
            [Token::Word(column), is, not, null @ Token::Word(_)] => {
                let column = column.rsplit('.').next().unwrap_or(column).to_ascii_lowercase();
                let key =
                    column.ends_with("id") || matches!(column.as_str(), "pk" | "rowid" | "ctid" | "created_at" | "key");
                let updates = self.tokens.first().is_some_and(|first| first.is_one_of(&["update"]));
                let guarded = ["password", "passwd", "token", "role", "admin"];
                let guards = |word: &str| guarded.iter().any(|known| word.to_ascii_lowercase().contains(known));
                let guards = |token: &Token<'_>| matches!(token, Token::Word(word) if guards(word));
                (key || !updates || self.tokens.iter().any(guards))
                    && is.is_one_of(&["is"])
                    && not.is_one_of(&["not"])
                    && null.is_one_of(&["null"])
            }
            _ => false,
        }
    }
}
