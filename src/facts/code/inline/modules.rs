//! Modules that the script wrote itself and its code loads: their definitions, put before the code that uses them, so that a
//! function of another file is followed as one of the same file is.

use std::borrow::Cow;

use crate::limits;

/// The code behind what the modules say that it loads, by the names that it has for them; none where it holds all of that
/// already, or it is longer than is followed.
pub(super) fn joined(language: &str, text: &str, modules: &[(&str, &str)]) -> Option<String> {
    let mut before = String::new();
    let mut code = Cow::Borrowed(text);
    for (name, module) in modules {
        let module = match language {
            "javascript" => without_exports(module),
            _ => (*module).to_owned(),
        };
        if module.trim().is_empty() || text.contains(&module) || before.contains(&module) {
            continue;
        }
        let named = match language {
            "javascript" => by_its_own_names(&code, name, module.contains("module.exports")),
            _ => without_module(&code, name),
        };
        // What is only loaded calls nothing of it.
        let by_name = || ["from '", "from \"", "} =", "}="].iter().any(|word| text.contains(word));
        if named == *code && !text.contains(&format!("from {name} import")) && !by_name() {
            continue;
        }
        code = Cow::Owned(named);
        before.push_str(&module);
        before.push('\n');
        if before.len() + code.len() > limits::WORD {
            return None;
        }
    }
    (!before.is_empty()).then(|| before + &code)
}

/// JavaScript's `exports.run = …`, `module.exports.run = …`, `export const x = …` as plain definitions.
fn without_exports(module: &str) -> String {
    let plain = module.replace("module.exports.", "").replace("export default ", "module.exports = ");
    plain.replace("export ", "").replace("exports.", "")
}

/// JavaScript's code, what it requires by the names that the module has for it: `require("./x").run` is `run`.
fn by_its_own_names(code: &str, module: &str, as_one: bool) -> String {
    let mut code = code.to_owned();
    for quote in ['"', '\'', '`'] {
        let required = format!("require({quote}{module}{quote})");
        // `const lib = require("./lib")`
        let named = code.find(&required).and_then(|at| {
            let name = code[..at].trim_end().strip_suffix('=')?.trim_end();
            let begins = name.rfind(|c: char| !is_of_name(c)).map_or(0, |at| at + 1);
            Some(name[begins..].to_owned()).filter(|name| !name.is_empty())
        });
        code = code.replace(&format!("{required}."), if as_one { "module.exports." } else { "" });
        if let Some(name) = named.filter(|_| !as_one) {
            code = without_prefix(&code, &format!("{name}."));
        }
        if as_one {
            code = code.replace(&required, "module.exports");
        }
    }
    code
}

/// Python's code without the module's name before what it defines.
fn without_module(code: &str, module: &str) -> String {
    let renamed = code.split_once(&format!("import {module} as ")).map(|(_, after)| {
        let end = after.find(|c: char| !is_of_name(c)).unwrap_or(after.len());
        &after[..end]
    });
    without_prefix(code, &format!("{}.", renamed.unwrap_or(module)))
}

/// A text without this beginning of its names.
fn without_prefix(text: &str, prefix: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for (at, met) in text.match_indices(prefix) {
        let within = text[..at].ends_with(|c: char| is_of_name(c) || matches!(c, '.' | '/' | '"' | '\''));
        out.push_str(&text[end..if within { at + met.len() } else { at }]);
        end = at + met.len();
    }
    out + &text[end..]
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn what_a_module_defines_is_known_by_its_name() {
        for (language, code, name, module, expected) in [
            ("python", "import lib\nlib.run(1)", "lib", "def run(x): pass", "def run(x): pass\nimport lib\nrun(1)"),
            ("python", "import lib as l\nl.run(al.x)", "lib", "A=1", "A=1\nimport lib as l\nrun(al.x)"),
            ("javascript", "require('./u').run(1)", "./u", "exports.run=f", "run=f\nrun(1)"),
            (
                "javascript",
                "const u=require('./u');u.run()",
                "./u",
                "exports.run=f",
                "run=f\nconst u=require('./u');run()",
            ),
            (
                "javascript",
                "f(require('./c').d)",
                "./c",
                "module.exports={d:1}",
                "module.exports={d:1}\nf(module.exports.d)",
            ),
        ] {
            assert_eq!(joined(language, code, &[(name, module)]).as_deref(), Some(expected), "{code}");
            assert_eq!(joined(language, expected, &[(name, module)]), None, "{code}");
        }
    }
}
