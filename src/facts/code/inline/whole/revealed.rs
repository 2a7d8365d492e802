//! Secret variables of the environment that code gives to a call which speaks to another machine:
//! `post(url, data=os.environ["TOKEN"])`. What proves who asks is meant for that machine: `headers={"Authorization": …}`,
//! `token=…`.

use rustc_hash::FxHashSet;

use super::super::syntax::tokens::{Token, closes_at};
use super::snippet::Snippet;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Lists;
use crate::facts::program::guess::takes_credentials;
use crate::facts::targets::paths::{base_name, host_of, is_own_machine};
use crate::facts::value::Taint;

/// Tokens of a call that are looked through.
const LONGEST: usize = 256;

impl<'a> Analysis<'a> {
    /// Whether one of them is among what a call is given, and not as the proof of who asks.
    pub(in super::super) fn reveals_secret(&self, code: &Snippet<'a>, given: &[Token<'a>]) -> bool {
        if ![
            "environ",
            "getenv",
            "Getenv",
            "ENV",
            "process.env",
            "Bun.env",
            "Deno.env",
            "meta.env",
            ".env",
            "\"env\"",
            "'env'",
            "printenv",
        ]
        .iter()
        .any(|word| code.says(word))
        {
            return false;
        }
        // This machine is told what it knows.
        let here = |text: &str| text.split("//").skip(1).any(|address| is_own_machine(host_of(address)));
        if given.iter().take(LONGEST).filter_map(Token::text).any(here) {
            return false;
        }
        let holders = code.holders(|tokens| self.holders(tokens));
        // What each open bracket is the value of, and what stands here is.
        let (mut outer, mut key) = (Vec::new(), "");
        let mut before = "";
        for (at, token) in given.iter().enumerate().take(LONGEST) {
            if all_variables(&given[at..]) || self.reads_variables(&given[at..]) {
                return true;
            }
            let secret = match token {
                Token::Sign(b'(' | b'[' | b'{') => {
                    outer.push(key);
                    false
                }
                Token::Sign(b')' | b']' | b'}') => {
                    key = outer.pop().unwrap_or_default();
                    false
                }
                Token::Sign(b',') => {
                    key = outer.last().copied().unwrap_or_default();
                    false
                }
                Token::Name(word, _) | Token::Text(word)
                    if matches!(given.get(at + 1), Some(Token::Sign(b'=' | b':'))) =>
                {
                    key = word;
                    false
                }
                // `f"https://…?k={os.environ['TOKEN']}"`
                Token::Text(text) => {
                    before = text;
                    let within = |sign: &str| {
                        let (said, rest) = text.split_once(sign)?;
                        let name = rest.trim_start_matches(['[', '(', '{', '\'', '"', '.']);
                        let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
                        (self.holds_secret(&name[..end]) && !proves(self.know.lists(), last_key(said))).then_some(())
                    };
                    ["os.environ", "os.getenv", "process.env", "ENV"].iter().find_map(|sign| within(sign)).is_some()
                        || in_braces(text)
                            .any(|name| holders.contains(name) && !proves(self.know.lists(), last_key(text)))
                }
                // The address itself is the secret: `post(os.environ["WEBHOOK_URL"], …)`, `".../bot" + process.env.BOT_TOKEN`.
                Token::Name(..)
                    if first(&given[..at]) && address_variable(&given[at..]) || before.ends_with("/bot") =>
                {
                    false
                }
                Token::Name(word, _) => {
                    (self.secret_variable(&given[at..]) || holders.contains(word))
                        && !proves(self.know.lists(), last_key(before))
                }
                _ => false,
            };
            if secret && !shows_who_asks(self.know.lists(), key, &outer) {
                return true;
            }
        }
        false
    }

    /// Whether a secret variable of the environment is read where these tokens begin.
    fn secret_variable(&self, tokens: &[Token<'a>]) -> bool {
        let name = match tokens {
            [
                Token::Name("os.environ" | "environ" | "ENV" | "process.env" | "_ENV" | "_SERVER", _),
                Token::Sign(b'['),
                Token::Text(name),
                ..,
            ]
            // Perl's `$ENV{TOKEN}`
            | [Token::Name("ENV", _), Token::Sign(b'{'), Token::Name(name, _) | Token::Text(name), ..] => name,
            [Token::Name(get, _), Token::Sign(b'('), Token::Text(name), ..]
                if matches!(
                    *get,
                    "os.getenv"
                        | "os.environ.get"
                        | "environ.get"
                        | "getenv"
                        | "os.Getenv"
                        | "ENV.fetch"
                        | "System.getenv"
                        | "Deno.env.get"
                ) =>
            {
                name
            }
            [Token::Name(name, _), ..] => {
                match ["process.env.", "Bun.env.", "import.meta.env."].iter().find_map(|env| name.strip_prefix(env)) {
                    Some(name) => name,
                    None => return false,
                }
            }
            _ => return false,
        };
        self.holds_secret(name)
    }

    /// Whether a file of variables is read where these tokens begin: `open(".env").read()`.
    fn reads_variables(&self, tokens: &[Token<'a>]) -> bool {
        let [Token::Name(reads, _), Token::Sign(b'('), Token::Text(path), ..] = tokens else { return false };
        self.know.lists().has("reads-files", reads.rsplit('.').next().unwrap_or(reads))
            && self.know.lists().has("files-of-variables", base_name(path))
    }

    /// Whether a variable of the environment is called as secrets are, or the script put one into it.
    fn holds_secret(&self, name: &str) -> bool {
        let secret = |taint: Taint| taint.has(Taint::SECRET) || taint.has(Taint::SECRET_VARIABLE);
        self.variable_is(name, "secret")
            || self.state.var(name).is_some_and(|var| var.exported && secret(var.val.taint()))
    }

    /// Whether a member of a list in braces is a secret variable, and not as the proof of who asks.
    fn member_reveals(&self, members: &[Token<'a>]) -> bool {
        (0..members.len()).any(|at| match &members[at..] {
            [Token::Text(key) | Token::Name(key, _), Token::Sign(b':'), value @ ..] => {
                self.secret_variable(value) && !proves(self.know.lists(), key)
            }
            _ => false,
        })
    }

    /// The names that are given one, or lead to it through another name of the environment.
    fn holders(&self, tokens: &[Token<'a>]) -> FxHashSet<&'a str> {
        let mut holders = FxHashSet::default();
        // Other names of the environment: `e = process.env`, `from os import environ as e`.
        let mut others: Vec<&'a str> = Vec::new();
        for at in 0..tokens.len() {
            match &tokens[at..] {
                // `const {TOKEN: t, OTHER} = process.env`
                [Token::Sign(b'}'), Token::Sign(b'='), Token::Name("process.env", _), ..] => {
                    let begins = tokens[..at].iter().rposition(|token| *token == Token::Sign(b'{'));
                    let members = tokens[begins.map_or(at, |begins| begins + 1)..at].split(|t| *t == Token::Sign(b','));
                    holders.extend(members.filter_map(|member| match member {
                        [Token::Name(name, _), Token::Sign(b':'), Token::Name(other, _), ..] => {
                            self.holds_secret(name).then_some(*other)
                        }
                        [Token::Name(name, _), ..] => self.holds_secret(name).then_some(*name),
                        _ => None,
                    }));
                }
                [Token::Name(name, _), Token::Sign(b'='), Token::Name("process.env" | "os.environ", _), after, ..]
                    if !matches!(after, Token::Sign(b'[' | b'(')) =>
                {
                    others.push(name);
                }
                [Token::Name("environ", _), Token::Name("as", _), Token::Name(name, _), ..] => others.push(name),
                [Token::Name(name, _), Token::Sign(b'='), value @ ..] if self.secret_variable(value) => {
                    holders.insert(*name);
                }
                // `b = {t: process.env.TOKEN}`, `b = JSON.stringify({…})`
                [Token::Name(name, _), Token::Sign(b'='), Token::Sign(b'{'), members @ ..]
                | [
                    Token::Name(name, _),
                    Token::Sign(b'='),
                    Token::Name(..),
                    Token::Sign(b'('),
                    Token::Sign(b'{'),
                    members @ ..,
                ] if self.member_reveals(&members[..closes_at(members).unwrap_or(0)]) => {
                    holders.insert(*name);
                }
                // `e.TOKEN`, `e["TOKEN"]`
                [Token::Name(name, _), Token::Sign(b'['), Token::Text(key), ..]
                    if others.contains(name) && self.holds_secret(key) =>
                {
                    holders.insert(*name);
                }
                [Token::Name(name, _), ..] => {
                    let key = name.split_once('.').filter(|(table, _)| others.contains(table)).map(|(_, key)| key);
                    if key.is_some_and(|key| self.holds_secret(key)) {
                        holders.insert(*name);
                    }
                }
                _ => {}
            }
        }
        holders
    }
}

/// The names that stand in braces in a text: `t` of `` `https://…?k=${t}` ``, and of Python's `f"…?k={t}"`; but for where an
/// address is asked by its token (`…/bot${t}/sendMessage`).
fn in_braces(text: &str) -> impl Iterator<Item = &str> {
    let of_bot = text.contains("/bot{") || text.contains("/bot${");
    let names = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.trim());
    names.filter(move |_| !of_bot)
}

/// Whether every variable of the environment is given where these tokens begin: `str(dict(os.environ))`,
/// `check_output("env")`.
fn all_variables(tokens: &[Token<'_>]) -> bool {
    if let [Token::Name(runs, _), Token::Sign(b'('), Token::Text("env" | "printenv"), Token::Sign(b')' | b','), ..] =
        tokens
    {
        let last = runs.rsplit('.').next().unwrap_or(runs);
        return matches!(last, "check_output" | "getoutput" | "popen" | "execSync" | "shell_exec");
    }
    // Perl's `join("&", %ENV)`
    if matches!(tokens, [Token::Sign(b'%'), Token::Name("ENV", _), Token::Sign(b')' | b','), ..]) {
        return true;
    }
    let [Token::Name("os.environ" | "process.env" | "Bun.env", _), after @ ..] = tokens else { return false };
    matches!(after.first(), Some(Token::Sign(b')' | b'}' | b',')))
}

/// Whether what stands under a key, within others, shows who asks; among headers their names say so.
fn shows_who_asks(lists: &Lists<'_>, key: &str, outer: &[&str]) -> bool {
    let of_headers = |key: &str| key.to_ascii_lowercase().contains("header");
    if outer.iter().any(|key| of_headers(key)) && !key.is_empty() && !of_headers(key) {
        let key = key.to_ascii_lowercase();
        return lists.named_in("credential-headers", &key) || ["cookie", "basic"].iter().any(|word| key.contains(word));
    }
    proves(lists, key) || outer.iter().any(|key| proves(lists, key))
}

/// Whether what is given under a key shows who asks.
fn proves(lists: &Lists<'_>, key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    takes_credentials(lists, &key)
        || ["header", "cookie", "session", "bearer", "basic"].iter().any(|word| key.contains(word))
}

/// The key that a text ends with: `token` of `https://…?a=b&token=`, `Bearer` of `Bearer `.
fn last_key(text: &str) -> &str {
    let key = text.trim_end_matches(['=', ':', ' ', '"', '\'', '{', '$']);
    if key.len() == text.len() {
        return "";
    }
    key.rsplit(['?', '&', ' ', '"', '\'', ',', '{']).next().unwrap_or_default()
}

/// Whether what stands before is no more than brackets and the names of functions.
fn first(before: &[Token<'_>]) -> bool {
    before.iter().all(|token| matches!(token, Token::Sign(b'(') | Token::Name(..)))
}

/// Whether a variable whose name says that it is an address is read where these tokens begin.
fn address_variable(tokens: &[Token<'_>]) -> bool {
    let says = |name: &str| ["URL", "URI", "WEBHOOK", "ENDPOINT"].iter().any(|word| name.contains(word));
    tokens.iter().take(3).any(|token| matches!(token, Token::Name(name, _) | Token::Text(name) if says(name)))
}
