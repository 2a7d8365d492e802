//! Lists that a policy adds to: whom and what the house trusts, and what its names mean. A repository, which the judged
//! agent writes, may only add to those that make gate stricter.

/// Name, whether more items make gate stricter, and what the items are.
pub const NAMES: [(&str, bool, &str); 7] = [
    ("trusted", false, "hosts that may be sent secrets and data"),
    ("installers", false, "hosts whose install scripts may be piped into a shell"),
    ("protected", true, "branches that others build on"),
    ("production", true, "names of clusters, accounts, workspaces, hosts, databases that are production"),
    ("staging", true, "the same for staging"),
    ("test", false, "the same for test"),
    ("development", false, "the same for development"),
];

/// Whether more items of a list only make gate stricter.
#[must_use]
pub fn tightens(name: &str) -> bool {
    NAMES.iter().any(|(known, tightens, _)| *known == name && *tightens)
}
