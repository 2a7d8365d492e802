//! `gate hook pre-push`: git asks before it pushes. Any code but 0 keeps git from pushing.

use std::ffi::OsString;
use std::path::Path;

use super::given::{self, by_variable};
use super::print;
use super::shared::{exit_code, name_action, packs, tell, write_decision};
use crate::action::{Action, What};
use crate::cli::Given;
use crate::context::{self, Machine, git, pushes};
use crate::error::{Error, ExitCode, Result};
use crate::facts::snapshot::Environment;
use crate::limits;
use crate::output::human;
use crate::policy::{Decision, Policy};
use crate::settle::{self, Settled};
use crate::terminal;

/// Called by git: remote and URL as arguments, a line for each ref on standard input (githooks(5)).
pub fn native(words: &[OsString]) -> Result<ExitCode> {
    let word = |at: usize| words.get(at).map(|w| w.to_string_lossy().into_owned()).unwrap_or_default();
    let (remote, url) = (word(0), word(1));
    let bytes = given::read_bounded(crate::sys::StandardInput, limits::INPUT, "what git says")?;
    let text = given::text(bytes, "what git says")?;
    let lines = pushes::lines(&text)?;
    review(&remote, &url, &lines)
}

/// Called by the pre-commit framework: it gives one ref only, in variables, and never a deletion.
pub fn pre_commit() -> Result<ExitCode> {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let local = variable("PRE_COMMIT_TO_REF");
    if local.is_empty() {
        return Err(
            Error::new("PRE_COMMIT_TO_REF is not set").help("this hook is called by pre-commit, at the stage pre-push")
        );
    }
    let remote = variable("PRE_COMMIT_REMOTE_NAME");
    let branch = variable("PRE_COMMIT_REMOTE_BRANCH");
    let short = branch.strip_prefix("refs/heads/").unwrap_or(&branch);
    // Its PRE_COMMIT_FROM_REF is not what the server has; what was last seen of the server is.
    let seen = git::says(&["rev-parse", "--verify", "--quiet", &format!("refs/remotes/{remote}/{short}")])?;
    let line = pushes::Line {
        local_ref: variable("PRE_COMMIT_LOCAL_BRANCH"),
        remote: seen.unwrap_or_else(|| "0".repeat(local.len())),
        local,
        remote_ref: branch,
    };
    review(&remote, &variable("PRE_COMMIT_REMOTE_URL"), &[line])
}

fn review(remote: &str, url: &str, lines: &[pushes::Line]) -> Result<ExitCode> {
    if lines.is_empty() {
        // Everything is up to date.
        return Ok(ExitCode::Allow);
    }
    let packs = packs()?;
    let described = pushes::describe(remote, url, lines)?;
    let mut canonical = String::new();
    let text = described.to_string();
    crate::json::parse(&text).map_err(|e| Error::new(e.to_string()))?.canonical(&mut canonical);
    let mut action = Action { what: What::Push { body: canonical }, ..Action::default() };
    name_action(&mut action);
    let terminal = terminal::is_there();
    action.actor = context::actor(&packs, None, terminal);
    let snapshot = context::observe(&mut action.context, None, Environment::Likely);
    let policy = given::policy(&Given::default(), Some(Path::new(&snapshot.cwd)))?;
    let policy = Policy { person: terminal, ..policy };
    let colour = print::colour(by_variable("color")?.as_deref(), print::stderr_terminal());
    crate::judge(&action, snapshot, &Machine, &packs, &policy, |judged| {
        let decision = judged.judgement.decision;
        if decision != Decision::Allow {
            print::stderr(&human::head(judged, colour));
            print::stderr(&human::body(judged, human::FEW, colour));
        }
        let settled = settle::settle(judged, Decision::Escalate);
        write_decision(judged, "hook pre-push", settled.word(), ", so nothing is pushed")?;
        tell(judged);
        Ok(match settled {
            Settled::Execute | Settled::Confirmed => ExitCode::Allow,
            Settled::Declined | Settled::Refused => exit_code(decision, Decision::Escalate),
        })
    })
}
