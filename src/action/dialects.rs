//! An action read from JSON, in gate's own dialect or one of four others.

use std::ffi::OsString;

use super::{Action, ActorKind, Context, Dialect, Step, What, shell_name};
use crate::error::{Error, Result};
use crate::json::{self, Json};
use crate::limits;

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
