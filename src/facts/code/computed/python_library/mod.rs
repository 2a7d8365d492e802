//! What the functions of Python's library give that only compute (its library reference).

mod encodings;
mod functions;
mod paths;
mod reflection;
mod scalars;
mod sequences;
mod streams;
mod texts;

use std::rc::Rc;

use super::run::{Arguments, Machine};
use super::values::{Scope, Value};

/// A function of the library and what it is called with.
struct Asked<'q, 'a> {
    code: &'q str,
    given: &'q Arguments<'a>,
    scope: &'q Rc<Scope<'a>>,
    /// What is given first.
    first: Value<'a>,
    /// That as a text.
    text: Option<Rc<str>>,
}

impl<'a> Machine<'a, '_> {
    /// What it gives; nothing where it does more than to compute.
    pub(super) fn library_of_python(
        &mut self,
        code: &str,
        given: &Arguments<'a>,
        scope: &Rc<Scope<'a>>,
    ) -> Option<Value<'a>> {
        let first = given.first();
        let text = match &first {
            Value::Bytes(bytes) => std::str::from_utf8(bytes).ok().map(Into::into),
            other => other.as_text(),
        };
        let code = code.strip_prefix("builtins.").unwrap_or(code);
        let asked = Asked { code, given, scope, first, text };
        self.scalars_of_python(&asked)
            .or_else(|| self.sequences_of_python(&asked))
            .or_else(|| self.functions_of_python(&asked))
            .or_else(|| self.reflection_of_python(&asked))
            .or_else(|| self.streams_of_python(&asked))
            .or_else(|| self.encodings_of_python(&asked))
            .or_else(|| self.paths_of_python(&asked))
            .or_else(|| self.texts_of_python(&asked))
    }
}
