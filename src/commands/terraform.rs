//! `gate run terraform apply`: planned first, the plan is reviewed, and that very plan is applied.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::given::Setup;
use super::shared::{fail_on, name_action, not_started};
use super::{planned, print};
use crate::action::{Action, What};
use crate::cli::Given;
use crate::context::terraform::{self, Applies};
use crate::error::{Error, ExitCode, Result};
use crate::json;
use crate::policy::Decision;
use crate::rules::Packs;
use crate::run::Program;

/// Reviews and applies.
pub fn run(given: &Given, packs: &Packs, setup: &Setup, applies: &Applies) -> Result<ExitCode> {
    let What::Argv(words) = &setup.action.what else { return Err(Error::new("this is no argv")) };
    let base = PathBuf::from(&setup.snapshot.cwd);
    let directory = applies.chdir.as_ref().map_or_else(|| base.clone(), |d| base.join(d));
    let found = match Program::resolve(&setup.action.what, given.has("cwd").then_some(setup.snapshot.cwd.as_str())) {
        Ok(program) => program,
        Err(missing) => {
            // Nothing was judged, for there is nothing that could plan.
            not_started(given, Decision::Allow, &missing.to_string());
            return Ok(missing.exit_code());
        }
    };
    let real = terraform::real_program(found.path(), &directory);
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
    let fail_on = fail_on(given, Decision::Escalate)?;
    let configuration = terraform::configuration(&directory);
    let temporary = planned::Temporary::new("tfplan")?;
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
            print::stderr(&format!("gate: 1 of 2  {}\n", planned::line(&shown)));
            let code = planned::judged_step(given, packs, setup, shown, &words, fail_on)?;
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
    let unattended = applies.auto_approve || applies.plan.is_some();
    let reviewed = planned::review(given, packs, setup, &action, fail_on, unattended)?;
    if let Some(code) = reviewed.refused(given, fail_on)? {
        return Ok(code);
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
    let words =
        step(&[&applies.global, &word("apply"), &word("-input=false"), &applies.both, &applies.applying, &plan_word]);
    let shown: Vec<OsString> = std::iter::once(OsString::from(&name)).chain(words[1..].iter().cloned()).collect();
    print::stderr(&format!(
        "gate: {}  {}\n",
        if applies.plan.is_some() { "applying" } else { "2 of 2" },
        planned::line(&shown)
    ));
    let code = reviewed.execute(given, &words, setup)?;
    drop(temporary);
    Ok(code)
}

/// The workspace says which environment the plan is for; it may raise, and what is declared may not hide it.
fn observe_workspace(action: &mut Action, directory: &Path) {
    if let Some((name, whence)) = terraform::workspace(directory, |name| std::env::var(name).ok()) {
        action.context.observed.push((name, format!("terraform workspace ({whence})")));
    }
}
