//! What one text undoes itself: tables that it makes and drops, rows that it rolls back.

use rustc_hash::FxHashSet;

use super::statements::{Statement, Token, statements};
use crate::facts::Call;
use crate::facts::analysis::Analysis;

/// Whether a text changes rows only to take it back: between BEGIN and a ROLLBACK at its end stand plain changes of rows
/// and nothing that ends the transaction earlier, is a client's own command or calls a function. Only where every table
/// is transactional (PostgreSQL's and SQLite's are).
pub(super) fn undone(made_by: &Call<'_>, text: &str) -> bool {
    // A program that the entry of another one stands for may read it otherwise.
    if !matches!(made_by.program, "psql" | "sqlite3")
        || made_by.program != made_by.verb
        || text.contains(['\\', '(', '/', '\'', '"', '$', ':', '`', '['])
        || text.to_ascii_lowercase().matches("rollback").count() != 1
    {
        return false;
    }
    let statements = statements(text);
    let [first, between @ .., last] = statements.as_slice() else { return false };
    let word = |statement: &Statement<'_>, index: usize| match statement.tokens.get(index) {
        Some(Token::Word(word)) => word.to_ascii_lowercase(),
        _ => String::new(),
    };
    let alone = |statement: &Statement<'_>, known: &str| {
        statement.meta.is_none() && statement.tokens.len() == 1 && word(statement, 0) == known
    };
    let changes = |statement: &Statement<'_>| {
        // PostgreSQL takes back what is done to tables, too.
        let table =
            || matches!(word(statement, 1).as_str(), "table" | "index" | "view") || word(statement, 0) == "truncate";
        statement.meta.is_none()
            && match word(statement, 0).as_str() {
                "delete" | "update" | "insert" | "select" => true,
                "truncate" | "drop" | "alter" | "create" => made_by.program == "psql" && table(),
                _ => false,
            }
    };
    alone(first, "begin") && alone(last, "rollback") && between.iter().all(changes)
}

impl<'a> Analysis<'a> {
    /// Notes the tables that a text creates: in a file of one's own, to drop one before is how it is made anew; and what a
    /// text creates that is run as a whole or not at all, it may drop.
    pub(super) fn tables_made_anew(&self, text: &'a str, call: u32) {
        let Some(made_by) = self.facts.calls.get(call as usize) else { return };
        if made_by.program == "sqlite3" {
            let statements = statements(text);
            self.tables_derived(&statements, call);
            self.tables_begun_again(&statements, text, call);
            return self.tables_rebuilt(&statements, call);
        }
        let demo = || made_by.words.get(1).is_some_and(|word| word.val.lit() == Some("demo"));
        let of_file = made_by.program == "duckdb" || made_by.program == "cockroach" && demo();
        // An error ends it: several statements of one `-c` are one transaction (psql(1)), and `-e` stops at the first
        // (mysql(1), `--force`).
        let whole = match made_by.program {
            "psql" => made_by.fields("-c").count() == 1 && made_by.fields("-f").next().is_none(),
            "mysql" | "mariadb" => {
                let forces = |text: &str| {
                    text.starts_with("--f") || text.starts_with('-') && !text.starts_with("--") && text.contains('f')
                };
                !made_by.words.iter().any(|word| word.val.lit().is_none_or(forces))
            }
            _ => false,
        };
        let given =
            || ["-c", "-e"].iter().flat_map(|name| made_by.fields(name)).any(|field| field.val.lit() == Some(text));
        // What goes on behind an error, or speaks of another table by the same name.
        let plain = || {
            let lower = text.to_ascii_lowercase();
            let more = [
                "rollback",
                "savepoint",
                "search_path",
                "/*",
                "--",
                "begin",
                "commit",
                "\\",
                "$$",
                "delimiter",
                "use ",
                "set ",
                "\"",
            ];
            !more.iter().any(|word| lower.contains(word))
        };
        if !(of_file || whole && given() && plain()) {
            return;
        }
        let mut dropped: Vec<&str> = Vec::new();
        for statement in statements(text) {
            let mut words = words_of(&statement);
            words.truncate(5);
            let is = |at: usize, word: &str| words.get(at).is_some_and(|said: &&str| said.eq_ignore_ascii_case(word));
            match words[..] {
                [_, _, name, ..] if is(0, "create") && is(1, "table") && (of_file || !dropped.contains(&name)) => {
                    self.made.borrow_mut().made_anew.insert((call, name));
                }
                // What was there before is gone with that.
                [_, _, _, _, name] if of_file && is(0, "create") && is(2, "replace") && is(3, "table") => {
                    self.made.borrow_mut().made_anew.insert((call, name));
                }
                [_, _, .., name] if is(0, "drop") && is(1, "table") => {
                    let created = self.made.borrow().made_anew.contains(&(call, name));
                    dropped.extend((!created).then_some(name));
                }
                _ => {}
            }
        }
    }

    /// Notes the tables that are made of others: what was in one before was made so, too.
    fn tables_derived(&self, statements: &[Statement<'a>], call: u32) {
        for statement in statements {
            if let [create, table, name, word, ..] = words_of(statement)[..]
                && [(create, "create"), (table, "table"), (word, "as")]
                    .iter()
                    .all(|(said, known)| said.eq_ignore_ascii_case(known))
            {
                self.made.borrow_mut().made_anew.insert((call, name));
            }
        }
    }

    /// Notes the tables that a text makes, whether they were there or not: `DROP TABLE IF EXISTS x; CREATE TABLE x …`, and
    /// `.import file x` (SQLite's documentation, "Command Line Shell For SQLite", 7.5).
    fn tables_begun_again(&self, statements: &[Statement<'a>], text: &'a str, call: u32) {
        let is = |word: &str, known: &str| word.eq_ignore_ascii_case(known);
        // From the last statement on, so that what is made later is known by then.
        let mut made: FxHashSet<String> = FxHashSet::default();
        let imports = text.lines().map(str::trim).filter(|line| line.starts_with(".import "));
        let imported: FxHashSet<&str> = imports.filter_map(|line| line.rsplit(' ').next()).collect();
        for statement in statements.iter().rev() {
            match words_of(statement)[..] {
                [create, table, name, ..] if is(create, "create") && is(table, "table") => {
                    made.insert(name.to_ascii_lowercase());
                }
                [drop, table, when, exists, name]
                    if is(drop, "drop")
                        && is(table, "table")
                        && is(when, "if")
                        && is(exists, "exists")
                        && (imported.contains(name) || made.contains(&name.to_ascii_lowercase())) =>
                {
                    self.made.borrow_mut().made_anew.insert((call, name));
                }
                _ => {}
            }
        }
    }

    /// Notes the tables whose rows all stand in another one that has their name, or gets it: so a table of SQLite's gets
    /// another form (SQLite's documentation, "ALTER TABLE", "Making Other Kinds Of Table Schema Changes").
    fn tables_rebuilt(&self, statements: &[Statement<'a>], call: u32) {
        let is = |word: &str, known: &str| word.eq_ignore_ascii_case(known);
        let renamed: FxHashSet<(String, String)> = statements
            .iter()
            .filter_map(|statement| match words_of(statement)[..] {
                [alter, table, old, rename, _, new]
                    if is(alter, "alter") && is(table, "table") && is(rename, "rename") =>
                {
                    Some((old.to_ascii_lowercase(), new.to_ascii_lowercase()))
                }
                _ => None,
            })
            .collect();
        if renamed.is_empty() {
            return;
        }
        let mut dropped: FxHashSet<String> = FxHashSet::default();
        for statement in statements {
            let words = words_of(statement);
            if words.first().is_some_and(|word| is(word, "drop")) {
                dropped.extend(words.iter().map(|word| word.to_ascii_lowercase()));
            }
            // `CREATE TABLE new AS SELECT DISTINCT * FROM old`
            if let [create, table, to, .., from] = words[..]
                && is(create, "create")
                && is(table, "table")
                && matches!(statement.tokens.last(), Some(Token::Word(word)) if *word == from)
                && words[3..words.len() - 1]
                    .iter()
                    .all(|word| ["as", "select", "distinct", "from"].iter().any(|known| is(word, known)))
                && !dropped.contains(&from.to_ascii_lowercase())
                && renamed.contains(&(to.to_ascii_lowercase(), from.to_ascii_lowercase()))
            {
                self.made.borrow_mut().made_anew.insert((call, from));
            }
            // All rows: behind the table's name stands nothing.
            let [insert, into, to, .., before, from] = words[..] else { continue };
            let plain = is(insert, "insert") && is(into, "into") && is(before, "from");
            let once = words.iter().filter(|word| is(word, "from") || is(word, "select")).count() == 2;
            let last = matches!(statement.tokens.last(), Some(Token::Word(word)) if *word == from);
            let (new, old) = (to.to_ascii_lowercase(), from.to_ascii_lowercase());
            if plain && once && last && !dropped.contains(&old) && renamed.contains(&(new, old)) {
                self.made.borrow_mut().made_anew.insert((call, from));
            }
        }
    }
}

/// The words of a statement that are not quoted.
fn words_of<'a>(statement: &Statement<'a>) -> Vec<&'a str> {
    let words = statement.tokens.iter().filter_map(|token| match token {
        Token::Word(word) => Some(*word),
        _ => None,
    });
    words.collect()
}
