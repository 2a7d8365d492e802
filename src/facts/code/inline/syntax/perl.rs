//! Perl's own ways to write loops, lists, calls and substitutions, as those that other languages have too.

use bumpalo::Bump;

use super::reworded::Gone;
use super::tokens::{Token, closes_at, ends_at};

/// The signs that end a list, beside the bracket around it.
const END: &[u8] = b";\n";

/// A loop that stands behind what it does comes first: `unlink $_ for glob("/srv/*")` is `for (glob("/srv/*")) unlink $_`
/// (perlsyn(1), "Statement Modifiers"). What is said of nothing is said of `$_` (perlvar(1), "$ARG").
pub(in super::super) fn loops_first(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let loops = |token: &Token<'_>| matches!(token, Token::Name("for" | "foreach", _));
    if !tokens.iter().any(loops) {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len() + 4);
    // Where the statement begins, and how deep in brackets it is.
    let (mut start, mut at, mut depth) = (0, 0, 0_usize);
    while let Some(token) = tokens.get(at) {
        at += 1;
        // A label is no statement.
        let label = matches!(out.get(start..), Some([Token::Name(..), Token::Sign(b':')]));
        let begun = out.len() > start && !label;
        match token {
            Token::Sign(b'(' | b'[') => depth += 1,
            Token::Sign(b')' | b']') => depth = depth.saturating_sub(1),
            Token::Sign(b';' | b'{' | b'}') => depth = 0,
            _ => {}
        }
        match token {
            Token::Sign(b';' | b'{' | b'}') => {
                out.push(*token);
                start = out.len();
            }
            Token::Sign(b'\n') if !begun => {
                out.push(*token);
                start = out.len();
            }
            _ if loops(token) && begun && depth == 0 && is_list(&tokens[at..]) => {
                let rest = &tokens[at..];
                let end = ends_at(rest, END);
                let list = &rest[..end];
                let in_brackets = match list {
                    [Token::Sign(b'('), inside @ ..] => closes_at(inside) == inside.len().checked_sub(1),
                    _ => false,
                };
                // As it stands it is read too: what is taken for a list may be more.
                let mut statement = out[start..].to_vec();
                out.push(*token);
                out.extend_from_slice(list);
                out.push(Token::Sign(b';'));
                if let [Token::Name(..)] = statement[..] {
                    statement.extend([Token::Sign(b'$'), Token::Name("_", 0)]);
                }
                out.push(*token);
                out.extend((!in_brackets).then_some(Token::Sign(b'(')));
                out.extend_from_slice(list);
                out.extend((!in_brackets).then_some(Token::Sign(b')')));
                out.append(&mut statement);
                at += end;
            }
            _ => out.push(*token),
        }
    }
    out
}

/// `exec {"rm"} "x", "-rf"` as if the program were not named apart from its words, of which the first is only what it is
/// told to be called (perlfunc(1), "exec PROGRAM LIST").
pub(in super::super) fn programs_named_apart(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let mut gone = Gone::default();
    for at in 0..tokens.len() {
        if let [
            Token::Name("exec" | "system", _),
            Token::Sign(b'{'),
            Token::Text(_),
            Token::Sign(b'}'),
            Token::Text(_),
            ..,
        ] = tokens[at..]
        {
            gone.drop([at + 1, at + 3, at + 4]);
        }
    }
    gone.without(tokens)
}

/// Whether a list begins here, and no call that does something itself.
fn is_list(tokens: &[Token<'_>]) -> bool {
    matches!(
        tokens.first(),
        Some(Token::Text(_) | Token::Sign(_) | Token::Name("glob" | "sort" | "reverse" | "keys" | "values", _))
    )
}

/// `sprintf "%s", $x` and `join " ", @a` with the brackets that they may have (perlfunc(1)).
pub(in super::super) fn calls_in_brackets(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let bare =
        |at: usize| matches!(tokens[at..], [Token::Name("sprintf" | "join", _), Token::Text(_), Token::Sign(b','), ..]);
    if !(0..tokens.len()).any(bare) {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len() + 2);
    let mut at = 0;
    while at < tokens.len() {
        out.push(tokens[at]);
        at += 1;
        if !bare(at - 1) {
            continue;
        }
        let end = at + ends_at(&tokens[at..], END);
        out.push(Token::Sign(b'('));
        out.extend_from_slice(&tokens[at..end]);
        out.push(Token::Sign(b')'));
        at = end;
    }
    out
}

/// `$c =~ s/a/b/` as the method that other languages have: `c = c.replace("a", "b")`, of letters alone (perlop(1)). What stands
/// in brackets before it, `($c = "x") =~ s/a/b/`, comes first.
pub(in super::super) fn substitutions_as_calls<'a>(bump: &'a Bump, tokens: Vec<Token<'a>>) -> Vec<Token<'a>> {
    let binds = |two: &[Token<'_>]| two == [Token::Sign(b'='), Token::Sign(b'~')];
    if !tokens.windows(2).any(binds) {
        return tokens;
    }
    let mut out: Vec<Token<'a>> = Vec::with_capacity(tokens.len() + 8);
    let mut rest = &tokens[..];
    while let Some((token, after)) = rest.split_first() {
        let found = match rest {
            [
                Token::Sign(b'='),
                Token::Sign(b'~'),
                Token::Name("s", _),
                Token::Sign(b'/'),
                Token::Name(one, _),
                Token::Sign(b'/'),
                Token::Name(other, _),
                Token::Sign(b'/'),
                behind @ ..,
            ] => changed_name(&mut out).map(|name| (name, *one, *other, behind)),
            _ => None,
        };
        let Some((name, one, other, behind)) = found else {
            out.push(*token);
            rest = after;
            continue;
        };
        let method = Token::Name(bump.alloc_str(&format!("{name}.replace")), 0);
        out.extend([Token::Sign(b'$'), Token::Name(name, 0), Token::Sign(b'='), method, Token::Sign(b'(')]);
        out.extend([Token::Text(one), Token::Sign(b','), Token::Text(other), Token::Sign(b')')]);
        rest = match behind {
            [Token::Name(flags, _), behind @ ..] if flags.bytes().all(|flag| b"gimsxer".contains(&flag)) => behind,
            behind => behind,
        };
    }
    out
}

/// The name that stands last, taken off what is written; an assignment in brackets becomes one of its own.
fn changed_name<'a>(out: &mut Vec<Token<'a>>) -> Option<&'a str> {
    match out[..] {
        [.., Token::Sign(b'$'), Token::Name(name, _)] => {
            out.truncate(out.len() - 2);
            Some(name)
        }
        [.., Token::Sign(b')')] => {
            let open = out.iter().rposition(|token| *token == Token::Sign(b'('))?;
            let begins = match out.get(open + 1) {
                Some(Token::Name("my" | "our" | "local", _)) => open + 2,
                _ => open + 1,
            };
            let [Token::Sign(b'$'), Token::Name(name, _), Token::Sign(b'='), ..] = out[begins..] else { return None };
            out.pop();
            out.push(Token::Sign(b';'));
            out.remove(open);
            Some(name)
        }
        _ => None,
    }
}
