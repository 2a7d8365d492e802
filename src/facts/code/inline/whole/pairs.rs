//! Which pairs of bytes stand side by side in a text: it is asked for some hundred words, of which it has hardly one, and
//! each search goes through all of it.

/// The pairs, each by a hash of twelve bits: one that is there may stand for another, one that is not stands for none.
pub(in super::super) struct Pairs([u64; 64]);

impl Pairs {
    pub fn of(text: &str) -> Self {
        let mut pairs = Pairs([0; 64]);
        for two in text.as_bytes().windows(2) {
            let (word, bit) = place(two[0], two[1]);
            pairs.0[word] |= bit;
        }
        pairs
    }

    /// False if the text certainly has not this word: its first pair or its last is missing.
    pub fn may_hold(&self, word: &[u8]) -> bool {
        let has = |first: u8, second: u8| {
            let (word, bit) = place(first, second);
            self.0[word] & bit != 0
        };
        match word {
            [first, second, .., before, last] => has(*first, *second) && has(*before, *last),
            [first, second, ..] => has(*first, *second),
            _ => true,
        }
    }
}

fn place(first: u8, second: u8) -> (usize, u64) {
    let hash = (usize::from(first) * 37) ^ usize::from(second);
    ((hash >> 6) & 63, 1 << (hash & 63))
}

#[cfg(test)]
mod tests {
    use super::Pairs;

    #[test]
    fn no_word_of_a_text_is_missed() {
        let text = "import os; os.system('rm -rf /')\n";
        let pairs = Pairs::of(text);
        for start in 0..text.len() {
            for end in start..=text.len() {
                assert!(pairs.may_hold(&text.as_bytes()[start..end]), "{}", &text[start..end]);
            }
        }
        assert!(!pairs.may_hold(b"shutil.rmtree") && !pairs.may_hold(b"xyz") && !Pairs::of("").may_hold(b"ab"));
    }
}
