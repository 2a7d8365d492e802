//! Code that writes a file and then has its own language run it: `open("z.py", "w").write(…); import z`.

use super::syntax::tokens::Token;
use super::whole::snippet::Snippet;
use crate::facts::analysis::Analysis;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Sink, Val};
use crate::limits;

/// What the files are called that code may load, and which of them are looked at elsewhere: modules that were there before
/// it ran.
pub(super) struct Loads<'a> {
    files: Vec<(&'a str, bool)>,
}

/// Tokens that a file's name stands behind the function that reads it, at most: `pickle.load(gzip.open(Path("…")))`.
const NEAR: usize = 8;

impl<'a> Analysis<'a> {
    /// The files that code loads, before it has written any.
    pub(super) fn loads(&self, code: &Snippet<'a>) -> Loads<'a> {
        let tokens = &code.tokens;
        let mut files = Vec::new();
        for at in 0..tokens.len() {
            let mut module = code.language == "javascript";
            let file = match (code.language, &tokens[at..]) {
                ("python", [Token::Name("import" | "from", _), Token::Name(name, _), ..]) => {
                    module = true;
                    &*self.bump.alloc_str(&format!("{}.py", name.replace('.', "/")))
                }
                // `exec(open("z.py").read())`
                (
                    "python",
                    [
                        Token::Name("exec", _),
                        Token::Sign(b'('),
                        Token::Name("open", _),
                        Token::Sign(b'('),
                        Token::Text(file),
                        ..,
                    ],
                ) => file,
                (_, [Token::Name(name, _), Token::Sign(b'('), Token::Text(file), ..])
                | (_, [Token::Name(name, _), Token::Text(file), ..])
                    if self.loads_file(code.language, name) =>
                {
                    file
                }
                // `pickle.load(open("m.pkl", "rb"))`: what is in the file says what runs.
                (_, [Token::Name(name, _), Token::Sign(b'('), given @ ..]) if self.makes_objects(name, code.text) => {
                    let given = given.iter().take(NEAR).take_while(|token| **token != Token::Sign(b')'));
                    let Some(file) = given.filter_map(Token::text).next() else { continue };
                    if self.written_at(Val::Lit(file)).is_none_or(|(_, data)| data.text.is_some()) {
                        continue;
                    }
                    file
                }
                _ => continue,
            };
            if files.len() < limits::UNROLL && file.len() < limits::WORD {
                files.push((file, module && self.written_at(Val::Lit(file)).is_some()));
            }
        }
        Loads { files }
    }

    /// Whether a function runs a file of its own language; in some, `load` takes data.
    fn loads_file(&self, language: &str, name: &str) -> bool {
        let name = name.rsplit('.').next().unwrap_or(name);
        let lists = self.know.lists();
        let data = |item: &str| item.split_once(' ') == Some((language, name));
        lists.has("loads-files", name) && !lists.items("loads-data").any(data)
    }

    /// Whether a function makes objects of what a file holds, which says what is run for it.
    fn makes_objects(&self, name: &str, code: &str) -> bool {
        // One that is named without its module is so of any.
        let last = name.rsplit('.').next().unwrap_or(name);
        let named = |item: &str| name.strip_prefix(item).is_some_and(|rest| matches!(rest, "" | "s")) || last == item;
        self.know.lists().items("makes-objects").any(named)
            || name == "torch.load" && code.contains("weights_only=False")
    }

    /// Runs those that it wrote itself meanwhile, and files that the script wrote before.
    pub(super) fn runs_what_it_wrote(&mut self, code: &Snippet<'a>, loads: &Loads<'a>, call: u32) {
        if self.depth >= limits::NESTING {
            return;
        }
        for (file, _) in loads.files.iter().filter(|(_, elsewhere)| !elsewhere) {
            if let Some((_, data)) = self.written_at(Val::Lit(file)) {
                self.depth += 1;
                self.code_data(code.language, &data, Span::default(), &mut Sink::new(), call);
                self.depth -= 1;
            }
        }
    }
}
