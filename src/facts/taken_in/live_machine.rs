//! What is done on a machine that others use: a service started anew by ssh, a container replaced through Docker's host, a
//! file copied into its system.

use crate::facts::Effect;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Kind, Where};

impl<'a> Analysis<'a> {
    /// Whether an effect changes a machine that others may use.
    pub(super) fn is_on_live_machine(&self, effect: &Effect<'a>) -> bool {
        let there = match effect.does {
            Kind::Service | Kind::Scale | Kind::Migrate if self.place.kind == Where::Remote => Some(self.place.name),
            Kind::Scale => self.docker_host(effect.call),
            // `scp x root@web1.example.com:/etc/x`
            Kind::Send if self.copies_by_ssh(effect.call) => effect.target.text.split_once(":/").map(|(host, _)| host),
            _ => None,
        };
        there.is_some_and(|host| self.is_live(host)) && !self.is_small(effect.call)
    }

    /// Whether a call is a copy by ssh.
    fn copies_by_ssh(&self, call: u32) -> bool {
        let program = self.facts.calls.get(call as usize).map_or("", |call| call.program);
        self.know.lists().has("copies-by-ssh", program)
    }

    /// Whether a call is about something of one user, for tests, or that runs no more.
    fn is_small(&self, call: u32) -> bool {
        let Some(call) = self.facts.calls.get(call as usize) else { return false };
        let said = |word: &str| call.options.iter().any(|o| o.is(word));
        let tests = || call.words.iter().any(|word| word.val.lit().is_some_and(|word| word.contains(".test.")));
        said("--user") || call.verb == "docker rm" && !said("-f") || call.program == "docker" && tests()
    }

    /// The machine whose Docker is told what to do, if it is another (docker(1), `--host`, `DOCKER_HOST`).
    fn docker_host(&self, call: u32) -> Option<&'a str> {
        let call = self.facts.calls.get(call as usize).filter(|call| call.program == "docker")?;
        let told = call.options.iter().find(|o| o.is("-H") || o.is("--host")).and_then(|o| o.value);
        let told = told.map(|field| field.val).or_else(|| Some(self.state.var("DOCKER_HOST")?.val));
        told?.lit()?.strip_prefix("ssh://")
    }

    /// Whether a machine is one that others may use: by a name of the internet or of a network that is not at home, and not
    /// said to be there for tests.
    fn is_live(&self, name: &str) -> bool {
        let host = name.rsplit('@').next().unwrap_or(name);
        let host = host.split(':').next().unwrap_or(host);
        let lists = self.know.lists();
        let at_home = |item: &str| if item.starts_with('.') { host.ends_with(item) } else { host.starts_with(item) };
        host.contains('.')
            && !lists.items("machines-at-home").any(at_home)
            && !host.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| lists.has("not-live", word))
            && matches!(self.know.environments().of_words(host), "" | "production")
    }
}
