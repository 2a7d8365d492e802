//! The arguments of a call in inline code, as far as they are literal: texts, lists, names that stand for a text or the home.

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use super::super::expressions::expression;
use super::super::names::Names;
use super::super::syntax::tokens::{Token, closes_at};
use crate::limits;

/// An argument of a call, as far as it is literal.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Argument<'a> {
    pub texts: Vec<&'a str>,
    pub list: bool,
    /// Something in it is not a literal.
    pub open: bool,
}

impl<'a> Argument<'a> {
    /// Takes what the method is called on as its argument, if it has none.
    pub fn receive(&mut self, text: &'a str) {
        if self.texts.is_empty() && !self.open {
            self.texts.push(text);
        }
    }

    /// Whether it begins as no command does, but a statement.
    pub fn is_sql(&self) -> bool {
        let mut words = self.texts.first().map_or("", |text| text).split_whitespace().map(str::to_ascii_lowercase);
        match (words.next().as_deref(), words.next().as_deref(), words.next().as_deref()) {
            (Some("drop" | "truncate" | "alter" | "create"), Some(what), _) => {
                let kinds =
                    ["table", "database", "schema", "view", "index", "user", "role", "unique", "temporary", "trigger"];
                // `TRUNCATE users`; the program of that name has options.
                kinds.contains(&what) || !what.starts_with('-') && self.texts[0].trim_start().starts_with("TRUNC")
            }
            (Some("delete"), Some("from"), _) | (Some("insert" | "replace"), Some("into"), _) => true,
            (Some("update"), Some(_), Some("set")) | (Some("select"), Some(_), Some(_)) => true,
            _ => false,
        }
    }

    pub fn longest(&self) -> Option<&'a str> {
        self.texts.iter().copied().filter(|text| !text.is_empty()).max_by_key(|text| text.len())
    }

    /// Its text as one: joined, or with what stands after a `%` filled in.
    pub fn text(&self) -> String {
        let Some((first, rest)) = self.texts.split_first() else { return String::new() };
        let mut text = (*first).to_owned();
        for more in rest {
            match ["%s", "{}", "%d", "%q"].iter().find(|hole| text.contains(**hole)) {
                Some(hole) => text = text.replacen(hole, more, 1),
                None => text.push_str(more),
            }
        }
        text
    }
}

/// Perl's `join "/", "a", "b"`: what it makes of texts, and how many tokens that takes.
fn join(after: &[Token<'_>]) -> Option<(String, usize)> {
    let open = usize::from(after.first() == Some(&Token::Sign(b'(')));
    let [Token::Text(between), Token::Sign(b','), items @ ..] = after.get(open..)? else { return None };
    let plain = |token: &&Token<'_>| matches!(token, Token::Text(_) | Token::Sign(b','));
    let count = items.iter().take_while(plain).count();
    let closed = matches!(items.get(count), None | Some(Token::Sign(b')' | b';' | b'\n' | b'}')));
    let texts: Vec<&str> = items[..count].iter().filter_map(Token::text).collect();
    (closed && !texts.is_empty()).then(|| (texts.join(between), open + 2 + count + open))
}

/// The directory that a call names for what it starts: `run(…, cwd="/srv")`, `{ cwd: "/srv" }`, `chdir: "/srv"`.
pub(in super::super) fn directory_named<'a>(bump: &'a Bump, call: &[Token<'a>], names: &Names<'a>) -> Option<&'a str> {
    let named = |at: usize| match call[at..] {
        [Token::Name("cwd" | "chdir", _), Token::Sign(b'=' | b':'), ..]
        | [Token::Text("cwd" | "chdir"), Token::Sign(b':' | b','), ..] => Some(&call[at + 2..]),
        _ => None,
    };
    let value = (0..call.len()).find_map(named)?;
    expression(bump, value, names).filter(|found| !found.open).map(|found| found.text)
}

/// `"exec" + "Sync"`: the word it makes where both are short, and how many tokens it takes.
pub(in super::super) fn joined<'a>(first: &'a str, after: &[Token<'a>]) -> (String, usize) {
    let mut word = first.to_owned();
    let mut taken = 0;
    while let [Token::Sign(b'+' | b'.'), Token::Text(more), ..] = &after[taken.min(after.len())..] {
        if word.len() > 64 {
            break;
        }
        word.push_str(more);
        taken += 2;
    }
    (word, taken)
}

/// Other names of functions: `import system as s`, `f = os.system`, `{execSync: e}`.
pub(in super::super) fn aliases<'a>(tokens: &[Token<'a>]) -> FxHashMap<&'a str, &'a str> {
    let mut out = FxHashMap::default();
    for (at, window) in tokens.windows(4).enumerate() {
        match *window {
            // `{ body: readFileSync(…) }` gives a value, and no name.
            [Token::Sign(_), Token::Name(..), Token::Sign(b':'), Token::Name(..)]
                if !matches!(tokens.get(at + 4), Some(Token::Sign(b',' | b'}'))) => {}
            [Token::Name(meant, _), Token::Name("as", _), Token::Name(alias, _), _] => {
                out.entry(alias).or_insert(meant);
            }
            [Token::Name(alias, _), Token::Sign(b'='), Token::Name(meant, _), Token::Sign(b';' | b'\n' | b',')]
            | [Token::Sign(b'{' | b','), Token::Name(meant, _), Token::Sign(b':'), Token::Name(alias, _)] => {
                out.entry(alias).or_insert(meant);
            }
            // Go's `remove := os.RemoveAll`
            [Token::Name(alias, _), Token::Sign(b':'), Token::Sign(b'='), Token::Name(meant, _)]
                if matches!(tokens.get(at + 4), Some(Token::Sign(b';' | b'\n'))) =>
            {
                out.entry(alias).or_insert(meant);
            }
            // `s = requests.Session()`, `with httpx.Client() as s`: it asks as its module does.
            [Token::Name(alias, _), Token::Sign(b'='), Token::Name(maker, _), Token::Sign(b'(')] => {
                if let Some(module) = module_of_client(maker) {
                    out.entry(alias).or_insert(module);
                }
            }
            [Token::Name(maker, _), Token::Sign(b'('), Token::Sign(b')'), Token::Name("as", _)] => {
                if let (Some(Token::Name(alias, _)), Some(module)) = (tokens.get(at + 4), module_of_client(maker)) {
                    out.entry(alias).or_insert(module);
                }
            }
            _ => {}
        }
    }
    if let [.., Token::Name(meant, _), Token::Name("as", _), Token::Name(alias, _)] = *tokens {
        out.entry(alias).or_insert(meant);
    }
    out
}

/// `requests` of `requests.Session`.
fn module_of_client(maker: &str) -> Option<&str> {
    let (module, kind) = maker.rsplit_once('.')?;
    let known = matches!(module, "requests" | "httpx" | "axios" | "got" | "needle");
    let makes = matches!(kind, "Session" | "session" | "Client" | "AsyncClient" | "create" | "extend");
    (known && makes).then_some(module)
}

/// Words that are added to a command one by one: `Command::new("rm").arg("-rf").args(["/"])`.
pub(in super::super) fn added<'a>(tokens: &[Token<'a>], from: usize) -> Vec<Argument<'a>> {
    let mut out = Vec::new();
    let mut rest = tokens.get(from..).unwrap_or(&[]);
    while out.len() < limits::UNROLL {
        while let [Token::Sign(b'\n'), after @ ..] = rest {
            rest = after;
        }
        let [Token::Name("arg" | "args" | "argument" | "arguments", _), Token::Sign(b'('), after @ ..] = rest else {
            break;
        };
        let end = after.iter().position(|token| *token == Token::Sign(b')')).unwrap_or(after.len());
        let texts = after[..end].iter().filter_map(Token::text);
        out.extend(texts.map(|text| Argument { texts: vec![text], ..Argument::default() }));
        rest = after.get(end + 1..).unwrap_or(&[]);
    }
    out
}

/// Whether a list that begins here ends as one text, or is gone through first: `[…].join(" ")`, `[…].map { … }`, `[…][1]`.
fn joins(inside: &[Token<'_>]) -> bool {
    let after = closes_at(inside).map_or(&[][..], |end| &inside[end + 1..]);
    matches!(
        after,
        [Token::Name("join" | "map" | "collect" | "reduce" | "inject" | "get", _), ..]
            | [Token::Sign(b'['), Token::Sign(b'0'..=b'9') | Token::Text(_), Token::Sign(b']'), ..]
    )
}

/// Whether a text is only what parts of others are taken apart or put together by: `p.split("/")`, `"/".join(p)`,
/// `implode("/", $p)`.
fn parts_or_joins(tokens: &[Token<'_>], at: usize) -> bool {
    let Token::Text(text) = tokens[at] else { return false };
    if text.chars().count() != 1 || text.chars().all(char::is_alphanumeric) {
        return false;
    }
    let method = |name: &str| {
        let names = ["join", "implode", "explode", "indexOf", "lastIndexOf", "rsplit", "partition", "rpartition"];
        let name = name.rsplit(['.', ':']).next().unwrap_or(name);
        name == "split" || names.contains(&name)
    };
    let given = matches!(tokens[..at], [.., Token::Name(name, _), Token::Sign(b'(')] if method(name));
    // One that is put together here is known.
    let known = matches!(tokens.get(at + 3..), Some([Token::Sign(b'[' | b'('), ..]));
    let asked = matches!(tokens.get(at + 1..), Some([Token::Name("join", _), Token::Sign(b'('), ..]));
    given || asked && !known
}

/// Whether a list that is not known is put together here, as no folder of that name is: `parts.slice(0, 2).join("/")`.
fn joins_parts(tokens: &[Token<'_>], at: usize) -> bool {
    let [Token::Name(name, _), Token::Sign(b'('), Token::Text("/"), Token::Sign(b')'), ..] = tokens[at..] else {
        return false;
    };
    // Under whichever name: `const p = require("path")`, `import os.path as p`.
    let of_paths = |token: &Token<'_>| match token {
        Token::Text(text) => matches!(text.trim_start_matches("node:"), "path" | "path/posix"),
        Token::Name(name, _) => {
            name.split('.').any(|part| matches!(part, "path" | "posix" | "posixpath" | "Path" | "File"))
        }
        _ => false,
    };
    let method = name.rsplit('.').next() == Some("join");
    method && !tokens.iter().any(of_paths)
}

/// What stands for an item of a list that is not known.
pub(in super::super) const SOMETHING: &str = "…";

/// Tokens that the arguments of one call may be made of.
pub(in super::super) const LONGEST_CALL: usize = 2048;

/// The same of a call that nothing is lost by.
pub(in super::super) const LONGEST_OTHER: usize = 256;

pub(in super::super) fn arguments<'a>(
    bump: &'a Bump,
    tokens: &[Token<'a>],
    from: usize,
    parenthesis: bool,
    names: &Names<'a>,
    longest: usize,
) -> (Vec<Argument<'a>>, usize) {
    let mut out = vec![Argument::default()];
    let mut level = 0_usize;
    let mut index = from;
    // How many texts the list had where its item began.
    let mut begun = 0;
    // Something that is not known stands behind the last text: awk's `"rm " $1 " " $2`.
    let mut hole = false;
    // What an object is made of beside its address is none of that: `urlopen(Request("https://…", method="GET"))`.
    let mut beside = false;
    while index < tokens.len() && index < from + longest {
        let read = match tokens[index] {
            // `normalize("NFKC", text)`: the form is not what is said.
            Token::Text("NFKC" | "NFKD") => false,
            Token::Text(_) if parts_or_joins(tokens, index) => false,
            Token::Name(..) if joins_parts(tokens, index) => false,
            // The name of a member says nothing of its value.
            Token::Name(..) => level <= usize::from(parenthesis) || tokens.get(index + 1) != Some(&Token::Sign(b':')),
            // A list of which one text is made.
            Token::Sign(b'[' | b'{') if level == usize::from(parenthesis) => joins(&tokens[index + 1..]),
            // Lua's `("…"):lower()`
            Token::Sign(b'(') if level == usize::from(parenthesis) => {
                let end = closes_at(&tokens[index + 1..]).map_or(tokens.len(), |end| index + 2 + end);
                joins(&tokens[index + 1..])
                    || matches!(tokens.get(end..), Some([Token::Sign(b':'), Token::Name(..), Token::Sign(b'('), ..]))
            }
            // What begins with a bracket may be a list of its own.
            Token::Sign(_) | Token::Command(..) => false,
            Token::Text(_) => true,
        };
        if read
            && !beside
            && let Some(found) = expression(bump, &tokens[index..], names)
            && let Some(last) = out.last_mut()
        {
            if std::mem::take(&mut hole) && !last.list && last.texts.last().is_some_and(|text| text.ends_with(' ')) {
                last.texts.push(SOMETHING);
            }
            last.texts.push(found.text);
            last.open |= found.open;
            index += found.taken;
            continue;
        }
        hole = match tokens[index..] {
            [Token::Name(..), ..] | [Token::Sign(b'$'), Token::Sign(b'0'..=b'9'), ..] => true,
            // What a call is given is read itself.
            [Token::Sign(b',' | b'('), ..] => false,
            _ => hole,
        };
        // An item of a list that is not known is one all the same: `["git", "-C", path, "push"]`.
        if let (Token::Sign(b',' | b']' | b')'), Some(last)) = (tokens[index], out.last_mut())
            && last.list
            && level == usize::from(parenthesis) + 1
        {
            let item = tokens[index - 1] != Token::Sign(b',') && tokens[index - 1] != Token::Sign(b'\n');
            if item && last.open && !last.texts.is_empty() && last.texts.len() == begun {
                last.texts.push(SOMETHING);
            }
            begun = last.texts.len();
        }
        match tokens[index] {
            Token::Sign(b'(' | b'[' | b'{') => {
                // Also in an object: `new Deno.Command("rm", {args: ["-rf", "/"]})`.
                let begins = |last: &Argument<'_>| level == usize::from(parenthesis) || last.texts.is_empty();
                // Python's `("git", "push")`, Lua's `{"git", "push"}`
                let tuple = || {
                    let before = index > from && matches!(tokens[index - 1], Token::Sign(b'(' | b',' | b'='));
                    let inside = tokens.get(index..index + 3);
                    before && matches!(inside, Some([Token::Sign(b'(' | b'{'), Token::Text(_), Token::Sign(b',')]))
                };
                if (tokens[index] == Token::Sign(b'[') || tuple())
                    && let Some(last) = out.last_mut()
                    && begins(last)
                {
                    last.list = true;
                }
                level += 1;
            }
            Token::Sign(b')' | b']' | b'}') => {
                // What stands around the call ends here.
                let around = level == 0;
                level = level.saturating_sub(1);
                if around || level == 0 && parenthesis {
                    break;
                }
            }
            Token::Sign(b',') if level <= usize::from(parenthesis) => {
                beside = false;
                out.push(Argument::default());
            }
            Token::Sign(b',') if level == usize::from(parenthesis) + 1 => {
                let address = |last: &Argument<'_>| !last.list && last.texts.first().is_some_and(|t| t.contains("://"));
                beside |= out.last().is_some_and(address);
            }
            Token::Sign(b';' | b'\n') if level <= usize::from(parenthesis) => break,
            Token::Name(..)
                if level > usize::from(parenthesis) && tokens.get(index + 1) == Some(&Token::Sign(b':')) => {}
            Token::Name(name, _)
                if tokens.get(index + 1) == Some(&Token::Sign(b'('))
                    && level <= usize::from(parenthesis) + 1
                    && names.knows("makes-lists", name) =>
            {
                if let Some(last) = out.last_mut() {
                    last.list |= last.texts.is_empty();
                }
            }
            // `"rm -rf /".split()`, `"rm,-rf,/".split(",")`
            Token::Name("split", _)
                if let [Token::Sign(b'('), by @ ..] = &tokens[index + 1..]
                    && let [Token::Sign(b')'), ..] | [Token::Text(_), Token::Sign(b')'), ..] = by
                    && let Some(last) = out.last_mut().filter(|last| !last.list && !last.open)
                    && let Some(line) = last.texts.pop() =>
            {
                match by.first() {
                    Some(Token::Text(sign)) if !sign.trim().is_empty() => {
                        last.texts.extend(line.split(*sign));
                        index += 1;
                    }
                    Some(Token::Text(_)) => {
                        last.texts.extend(line.split_whitespace());
                        index += 1;
                    }
                    _ => last.texts.extend(line.split_whitespace()),
                }
                last.list = true;
                index += 3;
                continue;
            }
            // `rmtree(path="/srv")`
            Token::Name("path" | "src" | "target" | "command" | "cmd" | "args" | "name" | "file", _)
                if parenthesis && level == 1 && tokens.get(index + 1) == Some(&Token::Sign(b'=')) =>
            {
                index += 1;
            }
            Token::Name(name, _) => {
                if let Some(last) = out.last_mut() {
                    if let Some(items) = names.list(name) {
                        last.list = true;
                        last.texts.extend(items);
                        index += 1;
                        continue;
                    }
                    if name == "join"
                        && let Some((text, taken)) = join(&tokens[index + 1..])
                    {
                        last.texts.push(bump.alloc_str(&text));
                        index += 1 + taken;
                        continue;
                    }
                    // Python's `r"…"`; a variable may be called so.
                    let prefix = matches!(name, "r" | "f" | "b" | "u" | "rb" | "t")
                        && matches!(tokens.get(index + 1), Some(Token::Text(_)));
                    last.open |= !prefix
                        && !matches!(
                            name,
                            "shell"
                                | "True"
                                | "true"
                                | "check"
                                | "os.path.join"
                                | "Path"
                                | "path.join"
                                | "os.path.expanduser"
                                | "expanduser"
                                | "expand"
                                | "path.expand"
                                | "normalizePath"
                                | "Dir.glob"
                                | "Dir"
                                | "glob.glob"
                                | "glob.iglob"
                                | "joinpath"
                                | "format"
                                | "True_"
                                | "recursive"
                                | "force"
                                | "at"
                                | "atPath"
                                | "nil"
                                | "require"
                                | "os"
                                | "glob"
                                | "pathlib.Path"
                        );
                }
            }
            Token::Text(_) | Token::Sign(_) | Token::Command(..) => {}
        }
        index += 1;
    }
    (out, index)
}
