//! What a deleted folder takes with it: the folders and disks that the script mounted in it, and did not unmount.

use crate::facts::analysis::Analysis;
use crate::facts::evaluate::state::Mount;
use crate::facts::knowledge::Where;
use crate::facts::shell::ast::Span;
use crate::facts::targets::{Look, paths};
use crate::facts::value::Val;
use crate::facts::{Call, Target};

/// So many are remembered.
const MOST: usize = 256;

impl<'a> Analysis<'a> {
    /// Remembers what is mounted (mount(8)).
    pub fn mounted(&mut self, call: &Call<'a>, target: &Target<'a>, word: Val<'a>) {
        let Some(source) = call.fields("src").next().map(|field| field.val) else { return };
        // `tmpfs`, `proc` and the like are nobody's data; disks have names too.
        let typed = call.options.iter().any(|o| o.is("-t"));
        let is_path = source.lit().is_none_or(|source| !typed || source.contains(['/', ':', '=']));
        if let Some(at) = self.folder_of(target, word).filter(|_| is_path && self.mounts.len() < MOST) {
            self.mounts.push(Mount { at, source });
        }
    }

    /// Whether a path lies on a disk or a share that the script mounted somewhere of its own (`mount /dev/sda1 /tmp/h`), and
    /// what it is on that disk.
    pub(super) fn lies_on_another(&mut self, path: &str) -> Option<Option<&'a str>> {
        let mount = *self.mounts.iter().rev().find(|mount| paths::lies_in(path, mount.at))?;
        let source = mount.source.lit()?;
        if source.starts_with("/dev/") {
            let rest = path.get(mount.at.len()..).filter(|rest| !rest.is_empty()).unwrap_or("/");
            return (!self.made_of_files(source)).then(|| Some(&*self.bump.alloc_str(rest)));
        }
        // `nas:/prod`, `//nas/all`, a bucket
        (source.contains(':') || source.starts_with("//") || !source.contains(['/', '.'])).then_some(None)
    }

    /// What is mounted, to be kept beside what may not happen, or not yet.
    pub fn mounted_now(&self) -> Vec<Mount<'a>> {
        self.mounts.clone()
    }

    /// What was mounted is so still.
    pub fn mount_again(&mut self, before: Vec<Mount<'a>>) {
        for mount in before {
            if !self.mounts.contains(&mount) {
                self.mounts.push(mount);
            }
        }
    }

    /// Whether what is unmounted behind a test may be mounted still: the test asks for something else (`[ "$X" ] && umount
    /// /mnt`, not `mountpoint -q "$m" && umount "$m"`).
    pub fn tests_something_else(&self, test: Span, then: Span) -> bool {
        if self.mounts.is_empty() {
            return false;
        }
        let (test, then) = (self.text_of(test), self.text_of(then));
        let mut words = test.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | ']' | '['));
        let same = |word: &str| word.contains(['$', '/']) && then.contains(word);
        !test.contains("mount") && !matches!(test, "true" | ":") && !words.any(same)
    }

    /// Forgets what is unmounted (umount(8)). What may be meant is meant, of folders of the system: those of a new root are
    /// found by `mount | grep`, and unmounted by a loop.
    pub fn unmounted(&mut self, call: &Call<'a>) {
        let is = |names: &[&str]| call.options.iter().any(|o| names.iter().any(|name| o.is(name)));
        let here = matches!(self.place.kind, Where::Same | Where::Root | Where::User);
        if self.mounts.is_empty() || !here || is(&["--fake", "-t", "-O"]) {
            return;
        }
        let mut unknown = is(&["-a", "--all"]);
        let fields: Vec<_> = call.fields("path").collect();
        for word in fields.into_iter().flat_map(|field| field.val.each()) {
            // `umount t/`: the folder itself.
            let word = word.lit().map_or(word, |text| Val::Lit(text.trim_end_matches('/')));
            let target = self.path_target(word, Look::Entry);
            let folder = self.folder_of(&target, word);
            // Only what is mounted itself can be unmounted, with what is below it.
            match folder.filter(|folder| self.mounts.iter().any(|mount| mount.at == *folder)) {
                Some(folder) if is(&["-R", "--recursive"]) => {
                    self.mounts.retain(|mount| !paths::lies_in(mount.at, folder))
                }
                Some(folder) => {
                    let last = self.mounts.iter().rposition(|mount| mount.at == folder);
                    last.map(|last| self.mounts.remove(last));
                }
                None => unknown |= word.lit().is_none(),
            }
        }
        if unknown {
            let of_system = |source: &Val<'a>| {
                matches!(
                    source.lit(),
                    Some("/dev" | "/dev/pts" | "/dev/shm" | "/dev/mqueue" | "/proc" | "/sys" | "/run")
                )
            };
            self.mounts.retain(|mount| !mount.source.each().all(|source| of_system(&source)));
        }
    }

    /// What is still mounted in a folder that is deleted, as targets of its own.
    pub fn mounted_below(&mut self, target: &Target<'a>, word: Val<'a>) -> Vec<Target<'a>> {
        if self.mounts.is_empty() {
            return Vec::new();
        }
        let Some(folder) = self.folder_of(target, word) else { return Vec::new() };
        let (gone, left): (Vec<_>, Vec<_>) = self.mounts.iter().partition(|mount| paths::lies_in(mount.at, folder));
        self.mounts = left;
        let sources = gone.into_iter().flat_map(|mount| mount.source.each());
        sources
            .map(|source| match source.lit().filter(|source| !source.starts_with('/') && source.contains([':', '='])) {
                // What another machine or a disk holds, which has no path here.
                Some(name) => Target { text: name, ..self.path_target(Val::Lit("/mnt/a disk"), Look::Not) },
                None => self.path_target(source, Look::Through),
            })
            .collect()
    }

    fn folder_of(&self, target: &Target<'a>, word: Val<'a>) -> Option<&'a str> {
        Some(self.remembered_as(target, word)?.trim_end_matches('/'))
    }
}
