//! Target classes: which paths and hosts belong to which.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::inplace::hash;
use super::super::{Globs, Text};

/// A set of classes, by their index in [`TargetClasses::names`].
pub type Classes = u64;

/// The classes, and the patterns of paths and hosts that belong to them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TargetClasses<'k> {
    /// Names of the classes; the index is the bit.
    #[serde(borrow)]
    pub names: Vec<&'k str>,
    /// While packs are compiled: (key, pattern or nothing where the key says it all, class); see `facts::paths`.
    #[serde(skip)]
    pub paths: Vec<(&'k str, &'k str, u8)>,
    /// The same in place, one table for each pack blob: offsets of the buckets, then their entries
    /// (class, a byte that few other keys share, length of key, length of pattern, key, pattern). Nothing of it is decoded before it is asked for.
    path_tables: Vec<&'k [u8]>,
    /// Patterns that take a class away.
    pub not_paths: Vec<(Globs<'k>, u8)>,
    /// While packs are compiled: host patterns with their class.
    #[serde(skip)]
    pub hosts: Vec<(&'k str, u8)>,
    /// The same in place, one text for each pack blob, a line for each: not even looked at before it is asked for.
    host_tables: Vec<Text<'k>>,
    /// What was looked up before.
    #[serde(skip)]
    known: Known<'k>,
}

/// What was read once, so that a batch reads it once.
#[derive(Debug, Default)]
struct Known<'k> {
    hosts: OnceCell<Hosts<'k>>,
    self_running: OnceCell<Classes>,
}

/// What was read of one set of classes says nothing of another that begins as its copy.
impl Clone for Known<'_> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// Host patterns: names by themselves, and those with wildcards with their class.
#[derive(Clone, Debug, Default)]
struct Hosts<'k> {
    exact: BTreeMap<&'k str, Classes>,
    wild: Vec<(&'k str, u8)>,
}

/// How many buckets path patterns are sorted into.
const BUCKETS: usize = 1024;

/// The bucket of a key, and a byte that few other keys of the bucket share.
fn bucket(key: impl Iterator<Item = u8>) -> (usize, u8) {
    let hash = hash(key);
    (hash as usize % BUCKETS, (hash >> 24) as u8)
}

impl<'k> TargetClasses<'k> {
    pub(super) fn compile(&mut self) {
        self.path_tables = vec![self.path_table().leak()];
        let hosts: String = self.hosts.iter().map(|(pattern, class)| format!("{class}\t{pattern}\n")).collect();
        self.host_tables = vec![Text::from(&*hosts.leak())];
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.names = more.names;
        self.path_tables.extend(more.path_tables);
        self.not_paths.extend(more.not_paths);
        self.host_tables.extend(more.host_tables);
    }

    /// The path patterns as a table of buckets.
    fn path_table(&self) -> Vec<u8> {
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
        for table in &self.path_tables {
            let number =
                |at: usize| table.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize);
            let mut rest = table.get(number(at)..number(at + 4)).unwrap_or(&[]);
            while let [class, known, key_length, pattern_length, tail @ ..] = rest {
                let (key_length, pattern_length) = (usize::from(*key_length), usize::from(*pattern_length));
                let Some(pattern) = tail.get(key_length..key_length + pattern_length) else { break };
                // Keys are short: to call for a comparison costs more than to make it.
                let same = || tail.iter().copied().take(length).eq(sign.bytes().chain(name.bytes()));
                if *known == tag && key_length == length && same() {
                    each(pattern, *class);
                }
                rest = tail.get(key_length + pattern_length..).unwrap_or(&[]);
            }
        }
    }

    /// The classes of these names as bits; a name that no pack has is none.
    #[must_use]
    pub fn of<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Classes {
        let bits = names.into_iter().filter_map(|name| self.names.iter().position(|n| *n == name));
        bits.fold(0, |all, bit| all | 1 << bit)
    }

    /// The classes of what makes others act or must not be seen: a path of these is worth a line of its own.
    #[must_use]
    pub fn telling(&self) -> Classes {
        self.of(["watched", "ci-file", "secret", "env-file", "gate"])
    }

    /// The classes of files that run by themselves, or make others run something.
    #[must_use]
    pub fn self_running(&self) -> Classes {
        *self.known.self_running.get_or_init(|| self.of(["runs-itself", "hook", "startup", "ci-file", "agent-config"]))
    }

    /// The classes of files that let somebody in, or run something at a login or a time.
    #[must_use]
    pub fn lets_in(&self) -> Classes {
        self.of(["startup", "schedule", "account-file", "key-file"])
    }

    /// The classes of hosts that are nobody's in particular: addresses without a name, places where anybody leaves things.
    #[must_use]
    pub fn nobodys(&self) -> Classes {
        self.of(["raw-address", "drop"])
    }

    /// The classes whose host patterns match a name in small letters.
    #[must_use]
    pub fn of_host(&self, host: &str, matches: impl Fn(&str, &str) -> bool) -> Classes {
        let hosts = self.known.hosts.get_or_init(|| {
            let mut hosts = Hosts::default();
            let lines = self.host_tables.iter().flat_map(|t| t.lines());
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
}
