//! Numbers as people read them.

/// `1203` as `1,203`.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 file`, `1,203 files`.
#[must_use]
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// Bytes in the unit that fits (SI).
#[must_use]
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => counted(bytes, "byte"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}

/// Writes a number in so many digits, the first of them zeros where it has fewer. (The formatting of the standard library
/// is code that a usual decision needs for nothing else: what is not run is not loaded.)
pub fn padded<const RADIX: u64>(out: &mut String, mut number: u64, digits: usize) {
    let mut text = [b'0'; 20];
    for at in (0..digits.min(20)).rev() {
        text[at] = b"0123456789abcdef"[(number % RADIX) as usize % 16];
        number /= RADIX;
    }
    out.extend(text[..digits.min(20)].iter().map(|digit| char::from(*digit)));
}

/// Writes a number as it is.
pub fn plain(out: &mut String, number: u64) {
    padded::<10>(out, number, number.checked_ilog10().map_or(1, |digits| digits as usize + 1));
}

#[cfg(test)]
mod tests {
    use super::{counted, plain, size, thousands};

    #[test]
    fn numbers() {
        assert_eq!(
            [thousands(0), thousands(999), thousands(1203), thousands(1_000_000)],
            ["0", "999", "1,203", "1,000,000"]
        );
        assert_eq!([counted(1, "file"), counted(1203, "file")], ["1 file", "1,203 files"]);
        assert_eq!([size(1), size(48_000_000)], ["1 byte", "48 MB"]);
    }

    #[test]
    fn plain_numbers() {
        for number in [0, 9, 10, 1203, u64::MAX] {
            let mut out = String::new();
            plain(&mut out, number);
            assert_eq!(out, number.to_string());
        }
    }

    #[test]
    fn digits_are_filled_with_zeros() {
        let mut out = String::new();
        super::padded::<10>(&mut out, 7, 3);
        super::padded::<16>(&mut out, 0xAB_CDEF, 4);
        assert_eq!(out, "007cdef");
    }
}
