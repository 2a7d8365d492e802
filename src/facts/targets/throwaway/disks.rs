//! Devices behind which there is only a file: what a script opened, put together or connected of images.

use crate::facts::analysis::Analysis;
use crate::facts::files::past::Voucher;
use crate::facts::knowledge::{Kind, Where};
use crate::facts::targets::paths::core;
use crate::facts::targets::{Look, globs};
use crate::facts::value::{Field, Val};
use crate::facts::{Call, Effect};

/// Devices that are made of devices, one upon the other.
const DEEPEST: usize = 4;

/// Devices that are looked at beneath one: what is made of more is not vouched for.
const MOST: usize = 64;

/// Devices that are files, or memory, whoever set them up (losetup(8), brd and zram of Linux).
const OF_FILES: [&str; 3] = ["/dev/loop", "/dev/ram", "/dev/zram"];

impl<'a> Analysis<'a> {
    /// Whether what is formatted is the script's own: files of its own, an image that it made, a pool of such, or the disk of
    /// a machine that it brought up.
    pub(super) fn own_disk(&mut self, call: &Call<'a>, effect: &Effect<'a>) -> bool {
        let target = &effect.target;
        let brought_up = self.place.kind == Where::Running && self.place.via.contains(&"vagrant");
        // Whatever stood on it: `pvremove "$loop"`. A bare name is no path.
        let made_here = target.text.contains(['/', '$']) && target.classes & core::MADE_HERE != 0;
        brought_up
            || made_here
            || target.known && self.made_of_files(target.text)
            || effect.marks.contains(&"volume") && self.group_of_files(call, target.text)
    }

    /// Whether a disk is nothing but files: an image, a loop device, or one that the script made of nothing else.
    pub(in crate::facts::targets) fn made_of_files(&mut self, disk: &str) -> bool {
        // A pool or a volume by its name is none.
        disk.starts_with("/dev/") && self.only_files(Val::Lit(self.bump.alloc_str(disk)), DEEPEST, &mut { MOST })
    }

    /// Whether a group or a pool that a call names was made of files by the script, and the call runs only if it was: one
    /// that was there already is somebody's.
    fn group_of_files(&mut self, call: &Call<'a>, name: &str) -> bool {
        if name.is_empty() || name.contains(['/', '$']) || !matches!(call.program, "zpool" | "vgremove") {
            return false;
        }
        let held = format!("/dev/{name}/");
        // What only looks at a pool or adds to one makes none.
        let makes = |made: &Call<'a>| match (made.program, call.program) {
            ("zpool", "zpool") => made.fields("verb").next().is_some_and(|verb| verb.val.lit() == Some("create")),
            (made, removes) => made != "zpool" && removes != "zpool",
        };
        let place = |(at, device): &(usize, &str)| (*device == held && makes(&self.facts.calls[*at])).then_some(*at);
        let Some(at) = self.made().disks.iter().find_map(place) else { return false };
        // Nor does a dry run.
        let formats = |effect: &Effect<'a>| effect.call as usize == at && effect.does == Kind::Format;
        let made = self.facts.calls[at];
        self.facts.effects.iter().any(formats)
            && (self.ends_at_errors(&made) || self.only_if_it_worked(&made, Voucher::Chain, call))
            && self.made_of_files(&held)
    }

    /// Whether the script made a file of the very name before, however that is called: `truncate -s 1G "$IMG"; mkfs.ext4 "$IMG"`.
    pub(in crate::facts::targets) fn made_as_a_file(&self, effect: &Effect<'a>) -> bool {
        // Of a loop device of it a partition (losetup(8), "--partscan").
        let text = effect.target.text;
        let name = match text.rsplit_once('p') {
            Some((image, number)) if is_number(number) && image.starts_with('$') => image,
            _ => text,
        };
        let names = |word: &Field<'a>| {
            let word = word.val.show(self.bump);
            word.strip_prefix("of=").unwrap_or(word) == name
        };
        let makes = |call: &Call<'a>| {
            if !call.words.iter().skip(1).any(names) {
                return false;
            }
            let line = call.words.iter().map(|word| word.val.show(self.bump)).collect::<Vec<_>>().join(" ");
            globs::listed(self.know.lists(), "makes-images", &line)
        };
        // What a command printed may be a disk all the same.
        !name.starts_with("/dev/")
            && !name.contains(['(', '`'])
            && self.facts.calls.iter().take(effect.call as usize).any(makes)
    }

    fn only_files(&mut self, disk: Val<'a>, deep: usize, left: &mut usize) -> bool {
        // Of what is known in part, only what the script made: `./$X` may lead anywhere.
        let passing = core::TEMPORARY | core::MADE_HERE;
        let own = core::WORKSPACE | passing;
        let Some(disk) = disk.lit() else { return self.path_target(disk, Look::Not).classes & passing != 0 };
        if OF_FILES.iter().any(|start| disk.strip_prefix(start).is_some_and(is_number)) {
            return true;
        }
        if !disk.starts_with("/dev/") {
            return self.path_target(Val::Lit(disk), Look::Not).classes & own != 0;
        }
        // Whoever made it first: what exists is not made again.
        let parts = self.beneath(disk);
        if deep == 0 || parts.is_empty() || parts.len() > *left {
            return false;
        }
        *left -= parts.len();
        parts.iter().all(|part| self.only_files(*part, deep - 1, left))
    }

    /// What the calls made a device of that is called so.
    fn beneath(&self, disk: &str) -> Vec<Val<'a>> {
        let vocabulary = self.know.vocabulary();
        let mut beneath = Vec::new();
        for (at, device) in &self.made().disks {
            let Some(rest) = disk.strip_prefix(device) else { continue };
            // Itself or its partition; one of those in a group has a name of its own.
            let partition = |rest: &str| rest.strip_prefix('p').is_some_and(is_number);
            if device.ends_with(['/', '-']) || rest.is_empty() || partition(rest) {
                let call = &self.facts.calls[*at];
                let parts =
                    vocabulary.lists.behind("disks-of-files", call.program).find_map(|form| form.split(' ').next());
                let parts = parts.into_iter().flat_map(|parts| call.fields(parts)).map(|part| part.val);
                beneath.extend(parts.filter_map(|part| self.part_of(call, part)).take(MOST + 1 - beneath.len()));
            }
            if beneath.len() > MOST {
                break;
            }
        }
        beneath
    }

    /// A part of what a call makes, as a path: a pool's disks may go by their bare names, beside words that say how they
    /// stand together (zpoolconcepts(7), "Virtual Devices").
    fn part_of(&self, call: &Call<'a>, part: Val<'a>) -> Option<Val<'a>> {
        const TOGETHER: [&str; 7] = ["mirror", "raidz", "draid", "spare", "log", "cache", "special"];
        match part {
            Val::Lit(name) if call.program == "zpool" && !name.contains('/') => {
                let together = TOGETHER.iter().any(|word| name.starts_with(word));
                (!together).then(|| Val::Lit(self.bump.alloc_str(&format!("/dev/{name}"))))
            }
            part => Some(part),
        }
    }

    /// The devices that a call makes of others or of files; what those of a group begin with.
    pub(super) fn devices_made<'c>(&'c self, call: &'c Call<'a>) -> impl Iterator<Item = &'a str> + use<'c, 'a> {
        self.know.lists().behind("disks-of-files", call.program).filter_map(|form| {
            let (_, form) = form.split_once(' ')?;
            let (name, device) = form.split_once(' ')?;
            let name = call.fields(name).next()?.val.lit()?;
            Some(&*self.bump.alloc_str(&device.replace("{}", name)))
        })
    }
}

/// `0`, `12`, `0p1`
fn is_number(text: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    number(text) || text.split_once('p').is_some_and(|(disk, part)| number(disk) && number(part))
}
