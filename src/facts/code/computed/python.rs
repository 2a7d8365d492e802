//! Python's statements and expressions (its language reference, 6 to 8). What cannot be read is left out, statement by
//! statement.

use std::rc::Rc;

use super::reader::{LONGEST_CHAIN, Reader, assigns, binds};
use super::scan::Token;
use super::tree::{Binary, Clause, Expr, Function, Item, Literal, Parameter, Stmt, Unary};

/// Words that are no names.
const WORDS: [&str; 22] = [
    "if", "else", "elif", "for", "while", "in", "is", "and", "or", "not", "lambda", "def", "class", "return", "import",
    "from", "as", "with", "try", "except", "finally", "yield",
];

impl<'a> Reader<'a> {
    /// A line's statements, or nothing of a line that cannot be read, and of the block below it.
    pub(super) fn python_statements_or_skip(&mut self, out: &mut Vec<Stmt<'a>>) {
        let place = self.place();
        let known = out.len();
        if self.deeper(|reader| reader.python_line(out)).is_some() {
            return;
        }
        out.truncate(known);
        out.push(Stmt::Unread);
        self.go_back(place);
        let mut level = 0_usize;
        loop {
            match self.next() {
                Token::End => {
                    self.go_back(self.place() - 1);
                    return;
                }
                Token::Indent => level += 1,
                Token::Dedent if level > 0 => {
                    level -= 1;
                    if level == 0 {
                        return;
                    }
                }
                Token::Line if level == 0 && *self.peek() != Token::Indent => return,
                _ => {}
            }
        }
    }

    fn python_line(&mut self, out: &mut Vec<Stmt<'a>>) -> Option<()> {
        if matches!(self.peek(), Token::Line | Token::Indent | Token::Dedent) {
            self.skip();
            return Some(());
        }
        if let Some(statement) = self.python_compound()? {
            out.push(statement);
            return Some(());
        }
        loop {
            self.python_simple(out)?;
            if !self.take(";") {
                break;
            }
            if *self.peek() == Token::Line {
                break;
            }
        }
        match self.next() {
            Token::Line => Some(()),
            Token::End => {
                self.go_back(self.place() - 1);
                Some(())
            }
            _ => None,
        }
    }

    fn python_block(&mut self) -> Option<Vec<Stmt<'a>>> {
        self.expect(":")?;
        let mut out = Vec::new();
        if *self.peek() != Token::Line {
            self.python_line(&mut out)?;
            return Some(out);
        }
        self.skip();
        if self.next() != Token::Indent {
            return None;
        }
        while !matches!(self.peek(), Token::Dedent | Token::End) {
            self.python_statements_or_skip(&mut out);
        }
        self.skip();
        Some(out)
    }

    /// A statement with a block; none if there is none here.
    fn python_compound(&mut self) -> Option<Option<Stmt<'a>>> {
        let mut around = Vec::new();
        while self.take("@") {
            around.push(self.python_expression()?);
            if self.next() != Token::Line {
                return None;
            }
        }
        if self.is_word("async") && matches!(self.peek_at(1), Token::Name("def" | "for" | "with")) {
            self.skip();
        }
        let Token::Name(word) = *self.peek() else { return Some(None) };
        let statement = match word {
            "if" | "elif" => {
                self.skip();
                let holds = self.python_named()?;
                let body = self.python_block()?;
                let otherwise = if self.is_word("elif") {
                    self.deeper(Reader::python_compound)?.into_iter().collect()
                } else if self.take_word("else") {
                    self.python_block()?
                } else {
                    Vec::new()
                };
                Stmt::If(holds, body, otherwise)
            }
            "while" => {
                self.skip();
                let holds = self.python_named()?;
                let body = self.python_block()?;
                self.python_afterwards(Stmt::While(holds, body))?
            }
            "for" => {
                self.skip();
                let target = self.python_targets()?;
                self.take_word("in").then_some(())?;
                let each = self.python_list()?;
                let body = self.python_block()?;
                self.python_afterwards(Stmt::For { target, each, keys: false, body })?
            }
            "def" => {
                self.skip();
                let name = self.name()?;
                self.expect("(")?;
                let parameters = self.python_parameters(")")?;
                self.expect(")")?;
                if self.take("->") {
                    self.python_expression()?;
                }
                let body = self.python_block()?;
                let mut outer = Vec::new();
                let mut yields = false;
                looks_through(&body, &mut outer, &mut yields);
                Stmt::Define(Rc::new(Function { name, parameters, body, outer, yields }), around)
            }
            "class" => {
                self.skip();
                let name = self.name()?;
                let mut base = None;
                if self.take("(") {
                    base = self.python_items(")")?.into_iter().find(|base| base.key.is_none()).map(|base| base.value);
                    self.expect(")")?;
                }
                Stmt::Class { name, base, body: self.python_block()? }
            }
            "try" => {
                self.skip();
                let body = self.python_block()?;
                let (mut handlers, mut finally) = (Vec::new(), Vec::new());
                while self.take_word("except") {
                    self.take("*");
                    if !self.is(":") {
                        self.python_list()?;
                        if self.take_word("as") {
                            self.name()?;
                        }
                    }
                    handlers.extend(self.python_block()?);
                }
                if self.take_word("else") {
                    finally.extend(self.python_block()?);
                }
                if self.take_word("finally") {
                    finally.extend(self.python_block()?);
                }
                Stmt::Try(body, handlers, finally)
            }
            "with" => {
                self.skip();
                let mut opened = Vec::new();
                // `with (open("a") as f, open("b") as g):`
                let bracket = self.is("(") && self.closes_before(":");
                if bracket {
                    self.skip();
                }
                while !self.is(":") && !self.is(")") {
                    let what = self.python_expression()?;
                    let name = if self.take_word("as") { Some(self.python_postfix()?) } else { None };
                    opened.push((what, name));
                    if !self.take(",") {
                        break;
                    }
                }
                if bracket {
                    self.expect(")")?;
                }
                Stmt::With(opened, self.python_block()?)
            }
            _ => return Some(None),
        };
        Some(Some(statement))
    }

    /// The `else` of a loop.
    fn python_afterwards(&mut self, statement: Stmt<'a>) -> Option<Stmt<'a>> {
        Some(if self.take_word("else") {
            Stmt::Block(vec![statement, Stmt::Block(self.python_block()?)])
        } else {
            statement
        })
    }

    fn python_simple(&mut self, out: &mut Vec<Stmt<'a>>) -> Option<()> {
        let Token::Name(word) = *self.peek() else { return self.python_expression_statement(out) };
        match word {
            "pass" => self.skip(),
            "break" => {
                self.skip();
                out.push(Stmt::Break);
            }
            "continue" => {
                self.skip();
                out.push(Stmt::Continue);
            }
            "return" => {
                self.skip();
                let value = if self.ends_python_line() { None } else { Some(self.python_list()?) };
                out.push(Stmt::Return(value));
            }
            "raise" => {
                self.skip();
                if !self.ends_python_line() {
                    out.push(Stmt::Expr(self.python_expression()?));
                    if self.take_word("from") {
                        self.python_expression()?;
                    }
                }
                out.push(Stmt::Raise);
            }
            "global" | "nonlocal" => {
                self.skip();
                loop {
                    let name = self.name()?;
                    out.push(Stmt::Outer(name));
                    if !self.take(",") {
                        break;
                    }
                }
            }
            "del" | "assert" => {
                self.skip();
                self.python_list()?;
            }
            "import" => {
                self.skip();
                loop {
                    let module = self.python_module()?;
                    let name = if self.take_word("as") { self.name()? } else { "" };
                    out.push(Stmt::Import(module, name));
                    if !self.take(",") {
                        break;
                    }
                }
            }
            "from" => {
                self.skip();
                while self.take(".") || self.take("...") {}
                let module = if self.is_word("import") { "" } else { self.python_module()? };
                self.take_word("import").then_some(())?;
                let bracket = self.take("(");
                while !self.is(")") {
                    if self.take("*") {
                        out.push(Stmt::ImportFrom(module, "*", "*"));
                        break;
                    }
                    let name = self.name()?;
                    let called = if self.take_word("as") { self.name()? } else { name };
                    out.push(Stmt::ImportFrom(module, name, called));
                    if !self.take(",") {
                        break;
                    }
                }
                if bracket {
                    self.expect(")")?;
                }
            }
            "yield" => {
                self.skip();
                let all = self.take_word("from");
                let value = if self.ends_python_line() { Expr::Literal(Literal::Nothing) } else { self.python_list()? };
                match all {
                    true => out.push(Stmt::For {
                        target: Expr::Name("yielded"),
                        each: value,
                        keys: false,
                        body: vec![Stmt::Yield(Expr::Name("yielded"))],
                    }),
                    false => out.push(Stmt::Yield(value)),
                }
            }
            _ => return self.python_expression_statement(out),
        }
        Some(())
    }

    fn ends_python_line(&self) -> bool {
        matches!(self.peek(), Token::Line | Token::End | Token::Sign(";"))
    }

    /// `os.path`, as it stands there.
    fn python_module(&mut self) -> Option<&'a str> {
        let first = self.name()?;
        let mut last = first;
        while self.is(".") {
            self.skip();
            last = self.name()?;
        }
        // Both lie in the same text.
        let from = first.as_ptr() as usize;
        let length = last.as_ptr() as usize + last.len() - from;
        self.text_from(first, length)
    }

    fn python_expression_statement(&mut self, out: &mut Vec<Stmt<'a>>) -> Option<()> {
        let first = self.python_list()?;
        // `x: int = 1`
        if self.take(":") {
            self.python_expression()?;
            if !self.is("=") {
                if let Expr::Name(name) = first {
                    out.push(Stmt::Field(name));
                }
                return Some(());
            }
        }
        let Token::Sign(sign) = *self.peek() else {
            out.push(Stmt::Expr(first));
            return Some(());
        };
        match assigns(sign) {
            None => out.push(Stmt::Expr(first)),
            Some(Some(operator)) => {
                self.skip();
                let value = self.python_list()?;
                out.push(Stmt::Expr(Expr::Assign(Box::new(first), Some(operator), Box::new(value))));
            }
            Some(None) => {
                let mut targets = vec![first];
                while self.take("=") {
                    targets.push(self.python_list()?);
                }
                let value = targets.pop()?;
                out.push(Stmt::Set(targets, value));
            }
        }
        Some(())
    }

    /// `a, *b = …`: a list where there is a comma.
    pub(super) fn python_list(&mut self) -> Option<Expr<'a>> {
        let first = self.python_starred()?;
        if !self.is(",") && !first.spread {
            return Some(first.value);
        }
        let mut items = vec![first];
        while self.take(",") {
            if self.ends_python_line() || matches!(self.peek(), Token::Sign("=" | ")" | "]" | "}" | ":")) {
                break;
            }
            items.push(self.python_starred()?);
        }
        Some(Expr::List(items))
    }

    fn python_targets(&mut self) -> Option<Expr<'a>> {
        let mut items = Vec::new();
        let mut several = false;
        loop {
            let spread = self.take("*");
            items.push(Item { value: self.python_postfix()?, key: None, spread });
            if !self.take(",") {
                break;
            }
            several = true;
            if self.is_word("in") {
                break;
            }
        }
        match several {
            true => Some(Expr::List(items)),
            false => items.pop().map(|only| only.value),
        }
    }

    fn python_starred(&mut self) -> Option<Item<'a>> {
        let spread = self.take("*");
        Some(Item { value: self.python_named()?, key: None, spread })
    }

    /// `name := value`
    fn python_named(&mut self) -> Option<Expr<'a>> {
        if let (Token::Name(name), Token::Sign(":=")) = (self.peek(), self.peek_at(1)) {
            let name = Expr::Name(name);
            self.skip();
            self.skip();
            return Some(Expr::Assign(Box::new(name), None, Box::new(self.python_expression()?)));
        }
        self.python_expression()
    }

    fn python_parameters(&mut self, end: &str) -> Option<Vec<Parameter<'a>>> {
        let mut out = Vec::new();
        while !self.is(end) {
            let (named, rest) = (self.take("**"), self.take("*"));
            if self.take("/") || rest && self.is(",") {
                self.take(",");
                continue;
            }
            let target = Expr::Name(self.name()?);
            if end == ")" && self.take(":") {
                self.python_expression()?;
            }
            let default = if self.take("=") { Some(self.python_expression()?) } else { None };
            out.push(Parameter { target, default, rest, named });
            if !self.take(",") {
                break;
            }
        }
        Some(out)
    }

    pub(super) fn python_expression(&mut self) -> Option<Expr<'a>> {
        self.deeper(|reader| {
            if reader.take_word("lambda") {
                let parameters = reader.python_parameters(":")?;
                reader.expect(":")?;
                let body = vec![Stmt::Return(Some(reader.python_expression()?))];
                let function = Function { name: "", parameters, body, outer: Vec::new(), yields: false };
                return Some(Expr::Function(Rc::new(function)));
            }
            let value = reader.python_either(0)?;
            if !reader.take_word("if") {
                return Some(value);
            }
            let asked = reader.python_either(0)?;
            reader.take_word("else").then_some(())?;
            let otherwise = reader.python_expression()?;
            Some(Expr::Choice(Box::new([asked, value, otherwise])))
        })
    }

    /// Operators that bind at least so strongly.
    fn python_either(&mut self, least: u8) -> Option<Expr<'a>> {
        self.deeper(|reader| {
            let mut left = if reader.is_word("not") && least <= 3 {
                reader.skip();
                Expr::Unary(Unary::Not, Box::new(reader.python_either(3)?))
            } else {
                reader.python_unary()?
            };
            let mut compared = false;
            for _ in 0..LONGEST_CHAIN {
                let (strength, operator, words) = match reader.peek() {
                    Token::Name("or") => (1, Binary::Or, 1),
                    Token::Name("and") => (2, Binary::And, 1),
                    Token::Name("in") => (4, Binary::In, 1),
                    Token::Name("not") if *reader.peek_at(1) == Token::Name("in") => (4, Binary::NotIn, 2),
                    Token::Name("is") if *reader.peek_at(1) == Token::Name("not") => (4, Binary::Unequal, 2),
                    Token::Name("is") => (4, Binary::Equal, 1),
                    Token::Sign(sign) => match binds(sign, true) {
                        Some((strength, operator)) if !matches!(*sign, "**" | "??") => (strength, operator, 1),
                        _ => return Some(left),
                    },
                    _ => return Some(left),
                };
                if strength < least.max(1) {
                    return Some(left);
                }
                for _ in 0..words {
                    reader.skip();
                }
                let right = reader.python_either(strength + 1)?;
                // `a < b < c`: what lies between is asked twice, which no program does with what matters here.
                left = match strength == 4 && std::mem::replace(&mut compared, strength == 4) {
                    true => Expr::Literal(Literal::Unknown),
                    false => Expr::Binary(operator, Box::new(left), Box::new(right)),
                };
            }
            None
        })
    }

    fn python_unary(&mut self) -> Option<Expr<'a>> {
        let operator = match self.peek() {
            Token::Sign("-") => Unary::Minus,
            Token::Sign("+") => Unary::Plus,
            Token::Sign("~") => Unary::Invert,
            Token::Name("await") => {
                self.skip();
                return self.deeper(Reader::python_unary);
            }
            _ => {
                let base = self.python_postfix()?;
                if !self.take("**") {
                    return Some(base);
                }
                let power = self.deeper(Reader::python_unary)?;
                return Some(Expr::Binary(Binary::Power, Box::new(base), Box::new(power)));
            }
        };
        self.skip();
        Some(Expr::Unary(operator, Box::new(self.deeper(Reader::python_unary)?)))
    }

    fn python_postfix(&mut self) -> Option<Expr<'a>> {
        let mut value = self.deeper(Reader::python_atom)?;
        for _ in 0..LONGEST_CHAIN {
            if self.take(".") {
                value = Expr::Member(Box::new(value), self.name()?);
            } else if self.take("(") {
                let items = self.python_items(")")?;
                self.expect(")")?;
                value = Expr::Call(Box::new(value), items);
            } else if self.take("[") {
                value = self.python_index(value)?;
                self.expect("]")?;
            } else {
                return Some(value);
            }
        }
        None
    }

    fn python_index(&mut self, value: Expr<'a>) -> Option<Expr<'a>> {
        let part = |reader: &mut Self| match reader.peek() {
            Token::Sign(":" | "]") => Some(None),
            _ => reader.python_list().map(Some),
        };
        let first = part(self)?;
        if !self.take(":") {
            return Some(Expr::Index(Box::new(value), Box::new(first?)));
        }
        let to = part(self)?;
        let step = if self.take(":") { part(self)? } else { None };
        Some(Expr::Slice(Box::new(value), Box::new([first, to, step])))
    }

    /// Arguments and elements up to a bracket.
    fn python_items(&mut self, end: &str) -> Option<Vec<Item<'a>>> {
        let mut out = Vec::new();
        while !self.is(end) {
            let named = self.take("**");
            let spread = named || self.take("*");
            if let (Token::Name(name), Token::Sign("="), false) = (self.peek(), self.peek_at(1), spread) {
                let key = Some(Expr::Literal(Literal::text(*name)));
                self.skip();
                self.skip();
                out.push(Item { value: self.python_expression()?, key, spread: false });
            } else {
                let value = self.python_named()?;
                let value = self.python_comprehension(None, value)?;
                // A table whose entries are arguments has no key of its own.
                let key = named.then_some(Expr::Literal(Literal::Nothing));
                out.push(Item { value, key, spread });
            }
            if !self.take(",") {
                break;
            }
        }
        Some(out)
    }

    fn python_comprehension(&mut self, key: Option<Expr<'a>>, value: Expr<'a>) -> Option<Expr<'a>> {
        let mut clauses = Vec::new();
        loop {
            if self.is_word("async") {
                self.skip();
            }
            if !self.take_word("for") {
                break;
            }
            let target = self.python_targets()?;
            self.take_word("in").then_some(())?;
            let each = self.python_either(1)?;
            let mut holds = Vec::new();
            while self.take_word("if") {
                holds.push(self.python_either(1)?);
            }
            clauses.push(Clause { target, each, holds });
        }
        Some(match (clauses.is_empty(), key) {
            (true, _) => value,
            (false, key) => Expr::Comprehension(key.map(Box::new), Box::new(value), clauses),
        })
    }

    fn python_atom(&mut self) -> Option<Expr<'a>> {
        match self.next() {
            Token::Number(number) => Some(Expr::Literal(Literal::Number(number))),
            Token::Fraction | Token::Sign("...") => Some(Expr::Literal(Literal::Unknown)),
            token @ (Token::Text(_) | Token::Format(_) | Token::Bytes(_)) => self.python_texts(token),
            Token::Name("None") => Some(Expr::Literal(Literal::Nothing)),
            Token::Name("True") => Some(Expr::Literal(Literal::Bool(true))),
            Token::Name("False") => Some(Expr::Literal(Literal::Bool(false))),
            Token::Name("yield") => {
                if !matches!(self.peek(), Token::Sign(")" | "]" | "}")) {
                    self.python_list()?;
                }
                Some(Expr::Literal(Literal::Unknown))
            }
            Token::Name(word) if WORDS.contains(&word) => None,
            Token::Name(name) => Some(Expr::Name(name)),
            Token::Sign("(") => {
                if self.take(")") {
                    return Some(Expr::List(Vec::new()));
                }
                let value = if self.is_word("yield") { self.python_atom()? } else { self.python_list()? };
                let value = self.python_comprehension(None, value)?;
                self.expect(")")?;
                Some(value)
            }
            Token::Sign("[") => {
                let mut items = self.python_items("]")?;
                self.expect("]")?;
                // `[x for x in y]` is the list that it makes.
                if matches!(&items[..], [Item { value: Expr::Comprehension(None, ..), .. }]) {
                    return items.pop().map(|only| only.value);
                }
                Some(Expr::List(items))
            }
            Token::Sign("{") => self.python_braces(),
            _ => None,
        }
    }

    fn python_braces(&mut self) -> Option<Expr<'a>> {
        let mut entries = Vec::new();
        let mut set = false;
        while !self.is("}") {
            if self.take("**") {
                entries.push(Item { value: self.python_either(1)?, key: None, spread: true });
            } else {
                let first = self.python_starred()?;
                if self.take(":") {
                    let value = self.python_expression()?;
                    if self.is_word("for") {
                        let made = self.python_comprehension(Some(first.value), value)?;
                        self.expect("}")?;
                        return Some(made);
                    }
                    entries.push(Item { value, key: Some(first.value), spread: false });
                } else {
                    set = true;
                    let value = self.python_comprehension(None, first.value)?;
                    let all = matches!(value, Expr::Comprehension(..));
                    entries.push(Item { value, key: None, spread: first.spread || all });
                }
            }
            if !self.take(",") {
                break;
            }
        }
        self.expect("}")?;
        Some(if set { Expr::List(entries) } else { Expr::Table(entries) })
    }

    /// Texts that stand one behind the other are one.
    fn python_texts(&mut self, first: Token<'a>) -> Option<Expr<'a>> {
        let mut pieces = Vec::new();
        let mut computed = false;
        let mut token = first;
        loop {
            match token {
                Token::Text(text) => pieces.push(Expr::Literal(Literal::text(text))),
                Token::Bytes(bytes) => {
                    let mut bytes = bytes;
                    while let Token::Bytes(more) = self.peek() {
                        bytes.extend_from_slice(more);
                        self.skip();
                    }
                    return Some(Expr::Literal(Literal::Bytes(bytes.into())));
                }
                Token::Format(format) => {
                    computed = true;
                    pieces.push(self.format(format, Reader::python_list)?);
                }
                _ => return None,
            }
            if !matches!(self.peek(), Token::Text(_) | Token::Format(_)) {
                break;
            }
            token = self.next();
        }
        match (pieces.len(), computed) {
            (1, false) => pieces.pop(),
            _ => Some(Expr::Format(pieces)),
        }
    }
}

/// Which names of a body belong to the outside, and whether it yields.
fn looks_through<'a>(body: &[Stmt<'a>], outer: &mut Vec<&'a str>, yields: &mut bool) {
    for statement in body {
        match statement {
            Stmt::Outer(name) => outer.push(name),
            Stmt::Yield(_) => *yields = true,
            Stmt::If(_, a, b) => {
                looks_through(a, outer, yields);
                looks_through(b, outer, yields);
            }
            Stmt::While(_, body) | Stmt::For { body, .. } | Stmt::With(_, body) | Stmt::Block(body) => {
                looks_through(body, outer, yields);
            }
            Stmt::Try(a, b, c) => [a, b, c].into_iter().for_each(|body| looks_through(body, outer, yields)),
            _ => {}
        }
    }
}
