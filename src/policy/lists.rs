//! Lists that a policy adds to: whom and what the house trusts, and what its names mean. A repository, which the judged
//! agent writes, may only add to those that make gate stricter.

use super::Policy;
use super::layers::Layer;
use crate::facts::knowledge::{HouseName, Places};

/// Name, whether more items make gate stricter, and what the items are.
pub const NAMES: [(&str, bool, &str); 7] = [
    ("trusted", false, "hosts that may be sent secrets and data"),
    ("installers", false, "hosts whose install scripts may be piped into a shell"),
    ("protected", true, "branches that others build on"),
    ("production", true, "names of clusters, accounts, workspaces, hosts, databases that are production"),
    ("staging", true, "the same for staging"),
    ("test", false, "the same for test"),
    ("development", false, "the same for development"),
];

/// Whether more items of a list only make gate stricter.
#[must_use]
pub fn tightens(name: &str) -> bool {
    NAMES.iter().any(|(known, tightens, _)| *known == name && *tightens)
}

impl Policy {
    /// gate's own places with what the layers add. None: they add nothing.
    #[must_use]
    pub fn places(&self, own: &Places<'static>) -> Option<&'static Places<'static>> {
        if self.layers.iter().all(|layered| layered.file.lists.is_empty()) {
            return None;
        }
        // They live as long as the process, and there is one for each policy.
        Some(self.places.get_or_init(|| {
            let mut places = own.clone();
            for layered in &self.layers {
                for (name, items) in &layered.file.lists {
                    let text: &'static str = items.join("\n").leak();
                    match NAMES.iter().find(|(known, ..)| known == name) {
                        Some((environment @ ("production" | "staging" | "test" | "development"), ..)) => {
                            let trusted = layered.layer != Layer::Repository;
                            let names = text.lines().map(|pattern| HouseName { pattern, environment, trusted });
                            places.house.extend(names);
                        }
                        Some((list, ..)) => places.lists.push((list, text.into())),
                        None => {}
                    }
                }
            }
            Box::leak(Box::new(places))
        }))
    }
}
