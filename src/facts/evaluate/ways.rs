//! What runs one way or another: lists of `&&` and `||`, commands of which words are one of several, and what is printed
//! and set on each way.

use smallvec::SmallVec;

use crate::facts::Effect;
use crate::facts::analysis::Analysis;
use crate::facts::evaluate::expand::has_glob;
use crate::facts::evaluate::flow::Flow;
use crate::facts::evaluate::invoke::Invocation;
use crate::facts::evaluate::refine::Known;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::{Command, Condition, Item, Joint, What, Word};
use crate::facts::snapshot::{Answer, Ask};
use crate::facts::targets::{Look, paths};
use crate::facts::value::{Data, Printed, Sink, Val, is_nothing};

/// Commands of one and-or list whose settings are held beside those of what stands before `||`.
const MOST_INSTEAD: usize = 16;

impl<'a> Analysis<'a> {
    /// One of these is done.
    pub fn one_of<T>(
        &mut self,
        each: impl IntoIterator<Item = T>,
        out: &mut Sink<'a>,
        mut run: impl FnMut(&mut Self, T, &mut Sink<'a>),
    ) {
        let (mut branches, mut printed) = (Vec::new(), Printed::default());
        for one in each {
            let (mark, begun) = (self.state.mark(), out.parts.len());
            run(self, one, out);
            printed.branches.push((begun, out.parts.len()));
            branches.push(self.state.rollback(mark));
        }
        printed.instead(self.bump, out);
        self.state.join(self.bump, &branches, false);
    }

    /// What has been done since these places is perhaps not, but something else.
    pub fn or_else(
        &mut self,
        mark: usize,
        begun: usize,
        out: &mut Sink<'a>,
        other: impl FnOnce(&mut Self, &mut Sink<'a>),
    ) {
        let (changes, printed) = (self.state.rollback(mark), out.parts.len());
        other(self, out);
        Printed::either(begun, printed, out).instead(self.bump, out);
        self.state.perhaps(self.bump, changes);
    }

    /// Whether a folder of everything would be emptied if `cd` fails: `cd ~; cd out; rm -rf *`. Elsewhere who writes so
    /// knows that the folder is there.
    pub(super) fn empties_where_it_stays(&mut self, items: &[Item<'a>], next: Option<&Item<'a>>) -> bool {
        let [item, then @ ..] = items else { return false };
        let Some(Item { pipeline: [Command { what: What::Simple(simple), .. }], .. }) = next else { return false };
        let all = |word: &Word<'a>| {
            matches!(self.text_of(word.span), "*" | "./*" | "." | "./" | ".*" | "\"$PWD\"/*" | "$PWD/*")
        };
        // Who is told of the failure, and ends; nobody is of one that is not the last of its list (bash(1), "set", "-e").
        let ends = then.iter().any(|item| item.joint == Joint::Or && self.leaves_here(item))
            || self.state.options.errexit && then.is_empty() && !item.negated;
        if !goes_below(item) || item.background || ends {
            return false;
        }
        let deletes = simple.words.iter().take(2).any(|word| matches!(word.literal(), Some("rm" | "find")));
        if !deletes || !simple.words.iter().any(all) {
            return false;
        }
        let everything = paths::core::HOME | paths::core::ROOT | self.know.classes().of(["system-tree"]);
        self.path_target(self.state.cwd, Look::Not).classes & everything != 0
    }

    pub(super) fn several(&mut self, items: &'a [Item<'a>], stdin: &Data<'a>, out: &mut Sink<'a>) {
        // A test of a loop's own word, in its round.
        let leaves = items[1..].iter().any(|item| self.leaves_here(item));
        if let Some(held) = self.decided(&items[0]).filter(|_| !leaves) {
            let then = match items {
                [_, then] => Some((then.joint == Joint::And) == held).map(|runs| runs.then_some(then)),
                [_, then, other] if then.joint == Joint::And && other.joint == Joint::Or && only_assigns(then) => {
                    Some(Some(if held { then } else { other }))
                }
                _ => None,
            };
            if let Some(then) = then {
                self.item(&items[0], false, stdin, out);
                if let Some(then) = then {
                    self.item(then, false, stdin, out);
                }
                return;
            }
        }
        let mark = self.state.mark();
        let (mut first, mut last) = (mark, mark);
        // Where the first went, and what was set by then.
        let mut went = (self.state.cwd, mark);
        let mut conditional = false;
        let (certain, goes) = self.certain(items);
        let mut printed: SmallVec<[usize; 4]> = SmallVec::new();
        for (index, item) in items.iter().enumerate() {
            printed.push(out.parts.len());
            if index > 0 {
                last = self.state.mark();
                if index == 1 {
                    went = (self.state.cwd, last);
                }
                // What stands before this one ran.
                let ran = index - 1;
                if ran == 0 || ran < certain || ran == certain && items[ran].joint == Joint::And {
                    first = last;
                }
                let before = &items[index - 1];
                // Narrow by what must have been true for this one to run.
                let facts = self.tested(before);
                self.narrow(&facts, (item.joint == Joint::And) != before.negated);
                conditional = true;
            }
            // `test && a=1 || a=2`: it holds what either of them set.
            let instead =
                item.joint == Joint::Or && (2..MOST_INSTEAD).contains(&index) && Flow::of(item) != Flow::Leaves;
            let before = self.state.mark();
            let mounted = match index.checked_sub(1).map(|test| &items[test]) {
                Some(test) if only_tests(test) && self.tests_something_else(test.span, item.span) => self.mounted_now(),
                _ => Vec::new(),
            };
            self.item(item, false, stdin, out);
            self.mount_again(mounted);
            if instead && self.state.sets_since(before) {
                let changes = self.state.rollback(before);
                self.state.perhaps(self.bump, changes);
            }
        }
        // The one behind them ran as well.
        let joined = items.len() <= certain || items.len() == certain + 1 && items[certain].joint == Joint::And;
        if joined && certain > 0 && !leaves {
            first = self.state.mark();
        }
        let (folder, before) = went;
        if goes && first != before && self.state.sets_since(before) && !self.is_there(folder) {
            first = before;
        }
        if items[1..].iter().any(|item| item.joint == Joint::Or) {
            self.printed_instead(items, &printed, out);
        } else if only_tests(&items[0]) && out.parts.len() == printed[0] + 1 {
            // `$([ "$dry" ] && echo echo) rm x`: perhaps nothing is printed.
            const LONGEST: usize = 64;
            let word = out.parts[printed[0]];
            if word.text.and_then(|text| text.lit()).is_some_and(|text| text.len() <= LONGEST) {
                out.one_of(self.bump, printed[0], &[word, Data::NOTHING]);
            }
        }
        if conditional && items.iter().skip(1).all(|item| Flow::of(item) == Flow::Leaves) {
            // `[ -n "$X" ] || exit`: whoever gets past it knows the test held; and what `cd build || exit` did is done.
            let succeeded = (items[1].joint == Joint::Or) != items[0].negated;
            let changes = self.state.rollback(if succeeded { first } else { mark });
            if !items[1..].iter().any(|item| self.only_seems_to_leave(item)) {
                let facts = self.tested(&items[0]);
                self.narrow(&facts, (items[1].joint == Joint::Or) != items[0].negated);
            }
            self.may_come_back(items.last(), changes);
        } else if let [done @ .., out_of_it] = items
            && out_of_it.joint == Joint::Or
            && Flow::of(out_of_it) == Flow::Leaves
            && done[1..].iter().all(|item| item.joint == Joint::And)
        {
            // `cd "$d" && git init x && cd x || exit`: whoever gets past it has done all of these.
            let changes = self.state.rollback(last);
            if !self.only_seems_to_leave(out_of_it) {
                for item in done {
                    let facts = self.tested(item);
                    self.narrow(&facts, !item.negated);
                }
            }
            self.may_come_back(Some(out_of_it), changes);
        } else if self.state.sets_since(first) {
            // `[ -e x ] && d=build`: d may be what it was; then the test did not hold.
            let changes = self.state.rollback(first);
            let facts = self.tested(&items[0]);
            let mark = self.state.mark();
            self.narrow(&facts, (items[1].joint == Joint::Or) != items[0].negated);
            // What was not found on the other way is not known after both.
            for (name, before) in self.state.before_since(mark) {
                if !changes.vars.contains_key(name) {
                    self.state.set_var(name, before);
                }
            }
            let here = self.state.cwd;
            self.state.perhaps(self.bump, changes);
            let last = items.iter().rposition(|item| is_one_of(item, &["cd", "pushd"])).unwrap_or(0);
            if self.state.cwd != here && !items[..last].iter().all(|item| is_one_of(item, &["mkdir"])) {
                // `[ -d x ] && cd x`, `make && cd x`: it may be where it was. (Who begins with `cd x &&` notices that there is
                // no x, and a folder is hardly ever not made.)
                let either = Val::set(self.bump, &[self.state.cwd, here]);
                self.state.set_cwd(either);
            }
        }
    }

    /// How many of the first commands of a chain go on for certain, and whether the first of them goes somewhere.
    fn certain(&self, items: &'a [Item<'a>]) -> (usize, bool) {
        let goes = self.goes_somewhere(&items[0]);
        let on = |(at, item): &(usize, &Item<'a>)| match at {
            0 => goes || self.goes_on(item),
            _ => item.joint == Joint::And && self.goes_on(item),
        };
        (items.iter().enumerate().take_while(on).count(), goes)
    }

    /// Whether a command succeeds whatever happens: it sets what is written out, or says something. None that the script
    /// itself defines does.
    fn goes_on(&self, item: &Item<'_>) -> bool {
        let exports = || {
            let [Command { what: What::Simple(simple), .. }] = item.pipeline else { return false };
            let plain = |word: &Word<'_>| {
                let name = word.literal().and_then(|word| word.split('=').next());
                name.is_some_and(|name| {
                    name.starts_with(|c: char| c.is_ascii_alphabetic())
                        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                })
            };
            simple.name() == Some("export") && simple.words[1..].iter().all(plain)
        };
        let text = self.text_of(item.span);
        let shadowed = |name: &str| self.state.function(name).is_some() || self.state.alias(name).is_some();
        !item.negated
            && !item.background
            && !text.contains(['$', '`', '>', '<'])
            && !text.starts_with("printf")
            && (never_fails(item) || exports())
            && !["echo", "true", ":", "export"].into_iter().any(shadowed)
    }

    /// Whether it is `cd` to one place that is written out.
    fn goes_somewhere(&self, item: &Item<'_>) -> bool {
        let [Command { what: What::Simple(simple), redirects, .. }] = item.pipeline else { return false };
        let folder = match simple.words {
            [name, folder] if name.bare() == Some("cd") => folder.literal(),
            _ => None,
        };
        !item.negated
            && !item.background
            && redirects.is_empty()
            && folder.is_some_and(|folder| folder != "-")
            && self.state.function("cd").is_none()
            && self.state.alias("cd").is_none()
    }

    /// Whether a folder is there, and stays: what stands behind `cd folder &&` runs.
    fn is_there(&mut self, folder: Val<'a>) -> bool {
        let takes = |effect: &Effect<'_>| matches!(effect.does, Kind::Delete | Kind::Move | Kind::Permit);
        let Some(folder) = folder.lit().filter(|_| !self.facts.effects.iter().any(takes)) else { return false };
        matches!(self.ask(&Ask::Path(folder.to_owned())), Answer::Directory)
    }

    /// Of what stands before and behind `||` one is printed, or what failed printed something before it did.
    fn printed_instead(&mut self, items: &'a [Item<'a>], places: &[usize], out: &mut Sink<'a>) {
        const MOST: usize = 8;
        let ends = places.iter().skip(1).copied().chain([out.parts.len()]);
        let ranges: Vec<(usize, usize)> = places.iter().copied().zip(ends).collect();
        if ranges.iter().filter(|(from, to)| from < to).count() < 2 {
            return;
        }
        let each: Vec<Data<'a>> = ranges.iter().map(|(from, to)| out.between(self.bump, *from, *to)).collect();
        let after = |one: &Data<'a>, other: &Data<'a>| {
            let mut both = Sink::new();
            both.push(*one);
            both.push(*other);
            both.data(self.bump)
        };
        // What is printed by whatever fails: a lookup and a test print nothing then, and `echo` does not fail.
        let failing = |at: usize| match &items[at] {
            item if never_fails(item) => None,
            item if only_looks_up(item) || only_tests(item) || each[at].text.is_none() => Some(Data::NOTHING),
            _ => Some(each[at]),
        };
        let (mut done, mut failed) = (vec![each[0]], failing(0).into_iter().collect::<Vec<_>>());
        for (at, item) in items.iter().enumerate().skip(1) {
            let before = if item.joint == Joint::Or { std::mem::take(&mut failed) } else { std::mem::take(&mut done) };
            failed.extend(failing(at).into_iter().flat_map(|last| before.iter().map(move |way| after(way, &last))));
            done.extend(before.iter().map(|way| after(way, &each[at])));
            // Of many it is each by itself, or all of them.
            if done.len() + failed.len() > MOST {
                done = each.iter().copied().chain([out.between(self.bump, places[0], out.parts.len())]).collect();
                failed.clear();
                break;
            }
        }
        let ways: Vec<Data<'a>> = done.into_iter().chain(failed).filter(|way| !is_nothing(way)).collect();
        out.one_of(self.bump, places[0], &ways);
    }

    /// How a test came out that compares the word of a loop at hand with a text, and does nothing else.
    pub(super) fn decided(&self, item: &'a Item<'a>) -> Option<bool> {
        let [Command { what, redirects: [], .. }] = item.pipeline else { return None };
        let compares = match what {
            What::Condition(Condition::Binary(..)) => true,
            What::Simple(simple) => matches!(
                (simple.words.first().and_then(Word::literal), simple.words.len()),
                (Some("["), 5) | (Some("test"), 4)
            ),
            _ => false,
        };
        if !compares || self.exact.is_empty() {
            return None;
        }
        let [Known::Is(name, text, when)] = self.tested(item)[..] else { return None };
        let source = item.pipeline.first()?.span.source;
        let word = self.exactly(name, source)?.lit().filter(|_| !has_glob(text))?;
        let own = |name: &str| self.state.function(name).is_some() || self.state.alias(name).is_some();
        // `nocasematch` may be set.
        let alike = word != text && word.to_lowercase() == text.to_lowercase();
        (!alike && !own("[") && !own("test")).then_some((word == text) == when)
    }

    /// A command of which some words are one of several texts, or none: `$dry rm x`, `$(echo rm $what) x`. They begin at a
    /// place; those of each text end at another.
    pub(super) fn one_of_several(
        &mut self,
        start: usize,
        ends: &[usize],
        command: &Invocation<'a, '_>,
        out: &mut Sink<'a>,
    ) {
        let fields = command.words;
        let rest = ends.last().map_or(&[][..], |last| &fields[*last..]);
        let begins = std::iter::once(&start).chain(ends);
        let each = begins.zip(ends).map(|(from, to)| fields[..start].iter().chain(&fields[*from..*to]).chain(rest));
        let each = each.map(|words| words.copied().collect::<Vec<_>>()).filter(|words| !words.is_empty());
        self.one_of(each, out, |this, words, out| {
            this.invoke(&command.with_words(this.bump.alloc_slice_copy(&words)), out);
        });
    }
}

/// Whether it is `cd` into a folder below, by its name.
fn goes_below(item: &Item<'_>) -> bool {
    let [Command { what: What::Simple(simple), .. }] = item.pipeline else { return false };
    let (name, folder) = match simple.words {
        [name, folder] => (name, folder),
        [name, dashes, folder] if dashes.bare() == Some("--") => (name, folder),
        _ => return false,
    };
    let below = |folder: &str| {
        let elsewhere = folder.is_empty() || folder.starts_with(['/', '~', '-']);
        !elsewhere && !matches!(folder, "." | "./" | "..") && !folder.starts_with("../")
    };
    name.bare() == Some("cd") && folder.literal().is_some_and(below)
}

/// Whether a command does nothing but set variables, which does not fail.
fn only_assigns(item: &Item<'_>) -> bool {
    matches!(item.pipeline, [Command { what: What::Simple(simple), .. }] if simple.words.is_empty())
}

/// Whether it is a plain command of one of these names.
fn is_one_of(item: &Item<'_>, names: &[&str]) -> bool {
    matches!(item.pipeline, [command] if matches!(&command.what, What::Simple(simple)
        if simple.name().is_some_and(|name| names.contains(&name))))
}

/// Whether a command only tests something, or nothing: `[ -d x ]`, `false`.
pub(super) fn only_tests(item: &Item<'_>) -> bool {
    match item.pipeline {
        [Command { what: What::Condition(_) | What::Arithmetic(_), .. }] => true,
        [Command { what: What::Simple(simple), .. }] => simple
            .words
            .first()
            .and_then(Word::literal)
            .is_some_and(|name| matches!(name, "[" | "test" | "false" | "true" | ":")),
        _ => false,
    }
}

/// Whether a command does not fail: it prints, or sets variables.
fn never_fails(item: &Item<'_>) -> bool {
    let [Command { what: What::Simple(simple), .. }] = item.pipeline else { return false };
    match simple.words.first().and_then(Word::literal) {
        Some(name) => matches!(name, "echo" | "printf" | "true" | ":"),
        None => simple.words.is_empty(),
    }
}

/// Whether a command only says where a program lies, or that there is none, and prints nothing then.
fn only_looks_up(item: &Item<'_>) -> bool {
    let [Command { what: What::Simple(simple), .. }] = item.pipeline else { return false };
    let mut words = simple.words.iter().map(Word::literal);
    match words.next() {
        Some(Some("which")) => true,
        Some(Some("command" | "type")) => {
            words.next().flatten().is_some_and(|option| matches!(option, "-v" | "-p" | "-P"))
        }
        _ => false,
    }
}
