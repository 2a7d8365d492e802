//! What a rule says to do instead and how to undo it: of all programs, and in other words of some.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawInstead {
    pub(super) say: String,
    #[serde(default)]
    pub(super) run: String,
    /// What to run instead of these programs, or `git clean`; or all that is to be said of them.
    #[serde(default)]
    pub(super) of: BTreeMap<String, RawOwn>,
}

/// What a rule says of one program, or one of its subcommands.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum RawOwn {
    Run(String),
    All(RawAdvice),
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAdvice {
    #[serde(default)]
    pub(super) say: String,
    #[serde(default)]
    pub(super) run: String,
    #[serde(default)]
    pub(super) undo: String,
}

impl RawInstead {
    /// In one text what is said in general, then a line `program=text` for each of which something else is said.
    fn told(&self, usual: &str, own: impl Fn(&RawOwn) -> &str) -> String {
        let own = self.of.iter().map(|(program, said)| (program, own(said))).filter(|(_, said)| !said.is_empty());
        let own = own.map(|(program, said)| format!("\n{program}={said}"));
        std::iter::once(usual.to_owned()).chain(own).collect()
    }

    /// What to run.
    pub(super) fn commands(&self) -> String {
        self.told(&self.run, |own| match own {
            RawOwn::Run(run) => run,
            RawOwn::All(advice) => &advice.run,
        })
    }

    /// What to do, in words.
    pub(super) fn sayings(&self) -> String {
        self.told(&self.say, |own| match own {
            RawOwn::Run(_) => "",
            RawOwn::All(advice) => &advice.say,
        })
    }

    /// How to undo it, where `usual` is what the rule says of all.
    pub(super) fn undos(&self, usual: &str) -> String {
        self.told(usual, |own| match own {
            RawOwn::Run(_) => "",
            RawOwn::All(advice) => &advice.undo,
        })
    }
}
