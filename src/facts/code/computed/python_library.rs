//! What the functions of Python's library give that only compute (its library reference).

use std::rc::Rc;

use super::operations::{bytes_of, path_of, quoted};
use super::reader::expression;
use super::run::{Arguments, MOST, Machine};
use super::scan::Language;
use super::tree::Binary;
use super::values::{Class, Scope, Value};
use crate::facts::fold::decode;

impl<'a> Machine<'a, '_> {
    pub(super) fn library_of_python(
        &mut self,
        code: &str,
        given: &Arguments<'a>,
        scope: &Rc<Scope<'a>>,
    ) -> Option<Value<'a>> {
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
                Value::Number(number) => Value::text(number.to_string()),
                _ => Value::Unknown,
            },
            "int" => match (&first, text) {
                (_, Some(text)) => {
                    let base = given.named("base").cloned().unwrap_or_else(|| given.at(1)).as_number().unwrap_or(10);
                    let text = text.trim().replace('_', "");
                    let base = match (base, &text) {
                        (0, text) if text.starts_with("0x") => 16,
                        (0, text) if text.starts_with("0b") => 2,
                        (0, text) if text.starts_with("0o") => 8,
                        (0, _) => 10,
                        (base, _) => base,
                    };
                    let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base))?;
                    let sign = match base {
                        16 => "0x",
                        8 => "0o",
                        2 => "0b",
                        _ => "",
                    };
                    let digits = text.strip_prefix(sign).unwrap_or(&text);
                    i64::from_str_radix(digits, base).map_or(Value::Unknown, Value::Number)
                }
                (first, None) => first.as_number().map_or(Value::Unknown, Value::Number),
            },
            "int.from_bytes" => match (&first, given.at(1).as_text()) {
                (Value::Bytes(bytes), order) if bytes.len() < 8 => {
                    let add = |sum: i64, byte: &u8| sum << 8 | i64::from(*byte);
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
                Some(c) => Value::Number(i64::from(u32::from(c))),
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
                Value::Text(text) => Value::Number(text.chars().count() as i64),
                Value::Bytes(bytes) => Value::Number(bytes.len() as i64),
                Value::List(list) => Value::Number(list.borrow().len() as i64),
                Value::Table(table) => Value::Number(table.borrow().len() as i64),
                _ => Value::Unknown,
            },
            "list" | "tuple" | "set" | "frozenset" | "collections.deque" | "deque" => match first.each() {
                _ if given.places.is_empty() => Value::list(Vec::new()),
                Some(all) => self.list(all),
                None => Value::Unknown,
            },
            // A copy of what comes from outside is that: `dict(os.environ)`.
            "dict" if given.named.is_empty() && matches!(first, Value::Outside(_)) => first,
            "dict" | "collections.OrderedDict" | "OrderedDict" | "types.SimpleNamespace" => {
                let mut entries = match &first {
                    Value::Table(table) => table.borrow().clone(),
                    other => other.pairs().unwrap_or_default(),
                };
                entries.extend(given.named.iter().map(|(name, value)| (Value::Text(name.clone()), value.clone())));
                self.table_of(entries)
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
                    at = at.saturating_add(step);
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
                        .map(|(at, value)| Value::list(vec![Value::Number(begin.saturating_add(at as i64)), value]));
                    let pairs = pairs.collect();
                    self.list(pairs)
                }
                None => Value::Unknown,
            },
            "zip" => {
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
            "dataclasses.field" => match (given.named("default"), given.named("default_factory").cloned()) {
                (Some(value), _) => value.clone(),
                (_, Some(factory)) => self.call(&factory, Arguments::default(), scope),
                _ => Value::Unknown,
            },
            "argparse.ArgumentParser" => {
                let class = self.argument_parser()?;
                self.call(&class, Arguments::default(), scope)
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
            "abs" => first.as_number().and_then(i64::checked_abs).map_or(Value::Unknown, Value::Number),
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
            "getattr" => {
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
                match self.own_module(&module) {
                    Some(own) => own,
                    None => {
                        self.loads(&module);
                        Value::outside(&*module)
                    }
                }
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
            "json.load" => {
                let text = self.read_whole(&first)?;
                let value = expression(text, Language::JavaScript)?;
                self.eval(&value, scope)
            }
            "yaml.safe_load" | "yaml.load" | "yaml.full_load" => {
                let text = match self.read_whole(&first) {
                    Some(text) => text,
                    None => &*self.bump.alloc_str(&first.as_text()?),
                };
                self.document(text)?
            }
            "collections.namedtuple" => {
                // A class whose fields have these names.
                let fields = match given.at(1) {
                    Value::Text(names) => names.replace(',', " "),
                    names => {
                        let all: Option<Vec<_>> = names.each()?.iter().map(Value::as_text).collect();
                        all?.join(" ")
                    }
                };
                let fields = fields.split_whitespace().map(|field| &*self.bump.alloc_str(field)).collect();
                Value::Class(Rc::new(Class { base: None, members: self.scope(None), fields }))
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
                decode::escaped(&text?, '%').map_or(Value::Unknown, Value::text)
            }
            "json.loads" | "ast.literal_eval" => {
                let text: &'a str = self.bump.alloc_str(&text?);
                let value = match code {
                    "json.loads" => expression(text, Language::JavaScript),
                    _ => expression(text, self.language),
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
                self.eval(&expression(lambda, self.language)?, scope)
            }
            "os.path.join" | "posixpath.join" => {
                let Some(out) = path_of("", &given.places) else { return Some(Value::Unknown) };
                self.text_of_any(out, &given.places)
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
                let Some(out) = path_of("", &given.places) else { return Some(Value::Unknown) };
                Value::Path(if out.is_empty() { ".".into() } else { out.into() })
            }
            "pathlib.Path.home" => Value::Path(self.given.home.into()),
            "str.maketrans" => self.letters_for(given),
            "str.join" | "str.replace" | "str.format" | "str.lower" | "str.upper" | "str.strip" => {
                let name: &'a str = self.bump.alloc_str(code.rsplit('.').next().unwrap_or_default());
                let rest = given.places.iter().skip(1).cloned().collect();
                self.call_member(&first, name, Arguments::of(rest), scope)
            }
            "re.compile" if given.places.len() > 1 || !given.named.is_empty() => Value::Unknown,
            "re.compile" => Value::Pattern(Rc::new((text?.to_string(), String::new()))),
            "re.sub" | "re.findall" | "re.split" => {
                let pattern = match &first {
                    Value::Pattern(pattern) => pattern.clone(),
                    _ => Rc::new((text?.to_string(), String::new())),
                };
                let most = if code == "re.sub" { 3 } else { 2 };
                match code {
                    // How often, and with which flags.
                    _ if given.places.len() > most || !given.named.is_empty() => Value::Unknown,
                    "re.sub" => {
                        let text = given.at(2).as_text()?;
                        self.replaced_by_pattern(&pattern, &text, &given.at(1), true, scope)
                    }
                    "re.findall" => self.found_by_pattern(&pattern, &given.at(1).as_text()?),
                    _ => self.split_by_pattern(&pattern, &given.at(1).as_text()?),
                }
            }
            "html.unescape" if text.as_ref().is_some_and(|text| text.contains('&')) => Value::Unknown,
            "textwrap.dedent" => {
                let text = text?;
                let blanks = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
                let lines = || text.split('\n').filter(|line| !line.trim().is_empty());
                let common = lines().map(blanks).min().unwrap_or(0);
                let cut = text.split('\n').map(|line| line.get(common.min(blanks(line))..).unwrap_or_default());
                Value::text(cut.collect::<Vec<_>>().join("\n"))
            }
            "copy.copy" | "copy.deepcopy" | "html.unescape" | "sys.intern" | "io.StringIO" | "io.BytesIO"
            | "asyncio.run" | "memoryview" | "super" => first,
            _ => return None,
        })
    }
}
