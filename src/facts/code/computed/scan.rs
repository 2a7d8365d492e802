//! The tokens of Python and JavaScript, with what their texts say.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    JavaScript,
}

/// A piece of a text in which code stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece<'a> {
    Text(String),
    Code(&'a str),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Name(&'a str),
    Number(i64),
    /// One that is not whole.
    Fraction,
    Text(String),
    Bytes(Vec<u8>),
    Format(Vec<Piece<'a>>),
    Pattern(&'a str, &'a str),
    Sign(&'static str),
    /// The end of a line, in Python.
    Line,
    Indent,
    Dedent,
    End,
}

pub(super) struct Scanned<'a> {
    pub(super) token: Token<'a>,
    /// A line ended before it.
    pub(super) after_line: bool,
}

/// The longest come first.
const SIGNS: [&str; 61] = [
    ">>>=", "...", "**=", "//=", "<<=", ">>=", ">>>", "===", "!==", "&&=", "||=", "??=", "**", "//", "<<", ">>", "==",
    "!=", "<=", ">=", "->", "=>", ":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=", "&&", "||", "??", "?.",
    "++", "--", "+", "-", "*", "/", "%", "@", "&", "|", "^", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ",",
    ":", ";", "?",
];

/// Levels of indentation.
const DEEPEST: usize = 64;

pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    language: Language,
    tokens: Vec<Scanned<'a>>,
    brackets: usize,
    indents: Vec<usize>,
    after_line: bool,
}

/// The tokens of a text; none if it is none of this language.
pub(super) fn scan(text: &str, language: Language) -> Option<Vec<Scanned<'_>>> {
    let scanner =
        Scanner { text, at: 0, language, tokens: Vec::new(), brackets: 0, indents: vec![0], after_line: true };
    scanner.all()
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn push(&mut self, token: Token<'a>) {
        let after_line = std::mem::take(&mut self.after_line);
        self.tokens.push(Scanned { token, after_line });
    }

    fn all(mut self) -> Option<Vec<Scanned<'a>>> {
        let python = self.language == Language::Python;
        if python {
            self.indentation()?;
        } else if self.rest().starts_with("#!") {
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
        while let Some(next) = self.rest().chars().next() {
            match next {
                '\n' => {
                    self.at += 1;
                    self.after_line = true;
                    if python && self.brackets == 0 {
                        if !matches!(self.tokens.last(), None | Some(Scanned { token: Token::Line, .. })) {
                            self.push(Token::Line);
                        }
                        self.indentation()?;
                    }
                }
                '\\' if python && self.rest()[1..].starts_with('\n') => self.at += 2,
                _ if next.is_whitespace() || next == '\u{feff}' => self.at += next.len_utf8(),
                '#' if python => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                '/' if !python && self.rest().starts_with("//") => {
                    self.at += self.rest().find('\n').unwrap_or(self.rest().len());
                }
                '/' if !python && self.rest().starts_with("/*") => {
                    let end = self.rest().find("*/")? + 2;
                    self.after_line |= self.rest()[..end].contains('\n');
                    self.at += end;
                }
                '"' | '\'' => self.quoted("")?,
                '`' if !python => self.template()?,
                '/' if !python && self.begins_pattern() => self.pattern()?,
                '0'..='9' => self.number(),
                '.' if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => self.number(),
                _ if next.is_alphabetic() || matches!(next, '_' | '$' | '#') => self.name()?,
                _ => self.sign()?,
            }
        }
        if python {
            self.push(Token::Line);
            for _ in 1..self.indents.len() {
                self.push(Token::Dedent);
            }
        }
        self.push(Token::End);
        Some(self.tokens)
    }

    /// What the blanks at a line's begin say.
    fn indentation(&mut self) -> Option<()> {
        loop {
            let rest = self.rest();
            let width = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            match rest[width..].chars().next() {
                None => return Some(()),
                Some('\n' | '\r') => self.at += rest.find('\n')? + 1,
                Some('#') => match rest.find('\n') {
                    Some(end) => self.at += end + 1,
                    None => return Some(()),
                },
                Some(_) => {
                    self.at += width;
                    let mut here = *self.indents.last()?;
                    if width > here {
                        if self.indents.len() > DEEPEST {
                            return None;
                        }
                        self.indents.push(width);
                        self.push(Token::Indent);
                    }
                    while width < here {
                        self.indents.pop();
                        here = *self.indents.last()?;
                        self.push(Token::Dedent);
                    }
                    return Some(());
                }
            }
        }
    }

    fn sign(&mut self) -> Option<()> {
        let rest = self.rest();
        if rest.starts_with('.') && !rest.starts_with("...") {
            self.at += 1;
            self.push(Token::Sign("."));
            return Some(());
        }
        let python = self.language == Language::Python;
        let known = |sign: &&&str| {
            rest.starts_with(**sign)
                // `a?.5:b` is a choice; `//` divides only in Python, and `!` stands alone only in JavaScript.
                && !(**sign == "?." && rest[2..].starts_with(|c: char| c.is_ascii_digit()))
                && !(python && matches!(**sign, "++" | "--" | "&&" | "||" | "??"))
        };
        let sign = match SIGNS.iter().find(known) {
            Some(sign) => sign,
            None if rest.starts_with('!') && !python => &"!",
            None => return None,
        };
        match *sign {
            "(" | "[" | "{" => self.brackets += 1,
            ")" | "]" | "}" => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        self.at += sign.len();
        self.push(Token::Sign(sign));
        Some(())
    }

    fn name(&mut self) -> Option<()> {
        let rest = self.rest();
        let own = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
        // JavaScript's `#private`
        let sign = usize::from(rest.starts_with('#'));
        let length = sign + rest[sign..].find(|c: char| !own(c)).unwrap_or(rest.len() - sign);
        let name = rest.get(..length)?;
        let after = &rest[length..];
        let prefix = |c: char| matches!(c, 'r' | 'R' | 'b' | 'B' | 'f' | 'F' | 'u' | 'U' | 't' | 'T');
        if self.language == Language::Python
            && length <= 2
            && name.chars().all(prefix)
            && after.starts_with(['"', '\''])
        {
            self.at += length;
            return self.quoted(name);
        }
        self.at += length;
        self.push(Token::Name(name));
        Some(())
    }

    fn number(&mut self) {
        let rest = self.rest();
        let own = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        let length = rest.find(|c: char| !own(c)).unwrap_or(rest.len());
        let digits = rest[..length].replace('_', "");
        let digits = digits.trim_end_matches('n');
        let based = |base: u32| i64::from_str_radix(digits.get(2..).unwrap_or_default(), base).ok();
        let number = match digits.get(..2).map(str::to_ascii_lowercase).as_deref() {
            Some("0x") => based(16),
            Some("0o") => based(8),
            Some("0b") => based(2),
            _ => digits.parse().ok(),
        };
        self.at += length;
        self.push(number.map_or(Token::Fraction, Token::Number));
    }

    /// A slash is a pattern's where no value stands before it.
    fn begins_pattern(&self) -> bool {
        match self.tokens.last().map(|last| &last.token) {
            None => true,
            Some(Token::Sign(sign)) => !matches!(*sign, ")" | "]" | "}" | "++" | "--"),
            Some(Token::Name(name)) => matches!(*name, "return" | "typeof" | "case" | "in" | "of" | "await" | "yield"),
            Some(_) => false,
        }
    }

    fn pattern(&mut self) -> Option<()> {
        let rest = self.rest();
        let mut within = false;
        let mut escaped = false;
        let end = rest[1..].find(|c: char| {
            let was = std::mem::take(&mut escaped);
            escaped = !was && c == '\\';
            match c {
                _ if was => false,
                '[' => {
                    within = true;
                    false
                }
                ']' => {
                    within = false;
                    false
                }
                '\n' => true,
                c => c == '/' && !within,
            }
        })? + 1;
        let after = rest[end..].strip_prefix('/')?;
        let flags = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        self.at += end + 1 + flags;
        self.push(Token::Pattern(&rest[1..end], &after[..flags]));
        Some(())
    }

    /// A text in quotes, behind the letters that say how it is to be read.
    fn quoted(&mut self, prefix: &str) -> Option<()> {
        let python = self.language == Language::Python;
        let rest = self.rest();
        let quote = rest.get(..1)?;
        let long = python && rest.get(..3).is_some_and(|three| three == quote.repeat(3));
        let quotes = if long { 3 } else { 1 };
        let inner = &rest[quotes..];
        let mut escaped = false;
        let (_, end) = inner.char_indices().map(|(at, c)| (c, at)).find(|(c, at)| {
            let was = std::mem::take(&mut escaped);
            escaped = !was && *c == '\\';
            !was && (inner[*at..].starts_with(&rest[..quotes]) || *c == '\n' && !long)
        })?;
        if inner[end..].starts_with('\n') {
            return None;
        }
        let content = &inner[..end];
        self.at += quotes + end + quotes;
        let has = |letter: char| prefix.contains([letter, letter.to_ascii_uppercase()]);
        let said = |text: &str| if has('r') { Some(text.to_owned()) } else { unescaped(text, python && !has('b')) };
        if has('f') || has('t') {
            let pieces = in_braces(content, said)?;
            self.push(Token::Format(pieces));
        } else if has('b') {
            let text = said(content)?;
            let bytes = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<_>>()?;
            self.push(Token::Bytes(bytes));
        } else {
            let text = said(content)?;
            // What such escapes stand for nobody else reads.
            let spelled = python && !has('r') && (content.contains("\\N{") || content.contains("\\U"));
            self.push(if spelled { Token::Format(vec![Piece::Text(text)]) } else { Token::Text(text) });
        }
        Some(())
    }

    /// `` `…${code}…` ``
    fn template(&mut self) -> Option<()> {
        let rest = self.rest();
        let mut pieces = Vec::new();
        let mut at = 1;
        let mut from = 1;
        loop {
            let here = rest.get(at..)?;
            let next = here.chars().next()?;
            if next == '\\' {
                at += 1 + here[1..].chars().next()?.len_utf8();
            } else if next == '`' {
                pieces.push(Piece::Text(unescaped(&rest[from..at], false)?));
                break;
            } else if let Some(code) = here.strip_prefix("${") {
                pieces.push(Piece::Text(unescaped(&rest[from..at], false)?));
                let end = closes(code)?;
                pieces.push(Piece::Code(&code[..end]));
                at += 2 + end + 1;
                from = at;
            } else {
                at += next.len_utf8();
            }
        }
        self.at += at + 1;
        self.push(Token::Format(pieces));
        Some(())
    }
}

/// Where the brace closes that this stands in.
fn closes(text: &str) -> Option<usize> {
    let mut level = 0_usize;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '{' | '(' | '[') => level += 1,
            (None, '}') if level == 0 => return Some(at),
            (None, '}' | ')' | ']') => level = level.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// The pieces of Python's `f"…{x!r:>{width}}…"`.
fn in_braces<'a>(content: &'a str, said: impl Fn(&str) -> Option<String>) -> Option<Vec<Piece<'a>>> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = content;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let here = &rest[at..];
        if here.starts_with("{{") || here.starts_with("}}") {
            text.push_str(&here[..1]);
            rest = &here[2..];
            continue;
        }
        pieces.push(Piece::Text(said(&std::mem::take(&mut text))?));
        let end = closes(here.strip_prefix('{')?)?;
        let code = &here[1..=end];
        // How it is to be shown is no part of the value.
        let mut level = 0_usize;
        let shown = code.char_indices().find(|(at, c)| {
            match c {
                '(' | '[' | '{' => level += 1,
                ')' | ']' | '}' => level = level.saturating_sub(1),
                _ => {}
            }
            let before = |sign: char| code[..*at].ends_with(sign);
            level == 0 && (*c == ':' && !before(':') || *c == '!' && !code[at + 1..].starts_with('='))
        });
        let (code, how) = shown.map_or((code, ""), |(at, _)| code.split_at(at));
        // Numbers in another form, and blanks around a text, are not computed.
        let code = if matches!(how, "" | "!s" | ":s" | ":d" | "!s:s") { code } else { "..." };
        // `f"{x=}"`
        pieces.push(Piece::Code(code.trim()));
        rest = &here[end + 2..];
    }
    text.push_str(rest);
    pieces.push(Piece::Text(said(&text)?));
    Some(pieces)
}

/// What escapes in a text stand for; `names` with Python's `\N{…}`, of which none is known.
fn unescaped(text: &str, names: bool) -> Option<String> {
    if !text.contains('\\') {
        return Some(text.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let next = rest.chars().next()?;
        let number = |from: usize, to: usize| {
            let digits = rest.get(from..to)?;
            char::from_u32(u32::from_str_radix(digits, 16).ok()?)
        };
        let (c, used) = match next {
            'n' => (Some('\n'), 1),
            't' => (Some('\t'), 1),
            'r' => (Some('\r'), 1),
            'a' => (Some('\u{7}'), 1),
            'b' => (Some('\u{8}'), 1),
            'f' => (Some('\u{c}'), 1),
            'v' => (Some('\u{b}'), 1),
            '\n' => (None, 1),
            'x' => (Some(number(1, 3)?), 3),
            'u' if rest[1..].starts_with('{') => {
                let end = rest.find('}')?;
                (Some(number(2, end)?), end + 1)
            }
            'u' => (Some(number(1, 5)?), 5),
            'U' if names => (Some(number(1, 9)?), 9),
            'N' if names => {
                let end = rest.find('}')?;
                let (c, used) = (named(rest.get(2..end)?)?, end + 1);
                (Some(c), used)
            }
            '0'..='7' => {
                let length = rest.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
                (char::from_u32(u32::from_str_radix(&rest[..length], 8).ok()?), length)
            }
            other => {
                // Python keeps what it does not know; a quote and a backslash are themselves.
                if names && !matches!(other, '\\' | '"' | '\'') {
                    out.push('\\');
                }
                (Some(other), other.len_utf8())
            }
        };
        out.extend(c);
        rest = &rest[used..];
    }
    out.push_str(rest);
    Some(out)
}

/// The letters by their names in Unicode: `LATIN SMALL LETTER R`.
fn named(name: &str) -> Option<char> {
    let name = name.to_ascii_uppercase();
    let letter = |rest: &str| rest.chars().next().filter(|_| rest.len() == 1);
    match &*name {
        "SPACE" => Some(' '),
        "SOLIDUS" => Some('/'),
        "HYPHEN-MINUS" => Some('-'),
        "FULL STOP" => Some('.'),
        _ => {
            let small = name.strip_prefix("LATIN SMALL LETTER ").and_then(letter).map(|c| c.to_ascii_lowercase());
            small.or_else(|| name.strip_prefix("LATIN CAPITAL LETTER ").and_then(letter))
        }
    }
}
