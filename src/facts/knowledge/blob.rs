//! The blob itself: an index of programs, an index of rules, and sections.

use serde::{Deserialize, Serialize};

use super::inplace::hash;
use super::{
    Catalog, Entry, Factor, Function, Kind, Library, Marker, Of, Rule, Service, Sign, Tool, Trigger, Verb, Vocabulary,
};

/// The sections beside entries and rules.
#[derive(Clone, Copy, Debug)]
#[repr(usize)]
pub enum Section {
    Vocabulary,
    Functions,
    /// Signs of inline code: [`Sign`].
    Signs,
    Factors,
    Verbs,
    /// Which effects can fire which rules: [`Trigger`].
    Triggers,
    /// Apart from the places, for it is needed on every call.
    Markers,
    /// API operations: [`Catalog`].
    Catalog,
    /// Every name of an entry, in the order of the entries: its length in a byte, its bytes, then where the entry's own
    /// bytes begin (they know where they end).
    Names,
    /// Where a name is: a hash table with open addressing. A slot has 8 bits of the hash, so that seldom another name is
    /// compared, and 24 of the place in `Names`, counted from 1.
    Index,
    /// What services are asked for: [`Service`].
    Services,
    /// Their libraries, by their first letters: [`Library`].
    Libraries,
}
const SECTIONS: usize = 12;
/// The bits of a slot in `Section::Index` that are the place.
const PLACE: u32 = (1 << 24) - 1;
const MAGIC: u32 = 0x4741_5436;
const HEADER: usize = 4 * (2 + 2 * SECTIONS);

/// The blob: `MAGIC, rules, (offset, length) per section`, offset and length of each rule, then the data. What every
/// decision reads comes first, then the entries, those of everyday packs before the others: the fewer pages are touched,
/// the sooner gate has started.
#[derive(Clone, Copy)]
pub struct Blob<'k> {
    bytes: &'k [u8],
    rules: u32,
}

impl<'k> Blob<'k> {
    /// Reads the header.
    ///
    /// # Errors
    /// If the bytes are not a blob of this version.
    pub fn open(bytes: &'k [u8]) -> Result<Self, &'static str> {
        let blob = Blob { bytes, rules: 0 };
        if bytes.len() < HEADER || blob.number(0) != MAGIC {
            return Err("these are not compiled packs of this version");
        }
        Ok(Blob { bytes, rules: blob.number(4) })
    }

    fn number(&self, at: usize) -> u32 {
        self.bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    fn part(&self, at: usize) -> &'k [u8] {
        self.at([self.number(at), self.number(at + 4)])
    }

    fn at(&self, [offset, length]: [u32; 2]) -> &'k [u8] {
        self.bytes.get(offset as usize..).and_then(|bytes| bytes.get(..length as usize)).unwrap_or(&[])
    }

    #[must_use]
    pub fn rules(&self) -> usize {
        self.rules as usize
    }

    fn bytes_of(&self, section: Section) -> &'k [u8] {
        self.part(8 + section as usize * 8)
    }

    /// Every name, those of everyday programs first.
    pub fn names(&self) -> impl Iterator<Item = &'k str> + use<'k> {
        let mut rest = self.bytes_of(Section::Names);
        std::iter::from_fn(move || {
            let (name, _, after) = split_name(rest)?;
            rest = after;
            Some(std::str::from_utf8(name).unwrap_or(""))
        })
    }

    /// Decodes the entry of this name, and gives the name as it stands here. What is damaged gives nothing, and the
    /// program counts as unknown.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<(&'k str, Entry<'k>)> {
        let names = self.bytes_of(Section::Names);
        let slots = self.bytes_of(Section::Index).as_chunks::<4>().0;
        // A quarter of the slots are empty, so the search ends; a damaged blob is searched once.
        let hash = hash(name.bytes());
        for at in 0..slots.len() {
            let slot = u32::from_le_bytes(slots[(hash as usize + at) % slots.len()]);
            let place = ((slot & PLACE) as usize).checked_sub(1)?;
            if (slot ^ hash) & !PLACE != 0 {
                continue;
            }
            let (known, offset, _) = split_name(names.get(place..)?)?;
            if known == name.as_bytes() {
                let known = std::str::from_utf8(known).ok()?;
                return Some((known, postcard::from_bytes(self.bytes.get(offset as usize..)?).ok()?));
            }
        }
        None
    }

    #[must_use]
    pub fn rule(&self, index: usize) -> Option<Rule<'k>> {
        postcard::from_bytes(self.part(HEADER + index * 8)).ok()
    }

    #[must_use]
    pub fn section<T: Deserialize<'k>>(&self, section: Section) -> Option<T> {
        postcard::from_bytes(self.bytes_of(section)).ok()
    }

    /// What effects of a kind can fire.
    pub fn triggers(&self, kind: Kind) -> impl Iterator<Item = Trigger> + use<'k> {
        Trigger::list(self.bytes_of(Section::Triggers), kind)
    }

    /// The catalogue of API operations.
    #[must_use]
    pub fn catalog(&self) -> Catalog<'k> {
        Catalog { bytes: self.bytes_of(Section::Catalog) }
    }

    /// What the functions of one language do.
    #[must_use]
    pub fn functions(&self, language: &str) -> Vec<Function<'k>> {
        self.of_language(Section::Functions, language)
    }

    /// The signs of code in one language; of all languages where that is empty.
    #[must_use]
    pub fn signs(&self, language: &str) -> Vec<Sign<'k>> {
        self.of_language(Section::Signs, language)
    }

    /// What services are asked for by their libraries.
    #[must_use]
    pub fn services(&self) -> Vec<Service<'k>> {
        self.section(Section::Services).unwrap_or_default()
    }

    /// The services of a library, by its name in small letters with `-` between words.
    #[must_use]
    pub fn library(&self, name: &str) -> Option<(Of, &'k str)> {
        let kin: Vec<Library<'k>> = self.of_language(Section::Libraries, Library::initial(name));
        kin.iter().find(|library| library.name == name).map(|library| (library.of, library.name))
    }

    fn of_language<T: Deserialize<'k>>(&self, section: Section, language: &str) -> Vec<T> {
        let all: Vec<(&'k str, &'k [u8])> = self.section(section).unwrap_or_default();
        all.iter()
            .filter(|(name, _)| *name == language)
            .flat_map(|(_, bytes)| postcard::from_bytes::<Vec<T>>(bytes).unwrap_or_default())
            .collect()
    }
}

/// Everything that goes into a blob.
#[derive(Clone, Default)]
pub struct Contents<'k> {
    pub entries: Vec<Entry<'k>>,
    /// Other names of an entry: (alias, index).
    pub aliases: Vec<(String, usize)>,
    pub rules: Vec<Rule<'k>>,
    pub vocabulary: Vocabulary<'k>,
    pub functions: Vec<Function<'k>>,
    pub signs: Vec<Sign<'k>>,
    pub services: Vec<Service<'k>>,
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
        let mut out = Layout { offset: HEADER + self.rules.len() * 8, data: Vec::new() };
        let mut sections = [[0; 2]; SECTIONS];
        sections[Section::Markers as usize] = out.place(&postcard::to_allocvec(&self.markers)?);
        sections[Section::Factors as usize] = out.place(&postcard::to_allocvec(&self.factors)?);
        sections[Section::Triggers as usize] = out.place(&Trigger::table(&self.rules));
        sections[Section::Functions as usize] = out.place(&by_language(&self.functions, |f| f.language)?);
        sections[Section::Signs as usize] = out.place(&by_language(&self.signs, |s| s.language)?);
        sections[Section::Vocabulary as usize] = out.place(&postcard::to_allocvec(&self.vocabulary)?);

        let mut names: Vec<(&str, usize)> = self.entries.iter().enumerate().map(|(i, e)| (e.name, i)).collect();
        names.extend(self.aliases.iter().map(|(alias, i)| (alias.as_str(), *i)));
        names.retain(|(name, _)| u8::try_from(name.len()).is_ok());
        names.sort_unstable_by_key(|(name, entry)| (*entry, *name));
        // The entries stand behind the index and the names, whose lengths are known before.
        let mut slots = vec![[0_u8; 4]; (names.len() * 4 / 3).next_power_of_two()];
        let behind = slots.len() * 4 + names.iter().map(|(name, _)| 1 + name.len() + 4).sum::<usize>();
        let mut entries = Layout { offset: out.offset + out.data.len() + behind, data: Vec::new() };
        let mut bodies = Vec::new();
        for entry in &self.entries {
            bodies.push(entries.place(&postcard::to_allocvec(entry)?)[0]);
        }
        let mut records: Vec<u8> = Vec::new();
        for (name, i) in names {
            let hash = hash(name.bytes());
            let free = (0..slots.len()).map(|at| (hash as usize + at) % slots.len()).find(|at| slots[*at] == [0; 4]);
            if let Some(free) = free {
                slots[free] = (hash & !PLACE | (records.len() as u32 + 1)).to_le_bytes();
            }
            records.push(name.len() as u8);
            records.extend_from_slice(name.as_bytes());
            records.extend(bodies.get(i).copied().unwrap_or_default().to_le_bytes());
        }
        sections[Section::Index as usize] = out.place(slots.as_flattened());
        sections[Section::Names as usize] = out.place(&records);
        out.data.extend(entries.data);

        let mut rules = Vec::new();
        for rule in &self.rules {
            rules.push(out.place(&postcard::to_allocvec(rule)?));
        }
        sections[Section::Services as usize] = out.place(&postcard::to_allocvec(&self.services)?);
        let libraries = Library::all(&self.services);
        sections[Section::Libraries as usize] = out.place(&by_language(&libraries, |l| Library::initial(l.name))?);
        sections[Section::Verbs as usize] = out.place(&postcard::to_allocvec(&self.verbs)?);
        sections[Section::Catalog as usize] = out.place(&Catalog::write(&self.providers, &self.tools)?);

        let head = [[MAGIC, self.rules.len() as u32]].into_iter().chain(sections).chain(rules);
        let mut blob: Vec<u8> = head.flatten().flat_map(u32::to_le_bytes).collect();
        blob.extend(out.data);
        Ok(blob)
    }
}

/// What belongs to languages, together for each: a one-liner of awk does not decode what Python can do.
fn by_language<T: Serialize>(all: &[T], language: impl Fn(&T) -> &str) -> Result<Vec<u8>, postcard::Error> {
    let mut languages: std::collections::BTreeMap<&str, Vec<&T>> = std::collections::BTreeMap::new();
    for one in all {
        languages.entry(language(one)).or_default().push(one);
    }
    let each = languages.into_iter().map(|(language, list)| Ok((language, postcard::to_allocvec(&list)?)));
    postcard::to_allocvec(&each.collect::<Result<Vec<(&str, Vec<u8>)>, postcard::Error>>()?)
}

/// Data that is laid down piece by piece.
struct Layout {
    /// Where it begins in the blob.
    offset: usize,
    data: Vec<u8>,
}

impl Layout {
    /// Offset and length of what was just laid down.
    fn place(&mut self, bytes: &[u8]) -> [u32; 2] {
        let offset = self.offset + self.data.len();
        self.data.extend_from_slice(bytes);
        [offset as u32, bytes.len() as u32]
    }
}

/// One of `Section::Names`: the name, where its entry begins, and what follows.
fn split_name(names: &[u8]) -> Option<(&[u8], u32, &[u8])> {
    let (length, rest) = names.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::from(*length))?;
    let (offset, rest) = rest.split_first_chunk::<4>()?;
    Some((name, u32::from_le_bytes(*offset), rest))
}
