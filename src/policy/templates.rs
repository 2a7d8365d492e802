//! Policies to start from.

/// Name, what it is for, text.
pub const ALL: [(&str, &str, &str); 7] = [
    ("engineering", "a team that builds software with agents", include_str!("../../rules/policies/engineering.toml")),
    ("support", "agents that answer customers", include_str!("../../rules/policies/support.toml")),
    ("finance", "agents that touch money", include_str!("../../rules/policies/finance.toml")),
    ("cloud", "agents that run infrastructure", include_str!("../../rules/policies/cloud.toml")),
    (
        "external-messaging",
        "agents that speak to the outside",
        include_str!("../../rules/policies/external-messaging.toml"),
    ),
    ("solo", "one developer with coding agents", include_str!("../../rules/policies/solo.toml")),
    ("ci", "pipelines", include_str!("../../rules/policies/ci.toml")),
];

/// The text of a template.
#[must_use]
pub fn text(name: &str) -> Option<&'static str> {
    ALL.iter().find(|(n, ..)| *n == name).map(|(.., text)| *text)
}
