//! Other shells' lines, and Tcl's, as far as they read like bash's: rewritten as bash has them, or read for what they run.

mod cmd;
pub(super) mod fish;
mod folders;
pub(super) mod nushell;
pub mod placeholders;
pub(super) mod powershell;
pub(super) mod tcl;
pub(super) mod windows;
pub(super) mod zsh;

use crate::facts::knowledge::Lists;

/// Whether a script of another shell has none of what is not followed there: with that it stays unread where it stands by
/// itself.
#[must_use]
pub(super) fn is_plain(lists: &Lists<'_>, shell: &str, text: &str) -> bool {
    let signs = match shell {
        "cmd" => "unread-in-cmd",
        "csh" | "tcsh" => "unread-in-csh",
        "fish" => "unread-in-fish",
        "nu" | "elvish" => "unread-in-nushell",
        _ => "unread-in-powershell",
    };
    let lower = text.to_ascii_lowercase();
    let searched = if shell == "cmd" { cmd::commands_of(&lower) } else { lower };
    let small = format!(" {}", searched.replace('\n', " \n "));
    // A command that a variable holds; a value by itself is only printed.
    let only_value = |line: &str| {
        let of_value =
            |c: char| c.is_alphanumeric() || matches!(c, '$' | '_' | ':' | '.' | '+' | '-' | ',' | '[' | ']');
        line.trim().chars().all(of_value)
    };
    let computed = small.lines().any(|line| {
        let runs = line.contains(" iex") || line.contains("invoke-expression");
        let begins = line.trim_start().starts_with('$') && !line.contains('=') && !only_value(line);
        begins && (runs || !line.contains('|'))
    });
    !computed && !lists.named_in(signs, &small)
}
