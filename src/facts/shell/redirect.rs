//! Redirections, with the words of here-documents (bash(1), "REDIRECTION").

use std::cell::Cell;

use super::ast::{Direction, HereDocument, Redirect};
use super::bytes::is_of_name;
use super::read::{Read, Reader};

impl<'a> Reader<'a> {
    #[inline]
    pub(super) fn redirect(&mut self) -> Read<Option<Redirect<'a>>> {
        match self.peek() {
            b'<' | b'>' | b'&' | b'{' | b'0'..=b'9' => self.redirect_here(),
            _ => Ok(None),
        }
    }

    fn redirect_here(&mut self) -> Read<Option<Redirect<'a>>> {
        let start = self.pos;
        let mut fd = None;
        let mut fd_name = None;
        let mut i = self.pos;
        while i < self.end && self.bytes[i].is_ascii_digit() && i - self.pos < 9 {
            i += 1;
        }
        if i > self.pos && i < self.end && matches!(self.bytes[i], b'<' | b'>') {
            fd = self.slice(self.pos, i).parse().ok();
        } else if self.peek() == b'{' {
            let mut j = self.pos + 1;
            while j < self.end && is_of_name(self.bytes[j]) {
                j += 1;
            }
            if j > self.pos + 1 && j + 1 < self.end && self.bytes[j] == b'}' && matches!(self.bytes[j + 1], b'<' | b'>')
            {
                fd_name = Some(self.slice(self.pos + 1, j));
                i = j + 1;
            } else {
                return Ok(None);
            }
        } else {
            i = self.pos;
        }
        let rest = &self.bytes[i.min(self.end)..self.end];
        let (direction, length) = match rest {
            [b'<', b'<', b'<', ..] => (Direction::HereString, 3),
            [b'<', b'<', b'-', ..] => (Direction::HereDocument, 3),
            [b'<', b'<', ..] => (Direction::HereDocument, 2),
            [b'<', b'>', ..] => (Direction::ReadWrite, 2),
            [b'<', b'&', ..] | [b'>', b'&', ..] => (Direction::Duplicate, 2),
            [b'<', b'(', ..] | [b'>', b'(', ..] => return Ok(None),
            [b'<', ..] => (Direction::Read, 1),
            [b'>', b'>', ..] => (Direction::Append, 2),
            [b'>', b'|', ..] => (Direction::Write, 2),
            [b'>', ..] => (Direction::Write, 1),
            [b'&', b'>', b'>', ..] => (Direction::BothAppend, 3),
            [b'&', b'>', ..] => (Direction::Both, 2),
            _ => return Ok(None),
        };
        let strip_tabs = direction == Direction::HereDocument && length == 3;
        self.pos = i + length;
        self.blanks();
        let target_start = self.pos;
        let Some(target) = self.word()? else { return Err(self.fail("a redirection without a target")) };
        // `>&file` is `&>file`; `>&2`, `>&-`, `>&$fd` duplicate.
        let mut direction = direction;
        if direction == Direction::Duplicate
            && rest[0] == b'>'
            && let Some(text) = target.bare()
            && !text.bytes().all(|b| b.is_ascii_digit() || b == b'-')
            && fd.is_none_or(|n| n == 1)
        {
            direction = Direction::Both;
        }
        let mut heredoc = None;
        if direction == Direction::HereDocument {
            let raw = self.slice(target_start, self.pos);
            let quoted = raw.bytes().any(|b| matches!(b, b'\'' | b'"' | b'\\'));
            let delimiter = if quoted { self.unquote(raw) } else { raw };
            let doc: &'a HereDocument<'a> =
                self.bump.alloc(HereDocument { delimiter, quoted, strip_tabs, body: Cell::new(&[]) });
            self.heredocs.push(doc);
            heredoc = Some(doc);
        }
        Ok(Some(Redirect { fd, fd_name, direction, target, heredoc, span: self.span(start) }))
    }

    fn unquote(&self, raw: &str) -> &'a str {
        let mut out = bumpalo::collections::String::with_capacity_in(raw.len(), self.bump);
        let mut chars = raw.chars().peekable();
        let mut quote = None;
        while let Some(c) = chars.next() {
            match (quote, c) {
                (None, '\'' | '"') => quote = Some(c),
                (Some(q), c) if c == q => quote = None,
                (None | Some('"'), '\\') => out.extend(chars.next()),
                (None, '$') if matches!(chars.peek(), Some('\'' | '"')) => {}
                (_, c) => out.push(c),
            }
        }
        out.into_bump_str()
    }
}
