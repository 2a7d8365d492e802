//! The blob itself: an index of programs, an index of rules, and sections.

use serde::Deserialize;

use super::inplace::hash;
use super::{Catalog, Entry, Factor, Function, Kind, Marker, Places, Rule, Tool, Trigger, Verb};

/// The sections beside entries and rules.
#[derive(Clone, Copy, Debug)]
#[repr(usize)]
pub enum Section {
    Places,
    Functions,
    Factors,
    Verbs,
    /// Which effects can fire which rules: [`Trigger`].
    Triggers,
    /// Apart from the places, for it is needed on every call.
    Markers,
    /// API operations: [`Catalog`].
    Catalog,
    /// Where the entry of a name is: a hash table with open addressing, of entry numbers from 1.
    Index,
}
const SECTIONS: usize = 8;
const MAGIC: u32 = 0x4741_5433;
const HEADER: usize = 4 * (3 + 2 * SECTIONS);

/// The blob: `MAGIC, entries, rules, (offset, length) per section`, the two indexes, then the data.
#[derive(Clone, Copy)]
pub struct Blob<'k> {
    bytes: &'k [u8],
    entries: u32,
    rules: u32,
}

impl<'k> Blob<'k> {
    /// Reads the header.
    ///
    /// # Errors
    /// If the bytes are not a blob of this version.
    pub fn open(bytes: &'k [u8]) -> Result<Self, &'static str> {
        let blob = Blob { bytes, entries: 0, rules: 0 };
        if bytes.len() < HEADER || blob.number(0) != MAGIC {
            return Err("these are not compiled packs of this version");
        }
        Ok(Blob { bytes, entries: blob.number(4), rules: blob.number(8) })
    }

    fn number(&self, at: usize) -> u32 {
        self.bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    fn part(&self, at: usize) -> &'k [u8] {
        let (offset, length) = (self.number(at) as usize, self.number(at + 4) as usize);
        self.bytes.get(offset..offset + length).unwrap_or(&[])
    }

    #[must_use]
    pub fn entries(&self) -> usize {
        self.entries as usize
    }

    #[must_use]
    pub fn rules(&self) -> usize {
        self.rules as usize
    }

    #[must_use]
    pub fn entry_name(&self, index: usize) -> &'k str {
        std::str::from_utf8(self.part(HEADER + index * 16)).unwrap_or("")
    }

    /// The index of the entry of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        let slots = self.part(12 + Section::Index as usize * 8).as_chunks::<4>().0;
        // At least half of the slots are empty, so the search ends; a damaged blob is searched once.
        let start = hash(name) as usize;
        for at in 0..slots.len() {
            let index = (u32::from_le_bytes(slots[(start + at) % slots.len()]) as usize).checked_sub(1)?;
            if self.part(HEADER + index * 16) == name.as_bytes() {
                return Some(index);
            }
        }
        None
    }

    /// Decodes one entry. A damaged blob gives nothing, and the program counts as unknown.
    #[must_use]
    pub fn entry(&self, index: usize) -> Option<Entry<'k>> {
        postcard::from_bytes(self.part(HEADER + index * 16 + 8)).ok()
    }

    #[must_use]
    pub fn rule(&self, index: usize) -> Option<Rule<'k>> {
        postcard::from_bytes(self.part(HEADER + self.entries() * 16 + index * 8)).ok()
    }

    #[must_use]
    pub fn section<T: Deserialize<'k>>(&self, section: Section) -> Option<T> {
        postcard::from_bytes(self.part(12 + section as usize * 8)).ok()
    }

    /// What effects of a kind can fire.
    pub fn triggers(&self, kind: Kind) -> impl Iterator<Item = Trigger> + use<'k> {
        Trigger::list(self.part(12 + Section::Triggers as usize * 8), kind)
    }

    /// The catalogue of API operations.
    #[must_use]
    pub fn catalog(&self) -> Catalog<'k> {
        Catalog { bytes: self.part(12 + Section::Catalog as usize * 8) }
    }

    /// What the functions of one language do.
    #[must_use]
    pub fn functions(&self, language: &str) -> Vec<Function<'k>> {
        let all: Vec<(&'k str, &'k [u8])> = self.section(Section::Functions).unwrap_or_default();
        all.iter()
            .filter(|(name, _)| *name == language)
            .flat_map(|(_, bytes)| postcard::from_bytes::<Vec<Function<'k>>>(bytes).unwrap_or_default())
            .collect()
    }
}

/// Everything that goes into a blob.
#[derive(Default)]
pub struct Contents<'k> {
    pub entries: Vec<Entry<'k>>,
    /// Other names of an entry: (alias, index).
    pub aliases: Vec<(String, usize)>,
    pub rules: Vec<Rule<'k>>,
    pub places: Places<'k>,
    pub functions: Vec<Function<'k>>,
    pub factors: Vec<Factor<'k>>,
    pub verbs: Vec<Verb<'k>>,
    pub markers: Vec<Marker<'k>>,
    /// Other names of providers of API operations, with the provider.
    pub providers: Vec<(&'k str, &'k str)>,
    /// Operation, provider, and what is known of it.
    pub tools: Vec<(&'k str, &'k str, Tool<'k>)>,
}

impl Contents<'_> {
    /// Writes the blob.
    ///
    /// # Errors
    /// If a value cannot be encoded (it always can).
    pub fn write(&self) -> Result<Vec<u8>, postcard::Error> {
        let mut names: Vec<(&str, usize)> = self.entries.iter().enumerate().map(|(i, e)| (e.name, i)).collect();
        names.extend(self.aliases.iter().map(|(alias, i)| (alias.as_str(), *i)));
        names.sort_unstable();
        let start = HEADER + names.len() * 16 + self.rules.len() * 8;
        let mut data: Vec<u8> = Vec::new();
        let mut place = |bytes: &[u8]| -> [u32; 2] {
            let offset = start + data.len();
            data.extend_from_slice(bytes);
            [offset as u32, bytes.len() as u32]
        };
        let mut bodies = Vec::new();
        for entry in &self.entries {
            bodies.push(place(&postcard::to_allocvec(entry)?));
        }
        let mut index: Vec<u32> = Vec::new();
        for (name, i) in &names {
            index.extend(place(name.as_bytes()));
            index.extend(bodies.get(*i).copied().unwrap_or_default());
        }
        for rule in &self.rules {
            index.extend(place(&postcard::to_allocvec(rule)?));
        }
        let mut head = vec![MAGIC, names.len() as u32, self.rules.len() as u32];
        head.extend(place(&postcard::to_allocvec(&self.places)?));
        // By language: a one-liner of awk does not decode what Python can do.
        let mut languages: std::collections::BTreeMap<&str, Vec<&Function<'_>>> = std::collections::BTreeMap::new();
        for function in &self.functions {
            languages.entry(function.language).or_default().push(function);
        }
        let mut functions: Vec<(&str, Vec<u8>)> = Vec::new();
        for (language, list) in languages {
            functions.push((language, postcard::to_allocvec(&list)?));
        }
        head.extend(place(&postcard::to_allocvec(&functions)?));
        head.extend(place(&postcard::to_allocvec(&self.factors)?));
        head.extend(place(&postcard::to_allocvec(&self.verbs)?));
        head.extend(place(&Trigger::table(&self.rules)));
        head.extend(place(&postcard::to_allocvec(&self.markers)?));
        head.extend(place(&Catalog::write(&self.providers, &self.tools)?));
        let mut slots = vec![[0_u8; 4]; (names.len() * 2).next_power_of_two()];
        for (number, (name, _)) in (1_u32..).zip(&names) {
            let start = hash(name) as usize;
            let free = (start..start + slots.len()).map(|at| at % slots.len()).find(|at| slots[*at] == [0; 4]);
            if let Some(free) = free {
                slots[free] = number.to_le_bytes();
            }
        }
        head.extend(place(slots.as_flattened()));
        let mut out = Vec::with_capacity(start + data.len());
        for number in head.into_iter().chain(index) {
            out.extend(number.to_le_bytes());
        }
        out.extend(data);
        Ok(out)
    }
}
