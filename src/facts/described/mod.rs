//! Actions that are described and not written as commands: calls of tools, pushes, infrastructure plans.

mod arguments;
mod command_line;
mod operation;
pub(super) mod plan;
pub(super) mod push;
mod surroundings;
mod told;
mod tool;
mod written;
