//! Words: quotes, substitutions, arithmetic; `${…}` is in `parameter`. bash(1), "QUOTING" and "EXPANSION".

use super::ast::{List, Op, Parameter, Part, Word};
use super::bytes::{begins_name, is_meta, is_meta_or_quote, is_of_name, is_plain};
use super::read::{Parts, Read, Reader};

/// Lists of patterns in one word: each multiplies what may be meant by it.
const PATTERNS: usize = 64;

impl<'a> Reader<'a> {
    /// The next word, or nothing if an operator stands here.
    pub(super) fn word(&mut self) -> Read<Option<Word<'a>>> {
        let start = self.pos;
        self.word_from(start).map_err(|error| self.opened_at(start, error))
    }

    fn word_from(&mut self, start: usize) -> Read<Option<Word<'a>>> {
        // The most common word by far is plain text.
        let mut i = start;
        while i < self.end && is_plain(self.bytes[i]) {
            i += 1;
        }
        if i > start && (i >= self.end || matches!(self.bytes[i], b' ' | b'\n' | b'\t' | b';' | b'|' | b'&')) {
            self.pos = i;
            let parts = self.bump.alloc_slice_copy(&[Part::Literal(self.slice(start, i))]);
            return Ok(Some(Word { parts, span: self.span(start) }));
        }
        let mut parts = Parts::new();
        while !self.done() {
            match self.peek() {
                b'\'' | b'"' | b'\\' | b'$' | b'`' => {
                    if !self.quoted_or_expansion(&mut parts)? {
                        let here = self.pos;
                        self.pos += 1;
                        parts.push(Part::Literal(self.slice(here, self.pos)));
                    }
                }
                b'<' | b'>' if self.at(1) == b'(' => parts.push(self.process_substitution()?),
                byte @ (b'?' | b'*' | b'+' | b'@' | b'!') if self.at(1) == b'(' => {
                    if runs_code(&self.bytes[self.pos + 2..self.end]) {
                        return Err(self.fail("a pattern whose qualifier runs code"));
                    }
                    self.pos += 2;
                    self.deeper()?;
                    let inner = self.extglob_parts()?;
                    self.depth -= 1;
                    parts.push(Part::Extglob(byte, inner));
                }
                b'(' if self.in_brackets_of_zsh(&mut parts) => {}
                byte if is_meta(byte) => break,
                _ => self.literal(&mut parts),
            }
        }
        if self.pos == start {
            return Ok(None);
        }
        if parts.len() > PATTERNS && parts.iter().filter(|part| matches!(part, Part::Extglob(..))).count() > PATTERNS {
            return Err(self.fail("a word of more patterns than gate reads"));
        }
        Ok(Some(Word { parts: self.bump.alloc_slice_copy(&parts), span: self.span(start) }))
    }

    /// Reads what zsh has in brackets within a word: qualifiers behind a pattern, alternatives. Whether there was any.
    fn in_brackets_of_zsh(&mut self, parts: &mut Parts<'a>) -> bool {
        let inside = &self.bytes[self.pos..self.end];
        let pattern = match parts.last() {
            Some(Part::Literal(text)) => text.contains(['*', '?', ']']),
            Some(Part::Extglob(..)) => true,
            _ => return false,
        };
        if !pattern {
            return false;
        }
        let length = qualifiers(inside).or_else(|| {
            let length = alternatives(inside)?;
            let one_of = Part::Literal(self.slice(self.pos + 1, self.pos + length - 1));
            parts.push(Part::Extglob(b'@', self.bump.alloc_slice_copy(&[one_of])));
            Some(length)
        });
        self.pos += length.unwrap_or(0);
        length.is_some()
    }

    /// `<(…)` or `>(…)`, in a word or in the word of a `${…}`.
    pub(super) fn process_substitution(&mut self) -> Read<Part<'a>> {
        let here = self.pos;
        let reads = self.peek() == b'<';
        self.pos += 2;
        let list = self.substituted("`<(` is not closed by `)`")?;
        Ok(Part::Process(reads, list, self.span(here)))
    }

    /// The commands of a substitution, and the bracket that closes it.
    fn substituted(&mut self, unclosed: &'static str) -> Read<List<'a>> {
        self.deeper()?;
        self.substitutions += 1;
        let list = self.list()?;
        self.expect(b')', unclosed)?;
        self.substitutions -= 1;
        self.depth -= 1;
        Ok(list)
    }

    fn literal(&mut self, parts: &mut Parts<'a>) {
        let start = self.pos;
        while self.pos < self.end {
            let byte = self.bytes[self.pos];
            let special = is_meta_or_quote(byte);
            let extglob = matches!(byte, b'?' | b'*' | b'+' | b'@' | b'!') && self.at(1) == b'(';
            if special || (extglob && self.pos > start) {
                break;
            }
            self.pos += 1;
        }
        parts.push(Part::Literal(self.slice(start, self.pos)));
    }

    fn extglob_parts(&mut self) -> Read<&'a [Part<'a>]> {
        let mut parts = Parts::new();
        let mut level = 0_usize;
        loop {
            if self.done() {
                return Err(self.fail("a pattern list is not closed by `)`"));
            }
            match self.peek() {
                b')' if level == 0 => {
                    self.pos += 1;
                    return Ok(self.bump.alloc_slice_copy(&parts));
                }
                b'\'' | b'"' | b'\\' | b'$' | b'`' if self.quoted_or_expansion(&mut parts)? => {
                    continue;
                }
                b'(' => level += 1,
                b')' => level -= 1,
                _ => {}
            }
            self.one_char(&mut parts, false);
        }
    }

    pub(super) fn one_char(&mut self, parts: &mut Parts<'a>, quoted: bool) {
        let here = self.pos;
        let width = self.text[here..].chars().next().map_or(1, char::len_utf8);
        self.pos += width;
        let text = self.slice(here, self.pos);
        // Runs of plain text stay one part.
        if let Some(last) = parts.last_mut() {
            let joined = match last {
                Part::Literal(before) if !quoted => join(self.text, before, text).map(Part::Literal),
                Part::Quoted(before) if quoted => join(self.text, before, text).map(Part::Quoted),
                _ => None,
            };
            if let Some(joined) = joined {
                *last = joined;
                return;
            }
        }
        parts.push(if quoted { Part::Quoted(text) } else { Part::Literal(text) });
    }

    /// At a quote, `\`, `$` or backquote outside double quotes. False: the byte is ordinary (a lone `$`).
    pub(super) fn quoted_or_expansion(&mut self, parts: &mut Parts<'a>) -> Read<bool> {
        match self.peek() {
            b'\'' => {
                let start = self.pos + 1;
                let Some(n) = self.bytes[start.min(self.end)..self.end].iter().position(|b| *b == b'\'') else {
                    return Err(self.fail("a `'` is not closed"));
                };
                parts.push(Part::Quoted(self.slice(start, start + n)));
                self.pos = start + n + 1;
            }
            b'"' => {
                self.pos += 1;
                parts.push(self.double()?);
            }
            b'\\' => {
                if self.at(1) == b'\n' && self.pos + 1 < self.end {
                    self.pos += 2;
                    return Ok(true);
                }
                self.pos += 1;
                if self.done() {
                    parts.push(Part::Quoted("\\"));
                    return Ok(true);
                }
                let here = self.pos;
                let width = self.text[here..].chars().next().map_or(1, char::len_utf8);
                self.pos += width;
                parts.push(Part::Quoted(self.slice(here, self.pos)));
            }
            b'$' if self.at(1) == b'\'' => {
                self.pos += 2;
                parts.push(Part::Quoted(self.ansi_c()?));
            }
            b'$' if self.at(1) == b'"' => {
                self.pos += 2;
                parts.push(self.double()?);
            }
            _ => return self.expansion(parts, false),
        }
        Ok(true)
    }

    fn double(&mut self) -> Read<Part<'a>> {
        self.deeper()?;
        let mut parts = Parts::new();
        loop {
            if self.done() {
                return Err(self.fail("a `\"` is not closed"));
            }
            match self.peek() {
                b'"' => {
                    self.pos += 1;
                    self.depth -= 1;
                    return Ok(Part::Double(self.bump.alloc_slice_copy(&parts)));
                }
                b'\\' if self.at(1) == b'\n' => self.pos += 2,
                b'\\' if matches!(self.at(1), b'$' | b'`' | b'"' | b'\\') => {
                    parts.push(Part::Quoted(self.slice(self.pos + 1, self.pos + 2)));
                    self.pos += 2;
                }
                b'$' | b'`' if self.expansion(&mut parts, true)? => {}
                _ => self.run(&mut parts, |b| matches!(b, b'"' | b'\\' | b'$' | b'`')),
            }
        }
    }

    /// Ordinary text inside quotes up to a byte that may be special; at least one byte.
    fn run(&mut self, parts: &mut Parts<'a>, special: impl Fn(u8) -> bool) {
        let start = self.pos;
        self.pos += 1;
        while self.pos < self.end && !special(self.bytes[self.pos]) {
            self.pos += 1;
        }
        parts.push(Part::Quoted(self.slice(start, self.pos)));
    }

    /// The body of an unquoted here-document: like double quotes, but `"` is ordinary.
    pub(super) fn heredoc_parts(&mut self) -> Read<&'a [Part<'a>]> {
        let mut parts = Parts::new();
        while !self.done() {
            match self.peek() {
                b'\\' if self.at(1) == b'\n' => self.pos += 2,
                b'\\' if matches!(self.at(1), b'$' | b'`' | b'\\') => {
                    parts.push(Part::Quoted(self.slice(self.pos + 1, self.pos + 2)));
                    self.pos += 2;
                }
                b'$' | b'`' if self.expansion(&mut parts, true)? => {}
                _ => self.run(&mut parts, |b| matches!(b, b'\\' | b'$' | b'`')),
            }
        }
        Ok(self.bump.alloc_slice_copy(&parts))
    }

    /// `$…` or a backquoted command. False: an ordinary `$`.
    fn expansion(&mut self, parts: &mut Parts<'a>, in_double: bool) -> Read<bool> {
        let start = self.pos;
        if self.peek() == b'`' {
            parts.push(self.backquoted(in_double)?);
            return Ok(true);
        }
        match self.at(1) {
            b'(' if self.at(2) == b'(' && self.double_parens(self.pos + 1) => {
                self.pos += 3;
                parts.push(Part::Arithmetic(self.arithmetic(b')')?));
            }
            b'(' => {
                self.pos += 2;
                let list = self.substituted("`$(` is not closed by `)`")?;
                parts.push(Part::Command(list, self.span(start)));
            }
            b'[' => {
                self.pos += 2;
                parts.push(Part::Arithmetic(self.arithmetic(b']')?));
            }
            b'{' => {
                self.pos += 2;
                self.deeper()?;
                if matches!(self.peek(), b' ' | b'\t' | b'\n' | b'|') && !self.done() {
                    if self.peek() == b'|' {
                        self.pos += 1;
                    }
                    let list = self.list()?;
                    self.newlines()?;
                    self.expect(b'}', "`${ ` is not closed by `}`")?;
                    parts.push(Part::Command(list, self.span(start)));
                } else {
                    let parameter = self.parameter(start, in_double)?;
                    parts.push(Part::Parameter(self.bump.alloc(parameter)));
                }
                self.depth -= 1;
            }
            // Also where the line ends behind the `$`, and goes on.
            _ if begins_name(self.at(self.continued(1))) => {
                self.pos += self.continued(1);
                let name = self.variable_name();
                parts.push(self.plain_parameter(name, start));
            }
            b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' if self.pos + 1 < self.end => {
                let name = self.slice(self.pos + 1, self.pos + 2);
                self.pos += 2;
                parts.push(self.plain_parameter(name, start));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// How far ahead is what follows `ahead`, behind the ends of lines that a backslash takes away.
    pub(super) fn continued(&self, mut ahead: usize) -> usize {
        while self.at(ahead) == b'\\' && self.at(ahead + 1) == b'\n' {
            ahead += 2;
        }
        ahead
    }

    /// The name of a variable, which may go on in the next line behind a backslash (bash(1), "QUOTING").
    pub(super) fn variable_name(&mut self) -> &'a str {
        let start = self.pos;
        let mut continued = false;
        loop {
            match self.peek() {
                byte if is_of_name(byte) => self.pos += 1,
                b'\\' if is_of_name(self.at(self.continued(0))) => {
                    continued = true;
                    self.pos += self.continued(0);
                }
                _ => break,
            }
        }
        let name = self.slice(start, self.pos);
        if continued { self.bump.alloc_str(&name.replace("\\\n", "")) } else { name }
    }

    fn plain_parameter(&self, name: &'a str, start: usize) -> Part<'a> {
        let span = self.span(start);
        Part::Parameter(self.bump.alloc(Parameter {
            name,
            subscript: None,
            indirect: false,
            length: false,
            flags: "",
            op: Op::None,
            span,
        }))
    }

    fn backquoted(&mut self, in_double: bool) -> Read<Part<'a>> {
        let start = self.pos;
        let mut i = self.pos + 1;
        let mut escaped = false;
        loop {
            if i >= self.end {
                return Err(self.fail("a backquote is not closed"));
            }
            match self.bytes[i] {
                b'`' => break,
                b'\\' => {
                    escaped = true;
                    i += 1;
                }
                _ => {}
            }
            i += 1;
        }
        self.deeper()?;
        let inner = self.slice(start + 1, i);
        let text = if escaped {
            // POSIX 2.6.3: inside backquotes `\` is literal except before $ ` \ (and " inside double quotes).
            let mut out = bumpalo::collections::String::with_capacity_in(inner.len(), self.bump);
            let mut chars = inner.chars().peekable();
            while let Some(c) = chars.next() {
                match (c, chars.peek()) {
                    ('\\', Some('$' | '`' | '\\')) => out.extend(chars.next()),
                    ('\\', Some('"')) if in_double => out.extend(chars.next()),
                    _ => out.push(c),
                }
            }
            out.into_bump_str()
        } else {
            inner
        };
        let mut reader = Reader::new(self.bump, text, self.source, self.base + start as u32 + 1, self.depth);
        let list = reader.list()?;
        if !reader.done() {
            return Err(reader.fail("unexpected word or bracket in backquotes"));
        }
        self.depth -= 1;
        self.pos = i + 1;
        Ok(Part::Command(list, self.span(start)))
    }

    /// After `((`, `$((` (closed by `))`) or `$[` (closed by `]`).
    pub(super) fn arithmetic(&mut self, closer: u8) -> Read<&'a [Part<'a>]> {
        self.deeper()?;
        let mut parts = Parts::new();
        let mut level = 0_usize;
        loop {
            if self.done() {
                return Err(self.fail("arithmetic is not closed"));
            }
            match self.peek() {
                b'(' | b'[' => level += 1,
                b')' if level == 0 && closer == b')' => {
                    if self.at(1) != b')' {
                        return Err(self.fail("arithmetic is not closed by `))`"));
                    }
                    self.pos += 2;
                    break;
                }
                b']' if level == 0 && closer == b']' => {
                    self.pos += 1;
                    break;
                }
                b')' | b']' => level = level.saturating_sub(1),
                b'\'' | b'"' | b'\\' | b'$' | b'`' if self.quoted_or_expansion(&mut parts)? => {
                    continue;
                }
                _ => {}
            }
            self.one_char(&mut parts, false);
        }
        self.depth -= 1;
        Ok(self.bump.alloc_slice_copy(&parts))
    }

    /// A subscript: arithmetic without an end mark of its own.
    pub(super) fn arithmetic_parts(&mut self) -> Read<&'a [Part<'a>]> {
        let mut parts = Parts::new();
        while !self.done() {
            if matches!(self.peek(), b'\'' | b'"' | b'\\' | b'$' | b'`') && self.quoted_or_expansion(&mut parts)? {
                continue;
            }
            self.one_char(&mut parts, false);
        }
        Ok(self.bump.alloc_slice_copy(&parts))
    }

    /// `$'…'` after the opening quote: bash(1), "QUOTING".
    fn ansi_c(&mut self) -> Read<&'a str> {
        let start = self.pos;
        let mut i = start;
        let mut escaped = false;
        loop {
            if i >= self.end {
                return Err(self.fail("a `$'` is not closed"));
            }
            match self.bytes[i] {
                b'\'' => break,
                b'\\' => {
                    escaped = true;
                    i += 1;
                }
                _ => {}
            }
            i += 1;
        }
        self.pos = i + 1;
        let raw = self.slice(start, i);
        // A NUL ends it.
        let decoded = if escaped { decode_escapes(self.bump, raw, true) } else { raw };
        Ok(decoded.split('\0').next().unwrap_or(decoded))
    }
}

/// Decodes backslash escapes as `$'…'` (and `echo -e`, `printf`) do. Bytes that are not UTF-8 become U+FFFD.
pub fn decode_escapes<'a>(bump: &'a bumpalo::Bump, raw: &str, ansi: bool) -> &'a str {
    let bytes = raw.as_bytes();
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] != b'\\' || i + 1 >= bytes.len() {
            out.push(bytes[i]);
            i += 1;
            continue;
        }
        i += 2;
        let number = |from: usize, radix: u32, most: usize| -> (Option<u32>, usize) {
            let mut n = from;
            let mut value = 0_u32;
            while n < bytes.len() && n - from < most {
                match (bytes[n] as char).to_digit(radix) {
                    Some(digit) => value = value.wrapping_mul(radix).wrapping_add(digit),
                    None => break,
                }
                n += 1;
            }
            ((n > from).then_some(value), n)
        };
        match bytes[i - 1] {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'e' | b'E' => out.push(27),
            b'f' => out.push(12),
            b'v' => out.push(11),
            b'\\' => out.push(b'\\'),
            b'\'' if ansi => out.push(b'\''),
            b'"' if ansi => out.push(b'"'),
            b'?' if ansi => out.push(b'?'),
            b'x' => match number(i, 16, 2) {
                (Some(value), next) => {
                    out.push(value as u8);
                    i = next;
                }
                (None, _) => out.extend(b"\\x"),
            },
            b'u' | b'U' => {
                let most = if bytes[i - 1] == b'u' { 4 } else { 8 };
                if let (Some(value), next) = number(i, 16, most) {
                    let c = char::from_u32(value).unwrap_or('\u{FFFD}');
                    out.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
                    i = next;
                }
            }
            b'c' if ansi && i < bytes.len() => {
                out.push(bytes[i] & 0x1f);
                i += 1;
            }
            b'0'..=b'7' => {
                // `echo -e` and `printf %b` write \0nnn, `$'…'` and printf formats \nnn.
                let from = if !ansi && bytes[i - 1] == b'0' { i } else { i - 1 };
                let (value, next) = number(from, 8, 3);
                out.push(value.unwrap_or(0) as u8);
                i = next.max(i);
            }
            other => out.extend([b'\\', other]),
        }
    }
    bump.alloc_str(&String::from_utf8_lossy(&out))
}

/// Two neighbouring slices of the same text as one.
fn join<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let start = (before.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let adjacent = before.as_ptr() as usize + before.len() == after.as_ptr() as usize;
    if adjacent { text.get(start..start + before.len() + after.len()) } else { None }
}

/// The bytes of zsh's qualifiers behind a pattern, with their brackets: `*.md(.om[1,5])` (zshexpn(1), "Glob Qualifiers").
/// None if it is something else, or they run code.
fn qualifiers(bytes: &[u8]) -> Option<usize> {
    let inside = bytes.get(1..)?;
    // More than so many bytes, days, links: `Lm+100`.
    let more = |at: usize| {
        at > 0 && b"LkmpPMhwsacl".contains(&inside[at - 1]) && inside.get(at + 1).is_some_and(u8::is_ascii_digit)
    };
    let qualifies = |byte: u8| byte.is_ascii_alphanumeric() || b".,/@=*^-[]:#".contains(&byte);
    let length = inside.iter().enumerate().position(|(at, byte)| !(qualifies(*byte) || *byte == b'+' && more(at)))?;
    (length > 0 && inside[length] == b')' && !runs_code(inside)).then_some(length + 2)
}

/// The bytes of zsh's alternatives within a word, with their brackets: `*.(o|d)` (zshexpn(1), "Glob Operators"). Other
/// shells take no bracket there.
fn alternatives(bytes: &[u8]) -> Option<usize> {
    let inside = bytes.get(1..)?;
    let of_name = |byte: &u8| is_of_name(*byte) || matches!(byte, b'.' | b'-' | b'*' | b'?' | b'|');
    let length = inside.iter().position(|byte| !of_name(byte))?;
    (inside[length] == b')' && inside[..length].contains(&b'|')).then_some(length + 2)
}

/// Whether qualifiers of zsh run code: `*(e:'code':)`, `*(DNe:'code':)`, `*(om[1]e:"code":)`, `*(+command)`; a test of what
/// is there runs none.
fn runs_code(inside: &[u8]) -> bool {
    let others = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'.' | b'/' | b'@' | b'=' | b'^' | b'-' | b'[' | b']' | b'#' | b',')
    };
    let small = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let upper = inside.iter().position(|byte| !others(byte) || small(byte)).unwrap_or(inside.len());
    let all = inside.iter().position(|byte| !others(byte)).unwrap_or(inside.len());
    let code = match (&inside[upper..], &inside[..all], &inside[all..]) {
        ([b'e', b':' | b'\'' | b'"' | b'{' | b'[' | b'/' | b',' | b'-', code @ ..], ..) => code,
        ([b'+', b'a'..=b'z' | b'_', ..], ..) => return true,
        (_, [.., b'e'], [b':', b'\'' | b'"', code @ ..] | [b'\'' | b'"', code @ ..]) => code,
        _ => return false,
    };
    !only_tests(code)
}

/// Whether code begins with a test, and does nothing else.
fn only_tests(code: &[u8]) -> bool {
    let code = code.strip_prefix(b"\"").or(code.strip_prefix(b"'")).unwrap_or(code);
    let end = code.iter().position(|byte| matches!(byte, b'\'' | b'"' | b')')).unwrap_or(code.len());
    let tests = [&b"[[ "[..], b"[ ", b"test "].iter().any(|start| code.starts_with(start));
    // Nothing else stands behind it.
    let last = matches!(code.get(end..), Some([b'\'' | b'"', b':', b')', ..] | [b'\'' | b'"', b')', ..]));
    tests && last && !code[..end].iter().any(|byte| matches!(byte, b';' | b'&' | b'|' | b'`' | b'(' | b'\n'))
}
