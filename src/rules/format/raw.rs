//! Packs as they are written: what serde reads out of `rules/**/*.toml`, before anything is checked.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::advice::RawInstead;
use super::examples::Examples;
use super::knowledge::{Category, Circumstance, Globs, Kind, Level, Meaning, Output, Reversible, Texts, Where};
use super::leak;

/// A word or a list of words, with the place of the value.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(from = "Spanned<Plain>")]
pub(super) struct Many {
    pub(super) words: Vec<String>,
    pub(super) span: Range<usize>,
}

#[derive(Deserialize, Clone, Debug)]
#[serde(untagged)]
pub(super) enum Plain {
    One(String),
    Many(Vec<String>),
}

impl From<Plain> for Vec<String> {
    fn from(plain: Plain) -> Self {
        match plain {
            Plain::One(word) => vec![word],
            Plain::Many(words) => words,
        }
    }
}

impl From<Spanned<Plain>> for Many {
    fn from(plain: Spanned<Plain>) -> Self {
        Many { span: plain.span(), words: plain.into_inner().into() }
    }
}

impl Many {
    pub(super) fn items(&self) -> Vec<(&str, Range<usize>)> {
        self.words.iter().map(|s| (s.as_str(), self.span.clone())).collect()
    }

    pub(super) fn leak(&self) -> Vec<&'static str> {
        self.words.iter().map(|s| leak(s)).collect()
    }

    pub(super) fn in_place(&self) -> Texts<'static> {
        self.words.iter().map(String::as_str).collect()
    }

    pub(super) fn globs(&self) -> Globs<'static> {
        self.words.iter().map(String::as_str).collect()
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawPack {
    pub(super) pack: String,
    #[serde(default, rename = "about")]
    pub(super) _about: String,
    /// Its programs are used all day long: they lie together in the blob, so that starting is quick.
    #[serde(default)]
    pub(super) everyday: bool,
    #[serde(default)]
    pub(super) command: Vec<RawCommand>,
    #[serde(default)]
    pub(super) rule: Vec<Spanned<RawRule>>,
    #[serde(default)]
    pub(super) class: Vec<RawClass>,
    #[serde(default)]
    pub(super) variable: Vec<RawVariable>,
    #[serde(default)]
    pub(super) list: Vec<RawList>,
    #[serde(default)]
    pub(super) environment: Vec<RawEnvironment>,
    #[serde(default)]
    pub(super) marker: Vec<RawMarker>,
    #[serde(default)]
    pub(super) function: Vec<RawFunction>,
    #[serde(default)]
    pub(super) sign: Vec<Spanned<RawSign>>,
    #[serde(default)]
    pub(super) service: Vec<Spanned<RawService>>,
    #[serde(default)]
    pub(super) request: Vec<Spanned<RawServiceRequest>>,
    #[serde(default)]
    pub(super) factor: Vec<RawFactor>,
    #[serde(default)]
    pub(super) verb: Vec<RawVerb>,
    #[serde(default)]
    pub(super) provider: Vec<RawProvider>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawCommand {
    pub(super) name: Spanned<String>,
    #[serde(default)]
    pub(super) aliases: Vec<String>,
    #[serde(default)]
    pub(super) options: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) args: Vec<String>,
    #[serde(default)]
    pub(super) unknown_options_take_values: bool,
    #[serde(default)]
    pub(super) single_dash: bool,
    #[serde(default)]
    pub(super) wrapper: bool,
    #[serde(default)]
    pub(super) interspersed: bool,
    #[serde(default)]
    pub(super) bare_cluster: bool,
    #[serde(default)]
    pub(super) chained: bool,
    #[serde(default)]
    pub(super) assignments: bool,
    #[serde(default)]
    pub(super) complete: bool,
    #[serde(default)]
    pub(super) effects: Vec<RawEffect>,
    #[serde(default)]
    pub(super) code: Vec<RawCode>,
    #[serde(default)]
    pub(super) runs: Vec<RawRun>,
    pub(super) request: Option<RawRequest>,
    pub(super) output: Option<Output>,
    #[serde(default)]
    pub(super) lists: Vec<RawListing>,
    #[serde(default)]
    pub(super) unasked: Vec<String>,
    #[serde(default)]
    pub(super) loads: Vec<String>,
    #[serde(default)]
    pub(super) follows: Many,
    #[serde(default)]
    pub(super) hooks: Vec<String>,
    #[serde(default)]
    pub(super) context: Many,
    #[serde(default)]
    pub(super) context_options: Vec<String>,
    #[serde(default)]
    pub(super) args_from_env: String,
    #[serde(default)]
    pub(super) last: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawListing {
    pub(super) every: String,
    #[serde(default)]
    pub(super) only: Many,
    #[serde(default)]
    pub(super) all: Many,
    #[serde(default)]
    pub(super) unless: Many,
    #[serde(default, rename = "where")]
    pub(super) values: BTreeMap<String, Many>,
    #[serde(default, rename = "where-not")]
    pub(super) not_values: BTreeMap<String, Many>,
    #[serde(default)]
    pub(super) absent: Many,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRequest {
    #[serde(default)]
    pub(super) method: Many,
    pub(super) url: Many,
    #[serde(default)]
    pub(super) base: String,
    #[serde(default)]
    pub(super) body: Many,
    #[serde(default)]
    pub(super) items: Many,
    #[serde(default)]
    pub(super) headers: Many,
    #[serde(default)]
    pub(super) get: Many,
    #[serde(default)]
    pub(super) unless: Many,
}

#[derive(Deserialize, Default, Clone)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawEffect {
    pub(super) does: Option<Kind>,
    #[serde(default)]
    pub(super) target: Many,
    #[serde(default)]
    pub(super) recursive: RawRecursive,
    #[serde(default)]
    pub(super) mark: Many,
    #[serde(default)]
    pub(super) data: Many,
    #[serde(default)]
    pub(super) optional: bool,
    #[serde(default)]
    pub(super) filter: Many,
    #[serde(default)]
    pub(super) base: String,
    #[serde(default)]
    pub(super) only: Many,
    #[serde(default)]
    pub(super) all: Many,
    #[serde(default)]
    pub(super) unless: Many,
    #[serde(default, rename = "where")]
    pub(super) values: BTreeMap<String, Many>,
    #[serde(default, rename = "where-not")]
    pub(super) not_values: BTreeMap<String, Many>,
    #[serde(default)]
    pub(super) absent: Many,
    #[serde(default)]
    pub(super) present: Many,
}

#[derive(Deserialize, Default, Clone)]
#[serde(untagged)]
pub(super) enum RawRecursive {
    #[default]
    No,
    Flag(bool),
    With(Plain),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawCode {
    #[serde(default)]
    pub(super) from: Many,
    #[serde(default)]
    pub(super) stdin: bool,
    pub(super) language: Spanned<String>,
    #[serde(default)]
    pub(super) file: bool,
    #[serde(default)]
    pub(super) only: Many,
    #[serde(default)]
    pub(super) all: Many,
    #[serde(default)]
    pub(super) unless: Many,
    #[serde(default, rename = "where")]
    pub(super) values: BTreeMap<String, Many>,
    #[serde(default, rename = "where-not")]
    pub(super) not_values: BTreeMap<String, Many>,
    #[serde(default)]
    pub(super) absent: Many,
    #[serde(default)]
    pub(super) present: Many,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawRun {
    pub(super) words: Many,
    #[serde(default)]
    pub(super) until: Many,
    #[serde(default)]
    pub(super) placeholder: String,
    pub(super) place: Option<Where>,
    #[serde(default)]
    pub(super) target: String,
    #[serde(default)]
    pub(super) stdin: bool,
    #[serde(default)]
    pub(super) mounts: Many,
    #[serde(default)]
    pub(super) directory: String,
    #[serde(default)]
    pub(super) joined: bool,
    #[serde(default)]
    pub(super) assignments: bool,
    #[serde(default)]
    pub(super) shell: bool,
    #[serde(default)]
    pub(super) filter: Many,
    #[serde(default)]
    pub(super) below: String,
    #[serde(default)]
    pub(super) program: String,
    #[serde(default)]
    pub(super) input: String,
    #[serde(default)]
    pub(super) appended: bool,
    #[serde(default)]
    pub(super) lines: Many,
    #[serde(default)]
    pub(super) rehearsal: Many,
    #[serde(default)]
    pub(super) variables: Many,
    #[serde(default)]
    pub(super) only: Many,
    #[serde(default)]
    pub(super) all: Many,
    #[serde(default)]
    pub(super) unless: Many,
    #[serde(default, rename = "where")]
    pub(super) values: BTreeMap<String, Many>,
    #[serde(default, rename = "where-not")]
    pub(super) not_values: BTreeMap<String, Many>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawClass {
    pub(super) name: String,
    #[serde(default)]
    pub(super) paths: Vec<String>,
    #[serde(default)]
    pub(super) not: Vec<String>,
    #[serde(default)]
    pub(super) hosts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawVariable {
    #[serde(rename = "type")]
    pub(super) kind: Many,
    pub(super) names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawList {
    pub(super) name: String,
    pub(super) items: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEnvironment {
    pub(super) name: String,
    pub(super) words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMarker {
    pub(super) kind: RawMarkerKind,
    pub(super) name: String,
    pub(super) variables: Vec<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawMarkerKind {
    Agent,
    Ci,
}

/// A number from 0, or a word.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
pub(super) enum RawSubject {
    Argument(u8),
    Other(RawOther),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawOther {
    Receiver,
    Last,
    None,
}

impl Default for RawSubject {
    fn default() -> Self {
        RawSubject::Argument(0)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFunction {
    pub(super) language: Many,
    pub(super) names: Many,
    pub(super) does: Spanned<String>,
    #[serde(default)]
    pub(super) argument: RawSubject,
    #[serde(default)]
    pub(super) recursive: bool,
    #[serde(default)]
    pub(super) with: Many,
    #[serde(default)]
    pub(super) mark: Many,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSign {
    #[serde(default)]
    pub(super) language: Many,
    pub(super) says: Vec<Many>,
    #[serde(default)]
    pub(super) never: Many,
    #[serde(default)]
    pub(super) elsewhere: bool,
    pub(super) does: Kind,
    pub(super) target: String,
    pub(super) example: String,
    #[serde(default)]
    pub(super) mark: Many,
    #[serde(default)]
    pub(super) from: Many,
}

/// What services are asked for by their own libraries.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawService {
    pub(super) libraries: Many,
    pub(super) calls: Many,
    #[serde(default)]
    pub(super) repeated: bool,
    #[serde(default)]
    pub(super) remote: bool,
    pub(super) does: Kind,
    pub(super) target: String,
    pub(super) example: String,
    #[serde(default)]
    pub(super) mark: Many,
}

/// What a service is asked by HTTP, and what that means.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawServiceRequest {
    /// Whose interface it is.
    pub(super) of: Spanned<String>,
    #[serde(default)]
    pub(super) method: Many,
    #[serde(default)]
    pub(super) url: Many,
    #[serde(default)]
    pub(super) body: Many,
    #[serde(default)]
    pub(super) never_url: Many,
    #[serde(default)]
    pub(super) never_body: Many,
    /// Only where the last part of the address is a word of `destroying-requests`.
    #[serde(default)]
    pub(super) destroys: bool,
    /// It means the same when this machine or its own network is asked.
    #[serde(default)]
    pub(super) near: bool,
    pub(super) does: Kind,
    #[serde(default)]
    pub(super) mark: Many,
    pub(super) example: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFactor {
    pub(super) name: String,
    pub(super) weight: f64,
    #[serde(default)]
    pub(super) environment: Many,
    #[serde(default)]
    pub(super) path: Many,
    #[serde(default)]
    pub(super) mark: Many,
    #[serde(default, rename = "not-mark")]
    pub(super) not_mark: Many,
    #[serde(default)]
    pub(super) effect: Vec<Kind>,
    #[serde(default)]
    pub(super) category: Vec<Category>,
    #[serde(default)]
    pub(super) circumstance: Option<Circumstance>,
    pub(super) because: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawVerb {
    pub(super) words: Many,
    pub(super) level: Level,
    pub(super) does: Kind,
}

/// A service with an API: its operations, by the names that its API, its MCP servers and agent frameworks use.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawProvider {
    pub(super) name: Spanned<String>,
    #[serde(rename = "title")]
    pub(super) _title: String,
    #[serde(default)]
    pub(super) aliases: Vec<String>,
    /// Agents call its operations without its name (`read_file`), which then means this provider.
    #[serde(default)]
    pub(super) plain: bool,
    /// What arguments of this name mean in every operation.
    #[serde(default)]
    pub(super) args: BTreeMap<String, Meaning>,
    pub(super) verb: Vec<RawTool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTool {
    pub(super) names: Spanned<Vec<String>>,
    pub(super) risk: Level,
    pub(super) does: Kind,
    #[serde(default)]
    pub(super) target: Many,
    #[serde(default)]
    pub(super) args: BTreeMap<String, Meaning>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    pub(super) id: Spanned<String>,
    pub(super) title: String,
    pub(super) risk: Level,
    pub(super) category: Category,
    pub(super) why: String,
    pub(super) instead: RawInstead,
    #[serde(default)]
    pub(super) undo: String,
    pub(super) reversible: Reversible,
    #[serde(default)]
    pub(super) floor: Option<Floor>,
    pub(super) when: Vec<RawWhen>,
    #[serde(default)]
    pub(super) unless: Vec<RawWhen>,
    #[serde(default)]
    pub(super) examples: Examples,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Floor {
    Block,
}

#[derive(Deserialize, Default, Clone)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawWhen {
    #[serde(default)]
    pub(super) command: Many,
    #[serde(default)]
    pub(super) options: RawOptions,
    #[serde(default)]
    pub(super) operands: BTreeMap<String, Many>,
    #[serde(default)]
    pub(super) operands_not: BTreeMap<String, Many>,
    #[serde(default)]
    pub(super) absent: Many,
    #[serde(default)]
    pub(super) present: Many,
    #[serde(default)]
    pub(super) effect: OneOrMore<Kind>,
    pub(super) recursive: Option<bool>,
    pub(super) path: Option<RawPred>,
    pub(super) host: Option<RawPred>,
    pub(super) target: Option<RawPred>,
    #[serde(default)]
    pub(super) mark: Many,
    #[serde(default)]
    pub(super) not_mark: Many,
    #[serde(default)]
    pub(super) from: Many,
    #[serde(default)]
    pub(super) environment: Many,
    #[serde(default)]
    pub(super) place: OneOrMore<Where>,
    pub(super) privileged: Option<bool>,
    pub(super) unasked: Option<bool>,
    pub(super) variable: Option<RawPred>,
    #[serde(default)]
    pub(super) actor: Many,
    pub(super) branch: Option<RawPred>,
    #[serde(default)]
    pub(super) after_secret: bool,
    #[serde(default)]
    pub(super) carries_secret: bool,
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
pub(super) enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

impl<T> Default for OneOrMore<T> {
    fn default() -> Self {
        OneOrMore::More(Vec::new())
    }
}

impl<T: Clone> OneOrMore<T> {
    pub(super) fn list(&self) -> Vec<T> {
        match self {
            OneOrMore::One(one) => vec![one.clone()],
            OneOrMore::More(more) => more.clone(),
        }
    }
}

#[derive(Deserialize, Default, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOptions {
    #[serde(default)]
    pub(super) any: Many,
    #[serde(default)]
    pub(super) all: Many,
    #[serde(default)]
    pub(super) none: Many,
}

/// `path = "root"`, `path = ["root", "home"]` or `path = { is = […], not = […] }`.
#[derive(Deserialize, Clone)]
#[serde(from = "Spanned<PlainPred>")]
pub(super) struct RawPred {
    pub(super) is: Many,
    pub(super) not: Many,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum PlainPred {
    Is(Plain),
    Both(PlainPredParts),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlainPredParts {
    pub(super) is: Option<Plain>,
    pub(super) not: Option<Plain>,
}

impl From<Spanned<PlainPred>> for RawPred {
    fn from(pred: Spanned<PlainPred>) -> Self {
        let span = pred.span();
        let many = |plain: Option<Plain>| Many { words: plain.map(Into::into).unwrap_or_default(), span: span.clone() };
        match pred.into_inner() {
            PlainPred::Is(is) => RawPred { is: many(Some(is)), not: many(None) },
            PlainPred::Both(parts) => RawPred { is: many(parts.is), not: many(parts.not) },
        }
    }
}
