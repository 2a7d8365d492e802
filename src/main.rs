//! Arguments in, exit code out.
#![cfg_attr(target_os = "linux", no_main)]

#[global_allocator]
static POOL: gate::sys::Pool = gate::sys::Pool::new();

/// Without the start-up of Rust's runtime, which prepares what gate does not use (a signal stack and a guard page for the
/// message of a stack overflow): measured, a tenth of a decision.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "the name by which the C library calls; what it passes on is what C promises of main")]
#[unsafe(no_mangle)]
extern "C" fn main(count: core::ffi::c_int, words: *const *const core::ffi::c_char) -> core::ffi::c_int {
    gate::sys::prepare();
    // SAFETY: the C library calls main with as many words as it says, all C strings that live as long as the process.
    let words = unsafe { gate::sys::words(count, words) };
    gate::commands::main(&words).into()
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    let words: Vec<std::ffi::OsString> = std::env::args_os().skip(1).collect();
    std::process::ExitCode::from(gate::commands::main(&words))
}
