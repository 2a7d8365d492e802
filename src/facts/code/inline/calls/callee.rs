//! Which known function a name means where it stands in code.

use super::super::Pass;
use super::super::syntax::tokens::Token;
use super::arguments::LONGEST_CALL;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Function;

/// How a regular expression is made of a text, and the bytes of the statement in which that is looked for.
const NEW_PATTERN: &[u8] = b"RegExp(";
const LONGEST_PATTERN: usize = 256;

/// Where the name of a function stands, and what it means.
#[derive(Clone, Copy)]
pub(in super::super) struct Site<'s, 'a> {
    pub pass: &'s Pass<'s, 'a>,
    /// Which of the tokens it is.
    pub index: usize,
    /// The byte at which it begins.
    pub at: usize,
    /// The name by which all know the function.
    pub name: &'a str,
}

impl<'s, 'a> Site<'s, 'a> {
    pub fn tokens(&self) -> &'s [Token<'a>] {
        &self.pass.code.tokens
    }

    pub fn before(&self) -> &'s [Token<'a>] {
        &self.tokens()[..self.index]
    }

    pub fn after(&self) -> &'s [Token<'a>] {
        &self.tokens()[self.index + 1..]
    }

    /// The tokens from the name to before `end`.
    pub fn until(&self, end: usize) -> &'s [Token<'a>] {
        &self.tokens()[self.index..end.min(self.tokens().len())]
    }

    /// The last part of the name.
    pub fn last(&self) -> &'a str {
        self.name.rsplit(['.', ':']).next().unwrap_or(self.name)
    }

    /// Whether it is a method of what an expression before it gives.
    pub fn follows_expression(&self) -> bool {
        self.pass.code.text[..self.at].ends_with('.')
    }

    /// Whether it is a function of a module, or a method.
    pub fn belongs(&self) -> bool {
        self.name.contains('.') || self.follows_expression()
    }

    /// `model.eval()` and `re.compile(x)` of Python's are no more than their names say; the builtin is.
    pub fn is_method(&self) -> bool {
        self.pass.code.language == "python" && self.belongs() && !self.name.contains("builtins")
    }

    pub fn opens_bracket(&self) -> bool {
        self.after().first() == Some(&Token::Sign(b'('))
    }

    /// Whether the function is defined here, and not called.
    pub fn is_definition(&self) -> bool {
        matches!(self.before(), [.., Token::Name("def" | "function" | "func" | "fn" | "sub" | "class", _)])
    }

    /// Whether it is a method of a regular expression: `re.exec(…)`, `/x/g.exec(…)`.
    fn matches_text(&self) -> bool {
        let receiver = self.name.rsplit_once('.').map_or("", |(on, _)| on.rsplit('.').next().unwrap_or(on));
        let code = self.pass.code;
        !receiver.is_empty() && self.pass.names.knows("matchers", receiver)
            || follows_pattern(code.language, &code.text[..self.at])
    }

    /// Whether what a function of its own makes of each is only a command if that runs it.
    fn makes_texts(&self) -> bool {
        let after = self.after();
        let inside = &after[..after.len().min(LONGEST_CALL)];
        let own = matches!(inside, [Token::Sign(b'('), Token::Name("fn" | "function" | "static", _), ..]);
        let runs = |f: &Function<'_>| {
            f.does == "shell" && f.names.iter().any(|name| name != "array_map" && self.pass.code.says(name))
        };
        own && !self.pass.functions.iter().any(|f| runs(f))
    }
}

impl<'a> Analysis<'a> {
    /// The name by which all know what is called by a name of the code's own.
    pub(in super::super) fn name_meant(&self, pass: &Pass<'_, 'a>, index: usize, name: &'a str) -> &'a str {
        let names = &pass.names;
        // Ruby's `remover.call(path)`
        let taken = || names.function(name).or_else(|| names.function(name.strip_suffix(".call")?));
        // `require("https").get(…)`
        let of_required = || match &pass.code.tokens[..index] {
            [
                ..,
                Token::Name("require" | "__import__", _),
                Token::Sign(b'('),
                Token::Text(module),
                Token::Sign(b')'),
            ] if !name.contains('.') => {
                Some(&*self.bump.alloc_str(&format!("{}.{name}", module.trim_start_matches("node:"))))
            }
            _ => None,
        };
        // A client is no function: `s = requests.Session()` takes no name away from what is called `s`.
        let alias = || pass.aliases.get(name).copied().filter(|meant| !names.knows("fetching-modules", meant));
        // `rq.delete(…)` after `import requests as rq`
        let of_module = || {
            let (head, rest) = name.split_once('.')?;
            let module = pass.aliases.get(head).filter(|module| names.knows("fetching-modules", module))?;
            Some(&*self.bump.alloc_str(&format!("{module}.{rest}")))
        };
        taken().or_else(of_required).or_else(alias).or_else(of_module).unwrap_or(name)
    }

    /// The known function that is called, or handed on, where a name stands; `requested` where that is a request that was read.
    pub(in super::super) fn function_meant(
        &self,
        site: &Site<'_, 'a>,
        requested: bool,
    ) -> Option<&'static Function<'static>> {
        let Site { pass, name, .. } = *site;
        let last = site.last();
        // Every name that fits ends it; most others end in another letter.
        let ending = name.bytes().next_back();
        let named = |known: &[u8]| {
            known.last().copied() == ending
                && name.as_bytes().ends_with(known)
                && (known.len() == last.len()
                    || known.len() == name.len()
                    || known.iter().any(|byte| matches!(byte, b'.' | b':')))
        };
        if site.is_definition() || !name.contains(['.', ':']) && pass.code.qualifies() {
            return None;
        }
        let method = site.is_method();
        let only_builtin = |f: &Function<'_>| method && f.does == "code" && !f.names.contains(name);
        let answered = || requested || pass.stood_in(self.know.lists());
        let another = |f: &Function<'_>| {
            f.does == "shell" && site.matches_text() || f.marks.contains("http-delete") && answered()
        };
        // The one that is told by most of the name (`cProfile.run` is no `run`), and of several the first.
        let told = |f: &Function<'_>| f.names.bytes().filter(|known| named(known)).map(<[u8]>::len).max();
        let fits = pass.functions.iter().filter_map(|f| Some((told(f)?, f)));
        let fits = fits.filter(|(_, f)| pass.code.meets(f) && !only_builtin(f) && !another(f));
        // What another name stands for is not told by that: `import subprocess as profile`.
        let renamed = name.split(['.', ':']).next().is_some_and(|head| pass.aliases.contains_key(head));
        let better = |best: usize, other: usize| other > best && !renamed;
        let function = fits.reduce(|best, other| if better(best.0, other.0) { other } else { best }).map(|(_, f)| f);
        function.copied().filter(|_| last != "array_map" || !site.makes_texts())
    }
}

/// Whether what comes next is a method of a regular expression: `/x/g.exec(…)`, `new RegExp("x").exec(…)`.
fn follows_pattern(language: &str, before: &str) -> bool {
    let Some(before) = before.strip_suffix('.').filter(|_| language == "javascript") else { return false };
    let literal = before.trim_end_matches(['d', 'g', 'i', 'm', 's', 'u', 'v', 'y']);
    let near = before.as_bytes();
    let near = &near[near.len().saturating_sub(LONGEST_PATTERN)..];
    let statement = near.rsplit(|byte| matches!(byte, b';' | b'\n')).next().unwrap_or_default();
    let made = || statement.ends_with(b")") && statement.windows(NEW_PATTERN.len()).any(|some| some == NEW_PATTERN);
    literal.ends_with('/') && !literal.ends_with("*/") || made()
}
