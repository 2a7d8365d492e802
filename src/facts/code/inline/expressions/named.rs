//! What a name stands for within an expression: a text that it was given, a folder that each language has a function for, what
//! a known function makes of its arguments.

use std::borrow::Cow;

use bumpalo::Bump;

use super::super::names::Names;
use super::super::names::homes::home;
use super::super::names::methods::{method_of, replaced};
use super::super::syntax::tokens::{Token, closes_at};
use super::decoded::{decoded, of_codes};
use super::document::member_of;
use super::holes::filled_in;
use super::joined::{joined_at, joins_texts};
use super::path_parts::{above, joined, joined_below, parts};
use super::variable::variable;
use super::{Part, numbered, primary, sum};
use crate::facts::targets::paths::MADE_BY_CODE;
use crate::limits;

/// A text, and how many tokens it takes behind the name.
type Told<'a> = (Cow<'a, str>, usize);

/// What the name with which tokens begin stands for.
pub(super) fn named<'a>(bump: &'a Bump, tokens: &[Token<'a>], names: &Names<'a>, depth: u32) -> Option<Part<'a>> {
    let [Token::Name(name, _), rest @ ..] = tokens else { return None };
    let told = told(names, name, rest).or_else(|| held(names, name, rest));
    if let Some((text, taken)) = told {
        return Some((text, false, 1 + taken));
    }
    // `json.loads('{"root": "/srv"}')["root"]`
    if let Some((document, taken)) = names.document(bump, tokens)
        && let Some((text, asked)) = member_of(&document, &tokens[taken..])
    {
        return Some((Cow::Owned(text), false, taken + asked));
    }
    let made = unless_said(bump, name, rest, names, depth)
        .or_else(|| names.given_back(name, rest).map(|(text, taken)| (Cow::Borrowed(text), false, 1 + taken)))
        .or_else(|| decoded(bump, name, rest, names, depth))
        .or_else(|| constant(name).map(|text| (Cow::Borrowed(text), false, 1)))
        .or_else(|| formatted(bump, name, rest, names, depth));
    match *name {
        _ if made.is_some() => made,
        "require" | "__import__" => of_module(bump, rest, names, depth),
        "new" => primary(bump, rest, names, depth + 1).map(|(text, open, taken)| (text, open, taken + 1)),
        "join" if joins_texts(name, rest) => joined_at(bump, name, rest, names, depth),
        _ => joined_at(bump, name, rest, names, depth).or_else(|| path(bump, name, rest, names, depth)),
    }
}

/// What is known of a name by itself: a home, a variable, the folder that the code runs in, a folder for a while.
fn told<'a>(names: &Names<'a>, name: &'a str, rest: &[Token<'a>]) -> Option<Told<'a>> {
    if let Some(taken) = home(names, name, rest) {
        return Some((Cow::Borrowed("~"), taken));
    }
    if let Some((text, taken)) = variable(names, name, rest) {
        return Some((Cow::Borrowed(text), taken));
    }
    if let Some(taken) = here(names, name, rest) {
        return Some((Cow::Borrowed("."), taken));
    }
    // `line.strip()`, Ruby's `line.chomp`
    if let Some((on, method)) = name.rsplit_once('.')
        && names.text(name).is_none()
        && let Some(text) = names.text(on)
    {
        let call: Vec<Token<'a>> = [Token::Name(method, 0)].into_iter().chain(rest.iter().copied().take(12)).collect();
        if let Some((made, taken)) = method_of(text, &call) {
            return Some((Cow::Owned(made), taken - 1));
        }
    }
    if let Some((text, taken)) = of_codes(name, rest) {
        return Some((Cow::Owned(text), taken));
    }
    if let Some(word) = names.word_by_number(name, rest) {
        return Some((Cow::Borrowed(word), 3));
    }
    temporary(names, name, rest)
}

/// What is put into a name, as far as that is known: an element of a list, a member, a text that is changed or read.
fn held<'a>(names: &Names<'a>, name: &str, rest: &[Token<'a>]) -> Option<Told<'a>> {
    // `words[1]`
    if let Some((number, taken)) = numbered(rest)
        && let Some(word) = names.list(name).and_then(|list| list.get(number))
    {
        names.guess();
        return Some((Cow::Borrowed(*word), taken));
    }
    if let Some((text, taken)) = names.member_at(name, rest) {
        return Some((Cow::Borrowed(text), taken));
    }
    if let Some((text, taken)) = replaced(name, rest) {
        return Some((Cow::Owned(text), taken));
    }
    names.read_here(name, rest).map(|(text, taken)| (Cow::Borrowed(text), taken))
}

/// A folder for a while, and the one that holds them.
fn temporary<'a>(names: &Names<'_>, name: &str, rest: &[Token<'_>]) -> Option<Told<'a>> {
    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
    if !(last.contains("emp") || last.contains("tmp")) {
        return None;
    }
    // `tempfile.mkdtemp()`, `Dir.mktmpdir`: whatever it is called.
    if names.knows("makes-temporary-folders", last) {
        let taken = match rest {
            [Token::Sign(b'('), inside @ ..] => 2 + closes_at(inside)?,
            _ => 0,
        };
        return Some((Cow::Borrowed(MADE_BY_CODE), taken));
    }
    // `tempfile.gettempdir()`, `os.tmpdir()`, `Dir.tmpdir`
    let called = rest.starts_with(&[Token::Sign(b'('), Token::Sign(b')')]);
    ((called || name == "Dir.tmpdir") && names.knows("names-the-temporary-folder", last))
        .then_some((Cow::Borrowed("/tmp"), if called { 2 } else { 0 }))
}

/// `os.environ.get("DIR", "/srv")`: what it is unless somebody says otherwise.
fn unless_said<'a>(bump: &'a Bump, name: &str, rest: &[Token<'a>], names: &Names<'a>, depth: u32) -> Option<Part<'a>> {
    let told = |name: &str| {
        name.ends_with("environ.get") || matches!(name, "os.getenv" | "getenv" | "ENV.fetch" | "System.get_env")
    };
    let (default, before) = match rest {
        [Token::Sign(b'('), Token::Text(_), Token::Sign(b','), default @ ..] if told(name) => (default, 4),
        // Java's `System.getenv().getOrDefault("DIR", "/srv")`
        [
            Token::Sign(b'('),
            Token::Sign(b')'),
            Token::Name("getOrDefault", _),
            Token::Sign(b'('),
            Token::Text(_),
            Token::Sign(b','),
            default @ ..,
        ] if name == "System.getenv" => (default, 7),
        // Rust's `env::var("DIR").unwrap_or_else(|_| "/srv".into())`
        [
            Token::Sign(b'('),
            Token::Text(_),
            Token::Sign(b')'),
            Token::Name("unwrap_or" | "unwrap_or_else", _),
            Token::Sign(b'('),
            default @ ..,
        ] if name.ends_with("env::var") => {
            let closure = match default {
                [Token::Sign(b'|'), Token::Name(..), Token::Sign(b'|'), ..] => 3,
                [Token::Sign(b'|'), Token::Sign(b'|'), ..] => 2,
                _ => 0,
            };
            let (text, open, _) = primary(bump, &default[closure..], names, depth + 1)?;
            return Some((text, open, 7 + closes_at(default)?));
        }
        _ => return None,
    };
    let (text, open, taken) = sum(bump, default, names, depth + 1)?;
    (default.get(taken) == Some(&Token::Sign(b')'))).then_some((text, open, before + taken + 1))
}

fn constant(name: &str) -> Option<&'static str> {
    Some(match name {
        "os.sep" | "path.sep" => "/",
        "os.pardir" => "..",
        "os.curdir" => ".",
        "sys.executable" => "python3",
        "process.execPath" => "node",
        _ => return None,
    })
}

/// `sprintf("%s %s", a, b)`
fn formatted<'a>(bump: &'a Bump, name: &str, rest: &[Token<'a>], names: &Names<'a>, depth: u32) -> Option<Part<'a>> {
    let [Token::Sign(b'('), Token::Text(format), inside @ ..] = rest else { return None };
    if !names.knows("fills-in", name.rsplit(['.', ':']).next().unwrap_or(name)) {
        return None;
    }
    let (text, taken) = filled_in(bump, format, inside, names, depth)?;
    Some((Cow::Owned(text), false, taken + 3))
}

/// `require("os").homedir()`: which module it is of says nothing more.
fn of_module<'a>(bump: &'a Bump, rest: &[Token<'a>], names: &Names<'a>, depth: u32) -> Option<Part<'a>> {
    let [Token::Sign(b'('), Token::Text(_), Token::Sign(b')'), Token::Name(member, _), after @ ..] = rest else {
        return None;
    };
    match home(names, member.trim_start_matches('.'), after) {
        Some(taken) => Some((Cow::Borrowed("~"), false, taken + 5)),
        None => primary(bump, &rest[3..], names, depth + 1).map(|(text, open, taken)| (text, open, taken + 4)),
    }
}

/// What a function for paths makes of its arguments, and a name that was given a text, or the folder above one.
fn path<'a>(bump: &'a Bump, name: &str, rest: &[Token<'a>], names: &Names<'a>, depth: u32) -> Option<Part<'a>> {
    if let [Token::Sign(b'('), inside @ ..] = rest {
        let last = name.rsplit(['.', ':']).next().unwrap_or(name);
        let of_paths = names.knows("path-functions", last) || names.knows("path-functions", name);
        let folder_of = matches!(last, "dirname" | "Dir");
        // Node's `path.join`, Ruby's `File.join` and Go's `filepath.Join` put whatever is given below the first.
        let below = matches!(last, "join" | "Join") && names.joins_below;
        let join = if below { joined_below } else { joined };
        let (text, open, taken) = parts(bump, inside, names, depth, join).filter(|_| of_paths || folder_of)?;
        // `home.join(".ssh")`, where the name stands for a folder.
        let folder = name.rsplit_once('.').filter(|(_, method)| names.knows("path-joins", method));
        let text = match folder.and_then(|(folder, _)| names.text(folder)) {
            Some(folder) => joined(folder, &text),
            None if folder_of => above(&text, 1),
            None => text,
        };
        return Some((Cow::Owned(text), open, taken + 2));
    }
    // The member of an enumeration says what it is: `Places.HOME.value`.
    if let Some(text) = names.text(name).or_else(|| names.text(name.strip_suffix(".value")?)) {
        return Some((Cow::Borrowed(text), false, 1));
    }
    // `here.parent.parent`, `here.parents[1]`
    if let Some(folder) = name.strip_suffix(".parents").and_then(|folder| names.text(folder)) {
        let (number, taken) = numbered(rest)?;
        return Some((Cow::Owned(above(folder, number.min(limits::UNROLL) + 1)), false, 1 + taken));
    }
    let mut folder = name;
    let mut levels = 0;
    while let Some(below) = folder.strip_suffix(".parent") {
        (folder, levels) = (below, levels + 1);
    }
    let text = names.text(folder).filter(|_| levels > 0)?;
    Some((Cow::Owned(above(text, levels)), false, 1))
}

/// Whether a name is the folder that the code runs in: `os.getcwd()`, `process.cwd()`, `Dir.pwd`, Laravel's `base_path()`.
fn here(names: &Names<'_>, name: &str, after: &[Token<'_>]) -> Option<usize> {
    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
    let call = matches!(after, [Token::Sign(b'('), Token::Sign(b')'), ..]);
    match last {
        last if call && names.knows("names-this-folder", last) => Some(2),
        "pwd" if name == "Dir.pwd" => Some(0),
        _ => None,
    }
}
