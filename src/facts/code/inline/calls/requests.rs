//! Requests that code makes by HTTP, judged as curl's are: which functions make them is data (`requests`).

use super::super::Pass;
use super::super::expressions::expression;
use super::super::syntax::tokens::{Token, closes_at};
use super::arguments::{LONGEST_OTHER, arguments};
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Lists;

/// Bytes of a call that are looked at for what it sends.
const LONGEST_REQUEST: usize = 2 << 10;

/// Addresses that one argument may be.
const MOST_ADDRESSES: usize = 4;

/// The methods that change something (RFC 9110, 9.3).
const METHODS: [&str; 4] = ["DELETE", "PUT", "PATCH", "POST"];

impl<'a> Analysis<'a> {
    /// The request that the function makes whose name stands here, if its method and address can be told; whether it
    /// makes one.
    pub(in super::super) fn request(&mut self, pass: &Pass<'_, 'a>, index: usize, name: &str, at: usize) -> bool {
        let last = name.rsplit(['.', ':']).next().unwrap_or(name);
        let meant = |known: &str| known == last || known == name || known.contains(['.', ':']) && name.ends_with(known);
        let mut known = self.know.lists().items("requests").filter_map(|item| item.split_once('='));
        let Some((_, method)) = known.find(|(function, _)| meant(function)) else { return false };
        // Python's object for one; JavaScript's is made and not sent.
        if last == "Request" && pass.code.language != "python" {
            return false;
        }
        let tokens = &pass.code.tokens[index + 2..];
        let (given, end) = arguments(self.bump, &pass.code.tokens, index + 1, true, &pass.names, LONGEST_OTHER);
        let inside = &tokens[..closes_at(tokens).unwrap_or(tokens.len()).min(LONGEST_OTHER)];
        let positional = |number: usize| given.get(number).map_or(&[][..], |argument| &argument.texts[..]);
        let addresses: Vec<&'a str> = match self.member(pass, inside, "url") {
            Some(url) if url.contains("://") => vec![url],
            Some(url) => match self.member(pass, inside, "baseURL") {
                Some(base) => vec![&*self.bump.alloc_str(&format!("{base}{url}"))],
                None => Vec::new(),
            },
            None => {
                // What comes first may be the method, under its name.
                let first = positional(0).iter().any(|text| text.contains("://"));
                positional(usize::from(method.is_empty() && !first)).to_vec()
            }
        };
        let addresses: Vec<&'a str> =
            addresses.into_iter().filter(|text| text.contains("://")).take(MOST_ADDRESSES).collect();
        let first = || positional(0).first().and_then(|text| changing(text));
        let method = match method {
            "" => self.method(pass, inside).or_else(first).or_else(|| handed(pass, inside)),
            method => Some(method),
        };
        let Some(method) = method.filter(|_| !addresses.is_empty()) else { return false };
        let sent = self.bump.alloc_str(&as_json(call_from(&pass.code.text[at..])));
        for address in addresses {
            self.call_of_own(pass, (index, end), &["curl", "-X", method, address, "-d", sent]);
        }
        true
    }

    /// The method that a call says for itself, if it changes something: `method="DELETE"`, Go's `http.MethodDelete`.
    fn method(&self, pass: &Pass<'_, 'a>, inside: &[Token<'a>]) -> Option<&'static str> {
        let constant = |token: &Token<'_>| match token {
            Token::Name(name, _) => changing(name.rsplit('.').next()?.strip_prefix("Method")?),
            _ => None,
        };
        let named = self.member(pass, inside, "method").and_then(changing);
        named.or_else(|| inside.iter().find_map(constant))
    }

    /// What a call says for one of its names, as its own argument or in the object that it is given:
    /// `url="https://…"`, `{url: "https://…"}`.
    fn member(&self, pass: &Pass<'_, 'a>, inside: &[Token<'a>], member: &str) -> Option<&'a str> {
        let mut level = 0_usize;
        inside.iter().enumerate().find_map(|(at, token)| {
            match token {
                Token::Sign(b'(' | b'{' | b'[') => level += 1,
                Token::Sign(b')' | b'}' | b']') => level = level.saturating_sub(1),
                Token::Name(name, _) | Token::Text(name)
                    if *name == member
                        && level <= 1
                        && matches!(inside.get(at + 1), Some(Token::Sign(b'=' | b':'))) =>
                {
                    return expression(self.bump, &inside[at + 2..], &pass.names).map(|found| found.text);
                }
                _ => {}
            }
            None
        })
    }
}

impl Pass<'_, '_> {
    /// Whether its code may change something by a request.
    pub(in super::super) fn may_request(&self, lists: &Lists<'_>) -> bool {
        let changes = ["elete", "DELETE", "put", "PUT", "Put", "atch", "PATCH", "post", "POST", "Post"];
        self.commands
            && self.code.says("://")
            && changes.into_iter().any(|word| self.code.says(word))
            && !self.stood_in(lists)
    }

    /// Whether something in the code itself answers in the place of whoever is asked: it is called or imported, and not only
    /// named in a comment or text.
    pub(in super::super) fn stood_in(&self, lists: &Lists<'_>) -> bool {
        let tokens = &self.code.tokens[..];
        lists.items("request-stand-ins").any(|word| {
            // `from 'msw'`, `require("msw")`
            if let Some(module) = word.split(['"', '\'']).nth(1) {
                let imported = |two: &[Token<'_>]| match two {
                    [Token::Name("from", _) | Token::Sign(b'('), Token::Text(text)] => *text == module,
                    _ => false,
                };
                return self.code.says(word) && tokens.windows(2).any(imported);
            }
            let name = word.trim_end_matches(['(', '.']);
            let called = |token: &Token<'_>| match token {
                Token::Name(said, _) => {
                    said.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                        || said.ends_with(&format!(".{name}"))
                }
                _ => false,
            };
            self.code.says(word) && tokens.iter().any(called)
        })
    }
}

/// The method of this name, if it changes something.
fn changing(name: &str) -> Option<&'static str> {
    METHODS.into_iter().find(|method| name.eq_ignore_ascii_case(method))
}

/// The method that is handed to the function that makes the request under that name:
/// `def call(method, path): return requests.request(method, API + path)`, and `call("DELETE", …)`.
fn handed(pass: &Pass<'_, '_>, inside: &[Token<'_>]) -> Option<&'static str> {
    let open = matches!(inside.first(), Some(Token::Name("method" | "verb", _)));
    let given = |two: &[Token<'_>], method| two == [Token::Sign(b'('), Token::Text(method)];
    METHODS.into_iter().find(|method| open && pass.code.tokens.windows(2).any(|two| given(two, method)))
}

/// A call with what it is given, from its name on.
fn call_from(code: &str) -> &str {
    let mut level = 0_usize;
    let end = code.bytes().take(LONGEST_REQUEST).position(|byte| {
        match byte {
            b'(' | b'{' | b'[' => level += 1,
            b')' | b'}' | b']' => level = level.saturating_sub(1),
            _ => return false,
        }
        level == 0
    });
    // What is longer is not looked at, or as a whole.
    end.and_then(|end| code.get(..=end)).unwrap_or_default()
}

/// What code says, in the form that an address takes it: `{'private': False}` and `{private: false}` are
/// `{"private": false}`.
fn as_json(code: &str) -> String {
    let code = code.replace('\'', "\"").replace(": False", ": false").replace(": True", ": true");
    let mut out = String::with_capacity(code.len());
    let mut rest = &*code;
    let mut quoted = false;
    while let Some(at) = rest.find(['{', ',', '"']) {
        let sign = rest.as_bytes()[at];
        let inside = &rest[at + 1..];
        quoted ^= sign == b'"';
        let member = if quoted { inside } else { inside.trim_start() };
        let length = member.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(member.len());
        let named = !quoted && sign != b'"' && length > 0;
        out.push_str(&rest[..inside.len() - member.len() + at + 1]);
        rest = &member[length..];
        match named && rest.starts_with(':') && !rest.starts_with("://") {
            true => out.push_str(&format!("\"{}\"", &member[..length])),
            false => out.push_str(&member[..length]),
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::{as_json, call_from};

    #[test]
    fn what_code_says_is_said_as_json() {
        assert_eq!(as_json("f('u', {private: false, 'a': True})"), r#"f("u", {"private": false, "a": true})"#);
        assert_eq!(as_json("f(x, https://a)"), "f(x, https://a)");
        assert_eq!(as_json("f({'a': 'b, c: d'})"), r#"f({"a": "b, c: d"})"#);
        assert_eq!(call_from("post(url, {a: [1]}); b()"), "post(url, {a: [1]})");
        assert_eq!(call_from("post(é"), "");
    }
}
