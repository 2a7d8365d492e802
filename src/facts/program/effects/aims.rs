//! What an effect is aimed at where its entry derives that from a word: the name in an address, the folder in an archive,
//! the address of a remote.

use smallvec::SmallVec;

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::targets::Look;
use crate::facts::targets::paths::base_name;
use crate::facts::value::{Builder, Data, EVERYTHING, Field, Seg, Val};
use crate::limits;

/// What one effect is aimed at.
pub type Aims<'a> = SmallVec<[Field<'a>; 4]>;

impl<'a> Analysis<'a> {
    /// What a target of the form `how:word` stands for. Nothing: the whole effect is none.
    pub fn aims(
        &mut self,
        call: &Call<'a>,
        does: Kind,
        (how, name): (&str, &str),
        stdin: &Data<'a>,
    ) -> Option<Aims<'a>> {
        let mut found = Aims::new();
        match how {
            // A download takes its name from the address.
            "basename" => {
                for field in call.fields(name) {
                    for address in field.val.each() {
                        let names = match address {
                            Val::Lit(address) => [named_by_address(address, does).map(Val::Lit), None],
                            address => self.unknown_name(address),
                        };
                        found.extend(names.into_iter().flatten().map(|val| Field { val, ..field }));
                    }
                }
            }
            // Only where it is fed something on its standard input: `ssh host < script`.
            "fed" if stdin.inherited => return None,
            "fed" => found.extend(call.fields(name)),
            // A file of credentials on another machine, by the name that such have: `host:/etc/shadow`.
            "there" => {
                let secret = self.know.classes().of(["secret"]);
                for field in call.fields(name) {
                    let Some(path) = field.val.lit().and_then(path_there) else { continue };
                    let path = match path.starts_with(['/', '~']) {
                        true => self.bump.alloc_str(path),
                        false => self.bump.alloc_str(&format!("~/{path}")),
                    };
                    let path = Val::Lit(self.tilde_expanded(path));
                    if self.path_target(path, Look::Not).classes & secret != 0 {
                        found.push(field);
                    }
                }
                if found.is_empty() {
                    return None;
                }
            }
            // What is released as `a-1.2.tar.gz` unpacks into `a-1.2`.
            "stem" => {
                for field in call.fields(name) {
                    let Some(file) = field.val.lit().map(base_name) else { continue };
                    let stem = self
                        .know
                        .lists()
                        .items("packed-endings")
                        .find_map(|end| file.strip_suffix(end))
                        .filter(|stem| !stem.is_empty());
                    found.extend(stem.map(|stem| Field { val: Val::Lit(stem), ..field }));
                }
            }
            // `-s '|^a|/etc/b|'`, `--transform=s,a,/etc/b,`: the names that come of it.
            "replacement" => {
                for field in call.fields(name) {
                    let Some(text) = field.val.lit() else { continue };
                    let text = text.strip_prefix('s').unwrap_or(text);
                    let Some(sign) = text.chars().next() else { continue };
                    if let Some(with) = text.split(sign).nth(2).filter(|with| with.starts_with(['/', '~'])) {
                        found.push(Field { val: Val::Lit(with), ..field });
                    }
                }
            }
            // `find … | cpio -o`, `tar -T list`: what stands in each line is the name of a file.
            "names" => {
                let named = match name {
                    "stdin" => *stdin,
                    option => {
                        let list = call.fields(option).next()?;
                        self.file_data(list.val, list.span, false)
                    }
                };
                for one in named.text.iter().flat_map(|text| text.each()) {
                    match one {
                        Val::Lit(text) => {
                            let names =
                                text.split(['\n', '\0']).filter(|name| !name.is_empty()).take(limits::TARGETS + 1);
                            found.extend(names.map(|name| Field::new(Val::Lit(name), call.span)));
                        }
                        other => found.push(Field::new(other, call.span)),
                    }
                }
                if name == "stdin" && stdin.text.is_none() && stdin.source == EVERYTHING {
                    found.push(Field::new(Val::Lit("*"), call.span));
                }
                if found.is_empty() {
                    return None;
                }
            }
            // The address itself, or the one that the script gave the remote of that name (git-remote(1)).
            "remote" => {
                let given = call.fields(name).next().unwrap_or(Field::new(Val::Lit("origin"), call.span));
                let address = self.address_given(given.val).unwrap_or(given.val);
                let shown = address.show(self.bump);
                let bare = if address.lit().is_none() { without_credentials(shown) } else { None };
                let address = bare.map_or(address, |bare| Val::Lit(self.bump.alloc_str(&bare)));
                // A bare name is a remote that the repository has.
                if shown.contains(':') {
                    found.push(Field { val: address, ..given });
                }
            }
            _ => {}
        }
        Some(found)
    }

    /// The name that an address ends in whose last part is not known, as it may be named: `$f`, `./$f`.
    fn unknown_name(&self, address: Val<'a>) -> [Option<Val<'a>>; 2] {
        let Val::Text(segs) = address else { return [None; 2] };
        let Some(at) = segs.iter().rposition(|seg| matches!(seg, Seg::Lit(text) if text.contains('/'))) else {
            return [None; 2];
        };
        let Seg::Lit(before) = segs[at] else { return [None; 2] };
        // What stands before the name of a host is no folder.
        if before.ends_with("://") || segs.len() == at + 1 {
            return [None; 2];
        }
        ["", "./"].map(|folder| {
            let mut name = Builder::default();
            name.push_lit(folder);
            name.push_lit(base_name(before));
            name.push(self.bump, Val::Text(&segs[at + 1..]));
            Some(name.done(self.bump))
        })
    }

    /// The address that the script gave a remote of git.
    pub(in crate::facts) fn address_given(&self, remote: Val<'a>) -> Option<Val<'a>> {
        let name = remote.lit()?;
        let kinds = ["pushurl", "url"];
        kinds.iter().find_map(|kind| self.state.file(&format!("git remote.{name}.{kind}"))?.data.text)
    }
}

/// The name of the file that an address ends in.
fn named_by_address(address: &str, does: Kind) -> Option<&str> {
    let path = address.split_once("://").map_or(address, |(_, rest)| rest);
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let path = if does == Kind::Create { path.trim_end_matches(".git") } else { path };
    path.rsplit_once('/').map(|(_, file)| file).filter(|file| !file.is_empty())
}

/// The path of `host:path`, as scp(1) and rsync(1) tell it from a file of this machine; not that of an address.
fn path_there(word: &str) -> Option<&str> {
    let (host, path) = word.split_once(':')?;
    (!host.is_empty() && !host.contains('/') && !path.starts_with("//")).then(|| path.trim_start_matches(':'))
}

/// An address without what stands before its host, if all else is known: `https://x:$TOKEN@github.com/o/r.git`.
fn without_credentials(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://")?;
    let authority = rest.split('/').next().unwrap_or(rest);
    let (credentials, _) = authority.rsplit_once('@')?;
    let bare = &rest[credentials.len() + 1..];
    (!bare.contains('$')).then(|| format!("{scheme}://{bare}"))
}
