//! Statements that are put together out of texts, on the server or by a query.

use super::statements::{Statement, Token, statements};
use crate::facts::fold::{
    self,
    decode::{base64, hex},
};
use crate::limits;

/// Stands for a name in a statement that is put together from texts.
const COMPUTED: &str = "computed";

/// Bodies within bodies whose texts are put together.
const BODIES: u32 = 8;

/// The texts of a statement, put together where `||` or `+` joins them; what is no text there is some name.
pub(super) fn joined_texts(tokens: &[Token<'_>]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut joins = false;
    for (at, token) in tokens.iter().enumerate() {
        // Transact-SQL's sign is `+`.
        let after_bars = matches!(tokens[..at], [.., Token::Sign(b'|'), Token::Sign(b'|')] | [.., Token::Sign(b'+')]);
        match (token, out.last_mut()) {
            (Token::Text(text), Some(last)) if joins && after_bars => last.push_str(text),
            (Token::Text(text), _) => {
                out.push((*text).to_owned());
                joins = true;
            }
            (Token::Word(_), Some(last)) if joins && after_bars => last.push_str(COMPUTED),
            (Token::Sign(b';' | b','), _) => joins = false,
            _ => {}
        }
    }
    for text in &mut out {
        for hole in ["%I", "%L", "%s"] {
            *text = text.replace(hole, COMPUTED);
        }
        if text.ends_with(' ') {
            text.push_str(COMPUTED);
        }
    }
    out
}

/// Statements that are put together out of texts and then run: `select 'dr' || 'op …' \\gexec`, `EXECUTE concat(…)`, `PREPARE
/// p FROM 0x64…`; none if they are longer than any file that is read.
pub(super) fn assembled(text: &str) -> Option<Vec<String>> {
    assembled_within(text, 0, &mut { limits::FILE })
}

/// `room` is how many bytes may still be computed.
fn assembled_within(text: &str, depth: u32, room: &mut usize) -> Option<Vec<String>> {
    let lower = text.to_ascii_lowercase();
    if !["\\gexec", "execute", "prepare", "sp_executesql"].iter().any(|word| lower.contains(word)) {
        return Some(Vec::new());
    }
    let mut found = Vec::new();
    for statement in statements(text) {
        let texts = || statement.tokens.iter().filter_map(Token::text);
        // A quote within a text is written twice.
        found.push(spelled(&statement.tokens).replace("''", "'"));
        found.extend(formatted(&statement.tokens));
        let numbers = statement.tokens.iter().filter_map(|t| match t {
            Token::Word(word) => word.strip_prefix("0x"),
            _ => None,
        });
        found.extend(numbers.filter_map(hex));
        // `decode('44524f50…', 'hex')`
        let digits = |text: &&str| text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        found.extend(texts().filter(digits).filter_map(hex));
        for text in computed(&lower, &texts().collect::<Vec<_>>()) {
            *room = room.checked_sub(text.len())?;
            found.push(text);
        }
        // The body of `DO $$ … $$`.
        for body in texts().filter(|body| depth < BODIES && body.to_ascii_lowercase().contains("execute")) {
            found.extend(assembled_within(body, depth + 1, room)?);
        }
    }
    found.retain(|text| text.contains(' '));
    Some(found)
}

/// What functions of the server make of texts: `reverse('…')`, `replace('DRXP', 'X', 'O')`, `concat_ws(' ', …)`,
/// `decode('…', 'base64')`; each as it is asked for, and cut off where it is longer than any file that is read.
fn computed<'t>(says: &str, texts: &'t [&'t str]) -> impl Iterator<Item = String> + use<'t> {
    let of = |says: bool| if says { texts } else { &[] };
    let reversed = of(says.contains("reverse(")).iter().map(|text| text.chars().rev().collect());
    let said = of(says.contains("replace(")).windows(3).filter(|three| !three[1].is_empty());
    let replaced = said.map(|three| fold::replaced(three[0], three[1], three[2], usize::MAX));
    let joined = of(says.contains("concat_ws(")).split_first().map(|(between, parts)| {
        let most = limits::FILE / between.len().max(1) + 2;
        parts[..parts.len().min(most)].join(between)
    });
    let listed = of(says.contains("array_to_string(")).split_last().filter(|(_, parts)| !parts.is_empty());
    let listed = listed.map(|(_, parts)| parts.join(" "));
    let decoded = of(says.contains("base64")).iter().filter(|text| text.len() >= 12).filter_map(|text| base64(text));
    reversed.chain(replaced).chain(joined).chain(listed).chain(decoded)
}

/// The destructive statement that a query writes instead of running it: `select 'drop table '||tablename from pg_tables`.
pub(in crate::facts) fn written_statement(text: &str) -> Option<String> {
    let writes = |statement: &Statement<'_>| matches!(statement.tokens.first(), Some(Token::Word(word)) if word.eq_ignore_ascii_case("select"));
    let read = statements(text);
    read.iter().filter(|s| writes(s)).flat_map(|s| joined_texts(&s.tokens)).find(|text| {
        let first = text.split_whitespace().next().unwrap_or("").to_ascii_lowercase();
        matches!(first.as_str(), "drop" | "truncate" | "delete" | "revoke")
    })
}

/// The texts of a statement, with the letters that `chr(68)` and `char(68)` stand for.
fn spelled(tokens: &[Token<'_>]) -> String {
    let mut out = String::new();
    for at in 0..tokens.len() {
        match &tokens[at..] {
            [Token::Text(text), ..] => out.push_str(text),
            [Token::Word(name), Token::Sign(b'('), Token::Word(number), Token::Sign(b')'), ..]
                if name.eq_ignore_ascii_case("chr") || name.eq_ignore_ascii_case("char") =>
            {
                out.extend(number.parse::<u32>().ok().and_then(char::from_u32));
            }
            _ => {}
        }
    }
    out
}

/// `format('%s table %I', chr(100) || 'rop', name)` with its holes filled (PostgreSQL manual 9.4.1).
fn formatted(tokens: &[Token<'_>]) -> Option<String> {
    let at = tokens.iter().position(|t| matches!(t, Token::Word(name) if name.eq_ignore_ascii_case("format")))?;
    let [Token::Sign(b'('), Token::Text(format), rest @ ..] = &tokens[at + 1..] else { return None };
    let mut arguments: Vec<String> = Vec::new();
    let mut rest = rest;
    while let Some((token, after)) = rest.split_first() {
        rest = after;
        match (token, arguments.last_mut()) {
            (Token::Sign(b','), _) => arguments.push(String::new()),
            (Token::Text(text), Some(last)) => last.push_str(text),
            (Token::Word(name), Some(last)) if name.eq_ignore_ascii_case("chr") => {
                let [Token::Sign(b'('), Token::Word(number), Token::Sign(b')'), after @ ..] = rest else { break };
                last.extend(number.parse::<u32>().ok().and_then(char::from_u32));
                rest = after;
            }
            (Token::Word(_), Some(last)) => last.push_str(COMPUTED),
            (Token::Sign(b'|'), _) => {}
            _ => break,
        }
    }
    let mut out = (*format).to_owned();
    for argument in &arguments {
        let hole = ["%s", "%I", "%L"].iter().filter_map(|hole| Some((out.find(hole)?, hole.len()))).min()?;
        out.replace_range(hole.0..hole.0 + hole.1, argument);
    }
    Some(out)
}
