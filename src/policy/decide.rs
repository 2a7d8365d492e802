//! The decision: what each finding amounts to, what the rules of the house add, and what may be lowered by whom.

use super::conditions::{self, Fields};
use super::format::{Approvers, Criteria, Failing, Verdict, Words};
use super::layers::{Layer, Layered, stance};
use super::protected;
use super::tenant::{self, Around, Unit};
use super::{Decision, Policy, Profile, Stance, hundredths};
use crate::action::{Action, What};
use crate::assess::{self, Assessment, Finding};
use crate::facts::knowledge::{Kind, Level, Places};
use crate::facts::snapshot::Snapshot;
use crate::facts::{Facts, Know, Unread};
use crate::json::{self, Json};
use crate::rules::InForce;
use crate::rules::matcher::Match;

/// A decision with what led to it.
#[derive(Clone, Debug)]
pub struct Judgement {
    pub decision: Decision,
    /// One sentence a person can act on.
    pub reason: String,
    /// The rule that decided, or `unread`.
    pub rule: String,
    /// The layer that the rule is of.
    pub layer: Layer,
    /// How the thresholds or the floor made it so, or where the rule stands.
    pub because: String,
    /// What each finding amounts to, in their order.
    pub weighed: Vec<Decision>,
    /// What lowered findings: index, rule and reason.
    pub lowered: Vec<(usize, String)>,
    /// Rules of the house that fired, the strictest first.
    pub matched: Vec<Matched>,
    pub stance: Stance,
}

/// A rule of the house that fired.
#[derive(Clone, Debug)]
pub struct Matched {
    pub id: String,
    pub title: String,
    pub reason: String,
    pub instead: String,
    pub action: Verdict,
    /// Whether it is known that the rule holds. One that restricts also fires where that cannot be known.
    pub certain: bool,
    pub layer: Layer,
    /// `policy.toml:12`
    pub place: String,
    pub approvers: Option<Approvers>,
    pub notify: Vec<String>,
    /// The exception that lowers it, if one does.
    pub excepted: Option<(Decision, String)>,
}

impl Matched {
    #[must_use]
    pub fn decision(&self) -> Decision {
        self.excepted.as_ref().map_or(self.action.decision(), |(decision, _)| *decision)
    }

    /// The one sentence.
    #[must_use]
    pub fn sentence(&self) -> &str {
        [&self.title, &self.reason].into_iter().find(|t| !t.is_empty()).unwrap_or(&self.id)
    }
}

/// What one finding amounts to under a stance alone.
#[must_use]
pub fn weigh(finding: &Finding, stance: &Stance) -> Decision {
    let (profile, [warn, escalate, block]) = stance.at(finding.environment);
    if finding.certain && finding.rule.floor && profile != Profile::Audit {
        return Decision::Block;
    }
    // A possible finding below high is worth no interruption, except where strictness is asked for.
    if !finding.certain && matches!(finding.level, Level::Low | Level::Medium) && profile != Profile::Strict {
        return Decision::Allow;
    }
    let decision = match finding.score {
        score if score >= block => Decision::Block,
        score if score >= escalate => Decision::Escalate,
        score if score >= warn => Decision::Warn,
        _ => Decision::Allow,
    };
    if finding.certain { decision } else { decision.min(Decision::Escalate) }
}

/// Decides.
#[must_use]
pub fn decide(
    facts: &Facts<'_>,
    assessment: &Assessment,
    action: &Action,
    snapshot: &Snapshot,
    packs: &InForce<'_>,
    args: &Json<'_>,
    policy: &Policy,
) -> Judgement {
    let stance = stance(policy.said, policy.asked, &policy.layers, action);
    let mut out = Judgement {
        decision: Decision::Allow,
        reason: String::new(),
        rule: String::new(),
        layer: Layer::Builtin,
        because: String::new(),
        weighed: assessment.findings.iter().map(|f| weigh(f, &stance)).collect(),
        lowered: Vec::new(),
        matched: Vec::new(),
        stance,
    };
    let fallen = high_without_approval(facts, assessment, action, policy, &mut out);
    if !policy.layers.is_empty() {
        house(facts, assessment, action, snapshot, packs.places(), args, policy, &mut out);
    }
    for (index, finding) in assessment.findings.iter().enumerate() {
        let decision = out.weighed[index];
        if decision > out.decision {
            let sure = if finding.certain { "" } else { "possibly: " };
            let said = finding.target.trim_start_matches("a ").to_ascii_lowercase();
            let target = match finding.target.as_str() {
                // "Kills every process: every process"
                target if target.is_empty() || finding.rule.title.to_ascii_lowercase().contains(&said) => String::new(),
                target => format!(": {target}"),
            };
            let (profile, [warn, escalate, block]) = out.stance.at(finding.environment);
            out.because = if finding.certain && finding.rule.floor {
                "the rule's floor is block".to_owned()
            } else if fallen.contains(&index) {
                "no approver is named for an operation of high risk; [approval] in a policy names some".to_owned()
            } else {
                let threshold = match decision {
                    Decision::Block => block,
                    Decision::Escalate => escalate,
                    _ => warn,
                };
                format!("{} {}s from {}", profile.word(), decision.word(), hundredths(threshold))
            };
            out.decision = decision;
            out.reason = format!("{sure}{}{target}", finding.rule.title);
            finding.rule.id.clone_into(&mut out.rule);
        }
    }
    if let Some(unread) = facts.unread.first() {
        let decision = if out.stance.profile == Profile::Audit { Decision::Warn } else { failing(facts, policy) };
        if decision > out.decision {
            out.decision = decision;
            out.reason = unread_reason(unread);
            "unread".clone_into(&mut out.rule);
            "what gate cannot read needs a person".clone_into(&mut out.because);
        }
    }
    out.matched.sort_by_key(|m| std::cmp::Reverse(m.decision()));
    // Who wrote a rule of the house reads its name, also where gate would have said the same.
    if let Some(first) = out.matched.first()
        && first.decision() >= out.decision
        && first.decision() > Decision::Allow
    {
        out.decision = first.decision();
        out.reason = first.sentence().to_owned();
        out.rule.clone_from(&first.id);
        out.layer = first.layer;
        let sure = if first.certain { "" } else { "; it cannot be known that it does not apply" };
        out.because = format!("{}{sure}", first.place);
    }
    if out.stance.profile == Profile::Audit {
        out.decision = out.decision.min(Decision::Warn);
    }
    out
}

fn unread_reason(unread: &Unread<'_>) -> String {
    format!("gate cannot read this: {}", unread.why)
}

/// An API operation of high risk that nobody could approve is blocked: no `[approval]` of a trusted layer, nobody
/// present. Gives the findings that this fell on.
fn high_without_approval(
    facts: &Facts<'_>,
    assessment: &Assessment,
    action: &Action,
    policy: &Policy,
    out: &mut Judgement,
) -> Vec<usize> {
    // A deploy that asks gate (AgentSec's `actionType`) brings its own queue of approvals.
    let tool = matches!(action.what, What::Tool { .. });
    let path = policy.person || policy.layers.iter().any(|l| l.file.approval.is_some());
    let mut fallen = Vec::new();
    if !tool || path {
        return fallen;
    }
    for (index, finding) in assessment.findings.iter().enumerate() {
        let effect = finding.effect.and_then(|e| facts.effects.get(e));
        if finding.certain
            && out.weighed[index] == Decision::Escalate
            && effect.is_some_and(|e| e.marks.contains(&"level-high") && !e.marks.contains(&"by-words"))
        {
            out.weighed[index] = Decision::Block;
            fallen.push(index);
        }
    }
    fallen
}

/// What the unread comes to: closed unless a trusted layer opens the category, and no category that is closed is near.
fn failing(facts: &Facts<'_>, policy: &Policy) -> Decision {
    if policy.layers.is_empty() {
        return Decision::Escalate;
    }
    let near = |kinds: &[Kind]| facts.effects.iter().any(|e| kinds.contains(&e.does));
    let open = |value: fn(&super::format::Fail) -> Option<Failing>| {
        let said = policy.layers.iter().filter_map(|l| l.file.fail.as_ref()).find_map(value);
        said == Some(Failing::Open)
    };
    let closed = near(&[Kind::Deploy, Kind::Apply, Kind::Rollback, Kind::Publish]) && !open(|f| f.deployment)
        || near(&[Kind::SecretRead, Kind::CredentialRead, Kind::CredentialWrite]) && !open(|f| f.secrets)
        || near(&[Kind::Configure]) && !open(|f| f.production_configuration)
        || near(&[Kind::Migrate]) && !open(|f| f.migrations)
        || near(&[Kind::Delete, Kind::Format, Kind::Drop, Kind::Destroy, Kind::Flush, Kind::DiscardWork])
            && !open(|f| f.destructive_shell)
        || !open(|f| f.other);
    if closed { Decision::Escalate } else { Decision::Warn }
}

#[expect(clippy::too_many_arguments, reason = "the house asks about everything")]
fn house(
    facts: &Facts<'_>,
    assessment: &Assessment,
    action: &Action,
    snapshot: &Snapshot,
    places: &'static Places<'static>,
    args: &Json<'_>,
    policy: &Policy,
    out: &mut Judgement,
) {
    let environment = |effect: Option<&crate::facts::Effect<'_>>, call: Option<&crate::facts::Call<'_>>| {
        assess::environment(action, effect, call, places)
    };
    let units = tenant::units(facts, &assessment.findings, &environment);
    let around = Around { action, snapshot, places, now: policy.now, kind: action.kind() };
    let request = json::parse(&action.canonical).unwrap_or(Json::Null);
    let context = context_fields(action, &request);
    let command = shell_fields(action);
    let args = if matches!(args, Json::Null) { &command } else { args };
    let fields = Fields { args, context: &context, request: &request };
    let lives = |expires: &str| match (expires.is_empty(), super::clock::moment(expires), policy.now) {
        (true, ..) => true,
        (false, Some(end), Some(now)) => now < end,
        (false, ..) => false,
    };
    // A rule that restricts does not end where its end cannot be told.
    let restricts = |expires: &str| expires.is_empty() || policy.now.is_none() || lives(expires);

    // First what lowers: rules that allow, `otherwise`, exceptions. Floors hold.
    for (index, finding) in assessment.findings.iter().enumerate() {
        if out.weighed[index] == Decision::Allow || finding.certain && finding.rule.floor {
            continue;
        }
        let of_finding: Vec<&Unit<'_, '_>> =
            units.iter().filter(|u| u.finding.is_some_and(|f| std::ptr::eq(f, finding))).collect();
        let covered = |when: &Criteria, test: Match| {
            test == Match::Yes && of_finding.iter().any(|u| tenant::holds(when, u, &around) == Match::Yes)
        };
        for layered in policy.layers.iter().filter(|l| l.layer.overrules(Layer::Builtin)) {
            for rule in layered.file.rules.iter().map(toml::Spanned::get_ref) {
                let conditions = conditions::all(&rule.conditions, &fields);
                let lowers = match (rule.action, rule.otherwise) {
                    (Verdict::Allow, _) => covered(&rule.when, conditions),
                    (_, Some(_)) => conditions == Match::No && covered(&rule.when, Match::Yes),
                    _ => false,
                };
                if lowers && lives(&rule.expires) {
                    out.weighed[index] = Decision::Allow;
                    out.lowered.push((index, format!("rule {} ({}): {}", rule.id, layered.layer.word(), rule.reason)));
                }
            }
            for exception in layered.file.exceptions.iter().map(toml::Spanned::get_ref) {
                let named = exception.rule.0.iter().any(|w| crate::facts::globs::text(w, finding.rule.id));
                if named
                    && lives(&exception.expires)
                    && covered(&exception.when, conditions::all(&exception.conditions, &fields))
                {
                    let to = exception.action.map_or(Decision::Allow, Verdict::decision);
                    out.weighed[index] = out.weighed[index].min(to);
                    let until = &exception.expires;
                    out.lowered
                        .push((index, format!("exception until {until} ({}): {}", exception.owner, exception.reason)));
                }
            }
        }
    }

    // Then what restricts.
    for layered in &policy.layers {
        for spanned in &layered.file.rules {
            let rule = spanned.get_ref();
            if rule.action == Verdict::Allow || !restricts(&rule.expires) {
                continue;
            }
            let best = units.iter().map(|u| tenant::holds(&rule.when, u, &around)).max().unwrap_or(Match::No);
            if best == Match::No {
                continue;
            }
            let answer = best.min(conditions::all(&rule.conditions, &fields));
            if answer == Match::No {
                continue;
            }
            let mut matched = Matched {
                id: rule.id.clone(),
                title: rule.title.clone(),
                reason: rule.reason.clone(),
                instead: rule.instead.clone(),
                action: rule.action,
                certain: answer == Match::Yes,
                layer: layered.layer,
                place: layered.place(spanned.span().start),
                approvers: rule.approvers.as_deref().cloned().or_else(|| approval(policy)),
                notify: rule.notify.clone(),
                excepted: None,
            };
            for exception in policy
                .layers
                .iter()
                .filter(|l| l.layer.overrules(layered.layer))
                .flat_map(|l| l.file.exceptions.iter().map(toml::Spanned::get_ref))
            {
                let holds = units.iter().any(|u| tenant::holds(&exception.when, u, &around) == Match::Yes);
                if exception.rule.0.iter().any(|w| crate::facts::globs::text(w, &rule.id))
                    && lives(&exception.expires)
                    && holds
                    && conditions::all(&exception.conditions, &fields) == Match::Yes
                {
                    let to = exception.action.map_or(Decision::Allow, Verdict::decision);
                    matched.excepted =
                        Some((to, format!("until {} ({}): {}", exception.expires, exception.owner, exception.reason)));
                }
            }
            out.matched.push(matched);
        }
        guards(layered, &units, &around, policy, out);
    }
}

fn approval(policy: &Policy) -> Option<Approvers> {
    policy.layers.iter().find_map(|l| l.file.approval.clone())
}

/// Kill switch, scopes and protection: rules with a shorter spelling.
fn guards(layered: &Layered, units: &[Unit<'_, '_>], around: &Around<'_>, policy: &Policy, out: &mut Judgement) {
    let mut fire = |id: &str, title: String, reason: &str, action: Verdict, answer: Match, at: usize| {
        if answer == Match::No {
            return;
        }
        out.matched.push(Matched {
            id: id.to_owned(),
            title,
            reason: reason.to_owned(),
            instead: String::new(),
            action,
            certain: answer == Match::Yes,
            layer: layered.layer,
            place: layered.place(at),
            approvers: approval(policy),
            notify: Vec::new(),
            excepted: None,
        });
    };
    for spanned in &layered.file.kills {
        let kill = spanned.get_ref();
        let who = if kill.agents.is_empty() { Match::Yes } else { tenant::identity(&kill.agents, around.action) };
        let what = if kill.tools.is_empty() {
            Match::Yes
        } else {
            let named = |u: &Unit<'_, '_>| kill.tools.0.iter().any(|w| tenant::names_verb(w, u, around.kind));
            Match::of(units.iter().any(named))
        };
        let title = "Stopped by the kill switch".to_owned();
        fire("kill-switch", title, &kill.reason, Verdict::Block, who.min(what), spanned.span().start);
    }
    for spanned in &layered.file.scopes {
        let scope = spanned.get_ref();
        let whom = |words: &Words, answer: Match| if words.is_empty() { Match::Yes } else { answer };
        let who = whom(&scope.agent, tenant::identity(&scope.agent, around.action))
            .min(whom(&scope.model, tenant::model(&scope.model, around.action)))
            .min(whom(&scope.actor, Match::of(scope.actor.0.iter().any(|a| a == around.action.actor.kind.word()))));
        if who == Match::No {
            continue;
        }
        for unit in units {
            if let Some(what) = beyond(scope, unit, around) {
                let id = if scope.id.is_empty() { "scope" } else { &scope.id };
                let action = scope.action.unwrap_or(Verdict::Block);
                fire(
                    id,
                    format!("Beyond the scope of this identity: {what}"),
                    &scope.reason,
                    action,
                    who,
                    spanned.span().start,
                );
                break;
            }
        }
    }
    let Some(protect) = &layered.file.protect else { return };
    let action = protect.action.unwrap_or(Verdict::RequireApproval);
    if !protect.remotes.is_empty()
        && let What::Push { body } = &around.action.what
    {
        let body = json::parse(body).unwrap_or(Json::Null);
        let url = body.get("url").and_then(Json::text).unwrap_or("");
        if !protect.remotes.iter().any(|w| crate::facts::globs::text(w, url)) {
            let title = format!("Pushes to a server that the policy does not name: {url}");
            fire("protect/remote", title, "", action, Match::Yes, 0);
        }
    }
    // A forge's operation names paths of the repository, not of this machine.
    let named = if protect.paths.is_empty() { Vec::new() } else { named_paths(around.action) };
    for unit in units {
        let Some(effect) = unit.effect.filter(|e| changes(e.does)) else { continue };
        let root = tenant::root(around.snapshot);
        let held = |name: &&String| {
            let path = format!("{root}/{name}");
            protect.paths.iter().any(|p| tenant::names_path(p, &path, around.snapshot))
        };
        if let Some(name) = named.iter().find(held) {
            fire("protect/path", format!("Changes a protected path: {name}"), "", action, Match::Yes, 0);
        }
        let title = || format!("Changes a protected path: {}", effect.target.text);
        fire("protect/path", title(), "", action, protected::changes(&protect.paths, effect, around.snapshot), 0);
        if matches!(effect.does, Kind::Push | Kind::DeleteRef | Kind::RewriteHistory) {
            let when = Criteria { branch: Words(protect.branches.clone()), ..Criteria::default() };
            if !protect.branches.is_empty() {
                let title = format!("Changes a protected branch: {}", effect.target.text);
                fire("protect/branch", title, "", action, tenant::holds(&when, unit, around), 0);
            }
        }
        if protect.environments.iter().any(|e| e == unit.environment) && !unit.environment.is_empty() {
            let title = format!("Changes something in {}", unit.environment);
            fire("protect/environment", title, "", action, Match::Yes, 0);
        }
    }
}

/// Relative paths that an operation of an API names.
fn named_paths(action: &Action) -> Vec<String> {
    fn collect(value: &Json<'_>, depth: usize, out: &mut Vec<String>) {
        match value {
            Json::Object(members) if depth < 4 => {
                for (key, value) in members {
                    let named = matches!(&**key, "path" | "file_path" | "filePath" | "filename" | "file" | "old_path");
                    match value {
                        Json::String(text) if named && !text.starts_with('/') => out.push(text.to_string()),
                        inner => collect(inner, depth + 1, out),
                    }
                }
            }
            Json::Array(items) if depth < 4 => items.iter().for_each(|item| collect(item, depth + 1, out)),
            _ => {}
        }
    }
    let What::Tool { args, .. } = &action.what else { return Vec::new() };
    let mut out = Vec::new();
    if let Ok(value) = json::parse(args) {
        collect(&value, 0, &mut out);
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
fn beyond(scope: &super::format::Scope, unit: &Unit<'_, '_>, around: &Around<'_>) -> Option<String> {
    if !scope.verbs.is_empty()
        && let Some(call) = unit.call
        && !scope.verbs.0.iter().any(|w| tenant::names_verb(w, unit, around.kind))
    {
        return Some(tenant::verb_of(call));
    }
    let effect = unit.effect.filter(|e| changes(e.does))?;
    let file = matches!(
        effect.does,
        Kind::Create
            | Kind::Write
            | Kind::Append
            | Kind::Delete
            | Kind::Move
            | Kind::Permit
            | Kind::Mount
            | Kind::Format
    );
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
    if !scope.branches.is_empty()
        && matches!(effect.does, Kind::Push | Kind::DeleteRef | Kind::RewriteHistory | Kind::Commit)
    {
        let when = Criteria { branch: scope.branches.clone(), ..Criteria::default() };
        if tenant::holds(&when, unit, around) != Match::Yes {
            return Some(format!("branch {}", effect.target.text));
        }
        let here = around.action.context.checked_out.as_ref();
        let beyond = |branch: &&String| !scope.branches.0.iter().any(|w| crate::facts::globs::path(w, branch));
        if let Some(branch) = here.filter(|_| effect.does == Kind::Commit).filter(beyond) {
            return Some(format!("branch {branch}"));
        }
    }
    None
}

/// The request's context as conditions see it: what was given, and what gate itself found.
fn context_fields<'j>(action: &'j Action, request: &'j Json<'j>) -> Json<'j> {
    let mut members: Vec<(std::borrow::Cow<'j, str>, Json<'j>)> = Vec::new();
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
fn shell_fields(action: &Action) -> Json<'static> {
    let mut members: Vec<(std::borrow::Cow<'static, str>, Json<'static>)> =
        vec![("command".into(), Json::String(action.line().into()))];
    if let What::Argv(words) = &action.what {
        let words = words.iter().map(|w| Json::String(w.to_string_lossy().into_owned().into())).collect();
        members.push(("argv".into(), Json::Array(words)));
    }
    Json::Object(members)
}
