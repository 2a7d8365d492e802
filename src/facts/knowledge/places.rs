//! What kind of thing a path, a host, a variable or a name is.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::inplace::{hash, letters};
use super::{Globs, Text, Texts};

/// A set of classes, by their index in [`Places::names`].
pub type Classes = u64;

/// Target classes: which paths and hosts belong to which.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Places<'k> {
    /// Names of the classes; the index is the bit.
    #[serde(borrow)]
    pub names: Vec<&'k str>,
    /// While packs are compiled: (key, pattern or nothing where the key says it all, class); see `facts::paths`.
    #[serde(skip)]
    pub paths: Vec<(&'k str, &'k str, u8)>,
    /// The same in place, one table for each pack blob: offsets of the buckets, then their entries
    /// (class, a byte that few other keys share, length of key, length of pattern, key, pattern). Nothing of it is decoded before it is asked for.
    pub tables: Vec<&'k [u8]>,
    /// Patterns that take a class away.
    pub not_paths: Vec<(Globs<'k>, u8)>,
    /// While packs are compiled: host patterns, environment variables by type, and those with wildcards.
    #[serde(skip)]
    pub hosts: Vec<(&'k str, u8)>,
    #[serde(skip)]
    pub variables: Vec<(&'k str, &'k str)>,
    #[serde(skip)]
    pub wild_variables: Vec<(&'k str, &'k str)>,
    /// The same in place, one text for each pack blob, a line for each: not even looked at before it is asked for.
    pub host_table: Vec<Text<'k>>,
    pub variable_table: Vec<Text<'k>>,
    pub wild_table: Vec<Text<'k>>,
    /// Lists that rules and policies name with `@`: name and items. While packs are compiled, and what a policy adds to them.
    #[serde(skip)]
    pub lists: Vec<(&'k str, Globs<'k>)>,
    /// The same in place, one table for each pack blob, with an index.
    pub list_tables: Vec<&'k [u8]>,
    /// Texts that make a name look like production, staging and so on: (word, environment).
    pub environments: Vec<(Texts<'k>, &'k str)>,
    /// What names mean in this house, as its policy says.
    #[serde(skip)]
    pub house: Vec<HouseName<'k>>,
    /// What was looked up before.
    #[serde(skip)]
    known: Known<'k>,
}

/// Lengths of words that are told apart; longer ones share the last.
const LENGTHS: usize = 16;

/// Tables that were read, so that a batch reads them once.
#[derive(Debug, Default)]
struct Known<'k> {
    lists: RefCell<FxHashMap<&'k str, List<'k>>>,
    /// The same by where a name of one stands in the program, and its length.
    named_here: RefCell<FxHashMap<(usize, usize), List<'k>>>,
    hosts: OnceCell<Hosts<'k>>,
    variables: OnceCell<Variables<'k>>,
    /// The letters that words of environments begin with, a bit for each, by the length of the words.
    begins: OnceCell<[u32; LENGTHS]>,
    self_running: OnceCell<Classes>,
}

/// What was read of one set of places says nothing of another that begins as its copy.
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
}

/// What a word looks like from outside.
fn look(item: &[u8]) -> u64 {
    let (first, last) = (item.first().copied().unwrap_or(0), item.last().copied().unwrap_or(0));
    1 << ((item.len() * 7 + usize::from(first) * 5 + usize::from(last)) % 64)
}

/// Types of environment variables: of names, and of those with wildcards.
#[derive(Clone, Debug, Default)]
struct Variables<'k> {
    exact: BTreeMap<&'k str, Vec<&'k str>>,
    wild: Vec<(&'k str, &'k str)>,
}

/// Host patterns: names by themselves, and those with wildcards with their class.
#[derive(Clone, Debug, Default)]
struct Hosts<'k> {
    exact: BTreeMap<&'k str, Classes>,
    wild: Vec<(&'k str, u8)>,
}

/// A pattern of names that a policy gives an environment.
#[derive(Clone, Copy, Debug)]
pub struct HouseName<'k> {
    pub pattern: &'k str,
    pub environment: &'k str,
    /// Said by a layer that may also lower.
    pub trusted: bool,
}

/// How many buckets path patterns are sorted into.
const BUCKETS: usize = 1024;

/// The bucket of a key, and a byte that few other keys of the bucket share.
fn bucket(key: impl Iterator<Item = u8>) -> (usize, u8) {
    let hash = hash(key);
    (hash as usize % BUCKETS, (hash >> 24) as u8)
}

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

impl<'k> Places<'k> {
    /// The lists as a table: how many there are, an index by the hashes of their names, and of each length and name, what
    /// its items look like and what their first words, lengths of filter and items, and these.
    #[must_use]
    pub fn list_table(&self) -> Vec<u8> {
        let start = 2 + self.lists.len() * INDEXED;
        let (mut index, mut records) = (Vec::new(), Vec::new());
        for (name, items) in &self.lists {
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
        [&(self.lists.len() as u16).to_le_bytes()[..], &index.collect::<Vec<u8>>(), &records].concat()
    }

    /// The path patterns as a table of buckets.
    #[must_use]
    pub fn table(&self) -> Vec<u8> {
        let mut buckets: Vec<Vec<u8>> = vec![Vec::new(); BUCKETS];
        for (key, pattern, class) in &self.paths {
            let (at, tag) = bucket(key.bytes());
            let slot = &mut buckets[at];
            slot.extend([*class, tag, key.len() as u8, pattern.len() as u8]);
            slot.extend(key.bytes().chain(pattern.bytes()));
        }
        let mut out = Vec::new();
        let mut offset = (BUCKETS + 1) * 4;
        for slot in &buckets {
            out.extend((offset as u32).to_le_bytes());
            offset += slot.len();
        }
        out.extend((offset as u32).to_le_bytes());
        out.extend(buckets.concat());
        out
    }

    /// The patterns under a key, given in two parts, with their classes.
    pub fn patterns(&self, (sign, name): (&str, &str), mut each: impl FnMut(&'k [u8], u8)) {
        let (at, tag) = bucket(sign.bytes().chain(name.bytes()));
        let (at, length) = (at * 4, sign.len() + name.len());
        for table in &self.tables {
            let number =
                |at: usize| table.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize);
            let mut rest = table.get(number(at)..number(at + 4)).unwrap_or(&[]);
            while let [class, known, key_length, pattern_length, tail @ ..] = rest {
                let (key_length, pattern_length) = (usize::from(*key_length), usize::from(*pattern_length));
                let Some(pattern) = tail.get(key_length..key_length + pattern_length) else { break };
                if *known == tag
                    && key_length == length
                    && tail.starts_with(sign.as_bytes())
                    && tail[sign.len()..].starts_with(name.as_bytes())
                {
                    each(pattern, *class);
                }
                rest = tail.get(key_length + pattern_length..).unwrap_or(&[]);
            }
        }
    }

    /// The types of a variable, the exact name before those with wildcards.
    pub fn variable_types<'p>(
        &'p self,
        name: &'p str,
        matches: impl Fn(&str, &str) -> bool + 'p,
    ) -> impl Iterator<Item = &'k str> + 'p {
        let known = self.known.variables.get_or_init(|| {
            let split = |line: &'k str| line.split_once('\t').unwrap_or((line, ""));
            let mut known = Variables::default();
            for (name, kind) in self.variable_table.iter().flat_map(|t| t.lines()).map(split) {
                known.exact.entry(name).or_default().push(kind);
            }
            known.wild = self.wild_table.iter().flat_map(|t| t.lines()).map(split).collect();
            known
        });
        let exact = known.exact.get(name).into_iter().flatten().copied();
        let wild = known.wild.iter().filter(move |(n, _)| matches(n, name)).map(|(_, kind)| *kind);
        exact.chain(wild)
    }

    /// The environment that a name's words say: `prod-eu-1` is production. Empty if they say none.
    #[must_use]
    pub fn environment_of_words(&self, name: &str) -> &'k str {
        // Few words begin as one of these does that is as long.
        let slot = |word: &[u8]| word.len().min(LENGTHS - 1);
        let bit = |letter: u8| 1 << (letter.to_ascii_lowercase() & 31);
        let begins = self.known.begins.get_or_init(|| {
            let words = self.environments.iter().flat_map(|(words, _)| words.bytes());
            words.fold([0; LENGTHS], |mut begins: [u32; LENGTHS], word| {
                begins[slot(word)] |= word.first().map_or(0, |letter| bit(*letter));
                begins
            })
        });
        for word in name.as_bytes().split(|byte| !byte.is_ascii_alphanumeric()) {
            let digits = word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
            let bare = &word[..word.len() - digits];
            let begin = begins[slot(word)] | begins[slot(bare)];
            if word.first().is_none_or(|letter| begin & bit(*letter) == 0) {
                continue;
            }
            let says =
                |known: &[u8]| known.eq_ignore_ascii_case(word) || !bare.is_empty() && known.eq_ignore_ascii_case(bare);
            if let Some((_, environment)) = self.environments.iter().find(|(words, _)| words.bytes().any(says)) {
                return environment;
            }
        }
        ""
    }

    /// The classes of these names as bits; a name that no pack has is none.
    #[must_use]
    pub fn classes<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Classes {
        let bits = names.into_iter().filter_map(|name| self.names.iter().position(|n| *n == name));
        bits.fold(0, |all, bit| all | 1 << bit)
    }

    /// The classes of what makes others act or must not be seen: a path of these is worth a line of its own.
    #[must_use]
    pub fn telling(&self) -> Classes {
        self.classes(["watched", "ci-file", "secret", "env-file", "gate"])
    }

    /// The classes of files that run by themselves, or make others run something.
    #[must_use]
    pub fn self_running(&self) -> Classes {
        *self
            .known
            .self_running
            .get_or_init(|| self.classes(["runs-itself", "hook", "startup", "ci-file", "agent-config"]))
    }

    /// The classes of files that let somebody in, or run something at a login or a time.
    #[must_use]
    pub fn lets_in(&self) -> Classes {
        self.classes(["startup", "schedule", "account-file", "key-file"])
    }

    /// The items of a list, of every pack that adds to it.
    pub fn list(&self, name: &'static str) -> impl Iterator<Item = &'k str> + use<'k> {
        let list = self.known_list(name);
        let items = list.items.unwrap_or_else(|| {
            let items: Vec<&'k str> = list.bytes().map(|item| Text(item).as_str()).collect();
            let items: &'k [&'k str] = items.leak();
            if let Some(known) = self.known.named_here.borrow_mut().get_mut(&(name.as_ptr() as usize, name.len())) {
                known.items = Some(items);
            }
            items
        });
        items.iter().copied()
    }

    /// Whether a list has this item.
    #[must_use]
    pub fn listed(&self, list: &'static str, item: &str) -> bool {
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
    pub fn possible(&self, list: &str, letters: u32) -> impl Iterator<Item = &'k [u8]> + use<'k> {
        self.list_of(list).parts.iter().flat_map(move |part| part.items.possible(letters))
    }

    /// Where a name stands in the program tells which it is, sooner than what it says: a decision asks hundreds of times.
    fn known_list(&self, name: &'static str) -> List<'k> {
        let place = (name.as_ptr() as usize, name.len());
        if let Some(list) = self.known.named_here.borrow().get(&place) {
            return *list;
        }
        let list = self.list_of(name);
        self.known.named_here.borrow_mut().insert(place, list);
        list
    }

    fn list_of(&self, name: &str) -> List<'k> {
        if let Some(list) = self.known.lists.borrow().get(name) {
            return *list;
        }
        let (mut kept, mut parts) = (None, Vec::new());
        for (known, part) in self.list_tables.iter().flat_map(|table| named_lists(table, name)) {
            if known == name.as_bytes() {
                kept = std::str::from_utf8(known).ok();
                parts.push(part);
            }
        }
        for (known, items) in self.lists.iter().filter(|(known, _)| *known == name) {
            kept = Some(*known);
            parts.push(Part::of(*items));
        }
        let Some(name) = kept else { return List::default() };
        let firsts = parts.iter().fold(0, |set, part| set | part.firsts);
        let list = List { parts: parts.leak(), firsts, items: None };
        self.known.lists.borrow_mut().insert(name, list);
        list
    }

    /// The classes whose host patterns match a name in small letters.
    #[must_use]
    pub fn host_classes(&self, host: &str, matches: impl Fn(&str, &str) -> bool) -> Classes {
        let hosts = self.known.hosts.get_or_init(|| {
            let mut hosts = Hosts::default();
            let lines = self.host_table.iter().flat_map(|t| t.lines());
            for (class, pattern) in lines.filter_map(|line| line.split_once('\t')) {
                let Ok(class) = class.parse::<u8>() else { continue };
                if pattern.contains(['*', '?', '[', '{']) {
                    hosts.wild.push((pattern, class));
                } else {
                    *hosts.exact.entry(pattern).or_default() |= 1 << class;
                }
            }
            hosts
        });
        let wild = hosts.wild.iter().filter(|(pattern, _)| matches(pattern, host));
        wild.fold(hosts.exact.get(host).copied().unwrap_or(0), |classes, (_, class)| classes | 1 << class)
    }

    /// What was collected while packs were compiled, as texts.
    #[must_use]
    pub fn texts(&self) -> [String; 3] {
        let pairs = |list: &[(&str, &str)]| list.iter().map(|(n, k)| format!("{n}\t{k}\n")).collect::<String>();
        [
            self.hosts.iter().map(|(pattern, class)| format!("{class}\t{pattern}\n")).collect(),
            pairs(&self.variables),
            pairs(&self.wild_variables),
        ]
    }
}
