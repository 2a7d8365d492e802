//! Where brackets close, in texts of any language that has them in pairs and says nothing of them in quotes.

use rustc_hash::FxHashMap;

pub(super) const ROUND: [u8; 2] = *b"()";
pub(super) const CURLY: [u8; 2] = *b"{}";

/// Where the bracket closes that a text begins with.
pub(super) fn closing(text: &str, pair: [u8; 2]) -> Option<usize> {
    closes(text, 0, pair)
}

/// Where the bracket closes that was opened before a text; the text's end, if it does not.
pub(super) fn closing_behind(text: &str, pair: [u8; 2]) -> usize {
    closes(text, 1, pair).unwrap_or(text.len())
}

fn closes(text: &str, open: usize, [opening, closing]: [u8; 2]) -> Option<usize> {
    let mut level = open;
    text.bytes().position(|byte| {
        if byte == opening {
            level += 1;
        } else if byte == closing {
            level = level.saturating_sub(1);
        }
        level == 0
    })
}

/// Where each bracket of a pair closes, by where it opens.
pub(super) fn closings(text: &str, [opening, closing]: [u8; 2]) -> FxHashMap<usize, usize> {
    let mut open = Vec::new();
    let mut out = FxHashMap::default();
    for (at, byte) in text.bytes().enumerate() {
        if byte == opening {
            open.push(at);
        } else if byte == closing {
            out.extend(open.pop().map(|opened| (opened, at)));
        }
    }
    out
}
