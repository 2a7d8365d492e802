//! What the methods of texts, lists and tables give (Python's "Built-in Types"; ECMA-262, 22 to 24).

use std::cell::Cell;
use std::rc::Rc;

use super::operations::{below, chosen, path_of};
use super::run::{Arguments, LONGEST, MOST, Machine};
use super::values::{List, Scope, Table, Value};

impl<'a> Machine<'a, '_> {
    pub(super) fn call_member(
        &mut self,
        of: &Value<'a>,
        name: &'a str,
        given: Arguments<'a>,
        scope: &Rc<Scope<'a>>,
    ) -> Value<'a> {
        match of {
            // A module as a promise: `import("./x.js").then(…)`.
            Value::Table(_) | Value::Class(_) if name == "then" && self.javascript() => {
                self.call(&given.first(), Arguments::of(vec![of.clone()]), scope)
            }
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
                None => self.ask_table(table, name, &given),
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

    fn ask_table(&mut self, table: &Table<'a>, name: &str, given: &Arguments<'a>) -> Value<'a> {
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
                    let all = entries.into_iter().chain(more.borrow().iter().cloned()).collect();
                    if let Value::Table(all) = self.table_of(all) {
                        let all = all.take();
                        *table.borrow_mut() = all;
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
                Value::Number(length as i64 + 1)
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
                    _ => Value::Number(at.map_or(-1, |at| at as i64)),
                }
            }
            "slice" => {
                let bound = |value: Value<'a>| value.as_number();
                self.slice(&itself(), [bound(given.first()), bound(given.at(1)), None])
            }
            "splice" => {
                let from = given
                    .first()
                    .as_number()
                    .map_or(0, |at| if at < 0 { at.saturating_add(length as i64) } else { at });
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
            "keys" => self.list((0..length).map(|at| Value::Number(at as i64)).collect()),
            "values" => itself(),
            "entries" => {
                let all = list
                    .borrow()
                    .iter()
                    .enumerate()
                    .map(|(at, each)| Value::list(vec![Value::Number(at as i64), each.clone()]))
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
        let at = at.as_number().map(|at| if at < 0 { at.saturating_add(all.len() as i64) } else { at });
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
        if self.javascript() {
            return self.sorted_by(all, given.places.first(), scope);
        }
        let key = given.named("key").cloned();
        let keys: Option<Vec<_>> = all
            .iter()
            .map(|each| {
                let key = key.as_ref().map(|key| self.call(key, Arguments::of(vec![each.clone()]), scope));
                sort_key(&key.unwrap_or_else(|| each.clone()))
            })
            .collect();
        // One, or one pattern for many, stands where it stands.
        if keys.is_none() && all.len() <= 1 {
            return Some(all);
        }
        let mut order: Vec<_> = keys?.into_iter().zip(all.drain(..)).collect();
        order.sort_by(|(a, _), (b, _)| a.cmp(b));
        if given.named("reverse").and_then(|reverse| reverse.holds(false)) == Some(true) {
            order.reverse();
        }
        Some(order.into_iter().map(|(_, value)| value).collect())
    }

    /// JavaScript's order: that of the texts, or that of a comparison of its own (ECMA-262, 23.1.3.30).
    fn sorted_by(
        &mut self,
        all: Vec<Value<'a>>,
        compare: Option<&Value<'a>>,
        scope: &Rc<Scope<'a>>,
    ) -> Option<Vec<Value<'a>>> {
        let Some(compare) = compare else {
            let texts: Option<Vec<_>> = all.iter().map(|each| self.shown(each)).collect();
            let mut order: Vec<_> = texts?.into_iter().zip(all).collect();
            order.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            return Some(order.into_iter().map(|(_, value)| value).collect());
        };
        let mut sorted: Vec<Value<'a>> = Vec::with_capacity(all.len());
        for value in all {
            let mut at = sorted.len();
            while at > 0 {
                let asked = Arguments::of(vec![sorted[at - 1].clone(), value.clone()]);
                if self.call(compare, asked, scope).as_number()? <= 0 {
                    break;
                }
                at -= 1;
            }
            sorted.insert(at, value);
        }
        Some(sorted)
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
            let asked = Arguments::of(vec![value.clone(), Value::Number(at as i64)]);
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
                    // It may be one of them.
                    None => {
                        self.exact = false;
                        out.push(chosen(value));
                    }
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

    fn ask_path(&mut self, path: &Rc<str>, name: &'a str, given: &Arguments<'a>) -> Value<'a> {
        match name {
            "joinpath" => path_of(path, &given.places).map_or(Value::Unknown, |path| Value::Path(path.into())),
            "read_text" | "read_bytes" if self.file(path).is_some() => {
                self.file(path).map_or(Value::Unknown, Value::text)
            }
            "expanduser" => Value::Path(self.expanded(path).into()),
            "iterdir" | "glob" | "rglob" => {
                let pattern = given.first().as_text().unwrap_or_else(|| "*".into());
                let pattern = if name == "rglob" { below("**", &pattern) } else { pattern.to_string() };
                self.exact = false;
                Value::list(vec![Value::Path(below(path, &pattern).into())])
            }
            "is_dir" | "is_file" | "exists" | "stat" | "is_symlink" | "samefile" => Value::Unknown,
            "resolve" | "absolute" => Value::Path(path.clone()),
            "as_posix" | "__str__" => Value::Text(path.clone()),
            "with_suffix" | "with_name" => Value::Unknown,
            _ => {
                if path.contains('*') && self.chosen > 0 {
                    return Value::Unknown;
                }
                if let ("write_text", Some(text)) = (name, given.first().as_text()) {
                    self.writes(&path.clone(), &text);
                }
                let path = self.rendered(&Value::Path(path.clone()), 0);
                let code = format!("pathlib.Path({path}).{name}");
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

    /// What gives the values of a list one by one.
    pub(super) fn one_by_one(&mut self, of: &Value<'a>) -> Value<'a> {
        match of.each() {
            Some(all) => Value::Iterator(Rc::new((all, Cell::new(0)))),
            None => Value::Unknown,
        }
    }
}

/// What sorts as the values do.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum SortKey {
    Number(i64),
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
pub(super) fn in_base(number: i64, base: i64) -> Option<String> {
    let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base))?;
    let mut left = number.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        digits.extend(char::from_digit((left % u64::from(base)) as u32, base));
        left /= u64::from(base);
        if left == 0 {
            break;
        }
    }
    if number < 0 {
        digits.push('-');
    }
    Some(digits.into_iter().rev().collect())
}
