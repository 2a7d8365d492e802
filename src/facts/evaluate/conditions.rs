//! What is decided on: the arms of `case`, and the conditions of `[[ … ]]` (bash(1), "Compound Commands").

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::evaluate::arithmetic::subscript_runs;
use crate::facts::evaluate::expand;
use crate::facts::evaluate::refine::{Fitting, parameter_of};
use crate::facts::evaluate::state::Changes;
use crate::facts::evaluate::variable::Var;
use crate::facts::shell::ast::{ArmEnd, CaseArm, Condition, Op, Part, Span, Word};
use crate::facts::targets::globs;
use crate::facts::value::{Data, Printed, Sink, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    pub fn case_command(&mut self, word: &'a Word<'a>, arms: &'a [CaseArm<'a>], stdin: &Data<'a>, out: &mut Sink<'a>) {
        let subject = self.single(word);
        let exact = self.is_exact(word) && !arms.iter().any(|arm| arm.end != ArmEnd::Leaves);
        let mut branches: Vec<Changes<'a>> = Vec::new();
        let mut printed = Printed::default();
        let mut tests = 0;
        for (at, arm) in arms.iter().enumerate() {
            for pattern in arm.patterns {
                self.single(pattern);
            }
            match subject.lit().filter(|_| exact).and_then(|subject| takes(arm, subject)) {
                Some(true) if branches.is_empty() => {
                    return self.list(arm.body, stdin, out);
                }
                Some(false) => continue,
                _ => {}
            }
            let mark = self.state.mark();
            if let [Part::Parameter(parameter)] = word.unquoted()
                && let [pattern] = arm.patterns
                && let Some(text) = pattern.bare()
                && !expand::has_glob(text)
                && subject.lit().is_none()
            {
                self.state.set_var(parameter.name, Some(Var::plain(Val::Lit(text))));
            }
            // Of every name in a folder those that the arm takes.
            if let Some(parameter) = parameter_of(word).filter(|parameter| matches!(parameter.op, Op::None)) {
                let patterns = arm.patterns.iter().map(|pattern| match pattern.unquoted() {
                    [Part::Literal(text)] => Some(Fitting::Pattern(text)),
                    _ => None,
                });
                let patterns: Option<Vec<Fitting<'a>>> = patterns.collect();
                if let Some(names) = patterns.and_then(|patterns| self.fitting(subject, &patterns)) {
                    self.state.set_var(parameter.name, Some(Var::plain(names)));
                }
            }
            let before = out.parts.len();
            self.list(arm.body, stdin, out);
            let mut end = arm.end;
            for next in &arms[at + 1..] {
                match end {
                    ArmEnd::Leaves => break,
                    ArmEnd::Falls => {
                        self.list(next.body, stdin, out);
                        end = next.end;
                    }
                    // One that does not fit is passed over, and the next is asked.
                    ArmEnd::Tests => {
                        tests += 1;
                        if tests > limits::UNROLL {
                            if tests == limits::UNROLL + 1 {
                                self.unread(word.span, MORE, false);
                            }
                            break;
                        }
                        let mark = self.state.mark();
                        self.list(next.body, stdin, out);
                        let taken = self.state.rollback(mark);
                        self.state.join(self.bump, &[taken], true);
                    }
                }
            }
            printed.branches.push((before, out.parts.len()));
            branches.push(self.state.rollback(mark));
        }
        printed.instead(self.bump, out);
        self.state.join(self.bump, &branches, true);
    }

    pub fn condition(&mut self, condition: &'a Condition<'a>) {
        match condition {
            Condition::Word(word) => {
                self.single(word);
            }
            Condition::Unary(op, word) => {
                let val = self.single(word);
                if matches!(*op, "-v" | "-R") {
                    self.subscript_in(val);
                }
            }
            Condition::Binary(left, op, right) => {
                let (left, right) = (self.single(left), self.single(right));
                if op.starts_with("-") {
                    // Operands of -eq and its kin are arithmetic, in which the text of a variable is read again.
                    for val in [left, right] {
                        let named = val.lit().and_then(|name| self.state.var(name)).map(|var| var.val);
                        self.subscript_in(named.unwrap_or(val));
                    }
                } else if *op == "=~" {
                    self.matched(left, right);
                }
            }
            Condition::Not(inner) => self.condition(inner),
            Condition::And(left, right) | Condition::Or(left, right) => {
                self.condition(left);
                self.condition(right);
            }
        }
    }

    /// The subscript of `a[$(…)]` runs where the text is taken for a variable.
    fn subscript_in(&mut self, val: Val<'a>) {
        self.read_again(val);
        if let Val::Lit(text) = val
            && subscript_runs(text)
        {
            self.prompt(text, Span::default());
        }
    }

    /// `[[ text =~ pattern ]]` leaves in `BASH_REMATCH` what matched (bash(1), "Compound Commands").
    fn matched(&mut self, text: Val<'a>, pattern: Val<'a>) {
        let Val::Lit(pattern) = pattern else { return };
        if !self.facts.sources.iter().any(|source| source.text.contains("BASH_REMATCH")) {
            return;
        }
        let Ok(pattern) = regex_lite::RegexBuilder::new(pattern).size_limit(1 << 16).build() else { return };
        let mut items: Vec<(Val<'a>, Val<'a>)> = Vec::new();
        // Nobody takes words out of longer texts so.
        const LONGEST: usize = 4 << 10;
        let texts = text.each().filter_map(|one| one.lit()).filter(|text| text.len() <= LONGEST);
        for found in texts.filter_map(|text| pattern.captures(text)) {
            for (at, part) in found.iter().take(limits::UNROLL).enumerate() {
                let part = Val::Lit(part.map_or("", |part| part.as_str()));
                match items.get_mut(at) {
                    Some((_, known)) => *known = Val::set(self.bump, &[*known, part]),
                    None => items.push((Val::Lit(self.bump.alloc_str(&at.to_string())), part)),
                }
            }
        }
        if items.is_empty() {
            return;
        }
        let items = Some(&*self.bump.alloc_slice_copy(&items));
        self.state.set_var("BASH_REMATCH", Some(Var { items, ..Var::plain(Val::EMPTY) }));
    }
}

/// Whether an arm of `case` takes a subject for certain, or for certain does not.
fn takes(arm: &CaseArm<'_>, subject: &str) -> Option<bool> {
    let of_text = |text: &str| match text {
        "*" => Some(true),
        // What brackets mean is the shell's to say, and `nocasematch` may be set.
        text if text.contains(['[', '(', '{', '\\', '~']) => None,
        // What a letter is, the locale decides.
        _ if !subject.is_ascii() => None,
        text if globs::text(text, subject) => Some(true),
        text if globs::text(text.to_lowercase(), subject.to_lowercase()) => None,
        _ => Some(false),
    };
    let of_pattern = |pattern: &Word<'_>| match pattern.bare() {
        Some(text) => of_text(text),
        // `"$PWD"/build/*`: what does not fit whatever `$PWD` is does not fit.
        None => of_text(&widened(pattern.parts)).filter(|fits| !fits),
    };
    let mut takes = Some(false);
    for pattern in arm.patterns {
        match of_pattern(pattern) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => takes = None,
        }
    }
    takes
}

/// A pattern with a star for each part that is not written out, and for what is a wildcard only outside of quotes.
fn widened(parts: &[Part<'_>]) -> String {
    let mut pattern = String::new();
    for part in parts {
        match part {
            Part::Literal(text) | Part::Quoted(text) => pattern.push_str(text),
            Part::Double(inner) => pattern.push_str(&widened(inner)),
            _ => pattern.push('*'),
        }
    }
    pattern
}
