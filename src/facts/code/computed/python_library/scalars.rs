//! Numbers, characters and bytes.

use super::super::operations::bytes_of;
use super::super::run::{Arguments, Machine};
use super::super::values::Value;
use super::Asked;

impl<'a> Machine<'a, '_> {
    pub(super) fn scalars_of_python(&mut self, asked: &Asked<'_, 'a>) -> Option<Value<'a>> {
        let Asked { code, given, scope, .. } = *asked;
        let first = asked.first.clone();
        let text = asked.text.clone();
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
                let digits = first.as_number().and_then(|number| super::super::methods::in_base(number, base));
                digits.map_or(Value::Unknown, |digits| Value::text(format!("{sign}{digits}")))
            }
            "len" => match &first {
                Value::Text(text) => Value::Number(text.chars().count() as i64),
                Value::Bytes(bytes) => Value::Number(bytes.len() as i64),
                Value::List(list) => Value::Number(list.borrow().len() as i64),
                Value::Table(table) => Value::Number(table.borrow().len() as i64),
                _ => Value::Unknown,
            },
            "bytes" | "bytearray" => match &first {
                Value::Text(text) => Value::Bytes(text.as_bytes().into()),
                Value::Bytes(bytes) => Value::Bytes(bytes.clone()),
                Value::Number(_) => Value::Unknown,
                other => match other.each().and_then(|all| bytes_of(&all)) {
                    Some(bytes) => Value::Bytes(bytes.into()),
                    None => Value::Unknown,
                },
            },
            "abs" => first.as_number().and_then(i64::checked_abs).map_or(Value::Unknown, Value::Number),
            "isinstance" | "hasattr" | "callable" | "issubclass" | "id" | "hash" | "type" | "time.time" => {
                Value::Unknown
            }
            _ => return None,
        })
    }
}
