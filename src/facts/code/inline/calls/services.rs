//! What code asks services for by their own libraries (`[[service]]`): the methods that are called on what came of one
//! ([`super::clients`]) are judged by their names. No list of methods of all libraries is needed: who destroys with others
//! calls it delete, remove or purge in any language.

use rustc_hash::FxHashSet;

use super::super::syntax::statements::{Brackets, statements};
use super::super::syntax::tokens::Token;
use super::super::whole::snippet::Snippet;
use super::super::whole::{brought_in, elsewhere, repeated};
use super::clients::{Clients, Held, Walk, last, like};
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Lists, Of, Service};
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths;
use crate::facts::targets::paths::core;
use crate::facts::value::Taint;
use crate::limits;

/// So many tokens of code are gone through.
const LONGEST: usize = 20_000;

impl<'a> Analysis<'a> {
    /// Judges what the code asks services for, but in bodies that nothing runs.
    pub(in super::super) fn asks_services(
        &mut self,
        code: &Snippet<'a>,
        idle: &[(usize, usize)],
        span: Span,
        call: u32,
    ) {
        let know = self.know;
        if self.all_stood_in || matches!(code.language, "awk" | "vim" | "elisp" | "applescript") {
            return;
        }
        let tokens = &code.tokens[..code.tokens.len().min(LONGEST)];
        let statements = statements(code.text, tokens);
        let brought = brought_in::libraries(know, code, tokens, &statements);
        if brought.names.is_empty() && brought.at.is_empty()
            || self.stands_in(code)
            || self.services_are_here(code, &brought.libraries)
        {
            return;
        }
        let mut clients = Clients::default();
        for (name, of) in brought.names {
            clients.bind(name, Held { of, answer: false });
        }
        for (at, two) in tokens.windows(2).enumerate() {
            if let [Token::Name("def" | "function" | "fn" | "func" | "fun", _), Token::Name(name, _)] = two {
                clients.defined.entry(name).or_insert(at + 1);
                clients.definitions.push((at, name));
            }
        }
        let walk = Walk { code, tokens, lists: know.lists(), at: brought.at, brackets: Brackets::of(tokens) };
        // Functions may stand below where they are called, and what they give is known only then.
        for _ in 0..2 {
            for statement in &statements {
                walk.follow(statement.clone(), &mut clients);
            }
        }
        let speaks_out = know.lists().items("service-speaks-out").any(|word| code.says(word));
        let loops = repeated::loops(know.lists(), code, tokens);
        let mut told: Of = 0;
        for statement in &statements {
            if idle.iter().any(|(from, to)| (*from..*to).contains(&statement.start)) {
                continue;
            }
            for at in statement.clone() {
                let Some(asked) = walk.asked(at, &clients) else { continue };
                let method = last(&asked.path);
                let on = asked.path.rsplit('.').nth(1).unwrap_or_default();
                let reads = know
                    .lists()
                    .items("service-reads")
                    .any(|pattern| pattern.strip_suffix(".*").map_or_else(|| like(pattern, method), |of| of == on));
                let possible = if reads { 0 } else { asked.held.of & !told };
                for (number, service) in know.services().iter().enumerate() {
                    let counts = possible & bit(number) != 0
                        && (told.count_ones() as usize) < limits::VALUES
                        && fits(service, &asked.path)
                        && (!service.repeated || loops.repeat(at))
                        && (!service.remote || speaks_out)
                        && !is_tried(know.lists(), asked.given)
                        && !walk.is_own(&asked, at, &clients);
                    if !counts {
                        continue;
                    }
                    told |= bit(number);
                    let Token::Name(name, from) = tokens[at] else { continue };
                    let start = span.start + from as u32;
                    let place = Span { start, end: start + name.len() as u32, ..span };
                    let marks = self.marks(service.marks);
                    self.plain_effect(service.does, service.target, call, place, Taint::NONE, marks);
                }
                if know.lists().items("service-makes").any(|pattern| like(pattern, method)) {
                    clients.made.extend(asked.given.iter().filter_map(Token::text));
                    if let [Token::Name(name, _), Token::Sign(b'='), ..] = tokens[statement.clone()] {
                        clients.made.insert(name);
                    }
                }
            }
        }
    }

    /// Whether something of this process answers in the place of services: it is used or named, and not only spoken of.
    fn stands_in(&self, code: &Snippet<'a>) -> bool {
        let lists = self.know.lists();
        let said = |word: &str| {
            let word = word.trim_end_matches(['(', '.']);
            code.says(word)
                && code.tokens.iter().any(|token| match token {
                    Token::Name(text, _) | Token::Text(text) => text.contains(word),
                    _ => false,
                })
        };
        ["service-stand-ins", "request-stand-ins", "sdk-stand-ins"].iter().any(|list| lists.items(list).any(said))
    }

    /// Whether the services that the code speaks to are on this machine, as it says itself or a variable tells its library.
    fn services_are_here(&self, code: &Snippet<'a>, libraries: &FxHashSet<&str>) -> bool {
        let vocabulary = self.know.vocabulary();
        if elsewhere::stays_here(vocabulary, code.text) {
            return true;
        }
        let here = |variable: &str| {
            let address = self.address_told(variable).unwrap_or_default();
            let host = address.split_once("://").map_or(address, |(_, host)| host);
            let host = host.split([':', '/']).next().unwrap_or(host);
            !host.is_empty() && paths::classify_host(&vocabulary.classes, host) & core::LOOPBACK != 0
        };
        let pairs = || vocabulary.lists.items("service-variables").filter_map(|pair| pair.split_once('='));
        let told = |library: &str| pairs().any(|(variable, of)| of == library && here(variable));
        !libraries.is_empty()
            && libraries.iter().all(|library| told(library))
            && !elsewhere::names_another(vocabulary, code.text)
    }
}

const fn bit(number: usize) -> Of {
    if number < Of::BITS as usize { 1 << number } else { 0 }
}

fn fits(service: &Service<'_>, path: &str) -> bool {
    service.calls.iter().any(|pattern| match pattern.matches('.').count() {
        0 => like(pattern, last(path)),
        // As many parts of the path, from its end, as the pattern has.
        parts => like(pattern, path.rmatch_indices('.').nth(parts).map_or(path, |(at, _)| &path[at + 1..])),
    })
}

/// Whether a call says that it is only to be tried: `dry_run=True`, `{ dryRun: true }`.
fn is_tried(lists: &Lists<'_>, given: &[Token<'_>]) -> bool {
    given.windows(3).any(|three| {
        let [Token::Name(name, _) | Token::Text(name), Token::Sign(b'=' | b':'), Token::Name(value, _)] = three else {
            return false;
        };
        let name = name.to_ascii_lowercase().replace(['_', '-'], "");
        matches!(*value, "True" | "true") && lists.has("service-trials", &name)
    })
}
