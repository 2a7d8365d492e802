//! One word: names with their values, addresses, options, tokens by what their issuers begin them with.

use super::names::{looks_secret, may_be_secret, secret_name};
use super::shown::Shown;

pub(super) const PREFIXES: [(&str, usize); 31] = [
    ("hf_", 30),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("xoxb-", 16),
    ("xoxp-", 16),
    ("xoxa-", 16),
    ("xoxs-", 16),
    ("xapp-", 16),
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 30),
    ("sk-", 20),
    ("sk_live_", 12),
    ("sk_test_", 12),
    ("rk_live_", 12),
    ("pk_live_", 12),
    ("whsec_", 16),
    ("npm_", 30),
    ("pypi-", 30),
    ("eyJ", 40),
    ("hvs.", 20),
    ("dop_v1_", 30),
    ("SG.", 30),
    ("shpat_", 20),
    ("ya29.", 20),
    ("AGE-SECRET-KEY-", 20),
];

/// Those of them that no word ends with.
const UNLIKE_WORDS: [&str; 13] = [
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "sk_live_",
    "rk_live_",
    "dop_v1_",
];

/// The least that one of these is long.
const LONG: usize = 24;

/// The least of all lengths above.
pub(super) const SHORTEST: usize = 12;

/// Writes a word without its secret; tells what the next word is if that one is secret.
pub(super) fn word_into(word: &str, shown: &mut Shown) -> Option<&'static str> {
    // `https://host/path?token=x&name=y`
    let (mut rest, mut next) = (word, None);
    while let Some(at) = rest.find(['?', '&']).filter(|at| *at > 0) {
        next = part_into(&rest[..at], shown).or(next);
        shown.keep(&rest[at..=at]);
        rest = &rest[at + 1..];
    }
    part_into(rest, shown).or(next)
}

/// Whether an option that is called so names a secret, or says where it lies: `--secret-id`, `--token-file`.
fn only_names(option: &str) -> bool {
    let ends = ["-id", "-ids", "-name", "-file", "-path", "-arn", "-dir", "-stdin", "-ttl", "-type", "-version"];
    option.starts_with('-') && ends.iter().any(|end| option.ends_with(end))
}

fn part_into(word: &str, shown: &mut Shown) -> Option<&'static str> {
    let mut word = word;
    // NAME=value, --password=value, name: value
    while let Some(at) = word.find(['=', ':'])
        && !word[at..].starts_with("://")
    {
        let (name, value) = (&word[..at], &word[at + 1..]);
        let colon = word.as_bytes()[at] == b':';
        // `git push origin token:production` is no password either, nor is a path.
        let place = match colon {
            true => value.starts_with('/') || value.starts_with("refs/") || !value.is_empty() && !looks_secret(value),
            false => value.starts_with('/') && value[1..].contains('/') && !value.contains(['+', '=']),
        };
        if (secret_name(name) && !only_names(name) || !colon && names_key(name) && is_random(value)) && !place {
            shown.keep(&word[..=at]);
            if value.bytes().all(|byte| byte == b'\\') {
                shown.keep(value);
                return Some("value");
            }
            if value.starts_with(['$', '@']) || value.starts_with("[redacted") {
                shown.keep(value);
            } else {
                shown.hide(value, "value");
            }
            return None;
        }
        // `X-Auth: x`, `--auth-key=x`
        if may_be_secret(name) && !only_names(name) {
            if value.is_empty() {
                shown.keep(word);
                return Some(PERHAPS);
            }
            if !colon && name.starts_with('-') && is_no_place(value) {
                shown.keep(&word[..=at]);
                shown.hide(value, "value");
                return None;
            }
        }
        // `--from-literal=password=x`, `//registry.npmjs.org/:_authToken=x`
        if !name.ends_with("file") && value.split_once('=').is_some_and(|(inner, _)| secret_name(inner)) {
            shown.keep(&word[..=at]);
            word = value;
            continue;
        }
        if name.eq_ignore_ascii_case("authorization") || name.eq_ignore_ascii_case("proxy-authorization") {
            shown.keep(word);
            return Some("authorization");
        }
        break;
    }
    let rest = address_into(word, shown);
    // Which host it is, is shown.
    let rest = match rest.find("://").map(|scheme| scheme + "://".len()) {
        Some(host) if rest.len() == word.len() => {
            let end = rest[host..].find(['/', '?', '#']).map_or(rest.len(), |at| host + at);
            tokens_into(&rest[..host], shown);
            for label in rest[host..end].split_inclusive('.') {
                // Hosts are written small.
                match label.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    true => tokens_into(label, shown),
                    false => shown.keep(label),
                }
            }
            &rest[end..]
        }
        _ => rest,
    };
    if rest.len() < word.len() {
        tokens_into(rest, shown);
        return None;
    }
    // `--disabled-password` takes none.
    let none = ["--disable", "--no-", "--without-", "--skip-", "--ask-"].iter().any(|start| word.starts_with(start));
    if word.starts_with('-') && !none && !only_names(word) && secret_name(word.trim_start_matches('-')) {
        shown.keep(word);
        return Some("value");
    }
    if word.starts_with("--") && !none && !only_names(word) && may_be_secret(word) {
        shown.keep(word);
        return Some(PERHAPS);
    }
    tokens_into(word, shown);
    None
}

/// What is said of the word behind a name that may as well say where a secret lies.
pub(super) const PERHAPS: &str = "key";

/// Whether a word looks like a secret, and like no file, address or number.
pub(super) fn is_no_place(word: &str) -> bool {
    looks_secret(word) && !word.contains(['/', '.', ':', '$', '@', '[', '<'])
}

/// Whether something of this name is a key to something, if it looks like one: `MAPS_KEY=…`, `?key=…`, `?sig=…`.
fn names_key(name: &str) -> bool {
    let last = name.rsplit(['_', '-']).next().unwrap_or(name);
    ["key", "sig", "signature"].iter().any(|key| last.eq_ignore_ascii_case(key))
}

/// Whether a word is nobody's name for anything: long, without a break, letters and digits.
fn is_random(word: &str) -> bool {
    const LONG: usize = 20;
    let all = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'=' | b'%');
    let some = |kind: fn(&u8) -> bool| word.bytes().any(|byte| kind(&byte));
    let mixed = some(u8::is_ascii_digit) && some(u8::is_ascii_lowercase) && some(u8::is_ascii_uppercase);
    let hex = word.len() >= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    word.len() >= LONG && word.bytes().all(all) && mixed || hex
}

/// Addresses that let in whoever knows them: what stands behind is the secret (the services' own words for them).
const CAPABILITIES: [&str; 7] = [
    "hooks.slack.com/services/",
    "hooks.slack.com/workflows/",
    "hooks.slack.com/triggers/",
    "hooks.zapier.com/hooks/catch/",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    "api.telegram.org/bot",
];

/// Shows an address up to behind the secret in it; what is left of it, which is all where there is none.
fn address_into<'w>(word: &'w str, shown: &mut Shown) -> &'w str {
    let Some(scheme) = word.find(':').filter(|at| word[*at..].starts_with("://")) else { return word };
    let (head, rest) = word.split_at(scheme + "://".len());
    if let Some(host) = CAPABILITIES.iter().find(|host| rest.starts_with(**host)) {
        let path = &rest[host.len()..];
        let method = if host.ends_with("bot") { path.find('/') } else { None }.unwrap_or(path.len());
        if !path.starts_with(['$', '<', '[']) && method > 0 {
            shown.keep(head);
            shown.keep(host);
            shown.hide(&path[..method], "address");
            return &path[method..];
        }
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let Some(at) = rest[..end].rfind('@') else { return word };
    // https://user:password@host
    if let Some(colon) = rest[..at].find(':')
        && !rest[colon + 1..at].starts_with('$')
    {
        shown.keep(head);
        shown.keep(&rest[..=colon]);
        shown.hide(&rest[colon + 1..at], "password");
        return &rest[at..];
    }
    // `https://TOKEN@host`: no name of a person looks so.
    const TOKEN: usize = 12;
    if head.starts_with("http") && at >= TOKEN && !rest[..at].contains([':', '$', '.']) && looks_secret(&rest[..at]) {
        shown.keep(head);
        shown.hide(&rest[..at], "token");
        return &rest[at..];
    }
    word
}

/// Whether a word may begin here: behind no letter or digit, but for those of an escape (`\n`, `\u001b`, `\033`, `%0A`).
pub(super) fn begins_word(text: &[u8], at: usize) -> bool {
    let before = &text[..at];
    let hexadecimal = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    !before.last().is_some_and(u8::is_ascii_alphanumeric)
        || match before {
            [.., b'\\', b'a' | b'b' | b'e' | b'f' | b'n' | b'r' | b't' | b'v' | b'0'] => true,
            [.., b'%', one, other] => hexadecimal(&[*one, *other]),
            _ => [(b'x', 2), (b'u', 4), (b'U', 8), (b'0', 2), (b'1', 2), (b'2', 2), (b'3', 2)].into_iter().any(
                |(kind, digits)| {
                    let Some(start) = at.checked_sub(digits + 2) else { return false };
                    before[start..start + 2] == [b'\\', kind] && hexadecimal(&before[start + 2..])
                },
            ),
        }
}

/// Whether a token is nobody's name for anything: `sk-production-customers-2024` is one.
fn is_made_up(token: &str) -> bool {
    const PART: usize = 12;
    // Without a digit: small and large letters in turn, as in no `CamelCase`; an access key of AWS has no small ones.
    const LETTERS: usize = 16;
    let unlike = UNLIKE_WORDS.iter().any(|prefix| token.starts_with(prefix));
    let changes = |part: &str| {
        let small = |byte: &u8| byte.is_ascii_lowercase();
        part.as_bytes().windows(2).filter(|two| small(&two[0]) != small(&two[1])).count()
    };
    let turns = |part: &str| if unlike { changes(part) > 1 } else { 3 * changes(part) >= part.len() };
    let key = |part: &str| part.len() == 20 && part.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9'));
    token.split(['-', '_', '.', '=']).any(|part| {
        part.len() >= PART && part.bytes().any(|byte| byte.is_ascii_digit())
            || part.len() >= LETTERS && turns(part)
            || key(part)
    })
}

pub(super) fn tokens_into(word: &str, shown: &mut Shown) {
    let bytes = word.as_bytes();
    let mut done = 0;
    let mut at = 0;
    while at < bytes.len() {
        // Too short for any token: most words are.
        if bytes.len() - at < SHORTEST {
            break;
        }
        // No prefix begins with another letter.
        let first = matches!(
            bytes[at],
            b'g' | b'x' | b'A' | b's' | b'r' | b'p' | b'w' | b'n' | b'e' | b'h' | b'd' | b'S' | b'y'
        );
        // What a shell makes of `\nghp_…` has a letter before it; only a long one of some is then what it looks like.
        let alone = first && begins_word(bytes, at);
        let begins = |prefix: &&str| bytes[at..].starts_with(prefix.as_bytes());
        let least = match alone {
            true => PREFIXES.iter().find(|(prefix, _)| begins(prefix)).map(|(_, least)| *least),
            false => (first && UNLIKE_WORDS.iter().any(begins)).then_some(LONG),
        };
        if let Some(least) = least {
            let length = word[at..]
                .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '=')))
                .unwrap_or(word.len() - at);
            if length >= least && is_made_up(&word[at..at + length]) {
                shown.keep(&word[done..at]);
                shown.hide(&word[at..at + length], "token");
                at += length;
                done = at;
                continue;
            }
        }
        at += 1;
    }
    shown.keep(&word[done..]);
}
