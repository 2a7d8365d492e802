//! What lists processes, by what it was told to look for: pgrep(1), ps(1), lsof(8), fuser(1).

use crate::facts::analysis::Analysis;
use crate::facts::value::{Data, Field, Shape, Taint, Val};
use crate::facts::{Call, Opt};

/// The source of a list of processes that nothing chose from.
pub(super) const EVERY_PROCESS: &str = "every process";

impl<'a> Analysis<'a> {
    /// The processes that a call lists.
    pub(super) fn processes_listed(&self, call: &Call<'a>) -> Data<'a> {
        // `ps -C name`, `ps -p 1`: those only.
        let chosen = ["pattern", "-C", "-p", "-c", "+D", "path"].iter().find_map(|name| call.fields(name).next());
        // `lsof -ti :8080`; who listens at any port is everybody.
        let at_port = |field: &Field<'a>| field.val.lit().is_none_or(|address| address.contains(':'));
        let chosen = chosen.or_else(|| call.fields("-i").find(at_port));
        // `for p in sshd cron; do kill $(pgrep $p); done`
        if let Some(Val::Set(each)) = chosen.map(|field| field.val)
            && each.iter().all(|one| one.lit().is_some_and(|name| !name.is_empty()))
        {
            let named =
                |one: &Val<'a>| Val::hole(self.bump, one.lit().unwrap_or_default(), Shape::Plain, Taint::PROCESSES);
            let each: Vec<Val<'a>> = each.iter().map(named).collect();
            return Data { shape: Shape::Plain, taint: Taint::PROCESSES, ..Data::known(Val::set(self.bump, &each)) };
        }
        let pattern = chosen.map(|field| field.val.lit().unwrap_or("some processes"));
        // `ps -o pid= --ppid $$`: those that one has started.
        let few = ["--ppid", "--sid", "-p"].iter().any(|name| {
            // Of the first one all are descendants.
            let one = |field: Field<'a>| match field.val.lit() {
                Some(pid) => pid.len() > 1 && !pid.starts_with('0') && pid.bytes().all(|b| b.is_ascii_digit()),
                None => !self.text_of(field.span).contains(['(', '`', ',']),
            };
            let beside = |o: &Opt<'_>| matches!(o.spelled, "-e" | "-A" | "-a" | "-x" | "-u" | "-U");
            call.verb == "ps"
                && call.operands.is_empty()
                && !call.options.iter().any(beside)
                && call.fields(name).next().is_some_and(one)
        });
        let pattern = pattern.or(few.then_some("some processes"));
        let all = |pattern: &&str| matches!(*pattern, "" | "." | ".*" | "^" | "$");
        let pattern = pattern.filter(|pattern| !all(pattern)).unwrap_or(EVERY_PROCESS);
        Data { shape: Shape::Plain, ..Data::unknown(pattern, Taint::PROCESSES) }
    }
}
