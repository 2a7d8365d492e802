//! The examples that a rule carries, as they are written.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The examples of a rule: each runs as a test.
#[derive(Deserialize, Default, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// Must fire, for certain.
    #[serde(default)]
    pub deny: Vec<Example>,
    /// May fire, cannot be known.
    #[serde(default)]
    pub unsure: Vec<Example>,
    /// Must stay quiet.
    #[serde(default)]
    pub pass: Vec<Example>,
}

#[derive(Deserialize, Clone, Debug)]
#[serde(untagged)]
pub enum Example {
    Script(String),
    Full(Box<FullExample>),
}

/// An example with the circumstances it needs.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(deny_unknown_fields)]
pub struct FullExample {
    pub run: String,
    #[serde(default)]
    pub branch: Option<String>,
    #[serde(default)]
    pub cwd: Option<String>,
    #[serde(default)]
    pub environment: Option<String>,
    #[serde(default)]
    pub actor: Option<String>,
    /// A tool call instead of a script: `run` is then the arguments in JSON.
    #[serde(default)]
    pub tool: Option<String>,
    /// What came before: decisions, or `secret` for a step that read one.
    #[serde(default)]
    pub before: Vec<String>,
    /// `push` or `plan`: `run` is then its description in JSON.
    #[serde(default)]
    pub kind: Option<String>,
    /// Environment variables that are known to be set.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Files that exist, with their content.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}
