//! What an operation says beside its command: the folder that it runs in, its variables, and what is on its input.

use super::operation::Operation;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Lists;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Val};
use crate::json::Json;

impl<'a> Analysis<'a> {
    /// Goes to the folder that a command shall run in, and sets its variables as a shell would.
    pub(super) fn surroundings(&mut self, args: &'a Json<'a>, span: Span, call: u32) {
        let lists = self.know.lists();
        let told = |list: &'static str| lists.items(list).find_map(|name| args.get(name));
        if let Some(folder) = told("folders-of-commands").and_then(Json::text).filter(|folder| !folder.is_empty())
            && let Some(path) = self.absolute(self.tilde_expanded(folder))
        {
            self.state.set_cwd(Val::Lit(path));
        }
        let mut exports = String::new();
        let mut export = |name: &str, value: &str| {
            if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                exports.push_str(&format!("export {name}={}\n", shell_words::quote(value)));
            }
        };
        match told("variables-of-commands") {
            Some(Json::Object(members)) => {
                for (name, value) in members {
                    if let Some(value) = value.text() {
                        export(name, value);
                    }
                }
            }
            Some(Json::Array(items)) => {
                for (name, value) in items.iter().filter_map(|item| item.text()?.split_once('=')) {
                    export(name, value);
                }
            }
            _ => {}
        }
        if !exports.is_empty() {
            let exports = Val::Lit(self.bump.alloc_str(&exports));
            self.shell_code(exports, span, &Data::INHERITED, &mut Sink::new(), call);
        }
    }
}

impl<'a> Operation<'_, 'a> {
    /// What the command of an operation reads.
    pub(super) fn stdin(&self, lists: &Lists<'_>) -> Data<'a> {
        let told = lists.items("input-of-commands").find_map(|name| self.all.get(name)?.text());
        told.map_or(Data::INHERITED, |text| Data::known(Val::Lit(text)))
    }

    /// Whether an argument is what the command beside it reads.
    pub(super) fn is_input(&self, lists: &Lists<'_>, key: &str) -> bool {
        self.names_program() && lists.items("input-of-commands").any(|name| name == key)
    }
}
