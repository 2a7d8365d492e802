//! Lists that are turned round, as they come out, and tokens that go.

use super::tokens::Token;

/// The tokens of a text that go. All go at once: to take one out of their middle moves all behind it, so that a long text
/// would cost its square.
#[derive(Default)]
pub(in super::super) struct Gone(Vec<bool>);

impl Gone {
    /// The tokens at these places go.
    pub(in super::super) fn drop(&mut self, places: impl IntoIterator<Item = usize>) {
        for at in places {
            if self.0.len() <= at {
                self.0.resize(at + 1, false);
            }
            self.0[at] = true;
        }
    }

    /// The tokens that stay.
    pub(in super::super) fn without(self, tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
        if self.0.is_empty() {
            return tokens;
        }
        let stays = |(at, _): &(usize, Token<'_>)| !self.0.get(*at).copied().unwrap_or(false);
        tokens.into_iter().enumerate().filter(stays).map(|(_, token)| token).collect()
    }
}

/// Texts that are written out and turned round stand as they come out: Perl's `reverse "b", "a"`, Python's `reversed(["b",
/// "a"])`, `["b", "a"].reverse()`.
pub(in super::super) fn turn_round<'a>(language: &str, mut tokens: Vec<Token<'a>>) -> Vec<Token<'a>> {
    let is_item = |token: &Token<'_>| matches!(token, Token::Text(_) | Token::Sign(b','));
    let mut gone = Gone::default();
    let mut at = 0;
    while at < tokens.len() {
        let name = match tokens[at] {
            Token::Name(name, _) => name.trim_start_matches('.'),
            _ => "",
        };
        let behind = at > 0 && tokens[at - 1] == Token::Sign(b']');
        match name {
            "reverse" | "reversed" if !behind => {
                let start = tokens[at + 1..].iter().position(|token| !matches!(token, Token::Sign(b'(' | b'[')));
                let start = at + 1 + start.unwrap_or(0);
                let count = tokens[start..].iter().take_while(|token| is_item(token)).count();
                tokens[start..start + count].reverse();
                // Perl's stands before its list like a word, or like a call that is its list.
                match tokens.get(start + count) {
                    _ if count == 0 || language != "perl" => {}
                    _ if start == at + 1 => gone.drop([at]),
                    Some(Token::Sign(b')')) if start == at + 2 => gone.drop([at, at + 1, start + count]),
                    _ => {}
                }
            }
            "reverse" => {
                // Twice is not at all.
                let (mut end, mut times) = (at, 0);
                while let [Token::Name(again, _), rest @ ..] = &tokens[end..]
                    && again.trim_start_matches('.') == "reverse"
                {
                    let called = rest.starts_with(&[Token::Sign(b'('), Token::Sign(b')')]);
                    if !called && (language != "ruby" || rest.first() == Some(&Token::Sign(b'('))) {
                        break;
                    }
                    end += if called { 3 } else { 1 };
                    times += 1;
                }
                let opened = tokens[..at - 1].iter().rposition(|token| !is_item(token));
                if let Some(opened) = opened.filter(|opened| tokens[*opened] == Token::Sign(b'[')) {
                    if times % 2 == 1 {
                        tokens[opened + 1..at - 1].reverse();
                    }
                    gone.drop(at..end);
                    at = end.max(at + 1);
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    gone.without(tokens)
}
