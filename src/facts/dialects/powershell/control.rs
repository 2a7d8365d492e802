//! Conditions and loops as what they do in any case (about_If, about_Switch, about_While, about_Do, about_For,
//! about_Try_Catch_Finally).

use crate::facts::brackets::{CURLY, closing};
use crate::limits;

/// What begins a block that may run, and how it goes on.
const STARTS: [(&str, Head); 12] = [
    ("if (", Head::Condition),
    ("elseif (", Head::Condition),
    ("while (", Head::Condition),
    ("for (", Head::Condition),
    ("switch (", Head::Cases),
    ("if(", Head::Condition),
    ("while(", Head::Condition),
    ("do {", Head::Block),
    ("else {", Head::Block),
    ("try {", Head::Block),
    ("catch {", Head::Block),
    ("finally {", Head::Block),
];

/// What stands between the word and its block.
#[derive(Clone, Copy, PartialEq)]
enum Head {
    /// Brackets; a `do` has them behind the block.
    Condition,
    /// Brackets, and then a block of values with a block each.
    Cases,
    /// Nothing.
    Block,
}

/// `if (…) { A } else { B }` as `A` and `B`, and so each block whose turn may come.
pub(super) fn in_any_case(text: &str) -> String {
    let mut out = text.to_owned();
    for _ in 0..limits::UNROLL {
        let lower = out.to_ascii_lowercase();
        let word = |at: usize| !out[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '$' | '_'));
        let found = STARTS.iter().filter_map(|(start, head)| {
            let (at, _) = lower.match_indices(start).find(|(at, _)| word(*at))?;
            Some((at, *start, *head))
        });
        let Some((at, start, head)) = found.min_by_key(|(at, ..)| *at) else { break };
        let open = match head {
            Head::Block => Some(start.len() - 1),
            _ => block_behind(&out[at..]),
        };
        let Some(open) = open.map(|length| at + length) else { break };
        let Some(length) = closing(&out[open..], CURLY) else { break };
        let body = &out[open + 1..open + length];
        let body = if head == Head::Cases { cases(body) } else { body.to_owned() };
        // What ended the block ends nothing any more.
        let after = out[open + length + 1..].trim_start_matches([' ', ';']);
        let after = if start == "do {" { after_condition(after) } else { after };
        out = format!("{}\n{body}\n{after}", &out[..at]);
    }
    out
}

/// Where the block opens behind the brackets of a condition.
fn block_behind(text: &str) -> Option<usize> {
    text.match_indices(')').find_map(|(at, _)| {
        let rest = text[at + 1..].trim_start();
        rest.starts_with('{').then(|| text.len() - rest.len())
    })
}

/// The blocks of a `switch`, one after another.
fn cases(body: &str) -> String {
    let mut out = String::new();
    let mut rest = body;
    while let Some(open) = rest.find('{') {
        let Some(length) = closing(&rest[open..], CURLY) else { break };
        out.push_str(&rest[open + 1..open + length]);
        out.push('\n');
        rest = &rest[open + length + 1..];
    }
    out
}

/// What follows the `while (…)` or `until (…)` of a `do`.
fn after_condition(text: &str) -> &str {
    let lower = text.to_ascii_lowercase();
    if !lower.starts_with("while") && !lower.starts_with("until") {
        return text;
    }
    let end = text.find([';', '\n']).unwrap_or(text.len());
    text[end..].trim_start_matches([' ', ';'])
}

#[cfg(test)]
mod tests {
    use super::in_any_case;

    #[test]
    fn each_block_may_have_its_turn() {
        assert_eq!(in_any_case("if (Test-Path $t) { rd $t } else { ls }"), "\n rd $t \n\n ls \n");
        assert_eq!(in_any_case("if (a) { b } elseif (c) { d }; e"), "\n b \n\n d \ne");
        assert_eq!(in_any_case("while (f (g)) { h }"), "\n h \n");
        assert_eq!(in_any_case("for ($i=0; $i -lt 2; $i++) { a }; b"), "\n a \nb");
        assert_eq!(in_any_case("do { a } while (b); c"), "\n a \nc");
        assert_eq!(in_any_case("switch ($a) { \"x\" { b } default { c } }; d"), "\n b \n c \n\nd");
        assert_eq!(in_any_case("$while (a) { b }"), "$while (a) { b }");
    }
}
