//! What the methods of texts, lists and tables give (Python's "Built-in Types"; ECMA-262, 22 to 24).

use std::cell::Cell;
use std::rc::Rc;

use regex_lite::{Captures, Regex};

use super::operations::{below, bytes_of, quoted};
use super::run::{Arguments, LONGEST, MOST, Machine};
use super::values::{List, Scope, Table, Value};
use crate::facts::fold::decode;

/// Texts of patterns.
const LONGEST_PATTERN: usize = 200;

impl<'a> Machine<'a, '_> {
    pub(super) fn call_member(
        &mut self,
        of: &Value<'a>,
        name: &'a str,
        given: Arguments<'a>,
        scope: &Rc<Scope<'a>>,
    ) -> Value<'a> {
        match of {
            Value::Outside(outside) => self.ask_outside(outside, name, given, scope),
            Value::Object(_) | Value::Class(_) => {
                let method = self.member(of, name);
                match method {
                    // What it inherits from elsewhere.
                    Value::Unknown | Value::Nothing => {
                        self.call_back(&given, scope);
                        Value::Unknown
                    }
                    method => self.call(&method, given, scope),
                }
            }
            Value::Table(table) => match self.member_of_table(table, name) {
                Some(member) => self.call(&member, given, scope),
                None => self.ask_table(table, name, &given, scope),
            },
            Value::List(list) => self.ask_list(list, name, given, scope),
            Value::Text(text) => self.ask_text(&text.clone(), name, &given, scope),
            Value::Bytes(bytes) => self.ask_bytes(bytes, name, &given, scope),
            Value::Path(path) => self.ask_path(&path.clone(), name, &given),
            Value::Number(number) => match name {
                "toString" => {
                    let base = given.first().as_number().unwrap_or(10);
                    in_base(*number, base).map_or(Value::Unknown, Value::text)
                }
                "to_bytes" => {
                    let bytes = number.to_be_bytes();
                    let length = given.first().as_number().and_then(|length| usize::try_from(length).ok());
                    let little = given.at(1).as_text().is_some_and(|order| &*order == "little");
                    match length.and_then(|length| bytes.get(bytes.len().checked_sub(length)?..)) {
                        Some(bytes) if little => Value::Bytes(bytes.iter().rev().copied().collect()),
                        Some(bytes) => Value::Bytes(bytes.into()),
                        None => Value::Unknown,
                    }
                }
                _ => Value::Unknown,
            },
            Value::Function(_) | Value::Partial(_) | Value::Method(_) => match name {
                "call" => self.call(of, Arguments::of(given.places.into_iter().skip(1).collect()), scope),
                "apply" => self.call(of, Arguments::of(given.at(1).each().unwrap_or_default()), scope),
                "bind" => Value::Partial(Rc::new((of.clone(), given.places.into_iter().skip(1).collect()))),
                "__call__" => self.call(of, given, scope),
                _ => Value::Unknown,
            },
            Value::Pattern(pattern) => {
                let text = given.places.iter().rev().find_map(Value::as_text);
                match (name, text) {
                    ("sub", Some(text)) => self.replaced_by_pattern(pattern, &text, &given.first(), true, scope),
                    ("findall", Some(text)) => self.found_by_pattern(pattern, &text),
                    ("split", Some(text)) => self.split_by_pattern(pattern, &text),
                    _ => Value::Unknown,
                }
            }
            _ => {
                self.exact = false;
                self.call_back(&given, scope);
                Value::Unknown
            }
        }
    }

    fn member_of_table(&self, table: &Table<'a>, name: &str) -> Option<Value<'a>> {
        if !self.javascript() {
            return None;
        }
        let key = Value::text(name);
        let table = table.borrow();
        table.iter().find(|(known, _)| known.is(&key) == Some(true)).map(|(_, value)| value.clone())
    }

    fn ask_table(&mut self, table: &Table<'a>, name: &str, given: &Arguments<'a>, _: &Rc<Scope<'a>>) -> Value<'a> {
        let entries = table.borrow().clone();
        if !self.work(entries.len()) {
            return Value::Unknown;
        }
        match name {
            "get" | "setdefault" | "pop" => match self.index(&Value::Table(table.clone()), &given.first()) {
                Value::Unknown | Value::Method(_) => given.at(1),
                value => value,
            },
            "items" | "entries" => {
                let pairs = entries.into_iter().map(|(key, value)| Value::list(vec![key, value])).collect();
                self.list(pairs)
            }
            "keys" => self.list(entries.into_iter().map(|(key, _)| key).collect()),
            "values" => self.list(entries.into_iter().map(|(_, value)| value).collect()),
            "copy" => Value::table(entries),
            "update" => {
                if let Value::Table(more) = given.first() {
                    let more = more.borrow().clone();
                    let mut all = table.borrow_mut();
                    if all.len() + more.len() <= MOST {
                        all.extend(more);
                    }
                }
                Value::Nothing
            }
            _ => Value::Unknown,
        }
    }

    fn ask_list(
        &mut self,
        list: &List<'a>,
        name: &'a str,
        mut given: Arguments<'a>,
        scope: &Rc<Scope<'a>>,
    ) -> Value<'a> {
        let javascript = self.javascript();
        let length = list.borrow().len();
        if !self.work(length) {
            return Value::Unknown;
        }
        let itself = || Value::List(list.clone());
        match name {
            "append" | "push" | "add" => {
                self.grow(list.clone(), Some(given.places));
                Value::Number(length as i128 + 1)
            }
            "extend" => {
                let more = given.first().each();
                self.grow(list.clone(), more);
                Value::Nothing
            }
            "unshift" | "appendleft" => {
                if length + given.places.len() <= MOST {
                    list.borrow_mut().splice(0..0, given.places);
                }
                Value::Nothing
            }
            "insert" => {
                let at = given.first().as_number().and_then(|at| usize::try_from(at).ok()).unwrap_or(0);
                if length < MOST {
                    list.borrow_mut().insert(at.min(length), given.at(1));
                }
                Value::Nothing
            }
            "pop" | "shift" | "popleft" => {
                let at = match (name, given.first().as_number()) {
                    ("pop", Some(at)) if at >= 0 => usize::try_from(at).unwrap_or(usize::MAX),
                    ("pop", None) => length.wrapping_sub(1),
                    ("pop", Some(_)) => length.wrapping_sub(1),
                    _ => 0,
                };
                if at < length { list.borrow_mut().remove(at) } else { Value::Nothing }
            }
            "reverse" => {
                list.borrow_mut().reverse();
                if javascript { itself() } else { Value::Nothing }
            }
            "sort" | "toSorted" => {
                let all = list.borrow().clone();
                let sorted = self.sorted(all, &given, scope);
                let Some(sorted) = sorted else { return Value::Unknown };
                *list.borrow_mut() = sorted;
                if javascript { itself() } else { Value::Nothing }
            }
            "toReversed" => {
                let all = list.borrow().iter().rev().cloned().collect();
                self.list(all)
            }
            "copy" => {
                let all = list.borrow().clone();
                self.list(all)
            }
            "join" => {
                let between = given.first().as_text().unwrap_or_else(|| ",".into());
                let all = list.borrow().clone();
                self.joined(&between, &all)
            }
            "index" | "indexOf" | "includes" | "count" => {
                let all = list.borrow();
                let mut at = None;
                let mut count = 0;
                for (place, each) in all.iter().enumerate() {
                    match each.is(&given.first()) {
                        Some(true) => {
                            at = at.or(Some(place));
                            count += 1;
                        }
                        Some(false) => {}
                        None => return Value::Unknown,
                    }
                }
                match name {
                    "includes" => Value::Bool(at.is_some()),
                    "count" => Value::Number(count),
                    _ => Value::Number(at.map_or(-1, |at| at as i128)),
                }
            }
            "slice" => {
                let bound = |value: Value<'a>| value.as_number();
                self.slice(&itself(), [bound(given.first()), bound(given.at(1)), None])
            }
            "splice" => {
                let from = given.first().as_number().map_or(0, |at| if at < 0 { at + length as i128 } else { at });
                let from = usize::try_from(from.max(0)).unwrap_or(0).min(length);
                let count = given.places.get(1).and_then(Value::as_number).map_or(length - from, |n| n.max(0) as usize);
                let end = (from + count.min(length)).min(length);
                let new = given.places.split_off(given.places.len().min(2));
                let removed: Vec<_> = list.borrow_mut().splice(from..end, new).collect();
                self.list(removed)
            }
            "concat" => {
                let mut all = list.borrow().clone();
                for more in given.places {
                    match &more {
                        Value::List(more) => all.extend(more.borrow().iter().cloned()),
                        _ => all.push(more),
                    }
                }
                self.list(all)
            }
            "at" => self.slice_at(list, &given.first()),
            "flat" => {
                let all: Vec<_> = list
                    .borrow()
                    .iter()
                    .flat_map(|each| match each {
                        Value::List(inner) => inner.borrow().clone(),
                        other => vec![other.clone()],
                    })
                    .collect();
                self.list(all)
            }
            "keys" => self.list((0..length).map(|at| Value::Number(at as i128)).collect()),
            "values" => itself(),
            "entries" => {
                let all = list
                    .borrow()
                    .iter()
                    .enumerate()
                    .map(|(at, each)| Value::list(vec![Value::Number(at as i128), each.clone()]))
                    .collect();
                self.list(all)
            }
            "fill" => self.list(vec![given.first(); length]),
            "map" | "filter" | "forEach" | "some" | "every" | "find" | "flatMap" | "reduce" | "reduceRight" => {
                self.each_by(list, name, &given, scope)
            }
            "toString" => self.shown(&itself()).map_or(Value::Unknown, Value::text),
            "remove" | "clear" | "discard" => {
                let gone = list.borrow().iter().position(|each| each.is(&given.first()) == Some(true));
                match (name, gone) {
                    ("clear", _) => list.borrow_mut().clear(),
                    (_, Some(at)) => {
                        list.borrow_mut().remove(at);
                    }
                    _ => {}
                }
                Value::Nothing
            }
            _ => Value::Unknown,
        }
    }

    fn slice_at(&mut self, list: &List<'a>, at: &Value<'a>) -> Value<'a> {
        let all = list.borrow();
        let at = at.as_number().map(|at| if at < 0 { at + all.len() as i128 } else { at });
        at.and_then(|at| all.get(usize::try_from(at).ok()?).cloned()).unwrap_or(Value::Unknown)
    }

    pub(super) fn joined(&mut self, between: &str, all: &[Value<'a>]) -> Value<'a> {
        let mut text = String::new();
        for (at, each) in all.iter().enumerate() {
            let Some(each) = self.shown(each) else { return Value::Unknown };
            if at > 0 {
                text.push_str(between);
            }
            text.push_str(&each);
            if text.len() > LONGEST {
                return Value::Unknown;
            }
        }
        self.text(text)
    }

    pub(super) fn sorted(
        &mut self,
        mut all: Vec<Value<'a>>,
        given: &Arguments<'a>,
        scope: &Rc<Scope<'a>>,
    ) -> Option<Vec<Value<'a>>> {
        if !self.work(all.len() * 4) {
            return None;
        }
        // By a comparison of its own, nobody knows.
        if self.javascript() && !given.places.is_empty() {
            let ascending = all.iter().all(|each| matches!(each, Value::Number(_)));
            if !ascending {
                return None;
            }
        }
        let key = given.named("key").cloned();
        let keys: Option<Vec<_>> = all
            .iter()
            .map(|each| {
                let key = key.as_ref().map(|key| self.call(key, Arguments::of(vec![each.clone()]), scope));
                sort_key(&key.unwrap_or_else(|| each.clone()))
            })
            .collect();
        let mut order: Vec<_> = keys?.into_iter().zip(all.drain(..)).collect();
        order.sort_by(|(a, _), (b, _)| a.cmp(b));
        if given.named("reverse").and_then(|reverse| reverse.holds(false)) == Some(true) {
            order.reverse();
        }
        Some(order.into_iter().map(|(_, value)| value).collect())
    }

    /// What a function makes of each.
    fn each_by(&mut self, list: &List<'a>, name: &str, given: &Arguments<'a>, scope: &Rc<Scope<'a>>) -> Value<'a> {
        let function = given.first();
        let mut all = list.borrow().clone();
        if name == "reduceRight" {
            all.reverse();
        }
        if name.starts_with("reduce") {
            let mut values = all.into_iter();
            let mut sum = match given.places.get(1) {
                Some(begin) => begin.clone(),
                None => values.next().unwrap_or(Value::Nothing),
            };
            for value in values {
                sum = self.call(&function, Arguments::of(vec![sum, value]), scope);
            }
            return sum;
        }
        let mut out = Vec::new();
        for (at, value) in all.into_iter().enumerate() {
            let asked = Arguments::of(vec![value.clone(), Value::Number(at as i128)]);
            let made = self.call(&function, asked, scope);
            let holds = || made.holds(true);
            match name {
                "map" => out.push(made),
                "flatMap" => match &made {
                    Value::List(inner) => out.extend(inner.borrow().iter().cloned()),
                    _ => out.push(made),
                },
                "filter" => match holds() {
                    Some(true) => out.push(value),
                    Some(false) => {}
                    None => return Value::Unknown,
                },
                "some" | "find" | "every" => match (holds(), name) {
                    (Some(true), "some") => return Value::Bool(true),
                    (Some(true), "find") => return value,
                    (Some(false), "every") => return Value::Bool(false),
                    (None, _) => return Value::Unknown,
                    _ => {}
                },
                _ => {}
            }
            if out.len() > MOST || !self.work(0) {
                return Value::Unknown;
            }
        }
        match name {
            "map" | "filter" | "flatMap" => self.list(out),
            "some" => Value::Bool(false),
            "every" => Value::Bool(true),
            _ => Value::Nothing,
        }
    }

    fn ask_text(&mut self, text: &Rc<str>, name: &'a str, given: &Arguments<'a>, scope: &Rc<Scope<'a>>) -> Value<'a> {
        if !self.work(text.len() / 8) {
            return Value::Unknown;
        }
        let javascript = self.javascript();
        let first = given.first();
        let argument = first.as_text();
        let number = |at: usize| given.places.get(at).and_then(Value::as_number);
        match name {
            "join" => match first.each() {
                Some(all) => self.joined(text, &all),
                None => Value::Unknown,
            },
            "split" | "rsplit" => match &first {
                Value::Pattern(pattern) => self.split_by_pattern(pattern, text),
                Value::Nothing if javascript => self.list(vec![Value::Text(text.clone())]),
                Value::Nothing => self.list(text.split_whitespace().map(Value::text).collect()),
                _ => {
                    let Some(by) = argument else { return Value::Unknown };
                    let most = number(1).and_then(|most| usize::try_from(most).ok());
                    let parts: Vec<_> = match (by.is_empty(), most, name) {
                        (true, ..) => return self.spread_out(text),
                        (false, Some(most), "rsplit") => {
                            let mut parts: Vec<_> = text.rsplitn(most + 1, &*by).collect();
                            parts.reverse();
                            parts
                        }
                        (false, Some(most), _) if javascript => text.split(&*by).take(most).collect(),
                        (false, Some(most), _) => text.splitn(most + 1, &*by).collect(),
                        (false, None, _) => text.split(&*by).collect(),
                    };
                    self.list(parts.into_iter().map(Value::text).collect())
                }
            },
            "splitlines" => self.list(text.lines().map(Value::text).collect()),
            "partition" | "rpartition" => {
                let Some(by) = argument else { return Value::Unknown };
                let found = if name == "partition" { text.split_once(&*by) } else { text.rsplit_once(&*by) };
                let (before, between, after) = found.map_or((&**text, "", ""), |(before, after)| (before, &*by, after));
                self.list([before, between, after].into_iter().map(Value::text).collect())
            }
            "replace" | "replaceAll" => match (&first, argument) {
                (Value::Pattern(pattern), _) => {
                    let all = pattern.1.contains('g');
                    self.replaced_by_pattern(pattern, text, &given.at(1), all, scope)
                }
                (_, Some(from)) => {
                    let to = match given.at(1) {
                        function @ Value::Function(_) => {
                            let asked = Arguments::of(vec![first.clone()]);
                            self.call(&function, asked, scope)
                        }
                        other => other,
                    };
                    let Some(to) = to.as_text() else { return Value::Unknown };
                    let times = match (javascript, name, number(2)) {
                        (true, "replace", _) => 1,
                        (false, _, Some(times)) => usize::try_from(times).unwrap_or(usize::MAX),
                        _ => usize::MAX,
                    };
                    let found = text.matches(&*from).count().min(times);
                    match found.checked_mul(to.len()) {
                        Some(more) if more <= LONGEST => self.text(text.replacen(&*from, &to, times)),
                        _ => Value::Unknown,
                    }
                }
                _ => Value::Unknown,
            },
            "lower" | "toLowerCase" | "casefold" | "toLocaleLowerCase" => self.text(text.to_lowercase()),
            "upper" | "toUpperCase" | "toLocaleUpperCase" => self.text(text.to_uppercase()),
            "swapcase" => {
                let swapped = text.chars().map(|c| match c.is_lowercase() {
                    true => c.to_ascii_uppercase(),
                    false => c.to_ascii_lowercase(),
                });
                self.text(swapped.collect())
            }
            "capitalize" => {
                let mut chars = text.chars();
                let first = chars.next().map(|c| c.to_ascii_uppercase());
                self.text(first.into_iter().chain(chars.as_str().to_lowercase().chars()).collect())
            }
            "strip" | "trim" | "lstrip" | "rstrip" | "trimStart" | "trimEnd" => {
                let strips = |c: char| match &argument {
                    Some(signs) => signs.contains(c),
                    None => c.is_whitespace(),
                };
                let kept = match name {
                    "strip" | "trim" => text.trim_matches(strips),
                    "lstrip" | "trimStart" => text.trim_start_matches(strips),
                    _ => text.trim_end_matches(strips),
                };
                self.text(kept.to_owned())
            }
            "removeprefix" => Value::text(argument.and_then(|by| text.strip_prefix(&*by)).unwrap_or(text)),
            "removesuffix" => Value::text(argument.and_then(|by| text.strip_suffix(&*by)).unwrap_or(text)),
            "startswith" | "startsWith" => argument.map_or(Value::Unknown, |by| Value::Bool(text.starts_with(&*by))),
            "endswith" | "endsWith" => argument.map_or(Value::Unknown, |by| Value::Bool(text.ends_with(&*by))),
            "includes" => argument.map_or(Value::Unknown, |by| Value::Bool(text.contains(&*by))),
            "find" | "index" | "indexOf" | "search" | "rfind" | "lastIndexOf" => {
                let Some(by) = argument else { return Value::Unknown };
                let at = if matches!(name, "rfind" | "lastIndexOf") { text.rfind(&*by) } else { text.find(&*by) };
                Value::Number(at.map_or(-1, |at| text[..at].chars().count() as i128))
            }
            "count" => argument.map_or(Value::Unknown, |by| Value::Number(text.matches(&*by).count() as i128)),
            "charAt" => self.index(&Value::Text(text.clone()), &Value::Number(number(0).unwrap_or(0))),
            "at" => {
                let at = number(0).unwrap_or(0);
                let at = if at < 0 { at + text.chars().count() as i128 } else { at };
                self.index(&Value::Text(text.clone()), &Value::Number(at))
            }
            "charCodeAt" | "codePointAt" => {
                let at = usize::try_from(number(0).unwrap_or(0)).unwrap_or(usize::MAX);
                text.chars().nth(at).map_or(Value::Unknown, |c| Value::Number(i128::from(u32::from(c))))
            }
            "slice" | "substring" => {
                let clamp = |at: Option<i128>| if name == "substring" { at.map(|at| at.max(0)) } else { at };
                self.slice(&Value::Text(text.clone()), [clamp(number(0)), clamp(number(1)), None])
            }
            "substr" => {
                let from = number(0).unwrap_or(0);
                let end = number(1).map(|length| from + length);
                self.slice(&Value::Text(text.clone()), [Some(from), end, None])
            }
            "repeat" => {
                let times = Value::Number(number(0).unwrap_or(0));
                self.operate(super::tree::Binary::Multiply, &Value::Text(text.clone()), &times)
            }
            "concat" => {
                let mut all = vec![Value::Text(text.clone())];
                all.extend(given.places.iter().cloned());
                self.joined("", &all)
            }
            "padStart" | "padEnd" | "zfill" | "ljust" | "rjust" => {
                let width = number(0).and_then(|width| usize::try_from(width).ok()).unwrap_or(0);
                let filler = match name {
                    "zfill" => "0".into(),
                    _ => given.at(1).as_text().unwrap_or_else(|| " ".into()),
                };
                let missing = width.saturating_sub(text.chars().count());
                if missing > LONGEST || filler.is_empty() {
                    return Value::Unknown;
                }
                let filler: String = filler.chars().cycle().take(missing).collect();
                match name {
                    "padEnd" | "ljust" => self.text(format!("{text}{filler}")),
                    _ => self.text(format!("{filler}{text}")),
                }
            }
            "format" | "format_map" => self.formatted(text, given),
            "translate" => self.translated(text, &first),
            "encode" => match argument.as_deref() {
                Some("rot13" | "rot_13") => Value::text(text.chars().map(decode::rot13).collect::<String>()),
                _ => Value::Bytes(text.as_bytes().into()),
            },
            "toString" | "valueOf" | "normalize" | "toWellFormed" | "__str__" | "expandtabs" => {
                Value::Text(text.clone())
            }
            "isdigit" => Value::Bool(!text.is_empty() && text.chars().all(|c| c.is_ascii_digit())),
            "isalpha" => Value::Bool(!text.is_empty() && text.chars().all(char::is_alphabetic)),
            "isalnum" => Value::Bool(!text.is_empty() && text.chars().all(char::is_alphanumeric)),
            "isupper" => Value::Bool(text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)),
            "islower" => Value::Bool(text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase)),
            "isspace" => Value::Bool(!text.is_empty() && text.chars().all(char::is_whitespace)),
            "match" | "matchAll" => match &first {
                Value::Pattern(pattern) if pattern.1.contains('g') => self.found_by_pattern(pattern, text),
                _ => Value::Unknown,
            },
            "__add__" => self.operate(super::tree::Binary::Add, &Value::Text(text.clone()), &first),
            "maketrans" => self.letters_for(given),
            _ => Value::Unknown,
        }
    }

    fn spread_out(&mut self, text: &str) -> Value<'a> {
        match Value::text(text).each() {
            Some(all) => self.list(all),
            None => Value::Unknown,
        }
    }

    /// Python's `"{} {x}".format(…)`.
    fn formatted(&mut self, text: &str, given: &Arguments<'a>) -> Value<'a> {
        let mut out = String::new();
        let mut next = 0;
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let here = &rest[at..];
            if here.starts_with("{{") || here.starts_with("}}") {
                out.push_str(&here[..1]);
                rest = &here[2..];
                continue;
            }
            let Some(end) = here.find('}') else { return Value::Unknown };
            let field = here[1..end].split([':', '!']).next().unwrap_or_default();
            let name = field.split(['.', '[']).next().unwrap_or_default();
            let mut value = if name.is_empty() {
                next += 1;
                given.at(next - 1)
            } else if let Ok(at) = name.parse::<usize>() {
                given.at(at)
            } else {
                match given.named(name) {
                    Some(value) => value.clone(),
                    None => self.index(&given.first(), &Value::text(name)),
                }
            };
            // `{0[x]}`, `{a.b}`
            for part in field[name.len()..].split(['.', '[']).filter(|part| !part.is_empty()) {
                let part = part.trim_end_matches(']');
                let key = part.parse().map_or_else(|_| Value::text(part), Value::Number);
                value = self.index(&value, &key);
            }
            let Some(shown) = self.shown(&value) else { return Value::Unknown };
            out.push_str(&shown);
            rest = &here[end + 1..];
        }
        out.push_str(rest);
        self.text(out)
    }

    /// Python's `str.maketrans`: which letter becomes which.
    pub(super) fn letters_for(&mut self, given: &Arguments<'a>) -> Value<'a> {
        if let Value::Table(table) = given.first() {
            return Value::Table(table);
        }
        let (Some(from), Some(to)) = (given.first().as_text(), given.at(1).as_text()) else { return Value::Unknown };
        let letter = |c: char| Value::text(c.to_string());
        let mut pairs: Vec<_> = from.chars().zip(to.chars()).map(|(from, to)| (letter(from), letter(to))).collect();
        if let Some(gone) = given.at(2).as_text() {
            pairs.extend(gone.chars().map(|c| (letter(c), Value::Nothing)));
        }
        if pairs.len() <= MOST && self.work(pairs.len()) { Value::table(pairs) } else { Value::Unknown }
    }

    fn translated(&mut self, text: &str, by: &Value<'a>) -> Value<'a> {
        let Value::Table(table) = by else { return Value::Unknown };
        let table = table.borrow();
        let mut out = String::new();
        for c in text.chars() {
            if !self.work(table.len() / 4) {
                return Value::Unknown;
            }
            let is = |key: &Value<'_>| match key {
                Value::Text(text) => text.chars().eq([c]),
                Value::Number(number) => *number == i128::from(u32::from(c)),
                _ => false,
            };
            match table.iter().find(|(key, _)| is(key)).map(|(_, value)| value) {
                None => out.push(c),
                Some(Value::Nothing) => {}
                Some(Value::Text(text)) => out.push_str(text),
                Some(Value::Number(number)) => out.extend(u32::try_from(*number).ok().and_then(char::from_u32)),
                Some(_) => return Value::Unknown,
            }
        }
        self.text(out)
    }

    fn ask_bytes(
        &mut self,
        bytes: &Rc<[u8]>,
        name: &'a str,
        given: &Arguments<'a>,
        scope: &Rc<Scope<'a>>,
    ) -> Value<'a> {
        let first = given.first();
        match name {
            "decode" | "toString" => {
                let encoding = first.as_text();
                match encoding.as_deref().map(str::to_ascii_lowercase).as_deref() {
                    Some("hex") => {
                        let text = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
                        self.text(text)
                    }
                    Some("rot13" | "base64") => Value::Unknown,
                    Some("utf-16" | "utf16" | "utf-16le" | "utf16le" | "utf-16-le") => {
                        let units: Vec<u16> =
                            bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
                        String::from_utf16(&units).map_or(Value::Unknown, Value::text)
                    }
                    Some("latin-1" | "latin1" | "iso-8859-1" | "binary") => {
                        let text = bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
                        self.text(text)
                    }
                    _ => String::from_utf8(bytes.to_vec()).map_or(Value::Unknown, Value::text),
                }
            }
            "hex" => {
                let text = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
                self.text(text)
            }
            "map" | "forEach" | "filter" | "reduce" | "join" | "reverse" | "slice" | "subarray" => {
                let name = if name == "subarray" { "slice" } else { name };
                let all = Value::Bytes(bytes.clone()).each().unwrap_or_default();
                let list = Value::list(all);
                let made = self.call_member(&list, name, Arguments::of(given.places.clone()), scope);
                match made {
                    Value::List(list) if name != "forEach" => match bytes_of(&list.borrow()) {
                        Some(bytes) => Value::Bytes(bytes.into()),
                        None => Value::List(list.clone()),
                    },
                    other => other,
                }
            }
            // Of letters alone bytes are what texts are.
            _ => match std::str::from_utf8(bytes) {
                Ok(text) => {
                    let text: Rc<str> = text.into();
                    let plain = |value: &Value<'a>| match value {
                        Value::Bytes(bytes) => std::str::from_utf8(bytes).map_or(Value::Unknown, Value::text),
                        other => other.clone(),
                    };
                    let places = match (name, given.first().each()) {
                        ("join", Some(all)) => vec![Value::list(all.iter().map(plain).collect())],
                        _ => given.places.iter().map(plain).collect(),
                    };
                    let asked = Arguments::of(places);
                    let made = self.ask_text(&text, name, &asked, scope);
                    let back = |value: &Value<'a>| match value {
                        Value::Text(text) => Value::Bytes(text.as_bytes().into()),
                        other => other.clone(),
                    };
                    match &made {
                        Value::List(list) => {
                            let all = list.borrow().iter().map(back).collect();
                            self.list(all)
                        }
                        other => back(other),
                    }
                }
                Err(_) => Value::Unknown,
            },
        }
    }

    fn ask_path(&mut self, path: &Rc<str>, name: &'a str, given: &Arguments<'a>) -> Value<'a> {
        match name {
            "joinpath" => {
                let mut out = path.to_string();
                for part in &given.places {
                    let Some(part) = part.as_text() else { return Value::Unknown };
                    out = below(&out, &part);
                }
                Value::Path(out.into())
            }
            "read_text" | "read_bytes" if (self.given.file)(path).is_some() => {
                (self.given.file)(path).map_or(Value::Unknown, Value::text)
            }
            "expanduser" => Value::Path(self.expanded(path).into()),
            "resolve" | "absolute" => Value::Path(path.clone()),
            "as_posix" | "__str__" => Value::Text(path.clone()),
            "with_suffix" | "with_name" => Value::Unknown,
            _ => {
                let code = format!("pathlib.Path({}).{name}", quoted(path));
                let code = self.with_arguments(&code, given);
                self.made(code, true)
            }
        }
    }

    pub(super) fn expanded(&self, path: &str) -> String {
        match path.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{}{rest}", self.given.home),
            _ => path.to_owned(),
        }
    }

    /// A pattern that this machine reads as that language does; none if it is another.
    fn regex(&mut self, pattern: &(String, String)) -> Option<Regex> {
        let (text, flags) = pattern;
        if text.len() > LONGEST_PATTERN || !self.work(text.len() * 8) {
            return None;
        }
        let text = text.replace("\\/", "/");
        let flags = if flags.contains('i') { "(?i)" } else { "" };
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

    /// What gives the values of a list one by one.
    pub(super) fn one_by_one(&mut self, of: &Value<'a>) -> Value<'a> {
        match of.each() {
            Some(all) => Value::Iterator(Rc::new((all, Cell::new(0)))),
            None => Value::Unknown,
        }
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

/// What sorts as the values do.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum SortKey {
    Number(i128),
    Text(Rc<str>),
    List(Vec<SortKey>),
}

fn sort_key(value: &Value<'_>) -> Option<SortKey> {
    Some(match value {
        Value::Number(number) => SortKey::Number(*number),
        Value::Text(text) | Value::Path(text) => SortKey::Text(text.clone()),
        Value::List(list) => {
            let list = list.borrow();
            let plain = |value: &Value<'_>| matches!(value, Value::Number(_) | Value::Text(_) | Value::Path(_));
            // Pairs are sorted by what comes first.
            SortKey::List(list.iter().take_while(|each| plain(each)).map(sort_key).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// A number with the digits of a base from 2 to 36.
pub(super) fn in_base(number: i128, base: i128) -> Option<String> {
    let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base))?;
    let mut left = number.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        digits.extend(char::from_digit((left % u128::from(base)) as u32, base));
        left /= u128::from(base);
        if left == 0 {
            break;
        }
    }
    if number < 0 {
        digits.push('-');
    }
    Some(digits.into_iter().rev().collect())
}
