//! Which environment a name speaks of.

use std::cell::OnceCell;

use serde::{Deserialize, Serialize};

use super::super::Texts;

/// Words that make a name look like production, staging and so on, and what names mean in this house.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Environments<'k> {
    /// The words of each environment, and its name.
    #[serde(borrow)]
    pub words: Vec<(Texts<'k>, &'k str)>,
    /// What names mean in this house, as its policy says.
    #[serde(skip)]
    pub house: Vec<HouseName<'k>>,
    /// The letters that words begin with, a bit for each, by the length of the words; read once.
    #[serde(skip)]
    begins: OnceCell<[u32; LENGTHS]>,
}

/// Lengths of words that are told apart; longer ones share the last.
const LENGTHS: usize = 16;

/// A pattern of names that a policy gives an environment.
#[derive(Clone, Copy, Debug)]
pub struct HouseName<'k> {
    pub pattern: &'k str,
    pub environment: &'k str,
    /// Said by a layer that may also lower.
    pub trusted: bool,
}

impl<'k> Environments<'k> {
    pub(super) fn extend(&mut self, more: Self) {
        self.words.extend(more.words);
        self.begins = OnceCell::new();
    }

    /// Whether a name's words say production.
    #[must_use]
    pub fn is_production(&self, name: &str) -> bool {
        self.of_words(name) == "production"
    }

    /// Whether they say production, or what comes right before it: nothing there is thrown away.
    #[must_use]
    pub fn is_strict(&self, name: &str) -> bool {
        matches!(self.of_words(name), "production" | "staging")
    }

    /// Whether they say that it is for tests.
    #[must_use]
    pub fn is_test(&self, name: &str) -> bool {
        self.of_words(name) == "test"
    }

    /// The environment that a name's words say: `prod-eu-1` is production. Empty if they say none.
    #[must_use]
    pub fn of_words(&self, name: &str) -> &'k str {
        // Few words begin as one of these does that is as long.
        let slot = |word: &[u8]| word.len().min(LENGTHS - 1);
        let bit = |letter: u8| 1 << (letter.to_ascii_lowercase() & 31);
        let begins = self.begins.get_or_init(|| {
            let words = self.words.iter().flat_map(|(words, _)| words.bytes());
            words.fold([0; LENGTHS], |mut begins: [u32; LENGTHS], word| {
                begins[slot(word)] |= word.first().map_or(0, |letter| bit(*letter));
                begins
            })
        });
        let mut before: &[u8] = b"";
        let mut said = "";
        for word in name.as_bytes().split(|byte| !byte.is_ascii_alphanumeric()) {
            let prefix = std::mem::replace(&mut before, word);
            let digits = word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
            let bare = &word[..word.len() - digits];
            let begin = begins[slot(word)] | begins[slot(bare)];
            if word.first().is_none_or(|letter| begin & bit(*letter) == 0) {
                continue;
            }
            let says =
                |known: &[u8]| known.eq_ignore_ascii_case(word) || !bare.is_empty() && known.eq_ignore_ascii_case(bare);
            if let Some((_, environment)) = self.words.iter().find(|(words, _)| words.bytes().any(says)) {
                // `acme-non-prod` is what is not production, `pre-prod` what comes before it.
                if prefix.eq_ignore_ascii_case(b"non") {
                    continue;
                }
                if prefix.eq_ignore_ascii_case(b"pre") && *environment == "production" {
                    return self.of_words("preprod");
                }
                // Where several are named, what is there may be production's: `minio-prod`.
                if *environment == "production" {
                    return environment;
                }
                if said.is_empty() {
                    said = environment;
                }
            }
        }
        said
    }
}
