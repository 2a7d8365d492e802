//! What a subshell or a branch changed, undone or joined: as much is gone through as was changed.

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use super::{Changes, Options, State, Undo, put};
use crate::facts::evaluate::either::{Defined, either_alias, either_file, either_function, either_items};
use crate::facts::evaluate::variable::Var;
use crate::facts::files::overlay::File;
use crate::facts::value::{Shape, Taint, Val};

impl<'a> State<'a> {
    #[must_use]
    pub fn mark(&self) -> usize {
        self.journal.len()
    }

    /// Undoes everything since the mark, and tells what had been changed.
    pub fn rollback(&mut self, mark: usize) -> Changes<'a> {
        let mut changes = Changes::default();
        while self.journal.len() > mark {
            let Some(undo) = self.journal.pop() else { break };
            match undo {
                Undo::Var(name, before) => {
                    let after = put(&mut self.vars, name, before);
                    note(&mut changes.vars, name, after);
                }
                Undo::Function(name, before) => {
                    let after = put(&mut self.functions, name, before);
                    note(&mut changes.functions, name, after);
                }
                Undo::Alias(name, before) => {
                    let after = put(&mut self.aliases, name, before);
                    note(&mut changes.aliases, name, after);
                }
                Undo::File(path, before) => {
                    let after = self.files.put(path, before.map(|file| *file));
                    note(&mut changes.files, path, after);
                }
                Undo::Channel(fd, before) => {
                    let after = put(&mut self.channels, fd, before);
                    note(&mut changes.channels, fd, after);
                }
                Undo::Cwd(before) => {
                    if changes.cwd.is_none() {
                        changes.cwd = Some(self.cwd);
                    }
                    self.cwd = before;
                }
                Undo::Arguments(before, known) => {
                    changes.arguments.get_or_insert((self.arguments, self.arguments_known));
                    self.arguments = before;
                    self.arguments_known = known;
                }
                Undo::Options(before) => {
                    changes.options.get_or_insert(self.options);
                    self.options = before;
                }
            }
        }
        changes
    }

    /// Whether something was set since the mark that may be another thing if it did not happen: variables, files,
    /// functions, aliases, arguments.
    #[must_use]
    pub fn sets_since(&self, mark: usize) -> bool {
        let sets = |undo: &Undo<'_>| {
            matches!(
                undo,
                Undo::Var(..)
                    | Undo::File(..)
                    | Undo::Function(..)
                    | Undo::Alias(..)
                    | Undo::Arguments(..)
                    | Undo::Options(..)
            )
        };
        self.journal[mark..].iter().any(sets)
    }

    /// Whether files were written, linked or removed since the mark.
    #[must_use]
    pub fn writes_since(&self, mark: usize) -> bool {
        self.journal.get(mark..).unwrap_or_default().iter().any(|undo| matches!(undo, Undo::File(..)))
    }

    /// Whether a round that begins now finds something else than at the mark, beside variables: where it is, its functions,
    /// its words, and files of these names.
    #[must_use]
    pub fn moved_since(&self, mark: usize, speaks_of: impl Fn(&str) -> bool) -> bool {
        self.journal.get(mark..).unwrap_or_default().iter().any(|undo| match undo {
            Undo::Function(..) | Undo::Alias(..) => true,
            Undo::Cwd(before) => *before != self.cwd,
            Undo::Arguments(before, _) => !std::ptr::eq(*before, self.arguments),
            Undo::File(path, _) => speaks_of(path),
            _ => false,
        })
    }

    /// The variables that hold something else than at the mark, in order.
    #[must_use]
    pub fn changed_since(&self, mark: usize) -> Vec<&'a str> {
        let differs = |(name, before): &(&'a str, Option<Var<'a>>)| match (before, self.vars.get(name)) {
            (Some(one), Some(other)) => one.val != other.val || one.items != other.items,
            (one, other) => one.is_some() || other.is_some(),
        };
        self.before_since(mark).into_iter().filter(differs).map(|(name, _)| name).collect()
    }

    /// The variables that were set since the mark, in order, with what they were by then.
    #[must_use]
    pub fn before_since(&self, mark: usize) -> Vec<(&'a str, Option<Var<'a>>)> {
        let since = self.journal.get(mark..).unwrap_or_default().iter();
        let set =
            since.filter_map(|undo| if let Undo::Var(name, before) = undo { Some((*name, *before)) } else { None });
        let mut all: Vec<(&'a str, Option<Var<'a>>)> = set.collect();
        // The first entry of a name says what it was at the mark.
        all.sort_by_key(|(name, _)| *name);
        all.dedup_by_key(|(name, _)| *name);
        all
    }

    /// The variables that were set since the mark and are known to hold something, in order, without what only a test said.
    #[must_use]
    pub fn assigned_since(&self, mark: usize) -> Vec<(&'a str, Var<'a>)> {
        let since = self.journal.get(mark..).unwrap_or_default().iter();
        let mut names: Vec<&'a str> =
            since.filter_map(|undo| if let Undo::Var(name, _) = undo { Some(*name) } else { None }).collect();
        names.sort_unstable();
        names.dedup();
        let set = |name: &'a str| Some((name, *self.vars.get(name)?));
        names.into_iter().filter_map(set).filter(|(_, var)| !var.assumed && var.val != Val::EMPTY).collect()
    }

    /// The variables that programs are given, in no order.
    pub fn exported(&self) -> impl Iterator<Item = (&'a str, Val<'a>)> {
        self.vars.iter().filter(|(_, var)| var.exported).map(|(name, var)| (*name, var.val))
    }

    /// What may not have happened: a variable may hold what it held before. Of all else the strict reading is that it
    /// happened.
    pub fn perhaps(&mut self, bump: &'a Bump, changes: Changes<'a>) {
        let mut names: Vec<&'a str> = changes.vars.keys().copied().collect();
        names.sort_unstable();
        for name in names {
            let var = match (self.var(name), changes.vars.get(name)) {
                (Some(before), Some(Some(after))) => {
                    let items = either_items(bump, &[*after, before]).or(after.items).or(before.items);
                    let val = Val::set(bump, &[after.val, before.val]);
                    let perhaps_unset = before.perhaps_unset || after.perhaps_unset || before.unset != after.unset;
                    let var = Var { val, items, unset: before.unset && after.unset, perhaps_unset, ..*after };
                    Some(var.readonly_if(before.readonly))
                }
                // What was only found by a test holds no longer where it was not.
                (None, Some(Some(after))) if after.assumed => None,
                (None, Some(Some(after))) => {
                    let val = Val::set(bump, &[after.val, from_outside(bump, name)]);
                    Some(Var { val, perhaps_unset: true, ..after.readonly_if(false) })
                }
                (before, _) => before,
            };
            self.set_var(name, var);
        }
        for (name, function) in changes.functions {
            self.define(name, either_function(bump, self.defined(name), function));
        }
        for (name, alias) in changes.aliases {
            self.set_alias(name, either_alias(bump, self.alias(name), alias));
        }
        for (path, file) in changes.files {
            let file = match (self.file(path), file) {
                (Some(before), Some(after)) if !after.directory => Some(either_file(bump, before, after)),
                (None, Some(after)) => Some(File { perhaps: !after.directory, ..after }),
                (Some(before), None) if !before.directory => Some(before),
                (_, after) => after,
            };
            self.set_file(path, file);
        }
        if let Some(cwd) = changes.cwd {
            self.set_cwd(cwd);
        }
        for (fd, channel) in changes.channels {
            self.set_channel(fd, channel);
        }
        if let Some(options) = changes.options {
            self.set_options(options.or(self.options));
        }
        if let Some(after) = changes.arguments {
            self.set_either_arguments(bump, after);
        }
    }

    /// The arguments are these, or those at hand.
    fn set_either_arguments(&mut self, bump: &'a Bump, (after, known): (&'a [Val<'a>], bool)) {
        const MOST: usize = 256;
        if std::ptr::eq(after, self.arguments) && known == self.arguments_known {
            return;
        }
        let count = after.len().max(self.arguments.len());
        // So many that nobody follows each.
        if count > MOST {
            return self.set_arguments(&[], false);
        }
        // What the script itself was given is not known.
        let one = |list: &[Val<'a>], known: bool, at: usize| {
            let given = || Val::hole(bump, bump.alloc_str(&format!("${}", at + 1)), Shape::Any, Taint::NONE);
            list.get(at).copied().or_else(|| (!known).then(given))
        };
        let here = (self.arguments, self.arguments_known);
        let either = (0..count).filter_map(|at| Val::either(bump, one(after, known, at), one(here.0, here.1, at)));
        let either: Vec<Val<'a>> = either.collect();
        // Of what the script itself was given nothing is known.
        let known = known && (self.arguments_known || self.arguments.is_empty());
        self.set_arguments(bump.alloc_slice_copy(&either), known);
    }

    /// Joins branches of which one ran (or none, if `maybe_none`).
    pub fn join(&mut self, bump: &'a Bump, branches: &[Changes<'a>], maybe_none: bool) {
        let mut names: Vec<&'a str> = branches.iter().flat_map(|b| b.vars.keys().copied()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let before = self.var(name);
            let mut values = Vec::new();
            let mut template: Option<Var<'a>> = None;
            for branch in branches {
                match branch.vars.get(name) {
                    Some(Some(var)) => {
                        values.push(var.val);
                        template = template.or(Some(*var));
                    }
                    Some(None) => values.push(Val::EMPTY),
                    None => values.extend(before.map(|v| v.val)),
                }
            }
            if maybe_none {
                values.extend(before.map(|v| v.val));
            }
            // What the script does not set everywhere comes from outside elsewhere.
            let elsewhere = before.is_none()
                && (maybe_none || branches.iter().any(|branch| !matches!(branch.vars.get(name), Some(Some(_)))));
            if elsewhere {
                if template.is_none_or(|var| var.assumed) {
                    self.set_var(name, None);
                    continue;
                }
                values.push(from_outside(bump, name));
            }
            let after = |branch: &Changes<'a>| branch.vars.get(name).copied().unwrap_or(before);
            let ends = || branches.iter().map(after).chain(maybe_none.then_some(before));
            let unset = |var: &Option<Var<'a>>| var.is_none_or(|var| var.unset);
            let perhaps = |var: &Option<Var<'a>>| var.is_none_or(|var| var.unset || var.perhaps_unset);
            let each = |branch: &Changes<'a>| match branch.vars.get(name) {
                Some(after) => after.is_some_and(|var| var.readonly),
                None => before.is_some_and(|var| var.readonly),
            };
            let always = branches.iter().all(each) && (!maybe_none || before.is_some_and(|var| var.readonly));
            let mut var = template.or(before).unwrap_or(Var::plain(Val::EMPTY));
            var.unset = ends().all(|var| unset(&var)) && template.is_some_and(|var| var.unset);
            var.perhaps_unset = ends().any(|var| perhaps(&var));
            var.readonly |= branches.iter().any(each);
            var = var.readonly_if(always);
            var.val = Val::set(bump, &values);
            let arrays = branches.iter().map(|branch| match branch.vars.get(name) {
                Some(after) => *after,
                None => before,
            });
            let arrays: Vec<Var<'a>> = arrays.chain(maybe_none.then_some(before)).flatten().collect();
            var.items = either_items(bump, &arrays).or(var.items);
            self.set_var(name, Some(var));
        }
        // A function or alias that some branch defines may be in force, and so may the one of before.
        let mut named: Vec<&'a str> = branches.iter().flat_map(|branch| branch.functions.keys().copied()).collect();
        named.sort_unstable();
        named.dedup();
        for name in named {
            let before = self.defined(name);
            let ends = branches.iter().map(|branch| branch.functions.get(name).copied().unwrap_or(before));
            let ends: Vec<Option<Defined<'a>>> = ends.chain(maybe_none.then_some(before)).collect();
            let joined = ends.iter().skip(1).fold(ends[0], |one, other| either_function(bump, one, *other));
            self.define(name, joined);
        }
        let here = (self.arguments, self.arguments_known);
        if branches.iter().any(|branch| branch.arguments.is_some()) {
            let mut ends = branches.iter().map(|branch| branch.arguments.unwrap_or(here));
            if let Some((first, known)) = ends.next().filter(|_| !maybe_none) {
                self.set_arguments(first, known);
            }
            for end in ends.chain(maybe_none.then(|| branches[0].arguments.unwrap_or(here))) {
                self.set_either_arguments(bump, end);
            }
        }
        for branch in branches {
            for (name, alias) in &branch.aliases {
                if alias.is_some() {
                    self.set_alias(name, either_alias(bump, self.alias(name), *alias));
                }
            }
            for (path, file) in &branch.files {
                let joined = match (self.file(path), file) {
                    (Some(one), Some(other)) => Some(either_file(bump, one, *other)),
                    (None, Some(other)) => {
                        let perhaps = maybe_none || !branches.iter().all(|b| b.files.contains_key(path));
                        Some(File { perhaps: other.perhaps || perhaps && !other.directory, ..*other })
                    }
                    (one, None) => one,
                };
                self.set_file(path, joined);
            }
        }
        if branches.iter().any(|branch| branch.options.is_some()) {
            let here = self.options;
            let ends = branches.iter().map(|branch| branch.options.unwrap_or(here));
            if let Some(options) = ends.chain(maybe_none.then_some(here)).reduce(Options::or) {
                self.set_options(options);
            }
        }
        for branch in branches {
            for (fd, channel) in &branch.channels {
                self.set_channel(*fd, *channel);
            }
        }
        let mut cwds: Vec<Val<'a>> = branches.iter().map(|b| b.cwd.unwrap_or(self.cwd)).collect();
        if branches.iter().any(|b| b.cwd.is_some()) {
            if maybe_none {
                cwds.push(self.cwd);
            }
            let cwd = Val::set(bump, &cwds);
            self.set_cwd(cwd);
        }
    }
}

/// What a variable is that the script has not set: whatever it is given.
fn from_outside<'a>(bump: &'a Bump, name: &'a str) -> Val<'a> {
    Val::hole(bump, name, Shape::Any, Taint::NONE)
}

fn note<K: std::hash::Hash + Eq, V>(map: &mut FxHashMap<K, V>, key: K, value: V) {
    // Undone last to first: the first value seen is the final one.
    map.entry(key).or_insert(value);
}
