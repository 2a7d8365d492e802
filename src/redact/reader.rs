//! A text, word by word: what stands before a word, and the quotes that it stands in, say whether it is a secret.

use super::keys::without_private_keys;
use super::names::{looks_secret, secret_name};
use super::shown::Shown;
use super::word::{PERHAPS, SHORTEST, is_no_place, tokens_into, word_into};

/// Words before a secret in the header that says who one is (RFC 9110, "Authentication").
const SCHEMES: [&str; 9] = ["bearer", "basic", "token", "apikey", "api-key", "ssws", "key", "digest", "negotiate"];

/// The text without its secrets, and these.
pub(super) fn thoroughly(text: &str) -> (String, Vec<String>) {
    let mut reader = Reader {
        rest: text,
        one_line: !text.contains('\n'),
        shown: Shown::default(),
        next: None,
        previous: "",
        quote: None,
        cookies: false,
        said_loosely: false,
    };
    reader.shown.text.reserve(text.len());
    reader.read();
    (without_private_keys(reader.shown.text), reader.shown.found)
}

struct Reader<'t> {
    rest: &'t str,
    one_line: bool,
    shown: Shown,
    /// What the next word is, if it was said to be a secret.
    next: Option<&'static str>,
    /// By `name: ` or `name = `, which says little on the line of a command: `make token: deploy`.
    said_loosely: bool,
    previous: &'t str,
    /// The quote that is open.
    quote: Option<char>,
    /// Whether what stands in it are cookies.
    cookies: bool,
}

impl<'t> Reader<'t> {
    fn read(&mut self) {
        while !self.rest.is_empty() {
            let (word, tail) = self.rest.split_at(self.end_of_word());
            // `"password": "x"`, and the same within quotes.
            let between = self.next.is_some() && word.bytes().all(|byte| matches!(byte, b':' | b'=' | b'\\'));
            self.cookies &= !word.contains("://") && !word.starts_with('-');
            match word.split_once('=').filter(|_| self.cookies) {
                Some((name, value)) => {
                    self.shown.keep(name);
                    self.shown.keep("=");
                    self.shown.hide(value, "cookie");
                }
                None if between => self.shown.keep(word),
                None => self.next = self.word(word, tail),
            }
            if !word.is_empty() {
                if !between {
                    let by_colon = word.ends_with(':') && (word.contains('/') || self.one_line);
                    let by_equals = tail.starts_with(" = ") && !tail[3..].starts_with(['"', '\'', '\\']);
                    self.said_loosely = self.next == Some("value") && self.quote.is_none() && (by_colon || by_equals);
                }
                self.previous = word;
            }
            self.behind(tail);
        }
    }

    fn end_of_word(&self) -> usize {
        let (rest, shown) = (self.rest, &self.shown.text);
        let end = break_in(rest);
        // `"two words"`: what is in quotes is one value.
        let value = self.next.is_some()
            && self.quote.is_some_and(|open| shown.ends_with(open))
            && end > 0
            && !rest.starts_with(['~', '/', '$', ':', '=', '\\']);
        let whole = || end_of_quoted(rest, self.quote, shown.ends_with("\\\""));
        let whole = value.then(whole).flatten();
        whole.filter(|end| !runs_something(&rest[..*end], self.quote)).unwrap_or(end)
    }

    /// Shows a word as far as it may be shown; what the next one is, if it is a secret.
    fn word(&mut self, word: &str, tail: &str) -> Option<&'static str> {
        if let Some(kind) = self.next.filter(|_| !word.is_empty()) {
            // What is called is no text: `{"password": os.system("…")}`.
            if self.quote.is_none() && tail.starts_with('(') {
                self.shown.keep(word);
                return None;
            }
            return self.expected(word, kind);
        }
        let announced = self.announced(word, tail);
        if announced.is_some() {
            self.shown.keep(word);
            return announced;
        }
        // `curl -u me:x`; whose files in a container are is no secret.
        if matches!(self.previous, "-u" | "--user" | "-U" | "--proxy-user")
            && let Some((name, password)) = word.split_once(':')
            && !password.starts_with("//")
            && looks_secret(password)
        {
            self.shown.keep(name);
            self.shown.keep(":");
            self.shown.hide(password, "password");
            return None;
        }
        if word.len() > 6 && word.eq_ignore_ascii_case("cookie:") {
            self.cookies = self.quote.is_some() || matches!(self.previous, "-H" | "--header");
            self.shown.keep(word);
            return None;
        }
        // No name with a value, no address, and too short for a token: most words are.
        if word.len() < SHORTEST && !word.starts_with('-') && !word.bytes().any(|b| matches!(b, b'=' | b':')) {
            self.shown.keep(word);
            return None;
        }
        word_into(word, &mut self.shown)
    }

    /// A word that was said to be a secret.
    fn expected(&mut self, word: &str, kind: &'static str) -> Option<&'static str> {
        // "Reads a credential: ~/.npmrc": a path is where it is, not what it is.
        let path = word.starts_with("~/") || word.starts_with('/') && word[1..].contains('/');
        if kind == PERHAPS && !is_no_place(word) || path || word.starts_with('$') || matches!(word, "&&" | "||" | "&") {
            tokens_into(word, &mut self.shown);
            None
        } else if self.quote.is_none() && word.starts_with('-') {
            // An option is nobody's password.
            word_into(word, &mut self.shown)
        } else if SCHEMES.iter().any(|scheme| word.eq_ignore_ascii_case(scheme)) {
            self.shown.keep(word);
            Some(kind)
        } else if self.said_loosely && !looks_secret(word) {
            self.shown.keep(word);
            None
        } else {
            let secret = word.trim_end_matches('\\');
            self.shown.hide(secret, kind);
            self.shown.keep(&word[secret.len()..]);
            None
        }
    }

    /// What stands behind a word that only says so.
    fn announced(&self, word: &str, tail: &str) -> Option<&'static str> {
        let value = || {
            names_member(word, tail)
                // `aws configure set aws_secret_access_key x`
                || self.previous == "set" && tail.starts_with(' ') && secret_name(word)
                // `password = 'x'`, `password = x`
                || tail.starts_with(" = ") && secret_name(word)
                // `{"Authorization": "Bearer x"}`, `{"Cookie": "a=x"}`
                || is_header(word) && names(tail)
        };
        let password = || names_password_of_account(word, self.previous, &self.shown.text, tail);
        if value() { Some("value") } else { password().then_some("password") }
    }

    /// Goes on behind a word: what ends it may open or close quotes, or end what was said of the next one.
    fn behind(&mut self, tail: &'t str) {
        // `TOKEN=abc'def'`: the shell joins what stands side by side.
        let joined =
            self.quote.is_none() && tail.starts_with(['"', '\'']) && self.shown.text.ends_with("[redacted:value]");
        let tail = if joined { &tail[rest_of_word(tail)..] } else { tail };
        let Some(c) = tail.chars().next() else {
            self.rest = tail;
            return;
        };
        let literal = self.quote != Some('\'') && self.shown.text.ends_with('\\');
        self.shown.text.push(c);
        if matches!(c, '"' | '\'') && !literal {
            let closes = self.quote == Some(c);
            self.quote = if self.quote.is_none() { Some(c) } else { self.quote.filter(|open| *open != c) };
            // What stands behind the quotes is another word, but for `"password": x` and `'…'\''x'`.
            if closes && !tail[c.len_utf8()..].trim_start().starts_with([':', '\\']) {
                self.next = None;
            }
        }
        self.cookies &= !matches!(c, '"' | '\'' | '\n');
        if !matches!(c, ' ' | '\t' | '"' | '\'' | ':') {
            self.next = None;
        }
        self.rest = &tail[c.len_utf8()..];
    }
}

/// Whether a word is the name of a member that holds a secret: `"password": …`.
fn names_member(word: &str, tail: &str) -> bool {
    names(tail) && secret_name(word.trim_end_matches('\\'))
}

/// Whether what stands before is the name of a member.
fn names(tail: &str) -> bool {
    tail.strip_prefix(['"', '\'']).is_some_and(|rest| rest.trim_start().starts_with(':'))
}

/// Whether a header says who one is (RFC 9110, 11; RFC 6265).
fn is_header(name: &str) -> bool {
    let name = name.trim_end_matches('\\');
    ["authorization", "proxy-authorization", "cookie", "set-cookie"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
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
        // `SET PASSWORD FOR x = 'y'` (MySQL's manual, "SET PASSWORD Statement")
        || word == "=" && quoted() && sets(before)
        || tail.starts_with(' ') && [":_authToken", ":_password", ":_auth"].iter().any(|end| word.ends_with(end))
}

/// Whether what stands before a `=` sets the password of an account.
fn sets(before: &str) -> bool {
    let near: Vec<String> = before.split_whitespace().rev().take(5).map(str::to_ascii_lowercase).collect();
    near.windows(2).any(|two| two[0] == "password" && two[1].ends_with("set"))
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
