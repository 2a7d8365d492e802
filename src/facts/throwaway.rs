//! What is there to be thrown away: databases for tests or in memory, clones that the script itself made, emulators and
//! remotes on this machine. An effect on it carries the mark `throwaway`, which rules may take into account.

use super::analysis::Analysis;
use super::knowledge::{Kind, Places, Where};
use super::past::Made;
use super::paths::{base_name, core};
use super::target::Look;
use super::value::{Hole, Seg, Shape, Taint, Val};
use super::{Call, Effect};

/// What an effect is on, as far as its worth differs.
enum On {
    Database,
    Repository,
    /// A repository that is pushed to.
    Remote,
    Service,
    /// What somebody may do in a cloud.
    Rights,
    /// Nothing but what the place holds.
    Place,
}

/// Bytes that an address takes: what is longer is data.
const LONGEST_ADDRESS: usize = 1 << 10;

/// Bytes of configuration that are looked at for what they make, and the files that they may stand in.
const LONGEST_CONFIGURATION: usize = 16 << 10;
const MOST_FILES: usize = 16;

impl<'a> Analysis<'a> {
    /// The effect, marked if what it acts on is there to be thrown away.
    pub fn judged_by_worth(&mut self, effect: Effect<'a>) -> Effect<'a> {
        let of_cloud = |mark: &&str| matches!(*mark, "identity" | "bucket-policy" | "public");
        let on = match effect.does {
            Kind::Grant if effect.marks.iter().any(of_cloud) => On::Rights,
            Kind::Drop
            | Kind::DeleteRows
            | Kind::Update
            | Kind::Insert
            | Kind::Grant
            | Kind::Restore
            | Kind::Flush
            | Kind::Migrate => On::Database,
            Kind::DeleteRef if effect.marks.contains(&"remote") => On::Remote,
            Kind::DiscardWork | Kind::RewriteHistory | Kind::DeleteRef => On::Repository,
            Kind::Push => On::Remote,
            Kind::Destroy | Kind::Publish | Kind::CredentialWrite | Kind::Apply => On::Service,
            Kind::Configure if self.place.kind == Where::Running => On::Place,
            // Most effects are of other kinds, and are worth what they are.
            _ => return effect,
        };
        let Some(call) = self.facts.calls.get(effect.call as usize).copied() else { return effect };
        let throwaway = match on {
            _ if self.in_container_of_its_own(&call) => true,
            On::Place => false,
            On::Rights => self.emulated(&call) || self.in_local_cluster(&call),
            On::Database => !effect.marks.contains(&"connected-elsewhere") && self.throwaway_database(&call, &effect),
            On::Repository => self.made_here(&call),
            On::Remote => {
                let remote = call.fields("remote").next().map(|field| field.val);
                match remote {
                    Some(Val::Lit(remote)) => {
                        let local = remote.starts_with(['/', '.']) || remote.starts_with("file://");
                        // An address is no remote that the clone has for itself.
                        local || !remote.contains(':') && self.cloned_here(&call)
                    }
                    Some(remote) => self.own(remote),
                    None => self.cloned_here(&call),
                }
            }
            On::Service => {
                self.emulated(&call)
                    || self.of_nothing_real(&call)
                    || self.repository_of_its_own(&call)
                    || self.in_local_cluster(&call)
                    || self.brought_up_here(&call)
                    || self.created_here(&call, effect.target.text)
                    || self.of_one_change(&call, &effect)
                    || effect.marks.contains(&"volume") && self.passing(Val::Lit(effect.target.text))
            }
        };
        if !throwaway {
            return effect;
        }
        let mut marks = effect.marks.to_vec();
        marks.push("throwaway");
        Effect { marks: self.bump.alloc_slice_copy(&marks), ..effect }
    }

    /// Marks what a migration that is undone takes along where the script migrates again afterwards: that is how one is
    /// tried out.
    pub fn migrated_again(&mut self) {
        let Some(last) = self.facts.effects.iter().rposition(|effect| effect.does == Kind::Migrate) else { return };
        for effect in self.facts.effects[..last].iter_mut().filter(|effect| effect.marks.contains(&"one-migration")) {
            effect.marks = &["one-migration", "redone"];
        }
    }

    /// Whether the repository that a git command works in was made by this script, or lies in a temporary directory.
    fn made_here(&mut self, call: &Call<'a>) -> bool {
        let chosen = call.options.iter().find(|o| o.is("-C")).and_then(|o| o.value).map(|f| f.val);
        let directory = chosen.unwrap_or(self.state.cwd);
        self.own(directory)
    }

    /// Whether a path is one that the script made, or lies in a temporary directory.
    fn own(&mut self, path: Val<'a>) -> bool {
        let classes = self.path_target(path, Look::Not).classes;
        classes & (core::MADE_HERE | core::TEMPORARY) != 0 && classes & core::WORKSPACE == 0
    }

    /// Whether git works in a clone of a repository that this script made too.
    fn cloned_here(&mut self, call: &Call<'a>) -> bool {
        if !self.made_here(call) {
            return false;
        }
        // Where it was cloned from, and what other addresses it was given.
        let mut remotes = Vec::new();
        for earlier in &self.facts.calls {
            match earlier.verb {
                "git clone" => remotes.extend(earlier.operands.first().map(|operand| operand.field.val)),
                "git remote" => match earlier.operands.first().and_then(|operand| operand.field.val.lit()) {
                    Some("add" | "set-url") => remotes.extend(earlier.words.last().map(|field| field.val)),
                    None | Some("show" | "get-url" | "remove" | "rm" | "prune" | "update") => {}
                    Some(_) => return false,
                },
                "git config" if earlier.operands.iter().any(|o| o.field.val.lit().is_none_or(says_an_address)) => {
                    return false;
                }
                _ => {}
            }
        }
        !remotes.is_empty() && remotes.into_iter().all(|remote| self.own(remote))
    }

    /// Whether a name is made up anew each time, or says that nobody keeps anything there: what exists already under a
    /// name is not created again.
    fn passing(&self, name: Val<'a>) -> bool {
        let Val::Lit(text) = name else { return true };
        let places = self.know.places();
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
        places.environment_of_words(text) == "test"
            || words
                .any(|word| places.list("throwaway-names").any(|known| known == word) || matches!(word, "ci" | "e2e"))
    }

    /// Whether it belongs to one change that is looked at, as a pipeline names such things: the namespace `pr-42`, a prefix
    /// `review-$CI_MERGE_REQUEST_IID/`. They come and go with it.
    fn of_one_change(&self, call: &Call<'a>, effect: &Effect<'a>) -> bool {
        let target = effect.target.text;
        let places = self.know.places();
        let numbered = |name: &str| {
            places.list("names-of-changes").any(|start| {
                name.strip_prefix(start)
                    .and_then(|rest| rest.strip_prefix(['-', '_']))
                    .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '$'))
            })
        };
        let one = |text: &str| numbered(text.trim_end_matches('/').rsplit('/').next().unwrap_or(text));
        // Namespaces, nodes and volumes are in none.
        let namespace = call.fields("-n").next().filter(|_| !effect.marks.contains(&"data"));
        let namespace = namespace.map(|field| field.val.show(self.bump));
        // `kubectl delete ns pr-42` acts on what it names, not on its kind.
        let mut named = call.fields("resource").map(|field| field.val.show(self.bump)).peekable();
        let of_kind = call.fields("kind").any(|field| field.val.lit() == Some(target));
        one(target) || namespace.is_some_and(one) || of_kind && named.peek().is_some() && named.all(one)
    }

    /// Whether this script itself created the volume, cluster or database that a call names or speaks to.
    fn created_here(&self, call: &Call<'a>, target: &str) -> bool {
        let context = ["--context", "--kube-context"]
            .iter()
            .find_map(|name| call.options.iter().find(|o| o.is(name))?.value)
            .map(|field| field.val.show(self.bump));
        self.earlier(call, |made| &made.creates).any(|earlier| {
            let names = earlier.words.iter().skip(1).map(|word| word.val).filter(|name| self.passing(*name));
            names.map(|name| name.show(self.bump)).any(|name| match context {
                // `kind-name`, `k3d-name`, minikube's `name`
                Some(context) => name.len() > 2 && context.ends_with(name),
                None => name == target,
            })
        })
    }

    /// Whether a call applies a configuration that the script wrote into a folder of its own, and that makes nothing but
    /// values: `terraform_data`, `null_resource`.
    fn of_nothing_real(&mut self, call: &Call<'a>) -> bool {
        if !matches!(call.program, "terraform" | "tofu") || !self.own(self.state.cwd) {
            return false;
        }
        let places = self.know.places();
        let Some(folder) = self.overlay(Val::Lit(".")) else { return false };
        let files = self.state.files_below(folder, MOST_FILES);
        let texts = files.iter().filter(|(name, _)| name.ends_with(".tf")).map(|(_, file)| file.data.text?.lit());
        let Some(texts) = texts.collect::<Option<Vec<_>>>().filter(|_| files.len() < MOST_FILES) else { return false };
        if texts.iter().map(|text| text.len()).sum::<usize>() > LONGEST_CONFIGURATION {
            return false;
        }
        let makes_values = |kind: &str| places.list("values-only").any(|known| known == kind);
        let values = |text: &str| {
            let mut words = text.split(['"', ' ', '\n', '\t']).filter(|word| !word.is_empty());
            while let Some(word) = words.next() {
                match word {
                    "resource" if !words.next().is_some_and(makes_values) => return false,
                    "backend" | "module" | "cloud" | "provisioner" => return false,
                    _ => {}
                }
            }
            true
        };
        !texts.is_empty() && texts.into_iter().all(values)
    }

    /// Whether the backups that a call works on lie in a folder of the script's own: `borg delete "$T/repo::a"`.
    fn repository_of_its_own(&mut self, call: &Call<'a>) -> bool {
        let places = self.know.places();
        if !places.list("backup-tools").any(|tool| tool == call.program) {
            return false;
        }
        let option = ["-r", "--repo"].iter().find_map(|name| call.fields(name).next());
        let operand = call
            .operands
            .iter()
            .map(|operand| operand.field)
            .find(|field| !matches!(field.val, Val::Lit(word) if !word.contains('/')));
        let variable = || ["RESTIC_REPOSITORY", "BORG_REPO"].iter().find_map(|name| Some(self.state.var(name)?.val));
        let Some(repository) = option.or(operand).map(|field| field.val).or_else(variable) else { return false };
        self.own(repository)
    }

    /// Whether the service that a call speaks to is an emulator or registry on this machine.
    fn emulated(&self, call: &Call<'a>) -> bool {
        let places = self.know.places();
        let here = |address: &str| {
            let host = address.split_once("://").map_or(address, |(_, rest)| rest);
            places.list("emulator-hosts").any(|name| host.starts_with(name))
        };
        let option = call.options.iter().find(|o| places.list("service-addresses").any(|name| o.is(name)));
        if let Some(address) = option.and_then(|o| o.value).and_then(|f| f.val.lit()) {
            return here(address) || address.starts_with(['.', '/']);
        }
        let set = |name: &str| self.state.var(name).and_then(|v| v.val.lit()).is_some_and(here);
        call.program == "awslocal" || places.list("service-addresses").any(set)
    }

    /// Whether every cluster that the call may speak to is one that a tool makes on this machine, to be made again. The
    /// context that the script chose does not outweigh another that is configured: the choice may have failed. Nor does
    /// the cluster that it started.
    fn in_local_cluster(&self, call: &Call<'a>) -> bool {
        if self.find_entry(call.program).is_none_or(|entry| entry.context != "kubernetes") {
            return false;
        }
        let places = self.know.places();
        let local = |name: &str| places.list("local-clusters").any(|known| super::globs::text(known, name));
        // What the call itself chooses.
        let chosen = |name: &str| matches!(name, "--context" | "--kube-context" | "--cluster" | "--server" | "-s");
        let options = call.options.iter().filter(|o| o.names.iter().any(&chosen) || chosen(o.spelled));
        if !options.filter_map(|o| o.value).all(|field| field.val.lit().is_some_and(local)) {
            return false;
        }
        let starts_one = || self.earlier(call, |made| &made.clusters).next().is_some();
        if self.contexts_of_its_own(call) && starts_one() {
            return true;
        }
        if self.state.var("KUBECONFIG").is_some() || self.made().contexts_elsewhere {
            return false;
        }
        call.observed.iter().all(|(name, _)| local(name)) && (!call.observed.is_empty() || starts_one())
    }

    /// Whether the contexts that a call may choose from are in a file that the script made for itself.
    fn contexts_of_its_own(&self, call: &Call<'a>) -> bool {
        let option = call.options.iter().find(|o| o.is("--kubeconfig")).and_then(|o| o.value).map(|field| field.val);
        let Some(file) = option.or_else(|| Some(self.state.var("KUBECONFIG")?.val)) else { return false };
        match file {
            Val::Lit(path) => {
                let classes = super::paths::classify(self.know.places(), self.ground(), path);
                classes & core::TEMPORARY != 0
            }
            // `$(mktemp)`, `/tmp/x.$$`
            val => {
                val.taint().has(Taint::TEMPORARY) || val.with_unknown("x").is_some_and(|path| path.starts_with("/tmp/"))
            }
        }
    }

    /// What the calls so far made, brought up to date.
    pub fn made(&self) -> std::cell::Ref<'_, Made<'a>> {
        let mut made = self.made.borrow_mut();
        let places = self.know.places();
        // Another file of contexts, or a context that is made to lead elsewhere, and its name says nothing.
        let elsewhere = ["KUBECONFIG", "kubeconfig", "get-credentials", "config set", "config rename", ".kube/config"];
        let says = |source: &super::Source<'_>| elsewhere.iter().any(|sign| source.text.contains(sign));
        made.contexts_elsewhere |= self.facts.sources.iter().skip(made.sources).any(says);
        made.sources = self.facts.sources.len();
        for (at, call) in self.facts.calls.iter().enumerate().skip(made.calls) {
            let is = |list: &str| places.list(list).any(|start| begins(call, start));
            if is("creates") {
                made.creates.push(at);
            }
            if is("starts-local-cluster") {
                made.clusters.push(at);
            }
            if self.runs_database_image(call) || places.list("database-servers").any(|known| known == call.program) {
                made.databases.push(at);
            }
            if matches!(call.program, "mkfifo" | "mknod") {
                made.pipes.push(at);
            }
        }
        made.calls = self.facts.calls.len();
        drop(made);
        self.made.borrow()
    }

    /// Takes the calls back from one on: they were only tried.
    pub fn forget_calls(&mut self, from: usize) {
        self.facts.calls.truncate(from);
        let made = self.made.get_mut();
        made.calls = made.calls.min(from);
        for places in [&mut made.creates, &mut made.clusters, &mut made.databases, &mut made.pipes] {
            places.retain(|at| *at < from);
        }
    }

    /// The calls before another one that made something.
    fn earlier(
        &self,
        call: &Call<'a>,
        which: impl for<'m> Fn(&'m Made<'a>) -> &'m Vec<usize>,
    ) -> impl Iterator<Item = &Call<'a>> {
        let span = call.span;
        let places = which(&self.made()).clone();
        places.into_iter().map(|at| &self.facts.calls[at]).filter(move |earlier| earlier.span != span)
    }

    /// Whether the script itself started the server that a client speaks to, at a port or socket of its own.
    fn started_here(&self, call: &Call<'a>, host: &str) -> bool {
        let places = self.know.places();
        if !(host.is_empty() || places.list("database-hosts").any(|known| known == host)) {
            return false;
        }
        let chosen = ["-p", "-P", "--port", "-S", "--socket", "-s"]
            .iter()
            .find_map(|name| call.options.iter().find(|o| o.is(name))?.value.filter(|field| field.val != Val::EMPTY));
        let Some(chosen) = chosen.map(|field| field.val).or_else(|| self.port_here(call)) else { return false };
        let same = |earlier: &Call<'a>| match chosen {
            Val::Lit(port) => {
                let says = |text: &str| text.split([':', '=']).any(|part| part == port);
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
    fn port_here(&self, call: &Call<'a>) -> Option<Val<'a>> {
        let places = self.know.places();
        let port = |address: &'a str| {
            if address.len() > LONGEST_ADDRESS {
                return None;
            }
            let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
            let authority = rest.split(['/', '?']).next()?;
            let (host, port) = authority.rsplit_once('@').map_or(authority, |(_, host)| host).rsplit_once(':')?;
            (places.list("emulator-hosts").any(|name| name == host) && !port.is_empty()).then_some(Val::Lit(port))
        };
        let given = call.options.iter().filter_map(|o| o.value).chain(call.operands.iter().map(|o| o.field));
        let variables = places.list("service-addresses").chain(places.list("database-variables"));
        let set = variables.filter_map(|name| Some(self.state.var(name)?.val));
        given.map(|field| field.val).chain(set).flat_map(|val| val.each()).find_map(|one| match one {
            Val::Lit(address) => port(address),
            // `postgres://x@127.0.0.1:$port/db`
            Val::Text([Seg::Lit(start), number @ Seg::Hole(_), ..]) => {
                let here = places.list("emulator-hosts").any(|host| {
                    let before = start.strip_suffix(':').and_then(|start| start.strip_suffix(host));
                    before.is_some_and(|before| before.ends_with(['@', '/']))
                });
                here.then(|| Val::Text(std::slice::from_ref(self.bump.alloc(*number))))
            }
            _ => None,
        })
    }

    /// Whether a call runs a container with a database's image.
    fn runs_database_image(&self, call: &Call<'_>) -> bool {
        let of_database = |word: &str| {
            let image = word.split([':', '@']).next().unwrap_or(word);
            self.know.places().list("database-images").any(|known| known == base_name(image))
        };
        matches!(call.verb, "docker run" | "podman run")
            && call.words.iter().filter_map(|word| word.val.lit()).any(of_database)
    }

    /// Whether it acts inside a container that this script started, and on nothing outside: no folder of the machine, and
    /// no server elsewhere.
    fn in_container_of_its_own(&mut self, call: &Call<'a>) -> bool {
        if self.place.kind != Where::Running || precious(self.know.places(), self.place.name) {
            return false;
        }
        let name = self.place.name;
        let has =
            |earlier: &Call<'_>, names: &[&str]| earlier.options.iter().any(|o| names.iter().any(|name| o.is(name)));
        let starts = |earlier: &Call<'a>| {
            let named = earlier.options.iter().filter(|o| o.is("--name")).filter_map(|o| o.value);
            let kept = has(earlier, &["-v", "--volume", "--mount", "--volumes-from"]);
            matches!(earlier.verb, "docker run" | "podman run")
                && !kept
                && named
                    .map(|field| field.val)
                    .any(|val| val.show(self.bump) == name && (has(earlier, &["--rm"]) || self.passing(val)))
        };
        // `cid=$(docker run …)`
        let by_number = || ["$(docker run ", "$(podman run "].iter().any(|start| name.starts_with(start));
        (by_number() || self.facts.calls.iter().any(starts)) && !self.speaks_elsewhere(call)
    }

    /// Whether a call names another machine.
    fn speaks_elsewhere(&self, call: &Call<'a>) -> bool {
        let places = self.know.places();
        let local =
            |host: &str| places.list("database-hosts").chain(places.list("emulator-hosts")).any(|known| known == host);
        let hosts = call.options.iter().filter(|o| ["-h", "--host", "--server", "-H"].iter().any(|name| o.is(name)));
        let elsewhere = |text: &str| match text.split_once("://").filter(|_| text.len() <= LONGEST_ADDRESS) {
            Some((_, rest)) => {
                let authority = rest.split(['/', '?']).next().unwrap_or_default();
                let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
                !local(host.split(':').next().unwrap_or(host))
            }
            None => false,
        };
        hosts.filter_map(|o| o.value).any(|field| !field.val.lit().is_some_and(local))
            || call.words.iter().any(|word| elsewhere(word.val.show(self.bump)))
    }

    /// Whether a project of containers that is taken down was brought up by this script.
    fn brought_up_here(&self, call: &Call<'a>) -> bool {
        let named = self.state.var("COMPOSE_PROJECT_NAME").map(|var| var.val);
        let project = |call: &Call<'a>| {
            let option = call.options.iter().find(|o| o.is("-p") || o.is("--project-name"));
            option.and_then(|o| o.value).map(|f| f.val).or(named)
        };
        if !call.verb.ends_with("compose down") || project(call).is_none() {
            return false;
        }
        // `-p "it-$$"`: nobody else has that name.
        let own = |seg: &Seg<'_>| {
            const PARTS: [&str; 9] =
                ["$$", "RANDOM", "RUN_ID", "JOB_ID", "BUILD_ID", "BUILD_NUMBER", "EPOCHSECONDS", "date +%s", "uuidgen"];
            matches!(seg, Seg::Hole(hole) if PARTS.iter().any(|part| hole.source.contains(part)))
        };
        if matches!(project(call), Some(Val::Text(segs)) if segs.iter().any(own)) {
            return true;
        }
        // A trap that takes it down is read before what brings it up.
        let later = || self.facts.sources.first().is_some_and(|source| source.text.contains("compose up"));
        named.is_some_and(|name| self.passing(name)) && later()
            || self.facts.calls.iter().any(|earlier| {
                let up = earlier.words.iter().any(|word| word.val.lit() == Some("up"));
                up && earlier.verb.contains("compose") && project(earlier) == project(call)
            })
    }

    fn throwaway_database(&mut self, call: &Call<'a>, effect: &Effect<'a>) -> bool {
        let places = self.know.places();
        let host = ["-h", "--host", "-H"].iter().find_map(|name| {
            let option = call.options.iter().find(|o| o.is(name))?;
            Some(option.value.map_or(Val::EMPTY, |f| f.val))
        });
        let host = match host {
            None => "",
            Some(Val::Lit(host)) => host,
            // The folder of a server's socket.
            Some(folder) => return self.path_target(folder, Look::Not).classes & core::TEMPORARY != 0,
        };
        // The same, where a variable says it.
        let socket = places.list("database-host-variables").find_map(|name| Some(self.state.var(name)?.val));
        if host.is_empty()
            && let Some(folder) = socket.filter(|folder| folder.lit().is_none_or(|text| text.starts_with('/')))
        {
            return self.path_target(folder, Look::Not).classes & core::TEMPORARY != 0;
        }
        if precious(places, host) || precious(places, self.place.name) {
            return false;
        }
        let said = ["-d", "--dbname", "database", "-D", "--database"].iter().find_map(|name| call.fields(name).next());
        if self.emulated(call) && self.throwaway_name(effect.target.text, host) {
            return true;
        }
        if self.started_here(call, host) || said.is_some_and(|name| self.created_here(call, name.val.show(self.bump))) {
            return true;
        }
        // What is dropped is named itself, whatever the client is connected to.
        // A number of the process in the name (`app_test_$$`) changes nothing.
        let plain = |seg: &Seg<'_>| matches!(seg, Seg::Lit(_) | Seg::Hole(Hole { shape: Shape::Plain, .. }));
        let named = || {
            call.operands.iter().any(|operand| match operand.field.val {
                Val::Lit(name) => name == effect.target.text,
                Val::Text(segs) => segs.iter().all(plain) && operand.field.val.show(self.bump) == effect.target.text,
                // Each of a loop's names is dropped by itself.
                Val::Set(set) => set.iter().any(|one| one.lit() == Some(effect.target.text)),
            })
        };
        let whole = effect.marks.contains(&"database") && (effect.marks.contains(&"sql") || named());
        if whole {
            return self.throwaway_name(effect.target.text, host);
        }
        let mut said = false;
        for name in places.list("database-names") {
            for field in call.fields(name) {
                said = true;
                for one in field.val.each() {
                    let throwaway = match one {
                        Val::Lit(text) => self.throwaway_name(text, host),
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
        let variable = places.list("database-variables").find_map(|name| Some(self.state.var(name)?.val));
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

    /// Whether a database's name or address says that it is for tests, or for development on this machine.
    fn throwaway_name(&mut self, text: &'a str, host: &str) -> bool {
        if text.contains(":memory:") || text.contains("h2:mem") || text == "sqlite://" {
            return true;
        }
        let places = self.know.places();
        let local = |host: &str| host.is_empty() || places.list("database-hosts").any(|known| known == host);
        let (name, host) = match text.split_once("://") {
            Some((scheme, rest)) if !scheme.ends_with("sqlite") && scheme != "file" => {
                let rest = rest.split(['?', '#']).next().unwrap_or(rest);
                let (authority, name) = rest.split_once('/').unwrap_or((rest, ""));
                let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
                (name, host.split(':').next().unwrap_or(host))
            }
            _ => (text, host),
        };
        if precious(places, host) {
            return false;
        }
        let file = name.contains(['/', '.']) || text.contains("sqlite:");
        if file {
            let path = name.rsplit_once("://").map_or(name, |(_, path)| path).trim_start_matches("sqlite:");
            let path: &'a str = self.bump.alloc_str(path.strip_prefix("file:").unwrap_or(path));
            let target = self.path_target(Val::Lit(path), Look::Not);
            let apart = places.classes(["build", "cache"]) | core::MADE_HERE | core::TEMPORARY;
            // What the script deleted before is judged there, and made anew here.
            let deleted = |effect: &Effect<'_>| {
                effect.does == Kind::Delete && effect.certain && effect.target.path == target.path
            };
            if target.classes & apart != 0 || target.path.is_some() && self.facts.effects.iter().any(deleted) {
                return true;
            }
        }
        let last = base_name(name);
        let mut parts = last.split(|c: char| !c.is_ascii_alphanumeric());
        if parts.any(|part| places.list("throwaway-names").any(|known| known == part)) {
            return true;
        }
        match places.environment_of_words(last) {
            "test" => true,
            "development" => local(host),
            _ => false,
        }
    }
}

/// Whether a setting of git says where a remote leads.
fn says_an_address(word: &str) -> bool {
    ["url.", "remote.", ".url", "pushurl", "insteadof"].iter().any(|part| word.to_ascii_lowercase().contains(part))
}

/// Whether a call begins with these words.
fn begins(call: &Call<'_>, start: &str) -> bool {
    let words = call.words.iter().map(|word| word.val.lit().map(base_name));
    start.split(' ').map(Some).eq(words.take(start.split(' ').count()))
}

/// Whether a name says production or staging: nothing there is thrown away.
fn precious(places: &Places<'_>, name: &str) -> bool {
    matches!(places.environment_of_words(name), "production" | "staging")
}
