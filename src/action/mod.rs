//! What is proposed, exactly as asked, and its digest. Read from an argv, a script, or JSON in one of five dialects.

mod dialects;

use std::ffi::OsString;

pub use dialects::{from_json, read, readable, said_beside};

use crate::digest;
use crate::json::{self, Json};

/// What somebody wants to do. Never changed after it is read.
#[derive(Clone, Debug, Default)]
pub struct Action {
    /// The caller's, or one that gate makes.
    pub id: String,
    pub what: What,
    pub actor: Actor,
    pub context: Context,
    pub trajectory: Vec<Step>,
    pub prompt: String,
    pub description: String,
    /// The session that the host says it belongs to; empty if none.
    pub session: String,
    /// The profile that the request itself asks for; it can only tighten.
    pub profile: Option<String>,
    /// The circumstances are the requester's own words (JSON, environment variables): they may raise, never lower.
    pub claimed: bool,
    /// Canonical JSON of everything that was given, with members that gate does not know.
    pub canonical: String,
}

#[derive(Clone, Debug)]
pub enum What {
    Shell {
        script: String,
        shell: String,
    },
    /// Bytes as the system gave them.
    Argv(Vec<OsString>),
    Tool {
        verb: String,
        args: String,
    },
    /// A git push: remote, refs, what the commits carry, as canonical JSON.
    Push {
        body: String,
    },
    /// An infrastructure plan (`terraform show -json`), as it was given.
    Plan {
        body: String,
    },
    /// A deploy, migration or other action that is named by its type.
    Deploy {
        kind: String,
        args: String,
    },
}

impl Default for What {
    fn default() -> Self {
        What::Shell { script: String::new(), shell: String::new() }
    }
}

closed_list! {
    /// Who or what proposes an action.
    #[derive(Default)]
    ActorKind { Human = "human", #[default] Agent = "agent", Ci = "ci" }
}

/// Who proposes it.
#[derive(Clone, Debug, Default)]
pub struct Actor {
    pub id: String,
    /// The id is an environment variable's word, which may only make what is decided stricter.
    pub by_variable: bool,
    pub name: String,
    pub kind: ActorKind,
    pub model: String,
    pub framework: String,
}

/// Where, as far as the request says.
#[derive(Clone, Debug, Default)]
pub struct Context {
    pub cwd: String,
    pub branch: Option<String>,
    /// The branch that gate found checked out, where the request names another: what is said of either counts.
    pub checked_out: Option<String>,
    pub environment: Option<String>,
    /// The environment is the command line's word, whoever else described the action.
    pub by_command_line: bool,
    pub production: Option<bool>,
    pub protected_paths: Vec<String>,
    /// What started the pipeline: `push`, `pull_request from a fork`; empty outside of one.
    pub event: String,
    /// What gate itself found out about where it acts: a name, and where it was found.
    pub observed: Vec<(String, String)>,
}

/// A step that came before.
#[derive(Clone, Debug, Default)]
pub struct Step {
    pub action: String,
    pub decision: String,
    pub result: String,
    /// Rules that fired; only known of steps that gate itself reviewed.
    pub rules: Option<Vec<String>>,
    /// It read a secret.
    pub secret: bool,
    /// Keyed hashes of the secrets that it read.
    pub secrets: Vec<String>,
    /// One of them stands in what is proposed now.
    pub carried: bool,
}

/// What others call a step that went on; every other word says that it was refused, also one that nobody knows.
const WENT_ON: [&str; 16] = [
    "",
    "allow",
    "allowed",
    "approve",
    "approved",
    "confirmed",
    "continue",
    "executed",
    "notify",
    "ok",
    "pass",
    "passed",
    "permit",
    "permitted",
    "warn",
    "warned",
];

impl Step {
    /// Whether it was refused, or waited for somebody.
    #[must_use]
    pub fn was_refused(&self) -> bool {
        !WENT_ON.contains(&self.decision.to_ascii_lowercase().as_str())
    }

    /// Whether it was done, and did not succeed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        matches!(self.result.to_ascii_lowercase().as_str(), "failed" | "failure" | "fail" | "error" | "errored")
    }
}

closed_list! {
    /// The dialect of a request body.
    Dialect {
        Gate = "gate", LatentOps = "latentops", Guardrails = "guardrails", AgentSec = "agentsec", TrustLoop = "trustloop",
    }
}

impl Action {
    /// A shell script.
    #[must_use]
    pub fn shell(script: &str, shell: &str) -> Self {
        let what = What::Shell { script: script.to_owned(), shell: shell_name(shell) };
        Action { what, ..Action::default() }
    }

    /// An argv.
    #[must_use]
    pub fn argv(words: Vec<OsString>) -> Self {
        Action { what: What::Argv(words), ..Action::default() }
    }

    /// SHA-256 over the canonical form of the action: what is asked, by whom, where; as `sha256:` and hex.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut form: Vec<u8> = Vec::with_capacity(512);
        // Spelled out at each use, so that the name is copied as a constant.
        macro_rules! part {
            ($name:literal, $bytes:expr) => {{
                let bytes: &[u8] = $bytes;
                form.extend(($name.len() as u64).to_le_bytes());
                form.extend_from_slice($name.as_bytes());
                form.extend((bytes.len() as u64).to_le_bytes());
                form.extend_from_slice(bytes);
            }};
        }
        match &self.what {
            What::Shell { script, shell } => {
                part!("script", script.as_bytes());
                part!("shell", shell.as_bytes());
            }
            What::Argv(words) => {
                for word in words {
                    part!("argv", word.as_encoded_bytes());
                }
            }
            What::Tool { verb, args } => {
                part!("verb", verb.as_bytes());
                part!("args", args.as_bytes());
            }
            What::Push { body } => part!("push", body.as_bytes()),
            What::Plan { body } => part!("plan", body.as_bytes()),
            What::Deploy { kind, args } => {
                part!("action_type", kind.as_bytes());
                part!("args", args.as_bytes());
            }
        }
        part!("cwd", self.context.cwd.as_bytes());
        part!("environment", self.context.environment.as_deref().unwrap_or("").as_bytes());
        part!("actor", self.actor.id.as_bytes());
        part!("kind", self.actor.kind.word().as_bytes());
        part!("request", self.canonical.as_bytes());
        digest::named(&form)
    }

    /// The action as one line, for people and the record.
    #[must_use]
    pub fn line(&self) -> String {
        match &self.what {
            What::Shell { script, .. } => script.clone(),
            What::Argv(words) => {
                let words: Vec<String> = words.iter().map(|w| w.to_string_lossy().into_owned()).collect();
                shell_words::join(&words)
            }
            What::Tool { verb, args } | What::Deploy { kind: verb, args } => format!("{verb} {args}"),
            // What they hold is told by what was found in them.
            What::Push { body } => push_line(body),
            What::Plan { .. } => "infrastructure plan".to_owned(),
        }
    }

    /// Bytes of what is proposed.
    #[must_use]
    pub fn length(&self) -> usize {
        match &self.what {
            What::Shell { script: text, .. }
            | What::Tool { args: text, .. }
            | What::Deploy { args: text, .. }
            | What::Push { body: text }
            | What::Plan { body: text } => text.len(),
            What::Argv(words) => words.iter().map(|word| word.len()).sum(),
        }
    }

    #[must_use]
    pub fn kind(&self) -> ActionKind {
        match self.what {
            What::Shell { .. } => ActionKind::Shell,
            What::Argv(_) => ActionKind::Argv,
            What::Tool { .. } => ActionKind::Tool,
            What::Deploy { .. } => ActionKind::Deploy,
            What::Push { .. } => ActionKind::Push,
            What::Plan { .. } => ActionKind::Plan,
        }
    }
}

closed_list! {
    /// What is proposed, as actions in JSON and records name it.
    ActionKind { Shell = "shell", Argv = "argv", Tool = "tool", Deploy = "deploy", Push = "push", Plan = "plan" }
}

impl ActionKind {
    /// Whether it is a command for this machine, which gate itself could run.
    #[must_use]
    pub const fn runs_here(self) -> bool {
        matches!(self, ActionKind::Shell | ActionKind::Argv)
    }
}

/// `git push origin: main update, old delete`
fn push_line(body: &str) -> String {
    let body = json::parse(body).unwrap_or(Json::Null);
    let word = |value: &Json<'_>, key: &str| value.get(key).and_then(Json::text).unwrap_or("").to_owned();
    let refs = match body.get("refs") {
        Some(Json::Array(refs)) => refs.iter().map(|r| format!("{} {}", word(r, "ref"), word(r, "change"))).collect(),
        _ => Vec::new(),
    };
    format!("git push {}: {}", word(&body, "remote"), refs.join(", "))
}

/// What a shell is called: by its path, in capital letters and as a file of Windows it is the same one.
#[must_use]
pub fn shell_name(shell: &str) -> String {
    let name = shell.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    name.strip_suffix(".exe").map(str::to_owned).unwrap_or(name)
}
