//! fish's lines as bash has them (fish-language(1)): blocks that end with `end`, `and` and `or`, `set`, substitutions in
//! brackets. What they do is read as any other line.

use crate::limits;

/// Commands that compute what runs, or when: they are not followed.
const COMPUTES: [&str; 3] = ["eval", "--on-", "funcsave"];

/// All of it; none where what it does is computed.
pub(in crate::facts) fn as_shell(text: &str) -> Option<String> {
    let statements = statements(&substituted(text));
    if statements.len() > limits::CALLS || COMPUTES.iter().any(|word| text.contains(word)) || spells(text) {
        return None;
    }
    let mut out: Vec<String> = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for statement in statements {
        line(&statement, &mut out, &mut open);
    }
    // A variable of several words is all of them (fish's manual, "Lists").
    let lists: Vec<&str> =
        out.iter().filter_map(|line| line.strip_suffix(')')?.split_once("=(").map(|(name, _)| name)).collect();
    let mut script = out.join("\n");
    for name in lists.into_iter().filter(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_')) {
        script = with_all(&script, name);
    }
    Some(script)
}

/// A script with `"${name[@]}"` in place of `$name`.
fn with_all(script: &str, name: &str) -> String {
    let mut out = String::with_capacity(script.len() + 16);
    let mut rest = script;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let end = after.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(after.len());
        match &after[..end] == name && !after[end..].starts_with('[') {
            true => out.push_str(&format!("\"${{{name}[@]}}\"")),
            false => out.push_str(&format!("${}", &after[..end])),
        }
        rest = &after[end..];
    }
    out + rest
}

/// Whether it spells a path that it could have said: `(string join / "" home)`.
fn spells(text: &str) -> bool {
    text.split("(string ").skip(1).any(|rest| {
        let words = &rest[..rest.find(')').unwrap_or(rest.len())];
        let verb = words.split(' ').next().unwrap_or("");
        matches!(verb, "join" | "join0" | "sub" | "replace" | "repeat" | "unescape")
            && words.contains(['/', '~'])
            && !words.contains(['$', '(', '<'])
    })
}

fn line(mut statement: &str, out: &mut Vec<String>, open: &mut Vec<&str>) {
    // Whether it is done cannot be told here any better than there.
    while let Some(rest) = statement.strip_prefix("and ").or_else(|| statement.strip_prefix("or ")) {
        statement = rest.trim_start();
    }
    let (word, rest) = statement.split_once(char::is_whitespace).unwrap_or((statement, ""));
    let rest = rest.trim();
    match word {
        "" => {}
        "not" => out.push(format!("! {rest}")),
        "if" => {
            out.push(format!("if {rest}; then"));
            open.push("fi");
        }
        "else" => match rest.strip_prefix("if ") {
            Some(condition) => out.push(format!("elif {condition}; then")),
            None => out.push("else".to_owned()),
        },
        "while" | "for" => {
            out.push(format!("{word} {rest}; do"));
            open.push("done");
        }
        // Of a choice each branch is taken to be run.
        "begin" | "switch" => {
            out.push("{ :".to_owned());
            open.push("}");
        }
        "case" => {}
        "function" => {
            out.push(format!("{}() {{ :", rest.split_whitespace().next().unwrap_or("f")));
            open.push("}");
        }
        "end" => out.push(format!("{} {rest}", open.pop().unwrap_or(":"))),
        "set" => out.push(assignment(rest)),
        _ => out.push(statement.to_owned()),
    }
}

/// `set -gx NAME value…`, `set -e NAME` (set(1) of fish).
fn assignment(rest: &str) -> String {
    let options: Vec<&str> = rest.split_whitespace().take_while(|word| word.starts_with('-')).collect();
    let has = |letter| options.iter().any(|option| !option.starts_with("--") && option.contains(letter));
    let mut given = rest;
    for option in &options {
        given = given.trim_start().strip_prefix(option).unwrap_or(given);
    }
    let (name, value) = given.trim().split_once(char::is_whitespace).unwrap_or((given.trim(), ""));
    let several = value.contains(char::is_whitespace) && !value.starts_with(['"', '\'', '$', '(']);
    let export = if has('x') { "export " } else { "" };
    match () {
        () if has('q') => format!("test -n \"${{{name}}}\""),
        () if has('e') => format!("unset {name}"),
        () if several => format!("{name}=({value})"),
        () => format!("{export}{name}={value}"),
    }
}

/// `(command)` as `$(command)`, `$argv` as the words that were given.
fn substituted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut quote = None;
    let mut before = ' ';
    for letter in text.chars() {
        match (quote, letter) {
            (None, '\'' | '"') if before != '\\' => quote = Some(letter),
            (Some(open), _) if open == letter && before != '\\' => quote = None,
            (None, '(') if !matches!(before, '$' | '\\' | '<') => out.push('$'),
            _ => {}
        }
        out.push(letter);
        before = if before == '\\' { ' ' } else { letter };
    }
    out.replace("$argv", "\"$@\"").replace("$status", "$?")
}

/// What stands between newlines and semicolons, outside of quotes and brackets; comments left out.
pub(in crate::facts) fn statements(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut one = String::new();
    let (mut quote, mut level, mut comment, mut before) = (None, 0_usize, false, '\n');
    for letter in text.chars() {
        let ends = matches!(letter, '\n' | ';') && quote.is_none() && level == 0;
        comment =
            !(comment && letter == '\n') && (comment || letter == '#' && quote.is_none() && before.is_whitespace());
        match (quote, letter) {
            _ if comment => {}
            (None, '\'' | '"') if before != '\\' => quote = Some(letter),
            (Some(open), _) if open == letter && before != '\\' => quote = None,
            (None, '(' | '{' | '[') => level += 1,
            (None, ')' | '}' | ']') => level = level.saturating_sub(1),
            _ => {}
        }
        if ends {
            out.push(std::mem::take(&mut one).trim().to_owned());
        } else if !comment {
            one.push(letter);
        }
        before = if before == '\\' { ' ' } else { letter };
    }
    out.push(one.trim().to_owned());
    out
}

#[cfg(test)]
mod tests {
    use super::as_shell;

    #[test]
    fn blocks_substitutions_and_settings() {
        let fish = "set d (mktemp -d); for f in (ls $d)\n  test -f $f; and rm $f; or echo \"no (x)\"\nend\nif not test -d x # why\n  echo y\nelse\n  set -gx A b\nend";
        let bash = "d=$(mktemp -d)\nfor f in $(ls $d); do\ntest -f $f\nrm $f\necho \"no (x)\"\ndone \nif not test -d x; then\necho y\nelse\nexport A=b\nfi ";
        assert_eq!(as_shell(fish).as_deref(), Some(bash));
    }
}
