//! What waits at the other end of a pipe, and reads what the script writes to it later: `exec 3> >(sh)`, `coproc`.

use crate::facts::analysis::Analysis;
use crate::facts::code::interpreters;
use crate::facts::evaluate::state::{Channel, Waiting};
use crate::facts::knowledge::Lists;
use crate::facts::shell::ast::{Command, List, Simple, Span, What};
use crate::facts::targets::paths::base_name;
use crate::facts::value::{Data, Sink, Val};

/// Pipes that lead into each other.
const MOST_PIPES: usize = 3;

/// Whether a command is a shell that waits: what is written to it is run by it.
fn waits_for_commands(command: &Command<'_>) -> bool {
    if let What::Group([item]) | What::Subshell([item]) = &command.what {
        return matches!(item.pipeline, [one] if waits_for_commands(one));
    }
    let What::Simple(Simple { words: [shell, options @ ..], .. }) = &command.what else { return false };
    let plain = options.iter().all(|word| word.bare().is_some_and(|word| word.starts_with('-') && word != "-c"));
    let name = shell.bare().map(base_name);
    plain && name.is_some_and(|name| interpreters::SHELLS.contains(&name))
}

/// Whether commands do nothing with what they read but pass it on.
fn passes_on(lists: &Lists<'_>, list: List<'_>) -> bool {
    list.iter().flat_map(|item| item.pipeline).all(|command| {
        let What::Simple(Simple { words: [program, ..], .. }) = &command.what else { return false };
        command.redirects.is_empty() && program.bare().is_some_and(|name| lists.has("passes-on", name))
    })
}

impl<'a> Analysis<'a> {
    /// The commands of a `>(…)` of this call to which a channel leads, if they do anything with what they read.
    pub fn waiting_behind(&self, channel: &Channel<'a>) -> Option<Waiting<'a>> {
        let Channel::File(Val::Lit(file), _) = channel else { return None };
        let (_, list) =
            self.processes.iter().find(|(path, list)| file == path && !passes_on(self.know.lists(), list))?;
        Some(Waiting::Substitution(list))
    }

    /// What waits at a pipe reads this.
    pub fn hand_over(&mut self, waiting: Waiting<'a>, data: &Data<'a>, span: Span, out: &mut Sink<'a>, call: u32) {
        let (place, shell) = match waiting {
            Waiting::Substitution(list) => {
                (list.as_ptr() as usize, list.iter().flat_map(|item| item.pipeline).any(waits_for_commands))
            }
            Waiting::Coprocess(command) => (std::ptr::from_ref(command) as usize, waits_for_commands(command)),
        };
        // What it writes to that pipe itself does not count, nor what goes through pipe after pipe.
        if self.handing.contains(&place) || self.handing.len() >= MOST_PIPES {
            return;
        }
        self.handing.push(place);
        let mark = self.state.mark();
        match waiting {
            // A shell goes on where it was: `cd ~`, then `rm -rf ./*`.
            _ if shell => self.code_data("bash", data, span, out, call),
            Waiting::Substitution(list) => self.list(list, data, out),
            Waiting::Coprocess(command) => self.command(command, data, out),
        }
        if !shell {
            self.leave_subshell(mark);
        }
        self.handing.pop();
    }
}
