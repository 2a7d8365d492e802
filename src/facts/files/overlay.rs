//! The files that the script itself wrote, linked or deleted, laid over those that lie there already.

use std::collections::BTreeMap;
use std::ops::Bound;

use bumpalo::Bump;

use crate::facts::targets::paths::base_name;
use crate::facts::value::{Data, Taint, Val};

/// What the script itself did to a path.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    pub data: Data<'a>,
    /// It is another name, or a copy, of this path or program.
    pub same_as: Option<&'a str>,
    /// A symbolic link (not a copy).
    pub link: bool,
    pub directory: bool,
    /// Whether it was written is not known: what lay there may lie there still.
    pub perhaps: bool,
    /// What the script had written there before: a write may fail (`set -C`, `chattr +i`), or not take place (`cp -n`).
    pub older: Option<Val<'a>>,
}

impl<'a> File<'a> {
    /// A plain file of this content.
    #[must_use]
    pub const fn of(data: Data<'a>) -> Self {
        File { data, same_as: None, link: false, directory: false, perhaps: false, older: None }
    }

    /// A folder, each file of which is what `data` says.
    #[must_use]
    pub const fn filled(data: Data<'a>) -> Self {
        File { directory: true, ..File::of(data) }
    }

    fn is_filled(&self) -> bool {
        self.directory && self.data.taint.has(Taint::NETWORK)
    }

    /// The same in the place of another one.
    #[must_use]
    pub fn over(self, bump: &'a Bump, before: Option<File<'a>>) -> Self {
        let Some(File { data: Data { text: Some(text), .. }, older, directory: false, .. }) = before else {
            return self;
        };
        if self.data.text == Some(text) {
            return File { older, ..self };
        }
        File { older: Val::either(bump, Some(text), older), ..self }
    }
}

/// Files by absolute path, in order: what lies below a folder stands together.
#[derive(Default)]
pub struct Overlay<'a> {
    files: BTreeMap<&'a str, File<'a>>,
    links: usize,
    /// Folders that were filled with what nobody has seen.
    filled: usize,
}

impl<'a> Overlay<'a> {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    #[must_use]
    pub fn has_links(&self) -> bool {
        self.links > 0
    }

    #[must_use]
    pub fn get(&self, path: &str) -> Option<File<'a>> {
        let own = self.files.get(path).copied();
        if own.is_some() || self.filled == 0 {
            return own;
        }
        let folders = path.rmatch_indices('/').map(|(at, _)| &path[..at]);
        let around = folders.filter_map(|folder| self.files.get(folder)).find(|file| file.is_filled())?;
        Some(File::of(around.data))
    }

    /// Puts a file there, or takes it away; what was there before.
    pub fn put(&mut self, path: &'a str, file: Option<File<'a>>) -> Option<File<'a>> {
        let before = match file {
            Some(file) => self.files.insert(path, file),
            None => self.files.remove(path),
        };
        let link = |file: Option<File<'_>>| usize::from(file.is_some_and(|file| file.link));
        let filled = |file: Option<File<'_>>| usize::from(file.is_some_and(|file| file.is_filled()));
        self.links = self.links + link(file) - link(before);
        self.filled = self.filled + filled(file) - filled(before);
        before
    }

    /// A file of this name whose text is known, the first of so many that are looked at.
    pub fn called(&self, name: &str, looked_at: usize) -> Option<&'a str> {
        let files = self.files.iter().take(looked_at);
        let text = |file: &File<'_>| file.data.text.is_some() && !file.directory && file.same_as.is_none();
        files.filter(|(_, file)| text(file)).map(|(path, _)| *path).find(|path| base_name(path) == name)
    }

    /// The files anywhere below a folder, by the rest of their paths, in order.
    pub fn below(&self, folder: &str) -> impl Iterator<Item = (&'a str, File<'a>)> {
        self.within(folder).filter(|(_, file)| !file.directory)
    }

    /// The names of what lies in a folder, in order.
    pub fn names_in(&self, folder: &str) -> impl Iterator<Item = &'a str> {
        self.within(folder.trim_end_matches('/')).map(|(name, _)| name).filter(|name| !name.contains('/'))
    }

    fn within(&self, folder: &str) -> impl Iterator<Item = (&'a str, File<'a>)> {
        let start = format!("{folder}/");
        let first = self.files.range::<str, _>((Bound::Excluded(start.as_str()), Bound::Unbounded));
        first.map_while(move |(path, file)| Some((path.strip_prefix(&start)?, *file)))
    }
}
