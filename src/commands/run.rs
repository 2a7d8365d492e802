//! `gate run`: review, settle, record, execute what was reviewed, record what became of it.

use std::time::Instant;

use super::given::{self, said_or_by_variable};
use super::print;
use super::shared::{
    begin_outcome, edge, exit_code, fail_on, finished, format, name_action, packs, said, tell, write_decision,
    write_outcome,
};
use crate::action::What;
use crate::cli::Given;
use crate::context;
use crate::error::{Error, ExitCode, Result};
use crate::facts::snapshot::Environment;
use crate::output::{escape, human, json as machine};
use crate::policy::Decision;
use crate::redact::redact;
use crate::run::{self, Program};
use crate::settle::{self, Settled};

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
    let colour = print::colour(said_or_by_variable(given, "color")?.as_deref(), print::stderr_terminal());
    let as_json = format(given)? == "json";
    let (decision, settled, sequence, digest, seen) =
        crate::judge(&action, setup.snapshot, edge, &packs, &policy, |judged| {
            let decision = judged.judgement.decision;
            if as_json {
                if decision >= fail_on.min(Decision::Escalate) {
                    print::stderr(&human::refusal(judged, colour));
                }
                print::stderr(&(machine::decision(judged) + "\n"));
            } else if decision != Decision::Allow && (!given.has("quiet") || decision >= fail_on) {
                print::stderr(&said(judged, fail_on, colour));
            }
            let settled = settle::settle(judged, fail_on);
            let sequence = write_decision(judged, settled)?;
            tell(judged);
            Ok((decision, settled, sequence, judged.digest().to_owned(), judged.snapshot.answers.clone()))
        })?;
    if settled != Settled::Execute && settled != Settled::Confirmed {
        write_outcome(given, decision, None);
        return Ok(exit_code(decision, fail_on));
    }
    let program = match program {
        Ok(program) => program,
        Err(missing) => {
            print::stderr(&format!("gate: {}\n", escape::line(&redact(&missing.to_string()))));
            write_outcome(given, decision, None);
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
            let what = format!("{}: {error}", program.path().display());
            print::stderr(&format!("gate: cannot execute {}\n", escape::line(&redact(&what))));
            write_outcome(given, decision, None);
            return Ok(ExitCode::CannotExecute);
        }
    };
    finished(given, decision, sequence, &digest, started, &ended)
}
