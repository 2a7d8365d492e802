//! Where the statements of code begin and end, and its brackets.

use std::ops::Range;

use super::tokens::{Token, is_chained};

/// Where brackets of any kind open and close, of each token.
pub(in super::super) struct Brackets {
    /// The other one of a pair; the end of the code where there is none.
    pub(in super::super) other: Vec<usize>,
    /// The one that opens around it.
    pub(in super::super) around: Vec<Option<usize>>,
}

impl Brackets {
    pub(in super::super) fn of(tokens: &[Token<'_>]) -> Self {
        let (mut other, mut around) = (vec![tokens.len(); tokens.len()], vec![None; tokens.len()]);
        let mut open: Vec<usize> = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            around[at] = open.last().copied();
            match token {
                Token::Sign(b'(' | b'[' | b'{') => open.push(at),
                Token::Sign(b')' | b']' | b'}') => {
                    if let Some(opened) = open.pop() {
                        (other[opened], other[at], around[at]) = (at, opened, open.last().copied());
                    }
                }
                _ => {}
            }
        }
        Brackets { other, around }
    }

    /// Where the bracket opens that closes here.
    pub(in super::super) fn opened(&self, at: usize) -> Option<usize> {
        self.other.get(at).copied().filter(|other| *other < at)
    }
}

/// The statements of code: what ends with a line or a semicolon outside of all parentheses.
pub(in super::super) fn statements(text: &str, tokens: &[Token<'_>]) -> Vec<Range<usize>> {
    let (mut out, mut start, mut level) = (Vec::new(), 0, 0_usize);
    // What follows the lines that end here.
    let mut next = vec![tokens.len(); tokens.len()];
    for at in (0..tokens.len().saturating_sub(1)).rev() {
        next[at] = if tokens[at + 1] == Token::Sign(b'\n') { next[at + 1] } else { at + 1 };
    }
    for (at, token) in tokens.iter().enumerate() {
        let ends = match token {
            Token::Sign(b'(' | b'[') => {
                level += 1;
                false
            }
            Token::Sign(b')' | b']') => {
                level = level.saturating_sub(1);
                false
            }
            Token::Sign(b';') => true,
            // A call may go on in the next line: `.delete()`.
            Token::Sign(b'\n') if level == 0 => match tokens.get(next[at]) {
                Some(Token::Name(_, from)) => !is_chained(text, *from),
                Some(Token::Sign(b'.' | b'|' | b'-' | b'?')) => false,
                _ => true,
            },
            _ => false,
        };
        if ends {
            if at > start {
                out.push(start..at);
            }
            start = at + 1;
        }
    }
    if start < tokens.len() {
        out.push(start..tokens.len());
    }
    out
}
