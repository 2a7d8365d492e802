//! What names in inline code stand for: texts, and lists of them.

pub(super) mod assignments;
pub(super) mod documents;
pub(super) mod functions;
pub(super) mod homes;
pub(super) mod itself;
pub(super) mod lists;
pub(super) mod loops;
pub(super) mod members;
pub(super) mod methods;
pub(super) mod no_longer;
pub(super) mod objects;
pub(super) mod parameters;
pub(super) mod scopes;

use std::cell::Cell;
use std::rc::Rc;

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use super::syntax::tokens::Token;
use crate::facts::knowledge::{Lists, Vocabulary};
use crate::facts::targets::globs;
use crate::facts::value::Taint;
use crate::limits;

/// All that is known of a name: a text, all that it is in turn, a list.
#[derive(Clone)]
pub(super) struct Told<'a> {
    pub text: Option<&'a str>,
    pub turns: Vec<&'a str>,
    pub list: Option<Vec<&'a str>>,
}

impl<'a> Told<'a> {
    /// One text, and nothing else.
    pub(super) fn text(text: &'a str) -> Self {
        Told { text: Some(text), turns: Vec::new(), list: None }
    }
}

/// What parameters are, where anything is known of them.
pub(super) type Given<'a> = Vec<(&'a str, Option<Told<'a>>)>;

/// The body of a function, from its first token to the one behind its last, and what its parameters are there.
pub(super) struct Scope<'a> {
    pub(super) name: &'a str,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) parameters: Vec<&'a str>,
    pub(super) given: Given<'a>,
}

/// The last that each name was given.
#[derive(Clone)]
pub(super) struct Names<'a> {
    texts: FxHashMap<&'a str, &'a str>,
    lists: FxHashMap<&'a str, Vec<&'a str>>,
    /// All texts that the variable of a loop has in turn.
    turns: FxHashMap<&'a str, Vec<&'a str>>,
    /// The functions that names stand for, by the names that those have themselves.
    functions: FxHashMap<&'a str, &'a str>,
    /// Where that comes from which the code does not say itself.
    origins: FxHashMap<&'a str, Taint>,
    /// The function whose body this is.
    pub within: &'a str,
    /// The last of several names that were given their values together: `b` of `a, b = 1, 2`.
    pub unpacked: &'a str,
    /// What comes through the pipe, if that is known.
    pub input: Option<&'a str>,
    /// The texts of files that the script wrote, by the names that the code has for them.
    pub written: &'a [(&'a str, &'a str)],
    /// The words that the script is given.
    pub words: &'a [&'a str],
    /// The variables of its environment that are known, in order.
    pub environment: &'a [(&'a str, &'a str)],
    /// Those that hold what came from the network.
    pub fetched: &'a [&'a str],
    /// Whether a path that is joined to a folder lies below it, even if it begins at the root.
    pub joins_below: bool,
    /// The bodies of the code's own functions, in order.
    pub scopes: Rc<[Scope<'a>]>,
    reading: &'a Reading,
    vocabulary: &'static Vocabulary<'static>,
}

/// Parts of expressions that one piece of code may have read, all the ways through it together: what is nested in what
/// is read again and again ends. (Measured on 7,000 pieces: two for each token and each way at most.)
pub(super) struct Reading {
    left: Cell<usize>,
    /// Bytes that long texts may yet take: each change of one is gone through whole.
    long: Cell<usize>,
    /// Something was taken for what it most likely is: an element by its number in a list that may have changed since.
    guessed: Cell<bool>,
}

impl Reading {
    pub fn of(tokens: &[Token<'_>]) -> Self {
        let texts = tokens.iter().filter_map(Token::text).map(str::len);
        Reading {
            left: Cell::new((4 << 10) + 16 * (tokens.len() + texts.sum::<usize>() / BYTES)),
            long: Cell::new(limits::FILE),
            guessed: Cell::new(false),
        }
    }

    fn spend(&self, parts: usize) {
        self.left.set(self.left.get().saturating_sub(parts));
    }

    /// Whether more was to be read than may be.
    pub fn is_spent(&self) -> bool {
        self.left.get() == 0
    }
}

/// Bytes of a text that count as a part of an expression.
const BYTES: usize = 8;

/// Parts of expressions that are read once more for each value of a loop's variable.
const BESIDE: usize = 1 << 10;

impl<'a> Names<'a> {
    /// None yet; what is read with them is counted in `reading`, and what functions are called in languages the vocabulary says.
    pub fn none(reading: &'a Reading, vocabulary: &'static Vocabulary<'static>) -> Self {
        Names {
            texts: FxHashMap::default(),
            lists: FxHashMap::default(),
            turns: FxHashMap::default(),
            functions: FxHashMap::default(),
            origins: FxHashMap::default(),
            within: "",
            unpacked: "",
            input: None,
            written: &[],
            words: &[],
            environment: &[],
            fetched: &[],
            joins_below: false,
            scopes: Rc::default(),
            reading,
            vocabulary,
        }
    }

    /// The lists of the packs.
    pub fn lists(&self) -> &'static Lists<'static> {
        &self.vocabulary.lists
    }

    /// Whether a function, method or variable of some language is in a list of the packs.
    pub fn knows(&self, list: &'static str, name: &str) -> bool {
        self.vocabulary.lists.has(list, name)
    }

    /// Whether a variable or function of a language gives what the environment holds under a name.
    pub fn is_environment(&self, name: &str) -> bool {
        let ends = |read: &str| name.strip_suffix(read).is_some_and(|on| on.is_empty() || on.ends_with('.'));
        self.vocabulary.lists.items("gives-the-environment").any(ends)
    }

    /// Whether a variable of the environment holds what anybody may have written who can open an issue or a pull request, or
    /// what came from the network.
    pub fn is_strangers(&self, variable: &str) -> bool {
        self.fetched.contains(&variable)
            || self
                .vocabulary
                .variables
                .types_of(variable, |pattern, name| globs::text(pattern, name))
                .any(|of| of == "strangers-words")
    }

    /// Notes that something was taken for what it most likely is.
    pub fn guess(&self) {
        self.reading.guessed.set(true);
    }

    pub fn has_guessed(&self) -> bool {
        self.reading.guessed.get()
    }

    /// Counts a part of an expression; false when the budget is spent.
    pub fn step(&self) -> bool {
        let left = self.reading.left.get();
        self.reading.left.set(left.saturating_sub(1));
        left > 0
    }

    /// Counts so many bytes that a text takes which was put together.
    pub fn takes(&self, bytes: usize) {
        self.reading.spend(bytes / BYTES);
    }

    /// Counts a text that was changed and is longer than those that are not counted.
    pub fn takes_long(&self, bytes: usize) {
        self.reading.long.set(self.reading.long.get().saturating_sub(bytes));
        if self.reading.long.get() == 0 {
            self.takes(usize::MAX);
        }
    }

    /// Counts a word that is gone through once more; whether more was than may be.
    pub fn takes_one(&self) -> bool {
        self.reading.spend(1);
        self.reading.is_spent()
    }

    /// What a name stands for; a member of an object what its class gave to it.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.texts.get(name).copied().or_else(|| {
            let (on, member) = name.rsplit_once('.')?;
            let object = matches!(on, "self" | "cls" | "this") || on.starts_with(|c: char| c.is_ascii_uppercase());
            let of_object = || self.texts.get(&*format!("{on}.*")).copied();
            if object { self.texts.get(member).copied() } else { None }.or_else(of_object)
        })
    }

    /// What the one object that has a member of this name keeps there.
    pub fn member_of_any(&self, member: &str) -> Option<&'a str> {
        let of = |name: &str| name.rsplit_once('.').is_some_and(|(_, last)| last == member);
        let mut all = self.texts.iter().filter(|(name, _)| of(name)).map(|(_, text)| *text);
        let first = all.next()?;
        all.all(|text| text == first).then_some(first)
    }

    pub fn list(&self, name: &str) -> Option<&[&'a str]> {
        self.lists.get(name).map(Vec::as_slice)
    }

    pub fn give(&mut self, name: &'a str, text: &'a str) {
        self.texts.insert(name, text);
        self.turns.remove(name);
    }

    /// What is known of a name, if anything is.
    pub fn told(&self, name: &str) -> Option<Told<'a>> {
        let told = Told {
            text: self.texts.get(name).copied(),
            turns: self.turns.get(name).cloned().unwrap_or_default(),
            list: self.lists.get(name).cloned(),
        };
        (told.text.is_some() || told.list.is_some()).then_some(told)
    }

    /// Puts what is known of a name in the place of what was.
    pub fn set(&mut self, name: &'a str, told: Option<Told<'a>>) {
        self.texts.remove(name);
        self.lists.remove(name);
        self.turns.remove(name);
        let Some(told) = told else { return };
        if let Some(text) = told.text {
            self.give_in_turn(name, text, told.turns);
        }
        if let Some(list) = told.list {
            self.give_list(name, list);
        }
    }

    /// The same names, of which other things can be asked: what that takes is no part of what the code itself may take.
    pub fn beside(&self, bump: &'a Bump) -> Self {
        let reading = Reading { left: Cell::new(BESIDE), long: self.reading.long.clone(), guessed: Cell::new(false) };
        Names { reading: bump.alloc(reading), ..self.clone() }
    }

    /// What a name is in turn, `text` the one that counts where only one does.
    pub fn give_in_turn(&mut self, name: &'a str, text: &'a str, all: Vec<&'a str>) {
        self.give(name, text);
        if all.len() > 1 {
            self.turns.insert(name, all);
        }
    }

    /// The variable of a loop that these tokens name, and all that it is in turn.
    pub fn in_turn(&self, tokens: &[Token<'a>]) -> Option<(&'a str, &[&'a str])> {
        if self.turns.is_empty() {
            return None;
        }
        tokens
            .iter()
            .find_map(|token| match token {
                Token::Name(name, _) => self.turns.get_key_value(name),
                // `f"{step}"`
                Token::Text(text) => self
                    .turns
                    .iter()
                    .find(|(name, _)| text.match_indices(**name).any(|(at, _)| text[..at].ends_with(['{', '$']))),
                _ => None,
            })
            .map(|(name, all)| (*name, all.as_slice()))
    }

    /// The function that a name stands for.
    pub fn function(&self, name: &str) -> Option<&'a str> {
        self.functions.get(name).copied()
    }

    /// What names that begin so are from here on under another beginning, too: the options that were parsed.
    pub fn give_alike(&mut self, bump: &'a Bump, from: &str, to: &str) {
        let alike = self.texts.iter().filter_map(|(name, text)| Some((name.strip_prefix(from)?, *text)));
        let alike: Vec<(&str, &str)> = alike.collect();
        for (rest, text) in alike {
            self.texts.insert(bump.alloc_str(&format!("{to}{rest}")), text);
        }
        let alike = self.lists.iter().filter_map(|(name, list)| Some((name.strip_prefix(from)?, list.clone())));
        for (rest, list) in alike.collect::<Vec<_>>() {
            self.lists.insert(bump.alloc_str(&format!("{to}{rest}")), list);
        }
    }

    pub fn give_origin(&mut self, name: &'a str, origin: Option<Taint>) {
        match origin {
            Some(origin) => drop(self.origins.insert(name, origin)),
            None => drop(self.origins.remove(name)),
        }
    }

    /// Where what a name stands for comes from, if that is another machine or what the code unpacks.
    pub fn origin(&self, name: &str) -> Option<Taint> {
        if self.origins.is_empty() { None } else { self.origins.get(name).copied() }
    }

    pub fn give_function(&mut self, name: &'a str, function: &'a str) {
        self.functions.insert(name, function);
    }

    /// What a list is from here on.
    pub fn give_list(&mut self, name: &'a str, items: Vec<&'a str>) {
        self.lists.insert(name, items);
    }

    /// Puts texts to a list, as far as there is room in it.
    pub fn extend_list(&mut self, name: &'a str, items: Vec<&'a str>) {
        let list = self.lists.entry(name).or_default();
        let room = limits::UNROLL.saturating_sub(list.len());
        list.extend(items.into_iter().take(room));
    }
}
