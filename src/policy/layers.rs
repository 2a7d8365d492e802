//! Layers of policy, each trusted less: built-in, organisation, user (and what the command line names), repository.
//! The repository's files are written by the agent that is judged, so that layer only tightens.

use crate::facts::knowledge::{HouseName, Vocabulary};

use super::format::{Fail, Failing, File, Thresholds, Verdict, locate};
use super::{Profile, Stance};
use crate::action::Action;

closed_list! {
    /// Where a policy file comes from; the earlier the more trusted.
    Layer {
        Builtin = "builtin",
        Organisation = "organisation",
        User = "user",
        /// `--policy FILE`: trusted as far as the writer of the command line is.
        Argument = "argument",
        Repository = "repository",
    }
}

impl Layer {
    /// Whether it may lower what a layer says.
    #[must_use]
    pub fn overrules(self, other: Layer) -> bool {
        self != Layer::Repository && (other == Layer::Builtin || self <= other)
    }
}

/// One file in its layer.
#[derive(Clone, Debug)]
pub struct Layered {
    pub layer: Layer,
    /// Its path, as people read it.
    pub origin: String,
    pub file: File,
    /// As it is written: for places and its digest.
    pub text: String,
}

impl Layered {
    #[must_use]
    pub fn new(layer: Layer, origin: &str, file: File, text: &str) -> Layered {
        Layered { layer, origin: origin.to_owned(), file, text: text.to_owned() }
    }

    /// `sha256:` of its bytes.
    #[must_use]
    pub fn digest(&self) -> String {
        crate::digest::named(self.text.as_bytes())
    }

    /// `policy.toml:12`
    #[must_use]
    pub fn place(&self, at: usize) -> String {
        if self.text.is_empty() {
            return self.origin.clone();
        }
        let before = self.text.as_bytes().get(..at).unwrap_or(self.text.as_bytes());
        format!("{}:{}", self.origin, before.iter().filter(|b| **b == b'\n').count() + 1)
    }
}

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

/// How strict the layers are together, for one action.
#[must_use]
pub fn stance(said: Option<Profile>, asked: Option<Profile>, layers: &[Layered], action: &Action) -> Stance {
    let asked_by_request = action.profile.as_deref().map(|word| Profile::from_word(word).unwrap_or(Profile::Strict));
    let of = |environment: &str| {
        let mut out: Option<(Profile, [i32; 3])> = None;
        let mut take = |profile: Option<Profile>, thresholds: Option<Thresholds>, first: bool| {
            let Some(candidate) =
                profile.map(Profile::thresholds).into_iter().chain(thresholds.map(Thresholds::hundredths)).last()
            else {
                return;
            };
            out = Some(match out {
                None if first => (profile.unwrap_or_default(), candidate),
                before => {
                    let (known, limits) = before.unwrap_or((Profile::default(), Profile::default().thresholds()));
                    let both = [0, 1, 2].map(|i| limits[i].min(candidate[i]));
                    (profile.map_or(known, |p| known.stricter(p)), both)
                }
            });
        };
        for layered in layers.iter().filter(|l| l.layer != Layer::Repository) {
            let file = &layered.file;
            let own = file.environments.get(environment);
            let profile = own.and_then(|o| o.profile).or(file.profile);
            let thresholds = match own {
                Some(own) if own.thresholds.is_some() => own.thresholds,
                Some(own) if own.profile.is_some() => None,
                _ => file.thresholds,
            };
            take(profile, thresholds, true);
        }
        // Where the organisation forbids users' policies, what anybody can type only tightens.
        take(said, None, layers.iter().all(|l| l.file.user_layer != Some(false)));
        let repository = layers.iter().filter(|l| l.layer == Layer::Repository).map(|l| &l.file);
        for file in repository {
            take(file.profile, file.thresholds, false);
            if let Some(own) = file.environments.get(environment) {
                take(own.profile, own.thresholds, false);
            }
        }
        for profile in asked.into_iter().chain(asked_by_request) {
            take(Some(profile), None, false);
        }
        out.unwrap_or((Profile::default(), Profile::default().thresholds()))
    };
    let (profile, thresholds) = of("");
    let named: Vec<&String> = layers.iter().flat_map(|l| l.file.environments.keys()).collect();
    let environments = named
        .into_iter()
        .map(|name| {
            let (profile, thresholds) = of(name);
            (name.clone(), profile, thresholds)
        })
        .collect();
    Stance { profile, thresholds, environments }
}

impl super::Policy {
    /// gate's own places with what the layers add. None: they add nothing.
    #[must_use]
    pub fn vocabulary(&self, own: &Vocabulary<'static>) -> Option<&'static Vocabulary<'static>> {
        if self.layers.iter().all(|layered| layered.file.lists.is_empty()) {
            return None;
        }
        // They live as long as the process, and there is one for each policy.
        Some(self.vocabulary.get_or_init(|| {
            let mut vocabulary = own.clone();
            for layered in &self.layers {
                for (name, items) in &layered.file.lists {
                    let items = || items.iter().map(String::as_str);
                    match super::lists::NAMES.iter().find(|(known, ..)| known == name) {
                        Some((environment @ ("production" | "staging" | "test" | "development"), ..)) => {
                            let trusted = layered.layer != Layer::Repository;
                            // They live as long as the policy, which does as long as the process.
                            let names = items().map(|pattern| pattern.to_owned().leak() as &'static str);
                            vocabulary.environments.house.extend(names.map(|pattern| HouseName {
                                pattern,
                                environment,
                                trusted,
                            }));
                        }
                        Some((list, ..)) => vocabulary.lists.named.push((list, items().collect())),
                        None => {}
                    }
                }
            }
            Box::leak(Box::new(vocabulary))
        }))
    }
}
