//! Programs of awk(1), and what they run of what they read.

use crate::facts::analysis::Analysis;
use crate::facts::code::inline::awk::FIELDS;
use crate::facts::fold::awk::printed;
use crate::facts::knowledge::Output;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Shape, Sink, Taint, Val};

/// Fields of a line that are told apart where it is known.
const MOST_FIELDS: usize = 4;

/// Lines of an input that are told apart.
const MOST_LINES: usize = 16;

impl<'a> Analysis<'a> {
    /// What the fields of lines that are known are: each one of as many texts as there are lines.
    fn fields_of(&self, lines: &'a str, call: u32) -> Vec<(&'static str, Val<'a>)> {
        let separator = self.separator_of(call);
        let part = |line: &'a str, number: usize| match (number, separator) {
            (0, _) => Some(line),
            (_, Some(separator)) if !separator.is_empty() => line.split(separator).nth(number - 1),
            _ => line.split_whitespace().nth(number - 1),
        };
        let values = FIELDS.iter().enumerate().take(MOST_FIELDS).map(|(number, name)| {
            let parts = lines.lines().take(MOST_LINES).filter_map(|line| part(line, number)).map(Val::Lit);
            (*name, Val::set(self.bump, &parts.collect::<Vec<_>>()))
        });
        values.collect()
    }

    fn separator_of(&self, call: u32) -> Option<&'a str> {
        self.facts.calls.get(call as usize).and_then(|call| call.fields("-F").next()?.val.lit())
    }

    pub(super) fn awk(&mut self, text: &'a str, source: u32, span: Span, stdin: &Data<'a>, call: u32) {
        let mut text = self.with_assignments(text, call);
        let given = self.given;
        if !self.names_read.is_empty() && text.contains("system") {
            // Each line is one of these names.
            let name = format!("\"{}*\"", self.names_read);
            text = self.bump.alloc_str(&text.replace("$0", &name).replace("$1", &name));
        }
        // `ps -eo pid= | awk '{ system("kill " $1) }'`: one after the other, if it chooses none.
        let chooses =
            || !text.trim_start().starts_with('{') || ["if", "~", "==", "NR"].iter().any(|w| text.contains(w));
        let lists = || {
            let before = self.facts.calls.get((call as usize).checked_sub(1)?)?;
            Some(before.entry?.output == Output::Processes)
        };
        let all = stdin.taint.has(Taint::PROCESSES) && lists() == Some(true) && !chooses();
        for field in FIELDS.into_iter().skip(1).take(2).filter(|_| all) {
            self.set_variable(field, Val::hole(self.bump, stdin.source, Shape::Plain, Taint::PROCESSES));
        }
        let given_fields = given.filter(|_| text.contains("system") || text.contains('|'));
        for (name, value) in given_fields.map(|lines| self.fields_of(lines, call)).into_iter().flatten() {
            self.set_variable(name, value);
        }
        self.inline("awk", text, source, call);
        for name in FIELDS {
            self.state.set_var(name, None);
        }
        // `system($0)`, `$0 | "sh"`, `$1 | getline`: what it reads is what it runs.
        let runs = ["system($", "system( $", "system(substr($0", "system(tolower($0", "| getline", "|getline", "|&"]
            .iter()
            .any(|w| text.contains(w));
        // `{print $2, $1 | "sh"}`: what it would print without that.
        if let Some(lines) = given
            && let Some(printed) = piped_to_shell(lines, text, self.separator_of(call))
        {
            let printed = self.bump.alloc_str(&printed);
            self.shell_code(Val::Lit(printed), span, &Data::NOTHING, &mut Sink::new(), call);
        }
        match given {
            Some(lines) if runs => {
                let lines = match reshaped(lines, text, self.separator_of(call)) {
                    Some(lines) => self.bump.alloc_str(&lines),
                    None => lines,
                };
                self.shell_code(Val::Lit(lines), span, &Data::NOTHING, &mut Sink::new(), call);
                // All fields but the first, which is emptied.
                if text.contains("$1=\"\"") || text.contains("$1 = \"\"") || text.contains("$2") {
                    let rest = lines.lines().filter_map(|line| line.trim().split_once(' ')).map(|(_, rest)| rest);
                    let rest = self.bump.alloc_str(&rest.collect::<Vec<_>>().join("\n"));
                    self.shell_code(Val::Lit(rest), span, &Data::NOTHING, &mut Sink::new(), call);
                }
            }
            _ if runs && (stdin.taint.has(Taint::NETWORK) || stdin.taint.has(Taint::DECODED)) => {
                self.opaque_code("bash", stdin.source, stdin.taint, call, span);
            }
            _ => {}
        }
    }
}

/// What a program hands to a shell of its lines, if it hands over all that it prints.
fn piped_to_shell(lines: &str, program: &str, separator: Option<&str>) -> Option<String> {
    let (before, behind) = program.split_once('|')?;
    let behind = behind.trim_start();
    let shell = ["\"sh\"", "\"bash\"", "\"/bin/sh\"", "\"/bin/bash\"", "\"sh -\"", "\"sh -s\""];
    let rest = shell.iter().find_map(|shell| behind.strip_prefix(shell))?;
    printed(&format!("{before}{rest}"), lines, separator)
}

/// What a program runs of its lines: the whole of them unless it says otherwise, by `substr($0,3)`, `tolower($0)` or the
/// number of a field.
fn reshaped(lines: &str, program: &str, separator: Option<&str>) -> Option<String> {
    let each = |shape: &dyn Fn(&str) -> Option<String>| {
        let lines: Vec<String> = lines.lines().filter_map(shape).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    };
    if let Some((_, rest)) = program.split_once("system(substr($0,") {
        let first: usize = rest.trim_start().split([',', ')']).next()?.trim().parse().ok()?;
        return each(&|line| Some(line.chars().skip(first.saturating_sub(1)).collect()));
    }
    if program.contains("system(tolower($0))") {
        return each(&|line| Some(line.to_lowercase()));
    }
    let (_, rest) = program.split_once("system($")?;
    let number: usize = rest.split(')').next()?.parse().ok().filter(|number| *number > 0)?;
    match separator {
        Some(separator) => each(&|line| line.split(separator).nth(number - 1).map(str::to_owned)),
        None => each(&|line| line.split_whitespace().nth(number - 1).map(str::to_owned)),
    }
}
