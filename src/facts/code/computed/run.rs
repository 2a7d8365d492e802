//! Goes through a program step by step, with the values that it surely has. What it cannot know is `Unknown`; of what
//! depends on that, both sides are gone through. Steps and bytes are bounded; what lies beyond is not computed.

use std::rc::{Rc, Weak};

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use super::conditions::{narrowed, only_exists};
use super::scan::Language;
use super::tree::{Expr, Stmt};
use super::values::{Class, Closure, Outside, Scope, Value};

/// Expressions and statements.
const STEPS: u32 = 20_000;
/// Calls and expressions within each other.
pub(super) const DEEPEST: u32 = 64;
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
    /// A module that the script wrote.
    pub(in crate::facts::code) module: &'g dyn Fn(&str) -> Option<&'a str>,
    /// What it reads on its input.
    pub(in crate::facts::code) input: Option<&'a str>,
    pub(in crate::facts::code) home: &'a str,
    /// Where Python has its packages.
    pub(in crate::facts::code) packages: &'g dyn Fn() -> Option<&'a str>,
}

pub(super) struct Machine<'a, 'g> {
    pub(super) bump: &'a Bump,
    pub(super) language: Language,
    pub(super) given: Given<'a, 'g>,
    pub(super) made: Vec<Made>,
    bytes: usize,
    steps: u32,
    pub(super) depth: u32,
    /// Nothing depended on what is not known.
    pub(super) exact: bool,
    /// So many conditions that nobody knows hold here: of what there is in a folder some are chosen.
    pub(super) chosen: u32,
    /// What is gone through is no text of the program's own: code that it runs out of a text, a module.
    pub(super) within: u32,
    /// The modules that the script wrote, as far as they are loaded.
    pub(super) own_modules: Vec<(String, Value<'a>)>,
    /// What it wrote into files, the last of each.
    pub(super) own_files: Vec<(String, &'a str)>,
    /// What it prints; none as soon as a part is not known.
    pub(super) printed: Option<String>,
    /// The modules that it loads.
    pub(super) modules: Vec<String>,
    pub(super) yielded: Vec<Vec<Value<'a>>>,
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
            exact: true,
            chosen: 0,
            within: 0,
            own_modules: Vec::new(),
            own_files: Vec::new(),
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

    /// What a file holds that the script or the program itself wrote.
    pub(super) fn file(&self, path: &str) -> Option<&'a str> {
        let own = self.own_files.iter().rev().find(|(known, _)| known == path).map(|(_, text)| *text);
        own.or_else(|| (self.given.file)(path))
    }

    /// Notes what the program writes into a file.
    pub(super) fn writes(&mut self, path: &str, text: &str) {
        self.own_files.retain(|(known, _)| known != path);
        if self.own_files.len() < MOST && self.work(text.len()) {
            self.own_files.push((path.to_owned(), self.bump.alloc_str(text)));
        }
    }

    pub(super) fn text(&mut self, text: String) -> Value<'a> {
        match text.len() <= LONGEST && self.work(text.len() / 4) {
            true => Value::text(text),
            false => Value::Unknown,
        }
    }

    pub(super) fn list(&mut self, values: Vec<Value<'a>>) -> Value<'a> {
        match values.len() <= MOST && self.work(values.len() * 4) {
            true => Value::list(values),
            false => Value::Unknown,
        }
    }

    /// A table of these entries: of those with one key the last counts.
    pub(super) fn table_of(&mut self, entries: Vec<(Value<'a>, Value<'a>)>) -> Value<'a> {
        if entries.len() > MOST || !self.work(entries.len() * (1 + entries.len() / 64)) {
            return Value::Unknown;
        }
        let mut out: Vec<(Value<'a>, Value<'a>)> = Vec::with_capacity(entries.len());
        let mut texts: FxHashMap<Rc<str>, usize> = FxHashMap::default();
        for (key, value) in entries {
            let at = match &key {
                Value::Text(text) => match texts.get(text) {
                    Some(at) => Some(*at),
                    None => {
                        texts.insert(text.clone(), out.len());
                        None
                    }
                },
                key => out.iter().position(|(known, _)| known.is(key) == Some(true)),
            };
            match at {
                Some(at) => out[at].1 = value,
                None => out.push((key, value)),
            }
        }
        Value::table(out)
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
                    let narrowed = narrowed(asked, scope);
                    let chooses = u32::from(!only_exists(asked) && narrowed.is_none());
                    let whole = narrowed.and_then(|(name, some)| {
                        let whole = scope.look_up(name)?;
                        scope.set_where_made(name, some);
                        Some((name, whole))
                    });
                    self.chosen += chooses;
                    let first = self.perhaps(then, scope);
                    if let Some((name, whole)) = whole {
                        scope.set_where_made(name, whole);
                    }
                    let known = self.known_of(scope, &before);
                    let second = self.perhaps(otherwise, scope);
                    self.chosen -= chooses;
                    // `if …: continue`
                    let skips = |body: &[Stmt<'_>]| matches!(body, [Stmt::Continue] | [.., Stmt::Continue]);
                    if skips(then) || skips(otherwise) {
                        self.chosen += chooses;
                    }
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
                let chosen = self.chosen;
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
                    let flow = self.run(body, scope);
                    self.chosen = chosen;
                    match flow {
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
                let field = |statement: &Stmt<'a>| match statement {
                    Stmt::Field(name) => Some(*name),
                    Stmt::Set(targets, _) => match &targets[..] {
                        [Expr::Name(name)] => Some(*name),
                        _ => None,
                    },
                    _ => None,
                };
                let fields = body.iter().filter_map(field).collect();
                scope.set(name, Value::Class(Rc::new(Class { base, members, fields })));
            }
            Stmt::Field(_) => {}
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
                // What is asked of the system may fail.
                if !handlers.is_empty() {
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
            Stmt::Outer(name) => scope.outer.borrow_mut().push(name),
            Stmt::Import(module, name) => self.imports(module, name, scope),
            Stmt::ImportFrom(module, name, called) => self.imports_from(module, name, called, scope),
            Stmt::Block(body) => return self.run(body, scope),
            Stmt::Unread => self.exact = false,
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
                let length = list.len() as i64;
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
}
