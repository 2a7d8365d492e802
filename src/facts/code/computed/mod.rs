//! What code computes before it calls: programs of Python and JavaScript are gone through with the values that they
//! surely have, and what they ask of the system by then is judged as if it stood there.

mod calls;
mod conditions;
mod evaluate;
mod javascript;
mod javascript_library;
mod methods;
mod modules;
mod operations;
mod outside;
mod patterns;
mod python;
mod python_library;
mod reader;
mod run;
mod scan;
mod texts;
mod tree;
mod values;

use bumpalo::Bump;
pub(super) use run::Given;
use run::Machine;
use scan::Language;

use operations::quoted;

/// Bytes of a program that is gone through.
const LONGEST: usize = 64 << 10;

/// The calls that a program makes, with what it computed for them.
pub(in crate::facts::code) struct Computed {
    /// As code of the same language; none if the program says all of them as they are.
    pub(in crate::facts::code) code: Option<String>,
    /// All that it does is known.
    pub(in crate::facts::code) exact: bool,
    /// What it prints, if all of that is known.
    pub(in crate::facts::code) printed: Option<String>,
}

/// Whether a text is Python from its first statement to its last.
pub(in crate::facts) fn is_python(text: &str) -> bool {
    text.len() <= LONGEST
        && reader::program(text, Language::Python)
            .is_some_and(|program| !program.iter().any(|statement| matches!(statement, tree::Stmt::Unread)))
}

/// Goes through a program that is given this.
pub(super) fn computed<'a>(bump: &'a Bump, language: &str, text: &'a str, given: Given<'a, '_>) -> Option<Computed> {
    let language = match language {
        "python" => Language::Python,
        "javascript" => Language::JavaScript,
        _ => return None,
    };
    if text.len() > LONGEST {
        return None;
    }
    let program = reader::program(text, language)?;
    let mut machine = Machine::new(bump, language, given);
    let scope = machine.scope(None);
    let flow = machine.run(&program, &scope);
    let exact = machine.exact && !matches!(flow, run::Flow::Stop);
    let printed = machine.printed.take().filter(|_| exact);
    let made = std::mem::take(&mut machine.made);
    let modules = std::mem::take(&mut machine.modules);
    drop(machine);
    if !made.iter().any(|made| made.computed) {
        return Some(Computed { code: None, exact, printed });
    }
    let mut code = String::new();
    for module in modules {
        code.push_str(&match language {
            Language::Python => format!("import {module}\n"),
            Language::JavaScript => format!("require({});\n", quoted(&module)),
        });
    }
    for made in made.iter().filter(|made| !made.surpassed) {
        let Some(content) = &made.content else {
            code.push_str(&made.code);
            code.push('\n');
            continue;
        };
        code.push_str(&format!("{}.write({})\n", made.code, quoted(content)));
    }
    Some(Computed { code: Some(code), exact, printed })
}
