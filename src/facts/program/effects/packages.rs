//! Packages that are installed from a file or an address: who made them, and what they run.

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::code::provenance::addresses_in;
use crate::facts::knowledge::Kind;
use crate::facts::targets::{globs, paths};
use crate::facts::value::{Data, Sink, Taint, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    /// What is installed may be a package that the script has made: the scripts that it wrote for one are run.
    pub(super) fn package_scripts(&mut self, call: &Call<'a>, index: u32) {
        let vocabulary = self.know.vocabulary();
        let runs = |path: &str| globs::listed(&vocabulary.lists, "package-scripts", path);
        let written = self.state.files_below("", limits::TARGETS);
        for (_, file) in written.into_iter().filter(|(path, _)| runs(path)) {
            self.code_data("bash", &file.data, call.span, &mut Sink::new(), index);
        }
    }

    pub(super) fn is_package_file(&self, file: Val<'a>, more: &[&str]) -> bool {
        let ending = file.lit().and_then(|path| path.rsplit_once('.')).map_or("", |(_, ending)| ending);
        self.know.lists().has("package-files", ending) || more.contains(&ending)
    }

    /// Whether it is a file of a package that lies here, in a script that fetches nothing.
    pub(super) fn is_own_package(&self, file: Val<'a>) -> bool {
        let written = || self.overlay(file).and_then(|path| self.state.file(path));
        self.is_package_file(file, &[])
            && file.lit().is_some_and(|path| !path.contains("://"))
            && written().is_none_or(|file| !file.data.taint.has(Taint::NETWORK))
            && !self.facts.effects.iter().any(|effect| effect.does == Kind::Fetch)
    }

    /// Whether a file was fetched in a way that proves nothing of who sent it: without encryption, from a bare address; or a
    /// package comes from a host that nobody knows.
    pub(super) fn fetched_unproven(&self, file: Val<'a>) -> bool {
        let written = self.overlay(file).and_then(|path| self.state.file(path)).map(|file| file.data);
        let straight = file.lit().filter(|text| text.starts_with("https://"));
        let straight = straight.map(|url| Data::unknown(url, Taint::NETWORK));
        written.filter(|data| data.taint.has(Taint::NETWORK)).or(straight).is_some_and(|data| {
            let host = self.host_of_source(data.source);
            let near = self.near();
            let strange = || {
                self.is_package_file(file, &["deb", "zst", "xz", "pkg", "vsix", "whl", "gem", "tgz"])
                    && self.is_from_a_stranger(&data)
                    && !self.gives_out_packages(data.source)
            };
            let bare = || host & self.know.classes().of(["raw-address"]) != 0;
            host & near == 0 && (data.source.contains("http://") || bare() || strange())
        })
    }

    /// Whether a host is called as those are from which the makers of programs give out packages (`rpm.example.com`), or is
    /// one of theirs.
    fn gives_out_packages(&self, source: &str) -> bool {
        let host = addresses_in(source).next().map_or("", paths::host_of);
        let first = host.split(['.', '-']).next().unwrap_or_default();
        let lists = self.know.lists();
        let of = |known: &str| host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        lists.has("package-hosts", first) || lists.items("package-hosts").any(|known| known.contains('.') && of(known))
    }
}
