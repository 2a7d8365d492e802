//! What both parsers need: tokens one by one, and how deep they may go.

use super::scan::{Language, Piece, Scanned, Token, scan};
use super::tree::{Binary, Expr, Item, Literal, Stmt};

/// Brackets, blocks and operators within each other.
const DEEPEST: u32 = 160;
/// Operators and members that one expression may string together.
pub(super) const LONGEST_CHAIN: usize = 256;
/// Tokens of a bracket of which the sign behind it says what it is.
const LONGEST_BRACKET: usize = 512;

pub(super) struct Reader<'a> {
    text: &'a str,
    tokens: Vec<Scanned<'a>>,
    at: usize,
    depth: u32,
    pub(super) language: Language,
}

impl<'a> Reader<'a> {
    pub(super) fn of(text: &'a str, language: Language, depth: u32) -> Option<Self> {
        Some(Reader { text, tokens: scan(text, language)?, at: 0, depth, language })
    }

    pub(super) fn peek(&self) -> &Token<'a> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> &Token<'a> {
        self.tokens.get(self.at + ahead).map_or(&Token::End, |scanned| &scanned.token)
    }

    /// A line ended before the token at hand.
    pub(super) fn after_line(&self) -> bool {
        self.after_line_at(0)
    }

    pub(super) fn after_line_at(&self, ahead: usize) -> bool {
        self.tokens.get(self.at + ahead).is_none_or(|scanned| scanned.after_line)
    }

    /// So much of the text from a word of it on.
    pub(super) fn text_from(&self, word: &'a str, length: usize) -> Option<&'a str> {
        let from = (word.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)?;
        self.text.get(from..from + length)
    }

    pub(super) fn place(&self) -> usize {
        self.at
    }

    pub(super) fn go_back(&mut self, place: usize) {
        self.at = place;
    }

    pub(super) fn next(&mut self) -> Token<'a> {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    pub(super) fn skip(&mut self) {
        self.at += 1;
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(here) if *here == sign)
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Name(here) if *here == word)
    }

    pub(super) fn take(&mut self, sign: &str) -> bool {
        let is = self.is(sign);
        self.at += usize::from(is);
        is
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        self.at += usize::from(is);
        is
    }

    pub(super) fn expect(&mut self, sign: &str) -> Option<()> {
        self.take(sign).then_some(())
    }

    pub(super) fn name(&mut self) -> Option<&'a str> {
        match self.peek() {
            Token::Name(name) => {
                let name = *name;
                self.at += 1;
                Some(name)
            }
            _ => None,
        }
    }

    /// Whether this sign follows the bracket that opens here.
    pub(super) fn closes_before(&self, sign: &str) -> bool {
        let mut level = 0_usize;
        for ahead in 0..LONGEST_BRACKET {
            match self.peek_at(ahead) {
                Token::Sign("(" | "[" | "{") => level += 1,
                Token::Sign(")" | "]" | "}") => {
                    level = level.saturating_sub(1);
                    if level == 0 {
                        return matches!(self.peek_at(ahead + 1), Token::Sign(next) if *next == sign);
                    }
                }
                Token::End => return false,
                _ => {}
            }
        }
        false
    }

    /// Reads something that may hold others of its kind.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= DEEPEST {
            return None;
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }

    /// The pieces of a text with code in it.
    pub(super) fn format(
        &self,
        pieces: Vec<Piece<'a>>,
        expression: fn(&mut Self) -> Option<Expr<'a>>,
    ) -> Option<Expr<'a>> {
        if self.depth >= DEEPEST {
            return None;
        }
        let read = |piece| match piece {
            Piece::Text(text) => Some(Expr::Literal(Literal::text(text))),
            // A text that stands there as code is none of the template's own.
            Piece::Code(code) => match expression(&mut Reader::of(code, self.language, self.depth + 1)?)? {
                text @ Expr::Literal(_) => Some(Expr::Sequence(vec![text])),
                other => Some(other),
            },
        };
        Some(Expr::Format(pieces.into_iter().map(read).collect::<Option<_>>()?))
    }
}

/// How strongly an operator binds, and which it is.
pub(super) fn binds(sign: &str, python: bool) -> Option<(u8, Binary)> {
    Some(match sign {
        "??" => (1, Binary::Otherwise),
        "||" => (1, Binary::Or),
        "&&" => (2, Binary::And),
        // Python compares what the operators of bits gave; JavaScript the other way round.
        "|" => (if python { 6 } else { 3 }, Binary::BitOr),
        "^" => (if python { 7 } else { 4 }, Binary::BitXor),
        "&" => (if python { 8 } else { 5 }, Binary::BitAnd),
        "==" | "===" => (if python { 4 } else { 6 }, Binary::Equal),
        "!=" | "!==" => (if python { 4 } else { 6 }, Binary::Unequal),
        "<" => (if python { 4 } else { 7 }, Binary::Less),
        "<=" => (if python { 4 } else { 7 }, Binary::LessOrEqual),
        ">" => (if python { 4 } else { 7 }, Binary::Greater),
        ">=" => (if python { 4 } else { 7 }, Binary::GreaterOrEqual),
        "<<" => (9, Binary::ShiftLeft),
        ">>" => (9, Binary::ShiftRight),
        ">>>" => (9, Binary::ShiftUnsigned),
        "+" => (10, Binary::Add),
        "-" => (10, Binary::Subtract),
        "*" => (11, Binary::Multiply),
        "/" => (11, Binary::Divide),
        "//" => (11, Binary::DivideDown),
        "%" => (11, Binary::Remainder),
        "**" => (13, Binary::Power),
        _ => return None,
    })
}

/// The operator of `x += y`; none is that of `x = y`.
pub(super) fn assigns(sign: &str) -> Option<Option<Binary>> {
    Some(match sign {
        "=" => None,
        "+=" => Some(Binary::Add),
        "-=" => Some(Binary::Subtract),
        "*=" => Some(Binary::Multiply),
        "/=" => Some(Binary::Divide),
        "//=" => Some(Binary::DivideDown),
        "%=" => Some(Binary::Remainder),
        "**=" => Some(Binary::Power),
        "&=" => Some(Binary::BitAnd),
        "|=" => Some(Binary::BitOr),
        "^=" => Some(Binary::BitXor),
        "<<=" => Some(Binary::ShiftLeft),
        ">>=" => Some(Binary::ShiftRight),
        ">>>=" => Some(Binary::ShiftUnsigned),
        "&&=" => Some(Binary::And),
        "||=" => Some(Binary::Or),
        "??=" => Some(Binary::Otherwise),
        _ => return None,
    })
}

pub(super) fn item(value: Expr<'_>) -> Item<'_> {
    Item { value, key: None, spread: false }
}

/// The statements of a program; none if it is none of this language.
pub(super) fn program(text: &str, language: Language) -> Option<Vec<Stmt<'_>>> {
    let mut reader = Reader::of(text, language, 0)?;
    let mut out = Vec::new();
    while *reader.peek() != Token::End {
        match language {
            Language::Python => reader.python_statements_or_skip(&mut out),
            Language::JavaScript => reader.statement_or_skip(&mut out),
        }
    }
    Some(out)
}

/// The expression that a text is as a whole: what `eval` is given.
pub(super) fn expression(text: &str, language: Language) -> Option<Expr<'_>> {
    let mut reader = Reader::of(text.trim(), language, 0)?;
    let value = match language {
        Language::Python => reader.python_list()?,
        Language::JavaScript => reader.sequence()?,
    };
    match language {
        Language::Python => matches!(reader.peek(), Token::Line | Token::End).then_some(value),
        Language::JavaScript => {
            reader.take(";");
            (*reader.peek() == Token::End).then_some(value)
        }
    }
}
