//! What awk opens by itself: pipes, files and sockets, beside the functions it calls (POSIX awk, "Output Statements";
//! gawk's manual, "Special Files for Network Communications").

use super::names::Names;
use super::syntax::tokens::{Token, between_commas, closes_at};
use super::whole::snippet::Snippet;
use crate::facts::Effect;
use crate::facts::analysis::{Analysis, MORE};
use crate::facts::fold;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::targets::paths::SOMEBODYS_HOME;
use crate::facts::value::{Builder, Data, Shape, Sink, Taint, Val};
use crate::limits;

/// Bytes that a text may grow to, which stands for a command or a file.
const LONGEST: usize = 8 << 10;

/// The shell's names for the fields of a line, by their number, the first for the whole of it: none that a script has.
pub(in crate::facts::code) const FIELDS: [&str; 10] = [
    "__gate_field_0",
    "__gate_field_1",
    "__gate_field_2",
    "__gate_field_3",
    "__gate_field_4",
    "__gate_field_5",
    "__gate_field_6",
    "__gate_field_7",
    "__gate_field_8",
    "__gate_field_9",
];

/// What is not known of a text, as the shell's name of something that nobody sets.
const UNKNOWN: &str = "${__gate_unknown}";

/// What all of them begin with.
pub(super) const FIELD: &str = "__gate_field_";

/// The sixth, and what it is in the file of accounts (passwd(5)).
pub(super) const SIXTH: &str = FIELDS[6];

/// Whether a program may do more than to print what it reads: without a sign of a call, a pipe, a file or a variable of
/// the environment it does not. Most are like that, as one in a pipeline: `{print $2}`.
pub(super) fn acts(text: &str) -> bool {
    let sign = |byte: u8| matches!(byte, b'(' | b'|' | b'<' | b'>' | b'@' | b'/' | b'\\');
    text.bytes().any(sign) || ["getline", "ENVIRON", "ARGV", "system"].iter().any(|word| text.contains(word))
}

impl<'a> Analysis<'a> {
    /// What the fields are in code that reads the file of accounts: the sixth is a home.
    pub(super) fn begins_awk(&mut self, code: &Snippet<'a>, call: u32) {
        if code.says("$6") && self.reads_accounts(call) {
            code.folders.borrow_mut().push(SOMEBODYS_HOME);
            self.set_variable(SIXTH, Val::Lit(SOMEBODYS_HOME));
        }
    }

    /// What stands behind the program: a variable that is given its value before the next file is read (`c=ls`), and all words
    /// as `ARGV` (awk(1p), "OPERANDS").
    pub(super) fn words_of_awk(&self, names: &mut Names<'a>, call: u32) {
        let operands = self.facts.calls.get(call as usize).map_or(&[][..], |call| call.operands);
        let words: Vec<&'a str> = operands
            .iter()
            .filter(|operand| operand.name == "path")
            .map_while(|operand| operand.field.val.lit())
            .take(limits::UNROLL)
            .collect();
        for (name, value) in words.iter().filter_map(|word| word.split_once('=')) {
            let of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            if !name.is_empty() && name.bytes().all(of_name) {
                names.give(name, value);
            }
        }
        if !words.is_empty() {
            names.give_list("ARGV", std::iter::once("awk").chain(words).collect());
        }
    }

    /// Whether a call reads the file of accounts.
    pub(super) fn reads_accounts(&self, call: u32) -> bool {
        let operands = self.facts.calls.get(call as usize).map_or(&[][..], |call| call.operands);
        operands.iter().any(|operand| operand.field.val.lit() == Some("/etc/passwd"))
            || self.facts.calls.iter().any(|earlier| {
                earlier.program == "getent" && earlier.words.get(1).is_some_and(|word| word.val.lit() == Some("passwd"))
            })
    }

    /// Texts and variables of the environment that stand side by side: `"rm -rf " ENVIRON["HOME"] "/*"`.
    pub(super) fn awk_text(&self, value: &[Token<'a>], names: &Names<'a>) -> Option<&'a str> {
        if !names.step() {
            return None;
        }
        let mut out = String::new();
        let mut rest = value;
        while out.len() <= LONGEST {
            match rest {
                [Token::Text(text), after @ ..] => {
                    out.push_str(text);
                    rest = after;
                }
                [Token::Name("sprintf", _), Token::Sign(b'('), Token::Text(format), after @ ..] => {
                    let end = after.iter().position(|token| *token == Token::Sign(b')')).unwrap_or(after.len());
                    out.push_str(&self.formatted(format, &after[..end], names));
                    rest = after.get(end + 1..).unwrap_or_default();
                }
                [Token::Name("ENVIRON", _), Token::Sign(b'['), Token::Text(name), Token::Sign(b']'), after @ ..] => {
                    match names.variable(name) {
                        Some(value) => out.push_str(value),
                        None => out.push_str(&format!("${name}")),
                    }
                    rest = after;
                }
                // A field of the line at hand.
                [Token::Sign(b'$'), Token::Sign(digit @ b'0'..=b'9'), after @ ..]
                    if !out.is_empty() || self.state.var(FIELDS[1]).is_some() =>
                {
                    out.push_str(&format!("${{{}}}", FIELDS[usize::from(digit - b'0')]));
                    rest = after;
                }
                // `substr("xrm", 2)`, `substr(x, 2, 5)`
                [Token::Name("substr", _), Token::Sign(b'('), inside @ ..] => {
                    let end = inside.iter().position(|token| *token == Token::Sign(b')')).unwrap_or(inside.len());
                    let mut given = inside[..end].split(|token| *token == Token::Sign(b','));
                    let text = given.next().and_then(|whole| self.awk_text(whole, names));
                    let (start, length) = (given.next().and_then(number), given.next().and_then(number));
                    let (Some(text), Some(start)) = (text, start) else { break };
                    let letters = text.chars().skip(start.saturating_sub(1));
                    out.extend(letters.take(length.unwrap_or(usize::MAX)));
                    rest = inside.get(end + 1..).unwrap_or_default();
                }
                // An element that was given its value, one of what `split` made, or a word behind the program.
                [Token::Name(list, _), Token::Sign(b'['), key, Token::Sign(b']'), after @ ..] => {
                    let number = || match key {
                        Token::Sign(digit) if *list == "ARGV" => digit.checked_sub(b'0'),
                        Token::Sign(digit) => digit.checked_sub(b'1'),
                        _ => None,
                    };
                    let given = element(list, key).and_then(|element| names.text(&element));
                    let given = given.or_else(|| names.list(list)?.get(usize::from(number()?)).copied());
                    let given = given.or_else(|| names.text(&format!("{list}[]")));
                    match given {
                        Some(element) => out.push_str(element),
                        None if out.is_empty() => break,
                        None => out.push_str(UNKNOWN),
                    }
                    rest = after;
                }
                // `gensub(/X/, " ", "g", "rmX-rf")`
                [Token::Name("gensub", _), Token::Sign(b'('), inside @ ..] => {
                    let Some((pattern, with, value, end)) = substituted(inside) else { break };
                    let Some(text) = self.awk_text(value, names) else { break };
                    out.push_str(&fold::replaced(text, pattern, with, text.len()));
                    rest = inside.get(end + 1..).unwrap_or_default();
                }
                // `rand()`, `int($1)`, `f[i - 1]`: something, and what stands behind it.
                [Token::Name(name, _), Token::Sign(b'(' | b'['), inside @ ..]
                    if !out.is_empty() && !matches!(*name, "in" | "getline") =>
                {
                    let end = closes_at(inside).unwrap_or(inside.len());
                    out.push_str(UNKNOWN);
                    rest = inside.get(end + 1..).unwrap_or_default();
                }
                [Token::Name(name, _), after @ ..] if !after.starts_with(&[Token::Sign(b'=')]) => {
                    let Some(text) = names.text(name) else { break };
                    if out.len() + text.len() > LONGEST {
                        // Longer than is followed: the code counts as unread.
                        names.takes(usize::MAX);
                        return None;
                    }
                    out.push_str(text);
                    rest = after;
                }
                _ => break,
            }
        }
        names.takes(out.len());
        (!out.is_empty()).then(|| &*self.bump.alloc_str(&out))
    }

    /// What a variable is from here on: `x = "a" y`, `sub("X", "r", x)`, `split("r m", x, " ")`, `"echo /etc" | getline x`.
    pub(super) fn learns_of_awk(
        &mut self,
        before: &[Token<'a>],
        tokens: &[Token<'a>],
        names: &mut Names<'a>,
        call: u32,
    ) {
        let comma = |token: &Token<'_>| *token == Token::Sign(b',');
        match tokens {
            [Token::Name(name, _), Token::Sign(b'='), value @ ..] => {
                if let Some(text) = self.awk_text(value, names) {
                    names.give(name, text);
                }
            }
            // `a["x"] = "/etc"`
            [Token::Name(list, _), Token::Sign(b'['), key, Token::Sign(b']'), Token::Sign(b'='), value @ ..] => {
                // `f[NR] = $0`: whichever element is asked for, a line is in it.
                let name = element(list, key);
                let field = match value {
                    [Token::Sign(b'$'), Token::Sign(digit @ b'0'..=b'9'), ..] => Some(usize::from(digit - b'0')),
                    _ => None,
                };
                let field = field.map(|field| &*self.bump.alloc_str(&format!("${{{}}}", FIELDS[field])));
                match (name, self.awk_text(value, names), field) {
                    (Some(name), Some(text), _) => names.give(self.bump.alloc_str(&name), text),
                    // Of several, none is known.
                    (None, text, field) => {
                        let name = self.bump.alloc_str(&format!("{list}[]"));
                        let known = names.text(name);
                        if let Some(text) = text.or(field) {
                            names.give(name, if known.is_none_or(|known| known == text) { text } else { UNKNOWN });
                        }
                    }
                    _ => {}
                }
            }
            [Token::Name(replaces @ ("sub" | "gsub"), _), Token::Sign(b'('), rest @ ..] => {
                let (pattern, rest) = match rest {
                    [Token::Text(pattern), rest @ ..] => (*pattern, rest),
                    [Token::Sign(b'/'), Token::Name(pattern, _), Token::Sign(b'/'), rest @ ..] => (*pattern, rest),
                    _ => return,
                };
                let [Token::Sign(b','), Token::Text(with), Token::Sign(b','), Token::Name(name, _), ..] = rest else {
                    return;
                };
                let plain = pattern.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
                if let Some(text) = names.text(name).filter(|_| plain && !with.contains(['&', '\\'])) {
                    let most = if *replaces == "sub" { 1 } else { text.len() };
                    let made = fold::replaced(text, pattern, with, most);
                    names.takes(if made.len() > LONGEST { usize::MAX } else { made.len() });
                    names.give(name, self.bump.alloc_str(&made));
                }
            }
            [Token::Name("split", _), Token::Sign(b'('), rest @ ..] => {
                let end = rest.iter().position(comma).unwrap_or(rest.len());
                let parts = self.awk_text(&rest[..end], names);
                if let (Some(text), [_, Token::Name(list, _), Token::Sign(b','), Token::Text(sign), ..]) =
                    (parts, &rest[end..])
                {
                    let parts = match *sign {
                        " " => text.split_whitespace().take(limits::VALUES).collect(),
                        "" => return,
                        sign => text.split(sign).take(limits::VALUES).collect(),
                    };
                    names.give_list(list, parts);
                }
            }
            // What only writes words is run for what it says; the rest runs where it is piped.
            [Token::Name("getline", _), Token::Name(name, _), ..] => {
                let [.., Token::Text(command), Token::Sign(b'|')] = before else { return };
                let says = |program: &str| matches!(program, "echo" | "printf" | "dirname" | "basename");
                if !command.split_whitespace().next().is_some_and(says) {
                    return;
                }
                let mut read = Sink::new();
                let span = Span { source: 0, start: 0, end: 0 };
                self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut read, call);
                if let Some(Val::Lit(text)) = read.data(self.bump).text {
                    names.give(name, text.trim_end_matches('\n'));
                }
            }
            _ => {}
        }
    }

    /// What the last `print` or `printf` before a pipe says, if it is known.
    fn printed_before(&self, before: &[Token<'a>], names: &Names<'a>, input: Option<&'a str>) -> Data<'a> {
        let begins = before.iter().rposition(|token| matches!(token, Token::Name("print" | "printf", _)));
        let value = begins.map_or(&[][..], |begins| &before[begins + 1..]);
        // `{print > "f"}`: all that it reads, where nothing changes it.
        let changes = |token: &Token<'_>| {
            matches!(
                token,
                Token::Sign(b'=') | Token::Name("sub" | "gsub" | "gensub" | "getline" | "RS" | "ORS" | "OFS" | "FS", _)
            )
        };
        if begins.is_some()
            && !before.iter().any(changes)
            && matches!(value, [] | [Token::Sign(b'$'), Token::Sign(b'0')])
            && let Some(lines) = input
        {
            return Data::known(Val::Lit(lines));
        }
        if let Some(Token::Name("printf", _)) = begins.map(|begins| &before[begins])
            && let [Token::Text(format), arguments @ ..] = value
            && arguments.iter().all(|token| matches!(token, Token::Text(_) | Token::Sign(b',')))
        {
            let text = self.formatted(format, arguments, names);
            return Data::known(Val::Lit(self.bump.alloc_str(&text)));
        }
        let plain = !value.is_empty() && value.iter().all(|token| matches!(token, Token::Text(_) | Token::Name(..)));
        match self.awk_text(value, names).filter(|_| plain) {
            Some(text) => Data::known(Val::Lit(text)),
            None => self.printed_with_fields(value).unwrap_or(Data::unknown("what awk prints", Taint::NONE)),
        }
    }

    /// `print "userdel -r " $1`: texts, and fields of a line that nobody knows.
    fn printed_with_fields(&self, value: &[Token<'a>]) -> Option<Data<'a>> {
        let mut builder = Builder::default();
        let mut rest = value;
        let mut says = false;
        while let [first, after @ ..] = rest {
            rest = after;
            match first {
                Token::Text(text) => {
                    says = true;
                    builder.push_lit(text);
                }
                Token::Sign(b',') => builder.push_lit(" "),
                Token::Sign(b'$') => {
                    let digit = |token: &&Token<'_>| matches!(token, Token::Sign(digit) if digit.is_ascii_digit());
                    let digits = after.iter().take_while(digit).count();
                    if digits == 0 && !matches!(after, [Token::Name("NF", _), ..]) {
                        return None;
                    }
                    rest = &after[digits.max(1)..];
                    builder.push(self.bump, Val::hole(self.bump, "a field", Shape::NonEmpty, Taint::NONE));
                }
                _ => return None,
            }
        }
        says.then(|| Data::known(builder.done(self.bump)))
    }

    /// What `sprintf` makes of its arguments: a letter of a number, a text of the rest.
    fn formatted(&self, format: &str, arguments: &[Token<'a>], names: &Names<'a>) -> String {
        let mut out = String::new();
        let mut arguments = arguments.split(|token| *token == Token::Sign(b',')).filter(|one| !one.is_empty());
        let mut rest = format;
        while let Some((before, after)) = rest.split_once('%') {
            out.push_str(before);
            let verb = after.chars().next().unwrap_or('%');
            rest = after.get(verb.len_utf8()..).unwrap_or_default();
            let argument = if verb == '%' { None } else { arguments.next() };
            let digits = argument.unwrap_or_default().iter().map(|token| match token {
                Token::Sign(digit) if digit.is_ascii_digit() => Some(*digit as char),
                _ => None,
            });
            let number = digits.collect::<Option<String>>().and_then(|digits| digits.parse::<u8>().ok());
            let letter = number.filter(|_| verb == 'c');
            match (letter, argument) {
                (Some(byte), _) => out.push(byte as char),
                (None, Some(argument)) => out.push_str(self.awk_text(argument, names).unwrap_or("x")),
                (None, None) => out.push('%'),
            }
        }
        out + rest
    }

    /// `print | "cmd"`, `"cmd" | getline` and `print > "file"` of awk; the lines that it reads are `input`, or came from
    /// elsewhere.
    pub(super) fn pipes_of_awk(
        &mut self,
        code: &Snippet<'a>,
        mut names: Names<'a>,
        (input, from): (Option<&'a str>, Taint),
        source: u32,
        call: u32,
    ) {
        let tokens = &code.tokens[..];
        let span = Span { source, start: 0, end: 0 };
        if tokens.iter().filter(|token| **token == Token::Sign(b'|')).count() > limits::UNROLL {
            return self.unread(span, MORE, false);
        }
        // `sprintf("%c", 114)`: letters by their numbers, for `system` or a pipe.
        let letters = tokens.iter().any(|token| matches!(token, Token::Text(text) if text.starts_with("%c")));
        let runs = tokens.iter().any(|token| matches!(token, Token::Name("system", _) | Token::Sign(b'|')));
        if letters && runs {
            for text in tokens.iter().filter_map(Token::text) {
                let numbers = text.split([' ', ',']).map(str::parse::<u8>);
                let Ok(bytes) = numbers.collect::<Result<Vec<u8>, _>>() else { continue };
                if let Ok(code) = std::str::from_utf8(&bytes) {
                    let code = self.bump.alloc_str(code);
                    self.shell_code(Val::Lit(code), span, &Data::NOTHING, &mut Sink::new(), call);
                }
            }
        }
        // `for (i = NF; i > 0; i--) s = s $i; system(s)`: nothing but words of its input, in an order of its own.
        let runs_variable = tokens.windows(4).any(|four| {
            matches!(four, [Token::Name("system", _), Token::Sign(b'('), Token::Name(..), Token::Sign(b')')])
        });
        let collects = tokens.iter().any(|token| matches!(token, Token::Name("for", _)))
            && tokens.iter().any(|token| matches!(token, Token::Name("ARGV" | "NF", _)));
        let speaks = tokens.iter().filter_map(Token::text).any(|text| text.len() > 2);
        if runs_variable && collects && !speaks {
            self.plain_effect(Kind::Code, "words in another order", call, span, Taint::DECODED, &["hidden"]);
        }
        // `for (i = length(s); i > 0; i--) r = r substr(s, i, 1); system(r)`
        let turns = |name: &str| tokens.iter().any(|token| matches!(token, Token::Name(n, _) if *n == name));
        if runs_variable && turns("for") && turns("substr") {
            for text in tokens.iter().filter_map(Token::text).filter(|text| text.contains(' ')) {
                let turned: String = text.chars().rev().collect();
                self.commands_in_text(self.bump.alloc_str(&turned), true, span, call);
            }
        }
        if let Some(at) = tokens.iter().position(|t| matches!(t, Token::Text(p) if p.starts_with("/inet/tcp/"))) {
            // gawk's own sockets: "Special Files for Network Communications" of its manual.
            let Token::Text(address) = tokens[at] else { return };
            let host = address.split('/').nth(4).unwrap_or("");
            let target = self.host_target(Val::Lit(host));
            self.effect(Effect { marks: &["reverse-shell"], ..Effect::new(Kind::Tunnel, target, call, span) });
        }
        for at in 0..tokens.len() {
            if let [Token::Name(name, _), Token::Sign(b'='), value @ ..] = &tokens[at..]
                && names.text(name).is_none()
                && let Some(text) = self.awk_text(value, &names)
            {
                names.give(name, text);
            }
        }
        let value = |name: &str| names.text(name);
        let said = |token: &Token<'a>| match token {
            Token::Text(text) => Some(*text),
            Token::Name(name, _) => value(name),
            _ => None,
        };
        // All variables, one after the other: `for (k in ENVIRON)`.
        let environment = |two: &[Token<'_>]| matches!(two, [Token::Name("in", _), Token::Name("ENVIRON", _)]);
        let given = match tokens.windows(2).any(environment) {
            true => Data::unknown("the environment", Taint::PRIVATE),
            false if !code.secrets.is_empty() => Data::unknown("a file of secrets", Taint::SECRET),
            false => match self.reads_of(call).only(Taint(Taint::SECRET.0 | Taint::SECRET_VARIABLE.0)) {
                Taint::NONE => Data::NOTHING,
                read => Data::unknown("what it reads", read),
            },
        };
        let mut written: Vec<&str> = Vec::new();
        let read = self.reads_of(call) | from;
        // What `"command" | getline name` read.
        let mut got: Vec<(&str, Data<'a>)> = Vec::new();
        for at in 0..tokens.len() {
            match &tokens[at..] {
                // `f = "system"; @f("…")`
                [Token::Sign(b'@'), Token::Name(name, _), Token::Sign(b'('), Token::Text(command), ..]
                    if value(name) == Some("system") =>
                {
                    self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
                }
                // `"cmd" | getline l`, `(cmd | getline l) > 0`
                [first, Token::Sign(b'|'), Token::Name("getline", _), Token::Name(name, _), ..]
                    if let Some(command) = said(first) =>
                {
                    let mut read = Sink::new();
                    self.shell_code(Val::Lit(command), span, &given, &mut read, call);
                    got.extend(read.parts.into_iter().map(|data| (*name, data)));
                }
                [Token::Name("system", _), Token::Sign(b'('), Token::Name(name, _), Token::Sign(b')'), ..] => {
                    // What was read last, and run once.
                    if let Some(at) = got.iter().rposition(|(known, _)| known == name) {
                        let (_, data) = got.swap_remove(at);
                        self.code_data("bash", &data, span, &mut Sink::new(), call);
                    }
                }
                // `print "ls" | "sh"`
                [Token::Sign(b'|'), Token::Text(command), ..]
                | [Token::Sign(b'|'), Token::Sign(b'&'), Token::Text(command), ..] => {
                    // All of the input is handed on where the program as a whole is read.
                    let printed = if given.taint == Taint::NONE {
                        self.printed_before(&tokens[..at], &names, None)
                    } else {
                        given
                    };
                    // Whatever was read into it, one time or another.
                    let read = match &tokens[..at] {
                        [.., Token::Name("print", _), Token::Name(name, _)] if printed.text.is_none() => {
                            let of_name = got.iter().filter(|(known, _)| known == name).map(|(_, data)| data.taint);
                            of_name.fold(Taint::NONE, |all, taint| all | taint)
                        }
                        _ => Taint::NONE,
                    };
                    let printed = Data { taint: printed.taint | read, ..printed };
                    self.shell_code(Val::Lit(command), span, &printed, &mut Sink::new(), call);
                }
                [Token::Text(command), Token::Sign(b'|'), Token::Name("getline", _), ..]
                | [Token::Text(command), Token::Sign(b')'), Token::Sign(b'|'), Token::Name("getline", _), ..] => {
                    self.shell_code(Val::Lit(command), span, &given, &mut Sink::new(), call);
                }
                // `cmd = "…"; print s | cmd`, `cmd | getline`
                [Token::Name(name, _), Token::Sign(b'|'), Token::Name("getline", _), ..]
                | [Token::Sign(b'|'), Token::Name(name, _), ..] => {
                    if let Some(command) = value(name) {
                        self.shell_code(Val::Lit(command), span, &given, &mut Sink::new(), call);
                    }
                }
                [
                    Token::Name("system", _),
                    Token::Sign(b'('),
                    Token::Name("sprintf", _),
                    Token::Sign(b'('),
                    Token::Text(format),
                    ..,
                ] if format.contains("%c") => {
                    if let Some(command) = self.awk_text(&tokens[at + 2..], &names) {
                        self.shell_code(Val::Lit(command), span, &given, &mut Sink::new(), call);
                    }
                }
                // `printf "%c%c", 114, 109`
                [Token::Name("printf", _), rest @ ..] => {
                    let rest = rest.strip_prefix(&[Token::Sign(b'(')][..]).unwrap_or(rest);
                    let [Token::Text(format), after @ ..] = rest else { continue };
                    let ends =
                        |token: &Token<'_>| matches!(token, Token::Sign(b')' | b';' | b'}' | b'\n' | b'|' | b'>'));
                    let end = after.iter().position(ends).unwrap_or(after.len());
                    let named = after[..end].iter().any(|token| matches!(token, Token::Name(..)));
                    if format.contains("%c") && !named {
                        let text = self.formatted(format, &after[..end], &names);
                        self.printed.push((call, Val::Lit(self.bump.alloc_str(&text))));
                    }
                }
                // A comparison with a text that looks like a path is taken for `print > "file"`.
                [Token::Sign(sign @ (b'<' | b'>')), rest @ ..] => {
                    let path = match rest {
                        [Token::Text(path), ..] => Some(*path),
                        [Token::Sign(b'('), Token::Text(path), ..] if *sign == b'>' => Some(*path),
                        // `>> ENVIRON["HOME"] "/.profile"`
                        [Token::Name("ENVIRON", _), ..] if *sign == b'>' => self.awk_text(rest, &names),
                        [Token::Sign(b'('), Token::Name("ENVIRON", _), ..] if *sign == b'>' => {
                            self.awk_text(&rest[1..], &names)
                        }
                        [Token::Name(name, _), ..] if *sign == b'>' => value(name),
                        _ => None,
                    };
                    // `>> "file"`
                    let (before, appends) = match &tokens[..at] {
                        [before @ .., Token::Sign(b'>')] => (before, true),
                        before => (before, false),
                    };
                    let text = match before {
                        [.., Token::Name("print", _), Token::Text(text)] => Some(*text),
                        [.., Token::Name("print", _), Token::Name(name, _)] => value(name),
                        _ => None,
                    };
                    let line = |text: &str| Val::Lit(&*self.bump.alloc_str(&format!("{text}\n")));
                    let text = match text {
                        _ if *sign == b'<' => None,
                        Some(text) => Some(line(text)),
                        None => self.printed_before(before, &names, input).text.filter(|text| text.lit().is_some()),
                    };
                    let Some(path) = path.filter(|path| *sign == b'>' || path.contains('/')) else { continue };
                    let path = match path.strip_prefix("$HOME/") {
                        Some(below) => self.tilde_expanded(self.bump.alloc_str(&format!("~/{below}"))),
                        None => path,
                    };
                    let of_folder = path.contains('/');
                    let target = self.path_target(Val::Lit(path), if of_folder { Look::Through } else { Look::Not });
                    if of_folder {
                        let does = if *sign == b'<' { Kind::Read } else { Kind::Write };
                        self.effect(Effect::new(does, target, call, span));
                    }
                    if let Some(text) = text {
                        // The file is emptied once (POSIX awk, "Output Statements").
                        let append = appends || written.contains(&path);
                        written.push(path);
                        let name = self.remembered_as(&target, Val::Lit(path));
                        self.remember(name, Data::known(text), append);
                    } else if *sign == b'>' {
                        self.holds_what_is_read(target, Val::Lit(path), read);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Whether a text is made by what [`Analysis::awk_text`] alone can compute.
pub(super) fn is_computed(value: &[Token<'_>]) -> bool {
    value.iter().any(|token| matches!(token, Token::Name("substr" | "gensub", _) | Token::Sign(b'[')))
        || value.windows(2).any(|pair| matches!(pair, [Token::Name(..), Token::Name(..)]))
}

/// The name of an array's element: `a[1]`, `a[x]`.
fn element(list: &str, key: &Token<'_>) -> Option<String> {
    match key {
        Token::Text(key) => Some(format!("{list}[{key}]")),
        Token::Sign(digit) if digit.is_ascii_digit() => Some(format!("{list}[{}]", char::from(*digit))),
        _ => None,
    }
}

/// What `gensub` puts in the place of every plain pattern, in which value, and where its bracket ends (gawk's manual,
/// "String Functions").
fn substituted<'t, 'a>(inside: &'t [Token<'a>]) -> Option<(&'a str, &'a str, &'t [Token<'a>], usize)> {
    let end = closes_at(inside)?;
    let mut given = between_commas(&inside[..end]);
    let pattern = match given.next()? {
        [Token::Text(pattern)] | [Token::Sign(b'/'), Token::Name(pattern, _), Token::Sign(b'/')] => *pattern,
        _ => return None,
    };
    let ([Token::Text(with)], [Token::Text("g" | "G")], Some(value)) = (given.next()?, given.next()?, given.next())
    else {
        return None;
    };
    let plain = !pattern.is_empty() && pattern.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
    (plain && !with.contains(['&', '\\'])).then_some((pattern, *with, value, end))
}

/// A whole number.
fn number(tokens: &[Token<'_>]) -> Option<usize> {
    let digit = |token: &Token<'_>| match token {
        Token::Sign(digit) if digit.is_ascii_digit() => Some(*digit as char),
        _ => None,
    };
    tokens.iter().map(digit).collect::<Option<String>>()?.parse().ok()
}
