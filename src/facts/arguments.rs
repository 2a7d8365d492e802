//! The arguments of a call in inline code, as far as they are literal: texts, lists, names that stand for a text or the home.

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use super::tokens::Token;
use crate::limits;

/// An argument of a call, as far as it is literal.
#[derive(Clone, Debug, Default)]
pub(super) struct Argument<'a> {
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
        match (words.next().as_deref(), words.next().as_deref()) {
            (Some("drop" | "truncate" | "alter"), Some(what)) => {
                matches!(what, "table" | "database" | "schema" | "view" | "index" | "user" | "role")
            }
            (Some("delete"), Some(from)) => from == "from",
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
            match ["%s", "{}", "%d"].iter().find(|hole| text.contains(**hole)) {
                Some(hole) => text = text.replacen(hole, more, 1),
                None => text.push_str(more),
            }
        }
        text
    }
}

/// Whether a name is the home directory, and how many tokens after it belong to it: `os.environ["HOME"]`, `Dir.home`.
pub(super) fn home(name: &str, after: &[Token<'_>]) -> Option<usize> {
    let last = name.rsplit('.').next().unwrap_or(name);
    if let ("getProperty", [Token::Sign(b'('), Token::Text("user.home"), Token::Sign(b')'), ..]) = (last, after) {
        return Some(3);
    }
    // Vim's
    if name == "$HOME" {
        return Some(0);
    }
    if matches!(
        last,
        "homedir"
            | "home"
            | "HOME"
            | "user_home"
            | "user_home!"
            | "UserHomeDir"
            | "home_dir"
            | "NSHomeDirectory"
            | "getHomeDirectory"
    ) && !matches!(name, "home" | "HOME")
        || name == "homedir"
    {
        // A call's own brackets.
        return Some(if matches!(after, [Token::Sign(b'('), Token::Sign(b')'), ..]) { 2 } else { 0 });
    }
    if !matches!(last, "environ" | "ENV" | "getenv" | "ENVIRON" | "env" | "get" | "fetch" | "var") {
        return None;
    }
    match after {
        [
            Token::Sign(b'[' | b'(' | b'{'),
            Token::Text("HOME") | Token::Name("HOME", _),
            Token::Sign(b']' | b')' | b'}'),
            ..,
        ] => Some(3),
        // `(getenv "HOME")` of Lisp
        [Token::Text("HOME"), Token::Sign(b')'), ..] if last == "getenv" => Some(1),
        _ => None,
    }
}

/// What a method without arguments is called on: `Path("/srv").rmdir()`, `"ls".execute()`.
pub(super) fn receiver<'a>(before: &[Token<'a>]) -> Option<&'a str> {
    match before {
        [.., Token::Name(class, _), Token::Sign(b'('), Token::Text(text), Token::Sign(b')')] => {
            let path = class.ends_with("Path") || class.ends_with("Pathname.new") || *class == "File";
            path.then_some(text)
        }
        // `new File(System.getProperty("user.home")).deleteDir()`
        [
            ..,
            Token::Name(get, _),
            Token::Sign(b'('),
            Token::Text("user.home"),
            Token::Sign(b')'),
            Token::Sign(b')'),
        ] if get.ends_with("getProperty") => Some("~"),
        [.., Token::Text(text)] => Some(text),
        _ => None,
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
pub(super) fn directory_named<'a>(call: &[Token<'a>]) -> Option<&'a str> {
    call.windows(3).find_map(|three| match three {
        [Token::Name("cwd" | "chdir", _), Token::Sign(b'=' | b':'), Token::Text(path)] => Some(*path),
        [Token::Text("cwd" | "chdir"), Token::Sign(b':' | b','), Token::Text(path)] => Some(*path),
        _ => None,
    })
}

/// The text that is assigned: itself, out of `os.path.expanduser("~")`, or the home directory.
pub(super) fn assigned<'a>(bump: &'a Bump, value: &[Token<'a>]) -> Option<&'a str> {
    match value {
        [Token::Text(text), ..] => Some(text),
        // `Path.home() / ".config" / "gh"`
        [Token::Name(name, _), rest @ ..]
            if home(name, rest).is_some_and(|taken| rest.get(taken) == Some(&Token::Sign(b'/'))) =>
        {
            let mut parts = rest.get(home(name, rest)?..)?;
            let mut path = "~".to_owned();
            while let [Token::Sign(b'/'), Token::Text(part), after @ ..] = parts {
                path.push('/');
                path.push_str(part);
                parts = after;
            }
            Some(bump.alloc_str(&path))
        }
        // `path.join(os.homedir(), ".ssh")`, `os.path.join(home, "a", "b")`
        [Token::Name(join, _), Token::Sign(b'('), Token::Name(name, _), rest @ ..]
            if join.ends_with("join") && home(name, rest).is_some() =>
        {
            let parts = rest.get(home(name, rest)?..)?;
            let end = parts.iter().position(|token| *token == Token::Sign(b')'))?;
            let plain = |token: &Token<'_>| matches!(token, Token::Text(_) | Token::Sign(b','));
            let texts = parts[..end].iter().all(plain).then(|| parts[..end].iter().filter_map(Token::text))?;
            Some(bump.alloc_str(&texts.fold("~".to_owned(), |path, part| format!("{path}/{part}"))))
        }
        [Token::Name(name, _), rest @ ..] if home(name, rest).is_some() => Some("~"),
        [Token::Name(name, _), Token::Sign(b'('), Token::Text(text), Token::Sign(b')'), ..]
            if name.ends_with("expanduser") || name.ends_with("Path") || *name == "str" =>
        {
            Some(text)
        }
        _ => None,
    }
}

/// `"exec" + "Sync"`: the word it makes where both are short, and how many tokens it takes.
pub(super) fn joined<'a>(first: &'a str, after: &[Token<'a>]) -> (String, usize) {
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
pub(super) fn aliases<'a>(tokens: &[Token<'a>]) -> FxHashMap<&'a str, &'a str> {
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
            _ => {}
        }
    }
    if let [.., Token::Name(meant, _), Token::Name("as", _), Token::Name(alias, _)] = *tokens {
        out.entry(alias).or_insert(meant);
    }
    out
}

/// Words that are added to a command one by one: `Command::new("rm").arg("-rf").args(["/"])`.
pub(super) fn added<'a>(tokens: &[Token<'a>], from: usize) -> Vec<Argument<'a>> {
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

/// What the variable of a loop over a list of texts stands for, at its gravest: `for d in ["/etc", "/opt"]`, `%w[/etc
/// /opt].each { |d| … }`, `["/etc"].forEach(d => …)`. `grave` says whether a text names what must not be lost.
pub(super) fn listed<'a>(tokens: &[Token<'a>], grave: impl Fn(&str) -> bool) -> Option<(&'a str, &'a str)> {
    let items = |list: &[Token<'a>]| {
        let end = list.iter().position(|token| matches!(token, Token::Sign(b']' | b')' | b'}')))?;
        let texts = list[..end].iter().filter_map(Token::text);
        let gravest = texts.clone().find(|text| grave(text)).or_else(|| texts.clone().next())?;
        Some((gravest, end))
    };
    match tokens {
        [Token::Name("for", _), Token::Name(name, _), Token::Name("in", _), Token::Sign(b'[' | b'('), list @ ..]
        | [
            Token::Name("for", _),
            Token::Sign(b'('),
            Token::Name("const" | "let" | "var", _),
            Token::Name(name, _),
            Token::Name("of", _),
            Token::Sign(b'['),
            list @ ..,
        ] => items(list).map(|(text, _)| (*name, text)),
        [Token::Sign(b'['), list @ ..] => {
            let (text, end) = items(list)?;
            let name = match list.get(end + 1..)? {
                [Token::Name(each, _), Token::Sign(b'{'), Token::Sign(b'|'), Token::Name(name, _), ..]
                | [Token::Name(each, _), Token::Name("do", _), Token::Sign(b'|'), Token::Name(name, _), ..]
                | [Token::Name(each, _), Token::Sign(b'('), Token::Name(name, _), ..]
                | [Token::Name(each, _), Token::Sign(b'('), Token::Sign(b'('), Token::Name(name, _), ..]
                    if matches!(each.trim_start_matches('.'), "each" | "forEach" | "map") =>
                {
                    *name
                }
                _ => return None,
            };
            Some((name, text))
        }
        _ => None,
    }
}

/// What names in code stand for: texts, the last that each was given.
pub(super) type Strings<'a> = FxHashMap<&'a str, &'a str>;

/// A text with what the names in it stand for: `#{d}/x`, `${d}/x`, `{d}/x`.
fn filled<'a>(bump: &'a Bump, text: &'a str, strings: &Strings<'a>) -> &'a str {
    if strings.is_empty() || !text.contains('{') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, after) = rest.split_at(open);
        let named = after[1..].split_once('}').and_then(|(name, after)| Some((*strings.get(name)?, after)));
        match named {
            Some((value, after)) => {
                out.push_str(before.strip_suffix(['#', '$']).unwrap_or(before));
                out.push_str(value);
                rest = after;
            }
            None => {
                out.push_str(&rest[..=open]);
                rest = &after[1..];
            }
        }
    }
    out.push_str(rest);
    if out == text { text } else { bump.alloc_str(&out) }
}

/// Tokens that the arguments of one call may be made of.
pub(super) const LONGEST_CALL: usize = 2048;

pub(super) fn arguments<'a>(
    bump: &'a Bump,
    tokens: &[Token<'a>],
    from: usize,
    parenthesis: bool,
    strings: &Strings<'a>,
) -> (Vec<Argument<'a>>, usize) {
    let mut out = vec![Argument::default()];
    let mut level = 0_usize;
    let mut index = from;
    while index < tokens.len() && index < from + LONGEST_CALL {
        match tokens[index] {
            Token::Sign(b'(' | b'[' | b'{') => {
                // Also in an object: `new Deno.Command("rm", {args: ["-rf", "/"]})`.
                let begins = |last: &Argument<'_>| level == usize::from(parenthesis) || last.texts.is_empty();
                if tokens[index] == Token::Sign(b'[')
                    && let Some(last) = out.last_mut()
                    && begins(last)
                {
                    last.list = true;
                }
                level += 1;
            }
            Token::Sign(b')' | b']' | b'}') => {
                level = level.saturating_sub(1);
                if level == 0 && parenthesis {
                    break;
                }
            }
            Token::Sign(b',') if level <= usize::from(parenthesis) => out.push(Argument::default()),
            Token::Sign(b';' | b'\n') if level <= usize::from(parenthesis) => break,
            // `normalize("NFKC", text)`: the form is not what is said.
            Token::Text("NFKC" | "NFKD") => {}
            Token::Text(text) => {
                if let Some(last) = out.last_mut() {
                    last.texts.push(filled(bump, text, strings));
                }
            }
            // The name of a member says nothing of its value.
            Token::Name(..)
                if level > usize::from(parenthesis) && tokens.get(index + 1) == Some(&Token::Sign(b':')) => {}
            Token::Name(name, _) => {
                // `require("os").homedir()`: which module it is of says nothing more.
                if let [Token::Sign(b'('), Token::Text(_), Token::Sign(b')'), Token::Name(member, _), rest @ ..] =
                    &tokens[index + 1..]
                    && matches!(name, "require" | "__import__")
                    && home(member.trim_start_matches('.'), rest).is_some()
                {
                    index += 4;
                    continue;
                }
                if let Some(last) = out.last_mut() {
                    if let Some(taken) = home(name, &tokens[index + 1..]) {
                        last.texts.push("~");
                        index += 1 + taken;
                        continue;
                    }
                    if name == "join"
                        && let Some((text, taken)) = join(&tokens[index + 1..])
                    {
                        last.texts.push(bump.alloc_str(&text));
                        index += 1 + taken;
                        continue;
                    }
                    match strings.get(name) {
                        Some(value) => last.texts.push(value),
                        None => {
                            last.open |= !matches!(
                                name,
                                "r" | "f"
                                    | "b"
                                    | "u"
                                    | "rb"
                                    | "shell"
                                    | "True"
                                    | "true"
                                    | "check"
                                    | "os.path.join"
                                    | "Path"
                                    | "path.join"
                                    | "os.path.expanduser"
                                    | "expanduser"
                                    | "expand"
                                    | "Dir.glob"
                                    | "glob.glob"
                                    | "glob.iglob"
                                    | "joinpath"
                                    | "format"
                                    | "True_"
                                    | "recursive"
                                    | "force"
                                    | "t"
                                    | "nil"
                                    | "require"
                                    | "os"
                                    | "glob"
                                    | "pathlib.Path"
                            )
                        }
                    }
                }
            }
            Token::Sign(_) | Token::Command(..) => {}
        }
        index += 1;
    }
    (out, index)
}
