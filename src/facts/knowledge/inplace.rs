//! Lists that stay in the blob's bytes: of many members few are ever looked at.

use serde::{Deserialize, Serialize};

use super::OptionValue;

/// FNV-1a, folded once: for short names that no attacker chooses (a full bucket only costs time).
pub(super) fn hash(name: impl Iterator<Item = u8>) -> u32 {
    let hash = name.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash ^ hash >> 16
}

/// The options of an entry, in place: a byte that says whether some name has no dash before it (`x` of tar); the number of
/// all names, for each a byte that few others share, and for each where its option stands; then for each option a byte for
/// its value, one for the number of its names, and the names with their lengths. A command gives few of the many options
/// that a program has, so only those are ever looked up.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Options<'k>(#[serde(borrow)] &'k [u8]);

/// What few names of a program share.
fn tag(name: &[u8]) -> u8 {
    let at = |index: usize| name.get(index).copied().unwrap_or(0);
    let (last, middle) = (at(name.len().wrapping_sub(1)), at(name.len() / 2));
    (name.len() as u8).wrapping_mul(59) ^ last ^ middle.rotate_left(3) ^ at(2).rotate_left(5)
}

/// One option of an entry.
#[derive(Clone, Copy, Debug)]
pub struct OptionSpec<'k> {
    pub names: Names<'k>,
    pub value: OptionValue,
}

/// The names of an option, in place: each with its length before it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names<'k>(&'k [u8]);

/// The tags of the names, where their options stand, and the options.
struct Parts<'k> {
    tags: &'k [u8],
    places: &'k [[u8; 2]],
    records: &'k [u8],
}

impl<'k> Options<'k> {
    /// The bytes of options; names longer than 255 bytes do not exist.
    #[must_use]
    pub fn bytes<'n>(options: impl IntoIterator<Item = (Vec<&'n str>, OptionValue)>) -> Vec<u8> {
        let (mut undashed, mut tags, mut places, mut records) = (0, Vec::new(), Vec::new(), Vec::new());
        for (names, value) in options {
            undashed |= u8::from(names.iter().any(|name| !name.starts_with('-')));
            let place = records.len() as u16;
            records.extend([value as u8, names.len() as u8]);
            for name in names {
                tags.push(tag(name.as_bytes()));
                places.extend(place.to_le_bytes());
                records.push(name.len() as u8);
                records.extend_from_slice(name.as_bytes());
            }
        }
        let mut out = vec![undashed];
        out.extend((tags.len() as u16).to_le_bytes());
        out.extend([tags, places, records].concat());
        out
    }

    /// What [`Options::bytes`] made.
    #[must_use]
    pub const fn of(bytes: &'k [u8]) -> Self {
        Options(bytes)
    }

    /// Every option.
    pub fn iter(&self) -> impl Iterator<Item = OptionSpec<'k>> + use<'k> {
        let mut rest = self.parts().map_or(&[][..], |parts| parts.records);
        std::iter::from_fn(move || {
            let (option, after) = OptionSpec::first(rest)?;
            rest = after;
            Some(option)
        })
    }

    fn parts(&self) -> Option<Parts<'k>> {
        let [_, low, high, rest @ ..] = self.0 else { return None };
        let count = usize::from(u16::from_le_bytes([*low, *high]));
        let (tags, rest) = rest.split_at_checked(count)?;
        let (places, records) = rest.split_at_checked(count * 2)?;
        Some(Parts { tags, places: places.as_chunks().0, records })
    }

    /// The option of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<OptionSpec<'k>> {
        if !name.starts_with('-') && self.0.first() == Some(&0) {
            return None;
        }
        let tag = tag(name.as_bytes());
        let Parts { tags, places, records } = self.parts()?;
        if !tags.contains(&tag) {
            return None;
        }
        tags.iter().zip(places).filter(|(known, _)| **known == tag).find_map(|(_, place)| {
            let (option, _) = OptionSpec::first(records.get(usize::from(u16::from_le_bytes(*place))..)?)?;
            option.names.has(name.as_bytes()).then_some(option)
        })
    }
}

impl<'k> OptionSpec<'k> {
    /// The option that these bytes begin with, and what follows.
    fn first(bytes: &'k [u8]) -> Option<(Self, &'k [u8])> {
        let [value, count, names @ ..] = bytes else { return None };
        let mut end = 0;
        for _ in 0..*count {
            end += 1 + usize::from(*names.get(end)?);
        }
        let (names, after) = names.split_at_checked(end)?;
        Some((OptionSpec { names: Names(names), value: OptionValue::of(*value) }, after))
    }
}

impl<'k> Names<'k> {
    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Each, as it is spelled.
    pub fn iter(self) -> impl Iterator<Item = &'k str> + use<'k> {
        self.bytes().map(|name| std::str::from_utf8(name).unwrap_or_default())
    }

    /// Each, not looked at whether it is UTF-8.
    pub fn bytes(self) -> impl Iterator<Item = &'k [u8]> + use<'k> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (length, names) = rest.split_first()?;
            let (name, after) = names.split_at_checked(usize::from(*length))?;
            rest = after;
            Some(name)
        })
    }

    /// Whether this is one of them.
    #[must_use]
    pub fn has(self, name: &[u8]) -> bool {
        let mut rest = self.0;
        let last = name.last();
        while let Some((length, names)) = rest.split_first() {
            let Some((known, after)) = names.split_at_checked(usize::from(*length)) else { return false };
            // Most names that are as long end otherwise.
            if known.len() == name.len() && known.last() == last && known == name {
                return true;
            }
            rest = after;
        }
        false
    }
}

/// Texts in place, each with its length before it (a byte, or 255 and four). Most such lists of an entry are empty, and few
/// of the others are ever looked at.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts<'k>(#[serde(borrow)] &'k [u8]);

impl<'k> Texts<'k> {
    fn packed<'n>(words: impl IntoIterator<Item = &'n str>) -> Vec<u8> {
        let mut out = Vec::new();
        for word in words {
            out.extend(Self::length(word.len()));
            out.extend_from_slice(word.as_bytes());
        }
        out
    }

    /// The bytes that stand before a text.
    fn length(length: usize) -> Vec<u8> {
        match u8::try_from(length) {
            Ok(short) if short < u8::MAX => vec![short],
            _ => [&[u8::MAX][..], &(length as u32).to_le_bytes()].concat(),
        }
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every text, in order.
    #[must_use]
    pub const fn iter(&self) -> TextsIter<'k> {
        TextsIter(self.0)
    }

    /// Every text, not looked at whether it is UTF-8.
    pub fn bytes(&self) -> impl Iterator<Item = &'k [u8]> + use<'k> {
        let mut texts = self.iter();
        std::iter::from_fn(move || texts.next_bytes())
    }

    /// All of them, with this between.
    #[must_use]
    pub fn join(&self, between: &str) -> String {
        self.iter().collect::<Vec<_>>().join(between)
    }

    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        self.bytes().any(|known| known == word.as_bytes())
    }
}

/// While packs are compiled: lives as long as the process.
impl<'n> FromIterator<&'n str> for Texts<'static> {
    fn from_iter<I: IntoIterator<Item = &'n str>>(words: I) -> Self {
        Texts(Texts::packed(words).leak())
    }
}

impl<'k> IntoIterator for Texts<'k> {
    type Item = &'k str;
    type IntoIter = TextsIter<'k>;
    fn into_iter(self) -> TextsIter<'k> {
        self.iter()
    }
}

impl<'k> IntoIterator for &Texts<'k> {
    type Item = &'k str;
    type IntoIter = TextsIter<'k>;
    fn into_iter(self) -> TextsIter<'k> {
        self.iter()
    }
}

impl std::fmt::Debug for Texts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

/// Reads [`Texts`] one after the other.
#[derive(Clone)]
pub struct TextsIter<'k>(&'k [u8]);

impl<'k> TextsIter<'k> {
    fn next_bytes(&mut self) -> Option<&'k [u8]> {
        let (length, rest) = match self.0 {
            [u8::MAX, a, b, c, d, rest @ ..] => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest),
            [length, rest @ ..] => (usize::from(*length), rest),
            [] => return None,
        };
        let (word, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(word)
    }
}

impl<'k> Iterator for TextsIter<'k> {
    type Item = &'k str;
    fn next(&mut self) -> Option<&'k str> {
        self.next_bytes().map(|word| std::str::from_utf8(word).unwrap_or_default())
    }
}

/// The letters of a text as a set, one bit for each that it has; a few signs share one.
#[must_use]
pub fn letters(text: &[u8]) -> u32 {
    text.iter().fold(0, |set, byte| set | 1 << (byte & 31))
}

/// The letters that every text has which a glob matches. What stands in brackets or braces is one of several; a slash
/// may be no part of the match (`a/**` is also `a`), and `~` stands for a home.
#[must_use]
pub fn required(glob: &[u8]) -> u32 {
    let opens = glob.iter().position(|byte| matches!(byte, b'[' | b'{')).unwrap_or(glob.len());
    let closes = glob.iter().rposition(|byte| matches!(byte, b']' | b'}')).map_or(opens, |at| at.max(opens));
    let signs = glob[..opens].iter().chain(&glob[closes..]);
    signs.fold(0, |set, byte| match byte {
        b'*' | b'?' | b'[' | b']' | b'{' | b'}' | b'/' | b'~' => set,
        byte => set | 1 << (byte & 31),
    })
}

/// What stands before a glob, or the name of a list of them.
fn requires(glob: &[u8]) -> u32 {
    if glob.starts_with(b"@") { 0 } else { required(glob) }
}

/// Globs, and lists of them by name (`@protected`), in place: each with the letters that it requires before it. Most of
/// them are passed over by these alone.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Globs<'k>(#[serde(borrow)] Texts<'k>);

/// What stands before a glob.
const REQUIRED: usize = size_of::<u32>();

impl<'k> Globs<'k> {
    /// What [`Globs::packed`] gave.
    pub(super) const fn of(packed: &'k [u8]) -> Self {
        Globs(Texts(packed))
    }

    /// Its bytes.
    pub(super) const fn packed(&self) -> &'k [u8] {
        self.0.0
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every glob.
    pub fn bytes(&self) -> impl Iterator<Item = &'k [u8]> + use<'k> {
        self.0.bytes().map(|one| one.get(REQUIRED..).unwrap_or_default())
    }

    /// Whether one is written like this. What it requires tells nearly all others apart.
    pub(super) fn has(&self, text: &[u8]) -> bool {
        let required = requires(text).to_le_bytes();
        self.0.bytes().any(|one| {
            one.len() == REQUIRED + text.len()
                && one.split_first_chunk().is_some_and(|(known, glob)| *known == required && glob == text)
        })
    }

    /// Those that a text of these [`letters`] may match, and all lists.
    pub fn possible(&self, letters: u32) -> impl Iterator<Item = &'k [u8]> + use<'k> {
        self.0.bytes().filter_map(move |one| {
            let (required, glob) = one.split_first_chunk::<REQUIRED>()?;
            (u32::from_le_bytes(*required) & !letters == 0).then_some(glob)
        })
    }
}

/// While packs are compiled: lives as long as the process.
impl<'n> FromIterator<&'n str> for Globs<'static> {
    fn from_iter<I: IntoIterator<Item = &'n str>>(globs: I) -> Self {
        let mut out = Vec::new();
        for glob in globs {
            out.extend(Texts::length(REQUIRED + glob.len()));
            out.extend(requires(glob.as_bytes()).to_le_bytes());
            out.extend_from_slice(glob.as_bytes());
        }
        Globs(Texts(out.leak()))
    }
}

impl std::fmt::Debug for Globs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.bytes().map(String::from_utf8_lossy)).finish()
    }
}

/// A text of the packs that most runs never look at: only when it is read is it checked to be UTF-8.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Text<'k>(#[serde(borrow)] pub &'k [u8]);

impl<'k> Text<'k> {
    /// The text; what is none is empty.
    #[must_use]
    pub fn as_str(&self) -> &'k str {
        std::str::from_utf8(self.0).unwrap_or_default()
    }

    /// Its lines.
    pub fn lines(&self) -> std::str::Lines<'k> {
        self.as_str().lines()
    }
}

impl<'k> From<&'k str> for Text<'k> {
    fn from(text: &'k str) -> Self {
        Text(text.as_bytes())
    }
}
