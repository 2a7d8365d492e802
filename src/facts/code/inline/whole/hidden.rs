//! Texts of a code that may be what it runs, where what that is cannot be told.

use super::super::calls::handed::hands_around;
use super::super::environment::runs_commands;
use super::super::syntax::tokens::{LONGEST_LIST, Token};
use super::snippet::Snippet;
use crate::facts::analysis::{Analysis, MORE};
use crate::facts::knowledge::{Function, Kind};
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Taint, Val};
use crate::limits;

/// Bytes of a text that is one command.
const LONGEST_COMMAND: usize = 400;

impl<'a> Analysis<'a> {
    /// Reads the texts of a code as commands where it calls what cannot be told: by a name that is computed, through others,
    /// by what is handed around. What is called cannot be told, what it is given can.
    pub(in super::super) fn texts_of_unknown_calls(
        &mut self,
        code: &Snippet<'a>,
        functions: &'static [Function<'static>],
        span: Span,
        call: u32,
    ) {
        let lists = self.know.lists();
        let Snippet { language, text, .. } = *code;
        let runs = || code.tokens.iter().any(|token| runs_commands(token, functions));
        let around = hands_around(lists, language, &code.tokens, functions);
        let computed = || code.says_one_of(lists, "computed-calls");
        let indirect = || code.says_one_of(lists, "indirect-calls") && runs();
        if !(around || computed() || indirect()) {
            return;
        }
        self.commands_in_text(text, true, span, call);
        let runs = around || runs();
        for token in &code.tokens {
            let Token::Text(inner) = token else { continue };
            let program = inner.split_once(' ').map_or("", |(first, _)| first);
            if runs && self.run_by_others(program) {
                self.shell_code(Val::Lit(inner), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            // What a text becomes is run as code: `s/(.*)/$1/ee` (perlop(1)).
            if language == "perl" && text.contains("/ee") && *inner != text && self.depth < limits::NESTING {
                self.depth += 1;
                self.inline(language, inner, span.source, call);
                self.depth -= 1;
            }
            if !text.as_bytes().as_ptr_range().contains(&inner.as_ptr()) {
                // What stood escaped.
                self.commands_in_text(inner, true, span, call);
            }
            if let Some(plain) = code.encodings().decode(inner) {
                self.commands_in_text(self.bump.alloc_str(&plain), true, span, call);
                let program = plain.split_once(' ').map_or("", |(first, _)| first);
                if self.run_by_others(program) {
                    self.plain_effect(Kind::Code, inner, call, span, Taint::DECODED, &["hidden"]);
                }
            }
        }
    }

    /// What is run cannot be told; if it stands in the code, it is one of its texts.
    pub(in super::super) fn texts_that_may_run(&mut self, code: &Snippet<'a>, span: Span, call: u32) {
        if code.searched.replace(true) {
            return;
        }
        for text in code.tokens.iter().filter_map(Token::text) {
            if text.contains(' ') {
                self.commands_in_text(text, true, span, call);
            }
            if let Some(plain) = code.encodings().decode(text).filter(|plain| plain.contains(' ')) {
                self.commands_in_text(self.bump.alloc_str(&plain), true, span, call);
            }
        }
        // Where nobody computes which of them it is, each that is a command and nothing else may be the one.
        if !matches!(code.language, "python" | "javascript") {
            let whole = |text: &&str| text.contains(' ') && text.len() < LONGEST_COMMAND && !text.contains('\n');
            for text in code.tokens.iter().filter_map(Token::text).filter(whole).take(limits::UNROLL) {
                if self.know.entry(text.split(' ').next().unwrap_or_default()).is_some() {
                    self.perhaps(|this| this.shell_code(Val::Lit(text), span, &Data::NOTHING, &mut Sink::new(), call));
                }
            }
        }
        let turned = match super::changed::turns(code) {
            true => super::encoded::turned(code.tokens.iter().filter_map(Token::text)),
            false => Vec::new(),
        };
        let spelled = super::encoded::numbers(code.text).into_iter().chain(turned).filter(|plain| {
            let program = plain.split(' ').next().unwrap_or_default();
            program.len() > 1 && self.know.entry(program).is_some()
        });
        let spelled: Vec<&'a str> = spelled.map(|plain| &*self.bump.alloc_str(&plain)).collect();
        match spelled[..] {
            // That another turn of the letters makes a command too is not to be expected.
            [only] => self.shell_code(Val::Lit(only), span, &Data::NOTHING, &mut Sink::new(), call),
            _ => {
                for one in spelled {
                    self.perhaps(|this| this.shell_code(Val::Lit(one), span, &Data::NOTHING, &mut Sink::new(), call));
                }
            }
        }
        // Commands in a list, of which a loop runs one after the other.
        for at in 1..code.tokens.len().saturating_sub(1) {
            let [Token::Sign(b'[' | b','), Token::Text(command), Token::Sign(b',' | b']')] =
                code.tokens[at - 1..=at + 1]
            else {
                continue;
            };
            let program = command.split_once(' ').map(|(program, _)| program);
            if program.is_some_and(|program| self.run_by_others(program)) && in_a_list(&code.tokens[..at]) {
                self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
            }
        }
        // Lists of words, of which a loop runs one after the other.
        for at in 0..code.tokens.len() {
            let [Token::Sign(open @ (b'[' | b'{')), Token::Text(program), Token::Sign(b','), rest @ ..] =
                &code.tokens[at..]
            else {
                continue;
            };
            // C ends its list with a null.
            let plain = |token: &&Token<'_>| {
                matches!(token, Token::Text(_) | Token::Name(..) | Token::Sign(b',' | b'\n' | b'0'))
            };
            let count = rest.iter().take(LONGEST_LIST).take_while(plain).count();
            let close = if *open == b'[' { b']' } else { b'}' };
            if rest.get(count) == Some(&Token::Sign(close)) && self.know.entry(program).is_some() {
                let word = |token: &Token<'a>| match token {
                    Token::Text(text) => Some(*text),
                    Token::Name("NULL" | "nil" | "nullptr", _) => None,
                    // What stands in the list by its name.
                    Token::Name(name, _) => Some(*name),
                    _ => None,
                };
                let words: Vec<&'a str> = [*program].into_iter().chain(rest[..count].iter().filter_map(word)).collect();
                self.argv_call(&words, span);
            }
        }
    }

    /// Commands that the code's texts become when it takes parts out of them: those that begin with a program which is
    /// known only then.
    pub(in super::super) fn texts_that_change(&mut self, code: &Snippet<'a>, span: Span, call: u32) {
        if code.changed.replace(true) {
            return;
        }
        let patterns = super::changed::patterns(code);
        let known = |this: &Self, text: &str| {
            text.split_whitespace().next().is_some_and(|program| this.know.entry(program).is_some())
        };
        let mut left = limits::FILE;
        for text in code.tokens.iter().filter_map(Token::text).filter(|text| text.contains(' ')) {
            let Some(less) = left.checked_sub(text.len() * patterns.len()) else {
                return self.unread(span, MORE, false);
            };
            left = less;
            if known(self, text) {
                continue;
            }
            for made in super::changed::changed(text, &patterns) {
                if known(self, &made) {
                    let made = Val::Lit(self.bump.alloc_str(&made));
                    self.perhaps(|this| this.shell_code(made, span, &Data::NOTHING, &mut Sink::new(), call));
                }
            }
        }
    }
}

/// Whether what follows these tokens stands in a list.
fn in_a_list(before: &[Token<'_>]) -> bool {
    let mut level = 0_usize;
    let opened = before.iter().rev().take(LONGEST_LIST).find(|token| match token {
        Token::Sign(b']' | b')' | b'}') => {
            level += 1;
            false
        }
        Token::Sign(b'[' | b'(' | b'{') if level > 0 => {
            level -= 1;
            false
        }
        Token::Sign(b'[' | b'(' | b'{') => true,
        _ => false,
    });
    opened == Some(&Token::Sign(b'['))
}
