//! What is printed, and read from what is given.

use super::super::reader::expression;
use super::super::run::{Arguments, Machine};
use super::super::scan::Language;
use super::super::values::Value;
use super::Asked;

impl<'a> Machine<'a, '_> {
    pub(super) fn streams_of_python(&mut self, asked: &Asked<'_, 'a>) -> Option<Value<'a>> {
        let Asked { code, given, scope, .. } = *asked;
        let first = asked.first.clone();
        Some(match code {
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
            "sys.stdout.write" | "sys.stdout.buffer.write" => {
                self.prints(given, "", "");
                Value::Nothing
            }
            _ => return None,
        })
    }
}
