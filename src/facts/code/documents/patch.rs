//! Patches of files that the script wrote.

use crate::facts::Effect;
use crate::facts::analysis::Analysis;
use crate::facts::files::guarded::Change;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::value::{Data, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    /// A patch of files that the script wrote: what it adds to each.
    pub(super) fn patched(&mut self, text: &'a str, span: Span, call: u32) {
        let given = |name: &str| self.facts.calls.get(call as usize)?.fields(name).next()?.val.lit();
        let (named, folder) = (given("path"), given("-d"));
        let mut path: Option<&'a str> = None;
        // Of each file, what is added to it and what is taken out.
        let mut files: Vec<(&'a str, String, String)> = Vec::new();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("+++ ") {
                let name = name.split('\t').next().unwrap_or(name).trim();
                let known = |name: &'a str| self.absolute(name).filter(|path| self.state.file(path).is_some());
                let bare = name.split_once('/').map_or(name, |(_, rest)| rest);
                let below = |folder: &str| self.absolute(self.bump.alloc_str(&format!("{folder}/{bare}")));
                path = folder
                    .and_then(below)
                    .or_else(|| named.and_then(known))
                    .or_else(|| known(name))
                    .or_else(|| known(bare))
                    .or_else(|| self.absolute(bare));
                files.extend(path.map(|path| (path, String::new(), String::new())));
            } else if line.starts_with("--- ") {
                path = None;
            } else if let (Some(_), Some((_, added, taken))) = (path, files.last_mut()) {
                let (text, line) = match (line.strip_prefix('+'), line.strip_prefix('-')) {
                    (Some(more), _) => (added, more),
                    (_, Some(less)) => (taken, less),
                    _ => continue,
                };
                text.push_str(line);
                text.push('\n');
            }
        }
        for (path, more, taken) in files.into_iter().take(limits::CALLS) {
            let target = self.path_target(Val::Lit(path), Look::Through);
            self.guards_changed(target, &[Change { looked_for: &taken, put: &more, lines: true }], span, call);
            self.planted(target, &Data::known(Val::Lit(self.bump.alloc_str(&more))), span, call);
            self.effect(Effect { marks: &["edited"], ..Effect::new(Kind::Write, target, call, span) });
            let before = self.state.file(path).map(|file| file.data);
            let text = before.and_then(|data| data.text?.lit()).unwrap_or_default();
            let text = self.bump.alloc_str(&format!("{text}\n{more}"));
            let data = Data { text: Some(Val::Lit(text)), ..before.unwrap_or(Data::known(Val::EMPTY)) };
            self.remember(Some(path), data, false);
        }
    }
}
