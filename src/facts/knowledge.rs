//! What a pack knows about programs, as compact data: one byte blob, found by program name, decoded only when asked.
//!
//! `build.rs` shares this file: it compiles `rules/*.toml` into the blob, and the binary reads it in place.
//! No pointer stands in the blob, so nothing has to be relocated or decoded when gate starts.

use serde::{Deserialize, Serialize};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

macro_rules! closed_list {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $(#[serde(rename = $text)] $variant),* }
        impl $name {
            /// Every member, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];
            /// The word for it in packs, JSON and documents.
            #[must_use]
            pub fn word(self) -> &'static str { match self { $($name::$variant => $text),* } }
            /// The member that this word names.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> { match word { $($text => Some($name::$variant),)* _ => None } }
        }
    };
}

closed_list! {
    /// What a call does to the world. A closed list: extend it deliberately.
    Kind {
        Read = "read", Create = "create", Write = "write", Append = "append", Delete = "delete", Move = "move",
        Permit = "permit", Mount = "mount", Format = "format",
        Execute = "execute", Kill = "kill", Schedule = "schedule", Service = "service", Shutdown = "shutdown",
        Elevate = "elevate", Account = "account", CredentialRead = "credential-read",
        CredentialWrite = "credential-write",
        Fetch = "fetch", Send = "send", Listen = "listen", Tunnel = "tunnel", Firewall = "firewall",
        Install = "install", Remove = "remove", Publish = "publish",
        Commit = "commit", DiscardWork = "discard-work", RewriteHistory = "rewrite-history", Push = "push",
        DeleteRef = "delete-ref", Configure = "configure",
        Query = "query", Insert = "insert", Update = "update", DeleteRows = "delete-rows", Drop = "drop",
        Grant = "grant", Migrate = "migrate", Flush = "flush", Restore = "restore",
        Plan = "plan", Apply = "apply", Destroy = "destroy", Scale = "scale", Exec = "exec",
        SecretRead = "secret-read",
        Deploy = "deploy", Rollback = "rollback",
        Message = "message", Pay = "pay", Refund = "refund", Transfer = "transfer", Cancel = "cancel",
        Tamper = "tamper",
        // Facts of the analysis itself that rules speak about in the same way.
        Set = "set", Code = "code", Unknown = "unknown-program", Hidden = "hidden-text",
        Conflict = "conflict",
    }
}

closed_list! {
    /// How bad it is if it goes wrong. Base scores: .20, .45, .70, .90 (DESIGN section 6).
    Level { Low = "low", Medium = "medium", High = "high", Critical = "critical" }
}

closed_list! {
    Category {
        DataLoss = "data-loss", HistoryRewrite = "history-rewrite", Infrastructure = "infrastructure",
        Secrets = "secrets", Exfiltration = "exfiltration", Privilege = "privilege", Persistence = "persistence",
        Evasion = "evasion", RemoteCode = "remote-code", SupplyChain = "supply-chain", Network = "network",
        DenialOfService = "denial-of-service", Business = "business", SelfProtection = "self-protection",
    }
}

closed_list! {
    /// What a program prints, as far as it matters for what happens with it next.
    Output {
        Unknown = "unknown", Nothing = "nothing", Stdin = "stdin", Files = "files", Network = "network",
        Secret = "secret", TempPath = "temp-path", Number = "number", Names = "names", Arguments = "arguments",
        Plain = "plain", Processes = "processes",
    }
}

closed_list! {
    /// Where wrapped words run, seen from gate.
    Where {
        Same = "same", Root = "root", User = "user", Remote = "remote", Container = "container",
        Chroot = "chroot", Detached = "detached",
    }
}

/// Conditions on a call, for effects, code slots and wrapped words that only some options bring about.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Cond<'k> {
    /// At least one of these options.
    #[serde(borrow)]
    pub any: Vec<&'k str>,
    /// All of these options.
    pub all: Vec<&'k str>,
    /// None of these options.
    pub none: Vec<&'k str>,
    /// An operand (by name) or an option's value (by option) matches one of the globs.
    pub values: Vec<(&'k str, Vec<&'k str>)>,
    /// No operand or option value matches.
    pub not_values: Vec<(&'k str, Vec<&'k str>)>,
    /// These operands are absent.
    pub absent: Vec<&'k str>,
    /// These operands are present.
    pub present: Vec<&'k str>,
}

/// The options of an entry, in place: for each a byte for its value, one for the number of its names, and the names with
/// their lengths. A command gives few of the many options that a program has, so only those are ever looked up.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Options<'k>(#[serde(borrow)] &'k [u8]);

/// One option of an entry.
#[derive(Clone, Copy, Debug)]
pub struct OptionSpec<'k> {
    names: &'k [u8],
    pub value: OptionValue,
}

impl<'k> Options<'k> {
    /// The bytes of options; names longer than 255 bytes do not exist.
    #[must_use]
    pub fn bytes<'n>(options: impl IntoIterator<Item = (Vec<&'n str>, OptionValue)>) -> Vec<u8> {
        let mut out = Vec::new();
        for (names, value) in options {
            out.extend([value as u8, names.len() as u8]);
            for name in names {
                out.push(name.len() as u8);
                out.extend_from_slice(name.as_bytes());
            }
        }
        out
    }

    /// What [`Options::bytes`] made.
    #[must_use]
    pub const fn of(bytes: &'k [u8]) -> Self {
        Options(bytes)
    }

    /// Every option.
    pub fn iter(&self) -> impl Iterator<Item = OptionSpec<'k>> + use<'k> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let [value, count, names @ ..] = rest else { return None };
            let value = match value {
                0 => OptionValue::None,
                1 => OptionValue::Required,
                _ => OptionValue::Attached,
            };
            let mut end = 0;
            for _ in 0..*count {
                end += 1 + usize::from(*names.get(end)?);
            }
            rest = names.get(end..)?;
            Some(OptionSpec { names: &names[..end], value })
        })
    }

    /// The option of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<OptionSpec<'k>> {
        self.iter().find(|option| option.has(name))
    }
}

impl<'k> OptionSpec<'k> {
    /// Its names, as they are spelled.
    pub fn names(&self) -> impl Iterator<Item = &'k str> + use<'k> {
        let mut rest = self.names;
        std::iter::from_fn(move || {
            let (length, names) = rest.split_first()?;
            let (name, after) = names.split_at_checked(usize::from(*length))?;
            rest = after;
            Some(std::str::from_utf8(name).unwrap_or_default())
        })
    }

    /// Whether it is called so.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        let mut rest = self.names;
        while let Some((length, names)) = rest.split_first() {
            let Some((known, after)) = names.split_at_checked(usize::from(*length)) else { return false };
            if known == name.as_bytes() {
                return true;
            }
            rest = after;
        }
        false
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionValue {
    None,
    /// In the next word, or attached.
    Required,
    /// Only attached (`--color=always`, `-i.bak`).
    Attached,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ArgSpec<'k> {
    pub name: &'k str,
    pub many: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Recursive<'k> {
    No,
    Yes,
    #[serde(borrow)]
    With(Vec<&'k str>),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EffectSpec<'k> {
    pub does: Kind,
    /// An operand's name, an option, `=literal`, or nothing.
    #[serde(borrow)]
    pub target: Vec<&'k str>,
    pub cond: Cond<'k>,
    pub recursive: Recursive<'k>,
    pub marks: Vec<&'k str>,
    /// Options and operands whose text is what is written or sent; a leading `@` names a file.
    pub data: Vec<&'k str>,
    /// No effect without a target.
    pub optional: bool,
    /// Options that narrow the effect to some names below the target (`-name` of find).
    pub filter: Vec<&'k str>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CodeSpec<'k> {
    /// Operands or options that hold code.
    #[serde(borrow)]
    pub from: Vec<&'k str>,
    pub stdin: bool,
    pub language: &'k str,
    /// The operand is a path to code, not code itself.
    pub file: bool,
    pub cond: Cond<'k>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunSpec<'k> {
    /// The operand that holds the words, or the options after which they stand.
    #[serde(borrow)]
    pub words: Vec<&'k str>,
    /// The words end here (`;` of find).
    pub until: Vec<&'k str>,
    /// Stands for something the wrapper fills in (`{}`).
    pub placeholder: &'k str,
    pub place: Where,
    /// The operand or option that names the host, container, root or user.
    pub target: &'k str,
    /// More words come from standard input.
    pub stdin: bool,
    /// The options that map directories of this machine in (`-v /:/host`).
    pub mounts: Vec<&'k str>,
    /// The option that names the directory it runs in.
    pub directory: &'k str,
    /// The words are one string of shell code if there is only one, or are joined by blanks (ssh).
    pub joined: bool,
    /// `NAME=value` words before the program are settings.
    pub assignments: bool,
    /// No words: a shell that reads standard input.
    pub shell: bool,
    /// Options that narrow what the placeholder stands for.
    pub filter: Vec<&'k str>,
    /// The operand below which the placeholder's names are found.
    pub below: &'k str,
    /// The option that names the program which the words are arguments of (`--entrypoint`).
    pub program: &'k str,
    /// The option that names a file which is read instead of standard input.
    pub input: &'k str,
    pub cond: Cond<'k>,
}

/// One `[[command]]`: a program or one of its subcommands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry<'k> {
    pub name: &'k str,
    pub pack: &'k str,
    #[serde(borrow)]
    pub options: Options<'k>,
    pub args: Vec<ArgSpec<'k>>,
    /// Unknown long options are followed by a value.
    pub unknown_takes_value: bool,
    /// `-long` is one option (go, terraform, find).
    pub single_dash: bool,
    /// `--forc` is `--force`.
    pub abbreviates: bool,
    /// The first operand ends the options (sudo, env, timeout).
    pub wrapper: bool,
    /// The first word may be a cluster of options without a dash (tar, ar).
    pub bare_cluster: bool,
    /// Words of the form `name=value` are options (dd, make).
    pub assignments: bool,
    /// Every other option is harmless.
    pub complete: bool,
    /// Has subcommands; patterns of those with wildcards, and the entry that each stands for.
    pub subcommands: bool,
    pub patterns: Vec<&'k str>,
    pub effects: Vec<EffectSpec<'k>>,
    pub code: Vec<CodeSpec<'k>>,
    pub runs: Vec<RunSpec<'k>>,
    pub output: Output,
    /// Options that answer the program's question for it.
    pub unasked: Vec<&'k str>,
    /// Files in the current directory that are loaded as code by themselves.
    pub loads: Vec<&'k str>,
    /// How those files are read for what the operands name: `make`, `just`, `task`, `npm`, `compose`; `git`: aliases; `manifests`.
    pub follows: &'k str,
    /// The hooks of a git repository that it triggers.
    pub hooks: Vec<&'k str>,
    /// Whose configuration says where it acts when its words do not: `kubernetes`, `aws`, `database` …
    pub context: &'k str,
    /// Options that say it themselves.
    pub context_options: Vec<&'k str>,
    /// The variable that adds arguments.
    pub env: &'k str,
    /// Rules that name this program in a `command` line and have no `effect` line.
    pub rules: Vec<u32>,
}

/// A set of classes, by their index in [`Places::names`].
pub type Classes = u64;

/// Target classes: which paths and hosts belong to which.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Places<'k> {
    /// Names of the classes; the index is the bit.
    #[serde(borrow)]
    pub names: Vec<&'k str>,
    /// While packs are compiled: (key, pattern or nothing where the key says it all, class); see `facts::paths`.
    #[serde(skip)]
    pub paths: Vec<(&'k str, &'k str, u8)>,
    /// The same in place, one table for each pack blob: offsets of the buckets, then their entries
    /// (class, length of key, length of pattern, key, pattern). Nothing of it is decoded before it is asked for.
    pub tables: Vec<&'k [u8]>,
    /// Patterns that take a class away.
    pub not_paths: Vec<(&'k str, u8)>,
    /// While packs are compiled: host patterns, environment variables by type, and those with wildcards.
    #[serde(skip)]
    pub hosts: Vec<(&'k str, u8)>,
    #[serde(skip)]
    pub variables: Vec<(&'k str, &'k str)>,
    #[serde(skip)]
    pub wild_variables: Vec<(&'k str, &'k str)>,
    /// The same in place, one text for each pack blob, a line for each: not even looked at before it is asked for.
    pub host_table: Vec<Text<'k>>,
    pub variable_table: Vec<Text<'k>>,
    pub wild_table: Vec<Text<'k>>,
    /// Lists that rules and policies name with `@`: name, and an item a line.
    pub lists: Vec<(&'k str, Text<'k>)>,
    /// Words that make a name look like production, staging and so on: (word, environment).
    pub environments: Vec<(&'k str, &'k str)>,
    /// What names mean in this house, as its policy says.
    #[serde(skip)]
    pub house: Vec<HouseName<'k>>,
    /// What was looked up before.
    #[serde(skip)]
    known: Known<'k>,
}

/// Tables that were read, so that a batch reads them once.
#[derive(Clone, Debug, Default)]
struct Known<'k> {
    lists: RefCell<Vec<(&'k str, &'k [&'k str])>>,
    hosts: OnceCell<Hosts<'k>>,
    variables: OnceCell<Variables<'k>>,
}

/// Types of environment variables: of names, and of those with wildcards.
#[derive(Clone, Debug, Default)]
struct Variables<'k> {
    exact: BTreeMap<&'k str, Vec<&'k str>>,
    wild: Vec<(&'k str, &'k str)>,
}

/// Host patterns: names by themselves, and those with wildcards with their class.
#[derive(Clone, Debug, Default)]
struct Hosts<'k> {
    exact: BTreeMap<&'k str, Classes>,
    wild: Vec<(&'k str, u8)>,
}

/// A text of the packs that most runs never look at: only when it is read is it checked to be UTF-8.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Text<'k>(#[serde(borrow)] pub &'k [u8]);

impl<'k> Text<'k> {
    /// Its lines; what is no text has none.
    pub fn lines(&self) -> std::str::Lines<'k> {
        std::str::from_utf8(self.0).unwrap_or_default().lines()
    }
}

impl<'k> From<&'k str> for Text<'k> {
    fn from(text: &'k str) -> Self {
        Text(text.as_bytes())
    }
}

/// A pattern of names that a policy gives an environment.
#[derive(Clone, Copy, Debug)]
pub struct HouseName<'k> {
    pub pattern: &'k str,
    pub environment: &'k str,
    /// Said by a layer that may also lower.
    pub trusted: bool,
}

/// How many buckets path patterns are sorted into.
const BUCKETS: usize = 1024;

fn bucket(key: &str) -> usize {
    // FNV-1a: short keys, no attacker (a full bucket only costs time).
    let hash = key.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash ^ hash >> 16) as usize % BUCKETS
}

impl<'k> Places<'k> {
    /// The path patterns as a table of buckets.
    #[must_use]
    pub fn table(&self) -> Vec<u8> {
        let mut buckets: Vec<Vec<u8>> = vec![Vec::new(); BUCKETS];
        for (key, pattern, class) in &self.paths {
            let slot = &mut buckets[bucket(key)];
            slot.extend([*class, key.len() as u8, pattern.len() as u8]);
            slot.extend(key.bytes().chain(pattern.bytes()));
        }
        let mut out = Vec::new();
        let mut offset = (BUCKETS + 1) * 4;
        for slot in &buckets {
            out.extend((offset as u32).to_le_bytes());
            offset += slot.len();
        }
        out.extend((offset as u32).to_le_bytes());
        out.extend(buckets.concat());
        out
    }

    /// The patterns under a key, with their classes.
    pub fn patterns(&self, key: &str, mut each: impl FnMut(&'k str, u8)) {
        let at = bucket(key) * 4;
        for table in &self.tables {
            let number =
                |at: usize| table.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize);
            let mut rest = table.get(number(at)..number(at + 4)).unwrap_or(&[]);
            while let [class, key_length, pattern_length, tail @ ..] = rest {
                let (key_length, pattern_length) = (usize::from(*key_length), usize::from(*pattern_length));
                let Some(pattern) = tail.get(key_length..key_length + pattern_length) else { break };
                if tail.get(..key_length) == Some(key.as_bytes()) {
                    each(std::str::from_utf8(pattern).unwrap_or(""), *class);
                }
                rest = tail.get(key_length + pattern_length..).unwrap_or(&[]);
            }
        }
    }

    /// The types of a variable, the exact name before those with wildcards.
    pub fn variable_types<'p>(
        &'p self,
        name: &'p str,
        matches: impl Fn(&str, &str) -> bool + 'p,
    ) -> impl Iterator<Item = &'k str> + 'p {
        let known = self.known.variables.get_or_init(|| {
            let split = |line: &'k str| line.split_once('\t').unwrap_or((line, ""));
            let mut known = Variables::default();
            for (name, kind) in self.variable_table.iter().flat_map(|t| t.lines()).map(split) {
                known.exact.entry(name).or_default().push(kind);
            }
            known.wild = self.wild_table.iter().flat_map(|t| t.lines()).map(split).collect();
            known
        });
        let exact = known.exact.get(name).into_iter().flatten().copied();
        let wild = known.wild.iter().filter(move |(n, _)| matches(n, name)).map(|(_, kind)| *kind);
        exact.chain(wild)
    }

    /// The classes of these names as bits; a name that no pack has is none.
    #[must_use]
    pub fn classes(&self, names: &[&str]) -> Classes {
        names.iter().filter_map(|name| self.names.iter().position(|n| n == name)).map(|bit| 1 << bit).sum()
    }

    /// The classes of what makes others act or must not be seen: a path of these is worth a line of its own.
    #[must_use]
    pub fn telling(&self) -> Classes {
        self.classes(&["watched", "ci-file", "secret", "env-file", "gate"])
    }

    /// The items of a list, of every pack that adds to it.
    pub fn list(&self, name: &str) -> impl Iterator<Item = &'k str> + use<'k> {
        let known = self.known.lists.borrow().iter().find(|(n, _)| *n == name).map(|(_, items)| *items);
        let items = known.unwrap_or_else(|| {
            let items: Vec<&'k str> =
                self.lists.iter().filter(|(n, _)| *n == name).flat_map(|(_, items)| items.lines()).collect();
            // There are as many as the packs and the policy have lists.
            let items: &'k [&'k str] = items.leak();
            if let Some((name, _)) = self.lists.iter().find(|(n, _)| *n == name) {
                self.known.lists.borrow_mut().push((name, items));
            }
            items
        });
        items.iter().copied()
    }

    /// The classes whose host patterns match a name in small letters.
    #[must_use]
    pub fn host_classes(&self, host: &str, matches: impl Fn(&str, &str) -> bool) -> Classes {
        let hosts = self.known.hosts.get_or_init(|| {
            let mut hosts = Hosts::default();
            let lines = self.host_table.iter().flat_map(|t| t.lines());
            for (class, pattern) in lines.filter_map(|line| line.split_once('\t')) {
                let Ok(class) = class.parse::<u8>() else { continue };
                if pattern.contains(['*', '?', '[', '{']) {
                    hosts.wild.push((pattern, class));
                } else {
                    *hosts.exact.entry(pattern).or_default() |= 1 << class;
                }
            }
            hosts
        });
        let wild = hosts.wild.iter().filter(|(pattern, _)| matches(pattern, host));
        wild.fold(hosts.exact.get(host).copied().unwrap_or(0), |classes, (_, class)| classes | 1 << class)
    }

    /// What was collected while packs were compiled, as texts.
    #[must_use]
    pub fn texts(&self) -> [String; 3] {
        let pairs = |list: &[(&str, &str)]| list.iter().map(|(n, k)| format!("{n}\t{k}\n")).collect::<String>();
        [
            self.hosts.iter().map(|(pattern, class)| format!("{class}\t{pattern}\n")).collect(),
            pairs(&self.variables),
            pairs(&self.wild_variables),
        ]
    }
}

/// An environment variable that shows an agent or CI.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Marker<'k> {
    pub variable: &'k str,
    /// `agent` or `ci`
    pub kind: &'k str,
    pub name: &'k str,
}

/// A function of an interpreter's language and what calling it does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Function<'k> {
    pub language: &'k str,
    pub names: Vec<&'k str>,
    /// `shell`, `argv`, `code`, or an effect kind.
    pub does: &'k str,
    /// Which argument is the target, from 0.
    pub argument: u8,
    pub recursive: bool,
    /// Only if the call's text contains one of these words.
    #[serde(borrow)]
    pub with: Vec<&'k str>,
    pub marks: Vec<&'k str>,
}

/// A factor: a named circumstance that raises or lowers a finding's score.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Factor<'k> {
    pub name: &'k str,
    /// Within ±0.30, in hundredths.
    pub weight: i8,
    pub environment: &'k str,
    #[serde(borrow)]
    pub path: Vec<&'k str>,
    pub marks: Vec<&'k str>,
    pub not_marks: Vec<&'k str>,
    pub effects: Vec<Kind>,
    pub categories: Vec<Category>,
    pub trajectory: &'k str,
    pub because: &'k str,
}

/// An API operation: how risky, what it does, what its arguments mean.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verb<'k> {
    pub words: &'k str,
    pub level: Level,
    pub does: Kind,
}

closed_list! {
    /// What an argument of an API operation means.
    Meaning {
        Shell = "shell", Argv = "argv", Arguments = "arguments", Sql = "sql", Python = "python", Javascript = "javascript", Path = "path",
        Url = "url", Host = "host", Text = "text", Secret = "secret", Money = "money", Recipient = "recipient",
        Environment = "environment", Branch = "branch",
    }
}

/// One operation of a provider, as the catalogue describes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tool<'k> {
    pub level: Level,
    pub does: Kind,
    /// Arguments that name what it acts on, the most telling first.
    #[serde(borrow)]
    pub target: Vec<&'k str>,
    /// What arguments mean, by name.
    pub args: Vec<(&'k str, Meaning)>,
    /// The operation without a provider's name is this one.
    pub plain: bool,
}

/// The catalogue of API operations, read in place: nothing is decoded but the operation that is asked for.
///
/// Layout: the numbers of providers and of tools, an index of providers (alias, name), an index of tools (operation,
/// provider, body), both sorted; each member of an index is an offset (4 bytes) and a length (2 bytes).
#[derive(Clone, Copy, Debug, Default)]
pub struct Catalog<'k> {
    bytes: &'k [u8],
}

const PART: usize = 6;

impl<'k> Catalog<'k> {
    fn number(&self, at: usize) -> usize {
        self.bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
    }

    fn part(&self, at: usize) -> &'k [u8] {
        let offset = self.number(at);
        let length = self.bytes.get(at + 4..at + 6).map_or(0, |b| usize::from(u16::from_le_bytes([b[0], b[1]])));
        self.bytes.get(offset..offset + length).unwrap_or(&[])
    }

    fn text(&self, at: usize) -> &'k str {
        std::str::from_utf8(self.part(at)).unwrap_or("")
    }

    fn providers(&self) -> usize {
        self.number(0)
    }

    fn tools(&self) -> usize {
        self.number(4)
    }

    fn provider_at(&self, index: usize) -> usize {
        8 + index * 2 * PART
    }

    fn tool_at(&self, index: usize) -> usize {
        8 + self.providers() * 2 * PART + index * 3 * PART
    }

    /// The provider of this name or other name.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<&'k str> {
        let index = first(self.providers(), |i| self.part(self.provider_at(i)) < name.as_bytes());
        let at = self.provider_at(index);
        (index < self.providers() && self.part(at) == name.as_bytes()).then(|| self.text(at + PART))
    }

    /// Every provider that has this operation.
    pub fn operations<'n>(&self, operation: &'n str) -> impl Iterator<Item = (&'k str, Tool<'k>)> + use<'k, 'n> {
        let catalog = *self;
        let start = first(self.tools(), |i| self.part(self.tool_at(i)) < operation.as_bytes());
        (start..self.tools())
            .map(move |i| catalog.tool_at(i))
            .take_while(move |at| catalog.part(*at) == operation.as_bytes())
            .filter_map(move |at| {
                Some((catalog.text(at + PART), postcard::from_bytes(catalog.part(at + 2 * PART)).ok()?))
            })
    }

    /// Every operation with its provider.
    pub fn all(&self) -> impl Iterator<Item = (&'k str, &'k str)> + use<'k> {
        let catalog = *self;
        (0..self.tools()).map(move |i| catalog.tool_at(i)).map(move |at| (catalog.text(at), catalog.text(at + PART)))
    }

    /// Every name of a provider, with the provider.
    pub fn all_providers(&self) -> impl Iterator<Item = (&'k str, &'k str)> + use<'k> {
        let catalog = *self;
        (0..self.providers())
            .map(move |i| catalog.provider_at(i))
            .map(move |at| (catalog.text(at), catalog.text(at + PART)))
    }

    /// Writes a catalogue; what stands in it several times is written once.
    ///
    /// # Errors
    /// If a value cannot be encoded (it always can).
    fn write(providers: &[(&str, &str)], tools: &[(&str, &str, Tool<'_>)]) -> Result<Vec<u8>, postcard::Error> {
        let mut providers = providers.to_vec();
        providers.sort_unstable();
        let mut bodies: Vec<(&str, &str, Vec<u8>)> = Vec::new();
        for (operation, provider, tool) in tools {
            bodies.push((operation, provider, postcard::to_allocvec(tool)?));
        }
        bodies.sort_unstable();
        let start = 8 + providers.len() * 2 * PART + bodies.len() * 3 * PART;
        let mut data: Vec<u8> = Vec::new();
        let mut known: std::collections::BTreeMap<Vec<u8>, u32> = std::collections::BTreeMap::new();
        let mut place = |bytes: &[u8]| -> [u8; PART] {
            let offset = *known.entry(bytes.to_vec()).or_insert_with(|| {
                let offset = (start + data.len()) as u32;
                data.extend_from_slice(bytes);
                offset
            });
            let ([a, b, c, d], [e, f]) = (offset.to_le_bytes(), (bytes.len() as u16).to_le_bytes());
            [a, b, c, d, e, f]
        };
        let mut out: Vec<u8> = Vec::new();
        out.extend((providers.len() as u32).to_le_bytes());
        out.extend((bodies.len() as u32).to_le_bytes());
        for (alias, name) in &providers {
            out.extend(place(alias.as_bytes()));
            out.extend(place(name.as_bytes()));
        }
        for (operation, provider, body) in &bodies {
            out.extend(place(operation.as_bytes()));
            out.extend(place(provider.as_bytes()));
            out.extend(place(body));
        }
        out.extend(data);
        Ok(out)
    }
}

/// The first number from 0 to `count` for which something that rises no longer holds.
fn first(count: usize, below: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = usize::midpoint(low, high);
        if below(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

/// A line of `[[rule.when]]` that asks about text.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Pred<'k> {
    /// One of these classes or globs.
    #[serde(borrow)]
    pub is: Vec<&'k str>,
    /// None of these.
    pub not: Vec<&'k str>,
    pub class: Classes,
    pub not_class: Classes,
}

/// One `[[rule.when]]` or `[[rule.unless]]`: all lines must hold.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct When<'k> {
    #[serde(borrow)]
    pub command: Vec<&'k str>,
    pub options: Cond<'k>,
    pub effect: Vec<Kind>,
    pub recursive: Option<bool>,
    pub path: Option<Pred<'k>>,
    pub host: Option<Pred<'k>>,
    pub target: Option<Pred<'k>>,
    pub marks: Vec<&'k str>,
    pub not_marks: Vec<&'k str>,
    /// Where the data of the effect comes from: `secret`, `network`, `temporary`, `unknown` …
    pub from: Vec<&'k str>,
    pub to: &'k str,
    pub environment: Vec<&'k str>,
    pub place: Vec<Where>,
    pub privileged: Option<bool>,
    pub unasked: Option<bool>,
    pub variable: Option<Pred<'k>>,
    pub actor: Vec<&'k str>,
    pub branch: Option<Pred<'k>>,
    /// A step before this one of the same session read a secret.
    pub after_secret: bool,
    /// A secret that such a step read stands in this action.
    pub carries_secret: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rule<'k> {
    /// `pack/id`
    pub id: &'k str,
    pub title: &'k str,
    pub risk: Level,
    pub category: Category,
    pub why: &'k str,
    pub say: &'k str,
    pub run: &'k str,
    pub undo: &'k str,
    pub reversible: &'k str,
    /// A certain match is blocked whatever lowers it.
    pub floor: bool,
    #[serde(borrow)]
    pub when: Vec<When<'k>>,
    pub unless: Vec<When<'k>>,
    /// Line of the rule in its pack file.
    pub line: u32,
}

/// The sections beside entries and rules.
#[derive(Clone, Copy, Debug)]
#[repr(usize)]
pub enum Section {
    Places,
    Functions,
    Factors,
    Verbs,
    /// Always-tried rules per effect kind: `Vec<(Kind, Vec<u32>)>`.
    Triggers,
    /// Apart from the places, for it is needed on every call.
    Markers,
    /// API operations: [`Catalog`].
    Catalog,
}
const SECTIONS: usize = 7;
const MAGIC: u32 = 0x4741_5432;
const HEADER: usize = 4 * (3 + 2 * SECTIONS);

/// The blob: `MAGIC, entries, rules, (offset, length) per section`, the two indexes, then the data.
#[derive(Clone, Copy)]
pub struct Blob<'k> {
    bytes: &'k [u8],
    entries: u32,
    rules: u32,
}

impl<'k> Blob<'k> {
    /// Reads the header.
    ///
    /// # Errors
    /// If the bytes are not a blob of this version.
    pub fn open(bytes: &'k [u8]) -> Result<Self, &'static str> {
        let blob = Blob { bytes, entries: 0, rules: 0 };
        if bytes.len() < HEADER || blob.number(0) != MAGIC {
            return Err("these are not compiled packs of this version");
        }
        Ok(Blob { bytes, entries: blob.number(4), rules: blob.number(8) })
    }

    fn number(&self, at: usize) -> u32 {
        self.bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    fn part(&self, at: usize) -> &'k [u8] {
        let (offset, length) = (self.number(at) as usize, self.number(at + 4) as usize);
        self.bytes.get(offset..offset + length).unwrap_or(&[])
    }

    #[must_use]
    pub fn entries(&self) -> usize {
        self.entries as usize
    }

    #[must_use]
    pub fn rules(&self) -> usize {
        self.rules as usize
    }

    #[must_use]
    pub fn entry_name(&self, index: usize) -> &'k str {
        std::str::from_utf8(self.part(HEADER + index * 16)).unwrap_or("")
    }

    /// The index of the entry of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.entries());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.part(HEADER + middle * 16).cmp(name.as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// Decodes one entry. A damaged blob gives nothing, and the program counts as unknown.
    #[must_use]
    pub fn entry(&self, index: usize) -> Option<Entry<'k>> {
        postcard::from_bytes(self.part(HEADER + index * 16 + 8)).ok()
    }

    #[must_use]
    pub fn rule(&self, index: usize) -> Option<Rule<'k>> {
        postcard::from_bytes(self.part(HEADER + self.entries() * 16 + index * 8)).ok()
    }

    #[must_use]
    pub fn section<T: Deserialize<'k>>(&self, section: Section) -> Option<T> {
        postcard::from_bytes(self.part(12 + section as usize * 8)).ok()
    }

    /// The catalogue of API operations.
    #[must_use]
    pub fn catalog(&self) -> Catalog<'k> {
        Catalog { bytes: self.part(12 + Section::Catalog as usize * 8) }
    }

    /// What the functions of one language do.
    #[must_use]
    pub fn functions(&self, language: &str) -> Vec<Function<'k>> {
        let all: Vec<(&'k str, &'k [u8])> = self.section(Section::Functions).unwrap_or_default();
        all.iter()
            .filter(|(name, _)| *name == language)
            .flat_map(|(_, bytes)| postcard::from_bytes::<Vec<Function<'k>>>(bytes).unwrap_or_default())
            .collect()
    }
}

/// Everything that goes into a blob.
#[derive(Default)]
pub struct Contents<'k> {
    pub entries: Vec<Entry<'k>>,
    /// Other names of an entry: (alias, index).
    pub aliases: Vec<(String, usize)>,
    pub rules: Vec<Rule<'k>>,
    pub places: Places<'k>,
    pub functions: Vec<Function<'k>>,
    pub factors: Vec<Factor<'k>>,
    pub verbs: Vec<Verb<'k>>,
    pub triggers: Vec<(Kind, Vec<u32>)>,
    pub markers: Vec<Marker<'k>>,
    /// Other names of providers of API operations, with the provider.
    pub providers: Vec<(&'k str, &'k str)>,
    /// Operation, provider, and what is known of it.
    pub tools: Vec<(&'k str, &'k str, Tool<'k>)>,
}

impl Contents<'_> {
    /// Writes the blob.
    ///
    /// # Errors
    /// If a value cannot be encoded (it always can).
    pub fn write(&self) -> Result<Vec<u8>, postcard::Error> {
        let mut names: Vec<(&str, usize)> = self.entries.iter().enumerate().map(|(i, e)| (e.name, i)).collect();
        names.extend(self.aliases.iter().map(|(alias, i)| (alias.as_str(), *i)));
        names.sort_unstable();
        let start = HEADER + names.len() * 16 + self.rules.len() * 8;
        let mut data: Vec<u8> = Vec::new();
        let mut place = |bytes: &[u8]| -> [u32; 2] {
            let offset = start + data.len();
            data.extend_from_slice(bytes);
            [offset as u32, bytes.len() as u32]
        };
        let mut bodies = Vec::new();
        for entry in &self.entries {
            bodies.push(place(&postcard::to_allocvec(entry)?));
        }
        let mut index: Vec<u32> = Vec::new();
        for (name, i) in &names {
            index.extend(place(name.as_bytes()));
            index.extend(bodies.get(*i).copied().unwrap_or_default());
        }
        for rule in &self.rules {
            index.extend(place(&postcard::to_allocvec(rule)?));
        }
        let mut head = vec![MAGIC, names.len() as u32, self.rules.len() as u32];
        head.extend(place(&postcard::to_allocvec(&self.places)?));
        // By language: a one-liner of awk does not decode what Python can do.
        let mut languages: std::collections::BTreeMap<&str, Vec<&Function<'_>>> = std::collections::BTreeMap::new();
        for function in &self.functions {
            languages.entry(function.language).or_default().push(function);
        }
        let mut functions: Vec<(&str, Vec<u8>)> = Vec::new();
        for (language, list) in languages {
            functions.push((language, postcard::to_allocvec(&list)?));
        }
        head.extend(place(&postcard::to_allocvec(&functions)?));
        head.extend(place(&postcard::to_allocvec(&self.factors)?));
        head.extend(place(&postcard::to_allocvec(&self.verbs)?));
        head.extend(place(&postcard::to_allocvec(&self.triggers)?));
        head.extend(place(&postcard::to_allocvec(&self.markers)?));
        head.extend(place(&Catalog::write(&self.providers, &self.tools)?));
        let mut out = Vec::with_capacity(start + data.len());
        for number in head.into_iter().chain(index) {
            out.extend(number.to_le_bytes());
        }
        out.extend(data);
        Ok(out)
    }
}
