//! Other shells' lines, and Tcl's, as far as they read like bash's: rewritten as bash has them, or read for what they run.

pub(super) mod fish;
pub(super) mod nushell;
pub mod placeholders;
pub(super) mod powershell;
pub(super) mod tcl;
pub(super) mod windows;
pub(super) mod zsh;

/// Whether a script of another shell has none of what is not followed there: with that it stays unread where it stands by
/// itself.
#[must_use]
pub(super) fn is_plain(shell: &str, text: &str) -> bool {
    const CMD: &[&str] =
        &["if ", "for ", "(", "set ", "%", "^", "|", "wsl", "format ", "forfiles", "rem ", "goto", "!", ">"];
    const CSH: &[&str] =
        &["set ", "setenv ", "alias ", "foreach", "while", "if", "`", "@ ", "source", "eval", "<<", "switch", "$"];
    const FISH: &[&str] =
        &["alias", "abbr", "read", "eval", "source", "function", "bind", "complete", "begin", ";$", "; $", "&& $"];
    const NU: &[&str] = &["alias", "$env", "$in", "source", "def ", "do ", "exec", "let ", "mut ", "const ", "use "];
    const POWERSHELL: &[&str] = &[
        "`",
        "@(",
        "@{",
        " @",
        "wsl",
        "| rm",
        "|rm",
        "| ri",
        "|ri",
        "| rd",
        "|rd",
        "| del",
        "|del",
        "| erase",
        "| remove-",
        "|remove-",
        "copy-item",
        " move-item",
        "set-content",
        "add-content",
        "out-file",
        "profile",
        "function ",
    ];
    let signs = match shell {
        "cmd" => CMD,
        "csh" | "tcsh" => CSH,
        "fish" => FISH,
        "nu" | "elvish" => NU,
        _ => POWERSHELL,
    };
    let small = format!(" {}", text.to_ascii_lowercase().replace('\n', " \n "));
    // A command that a variable holds.
    let computed = small.lines().any(|line| line.trim_start().starts_with('$') && !line.contains('='));
    !computed && !signs.iter().any(|sign| small.contains(sign))
}
