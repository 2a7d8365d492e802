//! Tells somebody: the notifiers that rules of trusted layers name get the decision as JSON.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Judged;
use crate::audit::unnamed_file;
use crate::context::programs::installed;
use crate::policy::Decision;
use crate::policy::Layer;
use crate::policy::format::Notifier;

/// Tells the notifiers of every rule that fired. Gate does not wait for them; what could not be told is returned.
#[must_use]
pub fn tell(judged: &Judged<'_, '_>, decision_json: &dyn Fn() -> String) -> Vec<String> {
    let mut problems = Vec::new();
    let fired = judged.judgement.matched.iter().filter(|m| m.decision() > Decision::Allow);
    let mut names: Vec<&String> = fired.flat_map(|m| &m.notify).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return problems;
    }
    let text = decision_json();
    for name in names {
        // A repository can neither name a notifier nor have one.
        let layers = judged.policy.layers.iter().filter(|l| l.layer != Layer::Repository);
        match layers.filter_map(|l| l.file.notifiers.get(name)).next() {
            Some(notifier) => {
                if let Err(error) = start(notifier, &text) {
                    problems.push(format!("{name} could not be told: {error}"));
                }
            }
            None => problems.push(format!("{name} could not be told: no trusted layer has such a notifier")),
        }
    }
    problems
}

fn start(notifier: &Notifier, text: &str) -> std::io::Result<()> {
    let curl: Vec<String> = ["curl", "--silent", "--show-error", "--max-time", "10", "--proto", "=https,http"]
        .iter()
        .chain(&["--header", "content-type: application/json", "--data-binary", "@-", "--"])
        .map(|w| (*w).to_owned())
        .chain([notifier.webhook.clone()])
        .collect();
    let words = if notifier.command.is_empty() { &curl } else { &notifier.command };
    let [program, arguments @ ..] = words.as_slice() else { return Ok(()) };
    // What lies in the project is the judged agent's; a path is the policy's own word.
    let found = match program.contains('/') {
        true => Some(PathBuf::from(program)),
        false => installed(OsStr::new(program), Path::new(".")),
    };
    let missing = || std::io::Error::new(std::io::ErrorKind::NotFound, format!("no {program} is installed here"));
    // From a file, for one that does not read must not hold gate up.
    Command::new(found.ok_or_else(missing)?)
        .args(arguments)
        .stdin(unnamed_file(text.as_bytes())?)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    Ok(())
}
