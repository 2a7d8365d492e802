//! What a statement makes the database's server run.

use super::statements::Token;
use crate::facts::Effect;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Taint, Val};

impl<'a> Analysis<'a> {
    /// A file of this machine that goes to the server: rows of `LOAD DATA LOCAL` and of `\\copy` (psql(1)).
    pub(super) fn sends_file(&mut self, path: Val<'a>, span: Span, call: u32) {
        let data = self.file_data(path, span, true);
        let asked = self.facts.calls.get(call as usize).and_then(|call| call.fields("-h").next());
        let host = asked.and_then(|field| field.val.lit()).unwrap_or("localhost");
        let target = self.host_target(Val::Lit(host));
        self.effect(Effect { data: data.taint, ..Effect::new(Kind::Send, target, call, span) });
    }

    /// Commands and code that a statement makes the server run, and files that it makes a client send. SQL Server's
    /// `xp_cmdshell` runs a command, and switching it on lets everybody do so.
    pub(super) fn server_commands(&mut self, tokens: &[Token<'a>], span: Span, call: u32) {
        let listed = |token: &Token<'_>, list: &'static str| matches!(token, Token::Word(word) if self.know.lists().has(list, &word.to_ascii_lowercase()));
        let is = |token: &Token<'_>, names: &[&str]| matches!(token, Token::Word(word) if names.iter().any(|name| word.eq_ignore_ascii_case(name)));
        // `LOAD DATA LOCAL INFILE 'path'` sends a file of this machine.
        if tokens.iter().any(|token| is(token, &["local"]))
            && let Some(at) = tokens.iter().position(|token| is(token, &["infile"]))
            && let Some(Token::Text(path)) = tokens.get(at + 1)
        {
            self.sends_file(Val::Lit(path), span, call);
        }
        for (at, token) in tokens.iter().enumerate() {
            if listed(token, "server-commands")
                && let Some(command) = tokens[at..].iter().find_map(Token::text)
            {
                self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            let of_c = is(token, &["language"]) && tokens.get(at + 1).is_some_and(|next| is(next, &["c"]));
            // MySQL's `CREATE FUNCTION … SONAME 'library'`
            if listed(token, "untrusted-languages") || of_c || is(token, &["soname"]) {
                self.plain_effect(Kind::Elevate, "the database's server", call, span, Taint::NONE, &["host-access"]);
            }
        }
        // SQLite's `load_extension('library')` (its manual, "Run-Time Loadable Extensions").
        for three in tokens.windows(3) {
            if let [function, Token::Sign(b'('), Token::Text(path)] = three
                && is(function, &["load_extension"])
            {
                self.code_file("native", Val::Lit(path), span, &Data::NOTHING, &mut Sink::new(), call);
            }
        }
        // DuckDB's and PostgreSQL's `LOAD 'library'`.
        if let [load, Token::Text(path)] = tokens
            && is(load, &["load"])
            && path.contains('/')
        {
            self.code_file("native", Val::Lit(path), span, &Data::NOTHING, &mut Sink::new(), call);
        }
        // ClickHouse's `executable('command', …)` (its manual, "executable Table Function").
        for three in tokens.windows(3) {
            if let [function, Token::Sign(b'('), Token::Text(command)] = three
                && is(function, &["executable"])
            {
                self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
            }
        }
        // SQLite's `edit(text, 'editor')` (its shell's manual, "The edit() SQL function").
        for five in tokens.windows(5) {
            if let [edit, Token::Sign(b'('), _, Token::Sign(b','), Token::Text(editor)] = five
                && is(edit, &["edit"])
            {
                self.shell_code(Val::Lit(editor), span, &Data::NOTHING, &mut Sink::new(), call);
            }
        }
        for (at, token) in tokens.iter().enumerate() {
            let (Token::Word(word) | Token::Text(word)) = token else { continue };
            if !word.rsplit('.').next().is_some_and(|name| name.eq_ignore_ascii_case("xp_cmdshell")) {
                continue;
            }
            // `SELECT … WHERE name = 'xp_cmdshell'` only asks for it.
            let variable = |token: &Token<'_>| matches!(token, Token::Word(word) if word.starts_with('@'));
            // Statements need nothing between them (Transact-SQL's reference, "Syntax conventions").
            let does = |token: &Token<'_>| is(token, &["exec", "execute", "sp_configure", "declare", "set", "insert"]);
            let asks = || {
                tokens.first().is_some_and(|first| is(first, &["select"]))
                    && !tokens.iter().any(|token| variable(token) || does(token))
            };
            if matches!(token, Token::Text(_)) && asks() {
                continue;
            }
            self.plain_effect(Kind::Elevate, "the database's server", call, span, Taint::NONE, &["host-access"]);
            if let Some(Token::Text(command)) = tokens.get(at + 1) {
                self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
            }
        }
    }
}
