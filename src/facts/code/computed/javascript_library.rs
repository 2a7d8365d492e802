//! What the functions of JavaScript and Node give that only compute (ECMA-262, 19 to 28; Node's documentation).

use std::rc::Rc;

use super::operations::{below, bytes_of};
use super::reader::expression;
use super::run::{Arguments, LONGEST, MOST, Machine};
use super::values::{Scope, Value};
use crate::facts::fold::decode;
use crate::facts::targets::paths::MADE_BY_CODE;

impl<'a> Machine<'a, '_> {
    pub(super) fn library_of_javascript(
        &mut self,
        code: &str,
        given: &Arguments<'a>,
        scope: &Rc<Scope<'a>>,
    ) -> Option<Value<'a>> {
        let first = given.first();
        let text = first.as_text();
        Some(match code {
            "require" | "import" | "module.constructor._load" => {
                let text = text?;
                if let Some(own) = self.own_module(&text) {
                    return Some(own);
                }
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
                    i64::from_str_radix(&text[..length], base).map_or(Value::Unknown, Value::Number)
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
            "Map" => self.table_of(first.pairs().unwrap_or_default()),
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
                    all.extend(table.borrow().iter().cloned());
                }
                self.table_of(all)
            }
            "Object.freeze" | "Promise.resolve" | "Promise.all" | "structuredClone" | "util.promisify"
            | "promisify" => first,
            "Object.fromEntries" => self.table_of(first.pairs()?),
            "JSON.parse" => {
                let text: &'a str = self.bump.alloc_str(&text?);
                match expression(text, self.language) {
                    Some(value) => self.eval(&value, scope),
                    None => Value::Unknown,
                }
            }
            "fs.readFileSync" | "fs.promises.readFile" => {
                let text = match &first {
                    Value::Number(0) => self.given.input,
                    path => self
                        .file(&path.as_text()?)
                        .or(self.given.input.filter(|_| path.as_text().is_some_and(|path| &*path == "/dev/stdin"))),
                };
                Value::text(text?)
            }
            "decodeURIComponent" | "unescape" | "decodeURI" => {
                decode::escaped(&text?, '%').map_or(Value::Unknown, Value::text)
            }
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
                self.eval(&expression(function, self.language)?, scope)
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
                self.text_of_any(out, &given.places)
            }
            "os.homedir" => Value::text(self.given.home),
            "os.tmpdir" => Value::text("/tmp"),
            "fs.mkdtempSync" => Value::text(MADE_BY_CODE),
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
