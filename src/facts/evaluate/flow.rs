//! Where control leaves a function, a loop or the script before its end, and what was set by then.

use rustc_hash::FxHashSet;

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::evaluate::either::either_items;
use crate::facts::evaluate::state::{Body, Changes, WayOut};
use crate::facts::evaluate::variable::Var;
use crate::facts::shell::ast::{Command, Item, Joint, List, Span, What};
use crate::facts::value::Val;

/// Ways out that are held beside each other.
const MOST_WAYS: usize = 256;

/// Functions that call each other, of which it is asked whether they end the script.
const MOST_DEEP: usize = 4;

/// Whether control goes on after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::facts) enum Flow {
    GoesOn,
    /// Ends the script, the function or the loop round.
    Leaves,
}

impl Flow {
    pub fn of(item: &Item<'_>) -> Flow {
        match item.pipeline {
            [command] if !item.background => Flow::of_command(command),
            _ => Flow::GoesOn,
        }
    }

    fn of_command(command: &Command<'_>) -> Flow {
        match &command.what {
            What::Simple(simple) => match simple.name() {
                Some(
                    "exit" | "return" | "break" | "continue" | "die" | "fail" | "fatal" | "usage" | "abort" | "error"
                    | "err",
                ) => Flow::Leaves,
                _ => Flow::GoesOn,
            },
            What::Group(list) => Flow::of_list(list),
            _ => Flow::GoesOn,
        }
    }

    pub fn of_list(list: List<'_>) -> Flow {
        match list.last() {
            Some(item) if item.joint == Joint::Then => Flow::of(item),
            _ => Flow::GoesOn,
        }
    }
}

impl<'a> Analysis<'a> {
    /// `return`, `break`, `continue`: what is set by now holds after the body that is left.
    pub fn leaves(&mut self, name: &str, levels: Option<&str>, span: Span) {
        let (body, outer) = match name {
            "return" => (Body::Function, 0),
            _ => (Body::Loop, levels.and_then(|text| text.parse::<usize>().ok()).unwrap_or(1).saturating_sub(1)),
        };
        let begins = self.entered.iter().rev().filter(|(entered, _)| *entered == body).nth(outer);
        let Some(&(_, mark)) = begins.or(self.entered.iter().find(|(entered, _)| *entered == body)) else { return };
        if self.ways_out.len() >= MOST_WAYS {
            return self.unread(span, MORE, false);
        }
        let vars = self.state.assigned_since(mark);
        if vars.is_empty() && body == Body::Loop {
            return;
        }
        self.ways_out.push(WayOut { body, outer, vars });
    }

    /// The ways out of a body that has ended, of those found since: after it each of them may have been taken.
    pub fn left(&mut self, body: Body, since: usize, mark: usize, own: impl Fn(&str) -> bool) {
        let ways = self.ways_out.split_off(since.min(self.ways_out.len()));
        // What is set only later in a function was not set on that way.
        let late: Vec<(&'a str, Option<Var<'a>>)> = match body {
            Body::Function if ways.iter().any(|way| way.body == body) => self.state.before_since(mark),
            _ => Vec::new(),
        };
        let ended = || ways.iter().filter(|way| way.body == body);
        // `[ -n "$X" ] || return 1`: what was found by then holds for whoever did not return.
        if body == Body::Function && ended().next().is_some() && !self.state.options.errexit {
            for (name, before) in self.state.before_since(mark) {
                if self.state.var(name).is_some_and(|var| var.assumed) {
                    self.state.set_var(name, before);
                }
            }
        }
        let set: Vec<FxHashSet<&str>> = match late.is_empty() {
            true => Vec::new(),
            false => ended().map(|way| way.vars.iter().map(|(name, _)| *name).collect()).collect(),
        };
        for (name, before) in late.iter().filter(|(name, _)| !own(name)) {
            if set.iter().any(|set| !set.contains(name)) {
                self.may_be_as_before(name, *before);
            }
        }
        for mut way in ways {
            if way.body == body {
                self.may_hold(way.vars.iter().filter(|(name, _)| !own(name)).copied());
                match way.outer.checked_sub(1) {
                    Some(outer) => way.outer = outer,
                    None => continue,
                }
            }
            self.ways_out.push(way);
        }
    }

    /// What a branch set whose end is one only by its name: `die` is a function of the script, and may come back.
    pub fn may_come_back(&mut self, last: Option<&Item<'a>>, changes: Changes<'a>) {
        if !last.is_some_and(|item| self.comes_back(item)) {
            return;
        }
        let mut vars: Vec<(&'a str, Var<'a>)> =
            changes.vars.into_iter().filter_map(|(name, var)| Some((name, var?))).collect();
        vars.sort_unstable_by_key(|(name, _)| *name);
        self.may_hold(vars.into_iter().filter(|(_, var)| !var.assumed));
    }

    /// Whether a function of the script certainly ends it, or the shell does for it where that ends on errors.
    fn ends_the_script(&self, body: &Command<'a>, depth: usize) -> bool {
        match &body.what {
            What::Group(list) => list.iter().any(|item| {
                let alone = item.joint == Joint::Then && !item.background;
                alone && matches!(item.pipeline, [command] if self.ends_the_script(command, depth))
            }),
            What::Simple(simple) => match simple.name() {
                Some("exit" | "exec" | "kill") => true,
                Some("return") => self.state.options.errexit && simple.words.len() > 1,
                Some(name) if depth < MOST_DEEP => {
                    self.state.function(name).is_some_and(|body| self.ends_the_script(body, depth + 1))
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether control certainly does not go on behind a command, as far as that is known.
    pub fn leaves_here(&self, item: &Item<'a>) -> bool {
        Flow::of(item) == Flow::Leaves && !self.only_seems_to_leave(item)
    }

    /// Whether a command only looks as if control left by it: a function of the script's own that comes back, a name that
    /// nothing gives this meaning to, `return` and `break` where there is nothing to leave (bash(1), "return", "break").
    pub fn only_seems_to_leave(&self, item: &Item<'a>) -> bool {
        let Some(name) = last_name(item) else { return false };
        if let Some(body) = self.state.function(name) {
            return !self.ends_the_script(body, 0);
        }
        let mut entered = self.entered.iter().rev().map(|(body, _)| *body);
        match name {
            "exit" => false,
            "return" => !entered.any(|body| body == Body::Function) && !self.may_be_sourced(),
            "break" | "continue" => !entered.take_while(|body| *body != Body::Function).any(|body| body == Body::Loop),
            // Something that is sourced may have defined it.
            _ => !self.may_be_sourced(),
        }
    }

    /// Whether the script sources a file, or may be one that is.
    fn may_be_sourced(&self) -> bool {
        let text = || self.facts.sources.first().map_or("", |source| source.text);
        !self.following.is_empty() || *self.sources_files.get_or_init(|| sources_a_file(text()))
    }

    /// Whether what seems to end the script is a name that nothing gives this meaning to.
    fn comes_back(&self, item: &Item<'a>) -> bool {
        match last_name(item) {
            Some("exit" | "return" | "break" | "continue") => false,
            Some(name) => self.state.function(name).is_none_or(|body| !self.ends_the_script(body, 0)),
            None => true,
        }
    }

    fn may_be_as_before(&mut self, name: &'a str, before: Option<Var<'a>>) {
        match (before, self.state.var(name)) {
            (Some(before), _) if !before.unset => self.may_hold([(name, before)].into_iter()),
            (_, Some(now)) => self.state.set_var(name, Some(Var { perhaps_unset: true, ..now })),
            (_, None) => {}
        }
    }

    pub(super) fn may_hold(&mut self, vars: impl Iterator<Item = (&'a str, Var<'a>)>) {
        for (name, var) in vars {
            let var = match self.state.var(name) {
                Some(now) if now.val == var.val && now.items == var.items => continue,
                Some(now) => {
                    let items = either_items(self.bump, &[now, var]).or(now.items).or(var.items);
                    Var { val: Val::set(self.bump, &[now.val, var.val]), items, ..now }
                }
                None => var,
            };
            self.state.set_var(name, Some(var));
        }
    }
}

/// The name of the command that a group ends with, or of the command itself.
fn last_name<'a>(item: &Item<'a>) -> Option<&'a str> {
    let [command] = item.pipeline else { return None };
    match &command.what {
        What::Group(list) => last_name(list.last()?),
        What::Simple(simple) => simple.name(),
        _ => None,
    }
}

/// Whether a function may end here: a `return` or `exit`, also in a branch.
pub(super) fn may_return(item: &Item<'_>) -> bool {
    fn any(list: List<'_>) -> bool {
        list.iter().any(may_return)
    }
    item.pipeline.iter().any(|command| match &command.what {
        What::Simple(simple) => matches!(simple.name(), Some("return" | "exit")),
        What::Group(list) => any(list),
        What::If { arms, otherwise } => arms.iter().any(|(_, body)| any(body)) || otherwise.is_some_and(any),
        What::Case { arms, .. } => arms.iter().any(|arm| any(arm.body)),
        What::While { body, .. } | What::For { body, .. } | What::Select { body, .. } => any(body),
        _ => false,
    })
}

/// Whether a script may source a file: `source` or `.` stands where a command begins.
fn sources_a_file(script: &str) -> bool {
    let begins = |at: usize| {
        let before = script[..at].trim_end_matches([' ', '\t']);
        before.is_empty()
            || before.ends_with(['\n', ';', '&', '|', '{', '('])
            || ["then", "do", "else"].iter().any(|word| before.ends_with(word))
    };
    ["source ", ". "].iter().any(|word| script.match_indices(word).any(|(at, _)| begins(at)))
}
