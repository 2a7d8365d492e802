//! `gate policy test` runs cases against a policy, `gate policy diff` shows what one policy would change over another.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use crate::action::{self, Action, ActorKind, What};
use crate::commands::given::read_text;
use crate::commands::shared::packs;
use crate::commands::shared::{alone, in_force};
use crate::commands::{print, replay};
use crate::context::{self, Nowhere};
use crate::error::{Error, ExitCode, Result};
use crate::policy::{Decision, Policy, clock, hundredths};
use crate::rehearsal;
use crate::rules::format::{Example, PackError};
use crate::rules::{Packs, format, sources};

const SCHEMA: &str = "gate.policy-test/v1";

/// A file of cases, [`SCHEMA`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    #[serde(default)]
    schema: String,
    /// The policy that they are held against, relative to this file.
    #[serde(default)]
    policy: String,
    #[serde(default)]
    case: Vec<Spanned<Case>>,
}

/// An action and what is to be decided about it.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Case {
    pub name: String,
    /// A shell script.
    pub run: String,
    pub argv: Vec<String>,
    /// An API operation with its arguments.
    pub tool: String,
    pub args: Option<toml::Value>,
    /// An action in JSON, in any dialect.
    pub action: String,
    pub environment: Option<String>,
    pub branch: Option<String>,
    pub actor: String,
    pub agent: String,
    pub model: String,
    pub cwd: String,
    /// RFC 3339: what time it is in this case.
    pub now: String,
    pub expect: String,
    /// The rule that is to decide.
    pub rule: String,
}

impl Case {
    fn to_action(&self) -> std::result::Result<Action, String> {
        let mut action = match (self.run.is_empty(), self.argv.is_empty(), self.tool.is_empty(), self.action.is_empty())
        {
            (false, true, true, true) => Action::shell(&self.run, ""),
            (true, false, true, true) => Action::argv(self.argv.iter().map(Into::into).collect()),
            (true, true, false, true) => {
                let args = match &self.args {
                    None => serde_json::json!({}),
                    Some(value) => serde_json::to_value(value).map_err(|e| e.to_string())?,
                };
                Action { what: What::Tool { verb: self.tool.clone(), args: args.to_string() }, ..Action::default() }
            }
            (true, true, true, false) => action::read(&self.action, None).map_err(|e| e.message)?,
            _ => return Err("a case has one of `run`, `argv`, `tool`, `action`".to_owned()),
        };
        if !self.actor.is_empty() {
            let known = ActorKind::from_word(&self.actor);
            action.actor.kind = known.ok_or_else(|| format!("`actor` is human, agent or ci, not `{}`", self.actor))?;
        }
        if !self.agent.is_empty() {
            action.actor.id.clone_from(&self.agent);
        }
        if !self.model.is_empty() {
            action.actor.model.clone_from(&self.model);
        }
        if self.environment.is_some() {
            action.context.environment.clone_from(&self.environment);
        }
        if self.branch.is_some() {
            action.context.branch.clone_from(&self.branch);
        }
        if !self.cwd.is_empty() {
            action.context.cwd.clone_from(&self.cwd);
        }
        Ok(action)
    }
}

/// What came of one action under one policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Came {
    pub decision: Decision,
    pub rule: String,
    pub reason: String,
    pub because: String,
    pub risk: i32,
    pub others: Vec<String>,
}

/// Judges an action of which only what it states is known.
pub fn came(action: &Action, packs: &Packs, policy: &Policy) -> Came {
    let snapshot = context::stated(&action.context.cwd);
    crate::judge(action, snapshot, &Nowhere, packs, policy, |judged| {
        let judgement = &judged.judgement;
        Came {
            decision: judgement.decision,
            rule: judgement.rule.clone(),
            reason: judgement.reason.clone(),
            because: judgement.because.clone(),
            risk: judged.assessment.risk,
            others: judgement
                .matched
                .iter()
                .map(|m| m.id.clone())
                .chain(judged.assessment.findings.iter().map(|f| f.rule.id.to_owned()))
                .collect(),
        }
    })
}

pub fn test(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let packs = packs()?;
    let mut out = String::new();
    let (mut count, mut failed) = (0, 0);
    for name in matches.get_many::<String>("FILE").unwrap_or_default() {
        let path = Path::new(name);
        let text = read_text(path)?;
        let cases: Cases = toml::from_str(&text)
            .map_err(|e| Error::new(PackError::new(name, &text, e.span(), e.message().to_owned()).to_string()))?;
        if !matches!(cases.schema.as_str(), "" | SCHEMA) {
            let message = format!("{name}: cases of the schema `{}` are not understood", cases.schema);
            return Err(Error::new(message).help(format!("this gate knows `{SCHEMA}`")));
        }
        let policy = match (matches.get_one::<String>("policy"), cases.policy.as_str()) {
            (Some(file), _) => alone(Path::new(file))?,
            (None, "") => in_force(None)?,
            (None, beside) => alone(&path.parent().unwrap_or(Path::new(".")).join(beside))?,
        };
        for problem in &policy.problems {
            let _ = writeln!(out, "problem: {problem}");
        }
        for spanned in &cases.case {
            count += 1;
            let case = spanned.get_ref();
            let fail = |message: String| PackError::new(name, &text, Some(spanned.span()), message).to_string();
            let Some(expected) = Decision::from_word(&case.expect) else {
                return Err(Error::new(fail(format!(
                    "`expect` is allow, warn, escalate or block, not `{}`",
                    case.expect
                ))));
            };
            let action = case.to_action().map_err(|e| Error::new(fail(e)))?;
            let mut policy = policy.clone();
            if !case.now.is_empty() {
                policy.now =
                    Some(clock::moment(&case.now).ok_or_else(|| Error::new(fail("`now` is no time".to_owned())))?);
            }
            let got = came(&action, &packs, &policy);
            let rule = case.rule.is_empty() || got.rule == case.rule || got.others.contains(&case.rule);
            if got.decision == expected && rule {
                continue;
            }
            failed += 1;
            let what = if case.name.is_empty() { action.line() } else { case.name.clone() };
            let _ = writeln!(out, "FAILED  {what}");
            let at = crate::policy::format::locate(&text, spanned.span().start, &case.expect);
            let line = text.get(..at.start).unwrap_or("").matches('\n').count() + 1;
            let _ = writeln!(out, "  at        {name}:{line}");
            let _ =
                writeln!(out, "  action    {}", crate::output::escape::line(&crate::redact::redact(&action.line())));
            let _ = writeln!(
                out,
                "  expected  {}{}",
                case.expect,
                if rule { String::new() } else { format!(" by {}", case.rule) }
            );
            let by = if got.rule.is_empty() {
                "no rule fired".to_owned()
            } else {
                format!("{} ({}): {}", got.rule, got.because, got.reason)
            };
            let _ = writeln!(out, "  got       {} (risk {}) by {by}", got.decision.word(), hundredths(got.risk));
            for other in got.others.iter().filter(|o| **o != got.rule).take(5) {
                let _ = writeln!(out, "            also {other}");
            }
        }
    }
    let _ = writeln!(out, "{count} cases: {failed} failed");
    print::plain(&out)?;
    if count == 0 {
        return Err(
            Error::new("there are no cases in these files").help("a case is [[case]] with run or tool, and expect")
        );
    }
    Ok(if failed == 0 { ExitCode::Allow } else { ExitCode::Error })
}

pub fn diff(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let packs = packs()?;
    let named = |which: &str| -> Result<Policy> {
        match matches.get_one::<String>(which).map(String::as_str) {
            Some("builtin") => Ok(Policy::default()),
            Some("current") | None => in_force(None),
            Some(file) => alone(Path::new(file)),
        }
    };
    let (before, after) = (named("A")?, named("B")?);
    let mut actions: Vec<(String, Action)> = Vec::new();
    for pack in sources() {
        for source in format::sources(pack).map_err(|e| Error::new(e.to_string()))? {
            let all = source.examples.deny.iter().chain(&source.examples.unsure).chain(&source.examples.pass);
            for example in all {
                actions.push(("example".to_owned(), of_example(example)));
            }
        }
    }
    // What the policies themselves speak of.
    for policy in [&before, &after] {
        for rule in policy.layers.iter().flat_map(|l| &l.file.rules) {
            for verb in rule.get_ref().when.verb.0.iter().filter(|v| v.contains(':') && !v.contains(['*', '?', '['])) {
                for amount in [1, 100, 101, 1_000_000] {
                    let args = format!("{{\"amount\":{amount}}}");
                    let what = What::Tool { verb: verb.clone(), args };
                    actions.push(("policy".to_owned(), Action { what, ..Action::default() }));
                }
            }
        }
    }
    let examples = actions.len();
    actions.extend(replay::recorded()?.into_iter().map(|a| ("record".to_owned(), a)));
    let recorded = actions.len() - examples;
    let mut out = String::new();
    let mut changed = 0;
    let mut seen: BTreeMap<String, ()> = BTreeMap::new();
    for (from, action) in &actions {
        let key = format!("{} {:?}", action.line(), action.context.environment);
        if seen.insert(key, ()).is_some() {
            continue;
        }
        let (old, new) = (came(action, &packs, &before), came(action, &packs, &after));
        if old.decision == new.decision {
            continue;
        }
        changed += 1;
        let direction = if new.decision > old.decision { "stricter" } else { "LOOSER  " };
        let line = crate::output::escape::line(&crate::redact::redact(&action.line()));
        let line: String = line.chars().take(100).collect();
        let rule = if new.decision > old.decision { &new.rule } else { &old.rule };
        let _ = writeln!(
            out,
            "{direction} {:>8} → {:<8} {rule}  [{from}] {line}",
            old.decision.word(),
            new.decision.word()
        );
    }
    let _ = writeln!(out, "{changed} of {} actions change ({examples} examples, {recorded} recorded)", seen.len());
    print::plain(&out)?;
    Ok(ExitCode::Allow)
}

fn of_example(example: &Example) -> Action {
    match example {
        Example::Script(script) => Action::shell(script, ""),
        Example::Full(full) => {
            let mut action = rehearsal::action(full);
            action.context.environment.clone_from(&full.environment);
            action.context.branch.clone_from(&full.branch);
            action
        }
    }
}
