//! Nushell's pipelines as bash has them (nushell.sh, "Commands"): its own commands hand on what they get, closures run for
//! each of what the pipeline lists, `^name` is a program.

use crate::facts::dialects::fish::statements;
use crate::limits;

/// Commands of its own that only pass on, choose or change what they are given.
const HANDS_ON: [&str; 48] = [
    "where",
    "sort-by",
    "first",
    "last",
    "select",
    "get",
    "group-by",
    "transpose",
    "to",
    "from",
    "length",
    "flatten",
    "lines",
    "split",
    "math",
    "describe",
    "columns",
    "rename",
    "insert",
    "update",
    "upsert",
    "reject",
    "uniq",
    "enumerate",
    "zip",
    "reduce",
    "skip",
    "take",
    "sort",
    "reverse",
    "str",
    "into",
    "append",
    "prepend",
    "merge",
    "compact",
    "find",
    "filter",
    "any",
    "all",
    "wrap",
    "values",
    "items",
    "is-empty",
    "not-empty",
    "date",
    "format",
    "table",
];

/// All of it; none where something is computed that a shell would not.
pub(in crate::facts) fn as_shell(text: &str) -> Option<String> {
    let statements = statements(text);
    if statements.len() > limits::CALLS {
        return None;
    }
    let lines: Option<Vec<String>> = statements.iter().map(|line| pipeline(line, 0)).collect();
    Some(lines?.join("\n"))
}

fn pipeline(line: &str, depth: u32) -> Option<String> {
    if depth > limits::NESTING {
        return None;
    }
    let mut line = strings(line);
    for keyword in ["let ", "mut ", "const ", "export ", "$env."] {
        if let Some((name, value)) = line.strip_prefix(keyword).and_then(|rest| rest.split_once('=')) {
            let name: String = name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let value = value.trim();
            let made = match value.strip_prefix('(').and_then(|value| value.strip_suffix(')')) {
                Some(inside) => format!("$({})", pipeline(inside, depth + 1)?),
                None if value.contains(['(', '{', '[', '|']) => return None,
                None => value.to_owned(),
            };
            return Some(format!("{name}={made}"));
        }
    }
    if let Some((head, body)) = line.strip_prefix("for ").and_then(|rest| rest.split_once('{')) {
        // `for d in (ls ~) { … }`
        let (name, list) = head.split_once(" in ").unwrap_or((head, ""));
        let list = list.trim().trim_start_matches('(').trim_end_matches(')');
        line = format!("{list} | each {{ |{}| {body}", name.trim().trim_start_matches('$'));
    }
    let stages = stages(&line);
    // What the first of them lists.
    let listed = stages.first().and_then(|first| first.trim().strip_prefix("ls")).unwrap_or_default();
    let listed = listed.split_whitespace().find(|word| !word.starts_with('-')).unwrap_or(".").trim_matches('"');
    let each: Option<Vec<String>> = stages.iter().map(|stage| stage_as_shell(stage.trim(), listed, depth)).collect();
    Some(each?.join(" | "))
}

fn stage_as_shell(stage: &str, listed: &str, depth: u32) -> Option<String> {
    let (word, rest) = stage.split_once(char::is_whitespace).unwrap_or((stage, ""));
    let rest = rest.trim();
    let body = || {
        let inside = rest.split_once('{').map_or("", |(_, inside)| inside).trim_end().trim_end_matches('}').trim();
        match inside.strip_prefix('|').and_then(|inside| inside.split_once('|')) {
            Some((name, body)) => (name.trim().to_owned(), body.trim().to_owned()),
            None => ("it".to_owned(), inside.to_owned()),
        }
    };
    Some(match word {
        // Another branch, a body of its own, what is done for the sake of a value.
        _ if ["else", "catch"].iter().any(|other| stage.contains(other)) => return None,
        "each" | "par-each" | "do" | "try" | "if" => {
            let (name, body) = body();
            let item = format!("${name}");
            // A name that stands for much, often, within others.
            let much = body.matches(&item).count().saturating_mul(listed.len()) > limits::WORD;
            let members = if much { &[][..] } else { &[".name", ".path", ""] };
            let filled = members.iter().fold(body, |body, member| {
                body.replace(&format!("({item}{member})"), listed).replace(&format!("{item}{member}"), listed)
            });
            let lines: Option<Vec<String>> = statements(&filled).iter().map(|line| pipeline(line, depth + 1)).collect();
            format!("{{ {}; }}", lines?.join("; "))
        }
        "http" => match rest.split_once(char::is_whitespace) {
            Some(("post" | "put" | "patch", given)) => {
                let mut words = given.split_whitespace();
                let address = words.next().filter(|word| word.contains("://"))?;
                if words.next().is_some() {
                    return None;
                }
                format!("curl -d @- {address}")
            }
            Some(("delete", address)) => format!("curl -X DELETE {address}"),
            Some((_, address)) => format!("curl {}", address.split_whitespace().next().unwrap_or("")),
            None => "curl".to_owned(),
        },
        "open" => format!("cat {}", rest.trim_start_matches("--raw ").trim_start_matches("-r ")),
        "save" => format!("tee {}", rest.trim_start_matches("-f ").trim_start_matches("--force ")),
        "print" => format!("echo {rest}"),
        "rm" => format!("rm -f {}", rest.replace("--permanent", "").replace("--trash", "").replace(" -p ", " ")),
        _ if HANDS_ON.contains(&word) && !rest.contains(['(', '{', '^', '`']) => "cat".to_owned(),
        _ if HANDS_ON.contains(&word) || word.starts_with(['{', '[', '(']) => return None,
        // A text.
        _ if word.starts_with(['"', '\'']) => format!("echo {stage}"),
        _ => stage.trim_start_matches('^').to_owned(),
    })
}

/// `$"($d)/a.txt"` as `"${d}/a.txt"`.
fn strings(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut parts = line.split("$\"");
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (inside, after) = part.split_once('"').unwrap_or((part, ""));
        out.push('"');
        out.push_str(&inside.replace("($", "${").replace(')', "}"));
        out.push('"');
        out.push_str(after);
    }
    out
}

/// What stands between the bars of a pipeline, outside of quotes and brackets.
fn stages(line: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let (mut quote, mut level) = (None, 0_usize);
    for letter in line.chars() {
        match (quote, letter) {
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None, '(' | '{' | '[') => level += 1,
            (None, ')' | '}' | ']') => level = level.saturating_sub(1),
            (None, '|') if level == 0 => {
                out.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = out.last_mut() {
            last.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::as_shell;

    #[test]
    fn closures_and_its_own_commands() {
        let each = "ls -a ~/x | where type == dir | each {|d| rm -r --permanent $d.name }";
        assert_eq!(as_shell(each).as_deref(), Some("ls -a ~/x | cat | { rm -f -r  ~/x; }"));
        let made = "let d = (mktemp -d); \"x\" | save $\"($d)/a.txt\"; ^git status";
        assert_eq!(as_shell(made).as_deref(), Some("d=$(mktemp -d)\necho \"x\" | tee \"${d}/a.txt\"\ngit status"));
        assert_eq!(as_shell("ls | any {|x| ^rm -rf ~ }"), None);
    }
}
