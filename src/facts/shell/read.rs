//! The reader: lists and simple commands. Compound ones are in `compound`, redirections in `redirect`, words in `word`.
//!
//! INVARIANT: time is linear in the input times the nesting limit. Nothing is parsed twice; where the grammar is
//! ambiguous (`((`, `$((`, `a[…]=`) a scan that looks only at brackets and quotes decides first.

use std::cell::OnceCell;

use bumpalo::Bump;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::ast::{
    Assign, AssignValue, Command, HereDocument, Item, Joint, List, Part, Redirect, Simple, Span, What, Word,
};
use super::bytes::{is_meta, is_meta_or_quote, is_of_name, is_quote};
use crate::limits::{COMMAND_BYTES, COMMANDS, NESTING};

/// A script as far as it could be read.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    pub list: List<'a>,
    /// What could not be read, and from where; the commands before it are in `list`, for the shell would run them.
    pub error: Option<ReadError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadError {
    pub message: &'static str,
    pub at: u32,
}

pub(super) type Read<T> = Result<T, ReadError>;

/// What is collected before it is known how many there are; usually few, which need no memory of their own.
pub(super) type Parts<'a> = SmallVec<[Part<'a>; 4]>;
type Items<'a> = SmallVec<[Item<'a>; 2]>;

/// The elements of an array: a key where one is given, and the word.
type Elements<'a> = &'a [(Option<&'a [Part<'a>]>, Word<'a>)];

/// Why a text of nothing but commands is not read to its end.
pub const MORE: &str = "more commands than gate reads";

/// Why what lies too deep in others is not read.
pub const TOO_DEEP: &str = "nested too deeply";

/// Reads what is proposed itself, of which no more commands are read than memory is there for.
#[must_use]
pub fn read_proposed<'a>(bump: &'a Bump, text: &'a str) -> Script<'a> {
    let commands_left = COMMANDS.max(text.len() / COMMAND_BYTES);
    script(bump, Reader { commands_left, ..Reader::new(bump, text, 0, 0, 0) })
}

/// Reads a script. `source` and `base` say where its bytes stand, so that every span points into the right text.
#[must_use]
pub fn read<'a>(bump: &'a Bump, text: &'a str, source: u32, depth: u32) -> Script<'a> {
    script(bump, Reader::new(bump, text, source, 0, depth))
}

fn script<'a>(bump: &'a Bump, mut reader: Reader<'a>) -> Script<'a> {
    let mut items = Items::new();
    let error = match reader.list_into(&mut items) {
        Ok(()) if reader.pos < reader.end => Some(reader.fail("unexpected word or bracket")),
        Ok(()) => None,
        Err(error) => Some(error),
    };
    Script { list: bump.alloc_slice_copy(&items), error }
}

/// Reads text in which only `$`, backquotes and `\` are special (the body of an unquoted here-document, a prompt).
///
/// # Errors
/// When a substitution in it is not closed or too deep.
pub fn read_heredoc_body<'a>(bump: &'a Bump, text: &'a str, source: u32, depth: u32) -> Read<&'a [Part<'a>]> {
    let mut reader = Reader::new(bump, text, source, 0, depth);
    reader.heredoc_parts()
}

pub(super) struct Reader<'a> {
    pub bump: &'a Bump,
    pub text: &'a str,
    pub bytes: &'a [u8],
    pub pos: usize,
    /// Where this part ends: the input, or a here-document's body.
    pub end: usize,
    pub source: u32,
    /// Offset of `text` in its source.
    pub base: u32,
    pub depth: u32,
    pub heredocs: Vec<&'a HereDocument<'a>>,
    /// How many `$(` and `<(` are open here.
    pub substitutions: u32,
    /// How many more commands are read.
    commands_left: usize,
    /// Where each line of the text stands last, without its tabs; found out once, where a here-document asks.
    last_lines: OnceCell<FxHashMap<&'a str, usize>>,
}

const KEYWORD_CLOSERS: [&str; 8] = ["then", "do", "done", "fi", "elif", "else", "esac", "}"];

impl<'a> Reader<'a> {
    pub fn new(bump: &'a Bump, text: &'a str, source: u32, base: u32, depth: u32) -> Self {
        let bytes = text.as_bytes();
        Reader {
            bump,
            text,
            bytes,
            pos: 0,
            end: bytes.len(),
            source,
            base,
            depth,
            heredocs: Vec::new(),
            substitutions: 0,
            commands_left: usize::MAX,
            last_lines: OnceCell::new(),
        }
    }

    pub fn fail(&self, message: &'static str) -> ReadError {
        ReadError { message, at: self.base + self.pos as u32 }
    }

    /// An error at the end of the text is one of what was opened last and never closed: it stands there.
    pub(super) fn opened_at(&self, start: usize, error: ReadError) -> ReadError {
        let unclosed = error.at as usize == self.base as usize + self.end && error.message.contains("not closed");
        if unclosed { ReadError { at: self.base + start as u32, ..error } } else { error }
    }

    pub fn span(&self, start: usize) -> Span {
        Span { source: self.source, start: self.base + start as u32, end: self.base + self.pos as u32 }
    }

    pub fn deeper(&mut self) -> Read<()> {
        self.depth += 1;
        if self.depth > NESTING { Err(self.fail(TOO_DEEP)) } else { Ok(()) }
    }

    pub fn peek(&self) -> u8 {
        self.at(0)
    }

    pub fn at(&self, ahead: usize) -> u8 {
        let place = self.pos + ahead;
        if place < self.end { self.bytes[place] } else { 0 }
    }

    pub fn done(&self) -> bool {
        self.pos >= self.end
    }

    pub fn starts(&self, what: &str) -> bool {
        self.bytes[self.pos.min(self.end)..self.end].starts_with(what.as_bytes())
    }

    pub fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or("")
    }

    /// Blanks, continued lines and a comment, but no newline.
    pub fn blanks(&mut self) {
        loop {
            match self.peek() {
                b' ' | b'\t' => self.pos += 1,
                b'\r' if self.at(1) == b'\n' => self.pos += 1,
                b'\\' if self.at(1) == b'\n' => self.pos += 2,
                b'\\' if self.at(1) == b'\r' && self.at(2) == b'\n' => self.pos += 3,
                b'#' if self.pos == 0 || is_meta(self.bytes[self.pos - 1]) || self.bytes[self.pos - 1] == b'`' => {
                    while !self.done() && self.peek() != b'\n' {
                        self.pos += 1;
                    }
                }
                _ => return,
            }
        }
    }

    /// Blanks and newlines; a newline is where pending here-documents are read.
    pub fn newlines(&mut self) -> Read<()> {
        loop {
            self.blanks();
            if self.done() || self.peek() != b'\n' {
                return Ok(());
            }
            self.newline()?;
        }
    }

    fn newline(&mut self) -> Read<()> {
        self.pos += 1;
        if self.heredocs.is_empty() {
            return Ok(());
        }
        for doc in std::mem::take(&mut self.heredocs) {
            let start = self.pos;
            let stop;
            loop {
                let line_start = self.pos;
                if self.done() {
                    stop = line_start; // bash warns and takes the rest as the body
                    break;
                }
                let rest = &self.bytes[self.pos..self.end];
                let length = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
                let mut line = self.slice(line_start, line_start + length);
                if doc.strip_tabs {
                    line = line.trim_start_matches('\t');
                }
                self.pos = (line_start + length + 1).min(self.end);
                if line == doc.delimiter || line.strip_suffix('\r') == Some(doc.delimiter) {
                    stop = line_start;
                    break;
                }
                // bash ends it there too, if the substitution that it stands in ends behind it (parse.y, "Backwards
                // compatibility"); other shells go on.
                let behind = line.strip_prefix(doc.delimiter).filter(|_| self.substitutions > 0);
                if let Some(behind) = behind
                    && behind.contains(')')
                {
                    if self.last_line(doc.delimiter).is_some_and(|at| at >= self.pos) {
                        self.pos = line_start;
                        return Err(self.fail("shells end this here-document in different places"));
                    }
                    stop = line_start;
                    self.pos = line_start + length - behind.len();
                    break;
                }
            }
            let after = self.pos;
            let body = self.slice(start, stop);
            let body = if doc.strip_tabs && body.contains('\t') { self.strip_tabs(body) } else { (body, start) };
            if doc.quoted {
                doc.body.set(self.bump.alloc_slice_copy(&[Part::Quoted(body.0)]));
            } else if body.1 == usize::MAX {
                // The text was copied (tabs removed): places inside point to the body's start.
                let mut inner = Reader::new(self.bump, body.0, self.source, self.base + start as u32, self.depth);
                doc.body.set(inner.heredoc_parts()?);
            } else {
                let outer_end = std::mem::replace(&mut self.end, stop);
                self.pos = start;
                let parts = self.heredoc_parts();
                self.end = outer_end;
                doc.body.set(parts?);
            }
            self.pos = after;
        }
        Ok(())
    }

    /// The byte at which a line that says just this stands last in the text.
    fn last_line(&self, line: &str) -> Option<usize> {
        let all = self.last_lines.get_or_init(|| {
            let start = self.text.as_ptr() as usize;
            let place = |line: &'a str| (line.trim_start_matches('\t'), line.as_ptr() as usize - start);
            self.text.lines().map(place).collect()
        });
        all.get(line).copied()
    }

    fn strip_tabs(&self, body: &str) -> (&'a str, usize) {
        let mut out = bumpalo::collections::String::with_capacity_in(body.len(), self.bump);
        for line in body.split_inclusive('\n') {
            out.push_str(line.trim_start_matches('\t'));
        }
        (out.into_bump_str(), usize::MAX)
    }

    /// A word that stands alone here and consists of plain letters, without consuming it.
    pub(super) fn bare_ahead(&self) -> &'a str {
        let rest = &self.bytes[self.pos.min(self.end)..self.end];
        match rest.iter().position(|byte| is_meta_or_quote(*byte)) {
            // A line that goes on with a blank: `do\\` (make's recipes have one at every end).
            Some(length) if goes_on_with_blank(&rest[length..]) => self.slice(self.pos, self.pos + length),
            Some(length) if is_quote(rest[length]) => "",
            length => self.slice(self.pos, self.pos + length.unwrap_or(rest.len())),
        }
    }

    /// The same, if it may be a reserved word by its first byte (bash(1), "RESERVED WORDS").
    pub(super) fn reserved_ahead(&self) -> &'a str {
        match self.peek() {
            b'!' | b'{' | b'}' | b'[' | b'c'..=b'f' | b'i' | b's'..=b'u' | b'w' => self.bare_ahead(),
            _ => "",
        }
    }

    pub(super) fn keyword(&mut self, word: &'static str, message: &'static str) -> Read<()> {
        self.newlines()?;
        if self.bare_ahead() == word {
            self.pos += word.len();
            Ok(())
        } else {
            Err(self.fail(message))
        }
    }

    /// A list up to whatever closes it; the caller checks the closer.
    pub fn list(&mut self) -> Read<List<'a>> {
        let mut items = Items::new();
        self.list_into(&mut items)?;
        Ok(self.bump.alloc_slice_copy(&items))
    }

    fn list_into(&mut self, items: &mut Items<'a>) -> Read<()> {
        loop {
            self.newlines()?;
            if self.done() || self.list_ends() {
                return Ok(());
            }
            let first = items.len();
            let complete = self.and_or(items);
            if complete.is_err() {
                // What the shell has read of this line never runs; the lines before it do.
                items.truncate(first);
                return complete;
            }
            self.blanks();
            match self.peek() {
                b';' if self.at(1) != b';' && self.at(1) != b'&' => self.pos += 1,
                b'&' if self.at(1) != b'&' && self.at(1) != b'>' => {
                    self.pos += 1;
                    for item in &mut items[first..] {
                        item.background = true;
                    }
                }
                b'\n' => {}
                _ if self.done() || self.list_ends() => {}
                _ => {
                    items.truncate(first);
                    return Err(self.fail("unexpected word or operator"));
                }
            }
        }
    }

    fn list_ends(&self) -> bool {
        match self.peek() {
            b')' => true,
            b';' => matches!(self.at(1), b';' | b'&'),
            b'd' | b'e' | b'f' | b't' | b'}' => KEYWORD_CLOSERS.contains(&self.bare_ahead()),
            _ => false,
        }
    }

    fn and_or(&mut self, items: &mut Items<'a>) -> Read<()> {
        let mut joint = Joint::Then;
        loop {
            let item = self.pipeline(joint)?;
            items.push(item);
            self.blanks();
            joint = if self.starts("&&") {
                Joint::And
            } else if self.starts("||") {
                Joint::Or
            } else {
                return Ok(());
            };
            self.pos += 2;
            self.newlines()?;
        }
    }

    fn pipeline(&mut self, joint: Joint) -> Read<Item<'a>> {
        self.blanks();
        let start = self.pos;
        let mut negated = false;
        loop {
            match self.reserved_ahead() {
                "!" => {
                    negated = !negated;
                    self.pos += 1;
                }
                "time" => {
                    self.pos += 4;
                    self.blanks();
                    while matches!(self.bare_ahead(), "-p" | "--") {
                        self.pos += 2;
                        self.blanks();
                    }
                }
                _ => break,
            }
            self.blanks();
            if negated_alone(self) {
                let span = self.span(start);
                return Ok(Item { joint, pipeline: &[], negated, background: false, span });
            }
        }
        let mut commands = SmallVec::<[_; 2]>::new();
        loop {
            commands.push(self.command()?);
            self.blanks();
            if self.peek() == b'|' && self.at(1) != b'|' {
                self.pos += 1 + usize::from(self.at(1) == b'&');
                self.newlines()?;
            } else {
                break;
            }
        }
        let span = self.span(start);
        Ok(Item { joint, pipeline: self.bump.alloc_slice_copy(&commands), negated, background: false, span })
    }

    pub(super) fn command(&mut self) -> Read<Command<'a>> {
        self.blanks();
        match self.commands_left.checked_sub(1) {
            Some(left) => self.commands_left = left,
            None => return Err(self.fail(MORE)),
        }
        let start = self.pos;
        let what = match self.peek() {
            b'(' if self.at(1) == b'(' && self.double_parens(self.pos) => {
                self.pos += 2;
                let parts = self.arithmetic(b')')?;
                Some(What::Arithmetic(parts))
            }
            // zsh's function without a name runs where it stands (zshmisc(1), "Anonymous Functions").
            b'(' if self.at(1) == b')' => return Err(self.fail("a function without a name")),
            b'(' => {
                self.pos += 1;
                self.deeper()?;
                let list = self.list()?;
                self.expect(b')', "`(` is not closed by `)`").map_err(|error| self.opened_at(start, error))?;
                self.depth -= 1;
                Some(What::Subshell(list))
            }
            0 if self.done() => return Err(self.fail("a command is missing at the end")),
            b'<' | b'>' | b'&' | b'|' | b';' | b')' if !matches!(self.peek(), b'<' | b'>') && !self.starts("&>") => {
                return Err(self.fail("a command is missing before this operator"));
            }
            _ => self.compound(start)?,
        };
        let Some(what) = what else { return self.simple(start) };
        let mut redirects = Vec::new();
        if !matches!(what, What::Function { .. } | What::Coprocess { .. }) {
            loop {
                self.blanks();
                match self.redirect()? {
                    Some(redirect) => redirects.push(redirect),
                    None => break,
                }
            }
        }
        let span = self.span(start);
        Ok(Command { what, redirects: self.bump.alloc_slice_copy(&redirects), span })
    }

    pub fn expect(&mut self, byte: u8, message: &'static str) -> Read<()> {
        if self.peek() == byte && !self.done() {
            self.pos += 1;
            Ok(())
        } else {
            Err(self.fail(message))
        }
    }

    fn simple(&mut self, start: usize) -> Read<Command<'a>> {
        let (mut assigns, mut words) = (SmallVec::<[_; 1]>::new(), SmallVec::<[_; 8]>::new());
        let (mut declares, mut redirects) = (Vec::new(), SmallVec::<[_; 2]>::new());
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            if words.is_empty() {
                if let Some(assign) = self.assignment()? {
                    assigns.push(assign);
                    continue;
                }
            } else if is_declaration(&words)
                && let Some(assign) = self.array_argument()?
            {
                declares.push(assign);
                continue;
            }
            let Some(word) = self.word()? else { break };
            if words.is_empty() && assigns.is_empty() && redirects.is_empty() && self.function_follows(&word) {
                self.deeper()?;
                self.newlines()?;
                let body = self.command()?;
                self.depth -= 1;
                let name = self.slice(start, (word.span.end - self.base) as usize);
                let what = What::Function { name, body: self.bump.alloc(body) };
                return Ok(Command { what, redirects: &[], span: self.span(start) });
            }
            words.push(word);
        }
        if assigns.is_empty() && words.is_empty() && redirects.is_empty() {
            return Err(self.fail("a command is missing here"));
        }
        let what = What::Simple(Simple {
            assigns: self.bump.alloc_slice_copy(&assigns),
            words: self.bump.alloc_slice_copy(&words),
            declares: self.bump.alloc_slice_copy(&declares),
        });
        let mut end = start;
        for span in words.iter().map(|w| w.span).chain(assigns.iter().map(|a| a.span)) {
            end = end.max((span.end - self.base) as usize);
        }
        for span in redirects.iter().map(|r: &Redirect<'_>| r.span).chain(declares.iter().map(|a: &Assign<'_>| a.span))
        {
            end = end.max((span.end - self.base) as usize);
        }
        let span = Span { source: self.source, start: self.base + start as u32, end: self.base + end as u32 };
        Ok(Command { what, redirects: self.bump.alloc_slice_copy(&redirects), span })
    }

    /// After a first word: `()` makes it a function. Consumes the parentheses.
    fn function_follows(&mut self, word: &Word<'a>) -> bool {
        let place = self.pos;
        self.blanks();
        if self.peek() == b'(' && word.parts.iter().all(|p| matches!(p, Part::Literal(_) | Part::Quoted(_))) {
            self.pos += 1;
            self.blanks();
            if self.peek() == b')' {
                self.pos += 1;
                return true;
            }
        }
        self.pos = place;
        false
    }

    /// `name=`, `name+=`, `name[…]=` at the start of a word.
    fn assignment(&mut self) -> Read<Option<Assign<'a>>> {
        let start = self.pos;
        let mut i = self.pos;
        if i >= self.end || !(self.bytes[i].is_ascii_alphabetic() || self.bytes[i] == b'_') {
            return Ok(None);
        }
        while i < self.end && is_of_name(self.bytes[i]) {
            i += 1;
        }
        let name = self.slice(start, i);
        let after =
            |r: &Self, i: usize| (i < r.end && r.bytes[i] == b'=') || (i + 1 < r.end && &r.bytes[i..i + 2] == b"+=");
        let mut subscript = None;
        if i < self.end && self.bytes[i] == b'[' {
            let Some(close) = self.matching_bracket(i) else { return Ok(None) };
            if !after(self, close + 1) {
                return Ok(None);
            }
            self.pos = i + 1;
            subscript = Some(self.until_bracket(close)?);
            i = close + 1;
        } else if !after(self, i) {
            return Ok(None);
        }
        let append = self.bytes[i] == b'+';
        self.pos = i + 1 + usize::from(append);
        let value = if self.peek() == b'(' && !self.done() {
            AssignValue::Array(self.array()?)
        } else {
            AssignValue::Word(self.word()?.unwrap_or(Word { parts: &[], span: self.span(self.pos) }))
        };
        Ok(Some(Assign { name, subscript, append, value, span: self.span(start) }))
    }

    fn array_argument(&mut self) -> Read<Option<Assign<'a>>> {
        let mut i = self.pos;
        while i < self.end && is_of_name(self.bytes[i]) {
            i += 1;
        }
        let plus = usize::from(i < self.end && self.bytes[i] == b'+');
        if i > self.pos && i + plus + 1 < self.end && &self.bytes[i + plus..i + plus + 2] == b"=(" {
            self.assignment()
        } else {
            Ok(None)
        }
    }

    fn array(&mut self) -> Read<Elements<'a>> {
        let start = self.pos;
        self.pos += 1;
        self.deeper()?;
        let mut items = Vec::new();
        loop {
            self.newlines()?;
            if self.done() {
                return Err(self.opened_at(start, self.fail("an array is not closed by `)`")));
            }
            if self.peek() == b')' {
                self.pos += 1;
                self.depth -= 1;
                return Ok(self.bump.alloc_slice_copy(&items));
            }
            let mut key = None;
            if self.peek() == b'['
                && let Some(close) = self.matching_bracket(self.pos)
                && (close + 1 < self.end && matches!(self.bytes[close + 1], b'=' | b'+'))
            {
                self.pos += 1;
                key = Some(self.until_bracket(close)?);
                self.pos = close + 1 + usize::from(self.bytes[close + 1] == b'+') + 1;
            }
            match self.word()? {
                Some(word) => items.push((key, word)),
                None if key.is_some() => items.push((key, Word { parts: &[], span: self.span(self.pos) })),
                None => return Err(self.fail("unexpected operator in an array")),
            }
        }
    }

    /// Parts up to the `]` at `close`.
    pub fn until_bracket(&mut self, close: usize) -> Read<&'a [Part<'a>]> {
        let outer = std::mem::replace(&mut self.end, close);
        let parts = self.arithmetic_parts();
        self.end = outer;
        self.pos = close + 1;
        parts
    }

    /// The `]` that closes the `[` at `open`, looking at brackets and quotes only, on one line, not far.
    pub fn matching_bracket(&self, open: usize) -> Option<usize> {
        let mut level = 0_usize;
        let mut i = open;
        let stop = self.end.min(open + 1024);
        while i < stop {
            match self.bytes[i] {
                b'[' => level += 1,
                b']' => {
                    level -= 1;
                    if level == 0 {
                        return Some(i);
                    }
                }
                b'\\' => i += 1,
                b'\'' => i += 1 + self.bytes[i + 1..stop].iter().position(|b| *b == b'\'')?,
                b'\n' | b';' if level <= 1 => return None,
                _ => {}
            }
            i += 1;
        }
        None
    }

    /// Whether `((` at `open` is arithmetic: the matching bracket of the first is followed by one that closes both.
    pub fn double_parens(&self, open: usize) -> bool {
        let mut level = 0_i32;
        let mut i = open;
        while i < self.end {
            match self.bytes[i] {
                b'(' => level += 1,
                b')' => {
                    level -= 1;
                    if level == 1 && i + 1 < self.end && self.bytes[i + 1] == b')' {
                        return true;
                    }
                    if level <= 1 {
                        return false;
                    }
                }
                b'\\' => i += 1,
                b'\'' => match self.bytes[i + 1..self.end].iter().position(|b| *b == b'\'') {
                    Some(n) => i += n + 1,
                    None => return false,
                },
                _ => {}
            }
            i += 1;
        }
        false
    }
}

/// `!` and `time` may stand without a command.
fn negated_alone(reader: &Reader<'_>) -> bool {
    reader.done() || matches!(reader.peek(), b'\n' | b';' | b')') || reader.starts("&&") || reader.starts("||")
}

pub fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| is_of_name(b) && !b.is_ascii_digit()) && bytes.all(is_of_name)
}

/// Whether the words begin with a builtin whose further words are assignments (bash(1), "SIMPLE COMMANDS").
pub fn is_declaration(words: &[Word<'_>]) -> bool {
    let first = words.iter().find_map(|w| match w.bare() {
        Some("command" | "builtin") => None,
        other => Some(other),
    });
    matches!(first, Some(Some("declare" | "typeset" | "local" | "export" | "readonly")))
}

/// Whether a line ends here with a backslash, and what follows on the next one belongs to no word begun here (bash(1),
/// "QUOTING").
fn goes_on_with_blank(mut rest: &[u8]) -> bool {
    while let [b'\\', b'\n', after @ ..] | [b'\\', b'\r', b'\n', after @ ..] = rest {
        if after.first().is_none_or(|byte| is_meta(*byte)) {
            return true;
        }
        rest = after;
    }
    false
}
