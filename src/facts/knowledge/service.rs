//! What services are asked for by their own libraries (`[[service]]`), found by the names of those.

use std::collections::BTreeMap;

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

/// A library, and the services that it is of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Library<'k> {
    /// In small letters, with `-` between words.
    pub name: &'k str,
    pub of: Of,
}

impl Library<'static> {
    /// The libraries of a pack's services, each once.
    pub(super) fn all(services: &[Service<'_>]) -> Vec<Self> {
        let mut all: BTreeMap<String, Of> = BTreeMap::new();
        for (number, service) in services.iter().enumerate().take(Of::BITS as usize) {
            for library in service.libraries {
                *all.entry(library.replace('_', "-")).or_default() |= 1 << number;
            }
        }
        all.into_iter().map(|(name, of)| Library { name: name.leak(), of }).collect()
    }
}

impl Library<'_> {
    /// The letter by which it is found: a piece of code asks for a few of them, and does not decode the others.
    pub(super) fn initial(name: &str) -> &str {
        name.get(..1).unwrap_or_default()
    }
}
