//! Who calls gate, one file per host: its message becomes an action, gate's decision becomes its answer. And what hosts
//! leave behind or run themselves: transcripts, workflows.

pub mod claude_code;
pub mod codex;
pub mod workflow;
