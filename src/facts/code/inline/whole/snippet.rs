//! A piece of inline code as a whole.

use std::cell::{Cell, OnceCell, RefCell};

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::calls::wrappers::{Wrapper, wrappers};
use super::super::syntax::tokens::Token;
use super::encoded::Encodings;
use super::pairs::Pairs;
use crate::facts::Target;
use crate::facts::knowledge::{Function, Lists, Text, letters};
use crate::facts::value::Val;
use crate::limits;

/// Code of one language, with what is asked of the whole of it: once, however many calls it makes.
pub(in super::super) struct Snippet<'a> {
    pub(in super::super) language: &'a str,
    pub(in super::super) text: &'a str,
    pub(in super::super) tokens: Vec<Token<'a>>,
    /// Files with secrets that it names.
    pub(in super::super) secrets: Vec<Target<'a>>,
    encodings: OnceCell<Encodings>,
    base: OnceCell<Option<Val<'a>>>,
    spelled: OnceCell<Option<String>>,
    no_loss: OnceCell<bool>,
    choice: OnceCell<bool>,
    commands: OnceCell<bool>,
    user_id: OnceCell<bool>,
    below_home: OnceCell<Vec<&'a str>>,
    /// The folders that it names for no other reason.
    pub(in super::super) apart: OnceCell<Vec<&'a str>>,
    /// The functions that it defines, if it runs something at all.
    runners: OnceCell<FxHashSet<&'a str>>,
    /// What those of them start that hand their arguments on to a program.
    wrappers: OnceCell<FxHashMap<&'a str, Vec<Wrapper<'a>>>>,
    letters: OnceCell<u32>,
    pairs: OnceCell<Pairs>,
    /// Words that a long text was searched for.
    searched_for: RefCell<FxHashMap<String, bool>>,
    /// The names that it gives a secret variable of the environment.
    holders: OnceCell<FxHashSet<&'a str>>,
    /// The folders that it goes through.
    pub(in super::super) folders: RefCell<Vec<&'a str>>,
    /// The files that run by themselves for which it was judged what this code puts into them.
    pub(in super::super) jobs_changed: RefCell<FxHashSet<&'a str>>,
    /// What kinds of calls do to those, how deep: whether that is worth an effect.
    pub(in super::super) acted_on: RefCell<FxHashMap<(u8, &'a str, bool), bool>>,
    /// Names that it gives what a command prints, each with that command as a shell has it: `$(gh auth token)`.
    pub(in super::super) captured: RefCell<Vec<(&'a str, &'a str)>>,
    /// Texts that it reads and runs, which were read as that already.
    pub(in super::super) ran: RefCell<Vec<&'a str>>,
    /// Its texts were read as commands already.
    pub(in super::super) searched: Cell<bool>,
    /// So were those that they become when it changes them.
    pub(in super::super) changed: Cell<bool>,
    /// What reads like a command among its texts.
    pub(in super::super) spoken: OnceCell<&'a str>,
    /// It is Go, which calls functions of libraries by the names of those.
    qualified: OnceCell<bool>,
    /// The names that it gives the words of strangers; none if it names no such words at all.
    pub(in super::super) strangers: OnceCell<Option<FxHashSet<&'a str>>>,
}

/// Words without one of which code starts nothing.
const RUNS: [&str; 6] = ["subprocess", "spawn", "exec", "Popen", "os.system", "Process"];

/// Bytes from which on it pays to remember what a text was searched for.
const LONG: usize = 4 << 10;

impl<'a> Snippet<'a> {
    pub(in super::super) fn new(
        language: &'a str,
        text: &'a str,
        tokens: Vec<Token<'a>>,
        secrets: Vec<Target<'a>>,
    ) -> Self {
        Snippet {
            language,
            text,
            tokens,
            secrets,
            encodings: OnceCell::new(),
            base: OnceCell::new(),
            spelled: OnceCell::new(),
            no_loss: OnceCell::new(),
            choice: OnceCell::new(),
            commands: OnceCell::new(),
            user_id: OnceCell::new(),
            below_home: OnceCell::new(),
            apart: OnceCell::new(),
            holders: OnceCell::new(),
            runners: OnceCell::new(),
            wrappers: OnceCell::new(),
            letters: OnceCell::new(),
            pairs: OnceCell::new(),
            searched_for: RefCell::default(),
            folders: RefCell::default(),
            jobs_changed: RefCell::default(),
            acted_on: RefCell::default(),
            captured: RefCell::default(),
            ran: RefCell::default(),
            searched: Cell::new(false),
            changed: Cell::new(false),
            spoken: OnceCell::new(),
            qualified: OnceCell::new(),
            strangers: OnceCell::new(),
        }
    }

    /// The names that it gives a secret variable of the environment, as `find` sees them in its tokens.
    pub(in super::super) fn holders(
        &self,
        find: impl FnOnce(&[Token<'a>]) -> FxHashSet<&'a str>,
    ) -> &FxHashSet<&'a str> {
        self.holders.get_or_init(|| find(&self.tokens))
    }

    /// Whether what a command printed stands in a word.
    pub(in super::super) fn holds_output(&self, word: &str) -> bool {
        self.captured.borrow().iter().any(|(_, command)| word.contains(command))
    }

    /// Whether a word stands anywhere in it. Each of its calls may ask for the same words, so that a long text remembers.
    pub(in super::super) fn says(&self, word: &str) -> bool {
        if !self.pairs.get_or_init(|| Pairs::of(self.text)).may_hold(word.as_bytes()) {
            return false;
        }
        if self.text.len() < LONG {
            return self.text.contains(word);
        }
        let known = self.searched_for.borrow().get(word).copied();
        known.unwrap_or_else(|| {
            let said = self.text.contains(word);
            self.searched_for.borrow_mut().insert(word.to_owned(), said);
            said
        })
    }

    /// Whether a word of a list stands anywhere in it.
    pub(in super::super) fn says_one_of(&self, lists: &Lists<'_>, list: &'static str) -> bool {
        let letters = *self.letters.get_or_init(|| letters(self.text.as_bytes()));
        lists.possible(list, letters).any(|word| self.says(Text(word).as_str()))
    }

    /// Whether it holds the words without which a function is another one of the same name.
    pub(in super::super) fn meets(&self, function: &Function<'_>) -> bool {
        function.with.iter().all(|word| self.says(word))
    }

    /// Whether functions of libraries are called by the names of those alone, and any other is its own: Go (its
    /// specification, "Qualified identifiers"), unless it imports names as they are.
    pub(in super::super) fn qualifies(&self) -> bool {
        *self.qualified.get_or_init(|| {
            let mut lines = self.text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
            self.language == "other"
                && lines.next().is_some_and(|line| line.starts_with("package "))
                && self.says("func ")
                && !["\t. \"", "import . \"", " . \""].iter().any(|word| self.says(word))
        })
    }

    /// Whether a text between these tokens is run as it stands: $`command` of Bun and zx, `"command".!` of Scala.
    pub(in super::super) fn runs_text(&self, before: &[Token<'_>], after: &[Token<'_>]) -> bool {
        match self.language {
            "javascript" => before.last() == Some(&Token::Sign(b'$')) && self.says("$`"),
            "other" => matches!(after, [Token::Sign(b'.'), Token::Sign(b'!'), ..]),
            _ => false,
        }
    }

    /// Whether it defines a function of its own under a program's name, to run that: `def git(*args):`.
    pub(in super::super) fn wraps(&self, name: &str) -> bool {
        self.says("from sh import")
            || self.says("from plumbum.cmd import")
            || self.runners.get_or_init(|| self.own_functions_that_run()).contains(name)
    }

    /// What a function of its own starts with the arguments that it is given; `runs` says which functions start programs.
    pub(in super::super) fn wrapped(&self, name: &str, runs: impl Fn(&str) -> bool) -> &[Wrapper<'a>] {
        let all = self.wrappers.get_or_init(|| match RUNS.iter().any(|word| self.says(word)) {
            true => wrappers(&self.tokens, runs),
            false => FxHashMap::default(),
        });
        all.get(name).map_or(&[], Vec::as_slice)
    }

    fn own_functions_that_run(&self) -> FxHashSet<&'a str> {
        if !RUNS.iter().any(|word| self.says(word)) {
            return FxHashSet::default();
        }
        let defined = |three: &[Token<'a>]| match three {
            [Token::Name("def" | "function", _), Token::Name(name, _), Token::Sign(b'(')]
            | [Token::Name("const", _), Token::Name(name, _), Token::Sign(b'=')]
            | [Token::Name(name, _), Token::Sign(b'='), Token::Name("lambda", _)] => Some(*name),
            _ => None,
        };
        self.tokens.windows(3).filter_map(defined).collect()
    }

    /// Whether it chooses among what it goes through: that something is there, or a folder, is no choice; nor is to leave
    /// one out.
    pub(in super::super) fn chooses(&self, lists: &Lists<'_>) -> bool {
        *self.choice.get_or_init(|| {
            lists.items("chooses").any(|word| {
                self.text.match_indices(word).any(|(at, _)| {
                    // What a filter asks stands in its block.
                    let ends: &[char] = if word.starts_with("if") { &['\n', ':', '{'] } else { &['\n', ':', '}'] };
                    let rest = self.text[at..].split(ends).next().unwrap_or_default();
                    // Of what is asked at once, one thing may choose: `if p.is_dir() and p.name == "build"`.
                    let mut asked = rest.split(" and ").flat_map(|part| part.split(" && ")).enumerate();
                    let compares = |part: &str| lists.items("compares-names").any(|sign| part.contains(sign));
                    // `unless d == "keep"`, `next if d == "keep"`, `if d == "keep": continue`
                    let goes_on = |text: &str| text.trim_start_matches([':', '{', ' ', '\n']).starts_with("continue");
                    let leaves_out = word.starts_with("unless")
                        || self.text[..at].trim_end().ends_with("next")
                        || goes_on(&self.text[at + rest.len()..])
                        || rest.split_once(')').is_some_and(|(_, behind)| goes_on(behind));
                    if leaves_out && compares(rest) && !rest.contains(['<', '>']) {
                        return false;
                    }
                    asked.any(|(number, part)| {
                        let nothing = lists.items("chooses-nothing").any(|question| part.contains(question));
                        !nothing && (number == 0 || compares(part))
                    })
                })
            })
        })
    }

    /// Whether it names a module that runs commands, however it brings it in: `import sys, os as o`, `from posix import *`.
    pub(in super::super) fn may_run_commands(&self, lists: &Lists<'_>) -> bool {
        *self.commands.get_or_init(|| {
            let named = |token: &Token<'_>| match token {
                Token::Name(name, _) => name.split('.').any(|part| lists.has("modules-of-commands", part)),
                _ => false,
            };
            self.says_one_of(lists, "command-modules") || self.tokens.iter().any(named)
        })
    }

    /// How it takes texts out of an encoding.
    pub(in super::super) fn encodings(&self) -> Encodings {
        *self.encodings.get_or_init(|| Encodings::of(self.text))
    }

    /// The text that its numbers spell, if it reads numbers as letters.
    pub(in super::super) fn spelled(&self) -> Option<&str> {
        self.spelled.get_or_init(|| self.encodings().spelled(self.text)).as_deref()
    }

    /// Whether it speaks of a database that lives in memory, in a file, on this machine or for tests: tables come and go
    /// there.
    pub(in super::super) fn on_what_is_no_loss(&self, lists: &Lists<'_>) -> bool {
        *self.no_loss.get_or_init(|| {
            let text = self.text.to_ascii_lowercase();
            let production = text.match_indices("prod").any(|(at, _)| {
                let rest = &text[at + 4..];
                rest.starts_with("uction") || !rest.starts_with(|c: char| c.is_ascii_alphabetic())
            });
            // `app_test`, `testdb`; but not `latest`, `template`, and not a method of that name.
            let as_word = |word: &str| {
                text.match_indices(word).any(|(at, _)| {
                    let rest = &text[at + word.len()..];
                    !text[..at].ends_with(|c: char| c.is_ascii_alphabetic())
                        && !["(", "late", "era"].iter().any(|other| rest.starts_with(other))
                })
            };
            let stand_in = lists.items("stand-ins").any(|word| text.contains(word));
            // `drop table if exists x`, and then it is made anew.
            let anew = text.contains("if exists") && (text.contains("create") || text.contains("to_sql("));
            let others = || text.contains("sqlite") && self.opens_data_of_programs(lists);
            stand_in || !production && (anew || lists.items("no-loss").any(as_word) && !others())
        })
    }

    /// Whether it names what some program keeps hidden in a home, or opens what a machine keeps its services'.
    fn opens_data_of_programs(&self, lists: &Lists<'_>) -> bool {
        let hidden = |text: &str| text.contains("~/.") || text.contains("~/Library/") || text.starts_with(".local/");
        let of_a_service = |path: &str| {
            let for_tests = path.starts_with("/usr/src/") || path.contains("test");
            !for_tests && lists.items("data-of-programs").any(|folder| path.starts_with(folder))
        };
        let opens = |tokens: &[Token<'a>]| match tokens {
            [Token::Name(name, _), Token::Sign(b'('), Token::Text(path)] => {
                name.ends_with("connect") && of_a_service(path)
            }
            _ => false,
        };
        self.tokens.iter().filter_map(Token::text).any(hidden) || self.tokens.windows(3).any(opens)
    }

    /// What it names of somebody's home, of the repository or the `project` as a whole, if it speaks of one of them, and does not say in a way that
    /// is understood what it does with it: `for d in ["Documents", ".ssh"]`.
    pub(in super::super) fn names_below_home(&self, lists: &Lists<'_>, project: &str) -> &[&'a str] {
        self.below_home.get_or_init(|| {
            let home = self.says_one_of(lists, "speaks-of-homes");
            let named = |text: &&'a str| {
                let name = text.trim_start_matches(['~', '/']).trim_end_matches(['/', '*']);
                let last = name.rsplit('/').next().unwrap_or(name);
                // The project itself, named as a whole, is what others are named below.
                let whole = text.starts_with('/') && name.len() > last.len();
                !last.is_empty() && !whole && last == project || lists.has("private-names", last)
            };
            let mut names: Vec<&'a str> = match home {
                true => self.tokens.iter().filter_map(Token::text).filter(named).take(limits::UNROLL).collect(),
                false => Vec::new(),
            };
            names.sort_unstable();
            names.dedup();
            names.truncate(limits::VALUES);
            names
        })
    }

    /// Whether it names a mode that lets a program run as its owner: `0o4755`, `04755`, `06755`.
    pub(in super::super) fn sets_user_id(&self) -> bool {
        *self.user_id.get_or_init(|| {
            self.text.match_indices('0').any(|(at, _)| {
                let digits = self.text[at + 1..].strip_prefix('o').unwrap_or(&self.text[at + 1..]);
                let length = digits.bytes().take_while(u8::is_ascii_digit).count();
                length == 4
                    && digits.starts_with(['4', '6'])
                    && !self.text[..at].ends_with(|c: char| c.is_ascii_alphanumeric())
            })
        })
    }

    /// The address that its requests begin with, if it says that once and as it is.
    pub(in super::super) fn base_address(&self) -> Option<Val<'a>> {
        *self.base.get_or_init(|| {
            let is_base = |token: &Token<'_>| match token {
                Token::Name(name, _) => {
                    let last = name.rsplit('.').next().unwrap_or(name);
                    ["baseURL", "baseUrl", "base_url", "prefixUrl", "prefix"].contains(&last)
                }
                _ => false,
            };
            let mut told = self.tokens.iter().enumerate().filter(|(_, token)| is_base(token));
            let (Some((at, _)), None) = (told.next(), told.next()) else { return None };
            match self.tokens.get(at + 1..at + 3) {
                Some([Token::Sign(b':' | b'='), Token::Text(text)]) => Some(Val::Lit(text)),
                _ => None,
            }
        })
    }

    /// The first address of another machine that it names.
    pub(in super::super) fn address(&self) -> Option<Val<'a>> {
        let address =
            |text: &&str| ["http://", "https://", "ftp://", "ws://", "wss://"].iter().any(|s| text.starts_with(s));
        let texts = self.tokens.iter().filter_map(Token::text);
        texts.clone().find(address).map(Val::Lit)
    }
}
