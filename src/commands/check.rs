//! `gate check` and `gate explain`: review, and say.

use std::io::Write;

use super::given::{self, said_or_by_variable};
use super::print;
use super::shared::{edge, exit_code, fail_on, format, log, name_action, packs, record, refusal, tell};
use crate::cli::Given;
use crate::context;
use crate::error::{Error, ExitCode, Result};
use crate::facts::snapshot::Environment;
use crate::output::places::Anchor;
use crate::output::{explain as explanation, github, human, json as machine, plan, sarif};
use crate::policy::Decision;

pub fn check(given: &Given) -> Result<ExitCode> {
    let packs = packs()?;
    if given.has("batch") {
        return super::batch::batch(given, &packs);
    }
    let mut setup = given::setup(given, &packs, Environment::Likely)?;
    name_action(&mut setup.action);
    let (edge, policy) = (edge(&setup), setup.policy);
    let (format, fail_on) = (format(given)?, fail_on(given, Decision::Warn)?);
    let anchor = anchor(given, &setup.workflow);
    let when = said_or_by_variable(given, "color")?;
    let when = when.as_deref();
    crate::judge(&setup.action, setup.snapshot, edge, &packs, &policy, |judged| {
        if !given.has("no-log")
            && let Err(problem) = log(&[record(judged, "check", "")])
        {
            print::stderr(&format!("gate: warning  the decision could not be recorded: {problem}\n"));
        }
        // Decoded only where somebody is to read it.
        let json = || machine::decision(judged);
        tell(judged);
        let decision = judged.judgement.decision;
        if let Some(report) = given.os("report") {
            let text = json() + "\n";
            std::fs::write(report, text)
                .map_err(|e| Error::new(format!("cannot write {}: {e}", report.to_string_lossy())))?;
        }
        // Whoever reads the machine's form on standard output, or asked for silence, sees the refusal all the same.
        if (format != "text" || given.has("quiet")) && decision >= Decision::Escalate {
            print::stderr(&human::head(judged, print::colour(when, print::stderr_terminal())));
        }
        match format.as_str() {
            "json" => {
                print::stdout(&(json() + "\n"))?;
                return Ok(exit_code(decision, fail_on));
            }
            "sarif" => {
                print::stdout(&(sarif::sarif(judged, anchor) + "\n"))?;
                return Ok(exit_code(decision, fail_on));
            }
            "github" => {
                print::stdout(&github::annotations(judged, anchor))?;
                let report = given.get("report").unwrap_or("");
                append("GITHUB_STEP_SUMMARY", &github::summary(judged))?;
                append("GITHUB_OUTPUT", &github::outputs(judged, report))?;
                return Ok(exit_code(decision, fail_on));
            }
            _ => {}
        }
        if !given.has("quiet") && (decision != Decision::Allow || given.has("plan")) {
            if given.has("plan") {
                print::text(&plan::table(judged, print::colour(when, print::stdout_terminal())))?;
            }
            if decision == Decision::Allow {
                return Ok(exit_code(decision, fail_on));
            }
            let colour = print::colour(when, print::stdout_terminal());
            print::stderr(&human::head(judged, print::colour(when, print::stderr_terminal())));
            // A workflow is run by its host.
            print::text(&match given.has("workflow") {
                true => human::body(judged, human::FEW, colour),
                false => refusal(judged, colour),
            })?;
        }
        Ok(exit_code(decision, fail_on))
    })
}

/// The file in which something is found that lies in no other.
fn anchor<'g>(given: &'g Given, workflow: &'g str) -> Anchor<'g> {
    let named = |form: &str| given.get(form).filter(|path| *path != "-");
    match (named("workflow"), named("file")) {
        (Some(path), _) => Anchor::Around(path, workflow),
        (None, Some(path)) => Anchor::Script(path),
        (None, None) => Anchor::Named(named("plan").or_else(|| named("action")).unwrap_or("command")),
    }
}

/// Appends to a file that the runner names by a variable.
fn append(variable: &str, text: &str) -> Result<()> {
    let Some(path) = std::env::var_os(variable).filter(|p| !p.is_empty()) else { return Ok(()) };
    let fail = |e: std::io::Error| Error::new(format!("cannot write {variable}: {e}"));
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)
}

pub fn explain(given: &Given) -> Result<ExitCode> {
    let packs = packs()?;
    let setup = given::setup(given, &packs, Environment::Likely)?;
    // A pipeline's variable means what `gate check` prints.
    if let Some(other @ ("github" | "sarif")) = given.get("format") {
        let error = Error::new(format!("gate explain does not print {other}"));
        return Err(error.help("gate check does; gate explain prints text or json"));
    }
    let as_json = format(given)? == "json";
    let around = match setup.observed {
        true => context::surroundings::surroundings(std::path::Path::new(&setup.snapshot.cwd)),
        false => Vec::new(),
    };
    let (edge, policy) = (edge(&setup), setup.policy);
    crate::judge(&setup.action, setup.snapshot, edge, &packs, &policy, |judged| {
        if as_json {
            print::stdout(&(machine::explanation(judged) + "\n"))?;
        } else {
            print::text(&explanation::explain(judged, &around))?;
        }
        Ok(ExitCode::Allow)
    })
}
