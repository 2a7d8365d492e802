//! What inline code finds in its environment, and the commands that it is handed from outside: `os.environ["C"]`,
//! `perl -e 'exec shift' 'rm -rf x'`.

use bumpalo::Bump;

use super::expressions::expression;
use super::names::Names;
use super::syntax::tokens::{Token, closes_at};
use super::whole::snippet::Snippet;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Function;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Taint, Val};

/// Words that are looked at.
const MOST: usize = 16;

/// Names by which code asks for the words that it is given.
const WORDS: [&str; 6] = ["argv", "ARGV", "shift", "$*", "<>", "arguments()"];

/// The variables that code puts into its environment, which what it starts finds there: `os.environ["X"] = "…"`,
/// `process.env.X = "…"`, `putenv("X", "…")`.
pub(super) fn put_in<'a>(bump: &'a Bump, tokens: &[Token<'a>], names: &Names<'a>) -> Vec<(&'a str, &'a str)> {
    let mut out = Vec::new();
    for at in 0..tokens.len() {
        let (name, value) = match &tokens[at..] {
            [
                Token::Name("os.environ" | "environ" | "ENV" | "process.env", _),
                Token::Sign(b'['),
                Token::Text(name),
                Token::Sign(b']'),
                Token::Sign(b'='),
                value @ ..,
            ]
            | [
                Token::Name("os.putenv" | "putenv" | "setenv" | "os.Setenv" | "os.environ.setdefault", _),
                Token::Sign(b'('),
                Token::Text(name),
                Token::Sign(b','),
                value @ ..,
            ] => (*name, value),
            // Perl's `$ENV{X} = "…"`
            [
                Token::Name("ENV", _),
                Token::Sign(b'{'),
                Token::Text(name) | Token::Name(name, _),
                Token::Sign(b'}'),
                Token::Sign(b'='),
                value @ ..,
            ] => (*name, value),
            // PHP's `putenv("X=…")`
            [Token::Name("putenv", _), Token::Sign(b'('), Token::Text(setting), Token::Sign(b')'), ..] => {
                out.extend(setting.split_once('='));
                continue;
            }
            // What a call hands to what it starts: `env={"X": "…"}`, `env: { X: "…" }`, `env=dict(os.environ, X="…")`, Ruby's
            // `system({"X" => "…"}, …)`
            [Token::Name("env", _), Token::Sign(b'=' | b':'), Token::Sign(b'{'), members @ ..]
            | [
                Token::Name("env", _),
                Token::Sign(b'=' | b':'),
                Token::Name("dict", _),
                Token::Sign(b'('),
                members @ ..,
            ]
            | [Token::Name("system" | "spawn" | "exec", _), Token::Sign(b'('), Token::Sign(b'{'), members @ ..]
            | [
                Token::Name("os.environ.update" | "environ.update" | "ENV.update", _),
                Token::Sign(b'('),
                Token::Sign(b'{'),
                members @ ..,
            ]
            | [Token::Name("os.environ.update" | "environ.update", _), Token::Sign(b'('), members @ ..] => {
                out.extend(members_of(bump, members, names));
                continue;
            }
            [Token::Name(member, _), Token::Sign(b'='), value @ ..] => match member.strip_prefix("process.env.") {
                Some(name) => (name, value),
                None => continue,
            },
            _ => continue,
        };
        let compares = value.first() == Some(&Token::Sign(b'='));
        if let Some(found) = expression(bump, value, names).filter(|found| !compares && !found.open) {
            out.push((name, found.text));
        }
        if out.len() >= MOST {
            break;
        }
    }
    out
}

/// What stands for each name in brackets that begin here: `"X": "…"`, `X: "…"`, `X="…"`, `"X" => "…"`.
fn members_of<'a>(bump: &'a Bump, members: &[Token<'a>], names: &Names<'a>) -> Vec<(&'a str, &'a str)> {
    let inside = &members[..closes_at(members).unwrap_or(0)];
    let each = (0..inside.len()).filter_map(|at| {
        let (name, value) = match &inside[at..] {
            [Token::Text(name) | Token::Name(name, _), Token::Sign(b'='), Token::Sign(b'>'), value @ ..]
            | [Token::Text(name) | Token::Name(name, _), Token::Sign(b':' | b'='), value @ ..] => (*name, value),
            _ => return None,
        };
        expression(bump, value, names).filter(|found| !found.open).map(|found| (name, found.text))
    });
    each.take(MOST).collect()
}

/// Whether a name is, or ends in, that of a function which runs commands: `os.system`, `execSync.call`.
pub(super) fn runs_commands(token: &Token<'_>, functions: &[Function<'static>]) -> bool {
    let Token::Name(name, _) = token else { return false };
    let is = |part: &str| functions.iter().any(|f| f.does == "shell" && f.names.iter().any(|known| known == part));
    is(name) || name.split(['.', ':']).any(is)
}

impl<'a> Names<'a> {
    /// The same names, and the variables that the code may ask for.
    pub fn with_environment(mut self, environment: &'a [(&'a str, &'a str)]) -> Self {
        self.environment = environment;
        self
    }

    /// What a variable of the environment holds, if that is known.
    pub fn variable(&self, name: &str) -> Option<&'a str> {
        self.environment.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

impl<'a> Analysis<'a> {
    /// The exported variables whose values the script itself wrote out, where a code may ask for them.
    pub(super) fn environment_of(&self, text: &str) -> &'a [(&'a str, &'a str)] {
        // What `env -u` and its like leave of them is not known.
        if self.place.via.contains(&"env") || !["env", "ENV"].iter().any(|word| text.contains(word)) {
            return &[];
        }
        // What the code sets itself is what it finds there.
        let vocabulary = self.know.vocabulary();
        let only_reads =
            |at: usize| vocabulary.lists.items("reads-the-environment").any(|read| text[at..].starts_with(read));
        let sets = |sign: &str| text.match_indices(sign).any(|(at, _)| !only_reads(at));
        if vocabulary.lists.items("sets-the-environment").any(sets) {
            return &[];
        }
        let given = |name: &str| {
            text.match_indices(name).any(|(at, _)| {
                let after =
                    text[at + name.len()..].trim_start_matches(['"', '\'', ']', '}', ')', ' ', '|', '?', '+', '.']);
                after.starts_with('=') && !after.starts_with("==") || after.starts_with("setdefault")
            })
        };
        let known = self.state.exported().filter(|(name, _)| text.contains(name) && !given(name));
        // Of several the gravest.
        let known = known.filter_map(|(name, value)| {
            let texts: Vec<&'a str> = value.each().map(|one| one.lit()).collect::<Option<_>>()?;
            let grave = texts.iter().copied().find(|text| self.is_grave(text));
            Some((name, grave.or(texts.first().copied())?))
        });
        let mut known: Vec<(&'a str, &'a str)> = known.filter(|(_, text)| !text.is_empty()).collect();
        known.sort_unstable();
        self.bump.alloc_slice_copy(&known)
    }

    /// Those of them that hold what came from the network, whatever that is.
    pub(super) fn fetched_variables(&self, text: &str) -> &'a [&'a str] {
        let fetched = |(name, value): &(&'a str, Val<'a>)| value.taint().has(Taint::NETWORK) && text.contains(name);
        let mut names: Vec<&'a str> = self.state.exported().filter(fetched).map(|(name, _)| name).collect();
        names.sort_unstable();
        self.bump.alloc_slice_copy(&names)
    }

    /// Words behind a code of the command line that runs commands and asks for its words: they are what it runs.
    pub(super) fn commands_handed_in(
        &mut self,
        code: &Snippet<'a>,
        functions: &[Function<'static>],
        span: Span,
        index: u32,
    ) {
        let Some(call) = self.facts.calls.get(index as usize).copied() else { return };
        if self.embedding || call.words.len() < 3 || !WORDS.iter().any(|word| code.says(word)) {
            return;
        }
        let runs = |token: &Token<'a>| *token == Token::Sign(b'`') || runs_commands(token, functions);
        if !code.tokens.iter().any(runs) && !["%x", "qx", "`", "\"|\"", "'|'"].iter().any(|sign| code.says(sign)) {
            return;
        }
        let itself = call.words.iter().position(|word| word.val.lit() == Some(code.text));
        let from_input = || call.words.iter().position(|word| word.val.lit() == Some("-"));
        let Some(at) = itself.or_else(from_input) else { return };
        let words: Vec<&'a str> = call.words[at + 1..].iter().take(MOST).filter_map(|word| word.val.lit()).collect();
        let names = |text: &str| text.split_whitespace().next().is_some_and(|first| self.run_by_others(first));
        let lines: Vec<&'a str> = match words.first() {
            Some(first) if names(first) && !first.contains(' ') && words.len() > 1 => {
                vec![&*self.bump.alloc_str(&shell_words::join(&words))]
            }
            _ => words.into_iter().filter(|word| word.contains(' ') && names(word)).collect(),
        };
        for line in lines {
            self.shell_code(Val::Lit(line), span, &Data::NOTHING, &mut Sink::new(), index);
        }
    }
}
