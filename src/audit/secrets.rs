//! Keyed hashes of secrets that a session has read, so that a later command that carries one of them is known, without
//! any log holding a secret. The key is random, private, and beside the log: without it a hash says nothing.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::Log;
use crate::Judged;
use crate::action::Step;
use crate::context::read_up_to;
use crate::digest::{hex, keyed};
use crate::facts::knowledge::Kind;
use crate::redact::{secret_in, secret_name};

/// Bytes of a file whose secrets are remembered.
const LARGEST: u64 = 64 << 10;
/// Secrets of one step, and words of one command that are compared with them.
const SECRETS: usize = 32;
const WORDS: usize = 4096;
/// Shorter words are no secrets: they would be found everywhere.
const SHORTEST: usize = 8;

/// Hashes of the secrets that an action reads, as far as they can be seen.
#[must_use]
pub fn read_by(judged: &Judged<'_, '_>) -> Vec<String> {
    let Some(key) = Key::of_user() else { return Vec::new() };
    let mut values: Vec<String> = Vec::new();
    for effect in judged.facts.effects.iter().filter(|e| judged.is_secret(e)) {
        match effect.target.path {
            Some(path) => values.extend(read_up_to(Path::new(path), LARGEST).iter().flat_map(|text| secrets(text))),
            None if matches!(effect.does, Kind::SecretRead | Kind::CredentialRead) => {
                let named = std::env::vars().filter(|(name, _)| secret_name(name));
                values.extend(named.flat_map(|(_, value)| words(&value).map(str::to_owned).collect::<Vec<_>>()));
            }
            None => {}
        }
    }
    values.sort();
    values.dedup();
    values.truncate(SECRETS);
    values.iter().map(|value| key.hash(value)).collect()
}

/// Marks the steps whose secrets stand in a text.
pub fn mark(text: &str, steps: &mut [Step]) {
    if steps.iter().all(|step| step.secrets.is_empty()) {
        return;
    }
    let Some(key) = Key::of_user() else { return };
    let hashes: Vec<(String, &str)> = words(text).take(WORDS).map(|word| (key.hash(word), word)).collect();
    let mut carried: Vec<String> = Vec::new();
    for step in steps {
        let found = hashes.iter().filter(|(hash, _)| step.secrets.contains(hash));
        let before = carried.len();
        carried.extend(found.map(|(_, word)| (*word).to_owned()));
        step.carried = carried.len() > before;
    }
    if !carried.is_empty() {
        // What is known to be a secret is neither shown nor written down.
        crate::redact::remember(carried);
    }
}

/// The secret words of a file: values of members so named, tokens of known shapes, lines of keys.
fn secrets(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut key = false;
    for line in text.lines() {
        if line.contains("-----BEGIN") || line.contains("-----END") {
            key = line.contains("PRIVATE KEY") && line.contains("BEGIN");
            continue;
        }
        let named = line.split_once(['=', ':']).filter(|(name, _)| {
            let name = name.trim().trim_start_matches("export ").trim_matches(['"', '\'', ' ', '-']);
            secret_name(name)
        });
        let secret = match named {
            Some((_, value)) => value,
            None if key || secret_in(line).is_some() => line,
            None => continue,
        };
        out.extend(words(secret).map(str::to_owned));
    }
    out
}

/// Words that could be a secret, whatever stands around them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))).filter(|word| {
        let has = |kind: fn(&u8) -> bool| word.bytes().any(|b| kind(&b));
        // `postgres` and `development` are words, whatever they are used for.
        let mixed = has(u8::is_ascii_digit) || has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
        word.len() >= SHORTEST && (mixed || word.len() >= 20)
    })
}

struct Key(Vec<u8>);

impl Key {
    /// The key beside the user's log; made when it is first needed.
    fn of_user() -> Option<Self> {
        let path: PathBuf = Log::of_user()?.path().with_file_name("session.key");
        if let Some(key) = Self::read(&path) {
            return Some(key);
        }
        let mut fresh = [0_u8; 32];
        std::fs::File::open("/dev/urandom").ok()?.read_exact(&mut fresh).ok()?;
        // Whole before it has its name: another gate may read it at any moment.
        let written = path.with_extension(format!("{}.new", std::process::id()));
        let mut file = super::state::private_file(&written).ok()?;
        file.set_len(0).ok()?;
        std::io::Write::write_all(&mut file, &fresh).ok()?;
        // What a full disk left of an earlier one is none.
        if path.metadata().is_ok_and(|file| file.len() < 32) {
            std::fs::remove_file(&path).ok();
        }
        // The faster one's is everybody's.
        let linked = std::fs::hard_link(&written, &path);
        std::fs::remove_file(&written).ok();
        match linked {
            Ok(()) => Some(Key(fresh.to_vec())),
            Err(_) => Self::read(&path),
        }
    }

    fn read(path: &Path) -> Option<Self> {
        let mut bytes = Vec::new();
        crate::context::open_regular(path).ok()?.take(64).read_to_end(&mut bytes).ok()?;
        (bytes.len() == 32).then_some(Key(bytes))
    }

    /// Half of an HMAC-SHA256 (RFC 2104), as hex.
    fn hash(&self, word: &str) -> String {
        hex(&keyed(&self.0, word.as_bytes())[..16])
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, secrets, words};

    #[test]
    fn what_is_secret_in_a_file() {
        let text = "# comment\nPORT=3000\nexport API_TOKEN='abcd-efgh-1234'\ndb:\n  password: \"p4ss.w0rdlonger\"\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----\nghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8\n";
        assert_eq!(
            secrets(text),
            ["abcd-efgh-1234", "w0rdlonger", "b3BlbnNzaC1rZXk", "ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"]
        );
        assert_eq!(words("curl https://x.io/?k=abcd-efgh-1234&y").collect::<Vec<_>>(), ["abcd-efgh-1234"]);
    }

    #[test]
    fn a_hash_needs_the_key() {
        let (one, other) = (Key(vec![1; 32]), Key(vec![2; 32]));
        assert_eq!(one.hash("x"), one.hash("x"));
        assert_ne!(one.hash("x"), other.hash("x"));
    }
}
