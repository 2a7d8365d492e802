//! What sed does to the lines of a file, as far as it does no harm there.

use crate::facts::analysis::Analysis;
use crate::facts::fold::sed;
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths::base_name;
use crate::facts::value::Field;
use crate::facts::{Call, Opt};

/// Whether all that sed is told is to take lines out.
pub(super) fn takes_lines_out(call: &Call<'_>) -> bool {
    // What is not printed is not kept either; a file says more; a suffix may lead elsewhere.
    let elsewhere = |o: &Opt<'_>| {
        (o.is("-i") || o.is("-I"))
            && o.value.is_some_and(|value| value.val.lit().is_none_or(|v| v.contains(['/', '*'])))
    };
    if call.options.iter().any(|o| o.is("-n") || o.is("-f") || elsewhere(o)) {
        return false;
    }
    let expressions = call.options.iter().filter(|o| o.is("-e"));
    let all = |field: Option<&Field<'_>>| field.and_then(|f| f.val.lit()).is_some_and(sed::only_deletes);
    match expressions.clone().next() {
        Some(_) => expressions.map(|o| o.value).all(|value| all(value.as_ref())),
        None => all(call.fields("code").next().as_ref()),
    }
}

impl<'a> Analysis<'a> {
    /// Whether sed does nothing but to put lines that let in fewer or watch more in the place of others:
    /// `sed -i 's/^#*PermitRootLogin.*/PermitRootLogin no/' /etc/ssh/sshd_config`.
    pub(super) fn tightens(&self, call: &Call<'a>) -> bool {
        let told =
            |o: &Opt<'_>| o.is("-e") || o.value.is_none() && (o.is("-i") || o.is("-I") || o.is("-E") || o.is("-r"));
        if !call.options.iter().all(told) {
            return false;
        }
        let mut scripts = call.options.iter().filter(|o| o.is("-e")).map(|o| o.value).peekable();
        let first = scripts.peek().is_none().then(|| call.fields("code").next());
        let one = |script: Option<Field<'_>>| {
            script.and_then(|field| field.val.lit()).is_some_and(|script| {
                script.split([';', '\n']).map(str::trim).filter(|part| !part.is_empty()).all(|part| {
                    let Some((from, to, Some("" | "g" | "I"))) = sed::substitution(part) else { return false };
                    if !part[1..].starts_with(|sign: char| sign.is_ascii_punctuation()) {
                        return false;
                    }
                    // The whole line of the same setting; a part of it would join what stands around.
                    let name = to.split([' ', '=']).next().unwrap_or_default();
                    !name.is_empty() && from.contains(name) && self.guards(to)
                })
            })
        };
        match first {
            Some(script) => one(script),
            None => scripts.all(one),
        }
    }

    /// Whether a table is put back with some of its lines left out: `crontab -l | grep -v backup.sh | crontab -`.
    pub(super) fn with_fewer_lines(&self, call: &Call<'a>) -> bool {
        let mut start = call.span.start;
        for earlier in self.facts.calls.iter().rev().filter(|earlier| earlier.span.end <= call.span.start) {
            let between = Span { start: earlier.span.end, end: start, ..call.span };
            let pipe = self.text_of(between).trim().trim_end_matches("sudo").trim_end();
            if earlier.span.source != call.span.source || !matches!(pipe, "|" | "2>/dev/null |" | "2> /dev/null |") {
                return false;
            }
            start = earlier.span.start;
            if earlier.program == call.program {
                // The same person's, and nothing but that.
                let user = |call: &Call<'a>| call.fields("-u").next().map(|field| field.val);
                return earlier.options.iter().any(|o| o.is("-l"))
                    && user(earlier) == user(call)
                    && earlier.place.privileged == call.place.privileged
                    && earlier.place.kind == call.place.kind;
            }
            let paths = earlier.fields("path").next().is_some();
            let takes_out = earlier.program == "sed" && !paths && takes_lines_out(earlier);
            if !takes_out && !leaves_lines_out(earlier) {
                return false;
            }
        }
        false
    }

    /// Whether sed does nothing but to add a line that sets something, or to put one such in another's place:
    /// `sed -i '$a export A=1'`, `sed -i 's/^HISTSIZE=.*/HISTSIZE=9000/'`.
    pub(super) fn changes_settings(&self, call: &Call<'a>) -> bool {
        let of_a_shell = |field: Field<'a>| {
            field.val.lit().is_some_and(|path| self.know.lists().has("starts-a-shell", base_name(path)))
        };
        if !call.fields("path").all(of_a_shell) {
            return false;
        }
        let quietly = |o: &Opt<'_>| (o.is("-i") || o.is("-I") || o.is("-E") || o.is("-r")) && o.value.is_none();
        if !call.options.iter().all(quietly) {
            return false;
        }
        let Some(script) = call.fields("code").next().and_then(|field| field.val.lit()) else { return false };
        if let Some(line) = ["$a ", "$ a ", "$a\\"].iter().find_map(|start| script.strip_prefix(start)) {
            return !line.contains(['\n', '\\']) && self.is_setting(line.trim_start());
        }
        // A reference puts there what stood in the file.
        let Some((from, to, Some("" | "g"))) = sed::substitution(script) else { return false };
        let name = |text: &str| text.trim_start_matches('^').split_once('=').map(|(name, _)| name.to_owned());
        name(from).is_some_and(|from| Some(from) == name(to)) && !to.contains(['&', '\\']) && self.is_setting(to)
    }
}

/// Whether grep leaves lines of a word out, and says the others as they are.
fn leaves_lines_out(call: &Call<'_>) -> bool {
    let plain = |o: &Opt<'_>| ["-v", "-i", "-F", "-E", "-w", "-e"].iter().any(|name| o.is(name));
    let pattern = ["-e", "pattern"].iter().find_map(|name| call.fields(name).next()?.val.lit());
    let says = |pattern: &str| {
        !pattern.contains(['|', '\\']) && pattern.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.len() > 2)
    };
    call.verb == "grep"
        && call.options.iter().all(plain)
        && call.options.iter().any(|o| o.is("-v"))
        && call.fields("path").next().is_none()
        && pattern.is_some_and(says)
}
