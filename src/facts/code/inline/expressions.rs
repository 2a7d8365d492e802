//! Texts that inline code puts together: what stands in quotes, names that were given a text, somebody's home, and what
//! `+`, `/` and the functions for paths make of them.

use std::borrow::Cow;

use bumpalo::Bump;

use super::documents;
use super::environment::variable;
use super::holes::{filled, filled_in, plain_holes};
use super::homes::home;
use super::methods::{method_of, replaced};
use super::names::Names;
use super::picked::{picked, stepped};
use super::tokens::{Token, closes_at, line_ends};
use crate::facts::fold::decode;
use crate::limits;

/// What an expression comes to, as far as it can be known.
pub(super) struct Expression<'a> {
    pub text: &'a str,
    /// Something that cannot be known follows.
    pub open: bool,
    /// How many tokens it takes.
    pub taken: usize,
}

/// The text that an expression begins with, and what is put to it.
pub(super) fn expression<'a>(bump: &'a Bump, tokens: &[Token<'a>], names: &Names<'a>) -> Option<Expression<'a>> {
    let (text, open, taken) = sum(bump, tokens, names, 0)?;
    let text = match text {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => {
            names.takes(text.len());
            bump.alloc_str(&text)
        }
    };
    Some(Expression { text, open, taken })
}

/// The expression that ends where a method is called on it: `Path("/srv").rmdir()`, `(Path.home() / "x").unlink()`.
pub(super) fn expression_before<'a>(bump: &'a Bump, before: &[Token<'a>], names: &Names<'a>) -> Option<Expression<'a>> {
    let part = |token: &&Token<'_>| match token {
        Token::Text(_) | Token::Sign(b'(' | b')' | b'/' | b'+' | b'[' | b']' | b'$' | b',') => true,
        Token::Name(name, _) => *name != "in",
        _ => false,
    };
    let length = before.iter().rev().take(LONGEST).take_while(part).count();
    (before.len() - length..before.len()).find_map(|from| {
        // What stands in a call's brackets is what it was given.
        let given = before[from] == Token::Sign(b'(') && matches!(before[..from], [.., Token::Name(..)]);
        expression(bump, &before[from..], names).filter(|found| !given && from + found.taken == before.len())
    })
}

/// Tokens that an expression before a method is looked for in.
const LONGEST: usize = 24;

/// Bytes of a text that is put together without being counted: more than a path or a command has.
pub(super) const LONGEST_TEXT: usize = 8 << 10;

/// Brackets within brackets that an expression is read through.
const DEEPEST: u32 = 5;

/// A text, whether something that cannot be known follows, and how many tokens it takes.
pub(super) type Part<'a> = (Cow<'a, str>, bool, usize);

pub(super) fn sum<'a>(bump: &'a Bump, tokens: &[Token<'a>], names: &Names<'a>, depth: u32) -> Option<Part<'a>> {
    if depth > DEEPEST {
        return None;
    }
    let (mut text, mut open, mut taken) = primary(bump, tokens, names, depth)?;
    for step in 0..limits::UNROLL {
        let tail = &tokens[taken..];
        if open {
            break;
        }
        // Longer than is followed: what goes on counts as unread.
        if text.len() > limits::WORD {
            let goes_on = || matches!(tail, [Token::Sign(b'+' | b'.'), ..]) || method_of(&text, tail).is_some();
            if text.len() > limits::FILE || goes_on() {
                names.takes(usize::MAX);
            }
            break;
        }
        if step > 0 && text.len() > LONGEST_TEXT {
            names.takes_long(text.len());
        }
        let (between, skipped) = match tail {
            // Python's `"{} {name}".format(a, name=b)`, `"%s %s" % (a, b)`
            [Token::Name("format" | ".format", _), Token::Sign(b'('), inside @ ..]
            | [Token::Sign(b'%'), Token::Sign(b'('), inside @ ..] => {
                let Some((filled, used)) = filled_in(bump, &text, inside, names, depth) else { break };
                text = Cow::Owned(filled);
                taken += used + 2;
                continue;
            }
            // `"x" and "y"` is the last, where the first is no empty text; `"x" or "y"` the first.
            [Token::Name("and", _), rest @ ..] if !text.is_empty() => {
                let Some((other, more, used)) = primary(bump, rest, names, depth + 1) else { break };
                (text, open) = (other, more);
                taken += used + 1;
                continue;
            }
            tail if let Some((made, used)) = method_of(&text, tail) => {
                text = Cow::Owned(made);
                taken += used;
                continue;
            }
            [Token::Sign(b'/'), ..] => ("/", 1),
            // Haskell's `</>`
            [Token::Sign(b'<'), Token::Sign(b'/'), Token::Sign(b'>'), ..] => ("/", 3),
            // Lua's `..`
            [Token::Sign(b'.'), Token::Sign(b'.'), ..] => ("", 2),
            [Token::Sign(b'+' | b'.'), ..] => ("", 1),
            [Token::Name(method, _), Token::Sign(b'('), ..]
                if names.knows("path-joins", method)
                    && !text.is_empty()
                    && tokens.get(taken + 2) != Some(&Token::Sign(b')')) =>
            {
                let Some((more, rest, used)) = parts(bump, &tokens[taken + 2..], names, depth, joined) else { break };
                text = Cow::Owned(joined(&text, &more));
                open = rest;
                taken += used + 2;
                continue;
            }
            [Token::Name(method, _), Token::Sign(b'('), Token::Sign(b')'), ..] if names.knows("path-same", method) => {
                taken += 3;
                continue;
            }
            // Ruby's, without brackets
            [Token::Name(method, _), after @ ..]
                if names.knows("path-same", method) && after.first() != Some(&Token::Sign(b'(')) =>
            {
                taken += 1;
                continue;
            }
            // Rust's `.unwrap_or_else(|_| …)`: what it is if it is there.
            [Token::Name("unwrap_or_else" | "unwrap_or" | "expect", _), Token::Sign(b'('), inside @ ..] => {
                let Some(end) = closes_at(inside) else { break };
                taken += end + 3;
                continue;
            }
            // pathlib's, of a folder that is known.
            [Token::Name(parents, _), ..] if is_above(parents) => {
                let above = parents.split('.').map(|_| "..").collect::<Vec<_>>();
                text = Cow::Owned(joined(&text, &above.join("/")));
                taken += 1;
                continue;
            }
            [Token::Name("parents", _), Token::Sign(b'['), Token::Sign(digit @ b'0'..=b'9'), Token::Sign(b']'), ..] => {
                text = Cow::Owned(joined(&text, &vec![".."; usize::from(digit - b'0') + 1].join("/")));
                taken += 4;
                continue;
            }
            _ => break,
        };
        let Some((more, rest, used)) = primary(bump, &tokens[taken + skipped..], names, depth) else {
            // What follows is put to it all the same.
            open = !matches!(tokens.get(taken + skipped), None | Some(Token::Sign(b'\n')));
            if open {
                text = Cow::Owned(format!("{text}{between}"));
                taken += skipped;
            }
            break;
        };
        match between {
            "" => text.to_mut().push_str(&more),
            _ => text = Cow::Owned(joined(&text, &more)),
        }
        open = rest;
        taken += skipped + used;
    }
    Some((text, open, taken))
}

fn primary<'a>(bump: &'a Bump, tokens: &[Token<'a>], names: &Names<'a>, depth: u32) -> Option<Part<'a>> {
    if depth > DEEPEST || !names.step() {
        return None;
    }
    match tokens {
        [Token::Text("$HOME" | "${HOME}"), ..] => Some((Cow::Borrowed("~"), false, 1)),
        [Token::Text(text), rest @ ..] if let Some((made, open, taken)) = stepped(text, rest) => {
            Some((made, open, taken + 1))
        }
        [Token::Sign(b'{'), inside @ ..] => picked(bump, b'{', inside, names, depth),
        [Token::Sign(opens @ (b'(' | b'[')), inside @ ..]
            if let Some(one) = picked(bump, *opens, inside, names, depth) =>
        {
            Some(one)
        }
        // Python's `"\n".join(f"rm {d}" for d in dirs)`
        [Token::Text(between), Token::Name("join", _), list @ ..]
            if let Some((items, taken)) = comprehended(bump, list, names) =>
        {
            Some((Cow::Owned(items.join(between)), false, 2 + taken))
        }
        // Python's `" ".join(words)`
        [
            Token::Text(between),
            Token::Name("join", _),
            Token::Sign(b'('),
            Token::Name(list, _),
            Token::Sign(b')'),
            ..,
        ] if let Some(words) = names.list(list) => {
            names.guess();
            Some((Cow::Owned(words.join(between)), false, 5))
        }
        // Python's `"/".join(["srv", name])`
        [Token::Text(between), Token::Name("join", _), Token::Sign(b'('), Token::Sign(b'[' | b'('), items @ ..] => {
            let (texts, taken) = listed(bump, items, names, depth)?;
            match &items[taken..] {
                [Token::Sign(b']' | b')'), Token::Sign(b')'), ..] => {
                    Some((Cow::Owned(texts.join(between)), false, 4 + taken + 2))
                }
                _ => None,
            }
        }
        // `["de", "lete"].join("")`, Ruby's `%w[de lete].join`
        [Token::Sign(b'['), ..] => {
            let (items, taken) = names.items(bump, tokens)?;
            match &tokens[taken..] {
                [Token::Name("join", _), Token::Sign(b'('), Token::Text(between), Token::Sign(b')'), ..] => {
                    Some((Cow::Owned(items.join(between)), false, taken + 4))
                }
                [Token::Name("join", _), after @ ..] if after.first() != Some(&Token::Sign(b'(')) => {
                    Some((Cow::Owned(items.concat()), false, taken + 1))
                }
                // `.reduce((a, b) => a + b)`, `.inject(:+)`
                [Token::Name("reduce" | "inject", _), Token::Sign(b'('), inside @ ..] => {
                    let end = closes_at(inside).filter(|end| inside[..*end].contains(&Token::Sign(b'+')))?;
                    Some((Cow::Owned(items.concat()), false, taken + end + 3))
                }
                _ => None,
            }
        }
        [Token::Text(text), ..] => {
            let all = plain_holes(bump, filled(bump, text, names), "#{");
            // Something else is put in as well, which cannot be known.
            let name = |at: usize| all[at + 1..].starts_with(|c: char| c.is_alphabetic() || c == '_');
            let rest = if all == *text { None } else { all.match_indices('$').map(|(at, _)| at).find(|at| name(*at)) };
            Some((Cow::Borrowed(&all[..rest.unwrap_or(all.len())]), rest.is_some(), 1))
        }
        // Python's `f"…"`
        [Token::Name(kind @ ("r" | "f" | "b" | "u" | "rb" | "rf" | "fr" | "s"), _), Token::Text(text), ..] => {
            let text = filled(bump, text, names);
            let text = if kind.contains('f') { plain_holes(bump, text, "{") } else { text };
            Some((Cow::Borrowed(text), false, 2))
        }
        [Token::Sign(b'$' | b'@' | b'&'), rest @ ..] if matches!(rest, [Token::Name(..), ..]) => {
            let (text, open, taken) = primary(bump, rest, names, depth + 1)?;
            Some((text, open, taken + 1))
        }
        [Token::Sign(b'('), rest @ ..] => {
            let begins = line_ends(rest);
            let (text, open, taken) = sum(bump, &rest[begins..], names, depth + 1)?;
            let ends = begins + taken + line_ends(&rest[begins + taken..]);
            match rest.get(ends) {
                Some(Token::Sign(b')')) => Some((text, open, ends + 2)),
                _ => None,
            }
        }
        [Token::Name(name, _), rest @ ..] => {
            if let Some(taken) = home(names, name, rest) {
                return Some((Cow::Borrowed("~"), false, taken + 1));
            }
            if let Some((text, taken)) = variable(names, name, rest) {
                return Some((Cow::Borrowed(text), false, taken + 1));
            }
            if let Some(taken) = here(names, name, rest) {
                return Some((Cow::Borrowed("."), false, taken + 1));
            }
            // `line.strip()`, Ruby's `line.chomp`
            if let Some((on, method)) = name.rsplit_once('.')
                && names.text(name).is_none()
                && let Some(text) = names.text(on)
            {
                let call: Vec<Token<'a>> =
                    [Token::Name(method, 0)].into_iter().chain(rest.iter().copied().take(12)).collect();
                if let Some((made, taken)) = method_of(text, &call) {
                    return Some((Cow::Owned(made), false, taken));
                }
            }
            // Lua's has a name that others give a type.
            let of_codes = match name.rsplit('.').next() {
                Some("char") => *name == "string.char",
                last => matches!(last, Some("chr" | "fromCharCode" | "fromCodePoint")),
            };
            if let [Token::Sign(b'('), numbers @ ..] = rest
                && of_codes
            {
                let end = numbers.iter().take(LONGEST_TEXT).position(|token| *token == Token::Sign(b')'))?;
                let sign = |token: &Token<'_>| match token {
                    Token::Sign(sign) => Some(char::from(*sign)),
                    _ => None,
                };
                let digits: String = numbers[..end].iter().map(sign).collect::<Option<_>>()?;
                let letters = digits.split(',').map(|number| char::from_u32(number.parse().ok()?));
                return Some((Cow::Owned(letters.collect::<Option<_>>()?), false, end + 3));
            }
            if let Some(word) = names.word_by_number(name, rest) {
                return Some((Cow::Borrowed(word), false, 4));
            }
            // `tempfile.mkdtemp()`, `Dir.mktmpdir`: whatever it is called.
            let last = name.rsplit(['.', ':']).next().unwrap_or(name);
            if (last.contains("emp") || last.contains("tmp")) && names.knows("makes-temporary-folders", last) {
                let taken = match rest {
                    [Token::Sign(b'('), inside @ ..] => 2 + closes_at(inside)?,
                    _ => 0,
                };
                return Some((Cow::Borrowed("/tmp/made.by.code"), false, 1 + taken));
            }
            // `tempfile.gettempdir()`, `os.tmpdir()`, `Dir.tmpdir`
            let called = rest.starts_with(&[Token::Sign(b'('), Token::Sign(b')')]);
            if (last.contains("emp") || last.contains("tmp"))
                && (called || *name == "Dir.tmpdir")
                && names.knows("names-the-temporary-folder", last)
            {
                return Some((Cow::Borrowed("/tmp"), false, if called { 3 } else { 1 }));
            }
            // `words[1]`
            if let Some((number, taken)) = numbered(rest)
                && let Some(word) = names.list(name).and_then(|list| list.get(number))
            {
                names.guess();
                return Some((Cow::Borrowed(*word), false, 1 + taken));
            }
            if let Some((text, taken)) = names.member_at(name, rest) {
                return Some((Cow::Borrowed(text), false, 1 + taken));
            }
            if let Some((text, taken)) = replaced(name, rest) {
                return Some((Cow::Owned(text), false, 1 + taken));
            }
            if let Some((text, taken)) = names.read_here(name, rest) {
                return Some((Cow::Borrowed(text), false, 1 + taken));
            }
            // `json.loads('{"root": "/srv"}')["root"]`
            if let Some((document, taken)) = names.document(bump, tokens)
                && let Some((text, asked)) = documents::member_of(&document, &tokens[taken..])
            {
                return Some((Cow::Owned(text), false, taken + asked));
            }
            // `os.environ.get("DIR", "/srv")`: what it is unless somebody says otherwise.
            if let [Token::Sign(b'('), Token::Text(_), Token::Sign(b','), default @ ..] = rest
                && (name.ends_with("environ.get")
                    || matches!(*name, "os.getenv" | "getenv" | "ENV.fetch" | "System.get_env"))
                && let Some((text, open, taken)) = sum(bump, default, names, depth + 1)
                && default.get(taken) == Some(&Token::Sign(b')'))
            {
                return Some((text, open, 5 + taken));
            }
            if let Some((text, taken)) = names.given_back(name, rest) {
                return Some((Cow::Borrowed(text), false, 1 + taken));
            }
            if let Some(decoded) = decoded(bump, name, rest, names, depth) {
                return Some(decoded);
            }
            match *name {
                "os.sep" | "path.sep" => return Some((Cow::Borrowed("/"), false, 1)),
                "os.pardir" => return Some((Cow::Borrowed(".."), false, 1)),
                "os.curdir" => return Some((Cow::Borrowed("."), false, 1)),
                "sys.executable" => return Some((Cow::Borrowed("python3"), false, 1)),
                "process.execPath" => return Some((Cow::Borrowed("node"), false, 1)),
                _ => {}
            }
            // `sprintf("%s %s", a, b)`
            if let [Token::Sign(b'('), Token::Text(format), inside @ ..] = rest
                && names.knows("fills-in", name.rsplit(['.', ':']).next().unwrap_or(name))
            {
                let (text, taken) = filled_in(bump, format, inside, names, depth)?;
                return Some((Cow::Owned(text), false, taken + 3));
            }
            // `require("os").homedir()`: which module it is of says nothing more.
            if let (
                "require" | "__import__",
                [Token::Sign(b'('), Token::Text(_), Token::Sign(b')'), Token::Name(member, _), after @ ..],
            ) = (*name, rest)
            {
                return match home(names, member.trim_start_matches('.'), after) {
                    Some(taken) => Some((Cow::Borrowed("~"), false, taken + 5)),
                    None => {
                        primary(bump, &rest[3..], names, depth + 1).map(|(text, open, taken)| (text, open, taken + 4))
                    }
                };
            }
            // `words.join(" ")` of a list that has a name
            if let Some(words) = name.strip_suffix(".join").and_then(|list| names.list(list)) {
                names.guess();
                match rest {
                    [Token::Sign(b'('), Token::Text(between), Token::Sign(b')'), ..] => {
                        return Some((Cow::Owned(words.join(between)), false, 4));
                    }
                    [Token::Sign(b'('), ..] => {}
                    _ => return Some((Cow::Owned(words.concat()), false, 1)),
                }
            }
            if *name == "new" {
                let (text, open, taken) = primary(bump, rest, names, depth + 1)?;
                return Some((text, open, taken + 1));
            }
            match rest {
                // PHP's `implode(" ", $words)`
                [
                    Token::Sign(b'('),
                    Token::Text(between),
                    Token::Sign(b','),
                    Token::Sign(b'$' | b'@'),
                    Token::Name(list, _),
                    Token::Sign(b')'),
                    ..,
                ] if matches!(*name, "join" | "implode") && names.list(list).is_some() => {
                    names.guess();
                    Some((Cow::Owned(names.list(list)?.join(between)), false, 7))
                }
                // Perl's `join("/", $ENV{HOME}, "src")`
                [Token::Sign(b'('), Token::Text(between), Token::Sign(b','), items @ ..]
                    if *name == "join" && between.len() < 2 =>
                {
                    let (texts, taken) = listed(bump, items, names, depth)?;
                    let closed = items.get(taken) == Some(&Token::Sign(b')'));
                    closed.then(|| (Cow::Owned(texts.join(between)), false, 4 + taken + 1))
                }
                [Token::Sign(b'('), inside @ ..] => {
                    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
                    let of_paths = names.knows("path-functions", last) || names.knows("path-functions", name);
                    let above = matches!(last, "dirname" | "Dir");
                    // Node's `path.join`, Ruby's `File.join` and Go's `filepath.Join` put whatever is given below the first.
                    let below = matches!(last, "join" | "Join") && names.joins_below;
                    let join = if below { joined_below } else { joined };
                    let (text, open, taken) = parts(bump, inside, names, depth, join).filter(|_| of_paths || above)?;
                    // `home.join(".ssh")`, where the name stands for a folder.
                    let folder = name.rsplit_once('.').filter(|(_, method)| names.knows("path-joins", method));
                    let text = match folder.and_then(|(folder, _)| names.text(folder)) {
                        Some(folder) => joined(folder, &text),
                        None if above => joined(&text, ".."),
                        None => text,
                    };
                    Some((Cow::Owned(text), open, taken + 2))
                }
                // The member of an enumeration says what it is: `Places.HOME.value`.
                _ => {
                    if let Some(text) = names.text(name).or_else(|| names.text(name.strip_suffix(".value")?)) {
                        return Some((Cow::Borrowed(text), false, 1));
                    }
                    // `here.parent.parent`, `here.parents[1]`
                    if let Some(folder) = name.strip_suffix(".parents").and_then(|folder| names.text(folder)) {
                        let (number, taken) = numbered(rest)?;
                        let above = vec![".."; number.min(limits::UNROLL) + 1].join("/");
                        return Some((Cow::Owned(joined(folder, &above)), false, 1 + taken));
                    }
                    let mut folder = *name;
                    let mut above = 0;
                    while let Some(below) = folder.strip_suffix(".parent") {
                        (folder, above) = (below, above + 1);
                    }
                    let text = names.text(folder).filter(|_| above > 0)?;
                    Some((Cow::Owned(joined(text, &vec![".."; above].join("/"))), false, 1))
                }
            }
        }
        _ => None,
    }
}

/// The texts of a list up to its closing bracket, and how many tokens those take.
fn listed<'a>(
    bump: &'a Bump,
    tokens: &[Token<'a>],
    names: &Names<'a>,
    depth: u32,
) -> Option<(Vec<Cow<'a, str>>, usize)> {
    let mut texts = Vec::new();
    let mut at = 0;
    loop {
        let (text, open, taken) = sum(bump, tokens.get(at..)?, names, depth + 1)?;
        texts.push(text);
        at += taken;
        match tokens.get(at)? {
            _ if open || texts.len() > limits::UNROLL => return None,
            Token::Sign(b',') => at += 1,
            Token::Sign(b']' | b')') => return Some((texts, at)),
            _ => return None,
        }
    }
}

/// The texts that are made of a list one by one, in brackets, and how many tokens those take.
fn comprehended<'a>(bump: &'a Bump, tokens: &[Token<'a>], names: &Names<'a>) -> Option<(Vec<&'a str>, usize)> {
    let [Token::Sign(b'('), inside @ ..] = tokens else { return None };
    let end = closes_at(inside)?;
    if !inside[..end].iter().any(|token| matches!(token, Token::Name("for", _))) {
        return None;
    }
    let list = if inside.first() == Some(&Token::Sign(b'[')) { inside } else { tokens };
    names.items(bump, list).map(|(items, _)| (items, end + 2))
}

/// A text that a function takes out of an encoding: `atob("…")`, `base64.b64decode("…").decode()`, `strrev("…")`.
fn decoded<'a>(bump: &'a Bump, name: &str, rest: &[Token<'a>], names: &Names<'a>, depth: u32) -> Option<Part<'a>> {
    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
    let (inside, before) = match (last, rest) {
        // Java's `Base64.getDecoder().decode("…")`
        (
            "getDecoder",
            [Token::Sign(b'('), Token::Sign(b')'), Token::Name("decode", _), Token::Sign(b'('), inside @ ..],
        ) => (inside, 5),
        // Perl's `pack("H*", "…")`
        ("pack", [Token::Sign(b'('), Token::Text("H*"), Token::Sign(b','), inside @ ..]) => (inside, 4),
        (_, [Token::Sign(b'('), inside @ ..]) => (inside, 2),
        _ => return None,
    };
    let known = |list| names.knows(list, last);
    let quoted = matches!(last, "decode_qp" | "quoted_printable_decode") || name == "quopri.decodestring";
    let decode: fn(&str) -> Option<String> = if quoted {
        decode::quoted_printable
    } else if known("decodes-base64") {
        decode::base64
    } else if known("decodes-hex") || before == 4 {
        decode::hex
    } else if matches!(last, "b32decode" | "decode32") {
        decode::base32
    } else if last == "b85decode" {
        decode::base85
    } else if last == "a85decode" {
        decode::ascii85
    } else if known("decodes-rot13") {
        |text| Some(text.chars().map(decode::rot13).collect())
    } else if known("reverses") {
        |text| Some(text.chars().rev().collect())
    } else if known("lower-cases") {
        |text| Some(text.to_lowercase())
    } else {
        return None;
    };
    let (text, open, taken) = sum(bump, inside, names, depth + 1)?;
    let plain =
        decode(&text).filter(|plain| !plain.is_empty() && !plain.chars().any(|c| c.is_control() && c != '\n'))?;
    let closed = !open && inside.get(taken) == Some(&Token::Sign(b')'));
    closed.then(|| (Cow::Owned(plain), false, taken + before + 1))
}

/// Whether members are all those of pathlib for the folder above.
fn is_above(members: &str) -> bool {
    members.split('.').all(|member| member == "parent")
}

/// The number in brackets that begin here, and how many tokens those take.
pub(super) fn numbered(tokens: &[Token<'_>]) -> Option<(usize, usize)> {
    let [Token::Sign(b'['), digits @ ..] = tokens else { return None };
    let count = digits.iter().take(3).take_while(|token| matches!(token, Token::Sign(b'0'..=b'9'))).count();
    let number = digits[..count].iter().fold(0, |number, token| match token {
        Token::Sign(digit) => number * 10 + usize::from(digit - b'0'),
        _ => number,
    });
    (count > 0 && digits.get(count) == Some(&Token::Sign(b']'))).then_some((number, count + 2))
}

/// The arguments of a function for paths, joined, up to its closing bracket.
fn parts<'a>(
    bump: &'a Bump,
    tokens: &[Token<'a>],
    names: &Names<'a>,
    depth: u32,
    join: fn(&str, &str) -> String,
) -> Option<(String, bool, usize)> {
    let mut out = String::new();
    let mut at = 0;
    let mut open = false;
    loop {
        match sum(bump, tokens.get(at..)?, names, depth + 1) {
            Some((text, rest, taken)) if !open => {
                out = if at == 0 { text.into_owned() } else { join(&out, &text) };
                open = rest;
                at += taken;
            }
            _ if at == 0 => return None,
            _ => open = true,
        }
        match tokens.get(at)? {
            Token::Sign(b',') => at += 1,
            Token::Sign(b')') => return Some((out, open, at + 1)),
            // What a part is cannot be known: it ends where the call does.
            _ => {
                open = true;
                if !out.ends_with('/') {
                    out.push('/');
                }
                let end = closes_at(&tokens[at..])?;
                return Some((out, open, at + end + 1));
            }
        }
    }
}

/// A part below a folder, or a path of its own.
fn joined(folder: &str, part: &str) -> String {
    match part {
        _ if part.starts_with(['/', '~']) && !folder.is_empty() && part.len() > 1 && folder != "~" => part.to_owned(),
        "" => folder.to_owned(),
        _ if folder.is_empty() => part.to_owned(),
        _ => format!("{}/{}", folder.trim_end_matches('/'), part.trim_start_matches('/')),
    }
}

/// A part below a folder, however it begins.
fn joined_below(folder: &str, part: &str) -> String {
    match part.trim_start_matches('/') {
        "" => folder.to_owned(),
        _ if folder.is_empty() => part.to_owned(),
        below => format!("{}/{below}", folder.trim_end_matches('/')),
    }
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
