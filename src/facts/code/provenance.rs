//! Where code comes from that is not known, and what a person sees of it: the effect that rules speak about.

use std::borrow::Cow;

use crate::facts::analysis::Analysis;
use crate::facts::code::{interpreters, spliced};
use crate::facts::knowledge::{Classes, Kind};
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths::base_name;
use crate::facts::targets::{globs, paths};
use crate::facts::value::{Field, Seg, Taint, Val, names_in, variable_name};
use crate::facts::{Call, Effect, Target};
use crate::limits;

impl<'a> Analysis<'a> {
    pub fn opaque_code(&mut self, language: &'a str, source: &'a str, taint: Taint, call: u32, span: Span) {
        // What a server is told is data, unless one can see what it asks for.
        if self.know.lists().has("told-to-servers", language) {
            return;
        }
        // What is handed over encoded, and made only then, is not meant to be read.
        let taint = if language == "powershell-encoded" { taint | Taint::DECODED } else { taint };
        // Settings that may name commands, too, come out of a pipeline's secret encoded (`base64 -d > kubeconfig`).
        let settings = self.know.lists().has("settings-languages", language);
        let taint = if settings { taint.without(Taint::DECODED) } else { taint };
        // Text of another language is made by programs every day (`sed "s/NAME/$n/" x.py`).
        let taint = if interpreters::is_shell(language) { taint } else { Taint(taint.0 & !Taint::REWORKED.0) };
        // Nor is a change that somebody copied.
        let taint = if language == "patch" && source == "the clipboard" { Taint::PRIVATE } else { taint };
        // A change is text that is looked at and compiled, as what git pulls; from nobody's address it is not.
        let nobodys = |this: &Self| {
            let hosts = this.know.classes().nobodys();
            this.facts.effects.iter().any(|e| e.does == Kind::Fetch && e.target.classes & hosts != 0)
        };
        let taint = if language == "patch" && !nobodys(self) { taint.without(Taint::NETWORK) } else { taint };
        // A program as its makers give it out; what a shell reads of them may be another tomorrow.
        let by_makers = || {
            let mut makers = self.know.lists().items("given-out");
            ["/releases/", "/release/"].iter().any(|place| source.contains(place))
                && makers.any(|place| source.contains(place))
        };
        let given_out = || {
            spliced::plainly_fetched(source)
                && (self.host_of_source(source) & self.know.classes().of(["releases"]) != 0 || by_makers())
        };
        let taint = if language == "program" && given_out() { taint.without(Taint::NETWORK) } else { taint };
        self.opaque(span, language, source, taint);
        let effects = self.facts.effects.len();
        self.code_effect(source, taint, call, span);
        if language == "native" {
            for effect in self.facts.effects.iter_mut().skip(effects) {
                effect.marks = &["library"];
            }
        }
    }

    /// Code that is not known runs: a fact for the rules, which look at where it comes from.
    pub fn code_effect(&mut self, source: &'a str, taint: Taint, call: u32, span: Span) {
        // What comes before all calls is none's, and not the first one's.
        let last = || self.facts.calls.len().checked_sub(1).map_or(u32::MAX, |last| last as u32);
        let call = if call == u32::MAX { last() } else { call };
        let classes = if taint.has(Taint::NETWORK) { self.host_of_source(source) } else { 0 };
        let target = Target { text: source, known: true, classes, ..Target::default() };
        // A whole command is no path, whatever paths it names.
        let path = source.starts_with(['/', '~', '.']) || !source.contains(' ');
        let marks: &'a [&'a str] = match path && self.hides(source) {
            true => &["hidden"],
            false if taint.has(Taint::STRANGERS) => &["strangers-words"],
            false if taint.has(Taint::NETWORK) && self.names_strangers_words(source) => &["strangers-words"],
            false => &[],
        };
        self.effect(Effect { data: taint, marks, ..Effect::new(Kind::Code, target, call, span) });
    }

    /// Whether a text names a variable that holds what anybody may have written who can open an issue or a pull request.
    fn names_strangers_words(&self, source: &str) -> bool {
        names_in(source).take(limits::UNROLL).any(|name| self.variable_is(name, "strangers-words"))
    }

    /// The same where a script puts what is not known into what it writes: as a word it is a value, which most who write so
    /// mean it to be.
    pub(super) fn spliced_effect(
        &mut self,
        language: &str,
        segs: &[Seg<'a>],
        source: &'a str,
        taint: Taint,
        call: u32,
        span: Span,
    ) {
        let effects = self.facts.effects.len();
        self.code_effect(source, taint, call, span);
        let near = |source: &str| {
            let command = source.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(source);
            let (fetched, rest) = command.split_once('|').unwrap_or((command, ""));
            self.host_of_source(fetched) & paths::core::LOOPBACK != 0
                && !["curl", "wget", "://"].iter().any(|more| rest.contains(more))
        };
        // Who writes a title can end the text that it is put into.
        let strangers = |seg: &Seg<'_>| match seg {
            Seg::Hole(hole) => variable_name(hole.source).is_some_and(|name| self.variable_is(name, "strangers-words")),
            Seg::Lit(_) => false,
        };
        let certain = taint.has(Taint::DECODED)
            || taint.has(Taint::STRANGERS)
            || segs.iter().any(strangers)
            || spliced::is_code_by_itself(self.know.lists(), language, segs, near);
        self.facts.effects.iter_mut().skip(effects).for_each(|effect| effect.certain &= certain);
    }

    /// A call as what it fetches remembers it: as it is written, with each address as far as that is known.
    pub fn asked_by(&self, call: &Call<'a>) -> &'a str {
        let written = self.text_of(call.span);
        if !written.contains('$') {
            return written;
        }
        let address = |word: &Field<'a>| match word.val {
            Val::Lit(text) => text.contains("://").then_some(Cow::Borrowed(text)),
            Val::Text([Seg::Lit(start), ..]) if says_host(start) => Some(Cow::Owned(with_gaps(word.val))),
            _ => None,
        };
        if !call.words.iter().any(|word| address(word).is_some()) {
            return written;
        }
        let words = call.words.iter().map(|word| address(word).unwrap_or(Cow::Borrowed(self.text_of(word.span))));
        self.bump.alloc_str(&words.collect::<Vec<_>>().join(" "))
    }

    /// Whether the script has got a file from the network.
    pub(super) fn is_downloaded(&self, path: Val<'a>) -> bool {
        let file = path.lit().and_then(|path| self.absolute(path)).and_then(|path| self.state.file(path));
        file.is_some_and(|file| file.data.taint.has(Taint::NETWORK))
    }

    /// Whether data came from a place where projects publish what they make.
    pub fn is_published(&self, source: &str) -> bool {
        spliced::plainly_fetched(source)
            && !source.contains("://gist.")
            && self.host_of_source(source) & self.know.classes().of(["forge"]) != 0
    }

    /// What is known of the host that data came from, where its source names one; of several the one that is farther away.
    pub fn host_of_source(&self, source: &str) -> Classes {
        let words = || words_in(source);
        // A model on this machine says what others' texts have it say.
        let of_model = |url: &str| globs::listed(self.know.lists(), "answers-of-models", url);
        let classes = |url: &str| match paths::classify_host(self.know.classes(), paths::host_of(url)) {
            near if near & paths::core::LOOPBACK != 0 && of_model(url) => near & !paths::core::LOOPBACK,
            classes => classes,
        };
        let near = |classes: &Classes| classes & paths::core::LOOPBACK != 0;
        let mut named = addresses_in(source).map(classes).peekable();
        if named.peek().is_some() {
            let all: Vec<Classes> = named.collect();
            return all.iter().copied().find(|classes| !near(classes)).unwrap_or(all[0]);
        }
        // `curl -fsS localhost:8000/x`, with options that take nothing.
        let plain = |word: &str| {
            word.strip_prefix('-')
                .is_some_and(|letters| letters.bytes().all(|b| matches!(b, b's' | b'S' | b'f' | b'L' | b'q' | b'k')))
        };
        // `wget 203.0.113.5/x -O y`: a number is an address, whatever it stands behind.
        let number = |word: &&str| paths::host_of(word).parse::<core::net::Ipv4Addr>().is_ok();
        if matches!(words().next(), Some("curl" | "wget"))
            && let Some(address) = words().skip(1).find(number)
        {
            return classes(address);
        }
        let mut others = words().skip(1).filter(|word| !plain(word));
        match (words().next(), others.next(), others.next()) {
            (Some("curl" | "wget"), Some(one), None) => Some(classes(one)).filter(near).unwrap_or(0),
            _ => 0,
        }
    }

    /// Whether a path is one that a person does not see who looks: a hidden name among temporary files, a picture that is
    /// run.
    pub fn hides(&self, path: &str) -> bool {
        let name = base_name(path);
        if self.is_media(path) {
            return true;
        }
        let vocabulary = self.know.vocabulary();
        // `/tmp/./x/../.s/run.sh`
        let path = if path.starts_with('/') { paths::absolute(self.bump, "", path) } else { path };
        let dotted = |part: &str| part.starts_with('.') && !part.trim_matches('.').is_empty();
        // `~/.cache/.s/run.sh`
        let folder = |place: &str| {
            let (_, rest) = path.split_once(place)?;
            let (first, _) = rest.split_once('/')?;
            Some(dotted(first) && !globs::listed(&vocabulary.lists, "plain-dot-folders", first))
        };
        vocabulary
            .lists
            .items("hiding-places")
            .any(|place| dotted(name) && path.contains(place) || folder(place) == Some(true))
            || path.starts_with("/dev/shm/")
    }

    /// Whether a path is called as pictures, sounds and films are.
    pub(super) fn is_media(&self, path: &str) -> bool {
        let ending = base_name(path).rsplit_once('.').map_or("", |(_, ending)| ending);
        self.know.lists().has("endings-of-media", ending)
    }
}

/// Whether an address says its whole host.
fn says_host(start: &str) -> bool {
    start.split_once("://").is_some_and(|(_, rest)| rest.contains('/') && !rest.contains("${{"))
}

/// A value with a sign for each part that is not known.
fn with_gaps(val: Val<'_>) -> String {
    let Val::Text(segs) = val else { return String::new() };
    segs.iter().map(|seg| if let Seg::Lit(text) = seg { text } else { GAP }).collect()
}

/// Stands for a part of an address that is not known.
const GAP: &str = "…";

/// The addresses that the source of data names: `curl "https://example.com/x"`.
pub(in crate::facts) fn addresses_in(source: &str) -> impl Iterator<Item = &str> {
    words_in(source).filter(|word| word.contains("://"))
}

fn words_in(source: &str) -> impl Iterator<Item = &str> {
    source.split_whitespace().map(|word| word.trim_matches(['"', '\'']))
}
