//! What is a secret for certain, in a file that is about to be published.

use super::word::begins_word;

/// The kind of secret that stands on a line of a file: only shapes that are secrets for certain, for a push is stopped
/// by them. Keys for tests, keys that are public, and the documentation's own examples are none.
#[must_use]
pub fn secret_in(line: &str) -> Option<&'static str> {
    if line.contains("-----BEGIN ") && line.contains("PRIVATE KEY-----") {
        return Some("private key");
    }
    const SURE: [(&str, usize, &str); 20] = [
        ("ghp_", 40, "GitHub token"),
        ("gho_", 40, "GitHub token"),
        ("ghu_", 40, "GitHub token"),
        ("ghs_", 40, "GitHub token"),
        ("ghr_", 40, "GitHub token"),
        ("github_pat_", 60, "GitHub token"),
        ("glpat-", 26, "GitLab token"),
        ("xoxb-", 40, "Slack token"),
        ("xoxp-", 40, "Slack token"),
        ("xapp-", 40, "Slack token"),
        ("AKIA", 20, "AWS access key"),
        ("AIza", 39, "Google API key"),
        ("sk-ant-", 60, "Anthropic API key"),
        ("sk-proj-", 60, "OpenAI API key"),
        ("sk_live_", 24, "Stripe secret key"),
        ("rk_live_", 24, "Stripe restricted key"),
        ("npm_", 40, "npm token"),
        ("hvs.", 60, "Vault token"),
        ("dop_v1_", 70, "DigitalOcean token"),
        ("AGE-SECRET-KEY-1", 60, "age key"),
    ];
    for (prefix, least, kind) in SURE {
        for (at, _) in line.match_indices(prefix) {
            if line[..at].ends_with('_') || !begins_word(line.as_bytes(), at) {
                continue;
            }
            let rest = &line[at..];
            let length =
                rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))).unwrap_or(rest.len());
            let token = &rest[..length];
            // A run of one sign, or the word itself, is a placeholder.
            let body = &token[prefix.len().min(token.len())..];
            let varied = body.bytes().collect::<std::collections::BTreeSet<u8>>().len() >= 8;
            if length >= least && varied && !token.to_ascii_uppercase().contains("EXAMPLE") {
                return Some(kind);
            }
        }
    }
    None
}
