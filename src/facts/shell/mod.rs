//! Bash as a tree. The reader keeps every byte place and every substitution, and says plainly what it cannot read.
//!
//! It reads a superset of what `sh`, `dash`, `bash` and simple `zsh` accept: a guard must understand
//! whatever the shell behind it would run. Grammar: bash(1), "SHELL GRAMMAR" and "EXPANSION".

pub mod ast;
pub mod bytes;
mod compound;
mod cond;
mod parameter;
mod read;
mod redirect;
mod word;

pub use read::{MORE, ReadError, Script, TOO_DEEP, is_declaration, is_name, read, read_heredoc_body, read_proposed};
pub use word::decode_escapes as decode;
