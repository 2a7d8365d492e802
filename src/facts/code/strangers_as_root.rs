//! What a script has cloned from somebody and then runs as root: `git clone https://… x && sudo x/install.sh`.

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::targets::paths::{absolute, base_name, host_of, is_own_machine, lies_in};
use crate::facts::value::Taint;

/// Clones, and calls that are compared with them.
const MOST: usize = 16;

impl<'a> Analysis<'a> {
    /// Says of the first call that runs such a file as root that it is code from the network.
    pub fn strangers_run_as_root(&mut self) {
        let calls = &self.facts.calls;
        if !calls.iter().any(|call| call.place.privileged) {
            return;
        }
        let bump = self.bump;
        let folder = |call: &Call<'a>| {
            let address = call.operands.first().and_then(|operand| operand.field.val.lit());
            let address = address.filter(|_| matches!(call.verb, "git clone" | "gh repo clone"))?;
            let ours = !address.contains("://") || address.contains('@') || is_own_machine(host_of(address));
            let ours = ours && call.verb == "git clone";
            let named = call.operands.get(1).map_or(Some(base_name(address)), |operand| operand.field.val.lit());
            let named = named.filter(|_| !ours)?;
            Some(absolute(bump, call.directory, named.strip_suffix(".git").unwrap_or(named)))
        };
        let folders: Vec<(usize, &str)> =
            calls.iter().enumerate().filter_map(|(at, call)| Some((at, folder(call)?))).take(MOST).collect();
        if folders.is_empty() {
            return;
        }
        let shells = |call: &Call<'a>| self.know.lists().has("runs-its-operand", call.program);
        let file = |call: &Call<'a>| {
            let operand = || call.operands.first().and_then(|operand| operand.field.val.lit()).filter(|_| shells(call));
            call.path.or_else(operand).filter(|_| call.place.privileged && call.place.local())
        };
        let found = calls.iter().enumerate().find_map(|(at, call)| {
            let path = absolute(bump, call.directory, file(call)?);
            // What was made there is one's own.
            let made = path.split('/').any(|part| matches!(part, ".venv" | "venv" | "target" | "node_modules"));
            let found = !made && folders.iter().any(|(clone, folder)| *clone < at && lies_in(path, folder));
            found.then_some((at, path, call.span))
        });
        if let Some((at, path, span)) = found {
            self.plain_effect(Kind::Code, path, at as u32, span, Taint::NETWORK, &[]);
        }
    }
}
