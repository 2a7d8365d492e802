//! The bounds of what gate reads and follows: beyond them an action is not understood, and escalates. All are sizes, none is
//! a time: a slow machine must not change a decision. (But for what is at stake: git
//! that does not answer in time excuses nothing, and files are counted for a moment, which says "more than",
//! `context/stakes.rs`.) Bounds beyond which something is only not looked at, or which only
//! choose the faster way, stand where they hold.

/// Bytes of a script, an argv or an action in JSON.
pub const INPUT: usize = 1 << 20;
/// Bytes of an infrastructure plan.
pub const PLAN: usize = 64 << 20;
/// Nested brackets, substitutions, compound commands and languages within languages.
pub const NESTING: u32 = 64;
/// Depth of a JSON value.
pub const JSON_DEPTH: usize = 64;
/// Wrappers around one command (`sudo env nice …`).
pub const WRAPPERS: u32 = 8;
/// Words that one brace, loop or glob may unroll to.
pub const UNROLL: usize = 256;
/// Values that one variable may hold at once.
pub const VALUES: usize = 16;
/// Bytes of one expanded word.
pub const WORD: usize = 64 << 10;
/// Targets of one effect, elements of one list, words that one command may grow to.
pub const TARGETS: usize = 4096;
/// Options of one program invocation.
pub const OPTIONS: usize = 1024;
/// Program invocations that one action may hold: with all that belongs to them, within 10 MiB of memory.
pub const CALLS: usize = 6_000;
/// Effects that one action may have, for the same reason.
pub const EFFECTS: usize = 8_000;
/// Commands that a text of 64 KiB is read as; a longer one is read as one for each [`COMMAND_BYTES`].
pub const COMMANDS: usize = 16_384;
/// Bytes of a long text for each command.
pub const COMMAND_BYTES: usize = 16;
/// Function calls on the way to one command.
pub const FUNCTION_DEPTH: u32 = 16;
/// Texts of one action that are expanded once more, as prompts are.
pub const PROMPTS: usize = 256;
/// Rounds of questions to the edge.
pub const ROUNDS: usize = 16;
/// Steps of the abstract shell (commands begun), so that functions calling each other end.
pub const STEPS: u32 = 50_000;
/// Bytes that the values of a script may take: what grows with each command (`a+=("${a[@]}")`) ends. (Measured on 19,000
/// scripts: 1.6 MiB at most, but for an `install-sh` that takes 3.3; on 60 KiB of nothing but commands, 72 for each byte.)
pub const MEMORY: usize = 5 << 19;
/// And so many more for each byte of it.
pub const MEMORY_EACH: usize = 48;
/// Files that one action is followed into.
pub const FOLLOWED: usize = 64;
/// Times that files which the script wrote are loaded by programs that do so by themselves.
pub const LOADED: usize = 512;
/// Bytes of one followed file.
pub const FILE: usize = 4 << 20;
/// Bytes of a policy file.
pub const POLICY: usize = 1 << 20;
/// Policy files that one layer may be made of.
pub const EXTENDS: usize = 32;
/// Bytes of a host's message: whole files stand in it.
pub const HOOK: usize = 16 << 20;
