//! What a container is given to read and cannot change.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Where;
use crate::facts::{Call, Effect};

impl<'a> Analysis<'a> {
    /// Whether an effect would change what a container can only read (docker-run(1), `--volume`; bwrap(1), `--ro-bind`).
    pub(super) fn cannot_change(&self, effect: &Effect<'a>) -> bool {
        const MOST_SHARES: usize = 32;
        // A device is written through, whatever its folder allows.
        let system = |path: &str| ["/dev", "/proc", "/sys"].iter().any(|folder| path.starts_with(folder));
        if !effect.does.changes_files()
            || self.place.kind != Where::Container
            || self.place.mounts.len() > MOST_SHARES
            || self.place.mounts.iter().all(|shared| !shared.read_only)
            || system(effect.target.text)
            || effect.target.path.is_some_and(system)
            || self.may_mount()
        {
            return false;
        }
        let below = |folder: &str, path: &str| {
            let rest = path.trim_end_matches('*').strip_prefix(folder.trim_end_matches(['/', '*']));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        // Also what is shared within it, and what it is within, under another name.
        let shared = self.place.mounts.iter().filter(|shared| match effect.target.path {
            Some(path) => shared.here.is_some_and(|here| below(here, path) || below(path, here)),
            None => below(shared.inside, effect.target.text) || below(effect.target.text, shared.inside),
        });
        let mut touched = shared.map(|shared| shared.read_only).peekable();
        touched.peek().is_some() && touched.all(|read_only| read_only)
    }

    /// Whether what runs in a container may change what is mounted in it.
    fn may_mount(&self) -> bool {
        let lists = self.know.lists();
        let mounts = |call: &Call<'a>| lists.has("mounts", call.program);
        let rights =
            |call: &Call<'a>| lists.items("frees-a-container").any(|name| call.options.iter().any(|o| o.is(name)));
        let (seen, found) = self.mounting.get();
        let new = self.facts.calls.get(seen..).unwrap_or_default();
        let found = found || new.iter().any(|call| mounts(call) || rights(call));
        self.mounting.set((self.facts.calls.len(), found));
        found
    }
}
