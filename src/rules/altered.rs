//! Packs as they would be with another rule or without one of their pieces, for a rehearsal: what was read already is
//! shared, so that each piece can be tried in turn.

use super::Packs;
use super::knowledge::{Blob, Entry};
use crate::facts::Know;

impl Packs {
    /// With a pack behind them that holds nothing but rules; as they are if it is no blob of this version.
    #[must_use]
    pub fn with_rules(&self, bytes: &'static [u8]) -> Packs {
        let mut packs = self.clone();
        if let Ok(blob) = Blob::open(bytes) {
            packs.blobs.push(blob);
            packs.rules.get_mut().push(vec![None; blob.rules()]);
        }
        packs
    }

    /// Without one of the signs of a language, counted from the last.
    #[must_use]
    pub fn without_sign(&self, language: &str, from_last: usize) -> Packs {
        let mut signs: Vec<_> = self.blobs.iter().flat_map(|blob| blob.signs(language)).collect();
        if let Some(index) = signs.len().checked_sub(1 + from_last) {
            signs.remove(index);
        }
        let packs = self.clone();
        packs.signs.set(language, signs);
        packs
    }

    /// Without one of the services, counted from the last: the others keep their numbers.
    #[must_use]
    pub fn without_service(&self, from_last: usize) -> Packs {
        let mut services = Know::services(self).to_vec();
        if let Some(index) = services.len().checked_sub(1 + from_last) {
            services[index].calls = Default::default();
        }
        Packs { services: services.into(), ..self.clone() }
    }

    /// With an entry that takes the place of the one of its name.
    #[must_use]
    pub fn with_entry(&self, entry: Entry<'static>) -> Packs {
        let packs = self.clone();
        packs.found.borrow_mut().insert(entry.name, Box::leak(Box::new(entry)));
        packs
    }
}
