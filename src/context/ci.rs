//! What a pipeline says of itself, by its variables: who, which event, which ref, which environment. Each fact with its
//! source; they may raise, and name, never lower.
//!
//! <https://docs.github.com/actions/reference/workflows-and-actions/variables>,
//! <https://docs.gitlab.com/ci/variables/predefined_variables/>, and the like of the others.

use crate::action::Action;

/// Variables of one kind of pipeline; the first that is set of each row counts.
struct Pipeline {
    marker: &'static str,
    actor: &'static [&'static str],
    branch: &'static [&'static str],
    environment: &'static [&'static str],
    event: &'static [&'static str],
}

const PIPELINES: [Pipeline; 6] = [
    Pipeline {
        marker: "GITHUB_ACTIONS",
        actor: &["GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR"],
        branch: &["GITHUB_HEAD_REF", "GITHUB_REF_NAME"],
        environment: &[],
        event: &["GITHUB_EVENT_NAME"],
    },
    Pipeline {
        marker: "GITLAB_CI",
        actor: &["GITLAB_USER_LOGIN"],
        branch: &["CI_COMMIT_REF_NAME"],
        environment: &["CI_ENVIRONMENT_NAME"],
        event: &["CI_PIPELINE_SOURCE"],
    },
    Pipeline {
        marker: "JENKINS_URL",
        actor: &["BUILD_USER_ID", "CHANGE_AUTHOR"],
        branch: &["BRANCH_NAME", "GIT_BRANCH"],
        environment: &["DEPLOY_ENV"],
        event: &["BUILD_CAUSE"],
    },
    Pipeline {
        marker: "CIRCLECI",
        actor: &["CIRCLE_USERNAME"],
        branch: &["CIRCLE_BRANCH"],
        environment: &[],
        event: &[],
    },
    Pipeline {
        marker: "BUILDKITE",
        actor: &["BUILDKITE_BUILD_CREATOR"],
        branch: &["BUILDKITE_BRANCH"],
        environment: &[],
        event: &["BUILDKITE_SOURCE"],
    },
    Pipeline {
        marker: "TF_BUILD",
        actor: &["BUILD_REQUESTEDFOR"],
        branch: &["BUILD_SOURCEBRANCHNAME"],
        environment: &["ENVIRONMENT_NAME"],
        event: &["BUILD_REASON"],
    },
];

/// Adds what the pipeline says, where the request does not say it itself.
pub fn observe(action: &mut Action) {
    let variable = |names: &[&'static str]| -> Option<(String, &'static str)> {
        names.iter().find_map(|name| Some((std::env::var(name).ok().filter(|v| !v.is_empty())?, *name)))
    };
    let Some(pipeline) = PIPELINES.iter().find(|p| variable(&[p.marker]).is_some()) else { return };
    if action.actor.id.is_empty()
        && let Some((actor, _)) = variable(pipeline.actor)
    {
        action.actor.id = actor;
    }
    if action.context.branch.is_none()
        && let Some((branch, _)) = variable(pipeline.branch)
    {
        action.context.branch = Some(branch);
    }
    if let Some((name, source)) = variable(pipeline.environment) {
        action.context.observed.push((name, format!("variable {source}")));
    }
    if let Some((event, _)) = variable(pipeline.event) {
        action.context.event = if from_fork() { format!("{event} from a fork") } else { event };
    }
}

/// Whether this is about a pull request of another repository: its code is a stranger's.
fn from_fork() -> bool {
    let Some(path) = std::env::var_os("GITHUB_EVENT_PATH") else { return false };
    let Some(text) = super::read_up_to(std::path::Path::new(&path), 8 << 20) else { return false };
    let Ok(event) = serde_json::from_str::<serde_json::Value>(&text) else { return false };
    let name = |side: &str| event.pointer(&format!("/pull_request/{side}/repo/full_name")).cloned();
    matches!((name("head"), name("base")), (Some(head), Some(base)) if head != base)
}
