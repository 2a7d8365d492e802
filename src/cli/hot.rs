//! The reader of the commands that are called before every command of an agent: what it does not know for certain it
//! leaves to clap.

use std::ffi::OsString;

use super::{Given, OPTIONS};

/// Reads the words after `gate check`. None: leave it to clap, which says what is wrong or prints help.
#[must_use]
pub fn read_hot(command: &str, words: &[OsString]) -> Option<Given> {
    let mut given = Given::default();
    let mut index = 0;
    while index < words.len() {
        let word = words[index].to_str();
        index += 1;
        match word {
            Some("--") => {
                given.operands.extend_from_slice(&words[index..]);
                return finish(given);
            }
            Some(text) if text.len() > 1 && text.starts_with('-') => {
                let (name, attached) = match text.split_once('=') {
                    Some((name, value)) if text.starts_with("--") => (name, Some(value)),
                    _ => (text, None),
                };
                let found = OPTIONS.iter().position(|o| {
                    o.commands.contains(&command)
                        && (name.strip_prefix("--") == Some(o.long)
                            || o.short.is_some_and(|c| name.len() == 2 && name.ends_with(c) && !name.starts_with("--")))
                })?;
                let option = &OPTIONS[found];
                if given.values.iter().any(|(i, _)| *i == found) {
                    return None;
                }
                let value = match (option.value, attached) {
                    (None, None) => OsString::new(),
                    (None, Some(_)) => return None,
                    (Some(_), Some(value)) => OsString::from(value),
                    (Some(_), None) => {
                        let value = words.get(index)?.clone();
                        index += 1;
                        // clap takes a value that looks like an option for an option.
                        if value.to_str().is_some_and(|v| v.starts_with('-') && v.len() > 1) {
                            return None;
                        }
                        value
                    }
                };
                if !option.choices.is_empty() && !option.choices.iter().any(|c| value.to_str() == Some(c)) {
                    return None;
                }
                given.values.push((found, value));
            }
            _ => {
                // The first operand ends gate's own options, as with sudo, env and timeout.
                given.operands.extend_from_slice(&words[index - 1..]);
                return finish(given);
            }
        }
    }
    finish(given)
}

fn finish(mut given: Given) -> Option<Given> {
    given.values.sort_unstable_by_key(|(i, _)| *i);
    Some(given)
}
