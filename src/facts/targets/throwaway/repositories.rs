//! Repositories that a script made for itself: of git, and of backups.

use crate::facts::analysis::Analysis;
use crate::facts::value::{Field, Val};
use crate::facts::{Call, Effect};

impl<'a> Analysis<'a> {
    /// Whether the repository that a git command works in was made by this script, or lies in a temporary directory.
    pub(super) fn made_here(&mut self, call: &Call<'a>) -> bool {
        let chosen = call.options.iter().find(|o| o.is("-C")).and_then(|o| o.value).map(|f| f.val);
        let directory = chosen.unwrap_or(self.state.cwd);
        self.own(directory)
    }

    /// Whether the changes that a call throws away were put aside or committed just before it, or there are none: `git
    /// stash -u && git reset --hard`, `git diff --quiet && git checkout .`. Only where the one runs if the other worked.
    pub(super) fn saved_before(&self, call: &Call<'a>, effect: &Effect<'a>) -> bool {
        let tracked = effect.marks.iter().any(|mark| matches!(*mark, "hard" | "all"));
        let untracked = effect.marks.contains(&"untracked");
        let Some(source) = self.facts.sources.get(call.span.source as usize).filter(|_| tracked || untracked) else {
            return false;
        };
        let Some(before) = source.text.get(..call.span.start as usize) else { return false };
        let chain = before.rsplit(['\n', ';']).next().unwrap_or_default();
        if !chain.trim_end().ends_with("&&") || chain.contains("||") {
            return false;
        }
        let start = before.len() - chain.len();
        let own = |other: &&Call<'a>| other.span.source == call.span.source && other.span.start as usize >= start;
        let earlier = || self.facts.calls.iter().filter(own).filter(|other| other.span.end <= call.span.start);
        // In the same repository, and not taken back.
        let chosen = |other: &Call<'a>| other.fields("-C").next().and_then(|field| field.val.lit());
        if earlier().any(|other| !other.verb.starts_with("git ") || chosen(other) != chosen(call)) {
            return false;
        }
        let has = |other: &Call<'a>, names: &[&str]| other.options.iter().any(|o| names.iter().any(|name| o.is(name)));
        let first =
            |other: &Call<'a>| other.operands.first().map(|operand| operand.field.val.lit().unwrap_or_default());
        let clean = |other: &Call<'a>| {
            let text = &chain[other.span.end as usize - start..];
            let word = &chain[..other.span.start as usize - start];
            match other.verb {
                "git diff" | "git diff-index" if has(other, &["--quiet"]) => tracked && !has(other, &["--cached"]),
                // `git diff HEAD > file`
                "git diff" => {
                    tracked && first(other).is_none_or(|name| name == "HEAD") && text.trim_start().starts_with("> ")
                }
                "git status" => {
                    let empty = ["-z \"$(", "-z $("].iter().any(|test| word.trim_end().ends_with(test));
                    empty && has(other, &["--porcelain", "-s"]) && !has(other, &["-u", "--untracked-files"])
                }
                _ => false,
            }
        };
        let mut all_added = false;
        let mut saved = false;
        for other in earlier() {
            match other.verb {
                "git add" => {
                    let whole = |path| matches!(path, "." | ":/");
                    all_added |= first(other).map_or(has(other, &["-A"]), whole);
                }
                "git commit" => saved |= all_added || tracked && has(other, &["-a"]),
                "git stash" => match first(other) {
                    None | Some("push" | "save") if other.operands.len() < 2 => {
                        saved |= tracked && !has(other, &["-p", "-k", "-S"]) || has(other, &["-u", "-a"]);
                    }
                    _ => return false,
                },
                _ if clean(other) => saved = true,
                "git fetch" | "git status" | "git log" | "git rev-parse" | "git branch" => {}
                _ => return false,
            }
        }
        saved
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
        let places = self.know.places();
        if !places.listed("backup-tools", call.program) {
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
