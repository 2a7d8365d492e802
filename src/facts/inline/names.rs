//! What names in inline code stand for: texts, and lists of them.

use rustc_hash::FxHashMap;

/// The last that each name was given.
#[derive(Default)]
pub(super) struct Names<'a> {
    pub(super) texts: FxHashMap<&'a str, &'a str>,
    pub(super) lists: FxHashMap<&'a str, Vec<&'a str>>,
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
}
