//! The words that a script is given: `process.argv`, `ARGV`, `os.Args`, and what JavaScript's readers of options make of them.

use bumpalo::Bump;

use super::names::Names;
use super::syntax::tokens::Token;
use crate::facts::{Call, value};

/// Words that are looked at.
const MOST: usize = 16;

/// What the results of such readers are called.
const RESULTS: [&str; 7] = ["args", "opts", "options", "ns", "a", "argv", "values"];

/// The words behind the script that a call runs; none if the code itself is one of its words, for then they are bound to
/// it already.
pub(super) fn words_for<'a>(bump: &'a Bump, call: &Call<'a>, text: &str) -> &'a [&'a str] {
    let inline = |word: &value::Field<'a>| word.val.lit() == Some(text);
    if call.words.iter().any(inline) || call.operands.first().is_none_or(|operand| operand.name != "script") {
        return &[];
    }
    let words = call.operands.iter().skip(1).take(MOST).map(|operand| operand.field.val.show(bump));
    bump.alloc_slice_copy(&words.collect::<Vec<_>>())
}

impl<'a> Names<'a> {
    /// The same names, and those by which the code asks for its words.
    pub fn with_words(mut self, bump: &'a Bump, language: &str, words: &'a [&'a str]) -> Self {
        self.words = words;
        if words.is_empty() {
            return self;
        }
        // By which name, from which number, and how all are asked for.
        let (name, first, all) = match language {
            "javascript" => ("process.argv", 2, "process.argv.slice"),
            "ruby" | "perl" => ("ARGV", 0, "ARGV"),
            "php" => ("argv", 1, "argv"),
            "go" => ("os.Args", 1, "os.Args[1:]"),
            _ => return self,
        };
        for (at, word) in words.iter().enumerate() {
            self.give(bump.alloc_str(&format!("{name}[{}]", at + first)), word);
        }
        self.give_list(all, words.to_vec());
        // What `parseArgs`, yargs and commander make of them.
        for word in words.iter().filter(|word| language == "javascript" && word.starts_with("--")) {
            let option = word.split_once('=').map_or(*word, |(option, _)| option);
            self.parsed(bump, option);
        }
        self
    }

    /// The word behind an option that the script was given.
    pub fn word_behind(&self, option: &str) -> Option<&'a str> {
        let at = self.words.iter().position(|word| *word == option)?;
        self.words.get(at + 1).copied()
    }

    /// The text of `os.Args[1]`: name, bracket, digit, bracket.
    pub fn word_by_number(&self, name: &str, rest: &[Token<'a>]) -> Option<&'a str> {
        match rest {
            [Token::Sign(b'['), Token::Sign(digit), Token::Sign(b']'), ..]
                if !self.words.is_empty() && digit.is_ascii_digit() =>
            {
                self.text(&format!("{name}[{}]", char::from(*digit)))
            }
            _ => None,
        }
    }

    /// What an option is: the word behind it; false if none was given.
    pub fn parsed(&mut self, bump: &'a Bump, argument: &str) -> bool {
        let name = argument.trim_start_matches('-').replace('-', "_");
        let word = self.words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix(argument)? {
            "" => self.words.get(at + 1).filter(|next| !next.starts_with('-')).copied(),
            rest => rest.strip_prefix('='),
        });
        let Some(word) = word else { return false };
        for result in RESULTS {
            self.give(bump.alloc_str(&format!("{result}.{name}")), word);
        }
        true
    }

    /// What an argument is that nobody gave.
    pub fn parsed_otherwise(&mut self, bump: &'a Bump, argument: &str, text: &'a str) {
        let name = argument.trim_start_matches('-').replace('-', "_");
        for result in RESULTS {
            self.give(bump.alloc_str(&format!("{result}.{name}")), text);
        }
    }
}
