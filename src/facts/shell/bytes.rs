//! What a byte means to the shell, looked up: every byte of a script is asked for it several times.

const META: u8 = 1;
const QUOTE: u8 = 2;
const PATTERN: u8 = 4;
const NAME: u8 = 8;
const EXPANDED: u8 = 16;

static MEANING: [u8; 256] = {
    let mut table = [0; 256];
    let sets: [(&[u8], u8); 5] = [
        (b" \t\n;&|<>()", META),
        (b"'\"\\$`", QUOTE),
        (b"?*+@!", PATTERN),
        (b"ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz0123456789", NAME),
        (b"{*?[~", EXPANDED),
    ];
    let mut set = 0;
    while set < sets.len() {
        let (bytes, meaning) = sets[set];
        let mut at = 0;
        while at < bytes.len() {
            table[bytes[at] as usize] |= meaning;
            at += 1;
        }
        set += 1;
    }
    table
};

fn means(byte: u8, any: u8) -> bool {
    MEANING[usize::from(byte)] & any != 0
}

/// It ends a word (bash(1), "DEFINITIONS": metacharacter).
pub(super) fn is_meta(byte: u8) -> bool {
    means(byte, META)
}

/// It makes a word more than the letters it shows.
pub(super) fn is_quote(byte: u8) -> bool {
    means(byte, QUOTE)
}

pub(super) fn is_meta_or_quote(byte: u8) -> bool {
    means(byte, META | QUOTE)
}

/// It is nothing but itself, also before a bracket.
pub(super) fn is_plain(byte: u8) -> bool {
    !means(byte, META | QUOTE | PATTERN)
}

/// It may stand in the name of a variable, though a digit not at its beginning.
pub(super) fn is_of_name(byte: u8) -> bool {
    means(byte, NAME)
}

/// The name of a variable may begin with it.
pub(super) fn begins_name(byte: u8) -> bool {
    is_of_name(byte) && !byte.is_ascii_digit()
}

/// A literal word that holds it may become others: braces, patterns, a tilde.
pub fn is_expanded(byte: u8) -> bool {
    means(byte, EXPANDED)
}
