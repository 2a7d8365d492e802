//! `gate run terraform apply`: planned first, the plan is reviewed, and that very plan is applied.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::given::Setup;
use super::print;
use super::shared::{as_child, edge, exit_code, fail_on, log, name_action, write_outcome};
use crate::action::{Action, ActorKind, What};
use crate::audit::Record;
use crate::cli::Given;
use crate::context::terraform::{self, Applies};
use crate::error::{Error, ExitCode, Result};
use crate::facts::Know;
use crate::json;
use crate::notify;
use crate::output::{human, json as machine, plan};
use crate::policy::Decision;
use crate::rules::Packs;
use crate::run::{self, Ended, Program};
use crate::settle::{self, Settled};

/// A file that is gone when it is no longer needed: plans hold secrets in clear text.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Result<Temporary> {
        let state = crate::audit::state_directory().unwrap_or_else(std::env::temp_dir);
        let folder = state.join("plans");
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map_err(|e| Error::new(format!("cannot make {}: {e}", folder.display())))?;
        let mut action = Action::default();
        name_action(&mut action);
        Ok(Temporary(folder.join(format!("{}.tfplan", action.id))))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

/// Reviews and applies.
pub fn run(given: &Given, packs: &Packs, setup: Setup, applies: &Applies) -> Result<ExitCode> {
    let What::Argv(words) = &setup.action.what else { return Err(Error::new("this is no argv")) };
    let base = PathBuf::from(&setup.snapshot.cwd);
    let directory = applies.chdir.as_ref().map_or_else(|| base.clone(), |d| base.join(d));
    let found = match Program::resolve(&setup.action.what, given.has("cwd").then_some(setup.snapshot.cwd.as_str())) {
        Ok(program) => program,
        Err(missing) => {
            print::stderr(&format!("gate: {missing}\n"));
            return Ok(missing.exit_code());
        }
    };
    let real = terraform::real_program(found.path());
    if real != found.path() {
        print::stderr(&format!(
            "gate: {} is a wrapper that changes output and exit codes; running {} itself\n",
            found.path().display(),
            real.display()
        ));
    }
    let name = words.first().map(|w| w.to_string_lossy().into_owned()).unwrap_or_default();
    let step = |parts: &[&[String]]| -> Vec<OsString> {
        std::iter::once(real.as_os_str().to_owned())
            .chain(parts.iter().flat_map(|p| p.iter()).map(OsString::from))
            .collect()
    };
    let word = |text: &str| vec![text.to_owned()];
    let fail_on = fail_on(given, Decision::Escalate);
    let configuration = terraform::configuration(&directory);
    let temporary = Temporary::new()?;
    let file: PathBuf = match &applies.plan {
        Some(plan) => directory.join(plan),
        None => {
            // The plan step runs providers and `external` programs: it is an action of its own, and judged first.
            let planned = temporary.0.to_string_lossy().into_owned();
            let mut options = word("-input=false");
            options.push(format!("-out={planned}"));
            if applies.destroy {
                options.push("-destroy".to_owned());
            }
            let words = step(&[&applies.global, &word("plan"), &options, &applies.both, &applies.planning]);
            let shown: Vec<OsString> =
                std::iter::once(OsString::from(&name)).chain(words[1..].iter().cloned()).collect();
            print::stderr(&format!("gate: 1 of 2  {}\n", line(&shown)));
            let code = judged_step(given, packs, &setup, shown, &words, fail_on)?;
            if let Some(code) = code {
                return Ok(code);
            }
            temporary.0.clone()
        }
    };
    let before = terraform::digest(&file)?;
    let text = terraform::show(&real, &applies.global, &base, &file.to_string_lossy())?;
    let value = json::parse(&text).map_err(|e| Error::new(format!("the plan is not valid JSON: {e}")))?;
    let mut body = String::new();
    value.canonical(&mut body);
    let mut action = Action { what: What::Plan { body }, id: String::new(), ..setup.action.clone() };
    name_action(&mut action);
    observe_workspace(&mut action, &directory);
    let as_json = given.get("format") == Some("json");
    let colour = print::colour(given.get("color"), print::stderr_terminal());
    let policy = &setup.policy;
    let (decision, settled, sequence, digest) =
        crate::judge(&action, setup.snapshot.clone(), edge(&setup), packs, policy, |judged| {
            let decision = judged.judgement.decision;
            if as_json {
                print::stderr(&(machine::decision(judged, &packs.places().names) + "\n"));
            } else {
                print::stderr(&plan::table(judged, colour));
                if decision != Decision::Allow {
                    print::stderr(&human::head(judged, colour));
                    print::stderr(&human::body(judged, colour));
                }
            }
            let mut settled = settle::settle(judged, fail_on);
            if settled == Settled::Execute && !applies.auto_approve && applies.plan.is_none() {
                // Here terraform would have asked.
                settled = if action.actor.kind == ActorKind::Human && ask()? {
                    Settled::Confirmed
                } else {
                    Settled::Declined
                };
                if settled == Settled::Declined {
                    print::stderr(
                        "gate: refused (20)  nobody said yes to this plan; -auto-approve applies it without asking\n",
                    );
                }
            }
            let sequence = match log(&[Record::decision(judged, "run", settled.word())]) {
                Ok(sequence) => Some(sequence),
                Err(problem) if decision >= Decision::Warn => {
                    return Err(Error::new(format!(
                        "the decision could not be recorded, so nothing was applied: {problem}"
                    )));
                }
                Err(_) => None,
            };
            for problem in notify::tell(judged, &|| machine::decision(judged, &packs.places().names)) {
                print::stderr(&format!("gate: warning  {problem}\n"));
            }
            Ok((decision, settled, sequence, judged.digest().to_owned()))
        })?;
    if !matches!(settled, Settled::Execute | Settled::Confirmed) {
        write_outcome(given.os("outcome"), decision, None)?;
        let code = exit_code(decision, fail_on);
        return Ok(if code == ExitCode::Allow { ExitCode::Escalate } else { code });
    }
    // What was reviewed is what is applied.
    if terraform::digest(&file)? != before {
        return Err(Error::new("the plan file changed after it was reviewed").help("plan and review it again"));
    }
    if applies.plan.is_none() && terraform::configuration(&directory) != configuration {
        return Err(Error::new("the configuration changed after it was planned").help("plan and review it again"));
    }
    let plan_word = vec![match &applies.plan {
        Some(plan) => plan.clone(),
        None => file.to_string_lossy().into_owned(),
    }];
    let words = step(&[&applies.global, &word("apply"), &word("-input=false"), &applies.both, &plan_word]);
    let shown: Vec<OsString> = std::iter::once(OsString::from(&name)).chain(words[1..].iter().cloned()).collect();
    print::stderr(&format!("gate: {}  {}\n", if applies.plan.is_some() { "applying" } else { "2 of 2" }, line(&shown)));
    let ended = execute(&words, given.has("cwd").then_some(setup.snapshot.cwd.as_str()))?;
    let (started, ended) = ended;
    let (exit, signal) = parts(&ended);
    if let Some(sequence) = sequence {
        let record = Record::outcome(&digest, sequence, exit, signal, started.elapsed().as_millis());
        if let Err(problem) = log(&[record]) {
            print::stderr(&format!("gate: warning  the outcome could not be recorded: {problem}\n"));
        }
    }
    write_outcome(given.os("outcome"), decision, Some(&ended))?;
    drop(temporary);
    Ok(as_child(&ended))
}

fn parts(ended: &Ended) -> (Option<i32>, Option<i32>) {
    match ended {
        Ended::Exit(code) => (Some(*code), None),
        Ended::Signal(signal) => (None, Some(*signal)),
    }
}

fn line(words: &[OsString]) -> String {
    let words: Vec<String> = words.iter().map(|w| w.to_string_lossy().into_owned()).collect();
    crate::output::escape::line(&crate::redact::redact(&shell_words::join(words)))
}

/// Executes words whose first is the resolved program.
fn execute(words: &[OsString], directory: Option<&str>) -> Result<(Instant, Ended)> {
    let what = What::Argv(words.to_vec());
    let program = Program::resolve(&what, directory).map_err(|missing| Error::new(missing.to_string()))?;
    let started = Instant::now();
    // The options of the variable are in the plan already.
    let ended = run::supervise_without(&program, &["TF_CLI_ARGS_apply"])
        .map_err(|e| Error::new(format!("cannot execute {}: {e}", program.path().display())))?;
    Ok((started, ended))
}

/// Judges and executes the plan step. A code: it ends here.
fn judged_step(
    given: &Given,
    packs: &Packs,
    setup: &Setup,
    shown: Vec<OsString>,
    words: &[OsString],
    fail_on: Decision,
) -> Result<Option<ExitCode>> {
    let mut action = Action { what: What::Argv(shown), id: String::new(), ..setup.action.clone() };
    name_action(&mut action);
    let colour = print::colour(given.get("color"), print::stderr_terminal());
    let (decision, settled) =
        crate::judge(&action, setup.snapshot.clone(), edge(setup), packs, &setup.policy, |judged| {
            let decision = judged.judgement.decision;
            if decision != Decision::Allow {
                print::stderr(&human::head(judged, colour));
                print::stderr(&human::body(judged, colour));
            }
            let settled = settle::settle(judged, fail_on);
            if let Err(problem) = log(&[Record::decision(judged, "run", settled.word())])
                && decision >= Decision::Warn
            {
                return Err(Error::new(format!(
                    "the decision could not be recorded, so nothing was executed: {problem}"
                )));
            }
            Ok((decision, settled))
        })?;
    if !matches!(settled, Settled::Execute | Settled::Confirmed) {
        return Ok(Some(exit_code(decision, fail_on)));
    }
    let (_, ended) = execute(words, given.has("cwd").then_some(setup.snapshot.cwd.as_str()))?;
    Ok(if ended == Ended::Exit(0) { None } else { Some(as_child(&ended)) })
}

/// The workspace says which environment the plan is for; it may raise, and what is declared may not hide it.
fn observe_workspace(action: &mut Action, directory: &Path) {
    if let Some((name, whence)) = terraform::workspace(directory) {
        action.context.observed.push((name, format!("terraform workspace ({whence})")));
    }
}

/// Asks as terraform would.
fn ask() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    let Ok(mut terminal) = std::fs::OpenOptions::new().read(true).write(true).open("/dev/tty") else {
        return Ok(false);
    };
    #[cfg(unix)]
    crate::sys::discard_typed_ahead(&terminal);
    let failed = |e: std::io::Error| Error::new(format!("cannot ask at the terminal: {e}"));
    terminal.write_all(b"\n  apply this plan? only `yes` does: ").map_err(failed)?;
    let mut answer = String::new();
    BufReader::new(terminal).read_line(&mut answer).map_err(failed)?;
    Ok(answer.trim_end_matches(['\n', '\r']) == "yes")
}
