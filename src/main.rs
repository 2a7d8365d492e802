//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<std::ffi::OsString> = std::env::args_os().skip(1).collect();
    ExitCode::from(gate::commands::main(&words))
}
