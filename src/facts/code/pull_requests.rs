//! Code of somebody's pull request that a script fetches and runs while secrets are in reach: whoever opens one has them
//! (GitHub, "Security hardening": what `pull_request_target` must not do).

use std::cell::OnceCell;

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::value::Taint;
use crate::facts::{Call, Effect};

/// What the branches are called that a team looks after itself.
const OWN: [&str; 5] = ["main", "master", "develop", "-", "origin/main"];

/// What one call does to what lies in the workspace.
enum Turn {
    /// It fetches what somebody asks to be pulled, and leaves it aside.
    Fetches,
    /// It puts that in place.
    Takes,
    /// What was fetched is put in place, or something else.
    Switches { own: bool },
}

impl<'a> Analysis<'a> {
    /// Says of the first command that runs such code that it does.
    pub fn pull_requests_run(&mut self) {
        let calls = &self.facts.calls;
        let (mut fetched, mut inside) = (false, false);
        // Asked once, however many commands run what is there.
        let written = OnceCell::new();
        let exported = OnceCell::new();
        let in_reach = |at: usize, call: &Call<'a>| {
            *exported.get_or_init(|| self.exports_a_secret())
                || was_written(written.get_or_init(|| self.secrets_written()), at, call)
                || self.given_a_secret(call)
        };
        let mut runs = None;
        for (at, call) in calls.iter().enumerate() {
            match turn(call) {
                Some(Turn::Fetches) => fetched = true,
                Some(Turn::Takes) => inside = true,
                Some(Turn::Switches { own }) => inside = (inside || fetched) && !own,
                None if inside && runs_what_is_there(call) && in_reach(at, call) => {
                    runs = Some((at, call.span));
                    break;
                }
                None => {}
            }
        }
        let Some((at, span)) = runs else { return };
        let text = "what a pull request brings";
        self.plain_effect(Kind::Code, text, at as u32, span, Taint::NONE, &["strangers-words"]);
    }

    /// What is written that has a secret in it: the call, and where that stands.
    fn secrets_written(&self) -> Vec<(usize, Span)> {
        let secret = Taint::SECRET | Taint::SECRET_VARIABLE;
        let written =
            |effect: &&Effect<'_>| matches!(effect.does, Kind::Write | Kind::Append) && effect.data.has(secret);
        self.facts.effects.iter().filter(written).map(|effect| (effect.call as usize, effect.span)).collect()
    }

    /// Whether what runs has a secret in its environment.
    fn exports_a_secret(&self) -> bool {
        let own = self.state.own_variables();
        own.iter().any(|(name, var)| var.exported && var.val.lit().is_none() && self.variable_is(name, "secret"))
    }

    /// Whether a secret stands before a command, for that alone: `NODE_AUTH_TOKEN="$T" npm ci`, `AWS_PROFILE=release make`; a
    /// value that is written out is one for tests.
    fn given_a_secret(&self, call: &Call<'a>) -> bool {
        let Some(source) = self.facts.sources.get(call.span.source as usize) else { return false };
        let Some(before) = source.text.get(..call.span.start as usize) else { return false };
        let goes_on = |at: usize| before[..at].ends_with('\\') && before[at..].starts_with('\n');
        let end = before.rmatch_indices(['\n', ';', '|', '&']).find(|(at, _)| !goes_on(*at));
        let line = end.map_or(before, |(at, _)| &before[at + 1..]);
        let given = line.split_whitespace().filter_map(|word| word.split_once('='));
        given
            .into_iter()
            .any(|(name, value)| name == "AWS_PROFILE" || value.contains('$') && self.variable_is(name, "secret"))
    }
}

/// Whether one of these was written before a call.
fn was_written(secrets: &[(usize, Span)], at: usize, call: &Call<'_>) -> bool {
    secrets.iter().any(|(by, span)| *by <= at && span.source == call.span.source && span.start < call.span.start)
}

fn turn(call: &Call<'_>) -> Option<Turn> {
    let word = |at: usize| call.words.get(at).and_then(|word| word.val.lit());
    let of_request = |text: &str| {
        (text.contains("pull/") || text.contains("merge-requests/"))
            && (text.contains("/head") || text.contains("/merge"))
    };
    let by_address = |text: &str| text.starts_with("https://") || text.starts_with("git@");
    let says = |of: &dyn Fn(&str) -> bool| call.words.iter().skip(2).any(|word| of(&word.val.text()));
    match (call.program, word(1)) {
        ("git", Some("fetch")) if says(&of_request) || says(&by_address) => Some(Turn::Fetches),
        ("git", Some("pull")) if says(&of_request) => Some(Turn::Takes),
        ("git", Some("checkout" | "switch" | "merge" | "reset" | "worktree" | "read-tree" | "cherry-pick")) => {
            let own = call.words.iter().skip(2).any(|word| word.val.lit().is_some_and(|text| OWN.contains(&text)));
            Some(Turn::Switches { own })
        }
        ("gh", Some("pr")) if word(2) == Some("checkout") => Some(Turn::Takes),
        ("glab", Some("mr")) if word(2) == Some("checkout") => Some(Turn::Takes),
        _ => None,
    }
}

/// Whether a command runs what lies in the workspace: a script by its path, a tool that a project tells what to do, a shell
/// that is given a file.
fn runs_what_is_there(call: &Call<'_>) -> bool {
    let here = |path: &str| path.contains('/') && !path.starts_with(['/', '~', '$']);
    let of_shell = || {
        matches!(call.program, "bash" | "sh" | "python3" | "python" | "node" | "ruby")
            && call.operands.first().is_some_and(|operand| operand.field.val.lit().is_some_and(here))
    };
    call.path.is_some_and(here)
        || of_shell()
        || call.entry.is_some_and(|entry| !entry.loads.is_empty() && entry.pack != "git")
}
