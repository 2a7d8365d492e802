//! Other shells' lines, and Tcl's, as far as they read like bash's: rewritten as bash has them, or read for what they run.

pub(super) mod fish;
pub(super) mod nushell;
pub mod placeholders;
pub(super) mod powershell;
pub(super) mod tcl;
pub(super) mod windows;
pub(super) mod zsh;
