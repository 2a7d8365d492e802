//! Lists, tables and what goes through them.

use std::rc::Rc;

use super::super::run::{MOST, Machine};
use super::super::tree::Binary;
use super::super::values::{Class, Value};
use super::Asked;

impl<'a> Machine<'a, '_> {
    pub(super) fn sequences_of_python(&mut self, asked: &Asked<'_, 'a>) -> Option<Value<'a>> {
        let Asked { code, given, scope, .. } = *asked;
        let first = asked.first.clone();
        Some(match code {
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
            _ => return None,
        })
    }
}
