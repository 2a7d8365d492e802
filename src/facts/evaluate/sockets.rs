//! Sockets that the shell opens by itself: `/dev/tcp/host/port` (bash(1), "REDIRECTION").

use crate::facts::Effect;
use crate::facts::analysis::Analysis;
use crate::facts::evaluate::redirect::Channels;
use crate::facts::evaluate::state::Channel;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::{Direction, List, Redirect, Span, What, Word};
use crate::facts::value::{Taint, Val};

/// Builtins that read nothing and run nothing.
const HARMLESS: [&str; 7] = ["true", ":", "false", "exit", "return", "echo", "sleep"];
/// What a socket of the shell's own is known by.
const SOCKET: &str = "raw-socket";

impl<'a> Analysis<'a> {
    /// The host of a path that stands for a connection.
    pub(super) fn network_path(&self, path: Val<'a>) -> Option<Val<'a>> {
        let text = path.show(self.bump);
        let rest = text.strip_prefix("/dev/tcp/").or_else(|| text.strip_prefix("/dev/udp/"))?;
        Some(Val::Lit(rest.split('/').next().unwrap_or(rest)))
    }

    pub(super) fn network_effect(&mut self, does: Kind, host: Val<'a>, span: Span, data: Taint) {
        let target = self.host_target(host);
        let call = self.facts.calls.len() as u32;
        self.effect(Effect { marks: &[SOCKET], data, ..Effect::new(does, target, call, span) });
    }

    /// `read l < /dev/tcp/a/1 > /dev/tcp/b/2`: it reads from a connection and writes to one. Where one descriptor is the
    /// other's copy, that has been told.
    pub(super) fn both_ways(&mut self, channels: &Channels<'a>) {
        if let (Some(Channel::Network(_)), Some(Channel::Network(host))) = (channels.get(0), channels.get(1))
            && self.facts.effects.last().is_none_or(|effect| effect.does != Kind::Tunnel)
        {
            self.network_effect(Kind::Tunnel, host, channels.span, Taint::NONE);
        }
    }

    /// `exec > /dev/tcp/host/port`: all that the shell writes from now on.
    pub(super) fn lasting_connection(&mut self, channel: Channel<'a>, span: Span) {
        if let Channel::Network(host) = channel {
            self.network_effect(Kind::Tunnel, host, span, Taint::NONE);
        }
    }

    /// `(exec 3<> /dev/tcp/db/5432)`: a shell that opens a connection and ends only asks whether somebody answers;
    /// `effects` is how many there were before it.
    pub(in crate::facts) fn only_connected(&mut self, list: List<'a>, effects: usize) {
        let socket = |effect: &Effect<'_>| effect.does == Kind::Tunnel && effect.marks == [SOCKET];
        // Traps and functions run more than the list says.
        let more = || {
            let own = |name: &&str| self.state.function(name).is_some();
            HARMLESS.iter().any(own) || self.facts.sources.iter().any(|source| source.text.contains("trap"))
        };
        if self.facts.effects.len() > effects && only_opens(list) && !more() {
            for effect in self.facts.effects[effects..].iter_mut().filter(|effect| socket(effect)) {
                effect.does = Kind::Fetch;
            }
        }
    }
}

impl Analysis<'_> {
    /// `until exec 3<>/dev/tcp/db/5432; do sleep 1; done`: a descriptor of its own to a service of one's own, which nothing
    /// in the whole script reads from or writes to afterwards, only asks whether it answers.
    pub(in crate::facts) fn never_used_connections(&mut self) {
        for at in 0..self.facts.effects.len() {
            let effect = &self.facts.effects[at];
            if effect.does != Kind::Tunnel || effect.marks != [SOCKET] {
                continue;
            }
            let text = self.text_of(effect.span);
            let Some((digits, _)) = text.split_once("<>") else { continue };
            let host = effect.target.text;
            let service = !effect.target.known || !host.contains(['.', ':']);
            let apart = digits.parse().is_ok_and(|number: u32| number > 2);
            if service && apart && !self.facts.sources.iter().any(|source| uses(source.text)) {
                self.facts.effects[at].does = Kind::Fetch;
            }
        }
    }
}

/// Whether a text may use a descriptor of its own: it copies or moves any but the output and the messages (`4<&3-`,
/// `<& "$n"`), names one by its path, or runs what numbers its files itself.
fn uses(text: &str) -> bool {
    let leads = |(at, _): (usize, &str)| {
        let target = &text[at + 2..];
        let shown =
            target.starts_with(['1', '2']) && !target[1..].starts_with(|c: char| c.is_ascii_digit() || c == '-');
        !(target.starts_with('-') || shown)
    };
    let by_name = ["fd/", "/proc", "/dev/f", "-u", "eval", "source", "fdopen", "os.read", "os.dup", "open("];
    ["<&", ">&"].iter().any(|sign| text.match_indices(sign).any(leads))
        || by_name.iter().any(|word| text.contains(word))
}

/// Whether a list opens descriptors and uses none of them.
fn only_opens(list: List<'_>) -> bool {
    list.iter().flat_map(|item| item.pipeline).all(|command| {
        let What::Simple(simple) = &command.what else { return false };
        let words: Option<Vec<&str>> = simple.words.iter().map(Word::literal).collect();
        let other = || {
            command.redirects.iter().all(|redirect| match redirect.direction {
                Direction::Write | Direction::Append => true,
                Direction::Duplicate => matches!(redirect.target.literal(), Some("1" | "2")),
                _ => false,
            })
        };
        match words.as_deref() {
            // What is read from and written to by itself stays as it is.
            Some(["exec"]) => {
                let apart = |fd: Option<u32>| fd.is_some_and(|fd| fd > 2);
                let named = |text: Option<&str>| matches!(text, Some("-" | "/dev/null"));
                let harmless = |redirect: &Redirect<'_>| apart(redirect.fd) || named(redirect.target.literal());
                simple.assigns.is_empty() && command.redirects.iter().all(harmless)
            }
            Some([name, ..]) if HARMLESS.contains(name) => other(),
            _ => false,
        }
    })
}
