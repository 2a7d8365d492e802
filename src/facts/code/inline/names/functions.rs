//! The functions that inline code defines, in the forms of its languages, with what their parameters are called.

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use super::super::syntax::tokens::{LONGEST_LIST, Token};
use super::assignments::LONGEST_HEAD;
use super::scopes::Bodies;

/// What is known of them before any is called.
#[derive(Default)]
pub(in super::super) struct Functions<'a> {
    /// Their parameters, by their names and all that they are called besides.
    pub defined: FxHashMap<&'a str, Vec<&'a str>>,
    /// What those other names mean.
    pub meant: FxHashMap<&'a str, &'a str>,
    /// The classes behind classes.
    pub bases: FxHashMap<&'a str, &'a str>,
    pub bodies: Bodies<'a>,
    /// Whether there is a class.
    pub classes: bool,
}

/// The functions that these tokens of a text define.
pub(in super::super) fn functions<'a>(bump: &'a Bump, text: &str, tokens: &[Token<'a>]) -> Functions<'a> {
    let mut functions = Functions::default();
    let mut class = "";
    for at in 0..tokens.len() {
        // `f = lambda path: …`
        if let [Token::Name(name, _), Token::Sign(b'='), Token::Name("lambda", _), rest @ ..] = &tokens[at..]
            && let Some(end) = rest.iter().take(LONGEST_HEAD).position(|token| *token == Token::Sign(b':'))
        {
            functions.defined.insert(name, parameters(&rest[..end]).collect());
            continue;
        }
        // Go's `f := func(path string) { … }`, JavaScript's `{ f: (path) => … }`, `{ f(path) { … } }`
        let function = match &tokens[at..] {
            [
                Token::Name(name, _),
                Token::Sign(b':'),
                Token::Sign(b'='),
                Token::Name("func", _),
                Token::Sign(b'('),
                rest @ ..,
            ]
            | [Token::Name(name, _), Token::Sign(b'='), Token::Name("func", _), Token::Sign(b'('), rest @ ..] => {
                Some((*name, rest, None))
            }
            [Token::Name(name, _), Token::Sign(b':'), Token::Sign(b'('), rest @ ..] => Some((*name, rest, Some(b'='))),
            [Token::Name(name, _), Token::Sign(b'('), rest @ ..]
                if !matches!(
                    *name,
                    "if" | "for" | "while" | "switch" | "catch" | "foreach" | "constructor" | "function" | "func"
                ) =>
            {
                Some((*name, rest, Some(b'{')))
            }
            _ => None,
        };
        if let Some((name, rest, next)) = function
            && let Some(end) = rest.iter().take(LONGEST_HEAD).position(|token| *token == Token::Sign(b')'))
            && next.is_none_or(|sign| rest.get(end + 1) == Some(&Token::Sign(sign)))
            && (next != Some(b'{')
                || rest[..end].iter().all(|token| matches!(token, Token::Name(..) | Token::Sign(b','))))
            && !functions.defined.contains_key(name)
        {
            functions.defined.insert(name, parameters(&rest[..end]).collect());
            functions.bodies.note(text, tokens, name, at, tokens.len() - rest.len() + end);
            continue;
        }
        // `f = path => …`, `{ f: path => … }`, Ruby's `f = ->(path) { … }`
        if let [
            Token::Name(name, _),
            Token::Sign(b'=' | b':'),
            Token::Name(only, _),
            Token::Sign(b'='),
            Token::Sign(b'>'),
            ..,
        ] = &tokens[at..]
        {
            functions.defined.insert(name, vec![only]);
            continue;
        }
        if let [
            Token::Name(name, _),
            Token::Sign(b'='),
            Token::Sign(b'-'),
            Token::Sign(b'>'),
            Token::Sign(b'('),
            rest @ ..,
        ] = &tokens[at..]
            && let Some(end) = rest.iter().take(LONGEST_HEAD).position(|token| *token == Token::Sign(b')'))
        {
            functions.defined.insert(name, parameters(&rest[..end]).collect());
            continue;
        }
        let (name, rest) = match &tokens[at..] {
            [Token::Name("class", _), Token::Name(name, _), head @ ..] => {
                class = name;
                // `class Wiper(Base):`, `class Wiper extends Base`
                if let [Token::Sign(b'('), Token::Name(base, _), ..]
                | [Token::Name("extends", _), Token::Name(base, _), ..] = head
                {
                    functions.bases.insert(name, base);
                }
                continue;
            }
            // An object that is called itself: `Wiper()("/srv")`.
            [Token::Name("__call__", _), Token::Sign(b'('), Token::Name(..), Token::Sign(b','), rest @ ..] => {
                (&*bump.alloc_str(&format!("{class}()")), rest)
            }
            // What makes an object is called by the name of its class, without the object.
            [Token::Name("__init__", _), Token::Sign(b'('), Token::Name(..), Token::Sign(b','), rest @ ..]
            | [Token::Name("constructor" | "initialize", _), Token::Sign(b'('), rest @ ..] => (class, rest),
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
        let given = parameters(&rest[..end]).skip_while(|name| matches!(*name, "self" | "cls"));
        functions.defined.insert(name, given.collect());
        functions.bodies.note(text, tokens, name, at, tokens.len() - rest.len() + end);
    }
    functions.bodies.look_through(tokens);
    functions.classes = !class.is_empty();
    functions.meant = other_names(&mut functions.defined, tokens);
    functions
}

/// The other names of the code's own functions: `f = clean`, `{"wipe": clean}`, and an object that is called itself.
fn other_names<'a>(
    defined: &mut FxHashMap<&'a str, Vec<&'a str>>,
    tokens: &[Token<'a>],
) -> FxHashMap<&'a str, &'a str> {
    let mut meant: FxHashMap<&'a str, &'a str> = FxHashMap::default();
    if defined.is_empty() {
        return meant;
    }
    for at in 0..tokens.len() {
        let (name, function) = match &tokens[at..] {
            [Token::Name(name, _), Token::Sign(b'='), Token::Name(function, _), end, ..]
                if !matches!(end, Token::Sign(b'(' | b'.' | b'[' | b'=')) =>
            {
                (*name, *function)
            }
            [
                Token::Text(name) | Token::Name(name, _),
                Token::Sign(b':'),
                Token::Name(function, _),
                Token::Sign(b',' | b'}'),
                ..,
            ] => (*name, *function),
            _ => continue,
        };
        if let Some(parameters) = defined.get(function).filter(|_| !defined.contains_key(name)) {
            defined.insert(name, parameters.clone());
            meant.insert(name, meant.get(function).copied().unwrap_or(function));
        }
    }
    meant
}

/// The names of the parameters that stand here, a comma between each two.
pub(in super::super) fn parameters<'t, 'a>(tokens: &'t [Token<'a>]) -> impl Iterator<Item = &'a str> + use<'t, 'a> {
    tokens.split(|token| *token == Token::Sign(b',')).map(parameter)
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
