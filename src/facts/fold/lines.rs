//! What filters that take a text line by line make of it: sort(1), uniq(1), cut(1), head(1), tail(1), rev(1).

use crate::facts::Call;

/// The order that a call of sort asks for.
#[derive(Clone, Copy, Default)]
pub(in crate::facts) struct Order {
    numbers: bool,
    backwards: bool,
    once: bool,
}

impl Order {
    /// None where it sorts by what is not read here: by another field, a month, by chance.
    pub fn of(call: &Call<'_>) -> Option<Order> {
        let mut order = Order::default();
        for option in call.options {
            match option.value.map(|field| field.val.lit()) {
                None if option.is("-n") => order.numbers = true,
                None if option.is("-r") => order.backwards = true,
                None if option.is("-u") => order.once = true,
                None if option.is("-s") => {}
                // A key from the first field on.
                Some(Some(key)) if option.is("-k") && matches!(key, "1" | "1,1" | "1n" | "1,1n" | "1n,1") => {
                    order.numbers |= key.contains('n');
                }
                _ => return None,
            }
        }
        Some(order)
    }
}

pub(in crate::facts) fn sorted(text: &str, order: Order) -> String {
    let number = |line: &&str| {
        let line = line.trim_start();
        let end = line.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(line.len());
        line[..end].parse::<i64>().unwrap_or(0)
    };
    let mut lines: Vec<&str> = text.lines().collect();
    match order.numbers {
        true => lines.sort_by_key(|line| (number(line), *line)),
        false => lines.sort_unstable(),
    }
    if order.backwards {
        lines.reverse();
    }
    if order.once {
        lines.dedup();
    }
    ended(&lines)
}

pub(in crate::facts) fn without_repeats(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.dedup();
    ended(&lines)
}

pub(in crate::facts) fn first(text: &str, count: usize) -> String {
    text.split_inclusive('\n').take(count).collect()
}

pub(in crate::facts) fn last(text: &str, count: usize) -> String {
    let lines = text.split_inclusive('\n').count();
    text.split_inclusive('\n').skip(lines.saturating_sub(count)).collect()
}

/// All from a line on, which are counted from 1.
pub(in crate::facts) fn from(text: &str, line: usize) -> String {
    text.split_inclusive('\n').skip(line.saturating_sub(1)).collect()
}

/// Each line backwards.
pub(in crate::facts) fn reversed(text: &str) -> String {
    let line = |line: &str| match line.strip_suffix('\n') {
        Some(line) => line.chars().rev().collect::<String>() + "\n",
        None => line.chars().rev().collect(),
    };
    text.split_inclusive('\n').map(line).collect()
}

/// The fields between a delimiter, put together with another one, or the characters, that a list such as `1,3-` names;
/// none if that is no list.
pub(in crate::facts) fn cut(
    text: &str,
    (delimiter, put): (Option<&str>, Option<&str>),
    fields: Option<&str>,
    chars: Option<&str>,
) -> Option<String> {
    let list = fields.or(chars)?;
    let ranges: Vec<(usize, usize)> = list
        .split(',')
        .map(|part| match part.split_once('-') {
            Some((a, b)) => Some((a.parse().unwrap_or(1), if b.is_empty() { usize::MAX } else { b.parse().ok()? })),
            None => part.parse().ok().map(|n| (n, n)),
        })
        .collect::<Option<_>>()?;
    let wanted = |n: usize| ranges.iter().any(|(a, b)| (*a..=*b).contains(&n));
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |l| (l, "\n"));
        if chars.is_some() {
            out.extend(line.chars().enumerate().filter(|(i, _)| wanted(i + 1)).map(|(_, c)| c));
        } else {
            let delimiter = delimiter.unwrap_or("\t");
            let parts: Vec<&str> =
                line.split(delimiter).enumerate().filter(|(i, _)| wanted(i + 1)).map(|(_, p)| p).collect();
            out.push_str(&parts.join(put.unwrap_or(delimiter)));
        }
        out.push_str(end);
    }
    Some(out)
}

fn ended(lines: &[&str]) -> String {
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}
