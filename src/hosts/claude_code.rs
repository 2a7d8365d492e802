//! Claude Code: its tool calls, as hooks get them and as its transcripts keep them.
//! Facts: <https://code.claude.com/docs/en/hooks>, see `docs/hosts.md`.

use serde_json::{Value, json};

use crate::Judged;
use crate::action::{Action, What};
use crate::error::{Error, Result};
use crate::facts::Know as _;
use crate::facts::knowledge::Kind;
use crate::output::human;
use crate::policy::Decision;
use crate::redact::redact;

/// What a host's message asks about.
pub struct Call {
    pub action: Action,
    pub cwd: String,
    /// Nobody is asked in this mode.
    pub unattended: bool,
}

/// The events on which gate has no say (Claude Code's documentation, "Hooks reference").
const OTHER_EVENTS: [&str; 24] = [
    "PostToolUse",
    "PostToolUseFailure",
    "UserPromptSubmit",
    "SessionStart",
    "SessionEnd",
    "Stop",
    "StopFailure",
    "SubagentStart",
    "SubagentStop",
    "PreCompact",
    "PostCompact",
    "Notification",
    "PermissionRequest",
    "PermissionDenied",
    "ConfigChange",
    "Interrupt",
    "Setup",
    "TaskCompleted",
    "TeammateIdle",
    "WorktreeCreate",
    "WorktreeRemove",
    "InstructionsLoaded",
    "Elicitation",
    "ElicitationResult",
];

/// Reads a message of the event `PreToolUse`; none for an event on which gate has no say.
///
/// # Errors
/// If it is no such message; the host's answer is then a denial.
pub fn read(text: &str) -> Result<Option<Call>> {
    // Strictly first: of a name that stands twice, two readers could take two values.
    crate::json::parse(text).map_err(|e| Error::new(format!("the host's message is not valid JSON: {e}")))?;
    let value: Value =
        serde_json::from_str(text).map_err(|e| Error::new(format!("the host's message is not valid JSON: {e}")))?;
    if !value.is_object() {
        return Err(Error::new("the host's message is no JSON object"));
    }
    let word = |key: &str| value.get(key).and_then(Value::as_str);
    match word("hook_event_name") {
        Some(event) if OTHER_EVENTS.contains(&event) => return Ok(None),
        // In whatever letters: an event that is not known to be another one is this one.
        Some(_) => {}
        None => return Err(Error::new("the host's message has no `hook_event_name`")),
    }
    let Some(tool) = word("tool_name").filter(|t| !t.is_empty()) else {
        return Err(Error::new("the host's message has no `tool_name`"));
    };
    let input = value.get("tool_input").ok_or_else(|| Error::new("the host's message has no `tool_input`"))?;
    if !input.is_object() {
        return Err(Error::new("`tool_input` is no object"));
    }
    if matches!(tool, "Bash" | "PowerShell") && word_of(input, "command").is_none() {
        return Err(Error::new("`tool_input.command` is no string"));
    }
    let cwd = word("cwd").unwrap_or("").to_owned();
    let mut action = action(tool, input, &cwd);
    word("tool_use_id").unwrap_or("").clone_into(&mut action.id);
    word("session_id").unwrap_or("").clone_into(&mut action.session);
    if let Some(agent) = word("agent_type") {
        action.actor.name = format!("claude-code/{agent}");
    }
    Ok(Some(Call { action, cwd, unattended: matches!(word("permission_mode"), Some("dontAsk" | "bypassPermissions")) }))
}

fn word_of<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

closed_list! {
    /// How an escalation is put to the host, by its own word.
    EscalateAs { Ask = "ask", Deny = "deny", Defer = "defer" }
}

closed_list! {
    /// What gate may answer "allow" to, so that the host does not ask.
    #[derive(Default)]
    AutoAllow {
        #[default]
        Nothing = "nothing",
        /// What certainly only reads.
        Reads = "reads",
        /// That, and what certainly changes nothing but files of the workspace.
        Workspace = "workspace",
    }
}

/// The host's answer; empty is "no opinion".
#[must_use]
pub fn answer(judged: &Judged<'_, '_>, escalate: EscalateAs, auto: AutoAllow) -> String {
    let decision = judged.judgement.decision;
    match decision {
        Decision::Allow if auto_allowed(judged, auto) => {
            specific("allow", "gate: it only does what it certainly may").to_string()
        }
        Decision::Allow => String::new(),
        Decision::Warn => {
            let text = text(judged);
            json!({
                "systemMessage": text,
                "hookSpecificOutput": { "hookEventName": "PreToolUse", "additionalContext": text },
            })
            .to_string()
        }
        // The host shows it to the person, and not to the model (its documentation, "PreToolUse decision control").
        Decision::Escalate if escalate == EscalateAs::Ask => {
            let question = format!("{}{}", human::question(judged), human::body(judged, human::ALL, false));
            specific("ask", &bounded(&question)).to_string()
        }
        Decision::Escalate => specific(escalate.word(), &text(judged)).to_string(),
        Decision::Block => specific("deny", &text(judged)).to_string(),
    }
}

/// The answer where gate could not do its work.
#[must_use]
pub fn denial(reason: &str) -> String {
    specific("deny", &format!("gate: error (40)  {reason}; nothing was executed")).to_string()
}

/// The same without anything that could fail: for a signal handler.
pub const LAST_RESORT: &str = "{\"hookSpecificOutput\":{\"hookEventName\":\"PreToolUse\",\"permissionDecision\":\"deny\",\"permissionDecisionReason\":\"gate: error (40)  gate took too long or crashed; nothing was executed\"}}\n";

fn specific(decision: &str, reason: &str) -> Value {
    json!({
        "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": decision,
            "permissionDecisionReason": reason,
        }
    })
}

/// What a person reads and an agent can act on; the first line alone is enough.
fn text(judged: &Judged<'_, '_>) -> String {
    let whole = format!("{}{}", human::head(judged, false), human::body(judged, human::FEW, false));
    let mut short = bounded(&whole);
    if judged.judgement.decision >= Decision::Escalate {
        short.push_str(
            "\n  Do not try to reach the same by other means. Take the alternative above, or ask the person you work for.",
        );
    }
    short
}

/// Without secrets, and no longer than somebody reads.
fn bounded(text: &str) -> String {
    redact(text.trim_end()).chars().take(3000).collect()
}

/// Whether gate may answer "allow": the analysis is complete and certain, finds nothing to say, and every program is on
/// the list of those that only read. What is on no list is left to the host.
fn auto_allowed(judged: &Judged<'_, '_>, auto: AutoAllow) -> bool {
    let facts = judged.facts;
    let vocabulary = judged.packs.vocabulary();
    let plain = |call: &crate::facts::Call<'_>| {
        call.path.is_none()
            && call.complete
            && call.place.via.is_empty()
            && vocabulary.lists.items("plain-readers").any(|line| {
                let mut words = line.split(' ');
                words.next() == Some(call.program) && !words.any(|w| call.options.iter().any(|o| o.is(w)))
            })
    };
    let reads_only = match &judged.action.what {
        What::Shell { .. } | What::Argv { .. } => facts.calls.iter().all(plain),
        What::Tool { verb, .. } => verb
            .strip_prefix("claude_code:")
            .is_some_and(|tool| facts.effects.len() == 1 && vocabulary.lists.has("plain-tools", tool)),
        _ => false,
    };
    let kept = |path: &str| {
        let workspace = judged.snapshot.workspace.as_str();
        let inside = path.strip_prefix(workspace).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        workspace.is_empty()
            || inside.is_none_or(|rest| {
                rest.split('/').any(|part| vocabulary.lists.items("kept-folders").any(|k| k.eq_ignore_ascii_case(part)))
            })
    };
    let told = vocabulary.classes.telling();
    let inside = |effect: &crate::facts::Effect<'_>| {
        let target = &effect.target;
        target.known
            && (target.classes | target.maybe) & told == 0
            && target.path.is_some_and(|p| !kept(p))
            && target.real.is_none_or(|p| !kept(p))
    };
    auto != AutoAllow::Nothing
        && reads_only
        && facts.unread.is_empty()
        && facts.opaque.is_empty()
        && judged.assessment.findings.is_empty()
        && facts.effects.iter().all(|effect| {
            effect.certain
                && match (auto, effect.does) {
                    (_, Kind::Query) => true,
                    (_, Kind::Read) | (AutoAllow::Workspace, Kind::Create | Kind::Write | Kind::Append) => {
                        inside(effect)
                    }
                    _ => false,
                }
        })
}

/// A tool call as an action: its shell is a script, everything else an operation with arguments.
#[must_use]
pub fn action(tool: &str, input: &Value, cwd: &str) -> Action {
    let what = match (tool, input.get("command").and_then(Value::as_str)) {
        ("Bash", Some(command)) => What::Shell { script: command.to_owned(), shell: "bash".to_owned() },
        ("PowerShell", Some(command)) => What::Shell { script: command.to_owned(), shell: "powershell".to_owned() },
        ("Bash", None) => What::Tool { verb: "claude_code:bash".to_owned(), args: canonical(input) },
        (tool, _) if tool.starts_with("mcp__") => What::Tool { verb: tool.to_owned(), args: canonical(input) },
        (tool, _) => What::Tool { verb: format!("claude_code:{tool}"), args: canonical(input) },
    };
    let mut action = Action { what, ..Action::default() };
    "claude-code".clone_into(&mut action.actor.name);
    cwd.clone_into(&mut action.context.cwd);
    action
}

/// The arguments, members in order.
fn canonical(input: &Value) -> String {
    if input.is_object() { input.to_string() } else { "{}".to_owned() }
}

/// The tool calls of one line of a transcript (`~/.claude/projects/*/*.jsonl`).
#[must_use]
pub fn transcript(line: &Value) -> Vec<Action> {
    if line.get("type").and_then(Value::as_str) != Some("assistant") {
        return Vec::new();
    }
    let cwd = line.get("cwd").and_then(Value::as_str).unwrap_or("");
    let content = line.pointer("/message/content").and_then(Value::as_array);
    content
        .into_iter()
        .flatten()
        .filter(|block| block.get("type").and_then(Value::as_str) == Some("tool_use"))
        .filter_map(|block| {
            let mut action = action(block.get("name")?.as_str()?, block.get("input")?, cwd);
            action.context.branch = line.get("gitBranch").and_then(Value::as_str).map(str::to_owned);
            block.get("id").and_then(Value::as_str).unwrap_or("").clone_into(&mut action.id);
            Some(action)
        })
        .collect()
}
