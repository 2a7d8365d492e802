//! Secrets of a JSON body, told by the names around them: `{"password": "x"}`, `{"name": "DB_PASSWORD", "value": "x"}`,
//! `["--password", "x"]`, `{"secret": {"data": "x"}}`.

use super::names::{looks_secret, secret_name};
use super::{is_place, places};
use crate::json::Json;

/// Members that hold what something is, by whatever name the thing itself goes.
const HOLDERS: [&str; 10] =
    ["value", "val", "data", "stringdata", "content", "raw", "plaintext", "payload", "default", "text"];
/// Members that name the thing.
const NAMING: [&str; 7] = ["name", "key", "variable", "header", "kind", "field", "element"];

/// Names of what proves who somebody is, and of nothing else.
const ALONE: [&str; 8] =
    ["auth", "pin", "credential", "credentials", "cookie", "set-cookie", "passwords", "password_confirmation"];

/// `privateKey` as the names of secrets are written: `private_key`.
fn as_words(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 2);
    let mut small = false;
    for letter in name.chars() {
        if small && letter.is_ascii_uppercase() {
            out.push('_');
        }
        small = letter.is_ascii_lowercase();
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// Whether a member of this name holds a secret, or what one is called.
#[must_use]
pub fn secret_member(name: &str) -> bool {
    is_secret(&as_words(name))
}

fn is_secret(words: &str) -> bool {
    secret_name(words) || ALONE.contains(&words)
}

/// Whether a member of this name holds a secret and never only its name.
fn holds_password(words: &str) -> bool {
    ["password", "passwd", "passphrase", "pwd"].iter().any(|end| words.ends_with(end)) || words == "pin"
}

/// What is said in a body: in places of secrets, and elsewhere.
#[derive(Default)]
struct Said<'j> {
    /// Whatever they look like.
    passwords: Vec<&'j str>,
    secrets: Vec<&'j str>,
    others: Vec<&'j str>,
}

/// The secrets in a JSON body. What also stands in it where no secret stands is none: whoever wrote it could hide what
/// it is done to.
#[must_use]
pub fn secrets_of(body: &Json<'_>) -> Vec<String> {
    let mut said = Said::default();
    walk(body, false, &mut said);
    let looks = |word: &&str| looks_secret(word) && !is_place(word);
    let mut secrets: Vec<&str> = said.secrets.iter().copied().filter(looks).collect();
    secrets.extend(said.passwords.iter().filter(|word| word.len() > 3 && !is_place(word)));
    secrets.sort_unstable();
    secrets.dedup();
    // Nobody writes so many; each of them would be looked for in all the rest.
    const MOST: usize = 64;
    let others = if secrets.len() > MOST { String::new() } else { said.others.join("\n") };
    secrets.retain(|word| places(&others, word).next().is_none());
    secrets.into_iter().map(str::to_owned).collect()
}

/// Goes through a body, whose depth its reader bounds.
fn walk<'j>(body: &'j Json<'_>, secret: bool, said: &mut Said<'j>) {
    match body {
        Json::String(text) if secret => said.secrets.push(text),
        Json::String(text) => said.others.push(text),
        Json::Array(items) => {
            let mut names = false;
            for item in items {
                walk(item, secret || names, said);
                // What stands behind an option or a header of that name.
                names = matches!(item, Json::String(text) if names_next(text) || items.len() == 2 && secret_name(text));
            }
        }
        Json::Object(members) => {
            let is = |key: &str, known: &[&str]| known.iter().any(|known| key.eq_ignore_ascii_case(known));
            let says =
                |name: &str| secret_name(name) || names_next(name) || name.to_ascii_lowercase().contains("password");
            let named = members.iter().any(|(key, value)| is(key, &NAMING) && value.text().is_some_and(says));
            for (key, value) in members {
                let holds = secret || named;
                let name = as_words(key);
                let inner = is_secret(&name) || holds && is(key, &HOLDERS);
                // All that lies below such a holder is one: `{"data": {"user": …, "pass": …}}`, `{"secrets": {"DB": …}}`.
                let several = name.len() > 5 && name.ends_with('s') && inner;
                let below = matches!(value, Json::Object(_)) && (holds && is(key, &HOLDERS) || several);
                match value {
                    Json::String(text) if holds_password(&name) => said.passwords.push(text),
                    _ if below => every(value, said),
                    _ => walk(value, inner, said),
                }
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// Each text of a body counts as a secret.
fn every<'j>(body: &'j Json<'_>, said: &mut Said<'j>) {
    match body {
        Json::String(text) => said.secrets.push(text),
        Json::Array(items) => items.iter().for_each(|item| every(item, said)),
        Json::Object(members) => members.iter().for_each(|(_, value)| every(value, said)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// Whether a text of a list says that the next one is a secret.
fn names_next(text: &str) -> bool {
    let option = text.strip_prefix('-').map(|text| text.trim_start_matches('-'));
    option.is_some_and(secret_name)
        || ["authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token"]
            .iter()
            .any(|h| text.eq_ignore_ascii_case(h))
}

#[cfg(test)]
mod tests {
    use super::secrets_of;
    use crate::json::parse;

    #[test]
    fn names_around_tell_secrets() {
        for (body, secrets) in [
            (r#"{"env":[{"name":"DB_PASSWORD","value":"correct-horse-7"}]}"#, &["correct-horse-7"][..]),
            (r#"{"argv":["mysql","--password","correct-horse-7"]}"#, &["correct-horse-7"]),
            (r#"{"secret":{"name":"db-7-main","data":{"a":"correct-horse-7"}}}"#, &["correct-horse-7"]),
            (r#"{"headers":[["Authorization","correct-horse-7"]]}"#, &["correct-horse-7"]),
            (r#"{"auth":"correct-horse-7","pin":"12345678a"}"#, &["12345678a", "correct-horse-7"]),
            (r#"{"privateKey":"correct-horse-7","password_confirmation":"correct-horse-7"}"#, &["correct-horse-7"]),
            (r#"{"kind":"Secret","data":{"a":"correct-horse-7"}}"#, &["correct-horse-7"]),
            (r#"{"element":"Password field","text":"correct-horse-7"}"#, &["correct-horse-7"]),
            (r#"{"env":[["DB_PASSWORD","correct-horse-7"]]}"#, &["correct-horse-7"]),
            (r#"{"issue_key":"PROJ-12345","Keys":["customers-2024.csv"],"partition_key":"tenant-42"}"#, &[]),
            // What is acted on is not hidden by being called a secret as well.
            (r#"{"id":"prod-db-2024","password":"prod-db-2024"}"#, &[]),
            (r#"{"secret":"production","key":"name"}"#, &[]),
            (r#"{"password":"correct-horse","user":"bob"}"#, &["correct-horse"]),
            (r#"{"pin":"4711","user":"bob"}"#, &["4711"]),
            (r#"{"token_file":"/run/secrets/a1B2c3D4","name":"x-1-yyyyyy"}"#, &[]),
        ] {
            assert_eq!(secrets_of(&parse(body).unwrap()), secrets, "{body}");
        }
    }
}
