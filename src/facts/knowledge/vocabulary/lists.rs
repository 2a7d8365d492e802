//! Lists of words that rules, policies and the analysis name.

use std::cell::RefCell;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::super::inplace::{hash, letters};
use super::super::{Globs, Text};

/// Lists that rules and policies name with `@`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Lists<'k> {
    /// Name and items: while packs are compiled, and what a policy adds to them.
    #[serde(skip)]
    pub named: Vec<(&'k str, Globs<'k>)>,
    /// The same in place, one table for each pack blob, with an index.
    #[serde(borrow)]
    tables: Vec<&'k [u8]>,
    /// What was looked up before.
    #[serde(skip)]
    known: Known<'k>,
}

/// Lists that were read, so that a batch reads them once.
#[derive(Debug, Default)]
struct Known<'k> {
    by_name: RefCell<FxHashMap<&'k str, List<'k>>>,
    /// The same by where a name of one stands in the program, and its length.
    by_place: RefCell<FxHashMap<(usize, usize), List<'k>>>,
}

/// What was read of one set of lists says nothing of another that begins as its copy.
impl Clone for Known<'_> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// A list as it stands in all packs and the policy; there are as many as these have, and they live as long as the process.
#[derive(Clone, Copy, Debug, Default)]
struct List<'k> {
    parts: &'k [Part<'k>],
    firsts: u64,
    /// Its items as texts; none before somebody asks for all of them.
    items: Option<&'k [&'k str]>,
}

/// What one pack or the policy has of a list, in place.
#[derive(Clone, Copy, Debug)]
struct Part<'k> {
    /// What its items look like from outside, a bit for each: most words look like none of them.
    looks: u64,
    /// The same of the first words of its items.
    firsts: u64,
    /// Its items' hashes as a filter, which few others pass (Bloom); none where it is short or of a policy.
    filter: &'k [u8],
    items: Globs<'k>,
}

/// Bits of a filter for each item, and items from which on one is worth its while.
const FILTERED: usize = 16;
const WORTH_A_FILTER: usize = 8;

/// The two bits of a filter that an item sets, each as its byte and the bit in it.
fn filter_bits(item: &[u8], bytes: usize) -> [(usize, u8); 2] {
    let hash = hash(item.iter().copied()) as usize;
    [hash, hash >> 15].map(|bit| (bit / 8 % bytes, 1 << (bit % 8)))
}

impl<'k> Part<'k> {
    fn has(&self, item: &[u8]) -> bool {
        let may = self.looks & look(item) != 0
            && (self.filter.is_empty()
                || filter_bits(item, self.filter.len()).iter().all(|(at, bit)| self.filter[*at] & bit != 0));
        may && self.items.has(item)
    }

    /// The filter of its items.
    fn made_filter(&self) -> Vec<u8> {
        let count = self.items.bytes().count();
        if count < WORTH_A_FILTER {
            return Vec::new();
        }
        let mut filter = vec![0; (count * FILTERED / 8).next_power_of_two()];
        for item in self.items.bytes() {
            for (at, bit) in filter_bits(item, filter.len()) {
                filter[at] |= bit;
            }
        }
        filter
    }

    fn of(items: Globs<'k>) -> Self {
        let first = |item: &'k [u8]| item.split(|byte| *byte == b' ').next().map_or(0, look);
        let (looks, firsts) =
            items.bytes().fold((0, 0), |(looks, firsts), item| (looks | look(item), firsts | first(item)));
        Part { looks, firsts, filter: &[], items }
    }
}

impl<'k> List<'k> {
    fn bytes(self) -> impl Iterator<Item = &'k [u8]> {
        self.parts.iter().flat_map(|part| part.items.bytes())
    }

    fn possible(self, letters: u32) -> impl Iterator<Item = &'k [u8]> + use<'k> {
        self.parts.iter().flat_map(move |part| part.items.possible(letters))
    }
}

/// What a word looks like from outside.
fn look(item: &[u8]) -> u64 {
    let (first, last) = (item.first().copied().unwrap_or(0), item.last().copied().unwrap_or(0));
    1 << ((item.len() * 7 + usize::from(first) * 5 + usize::from(last)) % 64)
}

/// Lists that one decision asks for.
const USUAL: usize = 48;

/// What an index says of a list: the hash of its name, and where it stands.
const INDEXED: usize = 8;

/// The lists of this name in a table, in order, each with its name as it stands there.
fn named_lists<'t>(table: &'t [u8], name: &str) -> impl Iterator<Item = (&'t [u8], Part<'t>)> {
    let number = |bytes: [u8; 4]| u32::from_le_bytes(bytes);
    let (count, rest) = table.split_first_chunk::<2>().unwrap_or((&[0; 2], &[]));
    let (index, _) = rest.split_at_checked(usize::from(u16::from_le_bytes(*count)) * INDEXED).unwrap_or_default();
    let (index, _) = index.as_chunks::<INDEXED>();
    let wanted = hash(name.bytes());
    let first = index.partition_point(|[a, b, c, d, ..]| number([*a, *b, *c, *d]) < wanted);
    let same = index[first..].iter().take_while(move |[a, b, c, d, ..]| number([*a, *b, *c, *d]) == wanted);
    same.filter_map(move |[.., a, b, c, d]| {
        let (length, rest) = table.get(number([*a, *b, *c, *d]) as usize..)?.split_first()?;
        let (known, rest) = rest.split_at_checked(usize::from(*length))?;
        let (looks, rest) = rest.split_first_chunk()?;
        let (firsts, rest) = rest.split_first_chunk()?;
        let (filter, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (filter, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*filter)))?;
        let items = Globs::of(rest.get(..number(*length) as usize)?);
        Some((known, Part { looks: u64::from_le_bytes(*looks), firsts: u64::from_le_bytes(*firsts), filter, items }))
    })
}

impl<'k> Lists<'k> {
    pub(super) fn compile(&mut self) {
        self.tables = vec![self.table().leak()];
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.tables.extend(more.tables);
    }

    /// The lists as a table: how many there are, an index by the hashes of their names, and of each length and name, what
    /// its items look like and what their first words, lengths of filter and items, and these.
    fn table(&self) -> Vec<u8> {
        let start = 2 + self.named.len() * INDEXED;
        let (mut index, mut records) = (Vec::new(), Vec::new());
        for (name, items) in &self.named {
            index.push((hash(name.bytes()), (start + records.len()) as u32));
            records.push(name.len() as u8);
            records.extend(name.bytes());
            let part = Part::of(*items);
            records.extend([part.looks.to_le_bytes(), part.firsts.to_le_bytes()].as_flattened());
            let filter = part.made_filter();
            records.extend((filter.len() as u16).to_le_bytes());
            records.extend((items.packed().len() as u32).to_le_bytes());
            records.extend(filter);
            records.extend(items.packed());
        }
        // Lists of one name stay in order.
        index.sort_by_key(|(hash, _)| *hash);
        let index = index.iter().flat_map(|(hash, at)| [hash.to_le_bytes(), at.to_le_bytes()].concat());
        [&(self.named.len() as u16).to_le_bytes()[..], &index.collect::<Vec<u8>>(), &records].concat()
    }

    /// The items of a list, of every pack that adds to it.
    pub fn items(&self, name: &'static str) -> impl Iterator<Item = &'k str> + use<'k> {
        let list = self.known_list(name);
        let items = list.items.unwrap_or_else(|| {
            let items: Vec<&'k str> = list.bytes().map(|item| Text(item).as_str()).collect();
            let items: &'k [&'k str] = items.leak();
            if let Some(known) = self.known.by_place.borrow_mut().get_mut(&(name.as_ptr() as usize, name.len())) {
                known.items = Some(items);
            }
            items
        });
        items.iter().copied()
    }

    /// Whether a list has this item.
    #[must_use]
    pub fn has(&self, list: &'static str, item: &str) -> bool {
        let list = self.known_list(list);
        list.parts.iter().any(|part| part.has(item.as_bytes()))
    }

    /// The items of a list that begin with this word and a blank, without them.
    pub fn behind<'w>(&self, list: &'static str, word: &'w str) -> impl Iterator<Item = &'k str> + use<'k, 'w> {
        let list = self.known_list(list);
        let parts = if list.firsts & look(word.as_bytes()) == 0 { &[][..] } else { list.parts };
        let items = parts.iter().flat_map(|part| part.items.bytes());
        items
            .filter_map(move |item| item.strip_prefix(word.as_bytes())?.strip_prefix(b" "))
            .map(|rest| Text(rest).as_str())
    }

    /// Whether a text holds an item of a list.
    #[must_use]
    pub fn named_in(&self, list: &'static str, within: &str) -> bool {
        self.possible(list, letters(within.as_bytes())).any(|item| within.contains(Text(item).as_str()))
    }

    /// The items of a list, as globs, that a text of these [`letters`] may match.
    pub fn possible(&self, list: &'static str, letters: u32) -> impl Iterator<Item = &'k [u8]> + use<'k> {
        self.known_list(list).possible(letters)
    }

    /// The same of a list that a rule names.
    pub fn possible_of(&self, named: &str, letters: u32) -> impl Iterator<Item = &'k [u8]> + use<'k> {
        self.list_of(named).possible(letters)
    }

    /// Where a name stands in the program tells which it is, sooner than what it says: a decision asks hundreds of times.
    fn known_list(&self, name: &'static str) -> List<'k> {
        let place = (name.as_ptr() as usize, name.len());
        if let Some(list) = self.known.by_place.borrow().get(&place) {
            return *list;
        }
        let list = self.read_list(name).map_or_else(List::default, |(_, list)| list);
        let mut known = self.known.by_place.borrow_mut();
        if known.is_empty() {
            known.reserve(USUAL);
        }
        known.insert(place, list);
        list
    }

    fn list_of(&self, name: &str) -> List<'k> {
        if let Some(list) = self.known.by_name.borrow().get(name) {
            return *list;
        }
        let Some((name, list)) = self.read_list(name) else { return List::default() };
        self.known.by_name.borrow_mut().insert(name, list);
        list
    }

    /// A list and its name as it stands in the packs.
    fn read_list(&self, name: &str) -> Option<(&'k str, List<'k>)> {
        let (mut kept, mut parts) = (None, Vec::new());
        for (known, part) in self.tables.iter().flat_map(|table| named_lists(table, name)) {
            if known == name.as_bytes() {
                kept = std::str::from_utf8(known).ok();
                parts.push(part);
            }
        }
        for (known, items) in self.named.iter().filter(|(known, _)| *known == name) {
            kept = Some(*known);
            parts.push(Part::of(*items));
        }
        let firsts = parts.iter().fold(0, |set, part| set | part.firsts);
        Some((kept?, List { parts: parts.leak(), firsts, items: None }))
    }
}
