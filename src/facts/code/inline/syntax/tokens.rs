//! The tokens of a language that is no shell's: names, texts, commands in backquotes and signs. Enough to tell a call
//! from a mention in a string or a comment; no language is parsed whole.

use std::ops::Range;

use super::interpolated::Opening;
use super::own_signs::{self, closing};
use crate::facts::fold::sed;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) enum Token<'a> {
    /// A name, with the dots in it (`os.path.join`).
    Name(&'a str, usize),
    Text(&'a str),
    /// A command in backquotes (Perl, Ruby, PHP).
    Command(&'a str, usize),
    Sign(u8),
}

/// Whether a name is asked of what stands before it, which is no name: the point between them is no token.
pub(in super::super) fn is_chained(text: &str, from: usize) -> bool {
    text.get(..from).is_some_and(|before| before.ends_with('.'))
}

/// Whether behind a token of Ruby's nothing but a value can stand: behind a sign that needs one, or a method of its own that is
/// given one.
fn awaits_text(before: Option<&Token<'_>>) -> bool {
    match before {
        Some(Token::Sign(sign)) => matches!(sign, b'(' | b',' | b'=' | b'[' | b'{' | b'<' | b'+'),
        Some(Token::Name(name, _)) => {
            matches!(name.rsplit('.').next(), Some("puts" | "print" | "write" | "system" | "exec" | "eval" | "spawn"))
        }
        _ => false,
    }
}

/// The bytes before the bracket that closes what was opened before a text, as Ruby counts them.
fn closes_round(text: &str) -> Option<usize> {
    let (mut level, mut escaped) = (0_usize, false);
    text.bytes().position(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => level += 1,
            b')' if level == 0 => return true,
            b')' => level -= 1,
            _ => {}
        }
        false
    })
}

/// Where the bracket ends that these tokens stand in.
pub(in super::super) fn closes_at(inside: &[Token<'_>]) -> Option<usize> {
    let mut level = 0_usize;
    inside.iter().take(LONGEST_LIST).position(|token| {
        match token {
            Token::Sign(b'[' | b'(' | b'{') => level += 1,
            Token::Sign(b']' | b')' | b'}') if level == 0 => return true,
            Token::Sign(b']' | b')' | b'}') => level -= 1,
            _ => {}
        }
        false
    })
}

/// Where the parenthesis opens that the last of these tokens closes.
pub(in super::super) fn opened_at(tokens: &[Token<'_>]) -> Option<usize> {
    let mut level = 0_usize;
    let back = tokens.iter().rev().take(LONGEST_LIST).position(|token| {
        match token {
            Token::Sign(b')') => level += 1,
            Token::Sign(b'(') => level = level.saturating_sub(1),
            _ => {}
        }
        level == 0
    })?;
    Some(tokens.len() - 1 - back)
}

/// Where what begins here ends: at the bracket that closes around it, or at one of these signs outside of all brackets.
pub(in super::super) fn ends_at(tokens: &[Token<'_>], signs: &[u8]) -> usize {
    let mut level = 0_usize;
    let ends = |token: &Token<'_>| {
        match token {
            Token::Sign(b'(' | b'[' | b'{') => level += 1,
            Token::Sign(b')' | b']' | b'}') if level == 0 => return true,
            Token::Sign(b')' | b']' | b'}') => level -= 1,
            _ => {}
        }
        level == 0 && matches!(token, Token::Sign(sign) if signs.contains(sign))
    };
    tokens.iter().position(ends).unwrap_or(tokens.len())
}

/// The tokens that stand in no bracket, with their places.
pub(in super::super) fn outermost<'t, 'a>(tokens: &'t [Token<'a>]) -> impl Iterator<Item = (usize, &'t Token<'a>)> {
    let mut level = 0_usize;
    tokens.iter().enumerate().filter(move |(_, token)| {
        match token {
            Token::Sign(b'[' | b'(' | b'{') => level += 1,
            Token::Sign(b']' | b')' | b'}') => level = level.saturating_sub(1),
            _ => {}
        }
        level == 0
    })
}

/// What stands between the commas that no bracket holds.
pub(in super::super) fn between_commas<'t, 'a>(tokens: &'t [Token<'a>]) -> impl Iterator<Item = &'t [Token<'a>]> {
    let commas = outermost(tokens).filter(|(_, token)| **token == Token::Sign(b',')).map(|(at, _)| at);
    let mut from = 0;
    commas.chain([tokens.len()]).map(move |at| tokens.get(std::mem::replace(&mut from, at + 1)..at).unwrap_or_default())
}

/// How many ends of lines begin here.
pub(in super::super) fn line_ends(tokens: &[Token<'_>]) -> usize {
    tokens.iter().take_while(|token| **token == Token::Sign(b'\n')).count()
}

/// Tokens that a list which counts takes: lists may stand within lists, and each is looked for by itself.
pub(in super::super) const LONGEST_LIST: usize = 256;

impl<'a> Token<'a> {
    /// What a text says; none where it is another token.
    pub(in super::super) fn text(&self) -> Option<&'a str> {
        if let Token::Text(text) = self { Some(text) } else { None }
    }
}

/// What comments look like, beside those that a language of its own name has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Comments {
    /// As in C: `// …`, `/* … */`.
    LikeC,
    Unknown,
}

impl Comments {
    /// Those of a language, as it was named before it became one of those that are read alike.
    pub(in super::super) fn of(language: &str, text: &str) -> Self {
        // Java reads `\u000a` as the end of a line (its specification, 3.3).
        let named = matches!(language, "c" | "java" | "go" | "kotlin" | "groovy" | "scala" | "swift" | "dart");
        // Where a text may be one that ends otherwise than it seems to, what looks like a comment may be code.
        let told =
            || !["\\u", "\\/", "#\"", "R\"", "\"\"\"", "'''", "??/", "%/"].iter().any(|sign| text.contains(sign));
        let ended = || text.matches("/*").count() == text.matches("*/").count();
        if named && told() && ended() { Comments::LikeC } else { Comments::Unknown }
    }
}

/// What stands escaped in a string: `\x72`, `\162`, `\"`, `\n`; numbers are decimal in Lua (its manual, 3.1).
pub(in super::super) fn unescape(text: &str, language: &str) -> String {
    let base = if language == "lua" { 10 } else { 8 };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let number = |digits: &str, base: u32| u32::from_str_radix(digits, base).ok().and_then(char::from_u32);
        let Some(next) = rest.chars().next() else { break };
        let (decoded, used) = match next {
            'x' if rest.get(1..3).is_some_and(|d| d.bytes().all(|b| b.is_ascii_hexdigit())) => {
                (number(&rest[1..3], 16), 3)
            }
            'u' if rest.get(1..5).is_some_and(|d| d.bytes().all(|b| b.is_ascii_hexdigit())) => {
                (number(&rest[1..5], 16), 5)
            }
            digit if digit.is_digit(base) => {
                let length = rest.bytes().take(3).take_while(|b| char::from(*b).is_digit(base)).count();
                (number(&rest[..length], base), length)
            }
            'n' => (Some('\n'), 1),
            't' => (Some('\t'), 1),
            other => (Some(other), other.len_utf8()),
        };
        out.extend(decoded);
        rest = &rest[used..];
    }
    out.push_str(rest);
    out
}

/// A text that stands below the line which names the word that ends it.
struct Here {
    /// How long the sign and the word are.
    word: usize,
    text: std::ops::Range<usize>,
}

/// Lines that such a text may have.
const LONGEST_HERE: usize = 256;

fn here_text(language: &str, rest: &str) -> Option<Here> {
    let sign = if language == "php" { "<<<" } else { "<<" };
    let after = rest.strip_prefix(sign)?;
    let name = after.trim_start_matches(['~', '-', '"', '\'']);
    let length = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len());
    let word = name.get(..length).filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase() || c == '_'))?;
    let named = rest.len() - name.len() + length;
    // A word of several, or with signs in it, is none that is read here.
    let quote = ['"', '\''].into_iter().find(|quote| rest[..rest.len() - name.len()].ends_with(*quote));
    if quote.is_some_and(|quote| !rest[named..].starts_with(quote)) {
        return None;
    }
    let closed = named + usize::from(quote.is_some());
    let start = closed + rest[closed..].find('\n')? + 1;
    let mut at = start;
    for line in rest[start..].split_inclusive('\n').take(LONGEST_HERE) {
        let ends = line.trim().strip_prefix(word).is_some_and(|more| !more.starts_with(char::is_alphanumeric));
        if ends {
            return Some(Here { word: closed, text: start..at });
        }
        at += line.len();
    }
    None
}

/// Texts in code in texts.
const DEEPEST: u32 = 3;
/// So often the end of a text is looked for in vain.
const ENDLESS: usize = 8;

/// Where code stands in texts. It is read beside what a plain reading finds, not in its place: which text a quote begins
/// can be told wrongly.
#[derive(Default)]
struct Holes {
    found: Vec<Range<usize>>,
    /// Texts are read so far.
    read: usize,
    /// Texts that stand below their line are read so far.
    here: usize,
    /// Of texts that never end each is looked for to the end.
    endless: usize,
    /// They count for where a text ends.
    count: bool,
    /// A text ends elsewhere where they count.
    differ: bool,
}

impl Holes {
    /// Looks for code in the text whose quotes, so many, begin here; where that ends.
    fn look(&mut self, language: &str, text: &str, at: usize, quotes: usize) -> Option<usize> {
        if at < self.read || self.endless >= ENDLESS {
            return None;
        }
        let opening = Opening::of(language, &text[..at], text.as_bytes()[at])?;
        self.within(opening, text, at + quotes, Some(&text[at..at + quotes]))
    }

    /// Where a text ends for this reading, by where it ends with and without code in it.
    fn end(&mut self, with: Option<usize>, without: usize) -> usize {
        self.differ |= with.is_some_and(|with| with != without);
        with.filter(|_| self.count).unwrap_or(without)
    }

    /// Looks for code in the text that begins here.
    fn within(&mut self, opening: Opening, text: &str, from: usize, close: Option<&str>) -> Option<usize> {
        let Some(read) = opening.read(text, from, close) else {
            self.endless += 1;
            return None;
        };
        self.found.extend(read.holes);
        self.endless += read.in_vain;
        self.read = read.end + close.map_or(0, str::len);
        Some(read.end)
    }
}

/// Perl: the pattern of `</srv/*>`, which gives the names that it matches (perlop(1), "I/O Operators"), and is no comparison.
fn pattern(rest: &str) -> Option<&str> {
    let inside = rest.strip_prefix('<')?;
    let end = inside.find(|c: char| c == '>' || c.is_whitespace() || "<;=\"'(),".contains(c))?;
    let pattern = &inside[..end];
    let means = pattern.contains(['*', '?']) || pattern.starts_with(['/', '~']);
    (inside[end..].starts_with('>') && means).then_some(pattern)
}

/// Perl: how much of a substitution at the beginning of a statement holds backticks that are signs of a text, for neither its
/// pattern nor what stands in the place of it is code (perlop(1), "Regexp Quote-Like Operators").
fn plain_substitution(before: &str, rest: &str) -> Option<usize> {
    let before = before.trim_end_matches([' ', '\t']);
    if !(before.is_empty() || before.ends_with([';', '{', '\n'])) || !rest.starts_with('s') {
        return None;
    }
    let delimiter = rest.chars().nth(1).filter(|sign| "/#|!,~".contains(*sign))?;
    let (from, to, behind) = sed::substitution(rest)?;
    let flags = behind?.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let holds_code = |part: &str| ["(?{", "(??{", "@{", "${"].iter().any(|sign| part.contains(sign));
    let to_the_middle = 1 + delimiter.len_utf8() + from.len() + delimiter.len_utf8();
    // With `e` the second half is code.
    let (text, length) = match flags.contains('e') {
        true => (from, to_the_middle),
        false => (&rest[..to_the_middle + to.len()], rest.len() - behind?.len() + flags.len()),
    };
    (text.contains('`') && !holds_code(text)).then_some(length)
}

/// Whether a quote begins a name of Rust's, and no letter that is quoted.
fn begins_lifetime(text: &str, rest: &str) -> bool {
    let name = &rest[1..];
    let length = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len());
    length > 0
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !name[length..].starts_with('\'')
        && text.contains("fn main")
}

/// Whether nothing is escaped in a text that begins here: Rust's `r"…"`, C#'s `@"…"`.
fn is_raw(before: &str) -> bool {
    let name = before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
    matches!(name, "r" | "br" | "cr") || before.ends_with('@') || before.ends_with("@$")
}

/// The tokens of a text; behind them, those of the code that stands in its texts.
pub(in super::super) fn tokenize<'a>(language: &str, comments: Comments, text: &'a str) -> Vec<Token<'a>> {
    let mut holes = Holes::default();
    let mut out = tokenize_within(language, comments, text, &mut holes, 0);
    // Where a text ends depends on whether code stands in it: both are read.
    if holes.differ {
        out.push(Token::Sign(b'\n'));
        out.extend(tokenize_within(language, comments, text, &mut Holes { count: true, ..Holes::default() }, DEEPEST));
    }
    out
}

fn tokenize_within<'a>(
    language: &str,
    comments: Comments,
    text: &'a str,
    holes: &mut Holes,
    depth: u32,
) -> Vec<Token<'a>> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut i = 0;
    let hash_comments = matches!(language, "python" | "perl" | "ruby" | "awk" | "r");
    let slash_comments = matches!(comments, Comments::LikeC) || language == "javascript";
    while i < bytes.len() {
        let rest = &text[i..];
        match bytes[i] {
            b' ' | b'\t' | b'\r' => i += 1,
            b'\n' => {
                out.push(Token::Sign(b'\n'));
                i += 1;
            }
            b'#' if hash_comments && !(language == "perl" && i > 0 && bytes[i - 1] == b'$') => {
                i += rest.find('\n').unwrap_or(rest.len())
            }
            b'/' if slash_comments && rest.starts_with("//") => i += rest.find('\n').unwrap_or(rest.len()),
            b'/' if slash_comments && rest.starts_with("/*") => i += rest[2..].find("*/").map_or(rest.len(), |n| n + 4),
            // A regular expression as an argument: `gsub(/`x`/)`.
            b'/' if language == "ruby"
                && (matches!(
                    text[..i].trim_end().as_bytes().last(),
                    Some(b'(' | b',' | b'~' | b'&' | b'|' | b'!')
                ) || matches!(
                    out.last(),
                    Some(Token::Name("if" | "unless" | "when" | "and" | "or" | "while" | "until" | "not", _))
                )) =>
            {
                let mut j = 1;
                while j < rest.len() && !matches!(rest.as_bytes()[j], b'/' | b'\n') {
                    j += 1 + usize::from(rest.as_bytes()[j] == b'\\');
                }
                // Code may stand in it.
                let runs = rest.get(1..j.min(rest.len())).is_some_and(|inner| inner.contains("#{"));
                i = (i + if runs { 1 } else { j + 1 }).min(bytes.len());
            }
            b'-' if matches!(language, "lua" | "applescript") && rest.starts_with("--") => {
                i += rest.find('\n').unwrap_or(rest.len())
            }
            b's' if language == "perl"
                && let Some(length) = plain_substitution(&text[..i], rest) =>
            {
                i += length;
            }
            b'<' if language == "perl"
                && let Some(pattern) = pattern(rest) =>
            {
                out.extend([Token::Name("glob", i), Token::Sign(b'('), Token::Text(pattern), Token::Sign(b')')]);
                i += pattern.len() + 2;
            }
            // What stands below, up to its word: Ruby's `<<~X`, Perl's `<<"X"`, PHP's `<<<X`.
            b'<' if matches!(language, "ruby" | "perl" | "php")
                && let Some(here) = here_text(language, rest) =>
            {
                // It is read as code too: what looks like one may be a shift, and a text may hold code.
                // Several lines may name one text.
                if i + here.text.start >= holes.here {
                    if let Some(opening) = Opening::of(language, "", b'"') {
                        let read = std::mem::replace(&mut holes.read, 0);
                        holes.within(opening, &text[..i + here.text.end], i + here.text.start, None);
                        holes.read = read;
                    }
                    holes.here = i + here.text.end;
                    out.push(Token::Text(&rest[here.text]));
                }
                i += here.word;
            }
            b'[' if language == "lua" && rest.starts_with("[[") => {
                let length = rest[2..].find("]]").unwrap_or(rest.len() - 2);
                out.push(Token::Text(&rest[2..2 + length]));
                i = (i + length + 4).min(bytes.len());
            }
            b'?' if language == "javascript" && rest.starts_with("?.(") => i += 2,
            // A lifetime of Rust: `&'static str`, `Cow<'a>`.
            b'\'' if language == "other" && begins_lifetime(text, rest) => i += 1,
            quote @ (b'\'' | b'"') => {
                let triple = language == "python"
                    && rest.len() >= 3
                    && rest.as_bytes()[1] == quote
                    && rest.as_bytes()[2] == quote;
                let open = if triple { 3 } else { 1 };
                let with_code = holes.look(language, text, i, open);
                let raw = language == "other" && is_raw(&text[..i]);
                let mut j = i + open;
                loop {
                    if j >= bytes.len() {
                        break;
                    }
                    if bytes[j] == b'\\' && !raw {
                        j += 2;
                        continue;
                    }
                    if bytes[j] == quote
                        && (!triple || (bytes.get(j + 1) == Some(&quote) && bytes.get(j + 2) == Some(&quote)))
                    {
                        break;
                    }
                    j += 1;
                }
                let end = holes.end(with_code, j.min(bytes.len()));
                out.push(Token::Text(text.get(i + open..end).unwrap_or("")));
                i = (end + open).min(bytes.len());
            }
            b'`' => {
                let with_code = holes.look(language, text, i, 1);
                let length = rest[1..].find('`').unwrap_or(rest.len() - 1);
                let length = holes.end(with_code, i + 1 + length) - i - 1;
                let inner = &rest[1..=length];
                out.push(if matches!(language, "perl" | "ruby" | "php" | "julia" | "crystal") {
                    Token::Command(inner, i + 1)
                } else {
                    Token::Text(inner)
                });
                i += length + 2;
            }
            b'%' if matches!(language, "ruby")
                && ["%x", "%q", "%Q"].iter().any(|start| rest.starts_with(start))
                && rest.len() > 3
                && rest.is_char_boundary(3) =>
            {
                let close = closing(rest.as_bytes()[2]);
                let length = rest[3..].find(close).unwrap_or(rest.len() - 3);
                let inner = &rest[3..3 + length];
                if !rest.starts_with("%q") && i >= holes.read && holes.endless < ENDLESS {
                    holes.within(Opening::Hash, text, i + 3, Some(close.encode_utf8(&mut [0; 4])));
                }
                out.push(if rest.starts_with("%x") { Token::Command(inner, i + 3) } else { Token::Text(inner) });
                i = (i + length + 4).min(bytes.len());
            }
            // A text where no sum can be, `f.puts %(a "b")`, as far as it is known.
            b'%' if language == "ruby"
                && rest.starts_with("%(")
                && i >= holes.read
                && holes.endless < ENDLESS
                && awaits_text(out.last()) =>
            {
                match closes_round(&rest[2..]) {
                    Some(length) => {
                        let inner = &rest[2..2 + length];
                        holes.within(Opening::Hash, &text[..i + 2 + length], i + 2, None);
                        let plain = inner.find("#{").unwrap_or(length).min(inner.find('\\').unwrap_or(length));
                        out.push(Token::Text(&inner[..plain]));
                        i += length + 3;
                    }
                    None => {
                        holes.endless += 1;
                        out.push(Token::Sign(b'%'));
                        i += 1;
                    }
                }
            }
            // It is read plainly too: `%(` may be a sum.
            b'%' if language == "ruby"
                && ["%W", "%I", "%r", "%("].iter().any(|start| rest.starts_with(start))
                && i >= holes.read
                && rest.is_char_boundary(3.min(rest.len())) =>
            {
                let letters = if rest.starts_with("%(") { 1 } else { 2 };
                if let Some(open) = rest.as_bytes().get(letters).filter(|_| holes.endless < ENDLESS) {
                    let close = closing(*open);
                    holes.within(Opening::Hash, text, i + letters + 1, Some(close.encode_utf8(&mut [0; 4])));
                }
                out.push(Token::Sign(b'%'));
                i += 1;
            }
            // Ruby's lists of texts, and of symbols.
            b'%' if (rest.starts_with("%w") || language == "ruby" && rest.starts_with("%i"))
                && (language == "ruby" || language == "other" && rest[2..].starts_with(['[', '(']))
                && rest.len() > 3
                && rest.is_char_boundary(3) =>
            {
                let length = rest[3..].find(closing(rest.as_bytes()[2])).unwrap_or(rest.len() - 3);
                out.push(Token::Sign(b'['));
                for word in rest[3..3 + length].split_whitespace() {
                    out.extend([Token::Text(word), Token::Sign(b',')]);
                }
                out.push(Token::Sign(b']'));
                i = (i + length + 4).min(bytes.len());
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 => {
                let length = rest
                    .char_indices()
                    .find(|(at, c)| {
                        !(c.is_alphanumeric()
                            || *c == '_'
                            || (*c == '.' && rest[at + 1..].starts_with(|n: char| n.is_alphabetic() || n == '_'))
                            || (*c == ':' && matches!(language, "erlang" | "scheme"))
                            // `cp?.execSync`
                            || (*c == '?'
                                && language == "javascript"
                                && rest[at + 1..].starts_with('.')
                                && rest[at + 2..].starts_with(|n: char| n.is_alphabetic() || n == '_'))
                            // `File::Path`, not the key of `{root: "/srv"}`
                            || (*c == ':'
                                && matches!(language, "perl" | "ruby")
                                && (rest[at + 1..].starts_with(':') || rest[..*at].ends_with(':')))
                            || (matches!(*c, '-' | '/' | '!' | '?' | '*')
                                && matches!(language, "elisp" | "scheme" | "clojure"))
                            // `string->symbol`
                            || (*c == '>'
                                && rest[..*at].ends_with('-')
                                && matches!(language, "scheme" | "clojure"))
                            // Rust's `Command::new`
                            || (*c == ':'
                                && language == "other"
                                && (rest[at + 1..].starts_with(':') || rest[..*at].ends_with(':')))
                            // Elixir's `File.rm_rf!(…)`
                            || (*c == '!' && language == "other" && rest[at + 1..].starts_with(['(', '/']))
                            // Ruby's `order.destroy!`
                            || (*c == '!'
                                && language == "ruby"
                                && !rest[at + 1..].starts_with(|n: char| n.is_alphanumeric() || matches!(n, '=' | '~' | '_' | '!'))))
                    })
                    .map_or(rest.len(), |(at, _)| at);
                // A sign outside ASCII is a name of its own.
                let length = length.max(rest.chars().next().map_or(1, char::len_utf8));
                let name = &rest[..length];
                // perl's q(…), qq(…), qx(…), and qw(…), which gives words
                if language == "perl"
                    && matches!(name, "q" | "qq" | "qx" | "qw")
                    && !(text[..i].ends_with(['$', '@', '%', '&']) || text[..i].ends_with("->"))
                    && let Some(quoted) = own_signs::quoted(&rest[length..])
                {
                    let start = i + length + quoted.start;
                    let body = &text[start..i + length + quoted.end];
                    if matches!(name, "qq" | "qx") && i >= holes.read && holes.endless < ENDLESS {
                        holes.within(Opening::Perl, text, start, Some(quoted.close.encode_utf8(&mut [0; 4])));
                    }
                    match name {
                        "qw" => {
                            out.push(Token::Sign(b'['));
                            for word in body.split_whitespace() {
                                out.extend([Token::Text(word), Token::Sign(b',')]);
                            }
                            out.push(Token::Sign(b']'));
                        }
                        "qx" => out.push(Token::Command(body, start)),
                        _ => out.push(Token::Text(body)),
                    }
                    i = (start + body.len() + quoted.close.len_utf8()).min(bytes.len());
                    continue;
                }
                out.push(Token::Name(name, i));
                i += name.len();
            }
            // Not Lua's `..name`
            b'.' if rest[1..].starts_with(|c: char| c.is_alphabetic() || c == '_') && !text[..i].ends_with('.') => {
                // `).system(`: a method of something that is not a name.
                let length = rest[1..].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len() - 1);
                out.push(Token::Name(&rest[1..=length], i + 1));
                i += length + 1;
            }
            byte => {
                out.push(Token::Sign(byte));
                i += 1;
            }
        }
        while i < bytes.len() && !text.is_char_boundary(i) {
            i += 1;
        }
    }
    for hole in std::mem::take(&mut holes.found).into_iter().filter(|_| depth < DEEPEST) {
        let code = &text[hole.start..hole.end];
        if code.contains(['(', '`']) || matches!(language, "ruby" | "perl" | "other") && code.contains(' ') {
            out.push(Token::Sign(b'\n'));
            let inner = tokenize_within(language, comments, code, &mut Holes::default(), depth + 1);
            out.extend(inner.into_iter().map(|token| match token {
                Token::Name(name, at) => Token::Name(name, at + hole.start),
                Token::Command(command, at) => Token::Command(command, at + hole.start),
                token => token,
            }));
        }
    }
    out
}
