//! Databases for tests, in memory, in temporary files, and of servers that the script started.

use super::variables_of;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Kind, Vocabulary};
use crate::facts::targets::Look;
use crate::facts::targets::paths::{absolute, base_name, core, host_of, is_own_machine, lies_in};
use crate::facts::value::{Field, Hole, Seg, Shape, Val};
use crate::facts::{Call, Effect, Opt};
use crate::limits;

/// Bytes that an address takes: what is longer is data.
pub(super) const LONGEST_ADDRESS: usize = 1 << 10;

impl<'a> Analysis<'a> {
    /// Whether what a program keeps lies in the workspace, or where nobody has anything yet, where a variable of its own
    /// says so: `AIRFLOW_HOME=$PWD/.airflow`, `GNUPGHOME=$(mktemp -d)`.
    pub(super) fn keeps_its_own(&mut self, call: &Call<'a>) -> Option<bool> {
        if let Some(repositories) = repositories_named(call).filter(|_| self.place.local()) {
            let built = self.know.vocabulary().classes.of(["build"]);
            return Some(repositories.into_iter().all(|repository| {
                let classes = self.path_target(repository, Look::Not).classes;
                classes & (core::TEMPORARY | core::MADE_HERE) != 0
                    || classes & core::WORKSPACE != 0 && classes & built != 0
            }));
        }
        let lists = &self.know.vocabulary().lists;
        let mut variables = variables_of(lists, "database-folders", call.program);
        let folder = variables.find_map(|name| Some(self.state.var(name)?.val))?;
        let folder = match folder {
            Val::Lit(address) => Val::Lit(
                address.strip_prefix("sqlite:///").or_else(|| address.strip_prefix("file://")).unwrap_or(address),
            ),
            folder => folder,
        };
        // `s3:host/bucket`, `sftp:host:/repository` of restic
        let elsewhere = |address: &str| {
            address.contains("://") || address.split_once(':').is_some_and(|(kind, _)| !kind.contains('/'))
        };
        if elsewhere(&folder.text()) || self.names_a_repository(call) {
            return None;
        }
        Some(self.path_target(folder, Look::Not).classes & (core::WORKSPACE | core::TEMPORARY) != 0)
    }

    /// Whether a program for backups is told another repository than its variable says: `restic -r sftp:host:/x`,
    /// `borg delete host:main::a`; `::a` is an archive of the one that the variable names.
    fn names_a_repository(&self, call: &Call<'a>) -> bool {
        let by_option =
            |o: &Opt<'a>| ["-r", "--repo", "--repository-file", "--from-repo"].iter().any(|name| o.is(name));
        let by_word =
            |text: &str| !text.starts_with("::") && (text.contains(':') || text.starts_with(['/', '~', '.', '$']));
        matches!(call.program, "borg" | "restic")
            && (call.options.iter().any(by_option) || call.words.iter().skip(2).any(|word| by_word(&word.val.text())))
    }

    /// Whether a client that stops at the first error was told before to create a database of that name (mysql(1): without
    /// `--force`).
    pub(in crate::facts) fn created_in_the_same_call(&self, call: &Call<'a>, name: &str) -> bool {
        let goes_on = |o: &Opt<'_>| ["-f", "--force"].iter().any(|name| o.is(name));
        let stops = |field: Field<'_>| field.val.lit() == Some("ON_ERROR_STOP=1");
        (self.know.lists().has("stops-at-errors", call.program) || call.fields("-v").any(stops))
            && !call.options.iter().any(goes_on)
            && self.made().created.get(name).is_some_and(|calls| {
                calls.iter().any(|(at, _)| self.facts.calls.get(*at).is_some_and(|earlier| earlier.span == call.span))
            })
    }

    /// Whether the database that a call changes is there to be thrown away.
    pub(super) fn throwaway_database(&mut self, call: &Call<'a>, effect: &Effect<'a>) -> bool {
        let host = match self.server_asked(call) {
            Server::Host(host) if host.starts_with('/') && self.is_cluster_made_here(Val::Lit(host)) => return true,
            Server::Host(host) => host,
            Server::Socket(folder) => {
                return self.path_target(folder, Look::Not).classes & core::TEMPORARY != 0
                    || self.is_cluster_made_here(folder);
            }
        };
        let vocabulary = self.know.vocabulary();
        if vocabulary.environments.is_strict(host) || vocabulary.environments.is_strict(self.place.name) {
            return false;
        }
        if self.lives_as_long_as_the_call(call, effect) || self.told_of_tests(call, effect) {
            return true;
        }
        if let Some(own) = self.keeps_its_own(call) {
            return own;
        }
        let said = database_said(vocabulary, call);
        if self.emulated(call) && self.throwaway_name(effect.target.text, host)
            || self.started_here(call, host)
            || said.is_some_and(|name| self.created_here(call, name.val.show(self.bump)))
        {
            return true;
        }
        self.dropped_by_name(call, effect, host)
            .or_else(|| self.only_some_included(call, host))
            .or_else(|| self.of_one_chosen(call, effect, host))
            .unwrap_or_else(|| self.names_throwaway(call, host))
    }

    /// Whether it is a cluster of databases in a folder of the project, which the script makes there and whose socket lies in
    /// it: `initdb -D .pg` (initdb(1)).
    fn is_cluster_made_here(&self, folder: Val<'a>) -> bool {
        let whole = |directory: &str, path: &str| absolute(self.bump, directory, path);
        let Some(folder) = folder.lit().map(|folder| whole(self.state.cwd.lit().unwrap_or_default(), folder)) else {
            return false;
        };
        let root = self.snapshot.workspace.trim_end_matches('/');
        if root.is_empty() || folder.len() <= root.len() || !lies_in(folder, root) {
            return false;
        }
        let made = |call: &&Call<'a>| call.program == "initdb" && call.words.len() > 1;
        self.facts.calls.iter().filter(made).any(|call| {
            let mut named = call.fields("-D").chain(call.operands.iter().map(|operand| operand.field));
            named.any(|field| field.val.lit().is_some_and(|path| whole(call.directory, path) == folder))
        })
    }

    /// Where a client is told that its server is, by an option or a variable.
    fn server_asked(&self, call: &Call<'a>) -> Server<'a> {
        let vocabulary = self.know.vocabulary();
        let host = ["-h", "--host", "-H"].iter().find_map(|name| {
            let option = call.options.iter().find(|o| o.is(name))?;
            Some(option.value.map_or(Val::EMPTY, |f| f.val))
        });
        match host.map(|host| self.settled(host)) {
            None | Some(Val::Lit("")) => {}
            Some(Val::Lit(host)) => return Server::Host(host),
            Some(folder) => return Server::Socket(folder),
        }
        let said = vocabulary.lists.items("database-host-variables").find_map(|name| Some(self.state.var(name)?.val));
        match said.map(|said| self.settled(said)) {
            None => Server::Host(""),
            // Where this machine's own server has its socket is no folder of somebody's.
            Some(Val::Lit(host)) if !host.starts_with('/') || vocabulary.lists.has("database-hosts", host) => {
                Server::Host(host)
            }
            Some(folder) => Server::Socket(folder),
        }
    }

    /// Whether a server of one call is told where others keep their data: a folder, settings, an engine for what lies elsewhere.
    fn reaches_elsewhere(&self, call: &Call<'a>) -> bool {
        let engine = |text: &str| {
            let mut given = text.split("engine=").skip(1);
            given.any(|rest| self.know.lists().items("engines-elsewhere").any(|engine| rest.starts_with(engine)))
        };
        call.words.iter().skip(1).any(|word| {
            let text = word.val.text().to_ascii_lowercase();
            text == "--"
                || ["--path", "--config", "-c"].iter().any(|option| text.starts_with(option))
                || engine(&text.replace(' ', ""))
                || text.contains("remote(")
        })
    }

    /// Whether it is no store of anybody's: a queue for tests, a server that lives as long as its statements, what a project
    /// or a container keeps for itself.
    fn lives_as_long_as_the_call(&mut self, call: &Call<'a>, effect: &Effect<'a>) -> bool {
        let vocabulary = self.know.vocabulary();
        let word = |number: usize| call.words.get(number).and_then(|word| word.val.lit());
        let queue = call.program.starts_with("rabbitmq")
            && matches!(word(1), Some("purge_queue" | "delete_queue"))
            && vocabulary.environments.is_test(effect.target.text);
        let local = (call.program == "clickhouse" && word(1) == Some("local") || call.program == "clickhouse-local")
                && !self.reaches_elsewhere(call)
                // Its own nodes, in memory (cockroach demo --help).
                || call.program == "cockroach" && word(1) == Some("demo")
                // A catalogue in memory, and none of somebody else's (Spark, "Hive Tables").
                || call.program == "spark-sql" && {
                    let says = |sign: &str| call.words.iter().any(|word| word.val.text().contains(sign));
                    says("spark.sql.catalogImplementation=in-memory") && !says("metastore") && !says("--jars")
                };
        call.program == "sqlite3" && self.copied_before(call)
            || queue
            || local
            || self.store_of_a_project(call, effect)
            || self.in_container_for_tests(call)
            || self.in_project_of_its_own(call)
    }

    /// Whether a call says that it is about tests: by the variable that names the database, or by the application's own
    /// environment.
    fn told_of_tests(&self, call: &Call<'a>, effect: &Effect<'a>) -> bool {
        let vocabulary = self.know.vocabulary();
        let mut named = database_said(vocabulary, call).into_iter().chain(call.fields("--maintenance-db").next());
        if named.any(|field| is_for_tests(vocabulary, field.val)) || self.of_dev_server(call) {
            return true;
        }
        let of_tests = |(name, source): &(String, String)| {
            vocabulary.environments.is_test(name) && source.starts_with("variable ")
        };
        let told = || {
            let named = ["-e", "--environment"].iter().find_map(|name| call.fields(name).next())?.val.lit()?;
            Some(vocabulary.environments.is_test(named))
        };
        call.entry.is_some_and(|entry| entry.context == "rails")
            && effect.marks.contains(&"sql")
            && told().unwrap_or_else(|| call.observed.iter().any(of_tests))
    }

    /// Whether what is dropped, whatever the client is connected to, is a database for tests; nothing where it is not named.
    fn dropped_by_name(&mut self, call: &Call<'a>, effect: &Effect<'a>, host: &'a str) -> Option<bool> {
        let vocabulary = self.know.vocabulary();
        // A number of the process in the name (`app_test_$$`) changes nothing.
        let plain = |seg: &Seg<'_>| matches!(seg, Seg::Lit(_) | Seg::Hole(Hole { shape: Shape::Plain, .. }));
        // `app_test_$NODE` of this machine: whatever follows, it is for tests.
        let here = (host.is_empty() || is_own_machine(host)) && self.state.var("PGHOST").is_none();
        let begins = |segs: &[Seg<'_>]| matches!(segs, [Seg::Lit(start), ..] if start.ends_with(['_', '-']) && here && vocabulary.environments.is_test(start));
        let is_named = |one: Val<'a>| match one {
            Val::Lit(name) => name == effect.target.text,
            Val::Text(segs) => (segs.iter().all(plain) || begins(segs)) && one.show(self.bump) == effect.target.text,
            Val::Set(_) => false,
        } || one.show(self.bump) == effect.target.text && self.settled(one) != one;
        // Each of a loop's names is dropped by itself.
        let named = || call.operands.iter().any(|operand| operand.field.val.each().any(is_named));
        let whole = effect.marks.contains(&"database") && (effect.marks.contains(&"sql") || named());
        if !whole {
            return None;
        }
        if self.created_here(call, effect.target.text) || self.created_in_the_same_call(call, effect.target.text) {
            return Some(true);
        }
        let name = usual_text(vocabulary, effect.target.text).filter(|_| self.defaults_hold());
        Some(self.throwaway_name(name.unwrap_or(effect.target.text), host))
    }

    /// `mongorestore --nsInclude 'app_test.*'`: nothing else is overwritten. Nothing where a call does not say so.
    fn only_some_included(&mut self, call: &Call<'a>, host: &'a str) -> Option<bool> {
        let vocabulary = self.know.vocabulary();
        // Where they go, if all that come are renamed on their way: what is not included stays away.
        let one = |name: &str| call.fields(name).map(|field| field.val).reduce(|one, _| one);
        let only_one = |name: &str| call.fields(name).count() == 1;
        let renamed = ["--nsFrom", "--nsTo", "--nsInclude"].into_iter().all(only_one);
        let (named, others): (_, &[&str]) = match renamed && one("--nsFrom") == one("--nsInclude") {
            true => ("--nsTo", &["-d", "--db", "--config"]),
            false => ("--nsInclude", &["-d", "--db", "--nsTo", "--config"]),
        };
        let included: Vec<Val<'a>> = call.fields(named).map(|field| field.val).take(limits::UNROLL).collect();
        let otherwise = others.iter().any(|name| call.fields(name).next().is_some());
        let folder = |field: Field<'a>| field.val.lit().is_some_and(|text| !text.contains(':'));
        if included.is_empty() || otherwise || !call.fields("dump").all(folder) {
            return None;
        }
        let mut addresses = call.fields("--uri").map(|field| field.val.lit().map(host_of));
        if addresses.any(|host| host.is_none_or(|host| vocabulary.environments.is_strict(host))) {
            return Some(false);
        }
        let databases = included.iter().map(|one| one.lit().and_then(|text| text.split_once('.')));
        Some(
            included.len() < limits::UNROLL
                && databases.into_iter().all(|one| {
                    one.is_some_and(|(name, _)| {
                        !vocabulary.environments.is_strict(name) && self.throwaway_name(name, host)
                    })
                }),
        )
    }

    /// What a statement does to a table of a database that it names, or that was chosen before it.
    fn of_one_chosen(&mut self, call: &Call<'a>, effect: &Effect<'a>, host: &'a str) -> Option<bool> {
        // `shop.orders` is in another database, whichever is chosen (MySQL's manual, "Identifier Qualifiers").
        if call.program == "mysql"
            && effect.marks.contains(&"sql")
            && let Some((database, _)) = effect.target.text.split_once('.')
        {
            return Some(self.throwaway_name(database.trim_matches('`'), host));
        }
        let used = self.made.borrow().used.filter(|(by, _)| *by == effect.call);
        let of_table = matches!(effect.does, Kind::Drop | Kind::DeleteRows | Kind::Update | Kind::Insert)
            && !effect.marks.iter().any(|mark| matches!(*mark, "database" | "schema"));
        let (_, name) = used.filter(|_| effect.marks.contains(&"sql") && of_table)?;
        Some(self.throwaway_name(name, host) || self.created_in_the_same_call(call, name))
    }

    /// Whether the databases that the words of a call name, or the variable that names one, are there to be thrown away.
    fn names_throwaway(&mut self, call: &Call<'a>, host: &'a str) -> bool {
        let vocabulary = self.know.vocabulary();
        let mut said = false;
        let none = vocabulary.lists.has("no-database-behind-d", call.program);
        for name in vocabulary.lists.items("database-names").filter(|name| !none || *name != "-d") {
            for field in call.fields(name) {
                said = true;
                for one in field.val.each() {
                    let throwaway = match self.settled(one) {
                        Val::Lit(text) => self.throwaway_name(text, host),
                        variable if is_for_tests(vocabulary, variable) => true,
                        file => self.path_target(file, Look::Not).classes & core::TEMPORARY != 0,
                    };
                    if !throwaway {
                        return false;
                    }
                }
            }
        }
        if said {
            return true;
        }
        let variable = vocabulary.lists.items("database-variables").find_map(|name| Some(self.state.var(name)?.val));
        let variable = variable.or_else(|| self.only_of_family("database-variable-families", call.program));
        match variable {
            Some(Val::Lit(name)) => self.throwaway_name(name, host),
            // `sqlite:/tmp/test.$$.db`
            Some(val) => val.with_unknown("x").is_some_and(|name| {
                let file = name.starts_with("sqlite") || name.starts_with("file:");
                file && self.throwaway_name(self.bump.alloc_str(&name), host)
            }),
            None => false,
        }
    }

    /// The one variable of a family that a program looks at, where the script sets no other of it:
    /// `ConnectionStrings__Orders=…`.
    fn only_of_family(&self, list: &'static str, program: &str) -> Option<Val<'a>> {
        let mut families = variables_of(&self.know.vocabulary().lists, list, program);
        let start = families.next()?;
        let own = self.state.own_variables();
        let mut of_family = own.iter().filter(|(name, _)| name.starts_with(start));
        let one = of_family.next()?.1.val;
        // A cache has such a variable, too.
        let database = ["Database=", "Initial Catalog=", "Data Source="].iter().any(|key| one.text().contains(key));
        (database && of_family.next().is_none()).then_some(one)
    }

    /// Whether a call names no database itself, and the variable that names it leads to this machine.
    pub(super) fn told_of_own_machine(&self, call: &Call<'a>) -> bool {
        let vocabulary = self.know.vocabulary();
        let says = |name: &str| call.fields(name).next().is_some();
        let told = || vocabulary.lists.items("database-variables").find_map(|name| self.state.var(name)?.val.lit());
        let leads = |address: &str| {
            let name = address.split(['?', '#']).next().and_then(|address| address.rsplit('/').next());
            address.contains("://")
                && is_own_machine(host_of(address))
                && name.is_some_and(|name| !vocabulary.environments.is_strict(name))
        };
        self.place.local() && !vocabulary.lists.items("database-names").any(says) && told().is_some_and(leads)
    }

    /// The default of a variable, if it has one and nothing says that it is something else.
    fn settled(&self, val: Val<'a>) -> Val<'a> {
        match usual_value(self.know.vocabulary(), val).filter(|_| self.defaults_hold()) {
            Some(default) => Val::Lit(default),
            None => val,
        }
    }

    /// Whether a variable that the script gives a default is that default: it reads no settings from elsewhere, and runs
    /// here.
    pub(in crate::facts) fn defaults_hold(&self) -> bool {
        let script = self.facts.sources.first().map_or("", |source| source.text);
        self.place.local() && self.place.via.is_empty() && !self.know.lists().named_in("sets-elsewhere", script)
    }

    /// Whether a database's name or address says that it is for tests, or for development on this machine.
    pub(in crate::facts) fn throwaway_name(&mut self, text: &'a str, host: &str) -> bool {
        if text.contains(":memory:") || text.contains("h2:mem") || text == "sqlite://" {
            return true;
        }
        let vocabulary = self.know.vocabulary();
        // But for `$TMPDIR/x.db`, a path.
        if is_command(text) || text.starts_with('$') && !text.contains('/') {
            return says_tests(vocabulary, text);
        }
        // `Server=localhost,1433;Database=AppDev;…`, where each is said once.
        let part = |names: &[&str]| {
            let parts = text.split(';').filter_map(|part| part.split_once('='));
            let mut values =
                parts.filter(|(name, _)| names.iter().any(|known| name.trim().eq_ignore_ascii_case(known)));
            let value = values.next().map(|(_, value)| value.trim());
            value.filter(|_| values.next().is_none())
        };
        if let (Some(server), Some(name)) =
            (part(&["Server", "Host", "Data Source", "Address"]), part(&["Database", "Initial Catalog"]))
        {
            let server = server.trim_start_matches("tcp:").split([',', ':', '\\']).next().unwrap_or(server);
            let endings = ["Dev", "Test", "_dev", "-dev", "_test", "-test"];
            let for_trying = matches!(name, "dev" | "test") || endings.iter().any(|ending| name.ends_with(ending));
            return vocabulary.lists.has("database-hosts", server) && for_trying;
        }
        let local = |host: &str| host.is_empty() || vocabulary.lists.has("database-hosts", host);
        // `host=localhost dbname=app_test` (libpq, "Keyword/Value Connection Strings").
        if text.contains("dbname=") {
            let said = |key: &str| text.split_whitespace().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
            let (host, name) = (said("host").unwrap_or(host), said("dbname").unwrap_or_default());
            // The last of a name counts, so each may stand there once.
            let once = |key: &str| text.matches(key).count() < 2;
            let plain = !text.contains(['\'', '\\', '"'])
                && once("host=")
                && once("dbname=")
                && !text.contains("hostaddr")
                && said("service").is_none();
            return plain && !name.contains('=') && self.throwaway_name(name, host);
        }
        let (name, host) = match text.split_once("://") {
            Some((scheme, rest)) if !scheme.ends_with("sqlite") && scheme != "file" => {
                let (rest, asked) = rest.split_once(['?', '#']).unwrap_or((rest, ""));
                // What stands behind outweighs what stands before (libpq, "Connection URIs").
                let elsewhere = |said: &str| {
                    let (name, value) = said.split_once('=').unwrap_or((said, ""));
                    matches!(name, "host" | "hostaddr" | "service") && !local(value)
                };
                if asked.split('&').any(elsewhere) {
                    return false;
                }
                (rest.split_once('/').map_or("", |(_, name)| name), host_of(text))
            }
            _ => (text, host),
        };
        if vocabulary.environments.is_strict(host) {
            return false;
        }
        let file = name.contains(['/', '.']) || text.contains("sqlite:");
        if file {
            let path = name.rsplit_once("://").map_or(name, |(_, path)| path).trim_start_matches("sqlite:");
            let path = path.strip_prefix("file:").unwrap_or(path);
            // `sqlite:///./x.db` lies here (SQLAlchemy, "Database URLs").
            let path: &'a str = self.bump.alloc_str(if path.starts_with("/./") && text.starts_with("sqlite") {
                &path[1..]
            } else {
                path
            });
            let target = self.path_target(Val::Lit(path), Look::Not);
            let apart = vocabulary.classes.of(["build", "cache"]) | core::MADE_HERE | core::TEMPORARY;
            // What the script deleted before is judged there, and made anew here.
            let deleted = |effect: &Effect<'_>| {
                effect.does == Kind::Delete && effect.certain && effect.target.path == target.path
            };
            if target.classes & apart != 0 || target.path.is_some() && self.facts.effects.iter().any(deleted) {
                return true;
            }
        }
        let last = base_name(name.trim_end_matches('/'));
        let mut parts = last.split(|c: char| !c.is_ascii_alphanumeric());
        // `wptest` and `AppTest`, but not `latest`.
        let says = |part: &str| {
            let end = part.to_ascii_lowercase();
            part.ends_with("Test") || end.ends_with("test") && !vocabulary.lists.has("no-tests-by-their-end", &end)
        };
        if parts.any(|part| vocabulary.lists.has("throwaway-names", part) || says(part)) {
            return true;
        }
        match vocabulary.environments.of_words(last) {
            "test" => true,
            "development" => local(host),
            _ => false,
        }
    }

    /// Whether the script itself started the server that a client speaks to, at a port or socket of its own.
    pub(super) fn started_here(&self, call: &Call<'a>, host: &str) -> bool {
        let vocabulary = self.know.vocabulary();
        // The folder of a socket is on this machine.
        if !(host.is_empty() || host.starts_with('/') || vocabulary.lists.has("database-hosts", host)) {
            return false;
        }
        // Behind `-p` MySQL's clients have a password (mysql(1)).
        let password = vocabulary.lists.has("password-behind-p", call.program);
        let chosen = ["-p", "-P", "--port", "-S", "--socket", "-s"]
            .iter()
            .filter(|name| !password || **name != "-p")
            .find_map(|name| call.options.iter().find(|o| o.is(name))?.value.filter(|field| field.val != Val::EMPTY));
        let set = || ["PGPORT", "MYSQL_TCP_PORT"].iter().find_map(|name| Some(self.state.var(name)?.val));
        let chosen = chosen.map(|field| field.val).or_else(|| self.port_here(call)).or_else(set);
        let Some(chosen) = chosen else { return false };
        // What a container publishes is no socket.
        let socket = host.starts_with('/');
        let same = |earlier: &Call<'a>| match chosen {
            _ if socket && earlier.verb.ends_with(" run") => false,
            Val::Lit(port) => {
                // `pg_ctl -o "-p 5432"`
                let between: &[char] = if earlier.program == "pg_ctl" { &[':', '=', ' '] } else { &[':', '='] };
                let says = |text: &str| text.split(between).any(|part| part == port);
                earlier.words.iter().filter_map(|w| w.val.lit()).any(says)
            }
            // `docker port`, `"$d/s.sock"`
            val => {
                earlier.verb.ends_with(" run")
                    || earlier.words.iter().any(|w| w.val.segs(self.bump).ends_with(val.segs(self.bump)))
            }
        };
        self.earlier(call, |made| &made.databases).any(same)
    }

    /// The port on this machine of the address that a call is given: `postgres://…@127.0.0.1:55432/x`,
    /// `--endpoints=http://127.0.0.1:23799`, what `VAULT_ADDR` says.
    pub(super) fn port_here(&self, call: &Call<'a>) -> Option<Val<'a>> {
        let vocabulary = self.know.vocabulary();
        let port = |address: &'a str| {
            if address.len() > LONGEST_ADDRESS {
                return None;
            }
            let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
            let authority = rest.split(['/', '?']).next()?;
            let (host, port) = authority.rsplit_once('@').map_or(authority, |(_, host)| host).rsplit_once(':')?;
            (vocabulary.lists.has("emulator-hosts", host) && !port.is_empty()).then_some(Val::Lit(port))
        };
        let given = call.options.iter().filter_map(|o| o.value).chain(call.operands.iter().map(|o| o.field));
        let its = variables_of(&vocabulary.lists, "service-variables", call.program);
        let variables = its.chain(vocabulary.lists.items("database-variables"));
        let set = variables.filter_map(|name| Some(self.state.var(name)?.val));
        given.map(|field| field.val).chain(set).flat_map(|val| val.each()).find_map(|one| match one {
            Val::Lit(address) => port(address),
            // `postgres://x@127.0.0.1:$port/db`
            Val::Text([Seg::Lit(start), number @ Seg::Hole(_), ..]) => {
                let here = vocabulary.lists.items("emulator-hosts").any(|host| {
                    let before = start.strip_suffix(':').and_then(|start| start.strip_suffix(host));
                    before.is_some_and(|before| before.ends_with(['@', '/']))
                });
                here.then(|| Val::Text(std::slice::from_ref(self.bump.alloc(*number))))
            }
            _ => None,
        })
    }

    /// Whether a call runs a container with a database's image.
    pub(super) fn runs_database_image(&self, call: &Call<'_>) -> bool {
        let of_database = |word: &str| {
            let image = word.split([':', '@']).next().unwrap_or(word);
            self.know.lists().items("database-images").any(|known| known == base_name(image))
        };
        call.verb == "docker run" && call.words.iter().filter_map(|word| word.val.lit()).any(of_database)
    }
}

/// Whether an expansion is of databases for tests: a variable by its name, but for `$NOT_TEST_DB`; a command by what it
/// asks for.
pub(super) fn says_tests(vocabulary: &Vocabulary<'_>, expansion: &str) -> bool {
    if is_command(expansion) {
        return asks_for_tests(vocabulary, expansion);
    }
    let name = expansion.trim_start_matches('$').trim_matches(['{', '}']);
    !denies(name) && vocabulary.environments.is_test(name)
}

/// Whether an expansion is of what a command prints.
pub(super) fn is_command(expansion: &str) -> bool {
    expansion.starts_with("$(") || expansion.starts_with('`')
}

/// Whether a name says what something is not: `NOT_TEST_DB`.
pub(in crate::facts) fn denies(name: &str) -> bool {
    let not = |part: &str| ["not", "non", "no", "except"].iter().any(|word| part.eq_ignore_ascii_case(word));
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(not)
}

/// Whether a command that lists databases asks for those for tests and for no others: `… where datname like 'test_%'`,
/// `… | grep _test`.
fn asks_for_tests(vocabulary: &Vocabulary<'_>, command: &str) -> bool {
    // Whatever turns the question round, or adds to it.
    let small = command.to_ascii_lowercase();
    // `grep -Ev`
    let turns = |word: &str| word.starts_with('-') && word.contains('v');
    if vocabulary.lists.named_in("turns-a-question", &small) || small.split_whitespace().any(turns) {
        return false;
    }
    let named = |pattern: &str| {
        let end = pattern.find(['\'', '"', ' ', ')', '|']).unwrap_or(pattern.len());
        vocabulary.environments.is_test(&pattern[..end])
    };
    ["like '", "like \"", "grep '", "grep \"", "grep -e '", "grep -i '", "grep "]
        .iter()
        .flat_map(|before| small.match_indices(before).map(|(at, found)| &small[at + found.len()..]))
        .any(named)
}

/// What a variable is that nobody set: the default that the script gives it, `${DB_NAME:-app_dev}`.
fn usual_value<'a>(vocabulary: &Vocabulary<'_>, val: Val<'a>) -> Option<&'a str> {
    match val {
        Val::Text([Seg::Hole(hole)]) => usual_text(vocabulary, hole.source),
        Val::Set(both) => {
            let usual = both.iter().find_map(|one| usual_value(vocabulary, *one))?;
            both.iter().all(|one| one.lit().is_none_or(|text| text == usual)).then_some(usual)
        }
        Val::Lit(_) | Val::Text(_) => None,
    }
}

/// The default of such a variable, as it is written.
pub(in crate::facts) fn usual_text<'a>(vocabulary: &Vocabulary<'_>, text: &'a str) -> Option<&'a str> {
    let inside = text.strip_prefix("${")?.strip_suffix('}')?;
    let (name, default) = inside.split_once(":-").or_else(|| inside.split_once(":="))?;
    let plain =
        name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !name.starts_with(|c: char| c.is_ascii_digit());
    (plain && !default.is_empty() && !default.contains(['$', '`']) && !vocabulary.environments.is_strict(name))
        .then_some(default)
}

/// Where a client is told that its server is.
enum Server<'a> {
    /// A name, which is empty where it is not told.
    Host(&'a str),
    /// The folder of its socket.
    Socket(Val<'a>),
}

/// The database that a call names, if it names one.
fn database_said<'a>(vocabulary: &Vocabulary<'_>, call: &Call<'a>) -> Option<Field<'a>> {
    let none = vocabulary.lists.has("no-database-behind-d", call.program);
    let names = ["-d", "--dbname", "database", "-D", "--database"].iter().filter(|_| !none);
    names.into_iter().find_map(|name| call.fields(name).next())
}

/// `psql "$TEST_DATABASE_URL"`
fn is_for_tests(vocabulary: &Vocabulary<'_>, val: Val<'_>) -> bool {
    matches!(val, Val::Text([Seg::Hole(hole)]) if hole.source.starts_with('$') && says_tests(vocabulary, hole.source))
}

/// The folders of this machine that a program for backups is told to be its repository: `restic -r build/r`,
/// `borg delete build/b::one`. None, where it is told of another.
fn repositories_named<'a>(call: &Call<'a>) -> Option<Vec<Val<'a>>> {
    let by_option: Vec<Field<'a>> = call.fields("-r").collect();
    let said: Vec<Field<'a>> = match call.program {
        "restic" | "rustic" if !call.options.iter().any(|o| o.is("--repository-file")) => by_option,
        // Behind its option, what is named is an archive.
        "borg" if by_option.is_empty() => call.fields("archive").chain(call.fields("path")).collect(),
        _ => return None,
    };
    let repository = |field: &Field<'a>| {
        let text = field.val.lit()?;
        let folder = text.split_once("::").map_or(text, |(repository, _)| repository);
        (!folder.is_empty() && !folder.contains(':')).then_some(Val::Lit(folder))
    };
    let all: Option<Vec<_>> = said.iter().map(repository).collect();
    all.filter(|all| !all.is_empty())
}
