//! What is known of the world around the action. The analysis asks; the edge answers; the snapshot keeps the answers,
//! so that the same action with the same snapshot is always judged the same.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// How far the environment is known.
#[derive(Clone, Debug, Default)]
pub enum Environment {
    /// Only what the action states (JSON, batches, rule examples): nothing can be said of the rest.
    #[default]
    Stated,
    /// Not quite the one that will run (`gate check`, hooks): a value may raise a finding, never excuse one for certain.
    Likely,
    /// The very environment of the child (`gate run`): an unset variable is empty.
    Exact,
}

/// Of [`DATABASE_VARIABLES`], those that name a database; the others say which of its environments an application is in.
const OF_DATABASES: usize = 6;

/// Variables that say which database, or which of an application's environments, a client takes.
pub const DATABASE_VARIABLES: &[&str] = &[
    "PGHOST",
    "PGDATABASE",
    "PGSERVICE",
    "MYSQL_HOST",
    "MYSQL_DATABASE",
    "DB_HOST",
    "RAILS_ENV",
    "RACK_ENV",
    "APP_ENV",
    "NODE_ENV",
    "MIX_ENV",
    "DJANGO_SETTINGS_MODULE",
    "ASPNETCORE_ENVIRONMENT",
    "DOTNET_ENVIRONMENT",
    "FLASK_ENV",
    "DJANGO_ENV",
    "ENVIRONMENT",
    "ENV",
];

/// The variables by which it is said where the programs of a context act.
#[derive(Clone, Copy, Debug, Default)]
pub struct ContextVariables {
    /// Their values name the place itself: a profile, a host, an environment.
    pub telling: &'static [&'static str],
    /// They say which configuration names it.
    pub leading: &'static [&'static str],
}

/// The variables of a context, as an entry of a pack calls it: what the script sets of them, and what the edge looks for.
#[must_use]
pub fn context_variables(context: &str) -> ContextVariables {
    let (telling, leading): (&[_], &[_]) = match context {
        "kubernetes" => (&["KUBECONFIG", "HELM_KUBECONTEXT"], &["HELM_NAMESPACE", "HOME"]),
        "terraform" => (&["TF_WORKSPACE"], &["TF_DATA_DIR"]),
        "pulumi" => (&["PULUMI_STACK"], &[]),
        "aws" => (&["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_VAULT"], &[]),
        "gcp" => (
            &["CLOUDSDK_CORE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_ACTIVE_CONFIG_NAME"],
            &["CLOUDSDK_CONFIG", "HOME"],
        ),
        "azure" => (&[], &["AZURE_CONFIG_DIR", "HOME"]),
        "docker" => (&["DOCKER_CONTEXT", "DOCKER_HOST"], &["DOCKER_CONFIG", "HOME"]),
        "nomad" => (&["NOMAD_ADDR", "NOMAD_NAMESPACE", "NOMAD_REGION"], &[]),
        "store" => (DATABASE_VARIABLES.split_at(OF_DATABASES).1, &[]),
        "database" | "rails" => (DATABASE_VARIABLES, &["DATABASE_URL"]),
        _ => (&[], &[]),
    };
    ContextVariables { telling, leading }
}

/// A question to the edge. What is rare in it and its answer lies apart: a long script asks for thousands of paths.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ask {
    /// What is at this absolute path?
    Path(String),
    /// What does this absolute pattern match? (at most `TARGETS` names, in order; only its last part holds wildcards)
    Glob(String),
    /// What is the text of the file at this absolute path?
    Text(String),
    /// Where do programs of a kind act, if their words do not say?
    Context(Box<AskContext>),
    /// What does the repository around this directory make git run?
    Repository(String),
    /// What is at stake? Asked only where something is refused or warned about.
    Stake(Box<AskStake>),
}

/// Which programs act somewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskContext {
    pub kind: String,
    /// Variables that the script sets.
    pub given: Vec<(String, String)>,
    pub directory: String,
}

/// Of what is counted what would be lost.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskStake {
    pub kind: StakeKind,
    pub directory: String,
    pub what: String,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StakeKind {
    /// Files below a path.
    Files,
    /// Changes of a working tree that are not committed.
    Changes(Lost),
    /// Changes that were put aside.
    Stashes,
    /// Commits that a branch on the server would lose.
    Rewritten,
    /// Commits of a local branch that nothing else has.
    Branch,
}

/// Which of the changes would be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lost {
    /// To files that git has.
    Changed,
    /// Files that git does not have, but for those it ignores.
    Untracked,
    /// Both.
    ChangedAndUntracked,
    /// Files that git does not have, with those it ignores.
    UntrackedAndIgnored,
}

/// What a git repository makes git commands run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The root of the working tree, and where hooks are; absolute.
    pub root: String,
    pub hooks: String,
    /// (name, what it stands for)
    pub aliases: Vec<(String, String)>,
    /// `name=value` of the repository's own settings, names in small letters.
    pub settings: Vec<String>,
}

/// What is at stake, as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stake {
    pub text: String,
    /// Nothing would be lost.
    pub nothing: bool,
}

/// A name that a pattern means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    /// Where it leads, if it is a link; absolute.
    pub leads_to: Option<String>,
}

/// The edge's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Missing,
    File,
    Directory,
    /// A device, socket or FIFO.
    Special,
    /// A symbolic link, and the absolute path it leads to in the end.
    Link(String),
    Names(Vec<Named>),
    Text(Box<FileText>),
    /// A file of text that is too large to be read: its first line.
    TooLarge(String),
    Repository(Box<Repository>),
    Stake(Box<Stake>),
    /// Names with where each was found.
    Observed(Vec<(String, String)>),
    /// It could not be found out: too slow, not permitted, too many.
    Unknown,
}

/// A file's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileText {
    pub text: String,
    /// Its SHA-256 as hex.
    pub digest: String,
}

/// The world as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Absolute; empty if not known.
    pub cwd: String,
    /// What `~` and `$HOME` mean.
    pub home: String,
    /// The home that the account has, where `HOME` names another one; else empty.
    pub account_home: String,
    /// The directory that the agent or the person works on; empty if everything is outside.
    pub workspace: String,
    /// It is one by its `.git`, not only because something happens in it.
    pub repository: bool,
    pub user: String,
    pub root_user: bool,
    pub environment: Environment,
    pub variables: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    pub answers: BTreeMap<Ask, Answer>,
    /// No more questions are answered.
    pub closed: bool,
    /// They were answered, as often as gate asks (`limits::ROUNDS`).
    pub exhausted: bool,
}

impl Snapshot {
    /// The files whose content was read: path and SHA-256 as hex.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.answers.iter().filter_map(|(ask, answer)| match (ask, answer) {
            (Ask::Text(path), Answer::Text(file)) => Some((path.as_str(), file.digest.as_str())),
            _ => None,
        })
    }

    /// Whether there is an answer to any question, or may be one.
    #[must_use]
    pub fn answers(&self) -> bool {
        !(self.closed && self.answers.is_empty())
    }

    /// The home that a policy means by `~`: that of the account, whatever `HOME` says.
    #[must_use]
    pub fn own_home(&self) -> &str {
        if self.account_home.is_empty() { &self.home } else { &self.account_home }
    }

    /// The value of an environment variable, if it is set.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_ref())
    }
}
