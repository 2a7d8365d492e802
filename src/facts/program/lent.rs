//! What a container is lent of this machine, and of a person's own: the whole home, or a folder of keys.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Entry, Kind, RunSpec, Where};
use crate::facts::targets::Look;
use crate::facts::targets::paths::core;
use crate::facts::targets::shares::mount_of;
use crate::facts::value::Val;
use crate::facts::{Call, Effect, Shared};

/// Containers of one name that a script starts, one after the other.
const MOST_STARTED: usize = 4;

impl<'a> Analysis<'a> {
    /// The folders of this machine that a call lends to a container, where they are a home or hold keys.
    pub(super) fn lent_to_container(&mut self, call: &Call<'a>, entry: &Entry<'_>, index: u32) {
        let container =
            |spec: &&RunSpec<'_>| matches!(spec.place, Where::Container | Where::Running) && !spec.mounts.is_empty();
        let Some(spec) = entry.runs.iter().find(container).filter(|_| self.place.local()) else { return };
        let secret = self.know.classes().of(["secret"]);
        for option in &spec.mounts {
            for field in call.fields(option) {
                let Some((here, ..)) = mount_of(field.val.show(self.bump)) else { continue };
                if !here.starts_with(['/', '~', '$']) {
                    continue;
                }
                let target = self.path_target(Val::Lit(self.tilde_expanded(here)), Look::Not);
                let marks: &'a [&'a str] = match target.classes {
                    classes if classes & core::HOME != 0 => &["home-mount"],
                    classes if classes & secret != 0 => &["keys-mount"],
                    _ => continue,
                };
                self.effect(Effect { marks, ..Effect::new(Kind::Elevate, target, index, field.span) });
            }
        }
    }

    /// The folders of this machine that a call shares with the container it leads into.
    pub(super) fn shares_of(&self, call: &Call<'a>, spec: &RunSpec<'_>) -> Vec<Shared<'a>> {
        let mut shares = Vec::new();
        self.named_shares(call, spec.mounts.iter(), &mut shares);
        // What it was lent when this script started it: `docker run --name x -v …`, `docker exec x …`.
        if call.verb.ends_with(" exec") {
            let entered = call.fields("container").next().map(|field| field.val);
            let starts = |run: &&Call<'a>| {
                run.verb == "docker run"
                    && entered.is_some()
                    && run.fields("--name").next().map(|field| field.val) == entered
            };
            for run in self.facts.calls.iter().rev().filter(starts).take(MOST_STARTED) {
                self.named_shares(run, ["-v", "--mount"].into_iter(), &mut shares);
            }
        }
        // What can be changed is found first.
        shares.sort_by_key(|shared| (shared.read_only, shared.here.is_none()));
        shares
    }

    fn named_shares<'n>(&self, call: &Call<'a>, options: impl Iterator<Item = &'n str>, shares: &mut Vec<Shared<'a>>) {
        for option in options {
            for field in call.fields(option) {
                let Some((here, inside, read_only)) = mount_of(field.val.show(self.bump)) else { continue };
                // A bare name is a volume, not a directory of this machine (docker-run(1), "--volume").
                let directory = here.starts_with(['/', '.', '~', '$']);
                let here = directory.then(|| self.absolute_or(here));
                let read_only = read_only || option.starts_with("--ro-bind");
                shares.push(Shared { here, inside, read_only });
            }
        }
    }
}
