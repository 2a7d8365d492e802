//! What a script shows as a whole, where people and logs read it: secrets in a form that nobody recognises, and those of
//! the environment that somebody looks for.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::value::{Sink, Taint};
use crate::facts::{Call, Effect, Opt, Target};

impl<'a> Analysis<'a> {
    /// What the whole script prints, where people and logs read it.
    pub fn seen(&mut self, printed: &Sink<'a>) {
        self.secrets_searched(printed);
        let secret = Taint(Taint::SECRET.0 | Taint::SECRET_VARIABLE.0);
        if !printed.parts.iter().any(|data| data.taint.has(secret) && data.taint.has(Taint::ENCODED)) {
            return;
        }
        let Some(index) = self.facts.calls.iter().rposition(|call| self.encodes(call)) else { return };
        let span = self.facts.calls[index].span;
        let target = Target { text: self.text_of(span), known: true, ..Target::default() };
        self.effect(Effect { marks: &["encoded"], ..Effect::new(Kind::CredentialRead, target, index as u32, span) });
    }

    /// Secrets of the environment that are looked for by what secrets are called, and shown: `env | grep -i token`.
    fn secrets_searched(&mut self, printed: &Sink<'a>) {
        if !printed.parts.iter().any(|data| data.taint.has(Taint::SECRET)) {
            return;
        }
        let vocabulary = self.know.vocabulary();
        let asks = |call: &Call<'a>| {
            // One that is named as a whole is asked for by its name: `env | grep GITHUB_TOKEN`.
            let by_name = |word: &str| word.contains('_') && !word.contains(['|', '.']) && word.to_uppercase() == *word;
            let quiet = |o: &Opt<'a>| {
                ["-c", "--count", "-q", "--quiet", "--silent", "-l", "-v", "-o"].iter().any(|name| o.is(name))
            };
            matches!(call.verb, "grep" | "rg")
                && !call.options.iter().any(quiet)
                && call.fields("pattern").chain(call.fields("-e")).filter_map(|field| field.val.lit()).any(|pattern| {
                    !by_name(pattern) && vocabulary.lists.named_in("words-for-secrets", &pattern.to_ascii_lowercase())
                })
        };
        // What follows in the pipe may keep their names only: `| cut -d= -f1`.
        let lets_through =
            |call: &Call<'a>| matches!(call.program, "sort" | "head" | "tail" | "cat" | "uniq" | "less" | "more");
        let environment = |call: &Call<'a>| matches!(call.program, "env" | "printenv") && call.words.len() == 1;
        let calls = &self.facts.calls;
        let piped = |from: &Call<'a>, to: &Call<'a>| {
            let text = self.facts.sources.get(from.span.source as usize).map_or("", |source| source.text);
            let between = text.get(from.span.end as usize..to.span.start as usize);
            from.span.source == to.span.source
                && between.is_some_and(|text| text.contains('|') && !text.contains([';', '\n', '&']))
        };
        // `declare -px | grep -i token`: a builtin is no call; the first call that it is piped into.
        let of_builtin = |to: &Call<'a>| {
            let text = self.facts.sources.get(to.span.source as usize).map_or("", |source| source.text);
            let before = text.get(..to.span.start as usize)?;
            let start = before.rfind([';', '\n', '&', '(', '{']).map_or(0, |at| at + 1);
            let mut words = before[start..].split('|').next()?.split_whitespace();
            let shows = matches!(words.next()?, "set" | "export" | "declare" | "typeset");
            let whole = shows
                && before[start..].contains('|')
                && words.all(|word| word.starts_with('-') && !word.contains(['f', 'F']));
            let first = |call: &Call<'a>| call.span.source == to.span.source && call.span.start as usize >= start;
            calls.iter().position(first).filter(|_| whole)
        };
        let by_call = calls.iter().position(environment).and_then(|start| {
            let found = calls.iter().enumerate().skip(start + 1);
            let mut found = found.filter(|(_, call)| asks(call) && piped(&calls[start], call));
            Some((start + 1, found.next()?.0))
        });
        let by_builtin = || {
            let mut found = calls.iter().enumerate().filter(|(_, call)| asks(call));
            found.find_map(|(at, call)| Some((of_builtin(call)?, at)))
        };
        let whole = |(start, at): &(usize, usize)| calls[*start..*at].iter().chain(&calls[at + 1..]).all(lets_through);
        let Some((_, index)) = by_call.or_else(by_builtin).filter(whole) else { return };
        let span = calls[index].span;
        let target = Target { text: self.text_of(span), known: true, ..Target::default() };
        self.effect(Effect { marks: &["searched"], ..Effect::new(Kind::CredentialRead, target, index as u32, span) });
    }
}
