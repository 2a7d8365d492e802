//! `${…}`: the name, zsh's flags before it, and the operator with its operands (bash(1), "Parameter Expansion").

use super::ast::{Op, Parameter, Part};
use super::bytes::{begins_name, is_of_name};
use super::read::{Parts, Read, Reader, is_name};

impl<'a> Reader<'a> {
    /// After `${`, up to and with `}`.
    pub(super) fn parameter(&mut self, start: usize, in_double: bool) -> Read<Parameter<'a>> {
        let mut indirect = false;
        let mut length = false;
        // `${#}`, `${#-x}`, `${##x}` are the parameter `#` with an operator; everything else asks for a length.
        let operator = matches!(self.at(1), b'}' | b':' | b'%' | b'=' | b'+' | b'/')
            || (matches!(self.at(1), b'-' | b'#' | b'?') && self.at(2) != b'}');
        if self.peek() == b'#' && !operator {
            length = true;
            self.pos += 1;
        } else if self.peek() == b'!' && !matches!(self.at(1), b'}' | b':' | b'-' | b'+' | b'=' | b'%') {
            indirect = true;
            self.pos += 1;
        }
        self.pos += self.continued(0);
        let flags = self.zsh_flags();
        let name = if begins_name(self.peek()) { self.variable_name() } else { self.numbered_or_special() };
        let mut subscript = None;
        if self.peek() == b'[' && is_name(name) {
            let close = self.matching_bracket(self.pos);
            let Some(close) = close else { return Err(self.fail("`[` is not closed by `]`")) };
            self.pos += 1;
            subscript = Some(self.until_bracket(close)?);
        }
        // zsh's `${:-text}` is that text.
        let nameless = self.peek() == b':' && self.at(1) == b'-';
        let op = match name.is_empty() && !nameless {
            true => self.unknown_op(in_double)?,
            false => self.parameter_op(indirect, in_double)?,
        };
        self.expect(b'}', "`${` is not closed by `}`")?;
        Ok(Parameter { name, subscript, indirect, length, flags, op, span: self.span(start) })
    }

    /// `12`, `@`, `?`: a parameter that is no variable (bash(1), "Positional Parameters", "Special Parameters"), if one stands here.
    fn numbered_or_special(&mut self) -> &'a str {
        let start = self.pos;
        if self.peek().is_ascii_digit() {
            while self.peek().is_ascii_digit() {
                self.pos += 1;
            }
        } else if matches!(self.peek(), b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!') && !self.done() {
            self.pos += 1;
        }
        self.slice(start, self.pos)
    }

    /// `(L)`, `=`, `(s:,:)~` before a name.
    fn zsh_flags(&mut self) -> &'a str {
        let start = self.pos;
        let named = |byte: u8| is_of_name(byte) || matches!(byte, b':' | b'(');
        if self.peek() == b'('
            && let Some(length) = self.bytes[self.pos..self.end].iter().take(64).position(|byte| *byte == b')')
        {
            self.pos += length + 1;
        }
        while matches!(self.peek(), b'=' | b'~' | b'^') && (named(self.at(1)) || self.at(1) == self.peek()) {
            self.pos += 1;
        }
        self.slice(start, self.pos)
    }

    fn unknown_op(&mut self, in_double: bool) -> Read<Op<'a>> {
        Ok(Op::Unknown(self.operand(in_double, b"")?))
    }

    fn parameter_op(&mut self, indirect: bool, in_double: bool) -> Read<Op<'a>> {
        let colon = self.peek() == b':' && matches!(self.at(1), b'-' | b'=' | b'?' | b'+');
        if colon {
            self.pos += 1;
        }
        let byte = self.peek();
        Ok(match byte {
            b'}' => Op::None,
            b'-' | b'=' | b'?' | b'+' => {
                self.pos += 1;
                let operand = self.operand(in_double, b"")?;
                match byte {
                    b'-' => Op::Default(colon, operand),
                    b'=' => Op::Assign(colon, operand),
                    b'?' => Op::Error(colon, operand),
                    _ => Op::Alternative(colon, operand),
                }
            }
            b'#' | b'%' => {
                let longest = self.at(1) == byte;
                self.pos += 1 + usize::from(longest);
                let operand = self.operand(false, b"")?;
                if byte == b'#' { Op::TrimPrefix(longest, operand) } else { Op::TrimSuffix(longest, operand) }
            }
            b'/' => {
                self.pos += 1;
                let kind = if matches!(self.peek(), b'/' | b'#' | b'%') && !(self.at(1) == b'}' && self.peek() == b'/')
                {
                    self.pos += 1;
                    self.bytes[self.pos - 1]
                } else {
                    0
                };
                let pattern = self.operand(false, b"/")?;
                let with = if self.peek() == b'/' {
                    self.pos += 1;
                    self.operand(in_double, b"")?
                } else {
                    &[]
                };
                Op::Replace(kind, pattern, with)
            }
            b':' => {
                self.pos += 1;
                let offset = self.operand(true, b":")?;
                let length = if self.peek() == b':' {
                    self.pos += 1;
                    Some(self.operand(true, b"")?)
                } else {
                    None
                };
                Op::Substring(offset, length)
            }
            b'^' | b',' | b'~' => {
                let start = self.pos;
                self.pos += 1 + usize::from(self.at(1) == byte);
                let kind = self.slice(start, self.pos);
                Op::Case(kind, self.operand(false, b"")?)
            }
            b'@' if self.at(2) == b'}' && !indirect => {
                self.pos += 2;
                Op::Transform(self.bytes[self.pos - 1])
            }
            b'@' | b'*' if indirect && self.at(1) == b'}' => {
                self.pos += 1;
                Op::Names
            }
            _ => self.unknown_op(in_double)?,
        })
    }

    /// The operand of a parameter expansion: up to an unquoted `}` or one of `stops`.
    fn operand(&mut self, in_double: bool, stops: &[u8]) -> Read<&'a [Part<'a>]> {
        let mut parts = Parts::new();
        let mut ternary = 0_usize;
        loop {
            if self.done() {
                return Err(self.fail("`${` is not closed by `}`"));
            }
            match self.peek() {
                b'}' => break,
                byte if stops.contains(&byte) => {
                    if byte == b':' && ternary > 0 {
                        ternary -= 1; // `a ? b : c` in an offset
                    } else {
                        break;
                    }
                    self.one_char(&mut parts, false);
                }
                b'\'' if in_double => self.one_char(&mut parts, true),
                b'\\' if in_double && !matches!(self.at(1), b'$' | b'`' | b'"' | b'\\' | b'}' | b'\n') => {
                    self.one_char(&mut parts, true);
                }
                b'"' | b'\'' | b'\\' | b'$' | b'`' => {
                    if !self.quoted_or_expansion(&mut parts)? {
                        self.one_char(&mut parts, in_double);
                    }
                }
                b'<' | b'>' if self.at(1) == b'(' && !in_double => parts.push(self.process_substitution()?),
                byte => {
                    if byte == b'?' && stops.contains(&b':') {
                        ternary += 1;
                    }
                    self.one_char(&mut parts, false);
                }
            }
        }
        Ok(self.bump.alloc_slice_copy(&parts))
    }
}
