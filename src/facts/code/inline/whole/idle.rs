//! Functions that code defines and nobody calls: what stands in them does not run. To have a file of models read, or a tool
//! asked for its help, is everyday, whatever they could delete. Nor do texts that code only puts into a file.

use bumpalo::Bump;

use super::super::names::Names;
use super::super::names::scopes::expression_ends;
use super::super::syntax::tokens::{Token, closes_at};
use super::snippet::Snippet;
use crate::facts::analysis::Analysis;
use crate::facts::brackets::{ROUND, closing_behind};
use crate::facts::code::interpreters;
use crate::facts::targets::globs;

/// Functions, and bytes of all texts, that are looked through; of more, nobody vouches that none is called.
const MOST: usize = 64;
const LONGEST: usize = 64 << 10;

impl<'a> Analysis<'a> {
    /// The tokens of the bodies that nothing runs: each from its first to the one behind its last.
    pub(in super::super) fn idle(&self, code: &Snippet<'a>, names: &Names<'a>, call: u32) -> Vec<(usize, usize)> {
        let Some(call) = self.facts.calls.get(call as usize) else { return Vec::new() };
        let vocabulary = self.know.vocabulary();
        let sources = || self.facts.sources.iter().map(|source| source.text);
        // Only what an interpreter is given runs from its first line on; a module may call what it is given.
        let runs_it = interpreters::language(call.program) == code.language
            && matches!(code.language, "python" | "javascript" | "ruby")
            && !call.words.iter().any(|word| matches!(word.val.lit(), None | Some("-m" | "-i" | "--test")));
        if !runs_it
            || self.embedding
            || names.scopes.is_empty()
            || names.scopes.len() > MOST
            || sources().map(str::len).sum::<usize>() > LONGEST
            // Ends of lines to some, and to others not.
            || code.text.contains(['\r', '\u{b}', '\u{c}', '\u{2028}', '\u{2029}'])
            // Comments of browsers, names that are written in another way, and what is made of a function where it is defined.
            || ["<!--", "-->", "\\u", "\\x"].iter().any(|sign| code.text.contains(sign))
            || code.language == "python" && code.text.lines().any(|line| line.trim_start().starts_with('@'))
            // Who inherits may be called by what is behind it.
            || code.says("extends") || code.says("class ") && (code.language != "javascript") && inherits(code.text)
            || sources().any(|text| vocabulary.lists.named_in("calls-by-computed-names", text))
        {
            return Vec::new();
        }
        // What else was read, without this text where it stands in there.
        let others: Vec<String> = sources().map(|text| text.replace(code.text, "")).collect();
        let idle = names.scopes.iter().filter(|scope| {
            let name = scope.name.rsplit('.').next().unwrap_or(scope.name);
            name.len() > 2
                && !name.starts_with("__")
                && !name.starts_with(|c: char| c.is_uppercase())
                && !globs::listed(&vocabulary.lists, "called-by-others", name)
                && defines(code.text, name)
                && !decorated(code.text, name)
                && said_outside(code, name, (scope.start, scope.end)) == 1
                && others.iter().all(|text| said(text, name) == 0)
        });
        idle.filter_map(|scope| {
            let name = scope.name.rsplit('.').next().unwrap_or(scope.name);
            Some((scope.start, self::ends(code, name, scope.start)?.min(scope.end)))
        })
        .collect()
    }
}

/// The token behind a body that begins at one, where nothing of what follows can be taken for a part of it; none if that
/// cannot be told, or what is defined there may be called where it stands.
fn ends(code: &Snippet<'_>, name: &str, start: usize) -> Option<usize> {
    let body = code.tokens.get(start..)?;
    if code.language == "javascript" {
        return ends_in_javascript(code.tokens.as_slice(), name, start);
    }
    // Its head ends there: what a function gives back may be worked out where it is defined.
    if code.language == "python" && body.first() != Some(&Token::Sign(b':')) {
        return None;
    }
    let defined = code.tokens[..start].iter().rev().find_map(|token| match token {
        Token::Name(name, at) => Some((*name, *at)),
        _ => None,
    });
    let from = code.text[..defined?.1].rfind("def ")?;
    let line = code.text[..from].rfind('\n').map_or(0, |at| at + 1);
    // Methods of an object are also called by what it is handed to.
    let method = code.language == "python" && line != from;
    if method && !is_never_made(code.text, line) || !code.text[line..from].trim().is_empty() {
        return None;
    }
    let behind = match code.language {
        "ruby" => ends_in_ruby(&code.text[from..]),
        _ => ends_in_python(code.text, from)?,
    };
    let behind = |token: &Token<'_>| matches!(token, Token::Name(_, at) if *at >= from + behind);
    Some(body.iter().position(behind).map_or(code.tokens.len(), |length| start + length))
}

/// The same in JavaScript: of a function that is declared as a statement, or is all that a name is given.
fn ends_in_javascript(tokens: &[Token<'_>], name: &str, start: usize) -> Option<usize> {
    let body = &tokens[start..];
    // What stands between slashes may be a brace of a pattern's.
    let end = |length: usize| (!body[..length].contains(&Token::Sign(b'/'))).then_some(start + length);
    let named = |at: &usize| matches!(tokens[*at], Token::Name(said, _) if said.rsplit('.').next() == Some(name));
    let at = (0..start).rev().find(named)?;
    let opens = |from: usize| {
        let inside = tokens.get(from..)?.strip_prefix(&[Token::Sign(b'(')])?;
        (from + 1 + closes_at(inside)? + 1 == start).then_some(())
    };
    let is = |at: usize, word: &str| matches!(tokens.get(at), Some(Token::Name(said, _)) if *said == word);
    let braces = match body {
        [Token::Sign(b'{'), inside @ ..] => Some(closes_at(inside)? + 2),
        _ => None,
    };
    if at > 0 && is(at - 1, "function") {
        let first = if at > 1 && is(at - 2, "async") { at - 2 } else { at - 1 };
        opens(at + 1)?;
        return begins_a_statement(&tokens[..first]).then(|| end(braces?))?;
    }
    // `const f = (x) => …`, `const f = function (x) { … }`
    let exported = matches!(tokens[at], Token::Name(said, _) if said.contains("exports."));
    let declared = at > 0 && ["const", "let", "var"].iter().any(|word| is(at - 1, word))
        || exported && begins_a_statement(&tokens[..at]);
    if !declared || tokens.get(at + 1) != Some(&Token::Sign(b'=')) {
        return None;
    }
    let from = if is(at + 2, "async") { at + 3 } else { at + 2 };
    if is(from, "function") {
        opens(from + 1)?;
        let length = braces?;
        let calls = |token: &Token<'_>| matches!(token, Token::Sign(b'(' | b'`' | b'.' | b'[' | b'?' | b',' | b'/'));
        let next = body[length..].iter().find(|token| **token != Token::Sign(b'\n'));
        return next.is_none_or(|next| !calls(next)).then(|| end(length))?;
    }
    opens(from)?;
    match body {
        [Token::Sign(b'='), Token::Sign(b'>'), Token::Sign(b'{'), inside @ ..] => end(closes_at(inside)? + 4),
        [Token::Sign(b'='), Token::Sign(b'>'), inside @ ..] => end(expression_ends(inside) + 2),
        _ => None,
    }
}

/// Whether what follows these tokens begins a statement, and is no operand of something before it.
fn begins_a_statement(before: &[Token<'_>]) -> bool {
    let newline = before.last() == Some(&Token::Sign(b'\n'));
    match before.iter().rev().find(|token| **token != Token::Sign(b'\n')) {
        None | Some(Token::Sign(b';' | b'}')) => true,
        Some(Token::Sign(b')' | b']') | Token::Text(_)) => newline,
        Some(Token::Name(name, _)) => {
            let operators =
                ["new", "typeof", "void", "delete", "return", "await", "yield", "default", "in", "of", "throw"];
            newline && !operators.contains(name) && *name != "instanceof" && *name != "case"
        }
        _ => false,
    }
}

/// Bytes by which a line is set in.
fn inset(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// Whether the class that a line of Python stands in is named nowhere but where it is defined.
fn is_never_made(text: &str, line: usize) -> bool {
    let own = inset(&text[line..]);
    let outer = text[..line].lines().rev().find(|line| !line.trim().is_empty() && inset(line) < own);
    let class = outer.and_then(|line| line.trim_start().strip_prefix("class "));
    let name = class.map(|rest| rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default());
    name.is_some_and(|name| !name.is_empty() && said(text, name) == 1)
}

/// Bytes from `def` to the first word that could end a method.
fn ends_in_ruby(definition: &str) -> usize {
    let word = |at: usize, word: &str| {
        let within = |c: char| c.is_alphanumeric() || c == '_';
        !definition[..at].ends_with(within) && !definition[at + word.len()..].starts_with(within)
    };
    let end = definition.match_indices("end").map(|(at, _)| at).find(|at| word(*at, "end"));
    // `def f(x) = x`
    let line = definition.split(['\n', ';']).next().unwrap_or_default();
    if line.split_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('=')) {
        return line.len();
    }
    end.map_or(definition.len(), |at| at + "end".len())
}

/// Bytes from `def`, where that stands, to the first line behind its head that stands no further in.
fn ends_in_python(text: &str, from: usize) -> Option<usize> {
    let begins = text[..from].rfind('\n').map_or(0, |at| at + 1);
    let own = inset(&text[begins..]);
    let definition = &text[from..];
    let opens = definition.find('(')?;
    let head = opens + 1 + closing_behind(&definition[opens + 1..], ROUND);
    // A bracket in a text is none.
    if definition[..head].contains(['"', '\'', '#']) {
        return None;
    }
    let mut at = definition[head..].find('\n').map_or(definition.len(), |end| head + end + 1);
    for line in definition[at..].split_inclusive('\n') {
        let said = line.trim();
        if !said.is_empty() && !said.starts_with('#') && inset(line) <= own {
            return Some(at);
        }
        at += line.len();
    }
    Some(at)
}

impl<'a> Snippet<'a> {
    /// Its text with blanks in the place of these bodies, and of what it only puts into another text.
    pub(in super::super) fn without(&self, bump: &'a Bump, bodies: &[(usize, usize)]) -> &'a str {
        let bodies = bodies.iter().filter_map(|body| bytes_of(self, *body));
        let idle: Vec<(usize, usize)> = bodies.chain(self.rewordings()).collect();
        if idle.is_empty() {
            return self.text;
        }
        let mut text = self.text.to_owned();
        for (first, end) in idle {
            if let Some(inside) = self.text.get(first..end) {
                text.replace_range(first..end, &" ".repeat(inside.len()));
            }
        }
        bump.alloc_str(&text)
    }

    /// Where the texts stand, in bytes, that take the place of others in a file which Python edits, as agents do:
    /// `s = s.replace("old(", "new(")`. None where a text may be run.
    fn rewordings(&self) -> Vec<(usize, usize)> {
        let runs = ["exec(", "eval(", "compile(", "subprocess", "system(", "popen", "getattr("];
        if self.language != "python" || !self.says("replace(") || runs.iter().any(|word| self.says(word)) {
            return Vec::new();
        }
        let mut out = Vec::new();
        for (at, two) in self.tokens.windows(2).enumerate() {
            let (Token::Name(name, start), Token::Sign(b'(')) = (two[0], two[1]) else { continue };
            let inside = &self.tokens[at + 2..];
            let replaces = *name == *"replace" || name.ends_with(".replace");
            let Some(length) = closes_at(inside).filter(|_| replaces) else { continue };
            let only_texts =
                inside[..length].iter().all(|token| matches!(token, Token::Text(_) | Token::Sign(b',' | b'\n')));
            let behind = inside[length..].iter().find_map(|token| match token {
                Token::Name(_, start) => Some(*start),
                _ => None,
            });
            if only_texts && let Some(end) = behind {
                out.push((start + name.len(), end));
            }
        }
        out
    }
}

/// Where a body stands in the text: from its first name to the end of its last, with what that is given.
fn bytes_of(code: &Snippet<'_>, (start, end): (usize, usize)) -> Option<(usize, usize)> {
    let mut vocabulary = code.tokens.get(start..end)?.iter().filter_map(|token| match token {
        Token::Name(_, at) => Some(*at),
        _ => None,
    });
    let first = vocabulary.next()?;
    let last = vocabulary.next_back().unwrap_or(first);
    // Up to the next name, which stands behind the body, or to the end of it all.
    let next = code.tokens.get(end..)?.iter().find_map(|token| match token {
        Token::Name(_, at) => Some(*at),
        _ => None,
    });
    let end = next.filter(|next| *next > last).unwrap_or(code.text.len());
    Some((first, end))
}

/// Whether a class is made of another one.
fn inherits(text: &str) -> bool {
    text.lines().map(str::trim_start).any(|line| line.starts_with("class ") && line.contains(['(', '<']))
}

/// How often a text says a word.
fn said(text: &str, word: &str) -> usize {
    let within = |c: char| c.is_alphanumeric() || c == '_';
    let whole = |at: &usize| !text[..*at].ends_with(within) && !text[at + word.len()..].starts_with(within);
    text.match_indices(word).map(|(at, _)| at).filter(whole).count()
}

/// How often code says the name of a function outside of its body: once where it is defined.
fn said_outside(code: &Snippet<'_>, name: &str, body: (usize, usize)) -> usize {
    match bytes_of(code, body).and_then(|(first, end)| Some((code.text.get(..first)?, code.text.get(end..)?))) {
        Some((before, after)) => said(before, name) + said(after, name),
        None => said(code.text, name),
    }
}

/// Whether it says outright that this is a function: what has a block behind it may be a call.
fn defines(text: &str, name: &str) -> bool {
    let starts = ["def ", "function ", "exports.", "const ", "let ", "var "];
    starts.iter().any(|start| said(text, &format!("{start}{name}")) == 1)
}

/// Whether something is made of a function where it is defined: Python's `@app.route("/")`.
fn decorated(text: &str, name: &str) -> bool {
    let mut before = "";
    for line in text.lines().map(str::trim) {
        let starts = ["def ", "async def "]
            .iter()
            .any(|start| line.strip_prefix(start).is_some_and(|rest| rest.starts_with(name)));
        if starts && before.starts_with('@') {
            return true;
        }
        before = line;
    }
    false
}
