//! Compound commands: `if`, `for`, `while`, `case`, `{ … }`, `( … )` (bash(1), "Compound Commands").

use super::ast::{ArmEnd, CaseArm, List, What};
use super::bytes::is_meta;
use super::read::{Read, Reader, is_name};

impl<'a> Reader<'a> {
    pub(super) fn compound(&mut self, start: usize) -> Read<Option<What<'a>>> {
        self.compound_command(start).map_err(|error| self.opened_at(start, error))
    }

    fn compound_command(&mut self, start: usize) -> Read<Option<What<'a>>> {
        let word = self.reserved_ahead();
        if !matches!(word, "{" | "if" | "while" | "until" | "for" | "select" | "case" | "[[" | "function" | "coproc") {
            return Ok(None);
        }
        self.deeper()?;
        self.pos += word.len();
        let what = match word {
            "{" => {
                let list = self.list()?;
                self.keyword("}", "`{` is not closed by `}`")?;
                What::Group(list)
            }
            "if" => self.if_command()?,
            "while" | "until" => {
                let condition = self.list()?;
                let body = self.do_group()?;
                What::While { condition, body, until: word == "until" }
            }
            "for" | "select" => self.for_command(word == "select")?,
            "case" => self.case_command()?,
            "[[" => {
                let condition = self.condition()?;
                What::Condition(self.bump.alloc(condition))
            }
            "function" => {
                self.blanks();
                let name_start = self.pos;
                while !self.done() && !is_meta(self.peek()) {
                    self.pos += 1;
                }
                let name = self.slice(name_start, self.pos);
                if matches!(name, "{" | "") {
                    // zsh's function without a name runs where it stands (zshmisc(1), "Anonymous Functions").
                    self.pos = name_start;
                    return Err(self.fail("a function without a name"));
                }
                self.blanks();
                if self.peek() == b'(' && self.at(1) == b')' {
                    self.pos += 2;
                } else if self.peek() == b'(' {
                    let place = self.pos;
                    self.pos += 1;
                    self.blanks();
                    if self.peek() == b')' { self.pos += 1 } else { self.pos = place }
                }
                self.newlines()?;
                let body = self.command()?;
                What::Function { name, body: self.bump.alloc(body) }
            }
            _ => {
                self.blanks();
                let place = self.pos;
                let candidate = self.bare_ahead();
                let mut name = None;
                if !candidate.is_empty() && is_name(candidate) {
                    self.pos += candidate.len();
                    self.blanks();
                    let next = self.bare_ahead();
                    if self.peek() == b'(' || matches!(next, "{" | "if" | "while" | "until" | "for" | "case" | "[[") {
                        name = Some(candidate);
                    } else {
                        self.pos = place;
                    }
                }
                let body = self.command()?;
                What::Coprocess { name, body: self.bump.alloc(body) }
            }
        };
        self.depth -= 1;
        let _ = start;
        Ok(Some(what))
    }

    fn if_command(&mut self) -> Read<What<'a>> {
        let mut arms = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.list()?;
            self.keyword("then", "`if` without `then`")?;
            arms.push((condition, self.list()?));
            self.newlines()?;
            match self.bare_ahead() {
                "elif" => self.pos += 4,
                "else" => {
                    self.pos += 4;
                    otherwise = Some(self.list()?);
                    self.keyword("fi", "`if` is not closed by `fi`")?;
                    break;
                }
                _ => {
                    self.keyword("fi", "`if` is not closed by `fi`")?;
                    break;
                }
            }
        }
        Ok(What::If { arms: self.bump.alloc_slice_copy(&arms), otherwise })
    }

    /// `do … done`, or `{ … }` as bash allows after `for`.
    pub(super) fn do_group(&mut self) -> Read<List<'a>> {
        self.newlines()?;
        if self.bare_ahead() == "{" {
            self.pos += 1;
            let body = self.list()?;
            self.keyword("}", "`{` is not closed by `}`")?;
            return Ok(body);
        }
        self.keyword("do", "loop without `do`")?;
        let body = self.list()?;
        self.keyword("done", "`do` is not closed by `done`")?;
        Ok(body)
    }

    fn for_command(&mut self, select: bool) -> Read<What<'a>> {
        self.blanks();
        if self.starts("((") {
            self.pos += 2;
            let parts = self.arithmetic(b')')?;
            self.blanks();
            if self.peek() == b';' {
                self.pos += 1;
            }
            let body = self.do_group()?;
            return Ok(What::ArithmeticFor { parts, body });
        }
        let start = self.pos;
        while !self.done() && !is_meta(self.peek()) {
            self.pos += 1;
        }
        let name = self.slice(start, self.pos);
        if name.is_empty() {
            return Err(self.fail("`for` without a variable"));
        }
        self.newlines()?;
        let mut words = None;
        if self.bare_ahead() == "in" {
            self.pos += 2;
            let mut list = Vec::new();
            loop {
                self.blanks();
                if self.done() || matches!(self.peek(), b';' | b'\n' | b'&' | b'|' | b')') {
                    break;
                }
                match self.word()? {
                    Some(word) => list.push(word),
                    None => return Err(self.fail("unexpected operator in the words of a loop")),
                }
            }
            words = Some(&*self.bump.alloc_slice_copy(&list));
        }
        self.blanks();
        if self.peek() == b';' {
            self.pos += 1;
        }
        let body = self.do_group()?;
        Ok(if select { What::Select { name, words, body } } else { What::For { name, words, body } })
    }

    fn case_command(&mut self) -> Read<What<'a>> {
        self.blanks();
        let Some(word) = self.word()? else { return Err(self.fail("`case` without a word")) };
        self.keyword("in", "`case` without `in`")?;
        let mut arms = Vec::new();
        loop {
            self.newlines()?;
            if self.bare_ahead() == "esac" {
                self.pos += 4;
                break;
            }
            if self.peek() == b'(' {
                self.pos += 1;
            }
            let mut patterns = Vec::new();
            loop {
                self.newlines()?;
                match self.word()? {
                    Some(word) => patterns.push(word),
                    None => return Err(self.fail("a `case` pattern is missing")),
                }
                self.newlines()?;
                match self.peek() {
                    b'|' => self.pos += 1,
                    b')' => {
                        self.pos += 1;
                        break;
                    }
                    _ => return Err(self.fail("a `case` pattern is not closed by `)`")),
                }
            }
            let body = self.list()?;
            self.newlines()?;
            let end = match () {
                () if self.starts(";;&") => ArmEnd::Tests,
                () if self.starts(";&") => ArmEnd::Falls,
                () => ArmEnd::Leaves,
            };
            arms.push(CaseArm { patterns: self.bump.alloc_slice_copy(&patterns), body, end });
            if self.starts(";;&") {
                self.pos += 3;
            } else if self.starts(";;") || self.starts(";&") {
                self.pos += 2;
            } else if self.bare_ahead() != "esac" {
                return Err(self.fail("`case` is not closed by `esac`"));
            }
        }
        Ok(What::Case { word, arms: self.bump.alloc_slice_copy(&arms) })
    }
}
