//! Targets: a word that names a path or a host, with the classes that it surely has and those that it may have.

pub mod globs;
pub(super) mod mounts;
pub mod paths;
mod patterns;
pub(super) mod shares;
pub(super) mod throwaway;
pub(super) mod tokens;

use crate::facts::analysis::Analysis;
use crate::facts::fold::decode;
use crate::facts::knowledge::{Classes, Where};
use crate::facts::snapshot::{Answer, Ask};
use crate::facts::targets::paths::{Ground, UNKNOWN_BELOW, UNKNOWN_PART, UNKNOWN_START, core};
use crate::facts::value::{Builder, EVERYTHING, Hole, Seg, Shape, Taint, Val, variable_name};
use crate::facts::{Shared, Target};

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

    /// Whether a path is what one job of a batch system has for itself where all scratch: `/scratch/$USER/$SLURM_JOB_ID`,
    /// with a number that is certainly there.
    fn of_one_job(&self, segs: &[Seg<'a>]) -> bool {
        let lists = self.know.lists();
        let [Seg::Lit(start), .., Seg::Hole(last)] = segs else { return false };
        lists.items("scratch-places").any(|place| start.starts_with(place))
            && last.shape == Shape::NonEmpty
            && variable_name(last.source).is_some_and(|name| lists.has("numbers-of-jobs", name))
    }

    fn unknown_path(&mut self, segs: &[Seg<'a>], text: &'a str) -> Target<'a> {
        let mut filled = String::new();
        let mut emptied = String::new();
        let mut maybe_empty = false;
        let mut taint = Taint::NONE;
        let mut made = false;
        for (index, seg) in segs.iter().enumerate() {
            match seg {
                Seg::Lit(part) => {
                    filled.push_str(part);
                    emptied.push_str(part);
                }
                Seg::Hole(hole) if index == 0 && self.folder_of_data(hole.source).is_some() => {
                    filled.push_str(self.folder_of_data(hole.source).unwrap_or_default());
                }
                Seg::Hole(hole) => {
                    taint |= hole.taint;
                    made |= index == 0 && hole.shape == Shape::MadePath;
                    if index == 0 && hole.shape == Shape::MadePath {
                        filled.push_str("/tmp/made");
                    } else if index == 0 && matches!(hole.shape, Shape::Any | Shape::NonEmpty) {
                        filled.push('/');
                        filled.push_str(UNKNOWN_START);
                    } else if hole.shape == Shape::Below {
                        filled.push_str(UNKNOWN_BELOW);
                    } else {
                        filled.push_str(UNKNOWN_PART);
                    }
                    maybe_empty |= hole.shape == Shape::Any;
                    if hole.shape != Shape::Any {
                        emptied.push_str(UNKNOWN_PART);
                    }
                }
            }
        }
        if self.state.has_links()
            && let Some(path) = self.symbolic(segs).and_then(|named| self.through_own_link(named, text.ends_with('/')))
        {
            return self.known_path(path, Look::Not);
        }
        let up = |seg: &Seg<'_>| matches!(seg, Seg::Lit(part) if part.split('/').any(|name| name == ".."));
        if (made || self.of_one_job(segs)) && !segs.iter().any(up) {
            let classes = core::TEMPORARY | core::MADE_HERE;
            return Target { text, known: false, classes, ..Target::default() };
        }
        // The folder of the script itself, or one above it: with everything in it, it is the project.
        if let [Seg::Hole(hole), rest @ ..] = segs
            && hole.taint.has(Taint::OWN_SCRIPT)
            && self.place.local()
            && !matches!(hole.source, "$0" | "${0}" | "$BASH_SOURCE" | "${BASH_SOURCE}" | "${BASH_SOURCE[0]}")
            && rest.iter().all(|seg| matches!(seg, Seg::Lit(part) if part.split('/').all(names_nothing)))
        {
            return Target { text, known: false, classes: core::WORKSPACE_ROOT | core::WORKSPACE, ..Target::default() };
        }
        if self.place.kind == Where::Remote
            && let [Seg::Hole(hole), rest @ ..] = segs
            && matches!(hole.source, "~" | "$HOME" | "${HOME}")
        {
            // On another machine nobody here knows where the home is; that it is one is certain.
            if rest.iter().all(|seg| matches!(seg, Seg::Lit(part) if part.trim_matches(['/', '*']).is_empty())) {
                return Target { text, known: false, classes: core::HOME | core::REMOTE, ..Target::default() };
            }
            // What lies there to log in by, or runs at a login, is that in every home.
            if let [Seg::Lit(rest)] = rest {
                let classes = self.translated(self.bump.alloc_str(&format!("/home/user{rest}")));
                if classes & self.know.classes().lets_in() != 0 {
                    return Target { text, known: true, classes, ..Target::default() };
                }
            }
        }
        let base = |this: &Self, path: &str| -> Option<&'a str> { this.absolute(this.bump.alloc_str(path)) };
        let describes = |source: &str| source.contains(' ') && !source.starts_with('$');
        let listed = |source: &str| describes(source) || source.starts_with("$(");
        let classes = match base(self, &filled) {
            Some(path) => self.translated(contents_of(path).0),
            None => core::UNKNOWN,
        };
        // All that lies below a home, the root or a folder of secrets is what that is.
        let classes = match segs {
            [Seg::Lit(folder), Seg::Hole(hole)] if hole.shape == Shape::Below && folder.len() > 1 => {
                let folder = base(self, folder.trim_end_matches('/')).map_or(0, |path| self.translated(path));
                classes | folder & (self.know.classes().of(["secret"]) | core::HOME | core::ROOT)
            }
            // Whatever a folder of secrets is found to hold: `ls ~/.ssh | xargs -I{} cat ~/.ssh/{}`.
            [Seg::Lit(folder), Seg::Hole(hole)] if folder.ends_with('/') && listed(hole.source) => {
                let folder = base(self, folder.trim_end_matches('/')).map_or(0, |path| self.translated(path));
                classes | folder & self.know.classes().of(["secret"])
            }
            // What find looks for may lie right there.
            [Seg::Lit(folder), Seg::Hole(hole), Seg::Lit(name)] if hole.shape == Shape::Below => {
                let path = format!("{folder}/{}", name.trim_start_matches('/'));
                let there = base(self, &path).map_or(0, |path| self.translated(path));
                classes | there & self.know.classes().of(["secret", "account-file", "key-file"])
            }
            _ => classes,
        };
        // `~/…/id_*`, the names that find looks for below a home.
        let classes = match segs {
            [Seg::Lit(folder), Seg::Hole(hole), Seg::Lit(name)]
                if hole.shape == Shape::Below
                    && name.find(['*', '?', '[']).is_none_or(|at| at >= 3)
                    && !self.know.lists().has("names-of-anything", name.trim_start_matches('/')) =>
            {
                let pattern = format!("{folder}**{name}");
                base(self, &pattern).map_or(classes, |path| classes | self.by_pattern(path))
            }
            _ => classes,
        };
        // The settings of every project that somebody has, all at once.
        let classes = match segs {
            [Seg::Lit(folder), Seg::Hole(hole), Seg::Lit(name)]
                if hole.shape == Shape::Below
                    && (matches!(*name, ".env*" | "/.env*") || classes & self.know.classes().of(["env-file"]) != 0) =>
            {
                let folder = if *folder == "/" { folder } else { folder.trim_end_matches('/') };
                let folder = base(self, folder).map_or(0, |path| self.translated(path));
                let all = folder & (core::HOME | core::ROOT) != 0;
                classes | if all { self.know.classes().of(["secret"]) } else { 0 }
            }
            _ => classes,
        };
        let mut maybe: Classes = 0;
        let mut classes = classes;
        if maybe_empty && !emptied.is_empty() {
            if let Some(path) = base(self, &emptied) {
                let there = self.translated(contents_of(path).0);
                // With nothing in it it names something of its own, and who writes it there means that.
                if segs.windows(3).any(|three| stands_within_a_name(three))
                    && there & self.know.classes().of(["secret", "startup", "key-file"]) != 0
                {
                    classes |= there;
                }
                maybe = there & !classes;
            }
        } else if maybe_empty {
            maybe = core::OUTSIDE;
        }
        if classes & core::UNKNOWN != 0 {
            maybe |= core::OUTSIDE;
        }
        // By its variable's name; what only describes it (`a line of input`) says nothing.
        if let [Seg::Lit("/dev/"), Seg::Hole(hole), ..] = segs
            && (describes(hole.source)
                || !self.know.lists().items("no-disks").any(|sign| hole.source.to_ascii_lowercase().contains(sign)))
        {
            maybe |= self.know.classes().of(["device"]);
        }
        Target { text, known: false, classes, maybe, ..Target::default() }
    }

    /// Where the data lies that a server's own variable names: `$PGDATA`.
    pub(in crate::facts) fn folder_of_data(&self, source: &str) -> Option<&'static str> {
        let name = source.strip_prefix('$')?;
        self.place_named(
            "folders-of-data",
            name.strip_prefix('{').map_or(name, |name| name.trim_end_matches(['}', '?', ':'])),
        )
    }

    /// What a list of `VARIABLE=path` says for a variable.
    fn place_named(&self, list: &'static str, variable: &str) -> Option<&'static str> {
        let mut known = self.know.lists().items(list).filter_map(|item| item.split_once('='));
        known.find(|(name, _)| *name == variable).map(|(_, path)| path)
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

    /// What lies on this machine or in the network of its house.
    pub fn near(&self) -> Classes {
        core::LOOPBACK | self.know.vocabulary().classes.of(["private-network"])
    }

    /// A URL, host or address as a target.
    pub fn host_target(&mut self, host: Val<'a>) -> Target<'a> {
        let text = host.show(self.bump);
        let vocabulary = self.know.vocabulary();
        match host {
            Val::Lit(literal) => {
                let host = if paths::is_port(literal) { "localhost" } else { paths::host_of(literal) };
                let classes = paths::classify_host(&vocabulary.classes, host);
                // A name of the network that a container of this machine is in.
                let in_its_network = self.place.kind == Where::Running
                    && !self.place.far
                    && !host.is_empty()
                    && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
                let classes =
                    if in_its_network { classes | vocabulary.classes.of(["development-host"]) } else { classes };
                // A net of addresses is not the one that it begins with.
                let net =
                    literal.rsplit_once('/').is_some_and(|(before, bits)| before == host && bits.parse::<u8>().is_ok());
                let classes = if net && host == "0.0.0.0" { vocabulary.classes.of(["raw-address"]) } else { classes };
                Target { text, known: true, classes, ..Target::default() }
            }
            Val::Text(segs) => {
                // `https://oauth2:$TOKEN@example.com/$X`: a token has nothing in it that ends a host (RFC 3986, 3.2.1).
                if let [Seg::Lit(start), Seg::Hole(token), Seg::Lit(rest), ..] = segs
                    && start.split_once("://").is_some_and(|(_, user)| !user.contains(['/', '@', '?']))
                    && token.taint.has(Taint::SECRET_VARIABLE)
                    && let Some((host, _)) = rest.strip_prefix('@').and_then(|rest| rest.split_once('/'))
                    && !host.contains('@')
                {
                    let classes = paths::classify_host(&vocabulary.classes, paths::host_of(host));
                    return Target { text, known: false, classes, ..Target::default() };
                }
                // `https://example.com/$X`: the host is known if it ends before the hole.
                let start = match segs.first() {
                    Some(Seg::Lit(text)) => *text,
                    _ => "",
                };
                let after_scheme = start.split_once("://").map_or(start, |(_, rest)| rest);
                let ends =
                    after_scheme.contains(['/', '?']) || (after_scheme.contains(':') && !after_scheme.contains('@'));
                // What hands out credentials is meant whatever is asked of it.
                let metadata = vocabulary.classes.of(["metadata"]);
                let named = || match segs.first() {
                    Some(Seg::Hole(hole)) => variable_name(hole.source.trim())
                        .is_some_and(|name| vocabulary.lists.has("metadata-variables", name)),
                    _ => paths::classify_host(&vocabulary.classes, after_scheme) & metadata != 0,
                };
                let classes = match ends {
                    true if paths::is_port(start) => paths::classify_host(&vocabulary.classes, "localhost"),
                    true => paths::classify_host(&vocabulary.classes, paths::host_of(start)),
                    false if named() => metadata,
                    false => core::UNKNOWN,
                };
                Target { text, known: false, classes, ..Target::default() }
            }
            Val::Set(set) => set.first().map_or_else(Target::default, |v| self.host_target(*v)),
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

/// Whether a part of a path is each name in a folder.
fn is_everything(seg: &Seg<'_>) -> bool {
    matches!(seg, Seg::Hole(hole) if hole.source == EVERYTHING)
}

/// `dir/*`, `dir/.*`, `dir/**`: the directory whose whole content is meant.
fn contents_of(path: &str) -> (&str, bool) {
    let mut subject = path;
    let mut contents = false;
    // Most paths end otherwise.
    while subject.ends_with(['*', '.', '?'])
        && let Some((head, last)) = subject.rsplit_once('/')
    {
        if !last.is_empty() && last.bytes().all(|b| matches!(b, b'*' | b'.' | b'?')) && last.contains(['*', '?']) {
            subject = if head.is_empty() { "/" } else { head };
            contents = true;
            if subject == "/" {
                break;
            }
        } else {
            break;
        }
    }
    (subject, contents)
}

/// A part of a path that leads to no name: up, or to everything.
fn names_nothing(part: &str) -> bool {
    matches!(part, "" | "." | ".." | "*")
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

/// Whether a variable stands between two letters: `/etc/sha${x}dow`.
fn stands_within_a_name(three: &[Seg<'_>]) -> bool {
    let [Seg::Lit(before), Seg::Hole(hole), Seg::Lit(after)] = three else { return false };
    hole.shape == Shape::Any
        && variable_name(hole.source).is_some()
        && before.ends_with(char::is_alphanumeric)
        && after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// Links matter where the path is short enough to be typed and not one of the well-known system places.
fn worth_a_look(text: &str, absolute: &str) -> bool {
    !text.is_empty()
        && !absolute.starts_with("/dev/")
        && !absolute.starts_with("/proc/")
        && !absolute.contains(['*', '?', '\u{1}', '\n'])
        && absolute.len() < 4096
}
