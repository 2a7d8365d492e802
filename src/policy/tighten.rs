//! What a repository's policy may not say: the agent that is judged writes it, so nothing of it may loosen.

use super::Profile;
use super::format::{Fail, Failing, File, Thresholds, Verdict, locate};

/// Takes from a repository's file what would loosen, and says what that was.
pub fn tighten(file: &mut File, text: &str, place: impl Fn(usize) -> String) -> Vec<String> {
    let mut problems = Vec::new();
    let mut problem = |at: usize, what: &str| {
        problems.push(format!("{}: a repository's policy only tightens: {what} is ignored", place(at)));
    };
    file.rules.retain_mut(|rule| {
        let from = rule.span().start;
        let rule = rule.get_mut();
        if rule.otherwise.take().is_some() {
            problem(from, &format!("`otherwise` of rule `{}`", rule.id));
        }
        if !rule.notify.is_empty() {
            problem(from, &format!("`notify` of rule `{}`", rule.id));
            rule.notify.clear();
        }
        if rule.action == Verdict::Allow {
            problem(from, &format!("rule `{}`, which allows,", rule.id));
            return false;
        }
        true
    });
    for exception in std::mem::take(&mut file.exceptions) {
        problem(exception.span().start, &format!("an exception from {}", exception.get_ref().rule.0.join(", ")));
    }
    let at = |what: &str| locate(text, 0, what).start;
    file.lists.retain(|name, _| {
        let kept = super::lists::tightens(name);
        if !kept {
            problem(at(name), &format!("list `{name}`"));
        }
        kept
    });
    if !std::mem::take(&mut file.notifiers).is_empty() {
        problem(at("notifiers"), "[notifiers]");
    }
    if file.approval.take().is_some() {
        problem(at("approval"), "[approval]");
    }
    if file.user_layer.take().is_some() {
        problem(at("user_layer"), "`user_layer`");
    }
    if let Some(fail) = &mut file.fail {
        for value in every(fail) {
            if *value == Some(Failing::Open) {
                *value = None;
                problem(at("fail"), "an open [fail]");
            }
        }
    }
    let loose = |profile: Option<Profile>| matches!(profile, Some(Profile::Audit | Profile::Permissive));
    if loose(file.profile) {
        problem(at("profile"), &format!("profile `{}`", file.profile.take().unwrap_or_default().word()));
    }
    // They never lower what holds without them; whoever wrote them should know.
    let high = |thresholds: Option<Thresholds>| {
        let usual = Profile::Balanced.thresholds();
        thresholds.is_some_and(|own| own.hundredths().iter().zip(usual).any(|(own, usual)| *own > usual))
    };
    if high(file.thresholds) {
        problem(at("thresholds"), "a threshold above the usual one");
    }
    for (name, strictness) in &mut file.environments {
        if loose(strictness.profile) {
            let profile = strictness.profile.take().unwrap_or_default().word();
            problem(at(name), &format!("profile `{profile}` for {name}"));
        }
        if high(strictness.thresholds) {
            problem(at(name), &format!("a threshold above the usual one for {name}"));
        }
    }
    problems
}

fn every(fail: &mut Fail) -> [&mut Option<Failing>; 6] {
    [
        &mut fail.deployment,
        &mut fail.secrets,
        &mut fail.production_configuration,
        &mut fail.migrations,
        &mut fail.destructive_shell,
        &mut fail.other,
    ]
}
