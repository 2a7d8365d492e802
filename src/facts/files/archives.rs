//! Archives that the script packs and unpacks: what it wrote comes out of them again, under other names.

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::code::provenance::addresses_in;
use crate::facts::files::overlay::File;
use crate::facts::knowledge::Lists;
use crate::facts::snapshot::{Answer, Ask};
use crate::facts::targets::paths::{base_name, core};
use crate::facts::value::{Data, Taint};
use crate::limits;

/// Between the path of an archive and the name of a member: no path of the machine has it.
const MEMBER: &str = "\u{1}/";

/// Behind the path of a folder: what of strangers was unpacked there.
const UNPACKED: &str = "\u{2}/";

impl<'a> Analysis<'a> {
    /// `tar cf a.tar -C dir file`, `tar xf a.tar -C dir`, `zip a.zip file`, `unzip -d dir a.zip` (tar(1), zip(1), unzip(1)).
    pub fn archive(&mut self, call: &Call<'a>, stdin: &Data<'a>) {
        if !self.state.has_files() && !stdin.taint.has(Taint::NETWORK) || !self.place.local() {
            return;
        }
        self.spent.archives += 1;
        if self.spent.archives > limits::UNROLL {
            return self.unread(call.span, "more archives than are followed", false);
        }
        let has = |names: &[&str]| call.options.iter().any(|option| names.iter().any(|name| option.is(name)));
        let field = |name: &str| call.fields(name).next().and_then(|field| field.val.lit());
        let (archive, folder) = match call.verb {
            "zip" => (field("archive"), None),
            "unzip" => (field("path"), field("-d")),
            "7z" => (field("archive"), field("-o")),
            _ => (field("-f"), field("-C")),
        };
        let archive = archive.filter(|name| *name != "-").and_then(|archive| self.absolute(archive));
        let unpacks_7z = call.verb == "7z" && matches!(field("verb"), Some("x" | "e"));
        if call.verb == "unzip" || unpacks_7z || call.verb != "7z" && has(&["-x"]) {
            let folder = folder.unwrap_or(".");
            let packed = match archive {
                Some(archive) => self.state.file(archive).map(|file| file.data),
                None => Some(*stdin),
            };
            if let Some(data) = packed {
                self.filled(folder, data);
                if let Some(archive) = archive.filter(|_| data.taint.has(Taint::NETWORK)) {
                    self.folder_of_release(folder, archive);
                }
            }
            if let Some(archive) = archive {
                self.unpacked(archive, folder);
            }
            return;
        }
        let Some(archive) = archive else { return };
        if matches!(call.verb, "zip" | "7z") || has(&["-c", "-r", "-u"]) {
            for name in call.fields("path").filter_map(|field| field.val.lit()) {
                self.packed(archive, folder.unwrap_or("."), name);
            }
        }
    }

    /// Whether it came from the network, and there from an address without a name or a place where anybody leaves things.
    pub(in crate::facts) fn is_from_nobody(&self, data: &Data<'a>) -> bool {
        let vocabulary = self.know.vocabulary();
        let own = self.near();
        data.taint.has(Taint::NETWORK) && {
            let classes = self.host_of_source(data.source);
            classes & own == 0 && classes & vocabulary.classes.nobodys() != 0
        }
    }

    /// What comes out of an archive is what came from the network, where it came from nobody in particular; releases of named
    /// hosts are unpacked and built every day.
    pub(in crate::facts) fn filled(&mut self, folder: &str, data: Data<'a>) {
        if self.is_from_nobody(&data)
            && let Some(folder) = self.absolute(self.bump.alloc_str(folder))
        {
            self.state.set_file(folder.trim_end_matches('/'), Some(File::filled(Data { text: None, ..data })));
            return;
        }
        if self.is_from_a_stranger(&data)
            && let Some(folder) = self.absolute(self.bump.alloc_str(folder))
        {
            let key = self.bump.alloc_str(&format!("{}{UNPACKED}", folder.trim_end_matches('/')));
            self.state.set_file(key, Some(File::of(Data { text: None, ..data })));
        }
        // Of a host that nobody knows, the folder or program that is called as the archive is; one with a version in its
        // name is a release.
        let name = addresses_in(data.source).next().and_then(|url| stem_of(self.know.lists(), base_name(url)));
        let stem = name.filter(|stem| !stem.bytes().any(|b| b.is_ascii_digit()));
        if let Some(stem) = stem
            && self.is_from_a_stranger(&data)
            && let Some(path) = self.absolute(self.bump.alloc_str(&format!("{folder}/{stem}")))
        {
            self.state.set_file(path, Some(File::filled(Data { text: None, ..data })));
        }
    }

    /// Where a program comes from that was not in its folder before an archive of a stranger's was unpacked there.
    pub(in crate::facts) fn unpacked_beside(&mut self, path: &str) -> Option<Data<'a>> {
        let (folder, _) = path.rsplit_once('/').filter(|_| self.state.has_files())?;
        let data = self.state.file(&format!("{folder}{UNPACKED}"))?.data;
        matches!(self.ask(&Ask::Path(path.to_owned())), Answer::Missing).then_some(data)
    }

    /// Whether it came from a host that is no forge, registry, or maker of well-known tools.
    pub(in crate::facts) fn is_from_a_stranger(&self, data: &Data<'a>) -> bool {
        let classes = &self.know.vocabulary().classes;
        let known =
            ["releases", "forge", "repositories", "git-server", "registry", "private-network", "development-host"];
        data.taint.has(Taint::NETWORK) && self.host_of_source(data.source) & (core::LOOPBACK | classes.of(known)) == 0
    }

    /// A release that was downloaded unpacks into a folder of its own, which is called as the archive is: `x-1.2.tar.gz`.
    fn folder_of_release(&mut self, folder: &str, archive: &'a str) {
        let name = base_name(archive);
        let Some(name) = stem_of(self.know.lists(), name) else { return };
        let versioned = name.contains('-') && name.bytes().any(|byte| byte.is_ascii_digit());
        let Some(path) = self.absolute(self.bump.alloc_str(&format!("{folder}/{name}"))) else { return };
        if versioned && self.state.file(path).is_none() {
            let file = File { directory: true, ..File::of(Data::unknown("", Taint::NONE)) };
            self.state.set_file(path, Some(file));
        }
    }

    /// A file or folder that goes into an archive.
    fn packed(&mut self, archive: &'a str, folder: &str, name: &'a str) {
        let Some(path) = self.absolute(self.bump.alloc_str(&format!("{folder}/{name}"))) else { return };
        // A leading `/` and `./` are not kept.
        let name = name.trim_start_matches(['.', '/']);
        let below: Vec<(&'a str, File<'a>)> = self.state.files_below(path, limits::CALLS);
        let own = self.state.file(path).filter(|file| !file.directory).map(|file| ("", file));
        for (rest, file) in below.into_iter().chain(own) {
            let member = [name, rest].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/");
            let member = if member.is_empty() { base_name(path).to_owned() } else { member };
            let key = self.bump.alloc_str(&format!("{archive}{MEMBER}{member}"));
            self.state.set_file(key, Some(file));
        }
    }

    fn unpacked(&mut self, archive: &'a str, folder: &str) {
        let Some(folder) = self.absolute(self.bump.alloc_str(folder)) else { return };
        let folder = folder.trim_end_matches('/');
        let inside = self.bump.alloc_str(&format!("{archive}{}", MEMBER.trim_end_matches('/')));
        for (member, file) in self.state.files_below(inside, limits::CALLS) {
            let path = self.bump.alloc_str(&format!("{folder}/{member}"));
            self.state.set_file(path, Some(file));
        }
    }
}

/// What an archive is called without its ending.
fn stem_of<'n>(lists: &Lists<'_>, name: &'n str) -> Option<&'n str> {
    let mut endings = lists.items("packed-endings").chain([".zip"]);
    endings.find_map(|ending| name.strip_suffix(ending)).filter(|stem| !stem.is_empty())
}
