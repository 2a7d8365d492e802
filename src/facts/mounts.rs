//! What a deleted folder takes with it: the folders and disks that the script mounted in it, and did not unmount.

use super::analysis::Analysis;
use super::target::Look;
use super::value::Val;
use super::{Call, Target};
use crate::limits;

/// A folder or disk that the script has mounted.
#[derive(Clone, Copy)]
pub struct Mount<'a> {
    /// The call that did it.
    call: usize,
    /// Where it is, as files are remembered.
    at: &'a str,
    source: Val<'a>,
}

impl<'a> Analysis<'a> {
    /// Remembers what is mounted (mount(8)).
    pub fn mounted(&mut self, call: &Call<'a>, target: &Target<'a>, word: Val<'a>) {
        let Some(source) = call.fields("src").next().map(|field| field.val) else { return };
        // `tmpfs`, `proc` and the like are nobody's data.
        let is_path = source.lit().is_none_or(|source| source.contains('/'));
        if let Some(at) = self.remembered_as(target, word).filter(|_| is_path && self.mounts.len() < limits::TARGETS) {
            self.mounts.push(Mount { call: self.facts.calls.len(), at, source });
        }
    }

    /// What is still mounted in a folder, as targets of its own.
    pub fn mounted_below(&mut self, target: &Target<'a>, word: Val<'a>) -> Vec<Target<'a>> {
        if self.mounts.is_empty() {
            return Vec::new();
        }
        let Some(folder) = self.remembered_as(target, word) else { return Vec::new() };
        let below = |at: &str| at.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let mounts: Vec<Mount<'a>> = self.mounts.iter().copied().filter(|mount| below(mount.at)).collect();
        let left: Vec<Mount<'a>> = mounts.into_iter().filter(|mount| !self.unmounted(mount)).collect();
        left.into_iter().map(|mount| self.path_target(mount.source, Look::Through)).collect()
    }

    fn unmounted(&mut self, mount: &Mount<'a>) -> bool {
        let unmounts = |call: &&Call<'a>| call.entry.is_some_and(|entry| entry.name == "umount");
        let after = self.facts.calls.get(mount.call..).unwrap_or_default();
        let words: Vec<Val<'a>> =
            after.iter().filter(unmounts).flat_map(|call| call.fields("path")).map(|field| field.val).collect();
        words.into_iter().any(|word| {
            let target = self.path_target(word, Look::Entry);
            self.remembered_as(&target, word) == Some(mount.at)
        })
    }
}
