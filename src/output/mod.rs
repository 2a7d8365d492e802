//! How it looks. Pure: results in, text out; nothing here prints or decides.

mod calls;
pub mod escape;
pub mod explain;
pub mod github;
pub mod human;
pub mod json;
pub mod places;
pub mod plan;
pub mod sarif;

use crate::error::ExitCode;
use crate::policy::Decision;

/// The code by which whoever started gate is told the decision, where `--fail-on` says nothing else.
impl From<Decision> for ExitCode {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Allow => ExitCode::Allow,
            Decision::Warn => ExitCode::Warn,
            Decision::Escalate => ExitCode::Escalate,
            Decision::Block => ExitCode::Block,
        }
    }
}
