//! Whether a piece of Python only looks at names of files, and cannot read what is in them: every name in it is known to
//! open nothing.

use rustc_hash::FxHashSet;

use super::super::syntax::tokens::{Token, line_ends};
use crate::facts::knowledge::Lists;

/// Words of the language (Python's reference, 2.3.1), and values.
const KEYWORDS: [&str; 31] = [
    "if",
    "for",
    "while",
    "elif",
    "else",
    "return",
    "and",
    "or",
    "not",
    "in",
    "is",
    "try",
    "except",
    "finally",
    "pass",
    "continue",
    "break",
    "raise",
    "assert",
    "import",
    "from",
    "print",
    "True",
    "False",
    "None",
    "int",
    "str",
    "list",
    "sys.exit",
    "exit",
    "SystemExit",
];

/// Whether nothing that the code says may open a file.
pub(in super::super) fn only_looks(lists: &Lists<'_>, language: &str, tokens: &[Token<'_>]) -> bool {
    let listed = |name: &str| ["ask-for-names", "looks-at-names"].into_iter().any(|list| lists.has(list, name));
    let mut own: FxHashSet<&str> = FxHashSet::default();
    // Functions of its own, whose names nothing else has.
    let defined: FxHashSet<&str> = tokens
        .windows(2)
        .filter_map(|two| match two {
            [Token::Name("def", _), Token::Name(name, _)] => Some(*name),
            _ => None,
        })
        .collect();
    let mut in_head = false;
    for two in tokens.windows(2) {
        let [Token::Name(name, _), after] = two else { continue };
        in_head = matches!(*name, "for" | "def") || in_head && *name != "in" && *after != Token::Sign(b':');
        if (in_head || *after == Token::Sign(b'=')) && !name.contains('.') && !defined.contains(name) {
            own.insert(name);
        }
    }
    let modules = ["os", "stat", "sys", "pathlib", "os.path", "glob", "re"];
    let last_part = |name: &'_ str| name.rsplit_once('.').map(|(first, last)| (first.to_owned(), last.to_owned()));
    language == "python"
        && tokens.iter().enumerate().all(|(at, token)| {
            let after = &tokens[at + 1..];
            let called = || after.get(line_ends(after)) == Some(&Token::Sign(b'('));
            match token {
                Token::Command(..) | Token::Sign(b'@') => false,
                // What a text holds may be computed.
                Token::Text(text) => !(text.contains('{') && text.contains('(')),
                // A name that is known becomes that of something else.
                Token::Name(name, _) if after.first() == Some(&Token::Sign(b'=')) => {
                    !listed(name) && !defined.contains(name) && !called() || after.get(1) == Some(&Token::Sign(b'='))
                }
                Token::Name(name, _) if KEYWORDS.contains(name) || listed(name) => true,
                Token::Name("def", _) => true,
                Token::Name(name, _) if defined.contains(name) => true,
                Token::Name(name, _) if called() => last_part(name).is_some_and(|(_, last)| listed(&last)),
                // `0o600`, `f"…"`
                Token::Name(name, _) if name.starts_with('o') && name[1..].parse::<u16>().is_ok() => true,
                Token::Name("f" | "r" | "b", _) if matches!(after.first(), Some(Token::Text(_))) => true,
                Token::Name(name, _) if own.contains(name) || modules.contains(name) => true,
                // What one of its own is asked for: `p.name`, `os.environ`.
                Token::Name(name, _) => last_part(name).map_or(lists.has("said-of-names", name), |(_, last)| {
                    listed(&last) || lists.has("said-of-names", &last)
                }),
                // What was computed is called.
                Token::Sign(b')' | b']') => !called(),
                Token::Sign(_) => true,
            }
        })
}
