//! The short names of cmdlets (about_Aliases, "Built-in aliases"), wherever they are asked for.

/// Those of `Remove-Item`, and itself, in small letters.
const REMOVES: [&str; 7] = ["rm", "del", "erase", "rd", "rmdir", "ri", "remove-item"];

/// Those of what gives the objects of a folder's files.
const LISTS: [&str; 4] = ["get-childitem", "gci", "dir", "ls"];

/// Whether a word, whichever its letters, deletes.
pub(in crate::facts::dialects) fn removes(word: &str) -> bool {
    REMOVES.iter().any(|name| word.eq_ignore_ascii_case(name))
}

/// Whether a word, whichever its letters, is a command that takes a list of paths, besides those that delete.
pub(super) fn takes_paths(word: &str) -> bool {
    let others =
        ["copy-item", "copy", "cp", "cpi", "move-item", "move", "mv", "mi", "compress-archive", "get-content", "gc"];
    others.iter().chain(&LISTS).any(|name| word.eq_ignore_ascii_case(name))
}

/// Whether a text in small letters speaks of one that deletes.
pub(super) fn may_remove(lower: &str) -> bool {
    REMOVES.iter().any(|name| lower.contains(name))
}

/// The same of one that lists a folder.
pub(super) fn may_list(lower: &str) -> bool {
    LISTS.iter().any(|name| lower.contains(name))
}

/// Whether a word, whichever its letters, gives the objects of files: of a folder's, or one.
pub(super) fn gives_files(word: &str) -> bool {
    LISTS.iter().chain(&["get-item", "gi"]).any(|name| word.eq_ignore_ascii_case(name))
}

/// How long the name is that a text in small letters ends with, if it is of one that lists a folder.
pub(super) fn ends_listing(lower: &str) -> Option<usize> {
    LISTS.iter().find(|name| lower.ends_with(**name)).map(|name| name.len())
}

/// The long name of what gives the objects of files to a pipe.
pub(super) fn lists(verb: &str) -> Option<&'static str> {
    let others = ["get-item", "gi", "resolve-path", "rvpa"];
    LISTS.iter().chain(&others).any(|name| verb.eq_ignore_ascii_case(name)).then_some("Get-ChildItem")
}

/// The long name of a stage of a pipe that leaves some of what comes, or puts it in order.
pub(super) fn of_a_stage(verb: &str) -> Option<&'static str> {
    match verb.to_ascii_lowercase().as_str() {
        "select" => Some("Select-Object"),
        "sort" => Some("Sort-Object"),
        "group" => Some("Group-Object"),
        _ => None,
    }
}
