//! A file of secrets that a described program is given by name, where its entry does not say what it does with it.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::targets::{Look, globs, paths};
use crate::facts::value::{Taint, Val};
use crate::facts::{Call, Effect};
use crate::limits;

impl<'a> Analysis<'a> {
    /// Says of each that it is read: a program that takes a file as an operand, or as a list of arguments (`@file`), reads
    /// it, and most show what they cannot make sense of. Programs that a key is for, and those that only look at names, do
    /// not.
    pub(super) fn secrets_named(&mut self, call: &Call<'a>, index: u32, effects: usize) {
        if self.embedding || !self.place.local() {
            return;
        }
        let listed = |list: &'static str| self.know.lists().has(list, call.program);
        let mut reads = None;
        for pair in call.words.windows(2) {
            let (before, word) = (pair[0], pair[1]);
            let Some(text) = word.val.lit() else { continue };
            let path = text.strip_prefix('@').unwrap_or(text);
            // A key for an option is one that it needs.
            let of_option = before.val.lit().is_some_and(|before| before.starts_with('-') && before != "--");
            if !path.starts_with(['/', '~', '.']) && !path.contains("/.") || of_option {
                continue;
            }
            if !*reads.get_or_insert_with(|| !["looks-only", "uses-keys", "gives-arguments"].into_iter().any(listed)) {
                return;
            }
            let target = self.path_target(Val::Lit(path), Look::Not);
            let secret = target.classes & self.know.classes().of(["secret"]) != 0;
            let inside = target.classes & (paths::core::WORKSPACE | paths::core::TEMPORARY) != 0;
            let said = |e: &Effect<'a>| e.target.path == target.path;
            if !secret || inside || self.facts.effects[effects.min(self.facts.effects.len())..].iter().any(said) {
                continue;
            }
            self.effect(Effect::new(Kind::Read, target, index, word.span));
        }
    }

    /// Says of the files that the script wrote with secrets in them that git takes them, where it is given a folder or
    /// all that changed: `cp .env docs/x && git add docs`. What is ignored is not taken: where it may be, it is perhaps so.
    pub(super) fn secrets_tracked(&mut self, call: &Call<'a>, index: u32) {
        let has = |names: &[&str]| call.options.iter().any(|o| names.iter().any(|name| o.is(name)));
        let all = match call.verb {
            _ if !self.state.has_files() || !self.place.local() || has(&["-n", "--dry-run"]) => return,
            "git add" => call.fields("path").next().is_none(),
            "git commit" if has(&["-a"]) => true,
            _ => return,
        };
        let given = call.fields("path").map(|field| field.val).filter(|_| call.verb == "git add");
        let folders: Vec<Val<'a>> = if all { vec![Val::Lit(".")] } else { given.collect() };
        for folder in folders.into_iter().take(limits::VALUES) {
            let everything = matches!(folder.lit(), Some("." | "./" | ":/" | "*"));
            let Some(path) = self.overlay(folder) else { continue };
            for (name, file) in self.state.files_below(path, limits::LOADED) {
                if file.directory || !file.data.taint.has(Taint(Taint::SECRET.0 | Taint::SECRET_VARIABLE.0)) {
                    continue;
                }
                // What is new and called as nothing that is ignored is taken for certain; `commit -a` takes no new file.
                let lists = self.know.lists();
                let ignored = lists.items("ignored-by-habit").any(|known| globs::path(known, name));
                let everything = everything && (ignored || call.verb == "git commit");
                let path = self.bump.alloc_str(&format!("{path}/{name}"));
                let target = self.path_target(Val::Lit(path), Look::Not);
                let effect = Effect { data: file.data.taint, ..Effect::new(Kind::Read, target, index, call.span) };
                match everything {
                    true => self.perhaps(|this| this.effect(effect)),
                    false => self.effect(effect),
                }
            }
        }
    }
}
