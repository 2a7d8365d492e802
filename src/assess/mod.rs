//! Facts × rules × factors → assessment. Arithmetic that a person can follow; `docs/risk.md` describes it.

pub mod alternative;
mod environment;
mod stakes;

pub use environment::{environment, environment_of};
pub use stakes::stake_of;

use stakes::{as_it_was_found, discards, discards_files, moves_branch, stake};

use crate::action::{Action, Step};
use crate::facts::knowledge::{
    Category, Circumstance, Factor, Kind, Level, Rule, Triggering, Where, first_letters, mark_bits,
};
use crate::facts::shell::ast::Span;
use crate::facts::shell::is_name;
use crate::facts::snapshot::Snapshot;
use crate::facts::value::{Seg, Taint, Val};
use crate::facts::{Call, Effect, Facts, Know, globs};
use crate::rules::InForce;
use crate::rules::matcher::{self, Around, Match};

/// Base score of a level, in hundredths.
#[must_use]
pub fn base(level: Level) -> i32 {
    match level {
        Level::Low => 20,
        Level::Medium => 45,
        Level::High => 70,
        Level::Critical => 90,
    }
}

/// The level whose band a score is in: low < .30 ≤ medium < .60 ≤ high < .80 ≤ critical.
#[must_use]
pub fn band(score: i32) -> Level {
    match score {
        ..30 => Level::Low,
        30..60 => Level::Medium,
        60..80 => Level::High,
        _ => Level::Critical,
    }
}

/// A factor that applied, with its weight in hundredths.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    pub name: &'static str,
    pub weight: i32,
    pub because: String,
}

/// One rule that fired.
#[derive(Clone, Debug)]
pub struct Finding {
    pub rule: &'static Rule<'static>,
    pub certain: bool,
    /// Hundredths, 0 to 100, after the factors.
    pub score: i32,
    pub level: Level,
    pub factors: Vec<Applied>,
    /// The program that is called, with its subcommand; empty if none is.
    pub verb: String,
    /// What fired it, as it would run: `rm -rf /`.
    pub evidence: String,
    /// The target, where there is one.
    pub target: String,
    /// The place in the innermost source.
    pub span: Span,
    /// Index into the effects, where an effect fired it.
    pub effect: Option<usize>,
    /// Index into the calls.
    pub call: Option<usize>,
    /// The environment that its target is in; empty if not known.
    pub environment: &'static str,
    /// What would be lost, counted.
    pub stake: Option<String>,
}

impl Finding {
    /// What to run instead; empty if the rule names nothing.
    #[must_use]
    pub fn alternative(&self) -> String {
        alternative::for_target(self.rule.run, &self.names(), self.certain.then_some(self.target.as_str()))
    }

    /// Why that is better.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        alternative::told_of(self.rule.say, &self.names())
    }

    /// How it is undone; else whether it can be.
    #[must_use]
    pub fn undo(&self) -> &'static str {
        alternative::undone(self.rule.undo, self.rule.reversible, &self.names())
    }

    /// What the program is called: as it is typed, and by the catalogue, which describes several under one name.
    fn names(&self) -> [&str; 2] {
        [&self.evidence, &self.verb]
    }
}

/// How bad it is, and how sure we are.
#[derive(Clone, Debug, Default)]
pub struct Assessment {
    pub findings: Vec<Finding>,
    /// Hundredths, 0 to 100: the highest finding.
    pub risk: i32,
    /// Every call is known to be harmless, with all its options.
    pub read_only: bool,
}

impl Assessment {
    /// The strictest environment that a finding is about; empty where none is known.
    #[must_use]
    pub fn acts_in(&self) -> &str {
        environment::strictest(self.findings.iter().map(|finding| finding.environment))
    }
}

const MOST_FINDINGS: usize = 64;

/// Assesses facts. `protected` are paths that a policy protects, beside those that the action names.
#[must_use]
pub fn assess(
    facts: &Facts<'_>,
    action: &Action,
    snapshot: &Snapshot,
    protected: &[String],
    packs: &InForce<'_>,
) -> Assessment {
    let mut findings: Vec<Finding> = Vec::new();
    let actor = action.actor.kind.word();
    let branch = action.context.branch.as_deref().unwrap_or("");
    let secret_seen = action.trajectory.iter().any(|s| s.secret);
    let secret_carried = action.trajectory.iter().any(|s| s.carried);
    let mut consider = |rule: &'static Rule<'static>,
                        effect: Option<(usize, &Effect<'_>)>,
                        call: Option<(usize, &Call<'_>)>,
                        environment: &'static str| {
        let around = Around { environment, actor, branch, secret_seen, secret_carried };
        let index = call.map(|(index, _)| index);
        let call = call.map(|(_, call)| call);
        let answer = matcher::rule(rule, effect.map(|(_, e)| e), call, packs.lists(), around);
        if answer == Match::No {
            return;
        }
        let span = effect.map_or_else(|| call.map_or(Span::default(), |c| c.span), |(_, e)| e.span);
        let at_stake = effect.and_then(|(_, e)| stake(e, facts, snapshot, packs.lists()));
        let lost = at_stake.as_ref().is_some_and(|s| !s.nothing);
        let nothing = at_stake.as_ref().is_some_and(|s| s.nothing)
            && effect.is_none_or(|(_, e)| e.does != Kind::DiscardWork || as_it_was_found(e, facts, packs.lists()));
        // Work that is not there is not thrown away; what moves a branch as well may lose its commits.
        let silent = |e: &Effect<'_>| discards(e) && call.is_some_and(|call| !moves_branch(call, packs.lists()));
        if nothing && effect.is_some_and(|(_, e)| silent(e)) {
            return;
        }
        let mut finding = Finding {
            call: index,
            stake: at_stake.map(|s| s.text),
            ..finding(rule, answer == Match::Yes, effect, call, environment, span, action, protected, packs)
        };
        if nothing && !rule.floor {
            weigh_the_stake(&mut finding, Circumstance::NothingAtStake, packs);
        } else if lost && effect.is_some_and(|(_, e)| discards_files(e)) {
            weigh_the_stake(&mut finding, Circumstance::Uncommitted, packs);
        }
        let full = findings.len() >= MOST_FINDINGS;
        match findings.iter_mut().find(|f| std::ptr::eq(f.rule, rule) && facts.same_place(f.span, finding.span)) {
            Some(before) if before.score >= finding.score => {}
            Some(before) => *before = finding,
            // The least of them makes room: no number of small ones hides a grave one.
            None if full => {
                if let Some(least) = findings.iter_mut().min_by_key(|f| f.score).filter(|f| f.score < finding.score) {
                    *least = finding;
                }
            }
            None => findings.push(finding),
        }
    };
    for (index, effect) in facts.effects.iter().enumerate() {
        let at = effect.call as usize;
        let call = facts.calls.get(at);
        let triggering = Triggering {
            classes: effect.target.classes | effect.target.maybe,
            marks: mark_bits(effect.marks.iter().copied()),
            commands: first_letters([call.map_or(&[][..], |call| call.verb.as_bytes())]),
            place: call.map_or(Where::Same, |call| call.place.kind),
            from: effect.data != Taint::NONE,
        };
        let mut rules = packs.triggered(effect.does, triggering).peekable();
        if rules.peek().is_none() {
            continue;
        }
        let environment = environment(action, Some(effect), call, packs.vocabulary());
        for rule in rules.filter_map(|id| packs.rule(id)) {
            consider(rule, Some((index, effect)), call.map(|c| (at, c)), environment);
        }
    }
    for (at, call) in facts.calls.iter().enumerate() {
        for rule in packs.unattached() {
            let environment = environment(action, None, Some(call), packs.vocabulary());
            consider(rule, None, Some((at, call)), environment);
        }
        // Rules on the program, attached to its entry.
        if let Some(entry) = call.entry
            && !entry.rules.is_empty()
        {
            let environment = environment(action, None, Some(call), packs.vocabulary());
            for index in &entry.rules {
                if let Some(rule) = packs.rule((0, *index)) {
                    consider(rule, None, Some((at, call)), environment);
                }
            }
        }
    }
    findings.sort_by(|a, b| {
        b.score
            .cmp(&a.score)
            .then(b.certain.cmp(&a.certain))
            .then(a.span.start.cmp(&b.span.start))
            .then(a.rule.id.cmp(b.rule.id))
    });
    let found = findings.iter().map(|f| f.score).max().unwrap_or(0);
    // What cannot be read may be anything.
    let risk = if facts.unread.is_empty() { found } else { found.max(base(Level::High)) };
    let read_only = findings.is_empty() && facts.only_reads();
    Assessment { findings, risk, read_only }
}

#[expect(clippy::too_many_arguments, reason = "a finding is made of all of these")]
fn finding(
    rule: &'static Rule<'static>,
    certain: bool,
    effect: Option<(usize, &Effect<'_>)>,
    call: Option<&Call<'_>>,
    environment: &'static str,
    span: Span,
    action: &Action,
    protected: &[String],
    packs: &InForce<'_>,
) -> Finding {
    let mut factors: Vec<Applied> = Vec::new();
    for factor in packs.factors() {
        if let Some(because) =
            applies(factor, rule, effect.map(|(_, e)| e), call, environment, action, protected, packs)
        {
            factors.push(Applied { name: factor.name, weight: i32::from(factor.weight), because });
        }
    }
    let score = score(rule, certain, &factors);
    let target = match effect {
        Some((_, effect)) if !effect.later.is_empty() => format!("{} (when {} runs)", effect.target.text, effect.later),
        Some((_, effect)) => effect.target.text.to_owned(),
        None => String::new(),
    };
    let evidence =
        call.map_or_else(|| target.clone(), |call| evidence(call, effect.map_or("", |(_, e)| e.target.text)));
    Finding {
        rule,
        certain,
        score,
        level: band(score),
        factors,
        verb: call.map(|call| call.verb.to_owned()).unwrap_or_default(),
        evidence,
        target,
        span,
        effect: effect.map(|(i, _)| i),
        call: None,
        environment,
        stake: None,
    }
}

/// What is at stake, or that nothing is, lowers or raises, within the bound that all factors together have.
fn weigh_the_stake(finding: &mut Finding, circumstance: Circumstance, packs: &InForce<'_>) {
    let Some(factor) = packs.factors().iter().find(|f| f.circumstance == Some(circumstance)) else {
        return;
    };
    let because = finding.stake.clone().unwrap_or_default();
    finding.factors.push(Applied { name: factor.name, weight: i32::from(factor.weight), because });
    finding.score = score(finding.rule, finding.certain, &finding.factors);
    finding.level = band(finding.score);
}

/// Hundredths by which all factors together may raise or lower a finding.
const MOST_BY_FACTORS: i32 = 30;

/// What a rule weighs, in hundredths, with what raises and lowers it.
fn score(rule: &Rule<'_>, certain: bool, factors: &[Applied]) -> i32 {
    let level = if certain { rule.risk } else { lowered(rule.risk) };
    let sum: i32 = factors.iter().map(|factor| factor.weight).sum();
    (base(level) + sum.clamp(-MOST_BY_FACTORS, MOST_BY_FACTORS)).clamp(0, 100)
}

/// One level lower: what is only possible.
fn lowered(level: Level) -> Level {
    match level {
        Level::Critical => Level::High,
        Level::High => Level::Medium,
        Level::Medium | Level::Low => Level::Low,
    }
}

/// Bytes of one word that people may want to read.
const LONGEST_WORD: usize = 4 << 10;

/// As much of a word as is shown: whole lines or words, for a secret that is cut in two is not known as one.
fn beginning(text: &str) -> &str {
    if text.len() <= LONGEST_WORD {
        return text;
    }
    let start = (0..LONGEST_WORD).rev().find_map(|end| text.get(..end)).unwrap_or_default();
    &start[..start.rfind(char::is_whitespace).unwrap_or(0)]
}

/// The call as it would run, wrappers taken off, quoted where needed; of words that may be several things the one that the
/// finding is about.
fn evidence(call: &Call<'_>, target: &str) -> String {
    if call.words.is_empty() {
        return call.verb.to_owned();
    }
    let mut out = String::new();
    for field in call.words {
        if !out.is_empty() {
            out.push(' ');
        }
        // The one that is the target, or else the longest that stands in it.
        let about =
            |one: &Val<'_>| one.lit().filter(|text| !text.is_empty() && target.contains(text)).map_or(0, str::len);
        let meant = field.val.each().filter(|one| about(one) > 0).max_by_key(about);
        match meant.unwrap_or(field.val) {
            Val::Lit(text) => {
                let start = beginning(text);
                out.push_str(&shell_words::quote(start));
                if start.len() < text.len() {
                    out.push('…');
                    break;
                }
            }
            Val::Text(segs) => segs.iter().for_each(|seg| match seg {
                Seg::Lit(text) => out.push_str(text),
                Seg::Hole(hole) if is_name(hole.source) => {
                    out.push('$');
                    out.push_str(hole.source);
                }
                // What is no text of the script, but words about it.
                Seg::Hole(hole) if hole.source.contains(' ') && !hole.source.starts_with(['$', '`', '<', '>']) => {
                    out.push('‹');
                    out.push_str(hole.source);
                    out.push('›');
                }
                Seg::Hole(hole) => out.push_str(hole.source),
            }),
            other @ Val::Set(_) => out.push_str(&other.text()),
        }
        if out.len() > 400 {
            out.push('…');
            break;
        }
    }
    out
}

#[expect(clippy::too_many_arguments, reason = "a factor may ask about all of these")]
fn applies(
    factor: &Factor<'_>,
    rule: &Rule<'_>,
    effect: Option<&Effect<'_>>,
    call: Option<&Call<'_>>,
    environment: &str,
    action: &Action,
    protected: &[String],
    packs: &InForce<'_>,
) -> Option<String> {
    if !factor.effects.is_empty() && !effect.is_some_and(|e| factor.effects.contains(&e.does)) {
        return None;
    }
    if !factor.categories.is_empty() && !factor.categories.contains(&rule.category) {
        return None;
    }
    if effect.is_some_and(|e| factor.not_marks.iter().any(|m| e.marks.contains(&m))) {
        return None;
    }
    if !factor.environment.is_empty() {
        if factor.environment != environment {
            return None;
        }
        // A person's word lowers only what nothing observed contradicts; a request's own word never lowers.
        let declared = action
            .context
            .environment
            .as_deref()
            .is_some_and(|e| environment_of(e, packs.environments()) == environment);
        if factor.weight < 0 && action.claimed && !action.context.by_command_line && declared {
            return None;
        }
        let observed = action
            .context
            .observed
            .iter()
            .chain(call.map_or(&[][..], |c| c.observed))
            .find(|(n, _)| environment_of(n, packs.environments()) == environment);
        let whence = match observed {
            Some((name, where_from)) => format!("{name}, {where_from}"),
            None if declared => "declared".to_owned(),
            None => "named by the target".to_owned(),
        };
        return Some(format!("{} ({whence})", factor.because));
    }
    if !factor.path.is_empty() {
        let wanted = packs.classes().of(factor.path);
        let hit = effect.is_some_and(|e| e.target.classes & wanted != 0);
        return hit.then(|| factor.because.to_owned());
    }
    if !factor.marks.is_empty() {
        let hit = effect.is_some_and(|e| factor.marks.iter().any(|m| e.marks.contains(&m)));
        return hit.then(|| factor.because.to_owned());
    }
    match factor.circumstance? {
        Circumstance::Protected => {
            let paths: Vec<&str> = action.context.protected_paths.iter().chain(protected).map(String::as_str).collect();
            if paths.is_empty() {
                return None;
            }
            // A request that names protected paths says that what it is about reaches them.
            let infrastructure =
                matches!(rule.category, Category::Infrastructure) && !action.context.protected_paths.is_empty();
            let path = effect.and_then(|e| e.target.path);
            let named = path.is_some_and(|p| {
                paths.iter().any(|protected| {
                    let inside = format!("**/{}/**", protected.trim_matches('/'));
                    globs::path(&inside, p)
                })
            });
            (infrastructure || named).then(|| format!("{}: {}", factor.because, paths.join(", ")))
        }
        Circumstance::Contradicted => {
            let said = action.context.environment.as_deref()?;
            let named = environment::environment_of(said, &packs.vocabulary().environments);
            let milder = !named.is_empty() && environment::rank(named) < environment::rank(environment);
            milder.then(|| format!("{}: {said}", factor.because))
        }
        Circumstance::Refused => {
            let refused = action
                .trajectory
                .iter()
                .filter(|step| step.was_refused())
                // Of steps that gate reviewed only the same thing again counts, in whatever clothes.
                .any(|step| step.rules.as_ref().is_none_or(|rules| rules.iter().any(|r| r == rule.id)));
            refused.then(|| factor.because.to_owned())
        }
        Circumstance::Failed => {
            let failed = action.trajectory.iter().any(Step::has_failed);
            failed.then(|| factor.because.to_owned())
        }
        Circumstance::Warnings => {
            let warned = action.trajectory.iter().filter(|s| s.decision.eq_ignore_ascii_case("warn")).count();
            (warned >= 4).then(|| format!("{}: {warned} of the last steps", factor.because))
        }
        // Weighed where what is lost is known.
        Circumstance::NothingAtStake | Circumstance::Uncommitted => None,
    }
}
