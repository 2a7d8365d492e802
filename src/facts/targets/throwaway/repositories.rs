//! Repositories that a script made for itself: of git, and of backups.

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::value::{Field, Val};

impl<'a> Analysis<'a> {
    /// Whether the repository that a git command works in was made by this script, or lies in a temporary directory.
    pub(super) fn made_here(&mut self, call: &Call<'a>) -> bool {
        let chosen = call.options.iter().find(|o| o.is("-C")).and_then(|o| o.value).map(|f| f.val);
        let directory = chosen.unwrap_or(self.state.cwd);
        self.own(directory)
    }

    /// Whether git works in a clone of a repository that this script made too.
    pub(super) fn cloned_here(&mut self, call: &Call<'a>) -> bool {
        if !self.made_here(call) {
            return false;
        }
        // Where it was cloned from, and what other addresses it was given.
        let mut remotes = Vec::new();
        for earlier in &self.facts.calls {
            match earlier.verb {
                "git clone" => remotes.extend(earlier.operands.first().map(|operand| operand.field.val)),
                "git remote" => match earlier.operands.first().and_then(|operand| operand.field.val.lit()) {
                    Some("add" | "set-url") => remotes.extend(earlier.words.last().map(|field| field.val)),
                    None | Some("show" | "get-url" | "remove" | "rm" | "prune" | "update") => {}
                    Some(_) => return false,
                },
                "git config" if earlier.operands.iter().any(|o| o.field.val.lit().is_none_or(says_an_address)) => {
                    return false;
                }
                _ => {}
            }
        }
        // `git@host:path` is no folder below this one.
        let elsewhere =
            |remote: &Val<'a>| remote.lit().is_some_and(|text| text.contains(':') && !text.starts_with("file:"));
        !remotes.is_empty() && !remotes.iter().any(elsewhere) && remotes.into_iter().all(|remote| self.own(remote))
    }

    /// Whether the backups that a call works on lie in a folder of the script's own: `borg delete "$T/repo::a"`.
    pub(super) fn repository_of_its_own(&mut self, call: &Call<'a>) -> bool {
        let vocabulary = self.know.vocabulary();
        if !vocabulary.lists.has("backup-tools", call.program) {
            return false;
        }
        let option = ["-r", "--repo"].iter().find_map(|name| call.fields(name).next());
        let named = |field: &Field<'a>| !matches!(field.val, Val::Lit(word) if !word.contains('/'));
        let mut operands = call.operands.iter().map(|operand| operand.field);
        // rclone changes what stands last.
        let operand = match call.program {
            "rclone" => operands.next_back().filter(named),
            _ => operands.find(named),
        };
        let variable = || ["RESTIC_REPOSITORY", "BORG_REPO"].iter().find_map(|name| Some(self.state.var(name)?.val));
        let Some(repository) = option.or(operand).map(|field| field.val).or_else(variable) else { return false };
        self.own(repository)
    }
}

/// Whether a setting of git says where a remote leads.
fn says_an_address(word: &str) -> bool {
    ["url.", "remote.", ".url", "pushurl", "insteadof"].iter().any(|part| word.to_ascii_lowercase().contains(part))
}
