//! The path, host or name that a word of an effect stands for.

use smallvec::SmallVec;

use crate::facts::analysis::Analysis;
use crate::facts::code::manifest::built_by_kustomize;
use crate::facts::knowledge::{Classes, Kind};
use crate::facts::targets::paths::{base_name, core};
use crate::facts::targets::{Look, paths};
use crate::facts::value::{Builder, Data, Seg, Shape, Taint, Val};
use crate::facts::{Call, Target};

/// So many calls before it may have made what is piped into a cluster.
const NEAR: usize = 4;

impl<'a> Analysis<'a> {
    pub(super) fn effect_target(&mut self, does: Kind, val: Val<'a>, call: &Call<'a>) -> Target<'a> {
        match does {
            Kind::Delete | Kind::Move => {
                // Some delete a link itself; the others follow it, and so does find if it is told to (find(1), "-H").
                let itself = self.know.lists().has("deletes-links", call.program)
                    && !call.options.iter().any(|o| o.is("-L") || o.is("-H") || o.is("-follow"));
                self.path_target(val, if itself { Look::Entry } else { Look::Through })
            }
            Kind::Write | Kind::Append | Kind::Create | Kind::Permit | Kind::Mount | Kind::Format => {
                self.path_target(val, Look::Through)
            }
            Kind::Read | Kind::Restore => {
                let target = self.path_target(self.file_of_keys(val), Look::Read);
                // What the script itself wrote to a temporary file is no secret for the name that it has.
                let own = target.path.filter(|_| target.classes & core::TEMPORARY != 0);
                match own.and_then(|path| self.state.file(path)) {
                    Some(file) if !file.data.taint.has(Taint::SECRET) && !file.link && file.same_as.is_none() => {
                        Target { classes: target.classes & !self.know.classes().of(["secret"]), ..target }
                    }
                    _ => target,
                }
            }
            Kind::Fetch | Kind::Send | Kind::Tunnel => self.host_target(val),
            // To speak to 0.0.0.0 is to speak to oneself; to listen there is to listen to everybody.
            Kind::Listen => {
                let target = self.host_target(val);
                let all = |text: &str| text.starts_with(':') || paths::host_of(text) == "0.0.0.0";
                let everybody = val.lit().is_some_and(all);
                if everybody { Target { classes: target.classes & !core::LOOPBACK, ..target } } else { target }
            }
            // pkill takes a pattern: `^cron$` is cron, `cron.*` too.
            Kind::Kill => Target {
                text: val.show(self.bump).trim_start_matches('^').trim_end_matches('$').trim_end_matches(".*"),
                known: val.lit().is_some(),
                ..Target::default()
            },
            _ => Target { text: val.show(self.bump), known: val.lit().is_some(), ..Target::default() },
        }
    }

    /// A path from the directory that an option names.
    pub(super) fn below_base(&self, call: &Call<'a>, option: &str, path: Val<'a>) -> Val<'a> {
        if option.is_empty() {
            return path;
        }
        let (Some(folder), Val::Lit(text)) = (call.fields(option).last(), path) else { return path };
        if text.starts_with(['/', '~']) {
            return path;
        }
        let mut builder = Builder::default();
        builder.push_folder(self.bump, folder.val);
        builder.push_lit(text);
        builder.done(self.bump)
    }

    /// What is applied from standard input lies where it was made from: `kustomize build overlays/prod | kubectl apply -f -`.
    pub(super) fn applied_from(&self, does: Kind, one: Val<'a>, stdin: &Data<'a>, index: u32) -> Val<'a> {
        match does == Kind::Apply && one == Val::Lit("-") && !stdin.inherited {
            true => self.place_of_manifests(stdin.source, index).map_or(one, Val::Lit),
            false => one,
        }
    }

    /// Where lies what is piped into a cluster, or what namespace whoever made it was told: `kubectl create secret … -n prod
    /// --dry-run=client -o yaml | kubectl apply -f -`.
    fn place_of_manifests(&self, source: &'a str, index: u32) -> Option<&'a str> {
        let place = built_by_kustomize(source).unwrap_or(source);
        if !place.is_empty() && !place.contains(' ') {
            return Some(place);
        }
        let makes = |call: &&Call<'a>| self.find_entry(call.program).is_some_and(|entry| entry.context == "kubernetes");
        let before = self.facts.calls[..index as usize].iter().rev().take(NEAR).find(makes)?;
        before.fields("-n").find_map(|field| field.val.lit())
    }

    /// What a substitution that is not computed was asked about, where that is a home or the system: `$(stat -c %n /home)`.
    pub(super) fn told_by_its_maker(&self, word: Val<'a>) -> Option<&'a str> {
        let Val::Text([Seg::Hole(hole), rest @ ..]) = word else { return None };
        let whole = rest.iter().all(|seg| matches!(seg, Seg::Lit(part) if part.trim_matches(['/', '*']).is_empty()));
        if !whole || !hole.source.contains(' ') {
            return None;
        }
        let vocabulary = self.know.vocabulary();
        let precious = core::ROOT | core::HOME | vocabulary.classes.of(["system-tree"]);
        let ends = |c: char| c.is_whitespace() || "\"'()`=;|,<>".contains(c);
        hole.source.split(ends).find_map(|part| match part {
            "~" | "$HOME" | "${HOME}" | "HOME" | "os.homedir" | "homedir" => Some(self.tilde_expanded("~")),
            _ if part.len() > 1 && part.starts_with('/') => {
                let classes = paths::classify(&vocabulary.classes, self.ground(), part.trim_end_matches('/'));
                (classes & precious != 0).then_some(part)
            }
            _ => None,
        })
    }

    /// Whether what is deleted is a file that the script itself wrote, and no folder by its name: `-r` changes nothing.
    pub(super) fn is_written_file(&self, does: Kind, target: &Target<'a>) -> bool {
        let (Kind::Delete, Some(path), true) = (does, target.path, self.state.has_files()) else { return false };
        let written = self.state.file(path).is_some_and(|file| !file.directory && !file.link);
        let ending = base_name(path).rsplit_once('.').map_or("", |(_, ending)| ending);
        written && self.know.lists().has("file-endings", ending)
    }
}

/// What a word names: one after the other, where a pattern of pkill has several (`a|b`, pgrep(1)).
pub(super) fn alternatives(does: Kind, word: Val<'_>) -> SmallVec<[Val<'_>; 2]> {
    match word {
        Val::Lit(pattern) if does == Kind::Kill && pattern.contains('|') => {
            pattern.split('|').map(|one| Val::Lit(one.trim_matches(['(', ')', ' ']))).collect()
        }
        one => SmallVec::from_slice(&[one]),
    }
}

/// Whether a value ends in all names below some folder (`find / | xargs rm`) or in it (`rm -f ~/Documents/*`, `cd /srv && rm
/// -f *`). What lies in a home itself are mostly folders, which are not meant; in `/` there are the links to `bin` and `lib`.
pub(super) fn ends_below(value: Val<'_>, classes: Classes) -> bool {
    let names_all = |path: &str| {
        path.ends_with("/*") || path.ends_with("/**") || path == "*" && classes & (core::OUTSIDE | core::ROOT) != 0
    };
    let all = value.lit().is_some_and(names_all) && classes & core::HOME == 0;
    all || matches!(value, Val::Text([Seg::Lit(folder), Seg::Hole(hole)]) if hole.shape == Shape::Below && folder.ends_with('/'))
}
