//! Requests that code makes by HTTP, judged as curl's are: which functions make them is data (`requests`).

use super::Pass;
use super::arguments::{LONGEST_OTHER, arguments};
use super::tokens::Token;
use crate::facts::analysis::Analysis;

/// Bytes of a call that are looked at for what it sends.
const LONGEST_REQUEST: usize = 2 << 10;

impl<'a> Analysis<'a> {
    /// The request that the function makes whose name stands here, if its method and address can be told; whether it
    /// makes one.
    pub(super) fn request(&mut self, pass: &Pass<'_, 'a>, index: usize, name: &str, at: usize) -> bool {
        let last = name.rsplit(['.', ':']).next().unwrap_or(name);
        let meant = |known: &str| known == last || known == name || known.contains(['.', ':']) && name.ends_with(known);
        let mut known = self.know.places().list("requests").filter_map(|item| item.split_once('='));
        let Some((_, method)) = known.find(|(function, _)| meant(function)) else { return false };
        let (given, end) = arguments(self.bump, &pass.code.tokens, index + 1, true, &pass.names, LONGEST_OTHER);
        let texts = || given.iter().flat_map(|argument| argument.texts.iter().copied());
        let Some(address) = texts().find(|text| text.contains("://")) else { return false };
        let method = match method {
            "" => {
                let methods = ["DELETE", "PUT", "PATCH", "POST"];
                texts().find_map(|text| methods.into_iter().find(|method| text.eq_ignore_ascii_case(method)))
            }
            method => Some(method),
        };
        let Some(method) = method else { return false };
        let sent = self.as_json(call_from(&pass.code.text[at..]));
        self.call_of_own(pass, (index, end), &["curl", "-X", method, address, "-d", sent]);
        true
    }

    /// What code says, in the form that an address takes it: `{'private': False}` is `{"private": false}`.
    fn as_json(&self, code: &str) -> &'a str {
        let json = code.replace('\'', "\"").replace(": False", ": false").replace(": True", ": true");
        // `{private: false}` names its members without quotes.
        let named = |member: &str| format!("\"{member}\":");
        let members = ["private", "visibility", "archived", "disabled"];
        let json = members.into_iter().fold(json, |json, member| match json.contains(&named(member)) {
            true => json,
            false => json.replace(&format!("{member}:"), &named(member)),
        });
        self.bump.alloc_str(&json)
    }
}

impl Pass<'_, '_> {
    /// Whether its code may change something by a request.
    pub(super) fn may_request(&self) -> bool {
        let changes = ["elete", "DELETE", "put", "PUT", "Put", "atch", "PATCH", "post", "POST", "Post"];
        self.commands && self.code.says("://") && changes.into_iter().any(|word| self.code.says(word))
    }

    /// Whether a call stands behind a name.
    pub(super) fn called_at(&self, index: usize) -> bool {
        self.code.tokens.get(index + 1) == Some(&Token::Sign(b'('))
    }
}

/// A call with what it is given, from its name on.
fn call_from(code: &str) -> &str {
    let mut level = 0_usize;
    let end = code.bytes().take(LONGEST_REQUEST).position(|byte| {
        match byte {
            b'(' | b'{' | b'[' => level += 1,
            b')' | b'}' | b']' => level = level.saturating_sub(1),
            _ => return false,
        }
        level == 0
    });
    // What is longer is not looked at, or as a whole.
    end.and_then(|end| code.get(..=end)).unwrap_or_default()
}
