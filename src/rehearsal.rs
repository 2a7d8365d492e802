//! Runs the examples of rules. Thorough: removes each line of each rule and expects an example to notice, so that every
//! line is there because an example needs it.

use crate::action::{Action, ActorKind, Step, What};
use crate::assess::alternative::{for_target, told};
use crate::context;
use crate::facts::Know;
use crate::policy::{Decision, Policy};
use crate::rules::Packs;
use crate::rules::format::{self, Example, Examples, FullExample, PackError, PackText, REQUEST, Shown};
use crate::rules::knowledge::{Blob, Contents, Rule, When};

/// What came of a test.
#[derive(Debug, Default)]
pub struct Report {
    pub rules: usize,
    pub examples: usize,
    pub removed: usize,
    pub failures: Vec<String>,
}

/// The text of an example.
#[must_use]
pub fn script(example: &Example) -> &str {
    match example {
        Example::Script(script) => script,
        Example::Full(full) => &full.run,
    }
}

/// The circumstances of an example, as a person reads them; empty where there are none.
#[must_use]
pub fn circumstances(example: &Example) -> String {
    let Example::Full(full) = example else { return String::new() };
    let told = [
        ("environment", &full.environment),
        ("branch", &full.branch),
        ("directory", &full.cwd),
        ("actor", &full.actor),
        ("tool", &full.tool),
        ("action", &full.kind),
    ];
    let told = told.iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_deref()?)));
    let env = full.env.iter().map(|(name, value)| format!("{name}={value}"));
    let files = full.files.keys().map(|name| format!("with the file {name}"));
    let before = full.before.iter().map(|step| format!("after {step}"));
    told.chain(env).chain(files).chain(before).collect::<Vec<_>>().join(", ")
}

fn full(example: &Example) -> FullExample {
    match example {
        Example::Script(script) => FullExample { run: script.clone(), ..FullExample::default() },
        Example::Full(full) => (**full).clone(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    Deny,
    Unsure,
    Pass,
}

/// The action that an example describes.
#[must_use]
pub fn action(example: &FullExample) -> Action {
    let body = example.run.clone();
    let step = |word: &String| Step {
        decision: word.clone(),
        secret: word == "secret",
        carried: word == "carried",
        ..Step::default()
    };
    let trajectory: Vec<Step> = example.before.iter().map(step).collect();
    let what = match (&example.tool, example.kind.as_deref()) {
        (Some(verb), _) => What::Tool { verb: verb.clone(), args: body },
        (None, Some("push")) => What::Push { body },
        (None, Some("plan")) => What::Plan { body },
        (None, _) => What::Shell { script: body, shell: String::new() },
    };
    Action { what, trajectory, ..Action::default() }
}

/// What the rule said: fired for certain, possibly, or not.
fn ask(packs: &Packs, rule: &str, example: &FullExample) -> (Expect, Decision) {
    let mut action = action(example);
    action.actor.kind = example.actor.as_deref().and_then(ActorKind::from_word).unwrap_or_default();
    action.context.branch.clone_from(&example.branch);
    action.context.environment.clone_from(&example.environment);
    let mut snapshot = context::stated(example.cwd.as_deref().unwrap_or(""));
    snapshot.variables = example.env.iter().map(|(k, v)| (k.clone().into(), v.clone().into())).collect();
    crate::judge(&action, snapshot, &context::Nowhere, packs, &Policy::default(), |judged| {
        let mut result = Expect::Pass;
        for finding in judged.assessment.findings.iter().filter(|f| f.rule.id == rule) {
            result = if finding.certain {
                Expect::Deny
            } else if result == Expect::Deny {
                result
            } else {
                Expect::Unsure
            };
            if result == Expect::Deny {
                break;
            }
        }
        (result, judged.judgement.decision)
    })
}

/// Runs the examples of packs.
///
/// # Errors
/// If a pack is not valid.
pub fn test(texts: &[PackText<'_>], builtin: bool, thorough: bool) -> Result<Report, PackError> {
    let base = Packs::builtin();
    let names: Vec<&str> = if builtin { Vec::new() } else { base.names().collect() };
    let empty = crate::rules::knowledge::Vocabulary::default();
    let vocabulary = if builtin { &empty } else { base.vocabulary() };
    let contents = format::compile(texts, &names, vocabulary)?;
    let packs = load(&contents, builtin);
    let mut report = Report { rules: contents.rules.len(), ..Report::default() };
    let mut all: Vec<FullExample> = Vec::new();
    for text in texts {
        for source in format::sources(*text)? {
            let Examples { deny, unsure, pass } = &source.examples;
            all.extend(deny.iter().chain(unsure).chain(pass).map(full));
        }
    }
    for text in texts {
        for source in format::sources(*text)? {
            let mut examples: Vec<(Expect, FullExample)> = Vec::new();
            for (expect, list) in [
                (Expect::Deny, &source.examples.deny),
                (Expect::Unsure, &source.examples.unsure),
                (Expect::Pass, &source.examples.pass),
            ] {
                examples.extend(list.iter().map(|e| (expect, full(e))));
            }
            report.examples += examples.len();
            for (expect, example) in &examples {
                let (got, _) = ask(&packs, &source.id, example);
                if got != *expect {
                    report.failures.push(format!(
                        "{}:{}: {}: expected {expect:?}, got {got:?}: {}",
                        source.file, source.line, source.id, example.run
                    ));
                }
            }
            if let Some(rule) = contents.rules.iter().find(|r| r.id == source.id) {
                alternative(&packs, rule, &source.file, source.line, &mut report);
                if thorough {
                    removals(&packs, rule, &source, &examples, &all, &mut report);
                }
            }
        }
    }
    let (mut signs, mut services, mut requests) = (Vec::new(), Vec::new(), Vec::new());
    for text in texts {
        signs.extend(format::signs(*text)?);
        services.extend(format::services(*text)?);
        requests.extend(format::requests(*text)?);
    }
    let mut pieces = |pieces: &[Shown], what, without: &dyn Fn(usize) -> Packs| {
        for (index, piece) in pieces.iter().enumerate() {
            count(piece, what, &packs, thorough.then(|| without(index)).as_ref(), &mut report);
        }
    };
    pieces(&signs, "sign", &|index| {
        let language = contents.signs[index].language;
        let behind = contents.signs[index + 1..].iter().filter(|sign| sign.language == language).count();
        packs.without_sign(language, behind)
    });
    pieces(&services, "service", &|index| packs.without_service(services.len() - 1 - index));
    pieces(&requests, "request", &|index| {
        let Some(mut entry) = packs.entry(REQUEST).cloned() else { return packs.clone() };
        if let Some(own) = entry.effects.len().checked_sub(requests.len()) {
            entry.effects.remove(own + index);
        }
        packs.with_entry(entry)
    });
    Ok(report)
}

/// Counts a piece that one example shows to be needed: it may not pass, nor come out the same without the piece.
fn count(piece: &Shown, what: &str, packs: &Packs, without: Option<&Packs>, report: &mut Report) {
    let Shown { file, line, example } = piece;
    let with = found(packs, example);
    let failure = match without {
        _ if with.is_empty() => Some("its example passes"),
        Some(without) if found(without, example) == with => Some("its example does not need it"),
        _ => None,
    };
    report.failures.extend(failure.map(|failure| format!("{file}:{line}: [[{what}]]: {failure}: {example}")));
    report.examples += 1;
    report.removed += usize::from(without.is_some());
}

/// What is found in a command: the rules that fired, and for what.
fn found(packs: &Packs, script: &str) -> Vec<(String, String)> {
    let action = action(&FullExample { run: script.to_owned(), ..FullExample::default() });
    crate::judge(&action, context::stated(""), &context::Nowhere, packs, &Policy::default(), |judged| {
        judged.assessment.findings.iter().map(|f| (f.rule.id.to_owned(), f.evidence.clone())).collect()
    })
}

/// `instead.run` must itself be better than what it replaces.
fn alternative(packs: &Packs, rule: &Rule<'_>, file: &str, line: usize, report: &mut Report) {
    for (program, run) in told(rule.run).filter(|(_, run)| !run.is_empty()) {
        let example = FullExample { run: for_target(rule.run, &[program], None), ..FullExample::default() };
        let (got, decision) = ask(packs, rule.id, &example);
        if got == Expect::Deny || decision > Decision::Warn {
            let word = decision.word();
            report.failures.push(format!("{file}:{line}: {}: the alternative is itself {word}: {run}", rule.id));
        }
    }
}

fn load(contents: &Contents<'static>, builtin: bool) -> Packs {
    let bytes: &'static [u8] = Box::leak(contents.write().unwrap_or_default().into_boxed_slice());
    if builtin || Blob::open(bytes).is_err() { Packs::of(vec![bytes]) } else { Packs::with(bytes) }
}

/// The name of a rule that stands beside the one that it was made of.
const CHANGED: &str = "rehearsal/changed";

/// Removes one line after the other; some example must come out differently.
fn removals(
    packs: &Packs,
    rule: &Rule<'static>,
    source: &format::RuleSource,
    examples: &[(Expect, FullExample)],
    all: &[FullExample],
    report: &mut Report,
) {
    for (what, changed) in without_each_line(rule) {
        report.removed += 1;
        let packs = with(packs, changed);
        let noticed = examples.iter().any(|(expect, example)| ask(&packs, CHANGED, example).0 != *expect);
        if !noticed {
            // Some other rule's example may be the one that is missing here.
            let candidate = all.iter().find(|e| ask(&packs, CHANGED, e).0 != ask(&packs, &source.id, e).0);
            let hint = candidate.map_or(String::new(), |e| format!("; this one would: {}", e.run));
            report
                .failures
                .push(format!("{}:{}: {}: no example needs {what}{hint}", source.file, source.line, source.id));
        }
    }
}

/// The packs, and beside their rules one more.
fn with(packs: &Packs, rule: Rule<'static>) -> Packs {
    let alone = Contents { rules: vec![Rule { id: CHANGED, ..rule }], ..Contents::default() };
    packs.with_rules(Box::leak(alone.write().unwrap_or_default().into_boxed_slice()))
}

/// The rule without each of its blocks and each line of its blocks, with what was taken away.
fn without_each_line(rule: &Rule<'static>) -> Vec<(String, Rule<'static>)> {
    let mut out = Vec::new();
    for (at, when) in rule.when.iter().enumerate() {
        if rule.when.len() > 1 {
            let mut copy = rule.clone();
            copy.when.remove(at);
            out.push((format!("[[when]] {}", at + 1), copy));
        }
        for (line, changed) in without_lines(when) {
            let mut copy = rule.clone();
            copy.when[at] = changed;
            out.push((format!("`{line}` in [[when]] {}", at + 1), copy));
        }
    }
    for (at, when) in rule.unless.iter().enumerate() {
        let mut copy = rule.clone();
        copy.unless.remove(at);
        out.push((format!("[[unless]] {}", at + 1), copy));
        for (line, changed) in without_lines(when) {
            if is_empty(&changed) {
                continue;
            }
            let mut copy = rule.clone();
            copy.unless[at] = changed;
            out.push((format!("`{line}` in [[unless]] {}", at + 1), copy));
        }
    }
    out
}

fn is_empty(when: &When<'static>) -> bool {
    without_lines(when).is_empty()
}

fn without_lines(when: &When<'static>) -> Vec<(&'static str, When<'static>)> {
    let mut out = Vec::new();
    macro_rules! line {
        ($name:literal, $present:expr, $field:ident . $inner:ident) => {
            if $present {
                let mut copy = when.clone();
                copy.$field.$inner = Default::default();
                out.push(($name, copy));
            }
        };
        ($name:literal, $present:expr, $field:ident) => {
            if $present {
                let mut copy = when.clone();
                copy.$field = Default::default();
                out.push(($name, copy));
            }
        };
    }
    // A command beside an effect narrows it; alone it is the block's subject.
    line!("command", !when.command.is_empty() && !when.effect.is_empty(), command);
    line!("options.any", !when.options.any.is_empty(), options.any);
    line!("options.all", !when.options.all.is_empty(), options.all);
    line!("options.none", !when.options.none.is_empty(), options.none);
    line!("operands", !when.options.values.is_empty(), options.values);
    line!("operands-not", !when.options.not_values.is_empty(), options.not_values);
    line!("absent", !when.options.absent.is_empty(), options.absent);
    line!("present", !when.options.present.is_empty(), options.present);
    line!("recursive", when.recursive.is_some(), recursive);
    line!("path", when.path.is_some(), path);
    line!("host", when.host.is_some(), host);
    line!("target", when.target.is_some(), target);
    line!("mark", !when.marks.is_empty(), marks);
    line!("not-mark", !when.not_marks.is_empty(), not_marks);
    line!("from", !when.from.is_empty(), from);
    line!("environment", !when.environment.is_empty(), environment);
    line!("place", !when.place.is_empty(), place);
    line!("privileged", when.privileged.is_some(), privileged);
    line!("after_secret", when.after_secret, after_secret);
    line!("carries_secret", when.carries_secret, carries_secret);
    line!("unasked", when.unasked.is_some(), unasked);
    line!("variable", when.variable.is_some(), variable);
    line!("actor", !when.actor.is_empty(), actor);
    line!("branch", when.branch.is_some(), branch);
    out
}
