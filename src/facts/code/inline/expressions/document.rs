//! What code asks of a document that it has read: `json.loads("…")["root"]`.

use serde_json::Value;

use super::super::syntax::tokens::Token;

/// The member of a text of data that is asked for right there, and how many tokens ask: `["root"]`, `.root`.
pub(super) fn member_of(document: &Value, tokens: &[Token<'_>]) -> Option<(String, usize)> {
    let (mut at, mut value) = (0, document);
    loop {
        let (key, taken) = match &tokens[at..] {
            [Token::Sign(b'['), Token::Text(key), Token::Sign(b']'), ..] => (*key, 3),
            [Token::Name(key, _), ..] => (*key, 1),
            _ => break,
        };
        let Some(found) = value.get(key.trim_start_matches('.')) else { break };
        (value, at) = (found, at + taken);
    }
    Some((value.as_str()?.to_owned(), at))
}
