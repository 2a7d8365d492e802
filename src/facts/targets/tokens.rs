//! Whose a token is: what prints it or holds it says so, and it is meant for that service's machines only. One that goes
//! to another is given away, header or not.

use smallvec::SmallVec;

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::knowledge::{Kind, Lists};
use crate::facts::targets::globs;
use crate::facts::targets::paths::host_of;
use crate::facts::value::{Field, Hole, Seg, Taint, Val};
use crate::facts::{Call, Effect};

/// How many different tokens one request may show.
const MOST: usize = 16;

impl<'a> Analysis<'a> {
    /// A request that shows a service's token to another.
    pub fn shows_token(&mut self, call: &Call<'a>, headers: &[Field<'a>], addresses: &[Field<'a>], index: u32) {
        let vocabulary = self.know.vocabulary();
        let homes = || homes(&vocabulary.lists);
        // Such a signature is made with the key, which stays here (curl(1), "--aws-sigv4").
        let signs = call.options.iter().any(|o| o.is("--aws-sigv4"));
        let mut shown: SmallVec<[&'a str; 4]> = SmallVec::new();
        for source in headers.iter().flat_map(|field| field.val.each()).flat_map(holes_of) {
            let of_service = homes().any(|(holder, _)| says(source, holder) && !(signs && holder.starts_with("AWS_")));
            if of_service && !shown.contains(&source) {
                shown.push(source);
            }
            if shown.len() > MOST {
                return self.unread(call.span, MORE, false);
            }
        }
        if shown.is_empty() {
            return;
        }
        for address in addresses {
            let target = self.host_target(address.val);
            let host = host_of(target.text);
            let near = self.near();
            // GitHub's own server in a house has its interface there.
            let of_a_house = target.text.contains("/api/v3/");
            let given_away = |source: &&str| {
                let own = |home: &str| globs::text(home.as_bytes(), host) || of_a_house && home.starts_with("github");
                !homes().any(|(holder, home)| says(source, holder) && own(home))
            };
            if target.known && target.classes & near == 0 && shown.iter().any(given_away) {
                let data = Taint::SECRET_VARIABLE;
                return self.effect(Effect { data, ..Effect::new(Kind::Send, target, index, call.span) });
            }
        }
    }
}

impl<'a> Analysis<'a> {
    /// Whether all that is secret in a value is the token of the service that it goes to: `https://x:$(gh auth
    /// token)@github.com/a/b`, `curl -u "x:$(gh auth token)" https://api.github.com`.
    /// `beside` is whether somebody says with the word who he is; in an address that stands before the host.
    pub fn goes_home(&self, call: &Call<'a>, val: Val<'a>, beside: bool) -> bool {
        let lists = &self.know.vocabulary().lists;
        let Val::Text(segs) = val else { return false };
        let secret = |hole: &&Hole<'_>| hole.taint.has(Taint::SECRET) || hole.taint.has(Taint::SECRET_VARIABLE);
        let holes = || segs.iter().filter_map(|seg| if let Seg::Hole(hole) = seg { Some(hole) } else { None });
        let shown = val.show(self.bump);
        let own = shown.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest));
        let hosts: SmallVec<[&str; 2]> = match own {
            // Behind the name that goes with it.
            Some(place) => place.rsplit_once('@').map(|(_, host)| host_of(host)).into_iter().collect(),
            // One that is not known may be anybody's.
            None if !beside => return false,
            None => call.fields("url").map(|url| url.val.lit().map_or("", host_of)).collect(),
        };
        let at_home = |hole: &Hole<'_>| {
            // What a house calls its own may be called so by anybody: enough for a variable, not for the token itself.
            let sure = |home: &str| !home.ends_with(".*") || !hole.taint.has(Taint::SECRET);
            let of = |home: &str| sure(home) && hosts.iter().all(|host| globs::text(home.as_bytes(), host));
            homes(lists).any(|(holder, home)| says(hole.source, holder) && of(home))
        };
        !hosts.is_empty()
            && holes().any(|hole| secret(&hole))
            && holes().filter(secret).all(at_home)
            // What stands behind the host is read by everybody on the way.
            && (own.is_none() || behind_last(segs, secret).is_some_and(|text| text.trim_start_matches('}').starts_with('@')))
    }
}

/// The text that stands right behind the last secret of a value.
fn behind_last<'a>(segs: &[Seg<'a>], secret: impl Fn(&&Hole<'_>) -> bool) -> Option<&'a str> {
    let last = segs.iter().rposition(|seg| matches!(seg, Seg::Hole(hole) if secret(&hole)))?;
    if let Some(Seg::Lit(text)) = segs.get(last + 1) { Some(text) } else { None }
}

/// What holds a token, prints it or is one, and a host that it is for.
pub(in crate::facts) fn homes<'l>(lists: &Lists<'l>) -> impl Iterator<Item = (&'l str, &'l str)> {
    lists.items("token-homes").filter_map(|item| item.split_once(" at "))
}

fn holes_of<'a>(val: Val<'a>) -> impl Iterator<Item = &'a str> {
    let segs = if let Val::Text(segs) = val { segs } else { &[] };
    segs.iter().filter_map(|seg| if let Seg::Hole(hole) = seg { Some(hole.source) } else { None })
}

/// Whether a variable or a substitution is what holds a token: `GITHUB_TOKEN` of `${GITHUB_TOKEN:-}`, and not of
/// `$MY_GITHUB_TOKEN_FILE`.
fn says(source: &str, holder: &str) -> bool {
    source.match_indices(holder).any(|(at, _)| {
        let of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        !source[..at].ends_with(of_word) && !source[at + holder.len()..].starts_with(of_word)
    })
}

#[cfg(test)]
mod tests {
    use super::says;

    #[test]
    fn a_holder_is_a_whole_word() {
        assert!(says("${GITHUB_TOKEN:-}", "GITHUB_TOKEN") && says("$(gh auth token)", "gh auth token"));
        assert!(!says("$MY_GITHUB_TOKEN", "GITHUB_TOKEN") && !says("$GITHUB_TOKEN_FILE", "GITHUB_TOKEN"));
    }
}
