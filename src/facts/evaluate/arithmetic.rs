//! A small integer calculator for `$((…))`: `+ - * / %`, parentheses, variables that are known numbers (bash(1),
//! "ARITHMETIC EVALUATION"). What it does not know has no number.

/// The number of an expression; nothing where it overflows, divides by zero or needs more than this calculator has.
pub(in crate::facts) fn evaluate(text: &str, lookup: &dyn Fn(&str) -> Option<i64>) -> Option<i64> {
    Calculator { bytes: text.as_bytes(), pos: 0, depth: 0, lookup }.whole()
}

/// A whole number written as bash writes it: `01` is octal, and the same as `1`.
pub(in crate::facts) fn decimal(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number: &i64| number.to_string() == text)
}

/// Whether a text that is taken for a variable runs something: the subscript of `a[$(…)]`.
pub(in crate::facts) fn subscript_runs(text: &str) -> bool {
    text.match_indices('[').any(|(at, _)| {
        let named = text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let subscript = text[at + 1..].split(']').next().unwrap_or_default();
        named && (subscript.contains("$(") || subscript.contains('`'))
    })
}

struct Calculator<'t> {
    bytes: &'t [u8],
    pos: usize,
    depth: u32,
    lookup: &'t dyn Fn(&str) -> Option<i64>,
}

impl Calculator<'_> {
    fn whole(&mut self) -> Option<i64> {
        let value = self.sum()?;
        self.blanks();
        (self.pos == self.bytes.len()).then_some(value)
    }

    fn blanks(&mut self) {
        while self.bytes.get(self.pos).is_some_and(u8::is_ascii_whitespace) {
            self.pos += 1;
        }
    }

    fn sum(&mut self) -> Option<i64> {
        let mut value = self.product()?;
        loop {
            self.blanks();
            match self.bytes.get(self.pos) {
                Some(b'+') => {
                    self.pos += 1;
                    value = value.checked_add(self.product()?)?;
                }
                Some(b'-') => {
                    self.pos += 1;
                    value = value.checked_sub(self.product()?)?;
                }
                _ => return Some(value),
            }
        }
    }

    fn product(&mut self) -> Option<i64> {
        let mut value = self.atom()?;
        loop {
            self.blanks();
            match self.bytes.get(self.pos) {
                Some(b'*') if self.bytes.get(self.pos + 1) != Some(&b'*') => {
                    self.pos += 1;
                    value = value.checked_mul(self.atom()?)?;
                }
                Some(b'/') => {
                    self.pos += 1;
                    value = value.checked_div(self.atom()?)?;
                }
                Some(b'%') => {
                    self.pos += 1;
                    value = value.checked_rem(self.atom()?)?;
                }
                _ => return Some(value),
            }
        }
    }

    fn atom(&mut self) -> Option<i64> {
        self.blanks();
        self.depth += 1;
        if self.depth > 64 {
            return None;
        }
        let value = match self.bytes.get(self.pos)? {
            b'(' => {
                self.pos += 1;
                let value = self.sum()?;
                self.blanks();
                if self.bytes.get(self.pos) != Some(&b')') {
                    return None;
                }
                self.pos += 1;
                value
            }
            b'-' => {
                self.pos += 1;
                self.atom()?.checked_neg()?
            }
            b'0'..=b'9' => {
                let start = self.pos;
                while self.bytes.get(self.pos).is_some_and(u8::is_ascii_alphanumeric) {
                    self.pos += 1;
                }
                let text = std::str::from_utf8(&self.bytes[start..self.pos]).ok()?;
                match text.strip_prefix("0x") {
                    Some(hex) => i64::from_str_radix(hex, 16).ok()?,
                    None if text.len() > 1 && text.starts_with('0') => i64::from_str_radix(text, 8).ok()?,
                    None => text.parse().ok()?,
                }
            }
            b if b.is_ascii_alphabetic() || *b == b'_' => {
                let start = self.pos;
                while self.bytes.get(self.pos).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_') {
                    self.pos += 1;
                }
                (self.lookup)(std::str::from_utf8(&self.bytes[start..self.pos]).ok()?)?
            }
            _ => return None,
        };
        self.depth -= 1;
        Some(value)
    }
}
