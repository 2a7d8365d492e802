//! What a pack knows about programs, as compact data: one byte blob, found by program name, decoded only when asked.
//!
//! `build.rs` shares this folder: it compiles `rules/*.toml` into the blob, and the binary reads it in place.
//! No pointer stands in the blob, so nothing has to be relocated or decoded when gate starts.

mod blob;
mod catalog;
mod inplace;
mod rule;
mod service;
mod vocabulary;

use serde::{Deserialize, Serialize};

pub use blob::{Blob, Contents, Section};
pub use catalog::Catalog;
pub use inplace::{Globs, Names, OptionSpec, Options, Text, Texts, letters, required};
pub use rule::{Pred, Rule, Trigger, Triggering, When, first_letters, mark_bits};
pub use service::{Library, Of, Service};
pub use vocabulary::{Classes, Environments, HouseName, Lists, TargetClasses, Variables, Vocabulary};

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

impl Kind {
    /// Whether files are there, are gone, say something else or are open to others afterwards.
    #[must_use]
    pub const fn changes_files(self) -> bool {
        self.fills_files() || matches!(self, Kind::Delete | Kind::Move | Kind::Permit)
    }

    /// Whether something is put into a file.
    #[must_use]
    pub const fn fills_files(self) -> bool {
        matches!(self, Kind::Create | Kind::Write | Kind::Append)
    }

    /// Whether branches or tags of a server are somewhere else afterwards, or gone.
    #[must_use]
    pub const fn moves_refs(self) -> bool {
        matches!(self, Kind::Push | Kind::DeleteRef | Kind::RewriteHistory)
    }
}

closed_list! {
    /// How bad it is if it goes wrong. Base scores: .20, .45, .70, .90 (`docs/risk.md`).
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
        Plain = "plain", Processes = "processes", Private = "private", Workspace = "workspace",
        Operand = "operand",
    }
}

closed_list! {
    /// Whether what a rule is about can be undone.
    Reversible { Yes = "yes", Hard = "hard", No = "no" }
}

closed_list! {
    /// Where wrapped words run, seen from gate. A container that is started for them is theirs; one that is running
    /// already has the data of others.
    Where {
        Same = "same", Root = "root", User = "user", Remote = "remote", Container = "container", Running = "running",
        Chroot = "chroot", Detached = "detached", NetworkNamespace = "network-namespace",
    }
}

/// The words in rules for where data comes from (`from = …`), in the order of their bits (`facts::value::Taint`).
pub const ORIGINS: [&str; 13] = [
    "network",
    "secret",
    "opaque",
    "temporary",
    "workspace",
    "decoded",
    "system",
    "private",
    "encoded",
    "shell",
    "reworked",
    "secret-variable",
    "whole-workspace",
];

/// Conditions on a call, for effects, code slots and wrapped words that only some options bring about.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Cond<'k> {
    /// At least one of these options.
    #[serde(borrow)]
    pub any: Texts<'k>,
    /// All of these options.
    pub all: Texts<'k>,
    /// None of these options.
    pub none: Texts<'k>,
    /// An operand (by name) or an option's value (by option) matches one of the globs.
    pub values: Vec<(&'k str, Globs<'k>)>,
    /// No operand or option value matches.
    pub not_values: Vec<(&'k str, Globs<'k>)>,
    /// These operands are absent.
    pub absent: Texts<'k>,
    /// These operands are present.
    pub present: Texts<'k>,
}

impl<'k> Cond<'k> {
    /// Most effects have no condition: then nothing is written down, nor read.
    #[must_use]
    pub fn unless_empty(self) -> Option<Box<Self>> {
        let Cond { any, all, none, values, not_values, absent, present } = &self;
        let empty = [any, all, none, absent, present].iter().all(|texts| texts.is_empty())
            && values.is_empty()
            && not_values.is_empty();
        (!empty).then(|| Box::new(self))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionValue {
    None,
    /// In the next word, or attached.
    Required,
    /// Only attached (`--color=always`, `-i.bak`).
    Attached,
    /// In the next two words: `--bind HERE THERE` is `HERE:THERE`.
    Pair,
}

impl OptionValue {
    /// The value whose number this is.
    const fn of(number: u8) -> Self {
        match number {
            0 => OptionValue::None,
            1 => OptionValue::Required,
            2 => OptionValue::Attached,
            _ => OptionValue::Pair,
        }
    }
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
    With(Texts<'k>),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EffectSpec<'k> {
    pub does: Kind,
    /// An operand's name, an option, `=literal`, or nothing.
    #[serde(borrow)]
    pub target: Texts<'k>,
    pub cond: Option<Box<Cond<'k>>>,
    pub recursive: Recursive<'k>,
    pub marks: Texts<'k>,
    /// Options and operands whose text is what is written or sent; a leading `@` names a file.
    pub data: Texts<'k>,
    /// No effect without a target.
    pub optional: bool,
    /// Options that narrow the effect to some names below the target (`-name` of find).
    pub filter: Texts<'k>,
    /// The option that names the directory that targets are relative to (`-C` of tar).
    pub base: &'k str,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CodeSpec<'k> {
    /// Operands or options that hold code.
    #[serde(borrow)]
    pub from: Texts<'k>,
    pub stdin: bool,
    pub language: &'k str,
    /// The operand is a path to code, not code itself.
    pub file: bool,
    pub cond: Option<Box<Cond<'k>>>,
}

/// Where the words of a call say what it asks by HTTP: operands and options.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RequestSpec<'k> {
    #[serde(borrow)]
    pub method: Texts<'k>,
    pub url: Texts<'k>,
    /// Where an address begins that says only what stands behind it; empty where each says all.
    pub base: &'k str,
    /// `file:--input` is a file that holds it.
    pub body: Texts<'k>,
    /// `name=value` words that make the body together (HTTPie).
    pub items: Texts<'k>,
    /// What shows who asks.
    pub headers: Texts<'k>,
    /// The options with which the body goes into the address.
    pub get: Texts<'k>,
    /// The options with which nothing is asked.
    pub unless: Texts<'k>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunSpec<'k> {
    /// The operand that holds the words, or the options after which they stand.
    #[serde(borrow)]
    pub words: Texts<'k>,
    /// The words end here (`;` of find).
    pub until: Texts<'k>,
    /// Stands for something the wrapper fills in (`{}`), the options that say what does (`=-I,-i`), or both (`{}=-I`).
    pub placeholder: &'k str,
    pub place: Where,
    /// The operand or option that names the host, container, root or user.
    pub target: &'k str,
    /// More words come from standard input.
    pub stdin: bool,
    /// The options that map directories of this machine in (`-v /:/host`).
    pub mounts: Texts<'k>,
    /// The option that names the directory it runs in.
    pub directory: &'k str,
    /// The words are one string of shell code if there is only one, or are joined by blanks (ssh).
    pub joined: bool,
    /// `NAME=value` words before the program are settings.
    pub assignments: bool,
    /// No words: a shell that reads standard input.
    pub shell: bool,
    /// Options that narrow what the placeholder stands for.
    pub filter: Texts<'k>,
    /// The operand below which the placeholder's names are found.
    pub below: &'k str,
    /// The option that names the program which the words are arguments of (`--entrypoint`).
    pub program: &'k str,
    /// The option that names a file which is read instead of standard input.
    pub input: &'k str,
    /// What the placeholder stands for comes last where no word has it.
    pub appended: bool,
    /// The options with which a line of standard input, or what the option's value separates, is one word; words that are
    /// joined to shell code always come so.
    pub lines: Texts<'k>,
    /// The options with which the words are printed, and not run.
    pub rehearsal: Texts<'k>,
    /// The options that name a file of variables (`dotenv -e .env.test`).
    pub variables: Texts<'k>,
    pub cond: Option<Box<Cond<'k>>>,
}

/// How what stands for all names of a kind begins.
pub const EVERY: &str = "every ";

/// When a program prints all names of a kind: `docker ps -aq`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListingSpec<'k> {
    /// `every container`: what a `where` line of whoever is given them says.
    pub every: &'k str,
    #[serde(borrow)]
    pub cond: Option<Box<Cond<'k>>>,
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
    /// The first operand ends the options (sudo, env, timeout).
    pub wrapper: bool,
    /// Options may also stand after the operands that come before the wrapped words (`ssh host -t …`, kubectl exec).
    pub interspersed: bool,
    /// The first word may be a cluster of options without a dash (tar, ar).
    pub bare_cluster: bool,
    /// A word that ends in `;` ends one command, and another of the same program follows (tmux).
    pub chained: bool,
    /// Texts of the form `name=value` are options (dd, make).
    pub assignments: bool,
    /// Every other option is harmless.
    pub complete: bool,
    /// Has subcommands; patterns of those with wildcards, and the entry that each stands for.
    pub subcommands: bool,
    pub patterns: Texts<'k>,
    pub effects: Vec<EffectSpec<'k>>,
    pub code: Vec<CodeSpec<'k>>,
    pub runs: Vec<RunSpec<'k>>,
    pub request: Option<Box<RequestSpec<'k>>>,
    pub output: Output,
    pub lists: Vec<ListingSpec<'k>>,
    /// Options that answer the program's question for it.
    pub unasked: Texts<'k>,
    /// Files in the current directory that are loaded as code by themselves.
    pub loads: Texts<'k>,
    /// How those files are read for what the operands name: `make`, `just`, `task`, `npm`, `compose`, `archive`,
    /// `scripts`, `manifests`, `dockerfile`; `git`: aliases.
    pub follows: &'k str,
    /// The hooks of a git repository that it triggers.
    pub hooks: Texts<'k>,
    /// Whose configuration says where it acts when its words do not: `kubernetes`, `aws`, `database` …
    pub context: &'k str,
    /// Options that say it themselves.
    pub context_options: Texts<'k>,
    /// The variable that adds arguments.
    pub env: &'k str,
    /// What stands for the last operand where the words do not say it as one: an option (`cp -t DIR a b`), or, where there
    /// is only one, this text (`ln -s ../a`).
    pub last: Texts<'k>,
    /// Rules that name this program in a `command` line and have no `effect` line.
    pub rules: Vec<u32>,
}

/// An environment variable that shows an agent or CI.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Marker<'k> {
    pub variable: &'k [u8],
    /// Shows CI; else an agent.
    pub ci: bool,
    pub name: Text<'k>,
}

/// What a function acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// The argument of this number, from 0.
    Argument(u8),
    /// The last one.
    Last,
    /// What it is called on, as a method.
    Receiver,
    /// Nothing that it is given says it.
    Nothing,
}

/// A function of an interpreter's language and what calling it does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Function<'k> {
    pub language: &'k str,
    pub names: Texts<'k>,
    /// An effect's kind, or one of [`OTHER_FUNCTIONS`].
    pub does: &'k str,
    pub subject: Subject,
    pub recursive: bool,
    /// Only if the call's text contains one of these words.
    #[serde(borrow)]
    pub with: Texts<'k>,
    pub marks: Texts<'k>,
}

/// What a piece of inline code says as a whole, whichever call of it does the work.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sign<'k> {
    /// Empty: any language.
    pub language: &'k str,
    /// Of each of these one must stand in the code; `system(?` is that with a name behind it, whichever.
    #[serde(borrow)]
    pub says: Vec<Texts<'k>>,
    /// None of these may.
    pub never: Texts<'k>,
    /// Only if it may speak to another machine.
    pub elsewhere: bool,
    pub does: Kind,
    pub target: &'k str,
    pub marks: Texts<'k>,
    /// Where its data comes from, in the words of rules.
    pub from: Texts<'k>,
}

impl Sign<'_> {
    /// Whether code is what it means, which says these words.
    #[must_use]
    pub fn fits(&self, says: impl Fn(&[u8]) -> bool) -> bool {
        let any = |words: &Texts<'_>| words.bytes().any(&says);
        self.says.iter().all(any) && !any(&self.never)
    }
}

/// A factor: a named circumstance that raises or lowers a finding's score.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Factor<'k> {
    pub name: &'k str,
    /// Within ±0.30, in hundredths.
    pub weight: i8,
    pub environment: &'k str,
    #[serde(borrow)]
    pub path: Texts<'k>,
    pub marks: Texts<'k>,
    pub not_marks: Texts<'k>,
    pub effects: Vec<Kind>,
    pub categories: Vec<Category>,
    pub circumstance: Option<Circumstance>,
    pub because: &'k str,
}

closed_list! {
    /// When a factor holds that is no matter of a target alone.
    Circumstance {
        Protected = "protected", Refused = "refused", Failed = "failed", Warnings = "warnings",
        NothingAtStake = "nothing-at-stake", Uncommitted = "uncommitted", Contradicted = "contradicted",
    }
}

/// What a function of inline code does that is no [`Kind`]: it runs code, or says where and how others act.
pub const OTHER_FUNCTIONS: &[&str] = &["shell", "sql", "library", "chdir", "print", "perl-open"];

/// What a program takes what it does from: a kind of file in the project.
pub const FOLLOWS: &[&str] =
    &["archive", "compose", "dockerfile", "git", "just", "make", "manifests", "npm", "scripts", "task"];

/// What says where programs act, if their words do not.
pub const CONTEXTS: &[&str] = &[
    "aws",
    "azure",
    "database",
    "docker",
    "gcp",
    "kubernetes",
    "nomad",
    "pulumi",
    "rails",
    "site",
    "store",
    "terraform",
];

/// What environment variables are to the programs that read them.
pub const VARIABLE_TYPES: &[&str] = &[
    "address",
    "code",
    "code-file",
    "guard",
    "history",
    "loader",
    "log-file",
    "plain",
    "prompt",
    "registry",
    "search-path",
    "secret",
    "settings",
    "strangers-words",
    "target",
    "tether",
    "trust",
];

/// Where something may act, from the mildest to the strictest; empty where that is not known.
pub const ENVIRONMENTS: [&str; 5] = ["development", "test", "", "staging", "production"];

/// Who may propose something.
pub const ACTORS: &[&str] = &["human", "agent", "ci"];

/// Read by what they literally call, as one language: their names of functions hardly overlap.
pub const READ_AS_OTHER: [&str; 16] = [
    "julia", "elixir", "groovy", "scala", "java", "octave", "haskell", "ocaml", "crystal", "kotlin", "nim", "dart",
    "swift", "go", "raku", "c",
];

/// What a code slot may be written in; `other` is code that is only told to be there.
pub const LANGUAGES: &[&str] = &[
    "ansible",
    "ansible-module",
    "applescript",
    "apt-config",
    "apt-option",
    "awk",
    "backups",
    "bash",
    "cmake",
    "cmd",
    "commands",
    "cpan",
    "curl-config",
    "data",
    "debugger",
    "diskpart",
    "ed",
    "elisp",
    "elixir",
    "erlang",
    "ftp",
    "fzf-bindings",
    "gh-alias",
    "git-address",
    "git-setting",
    "git-template",
    "gnuplot",
    "fdb",
    "haproxy",
    "ipython",
    "http-request",
    "java",
    "javascript",
    "javascript-value",
    "jq",
    "julia",
    "kubeconfig",
    "latex",
    "logrotate",
    "lua",
    "make",
    "maven-property",
    "setting",
    "dc",
    "yt-dlp",
    "comma-words",
    "socat",
    "tmux-format",
    "kakoune",
    "rpm-macro",
    "mongosh",
    "mysql",
    "mysql-config",
    "native",
    "nginx",
    "notebook",
    "npm-setting",
    "other",
    "patch",
    "perl",
    "php",
    "php-setting",
    "piped",
    "pipeline",
    "powershell",
    "powershell-encoded",
    "program",
    "psql",
    "puppet",
    "python",
    "r",
    "redis",
    "redis-protocol",
    "roff",
    "ruby",
    "scheme",
    "scutil",
    "sed",
    "servers",
    "sql",
    "sqlite",
    "ssh-config",
    "ssh-option",
    "tar-action",
    "tcl",
    "tmpfiles",
    "tmux",
    "typed",
    "unit-setting",
    "unixexec",
    "vim",
    "yq",
];

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
    pub target: Texts<'k>,
    /// What arguments mean, by name.
    pub args: Vec<(&'k str, Meaning)>,
    /// The operation without a provider's name is this one.
    pub plain: bool,
}
