//! What assignments, loops and calls in inline code give to names, as far as it goes through the code from top to bottom.

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use super::expressions::expression;
use super::names::Names;
use super::tokens::{LONGEST_LIST, Token, closes_at};
use crate::limits;

/// Tokens that the description of an option takes.
const LONGEST_OPTION: usize = 48;

/// Calls around a list that it is looked for in.
const DEEPEST: u32 = 4;

/// Tokens before the list that a loop goes through.
const LONGEST_HEAD: usize = 10;

/// Tokens that the type of a name takes.
const LONGEST_TYPE: usize = 12;

impl<'a> Names<'a> {
    /// What the assignment or the loop that begins here gives to a name; of what a loop goes through the gravest, as
    /// `grave` says which texts name what must not be lost.
    pub fn learn(&mut self, bump: &'a Bump, tokens: &[Token<'a>], grave: impl Fn(&str) -> bool) {
        if let Some((name, text)) = self.looped(bump, tokens, &grave) {
            return self.give(name, text);
        }
        if let [Token::Name(call, _), Token::Sign(b'('), Token::Text(option), rest @ ..] = tokens
            && call.ends_with(".add_argument")
        {
            return self.option(bump, option, rest);
        }
        let Some((name, adds, value)) = self.given(bump, tokens) else { return };
        if let Some(found) = expression(bump, value, self) {
            let text = match self.text(name).filter(|text| adds && text.len() <= limits::WORD) {
                Some(before) => bump.alloc_str(&[before, found.text].concat()),
                None => found.text,
            };
            self.give(name, text);
        } else if let Some(items) = self.items(bump, value).map(|(items, _)| items).or_else(|| {
            // Longer than what is read as a whole.
            let from = list_literal(value).filter(|from| !of_lists(&value[*from..]))?;
            Some(texts(bump, &value[from..], self))
        }) {
            if adds {
                self.extend_list(name, items);
            } else {
                self.give_list(name, items);
            }
        }
    }

    /// What an option of Python's argparse is unless somebody says otherwise: `add_argument("--root", default="/home")`.
    fn option(&mut self, bump: &'a Bump, option: &str, rest: &[Token<'a>]) {
        const RESULTS: [&str; 5] = ["args", "opts", "options", "ns", "a"];
        let rest = &rest[..rest.len().min(LONGEST_OPTION)];
        let end = rest.iter().position(|token| *token == Token::Sign(b'\n')).unwrap_or(rest.len());
        let default =
            rest[..end].windows(2).position(|two| matches!(two, [Token::Name("default", _), Token::Sign(b'=')]));
        let Some(found) = default.and_then(|at| expression(bump, &rest[at + 2..end], self)) else { return };
        let option = option.trim_start_matches('-').replace('-', "_");
        for result in RESULTS {
            self.give(bump.alloc_str(&format!("{result}.{option}")), found.text);
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
            [Token::Name(name, _), Token::Sign(b'+'), Token::Sign(b'='), value @ ..] => Some((name, true, value)),
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

    /// The variable of a loop over texts, and the gravest of them: `for d in ["/etc", "/opt"]`, `%w[/etc /opt].each { |d|
    /// … }`, `["/etc"].forEach(d => …)`, `for (const d of dirs)`, `foreach ($dirs as $d)`, `for (String d : dirs)`.
    fn looped(
        &self,
        bump: &'a Bump,
        tokens: &[Token<'a>],
        grave: &impl Fn(&str) -> bool,
    ) -> Option<(&'a str, &'a str)> {
        let gravest = |texts: &[&'a str]| gravest(texts, grave);
        if let [Token::Name("for" | "foreach", _), head @ ..] = tokens {
            // PHP's `foreach ($dirs as $d)`, Perl's `for (@dirs)`
            if let [Token::Sign(b'('), list @ ..] = head
                && let Some((texts, taken)) = self.items(bump, list)
            {
                let name = match &list[taken..] {
                    [Token::Name("as", _), Token::Sign(b'$'), Token::Name(name, _), ..] => Some(*name),
                    [Token::Sign(b')'), ..] => Some("_"),
                    _ => None,
                };
                return Some((name?, gravest(&texts)?));
            }
            // Perl's `for my $d ("/etc", glob "/home/*")`
            if let [Token::Name("my", _), Token::Sign(b'$'), Token::Name(name, _), list @ ..]
            | [Token::Sign(b'$'), Token::Name(name, _), list @ ..] = head
                && list.first() == Some(&Token::Sign(b'('))
            {
                return Some((name, gravest(&self.items(bump, list)?.0)?));
            }
            let head_of = |is: &dyn Fn(&Token<'_>) -> bool| head.iter().take(LONGEST_HEAD).position(is);
            let at = head_of(&|token| matches!(token, Token::Name("in" | "of" | "range", _))).or_else(|| {
                // Java's `for (String d : dirs)`
                let at = head_of(&|token| *token == Token::Sign(b':'));
                at.filter(|_| head.first() == Some(&Token::Sign(b'(')))
            })?;
            // Go's `for _, d := range dirs`; other pairs are those of lists within a list.
            let number = matches!(head, [Token::Name("_" | "i" | "idx" | "index" | "k", _), ..]);
            if head[..at].contains(&Token::Sign(b',')) && !number {
                return None;
            }
            let before = head[..at].iter().rfind(|token| matches!(token, Token::Name(..)))?;
            let Token::Name(name, _) = before else { return None };
            return Some((name, gravest(&self.items(bump, &head[at + 1..])?.0)?));
        }
        // Elixir's `Enum.each(dirs, fn d -> … end)`
        if let [Token::Name(method, _), Token::Sign(b'('), list @ ..] = tokens
            && method.rsplit('.').next().is_some_and(|each| GOES_ON.contains(&each))
            && let Some((texts, taken)) = self.items(bump, list)
            && let [Token::Sign(b','), Token::Name("fn" | "fun", _), Token::Name(name, _), ..] = &list[taken..]
        {
            return Some((name, gravest(&texts)?));
        }
        // `dirs.each { |d| … }`
        if let [Token::Name(method, _), ..] = tokens
            && let Some((list, each)) = method.rsplit_once('.')
            && let Some(texts) = self.list(list)
            && GOES_ON.contains(&each)
        {
            return Some((chained(tokens)?, gravest(texts)?));
        }
        let begins = matches!(tokens, [Token::Sign(b'['), ..] | [Token::Name(..), Token::Sign(b'('), ..]);
        let (texts, taken) = begins.then(|| list_literal(tokens)).flatten().and_then(|_| self.items(bump, tokens))?;
        Some((chained(&tokens[taken..])?, gravest(&texts)?))
    }

    /// The texts of a list that stands here, written out or by its name, and how many tokens that takes. Of lists within a
    /// list none is a text.
    fn items(&self, bump: &'a Bump, tokens: &[Token<'a>]) -> Option<(Vec<&'a str>, usize)> {
        self.items_within(bump, tokens, 0)
    }

    fn items_within(&self, bump: &'a Bump, tokens: &[Token<'a>], depth: u32) -> Option<(Vec<&'a str>, usize)> {
        if depth > DEEPEST {
            return None;
        }
        // `dirs.map { … }`: the name and the method are one token.
        let named = match tokens {
            [Token::Name(call, _), Token::Sign(b'{' | b'('), ..] => {
                call.rsplit_once('.').and_then(|(on, _)| self.list(on))
            }
            _ => None,
        };
        let (mut items, mut taken) = match named.filter(|_| mapped(tokens).is_some()) {
            Some(list) => (list.to_vec(), 0),
            None => self.plain_items(bump, tokens, depth)?,
        };
        while let Some((name, body, end)) = mapped(&tokens[taken..]) {
            items = self.each(bump, &items, name, body);
            taken += end;
        }
        (!items.is_empty()).then_some((items, taken))
    }

    /// What an expression makes of each of these texts, under the name that it has for them.
    fn each(&self, bump: &'a Bump, items: &[&'a str], name: &'a str, body: &[Token<'a>]) -> Vec<&'a str> {
        let mut names = self.clone();
        let of_each = |item: &&'a str| {
            names.give(name, item);
            expression(bump, body, &names).map(|found| found.text)
        };
        items.iter().filter_map(of_each).collect()
    }

    /// The same before anything is made of them one by one.
    fn plain_items(&self, bump: &'a Bump, tokens: &[Token<'a>], depth: u32) -> Option<(Vec<&'a str>, usize)> {
        match tokens {
            // Perl's `map { "/srv/$_" } @dirs`
            [Token::Name("map", _), Token::Sign(b'{'), body @ ..] => {
                let end = closes_at(body)?;
                let (items, taken) = self.items_within(bump, &body[end + 1..], depth + 1)?;
                Some((self.each(bump, &items, "_", &body[..end]), end + 3 + taken))
            }
            // Lua's `ipairs{"/etc", "/opt"}`
            [Token::Name("ipairs" | "pairs", _), rest @ ..] if rest.first() == Some(&Token::Sign(b'{')) => {
                let (texts, taken) = self.items_within(bump, rest, depth + 1)?;
                Some((texts, taken + 1))
            }
            // Lua's `ipairs(dirs)`, Python's `sorted(dirs)`, Elixir's `Enum.map(dirs, f)`
            [Token::Name(name, _), Token::Sign(b'('), rest @ ..]
                if SAME_ITEMS.contains(&name.rsplit('.').next().unwrap_or(name))
                    && matches!(rest.first(), Some(Token::Name(..) | Token::Sign(b'{' | b'[' | b'('))) =>
            {
                let (texts, taken) = self.items_within(bump, rest, depth + 1)?;
                let end = closes_at(&rest[taken..])?;
                Some((texts, taken + end + 3))
            }
            // `@dirs`, `$dirs`, `&dirs`, `(@dirs)`
            [Token::Sign(b'$' | b'@' | b'&' | b'*'), rest @ ..] if matches!(rest.first(), Some(Token::Name(..))) => {
                let (texts, taken) = self.items_within(bump, rest, depth + 1)?;
                Some((texts, taken + 1))
            }
            [Token::Sign(b'('), Token::Sign(b'@'), Token::Name(..), Token::Sign(b')'), ..] => {
                let (texts, taken) = self.items_within(bump, &tokens[1..], depth + 1)?;
                Some((texts, taken + 2))
            }
            [Token::Name(name, _), ..] if self.list(name).is_some() => Some((self.list(name)?.to_vec(), 1)),
            _ => {
                // Python's `[home / d for d in dirs]`
                if let [Token::Sign(b'[' | b'(' | b'{'), inside @ ..] = tokens
                    && let Some(end) = closes_at(inside)
                    && let Some(at) = loop_in(&inside[..end])
                    && let [Token::Name("for", _), Token::Name(name, _), Token::Name("in", _), list @ ..] =
                        &inside[at..end]
                {
                    let (items, _) = self.items_within(bump, list, depth + 1)?;
                    return Some((self.each(bump, &items, name, &inside[..at]), end + 2));
                }
                let from = list_literal(tokens)?;
                let inside = &tokens[from..];
                if of_lists(inside) {
                    return None;
                }
                let end = closes_at(inside)?;
                let texts = texts(bump, inside, self);
                (!texts.is_empty()).then_some((texts, from + end + 1))
            }
        }
    }

    /// A function that is called for each item of a list: `lapply(dirs, clean)`, `map(clean, dirs)`, `dirs.forEach(clean)`,
    /// `array_map('clean', $dirs)`.
    fn handed(&self, bump: &'a Bump, tokens: &[Token<'a>]) -> Option<(&'a str, Vec<&'a str>)> {
        let [Token::Name(call, _), Token::Sign(b'('), inside @ ..] = tokens else { return None };
        if let Some((list, "forEach" | "map" | "each" | "foreach")) = call.rsplit_once('.')
            && let ([Token::Name(function, _), Token::Sign(b')'), ..], Some(texts)) = (inside, self.list(list))
        {
            return Some((function, texts.to_vec()));
        }
        match (*call, inside) {
            ("lapply" | "sapply" | "vapply" | "walk" | "purrr::walk", list) => {
                let (texts, taken) = self.items(bump, list)?;
                match &list[taken..] {
                    [Token::Sign(b','), Token::Name(function, _), ..] => Some((function, texts)),
                    _ => None,
                }
            }
            (
                "map" | "array_map" | "array_walk",
                [Token::Name(function, _) | Token::Text(function), Token::Sign(b','), list @ ..],
            ) => Some((function, self.items(bump, list)?.0)),
            _ => None,
        }
    }

    /// What the code's own functions are given for their parameters, wherever they are called: `def clean(d): …
    /// clean(Path.home())`; the gravest of it.
    pub fn of_parameters(self, bump: &'a Bump, tokens: &[Token<'a>], grave: impl Fn(&str) -> bool) -> Self {
        let mut defined: FxHashMap<&'a str, Vec<&'a str>> = FxHashMap::default();
        let mut class = "";
        for at in 0..tokens.len() {
            let (name, rest) = match &tokens[at..] {
                [Token::Name("class", _), Token::Name(name, _), ..] => {
                    class = name;
                    continue;
                }
                // What makes an object is called by the name of its class, without the object.
                [Token::Name("__init__", _), Token::Sign(b'('), Token::Name(..), Token::Sign(b','), rest @ ..]
                | [Token::Name("constructor", _), Token::Sign(b'('), rest @ ..] => (class, rest),
                [
                    Token::Name("def" | "function" | "func" | "fun" | "fn" | "sub" | "void", _),
                    Token::Name(name, _),
                    Token::Sign(b'('),
                    rest @ ..,
                ]
                | [Token::Name(name, _), Token::Sign(b'='), Token::Sign(b'('), rest @ ..]
                | [
                    Token::Name(name, _),
                    Token::Sign(b'='),
                    Token::Name("async" | "function", _),
                    Token::Sign(b'('),
                    rest @ ..,
                ]
                | [
                    Token::Name(name, _),
                    Token::Sign(b'<'),
                    Token::Sign(b'-'),
                    Token::Name("function", _),
                    Token::Sign(b'('),
                    rest @ ..,
                ] => (*name, rest),
                _ => continue,
            };
            let end = rest.iter().take(LONGEST_LIST).position(|token| *token == Token::Sign(b')')).unwrap_or(0);
            let parameters = rest[..end].split(|token| *token == Token::Sign(b','));
            defined.insert(name, parameters.map(parameter).collect());
        }
        let mut out = self.clone();
        let postfix = |token: &Token<'_>| matches!(token, Token::Name("for" | "foreach", _));
        if defined.is_empty() && !tokens.iter().any(postfix) {
            return out;
        }
        let mut names = self;
        // `clean(d) for d in dirs`: what it is called with may stand behind.
        for at in 0..tokens.len() {
            names.learn(bump, &tokens[at..], &grave);
        }
        for at in 0..tokens.len() {
            names.learn(bump, &tokens[at..], &grave);
            // Perl's `rmtree($_) for @dirs;`
            if let [Token::Name("for" | "foreach", _), Token::Sign(b'@'), Token::Name(list, _), ..] = tokens[at..]
                && let Some(text) = gravest(names.list(list).unwrap_or(&[]), &grave)
            {
                out.give("_", text);
            }
            if let Some((name, texts)) = names.handed(bump, &tokens[at..]) {
                let first = defined.get(name).and_then(|parameters| parameters.first()).filter(|name| !name.is_empty());
                if let (Some(first), Some(text)) = (first, gravest(&texts, &grave)) {
                    out.give(first, text);
                }
            }
            let [Token::Name(name, _), Token::Sign(b'('), inside @ ..] = &tokens[at..] else { continue };
            let Some(parameters) = defined.get(name) else { continue };
            let mut rest = inside;
            for parameter in parameters {
                let Some(found) = expression(bump, rest, &names) else { break };
                if !parameter.is_empty() && (grave(found.text) || out.text(parameter).is_none()) {
                    out.give(parameter, found.text);
                }
                match rest.get(found.taken..) {
                    Some([Token::Sign(b','), more @ ..]) => rest = more,
                    _ => break,
                }
            }
        }
        out
    }
}

/// Whether the items of a list are lists themselves.
fn of_lists(inside: &[Token<'_>]) -> bool {
    matches!(inside.iter().find(|token| **token != Token::Sign(b'\n')), Some(Token::Sign(b'[' | b'(')))
}

/// Of texts one that names what must not be lost, or else the first.
fn gravest<'a>(texts: &[&'a str], grave: &impl Fn(&str) -> bool) -> Option<&'a str> {
    texts.iter().find(|text| grave(text)).or(texts.first()).copied()
}

/// The name of a parameter: of `string $dir` and `String dir` it is behind the type, elsewhere before it.
fn parameter<'a>(tokens: &[Token<'a>]) -> &'a str {
    let sign = tokens.iter().position(|token| *token == Token::Sign(b'$'));
    let of_type = |name: &str| {
        matches!(name, "final" | "const" | "char" | "string" | "int" | "bool" | "mut")
            || name.starts_with(char::is_uppercase)
    };
    let mut names = tokens[sign.unwrap_or(0)..].iter().filter_map(|token| match token {
        Token::Name(name, _) => Some(*name),
        _ => None,
    });
    let first = names.next().unwrap_or_default();
    if of_type(first) { names.next().unwrap_or(first) } else { first }
}

/// Where the items of a list begin that is written out here: `[`, `@(`, `c(`, `listOf(`, `vec![`, `{"a", …`, `("a", …`.
fn list_literal(tokens: &[Token<'_>]) -> Option<usize> {
    const LISTS: [&str; 16] = [
        "c",
        "list",
        "listOf",
        "setOf",
        "arrayOf",
        "mutableListOf",
        "List.of",
        "Set.of",
        "Stream.of",
        "Arrays.asList",
        "Seq",
        "List",
        "Set",
        "Array",
        "array",
        "Vector",
    ];
    let several = |inside: &[Token<'_>]| {
        let end = closes_at(inside).unwrap_or(0);
        let mut level = 0_usize;
        inside[..end].iter().any(|token| {
            match token {
                Token::Sign(b'[' | b'(' | b'{') => level += 1,
                Token::Sign(b']' | b')' | b'}') => level = level.saturating_sub(1),
                _ => {}
            }
            level == 0 && *token == Token::Sign(b',')
        })
    };
    match tokens {
        [Token::Sign(b'['), Token::Sign(b']'), Token::Name(..), Token::Sign(b'{'), ..] => Some(4),
        [Token::Sign(b'['), ..] => Some(1),
        [Token::Sign(b'&'), Token::Sign(b'['), ..] | [Token::Sign(b'@'), Token::Sign(b'('), ..] => Some(2),
        [Token::Name("vec", _), Token::Sign(b'!'), Token::Sign(b'['), ..] => Some(3),
        // Java's `new String[] {"/etc"}`
        [Token::Name("new", _), Token::Name(..), Token::Sign(b'['), Token::Sign(b']'), Token::Sign(b'{'), ..] => {
            Some(5)
        }
        [Token::Name(name, _), Token::Sign(b'('), ..] if LISTS.contains(name) => Some(2),
        // Lua's and Java's braces, Perl's and Python's brackets
        [Token::Sign(b'{'), Token::Text(_), Token::Sign(b',' | b'}'), ..] => Some(1),
        [Token::Sign(b'('), inside @ ..] if several(inside) => Some(1),
        _ => None,
    }
}

/// Functions that give the items of a list on, all or some, in some form.
const SAME_ITEMS: [&str; 13] = [
    "ipairs",
    "pairs",
    "sorted",
    "reversed",
    "set",
    "list",
    "tuple",
    "map",
    "filter",
    "reject",
    "sort",
    "uniq",
    "enumerate",
];

/// Methods of lists that are followed by others, and those that call something for each item.
const GOES_ON: [&str; 14] = [
    "each",
    "forEach",
    "map",
    "select",
    "filter",
    "collect",
    "flatMap",
    "sorted",
    "sort",
    "reverse",
    "iter",
    "into_iter",
    "for_each",
    "foreach",
];

/// The name that a chain of such methods gives to each item: `.map(f).forEach { d -> … }`, `.each do |d|`.
fn chained<'a>(mut tokens: &[Token<'a>]) -> Option<&'a str> {
    for _ in 0..limits::UNROLL.min(8) {
        let [Token::Name(method, _), rest @ ..] = tokens else { return None };
        let method = method.rsplit('.').next().unwrap_or(method);
        if !GOES_ON.contains(&method) {
            return None;
        }
        match rest {
            [Token::Sign(b'{'), Token::Sign(b'|'), Token::Name(name, _), ..]
            | [Token::Name("do", _), Token::Sign(b'|'), Token::Name(name, _), ..]
            | [Token::Sign(b'{' | b'('), Token::Name(name, _), Token::Sign(b'-' | b'='), Token::Sign(b'>'), ..]
            | [Token::Sign(b'{'), Token::Name(name, _), Token::Name("in", _), ..]
            | [Token::Sign(b'('), Token::Sign(b'('), Token::Name(name, _), ..]
            | [Token::Sign(b'('), Token::Name("fn" | "fun" | "async", _), Token::Name(name, _), ..]
            | [Token::Sign(b'('), Token::Sign(b'|'), Token::Name(name, _), ..]
            | [Token::Sign(b'('), Token::Name("function" | "async", _), Token::Sign(b'('), Token::Name(name, _), ..] => {
                return Some(name);
            }
            // Kotlin and Groovy call it `it` where nothing is said.
            [Token::Sign(b'{'), ..] if matches!(method, "forEach" | "each") => return Some("it"),
            [Token::Sign(b'(' | b'{'), inside @ ..] => {
                let end = closes_at(inside)?;
                tokens = &inside[end + 1..];
            }
            _ => return None,
        }
        while let [Token::Sign(b'\n'), rest @ ..] = tokens {
            tokens = rest;
        }
    }
    None
}

/// Where a comprehension says what it goes through: `home / d for d in dirs`.
fn loop_in(inside: &[Token<'_>]) -> Option<usize> {
    let mut level = 0_usize;
    inside.iter().position(|token| {
        match token {
            Token::Sign(b'[' | b'(' | b'{') => level += 1,
            Token::Sign(b']' | b')' | b'}') => level = level.saturating_sub(1),
            _ => {}
        }
        level == 0 && matches!(token, Token::Name("for", _))
    })
}

/// What the method that stands here makes of each item of a list: the name that it gives to it, the expression, and how
/// many tokens that takes: `.map { |d| … }`, `.map(d => …)`, `.map { d -> … }`, `.map(|d| …)`.
fn mapped<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(&'a str, &'t [Token<'a>], usize)> {
    let [Token::Name(method, _), Token::Sign(b'{' | b'('), inside @ ..] = tokens else { return None };
    let method = method.rsplit('.').next().unwrap_or(method);
    if !matches!(method, "map" | "collect" | "flatMap") {
        return None;
    }
    let end = closes_at(inside)?;
    let (name, body) = match &inside[..end] {
        [Token::Sign(b'|'), Token::Name(name, _), Token::Sign(b'|'), body @ ..]
        | [Token::Name(name, _), Token::Sign(b'-' | b'='), Token::Sign(b'>'), body @ ..]
        | [
            Token::Sign(b'('),
            Token::Name(name, _),
            Token::Sign(b')'),
            Token::Sign(b'='),
            Token::Sign(b'>'),
            body @ ..,
        ] => (*name, body),
        body if body.iter().any(|token| matches!(token, Token::Name("it" | "_1", _))) => ("it", body),
        _ => return None,
    };
    Some((name, body, end + 3))
}

/// The texts of a list, up to where it ends; of what is computed for each item of another one the text it begins with.
fn texts<'a>(bump: &'a Bump, inside: &[Token<'a>], names: &Names<'a>) -> Vec<&'a str> {
    let mut out = Vec::new();
    let (mut at, mut level) = (0, 0_usize);
    let inside = &inside[..inside.len().min(LONGEST_LIST)];
    while at < inside.len() && out.len() < limits::UNROLL {
        if let Some(found) = expression(bump, &inside[at..], names) {
            out.push(found.text);
            at += found.taken;
            continue;
        }
        match inside[at] {
            Token::Sign(b'[' | b'(' | b'{') => level += 1,
            Token::Sign(b']' | b')' | b'}') if level == 0 => break,
            Token::Sign(b']' | b')' | b'}') => level -= 1,
            // What it is computed from stands behind.
            Token::Name("for", _) => break,
            _ => {}
        }
        at += 1;
    }
    out
}
