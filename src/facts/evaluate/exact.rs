//! What a variable is for certain, so that what a test of it leaves out need not be read: that of a loop over words that
//! are written out, or an argument of a function that is. What programs print is computed only nearly.

use crate::facts::Opaque;
use crate::facts::analysis::Analysis;
use crate::facts::code::interpreters;
use crate::facts::evaluate::variable::Exact;
use crate::facts::shell::ast::{Command, List, Op, Part, Simple, What, Word};
use crate::facts::value::{Field, Val};

impl<'a> Analysis<'a> {
    /// Whether a word is written out, or made of what is known for certain.
    pub(super) fn is_exact(&self, word: &Word<'a>) -> bool {
        word.unquoted().iter().all(|part| match part {
            Part::Literal(_) | Part::Quoted(_) => true,
            Part::Parameter(parameter) => {
                let plain = matches!(parameter.op, Op::None) && parameter.subscript.is_none() && !parameter.indirect;
                plain && self.exactly(parameter.name, word.span.source).is_some()
            }
            _ => false,
        })
    }

    /// What a name is for certain where it stands in a text.
    pub(super) fn exactly(&self, name: &str, source: u32) -> Option<Val<'a>> {
        let mut known = self.exact.iter().filter(|known| known.name == name && known.source == source).peekable();
        known.peek()?;
        let now = match name.parse::<usize>() {
            // What nobody read may have set them anew.
            Ok(number) => {
                let unread = |opaque: &Opaque<'_>| interpreters::is_shell(opaque.language);
                let certain = self.state.arguments_known && !self.facts.opaque.iter().any(unread);
                *self.state.arguments.get(number.checked_sub(1)?).filter(|_| certain)?
            }
            Err(_) => self.state.var(name)?.val,
        };
        known.any(|known| known.val == now).then_some(now)
    }

    /// What is known for certain while a function runs: variables of loops around it, and its arguments where all words of
    /// its call are written out, it is called by the script itself, and nothing in it could change them.
    pub(super) fn exact_within(&self, body: &Command<'a>, words: &'a [Field<'a>]) -> Vec<Exact<'a>> {
        let of_loops = self.exact.iter().filter(|known| !NUMBERS.contains(&known.name)).copied();
        of_loops.chain(self.exact_arguments(body, words)).collect()
    }

    fn exact_arguments(&self, body: &Command<'a>, words: &'a [Field<'a>]) -> Vec<Exact<'a>> {
        let written = |field: &Field<'a>| !field.derived && !field.glob && field.val.lit().is_some();
        if self.function_depth > 0
            || words.len() < 2
            || !words[1..].iter().all(written)
            || !keeps(body)
            || !is_plain(self.text_of(body.span))
            || self.may_change_arguments()
        {
            return Vec::new();
        }
        let exact =
            |(field, name): (&Field<'a>, &&'static str)| Exact { name, val: field.val, source: body.span.source };
        words[1..].iter().zip(&NUMBERS).map(exact).collect()
    }

    /// From here on no argument of a function is known for certain.
    pub(in crate::facts) fn arguments_may_change(&mut self) {
        let (searched, _) = self.arguments_changed.get();
        self.arguments_changed.set((searched, true));
    }

    /// Forgets the texts from a number on, as if they had never been read.
    pub(in crate::facts) fn forget_sources(&mut self, from: usize) {
        self.facts.sources.truncate(from);
        let (searched, found) = self.arguments_changed.get();
        self.arguments_changed.set((searched.min(from), found));
    }

    /// Whether the script speaks of what may change arguments unseen: what happens before each command, names that mean
    /// other commands, zsh's array. Each text is searched once.
    fn may_change_arguments(&self) -> bool {
        const WORDS: [&str; 3] = ["DEBUG", "alias", "argv"];
        let (searched, found) = self.arguments_changed.get();
        let says = |text: &str| WORDS.iter().any(|word| text.contains(word));
        let found = found || self.facts.sources[searched..].iter().any(|source| says(source.text));
        self.arguments_changed.set((self.facts.sources.len(), found));
        found
    }
}

/// Names of arguments.
const NUMBERS: [&str; 9] = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// Whether a command leaves the arguments of the function that it stands in as they are, and is no loop, in whose later
/// rounds they might be others.
fn keeps(command: &Command<'_>) -> bool {
    let all = |list: List<'_>| list.iter().flat_map(|item| item.pipeline).all(keeps);
    match &command.what {
        What::Simple(simple) => is_harmless(simple),
        What::Group(list) | What::Subshell(list) => all(list),
        What::If { arms, otherwise } => {
            arms.iter().all(|(condition, body)| all(condition) && all(body)) && otherwise.is_none_or(all)
        }
        What::Case { arms, .. } => arms.iter().all(|arm| all(arm.body)),
        What::Condition(_) => true,
        _ => false,
    }
}

/// Whether a command is written out by its name, and none that sets arguments or runs what is not written here.
fn is_harmless(simple: &Simple<'_>) -> bool {
    const SETS: [&str; 18] = [
        "set",
        "shift",
        "eval",
        "source",
        ".",
        "exec",
        "trap",
        "builtin",
        "command",
        "emulate",
        "typeset",
        "declare",
        "local",
        "read",
        "printf",
        "zparseopts",
        "enable",
        "alias",
    ];
    let named = simple.words.is_empty() || simple.name().is_some_and(|name| !SETS.contains(&name));
    named && simple.assigns.iter().all(|assign| assign.name.bytes().any(|byte| byte.is_ascii_alphabetic()))
}

/// Whether a body runs and computes nothing within its words: bash's `${ set b; }` and zsh's `${1::=b}` set arguments too.
fn is_plain(body: &str) -> bool {
    const SIGNS: [&str; 11] = ["$(", "`", "${ ", "${|", "${\n", "${\t", "::=", "((", "<(", ">(", "\\\n"];
    !SIGNS.iter().any(|sign| body.contains(sign))
}
