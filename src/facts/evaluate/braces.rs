//! Brace expansion: `{a,b}`, `{1..3}` (bash(1), "Brace Expansion").

use smallvec::SmallVec;

use crate::facts::shell::ast::Part;
use crate::limits::UNROLL;

/// Words that one word may become; of a range of numbers fewer say the same.
const MOST: usize = 16 * UNROLL;

/// Brace expansion over the parts of a word: the alternatives, in order, and whether these are all.
pub(in crate::facts) fn expand<'a>(
    bump: &'a bumpalo::Bump,
    parts: &'a [Part<'a>],
) -> (SmallVec<[&'a [Part<'a>]; 1]>, bool) {
    if !parts.iter().any(|p| matches!(p, Part::Literal(text) if text.contains('{'))) {
        return (SmallVec::from_slice(&[parts]), true);
    }
    // Flatten to single units so that braces across parts (`{a,"b c"}`) work.
    let mut units: Vec<Part<'a>> = Vec::new();
    for part in parts {
        match part {
            Part::Literal(text) => {
                let mut start = 0;
                for (i, c) in text.char_indices() {
                    if matches!(c, '{' | '}' | ',') {
                        if i > start {
                            units.push(Part::Literal(&text[start..i]));
                        }
                        units.push(Part::Literal(&text[i..i + 1]));
                        start = i + 1;
                    }
                }
                if start < text.len() {
                    units.push(Part::Literal(&text[start..]));
                }
            }
            other => units.push(*other),
        }
    }
    let mut out = Vec::new();
    let mut budget = MOST;
    brace_units(bump, &units, &mut out, &mut budget, 0);
    if out.is_empty() {
        return (SmallVec::from_slice(&[parts]), budget > 0);
    }
    let words = out.into_iter().map(|units| &*bump.alloc_slice_copy(&units)).collect();
    (words, budget > 0)
}

fn brace_units<'a>(
    bump: &'a bumpalo::Bump,
    units: &[Part<'a>],
    out: &mut Vec<Vec<Part<'a>>>,
    budget: &mut usize,
    depth: u32,
) {
    let pairs = pairs(units);
    let mut from = 0;
    while let Some(open) = units[from..].iter().position(|p| matches!(p, Part::Literal("{"))).map(|i| i + from) {
        let Some((close, several)) = pairs[open] else {
            from = open + 1;
            continue;
        };
        let mut choices: Vec<Vec<Part<'a>>> = Vec::new();
        if !several {
            if let [Part::Literal(range)] = &units[open + 1..close]
                && let Some(items) = sequence(range)
            {
                choices = items.iter().map(|i| vec![Part::Literal(&*bump.alloc_str(i))]).collect();
            }
            if choices.is_empty() {
                from = open + 1;
                continue;
            }
        } else {
            let mut start = open + 1;
            for end in commas(&units[open..close]).map(|at| open + at).chain([close]) {
                choices.push(units[start..end].to_vec());
                start = end + 1;
            }
        }
        for choice in choices {
            if *budget == 0 || depth > 16 {
                *budget = 0;
                return;
            }
            let mut next = units[..open].to_vec();
            next.extend(choice);
            next.extend_from_slice(&units[close + 1..]);
            brace_units(bump, &next, out, budget, depth + 1);
        }
        return;
    }
    if *budget > 0 {
        *budget -= 1;
        out.push(units.to_vec());
    }
}

/// For each bracket that is opened where it closes, and whether there is a comma between that is in no other.
fn pairs(units: &[Part<'_>]) -> Vec<Option<(usize, bool)>> {
    let mut pairs = vec![None; units.len()];
    let mut open: Vec<(usize, bool)> = Vec::new();
    for (at, unit) in units.iter().enumerate() {
        match unit {
            Part::Literal("{") => open.push((at, false)),
            // One that would end nothing is a letter: `{a},b}` is `a}` and `b`.
            Part::Literal("}") if matches!(open[..], [(opened, false)] if !ranges(&units[opened..at])) => {}
            Part::Literal("}") => {
                if let Some((opened, several)) = open.pop() {
                    pairs[opened] = Some((at, several));
                }
            }
            Part::Literal(",") => {
                if let Some((_, several)) = open.last_mut() {
                    *several = true;
                }
            }
            _ => {}
        }
    }
    pairs
}

/// Whether a range may stand in a bracket.
fn ranges(units: &[Part<'_>]) -> bool {
    units.iter().take(2).any(|unit| matches!(unit, Part::Literal(text) if text.contains("..")))
}

/// The commas of the bracket that stands first.
fn commas(units: &[Part<'_>]) -> impl Iterator<Item = usize> {
    let mut level = 0;
    units.iter().enumerate().filter_map(move |(at, unit)| {
        match unit {
            Part::Literal("{") => level += 1,
            Part::Literal("}") if level > 1 => level -= 1,
            Part::Literal(",") if level == 1 => return Some(at),
            _ => {}
        }
        None
    })
}

/// `1..5`, `a..e`, `1..9..2`
fn sequence(text: &str) -> Option<Vec<String>> {
    let mut parts = text.split("..");
    let (first, last, step) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let step: i64 = step.map_or(Some(1), |s| s.parse().ok())?;
    let step = step.unsigned_abs().max(1) as usize;
    if let (Ok(a), Ok(b)) = (first.parse::<i64>(), last.parse::<i64>()) {
        let width = if first.starts_with('0') && first.len() > 1 { first.len() } else { 0 };
        let count = (a.abs_diff(b) as usize / step + 1).min(UNROLL);
        return Some(
            (0..count)
                .map(|i| {
                    let offset = (i * step) as i64;
                    let n = if b >= a { a.saturating_add(offset) } else { a.saturating_sub(offset) };
                    format!("{n:0width$}")
                })
                .collect(),
        );
    }
    let (a, b) = (single_char(first)?, single_char(last)?);
    let range: Vec<u8> = if a <= b { (a..=b).collect() } else { (b..=a).rev().collect() };
    Some(range.into_iter().step_by(step).map(|b| char::from(b).to_string()).collect())
}

fn single_char(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [b] if b.is_ascii_alphabetic() => Some(*b),
        _ => None,
    }
}
