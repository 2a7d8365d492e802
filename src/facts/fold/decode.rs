//! Texts out of encodings: base64, also of UTF-16, base32, base85, quoted-printable, hexadecimal digits, and the numbers of
//! letters.

/// base64, also with the signs for addresses (RFC 4648); none if it is something else or no text.
pub(in crate::facts) fn base64(text: &str) -> Option<String> {
    // Other encodings of text have such letters: what it says is not known then.
    String::from_utf8(base64_bytes(text)?).ok().filter(|text| !text.contains('\0'))
}

/// The letters of a list of their numbers in Unicode: `114,109`; none if one is no number or no letter's.
pub(in crate::facts) fn letter_numbers(listed: &str) -> Option<String> {
    listed.split(',').map(|number| char::from_u32(number.trim().parse().ok()?)).collect()
}

/// base64 of UTF-16 with the low byte first, as Windows writes texts.
pub(in crate::facts) fn utf16(text: &str) -> Option<String> {
    let bytes = base64_bytes(text)?;
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16(&units).ok()
}

pub(in crate::facts) fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    digits(text, 6, |byte| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    })
}

/// base32 (RFC 4648, section 6).
pub(in crate::facts) fn base32(text: &str) -> Option<String> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    };
    String::from_utf8(digits(text, 5, value)?).ok()
}

/// The bytes of a text whose every sign has a value of so many bits, up to the first `=`.
fn digits(text: &str, each: u32, value: impl Fn(u8) -> Option<u8>) -> Option<Vec<u8>> {
    let mut bits: u32 = 0;
    let mut count = 0;
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            // What stands behind the end is read by some programs, and by others not.
            b'=' if bytes.all(|rest| matches!(rest, b'=' | b'\n' | b' ' | b'\r')) => break,
            b'=' => return None,
            b'\n' | b' ' | b'\r' => continue,
            _ => bits = bits << each | u32::from(value(byte)?),
        }
        count += each;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    Some(out)
}

/// base85 as Python's `b85encode` and git have it (RFC 1924's alphabet): five signs for four bytes.
pub(in crate::facts) fn base85(text: &str) -> Option<String> {
    const SIGNS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
    fives(text.as_bytes(), 84, |byte| SIGNS.iter().position(|sign| *sign == byte).map(|at| at as u64))
}

/// base85 as Adobe has it: five signs from `!` on for four bytes, `z` for four that are nothing.
pub(in crate::facts) fn ascii85(text: &str) -> Option<String> {
    let text = text.strip_prefix("<~").unwrap_or(text);
    let text = text.strip_suffix("~>").unwrap_or(text).replace('z', "!!!!!");
    fives(text.as_bytes(), 84, |byte| byte.checked_sub(b'!').filter(|value| *value < 85).map(u64::from))
}

/// Texts of numbers to the base of 85, the last one filled up with the greatest.
fn fives(signs: &[u8], greatest: u64, value: impl Fn(u8) -> Option<u64>) -> Option<String> {
    let mut out = Vec::with_capacity(signs.len());
    for five in signs.chunks(5) {
        let values = five.iter().map(|sign| value(*sign)).chain((five.len()..5).map(|_| Some(greatest)));
        let number = values.into_iter().try_fold(0, |number, value| Some(number * 85 + value?))?;
        let bytes = u32::try_from(number).ok()?.to_be_bytes();
        out.extend_from_slice(&bytes[..five.len() - 1]);
    }
    String::from_utf8(out).ok()
}

/// Quoted-printable (RFC 2045, 6.7): `=72`.
pub(in crate::facts) fn quoted_printable(text: &str) -> Option<String> {
    escaped(&text.replace("=\r\n", "").replace("=\n", ""), '=')
}

/// Bytes that stand as two hexadecimal digits behind a sign: `%72` (RFC 3986, 2.1).
pub(in crate::facts) fn escaped(text: &str, sign: char) -> Option<String> {
    let mut pieces = text.split(sign);
    let mut out = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        out.push(u8::from_str_radix(piece.get(..2)?, 16).ok()?);
        out.extend_from_slice(&piece.as_bytes()[2..]);
    }
    String::from_utf8(out).ok()
}

pub(in crate::facts) fn hex(text: &str) -> Option<String> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|b| !b.is_ascii_whitespace())
        .map(|b| (b as char).to_digit(16).map(|d| d as u8))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks(2).map(|pair| pair.iter().fold(0, |n, d| n << 4 | d)).collect();
    String::from_utf8(bytes).ok()
}

/// uuencode's lines (uuencode(5)): a length, then four signs for three bytes.
pub(in crate::facts) fn uu(text: &str) -> Option<String> {
    let sign = |byte: u8| byte.checked_sub(32).map(|value| u32::from(value & 63));
    let mut out = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (first, rest) = line.as_bytes().split_first()?;
        let length = sign(*first)? as usize;
        let mut bytes = Vec::with_capacity(length + 3);
        for four in rest.chunks(4) {
            let bits = (0..4).try_fold(0, |bits, at| Some(bits << 6 | sign(*four.get(at).unwrap_or(&b' '))?))?;
            bytes.extend([(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]);
        }
        out.extend_from_slice(bytes.get(..length)?);
    }
    String::from_utf8(out).ok()
}

/// A letter thirteen places on.
pub fn rot13(c: char) -> char {
    match c {
        'a'..='z' => char::from((c as u8 - b'a' + 13) % 26 + b'a'),
        'A'..='Z' => char::from((c as u8 - b'A' + 13) % 26 + b'A'),
        _ => c,
    }
}
