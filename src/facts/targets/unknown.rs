//! A path of which a part is not known: what it surely is, and what it may be.

use crate::facts::Target;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Classes, Where};
use crate::facts::targets::Look;
use crate::facts::targets::paths::{UNKNOWN_BELOW, UNKNOWN_PART, UNKNOWN_START, core};
use crate::facts::value::{EVERYTHING, Seg, Shape, Taint, variable_name};
use crate::limits;

impl<'a> Analysis<'a> {
    /// Whether a path is what one job of a batch system has for itself where all scratch: `/scratch/$USER/$SLURM_JOB_ID`,
    /// with a number that is certainly there.
    fn of_one_job(&self, segs: &[Seg<'a>]) -> bool {
        let lists = self.know.lists();
        let [Seg::Lit(start), .., Seg::Hole(last)] = segs else { return false };
        lists.items("scratch-places").any(|place| start.starts_with(place))
            && last.shape == Shape::NonEmpty
            && variable_name(last.source).is_some_and(|name| lists.has("numbers-of-jobs", name))
    }

    pub(super) fn unknown_path(&mut self, segs: &[Seg<'a>], text: &'a str) -> Target<'a> {
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
        // In a folder that is not known a link may lead to its own name.
        if self.state.has_links()
            && self.depth < limits::NESTING
            && let Some(path) = self.symbolic(segs).and_then(|named| self.through_own_link(named, text.ends_with('/')))
        {
            self.depth += 1;
            let target = self.known_path(path, Look::Not);
            self.depth -= 1;
            return target;
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
    pub(in crate::facts) fn place_named(&self, list: &'static str, variable: &str) -> Option<&'static str> {
        let mut known = self.know.lists().items(list).filter_map(|item| item.split_once('='));
        known.find(|(name, _)| *name == variable).map(|(_, path)| path)
    }
}

/// Whether a part of a path is each name in a folder.
pub(super) fn is_everything(seg: &Seg<'_>) -> bool {
    matches!(seg, Seg::Hole(hole) if hole.source == EVERYTHING)
}

/// `dir/*`, `dir/.*`, `dir/**`: the directory whose whole content is meant.
pub(super) fn contents_of(path: &str) -> (&str, bool) {
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

/// Whether a variable stands between two letters: `/etc/sha${x}dow`.
fn stands_within_a_name(three: &[Seg<'_>]) -> bool {
    let [Seg::Lit(before), Seg::Hole(hole), Seg::Lit(after)] = three else { return false };
    hole.shape == Shape::Any
        && variable_name(hole.source).is_some()
        && before.ends_with(char::is_alphanumeric)
        && after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}
