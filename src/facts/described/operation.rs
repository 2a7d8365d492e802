//! What an operation of a tool says of its own arguments: what each means, which program reads it, which words go with it.

use crate::facts::knowledge::{Kind, Lists, Meaning};
use crate::facts::shell::ast::Span;
use crate::json::Json;

/// What is carried along the walk over the arguments.
pub(super) struct Operation<'n, 'a> {
    pub(super) words: &'n [String],
    /// All arguments.
    pub(super) all: &'a Json<'a>,
    /// What the operation does, where that is known.
    pub(super) does: Option<Kind>,
    /// Its arguments are commands.
    pub(super) executes: bool,
    pub(super) lists: &'static Lists<'static>,
    /// Whose operation it is: of `terminal:write` the terminal's.
    pub(super) provider: &'n str,
    pub(super) args: &'n [(&'static str, Meaning)],
    pub(super) call: u32,
    pub(super) span: Span,
}

impl<'a> Operation<'_, 'a> {
    /// The program that reads a text which is none of the shell's, and how that is told: by what the arguments or the
    /// operation call it, or by the text itself.
    pub(super) fn interpreter(&self, text: &str) -> Option<(&'static str, &'static str)> {
        let told = ["shell", "interpreter", "language", "type"].iter().find_map(|key| self.all.get(key)?.text());
        let told = told.unwrap_or_default().to_ascii_lowercase();
        let is = |name: &str| told.contains(name) || self.has(&[name]) || self.provider.contains(name);
        // `Remove-Item …`
        let cmdlet = || {
            let word = text.split_whitespace().next().unwrap_or_default();
            let part = |part: &str| {
                part.starts_with(|c: char| c.is_ascii_uppercase()) && part.chars().all(char::is_alphanumeric)
            };
            word.split_once('-').is_some_and(|(verb, noun)| part(verb) && part(noun))
        };
        if is("applescript") || is("osascript") || is("automator") {
            return Some(("osascript", "-e"));
        }
        if is("powershell") || is("pwsh") || cmdlet() {
            return Some(("pwsh", "-c"));
        }
        match told.as_str() {
            "ruby" => return Some(("ruby", "-e")),
            "perl" => return Some(("perl", "-e")),
            "php" => return Some(("php", "-r")),
            _ => {}
        }
        let cmd = matches!(told.as_str(), "cmd" | "cmd.exe") || self.words.first().is_some_and(|word| word == "cmd");
        cmd.then_some(("cmd", "/c"))
    }

    /// The words behind a program that an argument of its own names: `{"command": "rm", "args": ["-rf", "x"]}`, and the
    /// same in one text.
    pub(super) fn rest(&self) -> Option<Vec<&'a str>> {
        let mut words: Vec<&'a str> = Vec::new();
        for key in ["args", "arguments", "argv"] {
            match self.all.get(key) {
                Some(Json::Array(items)) => words.extend(items.iter().filter_map(Json::text)),
                Some(Json::String(text)) => words.extend(text.split_whitespace()),
                _ => {}
            }
        }
        (!words.is_empty()).then_some(words)
    }

    /// Whether an argument names a program whose words stand in another.
    pub(super) fn names_program(&self) -> bool {
        let Json::Object(members) = self.all else { return false };
        members.iter().any(|(key, value)| self.is_program(key) && value.text().is_some())
    }

    /// Whether an argument of this name says which program runs.
    pub(super) fn is_program(&self, key: &str) -> bool {
        self.lists.has("arguments-that-are-programs", key)
    }

    /// Whether a word of the operation stands in a list.
    pub(super) fn speaks(&self, list: &'static str) -> bool {
        self.words.iter().any(|word| self.lists.has(list, word))
    }

    /// Whether it, or whose it is, does.
    fn is_of(&self, list: &'static str) -> bool {
        self.speaks(list) || self.lists.has(list, self.provider)
    }

    /// Whether an argument of this name is typed into something that runs it.
    pub(super) fn types(&self, key: &str) -> bool {
        self.lists.has("arguments-that-are-typed", key) && self.is_of("typed-into")
    }

    pub(super) fn looks_like_sql(&self, text: &str) -> bool {
        let first = text.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
        self.lists.has("begins-statements", &first.to_ascii_lowercase())
    }

    pub(super) fn has(&self, wanted: &[&str]) -> bool {
        self.words.iter().any(|w| wanted.contains(&w.as_str()))
    }

    /// What the catalogue says of an argument; of code, what the operation itself does.
    pub(super) fn meaning(&self, key: &str) -> Option<Meaning> {
        let (_, meaning) = self.args.iter().find(|(name, _)| *name == key)?;
        let code = matches!(meaning, Meaning::Shell | Meaning::Python | Meaning::Javascript);
        self.language().filter(|_| code && key.contains("code")).or(Some(*meaning))
    }

    /// The language that an argument of its own names.
    fn language(&self) -> Option<Meaning> {
        let named = ["language", "lang", "runtime", "kernel"].iter().find_map(|key| self.all.get(key)?.text())?;
        Some(match named.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').to_ascii_lowercase().as_str() {
            "python" | "py" | "ipython" => Meaning::Python,
            "javascript" | "js" | "node" | "nodejs" | "typescript" | "ts" | "deno" | "bun" => Meaning::Javascript,
            // The shell's, or what `interpreter` knows.
            "bash" | "sh" | "shell" | "zsh" | "powershell" | "pwsh" | "cmd" | "ruby" | "perl" | "php" => Meaning::Shell,
            _ => return None,
        })
    }

    /// What an argument of this name usually means.
    pub(super) fn guess(&self, key: &str, text: &str) -> Option<Meaning> {
        let says = |list: &'static str| self.lists.has(list, key);
        Some(match key {
            _ if says("arguments-that-are-commands") => Meaning::Shell,
            "program" | "executable" | "binary" | "run" if self.executes => Meaning::Shell,
            // What a database is asked, whatever that is called.
            _ if self.is_of("asks-databases") && self.looks_like_sql(text) && text.contains(' ') => Meaning::Sql,
            // What is typed there.
            _ if self.types(key) => Meaning::Shell,
            _ if says("arguments-that-are-code") && (self.executes || self.speaks("operations-that-run-code")) => {
                match self.language() {
                    Some(language) => language,
                    _ if self.has(&["python"]) => Meaning::Python,
                    _ if self.has(&["javascript", "node", "evaluate"]) || self.provider == "node" => {
                        Meaning::Javascript
                    }
                    _ if self.is_of("notebooks") => Meaning::Python,
                    _ => Meaning::Shell,
                }
            }
            // What is searched for is no statement.
            "query" | "q" if self.has(&["search", "grep", "find", "docs"]) => return None,
            _ if says("arguments-that-are-statements") && self.looks_like_sql(text) => Meaning::Sql,
            // `*** Update File: src/a.ts`
            "input" | "patch" if text.contains("*** Begin Patch") => Meaning::Text,
            // `{"pattern": "/home/dev/**/*.pem"}`
            "pattern" if self.has(&["glob"]) && text.starts_with(['/', '~']) => Meaning::Path,
            _ if says("arguments-that-are-paths") => Meaning::Path,
            _ if says("arguments-that-are-addresses") => Meaning::Url,
            // `{"prompt": "read http://…"}`
            "prompt" if self.has(&["fetch"]) && address_in(text).is_some() => Meaning::Url,
            _ => return None,
        })
    }
}

/// The first address in a text.
pub(super) fn address_in(text: &str) -> Option<&str> {
    let at = text.find("http://").or_else(|| text.find("https://"))?;
    text[at..].split_whitespace().next()
}
