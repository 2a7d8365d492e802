//! `[[ … ]]`: bash(1), "Conditional Expressions". A tree, so that substitutions inside it are found.

use super::ast::{Condition, Part, Word};
use super::read::{Parts, Read, Reader};

impl<'a> Reader<'a> {
    /// After `[[`, up to and with `]]`.
    pub(super) fn condition(&mut self) -> Read<Condition<'a>> {
        let condition = self.condition_or()?;
        self.newlines()?;
        if self.starts("]]") {
            self.pos += 2;
            Ok(condition)
        } else {
            Err(self.fail("`[[` is not closed by `]]`"))
        }
    }

    fn condition_or(&mut self) -> Read<Condition<'a>> {
        let mut left = self.condition_and()?;
        loop {
            self.newlines()?;
            if !self.starts("||") {
                return Ok(left);
            }
            self.pos += 2;
            let right = self.condition_and()?;
            left = Condition::Or(self.bump.alloc(left), self.bump.alloc(right));
        }
    }

    fn condition_and(&mut self) -> Read<Condition<'a>> {
        let mut left = self.condition_not()?;
        loop {
            self.newlines()?;
            if !self.starts("&&") {
                return Ok(left);
            }
            self.pos += 2;
            let right = self.condition_not()?;
            left = Condition::And(self.bump.alloc(left), self.bump.alloc(right));
        }
    }

    fn condition_not(&mut self) -> Read<Condition<'a>> {
        self.newlines()?;
        let mut negations = 0_u32;
        while self.peek() == b'!' && matches!(self.at(1), b' ' | b'\t' | b'\n' | b'(' | b'!') {
            self.pos += 1;
            negations += 1;
            self.newlines()?;
        }
        let inner = self.condition_primary()?;
        if negations % 2 == 1 { Ok(Condition::Not(self.bump.alloc(inner))) } else { Ok(inner) }
    }

    fn condition_primary(&mut self) -> Read<Condition<'a>> {
        if self.peek() == b'(' {
            self.deeper()?;
            self.pos += 1;
            let inner = self.condition_or()?;
            self.newlines()?;
            self.expect(b')', "`(` in `[[ ]]` is not closed")?;
            self.depth -= 1;
            return Ok(inner);
        }
        let Some(first) = self.word()? else { return Err(self.fail("an operand is missing in `[[ ]]`")) };
        self.newlines()?;
        if let Some(op) = first.bare()
            && op.len() == 2
            && op.starts_with('-')
            && op.as_bytes()[1].is_ascii_alphabetic()
            && !self.starts("]]")
            && !self.starts("&&")
            && !self.starts("||")
            && !self.starts("=")
            && self.peek() != b')'
            && let Some(operand) = self.word()?
        {
            return Ok(Condition::Unary(op, operand));
        }
        for op in ["==", "=~", "!=", "=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"] {
            if self.starts(op) && (matches!(op, "<" | ">") || matches!(self.at(op.len()), b' ' | b'\t' | b'\n' | b'\\'))
            {
                self.pos += op.len();
                self.blanks();
                while self.peek() == b'\n' {
                    self.newlines()?;
                }
                let right = if op == "=~" { self.regex_word()? } else { self.pattern_word()? };
                return Ok(Condition::Binary(first, op, right));
            }
        }
        Ok(Condition::Word(first))
    }

    fn pattern_word(&mut self) -> Read<Word<'a>> {
        match self.word()? {
            Some(word) => Ok(word),
            None => Err(self.fail("an operand is missing in `[[ ]]`")),
        }
    }

    /// The right side of `=~`: parentheses and bars belong to it; blanks end it outside brackets.
    fn regex_word(&mut self) -> Read<Word<'a>> {
        let start = self.pos;
        let mut parts = Parts::new();
        let mut level = 0_usize;
        let mut class = false;
        loop {
            if self.done() {
                return Err(self.fail("`[[` is not closed by `]]`"));
            }
            match self.peek() {
                b' ' | b'\t' | b'\n' if level == 0 && !class => break,
                b')' if level == 0 && !class => break,
                b'(' if !class => level += 1,
                b')' if !class => level -= 1,
                b'[' if !class && self.at(1) != b' ' => {
                    class = true;
                    // a `]` right after `[` or `[^` is a member
                    let skip = usize::from(self.at(1) == b'^');
                    if self.at(1 + skip) == b']' {
                        let text = self.slice(self.pos, self.pos + 2 + skip);
                        parts.push(Part::Quoted(text));
                        self.pos += 2 + skip;
                        continue;
                    }
                }
                b']' if class => class = false,
                b'\'' | b'"' | b'\\' | b'$' | b'`' if self.quoted_or_expansion(&mut parts)? => {
                    continue;
                }
                _ => {}
            }
            let here = self.pos;
            let width = self.text[here..].chars().next().map_or(1, char::len_utf8);
            self.pos += width;
            parts.push(Part::Quoted(self.slice(here, self.pos)));
        }
        if parts.is_empty() {
            return Err(self.fail("an operand is missing in `[[ ]]`"));
        }
        Ok(Word { parts: self.bump.alloc_slice_copy(&parts), span: self.span(start) })
    }
}
