//! Where that comes from what code has a shell run and does not say itself: another machine, or what it unpacks; the value
//! itself, or a name that stands for it.

use bumpalo::Bump;

use super::super::Pass;
use super::super::calls::arguments::{Argument, SOMETHING};
use super::super::syntax::tokens::Token;
use crate::facts::code::interpreters;
use crate::facts::targets::paths::base_name;
use crate::facts::value::Taint;
use crate::limits;

/// Tokens that a statement takes which fetches or unpacks something.
pub(in super::super) const LONGEST_STATEMENT: usize = 64;

impl<'a> Pass<'_, 'a> {
    /// Notes a name that is given what another machine says: `c = urlopen(u).read()`, `with urlopen(u) as r`,
    /// `fetch(u).then(t => …)`, `get(u, function (r) { … })`.
    pub fn note_origin(&mut self, bump: &'a Bump, index: usize) {
        let (before, tokens) = self.code.tokens.split_at(index);
        let (name, value) = match tokens {
            [Token::Name(name, _), Token::Sign(b'='), Token::Sign(b'>'), ..]
            | [Token::Name("function", _), Token::Sign(b'('), Token::Name(name, _), Token::Sign(b')'), ..] => {
                let before = &before[before.len().saturating_sub(LONGEST_STATEMENT)..];
                let begins = before.iter().rposition(|token| *token == Token::Sign(b';')).map_or(0, |at| at + 1);
                (name, &before[begins..])
            }
            [Token::Name(name, _), Token::Sign(b'='), value @ ..] => (name, value),
            [Token::Name(name, _), Token::Sign(b'+'), Token::Sign(b'='), value @ ..] => (name, value),
            [Token::Name("with", _), value @ ..] => {
                let head = &value[..value.len().min(LONGEST_STATEMENT)];
                let named = head.windows(2).find_map(|two| match two {
                    [Token::Name("as", _), Token::Name(name, _)] => Some(name),
                    _ => None,
                });
                let Some(name) = named else { return };
                (name, value)
            }
            _ => return,
        };
        let ends = |token: &Token<'_>| matches!(token, Token::Sign(b'\n' | b';'));
        let value = &value[..value.len().min(LONGEST_STATEMENT)];
        let value = &value[..value.iter().position(ends).unwrap_or(value.len())];
        if let [Token::Name(..), Token::Sign(b'='), ..] = tokens
            && let Some(command) = self.command_read(value)
        {
            let mut captured = self.code.captured.borrow_mut();
            if captured.len() < limits::UNROLL {
                captured.push((name, bump.alloc_str(&format!("$({command})"))));
            }
        }
        let origin = self.origin_of(value);
        // What something is put to stays where it came from.
        if origin.is_some() || tokens.get(1) != Some(&Token::Sign(b'+')) {
            self.names.give_origin(name, origin);
        }
    }

    /// Where the output of a command comes from, if that is all that these tokens are.
    pub(in super::super) fn output_of_command(&self, tokens: &[Token<'a>]) -> Option<(&'a str, Taint)> {
        let command = self.given_to_command(tokens)?.0;
        let program = base_name(command.split_whitespace().next().unwrap_or_default());
        self.names.knows("fetching-programs", program).then_some((command, Taint::NETWORK))
    }

    /// The command whose output these tokens are: a list with all its words if each is written out, else no more than the
    /// first text.
    fn command_read(&self, tokens: &[Token<'a>]) -> Option<String> {
        let (command, mut rest) = self.given_to_command(tokens)?;
        let mut words = vec![command];
        loop {
            match rest {
                // Of a list, `["gh", "auth", "token"]`.
                [Token::Sign(b','), Token::Text(word), after @ ..] => {
                    words.push(word);
                    rest = after;
                }
                [Token::Sign(b']'), ..] => return Some(shell_words::join(words)),
                _ => return (words.len() == 1).then(|| command.to_owned()),
            }
        }
    }

    /// The first text that a command is given whose output these tokens are, and what follows: `popen("curl …").read()`,
    /// `` `curl …` ``, `str(check_output(["curl", …]))`.
    fn given_to_command<'t>(&self, tokens: &'t [Token<'a>]) -> Option<(&'a str, &'t [Token<'a>])> {
        let tokens = &tokens[..tokens.len().min(LONGEST_STATEMENT)];
        let wraps = |token: &Token<'_>| match token {
            Token::Sign(b'(') => true,
            Token::Name(name, _) => self.names.knows("turns-into-text", name.rsplit('.').next().unwrap_or(name)),
            _ => false,
        };
        let begins = tokens.iter().position(|token| !wraps(token))?;
        let gives = |name: &str| self.names.knows("gives-output", name.rsplit(['.', ':']).next().unwrap_or(name));
        // `require("child_process").execSync(…)`
        let rest = match &tokens[begins..] {
            [
                Token::Name("require", _),
                Token::Sign(b'('),
                Token::Text(_),
                Token::Sign(b')'),
                Token::Sign(b'.'),
                rest @ ..,
            ]
            | [Token::Name("require", _), Token::Sign(b'('), Token::Text(_), Token::Sign(b')'), rest @ ..] => rest,
            rest => rest,
        };
        match rest {
            [Token::Command(command, _), rest @ ..] => Some((*command, rest)),
            [Token::Name(name, _), Token::Sign(b'('), Token::Text(command), rest @ ..]
            | [Token::Name(name, _), Token::Sign(b'('), Token::Sign(b'['), Token::Text(command), rest @ ..]
                if gives(name) =>
            {
                Some((*command, rest))
            }
            _ => None,
        }
    }

    /// Whether these tokens ask another machine or unpack something, or name what came of that.
    pub(in super::super) fn origin_of(&self, tokens: &[Token<'a>]) -> Option<Taint> {
        if let Some((_, origin)) = self.output_of_command(tokens) {
            return Some(origin);
        }
        tokens.iter().enumerate().find_map(|(at, token)| {
            let Token::Name(name, _) = token else { return None };
            // `os.environ["PR_BODY"]`, `ENV.fetch("PR_BODY")`, `process.env.PR_BODY`
            let variable = match tokens.get(at + 1..) {
                Some([Token::Sign(b'[' | b'('), Token::Text(variable), ..]) if self.names.is_environment(name) => {
                    Some(*variable)
                }
                _ => name.strip_prefix("process.env."),
            };
            if variable.is_some_and(|variable| self.names.is_strangers(variable)) {
                return Some(Taint::NETWORK);
            }
            let head = name.split('.').next().unwrap_or(name);
            if let Some(origin) = self.names.origin(head) {
                return Some(origin);
            }
            if tokens.get(at + 1) != Some(&Token::Sign(b'(')) {
                return None;
            }
            // `require('http').get(…)`
            let required = tokens[..at].iter().rev().find(|token| !matches!(token, Token::Sign(_)));
            let module = match required.and_then(Token::text) {
                Some(module) if head == *name => module,
                _ => self.aliases.get(head).copied().unwrap_or(head),
            };
            let last = name.rsplit(['.', ':']).next().unwrap_or(name);
            let last = self.aliases.get(last).copied().unwrap_or(last);
            // Perl's `HTTP::Tiny->new->get(…)`, and LWP::Simple's `get(…)`.
            let asks = matches!(last, "get" | "post" | "request" | "open")
                && (self.names.knows("fetching-modules", module)
                    || self.code.language == "perl" && self.code.says_one_of(self.names.lists(), "fetching-modules"));
            // A method of that name looks something up: `ENV.fetch("EDITOR")`.
            let bare = last != "fetch" || self.code.language == "javascript" && *name == "fetch";
            if asks || bare && self.names.knows("fetches", last) {
                Some(Taint::NETWORK)
            } else {
                self.names.knows("unpacks", last).then_some(Taint::DECODED)
            }
        })
    }

    /// Whether a program runs the code that it reads or is given.
    fn is_interpreter(&self, program: &str) -> bool {
        self.names.knows("interpreters-of-input", program)
    }

    /// Where all that a shell is to run comes from, if the code does not say it; `given` are the tokens of the call.
    pub fn runs_what_comes(&self, arguments: &[Argument<'a>], given: &[Token<'a>]) -> Option<Taint> {
        let first = arguments.first()?;
        // `c = popen("curl …").read(); system(c)`: the name says where it comes from, not what was asked.
        let argument = first_argument(given);
        let start = argument.iter().take_while(|token| matches!(token, Token::Sign(b'(' | b'$'))).count();
        if let [Token::Name(name, _)] = argument[start..]
            && let Some(origin) = self.names.origin(name)
        {
            return Some(origin);
        }
        // `answer["command"]`: the word says which part of it.
        if let [.., Token::Sign(b'['), Token::Text(_), Token::Sign(b']')] = argument
            && let Some(origin) = self.origin_of(argument)
        {
            return Some(origin);
        }
        let address = |text: &str| text.starts_with("http://") || text.starts_with("https://");
        let said = |text: &&&'a str| !(address(text) || matches!(**text, "" | SOMETHING));
        let words: Vec<&str> = first.texts.iter().filter(said).copied().collect();
        let hands_over = match words.as_slice() {
            [] => true,
            // `["bash", "-c", answer]`
            [program, .., option] => {
                let shell = interpreters::is_shell(program) && option.ends_with('c');
                option.starts_with('-') && (shell || self.is_interpreter(program) && matches!(*option, "-c" | "-e"))
            }
            _ => false,
        };
        // `run(["bash"], input=answer)`
        let fed = || {
            let [program, options @ ..] = words.as_slice() else { return None };
            let waits = interpreters::is_shell(program) || self.is_interpreter(program);
            let named = |two: &[Token<'_>]| matches!(two, [Token::Name("input", _), Token::Sign(b'=' | b':')]);
            let at = given.windows(2).position(named).filter(|_| waits)?;
            let plain = options.iter().all(|option| option.starts_with('-'));
            self.origin_of(first_argument(&given[at + 2..])).filter(|_| plain)
        };
        if !hands_over {
            fed()
        } else if first.texts.iter().any(|text| address(text)) {
            // No command is an address: it is what lies there.
            Some(Taint::NETWORK)
        } else {
            self.origin_of(first_argument(given))
        }
    }
}

/// The tokens of a call's first argument.
pub(in super::super) fn first_argument<'t, 'a>(given: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let outer = usize::from(given.first() == Some(&Token::Sign(b'(')));
    let mut level = 0_usize;
    let end = given.iter().position(|token| match token {
        Token::Sign(b'(' | b'[' | b'{') => {
            level += 1;
            false
        }
        Token::Sign(b')' | b']' | b'}') => {
            level = level.saturating_sub(1);
            false
        }
        Token::Sign(b',') => level <= outer,
        _ => false,
    });
    &given[..end.unwrap_or(given.len())]
}
