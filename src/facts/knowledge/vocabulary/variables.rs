//! What environment variables do for the programs that read them.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::Text;

/// Environment variables by type: `code`, `search-path`, `source-address` and so on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Variables<'k> {
    /// While packs are compiled: names, and patterns of names, with their type.
    #[serde(skip)]
    pub types: Vec<(&'k str, &'k str)>,
    /// The same in place, one text for each pack blob, a line for each: not even looked at before
    /// it is asked for.
    #[serde(borrow)]
    tables: Vec<Text<'k>>,
    #[serde(skip)]
    known: Known<'k>,
}

/// Types that were read once, so that a batch reads them once.
#[derive(Debug, Default)]
struct Known<'k>(OnceCell<ByName<'k>>);

/// What was read of one set of variables says nothing of another that begins as its copy.
impl Clone for Known<'_> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// Types of names by themselves, and of those with wildcards.
#[derive(Debug, Default)]
struct ByName<'k> {
    exact: BTreeMap<&'k str, Vec<&'k str>>,
    wild: Vec<(&'k str, &'k str)>,
}

impl<'k> Variables<'k> {
    pub(super) fn compile(&mut self) {
        self.types.sort_unstable();
        let lines: String = self.types.iter().map(|(name, kind)| format!("{name}\t{kind}\n")).collect();
        self.tables = vec![Text::from(&*lines.leak())];
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.tables.extend(more.tables);
    }

    /// The types of a variable, the exact name before those with wildcards.
    pub fn types_of<'p>(
        &'p self,
        name: &'p str,
        matches: impl Fn(&str, &str) -> bool + 'p,
    ) -> impl Iterator<Item = &'k str> + 'p {
        let known = self.known.0.get_or_init(|| {
            let mut known = ByName::default();
            for line in self.tables.iter().flat_map(|table| table.lines()) {
                let (name, kind) = line.split_once('\t').unwrap_or((line, ""));
                if name.contains('*') {
                    known.wild.push((name, kind));
                } else {
                    known.exact.entry(name).or_default().push(kind);
                }
            }
            known
        });
        let exact = known.exact.get(name).into_iter().flatten().copied();
        let wild = known.wild.iter().filter(move |(n, _)| matches(n, name)).map(|(_, kind)| *kind);
        exact.chain(wild)
    }
}
