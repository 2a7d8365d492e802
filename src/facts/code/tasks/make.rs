//! Makefiles: which lines `make target…` runs (GNU make's manual).

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::{DEPTH, EXPANDED, Line, Texts, beyond};
use crate::facts::brackets::{CURLY, ROUND, closing};
use crate::facts::code::interpreters::language_of;
use crate::facts::fold;

type Variables = BTreeMap<String, String>;

/// A line with its place.
#[derive(Clone)]
struct Placed {
    text: String,
    file: usize,
    start: u32,
    end: u32,
}

#[derive(Default)]
struct Target {
    prerequisites: Vec<String>,
    recipe: Vec<Placed>,
    /// Variables that hold for this target and what it needs.
    variables: Variables,
}

#[derive(Default)]
struct Makefile {
    variables: Variables,
    targets: BTreeMap<String, Target>,
    first: Option<String>,
    /// What make runs while it reads: `X != command`, `X := $(shell command)`, `$(shell command)` on a line of its own.
    immediate: Vec<Placed>,
    one_shell: bool,
    /// Variables that recipes get as their environment.
    exported: BTreeSet<String>,
}

/// The lines that `make target…` runs, those of prerequisites first; of `None` those that it runs as it reads its file,
/// which `make -n` does too. `settings` are the command line's variables.
#[must_use]
pub fn make(texts: &mut Texts<'_, '_>, targets: Option<&[&str]>, settings: &[(&str, &str)]) -> Vec<Line> {
    let mut makefile = Makefile::default();
    makefile.variables.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    makefile.read(texts, 0, settings);
    let wanted: Vec<String> = match targets {
        Some([]) => {
            makefile.variables.get(".DEFAULT_GOAL").cloned().or_else(|| makefile.first.clone()).into_iter().collect()
        }
        targets => targets.unwrap_or_default().iter().map(|t| (*t).to_owned()).collect(),
    };
    let mut run = Run { makefile: &makefile, seen: BTreeSet::new(), out: Vec::new() };
    if makefile.variables.contains_key(TOO_LONG) {
        beyond(DEPTH + 1, &mut run.out);
    }
    for line in &makefile.immediate {
        run.emit(line.clone(), &makefile.variables, &Automatic::default());
    }
    for target in wanted {
        run.target(&target, &makefile.variables, 0);
    }
    run.out
}

impl Makefile {
    fn read(&mut self, texts: &mut Texts<'_, '_>, file: usize, settings: &[(&str, &str)]) {
        let text = texts.files[file].1;
        let mut current: Vec<String> = Vec::new();
        let mut prefix = '\t';
        let mut define: Option<(String, String)> = None;
        for (line, start, end) in joined(text) {
            let word = line.split_whitespace().next().unwrap_or("");
            if let Some((name, body)) = &mut define {
                if word == "endef" {
                    if !settings.iter().any(|(n, _)| n == name) {
                        self.variables.insert(std::mem::take(name), std::mem::take(body));
                    }
                    define = None;
                } else if body.len() < EXPANDED {
                    if !body.is_empty() {
                        body.push('\n');
                    }
                    body.push_str(&line);
                }
                continue;
            }
            if let Some(recipe) = line.strip_prefix(prefix) {
                for name in &current {
                    if let Some(rule) = self.targets.get_mut(name) {
                        rule.recipe.push(Placed { text: recipe.trim_start().to_owned(), file, start, end });
                    }
                }
                continue;
            }
            let plain = line.split('#').next().unwrap_or("").trim_end();
            if plain.trim().is_empty() {
                continue;
            }
            if matches!(word, "include" | "-include" | "sinclude") {
                let names = plain.trim_start().split_once(char::is_whitespace).map_or("", |(_, names)| names);
                let names = names.replace("$(wildcard ", "").replace("*.mk)", "*.mk");
                let (names, unknown) = expand(&names, &self.variables, &Automatic::default(), 0);
                if unknown.is_empty() {
                    for name in texts.matching(file, &names) {
                        let name = name.as_str();
                        if let Some(inner) = texts.open(file, name) {
                            self.read(texts, inner, settings);
                        }
                    }
                }
                continue;
            }
            let bare = plain.trim_start();
            if let Some(name) = bare.strip_prefix("define ").or_else(|| bare.strip_prefix("override define ")) {
                let name = name.trim().trim_end_matches(['=', ':', '+', '?', '!']).trim();
                define = Some((name.to_owned(), String::new()));
                current.clear();
                continue;
            }
            if let Some(names) = bare.strip_prefix("export ") {
                let names = names.split(['=', ':', '?', '+']).next().unwrap_or("");
                self.exported.extend(names.split_whitespace().map(str::to_owned));
            }
            self.immediate(plain, file, start, end);
            if let Some((name, operator, value)) = assignment(plain) {
                current.clear();
                if name == ".RECIPEPREFIX" {
                    prefix = value.trim().chars().next().unwrap_or('\t');
                }
                if !settings.iter().any(|(n, _)| *n == name) {
                    assign(&mut self.variables, name, operator, value.trim());
                }
                continue;
            }
            let Some((heads, rest)) = plain.split_once(':') else {
                current.clear();
                continue;
            };
            let rest = rest.trim_start_matches(':');
            let (heads, _) = expand(heads, &self.variables, &Automatic::default(), 0);
            current = heads.split_whitespace().map(str::to_owned).collect();
            if current.iter().any(|name| name == ".ONESHELL") {
                self.one_shell = true;
            }
            let own_variable = assignment(rest);
            // `targets: pattern: prerequisites`
            let (pattern, rest) = match rest.split_once(':').filter(|_| own_variable.is_none()) {
                Some((pattern, rest)) if pattern.contains('%') => (Some(pattern.trim()), rest),
                _ => (None, rest),
            };
            let (prerequisites, own) = match rest.split_once(';') {
                Some((prerequisites, recipe)) => (prerequisites, Some(recipe.trim())),
                None => (rest, None),
            };
            for name in &current {
                if self.first.is_none() && !name.starts_with('.') && !name.contains('%') {
                    self.first = Some(name.clone());
                }
                let target = self.targets.entry(name.clone()).or_default();
                if let Some((name, operator, value)) = own_variable {
                    if rest.trim_start().starts_with("export ") {
                        self.exported.insert(name.to_owned());
                    }
                    assign(&mut target.variables, name, operator, value.trim());
                    continue;
                }
                let stem = pattern.and_then(|pattern| stem_of(name, pattern));
                let named = split_outside(prerequisites, char::is_whitespace).into_iter();
                let named = named.filter(|p| !matches!(*p, "|" | ""));
                target.prerequisites.extend(named.map(|p| match stem {
                    Some(stem) => p.replace('%', stem),
                    None => p.to_owned(),
                }));
                if let Some(own) = own {
                    target.recipe.push(Placed { text: own.to_owned(), file, start, end });
                }
            }
        }
    }

    fn immediate(&mut self, line: &str, file: usize, start: u32, end: u32) {
        let script = match assignment(line) {
            // `=`, `?=` and `+=` are expanded when they are used.
            Some((_, '=' | '?' | '+', _)) => return,
            Some((_, '!', value)) => Some(value.trim()),
            _ => inside(line, "shell "),
        };
        let written = inside(line, "file ").and_then(as_redirection);
        for text in script.map(str::to_owned).into_iter().chain(written) {
            self.immediate.push(Placed { text, file, start, end });
        }
    }

    fn find(&self, name: &str) -> Option<(&Target, String)> {
        if let Some(target) = self.targets.get(name) {
            return Some((target, String::new()));
        }
        // A pattern rule: `%.o`.
        self.targets.iter().find_map(|(pattern, rule)| Some((rule, stem_of(name, pattern)?.to_owned())))
    }
}

/// What `%` stands for in a pattern that matches a name.
fn stem_of<'n>(name: &'n str, pattern: &str) -> Option<&'n str> {
    let (before, after) = pattern.split_once('%')?;
    name.strip_prefix(before)?.strip_suffix(after)
}

/// The variables of a recipe that make sets by itself (`$@`, `$<`, `$^`, `$*`).
#[derive(Default)]
struct Automatic {
    target: String,
    prerequisites: Vec<String>,
    stem: String,
    /// `$(1)` of a called variable.
    arguments: Vec<String>,
    /// Bytes that were gone through for the line at hand: what stands in itself again and again ends.
    work: Cell<usize>,
}

/// And so many of them at most.
const WORK: usize = 8 * EXPANDED;

impl Automatic {
    fn get(&self, name: &str) -> Option<String> {
        if let Ok(number) = name.parse::<usize>() {
            return (!self.arguments.is_empty())
                .then(|| self.arguments.get(number.wrapping_sub(1)).cloned().unwrap_or_default());
        }
        if self.target.is_empty() {
            return None;
        }
        match name {
            "@" => Some(self.target.clone()),
            "<" => self.prerequisites.first().cloned(),
            "^" | "+" => (!self.prerequisites.is_empty()).then(|| self.prerequisites.join(" ")),
            "*" => (!self.stem.is_empty()).then(|| self.stem.clone()),
            "@D" => Some(self.target.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned()),
            "@F" => Some(self.target.rsplit('/').next().unwrap_or("").to_owned()),
            _ => None,
        }
    }
}

struct Run<'m> {
    makefile: &'m Makefile,
    seen: BTreeSet<String>,
    out: Vec<Line>,
}

impl Run<'_> {
    fn target(&mut self, name: &str, variables: &Variables, depth: u32) {
        if beyond(depth, &mut self.out) {
            return;
        }
        if !self.seen.insert(name.to_owned()) {
            return;
        }
        // What no rule makes, the one of that name does (GNU make's manual, "Defining Last-Resort Default Rules").
        let last_resort = || self.makefile.find(".DEFAULT").filter(|_| depth == 0);
        let Some((rule, stem)) = self.makefile.find(name).or_else(last_resort) else { return };
        let mut own = variables.clone();
        own.extend(rule.variables.clone());
        let variables = if rule.variables.is_empty() { variables } else { &own };
        let mut automatic = Automatic { target: name.to_owned(), stem, ..Automatic::default() };
        for prerequisite in &rule.prerequisites {
            let (names, unknown) = expand(&prerequisite.replace('%', &automatic.stem), variables, &automatic, 0);
            for one in names.split_whitespace() {
                self.target(one, variables, depth + 1);
                if unknown.is_empty() {
                    automatic.prerequisites.push(one.to_owned());
                }
            }
        }
        if self.makefile.one_shell {
            let mut lines = rule.recipe.iter();
            let Some(first) = lines.next() else { return };
            let mut whole = first.clone();
            for line in lines {
                whole.text.push('\n');
                whole.text.push_str(&line.text);
                whole.end = line.end;
            }
            self.emit(whole, variables, &automatic);
            return;
        }
        for line in &rule.recipe {
            self.emit(line.clone(), variables, &automatic);
        }
    }

    /// A line of a recipe; a variable of several lines makes several of it.
    fn emit(&mut self, line: Placed, variables: &Variables, automatic: &Automatic) {
        if beyond(0, &mut self.out) || self.out.last().is_some_and(|line| line.language == "unread") {
            return;
        }
        automatic.work.set(0);
        let (text, unknown) = expand(&line.text, variables, automatic, 0);
        if automatic.work.get() > WORK {
            beyond(DEPTH + 1, &mut self.out);
            return;
        }
        let language = variables.get("SHELL").map_or_else(|| "bash".to_owned(), |shell| language_of(shell));
        let bare = |text: &str| text.trim_start_matches(['@', '-', '+', ' ', '\t']).to_owned();
        let several = text.contains('\n') && !line.text.contains('\n') && !self.makefile.one_shell;
        let texts: Vec<String> = if several { text.split('\n').map(bare).collect() } else { vec![bare(&text)] };
        for text in texts.into_iter().filter(|t| !t.is_empty()) {
            let exported = self.makefile.exported.iter().filter_map(|name| {
                let (value, unknown) = expand(variables.get(name)?, variables, automatic, 0);
                unknown.is_empty().then(|| (name.clone(), value))
            });
            let environment = exported.collect();
            let of_this = unknown.iter().filter(|name| text.contains(name.as_str())).cloned().collect();
            self.out.push(Line {
                language: language.clone(),
                environment,
                ..Line::shell(text, line.file, line.start, line.end, of_this)
            });
        }
    }
}

/// The name of a variable that is there where another one grew beyond the bounds.
const TOO_LONG: &str = "(too long)";

fn assign(variables: &mut Variables, name: &str, operator: char, value: &str) {
    match operator {
        '?' if variables.contains_key(name) => {}
        '+' => {
            let entry = variables.entry(name.to_owned()).or_default();
            if !entry.is_empty() {
                entry.push(' ');
            }
            entry.push_str(value);
        }
        '!' => {
            variables.insert(name.to_owned(), format!("$(shell {value})"));
        }
        _ => {
            // `X := $(X) more` means the X of before.
            let before = variables.get(name).cloned().unwrap_or_default();
            let own = [format!("$({name})"), format!("${{{name}}}")];
            let times: usize = own.iter().map(|own| value.matches(own.as_str()).count()).sum();
            // What doubles with each line ends.
            if value.len() + times * before.len() > EXPANDED {
                variables.insert(TOO_LONG.to_owned(), String::new());
                return;
            }
            let value = own.iter().fold(value.to_owned(), |value, own| value.replace(own.as_str(), &before));
            variables.insert(name.to_owned(), value);
        }
    }
}

/// The arguments of a function that a line of the makefile calls.
fn inside<'l>(line: &'l str, function: &str) -> Option<&'l str> {
    let at = line.find(&format!("$({function}"))?;
    Some(&line[at + 2 + function.len()..at + 1 + closing(&line[at + 1..], ROUND)?])
}

/// `$(file >NAME,TEXT)` as a shell would write it (GNU make's manual 8.13); without a text, or with `<`, nothing is written.
fn as_redirection(arguments: &str) -> Option<String> {
    let (target, text) = arguments.trim().split_once(',')?;
    let (sign, name) = match target.strip_prefix(">>") {
        Some(name) => (">>", name),
        None => (">", target.strip_prefix('>')?),
    };
    Some(format!("printf '%s\\n' {} {sign} {}", shell_words::quote(text), name.trim()))
}

/// The script that a function stands for; none for those that run and write nothing.
fn as_script(function: &str) -> Option<Cow<'_, str>> {
    match function.strip_prefix("shell ") {
        Some(script) => Some(Cow::Borrowed(script)),
        None => as_redirection(function.strip_prefix("file ")?).map(Cow::Owned),
    }
}

/// `$(NAME)`, `${NAME}`, `$X`, `$$`, `$@`, `$(call NAME,…)`; functions but `shell` and `file` are unknown.
fn expand(text: &str, variables: &Variables, automatic: &Automatic, depth: u32) -> (String, Vec<String>) {
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
            '(' | '{' => match closing(rest, if sign == '(' { ROUND } else { CURLY }) {
                Some(end) => (&rest[1..end], &rest[end + 1..]),
                None => break,
            },
            other => (&rest[..other.len_utf8()], &rest[other.len_utf8()..]),
        };
        rest = after;
        automatic.work.set(automatic.work.get() + rest.len() + name.len());
        let deep = depth >= DEPTH || out.len() >= EXPANDED || automatic.work.get() > WORK;
        if let Some(value) = automatic.get(name) {
            out.push_str(&value);
        } else if name == "MAKE" {
            out.push_str("make");
        } else if name == "CURDIR" {
            out.push('.');
        } else if let ("RM", None) = (name, variables.get(name)) {
            // GNU make's manual 10.3
            out.push_str("rm -f");
        } else if let Some(script) = Some(name).filter(|_| !deep).and_then(as_script) {
            let (script, more) = expand(&script, variables, automatic, depth + 1);
            unknown.extend(more);
            out.push_str("$(");
            out.push_str(&script);
            out.push(')');
        } else if let Some((value, arguments)) = called(name, variables, automatic, depth).filter(|_| !deep) {
            let inner = Automatic {
                target: automatic.target.clone(),
                prerequisites: automatic.prerequisites.clone(),
                stem: automatic.stem.clone(),
                arguments,
                work: automatic.work.clone(),
            };
            let (value, more) = expand(value, variables, &inner, depth + 1);
            automatic.work.set(inner.work.get());
            unknown.extend(more);
            out.push_str(&value);
        } else if let Some((value, more)) = function(name, variables, automatic, depth).filter(|_| !deep) {
            unknown.extend(more);
            out.push_str(&value);
        } else if let Some(value) = variables.get(name).filter(|_| !deep) {
            let (value, more) = expand(value, variables, automatic, depth + 1);
            unknown.extend(more);
            out.push_str(&value);
        } else {
            // Not set in the file: from the environment, or a function of make's.
            let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            let variable = if plain && !name.starts_with(|c: char| c.is_ascii_digit()) {
                name.to_owned()
            } else {
                format!("__make_{depth}_{}", unknown.len())
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

/// The functions of make that only shuffle text (GNU make's manual, "Text Functions" and those after it).
fn function(text: &str, variables: &Variables, automatic: &Automatic, depth: u32) -> Option<(String, Vec<String>)> {
    let (name, rest) = text.split_once(char::is_whitespace)?;
    let mut unknown = Vec::new();
    let mut arguments: Vec<String> = Vec::new();
    let raw = split_arguments(rest);
    if name == "foreach" {
        let [variable, list, body] = raw.as_slice() else { return None };
        let (list, more) = expand(list, variables, automatic, depth + 1);
        unknown.extend(more);
        let mut out = Vec::new();
        for item in list.split_whitespace().take(crate::limits::UNROLL) {
            let mut own = variables.clone();
            own.insert(variable.trim().to_owned(), item.to_owned());
            let (value, more) = expand(body, &own, automatic, depth + 1);
            unknown.extend(more);
            out.push(value);
        }
        return Some((out.join(" "), unknown));
    }
    for part in &raw {
        let (value, more) = expand(part, variables, automatic, depth + 1);
        unknown.extend(more);
        arguments.push(value);
    }
    let words =
        |text: &str, each: &dyn Fn(&str) -> String| text.split_whitespace().map(each).collect::<Vec<_>>().join(" ");
    let folder = |word: &str| word.rsplit_once('/').map_or("./".to_owned(), |(folder, _)| format!("{folder}/"));
    let out = match (name, arguments.as_slice()) {
        ("strip" | "abspath" | "realpath" | "sort" | "firstword" | "lastword" | "wildcard", [text]) => {
            words(text, &|w| w.to_owned())
        }
        ("addprefix", [prefix, text]) => words(text, &|w| format!("{prefix}{w}")),
        ("addsuffix", [suffix, text]) => words(text, &|w| format!("{w}{suffix}")),
        ("join", [first, second]) => {
            let (mut first, mut second) = (first.split_whitespace(), second.split_whitespace());
            let pair = || match (first.next(), second.next()) {
                (None, None) => None,
                (first, second) => Some([first.unwrap_or(""), second.unwrap_or("")].concat()),
            };
            std::iter::from_fn(pair).collect::<Vec<_>>().join(" ")
        }
        ("dir", [text]) => words(text, &folder),
        ("notdir", [text]) => words(text, &|w| w.rsplit('/').next().unwrap_or(w).to_owned()),
        ("subst", [from, to, text]) if !from.is_empty() => fold::replaced(text, from, to, usize::MAX),
        ("patsubst", [pattern, to, text]) => {
            words(text, &|w| stem_of(w, pattern).map_or_else(|| w.to_owned(), |stem| to.replace('%', stem)))
        }
        ("or", all) => all.iter().map(|a| a.trim()).find(|a| !a.is_empty()).unwrap_or("").to_owned(),
        // Which branch is taken may depend on the surroundings: both are read.
        ("if", [_, then]) => then.trim().to_owned(),
        ("if", [_, then, otherwise]) => format!("{} ; {}", then.trim(), otherwise.trim()),
        _ => return None,
    };
    Some((out, unknown))
}

/// Arguments at commas outside of brackets.
fn split_arguments(text: &str) -> Vec<&str> {
    split_outside(text, |c| c == ',')
}

/// The parts of a text between signs outside of brackets.
fn split_outside(text: &str, separates: impl Fn(char) -> bool) -> Vec<&str> {
    let (mut out, mut level, mut start) = (Vec::new(), 0_u32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' | '{' => level += 1,
            ')' | '}' => level = level.saturating_sub(1),
            c if level == 0 && separates(c) => {
                out.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    out.push(&text[start..]);
    out
}

/// `call NAME,a,b`: the variable's text and its arguments, which are expanded first.
fn called<'v>(
    name: &str,
    variables: &'v Variables,
    automatic: &Automatic,
    depth: u32,
) -> Option<(&'v str, Vec<String>)> {
    let mut parts = name.strip_prefix("call ")?.split(',');
    let value = variables.get(parts.next()?.trim())?;
    Some((value, parts.map(|part| expand(part, variables, automatic, depth + 1).0).collect()))
}

/// `NAME = value` in its forms: name, the sign before `=` that says which, value.
fn assignment(line: &str) -> Option<(&str, char, &str)> {
    let at = line.find('=')?;
    let (left, value) = (&line[..at], &line[at + 1..]);
    let (name, operator) = match left.chars().last()? {
        sign @ ('?' | '+' | '!') => (&left[..left.len() - 1], sign),
        ':' => (left.trim_end_matches(':'), ':'),
        _ => (left, '='),
    };
    let name = name.trim().trim_start_matches("export ").trim_start_matches("override ").trim();
    let good = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    good.then_some((name, operator, value))
}

/// Lines with their continuations, and the place of each.
pub(super) fn joined(text: &str) -> Vec<(String, u32, u32)> {
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
