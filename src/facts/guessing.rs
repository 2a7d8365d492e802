//! Passwords that a loop tries one after another: `for p in …; do echo "$p" | sudo -S id && break; done`.

use super::analysis::Analysis;
use super::knowledge::Kind;
use super::shell::ast::{Command, Direction, Joint, List, Simple, Span, What, Word};
use super::value::Taint;

impl<'a> Analysis<'a> {
    /// Looks for it in the body of a loop whose rounds differ in these variables.
    pub fn tried_passwords(&mut self, names: &[&'a str], body: List<'a>) {
        let (Some(first), Some(last)) = (body.first(), body.last()) else { return };
        let text = self.text_of(first.span.to(last.span));
        let asks = |program: &str| text.contains(program);
        if names.is_empty()
            || !(asks("su") || self.know.places().list("password-options").any(|it| asks(program_of(it))))
        {
            return;
        }
        if let Some(span) = self.tries(names, body) {
            let call = self.facts.calls.len() as u32;
            self.plain_effect(Kind::CredentialRead, "one password after another", call, span, Taint::NONE, &["guess"]);
        }
    }

    fn tries(&self, names: &[&'a str], body: List<'a>) -> Option<Span> {
        body.iter().enumerate().find_map(|(at, item)| {
            let stages = item.pipeline;
            // Who guesses looks whether it was right; others only hand something over.
            let asks = body.get(at + 1).is_some_and(|next| next.joint == Joint::And);
            let piped = stages.windows(2).find_map(|pair| {
                let says = matches!(pair[0].what, What::Simple(said) if said.words.iter().any(|word| self.names_one(names, word)));
                (says && self.asks_password(&pair[1], asks)).then_some(item.span)
            });
            piped.or_else(|| stages.iter().find_map(|command| self.tries_in(names, command, asks)))
        })
    }

    fn tries_in(&self, names: &[&'a str], command: &Command<'a>, asks: bool) -> Option<Span> {
        match command.what {
            What::Simple(simple) => {
                let handed = command
                    .redirects
                    .iter()
                    .any(|one| one.direction == Direction::HereString && self.names_one(names, &one.target));
                (handed && self.asks_password(command, asks) || self.on_the_line(names, &simple))
                    .then_some(command.span)
            }
            What::Subshell(list) | What::Group(list) => self.tries(names, list),
            What::If { arms, otherwise } => {
                let asked = arms.iter().flat_map(|(asked, _)| *asked).flat_map(|item| {
                    let pairs = item.pipeline.windows(2);
                    pairs.filter(|pair| matches!(pair[0].what, What::Simple(said) if said.words.iter().any(|word| self.names_one(names, word))))
                });
                let asked = asked.into_iter().find(|pair| self.asks_password(&pair[1], true)).map(|pair| pair[1].span);
                let mut lists = arms.iter().flat_map(|(asked, then)| [*asked, *then]).chain(otherwise);
                asked.or_else(|| lists.find_map(|list| self.tries(names, list)))
            }
            What::Case { arms, .. } => arms.iter().find_map(|arm| self.tries(names, arm.body)),
            What::While { condition, body, .. } => {
                [condition, body].into_iter().find_map(|list| self.tries(names, list))
            }
            What::For { body, .. } | What::ArithmeticFor { body, .. } | What::Select { body, .. } => {
                self.tries(names, body)
            }
            What::Arithmetic(_) | What::Condition(_) | What::Function { .. } | What::Coprocess { .. } => None,
        }
    }

    /// A program that reads a password from its standard input: sudo(8), `--stdin`; su(1).
    fn asks_password(&self, command: &Command<'a>, asks: bool) -> bool {
        let What::Simple(Simple { words, .. }) = command.what else { return false };
        let words: Vec<&str> = words.iter().map(|word| word.literal().unwrap_or_default()).collect();
        // `timeout 2 su …`
        let Some(at) = words.iter().take(4).position(|word| matches!(*word, "sudo" | "su" | "doas")) else {
            return false;
        };
        let short = |word: &&str| word.starts_with('-') && !word.starts_with("--") && word.contains('S');
        let reads = words[at] != "sudo" || words[at..].iter().any(|word| short(word) || *word == "--stdin");
        // `sudo -k`: what was given before does not count.
        let anew = words[at..].iter().any(|word| matches!(*word, "-k" | "-kS" | "-Sk" | "-v"));
        reads && (asks || anew)
    }

    /// A program that takes the password, or the name that it belongs to, as a word: `sshpass -p "$p" ssh root@host`.
    fn on_the_line(&self, names: &[&'a str], simple: &Simple<'a>) -> bool {
        let mut known = self.know.places().list("password-options");
        known.any(|known| {
            let Some((program, option)) = known.split_once(' ') else { return false };
            let Some(at) = simple.words.iter().take(4).position(|word| word.literal() == Some(program)) else {
                return false;
            };
            let words = &simple.words[at..];
            if words.iter().any(|word| self.own_machine(word)) {
                return false;
            }
            // Each its own, or its own machine.
            let named = words.iter().filter(|word| self.names_one(names, word)).count();
            let pairs = words.iter().any(|word| {
                let text = self.text_of(word.span);
                let (user, rest) = text.split_at(text.find([':', '%', '@']).unwrap_or(0));
                self.stands_in(names, user) && self.stands_in(names, rest)
            });
            if named > 1 || pairs {
                return false;
            }
            let password = words.iter().enumerate().any(|(at, word)| {
                let text = self.text_of(word.span);
                let after = if text == option { words.get(at + 1) } else { text.starts_with(option).then_some(word) };
                // `-u admin:$p`, `-U admin%$p`
                let secret = |word: &Word<'a>| {
                    let text = self.text_of(word.span);
                    text[text.rfind([':', '%']).unwrap_or(0)..].to_owned()
                };
                after.is_some_and(|word| self.stands_in(names, &secret(word)))
            });
            // One password for many names: `ssh "$u@$h"`.
            let user = |word: &Word<'a>| {
                let text = self.text_of(word.span);
                text.split_once('@').is_some_and(|(user, _)| self.stands_in(names, user))
            };
            password || program == "sshpass" && words.iter().any(user)
        })
    }

    fn own_machine(&self, word: &Word<'a>) -> bool {
        let text = self.text_of(word.span);
        text.contains("localhost") || text.contains("127.0.0.1")
    }

    fn names_one(&self, names: &[&'a str], word: &Word<'a>) -> bool {
        self.stands_in(names, self.text_of(word.span))
    }

    /// Whether `$name` or `${name…}` stands in a text.
    fn stands_in(&self, names: &[&'a str], text: &str) -> bool {
        names.iter().any(|name| {
            text.match_indices(name).any(|(at, _)| {
                let ends = !text[at + name.len()..].starts_with(|c: char| c == '_' || c.is_ascii_alphanumeric());
                ends && text[..at].ends_with(['$', '{'])
            })
        })
    }
}

fn program_of(known: &str) -> &str {
    known.split_once(' ').map_or(known, |(program, _)| program)
}

/// The variables that `read` in the condition of a loop sets.
pub fn read_names<'a>(condition: List<'a>) -> Vec<&'a str> {
    let mut names = Vec::new();
    for command in condition.iter().flat_map(|item| item.pipeline) {
        if let What::Simple(Simple { words: [program, rest @ ..], .. }) = command.what
            && program.bare() == Some("read")
        {
            names.extend(rest.iter().filter_map(Word::bare).filter(|name| !name.starts_with('-')));
        }
    }
    names
}
