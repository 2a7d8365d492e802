//! `gate demo`: published incidents and harmless look-alikes, judged. Nothing is executed.

use std::fmt::Write;

use serde::Deserialize;

use super::given::by_variable;
use super::print;
use super::shared::packs;
use crate::action::Action;
use crate::context::{self, Nowhere};
use crate::error::{Error, ExitCode, Result};
use crate::policy::{Policy, hundredths};

#[derive(Deserialize)]
struct Demo {
    case: Vec<Case>,
}

/// One case of `demo.toml`.
#[derive(Deserialize)]
struct Case {
    what: String,
    run: String,
    #[serde(default)]
    environment: Option<String>,
    #[serde(default)]
    cwd: String,
    expect: String,
}

static CASES: &str = include_str!("demo.toml");

pub fn demo() -> Result<ExitCode> {
    let packs = packs()?;
    let demo: Demo = toml::from_str(CASES).map_err(|e| Error::new(format!("demo.toml: {e}")))?;
    let colour = print::colour(by_variable("color")?.as_deref(), print::stdout_terminal());
    let mut out = String::new();
    let mut wrong = 0;
    for case in &demo.case {
        let mut action = Action::shell(&case.run, "");
        action.context.environment.clone_from(&case.environment);
        let snapshot = context::stated(&case.cwd);
        crate::judge(&action, snapshot, &Nowhere, &packs, &Policy::default(), |judged| {
            let word = judged.judgement.decision.word();
            if word != case.expect {
                wrong += 1;
            }
            let painted = match (colour, word) {
                (true, "allow") => format!("\u{1b}[32m{word:<8}\u{1b}[0m"),
                (true, "warn") => format!("\u{1b}[33m{word:<8}\u{1b}[0m"),
                (true, _) => format!("\u{1b}[31m{word:<8}\u{1b}[0m"),
                _ => format!("{word:<8}"),
            };
            let _ = writeln!(
                out,
                "{painted} {}  {}",
                hundredths(judged.assessment.risk),
                crate::output::escape::line(&case.run)
            );
            let why = if judged.judgement.reason.is_empty() {
                String::new()
            } else {
                format!(": {}", judged.judgement.reason)
            };
            let _ = writeln!(out, "               {}{why}\n", case.what);
        });
    }
    let _ = writeln!(out, "{} cases judged, nothing executed", demo.case.len());
    print::text(&out)?;
    if wrong > 0 {
        return Err(Error::new(format!("{wrong} cases did not come out as expected")));
    }
    Ok(ExitCode::Allow)
}
