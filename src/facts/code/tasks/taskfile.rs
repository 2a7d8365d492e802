//! Taskfiles: which commands `task name…` runs (<https://taskfile.dev/reference/schema>).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{LINES, Line, Texts, beyond, braces};

type Variables = BTreeMap<String, String>;

/// A file of tasks, under the name that includes it.
struct Included {
    prefix: String,
    file: usize,
    body: Value,
    directory: String,
}

/// The commands of tasks; `settings` are variables of the command line, `more` what stands after `--`.
#[must_use]
pub fn task(texts: &mut Texts<'_, '_>, names: &[&str], settings: &[(&str, &str)], more: &[&str]) -> Vec<Line> {
    let mut included = Vec::new();
    include(texts, 0, "", "", &mut included);
    let more = shell_words::join(more);
    let environment = Vec::new();
    let mut run =
        Run { texts, included: &included, settings, more, environment, seen: BTreeSet::new(), out: Vec::new() };
    for name in if names.is_empty() { &["default"][..] } else { names } {
        run.task(name, &Variables::new(), 0);
    }
    run.out
}

fn include(texts: &mut Texts<'_, '_>, file: usize, prefix: &str, directory: &str, out: &mut Vec<Included>) {
    let Ok(body) = serde_saphyr::from_str::<Value>(texts.files[file].1) else { return };
    for (name, how) in body.get("includes").and_then(Value::as_object).into_iter().flatten() {
        let path = text(how).or_else(|| how.get("taskfile").and_then(text)).unwrap_or_default();
        let inner_directory = how.get("dir").and_then(text).unwrap_or_default();
        let flat = how.get("flatten").and_then(Value::as_bool) == Some(true);
        let name = if flat { prefix.to_owned() } else { format!("{prefix}{name}:") };
        let found = if path.ends_with(".yml") || path.ends_with(".yaml") {
            texts.open(file, &path)
        } else {
            ["Taskfile.yml", "Taskfile.yaml"].iter().find_map(|n| texts.open(file, &format!("{path}/{n}")))
        };
        if let Some(found) = found {
            include(texts, found, &name, &inner_directory, out);
        }
    }
    out.push(Included { prefix: prefix.to_owned(), file, body, directory: directory.to_owned() });
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(bool) => Some(bool.to_string()),
        _ => None,
    }
}

struct Run<'t, 'r, 'a> {
    texts: &'t Texts<'r, 'a>,
    included: &'t [Included],
    settings: &'t [(&'t str, &'t str)],
    /// Words after `--`.
    more: String,
    /// Of the task at hand.
    environment: Vec<(String, String)>,
    seen: BTreeSet<(String, Variables)>,
    out: Vec<Line>,
}

impl<'t> Run<'t, '_, '_> {
    fn find(&self, name: &str) -> Option<(&'t Included, &'t Value)> {
        self.included.iter().find_map(|included| {
            let name = name.strip_prefix(&included.prefix)?;
            let tasks = included.body.get("tasks")?.as_object()?;
            let named = tasks.get(name).or_else(|| {
                let aliased = |task: &&Value| {
                    let names = task.get("aliases").and_then(Value::as_array).into_iter().flatten();
                    names.filter_map(Value::as_str).any(|alias| alias == name)
                };
                tasks.values().find(aliased).or_else(|| included_default(tasks, name))
            });
            Some((included, named?))
        })
    }

    fn task(&mut self, name: &str, given: &Variables, depth: u32) {
        if beyond(depth, &mut self.out) {
            return;
        }
        if !self.seen.insert((name.to_owned(), given.clone())) {
            return;
        }
        let Some((included, task)) = self.find(name.trim_start_matches(':')) else { return };
        if elsewhere(task) {
            return;
        }
        let mut variables = Variables::new();
        self.variables(included, included.body.get("vars"), &mut variables);
        self.variables(included, task.get("vars"), &mut variables);
        variables.extend(given.clone());
        variables.extend(self.settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        variables.insert("TASK".to_owned(), name.to_owned());
        let mut environment: Vec<(String, String)> = Vec::new();
        for given in [included.body.get("env"), task.get("env")].into_iter().flatten() {
            for (name, value) in given.as_object().into_iter().flatten() {
                let value = text(value).map(|value| braces(&value, &variables, |_| None));
                environment.extend(value.filter(|(_, u)| u.is_empty()).map(|(value, _)| (name.clone(), value)));
            }
        }
        let outer = std::mem::replace(&mut self.environment, environment);
        let directory = task.get("dir").and_then(text).unwrap_or_else(|| included.directory.clone());
        let inner = |other: &str| match other.strip_prefix(':') {
            Some(root) => root.to_owned(),
            None => format!("{}{other}", included.prefix),
        };
        for dependency in task.get("deps").and_then(Value::as_array).into_iter().flatten() {
            if let Some(other) = dependency.as_str().or_else(|| dependency.get("task").and_then(Value::as_str)) {
                self.task(&inner(other), &passed(dependency, &variables), depth + 1);
            }
        }
        // What says whether it has to run at all is run too.
        for (member, key) in [("status", ""), ("preconditions", "sh")] {
            for check in task.get(member).and_then(Value::as_array).into_iter().flatten() {
                if let Some(line) = check.as_str().or_else(|| check.get(key).and_then(Value::as_str)) {
                    self.line(included, line, &variables, &directory);
                }
            }
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
            if elsewhere(command) {
                continue;
            }
            let deferred = command.get("defer").filter(|d| d.is_object());
            let command = deferred.unwrap_or(command);
            if let Some(other) = command.get("task").and_then(Value::as_str) {
                self.task(&inner(other), &passed(command, &variables), depth + 1);
                continue;
            }
            let line = command.as_str().or_else(|| ["cmd", "defer"].iter().find_map(|k| command.get(*k)?.as_str()));
            let Some(line) = line else { continue };
            match command.get("for").and_then(Value::as_array) {
                Some(items) => {
                    for item in items.iter().take(crate::limits::UNROLL).filter_map(text) {
                        let mut variables = variables.clone();
                        variables.insert("ITEM".to_owned(), item);
                        self.line(included, line, &variables, &directory);
                    }
                }
                None => self.line(included, line, &variables, &directory),
            }
        }
        self.environment = outer;
    }

    /// Variables with a plain value; `sh:` runs a command for it.
    fn variables(&mut self, included: &Included, given: Option<&Value>, into: &mut Variables) {
        for (name, value) in given.and_then(Value::as_object).into_iter().flatten() {
            if let Some(script) = value.get("sh").and_then(Value::as_str) {
                self.line(included, script, &into.clone(), "");
                into.insert(name.clone(), format!("$({script})"));
            } else if let Some(value) = text(value) {
                let (value, unknown) = braces(&value, into, |_| None);
                if unknown.is_empty() {
                    into.insert(name.clone(), value);
                }
            }
        }
    }

    fn line(&mut self, included: &Included, line: &str, variables: &Variables, directory: &str) {
        if self.out.len() > LINES {
            return;
        }
        let whole = self.texts.files[included.file].1;
        let first = line.lines().next().unwrap_or(line);
        let start = whole.find(first).unwrap_or(0) as u32;
        let more = &self.more;
        let (line, unknown) = braces(line, variables, |inner| match inner {
            ".CLI_ARGS" => Some(more.clone()),
            ".HOME" => Some("${HOME}".to_owned()),
            _ => None,
        });
        let end = start + first.len() as u32;
        let directory = braces(directory, variables, |_| None).0;
        let environment = self.environment.clone();
        self.out.push(Line { directory, environment, ..Line::shell(line, included.file, start, end, unknown) });
    }
}

/// Systems that `platforms` may name; what is none of them is an architecture.
const SYSTEMS: [&str; 6] = ["windows", "darwin", "linux", "freebsd", "openbsd", "netbsd"];

/// Whether `platforms` says that it is for other systems than this.
fn elsewhere(value: &Value) -> bool {
    let here = match () {
        () if cfg!(windows) => "windows",
        () if cfg!(target_os = "macos") => "darwin",
        () => "linux",
    };
    let named = value.get("platforms").and_then(Value::as_array);
    named.is_some_and(|all| {
        let of_here = |p: &str| p.starts_with(here) || !SYSTEMS.iter().any(|system| p.starts_with(system));
        !all.is_empty() && all.iter().filter_map(Value::as_str).all(|p| !of_here(p))
    })
}

/// `task docs` is `task docs:default`.
fn included_default<'v>(tasks: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    name.is_empty().then(|| tasks.get("default")).flatten()
}

/// Variables that a call of another task gives it.
fn passed(call: &Value, variables: &Variables) -> Variables {
    let given = call.get("vars").and_then(Value::as_object).into_iter().flatten();
    given.filter_map(|(name, value)| Some((name.clone(), braces(&text(value)?, variables, |_| None).0))).collect()
}
