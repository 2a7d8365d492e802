//! Justfiles: which lines `just recipe…` runs (<https://just.systems/man/en/>).

use std::collections::{BTreeMap, BTreeSet};

use super::make::joined;
use super::{Line, Texts, beyond, braces};
use crate::facts::code::documents::texts_in_quotes;
use crate::facts::code::interpreters::{language_of, shebang};

type Variables = BTreeMap<String, String>;

struct Recipe {
    /// (name, default), in order.
    parameters: Vec<(String, Option<String>)>,
    /// Those before, and (after `&&`) those behind: recipe and arguments.
    before: Vec<(String, Vec<String>)>,
    behind: Vec<(String, Vec<String>)>,
    lines: Vec<(String, u32, u32)>,
    file: usize,
    language: String,
}

#[derive(Default)]
struct Justfile {
    variables: Variables,
    recipes: BTreeMap<String, Recipe>,
    aliases: BTreeMap<String, String>,
    first: Option<String>,
    exported: Vec<String>,
    /// Commands in backquotes, which run before any recipe.
    evaluated: Vec<(String, usize, u32, u32)>,
}

/// The lines that `just recipe…` runs: `{{name}}` is a variable, the first recipe is the default.
#[must_use]
pub fn just(texts: &mut Texts<'_, '_>, words: &[&str], settings: &[(&str, &str)]) -> Vec<Line> {
    let mut file = Justfile::default();
    file.read(texts, 0, "");
    file.variables.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let mut run = Run { file: &file, seen: BTreeSet::new(), out: Vec::new() };
    for (script, file_index, start, end) in &file.evaluated {
        run.out.push(Line::shell(script.clone(), *file_index, *start, *end, Vec::new()));
    }
    if words.is_empty() {
        if let Some(first) = &file.first {
            run.recipe(first, &[], 0);
        }
        return run.out;
    }
    let mut at = 0;
    while at < words.len() {
        let mut name = words[at].to_owned();
        // `just module recipe` is `just module::recipe`.
        while file.find(&name).is_none() && at + 1 < words.len() {
            at += 1;
            name = format!("{name}::{}", words[at]);
        }
        at += 1;
        let Some(recipe) = file.find(&name) else { break };
        let variadic = recipe.parameters.last().is_some_and(|(name, _)| name.starts_with(['+', '*']));
        let count = if variadic { words.len() - at } else { recipe.parameters.len().min(words.len() - at) };
        let arguments: Vec<String> = words[at..at + count].iter().map(|w| (*w).to_owned()).collect();
        at += count;
        run.recipe(&name, &arguments, 0);
    }
    run.out
}

impl Justfile {
    fn find(&self, name: &str) -> Option<&Recipe> {
        self.recipes.get(self.aliases.get(name).map_or(name, String::as_str))
    }

    fn read(&mut self, texts: &mut Texts<'_, '_>, file: usize, module: &str) {
        let text = texts.files[file].1;
        let mut current: Option<String> = None;
        let mut shell = "bash".to_owned();
        let mut scripted = false;
        let mut interpreter: Option<String> = None;
        let mut elsewhere = false;
        let full = |name: &str| if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") };
        for (line, start, end) in joined(text) {
            if line.starts_with([' ', '\t']) {
                if let Some(recipe) = current.as_ref().and_then(|name| self.recipes.get_mut(name)) {
                    recipe.lines.push((line.trim_start().to_owned(), start, end));
                }
                continue;
            }
            let bare = line.trim();
            if bare.is_empty() || bare.starts_with('#') {
                continue;
            }
            if bare.starts_with('[') {
                scripted |= bare.contains("script");
                if let Some(named) = bare.split_once("script(").and_then(|(_, rest)| rest.split(['"', '\'']).nth(1)) {
                    interpreter = Some(language_of(named));
                }
                elsewhere |= of_another_system(bare);
                continue;
            }
            let words: Vec<&str> = bare.split_whitespace().collect();
            match words.as_slice() {
                ["import" | "import?", path, ..] => {
                    if let Some(inner) = texts.open(file, path.trim_matches(['"', '\''])) {
                        self.read(texts, inner, module);
                    }
                    continue;
                }
                ["mod" | "mod?", name, path @ ..] if !bare.contains(':') => {
                    let inner = match path {
                        [path, ..] => texts.open(file, path.trim_matches(['"', '\''])),
                        [] => [format!("{name}.just"), format!("{name}/mod.just"), format!("{name}/justfile")]
                            .iter()
                            .find_map(|path| texts.open(file, path)),
                    };
                    if let Some(inner) = inner {
                        self.read(texts, inner, &full(name));
                    }
                    continue;
                }
                ["alias", name, ":=", target, ..] => {
                    self.aliases.insert(full(name), full(target));
                    continue;
                }
                ["set", "shell", ":=", ..] | ["set", "script-interpreter", ":=", ..] => {
                    let named = bare.split(['"', '\'']).nth(1).unwrap_or("bash");
                    shell = language_of(named);
                    // More than a shell and its options: `["bash", "-c", "wget x; $0"]`.
                    let quoted = if bare.contains('"') { bare.to_owned() } else { bare.replace('\'', "\"") };
                    match texts_in_quotes(&quoted) {
                        Some(words) if words.iter().skip(1).any(|word| word.contains(' ')) => {
                            self.evaluated.push((shell_words::join(words), file, start, end));
                        }
                        Some(_) => {}
                        // Longer than is read: as it stands, no shell reads it either.
                        None => self.evaluated.push((quoted, file, start, end)),
                    }
                    continue;
                }
                ["set", ..] => continue,
                _ => {}
            }
            if let Some((name, value)) = line.split_once(":=") {
                if let Some(exported) = name.trim().strip_prefix("export ") {
                    self.exported.push(exported.trim().to_owned());
                }
                self.assign(name.trim().trim_start_matches("export ").trim(), value.trim(), file, start, end);
                current = None;
                continue;
            }
            let Some((head, dependencies)) = head_of(&line) else { continue };
            let mut parts = split_words(head);
            if parts.is_empty() {
                continue;
            }
            let name = parts.remove(0).trim_start_matches('@').to_owned();
            let parameters = parts
                .iter()
                .map(|part| match part.split_once('=') {
                    Some((name, default)) => (name.to_owned(), Some(default.trim_matches(['"', '\'']).to_owned())),
                    None => ((*part).to_owned(), None),
                })
                .collect();
            let (before, behind) = dependencies.split_once("&&").unwrap_or((dependencies, ""));
            let named = |text: &str| dependencies_of(text).into_iter().map(|(n, a)| (full(&n), a)).collect();
            let recipe = Recipe {
                parameters,
                before: named(before),
                behind: named(behind),
                lines: Vec::new(),
                file,
                language: match interpreter.take() {
                    Some(named) => format!("script:{named}"),
                    None if scripted => format!("script:{shell}"),
                    None => shell.clone(),
                },
            };
            scripted = false;
            if std::mem::take(&mut elsewhere) {
                current = None;
                continue;
            }
            if self.first.is_none() && module.is_empty() {
                self.first = Some(full(&name));
            }
            self.recipes.insert(full(&name), recipe);
            current = Some(full(&name));
        }
    }

    /// A plain text is known, a command in backquotes runs; what an expression comes to is not known.
    fn assign(&mut self, name: &str, value: &str, file: usize, start: u32, end: u32) {
        if let Some(script) = value.strip_prefix('`').and_then(|v| v.strip_suffix('`')) {
            let script = script.trim_matches('`');
            self.evaluated.push((script.to_owned(), file, start, end));
            self.variables.insert(name.to_owned(), format!("$({script})"));
            return;
        }
        match expression(value, &self.variables) {
            Some(value) => self.variables.insert(name.to_owned(), value),
            None => self.variables.remove(name),
        };
    }
}

struct Run<'f> {
    file: &'f Justfile,
    seen: BTreeSet<(String, Vec<String>)>,
    out: Vec<Line>,
}

impl Run<'_> {
    fn recipe(&mut self, name: &str, arguments: &[String], depth: u32) {
        if beyond(depth, &mut self.out) {
            return;
        }
        if !self.seen.insert((name.to_owned(), arguments.to_vec())) {
            return;
        }
        let Some(recipe) = self.file.find(name) else { return };
        let mut variables = self.file.variables.clone();
        let mut left = arguments;
        for (parameter, default) in &recipe.parameters {
            let bare = parameter.trim_start_matches(['+', '*', '$']).to_owned();
            let value = if bare.len() < parameter.len() && parameter.starts_with(['+', '*']) && !left.is_empty() {
                Some(std::mem::take(&mut left).join(" "))
            } else if let Some((first, rest)) = left.split_first() {
                left = rest;
                Some(first.clone())
            } else {
                default.clone().or_else(|| parameter.starts_with('*').then(String::new))
            };
            match value {
                Some(value) => variables.insert(bare, value),
                None => variables.remove(&bare),
            };
        }
        // Exported variables, and parameters with a dollar sign, are the environment of the lines.
        let exported = recipe.parameters.iter().filter_map(|(name, _)| name.strip_prefix('$')).map(str::to_owned);
        let environment: Vec<(String, String)> = exported
            .chain(self.file.exported.iter().cloned())
            .filter_map(|name| Some((name.clone(), variables.get(&name)?.clone())))
            .collect();
        for (dependency, arguments) in &recipe.before {
            let arguments: Vec<String> = arguments.iter().map(|a| argument(a, &variables)).collect();
            self.recipe(dependency, &arguments, depth + 1);
        }
        // A recipe with a first line of its own is one script.
        let first = recipe.lines.first().map_or("", |(line, ..)| line.as_str());
        let script = match recipe.language.strip_prefix("script:") {
            Some(language) => Some(language.to_owned()),
            None => shebang(first).map(language_of),
        };
        let other = |inner: &str| expression(inner, &variables);
        if let Some(language) = script {
            let lines: Vec<&str> = recipe.lines.iter().map(|(line, ..)| line.as_str()).collect();
            let (text, unknown) = braces(&lines.join("\n"), &variables, &other);
            let (start, end) = (recipe.lines.first().map_or(0, |r| r.1), recipe.lines.last().map_or(0, |r| r.2));
            self.out.push(Line { language, ..Line::shell(text, recipe.file, start, end, unknown) });
        } else {
            for (line, start, end) in &recipe.lines {
                let (text, unknown) = braces(line.trim_start_matches(['@', '-']), &variables, &other);
                let language = recipe.language.clone();
                let environment = environment.clone();
                self.out.push(Line { language, environment, ..Line::shell(text, recipe.file, *start, *end, unknown) });
            }
        }
        for (dependency, arguments) in &recipe.behind {
            let arguments: Vec<String> = arguments.iter().map(|a| argument(a, &variables)).collect();
            self.recipe(dependency, &arguments, depth + 1);
        }
    }
}

/// Whether attributes say that a recipe is for another system than this.
fn of_another_system(attributes: &str) -> bool {
    let named = |name: &str| attributes.split(['[', ']', ',', ' ']).any(|word| word == name);
    let systems = [
        ("windows", cfg!(windows)),
        ("macos", cfg!(target_os = "macos")),
        ("linux", cfg!(target_os = "linux")),
        ("unix", cfg!(unix)),
    ];
    let mentioned: Vec<bool> = systems.into_iter().filter(|(name, _)| named(name)).map(|(_, here)| here).collect();
    !mentioned.is_empty() && !mentioned.contains(&true)
}

/// What an expression comes to, as text of the shell: texts in quotes, names, `a + b`, `a / b`, commands in backquotes,
/// and the functions that read the environment.
fn expression(text: &str, variables: &Variables) -> Option<String> {
    let text = text.trim();
    for (sign, between) in [(" + ", ""), (" / ", "/")] {
        if let Some((left, right)) = text.split_once(sign)
            && !left.contains('(')
        {
            let (left, right) = (expression(left, variables)?, expression(right, variables)?);
            return Some(if between.is_empty() {
                left + &right
            } else {
                format!("{}/{right}", left.trim_end_matches('/'))
            });
        }
    }
    let quoted = |text: &str| {
        let sign = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let inner = text.strip_prefix(sign)?.strip_suffix(sign)?;
        (!inner.contains([sign, '\\'])).then(|| inner.to_owned())
    };
    if let Some(script) = text.strip_prefix('`').and_then(|t| t.strip_suffix('`')) {
        return Some(format!("$({})", script.trim_matches('`')));
    }
    if let Some((name, arguments)) = text.strip_suffix(')').and_then(|t| t.split_once('(')) {
        let first = arguments.split(',').next().unwrap_or("").trim();
        return match name {
            "env" | "env_var" | "env_var_or_default" => Some(format!("${{{}}}", quoted(first)?)),
            "home_directory" | "home_dir" => Some("${HOME}".to_owned()),
            "quote" | "trim" | "absolute_path" | "clean" => expression(arguments, variables),
            "shell" => Some(format!("$({})", quoted(first)?)),
            _ => None,
        };
    }
    quoted(text).or_else(|| variables.get(text).cloned())
}

/// An argument of a dependency: a text in quotes, or the name of a variable.
fn argument(text: &str, variables: &Variables) -> String {
    let bare = text.trim_matches(['"', '\'']);
    if bare.len() < text.len() {
        return bare.to_owned();
    }
    variables.get(text).cloned().unwrap_or_else(|| format!("{{{{{text}}}}}"))
}

/// `name parameters` and what follows the colon, which no quote hides.
fn head_of(line: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c == ':' => return Some((&line[..at], &line[at + 1..])),
            None => {}
        }
    }
    None
}

/// Words at blanks outside quotes and brackets.
fn split_words(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, mut quote, mut level) = (0, None, 0_u32);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => level += 1,
            (None, ')') => level = level.saturating_sub(1),
            (None, _) if c.is_whitespace() && level == 0 => {
                out.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            (None, _) => {}
        }
    }
    out.push(&text[start..]);
    out.retain(|word| !word.is_empty());
    out
}

/// `a (b "x" y)`: recipes with their arguments.
fn dependencies_of(text: &str) -> Vec<(String, Vec<String>)> {
    let text = text.split('#').next().unwrap_or("");
    split_words(text)
        .into_iter()
        .map(|word| match word.strip_prefix('(').and_then(|w| w.strip_suffix(')')) {
            Some(inner) => {
                let mut parts = split_words(inner).into_iter().map(str::to_owned);
                (parts.next().unwrap_or_default(), parts.collect())
            }
            None => (word.to_owned(), Vec::new()),
        })
        .collect()
}
