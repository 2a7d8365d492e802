//! `gate run pulumi up`: previewed first, the preview is reviewed, and the update is held to the plan that was saved.

use std::ffi::OsString;
use std::path::PathBuf;

use super::given::Setup;
use super::shared::{fail_on, name_action, not_started};
use super::{planned, print};
use crate::action::{Action, What};
use crate::cli::Given;
use crate::context::pulumi::{self, Ups};
use crate::context::terraform::digest;
use crate::error::{Error, ExitCode, Result};
use crate::json;
use crate::policy::Decision;
use crate::rules::Packs;
use crate::run::Program;

/// Reviews and updates.
pub fn run(given: &Given, packs: &Packs, setup: &Setup, ups: &Ups) -> Result<ExitCode> {
    let found = match Program::resolve(&setup.action.what, given.has("cwd").then_some(setup.snapshot.cwd.as_str())) {
        Ok(program) => program,
        Err(missing) => {
            // Nothing was judged, for there is nothing that could plan.
            not_started(given, Decision::Allow, &missing.to_string());
            return Ok(missing.exit_code());
        }
    };
    let temporary = planned::Temporary::new("pulumi.json")?;
    let file = temporary.0.to_string_lossy().into_owned();
    let words = |verb: &str, own: &[&str]| -> Vec<OsString> {
        let mut words = vec![found.path().as_os_str().to_owned(), OsString::from(verb)];
        words.extend(own.iter().map(OsString::from));
        words.extend(ups.both.iter().map(OsString::from));
        words
    };
    let shown = |words: &[OsString]| -> Vec<OsString> {
        std::iter::once(OsString::from("pulumi")).chain(words[1..].iter().cloned()).collect()
    };
    let fail_on = fail_on(given, Decision::Escalate)?;
    // The preview runs the program of the stack: it is an action of its own, and judged first.
    let step = words("preview", &["--json", "--non-interactive", &format!("--save-plan={file}")]);
    print::stderr(&format!("gate: 1 of 2  {}\n", planned::line(&shown(&step))));
    if let Some(code) = planned::judged(given, packs, setup, shown(&step), fail_on)? {
        return Ok(code);
    }
    let text = pulumi::preview(&step, &PathBuf::from(&setup.snapshot.cwd))?;
    let value = json::parse(&text).map_err(|e| Error::new(format!("the preview is not valid JSON: {e}")))?;
    let before = digest(&temporary.0)
        .map_err(|e| e.help("gate holds the update to the plan that `pulumi preview --save-plan` writes"))?;
    let mut body = String::new();
    value.canonical(&mut body);
    let mut action = Action { what: What::Plan { body }, id: String::new(), ..setup.action.clone() };
    name_action(&mut action);
    let reviewed = planned::review(given, packs, setup, &action, fail_on, ups.yes)?;
    if let Some(code) = reviewed.refused(given, fail_on)? {
        return Ok(code);
    }
    if digest(&temporary.0)? != before {
        return Err(Error::new("the plan file changed after it was reviewed").help("preview and review it again"));
    }
    let step = words("up", &["--yes", "--skip-preview", &format!("--plan={file}")]);
    print::stderr(&format!("gate: 2 of 2  {}\n", planned::line(&shown(&step))));
    let code = reviewed.execute(given, &step, setup)?;
    drop(temporary);
    Ok(code)
}
