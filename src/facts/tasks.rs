//! Task files, as far as it takes to say which lines a target runs: makefiles (GNU make's manual), justfiles, Taskfile,
//! compose files. Pure text in, lines out; what a line's variables are that cannot be known is said.

use std::collections::{BTreeMap, BTreeSet};

/// A line that a shell would run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    /// Its place in the file.
    pub start: u32,
    pub end: u32,
    /// Variables that stand in the text for something unknown.
    pub unknown: Vec<String>,
}

const DEPTH: u32 = 16;
const LINES: usize = 2000;

struct Target {
    prerequisites: Vec<String>,
    recipe: Vec<(String, u32, u32)>,
}

/// The interpreter that a first line names: `#!/usr/bin/env -S bash -e` is `bash`.
#[must_use]
pub fn shebang(text: &str) -> Option<&str> {
    let line = text.lines().next()?.strip_prefix("#!")?;
    let mut words = line.split_whitespace().map(|w| w.rsplit('/').next().unwrap_or(w));
    let first = words.next()?;
    let name = if first == "env" { words.find(|w| !w.starts_with('-') && !w.contains('='))? } else { first };
    Some(name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'))
}

/// The lines that `make target…` runs, those of prerequisites first. `settings` are the command line's variables.
#[must_use]
pub fn make(text: &str, targets: &[&str], settings: &[(&str, &str)]) -> Vec<Line> {
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    let mut rules: BTreeMap<String, Target> = BTreeMap::new();
    let mut first: Option<String> = None;
    let mut current: Vec<String> = Vec::new();
    for (line, start, end) in joined(text) {
        if line.starts_with('\t') {
            for name in &current {
                if let Some(rule) = rules.get_mut(name) {
                    rule.recipe.push((line.trim_start_matches('\t').to_owned(), start, end));
                }
            }
            continue;
        }
        let plain = line.split('#').next().unwrap_or("").trim_end();
        if plain.trim().is_empty() {
            continue;
        }
        if let Some((name, value)) = assignment(plain) {
            current.clear();
            let (name, operator) = name;
            let value = value.trim().to_owned();
            match operator {
                '?' if variables.contains_key(&name) => {}
                '+' => {
                    let entry = variables.entry(name).or_default();
                    entry.push(' ');
                    entry.push_str(&value);
                }
                '!' => {
                    variables.insert(name, format!("$(shell {value})"));
                }
                _ => {
                    variables.insert(name, value);
                }
            }
            continue;
        }
        let Some((heads, rest)) = plain.split_once(':') else {
            current.clear();
            continue;
        };
        let rest = rest.trim_start_matches(':');
        let (prerequisites, own) = match rest.split_once(';') {
            Some((prerequisites, recipe)) => (prerequisites, Some(recipe.trim().to_owned())),
            None => (rest, None),
        };
        current = heads.split_whitespace().map(str::to_owned).collect();
        for name in &current {
            if first.is_none() && !name.starts_with('.') && !name.contains('%') {
                first = Some(name.clone());
            }
            let target =
                rules.entry(name.clone()).or_insert_with(|| Target { prerequisites: Vec::new(), recipe: Vec::new() });
            target.prerequisites.extend(prerequisites.split_whitespace().filter(|p| *p != "|").map(str::to_owned));
            if let Some(own) = &own {
                target.recipe.push((own.clone(), start, end));
            }
        }
    }
    for (name, value) in settings {
        variables.insert((*name).to_owned(), (*value).to_owned());
    }
    let wanted: Vec<String> = if targets.is_empty() {
        variables.get(".DEFAULT_GOAL").cloned().or(first).into_iter().collect()
    } else {
        targets.iter().map(|t| (*t).to_owned()).collect()
    };
    let mut out = Vec::new();
    // What make runs while it reads: `X != command`, `X := $(shell command)`, `$(shell command)` on a line of its own.
    for (line, start, end) in joined(text) {
        let immediate = !line.starts_with('\t') && !line.trim_start().starts_with('#');
        let shell = assignment(&line).and_then(|((_, operator), value)| match operator {
            '!' => Some(value.trim().to_owned()),
            _ => None,
        });
        let inner =
            line.find("$(shell ").and_then(|at| Some(line[at + 8..at + 1 + closing(&line[at + 1..], '(')?].to_owned()));
        let deferred = assignment(&line).is_some_and(|((_, operator), _)| matches!(operator, '=' | '?' | '+'));
        if let Some(script) = shell.or(inner.filter(|_| !deferred)).filter(|_| immediate) {
            let (text, unknown) = expand(&script, &variables, "", 0);
            out.push(Line { text, start, end, unknown });
        }
    }
    let mut seen = BTreeSet::new();
    for target in wanted {
        run(&target, &rules, &variables, &mut seen, &mut out, 0);
    }
    out
}

fn run(
    name: &str,
    rules: &BTreeMap<String, Target>,
    variables: &BTreeMap<String, String>,
    seen: &mut BTreeSet<String>,
    out: &mut Vec<Line>,
    depth: u32,
) {
    if depth > DEPTH || out.len() > LINES || !seen.insert(name.to_owned()) {
        return;
    }
    let found = rules.get(name).or_else(|| {
        // A pattern rule: `%.o`.
        rules
            .iter()
            .find(|(pattern, _)| {
                pattern.split_once('%').is_some_and(|(before, after)| {
                    name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
                })
            })
            .map(|(_, rule)| rule)
    });
    let Some(rule) = found else { return };
    for prerequisite in &rule.prerequisites {
        let (prerequisite, _) = expand(prerequisite, variables, name, 0);
        for one in prerequisite.split_whitespace() {
            run(one, rules, variables, seen, out, depth + 1);
        }
    }
    for (line, start, end) in &rule.recipe {
        let (text, unknown) = expand(line, variables, name, 0);
        let text = text.trim_start_matches(['@', '-', '+', ' ', '\t']).to_owned();
        out.push(Line { text, start: *start, end: *end, unknown });
    }
}

/// `$(NAME)`, `${NAME}`, `$X`, `$$`, `$@`; functions but `shell` are unknown.
fn expand(text: &str, variables: &BTreeMap<String, String>, target: &str, depth: u32) -> (String, Vec<String>) {
    let mut out = String::new();
    let mut unknown = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(sign) = rest.chars().next() else { break };
        let (name, after) = match sign {
            '$' => {
                out.push('$');
                rest = &rest[1..];
                continue;
            }
            '(' | '{' => match closing(rest, sign) {
                Some(end) => (&rest[1..end], &rest[end + 1..]),
                None => break,
            },
            other => (&rest[..other.len_utf8()], &rest[other.len_utf8()..]),
        };
        rest = after;
        if name == "@" {
            out.push_str(target);
        } else if name == "MAKE" {
            out.push_str("make");
        } else if let Some(script) = name.strip_prefix("shell ") {
            let (script, more) = expand(script, variables, target, depth + 1);
            unknown.extend(more);
            out.push_str("$(");
            out.push_str(&script);
            out.push(')');
        } else if let Some(value) = variables.get(name).filter(|_| depth < DEPTH && out.len() < 1 << 16) {
            let (value, more) = expand(value, variables, target, depth + 1);
            unknown.extend(more);
            out.push_str(&value);
        } else {
            // Not set in the file: from the environment, or a function of make's.
            let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            let variable = if plain && !name.starts_with(|c: char| c.is_ascii_digit()) {
                name.to_owned()
            } else {
                format!("__make_{}", unknown.len())
            };
            out.push_str("${");
            out.push_str(&variable);
            out.push('}');
            unknown.push(variable);
        }
    }
    out.push_str(rest);
    (out, unknown)
}

fn closing(text: &str, open: char) -> Option<usize> {
    let close = if open == '(' { ')' } else { '}' };
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// `NAME = value` in its forms; the sign before `=` says which.
fn assignment(line: &str) -> Option<((String, char), &str)> {
    let at = line.find('=')?;
    let (left, value) = (&line[..at], &line[at + 1..]);
    let (name, operator) = match left.chars().last()? {
        sign @ ('?' | '+' | '!') => (&left[..left.len() - 1], sign),
        ':' => (left.trim_end_matches(':'), ':'),
        _ => (left, '='),
    };
    let name = name.trim().trim_start_matches("export ").trim_start_matches("override ").trim();
    let good = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    good.then(|| ((name.to_owned(), operator), value))
}

/// Lines with their continuations, and the place of each.
fn joined(text: &str) -> Vec<(String, u32, u32)> {
    let mut out: Vec<(String, u32, u32)> = Vec::new();
    let mut at = 0;
    let mut open = false;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        let end = (at + bare.len()) as u32;
        let (content, continues) = match bare.strip_suffix('\\') {
            Some(content) => (content, true),
            None => (bare, false),
        };
        match out.last_mut().filter(|_| open) {
            // In a recipe the shell joins the lines itself, and it puts nothing between them.
            Some(last) if last.0.starts_with('\t') => {
                last.0.push_str(content.strip_prefix('\t').unwrap_or(content));
                last.2 = end;
            }
            Some(last) => {
                last.0.push(' ');
                last.0.push_str(content.trim_start());
                last.2 = end;
            }
            None => out.push((content.to_owned(), at as u32, end)),
        }
        open = continues;
        at += line.len();
    }
    out
}

/// The lines that `just recipe…` runs: `{{name}}` is a variable, the first recipe is the default.
#[must_use]
pub fn just(text: &str, recipes: &[&str]) -> Vec<Line> {
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    let mut rules: BTreeMap<String, Target> = BTreeMap::new();
    let mut first = None;
    let mut current: Option<String> = None;
    for (line, start, end) in joined(text) {
        if line.starts_with([' ', '\t']) {
            if let Some(rule) = current.as_ref().and_then(|name| rules.get_mut(name)) {
                rule.recipe.push((line.trim_start().to_owned(), start, end));
            }
            continue;
        }
        if line.trim().is_empty() || line.starts_with('#') || line.starts_with('[') {
            continue;
        }
        if let Some((name, value)) = line.split_once(":=") {
            let name = name.trim().trim_start_matches("export ").to_owned();
            // A plain text is known; what an expression comes to is not.
            let value = value.trim();
            let inner = value.len() >= 2
                && (value.starts_with('"') && value.ends_with('"') || value.starts_with('\'') && value.ends_with('\''));
            let plain = &value[usize::from(inner)..value.len() - usize::from(inner)];
            if inner && !plain.contains(['"', '\'', '\\']) {
                variables.insert(name, plain.to_owned());
            } else {
                variables.remove(&name);
            }
            current = None;
            continue;
        }
        let Some((head, dependencies)) = line.split_once(':') else { continue };
        let name = head.split_whitespace().next().unwrap_or("").trim_start_matches('@').to_owned();
        if name.is_empty() {
            continue;
        }
        if first.is_none() {
            first = Some(name.clone());
        }
        let prerequisites = dependencies
            .split_whitespace()
            .filter(|d| *d != "&&")
            .map(|d| d.trim_matches(['(', ')']).to_owned())
            .collect();
        rules.insert(name.clone(), Target { prerequisites, recipe: Vec::new() });
        current = Some(name);
    }
    let wanted: Vec<String> = match recipes.first() {
        Some(recipe) => vec![(*recipe).to_owned()],
        None => first.into_iter().collect(),
    };
    let mut out = Vec::new();
    let mut seen = BTreeSet::new();
    for recipe in wanted {
        run_just(&recipe, &rules, &variables, &mut seen, &mut out, 0);
    }
    out
}

fn run_just(
    name: &str,
    rules: &BTreeMap<String, Target>,
    variables: &BTreeMap<String, String>,
    seen: &mut BTreeSet<String>,
    out: &mut Vec<Line>,
    depth: u32,
) {
    if depth > DEPTH || out.len() > LINES || !seen.insert(name.to_owned()) {
        return;
    }
    let Some(rule) = rules.get(name) else { return };
    for prerequisite in &rule.prerequisites {
        run_just(prerequisite, rules, variables, seen, out, depth + 1);
    }
    // A recipe with a first line of its own is a script.
    if rule.recipe.first().is_some_and(|(line, ..)| line.starts_with("#!")) {
        let shell = shebang(&rule.recipe[0].0).is_some_and(super::code::is_shell);
        if shell {
            let text: Vec<&str> = rule.recipe.iter().skip(1).map(|(line, ..)| line.as_str()).collect();
            let (text, unknown) = braces(&text.join("\n"), variables);
            let (start, end) = (rule.recipe[0].1, rule.recipe.last().map_or(0, |r| r.2));
            out.push(Line { text, start, end, unknown });
        }
        return;
    }
    for (line, start, end) in &rule.recipe {
        let (text, unknown) = braces(line.trim_start_matches(['@', '-']), variables);
        out.push(Line { text, start: *start, end: *end, unknown });
    }
}

/// `{{name}}`; `{{{{` is a brace of the text's own.
fn braces(text: &str, variables: &BTreeMap<String, String>) -> (String, Vec<String>) {
    let mut out = String::new();
    let mut unknown = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        out.push_str(&rest[..at]);
        let Some(end) = rest[at..].find("}}") else { break };
        let name = rest[at + 2..at + end].trim().trim_start_matches('.');
        match variables.get(name) {
            Some(value) => out.push_str(value),
            None => {
                let variable = format!("__task_{}", unknown.len());
                out.push_str(&format!("${{{variable}}}"));
                unknown.push(variable);
            }
        }
        rest = &rest[at + end + 2..];
    }
    out.push_str(rest);
    (out, unknown)
}

/// The commands of Taskfile's tasks (taskfile.dev).
#[must_use]
pub fn task(text: &str, names: &[&str]) -> Vec<Line> {
    let Ok(file) = serde_saphyr::from_str::<serde_json::Value>(text) else { return Vec::new() };
    let mut variables = BTreeMap::new();
    for (name, value) in file.get("vars").and_then(serde_json::Value::as_object).into_iter().flatten() {
        if let Some(value) = value.as_str() {
            variables.insert(name.clone(), value.to_owned());
        }
    }
    let mut out = Vec::new();
    let mut seen = BTreeSet::new();
    let wanted = if names.is_empty() { &["default"][..] } else { names };
    for name in wanted {
        run_task(text, &file, name, &variables, &mut seen, &mut out, 0);
    }
    out
}

fn run_task(
    text: &str,
    file: &serde_json::Value,
    name: &str,
    variables: &BTreeMap<String, String>,
    seen: &mut BTreeSet<String>,
    out: &mut Vec<Line>,
    depth: u32,
) {
    use serde_json::Value;
    if depth > DEPTH || out.len() > LINES || !seen.insert(name.to_owned()) {
        return;
    }
    let Some(task) = file.get("tasks").and_then(|t| t.get(name)) else { return };
    let one = |value: &Value| value.as_str().map(str::to_owned);
    let deps = task.get("deps").and_then(Value::as_array).into_iter().flatten();
    for dependency in deps.filter_map(|d| one(d).or_else(|| d.get("task").and_then(one))) {
        run_task(text, file, &dependency, variables, seen, out, depth + 1);
    }
    let commands: Vec<&Value> = match task {
        Value::String(_) => vec![task],
        Value::Array(list) => list.iter().collect(),
        _ => match task.get("cmds").or_else(|| task.get("cmd")) {
            Some(Value::Array(list)) => list.iter().collect(),
            Some(other) => vec![other],
            None => Vec::new(),
        },
    };
    for command in commands {
        if let Some(other) = command.get("task").and_then(Value::as_str) {
            run_task(text, file, other, variables, seen, out, depth + 1);
            continue;
        }
        let Some(line) = command.as_str().or_else(|| command.get("cmd").and_then(Value::as_str)) else { continue };
        let start = text.find(line.lines().next().unwrap_or(line)).unwrap_or(0) as u32;
        let (line, unknown) = braces(line, variables);
        let end = start + line.lines().next().map_or(0, str::len) as u32;
        out.push(Line { text: line, start, end, unknown });
    }
}

/// Each started service of a compose file as `docker run` words.
#[must_use]
pub fn compose(text: &str, wanted: &[&str]) -> Vec<Vec<String>> {
    use serde_json::Value;
    let Ok(file) = serde_saphyr::from_str::<Value>(text) else { return Vec::new() };
    let mut out = Vec::new();
    let wanted: Vec<&&str> = wanted.iter().filter(|w| !w.starts_with('-')).collect();
    for (name, service) in file.get("services").and_then(Value::as_object).into_iter().flatten() {
        if !wanted.is_empty() && !wanted.iter().any(|w| **w == name) {
            continue;
        }
        let mut words = vec!["docker".to_owned(), "run".to_owned()];
        if service.get("privileged").and_then(Value::as_bool) == Some(true) {
            words.push("--privileged".to_owned());
        }
        for (member, option) in [("pid", "--pid"), ("network_mode", "--network"), ("user", "--user"), ("ipc", "--ipc")]
        {
            if let Some(value) = service.get(member).and_then(Value::as_str) {
                words.extend([option.to_owned(), value.to_owned()]);
            }
        }
        for (member, option) in [("cap_add", "--cap-add"), ("devices", "--device"), ("security_opt", "--security-opt")]
        {
            for value in service.get(member).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
                words.extend([option.to_owned(), value.to_owned()]);
            }
        }
        for volume in service.get("volumes").and_then(Value::as_array).into_iter().flatten() {
            let mapped = match volume {
                Value::String(text) => text.clone(),
                other => {
                    let member = |key: &str| other.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
                    format!("{}:{}", member("source"), member("target"))
                }
            };
            words.extend(["-v".to_owned(), mapped]);
        }
        words.push(service.get("image").and_then(Value::as_str).unwrap_or(name).to_owned());
        match service.get("command") {
            Some(Value::String(line)) => words.extend(shell_words::split(line).unwrap_or_default()),
            Some(Value::Array(list)) => words.extend(list.iter().filter_map(Value::as_str).map(str::to_owned)),
            _ => {}
        }
        out.push(words);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{compose, just, make, task};

    fn texts(lines: Vec<super::Line>) -> Vec<String> {
        lines.into_iter().map(|l| l.text).collect()
    }

    #[test]
    fn makefiles() {
        let text = "OUT := build\nDIR ?= $(OUT)/x\nall: deps\n\t@echo $@ $(DIR)\n\ndeps:\n\tnpm ci \\\n\t  --quiet\n\nclean: ; rm -rf $(OUT)\n\ndeploy: all\n\tkubectl --context $(CTX) apply -f $$FILE\n%.o: %.c\n\tcc $<\n";
        assert_eq!(texts(make(text, &[], &[])), ["npm ci   --quiet", "echo all build/x"]);
        assert_eq!(texts(make(text, &["clean"], &[])), ["rm -rf build"]);
        assert_eq!(texts(make(text, &["clean"], &[("OUT", "/")])), ["rm -rf /"]);
        let deploy = make(text, &["deploy"], &[]);
        assert_eq!(deploy.last().unwrap().text, "kubectl --context ${CTX} apply -f $FILE");
        assert_eq!(deploy.last().unwrap().unknown, ["CTX"]);
        assert_eq!(make(text, &["a.o"], &[]).len(), 1);
        assert_eq!(make("a: b\n\techo a\nb: a\n\techo b\n", &["a"], &[]).len(), 2);
        assert_eq!(texts(make("a:\n\tr\\\n\tm -rf x\n", &[], &[])), ["rm -rf x"]);
        assert_eq!(
            texts(make("V := $(shell touch y)\nW != id\na:\n\techo $(V)\n", &[], &[])),
            ["touch y", "id", "echo $(touch y)"]
        );
        let line = &make(text, &["clean"], &[])[0];
        assert_eq!(&text[line.start as usize..line.end as usize], "clean: ; rm -rf $(OUT)");
    }

    #[test]
    fn justfiles_and_taskfiles() {
        let text = "dir := \"build\"\nother := env_var_or_default(\"X\", \"y\") / \"z\"\ndefault: clean\n    echo done\nclean:\n    @rm -rf {{dir}}\nscript:\n    #!/usr/bin/env bash\n    set -e\n    rm -rf {{other}}\n";
        assert_eq!(texts(just(text, &[])), ["rm -rf build", "echo done"]);
        assert_eq!(texts(just("o := f(\"X\") / \"z\"\na:\n  rm -rf {{o}}\n", &[])), ["rm -rf ${__task_0}"]);
        assert_eq!(texts(just(text, &["script"])), ["set -e\nrm -rf ${__task_0}"]);
        let text = "version: '3'\nvars: { DIR: build }\ntasks:\n  default:\n    deps: [clean]\n    cmds:\n      - echo hi\n      - task: more\n  clean:\n    cmd: rm -rf {{.DIR}}\n  more: echo more\n";
        assert_eq!(texts(task(text, &[])), ["rm -rf build", "echo hi", "echo more"]);
        assert_eq!(texts(task("[", &[])), Vec::<String>::new());
    }

    #[test]
    fn compose_files() {
        let text = "services:\n  web:\n    image: nginx\n    privileged: true\n    volumes: ['/:/host', {source: ./x, target: /x}]\n    command: sh -c 'ls'\n  db:\n    image: postgres\n";
        assert_eq!(
            compose(text, &["web"]),
            [["docker", "run", "--privileged", "-v", "/:/host", "-v", "./x:/x", "nginx", "sh", "-c", "ls"]]
        );
        assert_eq!(compose(text, &[]).len(), 2);
    }
}
