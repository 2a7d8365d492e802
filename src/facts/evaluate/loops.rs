//! Loops: what a round leaves for the next one, and what never ends.

use rustc_hash::FxHashSet;

use crate::facts::Effect;
use crate::facts::analysis::{Analysis, MORE};
use crate::facts::evaluate::flow::Flow;
use crate::facts::evaluate::passwords::read_names;
use crate::facts::evaluate::state::Body;
use crate::facts::evaluate::traps::parameters;
use crate::facts::evaluate::variable::Var;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::{Assign, AssignValue, Command, Item, Joint, List, Op, Part, Simple, Span, What, Word};
use crate::facts::value::{Data, Field, Shape, Sink, Taint, Val};
use crate::limits;

/// Rounds of loops within loops that are gone through once more, in all.
const MOST_ROUNDS: usize = 32;

/// Commands that a loop which counts runs, in all.
const MOST_COUNTED: usize = 512;

impl<'a> Analysis<'a> {
    pub fn while_loop(
        &mut self,
        condition: List<'a>,
        body: List<'a>,
        until: bool,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) {
        let asked = self.facts.effects.len();
        self.list(condition, stdin, out);
        let asked = asked..self.facts.effects.len();
        let facts = self.tested_list(condition);
        let mark = self.state.mark();
        self.narrow(&facts, !until);
        let always = always(condition, until);
        if always && !body.is_empty() && body.iter().all(|item| item.background) {
            self.without_end(body[0].span);
        }
        self.tried_passwords(&read_names(condition), body);
        let before = self.facts.effects.len();
        self.round(body, mark, stdin, out);
        // `while dd of=part$i; do i=$((i + 1)); done`: until that fails.
        let negated = condition.iter().any(|item| item.negated);
        if !until
            && !negated
            && !asked.is_empty()
            && !self.pauses(condition)
            && !self.pauses(body)
            && self.counts(condition, body)
        {
            self.mark_each(asked, "endless-names");
        }
        if always && !self.pauses(until_it_fails(body)) {
            self.mark_new_files(before, body);
        }
        if always && !self.pauses(body) {
            self.mark_each(before..self.facts.effects.len(), "endless");
            if let [first, ..] = body
                && only_grows(body)
            {
                let (does, call) = (Kind::Execute, self.facts.calls.len() as u32);
                self.plain_effect(
                    does,
                    "a variable that grows without end",
                    call,
                    first.span,
                    Taint::NONE,
                    &["fill-memory"],
                );
            }
        }
    }

    fn mark_each(&mut self, effects: std::ops::Range<usize>, mark: &'a str) {
        for effect in &mut self.facts.effects[effects] {
            effect.mark(self.bump, mark);
        }
    }

    /// Marks what makes empty files or folders in a loop without end, each under a new name: `touch "f_$n"`, `: > f$((n++))`.
    fn mark_new_files(&mut self, from: usize, body: List<'a>) {
        let (Some(first), Some(last)) = (body.first(), body.last()) else { return };
        let text = self.text_of(first.span.to(last.span));
        for at in from..self.facts.effects.len() {
            let effect = self.facts.effects[at];
            let program = self.facts.calls.get(effect.call as usize).map(|call| call.program);
            let makes =
                matches!(effect.does, Kind::Create | Kind::Write) && matches!(program, None | Some("touch" | "mkdir"));
            let named = self.text_of(effect.span);
            if makes && (named.contains("++") || counts_one_of(text, named)) {
                self.mark_each(at..at + 1, "endless-files");
            }
        }
    }

    /// Whether the condition of a loop names a variable that its body sets: `f_$n`, and `((n++))`.
    fn counts(&self, condition: List<'a>, body: List<'a>) -> bool {
        let text = |list: List<'a>| Some(self.text_of(list.first()?.span.to(list.last()?.span)));
        let (Some(condition), Some(body)) = (text(condition), text(body)) else { return false };
        sets_one_of(body, condition)
    }

    /// Whether something in the body of a loop may end it, or makes it wait.
    fn pauses(&self, body: List<'a>) -> bool {
        let (Some(first), Some(last)) = (body.first(), body.last()) else { return true };
        let text = self.text_of(Span { end: last.span.end, ..first.span });
        let places = self.know.places();
        text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| places.listed("pauses", word))
    }

    pub fn for_loop(
        &mut self,
        name: &'a str,
        words: Option<&'a [Word<'a>]>,
        body: List<'a>,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) {
        let fields = words.map(|words| self.words(words));
        if self.is_readonly(name) {
            return self.rounds(body, stdin, out);
        }
        // `for l in r m; do s="$s$l"; done`: what a round leaves, the next one begins with.
        if let Some(fields) = &fields
            && fields.iter().all(|field| !field.glob && field.val.lit().is_some())
            && fields.len() <= limits::UNROLL
            && collects(body)
        {
            self.begin_empty(body);
            let exact = words.is_some_and(|words| words.iter().all(Word::is_written_out));
            for field in fields {
                self.state.set_var(name, Some(Var::plain(field.val)));
                self.exact.extend(exact.then_some((name, field.val)));
                self.list(body, stdin, out);
                if exact {
                    self.exact.pop();
                }
            }
            return;
        }
        // More than one variable may stand for come in turn.
        const AT_ONCE: usize = 4 * limits::VALUES;
        if let Some(fields) = &fields
            && fields.len() > AT_ONCE
        {
            for some in fields.chunks(AT_ONCE) {
                let values = self.loop_value(some);
                self.state.set_var(name, Some(Var::plain(values)));
                self.rounds(body, stdin, out);
            }
            return;
        }
        let values = match &fields {
            Some(fields) => self.loop_value(fields),
            None if self.state.arguments_known => Val::set(self.bump, self.state.arguments),
            None => Val::hole(self.bump, "$1 …", Shape::Any, Taint::NONE),
        };
        if matches!(words, Some([])) {
            return;
        }
        self.tried_passwords(&[name], body);
        let before = self.state.var(name);
        // Of another name each word is a variable (bash(1), "PARAMETERS").
        let reference = before.is_some_and(|var| var.reference);
        self.state.set_var(name, Some(Var { reference, ..Var::plain(values) }));
        let number = |field: &Field<'a>| field.val.lit().is_some_and(|text| text.parse::<u32>().is_ok());
        let counts = fields.as_ref().is_some_and(|fields| fields.iter().all(number));
        let around = std::mem::replace(&mut self.counting, counts.then_some(name));
        self.rounds(body, stdin, out);
        self.counting = around;
        // Perhaps there is nothing to go through.
        if fields.is_none_or(|fields| fields.iter().all(|field| field.splits && !field.quoted)) {
            self.may_hold(before.into_iter().map(|before| (name, before)));
        }
    }

    /// `for ((i=${#s}-1; i>=0; i--)); do o+=${s:i:1}; done`: what only puts texts together is gone through, where all
    /// numbers are known.
    pub fn counted_loop(
        &mut self,
        parts: &'a [Part<'a>],
        body: List<'a>,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) -> bool {
        if !collects(body) {
            return false;
        }
        let Val::Lit(text) = self.single_parts(parts) else { return false };
        let mut steps = text.split(';').map(str::trim);
        let (Some(first), Some(test), Some(step), None) = (steps.next(), steps.next(), steps.next(), steps.next())
        else {
            return false;
        };
        let name = |text: &str| text.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric()) && !text.is_empty();
        let Some((counter, start)) = first.split_once('=').filter(|(counter, _)| name(counter)) else { return false };
        if collected(body).any(|name| name == counter) {
            return false;
        }
        let Some(rest) = test.strip_prefix(counter).map(str::trim_start) else { return false };
        let Some((sign, end)) =
            ["<=", ">=", "!=", "<", ">"].iter().find_map(|sign| Some((*sign, rest.strip_prefix(sign)?)))
        else {
            return false;
        };
        let by = match step.strip_prefix(counter).or_else(|| step.strip_suffix(counter)) {
            Some("++") => Some(1),
            Some("--") => Some(-1),
            Some(more) => match (more.strip_prefix("+="), more.strip_prefix("-=")) {
                (Some(number), _) => self.number(number),
                (_, Some(number)) => self.number(number).map(|number| -number),
                _ => None,
            },
            None => None,
        };
        let (Some(mut at), Some(end), Some(by)) = (self.number(start), self.number(end), by) else { return false };
        let goes_on = |at: i64| match sign {
            "<=" => at <= end,
            ">=" => at >= end,
            "!=" => at != end,
            "<" => at < end,
            _ => at > end,
        };
        // As long as it takes, or not at all.
        let rounds = std::iter::successors(Some(at), |at| at.checked_add(by)).take_while(|at| goes_on(*at));
        if rounds.take(MOST_COUNTED + 1).count() * body.len() > MOST_COUNTED {
            return false;
        }
        self.begin_empty(body);
        let counter = &*self.bump.alloc_str(counter);
        while goes_on(at) {
            self.set_variable(counter, Val::Lit(self.bump.alloc_str(&at.to_string())));
            self.list(body, stdin, out);
            at += by;
        }
        true
    }

    /// What nothing has set is empty: nobody collects into the environment's.
    fn begin_empty(&mut self, body: List<'a>) {
        for name in collected(body) {
            if self.state.var(name).is_none() {
                self.set_variable(name, Val::EMPTY);
            }
        }
    }

    /// A body that runs never, once or again and again.
    pub fn rounds(&mut self, body: List<'a>, stdin: &Data<'a>, out: &mut Sink<'a>) {
        let mark = self.state.mark();
        self.round(body, mark, stdin, out);
    }

    /// One round of a body that may run never, once or again and again.
    fn round(&mut self, body: List<'a>, mark: usize, stdin: &Data<'a>, out: &mut Sink<'a>) {
        let in_turn = std::mem::replace(&mut self.in_turn, true);
        let chooses = self.chooses || self.looks_at_each(body);
        let around = std::mem::replace(&mut self.chooses, chooses);
        let given = self.state.arguments;
        let ways = self.ways_out.len();
        self.entered.push((Body::Loop, mark));
        self.list(body, stdin, out);
        self.left(Body::Loop, ways, mark, |_| false);
        // It may end after each of its rounds.
        let once = self.state.assigned_since(mark);
        let ways = self.ways_out.len();
        self.later_rounds(body, mark, stdin, out);
        self.left(Body::Loop, ways, mark, |_| false);
        self.entered.pop();
        self.chooses = around;
        self.in_turn = in_turn;
        // `while …; do o+=${t: -1}; t=${t%?}; done`: letters of a known text, in an order that is not computed here.
        let known = |name: &&str| self.state.var(name).is_some_and(|var| var.val.lit().is_some());
        let spelt: Vec<&'a str> = spelt(body).into_iter().filter(known).collect();
        self.may_hold(once.into_iter());
        let shifted = self.state.arguments_known && self.state.arguments.len() < given.len();
        let changes = self.state.rollback(mark);
        self.state.join(self.bump, &[changes], true);
        if shifted {
            self.shifted_anyhow();
        }
        for name in spelt {
            let letters = Val::hole(self.bump, "letters put together", Shape::Any, Taint::REWORKED);
            self.state.set_var(name, Some(Var::plain(letters)));
        }
    }

    /// Whether a body asks something of the name at hand before it goes on: `[ -s "$f" ] || rm "$f"`. Then it is not done to
    /// all of them.
    fn looks_at_each(&self, body: List<'a>) -> bool {
        const ASKS: [&str; 6] = ["if ", "case ", "&&", "||", "continue", " -i "];
        let (Some(first), Some(last)) = (body.first(), body.last()) else { return false };
        let text = self.text_of(first.span.to(last.span));
        if text.len() > limits::WORD || !ASKS.iter().any(|word| text.contains(word)) {
            return false;
        }
        let name = |rest: &'a str| {
            let rest = rest.trim_start_matches('{');
            &rest[..rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len())]
        };
        let mut names: Vec<&str> = text.split('$').skip(1).map(name).filter(|name| !name.is_empty()).collect();
        names.sort_unstable();
        names.windows(2).any(|two| two[0] == two[1])
    }

    /// What one round leaves, the next one begins with: as often as it changes something that the body asks for.
    fn later_rounds(&mut self, body: List<'a>, mark: usize, stdin: &Data<'a>, out: &mut Sink<'a>) {
        // Loops within loops once more each, so that what they cost together stays small.
        let rounds = if self.repeating == 0 { 3 } else { 1 };
        let (Some(first), Some(last)) = (body.first(), body.last()) else { return };
        // A function that calls itself begins again what was gone through.
        let mut running = self.running.iter();
        if running.next_back().is_some_and(|name| running.any(|outer| outer == name)) {
            return;
        }
        let text = self.text_of(first.span.to(last.span));
        // `while [ $# -gt 0 ]; do …; shift; done`
        let shifts = if text.contains("shift") { self.state.arguments.len().min(limits::VALUES) } else { 0 };
        for _ in 0..rounds.max(shifts) {
            let asks = |name: &str| text.match_indices(name).any(|(at, _)| text[..at].ends_with(['$', '{', '!', '[']));
            let changed = self.state.changed_since(mark);
            if !(changed.iter().any(|name| asks(name)) || shifts > 0 && !self.state.arguments.is_empty()) {
                return;
            }
            let (calls, effects) = (self.facts.calls.len(), self.facts.effects.len());
            let (unread, opaque) = (self.facts.unread.len(), self.facts.opaque.len());
            if self.rounds >= MOST_ROUNDS {
                return self.unread(first.span, MORE, false);
            }
            // Those of loops within loops are what grows.
            self.rounds += usize::from(self.repeating > 0);
            let again = self.state.mark();
            self.repeating += 1;
            self.list(body, stdin, out);
            self.repeating -= 1;
            // What is done again is said once.
            let same = |one: &Effect<'a>, other: &Effect<'a>| {
                one.does == other.does
                    && one.target == other.target
                    && one.data == other.data
                    && one.marks == other.marks
            };
            let (before, now) = self.facts.effects.split_at(effects);
            if now.iter().all(|effect| before.iter().any(|known| same(effect, known))) {
                self.facts.effects.truncate(effects);
                self.forget_calls(calls);
                self.facts.unread.truncate(unread);
                self.facts.opaque.truncate(opaque);
            }
            if self.state.changed_since(again).is_empty() {
                return;
            }
        }
    }

    /// What the variable of a loop may be.
    fn loop_value(&mut self, fields: &[Field<'a>]) -> Val<'a> {
        // A pattern stands for names; each begins as the pattern does.
        let values: Vec<Val<'a>> = fields.iter().take(limits::UNROLL).map(|field| field.val).collect();
        Val::set(self.bump, &values)
    }

    /// `:(){ :|:& };:` — a function, or a script, that starts itself in the background without end.
    pub fn fork_bomb(&mut self, command: &'a Command<'a>, background: bool) {
        if let What::Simple(Simple { words: [first, rest @ ..], .. }) = &command.what
            && background
            && !self.running.is_empty()
        {
            // What it is given may tell it that it is not the first: `"$0" worker 1 &`.
            let itself = rest.is_empty() && matches!(self.text_of(first.span).trim_matches('"'), "$0" | "${0}");
            let again = match first.bare() {
                Some(name) => self.running.contains(&name),
                None => {
                    itself && self.zero.and_then(|zero| zero.lit()).is_some_and(|zero| self.running.contains(&zero))
                }
            };
            if again {
                self.without_end(command.span);
            }
        }
    }

    /// Something is started again and again, and nothing waits for it.
    fn without_end(&mut self, span: Span) {
        let call = self.facts.calls.len() as u32;
        if !self.facts.effects.iter().any(|e| e.marks.contains(&"fork-bomb")) {
            let does = Kind::Execute;
            self.plain_effect(does, "itself, without end", call, span, Taint::NONE, &["fork-bomb"]);
        }
    }
}

/// `while true`, `while :`, `while [ 1 ]`, `until false`
fn always(condition: List<'_>, until: bool) -> bool {
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
fn spelt<'a>(body: List<'a>) -> Vec<&'a str> {
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
    for command in flat(body) {
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
fn of<'s, 'a>(command: &'s Command<'a>) -> Option<&'s [Assign<'a>]> {
    match &command.what {
        What::Simple(simple) if simple.words.is_empty() => Some(simple.assigns),
        _ => None,
    }
}

/// Whether a variable is set to what it held before and more.
fn more(assign: &Assign<'_>) -> bool {
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
    match assign.value {
        AssignValue::Word(word) => assign.append || names(word.parts, assign.name),
        AssignValue::Array(_) => assign.append,
    }
}

/// Whether the commands of a loop only set variables, some of them to what they held before and more.
fn only_grows(body: List<'_>) -> bool {
    let all = flat(body);
    all.iter().all(|command| of(command).is_some())
        && all.iter().any(|command| of(command).is_some_and(|assigns| assigns.iter().any(more)))
}

/// Whether the commands of a loop only set variables, some of them to what they held before and more, or print.
fn collects(body: List<'_>) -> bool {
    // What is printed, and `set -- "$@" more`.
    let adds = |command: &Command<'_>| match &command.what {
        What::Simple(simple) => match simple.words {
            [first, second, ..] if first.bare() == Some("set") => second.bare() == Some("--"),
            [first, ..] => matches!(first.bare(), Some("echo" | "printf")),
            [] => false,
        },
        _ => false,
    };
    let all = flat(body);
    let mut commands = all.iter().copied();
    commands.clone().all(|command| of(command).is_some() || adds(command) || tests(command))
        && commands.any(|command| adds(command) || of(command).is_some_and(|assigns| assigns.iter().any(more)))
}

/// The variables that a loop's commands set.
fn collected<'a>(body: List<'a>) -> impl Iterator<Item = &'a str> {
    let simple = |command: &'a Command<'a>| match &command.what {
        What::Simple(simple) => simple.assigns,
        _ => &[],
    };
    flat(body).into_iter().flat_map(simple).map(|assign| assign.name)
}

/// Whether a command only tests something.
fn tests(command: &Command<'_>) -> bool {
    match &command.what {
        What::Condition(_) | What::Arithmetic(_) => true,
        What::Simple(simple) => {
            simple.words.first().and_then(Word::bare).is_some_and(|name| matches!(name, "[" | "test"))
        }
        _ => false,
    }
}

/// The commands of a list, those in the arms of `case` and `if` among them.
fn flat<'a>(body: List<'a>) -> Vec<&'a Command<'a>> {
    let mut out = Vec::new();
    for command in body.iter().flat_map(|item| item.pipeline) {
        match &command.what {
            What::Case { arms, .. } => out.extend(arms.iter().flat_map(|arm| flat(arm.body))),
            What::If { arms, otherwise } => {
                let lists = arms.iter().flat_map(|(condition, body)| [*condition, *body]);
                out.extend(lists.chain(*otherwise).flat_map(flat));
            }
            _ => out.push(command),
        }
    }
    out
}

/// Whether a text of commands sets one of the variables that another names.
fn sets_one_of(body: &str, names: &str) -> bool {
    let is_name = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let mut set = FxHashSet::default();
    let mut rest = body;
    while let Some(start) = rest.find(is_name) {
        let name = &rest[start..];
        let name = &name[..name.find(|c: char| !is_name(c)).unwrap_or(name.len())];
        let before = &rest[..start];
        rest = &rest[start + name.len()..];
        if rest.starts_with('=') || rest.starts_with("+=") || rest.starts_with("++") || before.ends_with("++") {
            set.insert(name);
        }
    }
    parameters(names).any(|name| set.contains(name))
}

/// Whether a text of commands counts up one of the variables that another names: `((n++))`, `n=$((n + 1))`.
fn counts_one_of(body: &str, names: &str) -> bool {
    let counts = |name: &str| {
        let ways = [
            format!("{name}++"),
            format!("++{name}"),
            format!("{name}=$(("),
            format!("{name}+=1"),
            format!("let {name}"),
        ];
        ways.iter().any(|way| body.contains(way.as_str()))
    };
    parameters(names).any(counts)
}

/// The body of a loop without the `|| break` behind what makes a file: that ends it only when no more can be made.
fn until_it_fails(body: List<'_>) -> List<'_> {
    let makes = |item: &Item<'_>| {
        matches!(item.pipeline, [Command { what: What::Simple(simple), .. }]
            if matches!(simple.words.first().and_then(Word::literal), Some("touch" | "mkdir" | ":")))
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
