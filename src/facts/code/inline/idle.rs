//! Functions that code defines and nobody calls: what stands in them does not run. To have a file of models read, or a tool
//! asked for its help, is everyday, whatever they could delete. Nor do texts that code only puts into a file.

use bumpalo::Bump;

use super::names::Names;
use super::scopes::expression_ends;
use super::snippet::Snippet;
use super::tokens::{Token, closes_at};
use crate::facts::analysis::Analysis;
use crate::facts::brackets::{ROUND, closing_behind};
use crate::facts::code::interpreters;
use crate::facts::targets::globs;

/// Functions, and bytes of all texts, that are looked through; of more, nobody vouches that none is called.
const MOST: usize = 64;
const LONGEST: usize = 64 << 10;

impl<'a> Analysis<'a> {
    /// The tokens of the bodies that nothing runs: each from its first to the one behind its last.
    pub(super) fn idle(&self, code: &Snippet<'a>, names: &Names<'a>, call: u32) -> Vec<(usize, usize)> {
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
            || code.text.contains(['\r', '\u{2028}', '\u{2029}'])
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
        idle.filter_map(|scope| Some((scope.start, self::ends(code, scope.start)?.min(scope.end)))).collect()
    }
}

/// The token behind a body that begins at one, where nothing of what follows can be taken for a part of it; none if that
/// cannot be told.
fn ends(code: &Snippet<'_>, start: usize) -> Option<usize> {
    let body = code.tokens.get(start..)?;
    if code.language == "javascript" {
        // What stands between slashes may be a brace of a pattern's.
        let end = |length: usize| (!body[..length].contains(&Token::Sign(b'/'))).then_some(start + length);
        return match body {
            [Token::Sign(b'{'), inside @ ..] => end(closes_at(inside)? + 1),
            [Token::Sign(b'='), Token::Sign(b'>'), Token::Sign(b'{'), inside @ ..] => end(closes_at(inside)? + 3),
            [Token::Sign(b'='), Token::Sign(b'>'), inside @ ..] => end(expression_ends(inside) + 2),
            _ => None,
        };
    }
    let defined = code.tokens[..start].iter().rev().find_map(|token| match token {
        Token::Name(name, at) => Some((*name, *at)),
        _ => None,
    });
    let from = code.text[..defined?.1].rfind("def ")?;
    let behind = match code.language {
        "ruby" => ends_in_ruby(&code.text[from..]),
        _ => ends_in_python(code.text, from),
    };
    let behind = |token: &Token<'_>| matches!(token, Token::Name(_, at) if *at >= from + behind);
    Some(body.iter().position(behind).map_or(code.tokens.len(), |length| start + length))
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
fn ends_in_python(text: &str, from: usize) -> usize {
    let inset = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let begins = text[..from].rfind('\n').map_or(0, |at| at + 1);
    let own = inset(&text[begins..]);
    let definition = &text[from..];
    let head = definition.find('(').map_or(0, |at| at + 1 + closing_behind(&definition[at + 1..], ROUND));
    let mut at = definition[head..].find('\n').map_or(definition.len(), |end| head + end + 1);
    for line in definition[at..].split_inclusive('\n') {
        let said = line.trim();
        if !said.is_empty() && !said.starts_with('#') && inset(line) <= own {
            return at;
        }
        at += line.len();
    }
    at
}

impl<'a> Snippet<'a> {
    /// Its text with blanks in the place of these bodies, and of what it only puts into another text.
    pub(super) fn without(&self, bump: &'a Bump, bodies: &[(usize, usize)]) -> &'a str {
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
