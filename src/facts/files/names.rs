//! Under which names the files are remembered that the script writes: paths, and what stands for one of which a part is not
//! known.

use crate::facts::Target;
use crate::facts::analysis::Analysis;
use crate::facts::files::overlay::File;
use crate::facts::targets::paths;
use crate::facts::value::{Seg, Val};

impl<'a> Analysis<'a> {
    /// The absolute form of a known path, links of the script itself followed.
    pub fn absolute(&self, path: &str) -> Option<&'a str> {
        let cwd = match self.state.cwd {
            Val::Lit(cwd) => cwd,
            _ if path.starts_with('/') => "",
            _ => return None,
        };
        let mut absolute = paths::absolute(self.bump, cwd, path);
        if self.state.has_links() {
            if path.contains("..") {
                absolute = self.above_links(cwd, path);
            }
            for _ in 0..8 {
                let mut changed = false;
                let ends: Vec<usize> =
                    absolute.char_indices().filter(|(i, c)| *c == '/' && *i > 0).map(|(i, _)| i).collect();
                for end in ends.into_iter().chain([absolute.len()]) {
                    if let Some(File { same_as: Some(target), link: true, .. }) = self.state.file(&absolute[..end]) {
                        let joined = format!("{target}{}", &absolute[end..]);
                        absolute = paths::absolute(self.bump, "", &joined);
                        changed = true;
                        break;
                    }
                }
                if !changed {
                    break;
                }
            }
        }
        Some(absolute)
    }

    /// A path without its `..`: what lies above a link lies above where it leads.
    fn above_links(&self, cwd: &str, path: &str) -> &'a str {
        let mut at = if path.starts_with('/') { String::new() } else { cwd.to_owned() };
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    for _ in 0..8 {
                        match self.state.file(&at) {
                            Some(File { same_as: Some(target), link: true, .. }) => at = (*target).to_owned(),
                            _ => break,
                        }
                    }
                    at.truncate(at.rfind('/').unwrap_or(0));
                }
                name => {
                    at.push('/');
                    at.push_str(name);
                }
            }
        }
        paths::absolute(self.bump, "", &at)
    }

    /// The name under which what a target's word names is remembered, should the script write it or have written it.
    pub fn remembered_as(&self, target: &Target<'a>, word: Val<'a>) -> Option<&'a str> {
        let unknown = matches!(word, Val::Text(_)) || !target.known || matches!(self.state.cwd, Val::Set(_));
        target.path.or_else(|| if unknown { self.overlay(word) } else { None })
    }

    /// The name under which a file that the script wrote is remembered: its path, or what [`Self::symbolic`] makes of it.
    pub fn overlay(&self, path: Val<'a>) -> Option<&'a str> {
        match path {
            Val::Lit(text) => self.absolute(text).or_else(|| self.symbolic(&[Seg::Lit(text)])),
            Val::Text(segs) => self.symbolic(segs),
            Val::Set(_) => None,
        }
    }

    /// How people read the name of a remembered file: the word, where a part of it is not known.
    pub fn shown(&self, name: &'a str, word: Val<'a>) -> &'a str {
        if name.contains(paths::UNKNOWN_START) { word.show(self.bump) } else { name }
    }

    /// A path of which a part is not known, as a name that no file of the machine has: the same variable is the same
    /// part, and so is what the same substitution gave.
    pub fn symbolic(&self, segs: &[Seg<'a>]) -> Option<&'a str> {
        let here = match segs.first() {
            Some(Seg::Lit(text)) if !text.starts_with('/') => self.state.cwd.segs(self.bump),
            _ => &[],
        };
        let mut name = bumpalo::collections::String::with_capacity_in(48, self.bump);
        name.push('/');
        let mut unknown = false;
        // One of several folders: the same as long as it is the same ones.
        if let (Val::Set(folders), false) = (self.state.cwd, here.is_empty()) {
            unknown = true;
            name.push_str(paths::UNKNOWN_START);
            for folder in folders {
                name.push_str(&folder.show(self.bump).replace('/', "|"));
            }
        }
        let here = if unknown { &[] } else { here };
        if unknown {
            name.push('/');
        }
        for seg in here.iter().chain([&Seg::Lit("/")]).filter(|_| !here.is_empty()).chain(segs) {
            match seg {
                Seg::Lit(text) if text.contains("..") && text.split('/').any(|part| part == "..") => return None,
                Seg::Lit(text) => name.push_str(text),
                Seg::Hole(hole) => {
                    unknown = true;
                    name.push_str(paths::UNKNOWN_START);
                    let source = hole.source.trim_matches(['$', '{', '}']);
                    if source.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                        name.push_str(source);
                    } else {
                        // What one substitution gave; another one of the same words gives something else.
                        let place = hole.source.as_ptr();
                        let mut known = self.substitutions.borrow_mut();
                        let number = known.iter().position(|one| *one == place).unwrap_or_else(|| {
                            known.push(place);
                            known.len() - 1
                        });
                        name.push('#');
                        name.push_str(&number.to_string());
                    }
                }
            }
        }
        let name: &'a str = name.into_bump_str();
        unknown.then(|| paths::absolute(self.bump, "", name))
    }
}
