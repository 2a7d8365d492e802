//! Ports of this machine that the script makes lead to another one: what answers at localhost is not here then.

use super::variables_of;
use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Lists;
use crate::facts::targets::paths::base_name;
use crate::facts::value::Field;

/// How many tunnels are looked at.
const TUNNELS: usize = 8;

impl<'a> Analysis<'a> {
    /// Whether a client speaks to this machine, at a port that the script made lead to production.
    pub(super) fn through_a_tunnel_to_production(&self, call: &Call<'a>) -> bool {
        let made = self.made();
        let vocabulary = self.know.vocabulary();
        let Some(usual) =
            variables_of(&vocabulary.lists, "client-ports", call.program).next().filter(|_| !made.tunnels.is_empty())
        else {
            return false;
        };
        let local = |host: &str| host.is_empty() || vocabulary.lists.has("database-hosts", host);
        let mut hosts = ["-h", "--host"].iter().flat_map(|name| call.fields(name));
        let port = ["-p", "-P", "--port"].iter().find_map(|name| call.fields(name).next()?.val.lit()).unwrap_or(usual);
        let says = |word: &Field<'a>| vocabulary.environments.is_production(word.val.show(self.bump));
        // `5433:db:5432`, `127.0.0.1:5433:db:5432`, `5433:5432`
        let opens = |word: &Field<'a>| {
            word.val.lit().is_some_and(|text| {
                let parts: Vec<&str> =
                    text.trim_start_matches(|c: char| c == '-' || c.is_ascii_alphabetic()).split(':').collect();
                match parts[..] {
                    [here, _] | [.., here, _, _] => here == port,
                    _ => parts == [port],
                }
            })
        };
        hosts.all(|host| host.val.lit().is_none_or(local))
            && made.tunnels.iter().rev().take(TUNNELS).any(|at| {
                let words = &self.facts.calls[*at].words[1..];
                words.iter().any(says) && words.iter().any(opens)
            })
    }
}

/// Whether a call makes a port of this machine lead to another one.
#[must_use]
pub fn leads_elsewhere(lists: &Lists<'_>, call: &Call<'_>) -> bool {
    // ssh(1): `-L 8200:vault:8200`, `-fNL…`
    let forwards = |two: &[Field<'_>]| {
        let (option, value) = (two[0].val.lit().unwrap_or_default(), two[1].val.lit().unwrap_or_default());
        option.starts_with('-') && option.contains('L') && (option.contains(':') || value.contains(':'))
    };
    if lists.has("forwards-ports-on-request", call.program) && call.words.windows(2).any(forwards) {
        return true;
    }
    lists.items("opens-tunnels").any(|form| {
        let mut form = form.split(' ');
        let mut words = call.words.iter().skip(1).filter_map(|word| word.val.lit().map(base_name));
        form.next() == Some(call.program) && form.all(|said| words.any(|word| word == said))
    })
}
