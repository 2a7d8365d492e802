//! How strict the layers are together: the first says it, each further one only tightens, an environment has its own.

use super::format::Thresholds;
use super::{Layer, Layered, Profile};
use crate::action::Action;

/// How strict the policy is for one action.
#[derive(Clone, Debug, PartialEq)]
pub struct Stance {
    pub profile: Profile,
    /// In hundredths: warn, escalate, block.
    pub thresholds: [i32; 3],
    /// Where an environment has its own.
    pub environments: Vec<(String, Profile, [i32; 3])>,
}

impl Stance {
    /// In an environment.
    #[must_use]
    pub fn at(&self, environment: &str) -> (Profile, [i32; 3]) {
        self.environments
            .iter()
            .find(|(name, ..)| name == environment)
            .map_or((self.profile, self.thresholds), |(_, profile, thresholds)| (*profile, *thresholds))
    }
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
