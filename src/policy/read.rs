//! A policy file's text as a checked [`File`].

use toml::Spanned;

use super::format::File;
use super::validate;
use crate::rules::format::{PackError, nearest};

/// Reads a policy file.
///
/// # Errors
/// The first mistake, with its place: syntax, an unknown field, a wrong type, a value that cannot be meant.
pub fn parse(name: &str, text: &str) -> Result<File, PackError> {
    let file: File = match in_pieces(text) {
        Some(file) => file,
        None => whole(name, text)?,
    };
    validate::check(name, text, &file)?;
    Ok(file)
}

/// The mistakes of a file that are told at once.
const TOLD: usize = 20;

/// The mistakes of a file, the first twenty: after each, the table that it stands in is left out and the rest read again.
#[must_use]
pub fn mistakes(name: &str, text: &str) -> Vec<PackError> {
    let mut all = Vec::new();
    let mut left: Vec<&str> = text.split('\n').collect();
    while all.len() < TOLD
        && let Err(error) = parse(name, &left.join("\n"))
    {
        let table = table_around(&left, error.line - 1);
        let again = left[table.clone()].iter().all(|line| line.is_empty());
        all.push(error);
        if again {
            break;
        }
        left[table].fill("");
    }
    all
}

/// The lines of the table in which one stands, with the tables below it (`[rule.when]` behind `[[rule]]`).
fn table_around(lines: &[&str], line: usize) -> std::ops::Range<usize> {
    fn key(line: &str) -> Option<&str> {
        line.starts_with('[').then(|| line.trim_start_matches('[').split(['.', ']']).next().unwrap_or_default())
    }
    let mut start = 0;
    for (at, text) in lines.iter().enumerate() {
        let Some(name) = key(text) else { continue };
        let below = text.contains('.') && lines.get(start).copied().and_then(key) == Some(name);
        if !below && at > line {
            return start..at;
        }
        if !below {
            start = at;
        }
    }
    start..lines.len()
}

/// Bytes from which on a file is read in pieces, and of a piece.
const PIECE: usize = 2048;

/// A long file, cut before its rules and read piece by piece: a parser's tree of a whole file is some ten times as large
/// as the file, and bringing that much memory in costs more than reading. None: read it whole, which also says what is
/// wrong with it.
fn in_pieces(text: &str) -> Option<File> {
    const HEADS: [&str; 4] = ["[[rule]]", "[[exception]]", "[[scope]]", "[[kill]]"];
    if text.len() < 2 * PIECE {
        return None;
    }
    let mut out = File::default();
    let mut start = 0;
    let mut from = PIECE;
    // What looks like a head inside a text of several lines or a list leaves a piece that does not end, which is no piece.
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("\n[[")).map(|at| from + at + 1) {
        from = at;
        if HEADS.contains(&text[at..].lines().next()?.trim_end()) {
            out.join(toml::from_str(&text[start..at]).ok()?, start)?;
            if start == 0 {
                // A list that grows moves what it holds to ever new memory.
                out.rules.reserve(out.rules.len() * (text.len() / at));
            }
            start = at;
            from += PIECE;
        }
    }
    out.join(toml::from_str(&text[start..]).ok()?, start)?;
    Some(out)
}

impl File {
    /// Adds a piece that begins at a byte of the file. None: something stands in two pieces.
    fn join(&mut self, piece: File, from: usize) -> Option<()> {
        fn is_default<T: Default + PartialEq>(value: &T) -> bool {
            *value == T::default()
        }
        macro_rules! either {
            ($($field:ident),*) => {
                $(if !is_default(&piece.$field) {
                    if !is_default(&self.$field) {
                        return None;
                    }
                    self.$field = piece.$field;
                })*
            };
        }
        either!(
            schema,
            name,
            description,
            extends,
            profile,
            user_layer,
            thresholds,
            environments,
            fail,
            approval,
            groups,
            lists,
            notifiers
        );
        fn behind<T>(item: Spanned<T>, from: usize) -> Spanned<T> {
            let span = item.span();
            Spanned::new(span.start + from..span.end + from, item.into_inner())
        }
        fn shift<T>(list: &mut Vec<Spanned<T>>, piece: Vec<Spanned<T>>, from: usize) {
            list.extend(piece.into_iter().map(|item| behind(item, from)));
        }
        if let Some(protect) = piece.protect
            && self.protect.replace(behind(protect, from)).is_some()
        {
            return None;
        }
        shift(&mut self.rules, piece.rules, from);
        shift(&mut self.exceptions, piece.exceptions, from);
        shift(&mut self.scopes, piece.scopes, from);
        shift(&mut self.kills, piece.kills, from);
        Some(())
    }
}

fn whole(name: &str, text: &str) -> Result<File, PackError> {
    toml::from_str(text).map_err(|error| {
        let mut message = error.message().to_owned();
        // "unknown field `x`, expected one of `a`, `b`": which was probably meant.
        if let Some((what, expected)) = message.clone().split_once(", expected ")
            && let Some(word) = what.split('`').nth(1)
            && (what.starts_with("unknown field") || what.starts_with("unknown variant"))
        {
            let among: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
            message = match nearest(word, among.iter().copied()) {
                Some(near) => format!("{what}; did you mean `{near}`?"),
                None => format!("{what}; it is one of {}", among.join(", ")),
            };
        }
        PackError::new(name, text, error.span(), plainly(&message))
    })
}

/// What the parser says of a wrong type, in the words of the file.
fn plainly(message: &str) -> String {
    if message.contains("invalid type: map, expected a sequence") {
        return "several of these are a list: write its head in two brackets, `[[rule]]`".to_owned();
    }
    let Some((given, expected)) =
        message.split_once(", expected ").filter(|(given, _)| given.starts_with("invalid type"))
    else {
        return message.to_owned();
    };
    let expected = match expected {
        "f64" | "f32" => "a number",
        "struct Criteria" => "a table: `when = { verb = \"git push\" }`",
        other if other.starts_with("struct ") => "a table",
        other if other.starts_with(['u', 'i']) && other[1..].parse::<u8>().is_ok() => "a whole number",
        other => other,
    };
    format!("{given}, expected {expected}")
}
