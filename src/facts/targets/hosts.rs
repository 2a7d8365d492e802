//! A word that names a host, an address or what is asked of one.

use crate::facts::Target;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Classes, Where};
use crate::facts::targets::paths::{self, core};
use crate::facts::value::{Seg, Taint, Val, variable_name};

impl<'a> Analysis<'a> {
    /// What lies on this machine or in the network of its house.
    pub fn near(&self) -> Classes {
        core::LOOPBACK | self.know.vocabulary().classes.of(["private-network"])
    }

    /// A URL, host or address as a target.
    pub fn host_target(&mut self, host: Val<'a>) -> Target<'a> {
        let text = host.show(self.bump);
        let vocabulary = self.know.vocabulary();
        match host {
            Val::Lit(literal) => {
                let host = if paths::is_port(literal) { "localhost" } else { paths::host_of(literal) };
                let classes = paths::classify_host(&vocabulary.classes, host);
                // A name of the network that a container of this machine is in.
                let in_its_network = self.place.kind == Where::Running
                    && !self.place.far
                    && !host.is_empty()
                    && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
                let classes =
                    if in_its_network { classes | vocabulary.classes.of(["development-host"]) } else { classes };
                // A net of addresses is not the one that it begins with.
                let net =
                    literal.rsplit_once('/').is_some_and(|(before, bits)| before == host && bits.parse::<u8>().is_ok());
                let classes = if net && host == "0.0.0.0" { vocabulary.classes.of(["raw-address"]) } else { classes };
                Target { text, known: true, classes, ..Target::default() }
            }
            Val::Text(segs) => {
                // `https://oauth2:$TOKEN@example.com/$X`: a token has nothing in it that ends a host (RFC 3986, 3.2.1).
                if let [Seg::Lit(start), Seg::Hole(token), Seg::Lit(rest), ..] = segs
                    && start.split_once("://").is_some_and(|(_, user)| !user.contains(['/', '@', '?']))
                    && token.taint.has(Taint::SECRET_VARIABLE)
                    && let Some((host, _)) = rest.strip_prefix('@').and_then(|rest| rest.split_once('/'))
                    && !host.contains('@')
                {
                    let classes = paths::classify_host(&vocabulary.classes, paths::host_of(host));
                    return Target { text, known: false, classes, ..Target::default() };
                }
                // `https://example.com/$X`: the host is known if it ends before the hole.
                let start = match segs.first() {
                    Some(Seg::Lit(text)) => *text,
                    _ => "",
                };
                let after_scheme = start.split_once("://").map_or(start, |(_, rest)| rest);
                let ends =
                    after_scheme.contains(['/', '?']) || (after_scheme.contains(':') && !after_scheme.contains('@'));
                // What hands out credentials is meant whatever is asked of it.
                let metadata = vocabulary.classes.of(["metadata"]);
                let named = || match segs.first() {
                    Some(Seg::Hole(hole)) => variable_name(hole.source.trim())
                        .is_some_and(|name| vocabulary.lists.has("metadata-variables", name)),
                    _ => paths::classify_host(&vocabulary.classes, after_scheme) & metadata != 0,
                };
                let classes = match ends {
                    true if paths::is_port(start) => paths::classify_host(&vocabulary.classes, "localhost"),
                    true => paths::classify_host(&vocabulary.classes, paths::host_of(start)),
                    false if named() => metadata,
                    false => core::UNKNOWN,
                };
                Target { text, known: false, classes, ..Target::default() }
            }
            Val::Set(set) => set.first().map_or_else(Target::default, |v| self.host_target(*v)),
        }
    }
}
