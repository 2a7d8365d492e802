//! The values that a program computes, as far as they are known.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::tree;

/// Names and what they stand for, and the scope around.
pub(super) struct Scope<'a> {
    pub(super) names: RefCell<FxHashMap<&'a str, Value<'a>>>,
    pub(super) around: Option<Rc<Scope<'a>>>,
    /// Names that belong to the scope around.
    pub(super) outer: RefCell<Vec<&'a str>>,
}

impl<'a> Scope<'a> {
    pub(super) fn within(around: Option<Rc<Scope<'a>>>) -> Rc<Self> {
        Rc::new(Scope { names: RefCell::default(), around, outer: RefCell::default() })
    }

    pub(super) fn look_up(&self, name: &str) -> Option<Value<'a>> {
        let mut scope = Some(self);
        while let Some(here) = scope {
            if let Some(value) = here.names.borrow().get(name) {
                return Some(value.clone());
            }
            scope = here.around.as_deref();
        }
        None
    }

    pub(super) fn set(&self, name: &'a str, value: Value<'a>) {
        self.names.borrow_mut().insert(name, value);
    }

    /// Sets a name where it was made, if that is known.
    pub(super) fn set_where_made(&self, name: &'a str, value: Value<'a>) {
        let mut scope = self;
        while !scope.names.borrow().contains_key(name) {
            match scope.around.as_deref() {
                Some(around) => scope = around,
                None => return self.set(name, value),
            }
        }
        scope.set(name, value);
    }
}

pub(super) struct Closure<'a> {
    pub(super) function: Rc<tree::Function<'a>>,
    pub(super) scope: Rc<Scope<'a>>,
    /// What it is a method of.
    pub(super) of: Option<Value<'a>>,
}

impl<'a> Closure<'a> {
    /// The same as a method of this.
    pub(super) fn bound(&self, of: Value<'a>) -> Rc<Self> {
        Rc::new(Closure { function: self.function.clone(), scope: self.scope.clone(), of: Some(of) })
    }
}

pub(super) struct Class<'a> {
    pub(super) base: Option<Value<'a>>,
    pub(super) members: Rc<Scope<'a>>,
    /// What its objects are made of if it does not say how, in order.
    pub(super) fields: Vec<&'a str>,
}

impl<'a> Class<'a> {
    /// A module: whatever it defines.
    pub(super) fn of_names(members: Rc<Scope<'a>>) -> Value<'a> {
        Value::Class(Rc::new(Class { base: None, members, fields: Vec::new() }))
    }
}

pub(super) struct Object<'a> {
    pub(super) class: Rc<Class<'a>>,
    pub(super) fields: RefCell<FxHashMap<&'a str, Value<'a>>>,
}

/// Something that the program has from elsewhere: a module, a function of one, what a call of it gave.
pub(super) struct Outside {
    /// The code that stands for it: `os.system`, `open("x", "w")`.
    pub(super) code: String,
    /// The call that it came of, by its number.
    pub(super) made_by: Option<usize>,
}

pub(super) type List<'a> = Rc<RefCell<Vec<Value<'a>>>>;
pub(super) type Table<'a> = Rc<RefCell<Vec<(Value<'a>, Value<'a>)>>>;

#[derive(Clone)]
pub(super) enum Value<'a> {
    Unknown,
    Nothing,
    Bool(bool),
    Number(i64),
    Text(Rc<str>),
    Bytes(Rc<[u8]>),
    List(List<'a>),
    Table(Table<'a>),
    Function(Rc<Closure<'a>>),
    Class(Rc<Class<'a>>),
    Object(Rc<Object<'a>>),
    /// A method of a value that is known.
    Method(Rc<(Value<'a>, &'a str)>),
    /// A function, and the arguments that it has already.
    Partial(Rc<(Value<'a>, Vec<Value<'a>>)>),
    /// Python's `Path("x")`
    Path(Rc<str>),
    /// Whichever names there are that a pattern fits: what a folder is asked for.
    Any(Rc<str>),
    Outside(Rc<Outside>),
    /// What a list gives one by one, and how much of it is gone: Python's `iter`.
    Iterator(Rc<(Vec<Value<'a>>, Cell<usize>)>),
    Pattern(Rc<(String, String)>),
}

impl From<&tree::Literal> for Value<'_> {
    fn from(literal: &tree::Literal) -> Self {
        match literal {
            tree::Literal::Unknown => Value::Unknown,
            tree::Literal::Nothing => Value::Nothing,
            tree::Literal::Bool(is) => Value::Bool(*is),
            tree::Literal::Number(number) => Value::Number(*number),
            tree::Literal::Text(text) => Value::Text(text.clone()),
            tree::Literal::Bytes(bytes) => Value::Bytes(bytes.clone()),
        }
    }
}

impl<'a> Value<'a> {
    pub(super) fn text(text: impl Into<Rc<str>>) -> Self {
        Value::Text(text.into())
    }

    pub(super) fn list(values: Vec<Value<'a>>) -> Self {
        Value::List(Rc::new(RefCell::new(values)))
    }

    pub(super) fn table(entries: Vec<(Value<'a>, Value<'a>)>) -> Self {
        Value::Table(Rc::new(RefCell::new(entries)))
    }

    pub(super) fn outside(code: impl Into<String>) -> Self {
        Value::Outside(Rc::new(Outside { code: code.into(), made_by: None }))
    }

    /// Whether it counts as true; none if that is not known.
    pub(super) fn holds(&self, javascript: bool) -> Option<bool> {
        match self {
            Value::Unknown => None,
            // What a call from elsewhere gave may be anything.
            Value::Outside(outside) => outside.made_by.is_none().then_some(true),
            Value::Nothing => Some(false),
            Value::Bool(is) => Some(*is),
            Value::Number(number) => Some(*number != 0),
            Value::Text(text) => Some(!text.is_empty()),
            Value::Bytes(bytes) => Some(!bytes.is_empty()),
            Value::List(list) => Some(javascript || !list.borrow().is_empty()),
            Value::Table(table) => Some(javascript || !table.borrow().is_empty()),
            _ => Some(true),
        }
    }

    /// Whether two are the same; none if that is not known.
    pub(super) fn is(&self, other: &Value<'a>) -> Option<bool> {
        match (self, other) {
            (Value::Unknown | Value::Outside(_) | Value::Any(_), _)
            | (_, Value::Unknown | Value::Outside(_) | Value::Any(_)) => None,
            (Value::Nothing, Value::Nothing) => Some(true),
            (Value::Bool(a), Value::Bool(b)) => Some(a == b),
            (Value::Number(a), Value::Number(b)) => Some(a == b),
            (Value::Text(a) | Value::Path(a), Value::Text(b) | Value::Path(b)) => Some(a == b),
            (Value::Bytes(a), Value::Bytes(b)) => Some(a == b),
            (Value::List(a), Value::List(b)) => {
                if Rc::ptr_eq(a, b) {
                    return Some(true);
                }
                let (a, b) = (a.borrow(), b.borrow());
                // Lists that hold themselves are nobody's work.
                let plain = |value: &Value<'_>| !matches!(value, Value::List(_) | Value::Table(_));
                if a.len() != b.len() {
                    return Some(false);
                }
                if !a.iter().chain(b.iter()).all(plain) {
                    return None;
                }
                a.iter().zip(b.iter()).try_fold(true, |same, (a, b)| Some(same && a.is(b)?))
            }
            (Value::Table(_) | Value::Object(_) | Value::Function(_), _) => None,
            _ => Some(false),
        }
    }

    /// The text that it is as one; none if it is none or not known.
    pub(super) fn as_text(&self) -> Option<Rc<str>> {
        match self {
            Value::Text(text) | Value::Path(text) | Value::Any(text) => Some(text.clone()),
            _ => None,
        }
    }

    pub(super) fn as_number(&self) -> Option<i64> {
        match self {
            Value::Number(number) => Some(*number),
            Value::Bool(is) => Some(i64::from(*is)),
            _ => None,
        }
    }

    /// The entries of a table that is given as pairs; none if they are not known.
    pub(super) fn pairs(&self) -> Option<Vec<(Value<'a>, Value<'a>)>> {
        let pair = |pair: &Value<'a>| match pair.each().as_deref() {
            Some([key, value]) => Some((key.clone(), value.clone())),
            _ => None,
        };
        Some(self.each()?.iter().filter_map(pair).collect())
    }

    /// What it gives one by one; none if that is not known.
    pub(super) fn each(&self) -> Option<Vec<Value<'a>>> {
        match self {
            Value::List(list) => Some(list.borrow().clone()),
            Value::Text(text) => {
                let mut buffer = [0; 4];
                Some(text.chars().map(|c| Value::text(&*c.encode_utf8(&mut buffer))).collect())
            }
            Value::Bytes(bytes) => Some(bytes.iter().map(|byte| Value::Number(i64::from(*byte))).collect()),
            Value::Table(table) => Some(table.borrow().iter().map(|(key, _)| key.clone()).collect()),
            Value::Iterator(iterator) => {
                let (values, at) = &**iterator;
                Some(values.get(at.replace(values.len())..).unwrap_or_default().to_vec())
            }
            _ => None,
        }
    }
}
