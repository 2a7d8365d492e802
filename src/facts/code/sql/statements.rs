//! SQL as statements and tokens. Comments, quotes and dollar quotes are read as PostgreSQL and MySQL do (PostgreSQL manual
//! 4.1; MySQL manual 11.1), so that text is never taken for code.

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Word(&'a str),
    /// A quoted string; names in double quotes or backquotes are words.
    Text(&'a str),
    Sign(u8),
}

impl<'a> Token<'a> {
    /// What a string says; none where it is another token.
    pub(super) fn text(&self) -> Option<&'a str> {
        if let Token::Text(text) = self { Some(text) } else { None }
    }

    /// Whether it is one of these words, in whatever letters.
    pub(super) fn is_one_of(&self, known: &[&str]) -> bool {
        matches!(self, Token::Word(word) if known.iter().any(|known| word.eq_ignore_ascii_case(known)))
    }
}

pub(super) struct Statement<'a> {
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) start: usize,
    pub(super) end: usize,
    /// A client's own command: `\! ls`, `.shell ls`.
    pub(super) meta: Option<&'a str>,
}

/// Words that hand a line to a shell, of MySQL's, SQL*Plus's and Firebird's clients: no statement begins so.
pub(super) const SHELL_WORDS: [&str; 3] = ["system", "host", "shell"];

/// Whether a client's own command begins here, by its sign: `\! ls`, `.shell ls`, `:!! dir`.
fn begins_own_command(rest: &str) -> bool {
    let dotted = rest.strip_prefix('.').is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()));
    rest.starts_with(['\\', '!']) || rest.starts_with(":!!") || dotted
}

/// The statements of a text, in order.
pub(super) fn statements(text: &str) -> Vec<Statement<'_>> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut i = 0;
    let mut depth = 0_usize;
    let last_brace = text.rfind('}');
    while i < bytes.len() {
        let rest = &text[i..];
        match bytes[i] {
            b'\n' | b' ' | b'\t' | b'\r' => i += 1,
            b'-' if rest.starts_with("--") => i += line_end(rest),
            b'#' => i += line_end(rest),
            b'/' if rest.starts_with("/*!") => {
                // MySQL runs what stands in such a comment.
                i += 3;
                while i < bytes.len() && bytes[i].is_ascii_digit() {
                    i += 1;
                }
            }
            b'*' if rest.starts_with("*/") => i += 2,
            b'/' if rest.starts_with("/*") => i += rest[2..].find("*/").map_or(rest.len(), |n| n + 4),
            _ if tokens.is_empty() && begins_own_command(rest) => {
                let length = line_end(rest);
                out.push(Statement {
                    tokens: Vec::new(),
                    start: i,
                    end: i + length,
                    meta: Some(rest[..length].trim_end()),
                });
                // To a client that has no such command, what follows is one of the language.
                let next = rest[..length].find(';').filter(|_| bytes[i] == b'!');
                i += next.map_or(length, |at| at + 1);
                start = i;
            }
            b'\\' if rest.starts_with("\\g") => {
                let length = line_end(rest);
                let meta = rest[..length].trim_end();
                // `select 'ls' \g |sh`
                if meta.contains('|') {
                    out.push(Statement { tokens: std::mem::take(&mut tokens), start, end: i, meta: None });
                    out.push(Statement { tokens: Vec::new(), start: i, end: i + length, meta: Some(meta) });
                    start = i + length;
                }
                i += length;
            }
            quote @ (b'\'' | b'"' | b'`') => {
                let mut j = i + 1;
                while j < bytes.len() {
                    if bytes[j] == quote {
                        if bytes.get(j + 1) == Some(&quote) {
                            j += 1;
                        } else {
                            break;
                        }
                    } else if bytes[j] == b'\\' && quote == b'\'' {
                        j += 1;
                    }
                    j += 1;
                }
                let inner = text.get(i + 1..j.min(text.len())).unwrap_or("");
                tokens.push(if quote == b'\'' { Token::Text(inner) } else { Token::Word(inner) });
                i = (j + 1).min(bytes.len());
            }
            b'$' if dollar(rest).is_some() => {
                let tag = dollar(rest).unwrap_or("$$");
                let body_start = i + tag.len();
                let length = text[body_start..].find(tag).unwrap_or(text.len() - body_start);
                tokens.push(Token::Text(&text[body_start..body_start + length]));
                i = (body_start + length + tag.len()).min(bytes.len());
            }
            // A variable of the shell, which stands for a name: `DROP DATABASE ${DB:-app_test}`.
            b'$' if last_brace.is_some_and(|last| last > i) && rest.starts_with("${") => {
                let length = rest.find('}').map_or(rest.len(), |end| end + 1);
                tokens.push(Token::Word(&rest[..length]));
                i += length;
            }
            b';' if depth == 0 => {
                if !tokens.is_empty() {
                    out.push(Statement { tokens: std::mem::take(&mut tokens), start, end: i, meta: None });
                }
                i += 1;
                start = i;
            }
            byte if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 => {
                let length = rest
                    .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '$')))
                    .unwrap_or(rest.len())
                    .max(rest.chars().next().map_or(1, char::len_utf8));
                if tokens.is_empty() {
                    start = i;
                    let own = |word: &&str| word.eq_ignore_ascii_case(&rest[..length]);
                    if SHELL_WORDS.iter().chain(&["source", "use", "pager", "tee"]).any(own) {
                        let line = &rest[..line_end(rest)];
                        let line = line.find(';').unwrap_or(line.len());
                        out.push(Statement {
                            tokens: Vec::new(),
                            start: i,
                            end: i + line,
                            meta: Some(rest[..line].trim_end()),
                        });
                        i += line;
                        continue;
                    }
                }
                tokens.push(Token::Word(&rest[..length]));
                i += length;
            }
            byte => {
                if byte == b'(' {
                    depth += 1;
                } else if byte == b')' {
                    depth = depth.saturating_sub(1);
                }
                tokens.push(Token::Sign(byte));
                i += 1;
            }
        }
    }
    if !tokens.is_empty() {
        out.push(Statement { tokens, start, end: text.len(), meta: None });
    }
    out
}

fn line_end(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// `$tag$`
fn dollar(text: &str) -> Option<&str> {
    let end = text[1..].find('$')? + 2;
    text[1..end - 1].bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_').then(|| &text[..end])
}
