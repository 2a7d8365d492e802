//! SQL as far as a guard needs it: which statements, on what, with which bounds.

mod anew;
mod assembled;
mod client;
mod server;
mod statements;

use crate::facts::Call;
pub(in crate::facts) use assembled::written_statement;
use assembled::{assembled, joined_texts};
use statements::{Token, statements};

use crate::facts::Effect;
use crate::facts::analysis::{Analysis, MORE};
use crate::facts::files::past::Voucher;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::targets::{Look, globs};
use crate::facts::value::{Data, Sink, Taint, Val};

impl<'a> Analysis<'a> {
    /// Reads SQL that is source `source`.
    pub fn sql(&mut self, text: &'a str, source: u32, call: u32) {
        let text = self.with_variables(text, call);
        let text = self.with_letters(text);
        // Two literals that stand side by side are one.
        let text = match text.contains("'||'") || text.contains("' || '") {
            true => self.bump.alloc_str(&text.replace("'||'", "").replace("' || '", "")),
            false => text,
        };
        let mut switched = self.reconnected == Some(call);
        // `select … \g |command`
        let piped = text.match_indices("\\g ").filter_map(|(at, sign)| {
            // Behind what it prints with: `\g (tuples_only) |command`.
            let rest = text[at + sign.len()..].trim_start();
            let rest = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest);
            let rest = rest.trim_start().strip_prefix('|')?;
            Some((at, text.len() - rest.len(), rest.lines().next().unwrap_or_default()))
        });
        for (at, from, command) in piped {
            let span = Span { source, start: at as u32, end: (from + command.len()) as u32 };
            let data = Data::unknown("a query", Taint::PRIVATE | Taint::OPAQUE);
            self.shell_code(Val::Lit(command.trim()), span, &data, &mut Sink::new(), call);
        }
        self.tables_made_anew(text, call);
        if self.facts.calls.get(call as usize).is_some_and(|call| anew::undone(call, text)) {
            return;
        }
        let whole = Span { source, start: 0, end: text.len() as u32 };
        let assembled = assembled(text).unwrap_or_else(|| {
            self.unread(whole, MORE, false);
            Vec::new()
        });
        for assembled in assembled {
            let assembled = self.bump.alloc_str(&assembled);
            let source = self.source(assembled, "sql", Some(whole));
            for statement in statements(assembled) {
                let span = Span { source, start: statement.start as u32, end: statement.end as u32 };
                self.statement(&statement.tokens, span, call, switched);
            }
        }
        for statement in statements(text) {
            let span = Span { source, start: statement.start as u32, end: statement.end as u32 };
            if let Some(meta) = statement.meta {
                self.made.borrow_mut().attached |= meta.contains(".open");
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

    /// `chr(68)||…` as the literal that it makes.
    fn with_letters(&self, text: &'a str) -> &'a str {
        const CALL: &str = "chr(";
        if !text.contains(CALL) {
            return text;
        }
        let mut parts = text.split(CALL);
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let letter = part.split_once(')').and_then(|(number, rest)| {
                let letter = char::from_u32(number.trim().parse().ok()?)?;
                // A quote would end the literal.
                Some((letter, rest)).filter(|(letter, _)| letter.is_ascii_alphanumeric() || *letter == ' ')
            });
            match letter {
                Some((letter, rest)) => out.extend(["'", letter.encode_utf8(&mut [0; 4]), "'", rest]),
                None => out.extend([CALL, part]),
            }
        }
        self.bump.alloc_str(&out)
    }

    /// The database that a grant is on: `ON DATABASE app`, `ON app.*`.
    fn granted_on(tokens: &[Token<'a>]) -> Option<&'a str> {
        let on = tokens.iter().position(|t| matches!(t, Token::Word(w) if w.eq_ignore_ascii_case("on")))?;
        match &tokens[on + 1..] {
            [Token::Word(kind), Token::Word(name) | Token::Text(name), ..] if kind.eq_ignore_ascii_case("database") => {
                Some(name)
            }
            [Token::Word(name) | Token::Text(name), Token::Sign(b'.'), ..] => Some(name),
            [Token::Word(name), ..] => name.split_once('.').map(|(database, _)| database),
            _ => None,
        }
    }

    /// Whether the script itself created a database.
    fn created_before(&self, name: &str) -> bool {
        let names = |call: &Call<'a>| call.words.iter().skip(1).any(|word| word.val.lit() == Some(name));
        self.made.borrow().own_databases.contains(name)
            || self.facts.calls.iter().any(|call| call.verb == "createdb" && names(call))
    }

    /// Whether a role is added that has no rights but those of everybody, and comes from this machine only, if it says so.
    fn plain_role(tokens: &[Token<'a>]) -> bool {
        let more = ["superuser", "createrole", "replication", "bypassrls", "in", "admin", "sysid"];
        tokens.iter().skip(2).all(|token| match token {
            Token::Word(word) => !more.iter().any(|known| word.eq_ignore_ascii_case(known)),
            Token::Text(text) => !text.contains('%'),
            Token::Sign(_) => true,
        })
    }

    /// Marks the roles that are added where the script creates a database and gives no rights on any other: so a project is
    /// set up.
    pub fn roles_of_own_databases(&mut self) {
        let own = |effect: &Effect<'_>| effect.marks.contains(&"own-database");
        let created = self.facts.effects.iter().any(|effect| effect.does == Kind::Migrate && own(effect));
        if !created && !self.facts.calls.iter().any(|call| call.verb == "createdb") {
            return;
        }
        let rights = self.facts.effects.iter().filter(|effect| effect.does == Kind::Grant);
        if rights.clone().all(|effect| own(effect) || effect.marks.contains(&"plain-role")) {
            for effect in self.facts.effects.iter_mut().filter(|effect| effect.marks.contains(&"plain-role")) {
                effect.mark(self.bump, "own-database");
            }
        }
    }

    /// Whether a grant is on a database that is there to be thrown away: `ON DATABASE app_test`, `ON app_dev.*`.
    /// Of a schema or a table, the one that this call chose.
    fn on_throwaway(&self, tokens: &[Token<'a>], call: u32) -> bool {
        // What is given on nothing is a role, which all databases of the server share.
        let on = tokens.iter().any(|token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case("on")));
        let chosen = || self.made.borrow().used.filter(|(by, _)| on && *by == call).map(|(_, name)| name);
        let Some(name) = Self::granted_on(tokens).or_else(chosen) else { return false };
        matches!(self.know.environments().of_words(name), "test" | "development")
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
                // MySQL takes double quotes for a text's, too.
                ("load_file", [Token::Sign(b'('), Token::Word(path), ..]) if path.contains('/') => (Kind::Read, *path),
                ("from", [Token::Text(path), ..]) if matches!(tokens.first(), Some(Token::Word(w)) if w.eq_ignore_ascii_case("copy")) => {
                    (Kind::Read, *path)
                }
                // DuckDB's `read_text(['a', 'b'])`: the one that is hidden, if one is.
                (
                    "read_text" | "read_blob" | "read_csv" | "read_json",
                    [Token::Sign(b'('), Token::Sign(b'['), list @ ..],
                ) => {
                    let texts = || {
                        list.iter().take_while(|t| **t != Token::Sign(b']')).filter_map(|token| match token {
                            Token::Text(path) => Some(*path),
                            _ => None,
                        })
                    };
                    let Some(path) = texts().find(|path| path.contains("/.")).or_else(|| texts().next()) else {
                        continue;
                    };
                    (Kind::Read, path)
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
                ("to", [Token::Text(path), ..]) if matches!(tokens.first(), Some(Token::Word(w)) if w.eq_ignore_ascii_case("copy")) => {
                    (Kind::Write, *path)
                }
                _ => continue,
            };
            // DuckDB and ClickHouse write to addresses too.
            if does == Kind::Write && (path.contains("://") || lower == "remote") {
                let host = self.host_target(Val::Lit(path));
                self.effect(Effect { data: Taint::PRIVATE, ..Effect::new(Kind::Send, host, call, span) });
            }
            // DuckDB's extension shellfs reads what a command writes.
            if let Some(command) = path.trim_end().strip_suffix('|').filter(|_| does == Kind::Read) {
                self.handed(command, span, call);
                continue;
            }
            if path.contains('/') && !path.contains("://") {
                let target = self.path_target(Val::Lit(path), Look::Not);
                self.effect(Effect { marks: &["sql"], ..Effect::new(does, target, call, span) });
                let whole = || self.facts.sources.get(span.source as usize).map_or("", |source| source.text);
                let texts: String = match lower.as_str() {
                    "attach" | "general_log_file" | "slow_query_log_file" => whole().to_owned(),
                    _ => tokens[..at].iter().filter_map(Token::text).collect(),
                };
                if does == Kind::Write && !texts.is_empty() {
                    self.planted(target, &Data::known(Val::Lit(self.bump.alloc_str(&texts))), span, call);
                }
            }
        }
    }

    /// Reads a text that a statement runs: each of its statements from where `begins` says, if it does.
    fn nested_statements(
        &mut self,
        text: &'a str,
        span: Span,
        call: u32,
        switched: bool,
        begins: impl Fn(&[Token<'a>]) -> Option<usize>,
    ) {
        if self.depth >= crate::limits::NESTING {
            self.unread(span, "statements within statements more than gate reads", false);
            return;
        }
        self.depth += 1;
        for inner in statements(text).iter().filter(|s| s.meta.is_none()) {
            self.server_commands(&inner.tokens, span, call);
            if let Some(tokens) = begins(&inner.tokens).and_then(|start| inner.tokens.get(start..)) {
                self.statement(tokens, span, call, switched);
            }
        }
        self.depth -= 1;
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
        // ClickHouse's `ALTER TABLE events DELETE WHERE 1`
        if verb == "alter" && word(start + 3) == "delete" {
            start += 3;
            verb = word(start);
        }
        // `PREPARE name AS DELETE …`
        if verb == "prepare"
            && let Some(at) = tokens.iter().position(|t| matches!(t, Token::Word(w) if w.eq_ignore_ascii_case("as")))
        {
            start = at + 1;
            verb = word(start);
        }
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
        let runs_text = runs_text.iter().any(|word| has(word));
        if runs_text {
            for text in joined_texts(tokens) {
                if text.contains(' ') {
                    let text: &'a str = self.bump.alloc_str(&text);
                    if has("xp_cmdshell") {
                        self.shell_code(Val::Lit(text), span, &Data::NOTHING, &mut Sink::new(), call);
                    }
                    self.nested_statements(text, span, call, switched, |tokens| {
                        if begins_block(tokens) { first_in_block(tokens) } else { Some(0) }
                    });
                }
            }
        }
        // Analysts make the tables of such files anew all day.
        let in_file = || {
            self.facts
                .calls
                .get(call as usize)
                .is_some_and(|call| matches!(call.program, "duckdb" | "sqlite3" | "clickhouse-local"))
        };
        let in_memory = || {
            let call = self.facts.calls.get(call as usize).filter(|_| in_file() && !self.made.borrow().attached);
            call.is_some_and(|call| call.fields("path").next().is_none())
        };
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
        // All tables of a list, by the first and the last part of their names: `DROP TABLE a, b.c`.
        let tables_after = |from: usize| -> Vec<(&'a str, &'a str)> {
            let first = name_after(from);
            let start =
                tokens.iter().skip(from).position(|t| matches!(t, Token::Word(w) | Token::Text(w) if *w == first));
            let mut found: Vec<(&'a str, &'a str)> = Vec::new();
            let mut next = true;
            for token in tokens.iter().skip(from + start.unwrap_or_default()) {
                match token {
                    Token::Word(name) | Token::Text(name) if next => {
                        found.push((name, name));
                        next = false;
                    }
                    Token::Sign(b',') => next = true,
                    Token::Sign(b'.') => {}
                    Token::Word(name) | Token::Text(name) => match found.last_mut() {
                        Some(last)
                            if !matches!(name.to_ascii_lowercase().as_str(), "cascade" | "restrict" | "restart") =>
                        {
                            last.1 = name;
                        }
                        _ => break,
                    },
                    Token::Sign(_) => break,
                }
            }
            found
        };
        self.made.borrow_mut().attached |= matches!(verb.as_str(), "attach" | "use");
        // A table of this session: nothing of it is anybody's.
        let own = |name: &str| self.made.borrow().tables.contains(name);
        if matches!(verb.as_str(), "delete" | "update" | "truncate") {
            let at = if verb == "update" { start + 1 } else { start + 2 };
            let named = name_after(if verb == "truncate" && object != "table" { start + 1 } else { at });
            if own(named) && !has("using") && tables_after(start + 1).len() < 2 {
                return;
            }
        }
        if verb == "create" && matches!(object.as_str(), "temp" | "temporary") && word(start + 2) == "table" {
            self.made.borrow_mut().tables.insert(name_after(start + 3));
        }
        let lists = self.know.lists();
        let passing = |(_, name): &(&str, &str)| {
            let name = name.to_ascii_lowercase();
            lists.items("passing-tables").any(|known| globs::text(known, &name))
        };
        let (does, target) = match verb.as_str() {
            // In memory, or a table of this session, which is found before another of its name.
            "drop"
                if object == "table"
                    && (in_memory() || {
                        // One whose name is not known is any.
                        let named = tables_after(start + 2);
                        let made = self.made.borrow();
                        let own = |name: &&str| made.tables.contains(name) || made.made_anew.contains(&(call, *name));
                        !named.is_empty() && named.iter().all(|(name, _)| own(name))
                    }) =>
            {
                return;
            }
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
                    "keyspace" | "space" => "database",
                    "catalog" => "schema",
                    // Snowflake's files, InfluxDB's tables, a graph's nodes.
                    "stream" | "topic" | "stage" | "measurement" | "series" | "graph" => "table",
                    _ => "object",
                };
                marks.push(kind);
                // A table may have been given such a name just before.
                let renames =
                    || self.facts.sources.iter().any(|source| source.text.to_ascii_lowercase().contains("rename"));
                let named = tables_after(start + 2);
                if kind == "table" && !named.is_empty() && named.iter().all(passing) && !renames() {
                    marks.push("passing");
                }
                (Kind::Drop, name_after(start + 2))
            }
            // SurrealDB's word for it.
            "remove" if matches!(object.as_str(), "table" | "database" | "namespace") => {
                marks.push(if object == "table" { "table" } else { "database" });
                (Kind::Drop, name_after(start + 2))
            }
            // MySQL's, and what it does each time is a statement too.
            "create" if object == "event" => {
                self.plain_effect(Kind::Schedule, name_after(start + 2), call, span, Taint::NONE, &["add"]);
                return;
            }
            "truncate" => {
                marks.push("truncate");
                marks.push("table");
                (Kind::Drop, name_after(start + 1))
            }
            "delete" => {
                if (!has("where") && !has("using") && !has("limit") || always_true(tokens))
                    && !passing(&("", name_after(start + 2)))
                {
                    marks.push("no-where");
                }
                (Kind::DeleteRows, name_after(start + 1))
            }
            // Neo4j's `MATCH (n) DETACH DELETE n`: a label, a property or a condition chooses.
            "match" if has("delete") => {
                let chooses = |token: &Token<'_>| matches!(token, Token::Sign(b':' | b'{'));
                if !has("where") && !tokens.iter().any(chooses) {
                    marks.push("no-where");
                }
                (Kind::DeleteRows, "nodes")
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
                match object.as_str() {
                    "user" | "role" => {
                        marks.push("role");
                        (Kind::Grant, name_after(start + 2))
                    }
                    // `ALTER SYSTEM SET name = value` is for the whole server (PostgreSQL manual, ALTER SYSTEM).
                    "system" => {
                        marks.push("server-setting");
                        (Kind::Configure, name_after(start + 3))
                    }
                    _ => (Kind::Migrate, name_after(start + 2)),
                }
            }
            // `SET GLOBAL name = OFF` (MySQL's manual, "SET Syntax for Variable Assignment"): the log that others rely on.
            "set" if (object == "global" || object == "sql_log_bin") && (has("off") || has("0")) => {
                marks.push("server-setting");
                (Kind::Configure, if object == "global" { name_after(start + 2) } else { "sql_log_bin" })
            }
            // `SET PASSWORD FOR name = …` (MySQL's manual, "SET PASSWORD Statement").
            "set" if object == "password" => {
                marks.push("role");
                (Kind::Grant, if word(start + 2) == "for" { name_after(start + 3) } else { "this account" })
            }
            "grant" | "revoke" if self.on_throwaway(tokens, call) => {
                marks.push("throwaway");
                (Kind::Grant, name_after(start + 1))
            }
            "grant"
                if Self::granted_on(tokens).is_some_and(|name| self.created_before(name))
                    && !tokens.contains(&Token::Text("%")) =>
            {
                marks.push("own-database");
                (Kind::Grant, name_after(start + 1))
            }
            "grant" | "revoke" => (Kind::Grant, if has("all") { "all" } else { name_after(start + 1) }),
            "create" => {
                if matches!(object.as_str(), "user" | "role") || word(start + 3) == "superuser" {
                    marks.push("role");
                    if Self::plain_role(&tokens[start..]) {
                        marks.push("plain-role");
                    }
                    (Kind::Grant, name_after(start + 2))
                } else if object == "database"
                    && !["if", "mysql", "postgres", "sys"].contains(&word(start + 2).as_str())
                {
                    let name = name_after(start + 2);
                    let client = self.facts.calls.get(call as usize);
                    let ends = client.is_some_and(|client| self.ends_at_errors(client));
                    let voucher = if ends { Voucher::Errors } else { Voucher::Chain };
                    let mut made = self.made.borrow_mut();
                    made.own_databases.insert(name);
                    let calls = made.created.entry(name).or_default();
                    // Once for each call, however often it says so.
                    if calls.last().is_none_or(|(last, _)| *last != call as usize) {
                        calls.push((call as usize, voucher));
                    }
                    drop(made);
                    marks.push("own-database");
                    (Kind::Migrate, name)
                } else if object == "or"
                    && word(start + 2) == "replace"
                    && matches!(word(start + 3).as_str(), "database" | "schema")
                {
                    marks.push("database");
                    (Kind::Drop, name_after(start + 4))
                } else if object == "or" && word(start + 2) == "replace" && word(start + 3) == "table" && !in_file() {
                    // What the table held before is gone.
                    marks.push("table");
                    (Kind::Drop, name_after(start + 4))
                } else {
                    (Kind::Migrate, name_after(start + 2))
                }
            }
            "copy" => {
                // COPY … TO/FROM PROGRAM 'command': PostgreSQL manual, COPY.
                if has("program") {
                    let rows = match has("to") {
                        true => Data::unknown("rows of the database", Taint::PRIVATE | Taint::OPAQUE),
                        false => Data::NOTHING,
                    };
                    for token in tokens {
                        if let Token::Text(text) = token {
                            self.shell_code(Val::Lit(text), span, &rows, &mut Sink::new(), call);
                        }
                    }
                }
                (Kind::Insert, name_after(start + 1))
            }
            "do" | "begin" | "call" | "execute" | "declare" => {
                // A block: what its text drops or deletes counts, though we do not follow its control flow.
                for text in tokens.iter().filter(|_| !runs_text).filter_map(Token::text) {
                    self.nested_statements(text, span, call, switched, first_in_block);
                }
                return;
            }
            "select" if has("outfile") || has("dumpfile") => {
                marks.push("file");
                (Kind::Write, "a file on the server")
            }
            "select" => {
                for (function, kind, on, marks) in FUNCTIONS {
                    if has(function) {
                        self.plain_effect(kind, on, call, span, Taint::NONE, marks);
                    }
                }
                let from = tokens.iter().position(|t| matches!(t, Token::Word(w) if w.eq_ignore_ascii_case("from")));
                let opens = |token: &Token<'_>| match token {
                    Token::Word(word) => {
                        let column = word.rsplit('.').next().unwrap_or(word).to_ascii_lowercase();
                        self.know.lists().has("columns-of-secrets", &column)
                    }
                    _ => false,
                };
                // `count(password)` gives none of them.
                let columns = tokens[..from.unwrap_or(0)].iter().enumerate();
                let shown = |at: usize| at == 0 || tokens[at - 1] != Token::Sign(b'(');
                if columns.filter(|(at, _)| shown(*at)).any(|(_, token)| opens(token)) {
                    marks.push("secrets");
                }
                (Kind::Query, name_after(from.map_or(usize::MAX - 1, |i| i + 1)))
            }
            // FLUSH PRIVILEGES and FLUSH TABLES of MySQL empty nothing.
            "flush" if matches!(object.as_str(), "privileges" | "tables" | "logs" | "hosts" | "status" | "binary") => {
                return;
            }
            "flush" | "reset" | "purge" => (Kind::Flush, name_after(start + 1)),
            "flushall" | "flushdb" => (Kind::Flush, "everything"),
            "shutdown" => (Kind::Shutdown, "the database server"),
            _ => return,
        };
        let marks = self.bump.alloc_slice_copy(&marks);
        self.plain_effect(does, target, call, span, Taint::NONE, marks);
    }
}

/// Functions that do more than to answer, what they do, and on what (PostgreSQL manual, 9.28).
const FUNCTIONS: [(&str, Kind, &str, &[&str]); 6] = [
    ("drop_chunks", Kind::Drop, "old rows of a table", &["table"]),
    ("cron.schedule", Kind::Schedule, "a job of the database", &["add"]),
    ("pg_terminate_backend", Kind::Kill, "database sessions", &["sql"]),
    ("pg_drop_replication_slot", Kind::Destroy, "replication slots", &["cloud"]),
    ("lo_import", Kind::Read, "a file on the server", &["sql"]),
    ("pg_read_file", Kind::Read, "a file on the server", &["sql"]),
];

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
        // Every row has its key; which rows have an address, only the table knows.
        [Token::Word(column), Token::Word(is), Token::Word(not), Token::Word(null)] => {
            let column = column.rsplit('.').next().unwrap_or(column).to_ascii_lowercase();
            let key =
                column.ends_with("id") || matches!(column.as_str(), "pk" | "rowid" | "ctid" | "created_at" | "key");
            let updates =
                tokens.first().is_some_and(|t| matches!(t, Token::Word(w) if w.eq_ignore_ascii_case("update")));
            let secret = |t: &Token<'_>| matches!(t, Token::Word(w) if ["password", "passwd", "token", "role", "admin"].iter().any(|s| w.to_ascii_lowercase().contains(s)));
            (key || !updates || tokens.iter().any(secret))
                && is.eq_ignore_ascii_case("is")
                && not.eq_ignore_ascii_case("not")
                && null.eq_ignore_ascii_case("null")
        }
        _ => false,
    }
}

/// Whether a statement opens a block (`BEGIN DELETE …`), whose own first word says nothing.
fn begins_block(tokens: &[Token<'_>]) -> bool {
    matches!(tokens.first(), Some(Token::Word(word)) if ["begin", "declare"].iter().any(|opens| word.eq_ignore_ascii_case(opens)))
}

/// Where a statement of a block begins to do harm, whatever control flow stands before it.
fn first_in_block(tokens: &[Token<'_>]) -> Option<usize> {
    let harms = ["drop", "truncate", "delete", "execute"];
    tokens.iter().position(
        |token| matches!(token, Token::Word(word) if harms.iter().any(|harm| word.eq_ignore_ascii_case(harm))),
    )
}
