//! SQL as far as a guard needs it: which statements, on what, with which bounds. Comments, quotes and dollar quotes
//! are read as PostgreSQL and MySQL do (PostgreSQL manual 4.1; MySQL manual 11.1), so that text is never taken for code.

use std::borrow::Cow;

use super::Effect;
use super::analysis::Analysis;
use super::knowledge::Kind;
use super::shell::ast::Span;
use super::target::Look;
use super::value::{Data, Sink, Taint, Val};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    Word(&'a str),
    /// A quoted string; names in double quotes or backquotes are words.
    Text(&'a str),
    Sign(u8),
}

struct Statement<'a> {
    tokens: Vec<Token<'a>>,
    start: usize,
    end: usize,
    /// A client's own command: `\! ls`, `.shell ls`.
    meta: Option<&'a str>,
}

impl<'a> Analysis<'a> {
    /// Reads SQL that is source `source`.
    pub fn sql(&mut self, text: &'a str, source: u32, call: u32) {
        let text = self.with_variables(text, call);
        let mut switched = self.reconnected == Some(call);
        // `select … \g |command`
        for (at, sign) in text.match_indices("\\g |") {
            let command = text[at + sign.len()..].lines().next().unwrap_or_default();
            let span = Span { source, start: at as u32, end: (at + sign.len() + command.len()) as u32 };
            let data = Data::unknown("a query", Taint::PRIVATE | Taint::OPAQUE);
            self.shell_code(Val::Lit(command.trim()), span, &data, &mut Sink::new(), call);
        }
        for assembled in assembled(text) {
            let assembled = self.bump.alloc_str(&assembled);
            let source = self.source(assembled, "sql", Some(Span { source, start: 0, end: text.len() as u32 }));
            for statement in statements(assembled) {
                let span = Span { source, start: statement.start as u32, end: statement.end as u32 };
                self.statement(&statement.tokens, span, call, switched);
            }
        }
        for statement in statements(text) {
            let span = Span { source, start: statement.start as u32, end: statement.end as u32 };
            if let Some(meta) = statement.meta {
                switched |= self.meta(meta, span, call);
                if switched {
                    self.reconnected = Some(call);
                }
                continue;
            }
            self.server_commands(&statement.tokens, span, call);
            self.statement(&statement.tokens, span, call, switched);
        }
    }

    /// SQL Server's `xp_cmdshell` runs a command on the server, and switching it on lets everybody do so.
    fn server_commands(&mut self, tokens: &[Token<'a>], span: Span, call: u32) {
        let is = |token: &Token<'_>, names: &[&str]| matches!(token, Token::Word(word) if names.iter().any(|name| word.eq_ignore_ascii_case(name)));
        // PostgreSQL runs these in a shell (its manual, 20.5), and code of these languages as the server.
        const COMMANDS: [&str; 5] = [
            "archive_command",
            "restore_command",
            "archive_cleanup_command",
            "recovery_end_command",
            "ssl_passphrase_command",
        ];
        const UNTRUSTED: [&str; 6] = ["plpython3u", "plpythonu", "plperlu", "plsh", "plpython2u", "pltclu"];
        // `LOAD DATA LOCAL INFILE 'path'` sends a file of this machine.
        if tokens.iter().any(|token| is(token, &["local"]))
            && let Some(at) = tokens.iter().position(|token| is(token, &["infile"]))
            && let Some(Token::Text(path)) = tokens.get(at + 1)
        {
            let data = self.file_data(Val::Lit(path), span, true);
            let host = self
                .facts
                .calls
                .get(call as usize)
                .and_then(|call| call.fields("-h").next())
                .and_then(|f| f.val.lit())
                .unwrap_or("localhost");
            let target = self.host_target(Val::Lit(host));
            self.effect(Effect { data: data.taint, ..Effect::new(Kind::Send, target, call, span) });
        }
        for (at, token) in tokens.iter().enumerate() {
            if is(token, &COMMANDS)
                && let Some(Token::Text(command)) = tokens[at..].iter().find(|token| matches!(token, Token::Text(_)))
            {
                self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            let of_c = is(token, &["language"]) && tokens.get(at + 1).is_some_and(|next| is(next, &["c"]));
            if is(token, &UNTRUSTED) || of_c {
                self.plain_effect(Kind::Elevate, "the database's server", call, span, Taint::NONE, &["host-access"]);
            }
        }
        for (at, token) in tokens.iter().enumerate() {
            let (Token::Word(word) | Token::Text(word)) = token else { continue };
            if !word.rsplit('.').next().is_some_and(|name| name.eq_ignore_ascii_case("xp_cmdshell")) {
                continue;
            }
            self.plain_effect(Kind::Elevate, "the database's server", call, span, Taint::NONE, &["host-access"]);
            if let Some(Token::Text(command)) = tokens.get(at + 1) {
                self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
            }
        }
    }

    /// psql's `:name` as what `-v name=value` says.
    fn with_variables(&self, text: &'a str, call: u32) -> &'a str {
        let Some(call) = self.facts.calls.get(call as usize).filter(|call| call.program == "psql") else { return text };
        let set = call.fields("-v").filter_map(|field| field.val.lit()?.split_once('='));
        let changed = set.fold(Cow::Borrowed(text), |text, (name, value)| {
            if text.contains(':') { Cow::Owned(text.replace(&format!(":{name}"), value)) } else { text }
        });
        match changed {
            Cow::Borrowed(text) => text,
            Cow::Owned(text) => self.bump.alloc_str(&text),
        }
    }

    fn meta(&mut self, meta: &'a str, span: Span, call: u32) -> bool {
        let (word, rest) = meta.split_once(char::is_whitespace).unwrap_or((meta, ""));
        // psql runs what stands in backquotes.
        if meta.starts_with('\\')
            && let Some(command) = rest.split('`').nth(1)
        {
            self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
        }
        match word {
            "\\!" | "\\shell" | "\\setshell" | ".shell" | ".system" | "system" => {
                self.shell_code(Val::Lit(rest.trim()), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            _ if word.starts_with("\\!") => {
                self.shell_code(Val::Lit(meta[2..].trim()), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            // `\o |command`: what is asked goes there.
            "\\o" | "\\out" | "\\g" if rest.trim_start().starts_with('|') => {
                let asked = self.facts.sources.get(span.source as usize).map_or("", |source| source.text);
                let texts: Vec<&str> = asked.split('\'').skip(1).step_by(2).collect();
                let texts = Data::known(Val::Lit(self.bump.alloc_str(&texts.join("\n"))));
                let command = rest.trim_start().trim_start_matches('|');
                self.shell_code(Val::Lit(command), span, &texts, &mut Sink::new(), call);
            }
            "\\i" | "\\ir" | ".read" | "source" => {
                let path = rest.trim().trim_matches('\'');
                self.code_file("sql", Val::Lit(path), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            // SQLite's `.load library`
            ".load" => {
                let path = rest.trim().trim_matches(['\'', '"']);
                self.code_file("native", Val::Lit(path), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            "\\c" | "\\connect" | ".open" | "use" => return true,
            "\\o" | "\\copy" | ".output" | ".once" => {
                let path = rest.trim().trim_matches(['\'', '"']);
                if word != "\\copy" && path.contains('/') && !path.starts_with('|') {
                    let target = self.path_target(Val::Lit(path), Look::Through);
                    self.effect(Effect::new(Kind::Write, target, call, span));
                }
                if let Some(command) = rest.trim().strip_prefix('|') {
                    self.shell_code(Val::Lit(command.trim()), span, &Data::NOTHING, &mut Sink::new(), call);
                }
                if let Some((_, program)) = rest.split_once("program ").or_else(|| rest.split_once("PROGRAM ")) {
                    self.shell_code(
                        Val::Lit(program.trim().trim_matches('\'')),
                        span,
                        &Data::NOTHING,
                        &mut Sink::new(),
                        call,
                    );
                }
            }
            _ => {}
        }
        false
    }

    /// Whether a grant is on a database that is there to be thrown away: `ON DATABASE app_test`, `ON app_dev.*`.
    fn on_throwaway(&self, tokens: &[Token<'a>]) -> bool {
        let on = tokens.iter().position(|t| matches!(t, Token::Word(w) if w.eq_ignore_ascii_case("on")));
        let Some(after) = on.map(|at| &tokens[at + 1..]) else { return false };
        let name = match after {
            [Token::Word(kind), Token::Word(name), ..] if kind.eq_ignore_ascii_case("database") => name,
            [Token::Word(name), Token::Sign(b'.'), ..] => name,
            [Token::Word(name), ..] if name.contains('.') => name,
            _ => return false,
        };
        matches!(self.know.places().environment_of_words(name), "test" | "development")
    }

    /// Files that a statement names: functions that read or write them, INTO OUTFILE, COPY (PostgreSQL manual, "Generic
    /// File Access Functions"; MySQL's LOAD_FILE and SELECT … INTO; SQLite's and DuckDB's functions for files).
    fn files_of_sql(&mut self, tokens: &[Token<'a>], span: Span, call: u32) {
        for at in 0..tokens.len() {
            let Token::Word(word) = tokens[at] else { continue };
            let lower = word.to_ascii_lowercase();
            let (does, path) = match (lower.as_str(), &tokens[at + 1..]) {
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
                ("writefile" | "load_extension", [Token::Sign(b'('), Token::Text(path), ..])
                | ("outfile" | "dumpfile", [Token::Text(path), ..]) => (Kind::Write, *path),
                ("lo_export", [Token::Sign(b'('), _, Token::Sign(b','), Token::Text(path), ..]) => (Kind::Write, *path),
                ("to", [Token::Text(path), ..]) if matches!(tokens.first(), Some(Token::Word(w)) if w.eq_ignore_ascii_case("copy")) => {
                    (Kind::Write, *path)
                }
                _ => continue,
            };
            if path.contains('/') && !path.contains("://") {
                let target = self.path_target(Val::Lit(path), Look::Not);
                self.effect(Effect { marks: &["sql"], ..Effect::new(does, target, call, span) });
            }
        }
    }

    fn statement(&mut self, tokens: &[Token<'a>], span: Span, call: u32, switched: bool) {
        let word = |index: usize| -> String {
            match tokens.get(index) {
                Some(Token::Word(word)) => word.to_ascii_lowercase(),
                _ => String::new(),
            }
        };
        let has = |wanted: &str| tokens.iter().any(|t| matches!(t, Token::Word(w) if w.eq_ignore_ascii_case(wanted)));
        let mut start = 0;
        if word(0) == "explain" {
            if !has("analyze") {
                return;
            }
            start = tokens.iter().position(|t| matches!(t, Token::Word(w) if matches!(w.to_ascii_lowercase().as_str(), "select" | "delete" | "update" | "insert" | "with"))).unwrap_or(1);
        }
        let mut verb = word(start);
        if verb == "with" {
            // A common table expression may delete.
            for candidate in ["delete", "update", "insert"] {
                if has(candidate) {
                    start = tokens
                        .iter()
                        .position(|t| matches!(t, Token::Word(w) if w.eq_ignore_ascii_case(candidate)))
                        .unwrap_or(start);
                    candidate.clone_into(&mut verb);
                    break;
                }
            }
        }
        self.files_of_sql(tokens, span, call);
        // Text that is run as SQL or as a command in its turn: EXECUTE, PREPARE, dblink_exec, \\gexec, xp_cmdshell.
        let runs_text = ["execute", "prepare", "dblink_exec", "dblink", "query_to_xml", "gexec", "exec", "execsql"];
        if runs_text.iter().any(|word| has(word)) {
            for text in joined_texts(tokens) {
                if text.contains(' ') {
                    let text: &'a str = self.bump.alloc_str(&text);
                    if has("xp_cmdshell") {
                        self.shell_code(Val::Lit(text), span, &Data::NOTHING, &mut Sink::new(), call);
                    }
                    if self.depth < crate::limits::NESTING {
                        self.depth += 1;
                        for inner in statements(text).iter().filter(|s| s.meta.is_none()) {
                            self.statement(&inner.tokens, span, call, switched);
                        }
                        self.depth -= 1;
                    }
                }
            }
        }
        let mut marks: Vec<&'a str> = vec!["sql"];
        if switched {
            marks.push("connected-elsewhere");
        }
        let object = word(start + 1);
        let name_after = |from: usize| -> &'a str {
            let mut index = from;
            while matches!(
                word(index).as_str(),
                "if" | "exists"
                    | "only"
                    | "concurrently"
                    | "table"
                    | "not"
                    | "temporary"
                    | "materialized"
                    | "from"
                    | "into"
            ) {
                index += 1;
            }
            match tokens.get(index) {
                Some(Token::Word(word) | Token::Text(word)) => word,
                _ => "",
            }
        };
        let (does, target) = match verb.as_str() {
            "drop" => {
                let kind = match object.as_str() {
                    "table" => "table",
                    "database" => "database",
                    "schema" => "schema",
                    "owned" => "schema",
                    "view" | "materialized" => "view",
                    "index" => "index",
                    // Oracle's users own the tables that `CASCADE` drops with them.
                    "user" if has("cascade") => "schema",
                    "user" | "role" => "role",
                    "keyspace" => "database",
                    _ => "object",
                };
                marks.push(kind);
                (Kind::Drop, name_after(start + 2))
            }
            "truncate" => {
                marks.push("truncate");
                marks.push("table");
                (Kind::Drop, name_after(start + 1))
            }
            "delete" => {
                if !has("where") && !has("using") && !has("limit") || always_true(tokens) {
                    marks.push("no-where");
                }
                (Kind::DeleteRows, name_after(start + 1))
            }
            "update" => {
                if !has("where") || always_true(tokens) {
                    marks.push("no-where");
                }
                (Kind::Update, name_after(start + 1))
            }
            "insert" | "replace" | "merge" | "upsert" | "load" => (Kind::Insert, name_after(start + 1)),
            "alter" => {
                if object == "table" && has("disable") && (has("security") || has("trigger")) {
                    marks.push("guard-off");
                }
                if has("drop") && object == "table" {
                    marks.push("drop-column");
                }
                if matches!(object.as_str(), "user" | "role") {
                    marks.push("role");
                    (Kind::Grant, name_after(start + 2))
                } else {
                    (Kind::Migrate, name_after(start + 2))
                }
            }
            "grant" | "revoke" if self.on_throwaway(tokens) => {
                marks.push("throwaway");
                (Kind::Grant, name_after(start + 1))
            }
            "grant" | "revoke" => (Kind::Grant, if has("all") { "all" } else { name_after(start + 1) }),
            "create" => {
                if matches!(object.as_str(), "user" | "role") || word(start + 3) == "superuser" {
                    marks.push("role");
                    (Kind::Grant, name_after(start + 2))
                } else {
                    (Kind::Migrate, name_after(start + 2))
                }
            }
            "copy" => {
                // COPY … TO/FROM PROGRAM 'command': PostgreSQL manual, COPY.
                if has("program") {
                    for token in tokens {
                        if let Token::Text(text) = token {
                            self.shell_code(Val::Lit(text), span, &Data::NOTHING, &mut Sink::new(), call);
                        }
                    }
                }
                (Kind::Insert, name_after(start + 1))
            }
            "do" | "begin" | "call" | "execute" | "declare" => {
                // A block: what its text drops or deletes counts, though we do not follow its control flow.
                for token in tokens {
                    if let Token::Text(text) = token {
                        for inner in statements(text) {
                            let skip = inner.tokens.iter().position(|t| matches!(t, Token::Word(w) if matches!(w.to_ascii_lowercase().as_str(), "drop" | "truncate" | "delete" | "execute")));
                            if let Some(skip) = skip {
                                self.statement(&inner.tokens[skip..], span, call, switched);
                            }
                        }
                    }
                }
                return;
            }
            "select" if has("outfile") || has("dumpfile") => {
                marks.push("file");
                (Kind::Write, "a file on the server")
            }
            "select" => {
                for (function, kind) in
                    [("pg_terminate_backend", Kind::Kill), ("lo_import", Kind::Read), ("pg_read_file", Kind::Read)]
                {
                    if has(function) {
                        self.plain_effect(kind, function_name(function), call, span, Taint::NONE, &["sql"]);
                    }
                }
                (
                    Kind::Query,
                    name_after(
                        tokens
                            .iter()
                            .position(|t| matches!(t, Token::Word(w) if w.eq_ignore_ascii_case("from")))
                            .map_or(usize::MAX - 1, |i| i + 1),
                    ),
                )
            }
            // FLUSH PRIVILEGES and FLUSH TABLES of MySQL empty nothing.
            "flush" if matches!(object.as_str(), "privileges" | "tables" | "logs" | "hosts" | "status" | "binary") => {
                return;
            }
            "flush" | "reset" | "purge" => (Kind::Flush, name_after(start + 1)),
            "flushall" | "flushdb" => (Kind::Flush, "everything"),
            "shutdown" => (Kind::Shutdown, "the database server"),
            "vacuum" | "analyze" | "show" | "describe" | "desc" | "set" | "use" | "pragma" | "commit" | "rollback"
            | "start" | "values" | "" => return,
            _ => return,
        };
        let marks = self.bump.alloc_slice_copy(&marks);
        self.plain_effect(does, target, call, span, Taint::NONE, marks);
    }
}

/// Stands for a name in a statement that is put together from texts.
const COMPUTED: &str = "computed";

/// The texts of a statement, put together where `||` joins them; what is no text there is some name.
fn joined_texts(tokens: &[Token<'_>]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut joins = false;
    for (at, token) in tokens.iter().enumerate() {
        let after_bars = matches!(tokens[..at], [.., Token::Sign(b'|'), Token::Sign(b'|')]);
        match (token, out.last_mut()) {
            (Token::Text(text), Some(last)) if joins && after_bars => last.push_str(text),
            (Token::Text(text), _) => {
                out.push((*text).to_owned());
                joins = true;
            }
            (Token::Word(_), Some(last)) if joins && after_bars => last.push_str(COMPUTED),
            (Token::Sign(b';' | b','), _) => joins = false,
            _ => {}
        }
    }
    for text in &mut out {
        for hole in ["%I", "%L", "%s"] {
            *text = text.replace(hole, COMPUTED);
        }
        if text.ends_with(' ') {
            text.push_str(COMPUTED);
        }
    }
    out
}

/// Statements that are put together out of texts and then run: `select 'dr' || 'op …' \\gexec`, `EXECUTE concat(…)`, `PREPARE
/// p FROM 0x64…`.
fn assembled(text: &str) -> Vec<String> {
    let lower = text.to_ascii_lowercase();
    if !["\\gexec", "execute", "prepare", "sp_executesql"].iter().any(|word| lower.contains(word)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for statement in statements(text) {
        let texts: String = statement
            .tokens
            .iter()
            .filter_map(|t| if let Token::Text(text) = t { Some(*text) } else { None })
            .collect();
        found.push(texts);
        let hex = statement
            .tokens
            .iter()
            .filter_map(|t| if let Token::Word(word) = t { word.strip_prefix("0x") } else { None });
        found.extend(hex.filter_map(super::fold::decode_hex));
        // `decode('44524f50…', 'hex')`
        let digits = |text: &&&str| text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let texts = statement.tokens.iter().filter_map(|t| if let Token::Text(text) = t { Some(text) } else { None });
        found.extend(texts.filter(digits).filter_map(|text| super::fold::decode_hex(text)));
        // The body of `DO $$ … $$`.
        for token in &statement.tokens {
            if let Token::Text(body) = token
                && body.to_ascii_lowercase().contains("execute")
                && body.len() < text.len()
            {
                found.extend(assembled(body));
            }
        }
    }
    found.retain(|text| text.contains(' '));
    found
}

/// The destructive statement that a query writes instead of running it: `select 'drop table '||tablename from pg_tables`.
pub(super) fn written_statement(text: &str) -> Option<String> {
    let writes = |statement: &Statement<'_>| matches!(statement.tokens.first(), Some(Token::Word(word)) if word.eq_ignore_ascii_case("select"));
    let read = statements(text);
    read.iter().filter(|s| writes(s)).flat_map(|s| joined_texts(&s.tokens)).find(|text| {
        let first = text.split_whitespace().next().unwrap_or("").to_ascii_lowercase();
        matches!(first.as_str(), "drop" | "truncate" | "delete" | "revoke")
    })
}

fn function_name(name: &str) -> &'static str {
    match name {
        "pg_terminate_backend" => "database sessions",
        _ => "a file on the server",
    }
}

/// `where 1=1`, `where true`
fn always_true(tokens: &[Token<'_>]) -> bool {
    let Some(at) = tokens.iter().position(|t| matches!(t, Token::Word(w) if w.eq_ignore_ascii_case("where"))) else {
        return false;
    };
    match &tokens[at + 1..] {
        [Token::Word(a), Token::Sign(b'='), Token::Word(b)] => a == b && a.bytes().all(|c| c.is_ascii_digit()),
        [Token::Text(a), Token::Sign(b'='), Token::Text(b)] => a == b,
        [Token::Word(w)] => w.eq_ignore_ascii_case("true") || *w == "1",
        // `1 = 1 or …`, `… or 1 = 1`, `id is not null`
        [Token::Word(a), Token::Sign(b'='), Token::Word(b), Token::Word(or), ..] => {
            a == b && a.bytes().all(|c| c.is_ascii_digit()) && or.eq_ignore_ascii_case("or")
        }
        [.., Token::Word(or), Token::Word(a), Token::Sign(b'='), Token::Word(b)] => {
            a == b && a.bytes().all(|c| c.is_ascii_digit()) && or.eq_ignore_ascii_case("or")
        }
        [Token::Word(_), Token::Word(is), Token::Word(not), Token::Word(null)] => {
            is.eq_ignore_ascii_case("is") && not.eq_ignore_ascii_case("not") && null.eq_ignore_ascii_case("null")
        }
        _ => false,
    }
}

fn statements(text: &str) -> Vec<Statement<'_>> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut i = 0;
    let mut depth = 0_usize;
    while i < bytes.len() {
        let rest = &text[i..];
        match bytes[i] {
            b'\n' | b' ' | b'\t' | b'\r' => i += 1,
            b'-' if rest.starts_with("--") => i += line_end(rest),
            b'#' => i += line_end(rest),
            b'/' if rest.starts_with("/*!") => {
                // MySQL runs what stands in such a comment.
                i += 3;
                while i < bytes.len() && bytes[i].is_ascii_digit() {
                    i += 1;
                }
            }
            b'*' if rest.starts_with("*/") => i += 2,
            b'/' if rest.starts_with("/*") => i += rest[2..].find("*/").map_or(rest.len(), |n| n + 4),
            b'\\' | b'.'
                if tokens.is_empty()
                    && (bytes[i] == b'\\' || (i + 1 < bytes.len() && bytes[i + 1].is_ascii_alphabetic())) =>
            {
                let length = line_end(rest);
                out.push(Statement {
                    tokens: Vec::new(),
                    start: i,
                    end: i + length,
                    meta: Some(rest[..length].trim_end()),
                });
                i += length;
                start = i;
            }
            b'\\' if rest.starts_with("\\gexec") || rest.starts_with("\\g") => i += line_end(rest),
            quote @ (b'\'' | b'"' | b'`') => {
                let mut j = i + 1;
                while j < bytes.len() {
                    if bytes[j] == quote {
                        if bytes.get(j + 1) == Some(&quote) {
                            j += 1;
                        } else {
                            break;
                        }
                    } else if bytes[j] == b'\\' && quote == b'\'' {
                        j += 1;
                    }
                    j += 1;
                }
                let inner = text.get(i + 1..j.min(text.len())).unwrap_or("");
                tokens.push(if quote == b'\'' { Token::Text(inner) } else { Token::Word(inner) });
                i = (j + 1).min(bytes.len());
            }
            b'$' if dollar(rest).is_some() => {
                let tag = dollar(rest).unwrap_or("$$");
                let body_start = i + tag.len();
                let length = text[body_start..].find(tag).unwrap_or(text.len() - body_start);
                tokens.push(Token::Text(&text[body_start..body_start + length]));
                i = (body_start + length + tag.len()).min(bytes.len());
            }
            b';' if depth == 0 => {
                if !tokens.is_empty() {
                    out.push(Statement { tokens: std::mem::take(&mut tokens), start, end: i, meta: None });
                }
                i += 1;
                start = i;
            }
            byte if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 => {
                let length = rest
                    .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '$')))
                    .unwrap_or(rest.len())
                    .max(rest.chars().next().map_or(1, char::len_utf8));
                if tokens.is_empty() {
                    start = i;
                    if matches!(&rest[..length], "system" | "source" | "use" | "USE") {
                        let line = line_end(rest).min(rest.find(';').unwrap_or(rest.len()));
                        out.push(Statement {
                            tokens: Vec::new(),
                            start: i,
                            end: i + line,
                            meta: Some(rest[..line].trim_end()),
                        });
                        i += line;
                        continue;
                    }
                }
                tokens.push(Token::Word(&rest[..length]));
                i += length;
            }
            byte => {
                if byte == b'(' {
                    depth += 1;
                } else if byte == b')' {
                    depth = depth.saturating_sub(1);
                }
                tokens.push(Token::Sign(byte));
                i += 1;
            }
        }
    }
    if !tokens.is_empty() {
        out.push(Statement { tokens, start, end: text.len(), meta: None });
    }
    out
}

fn line_end(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// `$tag$`
fn dollar(text: &str) -> Option<&str> {
    let end = text[1..].find('$')? + 2;
    text[1..end - 1].bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_').then(|| &text[..end])
}
