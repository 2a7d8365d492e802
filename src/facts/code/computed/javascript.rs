//! JavaScript's statements and expressions (ECMA-262, 13 to 15). What cannot be read is left out, statement by statement.

use std::rc::Rc;

use super::reader::{LONGEST_CHAIN, Reader, assigns, binds, item};
use super::scan::Token;
use super::tree::{Binary, Expr, Function, Item, Literal, Parameter, Stmt, Unary};

/// Words that begin a statement or an operator, and are no names.
const WORDS: [&str; 22] = [
    "if",
    "else",
    "for",
    "while",
    "do",
    "in",
    "of",
    "return",
    "const",
    "let",
    "var",
    "switch",
    "case",
    "default",
    "try",
    "catch",
    "finally",
    "throw",
    "break",
    "continue",
    "instanceof",
    "export",
];

impl<'a> Reader<'a> {
    /// A statement, or nothing of one that cannot be read: it ends with its line, where no bracket holds that.
    pub(super) fn statement_or_skip(&mut self, out: &mut Vec<Stmt<'a>>) {
        let place = self.place();
        match self.statement() {
            Some(statement) => out.push(statement),
            None => {
                out.push(Stmt::Unread);
                self.go_back(place);
                let mut level = 0_usize;
                loop {
                    match self.next() {
                        Token::End => {
                            self.go_back(self.place() - 1);
                            return;
                        }
                        Token::Sign("(" | "[" | "{") => level += 1,
                        Token::Sign(")" | "]" | "}") if level == 0 => return,
                        Token::Sign(")" | "]" | "}") => level -= 1,
                        Token::Sign(";") if level == 0 => return,
                        _ => {}
                    }
                    if level == 0 && self.after_line() {
                        return;
                    }
                }
            }
        }
    }

    fn block(&mut self) -> Option<Vec<Stmt<'a>>> {
        self.expect("{")?;
        self.deeper(|reader| {
            let mut out = Vec::new();
            while !reader.is("}") {
                if *reader.peek() == Token::End {
                    return None;
                }
                reader.statement_or_skip(&mut out);
            }
            reader.skip();
            Some(out)
        })
    }

    fn body(&mut self) -> Option<Vec<Stmt<'a>>> {
        if self.is("{") { self.block() } else { Some(vec![self.statement()?]) }
    }

    fn ends(&mut self) -> Option<()> {
        (self.take(";") || self.is("}") || *self.peek() == Token::End || self.after_line()).then_some(())
    }

    fn statement(&mut self) -> Option<Stmt<'a>> {
        self.deeper(Reader::any_statement)
    }

    fn any_statement(&mut self) -> Option<Stmt<'a>> {
        if self.take(";") {
            return Some(Stmt::Block(Vec::new()));
        }
        if self.is("{") {
            return self.block().map(Stmt::Block);
        }
        let Token::Name(word) = *self.peek() else { return self.expression_statement() };
        let after = self.peek_at(1).clone();
        match word {
            "export" => self.export(),
            "import" if !matches!(after, Token::Sign("(" | ".")) => self.import(),
            "const" | "let" | "var" | "using"
                if matches!(after, Token::Name(name) if !matches!(name, "in" | "of" | "instanceof"))
                    || matches!(after, Token::Sign("[" | "{")) =>
            {
                self.skip();
                let declared = self.declarations()?;
                self.ends()?;
                Some(Stmt::Block(declared))
            }
            "async" if after == Token::Name("function") => {
                self.skip();
                self.any_statement()
            }
            "function" => {
                self.skip();
                let yields = self.take("*");
                let name = self.name()?;
                Some(Stmt::Define(Rc::new(self.function(name, yields)?), Vec::new()))
            }
            "class" => {
                self.skip();
                let name = self.name()?;
                self.class(name)
            }
            "if" => {
                self.skip();
                self.expect("(")?;
                let asked = self.sequence()?;
                self.expect(")")?;
                let then = self.body()?;
                let otherwise = if self.take_word("else") { self.body()? } else { Vec::new() };
                Some(Stmt::If(asked, then, otherwise))
            }
            "while" => {
                self.skip();
                self.expect("(")?;
                let asked = self.sequence()?;
                self.expect(")")?;
                Some(Stmt::While(asked, self.body()?))
            }
            "do" => {
                self.skip();
                let body = self.body()?;
                self.take_word("while").then_some(())?;
                self.expect("(")?;
                let asked = self.sequence()?;
                self.expect(")")?;
                self.take(";");
                // Once, and then as long as that holds.
                let begin = Stmt::Set(vec![Expr::Name("do")], Expr::Literal(Literal::Bool(true)));
                let first =
                    Expr::Assign(Box::new(Expr::Name("do")), None, Box::new(Expr::Literal(Literal::Bool(false))));
                let begun = Expr::Choice(Box::new([
                    Expr::Name("do"),
                    Expr::Sequence(vec![first, Expr::Literal(Literal::Bool(true))]),
                    asked,
                ]));
                Some(Stmt::Block(vec![begin, Stmt::While(begun, body)]))
            }
            "for" => self.for_loop(),
            "yield" => {
                self.skip();
                let all = self.take("*");
                let none = self.after_line() || matches!(self.peek(), Token::Sign(";" | "}") | Token::End);
                let value = if none { Expr::Literal(Literal::Nothing) } else { self.sequence()? };
                self.ends()?;
                Some(match all {
                    true => Stmt::For {
                        target: Expr::Name("yielded"),
                        each: value,
                        keys: false,
                        body: vec![Stmt::Yield(Expr::Name("yielded"))],
                    },
                    false => Stmt::Yield(value),
                })
            }
            "return" => {
                self.skip();
                let none = self.after_line() || matches!(self.peek(), Token::Sign(";" | "}") | Token::End);
                let value = if none { None } else { Some(self.sequence()?) };
                self.ends()?;
                Some(Stmt::Return(value))
            }
            "throw" => {
                self.skip();
                let value = self.sequence()?;
                self.ends()?;
                Some(Stmt::Block(vec![Stmt::Expr(value), Stmt::Raise]))
            }
            "break" | "continue" => {
                self.skip();
                if !self.after_line() && matches!(self.peek(), Token::Name(_)) {
                    self.skip();
                }
                self.ends()?;
                Some(if word == "break" { Stmt::Break } else { Stmt::Continue })
            }
            "try" => {
                self.skip();
                let body = self.block()?;
                let mut handlers = Vec::new();
                if self.take_word("catch") {
                    if self.take("(") {
                        self.target()?;
                        self.expect(")")?;
                    }
                    handlers = self.block()?;
                }
                let finally = if self.take_word("finally") { self.block()? } else { Vec::new() };
                Some(Stmt::Try(body, handlers, finally))
            }
            "switch" => self.switch(),
            _ if after == Token::Sign(":") && !WORDS.contains(&word) => {
                self.skip();
                self.skip();
                self.statement()
            }
            _ => self.expression_statement(),
        }
    }

    fn expression_statement(&mut self) -> Option<Stmt<'a>> {
        let value = self.sequence()?;
        self.ends()?;
        Some(Stmt::Expr(value))
    }

    fn declarations(&mut self) -> Option<Vec<Stmt<'a>>> {
        let mut out = Vec::new();
        loop {
            let target = self.target()?;
            let value = if self.take("=") { self.expression()? } else { Expr::Literal(Literal::Nothing) };
            out.push(Stmt::Set(vec![target], value));
            if !self.take(",") {
                return Some(out);
            }
        }
    }

    /// `import a, { b as c } from "m"`, `import * as m from "m"`, `import "m"`
    fn import(&mut self) -> Option<Stmt<'a>> {
        self.skip();
        let mut names: Vec<(&'a str, &'a str)> = Vec::new();
        while !matches!(self.peek(), Token::Text(_)) {
            match self.next() {
                Token::Sign("*") => {
                    self.take_word("as").then_some(())?;
                    names.push(("", self.name()?));
                }
                Token::Sign("{") => {
                    while !self.take("}") {
                        let name = self.name()?;
                        let called = if self.take_word("as") { self.name()? } else { name };
                        names.push((name, called));
                        self.take(",");
                    }
                }
                Token::Name("from") | Token::Sign(",") => {}
                Token::Name(name) => names.push(("default", name)),
                _ => return None,
            }
        }
        let Token::Text(module) = self.next() else { return None };
        self.ends()?;
        let loaded = |name: &'a str| {
            let call = Expr::Call(Box::new(Expr::Name("require")), vec![item(Expr::Literal(Literal::text(&*module)))]);
            if name.is_empty() { call } else { Expr::Member(Box::new(call), name) }
        };
        let sets = names.into_iter().map(|(name, called)| Stmt::Set(vec![Expr::Name(called)], loaded(name)));
        Some(Stmt::Block(sets.collect()))
    }

    /// `export const x = …`, `export { a, b as c }`, `export default …`
    fn export(&mut self) -> Option<Stmt<'a>> {
        self.skip();
        if self.take("{") {
            let mut sets = Vec::new();
            while !self.take("}") {
                let name = self.name()?;
                if self.take_word("as") {
                    sets.push(Stmt::Set(vec![Expr::Name(self.name()?)], Expr::Name(name)));
                }
                self.take(",");
            }
            self.ends()?;
            return Some(Stmt::Block(sets));
        }
        if !self.take_word("default") {
            return self.any_statement();
        }
        let set = |value| Stmt::Set(vec![Expr::Name("default")], value);
        let declared = if self.is_word("async") { 1 } else { 0 };
        match (self.peek_at(declared), self.peek_at(declared + 1)) {
            (Token::Name("function" | "class"), Token::Name(name)) => {
                let name = *name;
                let statement = self.any_statement()?;
                Some(Stmt::Block(vec![statement, set(Expr::Name(name))]))
            }
            _ => {
                let value = self.expression()?;
                self.ends()?;
                Some(set(value))
            }
        }
    }

    fn for_loop(&mut self) -> Option<Stmt<'a>> {
        self.skip();
        self.take_word("await");
        self.expect("(")?;
        let declared = matches!(self.peek(), Token::Name("const" | "let" | "var"));
        if declared {
            self.skip();
        }
        let place = self.place();
        if let Some(target) = self.target() {
            let keys = self.is_word("in");
            if keys || self.is_word("of") {
                self.skip();
                let each = self.sequence()?;
                self.expect(")")?;
                return Some(Stmt::For { target, each, keys, body: self.body()? });
            }
        }
        self.go_back(place);
        let begin = match (self.is(";"), declared) {
            (true, _) => Vec::new(),
            (false, true) => self.declarations()?,
            (false, false) => vec![Stmt::Expr(self.sequence()?)],
        };
        self.expect(";")?;
        let holds = if self.is(";") { None } else { Some(self.sequence()?) };
        self.expect(";")?;
        let step = if self.is(")") { None } else { Some(self.sequence()?) };
        self.expect(")")?;
        Some(Stmt::Count { begin, holds, step, body: self.body()? })
    }

    /// As choices one after the other.
    fn switch(&mut self) -> Option<Stmt<'a>> {
        self.skip();
        self.expect("(")?;
        let asked = self.sequence()?;
        self.expect(")")?;
        self.expect("{")?;
        let mut cases: Vec<(Option<Expr<'a>>, Vec<Stmt<'a>>)> = Vec::new();
        while !self.take("}") {
            let case = if self.take_word("default") {
                None
            } else {
                self.take_word("case").then_some(())?;
                Some(self.sequence()?)
            };
            self.expect(":")?;
            let mut body = Vec::new();
            while !matches!(self.peek(), Token::Sign("}") | Token::Name("case" | "default")) {
                body.push(self.statement()?);
            }
            body.retain(|statement| !matches!(statement, Stmt::Break));
            cases.push((case, body));
        }
        let mut out = Vec::new();
        for (case, body) in cases.into_iter().rev() {
            out = match case {
                None => body,
                Some(value) => {
                    let same = Expr::Binary(Binary::Equal, Box::new(Expr::Name("switch")), Box::new(value));
                    vec![Stmt::If(same, body, out)]
                }
            };
        }
        out.insert(0, Stmt::Set(vec![Expr::Name("switch")], asked));
        Some(Stmt::Block(out))
    }

    fn class(&mut self, name: &'a str) -> Option<Stmt<'a>> {
        let base = if self.take_word("extends") { Some(self.postfix()?) } else { None };
        self.expect("{")?;
        let mut body = Vec::new();
        while !self.take("}") {
            if self.take(";") {
                continue;
            }
            while matches!(self.peek(), Token::Name("static" | "async" | "get" | "set"))
                && !matches!(self.peek_at(1), Token::Sign("(" | "=" | ";"))
            {
                self.skip();
            }
            if self.is("{") {
                body.extend(self.block()?);
                continue;
            }
            let yields = self.take("*");
            let member = match self.next() {
                Token::Name(member) => member,
                _ => return None,
            };
            if self.is("(") {
                body.push(Stmt::Define(Rc::new(self.function(member, yields)?), Vec::new()));
            } else {
                let value = if self.take("=") { self.expression()? } else { Expr::Literal(Literal::Nothing) };
                self.ends()?;
                body.push(Stmt::Set(vec![Expr::Name(member)], value));
            }
        }
        Some(Stmt::Class { name, base, body })
    }

    /// From the bracket of its parameters on.
    fn function(&mut self, name: &'a str, yields: bool) -> Option<Function<'a>> {
        self.expect("(")?;
        let parameters = self.parameters()?;
        Some(Function { name, parameters, body: self.block()?, outer: Vec::new(), yields })
    }

    fn parameters(&mut self) -> Option<Vec<Parameter<'a>>> {
        let mut out = Vec::new();
        while !self.take(")") {
            let rest = self.take("...");
            let target = self.target()?;
            let default = if self.take("=") { Some(self.expression()?) } else { None };
            out.push(Parameter { target, default, rest, named: false });
            if !self.is(")") {
                self.expect(",")?;
            }
        }
        Some(out)
    }

    /// A name, or what takes a list or a table apart.
    fn target(&mut self) -> Option<Expr<'a>> {
        self.deeper(|reader| match reader.next() {
            Token::Name(name) if !WORDS.contains(&name) => Some(Expr::Name(name)),
            Token::Sign("[") => {
                let mut items = Vec::new();
                while !reader.take("]") {
                    if reader.take(",") {
                        items.push(item(Expr::Name("")));
                        continue;
                    }
                    let spread = reader.take("...");
                    items.push(Item { value: reader.target_or_default()?, key: None, spread });
                    if !reader.is("]") {
                        reader.expect(",")?;
                    }
                }
                Some(Expr::List(items))
            }
            Token::Sign("{") => {
                let mut items = Vec::new();
                while !reader.take("}") {
                    let spread = reader.take("...");
                    let key = match reader.peek().clone() {
                        Token::Text(text) => Expr::Literal(Literal::text(text)),
                        Token::Name(name) => Expr::Literal(Literal::text(name)),
                        Token::Sign("[") => {
                            reader.skip();
                            let key = reader.expression()?;
                            if !reader.is("]") {
                                return None;
                            }
                            key
                        }
                        _ => return None,
                    };
                    let value = if *reader.peek_at(1) == Token::Sign(":") {
                        reader.skip();
                        reader.skip();
                        reader.target_or_default()?
                    } else {
                        reader.target_or_default()?
                    };
                    items.push(Item { value, key: Some(key), spread });
                    if !reader.is("}") {
                        reader.expect(",")?;
                    }
                }
                Some(Expr::Table(items))
            }
            _ => None,
        })
    }

    /// `a = 1` within what takes apart: the default is what it is if nothing is there.
    fn target_or_default(&mut self) -> Option<Expr<'a>> {
        let target = self.target()?;
        if !self.take("=") {
            return Some(target);
        }
        Some(Expr::Assign(Box::new(target), None, Box::new(self.expression()?)))
    }

    pub(super) fn sequence(&mut self) -> Option<Expr<'a>> {
        let first = self.expression()?;
        if !self.is(",") {
            return Some(first);
        }
        let mut all = vec![first];
        while self.take(",") {
            all.push(self.expression()?);
        }
        Some(Expr::Sequence(all))
    }

    pub(super) fn expression(&mut self) -> Option<Expr<'a>> {
        self.deeper(|reader| {
            if let Some(arrow) = reader.arrow()? {
                return Some(arrow);
            }
            if reader.is_word("yield") {
                reader.skip();
                reader.take("*");
                if !matches!(reader.peek(), Token::Sign(")" | "]" | "}" | ";" | ",")) {
                    reader.expression()?;
                }
                return Some(Expr::Literal(Literal::Unknown));
            }
            let left = reader.operators(0)?;
            if reader.take("?") {
                let yes = reader.expression()?;
                reader.expect(":")?;
                let no = reader.expression()?;
                return Some(Expr::Choice(Box::new([left, yes, no])));
            }
            let Token::Sign(sign) = *reader.peek() else { return Some(left) };
            match assigns(sign) {
                Some(operator) => {
                    reader.skip();
                    Some(Expr::Assign(Box::new(left), operator, Box::new(reader.expression()?)))
                }
                None => Some(left),
            }
        })
    }

    /// `x => …`, `async (a, b) => { … }`; none if there is none here.
    fn arrow(&mut self) -> Option<Option<Expr<'a>>> {
        let place = self.place();
        if self.is_word("async")
            && !self.after_line_at(1)
            && matches!(self.peek_at(1), Token::Name(_) | Token::Sign("("))
        {
            self.skip();
        }
        let parameters = match (self.peek(), self.peek_at(1)) {
            (Token::Name(name), Token::Sign("=>")) => {
                let target = Expr::Name(name);
                self.skip();
                Some(vec![Parameter { target, default: None, rest: false, named: false }])
            }
            (Token::Sign("("), _) if self.closes_before("=>") => {
                self.skip();
                self.parameters()
            }
            _ => None,
        };
        let Some(parameters) = parameters.filter(|_| self.is("=>")) else {
            self.go_back(place);
            return Some(None);
        };
        self.skip();
        let body = if self.is("{") { self.block()? } else { vec![Stmt::Return(Some(self.expression()?))] };
        let function = Function { name: "", parameters, body, outer: Vec::new(), yields: false };
        Some(Some(Expr::Function(Rc::new(function))))
    }

    fn operators(&mut self, least: u8) -> Option<Expr<'a>> {
        self.deeper(|reader| {
            let mut left = reader.unary()?;
            for _ in 0..LONGEST_CHAIN {
                let (strength, operator) = match reader.peek() {
                    Token::Name("in") => (7, Some(Binary::In)),
                    Token::Name("instanceof") => (7, None),
                    Token::Sign("//") => return None,
                    Token::Sign(sign) => match binds(sign, false) {
                        Some((strength, operator)) => (strength, Some(operator)),
                        None => return Some(left),
                    },
                    _ => return Some(left),
                };
                if strength < least.max(1) {
                    return Some(left);
                }
                reader.skip();
                let right = reader.operators(strength + 1)?;
                left = match operator {
                    Some(operator) => Expr::Binary(operator, Box::new(left), Box::new(right)),
                    None => Expr::Literal(Literal::Unknown),
                };
            }
            None
        })
    }

    fn unary(&mut self) -> Option<Expr<'a>> {
        let operator = match self.peek() {
            Token::Sign("!") => Unary::Not,
            Token::Sign("-") => Unary::Minus,
            Token::Sign("+") => Unary::Plus,
            Token::Sign("~") => Unary::Invert,
            Token::Sign("++" | "--") => {
                let operator = if self.is("++") { Binary::Add } else { Binary::Subtract };
                self.skip();
                let target = self.deeper(Reader::unary)?;
                return Some(steps(target, operator));
            }
            Token::Name("await" | "void" | "delete") => {
                self.skip();
                return self.deeper(Reader::unary);
            }
            Token::Name("typeof") => {
                self.skip();
                self.deeper(Reader::unary)?;
                return Some(Expr::Literal(Literal::Unknown));
            }
            _ => {
                let value = self.postfix()?;
                if self.after_line() {
                    return Some(value);
                }
                let operator = match self.peek() {
                    Token::Sign("++") => Binary::Add,
                    Token::Sign("--") => Binary::Subtract,
                    _ => return Some(value),
                };
                self.skip();
                // What it was before.
                let back = if operator == Binary::Add { Binary::Subtract } else { Binary::Add };
                let one = Expr::Literal(Literal::Number(1));
                return Some(Expr::Binary(back, Box::new(steps(value, operator)), Box::new(one)));
            }
        };
        self.skip();
        Some(Expr::Unary(operator, Box::new(self.deeper(Reader::unary)?)))
    }

    fn postfix(&mut self) -> Option<Expr<'a>> {
        let mut value = self.deeper(Reader::atom)?;
        for _ in 0..LONGEST_CHAIN {
            if self.take("?.") {
                value = match self.peek() {
                    Token::Sign("(") => {
                        self.skip();
                        Expr::Call(Box::new(value), self.items(")")?)
                    }
                    Token::Sign("[") => {
                        self.skip();
                        let index = self.sequence()?;
                        self.expect("]")?;
                        Expr::Index(Box::new(value), Box::new(index))
                    }
                    _ => Expr::Member(Box::new(value), self.name()?),
                };
            } else if self.take(".") {
                value = Expr::Member(Box::new(value), self.name()?);
            } else if self.take("(") {
                value = Expr::Call(Box::new(value), self.items(")")?);
            } else if self.take("[") {
                let index = self.sequence()?;
                self.expect("]")?;
                value = Expr::Index(Box::new(value), Box::new(index));
            } else if let Token::Format(_) = self.peek() {
                // A template that a function is given in pieces: `String.raw` as a whole, its own first the texts, then what
                // stands between them.
                let Token::Format(pieces) = self.next() else { return None };
                let text = self.format(pieces, Reader::sequence)?;
                value = Expr::Tagged(Box::new(value), Box::new(text));
            } else {
                return Some(value);
            }
        }
        None
    }

    fn items(&mut self, end: &str) -> Option<Vec<Item<'a>>> {
        let mut out = Vec::new();
        while !self.take(end) {
            if self.take(",") {
                out.push(item(Expr::Literal(Literal::Nothing)));
                continue;
            }
            let spread = self.take("...");
            out.push(Item { value: self.expression()?, key: None, spread });
            if !self.is(end) {
                self.expect(",")?;
            }
        }
        Some(out)
    }

    fn atom(&mut self) -> Option<Expr<'a>> {
        Some(match self.next() {
            Token::Number(number) => Expr::Literal(Literal::Number(number)),
            Token::Fraction => Expr::Literal(Literal::Unknown),
            Token::Text(text) => Expr::Literal(Literal::text(text)),
            Token::Format(pieces) => self.format(pieces, Reader::sequence)?,
            Token::Pattern(pattern, flags) => Expr::Pattern(pattern, flags),
            Token::Sign("(") => {
                let value = self.sequence()?;
                self.expect(")")?;
                value
            }
            Token::Sign("[") => Expr::List(self.items("]")?),
            Token::Sign("{") => self.table()?,
            Token::Name("null" | "undefined") => Expr::Literal(Literal::Nothing),
            Token::Name("true") => Expr::Literal(Literal::Bool(true)),
            Token::Name("false") => Expr::Literal(Literal::Bool(false)),
            Token::Name("new") => {
                let mut made = self.deeper(Reader::atom)?;
                while self.take(".") {
                    made = Expr::Member(Box::new(made), self.name()?);
                }
                let items = if self.take("(") { self.items(")")? } else { Vec::new() };
                Expr::New(Box::new(made), items)
            }
            Token::Name("async") if self.is_word("function") => return self.deeper(Reader::atom),
            Token::Name("function") => {
                let yields = self.take("*");
                let name = self.name().unwrap_or_default();
                Expr::Function(Rc::new(self.function(name, yields)?))
            }
            Token::Name("class") => {
                let name = if self.is("{") || self.is_word("extends") { "class" } else { self.name()? };
                let class = self.class(name)?;
                let body = vec![class, Stmt::Return(Some(Expr::Name(name)))];
                let made = Function { name: "", parameters: Vec::new(), body, outer: Vec::new(), yields: false };
                Expr::Call(Box::new(Expr::Function(Rc::new(made))), Vec::new())
            }
            Token::Name(word) if WORDS.contains(&word) => return None,
            Token::Name(name) => Expr::Name(name),
            _ => return None,
        })
    }

    fn table(&mut self) -> Option<Expr<'a>> {
        let mut out = Vec::new();
        while !self.take("}") {
            if self.take("...") {
                out.push(Item { value: self.expression()?, key: None, spread: true });
            } else {
                while matches!(self.peek(), Token::Name("async" | "get" | "set"))
                    && !matches!(self.peek_at(1), Token::Sign("(" | ":" | "," | "}"))
                {
                    self.skip();
                }
                let yields = self.take("*");
                let (name, key) = match self.next() {
                    Token::Name(name) => (name, Expr::Literal(Literal::text(name))),
                    Token::Text(text) => ("", Expr::Literal(Literal::text(text))),
                    Token::Number(number) => ("", Expr::Literal(Literal::text(number.to_string()))),
                    Token::Sign("[") => {
                        let key = self.expression()?;
                        self.expect("]")?;
                        ("", key)
                    }
                    _ => return None,
                };
                let value = if self.is("(") {
                    Expr::Function(Rc::new(self.function(name, yields)?))
                } else if self.take(":") {
                    self.expression()?
                } else {
                    Expr::Name(name)
                };
                out.push(Item { value, key: Some(key), spread: false });
            }
            if !self.is("}") {
                self.expect(",")?;
            }
        }
        Some(Expr::Table(out))
    }
}

/// `x += 1`
fn steps(target: Expr<'_>, operator: Binary) -> Expr<'_> {
    Expr::Assign(Box::new(target), Some(operator), Box::new(Expr::Literal(Literal::Number(1))))
}
