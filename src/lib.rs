//! gate: sudo for agents and pipelines. It reads a proposed action, works out what it would really do, and decides.
//!
//! The way of the data is a straight line; [`judge`] is that line on one page.

#[macro_use]
mod closed_list;

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
pub mod terminal;

use std::cell::OnceCell;
use std::collections::BTreeMap;

use action::{Action, What};
use assess::Assessment;
use bumpalo::Bump;
use facts::globs;
use facts::knowledge::{Lists, Vocabulary};
use facts::paths::{self, Ground};
use facts::snapshot::{Answer, Ask, Snapshot};
use facts::{Facts, Input, Know, Reading};
use policy::{Judgement, Policy};
use rules::{InForce, Packs};

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
    packs: InForce<'f>,
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
        effect.reads_secret(self.packs.vocabulary())
    }

    /// [`Action::digest`], computed once for all who write it down.
    #[must_use]
    pub fn digest(&self) -> &str {
        self.digest.get_or_init(|| self.action.digest())
    }
}

/// What the facts of a usual action take, in bytes.
const USUAL: usize = 3 << 10;
/// Bytes of an action from which on what its judgement takes is kept small rather than quick to begin.
const LONG: usize = 16 << 10;

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
    if action.length() > LONG {
        sys::map_sparingly();
    }
    let args = arguments(action);
    let packs = packs.in_force(policy.vocabulary(packs.own_vocabulary()));
    let protected = policy.protected_paths();
    leave_system(&mut snapshot, packs.vocabulary());
    for round in 1.. {
        let bump = Bump::with_capacity(USUAL);
        let Reading { facts, asks } = facts::read(&bump, &input(&bump, action, &args), &snapshot, &packs); // what would happen?
        if !asks.is_empty() {
            snapshot.answers.append(&mut answered(asks, edge));
            snapshot.exhausted = round >= limits::ROUNDS;
            snapshot.closed |= snapshot.exhausted;
            continue;
        }
        let assessment = assess::assess(&facts, action, &snapshot, &protected, &packs); // how bad is that, and how sure?
        if !snapshot.closed && round < limits::ROUNDS {
            let mut asks = at_stake(&facts, &assessment, &snapshot, packs.lists());
            asks.extend(policy::protected::asks(&protected, &facts, &snapshot));
            if !asks.is_empty() {
                drop(assessment);
                drop(facts);
                snapshot.answers.append(&mut answered(asks, edge));
                continue;
            }
        }
        let judgement = policy::decide(&facts, &assessment, action, &snapshot, &packs, &args, policy); // what does the house say?
        let secrets = secrets(action, &args, &facts, &assessment, &snapshot);
        let digest = OnceCell::new();
        let judged =
            Judged { action, snapshot: &snapshot, facts: &facts, assessment, judgement, policy, digest, packs };
        return redact::with_secrets(secrets, || then(&judged));
    }
    unreachable!("the last round is closed, and a closed snapshot asks nothing")
}

/// A folder of the system is no project because something happens in it; a repository there is one.
fn leave_system(snapshot: &mut Snapshot, vocabulary: &Vocabulary<'_>) {
    if snapshot.repository || snapshot.workspace.is_empty() {
        return;
    }
    let nowhere = Ground { workspace: "", ..Ground::of(snapshot) };
    let system = vocabulary.classes.of(["system", "system-tree", "system-binary"]);
    if paths::classify(&vocabulary.classes, nowhere, &snapshot.workspace) & system != 0
        || globs::listed_path(&vocabulary.lists, "no-projects", &snapshot.workspace)
    {
        snapshot.workspace.clear();
    }
}

fn answered(asks: impl IntoIterator<Item = Ask>, edge: &dyn Edge) -> BTreeMap<Ask, Answer> {
    let answered = |ask| {
        let answer = edge.answer(&ask);
        (ask, answer)
    };
    asks.into_iter().map(answered).collect()
}

/// The arguments of a described action. They were read strictly once, so that what is not JSON has none.
fn arguments(action: &Action) -> json::Json<'_> {
    match &action.what {
        What::Tool { args, .. } | What::Deploy { args, .. } | What::Push { body: args } | What::Plan { body: args } => {
            json::parse(args).unwrap_or(json::Json::Null)
        }
        What::Shell { .. } | What::Argv(_) => json::Json::Null,
    }
}

/// The secrets that must not be shown: of the action, and of what was read for it.
fn secrets(
    action: &Action,
    args: &json::Json<'_>,
    facts: &Facts<'_>,
    assessment: &Assessment,
    snapshot: &Snapshot,
) -> Vec<String> {
    let mut secrets = match &action.what {
        // Of what passes in silence nothing is shown but targets, which only a variable makes of something else.
        What::Shell { script, .. } if assessment.findings.is_empty() && !script.contains('$') => Vec::new(),
        What::Shell { script, .. } => redact::secrets_in(script),
        _ => redact::secrets_in(&action.line()).into_iter().chain(redact::secrets_of(args)).collect(),
    };
    for answer in snapshot.answers.values() {
        if let Answer::Text(file) = answer {
            secrets.extend(redact::secrets_in(&file.text));
        }
    }
    if !facts.secrets.is_empty() {
        let line = action.line();
        let hidden = |word: &&&str| redact::looks_secret(word) || redact::stands_once(&line, word);
        secrets.extend(facts.secrets.iter().filter(hidden).map(|word| (*word).to_owned()));
    }
    secrets
}

/// Hundredths of risk from which on it is counted what is at stake: what is below passes in silence.
const WORTH_COUNTING: i32 = 20;
/// Questions about what is at stake in one action: each may walk a folder.
const MOST_STAKES: usize = 8;

/// Questions about what is at stake that were not asked yet, of findings that would not pass in silence.
fn at_stake(facts: &Facts<'_>, assessment: &Assessment, snapshot: &Snapshot, lists: &Lists<'_>) -> Vec<Ask> {
    let mut asks: Vec<Ask> = assessment
        .findings
        .iter()
        .filter(|finding| finding.score >= WORTH_COUNTING)
        .filter_map(|finding| facts.effects.get(finding.effect?))
        .filter_map(|effect| assess::stake_of(effect, facts, snapshot, lists))
        .filter(|ask| !snapshot.answers.contains_key(ask))
        .collect();
    asks.sort();
    asks.dedup();
    let asked = snapshot.answers.keys().filter(|ask| matches!(ask, Ask::Stake(_))).count();
    asks.truncate(MOST_STAKES.saturating_sub(asked));
    asks
}

/// The action in the form that the analysis reads: text with places.
fn input<'a>(bump: &'a Bump, action: &'a Action, parsed: &'a json::Json<'a>) -> Input<'a> {
    match &action.what {
        What::Shell { script, shell } => {
            Input::Script { text: script, language: if shell.is_empty() { "bash" } else { shell } }
        }
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
        What::Tool { verb, args } | What::Deploy { kind: verb, args } => Input::Tool { verb, args: parsed, text: args },
        What::Push { .. } => Input::Push { body: parsed },
        What::Plan { .. } => Input::Plan { body: parsed },
    }
}
