//! What is one of several after a branch: functions, aliases, arrays, files.

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use crate::facts::evaluate::variable::{Elements, Var};
use crate::facts::files::overlay::File;
use crate::facts::shell::ast::{Command, Item, Joint, List, What};
use crate::facts::value::{Data, Taint, Val};
use crate::limits;

/// A function of the script.
#[derive(Clone, Copy, Debug)]
pub struct Defined<'a> {
    pub body: &'a Command<'a>,
    /// It is defined on some of the ways here only: what else has this name may run in its place.
    pub perhaps: bool,
}

/// A function that is one of two, or none.
pub fn either_function<'a>(
    bump: &'a Bump,
    before: Option<Defined<'a>>,
    after: Option<Defined<'a>>,
) -> Option<Defined<'a>> {
    match (before, after) {
        (Some(before), Some(after)) => {
            let perhaps = before.perhaps || after.perhaps;
            Some(Defined { body: either(bump, before.body, after.body), perhaps })
        }
        (one, other) => one.or(other).map(|function| Defined { perhaps: true, ..function }),
    }
}

/// A function of which it is not known which body it has: one of them runs.
fn either<'a>(bump: &'a Bump, before: &'a Command<'a>, after: &'a Command<'a>) -> &'a Command<'a> {
    let list = |command: &'a Command<'a>| -> List<'a> {
        let pipeline = std::slice::from_ref(command);
        bump.alloc_slice_copy(&[Item {
            joint: Joint::Then,
            pipeline,
            negated: false,
            background: false,
            span: command.span,
        }])
    };
    if std::ptr::eq(before, after) {
        return before;
    }
    let known: &[(List<'a>, List<'a>)] = match before.what {
        // One of several already.
        What::If { arms, otherwise: None }
            if arms.len() < limits::UNROLL && arms.iter().all(|(condition, _)| condition.is_empty()) =>
        {
            arms
        }
        _ => &[(&[], list(before))],
    };
    let arms: Vec<(List<'a>, List<'a>)> = known.iter().copied().chain([(&[][..], list(after))]).collect();
    let what = What::If { arms: bump.alloc_slice_copy(&arms), otherwise: None };
    bump.alloc(Command { what, redirects: &[], span: after.span })
}

/// The same of an alias: both texts, as far as there is room for them.
pub fn either_alias<'a>(bump: &'a Bump, before: Option<&'a str>, after: Option<&'a str>) -> Option<&'a str> {
    match (before, after) {
        (Some(before), Some(after)) if before != after && before.len() + after.len() <= limits::WORD => {
            Some(bump.alloc_str(&format!("{after}; {before}")))
        }
        (_, after) => after,
    }
}

/// The elements of arrays of which one is there: each what stands at its place in one of them, the longer ones as they are.
/// None unless there are several that differ, with numbers for keys.
pub fn either_items<'a>(bump: &'a Bump, arrays: &[Var<'a>]) -> Option<Elements<'a>> {
    if arrays.iter().any(|array| array.associative) {
        return either_keys(bump, arrays);
    }
    let several: Vec<&[(Val<'a>, Val<'a>)]> =
        arrays.iter().filter(|array| !array.associative).filter_map(|array| array.items).collect();
    if several.len() < 2 || several.windows(2).all(|two| two[0] == two[1]) {
        return None;
    }
    let longest = several.iter().copied().max_by_key(|items| items.len())?;
    let at = |at: usize| {
        // What is not there is nothing.
        let values: Vec<Val<'a>> =
            several.iter().map(|items| items.get(at).map_or(Val::ABSENT, |(_, val)| *val)).collect();
        (longest[at].0, Val::set(bump, &values))
    };
    Some(bump.alloc_slice_fill_with(longest.len(), at))
}

/// The same where keys are texts: each what stands under its key in one of them.
fn either_keys<'a>(bump: &'a Bump, arrays: &[Var<'a>]) -> Option<Elements<'a>> {
    let mut several: Vec<&[(Val<'a>, Val<'a>)]> = arrays.iter().filter_map(|array| array.items).collect();
    several.dedup_by(|one, other| std::ptr::eq(*one, *other));
    if several.len() < 2 {
        return several.first().copied();
    }
    let mut all: Vec<(Val<'a>, Val<'a>)> = Vec::new();
    let mut known: FxHashMap<&'a str, usize> = FxHashMap::default();
    for (key, val) in several.into_iter().flatten() {
        let at = match key.lit() {
            Some(key) => known.get(key).copied(),
            None => all.iter().position(|(there, _)| there == key),
        };
        match at {
            Some(at) if all[at].1 == *val => {}
            Some(at) => all[at].1 = Val::set(bump, &[all[at].1, *val]),
            None if all.len() < limits::TARGETS => {
                known.extend(key.lit().map(|key| (key, all.len())));
                all.push((*key, *val));
            }
            None => return None,
        }
    }
    Some(bump.alloc_slice_copy(&all))
}

pub fn either_file<'a>(bump: &'a Bump, one: File<'a>, other: File<'a>) -> File<'a> {
    let text = Val::either(bump, one.data.text, other.data.text);
    let taint: Taint = one.data.taint | other.data.taint;
    File {
        data: Data { text, taint, ..one.data },
        same_as: one.same_as.or(other.same_as),
        link: one.link || other.link,
        directory: one.directory || other.directory,
        perhaps: one.perhaps || other.perhaps,
        older: Val::either(bump, one.older, other.older),
    }
}
