//! Passwords that a loop tries one after another: `for p in …; do echo "$p" | sudo -S id && break; done`.

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::evaluate::traps::parameters;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::{Assign, AssignValue, Command, Direction, Joint, List, Simple, Span, What, Word};
use crate::facts::targets::paths::{host_of, is_own_machine};
use crate::facts::value::{Data, Field, Taint};

impl<'a> Analysis<'a> {
    /// Looks for it in the body of a loop whose rounds differ in these variables.
    pub fn tried_passwords(&mut self, names: &[&'a str], body: List<'a>) {
        let (Some(first), Some(last)) = (body.first(), body.last()) else { return };
        let text = self.text_of(first.span.to(last.span));
        let asks = |program: &str| text.contains(program);
        if names.is_empty()
            || !(asks("su")
                || self.know.lists().items("password-variables").any(asks)
                || ["password-options", "login-options"]
                    .into_iter()
                    .flat_map(|list| self.know.lists().items(list))
                    .any(|it| asks(program_of(it))))
        {
            return;
        }
        if let Some(span) = self.tries(names, body, false) {
            let call = self.facts.calls.len() as u32;
            self.plain_effect(Kind::CredentialRead, "one password after another", call, span, Taint::NONE, &["guess"]);
        }
    }

    /// `asked`: whether what the list comes to is asked for.
    fn tries(&self, names: &[&'a str], list: List<'a>, asked: bool) -> Option<Span> {
        list.iter().enumerate().find_map(|(at, item)| {
            let stages = item.pipeline;
            // Who guesses looks whether it was right; others only hand something over.
            let asked = asked || list.get(at + 1).is_some_and(|next| next.joint == Joint::And);
            let piped = stages.windows(2).any(|pair| {
                let What::Simple(said) = pair[0].what else { return false };
                said.words.iter().any(|word| self.names_one(names, word)) && self.asks_password(&pair[1], asked)
            });
            piped
                .then_some(item.span)
                .or_else(|| stages.iter().find_map(|command| self.tries_in(names, command, asked)))
        })
    }

    fn tries_in(&self, names: &[&'a str], command: &Command<'a>, asked: bool) -> Option<Span> {
        let tries = |list| self.tries(names, list, false);
        match command.what {
            What::Simple(simple) => {
                let handed = command
                    .redirects
                    .iter()
                    .any(|one| one.direction == Direction::HereString && self.names_one(names, &one.target));
                let set = |assign: &Assign<'a>| {
                    self.know.lists().has("password-variables", assign.name)
                        && matches!(assign.value, AssignValue::Word(word) if self.names_one(names, &word))
                };
                let given = simple.assigns.iter().any(set) && !simple.words.iter().any(|word| self.own_machine(word));
                (handed && self.asks_password(command, asked) || given || self.on_the_line(names, &simple))
                    .then_some(command.span)
            }
            What::Subshell(list) | What::Group(list) => tries(list),
            What::If { arms, otherwise } => arms
                .iter()
                .find_map(|(condition, then)| self.tries(names, condition, true).or_else(|| tries(then)))
                .or_else(|| tries(otherwise?)),
            What::Case { arms, .. } => arms.iter().find_map(|arm| tries(arm.body)),
            What::While { condition, body, .. } => tries(condition).or_else(|| tries(body)),
            What::For { body, .. } | What::ArithmeticFor { body, .. } | What::Select { body, .. } => tries(body),
            What::Arithmetic(_) | What::Condition(_) | What::Function { .. } | What::Coprocess { .. } => None,
        }
    }

    /// A program that reads a password from its standard input: sudo(8), `--stdin`; su(1).
    fn asks_password(&self, command: &Command<'a>, asked: bool) -> bool {
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
        reads && (asked || anew)
    }

    /// What a program is given as a password, by an option or on its input, is told nobody.
    pub(in crate::facts) fn passwords_of(&mut self, call: &Call<'a>, stdin: &Data<'a>) {
        let vocabulary = self.know.vocabulary();
        // `docker login -p`: what stands behind the words of a call.
        let subcommand = call.verb.split_once(' ').map_or("", |(_, words)| words);
        let option_of = |rest: &'static str| match rest.rsplit_once(' ') {
            None => Some(rest),
            Some((words, option)) => subcommand.starts_with(words).then_some(option),
        };
        let lists = ["password-options", "secret-options"];
        for option in
            lists.into_iter().flat_map(|list| vocabulary.lists.behind(list, call.program)).filter_map(option_of)
        {
            // `--from-literal=`: a name comes before it; `-u admin:x`, `-U admin%x`.
            let (option, ends_name) = match option.strip_suffix('=') {
                Some(option) => (option, &['='][..]),
                None if matches!(option, "-u" | "--user" | "-U" | "--proxy-user") => (option, &[':', '%'][..]),
                None => (option, &[][..]),
            };
            let by_option = call.options.iter().filter(|given| given.is(option)).filter_map(|given| given.value);
            for field in by_option {
                let Some(given) = field.val.lit() else { continue };
                self.keep_secret(field, given.split_once(ends_name).map_or(given, |(_, secret)| secret));
            }
            // `nmcli … password x`, `rclone config create … pass x`; an option that the entry does not know takes a value.
            let undescribed = || call.options.iter().any(|given| given.spelled == option && given.value.is_none());
            if !option.starts_with(['-', '/']) || option.starts_with('-') && undescribed() {
                for pair in call.words.windows(2).filter(|pair| pair[0].val.lit() == Some(option)) {
                    if let Some(word) = pair[1].val.lit().filter(|word| !word.starts_with('-')) {
                        self.keep_secret(pair[1], word);
                    }
                }
                continue;
            }
            // `-px`, `/p:x`
            let attached =
                |word: &str| !option.starts_with("--") && word.len() > option.len() && word.starts_with(option);
            for field in call.words.iter().skip(1) {
                if let Some(word) = field.val.lit().filter(|word| attached(word)) {
                    self.keep_secret(*field, word);
                }
            }
        }
        // `htpasswd -b FILE USER PASSWORD`
        for operand in call.operands.iter().filter(|operand| operand.name == "password") {
            if let Some(word) = operand.field.val.lit() {
                self.keep_secret(operand.field, word);
            }
        }
        // `sqlplus NAME/PASSWORD@DATABASE`
        if vocabulary.lists.has("logs-in-by-slash", call.program) {
            for field in call.words.iter().skip(1) {
                let login = field.val.lit().and_then(|word| word.split_once('/'));
                let secret = login.filter(|(name, _)| !name.is_empty() && !name.contains(['.', '=']));
                if let Some(secret) = secret.map(|(_, rest)| rest.split('@').next().unwrap_or(rest)) {
                    self.facts.secrets.push(secret);
                }
            }
        }
        let on_input = || {
            let mut forms = vocabulary.lists.behind("passwords-on-input", call.program);
            let given = |option: &str| call.options.iter().any(|given| given.is(option));
            vocabulary.lists.has("passwords-on-input", call.program)
                || forms.any(|form| form == subcommand || option_of(form).is_some_and(given))
        };
        if let Some(text) = stdin.text.and_then(|text| text.lit())
            && on_input()
        {
            self.facts.secrets.extend(text.lines().map(|line| line.split_once(':').map_or(line, |(_, secret)| secret)));
        }
    }

    /// The secret at the end of a word, also as it is written there: `-u me:'hunter'2`.
    fn keep_secret(&mut self, field: Field<'a>, secret: &'a str) {
        self.facts.secrets.push(secret);
        let written = self.text_of(field.span);
        let before = field.val.lit().map_or(0, |word| word.len() - secret.len());
        if !written.contains(secret) {
            self.facts.secrets.push(written.get(before..).unwrap_or(written));
        }
    }

    /// A form that is sent with it: `curl -d "user=admin&pass=$p" https://…`.
    fn in_a_form(&self, names: &[&'a str], simple: &Simple<'a>) -> bool {
        let Some(program) = simple.words.first().and_then(Word::literal) else { return false };
        if !matches!(program, "curl" | "wget" | "http" | "xh") || simple.words.iter().any(|word| self.own_machine(word))
        {
            return false;
        }
        let fields = || self.know.lists().items("fields-of-passwords");
        let filled = |text: &str, name: &str| {
            let forms = [format!("${name}"), format!("${{{name}}}")];
            fields().any(|field| forms.iter().any(|form| text.contains(&format!("{field}={form}"))))
        };
        simple.words.iter().any(|word| names.iter().any(|name| filled(self.text_of(word.span), name)))
    }

    /// A program that takes the password, or the name that it belongs to, as a word: `sshpass -p "$p" ssh root@host`.
    fn on_the_line(&self, names: &[&'a str], simple: &Simple<'a>) -> bool {
        if self.in_a_form(names, simple) {
            return true;
        }
        let lists = self.know.lists();
        let mut known = lists.items("password-options").chain(lists.items("login-options"));
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
            let shown = |at: &usize| {
                let before = at.checked_sub(1).and_then(|before| words[before].literal());
                matches!(before, Some("-w" | "--write-out" | "-o" | "--output"))
            };
            let named = (0..words.len()).filter(|at| !shown(at) && self.names_one(names, &words[*at])).count();
            let pairs = words.iter().any(|word| {
                let text = self.text_of(word.span);
                let (user, rest) = text.split_at(text.find([':', '%', '@']).unwrap_or(0));
                expands(names, user) && expands(names, rest)
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
                    &text[text.rfind([':', '%']).unwrap_or(0)..]
                };
                after.is_some_and(|word| expands(names, secret(word)))
            });
            // One password for many names: `ssh "$u@$h"`.
            let user = |word: &Word<'a>| {
                let text = self.text_of(word.span);
                text.split_once('@').is_some_and(|(user, _)| expands(names, user))
            };
            // `-u "$u:Winter2024"`
            let same = |word: &Word<'a>| {
                let text = self.text_of(word.span).trim_matches('"');
                text.split_once(':').is_some_and(|(user, password)| {
                    expands(names, user) && !password.is_empty() && !password.contains('$')
                })
            };
            let told = |at: usize| words[at].literal() == Some(option) && words.get(at + 1).is_some_and(same);
            password
                || program == "sshpass" && words.iter().any(user)
                || program == "curl" && (0..words.len()).any(told)
        })
    }

    fn own_machine(&self, word: &Word<'a>) -> bool {
        let text = self.text_of(word.span);
        let place = text.rsplit('=').next().unwrap_or(text).trim_matches(['"', '\'']);
        is_own_machine(host_of(place))
    }

    fn names_one(&self, names: &[&'a str], word: &Word<'a>) -> bool {
        expands(names, self.text_of(word.span))
    }
}

/// Whether a text expands one of these variables.
fn expands(names: &[&str], text: &str) -> bool {
    parameters(text).any(|name| names.contains(&name))
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
