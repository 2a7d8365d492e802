//! What the clients of databases do themselves: psql's `\!` and variables, SQLite's `.shell`, mysql's `system`.

use super::statements::SHELL_WORDS;
use std::borrow::Cow;

use crate::facts::Effect;
use crate::facts::analysis::Analysis;
use crate::facts::fold;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::targets::paths::base_name;
use crate::facts::value::{Data, Sink, Taint, Val};
use crate::limits;

/// A longer value is text, and no part of a statement.
const LONGEST_VALUE: usize = 256;

/// Signs that hand a line to a shell: psql's and MySQL's, SQLite's, sqlcmd's (`:!!`), Hive's, Beeline's (`!sh`) and
/// Snowflake's (`!system`).
const SHELL_SIGNS: [&str; 10] =
    ["\\!", "\\shell", "\\setshell", ".shell", ".system", "!sh", "!system", "!shell", ":!!", "!!"];

/// SQLite's own commands that reach beyond the database, in the order in which it looks for them.
const DOTTED: [&str; 11] =
    [".backup", ".clone", ".dump", ".excel", ".import", ".load", ".once", ".output", ".read", ".shell", ".system"];

impl<'a> Analysis<'a> {
    /// psql's `:name` as what `-v name=value` says, and `\\set name value` (its manual, "Variables").
    pub(super) fn with_variables(&mut self, text: &'a str, call: u32) -> &'a str {
        let psql = self.facts.calls.get(call as usize).filter(|call| call.program == "psql");
        let Some(psql) = psql.filter(|_| text.contains(':')) else { return text };
        let mut set: Vec<(&'a str, Cow<'a, str>)> = psql
            .fields("-v")
            .filter_map(|field| field.val.lit()?.split_once('='))
            .map(|(name, value)| (name, Cow::Borrowed(value)))
            .collect();
        if set.is_empty() && !text.contains("\\set ") {
            return text;
        }
        let mut out = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            let setting = line.trim().strip_prefix("\\set ").map(|rest| rest.trim_start().split_once(' '));
            if let Some(Some((name, value))) = setting.filter(|_| set.len() < limits::VALUES) {
                if let Some(value) = self.value_set(value.trim(), call).filter(|value| value.len() <= LONGEST_VALUE) {
                    set.push((name, value));
                }
                out.push_str(line);
                continue;
            }
            let named = set.iter().rev().filter(|_| line.contains(':'));
            let line = named.fold(Cow::Borrowed(line), |line, (name, value)| {
                let name = format!(":{name}");
                if line.len() <= limits::WORD && line.contains(&name) {
                    Cow::Owned(fold::replaced(&line, &name, value, usize::MAX))
                } else {
                    line
                }
            });
            out.push_str(&line);
            if out.len() > limits::INPUT {
                return text;
            }
        }
        self.bump.alloc_str(&out)
    }

    /// What psql's variable is set to: a word, a text in quotes, or what a command in backquotes prints, if that is known.
    fn value_set(&mut self, value: &'a str, call: u32) -> Option<Cow<'a, str>> {
        if let Some(command) = value.strip_prefix('`') {
            let span = self.facts.calls.get(call as usize).map_or(Span::default(), |call| call.span);
            let mut printed = Sink::new();
            self.shell_code(Val::Lit(command.trim_end_matches('`')), span, &Data::NOTHING, &mut printed, call);
            let texts = printed.parts.iter().map(|data| data.text.and_then(|text| text.lit()));
            return texts.collect::<Option<Vec<_>>>().map(|texts| Cow::Owned(texts.concat().trim_end().to_owned()));
        }
        match value.strip_prefix('\'') {
            Some(text) => text.strip_suffix('\'').map(|text| Cow::Owned(text.replace("''", "'"))),
            None => Some(Cow::Borrowed(value)),
        }
    }

    /// A client's own command. Whether it goes to another database.
    pub(super) fn meta(&mut self, meta: &'a str, span: Span, call: u32) -> bool {
        let (word, rest) = meta.split_once(char::is_whitespace).unwrap_or((meta, ""));
        // SQLite and DuckDB take as much of a name as tells it from others (sqlite3's shell, "do_meta_command").
        let word = match word.len() {
            3.. if word.starts_with('.') => DOTTED.iter().find(|whole| whole.starts_with(word)).unwrap_or(&word),
            _ => word,
        };
        // psql runs what stands in backquotes.
        if meta.starts_with('\\')
            && let Some(command) = rest.split('`').nth(1)
        {
            self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
        }
        match word {
            _ if SHELL_SIGNS.contains(&word) || SHELL_WORDS.iter().any(|own| own.eq_ignore_ascii_case(word)) => {
                self.shell_code(Val::Lit(rest.trim()), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            _ if word.starts_with("\\!") => {
                self.shell_code(Val::Lit(meta[2..].trim()), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            _ if word.starts_with('!') => {
                let command = meta.trim_start_matches('!').trim().trim_end_matches(';');
                self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            // What the commands that it starts find in their environment.
            "\\setenv" => {
                if let Some((name, value)) = rest.trim().split_once(char::is_whitespace) {
                    let value = shell_words::quote(value.trim().trim_matches('\''));
                    let code = self.bump.alloc_str(&format!("export {name}={value}"));
                    self.shell_code(Val::Lit(code), span, &Data::NOTHING, &mut Sink::new(), call);
                }
            }
            // SQLite's, which write a file, the last word (sqlite3(1), `.help`).
            ".backup" | ".save" | ".clone" | ".log" | ".trace" | ".dump" | ".excel" if rest.contains('/') => {
                let path = rest.split_whitespace().next_back().unwrap_or_default().trim_matches(['\'', '"']);
                let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Through);
                self.effect(Effect::new(Kind::Write, target, call, span));
            }
            // `\o |command`: what is asked goes there.
            "\\o" | "\\out" | "\\g" | ".once" | ".output" if rest.trim_start().starts_with('|') => {
                let asked = self.facts.sources.get(span.source as usize).map_or("", |source| source.text);
                let texts: Vec<&str> = asked.split('\'').skip(1).step_by(2).collect();
                let asked = asked.to_ascii_lowercase();
                let of_a_table = asked.contains(" from ") && !asked.contains("values");
                let texts = match texts.is_empty() || of_a_table {
                    // What is asked stands elsewhere.
                    true if word.starts_with('.') && !of_a_table => Data::NOTHING,
                    true => Data::unknown("rows of a table", Taint::PRIVATE | Taint::OPAQUE),
                    false => Data::known(Val::Lit(self.bump.alloc_str(&texts.join("\n")))),
                };
                let command = rest.trim_start().trim_start_matches('|');
                self.shell_code(Val::Lit(command), span, &texts, &mut Sink::new(), call);
            }
            // SQLite's `.import "|command" table`, `.read '|command'`
            ".import" | ".once" | ".output" | ".read"
                if rest.trim_start().trim_start_matches(['"', '\'']).starts_with('|') =>
            {
                let command = rest.trim_start().trim_start_matches(['"', '\'', '|']);
                let end = command.find(['"', '\'']).unwrap_or(command.len());
                self.shell_code(Val::Lit(&command[..end]), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            // `.import FILE TABLE`
            ".import" => {
                if let Some(path) = rest.split_whitespace().find(|word| !word.starts_with("--")) {
                    let target = self.path_target(Val::Lit(path.trim_matches(['"', '\''])), Look::Through);
                    self.effect(Effect::new(Kind::Read, target, call, span));
                }
            }
            // MySQL's client hands all that it shows to a program, or writes it to a file (mysql(1), "mysql Commands").
            "pager" if !rest.trim().is_empty() => {
                let rows = Data::unknown("rows of a table", Taint::PRIVATE | Taint::OPAQUE);
                self.shell_code(Val::Lit(rest.trim()), span, &rows, &mut Sink::new(), call);
            }
            "tee" if !rest.trim().is_empty() => {
                let target = self.path_target(Val::Lit(self.tilde_expanded(rest.trim())), Look::Through);
                self.effect(Effect::new(Kind::Append, target, call, span));
            }
            "\\i" | "\\ir" | "\\." | ".read" | "source" => {
                let path = rest.trim().trim_matches('\'');
                self.code_file("sql", Val::Lit(path), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            // SQLite's `.load library`
            ".load" => {
                let path = rest.trim().trim_matches(['\'', '"']);
                // The ending is added where there is none (SQLite, "Run-Time Loadable Extensions").
                let ended = base_name(path).contains('.');
                let path = if ended { path } else { self.bump.alloc_str(&format!("{path}.so")) };
                self.code_file("native", Val::Lit(path), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            ".open" => return true,
            "use" | "USE" | "\\c" | "\\connect" => return !self.uses_one_for_tests(rest, span, call),
            "\\o" | "\\copy" | ".output" | ".once" => {
                let path = rest.trim().trim_matches(['\'', '"']);
                if let Some(program) = path.strip_prefix('|').filter(|_| word != "\\copy") {
                    self.shell_code(Val::Lit(program), span, &Data::NOTHING, &mut Sink::new(), call);
                } else if word != "\\copy" && path.contains('/') {
                    let target = self.path_target(Val::Lit(path), Look::Through);
                    self.effect(Effect::new(Kind::Write, target, call, span));
                }
                if let Some((_, program)) = rest.split_once("program ").or_else(|| rest.split_once("PROGRAM ")) {
                    // The command ends where its quotes do; options of COPY follow.
                    let program = program.trim();
                    let command = match program.strip_prefix('\'').and_then(|quoted| quoted.split_once('\'')) {
                        Some((quoted, rest)) if !rest.starts_with('\'') => quoted,
                        _ => program.trim_matches('\''),
                    };
                    let command = Val::Lit(command);
                    // It is fed the rows (psql(1), "\\copy").
                    let rows = Data::unknown("rows of a table", Taint::PRIVATE | Taint::OPAQUE);
                    let stdin = if rest.to_ascii_lowercase().contains(" to program") { rows } else { Data::NOTHING };
                    self.shell_code(command, span, &stdin, &mut Sink::new(), call);
                } else if word == "\\copy"
                    && let Some((_, path)) = rest.rsplit_once(" to ").or_else(|| rest.rsplit_once(" TO "))
                    && path.trim_start_matches([' ', '\'']).starts_with(['/', '~', '.'])
                {
                    let path = path.trim().trim_start_matches('\'').split('\'').next().unwrap_or_default();
                    let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Through);
                    self.effect(Effect::new(Kind::Write, target, call, span));
                } else if word == "\\copy"
                    && let Some((table, path)) = rest.split_once(" from ").or_else(|| rest.split_once(" FROM "))
                    && !table.contains('\'')
                {
                    // A file of this machine, as the rows of a table (psql(1)).
                    let path = path.trim().trim_start_matches('\'').split('\'').next().unwrap_or_default();
                    self.sends_file(Val::Lit(self.tilde_expanded(path)), span, call);
                }
            }
            _ => {}
        }
        false
    }

    /// Whether `USE name`, or `\\c name`, chooses a database for tests on the server that the client speaks to anyway, or
    /// one that the same call just created: then it is noted for the statements of that call.
    fn uses_one_for_tests(&mut self, rest: &'a str, span: Span, call: u32) -> bool {
        // With these it goes on if there is none, or speaks to whatever a file says.
        const ELSEWHERE: [&str; 5] = ["-f", "--force", "--login-path", "--defaults-file", "--defaults-extra-file"];
        let Some(client) = self.facts.calls.get(call as usize).copied() else { return false };
        let elsewhere = |word: &str| ELSEWHERE.iter().any(|option| word.starts_with(option));
        if !matches!(client.program, "mysql" | "mariadb" | "psql")
            || client.words.iter().filter_map(|word| word.val.lit()).any(elsewhere)
        {
            return false;
        }
        // Names of other databases, and other ways to go there.
        let text = self.facts.sources.get(span.source as usize).map_or("", |source| source.text);
        let own = usize::from(client.program == "psql");
        if text.matches('\\').count() != own || text.contains(['.', '*']) || text.matches("onnect").count() > own {
            return false;
        }
        let mut words = rest.split_whitespace().map(|name| name.trim_matches(['`', '"', ';']));
        let host = client.fields("-h").next().map_or(Some(""), |host| host.val.lit());
        let (Some(name), None, Some(host)) = (words.next(), words.next(), host) else { return false };
        let for_tests = self.throwaway_name(name, host) || self.created_in_the_same_call(&client, name);
        self.made.borrow_mut().used = for_tests.then_some((call, name));
        for_tests
    }
}
