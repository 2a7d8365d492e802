//! What is there to be thrown away: databases for tests or in memory, clones that the script itself made, emulators and
//! remotes on this machine. An effect on it carries the mark `throwaway`, which rules may take into account.

mod anew;
mod containers;
mod created;
mod databases;
mod disks;
mod repositories;
mod saved;
mod services;
pub mod tunnels;

pub(in crate::facts) use databases::{denies, usual_text};

use crate::facts::analysis::Analysis;
use crate::facts::files::past::{Made, Voucher};
use crate::facts::knowledge::{Kind, Lists, Where};
use crate::facts::targets::Look;
use crate::facts::targets::paths::{base_name, core};
use crate::facts::value::{Seg, Val, variable_name};
use crate::facts::with_mark;
use crate::facts::{Call, Effect, Opt, Source};

/// What variables of pipelines end in that hold the number of a run: another one each time.
const NUMBERS_OF_A_RUN: [&str; 4] = ["RUN_ID", "JOB_ID", "BUILD_ID", "PIPELINE_ID"];

/// Bytes of a chain of commands that is looked at: a longer one is nobody's.
const LONGEST_CHAIN: usize = 512;

/// Names of a call that are looked at.
const LOOKED_AT: usize = 16;

/// What an effect is on, as far as its worth differs.
enum On {
    Database,
    Repository,
    /// A repository that is pushed to.
    Remote,
    Service,
    /// What somebody may do in a cloud.
    Rights,
    /// A file that a key opens.
    Sealed,
    Disk,
    /// Nothing but what the place holds.
    Place,
}

/// Whether a word says that a program is only to tell of itself, or what it would do.
fn is_only_tried(word: &str) -> bool {
    matches!(word, "--help" | "-help" | "--version" | "--dryrun") || word.starts_with("--dry-run")
}

impl<'a> Analysis<'a> {
    /// The effect, marked if what it acts on is there to be thrown away.
    pub fn judged_by_worth(&mut self, effect: Effect<'a>) -> Effect<'a> {
        let effect = self.judged_by_distance(effect);
        let of_cloud = |mark: &&str| matches!(*mark, "identity" | "bucket-policy" | "public");
        let on = match effect.does {
            Kind::Grant if effect.marks.iter().any(of_cloud) => On::Rights,
            Kind::Deploy if effect.marks.contains(&"cloud") => On::Rights,
            Kind::Grant if effect.marks.contains(&"registry") => On::Service,
            Kind::Drop
            | Kind::DeleteRows
            | Kind::Update
            | Kind::Insert
            | Kind::Grant
            | Kind::Restore
            | Kind::Flush
            | Kind::Migrate => On::Database,
            Kind::DeleteRef if effect.marks.contains(&"remote") => On::Remote,
            Kind::DiscardWork | Kind::RewriteHistory | Kind::DeleteRef => On::Repository,
            Kind::Push => On::Remote,
            Kind::Destroy | Kind::Publish | Kind::CredentialWrite | Kind::Apply | Kind::Scale => On::Service,
            Kind::SecretRead
                if effect
                    .marks
                    .iter()
                    .any(|mark| matches!(*mark, "store" | "personal" | "key" | "password" | "in-turn")) =>
            {
                On::Service
            }
            Kind::SecretRead if effect.marks.contains(&"file") => On::Sealed,
            Kind::Format if effect.marks.contains(&"volume") => On::Service,
            Kind::Format => On::Disk,
            Kind::Configure if self.place.kind == Where::Running => On::Place,
            // Most effects are of other kinds, and are worth what they are.
            _ => return effect,
        };
        let Some(call) = self.facts.calls.get(effect.call as usize).copied() else { return effect };
        if matches!(on, On::Database) && self.through_a_tunnel_to_production(&call) {
            let marks = with_mark(self.bump, effect.marks, "in-production");
            return Effect { marks, ..effect };
        }
        let throwaway = match on {
            _ if self.in_container_of_its_own(&call) => true,
            _ if effect.does == Kind::Format && self.own_disk(&call, &effect) => true,
            On::Place => false,
            On::Sealed => self.by_key_of_its_own(&call) || self.keeps_its_own(&call) == Some(true),
            On::Rights => {
                self.emulated(&call)
                    || self.in_local_cluster(&call)
                    || self.keeps_its_own(&call) == Some(true)
                    || self.server_of_project(&call)
            }
            On::Database => !effect.marks.contains(&"connected-elsewhere") && self.throwaway_database(&call, &effect),
            On::Repository => {
                self.made_here(&call) || effect.does == Kind::DiscardWork && self.saved_before(&call, &effect)
            }
            On::Remote => {
                let remote = call.fields("remote").next().map(|field| field.val);
                match remote {
                    Some(Val::Lit(remote)) => {
                        let given = self.address_given(Val::Lit(remote)).and_then(|address| address.lit());
                        let remote = given.unwrap_or(remote);
                        let local = remote.starts_with(['/', '.']) || remote.starts_with("file://");
                        // An address is no remote that the clone has for itself.
                        local || !remote.contains(':') && self.cloned_here(&call)
                    }
                    Some(remote) => self.own(remote),
                    None => self.cloned_here(&call),
                }
            }
            On::Disk => self.made_as_a_file(&effect),
            On::Service => {
                self.emulated(&call)
                    || self.keeps_its_own(&call) == Some(true)
                    || self.of_nothing_real(&call)
                    || self.repository_of_its_own(&call)
                    || self.in_local_cluster(&call)
                    || self.brought_up_here(&call)
                    || effect.does == Kind::Destroy && self.server_of_project(&call)
                    || (effect.does != Kind::Format || effect.target.known && makes_pools(call.program))
                        && self.created_here(&call, effect.target.text)
                    || self.in_namespace_of_its_own(&call)
                    || self.in_store_of_its_own(&call)
                    || effect.does == Kind::SecretRead && self.by_key_of_its_own(&call)
                    || self.of_one_change(&call, &effect)
                    || effect.does == Kind::Destroy && self.namespaces_of_this_run(&call)
                    || effect.does == Kind::Destroy
                        && effect.marks.contains(&"volume")
                        && (self.passing(Val::Lit(effect.target.text)) || self.labelled_by_this_run(effect.target.text))
            }
        };
        if matches!(on, On::Database) && !throwaway {
            let mark = if self.place.far || !self.made().tunnels.is_empty() {
                "connected-elsewhere"
            } else if self.in_project_at_hand(&call)
                || self.in_container_for_development(&call)
                || self.told_of_own_machine(&call)
            {
                "in-development"
            } else {
                return effect;
            };
            return Effect { marks: with_mark(self.bump, effect.marks, mark), ..effect };
        }
        if !throwaway && matches!(on, On::Service) && self.started_before(&call) {
            return Effect { marks: with_mark(self.bump, effect.marks, "brought-up"), ..effect };
        }
        if !throwaway {
            // The changes of now are not put aside by it, but thrown away.
            let of_now = effect.marks.contains(&"stash") && self.stashed_before(&call);
            return if of_now { Effect { marks: &["stash", "all"], ..effect } } else { effect };
        }
        let mut marks = effect.marks.to_vec();
        marks.push("throwaway");
        Effect { marks: self.bump.alloc_slice_copy(&marks), ..effect }
    }

    /// The effect, where what is called localhost is another machine: in a pod, at the other end of a tunnel.
    fn judged_by_distance(&self, mut effect: Effect<'a>) -> Effect<'a> {
        let deletes = effect.does == Kind::Send && effect.marks.contains(&"http-delete");
        if !(deletes || effect.does == Kind::Flush) || !self.place.far && self.made().tunnels.is_empty() {
            return effect;
        }
        effect.target.classes &= !self.know.classes().of(["loopback", "development-host"]);
        effect.mark(self.bump, "connected-elsewhere");
        effect
    }

    /// Whether the script put its changes aside before a call that drops the last that was.
    fn stashed_before(&self, call: &Call<'a>) -> bool {
        let named = call.fields("stash").next().and_then(|field| field.val.lit());
        let of_git = self.facts.calls.iter().rev().filter(|other| other.verb.starts_with("git stash"));
        // `git stash`, `git stash push`; not `git stash apply`, after which they are there again.
        let puts_aside = |other: &Call<'a>| {
            let first = other.fields("rest").next().map(|field| field.val.lit());
            other.verb == "git stash" && matches!(first, None | Some(Some("push" | "save")))
        };
        let last = of_git.filter(|other| other.span != call.span).map(puts_aside).next();
        matches!(named, None | Some("stash@{0}" | "0")) && last == Some(true)
    }

    /// Whether a path is one that the script made, or lies in a temporary directory.
    fn own(&mut self, path: Val<'a>) -> bool {
        let classes = self.path_target(path, Look::Not).classes;
        classes & (core::MADE_HERE | core::TEMPORARY) != 0 && classes & core::WORKSPACE == 0
    }

    /// Whether a name is made up anew each time, or says that nobody keeps anything there: what exists already under a
    /// name is not created again.
    fn passing(&self, name: Val<'a>) -> bool {
        let Val::Lit(text) = name else { return true };
        let looks = |word| matches!(word, "check" | "verify" | "probe" | "smoke");
        self.for_tests(text) || words_of(text).any(looks)
    }

    /// Whether a name says that it is for tests, and nobody keeps anything there.
    fn for_tests(&self, name: &str) -> bool {
        let vocabulary = self.know.vocabulary();
        if databases::is_command(name) {
            return databases::says_tests(vocabulary, name);
        }
        let passing = |word| matches!(word, "ci" | "e2e") || vocabulary.lists.has("throwaway-names", word);
        vocabulary.environments.is_test(name) || words_of(name).any(passing)
    }

    /// Whether it belongs to one change that is looked at, as a pipeline names such things: the namespace `pr-42`, a prefix
    /// `review-$CI_MERGE_REQUEST_IID/`. They come and go with it.
    fn of_one_change(&self, call: &Call<'a>, effect: &Effect<'a>) -> bool {
        let target = effect.target.text;
        let vocabulary = self.know.vocabulary();
        let numbered = |name: &str| {
            let own = |start: &str| name.strip_prefix(start).is_some_and(|rest| is_number(rest, false));
            // `shop-api-pr-$N`: what an app is called for a while; whose it is stands before.
            let last = |start: &str| {
                let split = name.rsplit_once(start).filter(|(before, _)| before.ends_with(['-', '_']));
                split.is_some_and(|(_, rest)| is_number(rest, true))
            };
            let for_a_while = effect.marks.contains(&"app") && !vocabulary.environments.is_strict(target);
            vocabulary.lists.items("names-of-changes").any(own) || for_a_while && ["pr", "mr"].into_iter().any(last)
        };
        let one = |text: &str| numbered(text.trim_end_matches('/').rsplit('/').next().unwrap_or(text));
        // Namespaces, nodes and volumes are in none.
        let namespace = call.fields("-n").next().filter(|_| !effect.marks.contains(&"data"));
        let namespace = namespace.map(|field| field.val.show(self.bump));
        // `kubectl delete ns pr-42` acts on what it names, not on its kind.
        let mut named = call.fields("resource").map(|field| field.val.show(self.bump)).peekable();
        let of_kind = call.fields("kind").any(|field| field.val.lit() == Some(target));
        one(target) || namespace.is_some_and(one) || of_kind && named.peek().is_some() && named.all(one)
    }

    /// Whether namespaces for tests are deleted that this run alone has, by its number:
    /// `kubectl delete namespace "ci-$CI_PIPELINE_ID"`.
    fn namespaces_of_this_run(&self, call: &Call<'a>) -> bool {
        let vocabulary = self.know.vocabulary();
        let kind = call.operands.first().and_then(|operand| operand.field.val.lit());
        let elsewhere = |o: &Opt<'a>| ["--kubeconfig", "--cluster", "-s", "--server"].iter().any(|name| o.is(name));
        let context = |o: &Opt<'a>| {
            o.is("--context") && o.value.is_none_or(|v| vocabulary.environments.is_strict(v.val.show(self.bump)))
        };
        if call.verb != "kubectl delete"
            || !kind.is_some_and(|kind| matches!(kind, "namespace" | "namespaces" | "ns"))
            || call.options.iter().any(|o| elsewhere(o) || context(o))
            || call.operands.len() > LOOKED_AT
            || self.place.kind != Where::Same
        {
            return false;
        }
        // Without a sign before it nothing tells it from another where the number is missing.
        let numbered = |val: Val<'a>| match val {
            Val::Text([Seg::Lit(start), Seg::Hole(hole)]) => {
                let Some(name) = variable_name(hole.source) else { return false };
                let plain = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
                start.ends_with('-')
                    && self.for_tests(start)
                    && !vocabulary.environments.is_strict(start)
                    && plain
                    && !vocabulary.environments.is_strict(name)
                    && NUMBERS_OF_A_RUN.iter().chain(&["BUILD_NUMBER", "RUN_NUMBER"]).any(|part| name.ends_with(part))
            }
            _ => false,
        };
        let mut names = call.operands.iter().skip(1).map(|operand| operand.field.val).peekable();
        names.peek().is_some() && names.all(numbered)
    }

    /// What the calls so far made, brought up to date.
    pub fn made(&self) -> std::cell::Ref<'_, Made<'a>> {
        let mut made = self.made.borrow_mut();
        let vocabulary = self.know.vocabulary();
        // Another file of contexts, or a context that is made to lead elsewhere, and its name says nothing.
        let elsewhere = ["KUBECONFIG", "kubeconfig", "get-credentials", "config set", "config rename", ".kube/config"];
        // `k3d cluster create --kubeconfig-switch-context=false`
        let of_k3d = |rest: &str| rest.starts_with("-switch-context") || rest.starts_with("-update-default");
        let says = |source: &Source<'_>| {
            let text = source.text;
            elsewhere.iter().any(|sign| text.match_indices(sign).any(|(at, _)| !of_k3d(&text[at + sign.len()..])))
        };
        made.contexts_elsewhere |= self.facts.sources.iter().skip(made.sources).any(says);
        made.sources = self.facts.sources.len();
        for (at, call) in self.facts.calls.iter().enumerate().skip(made.calls) {
            // What is only told or tried makes nothing.
            if call.words.iter().skip(1).any(|word| word.val.lit().is_some_and(is_only_tried)) {
                continue;
            }
            let is = |list: &'static str| vocabulary.lists.items(list).any(|start| begins(call, start));
            if is("creates") {
                let usual = if self.ends_at_errors(call) { Voucher::Errors } else { Voucher::Chain };
                // It works for what is there already, too.
                let keeps = is("creates-or-keeps");
                for name in self.names_created(call).filter(|name| !keeps || self.passing(*name)) {
                    let voucher = if self.passing(name) { Voucher::Name } else { usual };
                    made.created.entry(name.show(self.bump)).or_default().push((at, voucher));
                }
            }
            // `k3d cluster create --kubeconfig-switch-context=false` leaves the one that was spoken to before.
            let leaves = || call.words.iter().any(|word| word.val.text().starts_with("--kubeconfig-"));
            if is("starts-local-cluster") && !leaves() {
                made.clusters.push(at);
            }
            if self.runs_database_image(call) || vocabulary.lists.has("database-servers", call.program) {
                made.databases.push(at);
            }
            if matches!(call.program, "mkfifo" | "mknod") {
                made.pipes.push(at);
            }
            made.disks.extend(self.devices_made(call).map(|device| (at, device)));
            if tunnels::leads_elsewhere(&vocabulary.lists, call) {
                made.tunnels.push(at);
            }
        }
        made.calls = self.facts.calls.len();
        drop(made);
        self.made.borrow()
    }

    /// Takes the calls back from one on: they were only tried.
    pub fn forget_calls(&mut self, from: usize) {
        self.facts.calls.truncate(from);
        let made = self.made.get_mut();
        made.calls = made.calls.min(from);
        made.created.values_mut().for_each(|calls| calls.retain(|(at, _)| *at < from));
        for calls in [&mut made.clusters, &mut made.databases, &mut made.pipes, &mut made.tunnels] {
            calls.retain(|at| *at < from);
        }
        made.disks.retain(|(at, _)| *at < from);
    }

    /// The calls before another one that made something.
    fn earlier(
        &self,
        call: &Call<'a>,
        which: impl for<'m> Fn(&'m Made<'a>) -> &'m Vec<usize>,
    ) -> impl Iterator<Item = &Call<'a>> {
        let span = call.span;
        let calls = which(&self.made()).clone();
        calls.into_iter().map(|at| &self.facts.calls[at]).filter(move |earlier| earlier.span != span)
    }
}

fn words_of(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_alphanumeric())
}

/// Whether a name goes on with `-42` or `-$N`; if it has to end there, with no year, and with a variable that says so.
fn is_number(rest: &str, to_the_end: bool) -> bool {
    let Some(rest) = rest.strip_prefix(['-', '_']) else { return false };
    let digit = rest.starts_with(|c: char| c.is_ascii_digit());
    if !to_the_end {
        // `pr-12-shop`, not `pr-1shop`.
        let number = rest.split(['-', '_']).next().unwrap_or(rest);
        return digit && number.bytes().all(|byte| byte.is_ascii_digit()) || rest.starts_with('$');
    }
    let year = rest.len() == 4 && (rest.starts_with("19") || rest.starts_with("20"));
    let counts = variable_name(rest)
        .is_some_and(|name| ["PR", "MR", "IID", "NUMBER"].iter().any(|word| name.split('_').any(|part| part == *word)));
    counts || digit && !year && rest.len() < 6 && rest.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a call begins with these words, whatever options stand between them.
fn begins(call: &Call<'_>, start: &str) -> bool {
    let words = call.words.iter().map(|word| word.val.lit().map(base_name));
    let words = words.filter(|word| word.is_none_or(|word| !word.starts_with('-')) || start.contains(" -"));
    start.split(' ').map(Some).eq(words.take(start.split(' ').count()))
}

/// What a list of `program=VARIABLE`, or `program=port`, says for a program.
fn variables_of<'p>(lists: &Lists<'p>, list: &'static str, program: &str) -> impl Iterator<Item = &'p str> {
    let pairs = lists.items(list).filter_map(|item| item.split_once('='));
    pairs.filter(move |(known, _)| *known == program).map(|(_, variable)| variable)
}

/// Whether what a program destroys by a name is what programs of its kind make: a pool, a group of volumes, a volume.
fn makes_pools(program: &str) -> bool {
    matches!(program, "zpool" | "zfs" | "btrfs" | "vgremove" | "lvremove")
}
