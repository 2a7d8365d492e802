//! Calls of what the program defines itself: functions, classes and what is made of them.

use std::cell::RefCell;
use std::rc::Rc;

use super::run::{Arguments, DEEPEST, Flow, Machine};
use super::tree::{Expr, Function, Parameter};
use super::values::{Class, Closure, Object, Scope, Value};

impl<'a> Machine<'a, '_> {
    pub(super) fn call(&mut self, function: &Value<'a>, mut given: Arguments<'a>, scope: &Rc<Scope<'a>>) -> Value<'a> {
        if self.depth >= DEEPEST || !self.work(0) {
            self.exact = false;
            return Value::Unknown;
        }
        self.depth += 1;
        let value = match function {
            Value::Function(closure) => self.call_closure(closure, given),
            Value::Class(class) => self.instance(class, given),
            Value::Method(method) => {
                let (of, name) = &**method;
                self.call_member(of, name, given, scope)
            }
            Value::Partial(partial) => {
                let (function, first) = &**partial;
                given.places.splice(0..0, first.iter().cloned());
                self.call(function, given, scope)
            }
            Value::Object(_) => self.call_member(function, "__call__", given, scope),
            Value::Outside(outside) => self.call_outside(outside, given, scope),
            _ => {
                self.exact = false;
                self.call_back(&given, scope);
                Value::Unknown
            }
        };
        self.depth -= 1;
        value
    }

    /// Functions that are given to something which is not known are called by it, with what nobody knows.
    pub(super) fn call_back(&mut self, given: &Arguments<'a>, scope: &Rc<Scope<'a>>) {
        let all = given.places.iter().chain(given.named.iter().map(|(_, value)| value));
        for function in all {
            if let Value::Function(closure) = function {
                self.exact = false;
                let unknown = vec![Value::Unknown; closure.function.parameters.len()];
                self.call(function, Arguments::of(unknown), scope);
            }
        }
    }

    fn call_closure(&mut self, closure: &Rc<Closure<'a>>, given: Arguments<'a>) -> Value<'a> {
        let function: &Function<'a> = &closure.function;
        let within = self.scope(Some(closure.scope.clone()));
        within.outer.borrow_mut().extend(function.outer.iter().copied());
        let mut places = given.places.into_iter();
        let mut parameters = &function.parameters[..];
        if let Some(of) = &closure.of {
            match self.javascript() {
                true => within.set("this", of.clone()),
                false => {
                    if let Some((first, rest)) = parameters.split_first() {
                        self.assign(&first.target, of.clone(), &within, true);
                        parameters = rest;
                    }
                }
            }
        }
        let mut named = given.named;
        for Parameter { target, default, rest, named: all_named } in parameters {
            let value = if *rest {
                Value::list(places.by_ref().collect())
            } else if *all_named {
                Value::table(named.drain(..).map(|(name, value)| (Value::Text(name), value)).collect())
            } else {
                let own = match target {
                    Expr::Name(name) => named.iter().position(|(known, _)| &**known == *name),
                    _ => None,
                };
                let value = match own {
                    Some(at) => Some(named.swap_remove(at).1),
                    None => places.next(),
                };
                match (value, default) {
                    (Some(value), _) if !matches!(value, Value::Nothing) || !self.javascript() => value,
                    (_, Some(default)) => self.eval(default, &within),
                    (Some(value), None) => value,
                    (None, None) if self.javascript() => Value::Nothing,
                    (None, None) => Value::Unknown,
                }
            };
            self.assign(target, value, &within, true);
        }
        if function.yields {
            self.yielded.push(Vec::new());
        }
        let flow = self.run(&function.body, &within);
        if function.yields {
            let all = self.yielded.pop().unwrap_or_default();
            return self.list(all);
        }
        match flow {
            Flow::Return(value) => value,
            _ => Value::Nothing,
        }
    }

    fn instance(&mut self, class: &Rc<Class<'a>>, given: Arguments<'a>) -> Value<'a> {
        let object = Rc::new(Object { class: class.clone(), fields: RefCell::default() });
        let value = Value::Object(object);
        let begin = if self.javascript() { "constructor" } else { "__init__" };
        if let Some(Value::Function(function)) = self.of_class(class, begin) {
            self.call_closure(&function.bound(value.clone()), given);
        } else if let (Value::Object(object), false) = (&value, self.javascript()) {
            let mut fields = object.fields.borrow_mut();
            fields.extend(fields_of(class, 0).into_iter().zip(given.places));
            fields.extend(given.named.into_iter().map(|(name, value)| (&*self.bump.alloc_str(&name), value)));
        }
        value
    }

    /// A member of a class, or of one that it is made of.
    pub(super) fn of_class(&self, class: &Rc<Class<'a>>, name: &str) -> Option<Value<'a>> {
        let mut class = class.clone();
        for _ in 0..DEEPEST {
            if let Some(value) = class.members.names.borrow().get(name) {
                return Some(value.clone());
            }
            match &class.base {
                Some(Value::Class(base)) => {
                    let base = base.clone();
                    class = base;
                }
                _ => return None,
            }
        }
        None
    }
}

/// The fields of a class, those of what it is made of first (Python's library reference, "dataclasses").
fn fields_of<'a>(class: &Class<'a>, depth: u32) -> Vec<&'a str> {
    let mut fields = match &class.base {
        Some(Value::Class(base)) if depth < DEEPEST => fields_of(base, depth + 1),
        _ => Vec::new(),
    };
    for field in &class.fields {
        if !fields.contains(field) {
            fields.push(field);
        }
    }
    fields
}
