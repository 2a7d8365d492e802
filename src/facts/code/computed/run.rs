//! Goes through a program step by step, with the values that it surely has. What it cannot know is `Unknown`; of what
//! depends on that, both sides are gone through. Steps and bytes are bounded; what lies beyond is not computed.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use super::scan::Language;
use super::tree::{Binary, Clause, Expr, Function, Item, Parameter, Stmt, Unary};
use super::values::{Class, Closure, Object, Outside, Scope, Value};

/// Expressions and statements.
const STEPS: u32 = 20_000;
/// Calls and expressions within each other.
const DEEPEST: u32 = 64;
/// Bytes of one text, elements of one list.
pub(super) const LONGEST: usize = 64 << 10;
pub(super) const MOST: usize = 4096;
/// Bytes of all calls that are written down.
const ALL: usize = 256 << 10;

/// A call of something from elsewhere.
pub(super) struct Made {
    pub(super) code: String,
    /// It does not stand in the program as it is here.
    pub(super) computed: bool,
    /// What was written into the file that it opened.
    pub(super) content: Option<String>,
    /// A later one says the same, and more.
    pub(super) surpassed: bool,
}

/// What a program is given from outside.
#[derive(Clone, Copy)]
pub(in crate::facts::code) struct Given<'a, 'g> {
    pub(in crate::facts::code) words: &'g [&'a str],
    pub(in crate::facts::code) variable: &'g dyn Fn(&str) -> Option<&'a str>,
    /// What a file holds that the script wrote.
    pub(in crate::facts::code) file: &'g dyn Fn(&str) -> Option<&'a str>,
    /// What it reads on its input.
    pub(in crate::facts::code) input: Option<&'a str>,
    pub(in crate::facts::code) home: &'a str,
}

pub(super) struct Machine<'a, 'g> {
    pub(super) bump: &'a Bump,
    pub(super) language: Language,
    pub(super) given: Given<'a, 'g>,
    pub(super) made: Vec<Made>,
    bytes: usize,
    steps: u32,
    pub(super) depth: u32,
    /// What is run stands in a text of the program.
    pub(super) in_text: bool,
    /// Nothing depended on what is not known.
    pub(super) exact: bool,
    /// What it prints; none as soon as a part is not known.
    pub(super) printed: Option<String>,
    /// The modules that it loads.
    pub(super) modules: Vec<String>,
    yielded: Vec<Vec<Value<'a>>>,
    scopes: Vec<Weak<Scope<'a>>>,
}

/// How a statement ends.
pub(super) enum Flow<'a> {
    Next,
    Break,
    Continue,
    Return(Value<'a>),
    /// An error, or the end of the program.
    Stop,
}

/// Arguments as they are given: by place, and by name.
#[derive(Default)]
pub(super) struct Arguments<'a> {
    pub(super) places: Vec<Value<'a>>,
    pub(super) named: Vec<(Rc<str>, Value<'a>)>,
    /// The program does not say them as they are.
    pub(super) computed: bool,
}

impl<'a> Arguments<'a> {
    pub(super) fn of(places: Vec<Value<'a>>) -> Self {
        Arguments { places, named: Vec::new(), computed: true }
    }

    pub(super) fn first(&self) -> Value<'a> {
        self.at(0)
    }

    pub(super) fn at(&self, place: usize) -> Value<'a> {
        self.places.get(place).cloned().unwrap_or(Value::Nothing)
    }

    pub(super) fn named(&self, name: &str) -> Option<&Value<'a>> {
        self.named.iter().find(|(known, _)| &**known == name).map(|(_, value)| value)
    }
}

impl Drop for Machine<'_, '_> {
    /// Functions and the scopes that they stand in hold each other.
    fn drop(&mut self) {
        for scope in self.scopes.iter().filter_map(Weak::upgrade) {
            let names = std::mem::take(&mut *scope.names.borrow_mut());
            drop(names);
        }
    }
}

impl<'a, 'g> Machine<'a, 'g> {
    pub(super) fn new(bump: &'a Bump, language: Language, given: Given<'a, 'g>) -> Self {
        Machine {
            bump,
            language,
            given,
            made: Vec::new(),
            bytes: 0,
            steps: STEPS,
            depth: 0,
            in_text: false,
            exact: true,
            printed: Some(String::new()),
            modules: Vec::new(),
            yielded: Vec::new(),
            scopes: Vec::new(),
        }
    }

    pub(super) fn javascript(&self) -> bool {
        self.language == Language::JavaScript
    }

    pub(super) fn scope(&mut self, around: Option<Rc<Scope<'a>>>) -> Rc<Scope<'a>> {
        let scope = Scope::within(around);
        self.scopes.push(Rc::downgrade(&scope));
        scope
    }

    /// Takes what so much work costs; false if it is spent.
    pub(super) fn work(&mut self, items: usize) -> bool {
        let cost = 1 + (items / 16) as u32;
        self.steps = self.steps.saturating_sub(cost);
        self.exact &= self.steps > 0;
        self.steps > 0
    }

    pub(super) fn text(&mut self, text: String) -> Value<'a> {
        match text.len() <= LONGEST && self.work(text.len() / 16) {
            true => Value::text(text),
            false => Value::Unknown,
        }
    }

    pub(super) fn list(&mut self, values: Vec<Value<'a>>) -> Value<'a> {
        match values.len() <= MOST && self.work(values.len()) {
            true => Value::list(values),
            false => Value::Unknown,
        }
    }

    pub(super) fn run(&mut self, body: &[Stmt<'a>], scope: &Rc<Scope<'a>>) -> Flow<'a> {
        // Functions are known before they stand there.
        if self.javascript() {
            for statement in body {
                if let Stmt::Define(function, _) = statement {
                    let closure = Closure { function: function.clone(), scope: scope.clone(), of: None };
                    scope.set(function.name, Value::Function(Rc::new(closure)));
                }
            }
        }
        for statement in body {
            if !self.work(0) {
                return Flow::Stop;
            }
            match self.statement(statement, scope) {
                Flow::Next => {}
                other => return other,
            }
        }
        Flow::Next
    }

    /// What may run or may not: how it ends says nothing.
    fn perhaps(&mut self, body: &[Stmt<'a>], scope: &Rc<Scope<'a>>) -> Option<Value<'a>> {
        self.exact = false;
        match self.run(body, scope) {
            Flow::Return(value) => Some(value),
            _ => None,
        }
    }

    fn statement(&mut self, statement: &Stmt<'a>, scope: &Rc<Scope<'a>>) -> Flow<'a> {
        match statement {
            Stmt::Expr(expr) => {
                self.eval(expr, scope);
            }
            Stmt::Set(targets, value) => {
                let value = self.eval(value, scope);
                for target in targets {
                    self.assign(target, value.clone(), scope, true);
                }
            }
            Stmt::If(asked, then, otherwise) => match self.eval(asked, scope).holds(self.javascript()) {
                Some(true) => return self.run(then, scope),
                Some(false) => return self.run(otherwise, scope),
                None => {
                    // What the other side sets to something that is not known is what it was.
                    let before = scope.names.borrow().clone();
                    let first = self.perhaps(then, scope);
                    let known = self.known_of(scope, &before);
                    let second = self.perhaps(otherwise, scope);
                    for (name, value) in known {
                        let mut names = scope.names.borrow_mut();
                        if matches!(names.get(name), None | Some(Value::Unknown | Value::Nothing)) {
                            names.insert(name, value);
                        }
                    }
                    if let (Some(first), Some(second)) = (first, second) {
                        let known = !matches!(first, Value::Unknown | Value::Nothing);
                        return Flow::Return(if known { first } else { second });
                    }
                }
            },
            Stmt::While(asked, body) => {
                while self.work(0) {
                    match self.eval(asked, scope).holds(self.javascript()) {
                        Some(true) => {}
                        Some(false) => break,
                        None => {
                            self.perhaps(body, scope);
                            break;
                        }
                    }
                    let sure = self.exact;
                    self.exact = true;
                    let flow = self.run(body, scope);
                    // What ends it may be what is not known.
                    let ends = !self.exact;
                    self.exact &= sure;
                    match flow {
                        Flow::Next | Flow::Continue if ends => break,
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => break,
                        other => return other,
                    }
                }
            }
            Stmt::For { target, each, keys, body } => {
                let each = self.eval(each, scope);
                let values = match (keys, &each) {
                    (true, Value::List(list)) => {
                        Some((0..list.borrow().len()).map(|at| Value::text(at.to_string())).collect())
                    }
                    _ => self.each(&each),
                };
                let Some(values) = values.filter(|values: &Vec<_>| values.len() <= MOST) else {
                    self.assign(target, Value::Unknown, scope, true);
                    self.perhaps(body, scope);
                    return Flow::Next;
                };
                self.work(values.len());
                for value in values {
                    if !self.work(0) {
                        return Flow::Stop;
                    }
                    self.assign(target, value, scope, true);
                    match self.run(body, scope) {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => break,
                        other => return other,
                    }
                }
            }
            Stmt::Count { begin, holds, step, body } => {
                self.run(begin, scope);
                while self.work(0) {
                    match holds.as_ref().map(|holds| self.eval(holds, scope).holds(true)) {
                        Some(Some(false)) => break,
                        Some(None) => {
                            self.perhaps(body, scope);
                            break;
                        }
                        None | Some(Some(true)) => {}
                    }
                    match self.run(body, scope) {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => break,
                        other => return other,
                    }
                    if let Some(step) = step {
                        self.eval(step, scope);
                    }
                }
            }
            Stmt::Define(function, around) => {
                let closure = Closure { function: function.clone(), scope: scope.clone(), of: None };
                let mut value = Value::Function(Rc::new(closure));
                for decorator in around.iter().rev() {
                    let decorator = self.eval(decorator, scope);
                    let made = self.call(&decorator, Arguments::of(vec![value.clone()]), scope);
                    if matches!(made, Value::Function(_) | Value::Partial(_) | Value::Object(_)) {
                        value = made;
                    }
                }
                scope.set(function.name, value);
            }
            Stmt::Class { name, base, body } => {
                let base = base.as_ref().map(|base| self.eval(base, scope));
                let members = self.scope(Some(scope.clone()));
                self.run(body, &members);
                scope.set(name, Value::Class(Rc::new(Class { base, members })));
            }
            Stmt::Return(value) => {
                return Flow::Return(value.as_ref().map_or(Value::Nothing, |value| self.eval(value, scope)));
            }
            Stmt::Yield(value) => {
                let value = self.eval(value, scope);
                if let Some(last) = self.yielded.last_mut()
                    && last.len() < MOST
                {
                    last.push(value);
                }
            }
            Stmt::Break => return Flow::Break,
            Stmt::Continue => return Flow::Continue,
            Stmt::Raise => return Flow::Stop,
            Stmt::Try(body, handlers, finally) => {
                let sure = self.exact;
                let flow = self.run(body, scope);
                let may_fail = !matches!(flow, Flow::Next) || self.may_fail(body);
                if may_fail && !handlers.is_empty() {
                    self.perhaps(handlers, scope);
                    self.exact = sure && self.exact;
                }
                match self.run(finally, scope) {
                    Flow::Next => {}
                    other => return other,
                }
                match flow {
                    Flow::Stop => {}
                    other => return other,
                }
            }
            Stmt::With(opened, body) => {
                for (what, name) in opened {
                    let value = self.eval(what, scope);
                    if let Some(name) = name {
                        self.assign(name, value, scope, true);
                    }
                }
                return self.run(body, scope);
            }
            Stmt::Import("", name) => scope.outer.borrow_mut().push(name),
            Stmt::Import(module, name) => {
                self.loads(module);
                let first = module.split('.').next().unwrap_or(module);
                match *name {
                    "" => scope.set(first, Value::outside(first)),
                    name => scope.set(name, Value::outside(*module)),
                }
            }
            Stmt::ImportFrom(module, "*", _) => scope.set(self.bump.alloc_str(&format!("*{module}")), Value::Nothing),
            Stmt::ImportFrom(module, name, called) => {
                self.loads(module);
                let code = if module.is_empty() { (*name).to_owned() } else { format!("{module}.{name}") };
                scope.set(called, Value::outside(code));
            }
            Stmt::Block(body) => return self.run(body, scope),
        }
        Flow::Next
    }

    pub(super) fn loads(&mut self, module: &str) {
        if !module.is_empty() && self.modules.len() < MOST && !self.modules.iter().any(|known| known == module) {
            self.modules.push(module.to_owned());
        }
    }

    /// What a value gives one by one, also a file's lines.
    pub(super) fn each(&self, value: &Value<'a>) -> Option<Vec<Value<'a>>> {
        value.each().or_else(|| {
            let text = self.read_whole(value)?;
            Some(text.split_inclusive('\n').map(Value::text).collect())
        })
    }

    /// Whether a body asks anything of what is outside.
    fn may_fail(&self, body: &[Stmt<'a>]) -> bool {
        !body.is_empty()
    }

    /// The names of a scope that are not what they were, and are known.
    fn known_of(&self, scope: &Scope<'a>, before: &FxHashMap<&'a str, Value<'a>>) -> Vec<(&'a str, Value<'a>)> {
        let names = scope.names.borrow();
        let changed = names.iter().filter(|(name, value)| {
            !matches!(value, Value::Unknown | Value::Nothing)
                && before.get(**name).is_none_or(|was| was.is(value) != Some(true))
        });
        changed.map(|(name, value)| (*name, value.clone())).collect()
    }

    pub(super) fn assign(&mut self, target: &Expr<'a>, value: Value<'a>, scope: &Rc<Scope<'a>>, declares: bool) {
        match target {
            Expr::Name(name) => {
                let outer = scope.outer.borrow().contains(name);
                match (declares, self.javascript()) {
                    _ if outer => scope.around.as_ref().unwrap_or(scope).set_where_made(name, value),
                    (true, _) | (_, false) => scope.set(name, value),
                    (false, true) => scope.set_where_made(name, value),
                }
            }
            // A default.
            Expr::Assign(target, None, default) => {
                let value = match value {
                    Value::Nothing | Value::Unknown => self.eval(default, scope),
                    value => value,
                };
                self.assign(target, value, scope, declares);
            }
            Expr::List(items) => {
                let values = value.each();
                let given = values.as_ref().map_or(0, Vec::len);
                let mut at = 0;
                for (place, item) in items.iter().enumerate() {
                    let value = match &values {
                        None => Value::Unknown,
                        Some(values) if item.spread => {
                            let behind = items.len() - place - 1;
                            let end = given.saturating_sub(behind).max(at);
                            let rest = values.get(at..end).unwrap_or_default().to_vec();
                            at = end;
                            Value::list(rest)
                        }
                        Some(values) => {
                            at += 1;
                            values.get(at - 1).cloned().unwrap_or(Value::Nothing)
                        }
                    };
                    self.assign(&item.value, value, scope, declares);
                }
            }
            Expr::Table(items) => {
                for item in items {
                    let member = match &item.key {
                        Some(key) if !item.spread => {
                            let key = self.eval(key, scope);
                            self.index(&value, &key)
                        }
                        _ => Value::Unknown,
                    };
                    self.assign(&item.value, member, scope, declares);
                }
            }
            Expr::Member(of, name) => {
                let of = self.eval(of, scope);
                self.set_member(&of, Value::text(*name), name, value);
            }
            Expr::Index(of, key) => {
                let of = self.eval(of, scope);
                let key = self.eval(key, scope);
                let name = key.as_text().map(|key| &*self.bump.alloc_str(&key)).unwrap_or_default();
                self.set_member(&of, key, name, value);
            }
            _ => {}
        }
    }

    fn set_member(&mut self, of: &Value<'a>, key: Value<'a>, name: &'a str, value: Value<'a>) {
        match of {
            Value::Object(object) if !name.is_empty() => {
                object.fields.borrow_mut().insert(name, value);
            }
            Value::Table(table) => {
                let mut entries = table.borrow_mut();
                if !self.work(entries.len()) {
                    return;
                }
                match entries.iter().position(|(known, _)| known.is(&key) == Some(true)) {
                    Some(at) => entries[at].1 = value,
                    None if entries.len() < MOST => entries.push((key, value)),
                    None => {}
                }
            }
            Value::List(list) => {
                let mut list = list.borrow_mut();
                let length = list.len() as i128;
                let at = key.as_number().map(|at| if at < 0 { at + length } else { at });
                if let Some(place) = at.and_then(|at| list.get_mut(usize::try_from(at).ok()?)) {
                    *place = value;
                }
            }
            // `os.environ["X"] = "…"`
            Value::Outside(outside) => {
                let value = self.rendered(&value, 0);
                let code = match self.javascript() {
                    true if !name.is_empty() => format!("{}.{name} = {value}", outside.code),
                    _ => format!("{}[{}] = {value}", outside.code, self.rendered(&key, 0)),
                };
                self.made(code, true);
            }
            _ => {}
        }
    }

    /// Writes down what is asked of something from elsewhere.
    pub(super) fn made(&mut self, code: String, computed: bool) -> Value<'a> {
        self.bytes += code.len();
        if self.bytes > ALL {
            return Value::Unknown;
        }
        self.made.push(Made { code: code.clone(), computed, content: None, surpassed: false });
        Value::Outside(Rc::new(Outside { code, made_by: Some(self.made.len() - 1) }))
    }

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
            Expr::Literal(value) => value.clone(),
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
                    Unary::Minus => of.as_number().and_then(i128::checked_neg).map_or(Value::Unknown, Value::Number),
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
                for part in parts {
                    let part = self.eval(part, scope);
                    match self.shown(&part) {
                        Some(part) => text.push_str(&part),
                        None => return Value::Unknown,
                    }
                    if text.len() > LONGEST {
                        return Value::Unknown;
                    }
                }
                self.text(text)
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
                    (true, Some(_)) => Value::table(out),
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
    pub(super) fn grow(&mut self, list: super::values::List<'a>, more: Option<Vec<Value<'a>>>) -> Value<'a> {
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
                None => false,
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
            match &item.key {
                _ if item.spread => match value {
                    Value::Table(table) => entries.extend(table.borrow().iter().cloned()),
                    // The environment, and what is put beside it.
                    _ => continue,
                },
                Some(key) => {
                    let key = self.eval(key, scope);
                    entries.retain(|(known, _)| known.is(&key) != Some(true));
                    entries.push((key, value));
                }
                None => {}
            }
            if entries.len() > MOST || !self.work(entries.len()) {
                return Value::Unknown;
            }
        }
        Value::table(entries)
    }

    /// Elements or arguments; none if one that is spread is not known.
    pub(super) fn items(&mut self, items: &[Item<'a>], scope: &Rc<Scope<'a>>) -> Option<Arguments<'a>> {
        let mut out = Arguments::default();
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
                (Some(Expr::Literal(Value::Text(name))), false) => out.named.push((name.clone(), value)),
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
        let functions: Vec<_> = all.filter(|value| matches!(value, Value::Function(_))).cloned().collect();
        for function in functions {
            self.exact = false;
            if let Value::Function(closure) = &function {
                let unknown = closure.function.parameters.iter().map(|_| Value::Unknown).collect();
                self.call(&function, Arguments::of(unknown), scope);
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
            let of = Some(value.clone());
            let bound = Closure { function: function.function.clone(), scope: function.scope.clone(), of };
            self.call_closure(&Rc::new(bound), given);
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
