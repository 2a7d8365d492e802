//! What a program of Python or JavaScript is made of, as far as it matters for what it computes: one tree for both.

use std::rc::Rc;

/// What a program says as it is.
#[derive(Clone)]
pub(super) enum Literal {
    /// A number that is not whole, and what else is not computed.
    Unknown,
    Nothing,
    Bool(bool),
    Number(i64),
    Text(Rc<str>),
    Bytes(Rc<[u8]>),
}

impl Literal {
    pub(super) fn text(text: impl Into<Rc<str>>) -> Self {
        Literal::Text(text.into())
    }
}

/// An argument of a call, an element of a list, an entry of a table.
pub(super) struct Item<'a> {
    pub(super) value: Expr<'a>,
    /// `name=value`, `{name: value}`
    pub(super) key: Option<Expr<'a>>,
    /// `*list`, `**table`, `...list`
    pub(super) spread: bool,
}

/// `for target in each if holds`, within a comprehension.
pub(super) struct Clause<'a> {
    pub(super) target: Expr<'a>,
    pub(super) each: Expr<'a>,
    pub(super) holds: Vec<Expr<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    DivideDown,
    Remainder,
    Power,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    /// JavaScript's `>>>`
    ShiftUnsigned,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    And,
    Or,
    /// JavaScript's `??`
    Otherwise,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    Not,
    Minus,
    Plus,
    Invert,
}

pub(super) enum Expr<'a> {
    Literal(Literal),
    Name(&'a str),
    Member(Box<Expr<'a>>, &'a str),
    Index(Box<Expr<'a>>, Box<Expr<'a>>),
    /// From, to and step.
    Slice(Box<Expr<'a>>, Box<[Option<Expr<'a>>; 3]>),
    Call(Box<Expr<'a>>, Vec<Item<'a>>),
    /// A template that a function is given.
    Tagged(Box<Expr<'a>>, Box<Expr<'a>>),
    /// `new X(…)`
    New(Box<Expr<'a>>, Vec<Item<'a>>),
    Unary(Unary, Box<Expr<'a>>),
    Binary(Binary, Box<Expr<'a>>, Box<Expr<'a>>),
    /// What is asked, and what it is if so and if not.
    Choice(Box<[Expr<'a>; 3]>),
    List(Vec<Item<'a>>),
    Table(Vec<Item<'a>>),
    /// `f"…{x}…"`, `` `…${x}…` ``
    Format(Vec<Expr<'a>>),
    Function(Rc<Function<'a>>),
    /// The key (of a table), the value, and what both are made of.
    Comprehension(Option<Box<Expr<'a>>>, Box<Expr<'a>>, Vec<Clause<'a>>),
    Assign(Box<Expr<'a>>, Option<Binary>, Box<Expr<'a>>),
    /// The last one is its value.
    Sequence(Vec<Expr<'a>>),
    /// `/…/g`
    Pattern(&'a str, &'a str),
}

pub(super) struct Parameter<'a> {
    /// A name, or what takes a list or a table apart.
    pub(super) target: Expr<'a>,
    pub(super) default: Option<Expr<'a>>,
    /// `*rest`, `...rest`
    pub(super) rest: bool,
    /// `**named`
    pub(super) named: bool,
}

pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    pub(super) parameters: Vec<Parameter<'a>>,
    pub(super) body: Vec<Stmt<'a>>,
    /// Names that are not its own.
    pub(super) outer: Vec<&'a str>,
    /// What it yields one by one is its value.
    pub(super) yields: bool,
}

pub(super) enum Stmt<'a> {
    Expr(Expr<'a>),
    /// `let x = 1`, and Python's `x = y = 1`
    Set(Vec<Expr<'a>>, Expr<'a>),
    If(Expr<'a>, Vec<Stmt<'a>>, Vec<Stmt<'a>>),
    While(Expr<'a>, Vec<Stmt<'a>>),
    /// With JavaScript's `in`, the keys.
    For {
        target: Expr<'a>,
        each: Expr<'a>,
        keys: bool,
        body: Vec<Stmt<'a>>,
    },
    /// `for (begin; holds; step)`
    Count {
        begin: Vec<Stmt<'a>>,
        holds: Option<Expr<'a>>,
        step: Option<Expr<'a>>,
        body: Vec<Stmt<'a>>,
    },
    Define(Rc<Function<'a>>, Vec<Expr<'a>>),
    Class {
        name: &'a str,
        base: Option<Expr<'a>>,
        body: Vec<Stmt<'a>>,
    },
    /// A name that a class says its objects have: `path: str`.
    Field(&'a str),
    Return(Option<Expr<'a>>),
    Yield(Expr<'a>),
    Break,
    Continue,
    Raise,
    /// What is tried, what is done if that fails, and what at last.
    Try(Vec<Stmt<'a>>, Vec<Stmt<'a>>, Vec<Stmt<'a>>),
    With(Vec<(Expr<'a>, Option<Expr<'a>>)>, Vec<Stmt<'a>>),
    /// A name that belongs to the scope around: Python's `global` and `nonlocal`.
    Outer(&'a str),
    /// A module, and the name that it gets.
    Import(&'a str, &'a str),
    /// A name of a module, and the name that it gets.
    ImportFrom(&'a str, &'a str, &'a str),
    Block(Vec<Stmt<'a>>),
    /// What could not be read.
    Unread,
}
