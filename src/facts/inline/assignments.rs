//! What assignments, loops and calls in inline code give to names, as far as it goes through the code from top to bottom.

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use super::expressions::expression;
use super::names::Names;
use super::tokens::Token;
use crate::limits;

/// Tokens that the description of an option takes.
const LONGEST_OPTION: usize = 48;

/// Tokens that the type of a name takes.
const LONGEST_TYPE: usize = 12;

impl<'a> Names<'a> {
    /// What the assignment or the loop that begins here gives to a name; of what a loop goes through the gravest, as
    /// `grave` says which texts name what must not be lost.
    pub fn learn(&mut self, bump: &'a Bump, tokens: &[Token<'a>], grave: impl Fn(&str) -> bool) {
        if let Some((name, text)) = self.looped(tokens, &grave) {
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
        } else if let [Token::Sign(b'['), inside @ ..] | [Token::Sign(b'&'), Token::Sign(b'['), inside @ ..] = value {
            let items = texts(bump, inside, self);
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
    /// … }`, `["/etc"].forEach(d => …)`, `for (const d of dirs)`.
    fn looped(&self, tokens: &[Token<'a>], grave: &impl Fn(&str) -> bool) -> Option<(&'a str, &'a str)> {
        let gravest = |texts: &[&'a str]| texts.iter().find(|text| grave(text)).or(texts.first()).copied();
        let items = |list: &[Token<'a>]| {
            // Of lists within a list none is a text.
            if matches!(list.iter().find(|token| **token != Token::Sign(b'\n')), Some(Token::Sign(b'[' | b'('))) {
                return None;
            }
            let end = list.iter().position(|token| matches!(token, Token::Sign(b']' | b')' | b'}')))?;
            let texts: Vec<&'a str> = list[..end].iter().filter_map(Token::text).collect();
            Some((gravest(&texts)?, end))
        };
        let block = |after: &[Token<'a>]| match after {
            [Token::Name(each, _), Token::Sign(b'{'), Token::Sign(b'|'), Token::Name(name, _), ..]
            | [Token::Name(each, _), Token::Name("do", _), Token::Sign(b'|'), Token::Name(name, _), ..]
            | [Token::Name(each, _), Token::Sign(b'('), Token::Name(name, _), ..]
            | [Token::Name(each, _), Token::Sign(b'('), Token::Sign(b'('), Token::Name(name, _), ..]
                if matches!(
                    each.rsplit('.').next(),
                    Some("each" | "forEach" | "map" | "select" | "filter" | "collect")
                ) =>
            {
                Some(*name)
            }
            _ => None,
        };
        // `for d in …`, `for (const d of …)`
        if let [Token::Name("for", _), Token::Name(name, _), Token::Name("in", _), rest @ ..]
        | [
            Token::Name("for", _),
            Token::Sign(b'('),
            Token::Name("const" | "let" | "var", _),
            Token::Name(name, _),
            Token::Name("of", _),
            rest @ ..,
        ] = tokens
        {
            let text = match rest {
                [Token::Sign(b'[' | b'('), list @ ..] => items(list)?.0,
                [Token::Name(list, _), ..] => gravest(self.list(list)?)?,
                _ => return None,
            };
            return Some((name, text));
        }
        match tokens {
            // Go's `for _, p := range []string{"/etc"}`
            [
                Token::Name("for", _),
                Token::Name(..),
                Token::Sign(b','),
                Token::Name(name, _),
                Token::Sign(b':'),
                Token::Sign(b'='),
                Token::Name("range", _),
                Token::Sign(b'['),
                Token::Sign(b']'),
                Token::Name("string", _),
                Token::Sign(b'{'),
                list @ ..,
            ] => items(list).map(|(text, _)| (*name, text)),
            // Perl's `for my $d ("/etc", glob "/home/*")`
            [
                Token::Name("for" | "foreach", _),
                Token::Name("my", _),
                Token::Sign(b'$'),
                Token::Name(name, _),
                Token::Sign(b'('),
                list @ ..,
            ] => items(list).map(|(text, _)| (*name, text)),
            // PHP's `foreach (["/etc"] as $d)`
            [Token::Name("foreach", _), Token::Sign(b'('), Token::Sign(b'['), list @ ..] => {
                let (text, end) = items(list)?;
                match list.get(end + 1..)? {
                    [Token::Name("as", _), Token::Sign(b'$'), Token::Name(name, _), ..] => Some((*name, text)),
                    _ => None,
                }
            }
            [Token::Sign(b'['), list @ ..] => {
                let (text, end) = items(list)?;
                Some((block(list.get(end + 1..)?)?, text))
            }
            [Token::Name(each, _), ..] => {
                let (list, _) = each.rsplit_once('.')?;
                Some((block(tokens)?, gravest(self.list(list)?)?))
            }
            _ => None,
        }
    }

    /// What the code's own functions are given for their parameters, wherever they are called: `def clean(d): …
    /// clean(Path.home())`; the gravest of it.
    pub fn of_parameters(bump: &'a Bump, tokens: &[Token<'a>], grave: impl Fn(&str) -> bool) -> Self {
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
                    Token::Name("def" | "function" | "func" | "fn" | "sub", _),
                    Token::Name(name, _),
                    Token::Sign(b'('),
                    rest @ ..,
                ]
                | [Token::Name(name, _), Token::Sign(b'='), Token::Sign(b'('), rest @ ..]
                | [Token::Name(name, _), Token::Sign(b'='), Token::Name("async", _), Token::Sign(b'('), rest @ ..] => {
                    (*name, rest)
                }
                _ => continue,
            };
            let end = rest.iter().position(|token| *token == Token::Sign(b')')).unwrap_or(0);
            let parameters = rest[..end].split(|token| *token == Token::Sign(b','));
            let named = parameters.map(|one| {
                let name =
                    one.iter().find_map(|token| if let Token::Name(name, _) = token { Some(*name) } else { None });
                name.unwrap_or_default()
            });
            defined.insert(name, named.collect());
        }
        let mut out = Names::default();
        if defined.is_empty() {
            return out;
        }
        let mut names = Names::default();
        for at in 0..tokens.len() {
            names.learn(bump, &tokens[at..], &grave);
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

/// The texts of a list, up to where it ends; of what is computed for each item of another one the text it begins with.
fn texts<'a>(bump: &'a Bump, inside: &[Token<'a>], names: &Names<'a>) -> Vec<&'a str> {
    let mut out = Vec::new();
    let (mut at, mut level) = (0, 0_usize);
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
