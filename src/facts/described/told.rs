//! What the arguments of an operation tell it to do: to call another operation, or what its own name leaves open
//! (`repository {"method": "delete"}`).

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Level, Verb};
use crate::facts::name_words::words_of;
use crate::json::{self, Json};
use crate::limits;

/// Bytes of a name that says what is done; longer ones say something else.
const LONGEST_VERB: usize = 64;

/// Calls that one may carry.
const MOST_CALLS: usize = 64;

impl<'a> Analysis<'a> {
    /// The calls of other operations that an operation is given: `call_tool {"name": "delete_repository", "arguments": {…}}`,
    /// `parallel {"tool_uses": [{"recipient_name": …, "parameters": {…}}]}`.
    pub(super) fn calls_within(&mut self, words: &[String], args: &'a Json<'a>) {
        let Json::Object(members) = args else { return };
        if self.depth >= limits::NESTING {
            return;
        }
        let lists = self.know.lists();
        let dispatches = words.iter().any(|word| lists.has("calls-operations", word));
        let lists_of =
            members.iter().filter_map(|(_, value)| if let Json::Array(items) = value { Some(items) } else { None });
        let all = std::iter::once((args, dispatches)).chain(lists_of.flatten().map(|item| (item, false)));
        for (call, dispatches) in all.take(MOST_CALLS) {
            if let Some((name, arguments)) = self.call_of(call, dispatches) {
                self.depth += 1;
                self.tool(name, arguments);
                self.depth -= 1;
            }
        }
    }

    /// The operation that an object names, and its arguments; one that is only called `name` counts where operations are
    /// called.
    fn call_of(&self, call: &'a Json<'a>, dispatches: bool) -> Option<(&'a str, &'a Json<'a>)> {
        let Json::Object(members) = call else { return None };
        let lists = self.know.lists();
        let text = |list: &'static str| {
            let named = members.iter().find(|(name, value)| lists.has(list, name) && value.text().is_some());
            named.and_then(|(_, value)| value.text())
        };
        let name = text("arguments-that-name-operations")
            .or_else(|| call.get("name")?.text().filter(|_| dispatches))
            .filter(|name| !name.contains(char::is_whitespace))?;
        let given = members.iter().find(|(name, _)| lists.has("arguments-of-operations", name)).map(|(_, value)| value);
        let arguments = match given {
            // The arena does not drop it: its lists stay as long as gate runs, which are no longer than the action.
            Some(Json::String(text)) => self.bump.alloc(json::parse(text).ok()?),
            Some(value @ Json::Object(_)) => value,
            _ if dispatches => call,
            _ => return None,
        };
        let server = text("arguments-that-name-servers").filter(|_| !name.contains([':', '/', '.']));
        let name = match server {
            Some(server) => self.bump.alloc_str(&format!("{server}:{name}")),
            None => name,
        };
        Some((name, arguments))
    }

    /// The verb by which an argument says what is to be done, of an operation whose name leaves that open.
    pub(super) fn told_verb(&self, words: &[String], args: &Json<'_>) -> Option<&'static Verb<'static>> {
        let lists = self.know.lists();
        if words.iter().any(|word| lists.has("of-the-session", word)) {
            return None;
        }
        let said = lists.items("arguments-that-say-what-is-done").find_map(|name| args.get(name)?.text())?;
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        if said.len() > LONGEST_VERB || !said.chars().all(plain) {
            return None;
        }
        let (verb, certain) = self.classify_verb(&words_of(said))?;
        (certain && verb.level >= Level::High).then_some(verb)
    }
}
