//! The abstract shell state, with a journal: a subshell or a branch is undone by rolling back what it changed,
//! so that the cost follows the changes and not the size of the state.

mod journal;

use std::collections::hash_map::Entry as Slot;

use rustc_hash::FxHashMap;

use crate::facts::Effect;
use crate::facts::evaluate::either::Defined;
use crate::facts::evaluate::variable::Var;
use crate::facts::files::overlay::{File, Overlay};
use crate::facts::shell::ast::{Command, List};
use crate::facts::value::{Data, Field, Val};

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

    /// Variables that the script set, in the order of their names.
    pub fn own_variables(&self) -> Vec<(&'a str, Var<'a>)> {
        let own = self.vars.iter().filter(|(_, var)| !var.reference && !var.unset);
        let mut own: Vec<(&'a str, Var<'a>)> = own.map(|(name, var)| (*name, *var)).collect();
        own.sort_unstable_by_key(|(name, _)| *name);
        own
    }

    pub fn has_functions(&self) -> bool {
        !self.functions.is_empty()
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
}
