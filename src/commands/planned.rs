//! What all tools that plan first have in common: the plan step is judged as an action of its own, the plan is reviewed as
//! a table, where the tool would have asked a person gate asks, and then that very plan is applied.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Instant;

use super::given::{Setup, said_or_by_variable};
use super::print;
use super::shared::{
    as_child, edge, exit_code, finished, format, name_action, not_started, said, settle_and_record, tell,
    write_decision, write_outcome,
};
use crate::action::{Action, ActorKind, What};
use crate::cli::Given;
use crate::error::{Error, ExitCode, Result};
use crate::output::{human, json as machine, plan};
use crate::policy::Decision;
use crate::rules::Packs;
use crate::run::{self, Ended, Program};
use crate::settle::{self, Settled};
use crate::terminal;

/// A file that is gone when it is no longer needed: plans hold secrets in clear text.
pub struct Temporary(pub PathBuf);

impl Temporary {
    /// A name in a private folder; nothing is there yet.
    pub fn new(suffix: &str) -> Result<Temporary> {
        // A folder that everybody may have made would show them the secrets of the plan.
        let state = crate::audit::state_directory().ok_or_else(|| Error::new("no state directory is known"))?;
        let folder = state.join("plans");
        crate::audit::private_directory(&folder)
            .map_err(|e| Error::new(format!("cannot make {}: {e}", folder.display())))?;
        let mut action = Action::default();
        name_action(&mut action);
        Ok(Temporary(folder.join(format!("{}.{suffix}", action.id))))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

/// A plan that was reviewed.
pub struct Reviewed {
    decision: Decision,
    settled: Settled,
    /// Of the decision in the log.
    sequence: Option<u64>,
    digest: String,
}

/// Reviews a plan; `unattended`: the tool itself would not ask.
pub fn review(
    given: &Given,
    packs: &Packs,
    setup: &Setup,
    action: &Action,
    fail_on: Decision,
    unattended: bool,
) -> Result<Reviewed> {
    let as_json = format(given)? == "json";
    let colour = print::colour(said_or_by_variable(given, "color")?.as_deref(), print::stderr_terminal());
    crate::judge(action, setup.snapshot.clone(), edge(setup), packs, &setup.policy, |judged| {
        let decision = judged.judgement.decision;
        if as_json {
            if decision >= fail_on.min(Decision::Escalate) {
                print::stderr(&human::head(judged, colour));
            }
            print::stderr(&(machine::decision(judged) + "\n"));
        } else {
            print::stderr(&plan::table(judged, colour));
            if decision != Decision::Allow {
                print::stderr(&said(judged, fail_on, colour));
            }
        }
        let mut settled = settle::settle(judged, fail_on);
        if settled == Settled::Execute && !unattended {
            // Here the tool would have asked.
            let person = action.actor.kind == ActorKind::Human;
            settled = if person && ask() { Settled::Confirmed } else { Settled::Declined };
            if settled == Settled::Declined {
                print::stderr("gate: refused (20)  nobody said yes to this plan; ");
                print::stderr("-auto-approve (terraform) or --yes (pulumi) applies it without asking\n");
            }
        }
        let sequence = write_decision(judged, "run", settled.word(), ", so nothing was executed")?;
        tell(judged);
        Ok(Reviewed { decision, settled, sequence, digest: judged.digest().to_owned() })
    })
}

impl Reviewed {
    /// The exit code of a plan that is not applied.
    pub fn refused(&self, given: &Given, fail_on: Decision) -> Result<Option<ExitCode>> {
        if matches!(self.settled, Settled::Execute | Settled::Confirmed) {
            return Ok(None);
        }
        write_outcome(given, self.decision, None);
        let code = exit_code(self.decision, fail_on);
        Ok(Some(if code == ExitCode::Allow { ExitCode::Escalate } else { code }))
    }

    /// Executes the step that applies it, and writes down what became of it.
    pub fn execute(&self, given: &Given, words: &[OsString], setup: &Setup) -> Result<ExitCode> {
        match execute(words, given.has("cwd").then_some(setup.snapshot.cwd.as_str())) {
            Ok((started, ended)) => finished(given, self.decision, self.sequence, &self.digest, started, &ended),
            Err((code, what)) => {
                not_started(given, self.decision, &what);
                Ok(code)
            }
        }
    }
}

/// A command line as it may be shown.
pub fn line(words: &[OsString]) -> String {
    let words: Vec<String> = words.iter().map(|w| w.to_string_lossy().into_owned()).collect();
    crate::output::escape::line(&crate::redact::redact(&shell_words::join(words)))
}

/// Executes words whose first is the resolved program; or says with which code it ends if that cannot be started.
fn execute(words: &[OsString], directory: Option<&str>) -> std::result::Result<(Instant, Ended), (ExitCode, String)> {
    let what = What::Argv(words.to_vec());
    let program = Program::resolve(&what, directory).map_err(|missing| (missing.exit_code(), missing.to_string()))?;
    let started = Instant::now();
    // The options of the variable are in the plan already.
    let ended = run::supervise_without(&program, &["TF_CLI_ARGS_apply"])
        .map_err(|e| (ExitCode::CannotExecute, format!("cannot execute {}: {e}", program.path().display())))?;
    Ok((started, ended))
}

/// Judges the step that makes the plan, which runs code of its own. A code: it ends here.
pub fn judged(
    given: &Given,
    packs: &Packs,
    setup: &Setup,
    shown: Vec<OsString>,
    fail_on: Decision,
) -> Result<Option<ExitCode>> {
    let mut action = Action { what: What::Argv(shown), id: String::new(), ..setup.action.clone() };
    name_action(&mut action);
    let (decision, settled) =
        crate::judge(&action, setup.snapshot.clone(), edge(setup), packs, &setup.policy, |judged| {
            let (settled, _) = settle_and_record(judged, given, fail_on)?;
            Ok((judged.judgement.decision, settled))
        })?;
    if matches!(settled, Settled::Execute | Settled::Confirmed) {
        return Ok(None);
    }
    write_outcome(given, decision, None);
    Ok(Some(exit_code(decision, fail_on)))
}

/// Judges and executes the step that makes the plan. A code: it ends here.
pub fn judged_step(
    given: &Given,
    packs: &Packs,
    setup: &Setup,
    shown: Vec<OsString>,
    words: &[OsString],
    fail_on: Decision,
) -> Result<Option<ExitCode>> {
    if let Some(code) = judged(given, packs, setup, shown, fail_on)? {
        return Ok(Some(code));
    }
    match execute(words, given.has("cwd").then_some(setup.snapshot.cwd.as_str())) {
        Ok((_, Ended::Exit(0))) => Ok(None),
        Ok((_, ended)) => {
            // There is no plan, so nothing of what was asked for is executed.
            write_outcome(given, Decision::Allow, None);
            Ok(Some(as_child(&ended)))
        }
        Err((code, what)) => {
            not_started(given, Decision::Allow, &what);
            Ok(Some(code))
        }
    }
}

/// Asks as the tool would.
fn ask() -> bool {
    let question = "\n  apply this plan? only `yes` does: ";
    std::io::stdin().is_terminal() && terminal::ask(question).is_some_and(|answer| answer == "yes")
}
