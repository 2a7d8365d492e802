//! The words of a call read a second time, without one that the program may not see as gate does: the value of an option
//! that no pack describes (`dbmate -u URL drop`), or an expansion that may be nothing, or options (`aws $OPTS ec2 …`).

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Entry;
use crate::facts::targets::globs;
use crate::facts::value::{Data, Field, Sink, Val};

/// Words before the subcommand that may be none of it.
const LONGEST_VERB: usize = 4;

/// Words that are left out one after the other.
const MOST_LEFT_OUT: usize = 16;

impl<'a> Analysis<'a> {
    /// Does what the words say without the one that may stand for none. Nothing of it is left for what follows.
    pub fn reread(&mut self, fewer: &'a [Field<'a>], settings: &'a [(&'a str, Val<'a>)], stdin: &Data<'a>) {
        let mark = self.state.mark();
        self.external(fewer, settings, stdin, &mut Sink::new());
        self.leave_subshell(mark);
    }

    /// The same words without the first that may stand for none, if what is left says more than the whole: a subcommand
    /// that is described, an option that was hidden behind it, a first operand that effects ask for.
    pub fn read_otherwise(
        &mut self,
        call: &Call<'a>,
        root: &'static Entry<'static>,
        words: &'a [Field<'a>],
    ) -> Option<&'a [Field<'a>]> {
        let entry = call.entry?;
        let (mut words, mut read) = (words, *call);
        for _ in 0..MOST_LEFT_OUT {
            let at = self.doubtful_word(&read, root, words)?;
            if words.len() < at + 2 {
                return None;
            }
            let fewer: &'a [Field<'a>] = self.bump.alloc_slice_copy(&[&words[..at], &words[at + 1..]].concat());
            let other = self.parse_call(call.program, call.path, Some(root), fewer, call.span);
            let deeper = other.entry.is_some_and(|other| other.name != entry.name) || other.verb != call.verb;
            let uncovered = || {
                let mut known = other.options.iter().filter(|option| !option.names.is_empty());
                known.any(|option| !call.options.iter().any(|own| own.span == option.span))
            };
            let asks_anew = || {
                let own = asked(entry, call);
                asked(entry, &other).iter().any(|pair| !own.contains(pair))
            };
            // `ssh $OPTIONS host 'rm x'`: whoever runs it may be another word.
            let wraps = || {
                let dropped = words[at].val.lit().is_none();
                let runs = other.operands.get(1).map(|operand| &operand.field);
                let command = |word: &Field<'a>| {
                    self.names_program(word) || word.val.lit().is_some_and(|text| text.contains(' '))
                };
                dropped && !entry.runs.is_empty() && entry.wrapper && runs.is_some_and(command)
            };
            if deeper || uncovered() || asks_anew() || wraps() {
                return Some(fewer);
            }
            // Perhaps there is another before the word that matters.
            (words, read) = (fewer, other);
        }
        None
    }

    /// The first word that stands where a subcommand or the first operand would, and may be none of it.
    fn doubtful_word(&self, call: &Call<'a>, root: &Entry<'_>, words: &[Field<'a>]) -> Option<usize> {
        let doubtful = |at: usize, word: &Field<'a>| {
            if word.val.lit().is_none() {
                return self.perhaps_many(word);
            }
            // A toolchain of rustup's: `cargo +nightly publish`.
            let toolchain = at == 1 && word.val.lit().is_some_and(|text| text.starts_with('+'));
            toolchain
                || at > 1 && {
                    let before = &words[at - 1];
                    // Not described, and no value attached to it.
                    let option = call.options.iter().find(|option| option.span == before.span);
                    option.is_some_and(|option| option.names.is_empty() && option.value.is_none())
                }
        };
        let of_verb = if root.subcommands { LONGEST_VERB } else { 1 };
        let mut operands = call.operands.iter().take(of_verb).map(|operand| operand.field.span);
        let operand = operands.find_map(|span| {
            let at = words.iter().position(|word| word.span == span)?;
            doubtful(at, &words[at]).then_some(at)
        });
        // Among the words of a subcommand: `docker $OPTS volume rm`.
        let option = |word: &Field<'a>| word.val.lit().is_some_and(|text| text.starts_with('-'));
        let among_verbs = || {
            let at = words.iter().take(LONGEST_VERB).skip(1).position(|word| word.val.lit().is_none())? + 1;
            (root.subcommands && self.perhaps_many(&words[at]) && !option(&words[at - 1])).then_some(at)
        };
        operand.or_else(among_verbs)
    }
}

/// The single operands, by name, that decide what the program does by being what they are.
fn asked<'a>(entry: &Entry<'_>, call: &Call<'a>) -> Vec<(&'a str, &'a str)> {
    let effects = entry.effects.iter().map(|spec| &spec.cond);
    let conditions = effects.chain(entry.code.iter().map(|spec| &spec.cond)).filter_map(|cond| cond.as_deref());
    let values: Vec<_> = conditions.flat_map(|cond| &cond.values).collect();
    let decides = |operand: &str, text: &str| {
        let hit = |glob: &[u8]| glob != b"*" && globs::text(glob, text);
        values.iter().any(|(name, globs)| *name == operand && globs.bytes().any(hit))
    };
    let single = |name: &str| entry.args.iter().any(|arg| arg.name == name && !arg.many);
    let said = call.operands.iter().filter_map(|operand| Some((operand.name, operand.field.val.lit()?)));
    said.filter(|(name, text)| single(name) && decides(name, text)).collect()
}
