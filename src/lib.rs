//! gate: sudo for agents and pipelines. It reads a proposed action, works out what it would really do, and decides.
//!
//! The way of the data is a straight line; [`judge`] is that line on one page.

pub mod action;
pub mod assess;
pub mod audit;
pub mod cli;
pub mod commands;
pub mod context;
pub mod count;
pub mod digest;
pub mod error;
pub mod facts;
pub mod hosts;
pub mod json;
pub mod limits;
pub mod notify;
pub mod output;
pub mod policy;
pub mod redact;
pub mod rehearsal;
pub mod rules;
pub mod run;
pub mod settle;
pub mod sys;

use std::cell::OnceCell;

use action::{Action, What};
use assess::Assessment;
use bumpalo::Bump;
use facts::snapshot::{Answer, Ask, Snapshot};
use facts::{Facts, Input, Know};
use policy::{Judgement, Policy};
use rules::Packs;

/// Answers what the analysis asks about the world.
pub trait Edge {
    /// Never fails: what cannot be found out is [`Answer::Unknown`].
    fn answer(&self, ask: &Ask) -> Answer;
}

/// Everything that came of an action.
pub struct Judged<'f, 'a> {
    pub action: &'f Action,
    pub snapshot: &'f Snapshot,
    pub facts: &'f Facts<'a>,
    pub assessment: Assessment,
    pub judgement: Judgement,
    pub policy: &'f Policy,
    digest: OnceCell<String>,
    packs: &'f Packs,
}

impl Judged<'_, '_> {
    /// Where it acts, as its words and its surroundings say, each with what says so, once.
    #[must_use]
    pub fn observed(&self) -> Vec<&(String, String)> {
        let mut seen = Vec::new();
        for context in self.facts.calls.iter().flat_map(|call| call.observed).chain(&self.action.context.observed) {
            if !seen.contains(&context) {
                seen.push(context);
            }
        }
        seen
    }

    /// Whether it reads a secret: something that a later step of the same session could give away.
    #[must_use]
    pub fn reads_secret(&self) -> bool {
        self.facts.effects.iter().any(|effect| self.is_secret(effect))
    }

    /// Whether an effect reads a secret.
    #[must_use]
    pub fn is_secret(&self, effect: &facts::Effect<'_>) -> bool {
        use facts::knowledge::Kind;
        let classes = effect.target.classes;
        matches!(effect.does, Kind::SecretRead | Kind::CredentialRead)
            || effect.does == Kind::Read
                && classes != 0
                && classes & facts::Know::places(self.packs).classes(["secret", "env-file"]) != 0
    }

    /// [`Action::digest`], computed once for all who write it down.
    #[must_use]
    pub fn digest(&self) -> &str {
        self.digest.get_or_init(|| self.action.digest())
    }
}

/// What the facts of a usual action take, in bytes.
const USUAL: usize = 3 << 10;

/// Judges one action: everything gate does passes through here. The edge is asked at most `limits::ROUNDS` times; what
/// is then still open cannot be known.
pub fn judge<R>(
    action: &Action,
    mut snapshot: Snapshot,
    edge: &dyn Edge,
    packs: &Packs,
    policy: &Policy,
    then: impl FnOnce(&Judged<'_, '_>) -> R,
) -> R {
    let args = match &action.what {
        // What was read strictly once is read again; what is not JSON has no arguments.
        What::Tool { args, .. } | What::Deploy { args, .. } | What::Push { body: args } | What::Plan { body: args } => {
            json::parse(args).unwrap_or(json::Json::Null)
        }
        What::Shell { .. } | What::Argv(_) => json::Json::Null,
    };
    packs.furnish(policy.places(packs.own_places()));
    for round in 0.. {
        let bump = Bump::with_capacity(USUAL);
        let reading = facts::read(&bump, &input(&bump, action, &args), &snapshot, packs); // what would happen?
        if !reading.asks.is_empty() {
            let answers: Vec<(Ask, Answer)> = reading.asks.iter().map(|ask| (ask.clone(), edge.answer(ask))).collect();
            drop(reading);
            snapshot.answers.extend(answers);
            snapshot.exhausted = round + 1 >= limits::ROUNDS;
            snapshot.closed |= snapshot.exhausted;
            continue;
        }
        let protected = policy.protected_paths();
        let assessment = assess::assess(&reading.facts, action, &snapshot, &protected, packs); // how bad is that, and how sure?
        // What is at stake is counted only where there is something to say.
        if !snapshot.closed && round + 1 < limits::ROUNDS {
            let mut asks = at_stake(&reading.facts, &assessment, &snapshot, packs);
            asks.extend(policy::protected::asks(&protected, &reading.facts, &snapshot));
            if !asks.is_empty() {
                let answers: Vec<(Ask, Answer)> =
                    asks.into_iter().map(|ask| (ask.clone(), edge.answer(&ask))).collect();
                drop(assessment);
                drop(reading);
                snapshot.answers.extend(answers);
                continue;
            }
        }
        // What do the rules of the house say?
        let judgement = policy::decide(&reading.facts, &assessment, action, &snapshot, packs, &args, policy);
        let facts = &reading.facts;
        let digest = OnceCell::new();
        let judged = Judged { action, snapshot: &snapshot, facts, assessment, judgement, policy, digest, packs };
        let mut secrets = match &action.what {
            // Of what passes in silence nothing is shown but targets, which only a variable makes of something else.
            What::Shell { script, .. } if judged.assessment.findings.is_empty() && !script.contains('$') => Vec::new(),
            What::Shell { script, .. } => redact::secrets_in(script),
            _ => redact::secrets_in(&action.line()),
        };
        // And of what was read for it.
        for answer in snapshot.answers.values() {
            if let Answer::Text { text, .. } = answer {
                secrets.extend(redact::secrets_in(text));
            }
        }
        if !facts.secrets.is_empty() {
            let line = action.line();
            let hidden = |word: &&&str| redact::looks_secret(word) || redact::stands_once(&line, word);
            secrets.extend(facts.secrets.iter().filter(hidden).map(|word| (*word).to_owned()));
        }
        return redact::with_secrets(secrets, || then(&judged));
    }
    unreachable!("the last round is closed, and a closed snapshot asks nothing")
}

/// Questions about what is at stake that were not asked yet, of findings that would not pass in silence.
fn at_stake(facts: &Facts<'_>, assessment: &Assessment, snapshot: &Snapshot, packs: &Packs) -> Vec<Ask> {
    let mut asks: Vec<Ask> = assessment
        .findings
        .iter()
        .filter(|finding| finding.score >= 20)
        .filter_map(|finding| facts.effects.get(finding.effect?))
        .filter_map(|effect| assess::stake_of(effect, facts, snapshot, packs.places()))
        .filter(|ask| !snapshot.answers.contains_key(ask))
        .collect();
    asks.sort();
    asks.dedup();
    asks.truncate(8);
    asks
}

/// The action in the form that the analysis reads: text with places, in the arena.
fn input<'a>(bump: &'a Bump, action: &Action, parsed: &'a json::Json<'a>) -> Input<'a> {
    match &action.what {
        What::Shell { script, shell } => Input::Script {
            text: bump.alloc_str(script),
            language: if shell.is_empty() { "bash" } else { bump.alloc_str(shell) },
        },
        What::Argv(argv) => {
            let mut line = String::new();
            let mut spans = Vec::with_capacity(argv.len());
            let mut words: Vec<&'a str> = Vec::with_capacity(argv.len());
            for word in argv {
                let word: &'a str = bump.alloc_str(&word.to_string_lossy());
                if !line.is_empty() {
                    line.push(' ');
                }
                let start = line.len() as u32;
                line.push_str(&shell_words::quote(word));
                spans.push((start, line.len() as u32));
                words.push(word);
            }
            Input::Words {
                words: bump.alloc_slice_copy(&words),
                line: bump.alloc_str(&line),
                spans: bump.alloc_slice_copy(&spans),
            }
        }
        What::Tool { verb, args } | What::Deploy { kind: verb, args } => {
            Input::Tool { verb: bump.alloc_str(verb), args: parsed, text: bump.alloc_str(args) }
        }
        What::Push { .. } => Input::Push { body: parsed },
        What::Plan { .. } => Input::Plan { body: parsed },
    }
}
