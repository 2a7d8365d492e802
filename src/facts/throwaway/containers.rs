//! Containers that a script started, and projects of them that it brought up.

use super::databases::LONGEST_ADDRESS;
use super::precious;
use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Where;
use crate::facts::paths::host_of;
use crate::facts::value::{Seg, Val};

impl<'a> Analysis<'a> {
    /// Whether it acts inside a container that this script started, and on nothing outside: no folder of the machine, and
    /// no server elsewhere.
    pub(super) fn in_container_of_its_own(&mut self, call: &Call<'a>) -> bool {
        if self.place.kind != Where::Running || precious(self.know.places(), self.place.name) {
            return false;
        }
        let name = self.place.name;
        let has = |run: &Call<'_>, names: &[&str]| run.options.iter().any(|o| names.iter().any(|name| o.is(name)));
        // `cid=$(docker run …)`
        let by_number = ["$(docker run ", "$(podman run "].iter().any(|start| name.starts_with(start));
        let is_it = |run: &Call<'a>| match run.options.iter().find(|o| o.is("--name")).and_then(|o| o.value) {
            Some(field) => field.val.show(self.bump) == name && (has(run, &["--rm"]) || self.passing(field.val)),
            None => by_number,
        };
        let runs = self.facts.calls.iter().filter(|call| matches!(call.verb, "docker run" | "podman run"));
        let mut its = runs.filter(|run| is_it(run)).peekable();
        its.peek().is_some()
            && its.all(|run| !has(run, &["-v", "--volume", "--mount", "--volumes-from"]))
            && !self.speaks_elsewhere(call)
    }

    /// Whether it acts inside a service of a project that this script brought up for itself:
    /// `docker compose -p "e2e-$CI_JOB_ID" exec api …`.
    pub(super) fn in_project_of_its_own(&self) -> bool {
        let enters = |call: &Call<'_>| call.verb.ends_with("compose exec") || call.verb.ends_with("compose run");
        let service = |call: &Call<'a>| call.fields("service").next().map(|field| field.val.show(self.bump));
        self.place.kind == Where::Running
            && self.facts.calls.iter().rev().find(|call| enters(call)).is_some_and(|call| {
                service(call).is_none_or(|name| name == self.place.name) && self.of_own_project(call)
            })
    }

    /// Whether a call names another machine.
    fn speaks_elsewhere(&self, call: &Call<'a>) -> bool {
        let places = self.know.places();
        let local =
            |host: &str| places.list("database-hosts").chain(places.list("emulator-hosts")).any(|known| known == host);
        let hosts = call.options.iter().filter(|o| ["-h", "--host", "--server", "-H"].iter().any(|name| o.is(name)));
        // What is too long to be looked at again and again may name one.
        let elsewhere = |text: &str| text.len() > LONGEST_ADDRESS || text.contains("://") && !local(host_of(text));
        hosts.filter_map(|o| o.value).any(|field| !field.val.lit().is_some_and(local))
            || call.words.iter().any(|word| elsewhere(word.val.show(self.bump)))
    }

    /// Whether a project of containers that is taken down was brought up by this script.
    pub(super) fn brought_up_here(&self, call: &Call<'a>) -> bool {
        call.verb.ends_with("compose down") && self.of_own_project(call)
    }

    /// Whether a call is for a project of containers that this script brought up.
    fn of_own_project(&self, call: &Call<'a>) -> bool {
        let named = self.state.var("COMPOSE_PROJECT_NAME").map(|var| var.val);
        let project = |call: &Call<'a>| {
            let option = call.options.iter().find(|o| o.is("-p") || o.is("--project-name"));
            option.and_then(|o| o.value).map(|f| f.val).or(named)
        };
        if project(call).is_none() {
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
}
