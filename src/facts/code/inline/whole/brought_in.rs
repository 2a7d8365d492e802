//! The libraries of services that code brings in, and the names by which it then speaks of them. A library is named where a
//! language names one, and nowhere else: a file of the project's own may be called `mail` or `segment`.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::syntax::tokens::{Token, is_chained};
use super::snippet::Snippet;
use crate::facts::Know;
use crate::facts::knowledge::Of;

/// What is brought in.
#[derive(Default)]
pub(in super::super) struct Brought<'a> {
    pub names: Vec<(&'a str, Of)>,
    /// What is brought in with all the names that it has: `library(bigrquery)`, `import org.apache.kafka.clients.admin.*`.
    whole: Of,
    /// Where it is brought in within a value: `require("stripe")`.
    pub at: FxHashMap<usize, Of>,
    /// The libraries, as the table names them.
    pub libraries: FxHashSet<&'static str>,
}

/// So many names are bound in one statement.
const MOST: usize = 24;

/// Packages that are asked for in the code of languages in which names alone are no sign.
const FOLDERS: [&str; 6] = [".", "/", "~", "#", "@/", "src/"];

pub(in super::super) fn libraries<'a>(
    know: &dyn Know,
    code: &Snippet<'a>,
    tokens: &[Token<'a>],
    statements: &[Range<usize>],
) -> Brought<'a> {
    let mut out = Brought::default();
    let mut search = Search { know, libraries: FxHashSet::default(), known: FxHashMap::default() };
    let mut required: Of = 0;
    for statement in statements {
        let words = &tokens[statement.clone()];
        match code.language {
            "python" => python(&mut search, code, words, &mut out),
            "javascript" => javascript(&mut search, tokens, statement.clone(), &mut out),
            "ruby" => {
                if let [Token::Name("require", _), Token::Text(text), ..]
                | [Token::Name("require", _), _, Token::Text(text), ..] = words
                {
                    required |= search.package(text);
                }
            }
            "lua" => required_in_place(&mut search, tokens, statement.clone(), &mut out),
            "php" => php(&mut search, words, &mut out),
            "r" | "julia" => statistics(&mut search, words, &mut out),
            "other" => others(&mut search, words, &mut out),
            _ => {}
        }
    }
    if matches!(code.language, "r" | "julia") {
        let whole = out.whole;
        let functions = tokens.windows(2).filter_map(|two| match two {
            [Token::Name(name, _), Token::Sign(b'(')] if name.contains('_') && whole != 0 => Some((*name, whole)),
            _ => None,
        });
        out.names.extend(functions);
    }
    if matches!(code.language, "ruby" | "other") {
        constants(&mut search, code, tokens, required, &mut out);
    }
    out.libraries = search.libraries;
    out
}

struct Search<'s> {
    know: &'s dyn Know,
    libraries: FxHashSet<&'static str>,
    /// What was looked for already.
    known: FxHashMap<String, Of>,
}

impl Search<'_> {
    /// The services whose library has this name, whichever of its signs joins its words.
    fn word(&mut self, word: &str) -> Of {
        let word = word.to_ascii_lowercase().replace('_', "-");
        if let Some(of) = self.known.get(&word) {
            return *of;
        }
        let (mut of, name) = self.know.library(&word).unwrap_or_default();
        if of != 0 {
            self.libraries.insert(name);
        }
        // `shopify-api-node` is of `shopify`; what has a short name may be anything's.
        let mut end = word.len();
        while let Some(at) = word[..end].rfind('-').filter(|at| *at >= 6 && of == 0) {
            end = at;
            if let Some((kin, name)) = self.know.library(&word[..end]) {
                of |= kin;
                self.libraries.insert(name);
            }
        }
        self.known.insert(word, of);
        of
    }

    /// A module with points: its first part, or all of it up to one of them.
    fn module(&mut self, module: &str) -> Of {
        let first = module.split('.').next().unwrap_or(module);
        let mut of = self.word(first);
        for (at, _) in module.match_indices('.').chain([(module.len(), "")]).take(6) {
            if module[..at].contains('.')
                && let Some((more, name)) = self.know.library(&module[..at].to_ascii_lowercase())
            {
                of |= more;
                self.libraries.insert(name);
            }
        }
        of
    }

    /// A package as npm, RubyGems and others name it: `@sendgrid/mail`, `npm:stripe@14`, `aws-sdk-s3`.
    fn package(&mut self, text: &str) -> Of {
        if text.len() > 120 || FOLDERS.iter().any(|start| text.starts_with(start)) || text.contains("://") {
            return 0;
        }
        let text = text.strip_prefix("npm:").or_else(|| text.strip_prefix("jsr:")).unwrap_or(text);
        match text.strip_prefix('@') {
            Some(scoped) => {
                let mut parts = scoped.split('/').map(|part| part.split('@').next().unwrap_or(part));
                let scope = parts.next().map_or(0, |scope| self.word(scope));
                scope | parts.next().map_or(0, |name| self.word(name))
            }
            None => self.word(text.split(['/', '@']).next().unwrap_or(text)),
        }
    }
}

/// `import a, b as c`; `from a import b, c as d`.
fn python<'a>(search: &mut Search<'_>, code: &Snippet<'a>, words: &[Token<'a>], out: &mut Brought<'a>) {
    match words {
        [Token::Name("import", _), modules @ ..] => {
            for one in modules.split(|token| *token == Token::Sign(b',')).take(MOST) {
                let [Token::Name(module, _), as_ @ ..] = one else { continue };
                let of = search.module(module);
                let name = match as_ {
                    [Token::Name("as", _), Token::Name(name, _), ..] => name,
                    _ => module.split('.').next().unwrap_or(module),
                };
                out.names.extend(Some((name, of)).filter(|(_, of)| *of != 0));
            }
        }
        [Token::Name("from", _), Token::Name(module, from), Token::Name("import", _), names @ ..]
            if !is_chained(code.text, *from) =>
        {
            let of = search.module(module);
            for one in names.split(|token| *token == Token::Sign(b',')).take(MOST) {
                let mut given = one.iter().filter_map(|token| match token {
                    Token::Name("as", _) => None,
                    Token::Name(name, _) => Some(*name),
                    _ => None,
                });
                let (Some(first), second) = (given.next(), given.next()) else { continue };
                // `from google.cloud import storage`
                let of = of | search.module(&format!("{module}.{first}"));
                out.names.extend(Some((second.unwrap_or(first), of)).filter(|(_, of)| *of != 0));
            }
        }
        _ => {}
    }
}

/// `import x, { a as b } from "m"`; `require("m")` and `import("m")` within a value.
fn javascript<'a>(search: &mut Search<'_>, tokens: &[Token<'a>], statement: Range<usize>, out: &mut Brought<'a>) {
    let words = &tokens[statement.clone()];
    if let [Token::Name("import", _), names @ ..] = words
        && let Some(from) = names.iter().position(|token| matches!(token, Token::Name("from", _)))
        && let Some(Token::Text(text)) = names.get(from + 1)
    {
        let of = search.package(text);
        for token in names[..from].iter().take(MOST) {
            if let Token::Name(name, _) = token
                && !matches!(*name, "as" | "type" | "default")
                && of != 0
            {
                out.names.push((name, of));
            }
        }
    }
    required_in_place(search, tokens, statement, out);
}

fn required_in_place<'a>(
    search: &mut Search<'_>,
    tokens: &[Token<'a>],
    statement: Range<usize>,
    out: &mut Brought<'a>,
) {
    for at in statement {
        if let [Token::Name("require" | "import", _), Token::Sign(b'('), Token::Text(text), ..] = tokens[at..] {
            let of = search.package(text);
            if of != 0 {
                out.at.insert(at, of);
            }
        }
    }
}

/// `use Aws\S3\S3Client`, `new \Stripe\StripeClient`: the vendor stands first.
fn php<'a>(search: &mut Search<'_>, words: &[Token<'a>], out: &mut Brought<'a>) {
    for (at, token) in words.iter().enumerate() {
        let Token::Name(vendor, _) = token else { continue };
        let first = !(at > 1
            && words[at - 1] == Token::Sign(b'\\')
            && matches!(words[at - 2], Token::Name(name, _) if !matches!(name, "new" | "use" | "return")));
        if !first || words.get(at + 1) != Some(&Token::Sign(b'\\')) {
            continue;
        }
        let of = search.word(vendor);
        if of == 0 {
            continue;
        }
        out.names.push((vendor, of));
        for token in words[at + 1..].iter().take(8) {
            match token {
                Token::Name(name, _) => out.names.push((name, of)),
                Token::Sign(b'\\') => {}
                _ => break,
            }
        }
    }
}

/// R's `library(x)` and `x::f()`, Julia's `using X`: their functions are called by their own names.
fn statistics<'a>(search: &mut Search<'_>, words: &[Token<'a>], out: &mut Brought<'a>) {
    for (at, token) in words.iter().enumerate() {
        let Token::Name(name, _) = token else { continue };
        let package = matches!(words[at + 1..], [Token::Sign(b':'), Token::Sign(b':'), ..])
            || at > 0 && matches!(words[at - 1], Token::Name("using", _))
            || at > 1
                && matches!(
                    words[at - 2..at],
                    [Token::Name("library" | "requireNamespace" | "require", _), Token::Sign(b'(')]
                );
        if !package {
            continue;
        }
        let of = search.word(name);
        if of != 0 {
            out.names.push((name, of));
            out.whole |= of;
        }
    }
}

/// Go's paths, Java's and C#'s packages.
fn others<'a>(search: &mut Search<'_>, words: &[Token<'a>], out: &mut Brought<'a>) {
    match words {
        // Go's list of them is one statement.
        [Token::Name("import", _), Token::Sign(b'('), list @ ..] => {
            for at in (0..list.len()).filter(|at| matches!(list[*at], Token::Text(_))) {
                let from = if at > 0 && matches!(list[at - 1], Token::Name(..)) { at - 1 } else { at };
                others(search, &list[from..=at], out);
            }
        }
        [Token::Text(path)] | [Token::Name(_, _), Token::Text(path)] if path.contains('/') => {
            // `github.com/stripe/stripe-go/v76`; a house's own lies under its own host.
            let host = path.split('/').next().unwrap_or_default();
            let known = [
                "github.com",
                "gitlab.com",
                "cloud.google.com",
                "gopkg.in",
                "k8s.io",
                "go.etcd.io",
                "go.mongodb.org",
                "google.golang.org",
            ];
            if !known.contains(&host) || path.contains("/internal/") {
                return;
            }
            let parts = || path.split('/').skip(1).filter(|part| !is_version(part));
            let of = parts().take(4).fold(0, |of, part| {
                of | search.word(part) | search.word(part.trim_start_matches("go-").trim_end_matches("-go"))
            });
            if of != 0 {
                let own = match words {
                    [Token::Name(name, _), _] if *name != "import" => Some(*name),
                    _ => None,
                };
                let package = parts().last().unwrap_or(path);
                for name in [own, Some(package), Some(package.trim_start_matches("go-").trim_end_matches("-go"))] {
                    out.names.extend(name.map(|name| (name, of)));
                }
                for part in parts() {
                    let of = search.word(part);
                    out.names.extend(Some((part, of)).filter(|(_, of)| *of != 0));
                }
            }
        }
        [Token::Name("import" | "open" | "using", _), Token::Name(package, _), rest @ ..] => {
            // `com.stripe.Stripe`: who made it, and what; `Azure.Security.KeyVault.Secrets`
            let mut of = search.module(package);
            if matches!(package.split('.').next(), Some("com" | "org" | "io" | "net" | "dev" | "co")) {
                let parts: Vec<&str> = package.split('.').skip(1).take(3).collect();
                of |= parts
                    .iter()
                    .filter(|part| part.starts_with(|c: char| c.is_ascii_lowercase()))
                    .fold(0, |of, part| of | search.word(part));
            }
            if of == 0 {
                return;
            }
            let last = package.rsplit('.').next().unwrap_or(package);
            out.names.push((last, of));
            let whole = rest.iter().take(2).any(|token| *token == Token::Sign(b'*'))
                || package.ends_with('_')
                || matches!(words[0], Token::Name("open" | "using", _));
            if whole || rest.first() == Some(&Token::Sign(b'{')) {
                out.whole |= of;
            }
        }
        _ => {}
    }
}

/// Names that begin with a capital: Ruby's `Stripe::Refund`, Elixir's `ExAws.S3`; none that the code defines itself.
fn constants<'a>(
    search: &mut Search<'_>,
    code: &Snippet<'a>,
    tokens: &[Token<'a>],
    required: Of,
    out: &mut Brought<'a>,
) {
    // What a package brings in whole stands for names that are nobody else's.
    let whole = out.whole;
    let mut seen: FxHashSet<&str> = FxHashSet::default();
    for (at, token) in tokens.iter().enumerate() {
        let Token::Name(name, from) = token else { continue };
        let first = name.split(['.', ':']).next().unwrap_or(name);
        if !first.starts_with(|c: char| c.is_ascii_uppercase()) || is_chained(code.text, *from) || !seen.insert(first) {
            continue;
        }
        let own = |two: &[Token<'_>]| matches!(two, [Token::Name("class" | "module" | "defmodule" | "struct" | "object" | "interface" | "type" | "trait", _), Token::Name(name, _)] if name.split(['.', ':']).next() == Some(first));
        let made = tokens.get(at + 1) == Some(&Token::Sign(b'('));
        let of = match code.language {
            "ruby" if name.contains("::") => search.word(first),
            "ruby" => search.word(first) & required,
            _ if name.contains('.') && !name.contains("::") => {
                search.word(first) | if is_common(first) { 0 } else { whole }
            }
            _ if made && !is_common(first) => whole,
            _ => 0,
        };
        if of != 0 && !tokens.windows(2).any(own) {
            out.names.push((first, of));
        }
    }
}

/// Names of what every language has for itself.
fn is_common(name: &str) -> bool {
    [
        "File",
        "String",
        "Buffered",
        "Array",
        "Hash",
        "Linked",
        "List",
        "Map",
        "Set",
        "Path",
        "System",
        "Console",
        "Math",
        "Integer",
        "Long",
        "Thread",
        "Json",
        "JSON",
        "URI",
        "URL",
        "Date",
        "Time",
        "Enum",
        "Seq",
        "Option",
        "Some",
        "Future",
        "Task",
        "Convert",
        "Environment",
        "Files",
        "Paths",
        "Collections",
        "Arrays",
        "Objects",
        "Random",
        "UUID",
        "Print",
        "IO",
        "Writer",
        "Reader",
    ]
    .iter()
    .any(|start| name.starts_with(start))
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}
