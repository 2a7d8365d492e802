//! Filters that let nothing through of a file of credentials but names: of sections, servers and contexts.

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Kind, Lists};
use crate::facts::targets::globs;
use crate::facts::value::Data;

/// Options of grep with which more lines come through than those that hold what it looks for, or all of a file.
const MORE_LINES: [&str; 10] = ["-r", "-R", "-A", "-B", "-C", "-v", "-L", "-e", "-f", "-z"];

/// Whether a stage of a filter of jq only writes down what comes, or in another order (jq(1), "Format strings and escaping",
/// "join", "sort, sort_by"); what a text of its own puts in there could be anything.
fn only_formats(stage: &str) -> bool {
    let joins = stage.strip_prefix("join(\"").and_then(|rest| rest.strip_suffix("\")"));
    matches!(stage, "@tsv" | "@csv" | "@text" | "sort" | "unique" | "length")
        || joins.is_some_and(|between| !between.contains(['"', '\\']) || matches!(between, "\\t" | "\\n"))
}

/// The paths that a list or a text of jq is made of, if it is made of nothing else: `[.key, .scope]`, `"\(.name) \(.type)"`.
fn parts(stage: &str) -> Option<Vec<&str>> {
    let inside = |opens, closes| stage.strip_prefix(opens).and_then(|rest| rest.strip_suffix(closes));
    let parts: Vec<&str> = match (inside('[', ']'), inside('"', '"')) {
        (Some(list), _) => list.split(',').map(str::trim).collect(),
        (None, Some(text)) => {
            text.split("\\(").skip(1).map(|rest| rest.split(')').next().unwrap_or(rest).trim()).collect()
        }
        (None, None) => return None,
    };
    Some(parts).filter(|parts| !parts.is_empty())
}

/// Whether such paths are names: a `.key` is one beside what says of it where it may be used, and else may be that of a lock.
fn shows_names(lists: &Lists<'_>, parts: &[&str]) -> bool {
    let (keys, others): (Vec<&str>, Vec<&str>) = parts.iter().copied().partition(|part| *part == ".key");
    let of_a_pipeline = || others.iter().any(|part| matches!(*part, ".environment_scope" | ".masked" | ".protected"));
    others.iter().all(|part| lists.has("fields-of-names", part)) && (keys.is_empty() || of_a_pipeline())
}

/// Whether the stages before the last only go down to it or choose, and give nothing another name.
fn leads_straight(filter: &str, last: &str) -> bool {
    let Some((before, _)) = filter.rsplit_once(last) else { return false };
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-[]?\"".contains(c);
    let chooses = |stage: &str| stage.starts_with("select(") && !stage.contains(['{', '$']) && !stage.contains(" as ");
    let stages = before.split('|').map(str::trim).filter(|stage| !stage.is_empty());
    stages.into_iter().all(|stage| stage.chars().all(plain) || chooses(stage))
}

impl<'a> Analysis<'a> {
    /// Whether a call prints names only: `jq '.auths | keys'` (jq(1), "Builtin operators"), `grep server:`.
    pub(super) fn shows_names_only(&self, call: &Call<'a>) -> bool {
        let (operand, list) = match call.verb {
            "jq" | "yq" => ("filter", "filters-of-names"),
            "grep" | "rg" => ("pattern", "lines-of-names"),
            _ => return false,
        };
        let Some(said) = call.fields(operand).next().and_then(|field| field.val.lit()) else { return false };
        let shows_more = ["debug", "stderr", "error", "input", "#", "{("].iter().any(|word| said.contains(word));
        let more_lines = || call.options.iter().any(|o| MORE_LINES.iter().any(|name| o.is(name)));
        let named = |said: &str| globs::listed(self.know.lists(), list, said);
        match list {
            "filters-of-names" => {
                let last = said.rsplit('|').map(str::trim).find(|stage| !only_formats(stage)).unwrap_or(said);
                !shows_more
                    && (named(last)
                        || leads_straight(said, last)
                            && parts(last).is_some_and(|parts| shows_names(self.know.lists(), &parts)))
            }
            _ => named(said) && !more_lines(),
        }
    }

    /// Whether a call prints lines in which it looked for secrets: `grep -rn API_KEY .`
    pub(super) fn finds_secrets(&self, call: &Call<'a>) -> bool {
        let counts = |o: &crate::facts::Opt<'a>| ["-c", "-q", "-l", "-L"].iter().any(|name| o.is(name));
        let sought = call.fields("pattern").next().and_then(|field| field.val.lit());
        !call.options.iter().any(counts)
            && sought.is_some_and(|sought| globs::listed(self.know.lists(), "patterns-of-secrets", sought))
    }

    /// Marks the files that a call reads of which it shows names only, and the one that is handed to it as it lies there:
    /// `cat ~/.kube/config | grep server:`.
    pub(super) fn names_only(&mut self, index: u32, stdin: &Data<'a>) {
        let before = index.checked_sub(1).filter(|before| {
            let call = self.facts.calls.get(*before as usize);
            call.is_some_and(|call| self.know.lists().has("passes-on", call.program))
        });
        for at in (0..self.facts.effects.len()).rev() {
            let effect = &mut self.facts.effects[at];
            let handed = before == Some(effect.call) && !stdin.inherited;
            if effect.call != index && !handed {
                break;
            }
            if effect.does == Kind::Read {
                effect.mark(self.bump, "names-only");
            }
        }
    }
}
