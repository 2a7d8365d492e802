//! Ruby's own ways to call a method, as those that other languages have too.

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use super::tokens::{Token, closes_at};

/// `send(:system, "ls")`, `send m, "ls"` after `m = :system` and `Dir.public_send(:rmdir, d)` as the calls that they make
/// (Ruby's reference, "Object#send").
pub(in super::super) fn sent_messages<'a>(bump: &'a Bump, tokens: Vec<Token<'a>>) -> Vec<Token<'a>> {
    if !tokens.iter().any(|token| matches!(token, Token::Name(name, _) if sends(name).is_some())) {
        return tokens;
    }
    let mut symbols: FxHashMap<&'a str, &'a str> = FxHashMap::default();
    let mut out = Vec::with_capacity(tokens.len());
    let mut rest = &tokens[..];
    while let Some((token, after)) = rest.split_first() {
        if let [Token::Name(name, _), Token::Sign(b'='), value @ ..] = rest
            && let Some((method, _)) = symbol(value)
        {
            symbols.insert(name, method);
        }
        let call = match token {
            Token::Name(name, at) => {
                sends(name).and_then(|on| message(bump, after, &symbols).map(|found| (on, *at, found)))
            }
            _ => None,
        };
        let Some((on, at, (method, bracket, behind))) = call else {
            out.push(*token);
            rest = after;
            continue;
        };
        out.push(Token::Name(if on.is_empty() { method } else { bump.alloc_str(&format!("{on}.{method}")) }, at));
        out.extend(bracket.then_some(Token::Sign(b'(')));
        rest = behind;
    }
    out
}

/// What a message is sent to, empty where that is the code itself, if this name sends one.
fn sends(name: &str) -> Option<&str> {
    let (on, method) = name.rsplit_once('.').unwrap_or(("", name));
    let on = if matches!(on, "Kernel" | "self") { "" } else { on };
    matches!(method, "send" | "public_send" | "__send__").then_some(on)
}

/// Letters of a method's name, and how often it is turned.
const LONGEST_NAME: usize = 64;

/// The method that is named here, by a symbol or by a text, and how many tokens that takes.
fn method_named<'a>(bump: &'a Bump, tokens: &[Token<'a>]) -> Option<(&'a str, usize)> {
    symbol(tokens).or_else(|| named_by_text(bump, tokens))
}

/// The method whose name a text becomes here, and how many tokens that takes: `"lave".reverse.to_sym`.
fn named_by_text<'a>(bump: &'a Bump, tokens: &[Token<'a>]) -> Option<(&'a str, usize)> {
    let [Token::Text(text), rest @ ..] = tokens else { return None };
    if text.len() > LONGEST_NAME {
        return None;
    }
    let (mut name, mut taken) = ((*text).to_owned(), 1);
    for token in rest.iter().take(LONGEST_NAME) {
        let Token::Name(methods, _) = token else { break };
        for method in methods.split('.').filter(|method| !method.is_empty()) {
            name = match method {
                "reverse" => name.chars().rev().collect(),
                "downcase" => name.to_lowercase(),
                "to_sym" | "to_s" | "intern" | "strip" | "itself" => name,
                _ => return None,
            };
        }
        taken += 1;
    }
    Some((bump.alloc_str(&name), taken))
}

/// The method that a symbol names here, and how many tokens that takes.
fn symbol<'a>(tokens: &[Token<'a>]) -> Option<(&'a str, usize)> {
    match tokens {
        [Token::Sign(b':'), Token::Name(method, _) | Token::Text(method), ..] => Some((method, 2)),
        _ => None,
    }
}

/// The method that is called with what follows, whether in brackets, and what follows.
fn message<'t, 'a>(
    bump: &'a Bump,
    tokens: &'t [Token<'a>],
    symbols: &FxHashMap<&'a str, &'a str>,
) -> Option<(&'a str, bool, &'t [Token<'a>])> {
    let (bracket, rest) = match tokens {
        [Token::Sign(b'('), rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let (method, taken) = method_named(bump, rest).or(match rest {
        [Token::Name(name, _), ..] => symbols.get(name).map(|method| (*method, 1)),
        _ => None,
    })?;
    match &rest[taken..] {
        [Token::Sign(b','), behind @ ..] => Some((method, bracket, behind)),
        _ => None,
    }
}

/// `FileUtils.method("rm_rf").call("x")` and `.method(:rm_rf)["x"]` as the call that they make (Ruby's reference, "Method").
pub(in super::super) fn methods_called_at_once<'a>(bump: &'a Bump, tokens: Vec<Token<'a>>) -> Vec<Token<'a>> {
    let takes = |name: &str| name == "method" || name.ends_with(".method");
    if !tokens.iter().any(|token| matches!(token, Token::Name(name, _) if takes(name))) {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len());
    let mut rest = &tokens[..];
    while let Some((token, after)) = rest.split_first() {
        let called = match token {
            Token::Name(name, at) if takes(name) => method_called(bump, after).map(|found| (*name, *at, found)),
            _ => None,
        };
        let Some((name, at, (method, behind))) = called else {
            out.push(*token);
            rest = after;
            continue;
        };
        let on = name.strip_suffix("method").map_or("", |on| on.trim_end_matches('.'));
        let on = if matches!(on, "Kernel" | "self") { "" } else { on };
        out.push(Token::Name(if on.is_empty() { method } else { bump.alloc_str(&format!("{on}.{method}")) }, at));
        out.push(Token::Sign(b'('));
        rest = behind;
    }
    out
}

/// The method that is taken in brackets here and called behind them, and what stands in its own.
fn method_called<'t, 'a>(bump: &'a Bump, tokens: &'t [Token<'a>]) -> Option<(&'a str, &'t [Token<'a>])> {
    let [Token::Sign(b'('), rest @ ..] = tokens else { return None };
    let (method, taken) = method_named(bump, rest)?;
    match &rest[taken..] {
        [Token::Sign(b')'), Token::Name("call" | ".call", _) | Token::Sign(b'.'), Token::Sign(b'('), given @ ..]
        | [Token::Sign(b')'), Token::Sign(b'['), given @ ..] => Some((method, given)),
        _ => None,
    }
}

/// What a lambda is called that has no name. No code has it.
const NAMELESS: &str = "__gate_lambda";

/// `->(c) { system c }.("ls")` is a lambda that is given a name and called by it (Ruby's reference, "Proc").
pub(in super::super) fn lambdas_called_at_once(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let mut out: Vec<Token<'_>> = Vec::with_capacity(tokens.len());
    let mut rest = &tokens[..];
    while let Some((token, after)) = rest.split_first() {
        let Some((end, behind)) = called_at_once(rest) else {
            out.push(*token);
            rest = after;
            continue;
        };
        out.extend([Token::Name(NAMELESS, 0), Token::Sign(b'=')]);
        out.extend_from_slice(&rest[..end]);
        out.extend([Token::Sign(b'\n'), Token::Name("__gate_lambda.call", 0)]);
        rest = behind;
    }
    out
}

/// Where a lambda ends that begins here and is called, and what stands behind the call: its brackets.
fn called_at_once<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(usize, &'t [Token<'a>])> {
    let [Token::Sign(b'-'), Token::Sign(b'>'), Token::Sign(b'('), inside @ ..] = tokens else { return None };
    let parameters = closes_at(inside)?;
    let [Token::Sign(b'{'), body @ ..] = &inside[parameters + 1..] else { return None };
    let end = 3 + parameters + 1 + 1 + closes_at(body)? + 1;
    match &tokens[end..] {
        [Token::Sign(b'.'), behind @ ..] | [Token::Name("call" | ".call" | "yield" | ".yield", _), behind @ ..]
            if behind.first() == Some(&Token::Sign(b'(')) =>
        {
            Some((end, behind))
        }
        _ => None,
    }
}
