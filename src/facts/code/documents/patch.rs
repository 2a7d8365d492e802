//! Patches of files that the script wrote.

use crate::facts::Effect;
use crate::facts::analysis::Analysis;
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
        let mut added: Vec<(&'a str, String)> = Vec::new();
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
                added.extend(path.map(|path| (path, String::new())));
            } else if let (Some(more), Some(_), Some((_, text))) = (line.strip_prefix('+'), path, added.last_mut()) {
                text.push_str(more);
                text.push('\n');
            }
        }
        for (path, more) in added.into_iter().take(limits::CALLS) {
            let target = self.path_target(Val::Lit(path), Look::Through);
            self.effect(Effect { marks: &["edited"], ..Effect::new(Kind::Write, target, call, span) });
            let before = self.state.file(path).map(|file| file.data);
            let text = before.and_then(|data| data.text?.lit()).unwrap_or_default();
            let text = self.bump.alloc_str(&format!("{text}\n{more}"));
            let data = Data { text: Some(Val::Lit(text)), ..before.unwrap_or(Data::known(Val::EMPTY)) };
            self.remember(Some(path), data, false);
        }
    }
}
