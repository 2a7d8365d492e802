//! Downloads whose digest the script itself says: `echo "3b5d…  tool" | sha256sum -c -`. What runs only if that holds is
//! known to whoever wrote the script, whatever the server answers. It counts for what comes from where software is
//! published: a digest says nothing of a stranger's code.

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::files::overlay::File;
use crate::facts::knowledge::Kind;
use crate::facts::value::{Data, Seg, Taint, Val};

/// Digits of the shortest digest that counts: SHA-256's.
const SHORTEST: usize = 64;

impl<'a> Analysis<'a> {
    /// Takes from files what they were suspected of, where the digests that a call checks are written out and its failure
    /// ends what follows.
    pub fn verified(&mut self, call: &Call<'a>, stdin: &Data<'a>) {
        let checks =
            call.words.iter().filter_map(|word| word.val.lit()).any(|word| {
                word == "--check" || word.starts_with('-') && !word.starts_with("--") && word.contains('c')
            });
        let enforced = self.chain.is_some() || self.state.options.errexit;
        let published = self.know.classes().of(["registry", "forge"]);
        // Whatever the script speaks to, for what it gets there may be any of its files.
        let network = |does| matches!(does, Kind::Fetch | Kind::Send | Kind::Tunnel | Kind::Listen);
        let mut hosts = self.facts.effects.iter().filter(|effect| network(effect.does)).peekable();
        let all_published = hosts.peek().is_some() && hosts.all(|effect| effect.target.classes & published != 0);
        if !checks || !enforced || !all_published {
            return;
        }
        let named = call.words[1..].iter().rev().find(|word| word.val.lit().is_none_or(|word| !word.starts_with('-')));
        let text = match named.map(|word| word.val) {
            None => stdin.text,
            Some(list) => self.overlay(list).and_then(|path| self.state.file(path)?.data.text),
        };
        let mut paths = Vec::new();
        match text {
            Some(Val::Lit(list)) => paths.extend(list.lines().filter_map(named_by_line).map(Val::Lit)),
            // The path begins with what is not known: `$RUNNER_TEMP/tool`.
            Some(Val::Text([Seg::Lit(start), rest @ .., Seg::Lit(end)])) if named_by_line(start) == Some("") => {
                let end = [Seg::Lit(self.bump.alloc_str(end.trim_end()))];
                let segs = rest.iter().copied().chain(end).collect::<Vec<_>>();
                paths.push(Val::Text(self.bump.alloc_slice_copy(&segs)));
            }
            _ => {}
        }
        for path in paths {
            let Some(name) = self.overlay(path) else { continue };
            let Some(file) = self.state.file(name).filter(|file| file.data.taint.has(Taint::NETWORK)) else { continue };
            if let Some(chain) = &mut self.chain {
                chain.push((name, Some(file)));
            }
            let data = Data { taint: Taint::OPAQUE, source: name, ..file.data };
            self.state.set_file(name, Some(File { data, ..file }));
        }
    }
}

/// The path in a line of `sha256sum`: a digest, two signs, a path.
fn named_by_line(line: &str) -> Option<&str> {
    let (digest, path) = line.split_once(' ')?;
    let known = digest.len() >= SHORTEST && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    known.then(|| path.trim_start_matches([' ', '*']))
}
