//! `while getopts SPEC name; do …; done` over arguments that are known, option by option (POSIX, "getopts").

use crate::facts::analysis::Analysis;
use crate::facts::evaluate::variable::Exact;
use crate::facts::shell::ast::{Command, Item, List, Simple, What};
use crate::facts::value::{Data, Sink, Val, names_in};
use crate::limits;

/// What one round of such a loop finds.
struct Round<'a> {
    name: &'a str,
    argument: Option<&'a str>,
    /// The argument at which the next round goes on.
    next: usize,
}

impl<'a> Analysis<'a> {
    /// Goes through such a loop round by round. False: it is none, or not all of it is known.
    pub(super) fn options_in_turn(
        &mut self,
        condition: List<'a>,
        body: List<'a>,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) -> bool {
        let [Item { pipeline: [command], negated: false, background: false, .. }] = condition else { return false };
        let Command { what: What::Simple(Simple { words, assigns: [], declares: [] }), redirects: [], .. } = command
        else {
            return false;
        };
        if words.first().and_then(|word| word.bare()) != Some("getopts") || words.len() != 3 {
            return false;
        }
        // Where it starts, and what it goes through, stays as it is.
        let begins = self.state.var("OPTIND").is_none_or(|var| var.val.lit() == Some("1"));
        let moves = ["shift", "set", "break", "continue", "OPTIND", "getopts"];
        if !begins || !self.state.arguments_known || self.state.function("getopts").is_some() {
            return false;
        }
        if body.iter().any(|item| names_in(self.text_of(item.span)).any(|word| moves.contains(&word))) {
            return false;
        }
        let fields = self.words(words);
        let literal = |at: usize| fields.get(at).and_then(|field| field.val.lit());
        let (Some(spec), Some(name), 3) = (literal(1), literal(2), fields.len()) else { return false };
        let arguments: Option<Vec<&'a str>> = self.state.arguments.iter().map(|argument| argument.lit()).collect();
        let Some((rounds, index)) = arguments.and_then(|arguments| rounds(spec, &arguments)) else { return false };
        for round in rounds {
            self.set_variable(name, Val::Lit(round.name));
            match round.argument {
                Some(argument) => self.set_variable("OPTARG", Val::Lit(argument)),
                None => self.state.set_var("OPTARG", None),
            }
            let next = Val::Lit(self.bump.alloc_str(&(round.next + 1).to_string()));
            self.set_variable("OPTIND", next);
            let given = self.state.arguments;
            self.exact.push(Exact::new(name, Val::Lit(round.name), body));
            self.list(body, stdin, out);
            self.exact.pop();
            // Moved out of sight: whatever follows is gone through like any loop.
            let moved = self.state.var("OPTIND").is_none_or(|var| var.val != next)
                || !std::ptr::eq(given, self.state.arguments);
            if moved {
                self.state.set_var("OPTIND", None);
                return false;
            }
        }
        self.set_variable(name, Val::Lit("?"));
        self.set_variable("OPTIND", Val::Lit(self.bump.alloc_str(&(index + 1).to_string())));
        true
    }
}

/// Each option with what is its argument, and how many arguments that takes; none if there are more than are followed.
fn rounds<'a>(spec: &'a str, arguments: &[&'a str]) -> Option<(Vec<Round<'a>>, usize)> {
    let (spec, silent) = spec.strip_prefix(':').map_or((spec, false), |rest| (rest, true));
    let mut out = Vec::new();
    let mut index = 0;
    while let Some(cluster) =
        arguments.get(index).and_then(|text| text.strip_prefix('-')).filter(|text| !text.is_empty())
    {
        index += 1;
        if cluster == "-" {
            break;
        }
        for (at, option) in cluster.char_indices() {
            let rest = &cluster[at + option.len_utf8()..];
            let letter = &cluster[at..at + option.len_utf8()];
            let known = spec.find(option).filter(|_| option != ':');
            let takes = known.is_some_and(|at| spec[at + option.len_utf8()..].starts_with(':'));
            let refused = || Some(letter).filter(|_| silent);
            let (name, argument) = match (known, takes) {
                (None, _) => ("?", refused()),
                (Some(_), false) => (letter, None),
                (Some(_), true) if !rest.is_empty() => (letter, Some(rest)),
                (Some(_), true) => match arguments.get(index) {
                    Some(argument) => {
                        index += 1;
                        (letter, Some(*argument))
                    }
                    None => (if silent { ":" } else { "?" }, refused()),
                },
            };
            // Within a cluster it stays at that.
            let next = if takes || rest.is_empty() { index } else { index - 1 };
            out.push(Round { name, argument, next });
            if out.len() > limits::UNROLL {
                return None;
            }
            if takes {
                break;
            }
        }
    }
    Some((out, index))
}

#[cfg(test)]
mod tests {
    use super::rounds;

    #[test]
    fn options_come_in_turn() {
        let told = |spec, arguments: &[&'static str]| {
            let (rounds, index) = rounds(spec, arguments).unwrap_or_default();
            (rounds.iter().map(|r| (r.name, r.argument)).collect::<Vec<_>>(), index)
        };
        assert_eq!(
            told(":d:k:n", &["-nk14", "-d", "/", "x", "-n"]),
            (vec![("n", None), ("k", Some("14")), ("d", Some("/"))], 3)
        );
        assert_eq!(told(":d:", &["-x", "-d"]), (vec![("?", Some("x")), (":", Some("d"))], 2));
        assert_eq!(told("d:", &["-x", "-d"]), (vec![("?", None), ("?", None)], 2));
        assert_eq!(told("n", &["--", "-n"]), (vec![], 1));
        assert_eq!(told("n", &["-", "-n"]), (vec![], 0));
    }
}
