//! What code hands to the input of a program that it starts.

use super::super::expressions::expression;
use super::super::names::Names;
use super::super::syntax::tokens::Token;
use super::super::whole::snippet::Snippet;

/// What a call hands to the input of what it starts: `run(…, input="ls")`, `{ input: "ls" }`.
pub(in super::super) fn input_named<'a>(
    bump: &'a bumpalo::Bump,
    call: &[Token<'a>],
    names: &Names<'a>,
) -> Option<&'a str> {
    let named = |two: &[Token<'_>]| matches!(two, [Token::Name("input", _), Token::Sign(b'=' | b':')]);
    let at = call.windows(2).position(named)?;
    // Python's `b"…"`
    let bytes = usize::from(matches!(call.get(at + 2), Some(Token::Name("b", _))));
    expression(bump, &call[at + 2 + bytes..], names).map(|found| found.text)
}

/// Whether what a call starts reads what the code writes to it, and nobody types there: `Popen("bash", stdin=PIPE)`,
/// `open(my $f, "|-", "bash")`, `spawn("sh").stdin.end("…")`, a terminal of pexpect's or node-pty's.
pub(in super::super) fn is_written_to(code: &Snippet<'_>, call: &[Token<'_>]) -> bool {
    let pipe = |two: &[Token<'_>]| match two {
        [Token::Name("stdin", _), Token::Sign(b'=')] | [Token::Sign(b','), Token::Text("w" | "w+" | "r+")] => true,
        [Token::Text(text), _] => text.starts_with('|'),
        [Token::Name(name, _), _] => *name == "stdin_data",
        _ => false,
    };
    let says = |words: &[&str]| words.iter().any(|word| code.says(word));
    !says(&["interact("])
        && (call.windows(2).any(pipe) && !says(&["/dev/tty", "fileno", "socket"])
            || says(&[".stdin.write(", ".stdin.end(", ".stdin.puts"])
            || says(&["pexpect", "node-pty"]) && says(&["spawn"]))
}
