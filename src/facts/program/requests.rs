//! A request by HTTP as one call, whoever makes it: `http-request METHOD URL BODY`, whose meaning is described once.

use smallvec::SmallVec;

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::knowledge::{Kind, Lists, RequestSpec, Texts};
use crate::facts::name_words::words_of;
use crate::facts::program::effects::{Source, is_stdin, source_of};
use crate::facts::targets::globs;
use crate::facts::targets::paths::{self, core, host_of};
use crate::facts::targets::throwaway::usual_text;
use crate::facts::value::{Builder, Data, Field, Seg, Sink, Val, variable_name};
use crate::facts::{Call, Effect};
use crate::limits;

/// Bytes of the last part of an address that may be a verb.
const LONGEST_VERB: usize = 64;

/// Those that change nothing (RFC 9110, 9.2.1).
const SAFE: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

impl<'a> Analysis<'a> {
    /// What the call asks of a service, if its entry says where that stands.
    pub fn requested(&mut self, call: &Call<'a>, stdin: &Data<'a>, index: u32) {
        let Some(spec) = call.entry.and_then(|entry| entry.request.as_deref()) else { return };
        let fields = |names: &Texts<'static>| {
            let mut out: SmallVec<[Field<'a>; 4]> =
                names.iter().flat_map(|name| call.fields(source_of(name).0)).collect();
            // An option that stands for an operand goes by both names.
            out.dedup_by(|one, other| one.span == other.span && one.val == other.val);
            out
        };
        if spec.unless.iter().any(|name| call.is_excused_by(name)) {
            return;
        }
        let body = self.body_of(call, spec, &fields(&spec.body), &fields(&spec.items), stdin);
        let into_address = spec.get.iter().any(|name| call.options.iter().any(|o| o.is(name)));
        let mut methods: SmallVec<[Field<'a>; 2]> = SmallVec::new();
        for field in fields(&spec.method) {
            let name = match field.val.lit() {
                Some(word) if is_method(word) => Val::Lit(&*self.bump.alloc_str(&word.to_ascii_uppercase())),
                // An address stands there, or a word to send.
                Some(_) => continue,
                // What is not known may change something.
                None => Val::Lit("POST"),
            };
            // Several requests may be asked by one call (curl(1), "--next").
            if !methods.iter().any(|known| known.val == name) {
                methods.push(Field { val: name, ..field });
            }
        }
        if methods.is_empty() {
            let method = if body.is_some() && !into_address { "POST" } else { "GET" };
            methods.push(Field::new(Val::Lit(method), call.span));
        }
        // Where words to send stand among them, an address is what looks like one.
        let all = spec.items.is_empty() || !spec.base.is_empty();
        let is_one = |field: &Field<'a>| all || field.val.lit().is_none_or(is_address);
        let addresses: SmallVec<[Field<'a>; 4]> = fields(&spec.url).into_iter().filter(is_one).collect();
        self.shows_token(call, &fields(&spec.headers), &addresses, index);
        let mut asked = 0;
        for method in methods {
            let safe = method.val.lit().is_some_and(|name| SAFE.contains(&name));
            for address in &addresses {
                let asks = |text: &str| globs::listed(self.know.lists(), "done-by-asking", text);
                let plain = address.val.lit().is_some_and(|text| !text.contains('?') && !asks(text));
                if safe && plain && body.is_none() {
                    continue;
                }
                asked += 1;
                if asked > limits::VALUES {
                    return self.unread(address.span, MORE, false);
                }
                let deletes = method.val.lit() == Some("DELETE");
                let address =
                    &Field { val: if deletes { self.by_default(address.val) } else { address.val }, ..*address };
                let address = match body.filter(|_| into_address) {
                    Some(query) => Field { val: self.with_query(address.val, query.val), ..*address },
                    None => *address,
                };
                let address = Field { val: self.of_the_pipeline(self.in_full(spec.base, address.val)), ..address };
                let name = Field::new(Val::Lit("http-request"), call.span);
                let mut words: SmallVec<[Field<'a>; 5]> = SmallVec::from_slice(&[name, method, address]);
                if self.is_near(address.val) || self.by_own_socket(call, address.val) {
                    words.insert(1, Field::new(Val::Lit("--near"), call.span));
                }
                if !safe && asks_to_destroy(self.know.lists(), &address.val.text()) {
                    words.insert(1, Field::new(Val::Lit("--destroys"), call.span));
                }
                words.extend(body.filter(|_| !into_address));
                for word in &mut words {
                    word.quoted = true;
                }
                let words = self.bump.alloc_slice_copy(&words);
                let effects = self.facts.effects.len();
                self.external(words, &[], &Data::NOTHING, &mut Sink::new());
                // It is printed by the program that asks.
                let read = |effect: &&mut Effect<'a>| effect.does == Kind::SecretRead;
                self.facts.effects[effects..].iter_mut().filter(read).for_each(|effect| effect.call = index);
            }
        }
    }

    /// An address without what stands for this machine unless somebody says otherwise: `${API:-http://localhost:3000}`,
    /// which is one of its values as well.
    fn by_default(&self, address: Val<'a>) -> Val<'a> {
        let vocabulary = self.know.vocabulary();
        let here = |one: &Val<'a>| match one {
            Val::Text([Seg::Hole(hole), ..]) => usual_text(vocabulary, hole.source)
                .is_some_and(|text| paths::classify_host(&vocabulary.classes, host_of(text)) & core::LOOPBACK != 0),
            _ => false,
        };
        let kept: SmallVec<[Val<'a>; 4]> = address.each().filter(|one| !here(one)).collect();
        if kept.is_empty() || !self.defaults_hold() {
            return address;
        }
        Val::set(self.bump, &kept)
    }

    /// Whether a socket of this machine is asked, under a name that is no other machine's (curl(1), `--unix-socket`), and none
    /// that ssh leads elsewhere.
    fn by_own_socket(&self, call: &Call<'a>, address: Val<'a>) -> bool {
        let says = |call: &Call<'_>, word: &str| call.words.iter().any(|said| said.val.lit() == Some(word));
        call.options.iter().any(|option| option.is("--unix-socket"))
            && !says(call, "--next")
            && !says(call, "-:")
            && address.lit().is_some_and(|address| !host_of(address).contains('.'))
            && !self.facts.calls.iter().any(|earlier| earlier.program == "ssh")
    }

    /// Whether this machine is asked, or one of its own network: not a service of a house (`prometheus.prod.internal`).
    fn is_near(&mut self, address: Val<'a>) -> bool {
        let target = self.host_target(address);
        let host = host_of(target.text);
        let vocabulary = self.know.vocabulary();
        let of_a_house = vocabulary.lists.items("house-domains").any(|end| host.ends_with(end));
        let near = self.near();
        target.classes & near != 0 && !of_a_house
    }

    /// An address that says only what stands behind the service's own, with that.
    fn in_full(&self, base: &'a str, address: Val<'a>) -> Val<'a> {
        if base.is_empty() || address.show(self.bump).contains("://") {
            return address;
        }
        let mut builder = Builder::default();
        builder.push_lit(base);
        if !address.show(self.bump).starts_with('/') {
            builder.push_lit("/");
        }
        builder.push(self.bump, address);
        builder.done(self.bump)
    }

    /// An address that begins with what a pipeline calls its forge, where nobody says otherwise: `$CI_API_V4_URL/projects/1`.
    fn of_the_pipeline(&self, address: Val<'a>) -> Val<'a> {
        let Val::Text([Seg::Hole(hole), rest @ ..]) = address else { return address };
        let Some(name) = variable_name(hole.source) else { return address };
        let Some(base) = self.place_named("addresses-of-forges", name) else { return address };
        let mut builder = Builder::default();
        builder.push_lit(base);
        builder.push(self.bump, Val::Text(rest));
        builder.done(self.bump)
    }

    /// An address with what is asked of it.
    fn with_query(&self, address: Val<'a>, query: Val<'a>) -> Val<'a> {
        let mut builder = Builder::default();
        builder.push(self.bump, address);
        builder.push_lit("?");
        builder.push(self.bump, query);
        builder.done(self.bump)
    }

    /// What is sent along: as it is, from a file that the script wrote or a pipe, or as HTTPie's items say it.
    fn body_of(
        &mut self,
        call: &Call<'a>,
        spec: &RequestSpec<'_>,
        given: &[Field<'a>],
        items: &[Field<'a>],
        stdin: &Data<'a>,
    ) -> Option<Field<'a>> {
        let mut builder = Builder::default();
        let is_path = |field: &Field<'a>| {
            let mut paths = spec.body.iter().map(source_of).filter(|(_, how)| *how == Source::Path);
            paths.any(|(name, _)| call.fields(name).any(|one| one.span == field.span))
        };
        for (at, field) in given.iter().enumerate() {
            if at > 0 {
                builder.push_lit("&");
            }
            let text = field.val.lit();
            let file = if is_path(field) { text } else { text.and_then(|text| text.strip_prefix('@')) };
            let written = match file {
                Some(path) if is_stdin(path) => stdin.text,
                Some(path) => self.file_data(Val::Lit(path), field.span, false).text,
                None => None,
            };
            builder.push(self.bump, written.unwrap_or(field.val));
        }
        let members: Vec<String> = items.iter().filter_map(|item| member(item.val.lit()?)).collect();
        if !members.is_empty() {
            builder.push_lit(self.bump.alloc_str(&format!("{{{}}}", members.join(","))));
        }
        let first = given.first().or(items.first().filter(|_| !members.is_empty()))?;
        let val = match builder.done(self.bump) {
            // It is no option of the call that stands for the request.
            Val::Lit(text) if text.starts_with('-') => Val::Lit(self.bump.alloc_str(&format!(" {text}"))),
            Val::Lit(text) => Val::Lit(self.compact(text)),
            Val::Text(segs) => {
                let compact = |seg: &Seg<'a>| match seg {
                    Seg::Lit(text) => Seg::Lit(self.compact(text)),
                    hole => *hole,
                };
                let segs: Vec<Seg<'a>> = segs.iter().map(compact).collect();
                Val::Text(self.bump.alloc_slice_copy(&segs))
            }
            other => other,
        };
        let span = if given.len() + items.len() == 1 { first.span } else { call.span };
        Some(Field { val, span, ..*first })
    }

    /// JSON without the blanks behind its names.
    fn compact(&self, text: &'a str) -> &'a str {
        if text.contains("\": ") { self.bump.alloc_str(&text.replace("\": ", "\":")) } else { text }
    }
}

fn is_method(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// HTTPie takes `:3000/x` and `example.com/x` for addresses, and `a=b` for something to send.
fn is_address(word: &str) -> bool {
    word.contains("://") || word.contains(['.', ':', '/']) && !word.contains('=') || word.starts_with("localhost")
}

/// `name=text` and `count:=1` as members of JSON; neither a header nor a part of the address (httpie.io, "Request items").
fn member(item: &str) -> Option<String> {
    let (name, value) = item.split_once('=')?;
    match name.strip_suffix(':') {
        Some(name) => Some(format!("\"{name}\":{value}")),
        None if value.starts_with('=') || name.contains(':') || name.contains("://") => None,
        // What `gh api -F` takes for a value of its own, and `-f` for a text (gh-api(1)).
        None if matches!(value, "true" | "false" | "null") => Some(format!("\"{name}\":{value}")),
        None => Some(format!("\"{name}\":\"{value}\"")),
    }
}

/// Whether the last part of an address is what is done there: `/users/deleteMany`, `/indexes/x/delete-batch`, `versions/1:destroy`
/// (<https://google.aip.dev/136>, "Custom methods").
fn asks_to_destroy(lists: &Lists<'_>, address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or(address);
    let rest = path.split_once("://").map_or(path, |(_, rest)| rest);
    let Some((_, last)) = rest.trim_end_matches('/').rsplit_once('/') else { return false };
    let (custom, last) = match last.rsplit_once(':') {
        Some((_, verb)) => (true, verb),
        None => (false, last),
    };
    // Elasticsearch's own words: `_flush` loses nothing.
    if last.starts_with('_') || last.len() > LONGEST_VERB {
        return false;
    }
    let words = words_of(last);
    let says = |word: &String| lists.has("destroying-requests", &word.to_ascii_lowercase());
    match custom {
        true => words.iter().any(says),
        false => words.first().is_some_and(says) || words.last().is_some_and(says),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_address, member};

    #[test]
    fn items_are_told_from_addresses() {
        for (item, expected) in [
            ("name=a b", Some("\"name\":\"a b\"")),
            ("admin:=true", Some("\"admin\":true")),
            ("q==x", None),
            ("X-Token:abc", None),
            ("https://x/?a=b", None),
        ] {
            assert_eq!(member(item).as_deref(), expected);
        }
        assert!(is_address(":3000/x") && is_address("example.com") && !is_address("a=b.c") && !is_address("POST"));
    }
}
