//! One line that stands for several calls: a word that is one of several, a chain, arguments that a variable adds.

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Entry;
use crate::facts::value::{Data, Field, Seg, Sink, Val};

impl<'a> Analysis<'a> {
    /// `TF_CLI_ARGS_apply=-auto-approve terraform apply`: more words.
    pub(super) fn arguments_from_variable(&mut self, call: &Call<'a>, stdin: &Data<'a>) {
        let Some(entry) = call.entry else { return };
        if let Some(Val::Lit(text)) = self.state.var(entry.env).map(|v| v.val) {
            let parts = words_of(text);
            // With these as its last words it comes here once more.
            let given = call.words.iter().rev().map(|word| word.val.lit());
            if given.zip(parts.iter().rev()).filter(|(given, part)| *given == Some(part.as_str())).count()
                == parts.len()
            {
                return;
            }
            let extra = parts.iter().map(|w| Field::new(Val::Lit(self.bump.alloc_str(w)), call.words[0].span));
            let words: Vec<Field<'a>> = call.words.iter().copied().chain(extra).collect();
            let words = self.bump.alloc_slice_copy(&words);
            let again = self.parse_call(call.program, call.path, self.find_entry(call.program), words, call.span);
            let index = self.facts.calls.len() as u32;
            self.facts.calls.push(again);
            self.call_effects(&again, index, stdin, &mut Sink::new());
        }
    }

    /// The commands of a chain, each with the program's own word before it (tmux(1), "PARSING SYNTAX"); none if it is one.
    pub(super) fn chain_of(&self, words: &[Field<'a>]) -> Option<Vec<&'a [Field<'a>]>> {
        let last = |word: &Field<'a>| {
            let text = word.val.lit().filter(|text| text.ends_with(';') && !text.ends_with("\\;"))?;
            Some(text.trim_end_matches(';'))
        };
        let (first, rest) = words.split_first()?;
        rest.iter().find_map(last)?;
        let commands = rest.split_inclusive(|word| last(word).is_some()).map(|command| {
            let mut command = command.to_vec();
            if let Some((word, text)) = command.last().copied().and_then(|word| Some((word, last(&word)?))) {
                command.pop();
                if !text.is_empty() {
                    command.push(Field { val: Val::Lit(text), ..word });
                }
            }
            command.insert(0, *first);
            &*self.bump.alloc_slice_copy(&command)
        });
        Some(commands.collect())
    }
}

/// The words of a text; what stands in brackets is of one: `--eval=$(shell rm -r x)`.
fn words_of(text: &str) -> Vec<String> {
    let parts = shell_words::split(text).unwrap_or_else(|_| text.split_whitespace().map(str::to_owned).collect());
    let mut out: Vec<String> = Vec::with_capacity(parts.len());
    let mut open = 0_usize;
    for part in parts {
        let (opened, closed) = (part.matches('(').count(), part.matches(')').count());
        match out.last_mut().filter(|_| open > 0) {
            Some(last) => {
                last.push(' ');
                last.push_str(&part);
            }
            None => out.push(part),
        }
        open = (open + opened).saturating_sub(closed);
    }
    out
}

/// Words before a word that may say which subcommand it is.
const LONGEST_VERB: usize = 4;

/// The first word that is one of several, if it may name a subcommand or the code that runs, or if effects ask what it
/// says.
pub(super) fn word_that_decides(entry: &Entry<'_>, words: &[Field<'_>]) -> Option<usize> {
    // One alone is an option that is perhaps not there.
    let at = words.iter().position(|word| matches!(word.val, Val::Set(several) if several.len() > 1))?;
    // `for o in -i -rf; do rm $o x; done`, `--data=@$d`, `of=$d`
    let assigned = |text: &str| text.find('=').is_some_and(|end| entry.options.find(&text[..=end]).is_some());
    let option = |text: &str| text.starts_with('-') || entry.assignments && assigned(text);
    let begins = |one: Val<'_>| match one {
        Val::Lit(text) => option(text),
        Val::Text([Seg::Lit(text), ..]) => option(text),
        _ => false,
    };
    if words[at].val.each().any(begins) {
        return Some(at);
    }
    let dashed = |word: &Field<'_>| word.val.lit().is_some_and(|text| text.starts_with('-'));
    let before = words[1..at].iter().filter(|word| !dashed(word)).count();
    let conditions = || {
        let effects = entry.effects.iter().map(|spec| &spec.cond);
        effects.chain(entry.code.iter().map(|spec| &spec.cond)).filter_map(|cond| cond.as_deref())
    };
    let asked = |name: &str| conditions().any(|cond| cond.values.iter().any(|(of, _)| *of == name));
    let code = |name: &str| entry.code.iter().any(|spec| spec.file && spec.from.contains(name));
    let argument = entry.args.get(before);
    let by_argument = argument.is_some_and(|argument| !argument.many && asked(argument.name) || code(argument.name));
    // `--context $v`
    let option = words[at - 1].val.lit().filter(|_| dashed(&words[at - 1])).and_then(|name| entry.options.find(name));
    let by_option = option
        .is_some_and(|option| option.names.iter().any(|name| asked(name) || entry.context_options.contains(name)));
    let decides =
        entry.subcommands && before < LONGEST_VERB || by_argument || by_option || entry.bare_cluster && at == 1;
    decides.then_some(at)
}
