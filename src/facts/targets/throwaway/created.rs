//! What a script made for itself: what vouches for its not having been there before, and whether a later call means it.

use super::LONGEST_CHAIN;
use crate::facts::analysis::Analysis;
use crate::facts::files::past::Voucher;
use crate::facts::value::{Field, Val};
use crate::facts::{Call, Opt, Span};

/// Bytes of a script that may stand before a call which it ends with.
const LONGEST_SCRIPT: usize = 8 << 10;

/// Whether what kubectl created is of the kind that is now deleted: a ConfigMap says nothing of a namespace of its name.
fn makes_the_same(earlier: &Call<'_>, call: &Call<'_>) -> bool {
    let kind_behind = |call: &Call<'_>, verb: &str| {
        let mut words = call.words.iter().filter_map(|word| word.val.lit()).skip_while(|word| *word != verb).skip(1);
        let said = words.find(|word| !word.starts_with('-'))?;
        let said = said.split('/').next().unwrap_or(said).to_ascii_lowercase();
        Some(match said.trim_end_matches('s') {
            "n" | "namespace" => "namespace".to_owned(),
            "deploy" => "deployment".to_owned(),
            "cm" => "configmap".to_owned(),
            "sa" => "serviceaccount".to_owned(),
            "svc" => "service".to_owned(),
            other => other.to_owned(),
        })
    };
    if earlier.program != "kubectl" || call.program != "kubectl" {
        return true;
    }
    match (kind_behind(earlier, "create"), kind_behind(call, "delete")) {
        (Some(made), Some(deleted)) => made == deleted,
        _ => true,
    }
}

impl<'a> Analysis<'a> {
    /// Whether this script itself created the volume, cluster or database that a call names or speaks to.
    pub(super) fn created_here(&self, call: &Call<'a>, target: &str) -> bool {
        let context = ["--context", "--kube-context"]
            .iter()
            .find_map(|name| call.options.iter().find(|o| o.is(name))?.value)
            .map(|field| field.val.show(self.bump));
        // `v=$(docker volume create); docker volume rm "$v"`: what is given a name by whoever makes it is new.
        let printed = target.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')'));
        let named_there = |earlier: &Call<'a>, printed: &str| {
            matches!(earlier.verb, "docker volume create" | "podman volume create" | "nerdctl volume create")
                && earlier.operands.is_empty()
                && !earlier.options.iter().any(|option| option.is("--name"))
                && earlier.words.iter().map(|word| word.val.lit()).eq(printed.split(' ').map(Some))
        };
        if printed.is_some_and(|printed| self.facts.calls.iter().any(|earlier| named_there(earlier, printed))) {
            return true;
        }
        let made = self.made();
        let vouched = |(at, voucher): &(usize, Voucher)| {
            let earlier = &self.facts.calls[*at];
            earlier.span != call.span
                && makes_the_same(earlier, call)
                && (*voucher == Voucher::Name || self.only_if_it_worked(earlier, *voucher, call))
                && (context.is_some() || self.at_the_same_place(earlier, call))
        };
        match context {
            // `kind-name`, `k3d-name`, minikube's `name`
            Some(context) => {
                let is_it = |name: &str| name.len() > 2 && context.ends_with(name);
                made.created.iter().any(|(name, calls)| is_it(name) && calls.iter().any(vouched))
            }
            None => made.created.get(target).is_some_and(|calls| calls.iter().any(vouched)),
        }
    }

    /// Whether the namespace that a call names is one that the script created.
    pub(super) fn in_namespace_of_its_own(&self, call: &Call<'a>) -> bool {
        if self.find_entry(call.program).is_none_or(|entry| entry.context != "kubernetes") {
            return false;
        }
        let named = ["-n", "--namespace"].iter().find_map(|name| call.fields(name).next()?.val.lit());
        let made = self.made();
        let vouched = |(at, voucher): &(usize, Voucher)| {
            let earlier = &self.facts.calls[*at];
            let of_namespaces = |word: &Field<'a>| matches!(word.val.lit(), Some("ns" | "namespace" | "namespaces"));
            let contexts = ["--context", "--kube-context"];
            let said = |of: &Call<'a>| contexts.iter().find_map(|name| of.fields(name).next()).map(|field| field.val);
            self.only_if_it_worked(earlier, *voucher, call)
                && earlier.words.iter().any(of_namespaces)
                && said(earlier) == said(call)
        };
        named.is_some_and(|name| made.created.get(name).is_some_and(|calls| calls.iter().any(vouched)))
    }

    /// The names that a call which creates something gives it.
    pub(super) fn names_created(&self, call: &Call<'a>) -> impl Iterator<Item = Val<'a>> {
        // The name is an operand, or what an option for it says; what has a colon is an image.
        let named = |o: &&Opt<'_>| {
            o.is("--name")
                || o.is("-n")
                || o.is("-p") && call.program == "minikube"
                || o.is("-f") && call.program == "kubectl"
        };
        let operands = call.operands.iter().map(|operand| operand.field);
        // Of programs that nobody describes no option's value is known.
        let behind = call.words.windows(2).filter(|two| matches!(two[0].val.lit(), Some("--name" | "-n")));
        let names = operands.chain(call.options.iter().filter(named).filter_map(|o| o.value));
        let names = names.chain(behind.map(|two| two[1])).map(|field| field.val);
        let image = |name: &Val<'a>| name.lit().is_some_and(|name| name.contains(':') && !name.contains("://"));
        names.filter(move |name| !image(name))
    }

    /// Whether two calls say the same of where they act: host, project, context, namespace.
    fn at_the_same_place(&self, earlier: &Call<'a>, call: &Call<'a>) -> bool {
        let said = |of: &Call<'a>, name: &str| of.fields(name).next().map(|field| field.val);
        self.know.lists().items("place-options").all(|name| said(earlier, name) == said(call, name))
    }

    /// Whether a call runs only if an earlier one worked: what that created was not there before. Nothing but `&&` stands
    /// between them, or the script ends at the first error.
    pub(super) fn only_if_it_worked(&self, earlier: &Call<'a>, voucher: Voucher, call: &Call<'a>) -> bool {
        let (from, to) = (earlier.span, call.span);
        if from.source != to.source {
            return false;
        }
        let between = self.text_of(Span { start: from.end, end: to.start, ..from });
        voucher == Voucher::Errors
            || between.len() <= LONGEST_CHAIN
                && between.contains("&&")
                && !between.replace("&&", " ").contains(['&', '|', ';', '\n', '(', ')', '{', '}'])
    }

    /// Whether the script ends where a call fails: it stands by itself in a line of its own, after `set -e` (bash(1), "set").
    pub(in crate::facts) fn ends_at_errors(&self, call: &Call<'a>) -> bool {
        // Each statement of one call asks.
        match self.ended_at_errors.get() {
            Some((span, ends)) if span == call.span => ends,
            _ => {
                let ends = self.is_ended_at_errors(call);
                self.ended_at_errors.set(Some((call.span, ends)));
                ends
            }
        }
    }

    fn is_ended_at_errors(&self, call: &Call<'a>) -> bool {
        let Some(source) = self.facts.sources.get(call.span.source as usize) else { return false };
        let Some((before, rest)) = source.text.split_at_checked(call.span.start as usize) else { return false };
        if before.len() > LONGEST_SCRIPT || source.text.contains("set +") {
            return false;
        }
        let sets = |line: &str| {
            line.strip_prefix("set -").is_some_and(|options| {
                options.split([';', '&']).next().unwrap_or_default().split(' ').next().unwrap_or_default().contains('e')
            })
        };
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = &source.text[start..start + source.text[start..].find('\n').unwrap_or(source.text.len() - start)];
        // Nothing of it is a condition, a part of a pipe or in the background.
        let alone = !rest.is_empty()
            && !line.starts_with([' ', '\t'])
            && !line.contains(['|', '&', '!', '{', '`'])
            && !["if ", "while ", "until ", "("].iter().any(|word| line.trim_start().starts_with(word));
        alone && before.lines().take_while(|text| text.len() < LONGEST_CHAIN).any(sets)
    }
}
