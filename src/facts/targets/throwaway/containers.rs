//! Containers that a script started, and projects of them that it brought up.

use super::NUMBERS_OF_A_RUN;
use super::databases::LONGEST_ADDRESS;
use crate::facts::analysis::Analysis;
use crate::facts::files::past::Voucher;
use crate::facts::knowledge::{Kind, Lists, Where};
use crate::facts::targets::paths::{base_name, host_of, is_own_machine};
use crate::facts::targets::shares::mount_of;
use crate::facts::value::{Field, Seg, Val};
use crate::facts::{Call, Effect, Source};

/// Calls back that one is looked for which brought a machine up.
const NEAR: usize = 64;
/// A script that is looked through for what may lead elsewhere.
const LONGEST_SCRIPT: usize = 4_000;

impl<'a> Analysis<'a> {
    /// Whether it acts inside a container that this script started, and on nothing outside: no folder of the machine, and
    /// no server elsewhere.
    pub(super) fn in_container_of_its_own(&mut self, call: &Call<'a>) -> bool {
        if self.place.kind != Where::Running || self.know.environments().is_strict(self.place.name) {
            return false;
        }
        let name = self.place.name;
        let has = |run: &Call<'_>, names: &[&str]| run.options.iter().any(|o| names.iter().any(|name| o.is(name)));
        // `cid=$(docker run …)`
        let by_number = ["$(docker run ", "$(podman run "].iter().any(|start| name.starts_with(start));
        let is_it = |run: &Call<'a>| match run.options.iter().find(|o| o.is("--name")).and_then(|o| o.value) {
            Some(field) => {
                field.val.show(self.bump) == name
                    && (has(run, &["--rm"]) || self.passing(field.val) || self.is_new_here(run, field.val))
            }
            None => by_number,
        };
        let runs = self.facts.calls.iter().filter(|call| call.verb == "docker run");
        let mut its = runs.filter(|run| is_it(run)).peekable();
        its.peek().is_some()
            && its.all(|run| !has(run, &["--mount", "--volumes-from"]) && self.lends_no_data(run))
            && !self.speaks_elsewhere(call)
    }

    /// Whether what a container is lent of this machine is not where its server keeps its data: settings, sources.
    fn lends_no_data(&self, run: &Call<'a>) -> bool {
        let keeps = |inside: &str| {
            let mut data = self.know.lists().items("container-data");
            inside == "/" || data.any(|data| inside.starts_with(data) || data.starts_with(inside))
        };
        let harmless = |field: Field<'a>| {
            mount_of(field.val.show(self.bump)).is_some_and(|(_, inside, _)| !keeps(inside.trim_end_matches('/')))
        };
        ["-v", "--volume"].iter().all(|name| run.fields(name).all(harmless))
    }

    /// Whether a container that a script starts by a name was not there before the call at hand: it was removed before, or
    /// what follows runs only if no other was called so (docker-run(1), "--name").
    fn is_new_here(&self, run: &Call<'a>, name: Val<'a>) -> bool {
        let enters = |call: &&Call<'a>| call.verb.ends_with(" exec");
        let removes = |earlier: &Call<'a>| {
            earlier.verb == "docker rm"
                && earlier.options.iter().any(|o| o.is("-f"))
                && earlier.fields("container").any(|field| field.val == name)
        };
        let at = self.facts.calls.iter().position(|call| std::ptr::eq(call, run)).unwrap_or(0);
        self.facts.calls[..at].iter().rev().take(NEAR).any(removes)
            || self.ends_at_errors(run)
            || self
                .facts
                .calls
                .iter()
                .rev()
                .find(enters)
                .is_some_and(|entered| self.only_if_it_worked(run, Voucher::Chain, entered))
    }

    /// Whether it acts inside a service of a project that this script brought up for itself, and on nothing outside:
    /// `docker compose -p "e2e-$CI_JOB_ID" exec api …`.
    pub(super) fn in_project_of_its_own(&self, call: &Call<'a>) -> bool {
        let Some(entered) = self.entered_here(call) else { return false };
        let of_compose = entered.verb.ends_with("compose exec") || entered.verb.ends_with("compose run");
        let told = entered.options.iter().any(|o| o.is("-e") || o.is("--env"));
        of_compose
            && !told
            && match self.project(entered) {
                Some(Val::Text(segs)) => segs.iter().any(|seg| own_part(self.know.lists(), seg)),
                Some(name) => self.passing(name) && self.of_own_project(entered),
                None => false,
            }
    }

    /// Whether it acts inside a container that is called as those for tests are, and on nothing outside.
    pub(super) fn in_container_for_tests(&self, call: &Call<'a>) -> bool {
        let environments = self.know.environments();
        // `docker compose -f compose.test.yml exec db …`
        let of_tests = |entered: &Call<'a>| {
            let mut files = entered.fields("-f").peekable();
            let of_test = |file: &str| environments.is_test(base_name(file)) && !environments.is_strict(file);
            entered.verb.contains("compose ")
                && self.project(entered).is_none()
                && files.peek().is_some()
                && files.all(|file| file.val.lit().is_some_and(of_test))
        };
        self.entered_here(call).is_some_and(|entered| environments.is_test(self.place.name) || of_tests(entered))
    }

    /// The same of those for development.
    pub(super) fn in_container_for_development(&self, call: &Call<'a>) -> bool {
        self.know.environments().of_words(self.place.name) == "development" && self.entered_here(call).is_some()
    }

    /// The call that led into the running container at hand, if that is this machine's and what is called there names no
    /// other.
    fn entered_here(&self, call: &Call<'a>) -> Option<&Call<'a>> {
        let runs = |call: &Call<'_>| call.verb == "docker run";
        let enters =
            |call: &&Call<'_>| call.verb.ends_with(" exec") || call.verb.ends_with("compose run") || runs(call);
        if !matches!(self.place.kind, Where::Running | Where::Container)
            || self.state.var("DOCKER_HOST").is_some()
            || self.speaks_elsewhere(call)
            || call.words.iter().any(|word| word.val.each().any(|one| one.lit().is_none()))
        {
            return None;
        }
        let entered = self.facts.calls.iter().rev().find(enters)?;
        (!names_another_docker(entered) && entered.verb.starts_with("docker") && !runs(entered)).then_some(entered)
    }

    /// Whether what a wrapper leads into is on another machine: a pod of a cluster that is not this machine's, a container of
    /// a Docker that is told to be elsewhere.
    pub(in crate::facts) fn leads_far(&mut self, call: &Call<'a>) -> bool {
        if self.know.lists().has("cluster-clients", call.program) {
            return !self.in_local_cluster(call);
        }
        let host = self.state.var("DOCKER_HOST").and_then(|var| var.val.lit());
        call.program == "docker"
            && (names_another_docker(call) || host.is_some_and(|host| !host.is_empty() && !host.starts_with("unix:")))
    }

    /// Whether a call acts on a store in a service of a compose project on this machine, or in a container that is called
    /// so for development: what is in it is put there anew.
    pub(super) fn store_of_a_project(&self, call: &Call<'a>, effect: &Effect<'a>) -> bool {
        let topic = || self.know.lists().has("keeps-messages", call.program);
        let production = |(name, value): &(&str, Val<'a>)| *name == "APP_ENV" && value.lit() == Some("production");
        (effect.does == Kind::Flush || effect.does == Kind::Drop && topic())
            && (self.in_container_for_development(call)
                || self.entered_here(call).is_some_and(|entered| entered.verb.contains("compose ")))
            && !self.know.environments().is_strict(self.place.name)
            && !self.place.handed.iter().any(production)
    }

    /// Whether a call acts inside a service of the compose project at hand, on this machine, and nothing says production.
    pub(super) fn in_project_at_hand(&self, call: &Call<'a>) -> bool {
        let vocabulary = self.know.vocabulary();
        let says = |word: &Field<'_>| word.val.lit().is_none_or(|word| vocabulary.environments.is_strict(word));
        let led = |entered: &Call<'a>| {
            entered.verb.contains("compose ")
                && self.project(entered).is_none()
                && !entered.words.iter().take_while(|word| word.val.lit() != Some(call.program)).any(says)
        };
        self.entered_here(call).is_some_and(led)
            && !self
                .place
                .handed
                .iter()
                .any(|(_, value)| value.lit().is_none_or(|value| vocabulary.environments.is_strict(value)))
    }

    /// Whether a call administers the server of a service of the compose project at hand: what is in it is put there anew.
    pub(super) fn server_of_project(&self, call: &Call<'a>) -> bool {
        // `wp @production db reset`
        let elsewhere = |word: &str| {
            word.starts_with(['@', '-']) && word.contains("ssh") || self.know.environments().is_strict(word)
        };
        self.know.lists().has("speaks-to-own-server", call.program)
            && self.in_project_at_hand(call)
            && !call.words.iter().any(|word| word.val.lit().is_none_or(elsewhere))
    }

    /// Whether a call names another machine.
    fn speaks_elsewhere(&self, call: &Call<'a>) -> bool {
        let vocabulary = self.know.vocabulary();
        let local = |host: &str| {
            vocabulary
                .lists
                .items("database-hosts")
                .chain(vocabulary.lists.items("emulator-hosts"))
                .any(|known| known == host)
        };
        let hosts = call.options.iter().filter(|o| ["-h", "--host", "--server", "-H"].iter().any(|name| o.is(name)));
        // What is too long to be looked at again and again may name one.
        let elsewhere = |text: &str| text.len() > LONGEST_ADDRESS || text.contains("://") && !local(host_of(text));
        hosts.filter_map(|o| o.value).any(|field| !field.val.lit().is_some_and(local))
            || call.words.iter().any(|word| elsewhere(word.val.show(self.bump)))
    }

    /// Whether a call is led into a machine that the script started: by a port of this one into a guest or a container
    /// (`qemu-system-x86_64 -nic user,hostfwd=tcp::2222-:22`, `docker run -p 2222:22`), or by its own tool.
    pub(in crate::facts) fn leads_into_a_guest(&self, call: &Call<'a>, target: &str) -> bool {
        // A machine of the project's that the script brought up: `vagrant up && vagrant ssh -c …`.
        if call.program == "vagrant" {
            let up = |earlier: &Call<'a>| earlier.words.get(1).is_some_and(|word| word.val.lit() == Some("up"));
            return !self.know.environments().is_strict(target)
                && self.facts.calls.iter().any(|earlier| earlier.program == call.program && up(earlier));
        }
        let host = target.rsplit('@').next().unwrap_or(target);
        let port = call.fields("-p").next().and_then(|field| field.val.lit());
        let Some(port) = port.filter(|_| call.program == "ssh" && is_own_machine(host)) else {
            return false;
        };
        let (forwarded, published) = (format!(":{port}-:22"), format!("{port}:22"));
        // A server of this machine may listen there itself.
        if self.facts.calls.iter().any(|earlier| matches!(earlier.program, "sshd" | "dropbear")) {
            return false;
        }
        self.facts.calls.iter().any(|earlier| {
            let mut words = earlier.words.iter().filter_map(|word| word.val.lit());
            match earlier.verb {
                "docker run" => words.any(|word| word == published || word.ends_with(&format!(":{published}"))),
                _ if earlier.program.starts_with("qemu-system") => {
                    words.any(|word| word.contains("hostfwd=tcp:") && word.contains(&forwarded))
                }
                _ => false,
            }
        })
    }

    /// Whether volumes are found by a label that this run alone gives: `$(docker volume ls -q --filter label=run=$RUN_ID)`.
    pub(super) fn labelled_by_this_run(&self, volumes: &str) -> bool {
        let filter = ["$(docker volume ls ", "$(podman volume ls "].iter().find_map(|list| volumes.strip_prefix(list));
        let by_label = filter.and_then(|filter| filter.split_once("label=")).map(|(_, label)| label);
        by_label.is_some_and(|label| {
            !label.contains(['|', ';']) && NUMBERS_OF_A_RUN.iter().any(|part| label.contains(part))
        })
    }

    /// Whether a project of containers that is taken down was brought up by this script.
    pub(super) fn brought_up_here(&self, call: &Call<'a>) -> bool {
        call.verb.ends_with("compose down") && (self.of_own_project(call) || self.of_test_project(call))
            || self.machine_brought_up(call)
    }

    /// Whether the containers that a call takes down with their volumes are those that this script started, by the same
    /// words: what was in the volumes before goes too.
    pub(super) fn started_before(&self, call: &Call<'a>) -> bool {
        let said =
            |of: &Call<'a>| ["-f", "-p", "--project-directory"].map(|name| of.fields(name).next().map(|f| f.val));
        let environments = &self.know.vocabulary().environments;
        let of_all = |val: Option<Val<'a>>| val.is_some_and(|val| environments.is_strict(val.show(self.bump)));
        call.verb.ends_with("compose down")
            && self.place.kind == Where::Same
            && !said(call).into_iter().any(of_all)
            && self.facts.calls.iter().rev().take(NEAR).any(|earlier| {
                let up = || earlier.words.iter().take(8).any(|word| word.val.lit() == Some("up"));
                earlier.program == call.program && up() && said(earlier) == said(call)
            })
    }

    /// Whether a machine is destroyed that this script brought up in the same folder (vagrant's documentation, "Destroy"),
    /// with the same words, and with nothing else than plain commands around.
    fn machine_brought_up(&self, call: &Call<'a>) -> bool {
        if call.program != "vagrant" || self.place.kind != Where::Same {
            return false;
        }
        let named = |call: &Call<'a>| -> Vec<_> { call.fields("rest").map(|field| field.val).collect() };
        let is_up = |call: &&Call<'a>| call.words.get(1).is_some_and(|word| word.val.lit() == Some("up"));
        let ups = self.facts.calls.iter().rev().take(NEAR).filter(|earlier| earlier.program == "vagrant").filter(is_up);
        ups.take(1).any(|up| {
            let text = self.facts.sources.get(call.span.source as usize).map_or("", |source| source.text);
            let (head, between) =
                (text.get(..up.span.start as usize), text.get(up.span.end as usize..call.span.start as usize));
            up.span.source == call.span.source
                && named(up) == named(call)
                && !up.options.iter().any(|option| option.is("--help") || option.is("-h"))
                && head.is_some_and(begins_plainly)
                && between.is_some_and(|text| stays_in_place(self.know.lists(), text))
        })
    }

    /// The project that a call is for.
    fn project(&self, call: &Call<'a>) -> Option<Val<'a>> {
        let named = self.state.var("COMPOSE_PROJECT_NAME").map(|var| var.val);
        project_option(call).map(|field| field.val).or(named)
    }

    /// Whether the environment names the project of containers that a call is for, and names it a test's: `-p` is the
    /// rules' to read (Compose's documentation, "Project name").
    fn of_test_project(&self, call: &Call<'a>) -> bool {
        let elsewhere = ["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"];
        let led = |word: &Field<'a>| {
            let leads =
                |word: &str| ["--context", "-c", "-H", "--host", "--config"].iter().any(|o| word.starts_with(o));
            word.val.lit().is_none_or(leads)
        };
        let Some(name) = self.project(call).and_then(|project| project.lit()) else { return false };
        // Before this very command, which runs as whoever wrote it.
        let source = self.facts.sources.get(call.span.source as usize).map_or("", |source| source.text);
        let before = source.get(..call.span.start as usize).unwrap_or_default();
        let before = before.rsplit(['\n', ';', '&', '|', '(']).next().unwrap_or(before).trim();
        before.strip_prefix("COMPOSE_PROJECT_NAME=") == Some(name)
            && !elsewhere.iter().any(|variable| self.state.var(variable).is_some())
            && self.place.local()
            && self.place.via.is_empty()
            && !call.words.iter().any(led)
            && project_option(call).is_none()
            && self.for_tests(name)
    }

    /// Whether a call is for a project of containers that this script brought up.
    fn of_own_project(&self, call: &Call<'a>) -> bool {
        let Some(project) = self.project(call) else { return false };
        if matches!(project, Val::Text(segs) if segs.iter().any(|seg| own_part(self.know.lists(), seg))) {
            return true;
        }
        // A trap that takes it down is read before what brings it up.
        let named = project_option(call);
        let word = named.map_or("compose", |field| self.text_of(field.span));
        let later = |source: &Source<'_>| {
            if source.text.len() > LONGEST_SCRIPT {
                return false;
            }
            let trapped = named.is_none() || source.text.contains("trap ");
            trapped && source.text.matches(word).count() > 1 && source.text.contains(" up ")
        };
        self.for_tests(project.show(self.bump))
            && !self.speaks_elsewhere(call)
            && self.facts.sources.first().is_some_and(later)
            || self.facts.calls.iter().any(|earlier| {
                let up = earlier.words.iter().any(|word| word.val.lit() == Some("up"));
                up && earlier.verb.contains("compose") && self.project(earlier) == Some(project)
            })
    }
}

/// Whether what stands after such a text is done for certain, and in this shell.
fn begins_plainly(head: &str) -> bool {
    head.len() <= LONGEST_SCRIPT
        && !head.contains(['(', '{', '`', '<'])
        && !head.contains("||")
        && !head.contains("false")
        // A folder that is named for one command only.
        && head.matches("VAGRANT_").count() == head.matches("export VAGRANT_").count()
}

/// Whether the words of a call of Docker's, before what it runs, name another one than this machine's.
fn names_another_docker(call: &Call<'_>) -> bool {
    let words = call.words.iter().map(|word| word.val.lit());
    words
        .take_while(|word| !matches!(word, Some("exec" | "run")))
        .any(|word| matches!(word, Some("-H" | "--host" | "--context" | "-c")))
}

/// Whether no command in such a text leads to another folder; quotes within a word hide it.
fn stays_in_place(lists: &Lists<'_>, text: &str) -> bool {
    // Within the machine its folder of the project is always called so.
    let plain = text.replace("cd /vagrant ", "").replace(['"', '\'', '\\'], "");
    text.len() <= LONGEST_SCRIPT
        && !plain.contains("VAGRANT")
        && !plain.split(|c: char| !(c.is_alphanumeric() || c == '-')).any(|word| lists.has("leads-elsewhere", word))
}

/// What a call says its project is called: the last that it says counts.
fn project_option<'a>(call: &Call<'a>) -> Option<Field<'a>> {
    call.options.iter().rfind(|o| o.is("-p") || o.is("--project-name"))?.value
}

/// Whether a part of a name is made up anew each time: `-p "it-$$"`; nobody else has that name.
fn own_part(lists: &Lists<'_>, seg: &Seg<'_>) -> bool {
    let anew = |source: &str| {
        NUMBERS_OF_A_RUN.iter().any(|part| source.contains(part)) || lists.named_in("parts-of-new-names", source)
    };
    matches!(seg, Seg::Hole(hole) if anew(hole.source))
}
