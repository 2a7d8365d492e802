//! Secrets leave before anything is shown, recorded or sent. Shapes of tokens are those their issuers publish
//! (GitHub, GitLab, Slack, AWS, Google, Stripe, npm, OpenAI, Anthropic); names are those people give to secrets.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::OnceLock;

const PREFIXES: [(&str, usize); 31] = [
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

/// The least of all lengths above.
const SHORTEST: usize = 12;

const NAMES: [&str; 14] = [
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

/// Words of this run that are known to be secret, whatever they look like.
static KNOWN: OnceLock<Vec<String>> = OnceLock::new();

/// Makes these words redacted wherever this process shows or writes them; the first call counts.
pub fn remember(words: Vec<String>) {
    let _ = KNOWN.set(words);
}

thread_local! {
    /// The same of the action that is being told of.
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Where a word stands in a text that is no part of a longer one.
fn places<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + use<'t> {
    let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| !inside(text[..*at].chars().next_back()) && !inside(text[at + word.len()..].chars().next()))
}

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

/// Redacts these words in all that is shown or written meanwhile: what one part of an action tells to be a secret
/// stands elsewhere without its name.
pub fn with_secrets<R>(words: Vec<String>, run: impl FnOnce() -> R) -> R {
    if words.is_empty() {
        return run();
    }
    let outer = TOLD.with(|told| told.replace(words));
    let result = run();
    TOLD.with(|told| told.replace(outer));
    result
}

/// The secrets in a text, by their names and shapes. What also stands there without a name is none: whoever wrote it
/// could hide what it is done to.
#[must_use]
pub fn secrets_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if suspicious(text) {
        let shown = thoroughly(text, &mut found);
        found.retain(|word| looks_secret(word) && places(&shown, word).next().is_none());
    }
    found
}

/// The text with secrets replaced by `[redacted:kind]`.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let known = KNOWN.get().map_or(&[][..], Vec::as_slice);
    let told = TOLD.with(|told| {
        let told = told.borrow();
        let mut words = known.iter().chain(told.iter()).filter(|word| text.contains(word.as_str())).peekable();
        words.peek()?;
        Some(words.fold(text.to_owned(), |text, word| without(&text, word)))
    });
    match told {
        Some(text) => Cow::Owned(by_shape(&text).into_owned()),
        None => by_shape(text),
    }
}

/// Where a text may be cut near this place: no secret that was told is cut in two, so that none of it is shown.
#[must_use]
pub fn cut(text: &str, at: usize) -> usize {
    TOLD.with(|told| {
        let told = told.borrow();
        let places = told.iter().flat_map(|word| text.match_indices(word.as_str()).map(|(from, _)| (from, word.len())));
        places.filter(|(from, length)| (*from..from + length).contains(&at)).map(|(from, _)| from).min().unwrap_or(at)
    })
}

/// A text without a word, where it is no part of a longer one.
fn without(text: &str, word: &str) -> String {
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    for at in places(text, word) {
        out.push_str(&text[done..at]);
        push_redacted(&mut out, "secret");
        done = at + word.len();
    }
    out + &text[done..]
}

fn by_shape(text: &str) -> Cow<'_, str> {
    if suspicious(text) { Cow::Owned(thoroughly(text, &mut Vec::new())) } else { Cow::Borrowed(text) }
}

/// `found` gets what is left out.
fn thoroughly(text: &str, found: &mut Vec<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let (mut hide_next, mut previous): (Option<&str>, &str) = (None, "");
    // The quote that is open, and whether what stands in it are cookies.
    let (mut quote, mut cookies) = (None, false);
    let mut said_by_colon = false;
    while !rest.is_empty() {
        let mut end = break_in(rest);
        // `"two words"`: what is in quotes is one value.
        if hide_next.is_some()
            && quote.is_some_and(|open| out.ends_with(open))
            && end > 0
            && !rest.starts_with(['~', '/', '$', ':', '=', '\\'])
        {
            let whole = end_of_quoted(rest, quote, out.ends_with("\\\""));
            end = whole.filter(|end| !runs_something(&rest[..*end], quote)).unwrap_or(end);
        }
        let (word, tail) = rest.split_at(end);
        // `"password": "x"`, and the same within quotes.
        let between = hide_next.is_some() && word.bytes().all(|byte| matches!(byte, b':' | b'=' | b'\\'));
        cookies &= !word.contains("://") && !word.starts_with('-');
        if cookies && word.contains('=') {
            let (name, value) = word.split_once('=').unwrap_or_default();
            out.push_str(name);
            out.push('=');
            found.push(value.to_owned());
            push_redacted(&mut out, "cookie");
        } else if between {
            out.push_str(word);
        } else if let Some(kind) = hide_next.filter(|_| !word.is_empty()) {
            // "Reads a credential: ~/.npmrc": a path is where it is, not what it is.
            let path = word.starts_with("~/") || word.starts_with('/') && word[1..].contains('/');
            if path || word.starts_with('$') || matches!(word, "&&" | "||" | "&") {
                hide_next = None;
                out.push_str(word);
            } else if quote.is_none() && word.starts_with('-') {
                // An option is nobody's password.
                hide_next = word_into(word, &mut out, found);
            } else if SCHEMES.iter().any(|scheme| word.eq_ignore_ascii_case(scheme)) {
                out.push_str(word);
            } else if said_by_colon && !looks_secret(word) {
                hide_next = None;
                out.push_str(word);
            } else {
                hide_next = None;
                let secret = word.trim_end_matches('\\');
                found.push(secret.to_owned());
                push_redacted(&mut out, kind);
                out.push_str(&word[secret.len()..]);
            }
        } else if names_member(word, tail) || previous == "set" && tail.starts_with(' ') && secret_name(word) {
            // `aws configure set aws_secret_access_key x`
            hide_next = Some("value");
            out.push_str(word);
        } else if tail.strip_prefix(" = ").is_some_and(|rest| rest.starts_with(['"', '\'', '\\'])) && secret_name(word)
        {
            // `password = 'x'`
            hide_next = Some("value");
            out.push_str(word);
        } else if names_password_of_account(word, previous, &out, tail) {
            hide_next = Some("password");
            out.push_str(word);
        } else if word.len() > 6 && word.eq_ignore_ascii_case("cookie:") {
            cookies = quote.is_some() || matches!(previous, "-H" | "--header");
            out.push_str(word);
        } else if word.len() < SHORTEST && !word.starts_with('-') && !word.bytes().any(|b| matches!(b, b'=' | b':')) {
            // No name with a value, no address, and too short for a token: most words are.
            hide_next = None;
            out.push_str(word);
        } else {
            hide_next = word_into(word, &mut out, found);
        }
        if !word.is_empty() {
            // On the line of a command a colon says little: `make token: deploy`.
            if !between {
                said_by_colon = hide_next == Some("value")
                    && word.ends_with(':')
                    && quote.is_none()
                    && (word.contains('/') || !text.contains('\n'));
            }
            previous = word;
        }
        // `TOKEN=abc'def'`: the shell joins what stands side by side.
        let joined = quote.is_none() && tail.starts_with(['"', '\'']) && out.ends_with("[redacted:value]");
        let tail = if joined { &tail[rest_of_word(tail)..] } else { tail };
        let next_break = tail.chars().next();
        if let Some(c) = next_break {
            let literal = quote != Some('\'') && out.ends_with('\\');
            out.push(c);
            if matches!(c, '"' | '\'') && !literal {
                let closes = quote == Some(c);
                quote = if quote.is_none() { Some(c) } else { quote.filter(|open| *open != c) };
                // What stands behind the quotes is another word, but for `"password": x` and `'…'\''x'`.
                let behind = tail[c.len_utf8()..].trim_start();
                if closes && !behind.starts_with([':', '\\']) {
                    hide_next = None;
                }
            }
            cookies &= !matches!(c, '"' | '\'' | '\n');
            if !matches!(c, ' ' | '\t' | '"' | '\'' | ':') {
                hide_next = None;
            }
            rest = &tail[c.len_utf8()..];
        } else {
            rest = tail;
        }
    }
    without_private_keys(out)
}

/// Words before a secret in the header that says who one is (RFC 9110, "Authentication").
const SCHEMES: [&str; 9] = ["bearer", "basic", "token", "apikey", "api-key", "ssws", "key", "digest", "negotiate"];

/// The text without its private keys (RFC 7468, and RFC 9580 for those of OpenPGP).
fn without_private_keys(text: String) -> String {
    let mut out = String::new();
    let mut done = 0;
    while let Some((start, end)) = private_key(&text, done) {
        out.push_str(&text[done..start]);
        push_redacted(&mut out, "private-key");
        done = end;
    }
    if done == 0 { text } else { out + &text[done..] }
}

/// Where the next private key lies: its first line, and all behind it that can be one.
fn private_key(text: &str, from: usize) -> Option<(usize, usize)> {
    const LABEL: usize = 40;
    const SHORTEST_KEY: usize = 40;
    let name = "PRIVATE KEY";
    text[from..].match_indices(name).find_map(|(at, _)| {
        let (at, after) = (from + at, &text[from + at + name.len()..]);
        let closing = ["-----", " BLOCK-----"].into_iter().find(|closing| after.starts_with(closing))?;
        let label = text.as_bytes()[from..at].iter().rev().take(LABEL);
        let begins = at - label.take_while(|byte| byte.is_ascii_uppercase() || **byte == b' ').count();
        let start = begins.checked_sub("-----".len()).filter(|start| *start >= from)?;
        if !text[..begins].ends_with("-----") || !text[begins..at].starts_with("BEGIN ") {
            return None;
        }
        let head = at + name.len() + closing.len();
        let foot = head + length_of_key(&text[head..]);
        let last = text[foot..].strip_prefix("-----END ").and_then(|rest| rest.find("-----"));
        let end = last.map_or(foot, |at| foot + "-----END ".len() + at + "-----".len());
        (end > start + SHORTEST_KEY).then_some((start, end))
    })
}

/// How far a text can be the inside of a key: long words of base64, of which the last may be short, and lines like
/// `Proc-Type: 4,ENCRYPTED`. No command is hidden with it.
fn length_of_key(text: &str) -> usize {
    const LONG: usize = 16;
    const LINE: usize = 128;
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '[' | ']' | ':');
    let (mut at, mut long, mut short) = (0, 0, 0);
    loop {
        let rest = text[at..].trim_start_matches(|c: char| c.is_whitespace());
        let rest = ["\\n", "\\r"].iter().find_map(|newline| rest.strip_prefix(newline)).unwrap_or(rest);
        let here = text.len() - rest.len();
        let end = rest.bytes().take(LINE).position(|byte| matches!(byte, b'\n' | b'\\'));
        let line = end.map_or("", |end| &rest[..end]);
        let header = line.split_once(": ").is_some_and(|(name, value)| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
                && !value.contains([';', '|', '&', '$', '`', '<', '>'])
        });
        // The same headers, where the lines were joined.
        let told = rest.find(|c: char| !(letter(c) || matches!(c, ',' | '-'))).unwrap_or(rest.len());
        let header_word = long == 0 && rest[..told].contains([':', ',']);
        let word = rest.find(|c| !letter(c)).unwrap_or(rest.len());
        at = match () {
            () if here > at => here,
            () if header && long == 0 => here + line.len(),
            () if header_word => here + told,
            () if word >= LONG => {
                long += 1;
                here + word
            }
            // The rest of the key, and what OpenPGP adds up.
            () if word > 0 && long > 0 && short < 2 => {
                short += 1;
                here + word
            }
            () => return at,
        };
    }
}

/// Whether the shell runs something in what stands in such quotes: that is never hidden.
fn runs_something(text: &str, quote: Option<char>) -> bool {
    quote != Some('\'') && (text.contains("$(") || text.contains('`'))
}

/// Where a text ends that stands in quotes, on one line; `escaped`: the quotes are themselves in quotes (`\"x\"`).
fn end_of_quoted(text: &str, quote: Option<char>, escaped: bool) -> Option<usize> {
    let quote = quote?;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let behind_backslash = before == '\\';
        match c {
            '\n' => return None,
            _ if c == quote && escaped && behind_backslash => return Some(at - 1),
            _ if c == quote && (quote == '\'' || !behind_backslash) => return Some(at),
            _ => {}
        }
        before = c;
    }
    None
}

/// How far the word of a shell goes on that begins with a quote: `'abc'def"x"`.
fn rest_of_word(text: &str) -> usize {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if matches!(c, '"' | '\'') {
            let Some(length) = end_of_quoted(&text[at + 1..], Some(c), false) else { break };
            if runs_something(&text[at + 1..at + 1 + length], Some(c)) {
                break;
            }
            at += length + 2;
        } else if is_break(c) || c == '&' {
            break;
        } else {
            at += c.len_utf8();
        }
    }
    at
}

/// Whether the next word is the password of an account: `IDENTIFIED BY 'x'`, `PASSWORD 'x'` of SQL, `password x` of
/// netrc(5), `:_authToken x` of npm.
fn names_password_of_account(word: &str, previous: &str, before: &str, tail: &str) -> bool {
    let is = |word: &str, name: &str| word.eq_ignore_ascii_case(name);
    let quoted = || tail.trim_start_matches([' ', '\\']).starts_with(['\'', '"']) && tail.starts_with(' ');
    let of_statement = || {
        let near = before.split_whitespace().rev().take(6);
        let words = ["role", "user", "login", "with", "encrypted"];
        near.into_iter().any(|near| words.iter().any(|word| near.eq_ignore_ascii_case(word)))
    };
    let of_login = || before.split_whitespace().rev().nth(1) == Some("login");
    is(word, "by") && (is(previous, "identified") || previous.ends_with("_password")) && quoted()
        || is(word, "password") && quoted() && of_statement()
        || word == "password" && tail.starts_with(' ') && of_login()
        || tail.starts_with(' ') && [":_authToken", ":_password", ":_auth"].iter().any(|end| word.ends_with(end))
}

/// Where the word ends that a text begins with. Most texts are ASCII, and are looked at byte by byte.
fn break_in(text: &str) -> usize {
    match text.bytes().position(|byte| !byte.is_ascii() || is_break(char::from(byte))) {
        Some(at) if text.as_bytes()[at].is_ascii() => at,
        Some(at) => text[at..].find(is_break).map_or(text.len(), |more| at + more),
        None => text.len(),
    }
}

fn is_break(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | '{' | '}' | '(' | ')' | '<' | '>' | '|' | '`')
}

fn push_redacted(out: &mut String, kind: &str) {
    out.push_str("[redacted:");
    out.push_str(kind);
    out.push(']');
}

/// Whether a word is the name of a member that holds a secret: `"password": …`.
fn names_member(word: &str, tail: &str) -> bool {
    let name = word.trim_end_matches('\\');
    let rest = tail.strip_prefix(['"', '\'']).map(str::trim_start);
    rest.is_some_and(|rest| rest.starts_with(':')) && secret_name(name)
}

/// Writes a word without its secret; tells what the next word is if that one is secret.
fn word_into(word: &str, out: &mut String, found: &mut Vec<String>) -> Option<&'static str> {
    // `https://host/path?token=x&name=y`
    let (mut rest, mut next) = (word, None);
    while let Some(at) = rest.find(['?', '&']).filter(|at| *at > 0) {
        next = part_into(&rest[..at], out, found).or(next);
        out.push_str(&rest[at..=at]);
        rest = &rest[at + 1..];
    }
    part_into(rest, out, found).or(next)
}

/// Whether an option that is called so names a secret, or says where it lies: `--secret-id`, `--token-file`.
fn only_names(option: &str) -> bool {
    let ends = ["-id", "-ids", "-name", "-file", "-path", "-arn", "-dir", "-stdin", "-ttl", "-type", "-version"];
    option.starts_with('-') && ends.iter().any(|end| option.ends_with(end))
}

fn part_into(word: &str, out: &mut String, found: &mut Vec<String>) -> Option<&'static str> {
    let mut word = word;
    // NAME=value, --password=value, name: value
    while let Some(at) = word.find(['=', ':'])
        && !word[at..].starts_with("://")
    {
        let (name, value) = (&word[..at], &word[at + 1..]);
        let colon = word.as_bytes()[at] == b':';
        let place = colon && (value.starts_with('/') || value.starts_with("refs/"));
        if secret_name(name) && !only_names(name) && !place {
            out.push_str(&word[..=at]);
            if value.bytes().all(|byte| byte == b'\\') {
                out.push_str(value);
                return Some("value");
            }
            if value.starts_with(['$', '@']) || value.starts_with("[redacted") {
                out.push_str(value);
            } else {
                found.push(value.to_owned());
                push_redacted(out, "value");
            }
            return None;
        }
        // `--from-literal=password=x`, `//registry.npmjs.org/:_authToken=x`
        if !name.ends_with("file") && value.split_once('=').is_some_and(|(inner, _)| secret_name(inner)) {
            out.push_str(&word[..=at]);
            word = value;
            continue;
        }
        if name.eq_ignore_ascii_case("authorization") || name.eq_ignore_ascii_case("proxy-authorization") {
            out.push_str(word);
            return Some("authorization");
        }
        break;
    }
    if let Some(scheme) = word.find(':').filter(|at| word[*at..].starts_with("://")) {
        // https://user:password@host
        let rest = &word[scheme + 3..];
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        if let Some(at) = rest[..end].rfind('@')
            && let Some(colon) = rest[..at].find(':')
            && !rest[colon + 1..at].starts_with('$')
        {
            out.push_str(&word[..scheme + 3 + colon + 1]);
            found.push(rest[colon + 1..at].to_owned());
            push_redacted(out, "password");
            tokens_into(&rest[at..], out, found);
            return None;
        }
        // `https://TOKEN@host`: no name of a person looks so.
        const TOKEN: usize = 12;
        if word.starts_with("http")
            && let Some(at) = rest[..end].rfind('@')
            && at >= TOKEN
            && !rest[..at].contains([':', '$', '.'])
            && looks_secret(&rest[..at])
        {
            out.push_str(&word[..scheme + 3]);
            found.push(rest[..at].to_owned());
            push_redacted(out, "token");
            tokens_into(&rest[at..], out, found);
            return None;
        }
    }
    // `--disabled-password` takes none.
    let none = ["--disable", "--no-", "--without-", "--skip-", "--ask-"].iter().any(|start| word.starts_with(start));
    if word.starts_with('-') && !none && !only_names(word) && secret_name(word.trim_start_matches('-')) {
        out.push_str(word);
        return Some("value");
    }
    tokens_into(word, out, found);
    None
}

fn tokens_into(word: &str, out: &mut String, found: &mut Vec<String>) {
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
        if first && (at == 0 || !bytes[at - 1].is_ascii_alphanumeric()) {
            let token = PREFIXES.iter().find(|(prefix, _)| bytes[at..].starts_with(prefix.as_bytes()));
            if let Some((_, least)) = token {
                let length = word[at..]
                    .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '=')))
                    .unwrap_or(word.len() - at);
                // `sk-production-customers` is a name.
                let random = word[at..at + length].bytes().any(|byte| byte.is_ascii_digit());
                if length >= *least && random {
                    out.push_str(&word[done..at]);
                    found.push(word[at..at + length].to_owned());
                    push_redacted(out, "token");
                    at += length;
                    done = at;
                    continue;
                }
            }
        }
        at += 1;
    }
    out.push_str(&word[done..]);
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
        || last == b's' && ends("_pass")
        || last == b'y'
            && ends("_key")
            && ["access", "encryption", "signing", "master", "stripe", "jwt", "storage", "account"]
                .iter()
                .any(|of| contains(of))
}

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
            let before = line[..at].chars().next_back();
            if before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
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

/// Two bytes that may be a part of a secret's name or beginning, by their last five bits: a bit of the first one's number
/// for the second. That is seldom true, so the loop over a text is seldom led astray. First what every one of the names
/// that people give to secrets holds (pass, pwd, secret, token, key, cred, auth), what stands before others (identified by,
/// cookie:), and what AKIA, AIza, ASIA, eyJ begin with, then
/// what the beginnings of tokens end on.
const TELLING: [u32; 32] = {
    let pairs = [
        *b"pa", *b"pw", *b"se", *b"to", *b"ke", *b"cr", *b"au", *b"ak", *b"ai", *b"as", *b"ey", *b"f_", *b"p_", *b"o_",
        *b"u_", *b"s_", *b"r_", *b"t_", *b"e_", *b"k_", *b"c_", *b"m_", *b"1_", *b"t-", *b"b-", *b"p-", *b"a-", *b"s-",
        *b"k-", *b"i-", *b"s.", *b"G.", *b"9.", *b"id", *b"co",
    ];
    let mut table = [0; 32];
    let mut at = 0;
    while at < pairs.len() {
        let [first, second] = pairs[at];
        table[(first & 31) as usize] |= 1 << (second & 31);
        at += 1;
    }
    table
};

/// One cheap look: most commands hold nothing that could be a secret.
fn suspicious(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.contains(&b'@')
        || bytes
            .windows(2)
            .enumerate()
            .any(|(at, pair)| TELLING[usize::from(pair[0] & 31)] >> (pair[1] & 31) & 1 != 0 && begins_secret(bytes, at))
}

/// Whether the name of a secret begins here, or the beginning of a token ends with the next byte.
fn begins_secret(bytes: &[u8], at: usize) -> bool {
    let rest = &bytes[at..];
    let named = |stem: &[u8]| rest.get(..stem.len()).is_some_and(|start| start.eq_ignore_ascii_case(stem));
    match rest[1] {
        b'_' => matches!(rest[0], b'f' | b'p' | b'o' | b'u' | b's' | b'r' | b't' | b'e' | b'k' | b'c' | b'm' | b'1'),
        b'-' => matches!(rest[0], b't' | b'b' | b'p' | b'a' | b's' | b'k' | b'i'),
        b'.' => [&b"hvs"[..], b"SG", b"ya29"].iter().any(|start| bytes[..=at].ends_with(start)),
        _ => {
            [&b"pass"[..], b"pwd", b"secret", b"token", b"key", b"cred", b"auth", b"identified", b"cookie:"]
                .iter()
                .any(|stem| named(stem))
                || [&b"AKIA"[..], b"AIza", b"ASIA", b"eyJ"].iter().any(|start| rest.starts_with(start))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{redact, secret_in};

    proptest::proptest! {
        /// What the first look passes over, the thorough one would not change.
        #[test]
        fn the_first_look_passes_over_nothing(parts in proptest::collection::vec(proptest::sample::select(vec![
            " ", "\"", "=", ":", "--", "-", "_", "/", "@", "://", "a", "sk", "ghp", "github", "pat", "glpat", "xoxb", "npm",
            "Password", "PWD", "SECRET", "x", "api", "Key", "cred", "AUTH", "Token", "sshpass", "hunter2", "SG", ".", "hvs",
            "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6", "eyJ", "AKIA", "whsec", "live", "dop", "v1", "ya29", "begin", "https",
            "authorization", "passphrase", "AGE", "xapp", "identified", "by", "'", "cookie:", "login", ":_authToken", "pypi", "shpat", "test", "rk", "~", "é",
        ]), 0..12)) {
            let text = parts.concat();
            if !super::suspicious(&text) {
                proptest::prop_assert_eq!(super::thoroughly(&text, &mut Vec::new()), text);
            }
        }
    }

    #[test]
    fn the_short_cuts_pass_over_nothing() {
        for (prefix, least) in super::PREFIXES {
            let token = format!("{prefix}{}", "a1B2c3D4".repeat(least / 4));
            assert!(redact(&format!("x {token} y")).contains("[redacted:token]"), "{prefix}");
        }
        for name in super::NAMES {
            // `PWD` is where the shell is.
            assert!(name == "pwd" || super::secret_name(&name.to_uppercase()), "{name}");
            assert!(super::secret_name(&format!("my_{name}")), "{name}");
        }
        assert!(super::secret_name("AWS_SECRET_ACCESS_KEY_ID") && super::secret_name("DB_PASS"));
        assert!(!super::secret_name("port") && !super::secret_name("name"));
    }

    #[test]
    fn what_stops_a_push_is_a_secret_for_certain() {
        assert_eq!(secret_in("token: ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"), Some("GitHub token"));
        assert_eq!(secret_in("-----BEGIN OPENSSH PRIVATE KEY-----"), Some("private key"));
        assert_eq!(secret_in("id = AKIAQ3EGPWZ7N5RVTK2M"), Some("AWS access key"));
        for harmless in [
            "AKIAIOSFODNN7EXAMPLE",
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
            "password = hunter2",
            "-----BEGIN PUBLIC KEY-----",
        ] {
            assert_eq!(secret_in(harmless), None, "{harmless}");
        }
    }

    #[test]
    fn private_keys_go_and_nothing_else() {
        let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIB\nAQC7VJTUt9Us8cKj\nabc=";
        let certificate = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
        for (kind, headers) in
            [("", ""), ("RSA ", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB12\n\n"), ("OPENSSH ", "")]
        {
            let key = format!("-----BEGIN {kind}PRIVATE KEY-----\n{headers}{body}\n-----END {kind}PRIVATE KEY-----");
            let escaped = key.replace('\n', "\\n");
            for (text, expected) in [
                (
                    format!("{certificate}{key}\n{key} x"),
                    format!("{certificate}[redacted:private-key]\n[redacted:private-key] x"),
                ),
                (format!("echo '{escaped}' x"), "echo '[redacted:private-key]' x".to_owned()),
                (format!("echo {} x", key.replace('\n', " ")), "echo [redacted:private-key] x".to_owned()),
                (key[..key.len() - 60].to_owned(), "[redacted:private-key]".to_owned()),
            ] {
                assert_eq!(redact(&text), expected);
            }
        }
        let armor = format!(
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2 (GNU/Linux)\n\n{body}\n=Ab1d\n-----END PGP PRIVATE KEY BLOCK-----"
        );
        assert_eq!(redact(&armor), "[redacted:private-key]");
        let hidden = "-----BEGIN RSA PRIVATE KEY-----\nrm -rf srv/customers\n-----END RSA PRIVATE KEY-----";
        assert!(redact(hidden).contains("rm -rf srv/customers"));
    }

    /// However long a word is, and of however many parts.
    #[test]
    fn long_words_end() {
        for part in [
            "&a?b",
            ":a",
            "=token",
            "?token",
            "\"'",
            "password='",
            "-----BEGIN PRIVATE KEY-----",
            "PRIVATE KEY",
            "MII ",
        ] {
            assert!(!redact(&format!("echo token=x{}", part.repeat(60_000))).is_empty());
        }
    }

    /// Told by its name in one place, it goes from every other.
    #[test]
    fn what_is_told_to_be_a_secret_goes_everywhere() {
        let secrets = super::secrets_in("my_secret='hunter2Super' && rm -rf \"/$my_secret/..\" x=y");
        assert_eq!(secrets, ["hunter2Super"]);
        for hidden in ["DB_SECRET=prod-db1; rm -rf /srv/prod-db1", "TOKEN=production; rm -rf /srv/production"] {
            assert_eq!(super::secrets_in(hidden), [""; 0], "{hidden}");
        }
        super::with_secrets(secrets, || {
            assert_eq!(redact("rm -rf /hunter2Super/.. hunter2Superb"), "rm -rf /[redacted:secret]/.. hunter2Superb");
        });
        assert_eq!(redact("rm -rf /hunter2Super/.."), "rm -rf /hunter2Super/..");
    }

    #[test]
    fn secrets_go_and_the_rest_stays() {
        for (text, expected) in [
            (
                "curl -H 'Authorization: Bearer abc123def' https://x",
                "curl -H 'Authorization: Bearer [redacted:authorization]' https://x",
            ),
            ("psql postgres://app:hunter2@db/x", "psql postgres://app:[redacted:password]@db/x"),
            ("mysql --password=hunter2 -e 'x'", "mysql --password=[redacted:value] -e 'x'"),
            ("adduser --disabled-password --gecos '' app", "adduser --disabled-password --gecos '' app"),
            ("AWS_SECRET_ACCESS_KEY=abc/def terraform plan", "AWS_SECRET_ACCESS_KEY=[redacted:value] terraform plan"),
            ("echo ghp_abcdefghijklmnopqrstuvwxyz0123456789", "echo [redacted:token]"),
            ("deploy --token hunter2 now", "deploy --token [redacted:value] now"),
            ("git push origin main", "git push origin main"),
            (
                "kubectl create secret x --from-file=password=./pw.txt",
                "kubectl create secret x --from-file=password=./pw.txt",
            ),
            (
                "aws configure set aws_secret_access_key hunter2",
                "aws configure set aws_secret_access_key [redacted:value]",
            ),
            ("curl 'https://x/y?token=hunter2&page=2'", "curl 'https://x/y?token=[redacted:value]&page=2'"),
            ("curl -d '{\"password\": \"hunter2\"}' x", "curl -d '{\"password\": \"[redacted:value]\"}' x"),
            (r#"{"body":"{\"api_key\":\"hunter2\"}"}"#, r#"{"body":"{\"api_key\":\"[redacted:value]\"}"}"#),
            (
                "kubectl create secret generic x --from-literal=password=hunter2",
                "kubectl create secret generic x --from-literal=password=[redacted:value]",
            ),
            ("{\"token\": {\"kind\": \"bearer\"}}", "{\"token\": {\"kind\": \"bearer\"}}"),
            ("SECRET='two words' ./x", "SECRET='[redacted:value]' ./x"),
            ("PASSWORD=\"two words\" ./x y", "PASSWORD=\"[redacted:value]\" ./x y"),
            ("TOKEN=abc'def'\"g\" ./x 'y z'", "TOKEN=[redacted:value] ./x 'y z'"),
            ("PASSWORD=\"$X\" ./x", "PASSWORD=\"$X\" ./x"),
            (
                "psql -c \"ALTER ROLE app PASSWORD 'hunter2'\"",
                "psql -c \"ALTER ROLE app PASSWORD '[redacted:password]'\"",
            ),
            (
                "mysql -e \"create user x IDENTIFIED BY 'hunter2'; select 1\"",
                "mysql -e \"create user x IDENTIFIED BY '[redacted:password]'; select 1\"",
            ),
            (
                "curl -H 'Cookie: a=hunter2; b=hunter3' x",
                "curl -H 'Cookie: a=[redacted:cookie]; b=[redacted:cookie]' x",
            ),
            ("git clone https://S3cretPw99xyz@github.com/o/r", "git clone https://[redacted:token]@github.com/o/r"),
            ("git clone https://someone@github.com/o/r", "git clone https://someone@github.com/o/r"),
            ("echo 'machine x login y password hunter2'", "echo 'machine x login y password [redacted:password]'"),
            (
                "npm config set //registry.npmjs.org/:_authToken=hunter2",
                "npm config set //registry.npmjs.org/:_authToken=[redacted:value]",
            ),
            ("echo 'the password is known' 'x y'", "echo 'the password is known' 'x y'"),
            ("{\"token\": \"a b\", \"x\": \"y z\"}", "{\"token\": \"[redacted:value]\", \"x\": \"y z\"}"),
            // What is run is never hidden in what reads like a secret.
            ("TOKEN=\"x $(terraform apply)\" ls", "TOKEN=\"[redacted:value] $(terraform apply)\" ls"),
            ("ssh password 'sudo stop app; rm -rf srv/x'", "ssh password 'sudo stop app; rm -rf srv/x'"),
            ("git push --token --force origin main", "git push --token --force origin main"),
            ("make token: prod-deploy", "make token: prod-deploy"),
            ("a\nnetwork/secret-in-url: Puts it there", "a\nnetwork/secret-in-url: Puts it there"),
            ("git commit -m \"token: \" && terraform apply", "git commit -m \"token: \" && terraform apply"),
            ("echo Cookie: ok; dd if=/dev/zero of=/dev/sda", "echo Cookie: ok; dd if=/dev/zero of=/dev/sda"),
            (
                "aws secretsmanager delete-secret --secret-id prod/db",
                "aws secretsmanager delete-secret --secret-id prod/db",
            ),
            ("helm uninstall sk-production-customers-eu", "helm uninstall sk-production-customers-eu"),
            ("docker run -v secret:/data x", "docker run -v secret:/data x"),
            (
                "echo \"-----BEGIN \"; terraform apply; echo \"PRIVATE KEY-----\"",
                "echo \"-----BEGIN \"; terraform apply; echo \"PRIVATE KEY-----\"",
            ),
            ("curl -H 'Authorization: ApiKey hunter2' x", "curl -H 'Authorization: ApiKey [redacted:authorization]' x"),
            ("sh -c \"TOKEN=\\\"hunter2\\\" ./x\"", "sh -c \"TOKEN=\\\"[redacted:value]\\\" ./x\""),
            ("password = 'hunter2'", "password = '[redacted:value]'"),
            ("echo $DB_PASSWORD", "echo $DB_PASSWORD"),
            ("export TOKEN=$(cat f)", "export TOKEN=$(cat f)"),
        ] {
            assert_eq!(redact(text), expected);
        }
    }
}
