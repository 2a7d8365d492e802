//! What a container is lent of a person's own: the whole home, or a folder of keys.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Entry, Kind, RunSpec, Where};
use crate::facts::targets::Look;
use crate::facts::targets::paths::core;
use crate::facts::value::Val;
use crate::facts::{Call, Effect};

use super::wrapped::mount_of;

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
}
