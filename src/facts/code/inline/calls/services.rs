//! What code asks services for by their own libraries (`[[service]]`): what is imported from such a library, and what comes
//! of that, is followed from statement to statement, and the methods that are called on it are judged by their names. No
//! list of methods of all libraries is needed: who destroys with others calls it delete, remove or purge in any language.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::syntax::tokens::{Token, closes_at, opened_at};
use super::super::whole::elsewhere;
use super::super::whole::snippet::Snippet;
use super::sdk::kebab;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Service;
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths;
use crate::facts::targets::paths::core;
use crate::facts::value::Taint;
use crate::limits;

/// The services that a name may be of, one bit for each.
type Of = u64;

/// So many tokens of code are gone through; longer code is left to its signs.
const LONGEST: usize = 20_000;

/// Of a long statement so many tokens are looked at, from a name on either side.
const NEAR: usize = 128;

/// Letters of a library's name from which on others that begin with it are its kin.
const LONG: usize = 6;

/// What names of the code came of which services.
#[derive(Default)]
struct Clients<'a> {
    of: FxHashMap<&'a str, Of>,
    /// What is brought in with all the names that it has: `import org.apache.kafka.clients.admin.*`, `library(bigrquery)`.
    whole: Of,
    /// The libraries of the table that it brings in.
    libraries: FxHashSet<&'static str>,
    /// Where the functions stand that the code defines itself, and the names of all, in order.
    defined: FxHashMap<&'a str, usize>,
    definitions: Vec<(usize, &'a str)>,
    /// Names of what the code made there itself, and the texts by which it did.
    made: FxHashSet<&'a str>,
}

impl<'a> Clients<'a> {
    /// What a name came of: `self.client.jobs` of `self.client`, or of `self`.
    fn of(&self, name: &str) -> Of {
        let mut of = 0;
        let mut name = name;
        loop {
            of |= self.of.get(name).copied().unwrap_or_default();
            let Some(at) = name.rfind(['.', ':']) else { return of };
            name = name[..at].trim_end_matches(':');
        }
    }

    /// What the first or the last of these tokens came of.
    fn of_all(&self, tokens: &[Token<'a>]) -> Of {
        let far = tokens.len().saturating_sub(2 * NEAR);
        let near = tokens.iter().take(NEAR).chain(tokens.iter().skip(NEAR + far));
        near.fold(0, |of, token| match token {
            Token::Name(name, _) => of | self.of(name),
            _ => of,
        })
    }

    /// What a value came of, whose functions may be those of what is brought in with all its names.
    fn of_value(&self, tokens: &[Token<'a>]) -> Of {
        let upper = |token: &Token<'_>| matches!(token, Token::Name(name, _) if name.starts_with(|c: char| c.is_ascii_uppercase()));
        match self.of_all(tokens) {
            0 if tokens.iter().take(3).any(upper) => self.whole,
            of => of,
        }
    }

    fn bind(&mut self, name: &'a str, of: Of) {
        if of != 0 && !name.is_empty() {
            *self.of.entry(name).or_default() |= of;
        }
    }
}

impl<'a> Analysis<'a> {
    /// Judges what the code asks services for, but in bodies that nothing runs.
    pub(in super::super) fn asks_services(
        &mut self,
        code: &Snippet<'a>,
        idle: &[(usize, usize)],
        span: Span,
        call: u32,
    ) {
        let tokens = &code.tokens[..];
        if self.all_stood_in || tokens.len() > LONGEST || matches!(code.language, "awk" | "vim" | "elisp") {
            return;
        }
        let know = self.know;
        let services = know.services();
        let statements = statements(code.text, tokens);
        let mut clients = Clients::default();
        for statement in &statements {
            imports(services, code, &tokens[statement.clone()], &mut clients);
        }
        if clients.of.is_empty() || self.stands_in(code) || self.services_are_here(code, &clients.libraries) {
            return;
        }
        for (at, two) in tokens.windows(2).enumerate() {
            if let [Token::Name("def" | "function" | "fn" | "func" | "fun", _), Token::Name(name, _)] = two {
                clients.defined.entry(name).or_insert(at + 1);
                clients.definitions.push((at, name));
            }
        }
        // Functions may stand below where they are called, and what they give is known only then.
        for _ in 0..2 {
            for statement in &statements {
                follow(tokens, statement.clone(), &mut clients);
            }
        }
        let speaks_out = ["://", "environ", "ENV", "getenv", "process.env"].iter().any(|word| code.says(word));
        let mut told: FxHashSet<usize> = FxHashSet::default();
        let mut looped = false;
        for statement in &statements {
            let start = statement.start;
            let words = &tokens[statement.clone()];
            let repeats = |token: &Token<'_>| matches!(token, Token::Name(name, _) if is_loop(know.lists().has("repeats", last(name)), name));
            looped = looped || words.iter().any(repeats);
            if idle.iter().any(|(from, to)| (*from..*to).contains(&start)) {
                continue;
            }
            for at in statement.clone() {
                let Some((of, path, given)) = asked(code, at, start, &clients) else { continue };
                // `$stripe->refunds->create(…)`, `c:config("set", …)`: what it is asked of is a part of its name.
                let kebab = match tokens[start..at] {
                    [.., Token::Name(on, _), Token::Sign(b'-'), Token::Sign(b'>')] => kebab(&format!("{on}.{path}")),
                    _ => kebab(path),
                };
                let method = last(&kebab);
                for (number, service) in services.iter().enumerate().filter(|(number, _)| of & bit(*number) != 0) {
                    let fits = service.calls.iter().any(|pattern| {
                        like(pattern, if pattern.contains('.') { tail(&kebab, pattern) } else { method })
                    });
                    if !fits
                        || service.repeated && !looped
                        || service.remote && !speaks_out
                        || is_tried(given)
                        || own(given, path, &clients)
                        || !told.insert(number)
                        || told.len() > limits::VALUES
                    {
                        continue;
                    }
                    let Token::Name(name, from) = tokens[at] else { continue };
                    let from = span.start + from as u32;
                    let place = Span { start: from, end: from + name.len() as u32, ..span };
                    let marks = self.marks(service.marks);
                    self.plain_effect(service.does, service.target, call, place, Taint::NONE, marks);
                }
                if know.lists().items("service-makes").any(|pattern| like(pattern, method)) {
                    clients.made.extend(given.iter().filter_map(Token::text));
                    if let [Token::Name(name, _), Token::Sign(b'='), ..] = words {
                        clients.made.insert(name);
                    }
                }
            }
        }
    }

    /// Whether something of this process answers in the place of services: it is used or named, and not only spoken of.
    fn stands_in(&self, code: &Snippet<'a>) -> bool {
        let lists = self.know.lists();
        let said = |word: &str| {
            let word = word.trim_end_matches(['(', '.']);
            code.says(word)
                && code.tokens.iter().any(|token| match token {
                    Token::Name(text, _) | Token::Text(text) => text.contains(word),
                    _ => false,
                })
        };
        ["service-stand-ins", "request-stand-ins", "sdk-stand-ins"].iter().any(|list| lists.items(list).any(said))
    }

    /// Whether the services that the code speaks to are on this machine, as it says itself or a variable tells its library.
    fn services_are_here(&self, code: &Snippet<'a>, libraries: &FxHashSet<&str>) -> bool {
        let vocabulary = self.know.vocabulary();
        if elsewhere::stays_here(vocabulary, code.text) {
            return true;
        }
        let here = |variable: &str| {
            let var = self.state.var(variable).filter(|var| var.exported && !self.leaves_variables());
            let address = var.and_then(|var| var.val.lit()).unwrap_or_default();
            let host = address.split_once("://").map_or(address, |(_, host)| host);
            let host = host.split([':', '/']).next().unwrap_or(host);
            !host.is_empty() && paths::classify_host(&vocabulary.classes, host) & core::LOOPBACK != 0
        };
        let pairs = || vocabulary.lists.items("service-variables").filter_map(|pair| pair.split_once('='));
        let told = |library: &str| pairs().any(|(variable, of)| of == library && here(variable));
        libraries.iter().all(|library| told(library)) && !elsewhere::names_another(vocabulary, code.text)
    }
}

const fn bit(number: usize) -> Of {
    if number < 64 { 1 << number } else { 0 }
}

fn is_loop(listed: bool, name: &str) -> bool {
    listed || matches!(name, "for" | "foreach" | "while")
}

fn last(name: &str) -> &str {
    name.rsplit(['.', ':']).next().unwrap_or(name)
}

/// As many parts of a path, from its end, as a pattern has.
fn tail<'t>(path: &'t str, pattern: &str) -> &'t str {
    let parts = pattern.matches('.').count();
    path.rmatch_indices('.').nth(parts).map_or(path, |(at, _)| &path[at + 1..])
}

/// Whether a word is what a pattern means, which may begin or end with a `*`.
fn like(pattern: &str, word: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) => word.contains(pattern.trim_matches('*')),
        (Some(end), None) => word.ends_with(end),
        (None, Some(start)) => word.starts_with(start),
        (None, None) => pattern == word,
    }
}

/// The statements of code: what ends with a line or a semicolon outside of all parentheses.
fn statements(text: &str, tokens: &[Token<'_>]) -> Vec<std::ops::Range<usize>> {
    let (mut out, mut start, mut level) = (Vec::new(), 0, 0_usize);
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign(b'(' | b'[') => level += 1,
            Token::Sign(b')' | b']') => level = level.saturating_sub(1),
            Token::Sign(b';') => {}
            Token::Sign(b'\n') if level == 0 => {
                // A call may go on in the next line: `.delete()`.
                let next = tokens[at..].iter().find(|token| **token != Token::Sign(b'\n'));
                let goes_on = match next {
                    Some(Token::Name(_, from)) => is_chained(text, *from),
                    next => matches!(next, Some(Token::Sign(b'.' | b'|' | b'-' | b'?'))),
                };
                if goes_on {
                    continue;
                }
            }
            _ => continue,
        }
        if matches!(token, Token::Sign(b';' | b'\n')) && (level == 0 || *token == Token::Sign(b';')) {
            if at > start {
                out.push(start..at);
            }
            start = at + 1;
        }
    }
    if start < tokens.len() {
        out.push(start..tokens.len());
    }
    out
}

/// Whether a name is asked of what stands before it, which is no name: the point between them is no token.
fn is_chained(text: &str, from: usize) -> bool {
    text.get(..from).is_some_and(|before| before.ends_with(['.', '?']))
}

/// Notes the names by which a statement brings in a library of a service, or speaks of one.
fn imports<'a>(services: &[Service<'static>], code: &Snippet<'a>, statement: &[Token<'a>], clients: &mut Clients<'a>) {
    let language = code.language;
    let mut libraries = FxHashSet::default();
    let mut of = |text: &str| {
        let text = text.to_ascii_lowercase();
        let parts = || text.split(['.', '/', ':', '\\', '@']).filter(|part| !part.is_empty());
        services.iter().enumerate().fold(0, |all, (number, service)| {
            let mut named = service.libraries.iter().filter(|library| match library.contains('.') {
                true => text.strip_prefix(library).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')),
                false => parts().any(|part| {
                    let part = part.replace('_', "-");
                    let rest = part.strip_prefix(&library.replace('_', "-"));
                    // `shopify-api-node` is of `shopify`; what has a short name may be anything's.
                    rest.is_some_and(|rest| rest.is_empty() || library.len() >= LONG && rest.starts_with('-'))
                }),
            });
            let Some(library) = named.next() else { return all };
            libraries.insert(library);
            all | bit(number)
        })
    };
    let brings = |token: &Token<'_>| {
        matches!(
            token,
            Token::Name(
                "import"
                    | "from"
                    | "require"
                    | "use"
                    | "using"
                    | "library"
                    | "alias"
                    | "require_once"
                    | "open"
                    | "load",
                _
            )
        ) || matches!(token, Token::Name(name, _) if name.ends_with("requireNamespace") || name.ends_with("import_module") || *name == "Import-Module")
    };
    let importing = statement.iter().any(brings);
    // Go names what it imports line by line.
    let listed = language == "other" && matches!(statement, [Token::Text(_)] | [Token::Name(..), Token::Text(_)]);
    let mut all = 0;
    for (at, token) in statement.iter().enumerate() {
        match token {
            // R's `rsconnect::deployApp()`
            Token::Name(name, _) if matches!(statement[at + 1..], [Token::Sign(b':'), Token::Sign(b':'), ..]) => {
                clients.bind(name, of(name));
            }
            // What stands in a folder of the project's own is none of theirs.
            Token::Text(text)
                if (importing || listed)
                    && text.len() < 120
                    && !text.contains(' ')
                    && !text.starts_with(['.', '/', '~', '#'])
                    && !text.starts_with("@/")
                    && !text.starts_with("src/") =>
            {
                let found = of(text);
                all |= found;
                if found != 0 && language == "other" {
                    // Go's package is named as the last part of its path that is no version.
                    let package = text.rsplit('/').find(|part| !is_version(part)).unwrap_or(text);
                    clients.bind(package.trim_start_matches("go-").trim_end_matches("-go"), found);
                    for part in text.split('/').filter(|part| !is_version(part)) {
                        clients.bind(part, found & of(part));
                    }
                }
            }
            Token::Name(name, from) if importing && !is_chained(code.text, *from) => {
                let found = of(name);
                all |= found;
                clients.bind(name, found);
            }
            // `Stripe::Refund.create`, `ExAws.S3.delete_bucket`
            Token::Name(name, _) if name.contains("::") || name.starts_with(|c: char| c.is_ascii_uppercase()) => {
                let first = name.split(['.', ':']).next().unwrap_or(name);
                clients.bind(first, of(first));
            }
            _ => {}
        }
    }
    clients.libraries.extend(libraries);
    if all == 0 {
        return;
    }
    let everything = statement.iter().any(|token| {
        matches!(token, Token::Sign(b'*') | Token::Name("library" | "using" | "open" | "use", _))
            || matches!(token, Token::Name(name, _) if name.ends_with(['*', '_']))
    });
    if everything {
        clients.whole |= all;
    }
    // What it brings in from there has a name of its own.
    let keyword = |name: &str| {
        matches!(
            name,
            "import"
                | "from"
                | "require"
                | "use"
                | "using"
                | "as"
                | "const"
                | "let"
                | "var"
                | "await"
                | "new"
                | "default"
                | "library"
                | "type"
        )
    };
    for token in statement {
        if let Token::Name(name, _) = token
            && !keyword(name)
        {
            for own in [name.split('.').next().unwrap_or(name), last(name)] {
                clients.bind(own, all);
            }
        }
    }
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// Notes what a statement gives names to that comes of a service.
fn follow<'a>(tokens: &[Token<'a>], statement: std::ops::Range<usize>, clients: &mut Clients<'a>) {
    let words = &tokens[statement.clone()];
    if clients.of_all(words) | clients.whole == 0 {
        return;
    }
    for (at, token) in words.iter().enumerate() {
        let (before, after) = (&words[..at], &words[at + 1..]);
        match token {
            // `x = client.list()`, `const { a, b } = …`, `a, err := …`, `n <- …`; but no named argument, and no comparison.
            Token::Sign(b'=') if !matches!(after.first(), Some(Token::Sign(b'=' | b'>' | b'~'))) => {
                if matches!(before.last(), Some(Token::Sign(b'=' | b'!' | b'<' | b'>'))) {
                    continue;
                }
                let own = matches!(
                    after,
                    [Token::Sign(b'[' | b'{'), ..]
                        | [
                            Token::Name(
                                "set" | "dict" | "list" | "len" | "sorted" | "sum" | "Counter" | "defaultdict",
                                _
                            ),
                            ..
                        ]
                ) || matches!(
                    after,
                    [Token::Name("new", _), Token::Name("Set" | "Map" | "WeakMap" | "URL" | "Date", _), ..]
                );
                let value = clients.of_value(after);
                // Within the body that the statement stands in: `(async () => { const c = …`
                let inside = match before.last() {
                    Some(Token::Sign(b'}')) => &before[..before.len() - 1],
                    _ => before,
                };
                let opens = inside.iter().rposition(|token| matches!(token, Token::Sign(b'{' | b'}')));
                let before = match (opens, before.len() == inside.len()) {
                    (Some(open), true) => &before[open + 1..],
                    (Some(open), false) => &before[open..],
                    (None, _) => before,
                };
                if own || value == 0 || level(before) > 0 {
                    continue;
                }
                let start = before.iter().rposition(|token| matches!(token, Token::Sign(b'('))).map_or(0, |at| at + 1);
                for token in &before[start..] {
                    if let Token::Name(name, _) = token
                        && !matches!(*name, "const" | "let" | "var" | "my" | "val" | "def" | "auto" | "await")
                    {
                        clients.bind(name, value);
                    }
                }
            }
            // R, Elixir and Scala: `c <- client()`
            Token::Sign(b'<') if matches!(after.first(), Some(Token::Sign(b'-'))) => {
                if let Some(Token::Name(name, _)) = before.last() {
                    clients.bind(name, clients.of_all(after));
                }
            }
            // `for x in client.list()`, `for (const x of …)`, `foreach ($c->list() as $x)`, `with Client() as c`
            Token::Name("in" | "of" | "range", _) => {
                let from = before.iter().rposition(|token| matches!(token, Token::Name("for" | "foreach", _)));
                if let Some(from) = from {
                    let value = clients.of_all(after);
                    for token in &before[from + 1..] {
                        if let Token::Name(name, _) = token
                            && !matches!(*name, "const" | "let" | "var" | "await")
                        {
                            clients.bind(name, value);
                        }
                    }
                }
            }
            Token::Name("as", _) => {
                let value = clients.of_all(before);
                for token in after.iter().take_while(|token| !matches!(token, Token::Sign(b':' | b')'))) {
                    if let Token::Name(name, _) = token {
                        clients.bind(name, value);
                    }
                }
            }
            // What is given to a function of the code's own: `x => x.delete()`, `|x| x.delete`, `fn x ->`, `{ x -> }`
            Token::Sign(b'>') if matches!(before.last(), Some(Token::Sign(b'=' | b'-'))) => {
                let value = clients.of_all(before);
                let names = &before[..at - 1];
                let from = match names.last() {
                    Some(Token::Sign(b')')) => opened_at(names).map_or(names.len(), |open| open + 1),
                    Some(Token::Name(..)) => names.len() - 1,
                    _ => continue,
                };
                for token in &names[from..] {
                    if let Token::Name(name, _) = token {
                        clients.bind(name, value);
                    }
                }
            }
            Token::Sign(b'|') => {
                let inside = after.iter().take(6).position(|token| *token == Token::Sign(b'|'));
                let opens = matches!(before.last(), Some(Token::Sign(b'{') | Token::Name("do", _)));
                if let Some(end) = inside.filter(|_| opens) {
                    let value = clients.of_all(before);
                    for token in &after[..end] {
                        if let Token::Name(name, _) = token {
                            clients.bind(name, value);
                        }
                    }
                }
            }
            Token::Name("function" | "lambda", _) => {
                let value = clients.of_all(before);
                for token in after.iter().take_while(|token| !matches!(token, Token::Sign(b')' | b':'))) {
                    if let Token::Name(name, _) = token {
                        clients.bind(name, value);
                    }
                }
            }
            // What a function of the code's own gives back is called by its name.
            Token::Name("return", _) => {
                let value = clients.of_all(after);
                let before = clients.definitions.partition_point(|(from, _)| *from < statement.start + at);
                if let Some(name) = before.checked_sub(1).map(|last| clients.definitions[last].1) {
                    clients.bind(name, value);
                }
            }
            // A function of its own is given it: its parameters hold it.
            Token::Name(name, _) if matches!(after.first(), Some(Token::Sign(b'('))) => {
                let Some(end) = closes_at(&after[1..]) else { continue };
                let value = clients.of_all(&after[1..=end]);
                if value == 0 || matches!(before.last(), Some(Token::Name("def" | "function" | "class", _))) {
                    continue;
                }
                if let Some(from) = clients.defined.get(name)
                    && tokens.get(from + 1) == Some(&Token::Sign(b'('))
                {
                    let inside = &tokens[from + 2..];
                    let end = closes_at(inside).unwrap_or_default();
                    for token in &inside[..end] {
                        if let Token::Name(name, _) = token
                            && *name != "self"
                        {
                            clients.bind(name, value);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

/// How many parentheses are open.
fn level(tokens: &[Token<'_>]) -> usize {
    tokens.iter().fold(0_usize, |level, token| match token {
        Token::Sign(b'(' | b'[') => level + 1,
        Token::Sign(b')' | b']') => level.saturating_sub(1),
        _ => level,
    })
}

/// The call on what came of a service that begins here: of which, its name, and what it is given.
fn asked<'t, 'a>(
    code: &'t Snippet<'a>,
    at: usize,
    start: usize,
    clients: &Clients<'a>,
) -> Option<(Of, &'a str, &'t [Token<'a>])> {
    let (tokens, language) = (&code.tokens[..], code.language);
    let Token::Name(name, from) = tokens[at] else { return None };
    let before = &tokens[start..at];
    let after = &tokens[at + 1..];
    if matches!(before.last(), Some(Token::Name("def" | "function" | "fn" | "func" | "class", _))) {
        return None;
    }
    let chained = is_chained(code.text, from)
        || matches!(before, [.., Token::Sign(b'-'), Token::Sign(b'>')])
        || matches!(before, [.., Token::Sign(b'&' | b':'), Token::Sign(b':')]);
    let dotted = name.rfind(['.', ':']);
    let of = match dotted {
        Some(dot) => {
            clients.of(name[..dot].trim_end_matches([':', '.'])) | if chained { clients.of_all(before) } else { 0 }
        }
        None if chained => clients.of_all(before),
        // R and Julia bring in functions with their own names.
        None if matches!(language, "r" | "julia") && name.contains('_') => clients.of(name) | clients.whole,
        None => clients.of(name),
    };
    // Groovy's, Kotlin's, Scala's and Ruby's own names for each of those that are gone through
    let each = matches!(name.split('.').next(), Some("it" | "_" | "_1")) && dotted.is_some();
    let of = if each { of | clients.of_all(before) } else { of };
    let given = match after {
        [Token::Sign(b'('), inside @ ..] => &inside[..closes_at(inside).unwrap_or(0)],
        // Ruby, Elixir and Groovy call without parentheses.
        _ if matches!(language, "ruby" | "other" | "perl" | "julia" | "powershell")
            && (chained || dotted.is_some()) =>
        {
            let end =
                after.iter().position(|token| matches!(token, Token::Sign(b'\n' | b';' | b'}'))).unwrap_or(after.len());
            if matches!(after.first(), Some(Token::Sign(b'=' | b'.'))) {
                return None;
            }
            &after[..end]
        }
        // `new DeleteUserCommand({…})` is a call; so is what is only handed on: `.then(c.delete)`
        _ => return None,
    };
    (of != 0).then_some((of, name, given))
}

/// Whether a call says that it is only to be tried: `dry_run=True`, `{ dryRun: true }`.
fn is_tried(given: &[Token<'_>]) -> bool {
    given.windows(3).any(|three| {
        let [Token::Name(name, _) | Token::Text(name), Token::Sign(b'=' | b':'), Token::Name(value, _)] = three else {
            return false;
        };
        let name = name.to_ascii_lowercase().replace(['_', '-'], "");
        matches!(*value, "True" | "true")
            && matches!(&name[..], "dryrun" | "validateonly" | "whatif" | "testmode" | "simulate")
    })
}

/// Whether all that is said of what it is done to is what the code made there itself before.
fn own(given: &[Token<'_>], path: &str, clients: &Clients<'_>) -> bool {
    let root = path.split(['.', ':']).next().unwrap_or(path);
    let mut said = given.iter().filter_map(|token| match token {
        Token::Name(name, _) => Some(name.split('.').next().unwrap_or(name)),
        Token::Text(text) => Some(*text),
        _ => None,
    });
    clients.made.contains(root) || said.next().is_some_and(|first| clients.made.contains(first))
}
