//! What is proposed, exactly as asked, and its digest. Read from an argv, a script, or JSON in one of five dialects.

use std::ffi::OsString;

use crate::digest;
use crate::error::{Error, Result};
use crate::json::{self, Json};
use crate::limits;

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

    /// The word for its kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.what {
            What::Shell { .. } => "shell",
            What::Argv(_) => "argv",
            What::Tool { .. } => "tool",
            What::Deploy { .. } => "deploy",
            What::Push { .. } => "push",
            What::Plan { .. } => "plan",
        }
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

/// Reads an action in JSON.
///
/// # Errors
/// With the place, if it is not strict JSON, not an object, of no known dialect, of two, or with a wrong type.
pub fn read(text: &str, dialect: Option<Dialect>) -> Result<Action> {
    let value = json::parse(text).map_err(|e| Error::new(format!("the action is not valid JSON: {e}")))?;
    from_json(&value, dialect)
}

/// An action from a JSON value that was read strictly.
///
/// # Errors
/// See [`read`].
pub fn from_json(value: &Json<'_>, dialect: Option<Dialect>) -> Result<Action> {
    if !matches!(value, Json::Object(_)) {
        return Err(Error::new("an action in JSON is an object"));
    }
    let dialect = match dialect {
        Some(dialect) => dialect,
        None => recognise(value)?,
    };
    if let Some(place) = value.place_of_nul() {
        return Err(Error::new(format!("`{place}` contains a NUL")).help("no program can be given one"));
    }
    let reader = Reader { value, place: String::new() };
    let mut action = match dialect {
        Dialect::Gate => gate(&reader)?,
        Dialect::LatentOps => latentops(&reader)?,
        Dialect::Guardrails => Action {
            what: What::Tool { verb: reader.required("verb")?, args: reader.object("args")? },
            ..Action::default()
        },
        Dialect::AgentSec => agentsec(&reader)?,
        Dialect::TrustLoop => {
            let mut action = Action {
                what: What::Tool { verb: reader.required("tool_name")?, args: reader.object("arguments")? },
                ..Action::default()
            };
            action.actor.name = reader.text("agent_name")?.unwrap_or_default();
            action
        }
    };
    action.claimed = true;
    value.canonical(&mut action.canonical);
    Ok(action)
}

fn recognise(value: &Json<'_>) -> Result<Dialect> {
    let has = |key: &str| value.get(key).is_some();
    let mut found = Vec::new();
    if has("schema") {
        found.push(Dialect::Gate);
    }
    if has("actionType") {
        found.push(Dialect::AgentSec);
    }
    if has("tool_args") {
        found.push(Dialect::LatentOps);
    } else if has("tool_name") {
        found.push(Dialect::TrustLoop);
    }
    if has("tool_args") && has("arguments") {
        found.push(Dialect::TrustLoop);
    }
    if has("verb") && !has("schema") {
        found.push(Dialect::Guardrails);
    }
    // What is not read must not look as if it had been: a call without what it is called with may be allowed.
    let arguments = ["tool_input", "input", "parameters", "params"].into_iter().find(|key| has(key));
    if let (Some(key), Some(Dialect::TrustLoop | Dialect::LatentOps | Dialect::Guardrails)) = (arguments, found.first())
    {
        return Err(Error::new(format!("this JSON object calls its arguments `{key}`, and no dialect does"))
            .help("the message of an agent's hook is for `gate hook`; say an action's arguments as `arguments`"));
    }
    let given = |key: &str| value.get(key).is_some_and(|value| *value != Json::Null);
    let beside =
        ["script", "command", "argv"].into_iter().find(|key| given(key) && (*key == "command" || !has("schema")));
    match found.as_slice() {
        [_] if beside.is_some() => {
            Err(Error::new(format!("this JSON object has two forms at once: `{}` too", beside.unwrap_or_default()))
                .help("say which with --dialect"))
        }
        [one] => Ok(*one),
        [] => Err(Error::new("this JSON object is no action that gate knows")
            .help("gate's own form has `\"schema\": \"gate.action/v1\"`; say another outright with --dialect")),
        _ => Err(Error::new("this JSON object is an action in two dialects at once").help("say which with --dialect")),
    }
}

/// Whether a text can be a script: it says something, is not too long, and is no action in JSON.
///
/// # Errors
///
/// What it is instead.
pub fn readable(script: &str, what: &str) -> Result<()> {
    let text = script.trim();
    if text.is_empty() {
        return Err(Error::new(format!("{what} is empty")));
    }
    if script.len() > limits::INPUT {
        return Err(Error::new(format!("{what} is larger than {} bytes", limits::INPUT)));
    }
    if text.starts_with('{') && text.ends_with('}') && matches!(json::parse(text), Ok(Json::Object(_))) {
        return Err(Error::new(format!("{what} is a JSON object, not a shell script"))
            .help("gate check --action FILE reviews an action in JSON"));
    }
    Ok(())
}

/// An object of the request, and where it stands.
struct Reader<'j, 't> {
    value: &'j Json<'t>,
    /// A JSON pointer (RFC 6901); empty for the whole.
    place: String,
}

impl Reader<'_, '_> {
    fn wrong(&self, key: &str, expected: &str) -> Error {
        Error::new(format!("`{}/{key}` must be {expected}", self.place))
    }

    fn text(&self, key: &str) -> Result<Option<String>> {
        match self.value.get(key) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) => Ok(Some(text.to_string())),
            Some(_) => Err(self.wrong(key, "a string")),
        }
    }

    fn required(&self, key: &str) -> Result<String> {
        match self.text(key)? {
            Some(text) if !text.is_empty() => Ok(text),
            Some(_) => Err(Error::new(format!("`{}/{key}` is empty", self.place))),
            None => Err(Error::new(format!("`{}/{key}` is missing", self.place))),
        }
    }

    fn flag(&self, key: &str) -> Result<Option<bool>> {
        match self.value.get(key) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Bool(value)) => Ok(Some(*value)),
            Some(_) => Err(self.wrong(key, "true or false")),
        }
    }

    fn object(&self, key: &str) -> Result<String> {
        let mut out = String::new();
        match self.value.get(key) {
            None | Some(Json::Null) => out.push_str("{}"),
            Some(value @ Json::Object(_)) => value.canonical(&mut out),
            Some(_) => return Err(self.wrong(key, "an object")),
        }
        Ok(out)
    }

    fn texts(&self, key: &str) -> Result<Vec<String>> {
        match self.value.get(key) {
            None | Some(Json::Null) => Ok(Vec::new()),
            Some(Json::Array(items)) => items
                .iter()
                .enumerate()
                .map(|(at, item)| {
                    item.text().map(str::to_owned).ok_or_else(|| self.wrong(&format!("{key}/{at}"), "a string"))
                })
                .collect(),
            Some(_) => Err(self.wrong(key, "an array of strings")),
        }
    }

    fn inner(&self, key: &str) -> Result<Option<Reader<'_, '_>>> {
        match self.value.get(key) {
            None | Some(Json::Null) => Ok(None),
            Some(value @ Json::Object(_)) => Ok(Some(Reader { value, place: format!("{}/{key}", self.place) })),
            Some(_) => Err(self.wrong(key, "an object")),
        }
    }

    fn steps(&self, key: &str) -> Result<Vec<Step>> {
        match self.value.get(key) {
            None | Some(Json::Null) => Ok(Vec::new()),
            Some(Json::Array(items)) => items
                .iter()
                .enumerate()
                .map(|(at, item)| match item {
                    Json::Object(_) => {
                        let step = Reader { value: item, place: format!("{}/{key}/{at}", self.place) };
                        Ok(Step {
                            action: step.text("action")?.or(step.text("tool_name")?).unwrap_or_default(),
                            decision: step.text("decision")?.unwrap_or_default(),
                            result: step.text("result")?.or(step.text("status")?).unwrap_or_default(),
                            ..Step::default()
                        })
                    }
                    Json::String(text) => Ok(Step { action: text.to_string(), ..Step::default() }),
                    _ => Err(self.wrong(&format!("{key}/{at}"), "a step")),
                })
                .collect(),
            Some(_) => Err(self.wrong(key, "an array of steps")),
        }
    }
}

fn context(reader: &Reader<'_, '_>, into: &mut Context) -> Result<()> {
    into.cwd = reader.text("cwd")?.unwrap_or_default();
    into.branch = reader.text("branch")?;
    into.environment = reader.text("environment")?.or(into.environment.take());
    into.production = reader.flag("production")?.or(reader.flag("production_environment")?);
    into.protected_paths = reader.texts("protected_paths")?;
    reader.texts("changed_files")?;
    Ok(())
}

fn gate(reader: &Reader<'_, '_>) -> Result<Action> {
    let schema = reader.required("schema")?;
    if schema != "gate.action/v1" {
        return Err(Error::new(format!("`/schema` is `{schema}`")).help("this gate reads gate.action/v1"));
    }
    let forms = ["script", "argv", "verb", "action_type", "push", "plan"];
    let given: Vec<&str> =
        forms.into_iter().filter(|f| reader.value.get(f).is_some_and(|v| *v != Json::Null)).collect();
    let kind = reader.text("kind")?;
    let form = match (kind.as_deref(), given.as_slice()) {
        (Some("shell"), _) => "script",
        (Some("argv"), _) => "argv",
        (Some("tool"), _) => "verb",
        (Some("deploy"), _) => "action_type",
        (Some("push"), _) => "push",
        (Some("plan"), _) => "plan",
        (Some(other), _) => {
            return Err(
                Error::new(format!("`/kind` is `{other}`")).help("it is one of shell, argv, tool, push, plan, deploy")
            );
        }
        (None, [one]) => one,
        (None, []) => return Err(Error::new("the action has none of script, argv, verb, action_type, push, plan")),
        (None, _) => return Err(Error::new(format!("the action has two forms at once: {}", given.join(" and ")))),
    };
    if given.len() > 1 {
        return Err(Error::new(format!("the action has two forms at once: {}", given.join(" and "))));
    }
    let what = match form {
        "script" => {
            let shell = shell_name(&reader.text("shell")?.unwrap_or_default());
            let script = reader.required("script")?;
            readable(&script, "`/script`")?;
            What::Shell { script, shell }
        }
        "argv" => {
            let words = reader.texts("argv")?;
            if words.first().is_none_or(String::is_empty) {
                return Err(Error::new("`/argv` is missing, or names no program"));
            }
            What::Argv(words.into_iter().map(OsString::from).collect())
        }
        "verb" => What::Tool { verb: reader.required("verb")?, args: reader.object("args")? },
        form @ ("push" | "plan") => {
            let Some(inner) = reader.inner(form)? else {
                return Err(Error::new(format!("`/{form}` is missing")));
            };
            let mut body = String::new();
            inner.value.canonical(&mut body);
            if form == "push" { What::Push { body } } else { What::Plan { body } }
        }
        _ => What::Deploy { kind: reader.required("action_type")?, args: reader.object("args")? },
    };
    let mut action = Action {
        id: reader.text("id")?.unwrap_or_default(),
        what,
        prompt: reader.text("prompt")?.unwrap_or_default(),
        description: reader.text("description")?.unwrap_or_default(),
        trajectory: reader.steps("trajectory")?,
        ..Action::default()
    };
    reader.text("timestamp")?;
    circumstances(reader, &mut action)?;
    Ok(action)
}

/// The profiles that a request may ask for.
const PROFILES: [&str; 4] = ["strict", "balanced", "permissive", "audit"];

/// Where it would run, who asks and how strictly, as gate's own form says it.
fn circumstances(reader: &Reader<'_, '_>, action: &mut Action) -> Result<()> {
    action.profile = reader.text("profile")?;
    if let Some(word) = action.profile.as_deref()
        && !PROFILES.contains(&word)
    {
        return Err(reader.wrong("profile", "one of strict, balanced, permissive, audit"));
    }
    if let Some(inner) = reader.inner("context")? {
        context(&inner, &mut action.context)?;
    }
    if let Some(inner) = reader.inner("actor")? {
        action.actor.id = inner.text("id")?.unwrap_or_default();
        action.actor.name = inner.text("name")?.unwrap_or_default();
        action.actor.framework = inner.text("framework")?.unwrap_or_default();
        if let Some(model) = inner.inner("model")? {
            action.actor.model = model.text("name")?.unwrap_or_default();
        }
        action.actor.kind = match inner.text("kind")?.as_deref() {
            // A claim may only move towards the agent.
            None | Some("agent" | "human" | "ci") => ActorKind::Agent,
            Some(other) => {
                return Err(Error::new(format!("`/actor/kind` is `{other}`")).help("it is agent, ci or human"));
            }
        };
    }
    Ok(())
}

/// What a plain line of a batch says beside its script, in the words of gate's own form; what gate does not know is kept
/// for the digest.
///
/// # Errors
///
/// If something of it does not have that form.
pub fn said_beside(value: &Json<'_>, action: &mut Action) -> Result<()> {
    const READ: [&str; 9] = ["id", "script", "command", "shell", "cwd", "context", "actor", "profile", "kind"];
    let Json::Object(members) = value else { return Ok(()) };
    let reader = Reader { value, place: String::new() };
    match reader.text("kind")?.as_deref() {
        None | Some("shell" | "argv") => {}
        Some(other) => return Err(Error::new(format!("`/kind` is `{other}`, and the line has a command"))),
    }
    circumstances(&reader, action)?;
    action.trajectory = reader.steps("trajectory")?;
    if let Some(cwd) = reader.text("cwd")? {
        action.context.cwd = cwd;
    }
    let unknown: Vec<_> = members.iter().filter(|(key, _)| !READ.contains(&key.as_ref())).cloned().collect();
    if !unknown.is_empty() {
        Json::Object(unknown).canonical(&mut action.canonical);
    }
    Ok(())
}

fn latentops(reader: &Reader<'_, '_>) -> Result<Action> {
    let mut action = Action {
        what: What::Tool { verb: reader.required("tool_name")?, args: reader.object("tool_args")? },
        prompt: reader.text("prompt")?.unwrap_or_default(),
        profile: reader.text("policy")?,
        trajectory: reader.steps("trajectory")?,
        ..Action::default()
    };
    action.context.environment = reader.text("environment")?;
    if let Some(inner) = reader.inner("repo_context")? {
        context(&inner, &mut action.context)?;
    }
    action.actor.id = reader.text("agent_id")?.unwrap_or_default();
    action.actor.name = reader.text("agent_name")?.unwrap_or_default();
    action.actor.model = reader.text("model_name")?.unwrap_or_default();
    action.actor.framework = reader.text("agent_framework")?.unwrap_or_default();
    Ok(action)
}

fn agentsec(reader: &Reader<'_, '_>) -> Result<Action> {
    let mut action = Action {
        id: reader.text("id")?.unwrap_or_default(),
        what: What::Deploy { kind: reader.required("actionType")?, args: reader.object("context")? },
        description: reader.text("description")?.unwrap_or_default(),
        ..Action::default()
    };
    action.context.environment = reader.text("environment")?;
    action.actor.id = reader.text("agentId")?.unwrap_or_default();
    action.actor.name = reader.text("agentName")?.unwrap_or_default();
    Ok(action)
}

/// What a shell is called: by its path, in capital letters and as a file of Windows it is the same one.
#[must_use]
pub fn shell_name(shell: &str) -> String {
    let name = shell.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    name.strip_suffix(".exe").map(str::to_owned).unwrap_or(name)
}
