//! The analysis as a whole: what is read, with which bounds, and the small services that all its parts share.

use std::cell::Cell;
use std::collections::BTreeSet;

use bumpalo::Bump;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::facts::code::interpreters;
use crate::facts::evaluate::state::{Body, Mount, Shell, State, Trap, WayOut};
use crate::facts::evaluate::variable::{Exact, Var};
use crate::facts::files::overlay::File;
use crate::facts::files::past::{Made, Moves};
use crate::facts::knowledge::Classes;
use crate::facts::shell::ast::{List, Span};
use crate::facts::snapshot::{Answer, Ask, Snapshot};
use crate::facts::value::{Data, Field, Shape, Sink, Taint, Val};
use crate::facts::{Facts, Know, Opaque, Origin, Place, Source, Unread, shell};
use crate::limits;

/// A word of which nothing is expanded.
pub(in crate::facts) fn as_it_stands<'a>(word: &'a str, span: Span) -> Field<'a> {
    Field { quoted: true, derived: false, ..Field::new(Val::Lit(word), span) }
}

/// Why something is not read: there is more of it than a bound allows.
pub(super) const MORE: &str = "more than is followed";
const MORE_COMMANDS: &str = "more commands than gate follows";

/// How much of what is bounded was used up so far.
#[derive(Default)]
pub(super) struct Spent {
    pub steps: u32,
    /// The steps of commands that were found in texts, beside those.
    pub aside: u32,
    /// Texts that were expanded once more.
    pub prompts: usize,
    /// How often a file was loaded.
    pub loads: usize,
    /// Rounds of loops that were gone through once more.
    pub rounds: usize,
    /// Archives that were packed or unpacked: no script needs many.
    pub archives: usize,
    /// Values that would run something as an index, of which it was asked whether one is read so.
    pub subscripts: usize,
    /// Names that were given to what has none.
    pub names: u32,
}

/// The analysis of one action.
pub(super) struct Analysis<'a> {
    pub bump: &'a Bump,
    pub know: &'a dyn Know,
    pub snapshot: &'a Snapshot,
    pub state: State<'a>,
    pub facts: Facts<'a>,
    pub place: &'a Place<'a>,
    pub spent: Spent,
    pub depth: u32,
    /// Bytes that the values of the script may take, with those that were taken before.
    pub room: usize,
    pub function_depth: u32,
    pub wrappers: u32,
    pub asks: BTreeSet<Ask>,
    /// `>(…)` of the command at hand: what runs there, by the path that stands for it.
    pub processes: Vec<(&'a str, shell::ast::List<'a>)>,
    /// Named pipes that a shell reads.
    pub awaited: Vec<&'a str>,
    /// What waited in the background at a named pipe goes on.
    pub resumed: bool,
    /// What waits at a pipe reads what was written to it.
    pub handing: Vec<usize>,
    /// What the script has mounted.
    pub mounts: Vec<Mount<'a>>,
    /// The folder whose files' names the code at hand reads on its input; empty if it reads none.
    pub names_read: &'a str,
    /// The text that the code at hand is given to read.
    pub given: Option<&'a str>,
    /// Where that comes from, if from the network or out of an encoding.
    pub given_from: Option<(&'a str, Taint)>,
    /// How many calls were looked at for those that may change what is mounted, and whether one does.
    pub mounting: std::cell::Cell<(usize, bool)>,
    /// Whether the loop at hand asks something of each name before it goes on.
    pub chooses: bool,
    /// What the command at hand reads on its input, and so what stands in its words: `env | send "$(cat)"`.
    pub piped_in: Data<'a>,
    /// Variables whose values are known for certain.
    pub exact: Vec<Exact<'a>>,
    /// How many texts were searched for what may change arguments unseen, and whether it was found.
    pub arguments_changed: Cell<(usize, bool)>,
    /// The program in whose code slot we are, if it is no shell.
    pub inside: &'a str,
    /// Files that are being followed, outermost first, and all that were.
    pub following: Vec<&'a str>,
    pub followed: Vec<&'a str>,
    /// `$0` of the script that is followed, if known.
    pub zero: Option<Val<'a>>,
    /// The call whose database client was told to connect to another database.
    pub reconnected: Option<u32>,
    /// What inline code of a call prints, where it says it literally.
    pub printed: Vec<(u32, Val<'a>)>,
    pub traps: Vec<Trap<'a>>,
    /// The shell at hand.
    pub shell: Shell,
    /// What variables that traps use held where shells exit.
    pub held_at_exits: Vec<(&'a str, Var<'a>)>,
    /// The separators that split words, where they are one of several and this one is chosen.
    pub separating: Option<&'a str>,
    /// What is written to descriptors that are kept apart.
    pub apart: Vec<Sink<'a>>,
    /// Words of the command at hand that are one of several texts: where they begin, and where those of each text end.
    pub choice: SmallVec<[usize; 4]>,
    /// Within a command that was found in a text.
    pub embedding: bool,
    /// Within what a program comes to.
    pub in_residual: bool,
    /// What answers in that program's place of a service is the program's own, wherever it asks.
    pub all_stood_in: bool,
    /// Settings of git that are being read: a git that they run has the same once more.
    pub open_settings: Vec<&'a str>,
    /// What code hands to the command that it starts now, to read on its input.
    pub handed_in: Option<Data<'a>>,
    /// What is run is run for all that a folder holds (`find . -exec`).
    pub walking: bool,
    /// What is run is run for one after the other of something.
    pub in_turn: bool,
    /// The variable of a loop that only counts: `for attempt in 1 2 3`.
    pub counting: Option<&'a str>,
    /// The files that are being loaded: none loads itself again.
    pub loading: Vec<&'a str>,
    /// Where the substitutions stand whose results are parts of remembered names; each is called by its number here, for
    /// an address differs from run to run.
    pub substitutions: std::cell::RefCell<Vec<*const u8>>,
    /// Where programs of a context were told to act, by the script itself.
    pub chosen: Vec<(&'static str, &'a str)>,
    /// What this chain of `&&` made sure of, and what those files were before: what follows in it runs only if its folders
    /// were not there before, and its downloads have the digests that they should have.
    pub chain: Option<Vec<(&'a str, Option<File<'a>>)>>,
    /// Functions that other shells get.
    pub exported: Vec<&'a str>,
    /// Loops around that are gone through once more.
    pub repeating: u32,
    /// Where things were moved to.
    pub moves: Moves<'a>,
    /// What the calls so far made.
    pub made: std::cell::RefCell<Made<'a>>,
    /// Variables of functions that were unset by what those called.
    pub unhidden: Vec<&'a str>,
    /// Of each function that runs: its own variables, with what they were outside.
    pub locals: Vec<Vec<(&'a str, Option<Var<'a>>)>>,
    /// The functions and loops that are running, the innermost last, and where in the journal each begins.
    pub entered: Vec<(Body, usize)>,
    /// The ways out of them that were found.
    pub ways_out: Vec<WayOut<'a>>,
    /// Files of plans that destroy.
    pub planned: Vec<&'a str>,
    /// What the script wrote to standard error.
    pub messages: Sink<'a>,
    /// The modules that are read on the way from one program; empty outside of one.
    pub imported: Vec<&'a str>,
    /// The functions and the scripts of the action that are running, the innermost last.
    pub running: Vec<&'a str>,
    /// How many words the scripts among those were given.
    pub starts: Vec<usize>,
    /// How often each function was called so far, and with which arguments it runs just now.
    pub entries: FxHashMap<&'a str, (u32, Vec<&'a [Val<'a>]>)>,
    /// The paths that were classified last, in turn: what a command reads it is soon asked about again.
    pub classes: [(&'a str, Classes); 4],
    /// Whether the script reads texts as numbers.
    pub reads_numbers: std::cell::OnceCell<bool>,
    /// Whether the script asks for `$_`.
    pub last_word: std::cell::OnceCell<bool>,
    /// Where in the script the last word stands that may start what was made before; none if any may.
    pub last_start: std::cell::OnceCell<Option<usize>>,
    /// Whether the script may source a file.
    pub sources_files: std::cell::OnceCell<bool>,
    /// Whether the script ends where the call fails that was asked about last, by its place.
    pub ended_at_errors: std::cell::Cell<Option<(Span, bool)>>,
}

/// The bytes of an arena that are in use: the last of its chunks, half of all, is mostly still untouched.
fn taken(bump: &Bump) -> usize {
    bump.allocated_bytes() - bump.chunk_capacity()
}

impl<'a> Analysis<'a> {
    /// An analysis that has seen nothing yet.
    pub fn new(bump: &'a Bump, know: &'a dyn Know, snapshot: &'a Snapshot) -> Self {
        let cwd = if snapshot.cwd.is_empty() {
            Val::hole(bump, "the current directory", Shape::NonEmpty, Taint::NONE)
        } else {
            Val::Lit(&snapshot.cwd)
        };
        Analysis {
            bump,
            know,
            snapshot,
            state: State::new(cwd),
            facts: Facts::default(),
            place: bump.alloc(Place::HERE),
            spent: Spent::default(),
            depth: 0,
            room: taken(bump) + limits::MEMORY,
            function_depth: 0,
            wrappers: 0,
            asks: BTreeSet::new(),
            processes: Vec::new(),
            awaited: Vec::new(),
            resumed: false,
            handing: Vec::new(),
            mounts: Vec::new(),
            exact: Vec::new(),
            arguments_changed: Cell::new((0, false)),
            inside: "",
            following: Vec::new(),
            followed: Vec::new(),
            zero: None,
            reconnected: None,
            printed: Vec::new(),
            names_read: "",
            given: None,
            given_from: None,
            piped_in: Data::INHERITED,
            mounting: std::cell::Cell::new((0, false)),
            traps: Vec::new(),
            shell: Shell::default(),
            held_at_exits: Vec::new(),
            separating: None,
            apart: Vec::new(),
            choice: SmallVec::new(),
            embedding: false,
            in_residual: false,
            all_stood_in: false,
            open_settings: Vec::new(),
            handed_in: None,
            walking: false,
            in_turn: false,
            counting: None,
            chooses: false,
            loading: Vec::new(),
            substitutions: std::cell::RefCell::new(Vec::new()),
            chosen: Vec::new(),
            chain: None,
            locals: Vec::new(),
            unhidden: Vec::new(),
            entered: Vec::new(),
            ways_out: Vec::new(),
            moves: Moves::default(),
            made: std::cell::RefCell::default(),
            repeating: 0,
            exported: Vec::new(),
            planned: Vec::new(),
            messages: Sink::new(),
            imported: Vec::new(),
            running: Vec::new(),
            entries: FxHashMap::default(),
            starts: Vec::new(),
            classes: [("\0", 0); 4],
            reads_numbers: std::cell::OnceCell::new(),
            last_word: std::cell::OnceCell::new(),
            last_start: std::cell::OnceCell::new(),
            sources_files: std::cell::OnceCell::new(),
            ended_at_errors: std::cell::Cell::new(None),
        }
    }

    pub fn source(&mut self, text: &'a str, language: &'a str, parent: Option<Span>) -> u32 {
        if parent.is_none() {
            self.room += limits::MEMORY_EACH * text.len();
        }
        self.add_source(Source { text, language, parent, origin: Origin::Words })
    }

    /// A text that is that of a file.
    pub fn source_file(&mut self, text: &'a str, language: &'a str, parent: Option<Span>, path: &'a str) -> u32 {
        self.room += limits::MEMORY_EACH * text.len();
        self.add_source(Source { text, language, parent, origin: Origin::File(path) })
    }

    /// A text that is an argument of a tool call, and its whole place.
    pub fn source_argument(&mut self, text: &'a str, pointer: &'a str, parent: Span) -> Span {
        let origin = Origin::Argument(pointer);
        let source = self.add_source(Source { text, language: "argument", parent: Some(parent), origin });
        Span { source, start: 0, end: text.len() as u32 }
    }

    fn add_source(&mut self, source: Source<'a>) -> u32 {
        self.facts.sources.push(source);
        self.facts.sources.len() as u32 - 1
    }

    /// Reads and analyses a shell script that is source `source`.
    pub fn script(
        &mut self,
        text: &'a str,
        language: &'a str,
        source: u32,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) -> List<'a> {
        if self.depth >= limits::NESTING {
            self.unread(Span { source, start: 0, end: text.len() as u32 }, "nested too deeply", false);
            return &[];
        }
        if !interpreters::is_shell(language) && !matches!(language, "busybox" | "") {
            let why = self.bump.alloc_str(&format!("gate does not read {language}"));
            self.unread(Span { source, start: 0, end: text.len() as u32 }, why, false);
            return &[];
        }
        let script = match (source, self.depth) {
            (0, 0) => shell::read_proposed(self.bump, text),
            _ => shell::read(self.bump, text, source, self.depth),
        };
        let outer = self.begin_shell();
        self.list(script.list, stdin, out);
        self.end_shell(outer, out);
        if let Some(error) = script.error {
            let at = error.at.min(text.len() as u32);
            // What gate alone stops at is no mistake that a shell would refuse.
            let rejected = ![shell::MORE, shell::TOO_DEEP].contains(&error.message);
            self.unread(Span { source, start: at, end: text.len() as u32 }, error.message, rejected);
        }
        script.list
    }

    pub fn unread(&mut self, span: Span, why: &'a str, rejected: bool) {
        self.facts.unread.push(Unread { span, why, rejected });
    }

    pub fn opaque(&mut self, span: Span, language: &'a str, source: &'a str, from: Taint) {
        self.facts.opaque.push(Opaque { span, language, source, from });
    }

    /// Whether what the script's values take is still within its bound.
    pub fn has_room(&self) -> bool {
        taken(self.bump) < self.room
    }

    /// Counts the work; false when the bound is reached.
    pub fn step(&mut self, span: Span) -> bool {
        self.spent.steps = self.spent.steps.saturating_add(1);
        let within = self.spent.steps < limits::STEPS
            && self.facts.calls.len() <= limits::CALLS
            && self.facts.effects.len() <= limits::EFFECTS
            && self.has_room();
        // Said again where what was only perhaps run was forgotten, and this with it.
        if !within && !self.facts.unread.iter().any(|unread| unread.why == MORE_COMMANDS) {
            self.unread(span, MORE_COMMANDS, false);
        }
        within
    }

    /// Asks the edge, or takes the answer that it gave.
    pub fn ask(&mut self, ask: &Ask) -> &'a Answer {
        if let Some(answer) = self.snapshot.answers.get(ask) {
            return answer;
        }
        if !self.snapshot.closed {
            self.asks.insert(ask.clone());
        }
        &Answer::Unknown
    }

    /// A new path that stands for data (`/dev/fd/…` of a process substitution).
    pub fn invented_path(&mut self) -> &'a str {
        self.spent.names += 1;
        self.bump.alloc_str(&format!("/dev/fd/process-{}", self.spent.names))
    }
}
