//! What a statement does, and to what.

use super::phrase::Phrase;
use super::roles::is_plain_role;
use super::statements::Token;
use crate::facts::analysis::Analysis;
use crate::facts::files::past::Voucher;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::targets::globs;
use crate::facts::value::{Data, Sink, Taint, Val};

/// Functions that do more than to answer, what they do, and on what (PostgreSQL manual, 9.28).
const FUNCTIONS: [(&str, Kind, &str, &[&str]); 7] = [
    ("pg_promote", Kind::Configure, "replication", &["server-setting"]),
    ("drop_chunks", Kind::Drop, "old rows of a table", &["table"]),
    ("cron.schedule", Kind::Schedule, "a job of the database", &["add"]),
    ("pg_terminate_backend", Kind::Kill, "database sessions", &["sql"]),
    ("pg_drop_replication_slot", Kind::Destroy, "replication slots", &["cloud"]),
    ("lo_import", Kind::Read, "a file on the server", &["sql"]),
    ("pg_read_file", Kind::Read, "a file on the server", &["sql"]),
];

/// What is done, and the name of what it is done to.
type Deed<'a> = (Kind, &'a str);

/// What is said of a statement's effect.
type Marks = Vec<&'static str>;

impl<'a> Analysis<'a> {
    /// What one statement does.
    pub(super) fn statement(&mut self, tokens: &[Token<'a>], span: Span, call: u32, switched: bool) {
        let Some(phrase) = Phrase::new(tokens).at_its_verb() else { return };
        self.files_of_sql(tokens, span, call);
        if self.texts_run(&phrase, span, call, switched) {
            return;
        }
        self.made.borrow_mut().attached |= phrase.rest().first().is_some_and(|verb| verb.is_one_of(&["attach", "use"]));
        if phrase.is(0, "create") && (phrase.is(1, "temp") || phrase.is(1, "temporary")) && phrase.is(2, "table") {
            self.made.borrow_mut().tables.insert(phrase.name(3));
        }
        let mut marks = vec!["sql"];
        if switched {
            marks.push("connected-elsewhere");
        }
        let deed = match phrase.word(0).as_str() {
            "drop" => self.dropped(&phrase, call, &mut marks),
            // SurrealDB's word for it.
            "remove" => {
                let kind = ["table", "database", "namespace"].into_iter().find(|kind| phrase.is(1, kind));
                kind.map(|kind| {
                    marks.push(if kind == "table" { kind } else { "database" });
                    (Kind::Drop, phrase.name(2))
                })
            }
            "truncate" | "delete" | "update" | "match" => self.rows_changed(&phrase, &mut marks),
            "insert" | "replace" | "merge" | "upsert" | "load" => Some((Kind::Insert, phrase.name(1))),
            "alter" => Some(altered(&phrase, &mut marks)),
            "set" => set(&phrase, &mut marks),
            "grant" | "revoke" => match self.mark_of_grant(&phrase, call) {
                Some(mark) => {
                    marks.push(mark);
                    Some((Kind::Grant, phrase.name(1)))
                }
                None => Some((Kind::Grant, if phrase.has("all") { "all" } else { phrase.name(1) })),
            },
            // MySQL's, and what it does each time is a statement too.
            "create" if phrase.is(1, "event") => {
                return self.plain_effect(Kind::Schedule, phrase.name(2), call, span, Taint::NONE, &["add"]);
            }
            "create" => Some(self.created(&phrase, call, &mut marks)),
            "copy" => {
                self.program_of_copy(&phrase, span, call);
                Some((Kind::Insert, phrase.name(1)))
            }
            "select" => Some(self.selected(&phrase, span, call, &mut marks)),
            // FLUSH PRIVILEGES and FLUSH TABLES of MySQL empty nothing.
            "flush" => {
                let nothing = ["privileges", "tables", "logs", "hosts", "status", "binary"];
                (!nothing.iter().any(|kind| phrase.is(1, kind))).then(|| (Kind::Flush, phrase.name(1)))
            }
            "reset" | "purge" => Some((Kind::Flush, phrase.name(1))),
            "flushall" | "flushdb" => Some((Kind::Flush, "everything")),
            "shutdown" => Some((Kind::Shutdown, "the database server")),
            _ => administered(&phrase, &mut marks),
        };
        let Some((does, target)) = deed else { return };
        let marks = self.bump.alloc_slice_copy(&marks);
        self.plain_effect(does, target, call, span, Taint::NONE, marks);
    }

    fn dropped(&self, phrase: &Phrase<'_, 'a>, call: u32, marks: &mut Marks) -> Option<Deed<'a>> {
        let tables = phrase.tables(2);
        // A table of this session is found before another of its name; one whose name is not known is any.
        let made_here = |(name, _): &(&'a str, &str)| {
            let made = self.made.borrow();
            made.tables.contains(name) || made.made_anew.contains(&(call, *name))
        };
        let own = || self.in_memory(call) || !tables.is_empty() && tables.iter().all(made_here);
        if phrase.is(1, "table") && own() {
            return None;
        }
        let kind = match phrase.word(1).as_str() {
            "table" => "table",
            "database" => "database",
            "schema" => "schema",
            "owned" => "schema",
            "view" | "materialized" => "view",
            "index" => "index",
            // Oracle's users own the tables that `CASCADE` drops with them; so does what an extension's types are in.
            "user" | "extension" if phrase.has("cascade") => "schema",
            "tablespace" if phrase.has("contents") => "database",
            "user" | "role" => "role",
            "keyspace" | "space" => "database",
            "catalog" => "schema",
            // Snowflake's files, InfluxDB's tables, a graph's nodes.
            "stream" | "topic" | "stage" | "measurement" | "series" | "graph" => "table",
            _ => "object",
        };
        marks.push(kind);
        // A table may have been given such a name just before.
        let renames = || self.facts.sources.iter().any(|source| source.text.to_ascii_lowercase().contains("rename"));
        if kind == "table" && !tables.is_empty() && tables.iter().all(|(_, name)| self.is_passing(name)) && !renames() {
            marks.push("passing");
        }
        Some((Kind::Drop, phrase.name(2)))
    }

    /// Rows that are deleted, emptied or changed. Nothing where the table is one of this session, for nothing of it is
    /// anybody's.
    fn rows_changed(&self, phrase: &Phrase<'_, 'a>, marks: &mut Marks) -> Option<Deed<'a>> {
        let verb = phrase.word(0);
        let named = match verb.as_str() {
            "update" => phrase.name(1),
            "truncate" if !phrase.is(1, "table") => phrase.name(1),
            _ => phrase.name(2),
        };
        let of_session = || self.made.borrow().tables.contains(named);
        if verb != "match" && of_session() && !phrase.has("using") && phrase.tables(1).len() < 2 {
            return None;
        }
        let bounded = |by: &[&str]| phrase.first_of(by).is_some() && !phrase.for_every_row();
        match verb.as_str() {
            "truncate" => {
                marks.extend(["truncate", "table"]);
                Some((Kind::Drop, phrase.name(1)))
            }
            "delete" => {
                if !bounded(&["where", "using", "limit"]) && !self.is_passing(phrase.name(1)) {
                    marks.push("no-where");
                }
                Some((Kind::DeleteRows, phrase.name(1)))
            }
            "update" => {
                if !bounded(&["where"]) {
                    marks.push("no-where");
                }
                if self.gives_rights(phrase) {
                    marks.push("rights");
                }
                Some((Kind::Update, phrase.name(1)))
            }
            // Neo4j's `MATCH (n) DETACH DELETE n`: a label, a property or a condition chooses.
            _ if phrase.has("delete") => {
                let chooses = |token: &Token<'_>| matches!(token, Token::Sign(b':' | b'{'));
                if !phrase.has("where") && !phrase.tokens.iter().any(chooses) {
                    marks.push("no-where");
                }
                Some((Kind::DeleteRows, "nodes"))
            }
            _ => None,
        }
    }

    fn created(&mut self, phrase: &Phrase<'_, 'a>, call: u32, marks: &mut Marks) -> Deed<'a> {
        if phrase.is(1, "user") || phrase.is(1, "role") || phrase.is(3, "superuser") {
            marks.push("role");
            if is_plain_role(phrase) {
                marks.push("plain-role");
            }
            return (Kind::Grant, phrase.name(2));
        }
        let of_server = ["if", "mysql", "postgres", "sys"];
        if phrase.is(1, "database") && !of_server.iter().any(|name| phrase.is(2, name)) {
            self.creates_database(phrase.name(2), call);
            marks.push("own-database");
            return (Kind::Migrate, phrase.name(2));
        }
        // What it held before is gone; analysts make the tables of a file anew all day.
        let replaced = if phrase.is(1, "or") && phrase.is(2, "replace") { phrase.word(3) } else { String::new() };
        let mark = match replaced.as_str() {
            "database" | "schema" => "database",
            "table" if !self.in_file(call) => "table",
            _ => return (Kind::Migrate, phrase.name(2)),
        };
        marks.push(mark);
        (Kind::Drop, phrase.name(4))
    }

    /// Notes that a call creates a database.
    fn creates_database(&mut self, name: &'a str, call: u32) {
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
    }

    /// The command of `COPY … TO/FROM PROGRAM 'command'` (PostgreSQL manual, COPY).
    fn program_of_copy(&mut self, phrase: &Phrase<'_, 'a>, span: Span, call: u32) {
        if !phrase.has("program") {
            return;
        }
        let rows = match phrase.has("to") {
            true => Data::unknown("rows of the database", Taint::PRIVATE | Taint::OPAQUE),
            false => Data::NOTHING,
        };
        for text in phrase.tokens.iter().filter_map(Token::text) {
            self.shell_code(Val::Lit(text), span, &rows, &mut Sink::new(), call);
        }
    }

    fn selected(&mut self, phrase: &Phrase<'_, 'a>, span: Span, call: u32, marks: &mut Marks) -> Deed<'a> {
        if phrase.first_of(&["outfile", "dumpfile"]).is_some() {
            marks.push("file");
            return (Kind::Write, "a file on the server");
        }
        for (function, kind, on, marks) in FUNCTIONS {
            if phrase.has(function) {
                self.plain_effect(kind, on, call, span, Taint::NONE, marks);
            }
        }
        let from = phrase.first_of(&["from"]);
        let opens = |token: &Token<'_>| match token {
            Token::Word(word) => {
                let column = word.rsplit('.').next().unwrap_or(word).to_ascii_lowercase();
                self.know.lists().has("columns-of-secrets", &column)
            }
            _ => false,
        };
        // `count(password)` gives none of them.
        let columns = &phrase.tokens[..from.unwrap_or(0)];
        let shown = |at: usize| at == 0 || columns[at - 1] != Token::Sign(b'(');
        if columns.iter().enumerate().any(|(at, token)| shown(at) && opens(token)) {
            marks.push("secrets");
        }
        (Kind::Query, from.map_or("", |at| Phrase::new(phrase.tokens).name(at + 1)))
    }

    /// Whether a call's database is a file of one's own.
    fn in_file(&self, call: u32) -> bool {
        let client = self.facts.calls.get(call as usize);
        client.is_some_and(|client| matches!(client.program, "duckdb" | "sqlite3" | "clickhouse-local"))
    }

    /// Whether it is nowhere but in memory.
    fn in_memory(&self, call: u32) -> bool {
        let client = self.facts.calls.get(call as usize);
        // `jdbc:h2:mem:x`, and no other address (H2's documentation, "In-Memory Databases").
        let addresses = || self.facts.sources.iter().map(|source| source.text).filter(|text| text.contains("jdbc:"));
        let in_memory = |text: &str| {
            text.split("jdbc:").skip(1).all(|address| {
                ["h2:mem:", "hsqldb:mem:", "sqlite::memory:"].iter().any(|kind| address.starts_with(kind))
            })
        };
        if client.is_some_and(|client| self.know.lists().has("runs-java", client.program))
            && addresses().next().is_some()
        {
            let asks =
                |text: &str| ["getenv", "getProperty", "DataSource", "args["].iter().any(|word| text.contains(word));
            return addresses().all(|text| in_memory(text) && !asks(text));
        }
        self.in_file(call)
            && !self.made.borrow().attached
            && client.is_some_and(|client| client.fields("path").next().is_none())
    }

    /// Whether a table is called as those are that are made anew (a list in the packs).
    fn is_passing(&self, table: &str) -> bool {
        let table = table.to_ascii_lowercase();
        globs::listed(self.know.lists(), "passing-tables", &table)
    }
}

/// What only those do who run a server: a backup over what is there, replication, parts of a cluster.
fn administered<'a>(phrase: &Phrase<'_, 'a>, marks: &mut Marks) -> Option<Deed<'a>> {
    let (verb, object) = (phrase.word(0), phrase.word(1));
    match (verb.as_str(), object.as_str()) {
        // Transact-SQL's reference, "RESTORE" and "DBCC CHECKDB".
        ("restore", "database" | "log") => {
            marks.push("overwrite");
            Some((Kind::Restore, phrase.name(2)))
        }
        ("dbcc", _) if phrase.has("repair_allow_data_loss") => {
            marks.push("table");
            Some((Kind::Drop, "what it cannot repair"))
        }
        // MySQL's manual, "Statements for Controlling Replica Servers" and "UNINSTALL PLUGIN Statement".
        ("change", "master" | "replication") | ("stop", "slave" | "replica" | "group_replication") => {
            marks.push("server-setting");
            Some((Kind::Configure, "replication"))
        }
        ("uninstall", "plugin" | "component") => {
            marks.push("server-setting");
            Some((Kind::Configure, phrase.name(2)))
        }
        // ClickHouse's reference, "DETACH Statement".
        ("detach", "table") if phrase.has("permanently") => {
            marks.push("table");
            Some((Kind::Drop, phrase.name(2)))
        }
        _ => None,
    }
}

fn altered<'a>(phrase: &Phrase<'_, 'a>, marks: &mut Marks) -> Deed<'a> {
    let table = phrase.is(1, "table");
    if table && phrase.has("disable") && phrase.first_of(&["security", "trigger"]).is_some() {
        marks.push("guard-off");
    }
    if table && phrase.has("drop") {
        marks.push("drop-column");
    }
    match phrase.word(1).as_str() {
        "user" | "role" => {
            marks.push("role");
            (Kind::Grant, phrase.name(2))
        }
        // `ALTER SYSTEM SET name = value` is for the whole server (PostgreSQL manual, ALTER SYSTEM).
        "system" => {
            marks.push("server-setting");
            (Kind::Configure, phrase.name(3))
        }
        // What the logs held that were not applied is gone (Oracle's SQL reference, ALTER DATABASE).
        "database" if phrase.has("resetlogs") => {
            marks.push("database");
            (Kind::Drop, "what the logs hold")
        }
        _ => (Kind::Migrate, phrase.name(2)),
    }
}

fn set<'a>(phrase: &Phrase<'_, 'a>, marks: &mut Marks) -> Option<Deed<'a>> {
    match phrase.word(1).as_str() {
        // `SET GLOBAL name = OFF` (MySQL's manual, "SET Syntax for Variable Assignment"): the log that others rely on.
        object @ ("global" | "sql_log_bin") if phrase.first_of(&["off", "0"]).is_some() => {
            marks.push("server-setting");
            Some((Kind::Configure, if object == "global" { phrase.name(2) } else { "sql_log_bin" }))
        }
        // `SET PASSWORD FOR name = …` (MySQL's manual, "SET PASSWORD Statement").
        "password" => {
            marks.push("role");
            Some((Kind::Grant, if phrase.is(2, "for") { phrase.name(3) } else { "this account" }))
        }
        _ => None,
    }
}
