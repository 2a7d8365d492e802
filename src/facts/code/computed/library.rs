//! What the functions of both languages' libraries give, as far as they only compute; all others are written down.

use std::rc::Rc;

use super::operations::{below, bytes_of, quoted};
use super::python::python_value;
use super::reader::program;
use super::run::{Arguments, Flow, LONGEST, MOST, Machine};
use super::scan::Language;
use super::tree::Binary;
use super::values::{Outside, Scope, Value};
use crate::facts::fold::decode;

impl<'a> Machine<'a, '_> {
    /// A method of something from elsewhere.
    pub(super) fn ask_outside(
        &mut self,
        outside: &Rc<Outside>,
        name: &'a str,
        mut given: Arguments<'a>,
        scope: &Rc<Scope<'a>>,
    ) -> Value<'a> {
        let of = Value::Outside(outside.clone());
        if let Some(by) = outside.made_by {
            if let Some(value) = self.written(by, name, &given).or_else(|| self.read(&outside.code, name)) {
                return value;
            }
            // `Popen(["sh"], stdin=PIPE).communicate(b"…")`, `spawn("sh").stdin.write("…")`
            let input = given.named("input").cloned().unwrap_or_else(|| given.first());
            let shell = matches!(name, "communicate" | "write" | "end" | "writelines");
            if shell && let (Value::Text(_) | Value::Bytes(_), Some(start)) = (&input, started(&outside.code)) {
                let run = match self.javascript() {
                    true => "child_process.execFileSync",
                    false => "subprocess.run",
                };
                let input = self.rendered(&input, 0);
                let code = match self.javascript() {
                    true => format!("{run}({start}, {{input: {input}}})"),
                    false => format!("{run}({start}, input={input})"),
                };
                return self.made(code, true);
            }
        }
        if self.javascript() {
            let rest = |given: &Arguments<'a>| given.places.iter().skip(1).cloned().collect::<Vec<_>>();
            match name {
                "call" => return self.call(&of, Arguments::of(rest(&given)), scope),
                "apply" => return self.call(&of, Arguments::of(given.at(1).each().unwrap_or_default()), scope),
                "bind" => return Value::Partial(Rc::new((of, rest(&given)))),
                // A promise of it.
                "then" if outside.made_by.is_none() => {
                    return self.call(&given.first(), Arguments::of(vec![of]), scope);
                }
                _ => {}
            }
        }
        given.computed |= outside.made_by.is_some();
        match self.member(&of, name) {
            Value::Outside(member) => self.call_outside(&member, given, scope),
            other => self.call(&other, given, scope),
        }
    }

    /// What is written into a file that was opened: it counts as one call.
    fn written(&mut self, by: usize, name: &str, given: &Arguments<'a>) -> Option<Value<'a>> {
        let made = self.made.get(by)?;
        let opened =
            made.code.starts_with("open(") || made.code.contains(".open(") || made.code.starts_with("io.open(");
        if !opened || !matches!(name, "write" | "writelines" | "close" | "flush") {
            return None;
        }
        let text = match (name, given.first()) {
            ("close" | "flush", _) => return Some(Value::Nothing),
            ("writelines", Value::List(list)) => {
                let all = list.borrow().clone();
                self.joined("", &all).as_text()
            }
            (_, Value::Bytes(bytes)) => String::from_utf8(bytes.to_vec()).ok().map(Into::into),
            (_, value) => value.as_text(),
        };
        // What is not known is for those to tell who read the program as it is.
        let Some(text) = text else { return Some(Value::Nothing) };
        let made = self.made.get_mut(by)?;
        made.computed |= given.computed;
        let content = made.content.get_or_insert_default();
        if content.len() + text.len() <= LONGEST {
            content.push_str(&text);
        }
        Some(Value::Nothing)
    }

    /// What is read of a file that the script wrote, or of the input: `open("x").read()`.
    fn read(&mut self, opened: &str, name: &str) -> Option<Value<'a>> {
        let path = opened.strip_prefix("open(\"").and_then(|rest| rest.split_once('"')).map(|(path, _)| path)?;
        let text = (self.given.file)(path)?;
        self.part_read(text, name)
    }

    fn part_read(&mut self, text: &'a str, name: &str) -> Option<Value<'a>> {
        Some(match name {
            "read" | "read_text" | "readFileSync" => Value::text(text),
            "readline" => Value::text(text.split_inclusive('\n').next().unwrap_or_default()),
            "readlines" => self.list(text.split_inclusive('\n').map(Value::text).collect()),
            _ => return None,
        })
    }

    pub(super) fn call_outside(
        &mut self,
        outside: &Rc<Outside>,
        given: Arguments<'a>,
        scope: &Rc<Scope<'a>>,
    ) -> Value<'a> {
        let code = &*outside.code;
        if outside.made_by.is_none() {
            let found = match self.javascript() {
                true => self.library_of_javascript(code, &given, scope),
                false => self.library_of_python(code, &given, scope),
            };
            if let Some(value) = found {
                return value;
            }
        }
        self.starts_functions(code, &given, scope);
        if !given.places.first().is_none_or(|first| self.is_known(first, 0)) {
            self.exact = false;
            return Value::Unknown;
        }
        let made = self.with_arguments(code, &given);
        // Whether a program starts itself without end depends on what it asks before.
        if !self.exact && ["__filename", "__file__", "argv[0]", "argv[1]"].iter().any(|own| made.contains(own)) {
            return Value::Unknown;
        }
        let text = made.len() > code.len() + 2;
        let given_on = given.places.iter().filter_map(|value| match value {
            Value::Outside(outside) => outside.made_by,
            _ => None,
        });
        for by in given_on.chain(outside.made_by) {
            if let Some(before) = self.made.get_mut(by) {
                before.surpassed = before.content.is_none();
            }
        }
        self.made(made, given.computed && text)
    }

    /// Whether nothing in a value is unknown.
    fn is_known(&self, value: &Value<'a>, depth: u32) -> bool {
        match value {
            Value::Unknown => false,
            Value::List(_) | Value::Table(_) if depth > 4 => false,
            Value::List(list) => list.borrow().iter().all(|each| self.is_known(each, depth + 1)),
            _ => true,
        }
    }

    pub(super) fn with_arguments(&self, code: &str, given: &Arguments<'a>) -> String {
        let mut all: Vec<_> = given.places.iter().map(|value| self.rendered(value, 0)).collect();
        let named = given.named.iter().map(|(name, value)| match self.javascript() {
            true => self.rendered(value, 0),
            false => format!("{name}={}", self.rendered(value, 0)),
        });
        all.extend(named);
        format!("{code}({})", all.join(", "))
    }

    /// Functions that are handed to something from elsewhere are called by it.
    fn starts_functions(&mut self, code: &str, given: &Arguments<'a>, scope: &Rc<Scope<'a>>) {
        let last = code.rsplit('.').next().unwrap_or(code);
        let callable = |value: &Value<'_>| {
            matches!(value, Value::Function(_) | Value::Partial(_) | Value::Method(_) | Value::Outside(_))
        };
        // `Thread(target=f, args=(x,))`
        if let Some(target) = given.named("target").filter(|target| callable(target)).cloned() {
            let args = given.named("args").and_then(Value::each).unwrap_or_default();
            self.call(&target, Arguments::of(args), scope);
            return;
        }
        let first = given.first();
        if !self.javascript() && callable(&first) && given.places.len() > 1 {
            match (last, given.at(1).each()) {
                ("map" | "imap" | "imap_unordered" | "starmap" | "map_async", Some(all)) => {
                    for each in all {
                        let args = match (last, each.each()) {
                            ("starmap", Some(args)) => args,
                            _ => vec![each],
                        };
                        self.call(&first, Arguments::of(args), scope);
                    }
                    return;
                }
                (
                    "submit" | "apply" | "apply_async" | "call_soon" | "register" | "run_in_executor" | "to_thread",
                    _,
                ) => {
                    let args = given.places[1..].to_vec();
                    self.call(&first, Arguments::of(args), scope);
                    return;
                }
                _ => {}
            }
        }
        self.call_back(given, scope);
    }

    /// Code that a text holds.
    fn runs_text(&mut self, text: &str, scope: &Rc<Scope<'a>>) -> Option<Value<'a>> {
        let text: &'a str = self.bump.alloc_str(text.trim());
        if !self.work(text.len()) {
            return None;
        }
        let around = std::mem::replace(&mut self.in_text, true);
        let value = match self.language {
            Language::Python => python_value(text),
            Language::JavaScript => super::javascript::javascript_value(text),
        };
        let found = match value {
            Some(value) => Some(self.eval(&value, scope)),
            None => {
                program(text, self.language).filter(|body| !body.is_empty()).map(|body| match self.run(&body, scope) {
                    Flow::Return(value) => value,
                    _ => Value::Nothing,
                })
            }
        };
        self.in_text = around;
        found
    }

    /// The text of a file that the script wrote, which was opened here.
    pub(super) fn read_whole(&self, opened: &Value<'a>) -> Option<&'a str> {
        let Value::Outside(outside) = opened else { return None };
        if outside.code == "sys.stdin" {
            return self.given.input;
        }
        let path = outside.code.strip_prefix("open(\"")?.split_once('"')?.0;
        (self.given.file)(path)
    }

    fn prints(&mut self, given: &Arguments<'a>, between: &str, end: &str) {
        let shown: Option<Vec<_>> = given.places.iter().map(|value| self.shown(value)).collect();
        let Some(shown) = shown else {
            self.printed = None;
            return;
        };
        if let Some(printed) = &mut self.printed {
            printed.push_str(&shown.join(between));
            printed.push_str(end);
            if printed.len() > LONGEST {
                self.printed = None;
            }
        }
    }

    fn decoded(&mut self, text: &str, how: &str) -> Value<'a> {
        if text.len() > LONGEST || !self.work(text.len() / 8) {
            return Value::Unknown;
        }
        let of_text = |found: Option<String>| found.map(String::into_bytes);
        let bytes = match how {
            "base64" => decode::base64_bytes(text.trim()),
            "base32" => of_text(decode::base32(text)),
            "base85" => of_text(decode::base85(text)),
            "ascii85" => of_text(decode::ascii85(text)),
            "hex" => {
                let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
                let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
                digits.chunks(2).map(|two| if two.len() == 2 { pair(two) } else { None }).collect()
            }
            _ => None,
        };
        bytes.map_or(Value::Unknown, |bytes| Value::Bytes(bytes.into()))
    }

    fn library_of_python(&mut self, code: &str, given: &Arguments<'a>, scope: &Rc<Scope<'a>>) -> Option<Value<'a>> {
        let first = given.first();
        let text = match &first {
            Value::Bytes(bytes) => std::str::from_utf8(bytes).ok().map(Into::into),
            other => other.as_text(),
        };
        let code = code.strip_prefix("builtins.").unwrap_or(code);
        Some(match code {
            "str" if given.places.is_empty() => Value::text(""),
            "str" => match &first {
                Value::Bytes(bytes) if given.places.len() > 1 => {
                    String::from_utf8(bytes.to_vec()).map_or(Value::Unknown, Value::text)
                }
                Value::Object(_) => self.call_member(&first, "__str__", Arguments::default(), scope),
                other => self.shown(other).map_or(Value::Unknown, Value::text),
            },
            "repr" | "ascii" => match &first {
                Value::Unknown => Value::Unknown,
                other => Value::text(self.rendered(other, 0)),
            },
            "int" => match (&first, text) {
                (_, Some(text)) => {
                    let base = given.named("base").cloned().unwrap_or_else(|| given.at(1)).as_number().unwrap_or(10);
                    let text = text.trim().replace('_', "");
                    let digits = text.trim_start_matches("0x").trim_start_matches("0b").trim_start_matches("0o");
                    let base = match (base, &text) {
                        (0, text) if text.starts_with("0x") => 16,
                        (0, text) if text.starts_with("0b") => 2,
                        (0, text) if text.starts_with("0o") => 8,
                        (0, _) => 10,
                        (base, _) => base,
                    };
                    let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base))?;
                    i128::from_str_radix(digits, base).map_or(Value::Unknown, Value::Number)
                }
                (first, None) => first.as_number().map_or(Value::Unknown, Value::Number),
            },
            "int.from_bytes" => match (&first, given.at(1).as_text()) {
                (Value::Bytes(bytes), order) if bytes.len() < 16 => {
                    let add = |sum: i128, byte: &u8| sum << 8 | i128::from(*byte);
                    match order.as_deref() {
                        Some("little") => Value::Number(bytes.iter().rev().fold(0, add)),
                        _ => Value::Number(bytes.iter().fold(0, add)),
                    }
                }
                _ => Value::Unknown,
            },
            "bool" => first.holds(false).map_or(Value::Unknown, Value::Bool),
            "chr" => {
                let c = first.as_number().and_then(|number| char::from_u32(u32::try_from(number).ok()?));
                c.map_or(Value::Unknown, |c| Value::text(c.to_string()))
            }
            "ord" => match text.as_deref().and_then(|text| text.chars().next()) {
                Some(c) => Value::Number(i128::from(u32::from(c))),
                None => Value::Unknown,
            },
            "hex" | "bin" | "oct" => {
                let (sign, base) = match code {
                    "hex" => ("0x", 16),
                    "bin" => ("0b", 2),
                    _ => ("0o", 8),
                };
                let digits = first.as_number().and_then(|number| super::methods::in_base(number, base));
                digits.map_or(Value::Unknown, |digits| Value::text(format!("{sign}{digits}")))
            }
            "len" => match &first {
                Value::Text(text) => Value::Number(text.chars().count() as i128),
                Value::Bytes(bytes) => Value::Number(bytes.len() as i128),
                Value::List(list) => Value::Number(list.borrow().len() as i128),
                Value::Table(table) => Value::Number(table.borrow().len() as i128),
                _ => Value::Unknown,
            },
            "list" | "tuple" | "set" | "frozenset" | "collections.deque" | "deque" => match first.each() {
                _ if given.places.is_empty() => Value::list(Vec::new()),
                Some(all) => self.list(all),
                None => Value::Unknown,
            },
            "dict" | "collections.OrderedDict" | "OrderedDict" | "types.SimpleNamespace" => {
                let mut entries: Vec<_> = match &first {
                    Value::Table(table) => table.borrow().clone(),
                    other => {
                        let pairs = other.each().unwrap_or_default();
                        let pair = |pair: &Value<'a>| match pair.each().as_deref() {
                            Some([key, value]) => Some((key.clone(), value.clone())),
                            _ => None,
                        };
                        pairs.iter().filter_map(pair).collect()
                    }
                };
                entries.extend(given.named.iter().map(|(name, value)| (Value::Text(name.clone()), value.clone())));
                if entries.len() <= MOST && self.work(entries.len()) { Value::table(entries) } else { Value::Unknown }
            }
            "bytes" | "bytearray" => match &first {
                Value::Text(text) => Value::Bytes(text.as_bytes().into()),
                Value::Bytes(bytes) => Value::Bytes(bytes.clone()),
                Value::Number(_) => Value::Unknown,
                other => match other.each().and_then(|all| bytes_of(&all)) {
                    Some(bytes) => Value::Bytes(bytes.into()),
                    None => Value::Unknown,
                },
            },
            "range" => {
                let number = |at: usize| given.at(at).as_number();
                let (from, to, step) = match given.places.len() {
                    1 => (Some(0), number(0), Some(1)),
                    2 => (number(0), number(1), Some(1)),
                    _ => (number(0), number(1), number(2)),
                };
                let (Some(from), Some(to), Some(step)) = (from, to, step) else { return Some(Value::Unknown) };
                let mut out = Vec::new();
                let mut at = from;
                while step != 0 && if step > 0 { at < to } else { at > to } {
                    if out.len() > MOST {
                        return Some(Value::Unknown);
                    }
                    out.push(Value::Number(at));
                    at += step;
                }
                self.list(out)
            }
            "reversed" => match first.each() {
                Some(mut all) => {
                    all.reverse();
                    self.list(all)
                }
                None => Value::Unknown,
            },
            "sorted" => match first.each().and_then(|all| self.sorted(all, given, scope)) {
                Some(sorted) => self.list(sorted),
                None => Value::Unknown,
            },
            "enumerate" => match first.each() {
                Some(all) => {
                    let begin = given.named("start").cloned().unwrap_or_else(|| given.at(1)).as_number().unwrap_or(0);
                    let pairs = all
                        .into_iter()
                        .enumerate()
                        .map(|(at, value)| Value::list(vec![Value::Number(at as i128 + begin), value]));
                    let pairs = pairs.collect();
                    self.list(pairs)
                }
                None => Value::Unknown,
            },
            "zip" | "itertools.product" if code == "zip" => {
                let all: Option<Vec<_>> = given.places.iter().map(Value::each).collect();
                let Some(all) = all else { return Some(Value::Unknown) };
                let shortest = all.iter().map(Vec::len).min().unwrap_or(0);
                let rows =
                    (0..shortest).map(|at| Value::list(all.iter().map(|each| each[at].clone()).collect())).collect();
                self.list(rows)
            }
            "map" | "itertools.starmap" => {
                let all: Option<Vec<_>> = given.places.iter().skip(1).map(Value::each).collect();
                let Some(all) = all else {
                    self.call_back(given, scope);
                    return Some(Value::Unknown);
                };
                let shortest = all.iter().map(Vec::len).min().unwrap_or(0);
                let mut out = Vec::new();
                for at in 0..shortest {
                    let args = match code {
                        "map" => all.iter().map(|each| each[at].clone()).collect(),
                        _ => all[0][at].each().unwrap_or_default(),
                    };
                    out.push(self.call(&first, Arguments::of(args), scope));
                    if !self.work(0) {
                        return Some(Value::Unknown);
                    }
                }
                self.list(out)
            }
            "filter" => {
                let Some(all) = given.at(1).each() else { return Some(Value::Unknown) };
                let mut out = Vec::new();
                for each in all {
                    let made = match &first {
                        Value::Nothing => each.clone(),
                        function => self.call(function, Arguments::of(vec![each.clone()]), scope),
                    };
                    match made.holds(false) {
                        Some(true) => out.push(each),
                        Some(false) => {}
                        None => return Some(Value::Unknown),
                    }
                }
                self.list(out)
            }
            "functools.reduce" => {
                let Some(all) = given.at(1).each() else { return Some(Value::Unknown) };
                let mut values = all.into_iter();
                let mut sum = match given.places.get(2) {
                    Some(begin) => begin.clone(),
                    None => values.next().unwrap_or(Value::Unknown),
                };
                for value in values {
                    sum = self.call(&first, Arguments::of(vec![sum, value]), scope);
                }
                sum
            }
            "functools.partial" => Value::Partial(Rc::new((first, given.places.iter().skip(1).cloned().collect()))),
            "functools.wraps"
            | "functools.lru_cache"
            | "functools.cache"
            | "staticmethod"
            | "classmethod"
            | "property"
            | "contextlib.contextmanager"
            | "atexit.register"
            | "dataclasses.dataclass"
                if matches!(first, Value::Function(_) | Value::Class(_)) =>
            {
                if code == "atexit.register" {
                    self.call_back(given, scope);
                }
                first
            }
            "sum" => {
                let Some(all) = first.each() else { return Some(Value::Unknown) };
                let begin = given.places.get(1).cloned().unwrap_or(Value::Number(0));
                all.iter().fold(begin, |sum, each| self.operate(Binary::Add, &sum, each))
            }
            "min" | "max" => {
                let all = if given.places.len() > 1 { Some(given.places.clone()) } else { first.each() };
                match all.and_then(|all| self.sorted(all, given, scope)) {
                    Some(sorted) if code == "min" => sorted.first().cloned().unwrap_or(Value::Unknown),
                    Some(sorted) => sorted.last().cloned().unwrap_or(Value::Unknown),
                    None => Value::Unknown,
                }
            }
            "abs" => first.as_number().and_then(i128::checked_abs).map_or(Value::Unknown, Value::Number),
            "any" | "all" => {
                let Some(all) = first.each() else { return Some(Value::Unknown) };
                let mut found = code == "all";
                for each in all {
                    match each.holds(false) {
                        Some(is) if code == "any" => found |= is,
                        Some(is) => found &= is,
                        None => return Some(Value::Unknown),
                    }
                }
                Value::Bool(found)
            }
            "isinstance" | "hasattr" | "callable" | "issubclass" | "id" | "hash" | "type" | "time.time" => {
                Value::Unknown
            }
            "iter" => self.one_by_one(&first),
            "next" => match &first {
                Value::Iterator(iterator) => {
                    let (all, at) = &**iterator;
                    let value = all.get(at.get()).cloned();
                    at.set(at.get() + 1);
                    value.unwrap_or_else(|| given.at(1))
                }
                other => other.each().and_then(|all| all.first().cloned()).unwrap_or_else(|| given.at(1)),
            },
            "getattr" | "operator.attrgetter" if code == "getattr" => {
                let name: &'a str = self.bump.alloc_str(&given.at(1).as_text()?);
                match &first {
                    Value::Outside(outside) if outside.code == "builtins" => Value::outside(name),
                    of => self.member(of, name),
                }
            }
            "setattr" => {
                let name: &'a str = self.bump.alloc_str(&given.at(1).as_text()?);
                if let Value::Object(object) = &first {
                    object.fields.borrow_mut().insert(name, given.at(2));
                }
                Value::Nothing
            }
            "__import__" | "importlib.import_module" | "importlib.__import__" => {
                let module = text?;
                self.loads(&module);
                Value::outside(&*module)
            }
            "globals" | "locals" | "vars" => match &first {
                Value::Outside(outside) => Value::Outside(outside.clone()),
                Value::Object(_) => first,
                _ => Value::outside("globals()"),
            },
            "eval" | "exec" => match text.and_then(|text| self.runs_text(&text, scope)) {
                Some(value) if code == "eval" => value,
                Some(_) => Value::Nothing,
                None => return None,
            },
            "compile" => match text {
                Some(text) => Value::Text(text),
                None => return None,
            },
            "print" => {
                match given.named("file") {
                    None => {
                        let shown = |name: &str, otherwise: &str| match given.named(name) {
                            Some(value) => self.shown(value).unwrap_or_default(),
                            None => otherwise.to_owned(),
                        };
                        let (between, end) = (shown("sep", " "), shown("end", "\n"));
                        self.prints(given, &between, &end);
                    }
                    Some(Value::Outside(file)) => {
                        let by = file.made_by?;
                        let all: Option<Vec<_>> = given.places.iter().map(|value| self.shown(value)).collect();
                        let line = Value::text(format!("{}\n", all?.join(" ")));
                        self.written(
                            by,
                            "write",
                            &Arguments { places: vec![line], computed: given.computed, ..Arguments::default() },
                        );
                    }
                    Some(_) => {}
                }
                Value::Nothing
            }
            "input" => match self.given.input {
                Some(input) => Value::text(input.lines().next().unwrap_or_default()),
                None => return None,
            },
            "sys.stdin.read" | "sys.stdin.readline" | "sys.stdin.readlines" => {
                let name = code.rsplit('.').next().unwrap_or_default();
                match self.given.input {
                    Some(input) => self.part_read(input, name)?,
                    None => return None,
                }
            }
            "json.load" | "yaml.safe_load" | "yaml.load" => {
                let text = self.read_whole(&first)?;
                let value = super::javascript::javascript_value(text)?;
                self.eval(&value, scope)
            }
            "sys.stdout.write" | "sys.stdout.buffer.write" => {
                self.prints(given, "", "");
                Value::Nothing
            }
            "base64.b64decode"
            | "base64.standard_b64decode"
            | "base64.urlsafe_b64decode"
            | "base64.decodebytes"
            | "binascii.a2b_base64" => self.decoded(&text?, "base64"),
            "base64.b32decode" => self.decoded(&text?, "base32"),
            "base64.b85decode" => self.decoded(&text?, "base85"),
            "base64.a85decode" => self.decoded(&text?, "ascii85"),
            "base64.b16decode" | "binascii.unhexlify" | "binascii.a2b_hex" | "bytes.fromhex" | "bytearray.fromhex" => {
                self.decoded(&text?, "hex")
            }
            "codecs.decode" | "codecs.encode" => match given.at(1).as_text().as_deref() {
                Some("rot13" | "rot_13" | "rot-13") => {
                    Value::text(text?.chars().map(decode::rot13).collect::<String>())
                }
                Some("hex" | "hex_codec") if code == "codecs.decode" => self.decoded(&text?, "hex"),
                Some("base64" | "base64_codec" | "base-64") if code == "codecs.decode" => {
                    self.decoded(&text?, "base64")
                }
                Some("unicode_escape") => Value::Unknown,
                _ => match (&first, code) {
                    (Value::Bytes(bytes), "codecs.decode") => {
                        String::from_utf8(bytes.to_vec()).map_or(Value::Unknown, Value::text)
                    }
                    (Value::Text(text), "codecs.encode") => Value::Bytes(text.as_bytes().into()),
                    _ => Value::Unknown,
                },
            },
            "urllib.parse.unquote" | "urllib.parse.unquote_plus" => {
                unquoted(&text?).map_or(Value::Unknown, Value::text)
            }
            "json.loads" | "ast.literal_eval" => {
                let text: &'a str = self.bump.alloc_str(&text?);
                let value = match code {
                    "json.loads" => super::javascript::javascript_value(text),
                    _ => python_value(text),
                };
                match value {
                    Some(value) => self.eval(&value, scope),
                    None => Value::Unknown,
                }
            }
            "shlex.split" => match shell_words::split(&text?) {
                Ok(words) => self.list(words.into_iter().map(Value::text).collect()),
                Err(_) => Value::Unknown,
            },
            "shlex.quote" | "pipes.quote" => Value::text(shell_words::quote(&text?).into_owned()),
            "shlex.join" | "subprocess.list2cmdline" => {
                let all: Option<Vec<_>> = first.each()?.iter().map(Value::as_text).collect();
                Value::text(shell_words::join(all?.iter().map(|word| &**word)))
            }
            "itertools.chain" => {
                let all: Option<Vec<_>> = given.places.iter().map(Value::each).collect();
                match all {
                    Some(all) => self.list(all.into_iter().flatten().collect()),
                    None => Value::Unknown,
                }
            }
            "itertools.chain.from_iterable" => {
                let all: Option<Vec<_>> = first.each()?.iter().map(Value::each).collect();
                match all {
                    Some(all) => self.list(all.into_iter().flatten().collect()),
                    None => Value::Unknown,
                }
            }
            "operator.add" | "operator.concat" => self.operate(Binary::Add, &first, &given.at(1)),
            "operator.xor" => self.operate(Binary::BitXor, &first, &given.at(1)),
            "operator.methodcaller" | "operator.attrgetter" | "operator.itemgetter" => {
                // Called on what comes: a function of its own would say the same.
                let name = text?;
                let lambda = match code {
                    "operator.methodcaller" => {
                        let rest = Arguments {
                            places: given.places.iter().skip(1).cloned().collect(),
                            ..Arguments::default()
                        };
                        format!("lambda it: it.{}", self.with_arguments(&name, &rest))
                    }
                    "operator.attrgetter" => format!("lambda it: it.{name}"),
                    _ => format!("lambda it: it[{}]", quoted(&name)),
                };
                let lambda: &'a str = self.bump.alloc_str(&lambda);
                self.eval(&python_value(lambda)?, scope)
            }
            "os.path.join" | "posixpath.join" => {
                let mut out = String::new();
                for part in &given.places {
                    let Some(part) = part.as_text() else { return Some(Value::Unknown) };
                    out = below(&out, &part);
                }
                Value::text(out)
            }
            "os.path.expanduser" => Value::text(self.expanded(&text?)),
            "os.path.abspath" | "os.path.realpath" | "os.path.normpath" | "os.fspath" => Value::Text(text?),
            "os.path.basename" => Value::text(text?.rsplit('/').next().unwrap_or_default()),
            "os.path.dirname" => Value::text(text?.rsplit_once('/').map_or("", |(above, _)| above)),
            "os.getenv" | "os.environ.get" | "os.environ.setdefault" => match (self.given.variable)(&text?) {
                Some(value) => Value::text(value),
                None if given.places.len() > 1 => {
                    self.exact = false;
                    given.at(1)
                }
                None => Value::Unknown,
            },
            "pathlib.Path" | "pathlib.PurePath" | "pathlib.PosixPath" => {
                let mut out = String::new();
                for part in &given.places {
                    let Some(part) = part.as_text() else { return Some(Value::Unknown) };
                    out = below(&out, &part);
                }
                Value::Path(if out.is_empty() { ".".into() } else { out.into() })
            }
            "pathlib.Path.home" => Value::Path(self.given.home.into()),
            "str.maketrans" => self.letters_for(given),
            "str.join" | "str.replace" | "str.format" | "str.lower" | "str.upper" | "str.strip" => {
                let name: &'a str = self.bump.alloc_str(code.rsplit('.').next().unwrap_or_default());
                let rest = given.places.iter().skip(1).cloned().collect();
                self.call_member(&first, name, Arguments::of(rest), scope)
            }
            "re.compile" => Value::Pattern(Rc::new((text?.to_string(), String::new()))),
            "re.sub" | "re.findall" | "re.split" => {
                let pattern = match &first {
                    Value::Pattern(pattern) => pattern.clone(),
                    _ => Rc::new((text?.to_string(), String::new())),
                };
                match code {
                    "re.sub" => {
                        let text = given.at(2).as_text()?;
                        self.replaced_by_pattern(&pattern, &text, &given.at(1), true, scope)
                    }
                    "re.findall" => self.found_by_pattern(&pattern, &given.at(1).as_text()?),
                    _ => self.split_by_pattern(&pattern, &given.at(1).as_text()?),
                }
            }
            "textwrap.dedent" | "copy.copy" | "copy.deepcopy" | "html.unescape" | "sys.intern" | "io.StringIO"
            | "io.BytesIO" | "asyncio.run" | "memoryview" | "super" => first,
            _ => return None,
        })
    }

    pub(super) fn library_of_javascript(
        &mut self,
        code: &str,
        given: &Arguments<'a>,
        scope: &Rc<Scope<'a>>,
    ) -> Option<Value<'a>> {
        let first = given.first();
        let text = first.as_text();
        Some(match code {
            "require" | "import" | "module.constructor._load" | "process.binding" if code != "process.binding" => {
                let text = text?;
                let module = text.strip_prefix("node:").unwrap_or(&text);
                self.loads(module);
                Value::outside(module.replace('/', "."))
            }
            "module.createRequire" => Value::outside("require"),
            "String.fromCharCode" | "String.fromCodePoint" => {
                let chars = given.places.iter().map(|value| char::from_u32(u32::try_from(value.as_number()?).ok()?));
                match chars.collect::<Option<String>>() {
                    Some(text) => self.text(text),
                    None => Value::Unknown,
                }
            }
            "String.raw" => first,
            "Buffer.from" | "Buffer" => match (&first, given.at(1).as_text().as_deref()) {
                (Value::Text(text), Some("base64" | "base64url")) => self.decoded(text, "base64"),
                (Value::Text(text), Some("hex")) => self.decoded(text, "hex"),
                (Value::Text(text), _) => Value::Bytes(text.as_bytes().into()),
                (other, _) => match other.each().and_then(|all| bytes_of(&all)) {
                    Some(bytes) => Value::Bytes(bytes.into()),
                    None => Value::Unknown,
                },
            },
            "Uint8Array" | "Uint8Array.from" | "Uint8Array.of" => match first.each().and_then(|all| bytes_of(&all)) {
                Some(bytes) => Value::Bytes(bytes.into()),
                None => Value::Unknown,
            },
            "TextDecoder" => Value::outside("TextDecoder"),
            "TextDecoder.decode" => match &first {
                Value::Bytes(bytes) => String::from_utf8(bytes.to_vec()).map_or(Value::Unknown, Value::text),
                _ => Value::Unknown,
            },
            "Buffer.concat" => {
                let mut all = Vec::new();
                for each in first.each()? {
                    let Value::Bytes(bytes) = each else { return Some(Value::Unknown) };
                    all.extend_from_slice(&bytes);
                }
                if all.len() <= LONGEST { Value::Bytes(all.into()) } else { Value::Unknown }
            }
            "atob" => match self.decoded(&text?, "base64") {
                Value::Bytes(bytes) => Value::text(bytes.iter().map(|byte| char::from(*byte)).collect::<String>()),
                other => other,
            },
            "parseInt" | "Number" | "BigInt" | "Number.parseInt" => match &first {
                Value::Text(text) => {
                    let base = given.at(1).as_number().unwrap_or(if text.starts_with("0x") { 16 } else { 10 });
                    let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base))?;
                    let text = text.trim().trim_start_matches("0x");
                    let length = text.find(|c: char| !c.is_digit(base)).unwrap_or(text.len());
                    i128::from_str_radix(&text[..length], base).map_or(Value::Unknown, Value::Number)
                }
                other => other.as_number().map_or(Value::Unknown, Value::Number),
            },
            "String" => self.shown(&first).map_or(Value::Unknown, Value::text),
            "Math.floor" | "Math.round" | "Math.ceil" | "Math.trunc" | "Math.abs" => {
                first.as_number().map_or(Value::Unknown, Value::Number)
            }
            "Array.from" => {
                let all = match (&first, first.each()) {
                    (Value::Table(table), _) => {
                        let length = Value::text("length");
                        let table = table.borrow();
                        let found = table.iter().find(|(key, _)| key.is(&length) == Some(true));
                        let length = found.and_then(|(_, value)| value.as_number())?;
                        vec![Value::Nothing; usize::try_from(length).ok().filter(|length| *length <= MOST)?]
                    }
                    (_, Some(all)) => all,
                    (_, None) => return Some(Value::Unknown),
                };
                let list = self.list(all);
                match given.places.get(1) {
                    Some(function) => self.call_member(&list, "map", Arguments::of(vec![function.clone()]), scope),
                    None => list,
                }
            }
            "Array.of" | "Array" | "Set" | "Map" if code == "Array.of" || given.places.len() > 1 => {
                self.list(given.places.clone())
            }
            "Array" => match first.as_number().and_then(|length| usize::try_from(length).ok()) {
                Some(length) if length <= MOST => self.list(vec![Value::Nothing; length]),
                _ => Value::list(given.places.clone()),
            },
            "Set" => match first.each() {
                Some(all) => self.list(all),
                None => Value::list(Vec::new()),
            },
            "Map" => {
                let pair = |pair: &Value<'a>| match pair.each().as_deref() {
                    Some([key, value]) => Some((key.clone(), value.clone())),
                    _ => None,
                };
                Value::table(first.each().unwrap_or_default().iter().filter_map(pair).collect())
            }
            "Object.keys" | "Object.values" | "Object.entries" => {
                let name: &'a str = self.bump.alloc_str(code.rsplit('.').next().unwrap_or_default());
                match &first {
                    Value::Table(table) => {
                        let entries = table.borrow().clone();
                        let all = entries.into_iter().map(|(key, value)| match name {
                            "keys" => key,
                            "values" => value,
                            _ => Value::list(vec![key, value]),
                        });
                        let all = all.collect();
                        self.list(all)
                    }
                    list @ Value::List(_) => self.call_member(list, name, Arguments::default(), scope),
                    _ => Value::Unknown,
                }
            }
            "Object.assign" => {
                let mut all = Vec::new();
                for each in &given.places {
                    let Value::Table(table) = each else { return Some(Value::Unknown) };
                    all.extend(table.borrow().iter().rev().cloned());
                }
                all.reverse();
                if all.len() <= MOST { Value::table(all) } else { Value::Unknown }
            }
            "Object.freeze" | "Promise.resolve" | "Promise.all" | "structuredClone" | "util.promisify"
            | "promisify" => first,
            "Object.fromEntries" => {
                let pair = |pair: &Value<'a>| match pair.each().as_deref() {
                    Some([key, value]) => Some((key.clone(), value.clone())),
                    _ => None,
                };
                Value::table(first.each()?.iter().filter_map(pair).collect())
            }
            "JSON.parse" => {
                let text: &'a str = self.bump.alloc_str(&text?);
                match super::javascript::javascript_value(text) {
                    Some(value) => self.eval(&value, scope),
                    None => Value::Unknown,
                }
            }
            "fs.readFileSync" | "fs.promises.readFile" => {
                let text = match &first {
                    Value::Number(0) => self.given.input,
                    path => (self.given.file)(&path.as_text()?)
                        .or(self.given.input.filter(|_| path.as_text().is_some_and(|path| &*path == "/dev/stdin"))),
                };
                Value::text(text?)
            }
            "decodeURIComponent" | "unescape" | "decodeURI" => unquoted(&text?).map_or(Value::Unknown, Value::text),
            "eval" | "vm.runInThisContext" | "vm.runInNewContext" | "setTimeout" | "setImmediate" if text.is_some() => {
                self.runs_text(&text?, scope)?
            }
            "Function" => {
                let (body, parameters) = given.places.split_last()?;
                let body = body.as_text()?;
                let names: Option<Vec<_>> = parameters.iter().map(Value::as_text).collect();
                let names = names?;
                let function = format!("(function({}){{{body}\n}})", names.join(","));
                let function: &'a str = self.bump.alloc_str(&function);
                self.eval(&super::javascript::javascript_value(function)?, scope)
            }
            "Reflect.get" => {
                let name: &'a str = self.bump.alloc_str(&given.at(1).as_text()?);
                self.member(&first, name)
            }
            "Reflect.apply" => self.call(&first, Arguments::of(given.at(2).each()?), scope),
            "path.join" | "path.resolve" | "path.posix.join" => {
                let mut out = String::new();
                for part in &given.places {
                    let Some(part) = part.as_text() else { return Some(Value::Unknown) };
                    out = match part.starts_with('/') && code.ends_with("join") && !out.is_empty() {
                        true => format!("{out}{part}"),
                        false => below(&out, &part),
                    };
                }
                Value::text(out)
            }
            "os.homedir" => Value::text(self.given.home),
            "console.log" | "console.info" => {
                self.prints(given, " ", "\n");
                Value::Nothing
            }
            "process.stdout.write" => {
                self.prints(given, "", "");
                Value::Nothing
            }
            "RegExp" => {
                let flags = given.at(1).as_text().unwrap_or_else(|| "".into());
                Value::Pattern(Rc::new((text?.to_string(), flags.to_string())))
            }
            _ => return None,
        })
    }
}

/// What the call that starts a shell is given: `["sh"]` of `subprocess.Popen(["sh"], stdin=…)`.
fn started(code: &str) -> Option<&str> {
    let code = code.strip_suffix(".stdin").unwrap_or(code);
    let starts = ["Popen(", "spawn(", "create_subprocess_exec(", "create_subprocess_shell("];
    let after = starts.iter().find_map(|start| code.split_once(start)).map(|(_, after)| after)?;
    let mut level = 0_usize;
    let end = after.find(|c: char| {
        match c {
            '[' | '(' | '{' => level += 1,
            ']' | '}' => level = level.saturating_sub(1),
            ')' if level > 0 => level -= 1,
            ')' => return true,
            _ => {}
        }
        c == ',' && level == 0
    })?;
    Some(&after[..end])
}

/// `%72m` (RFC 3986, 2.1).
fn unquoted(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
