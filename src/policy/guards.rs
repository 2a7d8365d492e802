//! Kill switches, scopes and protection: rules with a shorter spelling.

use super::format::{Criteria, File, Kill, Protect, Scope, Verdict, Words};
use super::judgement::{Judgement, Matched, approval};
use super::layers::{Layer, Layered};
use super::tenant::{self, Around, Unit};
use super::{Policy, protected};
use crate::action::{Action, What};
use crate::facts::globs;
use crate::facts::knowledge::{Kind, Lists};
use crate::json::{self, Json};
use crate::rules::matcher::Match;

/// The guards of one layer, and what they are asked about.
struct Guards<'l, 'u, 'f, 'a> {
    layered: &'l Layered,
    units: &'u [Unit<'f, 'a>],
    around: &'u Around<'u>,
    policy: &'l Policy,
}

/// Adds what the guards of a layer say.
pub(super) fn guards(
    layered: &Layered,
    units: &[Unit<'_, '_>],
    around: &Around<'_>,
    policy: &Policy,
    out: &mut Judgement,
) {
    let guards = Guards { layered, units, around, policy };
    for spanned in &layered.file.kills {
        guards.kill(spanned.get_ref(), spanned.span().start, out);
    }
    for spanned in &layered.file.scopes {
        guards.scope(spanned.get_ref(), spanned.span().start, out);
    }
    if let Some(protect) = &layered.file.protect {
        guards.protect(protect.get_ref(), protect.span().start, out);
    }
}

/// Adds what the action's own word says: paths that whoever describes it calls protected. It only tightens, as a
/// repository's file does.
pub(super) fn stated(units: &[Unit<'_, '_>], around: &Around<'_>, policy: &Policy, out: &mut Judgement) {
    if around.action.context.protected_paths.is_empty() {
        return;
    }
    let paths = around.action.context.protected_paths.clone();
    let layered = Layered::new(Layer::Repository, "the action's protected_paths", File::default(), "");
    let guards = Guards { layered: &layered, units, around, policy };
    guards.protect(&Protect { paths, ..Protect::default() }, 0, out);
}

impl Guards<'_, '_, '_, '_> {
    /// What a guard finds; `at` is where it stands in its file.
    fn matched(&self, id: &str, title: String, action: Verdict, answer: Match, at: usize) -> Option<Matched> {
        (answer != Match::No).then(|| Matched {
            id: id.to_owned(),
            title,
            reason: String::new(),
            instead: String::new(),
            action,
            certain: answer == Match::Yes,
            layer: self.layered.layer,
            place: self.layered.place(at),
            approvers: approval(self.policy),
            notify: Vec::new(),
            excepted: None,
        })
    }

    fn kill(&self, kill: &Kill, at: usize, out: &mut Judgement) {
        let who = if kill.agents.is_empty() { Match::Yes } else { tenant::identity(&kill.agents, self.around.action) };
        let named = |u: &Unit<'_, '_>| kill.tools.0.iter().map(|w| tenant::names_verb(w, u, self.around.kind)).max();
        let named = || self.units.iter().filter_map(named).max().unwrap_or(Match::No);
        let what = if kill.tools.is_empty() { Match::Yes } else { named() };
        let title = "Stopped by the kill switch".to_owned();
        let matched = self.matched("kill-switch", title, Verdict::Block, who.min(what), at);
        out.matched.extend(matched.map(|matched| Matched { reason: kill.reason.clone(), ..matched }));
    }

    fn scope(&self, scope: &Scope, at: usize, out: &mut Judgement) {
        let action = self.around.action;
        let whom = |words: &Words, answer: Match| if words.is_empty() { Match::Yes } else { answer };
        let who = whom(&scope.agent, tenant::identity(&scope.agent, action))
            .min(whom(&scope.model, tenant::model(&scope.model, action)))
            .min(whom(&scope.actor, Match::of(scope.actor.0.iter().any(|a| a == action.actor.kind.word()))));
        if who == Match::No {
            return;
        }
        let Some(what) = self.units.iter().find_map(|unit| beyond(scope, unit, self.around)) else { return };
        let id = if scope.id.is_empty() { "scope" } else { &scope.id };
        let title = format!("Beyond the scope of this identity: {what}");
        let matched = self.matched(id, title, scope.action.unwrap_or(Verdict::Block), who, at);
        out.matched.extend(matched.map(|matched| Matched { reason: scope.reason.clone(), ..matched }));
    }

    fn protect(&self, protect: &Protect, at: usize, out: &mut Judgement) {
        let action = protect.action.unwrap_or(Verdict::RequireApproval);
        let mut fire = |id: &str, title: String, answer: Match| {
            out.matched.extend(self.matched(id, title, action, answer, at));
        };
        if !protect.remotes.is_empty()
            && let What::Push { body } = &self.around.action.what
        {
            let body = json::parse(body).unwrap_or(Json::Null);
            let url = body.get("url").and_then(Json::text).unwrap_or("");
            if !protect.remotes.iter().any(|w| globs::text(w, url)) {
                let title = format!("Pushes to a server that the policy does not name: {url}");
                fire("protect/remote", title, Match::Yes);
            }
        }
        // A forge's operation names paths of the repository, not of this machine.
        let named = if protect.paths.is_empty() {
            Vec::new()
        } else {
            named_paths(self.around.action, &self.around.vocabulary.lists)
        };
        let snapshot = self.around.snapshot;
        // Once, however much goes to the branch.
        let mut branch: Option<(Match, &str)> = None;
        for unit in self.units {
            let Some(effect) = unit.effect.filter(|e| changes(e.does)) else { continue };
            let root = tenant::root(snapshot);
            let held = |name: &&String| {
                let path = format!("{root}/{name}");
                protect.paths.iter().any(|p| tenant::names_path(p, &path, snapshot))
            };
            if let Some(name) = named.iter().find(held) {
                fire("protect/path", format!("Changes a protected path: {name}"), Match::Yes);
            }
            let title = format!("Changes a protected path: {}", effect.target.text);
            fire("protect/path", title, protected::changes(&protect.paths, effect, snapshot));
            if effect.does.moves_refs() && !protect.branches.is_empty() {
                let when = Criteria { branch: Words(protect.branches.clone()), ..Criteria::default() };
                let answer = tenant::holds(&when, unit, self.around);
                if branch.is_none_or(|(best, _)| answer > best) {
                    branch = Some((answer, tenant::branch_named(unit, self.around)));
                }
            }
            if protect.environments.iter().any(|e| e == unit.environment) && !unit.environment.is_empty() {
                fire("protect/environment", format!("Changes something in {}", unit.environment), Match::Yes);
            }
        }
        if let Some((answer, name)) = branch {
            fire("protect/branch", format!("Changes a protected branch: {name}"), answer);
        }
    }
}

/// Relative paths that an operation of an API names.
fn named_paths(action: &Action, lists: &Lists<'_>) -> Vec<String> {
    fn collect(lists: &Lists<'_>, value: &Json<'_>, depth: usize, out: &mut Vec<String>) {
        match value {
            Json::Object(members) if depth < 4 => {
                for (key, value) in members {
                    let named = lists.has("arguments-that-are-paths", &key.to_ascii_lowercase());
                    match value {
                        Json::String(text) if named && !text.starts_with('/') => out.push(text.to_string()),
                        inner => collect(lists, inner, depth + 1, out),
                    }
                }
            }
            Json::Array(items) if depth < 4 => items.iter().for_each(|item| collect(lists, item, depth + 1, out)),
            _ => {}
        }
    }
    let What::Tool { args, .. } = &action.what else { return Vec::new() };
    let mut out = Vec::new();
    if let Ok(value) = json::parse(args) {
        collect(lists, &value, 0, &mut out);
    }
    out
}

/// Whether an effect changes something.
fn changes(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Read
            | Kind::Query
            | Kind::Fetch
            | Kind::Plan
            | Kind::Execute
            | Kind::Set
            | Kind::Code
            | Kind::Unknown
            | Kind::Hidden
            | Kind::Conflict
            | Kind::Elevate
    )
}

/// What goes beyond a scope, in a few words.
fn beyond(scope: &Scope, unit: &Unit<'_, '_>, around: &Around<'_>) -> Option<String> {
    // What the shell does by itself (`test`, `echo`) runs nothing; a file that it writes is something done.
    if !scope.verbs.is_empty()
        && (unit.call.is_some() || unit.verb() == tenant::REDIRECTION)
        && !scope.verbs.0.iter().any(|w| {
            // Every command may write what it prints.
            let least = if w == "shell:run" { Match::Maybe } else { Match::Yes };
            tenant::names_verb(w, unit, around.kind) >= least
        })
    {
        return Some(unit.verb().to_owned());
    }
    let effect = unit.effect.filter(|e| changes(e.does))?;
    let file = effect.does.changes_files() || matches!(effect.does, Kind::DiscardWork | Kind::Mount | Kind::Format);
    if !scope.paths.is_empty() && file {
        let device = effect.target.path.is_some_and(|p| p.starts_with("/dev/"));
        let inside = effect
            .target
            .real
            .or(effect.target.path)
            .is_some_and(|path| scope.paths.0.iter().any(|p| tenant::names_path(p, path, around.snapshot)));
        if !(inside || device && effect.does != Kind::Format) {
            return Some(effect.target.text.to_owned());
        }
    }
    if !scope.environments.is_empty() && !file {
        let name = if unit.environment.is_empty() { "unknown" } else { unit.environment };
        if !scope.environments.0.iter().any(|e| e == name) {
            return Some(format!("environment {name}"));
        }
    }
    if !scope.branches.is_empty() && (effect.does.moves_refs() || effect.does == Kind::Commit) {
        let when = Criteria { branch: scope.branches.clone(), ..Criteria::default() };
        if tenant::holds(&when, unit, around) != Match::Yes {
            return Some(format!("branch {}", effect.target.text));
        }
        let here = around.action.context.checked_out.as_ref();
        let beyond = |branch: &&String| !scope.branches.0.iter().any(|w| globs::path(w, branch));
        if let Some(branch) = here.filter(|_| effect.does == Kind::Commit).filter(beyond) {
            return Some(format!("branch {branch}"));
        }
    }
    None
}
