//! A variable of the shell: what it holds, and what is said of it (bash(1), "PARAMETERS").

use bumpalo::Bump;

use crate::facts::shell::ast::List;
use crate::facts::value::Val;

/// The elements of an array: (key, value).
pub type Elements<'a> = &'a [(Val<'a>, Val<'a>)];

#[derive(Clone, Copy, Debug)]
pub struct Var<'a> {
    pub val: Val<'a>,
    /// Elements, if it is an array.
    pub items: Option<Elements<'a>>,
    pub exported: bool,
    pub integer: bool,
    /// Another variable is meant.
    pub reference: bool,
    pub unset: bool,
    /// The same on some of the ways here only.
    pub perhaps_unset: bool,
    /// It keeps its value whatever is assigned (bash(1), "readonly").
    pub readonly: bool,
    /// The same on some of the ways here only.
    pub perhaps_readonly: bool,
    /// Its keys are texts, not numbers.
    pub associative: bool,
    /// A test said so on the way here; nobody set it.
    pub assumed: bool,
    /// The letters in which it keeps what it is given (bash(1), "declare").
    pub letters: Letters,
}

/// In which letters a variable keeps its value: `declare -l`, `declare -u`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Letters {
    #[default]
    AsGiven,
    Small,
    Capital,
}

impl Letters {
    /// A value in these letters, as far as it is known.
    pub fn of<'a>(self, bump: &'a Bump, val: Val<'a>) -> Val<'a> {
        match (self, val) {
            (Letters::Small, Val::Lit(text)) => Val::Lit(bump.alloc_str(&text.to_lowercase())),
            (Letters::Capital, Val::Lit(text)) => Val::Lit(bump.alloc_str(&text.to_uppercase())),
            _ => val,
        }
    }
}

impl<'a> Var<'a> {
    #[must_use]
    pub fn plain(val: Val<'a>) -> Self {
        Var {
            val,
            items: None,
            exported: false,
            integer: false,
            reference: false,
            unset: false,
            perhaps_unset: false,
            readonly: false,
            perhaps_readonly: false,
            associative: false,
            assumed: false,
            letters: Letters::AsGiven,
        }
    }

    /// The same; it keeps its value for certain only where it does so always.
    pub fn readonly_if(self, always: bool) -> Self {
        let perhaps = self.perhaps_readonly || self.readonly && !always;
        Var { readonly: self.readonly && always, perhaps_readonly: perhaps, ..self }
    }

    /// What an assignment leaves of a value: the old one beside the new one, if it may keep it.
    pub fn assigned(self, bump: &'a Bump, val: Val<'a>) -> Val<'a> {
        let val = self.letters.of(bump, val);
        if self.perhaps_readonly { Val::set(bump, &[val, self.val]) } else { val }
    }
}

/// A name with what it is worth for certain, in the text that it holds for: another shell, which that text starts, knows
/// nothing of it.
#[derive(Clone, Copy, Debug)]
pub struct Exact<'a> {
    pub name: &'a str,
    pub val: Val<'a>,
    pub source: u32,
}

impl<'a> Exact<'a> {
    pub fn new(name: &'a str, val: Val<'a>, body: List<'_>) -> Self {
        let first = body.first().and_then(|item| item.pipeline.first());
        Exact { name, val, source: first.map_or(u32::MAX, |command| command.span.source) }
    }
}
