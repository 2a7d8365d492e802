//! Databases' roles: who is added, and on what rights are given.

use super::phrase::Phrase;
use super::statements::Token;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::{Call, Effect};

/// The database that a grant is on: `ON DATABASE app`, `ON app.*`.
fn granted_on<'a>(phrase: &Phrase<'_, 'a>) -> Option<&'a str> {
    match phrase.after("on")? {
        [kind, Token::Word(name) | Token::Text(name), ..] if kind.is_one_of(&["database"]) => Some(name),
        [Token::Word(name) | Token::Text(name), Token::Sign(b'.'), ..] => Some(name),
        [Token::Word(name), ..] => name.split_once('.').map(|(database, _)| database),
        _ => None,
    }
}

/// Whether a role is added that has no rights but those of everybody, and comes from this machine only, if it says so.
pub(super) fn is_plain_role(phrase: &Phrase<'_, '_>) -> bool {
    let more = ["superuser", "createrole", "replication", "bypassrls", "in", "admin", "sysid"];
    phrase.rest().iter().skip(2).all(|token| match token {
        Token::Text(text) => !text.contains('%'),
        token => !token.is_one_of(&more),
    })
}

impl<'a> Analysis<'a> {
    /// Whether an update gives somebody rights in the application whose rows these are: `SET is_admin = true`.
    pub(super) fn gives_rights(&self, phrase: &Phrase<'_, 'a>) -> bool {
        let lists = self.know.lists();
        let known = |list: &'static str, text: &str| {
            lists.has(list, &text.rsplit('.').next().unwrap_or(text).to_ascii_lowercase())
        };
        phrase.after("set").unwrap_or_default().windows(3).any(|three| match three {
            [Token::Word(column) | Token::Text(column), Token::Sign(b'='), Token::Word(value) | Token::Text(value)] => {
                known("columns-of-rights", column) && known("values-of-rights", value)
            }
            _ => false,
        })
    }

    /// What a grant says beside what it gives: that it is on a database which the script made, or which is there to be
    /// thrown away.
    pub(super) fn mark_of_grant(&self, phrase: &Phrase<'_, 'a>, call: u32) -> Option<&'static str> {
        if self.on_throwaway(phrase, call) {
            return Some("throwaway");
        }
        let own = phrase.is(0, "grant")
            && granted_on(phrase).is_some_and(|name| self.created_before(name))
            && !phrase.tokens.contains(&Token::Text("%"));
        own.then_some("own-database")
    }

    /// Whether the script itself created a database.
    fn created_before(&self, name: &str) -> bool {
        let names = |call: &Call<'a>| call.words.iter().skip(1).any(|word| word.val.lit() == Some(name));
        self.made.borrow().own_databases.contains(name)
            || self.facts.calls.iter().any(|call| call.verb == "createdb" && names(call))
    }

    /// Whether a grant is on a database that is there to be thrown away: `ON DATABASE app_test`, `ON app_dev.*`.
    /// Of a schema or a table, the one that this call chose.
    fn on_throwaway(&self, phrase: &Phrase<'_, 'a>, call: u32) -> bool {
        // What is given on nothing is a role, which all databases of the server share.
        let on = phrase.has("on");
        let chosen = || self.made.borrow().used.filter(|(by, _)| on && *by == call).map(|(_, name)| name);
        let Some(name) = granted_on(phrase).or_else(chosen) else { return false };
        matches!(self.know.environments().of_words(name), "test" | "development")
    }

    /// Marks the roles that are added where the script creates a database and gives no rights on any other: so a project is
    /// set up.
    pub fn roles_of_own_databases(&mut self) {
        let own = |effect: &Effect<'_>| effect.marks.contains(&"own-database");
        let created = self.facts.effects.iter().any(|effect| effect.does == Kind::Migrate && own(effect));
        if !created && !self.facts.calls.iter().any(|call| call.verb == "createdb") {
            return;
        }
        let rights = self.facts.effects.iter().filter(|effect| effect.does == Kind::Grant);
        if rights.clone().all(|effect| own(effect) || effect.marks.contains(&"plain-role")) {
            for effect in self.facts.effects.iter_mut().filter(|effect| effect.marks.contains(&"plain-role")) {
                effect.mark(self.bump, "own-database");
            }
        }
    }
}
