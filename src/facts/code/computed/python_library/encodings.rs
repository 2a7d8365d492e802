//! Encodings and notations.

use super::super::reader::expression;
use super::super::run::Machine;
use super::super::scan::Language;
use super::super::values::Value;
use super::Asked;
use crate::facts::fold::decode;

impl<'a> Machine<'a, '_> {
    pub(super) fn encodings_of_python(&mut self, asked: &Asked<'_, 'a>) -> Option<Value<'a>> {
        let Asked { code, given, scope, .. } = *asked;
        let first = asked.first.clone();
        let text = asked.text.clone();
        Some(match code {
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
            _ => return None,
        })
    }
}
