//! Who calls gate: one file per host. A host's message becomes an action, gate's decision becomes the host's answer.

pub mod claude_code;
pub mod codex;
pub mod workflow;
