//! Code of somebody's pull request that a script fetches and runs while secrets are in reach: whoever opens one has them
//! (GitHub, "Security hardening": what `pull_request_target` must not do).

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::value::Taint;

impl<'a> Analysis<'a> {
    /// Says of the first command that runs such code that it does.
    pub fn pull_requests_run(&mut self) {
        let Some(fetched) = self.facts.calls.iter().position(fetches_pull_request) else { return };
        let written = Taint::SECRET | Taint::SECRET_VARIABLE;
        let kept = self
            .facts
            .effects
            .iter()
            .any(|effect| matches!(effect.does, Kind::Write | Kind::Append) && effect.data.has(written));
        let exported = || {
            let own = self.state.own_variables();
            own.iter().any(|(name, var)| var.exported && self.variable_is(name, "secret"))
        };
        let in_reach = kept || exported();
        let runs = self
            .facts
            .calls
            .iter()
            .enumerate()
            .skip(fetched + 1)
            .find(|(_, call)| runs_what_is_there(call) && (in_reach || self.given_a_secret(call)));
        let Some((at, call)) = runs else { return };
        let span = call.span;
        self.plain_effect(Kind::Code, "what a pull request brings", at as u32, span, Taint::NONE, &["strangers-words"]);
    }

    /// Whether a secret stands before a command, for that alone: `NODE_AUTH_TOKEN="$T" npm ci`, `AWS_PROFILE=release make`.
    fn given_a_secret(&self, call: &Call<'a>) -> bool {
        let Some(source) = self.facts.sources.get(call.span.source as usize) else { return false };
        let Some(before) = source.text.get(..call.span.start as usize) else { return false };
        let line = before.rsplit(['\n', ';', '|', '&']).next().unwrap_or_default();
        let names = line.split_whitespace().filter_map(|word| Some(word.split_once('=')?.0));
        names.into_iter().any(|name| name == "AWS_PROFILE" || self.variable_is(name, "secret"))
    }
}

/// Whether a command fetches what somebody asks to be pulled: `git fetch origin pull/7/head`, `gh pr checkout 7`.
fn fetches_pull_request(call: &Call<'_>) -> bool {
    let of_request = |text: &str| {
        (text.contains("pull/") || text.contains("merge-requests/"))
            && (text.contains("/head") || text.contains("/merge"))
    };
    let word = |at: usize| call.words.get(at).and_then(|word| word.val.lit());
    match call.program {
        "git" => {
            matches!(word(1), Some("fetch" | "pull")) && call.words.iter().any(|word| of_request(&word.val.text()))
        }
        "gh" => (word(1), word(2)) == (Some("pr"), Some("checkout")),
        "glab" => (word(1), word(2)) == (Some("mr"), Some("checkout")),
        _ => false,
    }
}

/// Whether a command runs what lies in the workspace: a script by its path, or a tool that a project tells what to do.
fn runs_what_is_there(call: &Call<'_>) -> bool {
    call.path.is_some_and(|path| path.starts_with("./"))
        || call.entry.is_some_and(|entry| !entry.loads.is_empty() && entry.pack != "git")
}
