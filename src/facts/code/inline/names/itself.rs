//! What the objects of inline code know of themselves, wherever their classes say it: a member that a class behind them
//! sets, what a method gives back that another class overrides, a field that is made a list.

use bumpalo::Bump;

use super::super::syntax::tokens::Token;
use super::Names;

impl<'a> Names<'a> {
    /// Whether any object speaks of itself.
    pub(in super::super) fn says_itself(&self, tokens: &[Token<'a>]) -> bool {
        let itself = |name: &str| matches!(name.split('.').next(), Some("self" | "this" | "cls"));
        tokens.iter().any(|token| matches!(token, Token::Name(name, _) if itself(name)))
    }

    /// Notes what `self.root`, `this.root` and `self.root()` are by what the whole code has said in the end, where that is
    /// grave and nothing nearer is known: `class Wiper(Base): root = "/srv"`.
    pub(in super::super) fn of_itself(
        &self,
        bump: &'a Bump,
        tokens: &[Token<'a>],
        out: &mut Self,
        grave: impl Fn(&str) -> bool,
    ) {
        for at in 0..tokens.len() {
            // `roots: list = field(default_factory=lambda: ["/srv"])`
            if let [
                Token::Name("field", _),
                Token::Sign(b'('),
                Token::Name("default_factory", _),
                Token::Sign(b'='),
                Token::Name("lambda", _),
                Token::Sign(b':'),
                list @ ..,
            ] = &tokens[at..]
                && let [.., Token::Name(field, _), Token::Sign(b':'), Token::Name(..), Token::Sign(b'=')] = tokens[..at]
                && let Some((items, _)) = self.items(bump, list)
            {
                out.give_list(bump.alloc_str(&format!("self.{field}")), items);
                continue;
            }
            let Token::Name(name, _) = tokens[at] else { continue };
            let Some((on, member)) = name.split_once('.').filter(|(_, member)| !member.contains('.')) else { continue };
            let itself = matches!(on, "self" | "this" | "cls");
            let called = matches!(tokens.get(at + 1), Some(Token::Sign(b'(')));
            let known = |names: &Self, name: &str| names.text(name).is_some() || names.list(name).is_some();
            let returned = bump.alloc_str(&format!("{name}()"));
            if known(out, if called { returned } else { name }) {
                continue;
            }
            let given_back = || self.text(&format!("{member}()"));
            let found = match called || !itself {
                // Also of `conf = Conf()`, of which `conf.root` is a property.
                true => given_back(),
                false => self.text(member).or_else(given_back).or_else(|| self.member_of_any(member)),
            };
            match found.filter(|text| grave(text)) {
                Some(text) => out.give(if called { returned } else { name }, text),
                None if !called && itself => {
                    if let Some(list) = self.list(member).filter(|list| list.iter().any(|text| grave(text))) {
                        out.give_list(name, list.to_vec());
                    }
                }
                None => {}
            }
        }
    }
}
