//! Whose a token is: what prints it or holds it says so, and it is meant for that service's machines only. One that goes
//! to another is given away, header or not.

use super::analysis::Analysis;
use super::knowledge::Kind;
use super::paths::{core, host_of};
use super::value::{Field, Seg, Taint, Val};
use super::{Call, Effect, globs};

impl<'a> Analysis<'a> {
    /// A request that shows a service's token to another.
    pub fn shows_token(&mut self, call: &Call<'a>, headers: &[Field<'a>], addresses: &[Field<'a>], index: u32) {
        let holes = || headers.iter().flat_map(|field| field.val.each()).flat_map(holes_of);
        let places = self.know.places();
        let homes = || places.list("token-homes").filter_map(|item| item.split_once(" at "));
        for source in holes() {
            let mut hosts = homes().filter(|(holder, _)| says(source, holder)).map(|(_, host)| host).peekable();
            if hosts.peek().is_none() {
                continue;
            }
            for address in addresses {
                let target = self.host_target(address.val);
                let host = host_of(target.text);
                let own = homes().any(|(holder, home)| says(source, holder) && globs::text(home.as_bytes(), host));
                if own || !target.known || target.classes & core::LOOPBACK != 0 {
                    continue;
                }
                let data = Taint::SECRET_VARIABLE;
                self.effect(Effect { data, ..Effect::new(Kind::Send, target, index, call.span) });
            }
        }
    }
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
