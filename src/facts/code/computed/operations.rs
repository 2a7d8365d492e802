//! Operators, members and what values look like as texts and as code.

use std::rc::Rc;

use super::run::{Arguments, LONGEST, MOST, Machine};
use super::tree::Binary;
use super::values::Value;

/// Values within values that are written down.
const DEEPEST: u32 = 6;
/// What stands for a value that is not known, in the code that is made.
pub(super) const UNKNOWN: &str = "unknown";

impl<'a> Machine<'a, '_> {
    pub(super) fn operate(&mut self, operator: Binary, left: &Value<'a>, right: &Value<'a>) -> Value<'a> {
        let truth = |is: Option<bool>| is.map_or(Value::Unknown, Value::Bool);
        match operator {
            Binary::Equal => return truth(self.same(left, right)),
            Binary::Unequal => return truth(self.same(left, right).map(|is| !is)),
            Binary::In => return truth(self.holds_within(left, right)),
            Binary::NotIn => return truth(self.holds_within(left, right).map(|is| !is)),
            _ => {}
        }
        if let (Some(a), Some(b)) = (left.as_number(), right.as_number()) {
            return numbers(operator, a, b, self.javascript());
        }
        match (operator, left, right) {
            (Binary::Add, Value::List(a), Value::List(b)) if !self.javascript() => {
                let mut all = a.borrow().clone();
                all.extend(b.borrow().iter().cloned());
                self.list(all)
            }
            (Binary::Add, Value::Bytes(a), Value::Bytes(b)) => match a.len() + b.len() <= LONGEST {
                true => Value::Bytes([&**a, &**b].concat().into()),
                false => Value::Unknown,
            },
            (Binary::Add, Value::Text(_) | Value::Any(_), Value::Text(_) | Value::Any(_)) => {
                match (left.as_text(), right.as_text()) {
                    (Some(a), Some(b)) => self.text_of_any(format!("{a}{b}"), &[left.clone(), right.clone()]),
                    _ => Value::Unknown,
                }
            }
            (Binary::Add, Value::Text(_) | Value::List(_), _) | (Binary::Add, _, Value::Text(_) | Value::List(_))
                if self.javascript() =>
            {
                match (self.shown(left), self.shown(right)) {
                    (Some(a), Some(b)) => self.text(a + &b),
                    _ => Value::Unknown,
                }
            }
            (Binary::Multiply, Value::Text(text), Value::Number(times))
            | (Binary::Multiply, Value::Number(times), Value::Text(text)) => {
                let times = usize::try_from((*times).max(0)).unwrap_or(usize::MAX);
                match text.len().checked_mul(times) {
                    Some(length) if length <= LONGEST => self.text(text.repeat(times)),
                    _ => Value::Unknown,
                }
            }
            (Binary::Multiply, Value::List(list), Value::Number(times)) => {
                let list = list.borrow();
                let times = usize::try_from((*times).max(0)).unwrap_or(usize::MAX);
                match list.len().checked_mul(times) {
                    Some(length) if length <= MOST => {
                        let all = std::iter::repeat_n(&*list, times).flatten().cloned().collect();
                        self.list(all)
                    }
                    _ => Value::Unknown,
                }
            }
            (Binary::Remainder, Value::Text(text), _) if !self.javascript() => self.filled_in(text, right),
            // `Path("/srv") / "data"`
            (Binary::Divide, Value::Path(_) | Value::Text(_), Value::Path(_) | Value::Text(_) | Value::Any(_)) => {
                match (left.as_text(), right.as_text()) {
                    (Some(a), Some(b)) => Value::Path(below(&a, &b).into()),
                    _ => Value::Unknown,
                }
            }
            (
                Binary::Less | Binary::LessOrEqual | Binary::Greater | Binary::GreaterOrEqual,
                Value::Text(a),
                Value::Text(b),
            ) => {
                let order = a.cmp(b);
                Value::Bool(match operator {
                    Binary::Less => order.is_lt(),
                    Binary::LessOrEqual => order.is_le(),
                    Binary::Greater => order.is_gt(),
                    _ => order.is_ge(),
                })
            }
            (Binary::BitOr, Value::Table(a), Value::Table(b)) => {
                let all = a.borrow().iter().chain(b.borrow().iter()).cloned().collect();
                self.table_of(all)
            }
            _ => Value::Unknown,
        }
    }

    /// A text that is made of others: whichever there are, if one of them is that.
    pub(super) fn text_of_any(&mut self, text: String, of: &[Value<'a>]) -> Value<'a> {
        match of.iter().any(|value| matches!(value, Value::Any(_))) {
            true => Value::Any(text.into()),
            false => self.text(text),
        }
    }

    /// JavaScript compares numbers with the texts of numbers.
    fn same(&self, left: &Value<'a>, right: &Value<'a>) -> Option<bool> {
        match (left, right) {
            (Value::Number(number), Value::Text(text)) | (Value::Text(text), Value::Number(number))
                if self.javascript() =>
            {
                Some(number.to_string() == **text)
            }
            _ => left.is(right),
        }
    }

    fn holds_within(&mut self, inner: &Value<'a>, outer: &Value<'a>) -> Option<bool> {
        if let (Value::Text(inner), Value::Text(outer)) = (inner, outer) {
            return Some(outer.contains(&**inner));
        }
        let all = match outer {
            Value::List(_) | Value::Table(_) | Value::Bytes(_) => outer.each()?,
            _ => return None,
        };
        self.work(all.len());
        all.iter().try_fold(false, |found, each| Some(found || each.is(inner)?))
    }

    /// Python's `"…%s…" % (…)`.
    fn filled_in(&mut self, text: &str, given: &Value<'a>) -> Value<'a> {
        let mut all = match given {
            Value::List(list) => list.borrow().clone(),
            other => vec![other.clone()],
        }
        .into_iter();
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                out.push('%');
                rest = after;
                continue;
            }
            let value = if let Some(after) = rest.strip_prefix('(') {
                let Some((key, after)) = after.split_once(')') else { return Value::Unknown };
                rest = after;
                self.index(given, &Value::text(key))
            } else {
                all.next().unwrap_or(Value::Unknown)
            };
            let Some(end) = rest.find(|c: char| c.is_ascii_alphabetic()) else { return Value::Unknown };
            let shown = match (&rest[end..=end], value.as_number()) {
                // Numbers in another form, and blanks around a text.
                _ if end > 0 => None,
                ("x", Some(number)) => Some(format!("{number:x}")),
                ("c", Some(number)) => u32::try_from(number).ok().and_then(char::from_u32).map(String::from),
                _ => self.shown(&value),
            };
            let Some(shown) = shown else { return Value::Unknown };
            out.push_str(&shown);
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        self.text(out)
    }

    pub(super) fn index(&mut self, of: &Value<'a>, key: &Value<'a>) -> Value<'a> {
        match of {
            Value::Table(table) => {
                let table = table.borrow();
                if !self.work(table.len()) {
                    return Value::Unknown;
                }
                for (known, value) in table.iter() {
                    match self.same(known, key) {
                        Some(true) => return value.clone(),
                        Some(false) => {}
                        None => return Value::Unknown,
                    }
                }
                match key {
                    Value::Text(name) if self.javascript() => {
                        let name: &'a str = self.bump.alloc_str(name);
                        drop(table);
                        Value::Method(Rc::new((of.clone(), name)))
                    }
                    _ => Value::Unknown,
                }
            }
            Value::List(list) => match key {
                Value::Number(at) => {
                    let list = list.borrow();
                    place(*at, list.len(), self.javascript())
                        .and_then(|at| list.get(at).cloned())
                        .unwrap_or(Value::Unknown)
                }
                Value::Text(name) => match name.parse::<usize>() {
                    Ok(at) => list.borrow().get(at).cloned().unwrap_or(Value::Unknown),
                    Err(_) => {
                        let name: &'a str = self.bump.alloc_str(name);
                        self.member(of, name)
                    }
                },
                _ => Value::Unknown,
            },
            Value::Text(text) if self.javascript() && in_pairs(text) => Value::Unknown,
            Value::Text(text) => match key {
                Value::Number(at) => {
                    self.work(text.len() / 16);
                    let length = text.chars().count();
                    let found = place(*at, length, self.javascript()).and_then(|at| text.chars().nth(at));
                    found.map_or(Value::Unknown, |c| Value::text(c.to_string()))
                }
                Value::Text(name) if self.javascript() => {
                    let name: &'a str = self.bump.alloc_str(name);
                    self.member(of, name)
                }
                _ => Value::Unknown,
            },
            Value::Bytes(bytes) => {
                let found = key.as_number().and_then(|at| place(at, bytes.len(), false));
                found.and_then(|at| bytes.get(at)).map_or(Value::Unknown, |byte| Value::Number(i64::from(*byte)))
            }
            Value::Object(_) | Value::Class(_) | Value::Function(_) | Value::Outside(_) => match (of, key) {
                (Value::Outside(outside), key) if outside.code == "os.environ" => {
                    let known = key.as_text().and_then(|name| (self.given.variable)(&name));
                    known.map_or(Value::Unknown, Value::text)
                }
                (_, Value::Text(name)) => {
                    let name: &'a str = self.bump.alloc_str(name);
                    self.member(of, name)
                }
                _ => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }

    pub(super) fn slice(&mut self, of: &Value<'a>, [from, to, step]: [Option<i64>; 3]) -> Value<'a> {
        let Some(all) = of.each() else { return Value::Unknown };
        if !self.work(all.len()) {
            return Value::Unknown;
        }
        let length = all.len() as i64;
        let step = step.unwrap_or(1);
        if step == 0 {
            return Value::Unknown;
        }
        let clamp = |at: i64| {
            if at < 0 { at.saturating_add(length).max(if step < 0 { -1 } else { 0 }) } else { at.min(length) }
        };
        let (mut at, end) = match step > 0 {
            true => (from.map_or(0, clamp), to.map_or(length, clamp)),
            false => (from.map_or(length - 1, |at| clamp(at).min(length - 1)), to.map_or(-1, clamp)),
        };
        let mut values = Vec::new();
        while if step > 0 { at < end } else { at > end } {
            values.extend(usize::try_from(at).ok().and_then(|at| all.get(at)).cloned());
            at = at.saturating_add(step);
        }
        match of {
            Value::Text(_) => {
                let text: String = values.iter().filter_map(Value::as_text).map(|c| c.to_string()).collect();
                self.text(text)
            }
            Value::Bytes(_) => Value::Bytes(bytes_of(&values).unwrap_or_default().into()),
            _ => self.list(values),
        }
    }

    pub(super) fn member(&mut self, of: &Value<'a>, name: &'a str) -> Value<'a> {
        let bound = |value: Value<'a>| match value {
            Value::Function(function) => Value::Function(function.bound(of.clone())),
            value => value,
        };
        match of {
            Value::Object(object) => {
                if let Some(value) = object.fields.borrow().get(name) {
                    return value.clone();
                }
                match self.of_class(&object.class, name) {
                    Some(value) => bound(value),
                    None if self.javascript() => Value::Nothing,
                    // Python asks for what is not there (its reference, 3.3.2).
                    None => match self.of_class(&object.class, "__getattr__") {
                        Some(asked) => {
                            let around = Value::text(name);
                            let scope = object.class.members.clone();
                            self.call(&bound(asked), Arguments::of(vec![around]), &scope)
                        }
                        None => Value::Unknown,
                    },
                }
            }
            Value::Class(class) => self.of_class(class, name).unwrap_or(Value::Unknown),
            Value::Table(table) if self.javascript() => {
                let key = Value::text(name);
                let found =
                    table.borrow().iter().find(|(known, _)| known.is(&key) == Some(true)).map(|(_, v)| v.clone());
                match found {
                    Some(value) => bound(value),
                    // A module that exports one thing, as one that says what is the default.
                    None if name == "default" => of.clone(),
                    None => Value::Method(Rc::new((of.clone(), name))),
                }
            }
            Value::List(list) if name == "length" && self.javascript() => Value::Number(list.borrow().len() as i64),
            Value::Text(text) if name == "length" && self.javascript() => {
                Value::Number(text.encode_utf16().count() as i64)
            }
            Value::Bytes(bytes) if name == "length" && self.javascript() => Value::Number(bytes.len() as i64),
            Value::Path(path) => match name {
                "parent" => Value::Path(path.rsplit_once('/').map_or(".", |(above, _)| above).into()),
                "name" if !path.contains('*') => Value::text(path.rsplit('/').next().unwrap_or(path)),
                "name" | "stem" | "suffix" => Value::Unknown,
                _ => Value::Method(Rc::new((of.clone(), name))),
            },
            Value::Outside(_) if name == "default" && self.javascript() => of.clone(),
            Value::Outside(outside) => {
                let code = match &*outside.code {
                    "globalThis" | "global" | "window" | "self" | "builtins" | "__builtins__" | "module"
                        if !(outside.code == "module" && name != "require") =>
                    {
                        name.to_owned()
                    }
                    "process.mainModule" if name == "require" => name.to_owned(),
                    // A module whose name is none of a variable: what it holds is known by its own.
                    code if outside.made_by.is_none() && code.contains(['@', '-']) => name.to_owned(),
                    code => format!("{code}.{name}"),
                };
                match &*code {
                    "sys.argv" | "process.argv" if !self.given.words.is_empty() => {
                        let first = if self.javascript() { &["node", "script"][..] } else { &["script"] };
                        Value::list(first.iter().chain(self.given.words).map(|word| Value::text(*word)).collect())
                    }
                    "os.sep" | "path.sep" | "posixpath.sep" => Value::text("/"),
                    "os.linesep" | "os.EOL" => Value::text("\n"),
                    "string.ascii_lowercase" => Value::text("abcdefghijklmnopqrstuvwxyz"),
                    "string.ascii_uppercase" => Value::text("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                    "string.ascii_letters" => Value::text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                    "string.digits" => Value::text("0123456789"),
                    "string.punctuation" => Value::text("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
                    // string.printable of Python's reference
                    "string.printable" => Value::text(
                        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \t\n\r\u{b}\u{c}",
                    ),
                    _ if let Some(name) = code.strip_prefix("process.env.") => {
                        (self.given.variable)(name).map_or(Value::Unknown, Value::text)
                    }
                    _ => Value::Outside(Rc::new(super::values::Outside { code, made_by: outside.made_by })),
                }
            }
            Value::Unknown | Value::Nothing | Value::Any(_) => Value::Unknown,
            _ => Value::Method(Rc::new((of.clone(), name))),
        }
    }

    /// What a value is as a text; none if it is not known.
    pub(super) fn shown(&self, value: &Value<'a>) -> Option<String> {
        Some(match value {
            Value::Text(text) | Value::Path(text) | Value::Any(text) => text.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Bool(is) => match (is, self.javascript()) {
                (true, true) => "true".into(),
                (false, true) => "false".into(),
                (true, false) => "True".into(),
                (false, false) => "False".into(),
            },
            // `undefined` and `null` are one here.
            Value::Nothing if self.javascript() => return None,
            Value::Nothing => "None".into(),
            Value::Bytes(bytes) if self.javascript() => String::from_utf8(bytes.to_vec()).ok()?,
            Value::List(list) if self.javascript() => {
                let list = list.borrow();
                let nested = |value: &Value<'_>| matches!(value, Value::List(_) | Value::Table(_));
                if list.iter().any(nested) {
                    return None;
                }
                list.iter().map(|each| self.shown(each)).collect::<Option<Vec<_>>>()?.join(",")
            }
            Value::List(_) | Value::Table(_) | Value::Bytes(_) if !self.javascript() => {
                let code = self.rendered(value, 0);
                // Which quotes a text gets is not computed.
                if code.contains('"') || code.contains(UNKNOWN) {
                    return None;
                }
                code
            }
            _ => return None,
        })
    }

    /// Code that has this value.
    pub(super) fn rendered(&self, value: &Value<'a>, depth: u32) -> String {
        if depth > DEEPEST {
            return UNKNOWN.into();
        }
        match value {
            Value::Text(text) | Value::Path(text) | Value::Any(text) => quoted(text),
            // What is read of them is what a text of them says.
            Value::Bytes(bytes) => std::str::from_utf8(bytes).map_or_else(|_| UNKNOWN.into(), quoted),
            Value::Number(number) => number.to_string(),
            Value::Nothing if self.javascript() => "null".into(),
            Value::Bool(_) | Value::Nothing => self.shown(value).unwrap_or_default(),
            Value::List(list) => {
                let items: Vec<_> = list.borrow().iter().map(|each| self.rendered(each, depth + 1)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Table(table) => {
                let entries = table.borrow();
                let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let entries = entries.iter().map(|(key, value)| {
                    let key = match key {
                        Value::Text(name) if self.javascript() && name.chars().all(plain) => name.to_string(),
                        key => self.rendered(key, depth + 1),
                    };
                    format!("{key}: {}", self.rendered(value, depth + 1))
                });
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
            Value::Outside(outside) => outside.code.clone(),
            _ => UNKNOWN.into(),
        }
    }
}

/// A text in quotes, for both languages.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\x00"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A value that stands for some of what a folder holds: which, nobody knows.
pub(super) fn chosen(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Any(_) => Value::Unknown,
        Value::Path(path) if path.contains('*') => Value::Unknown,
        other => other,
    }
}

/// Whether letters of a text count double where JavaScript counts them (ECMA-262, 6.1.4).
pub(super) fn in_pairs(text: &str) -> bool {
    text.chars().any(|c| u32::from(c) > 0xFFFF)
}

/// A path below another, unless it begins at the root.
pub(super) fn below(folder: &str, path: &str) -> String {
    match path.starts_with('/') || folder.is_empty() {
        true => path.to_owned(),
        false => format!("{}/{path}", folder.trim_end_matches('/')),
    }
}

/// A path of these parts, from a folder on; none if one is not known.
pub(super) fn path_of(folder: &str, parts: &[Value<'_>]) -> Option<String> {
    parts.iter().try_fold(folder.to_owned(), |path, part| Some(below(&path, &part.as_text()?)))
}

pub(super) fn bytes_of(values: &[Value<'_>]) -> Option<Vec<u8>> {
    values.iter().map(|value| value.as_number().and_then(|number| u8::try_from(number).ok())).collect()
}

fn place(at: i64, length: usize, javascript: bool) -> Option<usize> {
    let at = if at < 0 && !javascript { at + length as i64 } else { at };
    usize::try_from(at).ok()
}

fn numbers<'a>(operator: Binary, a: i64, b: i64, javascript: bool) -> Value<'a> {
    let shift = || u32::try_from(b).ok().filter(|by| *by < 62);
    let bits = |number: i64| if javascript { i64::from(number as i32) } else { number };
    // Beyond that JavaScript's numbers are rounded.
    let number = |found: Option<i64>| {
        found.filter(|found| !javascript || found.abs() < 1 << 53).map_or(Value::Unknown, Value::Number)
    };
    match operator {
        Binary::Add => number(a.checked_add(b)),
        Binary::Subtract => number(a.checked_sub(b)),
        Binary::Multiply => number(a.checked_mul(b)),
        Binary::Divide => number(a.checked_rem(b).filter(|rest| *rest == 0).and_then(|_| a.checked_div(b))),
        Binary::DivideDown => number(a.checked_div_euclid(b).filter(|_| b > 0)),
        Binary::Remainder if javascript => number(a.checked_rem(b)),
        Binary::Remainder => number(a.checked_rem_euclid(b).filter(|_| b > 0)),
        Binary::Power => number(u32::try_from(b).ok().and_then(|power| a.checked_pow(power))),
        Binary::BitAnd => Value::Number(bits(a) & bits(b)),
        Binary::BitOr => Value::Number(bits(a) | bits(b)),
        Binary::BitXor => Value::Number(bits(a) ^ bits(b)),
        Binary::ShiftLeft if javascript => Value::Number(i64::from((a as i32).wrapping_shl(b as u32))),
        Binary::ShiftUnsigned => Value::Number(i64::from((a as i32 as u32).wrapping_shr(b as u32))),
        Binary::ShiftLeft => number(shift().and_then(|by| bits(a).checked_mul(1 << by))),
        Binary::ShiftRight if javascript => Value::Number(i64::from((a as i32).wrapping_shr(b as u32))),
        Binary::ShiftRight => number(shift().map(|by| bits(a) >> by)),
        Binary::Less => Value::Bool(a < b),
        Binary::LessOrEqual => Value::Bool(a <= b),
        Binary::Greater => Value::Bool(a > b),
        Binary::GreaterOrEqual => Value::Bool(a >= b),
        _ => Value::Unknown,
    }
}
