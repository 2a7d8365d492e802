//! What services are asked for by their own libraries (`[[service]]`), found by the names of those.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{Kind, Texts};

/// What services are asked for by their own libraries, and what that means: whoever imports `hcloud` and calls `delete` on
/// what came of it deletes machines.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Service<'k> {
    /// The names by which languages import the libraries, in small letters: `hcloud`, `stripe`; with points only of what
    /// has them there: `google.cloud.storage`.
    #[serde(borrow)]
    pub libraries: Texts<'k>,
    /// The methods, in small letters with `-` between their words; a `*` at either end is anything: `delete-*`.
    pub calls: Texts<'k>,
    /// Only where it is done to one after the other.
    pub repeated: bool,
    /// Only where the code says that it speaks to another machine: what the library asks by default is this one.
    pub remote: bool,
    pub does: Kind,
    pub target: &'k str,
    pub marks: Texts<'k>,
}

/// The services of a table, one bit for each; those from the 65th on have none.
pub type Of = u64;

/// All services, found by the names of their libraries.
pub struct Services<'k> {
    pub all: Vec<Service<'k>>,
    /// By their names in small letters, with `-` between words.
    libraries: FxHashMap<String, (Of, &'k str)>,
}

impl<'k> Services<'k> {
    #[must_use]
    pub fn of(all: Vec<Service<'k>>) -> Self {
        let mut libraries: FxHashMap<String, (Of, &'k str)> = FxHashMap::default();
        for (number, service) in all.iter().enumerate().take(Of::BITS as usize) {
            for library in service.libraries {
                libraries.entry(library.replace('_', "-")).or_insert((0, library)).0 |= 1 << number;
            }
        }
        Services { all, libraries }
    }

    /// The services of a library, and its name as the table has it.
    #[must_use]
    pub fn library(&self, name: &str) -> Option<(Of, &'k str)> {
        self.libraries.get(name).copied()
    }
}
