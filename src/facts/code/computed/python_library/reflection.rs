//! Names, modules and code that are found while it runs.

use super::super::run::Machine;
use super::super::values::Value;
use super::Asked;

impl<'a> Machine<'a, '_> {
    pub(super) fn reflection_of_python(&mut self, asked: &Asked<'_, 'a>) -> Option<Value<'a>> {
        let Asked { code, given, scope, .. } = *asked;
        let first = asked.first.clone();
        let text = asked.text.clone();
        Some(match code {
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
            _ => return None,
        })
    }
}
