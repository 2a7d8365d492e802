//! The record: every decision is a line before it takes effect, chained by hash, so that a change or a gap shows.

mod log;
mod memory;
mod record;
mod secrets;
mod session;
mod state;

pub use log::Log;
pub use memory::remember as remember_secrets;
pub use record::Record;
pub use secrets::read_by as secrets_read;
pub use state::{private_directory, state_directory, timestamp, unnamed_file};
