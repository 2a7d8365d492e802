//! Operations that are named for a program: its own line where the arguments say only what its options would (`git_reset
//! {"mode": "hard"}`), and words of it without its name (`terraform {"command": "destroy"}`).

use crate::facts::analysis::Analysis;
use crate::facts::name_words::words_of;
use crate::json::Json;

/// Words by which an operation says that it runs something, and not what.
const GENERIC: [&str; 8] = ["run", "execute", "command", "cli", "call", "raw", "generic", "tool"];

impl Analysis<'_> {
    /// The line of the program that an operation of a provider is named for: `git:push {"force": true}` is `git push --force`.
    pub(super) fn line_of(&self, provider: &str, words: &[String], arguments: &Json<'_>) -> Option<String> {
        let lists = self.know.lists();
        let own = match words {
            [first, ..] if lists.items("operations-as-commands").any(|line| line.starts_with(first.as_str())) => {
                words.join(" ")
            }
            _ => format!("{provider} {}", words.join(" ")),
        };
        let command = lists.items("operations-as-commands").find(|line| **line == own)?;
        let Json::Object(members) = arguments else { return None };
        let mut line = (*command).to_owned();
        let mut add = |option: &str, word: &str| {
            line.push(' ');
            line.push_str(option);
            line.push_str(&shell_words::quote(word));
        };
        let own = |name: &str| lists.items("words-of-operations").any(|known| known == name);
        for (name, value) in members {
            let option = lists.items("options-of-operations").find_map(|item| {
                let (known, option) = item.split_once(' ')?;
                (known == &**name).then_some(option)
            });
            match (value, option) {
                (Json::Bool(true), Some(option)) => add("", option),
                (Json::Bool(true), None) => add("--", &words_of(name).join("-")),
                (Json::String(text), Some(option)) => add(option, text),
                // `{"args": "--hard HEAD~3"}`, and an option wherever it stands.
                (Json::String(text), None) if own(name) || text.starts_with('-') => {
                    text.split_whitespace().for_each(|word| add("", word));
                }
                (Json::Array(items), _) => items.iter().filter_map(Json::text).for_each(|word| add("", word)),
                _ => {}
            }
        }
        for name in lists.items("operands-of-operations") {
            if let Some(text) = arguments.get(name).and_then(Json::text).filter(|text| !text.is_empty()) {
                add("", text);
            }
        }
        Some(line)
    }

    /// The program whose words an operation is given, if those do not begin with its name: `gh {"args": ["repo", "delete"]}`.
    pub(super) fn unnamed_program(&self, provider: &str, words: &[String], first: &str) -> Option<&'static str> {
        let lists = self.know.lists();
        let of = |name: &str| {
            lists.items("programs-of-providers").find_map(|item| {
                let (known, program) = item.split_once(' ')?;
                (known == name).then_some(program)
            })
        };
        let mut named = words.iter().filter(|word| !GENERIC.contains(&word.as_str()));
        let program = match (named.next(), named.next()) {
            // `redis_cli` is named so itself.
            (Some(only), None) => match of(only) {
                Some(program) => program,
                // `redis:get {"command": "FLUSHALL"}`: whatever it is called, that is what it does.
                None => of(provider).filter(|_| self.know.entry(first).is_none() && !provider.is_empty())?,
            },
            (None, _) => of(provider).filter(|_| self.know.entry(first).is_none())?,
            _ => return None,
        };
        (first.rsplit('/').next() != Some(program)).then_some(program)
    }
}
