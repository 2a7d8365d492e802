//! What kubectl runs to get its keys: `users[].user.exec` of its configuration (client-go, "credential plugins").

use serde_json::Value;

use crate::facts::analysis::Analysis;
use crate::facts::shell::ast::Span;
use crate::limits;

impl<'a> Analysis<'a> {
    pub(in crate::facts) fn kubeconfig(&mut self, text: &str, span: Span) {
        let Ok(config) = serde_saphyr::from_str::<Value>(text) else { return };
        let users = config["users"].as_array().map(Vec::as_slice).unwrap_or_default();
        for plugin in users.iter().map(|user| &user["user"]["exec"]).take(limits::VALUES) {
            let Some(command) = plugin["command"].as_str() else { continue };
            let given = plugin["args"].as_array().map(Vec::as_slice).unwrap_or_default();
            let words = [command].into_iter().chain(given.iter().filter_map(Value::as_str));
            let words: Vec<&'a str> = words.map(|word| &*self.bump.alloc_str(word)).collect();
            self.argv_call(&words, span);
        }
    }
}
