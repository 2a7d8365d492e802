//! What fzf is told to run: fzf(1), "KEY/EVENT BINDINGS".

/// The actions that run a command; those of the others begin like one of `FAMILIES`.
const ACTIONS: [&str; 8] =
    ["become", "execute", "execute-multi", "execute-silent", "reload", "reload-sync", "preview", "change-preview"];
const FAMILIES: [&str; 2] = ["transform", "bg-transform"];

/// The commands in a list of bindings: `enter:become(vim {})`, `ctrl-y:execute[pbcopy]+abort`, `start:reload:ls`.
pub(in crate::facts) fn commands_in_bindings(text: &str) -> Vec<&str> {
    let mut commands = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find(|c: char| !(c.is_ascii_lowercase() || c == '-')) {
        let (action, opening) = (&text[at..at + found], &text[at + found..]);
        let sign = opening.chars().next().unwrap_or(':');
        at += found + sign.len_utf8();
        let runs = ACTIONS.contains(&action) || FAMILIES.iter().any(|family| action.starts_with(family));
        if !runs || matches!(sign, ',' | '+') {
            continue;
        }
        let rest = &text[at..];
        let command = &rest[..end_of_argument(rest, sign)];
        commands.push(command);
        at += command.len();
    }
    commands
}

/// Where the argument of an action ends that a sign opened: where that is closed and another action or key follows; behind
/// `:` all of it is the argument.
fn end_of_argument(rest: &str, opening: char) -> usize {
    let closing = match opening {
        ':' => return rest.len(),
        '(' => ')',
        '[' => ']',
        '{' => '}',
        '<' => '>',
        other => other,
    };
    let ends = |(end, _): &(usize, &str)| {
        let after = &rest[end + closing.len_utf8()..];
        after.is_empty() || after.starts_with(['+', ',', '\n'])
    };
    rest.match_indices(closing).find(ends).map_or(rest.len(), |(end, _)| end)
}

#[cfg(test)]
mod tests {
    use super::commands_in_bindings;

    #[test]
    fn bindings_hold_commands() {
        for (bindings, expected) in [
            ("enter:become(vim {}),ctrl-d:half-page-down", vec!["vim {}"]),
            ("y:execute-silent[a (b)]+abort,r:reload(ps | sort)+top", vec!["a (b)", "ps | sort"]),
            ("start:execute:a, b", vec!["a, b"]),
            ("a:execute/rm x/", vec!["rm x"]),
            ("ctrl-p:preview-page-up,é:abort", vec![]),
            ("ctrl-/:change-preview-window(50%|hidden|)", vec![]),
            ("a:change-prompt(X> )+reload(find)\nb:execute(ls)", vec!["find", "ls"]),
            ("a:execute(never closed", vec!["never closed"]),
        ] {
            assert_eq!(commands_in_bindings(bindings), expected);
        }
    }
}
