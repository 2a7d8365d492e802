//! Targets: a word that names a path or a host, with the classes that it surely has and those that it may have.

pub mod globs;
mod hosts;
pub(super) mod mounts;
pub mod paths;
mod patterns;
pub(super) mod shares;
pub(super) mod throwaway;
pub(super) mod tokens;
mod unknown;

use crate::facts::analysis::Analysis;
use crate::facts::fold::decode;
use crate::facts::knowledge::{Classes, Where};
use crate::facts::snapshot::{Answer, Ask};
use crate::facts::targets::paths::{Ground, core};
use crate::facts::value::{Builder, Hole, Seg, Shape, Taint, Val, variable_name};
use crate::facts::{Shared, Target};
use unknown::{contents_of, is_everything};

/// Whether the edge is asked what is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Not worth a question.
    Not,
    /// The entry itself (deleting a link deletes the link).
    Entry,
    /// What a link leads to (reading it).
    Read,
    /// What a link leads to (writing through it).
    Through,
}

/// Folders above a path that are looked at.
const MOST_ABOVE: usize = 32;

impl<'a> Analysis<'a> {
    pub(super) fn ground(&self) -> Ground<'a> {
        Ground::of(self.snapshot)
    }

    /// A path as a target.
    pub fn path_target(&mut self, path: Val<'a>, look: Look) -> Target<'a> {
        let text = path.show(self.bump);
        match path {
            Val::Lit(literal) => self.known_path(literal, look),
            Val::Set(set) => set.first().map_or_else(Target::default, |v| self.path_target(*v, look)),
            Val::Text(segs) if !self.chooses && segs.iter().any(is_everything) => {
                let mut each = Builder::default();
                for seg in segs {
                    let star = Val::Lit("*");
                    each.push(self.bump, if is_everything(seg) { star } else { Val::Text(std::slice::from_ref(seg)) });
                }
                let each = each.done(self.bump);
                self.path_target(each, look)
            }
            Val::Text(segs) => self.unknown_path(segs, text),
        }
    }

    fn known_path(&mut self, literal: &'a str, look: Look) -> Target<'a> {
        // No file is called so.
        if literal.is_empty() {
            return Target { text: literal, known: true, ..Target::default() };
        }
        if let Some(path) = path_of_address(literal) {
            let path: &'a str = match decode::escaped(path, '%').filter(|plain| !plain.starts_with("file:")) {
                Some(plain) => self.bump.alloc_str(&plain),
                None => path,
            };
            return self.known_path(path, look);
        }
        if self.place.kind == Where::Remote && (literal == "~" || literal.starts_with("~/")) {
            // The home of whoever is logged in there.
            let path = self.bump.alloc_str(&format!("/home/user{}", &literal[1..]));
            return Target { text: literal, known: true, classes: self.translated(path), ..Target::default() };
        }
        let scheme = literal.bytes().position(|byte| !byte.is_ascii_alphanumeric());
        if scheme.is_some_and(|end| end > 1 && literal[end..].starts_with("://")) {
            // An object's address (`s3://bucket/key`), not a path of this machine.
            return Target { text: literal, known: true, classes: core::REMOTE, ..Target::default() };
        }
        // `C:\Users`: a drive of Windows, where its Linux mounts it.
        if scheme == Some(1)
            && let (drive, rest) = literal.split_at(1)
            && let Some(rest) = rest.strip_prefix(":/").or_else(|| rest.strip_prefix(":\\"))
        {
            let path = format!("/mnt/{}/{}", drive.to_ascii_lowercase(), rest.replace('\\', "/"));
            return Target { text: literal, ..self.known_path(self.bump.alloc_str(&path), look) };
        }
        if !matches!(self.state.cwd, Val::Lit(_)) {
            if literal.starts_with('/') {
                return self.classified(paths::absolute(self.bump, "", literal), literal, look);
            }
            // With nothing in it (`cd "$X"`) the shell stays where it is, or goes home.
            if let Val::Text([Seg::Hole(hole)]) = self.state.cwd
                && hole.shape == Shape::Any
                && self.place.local()
                && variable_name(hole.source).is_some_and(|name| self.know.lists().has("folders-of-pipelines", name))
            {
                let there = Seg::Hole(Hole { shape: Shape::NonEmpty, ..*hole });
                let mut target = self.unknown_path(&[there, Seg::Lit("/"), Seg::Lit(literal)], literal);
                for folder in [self.snapshot.home.as_str(), self.snapshot.workspace.as_str()] {
                    let path = paths::absolute(self.bump, folder, literal);
                    target.maybe |= self.translated(contents_of(path).0) & !target.classes;
                }
                return target;
            }
            // Somewhere: the directory is not known, the name is.
            let segs: Vec<Seg<'a>> = match self.state.cwd {
                Val::Text(segs) => segs.iter().copied().chain([Seg::Lit("/"), Seg::Lit(literal)]).collect(),
                Val::Set(set) => {
                    let mut all = Target { text: literal, known: true, ..Target::default() };
                    for member in set {
                        let segs: Vec<Seg<'a>> =
                            member.segs(self.bump).iter().copied().chain([Seg::Lit("/"), Seg::Lit(literal)]).collect();
                        let one = if segs.iter().all(|s| matches!(s, Seg::Lit(_))) {
                            let joined: String = segs
                                .iter()
                                .map(|s| match s {
                                    Seg::Lit(t) => t,
                                    Seg::Hole(_) => "",
                                })
                                .collect();
                            if !joined.starts_with('/') {
                                Target { classes: core::UNKNOWN, ..Target::default() }
                            } else {
                                self.classified(paths::absolute(self.bump, "", &joined), literal, look)
                            }
                        } else {
                            self.unknown_path(&segs, literal)
                        };
                        all.classes |= one.classes;
                        all.maybe |= one.maybe;
                    }
                    return all;
                }
                Val::Lit(_) => Vec::new(),
            };
            return self.unknown_path(&segs, literal);
        }
        if look != Look::Not
            && let Some((below, above)) = paths::before_parent(literal)
            && let Some(there) = self.led_elsewhere(below)
        {
            return self.known_path(self.bump.alloc_str(&format!("{there}{above}")), look);
        }
        let entry = if look == Look::Entry { self.own_link(literal) } else { None };
        match entry.or_else(|| self.absolute(literal)) {
            Some(absolute) => self.classified(absolute, literal, look),
            None => Target { text: literal, known: true, classes: core::UNKNOWN, ..Target::default() },
        }
    }

    /// An absolute, normalised path.
    fn classified(&mut self, absolute: &'a str, text: &'a str, look: Look) -> Target<'a> {
        let absolute = match self.place.root {
            "" => absolute,
            root => paths::absolute(self.bump, "", &format!("{root}{absolute}")),
        };
        match self.place.kind {
            Where::Container | Where::Running => return self.container_path(absolute, text),
            Where::Remote => {
                return Target { text, known: true, classes: self.translated(absolute), ..Target::default() };
            }
            _ => {}
        }
        self.local_path(absolute, text, look)
    }

    fn container_path(&mut self, absolute: &'a str, text: &'a str) -> Target<'a> {
        // Of mounts within mounts the innermost counts.
        let holds = |shared: &&Shared<'_>| paths::lies_in(absolute, shared.inside.trim_end_matches('/'));
        let innermost = self.place.mounts.iter().rev().filter(holds);
        if let Some(Shared { here, inside, .. }) = innermost.max_by_key(|s| s.inside.trim_end_matches('/').len()) {
            let Some(here) = here else {
                return Target { text, known: true, classes: core::CONTAINER_DATA, ..Target::default() };
            };
            let rest = &absolute[inside.trim_end_matches('/').len()..];
            let outside = self.absolute(self.bump.alloc_str(&format!("{here}{rest}"))).unwrap_or("/");
            return self.local_path(outside, text, Look::Not);
        }
        // What is done to a directory above a mount may reach the mount.
        let above = |shared: &&Shared<'_>| paths::lies_in(shared.inside, absolute.trim_end_matches('/'));
        if let Some(Shared { here, .. }) = self.place.mounts.iter().find(above) {
            let Some(here) = here else {
                return Target { text, known: true, classes: core::CONTAINER_DATA, ..Target::default() };
            };
            let outside = self.absolute(here).unwrap_or("/");
            return self.local_path(outside, text, Look::Not);
        }
        let (subject, _) = contents_of(absolute);
        let holds = |kept: &str| paths::lies_in(subject, kept);
        let vocabulary = self.know.vocabulary();
        // What lies above it goes with it.
        let above = |kept: &str| kept.strip_prefix(subject).is_some_and(|rest| rest.starts_with('/'));
        let data = self.place.kind == Where::Running
            && (subject == "/" || vocabulary.lists.items("container-data").any(|kept| holds(kept) || above(kept)));
        let mut classes = if data { core::CONTAINER_DATA } else { core::CONTAINER };
        if paths::base_name(subject).starts_with(".env") {
            classes |= vocabulary.classes.of(["env-file"]);
        }
        if vocabulary.lists.items("container-secrets").any(holds) {
            classes |= vocabulary.classes.of(["secret"]);
        }
        Target { text, known: true, classes, ..Target::default() }
    }

    fn local_path(&mut self, absolute: &'a str, text: &'a str, look: Look) -> Target<'a> {
        // `.!(|.|github)` is every hidden name but some (bash(1), "Pattern Matching"): as good as all.
        if absolute.contains('(') && ["!(", "*(", "+(", "@(", "?("].iter().any(|sign| absolute.contains(sign)) {
            let plain = self.bump.alloc_str(&patterns::without_groups(absolute));
            if plain.len() < absolute.len() {
                return self.local_path(plain, text, look);
            }
        }
        // `inf[[:alpha:]]a` (glob(7), "Character classes and internationalization")
        if absolute.contains("[:") {
            let plain = self.bump.alloc_str(&patterns::without_classes(absolute));
            if !plain.contains("[:") {
                return self.local_path(plain, text, look);
            }
        }
        let vocabulary = self.know.vocabulary();
        // `dir/*` is everything in dir.
        let (subject, contents) = contents_of(absolute);
        let mut classes = self.classes_of(subject);
        let mut real: Option<&'a str> = None;
        if contents && classes & (core::ROOT | core::HOME | core::WORKSPACE_ROOT) == 0 {
            classes |= paths::classify(&vocabulary.classes, self.ground(), absolute) & !core::UNKNOWN;
        }
        if absolute.contains(['?', '[']) || absolute.contains('*') && !contents {
            classes |= self.by_pattern(absolute);
        }
        let meant = if contents || globs::is_pattern(absolute) { self.meant_by(absolute, look) } else { &[] };
        if globs::is_pattern(subject) {
            let literal = globs::literal(subject);
            for name in if contents { self.meant_by(subject, look) } else { meant } {
                let own = self.classes_of(name);
                match name.starts_with(literal) {
                    true => classes |= own & vocabulary.classes.of(vocabulary.lists.items("kept-of-a-pattern")),
                    // A link leads there: the pattern's own place excuses nothing.
                    false => classes = own | classes & !(core::WORKSPACE | core::TEMPORARY),
                }
            }
        }
        // What git keeps of a clone is part of it.
        let made = subject.strip_suffix("/.git").unwrap_or(subject);
        if self.state.file(made).is_some_and(|f| f.directory || f.data.taint.has(Taint::TEMPORARY))
            || self.state.has_files() && self.lies_in_what_was_made(made)
        {
            classes |= core::MADE_HERE;
        }
        if let Some(there) = self.lies_on_another(subject) {
            let own = core::WORKSPACE | core::WORKSPACE_ROOT | core::TEMPORARY | core::MADE_HERE;
            classes = classes & !(own | vocabulary.classes.of(["build", "cache"]))
                | core::OUTSIDE
                | vocabulary.classes.of(["mounted"]);
            classes |= there.map_or(0, |path| self.classes_of(path) & !own);
        }
        if look != Look::Not && self.snapshot.answers() && worth_a_look(text, absolute) {
            let ask = Ask::Path(format!("{}{subject}", if look == Look::Entry { "!" } else { "" }));
            if let Answer::Link(to) = self.ask(&ask) {
                // The effect is on what the link leads to, whatever the name looks like.
                classes = paths::classify(&vocabulary.classes, self.ground(), to) | (classes & core::MADE_HERE);
                real = Some(to);
            }
        }
        let path = (!contents).then_some(absolute);
        Target { text, known: true, classes, maybe: 0, path, real, meant }
    }

    /// Where a folder of this machine leads that is a link: what lies above it lies above that.
    fn led_elsewhere(&mut self, folder: &str) -> Option<&'a str> {
        let absolute = self.absolute(folder).filter(|_| self.place.local() && self.snapshot.answers())?;
        match self.ask(&Ask::Path(absolute.to_owned())) {
            Answer::Link(to) => Some(to),
            _ => None,
        }
    }

    fn classes_of(&mut self, path: &'a str) -> Classes {
        if let Some((_, classes)) = self.classes.iter().find(|(known, _)| *known == path) {
            return *classes;
        }
        let classes = paths::classify(self.know.classes(), self.ground(), path);
        self.classes.rotate_right(1);
        self.classes[0] = (path, classes);
        classes
    }

    /// A path with the home directory in place of a leading `~`, where that is known.
    pub fn tilde_expanded(&self, path: &'a str) -> &'a str {
        let home = self.snapshot.home.as_str();
        match path.strip_prefix('~') {
            Some(rest) if !home.is_empty() && (rest.is_empty() || rest.starts_with('/')) => {
                self.bump.alloc_str(&[home, rest].concat())
            }
            _ => path,
        }
    }

    /// A path with holes: what is known of it decides what it surely is; what an empty hole would make it, what it
    /// may be.
    /// Whether the nearest of a path and the folders above it of which the script knows is a folder that it made: what lies
    /// in there came with it. What was moved there is known by itself.
    fn lies_in_what_was_made(&self, path: &str) -> bool {
        let above = std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(folder, _)| folder));
        let known = above.take_while(|path| !path.is_empty()).take(MOST_ABOVE).find_map(|path| self.state.file(path));
        known.is_some_and(|file| file.directory)
    }

    /// The file of keys that a variable names by which tools are told where it lies (`$KUBECONFIG`), where it lies unless
    /// something else is said; any other path as it is.
    pub(in crate::facts) fn file_of_keys(&self, path: Val<'a>) -> Val<'a> {
        let Val::Text([Seg::Hole(hole), rest @ ..]) = path else { return path };
        let Some(usual) = variable_name(hole.source).and_then(|name| self.place_named("files-of-keys", name)) else {
            return path;
        };
        let segs: Vec<Seg<'a>> =
            [Seg::Lit(self.tilde_expanded(usual))].into_iter().chain(rest.iter().copied()).collect();
        let whole = Val::Text(self.bump.alloc_slice_copy(&segs)).with_unknown("");
        whole.map_or(path, |text| Val::Lit(self.bump.alloc_str(&text)))
    }

    /// The path of a link that the script made, not followed itself; none if it is no such link.
    pub(in crate::facts) fn own_link(&self, path: &str) -> Option<&'a str> {
        // What walks through a folder may have followed the link to it.
        let path = Some(path).filter(|path| self.state.has_links() && !self.walking && !path.ends_with(['/', '.']))?;
        let (folder, name) = path.rsplit_once('/').map_or((".", path), |(folder, name)| (folder, name));
        let folder = self.absolute(if folder.is_empty() { "/" } else { folder })?;
        let link = self.bump.alloc_str(&format!("{}/{name}", folder.trim_end_matches('/')));
        self.state.file(link).filter(|file| file.link).map(|_| &*link)
    }

    /// Where a link that the script made leads, of a path that is not known otherwise; the link itself only with `whole`.
    fn through_own_link(&self, named: &str, whole: bool) -> Option<&'a str> {
        let ends = named.match_indices('/').map(|(at, _)| at).skip(1).chain(whole.then_some(named.len()));
        ends.filter_map(|end| Some((end, self.state.file(&named[..end])?))).find_map(|(end, file)| {
            let target = file.same_as.filter(|_| file.link)?;
            Some(&*self.bump.alloc_str(&format!("{target}{}", &named[end..])))
        })
    }

    fn translated(&mut self, path: &'a str) -> Classes {
        let vocabulary = self.know.vocabulary();
        match self.place.kind {
            Where::Container | Where::Running => self.container_path(path, path).classes,
            // Another machine: its root is a root, its home a home; our workspace is not there.
            Where::Remote => paths::classify(&vocabulary.classes, Ground::default(), path) | core::REMOTE,
            _ => paths::classify(&vocabulary.classes, self.ground(), path),
        }
    }

    /// What reading from a path of these classes says of the data.
    pub fn class_taint(&self, classes: Classes) -> Taint {
        let mut taint = Taint::OPAQUE;
        for (class, bit) in self.know.provenance() {
            if classes & class != 0 {
                taint |= *bit;
            }
        }
        taint
    }
}

/// The path that an address of a file says, however often it says that it is one: `file:///srv/x` (RFC 8089),
/// `file:x?options`, as SQLite and others take it.
pub(super) fn path_of_address(text: &str) -> Option<&str> {
    let scheme = |text: &str| text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:"));
    let (mut path, mut options) = (text, false);
    while scheme(path) {
        let rest = &path[5..];
        options |= !rest.starts_with("//");
        path = rest.strip_prefix("//").map_or(rest, |rest| rest.strip_prefix("localhost").unwrap_or(rest));
    }
    let path = if options { path.split('?').next().unwrap_or(path) } else { path };
    scheme(text).then_some(path)
}

/// Links matter where the path is short enough to be typed and not one of the well-known system places.
fn worth_a_look(text: &str, absolute: &str) -> bool {
    !text.is_empty()
        && !absolute.starts_with("/dev/")
        && !absolute.starts_with("/proc/")
        && !absolute.contains(['*', '?', '\u{1}', '\n'])
        && absolute.len() < 4096
}
