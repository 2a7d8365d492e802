//! Secrets of a JSON body, told by the names around them: `{"password": "x"}`, `{"name": "DB_PASSWORD", "value": "x"}`,
//! `["--password", "x"]`, `{"secret": {"data": "x"}}`.

use super::names::{looks_secret, may_be_secret, secret_name};
use super::{is_place, places};
use crate::json::Json;

/// Members that hold what something is, by whatever name the thing itself goes.
const HOLDERS: [&str; 9] = ["value", "val", "data", "stringdata", "content", "raw", "plaintext", "payload", "default"];
/// Members that name the thing.
const NAMING: [&str; 4] = ["name", "key", "variable", "header"];

/// What is said in a body: in places of secrets, and elsewhere.
#[derive(Default)]
struct Said<'j> {
    secrets: Vec<&'j str>,
    others: Vec<&'j str>,
}

/// The secrets in a JSON body. What also stands in it where no secret stands is none: whoever wrote it could hide what
/// it is done to.
#[must_use]
pub fn secrets_of(body: &Json<'_>) -> Vec<String> {
    let mut said = Said::default();
    walk(body, false, &mut said);
    let elsewhere = |word: &str| said.others.iter().any(|other| places(other, word).next().is_some());
    let kept = said.secrets.iter().filter(|word| looks_secret(word) && !is_place(word) && !elsewhere(word));
    kept.map(|word| (*word).to_owned()).collect()
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
                names = matches!(item, Json::String(text) if names_next(text));
            }
        }
        Json::Object(members) => {
            let is = |key: &str, known: &[&str]| known.iter().any(|known| key.eq_ignore_ascii_case(known));
            let named = members.iter().any(
                |(key, value)| matches!(value, Json::String(name) if is(key, &NAMING) && (secret_name(name) || names_next(name))),
            );
            for (key, value) in members {
                let holds = secret || named;
                let inner = secret_name(key) || may_be_secret(key) && !is(key, &NAMING) || holds && is(key, &HOLDERS);
                // All that lies below such a holder is one: `{"data": {"user": …, "pass": …}}`.
                let below = matches!(value, Json::Object(_)) && holds && is(key, &HOLDERS);
                if below { every(value, said) } else { walk(value, inner, said) }
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
            (r#"{"auth":"correct-horse-7","pin":"12345678a"}"#, &["correct-horse-7", "12345678a"]),
            // What is acted on is not hidden by being called a secret as well.
            (r#"{"id":"prod-db-2024","password":"prod-db-2024"}"#, &[]),
            (r#"{"secret":"production","key":"name"}"#, &[]),
            (r#"{"token_file":"/run/secrets/a1B2c3D4","name":"x-1-yyyyyy"}"#, &[]),
        ] {
            assert_eq!(secrets_of(&parse(body).unwrap()), secrets, "{body}");
        }
    }
}
