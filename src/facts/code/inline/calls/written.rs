//! What inline code writes into files: what runs or loads them later runs that.

use super::super::Pass;
use super::super::expressions::expression;
use super::super::names::Names;
use super::super::names::homes::with_home;
use super::super::syntax::tokens::{Token, closes_at};
use super::super::whole::snippet::Snippet;
use super::arguments::Argument;
use super::{Made, for_writing};
use crate::facts::Effect;
use crate::facts::analysis::{Analysis, MORE};
use crate::facts::files::guarded::Change;
use crate::facts::knowledge::{Kind, Subject};
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::value::{Data, Taint, Val};
use crate::limits;

/// Tokens between the name of what writes and the text: a handle, brackets.
const FARTHEST: usize = 6;

/// The file that a call opens for writing, or writes.
struct Written<'a> {
    path: &'a str,
    /// What was in it before stays.
    append: bool,
    /// What the call itself writes; what is written into an open file is said later.
    text: Option<String>,
}

impl<'a> Analysis<'a> {
    /// Remembers what a call writes into the file that it names or opens; `given` is what stands in its brackets, `after`
    /// what follows it.
    pub(in super::super) fn written(
        &mut self,
        pass: &Pass<'_, 'a>,
        made: Made<'_, 'a>,
        given: &[Token<'a>],
        after: &[Token<'a>],
    ) {
        let names = &pass.names;
        // What is made of a text that is there: `f.write(s.replace("a", "b"))`.
        let written = made.writes();
        if let Some(Written { path, .. }) = written
            && after.iter().take(FARTHEST * 2).any(replaces)
        {
            self.puts_into_jobs(pass.code, path, pass.span(0, 0), pass.call);
        }
        let origin = || pass.origin_of(given).or_else(|| pass.origin_of(given_later(after, names)));
        let (path, append, data) = match written {
            Some(Written { path, append, text }) => match origin() {
                Some(origin) => {
                    self.puts_into_jobs(pass.code, path, pass.span(0, 0), pass.call);
                    (path, append, Data::unknown(path, origin | Taint::OPAQUE))
                }
                None => {
                    let Some(text) = text.or_else(|| self.written_later(after, names)) else {
                        return self.holds_an_answer(pass, path, append);
                    };
                    names.takes(text.len());
                    let text = with_home(self.bump, self.bump.alloc_str(&text), false);
                    (path, append, Data::known(Val::Lit(text)))
                }
            },
            // `urlretrieve("https://…", "tool")`
            None => match made.arguments {
                [_, Argument { texts, open: false, .. }, ..]
                    if made.function.names.iter().any(|name| names.knows("downloads-to-files", name)) =>
                {
                    let [path] = texts[..] else { return };
                    let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Through);
                    let marks: &'a [&'a str] = &["download"];
                    self.effect(Effect { marks, ..Effect::new(Kind::Write, target, pass.call, pass.span(0, 0)) });
                    (path, false, Data::unknown(path, Taint::NETWORK | Taint::OPAQUE))
                }
                _ => return,
            },
        };
        let path = Val::Lit(self.tilde_expanded(path));
        let target = self.path_target(path, Look::Through);
        let name = self.remembered_as(&target, path);
        self.planted(target, &data, pass.span(0, 0), pass.call);
        if let Some(mark @ "unsigned-source") = self.harmless_addition(Kind::Write, &data) {
            let wrote = |effect: &&mut Effect<'a>| effect.does == Kind::Write && effect.target.path == target.path;
            if let Some(effect) = self.facts.effects.iter_mut().rev().find(wrote).filter(|_| target.path.is_some()) {
                effect.mark(self.bump, mark);
            }
        }
        self.remember(name, data, append);
    }

    /// A file of which the code does not say what it writes there may hold what it asks another machine for, or the
    /// commands that it puts in the place of something.
    fn holds_an_answer(&mut self, pass: &Pass<'_, 'a>, path: &'a str, append: bool) {
        if self.in_residual {
            return;
        }
        if path.ends_with(".json") {
            let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Through);
            self.told_to_agents(target, &settings_set(&pass.code.tokens), pass.span(0, 0), pass.call);
        }
        self.puts_into_jobs(pass.code, path, pass.span(0, 0), pass.call);
        let asks = || pass.code.says("://") && pass.origin_of(&pass.code.tokens) == Some(Taint::NETWORK);
        let data = if asks() {
            Data::unknown("", Taint::NETWORK | Taint::OPAQUE)
        } else if ["replace", "sub("].iter().any(|word| pass.code.says(word)) {
            match self.commands_among(put_in_place(&pass.code.tokens)) {
                none if none.is_empty() => return,
                commands => Data { spoken: self.bump.alloc_str(&commands), ..Data::unknown("", Taint::OPAQUE) },
            }
        } else {
            // `print("…", file=open("x", "w"))`, `f.writelines(["…"])`: whichever of its texts it is.
            let texts = || pass.code.tokens.iter().filter_map(Token::text);
            match *pass.code.spoken.get_or_init(|| self.bump.alloc_str(&self.commands_among(texts()))) {
                "" => return,
                spoken => Data { spoken, ..Data::unknown("", Taint::OPAQUE) },
            }
        };
        let path = Val::Lit(self.tilde_expanded(path));
        let target = self.path_target(path, Look::Through);
        let name = self.remembered_as(&target, path);
        self.remember(name, data, append);
    }

    /// Every file of a folder of jobs that code goes through and writes: `for f in glob(".github/workflows/*.yml"): …`.
    pub(in super::super) fn puts_into_all_jobs(&mut self, code: &Snippet<'a>, span: Span, call: u32) {
        let lists = self.know.lists();
        let goes = ["goes-through", "goes-through-itself"].into_iter().any(|list| code.says_one_of(lists, list));
        if !goes || !code.says_one_of(lists, "calls-that-write") {
            return;
        }
        let folders = code.tokens.iter().filter_map(Token::text).filter(|text| text.contains('/'));
        for folder in folders.take(limits::VALUES) {
            let one =
                if folder.ends_with(['l', '*']) { folder } else { self.bump.alloc_str(&format!("{folder}/*.yml")) };
            self.puts_into_jobs(code, one, span, call);
        }
    }

    /// What code of which it is not told what it writes puts into a file that runs by itself: whichever of its texts it is.
    fn puts_into_jobs(&mut self, code: &Snippet<'a>, path: &'a str, span: Span, call: u32) {
        let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Through);
        if self.in_residual {
            return;
        }
        if self.instructs_agents(target) {
            let said: Vec<&str> = code.tokens.iter().filter_map(Token::text).collect();
            return self.told_to_agents(target, &said.join("\n"), span, call);
        }
        if target.classes & self.know.classes().self_running() == 0 {
            return;
        }
        if !code.jobs_changed.borrow_mut().insert(path) {
            return;
        }
        if code.jobs_changed.borrow().len() > limits::VALUES {
            return self.unread(span, MORE, false);
        }
        let tokens = &code.tokens;
        let changes = changes_in(tokens);
        self.guards_changed(target, &changes, span, call);
        // A piece of a pipeline, or one command.
        let (pieces, commands): (Vec<&str>, Vec<&str>) =
            put_in_place(tokens).partition(|text| ["run:", "script:", "steps:"].iter().any(|key| text.contains(key)));
        let commands: Vec<&str> = commands.into_iter().filter(|text| text.contains(' ')).take(limits::VALUES).collect();
        let steps = serde_json::json!({ "script": commands }).to_string();
        for text in pieces.into_iter().take(limits::VALUES).chain([&*steps]) {
            let text = self.bump.alloc_str(text);
            self.planted(target, &Data::known(Val::Lit(text)), span, call);
        }
    }

    /// What is written into a file that was opened, until the next one is; none if a part of it is not known.
    fn written_later(&self, after: &[Token<'a>], names: &Names<'a>) -> Option<String> {
        let last = |name: &'a str| name.rsplit(['.', ':']).next().unwrap_or(name);
        let mut text = None;
        for (at, token) in after.iter().enumerate() {
            let Token::Name(name, _) = token else { continue };
            let name = last(name);
            // What is gone through again for each file that is opened counts.
            if name == "open" || name == "fopen" || names.takes_one() {
                break;
            }
            if !names.knows("writes-to-open-files", name) {
                continue;
            }
            let text: &mut String = text.get_or_insert_default();
            text.push_str(self.text_written(&after[at + 1..], names)?);
            if names.knows("writes-lines", name) && !text.ends_with('\n') {
                text.push('\n');
            }
        }
        text
    }

    /// The text that a call writes whose arguments begin here: the last that it is given, if that is known as a whole.
    fn text_written(&self, given: &[Token<'a>], names: &Names<'a>) -> Option<&'a str> {
        (0..given.len().min(FARTHEST)).find_map(|from| {
            let found = expression(self.bump, &given[from..], names).filter(|found| !found.open)?;
            let ends = matches!(
                given.get(from + found.taken..).unwrap_or_default(),
                [] | [Token::Sign(b')' | b';' | b'\n' | b'}'), ..]
                    // `print("…", file=f)`
                    | [Token::Sign(b','), Token::Name("file", _), Token::Sign(b'='), ..]
            );
            ends.then_some(found.text)
        })
    }
}

/// The changes that code makes of a text: what it replaces, and whatever else is one of its texts and opens a pipeline by itself.
fn changes_in<'a>(tokens: &[Token<'a>]) -> Vec<Change<'a>> {
    // `re.sub(r"a", r"b", …)`
    let raw = |tokens: &'_ [Token<'a>]| usize::from(matches!(tokens, [Token::Name("r", _), Token::Text(_), ..]));
    let replaced = (0..tokens.len()).filter_map(|at| {
        let [name, Token::Sign(b'('), given @ ..] = &tokens[at..] else { return None };
        let [Token::Text(from), Token::Sign(b','), put @ ..] = &given[raw(given)..] else { return None };
        let [Token::Text(to), ..] = &put[raw(put)..] else { return None };
        replaces(name).then_some(Change { looked_for: from, put: to, lines: false })
    });
    let mut changes: Vec<Change<'a>> = replaced.take(limits::UNROLL).collect();
    let known = |text: &str| changes.iter().any(|change| change.looked_for.contains(text) || change.put == text);
    // What it only says or looks for is longer: `assert "pull_request_target" in s`.
    let set = |at: usize| {
        !matches!(tokens.get(at.wrapping_sub(1)), Some(Token::Name("assert" | "in" | "not" | "print", _)))
            && !matches!(tokens.get(at + 1), Some(Token::Name("in" | "not", _)))
    };
    let others = tokens.iter().enumerate().filter_map(|(at, token)| token.text().filter(|_| set(at)));
    let plain = |text: &&str| !text.contains(' ') || text.contains(':');
    let others: Vec<&'a str> = others.filter(plain).filter(|text| !known(text)).take(limits::UNROLL).collect();
    changes.extend(others.into_iter().map(Change::added));
    changes
}

/// Whether a name is that of what replaces a part of a text.
fn replaces(token: &Token<'_>) -> bool {
    matches!(token, Token::Name(name, _) if name.contains("replace") || name.ends_with("sub"))
}

/// What the first call that writes into an open file is given.
fn given_later<'t, 'a>(after: &'t [Token<'a>], names: &Names<'a>) -> &'t [Token<'a>] {
    let writes = |token: &Token<'_>| match token {
        Token::Name(name, _) => names.knows("writes-to-open-files", name.rsplit(['.', ':']).next().unwrap_or(name)),
        _ => false,
    };
    let Some(at) = after.iter().take(FARTHEST).position(writes) else { return &[] };
    let given = after.get(at + 2..).unwrap_or_default();
    &given[..closes_at(given).unwrap_or(0)]
}

impl<'a> Made<'_, 'a> {
    fn writes(&self) -> Option<Written<'a>> {
        if self.function.does == "perl-open" {
            let (mode, path) = self.opened_in_perl()?;
            return mode.contains('>').then(|| Written { path, append: mode.contains(">>"), text: None });
        }
        let [path, rest @ ..] = self.arguments else { return None };
        let [path] = path.texts[..] else { return None };
        if self.arguments[0].open {
            return None;
        }
        let first = rest.first();
        let mode = first.and_then(|mode| mode.texts.first()).filter(|mode| for_writing(mode));
        match (self.function.does, mode) {
            ("send" | "fetch" | "message" | "shell" | "sql", _) => None,
            (_, Some(mode)) => Some(Written { path, append: mode.starts_with('a'), text: None }),
            // Not what copies from one file to another.
            ("write" | "append", None) if !matches!(self.function.subject, Subject::Argument(1..)) => {
                let append = self.function.does == "append" || self.says(["ppend", "APPEND"]);
                let known = first.filter(|text| !text.open && !text.texts.is_empty());
                Some(Written { path, append, text: known.map(|text| text.texts.concat()) })
            }
            _ => None,
        }
    }
}

/// The settings that code sets one by one, as a file of JSON says them: `s["chat.tools.autoApprove"] = True`.
fn settings_set(tokens: &[Token<'_>]) -> String {
    let set = tokens.windows(4).filter_map(|four| match four {
        [Token::Text(name), Token::Sign(b']'), Token::Sign(b'='), Token::Name(value, _)] => {
            Some(format!("\"{name}\":{}", value.to_ascii_lowercase()))
        }
        [Token::Text(name), Token::Sign(b']'), Token::Sign(b'='), Token::Text(value)] => {
            Some(format!("\"{name}\":\"{value}\""))
        }
        _ => None,
    });
    set.take(limits::UNROLL).collect::<Vec<_>>().join(",")
}

/// The texts of code but for those that it looks for, to put others in their place: `s.replace("a", "b")`.
fn put_in_place<'a>(tokens: &[Token<'a>]) -> impl Iterator<Item = &'a str> {
    let looked_for = |at: usize| match tokens.get(at.wrapping_sub(2)..at) {
        Some([Token::Name(name, _), Token::Sign(b'(')]) => name.contains("replace") || name.ends_with("sub"),
        _ => false,
    };
    let texts = tokens.iter().enumerate().filter(move |(at, _)| !looked_for(*at));
    texts.filter_map(|(_, token)| token.text())
}
