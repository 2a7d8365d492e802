//! Paths that code puts together: parts below a folder, and folders above one.

use bumpalo::Bump;

use super::super::names::Names;
use super::super::syntax::tokens::{Token, closes_at};
use super::sum;

/// The arguments of a function for paths, joined, up to its closing bracket.
pub(super) fn parts<'a>(
    bump: &'a Bump,
    tokens: &[Token<'a>],
    names: &Names<'a>,
    depth: u32,
    join: fn(&str, &str) -> String,
) -> Option<(String, bool, usize)> {
    let mut out = String::new();
    let mut at = 0;
    let mut open = false;
    loop {
        match sum(bump, tokens.get(at..)?, names, depth + 1) {
            Some((text, rest, taken)) if !open => {
                out = if at == 0 { text.into_owned() } else { join(&out, &text) };
                open = rest;
                at += taken;
            }
            _ if at == 0 => return None,
            _ => open = true,
        }
        match tokens.get(at)? {
            Token::Sign(b',') => at += 1,
            Token::Sign(b')') => return Some((out, open, at + 1)),
            // What a part is cannot be known: it ends where the call does.
            _ => {
                open = true;
                if !out.ends_with('/') {
                    out.push('/');
                }
                let end = closes_at(&tokens[at..])?;
                return Some((out, open, at + end + 1));
            }
        }
    }
}

/// A part below a folder, or a path of its own.
pub(super) fn joined(folder: &str, part: &str) -> String {
    match part {
        _ if part.starts_with(['/', '~']) && !folder.is_empty() && part.len() > 1 && folder != "~" => part.to_owned(),
        "" => folder.to_owned(),
        _ if folder.is_empty() => part.to_owned(),
        _ => format!("{}/{}", folder.trim_end_matches('/'), part.trim_start_matches('/')),
    }
}

/// A part below a folder, however it begins.
pub(super) fn joined_below(folder: &str, part: &str) -> String {
    match part.trim_start_matches('/') {
        "" => folder.to_owned(),
        _ if folder.is_empty() => part.to_owned(),
        below => format!("{}/{below}", folder.trim_end_matches('/')),
    }
}

/// Whether members are all those of pathlib for the folder above.
pub(super) fn is_above(members: &str) -> bool {
    members.split('.').all(|member| member == "parent")
}

/// The folder so many levels above one.
pub(super) fn above(folder: &str, levels: usize) -> String {
    joined(folder, &vec![".."; levels].join("/"))
}
