//! Repositories that a cluster follows (Argo CD, Flux): what is pushed to the branch that it looks at is in force a moment
//! later, and a file below a folder of production says that it is production's.

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::value::Taint;

/// What the branches are called that such a repository is followed at.
const FOLLOWED: [&str; 4] = ["main", "master", "production", "prod"];

impl<'a> Analysis<'a> {
    /// Says of a push that it deploys, where the script changed what production is made of in a clone of such a repository.
    pub fn pushed_to_production(&mut self) {
        let pushes =
            |call: &Call<'a>| call.verb == "git push" && !call.options.iter().any(|o| o.is("-n") || o.is("-d"));
        let Some(at) = self.facts.calls.iter().rposition(pushes) else { return };
        let lists = self.know.lists();
        let cloned = self.facts.calls[..at].iter().any(|call| {
            matches!(call.verb, "git clone" | "gh repo clone")
                && call.words.iter().skip(1).any(|word| lists.named_in("followed-repositories", &word.val.text()))
        });
        if !cloned {
            return;
        }
        let call = self.facts.calls[at];
        let own_branch = self.facts.calls[..at].iter().any(|call| {
            let word = |at: usize| call.words.get(at).and_then(|word| word.val.lit());
            call.program == "git"
                && matches!(word(1), Some("checkout" | "switch" | "clone"))
                && call
                    .words
                    .iter()
                    .skip(2)
                    .any(|word| matches!(word.val.lit(), Some("-b" | "-B" | "-c" | "-C" | "--create")))
        });
        let named: Vec<_> =
            call.words.iter().skip(2).map(|word| word.val.text()).filter(|word| !word.starts_with('-')).collect();
        let shared = named.iter().skip(1).any(|word| {
            let branch = word.rsplit(':').next().unwrap_or(word);
            let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch);
            FOLLOWED.contains(&branch) || branch == "HEAD" && !own_branch
        });
        if !(shared || named.len() < 2 && !own_branch) {
            return;
        }
        let environments = self.know.environments();
        let changed = self.facts.effects.iter().find(|effect| {
            let settings = [".yaml", ".yml", ".json", ".toml", ".tfvars", ".hcl"];
            matches!(effect.does, Kind::Write | Kind::Append)
                && effect.span.source == call.span.source
                && effect.span.start < call.span.start
                && settings.iter().any(|end| effect.target.text.ends_with(end))
                && environments.is_production(effect.target.text)
        });
        let Some(path) = changed.map(|effect| effect.target.text) else { return };
        self.plain_effect(Kind::Deploy, path, at as u32, call.span, Taint::NONE, &["production-site"]);
    }
}
