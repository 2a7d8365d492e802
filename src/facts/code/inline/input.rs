//! What code reads and runs, where the script says what that is: lines of its input, and files that it wrote.

use super::Pass;
use super::origins::first_argument;
use super::tokens::Token;
use crate::facts::analysis::Analysis;
use crate::facts::code::interpreters;
use crate::facts::value::{Data, Taint, Val};

/// How code names its input where it opens it as a file.
const NAMES: [&str; 4] = ["/dev/stdin", "php://stdin", "stdin", "-"];

impl<'a> Analysis<'a> {
    /// The text that a piece of code is given to read: what comes through the pipe, or the files that awk, `perl -n` and
    /// `ruby -n` go through, if the script wrote them.
    pub(in crate::facts) fn given_to_read(&self, language: &str, stdin: &Data<'a>, call: u32) -> Option<&'a str> {
        if let Some(Val::Lit(text)) = stdin.text.filter(|_| !stdin.inherited) {
            return Some(text).filter(|text| !text.is_empty());
        }
        let call = self.facts.calls.get(call as usize).filter(|_| self.state.has_files())?;
        let goes_through = language == "awk"
            || matches!(language, "perl" | "ruby") && call.options.iter().any(|o| o.is("-n") || o.is("-p"));
        if !goes_through {
            return None;
        }
        call.operands.iter().find_map(|operand| {
            let path = self.overlay(operand.field.val)?;
            self.state.file(path)?.data.text?.lit()
        })
    }

    /// What a shell is to run that the code has read: `os.system(line)`, `execSync(readFileSync("c"))`; `given` are the
    /// tokens of the call.
    pub(super) fn read_and_run(&self, pass: &Pass<'_, 'a>, given: &[Token<'a>]) -> Option<&'a str> {
        let argument = first_argument(given);
        if self.state.has_files() && self.names_one_of("reads-files", argument) {
            let written = |path: &'a str| self.state.file(self.absolute(path)?)?.data.text?.lit();
            if let Some(text) = argument.iter().filter_map(Token::text).find_map(written) {
                return Some(text);
            }
        }
        pass.input.filter(|_| self.reads_input(pass, argument))
    }

    /// Where what a function runs comes from, if the code reads it on its input and it comes from the network or out of an
    /// encoding: `curl … | ruby -e 'eval STDIN.read'`.
    pub(super) fn read_from_elsewhere(&self, pass: &Pass<'_, 'a>, given: &[Token<'a>]) -> Option<(&'a str, Taint)> {
        pass.input_from.filter(|_| self.reads_input(pass, first_argument(given)))
    }

    /// Whether an argument is what the code reads on its input, or a variable in a code that reads it.
    fn reads_input(&self, pass: &Pass<'_, 'a>, argument: &[Token<'a>]) -> bool {
        let places = self.know.places();
        let texts = || argument.iter().filter_map(Token::text);
        let by_name = self.names_one_of("reads-input", argument)
            // Perl's `<>`
            || argument.windows(2).any(|two| two == [Token::Sign(b'<'), Token::Sign(b'>')])
            || texts().any(|text| NAMES.contains(&text))
            || argument.contains(&Token::Sign(b'0')) && self.names_one_of("reads-files", argument);
        // A variable, which holds what was read elsewhere.
        let plain = |text: &str| text.is_empty() || interpreters::is_shell(text) || text.starts_with('-');
        let held = || {
            argument.iter().any(|token| matches!(token, Token::Name(..)))
                && texts().all(plain)
                && places.list("reads-input").any(|name| name.len() > 1 && pass.code.says(name))
        };
        by_name || held()
    }

    /// Whether a name in these tokens has a part that a list knows: `sys.stdin.read`.
    fn names_one_of(&self, list: &str, tokens: &[Token<'a>]) -> bool {
        tokens.iter().any(|token| match token {
            Token::Name(name, _) => name.split(['.', ':']).any(|part| self.know.places().listed(list, part)),
            _ => false,
        })
    }
}
