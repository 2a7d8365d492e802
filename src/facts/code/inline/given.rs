//! The words that a script is given: `sys.argv`, `process.argv`, `ARGV`, and what Python's argparse makes of them.

use bumpalo::Bump;

use super::names::Names;
use super::tokens::Token;
use crate::facts::{Call, value};

/// Words that are looked at.
const MOST: usize = 16;

/// What the results of argparse are called.
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
            "python" => ("sys.argv", 1, "sys.argv[1:]"),
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
            self.parsed(bump, option, false);
        }
        self
    }

    /// The word behind an option that the script was given.
    pub fn word_behind(&self, option: &str) -> Option<&'a str> {
        let at = self.words.iter().position(|word| *word == option)?;
        self.words.get(at + 1).copied()
    }

    /// The text of `sys.argv[1]`: name, bracket, digit, bracket.
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

    /// All words, and how many tokens say so: `sys.argv[1:]`, `process.argv.slice(2)`.
    pub fn all_words(&self, tokens: &[Token<'a>]) -> Option<(Vec<&'a str>, usize)> {
        let (name, taken) = match tokens {
            [
                Token::Name("sys.argv", _),
                Token::Sign(b'['),
                Token::Sign(b'1'),
                Token::Sign(b':'),
                Token::Sign(b']'),
                ..,
            ] => ("sys.argv[1:]", 5),
            [
                Token::Name(slice @ "process.argv.slice", _),
                Token::Sign(b'('),
                Token::Sign(b'2'),
                Token::Sign(b')'),
                ..,
            ] => (*slice, 4),
            _ => return None,
        };
        Some((self.list(name)?.to_vec(), taken))
    }

    /// What an argument of argparse is: `add_argument("--root")` the word behind that option, `add_argument("paths",
    /// nargs="+")` all that belong to none; false if none was given.
    pub fn parsed(&mut self, bump: &'a Bump, argument: &str, several: bool) -> bool {
        let name = argument.trim_start_matches('-').replace('-', "_");
        let mut values = Vec::new();
        if argument.starts_with('-') {
            for (at, word) in self.words.iter().enumerate() {
                match word.strip_prefix(argument) {
                    Some("") => values.extend(self.words.get(at + 1).filter(|next| !next.starts_with('-'))),
                    Some(rest) => values.extend(rest.strip_prefix('=')),
                    None => {}
                }
            }
        } else {
            values.extend(self.words.iter().filter(|word| !word.starts_with('-')));
        }
        let Some(first) = values.first().copied() else { return false };
        for result in RESULTS {
            let name: &'a str = bump.alloc_str(&format!("{result}.{name}"));
            match several {
                true => self.give_list(name, values.clone()),
                false => self.give(name, first),
            }
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
