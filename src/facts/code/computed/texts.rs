//! What the methods of texts and bytes give (Python's "Text Sequence Type" and "Binary Sequence Types"; ECMA-262, 22).

use std::rc::Rc;

use super::operations::{bytes_of, in_pairs};
use super::run::{Arguments, LONGEST, MOST, Machine};
use super::tree::Binary;
use super::values::{Scope, Value};
use crate::facts::fold::decode;

impl<'a> Machine<'a, '_> {
    pub(super) fn ask_text(
        &mut self,
        text: &Rc<str>,
        name: &'a str,
        given: &Arguments<'a>,
        scope: &Rc<Scope<'a>>,
    ) -> Value<'a> {
        if !self.work(text.len() / 8) {
            return Value::Unknown;
        }
        let javascript = self.javascript();
        let first = given.first();
        let argument = first.as_text();
        let number = |at: usize| given.places.get(at).and_then(Value::as_number);
        let places =
            ["slice", "substring", "substr", "charAt", "at", "charCodeAt", "padStart", "padEnd", "split", "indexOf"];
        if javascript && in_pairs(text) && places.contains(&name) {
            return Value::Unknown;
        }
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
            "splitlines" if text.contains(['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}']) => Value::Unknown,
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
                    // What stands for what was found (ECMA-262, 22.1.3.19.1).
                    let Some(to) = to.as_text().filter(|to| !javascript || !to.contains('$')) else {
                        return Value::Unknown;
                    };
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
            "find" | "index" | "indexOf" | "search" | "rfind" | "lastIndexOf" | "count" if given.places.len() > 1 => {
                Value::Unknown
            }
            "find" | "index" | "indexOf" | "search" | "rfind" | "lastIndexOf" => {
                let Some(by) = argument else { return Value::Unknown };
                let at = if matches!(name, "rfind" | "lastIndexOf") { text.rfind(&*by) } else { text.find(&*by) };
                Value::Number(at.map_or(-1, |at| text[..at].chars().count() as i64))
            }
            "count" => argument.map_or(Value::Unknown, |by| Value::Number(text.matches(&*by).count() as i64)),
            "charAt" => self.index(&Value::Text(text.clone()), &Value::Number(number(0).unwrap_or(0))),
            "at" => {
                let at = number(0).unwrap_or(0);
                let at = if at < 0 { at.saturating_add(text.chars().count() as i64) } else { at };
                self.index(&Value::Text(text.clone()), &Value::Number(at))
            }
            "charCodeAt" | "codePointAt" => {
                let at = usize::try_from(number(0).unwrap_or(0)).unwrap_or(usize::MAX);
                text.chars().nth(at).map_or(Value::Unknown, |c| Value::Number(i64::from(u32::from(c))))
            }
            "slice" => self.slice(&Value::Text(text.clone()), [number(0), number(1), None]),
            // The smaller comes first, whichever it is.
            "substring" => {
                let (from, to) = (number(0).unwrap_or(0).max(0), number(1).unwrap_or(i64::MAX).max(0));
                self.slice(&Value::Text(text.clone()), [Some(from.min(to)), Some(from.max(to)), None])
            }
            "substr" => {
                let length = text.chars().count() as i64;
                let from = number(0).unwrap_or(0);
                let from = if from < 0 { from.saturating_add(length).max(0) } else { from };
                let end = number(1).map(|length| from.saturating_add(length));
                self.slice(&Value::Text(text.clone()), [Some(from), end, None])
            }
            "repeat" => {
                let times = Value::Number(number(0).unwrap_or(0));
                self.operate(Binary::Multiply, &Value::Text(text.clone()), &times)
            }
            "concat" => {
                let mut all = vec![Value::Text(text.clone())];
                all.extend(given.places.iter().cloned());
                self.joined("", &all)
            }
            "padStart" | "padEnd" | "zfill" | "ljust" | "rjust" | "center" => {
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
                // A sign stays in front.
                if let ("zfill", Some(rest)) = (name, text.strip_prefix(['-', '+'])) {
                    return self.text(format!("{}{filler}{rest}", &text[..1]));
                }
                if name == "center" {
                    // As CPython parts what is odd.
                    let left = missing / 2 + (missing & width & 1);
                    let (before, after): (String, String) =
                        (filler.chars().take(left).collect(), filler.chars().skip(left).collect());
                    return self.text(format!("{before}{text}{after}"));
                }
                match name {
                    "padEnd" | "ljust" => self.text(format!("{text}{filler}")),
                    _ => self.text(format!("{filler}{text}")),
                }
            }
            "format" | "format_map" => self.formatted(text, given),
            "translate" => self.translated(text, &first),
            "encode" => match argument.as_deref() {
                Some("rot13" | "rot_13") => Value::text(text.chars().map(decode::rot13).collect::<String>()),
                None | Some("utf-8" | "utf8") => Value::Bytes(text.as_bytes().into()),
                Some("ascii" | "latin-1" | "latin1") if text.is_ascii() => Value::Bytes(text.as_bytes().into()),
                Some(_) => Value::Unknown,
            },
            "toString" | "valueOf" | "normalize" | "toWellFormed" | "__str__" | "expandtabs" => {
                Value::Text(text.clone())
            }
            "isdigit" | "isalpha" | "isalnum" if !text.is_ascii() => Value::Unknown,
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
            "__add__" => self.operate(Binary::Add, &Value::Text(text.clone()), &first),
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
            let Some(end) = here.find('}').filter(|end| *end > 0) else { return Value::Unknown };
            let (field, how) =
                here[1..end].find([':', '!']).map_or((&here[1..end], ""), |at| here[1..end].split_at(at));
            // Numbers in another form, and blanks around a text, are not computed.
            if !matches!(how, "" | "!s" | ":s" | ":d") {
                return Value::Unknown;
            }
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
                Value::Number(number) => *number == i64::from(u32::from(c)),
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

    pub(super) fn ask_bytes(
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
                    None | Some("utf-8" | "utf8" | "ascii" | "us-ascii") => {
                        String::from_utf8(bytes.to_vec()).map_or(Value::Unknown, Value::text)
                    }
                    Some(_) => Value::Unknown,
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
}
