//! Files that a statement names: functions that read or write them, `INTO OUTFILE`, `COPY`.

use std::borrow::Cow;

use super::phrase::Phrase;
use super::statements::Token;
use crate::facts::Effect;
use crate::facts::analysis::Analysis;
use crate::facts::fold::decode;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::value::{Data, Taint, Val};

/// What a function's or a clause's name at `at` does with which file (PostgreSQL manual, "Generic File Access Functions" and
/// COPY; MySQL's LOAD_FILE and SELECT … INTO; SQLite's, DuckDB's and ClickHouse's functions for files).
fn file_at<'a>(tokens: &[Token<'a>], at: usize, word: &str) -> Option<(Kind, &'a str)> {
    let copies = || Phrase::new(tokens).is(0, "copy");
    Some(match (word, &tokens[at + 1..]) {
        (
            "load_file"
            | "pg_read_file"
            | "pg_read_binary_file"
            | "readfile"
            | "read_text"
            | "read_csv"
            | "read_csv_auto"
            | "read_json"
            | "read_blob"
            | "lo_import"
            | "file"
            | "pg_ls_dir",
            [Token::Sign(b'('), Token::Text(path), ..],
        ) => (Kind::Read, *path),
        // MySQL takes double quotes for a text's, too.
        ("load_file", [Token::Sign(b'('), Token::Word(path), ..]) if path.contains('/') => (Kind::Read, *path),
        ("outfile" | "dumpfile", [Token::Word(path), ..]) if path.contains('/') => (Kind::Write, *path),
        ("from", [Token::Text(path), ..]) if copies() => (Kind::Read, *path),
        // DuckDB's `read_text(['a', 'b'])`: the one that is hidden, if one is.
        ("read_text" | "read_blob" | "read_csv" | "read_json", [Token::Sign(b'('), Token::Sign(b'['), list @ ..]) => {
            let texts = || list.iter().take_while(|token| **token != Token::Sign(b']')).filter_map(Token::text);
            (Kind::Read, texts().find(|path| path.contains("/.")).or_else(|| texts().next())?)
        }
        // ClickHouse's `INSERT INTO FUNCTION url('http://…')`
        ("url" | "s3" | "remote" | "remotesecure", [Token::Sign(b'('), Token::Text(path), ..]) if matches!(tokens[..at], [.., Token::Word(before)] if before.eq_ignore_ascii_case("function")) => {
            (Kind::Write, *path)
        }
        // MySQL's logs hold what it is asked, word for word: as a page that a web server runs, too.
        ("general_log_file" | "slow_query_log_file", [Token::Sign(b'='), Token::Text(path), ..])
            if !path.ends_with(".log") =>
        {
            (Kind::Write, *path)
        }
        // SQLite makes a file of the name.
        ("attach", [Token::Text(path), ..]) if path.contains('/') => (Kind::Write, *path),
        ("writefile" | "load_extension", [Token::Sign(b'('), Token::Text(path), ..])
        | ("outfile" | "dumpfile", [Token::Text(path), ..]) => (Kind::Write, *path),
        ("lo_export", [Token::Sign(b'('), _, Token::Sign(b','), Token::Text(path), ..]) => (Kind::Write, *path),
        ("to", [Token::Text(path), ..]) if copies() => (Kind::Write, *path),
        _ => return None,
    })
}

/// What a token of a query says that is written: a text, also between MySQL's double quotes, and `0x3c3f` as its letters.
fn written<'a>(token: &Token<'a>) -> Option<Cow<'a, str>> {
    match token {
        Token::Word(word) if word.contains(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.' | '$')) => {
            Some(Cow::Borrowed(*word))
        }
        Token::Word(word) => word.strip_prefix("0x").and_then(decode::hex).map(Cow::Owned),
        token => token.text().map(Cow::Borrowed),
    }
}

impl<'a> Analysis<'a> {
    /// Reads and writes of the files that a statement names.
    pub(super) fn files_of_sql(&mut self, tokens: &[Token<'a>], span: Span, call: u32) {
        for at in 0..tokens.len() {
            let Token::Word(word) = tokens[at] else { continue };
            let word = word.to_ascii_lowercase();
            let Some((does, path)) = file_at(tokens, at, &word) else { continue };
            // DuckDB and ClickHouse write to addresses too.
            if does == Kind::Write && (path.contains("://") || word == "remote") {
                let host = self.host_target(Val::Lit(path));
                self.effect(Effect { data: Taint::PRIVATE, ..Effect::new(Kind::Send, host, call, span) });
            }
            // DuckDB's extension shellfs reads what a command writes.
            if let Some(command) = path.trim_end().strip_suffix('|').filter(|_| does == Kind::Read) {
                self.handed(command, span, call);
                continue;
            }
            if (path.contains('/') || word == "writefile") && !path.contains("://") {
                let target = self.path_target(Val::Lit(path), Look::Not);
                self.effect(Effect { marks: &["sql"], ..Effect::new(does, target, call, span) });
                let whole = || self.facts.sources.get(span.source as usize).map_or("", |source| source.text);
                let texts: String = match word.as_str() {
                    "attach" | "general_log_file" | "slow_query_log_file" => whole().to_owned(),
                    _ => tokens[..at].iter().filter_map(written).collect(),
                };
                if does == Kind::Write && !texts.is_empty() {
                    self.planted(target, &Data::known(Val::Lit(self.bump.alloc_str(&texts))), span, call);
                }
            }
        }
    }
}
