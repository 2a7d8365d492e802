//! What assignments and what is returned give to names in inline code, as far as it goes through the code from
//! top to bottom.

use bumpalo::Bump;

use super::super::expressions::expression;
use super::super::syntax::tokens::{Token, closes_at};
use super::Names;
use super::homes::home;
use super::lists::{of_lists, texts};
use crate::facts::targets::paths::MADE_BY_CODE;
use crate::limits;

/// Tokens that the description of an option takes.
const LONGEST_OPTION: usize = 48;

/// Tokens before the list that a loop goes through.
pub(in super::super) const LONGEST_HEAD: usize = 10;

/// Values of a loop's variable that are followed into what is made of it.
const MOST_TURNS: usize = 16;

/// Tokens that the type of a name takes.
const LONGEST_TYPE: usize = 12;

impl<'a> Names<'a> {
    /// What the assignment or the loop that begins here gives to a name; of what a loop goes through the gravest, as
    /// `grave` says which texts name what must not be lost.
    pub fn learn(&mut self, bump: &'a Bump, tokens: &[Token<'a>], grave: impl Fn(&str) -> bool) {
        if let Some(columns) = self.columns(bump, tokens) {
            for (name, texts) in columns {
                match gravest(&texts, &grave) {
                    Some(text) => self.give_in_turn(name, text, texts),
                    None => self.set(name, None),
                }
            }
            return;
        }
        if let Some((name, texts)) = self.looped(bump, tokens)
            && let Some(text) = gravest(&texts, &grave)
        {
            if let Some(object) = self.each_made(tokens) {
                self.give_member(bump, object, "*", text);
            }
            return self.give_in_turn(name, text, texts);
        }
        self.reads_settings(bump, tokens);
        match tokens {
            [
                Token::Name("def" | "function" | "func" | "fn" | "fun", _),
                Token::Name(name, _),
                Token::Sign(b'('),
                ..,
            ]
            | [Token::Name("function", _), Token::Sign(b'*'), Token::Name(name, _), Token::Sign(b'('), ..] => {
                self.within = name;
            }
            // What a function gives back is what its call stands for.
            [Token::Name("return", _), value @ ..] if !self.within.is_empty() => {
                let call = bump.alloc_str(&format!("{}()", self.within));
                if let Some(found) = expression(bump, value, self) {
                    self.give(call, found.text);
                } else if let Some((items, _)) = self.items(bump, value) {
                    self.give_list(call, items);
                }
                return;
            }
            [Token::Name("yield", _), value @ ..] if !self.within.is_empty() => {
                let call = bump.alloc_str(&format!("{}()", self.within));
                if let Some(found) = expression(bump, value, self) {
                    self.extend_list(call, vec![found.text]);
                }
                return;
            }
            // click's `@click.option("--root", default="/srv")`
            [Token::Name("click.option" | "click.argument", _), Token::Sign(b'('), Token::Text(option), rest @ ..] => {
                let name: &'a str = bump.alloc_str(&option.trim_start_matches('-').replace('-', "_"));
                let default = closes_at(rest).and_then(|end| default_in(&rest[..end]));
                let told = self.word_behind(option);
                if let Some(text) = told.or_else(|| default.and_then(|value| Some(expression(bump, value, self)?.text)))
                {
                    self.give(name, text);
                }
                return;
            }
            // yargs' `.default("root", "/srv")`
            [Token::Name("default", _), Token::Sign(b'('), Token::Text(option), Token::Sign(b','), value @ ..] => {
                if let Some(found) = expression(bump, value, self)
                    && !self.parsed(bump, &format!("--{option}"))
                {
                    self.parsed_otherwise(bump, option, found.text);
                }
                return;
            }
            // `with TemporaryDirectory() as d:`
            [Token::Name("with", _), value @ ..] => {
                if let Some(found) = expression(bump, value, self)
                    && let [Token::Name("as", _), Token::Name(name, _), ..] = value[found.taken..]
                {
                    self.give(name, found.text);
                }
                return;
            }
            // Ruby's `Dir.mktmpdir { |d| … }`
            [Token::Name(maker, _), rest @ ..] if maker.ends_with("mktmpdir") => {
                let given = match rest {
                    [Token::Sign(b'('), inside @ ..] => closes_at(inside).map_or(0, |end| end + 2),
                    _ => 0,
                };
                if let [Token::Sign(b'{') | Token::Name("do", _), Token::Sign(b'|'), Token::Name(name, _), ..] =
                    rest[given..]
                    // Behind the block a name of before is what it was.
                    && self.text(name).is_none()
                {
                    self.give(name, MADE_BY_CODE);
                }
                return;
            }
            // Ruby's `def root; "/srv"; end`: the last is what it gives back.
            [Token::Name("def", _), Token::Name(name, _), Token::Sign(b';' | b'\n'), body @ ..] => {
                let ends = |token: &Token<'_>| matches!(token, Token::Name("end", _));
                let end = body.iter().take(LONGEST_OPTION).position(ends).unwrap_or(0);
                let mut lines = body[..end].rsplit(|token| matches!(token, Token::Sign(b';' | b'\n')));
                if let Some(found) = lines.find(|line| !line.is_empty()).and_then(|line| expression(bump, line, self)) {
                    self.give(bump.alloc_str(&format!("{name}()")), found.text);
                    self.give(name, found.text);
                }
                return;
            }
            [Token::Name(name, _), Token::Sign(b'='), Token::Name(parser, _), Token::Sign(b'('), ..]
                if parser.ends_with(".parse_args") =>
            {
                return self.give_alike(bump, "args.", &format!("{name}."));
            }
            // `const g = () => "/srv"`
            [
                Token::Name(name, _),
                Token::Sign(b'='),
                Token::Sign(b'('),
                Token::Sign(b')'),
                Token::Sign(b'='),
                Token::Sign(b'>'),
                value @ ..,
            ] => {
                if let Some(found) = expression(bump, value, self) {
                    self.give(bump.alloc_str(&format!("{name}()")), found.text);
                }
                return;
            }
            // `a, b = 1, "x"`
            [Token::Name(..), Token::Sign(b','), Token::Name(..), ..] if self.unpacked(bump, tokens) => return,
            _ => {}
        }
        if let [Token::Name("const" | "let" | "var", _), open @ Token::Sign(b'[' | b'{'), rest @ ..] = tokens {
            return self.taken_apart(bump, *open, rest);
        }
        // PHP's `define("ROOT", "/srv")`
        if let [Token::Name("define", _), Token::Sign(b'('), Token::Text(name), Token::Sign(b','), value @ ..] = tokens
            && let Some(found) = expression(bump, value, self)
        {
            return self.give(name, found.text);
        }
        // The last of several that were given theirs together.
        if let [Token::Name(name, _), Token::Sign(b'='), ..] = tokens
            && std::mem::take(&mut self.unpacked) == *name
        {
            return;
        }
        let Some((name, adds, value)) = self.given(bump, tokens) else { return };
        // `["root" => "/srv"]`, Perl's `(root => "/srv")`
        if let [Token::Sign(b'[' | b'('), members @ ..] = value
            && let [Token::Text(_) | Token::Name(..), Token::Sign(b'='), Token::Sign(b'>'), ..] = members
        {
            self.members(bump, name, members);
            // What is gone through may be the keys.
            return self.give_list(name, texts(bump, &members[..closes_at(members).unwrap_or(0)], self));
        }
        if self.holds_document(bump, name, value) {
            return;
        }
        // `"a b".split()`
        if let [Token::Text(_), Token::Name("split" | "splitlines", _), Token::Sign(b'('), ..] = value
            && let Some((items, taken)) = self.items(bump, value)
            && !matches!(value.get(taken), Some(Token::Sign(b'[') | Token::Name(..)))
        {
            return self.give_list(name, items);
        }
        if let Some(found) = expression(bump, value, self) {
            if !adds && let Some(all) = self.of_each_turn(bump, value, found.taken) {
                let text = gravest(&all, &grave).unwrap_or(found.text);
                return self.give_in_turn(name, text, all);
            }
            let text = match self.text(name).filter(|text| adds && text.len() <= limits::WORD && self.step()) {
                Some(before) => {
                    self.takes(before.len() + found.text.len());
                    bump.alloc_str(&[before, found.text].concat())
                }
                None => found.text,
            };
            // Python's `"/srv" if x else "/"`
            if let Some(other) = self.or_else(bump, &value[found.taken..]).filter(|_| !adds) {
                let both = vec![text, other];
                return self.give_in_turn(name, gravest(&both, &grave).unwrap_or(text), both);
            }
            self.give(name, text);
        } else if let Some(items) = self.items(bump, value).map(|(items, _)| items).or_else(|| {
            // Longer than what is read as a whole.
            let from = self.list_literal(value).filter(|from| !of_lists(&value[*from..]))?;
            Some(texts(bump, &value[from..], self))
        }) {
            if adds {
                self.extend_list(name, items);
            } else {
                self.give_list(name, items);
            }
        } else if self.constructed(bump, name, value) {
        } else if let Some(all) = self.otherwise(bump, value) {
            // What stands behind a choice's colon, if neither is grave.
            let found = all.iter().find(|text| grave(text)).or(all.last()).copied();
            self.give_in_turn(name, found.unwrap_or_default(), all);
        } else if let Some(function) = self.function_taken(bump, value) {
            self.give_function(name, function);
        } else if let [Token::Sign(b'{'), members @ ..] = value {
            self.members(bump, name, members);
        }
    }

    /// `a, b = 1, "x"`: what each of the names is given. Whether that is what stands here.
    fn unpacked(&mut self, bump: &'a Bump, tokens: &[Token<'a>]) -> bool {
        let count = tokens
            .chunks(2)
            .take(LONGEST_HEAD)
            .take_while(|two| matches!(two, [Token::Name(..), Token::Sign(b',' | b'=')]))
            .count();
        let names = tokens.iter().step_by(2).take(count).map(|token| match token {
            Token::Name(name, _) => *name,
            _ => "",
        });
        if count < 2 || tokens.get(2 * count - 1) != Some(&Token::Sign(b'=')) {
            return false;
        }
        let names: Vec<&'a str> = names.collect();
        let rest = &tokens[2 * count..];
        let ends = |token: &Token<'_>| matches!(token, Token::Sign(b'\n' | b';'));
        let end = rest.iter().take(LONGEST_OPTION).position(ends).unwrap_or(rest.len().min(LONGEST_OPTION));
        let mut rest = &rest[..end];
        // `f(a, b, c=1)`
        if closes_at(rest).is_some() {
            return false;
        }
        for name in names {
            if let Some(found) = expression(bump, rest, self) {
                self.give(name, found.text);
            }
            self.unpacked = name;
            let Some(at) = rest.iter().position(|token| *token == Token::Sign(b',')) else { break };
            rest = &rest[at + 1..];
        }
        true
    }

    /// `const [a, b] = ["/srv", "x"]`, `const { root } = { root: "/srv" }`: what each of the names is given; `rest` begins
    /// behind the bracket.
    fn taken_apart(&mut self, bump: &'a Bump, open: Token<'a>, rest: &[Token<'a>]) {
        let Some(end) = closes_at(rest) else { return };
        let names: Vec<&[Token<'a>]> = rest[..end].split(|token| *token == Token::Sign(b',')).collect();
        let [Token::Sign(b'='), value @ ..] = &rest[end + 1..] else { return };
        match (open, value) {
            (Token::Sign(b'['), value) => {
                let of_words = matches!(value, [Token::Name("process.argv", _), ..]);
                let words = of_words.then(|| self.list("process.argv.slice")).flatten();
                // The program and the script come first.
                let words = words.map(|words| ["node", "script"].into_iter().chain(words.iter().copied()).collect());
                let Some(items) = words.or_else(|| Some(self.items(bump, value)?.0)) else { return };
                for (at, name) in names.into_iter().enumerate() {
                    match (name, items.get(at)) {
                        ([Token::Name(name, _)], Some(item)) => self.give(name, item),
                        // `...rest`
                        ([Token::Sign(b'.'), Token::Sign(b'.'), Token::Sign(b'.'), Token::Name(name, _)], Some(_)) => {
                            self.give_list(name, items[at..].to_vec());
                        }
                        _ => {}
                    }
                }
            }
            (_, value) => {
                let table = match value {
                    [Token::Sign(b'{'), members @ ..] => {
                        self.members(bump, "{}", members);
                        "{}"
                    }
                    [Token::Name(table, _), ..] => table,
                    _ => return,
                };
                for name in names {
                    let ([Token::Name(key, _)] | [Token::Name(key, _), Token::Sign(b':' | b'='), ..]) = name else {
                        continue;
                    };
                    let given = match name {
                        [_, Token::Sign(b':'), Token::Name(given, _), ..] => given,
                        _ => key,
                    };
                    let member = format!("{table}.{key}");
                    // `const { HOME } = process.env`
                    let text = self.text(&member).or_else(|| home(self, &member, &[]).map(|_| "~"));
                    if let Some(text) = text {
                        self.give(given, text);
                    }
                }
            }
        }
    }

    /// The members of an object or a dictionary that is written out: `{"root": "/srv", "wipe": shutil.rmtree}`.
    fn members(&mut self, bump: &'a Bump, name: &'a str, members: &[Token<'a>]) {
        let end = closes_at(members).unwrap_or(0);
        let mut values = Vec::new();
        for at in 0..end {
            let (Token::Text(key) | Token::Name(key, _)) = members[at] else { continue };
            let ([Token::Sign(b':'), value @ ..] | [Token::Sign(b'='), Token::Sign(b'>'), value @ ..]) =
                &members[at + 1..end]
            else {
                continue;
            };
            let member: &'a str = bump.alloc_str(&format!("{name}.{key}"));
            match value {
                [Token::Name(function, _)] | [Token::Name(function, _), Token::Sign(b',' | b'\n'), ..]
                    if self.text(function).is_none() =>
                {
                    self.give_function(member, function);
                }
                [Token::Sign(b'['), ..] if let Some((items, _)) = self.items(bump, value) => {
                    values.extend(items.iter().copied());
                    self.give_list(member, items);
                }
                // What stands in it is said again with both names.
                [Token::Sign(b'{'), inner @ ..] if self.step() => self.members(bump, member, inner),
                _ => {
                    if let Some(found) = expression(bump, value, self) {
                        self.give(member, found.text);
                        values.push(found.text);
                    }
                }
            }
        }
        if !values.is_empty() {
            self.give_list(name, values);
        }
    }

    /// What stands behind the `else` of a choice: `… if x else "/srv"`.
    fn or_else(&self, bump: &'a Bump, choice: &[Token<'a>]) -> Option<&'a str> {
        let [Token::Name("if", _), condition @ ..] = choice else { return None };
        let line = condition.iter().take(LONGEST_OPTION).take_while(|token| **token != Token::Sign(b'\n'));
        let at = line.into_iter().position(|token| matches!(token, Token::Name("else", _)))?;
        expression(bump, &condition[at + 1..], self).map(|found| found.text)
    }

    /// `os.environ.get("X") or "/srv"`, `process.argv[2] || "/srv"`: what it is if there is nothing else; what stands on
    /// both sides of a choice.
    fn otherwise(&self, bump: &'a Bump, value: &[Token<'a>]) -> Option<Vec<&'a str>> {
        let value = &value[..value.len().min(LONGEST_OPTION)];
        let end = value.iter().position(|token| matches!(token, Token::Sign(b'\n' | b';'))).unwrap_or(value.len());
        let after = |at: usize| match &value[at..end] {
            [Token::Name("or", _), rest @ ..]
            | [Token::Sign(b'|'), Token::Sign(b'|'), rest @ ..]
            | [Token::Sign(b'?'), Token::Sign(b'?'), rest @ ..] => expression(bump, rest, self),
            _ => None,
        };
        // `process.argv[2] ? process.argv[2] : "/srv"`
        let chosen = || {
            let asked = value[..end].iter().position(|token| *token == Token::Sign(b'?'))?;
            let colon = value[asked..end].iter().position(|token| *token == Token::Sign(b':'))?;
            let sides = [&value[asked + 1..end], &value[asked + colon + 1..end]];
            let sides = sides.into_iter().filter_map(|side| expression(bump, side, self)).map(|found| found.text);
            Some(sides.collect::<Vec<_>>()).filter(|sides| !sides.is_empty())
        };
        let own = matches!(value, [Token::Sign(b'{' | b'['), ..]);
        if own { None } else { (0..end).find_map(after).map(|found| vec![found.text]).or_else(chosen) }
    }

    /// What an expression is in turn that is made of the variable of a loop.
    fn of_each_turn(&self, bump: &'a Bump, value: &[Token<'a>], taken: usize) -> Option<Vec<&'a str>> {
        let (name, all) = self.in_turn(&value[..taken]).filter(|(_, all)| all.len() <= MOST_TURNS)?;
        let mut names = self.beside(bump);
        let texts = all.iter().map(|text| {
            names.give(name, text);
            expression(bump, value, &names).map(|found| found.text)
        });
        texts.collect()
    }

    /// A function that is taken by its name, and not called yet: `getattr(shutil, "rmtree")`, `fs["rm" + "Sync"]`,
    /// `FileUtils.method(:rm_rf)`.
    fn function_taken(&self, bump: &'a Bump, value: &[Token<'a>]) -> Option<&'a str> {
        let (of, name, rest) = match value {
            [Token::Name("getattr", _), Token::Sign(b'('), Token::Name(of, _), Token::Sign(b','), name @ ..]
            | [Token::Name("Reflect.get", _), Token::Sign(b'('), Token::Name(of, _), Token::Sign(b','), name @ ..]
            | [Token::Name(of, _), Token::Sign(b'['), name @ ..] => {
                let found = expression(bump, name, self).filter(|found| !found.open)?;
                (*of, found.text, &name[found.taken..])
            }
            // R's `get("unlink")`
            [
                Token::Name("get" | "match.fun", _),
                Token::Sign(b'('),
                Token::Text(name),
                Token::Sign(b')'),
                next,
                ..,
            ] if *next != Token::Sign(b'(') => {
                return Some(name);
            }
            // `f = os.system if armed else print`: the one of a module does more than a builtin.
            [Token::Name(first, _), Token::Name("if", _), rest @ ..] => {
                let otherwise =
                    rest.iter().take(LONGEST_OPTION).position(|token| matches!(token, Token::Name("else", _)));
                let Some(Token::Name(other, _)) = rest.get(otherwise? + 1) else { return None };
                let more = if first.contains('.') { *first } else { *other };
                return Some(more).filter(|function| function.contains('.'));
            }
            // `f = None or os.system`
            [Token::Name(_, _), Token::Name("or", _), Token::Name(function, _), ..] => {
                return Some(*function).filter(|function| function.contains('.'));
            }
            // Ruby's `method(:system)`
            [Token::Name("method", _), Token::Sign(b'('), Token::Sign(b':'), Token::Name(name, _), ..] => {
                return Some(name);
            }
            [Token::Name(method, _), Token::Sign(b'('), Token::Sign(b':'), Token::Name(name, _), rest @ ..] => {
                (method.strip_suffix(".method")?, *name, rest)
            }
            [Token::Name(method, _), Token::Sign(b'('), Token::Text(name), rest @ ..] => {
                (method.strip_suffix(".__getattribute__")?, *name, rest)
            }
            // `partial(shutil.rmtree, ignore_errors=True)`, `fs.rmSync.bind(fs)`
            [
                Token::Name("partial" | "functools.partial", _),
                Token::Sign(b'('),
                Token::Name(function, _),
                Token::Sign(b','),
                ..,
            ] => {
                return Some(function);
            }
            [Token::Name(method, _), Token::Sign(b'('), ..] => return method.strip_suffix(".bind"),
            _ => return None,
        };
        match rest {
            [Token::Sign(b')' | b']'), Token::Sign(b'('), ..] => None,
            [Token::Sign(b')' | b']'), ..] => Some(bump.alloc_str(&format!("{of}.{name}"))),
            _ => None,
        }
    }

    /// A name that is given a value here, whether that is put to the one it has, and where the value begins. What is put to
    /// a list is put to it at once.
    fn given<'t>(&mut self, bump: &'a Bump, tokens: &'t [Token<'a>]) -> Option<(&'a str, bool, &'t [Token<'a>])> {
        match tokens {
            // `const DIRS: &[&str] = &["/etc"];`, `let home: string = "/root"`
            [
                Token::Name("const" | "static" | "let" | "val" | "var", _),
                Token::Name(name, _),
                Token::Sign(b':'),
                rest @ ..,
            ] => {
                let at = rest.iter().take(LONGEST_TYPE).position(|token| *token == Token::Sign(b'='))?;
                Some((name, false, &rest[at + 1..]))
            }
            // `root: Path = field(default_factory=Path.home)` of a class
            [
                Token::Name(name, _),
                Token::Sign(b':'),
                Token::Name(..),
                Token::Sign(b'='),
                Token::Name("field", _),
                Token::Sign(b'('),
                Token::Name("default_factory" | "default", _),
                Token::Sign(b'='),
                value @ ..,
            ] => Some((bump.alloc_str(&format!("self.{name}")), false, value)),
            // Python's `HOME: Path = Path.home()`
            [Token::Name(name, _), Token::Sign(b':'), Token::Name(kind, _), Token::Sign(b'='), value @ ..]
                if *kind == "str" || kind.rsplit('.').next()?.starts_with(char::is_uppercase) =>
            {
                Some((name, false, value))
            }
            [Token::Name(name, _), Token::Sign(b'='), value @ ..]
            // R's `name <- value`
            | [Token::Name(name, _), Token::Sign(b'<'), Token::Sign(b'-'), value @ ..]
            // Go's `name, err := value`.
            | [Token::Name(name, _), Token::Sign(b':'), Token::Sign(b'='), value @ ..]
            | [
                Token::Name(name, _),
                Token::Sign(b','),
                Token::Name(..),
                Token::Sign(b':'),
                Token::Sign(b'='),
                value @ ..,
            ] => Some((name, false, value)),
            [Token::Name(name, _), Token::Sign(b'+' | b'.'), Token::Sign(b'='), value @ ..] => Some((name, true, value)),
            // Ruby's `command << " -rf"`
            [Token::Name(name, _), Token::Sign(b'<'), Token::Sign(b'<'), value @ ..] if self.text(name).is_some() => {
                Some((name, true, value))
            }
            // C++'s `roots{"/srv", "/opt"}`
            [Token::Name(name, _), Token::Sign(b'{'), Token::Text(_), Token::Sign(b','), ..] => {
                Some((name, false, &tokens[1..]))
            }
            // `args.append("/srv")`
            [Token::Name(name, _), Token::Sign(b'('), value @ ..] => {
                let (list, "append" | "extend" | "push" | "concat") = name.rsplit_once('.')? else { return None };
                if self.list(list).is_some() {
                    self.extend_list(list, texts(bump, value, self));
                }
                None
            }
            _ => None,
        }
    }
}

/// What stands behind `default=` in the description of an option.
fn default_in<'t, 'a>(description: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let is_default = |two: &[Token<'a>]| matches!(two, [Token::Name("default", _), Token::Sign(b'=')]);
    description.windows(2).position(is_default).map(|at| &description[at + 2..])
}

/// Of texts one that names what must not be lost, or else the first.
pub(in super::super) fn gravest<'a>(texts: &[&'a str], grave: &impl Fn(&str) -> bool) -> Option<&'a str> {
    texts.iter().find(|text| grave(text)).or(texts.first()).copied()
}
