//! Archives that the script packs and unpacks: what it wrote comes out of them again, under other names.

use super::Call;
use super::analysis::Analysis;
use super::overlay::File;
use super::paths::base_name;
use crate::limits;

/// Between the path of an archive and the name of a member: no path of the machine has it.
const MEMBER: &str = "\u{1}/";

impl<'a> Analysis<'a> {
    /// `tar cf a.tar -C dir file`, `tar xf a.tar -C dir`, `zip a.zip file`, `unzip -d dir a.zip` (tar(1), zip(1), unzip(1)).
    pub fn archive(&mut self, call: &Call<'a>) {
        if !self.state.has_files() || !self.place.local() {
            return;
        }
        self.archives += 1;
        if self.archives > limits::UNROLL {
            return self.unread(call.span, "more archives than are followed", false);
        }
        let has = |names: &[&str]| call.options.iter().any(|option| names.iter().any(|name| option.is(name)));
        let field = |name: &str| call.fields(name).next().and_then(|field| field.val.lit());
        let (archive, folder) = match call.verb {
            "zip" => (field("archive"), None),
            "unzip" => (field("path"), field("-d")),
            _ => (field("-f"), field("-C")),
        };
        let Some(archive) = archive.and_then(|archive| self.absolute(archive)) else { return };
        if call.verb == "unzip" || has(&["-x"]) {
            self.unpacked(archive, folder.unwrap_or("."));
        } else if call.verb == "zip" || has(&["-c", "-r", "-u"]) {
            for name in call.fields("path").filter_map(|field| field.val.lit()) {
                self.packed(archive, folder.unwrap_or("."), name);
            }
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
