//! Loops: what a round leaves for the next one.

use crate::facts::Effect;
use crate::facts::analysis::{Analysis, MORE};
use crate::facts::evaluate::loop_bodies::{
    always, appended_parts, by_rounds, collects, handed_on, only_grows, until_it_fails, variables_set,
};
use crate::facts::evaluate::passwords::read_names;
use crate::facts::evaluate::state::Body;
use crate::facts::evaluate::variable::{Exact, Var};
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::{List, Part, Word};
use crate::facts::targets::paths;
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
        if !until
            && (self.collected_lines(condition, body, stdin, out) || self.options_in_turn(condition, body, stdin, out))
        {
            return;
        }
        let asked = self.facts.effects.len();
        self.as_condition(condition, stdin, out);
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
        if !until && !negated && !asked.is_empty() && !self.pauses(condition) && !self.pauses(body) {
            self.mark_discards(asked.clone());
            if self.counts(condition, body) {
                self.mark_each(asked, "endless-names");
            } else {
                self.mark_counted(asked);
            }
        }
        let goes_on = always && !self.pauses(body);
        if always && !self.pauses(until_it_fails(body)) {
            self.mark_new_files(before, body);
            self.mark_discards(before..self.facts.effects.len());
            // `|| break` ends it when there is no room left.
            if !goes_on {
                self.mark_writes(before);
            }
        }
        if goes_on {
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
            && by_rounds(body, fields.len())
        {
            self.begin_empty(body);
            let exact = words.is_some_and(|words| words.iter().all(Word::is_written_out));
            for field in fields {
                self.state.set_var(name, Some(Var::plain(field.val)));
                self.exact.extend(exact.then(|| Exact::new(name, field.val, body)));
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

    /// `while read -r w; do all+=("$w"); done <<< "$known"`: line by line, where the body only puts texts together.
    fn collected_lines(&mut self, condition: List<'a>, body: List<'a>, stdin: &Data<'a>, out: &mut Sink<'a>) -> bool {
        let names = read_names(condition);
        let ([name], [item], Some(Val::Lit(text))) = (&names[..], condition, stdin.text) else { return false };
        let plain = item.pipeline.len() == 1 && !item.negated;
        if !plain || !by_rounds(body, text.lines().count()) || self.is_readonly(name) {
            return false;
        }
        self.begin_empty(body);
        for line in text.lines() {
            self.state.set_var(name, Some(Var::plain(Val::Lit(line.trim()))));
            self.list(body, &Data::NOTHING, out);
        }
        true
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
        if variables_set(body).any(|name| name == counter) {
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
        for name in variables_set(body) {
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
        let spelt: Vec<&'a str> = appended_parts(body).into_iter().filter(known).collect();
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

    /// How many elements the longest array has that a body asks for one by one: `${dirs[$n]}`.
    fn elements_asked_for(&self, text: &'a str) -> usize {
        let name = |at: usize| {
            let name =
                text[..at].bytes().rev().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
            &text[at - name..at]
        };
        let arrays = text.match_indices('[').filter_map(|(at, _)| self.state.var(name(at))?.items);
        arrays.map(|items| items.len().min(limits::VALUES)).max().unwrap_or(0)
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
        // `while [ $n -lt ${#dirs[@]} ]; do rm "${dirs[$n]}"; …`
        let elements = if self.repeating == 0 { self.elements_asked_for(text) } else { 0 };
        // What it writes and names again, or tasks that it writes.
        let speaks_of = |path: &str| {
            let name = paths::base_name(path);
            text.matches(name).nth(1).is_some() || self.know.lists().has("command-files", name) || name == "Makefile"
        };
        // `rm -rf $a; a=$b; b=$c`: one round for each that is handed on.
        let handed_on = if self.repeating == 0 { handed_on(body) + 1 } else { 1 };
        for round in 0..rounds.max(shifts).max(elements).max(handed_on.min(limits::VALUES)) {
            let asks = |name: &str| text.match_indices(name).any(|(at, _)| text[..at].ends_with(['$', '{', '!', '[']));
            let changed = self.state.changed_since(mark);
            let moved = round == 0 && self.repeating == 0 && self.state.moved_since(mark, speaks_of);
            if !(changed.iter().any(|name| asks(name)) || shifts > 0 && !self.state.arguments.is_empty() || moved) {
                return;
            }
            if self.spent.rounds >= MOST_ROUNDS {
                return self.unread(first.span, MORE, false);
            }
            // Those of loops within loops are what grows.
            self.spent.rounds += usize::from(self.repeating > 0);
            let again = self.state.mark();
            self.repeating += 1;
            self.said_once(|this| this.list(body, stdin, out));
            self.repeating -= 1;
            if self.state.changed_since(again).is_empty() {
                return;
            }
        }
    }

    /// Runs what was run before; what it does again is said once.
    pub fn said_once(&mut self, run: impl FnOnce(&mut Self)) {
        let (calls, effects) = (self.facts.calls.len(), self.facts.effects.len());
        let (unread, opaque) = (self.facts.unread.len(), self.facts.opaque.len());
        run(self);
        let same = |one: &Effect<'a>, other: &Effect<'a>| {
            one.does == other.does && one.target == other.target && one.data == other.data && one.marks == other.marks
        };
        let (before, now) = self.facts.effects.split_at(effects);
        if now.iter().all(|effect| before.iter().any(|known| same(effect, known))) {
            self.facts.effects.truncate(effects);
            self.forget_calls(calls);
            self.facts.unread.truncate(unread);
            self.facts.opaque.truncate(opaque);
        }
    }

    /// What the variable of a loop may be.
    fn loop_value(&mut self, fields: &[Field<'a>]) -> Val<'a> {
        // A pattern stands for names; each begins as the pattern does.
        let values: Vec<Val<'a>> = fields.iter().take(limits::UNROLL).map(|field| field.val).collect();
        Val::set(self.bump, &values)
    }
}
