//! A strict reader of JSON (RFC 8259): duplicate keys at any depth, trailing bytes, too deep nesting and bad numbers are
//! errors with their place, because two readers that disagree about a request are a way around a guard.

use std::borrow::Cow;
use std::fmt;

use smallvec::SmallVec;

use crate::limits::JSON_DEPTH;

/// A JSON value. Numbers stay as written, so that none changes on the way.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'t> {
    Null,
    Bool(bool),
    Number(&'t str),
    String(Cow<'t, str>),
    Array(Vec<Json<'t>>),
    Object(Vec<(Cow<'t, str>, Json<'t>)>),
}

/// What is wrong, and where: a JSON pointer (RFC 6901) and a byte offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    pub message: String,
    pub pointer: String,
    pub at: usize,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "the top level" } else { &self.pointer };
        write!(f, "{} at {place} (byte {})", self.message, self.at)
    }
}

impl std::error::Error for JsonError {}

impl<'t> Json<'t> {
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Json<'t>> {
        match self {
            Json::Object(members) => members.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// The place (a JSON pointer) of the first text with a NUL in it.
    #[must_use]
    pub fn place_of_nul(&self) -> Option<String> {
        let below = |key: &dyn fmt::Display, value: &Json<'t>| value.place_of_nul().map(|rest| format!("/{key}{rest}"));
        match self {
            Json::String(text) => text.contains('\0').then(String::new),
            Json::Array(items) => items.iter().enumerate().find_map(|(at, item)| below(&at, item)),
            Json::Object(members) => members.iter().find_map(|(key, value)| below(key, value)),
            Json::Null | Json::Bool(_) | Json::Number(_) => None,
        }
    }

    /// Canonical text: members sorted by key (by UTF-16 units as RFC 8785 says), no blanks, numbers as written.
    pub fn canonical(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Json::Number(text) => out.push_str(text),
            Json::String(text) => quote(text, out),
            Json::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.canonical(out);
                }
                out.push(']');
            }
            Json::Object(members) => {
                let mut sorted: Vec<&(Cow<'_, str>, Json<'_>)> = members.iter().collect();
                sorted.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
                out.push('{');
                for (index, (key, value)) in sorted.into_iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    quote(key, out);
                    out.push(':');
                    value.canonical(out);
                }
                out.push('}');
            }
        }
    }
}

/// Writes a JSON string.
pub fn quote(text: &str, out: &mut String) {
    out.reserve(text.len() + 2);
    out.push('"');
    // Without a way out of the loop the compiler looks at sixteen bytes at once; most texts need no escape.
    if !text.bytes().fold(false, |found, byte| found | special(byte)) {
        out.push_str(text);
        out.push('"');
        return;
    }
    let mut start = 0;
    for (i, byte) in text.bytes().enumerate() {
        if !special(byte) {
            continue;
        }
        out.push_str(&text[start..i]);
        start = i + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            other => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.push_str("\\u00");
                out.push(char::from(HEX[usize::from(other >> 4)]));
                out.push(char::from(HEX[usize::from(other & 15)]));
            }
        }
    }
    out.push_str(&text[start..]);
    out.push('"');
}

/// Writes a JSON string that is known to hold nothing that must be escaped: a word of ours, a digest.
pub fn plain(word: &str, out: &mut String) {
    debug_assert!(!word.bytes().any(special), "`{word}` must be quoted");
    out.push('"');
    out.push_str(word);
    out.push('"');
}

/// Must be escaped in a string, or ends it.
const fn special(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

/// The same, looked up: where a loop ends at the first, this is the faster.
static SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = special(byte as u8);
        byte += 1;
    }
    table
};

/// Reads one JSON text.
///
/// # Errors
/// On anything that RFC 8259 does not allow, and on duplicate keys and too deep nesting.
pub fn parse(text: &str) -> Result<Json<'_>, JsonError> {
    let mut parser = Parser { text, bytes: text.as_bytes(), pos: 0, path: SmallVec::new() };
    parser.blanks();
    let value = parser.value(0)?;
    parser.blanks();
    if parser.pos < parser.bytes.len() {
        return Err(parser.fail("more text follows the JSON value"));
    }
    Ok(value)
}

struct Parser<'t> {
    text: &'t str,
    bytes: &'t [u8],
    pos: usize,
    path: SmallVec<[Step<'t>; 4]>,
}

/// A step of the way to the value at hand.
enum Step<'t> {
    Member(Cow<'t, str>),
    Item(usize),
}

impl<'t> Parser<'t> {
    fn fail(&self, message: &str) -> JsonError {
        let mut pointer = String::new();
        for step in &self.path {
            pointer.push('/');
            match step {
                Step::Member(name) => pointer.push_str(&name.replace('~', "~0").replace('/', "~1")),
                Step::Item(index) => pointer.push_str(&index.to_string()),
            }
        }
        JsonError { message: message.to_owned(), pointer, at: self.pos }
    }

    fn blanks(&mut self) {
        while matches!(self.bytes.get(self.pos), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.pos += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json<'t>, JsonError> {
        if depth >= JSON_DEPTH && matches!(self.bytes.get(self.pos), Some(b'{' | b'[')) {
            return Err(self.fail("nested too deeply"));
        }
        match self.bytes.get(self.pos) {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Json::String(self.string()?)),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => Err(self.fail("this is no JSON value")),
            None => Err(self.fail("the JSON text ends too early")),
        }
    }

    fn word(&mut self, word: &str, value: Json<'t>) -> Result<Json<'t>, JsonError> {
        if self.text[self.pos..].starts_with(word) {
            self.pos += word.len();
            Ok(value)
        } else {
            Err(self.fail("this is no JSON value"))
        }
    }

    fn number(&mut self) -> Result<Json<'t>, JsonError> {
        let start = self.pos;
        let digits = |parser: &mut Self| {
            let from = parser.pos;
            while parser.bytes.get(parser.pos).is_some_and(u8::is_ascii_digit) {
                parser.pos += 1;
            }
            parser.pos - from
        };
        if self.bytes.get(self.pos) == Some(&b'-') {
            self.pos += 1;
        }
        let zero = self.bytes.get(self.pos) == Some(&b'0');
        let whole = digits(self);
        if whole == 0 || (zero && whole > 1) {
            return Err(self.fail("this is no JSON number"));
        }
        if self.bytes.get(self.pos) == Some(&b'.') {
            self.pos += 1;
            if digits(self) == 0 {
                return Err(self.fail("this is no JSON number"));
            }
        }
        if matches!(self.bytes.get(self.pos), Some(b'e' | b'E')) {
            self.pos += 1;
            if matches!(self.bytes.get(self.pos), Some(b'+' | b'-')) {
                self.pos += 1;
            }
            if digits(self) == 0 {
                return Err(self.fail("this is no JSON number"));
            }
        }
        let text = &self.text[start..self.pos];
        let Some(number) = text.parse::<f64>().ok().filter(|number| number.is_finite()) else {
            return Err(self.fail("this number is too large"));
        };
        let survives = match text.contains(['.', 'e', 'E']) {
            // As it is written at the shortest, or with all its digits (`%.17g`).
            true => [format!("{number:e}"), format!("{number:.16e}")].iter().any(|same| decimal(text) == decimal(same)),
            false => text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok(),
        };
        if !survives {
            return Err(self.fail("this number would not survive as written"));
        }
        Ok(Json::Number(text))
    }

    fn string(&mut self) -> Result<Cow<'t, str>, JsonError> {
        self.pos += 1;
        let start = self.pos;
        let mut owned: Option<String> = None;
        let mut from = start;
        loop {
            match self.bytes.get(self.pos) {
                None => return Err(self.fail("a string is not closed")),
                Some(b'"') => {
                    let tail = &self.text[from..self.pos];
                    self.pos += 1;
                    return Ok(match owned {
                        Some(mut text) => {
                            text.push_str(tail);
                            Cow::Owned(text)
                        }
                        None => Cow::Borrowed(tail),
                    });
                }
                Some(b'\\') => {
                    // As long as most are.
                    let text = owned.get_or_insert_with(|| String::with_capacity((self.bytes.len() - from).min(256)));
                    text.push_str(&self.text[from..self.pos]);
                    let escape = self.bytes.get(self.pos + 1).copied();
                    self.pos += 2;
                    let c = match escape {
                        Some(b'"') => '"',
                        Some(b'\\') => '\\',
                        Some(b'/') => '/',
                        Some(b'b') => '\u{8}',
                        Some(b'f') => '\u{c}',
                        Some(b'n') => '\n',
                        Some(b'r') => '\r',
                        Some(b't') => '\t',
                        Some(b'u') => self.unicode()?,
                        _ => return Err(self.fail("this escape does not exist in JSON")),
                    };
                    owned.get_or_insert_with(String::new).push(c);
                    from = self.pos;
                }
                Some(byte) if *byte < 0x20 => return Err(self.fail("a control character in a string must be escaped")),
                Some(_) => {
                    let rest = &self.bytes[self.pos..];
                    // Sixteen at once, as in `quote`, then one by one.
                    let none = |part: &&[u8; 16]| !part.iter().fold(false, |found, byte| found | special(*byte));
                    let whole = rest.as_chunks().0.iter().take_while(none).count() * 16;
                    let rest = &rest[whole..];
                    let more = rest.iter().position(|byte| SPECIAL[usize::from(*byte)]).unwrap_or(rest.len());
                    self.pos += whole + more;
                }
            }
        }
    }

    fn hex4(&mut self) -> Result<u32, JsonError> {
        let digits = self.text.get(self.pos..self.pos + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(digits) = digits else { return Err(self.fail("`\\u` needs four hexadecimal digits")) };
        self.pos += 4;
        u32::from_str_radix(digits, 16).map_err(|_| self.fail("`\\u` needs four hexadecimal digits"))
    }

    fn unicode(&mut self) -> Result<char, JsonError> {
        let first = self.hex4()?;
        let code = if (0xD800..0xDC00).contains(&first) {
            if !self.text[self.pos..].starts_with("\\u") {
                return Err(self.fail("half of a surrogate pair"));
            }
            self.pos += 2;
            let second = self.hex4()?;
            if !(0xDC00..0xE000).contains(&second) {
                return Err(self.fail("half of a surrogate pair"));
            }
            0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.fail("half of a surrogate pair"))
    }

    fn array(&mut self, depth: usize) -> Result<Json<'t>, JsonError> {
        self.pos += 1;
        let mut items = Vec::new();
        self.blanks();
        if self.bytes.get(self.pos) == Some(&b']') {
            self.pos += 1;
            return Ok(Json::Array(items));
        }
        loop {
            self.blanks();
            self.path.push(Step::Item(items.len()));
            items.push(self.value(depth + 1)?);
            self.path.pop();
            self.blanks();
            match self.bytes.get(self.pos) {
                Some(b',') => self.pos += 1,
                Some(b']') => {
                    self.pos += 1;
                    return Ok(Json::Array(items));
                }
                _ => return Err(self.fail("`,` or `]` is missing in an array")),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json<'t>, JsonError> {
        self.pos += 1;
        let mut members: Vec<(Cow<'t, str>, Json<'t>)> = Vec::new();
        let mut seen: std::collections::BTreeSet<String> = std::collections::BTreeSet::new();
        self.blanks();
        if self.bytes.get(self.pos) == Some(&b'}') {
            self.pos += 1;
            return Ok(Json::Object(members));
        }
        loop {
            self.blanks();
            if self.bytes.get(self.pos) != Some(&b'"') {
                return Err(self.fail("a member's name is missing"));
            }
            let at = self.pos;
            let key = self.string()?;
            // Few members: compare; many: look up, so that the cost stays linear.
            let duplicate = if members.len() < 16 {
                members.iter().any(|(k, _)| *k == key)
            } else {
                if seen.is_empty() {
                    seen.extend(members.iter().map(|(k, _)| k.to_string()));
                }
                !seen.insert(key.to_string())
            };
            if duplicate {
                self.pos = at;
                return Err(self.fail(&format!("`{key}` stands twice")));
            }
            self.blanks();
            if self.bytes.get(self.pos) != Some(&b':') {
                return Err(self.fail("`:` is missing after a member's name"));
            }
            self.pos += 1;
            self.blanks();
            self.path.push(Step::Member(key.clone()));
            let value = self.value(depth + 1)?;
            self.path.pop();
            members.push((key, value));
            self.blanks();
            match self.bytes.get(self.pos) {
                Some(b',') => self.pos += 1,
                Some(b'}') => {
                    self.pos += 1;
                    return Ok(Json::Object(members));
                }
                _ => return Err(self.fail("`,` or `}` is missing in an object")),
            }
        }
    }
}

/// The digits of a number without zeros at its ends, and the power of ten of the first: 120.5e1 is `1205` and 3.
fn decimal(text: &str) -> (String, i64) {
    let (number, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) =
        number.trim_start_matches('-').split_once('.').unwrap_or((number.trim_start_matches('-'), ""));
    let digits = format!("{whole}{fraction}");
    let leading = digits.len() - digits.trim_start_matches('0').len();
    let significant = digits.trim_matches('0').to_owned();
    let first = whole.len() as i64 - 1 - leading as i64 + power.parse::<i64>().unwrap_or(i64::MAX / 2);
    if significant.is_empty() { (significant, 0) } else { (significant, first) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_readers_could_disagree_on_is_an_error() {
        for (text, message, pointer) in [
            (r#"{"a":{"b":1,"b":2}}"#, "`b` stands twice", "/a"),
            (r#"{"a":1} x"#, "more text follows the JSON value", ""),
            (r#"{"a":01}"#, "this is no JSON number", "/a"),
            (r#"{"a":123456789012345678901}"#, "this number would not survive as written", "/a"),
            (r#"{"a":100.00000000000000000001}"#, "this number would not survive as written", "/a"),
            (r#"{"a":1e-400}"#, "this number would not survive as written", "/a"),
            (r#"["\ud800"]"#, "half of a surrogate pair", "/0"),
            ("{\"a\":\"\n\"}", "a control character in a string must be escaped", "/a"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!((error.message.as_str(), error.pointer.as_str()), (message, pointer), "{text}");
        }
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(parse(&nested(JSON_DEPTH + 1)).unwrap_err().message, "nested too deeply");
        assert!(parse(&nested(JSON_DEPTH)).is_ok());
        for number in ["0.1", "-2.50", "1E3", "0.30000000000000004", "18446744073709551615", "0e5", "-0.0", "120.5e-7"]
        {
            assert!(parse(number).is_ok(), "{number}");
        }
    }

    #[test]
    fn canonical_text_is_stable() {
        let mut out = String::new();
        parse(r#" {"b":[1, 2.50],"a":"é\n"} "#).unwrap().canonical(&mut out);
        assert_eq!(out, r#"{"a":"é\n","b":[1,2.50]}"#);
    }
}
