//! What names in inline code stand for: texts, and lists of them.

use rustc_hash::FxHashMap;

use crate::limits;

/// The last that each name was given.
#[derive(Clone, Default)]
pub(super) struct Names<'a> {
    texts: FxHashMap<&'a str, &'a str>,
    lists: FxHashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Names<'a> {
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.texts.get(name).copied()
    }

    pub fn list(&self, name: &str) -> Option<&[&'a str]> {
        self.lists.get(name).map(Vec::as_slice)
    }

    pub fn give(&mut self, name: &'a str, text: &'a str) {
        self.texts.insert(name, text);
    }

    /// What a list is from here on.
    pub fn give_list(&mut self, name: &'a str, items: Vec<&'a str>) {
        self.lists.insert(name, items);
    }

    /// Puts texts to a list, as far as there is room in it.
    pub fn extend_list(&mut self, name: &'a str, items: Vec<&'a str>) {
        let list = self.lists.entry(name).or_default();
        let room = limits::UNROLL.saturating_sub(list.len());
        list.extend(items.into_iter().take(room));
    }
}
