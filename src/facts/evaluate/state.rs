//! The abstract shell state, with a journal: a subshell or a branch is undone by rolling back what it changed,
//! so that the cost follows the changes and not the size of the state.

use std::collections::hash_map::Entry as Slot;

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use crate::facts::Effect;
use crate::facts::evaluate::either::{Defined, either_alias, either_file, either_function, either_items};
use crate::facts::evaluate::variable::Var;
use crate::facts::files::overlay::{File, Overlay};
use crate::facts::shell::ast::{Command, List};
use crate::facts::value::{Data, Field, Shape, Taint, Val};

/// What waits at the other end of a pipe for what the script writes to it, now or later.
#[derive(Clone, Copy, Debug)]
pub enum Waiting<'a> {
    /// `exec 3> >(…)`
    Substitution(List<'a>),
    /// `coproc`
    Coprocess(&'a Command<'a>),
}

/// A folder or disk that the script has mounted.
#[derive(Clone, Copy, PartialEq)]
pub struct Mount<'a> {
    /// Where it is, as files are remembered.
    pub at: &'a str,
    pub source: Val<'a>,
}

/// A trap, for the end of the shell or a signal.
#[derive(Clone, Copy, Debug)]
pub struct Trap<'a> {
    pub code: Field<'a>,
    /// It is for the end of the shell, perhaps beside signals.
    pub at_exit: bool,
    /// The variables that it uses, and what they held when it was set.
    pub uses: &'a [(&'a str, Option<Val<'a>>)],
    /// How often a function or another name had been given a meaning when it was set.
    pub definitions: u32,
    /// Where the shell was when it was set.
    pub cwd: Val<'a>,
    /// Whether it has run with these.
    pub ran: bool,
    /// What it printed then.
    pub printed: Data<'a>,
    /// What it drops, which is judged only when the shell ends.
    pub postponed: &'a [Effect<'a>],
}

/// A shell that is running: its traps, and what its variables held where it exits, are those from here on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shell {
    pub traps: usize,
    pub exits: usize,
}

/// What ends where control leaves it: `return` a function, `break` and `continue` a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    Function,
    Loop,
}

/// A way out of a body that is running, and the variables that were set on it.
pub struct WayOut<'a> {
    pub body: Body,
    /// Loops around the innermost one that it leaves too: `break 2`.
    pub outer: usize,
    pub vars: Vec<(&'a str, Var<'a>)>,
}

/// Where a descriptor leads.
#[derive(Clone, Copy, Debug)]
pub enum Channel<'a> {
    Read(Data<'a>),
    /// To a file, by absolute path where known.
    File(Val<'a>, bool),
    Network(Val<'a>),
    /// Into commands that wait for it.
    Process(Waiting<'a>),
    Closed,
    /// Discarded (`/dev/null`).
    Null,
    /// Into a process substitution or wherever standard output led.
    Out,
    /// Where standard error led at the start: people read it, no command of the script does.
    Messages,
    /// Kept apart while a command runs that has this descriptor (by number), to be told from what it prints.
    Apart(usize),
}

enum Undo<'a> {
    Var(&'a str, Option<Var<'a>>),
    Function(&'a str, Option<Defined<'a>>),
    Alias(&'a str, Option<&'a str>),
    /// Apart, for it is large, and most files were not there before.
    File(&'a str, Option<Box<File<'a>>>),
    Channel(u32, Option<Channel<'a>>),
    Cwd(Val<'a>),
    Arguments(&'a [Val<'a>], bool),
    Options(Options),
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// What is assigned is exported.
    pub allexport: bool,
    pub nounset: bool,
    pub lastpipe: bool,
    pub errexit: bool,
    /// A function's own variable begins as what it hides.
    pub localvar_inherit: bool,
    /// What `cd` is given may be a variable's name.
    pub cdable_vars: bool,
}

impl Options {
    /// These or others: what protects does so only if both do.
    #[must_use]
    fn or(self, other: Self) -> Self {
        Options {
            allexport: self.allexport || other.allexport,
            nounset: self.nounset && other.nounset,
            lastpipe: self.lastpipe || other.lastpipe,
            errexit: self.errexit && other.errexit,
            localvar_inherit: self.localvar_inherit || other.localvar_inherit,
            cdable_vars: self.cdable_vars || other.cdable_vars,
        }
    }
}

/// What a rolled back part had changed, for joining.
#[derive(Default)]
pub struct Changes<'a> {
    pub vars: FxHashMap<&'a str, Option<Var<'a>>>,
    pub functions: FxHashMap<&'a str, Option<Defined<'a>>>,
    pub aliases: FxHashMap<&'a str, Option<&'a str>>,
    pub files: FxHashMap<&'a str, Option<File<'a>>>,
    pub cwd: Option<Val<'a>>,
    channels: FxHashMap<u32, Option<Channel<'a>>>,
    arguments: Option<(&'a [Val<'a>], bool)>,
    options: Option<Options>,
}

pub struct State<'a> {
    vars: FxHashMap<&'a str, Var<'a>>,
    functions: FxHashMap<&'a str, Defined<'a>>,
    aliases: FxHashMap<&'a str, &'a str>,
    /// How often a function or another name was given a meaning.
    pub definitions: u32,
    files: Overlay<'a>,
    channels: FxHashMap<u32, Channel<'a>>,
    pub cwd: Val<'a>,
    /// `$1 …`, and whether these are all of them.
    pub arguments: &'a [Val<'a>],
    pub arguments_known: bool,
    pub options: Options,
    journal: Vec<Undo<'a>>,
}

fn put<K: std::hash::Hash + Eq, V>(map: &mut FxHashMap<K, V>, key: K, value: Option<V>) -> Option<V> {
    match (map.entry(key), value) {
        (Slot::Occupied(mut slot), Some(value)) => Some(slot.insert(value)),
        (Slot::Occupied(slot), None) => Some(slot.remove()),
        (Slot::Vacant(slot), Some(value)) => {
            slot.insert(value);
            None
        }
        (Slot::Vacant(_), None) => None,
    }
}

impl<'a> State<'a> {
    #[must_use]
    pub fn new(cwd: Val<'a>) -> Self {
        State {
            vars: FxHashMap::default(),
            functions: FxHashMap::default(),
            aliases: FxHashMap::default(),
            definitions: 0,
            files: Overlay::default(),
            channels: FxHashMap::default(),
            cwd,
            arguments: &[],
            arguments_known: false,
            options: Options::default(),
            journal: Vec::new(),
        }
    }

    #[must_use]
    pub fn var(&self, name: &str) -> Option<Var<'a>> {
        self.vars.get(name).copied()
    }

    #[must_use]
    pub fn function(&self, name: &str) -> Option<&'a Command<'a>> {
        self.defined(name).map(|function| function.body)
    }

    /// The same, and whether it is defined for certain.
    #[must_use]
    pub fn defined(&self, name: &str) -> Option<Defined<'a>> {
        if self.functions.is_empty() { None } else { self.functions.get(name).copied() }
    }

    /// The names of the functions that the script defines, in order.
    pub fn functions_known(&self) -> Vec<&'a str> {
        let mut names: Vec<&'a str> = self.functions.keys().copied().collect();
        names.sort_unstable();
        names
    }

    /// The names of the variables that begin so, in order.
    pub fn names_with(&self, start: &str) -> Vec<&'a str> {
        let mut names: Vec<&'a str> = self.vars.keys().copied().filter(|name| name.starts_with(start)).collect();
        names.sort_unstable();
        names
    }

    /// Whether any name stands for something else.
    #[must_use]
    pub fn has_aliases(&self) -> bool {
        !self.aliases.is_empty()
    }

    #[must_use]
    pub fn alias(&self, name: &str) -> Option<&'a str> {
        if self.aliases.is_empty() { None } else { self.aliases.get(name).copied() }
    }

    #[must_use]
    pub fn file(&self, path: &str) -> Option<File<'a>> {
        self.files.get(path)
    }

    /// The files that the script wrote anywhere below a folder, by the rest of their paths, in order; so many at most.
    pub fn files_below(&self, folder: &str, at_most: usize) -> Vec<(&'a str, File<'a>)> {
        self.files.below(folder).take(at_most).collect()
    }

    /// A file of this name that the script wrote, wherever; one of so many that are looked at.
    pub fn file_called(&self, name: &str, looked_at: usize) -> Option<&'a str> {
        self.files.called(name, looked_at)
    }

    /// The names of the files in a folder that the script wrote, in order.
    pub fn names_in(&self, folder: &str) -> Vec<&'a str> {
        self.files.names_in(folder).collect()
    }

    #[must_use]
    pub fn has_links(&self) -> bool {
        self.files.has_links()
    }

    #[must_use]
    pub fn has_files(&self) -> bool {
        !self.files.is_empty()
    }

    #[must_use]
    pub fn channel(&self, fd: u32) -> Option<Channel<'a>> {
        self.channels.get(&fd).copied()
    }

    /// The channel that a path of the file system names: `/dev/fd/9`, `/proc/self/fd/9` (proc(5)).
    #[must_use]
    pub fn channel_at(&self, path: &str) -> Option<Channel<'a>> {
        let number = path.strip_prefix("/dev/fd/").or_else(|| path.strip_prefix("/proc/self/fd/"))?;
        self.channel(number.parse().ok()?)
    }

    pub fn set_var(&mut self, name: &'a str, var: Option<Var<'a>>) {
        let before = put(&mut self.vars, name, var);
        self.journal.push(Undo::Var(name, before));
    }

    pub fn set_function(&mut self, name: &'a str, body: Option<&'a Command<'a>>) {
        self.define(name, body.map(|body| Defined { body, perhaps: false }));
    }

    fn define(&mut self, name: &'a str, function: Option<Defined<'a>>) {
        self.definitions += 1;
        let before = put(&mut self.functions, name, function);
        self.journal.push(Undo::Function(name, before));
    }

    /// Variables that the script set to texts, in the order of their names.
    pub fn own_variables(&self) -> Vec<(&'a str, Var<'a>)> {
        let own = self.vars.iter().filter(|(_, var)| !var.reference && !var.unset && var.items.is_none());
        let mut own: Vec<(&'a str, Var<'a>)> = own.map(|(name, var)| (*name, *var)).collect();
        own.sort_unstable_by_key(|(name, _)| *name);
        own
    }

    /// All functions go but these, and all aliases.
    pub fn forget_functions(&mut self, kept: &[&'a str]) {
        if self.functions.is_empty() && self.aliases.is_empty() {
            return;
        }
        let mut names: Vec<&'a str> = self.functions.keys().copied().filter(|name| !kept.contains(name)).collect();
        names.sort_unstable();
        for name in names {
            self.set_function(name, None);
        }
        let mut names: Vec<&'a str> = self.aliases.keys().copied().collect();
        names.sort_unstable();
        for name in names {
            self.set_alias(name, None);
        }
    }

    pub fn set_alias(&mut self, name: &'a str, text: Option<&'a str>) {
        self.definitions += 1;
        let before = put(&mut self.aliases, name, text);
        self.journal.push(Undo::Alias(name, before));
    }

    pub fn set_file(&mut self, path: &'a str, file: Option<File<'a>>) {
        let before = self.files.put(path, file);
        self.journal.push(Undo::File(path, before.map(Box::new)));
    }

    pub fn set_channel(&mut self, fd: u32, channel: Option<Channel<'a>>) {
        let before = put(&mut self.channels, fd, channel);
        self.journal.push(Undo::Channel(fd, before));
    }

    pub fn set_cwd(&mut self, cwd: Val<'a>) {
        self.journal.push(Undo::Cwd(self.cwd));
        self.cwd = cwd;
    }

    pub fn set_arguments(&mut self, arguments: &'a [Val<'a>], known: bool) {
        self.journal.push(Undo::Arguments(self.arguments, self.arguments_known));
        self.arguments = arguments;
        self.arguments_known = known;
    }

    pub fn set_options(&mut self, options: Options) {
        self.journal.push(Undo::Options(self.options));
        self.options = options;
    }

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
