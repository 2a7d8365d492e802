//! Lists that a policy adds to: whom and what the house trusts, and what its names mean. A repository, which the judged
//! agent writes, may only add to those that make gate stricter.

use super::{Layer, Policy};
use crate::facts::knowledge::{HouseName, Vocabulary};

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
    pub fn vocabulary(&self, own: &Vocabulary<'static>) -> Option<&'static Vocabulary<'static>> {
        if self.layers.iter().all(|layered| layered.file.lists.is_empty()) {
            return None;
        }
        // They live as long as the process, and there is one for each policy.
        Some(self.vocabulary.get_or_init(|| {
            let mut vocabulary = own.clone();
            for layered in &self.layers {
                for (name, items) in &layered.file.lists {
                    let items = || items.iter().map(String::as_str);
                    match NAMES.iter().find(|(known, ..)| known == name) {
                        Some((environment @ ("production" | "staging" | "test" | "development"), ..)) => {
                            let trusted = layered.layer != Layer::Repository;
                            // They live as long as the policy, which does as long as the process.
                            let names = items().map(|pattern| pattern.to_owned().leak() as &'static str);
                            vocabulary.environments.house.extend(names.map(|pattern| HouseName {
                                pattern,
                                environment,
                                trusted,
                            }));
                        }
                        Some((list, ..)) => vocabulary.lists.named.push((list, items().collect())),
                        None => {}
                    }
                }
            }
            Box::leak(Box::new(vocabulary))
        }))
    }
}
