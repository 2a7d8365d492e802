//! What an expression comes to.

use std::rc::Rc;

use super::operations::chosen;
use super::run::{Arguments, DEEPEST, LONGEST, MOST, Machine};
use super::tree::{Binary, Clause, Expr, Item, Literal, Unary};
use super::values::{Closure, List, Outside, Scope, Value};

impl<'a> Machine<'a, '_> {
    pub(super) fn eval(&mut self, expr: &Expr<'a>, scope: &Rc<Scope<'a>>) -> Value<'a> {
        if self.depth >= DEEPEST || !self.work(0) {
            self.exact = false;
            return Value::Unknown;
        }
        self.depth += 1;
        let value = self.value(expr, scope);
        self.depth -= 1;
        value
    }

    fn value(&mut self, expr: &Expr<'a>, scope: &Rc<Scope<'a>>) -> Value<'a> {
        match expr {
            Expr::Literal(literal) => literal.into(),
            Expr::Name(name) => self.name(name, scope),
            Expr::Member(of, name) => {
                let of = self.eval(of, scope);
                self.member(&of, name)
            }
            Expr::Index(of, key) => {
                let of = self.eval(of, scope);
                let key = self.eval(key, scope);
                // What stands in a table of the names themselves.
                if let (Value::Outside(outside), Value::Text(name)) = (&of, &key)
                    && matches!(&*outside.code, "globals()" | "locals()" | "vars()" | "__builtins__.__dict__")
                {
                    let name: &'a str = self.bump.alloc_str(name);
                    return self.name(name, scope);
                }
                self.index(&of, &key)
            }
            Expr::Slice(of, parts) => {
                let of = self.eval(of, scope);
                let mut bounds = [None; 3];
                for (bound, part) in bounds.iter_mut().zip(parts.iter()) {
                    if let Some(part) = part {
                        match self.eval(part, scope) {
                            Value::Nothing => {}
                            value => match value.as_number() {
                                Some(number) => *bound = Some(number),
                                None => return Value::Unknown,
                            },
                        }
                    }
                }
                self.slice(&of, bounds)
            }
            Expr::Call(callee, items) => self.call_expr(callee, items, scope),
            Expr::Tagged(tag, template) => self.tagged(tag, template, scope),
            Expr::New(class, items) => {
                let class = self.eval(class, scope);
                let Some(mut given) = self.items(items, scope) else {
                    self.exact = false;
                    return Value::Unknown;
                };
                match &class {
                    Value::Outside(outside) => match self.library_of_javascript(&outside.code, &given, scope) {
                        Some(made) => made,
                        None => {
                            given.computed |= outside.made_by.is_some();
                            let code = format!("new {}", outside.code);
                            self.call_outside(&Rc::new(Outside { code, made_by: outside.made_by }), given, scope)
                        }
                    },
                    _ => self.call(&class, given, scope),
                }
            }
            Expr::Unary(operator, of) => {
                let of = self.eval(of, scope);
                match operator {
                    Unary::Not => of.holds(self.javascript()).map_or(Value::Unknown, |is| Value::Bool(!is)),
                    Unary::Minus => of.as_number().and_then(i64::checked_neg).map_or(Value::Unknown, Value::Number),
                    Unary::Invert => of.as_number().map_or(Value::Unknown, |number| Value::Number(!number)),
                    Unary::Plus => match &of {
                        Value::Text(text) => text.trim().parse().map_or(Value::Unknown, Value::Number),
                        _ => of.as_number().map_or(Value::Unknown, Value::Number),
                    },
                }
            }
            Expr::Binary(..) => self.operators(expr, scope),
            Expr::Choice(parts) => {
                let [asked, yes, no] = &**parts;
                match self.eval(asked, scope).holds(self.javascript()) {
                    Some(true) => self.eval(yes, scope),
                    Some(false) => self.eval(no, scope),
                    None => {
                        self.exact = false;
                        let yes = self.eval(yes, scope);
                        let no = self.eval(no, scope);
                        if matches!(yes, Value::Unknown | Value::Nothing) { no } else { yes }
                    }
                }
            }
            Expr::List(items) => match self.items(items, scope) {
                Some(given) => self.list(given.places),
                None => Value::Unknown,
            },
            Expr::Table(items) => self.table(items, scope),
            Expr::Format(parts) => {
                let mut text = String::new();
                let mut any = false;
                for part in parts {
                    let part = self.eval(part, scope);
                    // An object is what it says of itself.
                    let part = match &part {
                        Value::Object(_) => {
                            let says = if self.javascript() { "toString" } else { "__str__" };
                            self.call_member(&part, says, Arguments::default(), scope)
                        }
                        _ => part,
                    };
                    any |= matches!(part, Value::Any(_));
                    match self.shown(&part) {
                        Some(part) => text.push_str(&part),
                        None => return Value::Unknown,
                    }
                    if text.len() > LONGEST {
                        return Value::Unknown;
                    }
                }
                if any { Value::Any(text.into()) } else { self.text(text) }
            }
            Expr::Function(function) => {
                let closure = Closure { function: function.clone(), scope: scope.clone(), of: None };
                Value::Function(Rc::new(closure))
            }
            Expr::Comprehension(key, value, clauses) => {
                let within = self.scope(Some(scope.clone()));
                let mut out = Vec::new();
                let known = self.comprehend(key.as_deref(), value, clauses, &within, &mut out);
                match (known, key) {
                    (false, _) => Value::Unknown,
                    (true, Some(_)) => self.table_of(out),
                    (true, None) => self.list(out.into_iter().map(|(_, value)| value).collect()),
                }
            }
            Expr::Assign(target, operator, value) => {
                let value = match operator {
                    None => self.eval(value, scope),
                    Some(operator) => {
                        let was = self.eval(target, scope);
                        // A list grows in its place.
                        if let (Value::List(list), Binary::Add, false) = (&was, operator, self.javascript()) {
                            let more = self.eval(value, scope);
                            return self.grow(list.clone(), more.each());
                        }
                        let (operator, value) = (*operator, &**value);
                        self.combine(operator, was, value, scope)
                    }
                };
                self.assign(target, value.clone(), scope, false);
                value
            }
            Expr::Sequence(all) => {
                let mut last = Value::Nothing;
                for each in all {
                    last = self.eval(each, scope);
                }
                last
            }
            Expr::Pattern(pattern, flags) => Value::Pattern(Rc::new(((*pattern).to_owned(), (*flags).to_owned()))),
        }
    }

    /// A list with more in it; what is not known makes it a list of which nothing is.
    pub(super) fn grow(&mut self, list: List<'a>, more: Option<Vec<Value<'a>>>) -> Value<'a> {
        match more {
            Some(more) if list.borrow().len() + more.len() <= MOST && self.work(more.len()) => {
                list.borrow_mut().extend(more);
            }
            _ => list.borrow_mut().push(Value::Unknown),
        }
        Value::List(list)
    }

    /// Operators from left to right, without going deeper for each.
    fn operators(&mut self, expr: &Expr<'a>, scope: &Rc<Scope<'a>>) -> Value<'a> {
        let mut rights = Vec::new();
        let mut left = expr;
        while let Expr::Binary(operator, inner, right) = left {
            rights.push((*operator, &**right));
            left = inner;
        }
        let mut value = self.eval(left, scope);
        for (operator, right) in rights.into_iter().rev() {
            value = self.combine(operator, value, right, scope);
        }
        value
    }

    fn combine(&mut self, operator: Binary, left: Value<'a>, right: &Expr<'a>, scope: &Rc<Scope<'a>>) -> Value<'a> {
        let holds = match operator {
            Binary::And => left.holds(self.javascript()),
            Binary::Or => left.holds(self.javascript()).map(|holds| !holds),
            Binary::Otherwise => match left {
                Value::Unknown => None,
                Value::Nothing => Some(true),
                _ => Some(false),
            },
            _ => {
                let right = self.eval(right, scope);
                return self.operate(operator, &left, &right);
            }
        };
        match holds {
            Some(false) => left,
            Some(true) => self.eval(right, scope),
            // `os.environ.get("D") or "/srv"`
            None => {
                self.exact = false;
                let right = self.eval(right, scope);
                if operator == Binary::And { Value::Unknown } else { right }
            }
        }
    }

    fn comprehend(
        &mut self,
        key: Option<&Expr<'a>>,
        value: &Expr<'a>,
        clauses: &[Clause<'a>],
        scope: &Rc<Scope<'a>>,
        out: &mut Vec<(Value<'a>, Value<'a>)>,
    ) -> bool {
        let Some((clause, rest)) = clauses.split_first() else {
            let key = key.map_or(Value::Nothing, |key| self.eval(key, scope));
            let value = self.eval(value, scope);
            out.push((key, value));
            return out.len() <= MOST;
        };
        let each = self.eval(&clause.each, scope);
        let Some(all) = self.each(&each) else {
            // What is done to each is done all the same.
            self.exact = false;
            self.assign(&clause.target, Value::Unknown, scope, true);
            self.eval(value, scope);
            return false;
        };
        for each in all {
            if !self.work(0) {
                return false;
            }
            self.assign(&clause.target, each, scope, true);
            let mut holds = Some(true);
            for asked in &clause.holds {
                if holds == Some(true) {
                    holds = self.eval(asked, scope).holds(false);
                }
            }
            let known = match holds {
                Some(true) => self.comprehend(key, value, rest, scope, out),
                Some(false) => true,
                // It may be one of them.
                None => {
                    self.exact = false;
                    let known = out.len();
                    self.chosen += 1;
                    let all = self.comprehend(key, value, rest, scope, out);
                    self.chosen -= 1;
                    for (_, value) in out.iter_mut().skip(known) {
                        *value = chosen(std::mem::replace(value, Value::Unknown));
                    }
                    all
                }
            };
            if !known {
                return false;
            }
        }
        true
    }

    fn table(&mut self, items: &[Item<'a>], scope: &Rc<Scope<'a>>) -> Value<'a> {
        let mut entries: Vec<(Value<'a>, Value<'a>)> = Vec::new();
        for item in items {
            let value = self.eval(&item.value, scope);
            // `{**os.environ}` is a copy of it.
            if let (true, [_], Value::Outside(_)) = (item.spread, items, &value) {
                return value;
            }
            match &item.key {
                _ if item.spread => match value {
                    Value::Table(table) => entries.extend(table.borrow().iter().cloned()),
                    // The environment, and what is put beside it.
                    _ => continue,
                },
                Some(key) => {
                    let key = self.eval(key, scope);
                    entries.push((key, value));
                }
                None => {}
            }
            if entries.len() > MOST || !self.work(entries.len()) {
                return Value::Unknown;
            }
        }
        self.table_of(entries)
    }

    /// A template that a function is given: its texts, and what stands between them.
    fn tagged(&mut self, tag: &Expr<'a>, template: &Expr<'a>, scope: &Rc<Scope<'a>>) -> Value<'a> {
        let function = self.eval(tag, scope);
        let mut given = Arguments { computed: true, ..Arguments::default() };
        match (&function, template) {
            (Value::Function(_), Expr::Format(parts)) => {
                // The texts, and what stands between them.
                let (mut texts, mut between) = (vec![String::new()], Vec::new());
                for part in parts {
                    match part {
                        Expr::Literal(Literal::Text(text)) => {
                            texts.last_mut().into_iter().for_each(|last| last.push_str(text));
                        }
                        part => {
                            between.push(self.eval(part, scope));
                            texts.push(String::new());
                        }
                    }
                }
                given.places.push(Value::list(texts.into_iter().map(Value::text).collect()));
                given.places.extend(between);
            }
            // A shell of Bun's or zx': its command, as it stands there.
            (Value::Outside(outside), template) if outside.code.ends_with('$') => {
                let text = self.eval(template, scope).as_text();
                return match text.filter(|text| !text.contains(['`', '\\', '$'])) {
                    Some(text) => self.made(format!("{}`{text}`", outside.code), true),
                    None => Value::Unknown,
                };
            }
            (_, template) => given.places.push(self.eval(template, scope)),
        }
        self.call(&function, given, scope)
    }

    /// Elements or arguments; none if one that is spread is not known.
    pub(super) fn items(&mut self, items: &[Item<'a>], scope: &Rc<Scope<'a>>) -> Option<Arguments<'a>> {
        let mut out = Arguments { computed: self.within > 0, ..Arguments::default() };
        let mut known = true;
        for item in items {
            let value = self.eval(&item.value, scope);
            out.computed |= !self.is_said(&item.value, &value);
            match (&item.key, item.spread) {
                (Some(_), true) => match value {
                    Value::Table(table) => {
                        for (key, value) in table.borrow().iter() {
                            out.named.extend(key.as_text().map(|key| (key, value.clone())));
                        }
                    }
                    _ => self.exact = false,
                },
                (Some(Expr::Literal(Literal::Text(name))), false) => out.named.push((name.clone(), value)),
                (_, true) => match value.each() {
                    Some(all) => out.places.extend(all),
                    None => known = false,
                },
                (_, false) => out.places.push(value),
            }
            if out.places.len() > MOST {
                return None;
            }
        }
        known.then_some(out)
    }

    /// Whether the program says a value as it is.
    fn is_said(&self, expr: &Expr<'a>, value: &Value<'a>) -> bool {
        match (expr, value) {
            (Expr::Literal(_), _) => true,
            (Expr::Name(_) | Expr::Member(..), Value::Outside(outside)) => outside.made_by.is_none(),
            (Expr::List(items), Value::List(values)) => {
                let values = values.borrow();
                values.len() == items.len()
                    && items
                        .iter()
                        .zip(values.iter())
                        .all(|(item, value)| !item.spread && self.is_said(&item.value, value))
            }
            (Expr::Function(_), _) => true,
            _ => false,
        }
    }

    fn name(&mut self, name: &'a str, scope: &Rc<Scope<'a>>) -> Value<'a> {
        if let Some(value) = scope.look_up(name) {
            return value;
        }
        match (name, self.javascript()) {
            ("__name__", false) => Value::text("__main__"),
            ("__builtins__" | "builtins", false) => Value::outside("builtins"),
            ("undefined" | "NaN", true) => Value::Nothing,
            _ => Value::outside(name),
        }
    }

    fn call_expr(&mut self, callee: &Expr<'a>, items: &[Item<'a>], scope: &Rc<Scope<'a>>) -> Value<'a> {
        if let Expr::Member(of, name) = callee {
            let of = self.eval(of, scope);
            let Some(mut given) = self.items(items, scope) else {
                self.exact = false;
                return Value::Unknown;
            };
            given.computed |= !matches!(of, Value::Outside(_));
            return self.call_member(&of, name, given, scope);
        }
        let function = self.eval(callee, scope);
        let Some(mut given) = self.items(items, scope) else {
            self.exact = false;
            return Value::Unknown;
        };
        given.computed |= match (callee, &function) {
            (Expr::Name(name), Value::Outside(outside)) => outside.code != **name,
            _ => true,
        };
        self.call(&function, given, scope)
    }
}
