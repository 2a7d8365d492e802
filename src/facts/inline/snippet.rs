//! A piece of inline code as a whole.

use std::cell::{Cell, OnceCell, RefCell};

use super::encoded::Encodings;
use super::tokens::Token;
use crate::facts::Target;
use crate::facts::knowledge::{Function, Places};
use crate::facts::value::Val;

/// Code of one language, with what is asked of the whole of it: once, however many calls it makes.
pub(super) struct Snippet<'a> {
    pub(super) language: &'a str,
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token<'a>>,
    /// Files with secrets that it names.
    pub(super) secrets: Vec<Target<'a>>,
    encodings: OnceCell<Encodings>,
    no_loss: OnceCell<bool>,
    choice: OnceCell<bool>,
    /// The folders that it goes through.
    pub(super) folders: RefCell<Vec<&'a str>>,
    /// Its texts were read as commands already.
    pub(super) searched: Cell<bool>,
}

impl<'a> Snippet<'a> {
    pub(super) fn new(language: &'a str, text: &'a str, tokens: Vec<Token<'a>>, secrets: Vec<Target<'a>>) -> Self {
        let (encodings, no_loss, choice) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Snippet {
            language,
            text,
            tokens,
            secrets,
            encodings,
            no_loss,
            choice,
            folders: RefCell::default(),
            searched: Cell::new(false),
        }
    }

    /// Whether it holds the words without which a function is another one of the same name.
    pub(super) fn meets(&self, function: &Function<'_>) -> bool {
        function.with.iter().all(|word| self.text.contains(word))
    }

    /// Whether a text between these tokens is run as it stands: $`command` of Bun and zx, `"command".!` of Scala.
    pub(super) fn runs_text(&self, before: &[Token<'_>], after: &[Token<'_>]) -> bool {
        match self.language {
            "javascript" => before.last() == Some(&Token::Sign(b'$')) && self.text.contains("$`"),
            "other" => matches!(after, [Token::Sign(b'.'), Token::Sign(b'!'), ..]),
            _ => false,
        }
    }

    /// Whether it defines a function of its own under a program's name, to run that: `def git(*args):`.
    pub(super) fn wraps(&self, name: &str) -> bool {
        let defined = |before: &str, after: &str| self.text.contains(&format!("{before}{name}{after}"));
        let runs = ["subprocess", "spawn", "exec", "Popen", "os.system"].iter().any(|word| self.text.contains(word));
        let own =
            defined("def ", "(") || defined("function ", "(") || defined("const ", " =") || defined("", " = lambda");
        own && runs || self.text.contains("from sh import")
    }

    /// Whether it chooses among what it goes through: that something is there, or a folder, is no choice; nor is to leave
    /// one out.
    pub(super) fn chooses(&self, places: &Places<'_>) -> bool {
        *self.choice.get_or_init(|| {
            places.list("chooses").any(|word| {
                self.text.match_indices(word).any(|(at, _)| {
                    let rest = self.text[at..].split(['\n', ':', '{', ']', ')']).next().unwrap_or_default();
                    !places.list("chooses-nothing").any(|question| rest.contains(question))
                })
            })
        })
    }

    /// How it takes texts out of an encoding.
    pub(super) fn encodings(&self) -> Encodings {
        *self.encodings.get_or_init(|| Encodings::of(self.text))
    }

    /// Whether it speaks of a database that lives in memory, in a file, on this machine or for tests: tables come and go
    /// there.
    pub(super) fn on_what_is_no_loss(&self, places: &Places<'_>) -> bool {
        *self.no_loss.get_or_init(|| {
            let text = self.text.to_ascii_lowercase();
            let production = text.match_indices("prod").any(|(at, _)| {
                let rest = &text[at + 4..];
                rest.starts_with("uction") || !rest.starts_with(|c: char| c.is_ascii_alphabetic())
            });
            !production && places.list("no-loss").any(|word| text.contains(word))
        })
    }

    /// The first address of another machine that it names.
    pub(super) fn address(&self) -> Option<Val<'a>> {
        let address =
            |text: &&str| ["http://", "https://", "ftp://", "ws://", "wss://"].iter().any(|s| text.starts_with(s));
        let texts = self.tokens.iter().filter_map(Token::text);
        texts.clone().find(address).map(Val::Lit)
    }
}
