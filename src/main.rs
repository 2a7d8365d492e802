//! Arguments in, exit code out.

use std::process::ExitCode;

#[global_allocator]
static POOL: gate::sys::Pool = gate::sys::Pool::new();

fn main() -> ExitCode {
    let words: Vec<std::ffi::OsString> = std::env::args_os().skip(1).collect();
    ExitCode::from(gate::commands::main(&words))
}
