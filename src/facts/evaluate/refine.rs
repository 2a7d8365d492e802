//! What a test says about variables: `[ -n "$X" ]` before `rm -rf "$X"/*` is the care that it looks like.

use crate::facts::analysis::Analysis;
use crate::facts::evaluate::expand;
use crate::facts::evaluate::variable::Var;
use crate::facts::shell::ast::{Command, Condition, Direction, Item, Joint, List, Op, Parameter, Part, What, Word};
use crate::facts::value::{Shape, Taint, Val};

/// Something that a test says about a variable.
#[derive(Clone, Copy)]
pub(in crate::facts) enum Known<'a> {
    /// It is not empty if the test says so (true) or if it does not (false).
    Filled(&'a str, bool),
    /// It is this text if the test says so (true) or not (false).
    Is(&'a str, &'a str, bool),
    /// A name that fits this pattern if the test says so (true) or not (false).
    Fits(&'a str, Fitting<'a>, bool),
    /// Something particular stands in the file that it names, by itself or below it (`$p`, `$p/cmdline`), if the test says so.
    Says(&'a str, bool, bool),
}

impl Known<'_> {
    /// How the test has to come out for it to be so.
    fn when(&self) -> bool {
        let (Known::Filled(_, when) | Known::Is(_, _, when) | Known::Fits(_, _, when) | Known::Says(_, _, when)) = self;
        *when
    }

    fn negate(&mut self) {
        let (Known::Filled(_, when) | Known::Is(_, _, when) | Known::Fits(_, _, when) | Known::Says(_, _, when)) = self;
        *when = !*when;
    }
}

/// What a name has to be like.
#[derive(Clone, Copy)]
pub(in crate::facts) enum Fitting<'a> {
    Pattern(&'a str),
    /// `[ "${f##*.}" = bak ]`
    Ending(&'a str),
}

impl<'a> Analysis<'a> {
    /// What the command says when it is taken as a test.
    pub fn tested(&self, item: &'a Item<'a>) -> Vec<Known<'a>> {
        let mut out = Vec::new();
        if let [command] = item.pipeline {
            match &command.what {
                What::Simple(simple) => test_words(simple.words, &mut out),
                What::Condition(condition) => condition_facts(condition, &mut out),
                What::Group(list) | What::Subshell(list) => out = self.tested_list(list),
                _ => {}
            }
        }
        searched(item.pipeline, &mut out);
        if item.negated {
            for known in &mut out {
                known.negate();
            }
        }
        out
    }

    /// The tests of a condition that is a conjunction.
    pub fn tested_list(&self, list: List<'a>) -> Vec<Known<'a>> {
        let start = list.iter().rposition(|item| item.joint == Joint::Then).unwrap_or(0);
        let items = &list[start.min(list.len())..];
        if items.len() > 1 && items.iter().skip(1).any(|i| i.joint == Joint::Or) {
            // `[ -z A ] || [ -z B ]`: when it is false, all parts are false.
            if items.iter().skip(1).all(|i| i.joint == Joint::Or) {
                let all = items.iter().flat_map(|item| self.tested(item));
                return all.filter(|known| !known.when()).collect();
            }
            return Vec::new();
        }
        let several = items.len() > 1;
        items.iter().flat_map(|item| self.tested(item)).filter(|known| !several || known.when()).collect()
    }

    /// Applies what is known when the tests came out as `held`.
    pub fn narrow(&mut self, facts: &[Known<'a>], held: bool) {
        for fact in facts {
            match fact {
                Known::Filled(name, when) if *when == held => {
                    let val = match self.state.var(name) {
                        Some(var) => var.val,
                        None => self.variable(name, name),
                    };
                    let val = match val {
                        Val::Lit("") => Val::hole(self.bump, name, Shape::NonEmpty, Taint::NONE),
                        other => other.filled(self.bump),
                    };
                    let var = self.state.var(name).unwrap_or(Var::plain(val));
                    self.state.set_var(name, Some(Var { val, assumed: true, ..var }));
                }
                Known::Is(name, text, when) if *when == held => {
                    let unknown = self.state.var(name).is_none_or(|v| v.val.lit().is_none());
                    if unknown {
                        let var = Var { assumed: true, ..Var::plain(Val::Lit(text)) };
                        self.state.set_var(name, Some(var));
                    }
                }
                Known::Fits(name, fitting, when) if *when == held => {
                    let Some(var) = self.state.var(name) else { continue };
                    if let Some(narrower) = self.fitting(var.val, &[*fitting]) {
                        self.state.set_var(name, Some(Var { val: narrower, assumed: true, ..var }));
                    }
                }
                // Of all processes (proc(5)) the one that was looked for, by a number that is not known.
                Known::Says(name, itself, when) if *when == held => {
                    let Some(var) = self.state.var(name) else { continue };
                    let of_all = |text: &str| {
                        let started = ["/cmdline", "/comm", "/environ"].iter().any(|file| text.ends_with(file));
                        text.starts_with("/proc/") && expand::has_glob(text) && (started || !*itself)
                    };
                    if var.val.each().any(|one| one.lit().is_some_and(of_all)) {
                        let val = Val::hole(self.bump, name, Shape::NonEmpty, Taint::NONE);
                        self.state.set_var(name, Some(Var { val, assumed: true, ..var }));
                    }
                }
                Known::Filled(..) | Known::Is(..) | Known::Fits(..) | Known::Says(..) => {}
            }
        }
    }

    /// Of every name in a folder (`logs/*`) those that fit: `logs/*.log`. What says next to nothing leaves it as it is.
    pub fn fitting(&self, val: Val<'a>, any_of: &[Fitting<'a>]) -> Option<Val<'a>> {
        let of_one =
            |one: Val<'a>| any_of.iter().map(|fitting| self.one_fitting(one, *fitting)).collect::<Option<Vec<_>>>();
        let narrowed: Vec<(Val<'a>, Option<Vec<Val<'a>>>)> = val.each().map(|one| (one, of_one(one))).collect();
        let made: Vec<Val<'a>> = narrowed.iter().filter_map(|(_, names)| names.as_ref()).flatten().copied().collect();
        // A round of a loop before this one may have narrowed it already.
        let known = narrowed.iter().all(|(one, names)| names.is_some() || made.contains(one));
        (known && !made.is_empty()).then(|| Val::set(self.bump, &made))
    }

    fn one_fitting(&self, val: Val<'a>, fitting: Fitting<'a>) -> Option<Val<'a>> {
        let folder = val.lit()?.strip_suffix('*').filter(|folder| !expand::has_glob(folder))?;
        let (Fitting::Pattern(text) | Fitting::Ending(text)) = fitting;
        let plain = text.bytes().filter(u8::is_ascii_alphanumeric).count();
        if text.contains(['[', ']', '(', ')', '\\', '!']) || plain < 2 && !(text.contains('.') && plain == 1) {
            return None;
        }
        let name = match fitting {
            Fitting::Ending(ending) => return Some(Val::Lit(self.bump.alloc_str(&format!("{folder}*.{ending}")))),
            Fitting::Pattern(pattern) => match pattern.strip_prefix(folder) {
                Some(name) => name,
                // What the folder is called could fit by itself.
                None if pattern.starts_with('*') && !pattern[1..].contains('*') => pattern,
                None => return None,
            },
        };
        (!name.contains('/')).then(|| Val::Lit(self.bump.alloc_str(&format!("{folder}{name}"))))
    }
}

/// `grep -q server "$p/cmdline"`, also of what another program makes of the file: which process it is by how it was started
/// (proc(5)). What each of them says is no test, nor is one of several files.
fn searched<'a>(pipeline: &'a [Command<'a>], out: &mut Vec<Known<'a>>) {
    let Some(What::Simple(grep)) = pipeline.last().map(|last| &last.what) else { return };
    if !matches!(grep.name(), Some("grep" | "egrep" | "fgrep")) {
        return;
    }
    let flag =
        |word: &&str| word.len() > 1 && word.starts_with('-') && word[1..].bytes().all(|b| b"qsaFEiwxz".contains(&b));
    let flags = grep.words[1..].iter().map_while(Word::bare).take_while(flag).count();
    let Some((pattern, files)) = grep.words[1 + flags..].split_first() else { return };
    let pattern = pattern.literal().unwrap_or_default();
    let plain = pattern.chars().all(|c| c.is_alphanumeric() || " ._-/:@=".contains(c)) && !pattern.contains("..");
    if !plain || pattern.chars().filter(|c| c.is_alphanumeric()).count() < 4 {
        return;
    }
    // What only hands the file on.
    let hands_on = |command: &&'a Command<'a>| match &command.what {
        What::Simple(simple) => matches!(simple.name(), Some("tr" | "cat" | "strings")),
        _ => false,
    };
    let (before, _) = pipeline.split_at(pipeline.len() - 1);
    if !before.iter().all(|command| hands_on(&command)) {
        return;
    }
    let read = pipeline.iter().flat_map(|command| command.redirects).filter(|r| r.direction == Direction::Read);
    let operands = before.iter().filter_map(|command| match &command.what {
        What::Simple(simple) if simple.name() != Some("tr") => Some(&simple.words[1..]),
        _ => None,
    });
    let all: Vec<&Word<'a>> =
        files.iter().chain(operands.flatten()).chain(read.map(|redirect| &redirect.target)).collect();
    if let [file] = all[..]
        && let [Part::Parameter(parameter), rest @ ..] = file.unquoted()
        && matches!(parameter.op, Op::None)
        && matches!(
            rest,
            [] | [Part::Literal("/cmdline" | "/comm" | "/environ") | Part::Quoted("/cmdline" | "/comm" | "/environ")]
        )
    {
        out.push(Known::Says(parameter.name, rest.is_empty(), true));
    }
}

/// The value of a plain variable that a word is, if it is nothing else, with what is made of it.
pub(super) fn parameter_of<'w, 'a>(word: &'w Word<'a>) -> Option<&'w Parameter<'a>> {
    match word.unquoted() {
        [Part::Parameter(p)] if p.subscript.is_none() && !p.indirect && !p.length => Some(p),
        _ => None,
    }
}

/// The variable that a word is, if it is nothing else: `$X`, `"$X"`, `"${X}"`, `"${X:-}"`.
fn variable_of<'a>(word: &Word<'a>) -> Option<&'a str> {
    parameter_of(word).filter(|p| matches!(p.op, Op::None | Op::Default(_, []))).map(|p| p.name)
}

fn unary<'a>(op: &str, word: &Word<'a>, out: &mut Vec<Known<'a>>) {
    let Some(name) = variable_of(word) else { return };
    match op {
        // The name of something that exists is not empty.
        "-n" | "-d" | "-f" | "-e" | "-s" | "-r" | "-w" | "-x" | "-L" | "-h" | "-S" => {
            out.push(Known::Filled(name, true))
        }
        "-z" => out.push(Known::Filled(name, false)),
        _ => {}
    }
}

fn binary<'a>(left: &Word<'a>, op: &str, right: &Word<'a>, out: &mut Vec<Known<'a>>) {
    let Some(text) = right.literal() else { return };
    if let Some(name) = ending_of(left).filter(|_| !expand::has_glob(text)) {
        return match op {
            "=" | "==" => out.push(Known::Fits(name, Fitting::Ending(text), true)),
            "!=" => out.push(Known::Fits(name, Fitting::Ending(text), false)),
            _ => {}
        };
    }
    let Some(name) = variable_of(left) else { return };
    match op {
        "=" | "==" if text.is_empty() => out.push(Known::Filled(name, false)),
        "!=" if text.is_empty() => out.push(Known::Filled(name, true)),
        "=" | "==" if !expand::has_glob(text) => out.push(Known::Is(name, text, true)),
        "!=" => out.push(Known::Is(name, text, false)),
        _ => {}
    }
}

/// The variable whose ending a word is: `${f##*.}`.
fn ending_of<'a>(word: &Word<'a>) -> Option<&'a str> {
    let ending = |p: &&Parameter<'a>| matches!(p.op, Op::TrimPrefix(true, [Part::Literal("*.")]));
    parameter_of(word).filter(ending).map(|p| p.name)
}

fn test_words<'a>(words: &'a [Word<'a>], out: &mut Vec<Known<'a>>) {
    let Some(first) = words.first().and_then(Word::bare) else { return };
    let mut args = &words[1..];
    if first == "[" {
        args = &args[..args.len().saturating_sub(1)];
    } else if first != "test" {
        return;
    }
    let negated = args.first().and_then(Word::bare) == Some("!");
    if negated {
        args = &args[1..];
    }
    let start = out.len();
    match args {
        [word] => {
            if let Some(name) = variable_of(word) {
                out.push(Known::Filled(name, true));
            }
        }
        // `[ -n $X ]` of an empty X is `[ -n ]`, and holds (POSIX, test: "one argument").
        [op, word] if op.bare() == Some("-z") || word.is_quoted() => unary(op.bare().unwrap_or(""), word, out),
        [left, op, right] => binary(left, op.bare().unwrap_or(""), right, out),
        _ => {}
    }
    if negated {
        out[start..].iter_mut().for_each(Known::negate);
    }
}

fn condition_facts<'a>(condition: &Condition<'a>, out: &mut Vec<Known<'a>>) {
    let start = out.len();
    match condition {
        Condition::Word(word) => {
            if let Some(name) = variable_of(word) {
                out.push(Known::Filled(name, true));
            }
        }
        Condition::Unary(op, word) => unary(op, word, out),
        Condition::Binary(left, op, right) => {
            binary(left, op, right, out);
            // Only here is the right side a pattern (bash(1), `[[ … ]]`).
            if let (Some(name), [Part::Literal(text)]) = (variable_of(left), right.unquoted())
                && expand::has_glob(text)
                && matches!(*op, "=" | "==" | "!=")
            {
                out.push(Known::Fits(name, Fitting::Pattern(text), *op != "!="));
            }
        }
        Condition::Not(inner) => {
            condition_facts(inner, out);
            for known in &mut out[start..] {
                known.negate();
            }
        }
        Condition::And(left, right) => {
            condition_facts(left, out);
            condition_facts(right, out);
            out.retain(Known::when);
        }
        Condition::Or(left, right) => {
            condition_facts(left, out);
            condition_facts(right, out);
            out.retain(|known| !known.when());
        }
    }
}
