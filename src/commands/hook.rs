//! `gate hook HOST`: a host's hook protocol on standard input and output. Whatever goes wrong, the answer is the host's
//! own denial, for a host may take a crash for consent.

use std::ffi::OsString;
use std::path::Path;

use super::shared::{name_action, packs, tell, write_decision};
use super::{given, print};
use crate::action::ActorKind;
use crate::cli::{self, Given};
use crate::context::{self, Machine};
use crate::error::{Error, ExitCode, Result};
use crate::facts::snapshot::Environment;
use crate::hosts::claude_code::{self, AutoAllow, EscalateAs};
use crate::limits;
use crate::output::escape;
use crate::policy::Policy;
use crate::terminal;

/// Seconds after which gate denies by itself; hosts wait longer, and then let the call pass.
const DEADLINE: u32 = 10;

pub fn hook(words: &[OsString]) -> Result<ExitCode> {
    match words.first().and_then(|w| w.to_str()) {
        Some("claude-code") => {
            #[cfg(unix)]
            crate::sys::deadline(DEADLINE, claude_code::LAST_RESORT);
            let answer = std::panic::catch_unwind(|| claude_code(&words[1..]));
            let text = match answer {
                Ok(Ok(text)) => text,
                Ok(Err(error)) => claude_code::denial(&error.to_string()),
                Err(_) => claude_code::denial("gate failed inside"),
            };
            #[cfg(unix)]
            crate::sys::no_deadline();
            #[cfg(target_os = "linux")]
            let unheard = crate::sys::unheard();
            #[cfg(not(target_os = "linux"))]
            let unheard = false;
            if !text.is_empty() && (unheard || print::stdout(&(text + "\n")).is_err()) {
                // Nobody reads the answer: the host's other form of a denial.
                return Ok(ExitCode::Child(2));
            }
            Ok(ExitCode::Allow)
        }
        Some("pre-push" | "git-pre-push") => super::pre_push::native(&words[1..]),
        Some("pre-commit-pre-push") => super::pre_push::pre_commit(),
        _ => {
            let known = cli::HOSTS.join(", ");
            let asked = words.first().map_or_else(
                || "name the host whose protocol it is".to_owned(),
                |word| format!("gate does not speak the protocol of `{}`", escape::line(&word.to_string_lossy())),
            );
            // Exit code 2 is a denial for the hosts that have such a code.
            print::stderr(&format!("gate: error  {asked}; gate hook knows {known}\n"));
            Ok(ExitCode::Child(2))
        }
    }
}

fn claude_code(words: &[OsString]) -> Result<String> {
    let given = cli::read_hot("hook", words)
        .filter(|g| g.operands.is_empty() && g.no_text().is_none())
        .ok_or_else(|| Error::new("the hook's command line is not understood (gate hook --help)"))?;
    let packs = packs()?;
    let bytes = given::read_bounded(crate::sys::StandardInput, limits::HOOK, "the host's message")?;
    let text = given::text(bytes, "the host's message")?;
    let Some(call) = claude_code::read(&text)? else { return Ok(String::new()) };
    let mut action = call.action;
    name_action(&mut action);
    let observed = context::actor(&packs, given.get("actor"), false);
    if observed.kind == ActorKind::Ci {
        action.actor.kind = ActorKind::Ci;
    }
    action.actor.id = observed.id;
    let variable = given::environment_by_variable(&given, &packs)?;
    given::environment(given.get("environment"), variable.as_deref(), &mut action)?;
    let cwd = if call.cwd.is_empty() { None } else { Some(Path::new(&call.cwd)) };
    if cwd.is_some_and(|c| !c.is_absolute()) {
        return Err(Error::new("the host's `cwd` is not an absolute path"));
    }
    let mut snapshot = context::observe(&mut action.context, cwd, Environment::Likely);
    // The project that the host opened; a shell that went elsewhere does not move it.
    if let Some(project) = std::env::var("CLAUDE_PROJECT_DIR").ok().filter(|p| p.starts_with('/')) {
        let root = context::workspace(Path::new(&project), &snapshot.home);
        if !root.is_empty() {
            snapshot.workspace = root;
            snapshot.repository = context::root(Path::new(&project)).is_some();
        }
    }
    given::follow_session(&mut action);
    let escalate = escalate_as(&given, call.unattended, &action.actor.kind);
    let auto = given.get("auto-allow").and_then(AutoAllow::from_word).unwrap_or_default();
    let policy = given::policy(&given, Some(Path::new(&snapshot.cwd)))?;
    let policy = Policy { person: escalate == EscalateAs::Ask, ..policy };
    crate::judge(&action, snapshot, &Machine, &packs, &policy, |judged| {
        write_decision(judged, "hook claude-code", "", "")?;
        tell(judged);
        Ok(claude_code::answer(judged, escalate, auto))
    })
}

/// An escalation is put to a person only where one is known to be present.
fn escalate_as(given: &Given, unattended: bool, kind: &ActorKind) -> EscalateAs {
    match given.get("escalate-as").and_then(EscalateAs::from_word) {
        Some(said) => said,
        _ if unattended || *kind == ActorKind::Ci => EscalateAs::Deny,
        // A controlling terminal: somebody started the host there.
        _ if terminal::is_there() => EscalateAs::Ask,
        _ => EscalateAs::Deny,
    }
}
