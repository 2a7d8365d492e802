//! Policy turns an assessment into a decision: thresholds of a profile, floors, what happens with the unread, and the
//! rules of the house in their layers.

pub mod clock;
pub mod conditions;
pub mod decide;
mod fields;
pub mod format;
mod guards;
mod house;
pub mod interchange;
pub mod judgement;
pub mod layers;
pub mod lint;
pub mod lists;
pub mod protected;
pub mod read;
pub mod sentence;
pub mod stance;
pub mod templates;
pub mod tenant;
pub mod tighten;
pub mod validate;
pub mod words;

pub use decide::decide;
pub use judgement::{Judgement, Matched};
pub use layers::{Layer, Layered};
pub use stance::Stance;

use std::cell::OnceCell;

use crate::digest::Parts;
use crate::facts::knowledge::Vocabulary;

closed_list! {
    /// What is to become of an action: the stricter one wins.
    #[derive(Default)]
    Decision { #[default] Allow = "allow", Warn = "warn", Escalate = "escalate", Block = "block" }
}

closed_list! {
    /// How strict. Thresholds in hundredths for warn, escalate, block.
    #[derive(Default)]
    Profile {
        Strict = "strict",
        #[default]
        Balanced = "balanced",
        Permissive = "permissive",
        /// Never refuses.
        Audit = "audit",
    }
}

impl Profile {
    /// Scores from which on it warns, escalates, blocks.
    #[must_use]
    pub fn thresholds(self) -> [i32; 3] {
        match self {
            Profile::Strict => [20, 45, 80],
            Profile::Balanced => [40, 60, 90],
            Profile::Permissive => [60, 85, 95],
            Profile::Audit => [60, 101, 101],
        }
    }

    /// Ranks, the strictest highest.
    fn rank(self) -> u8 {
        match self {
            Profile::Strict => 3,
            Profile::Balanced => 2,
            Profile::Permissive => 1,
            Profile::Audit => 0,
        }
    }

    /// The stricter of two.
    #[must_use]
    pub fn stricter(self, other: Profile) -> Profile {
        if other.rank() > self.rank() { other } else { self }
    }

    /// Whether a person at a terminal may confirm an escalation.
    #[must_use]
    pub fn confirmable(self) -> bool {
        matches!(self, Profile::Balanced | Profile::Permissive)
    }
}

/// The policy in force.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Said on the command line.
    pub said: Option<Profile>,
    /// Asked by an environment variable; it only tightens.
    pub asked: Option<Profile>,
    /// Files, the most trusted first.
    pub layers: Vec<Layered>,
    /// Seconds since 1970; only where a policy is in force that could ask.
    pub now: Option<i64>,
    /// Somebody is present who can be asked.
    pub person: bool,
    /// What a layer attempted and may not.
    pub problems: Vec<String>,
    /// [`Policy::vocabulary`], once they were needed.
    #[doc(hidden)]
    pub vocabulary: OnceCell<&'static Vocabulary<'static>>,
    /// [`Policy::digest`], once something was judged by it: from then on it is as it is.
    #[doc(hidden)]
    pub digest: OnceCell<String>,
}

impl Policy {
    /// Just a profile.
    #[must_use]
    pub fn of(profile: Profile) -> Policy {
        Policy { said: Some(profile), ..Policy::default() }
    }

    /// Of the rules, the profile that is asked for and every policy file in force, as `sha256:` and hex.
    #[must_use]
    pub fn digest(&self) -> &str {
        self.digest.get_or_init(|| {
            let mut hash = Parts::default();
            hash.add(crate::rules::Packs::digest());
            for profile in [self.said, self.asked] {
                hash.add(profile.map_or("", Profile::word));
            }
            for layered in &self.layers {
                hash.add(layered.layer.word());
                hash.add(layered.digest());
            }
            format!("sha256:{}", hash.end())
        })
    }

    /// Paths that the layers protect.
    #[must_use]
    pub fn protected_paths(&self) -> Vec<String> {
        self.layers
            .iter()
            .filter_map(|l| l.file.protect.as_ref())
            .flat_map(|p| p.get_ref().paths.iter().cloned())
            .collect()
    }
}

/// `93` as `0.93`.
#[must_use]
pub fn hundredths(score: i32) -> String {
    let mut out = String::with_capacity(4);
    write_hundredths(score, &mut out);
    out
}

/// The same at the end of a text.
pub fn write_hundredths(score: i32, out: &mut String) {
    match u8::try_from(score) {
        Ok(score) if score < 100 => {
            out.push_str("0.");
            out.push(char::from(b'0' + score / 10));
            out.push(char::from(b'0' + score % 10));
        }
        _ => out.push_str(&format!("{}.{:02}", score / 100, score % 100)),
    }
}
