//! `gate run`: review, settle, record, execute what was reviewed, record what became of it.

use std::time::Instant;

use super::given;
use super::print;
use super::shared::{
    begin_outcome, edge, exit_code, fail_on, finished, name_action, not_started, packs, settle_and_record,
    write_outcome,
};
use crate::action::What;
use crate::cli::Given;
use crate::context;
use crate::error::{Error, ExitCode, Result};
use crate::facts::snapshot::Environment;
use crate::output::escape;
use crate::policy::Decision;
use crate::run::{self, Program};
use crate::settle::Settled;

pub fn run(given: &Given) -> Result<ExitCode> {
    let packs = packs()?;
    if given.has("exec") && given.has("outcome") {
        return Err(Error::new("--outcome and --exec: the program takes gate's place, and nobody is left to tell"));
    }
    // Before anything can go wrong: what an earlier run left there is not what became of this one.
    begin_outcome(given)?;
    let mut setup = given::setup(given, &packs, Environment::Exact)?;
    name_action(&mut setup.action);
    if let What::Argv(words) = &setup.action.what
        && let Some(applies) = context::terraform::applies(words)?
    {
        return super::terraform::run(given, &packs, &setup, &applies);
    }
    if let What::Argv(words) = &setup.action.what
        && let Some(ups) = context::pulumi::ups(words)
    {
        return super::pulumi::run(given, &packs, &setup, &ups);
    }
    let action = setup.action.clone();
    let cwd = setup.snapshot.cwd.clone();
    let directory = given.has("cwd").then_some(cwd.as_str());
    // The program is resolved once, before it is judged, and that file is executed.
    let program = Program::resolve(&action.what, directory);
    let (edge, policy) = (edge(&setup), setup.policy);
    let fail_on = fail_on(given, Decision::Escalate)?;
    let (decision, settled, sequence, digest, seen) =
        crate::judge(&action, setup.snapshot, edge, &packs, &policy, |judged| {
            let (settled, sequence) = settle_and_record(judged, given, fail_on)?;
            let decision = judged.judgement.decision;
            Ok((decision, settled, sequence, judged.digest().to_owned(), judged.snapshot.answers.clone()))
        })?;
    if settled != Settled::Execute && settled != Settled::Confirmed {
        write_outcome(given, decision, None);
        return Ok(exit_code(decision, fail_on));
    }
    let program = match program {
        Ok(program) => program,
        Err(missing) => {
            not_started(given, decision, &missing.to_string());
            return Ok(missing.exit_code());
        }
    };
    if let Err(changed) = program.unchanged().and_then(|()| context::unchanged(&seen)) {
        return Err(Error::new(changed).help("it was replaced between the review and the start; review it again"));
    }
    if given.has("exec") {
        let error = program.replace();
        print::stderr(&format!("gate: cannot execute: {}\n", escape::line(&error.to_string())));
        return Ok(ExitCode::CannotExecute);
    }
    let started = Instant::now();
    let ended = match run::supervise(&program) {
        Ok(ended) => ended,
        Err(error) => {
            not_started(given, decision, &format!("cannot execute {}: {error}", program.path().display()));
            return Ok(ExitCode::CannotExecute);
        }
    };
    finished(given, decision, sequence, &digest, started, &ended)
}
