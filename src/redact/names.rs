//! What secrets are called, and what they look like without a name.

pub(super) const NAMES: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "access_key",
    "private_key",
    "credential",
    "auth_key",
    "pwd",
    "sshpass",
];

/// Whether a word looks like a secret and like nothing else: `production` and `my-app` may be called one, and are
/// what something is done to.
#[must_use]
pub fn looks_secret(word: &str) -> bool {
    const LEAST: usize = 8;
    const LONG: usize = 20;
    let kinds: [fn(&u8) -> bool; 3] = [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit];
    let mixed = kinds.iter().filter(|kind| word.bytes().any(|byte| kind(&byte))).count() > 1;
    word.len() >= LEAST && mixed || word.len() >= LONG && !word.contains(['-', '_', '.', '/'])
}

/// Whether something of this name may hold a secret, and may say where one lies or which it is: `--auth-key`,
/// `X-Auth:`, `--credentials`. It is one if what it holds looks so.
#[must_use]
pub fn may_be_secret(name: &str) -> bool {
    let last = name.trim_end_matches('s').rsplit(['_', '-']).next().unwrap_or(name);
    ["key", "auth", "credential", "cred", "pw", "pin", "sig", "signature"]
        .iter()
        .any(|known| last.eq_ignore_ascii_case(known))
}

/// Whether a variable, option or member of this name holds a secret.
#[must_use]
pub fn secret_name(name: &str) -> bool {
    // Where the shell is.
    if name.len() > 64 || name.is_empty() || matches!(name, "PWD" | "OLDPWD") {
        return false;
    }
    let tail = name.rsplit(['.', '/', ' ']).next().unwrap_or(name).as_bytes();
    let ends =
        |with: &str| tail.len() >= with.len() && tail[tail.len() - with.len()..].eq_ignore_ascii_case(with.as_bytes());
    let contains = |what: &str| tail.windows(what.len()).any(|w| w.eq_ignore_ascii_case(what.as_bytes()));
    // Most names end on a letter that none of these ends on.
    let last = tail.last().map_or(0, u8::to_ascii_lowercase);
    matches!(last, b'd' | b'e' | b't' | b'n' | b'y' | b'l' | b's') && NAMES.iter().any(|n| ends(n))
        || contains("secret")
        || tail.eq_ignore_ascii_case(b"pass")
        || last == b's' && (ends("_pass") || tail.ends_with(b"PASS") && !tail.ends_with(b"BYPASS"))
        || last == b'y'
            && ends("_key")
            && ["access", "encryption", "signing", "master", "stripe", "jwt", "storage", "account"]
                .iter()
                .any(|of| contains(of))
}
