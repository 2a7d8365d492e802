//! Who proposes something, and in which session, by the variables of agents' hosts and of pipelines.

use crate::action::{Actor, ActorKind};
use crate::rules::Packs;

/// The session that this belongs to: what the host or the pipeline calls it. It can only raise, so a variable may say it.
#[must_use]
pub fn session() -> String {
    const NAMES: [&str; 7] = [
        "GATE_SESSION",
        "GITHUB_RUN_ID",
        "CI_PIPELINE_ID",
        "BUILD_TAG",
        "CIRCLE_WORKFLOW_ID",
        "BUILDKITE_BUILD_ID",
        "BUILD_BUILDID",
    ];
    first_set(&NAMES).map(|(_, value)| value).unwrap_or_default()
}

/// The first of several variables that is set, and not empty: its index and its value.
#[must_use]
pub fn first_set(names: &[impl AsRef<[u8]>]) -> Option<(usize, String)> {
    #[cfg(unix)]
    {
        // Most variables are none of them: their lengths and last letters tell.
        let sign = |name: &[u8]| 1_u64 << ((name.last().map_or(0, |last| usize::from(*last)) * 7 + name.len()) % 64);
        let signs = names.iter().fold(0, |all, name| all | sign(name.as_ref()));
        let mut best: Option<(usize, &[u8])> = None;
        for (name, value) in crate::sys::variables() {
            if signs & sign(name) == 0 {
                continue;
            }
            let limit = best.map_or(names.len(), |(index, _)| index);
            if let Some(index) = names[..limit].iter().position(|known| known.as_ref() == name)
                && !value.bytes().is_empty()
            {
                best = Some((index, value.bytes()));
            }
        }
        best.map(|(index, value)| (index, String::from_utf8_lossy(value).into_owned()))
    }
    #[cfg(not(unix))]
    names.iter().enumerate().find_map(|(index, name)| {
        let name = std::str::from_utf8(name.as_ref()).ok()?;
        Some((index, std::env::var(name).ok().filter(|value| !value.is_empty())?))
    })
}

/// Who proposes it: CI by its variables, an agent by its host's markers, a person only at a terminal with none of them.
#[must_use]
pub fn actor(packs: &Packs, claimed: Option<&str>, terminal: bool) -> Actor {
    let markers = packs.markers();
    let names: Vec<&[u8]> = markers.iter().map(|m| m.variable).collect();
    let (kind, name) = match first_set(&names).map(|(index, _)| &markers[index]) {
        Some(marker) if marker.ci => (ActorKind::Ci, marker.name.as_str()),
        Some(marker) => (ActorKind::Agent, marker.name.as_str()),
        None if terminal => (ActorKind::Human, ""),
        None => (ActorKind::Agent, ""),
    };
    Actor { id: claimed.unwrap_or("").to_owned(), name: name.to_owned(), kind, ..Actor::default() }
}
