//! Calls that only ask a program what it is or how it is used.

use crate::facts::Call;
use crate::facts::knowledge::Entry;
use crate::facts::value::Field;

/// Whether a call only asks for help or its version: then a program does nothing else. Beside other words only where
/// these could not take the question for their own: not in programs that wrap others or run code.
pub(super) fn only_asks(call: &Call<'_>, entry: &Entry<'_>, single_dash: impl Fn() -> bool) -> bool {
    let long =
        |word: &str| matches!(word, "--help" | "--version") || matches!(word, "-help" | "-version") && single_dash();
    match (call.options, call.operands) {
        ([only], []) if only.value.is_none() && !only.perhaps => {
            // `-h` of many programs is a host, of some it halts the machine: those describe it.
            let described = !only.names.is_empty() && !only.is("--help") && !only.is("--version");
            long(only.spelled) || matches!(only.spelled, "-h" | "-V") && !described
        }
        _ if entry.code.iter().all(|code| !code.stdin && code.from.iter().all(|from| from.starts_with('-')))
            && entry.runs.is_empty()
            && !entry.wrapper =>
        {
            // BSD's programs take what stands behind an operand for another one (getopt(3)): `rm -rf ~ --help`.
            let verb = |name: &str| matches!(name, "verb" | "object" | "action" | "command" | "group" | "kind");
            let asked = call.options.iter().find(|o| o.value.is_none() && !o.perhaps && long(o.spelled));
            let mut operands = call.operands.iter().skip_while(|o| verb(o.name));
            asked.is_some_and(|asked| operands.all(|o| o.field.span.start > asked.span.start))
        }
        _ => false,
    }
}

/// Whether a call is a command's name and the question what it does: `kubectl delete --help`, `aws s3 rb help`; or what it
/// could be told: `aws rds delete-db-instance --generate-cli-skeleton`.
pub(super) fn asks_for_help(call: &Call<'_>, entry: &Entry<'_>) -> bool {
    let [_, verbs @ .., last] = call.words else { return false };
    let plain = |word: &Field<'_>| {
        word.val.lit().is_some_and(|text| {
            text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-' | b'_'))
        })
    };
    let asks = match last.val.lit() {
        Some("--help") => true,
        Some("--generate-cli-skeleton") => call.program == "aws",
        Some("help") => call.program == "aws" && verbs.len() > 1,
        _ => false,
    };
    // A recipe may be given the word (just(1)).
    let own = matches!(entry.follows, "" | "manifests" | "compose" | "git");
    asks && own && !verbs.is_empty() && verbs.iter().all(plain) && entry.runs.is_empty() && !entry.wrapper
}
