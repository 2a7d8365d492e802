//! What the conditions of rules may ask about a request, beside its arguments.

use std::borrow::Cow;

use crate::action::{Action, What};
use crate::json::Json;

/// The request's context as conditions see it: what was given, and what gate itself found.
pub(super) fn context_fields<'j>(action: &'j Action, request: &'j Json<'j>) -> Json<'j> {
    let mut members: Vec<(Cow<'j, str>, Json<'j>)> = Vec::new();
    for key in ["context", "repo_context"] {
        if let Some(Json::Object(given)) = request.get(key) {
            members.extend(given.iter().cloned());
        }
    }
    let mut add = |key: &'static str, value: Option<Json<'j>>| {
        if let Some(value) = value
            && !members.iter().any(|(k, _)| k == key)
        {
            members.push((key.into(), value));
        }
    };
    let text = |text: &'j str| (!text.is_empty()).then(|| Json::String(text.into()));
    add("cwd", text(&action.context.cwd));
    add("branch", action.context.branch.as_deref().and_then(text));
    add("environment", action.context.environment.as_deref().and_then(text));
    add("production", action.context.production.map(Json::Bool));
    add("actor", text(action.actor.kind.word()));
    add("agent", text(if action.actor.id.is_empty() { &action.actor.name } else { &action.actor.id }));
    add("model", text(&action.actor.model));
    add("event", text(&action.context.event));
    Json::Object(members)
}

/// The fields of a command: `args.command`, `args.argv`.
pub(super) fn shell_fields(action: &Action) -> Json<'static> {
    let mut members: Vec<(Cow<'static, str>, Json<'static>)> =
        vec![("command".into(), Json::String(action.line().into()))];
    if let What::Argv(words) = &action.what {
        let words = words.iter().map(|w| Json::String(w.to_string_lossy().into_owned().into())).collect();
        members.push(("argv".into(), Json::Array(words)));
    }
    Json::Object(members)
}
