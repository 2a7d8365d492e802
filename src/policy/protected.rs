//! Which protected paths an action changes: by their names, by what its patterns mean, with the folder that they lie in,
//! and by a search that finds them.

use super::tenant;
use crate::facts::knowledge::Kind;
use crate::facts::snapshot::{Answer, Ask, Snapshot};
use crate::facts::{Effect, Facts, globs};
use crate::rules::matcher::Match;

/// Whether an effect that changes something changes a path of these patterns.
#[must_use]
pub fn changes(patterns: &[String], effect: &Effect<'_>, snapshot: &Snapshot) -> Match {
    let whole = |folder: &str| match effect.does {
        Kind::Move => true,
        // All changes of a project may be thrown away, whatever is protected in it.
        Kind::DiscardWork => folder != tenant::root(snapshot),
        _ => effect.recursive || effect.marks.contains(&"walked"),
    };
    let named = |path: &str| patterns.iter().any(|pattern| tenant::names_path(pattern, path, snapshot));
    let taken = |path: &str| {
        let kept = patterns.iter().map(|pattern| kept_in(pattern, snapshot));
        whole(path) && kept.into_iter().any(|kept| kept == path || lies_below(&kept, path))
    };
    let own = [effect.target.path, effect.target.real].into_iter().flatten();
    let mut paths = own.chain(effect.target.meant.iter().copied());
    // Of a search the folder that it begins in may be protected itself.
    let begins = beginning(effect, snapshot);
    let searches = effect.target.text.contains("/…");
    if paths.any(|path| named(path) || taken(path))
        || begins.is_some_and(|folder| named(&folder) || !searches && taken(&folder))
    {
        return Match::Yes;
    }
    let found = searched(patterns, effect, snapshot).map(|search| match snapshot.answers.get(&search.ask) {
        _ if search.takes_folder => Match::Yes,
        Some(Answer::Names(names)) => Match::of(names.iter().any(|named| {
            let path = format!("{}/{}", search.kept, named.name);
            tenant::names_path(search.pattern, &path, snapshot)
        })),
        Some(Answer::Missing) => Match::No,
        _ => Match::Maybe,
    });
    found.max().unwrap_or(Match::No)
}

/// A search through folders among which a protected one is.
struct Search<'s> {
    pattern: &'s str,
    /// The folder that holds all that is protected.
    kept: String,
    /// That folder, or one that it lies in, is found itself, and all that lies in it goes with it.
    takes_folder: bool,
    ask: Ask,
}

/// What has to be known to say so.
#[must_use]
pub fn asks(patterns: &[String], facts: &Facts<'_>, snapshot: &Snapshot) -> Vec<Ask> {
    let all = facts.effects.iter().flat_map(|effect| searched(patterns, effect, snapshot));
    all.map(|search| search.ask).filter(|ask| !snapshot.answers.contains_key(ask)).collect()
}

/// Whether a search through folders (`find . -name '*.tf' -delete`) finds something that is protected: asked in the folder
/// that is, not in all of the project.
fn searched<'s>(
    patterns: &'s [String],
    effect: &Effect<'_>,
    snapshot: &'s Snapshot,
) -> impl Iterator<Item = Search<'s>> + use<'s> {
    let search = effect.target.text.split_once("/…").filter(|_| effect.does.changes_files());
    let search = search.filter(|_| effect.target.path.is_none()).map(|(folder, name)| {
        let name = name.trim_start_matches(['/', '…']);
        let name = if name.is_empty() || name.contains('/') { "*" } else { name };
        (absolute(folder, snapshot), name.to_owned())
    });
    let recursive = effect.recursive || effect.does == Kind::Move;
    search.into_iter().flat_map(move |(folder, name)| {
        let kept = patterns.iter().map(|pattern| (pattern, kept_in(pattern, snapshot)));
        kept.filter_map(move |(pattern, kept)| {
            let below = kept.strip_prefix(folder.trim_end_matches('/'))?;
            let inside = kept == folder || below.starts_with('/');
            let takes_folder =
                recursive && name != "*" && below.split('/').any(|part| !part.is_empty() && globs::text(&name, part));
            let ask = Ask::Glob(format!("{kept}/**/{name}"));
            inside.then_some(Search { pattern, kept, takes_folder, ask })
        })
    })
}

/// The folder that holds all that a pattern protects; empty if that may lie anywhere.
fn kept_in(pattern: &str, snapshot: &Snapshot) -> String {
    let literal = &pattern[..pattern.find(['*', '?', '[', '{']).unwrap_or(pattern.len())];
    let folder = match literal.len() == pattern.len() {
        true => literal,
        false => literal.rsplit_once('/').map_or("", |(folder, _)| folder),
    };
    let folder = folder.trim_start_matches("./").trim_end_matches('/');
    match folder {
        "" => String::new(),
        // Without a slash it is a name anywhere, as in .gitignore.
        name if name == pattern => String::new(),
        _ if folder.starts_with('/') => folder.to_owned(),
        _ => match folder.strip_prefix("~/") {
            Some(rest) => format!("{}/{rest}", snapshot.own_home()),
            None => format!("{}/{folder}", tenant::root(snapshot)),
        },
    }
}

/// Whether a path lies in a folder, at any depth.
fn lies_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
}

/// A folder as words name it.
fn absolute(folder: &str, snapshot: &Snapshot) -> String {
    let inside = folder.trim_start_matches("./").trim_end_matches('/');
    match inside {
        "" | "." => snapshot.cwd.clone(),
        path if path.starts_with('/') => path.to_owned(),
        path => format!("{}/{path}", snapshot.cwd),
    }
}

/// Where an effect on files is whose names are not all known: the folder before what is not known, or what git is told
/// to put back.
fn beginning(effect: &Effect<'_>, snapshot: &Snapshot) -> Option<String> {
    if effect.target.path.is_some() || effect.target.text.contains("://") {
        return None;
    }
    let text = match effect.does {
        Kind::DiscardWork if effect.marks.contains(&"file") => effect.target.text,
        does if does.changes_files() => effect.target.text.split_once("/…").map(|(folder, _)| folder)?,
        _ => return None,
    };
    let inside = text.trim_start_matches("./").trim_end_matches('/');
    let plain = !inside.is_empty() && inside != "." && !inside.contains(['$', '*', '~']);
    plain.then(|| absolute(text, snapshot))
}
