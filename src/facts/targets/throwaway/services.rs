//! Services that are none: emulators on this machine, local clusters, configurations that make nothing but values.

use super::variables_of;
use crate::facts::Source;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Where;
use crate::facts::targets::paths::{base_name, core};
use crate::facts::targets::{globs, paths};
use crate::facts::value::{Field, Seg, Taint, Val};
use crate::facts::{Call, Opt, value};

/// Bytes of configuration that are looked at for what they make, and the files that they may stand in.
const LONGEST_CONFIGURATION: usize = 16 << 10;
const MOST_FILES: usize = 16;

/// Words of a call of which one names what it acts on.
const MOST_WORDS: usize = 16;

impl<'a> Analysis<'a> {
    /// Whether the service that a call speaks to is an emulator or registry on this machine.
    pub(super) fn emulated(&self, call: &Call<'a>) -> bool {
        let vocabulary = self.know.vocabulary();
        let here = |address: &str| {
            let host = address.split_once("://").map_or(address, |(_, rest)| rest);
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            vocabulary.lists.items("emulator-hosts").any(|name| {
                host.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/', ';']))
            })
        };
        // Where something leads elsewhere, nobody knows what answers here.
        if !self.made().tunnels.is_empty() {
            return false;
        }
        let of_service = |o: &&Opt<'a>| vocabulary.lists.items("service-addresses").any(|name| o.is(name));
        let mut addresses = call.options.iter().filter(of_service).filter_map(|o| o.value?.val.lit()).peekable();
        if addresses.peek().is_some() {
            // Which of several counts, each program says otherwise. A folder; a file of settings (`mvn -s settings.xml`)
            // says nothing of where it leads.
            return addresses.all(|address| {
                let name = base_name(address).trim_start_matches('.');
                here(address) || address.starts_with(['.', '/']) && !name.contains('.')
            });
        }
        if matches!(call.program, "mc" | "mcli") {
            return self.address_of_alias(call).is_some_and(here);
        }
        // What is said with the call itself outweighs its variables: `twine upload -r pypi`.
        let foreign = |text: &str| text.starts_with("http") && text.contains("://") && !here(text);
        let elsewhere = call.words.iter().filter_map(|word| word.val.lit()).any(foreign)
            || call.program == "twine" && call.options.iter().any(|o| matches!(o.spelled, "-r" | "--repository"));
        let mut its = variables_of(&vocabulary.lists, "service-variables", call.program);
        let of_storage = || call.words.iter().any(|word| matches!(word.val.lit(), Some("s3" | "s3api")));
        let set = |name: &str| {
            let var = self.state.var(name).filter(|var| var.exported);
            (!name.ends_with("_S3") || of_storage()) && var.and_then(|v| v.val.lit()).is_some_and(here)
        };
        // One for the service alone outweighs the one for all (AWS SDKs, "Service-specific endpoints").
        let specific = || {
            let names =
                self.state.names_with("AWS_ENDPOINT_URL_").into_iter().chain(self.state.names_with("AWS_IGNORE_"));
            names.filter(|name| *name != "AWS_ENDPOINT_URL_S3" || of_storage()).any(|name| {
                let value = self.state.var(name).and_then(|var| var.val.lit());
                !value.is_some_and(here)
            })
        };
        // A profile of that name leads nowhere else.
        let profile = || {
            let said = call.fields("--profile").next().map(|field| field.val);
            let said = said.or_else(|| Some(self.state.var("AWS_PROFILE")?.val));
            call.program == "aws" && matches!(said.and_then(|name| name.lit()), Some("localstack"))
        };
        vocabulary.lists.has("emulated-clients", call.program)
            || !elsewhere && profile()
            || !elsewhere && its.any(set) && !specific() && !self.leaves_variables()
            || self.of_dev_server(call)
    }

    /// Whether something in the script leaves variables behind: `env -i`, `env -u NAME`, another's rights.
    pub(in crate::facts) fn leaves_variables(&self) -> bool {
        let unsets =
            |option: &Opt<'a>| matches!(option.spelled, "-i" | "-u" | "-" | "--unset" | "--ignore-environment");
        self.facts.calls.iter().any(|call| {
            matches!(call.program, "sudo" | "su" | "doas" | "runuser")
                || call.program == "env" && call.options.iter().any(unsets)
        })
    }

    /// The address that a store of objects has under the name that a call gives it, where the script told it last:
    /// `mc alias set t http://127.0.0.1:9000 …`, and then `mc rb t/bucket`.
    fn address_of_alias(&self, call: &Call<'a>) -> Option<&'a str> {
        if call.words.len() > MOST_WORDS {
            return None;
        }
        let words: Vec<&str> = call.words.iter().skip(1).map(|word| word.val.lit()).collect::<Option<_>>()?;
        let mut named = words.iter().filter_map(|word| word.split_once('/'));
        let (Some((alias, _)), None) = (named.next(), named.next()) else { return None };
        let verb = |word: &&&str| {
            word.starts_with('-')
                || matches!(**word, "rb" | "rm" | "mb" | "ls" | "cp" | "anonymous" | "set" | "download" | "public")
        };
        let plain = words.iter().filter(verb).count() + 1 == words.len();
        if !plain {
            return None;
        }
        // What a variable says comes first (MinIO Client, "Specify Temporary Host Configuration").
        if let Some(told) = self.state.var(&format!("MC_HOST_{alias}")) {
            return told.val.lit().filter(|_| told.exported && !self.leaves_variables());
        }
        let word = |earlier: &Call<'a>, number: usize| earlier.words.get(number)?.val.lit();
        let sets = |earlier: &&Call<'a>| {
            matches!(earlier.program, "mc" | "mcli")
                && word(earlier, 1) == Some("alias")
                && word(earlier, 3) == Some(alias)
        };
        word(self.facts.calls.iter().rev().find(sets)?, 4)
    }

    /// Whether the script started the server that a call speaks to in its mode for development, which keeps nothing:
    /// `consul agent -dev`.
    pub(super) fn of_dev_server(&self, call: &Call<'a>) -> bool {
        let local = |address: &str| {
            let host = address.split_once("://").map_or(address, |(_, rest)| rest);
            self.know.lists().items("emulator-hosts").any(|name| host.starts_with(&format!("{name}:")))
        };
        let elsewhere = |word: &value::Field<'a>| {
            word.val.lit().is_none_or(|text| text.contains("://") && !text.split('=').any(local))
        };
        let set = ["CONSUL_HTTP_ADDR", "VAULT_ADDR", "NOMAD_ADDR"].iter().filter_map(|name| self.state.var(name));
        matches!(call.program, "consul" | "vault" | "nomad")
            && !call.words.iter().any(elsewhere)
            && set.into_iter().all(|var| var.val.lit().is_some_and(local))
            && self.facts.calls.iter().any(|earlier| {
                earlier.program == call.program && earlier.words.iter().any(|word| word.val.lit() == Some("-dev"))
            })
    }

    /// Whether a call applies a configuration that the script wrote into a folder of its own, and that makes nothing but
    /// values: `terraform_data`, `null_resource`.
    pub(super) fn of_nothing_real(&mut self, call: &Call<'a>) -> bool {
        if call.program != "terraform" || !self.own(self.state.cwd) {
            return false;
        }
        let vocabulary = self.know.vocabulary();
        let Some(folder) = self.overlay(Val::Lit(".")) else { return false };
        let files = self.state.files_below(folder, MOST_FILES);
        let texts = files.iter().filter(|(name, _)| name.ends_with(".tf")).map(|(_, file)| file.data.text?.lit());
        let Some(texts) = texts.collect::<Option<Vec<_>>>().filter(|_| files.len() < MOST_FILES) else { return false };
        if texts.iter().map(|text| text.len()).sum::<usize>() > LONGEST_CONFIGURATION {
            return false;
        }
        let makes_values = |kind: &str| vocabulary.lists.has("values-only", kind);
        let values = |text: &str| {
            let mut words = text.split(['"', ' ', '\n', '\t']).filter(|word| !word.is_empty());
            while let Some(word) = words.next() {
                match word {
                    "resource" if !words.next().is_some_and(makes_values) => return false,
                    "backend" | "module" | "cloud" | "provisioner" => return false,
                    _ => {}
                }
            }
            true
        };
        !texts.is_empty() && texts.into_iter().all(values)
    }

    /// Whether every cluster that the call may speak to is one that a tool makes on this machine, to be made again. The
    /// context that the script chose does not outweigh another that is configured: the choice may have failed. Nor does
    /// the cluster that it started.
    pub(in crate::facts) fn in_local_cluster(&self, call: &Call<'a>) -> bool {
        if self.find_entry(call.program).is_none_or(|entry| entry.context != "kubernetes") {
            return false;
        }
        if !self.place.local() {
            return false;
        }
        let vocabulary = self.know.vocabulary();
        let local = |name: &str| globs::listed(&vocabulary.lists, "local-clusters", name);
        // What the call itself chooses.
        let chosen = |name: &str| matches!(name, "--context" | "--kube-context" | "--cluster" | "--server" | "-s");
        let options = call.options.iter().filter(|o| o.names.iter().any(&chosen) || chosen(o.spelled));
        // `--context "kind-$NAME"`
        let named = |field: Field<'a>| match field.val {
            Val::Lit(name) => local(name),
            val => val.with_unknown("x").is_some_and(|name| local(&name)),
        };
        if !options.filter_map(|o| o.value).all(named) {
            return false;
        }
        // The call says itself which one.
        let by_name = |o: &&Opt<'a>| ["--context", "--kube-context"].iter().any(|name| o.is(name));
        if call.options.iter().any(|o| by_name(&o)) && !self.made().contexts_elsewhere {
            return true;
        }
        let local_contexts = |command: &str| {
            vocabulary
                .lists
                .items("writes-local-contexts")
                .any(|start| command.trim_start_matches("$(").starts_with(start))
        };
        // `KUBECONFIG=$(k3d kubeconfig write dev)`
        let given = call.fields("--kubeconfig").next().map(|field| field.val);
        let given = given.or_else(|| Some(self.state.var("KUBECONFIG")?.val));
        let made_for = |val: Val<'a>| match val {
            Val::Text([Seg::Hole(hole)]) => local_contexts(hole.source),
            // `kind get kubeconfig > k; KUBECONFIG=k kubectl …`
            Val::Lit(path) => {
                let file = self.absolute(path).and_then(|path| self.state.file(path));
                file.is_some_and(|file| local_contexts(file.data.source))
            }
            _ => false,
        };
        if given.is_some_and(made_for) {
            return true;
        }
        // `kind create cluster --kubeconfig k`: what is in that file leads there, unless another is chosen later.
        let leads_on = |source: &Source<'_>| {
            ["credentials", "update-kubeconfig", "use-context"].iter().any(|w| source.text.contains(w))
        };
        let file = |val: Val<'a>| val.lit().and_then(|path| self.absolute(path)).map_or(val, Val::Lit);
        let given = given.map(file);
        let into_it =
            |one: &Call<'a>| given.is_some() && one.fields("--kubeconfig").next().map(|f| file(f.val)) == given;
        if self.earlier(call, |made| &made.clusters).any(into_it) && !self.facts.sources.iter().any(leads_on) {
            return true;
        }
        let starts_one = || self.earlier(call, |made| &made.clusters).next().is_some();
        if self.contexts_of_its_own(call) && starts_one() {
            return true;
        }
        if self.state.var("KUBECONFIG").is_some() || self.made().contexts_elsewhere {
            return false;
        }
        call.observed.iter().all(|(name, _)| local(name)) && (!call.observed.is_empty() || starts_one())
    }

    /// Whether the secrets that a call keeps are in a folder that the script made for them.
    pub(super) fn in_store_of_its_own(&mut self, call: &Call<'a>) -> bool {
        let variable = variables_of(self.know.lists(), "stores-of-secrets", call.program).next();
        if self.place.kind != Where::Same {
            return false;
        }
        let given = variable.and_then(|_| call.fields("--homedir").last()).map(|field| field.val);
        let folder = given.or_else(|| Some(self.state.var(variable?)?.val));
        // What it was cloned from is somebody's.
        let begun =
            |earlier: &Call<'_>| matches!(earlier.verb, "git clone" | "rsync" | "cp" | "scp" | "tar" | "ln" | "mount");
        folder.is_some_and(|folder| self.own(folder)) && !self.facts.calls.iter().any(begun)
    }

    /// Whether what opens a secret is a key that the script itself made: `age-keygen -o k; age -d -i k x.age`.
    pub(super) fn by_key_of_its_own(&self, call: &Call<'a>) -> bool {
        let made = |key: Val<'a>| {
            self.facts.calls.iter().any(|earlier| {
                let program = earlier.words.first().and_then(|word| word.val.lit()).map(base_name);
                let makes = program == Some("age-keygen") && earlier.place.local();
                makes && earlier.fields("-o").any(|field| field.val == key)
            })
        };
        let mut keys: Vec<Val<'a>> = call.fields("-i").map(|field| field.val).collect();
        if keys.is_empty() {
            keys.extend(self.state.var("SOPS_AGE_KEY_FILE").map(|variable| variable.val));
        }
        let opens_files = matches!(call.program, "age" | "rage" | "sops");
        opens_files && self.place.kind == Where::Same && !keys.is_empty() && keys.into_iter().all(made)
    }

    /// Whether the contexts that a call may choose from are in a file that the script made for itself.
    pub(super) fn contexts_of_its_own(&self, call: &Call<'a>) -> bool {
        let option = call.options.iter().find(|o| o.is("--kubeconfig")).and_then(|o| o.value).map(|field| field.val);
        let Some(file) = option.or_else(|| Some(self.state.var("KUBECONFIG")?.val)) else { return false };
        match file {
            Val::Lit(path) => {
                let classes = paths::classify(self.know.classes(), self.ground(), path);
                classes & core::TEMPORARY != 0
            }
            // `$(mktemp)`, `/tmp/x.$$`
            val => {
                val.taint().has(Taint::TEMPORARY) || val.with_unknown("x").is_some_and(|path| path.starts_with("/tmp/"))
            }
        }
    }
}
