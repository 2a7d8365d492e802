//! From options to what is judged: the action, the snapshot it is judged against, the policy.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use crate::action::{self, Action, ActorKind, Context, Dialect};
use crate::assess;
use crate::cli::Given;
use crate::context::{self, policies};
use crate::error::{Error, Result};
use crate::facts::Know;
use crate::facts::snapshot::{Environment, Snapshot};
use crate::limits;
use crate::policy::validate::ENVIRONMENTS;
use crate::policy::{Policy, Profile};
use crate::rules::Packs;
use crate::sys;

/// Everything that one judgement needs.
pub struct Setup {
    pub action: Action,
    pub snapshot: Snapshot,
    pub policy: Policy,
    /// Whether the machine may be asked about the world.
    pub observed: bool,
    /// The text of the workflow whose scripts the action is; empty for any other.
    pub workflow: String,
}

/// Reads a bounded amount; one byte more than the limit is an error.
pub fn read_bounded(mut from: impl Read, limit: usize, what: &str) -> Result<Vec<u8>> {
    // Most of what is read is a command or a message: one read, no growing.
    let mut bytes = Vec::with_capacity(2048);
    from.by_ref()
        .take(limit as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| Error::new(format!("cannot read {what}: {e}")))?;
    if bytes.len() > limit {
        return Err(Error::new(format!("{what} is larger than {limit} bytes")));
    }
    Ok(bytes)
}

pub fn read_path(path: &Path, limit: usize) -> Result<Vec<u8>> {
    let shown = path.display().to_string();
    if shown == "-" {
        return read_bounded(sys::StandardInput, limit, "standard input");
    }
    read_regular(path, limit, &shown)
}

fn read_regular(path: &Path, limit: usize, shown: &str) -> Result<Vec<u8>> {
    let file = crate::context::open_regular(path).map_err(|e| Error::new(format!("cannot read {shown}: {e}")))?;
    read_bounded(file, limit, shown)
}

/// The text of a regular file of corpora, rules or tests.
pub fn read_text(path: &Path) -> Result<String> {
    const LONGEST: usize = 256 << 20;
    let shown = path.display().to_string();
    String::from_utf8(read_regular(path, LONGEST, &shown)?)
        .map_err(|e| Error::new(format!("{shown} is not UTF-8 (byte {})", e.utf8_error().valid_up_to())))
}

/// Bytes as text that may be judged.
pub fn text(bytes: Vec<u8>, what: &str) -> Result<String> {
    let text = String::from_utf8(bytes)
        .map_err(|e| Error::new(format!("{what} is not UTF-8 (byte {})", e.utf8_error().valid_up_to())))?;
    without_nul(&text, what)?;
    Ok(text)
}

/// No system call takes a text with a NUL.
pub fn without_nul(text: &str, what: &str) -> Result<()> {
    // Without a way out of the loop the compiler looks at sixteen bytes at once.
    if !text.bytes().fold(false, |found, byte| found | (byte == 0)) {
        return Ok(());
    }
    let at = text.find('\0').unwrap_or(0);
    Err(Error::new(format!("{what} contains a NUL (byte {at})")))
}

/// Who and where, from options and environment variables.
fn circumstances(given: &Given, action: &mut Action, packs: &Packs) -> Result<()> {
    let terminal = sys::input_is_terminal() && std::io::stderr().is_terminal();
    let variable = by_variable("actor")?;
    let mut observed = context::actor(packs, given.get("actor").or(variable.as_deref()), terminal);
    observed.by_variable = given.get("actor").is_none();
    if action.claimed {
        if action.actor.name.is_empty() {
            action.actor.name = observed.name;
        }
        if observed.kind == ActorKind::Ci {
            action.actor.kind = ActorKind::Ci;
        }
    } else {
        action.actor = observed;
    }
    if action.actor.kind == ActorKind::Ci {
        context::ci::observe(action);
    }
    let variable = environment_by_variable(given, packs)?;
    environment(given.get("environment"), variable.as_deref(), action)
}

/// The environment that a variable says.
///
/// # Errors
/// If it, or the one of the command line, is a slip.
pub fn environment_by_variable(given: &Given, packs: &Packs) -> Result<Option<String>> {
    let variable = by_variable("environment")?;
    for said in [given.get("environment"), variable.as_deref()].into_iter().flatten() {
        spelled(said, packs)?;
    }
    Ok(variable)
}

/// Environments may be called anything; one that is nearly called as a known one is a slip, and would be judged as none.
fn spelled(said: &str, packs: &Packs) -> Result<()> {
    let near = || crate::rules::format::nearest(said, ENVIRONMENTS);
    let slip = |near: &&str| said.chars().next() == near.chars().next() && said.len().abs_diff(near.len()) <= 1;
    match assess::environment_of(said, packs.environments()) {
        "" if said != "unknown" => match near().filter(slip) {
            Some(near) => Err(Error::new(format!("no environment is called `{said}`"))
                .help(format!("did you mean `{near}`? a name that is nothing like these is taken as it is"))),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Where it acts. What the command line says is trusted as far as its writer is; what the request and the environment
/// variable say may only raise.
pub fn environment(said: Option<&str>, variable: Option<&str>, action: &mut Action) -> Result<()> {
    if said == Some("") {
        return Err(Error::new("--environment is empty"));
    }
    let Context { environment, observed, by_command_line, .. } = &mut action.context;
    *by_command_line = said.is_some();
    if let Some(said) = said
        && let Some(asked) = environment.replace(said.to_owned())
    {
        observed.push((asked, "the request".to_owned()));
    }
    match (variable, &environment) {
        (None, _) => {}
        (Some(variable), Some(_)) => observed.push((variable.to_owned(), "GATE_ENVIRONMENT".to_owned())),
        (Some(variable), None) => {
            *environment = Some(variable.to_owned());
            action.claimed = true;
        }
    }
    Ok(())
}

fn environment_variable(name: &str) -> Result<Option<String>> {
    match sys::variable(name).filter(|value| !value.is_empty()).map(std::ffi::OsString::into_string) {
        None => Ok(None),
        Some(Ok(value)) => Ok(Some(value)),
        Some(Err(_)) => Err(Error::new(format!("{name} is not UTF-8"))),
    }
}

/// What an option's environment variable says; one of the option's words, where it has some.
pub fn by_variable(long: &str) -> Result<Option<String>> {
    let option = crate::cli::OPTIONS.iter().find(|option| option.long == long);
    let Some((name, choices)) = option.and_then(|option| Some((option.env?, option.choices))) else { return Ok(None) };
    match environment_variable(name)? {
        Some(word) if !choices.is_empty() && !choices.contains(&word.as_str()) => {
            Err(Error::new(format!("{name} is `{}`", crate::output::escape::line(&crate::redact::redact(&word))))
                .help(format!("it is one of {}", choices.join(", "))))
        }
        word => Ok(word),
    }
}

/// What the option says, or else its environment variable.
pub fn said_or_by_variable(given: &Given, long: &str) -> Result<Option<String>> {
    match given.get(long) {
        Some(value) => Ok(Some(value.to_owned())),
        None => by_variable(long),
    }
}

/// The policy: all layers, the profile said, made stricter by the environment variable, never milder. `directory` is
/// where repositories' policies are looked for.
pub fn policy(given: &Given, directory: Option<&Path>) -> Result<Policy> {
    let said = match given.get("profile") {
        Some(word) => {
            Some(Profile::from_word(word).ok_or_else(|| Error::new(format!("there is no profile `{word}`")))?)
        }
        None => None,
    };
    let asked = by_variable("profile")?.and_then(|word| Profile::from_word(&word));
    let variable = environment_variable("GATE_POLICY")?;
    let pinned = said_or_by_variable(given, "policy-digest")?;
    let wanted = policies::Wanted {
        argument: given.os("policy").map(Path::new),
        variable: variable.as_deref().map(Path::new),
        pinned: pinned.as_deref(),
        directory,
    };
    let mut policy = policies::load(&policies::Places::of_machine(), &wanted)?;
    policy.said = said;
    policy.asked = asked;
    Ok(policy)
}

/// The options that say what is judged.
const FORMS: [&str; 7] = ["script", "file", "action", "tool", "plan", "workflow", "batch"];

/// Whether nothing but this says what is judged.
pub fn only_form(given: &Given, form: &str) -> Result<()> {
    let other = FORMS.into_iter().find(|other| *other != form && given.has(other)).map(|other| format!("--{other}"));
    match other.or_else(|| (!given.operands.is_empty()).then(|| "a command".to_owned())) {
        Some(other) => Err(Error::new(format!("two forms of input at once: --{form} and {other}"))),
        None => Ok(()),
    }
}

/// Makes what is judged out of the options.
pub fn setup(given: &Given, packs: &Packs, environment: Environment) -> Result<Setup> {
    let form = FORMS.into_iter().find(|form| given.has(form));
    if let Some(form) = form {
        only_form(given, form)?;
    }
    if given.has("args") && !given.has("tool") {
        return Err(Error::new("--args belongs to --tool"));
    }
    let shell = given.get("shell").unwrap_or("");
    let mut described = false;
    let mut workflow = String::new();
    let mut action = match form {
        Some("script") => {
            let Some(text) = given.get("script") else { return Err(Error::new("the script is not UTF-8")) };
            action::readable(text, "the script")?;
            Action::shell(text, shell)
        }
        Some("file") => {
            let path = PathBuf::from(given.os("file").unwrap_or_default());
            let content = text(read_path(&path, limits::INPUT)?, &path.display().to_string())?;
            action::readable(&content, &path.display().to_string())?;
            Action::shell(&content, shell)
        }
        Some("action") => {
            let path = PathBuf::from(given.os("action").unwrap_or_default());
            let content = text(read_path(&path, limits::INPUT)?, "the action")?;
            let dialect = given.get("dialect").and_then(Dialect::from_word);
            described = true;
            action::read(&content, dialect)?
        }
        Some("workflow") => {
            let path = PathBuf::from(given.os("workflow").unwrap_or_default());
            let shown = path.display().to_string();
            let content = text(read_path(&path, limits::INPUT)?, &shown)?;
            workflow = content;
            Action::shell(&crate::hosts::workflow::script(&shown, &workflow)?, "bash")
        }
        Some("plan") => plan(Path::new(given.os("plan").unwrap_or_default()))?,
        Some(_) => {
            let verb = given.get("tool").unwrap_or("");
            if verb.is_empty() {
                return Err(Error::new("--tool needs a verb"));
            }
            let args = given.get("args").unwrap_or("{}");
            let value = crate::json::parse(args).map_err(|e| Error::new(format!("--args is not valid JSON: {e}")))?;
            if !matches!(value, crate::json::Json::Object(_)) {
                return Err(Error::new("--args must be a JSON object"));
            }
            let mut canonical = String::new();
            value.canonical(&mut canonical);
            Action { what: action::What::Tool { verb: verb.to_owned(), args: canonical }, ..Action::default() }
        }
        None => words(given, shell)?,
    };
    circumstances(given, &mut action, packs)?;
    let cwd = directory(given)?;
    let person = action.actor.kind == ActorKind::Human;
    if described {
        // The repository that gate is started in tightens what is only described, too.
        let here = cwd.clone().or_else(|| std::env::current_dir().ok());
        let policy = Policy { person, ..policy(given, here.as_deref())? };
        let stated = match &cwd {
            Some(cwd) => cwd.to_string_lossy().into_owned(),
            None => action.context.cwd.clone(),
        };
        if !stated.is_empty() && !stated.starts_with('/') {
            return Err(Error::new("`/context/cwd` must be an absolute path"));
        }
        if !stated.is_empty() && action.context.branch.is_some() {
            context::checked_out(&mut action.context, Path::new(&stated));
        }
        return Ok(Setup { snapshot: context::stated(&stated), action, policy, observed: false, workflow });
    }
    action.session = context::session();
    follow_session(&mut action);
    let snapshot = context::observe(&mut action.context, cwd.as_deref(), environment);
    let policy = Policy { person, ..policy(given, Some(Path::new(&snapshot.cwd)))? };
    Ok(Setup { action, snapshot, policy, observed: true, workflow })
}

/// Adds what its session did before, as the user's log has it.
pub(super) fn follow_session(action: &mut Action) {
    if !action.session.is_empty()
        && let Some(log) = crate::audit::Log::of_user()
    {
        action.trajectory = log.trajectory(&action.session, &action.line());
    }
}

/// The directory that `--cwd` names.
pub(super) fn directory(given: &Given) -> Result<Option<PathBuf>> {
    let canonical = |cwd: &str| match Path::new(cwd).canonicalize() {
        Ok(path) if !path.is_dir() => Err(Error::new(format!("--cwd {cwd}: it is no directory"))),
        Ok(path) => Ok(path),
        Err(e) => Err(Error::new(format!("--cwd {cwd}: {e}"))),
    };
    given.get("cwd").map(canonical).transpose()
}

fn words(given: &Given, shell: &str) -> Result<Action> {
    match given.operands.as_slice() {
        [] => Err(Error::new("nothing to review")
            .help("PROGRAM ARG…, or -c 'SCRIPT'; gate check - reads a script from standard input")),
        [dash] if dash == "-" => {
            let content = text(read_path(Path::new("-"), limits::INPUT)?, "standard input")?;
            action::readable(&content, "standard input")?;
            Ok(Action::shell(&content, shell))
        }
        [dash, ..] if dash == "-" => Err(Error::new("words follow `-`").help(
            "`-` is the script on standard input; gate's own options stand before it: gate check --format json -",
        )),
        // Only its begin: what secrets are in it, only the analysis knows.
        [one] if one.to_string_lossy().contains(char::is_whitespace) => Err(Error::new(format!(
            "one word with blanks in it: `{} …`",
            crate::output::escape::line(one.to_string_lossy().split_whitespace().next().unwrap_or_default())
        ))
        .help("did you mean -c? gate check -c 'SCRIPT' reviews a shell script, gate run -c 'SCRIPT' also runs it")),
        words => {
            let size: usize = words.iter().map(|w| w.len() + 1).sum();
            if size > limits::INPUT {
                return Err(Error::new(format!("the command is larger than {} bytes", limits::INPUT)));
            }
            if words[0].is_empty() {
                return Err(Error::new("the program's name is empty"));
            }
            Ok(Action::argv(words.to_vec()))
        }
    }
}

/// `--plan FILE`
fn plan(path: &Path) -> Result<Action> {
    let content = text(read_path(path, limits::PLAN)?, "the plan")?;
    let value = crate::json::parse(&content).map_err(|e| {
        let hint = if content.starts_with("PK") {
            "this is a plan file; terraform show -json FILE makes JSON of it"
        } else {
            "terraform show -json PLAN"
        };
        Error::new(format!("the plan is not valid JSON: {e}")).help(hint)
    })?;
    if !matches!(value, crate::json::Json::Object(_)) {
        return Err(Error::new("a plan in JSON is an object").help("terraform show -json PLAN"));
    }
    let mut body = String::new();
    value.canonical(&mut body);
    Ok(Action { what: action::What::Plan { body }, ..Action::default() })
}
