//! The policy file, `gate.policy/v1`: one format, in TOML. JSON and YAML are other spellings of the same
//! (see `interchange`). Everything here is data; what it means is in `tenant` and `layers`.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use toml::Spanned;

pub use super::clock::Window;
pub use super::words::Words;
use super::{Decision, Profile};
use crate::facts::knowledge::{Category, Kind, Level};

/// The name and version of the format.
pub const SCHEMA: &str = "gate.policy/v1";

/// One policy file as it is written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// `gate.policy/v1`
    #[serde(skip_serializing_if = "String::is_empty")]
    pub schema: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Other files (relative to this one) or templates (`template:finance`) whose rules come first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extends: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// Organisation only: whether users may have a policy of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_layer: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<Thresholds>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub environments: BTreeMap<String, Strictness>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protect: Option<Spanned<Protect>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail: Option<Fail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approvers>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, Vec<String>>,
    /// What the house adds to gate's own lists ([`super::lists`]).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lists: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub notifiers: BTreeMap<String, Notifier>,
    #[serde(rename = "rule", skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Spanned<TenantRule>>,
    #[serde(rename = "exception", skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Spanned<Exception>>,
    #[serde(rename = "scope", skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Spanned<Scope>>,
    #[serde(rename = "kill", skip_serializing_if = "Vec::is_empty")]
    pub kills: Vec<Spanned<Kill>>,
}

/// Scores (0 to 1) from which on it warns, escalates, blocks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    pub warn: f64,
    pub escalate: f64,
    pub block: f64,
}

impl Thresholds {
    /// In hundredths.
    #[must_use]
    pub fn hundredths(self) -> [i32; 3] {
        [self.warn, self.escalate, self.block].map(|score| (score * 100.0).round() as i32)
    }
}

/// How strict it is in one environment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Strictness {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<Thresholds>,
}

/// What is changed only after somebody has looked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Protect {
    /// Patterns, relative to the workspace.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<String>,
    /// Where may be pushed to: names or URLs with wildcards; a push elsewhere is held up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remotes: Vec<String>,
    /// What a change there needs [default: require_approval].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<Verdict>,
}

/// What happens where gate cannot know enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failing {
    /// It needs approval.
    Closed,
    /// It warns.
    Open,
}

/// Fail behaviour by category; each is closed unless it says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fail {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment: Option<Failing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secrets: Option<Failing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub production_configuration: Option<Failing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migrations: Option<Failing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destructive_shell: Option<Failing>,
    /// Everything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<Failing>,
}

/// Who may approve. Never the requester.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Approvers {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// How many of them [default: 1].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
}

impl Approvers {
    /// `2 of alice, @platform`
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("{} of {}, never the requester", self.number.unwrap_or(1), self.all().join(", "))
    }

    /// People, and groups with an `@`.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        self.people.iter().cloned().chain(self.groups.iter().map(|g| format!("@{g}"))).collect()
    }
}

/// Somebody who is told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Notifier {
    /// A program with its arguments; it gets the decision as JSON on standard input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// A URL that the decision is posted to as JSON.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub webhook: String,
}

closed_list! {
    /// What a rule does.
    #[derive(Default)]
    Verdict {
        Allow = "allow",
        /// Warns, and tells the rule's notifiers.
        Notify = "notify",
        Warn = "warn",
        #[default]
        RequireApproval = "require_approval",
        Block = "block",
    }
}

impl Verdict {
    #[must_use]
    pub fn decision(self) -> Decision {
        match self {
            Verdict::Allow => Decision::Allow,
            Verdict::Notify | Verdict::Warn => Decision::Warn,
            Verdict::RequireApproval => Decision::Escalate,
            Verdict::Block => Decision::Block,
        }
    }
}

/// One rule of the house.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantRule {
    pub id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Why; an `allow` needs one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// What to do instead.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub instead: String,
    #[serde(default, skip_serializing_if = "Criteria::is_empty")]
    pub when: Criteria,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    pub action: Verdict,
    /// `allow`: where `when` holds and the conditions certainly do not, this rule is all that is asked of the verb.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Verdict>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvers: Option<Box<Approvers>>,
    /// Names of `[notifiers]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// RFC 3339 date or time; the rule ends then.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub expires: String,
    /// The sentence that the rule was drafted from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sentence: String,
}

/// A rule, of gate or of the house, that does not hold for something named, for a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Ids, with wildcards.
    pub rule: Words,
    #[serde(default, skip_serializing_if = "Criteria::is_empty")]
    pub when: Criteria,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// What the rule amounts to instead: `allow` or `warn` [default: allow].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Verdict>,
    pub reason: String,
    pub owner: String,
    pub expires: String,
}

/// What an identity may touch; everything else that it would change is refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Agents, by id or name, with wildcards.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub agent: Words,
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub actor: Words,
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub model: Words,
    /// Files that it may change, relative to the workspace.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub paths: Words,
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub environments: Words,
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub verbs: Words,
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub branches: Words,
    /// What going beyond it comes to [default: block].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Verdict>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// The kill switch: tools, agents, or tools of one agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kill {
    /// Verbs with wildcards; none: everything.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub tools: Words,
    /// Agents by id or name; none: everybody.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub agents: Words,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What a rule is about. All lines must hold; of a line's words one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Criteria {
    /// `stripe:create_refund`, `git:push`, `terraform:*`, `rm`.
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub verb: Words,
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub provider: Words,
    /// low, medium, high, critical; `high` holds for critical too. Of API operations the level of the catalogue, of
    /// commands the level of the finding.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "super::words::one_or_many")]
    pub risk: Vec<Level>,
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "super::words::one_or_many")]
    pub effect: Vec<Kind>,
    /// Target classes, or patterns of paths, hosts, refs and names.
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub target: Words,
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "super::words::one_or_many")]
    pub category: Vec<Category>,
    /// Ids of gate's own rules.
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub rule: Words,
    /// human, agent, ci
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub actor: Words,
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub agent: Words,
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub model: Words,
    /// production, staging, test, development, unknown
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub environment: Words,
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub branch: Words,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Box<Window>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outside: Option<Box<Window>>,
}

impl Criteria {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Criteria::default()
    }
}

/// A test on a field of the request, or a group of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    /// `args.amount`, `context.cluster`, `args.items.*.price`
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<Vec<Condition>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any: Option<Vec<Condition>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub none: Option<Vec<Condition>>,
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    Equals,
    NotEquals,
    Greater,
    Less,
    AtLeast,
    AtMost,
    In,
    NotIn,
    Contains,
    StartsWith,
    EndsWith,
    Matches,
    Exists,
}

impl Operator {
    pub const ALL: [(Operator, &'static str); 13] = [
        (Operator::Equals, "equals"),
        (Operator::NotEquals, "not_equals"),
        (Operator::Greater, "greater"),
        (Operator::Less, "less"),
        (Operator::AtLeast, "at_least"),
        (Operator::AtMost, "at_most"),
        (Operator::In, "in"),
        (Operator::NotIn, "not_in"),
        (Operator::Contains, "contains"),
        (Operator::StartsWith, "starts_with"),
        (Operator::EndsWith, "ends_with"),
        (Operator::Matches, "matches"),
        (Operator::Exists, "exists"),
    ];

    #[must_use]
    pub fn word(self) -> &'static str {
        Operator::ALL.iter().find(|(o, _)| *o == self).map_or("", |(_, word)| word)
    }
}

/// A value that a field is compared with.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(String),
    List(Vec<Value>),
}

// Written by hand: what serde derives for `untagged` reads every value twice, and policies are read at every start.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, true or false, or a list of those")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
                Ok(Value::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
                Ok(Value::Integer(value))
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
                i64::try_from(value).map(Value::Integer).map_err(|_| E::custom("this number is too large"))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
                Ok(Value::Number(value))
            }

            fn visit_str<E>(self, value: &str) -> Result<Value, E> {
                Ok(Value::Text(value.to_owned()))
            }

            fn visit_string<E>(self, value: String) -> Result<Value, E> {
                Ok(Value::Text(value))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
                let mut out = Vec::new();
                while let Some(item) = items.next_element()? {
                    out.push(item);
                }
                Ok(Value::List(out))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Where a value stands, looked for from a place on.
#[must_use]
pub fn locate(text: &str, from: usize, value: &str) -> std::ops::Range<usize> {
    let rest = text.get(from..).unwrap_or("");
    let quoted = format!("\"{value}\"");
    let found =
        rest.find(&quoted).map(|at| (at, quoted.len())).or_else(|| rest.find(value).map(|at| (at, value.len())));
    match found {
        Some((at, length)) => from + at..from + at + length,
        None => from..from + 1,
    }
}
