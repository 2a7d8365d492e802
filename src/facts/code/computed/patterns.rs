//! Regular expressions, read as `regex_lite` reads them.

use std::rc::Rc;

use regex_lite::{Captures, Regex};

use super::run::{Arguments, LONGEST, MOST, Machine};
use super::values::{Scope, Value};

/// Bytes of a pattern.
const LONGEST_PATTERN: usize = 200;

impl<'a> Machine<'a, '_> {
    /// A pattern that this machine reads as that language does; none if it is another.
    fn regex(&mut self, pattern: &(String, String)) -> Option<Regex> {
        let (text, flags) = pattern;
        if text.len() > LONGEST_PATTERN || !self.work(text.len() * 8) {
            return None;
        }
        let text = text.replace("\\/", "/");
        if flags.contains(|flag| !"gimsu".contains(flag)) {
            return None;
        }
        let flags: String =
            flags.chars().filter(|flag| "ims".contains(*flag)).map(|flag| format!("(?{flag})")).collect();
        Regex::new(&format!("{flags}{text}")).ok()
    }

    pub(super) fn replaced_by_pattern(
        &mut self,
        pattern: &(String, String),
        text: &str,
        by: &Value<'a>,
        all: bool,
        scope: &Rc<Scope<'a>>,
    ) -> Value<'a> {
        let Some(regex) = self.regex(pattern) else { return Value::Unknown };
        let javascript = self.javascript();
        let mut out = String::new();
        let mut from = 0;
        let most = if all { MOST } else { 1 };
        let found: Vec<Captures<'_>> = regex.captures_iter(text).take(most).collect();
        for captures in &found {
            let Some(whole) = captures.get(0) else { break };
            out.push_str(&text[from..whole.start()]);
            from = whole.end();
            let group = |at: usize| Value::text(captures.get(at).map_or("", |group| group.as_str()));
            match by {
                Value::Text(with) => out.push_str(&with_groups(with, captures, javascript)),
                function if javascript => {
                    let asked = (0..captures.len()).map(group).collect();
                    match self.call(function, Arguments::of(asked), scope) {
                        Value::Text(text) => out.push_str(&text),
                        _ => return Value::Unknown,
                    }
                }
                function => {
                    // Python's function is given the match: as a list of its groups.
                    let groups = Value::list((0..captures.len()).map(group).collect());
                    match self.call(function, Arguments::of(vec![groups]), scope) {
                        Value::Text(text) => out.push_str(&text),
                        _ => return Value::Unknown,
                    }
                }
            }
            if out.len() > LONGEST || !self.work(0) {
                return Value::Unknown;
            }
        }
        out.push_str(&text[from..]);
        self.text(out)
    }

    pub(super) fn found_by_pattern(&mut self, pattern: &(String, String), text: &str) -> Value<'a> {
        let Some(regex) = self.regex(pattern) else { return Value::Unknown };
        let grouped = !self.javascript();
        let found = regex.captures_iter(text).take(MOST).map(|captures| {
            let group = |at: usize| Value::text(captures.get(at).map_or("", |group| group.as_str()));
            match (captures.len(), grouped) {
                (2, true) => group(1),
                (3.., true) => Value::list((1..captures.len()).map(group).collect()),
                _ => group(0),
            }
        });
        let found = found.collect();
        self.list(found)
    }

    pub(super) fn split_by_pattern(&mut self, pattern: &(String, String), text: &str) -> Value<'a> {
        let Some(regex) = self.regex(pattern) else { return Value::Unknown };
        self.list(regex.split(text).take(MOST).map(Value::text).collect())
    }
}

/// What is put in the place of a match: `\1` and `\g<1>`, `$1` and `$&`.
fn with_groups(with: &str, captures: &Captures<'_>, javascript: bool) -> String {
    let sign = if javascript { '$' } else { '\\' };
    let mut out = String::new();
    let mut rest = with;
    while let Some(at) = rest.find(sign) {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let digits = rest.strip_prefix("g<").unwrap_or(rest);
        let length = digits.bytes().take_while(u8::is_ascii_digit).count();
        let number = match rest.starts_with('&') && javascript {
            true => Some(0),
            false => digits[..length].parse::<usize>().ok(),
        };
        match number {
            Some(number) => {
                out.push_str(captures.get(number).map_or("", |group| group.as_str()));
                rest = match rest.strip_prefix("g<") {
                    Some(inner) => inner.get(length + 1..).unwrap_or_default(),
                    None => &rest[length.max(usize::from(rest.starts_with('&')))..],
                };
            }
            None => match (javascript, rest.chars().next()) {
                (false, Some('n')) => {
                    out.push('\n');
                    rest = &rest[1..];
                }
                (false, Some(other)) => {
                    out.push(other);
                    rest = &rest[other.len_utf8()..];
                }
                _ => out.push(sign),
            },
        }
    }
    out.push_str(rest);
    out
}
