//! Modules that the script wrote, which its code loads: what they define is known as if it stood there.

use std::rc::Rc;

use super::reader::{expression, program};
use super::run::{MOST, Machine};
use super::scan::Language;
use super::values::{Class, Scope, Value};

/// Python's `argparse`, as far as it says what a word becomes.
const ARGPARSE: &str = include_str!("argparse.py");

impl<'a> Machine<'a, '_> {
    /// What a module defines that the script wrote; none if it wrote none of that name.
    pub(super) fn own_module(&mut self, name: &str) -> Option<Value<'a>> {
        if let Some((_, value)) = self.own_modules.iter().find(|(known, _)| known == name) {
            return Some(value.clone());
        }
        let text = (self.given.module)(name)?;
        if self.own_modules.len() >= MOST || !self.work(text.len()) {
            return None;
        }
        let value = match name.ends_with(".json") {
            true => {
                let scope = self.scope(None);
                self.eval(&expression(text, Language::JavaScript)?, &scope)
            }
            false => self.run_module(name, text)?,
        };
        self.knows_module(name, value.clone());
        Some(value)
    }

    /// Known before it has run: modules may load each other.
    fn knows_module(&mut self, name: &str, value: Value<'a>) {
        match self.own_modules.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.own_modules.push((name.to_owned(), value)),
        }
    }

    fn run_module(&mut self, name: &str, text: &'a str) -> Option<Value<'a>> {
        let body = program(text, self.language)?;
        let scope = self.scope(None);
        let names = Class::of_names(scope.clone());
        self.knows_module(name, names.clone());
        scope.set("__name__", Value::text(name));
        scope.set("given", Value::list(self.given.words.iter().map(|word| Value::text(*word)).collect()));
        let (exports, one) = (Value::table(Vec::new()), Value::text("exports"));
        let module = Value::table(vec![(one.clone(), exports.clone())]);
        if self.javascript() {
            scope.set("exports", exports);
            scope.set("module", module.clone());
        }
        self.within += 1;
        self.run(&body, &scope);
        self.within -= 1;
        // What it exports one by one, at once, or by the words of the language.
        let exported = if self.javascript() { self.index(&module, &one) } else { Value::Nothing };
        Some(match &exported {
            Value::Table(table) if table.borrow().is_empty() => names,
            Value::Nothing | Value::Unknown => names,
            _ => exported,
        })
    }

    pub(super) fn imports(&mut self, module: &'a str, called: &'a str, scope: &Rc<Scope<'a>>) {
        let first = module.split('.').next().unwrap_or(module);
        let own = self.own_module(module);
        match (own, called) {
            (Some(own), "") => {
                // `import a.b` gives `a`, in which `b` is.
                let value = module.rsplit('.').take(module.matches('.').count()).fold(own, |inner, name| {
                    let members = self.scope(None);
                    members.set(name, inner);
                    Class::of_names(members)
                });
                scope.set(first, value);
            }
            (Some(own), called) => scope.set(called, own),
            (None, "") => {
                self.loads(module);
                scope.set(first, Value::outside(first));
            }
            (None, called) => {
                self.loads(module);
                scope.set(called, Value::outside(module));
            }
        }
    }

    pub(super) fn imports_from(&mut self, module: &'a str, name: &'a str, called: &'a str, scope: &Rc<Scope<'a>>) {
        match (self.own_module(module), name) {
            (Some(Value::Class(own)), "*") => {
                let names = own.members.names.borrow().clone();
                scope.names.borrow_mut().extend(names.into_iter().filter(|(name, _)| !name.starts_with('_')));
            }
            (Some(own), _) if name != "*" => {
                let value = match self.member(&own, name) {
                    // A module of the package.
                    Value::Unknown => self.own_module(&format!("{module}.{name}")).unwrap_or(Value::Unknown),
                    value => value,
                };
                scope.set(called, value);
            }
            // What nobody defines here is known by its own name.
            (_, "*") => self.loads(module),
            _ => {
                let value = match module {
                    "" => self.own_module(name).unwrap_or_else(|| Value::outside(name)),
                    module => {
                        self.loads(module);
                        Value::outside(format!("{module}.{name}"))
                    }
                };
                scope.set(called, value);
            }
        }
    }

    /// The class of Python's parser of words.
    pub(super) fn argument_parser(&mut self) -> Option<Value<'a>> {
        let name = "argparse";
        if !self.own_modules.iter().any(|(known, _)| known == name) {
            self.run_module(name, ARGPARSE)?;
            // That there are none says only that nobody knows them.
            self.exact &= !self.given.words.is_empty();
        }
        let (_, module) = self.own_modules.iter().find(|(known, _)| known == name)?.clone();
        Some(self.member(&module, "ArgumentParser"))
    }
}
