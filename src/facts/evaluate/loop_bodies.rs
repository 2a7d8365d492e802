//! What the commands of a loop are, as they are written: whether they only collect, test or grow.

use crate::facts::evaluate::flow::Flow;
use crate::facts::shell::ast::{Assign, AssignValue, Command, Item, Joint, List, Op, Part, Simple, What, Word};
use crate::limits;

/// `while true`, `while :`, `while [ 1 ]`, `until false`
pub(super) fn always(condition: List<'_>, until: bool) -> bool {
    let [Item { pipeline: [Command { what: What::Simple(Simple { words, .. }), .. }], .. }] = condition else {
        return false;
    };
    let words: Vec<&str> = words.iter().filter_map(|word| word.bare()).collect();
    match until {
        false => matches!(
            words.as_slice(),
            ["true" | ":" | "/bin/true"] | ["[", "1", "]"] | ["test", "1"] | ["[", "1", "=" | "==" | "-eq", "1", "]"]
        ),
        true => matches!(words.as_slice(), ["false"]),
    }
}

/// The variables to which a loop adds parts of others: `o+=${t:i:1}`, `o=${t%?}$o`.
pub(super) fn appended_parts<'a>(body: List<'a>) -> Vec<&'a str> {
    fn takes(parts: &[Part<'_>]) -> bool {
        parts.iter().any(|part| match part {
            Part::Parameter(parameter) => {
                matches!(parameter.op, Op::Substring(..) | Op::TrimPrefix(..) | Op::TrimSuffix(..))
            }
            Part::Double(inner) => takes(inner),
            _ => false,
        })
    }
    let mut names = Vec::new();
    for command in commands_in(body) {
        let What::Simple(simple) = &command.what else { continue };
        for assign in simple.assigns.iter().filter(|_| simple.words.is_empty()) {
            if let AssignValue::Word(word) = assign.value
                && assign.append
                && takes(word.parts)
            {
                names.push(assign.name);
            }
        }
    }
    names
}

/// What a command that only sets variables sets.
fn assigns_of<'s, 'a>(command: &'s Command<'a>) -> Option<&'s [Assign<'a>]> {
    match &command.what {
        What::Simple(simple) if simple.words.is_empty() => Some(simple.assigns),
        _ => None,
    }
}

/// Whether a variable is set to what it held before and more.
fn grows(assign: &Assign<'_>) -> bool {
    match assign.value {
        AssignValue::Word(word) => assign.append || names(word.parts, assign.name),
        AssignValue::Array(_) => assign.append,
    }
}

/// Whether parts of a word take what a variable of this name holds.
fn names(parts: &[Part<'_>], name: &str) -> bool {
    parts.iter().any(|part| match part {
        Part::Parameter(parameter) => parameter.name == name,
        Part::Double(inner) => names(inner, name),
        // `p=$(dirname "$p")`
        Part::Command(list, _) => list.iter().flat_map(|item| item.pipeline).any(|command| match &command.what {
            What::Simple(simple) => simple.words.iter().any(|word| names(word.parts, name)),
            _ => false,
        }),
        _ => false,
    })
}

/// Whether the commands of a loop only set variables, some of them to what they held before and more.
pub(super) fn only_grows(body: List<'_>) -> bool {
    let all = commands_in(body);
    all.iter().all(|command| assigns_of(command).is_some())
        && all.iter().any(|command| assigns_of(command).is_some_and(|assigns| assigns.iter().any(grows)))
}

/// Whether the commands of a loop only set variables, some of them to what they held before and more, or print.
pub(super) fn collects(body: List<'_>) -> bool {
    // What is printed, and `set -- "$@" more`.
    let adds = |command: &Command<'_>| match &command.what {
        What::Simple(simple) => match simple.words {
            [first, second, ..] if first.bare() == Some("set") => second.bare() == Some("--"),
            [first, ..] => matches!(first.bare(), Some("echo" | "printf")),
            [] => false,
        },
        _ => false,
    };
    let all = commands_in(body);
    let mut commands = all.iter().copied();
    commands.clone().all(|command| assigns_of(command).is_some() || adds(command) || only_tests(command))
        && commands.any(|command| adds(command) || assigns_of(command).is_some_and(|assigns| assigns.iter().any(grows)))
}

/// Whether the rounds of a loop, so many, are gone through one by one, for each begins with what the last one left.
pub(super) fn by_rounds(body: List<'_>, rounds: usize) -> bool {
    rounds <= limits::UNROLL && collects(body) || rounds <= limits::VALUES && gathers(body)
}

/// Whether some of a loop's commands set a variable to what it held before and more, whatever the others do.
fn gathers(body: List<'_>) -> bool {
    let grow = |command: &Command<'_>| assigns_of(command).is_some_and(|assigns| assigns.iter().any(grows));
    commands_in(body).into_iter().any(grow)
}

/// How many of a loop's assignments take what another variable holds that is assigned there, too.
pub(super) fn handed_on(body: List<'_>) -> usize {
    let set: Vec<&str> = variables_set(body).collect();
    let simple = |command: &Command<'_>| match &command.what {
        What::Simple(simple) => simple.assigns.iter().filter(|assign| takes_another(assign, &set)).count(),
        _ => 0,
    };
    commands_in(body).into_iter().map(simple).sum()
}

/// `a=$b`, where `b` is one of these.
fn takes_another(assign: &Assign<'_>, set: &[&str]) -> bool {
    match assign.value {
        AssignValue::Word(word) => set.iter().any(|name| *name != assign.name && names(word.parts, name)),
        AssignValue::Array(_) => false,
    }
}

/// The variables that a loop's commands set.
pub(super) fn variables_set<'a>(body: List<'a>) -> impl Iterator<Item = &'a str> {
    let simple = |command: &'a Command<'a>| match &command.what {
        What::Simple(simple) => simple.assigns,
        _ => &[],
    };
    commands_in(body).into_iter().flat_map(simple).map(|assign| assign.name)
}

/// Whether a command only tests something.
fn only_tests(command: &Command<'_>) -> bool {
    match &command.what {
        What::Condition(_) | What::Arithmetic(_) => true,
        What::Simple(simple) => simple.name().is_some_and(|name| matches!(name, "[" | "test")),
        _ => false,
    }
}

/// The commands of a list, those in the arms of `case` and `if` among them.
fn commands_in<'a>(body: List<'a>) -> Vec<&'a Command<'a>> {
    let mut out = Vec::new();
    for command in body.iter().flat_map(|item| item.pipeline) {
        match &command.what {
            What::Case { arms, .. } => out.extend(arms.iter().flat_map(|arm| commands_in(arm.body))),
            What::If { arms, otherwise } => {
                let lists = arms.iter().flat_map(|(condition, body)| [*condition, *body]);
                out.extend(lists.chain(*otherwise).flat_map(commands_in));
            }
            _ => out.push(command),
        }
    }
    out
}

/// The body of a loop without the `|| break` behind what makes a file: that ends it only when no more can be made.
pub(super) fn until_it_fails(body: List<'_>) -> List<'_> {
    let makes = |item: &Item<'_>| {
        matches!(item.pipeline, [Command { what: What::Simple(simple), .. }]
            if matches!(simple.words.first().and_then(Word::literal), Some("touch" | "mkdir" | ":" | "dd" | "fallocate")))
    };
    match body {
        [first, ends, rest @ ..]
            if makes(first) && ends.joint == Joint::Or && Flow::of(ends) == Flow::Leaves && !rest.is_empty() =>
        {
            rest
        }
        other => other,
    }
}
