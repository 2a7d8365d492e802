//! What the commands that decide share: packs, the edge, the log, exit codes.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::action::Action;
use crate::audit::{self, Log, Record};
use crate::cli::Given;
use crate::context::policies::{self, Places, Wanted};
use crate::context::{Machine, Nowhere};
use crate::count::padded;
use crate::error::{Error, ExitCode, Result};
use crate::notify;
use crate::output::{escape, human, json as machine};
use crate::policy::{Decision, Policy};
use crate::redact::redact;
use crate::rules::Packs;
use crate::run::Ended;
use crate::settle::{self, Settled};
use crate::{Edge, Judged};

use super::given::{Setup, by_variable, said_or_by_variable};
use super::print;

pub fn exit_code(decision: Decision, fail_on: Decision) -> ExitCode {
    if decision < fail_on {
        return ExitCode::Allow;
    }
    decision.into()
}

/// From which decision on to fail: said, or the stricter of default and environment variable.
pub fn fail_on(given: &Given, default: Decision) -> Result<Decision> {
    let word = |word: &str| if word == "warn" { Decision::Warn } else { Decision::Escalate };
    let said = given.get("fail-on").map_or(default, word);
    Ok(by_variable("fail-on")?.map_or(said, |asked| said.min(word(&asked))))
}

/// What to print: said, or asked for by the environment variable.
pub fn format(given: &Given) -> Result<String> {
    match given.get("format") {
        Some(said) => Ok(said.to_owned()),
        None => Ok(by_variable("format")?.unwrap_or_else(|| "text".to_owned())),
    }
}

pub fn packs() -> Result<Packs> {
    let packs = Packs::builtin();
    if packs.count() == 0 {
        return Err(Error::new("no rules are loaded")
            .help("this build of gate is broken; a guard without rules would allow everything"));
    }
    Ok(packs)
}

pub fn edge(setup: &Setup) -> &'static dyn Edge {
    if setup.observed { &Machine } else { &Nowhere }
}

/// Appends to the user's log: the first record's number, or why it could not.
pub fn log(records: &[Record]) -> std::result::Result<u64, String> {
    let Some(log) = Log::of_user() else {
        return Err("there is no state directory: neither XDG_STATE_HOME nor a home says where".to_owned());
    };
    log.append(records).map_err(|e| format!("{}: {e}", log.path().display()))
}

/// An id where the caller gave none.
pub fn name_action(action: &mut Action) {
    if action.id.is_empty() {
        action.id = fresh_id();
    }
}

/// A UUIDv7 (RFC 9562), time-ordered.
pub fn fresh_id() -> String {
    let mut id = String::with_capacity(36);
    let now = crate::sys::now();
    let milliseconds = now.as_millis() as u64;
    // The rest only has to differ between calls of one machine: clock ticks, process, address.
    let mut mix = u64::from(now.subsec_nanos())
        ^ u64::from(std::process::id()).rotate_left(32)
        ^ (std::ptr::from_ref(&id) as u64).rotate_left(17);
    let mut next = || {
        mix = mix.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (mix ^ (mix >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    let (a, b) = (next(), next());
    let parts = [
        (milliseconds >> 16, 8),
        (milliseconds, 4),
        (a & 0xFFF | 0x7000, 4),
        ((b >> 48) & 0x3FFF | 0x8000, 4),
        (b, 12),
    ];
    for (part, digits) in parts {
        if !id.is_empty() {
            id.push('-');
        }
        padded::<16>(&mut id, part, digits);
    }
    id
}

/// The record of a decision, with keyed hashes of the secrets that the action reads; its session remembers them.
pub fn record(judged: &Judged<'_, '_>, command: &str, settled: &str) -> Record {
    // Only later steps of its session are compared with what it read; nothing of this disk is looked at for others.
    let compared = judged.reads_secret() && !judged.action.session.is_empty();
    let secrets = if compared { audit::secrets_read(judged) } else { Vec::new() };
    // What was blocked was not read.
    if judged.judgement.decision != Decision::Block {
        audit::remember_secrets(&judged.action.session, &secrets);
    }
    Record::decision(judged, command, settled, &secrets)
}

/// Writes down the decision on what is to be executed, and how it was settled where gate settles it: its number in the log.
/// From warn on, no record means no execution; `so` is what the refusal says of that.
pub fn write_decision(judged: &Judged<'_, '_>, command: &str, settled: &str, so: &str) -> Result<Option<u64>> {
    match log(&[record(judged, command, settled)]) {
        Ok(sequence) => Ok(Some(sequence)),
        Err(problem) if judged.judgement.decision >= Decision::Warn => {
            Err(Error::new(format!("the decision could not be recorded{so}: {problem}"))
                .help("from warn on, no record means no execution; make the log writable"))
        }
        Err(problem) => {
            print::stderr(&format!("gate: warning  the decision could not be recorded: {problem}\n"));
            Ok(None)
        }
    }
}

/// Shows the decision on an execution, settles it, writes it down, and tells those whom rules name: how it is settled, and
/// its number in the log.
pub fn settle_and_record(judged: &Judged<'_, '_>, given: &Given, fail_on: Decision) -> Result<(Settled, Option<u64>)> {
    let decision = judged.judgement.decision;
    let colour = print::colour(said_or_by_variable(given, "color")?.as_deref(), print::stderr_terminal());
    let as_json = format(given)? == "json";
    if as_json {
        // One line for people before the machine's form: what was decided, or the question that is asked next.
        if decision >= fail_on.min(Decision::Escalate) {
            print::stderr(&match settle::may_be_confirmed(judged) {
                true => human::question(judged),
                false => human::refusal(judged, colour),
            });
        }
        print::stderr(&(machine::decision(judged) + "\n"));
    } else if decision != Decision::Allow && (!given.has("quiet") || decision >= fail_on) {
        print::stderr(&said(judged, fail_on, colour));
    }
    let settled = settle::settle(judged, fail_on);
    let sequence = write_decision(judged, "run", settled.word(), ", so nothing was executed")?;
    tell(judged);
    Ok((settled, sequence))
}

/// Says that a program cannot be found or executed; nothing was executed.
pub fn not_started(given: &Given, decision: Decision, what: &str) {
    print::stderr(&format!("gate: {}\n", escape::line(&redact(what))));
    write_outcome(given, decision, None);
}

/// What a person reads before a decision is settled: a refusal, a warning, or the question that is asked then. Whoever is
/// asked sees all that is asked.
pub fn said(judged: &Judged<'_, '_>, fail_on: Decision, colour: bool) -> String {
    let refused = judged.judgement.decision >= fail_on.min(Decision::Escalate);
    match refused {
        _ if settle::may_be_confirmed(judged) => human::question(judged) + &human::body(judged, human::ALL, colour),
        true => human::refusal(judged, colour) + &refusal(judged, colour),
        false => human::head(judged, colour) + &refusal(judged, colour),
    }
}

/// What stands below the first line where nobody is asked: why, and how it may still come to be done.
pub fn refusal(judged: &Judged<'_, '_>, colour: bool) -> String {
    let approval = settle::way_to_approval(judged).map(|way| human::approval(way, colour));
    human::body(judged, human::FEW, colour) + &approval.unwrap_or_default()
}

/// Tells those whom rules name, and says who could not be told.
pub fn tell(judged: &Judged<'_, '_>) {
    for problem in notify::tell(judged, &|| machine::decision(judged)) {
        print::stderr(&format!("gate: warning  {problem}\n"));
    }
}

/// Writes down what became of an execution, and ends as the child did. `sequence` is the decision's in the log.
pub fn finished(
    given: &Given,
    decision: Decision,
    sequence: Option<u64>,
    digest: &str,
    started: Instant,
    ended: &Ended,
) -> Result<ExitCode> {
    let (exit, signal) = match ended {
        Ended::Exit(code) => (Some(*code), None),
        Ended::Signal(signal) => (None, Some(*signal)),
    };
    if let Some(sequence) = sequence {
        let record = Record::outcome(digest, sequence, exit, signal, started.elapsed().as_millis());
        if let Err(problem) = log(&[record]) {
            print::stderr(&format!("gate: warning  the outcome could not be recorded: {problem}\n"));
        }
    }
    write_outcome(given, decision, Some(ended));
    Ok(as_child(ended))
}

/// Ends as the child did.
pub fn as_child(ended: &Ended) -> ExitCode {
    match ended {
        Ended::Exit(code) => ExitCode::Child(*code as u8),
        Ended::Signal(signal) => {
            #[cfg(unix)]
            crate::sys::die_by(*signal);
            ExitCode::Child((128 + signal) as u8)
        }
    }
}

/// `--outcome FILE` is made empty before anything is executed: what cannot be told afterwards is not begun.
pub fn begin_outcome(given: &Given) -> Result<()> {
    let Some(file) = given.os("outcome") else { return Ok(()) };
    std::fs::write(file, "")
        .map_err(|e| Error::new(format!("cannot write {}: {e}", crate::output::escape::line(&file.to_string_lossy()))))
}

/// `--outcome FILE`: tells a child's 30 from gate's.
pub fn write_outcome(given: &Given, decision: Decision, ended: Option<&Ended>) {
    let Some(file) = given.os("outcome") else { return };
    let executed = match ended {
        None => "false,\"exit\":null,\"signal\":null".to_owned(),
        Some(Ended::Exit(code)) => format!("true,\"exit\":{code},\"signal\":null"),
        Some(Ended::Signal(signal)) => format!("true,\"exit\":null,\"signal\":{signal}"),
    };
    let text =
        format!("{{\"schema\":\"gate.outcome/v1\",\"decision\":\"{}\",\"executed\":{executed}}}\n", decision.word());
    if let Err(problem) = std::fs::write(file, text) {
        print::stderr(&format!(
            "gate: warning  cannot write {}: {problem}\n",
            crate::output::escape::line(&file.to_string_lossy())
        ));
    }
}

/// The policy that is in force here, or just the files that are named (with what they extend).
pub fn in_force(file: Option<&String>) -> Result<Policy> {
    let cwd = std::env::current_dir().unwrap_or_default();
    match file {
        Some(file) => alone(Path::new(file)),
        None => policies::load(&Places::of_machine(), &Wanted { directory: Some(&cwd), ..Wanted::default() }),
    }
}

/// One file alone, as far as it is trusted when it is named.
pub fn alone(path: &Path) -> Result<Policy> {
    let nowhere = Places { organisation: PathBuf::from("/nonexistent/gate/policy.toml"), user: None };
    // A repository's own file is held to what a repository may.
    let text = path.to_string_lossy();
    let wanted = if text == ".gate/policy.toml" || text.ends_with("/.gate/policy.toml") {
        Wanted { variable: Some(path), ..Wanted::default() }
    } else {
        Wanted { argument: Some(path), ..Wanted::default() }
    };
    policies::load(&nowhere, &wanted)
}
