//! The format of a pack: TOML in, the compact form out. `build.rs` shares this folder, so that a mistake in
//! a built-in pack is a build error with file, line and caret, and a user's pack is held to the same.

mod advice;
mod commands;
mod common;
mod compile;
mod error;
mod examples;
mod raw;

pub use compile::{REQUEST, compile};
pub use error::{PackError, nearest};
pub use examples::{Example, Examples, FullExample};
use raw::RawPack;

use super::knowledge;

/// Classes that the mechanism itself gives out; packs add theirs (`[[class]]`).
pub const CORE_CLASSES: [&str; 12] = [
    "unknown",
    "root",
    "home",
    "workspace",
    "workspace-root",
    "outside",
    "temporary",
    "made-here",
    "container",
    "remote",
    "loopback",
    "container-data",
];

/// Packs live as long as the process: they are read once.
fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

/// A rule's examples and text, for tests and documents.
#[derive(Clone, Debug)]
pub struct RuleSource {
    /// `pack/id`
    pub id: String,
    pub file: String,
    pub line: usize,
    pub examples: Examples,
    /// How many `when` blocks the rule has.
    pub whens: usize,
    /// What it asks for, as it is written: its `when` and `unless` blocks.
    pub conditions: String,
}

/// One pack as text.
#[derive(Clone, Copy, Debug)]
pub struct PackText<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

/// Reads the examples of a pack.
///
/// # Errors
/// If the pack is not valid.
pub fn sources(pack: PackText<'_>) -> Result<Vec<RuleSource>, PackError> {
    let raw = parse(pack)?;
    Ok(raw
        .rule
        .iter()
        .map(|rule| RuleSource {
            id: format!("{}/{}", raw.pack, rule.get_ref().id.get_ref()),
            file: pack.file.to_owned(),
            line: line_of(pack.text, rule.span().start),
            examples: rule.get_ref().examples.clone(),
            whens: rule.get_ref().when.len(),
            conditions: conditions(pack.text.get(rule.span().start..).unwrap_or_default()),
        })
        .collect())
}

/// The blocks of a rule that say when it holds, of a text that begins with the rule.
fn conditions(text: &str) -> String {
    let mut kept = String::new();
    let mut asked = false;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            // The next rule, or what is no rule.
            if index > 0 && !line.starts_with("[[rule.") && !line.starts_with("[rule.") {
                break;
            }
            asked = line.starts_with("[[rule.when") || line.starts_with("[[rule.unless");
        }
        if asked && !line.trim().is_empty() {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// A piece of a pack that one command shows to be needed: a sign of code or a request, for tests.
#[derive(Clone, Debug)]
pub struct Shown {
    pub file: String,
    pub line: usize,
    /// A command that is found by it.
    pub example: String,
}

/// Reads the examples of the signs of a pack, in their order.
///
/// # Errors
/// If the pack is not valid.
pub fn signs(pack: PackText<'_>) -> Result<Vec<Shown>, PackError> {
    Ok(parse(pack)?.sign.iter().map(|sign| shown(pack, sign, &sign.get_ref().example)).collect())
}

/// Reads the examples of the services of a pack, in their order.
///
/// # Errors
/// If the pack is not valid.
pub fn services(pack: PackText<'_>) -> Result<Vec<Shown>, PackError> {
    Ok(parse(pack)?.service.iter().map(|service| shown(pack, service, &service.get_ref().example)).collect())
}

/// Reads the examples of the requests of a pack, in their order.
///
/// # Errors
/// If the pack is not valid.
pub fn requests(pack: PackText<'_>) -> Result<Vec<Shown>, PackError> {
    Ok(parse(pack)?.request.iter().map(|request| shown(pack, request, &request.get_ref().example)).collect())
}

fn shown<T>(pack: PackText<'_>, piece: &toml::Spanned<T>, example: &str) -> Shown {
    Shown { file: pack.file.to_owned(), line: line_of(pack.text, piece.span().start), example: example.to_owned() }
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or("").matches('\n').count() + 1
}

fn parse(pack: PackText<'_>) -> Result<RawPack, PackError> {
    toml::from_str(pack.text).map_err(|error| {
        let mut message = error.message().to_owned();
        // "unknown field `x`, expected one of `a`, `b`": say which was probably meant instead of listing forty.
        if let Some((what, expected)) = message.clone().split_once(", expected ")
            && let Some(word) = what.split('`').nth(1)
            && (what.starts_with("unknown field") || what.starts_with("unknown variant"))
        {
            message = format!("{what}{}", error::suggestion(word, expected.split('`').skip(1).step_by(2)));
        }
        PackError::new(pack.file, pack.text, error.span(), message)
    })
}

#[cfg(test)]
mod tests {
    use super::CORE_CLASSES;
    use crate::facts::paths::core;

    /// The mechanism gives out bits, packs ask by names.
    #[test]
    fn each_class_has_the_place_of_its_name() {
        let bits = [
            ("unknown", core::UNKNOWN),
            ("root", core::ROOT),
            ("home", core::HOME),
            ("workspace", core::WORKSPACE),
            ("workspace-root", core::WORKSPACE_ROOT),
            ("outside", core::OUTSIDE),
            ("temporary", core::TEMPORARY),
            ("made-here", core::MADE_HERE),
            ("container", core::CONTAINER),
            ("remote", core::REMOTE),
            ("loopback", core::LOOPBACK),
            ("container-data", core::CONTAINER_DATA),
        ];
        let named = CORE_CLASSES.iter().enumerate().map(|(at, name)| (*name, 1 << at));
        assert!(named.eq(bits));
    }
}
