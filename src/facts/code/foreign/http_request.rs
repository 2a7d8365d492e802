//! A request of HTTP that is written out and sent by hand, `printf 'DELETE /users HTTP/1.1\r\n…' | nc host 80`
//! (RFC 9112, section 2): what curl would be told to do.

use crate::facts::analysis::Analysis;
use crate::facts::shell::ast::Span;

/// Requests on one connection that are looked at.
const MOST: usize = 16;

impl<'a> Analysis<'a> {
    pub(super) fn http_request(&mut self, text: &'a str, span: Span, call: u32) {
        let called = self.facts.calls.get(call as usize);
        let connected = called.and_then(|call| call.fields("host").next()?.val.lit());
        let mut lines = text.lines().peekable();
        for _ in 0..MOST {
            let Some((method, path)) = lines.find_map(request_line) else { return };
            let headers: Vec<&'a str> =
                std::iter::from_fn(|| lines.next_if(|line| !line.trim().is_empty())).map(str::trim).collect();
            let named = |header: &&'a str| {
                let (name, value) = header.split_once(':')?;
                name.eq_ignore_ascii_case("host").then_some(value.trim())
            };
            // A proxy is told the whole address, and who is asked by a number has a name.
            let host = headers.iter().find_map(named).or(connected);
            let address = match path.starts_with('/') {
                true => self.bump.alloc_str(&format!("http://{}{path}", host.unwrap_or("elsewhere"))),
                false => path,
            };
            let mut words = vec!["curl", "-X", method, address];
            words.extend(headers.iter().flat_map(|header| ["-H", *header]));
            let body = std::iter::from_fn(|| lines.next_if(|line| request_line(line).is_none()));
            let body: Vec<&'a str> = body.filter(|line| !line.is_empty()).collect();
            if !body.is_empty() {
                words.extend(["-d", self.bump.alloc_str(&body.join("\n"))]);
            }
            self.argv_call(&words, span);
        }
    }
}

/// `DELETE /users HTTP/1.1`
fn request_line(line: &str) -> Option<(&str, &str)> {
    let mut words = line.trim_end().split(' ');
    let (method, path, version) = (words.next()?, words.next()?, words.next()?);
    let upper = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
    (upper && version.starts_with("HTTP/") && words.next().is_none()).then_some((method, path))
}
