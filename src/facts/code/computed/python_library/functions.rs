//! What takes or makes functions.

use std::rc::Rc;

use super::super::operations::quoted;
use super::super::reader::expression;
use super::super::run::{Arguments, Machine};
use super::super::tree::Binary;
use super::super::values::Value;
use super::Asked;

impl<'a> Machine<'a, '_> {
    pub(super) fn functions_of_python(&mut self, asked: &Asked<'_, 'a>) -> Option<Value<'a>> {
        let Asked { code, given, scope, .. } = *asked;
        let first = asked.first.clone();
        let text = asked.text.clone();
        Some(match code {
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
            _ => return None,
        })
    }
}
