//! Devices behind which there is only a file: what a script opened, put together or connected of images.

use crate::facts::analysis::Analysis;
use crate::facts::targets::Look;
use crate::facts::targets::paths::core;
use crate::facts::value::Val;

/// Devices that are made of devices, one upon the other.
const DEEPEST: usize = 4;

/// Devices that are files, or memory, whoever set them up (losetup(8), brd and zram of Linux).
const OF_FILES: [&str; 3] = ["/dev/loop", "/dev/ram", "/dev/zram"];

impl<'a> Analysis<'a> {
    /// Whether a disk is nothing but files: an image, a loop device, or one that the script made of nothing else.
    pub(in crate::facts::targets) fn made_of_files(&mut self, disk: &str) -> bool {
        // A pool or a volume by its name is none.
        disk.starts_with("/dev/") && self.only_files(disk, DEEPEST)
    }

    fn only_files(&mut self, disk: &str, deep: usize) -> bool {
        if OF_FILES.iter().any(|start| disk.strip_prefix(start).is_some_and(is_number)) {
            return true;
        }
        if !disk.starts_with("/dev/") {
            let own = core::WORKSPACE | core::TEMPORARY | core::MADE_HERE;
            let path = self.bump.alloc_str(disk);
            return self.path_target(Val::Lit(path), Look::Not).classes & own != 0;
        }
        let beneath = self.beneath(disk);
        // Whoever made it first: what exists is not made again.
        deep > 0
            && beneath.as_ref().is_some_and(|parts| !parts.is_empty())
            && beneath.unwrap_or_default().iter().all(|part| self.only_files(part, deep - 1))
    }

    /// What the calls made a device of that is called so; none if one of it is not known.
    fn beneath(&self, disk: &str) -> Option<Vec<&'a str>> {
        let places = self.know.places();
        let mut beneath = Vec::new();
        for at in &self.made().disks {
            let call = &self.facts.calls[*at];
            for made in places.behind("disks-of-files", call.program) {
                let mut words = made.splitn(3, ' ');
                let (Some(parts), Some(name), Some(form)) = (words.next(), words.next(), words.next()) else {
                    continue;
                };
                let Some(name) = call.fields(name).next().and_then(|field| field.val.lit()) else { continue };
                let (before, after) = form.split_once("{}").unwrap_or((form, ""));
                let rest = disk.strip_prefix(before).and_then(|rest| rest.strip_prefix(name));
                let Some(rest) = rest.and_then(|rest| rest.strip_prefix(after)) else { continue };
                // Itself or its partition; one of those in a group has a name of its own.
                if if after.is_empty() {
                    rest.is_empty() || rest.strip_prefix('p').is_some_and(is_number)
                } else {
                    true
                } {
                    for part in call.fields(parts) {
                        beneath.push(part.val.lit()?);
                    }
                }
            }
        }
        Some(beneath)
    }
}

/// `0`, `12`, `0p1`
fn is_number(text: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    number(text) || text.split_once('p').is_some_and(|(disk, part)| number(disk) && number(part))
}
