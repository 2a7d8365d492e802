//! A secret that stands in a request as it is, by its shape, on its way to a machine that is none of its service's.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Kind, Lists};
use crate::facts::targets::globs;
use crate::facts::targets::paths::host_of;
use crate::facts::targets::tokens::homes;
use crate::facts::value::{Data, Taint};
use crate::facts::{Call, Effect};
use crate::redact::secret_in;

impl<'a> Analysis<'a> {
    /// Says of each request of a call that has such a secret in its address or its body that it sends one.
    pub fn secrets_by_value(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>) {
        // Those of earlier calls stand before; all of them, asked at each call, would cost the square.
        let own = || self.facts.latest(index);
        let asks = |e: &&Effect<'a>| e.call == index && matches!(e.does, Kind::Fetch | Kind::Send) && e.target.known;
        if own().find(asks).is_none() {
            return;
        }
        let lists = self.know.lists();
        let near = self.near();
        // What another machine is told to do may need it: `ssh host "TOKEN=… ./deploy"`.
        if lists.behind("tells-its-words", call.program).next().is_some() {
            return;
        }
        let Some(target) = own().filter(asks).map(|e| e.target).find(|target| target.classes & near == 0) else {
            return;
        };
        let before = |at: usize| call.words[at - 1].val.lit().unwrap_or_default();
        let words = call.words.iter().enumerate().skip(1);
        // `--header=…`, and HTTPie's `Authorization:…`.
        let header = |text: &str| {
            let joined = text.split_once('=').is_some_and(|(option, _)| lists.has("header-options", option));
            let name = text.split_once(':').map(|(name, _)| name.to_ascii_lowercase());
            let named =
                name.is_some_and(|name| !name.contains(['/', '=', '?']) && lists.named_in("credential-headers", &name));
            joined || named
        };
        let texts = words
            .filter(|(at, _)| !lists.has("header-options", before(*at)))
            .filter_map(|(_, word)| word.val.lit().filter(|text| !header(text)));
        let host = host_of(target.text);
        let stdin = stdin.text.and_then(|text| text.lit());
        if texts.map(without_user).chain(stdin).any(|text| is_given_away(lists, text, host)) {
            let data = Taint::SECRET_VARIABLE;
            self.effect(Effect { data, ..Effect::new(Kind::Send, target, index, call.span) });
        }
    }
}

/// Whether a text has a secret in it that is none of a host's own; all are of one that is empty.
pub(in crate::facts) fn is_given_away(lists: &Lists<'_>, text: &str, host: &str) -> bool {
    let Some(kind) = secret_in(text) else { return false };
    !homes(lists).any(|(holder, home)| holder == kind && globs::text(home.as_bytes(), host))
}

/// An address behind what names its user, by which he shows who he is.
fn without_user(text: &str) -> &str {
    let Some((_, rest)) = text.split_once("://") else { return text };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    rest[..end].rfind('@').map_or(text, |at| &rest[at..])
}
