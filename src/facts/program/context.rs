//! Where a call acts when its words do not say so: the context of its program's own configuration.

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Entry;
use crate::facts::snapshot::{Answer, Ask, AskContext, ContextVariables, context_variables};
use crate::facts::targets::paths;
use crate::facts::targets::throwaway::denies;
use crate::facts::value::{Seg, Val, variable_name};
use crate::limits;

/// Earlier calls that are asked what they were given.
const NEAR: usize = 16;

impl<'a> Analysis<'a> {
    /// Where a program acts, if its words do not say so: by its own configuration, and as the script chose before.
    pub fn observe(
        &mut self,
        call: &Call<'a>,
        entry: &'static Entry<'static>,
        settings: &[(&'a str, Val<'a>)],
    ) -> &'a [(String, String)] {
        let configured = self.configured(call, entry, settings);
        let mut more = Vec::new();
        let chosen = self.chosen.iter().rev().find(|(context, _)| *context == entry.context);
        if let Some((_, name)) = chosen.filter(|_| !self.says_where(call, entry)) {
            more.push(((*name).to_owned(), "chosen by the script".to_owned()));
        }
        more.extend(self.folder_entered(entry).map(|folder| (folder.to_owned(), "directory".to_owned())));
        more.extend(self.planned_for(call, entry).map(|file| (file.to_owned(), "chosen by the script".to_owned())));
        match more.is_empty() {
            true => configured,
            false => self.bump.alloc_slice_fill_iter(configured.iter().cloned().chain(more).collect::<Vec<_>>()),
        }
    }

    /// The folder of production's that the script went to, where files of an infrastructure lie: `cd envs/prod`.
    fn folder_entered(&self, entry: &Entry<'_>) -> Option<&'a str> {
        if !matches!(entry.context, "kubernetes" | "terraform" | "pulumi") || !self.place.local() {
            return None;
        }
        let folder = self.state.cwd.lit()?.strip_prefix(self.snapshot.cwd.as_str())?.trim_start_matches('/');
        (self.know.environments().is_production(folder)).then_some(folder)
    }

    /// The file of production's values or state that an earlier call was given, whose plan is applied:
    /// `terraform plan -var-file=prod.tfvars -out=p && terraform apply p`.
    fn planned_for(&self, call: &Call<'a>, entry: &Entry<'_>) -> Option<&'a str> {
        if entry.context != "terraform" {
            return None;
        }
        let earlier = self.facts.calls.iter().rev().filter(|earlier| earlier.program == call.program).take(NEAR);
        let files = earlier.flat_map(|earlier| {
            ["-var-file", "-backend-config"].into_iter().flat_map(|name| earlier.fields(name).collect::<Vec<_>>())
        });
        let mut files = files.filter_map(|field| field.val.lit());
        files.find(|file| self.know.environments().is_production(file))
    }

    /// Whether its words say where a call acts.
    fn says_where(&self, call: &Call<'a>, entry: &'static Entry<'static>) -> bool {
        call.options.iter().any(|o| entry.context_options.iter().any(|name| o.is(name)))
    }

    fn configured(
        &mut self,
        call: &Call<'a>,
        entry: &'static Entry<'static>,
        settings: &[(&'a str, Val<'a>)],
    ) -> &'a [(String, String)] {
        if self.says_where(call, entry) {
            return &[];
        }
        // Variables that the script itself sets are not those of the surroundings.
        let ContextVariables { telling, leading } = context_variables(entry.context);
        let mut given: Vec<(String, String)> = Vec::new();
        let mut named: Vec<(String, String)> = Vec::new();
        for name in telling.iter().chain(leading).copied() {
            let own = settings
                .iter()
                .chain(self.place.handed)
                .find(|(n, _)| *n == name)
                .map(|(_, v)| *v)
                // Elsewhere only what is handed over counts.
                .or_else(|| self.state.var(name).filter(|_| self.place.local()).map(|v| v.val));
            match own {
                Some(Val::Lit(value)) => given.push((name.to_owned(), value.to_owned())),
                // `DATABASE_URL=$PROD_DATABASE_URL`: what it is called says where it leads. That a part of it is for
                // tests says nothing.
                Some(other)
                    if telling.contains(&name)
                        || name == "DATABASE_URL" && matches!(entry.context, "database" | "rails") =>
                {
                    let shown = other.show(self.bump);
                    let whole = matches!(other, Val::Text([Seg::Hole(_)])) && variable_name(shown).is_some();
                    let environments = self.know.environments();
                    let is_production = |shown: &str| environments.is_production(shown);
                    if whole && !denies(shown) || is_production(shown) {
                        named.push((shown.to_owned(), format!("variable {name}")));
                    } else if let Val::Set(_) = other {
                        // Each turn of a loop takes another: the strictest of them, if all are known.
                        let all: Vec<&str> = other.each().map(|one| one.show(self.bump)).collect();
                        let literal = all.len() <= limits::VALUES && other.each().all(|one| one.lit().is_some());
                        let milder = |shown: &&str| !denies(shown) && !environments.of_words(shown).is_empty();
                        let known = (literal && all.iter().all(milder)).then(|| all.first().copied()).flatten();
                        let in_one = |place: &str| all.iter().copied().find(|one| environments.of_words(one) == place);
                        let strictest = in_one("production").or_else(|| in_one("staging")).or(known);
                        named.extend(strictest.map(|one| (one.to_owned(), format!("variable {name}"))));
                    }
                }
                _ => {}
            }
        }
        let kubeconfig = call.options.iter().find(|o| o.is("--kubeconfig")).and_then(|o| o.value);
        if let Some(Val::Lit(file)) = kubeconfig.map(|f| f.val) {
            given.retain(|(n, _)| n != "KUBECONFIG");
            given.push(("KUBECONFIG".to_owned(), file.to_owned()));
        }
        let chdir = call.options.iter().find(|o| o.is("-chdir")).and_then(|o| o.value).and_then(|f| f.val.lit());
        let directory = match (self.state.cwd, chdir) {
            (Val::Lit(cwd), Some(below)) => paths::absolute(self.bump, cwd, below).to_owned(),
            (Val::Lit(cwd), None) => cwd.to_owned(),
            _ => self.snapshot.cwd.clone(),
        };
        let ask = Ask::Context(Box::new(AskContext { kind: entry.context.to_owned(), given, directory }));
        if self.place.local()
            && let Answer::Observed(names) = self.ask(&ask)
        {
            return match named.is_empty() {
                true => names,
                false => self.bump.alloc_slice_clone(&[names.as_slice(), &named].concat()),
            };
        }
        if self.place.local() && (!self.snapshot.closed || self.snapshot.answers.contains_key(&ask)) {
            return self.bump.alloc_slice_clone(&named);
        }
        // Nothing can be asked, but what the script itself says counts.
        let Ask::Context(context) = ask else { return &[] };
        let of_database = matches!(entry.context, "database" | "rails");
        for (name, value) in context.given {
            let source = format!("variable {name}");
            if telling.contains(&name.as_str()) {
                named.push((value, source));
            } else if of_database && name == "DATABASE_URL" {
                // The host and the database, without what is secret.
                let place = value.rsplit_once('@').or_else(|| value.split_once("//")).map_or("", |(_, place)| place);
                // That a part of it is for tests says nothing.
                if self.know.environments().is_production(place) {
                    named.push((place.to_owned(), source));
                }
            }
        }
        self.bump.alloc_slice_clone(&named)
    }
}
