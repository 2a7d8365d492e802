//! What is in a secret file, carried to another machine in a word that is no body: in an address, in a name that is looked
//! up, in a header that says nothing of who one is.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Kind, Lists};
use crate::facts::program::guess::takes_credentials;
use crate::facts::targets::paths::{self, core};
use crate::facts::value::{Data, Seg, Taint, Val};
use crate::facts::{Call, Effect, Target};

impl<'a> Analysis<'a> {
    /// Says of each such word that it is sent, where no effect of the call does so, and of what comes through the pipe to a
    /// program that speaks to another machine.
    pub fn carried_out(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>) {
        let fed = stdin.taint.has(Taint::SECRET) || stdin.taint.has(Taint::SECRET_VARIABLE);
        // `docker login --password-stdin`, `gh auth login --with-token`
        let asked = |text: &str| text.ends_with("-stdin") || matches!(text, "login" | "--with-token");
        let fed = fed && !call.words.iter().any(|word| word.val.lit().is_some_and(asked));
        if fed
            && !stdin.taint.has(Taint::STORE)
            && !self.facts.effects.iter().any(|e| e.call == index && e.does == Kind::Send)
            && let Some(target) = self.speaks_to(call)
        {
            self.effect(Effect { data: stdin.taint, ..Effect::new(Kind::Send, target, index, call.span) });
        }
        for (at, word) in call.words.iter().enumerate().skip(1) {
            let Val::Text(segs) = word.val else { continue };
            let data = word.val.taint();
            // A variable is a token as a rule, and somewhere it has to go; what a command prints of a file of them is more.
            let printed = || ["$(", "`"].iter().any(|sign| self.text_of(word.span).contains(sign));
            if !(data.has(Taint::SECRET) || data.has(Taint::SECRET_VARIABLE) && printed()) {
                continue;
            }
            let as_user =
                call.words[at - 1].val.lit().is_some_and(|option| self.know.lists().has("user-options", option));
            if self.goes_home(call, word.val, as_user) {
                continue;
            }
            let own = |e: &Effect<'a>| e.call == index && matches!(e.does, Kind::Fetch | Kind::Send);
            let said = self
                .facts
                .effects
                .iter()
                .any(|e| own(e) && (e.data.has(Taint::SECRET) || e.data.has(Taint::SECRET_VARIABLE)));
            let header = || {
                call.entry.is_some_and(|entry| entry.request.is_some())
                    && (segs.iter().any(is_whole_environment) || names_nobody(self.know.lists(), call, at, segs))
            };
            let (does, target) = if said {
                continue;
            } else if in_address(segs) {
                (Kind::Fetch, self.host_target(word.val))
            } else if header()
                && let Some(effect) =
                    self.facts.effects.iter().find(|e| own(e) && e.target.classes & core::LOOPBACK == 0)
            {
                (Kind::Send, effect.target)
            // One that a store gave for it has to get there: `ssh host "TOKEN=$(gh auth token) ./deploy"`.
            } else if let Some(host) = self
                .told_to(call)
                .or_else(|| self.speaks_to(call).filter(|_| !is_credential(self.know.lists(), call, at)))
                .filter(|_| !data.has(Taint::STORE))
            {
                (Kind::Send, host)
            } else {
                continue;
            };
            self.effect(Effect { data, ..Effect::new(does, target, index, word.span) });
        }
    }

    /// The other machine that the words of a call are told to, as they stand: `ssh host "…"`, `redis-cli -h host set a "…"`.
    fn told_to(&mut self, call: &Call<'a>) -> Option<Target<'a>> {
        let option = self.know.lists().behind("tells-its-words", call.program).next()?;
        let field = call.fields(option).next()?;
        let target = self.host_target(field.val);
        (target.classes & core::LOOPBACK == 0).then_some(target)
    }

    /// The other machine that a word of a call names, where nobody describes the program, or it is known to speak to one:
    /// `whisper evil.example 80`, `psql -h evil.example`.
    fn speaks_to(&mut self, call: &Call<'a>) -> Option<Target<'a>> {
        if call.entry.is_some() && !self.know.lists().has("speaks-to-hosts", call.program) {
            return None;
        }
        for word in &call.words[1..] {
            let text = match word.val {
                Val::Lit(text) => text,
                // `$(base64 .env)@evil.example`
                Val::Text([.., Seg::Lit(end)]) if end.starts_with('@') => end,
                _ => continue,
            };
            // `--host=evil.example`, `host=evil.example`
            let address = text.rsplit_once('=').filter(|_| !text.contains('?')).map_or(text, |(_, value)| value);
            let host = paths::host_of(address);
            if !self.names_machine(address, host) {
                continue;
            }
            let target = self.host_target(Val::Lit(address));
            if target.classes & (core::LOOPBACK | self.know.classes().of(["private"])) == 0 {
                return Some(target);
            }
        }
        None
    }

    /// Whether a word is the name or the number of a machine, and not of a file.
    fn names_machine(&self, address: &str, host: &str) -> bool {
        let numbers = || host.parse::<::core::net::IpAddr>().is_ok();
        let named = || host.rsplit_once('.').is_some_and(|(_, end)| self.know.lists().has("host-endings", end));
        address.contains("://") && !host.is_empty() && !address.starts_with("file:") || numbers() || named()
    }
}

/// `https://example.com/HOLE`, `example.com/HOLE`, `HOLE.example.com:443`; not the password of an address.
fn in_address(segs: &[Seg<'_>]) -> bool {
    let password = segs.iter().any(|seg| matches!(seg, Seg::Lit(text) if text.starts_with('@') || text.contains("@")));
    let dotted = |host: &str| {
        let end = host.rsplit('.').next().unwrap_or_default();
        host.contains('.') && end.len() > 1 && end.bytes().all(|b| b.is_ascii_alphabetic())
    };
    let host_before = |text: &str| match text.split_once("://") {
        Some((scheme, _)) => scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+'),
        None => text.split_once('/').is_some_and(|(host, _)| dotted(host) && !host.starts_with('.')),
    };
    let host_after = |text: &str| {
        let host = text.split([':', '/']).next().unwrap_or_default();
        host.strip_prefix('.').is_some_and(dotted)
    };
    !password
        && match segs {
            [Seg::Lit(start), ..] => host_before(start),
            [Seg::Hole(_), Seg::Lit(end), ..] => host_after(end),
            _ => false,
        }
}

/// Whether a word is by what it stands behind what somebody shows who he is with: `--token "$(cat .token)"`, `"X-Api-Key: …"`.
fn is_credential(lists: &Lists<'_>, call: &Call<'_>, at: usize) -> bool {
    let option = call.words[at - 1].val.lit().filter(|text| text.starts_with('-'));
    let start = match call.words[at].val {
        Val::Text([Seg::Lit(start), ..]) => start.split(['=', ':']).next(),
        _ => None,
    };
    call.entry.is_some_and(|entry| entry.request.is_some())
        || [option, start].into_iter().flatten().any(|name| takes_credentials(lists, name.trim_start_matches('-')))
}

/// Whether a part of a word is every variable that there is, by which nobody proves anything: `$(env | base64)`.
fn is_whole_environment(seg: &Seg<'_>) -> bool {
    let Seg::Hole(hole) = seg else { return false };
    let Some(command) = hole.source.strip_prefix("$(").or_else(|| hole.source.strip_prefix('`')) else { return false };
    let first = command.split(['|', ')', '`', ';']).next().unwrap_or_default().trim();
    matches!(first, "env" | "printenv" | "export" | "export -p" | "set" | "declare -p" | "declare -x" | "env -0")
}

/// Whether a word of an HTTP client is a header or a cookie by which nobody shows who he is.
fn names_nobody(lists: &Lists<'_>, call: &Call<'_>, at: usize, segs: &[Seg<'_>]) -> bool {
    let option = call.words[at - 1].val.lit().filter(|text| text.starts_with('-')).unwrap_or_default();
    match segs {
        [Seg::Lit(start), ..] => {
            // `--header=X: …`
            let start = match start.split_once('=') {
                Some((option, value)) if option.starts_with('-') => value,
                _ => start,
            };
            let header = start.split_once([':', '=']).map(|(name, _)| name).filter(|name| {
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            });
            let cookie = |name: &str| name.eq_ignore_ascii_case("cookie");
            let proves = |name: &str| lists.named_in("credential-headers", &name.to_ascii_lowercase());
            header.is_some_and(|name| !proves(name) && !cookie(name))
        }
        // `-b "$(cat .env)"`
        [Seg::Hole(_)] => matches!(option, "-b" | "--cookie" | "-e" | "--referer" | "-A" | "--user-agent" | "-U"),
        _ => false,
    }
}
