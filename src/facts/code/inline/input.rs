//! What code reads and runs, where the script says what that is: lines of its input, and files that it wrote.

use super::Pass;
use super::names::Names;
use super::syntax::tokens::{Token, closes_at};
use super::whole::origins::first_argument;
use crate::facts::analysis::Analysis;
use crate::facts::code::interpreters;
use crate::facts::value::{Data, Taint, Val};
use crate::limits;

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

    /// The texts of the files that the code names and the script wrote.
    pub(super) fn files_written(&self, tokens: &[Token<'a>]) -> &'a [(&'a str, &'a str)] {
        if !self.state.has_files() {
            return &[];
        }
        let text = |name: &'a str| self.state.file(self.absolute(name)?)?.data.text?.lit();
        let names = tokens.iter().filter_map(Token::text).filter(|name| !name.is_empty() && name.len() < limits::WORD);
        let written: Vec<_> = names.filter_map(|name| Some((name, text(name)?))).collect();
        self.bump.alloc_slice_copy(&written)
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
        let vocabulary = self.know.vocabulary();
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
                && vocabulary.lists.items("reads-input").any(|name| name.len() > 1 && pass.code.says(name))
        };
        by_name || held()
    }

    /// Whether a name in these tokens has a part that a list knows: `sys.stdin.read`.
    fn names_one_of(&self, list: &'static str, tokens: &[Token<'a>]) -> bool {
        tokens.iter().any(|token| match token {
            Token::Name(name, _) => name.split(['.', ':']).any(|part| self.know.lists().has(list, part)),
            _ => false,
        })
    }
}

impl<'a> Names<'a> {
    /// What is read of an input that is known, and how many tokens behind the name say so: `sys.stdin.read()`, `input()`,
    /// `STDIN.read`, `readFileSync(0, "utf8")`. A line of it where that is what the function reads.
    pub(super) fn read_here(&self, name: &str, rest: &[Token<'a>]) -> Option<(&'a str, usize)> {
        let input = self.input?;
        let reads = |part: &str| part.len() > 1 && part != "io" && self.knows("reads-input", part);
        let from_file = |given: &[Token<'_>]| {
            self.knows("reads-files", name.rsplit('.').next().unwrap_or(name))
                && match given.first() {
                    Some(Token::Text(file)) => NAMES.contains(file),
                    Some(Token::Name(file, _)) => reads(file),
                    other => other == Some(&Token::Sign(b'0')),
                }
        };
        let taken = match rest {
            [Token::Sign(b'('), inside @ ..] if name.split(['.', ':']).any(reads) || from_file(inside) => {
                closes_at(inside)? + 2
            }
            _ if name.split(['.', ':']).any(reads) => 0,
            _ => return None,
        };
        let line = |part: &str| matches!(part, "input" | "raw_input" | "readline" | "gets" | "fgets" | "readLine");
        let all = !name.split('.').any(line);
        let text = if all { input.trim() } else { input.lines().next()?.trim() };
        Some((text, taken))
    }

    /// The lines of an input that is known, and how many tokens say so: `sys.stdin`, `sys.stdin.read().split()`.
    pub(super) fn lines_of_input(&self, tokens: &[Token<'a>]) -> Option<(Vec<&'a str>, usize)> {
        let [Token::Name(name, _), rest @ ..] = tokens else { return None };
        let (text, taken) = self.read_here(name, rest)?;
        let words = match rest.get(taken..)? {
            [Token::Name("split", _), Token::Sign(b'('), Token::Sign(b')'), ..] => text.split_whitespace().collect(),
            _ => text.lines().map(str::trim).collect(),
        };
        Some((words, taken + 1))
    }
}
